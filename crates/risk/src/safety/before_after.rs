//! Before and after: did it fall, and was it the measure.
//!
//! A place is treated because it was bad, and part of what was bad was chance: left alone, it would have fallen too (regression to
//! the mean). And everywhere else crashes may have risen or fallen as well (trend). So what was counted after, `λ`, is held against
//! what was to be expected without the measure, `π`: the empirical-Bayes estimate of the time before, carried to the time after by
//! the model, by the lengths of the two times and by a comparison group that was not treated
//! (Hauer, "Observational Before–After Studies in Road Safety", 1997, ch. 6, 9, 11).
//!
//! `θ = (λ/π)/(1 + Var(π)/π²)` estimates the ratio. Its interval here is not the normal one: `π` is taken as gamma distributed with
//! its mean and variance, which makes `λ` negative binomial, and the interval is that of its exact tails. For small counts it is
//! honest, and with nothing known but two counts it is near the exact conditional interval of [`crate::compare`].

mod comparability;

pub use comparability::{Comparability, comparability};

use super::bayes::{EstimateError, estimate, gamma_quantile};
use super::regression::Z95;
use crate::compare::{ALPHA, CompareError, Comparison, number, rates};
use crate::special::{beta_distribution, beta_quantile, gamma_distribution, gamma_upper};
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

/// One treated place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Treated {
    /// Events counted before.
    pub before: u64,
    /// Events counted after.
    pub after: u64,
    /// Events the model expects of such a place in the time before.
    pub expected_before: f64,
    /// The same in the time after, without the measure; the ratio of the two carries lengths of time and traffic.
    pub expected_after: f64,
    /// Overdispersion of the model at this place.
    pub k: f64,
}

/// Places like the treated ones that were not treated, counted over the same times.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonGroup {
    /// Their events before.
    pub before: u64,
    /// Their events after.
    pub after: u64,
    /// How many places.
    pub places: usize,
    /// Variance of the odds ratio between the groups from year to year, from [`comparability`]; 0 where not known.
    pub odds_variance: f64,
}

/// Lengths of the two times, in the same unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Durations {
    /// Of the time before.
    pub before: f64,
    /// Of the time after.
    pub after: f64,
}

/// A ratio with its uncertainty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Expected in the time after without the measure, `π`.
    pub expected: f64,
    /// Its variance.
    pub expected_variance: f64,
    /// Counted in the time after, `λ`.
    pub observed: u64,
    /// `θ`: counted over expected, corrected for the uncertainty of the expectation.
    pub ratio: f64,
    /// Its standard deviation (Hauer's formula).
    pub sd: f64,
    /// Lower end of the 95 % interval (exact tails).
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Two-sided p-value of “no effect”: twice the smaller tail.
    pub p: f64,
    /// `p < 0.05`.
    pub significant: bool,
}

impl Effect {
    /// From what was expected and what was counted.
    #[must_use]
    pub fn of(expected: f64, expected_variance: f64, observed: u64) -> Self {
        let relative = expected_variance / (expected * expected);
        let ratio = observed as f64 / expected / (1.0 + relative);
        let of_count = if observed == 0 { 0.0 } else { 1.0 / observed as f64 };
        let sd = ratio * (of_count + relative).sqrt() / (1.0 + relative);
        let tails = Tails { expected, shape: 1.0 / relative };
        let p = tails.p(observed);
        Self {
            expected,
            expected_variance,
            observed,
            ratio,
            sd,
            low: tails.low(observed),
            high: tails.high(observed),
            p,
            significant: p < ALPHA,
        }
    }

    /// Hauer's interval, `θ ± 1.96 σ`; for reading beside published studies.
    #[must_use]
    pub fn normal_interval(&self) -> (f64, f64) {
        (self.ratio - Z95 * self.sd, self.ratio + Z95 * self.sd)
    }

    /// Change in percent and its standard deviation: −26 is a fall of 26 %.
    #[must_use]
    pub fn percent(&self) -> (f64, f64) {
        ((self.ratio - 1.0) * 100.0, self.sd * 100.0)
    }
}

/// Tails of a negative binomial count whose mean is known as a gamma variable: `shape` from its relative variance.
struct Tails {
    expected: f64,
    shape: f64,
}

impl Tails {
    /// Above this the incomplete beta function says no more than Poisson's tails and loses digits.
    const POISSON: f64 = 1e7;

