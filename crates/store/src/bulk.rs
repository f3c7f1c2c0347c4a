//! Many finished cases at once: the history that a city brings along, and benchmarks.
//!
//! Rows are written as they are, many a statement, with every index in place. Whoever calls has made numbers, hashes and
//! projections; nothing is decided here. Positions of events are given here, in the order of the rows.

use crate::cases::{self, CaseRow};
use crate::events::{self, EventRow};
use crate::sql::{Sql, Value};
use crate::{Database, StoreError, Write};

/// A finished case with what belongs to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The case.
    pub case: CaseRow,
    /// Its events, oldest first, already chained.
    pub events: Vec<EventRow>,
    /// Units that have or had a part in it.
    pub units: Vec<String>,
    /// Units with an open part of it.
    pub open_parts: Vec<String>,
    /// Rungs that have fired: clock, rung, when.
    pub rungs: Vec<(String, String, i64)>,
}

/// Writes histories in the caller's transaction; ten to twenty thousand events a transaction is a good measure.
///
/// # Errors
/// What the database says; a number, token or key that is taken is a duplicate ([`StoreError::is_duplicate`]).
pub async fn insert(write: &mut Write, histories: &[History]) -> Result<(), StoreError> {
    let rows = histories.iter().map(|h| cases::values(&h.case)).collect();
    rows_into(write, cases::INSERT, rows).await?;
    rows_into(write, cases::INSERT_BODY, histories.iter().map(|h| cases::body_values(&h.case).into()).collect()).await?;
    let count = histories.iter().map(|h| h.events.len()).sum::<usize>();
    let mut position = write.take("event", i64::try_from(count).unwrap_or(0)).await?;
    let mut rows: Vec<Vec<Value>> = Vec::with_capacity(count);
    for e in histories.iter().flat_map(|h| &h.events) {
        rows.push(events::values(e, position).into());
        position += 1;
    }
    rows_into(write, events::INSERT, rows).await?;
    let rows = histories.iter().flat_map(|h| h.units.iter().map(|u| cases::unit_values(&h.case, u).into())).collect();
    rows_into(write, cases::INSERT_UNIT, rows).await?;
    let rows = histories.iter().flat_map(|h| h.open_parts.iter().map(|u| vec![u.into(), (&h.case.id).into()])).collect();
    rows_into(write, "INSERT INTO case_part (unit, case_id) VALUES ", rows).await?;
    let rung = |h: &History, r: &(String, String, i64)| vec![(&h.case.id).into(), (&r.0).into(), (&r.1).into(), r.2.into()];
    let rows = histories.iter().flat_map(|h| h.rungs.iter().map(move |r| rung(h, r))).collect();
    rows_into(write, "INSERT INTO rung (case_id, clock, rung, at) VALUES ", rows).await
}

async fn rows_into(write: &mut Write, insert: &'static str, rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
    let Some(width) = rows.first().map(Vec::len) else { return Ok(()) };
    let most = (write.values_a_statement() / width.max(1)).max(1);
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut sql = Sql::new(insert);
        for (n, row) in rows.by_ref().take(most).enumerate() {
            sql.push(if n == 0 { "" } else { "," }).bind_list(row);
        }
        write.execute(sql).await?;
    }
    Ok(())
}

/// The rungs that a case has fired: clock, rung, when.
///
/// # Errors
/// What the database says.
pub async fn rungs_of(database: &Database, case: &str) -> Result<Vec<(String, String, i64)>, StoreError> {
    let rows = database.all(Sql::with("SELECT clock, rung, at FROM rung WHERE case_id = $1 ORDER BY clock, rung", [case.into()])).await?;
    rows.iter().map(|r| Ok((r.text(0)?, r.text(1)?, r.int(2)?))).collect()
}

/// The units with an open part of a case.
///
/// # Errors
/// What the database says.
pub async fn open_parts_of(database: &Database, case: &str) -> Result<Vec<String>, StoreError> {
    let rows = database.all(Sql::with("SELECT unit FROM case_part WHERE case_id = $1 ORDER BY unit", [case.into()])).await?;
    rows.iter().map(|r| r.text(0)).collect()
}
