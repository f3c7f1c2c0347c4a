//! The edge-expanded graph: states are directed edges just driven, arcs are the turns that may follow.
//!
//! An arc leads from the state "at the end of edge *a*" over a turn and the whole of edge *b* to the state "at the end of *b*". States of
//! one node from which the same may follow at the same cost are one state, so that a profile without turn costs gives the graph of nodes.
//! A restriction over further ways adds states that remember where one came from (an automaton as of Aho and Corasick, 1975).

use crate::Network;
use crate::format::*;
use crate::geometry::{Plane, to_point};
use crate::place::Class;
use gongzhi_civic::place::Point;

use super::profile::Profile;
use super::turns;

/// No time: the way is closed.
pub const NEVER: u32 = u32::MAX;

/// A turn and the edge after it, from the state it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Arc {
    /// Edge driven after the turn.
    pub(crate) edge: u32,
    /// State at the edge's end.
    pub(crate) to: u32,
    /// Milliseconds of the turn.
    pub(crate) turn: u32,
}

/// The same arc seen from the state it leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BackArc {
    pub(crate) edge: u32,
    pub(crate) from: u32,
    pub(crate) turn: u32,
}

/// How large a graph is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GraphSize {
    /// Directed edges of the network.
    pub edges: usize,
    /// Edges the vehicle may use.
    pub open_edges: usize,
    /// States.
    pub states: usize,
    /// Arcs.
    pub arcs: usize,
    /// Edges of the largest piece in which every place can be reached from every other.
    pub main_edges: usize,
    /// Bytes in memory.
    pub bytes: usize,
}

/// A network as one vehicle may drive it. Immutable; closures and live speeds are an [`super::Overlay`].
#[derive(Debug)]
pub struct Graph {
    pub(crate) profile: Profile,
    pub(crate) network: String,
    /// Free-flow milliseconds of each edge, [`NEVER`] if closed to the vehicle.
    pub(crate) ms: Vec<u32>,
    pub(crate) length_m: Vec<f32>,
    pub(crate) class: Vec<u8>,
    /// Lanes of the edge's own direction, 0 if not known.
    pub(crate) lanes: Vec<u8>,
    pub(crate) twin: Vec<u32>,
    /// State at each edge's end for who comes from nowhere in particular; `NONE` if closed.
    pub(crate) state: Vec<u32>,
    /// Further states at an edge's end: `(edge, state)`, sorted.
    pub(crate) extra: Vec<(u32, u32)>,
    pub(crate) first_arc: Vec<u32>,
    pub(crate) arcs: Vec<Arc>,
    pub(crate) first_back: Vec<u32>,
    pub(crate) back: Vec<BackArc>,
    /// Barriers inside edges: `(edge, metres from its start)`, sorted.
    pub(crate) barriers: Vec<(u32, f32)>,
    /// Where each state is, stored units.
    pub(crate) at: Vec<ShapeRecord>,
    /// Strongly connected piece of each state, and the largest one.
    pub(crate) piece: Vec<u32>,
    pub(crate) main: u32,
    /// Edges that lead into the largest piece and are led to from it.
    pub(crate) main_edge: Vec<bool>,
    /// Pieces regardless of direction.
    pub(crate) island: Vec<u32>,
}

