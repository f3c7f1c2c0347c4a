//! Signals: calls and crashes as rows.

use serde_json::Value as Json;

use crate::error::document;
use crate::sql::{Row, Sql};
use crate::{Database, StoreError, Write};

/// One signal as stored. Places are keys of the road network; the point is the raw position, WGS-84.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignalRow {
    /// Dense number, given by the writer.
    pub id: i64,
    /// Where it came from (a mapping's source, `form`, `api`).
    pub source: String,
    /// Its key there; `(source, source_key)` is unique.
    pub source_key: String,
    /// Digest of what came in: a second import of the same row changes nothing.
    pub content_hash: String,
    /// The import that brought it.
    pub import_id: Option<String>,
    /// `call` or `crash` (or what a mapping declares).
    pub kind: String,
    /// `accident`, `order`, `other`.
    pub class: String,
    /// What the words suggested.
    pub class_suggested: Option<String>,
    /// Why (JSON text in both languages).
    pub class_reason: Option<String>,
    /// `source`, `suggestion`, or the person who corrected it.
    pub class_by: String,
    /// Whether it counts.
    pub valid: bool,
    /// When it happened, epoch milliseconds.
    pub at: i64,
    /// When we learnt of it.
    pub received_at: i64,
    /// The words, as said.
    pub words: String,
    /// The place, as said.
    pub place_text: String,
    /// Raw longitude.
    pub lon: Option<f64>,
    /// Raw latitude.
    pub lat: Option<f64>,
    /// The crossing it lies at.
    pub crossing_key: Option<String>,
    /// The road section it lies on.
    pub section_key: Option<String>,
    /// The area it lies in.
    pub area_key: Option<String>,
    /// The place in words, for people.
    pub place_name: String,
    /// 0 to 1.
    pub confidence: f64,
    /// Why there (JSON text in both languages).
    pub place_reason: String,
    /// Distance from the raw point to the road, metres.
    pub snap_m: Option<f64>,
    /// `fatal`, `serious`, `slight`, `damage`.
    pub severity: Option<String>,
    /// Deaths.
    pub deaths: i64,
    /// Seriously injured.
    pub serious: i64,
    /// Slightly injured, or injured without a grade.
    pub slight: i64,
    /// Digest of the caller's number, for repeats.
    pub caller_hash: Option<String>,
    /// What else the source said.
    pub attributes: Json,
    /// Made up, and said so.
    pub synthetic: bool,
}

const SELECT: &str = "SELECT id, source, source_key, content_hash, import_id, kind, class, class_suggested, class_reason, class_by,
    valid, at, received_at, words, place_text, lon, lat, crossing_key, section_key, area_key, place_name, confidence, place_reason,
    snap_m, severity, deaths, serious, slight, caller_hash, attributes, synthetic FROM signal";
const COLUMNS: usize = 31;

fn read(row: &Row) -> Result<SignalRow, StoreError> {
    Ok(SignalRow {
        id: row.int(0)?,
        source: row.text(1)?,
        source_key: row.text(2)?,
        content_hash: row.text(3)?,
        import_id: row.text_or_null(4)?,
        kind: row.text(5)?,
        class: row.text(6)?,
        class_suggested: row.text_or_null(7)?,
        class_reason: row.text_or_null(8)?,
        class_by: row.text(9)?,
        valid: row.flag(10)?,
        at: row.int(11)?,
        received_at: row.int(12)?,
        words: row.text(13)?,
        place_text: row.text(14)?,
        lon: row.real_or_null(15)?,
        lat: row.real_or_null(16)?,
        crossing_key: row.text_or_null(17)?,
        section_key: row.text_or_null(18)?,
        area_key: row.text_or_null(19)?,
        place_name: row.text(20)?,
        confidence: row.real(21)?,
        place_reason: row.text(22)?,
        snap_m: row.real_or_null(23)?,
        severity: row.text_or_null(24)?,
        deaths: row.int(25)?,
        serious: row.int(26)?,
        slight: row.int(27)?,
        caller_hash: row.text_or_null(28)?,
        attributes: document("attributes", &row.text(29)?)?,
        synthetic: row.flag(30)?,
    })
}

