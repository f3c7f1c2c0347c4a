//! Writing to the ledger: every act of anybody becomes an event in a hash chain, in the transaction of the act itself.

use gongzhi_civic::permission::Actor;
use gongzhi_civic::time::Timestamp;
use gongzhi_matter::ledger;
use gongzhi_store::events::{self, EventRow};
use gongzhi_store::{StoreError, Write};
use serde_json::{Value, json};

/// The actor of what the program does by itself.
pub const PROGRAM: &str = "program";
/// The actor of what a citizen does by link.
pub const REPORTER: &str = "reporter";

/// Who did it, for the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Person id, [`PROGRAM`] or [`REPORTER`].
    pub actor: String,
    /// Unit id, empty where there is none.
    pub unit: String,
}

impl From<&Actor> for Signature {
    fn from(actor: &Actor) -> Self {
        Self { actor: actor.person.clone(), unit: actor.unit.clone() }
    }
}

impl Signature {
    /// The program itself.
    #[must_use]
    pub fn program() -> Self {
        Self { actor: PROGRAM.into(), unit: String::new() }
    }

    /// A citizen.
    #[must_use]
    pub fn reporter() -> Self {
        Self { actor: REPORTER.into(), unit: String::new() }
    }
}

/// Appends events to one stream, each chained to the one before. Returns the last sequence number.
///
/// # Errors
/// [`StoreError::Conflict`] if somebody else wrote to the stream meanwhile.
pub async fn append(write: &mut Write, stream: &str, by: &Signature, at: Timestamp, bodies: &[(String, Value)]) -> Result<i64, StoreError> {
    let (mut seq, mut previous) = events::head(write, stream).await?;
    if previous.is_empty() {
        ledger::GENESIS.clone_into(&mut previous);
    }
    let mut rows = Vec::with_capacity(bodies.len());
    for (kind, body) in bodies {
        seq += 1;
        let body = String::from_utf8(canonical(body)?).unwrap_or_default();
        let mut row = EventRow {
            stream: stream.to_owned(),
            seq,
            position: 0,
            at: at.0,
            actor: by.actor.clone(),
            unit: by.unit.clone(),
            kind: kind.clone(),
            body,
            previous: previous.clone(),
            hash: String::new(),
        };
        row.hash = ledger::chain(&previous, &bytes(&row)?);
        previous.clone_from(&row.hash);
        rows.push(row);
    }
    events::append(write, &rows).await?;
    Ok(seq)
}

/// The bytes an event's hash covers: every column but the position and the hashes.
///
/// # Errors
/// If the stored body is no JSON.
pub fn bytes(row: &EventRow) -> Result<Vec<u8>, StoreError> {
    let body: Value = serde_json::from_str(&row.body).map_err(|source| StoreError::Document { what: "event", source })?;
    canonical(&json!({
        "stream": row.stream, "seq": row.seq, "at": row.at, "actor": row.actor, "unit": row.unit, "kind": row.kind, "body": body,
    }))
}

fn canonical(value: &Value) -> Result<Vec<u8>, StoreError> {
    ledger::canonical(value).map_err(|_| StoreError::Conflict)
}
