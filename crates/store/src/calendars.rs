//! The city's calendar years, and the due dates that a new calendar moved.

use crate::sql::Sql;
use crate::{Database, StoreError, Write};

/// A year's calendar as the city wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct YearRow {
    /// The year.
    pub year: i64,
    /// The file's text.
    pub text: String,
    /// Number of the edit, counted over all years.
    pub revision: i64,
    /// Epoch milliseconds.
    pub at: i64,
    /// Person id.
    pub actor: String,
}

/// All years that the city wrote itself, in order.
///
/// # Errors
/// What the database says.
pub async fn years(database: &Database) -> Result<Vec<YearRow>, StoreError> {
    let rows = database.all(Sql::new("SELECT year, text, revision, at, actor FROM calendar_year ORDER BY year")).await?;
    rows.iter().map(|r| Ok(YearRow { year: r.int(0)?, text: r.text(1)?, revision: r.int(2)?, at: r.int(3)?, actor: r.text(4)? })).collect()
}

/// The number of the last edit and when it was made; `(0, 0)` before the first.
///
/// # Errors
/// What the database says.
pub async fn revision(database: &Database) -> Result<(i64, i64), StoreError> {
    let row = database.first(Sql::new("SELECT COALESCE(MAX(revision), 0), COALESCE(MAX(at), 0) FROM calendar_year")).await?;
    row.map_or(Ok((0, 0)), |r| Ok((r.int(0)?, r.int(1)?)))
}

/// Writes a year; the number of this edit.
///
/// # Errors
/// What the database says.
pub async fn put_year(write: &mut Write, year: i64, text: &str, at: i64, actor: &str) -> Result<i64, StoreError> {
    const UPSERT: &str = "INSERT INTO calendar_year (year, text, revision, at, actor) VALUES ($1,$2,$3,$4,$5)
        ON CONFLICT (year) DO UPDATE SET text=excluded.text, revision=excluded.revision, at=excluded.at, actor=excluded.actor";
    let revision = write.take("calendar", 1).await?;
    write.execute(Sql::with(UPSERT, [year.into(), text.into(), revision.into(), at.into(), actor.into()])).await?;
    Ok(revision)
}

/// An open case with what its due date is derived from. The body stays text: it is parsed on all cores.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenCase {
    /// Id.
    pub id: String,
    /// Number.
    pub number: String,
    /// Content hash of its definition.
    pub definition: String,
    /// Version.
    pub sequence: i64,
    /// Due date as the row has it.
    pub due_at: Option<i64>,
    /// As the row has it.
    pub due_provisional: bool,
    /// As the row has it.
    pub next_rung_at: Option<i64>,
    /// The folded case as JSON.
    pub body: String,
}

/// Open cases after `after` by id. With `behind`, only those that somebody wrote since an instant with an older calendar.
///
/// # Errors
/// What the database says.
pub async fn open_cases(database: &Database, after: &str, behind: Option<(i64, i64)>, limit: i64) -> Result<Vec<OpenCase>, StoreError> {
    let mut sql = Sql::new(
        "SELECT c.id, c.number, c.definition, c.sequence, c.due_at, c.due_provisional, c.next_rung_at, b.body
         FROM matter_case c JOIN case_body b ON b.case_id = c.id WHERE c.closed_at IS NULL AND c.id > ",
    );
    sql.bind(after);
    if let Some((revision, since)) = behind {
        sql.push(" AND c.calendar < ").bind(revision).push(" AND c.updated_at >= ").bind(since);
    }
    sql.push(" ORDER BY c.id LIMIT ").bind(limit);
    let rows = database.all(sql).await?;
    rows.iter()
        .map(|r| {
            Ok(OpenCase {
                id: r.text(0)?,
                number: r.text(1)?,
                definition: r.text(2)?,
                sequence: r.int(3)?,
                due_at: r.int_or_null(4)?,
                due_provisional: r.flag(5)?,
                next_rung_at: r.int_or_null(6)?,
                body: r.text(7)?,
            })
        })
        .collect()
}

/// A case whose dates move.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// Case id.
    pub id: String,
    /// Version it was read at.
    pub sequence: i64,
    /// Due date from now on.
    pub due_at: Option<i64>,
    /// Whether that rests on a year not announced.
    pub due_provisional: bool,
    /// Next rung from now on.
    pub next_rung_at: Option<i64>,
}

