//! A matter's definition: what its folder declares, checked and ready to run.

use std::collections::BTreeMap;
use std::sync::Arc;

use gongzhi_civic::calendar::Budget;
use gongzhi_civic::text::Text;
use gongzhi_civic::unit::UnitTree;
use serde::{Deserialize, Serialize};
use serde_json::Value;

mod build;
mod clock;
mod declared;
mod effect;
mod gate;
mod raw;
mod source;
mod stages;
mod words;

pub use clock::{BudgetRule, Clock, ClockAgain, ClockEnd, ClockStart, Deed, Rung};
pub use declared::{EffectCheckRule, Letter, LetterKind, ListRule, Migration, SimulationRule, Table, TableExample, TableRow};
pub use effect::{Effect, EffectKind, Trigger};

pub(crate) use build::Compiled;
pub(crate) use gate::{RungTime, WhoTerm, allows_system, who_terms};
pub(crate) use source::{Source, line_column};

/// A matter, loaded and checked. Immutable; a case pins `id`, `version` and `content_hash`.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Matter id: its folder's name.
    pub id: String,
    /// Version, counted up by whoever publishes.
    pub version: u32,
    /// SM3 over all files (name and content, sorted by name), hex.
    pub content_hash: String,
    /// Title.
    pub title: Text,
    /// One sentence for the public and for the sheet a department head signs.
    pub description: Text,
    /// Unit that answers for the definition.
    pub owner: String,
    /// First day it may be used, as declared.
    pub effective_from: String,
    /// Rules it rests on.
    pub legal_basis: Vec<LegalBasis>,
    /// What a case is about and how duplicates are found.
    pub subject: Subject,
    /// Variables that guards and the routing table may use.
    pub context: BTreeMap<String, Variable>,
    /// Forms by id.
    pub forms: BTreeMap<String, Form>,
    /// Stages in declared order.
    pub stages: Vec<Stage>,
    /// Actions in declared order.
    pub actions: Vec<Action>,
    /// Clocks in declared order.
    pub clocks: Vec<Clock>,
    /// Routing table.
    pub routing: Routing,
    /// Points per event.
    pub scores: Vec<ScoreRule>,
    /// What follows from events outside the case.
    pub effects: Vec<Effect>,
    /// Decision tables, in order: a table may use the variables of those before it.
    pub tables: Vec<Table>,
    /// Letters.
    pub letters: Vec<Letter>,
    /// Checks after closing.
    pub effect_check: Option<EffectCheckRule>,
    /// Lists that become cases.
    pub list: Option<ListRule>,
    /// How cases of older versions come here.
    pub migrations: Vec<Migration>,
    /// Assumptions of the queueing simulation.
    pub simulation: SimulationRule,
    /// What may leave the house; `None` keeps the matter internal.
    pub public: Option<PublicPart>,
    /// How long what is kept.
    pub retention: Retention,
    /// Words of reason codes.
    pub reasons: BTreeMap<String, Text>,
    /// Values that no published rule fixes and the city has to set, as `what → note`.
    pub unconfirmed: BTreeMap<String, String>,
    pub(crate) units: Arc<UnitTree>,
    pub(crate) compiled: Arc<Compiled>,
}

/// A rule the matter rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalBasis {
    /// Name of the rule.
    pub name: Text,
    /// Article or section, if one is meant.
    #[serde(default)]
    pub article: String,
    /// Whether somebody has checked it against the published text.
    #[serde(default)]
    pub confirmed: bool,
}

/// What a case is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Kind of thing.
    pub kind: SubjectKind,
    /// Metres to which the place is coarsened for the public; 0 shows it exactly.
    #[serde(default)]
    pub public_precision_m: u32,
    /// Opening field (JSON Pointer) that names the subject: a plate, a firm's number.
    #[serde(default)]
    pub key: Option<String>,
    /// How possible duplicates are found.
    #[serde(default)]
    pub duplicates: Option<Duplicates>,
}

