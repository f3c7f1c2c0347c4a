//! What does not go on by itself and needs a person: effects that failed too often or keep failing, cases whose definition no
//! longer loads, channels whose settings cannot work.

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::text::{Language, Text};
use gongzhi_civic::time::Timestamp;
use gongzhi_matter::{Base, ChildChange, EffectDeed};
use gongzhi_store::cases::{self, Key};
use gongzhi_store::outbox::{self, OutboxRow};
use gongzhi_store::{Write, webhooks};
use serde_json::{Value, json};

use super::write::Declared;
use crate::App;
use crate::access::require;
use crate::error::{AppError, Problem, not_found};
use crate::journal::{self, Signature};

/// From so many failures on, a row that is still tried is shown too.
const FAILING: i64 = 3;
/// The longest list.
const LIMIT: i64 = 500;

impl App {
    /// The list, the oldest first.
    ///
    /// # Errors
    /// No permission.
    pub async fn list_stuck(&self, actor: &Actor, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::StuckMend)?;
        let mut items = Vec::new();
        let troubled = outbox::troubled(&self.database, FAILING, LIMIT).await?;
        let rows = troubled.iter().filter(|r| r.state == "stuck").count();
        for row in troubled {
            let case = match row.case.is_empty() {
                true => None,
                false => cases::find(&self.database, Key::Id(&row.case)).await?,
            };
            // An administrator mends channels and has no right over cases: the number is enough to talk about one.
            let title = match &case {
                Some(case) if actor.may(Permission::CaseRead) && self.visible(actor, &case.id).await.is_ok() => Some(&case.title),
                _ => None,
            };
            items.push(json!({
                "id": row.id.to_string(), "kind": row.kind, "target": row.target, "state": if row.state == "stuck" { "stuck" } else { "failing" },
                "case": case.as_ref().map(|c| &c.id), "number": case.as_ref().map(|c| &c.number), "title": title,
                "failure": failure(&row, language), "attempts": row.attempts, "since": row.created_at,
                "next_at": if row.state == "stuck" { None } else { Some(row.next_at) }, "can": ["retry", "drop"],
            }));
        }
        for row in self.unfoldable().await? {
            items.push(json!({
                "id": format!("case:{}", row.id), "kind": "definition", "target": row.matter, "state": "stuck", "case": row.id, "number": row.number,
                "title": Value::Null, "attempts": 0, "since": row.updated_at, "next_at": Value::Null, "can": ["retry"],
                "failure": Text::new("事项所依据的定义无法读取，办理和时限均已停止。", "The definition that the case is pinned to no longer loads; nothing can be done and no clock fires.").get(language),
            }));
        }
        for (id, target, text) in self.broken_channels().await? {
            items.push(json!({
                "id": id, "kind": "channel", "target": target, "state": "stuck", "case": Value::Null, "number": Value::Null, "title": Value::Null,
                "attempts": 0, "since": Value::Null, "next_at": Value::Null, "can": [], "failure": text.get(language),
            }));
        }
        let hidden = outbox::count(&self.database, "stuck").await? - i64::try_from(rows).unwrap_or(0);
        Ok(json!({ "items": items, "total": i64::try_from(items.len()).unwrap_or(0) + hidden.max(0) }))
    }

    /// Open cases that are pinned to a definition which no longer loads.
    async fn unfoldable(&self) -> Result<Vec<cases::CaseRow>, AppError> {
        let definitions = self.definitions();
        let mut rows = Vec::new();
        for hash in cases::definition_hashes(&self.database).await? {
            if definitions.pinned(&hash).is_none() {
                rows.extend(cases::open_under(&self.database, &hash, 100).await?);
            }
        }
        Ok(rows)
    }

    async fn broken_channels(&self) -> Result<Vec<(String, String, Text)>, AppError> {
        let mut broken = Vec::new();
        match self.channel_settings().await {
            Ok(settings) => {
                for (at, why) in settings.faults() {
                    broken.push((format!("channel:{at}"), at.to_owned(), why));
                }
            }
            Err(e) => broken.push(("channel:/".into(), "/".into(), Text::new(format!("通道设置无法读取：{e}"), e.to_string()))),
        }
        for endpoint in webhooks::all(&self.database).await?.into_iter().filter(|w| w.active) {
            if let Some(text) = endpoint.failure.as_deref().and_then(|f| serde_json::from_str(f).ok()) {
                broken.push((format!("channel:webhook:{}", endpoint.id), endpoint.url, text));
            }
        }
        Ok(broken)
    }

    /// Tries a row again at once; of a case under a broken definition, loads the definitions again.
    ///
    /// # Errors
    /// No permission, no such row, or one that is not stuck.
    pub async fn retry_stuck(&self, actor: &Actor, id: &str) -> Result<Value, AppError> {
        require(actor, Permission::StuckMend)?;
        if id.starts_with("case:") {
            self.load_definitions().await?;
            return Ok(json!({ "ok": true }));
        }
        if id.starts_with("channel:") {
            // It leaves the list when the settings are right, or the endpoint takes its next delivery.
            return Ok(json!({ "ok": true }));
        }
        let (mut write, row) = self.stuck_row(id).await?;
        let now = self.clock.now();
        if !outbox::retry(&mut write, row.id, now.0).await? {
            return Err(not_stuck());
        }
        self.note(&mut write, actor, now, "outbox.retried", &row, "").await?;
        write.commit().await?;
        Ok(json!({ "ok": true }))
    }

    /// Gives a row up, with a reason that the ledger keeps. A parent stops waiting for a child that will not come.
    ///
    /// # Errors
    /// No permission, no reason, no such row, or one that is not stuck.
    pub async fn drop_stuck(&self, actor: &Actor, id: &str, reason: &str) -> Result<Value, AppError> {
        require(actor, Permission::StuckMend)?;
        if reason.trim().chars().count() < 4 {
            return Err(Problem::new(
                422,
                "missing_reason",
                "请说明放弃的理由（至少 4 个字）。",
                "Say why it is given up (4 characters at least).",
            )
            .at("/reason", "必填", "required")
            .into());
        }
        let (mut write, row) = self.stuck_row(id).await?;
        let now = self.clock.now();
        if !outbox::give_up(&mut write, row.id, now.0).await? {
            return Err(not_stuck());
        }
        if row.kind == "child" {
            self.give_child_up(&mut write, &row).await?;
        }
        self.note(&mut write, actor, now, "outbox.dropped", &row, reason.trim()).await?;
        write.commit().await?;
        self.tell("stuck", json!({ "id": row.id.to_string() }));
        Ok(json!({ "ok": true }))
    }

    async fn stuck_row(&self, id: &str) -> Result<(Write, OutboxRow), AppError> {
        let missing = || not_found("这一条", "such item");
        let number: i64 = id.parse().map_err(|_| missing())?;
        let mut write = self.database.write().await?;
        let row = outbox::load(&mut write, number).await?.ok_or_else(missing)?;
        Ok((write, row))
    }

    /// The parent hears that a promised child will not come.
    async fn give_child_up(&self, write: &mut Write, row: &OutboxRow) -> Result<(), AppError> {
        let declared: Declared = serde_json::from_str(&row.body).map_err(|e| AppError::Internal(e.to_string()))?;
        let EffectDeed::Child { matter, mandatory, .. } = declared.effect.deed else { return Ok(()) };
        let child = ChildChange {
            case: String::new(),
            number: String::new(),
            matter,
            mandatory,
            stage: String::new(),
            base: Base::Cancelled,
            opened: false,
        };
        self.note_child(write, &row.case, child).await?;
        Ok(())
    }

    async fn note(
        &self,
        write: &mut Write,
        actor: &Actor,
        now: Timestamp,
        kind: &str,
        row: &OutboxRow,
        reason: &str,
    ) -> Result<(), AppError> {
        let body = json!({ "key": row.key, "kind": row.kind, "case": row.case, "attempts": row.attempts, "reason": reason });
        journal::append(write, "outbox", &Signature::from(actor), now, &[(kind.to_owned(), body)]).await?;
        Ok(())
    }

    /// The declared effects of a case for its page: whether they wait, are done or stuck.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn effects_of(
        &self,
        definition: &gongzhi_matter::Definition,
        case: &str,
        events: &[gongzhi_matter::Recorded],
        language: Language,
    ) -> Result<Vec<Value>, AppError> {
        if events.iter().all(|e| e.event.effects.is_empty()) {
            return Ok(Vec::new());
        }
        let rows = outbox::of_case(&self.database, case).await?;
        let mut views = Vec::new();
        for recorded in events {
            for (index, effect) in recorded.event.effects.iter().enumerate() {
                let key = format!("{case}/{}/{index}", recorded.seq);
                let follows = format!("{key}/");
                // What is no longer in the outbox was done and cleared away; of a demo city's past it was never there.
                let of: Vec<&OutboxRow> = rows.iter().filter(|r| r.key == key || r.key.starts_with(&follows)).collect();
                let worst = of.iter().max_by_key(|r| ["done", "dropped", "waiting", "stuck"].iter().position(|s| *s == r.state));
                let label = definition.effect(&effect.id).map(|e| e.words.get(language).to_owned()).unwrap_or_default();
                views.push(json!({
                    "id": effect.id, "label": label, "state": worst.map_or("done", |r| r.state.as_str()), "at": worst.map_or(recorded.at.0, |r| r.next_at),
                    "failure": worst.and_then(|r| failure(r, language)),
                }));
            }
        }
        Ok(views)
    }
}

fn failure(row: &OutboxRow, language: Language) -> Option<String> {
    let text = row.failure.as_deref()?;
    Some(serde_json::from_str::<Text>(text).map_or_else(|_| text.to_owned(), |t| t.get(language).to_owned()))
}

fn not_stuck() -> AppError {
    Problem::new(409, "not_stuck", "这一条正在处理，或已经完成。", "It is being worked on, or it is done.").into()
}
