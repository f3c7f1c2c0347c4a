//! Cases: the folded state with the columns that lists and counts ask for. The events are the truth
//! ([`crate::events`]); this row is written in the same transaction and can be made again from them.

use serde_json::Value as Json;

use crate::error::document;
use crate::sql::{Row, Sql, Value};
use crate::{Database, StoreError, Write};

pub use crate::case_links::*;
pub use crate::case_lists::*;

/// One case as stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseRow {
    /// Id, never shown to the public.
    pub id: String,
    /// Number people say on the telephone.
    pub number: String,
    /// Secret of the reporter's link.
    pub token: String,
    /// The sender's key: a second sending finds this case instead of making another.
    pub idempotency: String,
    /// Matter id.
    pub matter: String,
    /// Content hash of the definition it is pinned to.
    pub definition: String,
    /// Stage id.
    pub stage: String,
    /// Stage base.
    pub base: String,
    /// Unit that has it now.
    pub unit: Option<String>,
    /// One line for lists.
    pub title: String,
    /// Category code of the opening form, if it has one.
    pub category: Option<String>,
    /// Severity of the opening form, if it has one.
    pub severity: Option<i64>,
    /// Longitude.
    pub lon: Option<f64>,
    /// Latitude.
    pub lat: Option<f64>,
    /// Crossing or section key.
    pub place_key: Option<String>,
    /// Place in words.
    pub place_name: String,
    /// Area key.
    pub area_key: Option<String>,
    /// `office`, `public`, `hotspot`, `import`.
    pub source: String,
    /// Epoch milliseconds.
    pub opened_at: i64,
    /// Current due date.
    pub due_at: Option<i64>,
    /// The calendar behind the due date is not announced yet.
    pub due_provisional: bool,
    /// When the next rung of a ladder is due.
    pub next_rung_at: Option<i64>,
    /// When it was closed, if it is.
    pub closed_at: Option<i64>,
    /// For closed cases: whether the work's due date had passed when it was closed. Open ones derive it from `due_at`.
    pub late: bool,
    /// Times it was returned.
    pub returns: i64,
    /// People who joined.
    pub supports: i64,
    /// Version: sequence number of the last event.
    pub sequence: i64,
    /// Epoch milliseconds.
    pub updated_at: i64,
    /// Search terms.
    pub search: String,
    /// The folded case (JSON).
    pub body: Json,
    /// Evidence it was opened with (JSON).
    pub evidence: Json,
    /// Made up, and said so.
    pub synthetic: bool,
    /// The case it belongs to, by id.
    pub parent: Option<String>,
    /// What it is about, where that has a key: a plate, a firm's number.
    pub subject_key: Option<String>,
    /// The campaign of a list it came with.
    pub campaign: Option<String>,
    /// The person who handles it.
    pub handler: Option<String>,
    /// Digest of who reported it: enough to see that it is the same one.
    pub reporter_key: Option<String>,
    /// Revision of the calendar behind the due date.
    pub calendar: i64,
    /// When personal data of it must go next.
    pub purge_at: Option<i64>,
}

pub(crate) const SELECT: &str =
    "SELECT c.id, c.number, c.token, c.idempotency, c.matter, c.definition, c.stage, c.base, c.unit, c.title, c.category,
    c.severity, c.lon, c.lat, c.place_key, c.place_name, c.area_key, c.source, c.opened_at, c.due_at, c.due_provisional, c.next_rung_at,
    c.closed_at, c.late, c.returns, c.supports, c.sequence, c.updated_at, c.search, b.body, b.evidence, c.synthetic,
    c.parent, c.subject_key, c.campaign, c.handler, c.reporter_key, c.calendar, c.purge_at FROM matter_case c JOIN case_body b ON b.case_id = c.id";

