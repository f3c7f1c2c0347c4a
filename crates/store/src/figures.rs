//! Figures by unit: what the scoreboard divides.

use crate::sql::Sql;
use crate::{Database, StoreError};

/// Figures of one unit over a period: what the scoreboard divides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnitFigures {
    /// Unit id; empty for cases no unit has.
    pub unit: String,
    /// Cases opened in the period.
    pub received: i64,
    /// Of these, closed by now.
    pub closed: i64,
    /// Of the closed, in time.
    pub in_time: i64,
    /// Open and past due.
    pub overdue: i64,
    /// Returned at least once.
    pub returned: i64,
    /// Sum of returns.
    pub returns: i64,
}

/// Figures by unit for cases opened in `[from, to)`, withdrawn and refused ones left out.
///
/// # Errors
/// What the database says.
pub async fn figures(database: &Database, matter: Option<&str>, from: i64, to: i64, now: i64) -> Result<Vec<UnitFigures>, StoreError> {
    let mut sql = Sql::new(
        "SELECT COALESCE(unit, ''), COUNT(*), CAST(SUM(CASE WHEN base = 'done' THEN 1 ELSE 0 END) AS BIGINT),
         CAST(SUM(CASE WHEN base = 'done' AND late = 0 THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(CASE WHEN closed_at IS NULL AND due_at < ",
    );
    sql.bind(now);
    sql.push(" THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(CASE WHEN returns > 0 THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(returns) AS BIGINT) FROM matter_case WHERE base <> 'cancelled' AND opened_at >= ");
    sql.bind(from).push(" AND opened_at < ").bind(to);
    if let Some(matter) = matter {
        sql.push(" AND matter = ").bind(matter);
    }
    sql.push(" GROUP BY COALESCE(unit, '')");
    database
        .all(sql)
        .await?
        .iter()
        .map(|r| {
            Ok(UnitFigures {
                unit: r.text(0)?,
                received: r.int(1)?,
                closed: r.int(2)?,
                in_time: r.int(3)?,
                overdue: r.int(4)?,
                returned: r.int(5)?,
                returns: r.int(6)?,
            })
        })
        .collect()
}