/// Inserts rows, many a statement. Their ids must be fresh (see [`Write::take`] with `"signal"`).
///
/// # Errors
/// What the database says; a taken `(source, source_key)` refuses the statement.
pub async fn insert(write: &mut Write, rows: &[SignalRow]) -> Result<(), StoreError> {
    // 60 rows of 31 values stay far below either database's limit of bound values.
    for chunk in rows.chunks(60) {
        let mut sql = Sql::new(
            "INSERT INTO signal (id, source, source_key, content_hash, import_id, kind, class, class_suggested, class_reason, class_by,
             valid, at, received_at, words, place_text, lon, lat, crossing_key, section_key, area_key, place_name, confidence, place_reason,
             snap_m, severity, deaths, serious, slight, caller_hash, attributes, synthetic) VALUES ",
        );
        for (i, r) in chunk.iter().enumerate() {
            if i > 0 {
                sql.push(",");
            }
            let values: [crate::sql::Value; COLUMNS] = [
                r.id.into(),
                (&r.source).into(),
                (&r.source_key).into(),
                (&r.content_hash).into(),
                r.import_id.as_ref().into(),
                (&r.kind).into(),
                (&r.class).into(),
                r.class_suggested.as_ref().into(),
                r.class_reason.as_ref().into(),
                (&r.class_by).into(),
                r.valid.into(),
                r.at.into(),
                r.received_at.into(),
                (&r.words).into(),
                (&r.place_text).into(),
                r.lon.into(),
                r.lat.into(),
                r.crossing_key.as_ref().into(),
                r.section_key.as_ref().into(),
                r.area_key.as_ref().into(),
                (&r.place_name).into(),
                r.confidence.into(),
                (&r.place_reason).into(),
                r.snap_m.into(),
                r.severity.as_ref().into(),
                r.deaths.into(),
                r.serious.into(),
                r.slight.into(),
                r.caller_hash.as_ref().into(),
                r.attributes.to_string().into(),
                r.synthetic.into(),
            ];
            sql.bind_list(values);
        }
        write.execute(sql).await?;
    }
    Ok(())
}

/// The stored content digests of a source, by source key: what an import compares with.
///
/// # Errors
/// What the database says.
pub async fn known(database: &Database, source: &str) -> Result<std::collections::HashMap<String, (i64, String)>, StoreError> {
    let mut known = std::collections::HashMap::new();
    let sql = Sql::with("SELECT source_key, id, content_hash FROM signal WHERE source = $1", [source.into()]);
    database
        .each(sql, |row| {
            known.insert(row.text(0)?, (row.int(1)?, row.text(2)?));
            Ok(())
        })
        .await?;
    Ok(known)
}

/// Deletes rows by id, for an import that brings them anew with other content.
///
/// # Errors
/// What the database says.
pub async fn delete(write: &mut Write, ids: &[i64]) -> Result<(), StoreError> {
    for chunk in ids.chunks(500) {
        let mut sql = Sql::new("DELETE FROM signal WHERE id IN ");
        sql.bind_list(chunk.iter().copied());
        write.execute(sql).await?;
        let mut sql = Sql::new("DELETE FROM caller WHERE signal_id IN ");
        sql.bind_list(chunk.iter().copied());
        write.execute(sql).await?;
    }
    Ok(())
}

/// Rows by id, in the order of `ids`; ids that are gone are left out.
///
/// # Errors
/// What the database says.
pub async fn by_ids(database: &Database, ids: &[i64]) -> Result<Vec<SignalRow>, StoreError> {
    let mut found = std::collections::HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let mut sql = Sql::new(SELECT);
        sql.push(" WHERE id IN ").bind_list(chunk.iter().copied());
        for row in database.all(sql).await? {
            let signal = read(&row)?;
            found.insert(signal.id, signal);
        }
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// Every call and crash with an id above `after`, by id, handed over one by one; what cases raise is not counted with them.
///
/// # Errors
/// What the database or the sink says.
pub async fn each_after(database: &Database, after: i64, mut sink: impl FnMut(SignalRow)) -> Result<(), StoreError> {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE id > ").bind(after).push(" AND kind <> 'case' ORDER BY id");
    database
        .each(sql, |row| {
            sink(read(&row)?);
            Ok(())
        })
        .await
}

/// Corrects class and validity.
///
/// # Errors
/// What the database says.
pub async fn correct(write: &mut Write, id: i64, class: &str, valid: bool, by: &str) -> Result<bool, StoreError> {
    const UPDATE: &str = "UPDATE signal SET class = $1, valid = $2, class_by = $3 WHERE id = $4";
    Ok(write.execute(Sql::with(UPDATE, [class.into(), valid.into(), by.into(), id.into()])).await? == 1)
}

impl SignalRow {
    /// The same signal at its place.
    #[must_use]
    pub fn placed(self, p: Placement) -> Self {
        Self {
            crossing_key: p.crossing_key,
            section_key: p.section_key,
            area_key: p.area_key,
            place_name: p.place_name,
            confidence: p.confidence,
            place_reason: p.place_reason,
            snap_m: p.snap_m,
            lon: p.lon,
            lat: p.lat,
            ..self
        }
    }
}

/// What changes when signals are placed again on a new network.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// Crossing key.
    pub crossing_key: Option<String>,
    /// Section key.
    pub section_key: Option<String>,
    /// Area key.
    pub area_key: Option<String>,
    /// Place in words.
    pub place_name: String,
    /// 0 to 1.
    pub confidence: f64,
    /// Why (JSON text).
    pub place_reason: String,
    /// Metres to the road.
    pub snap_m: Option<f64>,
    /// Longitude, where the words gave it.
    pub lon: Option<f64>,
    /// Latitude, where the words gave it.
    pub lat: Option<f64>,
}

