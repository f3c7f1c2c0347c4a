//! What must be done because of an event: written with it, done afterwards by a worker, once.
//!
//! A worker *claims* rows: it writes its lease and moves `next_at` to the end of the lease. Two workers never hold the same
//! row; the row of a worker that died comes back when the lease ends. Whoever finishes a row must still hold its lease.

use crate::sql::{Row, Sql};
use crate::{Database, StoreError, Write};

/// Where a row is worked off: what is slow by nature must not hold up the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// In this database.
    Inside,
    /// Letters: typesetting takes a second or more.
    Paper,
    /// Over the network.
    Outside,
}

impl Lane {
    /// The word in the column.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Paper => "paper",
            Self::Outside => "outside",
        }
    }
}

/// A thing to do, as it is put.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Unique: `case/seq/index`, and a suffix for what follows from it. The same key again changes nothing.
    pub key: &'a str,
    /// Lane.
    pub lane: Lane,
    /// Which executor: `notify`, `child`, `post`, …
    pub kind: &'a str,
    /// Whom or what it concerns, for people who read the list.
    pub target: &'a str,
    /// Case it belongs to; empty for none.
    pub case: &'a str,
    /// Id of the declared effect; empty for what the program does by itself.
    pub effect: &'a str,
    /// JSON that the executor reads.
    pub body: &'a str,
    /// From when on.
    pub at: i64,
}

/// A row as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxRow {
    /// Number, in the order of putting.
    pub id: i64,
    /// Unique key.
    pub key: String,
    /// Executor.
    pub kind: String,
    /// Whom or what.
    pub target: String,
    /// Case id or empty.
    pub case: String,
    /// Declared effect or empty.
    pub effect: String,
    /// JSON.
    pub body: String,
    /// When it was put.
    pub created_at: i64,
    /// When it is tried next; of a row that is over, when it was over.
    pub next_at: i64,
    /// Tries that failed so far.
    pub attempts: i64,
    /// `waiting`, `done`, `stuck`, `dropped`.
    pub state: String,
    /// Why the last try failed.
    pub failure: Option<String>,
    /// Who holds it, or empty.
    pub lease: String,
}

const SELECT: &str = "SELECT o.id, o.key, o.kind, o.target, o.case_id, o.effect, o.body, o.created_at, o.next_at, o.attempts, o.state,
    o.failure, o.lease FROM outbox o";

fn read(r: &Row) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        id: r.int(0)?,
        key: r.text(1)?,
        kind: r.text(2)?,
        target: r.text(3)?,
        case: r.text(4)?,
        effect: r.text(5)?,
        body: r.text(6)?,
        created_at: r.int(7)?,
        next_at: r.int(8)?,
        attempts: r.int(9)?,
        state: r.text(10)?,
        failure: r.text_or_null(11)?,
        lease: r.text(12)?,
    })
}

/// Puts a thing to do; the same key again changes nothing.
///
/// # Errors
/// What the database says.
pub async fn put(write: &mut Write, entry: &Entry<'_>) -> Result<(), StoreError> {
    const INSERT: &str =
        "INSERT INTO outbox (id, key, lane, kind, target, case_id, effect, body, created_at, next_at, attempts, state, failure)
        VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,0,'waiting',NULL) ON CONFLICT (key) DO NOTHING";
    let id = write.take("outbox", 1).await?;
    let values = [
        id.into(),
        entry.key.into(),
        entry.lane.as_str().into(),
        entry.kind.into(),
        entry.target.into(),
        entry.case.into(),
        entry.effect.into(),
        entry.body.into(),
        entry.at.into(),
        entry.at.into(),
    ];
    write.execute(Sql::with(INSERT, values)).await?;
    Ok(())
}

/// Takes up to `limit` due rows of a lane for `lease_ms`, the longest waiting first. They come in the order of putting.
///
/// # Errors
/// What the database says; then nothing is taken.
pub async fn claim(
    database: &Database,
    lane: Lane,
    lease: &str,
    now: i64,
    lease_ms: i64,
    limit: i64,
) -> Result<Vec<OutboxRow>, StoreError> {
    const DUE: &str = " WHERE o.lane = $1 AND o.state = 'waiting' AND o.next_at <= $2 ORDER BY o.next_at, o.id LIMIT $3";
    const TAKE: &str = "UPDATE outbox SET lease = $1, next_at = $2 WHERE id = $3 AND state = 'waiting' AND next_at <= $4";
    let mut due = Sql::with(SELECT, [lane.as_str().into(), now.into(), limit.into()]);
    due.push(DUE);
    let rows: Result<Vec<OutboxRow>, StoreError> = database.all(due).await?.iter().map(read).collect();
    let mut rows = rows?;
    if rows.is_empty() {
        return Ok(rows);
    }
    // Every worker takes in the same order, so two of them never wait for each other.
    rows.sort_by_key(|r| r.id);
    let mut taken = Vec::with_capacity(rows.len());
    let mut write = database.write().await?;
    for mut row in rows {
        let until = now + lease_ms;
        if write.execute(Sql::with(TAKE, [lease.into(), until.into(), row.id.into(), now.into()])).await? == 1 {
            lease.clone_into(&mut row.lease);
            row.next_at = until;
            taken.push(row);
        }
    }
    write.commit().await?;
    Ok(taken)
}

