//! Corrections of what calls belong together, and calls as joining needs them.

use serde_json::Value as Json;

use crate::error::document;
use crate::sql::{Row, Sql};
use crate::{Database, StoreError, Write};

/// What a person said about two calls.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrectionRow {
    /// Dense number, in order of time.
    pub id: i64,
    /// Row id of one call.
    pub left: i64,
    /// Row id of the other.
    pub right: i64,
    /// `same_incident`, `same_trouble`, `different`.
    pub relation: String,
    /// Why.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// When, epoch milliseconds.
    pub at: i64,
    /// What the two had in common: relation → feature → number.
    pub evidence: Json,
}

/// Keeps a correction. Its number must be fresh (see [`Write::take`] with `"repeat_correction"`).
///
/// # Errors
/// What the database says.
pub async fn insert(write: &mut Write, row: &CorrectionRow) -> Result<(), StoreError> {
    const INSERT: &str =
        "INSERT INTO repeat_correction (id, left_id, right_id, relation, reason, actor, at, evidence) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)";
    let values = [
        row.id.into(),
        row.left.into(),
        row.right.into(),
        (&row.relation).into(),
        (&row.reason).into(),
        (&row.actor).into(),
        row.at.into(),
        row.evidence.to_string().into(),
    ];
    write.execute(Sql::with(INSERT, values)).await?;
    Ok(())
}

/// Every correction, in order of time.
///
/// # Errors
/// What the database says.
pub async fn corrections(database: &Database) -> Result<Vec<CorrectionRow>, StoreError> {
    const SELECT: &str = "SELECT id, left_id, right_id, relation, reason, actor, at, evidence FROM repeat_correction ORDER BY id";
    let rows = database.all(Sql::new(SELECT)).await?;
    rows.iter()
        .map(|r| {
            Ok(CorrectionRow {
                id: r.int(0)?,
                left: r.int(1)?,
                right: r.int(2)?,
                relation: r.text(3)?,
                reason: r.text(4)?,
                actor: r.text(5)?,
                at: r.int(6)?,
                evidence: document("evidence", &r.text(7)?)?,
            })
        })
        .collect()
}

/// A call as joining needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRow {
    /// Row id.
    pub id: i64,
    /// Epoch milliseconds.
    pub at: i64,
    /// Class.
    pub class: String,
    /// Crossing key, else section key.
    pub place_key: Option<String>,
    /// Longitude.
    pub lon: Option<f64>,
    /// Latitude.
    pub lat: Option<f64>,
    /// Caller's digest.
    pub caller_hash: Option<String>,
    /// The words, as said.
    pub words: String,
    /// What else the source said, JSON text.
    pub attributes: String,
}

const CALL: &str = "SELECT id, at, class, COALESCE(crossing_key, section_key), lon, lat, caller_hash, words, attributes FROM signal";

fn read(r: &Row) -> Result<CallRow, StoreError> {
    Ok(CallRow {
        id: r.int(0)?,
        at: r.int(1)?,
        class: r.text(2)?,
        place_key: r.text_or_null(3)?,
        lon: r.real_or_null(4)?,
        lat: r.real_or_null(5)?,
        caller_hash: r.text_or_null(6)?,
        words: r.text(7)?,
        attributes: r.text(8)?,
    })
}

impl From<&crate::signals::SignalRow> for CallRow {
    fn from(r: &crate::signals::SignalRow) -> Self {
        Self {
            id: r.id,
            at: r.at,
            class: r.class.clone(),
            place_key: r.crossing_key.clone().or_else(|| r.section_key.clone()),
            lon: r.lon,
            lat: r.lat,
            caller_hash: r.caller_hash.clone(),
            words: r.words.clone(),
            attributes: r.attributes.to_string(),
        }
    }
}

/// Every valid call from an instant on, by time and number, handed over one by one.
///
/// # Errors
/// What the database or the sink says.
pub async fn each_call(database: &Database, from: i64, mut sink: impl FnMut(CallRow)) -> Result<(), StoreError> {
    let mut sql = Sql::new(CALL);
    sql.push(" WHERE kind = 'call' AND valid = 1 AND at >= ").bind(from).push(" ORDER BY at, id");
    database
        .each(sql, |row| {
            sink(read(&row)?);
            Ok(())
        })
        .await
}

/// Two calls by row id, or `None` if either is gone, is no call or does not count.
///
/// # Errors
/// What the database says.
pub async fn pair(database: &Database, left: i64, right: i64) -> Result<Option<(CallRow, CallRow)>, StoreError> {
    let mut sql = Sql::new(CALL);
    sql.push(" WHERE kind = 'call' AND valid = 1 AND id IN ").bind_list([left, right]);
    let rows = database.all(sql).await?;
    let mut calls = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    calls.sort_by_key(|c| c.id != left);
    let mut calls = calls.into_iter();
    Ok(calls.next().zip(calls.next()))
}

/// The words of the latest valid calls.
///
/// # Errors
/// What the database says.
pub async fn latest_words(database: &Database, limit: i64) -> Result<Vec<String>, StoreError> {
    let mut sql = Sql::new("SELECT words FROM signal WHERE kind = 'call' AND valid = 1 ORDER BY at DESC, id DESC LIMIT ");
    sql.bind(limit);
    let mut words = Vec::new();
    database
        .each(sql, |row| {
            words.push(row.text(0)?);
            Ok(())
        })
        .await?;
    Ok(words)
}
