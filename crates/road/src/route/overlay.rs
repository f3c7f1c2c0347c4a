//! Closures and live speeds over a graph: applied at once, undone exactly.
//!
//! The state of an edge is a function of the graph and of the changes that touch it, in the order they were made; undoing one computes it
//! again from what remains, so nothing is left behind whatever the order of undoing.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::graph::{Graph, NEVER, milliseconds};
use super::profile::VehicleKind;
use crate::format::NONE;

/// A stretch of a directed edge, metres from its start in driving direction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EdgeSpan {
    /// Directed edge.
    pub edge: u32,
    /// First metre.
    pub from_m: f64,
    /// Last metre; beyond the end means to the end.
    pub to_m: f64,
}

impl EdgeSpan {
    /// A whole edge.
    #[must_use]
    pub const fn whole(edge: u32) -> Self {
        Self { edge, from_m: 0.0, to_m: f64::MAX }
    }
}

/// What a change does to its spans.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Nobody passes.
    Closed {
        /// Vehicles whose profile may ignore closures pass all the same, at their usual speed.
        emergency_passes: bool,
    },
    /// So many lanes of the direction are closed: the speed falls to the share of lanes left; with none left it is closed to all.
    Lanes {
        /// Lanes closed.
        closed: u8,
    },
    /// This speed is driven now, whatever the table says.
    Speed {
        /// km/h.
        kmh: f64,
    },
}

/// A closure, or a live speed: where, for whom, what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Where.
    pub spans: Vec<EdgeSpan>,
    /// Also the other direction of the same stretch.
    pub both_directions: bool,
    /// What.
    pub effect: Effect,
    /// For which vehicles; empty for all.
    pub vehicles: Vec<VehicleKind>,
}

impl Change {
    /// Whole edges closed to everyone, in the given direction only.
    #[must_use]
    pub fn close(edges: &[u32]) -> Self {
        let spans = edges.iter().map(|e| EdgeSpan::whole(*e)).collect();
        Self { spans, both_directions: false, effect: Effect::Closed { emergency_passes: false }, vehicles: Vec::new() }
    }

    /// The same, for both directions.
    #[must_use]
    pub fn both(self) -> Self {
        Self { both_directions: true, ..self }
    }
}

/// Names a change, to undo it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChangeId(pub u64);

/// Which state of the roads an answer is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Version {
    /// How many changes were made or undone before.
    pub number: u64,
    /// Digest of the state: equal states have equal digests however they came about.
    pub content: u64,
}

/// A stretch of an edge that is not as the graph has it. Stretches of one edge follow each other from 0 to its length.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    from_m: f64,
    to_m: f64,
    /// Milliseconds a metre.
    pace: f64,
    closed: bool,
    /// A measured speed: factors by hour do not apply.
    live: bool,
}

/// The roads' present state for one graph.
#[derive(Clone, Debug)]
pub struct Overlay {
    ms: Vec<u32>,
    base: Vec<u32>,
    touched: BTreeMap<u32, Vec<Piece>>,
    changes: BTreeMap<ChangeId, Vec<(EdgeSpan, Effect)>>,
    of_edge: BTreeMap<u32, BTreeSet<ChangeId>>,
    version: Version,
    next: u64,
}

impl Overlay {
    /// The graph as it is: free flow, barriers closed.
    #[must_use]
    pub fn new(graph: &Graph) -> Self {
        Self::on(graph, graph.ms.clone(), NONE)
    }

    /// The speeds of one hour of the week (0 = Monday 00:00), frozen: for matrices and for engines that know no time.
    #[must_use]
    pub fn at_hour(graph: &Graph, hour: u32) -> Self {
        let Some(factors) = &graph.profile.by_hour else { return Self::new(graph) };
        let slow = |(ms, class): (&u32, &u8)| {
            if *ms == NEVER {
                NEVER
            } else {
                (f64::from(*ms) / factors.at_code(*class, hour as usize)).round().clamp(1.0, 86_400_000.0) as u32
            }
        };
        Self::on(graph, graph.ms.iter().zip(&graph.class).map(slow).collect(), hour)
    }

    fn on(graph: &Graph, base: Vec<u32>, hour: u32) -> Self {
        let mut seed = blake3::Hasher::new();
        seed.update(graph.network.as_bytes()).update(graph.profile.name.as_bytes()).update(&hour.to_le_bytes());
        let mut new = Self {
            ms: base.clone(),
            base,
            touched: BTreeMap::new(),
            changes: BTreeMap::new(),
            of_edge: BTreeMap::new(),
            version: Version { number: 0, content: first_eight(&seed) },
            next: 0,
        };
        let barred: BTreeSet<u32> = graph.barriers.iter().map(|(e, _)| *e).collect();
        for edge in barred {
            new.compute(graph, edge);
        }
        new.version.number = 0;
        new
    }

