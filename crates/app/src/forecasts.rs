//! Looking ahead and back (风险预想 / 问题回想): the coming week's calls by cell and hour, said before it begins and kept as said;
//! afterwards what came, beside it.
//!
//! One forecast a week, made from whole weeks before the one it is made in, so always at least a day ahead. A week that began
//! without one (the program stood still, the history was imported later) is forecast all the same, from the weeks before it
//! alone, and says that it was made late or afterwards (回算). Only valid calls with a place count.

mod views;

use std::collections::BTreeMap;
use std::sync::Arc;

use gongzhi_civic::place::Point;
use gongzhi_risk::forecast::{
    self, Call, Cell, DayKind, Detail, FEWEST_WEEKS, Forecast, Past, Reference, Review, iso_week, local_hour, reference, week_of,
    week_start,
};
use gongzhi_risk::score::{Unit, flagged};
use gongzhi_risk::significance::hexagon::{Hexagon, HexagonGrid};
use gongzhi_store::forecasts::{self, ForecastRow, ScoreRow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::App;
use crate::error::AppError;
use crate::journal::{self, Signature};
use crate::signal_index::SignalIndex;

pub use views::{CellQuery, ForecastQuery};

/// Metres from a cell's centre to its corner.
const SIZE_M: f64 = 300.0;
/// Weeks before this one that are forecast afterwards where they have none: something to look back on from the first day.
const WEEKS_BACK: i64 = 12;
/// Shares of the cells at which the list is scored.
const SHARES: [f64; 3] = [0.01, 0.02, 0.05];
/// What is forecast.
const KIND: &str = "call";

/// A forecast as it is kept: what was said, and where its cells are.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    forecast: Forecast,
    /// Centre of the grid: it stays even if the city's box does not.
    center: Point,
    size_m: f64,
    /// Hexagons, in the order of the forecast's cells.
    cells: Vec<(i32, i32)>,
    synthetic: bool,
}

impl Kept {
    fn grid(&self) -> Result<HexagonGrid, AppError> {
        HexagonGrid::new(self.center, self.size_m).map_err(|e| AppError::Internal(e.to_string()))
    }

    fn of(row: &ForecastRow) -> Result<Self, AppError> {
        serde_json::from_value(row.body.clone()).map_err(|e| AppError::Internal(format!("forecast of week {}: {e}", row.week)))
    }
}

/// Calls that count, with the hour on the city's clocks and the place.
struct Calls {
    placed: Vec<(i64, Point)>,
    /// Hour of the last call of any sort: data reach at least to there.
    last: i64,
    synthetic: bool,
}

impl Calls {
    fn of(index: &SignalIndex, zone: &jiff::tz::TimeZone) -> Self {
        let kind = index.kinds.number(KIND);
        let counts = |e: &&crate::signal_index::Entry| e.valid && Some(e.kind) == kind && e.lon.is_finite() && e.lat.is_finite();
        let at = |ms: i64| local_hour(gongzhi_civic::time::Timestamp(ms), zone);
        let placed = index.entries().iter().filter(counts).map(|e| (at(e.at), Point::new(e.lon, e.lat))).collect();
        let last = index.entries().iter().rev().find(|e| Some(e.kind) == kind).map_or(i64::MIN, |e| at(e.at));
        Self { placed, last, synthetic: index.synthetic() }
    }

    /// In a forecast's cells, where they are in any.
    fn in_cells(&self, kept: &Kept, weeks: std::ops::Range<i64>) -> Result<Vec<Call>, AppError> {
        let grid = kept.grid()?;
        let numbers: BTreeMap<(i32, i32), u32> = kept.cells.iter().copied().zip(0..).collect();
        let of = |&(hour, point): &(i64, Point)| {
            let Hexagon { q, r } = grid.at(point)?;
            Some(Call { hour, cell: *numbers.get(&(q, r))? })
        };
        Ok(self.placed.iter().filter(|c| weeks.contains(&week_of(c.0))).filter_map(of).collect())
    }
}

/// When a forecast was made, seen from its week.
const fn made(now_week: i64, week: i64) -> &'static str {
    if now_week < week {
        "ahead"
    } else if now_week == week {
        "late"
    } else {
        "afterwards"
    }
}

