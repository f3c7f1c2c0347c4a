//! Reads files of calls and crashes into drafts of signals, by a mapping that is data.
//!
//! A file (plain, `.xz` or `.gz`, found out by its first bytes) runs through in one pass: unpacked, decoded from its
//! declared encoding, cut into records, and each record becomes a [`Draft`] or a [`Reject`] with the reason. What
//! concerns the whole file (wrong encoding, missing column, cut off) is a [`Refusal`], and the caller keeps nothing.
//!
//! Invariants: drafts + rejects = data rows of the file; the same file read twice gives the same keys and hashes;
//! memory does not grow with the file except for 16 bytes per row (the key's digest) and the linked tables.
//! Nothing here knows a database, a road or the current time.

mod bytes;
mod draft;
mod encoding;
mod linked;
mod mapping;
mod open;
mod place;
mod refusal;
mod reject;
mod row;
mod template;

#[cfg(test)]
mod demo_city_tests;
#[cfg(test)]
mod real_data_tests;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::ops::ControlFlow;

use gongzhi_civic::place::Bounds;
use gongzhi_civic::time::Timestamp;
use serde::Serialize;

pub use draft::{Draft, Kind, Note, Severity};
pub use linked::{LinkedTables, LinkedUse};
pub use mapping::{Mapping, MappingFault, bundled, bundled_names};
pub use open::read_path;
pub use refusal::Refusal;
pub(crate) use reject::harmless;
pub use reject::{Reason, Reject, reject_csv};

use bytes::Table;
use row::RowReader;

/// What became of one data row.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A signal to store.
    Draft(Box<Draft>),
    /// A row that stays out, with the reason.
    Reject(Reject),
}

/// What the caller knows and the file does not.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// Outer box of the city; a point farther outside than the mapping's margin counts as wrong. This is the box in
    /// which records may lie, not the box of the road network, which often covers only the centre.
    pub bounds: Option<Bounds>,
    /// Rows later than this are rejected; the caller passes its clock.
    pub latest: Option<Timestamp>,
    /// Linked tables, loaded before.
    pub linked: Option<&'a LinkedTables>,
    /// Called with the number of source bytes read so far (compressed bytes), every 64 KiB or so.
    pub progress: Option<&'a dyn Fn(u64)>,
}

/// The figures of one run. `unchanged` and `seconds` are filled by the caller, who knows the store and the clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Data rows of the file, header excluded.
    pub rows: u64,
    /// Rows that became drafts (new, changed or unchanged).
    pub imported: u64,
    /// Rows that stayed out; `rows = imported + rejected`.
    pub rejected: u64,
    /// Of the imported: already stored with the same content.
    pub unchanged: u64,
    /// Of the imported: without a point.
    pub unplaced: u64,
    /// Wall seconds.
    pub seconds: f64,
    /// Encoding the file was read in.
    pub encoding: String,
    /// Bytes of the source as it lies (compressed).
    pub bytes: u64,
    /// Rejects by reason code.
    pub rejects: std::collections::BTreeMap<String, u64>,
    /// Notes on imported rows by code (why a point is missing, a time in the hour that summer time skipped).
    pub notes: std::collections::BTreeMap<String, u64>,
    /// Linked tables: what was there, what was missing.
    pub linked: Vec<LinkedUse>,
}

/// Reads `source` by `mapping` and hands every row to `sink` in file order. `Break` from the sink stops with
/// [`Refusal::Stopped`].
///
/// # Errors
/// A [`Refusal`] when the file as a whole cannot be taken; rows handed out before must then be dropped by the caller.
pub fn read(
    source: impl Read,
    mapping: &Mapping,
    options: &Options,
    sink: &mut dyn FnMut(Outcome) -> ControlFlow<()>,
) -> Result<Summary, Refusal> {
    let mut table = Table::open(Box::new(source), mapping, options.progress)?;
    let mut rows = RowReader::new(mapping, options, table.header())?;
    let mut summary = Summary::default();
    let mut record = csv::StringRecord::new();
    while let Some(line) = table.next(&mut record)? {
        summary.rows += 1;
        let outcome = match rows.read(line, &record) {
            Ok(draft) => {
                summary.imported += 1;
                summary.unplaced += u64::from(draft.point.is_none());
                for note in &draft.notes {
                    *summary.notes.entry(note.reason.code().to_owned()).or_default() += 1;
                }
                Outcome::Draft(Box::new(draft))
            }
            Err(reject) => {
                summary.rejected += 1;
                *summary.rejects.entry(reject.reason.code().to_owned()).or_default() += 1;
                Outcome::Reject(reject)
            }
        };
        if sink(outcome).is_break() {
            return Err(Refusal::Stopped { line });
        }
    }
    summary.linked = rows.linked_use();
    summary.encoding = table.encoding();
    summary.bytes = table.bytes_read();
    Ok(summary)
}
