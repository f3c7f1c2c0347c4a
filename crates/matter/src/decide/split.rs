//! Units of a command: the owner, the assisting ones, and the parts of a split.

use gongzhi_civic::text::Text;

use super::permit;
use crate::case::Case;
use crate::command::{Command, Facts};
use crate::definition::{Action, Definition, UnitChoice, Verb};
use crate::event::{Event, ProposedRef};
use crate::part::{PartChange, PartState};
use crate::refusal::{Refusal, RefusalCode};
use crate::routing;

/// Settles owner, assisting units and parts of an event.
pub(super) fn units(
    definition: &Definition,
    case: Option<&Case>,
    action: &Action,
    command: &Command,
    facts: &Facts,
    event: &mut Event,
) -> Result<(), Refusal> {
    match (action.verb, case) {
        (Verb::FinishPart, Some(case)) => {
            event.parts.push(PartChange { unit: own_part(case, action, command)?, state: PartState::Done });
            return Ok(());
        }
        (Verb::DropPart, Some(case)) => {
            let unit = command.to_unit.as_ref().ok_or_else(|| permit::unit_missing(action))?;
            if !case.open_parts().any(|u| u == unit) {
                return Err(no_part(action));
            }
            event.parts.push(PartChange { unit: unit.clone(), state: PartState::Dropped });
            return Ok(());
        }
        _ if action.unit == UnitChoice::None => return Ok(()),
        _ => {}
    }
    let proposal = (!matches!(action.verb, Verb::Copy | Verb::Split)).then(|| routing::route(definition, facts));
    let chosen = match (&command.to_unit, action.unit, &proposal) {
        (Some(unit), _, _) => unit.clone(),
        (None, UnitChoice::Proposed, Some(proposal)) => proposal.unit.clone(),
        _ => return Err(permit::unit_missing(action)),
    };
    active(definition, action, &chosen)?;
    if action.verb == Verb::Transfer && case.and_then(|c| c.unit.as_ref()) == Some(&chosen) {
        return Err(permit::unit_same(action));
    }
    let by_hand = by_hand(definition, action, command, &chosen)?;
    if action.verb == Verb::Split {
        split(case, action, by_hand, &chosen, event)?;
    } else if let Some(proposal) = proposal {
        // Assisting units come with the proposal unless some are named; whoever has an open part goes on assisting.
        let mut assists: Vec<String> =
            if by_hand.is_empty() { proposal.assists.into_iter().filter(|a| *a != chosen).collect() } else { by_hand };
        join(&mut assists, case.into_iter().flat_map(Case::open_parts), &chosen);
        event.assists = Some(assists);
        event.proposed = Some(ProposedRef { unit: proposal.unit, row: proposal.row });
    }
    if action.verb != Verb::Copy {
        event.copies = routing::copies(definition, facts, &chosen);
        event.copies.retain(|u| case.is_none_or(|c| !c.copies.contains(u)));
    }
    event.unit = Some(chosen);
    Ok(())
}

fn split(case: Option<&Case>, action: &Action, units: Vec<String>, lead: &str, event: &mut Event) -> Result<(), Refusal> {
    if units.is_empty() {
        return Err(refuse(
            RefusalCode::UnitUnknown,
            (format!("“{}”须至少选择一个协办单位", action.label.zh), format!("“{}” needs at least one assisting unit", action.label.en)),
            ("请选择协办单位；只有一个单位时直接交办", "choose assisting units; with a single unit, dispatch instead"),
        ));
    }
    if let Some(unit) = units.iter().find(|u| case.is_some_and(|c| c.open_parts().any(|p| p == u.as_str()))) {
        return Err(refuse(
            RefusalCode::NoPart,
            (format!("“{unit}”已有未完成的任务"), format!("`{unit}` has an open part already")),
            ("请先收回原任务，或不再选择该单位", "take the part back first, or leave the unit out"),
        ));
    }
    event.parts = units.iter().map(|u| PartChange { unit: u.clone(), state: PartState::Open }).collect();
    let mut assists: Vec<String> = case.map(|c| c.assists.iter().filter(|a| *a != lead).cloned().collect()).unwrap_or_default();
    join(&mut assists, units.iter().map(String::as_str), lead);
    event.assists = Some(assists);
    if case.is_some_and(|c| c.unit.as_deref() != Some(lead)) {
        event.handler = Some(String::new());
    }
    Ok(())
}

/// The assisting units named in the command, each once, without the owner.
fn by_hand(definition: &Definition, action: &Action, command: &Command, owner: &str) -> Result<Vec<String>, Refusal> {
    let mut units = Vec::new();
    if !matches!(action.verb, Verb::Split | Verb::Dispatch | Verb::Transfer) {
        return Ok(units);
    }
    for unit in &command.assists {
        active(definition, action, unit)?;
        join(&mut units, [unit.as_str()], owner);
    }
    Ok(units)
}

fn join<'a>(units: &mut Vec<String>, more: impl IntoIterator<Item = &'a str>, owner: &str) {
    for unit in more {
        if unit != owner && !units.iter().any(|u| u == unit) {
            units.push(unit.to_owned());
        }
    }
}

/// The part an actor ends: the one named, else that of their unit, else of the nearest unit above it.
fn own_part(case: &Case, action: &Action, command: &Command) -> Result<String, Refusal> {
    let actor = &command.actor;
    let open: Vec<&str> = case.open_parts().collect();
    let named = command.to_unit.as_deref().filter(|u| open.contains(u));
    let mine = actor.unit.iter().chain(&actor.units_above).map(String::as_str).find(|u| open.contains(u));
    match (&command.to_unit, named, mine) {
        // A person of a unit ends only a part of that unit; who has no unit (the program) must name the part.
        (Some(_), Some(unit), _) if actor.unit.is_none() || actor.is_within(unit) => Ok(unit.to_owned()),
        (None, _, Some(unit)) => Ok(unit.to_owned()),
        _ => Err(no_part(action)),
    }
}

fn active(definition: &Definition, action: &Action, unit: &str) -> Result<(), Refusal> {
    if definition.units.get(unit).is_some_and(|u| u.active) { Ok(()) } else { Err(permit::unit_unknown(action, unit)) }
}

/// There is no open part to end or take back.
pub(super) fn no_part(action: &Action) -> Refusal {
    refuse(
        RefusalCode::NoPart,
        (format!("没有可以{}的任务", action.label.zh), format!("“{}”: there is no such open part", action.label.en)),
        ("请查看各单位任务的情况", "look at the units' parts"),
    )
}

fn refuse(code: RefusalCode, message: (String, String), remedy: (&str, &str)) -> Refusal {
    Refusal::new(code, Text::new(message.0, message.1), Text::new(remedy.0, remedy.1))
}