impl App {
    /// Publishes the coming week's forecast and those that are missing, and scores weeks that are over. Twice is once.
    ///
    /// # Errors
    /// What the store says.
    pub async fn keep_forecasts(self: &Arc<Self>) -> Result<usize, AppError> {
        // Half an import is no history. What is computed below is computed from the index as it is now.
        if self.importing.try_lock().is_err() {
            return Ok(0);
        }
        let now = self.clock.now();
        let this_week = week_of(local_hour(now, &self.zone));
        let known: BTreeMap<i64, bool> = forecasts::weeks(&self.database).await?.into_iter().collect();
        // The coming week is what somebody waits for.
        let missing: Vec<i64> = (this_week - WEEKS_BACK..=this_week + 1).rev().filter(|w| !known.contains_key(w)).collect();
        let is_open = |(week, scored): &(i64, bool)| *week < this_week && !scored;
        if (missing.is_empty() && !known.into_iter().any(|w| is_open(&w))) || self.signals().entries().is_empty() {
            return Ok(0);
        }
        let app = self.clone();
        let calls = tokio::task::spawn_blocking(move || Calls::of(&app.signals(), &app.zone)).await.map_err(internal)?;
        let calls = Arc::new(calls);
        let mut done = 0;
        for week in missing {
            let (app, calls) = (self.clone(), calls.clone());
            let kept = tokio::task::spawn_blocking(move || app.forecast_week(&calls, week)).await.map_err(internal)??;
            let Some(kept) = kept else { continue };
            let made = made(this_week, week);
            let row = ForecastRow {
                week,
                published_at: now.0,
                made: made.to_owned(),
                model: kept.forecast.model.clone(),
                body: serde_json::to_value(&kept).map_err(internal)?,
            };
            let mut write = self.database.write().await?;
            if forecasts::publish(&mut write, &row).await? {
                let body = json!({ "week": iso_week(week), "made": made, "model": row.model, "expected": kept.forecast.expected.round(), "n": kept.forecast.n });
                journal::append(&mut write, "forecast", &Signature::program(), now, &[("forecast.published".into(), body)]).await?;
                done += 1;
            }
            write.commit().await?;
        }
        // Weeks forecast a moment ago are among them: a new city has something to look back on.
        for (week, _) in forecasts::weeks(&self.database).await?.into_iter().filter(is_open) {
            let Some(row) = forecasts::of_week(&self.database, week).await? else { continue };
            let (app, calls) = (self.clone(), calls.clone());
            let body = tokio::task::spawn_blocking(move || app.score_week(&calls, &row)).await.map_err(internal)??;
            let Some(body) = body else { continue };
            let mut write = self.database.write().await?;
            done += usize::from(forecasts::keep_score(&mut write, &ScoreRow { week, scored_at: now.0, body }).await?);
            write.commit().await?;
        }
        if done > 0 {
            self.tell("forecast", json!({ "week": iso_week(this_week + 1) }));
        }
        Ok(done)
    }

    /// The forecast of a week from the whole weeks that end at least a week before it begins; `None` where there are too few, or where
    /// the last of them has no call yet: a month's calls imported later would make it look like a quiet month.
    fn forecast_week(&self, calls: &Calls, week: i64) -> Result<Option<Kept>, AppError> {
        let to_week = week - 1;
        let Some(first) = calls.placed.iter().map(|c| c.0).min() else { return Ok(None) };
        let from_week = week_of(first) + 1;
        let last_known = calls.placed.iter().rev().any(|c| week_of(c.0) == to_week - 1);
        if to_week - from_week < FEWEST_WEEKS as i64 || !last_known {
            return Ok(None);
        }
        let center = self.bounds_of(None, &self.signals())?.center();
        let mut kept = Kept { forecast: empty(week), center, size_m: SIZE_M, cells: Vec::new(), synthetic: calls.synthetic };
        let grid = kept.grid()?;
        let before = calls.placed.iter().filter(|c| week_of(c.0) < to_week);
        let mut cells: Vec<(i32, i32)> = before.filter_map(|c| grid.at(c.1)).map(|h| (h.q, h.r)).collect();
        cells.sort_unstable();
        cells.dedup();
        kept.cells = cells;
        let centers: Vec<Cell> =
            kept.cells.iter().map(|&(q, r)| grid.center_m(Hexagon { q, r })).map(|(x_m, y_m)| Cell { x_m, y_m }).collect();
        let known = calls.in_cells(&kept, from_week..to_week)?;
        let days = self.special_days();
        let past = Past { cells: &centers, size_m: SIZE_M * 3.0_f64.sqrt(), calls: &known, from_week, to_week, days: &days };
        match forecast::forecast(&past, week) {
            Ok(forecast) => Ok(Some(Kept { forecast, ..kept })),
            Err(error) => {
                tracing::debug!(week = iso_week(week), code = error.code(), "no forecast");
                Ok(None)
            }
        }
    }

