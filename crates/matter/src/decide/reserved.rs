//! What only the program does: climbing ladders, hearing of children, checking effects.

use gongzhi_civic::calendar::Calendar;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;

use super::permit;
use crate::after::{EffectCheck, effect_checks_due};
use crate::case::Case;
use crate::clock;
use crate::command::{Command, RungClaim};
use crate::definition::{Definition, Verb};
use crate::event::{EVENT_VERSION, Event, FiredRung};
use crate::refusal::{Refusal, RefusalCode};

/// A rung fires: only one that is due, and only once.
pub(super) fn fire(
    definition: &Definition,
    case: Option<&Case>,
    command: &Command,
    now: Timestamp,
    calendar: &Calendar,
) -> Result<Event, Refusal> {
    let (Some(case), Some(claim)) = (case, &command.rung) else {
        return Err(permit::no_case());
    };
    system(command)?;
    let due = clock::clocks(definition, case, now, calendar).into_iter().flat_map(|c| c.rungs_due).find(|r| r.claim == *claim);
    let rung = due.ok_or_else(|| not_due(claim))?;
    Ok(Event {
        action: super::RUNG.to_owned(),
        verb: Verb::Rung,
        rung: Some(FiredRung { claim: rung.claim, deed: rung.deed.as_str().to_owned(), to: rung.to, at: rung.at }),
        ..staying(case, command)
    })
}

/// News of a child, told once: an opening of a child that is known, or a move that changes nothing, is refused.
pub(super) fn child(case: Option<&Case>, command: &Command) -> Result<Event, Refusal> {
    let (Some(case), Some(change)) = (case, &command.child) else {
        return Err(permit::no_case());
    };
    system(command)?;
    let known = case.children.iter().find(|c| c.case == change.case);
    let given_up = change.case.is_empty() && !change.opened && case.children_awaited > 0;
    let news = match known {
        Some(child) => !change.opened && (child.base, &child.stage) != (change.base, &change.stage),
        None => (change.opened && !change.case.is_empty()) || given_up,
    };
    if !news {
        return Err(Refusal::new(
            RefusalCode::ChildUnknown,
            Text::new(
                format!("下级案件“{}”的情况与已记录的相同或未曾开立", change.number),
                format!("nothing new about the child `{}`, or it was never opened", change.number),
            ),
            Text::new("重新读取案件", "read the case again"),
        ));
    }
    Ok(Event { action: super::CHILD.to_owned(), verb: Verb::Child, child: Some(change.clone()), ..staying(case, command) })
}

/// The effect check that a command brings: due, and not made before.
pub(super) fn check(
    definition: &Definition,
    case: Option<&Case>,
    command: &Command,
    now: Timestamp,
    calendar: &Calendar,
) -> Result<EffectCheck, Refusal> {
    let (Some(case), Some(check), Some(claim)) = (case, &command.check, &command.rung) else {
        return Err(not_due(&command.rung.clone().unwrap_or_default()));
    };
    let due = effect_checks_due(definition, case, now, calendar).into_iter().find(|d| d.claim == *claim);
    let due = due.ok_or_else(|| not_due(claim))?;
    Ok(EffectCheck { after: due.claim.rung, run: due.claim.run, at: now, ..check.clone() })
}

fn staying(case: &Case, command: &Command) -> Event {
    Event {
        v: EVENT_VERSION,
        actor: super::actor_ref(&command.actor),
        from: case.stage.clone(),
        to: case.stage.clone(),
        ..Event::default()
    }
}

fn system(command: &Command) -> Result<(), Refusal> {
    if command.actor.has_role("system") { Ok(()) } else { Err(permit::system_only()) }
}

fn not_due(claim: &RungClaim) -> Refusal {
    Refusal::new(
        RefusalCode::RungNotDue,
        Text::new(format!("节点 {} 未到时间或已执行", claim.key()), format!("{} is not due or has been done", claim.key())),
        Text::new("重新读取案件后再计算", "read the case again and compute anew"),
    )
}