/// Kinds of subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A place on the road.
    Place,
    /// A road or a stretch of it.
    Road,
    /// A vehicle.
    Vehicle,
    /// A person.
    Person,
    /// A firm.
    Enterprise,
    /// None of these.
    None,
}

/// How possible duplicates are found and shown before a new case is opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duplicates {
    /// By nearness or by the subject's key.
    #[serde(default)]
    pub by: DuplicateBy,
    /// Search radius, metres; 0 where they are found by key.
    #[serde(default)]
    pub radius_m: u32,
    /// How old they may be.
    pub window: Budget,
    /// Opening fields that must be equal.
    #[serde(default)]
    pub same: Vec<String>,
    /// Bases whose cases do not count.
    #[serde(default)]
    pub exclude: Vec<Base>,
}

/// By what duplicates are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateBy {
    /// Near each other.
    #[default]
    Place,
    /// Same subject key.
    Key,
}

/// A variable of guards and routing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Type.
    #[serde(rename = "type")]
    pub kind: VariableKind,
    /// Value where the shell knows none.
    #[serde(default)]
    pub default: Option<Value>,
    /// Field it comes from, of the opening form or of `form`; else the shell gives it.
    #[serde(default)]
    pub field: Option<String>,
    /// Form of `field`, if it is not the opening's: the form's latest content.
    #[serde(default)]
    pub form: Option<String>,
    /// Decision table it comes from.
    #[serde(default)]
    pub table: Option<String>,
    /// Allowed words of a string, for the gate.
    #[serde(default)]
    pub values: Vec<String>,
}

/// Types of variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VariableKind {
    /// A word.
    String,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// Yes or no.
    Bool,
    /// A list of words.
    List,
}

/// A form.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Form {
    /// Form id.
    pub id: String,
    /// Title.
    pub title: Text,
    /// JSON Schema 2020-12 within the subset of `FORMAT.md`.
    pub schema: Value,
}

/// The bases that every report, score and foreign interface works on; labels are free, bases are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// Received, not yet looked at.
    Intake,
    /// Being located.
    Locate,
    /// On its way to a unit.
    Route,
    /// A unit works on it.
    Handle,
    /// Another unit checks.
    Review,
    /// Solved.
    Done,
    /// Ended without being handled.
    Cancelled,
    /// Waits for something outside.
    Hold,
}

impl Base {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Locate => "locate",
            Self::Route => "route",
            Self::Handle => "handle",
            Self::Review => "review",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Hold => "hold",
        }
    }

    /// Done or cancelled.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stage {
    /// Stage id.
    pub id: String,
    /// Base.
    pub base: Base,
    /// Label for staff.
    pub label: Text,
    /// Public status id (`received`, `in_progress`, `closed`, …).
    pub public: String,
    /// Label for the public.
    pub public_label: Text,
    /// Clocks that run here.
    pub clocks: Vec<String>,
}

/// The built-in verbs: what the engine knows how to do. A definition names actions and binds each to a verb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the words are the documentation; `FORMAT.md` has the table
pub enum Verb {
    Open,
    Accept,
    Dispatch,
    Sign,
    Return,
    Transfer,
    Delegate,
    Extend,
    ApproveExtension,
    RefuseExtension,
    Interim,
    Submit,
    Reject,
    Close,
    Decline,
    Contest,
    Reopen,
    Withdraw,
    #[default]
    Note,
    Urge,
    Supervise,
    Suspend,
    Resume,
    Copy,
    MergeDuplicate,
    Support,
    Split,
    FinishPart,
    DropPart,
    CallBack,
    EffectCheck,
    Cure,
    Rung,
    Child,
    Migrate,
}

impl Verb {
    /// The engine's own verbs, which no definition may declare.
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        matches!(self, Self::Rung | Self::Child | Self::Migrate)
    }
}

