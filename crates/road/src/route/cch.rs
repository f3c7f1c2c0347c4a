//! The engine for matrices and long ways: a customisable contraction hierarchy over the states of the graph.
//!
//! Dibbelt, Strasser and Wagner, *Customizable Contraction Hierarchies* (2016); turns by edge expansion as in Buchhold, Wagner,
//! Zeitz and Zündorf (2020). Order and hierarchy come from the crate `cch`; queries are ours, because theirs begin at a node and ours
//! begin part of the way along an edge, and because a change of the overlay is carried through the hierarchy in part.

use std::sync::Arc;

use super::answer::*;
use super::dijkstra::BoundedDijkstra;
use super::graph::{Graph, NEVER};
use super::overlay::Overlay;
use super::position::{Position, Seed, direct, seeds_in, seeds_out};

mod customise;
mod sweep;
mod unpack;

pub use customise::Refresh;
use customise::Weights;
use sweep::{Climb, Selection};

/// No way, in the hierarchy's own weights.
const FAR: u32 = ::cch::INF_WEIGHT;

/// The part that does not depend on times: made once for a graph, shared by engines.
pub struct Hierarchy {
    graph: Arc<Graph>,
    cch: ::cch::Cch,
    /// Lower end of each arc of the hierarchy.
    tail: Vec<u32>,
    /// Arcs of the graph under each arc of the hierarchy, upward (even) and downward (odd).
    first_under: Vec<u32>,
    under: Vec<u32>,
    /// Arc of the hierarchy of each arc of the graph, twice, plus one if it leads down; `u32::MAX` for a loop.
    over: Vec<u32>,
    /// State a graph's arc starts from.
    order: Vec<u32>,
}

impl std::fmt::Debug for Hierarchy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hierarchy").field("states", &self.graph.states()).field("arcs", &self.arcs()).finish_non_exhaustive()
    }
}

impl Hierarchy {
    /// Orders the states by nested dissection and contracts them: seconds to minutes for a city. Keep [`Self::order`] to spare the ordering.
    #[must_use]
    pub fn build(graph: Arc<Graph>) -> Self {
        let (mut tails, mut heads) = (Vec::with_capacity(graph.arcs.len()), Vec::with_capacity(graph.arcs.len()));
        for state in 0..graph.states() as u32 {
            for arc in graph.out(state).iter().filter(|a| a.to != state) {
                tails.push(state);
                heads.push(arc.to);
            }
        }
        let points: Vec<_> = (0..graph.states() as u32).map(|s| graph.point(s)).collect();
        let (lat, lon): (Vec<f32>, Vec<f32>) = points.iter().map(|p| (p.lat as f32, p.lon as f32)).unzip();
        let order = ::cch::inertial_order(graph.states() as u32, &tails, &heads, &lat, &lon);
        Self::contract(graph, order)
    }

    /// With an order kept from another time. Anything that is no order of the graph's states is refused.
    #[must_use]
    pub fn with_order(graph: Arc<Graph>, order: Vec<u32>) -> Option<Self> {
        let mut seen = vec![false; graph.states()];
        let fits =
            order.len() == seen.len() && order.iter().all(|s| seen.get_mut(*s as usize).is_some_and(|s| !std::mem::replace(s, true)));
        fits.then(|| Self::contract(graph, order))
    }

    fn contract(graph: Arc<Graph>, order: Vec<u32>) -> Self {
        let input = ::cch::graph::Graph {
            first_out: graph.first_arc.clone(),
            head: graph.arcs.iter().map(|a| a.to).collect(),
            weight: vec![0; graph.arcs.len()],
        };
        let cch = ::cch::Cch::build(&input, &order);
        let view = cch.view();
        let mut tail = vec![0; view.up_head.len()];
        for x in 0..order.len() {
            tail[view.up_first_out[x] as usize..view.up_first_out[x + 1] as usize].fill(x as u32);
        }
        let mut over = vec![u32::MAX; graph.arcs.len()];
        for state in 0..graph.states() {
            let x = view.rank[state];
            for i in graph.first_arc[state]..graph.first_arc[state + 1] {
                let y = view.rank[graph.arcs[i as usize].to as usize];
                if let Some(arc) = (x != y).then(|| arc_between(&view, x.min(y), x.max(y))).flatten() {
                    over[i as usize] = arc * 2 + u32::from(x > y);
                }
            }
        }
        let mut first_under = vec![0u32; view.up_head.len() * 2 + 1];
        for slot in over.iter().filter(|o| **o != u32::MAX) {
            first_under[*slot as usize + 1] += 1;
        }
        for i in 1..first_under.len() {
            first_under[i] += first_under[i - 1];
        }
        let mut next = first_under.clone();
        let mut under = vec![0; next.last().map_or(0, |n| *n as usize)];
        for (i, slot) in over.iter().enumerate().filter(|(_, o)| **o != u32::MAX) {
            under[next[*slot as usize] as usize] = i as u32;
            next[*slot as usize] += 1;
        }
        Self { graph, tail, first_under, under, over, order, cch }
    }

