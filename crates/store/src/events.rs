//! The ledger's rows: append-only, one hash chain a stream, one position for all.

use crate::sql::{Row, Sql, Value};
use crate::{Database, StoreError, Write};

/// One event as stored. `body` is canonical JSON; `hash` covers `previous` and every other column but the position.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// `case:<id>`, `person:<id>`, `signal:<id>`, `import`, `unit:<id>` …
    pub stream: String,
    /// 1, 2, 3 … in the stream.
    pub seq: i64,
    /// Order over all streams; 0 before it is written.
    pub position: i64,
    /// Epoch milliseconds.
    pub at: i64,
    /// Who (person id, `reporter`, `program`).
    pub actor: String,
    /// In which unit; may be empty.
    pub unit: String,
    /// What happened, in the ledger's words.
    pub kind: String,
    /// Canonical JSON.
    pub body: String,
    /// Hash of the event before in this stream; empty for the first.
    pub previous: String,
    /// This event's hash.
    pub hash: String,
}

/// What to look for in the ledger; newest first.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Only this stream.
    pub stream: Option<String>,
    /// Only this actor.
    pub actor: Option<String>,
    /// Only this kind.
    pub kind: Option<String>,
    /// Only before this position.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: i64,
}

const COLUMNS: &str = "SELECT stream, seq, position, at, actor, unit, kind, body, previous, hash FROM event";

fn read(row: &Row) -> Result<EventRow, StoreError> {
    Ok(EventRow {
        stream: row.text(0)?,
        seq: row.int(1)?,
        position: row.int(2)?,
        at: row.int(3)?,
        actor: row.text(4)?,
        unit: row.text(5)?,
        kind: row.text(6)?,
        body: row.text(7)?,
        previous: row.text(8)?,
        hash: row.text(9)?,
    })
}

pub(crate) const INSERT: &str = "INSERT INTO event (stream, seq, position, at, actor, unit, kind, body, previous, hash) VALUES ";

/// An event's values in the order of [`INSERT`], at its place among all.
pub(crate) fn values(e: &EventRow, position: i64) -> [Value; 10] {
    [
        (&e.stream).into(),
        e.seq.into(),
        position.into(),
        e.at.into(),
        (&e.actor).into(),
        (&e.unit).into(),
        (&e.kind).into(),
        (&e.body).into(),
        (&e.previous).into(),
        (&e.hash).into(),
    ]
}

/// The end of a stream: last sequence number and hash; `(0, "")` before the first event.
///
/// # Errors
/// What the database says.
pub async fn head(write: &mut Write, stream: &str) -> Result<(i64, String), StoreError> {
    let row = write.first(Sql::with("SELECT seq, hash FROM event WHERE stream = $1 ORDER BY seq DESC LIMIT 1", [stream.into()])).await?;
    row.map_or(Ok((0, String::new())), |r| Ok((r.int(0)?, r.text(1)?)))
}

/// Appends events (their `position` is given here). A taken `(stream, seq)` is a [`StoreError::Conflict`].
///
/// # Errors
/// [`StoreError::Conflict`], or what the database says.
pub async fn append(write: &mut Write, events: &[EventRow]) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut position = write.take("event", i64::try_from(events.len()).unwrap_or(i64::MAX)).await?;
    for e in events {
        let mut sql = Sql::new(INSERT);
        sql.bind_list(values(e, position));
        write.execute(sql).await.map_err(|fault| if fault.is_duplicate() { StoreError::Conflict } else { fault })?;
        position += 1;
    }
    Ok(())
}

