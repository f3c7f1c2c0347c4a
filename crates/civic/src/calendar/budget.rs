//! Amounts of time as people write them: `30m`, `24h`, `15d`, `3wd`, `16wh`.

use serde::{Deserialize, Serialize};

/// An amount of time that somebody has: `30m`, `24h`, `15d`, `3wd` (working days), `16wh` (working hours).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Budget {
    /// How many, up to [`Budget::LARGEST`].
    pub amount: u32,
    /// Of what.
    pub unit: BudgetUnit,
}

/// Units of budgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetUnit {
    /// Minutes on the clock.
    Minute,
    /// Hours on the clock.
    Hour,
    /// Calendar days.
    Day,
    /// Working days, as date steps.
    WorkingDay,
    /// Hours within working hours.
    WorkingHour,
}

impl Budget {
    /// The largest amount that is read: about two centuries of minutes are no deadline.
    pub const LARGEST: u32 = 100_000;

    /// How a person says it: `3 个工作日`, `3 working days`.
    #[must_use]
    pub fn label(&self) -> crate::text::Text {
        let (zh, en) = match self.unit {
            BudgetUnit::Minute => ("分钟", "minute"),
            BudgetUnit::Hour => ("小时", "hour"),
            BudgetUnit::Day => ("天", "day"),
            BudgetUnit::WorkingDay => ("个工作日", "working day"),
            BudgetUnit::WorkingHour => ("个工作小时", "working hour"),
        };
        let plural = if self.amount == 1 { "" } else { "s" };
        crate::text::Text::new(format!("{} {zh}", self.amount), format!("{} {en}{plural}", self.amount))
    }

    /// Whether `self` is at most `limit`; amounts of different units cannot be compared and are not.
    #[must_use]
    pub fn fits(&self, limit: &Self) -> bool {
        self.unit == limit.unit && self.amount <= limit.amount
    }
}

impl std::fmt::Display for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = match self.unit {
            BudgetUnit::Minute => "m",
            BudgetUnit::Hour => "h",
            BudgetUnit::Day => "d",
            BudgetUnit::WorkingDay => "wd",
            BudgetUnit::WorkingHour => "wh",
        };
        write!(f, "{}{unit}", self.amount)
    }
}

impl std::str::FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let amount: u32 = text[..digits].parse().map_err(|_| format!("`{text}`: expected a number, then m, h, d, wd or wh"))?;
        if amount > Self::LARGEST {
            return Err(format!("`{text}`: larger than {}", Self::LARGEST));
        }
        let unit = match &text[digits..] {
            "m" => BudgetUnit::Minute,
            "h" => BudgetUnit::Hour,
            "d" => BudgetUnit::Day,
            "wd" => BudgetUnit::WorkingDay,
            "wh" => BudgetUnit::WorkingHour,
            other => return Err(format!("`{text}`: unknown unit `{other}`; use m, h, d, wd or wh")),
        };
        Ok(Self { amount, unit })
    }
}

impl Serialize for Budget {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Budget {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
