//! What happened. Events are the only truth of a case; everything else is derived from them.

use std::collections::BTreeMap;

use gongzhi_civic::calendar::Budget;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::after::{CallBackMark, EffectCheck};
use crate::command::RungClaim;
use crate::definition::{Base, Verb};
use crate::effect::EffectRef;
use crate::family::{ChildChange, ParentRef};
use crate::part::PartChange;

/// Version of the event's shape, written into every event.
pub const EVENT_VERSION: u16 = 1;

/// One thing that happened. It carries its consequences (stage, unit, clocks), so that an old event means the
/// same under every later program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Event {
    /// Version of this shape.
    pub v: u16,
    /// The declared action's id (`rung` for the ladder).
    pub action: String,
    /// The built-in verb behind it.
    pub verb: Verb,
    /// Who did it.
    pub actor: ActorRef,
    /// Definition version and hash under which it was decided; set on `open`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition: Option<DefinitionRef>,
    /// Stage before (empty on open).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// Stage after.
    pub to: String,
    /// The owner unit from now on, where the action changes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Assisting units from now on, where the action changes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assists: Option<Vec<String>>,
    /// Units that get a copy beside those that have one, as the routing names them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<String>,
    /// The person who handles it from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handler: Option<String>,
    /// What the routing table proposed at that moment, whether followed or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed: Option<ProposedRef>,
    /// Form id of `fields`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// The form as filled in; `null` when there is none.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub fields: Value,
    /// Declared reason code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<String>,
    /// Free words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Photo hashes that came with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<String>,
    /// The other case of a merge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_case: Option<String>,
    /// What it did to the clocks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<ClockChange>,
    /// The extension it asks for, grants or refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<ExtensionRef>,
    /// The rung that fired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rung: Option<FiredRung>,
    /// Base of the stage after, where the stage changes: a later program need not know the stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
    /// What it did to the parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartChange>,
    /// News of a child.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child: Option<ChildChange>,
    /// The parent, on `open`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentRef>,
    /// The mark of a call-back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_back: Option<CallBackMark>,
    /// The effect check it records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<EffectCheck>,
    /// How the case came to another version of its definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migration: Option<MigrationRef>,
    /// What follows outside the case, resolved; an outbox entry's key is `case/seq/index`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<EffectRef>,
}

/// What a migration changed beside the definition and the stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationRef {
    /// Version the case came from.
    pub from: u32,
    /// Old opening field → new; an empty name drops it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// The stage a hold returns to, renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_from: Option<String>,
}

/// Who did it, as it stood then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ActorRef {
    /// Person id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Unit acted for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// `reporter`, `system` or empty for a person of a unit.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub capacity: String,
}

/// Which definition a case is pinned to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionRef {
    /// Matter id.
    pub id: String,
    /// Version.
    pub version: u32,
    /// SM3 of the definition's files, hex.
    pub hash: String,
}

/// What the routing table said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedRef {
    /// Unit proposed.
    pub unit: String,
    /// Row that fired.
    pub row: String,
}

/// An extension asked for, granted or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionRef {
    /// Clock to extend.
    pub clock: String,
    /// By how much.
    pub by: Budget,
}

/// A rung that fired: what was due and what the definition says to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiredRung {
    /// The claim.
    pub claim: RungClaim,
    /// `remind`, `urge`, `supervise` or `list`.
    pub deed: String,
    /// Addressee as declared: `owner_unit`, `unit:<id>`, `role:<role>`.
    pub to: String,
    /// When it was due.
    pub at: Timestamp,
}

/// One entry of the clock ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum ClockChange {
    /// The clock starts, or starts anew with a fresh budget.
    Start {
        /// Clock id.
        clock: String,
        /// Budget as resolved at that moment.
        budget: Budget,
    },
    /// The stage was left: the clock stands.
    Stop {
        /// Clock id.
        clock: String,
        /// True when the work it measured is done (else it may go on later).
        done: bool,
    },
    /// The clock goes on with what is left of its budget.
    Continue {
        /// Clock id.
        clock: String,
    },
    /// Suspended with a reason.
    Suspend {
        /// Clock id.
        clock: String,
        /// Reason code.
        reason: String,
    },
    /// Goes on after a suspension.
    Resume {
        /// Clock id.
        clock: String,
    },
    /// The budget grows.
    Extend {
        /// Clock id.
        clock: String,
        /// By how much.
        by: Budget,
    },
}

/// An event with its place in the case's stream, as stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// 1 for the first event of a case.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}