/// The events of several streams, each in order.
///
/// # Errors
/// What the database says.
pub async fn streams(database: &Database, streams: &[String]) -> Result<Vec<EventRow>, StoreError> {
    let mut found = Vec::new();
    for some in streams.chunks(500) {
        let mut sql = Sql::new(COLUMNS);
        sql.push(" WHERE stream IN ").bind_list(some).push(" ORDER BY stream, seq");
        for row in database.all(sql).await? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

/// The events of one stream, oldest first.
///
/// # Errors
/// What the database says.
pub async fn stream(database: &Database, stream: &str) -> Result<Vec<EventRow>, StoreError> {
    let mut sql = Sql::new(COLUMNS);
    sql.push(" WHERE stream = ").bind(stream).push(" ORDER BY seq");
    database.all(sql).await?.iter().map(read).collect()
}

/// A page of the ledger, newest first.
///
/// # Errors
/// What the database says.
pub async fn page(database: &Database, filter: &EventFilter) -> Result<Vec<EventRow>, StoreError> {
    let mut sql = Sql::new(COLUMNS);
    sql.push(" WHERE 1 = 1");
    if let Some(stream) = &filter.stream {
        sql.push(" AND stream = ").bind(stream);
    }
    if let Some(actor) = &filter.actor {
        sql.push(" AND actor = ").bind(actor);
    }
    if let Some(kind) = &filter.kind {
        sql.push(" AND kind = ").bind(kind);
    }
    if let Some(before) = filter.before {
        sql.push(" AND position < ").bind(before);
    }
    sql.push(" ORDER BY position DESC LIMIT ").bind(filter.limit);
    database.all(sql).await?.iter().map(read).collect()
}

/// Every event in stream order, handed over one by one.
///
/// # Errors
/// What the database or the sink says.
pub async fn each_by_stream(database: &Database, mut sink: impl FnMut(EventRow)) -> Result<(), StoreError> {
    let mut sql = Sql::new(COLUMNS);
    sql.push(" ORDER BY stream, seq");
    database
        .each(sql, |row| {
            sink(read(&row)?);
            Ok(())
        })
        .await
}

/// The heads of all streams up to and including `position`, in stream order.
///
/// # Errors
/// What the database says.
pub async fn heads(database: &Database, position: i64) -> Result<Vec<(String, i64, String)>, StoreError> {
    const HEADS: &str = "SELECT e.stream, e.seq, e.hash FROM event e
        JOIN (SELECT stream, MAX(seq) AS last FROM event WHERE position <= $1 GROUP BY stream) h
          ON h.stream = e.stream AND h.last = e.seq ORDER BY e.stream";
    database.all(Sql::with(HEADS, [position.into()])).await?.iter().map(|r| Ok((r.text(0)?, r.int(1)?, r.text(2)?))).collect()
}

/// The last position given, 0 in an empty ledger.
///
/// # Errors
/// What the database says.
pub async fn last_position(database: &Database) -> Result<i64, StoreError> {
    let row = database.first(Sql::new("SELECT COALESCE(MAX(position), 0) FROM event")).await?;
    row.map_or(Ok(0), |r| r.int(0))
}

/// A day's anchor: the digest of all heads at a position.
#[derive(Clone, Debug, PartialEq)]
pub struct Anchor {
    /// ISO date.
    pub day: String,
    /// Up to and including this position.
    pub position: i64,
    /// Digest of the heads.
    pub hash: String,
    /// When it was taken, epoch milliseconds.
    pub at: i64,
}

/// Writes an anchor; the first one of a day stands.
///
/// # Errors
/// What the database says.
pub async fn anchor(write: &mut Write, anchor: &Anchor) -> Result<bool, StoreError> {
    const INSERT: &str = "INSERT INTO anchor (day, position, hash, at) VALUES ($1,$2,$3,$4) ON CONFLICT (day) DO NOTHING";
    let values = [(&anchor.day).into(), anchor.position.into(), (&anchor.hash).into(), anchor.at.into()];
    Ok(write.execute(Sql::with(INSERT, values)).await? == 1)
}

/// All anchors, oldest first.
///
/// # Errors
/// What the database says.
pub async fn anchors(database: &Database) -> Result<Vec<Anchor>, StoreError> {
    let rows = database.all(Sql::new("SELECT day, position, hash, at FROM anchor ORDER BY day")).await?;
    rows.iter().map(|r| Ok(Anchor { day: r.text(0)?, position: r.int(1)?, hash: r.text(2)?, at: r.int(3)? })).collect()
}
