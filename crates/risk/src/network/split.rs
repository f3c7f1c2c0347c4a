//! The equal-split estimators: each event seen along every walk, with the share that takes it.
//!
//! A walk from an end of the target street into a source street carries the whole source street: one sum of moments.

use super::moments::{Polynomial, Sources};
use super::shortest::Round;
use super::target::End;
use super::walk::WalkTable;
use super::{Graph, Kernel, Lixels};

/// What does not change from street to street.
pub(super) struct SplitMap<'a, const N: usize> {
    pub(super) graph: &'a Graph,
    pub(super) lixels: &'a Lixels,
    pub(super) table: &'a WalkTable,
    pub(super) sources: &'a Sources<N>,
    pub(super) kernel: Polynomial<N>,
    pub(super) curved: Option<(Kernel, f64)>,
    pub(super) rim: f64,
}

impl<const N: usize> SplitMap<'_, N> {
    /// Fills the slices of one street.
    pub(super) fn fill(&self, target: usize, end: &mut End<N>, values: &mut [f64]) {
        let edge = self.graph.edges()[target];
        let (length, step, last) = (edge.length_m, self.lixels.step_m(target), values.len() - 1);
        let curved = |d: f64| self.curved.map_or(0.0, |(kernel, b)| kernel.at(d / b) / b * 1000.0);
        for by_end in [false, true] {
            end.clear(values.len(), step);
            let here = self.graph.at(if by_end { edge.to } else { edge.from });
            let (through, back) = self.table.walks.shares(here.len());
            for &(other, at_end) in here {
                let factor = if (other as usize, at_end) == (target, by_end) { back } else { through };
                if factor == 0.0 {
                    continue;
                }
                for &(entry, way, share) in self.table.of(2 * other + u32::from(at_end)) {
                    for piece in self.sources.of_edge(entry as usize / 2) {
                        let events = self.sources.on(piece);
                        let from_end = entry % 2 == 1;
                        let way = way + if from_end { piece.after } else { piece.before };
                        let (n, slices, share) = (events.len(), values.len(), share * factor);
                        if self.curved.is_some() {
                            for (slice, value) in values.iter_mut().enumerate() {
                                let t = (slice as f64 + 0.5) * step;
                                let here = way + if by_end { length - t } else { t };
                                for (o, w) in events.offset.iter().zip(events.weight) {
                                    *value += share * w * curved(here + if from_end { piece.length - o } else { *o });
                                }
                            }
                        } else if from_end {
                            end.add::<true>(&events, (0, n), way, self.rim, slices, share);
                        } else {
                            end.add::<false>(&events, (0, n), way, self.rim, slices, share);
                        }
                    }
                }
            }
            if self.curved.is_none() {
                end.values(&self.kernel, |slice, value| values[if by_end { last - slice } else { slice }] += value);
            }
        }
        along_the_street(self.sources, target, (length, step), &self.kernel, self.curved, self.rim, values);
    }
}

/// Adds what a street's own events are seen as along the street itself, before any junction; the street by its length and
/// the length of its slices, metres.
pub(super) fn along_the_street<const N: usize>(
    sources: &Sources<N>,
    street: usize,
    (length, step): (f64, f64),
    kernel: &Polynomial<N>,
    curved: Option<(Kernel, f64)>,
    rim: f64,
    values: &mut [f64],
) {
    for piece in sources.of_edge(street) {
        let events = sources.on(piece);
        for (slice, value) in values.iter_mut().enumerate() {
            let t = (slice as f64 + 0.5) * step;
            *value += match curved {
                None => kernel.of(&Round::NONE.seen(&events, piece, t, length - t, rim)),
                Some((kernel, b)) => {
                    let height = |d: f64| kernel.at(d / b) / b * 1000.0;
                    events.offset.iter().zip(events.weight).map(|(o, w)| w * height((o + piece.before - t).abs())).sum()
                }
            };
        }
    }
}
