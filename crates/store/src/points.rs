//! Points of units: one row an event, and a month's sums as they stood when it was over.

use crate::sql::{Row, Sql};
use crate::{Database, StoreError, Write};

/// Points that one event of one case brought one unit.
#[derive(Clone, Debug, PartialEq)]
pub struct PointRow {
    /// Case id.
    pub case: String,
    /// The event.
    pub seq: i64,
    /// Rule id.
    pub rule: String,
    /// Matter id.
    pub matter: String,
    /// Unit id.
    pub unit: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// May be negative.
    pub points: i64,
    /// The rule in Chinese.
    pub zh: String,
    /// The rule in English.
    pub en: String,
    /// Until when the unit may appeal.
    pub appeal_until: Option<i64>,
}

/// Writes points; the same event again changes nothing.
///
/// # Errors
/// What the database says.
pub async fn put(write: &mut Write, p: &PointRow) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO case_point (case_id, seq, rule, matter, unit, at, points, zh, en, appeal_until)
        VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) ON CONFLICT (case_id, seq, rule) DO NOTHING";
    let values = [
        (&p.case).into(),
        p.seq.into(),
        (&p.rule).into(),
        (&p.matter).into(),
        (&p.unit).into(),
        p.at.into(),
        p.points.into(),
        (&p.zh).into(),
        (&p.en).into(),
        p.appeal_until.into(),
    ];
    write.execute(Sql::with(INSERT, values)).await?;
    Ok(())
}

/// What to count.
#[derive(Clone, Debug, Default)]
pub struct PointFilter {
    /// At or after.
    pub from: i64,
    /// Before.
    pub to: i64,
    /// Only these units (`None`: all).
    pub units: Option<Vec<String>>,
    /// Only this matter.
    pub matter: Option<String>,
}

fn conditions(sql: &mut Sql, f: &PointFilter) {
    sql.push(" WHERE p.at >= ").bind(f.from).push(" AND p.at < ").bind(f.to);
    if let Some(units) = &f.units {
        sql.push(" AND p.unit IN ").bind_list(units);
    }
    if let Some(matter) = &f.matter {
        sql.push(" AND p.matter = ").bind(matter);
    }
}

/// Sums of one unit in one matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PointSum {
    /// Unit id.
    pub unit: String,
    /// Matter id.
    pub matter: String,
    /// All together.
    pub points: i64,
    /// The positive ones.
    pub gained: i64,
    /// The negative ones.
    pub lost: i64,
    /// Cases they come from.
    pub cases: i64,
}

fn sum(row: &Row) -> Result<PointSum, StoreError> {
    Ok(PointSum {
        unit: row.text(0)?,
        matter: row.text(1)?,
        points: row.int(2)?,
        gained: row.int(3)?,
        lost: row.int(4)?,
        cases: row.int(5)?,
    })
}

/// Sums by unit and matter.
///
/// # Errors
/// What the database says.
pub async fn sums(database: &Database, filter: &PointFilter) -> Result<Vec<PointSum>, StoreError> {
    let mut sql = Sql::new(
        "SELECT p.unit, p.matter, CAST(SUM(p.points) AS BIGINT), CAST(SUM(CASE WHEN p.points > 0 THEN p.points ELSE 0 END) AS BIGINT),
         CAST(SUM(CASE WHEN p.points < 0 THEN p.points ELSE 0 END) AS BIGINT), COUNT(DISTINCT p.case_id) FROM case_point p",
    );
    conditions(&mut sql, filter);
    sql.push(" GROUP BY p.unit, p.matter ORDER BY p.unit, p.matter");
    database.all(sql).await?.iter().map(sum).collect()
}

/// Points one by one with the number of their case, newest first, and how many there are.
///
/// # Errors
/// What the database says.
pub async fn list(
    database: &Database,
    filter: &PointFilter,
    offset: i64,
    limit: i64,
) -> Result<(Vec<(PointRow, String)>, i64), StoreError> {
    let mut sql = Sql::new(
        "SELECT p.case_id, p.seq, p.rule, p.matter, p.unit, p.at, p.points, p.zh, p.en, p.appeal_until, c.number
         FROM case_point p JOIN matter_case c ON c.id = p.case_id",
    );
    conditions(&mut sql, filter);
    sql.push(" ORDER BY p.at DESC, p.case_id, p.seq DESC, p.rule LIMIT ").bind(limit).push(" OFFSET ").bind(offset);
    let rows: Result<Vec<_>, StoreError> = database
        .all(sql)
        .await?
        .iter()
        .map(|r| {
            let point = PointRow {
                case: r.text(0)?,
                seq: r.int(1)?,
                rule: r.text(2)?,
                matter: r.text(3)?,
                unit: r.text(4)?,
                at: r.int(5)?,
                points: r.int(6)?,
                zh: r.text(7)?,
                en: r.text(8)?,
                appeal_until: r.int_or_null(9)?,
            };
            Ok((point, r.text(10)?))
        })
        .collect();
    let mut sql = Sql::new("SELECT COUNT(*) FROM case_point p");
    conditions(&mut sql, filter);
    let total = database.first(sql).await?.map_or(Ok(0), |r| r.int(0))?;
    Ok((rows?, total))
}

/// Freezes a month's sums; false if it was frozen before.
///
/// # Errors
/// What the database says.
pub async fn freeze(write: &mut Write, month: &str, sums: &[PointSum], at: i64) -> Result<bool, StoreError> {
    const CLAIM: &str = "INSERT INTO frozen_month (month, at) VALUES ($1,$2) ON CONFLICT (month) DO NOTHING";
    const INSERT: &str = "INSERT INTO point_month (month, unit, matter, points, gained, lost, cases) VALUES ($1,$2,$3,$4,$5,$6,$7)";
    if write.execute(Sql::with(CLAIM, [month.into(), at.into()])).await? == 0 {
        return Ok(false);
    }
    for s in sums {
        let values = [month.into(), (&s.unit).into(), (&s.matter).into(), s.points.into(), s.gained.into(), s.lost.into(), s.cases.into()];
        write.execute(Sql::with(INSERT, values)).await?;
    }
    Ok(true)
}

/// When a month was frozen, and its sums; `None` while it runs.
///
/// # Errors
/// What the database says.
pub async fn frozen(database: &Database, month: &str) -> Result<Option<(i64, Vec<PointSum>)>, StoreError> {
    let row = database.first(Sql::with("SELECT at FROM frozen_month WHERE month = $1", [month.into()])).await?;
    let Some(row) = row else { return Ok(None) };
    const SELECT: &str = "SELECT unit, matter, points, gained, lost, cases FROM point_month WHERE month = $1 ORDER BY unit, matter";
    let sums: Result<Vec<PointSum>, StoreError> = database.all(Sql::with(SELECT, [month.into()])).await?.iter().map(sum).collect();
    Ok(Some((row.int(0)?, sums?)))
}
