//! The streets as the risk engine knows them, and where each record lies on them.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use gongzhi_civic::place::Point;
use gongzhi_risk::network::{DistanceTable, Edge, Event, Graph, Lixels, NetworkError, Options, Records};
use gongzhi_road::{Network, OnLine, StreetLine};
use rayon::prelude::*;

use crate::App;
use crate::error::AppError;
use crate::placing::REACH_M;
use crate::signal_index::SignalIndex;
use crate::street_density::Placed;

/// A record's place on the streets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnStreet {
    /// Position of the line; [`OFF`]: on no street.
    pub line: u32,
    /// Metres from the line's start.
    pub offset_m: f32,
}

/// The line of a record that lies on no street.
pub(crate) const OFF: u32 = u32::MAX;

/// The streets of one road file, each line once.
#[derive(Debug)]
pub(crate) struct Streets {
    /// Of which road file.
    identity: String,
    /// Which loading of the records the positions belong to.
    loading: u64,
    /// Lines joined at nodes.
    pub graph: Graph,
    /// The lines, in the order of the graph's edges.
    pub lines: Vec<StreetLine>,
    on: Vec<OnLine>,
    /// By row id; grows as records come in.
    positions: RwLock<Arc<Vec<OnStreet>>>,
    /// The bulk of the records, sorted along the streets, and the latest ones apart.
    placed: Mutex<Vec<Arc<Placed>>>,
    /// Distance tables lately used, the last one first.
    tables: Mutex<Vec<(Options, Arc<DistanceTable>)>>,
    /// Slices lately used.
    slices: Mutex<Vec<Arc<Lixels>>>,
}

/// So many records may have come in since the bulk was sorted.
const LATEST: usize = 2_000;
/// So many tables and ways of slicing are kept: what one or two people look at.
const KEPT: usize = 4;

impl Streets {
    fn new(network: &Network, loading: u64) -> Result<Self, AppError> {
        let (lines, on) = network.street_lines();
        let edges = lines.iter().map(|l| Edge { from: l.from, to: l.to, length_m: l.length_m, oneway: l.oneway }).collect();
        let nodes = u32::try_from(network.counts().nodes).unwrap_or(u32::MAX);
        let graph = Graph::new(nodes, edges).map_err(|e| AppError::Internal(e.to_string()))?;
        Ok(Self {
            identity: network.identity().to_owned(),
            loading,
            graph,
            lines,
            on,
            positions: RwLock::default(),
            placed: Mutex::default(),
            tables: Mutex::default(),
            slices: Mutex::default(),
        })
    }

    /// Where a point lies on the streets, if any is near.
    fn place(&self, network: &Network, point: Point) -> OnStreet {
        let off = OnStreet { line: OFF, offset_m: 0.0 };
        let Some(snap) = network.snap(point, REACH_M) else { return off };
        let Some(place) = self.on.get(snap.edge as usize) else { return off };
        let Some(line) = self.lines.get(place.line as usize) else { return off };
        let along = if place.against { line.length_m - snap.offset_m } else { snap.offset_m };
        #[allow(clippy::cast_possible_truncation)] // a tenth of a millimetre in a kilometre
        let offset_m = along.clamp(0.0, line.length_m) as f32;
        OnStreet { line: place.line, offset_m }
    }

    /// Positions of all records of the index, by row id. New records are placed when they are first asked for.
    pub(crate) fn positions(&self, network: &Network, index: &SignalIndex) -> Arc<Vec<OnStreet>> {
        let wanted = usize::try_from(index.last_id()).unwrap_or(0) + 1;
        let known = self.positions.read().unwrap_or_else(PoisonError::into_inner).clone();
        if known.len() >= wanted {
            return known;
        }
        let have = known.len();
        let mut all = (*known).clone();
        all.resize(wanted, OnStreet { line: OFF, offset_m: 0.0 });
        let new: Vec<(usize, OnStreet)> = index
            .entries()
            .par_iter()
            .filter_map(|e| {
                let id = usize::try_from(e.id).ok().filter(|&id| id >= have && id < wanted && e.lon.is_finite())?;
                Some((id, self.place(network, Point::new(e.lon, e.lat))))
            })
            .collect();
        for (id, place) in new {
            all[id] = place;
        }
        let all = Arc::new(all);
        *self.positions.write().unwrap_or_else(PoisonError::into_inner) = all.clone();
        all
    }
}

impl Streets {
    /// All records of the index along the streets: the bulk, and what came in since.
    pub(crate) fn placed(&self, network: &Network, index: &SignalIndex) -> Result<Vec<Arc<Placed>>, NetworkError> {
        let positions = self.positions(network, index);
        let mut held = locked(&self.placed);
        let bulk = held.first().map_or(0, |p| p.upto);
        let known = held.last().map_or(0, |p| p.upto);
        if known < positions.len() {
            // The latest are sorted anew each time; the bulk only when they have become many.
            let from = if positions.len() - bulk > LATEST { 0 } else { bulk };
            let sorted = Arc::new(self.sorted(&positions, from)?);
            held.truncate(usize::from(from > 0));
            held.push(sorted);
        }
        Ok(held.clone())
    }

    fn sorted(&self, positions: &[OnStreet], from: usize) -> Result<Placed, NetworkError> {
        let on_streets = || positions.iter().enumerate().skip(from).filter(|(_, p)| p.line != OFF);
        let events: Vec<Event> = on_streets().map(|(_, p)| Event { edge: p.line, offset_m: self.offset(*p), w: 1.0 }).collect();
        let ids = on_streets().map(|(id, _)| id).collect();
        Ok(Placed { records: Records::new(&self.graph, &events)?, ids, upto: positions.len() })
    }

    /// The offset as the graph takes it: rounding to 32 bits may not carry it over the end.
    fn offset(&self, place: OnStreet) -> f64 {
        f64::from(place.offset_m).min(self.lines[place.line as usize].length_m)
    }

    /// Distances within the bandwidth; made once for a bandwidth and an estimator.
    pub(crate) fn table(&self, options: &Options) -> Result<Arc<DistanceTable>, NetworkError> {
        {
            let mut held = locked(&self.tables);
            if let Some(at) = held.iter().position(|(o, _)| o == options) {
                held[..=at].rotate_right(1);
                return Ok(held[0].1.clone());
            }
        }
        let made = Arc::new(DistanceTable::new(&self.graph, options)?);
        let mut held = locked(&self.tables);
        held.insert(0, (*options, made.clone()));
        held.truncate(KEPT);
        Ok(made)
    }

    /// The streets cut into slices of at most so many metres.
    pub(crate) fn slices(&self, lixel_m: f64) -> Result<Arc<Lixels>, NetworkError> {
        if let Some(known) = locked(&self.slices).iter().find(|l| l.lixel_m() == lixel_m) {
            return Ok(known.clone());
        }
        let made = Arc::new(Lixels::new(&self.graph, lixel_m)?);
        let mut held = locked(&self.slices);
        held.insert(0, made.clone());
        held.truncate(KEPT);
        Ok(made)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl App {
    /// The streets of the road file in use. Made when first asked for; made anew after an import.
    pub(crate) fn streets(&self, network: &Network, index: &SignalIndex) -> Result<Arc<Streets>, AppError> {
        let mut held = locked(&self.streets);
        if let Some(streets) = held.as_ref().filter(|s| s.identity == network.identity() && s.loading == index.loading()) {
            return Ok(streets.clone());
        }
        let made = Arc::new(Streets::new(network, index.loading())?);
        *held = Some(made.clone());
        Ok(made)
    }
}