impl Graph {
    /// Builds the graph of a network for a profile. Linear in the network: about half a second for half a million edges.
    #[must_use]
    pub fn build(network: &Network, profile: &Profile) -> Self {
        let (edges, lines, nodes) = (network.edges(), network.lines(), network.nodes());
        let count = edges.len();
        let limits = network.table::<WayLimitRecord>(Tag::WayLimits);
        let mut graph = Self {
            profile: profile.clone(),
            network: network.identity().to_owned(),
            ms: vec![NEVER; count],
            length_m: vec![0.0; count],
            class: vec![Class::Track as u8; count],
            lanes: vec![0; count],
            twin: vec![NONE; count],
            state: vec![NONE; count],
            extra: Vec::new(),
            first_arc: Vec::new(),
            arcs: Vec::new(),
            first_back: Vec::new(),
            back: Vec::new(),
            barriers: Vec::new(),
            at: Vec::new(),
            piece: Vec::new(),
            main: 0,
            main_edge: Vec::new(),
            island: Vec::new(),
        };
        for (i, edge) in edges.iter().enumerate() {
            let Some(line) = lines.get(edge.line as usize) else { continue };
            if edge.from as usize >= nodes.len() || edge.to as usize >= nodes.len() {
                continue;
            }
            let way = network.way(line.way);
            let limit = limits.get(line.way as usize).copied().unwrap_or_default();
            let length = if line.length_m.is_finite() { line.length_m.max(0.0) } else { 0.0 };
            graph.length_m[i] = length;
            graph.class[i] = way.class.min(Class::Track as u8);
            graph.lanes[i] = match (if edge.reversed == 0 { way.lanes_forward } else { way.lanes_backward }, way.lanes) {
                (0, all) if line.forward != NONE && line.backward != NONE => all.div_ceil(2),
                (0, all) => all,
                (own, _) => own,
            };
            let other = if edge.reversed == 0 { line.backward } else { line.forward };
            // The other direction is a twin only if it says so itself.
            if edges.get(other as usize).is_some_and(|o| o.line == edge.line && o.from == edge.to && o.to == edge.from) {
                graph.twin[i] = other;
            }
            if let Some(kmh) = profile.kmh(&way, &limit, edge.reversed != 0) {
                graph.ms[i] = milliseconds(f64::from(length), kmh);
            }
        }
        graph.read_barriers(network);
        turns::connect(&mut graph, network, limits);
        graph.turn_around();
        super::pieces::find(&mut graph);
        graph
    }

    fn read_barriers(&mut self, network: &Network) {
        let bit = self.profile.vehicle.kind.bit();
        let lines = network.lines();
        for barrier in network.table::<BarrierRecord>(Tag::Barriers).iter().filter(|b| b.refused & bit != 0 && b.node == NONE) {
            let Some(line) = lines.get(barrier.line as usize) else { continue };
            for (edge, against) in [(line.forward, false), (line.backward, true)] {
                if (edge as usize) < self.ms.len() {
                    let offset = barrier.offset_m.clamp(0.0, line.length_m);
                    self.barriers.push((edge, if against { line.length_m - offset } else { offset }));
                }
            }
        }
        self.barriers.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    }

    /// Fills the arcs seen from their ends.
    fn turn_around(&mut self) {
        let states = self.first_arc.len().saturating_sub(1);
        let mut first = vec![0u32; states + 1];
        for arc in &self.arcs {
            first[arc.to as usize + 1] += 1;
        }
        for s in 0..states {
            first[s + 1] += first[s];
        }
        let mut next = first.clone();
        let mut back = vec![BackArc { edge: 0, from: 0, turn: 0 }; self.arcs.len()];
        for s in 0..states {
            for arc in &self.arcs[self.first_arc[s] as usize..self.first_arc[s + 1] as usize] {
                let slot = &mut next[arc.to as usize];
                back[*slot as usize] = BackArc { edge: arc.edge, from: s as u32, turn: arc.turn };
                *slot += 1;
            }
        }
        (self.first_back, self.back) = (first, back);
    }

    /// The profile it was built for.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Identity of the network it was built from.
    #[must_use]
    pub fn network(&self) -> &str {
        &self.network
    }

