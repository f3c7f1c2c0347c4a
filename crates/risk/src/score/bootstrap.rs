//! What chance alone would do: areas drawn again, with replacement.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::flagged::Order;
use super::{ScoreError, Unit};
use crate::random::Stream;

/// An estimate with its percentile interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// On the data as they are.
    pub value: f64,
    /// 2.5 % of the rounds lie below.
    pub low: f64,
    /// 2.5 % of the rounds lie above.
    pub high: f64,
}

/// Draws whole areas again and again (cluster bootstrap, percentile interval: Davison & Hinkley 1997, §3.8, §5.3): neighbouring
/// streets share their luck, so single streets drawn apart would make every figure look surer than it is.
///
/// Lists are kept as they were made: the interval is about the test period and the place, not about the fit.
/// The draws depend on the seed and the round alone, so the same seed compares two methods on the same draws, and the
/// result is the same on any number of threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// Any number.
    pub seed: u64,
    /// How often the areas are drawn; 1,000 is usual.
    pub rounds: u32,
}

impl Bootstrap {
    /// PAI of one method at `share`. `areas` names the area of each unit, numbered from 0.
    ///
    /// # Errors
    /// [`ScoreError`].
    pub fn pai(&self, units: &[Unit], scores: &[f64], areas: &[u32], share: f64) -> Result<Interval, ScoreError> {
        let [order] = Self::checked(units, [scores], areas, share)?;
        Ok(self.interval(areas, |times| pai(&order, units, share, times)))
    }

    /// PAI of one method over PAI of another, on the same draws. An interval that leaves out 1 is a difference.
    ///
    /// # Errors
    /// [`ScoreError`].
    pub fn ratio(&self, units: &[Unit], scores: &[f64], other: &[f64], areas: &[u32], share: f64) -> Result<Interval, ScoreError> {
        let [order, other] = Self::checked(units, [scores, other], areas, share)?;
        Ok(self.interval(areas, |times| pai(&order, units, share, times) / pai(&other, units, share, times)))
    }

    /// Mean over areas of `value / weight`, both summed by area first: for scores of forecasts (`weight` = how many).
    #[must_use]
    pub fn mean(&self, areas: &[(f64, f64)]) -> Interval {
        let numbers: Vec<u32> = (0..areas.len() as u32).collect();
        self.interval(&numbers, |times| {
            let sum = |f: &dyn Fn(&(f64, f64)) -> f64| areas.iter().enumerate().map(|(i, a)| f(a) * times(i)).sum::<f64>();
            sum(&|a| a.0) / sum(&|a| a.1)
        })
    }

    fn checked<const N: usize>(units: &[Unit], scores: [&[f64]; N], areas: &[u32], share: f64) -> Result<[Order; N], ScoreError> {
        if areas.len() != units.len() || areas.iter().any(|&a| a as usize >= units.len()) {
            return Err(ScoreError::Lengths { units: units.len(), others: areas.len() });
        }
        if !(share > 0.0 && share <= 1.0) {
            return Err(ScoreError::Share(share));
        }
        for s in scores {
            Order::new(units, s)?;
        }
        Ok(scores.map(|s| Order::new(units, s).unwrap_or_else(|_| Order::of_best(units))))
    }

    fn interval(&self, areas: &[u32], statistic: impl Fn(&dyn Fn(usize) -> f64) -> f64 + Sync) -> Interval {
        let count = areas.iter().max().map_or(0, |&a| a as usize + 1);
        let value = statistic(&|_| 1.0);
        let mut rounds: Vec<f64> = (0..u64::from(self.rounds))
            .into_par_iter()
            .map(|round| {
                let (mut times, mut random) = (vec![0_u32; count], Stream::new(self.seed, round));
                for _ in 0..count {
                    times[random.below(count as u64) as usize] += 1;
                }
                statistic(&|unit| f64::from(times[areas[unit] as usize]))
            })
            .filter(|x| x.is_finite())
            .collect();
        rounds.sort_by(f64::total_cmp);
        // With nothing to draw from there is no interval narrower than everything.
        let at = |p: f64| rounds.get(((rounds.len() as f64 - 1.0) * p).round() as usize).copied();
        Interval { value, low: at(0.025).unwrap_or(f64::NEG_INFINITY), high: at(0.975).unwrap_or(f64::INFINITY) }
    }
}

fn pai(order: &Order, units: &[Unit], share: f64, times: &dyn Fn(usize) -> f64) -> f64 {
    let n: f64 = units.iter().enumerate().map(|(i, u)| u.hits * times(i)).sum();
    order.hits(units, share, times) / n / share
}
