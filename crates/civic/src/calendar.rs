//! The working calendar: which days are worked, and what falls due when.
//!
//! A year's days off and make-up working days are data rows with the notice they come from. A year without
//! announcement falls back to the weekend rule, and every date that rests on it says that it is provisional.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::text::Text;

mod budget;
mod measure;
mod read;

pub use budget::{Budget, BudgetUnit};
pub use measure::{DueAt, Pause};
pub use read::CalendarFault;

/// Longest walk over dates, in days; a budget that needs more is not a deadline.
const LONGEST_WALK_DAYS: u32 = 40_000;

/// Which days are worked, in which zone, at which hours. An edit is a new calendar: what is derived from it moves.
#[derive(Clone, Debug)]
pub struct Calendar {
    days: BTreeMap<Date, Row>,
    covered: BTreeSet<i16>,
    zone: TimeZone,
    hours: Vec<(Time, Time)>,
}

/// One announced day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Worked (make-up day) or off.
    pub worked: bool,
    /// Holiday it belongs to.
    pub name: Text,
    /// Number of the notice.
    pub notice: String,
    /// Where the notice can be read.
    pub source: String,
    /// A local day of the city rather than a national one.
    pub local: bool,
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

impl Calendar {
    /// The weekend rule alone: no year is covered, every date is provisional.
    #[must_use]
    pub fn weekends_only(zone: TimeZone) -> Self {
        Self { days: BTreeMap::new(), covered: BTreeSet::new(), zone, hours: read::default_hours() }
    }

    /// Reads calendar files as `(name, text)`; a later file's day replaces an earlier one's (local days last).
    /// Zone is Asia/Shanghai and hours are 09:00–12:00, 13:30–17:30 until a file or the caller says otherwise.
    ///
    /// # Errors
    /// The first fault with its file, line and column.
    pub fn from_toml(files: &[(&str, &str)]) -> Result<Self, CalendarFault> {
        read::calendar(files)
    }

    /// The same calendar in another zone.
    #[must_use]
    pub fn with_zone(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// The zone that dates are counted in.
    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Office hours of a working day, in order.
    #[must_use]
    pub fn hours(&self) -> &[(Time, Time)] {
        &self.hours
    }

    /// Whether the year's calendar is announced.
    #[must_use]
    pub fn covers(&self, year: i16) -> bool {
        self.covered.contains(&year)
    }

    /// Announced years in order.
    pub fn covered_years(&self) -> impl Iterator<Item = i16> + '_ {
        self.covered.iter().copied()
    }

    /// The announced row of a date, if it is not an ordinary day.
    #[must_use]
    pub fn row(&self, date: Date) -> Option<&Row> {
        self.days.get(&date)
    }

    /// All announced rows by date, for the screen that shows a year.
    pub fn rows(&self) -> impl Iterator<Item = (Date, &Row)> + '_ {
        self.days.iter().map(|(d, r)| (*d, r))
    }

    /// Whether the date is worked: as announced, else Monday to Friday.
    #[must_use]
    pub fn is_working_day(&self, date: Date) -> bool {
        self.days.get(&date).map_or_else(|| !is_weekend(date), |row| row.worked)
    }

    /// The `n`-th working day after `from`; for 0, `from` itself or the next working day.
    #[must_use]
    pub fn add_working_days(&self, from: Date, n: u32) -> Due {
        let mut date = from;
        let mut left = n;
        if n == 0 {
            date = self.working_day_from(from);
        }
        for _ in 0..LONGEST_WALK_DAYS {
            if left == 0 {
                break;
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
            if self.is_working_day(date) {
                left -= 1;
            }
        }
        self.due_on(from, date)
    }

    /// The `n`-th working day before `from`; for 0, `from` itself or the working day before it.
    #[must_use]
    pub fn sub_working_days(&self, from: Date, n: u32) -> Date {
        let mut date = from;
        let mut left = if n == 0 { u32::from(!self.is_working_day(from)) } else { n };
        for _ in 0..LONGEST_WALK_DAYS {
            if left == 0 {
                break;
            }
            let Ok(before) = date.yesterday() else { break };
            date = before;
            if self.is_working_day(date) {
                left -= 1;
            }
        }
        date
    }

    /// `date` itself if it is worked, else the next working day.
    #[must_use]
    pub fn working_day_from(&self, date: Date) -> Date {
        let mut day = date;
        for _ in 0..LONGEST_WALK_DAYS {
            if self.is_working_day(day) {
                return day;
            }
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        day
    }

    /// How many working days lie after `from` up to and including `to`; 0 when `to` is not after `from`.
    #[must_use]
    pub fn working_days_between(&self, from: Date, to: Date) -> u32 {
        let mut count = 0;
        let mut date = from;
        while date < to {
            let Ok(next) = date.tomorrow() else { break };
            date = next;
            count += u32::from(self.is_working_day(date));
        }
        count
    }

    /// Says why a span that starts on `from` ends on `date`: holidays skipped, make-up days counted, years not announced.
    #[must_use]
    pub fn due_on(&self, from: Date, date: Date) -> Due {
        let mut zh: Vec<String> = Vec::new();
        let mut en: Vec<String> = Vec::new();
        let mut named: Vec<&str> = Vec::new();
        let Ok(first) = from.tomorrow() else {
            return Due { date, provisional: !self.covers(date.year()), explanation: Text::default() };
        };
        // Only announced rows can be special, so the walk is over them and not over every day.
        for (day, row) in if first <= date { Some(self.days.range(first..=date)) } else { None }.into_iter().flatten() {
            if row.worked && is_weekend(*day) {
                zh.push(format!("{:02}-{:02} 调休上班", day.month(), day.day()));
                en.push(format!("{:02}-{:02} is a make-up working day", day.month(), day.day()));
            } else if !row.worked && !is_weekend(*day) && !named.contains(&row.name.zh.as_str()) {
                named.push(&row.name.zh);
                zh.push(format!("{}假期顺延", row.name.zh));
                en.push(format!("{} is skipped", if row.name.en.is_empty() { &row.name.zh } else { &row.name.en }));
            }
        }
        let unannounced = (first.year().min(date.year())..=date.year()).find(|y| !self.covers(*y));
        if let Some(year) = unannounced {
            zh.push(format!("{year} 年放假安排未公布，暂按双休日推算"));
            en.push(format!("the calendar of {year} is not announced, weekends assumed"));
        }
        Due { date, provisional: unannounced.is_some(), explanation: Text::new(zh.join("；"), en.join("; ")) }
    }
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests;
