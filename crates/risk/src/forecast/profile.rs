//! How a week's calls spread over its hours, and what special days do.

use super::week::{HOURS, Weeks};
use super::DayKind;
use crate::hotspot::{shape_from_moments, shrink};

/// A week this many weeks ago counts half.
const HALF_LIFE: f64 = 26.0;
/// A special day's factor is held at 1 by this many calls' worth of doubt.
const DOUBT: f64 = 25.0;
/// Days in a week, hours in a day.
const DAYS: usize = 7;
const DAY: usize = 24;

/// Expected share of an ordinary week's calls in each hour, and the factors of special days.
pub(super) struct Profile {
    hours: Vec<f64>,
    off: f64,
    worked: f64,
}

impl Profile {
    /// From the first `known` weeks.
    pub(super) fn fit(weeks: &Weeks<'_>, known: usize) -> Self {
        let mut counts = [[0.0; DAY]; DAYS];
        // Weeks' weight on each weekday, special days left out, at the level of their time.
        let mut exposure = [0.0; DAYS];
        let (mut plain, mut squared) = (0.0, 0.0);
        for week in 0..known {
            let weight = (-((known - 1 - week) as f64) / HALF_LIFE).exp2();
            let level = around(&weeks.totals()[..known], week);
            for (day, exposure) in exposure.iter_mut().enumerate() {
                if weeks.kind(week, day).is_none() {
                    *exposure += weight * level;
                }
            }
            for (_, hour) in weeks.calls(week) {
                let (day, hour) = (hour as usize / DAY, hour as usize % DAY);
                if weeks.kind(week, day).is_none() {
                    counts[day][hour] += weight;
                    plain += weight;
                    squared += weight * weight;
                }
            }
        }
        // Discounted counts vary as fewer plain ones would.
        let worth = if squared > 0.0 { plain / squared } else { 1.0 };
        counts.iter_mut().flatten().for_each(|n| *n *= worth);
        let mut hours = shrunk(&counts);
        for (day, hours) in hours.iter_mut().enumerate() {
            let size = exposure[day] * worth;
            hours.iter_mut().for_each(|h| *h = if size > 0.0 { *h / size } else { 0.0 });
        }
        // A weekday that was a day off in every week known is as the mean of the others.
        let mean: Vec<f64> = (0..DAY).map(|h| hours.iter().map(|d| d[h]).sum::<f64>() / DAYS as f64).collect();
        for (day, hours) in hours.iter_mut().enumerate() {
            if exposure[day] <= 0.0 {
                hours.copy_from_slice(&mean);
            }
        }
        let flat: Vec<f64> = hours.into_iter().flatten().collect();
        let sum: f64 = flat.iter().sum();
        let even = 1.0 / HOURS as f64;
        let hours = flat.into_iter().map(|h| if sum > 0.0 { h / sum } else { even }).collect();
        let mut profile = Self { hours, off: 1.0, worked: 1.0 };
        (profile.off, profile.worked) = profile.factors(weeks, known);
        profile
    }

    /// Expected share of an ordinary week in each hour of this week; the sum is the week's length in ordinary weeks.
    pub(super) fn week(&self, weeks: &Weeks<'_>, week: usize) -> Vec<f64> {
        (0..HOURS).map(|hour| self.hour(weeks.kind(week, hour / DAY), hour)).collect()
    }

    fn hour(&self, kind: Option<DayKind>, hour: usize) -> f64 {
        let of_day = hour % DAY;
        match kind {
            None => self.hours[hour],
            Some(DayKind::Off) => self.off * self.hours[(DAYS - 1) * DAY + of_day],
            Some(DayKind::Worked) => self.worked * (0..5).map(|day| self.hours[day * DAY + of_day]).sum::<f64>() / 5.0,
        }
    }

    /// What special days brought over what their hours alone would have.
    fn factors(&self, weeks: &Weeks<'_>, known: usize) -> (f64, f64) {
        let (mut came, mut expected) = ([0.0; 2], [0.0; 2]);
        let place = |kind: DayKind| usize::from(kind == DayKind::Worked);
        for week in 0..known {
            let level = around(&weeks.totals()[..known], week);
            for day in 0..DAYS {
                let Some(kind) = weeks.kind(week, day) else { continue };
                expected[place(kind)] += level * (0..DAY).map(|h| self.hour(Some(kind), day * DAY + h)).sum::<f64>();
            }
            for (_, hour) in weeks.calls(week) {
                if let Some(kind) = weeks.kind(week, hour as usize / DAY) {
                    came[place(kind)] += 1.0;
                }
            }
        }
        let factor = |i: usize| (came[i] + DOUBT) / (expected[i] + DOUBT);
        (factor(0), factor(1))
    }
}

/// Level about a week: the mean of it and two weeks before and after.
fn around(totals: &[f64], week: usize) -> f64 {
    let range = &totals[week.saturating_sub(2)..(week + 3).min(totals.len())];
    range.iter().sum::<f64>() / range.len() as f64
}

/// Each hour shrunk towards its day's total spread as its kind of day spreads; that curve is in turn shrunk towards itself made smooth.
fn shrunk(counts: &[[f64; DAY]; DAYS]) -> [[f64; DAY]; DAYS] {
    let mut result = *counts;
    for days in [0..5, 5..6, 6..7] {
        let group: Vec<f64> = (0..DAY).map(|h| counts[days.clone()].iter().map(|d| d[h]).sum()).collect();
        let smooth: Vec<f64> = (0..DAY).map(|h| (group[(h + DAY - 1) % DAY] + 2.0 * group[h] + group[(h + 1) % DAY]) / 4.0).collect();
        let curve = towards(&group, &smooth);
        let total: f64 = curve.iter().sum();
        if total <= 0.0 {
            continue;
        }
        let expected: Vec<f64> = days
            .clone()
            .flat_map(|day| {
                let own: f64 = counts[day].iter().sum();
                curve.iter().map(move |c| own * c / total)
            })
            .collect();
        let observed: Vec<f64> = counts[days.clone()].iter().flatten().copied().collect();
        let estimates = towards(&observed, &expected);
        for (day, estimates) in days.zip(estimates.chunks(DAY)) {
            result[day].copy_from_slice(estimates);
        }
    }
    result
}

/// Empirical Bayes with one shape for all.
fn towards(observed: &[f64], expected: &[f64]) -> Vec<f64> {
    let pairs: Vec<(f64, f64)> = observed.iter().copied().zip(expected.iter().copied()).collect();
    let shape = shape_from_moments(&pairs, 1.0);
    pairs.into_iter().map(|(o, e)| shrink(o, e, shape).mean).collect()
}
