//! Driving distances between places that are near each other: Dijkstra over nodes, stopped at a bound.
//!
//! A shortest way over nodes never turns back in its middle, so turning back needs care only at its two ends: leaving the first
//! edge's end by the opposite edge, and coming to the last edge's start from it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::Network;
use crate::format::{NONE, ShapeRecord};
use crate::geometry::Plane;

/// What turning back in a street costs, in millimetres of way.
const TURN_BACK_MM: u32 = 150_000;
/// The same at the end of a dead end.
const DEAD_END_MM: u32 = 10_000;

/// A spot on a directed edge, millimetres from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) edge: u32,
    pub(crate) offset_mm: u32,
}

#[derive(Clone, Copy)]
struct Arc {
    from: u32,
    to: u32,
    length_mm: u32,
    /// The opposite edge or `NONE`.
    twin: u32,
}

#[derive(Clone, Copy)]
struct Label {
    run: u32,
    distance_mm: u32,
    /// Least distance still to go.
    ahead_mm: u32,
    /// Edge by which the node was reached; `NONE` at the end of the first edge.
    by: u32,
    /// The search starts here: at the end of the first edge, or at its start after turning back on it.
    seed: bool,
}

/// Where the targets are: all within `reach_m` of `at`.
pub(crate) struct Aim {
    pub(crate) at: ShapeRecord,
    pub(crate) reach_m: f64,
}

struct Ahead {
    plane: Plane,
    reach_m: f64,
}

impl Ahead {
    /// No way from here to a target is shorter (A*: Hart, Nilsson & Raphael 1968). One per cent is left for the plane's error;
    /// a target's edge may begin before it comes within reach, so the bound is only ever too low for ways that end within reach.
    fn least_mm(&self, place: ShapeRecord) -> u32 {
        let (x, y) = self.plane.metres(place);
        ((x.hypot(y) * 0.99 - self.reach_m).max(0.0) * 1_000.0) as u32
    }
}

