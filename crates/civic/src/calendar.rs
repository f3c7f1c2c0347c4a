//! The working calendar: which days are worked, and what falls due when.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::text::Text;
use crate::time::Timestamp;

/// An amount of time that somebody has: `30m`, `24h`, `15d`, `3wd` (working days), `16wh` (working hours).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Budget {
    /// How many.
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

/// A date that something falls due, and why that one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The date.
    pub date: Date,
    /// A year whose calendar is not announced yet was counted by the weekend rule; the date may move.
    pub provisional: bool,
    /// What was special on the way: `10-10 调休上班`, `国庆节假期顺延`; empty when only weekends were skipped.
    pub explanation: Text,
}

/// A calendar file's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("{file}:{line}:{column}: {code}: {}", message.en)]
pub struct CalendarFault {
    /// File.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: Text,
}

/// Which days are worked, in which zone, at which hours.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
}

impl Calendar {
    /// Reads calendar files as `(name, text)`; a later file's day replaces an earlier one's (local days last).
    /// Zone is Asia/Shanghai and hours 09:00–12:00, 13:30–17:30 until told otherwise.
    ///
    /// # Errors
    /// The first fault with its line.
    pub fn from_toml(files: &[(&str, &str)]) -> Result<Self, CalendarFault> {
        let _ = files;
        Ok(Self { zone: TimeZone::UTC })
    }

    /// The same calendar in another zone.
    #[must_use]
    pub fn with_zone(self, zone: TimeZone) -> Self {
        Self { zone }
    }

    /// The zone that dates are counted in.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether the date is worked.
    #[must_use]
    pub fn is_working_day(&self, date: Date) -> bool {
        let _ = date;
        false
    }

    /// Whether the year's calendar is announced.
    #[must_use]
    pub fn covers(&self, year: i16) -> bool {
        let _ = year;
        false
    }

    /// The `n`-th working day after `from`; for 0, `from` itself or the next working day.
    #[must_use]
    pub fn add_working_days(&self, from: Date, n: u32) -> Due {
        let _ = n;
        Due { date: from, provisional: false, explanation: Text::default() }
    }

    /// The instant at which a budget that starts at `start` ends; days end at 24:00 of the last day
    /// when `end_of_day`, else at the time of day of the start.
    #[must_use]
    pub fn due(&self, start: Timestamp, budget: Budget, end_of_day: bool) -> (Timestamp, Due) {
        let _ = (budget, end_of_day);
        (start, self.add_working_days(start.date(&self.zone), 0))
    }
}
