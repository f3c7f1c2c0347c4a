//! Cases: opening one and acting on it. Load, decide (pure), commit rows, events, outbox in one transaction, tell.

use std::collections::BTreeSet;

use gongzhi_civic::permission::{Actor, Permission, Role};
use gongzhi_civic::place::Point;
use gongzhi_civic::time::Timestamp;
use gongzhi_matter::{ActorFacts, Base, Case, Command, Definition, Event, Recorded, Verb};
use gongzhi_store::cases::{self, CaseRow, Key};
use gongzhi_store::{StoreError, Write, attachments, events};
use serde::Deserialize;
use serde_json::{Value, json};

mod children;
mod migrations;
mod page;
mod project;

pub(crate) use children::Parenthood;
pub use migrations::Migrating;

use crate::App;
use crate::access::{require, secret};
use crate::effects::Before;
use crate::error::{AppError, Problem, not_found};
use crate::journal::{self, Signature};
use crate::reporters::{Reporting, Seen};

/// Where a case is, as a door gives it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GivenPlace {
    /// Crossing or section key.
    pub key: Option<String>,
    /// Longitude.
    pub lon: Option<f64>,
    /// Latitude.
    pub lat: Option<f64>,
    /// In the reporter's words.
    pub text: Option<String>,
}

/// What a case is opened with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewCase {
    /// Matter id.
    pub matter: String,
    /// The opening form.
    pub fields: Value,
    /// Where.
    pub place: GivenPlace,
    /// Photo digests.
    pub photos: Vec<String>,
    /// `{signals: [id], hotspot: {key, from, to}}`.
    pub evidence: Value,
    /// The sender's key: a second sending finds the first case.
    pub key: String,
    /// The case it belongs to, by id or number.
    pub parent: Option<String>,
}

/// What an actor wants to do to a case.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Act {
    /// The version the actor saw.
    pub version: Option<u64>,
    /// The action's form.
    pub fields: Value,
    /// Words.
    pub reason: Option<String>,
    /// Code.
    pub reason_code: Option<String>,
    /// Unit chosen.
    pub unit: Option<String>,
    /// Assisting units chosen.
    pub assists: Vec<String>,
    /// Photo digests.
    pub photos: Vec<String>,
    /// The other case, by number or id (merging).
    pub other_case: Option<String>,
    /// The person, by id (delegating).
    pub person: Option<String>,
    /// The sender's key: a second sending changes nothing and answers with the case as it stands.
    pub key: String,
}

/// Who opens a case, and how.
#[derive(Clone, Debug)]
pub(crate) struct Opener {
    pub facts: ActorFacts,
    pub by: Signature,
    pub source: &'static str,
    pub reporter: Option<(String, String)>,
    pub synthetic: bool,
    pub parent: Option<Parenthood>,
}

impl Opener {
    /// The program itself, for an effect or a list.
    pub(crate) fn program(source: &'static str, synthetic: bool) -> Self {
        Self { facts: ActorFacts::system(), by: Signature::program(), source, reporter: None, synthetic, parent: None }
    }
}

/// A case with its definition and events.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub row: CaseRow,
    pub case: Case,
    pub definition: std::sync::Arc<Definition>,
    /// The sender's key of the act that is under way, to stand with its first event.
    pub sent: Option<String>,
}

impl Loaded {
    /// What is known of it when others like it are counted.
    pub(crate) fn seen<'a>(&'a self, place: &'a CasePlace) -> Seen<'a> {
        Seen {
            case: Some(&self.row.id),
            reporter: self.row.reporter_key.as_deref(),
            subject: self.row.subject_key.as_deref(),
            fields: &self.case.fields,
            place,
            at: self.row.opened_at,
        }
    }
}

impl App {
    /// The engine's view of a logged-in actor.
    pub(crate) fn actor_facts(&self, actor: &Actor) -> ActorFacts {
        let roles: Vec<&str> = actor.roles.iter().map(|r| r.as_str()).collect();
        ActorFacts::of(&self.units(), &actor.person, &actor.unit, &roles)
    }

    /// Opens a case from the office.
    ///
    /// # Errors
    /// No permission, unknown matter, a form that does not hold.
    pub async fn open_case(&self, actor: &Actor, new: NewCase) -> Result<CaseRow, AppError> {
        require(actor, Permission::CaseOpen)?;
        let source = if new.evidence.get("hotspot").is_some_and(|h| !h.is_null()) { "hotspot" } else { "office" };
        let parent = match new.parent.as_deref().filter(|p| !p.is_empty()) {
            Some(parent) => Some(Parenthood::of(&self.visible(actor, parent).await?, false)),
            None => None,
        };
        let opener =
            Opener { facts: self.actor_facts(actor), by: Signature::from(actor), source, reporter: None, synthetic: false, parent };
        self.open_as(opener, new, self.clock.now()).await
    }