pub(crate) fn read(row: &Row) -> Result<CaseRow, StoreError> {
    Ok(CaseRow {
        id: row.text(0)?,
        number: row.text(1)?,
        token: row.text(2)?,
        idempotency: row.text(3)?,
        matter: row.text(4)?,
        definition: row.text(5)?,
        stage: row.text(6)?,
        base: row.text(7)?,
        unit: row.text_or_null(8)?,
        title: row.text(9)?,
        category: row.text_or_null(10)?,
        severity: row.int_or_null(11)?,
        lon: row.real_or_null(12)?,
        lat: row.real_or_null(13)?,
        place_key: row.text_or_null(14)?,
        place_name: row.text(15)?,
        area_key: row.text_or_null(16)?,
        source: row.text(17)?,
        opened_at: row.int(18)?,
        due_at: row.int_or_null(19)?,
        due_provisional: row.flag(20)?,
        next_rung_at: row.int_or_null(21)?,
        closed_at: row.int_or_null(22)?,
        late: row.flag(23)?,
        returns: row.int(24)?,
        supports: row.int(25)?,
        sequence: row.int(26)?,
        updated_at: row.int(27)?,
        search: row.text(28)?,
        body: document("case", &row.text(29)?)?,
        evidence: document("evidence", &row.text(30)?)?,
        synthetic: row.flag(31)?,
        parent: row.text_or_null(32)?,
        subject_key: row.text_or_null(33)?,
        campaign: row.text_or_null(34)?,
        handler: row.text_or_null(35)?,
        reporter_key: row.text_or_null(36)?,
        calendar: row.int(37)?,
        purge_at: row.int_or_null(38)?,
    })
}

pub(crate) const INSERT: &str =
    "INSERT INTO matter_case (id, number, token, idempotency, matter, definition, stage, base, unit, title, category, severity, lon, lat,
    place_key, place_name, area_key, source, opened_at, due_at, due_provisional, next_rung_at, closed_at, late, returns, supports,
    sequence, updated_at, search, synthetic, parent, subject_key, campaign, handler, reporter_key, calendar,
    purge_at) VALUES ";

pub(crate) fn values(c: &CaseRow) -> Vec<Value> {
    vec![
        (&c.id).into(),
        (&c.number).into(),
        (&c.token).into(),
        (&c.idempotency).into(),
        (&c.matter).into(),
        (&c.definition).into(),
        (&c.stage).into(),
        (&c.base).into(),
        c.unit.as_ref().into(),
        (&c.title).into(),
        c.category.as_ref().into(),
        c.severity.into(),
        c.lon.into(),
        c.lat.into(),
        c.place_key.as_ref().into(),
        (&c.place_name).into(),
        c.area_key.as_ref().into(),
        (&c.source).into(),
        c.opened_at.into(),
        c.due_at.into(),
        c.due_provisional.into(),
        c.next_rung_at.into(),
        c.closed_at.into(),
        c.late.into(),
        c.returns.into(),
        c.supports.into(),
        c.sequence.into(),
        c.updated_at.into(),
        (&c.search).into(),
        c.synthetic.into(),
        c.parent.as_ref().into(),
        c.subject_key.as_ref().into(),
        c.campaign.as_ref().into(),
        c.handler.as_ref().into(),
        c.reporter_key.as_ref().into(),
        c.calendar.into(),
        c.purge_at.into(),
    ]
}

pub(crate) const INSERT_BODY: &str = "INSERT INTO case_body (case_id, body, evidence) VALUES ";

pub(crate) fn body_values(c: &CaseRow) -> [Value; 3] {
    [(&c.id).into(), c.body.to_string().into(), c.evidence.to_string().into()]
}

/// Writes a new case. A number, token or idempotency key that is taken is a duplicate ([`StoreError::is_duplicate`]).
///
/// # Errors
/// What the database says.
pub async fn insert(write: &mut Write, case: &CaseRow) -> Result<(), StoreError> {
    let mut sql = Sql::new(INSERT);
    sql.bind_list(values(case));
    write.execute(sql).await?;
    let mut sql = Sql::new(INSERT_BODY);
    sql.bind_list(body_values(case));
    write.execute(sql).await?;
    Ok(())
}