/// Places a signal anew.
///
/// # Errors
/// What the database says.
pub async fn place(write: &mut Write, id: i64, p: &Placement) -> Result<(), StoreError> {
    const UPDATE: &str = "UPDATE signal SET crossing_key=$1, section_key=$2, area_key=$3, place_name=$4, confidence=$5, place_reason=$6,
        snap_m=$7, lon=$8, lat=$9 WHERE id=$10";
    let values = [
        p.crossing_key.as_ref().into(),
        p.section_key.as_ref().into(),
        p.area_key.as_ref().into(),
        (&p.place_name).into(),
        p.confidence.into(),
        (&p.place_reason).into(),
        p.snap_m.into(),
        p.lon.into(),
        p.lat.into(),
        id.into(),
    ];
    write.execute(Sql::with(UPDATE, values)).await?;
    Ok(())
}

/// Keeps callers' numbers, apart from the record.
///
/// # Errors
/// What the database says.
pub async fn keep_callers(write: &mut Write, callers: &[(i64, String)]) -> Result<(), StoreError> {
    for chunk in callers.chunks(500) {
        let mut sql = Sql::new("INSERT INTO caller (signal_id, phone) VALUES ");
        for (i, (id, phone)) in chunk.iter().enumerate() {
            if i > 0 {
                sql.push(",");
            }
            sql.bind_list([crate::sql::Value::from(*id), phone.into()]);
        }
        write.execute(sql).await?;
    }
    Ok(())
}

/// The callers' numbers of some signals.
///
/// # Errors
/// What the database says.
pub async fn callers(database: &Database, ids: &[i64]) -> Result<std::collections::HashMap<i64, String>, StoreError> {
    let mut sql = Sql::new("SELECT signal_id, phone FROM caller WHERE signal_id IN ");
    sql.bind_list(ids.iter().copied());
    database.all(sql).await?.iter().map(|r| Ok((r.int(0)?, r.text(1)?))).collect()
}

/// Records an import.
///
/// # Errors
/// What the database says.
pub async fn record_import(write: &mut Write, row: &ImportRow) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO import_file (id, mapping, file_name, file_hash, actor, at, summary) VALUES ($1,$2,$3,$4,$5,$6,$7)";
    let values = [
        (&row.id).into(),
        (&row.mapping).into(),
        (&row.file_name).into(),
        (&row.file_hash).into(),
        (&row.actor).into(),
        row.at.into(),
        row.summary.to_string().into(),
    ];
    write.execute(Sql::with(INSERT, values)).await?;
    Ok(())
}

/// An import that ran.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportRow {
    /// Id.
    pub id: String,
    /// Mapping, or `roads`.
    pub mapping: String,
    /// File name without its folder.
    pub file_name: String,
    /// Digest of the file.
    pub file_hash: String,
    /// Who.
    pub actor: String,
    /// When, epoch milliseconds.
    pub at: i64,
    /// Rows, imported, rejected, unchanged, seconds.
    pub summary: Json,
}

/// Imports, newest first.
///
/// # Errors
/// What the database says.
pub async fn imports(database: &Database) -> Result<Vec<ImportRow>, StoreError> {
    let rows = database
        .all(Sql::new("SELECT id, mapping, file_name, file_hash, actor, at, summary FROM import_file ORDER BY at DESC, id DESC LIMIT 200"))
        .await?;
    rows.iter()
        .map(|r| {
            Ok(ImportRow {
                id: r.text(0)?,
                mapping: r.text(1)?,
                file_name: r.text(2)?,
                file_hash: r.text(3)?,
                actor: r.text(4)?,
                at: r.int(5)?,
                summary: document("import summary", &r.text(6)?)?,
            })
        })
        .collect()
}