/// An action: who may do what, from where to where, with which evidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Action {
    /// Action id.
    pub id: String,
    /// Verb behind it.
    pub verb: Verb,
    /// Button.
    pub label: Text,
    /// Timeline, past tense.
    pub done_label: Text,
    /// Timeline of the public; empty keeps the step inside.
    pub public_label: Text,
    /// Stages it is possible in.
    pub from: Vec<String>,
    /// Stage after; empty stays.
    pub to: String,
    /// Who: any of these terms, each a conjunction (`role:clerk & rel:owner_unit`).
    pub who: Vec<String>,
    /// Actions whose unit may not do this one (four eyes).
    pub not_same_unit_as: Vec<String>,
    /// Actions whose person may not do this one.
    pub not_same_person_as: Vec<String>,
    /// Form to fill in.
    pub form: Option<String>,
    /// Fewest photos.
    pub photos: u32,
    /// Whether words are needed.
    pub needs_reason: bool,
    /// Reason codes to choose from; one is needed if there are any.
    pub reasons: Vec<String>,
    /// Whether a unit must (or may) be chosen.
    pub unit: UnitChoice,
    /// Guard in CEL; empty is true.
    pub when: String,
    /// How often at most per case; 0 is without bound.
    pub max: u32,
    /// Stage it leads to once taken `max` times instead of being refused (arbiter).
    pub then: Option<String>,
    /// Unit that owns the case in the `then` stage.
    pub then_unit: Option<String>,
    /// Clock it extends (extend).
    pub clock: Option<String>,
    /// Pointer to the number in the form by which it extends, in the unit of `limit` (extend).
    pub amount: Option<String>,
    /// Longest single extension.
    pub limit: Option<Budget>,
    /// How long after closing it stays possible.
    pub within: Option<Budget>,
    /// Highest mark that counts as low (call_back).
    pub low: Option<u32>,
    /// Shown as the main button.
    pub primary: bool,
    /// Shown as a dangerous button.
    pub danger: bool,
}

/// Whether an action names a unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitChoice {
    /// No unit.
    #[default]
    None,
    /// The proposed unit unless another is chosen.
    Proposed,
    /// One must be chosen.
    Chosen,
}

/// Routing table: first hit, last row is the fallback.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Routing {
    /// Targets that get a copy whenever a case is given to a unit; one that names nobody is passed over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub copy: Vec<String>,
    /// Rows in order.
    pub rows: Vec<RoutingRow>,
    /// Examples that must hold.
    pub examples: Vec<RoutingExample>,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoutingRow {
    /// Row id.
    pub id: String,
    /// Condition in CEL; `true` on the fallback.
    pub when: String,
    /// Target: `unit:<id>`, `duty:<duty>`, `duty:<duty> in area`, `fact:<variable>`.
    pub to: String,
    /// Assisting targets.
    pub assist: Vec<String>,
    /// Why, in words a dispatcher can repeat.
    pub reason: Text,
}

/// An example of the routing table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutingExample {
    /// Facts.
    pub given: Value,
    /// Row that must fire.
    pub row: String,
    /// Unit that must come out; empty is not checked (an area's unit differs by city).
    #[serde(default)]
    pub unit: String,
}

/// Points for an event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreRule {
    /// Rule id.
    pub id: String,
    /// Event: `action:<id>`, `rung:<deed>`, `closed_in_time`, `closed_late`.
    pub on: String,
    /// Points, may be negative.
    pub points: i32,
    /// Who gets them: `owner_unit`, `actor_unit`, `submit_unit`.
    pub to: String,
    /// Clock that decides `closed_in_time` and `closed_late`.
    pub clock: Option<String>,
    /// Days within which the unit may appeal.
    pub appeal_within: Option<Budget>,
    /// Label.
    pub label: Text,
}

