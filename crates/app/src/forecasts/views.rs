//! What screens are told of a forecast.

use std::sync::Arc;

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::text::{Language, Text};
use gongzhi_risk::forecast::{Call, HOURS, iso_week, week_from_iso, week_start};
use gongzhi_risk::score::CountForecast;
use gongzhi_risk::significance::hexagon::{Hexagon, HexagonGrid};
use gongzhi_road::Network;
use gongzhi_store::forecasts::{self, ForecastRow, ScoreRow};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Calls, Kept, internal};
use crate::App;
use crate::access::require;
use crate::error::{AppError, invalid, not_found};
use crate::heat::milliseconds;

/// A week, as it stands in a URL.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ForecastQuery {
    /// `2026-W48`; the newest without.
    pub week: Option<String>,
}

/// A cell of a week, as it stands in a URL.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CellQuery {
    /// `2026-W48`; the newest without.
    pub week: Option<String>,
    /// Key of the cell.
    pub key: String,
}

/// Cells answered, the busiest first.
const MOST_CELLS: usize = 500;
/// Level of the intervals answered.
const NOMINAL: f64 = 0.9;
/// A cell is named after a crossing at most so far from its centre, metres.
const NAME_M: f64 = 600.0;

/// What is kept, and the calls that came in its week as far as they are known.
struct Looked {
    row: ForecastRow,
    kept: Kept,
    came: Option<Vec<Call>>,
    span: (i64, i64),
}

impl App {
    /// The forecast of a week; what came beside it once the week is over.
    ///
    /// # Errors
    /// No permission; a week that is none or has no forecast.
    pub async fn forecast_of(self: &Arc<Self>, actor: &Actor, query: &ForecastQuery, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::SignalRead)?;
        let started = std::time::Instant::now();
        let weeks: Vec<i64> = forecasts::weeks(&self.database).await?.into_iter().map(|w| w.0).collect();
        let scores = forecasts::scores(&self.database).await?;
        let looked = self.looked_at(query.week.as_deref(), &weeks).await?;
        let app = self.clone();
        tokio::task::spawn_blocking(move || {
            let mut answer = app.forecast_view(&looked, &scores, language)?;
            answer["weeks"] = json!(weeks.iter().map(|&w| iso_week(w)).collect::<Vec<_>>());
            answer["computed_ms"] = json!(milliseconds(started));
            Ok(answer)
        })
        .await
        .map_err(internal)?
    }

    /// The hours of one cell.
    ///
    /// # Errors
    /// As [`App::forecast_of`]; a cell that is none.
    pub async fn forecast_cell(self: &Arc<Self>, actor: &Actor, query: &CellQuery, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::SignalRead)?;
        let weeks: Vec<i64> = forecasts::weeks(&self.database).await?.into_iter().map(|w| w.0).collect();
        let looked = self.looked_at(query.week.as_deref(), &weeks).await?;
        let cell = looked.kept.cells.iter().position(|c| key(*c) == query.key).ok_or_else(|| not_found("这个网格", "cell"))?;
        let app = self.clone();
        tokio::task::spawn_blocking(move || {
            let grid = looked.kept.grid()?;
            let came = looked.came.as_ref().map(|calls| by_hour(calls.iter().filter(|c| c.cell as usize == cell)));
            let hour = |h: usize| expected(&looked.kept.forecast.cell_hour(cell, h), came.as_ref().map(|c| c[h]));
            let hours: Vec<Value> = (0..HOURS).map(hour).collect();
            let mut answer = app.cell_view(&looked, &grid, cell, language);
            answer["week"] = json!(iso_week(looked.row.week));
            answer["hours"] = json!(hours);
            answer["method"] = json!(gongzhi_risk::forecast::method_text().get(language));
            Ok(answer)
        })
        .await
        .map_err(internal)?
    }

    async fn looked_at(self: &Arc<Self>, week: Option<&str>, weeks: &[i64]) -> Result<Looked, AppError> {
        let none = || not_found("这一周的预想", "forecast of that week");
        let week = match week.filter(|w| !w.is_empty()) {
            None => *weeks.last().ok_or_else(none)?,
            Some(text) => {
                week_from_iso(text).ok_or_else(|| invalid("week_invalid", "周应写成 2026-W48。", "Write the week as 2026-W48."))?
            }
        };
        let row = forecasts::of_week(&self.database, week).await?.ok_or_else(none)?;
        let app = self.clone();
        tokio::task::spawn_blocking(move || {
            let kept = Kept::of(&row)?;
            let start = |week: i64| {
                let midnight = week_start(week).and_then(|monday| monday.to_zoned(app.zone.clone()).ok());
                midnight.map_or(0, |z| z.timestamp().as_millisecond())
            };
            let span = (start(week), start(week + 1));
            let over = span.1 <= app.clock.now().0;
            let came = if over { Some(Calls::of(&app.signals(), &app.zone).in_cells(&kept, week..week + 1)?) } else { None };
            Ok(Looked { row, kept, came, span })
        })
        .await
        .map_err(internal)?
    }

    fn forecast_view(&self, looked: &Looked, scores: &[ScoreRow], language: Language) -> Result<Value, AppError> {
        let Looked { row, kept, came, span } = looked;
        let (forecast, grid) = (&kept.forecast, kept.grid()?);
        let hours_came = came.as_ref().map(|calls| by_hour(calls.iter()));
        let hours: Vec<Value> = (0..HOURS).map(|h| expected(&forecast.city_hour(h), hours_came.as_ref().map(|c| c[h]))).collect();
        let mut order: Vec<usize> = (0..kept.cells.len()).collect();
        order.sort_by(|&a, &b| forecast.shares[b].total_cmp(&forecast.shares[a]).then(a.cmp(&b)));
        let cells: Vec<Value> = order
            .iter()
            .take(MOST_CELLS)
            .enumerate()
            .map(|(rank, &cell)| {
                let mut view = self.cell_view(looked, &grid, cell, language);
                view["rank"] = json!(rank + 1);
                view
            })
            .collect();
        let week = expected(&forecast.city_week(), None);
        let score = scores.iter().find(|s| s.week == row.week);
        let history: Vec<Value> = scores.iter().map(past_score).collect();
        let origin = grid.center(Hexagon { q: 0, r: 0 });
        let outline: Vec<[f64; 2]> =
            grid.corners(Hexagon { q: 0, r: 0 }).iter().map(|p| [p.lon - origin.lon, p.lat - origin.lat]).collect();
        let made = made_text(&row.made);
        Ok(json!({
            "week": iso_week(row.week), "from": span.0, "to": span.1, "period": [span.0, span.1], "published_at": row.published_at, "made": row.made,
            "made_text": made.get(language), "model": row.model, "n": forecast.n, "n_forecast": forecast.expected, "low": week["low"], "high": week["high"],
            "nominal": NOMINAL, "n_actual": came.as_ref().map(Vec::len), "learnt": [iso_week(forecast.from_week), iso_week(forecast.to_week - 1)],
            "hours": hours, "cells": cells, "n_cells": kept.cells.len(), "size_m": kept.size_m, "outline": outline, "score": score.map(|s| &s.body),
            "history": history, "method": gongzhi_risk::forecast::method_text().get(language), "synthetic": kept.synthetic,
            "source": source_text(forecast.n).get(language),
        }))
    }

    fn cell_view(&self, looked: &Looked, grid: &HexagonGrid, cell: usize, language: Language) -> Value {
        let (q, r) = looked.kept.cells[cell];
        let point = grid.center(Hexagon { q, r });
        let name = self.network().and_then(|network| crossing_name(&network, point));
        let came = looked.came.as_ref().map(|calls| calls.iter().filter(|c| c.cell as usize == cell).count() as u64);
        let mut view = expected(&looked.kept.forecast.cell_week(cell), came);
        view["key"] = json!(key((q, r)));
        view["name"] = json!(name.map_or_else(String::new, |n| near_text(&n).get(language).to_owned()));
        view["lon"] = json!(point.lon);
        view["lat"] = json!(point.lat);
        view
    }
}

