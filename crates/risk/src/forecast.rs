//! Looking ahead (风险预想): how many calls to expect in each cell and hour of a coming week, and how sure that is.
//!
//! `expected(cell, hour) = level of the week × share of the hour × share of the cell`:
//!
//! * the **level** follows the last weeks (discounted), with a damped trend and the shape of the same weeks a year before
//!   where the past shows that either helps (`forecast/level.rs`);
//! * **hours** have the week's profile, 168 shares, each shrunk towards its kind of day; announced days off and make-up
//!   working days have their own factor (`forecast/profile.rs`);
//! * **cells** have their discounted count, shrunk towards what their neighbours show (`forecast/share.rs`).
//!
//! The intervals are those of negative binomial counts. How far reality strays is measured, not assumed: the last weeks are
//! forecast again, each from the weeks before it alone, and four variances are solved from the errors — shared by the
//! whole week, by an hour over all cells, by a cell over all hours, and left to the single cell and hour. So any sum
//! ([`Forecast::of`]) has its own spread; quantiles are never added up.
//!
//! Nothing here knows causes: it says what a week like the past would bring. A forecast is made from the weeks given and
//! nothing else; whoever keeps it should keep it unchanged and look back on it with [`Review`].

mod dispersion;
mod level;
mod profile;
mod review;
mod share;
mod week;

pub use dispersion::Dispersion;
pub use level::LevelChoice;
pub use review::{Detail, Expectation, NOMINAL, Reference, ReferenceForecast, Review, reference};
pub use share::ShareChoice;
pub use week::{HOURS, iso_week, local_hour, week_from_iso, week_of, week_start};

use std::collections::BTreeMap;

use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use crate::score::CountForecast;
use week::Weeks;

/// Name and version of the model: a forecast made by another one is another forecast.
pub const MODEL: &str = "level-hour-cell/1";

/// Fewest whole weeks that a forecast is made from.
pub const FEWEST_WEEKS: usize = 8;

/// A cell of the city: any tiling will do, its number is its position in the list.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Metres east of any fixed point.
    pub x_m: f64,
    /// Metres north of it.
    pub y_m: f64,
}

/// A call, as far as forecasting needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Call {
    /// Hour on the city's clocks ([`local_hour`]).
    pub hour: i64,
    /// Position of its cell.
    pub cell: u32,
}

/// A day that is not what its weekday says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// Announced day off: hours as on Sundays, times a factor of its own.
    Off,
    /// Make-up working day: hours as on an average weekday, times a factor of its own.
    Worked,
}

/// What is known when the forecast is made.
#[derive(Clone, Copy, Debug)]
pub struct Past<'a> {
    /// All cells, those without any call too.
    pub cells: &'a [Cell],
    /// Distance between the centres of neighbouring cells, metres.
    pub size_m: f64,
    /// Calls in any order; those outside the weeks are left out.
    pub calls: &'a [Call],
    /// First week used ([`week_of`]); it must be whole.
    pub from_week: i64,
    /// Week after the last one used; the last must be whole.
    pub to_week: i64,
    /// Special days by number of the day (hour divided by 24), those of the coming week too.
    pub days: &'a BTreeMap<i64, DayKind>,
}

/// What to expect of one week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// [`MODEL`].
    pub model: String,
    /// The week forecast.
    pub week: i64,
    /// First week it was made from.
    pub from_week: i64,
    /// Week after the last one it was made from.
    pub to_week: i64,
    /// Calls it was made from.
    pub n: u64,
    /// Calls expected in the whole week.
    pub expected: f64,
    /// Share of each hour, Monday 0:00 first; 168 numbers, sum 1.
    pub hours: Vec<f64>,
    /// Share of each cell; sum 1.
    pub shares: Vec<f64>,
    /// How uncertain each cell's share is: relative variance left after the past has been seen.
    pub unsure: Vec<f64>,
    /// How far reality strays from such a forecast.
    pub dispersion: Dispersion,
    /// What the past chose for the level.
    pub level: LevelChoice,
    /// What the past chose for the cells.
    pub share: ShareChoice,
}

