//! Keys with which other programs come in. Only digests are kept.

use crate::sql::Sql;
use crate::{Database, StoreError, Write};

/// A key as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Id.
    pub id: String,
    /// Who uses it, in words.
    pub name: String,
    /// What it opens: `open311`.
    pub scope: String,
    /// Whether it still does.
    pub active: bool,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Last use, epoch milliseconds, to the hour.
    pub used_at: Option<i64>,
}

/// Adds a key.
///
/// # Errors
/// What the database says.
pub async fn put(write: &mut Write, row: &KeyRow, digest: &str, by: &str) -> Result<(), StoreError> {
    const INSERT: &str =
        "INSERT INTO api_key (id, name, digest, scope, active, created_at, created_by, used_at) VALUES ($1,$2,$3,$4,$5,$6,$7,NULL)";
    let values = [
        row.id.as_str().into(),
        row.name.as_str().into(),
        digest.into(),
        row.scope.as_str().into(),
        i64::from(row.active).into(),
        row.created_at.into(),
        by.into(),
    ];
    write.execute(Sql::with(INSERT, values)).await?;
    Ok(())
}

/// The active key with this digest and scope.
///
/// # Errors
/// What the database says.
pub async fn by_digest(database: &Database, digest: &str, scope: &str) -> Result<Option<KeyRow>, StoreError> {
    let sql = Sql::with(
        "SELECT id, name, scope, active, created_at, used_at FROM api_key WHERE digest = $1 AND scope = $2 AND active = 1",
        [digest.into(), scope.into()],
    );
    database.first(sql).await?.as_ref().map(read).transpose()
}

/// All keys, newest first.
///
/// # Errors
/// What the database says.
pub async fn all(database: &Database) -> Result<Vec<KeyRow>, StoreError> {
    let rows =
        database.all(Sql::new("SELECT id, name, scope, active, created_at, used_at FROM api_key ORDER BY created_at DESC, id")).await?;
    rows.iter().map(read).collect()
}

/// Switches a key on or off; false if there is none.
///
/// # Errors
/// What the database says.
pub async fn set_active(write: &mut Write, id: &str, active: bool) -> Result<bool, StoreError> {
    let sql = Sql::with("UPDATE api_key SET active = $1 WHERE id = $2", [i64::from(active).into(), id.into()]);
    Ok(write.execute(sql).await? == 1)
}

/// Notes that a key was used.
///
/// # Errors
/// What the database says.
pub async fn used(write: &mut Write, id: &str, at: i64) -> Result<(), StoreError> {
    write.execute(Sql::with("UPDATE api_key SET used_at = $1 WHERE id = $2", [at.into(), id.into()])).await?;
    Ok(())
}

fn read(row: &crate::sql::Row) -> Result<KeyRow, StoreError> {
    Ok(KeyRow {
        id: row.text(0)?,
        name: row.text(1)?,
        scope: row.text(2)?,
        active: row.flag(3)?,
        created_at: row.int(4)?,
        used_at: row.int_or_null(5)?,
    })
}
