//! Letters as made. A number is the next of its series in the transaction that writes the row, and rows stay: no gaps.

use serde_json::Value as Json;

use crate::sql::{Row, Sql};
use crate::{Database, StoreError, Write};

/// One letter as stored; its PDF lies in [`crate::Blobs`].
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentRow {
    /// Id.
    pub id: String,
    /// What asked for it: the same key again is the same document.
    pub key: String,
    /// Unguessable code by which anybody who holds the paper can check it.
    pub code: String,
    /// The case.
    pub case: String,
    /// The letter's id in the definition.
    pub letter: String,
    /// Its title as printed.
    pub title: String,
    /// Series of numbers: the pattern with its year.
    pub series: String,
    /// Place in the series, from 1.
    pub ordinal: i64,
    /// The number as printed.
    pub number: String,
    /// Name of the unit that writes, as printed.
    pub issuer: String,
    /// Name of the PDF among the blobs.
    pub blob: String,
    /// SM3 of the PDF, hex.
    pub sm3: String,
    /// SHA-256 of the PDF, hex.
    pub sha256: String,
    /// Size of the PDF.
    pub bytes: i64,
    /// Pages.
    pub pages: i64,
    /// Whether the reporter may have it.
    pub public: bool,
    /// Epoch milliseconds.
    pub made_at: i64,
    /// Person id or the program.
    pub actor: String,
    /// Unit acted for; may be empty.
    pub unit: String,
    /// Last event of the case when it was made.
    pub case_seq: i64,
    /// That event's hash.
    pub case_hash: String,
    /// What it was typeset from.
    pub data: Json,
}

/// By what a document is looked for.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// Id.
    Id(&'a str),
    /// What asked for it.
    Key(&'a str),
    /// Code on the paper.
    Code(&'a str),
}

const COLUMNS: &str = "SELECT id, key, code, case_id, letter, title, series, ordinal, number, issuer, blob, sm3, sha256, bytes, pages, \
    public, made_at, actor, unit, case_seq, case_hash, data FROM document";

fn read(r: &Row) -> Result<DocumentRow, StoreError> {
    Ok(DocumentRow {
        id: r.text(0)?,
        key: r.text(1)?,
        code: r.text(2)?,
        case: r.text(3)?,
        letter: r.text(4)?,
        title: r.text(5)?,
        series: r.text(6)?,
        ordinal: r.int(7)?,
        number: r.text(8)?,
        issuer: r.text(9)?,
        blob: r.text(10)?,
        sm3: r.text(11)?,
        sha256: r.text(12)?,
        bytes: r.int(13)?,
        pages: r.int(14)?,
        public: r.flag(15)?,
        made_at: r.int(16)?,
        actor: r.text(17)?,
        unit: r.text(18)?,
        case_seq: r.int(19)?,
        case_hash: r.text(20)?,
        data: serde_json::from_str(&r.text(21)?).map_err(|source| StoreError::Document { what: "document", source })?,
    })
}

/// One document.
///
/// # Errors
/// What the database says.
pub async fn find(database: &Database, by: By<'_>) -> Result<Option<DocumentRow>, StoreError> {
    let mut sql = Sql::new(COLUMNS);
    match by {
        By::Id(id) => sql.push(" WHERE id = ").bind(id),
        By::Key(key) => sql.push(" WHERE key = ").bind(key),
        By::Code(code) => sql.push(" WHERE code = ").bind(code),
    };
    database.first(sql).await?.as_ref().map(read).transpose()
}

/// A case's documents, oldest first.
///
/// # Errors
/// What the database says.
pub async fn of_case(database: &Database, case: &str) -> Result<Vec<DocumentRow>, StoreError> {
    let mut sql = Sql::new(COLUMNS);
    sql.push(" WHERE case_id = ").bind(case).push(" ORDER BY made_at, id");
    database.all(sql).await?.iter().map(read).collect()
}

const LAST: &str = "SELECT COALESCE(MAX(ordinal), 0) FROM document WHERE series = $1";

/// The last number given in a series, 0 before the first.
///
/// # Errors
/// What the database says.
pub async fn last_ordinal(database: &Database, series: &str) -> Result<i64, StoreError> {
    database.first(Sql::with(LAST, [series.into()])).await?.map_or(Ok(0), |r| r.int(0))
}

/// The same inside a transaction.
///
/// # Errors
/// What the database says.
pub async fn last_ordinal_now(write: &mut Write, series: &str) -> Result<i64, StoreError> {
    write.first(Sql::with(LAST, [series.into()])).await?.map_or(Ok(0), |r| r.int(0))
}

/// Writes a document. A key, code or number that is taken is a [`StoreError::Conflict`].
///
/// # Errors
/// [`StoreError::Conflict`], or what the database says.
pub async fn insert(write: &mut Write, d: &DocumentRow) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO document (id, key, code, case_id, letter, title, series, ordinal, number, issuer, blob, sm3, sha256,
        bytes, pages, public, made_at, actor, unit, case_seq, case_hash, data)
        VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22)";
    let values = [
        (&d.id).into(),
        (&d.key).into(),
        (&d.code).into(),
        (&d.case).into(),
        (&d.letter).into(),
        (&d.title).into(),
        (&d.series).into(),
        d.ordinal.into(),
        (&d.number).into(),
        (&d.issuer).into(),
        (&d.blob).into(),
        (&d.sm3).into(),
        (&d.sha256).into(),
        d.bytes.into(),
        d.pages.into(),
        d.public.into(),
        d.made_at.into(),
        (&d.actor).into(),
        (&d.unit).into(),
        d.case_seq.into(),
        (&d.case_hash).into(),
        d.data.to_string().into(),
    ];
    write.execute(Sql::with(INSERT, values)).await.map_err(|fault| if fault.is_duplicate() { StoreError::Conflict } else { fault })?;
    Ok(())
}
