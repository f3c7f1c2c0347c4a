//! Gamma–Poisson empirical Bayes: how far to believe one place's count.
//!
//! Rates of a class are taken as gamma distributed with mean `μ` and shape `φ`, counts as Poisson about them. Then the
//! best estimate of a place's long-run count is `w·E + (1 − w)·x` with `w = 1/(1 + E/φ)`, where `E` is what is expected
//! of an average place and `x` what was counted; its variance is `(1 − w)` times the estimate
//! (Hauer, Harwood, Council & Griffith, "Estimating Safety by the Empirical Bayes Method: A Tutorial", TRR 1784, 2002).

use serde::{Deserialize, Serialize};

/// An estimate between what was expected and what was counted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shrunk {
    /// Weight of the expectation, 0 to 1.
    pub weight: f64,
    /// The estimate.
    pub mean: f64,
    /// Its standard deviation.
    pub sd: f64,
}

/// Shrinks `observed` towards `expected`; `shape` is the gamma shape for this place, infinite where like places do not
/// differ (then nothing is left of the count), near 0 where they differ without limit (then nothing of the expectation).
#[must_use]
pub fn shrink(observed: f64, expected: f64, shape: f64) -> Shrunk {
    let weight = if expected > 0.0 { 1.0 / (1.0 + expected / shape) } else { 0.0 };
    let mean = weight * expected + (1.0 - weight) * observed;
    Shrunk { weight, mean, sd: ((1.0 - weight) * mean).max(0.0).sqrt() }
}

/// Shape of the gamma distribution of rates by the method of moments, from `(count, size)` of each place and the
/// common `rate` per size: `E(x − s·μ)² = s·μ + s²·τ²`, summed over places and solved for the variance `τ²`; then
/// `φ = μ²/τ²`. Infinite where counts vary no more than Poisson counts do.
#[must_use]
pub fn shape_from_moments(places: &[(f64, f64)], rate: f64) -> f64 {
    let (mut surplus, mut squares) = (0.0, 0.0);
    for &(count, size) in places {
        let mean = size * rate;
        surplus += (count - mean) * (count - mean) - mean;
        squares += size * size;
    }
    if surplus > 0.0 && squares > 0.0 { rate * rate * squares / surplus } else { f64::INFINITY }
}
