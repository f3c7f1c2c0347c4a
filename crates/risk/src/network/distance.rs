//! Distances between nodes, up to a bound.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Mutex;

use rayon::prelude::*;

use super::{Graph, Travel};

/// Who is next to whom, in the direction of a question.
#[derive(Clone, Debug)]
pub(crate) struct Adjacency {
    first: Vec<u32>,
    next: Vec<(u32, f64)>,
}

impl Adjacency {
    /// Neighbours to go to from each node. `backwards` asks for those one comes from.
    pub(crate) fn new(graph: &Graph, travel: Travel, backwards: bool) -> Self {
        let mut first = Vec::with_capacity(graph.nodes() as usize + 1);
        let mut next = Vec::with_capacity(graph.edges().len() * 2);
        first.push(0);
        for node in 0..graph.nodes() {
            for &(edge, at_end) in graph.at(node) {
                let edge = &graph.edges()[edge as usize];
                let against = at_end != backwards;
                if edge.from == edge.to || (against && edge.oneway && travel == Travel::Driven) {
                    continue;
                }
                next.push((if at_end { edge.from } else { edge.to }, edge.length_m));
            }
            first.push(next.len() as u32);
        }
        Self { first, next }
    }

    fn of(&self, node: u32) -> &[(u32, f64)] {
        &self.next[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }
}

/// Dijkstra's search with a bound; its arrays are used again for every start and cleared by the list of nodes touched.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    distance: Vec<f64>,
    /// Nodes with a distance, in the order in which they were first seen.
    touched: Vec<u32>,
    /// Distances are not negative, so their bits order as they do.
    queue: BinaryHeap<Reverse<(u64, u32)>>,
}

impl Search {
    pub(crate) fn new(nodes: u32) -> Self {
        Self { distance: vec![f64::INFINITY; nodes as usize], touched: Vec::new(), queue: BinaryHeap::new() }
    }

    /// Calls `visit(node, distance)` for each node within `bound_m`, nearest first; each start lies at a distance of its own.
    pub(crate) fn run(&mut self, adjacency: &Adjacency, starts: &[(u32, f64)], bound_m: f64, mut visit: impl FnMut(u32, f64)) {
        for &(node, distance) in starts {
            if distance <= bound_m && distance < self.distance[node as usize] {
                self.see(node, distance);
            }
        }
        while let Some(Reverse((bits, node))) = self.queue.pop() {
            let here = f64::from_bits(bits);
            if here > self.distance[node as usize] {
                continue;
            }
            visit(node, here);
            for &(next, length) in adjacency.of(node) {
                let there = here + length;
                if there <= bound_m && there < self.distance[next as usize] {
                    self.see(next, there);
                }
            }
        }
        for node in self.touched.drain(..) {
            self.distance[node as usize] = f64::INFINITY;
        }
    }

    fn see(&mut self, node: u32, distance: f64) {
        if self.distance[node as usize].is_infinite() {
            self.touched.push(node);
        }
        self.distance[node as usize] = distance;
        self.queue.push(Reverse((distance.to_bits(), node)));
    }
}

/// For every node, the nodes within a bound and how far they are.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    first: Vec<usize>,
    node: Vec<u32>,
    distance: Vec<f64>,
}

impl Rows {
    pub(super) fn new(graph: &Graph, travel: Travel, bound_m: f64) -> Self {
        let adjacency = Adjacency::new(graph, travel, false);
        let searches = Mutex::new(Vec::new());
        let starts: Vec<u32> = (0..graph.nodes()).step_by(256).collect();
        let parts: Vec<(Vec<u32>, Vec<u32>, Vec<f64>)> = starts
            .par_iter()
            .map(|&start| {
                let mut search = lend(&searches, || Search::new(graph.nodes()));
                let (mut counts, mut node, mut distance) = (Vec::new(), Vec::new(), Vec::new());
                for from in start..graph.nodes().min(start + 256) {
                    let before = node.len();
                    search.run(&adjacency, &[(from, 0.0)], bound_m, |to, d| {
                        node.push(to);
                        distance.push(d);
                    });
                    counts.push((node.len() - before) as u32);
                }
                give_back(&searches, search);
                (counts, node, distance)
            })
            .collect();
        let total = parts.iter().map(|p| p.1.len()).sum();
        let mut rows = Self { first: vec![0], node: Vec::with_capacity(total), distance: Vec::with_capacity(total) };
        for (counts, node, distance) in parts {
            for count in counts {
                rows.first.push(rows.first[rows.first.len() - 1] + count as usize);
            }
            rows.node.extend_from_slice(&node);
            rows.distance.extend_from_slice(&distance);
        }
        rows
    }

    /// Nodes within the bound of a node, with their distances, nearest first.
    pub(super) fn of(&self, node: u32) -> (&[u32], &[f64]) {
        let range = self.first[node as usize]..self.first[node as usize + 1];
        (&self.node[range.clone()], &self.distance[range])
    }

    pub(super) fn len(&self) -> usize {
        self.node.len()
    }
}

/// Takes something that is costly to make from those not in use, or makes one.
pub(super) fn lend<T>(idle: &Mutex<Vec<T>>, make: impl FnOnce() -> T) -> T {
    let lent = idle.lock().ok().and_then(|mut idle| idle.pop());
    lent.unwrap_or_else(make)
}

/// Puts it back for the next one.
pub(super) fn give_back<T>(idle: &Mutex<Vec<T>>, lent: T) {
    if let Ok(mut idle) = idle.lock() {
        idle.push(lent);
    }
}
