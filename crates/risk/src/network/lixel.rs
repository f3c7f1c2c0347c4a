//! Streets cut into slices.

use super::{Graph, NetworkError};

/// Most slices of one map: 64 Mi, 512 MB of density.
pub const MAX_LIXELS: usize = 1 << 26;

/// The slices ("lixels") of every edge: each edge is cut into the fewest equal pieces of at most `lixel_m`.
///
/// Slices of an edge follow each other from its start; an edge of length 0 has one slice of length 0.
/// Values are taken at the centres.
#[derive(Clone, Debug, PartialEq)]
pub struct Lixels {
    lixel_m: f64,
    /// Where the slices of each edge start; one entry more than edges.
    first: Vec<u32>,
    /// Length of each slice, by edge.
    step: Vec<f64>,
}

impl Lixels {
    /// Cuts every edge.
    ///
    /// # Errors
    /// [`NetworkError::Lixel`]: a length that is not positive, or more than [`MAX_LIXELS`] slices.
    pub fn new(graph: &Graph, lixel_m: f64) -> Result<Self, NetworkError> {
        let invalid = NetworkError::Lixel(lixel_m);
        if !(lixel_m.is_finite() && lixel_m > 0.0) {
            return Err(invalid);
        }
        let mut first = Vec::with_capacity(graph.edges().len() + 1);
        let mut step = Vec::with_capacity(graph.edges().len());
        let mut total = 0;
        first.push(0);
        for edge in graph.edges() {
            let pieces = (edge.length_m / lixel_m).ceil().max(1.0);
            total += pieces.min(MAX_LIXELS as f64) as usize + usize::from(pieces > MAX_LIXELS as f64);
            if total > MAX_LIXELS {
                return Err(invalid);
            }
            first.push(total as u32);
            step.push(edge.length_m / pieces);
        }
        Ok(Self { lixel_m, first, step })
    }

    /// How many slices.
    #[must_use]
    pub fn len(&self) -> usize {
        self.first.last().map_or(0, |&n| n as usize)
    }

    /// Whether there is none: a graph without edges.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many edges were cut.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.step.len()
    }

    /// Greatest length asked for, metres.
    #[must_use]
    pub const fn lixel_m(&self) -> f64 {
        self.lixel_m
    }

    /// The slices of an edge. Empty for an edge the graph has not.
    #[must_use]
    pub fn of_edge(&self, edge: usize) -> std::ops::Range<usize> {
        match (self.first.get(edge), self.first.get(edge + 1)) {
            (Some(&from), Some(&to)) => from as usize..to as usize,
            _ => 0..0,
        }
    }

    /// Length of each slice of an edge, metres; 0 for an edge the graph has not.
    #[must_use]
    pub fn step_m(&self, edge: usize) -> f64 {
        self.step.get(edge).copied().unwrap_or(0.0)
    }

    /// Edge of a slice, and metres from the edge's start to the slice's centre.
    #[must_use]
    pub fn center(&self, lixel: usize) -> Option<(usize, f64)> {
        if lixel >= self.len() {
            return None;
        }
        let edge = self.first.partition_point(|&first| first as usize <= lixel) - 1;
        Some((edge, (lixel - self.first[edge] as usize) as f64 * self.step[edge] + 0.5 * self.step[edge]))
    }

    /// Slice at a place; the last one for a place beyond the edge's end.
    #[must_use]
    pub fn at(&self, edge: usize, offset_m: f64) -> Option<usize> {
        let of_edge = self.of_edge(edge);
        if of_edge.is_empty() {
            return None;
        }
        let step = self.step_m(edge);
        let piece = if step > 0.0 { (offset_m / step).max(0.0) as usize } else { 0 };
        Some(of_edge.start + piece.min(of_edge.len() - 1))
    }
}
