//! Looking back on a forecast (问题回想), beside what anybody could have said without a model.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::week::{HOURS, Weeks};
use super::{Call, Forecast, ForecastError, Past, week_of};
use crate::score::{Calibration, CountForecast};

/// Nominal levels of the intervals looked back on.
pub const NOMINAL: [f64; 3] = [0.5, 0.8, 0.9];
/// Bins of the PIT histogram.
const BINS: usize = 10;
/// From this many weeks on, a reference takes its spread from them; with fewer it is Poisson.
const FOR_SPREAD: usize = 8;

/// What one number is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// The city's week: one number a week.
    CityWeek,
    /// The city's hours: 168 numbers a week.
    CityHour,
    /// The cells' weeks.
    CellWeek,
    /// Every cell in every hour.
    CellHour,
}

impl Detail {
    /// From coarse to fine.
    pub const ALL: [Self; 4] = [Self::CityWeek, Self::CityHour, Self::CellWeek, Self::CellHour];
}

/// What can be looked back on: a distribution for every number.
pub trait Expectation {
    /// How many cells.
    fn cells(&self) -> usize;
    /// The distribution; `cell` and `hour` are read where the detail has them.
    fn at(&self, detail: Detail, cell: usize, hour: usize) -> CountForecast;
}

impl Expectation for Forecast {
    fn cells(&self) -> usize {
        self.shares.len()
    }

    fn at(&self, detail: Detail, cell: usize, hour: usize) -> CountForecast {
        match detail {
            Detail::CityWeek => self.city_week(),
            Detail::CityHour => self.city_hour(hour),
            Detail::CellWeek => self.cell_week(cell),
            Detail::CellHour => self.cell_hour(cell, hour),
        }
    }
}

/// Forecasts held against what came, one week after the other.
#[derive(Clone, Debug)]
pub struct Review {
    details: Vec<(Detail, Calibration)>,
    /// Weeks looked back on.
    pub weeks: u32,
    /// Calls expected in them.
    pub expected: f64,
    /// Calls that came.
    pub came: u64,
}

impl Review {
    /// Nothing looked back on yet, at these levels of detail.
    #[must_use]
    pub fn new(details: &[Detail]) -> Self {
        let details = details.iter().map(|&d| (d, Calibration::new(&NOMINAL, BINS))).collect();
        Self { details, weeks: 0, expected: 0.0, came: 0 }
    }

    /// One week and its calls; calls of other weeks and unknown cells are left out.
    pub fn add(&mut self, expectation: &impl Expectation, week: i64, calls: &[Call]) {
        let cells = expectation.cells();
        let mut by_hour = [0_u64; HOURS];
        let mut by_cell = vec![0_u64; cells];
        let mut by_both = BTreeMap::<(usize, usize), u64>::new();
        for call in calls.iter().filter(|c| week_of(c.hour) == week && (c.cell as usize) < cells) {
            let (cell, hour) = (call.cell as usize, call.hour.rem_euclid(HOURS as i64) as usize);
            by_hour[hour] += 1;
            by_cell[cell] += 1;
            *by_both.entry((cell, hour)).or_default() += 1;
        }
        let n: u64 = by_hour.iter().sum();
        self.weeks += 1;
        self.came += n;
        self.expected += expectation.at(Detail::CityWeek, 0, 0).mean();
        for (detail, calibration) in &mut self.details {
            let mut add = |cell, hour, came| calibration.add(&expectation.at(*detail, cell, hour), came);
            match detail {
                Detail::CityWeek => add(0, 0, n),
                Detail::CityHour => (0..HOURS).for_each(|h| add(0, h, by_hour[h])),
                Detail::CellWeek => (0..cells).for_each(|c| add(c, 0, by_cell[c])),
                Detail::CellHour => (0..cells * HOURS).for_each(|i| {
                    let at = (i / HOURS, i % HOURS);
                    add(at.0, at.1, by_both.get(&at).copied().unwrap_or(0));
                }),
            }
        }
    }

