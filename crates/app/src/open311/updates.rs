//! The update extension: what happened to requests, and what other systems say about ours.

use std::collections::HashMap;

use gongzhi_civic::text::Language;
use gongzhi_civic::time::Timestamp;
use gongzhi_matter::{ActorFacts, Base, Command, Definition, Recorded, Verb};
use gongzhi_protocol::open311::{NewUpdate, Node, UpdateQuery, write_time};
use gongzhi_store::cases::{self, CaseRow, Key};
use gongzhi_store::events;
use gongzhi_store::open311::{RequestFilter, UpdateRow, put_update, requests, updates_of};
use serde_json::{Value, json};

use super::requests::unknown;
use super::{DoorError, listed, service_code};
use crate::App;
use crate::case_views::reporter_facts;
use crate::cases::Loaded;
use crate::error::AppError;
use crate::journal::Signature;

/// Requests looked through for one answer: a client that polls every few minutes sees far fewer.
const MOST: i64 = 5_000;

/// The extension's word for what an event led to.
fn status_word(definition: &Definition, recorded: &Recorded) -> &'static str {
    match recorded.event.verb {
        Verb::MergeDuplicate => return "DUPLICATE",
        Verb::Contest | Verb::Reopen => return "REOPEN",
        _ => {}
    }
    match definition.base(&recorded.event.to) {
        Base::Intake | Base::Locate => "OPEN",
        Base::Route => "INVESTIGATING",
        Base::Handle | Base::Review => "IN_PROGRESS",
        Base::Hold => "ACTION_SCHEDULED",
        Base::Done => "FIXED",
        Base::Cancelled => "NO_FURTHER_ACTION",
    }
}

impl App {
    /// Public steps of all requests within a span, oldest first.
    ///
    /// # Errors
    /// What the store says.
    pub async fn open311_updates(&self, query: &UpdateQuery, base: &str, language: Language) -> Result<Node, DoorError> {
        let definitions = self.definitions();
        let matters = definitions.all().filter(|d| listed(d)).map(|d| d.id.clone()).collect();
        let filter = RequestFilter { matters, updated_from: Some(query.from), limit: MOST, ..RequestFilter::default() };
        let changed: HashMap<String, CaseRow> =
            requests(&self.database, &filter).await?.into_iter().map(|r| (format!("case:{}", r.id), r)).collect();
        let streams: Vec<String> = changed.keys().cloned().collect();
        let mut found: Vec<(i64, Node)> = Vec::new();
        for event in events::streams(&self.database, &streams).await? {
            if event.at < query.from || event.at > query.to {
                continue;
            }
            let Some(row) = changed.get(&event.stream) else { continue };
            let Some(definition) = definitions.pinned(&row.definition) else { continue };
            let recorded = crate::cases::recorded_of(&event)?;
            let public = definition.action(&recorded.event.action).filter(|a| !a.public_label.zh.is_empty());
            let Some(action) = public.filter(|_| recorded.event.verb != Verb::Open) else { continue };
            let after = definition.public.as_ref().is_some_and(|p| p.after_photos) && definition.base(&recorded.event.to) == Base::Done;
            let media = row.body["after_photos"].as_array().filter(|_| after).and_then(|p| p.first()?.as_str());
            let stage = definition.stage(&recorded.event.to).map(|s| s.public.clone());
            found.push((
                event.at,
                Node::Record(vec![
                    ("update_id", format!("{}-{}", row.number, event.seq).into()),
                    ("service_request_id", row.number.as_str().into()),
                    ("status", status_word(definition, &recorded).into()),
                    ("updated_datetime", write_time(event.at, &self.zone).into()),
                    ("description", action.public_label.get(language).into()),
                    ("media_url", Node::text_or_empty(media.map(|hash| format!("{base}/api/public/cases/{}/photos/{hash}", row.number)))),
                    ("external_status_code", Node::text_or_empty(stage)),
                ]),
            ));
        }
        found.sort_by_key(|(at, _)| *at);
        Ok(Node::List("request_update", found.into_iter().map(|(_, node)| node).collect()))
    }

