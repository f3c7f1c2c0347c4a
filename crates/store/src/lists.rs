//! Campaigns of lists, counted and looked through.

use serde_json::Value as Json;

use crate::case_lists::{CaseFilter, conditions_on_cases as conditions};
use crate::error::document;
use crate::sql::Sql;
use crate::{Database, StoreError, Write};

/// Cases of one campaign in one stage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CampaignCount {
    /// Campaign.
    pub campaign: String,
    /// Stage id.
    pub stage: String,
    /// Its base.
    pub base: String,
    /// How many.
    pub cases: i64,
    /// How many of them somebody has worked on since the opening.
    pub touched: i64,
    /// First opening.
    pub first: i64,
    /// Last opening.
    pub last: i64,
}

/// Campaigns of a matter by stage, as far as some units see (`None`: all).
///
/// # Errors
/// What the database says.
pub async fn counts(database: &Database, matter: &str, sight: Option<&[String]>) -> Result<Vec<CampaignCount>, StoreError> {
    let mut sql = Sql::new(
        "SELECT c.campaign, c.stage, c.base, COUNT(*), CAST(SUM(CASE WHEN c.sequence > 1 THEN 1 ELSE 0 END) AS BIGINT), MIN(c.opened_at),
         MAX(c.opened_at) FROM matter_case c WHERE c.campaign IS NOT NULL AND c.matter = ",
    );
    sql.bind(matter);
    if let Some(units) = sight {
        sql.push(" AND c.id IN (SELECT case_id FROM case_unit WHERE unit IN ").bind_list(units).push(")");
    }
    sql.push(" GROUP BY c.campaign, c.stage, c.base ORDER BY c.campaign");
    let rows = database.all(sql).await?;
    rows.iter()
        .map(|r| {
            Ok(CampaignCount {
                campaign: r.text(0)?,
                stage: r.text(1)?,
                base: r.text(2)?,
                cases: r.int(3)?,
                touched: r.int(4)?,
                first: r.int(5)?,
                last: r.int(6)?,
            })
        })
        .collect()
}

/// Id, number and subject key of cases.
///
/// # Errors
/// What the database says.
pub async fn keys(database: &Database, filter: &CaseFilter) -> Result<Vec<(String, String, String)>, StoreError> {
    let mut sql = Sql::new("SELECT c.id, c.number, COALESCE(c.subject_key, '') FROM matter_case c");
    conditions(&mut sql, filter);
    sql.push(" ORDER BY c.id");
    database.all(sql).await?.iter().map(|r| Ok((r.text(0)?, r.text(1)?, r.text(2)?))).collect()
}

/// The folded cases of one key in one campaign.
///
/// # Errors
/// What the database says.
pub async fn of_key(write: &mut Write, matter: &str, campaign: &str, key: &str) -> Result<Vec<Json>, StoreError> {
    const SELECT: &str = "SELECT b.body FROM matter_case c JOIN case_body b ON b.case_id = c.id WHERE c.matter = $1 AND c.subject_key = $2 AND c.campaign = $3 ORDER BY c.id";
    let rows = write.all(Sql::with(SELECT, [matter.into(), key.into(), campaign.into()])).await?;
    rows.iter().map(|r| document("case", &r.text(0)?)).collect()
}
