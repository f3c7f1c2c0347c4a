//! A forecast of a count: its probabilities, its quantiles, its score.

use super::ScoreError;
use crate::special::ln_gamma;

/// Largest mean taken: a city's century of events.
const MAX_MEAN: f64 = 1e9;

/// Probabilities below this share of the largest one are no more than rounding of the sum.
const NEGLIGIBLE: f64 = 1e-18;

/// A negative binomial count, Poisson where `size` is infinite: variance `mean + mean² / size`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CountForecast {
    mean: f64,
    size: f64,
}

impl Default for CountForecast {
    /// Nothing, for certain.
    fn default() -> Self {
        Self { mean: 0.0, size: f64::INFINITY }
    }
}

/// Probabilities of `low`, `low + 1`, …: all that are not negligible.
pub(super) struct Table {
    low: u64,
    /// Probability of at most `low + i`.
    at_most: Vec<f64>,
}

impl CountForecast {
    /// Counts that come one by one at a known rate.
    ///
    /// # Errors
    /// [`ScoreError::Forecast`].
    pub fn poisson(mean: f64) -> Result<Self, ScoreError> {
        Self::negative_binomial(mean, f64::INFINITY)
    }

    /// Counts whose rate itself varies, as a gamma variable of shape `size`.
    ///
    /// # Errors
    /// [`ScoreError::Forecast`]: a mean that is negative, not a number or above a billion; a size that is not positive.
    pub fn negative_binomial(mean: f64, size: f64) -> Result<Self, ScoreError> {
        if (0.0..=MAX_MEAN).contains(&mean) && size > 0.0 { Ok(Self { mean, size }) } else { Err(ScoreError::Forecast { mean, size }) }
    }

    /// The count of this mean and variance: Poisson where the variance is no larger than the mean.
    ///
    /// # Errors
    /// [`ScoreError::Forecast`].
    pub fn of_moments(mean: f64, variance: f64) -> Result<Self, ScoreError> {
        let surplus = variance - mean;
        Self::negative_binomial(mean, if surplus > 0.0 && mean > 0.0 { mean * mean / surplus } else { f64::INFINITY })
    }

    /// Expected count.
    #[must_use]
    pub const fn mean(&self) -> f64 {
        self.mean
    }

    /// Size of the negative binomial; infinite for Poisson.
    #[must_use]
    pub const fn size(&self) -> f64 {
        self.size
    }

