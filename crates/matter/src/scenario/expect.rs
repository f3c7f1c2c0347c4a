//! What a scenario's step says must come out.

use std::collections::BTreeMap;

use gongzhi_civic::calendar::Calendar;
use serde::Deserialize;
use serde_json::Value;

use crate::case::Case;
use crate::clock::ClockView;
use crate::command::{ActorFacts, Facts};
use crate::decide::{available, facts_for};
use crate::definition::Definition;
use crate::event::Recorded;
use crate::part::PartState;
use crate::public::PublicView;
use crate::refusal::Refusal;
use crate::score::ScoreEntry;

/// What a step did.
#[derive(Default)]
pub(super) struct Outcome {
    pub refusal: Option<Refusal>,
    pub rungs: Vec<String>,
    pub ticked: bool,
    /// What is wrong with the step itself.
    pub complaint: Option<String>,
}

/// What can be seen after a step.
pub(super) struct Seen<'a> {
    pub definition: &'a Definition,
    pub case: Option<&'a Case>,
    pub clocks: Vec<ClockView>,
    pub public: Option<PublicView>,
    pub scores: Vec<ScoreEntry>,
    pub calendar: &'a Calendar,
    /// Events of this step.
    pub events: &'a [Recorded],
    /// Facts of the scenario.
    pub given: &'a Facts,
    pub outcome: &'a Outcome,
}

/// Expectations; what is not written is not checked, except that a refusal must be expected.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Expect {
    refused: Option<String>,
    fields: Vec<String>,
    stage: Option<String>,
    unit: Option<String>,
    assists: Option<Vec<String>>,
    copies: Option<Vec<String>>,
    handler: Option<String>,
    /// Clock → local date it is due on.
    due: BTreeMap<String, String>,
    /// Clock → words its explanation must contain.
    why: BTreeMap<String, String>,
    provisional: Vec<String>,
    late: Vec<String>,
    paused: Vec<String>,
    /// Rungs that this tick fires, in order, as `clock@rung`.
    rungs: Option<Vec<String>>,
    public: Option<String>,
    can_contest: Option<bool>,
    /// Words the public may not see anywhere in its view.
    hidden: Vec<String>,
    supporters: Option<u32>,
    urged: Option<u32>,
    supervised: Option<u32>,
    /// Unit → sum of points so far.
    points: BTreeMap<String, i32>,
    /// Effects of this step, in order.
    effects: Option<Vec<String>>,
    /// Unit → state of its latest part.
    parts: Option<BTreeMap<String, PartState>>,
    /// `total`, `open`, `mandatory_open` → number of children.
    children: BTreeMap<String, u32>,
    /// Variable → value, as guards see it.
    facts: BTreeMap<String, Value>,
    /// Verbs the public reporter is offered.
    reporter_may: Option<Vec<String>>,
}

impl Expect {
    /// An expectation that cannot be meant.
    pub(super) fn nonsense(&self) -> Option<String> {
        (!self.fields.is_empty() && self.refused.as_deref() != Some("form_invalid"))
            .then(|| "fields are expected without refused = \"form_invalid\"".to_owned())
    }