    /// Applies a change; spans on edges that the network does not have are left out.
    pub fn apply(&mut self, graph: &Graph, change: &Change) -> ChangeId {
        let id = ChangeId(self.next);
        self.next += 1;
        let binds = change.vehicles.is_empty() || change.vehicles.contains(&graph.profile.vehicle.kind);
        let passes = matches!(change.effect, Effect::Closed { emergency_passes: true }) && graph.profile.may_ignore.closures;
        let mut spans = Vec::new();
        if binds && !passes {
            for span in change.spans.iter().filter(|s| (s.edge as usize) < self.ms.len()) {
                let length = f64::from(graph.length_m[span.edge as usize]);
                let clean = |v: f64| if v.is_finite() { v.clamp(0.0, length) } else { length };
                let (from_m, to_m) = (if span.from_m.is_finite() { span.from_m.clamp(0.0, length) } else { 0.0 }, clean(span.to_m));
                let (from_m, to_m) = (from_m.min(to_m), from_m.max(to_m));
                spans.push((EdgeSpan { edge: span.edge, from_m, to_m }, change.effect));
                if let Some(twin) = graph.twin(span.edge).filter(|_| change.both_directions) {
                    spans.push((EdgeSpan { edge: twin, from_m: length - to_m, to_m: length - from_m }, change.effect));
                }
            }
        }
        let edges: BTreeSet<u32> = spans.iter().map(|(s, _)| s.edge).collect();
        for edge in &edges {
            self.of_edge.entry(*edge).or_default().insert(id);
        }
        self.changes.insert(id, spans);
        for edge in edges {
            self.compute(graph, edge);
        }
        self.version.number += 1;
        id
    }