    /// The order of contraction: plain data, the same for the same graph.
    #[must_use]
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Arcs of the hierarchy.
    #[must_use]
    pub fn arcs(&self) -> usize {
        self.tail.len()
    }

    /// Bytes in memory, without the engines' own.
    #[must_use]
    pub fn bytes(&self) -> usize {
        // Per arc: head, tail, down head, down to up, two input arcs, two extra offsets, two offsets of ours.
        self.arcs() * 40 + self.order.len() * 24 + (self.over.len() + self.under.len()) * 4 + self.graph.arcs.len() * 4
    }

    /// Arcs of the graph under an arc of the hierarchy in one direction.
    fn under(&self, arc: u32, down: bool) -> &[u32] {
        let slot = (arc * 2) as usize + usize::from(down);
        &self.under[self.first_under[slot] as usize..self.first_under[slot + 1] as usize]
    }
}

/// The arc from a lower to a higher node.
fn arc_between(view: &::cch::CchView<'_>, low: u32, high: u32) -> Option<u32> {
    let (start, end) = (view.up_first_out[low as usize], view.up_first_out[low as usize + 1]);
    view.up_head[start as usize..end as usize].binary_search(&high).ok().map(|i| start + i as u32)
}

/// Queries on a hierarchy. When the overlay has changed since the last question, the times are brought up to date first: in part for a
/// few edges, as a whole for many. Reach, and reasons for units passed over, are left to Dijkstra's search.
#[derive(Debug)]
pub struct CchRoutes {
    hierarchy: Arc<Hierarchy>,
    weights: Weights,
    dijkstra: BoundedDijkstra,
    up: Climb,
    down: Climb,
    selection: Selection,
    seeds: Vec<Seed>,
}

impl CchRoutes {
    /// An engine on a hierarchy.
    #[must_use]
    pub fn new(hierarchy: Arc<Hierarchy>) -> Self {
        let dijkstra = BoundedDijkstra::new(hierarchy.graph.clone());
        Self {
            weights: Weights::new(),
            dijkstra,
            up: Climb::default(),
            down: Climb::default(),
            selection: Selection::default(),
            seeds: Vec::new(),
            hierarchy,
        }
    }

    /// The hierarchy.
    #[must_use]
    pub const fn hierarchy(&self) -> &Arc<Hierarchy> {
        &self.hierarchy
    }

    /// Brings the times up to date with an overlay; done by every question by itself. Says what it took.
    pub fn refresh(&mut self, overlay: &Overlay) -> Refresh {
        self.weights.refresh(&self.hierarchy, overlay)
    }

    /// The quickest way through the hierarchy between seeds: milliseconds and edges, the first seed's and the last seed's edge included.
    fn through(&mut self, overlay: &Overlay, from: &Position, to: &Position) -> Option<(u32, Vec<u32>)> {
        let h = &*self.hierarchy;
        self.seeds.clear();
        seeds_out(&h.graph, overlay, from, &mut self.seeds);
        self.up.run(h, &self.weights.forward, &self.seeds);
        self.seeds.clear();
        seeds_in(&h.graph, overlay, to, &mut self.seeds);
        self.down.run(h, &self.weights.backward, &self.seeds);
        let (_, meet) =
            self.down.visited().iter().map(|x| (self.up.at(*x).saturating_add(self.down.at(*x)), *x)).filter(|(ms, _)| *ms < FAR).min()?;
        let ms = self.up.at(meet).saturating_add(self.down.at(meet));
        let (mut arcs, first) = self.up.trail(meet);
        let (later, last) = self.down.trail(meet);
        arcs.reverse();
        let mut edges = vec![first];
        for arc in arcs {
            unpack::unpack(h, &self.weights, arc, false, &mut edges);
        }
        for arc in later {
            unpack::unpack(h, &self.weights, arc, true, &mut edges);
        }
        edges.push(last);
        Some((ms, edges))
    }