    pub(super) fn compare(&self, seen: &Seen<'_>) -> Vec<String> {
        let mut failures = Vec::new();
        let mut differ = |what: &str, expected: String, found: String| {
            if expected != found {
                failures.push(format!("{what}: expected {expected}, found {found}"));
            }
        };
        let refused = seen.outcome.refusal.as_ref().map(|r| r.code.as_str());
        let words = seen.outcome.refusal.as_ref().map(|r| format!(" ({}; {:?})", r.message.en, r.fields.keys())).unwrap_or_default();
        differ(
            "refused",
            self.refused.clone().unwrap_or("no".into()),
            refused.map_or("no".into(), str::to_owned) + if self.refused.is_none() { &words } else { "" },
        );
        for field in &self.fields {
            let has = seen.outcome.refusal.as_ref().is_some_and(|r| r.fields.contains_key(field));
            differ("field message", field.clone(), if has { field.clone() } else { format!("none{words}") });
        }
        if let Some(rungs) = &self.rungs {
            differ("rungs", format!("{rungs:?}"), format!("{:?}", seen.outcome.rungs));
        } else if seen.outcome.ticked {
            differ("rungs", "a list".into(), "nothing expected of a tick".into());
        }
        if let Some(complaint) = &seen.outcome.complaint {
            differ("step", "sense".into(), complaint.clone());
        }
        if let Some(effects) = &self.effects {
            let mut found: Vec<&str> = Vec::new();
            for id in seen.events.iter().flat_map(|r| &r.event.effects).map(|e| e.id.as_str()) {
                if !found.contains(&id) {
                    found.push(id);
                }
            }
            differ("effects", format!("{effects:?}"), format!("{found:?}"));
        }
        let Some(case) = seen.case else { return failures };
        if let Some(parts) = &self.parts {
            let found: BTreeMap<&String, &str> = case.parts.iter().map(|p| (&p.unit, p.state.as_str())).collect();
            let expected: BTreeMap<&String, &str> = parts.iter().map(|(u, s)| (u, s.as_str())).collect();
            differ("parts", format!("{expected:?}"), format!("{found:?}"));
        }
        for (what, expected) in &self.children {
            let found = match what.as_str() {
                "total" => case.children.len().to_string(),
                "open" => case.open_children().count().to_string(),
                "mandatory_open" => case.mandatory_open().to_string(),
                _ => "unknown: write total, open or mandatory_open".to_owned(),
            };
            differ(&format!("children {what}"), expected.to_string(), found);
        }
        if !self.facts.is_empty() {
            let facts = facts_for(seen.definition, Some(case), seen.given, &ActorFacts::default(), None);
            for (name, value) in &self.facts {
                differ(&format!("fact {name}"), value.to_string(), facts.get(name).map_or("nothing".into(), ToString::to_string));
            }
        }
        if let Some(stage) = &self.stage {
            differ("stage", stage.clone(), case.stage.clone());
        }
        if let Some(unit) = &self.unit {
            differ("unit", unit.clone(), case.unit.clone().unwrap_or_default());
        }
        if let Some(assists) = &self.assists {
            differ("assists", format!("{assists:?}"), format!("{:?}", case.assists));
        }
        if let Some(copies) = &self.copies {
            differ("copies", format!("{copies:?}"), format!("{:?}", case.copies));
        }
        if let Some(handler) = &self.handler {
            differ("handler", handler.clone(), case.handler.clone().unwrap_or_default());
        }
        for (what, expected, found) in [
            ("supporters", self.supporters, case.supporters),
            ("urged", self.urged, case.urged),
            ("supervised", self.supervised, case.supervised),
        ] {
            if let Some(expected) = expected {
                differ(what, expected.to_string(), found.to_string());
            }
        }
        let clock = |id: &String| seen.clocks.iter().find(|c| c.id == *id);
        for (id, date) in &self.due {
            differ(
                &format!("due of {id}"),
                date.clone(),
                clock(id).map_or("no clock".into(), |c| c.due.date(seen.calendar.zone()).to_string()),
            );
        }
        for (id, words) in &self.why {
            let found = clock(id).map(|c| c.explanation.zh.clone()).unwrap_or_default();
            differ(
                &format!("explanation of {id}"),
                words.clone(),
                if found.contains(words) { words.clone() } else { format!("“{found}”") },
            );
        }
        for (what, ids, test) in [
            ("provisional", &self.provisional, (|c| c.provisional) as fn(&ClockView) -> bool),
            ("late", &self.late, |c| c.late),
            ("paused", &self.paused, |c| c.paused),
        ] {
            for id in ids {
                differ(&format!("{what} {id}"), "true".into(), clock(id).is_some_and(test).to_string());
            }
        }
        if let Some(status) = &self.public {
            differ("public status", status.clone(), seen.public.as_ref().map(|p| p.status.clone()).unwrap_or_default());
        }
        if let Some(can) = self.can_contest {
            differ("can contest", can.to_string(), seen.public.as_ref().is_some_and(|p| p.can_contest).to_string());
        }
        for word in &self.hidden {
            let view = serde_json::to_string(&seen.public).unwrap_or_default();
            differ(&format!("hidden `{word}`"), "not shown".into(), if view.contains(word) { "shown".into() } else { "not shown".into() });
        }
        for (unit, points) in &self.points {
            let sum: i32 = seen.scores.iter().filter(|s| s.unit == *unit).map(|s| s.points).sum();
            differ(&format!("points of {unit}"), points.to_string(), sum.to_string());
        }
        if let Some(verbs) = &self.reporter_may {
            let at = case.closed_at.unwrap_or(case.stage_since);
            let found: Vec<String> = available(seen.definition, case, &ActorFacts::public_reporter(), &Facts::new(), at, seen.calendar)
                .into_iter()
                .map(|a| a.id)
                .collect();
            differ("the reporter may", format!("{verbs:?}"), format!("{found:?}"));
        }
        failures
    }
}
