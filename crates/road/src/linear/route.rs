//! One calibrated route: posts of both directions, breaks of chainage, places between knots.

use super::calibrate::{Anchor, Calibration, Knot, SPEED_TOLERANCE};
use super::{ChainageEquation, Course, Direction, Sense, StakeRefusal};

/// Beyond the outermost posts stakes are given up to this far, metres.
const BEYOND_M: f64 = 1_000.0;
/// Directions are calibrated apart if their posts differ by more than this in the median, metres.
const DIRECTIONS_DIFFER_M: f64 = 30.0;
/// Share of places that the bound holds for.
const COVERAGE: f64 = 0.95;

/// Numbers between two breaks; continuous chainage = number − shift.
#[derive(Clone, Copy, Debug)]
pub(super) struct Zone {
    pub(super) from_m: f64,
    pub(super) to_m: f64,
    pub(super) shift: f64,
}

pub(super) struct Route {
    pub(super) reference: String,
    pub(super) course: Course,
    pub(super) zones: Vec<Zone>,
    /// For both directions, or for the increasing one.
    pub(super) first: Calibration,
    /// For the decreasing one where its posts differ.
    pub(super) decreasing: Option<Calibration>,
    pub(super) quantile: Option<f64>,
}

/// A post on a course, the carriageway it tells by where it stands, and the direction it was given.
pub(super) type PlacedPost = (Anchor, Option<Direction>, Option<Sense>);

impl Route {
    pub(super) fn new(course: Course, zones: Vec<Zone>, anchors: Vec<PlacedPost>) -> Self {
        let pooled = Calibration::fit(anchors.iter().map(|a| a.0.clone()).collect());
        let up = if pooled.sign < 0.0 { Direction::Backward } else { Direction::Forward };
        let sense_of = |a: &PlacedPost| a.2.or_else(|| a.1.map(|d| if d == up { Sense::Increasing } else { Sense::Decreasing }));
        let only = |sense: Sense| -> Vec<Anchor> {
            anchors.iter().filter(|a| sense_of(a).is_none_or(|s| s == sense)).map(|a| a.0.clone()).collect()
        };
        let apart = (Calibration::fit(only(Sense::Increasing)), Calibration::fit(only(Sense::Decreasing)));
        let (first, decreasing) = if differ(&apart.0, &apart.1) { (apart.0, Some(apart.1)) } else { (pooled, None) };
        let mut route = Self { reference: course.name().to_owned(), course, zones, first, decreasing, quantile: None };
        route.quantile = quantile(&mut route.scores());
        route
    }

    pub(super) fn scores(&self) -> Vec<f64> {
        let mut all = self.first.scores();
        all.extend(self.decreasing.iter().flat_map(Calibration::scores));
        all
    }

    pub(super) fn calibration(&self, sense: Option<Sense>) -> &Calibration {
        match (&self.decreasing, sense) {
            (Some(c), Some(Sense::Decreasing)) => c,
            _ => &self.first,
        }
    }

    pub(super) fn direction(&self, calibration: &Calibration, sense: Option<Sense>) -> Direction {
        let up = if calibration.sign < 0.0 { Direction::Backward } else { Direction::Forward };
        match sense {
            Some(Sense::Increasing) => up,
            Some(Sense::Decreasing) => up.reversed(),
            None if self.course.has(up) => up,
            None => up.reversed(),
        }
    }

    pub(super) fn sense(&self, direction: Direction) -> Sense {
        if (direction == Direction::Backward) == (self.first.sign < 0.0) { Sense::Increasing } else { Sense::Decreasing }
    }

    /// Continuous chainage to the number on the post.
    pub(super) fn number(&self, c: f64) -> f64 {
        let zone = self.zones.iter().find(|z| c <= z.to_m - z.shift).or(self.zones.last());
        zone.map_or(c, |z| c + z.shift)
    }

    pub(super) fn nowhere(&self, calibration: &Calibration, metre: f64) -> StakeRefusal {
        let mut numbers: Vec<f64> = calibration.runs.iter().flatten().map(|k| self.number(k.c)).collect();
        numbers.sort_by(f64::total_cmp);
        let (first_m, last_m) = (numbers.first().copied().unwrap_or(0.0), numbers.last().copied().unwrap_or(0.0));
        if metre < first_m || metre > last_m {
            return StakeRefusal::Beyond { first_m, last_m };
        }
        let at = numbers.partition_point(|n| *n < metre);
        StakeRefusal::InBreak {
            back_m: numbers.get(at.saturating_sub(1)).copied().unwrap_or(first_m),
            ahead_m: numbers.get(at).copied().unwrap_or(last_m),
        }
    }
}

/// A measure and the knots around it.
pub(super) struct Place<'a> {
    pub(super) x: f64,
    pub(super) before: Option<&'a Knot>,
    pub(super) after: Option<&'a Knot>,
}

impl Place<'_> {
    pub(super) fn beyond(&self) -> f64 {
        match (self.before, self.after) {
            (Some(k), None) | (None, Some(k)) => (self.x - k.x).abs(),
            _ => 0.0,
        }
    }
}

