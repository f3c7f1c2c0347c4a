//! Hours and weeks on the city's clocks, and the past cut into weeks.

use std::collections::BTreeMap;

use gongzhi_civic::time::Timestamp;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::tz::TimeZone;

use super::{Call, DayKind, FEWEST_WEEKS, ForecastError, Past};

/// Hours of a week.
pub const HOURS: usize = 168;

/// Monday of the week that is number 0: every later date has positive numbers.
const MONDAY: Date = jiff::civil::date(1969, 12, 29);

/// Most weeks taken: a century.
const MOST_WEEKS: usize = 5_300;

/// Hours on the clocks of `zone` since Monday 29 December 1969, 0:00. The hour that a clock shows twice when summer time ends is
/// one hour with two hours' calls, the one it skips is empty.
#[must_use]
pub fn local_hour(at: Timestamp, zone: &TimeZone) -> i64 {
    let local = zone.to_datetime(at.to_jiff());
    i64::from((local.date() - MONDAY).get_days()) * 24 + i64::from(local.hour())
}

/// The week of an hour.
#[must_use]
pub const fn week_of(hour: i64) -> i64 {
    hour.div_euclid(HOURS as i64)
}

/// Monday of a week; `None` outside the calendar.
#[must_use]
pub fn week_start(week: i64) -> Option<Date> {
    let days = i32::try_from(week.checked_mul(7)?).ok()?;
    MONDAY.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// `2026-W48`; empty outside the calendar.
#[must_use]
pub fn iso_week(week: i64) -> String {
    week_start(week).map_or_else(String::new, |monday| {
        let iso = monday.iso_week_date();
        format!("{:04}-W{:02}", iso.year(), iso.week())
    })
}

/// The number of the week written `2026-W48`.
#[must_use]
pub fn week_from_iso(text: &str) -> Option<i64> {
    let (year, week) = text.split_once("-W")?;
    let monday = ISOWeekDate::new(year.parse().ok()?, week.parse().ok()?, Weekday::Monday).ok()?.date();
    Some(i64::from((monday - MONDAY).get_days()).div_euclid(7))
}

/// The past, checked and sorted into weeks numbered from 0.
pub(super) struct Weeks<'a> {
    /// By week, then cell, then hour of the week.
    calls: Vec<(u32, u32, u32)>,
    starts: Vec<usize>,
    totals: Vec<f64>,
    first: i64,
    days: &'a BTreeMap<i64, DayKind>,
    cells: usize,
}

impl<'a> Weeks<'a> {
    pub(super) fn new(past: &Past<'a>) -> Result<Self, ForecastError> {
        let count = usize::try_from(past.to_week.saturating_sub(past.from_week)).unwrap_or(0);
        let finite = past.cells.iter().position(|c| !(c.x_m.is_finite() && c.y_m.is_finite()));
        let broken = finite.or_else(|| past.calls.iter().position(|c| c.cell as usize >= past.cells.len()).map(|i| past.calls[i].cell as usize));
        if let Some(index) = broken {
            return Err(ForecastError::Cell(index));
        }
        if !(past.size_m > 0.0 && past.size_m.is_finite()) || count > MOST_WEEKS || past.cells.len() >= u32::MAX as usize {
            return Err(ForecastError::Cell(past.cells.len()));
        }
        let (from, to) = (past.from_week, past.to_week);
        let inside = |c: &&Call| (from..to).contains(&week_of(c.hour));
        let place = |c: &Call| ((week_of(c.hour) - from) as u32, c.cell, c.hour.rem_euclid(HOURS as i64) as u32);
        let mut calls: Vec<(u32, u32, u32)> = past.calls.iter().filter(inside).map(place).collect();
        calls.sort_unstable();
        if count < FEWEST_WEEKS || calls.is_empty() {
            return Err(ForecastError::TooLittle { weeks: count, n: calls.len() as u64 });
        }
        let starts: Vec<usize> = (0..=count).map(|w| calls.partition_point(|c| (c.0 as usize) < w)).collect();
        let totals = starts.windows(2).map(|w| (w[1] - w[0]) as f64).collect();
        Ok(Self { calls, starts, totals, first: from, days: past.days, cells: past.cells.len() })
    }

    pub(super) fn len(&self) -> usize {
        self.totals.len()
    }

    pub(super) fn n(&self) -> u64 {
        self.calls.len() as u64
    }

    pub(super) const fn cells(&self) -> usize {
        self.cells
    }

    /// Calls of each week.
    pub(super) fn totals(&self) -> &[f64] {
        &self.totals
    }

    /// Cell and hour of each call of a week, in order of cell and hour.
    pub(super) fn calls(&self, week: usize) -> impl Iterator<Item = (u32, u32)> + Clone + '_ {
        self.calls[self.starts[week]..self.starts[week + 1]].iter().map(|&(_, cell, hour)| (cell, hour))
    }

    /// What is special about a day of a week (0 is Monday); the week may lie ahead.
    pub(super) fn kind(&self, week: usize, day: usize) -> Option<DayKind> {
        self.days.get(&((self.first + week as i64) * 7 + day as i64)).copied()
    }
}
