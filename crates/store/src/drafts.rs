//! Drafts of matters, what the city published, and which cases run by which version.

use std::collections::BTreeMap;

use crate::error::document;
use crate::sql::{Row, Sql};
use crate::{Database, StoreError, Write};

/// A draft as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftRow {
    /// Id.
    pub id: String,
    /// Matter it is a version of.
    pub matter: String,
    /// Content hash of the version it was copied from; empty for a new matter.
    pub base_hash: String,
    /// Name → text.
    pub files: BTreeMap<String, String>,
    /// Counted up by every edit: who saves must name the one they saw.
    pub revision: i64,
    /// Person who edited last.
    pub author: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub updated_at: i64,
}

const SELECT: &str = "SELECT id, matter, base_hash, files, revision, author, created_at, updated_at FROM draft";

fn read(r: &Row) -> Result<DraftRow, StoreError> {
    Ok(DraftRow {
        id: r.text(0)?,
        matter: r.text(1)?,
        base_hash: r.text(2)?,
        files: document("draft", &r.text(3)?)?,
        revision: r.int(4)?,
        author: r.text(5)?,
        created_at: r.int(6)?,
        updated_at: r.int(7)?,
    })
}

/// All drafts, the latest edited first.
///
/// # Errors
/// What the database says.
pub async fn all(database: &Database) -> Result<Vec<DraftRow>, StoreError> {
    let mut sql = Sql::new(SELECT);
    sql.push(" ORDER BY updated_at DESC, id");
    database.all(sql).await?.iter().map(read).collect()
}

/// One draft.
///
/// # Errors
/// What the database says.
pub async fn find(database: &Database, id: &str) -> Result<Option<DraftRow>, StoreError> {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE id = ").bind(id);
    database.first(sql).await?.as_ref().map(read).transpose()
}

/// Adds a draft.
///
/// # Errors
/// What the database says.
pub async fn insert(write: &mut Write, d: &DraftRow) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO draft (id, matter, base_hash, files, revision, author, created_at, updated_at)
        VALUES ($1,$2,$3,$4,$5,$6,$7,$8)";
    let values = [
        (&d.id).into(),
        (&d.matter).into(),
        (&d.base_hash).into(),
        text(&d.files)?.into(),
        d.revision.into(),
        (&d.author).into(),
        d.created_at.into(),
        d.updated_at.into(),
    ];
    write.execute(Sql::with(INSERT, values)).await?;
    Ok(())
}

/// Writes a draft that was read at `before`; `false` if somebody else wrote it meanwhile.
///
/// # Errors
/// What the database says.
pub async fn update(write: &mut Write, d: &DraftRow, before: i64) -> Result<bool, StoreError> {
    const UPDATE: &str = "UPDATE draft SET base_hash=$1, files=$2, revision=$3, author=$4, updated_at=$5 WHERE id=$6 AND revision=$7";
    let values = [
        (&d.base_hash).into(),
        text(&d.files)?.into(),
        d.revision.into(),
        (&d.author).into(),
        d.updated_at.into(),
        (&d.id).into(),
        before.into(),
    ];
    Ok(write.execute(Sql::with(UPDATE, values)).await? == 1)
}

/// Deletes a draft that was read at `revision`; `false` if somebody else wrote or deleted it meanwhile.
///
/// # Errors
/// What the database says.
pub async fn delete(write: &mut Write, id: &str, revision: i64) -> Result<bool, StoreError> {
    let sql = Sql::with("DELETE FROM draft WHERE id=$1 AND revision=$2", [id.into(), revision.into()]);
    Ok(write.execute(sql).await? == 1)
}

fn text(files: &BTreeMap<String, String>) -> Result<String, StoreError> {
    serde_json::to_string(files).map_err(|source| StoreError::Document { what: "draft", source })
}

/// A version that the city put in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicationRow {
    /// Content hash.
    pub hash: String,
    /// Matter.
    pub matter: String,
    /// Its version number.
    pub version: i64,
    /// Epoch milliseconds.
    pub at: i64,
    /// Person id.
    pub actor: String,
    /// What changed and why, in the publisher's words.
    pub note: String,
}

/// Everything the city published, by matter and version.
///
/// # Errors
/// What the database says.
pub async fn publications(database: &Database) -> Result<Vec<PublicationRow>, StoreError> {
    let rows = database.all(Sql::new("SELECT hash, matter, version, at, actor, note FROM publication ORDER BY matter, version")).await?;
    rows.iter()
        .map(|r| {
            Ok(PublicationRow {
                hash: r.text(0)?,
                matter: r.text(1)?,
                version: r.int(2)?,
                at: r.int(3)?,
                actor: r.text(4)?,
                note: r.text(5)?,
            })
        })
        .collect()
}

/// How many versions the city published: a server that knows fewer looks again.
///
/// # Errors
/// What the database says.
pub async fn published(database: &Database) -> Result<i64, StoreError> {
    database.first(Sql::new("SELECT COUNT(*) FROM publication")).await?.map_or(Ok(0), |r| r.int(0))
}

/// Puts a version in force. The same matter and version number a second time is a duplicate.
///
/// # Errors
/// What the database says.
pub async fn publish(write: &mut Write, p: &PublicationRow) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO publication (hash, matter, version, at, actor, note) VALUES ($1,$2,$3,$4,$5,$6)";
    let values = [(&p.hash).into(), (&p.matter).into(), p.version.into(), p.at.into(), (&p.actor).into(), (&p.note).into()];
    write.execute(Sql::with(INSERT, values)).await?;
    Ok(())
}

/// A version that was ever in force here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionRow {
    /// Content hash.
    pub hash: String,
    /// Version number.
    pub version: i64,
    /// When this house saw it first, epoch milliseconds.
    pub at: i64,
    /// Open cases that run by it.
    pub open: i64,
    /// Closed cases that ran by it.
    pub closed: i64,
}

/// Every version of a matter, the highest first, with its cases.
///
/// # Errors
/// What the database says.
pub async fn versions(database: &Database, matter: &str) -> Result<Vec<VersionRow>, StoreError> {
    const SELECT: &str = "SELECT d.hash, d.version, d.published_at,
        CAST(SUM(CASE WHEN c.id IS NOT NULL AND c.closed_at IS NULL THEN 1 ELSE 0 END) AS BIGINT), COUNT(c.closed_at)
        FROM definition d LEFT JOIN matter_case c ON c.definition = d.hash WHERE d.matter = $1
        GROUP BY d.hash, d.version, d.published_at ORDER BY d.version DESC, d.published_at DESC, d.hash";
    let rows = database.all(Sql::with(SELECT, [matter.into()])).await?;
    rows.iter()
        .map(|r| Ok(VersionRow { hash: r.text(0)?, version: r.int(1)?, at: r.int(2)?, open: r.int(3)?, closed: r.int(4)? }))
        .collect()
}