/// Marks a row done, if the worker still holds it. `false`: the lease ended and somebody else has it; undo everything.
///
/// # Errors
/// What the database says.
pub async fn finish(write: &mut Write, row: &OutboxRow, now: i64) -> Result<bool, StoreError> {
    const UPDATE: &str = "UPDATE outbox SET state='done', next_at=$1, failure=NULL, lease='' WHERE id=$2 AND lease=$3 AND state='waiting'";
    Ok(write.execute(Sql::with(UPDATE, [now.into(), row.id.into(), (&row.lease).into()])).await? == 1)
}

/// Notes a failed try: to be tried again at `again`, or stuck where that is `None`. `false`: the lease had ended.
///
/// # Errors
/// What the database says.
pub async fn fail(write: &mut Write, row: &OutboxRow, again: Option<i64>, now: i64, failure: &str) -> Result<bool, StoreError> {
    const UPDATE: &str = "UPDATE outbox SET state=$1, next_at=$2, failure=$3, attempts=attempts+1, lease=''
        WHERE id=$4 AND lease=$5 AND state='waiting'";
    let state = if again.is_some() { "waiting" } else { "stuck" };
    let values = [state.into(), again.unwrap_or(now).into(), failure.into(), row.id.into(), (&row.lease).into()];
    Ok(write.execute(Sql::with(UPDATE, values)).await? == 1)
}

/// One row.
///
/// # Errors
/// What the database says.
pub async fn load(write: &mut Write, id: i64) -> Result<Option<OutboxRow>, StoreError> {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE o.id = ").bind(id);
    write.first(sql).await?.as_ref().map(read).transpose()
}

/// Sets a stuck or failing row to be tried at once, with all its tries before it. `false`: it is neither.
///
/// # Errors
/// What the database says.
pub async fn retry(write: &mut Write, id: i64, now: i64) -> Result<bool, StoreError> {
    const UPDATE: &str =
        "UPDATE outbox SET state='waiting', next_at=$1, attempts=0, lease='' WHERE id=$2 AND lease='' AND state IN ('waiting','stuck')";
    Ok(write.execute(Sql::with(UPDATE, [now.into(), id.into()])).await? == 1)
}

/// Gives a stuck or failing row up. `false`: it is neither, or a worker has it.
///
/// # Errors
/// What the database says.
pub async fn give_up(write: &mut Write, id: i64, now: i64) -> Result<bool, StoreError> {
    const UPDATE: &str = "UPDATE outbox SET state='dropped', next_at=$1 WHERE id=$2 AND lease='' AND state IN ('waiting','stuck')";
    Ok(write.execute(Sql::with(UPDATE, [now.into(), id.into()])).await? == 1)
}

/// What needs a person: stuck rows, and those that failed at least `failing` times and are still tried; oldest first.
///
/// # Errors
/// What the database says.
pub async fn troubled(database: &Database, failing: i64, limit: i64) -> Result<Vec<OutboxRow>, StoreError> {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE o.lane IN ('inside','paper','outside') AND (o.state = 'stuck' OR (o.state = 'waiting' AND o.attempts >= ");
    sql.bind(failing).push(")) ORDER BY o.id LIMIT ").bind(limit);
    database.all(sql).await?.iter().map(read).collect()
}

/// How many are in this state.
///
/// # Errors
/// What the database says.
pub async fn count(database: &Database, state: &'static str) -> Result<i64, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM outbox WHERE lane IN ('inside','paper','outside') AND state = $1";
    database.first(Sql::with(COUNT, [state.into()])).await?.map_or(Ok(0), |r| r.int(0))
}

/// The rows of a case, in the order of putting.
///
/// # Errors
/// What the database says.
pub async fn of_case(database: &Database, case: &str) -> Result<Vec<OutboxRow>, StoreError> {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE o.case_id = ").bind(case).push(" ORDER BY o.id LIMIT 2000");
    database.all(sql).await?.iter().map(read).collect()
}

/// Deletes up to `limit` rows that were over before `before`. Their keys cannot come again: an event is written once.
///
/// # Errors
/// What the database says.
pub async fn prune(write: &mut Write, before: i64, limit: i64) -> Result<u64, StoreError> {
    const DELETE: &str = "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE lane IN ('inside','paper','outside')
        AND state IN ('done','dropped') AND next_at < $1 LIMIT $2)";
    write.execute(Sql::with(DELETE, [before.into(), limit.into()])).await
}