/// The network laid out for many short searches, and their working room.
pub(crate) struct Search {
    arcs: Vec<Arc>,
    first: Vec<u32>,
    places: Vec<ShapeRecord>,
    labels: Vec<Label>,
    wanted: Vec<u32>,
    run: u32,
    heap: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Search {
    pub(crate) fn new(network: &Network) -> Self {
        let lines = network.lines();
        let count = network.nodes().len() as u32;
        let arcs: Vec<Arc> = network
            .edges()
            .iter()
            .map(|e| {
                let line = lines.get(e.line as usize).copied().unwrap_or_default();
                let twin = if e.reversed != 0 { line.forward } else { line.backward };
                // An edge that leads nowhere is given no end, so that no search follows it.
                let end = |node: u32| if node < count { node } else { NONE };
                Arc { from: end(e.from), to: end(e.to), length_mm: (f64::from(line.length_m) * 1_000.0).round() as u32, twin }
            })
            .collect();
        let first = (0..=count).map(|n| if n < count { network.edges_from(n).start } else { arcs.len() as u32 }).collect();
        let places = network.nodes().iter().map(|n| ShapeRecord { x: n.x, y: n.y }).collect();
        let labels = vec![Label { run: 0, distance_mm: 0, ahead_mm: 0, by: NONE, seed: false }; count as usize];
        Self { arcs, first, places, labels, wanted: vec![0; count as usize], run: 0, heap: BinaryHeap::new() }
    }

    pub(crate) fn length_mm(&self, edge: u32) -> u32 {
        self.arcs.get(edge as usize).map_or(0, |a| a.length_mm)
    }

    pub(crate) fn twin(&self, edge: u32) -> u32 {
        self.arcs.get(edge as usize).map_or(NONE, |a| a.twin)
    }

    fn leaving(&self, node: u32) -> std::ops::Range<u32> {
        match (self.first.get(node as usize), self.first.get(node as usize + 1)) {
            (Some(start), Some(end)) => *start..*end,
            _ => 0..0,
        }
    }

    /// Searches from a spot forward until the starts of all `targets` are reached, leaving out what cannot be on a way of `bound_m`.
    pub(crate) fn run(&mut self, from: Spot, targets: impl Iterator<Item = u32>, aim: &Aim, bound_m: f64) {
        if self.run == u32::MAX {
            self.labels.iter_mut().for_each(|l| l.run = 0);
            self.wanted.fill(0);
            self.run = 0;
        }
        self.run += 1;
        self.heap.clear();
        let bound_mm = (bound_m * 1_000.0) as u32;
        let aim = Ahead { plane: Plane::at(aim.at), reach_m: aim.reach_m };
        let mut open = 0usize;
        for edge in targets {
            let Some(arc) = self.arcs.get(edge as usize) else { continue };
            if let Some(mark) = self.wanted.get_mut(arc.from as usize).filter(|m| **m != self.run) {
                *mark = self.run;
                open += 1;
            }
        }
        let Some(start) = self.arcs.get(from.edge as usize).copied() else { return };
        self.reach(start.to, start.length_mm.saturating_sub(from.offset_mm), (NONE, true), bound_mm, &aim);
        if start.twin != NONE {
            self.reach(start.from, from.offset_mm.saturating_add(TURN_BACK_MM), (start.twin, true), bound_mm, &aim);
        }
        while let Some(Reverse((key_mm, node))) = self.heap.pop() {
            let label = self.labels[node as usize];
            let distance_mm = label.distance_mm;
            if distance_mm.saturating_add(label.ahead_mm) < key_mm {
                continue;
            }
            if self.wanted[node as usize] == self.run {
                open -= 1;
                if open == 0 {
                    return;
                }
            }
            let leaving = self.leaving(node);
            let dead_end = leaving.len() == 1;
            for edge in leaving {
                let Some(arc) = self.arcs.get(edge as usize).copied() else { continue };
                let turning = if label.by == NONE && edge == start.twin { if dead_end { DEAD_END_MM } else { TURN_BACK_MM } } else { 0 };
                self.reach(arc.to, distance_mm.saturating_add(arc.length_mm).saturating_add(turning), (edge, false), bound_mm, &aim);
            }
        }
    }

    fn reach(&mut self, node: u32, distance_mm: u32, (by, seed): (u32, bool), bound_mm: u32, aim: &Ahead) {
        let Some(label) = self.labels.get_mut(node as usize) else { return };
        let known = label.run == self.run;
        if known && distance_mm >= label.distance_mm {
            return;
        }
        let ahead_mm = if known { label.ahead_mm } else { aim.least_mm(self.places[node as usize]) };
        let key_mm = distance_mm.saturating_add(ahead_mm);
        if key_mm > bound_mm {
            return;
        }
        *label = Label { run: self.run, distance_mm, ahead_mm, by, seed };
        self.heap.push(Reverse((key_mm, node)));
    }

    /// Millimetres from the spot of the last [`Self::run`] to `to`, turning back included; `None` beyond its bound.
    /// The way along the first edge itself is [`Self::within`]'s.
    pub(crate) fn distance_mm(&self, to: Spot) -> Option<u32> {
        let arc = self.arcs.get(to.edge as usize)?;
        let label = self.labels.get(arc.from as usize).filter(|l| l.run == self.run)?;
        let turning = if label.by != NONE && label.by == arc.twin {
            if self.leaving(arc.from).len() == 1 { DEAD_END_MM } else { TURN_BACK_MM }
        } else {
            0
        };
        Some(label.distance_mm.saturating_add(to.offset_mm).saturating_add(turning))
    }

    /// Millimetres between two spots of one line without leaving it: ahead on one edge, or turning back onto its twin.
    pub(crate) fn within(&self, from: Spot, to: Spot) -> Option<u32> {
        if from.edge == to.edge {
            return to.offset_mm.checked_sub(from.offset_mm);
        }
        if self.twin(from.edge) != to.edge {
            return None;
        }
        let same_way = self.length_mm(from.edge).saturating_sub(to.offset_mm);
        Some(same_way.abs_diff(from.offset_mm).saturating_add(TURN_BACK_MM))
    }

    /// Edges from the spot of the last [`Self::run`] to the edge `to`, without the first and with the last.
    pub(crate) fn path(&self, to: u32) -> Option<Vec<u32>> {
        let mut edges = vec![to];
        let mut node = self.arcs.get(to as usize)?.from;
        // A way visits a node once: more steps than nodes would be a fault of the labels.
        for _ in 0..=self.labels.len() {
            let label = self.labels.get(node as usize).filter(|l| l.run == self.run)?;
            if label.by != NONE {
                edges.push(label.by);
            }
            if label.seed {
                edges.reverse();
                return Some(edges);
            }
            node = self.arcs.get(label.by as usize)?.from;
        }
        None
    }
}
