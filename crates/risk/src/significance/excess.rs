//! Gi* for counts over unlike exposures: is there more in a unit's neighbourhood than its exposure explains?
//!
//! Given the total, the count of a neighbourhood with a share `s` of the exposure is binomial with share `s`, if events
//! fall in proportion to exposure and independently. So the test is exact for a street of 5 m and for one of 5 km, which
//! Gi* on rates is not. The neighbourhood includes the unit itself.

use super::{SignificanceError, Weights, check_expected};
use crate::special::beta_distribution;
use gongzhi_civic::text::Text;
use rayon::prelude::*;

/// Excess of every unit's neighbourhood.
#[derive(Clone, Debug, PartialEq)]
pub struct Excess {
    /// Events on the map.
    pub n: u64,
    /// Events in the neighbourhood.
    pub count: Vec<u64>,
    /// Events expected there: its share of the exposure times `n`.
    pub expected: Vec<f64>,
    /// `(count − expected)/√(n s (1 − s))`.
    pub z: Vec<f64>,
    /// Probability of `count` or more.
    pub upper: Vec<f64>,
    /// Probability of `count` or fewer.
    pub lower: Vec<f64>,
    /// Twice the smaller one, at most 1.
    pub two_sided: Vec<f64>,
    /// The method, to print with the map.
    pub method: Text,
}

/// Excess of every unit's neighbourhood over its exposure (length, vehicle-km, or an expected count; any unit), exact binomial.
/// Weights are read as binary.
///
/// # Errors
/// [`SignificanceError::Mismatch`], [`SignificanceError::Value`], [`SignificanceError::Expected`]; [`SignificanceError::Constant`] where
/// there is no exposure at all.
pub fn neighbourhood_excess(counts: &[u32], exposure: &[f64], weights: &Weights) -> Result<Excess, SignificanceError> {
    let (n, total) = check_expected(counts, exposure, weights.units())?;
    if total <= 0.0 {
        return Err(SignificanceError::Constant { units: counts.len() });
    }
    let of = |unit: usize| {
        let members = || weights.of(unit).iter().map(|&other| other as usize).chain([unit]);
        let count: u64 = members().map(|member| u64::from(counts[member])).sum();
        let share = (members().map(|member| exposure[member]).sum::<f64>() / total).min(1.0);
        let (upper, lower) = tails(count, n, share);
        let expected = share * n as f64;
        let variance = expected * (1.0 - share);
        let z = if variance > 0.0 { (count as f64 - expected) / variance.sqrt() } else { 0.0 };
        (count, expected, z, upper, lower)
    };
    let all: Vec<_> = (0..counts.len()).into_par_iter().with_min_len(1024).map(of).collect();
    let method = Text::new(
        format!("邻域（含本单元）起数与按暴露量分摊的期望比较，精确二项检验，n = {n} 起，{} 个单元；未作多重比较校正", counts.len()),
        format!(
            "Events of the neighbourhood, the unit included, against their share of the exposure, exact binomial test, n = {n} events, {} units; not corrected for many looks",
            counts.len()
        ),
    );
    Ok(Excess {
        n,
        count: all.iter().map(|row| row.0).collect(),
        expected: all.iter().map(|row| row.1).collect(),
        z: all.iter().map(|row| row.2).collect(),
        upper: all.iter().map(|row| row.3).collect(),
        lower: all.iter().map(|row| row.4).collect(),
        two_sided: all.iter().map(|row| (2.0 * row.3.min(row.4)).min(1.0)).collect(),
        method,
    })
}

/// Probabilities that a binomial number of `n` with this share is at least, and at most, `count`.
fn tails(count: u64, n: u64, share: f64) -> (f64, f64) {
    let (x, rest) = (count as f64, (n - count) as f64);
    let upper = if count == 0 { 1.0 } else { beta_distribution(share, x, rest + 1.0) };
    let lower = if count == n { 1.0 } else { beta_distribution(1.0 - share, rest, x + 1.0) };
    (upper, lower)
}