    pub(crate) async fn open_as(&self, opener: Opener, new: NewCase, now: Timestamp) -> Result<CaseRow, AppError> {
        let key = if new.key.is_empty() { secret() } else { format!("{}:{}", opener.by.actor, new.key) };
        if let Some(known) = cases::find(&self.database, Key::Idempotency(&key)).await? {
            return Ok(known);
        }
        self.check_files(&new.photos).await?;
        let mut write = self.database.write().await?;
        match self.open_in(&mut write, &opener, new, &key, now).await {
            Ok(row) => {
                write.commit().await?;
                self.tell("case", json!({ "id": row.id, "number": row.number, "stage": row.stage, "unit": row.unit }));
                Ok(row)
            }
            Err(e) => {
                drop(write);
                // The same sender twice at the same moment: the first one stands.
                if let AppError::Store(e) = &e
                    && e.is_duplicate()
                    && let Some(known) = cases::find(&self.database, Key::Idempotency(&key)).await?
                {
                    return Ok(known);
                }
                Err(e)
            }
        }
    }

    /// Opens a case inside a transaction, under an idempotency key that nobody has used.
    pub(crate) async fn open_in(
        &self,
        write: &mut Write,
        opener: &Opener,
        new: NewCase,
        key: &str,
        now: Timestamp,
    ) -> Result<CaseRow, AppError> {
        let definitions = self.definitions();
        let definition = definitions.current(&new.matter).ok_or_else(|| not_found("这种事项", "matter"))?.clone();
        let action = definition
            .actions
            .iter()
            .find(|a| a.verb == Verb::Open)
            .ok_or_else(|| AppError::Internal("a matter without opening".into()))?;
        let place = match self.resolve_place(&new.place) {
            Err(AppError::Problem(p)) if p.code == "place_missing" && !crate::public::needs_place(&definition) => CasePlace::default(),
            other => other?,
        };
        let reporter_key = match (&opener.reporter, &opener.facts.person) {
            (Some((_, phone)), _) => self.reporter_digest(Reporting::Phone(phone)),
            // A list of a thousand rows is not a thousand reports of the clerk who gave it in.
            (None, Some(_)) if opener.source == "list" => None,
            (None, Some(person)) => self.reporter_digest(Reporting::Person(person)),
            (None, None) => None,
        };
        let command = Command {
            action: action.id.clone(),
            actor: opener.facts.clone(),
            fields: new.fields.clone(),
            photos: new.photos.clone(),
            parent: opener.parent.as_ref().map(|p| p.parent.clone()),
            ..Command::default()
        };
        let mut facts = self.facts(&place, opener.source);
        let subject = crate::subjects::key_of(&definition, &new.fields);
        let seen = Seen {
            case: None,
            reporter: reporter_key.as_deref(),
            subject: subject.as_deref(),
            fields: &new.fields,
            place: &place,
            at: now.0,
        };
        self.count_facts(write, &definition, &mut facts, &seen).await?;
        let decided = gongzhi_matter::decide(&definition, None, &command, &facts, now, &self.calendar())?;
        let evidence = self.evidence(&new.evidence)?;
        let signals: Vec<i64> = evidence["signals"].as_array().map(|a| a.iter().filter_map(Value::as_i64).collect()).unwrap_or_default();
        let mut row = CaseRow {
            id: uuid::Uuid::now_v7().to_string(),
            token: secret(),
            idempotency: key.to_owned(),
            matter: definition.id.clone(),
            definition: definition.content_hash.clone(),
            lon: place.point.map(|p| p.lon),
            lat: place.point.map(|p| p.lat),
            place_key: place.key.clone(),
            place_name: place.name.clone(),
            area_key: place.area.as_ref().map(|a| a.0.clone()),
            source: opener.source.to_owned(),
            opened_at: now.0,
            updated_at: now.0,
            evidence,
            synthetic: opener.synthetic,
            reporter_key,
            parent: opener.parent.as_ref().map(|p| p.parent.case.clone()),
            ..CaseRow::default()
        };
        let year = now.date(&self.zone).year();
        let number = write.take(&format!("case:{year}"), 1).await?;
        row.number = format!("{}-{year}-{number:06}", self.number_prefix);
        let shell = json!({ "number": row.number, "place": { "key": row.place_key, "name": row.place_name, "lon": row.lon, "lat": row.lat, "area": row.area_key }, "evidence": row.evidence, "source": row.source });
        self.record_acts(write, &definition, &mut row, None, &decided, &opener.by, now, Some(shell)).await?;
        cases::insert(write, &row).await?;
        cases::add_signals(write, &row.id, &signals).await?;
        if let Some((name, phone)) = &opener.reporter {
            cases::keep_reporter(write, &row.id, name, phone).await?;
        }
        if let Some(Parenthood { parent, mandatory }) = &opener.parent {
            self.note_child(write, &parent.case, Self::opened(&row, *mandatory)?).await?;
        }
        Ok(row)
    }

