//! Published forecasts and what became of them. Both are written once.

use serde_json::Value as Json;

use crate::error::document;
use crate::sql::{Row, Sql};
use crate::{Database, StoreError, Write};

/// A forecast as it was said.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastRow {
    /// Number of the week.
    pub week: i64,
    /// Epoch milliseconds.
    pub published_at: i64,
    /// `ahead`, `late`, `afterwards`.
    pub made: String,
    /// Model and version.
    pub model: String,
    /// The forecast and its cells.
    pub body: Json,
}

/// How a week's forecast did.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreRow {
    /// Number of the week.
    pub week: i64,
    /// Epoch milliseconds.
    pub scored_at: i64,
    /// Scores.
    pub body: Json,
}

/// Publishes a forecast; false if the week has one, which stays as it is.
///
/// # Errors
/// What the database says.
pub async fn publish(write: &mut Write, row: &ForecastRow) -> Result<bool, StoreError> {
    const INSERT: &str =
        "INSERT INTO forecast (week, published_at, made, model, body) VALUES ($1,$2,$3,$4,$5) ON CONFLICT (week) DO NOTHING";
    let values = [row.week.into(), row.published_at.into(), (&row.made).into(), (&row.model).into(), row.body.to_string().into()];
    Ok(write.execute(Sql::with(INSERT, values)).await? == 1)
}

/// Keeps a score; false if the week has one, which stays as it is.
///
/// # Errors
/// What the database says.
pub async fn keep_score(write: &mut Write, row: &ScoreRow) -> Result<bool, StoreError> {
    const INSERT: &str = "INSERT INTO forecast_score (week, scored_at, body) VALUES ($1,$2,$3) ON CONFLICT (week) DO NOTHING";
    let values = [row.week.into(), row.scored_at.into(), row.body.to_string().into()];
    Ok(write.execute(Sql::with(INSERT, values)).await? == 1)
}

/// Weeks that have a forecast, and whether they have a score, in order.
///
/// # Errors
/// What the database says.
pub async fn weeks(database: &Database) -> Result<Vec<(i64, bool)>, StoreError> {
    const SELECT: &str = "SELECT f.week, CAST(CASE WHEN s.week IS NULL THEN 0 ELSE 1 END AS BIGINT) FROM forecast f LEFT JOIN forecast_score s ON s.week = f.week ORDER BY f.week";
    database.all(Sql::new(SELECT)).await?.iter().map(|r| Ok((r.int(0)?, r.int(1)? == 1))).collect()
}

/// The forecast of a week.
///
/// # Errors
/// What the database says.
pub async fn of_week(database: &Database, week: i64) -> Result<Option<ForecastRow>, StoreError> {
    const SELECT: &str = "SELECT week, published_at, made, model, body FROM forecast WHERE week = $1";
    let rows = database.all(Sql::with(SELECT, [week.into()])).await?;
    rows.first().map(read).transpose()
}

fn read(row: &Row) -> Result<ForecastRow, StoreError> {
    Ok(ForecastRow {
        week: row.int(0)?,
        published_at: row.int(1)?,
        made: row.text(2)?,
        model: row.text(3)?,
        body: document("forecast", &row.text(4)?)?,
    })
}

/// All scores, in order of their weeks.
///
/// # Errors
/// What the database says.
pub async fn scores(database: &Database) -> Result<Vec<ScoreRow>, StoreError> {
    const SELECT: &str = "SELECT week, scored_at, body FROM forecast_score ORDER BY week";
    let score = |row: &Row| Ok(ScoreRow { week: row.int(0)?, scored_at: row.int(1)?, body: document("score", &row.text(2)?)? });
    database.all(Sql::new(SELECT)).await?.iter().map(score).collect()
}
