//! Did it fall? Two counts with exposures, compared by the exact conditional test.
//!
//! Given the total of both counts, the first is binomial, so the ratio of rates has an exact test and an exact interval
//! (Przyborowski & Wilenski 1940; the binomial interval of Clopper & Pearson 1934). No normal approximation: valid
//! for 0 and for 100,000. It assumes that events come independently: chain crashes or a flood of calls about
//! one event make it too sure, so join repeats first ([`crate::repeat`]).

use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

/// Probability that the interval misses the true ratio.
pub const ALPHA: f64 = 0.05;

/// Two periods (or places) compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Events now.
    pub n_now: u64,
    /// Exposure of `n_now`: days, years, vehicle-km; the same unit as `exposure_then`.
    pub exposure_now: f64,
    /// Events then.
    pub n_then: u64,
    /// Exposure of `n_then`.
    pub exposure_then: f64,
    /// Rate now over rate then; `None` where there was nothing then.
    pub ratio: Option<f64>,
    /// Lower end of the 95 % interval of the ratio.
    pub low: f64,
    /// Upper end; `None` where the data set no upper limit (nothing then).
    pub high: Option<f64>,
    /// Two-sided p-value: twice the smaller tail, at most 1. Below 0.05 exactly where the interval leaves out 1.
    pub p: f64,
    /// Whether `p < 0.05`. Says nothing about cause, nor about places chosen because they were bad (regression to the mean).
    pub significant: bool,
    /// One line for a person: `28 → 19，比 0.68，95% CI 0.36–1.26：不显著`.
    pub verdict: Text,
}

/// Why two counts cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum CompareError {
    /// An exposure that is not a positive number.
    #[error("exposure_invalid: {0} is not a positive number")]
    Exposure(f64),
    /// More events than a count can be exact for.
    #[error("count_too_large: {0}")]
    Count(u64),
}

impl CompareError {
    /// Stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Exposure(_) => "exposure_invalid",
            Self::Count(_) => "count_too_large",
        }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Exposure(e) => Text::new(format!("时长或暴露量 {e} 应为正数"), format!("The exposure {e} must be a positive number")),
            Self::Count(n) => Text::new(format!("次数 {n} 过大"), format!("The count {n} is too large")),
        }
    }
}

/// Largest count taken: a city's century.
pub const MAX_COUNT: u64 = 1_000_000_000;

/// Compares `n_now` events in `exposure_now` with `n_then` in `exposure_then`.
///
/// # Errors
/// [`CompareError`]: an exposure that is not positive, a count above [`MAX_COUNT`].
pub fn rates(n_now: u64, exposure_now: f64, n_then: u64, exposure_then: f64) -> Result<Comparison, CompareError> {
    for exposure in [exposure_now, exposure_then] {
        if !(exposure > 0.0 && exposure.is_finite()) {
            return Err(CompareError::Exposure(exposure));
        }
    }
    for count in [n_now, n_then] {
        if count > MAX_COUNT {
            return Err(CompareError::Count(count));
        }
    }
    let (x, y) = (n_now as f64, n_then as f64);
    let per_exposure = exposure_then / exposure_now;
    let odds = |share: f64| share / (1.0 - share) * per_exposure;
    let ratio = (n_then > 0).then(|| x / y * per_exposure);
    let low = if n_now == 0 { 0.0 } else { odds(crate::special::beta_quantile(ALPHA / 2.0, x, y + 1.0)) };
    // The upper end through the other share, which is the small one where the ratio is large.
    let high = (n_then > 0).then(|| per_exposure * per_exposure / odds(crate::special::beta_quantile(ALPHA / 2.0, y, x + 1.0)));
    let p = p_value(n_now, n_then, 1.0 / (1.0 + per_exposure));
    let significant = p < ALPHA;
    let mut comparison =
        Comparison { n_now, exposure_now, n_then, exposure_then, ratio, low, high, p, significant, verdict: Text::default() };
    comparison.verdict = verdict(&comparison);
    Ok(comparison)
}

/// Twice the smaller tail of the binomial with success probability `share`, given the total.
pub(crate) fn p_value(n_now: u64, n_then: u64, share: f64) -> f64 {
    use crate::special::beta_distribution;
    let (x, y) = (n_now as f64, n_then as f64);
    if n_now + n_then == 0 {
        return 1.0;
    }
    let at_least = if n_now == 0 { 1.0 } else { beta_distribution(share, x, y + 1.0) };
    let at_most = if n_then == 0 { 1.0 } else { beta_distribution(1.0 - share, y, x + 1.0) };
    (2.0 * at_least.min(at_most)).min(1.0)
}

fn verdict(c: &Comparison) -> Text {
    let counts = format!("{} → {}", c.n_then, c.n_now);
    if c.n_now + c.n_then == 0 {
        return Text::new(format!("{counts}：无从比较"), format!("{counts}: nothing to compare"));
    }
    let (zh, en) = match (c.significant, c.ratio.is_none_or(|r| r > 1.0)) {
        (false, _) => ("不显著", "not significant"),
        (true, true) => ("显著上升", "significant rise"),
        (true, false) => ("显著下降", "significant fall"),
    };
    // Counts over unlike exposures do not give the ratio by eye: say that it was corrected.
    let equal = c.exposure_now == c.exposure_then;
    let (zh_note, en_note) = if equal { ("", "") } else { ("（按同等时长折算）", " (at equal exposure)") };
    let ratio = c.ratio.map_or("∞".to_owned(), number);
    let (low, high) = (number(c.low), c.high.map_or("∞".to_owned(), number));
    Text::new(
        format!("{counts}，比 {ratio}{zh_note}，95% CI {low}–{high}：{zh}"),
        format!("{counts}, ratio {ratio}{en_note}, 95 % CI {low}–{high}: {en}"),
    )
}

/// Two decimals, more where they would read 1.00 and the number is not 1, fewer where they mean nothing.
pub(crate) fn number(value: f64) -> String {
    if value >= 100.0 {
        return format!("{value:.0}");
    }
    (2..=6)
        .map(|digits| format!("{value:.digits$}"))
        .find(|text| value == 1.0 || text.parse() != Ok(1.0_f64))
        .unwrap_or_else(|| format!("{value:.2}"))
}