/// What may leave the house.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PublicPart {
    /// Opening fields the public may see, as JSON Pointers.
    pub fields: Vec<String>,
    /// Whether the public may open a case.
    pub open: bool,
    /// Whether cases appear in the public list and on the public map.
    pub listed: bool,
    /// Whether photos of the reporter are shown.
    pub photos: bool,
    /// Whether after-photos are shown.
    pub after_photos: bool,
    /// Public statuses in course order, with labels.
    pub statuses: Vec<(String, Text)>,
    /// Open311 service code.
    pub service_code: String,
    /// Open311 group.
    pub group: Text,
}

/// How long what is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Years after closing.
    pub done_years: u32,
    /// Years after cancelling.
    pub cancelled_years: u32,
    /// Years for the reporter's contact.
    pub reporter_contact_years: u32,
    /// Where the values come from.
    #[serde(default)]
    pub source: String,
}

/// A fault of a definition, with its place and both wordings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// File within the folder.
    pub file: String,
    /// Line, from 1; 0 when the fault is the file's absence.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Stable code.
    pub code: String,
    /// What is wrong and what to do.
    pub message: Text,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}: {}: {} / {}", self.file, self.line, self.column, self.code, self.message.zh, self.message.en)
    }
}

impl Definition {
    /// Reads and checks a matter's folder: `files` maps names relative to it (`matter.toml`, `zh.toml`, `en.toml`,
    /// `forms/open.schema.json`, `scenarios/*.toml`) to texts.
    ///
    /// # Errors
    /// Every fault found, in file order; a definition with a fault is never used.
    pub fn load(files: &BTreeMap<String, String>, units: &UnitTree) -> Result<Self, Vec<Fault>> {
        build::load(files, units)
    }

    /// The same definition against another state of the units (they change, the definition does not).
    #[must_use]
    pub fn with_units(&self, units: &UnitTree) -> Self {
        Self { units: Arc::new(units.clone()), ..self.clone() }
    }

    /// The units it routes to.
    #[must_use]
    pub fn units(&self) -> &UnitTree {
        &self.units
    }

    /// The stage with this id.
    #[must_use]
    pub fn stage(&self, id: &str) -> Option<&Stage> {
        self.stages.iter().find(|s| s.id == id)
    }

    /// The action with this id.
    #[must_use]
    pub fn action(&self, id: &str) -> Option<&Action> {
        self.actions.iter().find(|a| a.id == id)
    }

    /// The clock with this id.
    #[must_use]
    pub fn clock(&self, id: &str) -> Option<&Clock> {
        self.clocks.iter().find(|c| c.id == id)
    }

    /// The base of a stage; an unknown stage counts as a hold.
    #[must_use]
    pub fn base(&self, stage: &str) -> Base {
        self.stage(stage).map_or(Base::Hold, |s| s.base)
    }

    /// What the public is asked when it opens a case: the opening form's fields that stand on a step of the public
    /// flow (`x-step`), with what they require. `None` when the public may not open this matter.
    #[must_use]
    pub fn public_opening_schema(&self) -> Option<Value> {
        self.public.as_ref().filter(|p| p.open)?;
        let mut schema = self.opening_form()?.schema.clone();
        let asked: Vec<String> = {
            let properties = schema.get_mut("properties")?.as_object_mut()?;
            properties.retain(|_, node| node.get("x-step").is_some());
            properties.keys().cloned().collect()
        };
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name.as_str().is_some_and(|n| asked.iter().any(|a| a == n)));
        }
        Some(schema)
    }

    /// A declared effect by id.
    #[must_use]
    pub fn effect(&self, id: &str) -> Option<&Effect> {
        self.effects.iter().find(|e| e.id == id)
    }

    /// A declared letter by id.
    #[must_use]
    pub fn letter(&self, id: &str) -> Option<&Letter> {
        self.letters.iter().find(|l| l.id == id)
    }

    /// The opening action's form, if it has one.
    #[must_use]
    pub fn opening_form(&self) -> Option<&Form> {
        let open = self.actions.iter().find(|a| a.verb == Verb::Open)?;
        self.forms.get(open.form.as_ref()?)
    }
}
