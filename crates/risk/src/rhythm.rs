//! When: counts by hour and weekday, and by month, on the city's clocks.

use gongzhi_civic::time::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Counts `[hour 0–23][weekday 0–6]`, Monday first, on the clocks of `zone`.
#[must_use]
pub fn hours_by_weekday(times: impl IntoIterator<Item = Timestamp>, zone: &TimeZone) -> [[u32; 7]; 24] {
    let mut matrix = [[0_u32; 7]; 24];
    for at in times {
        let local = zone.to_datetime(at.to_jiff());
        let (hour, weekday) = (usize::from(local.hour().unsigned_abs()), local.weekday().to_monday_zero_offset());
        matrix[hour][usize::from(weekday.unsigned_abs())] += 1;
    }
    matrix
}

/// The count of one calendar month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthCount {
    /// `2022-11`.
    pub month: String,
    /// Events in it.
    pub n: u32,
}

/// Counts by calendar month of `zone`, oldest first, from the first month with an event to the last, empty ones included.
#[must_use]
pub fn by_month(times: impl IntoIterator<Item = Timestamp>, zone: &TimeZone) -> Vec<MonthCount> {
    let mut counts = std::collections::BTreeMap::<i32, u32>::new();
    for at in times {
        let local = zone.to_datetime(at.to_jiff());
        *counts.entry(i32::from(local.year()) * 12 + i32::from(local.month()) - 1).or_default() += 1;
    }
    let (Some(first), Some(last)) = (counts.keys().next().copied(), counts.keys().next_back().copied()) else {
        return Vec::new();
    };
    // One broken date must not make a list of ten thousand years.
    let whole = last - first <= MAX_MONTHS;
    (first..=last)
        .filter(|month| whole || counts.contains_key(month))
        .map(|month| MonthCount {
            month: format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1),
            n: counts.get(&month).copied().unwrap_or(0),
        })
        .collect()
}

/// Empty months are listed for spans up to a century.
const MAX_MONTHS: i32 = 1_200;