    /// `mean + mean² / size`.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.mean + self.mean * self.mean / self.size
    }

    /// Probability of exactly `count`.
    #[must_use]
    pub fn probability(&self, count: u64) -> f64 {
        self.log_probability(count).exp()
    }

    /// Natural logarithm of [`Self::probability`]: the logarithmic score.
    #[must_use]
    pub fn log_probability(&self, count: u64) -> f64 {
        let (k, mean, size) = (count as f64, self.mean, self.size);
        if mean == 0.0 {
            return if count == 0 { 0.0 } else { f64::NEG_INFINITY };
        }
        if size.is_infinite() || mean / size < 1e-14 {
            return k * mean.ln() - mean - ln_gamma(k + 1.0);
        }
        // ln_1p keeps the digits where the size is far above the mean.
        let none = -size * (mean / size).ln_1p();
        let each = -(size / mean).ln_1p();
        rising(size, k) - ln_gamma(k + 1.0) + none + k * each
    }

    /// Probability of at most `count`.
    #[must_use]
    pub fn at_most(&self, count: u64) -> f64 {
        self.table().at_most(count)
    }

    /// The least count that is reached or undercut with `probability`, 0 to 1: the exact quantile.
    #[must_use]
    pub fn quantile(&self, probability: f64) -> u64 {
        self.table().quantile(probability)
    }

    /// The interval that leaves out at most `(1 − nominal) / 2` on either side.
    ///
    /// A count cannot hold a probability exactly: [`Self::inside`] says what this one holds, at least `nominal`.
    #[must_use]
    pub fn interval(&self, nominal: f64) -> (u64, u64) {
        self.table().interval(nominal)
    }

    /// Probability of a count from `low` to `high`, both included.
    #[must_use]
    pub fn inside(&self, interval: (u64, u64)) -> f64 {
        self.table().inside(interval)
    }

    /// Continuous ranked probability score of what came, in events, 0 is best: `Σₖ (F(k) − [k ≥ came])²`, summed as it stands
    /// (Gneiting & Raftery, JASA 102, 2007; closed forms for tests in Wei & Held, TEST 23, 2014). For a forecast without
    /// spread it is the absolute error.
    #[must_use]
    pub fn crps(&self, came: u64) -> f64 {
        self.table().crps(came)
    }

    /// Probabilities from the most likely count outwards, so that none is lost to underflow of the first.
    pub(super) fn table(&self) -> Table {
        let (mean, size) = (self.mean, self.size);
        if mean == 0.0 {
            return Table { low: 0, at_most: vec![1.0] };
        }
        let poisson = size.is_infinite() || mean / size < 1e-14;
        // P(k + 1) / P(k).
        let ratio = |k: f64| if poisson { mean / (k + 1.0) } else { (size + k) / (k + 1.0) * (mean / (size + mean)) };
        let mode = if poisson { mean.floor() } else { (mean * (size - 1.0) / size).max(0.0).floor() } as u64;
        let peak = self.probability(mode);
        let (mut down, mut p, mut k) = (Vec::new(), peak, mode);
        while k > 0 && p > peak * NEGLIGIBLE {
            p /= ratio((k - 1) as f64);
            k -= 1;
            down.push(p);
        }
        let mut at_most = Vec::with_capacity(down.len() * 2 + 1);
        let mut sum = 0.0;
        for p in down.into_iter().rev().chain([peak]) {
            sum += p;
            at_most.push(sum);
        }
        let (mut p, mut above) = (peak, mode);
        while p > peak * NEGLIGIBLE && sum < 1.0 {
            p *= ratio(above as f64);
            above += 1;
            sum += p;
            at_most.push(sum);
        }
        // The sum misses 1 by rounding of ln Γ alone; put right, it makes quantiles of 1 finite.
        at_most.iter_mut().for_each(|f| *f = (*f / sum).min(1.0));
        Table { low: k, at_most }
    }
}

impl Table {
    pub(super) fn at_most(&self, count: u64) -> f64 {
        match count.checked_sub(self.low) {
            None => 0.0,
            Some(i) => self.at_most.get(i as usize).copied().unwrap_or(1.0),
        }
    }

    fn quantile(&self, probability: f64) -> u64 {
        let below = self.at_most.partition_point(|&f| f < probability);
        self.low + below.min(self.at_most.len() - 1) as u64
    }

    pub(super) fn interval(&self, nominal: f64) -> (u64, u64) {
        let tail = (1.0 - nominal) / 2.0;
        (self.quantile(tail), self.quantile(1.0 - tail))
    }

    pub(super) fn inside(&self, (low, high): (u64, u64)) -> f64 {
        self.at_most(high) - if low == 0 { 0.0 } else { self.at_most(low - 1) }
    }

    pub(super) fn crps(&self, came: u64) -> f64 {
        let high = self.low + self.at_most.len() as u64; // F is 1 from here on
        let beyond = came.saturating_sub(high) as f64 + self.low.saturating_sub(came) as f64;
        let term = |(k, f): (u64, &f64)| if k >= came { (1.0 - f) * (1.0 - f) } else { f * f };
        beyond + (self.low..).zip(&self.at_most).map(term).sum::<f64>()
    }
}

/// `ln Γ(a + k) − ln Γ(a)`: by the product for small `k`, where the difference of two large logarithms would lose digits.
fn rising(a: f64, k: f64) -> f64 {
    if k <= 64.0 { (0..k as u32).map(|i| (a + f64::from(i)).ln()).sum() } else { ln_gamma(a + k) - ln_gamma(a) }
}