    /// Number of directed edges, open or not.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.ms.len()
    }

    /// Number of states.
    #[must_use]
    pub fn states(&self) -> usize {
        self.first_arc.len().saturating_sub(1)
    }

    /// How large it is.
    #[must_use]
    pub fn size(&self) -> GraphSize {
        let bytes = self.ms.len() * (4 + 4 + 1 + 1 + 4 + 4)
            + self.arcs.len() * (size_of::<Arc>() + size_of::<BackArc>())
            + self.states() * (4 + 4 + 8 + 4 + 4);
        GraphSize {
            edges: self.ms.len(),
            open_edges: self.ms.iter().filter(|m| **m != NEVER).count(),
            states: self.states(),
            arcs: self.arcs.len(),
            main_edges: (0..self.ms.len() as u32).filter(|e| self.in_main(*e)).count(),
            bytes,
        }
    }

    /// Free-flow milliseconds of an edge; `None` if the vehicle may not use it.
    #[must_use]
    pub fn free_flow_ms(&self, edge: u32) -> Option<u32> {
        self.ms.get(edge as usize).copied().filter(|m| *m != NEVER)
    }

    /// Length of an edge in metres.
    #[must_use]
    pub fn length_m(&self, edge: u32) -> Option<f64> {
        self.length_m.get(edge as usize).map(|l| f64::from(*l))
    }

    /// The edge the other way on the same line.
    #[must_use]
    pub fn twin(&self, edge: u32) -> Option<u32> {
        self.twin.get(edge as usize).copied().filter(|t| *t != NONE)
    }

    /// Turns allowed after an edge: the next edge and the turn's milliseconds. For who comes from nowhere in particular: a restriction
    /// over several ways may forbid more.
    pub fn turns(&self, edge: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let state = self.state.get(edge as usize).copied().filter(|s| *s != NONE);
        state.into_iter().flat_map(|s| self.out(s)).map(|a| (a.edge, a.turn))
    }

    /// Whether an edge lies in the largest piece in which every place can be reached from every other: one comes to it and away from it.
    #[must_use]
    pub fn in_main(&self, edge: u32) -> bool {
        self.main_edge.get(edge as usize).copied().unwrap_or(false)
    }

    pub(crate) fn out(&self, state: u32) -> &[Arc] {
        &self.arcs[self.first_arc[state as usize] as usize..self.first_arc[state as usize + 1] as usize]
    }

    pub(crate) fn inward(&self, state: u32) -> &[BackArc] {
        &self.back[self.first_back[state as usize] as usize..self.first_back[state as usize + 1] as usize]
    }

    /// All states at an edge's end.
    pub(crate) fn states_of(&self, edge: u32) -> impl Iterator<Item = u32> + '_ {
        let plain = self.state.get(edge as usize).copied().filter(|s| *s != NONE);
        let start = self.extra.partition_point(|(e, _)| *e < edge);
        plain.into_iter().chain(self.extra[start..].iter().take_while(move |(e, _)| *e == edge).map(|(_, s)| *s))
    }

    /// States from which an edge may be entered, with the turn's milliseconds.
    pub(crate) fn before(&self, edge: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.states_of(edge).flat_map(|s| self.inward(s)).filter(move |b| b.edge == edge).map(|b| (b.from, b.turn))
    }

    pub(crate) fn barriers_on(&self, edge: u32) -> impl Iterator<Item = f64> + '_ {
        let start = self.barriers.partition_point(|(e, _)| *e < edge);
        self.barriers[start..].iter().take_while(move |(e, _)| *e == edge).map(|(_, m)| f64::from(*m))
    }

    /// Where a state is.
    pub(crate) fn point(&self, state: u32) -> Point {
        to_point(self.at[state as usize])
    }
}

/// Milliseconds of a length at a speed; at least one.
pub(crate) fn milliseconds(length_m: f64, kmh: f64) -> u32 {
    // A day on one edge is as good as closed; the cap keeps sums far from overflow.
    (length_m * 3_600.0 / kmh.max(0.1)).round().clamp(1.0, 86_400_000.0) as u32
}

/// Bearings in degrees clockwise from north at an edge's start and end, taken over the first and last `REACH_M` metres.
pub(crate) fn bearings(shape: &[ShapeRecord], reversed: bool) -> (f64, f64) {
    const REACH_M: f64 = 15.0;
    let bearing = |from: ShapeRecord, points: &mut dyn Iterator<Item = ShapeRecord>| {
        let plane = Plane::at(from);
        let mut at = (0.0, 0.0);
        for p in points {
            at = plane.metres(p);
            if at.0.hypot(at.1) >= REACH_M {
                break;
            }
        }
        at.0.atan2(at.1).to_degrees()
    };
    let (Some(first), Some(last)) = (shape.first(), shape.last()) else { return (0.0, 0.0) };
    let leaving = bearing(*first, &mut shape.iter().copied().skip(1));
    let arriving = bearing(*last, &mut shape.iter().rev().copied().skip(1));
    if reversed { (arriving, leaving + 180.0) } else { (leaving, arriving + 180.0) }
}
