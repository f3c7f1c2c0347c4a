//! Which signals: the one filter of list, heat, hot spots and figures.

use serde::{Deserialize, Serialize};

use crate::error::{AppError, invalid};
use crate::signal_index::{Entry, NONE, SignalIndex};

/// A filter as it stands in a URL. Lists are separated by commas, ranges by a hyphen (`7-9,17-19`; hours include the last).
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct SignalFilter {
    /// `call,crash`.
    pub kind: Option<String>,
    /// `accident,order,other`.
    pub class: Option<String>,
    /// Area keys.
    pub area: Option<String>,
    /// Hours of day.
    pub hours: Option<String>,
    /// Weekdays, 1 Monday to 7 Sunday.
    pub weekdays: Option<String>,
    /// `fatal,serious,slight,damage`.
    pub severity: Option<String>,
    /// Place keys.
    pub place: Option<String>,
    /// From this instant, epoch milliseconds.
    pub from: Option<i64>,
    /// Before this instant.
    pub to: Option<i64>,
    /// `1` only valid (default), `0` only invalid, `all`.
    pub valid: Option<String>,
    /// `1` only repeats.
    pub repeats: Option<String>,
}

/// A filter ready to be asked about entries of one index.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// From.
    pub from: i64,
    /// To, excluded.
    pub to: i64,
    kinds: Option<Vec<u32>>,
    classes: Option<Vec<u32>>,
    areas: Option<Vec<u32>>,
    severities: Option<Vec<u32>>,
    places: Option<Vec<u32>>,
    hours: u32,
    weekdays: u32,
    valid: Option<bool>,
    repeats: bool,
}

impl SignalFilter {
    /// Resolves words to the index's numbers. A word the index has never seen matches nothing.
    ///
    /// # Errors
    /// Ranges that are none, a period that ends before it begins.
    pub fn compile(&self, index: &SignalIndex) -> Result<Compiled, AppError> {
        let numbers = |list: &Option<String>, number: &dyn Fn(&str) -> Option<u32>| {
            list.as_deref()
                .filter(|l| !l.is_empty())
                .map(|l| l.split(',').map(|w| number(w.trim()).unwrap_or(NONE - 1)).collect::<Vec<_>>())
        };
        let (from, to) = (self.from.unwrap_or(i64::MIN), self.to.unwrap_or(i64::MAX));
        if from > to {
            return Err(invalid("period_reversed", "起始时间晚于结束时间。", "The period ends before it begins."));
        }
        Ok(Compiled {
            from,
            to,
            kinds: numbers(&self.kind, &|w| index.kinds.number(w)),
            classes: numbers(&self.class, &|w| index.classes.number(w)),
            areas: numbers(&self.area, &|w| index.areas.number(w)),
            severities: numbers(&self.severity, &|w| index.severities.number(w)),
            places: numbers(&self.place, &|w| index.places.number(w)),
            hours: ranges(self.hours.as_deref(), 0, 23)?,
            weekdays: ranges(self.weekdays.as_deref(), 1, 7)?,
            valid: match self.valid.as_deref() {
                Some("all") => None,
                Some("0") => Some(false),
                _ => Some(true),
            },
            repeats: self.repeats.as_deref() == Some("1"),
        })
    }
}

impl Compiled {
    /// Whether the entry passes, its time not asked.
    #[must_use]
    pub fn passes(&self, e: &Entry) -> bool {
        let among = |list: &Option<Vec<u32>>, value: u32| list.as_ref().is_none_or(|l| l.contains(&value));
        self.valid.is_none_or(|v| v == e.valid)
            && self.hours & (1 << e.hour) != 0
            && self.weekdays & (1 << e.weekday) != 0
            && among(&self.kinds, e.kind)
            && among(&self.classes, e.class)
            && among(&self.areas, e.area)
            && among(&self.severities, e.severity)
            && among(&self.places, e.place)
            && (!self.repeats || e.repeat_of != 0)
    }

    /// The entries of the period that pass, by time.
    pub fn select<'a>(&'a self, index: &'a SignalIndex) -> impl DoubleEndedIterator<Item = &'a Entry> {
        index.between(self.from, self.to).iter().filter(|e| self.passes(e))
    }

    /// The same filter at every hour of every weekday.
    #[must_use]
    pub fn at_any_hour(&self) -> Self {
        Self { hours: u32::MAX, weekdays: u32::MAX, ..self.clone() }
    }

    /// The same filter over another period.
    #[must_use]
    pub fn over(&self, from: i64, to: i64) -> Self {
        Self { from, to, ..self.clone() }
    }
}

/// `7-9,17` as a set of bits; nothing is everything. A range that wraps (`22-5`) goes over midnight.
fn ranges(text: Option<&str>, first: u32, last: u32) -> Result<u32, AppError> {
    let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(u32::MAX) };
    let wrong =
        || invalid("range_invalid", format!("“{text}”不是有效的范围，应如 7-9,17-19。"), format!("“{text}” is no range; write 7-9,17-19."));
    let number = |t: &str| t.trim().parse::<u32>().ok().filter(|n| (first..=last).contains(n)).ok_or_else(wrong);
    let mut bits = 0;
    for part in text.split(',') {
        let (from, to) = match part.split_once('-') {
            Some((a, b)) => (number(a)?, number(b)?),
            None => (number(part)?, number(part)?),
        };
        let mut n = from;
        loop {
            bits |= 1 << n;
            if n == to {
                break;
            }
            n = if n == last { first } else { n + 1 };
        }
    }
    Ok(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_read_lists_and_wrap_over_midnight() {
        assert_eq!(ranges(Some("7-9,17"), 0, 23).unwrap(), 1 << 7 | 1 << 8 | 1 << 9 | 1 << 17);
        assert_eq!(ranges(Some("22-1"), 0, 23).unwrap(), 1 << 22 | 1 << 23 | 1 | 1 << 1);
        assert_eq!(ranges(None, 0, 23).unwrap(), u32::MAX);
        assert!(ranges(Some("25"), 0, 23).is_err());
        assert!(ranges(Some("x"), 0, 23).is_err());
    }
}
