//! What can be reached in time.

use std::collections::BTreeMap;

use super::answer::{Isochrone, ReachedSpan};
use super::graph::{Graph, NEVER};
use super::overlay::Overlay;
use super::position::{Position, seeds_out};
use super::search::{Search, Then};

/// Stretches reached from a position within `limit_ms`, by one bounded search.
pub(crate) fn reach(graph: &Graph, search: &mut Search, overlay: &Overlay, from: &Position, limit_ms: u32) -> Isochrone {
    let mut seeds = Vec::new();
    seeds_out(graph, overlay, from, &mut seeds);
    let times = overlay.times();
    let mut entered: BTreeMap<u32, u32> = BTreeMap::new();
    search.run::<false>(
        graph,
        &seeds,
        limit_ms,
        |edge, _| times[edge as usize],
        |state, ms| {
            for arc in graph.out(state) {
                let at = ms.saturating_add(arc.turn);
                if at <= limit_ms {
                    let slot = entered.entry(arc.edge).or_insert(NEVER);
                    *slot = (*slot).min(at);
                }
            }
            Then::On
        },
    );
    let span = |edge: u32, from_m: f64, from_ms: u32| {
        let to_m = overlay.reach_m(graph, edge, from_m, limit_ms.saturating_sub(from_ms));
        let to_ms = from_ms.saturating_add(overlay.part_ms(graph, edge, from_m, to_m)).min(limit_ms);
        ReachedSpan { edge, from_m, to_m, from_ms, to_ms }
    };
    let mut spans: Vec<ReachedSpan> = entered.iter().map(|(edge, at)| span(*edge, 0.0, *at)).collect();
    // The edge of the position is reached from the position on; from its start only by a way around, which is longer.
    for (edge, offset) in from.spots(graph).filter(|(e, _)| graph.ms[*e as usize] != NEVER) {
        spans.push(span(edge, offset, 0));
    }
    spans.sort_by(|a, b| a.edge.cmp(&b.edge).then(a.from_m.total_cmp(&b.from_m)));
    Isochrone { version: overlay.version(), limit_ms, spans }
}