/// One row by its key in its source.
///
/// # Errors
/// What the database says.
pub async fn find(database: &Database, source: &str, source_key: &str) -> Result<Option<SignalRow>, StoreError> {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE source = ").bind(source).push(" AND source_key = ").bind(source_key);
    database.first(sql).await?.as_ref().map(read).transpose()
}

/// Ids of signals whose words, place or key contain the text, newest first.
///
/// # Errors
/// What the database says.
pub async fn with_words(database: &Database, text: &str, limit: i64) -> Result<Vec<i64>, StoreError> {
    let escaped: String = text.chars().flat_map(|c| if matches!(c, '%' | '_' | '\\') { vec!['\\', c] } else { vec![c] }).collect();
    let pattern = format!("%{escaped}%");
    let mut sql = Sql::new("SELECT id FROM signal WHERE words LIKE ");
    sql.bind(pattern.clone()).push(" ESCAPE '\\' OR place_name LIKE ").bind(pattern.clone()).push(" ESCAPE '\\' OR source_key LIKE ");
    sql.bind(pattern).push(" ESCAPE '\\' ORDER BY at DESC LIMIT ").bind(limit);
    database.all(sql).await?.iter().map(|r| r.int(0)).collect()
}

/// The latest import and the highest row id: what tells a running program that another one has written.
///
/// # Errors
/// What the database says.
pub async fn latest(database: &Database) -> Result<(Option<String>, i64), StoreError> {
    let import = database.first(Sql::new("SELECT id FROM import_file ORDER BY at DESC, id DESC LIMIT 1")).await?;
    let import = import.map(|r| r.text(0)).transpose()?;
    let row = database.first(Sql::new("SELECT id FROM signal WHERE kind <> 'case' ORDER BY id DESC LIMIT 1")).await?;
    Ok((import, row.map_or(Ok(0), |r| r.int(0))?))
}

/// What the index in memory keeps of a signal.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexRow {
    /// Row id.
    pub id: i64,
    /// Epoch milliseconds.
    pub at: i64,
    /// Longitude.
    pub lon: Option<f64>,
    /// Latitude.
    pub lat: Option<f64>,
    /// Crossing key, else section key.
    pub place_key: Option<String>,
    /// Area key.
    pub area_key: Option<String>,
    /// Kind.
    pub kind: String,
    /// Class.
    pub class: String,
    /// Severity.
    pub severity: Option<String>,
    /// Caller's digest.
    pub caller_hash: Option<String>,
    /// Deaths.
    pub deaths: i64,
    /// Seriously and slightly injured.
    pub injured: i64,
    /// Counts.
    pub valid: bool,
    /// Made up.
    pub synthetic: bool,
}

impl From<&SignalRow> for IndexRow {
    fn from(r: &SignalRow) -> Self {
        Self {
            id: r.id,
            at: r.at,
            lon: r.lon,
            lat: r.lat,
            place_key: r.crossing_key.clone().or_else(|| r.section_key.clone()),
            area_key: r.area_key.clone(),
            kind: r.kind.clone(),
            class: r.class.clone(),
            severity: r.severity.clone(),
            caller_hash: r.caller_hash.clone(),
            deaths: r.deaths,
            injured: r.serious + r.slight,
            valid: r.valid,
            synthetic: r.synthetic,
        }
    }
}

/// Every signal as the index keeps it, handed over one by one.
///
/// # Errors
/// What the database or the sink says.
pub async fn each_for_index(database: &Database, mut sink: impl FnMut(IndexRow)) -> Result<(), StoreError> {
    const SELECT: &str = "SELECT id, at, lon, lat, COALESCE(crossing_key, section_key), area_key, kind, class, severity, caller_hash,
        deaths, serious + slight, valid, synthetic FROM signal WHERE kind <> 'case'";
    database
        .each(Sql::new(SELECT), |r| {
            sink(IndexRow {
                id: r.int(0)?,
                at: r.int(1)?,
                lon: r.real_or_null(2)?,
                lat: r.real_or_null(3)?,
                place_key: r.text_or_null(4)?,
                area_key: r.text_or_null(5)?,
                kind: r.text(6)?,
                class: r.text(7)?,
                severity: r.text_or_null(8)?,
                caller_hash: r.text_or_null(9)?,
                deaths: r.int(10)?,
                injured: r.int(11)?,
                valid: r.flag(12)?,
                synthetic: r.flag(13)?,
            });
            Ok(())
        })
        .await
}
