//! Listed black spots, and the crashes that rules are applied to.

use serde_json::Value as Json;

use crate::error::document;
use crate::sql::{Row, Sql};
use crate::{Database, StoreError, Write};

/// A spot that somebody has listed.
#[derive(Clone, Debug, PartialEq)]
pub struct SpotRow {
    /// Id, for good.
    pub id: String,
    /// Rule it was listed by.
    pub rule: String,
    /// Version of the rule then.
    pub rule_version: String,
    /// `listed`, `treated`, `delisted`.
    pub state: String,
    /// Its name, for people.
    pub name: String,
    /// Stretch or junction.
    pub place: Json,
    /// The figures it was listed with.
    pub evidence: Json,
    /// Epoch milliseconds.
    pub listed_at: i64,
    /// Last change of state, epoch milliseconds.
    pub changed_at: i64,
}

const SELECT: &str = "SELECT id, rule, rule_version, state, name, place, evidence, listed_at, changed_at FROM black_spot";

fn read(row: &Row) -> Result<SpotRow, StoreError> {
    Ok(SpotRow {
        id: row.text(0)?,
        rule: row.text(1)?,
        rule_version: row.text(2)?,
        state: row.text(3)?,
        name: row.text(4)?,
        place: document("place", &row.text(5)?)?,
        evidence: document("evidence", &row.text(6)?)?,
        listed_at: row.int(7)?,
        changed_at: row.int(8)?,
    })
}

/// Writes a spot: a new one, or another state of one.
///
/// # Errors
/// What the database says.
pub async fn put(write: &mut Write, row: &SpotRow) -> Result<(), StoreError> {
    const UPSERT: &str = "INSERT INTO black_spot (id, rule, rule_version, state, name, place, evidence, listed_at, changed_at)
        VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (id) DO UPDATE SET rule_version = excluded.rule_version, state = excluded.state,
        name = excluded.name, place = excluded.place, evidence = excluded.evidence, listed_at = excluded.listed_at, changed_at = excluded.changed_at";
    let values = [
        (&row.id).into(),
        (&row.rule).into(),
        (&row.rule_version).into(),
        (&row.state).into(),
        (&row.name).into(),
        row.place.to_string().into(),
        row.evidence.to_string().into(),
        row.listed_at.into(),
        row.changed_at.into(),
    ];
    write.execute(Sql::with(UPSERT, values)).await?;
    Ok(())
}

/// All spots of a rule, whatever their state, by id.
///
/// # Errors
/// What the database says.
pub async fn of_rule(database: &Database, rule: &str) -> Result<Vec<SpotRow>, StoreError> {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE rule = ").bind(rule).push(" ORDER BY id");
    database.all(sql).await?.iter().map(read).collect()
}

/// One spot, read within a transaction.
///
/// # Errors
/// What the database says.
pub async fn find(write: &mut Write, id: &str) -> Result<Option<SpotRow>, StoreError> {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE id = ").bind(id);
    write.all(sql).await?.first().map(read).transpose()
}

/// All spots of a rule, read within a transaction.
///
/// # Errors
/// What the database says.
pub async fn of_rule_within(write: &mut Write, rule: &str) -> Result<Vec<SpotRow>, StoreError> {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE rule = ").bind(rule).push(" ORDER BY id");
    write.all(sql).await?.iter().map(read).collect()
}

/// A valid crash as the rules need it.
#[derive(Clone, Debug, PartialEq)]
pub struct CrashRow {
    /// Row id.
    pub id: i64,
    /// Epoch milliseconds.
    pub at: i64,
    /// Longitude.
    pub lon: Option<f64>,
    /// Latitude.
    pub lat: Option<f64>,
    /// Crossing or section it lies at.
    pub place_key: Option<String>,
    /// Its place in words.
    pub place_name: String,
    /// Area.
    pub area_key: Option<String>,
    /// `fatal`, `serious`, `slight`, `damage`.
    pub severity: Option<String>,
    /// Dead.
    pub deaths: i64,
    /// Seriously and slightly injured.
    pub injured: i64,
    /// What else the source said.
    pub attributes: Json,
}

/// Valid crashes of `[from, to)`, by time.
///
/// # Errors
/// What the database says.
pub async fn crashes(database: &Database, from: i64, to: i64) -> Result<Vec<CrashRow>, StoreError> {
    let mut sql = Sql::new(
        "SELECT id, at, lon, lat, COALESCE(crossing_key, section_key), place_name, area_key, severity, deaths, serious + slight, attributes
         FROM signal WHERE kind = 'crash' AND valid = ",
    );
    sql.bind(1_i64).push(" AND at >= ").bind(from).push(" AND at < ").bind(to).push(" ORDER BY at, id");
    let rows = database.all(sql).await?;
    rows.iter()
        .map(|row| {
            Ok(CrashRow {
                id: row.int(0)?,
                at: row.int(1)?,
                lon: row.real_or_null(2)?,
                lat: row.real_or_null(3)?,
                place_key: row.text_or_null(4)?,
                place_name: row.text(5)?,
                area_key: row.text_or_null(6)?,
                severity: row.text_or_null(7)?,
                deaths: row.int(8)?,
                injured: row.int(9)?,
                attributes: document("attributes", &row.text(10)?)?,
            })
        })
        .collect()
}
