//! The shape of `matter.toml` and of the wording files, as written.

use std::collections::BTreeMap;

use gongzhi_civic::calendar::Budget;
use serde::Deserialize;

use super::{Base, ClockAgain, ClockEnd, ClockStart, Deed, LegalBasis, Retention, RoutingExample, Subject, UnitChoice, Variable, Verb};

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
pub(super) struct RawPublic {
    #[serde(default)]
    pub fields: Vec<String>,
    #[serde(default)]
    pub open: bool,
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
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawActionWords {
    pub label: String,
    pub done: String,
    pub public: String,
}
