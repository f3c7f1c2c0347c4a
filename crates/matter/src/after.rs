//! After closing: how the reporter was called back, and whether the trouble fell.

use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};

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
