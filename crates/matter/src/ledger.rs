//! The hash chain over a case's events.
//!
//! `hash = SM3(alg ‖ prev ‖ canonical)`; canonical JSON has sorted keys and no insignificant space.

use serde::Serialize;
use serde_json::Value;
use sm3::{Digest, Sm3};

/// Name of the digest, stored beside every hash.
pub const ALGORITHM: &str = "sm3";

/// The `prev` of the first event of a chain.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Why canonical bytes could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// The value does not serialise to JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
}

/// The canonical bytes of a value: keys sorted by code point, no spaces, integers plain, other numbers in shortest form.
///
/// # Errors
/// When the value does not serialise.
pub fn canonical<T: Serialize>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let value = serde_json::to_value(value).map_err(|e| CanonicalError::NotJson(e.to_string()))?;
    let mut out = Vec::new();
    write_canonical(&value, &mut out);
    Ok(out)
}

/// The chain's next hash, hex.
#[must_use]
pub fn chain(prev_hash: &str, canonical: &[u8]) -> String {
    let mut digest = Sm3::new();
    digest.update(ALGORITHM.as_bytes());
    digest.update(b"\n");
    digest.update(prev_hash.as_bytes());
    digest.update(b"\n");
    digest.update(canonical);
    hex(&digest.finalize())
}

/// SM3 of bytes, hex.
#[must_use]
pub fn sm3_hex(bytes: &[u8]) -> String {
    hex(&Sm3::digest(bytes))
}

/// One link of a chain as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Sequence number in the stream, from 1.
    pub seq: u64,
    /// Digest name as stored.
    pub algorithm: String,
    /// Hash of the link before.
    pub prev_hash: String,
    /// Canonical bytes as stored.
    pub canonical: Vec<u8>,
    /// Hash as stored.
    pub hash: String,
}

/// The first place where a chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("chain broken at {seq}: {why}")]
pub struct Break {
    /// Sequence number of the link that does not hold.
    pub seq: u64,
    /// `sequence`, `algorithm`, `previous` or `content`.
    pub why: &'static str,
    /// Hash computed.
    pub expected: String,
    /// Hash or value found.
    pub found: String,
}

/// Walks a chain from its first link; returns the head's hash.
///
/// # Errors
/// The first break.
pub fn verify(links: impl IntoIterator<Item = Link>) -> Result<String, Break> {
    let mut prev = GENESIS.to_owned();
    for (expected_seq, link) in (1u64..).zip(links) {
        let broken = |why, expected: String, found: String| Break { seq: link.seq, why, expected, found };
        if link.seq != expected_seq {
            return Err(broken("sequence", expected_seq.to_string(), link.seq.to_string()));
        }
        if link.algorithm != ALGORITHM {
            return Err(broken("algorithm", ALGORITHM.to_owned(), link.algorithm.clone()));
        }
        if link.prev_hash != prev {
            return Err(broken("previous", prev, link.prev_hash.clone()));
        }
        let hash = chain(&prev, &link.canonical);
        if hash != link.hash {
            return Err(broken("content", hash, link.hash.clone()));
        }
        prev = hash;
    }
    Ok(prev)
}

fn write_canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            out.push(b'{');
            for (i, key) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                out.extend(Value::String(key.clone()).to_string().bytes());
                out.push(b':');
                write_canonical(&map[key], out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_canonical(item, out);
            }
            out.push(b']');
        }
        // One number has one spelling: 3.0 and 3 are the same number to every reader of JSON.
        Value::Number(n) => match n.as_f64() {
            Some(f) if n.is_f64() && f.fract() == 0.0 && f.abs() < 9e15 => {
                #[allow(clippy::cast_possible_truncation)] // checked: whole and small
                let whole = f as i64;
                out.extend(whole.to_string().bytes());
            }
            _ => out.extend(n.to_string().bytes()),
        },
        other => out.extend(other.to_string().bytes()),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(64), |mut s, b| {
        let _ = write!(s, "{b:02x}");
        s
    })
}
