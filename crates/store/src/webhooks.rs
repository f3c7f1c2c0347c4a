//! Endpoints of other systems that want to be told.

use crate::error::document;
use crate::sql::{Row, Sql};
use crate::{Database, StoreError, Write};

/// An endpoint as stored.
#[derive(Clone, PartialEq)]
pub struct WebhookRow {
    /// Id.
    pub id: String,
    /// Where to post.
    pub url: String,
    /// Topics: `matter.action`, `matter.*` or `*`.
    pub topics: Vec<String>,
    /// Key of the signature.
    pub secret: String,
    /// Whether it is told.
    pub active: bool,
    /// When it was made.
    pub created_at: i64,
    /// When it last took a delivery.
    pub delivered_at: Option<i64>,
    /// Why the last delivery failed, if it did.
    pub failure: Option<String>,
}

impl std::fmt::Debug for WebhookRow {
    // The secret never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookRow").field("id", &self.id).field("url", &self.url).finish_non_exhaustive()
    }
}

fn read(r: &Row) -> Result<WebhookRow, StoreError> {
    Ok(WebhookRow {
        id: r.text(0)?,
        url: r.text(1)?,
        topics: document("topics", &r.text(2)?)?,
        secret: r.text(3)?,
        active: r.flag(4)?,
        created_at: r.int(5)?,
        delivered_at: r.int_or_null(6)?,
        failure: r.text_or_null(7)?,
    })
}

const SELECT: &str = "SELECT id, url, topics, secret, active, created_at, delivered_at, failure FROM webhook";

/// All endpoints, oldest first.
///
/// # Errors
/// What the database says.
pub async fn all(database: &Database) -> Result<Vec<WebhookRow>, StoreError> {
    let mut sql = Sql::new(SELECT);
    sql.push(" ORDER BY created_at, id");
    database.all(sql).await?.iter().map(read).collect()
}

/// One endpoint.
///
/// # Errors
/// What the database says.
pub async fn find(database: &Database, id: &str) -> Result<Option<WebhookRow>, StoreError> {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE id = ").bind(id);
    database.first(sql).await?.as_ref().map(read).transpose()
}

/// Writes an endpoint, new or changed. The secret of a known one stays.
///
/// # Errors
/// What the database says.
pub async fn put(write: &mut Write, w: &WebhookRow) -> Result<(), StoreError> {
    const UPSERT: &str = "INSERT INTO webhook (id, url, topics, secret, active, created_at) VALUES ($1,$2,$3,$4,$5,$6)
        ON CONFLICT (id) DO UPDATE SET url=excluded.url, topics=excluded.topics, active=excluded.active";
    let topics = serde_json::to_string(&w.topics).map_err(|source| StoreError::Document { what: "topics", source })?;
    let values = [(&w.id).into(), (&w.url).into(), topics.into(), (&w.secret).into(), w.active.into(), w.created_at.into()];
    write.execute(Sql::with(UPSERT, values)).await?;
    Ok(())
}

/// Notes how the last delivery went.
///
/// # Errors
/// What the database says.
pub async fn note(write: &mut Write, id: &str, now: i64, failure: Option<&str>) -> Result<(), StoreError> {
    let sql = match failure {
        None => Sql::with("UPDATE webhook SET delivered_at=$1, failure=NULL WHERE id=$2", [now.into(), id.into()]),
        Some(failure) => Sql::with("UPDATE webhook SET failure=$1 WHERE id=$2", [failure.into(), id.into()]),
    };
    write.execute(sql).await?;
    Ok(())
}
