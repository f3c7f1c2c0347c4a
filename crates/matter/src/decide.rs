//! Granting or refusing a command.

use gongzhi_civic::calendar::Calendar;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::after::CallBackMark;
use crate::case::{Case, correct};
use crate::command::{ActorFacts, Command, Facts};
use crate::definition::{Action, Definition, Letter, UnitChoice, Verb};
use crate::event::{ActorRef, DefinitionRef, EVENT_VERSION, Event, ExtensionRef};
use crate::form;
use crate::refusal::Refusal;

mod effects;
mod facts;
mod permit;
mod reserved;
mod split;
pub(crate) mod turn;

pub(crate) use effects::follows;
pub(crate) use facts::with_tables;
pub use facts::{TableHit, facts_for, table_hits};

pub use permit::may_open;
pub(crate) use permit::{role_word, who_label, window_end};

/// The action id under which the ladder acts.
pub const RUNG: &str = "rung";

/// The action id under which a child tells its parent.
pub const CHILD: &str = "child";

/// Decides a command: the events to record, or why not. Pure; `case` is `None` only for an opening.
///
/// # Errors
/// A [`Refusal`] with code, both wordings and what would help; nothing changes.
pub fn decide(
    definition: &Definition,
    case: Option<&Case>,
    command: &Command,
    facts: &Facts,
    now: Timestamp,
    calendar: &Calendar,
) -> Result<Vec<Event>, Refusal> {
    let mut event = match command.action.as_str() {
        RUNG => reserved::fire(definition, case, command, now, calendar)?,
        CHILD => reserved::child(case, command)?,
        _ => taken(definition, case, command, facts, now, calendar)?,
    };
    if event.from != event.to {
        event.base = Some(definition.base(&event.to));
    }
    event.effects = effects::resolve(definition, case, &event, facts, &command.actor, now);
    Ok(vec![event])
}

/// A declared action.
fn taken(
    definition: &Definition,
    case: Option<&Case>,
    command: &Command,
    given: &Facts,
    now: Timestamp,
    calendar: &Calendar,
) -> Result<Event, Refusal> {
    let action = permit::known_action(definition, &command.action)?;
    permit::case_fits(definition, case, action, command)?;
    let fields = fields_after(case, action, command);
    let facts = facts::with_parent(definition, case, given, &command.actor, fields.as_ref(), command.parent.as_ref());
    permit::permitted(definition, case, action, &command.actor, &facts, now, calendar)?;
    permit::complete(definition, action, command)?;
    let mut event = event(definition, case, action, command, &facts)?;
    if action.verb == Verb::EffectCheck {
        event.check = Some(reserved::check(definition, case, command, now, calendar)?);
    }
    Ok(event)
}

/// A button.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AvailableAction {
    /// Action id.
    pub id: String,
    /// Verb.
    pub verb: Verb,
    /// Button text.
    pub label: Text,
    /// Form id, if any.
    pub form: Option<String>,
    /// Words are needed.
    pub needs_reason: bool,
    /// A unit must be chosen (for `drop_part` one of `parts`).
    pub needs_unit: bool,
    /// At least one assisting unit must be chosen (`split`).
    pub needs_assists: bool,
    /// Assisting units may be chosen; without them those of the proposal come (dispatch, transfer).
    pub assists_optional: bool,
    /// Units whose part this action may end or take back.
    pub parts: Vec<String>,
    /// A unit may be chosen; without one it goes to the proposed unit.
    pub unit_optional: bool,
    /// Fewest photos.
    pub needs_photos: u32,
    /// Codes with words; one is needed if there are any.
    pub reasons: Vec<(String, Text)>,
    /// Main button.
    pub primary: bool,
    /// Dangerous button.
    pub danger: bool,
}

/// What this actor may do now, in declared order. Forms, photos and reasons are judged when the command comes.
#[must_use]
pub fn available(
    definition: &Definition,
    case: &Case,
    actor: &ActorFacts,
    facts: &Facts,
    now: Timestamp,
    calendar: &Calendar,
) -> Vec<AvailableAction> {
    let facts = facts_for(definition, Some(case), facts, actor, None);
    definition
        .actions
        .iter()
        .filter(|a| a.verb != Verb::Open)
        .filter(|a| permit::permitted(definition, Some(case), a, actor, &facts, now, calendar).is_ok())
        .map(|a| AvailableAction {
            id: a.id.clone(),
            verb: a.verb,
            label: a.label.clone(),
            form: a.form.clone(),
            needs_reason: a.needs_reason,
            needs_unit: a.unit == UnitChoice::Chosen || a.verb == Verb::DropPart,
            needs_assists: a.verb == Verb::Split,
            assists_optional: matches!(a.verb, Verb::Dispatch | Verb::Transfer),
            parts: parts(case, a.verb, actor),
            unit_optional: a.unit == UnitChoice::Proposed,
            needs_photos: a.photos,
            reasons: a.reasons.iter().map(|r| (r.clone(), definition.reasons.get(r).cloned().unwrap_or_default())).collect(),
            primary: a.primary,
            danger: a.danger,
        })
        .collect()
}

/// The letters that this actor may make by hand, in declared order. What only effects make is not among them.
#[must_use]
pub fn letters<'d>(definition: &'d Definition, case: &Case, actor: &ActorFacts) -> Vec<&'d Letter> {
    definition.letters.iter().filter(|l| permit::is_one_of(definition, case, actor, &l.who)).collect()
}

