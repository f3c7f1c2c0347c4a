//! Every street line once: what counts along streets needs, whichever way one drives.

use serde::{Deserialize, Serialize};

use super::Network;
use crate::CrossingId;
use crate::format::NONE;

/// A street line between two nodes, one for both directions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreetLine {
    /// The directed edge whose direction the line has.
    pub edge: u32,
    /// Node the line starts at.
    pub from: u32,
    /// Node it ends at.
    pub to: u32,
    /// Metres.
    pub length_m: f64,
    /// Driven from `from` to `to` only.
    pub oneway: bool,
}

/// Where a directed edge lies on the street lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnLine {
    /// Position in the list of lines.
    pub line: u32,
    /// The edge runs against the line: an offset `o` on the edge is `length − o` on the line.
    pub against: bool,
}

impl Network {
    /// Every street line once, and for each directed edge the line it lies on.
    ///
    /// A divided road is two lines, one for each carriageway; an edge and its twin are one.
    #[must_use]
    pub fn street_lines(&self) -> (Vec<StreetLine>, Vec<OnLine>) {
        let edges = self.edges();
        let mut lines = Vec::with_capacity(self.lines().len());
        let mut on = vec![OnLine { line: u32::MAX, against: false }; edges.len()];
        for record in self.lines() {
            let oneway = record.forward == NONE || record.backward == NONE;
            let edge = if record.forward == NONE { record.backward } else { record.forward };
            let Some(driven) = edges.get(edge as usize) else { continue };
            let line = u32::try_from(lines.len()).unwrap_or(u32::MAX);
            for (number, against) in [(edge, false), (record.backward, edge != record.backward)] {
                if let Some(place) = on.get_mut(number as usize) {
                    *place = OnLine { line, against };
                }
            }
            lines.push(StreetLine { edge, from: driven.from, to: driven.to, length_m: f64::from(record.length_m), oneway });
        }
        (lines, on)
    }

    /// The crossing that a node belongs to. A crossing of divided roads has several nodes.
    #[must_use]
    pub fn crossing_of_node(&self, node: u32) -> Option<CrossingId> {
        self.nodes().get(node as usize).filter(|n| n.crossing != NONE).map(|n| CrossingId(n.crossing))
    }
}