/// Writes a changed case, if it still stands at version `before`.
///
/// # Errors
/// [`StoreError::Conflict`] if somebody else was faster, or what the database says.
pub async fn update(write: &mut Write, c: &CaseRow, before: i64) -> Result<(), StoreError> {
    const UPDATE: &str =
        "UPDATE matter_case SET stage=$1, base=$2, unit=$3, title=$4, category=$5, severity=$6, due_at=$7, due_provisional=$8,
        next_rung_at=$9, closed_at=$10, late=$11, returns=$12, supports=$13, sequence=$14, updated_at=$15, search=$16,
        subject_key=$17, campaign=$18, handler=$19, calendar=$20, purge_at=$21, definition=$22 WHERE id=$23 AND sequence=$24";
    const BODY: &str = "UPDATE case_body SET body=$1 WHERE case_id=$2";
    const LISTS: &str = "UPDATE case_unit SET stage=$1, base=$2, category=$3, holder=$4, due_at=$5, closed_at=$6, late=$7 WHERE case_id=$8";
    let values = [
        (&c.stage).into(),
        (&c.base).into(),
        c.unit.as_ref().into(),
        (&c.title).into(),
        c.category.as_ref().into(),
        c.severity.into(),
        c.due_at.into(),
        c.due_provisional.into(),
        c.next_rung_at.into(),
        c.closed_at.into(),
        c.late.into(),
        c.returns.into(),
        c.supports.into(),
        c.sequence.into(),
        c.updated_at.into(),
        (&c.search).into(),
        c.subject_key.as_ref().into(),
        c.campaign.as_ref().into(),
        c.handler.as_ref().into(),
        c.calendar.into(),
        c.purge_at.into(),
        (&c.definition).into(),
        (&c.id).into(),
        before.into(),
    ];
    if write.execute(Sql::with(UPDATE, values)).await? != 1 {
        return Err(StoreError::Conflict);
    }
    write.execute(Sql::with(BODY, [c.body.to_string().into(), (&c.id).into()])).await?;
    let listed: [Value; 8] = [
        (&c.stage).into(),
        (&c.base).into(),
        c.category.as_ref().into(),
        c.unit.as_ref().into(),
        c.due_at.into(),
        c.closed_at.into(),
        c.late.into(),
        (&c.id).into(),
    ];
    write.execute(Sql::with(LISTS, listed)).await?;
    Ok(())
}