fn parts(case: &Case, verb: Verb, actor: &ActorFacts) -> Vec<String> {
    match verb {
        Verb::DropPart => case.open_parts().map(str::to_owned).collect(),
        Verb::FinishPart => case.open_parts().filter(|u| actor.is_within(u)).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The case's fields as they will stand, where the command brings or corrects them.
fn fields_after(case: Option<&Case>, action: &Action, command: &Command) -> Option<Value> {
    match (action.verb, case) {
        (Verb::Open, _) => Some(command.fields.clone()),
        (Verb::Accept | Verb::Dispatch, Some(case)) if action.form.is_some() => {
            let mut fields = case.fields.clone();
            correct(&mut fields, &Event { verb: action.verb, fields: command.fields.clone(), ..Event::default() });
            Some(fields)
        }
        _ => None,
    }
}

/// Builds the event of a permitted, complete command.
fn event(definition: &Definition, case: Option<&Case>, action: &Action, command: &Command, facts: &Facts) -> Result<Event, Refusal> {
    let arbitrated = action.then.as_ref().filter(|_| case.is_some_and(|c| c.counts.get(&action.id).copied().unwrap_or(0) >= action.max));
    let from = case.map(|c| c.stage.clone()).unwrap_or_default();
    let to = match (arbitrated, action.verb) {
        (Some(stage), _) => stage.clone(),
        (None, Verb::Resume) if action.to.is_empty() => case.and_then(|c| c.held_from.clone()).unwrap_or_else(|| from.clone()),
        (None, _) if action.to.is_empty() => from.clone(),
        (None, _) => action.to.clone(),
    };
    let mut event = Event {
        v: EVENT_VERSION,
        action: action.id.clone(),
        verb: action.verb,
        actor: actor_ref(&command.actor),
        definition: (action.verb == Verb::Open).then(|| DefinitionRef {
            id: definition.id.clone(),
            version: definition.version,
            hash: definition.content_hash.clone(),
        }),
        from,
        to,
        form: action.form.clone(),
        fields: if action.form.is_some() { command.fields.clone() } else { Value::Null },
        reason_code: command.reason_code.clone().filter(|_| !action.reasons.is_empty()),
        reason: command.reason.clone().filter(|r| !r.trim().is_empty()),
        photos: command.photos.clone(),
        other_case: command.other_case.clone(),
        ..Event::default()
    };
    split::units(definition, case, action, command, facts, &mut event)?;
    match action.verb {
        Verb::Open => event.parent.clone_from(&command.parent),
        Verb::CallBack => {
            let mark = mark(action, command)?;
            if !mark.low {
                event.to.clone_from(&event.from);
            }
            event.call_back = Some(mark);
        }
        Verb::Sign => event.handler.clone_from(&command.actor.person),
        Verb::Delegate => event.handler.clone_from(&command.to_person),
        Verb::Dispatch | Verb::Transfer | Verb::Return => event.handler = Some(String::new()),
        _ => {}
    }
    if action.verb == Verb::Return {
        event.unit = case.and_then(|c| c.router_unit.clone());
    }
    if arbitrated.is_some() {
        event.unit = action.then_unit.clone().or(event.unit);
    }
    event.extension = match action.verb {
        Verb::Extend => Some(asked_extension(action, command)?),
        Verb::ApproveExtension | Verb::RefuseExtension => case.and_then(|c| c.pending_extension.clone()),
        _ => None,
    };
    event.clocks = turn::changes(definition, case, &event, facts);
    Ok(event)
}

/// The mark that a call-back's form carries.
fn mark(action: &Action, command: &Command) -> Result<CallBackMark, Refusal> {
    let score = command.fields.pointer("/score").and_then(Value::as_i64).ok_or_else(permit::score_missing)?;
    Ok(CallBackMark { score, low: action.low.is_some_and(|low| score <= i64::from(low)) })
}

fn asked_extension(action: &Action, command: &Command) -> Result<ExtensionRef, Refusal> {
    let pointer = action.amount.as_deref().unwrap_or("/amount");
    let amount = command.fields.pointer(pointer).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let (Some(clock), Some(limit)) = (&action.clock, action.limit) else {
        return Err(permit::extension_invalid(pointer, action));
    };
    match amount {
        Some(amount) if amount > 0 && amount <= limit.amount => {
            Ok(ExtensionRef { clock: clock.clone(), by: gongzhi_civic::calendar::Budget { amount, unit: limit.unit } })
        }
        _ => Err(permit::extension_invalid(pointer, action)),
    }
}

pub(crate) fn actor_ref(actor: &ActorFacts) -> ActorRef {
    let capacity = if actor.has_role("system") {
        "system"
    } else if actor.reporter || (actor.unit.is_none() && actor.has_role("reporter")) {
        "reporter"
    } else {
        ""
    };
    ActorRef { person: actor.person.clone(), unit: actor.unit.clone(), capacity: capacity.to_owned() }
}

/// Validates a form's fields alone: for a draft before its command.
#[must_use]
pub fn check_form(definition: &Definition, form_id: &str, fields: &Value) -> std::collections::BTreeMap<String, Text> {
    match (definition.compiled.validators.get(form_id), definition.forms.get(form_id)) {
        (Some(validator), Some(form)) => form::validate(validator, &form.schema, fields),
        _ => std::collections::BTreeMap::new(),
    }
}
