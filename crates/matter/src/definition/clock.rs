//! Clocks and ladders as declared.

use std::collections::BTreeMap;

use gongzhi_civic::calendar::Budget;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

/// A clock.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Clock {
    /// Clock id.
    pub id: String,
    /// Label.
    pub label: Text,
    /// Budget, fixed or by a variable.
    pub budget: BudgetRule,
    /// When it starts to count.
    pub start: ClockStart,
    /// When the last day ends (days and working days).
    pub ends: ClockEnd,
    /// What happens when its stages are entered again.
    pub again: ClockAgain,
    /// Suspension reasons that pause it; others let it run.
    pub pause_on: Vec<String>,
    /// Who answers for it: `owner_unit`, `unit:<id>`, `role:<role>`.
    pub owner: String,
    /// Whether its due date is the one promised to the reporter.
    pub promise: bool,
    /// Where the value comes from (`unconfirmed; city to set` when no published rule says so).
    pub source: String,
    /// Rungs.
    pub ladder: Vec<Rung>,
}

/// A budget, fixed or looked up.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BudgetRule {
    /// Always the same.
    Fixed {
        /// Budget.
        budget: Budget,
    },
    /// By the value of a variable.
    Table {
        /// Variable of `[context]`.
        by: String,
        /// Value → budget.
        rows: BTreeMap<String, Budget>,
        /// For any other value.
        otherwise: Budget,
    },
}

/// When a clock starts to count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockStart {
    /// With the event.
    #[default]
    Event,
    /// With the next working day, if the event falls on a day off.
    NextOpen,
}

/// When the last day of a budget in days ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockEnd {
    /// At the end of the day (24:00).
    #[default]
    EndOfDay,
    /// At the time of day at which it started.
    SameTime,
}

/// What happens when a clock's stages are entered again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockAgain {
    /// A fresh budget; rungs may fire again.
    #[default]
    Restart,
    /// What was left goes on.
    Continue,
    /// What was left goes on for the same unit; another unit gets a fresh budget.
    ContinueForSameUnit,
}

/// A rung of a ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rung {
    /// As declared: `50%`, `due`, `+2wd`.
    pub at: String,
    /// What to do.
    pub deed: Deed,
    /// Addressee: `owner_unit`, `unit:<id>`, `role:<role>`.
    pub to: String,
}

/// What a rung does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Remind (提醒).
    Remind,
    /// Urge (催办): counted.
    Urge,
    /// Supervise (督办): counted and on the record.
    Supervise,
    /// Put on the public list of the late (挂牌、通报).
    List,
}

impl Deed {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Remind => "remind",
            Self::Urge => "urge",
            Self::Supervise => "supervise",
            Self::List => "list",
        }
    }

    /// Reads the stable word.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        [Self::Remind, Self::Urge, Self::Supervise, Self::List].into_iter().find(|d| d.as_str() == word)
    }
}
