//! Hit rate, PAI and PEI* at a share of the length.

use serde::{Deserialize, Serialize};

use super::ScoreError;

/// A piece of street, or a cell: what can be flagged, and what happened there in the period that is looked back on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// Metres of street; for cells their area or 1. 0 is in order: such a unit costs nothing.
    pub length: f64,
    /// Events of the test period, or their weights by severity.
    pub hits: f64,
}

/// What flagging a share of the length would have caught.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flagged {
    /// Share of the length that is flagged, as asked.
    pub share: f64,
    /// Events (or weights) of the test period in the flagged length.
    pub hits: f64,
    /// All events of the test period.
    pub n: f64,
    /// `hits / n`; 0 where nothing happened.
    pub hit_rate: f64,
    /// Prediction accuracy index: `hit_rate / share`. 1 is what flagging at random catches.
    pub pai: f64,
    /// PEI*: `pai` over the best that any list of the same length could reach, 0 to 1.
    pub pei: f64,
}

/// Flags `share` of the length, best score first, and counts what lies in it.
///
/// The last unit is taken in part and its hits in the same part, so methods are compared at exactly equal length whatever
/// the length of their units. Units of equal score are taken together, each in the same part: the outcome of no
/// method hangs on the order in which the units happen to stand.
///
/// # Errors
/// [`ScoreError`]: lengths that differ, a unit that is not valid, a share not in (0, 1].
pub fn flagged(units: &[Unit], scores: &[f64], share: f64) -> Result<Flagged, ScoreError> {
    let order = Order::new(units, scores)?;
    let best = Order::of_best(units);
    if !(share > 0.0 && share <= 1.0) {
        return Err(ScoreError::Share(share));
    }
    let all = |_| 1.0;
    let n: f64 = units.iter().map(|u| u.hits).sum();
    let hits = order.hits(units, share, all);
    let most = best.hits(units, share, all);
    let hit_rate = if n > 0.0 { hits / n } else { 0.0 };
    Ok(Flagged { share, hits, n, hit_rate, pai: hit_rate / share, pei: if most > 0.0 { hits / most } else { 0.0 } })
}

/// The ceiling: what a list made with knowledge of the test period would have caught. Its `pei` is 1.
///
/// # Errors
/// As [`flagged`].
pub fn best(units: &[Unit], share: f64) -> Result<Flagged, ScoreError> {
    let density: Vec<f64> = units.iter().map(Unit::density).collect();
    flagged(units, &density, share)
}

/// Recapture rate index (Levine, Security Journal 21, 2008): PAI in the test period over PAI of the same flagged length in
/// the period it was made from. 1: the places kept their share; `None` where either is 0.
#[must_use]
pub fn recapture(then: &Flagged, now: &Flagged) -> Option<f64> {
    (then.pai > 0.0 && now.n > 0.0).then(|| now.pai / then.pai)
}

impl Unit {
    /// Hits per length; what has hits and no length comes first.
    fn density(&self) -> f64 {
        match (self.hits > 0.0, self.length > 0.0) {
            (false, _) => 0.0,
            (true, false) => f64::MAX,
            (true, true) => self.hits / self.length,
        }
    }
}

/// Units in order of their score, highest first, with the places where the score changes.
pub(super) struct Order {
    units: Vec<u32>,
    /// Where each run of equal scores ends in `units`.
    ends: Vec<u32>,
}

impl Order {
    pub(super) fn new(units: &[Unit], scores: &[f64]) -> Result<Self, ScoreError> {
        if units.len() != scores.len() || units.len() > u32::MAX as usize {
            return Err(ScoreError::Lengths { units: units.len(), others: scores.len() });
        }
        let sound = |x: f64| x >= 0.0 && x.is_finite();
        let broken = units.iter().zip(scores).position(|(u, s)| !(sound(u.length) && sound(u.hits)) || s.is_nan());
        if let Some(index) = broken {
            return Err(ScoreError::Unit(index));
        }
        Ok(Self::sorted(scores))
    }

    pub(super) fn of_best(units: &[Unit]) -> Self {
        Self::sorted(&units.iter().map(Unit::density).collect::<Vec<_>>())
    }

    fn sorted(scores: &[f64]) -> Self {
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        let score = |i: u32| scores[i as usize];
        order.sort_by(|&a, &b| score(b).total_cmp(&score(a)).then(a.cmp(&b)));
        let change = |i: usize| i + 1 == order.len() || score(order[i]) != score(order[i + 1]);
        let ends = (0..order.len()).filter(|&i| change(i)).map(|i| i as u32 + 1).collect();
        Self { units: order, ends }
    }

    /// Hits in the first `share` of the length, each unit counted `times` its number.
    pub(super) fn hits(&self, units: &[Unit], share: f64, times: impl Fn(usize) -> f64) -> f64 {
        let total: f64 = (0..units.len()).map(|i| units[i].length * times(i)).sum();
        let (mut left, mut hits, mut start) = (total * share, 0.0, 0);
        for &end in &self.ends {
            let (mut length, mut inside) = (0.0, 0.0);
            for &i in &self.units[start..end as usize] {
                let (unit, k) = (&units[i as usize], times(i as usize));
                length += unit.length * k;
                inside += unit.hits * k;
            }
            if length > left {
                return hits + inside * (left / length);
            }
            hits += inside;
            left -= length;
            start = end as usize;
        }
        hits
    }
}
