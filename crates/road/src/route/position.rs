//! A position on an edge, and how a search begins and ends there.

use serde::{Deserialize, Serialize};

use super::graph::{Graph, NEVER};
use super::overlay::Overlay;
use crate::Snap;

/// A place on a directed edge.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Directed edge.
    pub edge: u32,
    /// Metres from its start in driving direction.
    pub offset_m: f64,
    /// The side of a two-way street does not matter: the other direction at the same spot is as good.
    pub either_side: bool,
}

impl Position {
    /// A snapped point, on the side it was snapped to.
    #[must_use]
    pub const fn on(snap: &Snap) -> Self {
        Self { edge: snap.edge, offset_m: snap.offset_m, either_side: false }
    }

    /// The same place with either side allowed.
    #[must_use]
    pub const fn either(self) -> Self {
        Self { either_side: true, ..self }
    }

    /// The directed edges and offsets it stands for; none if the network has no such edge.
    pub(crate) fn spots(&self, graph: &Graph) -> impl Iterator<Item = (u32, f64)> + use<> {
        let length = graph.length_m(self.edge);
        let offset = length.map(|l| if self.offset_m.is_finite() { self.offset_m.clamp(0.0, l) } else { 0.0 });
        let twin = graph.twin(self.edge).filter(|_| self.either_side);
        let edge = self.edge;
        let own = offset.map(|o| (edge, o));
        let other = twin.and_then(|t| Some((t, length? - offset?)));
        own.into_iter().chain(other)
    }
}

/// Where a search begins: a state, the milliseconds to get there, and the edge of the position it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seed {
    pub(crate) state: u32,
    pub(crate) ms: u32,
    pub(crate) edge: u32,
    /// Of the milliseconds, those of the last turn.
    pub(crate) turn: u32,
}

/// States one comes to first from a position.
pub(crate) fn seeds_out(graph: &Graph, overlay: &Overlay, position: &Position, found: &mut Vec<Seed>) {
    for (edge, offset) in position.spots(graph) {
        let ms = overlay.part_ms(graph, edge, offset, f64::from(graph.length_m[edge as usize]));
        if ms != NEVER && graph.state[edge as usize] != crate::format::NONE {
            found.push(Seed { state: graph.state[edge as usize], ms, edge, turn: 0 });
        }
    }
}

/// States one comes from last to a position; the milliseconds include the last turn.
pub(crate) fn seeds_in(graph: &Graph, overlay: &Overlay, position: &Position, found: &mut Vec<Seed>) {
    for (edge, offset) in position.spots(graph) {
        let ms = overlay.part_ms(graph, edge, 0.0, offset);
        if ms != NEVER {
            found.extend(graph.before(edge).map(|(state, turn)| Seed { state, ms: ms.saturating_add(turn), edge, turn }));
        }
    }
}

/// Milliseconds from one position forward to another on the same edge without leaving it, and that edge.
pub(crate) fn direct(graph: &Graph, overlay: &Overlay, from: &Position, to: &Position) -> Option<(u32, u32)> {
    let mut best: Option<(u32, u32)> = None;
    for (edge, start) in from.spots(graph) {
        for (_, end) in to.spots(graph).filter(|(e, o)| *e == edge && *o >= start) {
            let ms = overlay.part_ms(graph, edge, start, end);
            if ms != NEVER && best.is_none_or(|b| (ms, edge) < b) {
                best = Some((ms, edge));
            }
        }
    }
    best
}