    /// What the week brought, held against what was said and against the mean of the last four weeks that were known then;
    /// `None` while calls of the week may still be missing.
    fn score_week(&self, calls: &Calls, row: &ForecastRow) -> Result<Option<Value>, AppError> {
        if week_of(calls.last) <= row.week {
            return Ok(None);
        }
        let kept = Kept::of(row)?;
        let (from_week, to_week) = (kept.forecast.from_week, kept.forecast.to_week);
        let came = calls.in_cells(&kept, row.week..row.week + 1)?;
        let known = calls.in_cells(&kept, from_week..to_week)?;
        let cells = vec![Cell { x_m: 0.0, y_m: 0.0 }; kept.cells.len()];
        let days = BTreeMap::new();
        let past = Past { cells: &cells, size_m: SIZE_M, calls: &known, from_week, to_week, days: &days };
        let details = [Detail::CityWeek, Detail::CityHour, Detail::CellWeek];
        let (mut ours, mut other) = (Review::new(&details), Review::new(&details));
        ours.add(&kept.forecast, row.week, &came);
        let Ok(Some(plain)) = reference(&past, Reference::LastFourWeeks, row.week) else { return Ok(None) };
        other.add(&plain, row.week, &came);
        let (Some(own), Some(their)) = (ours.of(Detail::CityHour), other.of(Detail::CityHour)) else { return Ok(None) };
        let coverage: Vec<Value> =
            own.coverage().iter().map(|c| json!({ "nominal": c.nominal, "stated": c.stated, "actual": c.actual })).collect();
        let mut units = vec![Unit { length: 1.0, hits: 0.0 }; kept.cells.len()];
        came.iter().for_each(|c| units[c.cell as usize].hits += 1.0);
        let pai: Vec<Value> = SHARES
            .iter()
            .filter_map(|&share| flagged(&units, &kept.forecast.shares, share).ok())
            .map(|f| json!({ "share": f.share, "pai": f.pai, "hit": f.hit_rate, "pei": f.pei }))
            .collect();
        let cell_weeks = ours.of(Detail::CellWeek).zip(other.of(Detail::CellWeek));
        Ok(Some(json!({
            "crps": own.crps(), "crps_reference": their.crps(), "skill": 1.0 - own.crps() / their.crps(), "reference": "last_four_weeks",
            "coverage": coverage, "pit": own.pit(), "pai": pai, "n": ours.came,
            "cells": cell_weeks.map(|(a, b)| json!({ "crps": a.crps(), "crps_reference": b.crps() })),
        })))
    }

    /// Announced days off and make-up days by number of the day.
    fn special_days(&self) -> BTreeMap<i64, DayKind> {
        let kind = |worked: bool| if worked { DayKind::Worked } else { DayKind::Off };
        let monday = week_start(0);
        let number = |date: jiff::civil::Date| monday.map_or(0, |first| i64::from((date - first).get_days()));
        self.calendar().rows().map(|(date, row)| (number(date), kind(row.worked))).collect()
    }
}

fn internal(error: impl std::fmt::Display) -> AppError {
    AppError::Internal(error.to_string())
}

/// A forecast that says nothing yet.
fn empty(week: i64) -> Forecast {
    Forecast { week, ..Forecast::default() }
}