    /// Acts on a case from the office.
    ///
    /// # Errors
    /// No permission, no such case or none of the actor's, or what the engine refuses.
    pub async fn act(&self, actor: &Actor, id: &str, action: &str, act: Act) -> Result<CaseRow, AppError> {
        require(actor, Permission::CaseAct)?;
        let row = self.visible(actor, id).await?;
        let mut act = act;
        if let Some(other) = act.other_case.take() {
            act.other_case = Some(self.visible(actor, &other).await?.id);
        }
        self.check_files(&act.photos).await?;
        self.perform(&row.id, action, act, self.actor_facts(actor), &Signature::from(actor), self.clock.now()).await
    }

    pub(crate) async fn perform(
        &self,
        id: &str,
        action: &str,
        act: Act,
        facts: ActorFacts,
        by: &Signature,
        now: Timestamp,
    ) -> Result<CaseRow, AppError> {
        let sent = (!act.key.is_empty()).then(|| format!("{}:{}", by.actor, act.key));
        let mut write = self.database.write().await?;
        let row = cases::load(&mut write, id).await?.ok_or_else(|| not_found("这件事项", "case"))?;
        // Writers take turns, so that what a first sending did is seen by the second.
        if let Some(sent) = &sent
            && events::stream(&self.database, &format!("case:{id}")).await?.iter().any(|e| sent_with(e, sent))
        {
            return Ok(row);
        }
        let mut loaded = self.unfold(row)?;
        loaded.sent = sent;
        let command = Command {
            action: action.to_owned(),
            actor: facts,
            fields: act.fields,
            reason: act.reason,
            reason_code: act.reason_code,
            to_unit: act.unit,
            assists: act.assists,
            photos: act.photos,
            expected_version: act.version,
            other_case: act.other_case,
            to_person: act.person,
            ..Command::default()
        };
        self.apply_command(&mut write, &mut loaded, &command, by, now).await?;
        write.commit().await?;
        self.tell("case", json!({ "id": loaded.row.id, "number": loaded.row.number, "stage": loaded.row.stage, "unit": loaded.row.unit }));
        Ok(loaded.row)
    }

    /// Decides and records one command inside a transaction.
    pub(crate) async fn apply_command(
        &self,
        write: &mut Write,
        loaded: &mut Loaded,
        command: &Command,
        by: &Signature,
        now: Timestamp,
    ) -> Result<(), AppError> {
        let place = self.place_of(&loaded.row);
        let mut facts = self.facts(&place, &loaded.row.source);
        self.count_facts(write, &loaded.definition, &mut facts, &loaded.seen(&place)).await?;
        let decided = gongzhi_matter::decide(&loaded.definition, Some(&loaded.case), command, &facts, now, &self.calendar())?;
        let before = loaded.row.sequence;
        let definition = loaded.definition.clone();
        let shell = loaded.sent.take().map(|sent| json!({ "sent": sent }));
        loaded.case = self.record_acts(write, &definition, &mut loaded.row, Some(loaded.case.clone()), &decided, by, now, shell).await?;
        cases::update(write, &loaded.row, before).await.map_err(conflict)?;
        Ok(())
    }

    /// Appends events, folds them, projects the row, writes units and notices. The row itself is written by the caller.
    #[allow(clippy::too_many_arguments)]
    async fn record_acts(
        &self,
        write: &mut Write,
        definition: &Definition,
        row: &mut CaseRow,
        case: Option<Case>,
        decided: &[Event],
        by: &Signature,
        now: Timestamp,
        shell: Option<Value>,
    ) -> Result<Case, AppError> {
        let before = Before { unit: row.unit.clone(), ended: case.as_ref().is_some_and(|c| definition.base(&c.stage).is_final()) };
        let mut case = case;
        let mut bodies = Vec::with_capacity(decided.len());
        let mut sequence = row.sequence;
        for event in decided {
            sequence += 1;
            let recorded = Recorded { seq: u64::try_from(sequence).unwrap_or(0), at: now, event: event.clone() };
            self.keep_points(write, definition, row, case.as_ref(), &recorded).await?;
            case = Some(gongzhi_matter::apply(definition, case, &recorded));
            let mut body = json!({ "event": event });
            // What the shell has to say stands with the first event of the act.
            if let Some(shell) = shell.as_ref().filter(|_| bodies.is_empty()) {
                body["shell"] = shell.clone();
            }
            bodies.push((format!("{}.{}", definition.id, event.action), body));
        }
        let case = case.ok_or_else(|| AppError::Internal("an act without events".into()))?;
        journal::append(write, &format!("case:{}", row.id), by, now, &bodies).await.map_err(conflict)?;
        row.sequence = sequence;
        self.project(definition, row, &case, now)?;
        for hash in decided.iter().flat_map(|e| &e.photos) {
            attachments::hold(write, &row.id, hash).await?;
        }
        let mut units: BTreeSet<&String> = case.assists.iter().chain(&case.copies).chain(case.parts.iter().map(|p| &p.unit)).collect();
        units.extend(case.unit.iter().chain(&case.router_unit));
        units.extend(case.opened_by.unit.iter());
        if !by.unit.is_empty() {
            units.insert(&by.unit);
        }
        for unit in units {
            cases::add_unit(write, row, unit).await?;
        }
        if !case.parts.is_empty() {
            let open: Vec<&str> = case.open_parts().collect();
            cases::set_parts(write, &row.id, &open).await?;
        }
        self.put_effects(write, definition, row, &case, decided, &before, now).await?;
        Ok(case)
    }