    /// Takes a change back; `false` if there is none of that name.
    pub fn undo(&mut self, graph: &Graph, id: ChangeId) -> bool {
        let Some(spans) = self.changes.remove(&id) else { return false };
        let edges: BTreeSet<u32> = spans.iter().map(|(s, _)| s.edge).collect();
        for edge in edges {
            if let Some(ids) = self.of_edge.get_mut(&edge) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.of_edge.remove(&edge);
                }
            }
            self.compute(graph, edge);
        }
        self.version.number += 1;
        true
    }

    /// Which state this is.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Milliseconds of a whole edge now; `None` if it cannot be driven from end to end.
    #[must_use]
    pub fn edge_ms(&self, edge: u32) -> Option<u32> {
        self.ms.get(edge as usize).copied().filter(|m| *m != NEVER)
    }

    /// Digest over every edge's state, for proofs that two states are the same.
    #[must_use]
    pub fn state_hash(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(bytemuck::cast_slice(&self.ms));
        for (edge, pieces) in &self.touched {
            hash_pieces(&mut hasher, *edge, pieces);
        }
        *hasher.finalize().as_bytes()
    }

    pub(crate) fn times(&self) -> &[u32] {
        &self.ms
    }

    /// Whether a measured speed holds somewhere on the edge.
    pub(crate) fn live(&self, edge: u32) -> bool {
        !self.touched.is_empty() && self.touched.get(&edge).is_some_and(|p| p.iter().any(|p| p.live))
    }

    /// Milliseconds from one metre of an edge to another; [`NEVER`] if something between is closed or the vehicle may not be there.
    pub(crate) fn part_ms(&self, graph: &Graph, edge: u32, from_m: f64, to_m: f64) -> u32 {
        let base = self.base[edge as usize];
        if base == NEVER {
            return NEVER;
        }
        // Who is there already drives over nothing, closed or not.
        if to_m <= from_m {
            return 0;
        }
        let Some(pieces) = self.touched.get(&edge) else {
            let length = f64::from(graph.length_m[edge as usize]);
            let share = if length > 0.0 { ((to_m - from_m) / length).clamp(0.0, 1.0) } else { 1.0 };
            return (f64::from(base) * share).round() as u32;
        };
        let mut sum = 0.0;
        for piece in pieces {
            if piece.closed && from_m < piece.to_m && to_m > piece.from_m {
                return NEVER;
            }
            sum += piece.pace * (to_m.min(piece.to_m) - from_m.max(piece.from_m)).max(0.0);
        }
        sum.round().min(864e5) as u32
    }

    /// How far along an edge one comes from `from_m` in `budget` milliseconds.
    pub(crate) fn reach_m(&self, graph: &Graph, edge: u32, from_m: f64, budget: u32) -> f64 {
        let base = self.base[edge as usize];
        let length = f64::from(graph.length_m[edge as usize]);
        if base == NEVER {
            return from_m;
        }
        let Some(pieces) = self.touched.get(&edge) else {
            return (from_m + f64::from(budget) / f64::from(base) * length).min(length);
        };
        let (mut at, mut left) = (from_m, f64::from(budget));
        for piece in pieces.iter().filter(|p| p.to_m > from_m || p.from_m >= from_m) {
            if piece.closed && (piece.to_m > at || piece.from_m >= at) {
                return at.max(piece.from_m.min(length));
            }
            let need = piece.pace * (piece.to_m - at).max(0.0);
            if need > left {
                return at + left / piece.pace.max(1e-9);
            }
            left -= need;
            at = at.max(piece.to_m);
        }
        at.min(length)
    }

    /// Computes an edge's state from the graph and the changes that touch it.
    fn compute(&mut self, graph: &Graph, edge: u32) {
        let index = edge as usize;
        if let Some(old) = self.touched.remove(&edge) {
            self.version.content ^= digest(edge, &old);
        }
        self.ms[index] = self.base[index];
        let length = f64::from(graph.length_m[index]);
        let barriers: Vec<f64> = graph.barriers_on(edge).collect();
        if self.base[index] == NEVER || (barriers.is_empty() && !self.of_edge.contains_key(&edge)) {
            return;
        }
        let usual = f64::from(self.base[index]) / length.max(1e-3);
        let effects: Vec<(EdgeSpan, Effect)> = self
            .of_edge
            .get(&edge)
            .into_iter()
            .flatten()
            .filter_map(|id| self.changes.get(id))
            .flatten()
            .filter(|(s, _)| s.edge == edge)
            .copied()
            .collect();
        let mut cuts: Vec<f64> =
            [0.0, length].into_iter().chain(effects.iter().flat_map(|(s, _)| [s.from_m, s.to_m])).chain(barriers.iter().copied()).collect();
        cuts.sort_by(f64::total_cmp);
        cuts.dedup();
        let mut pieces: Vec<Piece> = Vec::new();
        for (i, from_m) in cuts.iter().copied().enumerate() {
            if barriers.contains(&from_m) {
                pieces.push(Piece { from_m, to_m: from_m, pace: usual, closed: true, live: false });
            }
            let Some(to_m) = cuts.get(i + 1).copied() else { continue };
            let mut piece = Piece { from_m, to_m, pace: usual, closed: false, live: false };
            for (_, effect) in effects.iter().filter(|(s, _)| s.from_m <= from_m && s.to_m >= to_m) {
                match *effect {
                    Effect::Closed { .. } => piece.closed = true,
                    Effect::Lanes { closed } => {
                        let lanes = lanes_of(graph, edge);
                        piece.closed |= closed >= lanes;
                        piece.pace *= f64::from(lanes) / f64::from(lanes.saturating_sub(closed).max(1));
                    }
                    Effect::Speed { kmh } => {
                        let kmh = if kmh.is_finite() { kmh.min(graph.profile.max_kmh) } else { 1.0 };
                        (piece.pace, piece.live) = (f64::from(milliseconds(1_000.0, kmh)) / 1_000.0, true);
                    }
                }
            }
            pieces.push(piece);
        }
        // A closure of no length still closes: a barrier, a span shrunk to a point.
        for (span, effect) in effects.iter().filter(|(s, _)| s.from_m >= s.to_m) {
            if matches!(effect, Effect::Closed { .. }) && span.from_m > 0.0 && span.from_m < length {
                let at = pieces.partition_point(|p| p.from_m < span.from_m);
                pieces.insert(at, Piece { from_m: span.from_m, to_m: span.from_m, pace: usual, closed: true, live: false });
            }
        }
        self.version.content ^= digest(edge, &pieces);
        let whole = if pieces.iter().any(|p| p.closed) {
            NEVER
        } else {
            pieces.iter().map(|p| p.pace * (p.to_m - p.from_m)).sum::<f64>().round().clamp(1.0, 864e5) as u32
        };
        self.ms[index] = whole;
        self.touched.insert(edge, pieces);
    }
}

/// Lanes of the edge's own direction; without a count, two on arterials and one elsewhere.
fn lanes_of(graph: &Graph, edge: u32) -> u8 {
    match graph.lanes[edge as usize] {
        0 => 1 + u8::from(graph.class[edge as usize] <= 3),
        lanes => lanes,
    }
}

fn hash_pieces(hasher: &mut blake3::Hasher, edge: u32, pieces: &[Piece]) {
    hasher.update(&edge.to_le_bytes());
    for p in pieces {
        for value in [p.from_m, p.to_m, p.pace] {
            hasher.update(&value.to_le_bytes());
        }
        hasher.update(&[u8::from(p.closed), u8::from(p.live)]);
    }
}

fn digest(edge: u32, pieces: &[Piece]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hash_pieces(&mut hasher, edge, pieces);
    first_eight(&hasher)
}

fn first_eight(hasher: &blake3::Hasher) -> u64 {
    let mut eight = [0u8; 8];
    eight.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(eight)
}
