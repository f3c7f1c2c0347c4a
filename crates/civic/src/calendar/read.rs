//! Reading calendar files.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::value::Datetime;

use super::{Calendar, Row};
use crate::text::Text;

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    year: Option<Spanned<i16>>,
    #[serde(default)]
    local: bool,
    #[serde(default)]
    notice: String,
    #[serde(default)]
    source: String,
    zone: Option<Spanned<String>>,
    hours: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    holiday: Vec<Holiday>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    name: Text,
    #[serde(default)]
    off: Vec<Spanned<Datetime>>,
    #[serde(default)]
    work: Vec<Spanned<Datetime>>,
}

pub(super) fn default_hours() -> Vec<(Time, Time)> {
    vec![(Time::constant(9, 0, 0, 0), Time::constant(12, 0, 0, 0)), (Time::constant(13, 30, 0, 0), Time::constant(17, 30, 0, 0))]
}

pub(super) fn calendar(files: &[(&str, &str)]) -> Result<Calendar, CalendarFault> {
    let mut calendar = Calendar {
        days: BTreeMap::new(),
        covered: BTreeSet::new(),
        zone: TimeZone::get("Asia/Shanghai").unwrap_or(TimeZone::UTC),
        hours: default_hours(),
    };
    for (name, text) in files {
        read_file(&mut calendar, name, text)?;
    }
    Ok(calendar)
}

fn read_file(calendar: &mut Calendar, name: &str, text: &str) -> Result<(), CalendarFault> {
    let fault = |offset: usize, code: &'static str, zh: String, en: String| {
        let (line, column) = line_column(text, offset);
        CalendarFault { file: name.to_owned(), line, column, code, message: Text::new(zh, en) }
    };
    let file: File = toml::from_str(text).map_err(|e| {
        let at = e.span().map_or(0, |s| s.start);
        fault(at, "calendar_syntax", format!("日历文件写法有误：{}", e.message()), format!("the file cannot be read: {}", e.message()))
    })?;
    if let Some(zone) = &file.zone {
        calendar.zone = TimeZone::get(zone.get_ref()).map_err(|_| {
            let word = zone.get_ref();
            fault(zone.span().start, "calendar_zone", format!("没有名为“{word}”的时区"), format!("no time zone is called `{word}`"))
        })?;
    }
    if let Some(hours) = &file.hours {
        calendar.hours = Vec::new();
        for span in hours {
            let (from, to) = read_hours(span.get_ref()).ok_or_else(|| {
                let word = span.get_ref();
                fault(
                    span.span().start,
                    "calendar_hours",
                    format!("“{word}”不是时间段，应写成 09:00-12:00"),
                    format!("`{word}` is not a span; write 09:00-12:00"),
                )
            })?;
            if calendar.hours.last().is_some_and(|(_, end)| *end > from) {
                let (zh, en) = ("时间段须按先后且不重叠", "spans must be in order and must not overlap");
                return Err(fault(span.span().start, "calendar_hours", zh.to_owned(), en.to_owned()));
            }
            calendar.hours.push((from, to));
        }
    }
    let year = file.year.as_ref().map(|y| *y.get_ref());
    if let (Some(year), false) = (year, file.local) {
        calendar.covered.insert(year);
    }
    let mut seen: BTreeMap<Date, bool> = BTreeMap::new();
    for holiday in &file.holiday {
        for (day, worked) in holiday.off.iter().map(|d| (d, false)).chain(holiday.work.iter().map(|d| (d, true))) {
            let at = day.span().start;
            let date = civil_date(day.get_ref()).ok_or_else(|| {
                fault(at, "calendar_date", "应写日期，如 2026-10-10".to_owned(), "expected a date such as 2026-10-10".to_owned())
            })?;
            // A year's notice speaks of that year alone; a day of another year is a slip of the pen.
            if year.is_some_and(|y| y != date.year()) {
                let zh = format!("{date} 不在本文件所写的年份内");
                return Err(fault(at, "calendar_year", zh, format!("{date} is not in the year of this file")));
            }
            if seen.insert(date, worked).is_some() {
                return Err(fault(at, "calendar_twice", format!("{date} 写了两次"), format!("{date} stands twice in this file")));
            }
            let (notice, source) = (file.notice.clone(), file.source.clone());
            calendar.days.insert(date, Row { worked, name: holiday.name.clone(), notice, source, local: file.local });
        }
    }
    Ok(())
}

fn read_hours(text: &str) -> Option<(Time, Time)> {
    let (from, to) = text.split_once('-')?;
    let read = |t: &str| -> Option<Time> {
        let (h, m) = t.trim().split_once(':')?;
        Time::new(h.parse().ok()?, m.parse().ok()?, 0, 0).ok()
    };
    let (from, to) = (read(from)?, read(to)?);
    (from < to).then_some((from, to))
}

fn civil_date(value: &Datetime) -> Option<Date> {
    let date = value.date.as_ref()?;
    if value.time.is_some() {
        return None;
    }
    Date::new(i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?).ok()
}

fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    (line, column)
}
