//! What the public sees of a case: a projection, never the case itself.

use gongzhi_civic::calendar::Calendar;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::case::Case;
use crate::definition::Definition;
use crate::event::Recorded;

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
    let _ = (definition, case, events, now, calendar);
    None
}
