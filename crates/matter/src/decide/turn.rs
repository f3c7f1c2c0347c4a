//! What an event does to the clocks.

use crate::case::Case;
use crate::clock;
use crate::command::Facts;
use crate::definition::{ClockAgain, Definition, Verb};
use crate::event::{ClockChange, Event};

/// Clock changes of an event whose stages and unit are settled.
pub(super) fn changes(definition: &Definition, case: Option<&Case>, event: &Event, facts: &Facts) -> Vec<ClockChange> {
    let mut changes = Vec::new();
    if event.verb == Verb::ApproveExtension
        && let Some(extension) = &event.extension
    {
        changes.push(ClockChange::Extend { clock: extension.clock.clone(), by: extension.by });
    }
    let unit = event.unit.as_ref().filter(|_| event.verb != Verb::Copy).or_else(|| case?.unit.as_ref());
    let new_owner = case.is_some_and(|c| unit.is_some() && c.unit.as_ref() != unit);
    if event.from == event.to && !new_owner {
        return changes;
    }
    let wanted: Vec<&str> = definition.stage(&event.to).map(|s| s.clocks.iter().map(String::as_str).collect()).unwrap_or_default();
    for (id, state) in case.into_iter().flat_map(|c| &c.clocks).filter(|(_, s)| s.stopped_at.is_none()) {
        let reason = event.reason_code.clone().unwrap_or_default();
        let pauses = definition.clock(id).is_some_and(|c| c.pause_on.contains(&reason));
        match event.verb {
            Verb::Suspend if pauses && !state.is_paused() => changes.push(ClockChange::Suspend { clock: id.clone(), reason }),
            // What the reason does not pause goes on counting while the case is on hold.
            Verb::Suspend => {}
            Verb::Resume if state.is_paused() && wanted.contains(&id.as_str()) => changes.push(ClockChange::Resume { clock: id.clone() }),
            _ if !wanted.contains(&id.as_str()) => changes.push(ClockChange::Stop { clock: id.clone(), done: moves_forward(event.verb) }),
            _ if state.is_paused() => changes.push(ClockChange::Resume { clock: id.clone() }),
            _ => {}
        }
    }
    for id in wanted {
        let Some(clock) = definition.clock(id) else { continue };
        let state = case.and_then(|c| c.clocks.get(id));
        let same_unit = state.is_some_and(|s| s.unit.as_ref() == unit);
        let start = match (state, clock.again) {
            (None, _) => true,
            (Some(_), ClockAgain::ContinueForSameUnit) => !same_unit,
            (Some(state), ClockAgain::Restart) => state.stopped_at.is_some(),
            (Some(_), ClockAgain::Continue) => false,
        };
        if start {
            // A running clock of the unit before ends here, so that its ladder does not follow the new one.
            changes.retain(|c| !matches!(c, ClockChange::Resume { clock } if clock == id));
            changes.push(ClockChange::Start { clock: id.to_owned(), budget: clock::budget(clock, facts) });
        } else if state.is_some_and(|s| s.stopped_at.is_some()) {
            changes.push(ClockChange::Continue { clock: id.to_owned() });
        }
    }
    changes
}

/// Whether leaving a stage by this verb means that its work is done, not given back.
const fn moves_forward(verb: Verb) -> bool {
    !matches!(
        verb,
        Verb::Return | Verb::Transfer | Verb::Reject | Verb::Contest | Verb::Reopen | Verb::CallBack | Verb::Suspend | Verb::Resume
    )
}
