//! A street network as plain data, and what is measured along it.
//!
//! The library knows nodes and edges only; whoever has a map makes a [`Graph`] of it.
//!
//! [`density`] is the map of a network: events per km at the centre of every slice ([`Lixels`]) of every street, by one of
//! three [`Estimator`]s. Whoever draws many maps of one network keeps what does not change: [`Lixels`], [`DistanceTable`]
//! (who is within the bandwidth of whom) and [`Records`] (events sorted along the streets), and calls [`Records::density`].
//! [`LiveDensity`] adds and removes single events. Where walks are too many for an equal-split map, [`Records::wave_density`]
//! makes it by marching a wave through the streets ([`Waves`]): approximate, at a cost that no bandwidth explodes.

mod density;
mod distance;
mod error;
mod kernel;
mod live;
mod lixel;
mod moments;
mod records;
mod shortest;
mod single;
mod split;
mod target;
mod walk;
mod wave;

pub use density::{DistanceTable, Estimator, LEAST_SHARE, MAX_BANDWIDTH_M, MIN_BANDWIDTH_M, NetworkDensity, Options, Travel, density};
pub(crate) use distance::{Adjacency, Search};
pub use error::NetworkError;
pub use kernel::Kernel;
pub use live::LiveDensity;
pub use lixel::{Lixels, MAX_LIXELS};
pub use records::Records;
pub use walk::MAX_WALKS;
pub use wave::{MAX_STEP_M, MAX_WAVE_CELLS, MAX_WAVE_PULSES, MIN_STEP_M, WAVE_STEP_M, Waves};

use serde::{Deserialize, Serialize};

/// A street between two nodes, one for both directions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// Node it starts at.
    pub from: u32,
    /// Node it ends at; may be `from` (a loop).
    pub to: u32,
    /// Metres; may be 0.
    pub length_m: f64,
    /// Driven from `from` to `to` only. Read where a question asks for driving, not for nearness.
    pub oneway: bool,
}

/// An event on a street, or several at one spot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Position of the edge in the graph.
    pub edge: u32,
    /// Metres from the edge's start, 0 to its length.
    pub offset_m: f64,
    /// How many events it stands for. May be fractional (severity) or negative (removal).
    pub w: f64,
}

/// Streets joined at nodes. Loops, several edges between two nodes and separate parts are all in order.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    edges: Vec<Edge>,
    /// Where the incident edges of each node start in `incident`.
    first: Vec<u32>,
    /// Edge, and whether the node is its end; a loop stands twice.
    incident: Vec<(u32, bool)>,
}

/// Why there is no such graph.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum GraphError {
    /// An end that is no node.
    #[error("edge_node_unknown: edge {edge} ends at node {node}")]
    Node {
        /// Position of the edge.
        edge: usize,
        /// What it names.
        node: u32,
    },
    /// A length that is negative or not a number.
    #[error("edge_length_invalid: edge {edge} is {length_m} m long")]
    Length {
        /// Position of the edge.
        edge: usize,
        /// Its length.
        length_m: f64,
    },
    /// More edges than can be numbered.
    #[error("graph_too_large: {0} edges")]
    Size(usize),
}

impl Graph {
    /// A graph of `nodes` nodes.
    ///
    /// # Errors
    /// [`GraphError`].
    pub fn new(nodes: u32, edges: Vec<Edge>) -> Result<Self, GraphError> {
        if edges.len() >= (u32::MAX / 2) as usize {
            return Err(GraphError::Size(edges.len()));
        }
        let mut first = vec![0_u32; nodes as usize + 1];
        for (number, edge) in edges.iter().enumerate() {
            if let Some(&node) = [edge.from, edge.to].iter().find(|&&node| node >= nodes) {
                return Err(GraphError::Node { edge: number, node });
            }
            if !(edge.length_m >= 0.0 && edge.length_m.is_finite()) {
                return Err(GraphError::Length { edge: number, length_m: edge.length_m });
            }
            first[edge.from as usize + 1] += 1;
            first[edge.to as usize + 1] += 1;
        }
        for node in 0..nodes as usize {
            first[node + 1] += first[node];
        }
        let mut next = first.clone();
        let mut incident = vec![(0, false); edges.len() * 2];
        for (number, edge) in (0_u32..).zip(&edges) {
            for (node, end) in [(edge.from, false), (edge.to, true)] {
                incident[next[node as usize] as usize] = (number, end);
                next[node as usize] += 1;
            }
        }
        Ok(Self { edges, first, incident })
    }

    /// All edges.
    #[must_use]
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// How many nodes.
    #[must_use]
    pub fn nodes(&self) -> u32 {
        u32::try_from(self.first.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Edges at a node, and whether the node is the edge's end. A loop stands twice.
    #[must_use]
    pub fn at(&self, node: u32) -> &[(u32, bool)] {
        match (self.first.get(node as usize), self.first.get(node as usize + 1)) {
            (Some(&from), Some(&to)) => &self.incident[from as usize..to as usize],
            _ => &[],
        }
    }
}
