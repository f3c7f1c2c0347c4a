//! What must leave the house: written with the case's events, sent afterwards, once.

use crate::sql::Sql;
use crate::{Database, StoreError, Write};

/// One thing to do outside, idempotent by its key `(case, event, effect)`.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxRow {
    /// Number.
    pub id: i64,
    /// `case-id/seq/effect`.
    pub key: String,
    /// `notify`, …
    pub kind: String,
    /// Whom: a unit, a person, `reporter`.
    pub target: String,
    /// JSON.
    pub body: String,
    /// Tries so far.
    pub attempts: i64,
    /// `waiting`, `done`, `stuck`.
    pub state: String,
    /// Why the last try failed.
    pub failure: Option<String>,
}

/// Adds a thing to do; the same key again changes nothing.
///
/// # Errors
/// What the database says.
pub async fn put(write: &mut Write, key: &str, kind: &str, target: &str, body: &str, now: i64) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO outbox (id, key, kind, target, body, created_at, next_at, attempts, state, failure)
        VALUES ($1,$2,$3,$4,$5,$6,$7,0,'waiting',NULL) ON CONFLICT (key) DO NOTHING";
    let id = write.take("outbox", 1).await?;
    write.execute(Sql::with(INSERT, [id.into(), key.into(), kind.into(), target.into(), body.into(), now.into(), now.into()])).await?;
    Ok(())
}

/// What is due, oldest first.
///
/// # Errors
/// What the database says.
pub async fn due(database: &Database, now: i64, limit: i64) -> Result<Vec<OutboxRow>, StoreError> {
    list(
        database,
        Sql::with(
            "SELECT id, key, kind, target, body, attempts, state, failure FROM outbox
        WHERE state = 'waiting' AND next_at <= $1 ORDER BY id LIMIT $2",
            [now.into(), limit.into()],
        ),
    )
    .await
}

/// What could not be sent and waits for a person.
///
/// # Errors
/// What the database says.
pub async fn stuck(database: &Database) -> Result<Vec<OutboxRow>, StoreError> {
    list(
        database,
        Sql::new("SELECT id, key, kind, target, body, attempts, state, failure FROM outbox WHERE state = 'stuck' ORDER BY id LIMIT 200"),
    )
    .await
}

/// The notices of a unit, newest first: the in-app channel.
///
/// # Errors
/// What the database says.
pub async fn for_target(database: &Database, target: &str, limit: i64) -> Result<Vec<OutboxRow>, StoreError> {
    list(
        database,
        Sql::with(
            "SELECT id, key, kind, target, body, attempts, state, failure FROM outbox
        WHERE target = $1 ORDER BY id DESC LIMIT $2",
            [target.into(), limit.into()],
        ),
    )
    .await
}

async fn list(database: &Database, sql: Sql) -> Result<Vec<OutboxRow>, StoreError> {
    let rows = database.all(sql).await?;
    rows.iter()
        .map(|r| {
            Ok(OutboxRow {
                id: r.int(0)?,
                key: r.text(1)?,
                kind: r.text(2)?,
                target: r.text(3)?,
                body: r.text(4)?,
                attempts: r.int(5)?,
                state: r.text(6)?,
                failure: r.text_or_null(7)?,
            })
        })
        .collect()
}

/// Notes the outcome of a try: done, or to be tried again at `next_at`, or stuck.
///
/// # Errors
/// What the database says.
pub async fn outcome(write: &mut Write, id: i64, state: &str, next_at: i64, failure: Option<&str>) -> Result<(), StoreError> {
    const UPDATE: &str = "UPDATE outbox SET state=$1, next_at=$2, failure=$3, attempts=attempts+1 WHERE id=$4";
    write.execute(Sql::with(UPDATE, [state.into(), next_at.into(), failure.into(), id.into()])).await?;
    Ok(())
}
