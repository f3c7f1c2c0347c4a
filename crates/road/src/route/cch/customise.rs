//! Times into the hierarchy: as a whole, or carried through from a few changed edges.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{FAR, Hierarchy, arc_between};
use crate::route::graph::NEVER;
use crate::route::overlay::Overlay;

/// What bringing the hierarchy up to date took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refresh", rename_all = "snake_case")]
pub enum Refresh {
    /// It was up to date.
    None,
    /// So many arcs of the hierarchy were computed again.
    Part {
        /// Arcs computed.
        arcs: usize,
    },
    /// All of them.
    Whole,
}

/// Changed edges up to which the change is carried through in part.
const PART_EDGES: usize = 64;

/// Weights of the hierarchy's arcs, upward and downward, and the times they were made from.
#[derive(Debug)]
pub(super) struct Weights {
    pub(super) forward: Vec<u32>,
    pub(super) backward: Vec<u32>,
    pub(super) times: Vec<u32>,
    content: Option<u64>,
}

impl Weights {
    pub(super) const fn new() -> Self {
        Self { forward: Vec::new(), backward: Vec::new(), times: Vec::new(), content: None }
    }

    pub(super) fn refresh(&mut self, h: &Hierarchy, overlay: &Overlay) -> Refresh {
        let content = overlay.version().content;
        if self.content == Some(content) {
            return Refresh::None;
        }
        let known = self.content.replace(content).is_some() && self.times.len() == overlay.times().len();
        let changed: Vec<u32> = if known {
            let pairs = self.times.iter().zip(overlay.times()).enumerate();
            pairs.filter(|(_, (old, new))| old != new).map(|(e, _)| e as u32).take(PART_EDGES + 1).collect()
        } else {
            Vec::new()
        };
        self.times.clear();
        self.times.extend_from_slice(overlay.times());
        if known && changed.is_empty() {
            return Refresh::None;
        }
        if known && changed.len() <= PART_EDGES {
            return Refresh::Part { arcs: self.carry(h, &changed) };
        }
        let weights: Vec<u32> = (0..h.graph.arcs.len() as u32).map(|a| self.arc_ms(h, a)).collect();
        let metric = h.cch.customize(&weights);
        (self.forward, self.backward) = (metric.forward, metric.backward);
        Refresh::Whole
    }

    /// Milliseconds of an arc of the graph: the turn and the edge after it.
    pub(super) fn arc_ms(&self, h: &Hierarchy, arc: u32) -> u32 {
        let arc = h.graph.arcs[arc as usize];
        let edge = self.times[arc.edge as usize];
        if edge == NEVER { FAR } else { edge.saturating_add(arc.turn).min(FAR) }
    }

    /// Computes again the arcs over changed edges, and what rests on them, from the bottom up. Returns how many.
    fn carry(&mut self, h: &Hierarchy, changed: &[u32]) -> usize {
        let graph = &h.graph;
        let view = h.cch.view();
        let mut open: BTreeSet<u32> = BTreeSet::new();
        for edge in changed {
            for state in graph.states_of(*edge) {
                for back in graph.inward(state).iter().filter(|b| b.edge == *edge) {
                    let first = graph.first_arc[back.from as usize];
                    let of = graph.out(back.from).iter().enumerate().filter(|(_, a)| a.edge == *edge);
                    open.extend(of.map(|(i, _)| h.over[first as usize + i]).filter(|o| *o != u32::MAX).map(|o| o / 2));
                }
            }
        }
        let mut count = 0;
        while let Some(arc) = open.pop_first() {
            count += 1;
            let (x, z) = (h.tail[arc as usize], view.up_head[arc as usize]);
            let under = |down: bool| h.under(arc, down).iter().map(|a| self.arc_ms(h, *a)).min().unwrap_or(FAR);
            let (mut up, mut down) = (under(false), under(true));
            let below = view.down_first_out[x as usize] as usize..view.down_first_out[x as usize + 1] as usize;
            for i in below {
                let (y, bottom) = (view.down_head[i], view.down_to_up[i] as usize);
                if let Some(middle) = arc_between(&view, y, z) {
                    let middle = middle as usize;
                    up = up.min(self.backward[bottom].saturating_add(self.forward[middle]));
                    down = down.min(self.backward[middle].saturating_add(self.forward[bottom]));
                }
            }
            let index = arc as usize;
            let old = (self.forward[index], self.backward[index]);
            if old == (up, down) {
                continue;
            }
            (self.forward[index], self.backward[index]) = (up, down);
            for other in view.up_first_out[x as usize]..view.up_first_out[x as usize + 1] {
                let w = view.up_head[other as usize];
                if w == z {
                    continue;
                }
                let Some(top) = arc_between(&view, z.min(w), z.max(w)) else { continue };
                let (out, back) = (self.forward[other as usize], self.backward[other as usize]);
                // From z over x to w, and from w over x to z.
                let (mut away, mut home) = (self.forward[top as usize], self.backward[top as usize]);
                if w < z {
                    std::mem::swap(&mut away, &mut home);
                }
                // The arc above rested on the old time, or the new one undercuts it. If both arcs below have changed, the first
                // carried finds the other's old time still in its place, so that nothing that rested on the two is missed.
                let touched = |old: u32, new: u32, other: u32, above: u32| {
                    other < FAR && (old < FAR && old + other == above || new < FAR && new + other < above)
                };
                if touched(old.1, down, out, away) || touched(old.0, up, back, home) {
                    open.insert(top);
                }
            }
        }
        count
    }
}
