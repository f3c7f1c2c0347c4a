//! When a vehicle arrives, as an interval learnt from trips that were driven.
//!
//! Factors by class and hour are shrunk towards the class, the hour and the whole where trips are few (partial pooling; Gelman and Hill,
//! 2007). The interval is split conformal prediction (Papadopoulos et al., 2002; Lei et al., 2018): quantiles of what the factors missed
//! on trips they were not learnt from, so that the stated share holds whatever the errors look like, as long as trips to come are
//! like those seen.

use serde::{Deserialize, Serialize};

use super::answer::Route;
use super::graph::Graph;
use super::profile::{CLASSES, HourFactors, WEEK_HOURS};

/// What a way asks of a vehicle at free flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// Seconds on each class.
    pub class_s: [f64; CLASSES],
    /// Seconds of turns and waits.
    pub turn_s: f64,
}

impl Work {
    /// Seconds in all.
    #[must_use]
    pub fn total_s(&self) -> f64 {
        self.class_s.iter().sum::<f64>() + self.turn_s
    }
}

impl Route {
    /// The work of a route, by the graph's own times.
    #[must_use]
    pub fn work(&self, graph: &Graph) -> Work {
        let mut work = Work::default();
        let last = self.edges.len().saturating_sub(1);
        for (i, edge) in self.edges.iter().enumerate() {
            let (Some(ms), Some(length)) = (graph.free_flow_ms(*edge), graph.length_m(*edge)) else { continue };
            let start = if i == 0 { self.from_m } else { 0.0 };
            let end = if i == last { self.to_m } else { length };
            let share = if length > 0.0 { ((end - start) / length).clamp(0.0, 1.0) } else { 1.0 };
            work.class_s[usize::from(graph.class[*edge as usize])] += f64::from(ms) / 1_000.0 * share;
            if let Some(next) = self.edges.get(i + 1) {
                let turn = graph.turns(*edge).find(|(e, _)| e == next).map_or(0, |(_, ms)| ms);
                work.turn_s += f64::from(turn) / 1_000.0;
            }
        }
        work
    }
}

/// A trip that was driven.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trip {
    /// What its way asked at free flow.
    pub work: Work,
    /// Hour of the week it left, from Monday 00:00.
    pub hour: u16,
    /// Seconds it took.
    pub actual_s: f64,
}

/// When a vehicle arrives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrival {
    /// As many arrive earlier as later, seconds.
    pub p50_s: f64,
    /// Start of the interval, seconds.
    pub low_s: f64,
    /// End of the interval, seconds.
    pub high_s: f64,
    /// Share of trips that arrive within the interval.
    pub level: f64,
}

/// Factors on time by class and hour, and how far they miss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Time driven over time at free flow, by class and hour of the week.
    factors: Vec<Vec<f64>>,
    /// Least predicted seconds of each band, with actual over predicted: low, middle, high.
    bands: Vec<(f64, [f64; 3])>,
    /// Share within the interval.
    pub level: f64,
    /// Trips learnt from and trips the interval was measured on.
    pub trips: (usize, usize),
}

/// Trips' worth of weight given to what is known without them.
const PRIOR_TRIPS: f64 = 4.0;
/// Rounds of fitting; the changes are below a thousandth long before.
const ROUNDS: usize = 12;
/// Least trips for a band of its own.
const BAND_TRIPS: usize = 100;

impl Calibration {
    /// Learns from trips: every other one for the factors, the others for the interval. `None` with fewer than forty trips that make sense,
    /// or a level that an interval cannot have: say so rather than guess.
    #[must_use]
    pub fn learn(trips: &[Trip], level: f64) -> Option<Self> {
        let sound: Vec<&Trip> = trips.iter().filter(|t| t.actual_s.is_finite() && t.actual_s > 0.0 && t.work.total_s() > 1.0).collect();
        if sound.len() < 40 || !(0.5..1.0).contains(&level) {
            return None;
        }
        let (learn, hold): (Vec<_>, Vec<_>) = sound.iter().enumerate().partition(|(i, _)| i % 2 == 0);
        let learn: Vec<&Trip> = learn.into_iter().map(|(_, t)| *t).collect();
        let hold: Vec<&Trip> = hold.into_iter().map(|(_, t)| *t).collect();
        let mut new = Self { factors: fit(&learn), bands: Vec::new(), level, trips: (learn.len(), hold.len()) };
        let mut scores: Vec<(f64, f64)> =
            hold.iter().map(|t| new.middle(&t.work, t.hour)).zip(&hold).map(|(p, t)| (p, t.actual_s / p)).collect();
        scores.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Short trips miss by more: bands of equal numbers by predicted time.
        let bands = (scores.len() / BAND_TRIPS).clamp(1, 12);
        for band in 0..bands {
            let part = &scores[scores.len() * band / bands..scores.len() * (band + 1) / bands];
            let mut ratios: Vec<f64> = part.iter().map(|s| s.1).collect();
            ratios.sort_by(f64::total_cmp);
            let from = if band == 0 { 0.0 } else { part[0].0 };
            let tail = (1.0 - level) / 2.0;
            new.bands.push((from, [quantile(&ratios, tail, false), quantile(&ratios, 0.5, true), quantile(&ratios, 1.0 - tail, true)]));
        }
        Some(new)
    }