/// How to find one case.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// By id.
    Id(&'a str),
    /// By the reporter's secret.
    Token(&'a str),
    /// By the sender's key.
    Idempotency(&'a str),
    /// By number.
    Number(&'a str),
}

/// One case.
///
/// # Errors
/// What the database says.
pub async fn find(database: &Database, key: Key<'_>) -> Result<Option<CaseRow>, StoreError> {
    database.first(by_key(key)).await?.as_ref().map(read).transpose()
}

/// One case, read inside a transaction; on PostgreSQL the update's version check guards against others.
///
/// # Errors
/// What the database says.
pub async fn find_in(write: &mut Write, key: Key<'_>) -> Result<Option<CaseRow>, StoreError> {
    write.first(by_key(key)).await?.as_ref().map(read).transpose()
}

fn by_key(key: Key<'_>) -> Sql {
    let mut sql = Sql::new(SELECT);
    let value = match key {
        Key::Id(v) => (sql.push(" WHERE c.id = "), v).1,
        Key::Token(v) => (sql.push(" WHERE c.token = "), v).1,
        Key::Idempotency(v) => (sql.push(" WHERE c.idempotency = "), v).1,
        Key::Number(v) => (sql.push(" WHERE c.number = "), v).1,
    };
    sql.bind(value);
    sql
}

/// One case by id inside a transaction.
///
/// # Errors
/// What the database says.
pub async fn load(write: &mut Write, id: &str) -> Result<Option<CaseRow>, StoreError> {
    find_in(write, Key::Id(id)).await
}

/// Cases by id; unknown ones are left out.
///
/// # Errors
/// What the database says.
pub async fn by_ids(database: &Database, ids: &[String]) -> Result<Vec<CaseRow>, StoreError> {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE c.id IN ").bind_list(ids);
    database.all(sql).await?.iter().map(read).collect()
}

/// How many cases were ever opened: the numbers given out, since every case takes one and none is deleted.
///
/// # Errors
/// What the database says.
pub async fn opened_ever(database: &Database) -> Result<i64, StoreError> {
    let row = database.first(Sql::new("SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM counter WHERE name LIKE 'case:%'")).await?;
    row.map_or(Ok(0), |r| r.int(0))
}

/// The content hashes of all definitions that are kept.
///
/// # Errors
/// What the database says.
pub async fn definition_hashes(database: &Database) -> Result<Vec<String>, StoreError> {
    database.all(Sql::new("SELECT hash FROM definition ORDER BY hash")).await?.iter().map(|r| r.text(0)).collect()
}

/// Open cases whose next rung is due, oldest first.
///
/// # Errors
/// What the database says.
pub async fn rungs_due(database: &Database, now: i64, limit: i64) -> Result<Vec<String>, StoreError> {
    const SELECT: &str = "SELECT id FROM matter_case WHERE next_rung_at <= $1 ORDER BY next_rung_at, id LIMIT $2";
    database.all(Sql::with(SELECT, [now.into(), limit.into()])).await?.iter().map(|r| r.text(0)).collect()
}

/// Claims a rung; false if it was claimed before.
///
/// # Errors
/// What the database says.
pub async fn claim_rung(write: &mut Write, case: &str, clock: &str, rung: &str, at: i64) -> Result<bool, StoreError> {
    const INSERT: &str = "INSERT INTO rung (case_id, clock, rung, at) VALUES ($1,$2,$3,$4) ON CONFLICT (case_id, clock, rung) DO NOTHING";
    Ok(write.execute(Sql::with(INSERT, [case.into(), clock.into(), rung.into(), at.into()])).await? == 1)
}

/// Keeps a definition's files under their content hash.
///
/// # Errors
/// What the database says.
pub async fn put_definition(write: &mut Write, hash: &str, matter: &str, version: i64, files: &Json, now: i64) -> Result<(), StoreError> {
    const INSERT: &str =
        "INSERT INTO definition (hash, matter, version, files, published_at) VALUES ($1,$2,$3,$4,$5) ON CONFLICT (hash) DO NOTHING";
    write.execute(Sql::with(INSERT, [hash.into(), matter.into(), version.into(), files.to_string().into(), now.into()])).await?;
    Ok(())
}

/// Every definition ever published here: hash, matter, version, files; oldest first.
///
/// # Errors
/// What the database says.
pub async fn definitions(database: &Database) -> Result<Vec<(String, String, i64, Json)>, StoreError> {
    let rows = database.all(Sql::new("SELECT hash, matter, version, files FROM definition ORDER BY published_at, hash")).await?;
    rows.iter().map(|r| Ok((r.text(0)?, r.text(1)?, r.int(2)?, document("definition", &r.text(3)?)?))).collect()
}

/// The files of one published definition; null if there is none of this hash.
///
/// # Errors
/// What the database says.
pub async fn definition_files(database: &Database, hash: &str) -> Result<Json, StoreError> {
    let row = database.first(Sql::with("SELECT files FROM definition WHERE hash = $1", [hash.into()])).await?;
    row.map_or(Ok(Json::Null), |r| document("definition", &r.text(0)?))
}

/// Open cases pinned to a definition, the oldest first.
///
/// # Errors
/// What the database says.
pub async fn open_under(database: &Database, definition: &str, limit: i64) -> Result<Vec<CaseRow>, StoreError> {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE c.definition = ").bind(definition).push(" AND c.closed_at IS NULL ORDER BY c.opened_at, c.id LIMIT ").bind(limit);
    database.all(sql).await?.iter().map(read).collect()
}
