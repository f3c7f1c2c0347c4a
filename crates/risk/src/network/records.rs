//! Events in the order of the streets, sorted once and filtered often.

use super::{Event, Graph, NetworkError};

/// Events sorted by edge and offset, each with its position in the caller's slice.
///
/// A filter chooses among them without sorting again.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// Where the events of each edge start; one entry more than edges.
    pub(super) first: Vec<u32>,
    pub(super) offset: Vec<f64>,
    pub(super) weight: Vec<f64>,
    /// Position in the caller's slice.
    pub(super) record: Vec<u32>,
}

impl Records {
    /// Sorts the events. Cost: O(n + n log(n per edge)).
    ///
    /// # Errors
    /// [`NetworkError::Event`]: an edge the graph has not, an offset off the edge or a weight that is not a number;
    /// [`NetworkError::Events`]: more than 2³¹ events.
    pub fn new(graph: &Graph, events: &[Event]) -> Result<Self, NetworkError> {
        if events.len() > i32::MAX as usize {
            return Err(NetworkError::Events(events.len()));
        }
        let mut first = vec![0_u32; graph.edges().len() + 1];
        for (index, event) in events.iter().enumerate() {
            check(graph, event, index)?;
            first[event.edge as usize + 1] += 1;
        }
        for edge in 0..graph.edges().len() {
            first[edge + 1] += first[edge];
        }
        let mut next = first.clone();
        let mut record = vec![0_u32; events.len()];
        for (index, event) in (0_u32..).zip(events) {
            let at = &mut next[event.edge as usize];
            record[*at as usize] = index;
            *at += 1;
        }
        for edge in 0..graph.edges().len() {
            // By offset and then weight, so that the result does not depend on the order in which events came.
            record[first[edge] as usize..first[edge + 1] as usize].sort_unstable_by(|&a, &b| {
                let (a, b) = (&events[a as usize], &events[b as usize]);
                a.offset_m.total_cmp(&b.offset_m).then(a.w.total_cmp(&b.w))
            });
        }
        let offset = record.iter().map(|&r| events[r as usize].offset_m).collect();
        let weight = record.iter().map(|&r| events[r as usize].w).collect();
        Ok(Self { first, offset, weight, record })
    }

    /// How many events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offset.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offset.is_empty()
    }
}

/// Refuses an event that is not on the graph.
pub(super) fn check(graph: &Graph, event: &Event, index: usize) -> Result<(), NetworkError> {
    let on_edge = graph.edges().get(event.edge as usize).is_some_and(|e| event.offset_m >= 0.0 && event.offset_m <= e.length_m);
    if on_edge && event.w.is_finite() { Ok(()) } else { Err(NetworkError::Event { index }) }
}