/// Why there is no forecast.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum ForecastError {
    /// Too few whole weeks, or no call in them.
    #[error("too_little_past: {weeks} weeks, {n} calls")]
    TooLittle {
        /// Whole weeks given.
        weeks: usize,
        /// Calls in them.
        n: u64,
    },
    /// The week to forecast is not the next one nor one of the three after it.
    #[error("week_not_ahead: week {week} after week {to_week}")]
    Week {
        /// Week asked for.
        week: i64,
        /// Week after the last one known.
        to_week: i64,
    },
    /// A cell that is none, a centre or a size that is not a number, or more weeks than a century.
    #[error("cells_invalid: cell {0}")]
    Cell(usize),
}

impl ForecastError {
    /// Stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLittle { .. } => "too_little_past",
            Self::Week { .. } => "week_not_ahead",
            Self::Cell(_) => "cells_invalid",
        }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::TooLittle { weeks, n } => Text::new(
                format!("历史数据不足：{weeks} 个整周、{n} 起警情，至少需要 {FEWEST_WEEKS} 个整周"),
                format!("Too little past: {weeks} whole weeks with {n} calls; at least {FEWEST_WEEKS} weeks are needed"),
            ),
            Self::Week { .. } => {
                Text::new("只能预测数据之后四周以内的一周", "Only one of the four weeks after the data can be forecast")
            }
            Self::Cell(index) => {
                Text::new(format!("第 {} 个网格无效", index + 1), format!("Cell {} is not valid", index + 1))
            }
        }
    }
}

/// The method in one sentence each, to print beside every forecast.
#[must_use]
pub fn method_text() -> Text {
    Text::new(
        "预期警情＝周水平×小时占比×网格占比；由既往整周数据拟合，节假日单列；区间为负二项分布分位数，离散程度取自逐周回测误差；不含原因分析",
        "Expected calls = level of the week × share of the hour × share of the cell, fitted to past whole weeks, holidays apart; intervals are negative binomial quantiles whose spread is measured by forecasting past weeks again; no causes are known",
    )
}

/// Forecasts `week` from the past, which ends at least one day before it.
///
/// Cost: a few dozen passes over the calls and the cells. The result depends on the calls given, not on their order nor on threads.
///
/// # Errors
/// [`ForecastError`].
pub fn forecast(past: &Past<'_>, week: i64) -> Result<Forecast, ForecastError> {
    let lead = week.saturating_sub(past.to_week).saturating_add(1);
    if !(1..=4).contains(&lead) {
        return Err(ForecastError::Week { week, to_week: past.to_week });
    }
    let weeks = Weeks::new(past)?;
    let neighbours = share::Neighbours::new(past.cells, past.size_m);
    let known = weeks.len();
    let choice = choose(&weeks, &neighbours, lead as usize);
    let mut strayed = dispersion::Strayed::default();
    for target in known.saturating_sub(looked_back(known))..known {
        let mean = Mean::fit(&weeks, &neighbours, &choice, target, lead as usize);
        strayed.add(&mean, weeks.calls(target));
    }
    let mean = Mean::fit(&weeks, &neighbours, &choice, known + lead as usize - 1, lead as usize);
    Ok(Forecast {
        model: MODEL.to_owned(),
        week,
        from_week: past.from_week,
        to_week: past.to_week,
        n: weeks.n(),
        expected: mean.expected,
        hours: mean.hours,
        shares: mean.shares,
        unsure: mean.unsure,
        dispersion: strayed.solve(),
        level: choice.level,
        share: choice.share,
    })
}

/// How many past weeks are forecast again to measure the errors.
const fn looked_back(known: usize) -> usize {
    let half = known / 2;
    if half < 26 { half } else { 26 }
}

/// What the past chose.
struct Choice {
    level: LevelChoice,
    share: ShareChoice,
}

fn choose(weeks: &Weeks<'_>, neighbours: &share::Neighbours, lead: usize) -> Choice {
    let profile = profile::Profile::fit(weeks, weeks.len());
    let exposure: Vec<f64> = (0..weeks.len()).map(|w| profile.week(weeks, w).iter().sum()).collect();
    Choice { level: level::choose(weeks.totals(), &exposure, lead), share: share::choose(weeks, neighbours) }
}