/// Where a continuous chainage lies: in each run that holds it, or at most [`BEYOND_M`] outside.
pub(super) fn places(calibration: &Calibration, c: f64) -> Vec<Place<'_>> {
    let sign = calibration.sign;
    let mut found = Vec::new();
    for (i, run) in calibration.runs.iter().enumerate() {
        let after = run.partition_point(|k| sign * (k.c - c) < 0.0);
        let place = match (after.checked_sub(1).and_then(|b| run.get(b)), run.get(after)) {
            (Some(a), Some(b)) => Place { x: a.x + (b.x - a.x) * (c - a.c) / (b.c - a.c), before: Some(a), after: Some(b) },
            (Some(a), None) => Place { x: a.x + sign * (c - a.c) / slope(run, sign), before: Some(a), after: None },
            (None, Some(b)) if b.c == c => Place { x: b.x, before: Some(b), after: Some(b) },
            (None, Some(b)) => Place { x: b.x + sign * (c - b.c) / slope(run, sign), before: None, after: Some(b) },
            (None, None) => continue,
        };
        let next = i.checked_add(1).and_then(|n| calibration.runs.get(n)).and_then(|r| r.first()).map_or(f64::INFINITY, |k| k.x);
        let last = i.checked_sub(1).and_then(|n| calibration.runs.get(n)).and_then(|r| r.last()).map_or(f64::NEG_INFINITY, |k| k.x);
        if place.beyond() <= BEYOND_M && place.x < next && place.x > last {
            found.push(place);
        }
    }
    found
}

/// Stakes per metre of road over a whole run; 1 where it is too short to tell.
fn slope(run: &[Knot], sign: f64) -> f64 {
    match (run.first(), run.last()) {
        (Some(a), Some(b)) if b.x - a.x > 2_000.0 => (sign * (b.c - a.c) / (b.x - a.x)).clamp(1.0 - SPEED_TOLERANCE, 1.0 + SPEED_TOLERANCE),
        _ => 1.0,
    }
}

/// The chainage of a measure by one run, at most [`BEYOND_M`] outside it.
pub(super) fn chainage(run: &[Knot], x: f64, sign: f64) -> Option<(f64, Place<'_>)> {
    let after = run.partition_point(|k| k.x < x);
    let (before, after) = (after.checked_sub(1).and_then(|b| run.get(b)), run.get(after));
    let c = match (before, after) {
        (Some(a), Some(b)) => a.c + (b.c - a.c) * (x - a.x) / (b.x - a.x),
        (Some(k), None) | (None, Some(k)) => k.c + sign * (x - k.x) * slope(run, sign),
        (None, None) => return None,
    };
    let place = Place { x, before, after };
    (place.beyond() <= BEYOND_M).then_some((c, place))
}

/// Whether two directions are posted differently: their chainage at each other's posts differs in the median.
fn differ(a: &Calibration, b: &Calibration) -> bool {
    let mut off: Vec<f64> = Vec::new();
    for knot in a.runs.iter().flatten() {
        let at = b.runs.iter().filter(|r| r.len() > 1).find_map(|run| chainage(run, knot.x, b.sign).filter(|(_, p)| p.beyond() == 0.0));
        off.extend(at.map(|(c, _)| (c - knot.c).abs()));
    }
    off.sort_by(f64::total_cmp);
    off.len() >= 3 && a.sign == b.sign && off.get(off.len() / 2).is_some_and(|m| *m > DIRECTIONS_DIFFER_M)
}

/// The conformal quantile of `n` scores, `None` with fewer than 19: the ⌈(n + 1) · 0.95⌉-th covers 95 % on the average over all sets of posts;
/// one standard deviation of the rank more makes it 95 % or better for five sets of six (Wilks 1941).
pub(super) fn quantile(scores: &mut [f64]) -> Option<f64> {
    scores.sort_by(f64::total_cmp);
    let n = scores.len() as f64;
    let rank = ((n + 1.0) * COVERAGE).ceil();
    if rank > n {
        return None;
    }
    let surer = (rank + (n * COVERAGE * (1.0 - COVERAGE)).sqrt()).ceil().min(n) as usize;
    scores.get(surer.checked_sub(1)?).copied().map(|q| q.max(1.0))
}

pub(super) fn zones<'a>(equations: impl Iterator<Item = &'a ChainageEquation>) -> Vec<Zone> {
    let mut breaks: Vec<(f64, f64)> = equations.map(|e| (e.back_m, e.ahead_m)).filter(|(a, b)| a.is_finite() && b.is_finite()).collect();
    breaks.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut zones = Vec::new();
    let (mut from_m, mut shift) = (f64::NEG_INFINITY, 0.0);
    for (back, ahead) in breaks {
        zones.push(Zone { from_m, to_m: back, shift });
        from_m = ahead;
        shift += ahead - back;
    }
    zones.push(Zone { from_m, to_m: f64::INFINITY, shift });
    zones
}
