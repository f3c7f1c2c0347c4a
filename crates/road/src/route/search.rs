//! One bounded Dijkstra search with labels and heap that are used again and again: nothing is allocated once they have grown.

use super::graph::{Graph, NEVER};
use super::position::Seed;
use crate::format::NONE;

/// What the search knows of a state; valid if its epoch is the search's.
#[derive(Clone, Copy, Debug, Default)]
struct Label {
    ms: u32,
    epoch: u32,
    /// The neighbouring state on the way to the root; at a root, `NONE`.
    next: u32,
    /// The edge driven between the two; at a root, the edge of the position.
    edge: u32,
}

/// A heap of four children a node over `milliseconds << 32 | state`: ties fall to the lower state, so answers do not depend on luck.
#[derive(Debug, Default)]
struct Heap(Vec<u64>);

impl Heap {
    fn push(&mut self, item: u64) {
        self.0.push(item);
        let mut at = self.0.len() - 1;
        while at > 0 {
            let parent = (at - 1) / 4;
            if self.0[parent] <= item {
                break;
            }
            self.0[at] = self.0[parent];
            at = parent;
        }
        self.0[at] = item;
    }

    fn pop(&mut self) -> Option<u64> {
        let top = *self.0.first()?;
        let last = self.0.pop()?;
        let length = self.0.len();
        if length > 0 {
            let mut at = 0;
            loop {
                let first = at * 4 + 1;
                if first >= length {
                    break;
                }
                let mut least = first;
                for child in first + 1..(first + 4).min(length) {
                    if self.0[child] < self.0[least] {
                        least = child;
                    }
                }
                if self.0[least] >= last {
                    break;
                }
                self.0[at] = self.0[least];
                at = least;
            }
            self.0[at] = last;
        }
        Some(top)
    }
}

/// What a visitor says after a state is settled.
pub(crate) enum Then {
    /// Go on.
    On,
    /// Go on, but no further than this many milliseconds.
    Within(u32),
    /// Stop.
    Stop,
}

/// Labels and heap.
#[derive(Debug, Default)]
pub(crate) struct Search {
    labels: Vec<Label>,
    epoch: u32,
    heap: Heap,
    /// States settled by the last search.
    pub(crate) settled: usize,
}

impl Search {
    /// Settles states in order of time from the seeds: along the arcs, or against them with `BACK`. Not beyond `limit` milliseconds.
    /// `cost` gives the milliseconds of an edge entered so many milliseconds after the start, [`NEVER`] if it is closed.
    pub(crate) fn run<const BACK: bool>(
        &mut self,
        graph: &Graph,
        seeds: &[Seed],
        limit: u32,
        cost: impl Fn(u32, u32) -> u32,
        mut visit: impl FnMut(u32, u32) -> Then,
    ) {
        self.start(graph.states());
        let mut limit = limit.min(NEVER - 1);
        for seed in seeds {
            self.offer(seed.state, seed.ms, NONE, seed.edge, limit);
        }
        while let Some(item) = self.heap.pop() {
            let (ms, state) = ((item >> 32) as u32, item as u32);
            if self.labels[state as usize].ms != ms || ms > limit {
                if ms > limit {
                    break;
                }
                continue;
            }
            self.settled += 1;
            match visit(state, ms) {
                Then::On => {}
                Then::Within(now) => limit = limit.min(now),
                Then::Stop => break,
            }
            if BACK {
                for arc in graph.inward(state) {
                    let edge_ms = cost(arc.edge, ms);
                    if edge_ms != NEVER {
                        self.offer(arc.from, ms.saturating_add(arc.turn).saturating_add(edge_ms), state, arc.edge, limit);
                    }
                }
            } else {
                for arc in graph.out(state) {
                    let entered = ms.saturating_add(arc.turn);
                    let edge_ms = cost(arc.edge, entered);
                    if edge_ms != NEVER {
                        self.offer(arc.to, entered.saturating_add(edge_ms), state, arc.edge, limit);
                    }
                }
            }
        }
    }

    fn start(&mut self, states: usize) {
        self.heap.0.clear();
        self.settled = 0;
        if self.labels.len() != states || self.epoch == u32::MAX {
            self.labels.clear();
            self.labels.resize(states, Label::default());
            self.epoch = 0;
        }
        self.epoch += 1;
    }

    fn offer(&mut self, state: u32, ms: u32, next: u32, edge: u32, limit: u32) {
        let label = &mut self.labels[state as usize];
        if ms > limit || label.epoch == self.epoch && label.ms <= ms {
            return;
        }
        *label = Label { ms, epoch: self.epoch, next, edge };
        self.heap.push(u64::from(ms) << 32 | u64::from(state));
    }

    /// Edges between a state and the root it was reached from, the root's own position edge last. Empty if the state was not reached.
    pub(crate) fn edges_to_root(&self, state: u32) -> Vec<u32> {
        let mut edges = Vec::new();
        let mut at = state;
        while let Some(label) = self.labels.get(at as usize).filter(|l| l.epoch == self.epoch) {
            edges.push(label.edge);
            if label.next == NONE {
                break;
            }
            at = label.next;
        }
        edges
    }
}

/// Marks on states, cleared by counting on.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    epoch: u32,
    slots: Vec<(u32, u32)>,
    /// Seeds with the number of their place, sorted by state.
    pub(crate) entries: Vec<(Seed, u32)>,
}

impl Marks {
    /// Forgets all entries.
    pub(crate) fn clear(&mut self, states: usize) {
        self.entries.clear();
        if self.slots.len() != states || self.epoch == u32::MAX {
            self.slots.clear();
            self.slots.resize(states, (0, 0));
            self.epoch = 0;
        }
        self.epoch += 1;
    }

    /// Makes the entries findable by state.
    pub(crate) fn index(&mut self) {
        self.entries.sort_unstable_by_key(|(seed, place)| (seed.state, *place, seed.ms, seed.edge));
        for (i, (seed, _)) in self.entries.iter().enumerate().rev() {
            self.slots[seed.state as usize] = (self.epoch, i as u32);
        }
    }

    /// Entries at a state.
    pub(crate) fn at(&self, state: u32) -> impl Iterator<Item = &(Seed, u32)> {
        let (epoch, first) = self.slots[state as usize];
        let first = if epoch == self.epoch { first as usize } else { self.entries.len() };
        self.entries[first..].iter().take_while(move |(s, _)| s.state == state)
    }
}