/// The expectation of one week, made from the weeks before it.
struct Mean {
    expected: f64,
    hours: Vec<f64>,
    shares: Vec<f64>,
    unsure: Vec<f64>,
}

impl Mean {
    fn fit(weeks: &Weeks<'_>, neighbours: &share::Neighbours, choice: &Choice, target: usize, lead: usize) -> Self {
        let known = (target + 1).saturating_sub(lead).min(weeks.len());
        let profile = profile::Profile::fit(weeks, known);
        let exposure: Vec<f64> = (0..known).map(|w| profile.week(weeks, w).iter().sum()).collect();
        let mut hours = profile.week(weeks, target);
        let own: f64 = hours.iter().sum();
        hours.iter_mut().for_each(|h| *h /= own);
        let expected = choice.level.expected(&weeks.totals()[..known], &exposure, target, own);
        let (shares, unsure) = share::fit(weeks, neighbours, &choice.share, known);
        Self { expected, hours, shares, unsure }
    }
}

impl Forecast {
    /// The whole week in the whole city.
    #[must_use]
    pub fn city_week(&self) -> CountForecast {
        self.count(1.0, 1.0, 1.0, self.all().1)
    }

    /// One hour of the week (Monday 0:00 is 0) in the whole city; hours outside the week have none.
    #[must_use]
    pub fn city_hour(&self, hour: usize) -> CountForecast {
        let share = self.hours.get(hour).copied().unwrap_or(0.0);
        self.count(share, 1.0, share * share, self.all().1)
    }

    /// One cell in the whole week; unknown cells have none.
    #[must_use]
    pub fn cell_week(&self, cell: usize) -> CountForecast {
        let (share, own) = self.cell(cell);
        self.count(1.0, share, self.all().0, own)
    }

    /// One cell in one hour.
    #[must_use]
    pub fn cell_hour(&self, cell: usize, hour: usize) -> CountForecast {
        let ((share, own), of_hour) = (self.cell(cell), self.hours.get(hour).copied().unwrap_or(0.0));
        self.count(of_hour, share, of_hour * of_hour, own)
    }

    /// Some cells in some hours together: a district's night, the first ten cells' rush hours. Each is taken once per mention.
    #[must_use]
    pub fn of(&self, cells: &[usize], hours: &[usize]) -> CountForecast {
        let mut own = Squares::default();
        let mut share = 0.0;
        for &cell in cells {
            let (s, squares) = self.cell(cell);
            share += s;
            own.plain += squares.plain;
            own.unsure += squares.unsure;
        }
        let shares: Vec<f64> = hours.iter().map(|&h| self.hours.get(h).copied().unwrap_or(0.0)).collect();
        self.count(shares.iter().sum(), share, shares.iter().map(|h| h * h).sum(), own)
    }

    fn cell(&self, cell: usize) -> (f64, Squares) {
        let share = self.shares.get(cell).copied().unwrap_or(0.0);
        let unsure = self.unsure.get(cell).copied().unwrap_or(0.0);
        (share, Squares { plain: share * share, unsure: share * share * unsure })
    }

    /// Sum of squares over all hours; over all cells.
    fn all(&self) -> (f64, Squares) {
        (self.hours.iter().map(|h| h * h).sum(), Squares::of(&self.shares, &self.unsure))
    }

    fn count(&self, hours: f64, cells: f64, hours_squared: f64, cells_squared: Squares) -> CountForecast {
        let mean = self.expected * hours * cells;
        let surplus = self.dispersion.relative(hours * hours, hours_squared, cells * cells, &cells_squared);
        let variance = mean + self.expected * self.expected * surplus;
        // A forecast read from a broken file may hold anything; it then expects nothing.
        CountForecast::of_moments(mean, variance).unwrap_or_default()
    }
}

/// Sums of squared shares, as they are and times how unsure each is.
#[derive(Clone, Copy, Debug, Default)]
struct Squares {
    plain: f64,
    unsure: f64,
}

impl Squares {
    fn of(shares: &[f64], unsure: &[f64]) -> Self {
        Self {
            plain: shares.iter().map(|s| s * s).sum(),
            unsure: shares.iter().zip(unsure).map(|(s, u)| s * s * u).sum(),
        }
    }
}
