//! Budgets on the calendar: when they end, how much is used, and when a share of them is reached.

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use super::{Budget, BudgetUnit, Calendar, Due};
use crate::time::{HOUR_MS, MINUTE_MS, Timestamp};

/// Longest span that is walked day by day, in days.
const LONGEST_SPAN_DAYS: usize = 4_000;

/// A span that does not count, in time order; `to` must not be before `from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Since when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
}

/// The instant a budget ends, with its date and reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueAt {
    /// The instant.
    pub at: Timestamp,
    /// Its date and why.
    pub due: Due,
}

impl Calendar {
    /// When `budget` ends that starts at `start`, leaving out `pauses`.
    ///
    /// Minutes and hours run on the clock. Days and working days are date steps: a pause over `k` (working) days moves
    /// the date by exactly `k`; the last day ends at its last millisecond when `end_of_day`, else at the time of day of
    /// the start. Working hours run within office hours.
    #[must_use]
    pub fn due(&self, start: Timestamp, budget: Budget, pauses: &[Pause], end_of_day: bool) -> DueAt {
        let from = start.date(&self.zone);
        let at = match budget.unit {
            BudgetUnit::Minute => advance(start, i64::from(budget.amount) * MINUTE_MS, pauses),
            BudgetUnit::Hour => advance(start, i64::from(budget.amount) * HOUR_MS, pauses),
            BudgetUnit::Day => {
                let mut date = add_days(from, budget.amount);
                for pause in pauses {
                    let (p, q) = (pause.from.date(&self.zone), pause.to.date(&self.zone));
                    if p <= date && q > p {
                        date = add_days(date, u32::try_from((q - p).get_days()).unwrap_or(0));
                    }
                }
                self.on_date(start, date, end_of_day)
            }
            BudgetUnit::WorkingDay => {
                let mut amount = budget.amount;
                let mut date = self.add_working_days(from, amount).date;
                for pause in pauses {
                    let (p, q) = (pause.from.date(&self.zone), pause.to.date(&self.zone));
                    if p <= date {
                        amount = amount.saturating_add(self.working_days_between(p, q));
                        date = self.add_working_days(from, amount).date;
                    }
                }
                self.on_date(start, date, end_of_day)
            }
            BudgetUnit::WorkingHour => self.reach(BudgetUnit::WorkingHour, start, i64::from(budget.amount) * HOUR_MS, pauses),
        };
        let mut due = self.due_on(from, at.date(&self.zone));
        if matches!(budget.unit, BudgetUnit::Minute | BudgetUnit::Hour | BudgetUnit::Day) {
            // No working day was counted, so no holiday explains the date and no announcement can move it.
            due.provisional = false;
            due.explanation = crate::text::Text::default();
        }
        DueAt { at, due }
    }

    /// Milliseconds of `unit`'s kind of time between two instants, leaving out `pauses`: all time for minutes, hours and
    /// days; the whole of working days for working days; office hours for working hours.
    #[must_use]
    pub fn counted_ms(&self, unit: BudgetUnit, from: Timestamp, to: Timestamp, pauses: &[Pause]) -> i64 {
        self.open_spans(unit, from, to, pauses).iter().map(|(a, b)| b - a).sum()
    }

    /// The instant between `start` and `due` at which the share `p` (0 to 1) of the counted time is used.
    #[must_use]
    pub fn at_share(&self, unit: BudgetUnit, start: Timestamp, due: Timestamp, pauses: &[Pause], p: f64) -> Timestamp {
        if p >= 1.0 {
            return due;
        }
        let spans = self.open_spans(unit, start, due, pauses);
        let total: i64 = spans.iter().map(|(a, b)| b - a).sum();
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // milliseconds of a few years are exact in f64
        let mut left = (total as f64 * p.clamp(0.0, 1.0)).round() as i64;
        for (a, b) in spans {
            if left <= b - a {
                return Timestamp(a + left);
            }
            left -= b - a;
        }
        due
    }

