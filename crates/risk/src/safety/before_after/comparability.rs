//! Is the comparison group fit to show what the treated places would have done?
//!
//! Before the treatment both groups should rise and fall together. For each pair of years in turn the sample odds ratio
//! `o = (K·N)/(L·M)/(1 + 1/L + 1/M)` is taken, `K`, `L` the treated counts of the two years and `M`, `N` those of the comparison group;
//! the mean of `o` should be near 1, and its variance beyond chance, `s²(o) − mean(1/K + 1/L + 1/M + 1/N)`, enters the variance of
//! the trend (Hauer 1997, §9.3).

use crate::compare::number;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

/// How alike the two groups were before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparability {
    /// Odds ratio of each pair of years.
    pub odds: Vec<f64>,
    /// Their mean; should be near 1.
    pub mean: f64,
    /// Standard error of the mean; `None` for fewer than two pairs.
    pub standard_error: Option<f64>,
    /// Variance beyond chance, not below 0: [`super::ComparisonGroup::odds_variance`].
    pub odds_variance: f64,
    /// The mean is within two standard errors of 1; `None` where that cannot be said.
    pub comparable: Option<bool>,
    /// The same in words.
    pub text: Text,
}

/// Compares the yearly counts of the time before; years in which any of the four counts is 0 are passed over.
#[must_use]
pub fn comparability(treated: &[u64], comparison: &[u64]) -> Comparability {
    let years = treated.windows(2).zip(comparison.windows(2));
    let (odds, chance): (Vec<f64>, Vec<f64>) = years
        .filter(|(t, c)| t.iter().chain(*c).all(|n| *n > 0))
        .map(|(t, c)| {
            let [k, l, m, n] = [t[0], t[1], c[0], c[1]].map(|n| n as f64);
            ((k * n) / (l * m) / (1.0 + 1.0 / l + 1.0 / m), 1.0 / k + 1.0 / l + 1.0 / m + 1.0 / n)
        })
        .unzip();
    let pairs = odds.len() as f64;
    let mean = if odds.is_empty() { 1.0 } else { odds.iter().sum::<f64>() / pairs };
    if odds.len() < 2 {
        let text =
            Text::new("治理前年份太少，无法检验对照组是否可比", "Too few years before to tell whether the comparison group is alike");
        return Comparability { odds, mean, standard_error: None, odds_variance: 0.0, comparable: None, text };
    }
    let variance = odds.iter().map(|o| (o - mean) * (o - mean)).sum::<f64>() / (pairs - 1.0);
    let by_chance = chance.iter().sum::<f64>() / pairs;
    // Few years can agree better than chance lets them: the error is not taken smaller than that of the counts.
    let error = (variance.max(by_chance) / pairs).sqrt();
    let comparable = (mean - 1.0).abs() <= 2.0 * error;
    let (zh, en) = if comparable { ("可比", "alike") } else { ("不可比", "not alike") };
    let (m, e) = (number(mean), number(error));
    let text = Text::new(
        format!("治理前 {pairs} 组年份的优势比均值 {m}（标准误 {e}）：对照组{zh}"),
        format!("Mean odds ratio of {pairs} pairs of years before: {m} (standard error {e}): the comparison group is {en}"),
    );
    let odds_variance = (variance - by_chance).max(0.0);
    Comparability { odds, mean, standard_error: Some(error), odds_variance, comparable: Some(comparable), text }
}
