//! One event, added to every slice in reach: for kernels that are no polynomials, and for a map that is kept live.

use super::distance::{Adjacency, Search};
use super::live::along;
use super::{Event, Graph, Lixels, Travel};

/// Working memory for [`spread`].
pub(super) struct Spread {
    /// The ways one comes from: the search goes from the event outwards.
    back: Adjacency,
    search: Search,
    /// Distance of every node to the event's street ends; infinite where out of reach.
    to_x: Vec<f64>,
    to_y: Vec<f64>,
    reached: Vec<u32>,
}

impl Spread {
    pub(super) fn new(graph: &Graph, travel: Travel) -> Self {
        let far = vec![f64::INFINITY; graph.nodes() as usize];
        let back = Adjacency::new(graph, travel, true);
        Self { back, search: Search::new(graph.nodes()), to_x: far.clone(), to_y: far, reached: Vec::new() }
    }

    /// Calls `put(lixel, distance)` for each slice within `rim` of the event, once.
    pub(super) fn run(&mut self, graph: &Graph, lixels: &Lixels, travel: Travel, rim: f64, event: &Event, mut put: impl FnMut(usize, f64)) {
        let home = event.edge as usize;
        let edge = graph.edges()[home];
        let driven = travel == Travel::Driven;
        let (ahead, behind) = (event.offset_m, edge.length_m - event.offset_m);
        let Self { back, search, to_x, to_y, reached } = self;
        search.run(back, &[(edge.from, 0.0)], rim, |node, d| {
            to_x[node as usize] = d;
            reached.push(node);
        });
        if !(driven && edge.oneway) {
            search.run(back, &[(edge.to, 0.0)], rim, |node, d| {
                if to_x[node as usize].is_infinite() {
                    reached.push(node);
                }
                to_y[node as usize] = d;
            });
        }
        let to_event = |node: u32| (to_x[node as usize] + ahead).min(to_y[node as usize] + behind);
        for &node in &*reached {
            for &(number, at_end) in graph.at(node) {
                let street = &graph.edges()[number as usize];
                let other = if at_end { street.from } else { street.to };
                let seen = to_x[other as usize] < f64::INFINITY || to_y[other as usize] < f64::INFINITY;
                // Each street once: from its start if that is reached, else from its end; its own street last.
                if number as usize == home || at_end && (seen || street.from == street.to) {
                    continue;
                }
                let by_u = if driven && street.oneway { f64::INFINITY } else { to_event(street.from) };
                let by_v = to_event(street.to);
                along(lixels, number as usize, |t| (by_u + t).min(by_v + (street.length_m - t)), rim, &mut put);
            }
        }
        let one_way = driven && edge.oneway;
        let (out_by_u, out_by_v) = (to_y[edge.from as usize], to_x[edge.to as usize]);
        let own = |t: f64| {
            let (to_u, to_v) = (t, edge.length_m - t);
            let along = if t <= ahead || !one_way { (ahead - t).abs() } else { f64::INFINITY };
            let by_u = if one_way { f64::INFINITY } else { to_u + out_by_u + behind };
            along.min(by_u).min(to_v + out_by_v + ahead)
        };
        along(lixels, home, own, rim, &mut put);
        for node in reached.drain(..) {
            to_x[node as usize] = f64::INFINITY;
            to_y[node as usize] = f64::INFINITY;
        }
    }
}
