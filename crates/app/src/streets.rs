//! Where each record lies on the streets, and what is kept for drawing maps of them.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use gongzhi_civic::place::Point;
use gongzhi_risk::network::{DistanceTable, Event, Lixels, NetworkError, Options, Records};
use rayon::prelude::*;

use crate::App;
use crate::error::{AppError, no_roads};
use crate::signal_index::SignalIndex;
use crate::street_density::Placed;
use crate::street_graph::StreetGraph;

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

/// The streets of one road file with the records of one loading.
#[derive(Debug)]
pub(crate) struct Streets {
    /// The lines themselves.
    pub on: Arc<StreetGraph>,
    /// Which loading of the records the positions belong to.
    loading: u64,
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
    fn new(on: Arc<StreetGraph>, loading: u64) -> Self {
        Self { on, loading, positions: RwLock::default(), placed: Mutex::default(), tables: Mutex::default(), slices: Mutex::default() }
    }

    fn place(&self, point: Point) -> OnStreet {
        #[allow(clippy::cast_possible_truncation)] // a tenth of a millimetre in a kilometre
        let kept = |place: gongzhi_risk::repeat::OnStreet| OnStreet { line: place.edge, offset_m: place.offset_m as f32 };
        self.on.place(point).map_or(OnStreet { line: OFF, offset_m: 0.0 }, kept)
    }

    /// Positions of all records of the index, by row id. New records are placed when they are first asked for.
    pub(crate) fn positions(&self, index: &SignalIndex) -> Arc<Vec<OnStreet>> {
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
                Some((id, self.place(Point::new(e.lon, e.lat))))
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
    pub(crate) fn placed(&self, index: &SignalIndex) -> Result<Vec<Arc<Placed>>, NetworkError> {
        let positions = self.positions(index);
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
        Ok(Placed { records: Records::new(&self.on.graph, &events)?, ids, upto: positions.len() })
    }

    /// The offset as the graph takes it: rounding to 32 bits may not carry it over the end.
    fn offset(&self, place: OnStreet) -> f64 {
        f64::from(place.offset_m).min(self.on.lines[place.line as usize].length_m)
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
        let made = Arc::new(DistanceTable::new(&self.on.graph, options)?);
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
        let made = Arc::new(Lixels::new(&self.on.graph, lixel_m)?);
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
    /// The streets of the road file in use, with the records. Made when first asked for; made anew after an import.
    pub(crate) fn streets(&self, index: &SignalIndex) -> Result<Arc<Streets>, AppError> {
        let on = self.street_graph()?.ok_or_else(no_roads)?;
        let mut held = locked(&self.streets);
        if let Some(streets) = held.as_ref().filter(|s| Arc::ptr_eq(&s.on, &on) && s.loading == index.loading()) {
            return Ok(streets.clone());
        }
        let made = Arc::new(Streets::new(on, index.loading()));
        *held = Some(made.clone());
        Ok(made)
    }
}