    /// The first instant of a working day on or after `at`; `at` itself on a working day.
    #[must_use]
    pub fn next_open(&self, at: Timestamp) -> Timestamp {
        let date = at.date(&self.zone);
        let open = self.working_day_from(date);
        if open == date { at } else { self.instant(open, Time::midnight()) }
    }

    fn on_date(&self, start: Timestamp, date: Date, end_of_day: bool) -> Timestamp {
        if end_of_day {
            let next = date.tomorrow().unwrap_or(date);
            self.instant(next, Time::midnight()).plus_ms(-1)
        } else {
            self.instant(date, start.in_zone(&self.zone).time())
        }
    }

    fn instant(&self, date: Date, time: Time) -> Timestamp {
        date.to_datetime(time).to_zoned(self.zone.clone()).map_or(Timestamp(i64::MAX), |z| Timestamp::from_jiff(z.timestamp()))
    }

    fn reach(&self, unit: BudgetUnit, start: Timestamp, ms: i64, pauses: &[Pause]) -> Timestamp {
        let mut left = ms;
        let mut from = start;
        for _ in 0..LONGEST_SPAN_DAYS / 32 {
            let to = from.plus_ms(32 * 24 * HOUR_MS);
            for (a, b) in self.open_spans(unit, from, to, pauses) {
                if left <= b - a {
                    return Timestamp(a + left);
                }
                left -= b - a;
            }
            from = to;
        }
        from
    }

    fn open_spans(&self, unit: BudgetUnit, from: Timestamp, to: Timestamp, pauses: &[Pause]) -> Vec<(i64, i64)> {
        let mut spans = Vec::new();
        if to <= from {
            return spans;
        }
        match unit {
            BudgetUnit::Minute | BudgetUnit::Hour | BudgetUnit::Day => spans.push((from.0, to.0)),
            BudgetUnit::WorkingDay | BudgetUnit::WorkingHour => {
                let last = to.date(&self.zone);
                let mut date = from.date(&self.zone);
                for _ in 0..LONGEST_SPAN_DAYS {
                    if date > last {
                        break;
                    }
                    let Ok(next) = date.tomorrow() else { break };
                    if self.is_working_day(date) {
                        if unit == BudgetUnit::WorkingDay {
                            spans.push((self.instant(date, Time::midnight()).0, self.instant(next, Time::midnight()).0));
                        } else {
                            spans.extend(self.hours.iter().map(|(a, b)| (self.instant(date, *a).0, self.instant(date, *b).0)));
                        }
                    }
                    date = next;
                }
            }
        }
        let clipped = spans.into_iter().map(|(a, b)| (a.max(from.0), b.min(to.0))).filter(|(a, b)| a < b).collect();
        pauses.iter().fold(clipped, cut)
    }
}

/// Takes one pause out of ordered spans.
fn cut(spans: Vec<(i64, i64)>, pause: &Pause) -> Vec<(i64, i64)> {
    let (p, q) = (pause.from.0, pause.to.0);
    spans
        .into_iter()
        .flat_map(|(a, b)| [(a, b.min(p)), (a.max(q), b)])
        .filter(|(a, b)| a < b)
        // A span wholly before or after the pause appears once as itself; one wholly inside vanishes.
        .fold(Vec::new(), |mut out: Vec<(i64, i64)>, span| {
            if out.last() != Some(&span) {
                out.push(span);
            }
            out
        })
}

fn advance(start: Timestamp, ms: i64, pauses: &[Pause]) -> Timestamp {
    pauses.iter().fold(start.plus_ms(ms), |due, pause| {
        let from = pause.from.0.max(start.0);
        if from < due.0 { due.plus_ms((pause.to.0 - from).max(0)) } else { due }
    })
}

fn add_days(date: Date, days: u32) -> Date {
    date.checked_add(jiff::Span::new().days(i64::from(days))).unwrap_or(Date::MAX)
}
