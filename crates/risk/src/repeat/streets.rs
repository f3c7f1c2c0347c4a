//! Metres along the streets between calls: nodes near each other are found once, pairs of calls are looked up.

use std::sync::Arc;

use rayon::prelude::*;

use crate::network::{Adjacency, Graph, Search, Travel};

/// A place on a street.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OnStreet {
    /// Position of the edge in the graph.
    pub edge: u32,
    /// Metres from the edge's start.
    pub offset_m: f64,
}

/// Every pair of nodes within reach of each other. Streets are walked both ways: nearness does not ask for one-way signs.
#[derive(Clone, Debug)]
pub struct Streets {
    graph: Arc<Graph>,
    reach_m: f64,
    /// Where each node's list starts.
    first: Vec<usize>,
    /// Node and metres, by node.
    near: Vec<(u32, f32)>,
}

impl Streets {
    /// Walks from every node as far as `reach_m`. Cost: one bounded search (Dijkstra 1959) for each node, in parallel.
    #[must_use]
    pub fn new(graph: Arc<Graph>, reach_m: f64) -> Self {
        let reach_m = if reach_m.is_finite() { reach_m.max(0.0) } else { 0.0 };
        let adjacency = Adjacency::new(&graph, Travel::EitherWay, false);
        let around = |search: &mut Search, start: u32| {
            let mut list: Vec<(u32, f32)> = Vec::new();
            search.run(&adjacency, &[(start, 0.0)], reach_m, |node, metres| list.push((node, metres as f32)));
            list.sort_unstable_by_key(|(node, _)| *node);
            list
        };
        let lists: Vec<_> = (0..graph.nodes()).into_par_iter().map_init(|| Search::new(graph.nodes()), around).collect();
        let mut first = Vec::with_capacity(lists.len() + 1);
        first.push(0);
        for list in &lists {
            first.push(first.last().copied().unwrap_or(0) + list.len());
        }
        Self { graph, reach_m, first, near: lists.concat() }
    }

    /// How far it sees, metres.
    #[must_use]
    pub const fn reach_m(&self) -> f64 {
        self.reach_m
    }

    /// Metres along the streets, or `None` if further than the reach or not connected within it.
    #[must_use]
    pub fn distance_m(&self, a: OnStreet, b: OnStreet) -> Option<f64> {
        let edges = self.graph.edges();
        let (from, to) = (edges.get(a.edge as usize)?, edges.get(b.edge as usize)?);
        let clamp = |o: f64, length: f64| o.clamp(0.0, length);
        let (oa, ob) = (clamp(a.offset_m, from.length_m), clamp(b.offset_m, to.length_m));
        let along = (a.edge == b.edge).then(|| (oa - ob).abs());
        let ends_a = [(from.from, oa), (from.to, from.length_m - oa)];
        let ends_b = [(to.from, ob), (to.to, to.length_m - ob)];
        let ways = ends_a.iter().flat_map(|&(u, x)| ends_b.iter().filter_map(move |&(v, y)| Some(x + self.between(u, v)? + y)));
        ways.chain(along).min_by(f64::total_cmp).filter(|d| *d <= self.reach_m)
    }

    fn between(&self, u: u32, v: u32) -> Option<f64> {
        let list = self.near.get(*self.first.get(u as usize)?..*self.first.get(u as usize + 1)?)?;
        list.binary_search_by_key(&v, |(node, _)| *node).ok().map(|i| f64::from(list[i].1))
    }
}
