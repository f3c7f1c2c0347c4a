//! Streets cut into pieces of about equal length, so that a unit is as long as the question wants.

use super::SignificanceError;
use crate::network::{Edge, Event, Graph};

/// A graph whose streets are pieces of another's.
#[derive(Clone, Debug)]
pub struct Slices {
    /// The cut graph: nodes of the first keep their numbers.
    pub graph: Graph,
    /// For each piece, the street it is of.
    pub of: Vec<u32>,
    /// For each street, its first piece; one more at the end.
    pub first: Vec<u32>,
}

/// Cuts every street into equal pieces no longer than `longest_m`. A street of length 0 stays one piece.
///
/// # Errors
/// [`SignificanceError::Parameter`] for a length that is not positive, [`SignificanceError::Size`] for too many pieces.
pub fn slices(graph: &Graph, longest_m: f64) -> Result<Slices, SignificanceError> {
    if !(longest_m > 0.0 && longest_m.is_finite()) {
        return Err(SignificanceError::Parameter { name: "longest_m", value: longest_m });
    }
    let (mut edges, mut of, mut first) = (Vec::new(), Vec::new(), vec![0_u32]);
    let mut nodes = graph.nodes();
    for (street, edge) in (0_u32..).zip(graph.edges()) {
        let pieces = (edge.length_m / longest_m).ceil().max(1.0);
        if pieces + edges.len() as f64 + f64::from(nodes) >= f64::from(u32::MAX / 2) {
            return Err(SignificanceError::Size(edges.len()));
        }
        let (length_m, mut from) = (edge.length_m / pieces, edge.from);
        for piece in 1..=pieces as u32 {
            let last = piece == pieces as u32;
            let to = if last { edge.to } else { nodes };
            nodes += u32::from(!last);
            edges.push(Edge { from, to, length_m, oneway: edge.oneway });
            of.push(street);
            from = to;
        }
        first.push(edges.len() as u32);
    }
    let pieces = edges.len();
    let graph = Graph::new(nodes, edges).map_err(|_| SignificanceError::Size(pieces))?;
    Ok(Slices { graph, of, first })
}

impl Slices {
    /// The piece an event lies on, and the offset there. An event on a cut lies on the later piece; `None` for a
    /// street that does not exist.
    #[must_use]
    pub fn event(&self, event: Event) -> Option<Event> {
        let (&from, &to) = (self.first.get(event.edge as usize)?, self.first.get(event.edge as usize + 1)?);
        let length_m = self.graph.edges().get(from as usize)?.length_m;
        let piece = if length_m > 0.0 { ((event.offset_m / length_m).max(0.0) as u32).min(to - from - 1) } else { 0 };
        let offset_m = (event.offset_m - f64::from(piece) * length_m).clamp(0.0, length_m);
        Some(Event { edge: from + piece, offset_m, w: event.w })
    }

    /// Events on each piece, weights not read.
    #[must_use]
    pub fn counts(&self, events: &[Event]) -> Vec<u32> {
        let mut counts = vec![0; self.of.len()];
        for event in events.iter().filter_map(|event| self.event(*event)) {
            counts[event.edge as usize] += 1;
        }
        counts
    }
}
