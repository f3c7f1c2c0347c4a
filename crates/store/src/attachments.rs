//! Videos and documents, and which case holds which file.

use crate::sql::Sql;
use crate::{Database, StoreError, Write};

/// A video or a document as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct AttachmentRow {
    /// Digest of the copy that is served.
    pub hash: String,
    /// Digest of the original, kept apart as evidence.
    pub original: String,
    /// `video/mp4`, `video/webm`, `video/quicktime`, `application/pdf`.
    pub media_type: String,
    /// File name as the sender had it, without folders.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// Epoch milliseconds.
    pub uploaded_at: i64,
    /// Person id or `reporter`.
    pub uploaded_by: String,
}

/// Writes an attachment's row; the same file again changes nothing.
///
/// # Errors
/// What the database says.
pub async fn put(write: &mut Write, a: &AttachmentRow) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO attachment (hash, original, media_type, name, size, uploaded_at, uploaded_by)
        VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (hash) DO NOTHING";
    let values = [
        (&a.hash).into(),
        (&a.original).into(),
        (&a.media_type).into(),
        (&a.name).into(),
        a.size.into(),
        a.uploaded_at.into(),
        (&a.uploaded_by).into(),
    ];
    write.execute(Sql::with(INSERT, values)).await?;
    Ok(())
}

/// Attachments by digest; unknown ones are left out.
///
/// # Errors
/// What the database says.
pub async fn by_hashes(database: &Database, hashes: &[String]) -> Result<Vec<AttachmentRow>, StoreError> {
    let mut sql = Sql::new("SELECT hash, original, media_type, name, size, uploaded_at, uploaded_by FROM attachment WHERE hash IN ");
    sql.bind_list(hashes);
    let rows = database.all(sql).await?;
    rows.iter()
        .map(|r| {
            Ok(AttachmentRow {
                hash: r.text(0)?,
                original: r.text(1)?,
                media_type: r.text(2)?,
                name: r.text(3)?,
                size: r.int(4)?,
                uploaded_at: r.int(5)?,
                uploaded_by: r.text(6)?,
            })
        })
        .collect()
}

/// Notes that a case holds a photo or another file.
///
/// # Errors
/// What the database says.
pub async fn hold(write: &mut Write, case: &str, hash: &str) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO case_file (hash, case_id) VALUES ($1,$2) ON CONFLICT (hash, case_id) DO NOTHING";
    write.execute(Sql::with(INSERT, [hash.into(), case.into()])).await?;
    Ok(())
}

/// Whether a case that one of these units has a part in (or any case, for those who see the city) holds the file.
///
/// # Errors
/// What the database says.
pub async fn held_in_sight(database: &Database, hash: &str, units: Option<&[String]>) -> Result<bool, StoreError> {
    let mut sql = Sql::new("SELECT 1 FROM case_file f WHERE f.hash = ");
    sql.bind(hash);
    if let Some(units) = units {
        sql.push(" AND f.case_id IN (SELECT case_id FROM case_unit WHERE unit IN ").bind_list(units).push(")");
    }
    sql.push(" LIMIT 1");
    Ok(database.first(sql).await?.is_some())
}

/// The files of one case.
///
/// # Errors
/// What the database says.
pub async fn of_case(database: &Database, case: &str) -> Result<Vec<String>, StoreError> {
    let rows = database.all(Sql::with("SELECT hash FROM case_file WHERE case_id = $1 ORDER BY hash", [case.into()])).await?;
    rows.iter().map(|r| r.text(0)).collect()
}
