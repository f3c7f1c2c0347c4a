//! Empirical Bayes: what to believe of one place, and how sure one may be.
//!
//! Long-run means of like places are gamma distributed about the model's expectation `μ` with variance `kμ²`; counts are Poisson
//! about them. Then a place's mean, given its count `x`, is gamma with shape `1/k + x` and rate `1/(kμ) + 1`: its expectation is
//! `w·μ + (1 − w)·x` with `w = 1/(1 + kμ)`, its variance `(1 − w)` times that (Hauer et al., TRR 1784, 2002). Probabilities are
//! exact for that distribution; the uncertainty of the model's own coefficients is not in them.

use crate::special::{gamma_distribution, gamma_upper};
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

/// What is believed of a place after its count is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Events counted.
    pub observed: u64,
    /// Events the model expects of such a place in the same time.
    pub expected: f64,
    /// Overdispersion of places about the expectation.
    pub k: f64,
    /// Weight of the expectation, 0 to 1.
    pub weight: f64,
    /// Estimate of the long-run count over the same time.
    pub mean: f64,
    /// Its variance.
    pub variance: f64,
    /// `mean − expected`: the potential for safety improvement (PSI).
    pub excess: f64,
    /// Probability that the long-run count is above the expectation.
    pub p_excess: f64,
}

/// Why there is no estimate.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum EstimateError {
    /// An expectation that is not a positive number.
    #[error("expected_invalid: {0}")]
    Expected(f64),
    /// An overdispersion that is negative or not a number.
    #[error("dispersion_invalid: {0}")]
    Dispersion(f64),
    /// Not one count for each year.
    #[error("years_mismatch: {counts} counts for {years} years")]
    Years {
        /// Counts.
        counts: usize,
        /// Expectations.
        years: usize,
    },
    /// A weight of severity that is negative or not a number.
    #[error("weight_invalid: {0}")]
    Weight(f64),
}

impl EstimateError {
    /// Stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Expected(_) => "expected_invalid",
            Self::Dispersion(_) => "dispersion_invalid",
            Self::Years { .. } => "years_mismatch",
            Self::Weight(_) => "weight_invalid",
        }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Expected(e) => Text::new(format!("期望次数 {e} 应为正数"), format!("The expected count {e} must be a positive number")),
            Self::Dispersion(k) => Text::new(format!("离散系数 {k} 无效"), format!("The overdispersion {k} is not valid")),
            Self::Years { counts, years } => {
                Text::new(format!("{counts} 个次数对应 {years} 年"), format!("{counts} counts for {years} years"))
            }
            Self::Weight(w) => Text::new(format!("严重程度权重 {w} 无效"), format!("The weight of severity {w} is not valid")),
        }
    }
}

/// The estimate for a place with `observed` events where `expected` were to be expected with overdispersion `k`.
///
/// # Errors
/// [`EstimateError`].
pub fn estimate(observed: u64, expected: f64, k: f64) -> Result<Estimate, EstimateError> {
    if !(expected > 0.0 && expected.is_finite()) {
        return Err(EstimateError::Expected(expected));
    }
    if !(k >= 0.0 && k.is_finite()) {
        return Err(EstimateError::Dispersion(k));
    }
    let shrunk = crate::hotspot::shrink(observed as f64, expected, 1.0 / k);
    let variance = (1.0 - shrunk.weight) * shrunk.mean;
    let mut estimate = Estimate {
        observed,
        expected,
        k,
        weight: shrunk.weight,
        mean: shrunk.mean,
        variance,
        excess: shrunk.mean - expected,
        p_excess: 0.0,
    };
    estimate.p_excess = estimate.p_above(1.0);
    Ok(estimate)
}

impl Estimate {
    /// Shape and rate of the gamma distribution; `None` where like places do not differ (`k = 0`).
    fn gamma(&self) -> Option<(f64, f64)> {
        (self.k > 0.0).then(|| (1.0 / self.k + self.observed as f64, 1.0 / (self.k * self.expected) + 1.0))
    }

    /// Probability that the long-run count is more than `times` the expectation.
    #[must_use]
    pub fn p_above(&self, times: f64) -> f64 {
        match self.gamma() {
            Some((shape, rate)) => gamma_upper(shape, (times * self.expected * rate).max(0.0)),
            None => f64::from(u8::from(times < 1.0)),
        }
    }