    fn middle(&self, work: &Work, hour: u16) -> f64 {
        let hour = usize::from(hour) % WEEK_HOURS;
        let on_roads: f64 = work.class_s.iter().zip(&self.factors).map(|(s, f)| s * f[hour]).sum();
        on_roads + work.turn_s * self.factors[CLASSES][hour]
    }

    /// When a vehicle with this work before it arrives, leaving in this hour of the week.
    #[must_use]
    pub fn arrival(&self, work: &Work, hour: u16) -> Arrival {
        let middle = self.middle(work, hour);
        let band = self.bands.iter().rev().find(|b| b.0 <= middle).or(self.bands.first()).map_or([1.0; 3], |b| b.1);
        Arrival { p50_s: middle * band[1], low_s: middle * band[0], high_s: middle * band[2], level: self.level }
    }

    /// The factors as speeds for a [`super::Profile`].
    #[must_use]
    pub fn by_hour(&self) -> HourFactors {
        HourFactors(self.factors.iter().take(CLASSES).map(|row| row.iter().map(|f| 1.0 / f).collect()).collect())
    }
}

/// The value below (or above) which a share lies, with the correction for finite samples that makes the share hold.
fn quantile(sorted: &[f64], share: f64, upper: bool) -> f64 {
    let n = sorted.len() as f64;
    let rank = if upper { ((n + 1.0) * share).ceil() } else { ((n + 1.0) * share).floor() };
    let index = (rank as usize).clamp(1, sorted.len()) - 1;
    sorted[index]
}

/// Factors by class (turns last) and hour: a whole, classes, hours and their pairs, each shrunk towards what is above it.
fn fit(trips: &[&Trip]) -> Vec<Vec<f64>> {
    const ROWS: usize = CLASSES + 1;
    let mut whole = 0.0;
    let (mut rows, mut hours) = ([0.0; ROWS], [0.0; WEEK_HOURS]);
    let mut pairs = vec![[0.0; WEEK_HOURS]; ROWS];
    let part = |t: &Trip, r: usize| if r < CLASSES { t.work.class_s[r] } else { t.work.turn_s };
    for _ in 0..ROUNDS {
        let (mut sum, mut weight) = (0.0, 0.0);
        let (mut of_row, mut of_hour) = ([(0.0, 0.0); ROWS], [(0.0, 0.0); WEEK_HOURS]);
        let mut of_pair = vec![[(0.0, 0.0); WEEK_HOURS]; ROWS];
        for trip in trips {
            let hour = usize::from(trip.hour) % WEEK_HOURS;
            let parts: [f64; ROWS] = std::array::from_fn(|r| part(trip, r) * f64::exp(whole + rows[r] + hours[hour] + pairs[r][hour]));
            let predicted: f64 = parts.iter().sum();
            let missed = (trip.actual_s / predicted).ln().clamp(-2.0, 2.0);
            sum += missed;
            weight += 1.0;
            of_hour[hour] = (of_hour[hour].0 + missed, of_hour[hour].1 + 1.0);
            for (r, p) in parts.iter().enumerate() {
                let share = p / predicted;
                of_row[r] = (of_row[r].0 + share * missed, of_row[r].1 + share);
                of_pair[r][hour] = (of_pair[r][hour].0 + share * missed, of_pair[r][hour].1 + share);
            }
        }
        // Each level takes a quarter of what is missed, less where few trips speak.
        let step = |(sum, weight): (f64, f64), now: f64| 0.35 * (sum - PRIOR_TRIPS * 0.25 * now) / (weight + PRIOR_TRIPS);
        whole += sum / weight * 0.5;
        for (row, of) in rows.iter_mut().zip(of_row) {
            *row += step(of, *row);
        }
        for (hour, of) in hours.iter_mut().zip(of_hour) {
            *hour += step(of, *hour);
        }
        for (row, of) in pairs.iter_mut().zip(of_pair) {
            for (pair, of) in row.iter_mut().zip(of) {
                *pair += step(of, *pair);
            }
        }
    }
    (0..ROWS).map(|r| (0..WEEK_HOURS).map(|h| f64::exp(whole + rows[r] + hours[h] + pairs[r][h]).clamp(0.2, 20.0)).collect()).collect()
}
