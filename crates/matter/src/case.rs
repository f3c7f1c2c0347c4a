//! A case: what its events add up to.

use std::collections::BTreeMap;

use gongzhi_civic::calendar::Budget;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::after::{CallBack, EffectCheck};
use crate::command::RungClaim;
use crate::definition::{Definition, Verb};
use crate::effect::EffectDeed;
use crate::event::{ActorRef, ClockChange, DefinitionRef, Event, ExtensionRef, MigrationRef, Recorded};
use crate::family::{ChildRef, ParentRef};
use crate::migrate::renamed;
use crate::part::Part;
use crate::{family, part};

/// Version of the case's shape.
pub const CASE_VERSION: u16 = 1;

/// Reason of a span that a clock spent stopped between two visits of its stages.
pub const LEFT_STAGE: &str = "left_stage";

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
    /// Fields of the opening form, as graded on acceptance or dispatch.
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
    /// Parts of assisting units, in the order of the splits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// Cases it has opened, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<ChildRef>,
    /// Mandatory children that an effect has promised and that have not told of themselves yet.
    #[serde(skip_serializing_if = "is_zero")]
    pub children_awaited: u32,
    /// The case it was opened by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentRef>,
    /// Call-backs so far.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub call_backs: Vec<CallBack>,
    /// Effect checks so far.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effect_checks: Vec<EffectCheck>,
    /// How often it was closed.
    #[serde(skip_serializing_if = "is_zero")]
    pub closings: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
const fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// One clock's ledger. The due date is never stored: [`crate::clocks`] derives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClockState {
    /// Which run this is (0 = first).
    pub run: u32,
    /// The unit that owned the case when this run started.
    pub unit: Option<String>,
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
///
/// Events carry their consequences, so the definition is not consulted beyond the base of a stage (open or closed).
#[must_use]
pub fn apply(definition: &Definition, case: Option<Case>, recorded: &Recorded) -> Case {
    let mut case = case.unwrap_or_default();
    let (event, at) = (&recorded.event, recorded.at);
    case.v = CASE_VERSION;
    case.version = recorded.seq;
    if event.verb == Verb::Open {
        case.definition = event.definition.clone().unwrap_or_default();
        case.opened_by = event.actor.clone();
        case.opened_at = at;
        case.fields = event.fields.clone();
    } else if let Some(form) = &event.form {
        case.forms.insert(form.clone(), event.fields.clone());
        correct(&mut case.fields, event);
    }
    if let Some(migration) = &event.migration {
        arrive(&mut case, event, migration);
    }
    *case.counts.entry(event.action.clone()).or_insert(0) += 1;
    case.last_actors.insert(event.action.clone(), event.actor.clone());
    case.last_times.insert(event.action.clone(), at);
    move_to(definition, &mut case, recorded);
    own(&mut case, event);
    match event.verb {
        Verb::Open | Verb::Support | Verb::Contest => case.photos.extend(event.photos.iter().cloned()),
        Verb::Submit => case.after_photos.clone_from(&event.photos),
        _ => {}
    }
    match event.verb {
        Verb::Support => case.supporters += 1,
        Verb::Urge => case.urged += 1,
        Verb::Supervise => case.supervised += 1,
        Verb::MergeDuplicate => case.duplicate_of.clone_from(&event.other_case),
        Verb::Extend => case.pending_extension.clone_from(&event.extension),
        Verb::ApproveExtension | Verb::RefuseExtension => case.pending_extension = None,
        _ => {}
    }
    for change in &event.parts {
        part::turn(&mut case, change, event.reason.as_deref(), at);
    }
    after_closing(&mut case, event, at);
    families(&mut case, event);
    for change in &event.clocks {
        turn(&mut case, change, at);
    }
    if let Some(fired) = &event.rung {
        match fired.deed.as_str() {
            "urge" => case.urged += 1,
            "supervise" => case.supervised += 1,
            _ => {}
        }
        if let Some(clock) = case.clocks.get_mut(&fired.claim.clock)
            && !clock.fired.contains(&fired.claim)
        {
            clock.fired.push(fired.claim.clone());
        }
    }
    case
}

/// Call-backs and effect checks.
fn after_closing(case: &mut Case, event: &Event, at: Timestamp) {
    if let Some(mark) = event.call_back {
        case.call_backs.push(CallBack { at, score: mark.score, low: mark.low });
    }
    if let Some(check) = &event.check {
        case.effect_checks.push(EffectCheck { at, ..check.clone() });
    }
}

/// Parent, children and children to come.
fn families(case: &mut Case, event: &Event) {
    if event.parent.is_some() {
        case.parent.clone_from(&event.parent);
    }
    if let Some(child) = &event.child {
        family::turn(case, child);
    }
    let promised = event.effects.iter().filter(|e| matches!(e.deed, EffectDeed::Child { mandatory: true, .. })).count();
    case.children_awaited = case.children_awaited.saturating_add(u32::try_from(promised).unwrap_or(u32::MAX));
}

