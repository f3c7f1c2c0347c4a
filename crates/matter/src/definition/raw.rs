//! The shape of `matter.toml` and of the wording files, as written.

use std::collections::BTreeMap;

use gongzhi_civic::calendar::Budget;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Base, ClockAgain, ClockEnd, ClockStart, Deed, EffectCheckRule, EffectKind, LegalBasis, LetterKind, ListRule, Migration, Retention,
    RoutingExample, SimulationRule, Subject, TableExample, UnitChoice, Variable, VariableKind, Verb,
};
use crate::effect::Channel;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMatter {
    pub id: String,
    pub version: u32,
    pub owner: String,
    #[serde(default)]
    pub effective_from: String,
    #[serde(default)]
    pub legal_basis: Vec<LegalBasis>,
    pub subject: Subject,
    #[serde(default)]
    pub context: BTreeMap<String, Variable>,
    #[serde(default)]
    pub forms: BTreeMap<String, String>,
    pub stages: Vec<RawStage>,
    pub actions: Vec<RawAction>,
    #[serde(default)]
    pub clocks: Vec<RawClock>,
    pub routing: RawRouting,
    #[serde(default)]
    pub scores: Vec<RawScore>,
    #[serde(default)]
    pub effects: Vec<RawEffect>,
    #[serde(default)]
    pub tables: Vec<RawTable>,
    #[serde(default)]
    pub letters: Vec<RawLetter>,
    #[serde(default)]
    pub effect_check: Option<EffectCheckRule>,
    #[serde(default)]
    pub list: Option<ListRule>,
    #[serde(default)]
    pub migrations: Vec<Migration>,
    #[serde(default)]
    pub simulation: SimulationRule,
    pub public: Option<RawPublic>,
    pub retention: Retention,
    #[serde(default)]
    pub unconfirmed: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStage {
    pub id: String,
    pub base: Base,
    #[serde(default)]
    pub public: String,
    #[serde(default)]
    pub clocks: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAction {
    pub id: String,
    pub verb: Verb,
    #[serde(default)]
    pub from: Vec<String>,
    #[serde(default)]
    pub to: String,
    #[serde(default)]
    pub who: Vec<String>,
    #[serde(default)]
    pub not_same_unit_as: Vec<String>,
    #[serde(default)]
    pub not_same_person_as: Vec<String>,
    #[serde(default)]
    pub form: Option<String>,
    #[serde(default)]
    pub photos: u32,
    #[serde(default)]
    pub needs_reason: bool,
    #[serde(default)]
    pub reasons: Vec<String>,
    #[serde(default)]
    pub unit: UnitChoice,
    #[serde(default)]
    pub when: String,
    #[serde(default)]
    pub max: u32,
    #[serde(default)]
    pub then: Option<String>,
    #[serde(default)]
    pub then_unit: Option<String>,
    #[serde(default)]
    pub clock: Option<String>,
    #[serde(default)]
    pub amount: Option<String>,
    #[serde(default)]
    pub limit: Option<Budget>,
    #[serde(default)]
    pub within: Option<Budget>,
    #[serde(default)]
    pub low: Option<u32>,
    #[serde(default)]
    pub primary: bool,
    #[serde(default)]
    pub danger: bool,
    #[serde(default)]
    pub public: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawClock {
    pub id: String,
    #[serde(default)]
    pub budget: Option<Budget>,
    #[serde(default)]
    pub budget_by: Option<String>,
    #[serde(default)]
    pub budget_table: BTreeMap<String, Budget>,
    #[serde(default)]
    pub start: ClockStart,
    #[serde(default)]
    pub ends: ClockEnd,
    #[serde(default)]
    pub again: ClockAgain,
    #[serde(default)]
    pub pause_on: Vec<String>,
    #[serde(default)]
    pub owner: String,
    #[serde(default)]
    pub promise: bool,
    #[serde(default)]
    pub source: String,
    #[serde(default)]
    pub ladder: Vec<RawRung>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRung {
    pub at: String,
    #[serde(rename = "do")]
    pub deed: Deed,
    pub to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRouting {
    #[serde(default)]
    pub copy: Vec<String>,
    #[serde(default)]
    pub rows: Vec<RawRow>,
    #[serde(default)]
    pub examples: Vec<RoutingExample>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRow {
    pub id: String,
    pub when: String,
    pub to: String,
    #[serde(default)]
    pub assist: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawScore {
    pub id: String,
    pub on: String,
    pub points: i32,
    pub to: String,
    #[serde(default)]
    pub clock: Option<String>,
    #[serde(default)]
    pub appeal_within: Option<Budget>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEffect {
    pub id: String,
    pub on: String,
    #[serde(default)]
    pub when: String,
    #[serde(rename = "do")]
    pub deed: EffectKind,
    #[serde(default)]
    pub to: Vec<String>,
    #[serde(default)]
    pub channels: Vec<Channel>,
    #[serde(default)]
    pub matter: Option<String>,
    #[serde(default)]
    pub each: Option<String>,
    #[serde(default)]
    pub fields: BTreeMap<String, Value>,
    #[serde(default)]
    pub unit: Option<String>,
    #[serde(default)]
    pub then: Option<String>,
    #[serde(default)]
    pub mandatory: bool,
    #[serde(default = "yes")]
    pub place: bool,
    #[serde(default)]
    pub action: Option<String>,
    #[serde(default)]
    pub letter: Option<String>,
    #[serde(default)]
    pub topic: Option<String>,
    #[serde(default)]
    pub class: Option<String>,
    #[serde(default)]
    pub words: Option<String>,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTable {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: VariableKind,
    #[serde(default)]
    pub rows: Vec<RawTableRow>,
    #[serde(default)]
    pub examples: Vec<TableExample>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTableRow {
    pub id: String,
    pub when: String,
    pub value: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLetter {
    pub id: String,
    pub kind: LetterKind,
    pub template: String,
    #[serde(default)]
    pub seal: bool,
    #[serde(default)]
    pub who: Vec<String>,
    #[serde(default)]
    pub public: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPublic {
    #[serde(default)]
    pub fields: Vec<String>,
    #[serde(default)]
    pub open: bool,
    #[serde(default)]
    pub listed: bool,
    #[serde(default)]
    pub photos: bool,
    #[serde(default)]
    pub after_photos: bool,
    pub statuses: Vec<String>,
    #[serde(default)]
    pub service_code: String,
}

/// A wording file.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawWords {
    pub title: String,
    pub description: String,
    pub group: String,
    pub stages: BTreeMap<String, String>,
    pub actions: BTreeMap<String, RawActionWords>,
    pub clocks: BTreeMap<String, String>,
    pub reasons: BTreeMap<String, String>,
    pub routing: BTreeMap<String, String>,
    pub scores: BTreeMap<String, String>,
    pub statuses: BTreeMap<String, String>,
    pub forms: BTreeMap<String, String>,
    pub effects: BTreeMap<String, String>,
    pub tables: BTreeMap<String, BTreeMap<String, String>>,
    pub letters: BTreeMap<String, RawLetterWords>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawLetterWords {
    pub title: String,
    pub number: String,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawActionWords {
    pub label: String,
    pub done: String,
    pub public: String,
}
