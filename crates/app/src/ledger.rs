//! Proving the ledger: every chain from its first event, and every daily anchor against the chains of its day.

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_matter::ledger;
use gongzhi_matter::ledger::{ALGORITHM, Link};
use gongzhi_store::events::{self, Anchor, EventFilter, EventRow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::App;
use crate::access::require;
use crate::error::AppError;
use crate::journal;

/// What a verification found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verdict {
    /// Whether everything holds.
    pub ok: bool,
    /// Events checked.
    pub checked: u64,
    /// Chains checked.
    pub streams: u64,
    /// Anchors checked.
    pub anchors: u64,
    /// The first thing that does not hold.
    #[serde(rename = "break")]
    pub broken: Option<Broken>,
}

/// Where a chain or an anchor does not hold.
#[derive(Clone, Debug, Serialize)]
pub struct Broken {
    /// Stream, or `anchor:<day>`.
    pub stream: String,
    /// Event in the stream, 0 for an anchor.
    pub seq: u64,
    /// `sequence`, `previous`, `content`, `anchor`.
    pub why: String,
}

/// What to look for in the ledger.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EventQuery {
    /// Only this stream.
    pub stream: Option<String>,
    /// Only this actor.
    pub actor: Option<String>,
    /// Only this kind.
    pub kind: Option<String>,
    /// Before this position.
    pub cursor: Option<i64>,
    /// At most 200.
    pub limit: Option<i64>,
}

/// Checks one stream's rows, oldest first.
///
/// # Errors
/// The first break.
pub fn verify_rows<'a>(rows: impl IntoIterator<Item = &'a EventRow>) -> Result<String, Broken> {
    let mut stream = String::new();
    let mut links = Vec::new();
    for row in rows {
        stream.clone_from(&row.stream);
        let canonical = journal::bytes(row).map_err(|_| Broken {
            stream: row.stream.clone(),
            seq: u64::try_from(row.seq).unwrap_or(0),
            why: "content".into(),
        })?;
        links.push(Link {
            seq: u64::try_from(row.seq).unwrap_or(0),
            algorithm: ALGORITHM.to_owned(),
            prev_hash: row.previous.clone(),
            canonical,
            hash: row.hash.clone(),
        });
    }
    ledger::verify(links).map_err(|b| Broken { stream, seq: b.seq, why: b.why.to_owned() })
}

impl App {
    /// Verifies every chain and every anchor.
    ///
    /// # Errors
    /// What the store says.
    pub async fn verify_ledger(&self) -> Result<Verdict, AppError> {
        let mut verdict = Verdict { ok: true, ..Verdict::default() };
        let mut open: Vec<EventRow> = Vec::new();
        let mut first_break = None;
        let close = |rows: &mut Vec<EventRow>, verdict: &mut Verdict, first_break: &mut Option<Broken>| {
            if rows.is_empty() {
                return;
            }
            verdict.streams += 1;
            verdict.checked += rows.len() as u64;
            if let Err(broken) = verify_rows(rows.iter()) {
                first_break.get_or_insert(broken);
            }
            rows.clear();
        };
        events::each_by_stream(&self.database, |row| {
            if open.last().is_some_and(|last| last.stream != row.stream) {
                close(&mut open, &mut verdict, &mut first_break);
            }
            open.push(row);
        })
        .await?;
        close(&mut open, &mut verdict, &mut first_break);
        for anchor in events::anchors(&self.database).await? {
            verdict.anchors += 1;
            if self.heads_digest(anchor.position).await? != anchor.hash {
                first_break.get_or_insert(Broken { stream: format!("anchor:{}", anchor.day), seq: 0, why: "anchor".into() });
            }
        }
        verdict.ok = first_break.is_none();
        verdict.broken = first_break;
        Ok(verdict)
    }

    async fn heads_digest(&self, position: i64) -> Result<String, AppError> {
        let heads = events::heads(&self.database, position).await?;
        let bytes = ledger::canonical(&heads).map_err(|e| AppError::Internal(e.to_string()))?;
        Ok(ledger::sm3_hex(&bytes))
    }

    /// Takes today's anchor, once a day: the digest of all heads.
    ///
    /// # Errors
    /// What the store says.
    pub async fn anchor_ledger(&self) -> Result<Option<Anchor>, AppError> {
        let now = self.clock.now();
        let day = now.date(&self.zone).to_string();
        if events::anchors(&self.database).await?.iter().any(|a| a.day == day) {
            return Ok(None);
        }
        let position = events::last_position(&self.database).await?;
        let anchor = Anchor { day, position, hash: self.heads_digest(position).await?, at: now.0 };
        let mut write = self.database.write().await?;
        let taken = events::anchor(&mut write, &anchor).await?;
        write.commit().await?;
        Ok(taken.then_some(anchor))
    }

    /// The state of the ledger for the administration screen.
    ///
    /// # Errors
    /// No permission.
    pub async fn ledger_state(&self, actor: &Actor) -> Result<Value, AppError> {
        require(actor, Permission::LedgerRead)?;
        let position = events::last_position(&self.database).await?;
        let heads = events::heads(&self.database, position).await?.len();
        let anchor = events::anchors(&self.database).await?.pop();
        Ok(
            json!({ "heads": heads, "events": position, "last_anchor": anchor.map(|a| json!({ "day": a.day, "position": a.position, "hash": a.hash, "at": a.at })), "verified_at": null }),
        )
    }

    /// A page of the ledger, newest first.
    ///
    /// # Errors
    /// No permission.
    pub async fn list_events(&self, actor: &Actor, query: &EventQuery) -> Result<Value, AppError> {
        require(actor, Permission::LedgerRead)?;
        let limit = query.limit.unwrap_or(50).clamp(1, 200);
        let filter =
            EventFilter { stream: query.stream.clone(), actor: query.actor.clone(), kind: query.kind.clone(), before: query.cursor, limit };
        let rows = events::page(&self.database, &filter).await?;
        let next = if i64::try_from(rows.len()).unwrap_or(0) == limit { rows.last().map(|r| r.position.to_string()) } else { None };
        let people: std::collections::HashMap<String, String> =
            gongzhi_store::directory::people(&self.database, None).await?.into_iter().map(|p| (p.id, p.name)).collect();
        let items: Vec<Value> = rows
            .iter()
            .map(|r| {
                let name = people.get(&r.actor).cloned().unwrap_or_else(|| r.actor.clone());
                json!({ "id": r.position.to_string(), "seq": r.seq, "stream": r.stream, "kind": r.kind, "at": r.at, "actor": name, "unit": r.unit, "hash": r.hash, "data": serde_json::from_str::<Value>(&r.body).unwrap_or(Value::Null) })
            })
            .collect();
        Ok(json!({ "items": items, "next": next, "total": events::last_position(&self.database).await? }))
    }
}
