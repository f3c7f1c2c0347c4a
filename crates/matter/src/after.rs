//! After closing: how the reporter was called back, and whether the trouble fell.

use gongzhi_civic::calendar::Calendar;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::command::RungClaim;
use crate::definition::{Base, Definition};

/// A call-back (回访) and its mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallBack {
    /// When.
    pub at: Timestamp,
    /// Mark given.
    pub score: i64,
    /// Whether it was low, so that the case opened again.
    pub low: bool,
}

/// What the event of a call-back carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallBackMark {
    /// Mark given.
    pub score: i64,
    /// Whether it was low.
    pub low: bool,
}

/// An effect check: counts at the place before and after closing, compared by the shell's statistics.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EffectCheck {
    /// Which check: `30d`, `60d` as declared.
    pub after: String,
    /// Closing it belongs to (0 = first); the engine sets it.
    pub run: u32,
    /// When it was made; the engine sets it.
    pub at: Timestamp,
    /// Signals in the period before.
    pub before: u64,
    /// Signals in the equally long period since closing.
    pub now: u64,
    /// `now` against `before`; absent where it cannot be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// Lower end of the ratio's interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end of the ratio's interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Probability of so great a difference by chance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// What it says.
    pub verdict: Verdict,
    /// How `ratio`, `low`, `high` and `p` were reckoned.
    #[serde(skip_serializing_if = "CheckMethod::is_exact")]
    pub method: CheckMethod,
    /// Signals to be expected since closing if nothing had been done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<f64>,
    /// `now` against `before` by the exact test of the two counts alone: what one would say without regarding chance and trend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub naive: Option<NaiveRatio>,
    /// What the expectation rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<EffectReference>,
    /// The result in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<Text>,
    /// How it was reckoned; why no better way was possible, where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<Text>,
}

/// How an effect check was reckoned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckMethod {
    /// Two counts over equal spans, exact conditional test. Checks recorded before methods were named are of this kind.
    #[default]
    Exact,
    /// Empirical Bayes with a comparison group: regression to the mean and trend are taken out.
    EmpiricalBayes,
}

impl CheckMethod {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    fn is_exact(&self) -> bool {
        *self == Self::Exact
    }
}

/// A ratio of two counts with its interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NaiveRatio {
    /// After over before; absent where there was nothing before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end; absent where the counts set none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Probability of so great a difference by chance.
    pub p: f64,
}

/// What the expectation of an effect check rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EffectReference {
    /// Places like this one that were not treated.
    pub places: u64,
    /// Their signals in the time before.
    pub before: u64,
    /// Their signals since closing.
    pub now: u64,
    /// Days of the time before; may be longer than the time since closing.
    pub days: f64,
    /// Signals at the place itself in that time.
    pub here: u64,
    /// The place's class was too small, and all places of its kind stand for it.
    pub pooled: bool,
}

/// What an effect check says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Fewer than before, beyond chance.
    Better,
    /// More than before, beyond chance.
    Worse,
    /// No difference that chance would not explain.
    #[default]
    Unclear,
}

/// An effect check of a closed case that has not been made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectCheckDue {
    /// Claim to insert uniquely before acting: `effect#<closing>@30d`.
    pub claim: RungClaim,
    /// Since when its period counts: the closing.
    pub closed_at: Timestamp,
    /// When it is due.
    pub at: Timestamp,
}

/// The clock name of effect checks in claims; no declared clock may have it.
pub const EFFECT_CLOCK: &str = "effect";

/// All effect checks of the present closing that have not been made, the earliest first.
#[must_use]
pub fn effect_checks_to_come(definition: &Definition, case: &Case, calendar: &Calendar) -> Vec<EffectCheckDue> {
    let (Some(rule), Some(closed_at)) = (&definition.effect_check, case.closed_at) else { return Vec::new() };
    let possible = definition.action(&rule.action).is_some_and(|a| a.from.contains(&case.stage));
    if !possible || definition.base(&case.stage) != Base::Done {
        return Vec::new();
    }
    let run = case.closings.saturating_sub(1);
    let mut found: Vec<EffectCheckDue> = rule
        .after
        .iter()
        .map(|budget| (budget, budget.to_string()))
        .filter(|(_, word)| !case.effect_checks.iter().any(|c| c.run == run && c.after == *word))
        .map(|(budget, word)| EffectCheckDue {
            claim: RungClaim { clock: EFFECT_CLOCK.to_owned(), run, rung: word },
            closed_at,
            at: calendar.due(closed_at, *budget, &[], false).at,
        })
        .collect();
    found.sort_by_key(|d| d.at);
    found
}

/// The effect checks that are due now. The worker wins the claim, counts, and gives the declared action with `rung` and
/// `check` as the system.
#[must_use]
pub fn effect_checks_due(definition: &Definition, case: &Case, now: Timestamp, calendar: &Calendar) -> Vec<EffectCheckDue> {
    effect_checks_to_come(definition, case, calendar).into_iter().filter(|d| d.at <= now).collect()
}
