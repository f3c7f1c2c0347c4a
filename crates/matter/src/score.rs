//! Points per event, derived; no hand edits a score.

use gongzhi_civic::calendar::Calendar;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::{Case, apply};
use crate::clock;
use crate::definition::{Definition, ScoreRule, Verb};
use crate::event::Recorded;

/// One score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreEntry {
    /// Rule id.
    pub rule: String,
    /// Label.
    pub label: Text,
    /// Event it stands on.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Unit.
    pub unit: String,
    /// Points.
    pub points: i32,
    /// Until when the unit may appeal.
    pub appeal_until: Option<Timestamp>,
}

/// All scores of a case, in event order. Points follow from events alone; a reopened case keeps what it earned and lost.
#[must_use]
pub fn scores(definition: &Definition, events: &[Recorded], calendar: &Calendar) -> Vec<ScoreEntry> {
    let mut found = Vec::new();
    let mut case: Option<Case> = None;
    for recorded in events {
        found.extend(scores_of(definition, case.as_ref(), recorded, calendar));
        case = Some(apply(definition, case, recorded));
    }
    found
}

/// The scores of one event, given the case before it.
#[must_use]
pub fn scores_of(definition: &Definition, before: Option<&Case>, recorded: &Recorded, calendar: &Calendar) -> Vec<ScoreEntry> {
    let mut found = Vec::new();
    for rule in &definition.scores {
        if let Some(unit) = earns(definition, rule, before, recorded, calendar) {
            found.push(ScoreEntry {
                rule: rule.id.clone(),
                label: rule.label.clone(),
                seq: recorded.seq,
                at: recorded.at,
                unit,
                points: rule.points,
                appeal_until: rule.appeal_within.map(|b| calendar.due(recorded.at, b, &[], true).at),
            });
        }
    }
    found
}

/// The unit that a rule gives points to for this event, given the case before it.
fn earns(definition: &Definition, rule: &ScoreRule, case: Option<&Case>, recorded: &Recorded, calendar: &Calendar) -> Option<String> {
    let event = &recorded.event;
    let hit = match rule.on.split_once(':') {
        Some(("action", id)) => event.action == id,
        Some(("rung", deed)) => event.rung.as_ref().is_some_and(|r| r.deed == deed),
        _ => event.verb == Verb::Close && closed_in_time(definition, rule, case?, recorded, calendar)? == (rule.on == "closed_in_time"),
    };
    if !hit {
        return None;
    }
    match rule.to.as_str() {
        "actor_unit" => event.actor.unit.clone(),
        "submit_unit" => {
            let case = case?;
            let submits = definition.actions.iter().filter(|a| a.verb == Verb::Submit);
            submits.filter_map(|a| case.last_actors.get(&a.id)).find_map(|a| a.unit.clone())
        }
        _ => case?.unit.clone(),
    }
}

fn closed_in_time(definition: &Definition, rule: &ScoreRule, case: &Case, recorded: &Recorded, calendar: &Calendar) -> Option<bool> {
    let clock = rule.clock.as_ref()?;
    let view = clock::clocks(definition, case, recorded.at, calendar).into_iter().find(|c| c.id == *clock)?;
    Some(!view.late)
}