    /// Totals between the seeds of many places: `columns` of rows, best over all seeds. `reversed` goes from the columns to the rows.
    fn sweep(&mut self, rows: &[Vec<Seed>], columns: &[Vec<Seed>], reversed: bool) -> Vec<u32> {
        let h = &*self.hierarchy;
        let (climb, fall) =
            if reversed { (&self.weights.backward, &self.weights.forward) } else { (&self.weights.forward, &self.weights.backward) };
        self.selection.choose(h, fall, columns);
        self.selection.sweep(h, climb, &mut self.up, rows, columns)
    }
}

impl Routes for CchRoutes {
    fn k_nearest(&mut self, overlay: &Overlay, query: &NearestQuery<'_>) -> NearestAnswer {
        if query.explain {
            return self.dijkstra.k_nearest(overlay, query);
        }
        self.refresh(overlay);
        let graph = self.hierarchy.graph.clone();
        let mut to = Vec::new();
        seeds_in(&graph, overlay, &query.to, &mut to);
        let units: Vec<Vec<Seed>> = query
            .units
            .iter()
            .map(|u| {
                let mut seeds = Vec::new();
                seeds_out(&graph, overlay, &u.position, &mut seeds);
                seeds
            })
            .collect();
        let totals = self.sweep(&[to], &units, true);
        let mut order: Vec<(u32, usize)> = totals
            .iter()
            .zip(query.units)
            .enumerate()
            .map(|(i, (ms, unit))| {
                let here = direct(&graph, overlay, &unit.position, &query.to).map_or(NEVER, |d| d.0);
                (here.min(*ms).saturating_add(unit.ready_ms), i)
            })
            .filter(|(ms, _)| *ms < FAR && *ms <= query.limit_ms)
            .collect();
        order.sort_unstable();
        order.truncate(query.k);
        let (metres, by_line) = straight(query);
        let mut answer = NearestAnswer { version: overlay.version(), ..NearestAnswer::default() };
        for (ms, unit) in order {
            let Some(mut route) = self.path(overlay, &query.units[unit].position, &query.to) else { continue };
            route.ms = ms;
            let straight_rank = by_line.iter().position(|u| *u == unit).unwrap_or(0);
            answer.found.push(NearUnit { unit, route, straight_m: metres[unit], straight_rank });
        }
        answer
    }

    fn matrix(&mut self, overlay: &Overlay, from: &[Position], to: &[Position]) -> Matrix {
        self.refresh(overlay);
        let graph = self.hierarchy.graph.clone();
        let seeds = |positions: &[Position], out: bool| -> Vec<Vec<Seed>> {
            let one = |p: &Position| {
                let mut found = Vec::new();
                if out {
                    seeds_out(&graph, overlay, p, &mut found)
                } else {
                    seeds_in(&graph, overlay, p, &mut found)
                }
                found
            };
            positions.iter().map(one).collect()
        };
        let (sources, targets) = (seeds(from, true), seeds(to, false));
        // A sweep costs what lies above the columns; the smaller side goes there.
        let mut ms = if to.len() <= from.len() {
            self.sweep(&sources, &targets, false)
        } else {
            let turned = self.sweep(&targets, &sources, true);
            (0..from.len() * to.len()).map(|i| turned[i % to.len() * from.len() + i / to.len()]).collect()
        };
        for (i, total) in ms.iter_mut().enumerate() {
            let (source, target) = (&from[i / to.len()], &to[i % to.len()]);
            if *total >= FAR {
                *total = NEVER;
            }
            if let Some((here, _)) = direct(&graph, overlay, source, target) {
                *total = (*total).min(here);
            }
        }
        Matrix { version: overlay.version(), columns: to.len(), ms }
    }

    fn path(&mut self, overlay: &Overlay, from: &Position, to: &Position) -> Option<Route> {
        self.refresh(overlay);
        let graph = self.hierarchy.graph.clone();
        let here = direct(&graph, overlay, from, to);
        let around = self.through(overlay, from, to);
        let (ms, edges) = match (here, around) {
            (Some((ms, edge)), around) if around.as_ref().is_none_or(|a| ms <= a.0) => (ms, vec![edge]),
            (_, around) => around?,
        };
        Some(Route::new(&graph, ms, edges, from, to))
    }

    fn isochrone(&mut self, overlay: &Overlay, from: &Position, limit_ms: u32) -> Isochrone {
        self.dijkstra.isochrone(overlay, from, limit_ms)
    }
}
