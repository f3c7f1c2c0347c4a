//! Where did it rise or fall between two periods, place by place, with the false alarms held.
//!
//! Each place is tested exactly ([`crate::compare`]); the p depends on the two counts only, so it is computed once for each
//! pair of counts that occurs and the whole city costs little more than the table.

use super::SignificanceError;
use crate::compare;
use crate::hotspot::{Correction, false_discovery_of_many};
use gongzhi_civic::text::Text;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How to test changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangeMethod {
    /// Exposure of the counts now: days. Give the city's totals as exposures to ask whether a place moved otherwise than the city did.
    pub exposure_now: f64,
    /// Exposure of the counts then, in the same unit.
    pub exposure_then: f64,
    /// A place is significant where `q` is at most this.
    pub false_discovery: f64,
    /// Which correction.
    pub correction: Correction,
}

impl Default for ChangeMethod {
    fn default() -> Self {
        Self { exposure_now: 1.0, exposure_then: 1.0, false_discovery: 0.05, correction: Correction::BenjaminiHochberg }
    }
}

/// Which way a place went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The rate is higher now.
    Rise,
    /// The rate is lower now.
    Fall,
    /// The rates are the same, or there was nothing in either period.
    Same,
}

/// The change of one place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Events now.
    pub n_now: u32,
    /// Events then.
    pub n_then: u32,
    /// Rate now over rate then; `None` where there was nothing then.
    pub ratio: Option<f64>,
    /// Lower end of the exact 95 % interval of the ratio, this place alone.
    pub low: f64,
    /// Upper end; `None` where there was nothing then.
    pub high: Option<f64>,
    /// Exact two-sided p of this place alone.
    pub p: f64,
    /// `p` corrected for having looked at every place that could have shown something.
    pub q: f64,
    /// Which way.
    pub direction: Direction,
    /// `q` at most [`ChangeMethod::false_discovery`].
    pub significant: bool,
}

/// The changes of all places.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Changes {
    /// In the order of the counts.
    pub places: Vec<Change>,
    /// Places with events enough that their p *could* be at most the false discovery rate, whatever the split: only these count as
    /// tests. The sum of both counts does not tell which way a place went, so choosing by it keeps the correction valid (Gilbert,
    /// Applied Statistics 54, 2005; Tarone, Biometrics 46, 1990). Others have q = 1.
    pub tested: usize,
    /// Events now, all places.
    pub n_now: u64,
    /// Events then, all places.
    pub n_then: u64,
    /// The method, to print with the map.
    pub method: Text,
}

/// Compares two counts for every place: cells, hexagons, streets.
///
/// # Errors
/// [`SignificanceError::Mismatch`], and [`SignificanceError::Parameter`] for an exposure that is not positive or a rate outside (0, 1).
pub fn changes(now: &[u32], then: &[u32], method: ChangeMethod) -> Result<Changes, SignificanceError> {
    let table = Table::of(now, then, method)?;
    let compared: Vec<Change> =
        table.pairs.par_iter().zip(&table.p).zip(&table.q).map(|((&pair, &p), &q)| change(pair, p, q, method)).collect();
    let places: Vec<Change> = table.place.iter().map(|&pair| compared[pair as usize]).collect();
    let total = |counts: &[u32]| counts.iter().map(|&n| u64::from(n)).sum();
    let (n_now, n_then, tested) = (total(now), total(then), table.tested);
    let method = method_text(places.len(), tested, n_now, n_then, method);
    Ok(Changes { places, tested, n_now, n_then, method })
}

fn method_text(places: usize, tested: usize, n_now: u64, n_then: u64, method: ChangeMethod) -> Text {
    let (percent, correction) = (method.false_discovery * 100.0, method.correction.name());
    let (now, then) = (method.exposure_now, method.exposure_then);
    Text::new(
        format!(
            "两期逐处比较：n = {n_then} → {n_now} 起，暴露量 {then} → {now}；精确条件检验（双侧），{places} 处中 {tested} 处起数足以检验；错误发现率 {percent}%（{correction}）"
        ),
        format!(
            "Two periods compared place by place: n = {n_then} → {n_now} events, exposure {then} → {now}; exact conditional test, two-sided; of {places} places {tested} have events enough to be tested; false discovery rate {percent} % ({correction})"
        ),
    )
}

