//! Tails of the normal distribution, fast and right far out.
//!
//! Kept as Mills' ratio `R(z) = Q(z)/φ(z)`, which changes slowly, at points 1/64 apart, and continued from the nearest
//! point by its Taylor series: `R′ = zR − 1`, `R⁽ⁿ⁺¹⁾ = zR⁽ⁿ⁾ + nR⁽ⁿ⁻¹⁾`.

use std::sync::LazyLock;

const PER_UNIT: f64 = 64.0;
/// Beyond this the tail is below the smallest positive number.
const FAR: f64 = 38.6;

static RATIOS: LazyLock<Vec<f64>> = LazyLock::new(|| (0..=(FAR * PER_UNIT) as u32 + 1).map(|k| ratio(f64::from(k) / PER_UNIT)).collect());

/// Mills' ratio from its definitions: the incomplete gamma function near 0, Laplace's continued fraction further out.
fn ratio(z: f64) -> f64 {
    if z < 2.5 {
        let tail = 0.5 * (1.0 - crate::special::gamma_distribution(0.5, z * z / 2.0));
        return tail / density(z);
    }
    1.0 / (1..=120).rev().fold(z, |below, k| z + f64::from(k) / below)
}

fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt()
}

/// Probability that a standard normal number is above `z`; relative error below 1e-12 for `z` ≤ 30. NaN stays NaN.
#[must_use]
pub fn normal_upper(z: f64) -> f64 {
    let far = z.abs();
    if far.is_nan() {
        return f64::NAN;
    }
    let tail = if far >= FAR { 0.0 } else { tail(&RATIOS, far) };
    if z >= 0.0 { tail } else { 1.0 - tail }
}

/// Probability that a standard normal number is further from 0 than `z`.
#[must_use]
pub fn normal_two_sided(z: f64) -> f64 {
    2.0 * normal_upper(z.abs())
}

fn tail(ratios: &[f64], z: f64) -> f64 {
    let nearest = (z * PER_UNIT).round();
    let (at, r0) = (nearest / PER_UNIT, ratios[nearest as usize]);
    let h = z - at;
    let r1 = at * r0 - 1.0;
    let r2 = at * r1 + r0;
    let r3 = at * r2 + 2.0 * r1;
    let r4 = at * r3 + 3.0 * r2;
    let r5 = at * r4 + 4.0 * r3;
    let series = r0 + h * (r1 + h / 2.0 * (r2 + h / 3.0 * (r3 + h / 4.0 * (r4 + h / 5.0 * r5))));
    density(z) * series
}
