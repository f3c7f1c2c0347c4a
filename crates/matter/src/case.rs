//! A case: what its events add up to.

use std::collections::BTreeMap;

use gongzhi_civic::calendar::Budget;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::command::RungClaim;
use crate::definition::Definition;
use crate::event::{ActorRef, DefinitionRef, ExtensionRef, Recorded};

/// The state of one case, folded from its events. Number, place and evidence belong to the shell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Case {
    /// Version of this shape.
    pub v: u16,
    /// The definition the case is pinned to.
    pub definition: DefinitionRef,
    /// Sequence number of the last event: the version for optimistic locking.
    pub version: u64,
    /// Current stage id.
    pub stage: String,
    /// When the stage was entered.
    pub stage_since: Timestamp,
    /// The stage to return to after a hold.
    pub held_from: Option<String>,
    /// Fields of the opening form.
    pub fields: Value,
    /// Latest content of every other form, by form id.
    pub forms: BTreeMap<String, Value>,
    /// Photos that came with the opening or with later additions before handling.
    pub photos: Vec<String>,
    /// Photos of the latest submission.
    pub after_photos: Vec<String>,
    /// Unit that owns the case now.
    pub unit: Option<String>,
    /// Units that assist.
    pub assists: Vec<String>,
    /// Units that receive copies.
    pub copies: Vec<String>,
    /// Person who handles it within the unit.
    pub handler: Option<String>,
    /// Unit that dispatched it: where a return goes.
    pub router_unit: Option<String>,
    /// Who opened it.
    pub opened_by: ActorRef,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was (last) closed; `None` while open.
    pub closed_at: Option<Timestamp>,
    /// First closing, for measures that must not improve by reopening.
    pub first_closed_at: Option<Timestamp>,
    /// How often each action was taken.
    pub counts: BTreeMap<String, u32>,
    /// Who took each action last.
    pub last_actors: BTreeMap<String, ActorRef>,
    /// When each action was taken last.
    pub last_times: BTreeMap<String, Timestamp>,
    /// An extension waiting for its answer.
    pub pending_extension: Option<ExtensionRef>,
    /// Clock ledger by clock id.
    pub clocks: BTreeMap<String, ClockState>,
    /// Further reporters who joined.
    pub supporters: u32,
    /// The case this one was merged into.
    pub duplicate_of: Option<String>,
    /// Urges and supervisions so far, from people and from the ladder.
    pub urged: u32,
    /// Supervisions so far.
    pub supervised: u32,
}

/// One clock's ledger. The due date is never stored: [`crate::clocks`] derives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClockState {
    /// Which run this is (0 = first).
    pub run: u32,
    /// Budget as resolved at the start.
    pub budget: Budget,
    /// When this run started.
    pub started_at: Timestamp,
    /// When it was stopped; `None` while it counts (or is suspended).
    pub stopped_at: Option<Timestamp>,
    /// The work it measures is done.
    pub done: bool,
    /// Times that do not count.
    pub suspensions: Vec<Suspension>,
    /// Granted extensions in order.
    pub extensions: Vec<Budget>,
    /// Rungs that have fired in this run.
    pub fired: Vec<RungClaim>,
}

/// A span that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None` while it lasts.
    pub to: Option<Timestamp>,
    /// Reason code, or `left_stage` while the case was elsewhere.
    pub reason: String,
}

/// Folds one event into the case. Total: an event that does not fit leaves what it cannot say unchanged.
#[must_use]
pub fn apply(definition: &Definition, case: Option<Case>, recorded: &Recorded) -> Case {
    let _ = (definition, recorded);
    case.unwrap_or_default()
}
