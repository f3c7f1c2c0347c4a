//! Climbing the elimination tree from a place, and falling to many places at once (RPHAST; Delling, Goldberg and Werneck, 2011).

use super::{FAR, Hierarchy};
use crate::format::NONE;
use crate::route::position::Seed;

/// A search from a few seeds to the root of the elimination tree.
#[derive(Debug, Default)]
pub(super) struct Climb {
    ms: Vec<u32>,
    /// The arc by which a node was reached; `NONE` at a seed.
    by: Vec<u32>,
    /// The position's edge, at seeds.
    edge: Vec<u32>,
    tail: Vec<u32>,
    visited: Vec<u32>,
    seen: Vec<bool>,
}

impl Climb {
    pub(super) fn run(&mut self, h: &Hierarchy, weights: &[u32], seeds: &[Seed]) {
        let view = h.cch.view();
        let nodes = view.rank.len();
        if self.ms.len() != nodes {
            self.ms = vec![FAR; nodes];
            self.by = vec![NONE; nodes];
            self.edge = vec![NONE; nodes];
            self.tail = vec![NONE; nodes];
            self.seen = vec![false; nodes];
            self.visited.clear();
        }
        for x in self.visited.drain(..) {
            self.ms[x as usize] = FAR;
            self.seen[x as usize] = false;
        }
        for seed in seeds {
            let x = view.rank[seed.state as usize];
            if seed.ms < self.ms[x as usize] {
                (self.ms[x as usize], self.by[x as usize], self.edge[x as usize]) = (seed.ms, NONE, seed.edge);
            }
            let mut at = x;
            while at != NONE && !std::mem::replace(&mut self.seen[at as usize], true) {
                self.visited.push(at);
                at = view.elimination_tree_parent[at as usize];
            }
        }
        // Chains are ascending each; more than one seed needs them merged.
        if seeds.len() > 1 {
            self.visited.sort_unstable();
        }
        for x in &self.visited {
            let ms = self.ms[*x as usize];
            if ms >= FAR {
                continue;
            }
            let (start, end) = (view.up_first_out[*x as usize] as usize, view.up_first_out[*x as usize + 1] as usize);
            for (arc, (y, weight)) in (start..).zip(view.up_head[start..end].iter().zip(&weights[start..end])) {
                // Both are below 2^31: the sum does not overflow.
                let total = ms + *weight;
                let y = *y as usize;
                if total < self.ms[y] {
                    (self.ms[y], self.by[y], self.tail[y]) = (total, arc as u32, *x);
                }
            }
        }
    }

    /// Milliseconds to a node.
    pub(super) fn at(&self, x: u32) -> u32 {
        self.ms[x as usize]
    }

    /// Nodes visited, ascending.
    pub(super) fn visited(&self) -> &[u32] {
        &self.visited
    }

    /// Arcs from a node down to its seed, and the seed's edge.
    pub(super) fn trail(&self, x: u32) -> (Vec<u32>, u32) {
        let (mut arcs, mut at) = (Vec::new(), x as usize);
        while self.by[at] != NONE {
            arcs.push(self.by[at]);
            at = self.tail[at] as usize;
        }
        (arcs, self.edge[at])
    }
}

/// Rows swept at once.
const LANES: usize = 16;

/// The nodes above some places, renumbered from the root down, with their arcs side by side.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// Number of each node of the hierarchy here, `NONE` if not chosen.
    local: Vec<u32>,
    nodes: Vec<u32>,
    first: Vec<u32>,
    arcs: Vec<(u32, u32)>,
    lanes: Vec<[u32; LANES]>,
}

impl Selection {
    pub(super) fn choose(&mut self, h: &Hierarchy, weights: &[u32], columns: &[Vec<Seed>]) {
        let view = h.cch.view();
        if self.local.len() != view.rank.len() {
            self.local = vec![NONE; view.rank.len()];
            self.nodes.clear();
        }
        for x in self.nodes.drain(..) {
            self.local[x as usize] = NONE;
        }
        for seed in columns.iter().flatten() {
            let mut at = view.rank[seed.state as usize];
            while at != NONE && self.local[at as usize] == NONE {
                self.local[at as usize] = 0;
                self.nodes.push(at);
                at = view.elimination_tree_parent[at as usize];
            }
        }
        self.nodes.sort_unstable_by(|a, b| b.cmp(a));
        for (i, x) in self.nodes.iter().enumerate() {
            self.local[*x as usize] = i as u32;
        }
        self.first.clear();
        self.arcs.clear();
        self.first.push(0);
        for x in &self.nodes {
            let (start, end) = (view.up_first_out[*x as usize] as usize, view.up_first_out[*x as usize + 1] as usize);
            for (y, weight) in view.up_head[start..end].iter().zip(&weights[start..end]).filter(|(_, w)| **w < FAR) {
                self.arcs.push((self.local[*y as usize], *weight));
            }
            self.first.push(self.arcs.len() as u32);
        }
    }

    pub(super) fn sweep(
        &mut self,
        h: &Hierarchy,
        climb_weights: &[u32],
        climb: &mut Climb,
        rows: &[Vec<Seed>],
        columns: &[Vec<Seed>],
    ) -> Vec<u32> {
        let view = h.cch.view();
        let mut totals = Vec::with_capacity(rows.len() * columns.len());
        for batch in rows.chunks(LANES) {
            self.lanes.clear();
            self.lanes.resize(self.nodes.len(), [FAR; LANES]);
            for (lane, seeds) in batch.iter().enumerate() {
                climb.run(h, climb_weights, seeds);
                for x in climb.visited() {
                    let local = self.local[*x as usize];
                    if local != NONE {
                        self.lanes[local as usize][lane] = climb.at(*x);
                    }
                }
            }
            for i in 0..self.nodes.len() {
                let (above, rest) = self.lanes.split_at_mut(i);
                let mine = &mut rest[0];
                for (head, weight) in &self.arcs[self.first[i] as usize..self.first[i + 1] as usize] {
                    let theirs = &above[*head as usize];
                    for lane in 0..LANES {
                        // Below 2^31 both, as above.
                        mine[lane] = mine[lane].min(theirs[lane].wrapping_add(*weight));
                    }
                }
            }
            for lane in 0..batch.len() {
                for seeds in columns {
                    let best = seeds.iter().map(|s| {
                        let local = self.local[view.rank[s.state as usize] as usize];
                        self.lanes[local as usize][lane].saturating_add(s.ms)
                    });
                    totals.push(best.min().unwrap_or(FAR).min(FAR));
                }
            }
        }
        totals
    }
}