    /// Scores at one level of detail; `None` if it was not asked for.
    #[must_use]
    pub fn of(&self, detail: Detail) -> Option<&Calibration> {
        self.details.iter().find(|d| d.0 == detail).map(|d| &d.1)
    }
}

/// What anybody could have said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// As the mean of the last four weeks; Poisson.
    LastFourWeeks,
    /// As the same week a year (52 weeks) before; Poisson.
    YearBefore,
    /// As all weeks known: their mean and their spread.
    Climatology,
}

impl Reference {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::LastFourWeeks, Self::YearBefore, Self::Climatology];
}

/// A reference for one week.
#[derive(Clone, Debug)]
pub struct ReferenceForecast {
    week: CountForecast,
    hours: Vec<CountForecast>,
    cells: Vec<CountForecast>,
    both: BTreeMap<(usize, usize), CountForecast>,
}

impl Expectation for ReferenceForecast {
    fn cells(&self) -> usize {
        self.cells.len()
    }

    fn at(&self, detail: Detail, cell: usize, hour: usize) -> CountForecast {
        let found = match detail {
            Detail::CityWeek => Some(&self.week),
            Detail::CityHour => self.hours.get(hour),
            Detail::CellWeek => self.cells.get(cell),
            Detail::CellHour => self.both.get(&(cell, hour)),
        };
        found.copied().unwrap_or_default()
    }
}

/// The reference for `week` from the same past; `None` where the past does not reach back so far.
///
/// # Errors
/// [`ForecastError`]: as [`super::forecast`].
pub fn reference(past: &Past<'_>, reference: Reference, week: i64) -> Result<Option<ReferenceForecast>, ForecastError> {
    let weeks = Weeks::new(past)?;
    let known = weeks.len();
    let used = match reference {
        Reference::LastFourWeeks => known - 4..known,
        Reference::Climatology => 0..known,
        Reference::YearBefore => match usize::try_from(week - 52 - past.from_week) {
            Ok(before) if before < known => before..before + 1,
            _ => return Ok(None),
        },
    };
    let count = used.len();
    let of = |(sum, squares): (f64, f64)| {
        let mean = sum / count as f64;
        let variance = if count < FOR_SPREAD { mean } else { (squares - sum * mean).max(0.0) / (count - 1) as f64 };
        CountForecast::of_moments(mean, variance).unwrap_or_default()
    };
    let (mut total, mut hours) = ((0.0, 0.0), vec![(0.0, 0.0); HOURS]);
    let mut cells = vec![(0.0, 0.0); weeks.cells()];
    let mut both = BTreeMap::<(usize, usize), (f64, f64)>::new();
    let add = |sums: &mut (f64, f64), n: f64| *sums = (sums.0 + n, sums.1 + n * n);
    for w in used {
        let mut by_hour = [0.0; HOURS];
        let mut by_cell = BTreeMap::<usize, f64>::new();
        let mut by_both = BTreeMap::<(usize, usize), f64>::new();
        for (cell, hour) in weeks.calls(w) {
            by_hour[hour as usize] += 1.0;
            *by_cell.entry(cell as usize).or_default() += 1.0;
            *by_both.entry((cell as usize, hour as usize)).or_default() += 1.0;
        }
        add(&mut total, weeks.totals()[w]);
        hours.iter_mut().zip(by_hour).for_each(|(sums, n)| add(sums, n));
        by_cell.into_iter().for_each(|(cell, n)| add(&mut cells[cell], n));
        by_both.into_iter().for_each(|(at, n)| add(both.entry(at).or_default(), n));
    }
    Ok(Some(ReferenceForecast {
        week: of(total),
        hours: hours.into_iter().map(of).collect(),
        cells: cells.into_iter().map(of).collect(),
        both: both.into_iter().map(|(at, sums)| (at, of(sums))).collect(),
    }))
}
