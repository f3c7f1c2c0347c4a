//! Points per event, derived; no hand edits a score.

use gongzhi_civic::calendar::Calendar;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::definition::Definition;
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

/// All scores of a case, in event order.
#[must_use]
pub fn scores(definition: &Definition, events: &[Recorded], calendar: &Calendar) -> Vec<ScoreEntry> {
    let _ = (definition, events, calendar);
    Vec::new()
}