/// Writes moved dates, many rows a statement. A case that changed meanwhile is left alone; the ids that were written come back.
///
/// # Errors
/// What the database says.
pub async fn move_dates(write: &mut Write, revision: i64, moved: &[Moved]) -> Result<Vec<String>, StoreError> {
    let mut written = Vec::with_capacity(moved.len());
    for chunk in moved.chunks(write.values_a_statement() / 5) {
        let mut sql =
            Sql::new("UPDATE matter_case SET due_at = v.column3, due_provisional = v.column4, next_rung_at = v.column5, calendar = ");
        sql.bind(revision).push(" FROM (VALUES ");
        for (i, m) in chunk.iter().enumerate() {
            if i > 0 {
                sql.push(",");
            }
            let values: [crate::sql::Value; 5] =
                [(&m.id).into(), m.sequence.into(), m.due_at.into(), m.due_provisional.into(), m.next_rung_at.into()];
            sql.bind_list(values);
        }
        sql.push(") AS v WHERE matter_case.id = v.column1 AND matter_case.sequence = v.column2 RETURNING id");
        let from = written.len();
        for row in write.all(sql).await? {
            written.push(row.text(0)?);
        }
        let mut sql =
            Sql::new("UPDATE case_unit SET due_at = c.due_at FROM matter_case c WHERE c.id = case_unit.case_id AND case_unit.case_id IN ");
        sql.bind_list(&written[from..]);
        write.execute(sql).await?;
    }
    Ok(written)
}

/// A due date that a new calendar moved.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectionRow {
    /// Case id.
    pub case: String,
    /// Number of the calendar's edit.
    pub revision: i64,
    /// Epoch milliseconds.
    pub at: i64,
    /// Before.
    pub old_due: Option<i64>,
    /// After.
    pub new_due: Option<i64>,
    /// Before.
    pub old_provisional: bool,
    /// After.
    pub new_provisional: bool,
    /// Why, in Chinese.
    pub zh: String,
    /// Why, in English.
    pub en: String,
}

/// Journals moved due dates, many rows a statement.
///
/// # Errors
/// What the database says.
pub async fn journal(write: &mut Write, rows: &[ProjectionRow]) -> Result<(), StoreError> {
    for chunk in rows.chunks(write.values_a_statement() / 10) {
        let mut id = write.take("projection", i64::try_from(chunk.len()).unwrap_or(0)).await?;
        let mut sql = Sql::new(
            "INSERT INTO projection (id, case_id, revision, at, old_due, new_due, old_provisional, new_provisional, zh, en) VALUES ",
        );
        for (i, r) in chunk.iter().enumerate() {
            if i > 0 {
                sql.push(",");
            }
            let values: [crate::sql::Value; 10] = [
                id.into(),
                (&r.case).into(),
                r.revision.into(),
                r.at.into(),
                r.old_due.into(),
                r.new_due.into(),
                r.old_provisional.into(),
                r.new_provisional.into(),
                (&r.zh).into(),
                (&r.en).into(),
            ];
            sql.bind_list(values);
            id += 1;
        }
        write.execute(sql).await?;
    }
    Ok(())
}

/// What calendars moved on one case, oldest first.
///
/// # Errors
/// What the database says.
pub async fn projections(database: &Database, case: &str) -> Result<Vec<ProjectionRow>, StoreError> {
    const SELECT: &str = "SELECT case_id, revision, at, old_due, new_due, old_provisional, new_provisional, zh, en FROM projection
        WHERE case_id = $1 ORDER BY id";
    let rows = database.all(Sql::with(SELECT, [case.into()])).await?;
    rows.iter()
        .map(|r| {
            Ok(ProjectionRow {
                case: r.text(0)?,
                revision: r.int(1)?,
                at: r.int(2)?,
                old_due: r.int_or_null(3)?,
                new_due: r.int_or_null(4)?,
                old_provisional: r.flag(5)?,
                new_provisional: r.flag(6)?,
                zh: r.text(7)?,
                en: r.text(8)?,
            })
        })
        .collect()
}
