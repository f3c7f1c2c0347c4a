//! Directed edges a fix may lie on.

use serde::{Deserialize, Serialize};

use crate::Network;
use crate::format::*;
use crate::geometry::{Plane, to_units};
use crate::snap::near::NearRoom;
use crate::snap::weigh::{Fix, Weights};
use crate::track::search::Spot;

/// A directed edge near a fix and its emission cost in nats.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Candidate {
    pub(crate) edge: u32,
    pub(crate) offset_mm: u32,
    pub(crate) distance_m: f64,
    pub(crate) cost: f64,
}

impl Candidate {
    pub(crate) const fn spot(&self) -> Spot {
        Spot { edge: self.edge, offset_mm: self.offset_mm }
    }
}

/// Candidates reach this many standard deviations, at least [`REACH_LEAST_M`] and at most [`REACH_MOST_M`].
const REACH_SIGMAS: f64 = 4.0;
const REACH_LEAST_M: f64 = 30.0;
const REACH_MOST_M: f64 = 250.0;

/// How far from a fix roads are looked for, metres.
pub(crate) fn reach_m(fix: &Fix) -> f64 {
    (REACH_SIGMAS * fix.sigma_m() + 10.0).clamp(REACH_LEAST_M, REACH_MOST_M)
}

/// The `most` likeliest candidates within reach, best first; equal ones by edge.
pub(crate) fn candidates(network: &Network, fix: &Fix, most: usize, room: &mut NearRoom) -> Vec<Candidate> {
    let origin = to_units(fix.point);
    let plane = Plane::at(origin);
    network.lines_near(origin, &plane, reach_m(fix), room);
    let weights = Weights::of(fix);
    let ways = network.table::<WayRecord>(Tag::Ways);
    let mut found: Vec<(f64, u32, u32, bool)> = Vec::with_capacity(room.lines.len() * 2);
    for (index, near) in room.lines.iter().enumerate() {
        let Some(line) = network.lines().get(near.line as usize) else { continue };
        let Some(way) = ways.get(line.way as usize) else { continue };
        let twoway = line.forward != NONE && line.backward != NONE;
        for (edge, reversed) in [(line.forward, false), (line.backward, true)] {
            if edge != NONE {
                found.push((weights.cost(near, way, twoway, reversed), edge, index as u32, reversed));
            }
        }
    }
    found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    found.truncate(most);
    found
        .into_iter()
        .filter_map(|(cost, edge, index, reversed)| {
            let near = room.lines.get(index as usize)?;
            let line = network.lines().get(near.line as usize)?;
            let from_start = network.along_line_m(near, line, &plane);
            let offset_m = if reversed { f64::from(line.length_m) - from_start } else { from_start };
            Some(Candidate { edge, offset_mm: (offset_m.max(0.0) * 1_000.0).round() as u32, distance_m: near.distance_m, cost })
        })
        .collect()
}
