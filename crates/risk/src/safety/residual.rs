//! Where a model is wrong: cumulative residuals against a covariate (CURE plot).
//!
//! Places are put in the order of the covariate and `observed − fitted` is added up. A good model's sum wanders about 0; a long
//! climb or fall is a range of the covariate in which the model is too low or too high. Limits: with `s(i)` the sum of squared
//! residuals up to place `i`, `±2·√(s(i)·(1 − s(i)/s(n)))` (Hauer & Bamfo, "Two tools for finding what function links the
//! dependent variable to the explanatory variables", ICTCT 1997).

use serde::{Deserialize, Serialize};

/// A point of the plot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The covariate.
    pub x: f64,
    /// Residuals up to here, added up.
    pub cumulative: f64,
    /// Upper limit, two standard deviations; the lower is its negative.
    pub limit: f64,
}

/// The plot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cumulative {
    /// One point for each value of the covariate, ascending.
    pub points: Vec<Point>,
    /// Places.
    pub n: usize,
    /// Share of places outside the limits; a right model has about 5 %.
    pub outside: f64,
    /// Largest distance from 0.
    pub furthest: f64,
}

/// Cumulative residuals against a covariate; places without a number in any of the three are left out.
///
/// Equal values of the covariate make one point, so that the order in which they were passed does not matter.
#[must_use]
pub fn cumulative(covariate: &[f64], observed: &[u64], fitted: &[f64]) -> Cumulative {
    let mut places: Vec<(f64, f64)> = covariate
        .iter()
        .zip(observed)
        .zip(fitted)
        .filter(|((x, _), mu)| x.is_finite() && mu.is_finite())
        .map(|((x, n), mu)| (*x, *n as f64 - mu))
        .collect();
    places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let all: f64 = places.iter().map(|p| p.1 * p.1).sum();
    let (mut sum, mut squares) = (0.0, 0.0);
    let mut points: Vec<Point> = Vec::new();
    let (mut outside, mut since) = (0, 0);
    for (i, &(x, residual)) in places.iter().enumerate() {
        sum += residual;
        squares += residual * residual;
        since += 1;
        if places.get(i + 1).is_some_and(|next| next.0 == x) {
            continue;
        }
        let variance = if all > 0.0 { squares * (1.0 - squares / all) } else { 0.0 };
        let limit = 2.0 * variance.max(0.0).sqrt();
        // The last limit is 0: there the sum is 0 for a model with a constant, but for rounding.
        if sum.abs() > limit && i + 1 < places.len() {
            outside += since;
        }
        since = 0;
        points.push(Point { x, cumulative: sum, limit });
    }
    let furthest = points.iter().map(|p| p.cumulative.abs()).fold(0.0, f64::max);
    let n = places.len();
    Cumulative { points, n, outside: if n == 0 { 0.0 } else { f64::from(outside) / n as f64 }, furthest }
}