    fn low(&self, observed: u64) -> f64 {
        let count = observed as f64;
        if observed == 0 {
            return 0.0;
        }
        if self.shape > Self::POISSON {
            return gamma_quantile(ALPHA / 2.0, count) / self.expected;
        }
        let share = beta_quantile(ALPHA / 2.0, count, self.shape);
        share / (1.0 - share) * self.shape / self.expected
    }

    fn high(&self, observed: u64) -> f64 {
        let next = observed as f64 + 1.0;
        if self.shape > Self::POISSON {
            return gamma_quantile(1.0 - ALPHA / 2.0, next) / self.expected;
        }
        let rest = beta_quantile(ALPHA / 2.0, self.shape, next);
        (1.0 - rest) / rest * self.shape / self.expected
    }

    fn p(&self, observed: u64) -> f64 {
        let count = observed as f64;
        let (at_least, at_most) = if self.shape > Self::POISSON {
            let at_least = if observed == 0 { 1.0 } else { gamma_distribution(count, self.expected) };
            (at_least, gamma_upper(count + 1.0, self.expected))
        } else {
            let share = self.expected / (self.expected + self.shape);
            let at_least = if observed == 0 { 1.0 } else { beta_distribution(share, count, self.shape) };
            (at_least, beta_distribution(1.0 - share, self.shape, count + 1.0))
        };
        (2.0 * at_least.min(at_most)).min(1.0)
    }
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BeforeAfter {
    /// Treated places.
    pub places: usize,
    /// The two counts as they are, by the exact conditional test: what one would say without thinking.
    pub naive: Comparison,
    /// The counts corrected by the comparison group only (no regression to the mean).
    pub with_comparison: Option<Effect>,
    /// Empirical Bayes, with the comparison group where there is one: the answer.
    pub effect: Effect,
    /// Trend: the comparison group's ratio, after over before; 1 where there is no group.
    pub trend: f64,
    /// Its standard deviation.
    pub trend_sd: f64,
    /// Events by which the naive expectation was too high because bad places were chosen (too low, if negative).
    pub regression_to_mean: f64,
    /// Events by which the trend lowered the expectation.
    pub trend_events: f64,
    /// Events fewer than expected: what is left for the measure.
    pub prevented: f64,
    /// One line for a person.
    pub verdict: Text,
    /// How it was reckoned.
    pub method: Text,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum BeforeAfterError {
    /// No treated place.
    #[error("no_places")]
    NoPlaces,
    /// The comparison group has no event before or after.
    #[error("comparison_empty: {before} before, {after} after")]
    Comparison {
        /// Events before.
        before: u64,
        /// Events after.
        after: u64,
    },
    /// A variance that is negative or not a number.
    #[error("odds_variance_invalid: {0}")]
    OddsVariance(f64),
    /// Lengths of time or counts that cannot be compared.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// A place whose expectation makes no sense.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
}

impl BeforeAfterError {
    /// Stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoPlaces => "no_places",
            Self::Comparison { .. } => "comparison_empty",
            Self::OddsVariance(_) => "odds_variance_invalid",
            Self::Compare(e) => e.code(),
            Self::Estimate(e) => e.code(),
        }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NoPlaces => Text::new("没有治理地点", "There is no treated place"),
            Self::Comparison { before, after } => Text::new(
                format!("对照组治理前 {before} 起、治理后 {after} 起，无法反映趋势"),
                format!("The comparison group had {before} events before and {after} after: too few to show a trend"),
            ),
            Self::OddsVariance(v) => Text::new(format!("优势比方差 {v} 无效"), format!("The variance of the odds ratio {v} is not valid")),
            Self::Compare(e) => e.text(),
            Self::Estimate(e) => e.text(),
        }
    }
}

