//! What a case is tied to: units with a part in it, signals it rests on, its reporter.

use crate::cases::CaseRow;
use crate::sql::{Sql, Value};
use crate::{Database, StoreError, Write};

pub(crate) const INSERT_UNIT: &str =
    "INSERT INTO case_unit (case_id, unit, opened_at, matter, stage, base, category, area_key, holder, due_at, closed_at, late) VALUES ";

/// A unit's part in a case, with what the unit's list is narrowed and ordered by.
pub(crate) fn unit_values(case: &CaseRow, unit: &str) -> [Value; 12] {
    [
        (&case.id).into(),
        unit.into(),
        case.opened_at.into(),
        (&case.matter).into(),
        (&case.stage).into(),
        (&case.base).into(),
        case.category.as_ref().into(),
        case.area_key.as_ref().into(),
        case.unit.as_ref().into(),
        case.due_at.into(),
        case.closed_at.into(),
        case.late.into(),
    ]
}

/// Notes that a unit has a part in a case. [`crate::cases::update`] keeps its lists true.
///
/// # Errors
/// What the database says.
pub async fn add_unit(write: &mut Write, case: &CaseRow, unit: &str) -> Result<(), StoreError> {
    let mut sql = Sql::new(INSERT_UNIT);
    sql.bind_list(unit_values(case, unit)).push(" ON CONFLICT (case_id, unit) DO NOTHING");
    write.execute(sql).await?;
    Ok(())
}

/// The units with a part in a case.
///
/// # Errors
/// What the database says.
pub async fn units_of(database: &Database, case: &str) -> Result<Vec<String>, StoreError> {
    let rows = database.all(Sql::with("SELECT unit FROM case_unit WHERE case_id = $1 ORDER BY unit", [case.into()])).await?;
    rows.iter().map(|r| r.text(0)).collect()
}

/// The units with a part in some cases: case id and unit.
///
/// # Errors
/// What the database says.
pub async fn units_of_many(database: &Database, cases: &[String]) -> Result<Vec<(String, String)>, StoreError> {
    let mut sql = Sql::new("SELECT case_id, unit FROM case_unit WHERE case_id IN ");
    sql.bind_list(cases);
    database.all(sql).await?.iter().map(|r| Ok((r.text(0)?, r.text(1)?))).collect()
}

/// Says which units have an open part of a split case.
///
/// # Errors
/// What the database says.
pub async fn set_parts(write: &mut Write, case: &str, units: &[&str]) -> Result<(), StoreError> {
    write.execute(Sql::with("DELETE FROM case_part WHERE case_id = $1", [case.into()])).await?;
    for unit in units {
        write.execute(Sql::with("INSERT INTO case_part (unit, case_id) VALUES ($1,$2)", [(*unit).into(), case.into()])).await?;
    }
    Ok(())
}

/// Ties signals to a case.
///
/// # Errors
/// What the database says.
pub async fn add_signals(write: &mut Write, case: &str, signals: &[i64]) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO case_signal (case_id, signal_id) VALUES ($1,$2) ON CONFLICT (case_id, signal_id) DO NOTHING";
    for signal in signals {
        write.execute(Sql::with(INSERT, [case.into(), (*signal).into()])).await?;
    }
    Ok(())
}

/// The signals tied to a case.
///
/// # Errors
/// What the database says.
pub async fn signals_of(database: &Database, case: &str) -> Result<Vec<i64>, StoreError> {
    let rows = database.all(Sql::with("SELECT signal_id FROM case_signal WHERE case_id = $1 ORDER BY signal_id", [case.into()])).await?;
    rows.iter().map(|r| r.int(0)).collect()
}

/// The cases some signals are tied to: signal, case id, number.
///
/// # Errors
/// What the database says.
pub async fn of_signals(database: &Database, signals: &[i64]) -> Result<Vec<(i64, String, String)>, StoreError> {
    let mut sql =
        Sql::new("SELECT s.signal_id, c.id, c.number FROM case_signal s JOIN matter_case c ON c.id = s.case_id WHERE s.signal_id IN ");
    sql.bind_list(signals.iter().copied());
    database.all(sql).await?.iter().map(|r| Ok((r.int(0)?, r.text(1)?, r.text(2)?))).collect()
}

/// Keeps a reporter's name and number, apart from the record.
///
/// # Errors
/// What the database says.
pub async fn keep_reporter(write: &mut Write, case: &str, name: &str, phone: &str) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO reporter (case_id, name, phone) VALUES ($1,$2,$3) ON CONFLICT (case_id) DO NOTHING";
    write.execute(Sql::with(INSERT, [case.into(), name.into(), phone.into()])).await?;
    Ok(())
}

/// A reporter's name and number.
///
/// # Errors
/// What the database says.
pub async fn reporter(database: &Database, case: &str) -> Result<Option<(String, String)>, StoreError> {
    let row = database.first(Sql::with("SELECT name, phone FROM reporter WHERE case_id = $1", [case.into()])).await?;
    row.map(|r| Ok((r.text(0)?, r.text(1)?))).transpose()
}

/// Cases whose reporter's contact must go, oldest first.
///
/// # Errors
/// What the database says.
pub async fn purge_due(database: &Database, now: i64, limit: i64) -> Result<Vec<String>, StoreError> {
    const SELECT: &str = "SELECT id FROM matter_case WHERE purge_at <= $1 ORDER BY purge_at, id LIMIT $2";
    database.all(Sql::with(SELECT, [now.into(), limit.into()])).await?.iter().map(|r| r.text(0)).collect()
}

/// Forgets who reported a case: name, number and the digest they are known again by. True if there was a contact.
///
/// # Errors
/// What the database says.
pub async fn forget_reporter(write: &mut Write, case: &str) -> Result<bool, StoreError> {
    const CLEAR: &str = "UPDATE matter_case SET purge_at = NULL, reporter_key = NULL WHERE id = $1";
    write.execute(Sql::with(CLEAR, [case.into()])).await?;
    Ok(write.execute(Sql::with("DELETE FROM reporter WHERE case_id = $1", [case.into()])).await? > 0)
}