    /// Takes what another system says about a request: once, however often it is sent. A reopening is the reporter's objection
    /// where the matter's window still allows one; other words become a note where the matter lets the program take notes. What
    /// leads to nothing is kept and shown on the case.
    ///
    /// # Errors
    /// 403 without a key, 404 for an unknown request.
    pub async fn open311_update(&self, new: NewUpdate) -> Result<Node, DoorError> {
        let sender = self.open311_key(&new.api_key).await?;
        let row = match cases::find(&self.database, Key::Token(&new.request)).await? {
            Some(row) => Some(row),
            None => {
                let row = cases::find(&self.database, Key::Number(&new.request)).await?;
                row.filter(|r| self.definitions().pinned(&r.definition).is_some_and(|d| listed(d)))
            }
        };
        let row = row.filter(|r| self.definitions().pinned(&r.definition).is_some_and(|d| service_code(d).is_some()));
        let row = row.ok_or_else(|| unknown(&new.request))?;
        self.heard(&sender, &new.update, &row.id, &new.status, &new.description, new.at).await?;
        let record = Node::Record(vec![("update_id", new.update.into())]);
        Ok(Node::List("request_update", vec![record]))
    }

    /// Keeps what was heard about a case and lets it act, in one transaction. False if it was heard before.
    pub(super) async fn heard(&self, sender: &str, update: &str, case: &str, status: &str, words: &str, at: i64) -> Result<bool, AppError> {
        let now = self.clock.now();
        let mut write = self.database.write().await?;
        let mut loaded = cases::load(&mut write, case).await?.map(|row| self.unfold(row)).transpose()?;
        let outcome = loaded.as_ref().and_then(|l| self.answer_to(l, status, words, now));
        let kept = UpdateRow {
            sender: sender.to_owned(),
            update: update.to_owned(),
            case_id: case.to_owned(),
            status: status.to_owned(),
            words: words.to_owned(),
            at,
            received_at: now.0,
            outcome: outcome.as_ref().map_or_else(|| "kept".to_owned(), |c| c.action.clone()),
        };
        if !put_update(&mut write, &kept).await? {
            return Ok(false);
        }
        if let (Some(command), Some(loaded)) = (outcome, &mut loaded) {
            let by = if command.actor.reporter { Signature::reporter() } else { Signature::program() };
            self.apply_command(&mut write, loaded, &command, &by, now).await?;
        }
        write.commit().await?;
        self.tell("case", json!({ "id": case }));
        Ok(true)
    }

    /// The command that an update leads to, if the matter allows one now.
    fn answer_to(&self, loaded: &Loaded, status: &str, words: &str, now: Timestamp) -> Option<Command> {
        let reason = if words.trim().is_empty() { status.to_owned() } else { format!("[{status}] {words}") };
        let (actor, verb) = if status == "REOPEN" { (reporter_facts(), Verb::Contest) } else { (ActorFacts::system(), Verb::Note) };
        let facts = self.facts(&self.place_of(&loaded.row), &loaded.row.source);
        let may = gongzhi_matter::available(&loaded.definition, &loaded.case, &actor, &facts, now, &self.calendar());
        let action = may.into_iter().find(|a| a.verb == verb && a.form.is_none() && a.needs_photos == 0 && a.reasons.is_empty())?;
        Some(Command { action: action.id, actor, reason: Some(reason), ..Command::default() })
    }

    /// What the case page shows of other systems.
    pub(crate) async fn open311_of_case(&self, case: &str) -> Result<Value, AppError> {
        let links = gongzhi_store::open311::links_of(&self.database, case).await?;
        let updates = updates_of(&self.database, case).await?;
        Ok(json!({
            "links": links.iter().map(|l| json!({ "peer": l.peer, "remote": l.remote, "direction": l.direction, "status": l.status, "at": l.at })).collect::<Vec<_>>(),
            "updates": updates.iter().map(|u| json!({ "sender": u.sender, "status": u.status, "words": u.words, "at": u.at, "outcome": u.outcome })).collect::<Vec<_>>(),
        }))
    }
}
