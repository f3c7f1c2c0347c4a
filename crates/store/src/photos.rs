//! Photos' rows; their bytes lie in [`crate::Blobs`].

use crate::sql::Sql;
use crate::{Database, StoreError, Write};

/// A photo as stored: the clean picture's digest names it, the sealed original's digest stands beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct PhotoRow {
    /// Digest of the clean picture (no metadata left in it).
    pub hash: String,
    /// Digest of the original, kept apart as evidence.
    pub original: String,
    /// Pixels.
    pub width: i64,
    /// Pixels.
    pub height: i64,
    /// Local time the camera wrote, ISO 8601, if any.
    pub taken_at: Option<String>,
    /// Longitude the camera wrote, if any.
    pub lon: Option<f64>,
    /// Latitude the camera wrote, if any.
    pub lat: Option<f64>,
    /// Epoch milliseconds.
    pub uploaded_at: i64,
    /// Person id or `reporter`.
    pub uploaded_by: String,
}

/// Writes a photo's row; the same picture again changes nothing.
///
/// # Errors
/// What the database says.
pub async fn put(write: &mut Write, p: &PhotoRow) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO photo (hash, original, width, height, taken_at, lon, lat, uploaded_at, uploaded_by)
        VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (hash) DO NOTHING";
    let values = [
        (&p.hash).into(),
        (&p.original).into(),
        p.width.into(),
        p.height.into(),
        p.taken_at.as_ref().into(),
        p.lon.into(),
        p.lat.into(),
        p.uploaded_at.into(),
        (&p.uploaded_by).into(),
    ];
    write.execute(Sql::with(INSERT, values)).await?;
    Ok(())
}

/// Photos by digest; unknown ones are left out.
///
/// # Errors
/// What the database says.
pub async fn by_hashes(database: &Database, hashes: &[String]) -> Result<Vec<PhotoRow>, StoreError> {
    let mut sql = Sql::new("SELECT hash, original, width, height, taken_at, lon, lat, uploaded_at, uploaded_by FROM photo WHERE hash IN ");
    sql.bind_list(hashes);
    let rows = database.all(sql).await?;
    rows.iter()
        .map(|r| {
            Ok(PhotoRow {
                hash: r.text(0)?,
                original: r.text(1)?,
                width: r.int(2)?,
                height: r.int(3)?,
                taken_at: r.text_or_null(4)?,
                lon: r.real_or_null(5)?,
                lat: r.real_or_null(6)?,
                uploaded_at: r.int(7)?,
                uploaded_by: r.text(8)?,
            })
        })
        .collect()
}
