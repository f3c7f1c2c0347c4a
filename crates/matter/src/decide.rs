//! Granting or refusing a command.

use gongzhi_civic::calendar::Calendar;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::case::{Case, correct};
use crate::command::{ActorFacts, Command, Facts};
use crate::definition::{Action, Definition, Letter, UnitChoice, Verb};
use crate::event::{ActorRef, DefinitionRef, EVENT_VERSION, Event, ExtensionRef, FiredRung, ProposedRef};
use crate::refusal::{Refusal, RefusalCode};
use crate::{clock, form, routing};

mod permit;
mod turn;

pub(crate) use permit::{who_label, window_end};

/// The action id under which the ladder acts.
pub const RUNG: &str = "rung";

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
    if command.action == RUNG {
        return fire(definition, case, command, now, calendar).map(|event| vec![event]);
    }
    let action = permit::known_action(definition, &command.action)?;
    permit::case_fits(definition, case, action, command)?;
    let fields = fields_after(case, action, command);
    let facts = facts_for(definition, case, facts, &command.actor, fields.as_ref());
    permit::permitted(definition, case, action, &command.actor, &facts, now, calendar)?;
    permit::complete(definition, action, command)?;
    let event = event(definition, case, action, command, &facts)?;
    Ok(vec![event])
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
    /// A unit must be chosen.
    pub needs_unit: bool,
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
            needs_unit: a.unit == UnitChoice::Chosen,
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

/// The facts of a decision: the case's opening fields as the context declares them, over them what the shell knows,
/// beside them the case's own counters. `opening` stands in for the fields of a case that does not exist yet.
#[must_use]
pub fn facts_for(definition: &Definition, case: Option<&Case>, given: &Facts, actor: &ActorFacts, opening: Option<&Value>) -> Facts {
    let mut facts = Facts::new();
    let fields = opening.or(case.map(|c| &c.fields));
    for (name, variable) in &definition.context {
        let known = given.get(name).or_else(|| fields?.get(variable.field.as_ref()?)).or(variable.default.as_ref());
        if let Some(value) = known {
            facts.set(name, value.clone());
        }
    }
    // Names of the areas at the place travel with the facts: the table's `in area` reads them, declared or not.
    if let Some(all) = given.get("area.all") {
        facts.set("area.all", all.clone());
    }
    if let Some(case) = case {
        for (action, n) in &case.counts {
            facts.set(&format!("case.count.{action}"), *n);
        }
        facts.set("case.supporters", case.supporters);
        facts.set("case.urged", case.urged);
        facts.set("case.supervised", case.supervised);
        facts.set("case.unit", case.unit.clone().unwrap_or_default());
    }
    facts.set("actor.unit", actor.unit.clone().unwrap_or_default());
    facts
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
    choose_unit(definition, case, action, command, facts, &mut event)?;
    match action.verb {
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

fn choose_unit(
    definition: &Definition,
    case: Option<&Case>,
    action: &Action,
    command: &Command,
    facts: &Facts,
    event: &mut Event,
) -> Result<(), Refusal> {
    if action.unit == UnitChoice::None {
        return Ok(());
    }
    let proposal = (action.verb != Verb::Copy).then(|| routing::route(definition, facts));
    let chosen = match (&command.to_unit, action.unit, &proposal) {
        (Some(unit), _, _) => unit.clone(),
        (None, UnitChoice::Proposed, Some(proposal)) => proposal.unit.clone(),
        _ => return Err(permit::unit_missing(action)),
    };
    if definition.units.get(&chosen).is_none_or(|u| !u.active) {
        return Err(permit::unit_unknown(action, &chosen));
    }
    if action.verb == Verb::Transfer && case.and_then(|c| c.unit.as_ref()) == Some(&chosen) {
        return Err(permit::unit_same(action));
    }
    if let Some(proposal) = proposal {
        // Assisting units come with the proposal; a hand-made choice keeps only those that fit it.
        event.assists = Some(proposal.assists.into_iter().filter(|a| *a != chosen).collect());
        event.proposed = Some(ProposedRef { unit: proposal.unit, row: proposal.row });
    }
    event.unit = Some(chosen);
    Ok(())
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

/// A rung fires: only one that is due, and only once.
fn fire(definition: &Definition, case: Option<&Case>, command: &Command, now: Timestamp, calendar: &Calendar) -> Result<Event, Refusal> {
    let (Some(case), Some(claim)) = (case, &command.rung) else {
        return Err(permit::no_case());
    };
    if !command.actor.has_role("system") {
        return Err(permit::system_only());
    }
    let due = clock::clocks(definition, case, now, calendar).into_iter().flat_map(|c| c.rungs_due).find(|r| r.claim == *claim);
    let rung = due.ok_or_else(|| {
        Refusal::new(
            RefusalCode::RungNotDue,
            Text::new(format!("催办节点 {} 未到时间或已执行", claim.key()), format!("the rung {} is not due or has fired", claim.key())),
            Text::new("重新读取案件后再计算", "read the case again and compute anew"),
        )
    })?;
    Ok(Event {
        v: EVENT_VERSION,
        action: RUNG.to_owned(),
        verb: Verb::Rung,
        actor: actor_ref(&command.actor),
        from: case.stage.clone(),
        to: case.stage.clone(),
        rung: Some(FiredRung { claim: rung.claim, deed: turn::deed_word(rung.deed).to_owned(), to: rung.to, at: rung.at }),
        ..Event::default()
    })
}

fn actor_ref(actor: &ActorFacts) -> ActorRef {
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