/// Whoever accepts or dispatches a case may grade it: fields of their form lie over the opening's fields of the same name.
pub(crate) fn correct(fields: &mut Value, event: &Event) {
    if !matches!(event.verb, Verb::Accept | Verb::Dispatch) {
        return;
    }
    if let (Some(fields), Some(form)) = (fields.as_object_mut(), event.fields.as_object()) {
        for (name, value) in form {
            fields.insert(name.clone(), value.clone());
        }
    }
}

/// A case comes to another version: it stands where it stood, under new names.
fn arrive(case: &mut Case, event: &Event, migration: &MigrationRef) {
    case.definition = event.definition.clone().unwrap_or_default();
    case.stage.clone_from(&event.to);
    case.held_from.clone_from(&migration.held_from);
    case.fields = renamed(&case.fields, migration.fields.iter());
}

fn move_to(definition: &Definition, case: &mut Case, recorded: &Recorded) {
    let to = &recorded.event.to;
    if to.is_empty() || *to == case.stage {
        return;
    }
    match recorded.event.verb {
        Verb::Suspend => case.held_from = Some(case.stage.clone()),
        _ => case.held_from = None,
    }
    // What was asked for in a stage that is left needs no answer any more.
    if !matches!(recorded.event.verb, Verb::Suspend | Verb::Resume) {
        case.pending_extension = None;
    }
    case.stage.clone_from(to);
    case.stage_since = recorded.at;
    if recorded.event.base.unwrap_or_else(|| definition.base(to)).is_final() {
        // Moved from one end to another (cancelled after done) it was closed once.
        case.closings += u32::from(case.closed_at.is_none());
        case.closed_at = Some(recorded.at);
        case.first_closed_at.get_or_insert(recorded.at);
    } else {
        case.closed_at = None;
    }
}

fn own(case: &mut Case, event: &Event) {
    if event.verb == Verb::Copy {
        let unit = event.unit.iter().filter(|u| !case.copies.contains(u)).cloned().collect::<Vec<_>>();
        case.copies.extend(unit);
        return;
    }
    case.copies.extend(event.copies.iter().cloned());
    if let Some(unit) = &event.unit {
        let dispatched = matches!(event.verb, Verb::Open | Verb::Accept | Verb::Dispatch | Verb::Transfer);
        if dispatched || (event.verb == Verb::Split && case.unit.as_ref() != Some(unit)) {
            case.router_unit.clone_from(&event.actor.unit);
        }
        case.unit = Some(unit.clone());
    }
    if let Some(assists) = &event.assists {
        case.assists.clone_from(assists);
    }
    if let Some(handler) = &event.handler {
        case.handler = Some(handler.clone()).filter(|h| !h.is_empty());
    }
}

fn turn(case: &mut Case, change: &ClockChange, at: Timestamp) {
    let unit = case.unit.clone();
    match change {
        ClockChange::Start { clock, budget } => {
            let run = case.clocks.get(clock).map_or(0, |c| c.run + 1);
            let state = ClockState {
                run,
                unit,
                budget: *budget,
                started_at: at,
                stopped_at: None,
                done: false,
                suspensions: Vec::new(),
                extensions: Vec::new(),
                fired: Vec::new(),
            };
            case.clocks.insert(clock.clone(), state);
        }
        ClockChange::Stop { clock, done } => with(case, clock, |c| {
            c.end_suspension(at);
            c.stopped_at = Some(at);
            c.done = *done;
        }),
        ClockChange::Continue { clock } => with(case, clock, |c| {
            if let Some(stopped) = c.stopped_at.take() {
                c.suspensions.push(Suspension { from: stopped, to: Some(at), reason: LEFT_STAGE.to_owned() });
            }
            c.done = false;
        }),
        ClockChange::Suspend { clock, reason } => with(case, clock, |c| {
            c.suspensions.push(Suspension { from: at, to: None, reason: reason.clone() });
        }),
        ClockChange::Resume { clock } => with(case, clock, |c| c.end_suspension(at)),
        ClockChange::Extend { clock, by } => with(case, clock, |c| c.extensions.push(*by)),
    }
}

fn with(case: &mut Case, clock: &str, change: impl FnOnce(&mut ClockState)) {
    if let Some(state) = case.clocks.get_mut(clock) {
        change(state);
    }
}

impl ClockState {
    /// Counts now.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.stopped_at.is_none() && !self.is_paused()
    }

    /// Suspended now.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.stopped_at.is_none() && self.suspensions.last().is_some_and(|s| s.to.is_none())
    }

    fn end_suspension(&mut self, at: Timestamp) {
        if let Some(last) = self.suspensions.last_mut() {
            last.to.get_or_insert(at);
        }
    }
}
