//! A map that follows single events.

use std::sync::Arc;

use super::density::{rim, walks};
use super::records::check;
use super::single::Spread;
use super::walk::{Entry, Front, Walks};
use super::{Estimator, Event, Graph, Lixels, NetworkDensity, NetworkError, Options};

/// Values are kept in units of 2⁻⁶⁰ events per km: adding and removing are exact, so an event that is removed leaves no
/// trace, whatever came and went between.
const UNITS: f64 = (1_u64 << 60) as f64;

/// A map to which single events are added and from which they are removed, each at the cost of the slices in its reach.
pub struct LiveDensity {
    graph: Arc<Graph>,
    lixels: Arc<Lixels>,
    options: Options,
    values: Vec<i128>,
    n: i64,
    weight: f64,
    reach: Reach,
    changed: Vec<u32>,
}

enum Reach {
    Shortest(Box<Spread>),
    Walks(Walks, Front),
}

impl LiveDensity {
    /// Starts from a map: one of all events so far, or an empty one.
    ///
    /// # Errors
    /// [`NetworkError::Table`] if map and slices are not of this network.
    pub fn new(graph: Arc<Graph>, lixels: Arc<Lixels>, map: &NetworkDensity) -> Result<Self, NetworkError> {
        if lixels.edges() != graph.edges().len() || map.values.len() != lixels.len() {
            return Err(NetworkError::Table("slices"));
        }
        let reach = match map.options.estimator {
            Estimator::Simple => Reach::Shortest(Box::new(Spread::new(&graph, map.options.travel))),
            _ => Reach::Walks(walks(&graph, &map.options), Front::default()),
        };
        let values = map.values.iter().map(|&value| fixed(value)).collect();
        Ok(Self { graph, lixels, options: map.options, values, n: map.n as i64, weight: map.weight, reach, changed: Vec::new() })
    }

    /// Adds an event. Gives the slices whose value changed; some may stand twice.
    ///
    /// # Errors
    /// [`NetworkError::Event`].
    pub fn add(&mut self, event: &Event) -> Result<&[u32], NetworkError> {
        self.change(event, 1)
    }

    /// Removes an event that is in the map; the map is then what it was before that event was added, bit for bit.
    /// An event of the map it was started from is removed up to rounding.
    ///
    /// # Errors
    /// [`NetworkError::Event`].
    pub fn remove(&mut self, event: &Event) -> Result<&[u32], NetworkError> {
        self.change(event, -1)
    }

    /// The map as it stands.
    #[must_use]
    pub fn map(&self) -> NetworkDensity {
        NetworkDensity {
            values: (0..self.values.len()).map(|lixel| self.value(lixel)).collect(),
            options: self.options,
            lixel_m: self.lixels.lixel_m(),
            n: self.n.max(0) as usize,
            weight: self.weight,
            left_out: 0.0,
        }
    }

    /// Events per km at a slice; 0 for one the map has not.
    #[must_use]
    pub fn value(&self, lixel: usize) -> f64 {
        self.values.get(lixel).map_or(0.0, |&value| value as f64 / UNITS)
    }

    fn change(&mut self, event: &Event, sign: i64) -> Result<&[u32], NetworkError> {
        check(&self.graph, event, 0)?;
        let Self { graph, lixels, options, values, reach, changed, .. } = self;
        let (b, rim) = (options.bandwidth_m, rim(options));
        changed.clear();
        let mut put = |lixel: usize, distance: f64, share: f64| {
            let height = share * options.kernel.at((distance / b).min(1.0)) / b * 1000.0;
            values[lixel] += fixed(event.w * height) * i128::from(sign);
            changed.push(lixel as u32);
        };
        match reach {
            Reach::Shortest(spread) => spread.run(graph, lixels, options.travel, rim, event, |lixel, d| put(lixel, d, 1.0)),
            Reach::Walks(walks, front) => {
                let length = graph.edges()[event.edge as usize].length_m;
                along(lixels, event.edge as usize, |t| (t - event.offset_m).abs(), rim, |lixel, d| put(lixel, d, 1.0));
                for (start, before) in [(2 * event.edge, event.offset_m), (2 * event.edge + 1, length - event.offset_m)] {
                    let mut own = true;
                    walks.visit(graph, front, start, before, |entry: Entry, way, share| {
                        // The first is the event's own street, which is done.
                        if std::mem::take(&mut own) {
                            return;
                        }
                        let (edge, by_end) = (entry as usize / 2, entry % 2 == 1);
                        let length = graph.edges()[edge].length_m;
                        along(lixels, edge, |t| way + if by_end { length - t } else { t }, rim, |lixel, d| put(lixel, d, share));
                    });
                }
            }
        }
        self.n += sign;
        self.weight += sign as f64 * event.w;
        Ok(&self.changed)
    }
}

/// Calls `put(lixel, distance)` for each slice of a street within `rim`.
pub(super) fn along(lixels: &Lixels, edge: usize, distance: impl Fn(f64) -> f64, rim: f64, mut put: impl FnMut(usize, f64)) {
    let step = lixels.step_m(edge);
    for (slice, lixel) in lixels.of_edge(edge).enumerate() {
        let d = distance((slice as f64 + 0.5) * step);
        if d <= rim {
            put(lixel, d);
        }
    }
}

fn fixed(value: f64) -> i128 {
    (value * UNITS) as i128
}