    /// Standard deviation of the estimate.
    #[must_use]
    pub fn sd(&self) -> f64 {
        self.variance.sqrt()
    }

    /// The central interval that holds the long-run count with 95 % probability.
    #[must_use]
    pub fn interval95(&self) -> (f64, f64) {
        let Some((shape, rate)) = self.gamma() else { return (self.mean, self.mean) };
        (gamma_quantile(0.025, shape) / rate, gamma_quantile(0.975, shape) / rate)
    }

    /// What is to be expected, with its variance, in a time for which the model expects `expected`: the next year, a half year.
    #[must_use]
    pub fn projected(&self, expected: f64) -> (f64, f64) {
        let times = expected / self.expected;
        (self.mean * times, self.variance * times * times)
    }
}

/// Estimates by year, from the counts and the expectations of all years together: `mean` and variance of each.
///
/// The place's departure from the model is taken to last; the years differ as the model says (Hauer's full procedure).
///
/// # Errors
/// [`EstimateError`].
pub fn by_year(observed: &[u64], expected: &[f64], k: f64) -> Result<(Estimate, Vec<(f64, f64)>), EstimateError> {
    if observed.len() != expected.len() {
        return Err(EstimateError::Years { counts: observed.len(), years: expected.len() });
    }
    if let Some(&wrong) = expected.iter().find(|e| !(**e > 0.0 && e.is_finite())) {
        return Err(EstimateError::Expected(wrong));
    }
    let all = estimate(observed.iter().fold(0, |sum: u64, n| sum.saturating_add(*n)), expected.iter().sum(), k)?;
    Ok((all, expected.iter().map(|&year| all.projected(year)).collect()))
}

/// Events of one severity at a place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Severity {
    /// Events counted.
    pub observed: u64,
    /// Expected of such a place.
    pub expected: f64,
    /// Overdispersion of this severity's counts.
    pub k: f64,
    /// What one event counts: 5, 3, 1 for death, serious, slight in Flanders; an equivalent number; a cost.
    pub weight: f64,
}

/// A severity-weighted estimate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weighted {
    /// Weighted count.
    pub observed: f64,
    /// Weighted expectation.
    pub expected: f64,
    /// Weighted estimate.
    pub mean: f64,
    /// Its variance.
    pub variance: f64,
    /// `mean − expected`.
    pub excess: f64,
    /// Probability of an excess, from the gamma distribution with this mean and variance: near, not exact.
    pub p_excess: f64,
}

/// The weighted sum of the estimates of each severity. Each is drawn to its own expectation, so one death at a place where
/// deaths are rare counts for little of itself; severities are taken as independent given the place.
///
/// # Errors
/// [`EstimateError`].
pub fn weighted(severities: &[Severity]) -> Result<Weighted, EstimateError> {
    let mut sum = Weighted { observed: 0.0, expected: 0.0, mean: 0.0, variance: 0.0, excess: 0.0, p_excess: 0.0 };
    for s in severities {
        if !(s.weight >= 0.0 && s.weight.is_finite()) {
            return Err(EstimateError::Weight(s.weight));
        }
        let one = estimate(s.observed, s.expected, s.k)?;
        sum.observed += s.weight * s.observed as f64;
        sum.expected += s.weight * s.expected;
        sum.mean += s.weight * one.mean;
        sum.variance += s.weight * s.weight * one.variance;
    }
    sum.excess = sum.mean - sum.expected;
    sum.p_excess =
        if sum.variance > 0.0 { gamma_upper(sum.mean * sum.mean / sum.variance, sum.expected * sum.mean / sum.variance) } else { 0.0 };
    Ok(sum)
}

/// The `x` with `P(shape, x) = probability`, by bisection down to neighbouring numbers.
pub(super) fn gamma_quantile(probability: f64, shape: f64) -> f64 {
    let (mut low, mut high) = (0.0, shape + 10.0);
    while gamma_distribution(shape, high) < probability {
        high *= 2.0;
    }
    for _ in 0..1_100 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if gamma_distribution(shape, middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}
