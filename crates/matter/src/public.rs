//! What the public sees of a case: a projection, never the case itself.

use gongzhi_civic::calendar::Calendar;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::case::Case;
use crate::command::{ActorFacts, Facts};
use crate::definition::{Base, Definition, Verb};
use crate::event::Recorded;
use crate::{clock, decide};

/// A case for the public.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicView {
    /// Public status id.
    pub status: String,
    /// Its label.
    pub stage_label: Text,
    /// Only the fields that may leave.
    pub fields: Value,
    /// Photos that may leave.
    pub photos: Vec<String>,
    /// After-photos that may leave.
    pub after_photos: Vec<String>,
    /// Unit that handles it.
    pub unit: Option<String>,
    /// Steps that the definition shows.
    pub timeline: Vec<PublicStep>,
    /// When it was promised.
    pub promised_at: Option<Timestamp>,
    /// The promise may move.
    pub promised_provisional: bool,
    /// Why this date.
    pub promised_explanation: Text,
    /// The reporter may contest now.
    pub can_contest: bool,
    /// Until when.
    pub contest_until: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// A step of the public timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicStep {
    /// When.
    pub at: Timestamp,
    /// What.
    pub label: Text,
    /// Unit that did it, never a person.
    pub unit: Option<String>,
}

/// The public projection; `None` when the matter has no public part.
#[must_use]
pub fn public_view(definition: &Definition, case: &Case, events: &[Recorded], now: Timestamp, calendar: &Calendar) -> Option<PublicView> {
    let public = definition.public.as_ref()?;
    let stage = definition.stage(&case.stage)?;
    let promise = clock::clocks(definition, case, now, calendar).into_iter().find(|c| c.promise);
    let reporter = ActorFacts::public_reporter();
    let facts = Facts::new();
    let can_contest = decide::available(definition, case, &reporter, &facts, now, calendar).iter().any(|a| a.verb == Verb::Contest);
    let contest = definition.actions.iter().find(|a| a.verb == Verb::Contest && a.from.contains(&case.stage));
    let mut fields = Map::new();
    for pointer in &public.fields {
        if let (Some(name), Some(value)) = (pointer.strip_prefix('/'), case.fields.pointer(pointer)) {
            fields.insert(name.to_owned(), value.clone());
        }
    }
    Some(PublicView {
        status: stage.public.clone(),
        stage_label: stage.public_label.clone(),
        fields: Value::Object(fields),
        photos: if public.photos { case.photos.clone() } else { Vec::new() },
        // What was handed in but not yet reviewed is nobody's proof of anything.
        after_photos: if public.after_photos && stage.base == Base::Done { case.after_photos.clone() } else { Vec::new() },
        unit: case.unit.clone(),
        timeline: events.iter().filter_map(|r| step(definition, r)).collect(),
        promised_at: promise.as_ref().map(|p| p.due),
        promised_provisional: promise.as_ref().is_some_and(|p| p.provisional),
        promised_explanation: promise.map(|p| p.explanation).unwrap_or_default(),
        can_contest,
        contest_until: contest.and_then(|a| decide::window_end(Some(case), a, calendar)),
        closed_at: case.closed_at,
    })
}

fn step(definition: &Definition, recorded: &Recorded) -> Option<PublicStep> {
    let action = definition.action(&recorded.event.action)?;
    if action.public_label.zh.is_empty() {
        return None;
    }
    let event = &recorded.event;
    let unit = event.unit.clone().or_else(|| event.actor.unit.clone());
    Some(PublicStep { at: recorded.at, label: action.public_label.clone(), unit })
}