fn key((q, r): (i32, i32)) -> String {
    format!("h:{q}:{r}")
}

fn crossing_name(network: &Network, point: gongzhi_civic::place::Point) -> Option<String> {
    let (id, _) = network.crossing_near(point, NAME_M)?;
    network.crossing(id).map(|c| c.name).filter(|n| !n.is_empty())
}

fn near_text(crossing: &str) -> Text {
    Text::new(format!("{crossing}附近"), format!("Near {crossing}"))
}

fn source_text(n: u64) -> Text {
    Text::new(format!("有效且有位置的警情 {n} 起"), format!("{n} valid calls with a place"))
}

fn made_text(made: &str) -> Text {
    match made {
        "ahead" => Text::new("周前发布", "published before the week began"),
        "late" => Text::new("补发：本周开始后才生成，只用了周前的数据", "late: made after the week had begun, from earlier weeks only"),
        _ => Text::new("回算：事后生成，只用了该周之前的数据", "made afterwards, from the weeks before it only"),
    }
}

/// Mean, interval, and what came.
fn expected(forecast: &CountForecast, came: Option<u64>) -> Value {
    let (low, high) = forecast.interval(NOMINAL);
    let mut view = json!({ "mean": forecast.mean(), "low": low, "high": high });
    if let Some(came) = came {
        view["actual"] = json!(came);
    }
    view
}

fn by_hour<'a>(calls: impl Iterator<Item = &'a Call>) -> [u64; HOURS] {
    let mut hours = [0; HOURS];
    calls.for_each(|c| hours[c.hour.rem_euclid(HOURS as i64) as usize] += 1);
    hours
}

fn past_score(score: &ScoreRow) -> Value {
    let of = |list: &str, key: &str, value: f64, wanted: &str| {
        let found = score.body[list].as_array().into_iter().flatten().find(|i| i[key].as_f64() == Some(value));
        found.map_or(Value::Null, |i| i[wanted].clone())
    };
    json!({
        "week": iso_week(score.week), "crps": score.body["crps"], "crps_reference": score.body["crps_reference"], "n": score.body["n"],
        "coverage90": of("coverage", "nominal", 0.9, "actual"), "pai1": of("pai", "share", 0.01, "pai"),
    })
}
