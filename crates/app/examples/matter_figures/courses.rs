//! The scenarios of all matters as scripts, and a player that takes them through the doors of the house.

use std::collections::BTreeMap;

use gongzhi_app::cases::{Act, GivenPlace, NewCase};
use gongzhi_app::public::{PublicAct, PublicReport};
use gongzhi_app::{App, AppError};
use gongzhi_civic::calendar::Budget;
use gongzhi_civic::permission::{Actor, Role};
use gongzhi_civic::text::Language;
use gongzhi_civic::time::{MINUTE_MS, Timestamp};
use gongzhi_civic::unit::UnitKind;
use gongzhi_matter::Verb;
use gongzhi_store::cases::{self, Key};
use serde::Deserialize;
use serde_json::Value;

/// Stand for the place of a course; the copies put their own there.
pub const PLACE: &str = "地点标记之路";
pub const LON: f64 = 120.123_456;
pub const LAT: f64 = 30.123_456;

#[derive(Clone, Debug, Deserialize)]
pub struct Person {
    unit: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Script {
    #[serde(skip)]
    pub matter: String,
    #[serde(skip)]
    people: BTreeMap<String, Person>,
    #[serde(default)]
    pub walk: bool,
    start: String,
    step: Vec<Step>,
}

#[derive(Clone, Debug, Deserialize)]
struct Step {
    #[serde(default)]
    by: String,
    #[serde(default, rename = "do")]
    action: String,
    at: Option<String>,
    after: Option<Budget>,
    fields: Option<Value>,
    #[serde(default)]
    photos: usize,
    reason: Option<String>,
    code: Option<String>,
    to_unit: Option<String>,
    #[serde(default)]
    assists: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    actors: BTreeMap<String, Person>,
    #[serde(default)]
    scenario: Vec<Script>,
}

/// Every scenario of every matter in force.
pub fn scripts(app: &App) -> Vec<Script> {
    let mut scripts = Vec::new();
    for (matter, files) in app.templates.matters().unwrap() {
        for (_, text) in files.iter().filter(|(name, _)| name.starts_with("scenarios/")) {
            let file: File = toml::from_str(text).unwrap();
            scripts.extend(file.scenario.into_iter().map(|s| Script { matter: matter.clone(), people: file.actors.clone(), ..s }));
        }
    }
    scripts
}

/// A case on its way through a script.
#[derive(Clone, Debug)]
pub struct Run {
    script: Script,
    next: usize,
    /// The case, once it is open.
    pub id: Option<String>,
    token: String,
    key: String,
}

impl Run {
    pub fn new(script: &Script, key: String) -> Self {
        Self { script: script.clone(), next: 0, id: None, token: String::new(), key }
    }

    pub fn over(&self) -> bool {
        self.next >= self.script.step.len()
    }

    pub fn steps(&self) -> usize {
        self.script.step.len()
    }

    fn local(app: &App, text: &str) -> Timestamp {
        let civil: jiff::civil::DateTime = text.parse().unwrap();
        Timestamp::from_jiff(civil.to_zoned(app.zone.clone()).unwrap().timestamp())
    }

    /// Sets the simulated clock to when the next step is.
    pub fn move_clock(&self, app: &App) {
        if self.next == 0 {
            app.clock.set(Self::local(app, &self.script.start));
        }
        let Some(step) = self.script.step.get(self.next) else { return };
        if let Some(at) = &step.at {
            app.clock.set(Self::local(app, at));
        }
        if let Some(after) = step.after {
            app.clock.set(app.calendar().due(app.clock.now(), after, &[], false).at);
        }
    }

    /// Takes the next step. What only an engine's own test can do is passed over: `None`.
    pub async fn step(&mut self, app: &App, photos: &[String], place: &GivenPlace) -> Option<Result<(), AppError>> {
        let step = self.script.step.get(self.next)?.clone();
        self.next += 1;
        if matches!(step.action.as_str(), "" | "child" | "effect_check") {
            return None;
        }
        if step.action == "tick" {
            return Some(app.fire_rungs().await.map(|_| ()));
        }
        let fields = step.fields.clone().unwrap_or(Value::Null);
        let photos: Vec<String> = photos.iter().take(step.photos).cloned().collect();
        let person = self.script.people.get(&step.by).cloned()?;
        let Some(actor) = actor(app, &step.by, &person) else {
            return Some(self.public(app, &step, fields, photos, place).await);
        };
        if let Some(id) = &self.id {
            let act = Act {
                fields,
                photos,
                reason: step.reason,
                reason_code: step.code,
                unit: step.to_unit,
                assists: step.assists,
                ..Act::default()
            };
            return Some(app.act(&actor, id, &step.action, act).await.map(|_| ()));
        }
        let new = NewCase {
            matter: self.script.matter.clone(),
            fields,
            place: place.clone(),
            photos,
            key: self.key.clone(),
            ..NewCase::default()
        };
        Some(app.open_case(&actor, new).await.map(|row| self.id = Some(row.id)))
    }

    async fn public(&mut self, app: &App, step: &Step, fields: Value, photos: Vec<String>, place: &GivenPlace) -> Result<(), AppError> {
        if self.id.is_some() {
            let act = PublicAct { fields, reason: step.reason.clone(), reason_code: step.code.clone(), photos };
            return app.public_act(&self.token, &step.action, act, Language::Zh).await.map(|_| ());
        }
        let matter = self.script.matter.clone();
        let report = PublicReport { matter, fields, place: place.clone(), photos, key: self.key.clone(), ..PublicReport::default() };
        let said = app.public_report(report, Language::Zh).await?;
        self.token = said["token"].as_str().unwrap_or_default().to_owned();
        self.id = cases::find(&app.database, Key::Token(&self.token)).await?.map(|r| r.id);
        Ok(())
    }

    /// Somebody who may writes a note: the daily life of a case between two steps.
    pub async fn note(&self, app: &App, words: &str) -> bool {
        let Some(id) = &self.id else { return false };
        let definitions = app.definitions();
        let Some(note) = definitions.current(&self.script.matter).and_then(|d| d.actions.iter().find(|a| a.verb == Verb::Note)) else {
            return false;
        };
        let last =
            self.script.step.get(self.next.saturating_sub(1)).and_then(|s| Some((s.by.clone(), self.script.people.get(&s.by)?.clone())));
        let own = last.and_then(|(name, person)| actor(app, &name, &person));
        for who in own.into_iter().chain([desk(app)]) {
            let act = Act { reason: Some(words.to_owned()), ..Act::default() };
            if app.act(&who, id, &note.id, act).await.is_ok() {
                app.clock.set(app.clock.now().plus_ms(3 * MINUTE_MS));
                return true;
            }
        }
        false
    }
}

/// The desk of the commission: it may see and note everything.
pub fn desk(app: &App) -> Actor {
    somebody(app, "desk", "commission", &[Role::Dispatcher])
}

pub fn somebody(app: &App, name: &str, unit: &str, roles: &[Role]) -> Actor {
    let unit_kind = app.units().get(unit).map_or(UnitKind::Department, |u| u.kind);
    Actor { person: name.to_owned(), name: name.to_owned(), unit: unit.to_owned(), unit_kind, roles: roles.to_vec() }
}

fn actor(app: &App, name: &str, person: &Person) -> Option<Actor> {
    let roles: Vec<Role> = person.roles.iter().filter_map(|r| Role::parse(r)).collect();
    Some(somebody(app, name, person.unit.as_deref()?, &roles))
}