/// Evaluates a measure at one place or several.
///
/// # Errors
/// [`BeforeAfterError`].
pub fn evaluate(treated: &[Treated], comparison: Option<&ComparisonGroup>, durations: Durations) -> Result<BeforeAfter, BeforeAfterError> {
    if treated.is_empty() {
        return Err(BeforeAfterError::NoPlaces);
    }
    let before = treated.iter().fold(0, |sum: u64, t| sum.saturating_add(t.before));
    let after = treated.iter().fold(0, |sum: u64, t| sum.saturating_add(t.after));
    let naive = rates(after, durations.after, before, durations.before)?;
    let trend = match comparison {
        Some(group) => Trend::of(group, durations)?,
        None => Trend { ratio: 1.0, relative_variance: 0.0 },
    };

    let (mut carried, mut carried_variance, mut unshrunk) = (0.0, 0.0, 0.0);
    for t in treated {
        let estimate = estimate(t.before, t.expected_before, t.k)?;
        if !(t.expected_after > 0.0 && t.expected_after.is_finite()) {
            return Err(EstimateError::Expected(t.expected_after).into());
        }
        let (mean, variance) = estimate.projected(t.expected_after);
        carried += mean;
        carried_variance += variance;
        unshrunk += t.before as f64 * t.expected_after / t.expected_before;
    }
    let (expected, expected_variance) = trend.applied(carried, carried_variance);
    let effect = Effect::of(expected, expected_variance, after);
    // Without shrinking, the expectation is the Poisson count itself, whose variance is the count.
    let per_length = durations.after / durations.before;
    let plain = trend.applied(before as f64 * per_length, before as f64 * per_length * per_length);
    let with_comparison = (comparison.is_some() && before > 0).then(|| Effect::of(plain.0, plain.1, after));

    let mut answer = BeforeAfter {
        places: treated.len(),
        naive,
        with_comparison,
        effect,
        trend: trend.ratio,
        trend_sd: trend.ratio * trend.relative_variance.sqrt(),
        regression_to_mean: unshrunk - carried,
        trend_events: carried - expected,
        prevented: expected - after as f64,
        verdict: Text::default(),
        method: method(comparison, treated.len()),
    };
    answer.verdict = verdict(&answer, before);
    Ok(answer)
}

/// The comparison group's ratio, with the lengths of time taken out.
struct Trend {
    ratio: f64,
    relative_variance: f64,
}

impl Trend {
    /// `r = (N/M)/(1 + 1/M)`, `Var(r)/r² ≈ 1/M + 1/N + Var(ω)`.
    fn of(group: &ComparisonGroup, durations: Durations) -> Result<Self, BeforeAfterError> {
        let &ComparisonGroup { before, after, odds_variance, .. } = group;
        if before == 0 || after == 0 {
            return Err(BeforeAfterError::Comparison { before, after });
        }
        if !(odds_variance >= 0.0 && odds_variance.is_finite()) {
            return Err(BeforeAfterError::OddsVariance(odds_variance));
        }
        let (m, n) = (before as f64, after as f64);
        Ok(Self {
            ratio: n / m / (1.0 + 1.0 / m) * durations.before / durations.after,
            relative_variance: 1.0 / m + 1.0 / n + odds_variance,
        })
    }

    /// Mean and variance of the product of the ratio and an independent estimate.
    fn applied(&self, mean: f64, variance: f64) -> (f64, f64) {
        let square = self.ratio * self.ratio;
        (mean * self.ratio, square * (variance + (mean * mean) * self.relative_variance))
    }
}

fn method(comparison: Option<&ComparisonGroup>, places: usize) -> Text {
    let (zh, en) = match comparison {
        Some(group) => (
            format!("，对照组 {} 处（{} → {} 起）", group.places, group.before, group.after),
            format!(", comparison group of {} places ({} → {} events)", group.places, group.before, group.after),
        ),
        None => ("，无对照组".to_owned(), ", no comparison group".to_owned()),
    };
    Text::new(
        format!("经验贝叶斯前后对比（Hauer 1997），治理地点 {places} 处{zh}；区间取负二项精确尾概率"),
        format!("Empirical Bayes before–after (Hauer 1997), treated places: {places}{en}; interval from exact negative binomial tails"),
    )
}

fn verdict(answer: &BeforeAfter, before: u64) -> Text {
    let e = &answer.effect;
    let (zh, en) = match (e.significant, e.ratio > 1.0) {
        (false, _) => ("不显著", "not significant"),
        (true, true) => ("显著上升", "significant rise"),
        (true, false) => ("显著下降", "significant fall"),
    };
    let (expected, ratio, low, high) = (format!("{:.1}", e.expected), number(e.ratio), number(e.low), number(e.high));
    let (zh_naive, en_naive) = match answer.naive.ratio {
        Some(naive) => (format!("（简单前后比 {}）", number(naive)), format!(" (plain before–after ratio {})", number(naive))),
        None => (String::new(), String::new()),
    };
    Text::new(
        format!("{before} → {}；若不治理预计 {expected}，比 {ratio}，95% CI {low}–{high}：{zh}{zh_naive}", e.observed),
        format!("{before} → {}; expected without the measure {expected}, ratio {ratio}, 95 % CI {low}–{high}: {en}{en_naive}", e.observed),
    )
}
