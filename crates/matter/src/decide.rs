//! Granting or refusing a command.

use gongzhi_civic::calendar::Calendar;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::command::{ActorFacts, Command, Facts};
use crate::definition::{Definition, Verb};
use crate::event::Event;
use crate::refusal::Refusal;

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
    let _ = (definition, case, command, facts, now, calendar);
    unimplemented!("decide")
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
    /// Words (or a code) are needed.
    pub needs_reason: bool,
    /// A unit must be chosen; `unit_optional` when the proposed one is the default.
    pub needs_unit: bool,
    /// A unit may be chosen.
    pub unit_optional: bool,
    /// Fewest photos.
    pub needs_photos: u32,
    /// Codes with words.
    pub reasons: Vec<(String, Text)>,
    /// Main button.
    pub primary: bool,
    /// Dangerous button.
    pub danger: bool,
}

/// What this actor may do now. Windows (`within`) are judged at `now`; forms and photos only when the command comes.
#[must_use]
pub fn available(
    definition: &Definition,
    case: &Case,
    actor: &ActorFacts,
    facts: &Facts,
    now: Timestamp,
    calendar: &Calendar,
) -> Vec<AvailableAction> {
    let _ = (definition, case, actor, facts, now, calendar);
    Vec::new()
}