fn change((n_now, n_then): (u32, u32), p: f64, q: f64, method: ChangeMethod) -> Change {
    let direction = direction(n_now, n_then, method);
    let significant = q <= method.false_discovery;
    // Exposures are checked and counts are below the largest one, so there always is a comparison.
    match compare::rates(n_now.into(), method.exposure_now, n_then.into(), method.exposure_then) {
        Ok(c) => Change { n_now, n_then, ratio: c.ratio, low: c.low, high: c.high, p, q, direction, significant },
        Err(_) => Change { n_now, n_then, ratio: None, low: 0.0, high: None, p, q, direction, significant },
    }
}

pub(super) fn direction(n_now: u32, n_then: u32, method: ChangeMethod) -> Direction {
    match (f64::from(n_now) * method.exposure_then).total_cmp(&(f64::from(n_then) * method.exposure_now)) {
        std::cmp::Ordering::Greater => Direction::Rise,
        std::cmp::Ordering::Less => Direction::Fall,
        std::cmp::Ordering::Equal => Direction::Same,
    }
}

/// p and q by pair of counts.
pub(super) struct Table {
    /// Pairs (now, then) that occur.
    pub(super) pairs: Vec<(u32, u32)>,
    /// For each place, its pair.
    pub(super) place: Vec<u32>,
    pub(super) p: Vec<f64>,
    pub(super) q: Vec<f64>,
    pub(super) tested: usize,
}

impl Table {
    pub(super) fn of(now: &[u32], then: &[u32], method: ChangeMethod) -> Result<Self, SignificanceError> {
        if now.len() != then.len() {
            return Err(SignificanceError::Mismatch { given: now.len(), units: then.len() });
        }
        for (name, value) in [("exposure_now", method.exposure_now), ("exposure_then", method.exposure_then)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(SignificanceError::Parameter { name, value });
            }
        }
        if !(method.false_discovery > 0.0 && method.false_discovery < 1.0) {
            return Err(SignificanceError::Parameter { name: "false_discovery", value: method.false_discovery });
        }
        if let Some(&count) = now.iter().chain(then).find(|count| u64::from(**count) > compare::MAX_COUNT) {
            return Err(SignificanceError::Size(count as usize));
        }
        let (mut number, mut pairs, mut times) = (HashMap::new(), Vec::new(), Vec::new());
        let place: Vec<u32> = now
            .iter()
            .zip(then)
            .map(|(&now, &then)| {
                let pair = *number.entry((now, then)).or_insert_with(|| {
                    pairs.push((now, then));
                    times.push(0_usize);
                    pairs.len() as u32 - 1
                });
                times[pair as usize] += 1;
                pair
            })
            .collect();
        // Written as in `compare::rates`, so that both give the same p to the last bit.
        let share = 1.0 / (1.0 + method.exposure_then / method.exposure_now);
        let p_of = |now: u64, then: u64| compare::p_value(now, then, share);
        let p: Vec<f64> = pairs.par_iter().map(|&(now, then)| p_of(now.into(), then.into())).collect();
        // With the sum given, nothing is more extreme than all events in one period.
        let testable = |&(now, then): &(u32, u32)| {
            let sum = u64::from(now) + u64::from(then);
            p_of(sum, 0).min(p_of(0, sum)) <= method.false_discovery
        };
        let testable: Vec<bool> = pairs.par_iter().map(testable).collect();
        let chosen: Vec<usize> = (0..pairs.len()).filter(|&pair| testable[pair]).collect();
        let tests: Vec<(f64, usize)> = chosen.iter().map(|&pair| (p[pair], times[pair])).collect();
        let mut q = vec![1.0; pairs.len()];
        for (&pair, value) in chosen.iter().zip(false_discovery_of_many(&tests, method.correction)) {
            q[pair] = value;
        }
        let tested = tests.iter().map(|&(_, times)| times).sum();
        Ok(Self { pairs, place, p, q, tested })
    }
}