    /// A stored row with its folded case and pinned definition.
    pub(crate) fn unfold(&self, row: CaseRow) -> Result<Loaded, AppError> {
        let definition = self.definitions().pinned(&row.definition).cloned();
        let definition = definition.ok_or_else(|| AppError::Internal(format!("definition {} is gone", row.definition)))?;
        let case = serde_json::from_value(row.body.clone()).map_err(|e| AppError::Internal(e.to_string()))?;
        Ok(Loaded { row, case, definition, sent: None })
    }

    /// The case, if it exists and this actor may know of it. Both are the same answer: what one may not see is not there.
    pub(crate) async fn visible(&self, actor: &Actor, id: &str) -> Result<CaseRow, AppError> {
        let missing = || not_found("这件事项", "case");
        let row = match cases::find(&self.database, Key::Id(id)).await? {
            Some(row) => row,
            None => cases::find(&self.database, Key::Number(id)).await?.ok_or_else(missing)?,
        };
        let units = cases::units_of(&self.database, &row.id).await?;
        if actor.sees(units.iter().map(String::as_str), &self.units()) { Ok(row) } else { Err(missing()) }
    }

    pub(crate) async fn recorded(&self, id: &str) -> Result<Vec<(events::EventRow, Recorded)>, AppError> {
        let rows = events::stream(&self.database, &format!("case:{id}")).await?;
        rows.into_iter().map(|row| recorded_of(&row).map(|recorded| (row, recorded))).collect()
    }
}

/// Whether the actor belongs to the people who watch over clocks: they see the late ones first.
pub(crate) fn oversees(actor: &Actor) -> bool {
    actor.has(Role::Leader)
}

/// Whether an event is of the act that was sent under this key.
fn sent_with(row: &events::EventRow, sent: &str) -> bool {
    row.body.contains(sent) && serde_json::from_str::<Value>(&row.body).is_ok_and(|b| b["shell"]["sent"] == sent)
}

/// A stored event as the engine folds it.
pub(crate) fn recorded_of(row: &events::EventRow) -> Result<Recorded, AppError> {
    /// Lists read thousands of them: the part that is asked for, without the tree around it.
    #[derive(Deserialize)]
    struct Body {
        event: Event,
    }
    let body: Body = serde_json::from_str(&row.body).map_err(|e| AppError::Internal(e.to_string()))?;
    Ok(Recorded { seq: u64::try_from(row.seq).unwrap_or(0), at: Timestamp(row.at), event: body.event })
}

/// A whole number, however the sender spelt it.
pub(crate) fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str().and_then(|s| s.parse().ok()))
}

fn conflict(e: StoreError) -> AppError {
    match e {
        StoreError::Conflict => Problem::new(
            409,
            "version_conflict",
            "有人刚刚更新了这件事项，请刷新后再操作。",
            "Somebody has just changed this case; reload and try again.",
        )
        .into(),
        other => other.into(),
    }
}

/// A place as cases use it.
#[derive(Clone, Debug, Default)]
pub(crate) struct CasePlace {
    pub key: Option<String>,
    pub name: String,
    pub point: Option<Point>,
    pub area: Option<(String, String)>,
    /// Other areas with the same claim: the road runs along their boundary.
    pub shared: Vec<(String, String)>,
    pub road: Option<Value>,
    pub signal: bool,
}

impl CasePlace {
    pub(crate) fn base_is_open(base: &str) -> bool {
        !matches!(base, "done" | "cancelled")
    }
}

/// The bases of open cases.
pub(crate) const OPEN: [Base; 6] = [Base::Intake, Base::Locate, Base::Route, Base::Handle, Base::Review, Base::Hold];
