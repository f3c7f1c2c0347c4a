//! Parts: what each assisting unit has to do after a split, next to the unit that leads.

use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::Case;

/// One unit's part of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Unit that has it.
    pub unit: String,
    /// How it stands.
    pub state: PartState,
    /// What was asked (open) or said at the end (done, dropped).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// Since when it stands so.
    pub at: Timestamp,
}

/// How a part stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// To be done.
    #[default]
    Open,
    /// Finished by its unit.
    Done,
    /// Taken back by whoever split.
    Dropped,
}

impl PartState {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }
}

/// What an event does to one part: `open` adds it, `done` and `dropped` end the unit's open one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartChange {
    /// Unit.
    pub unit: String,
    /// State from now on.
    pub state: PartState,
}

/// Folds a change in; a unit has at most one open part, so an opening of an open part changes nothing.
pub(crate) fn turn(case: &mut Case, change: &PartChange, words: Option<&str>, at: Timestamp) {
    let open = case.parts.iter_mut().find(|p| p.unit == change.unit && p.state == PartState::Open);
    match (open, change.state) {
        (None, PartState::Open) => {
            let words = words.unwrap_or_default().to_owned();
            case.parts.push(Part { unit: change.unit.clone(), state: PartState::Open, words, at });
        }
        (Some(part), PartState::Done | PartState::Dropped) => {
            part.state = change.state;
            part.at = at;
            if let Some(words) = words {
                words.clone_into(&mut part.words);
            }
        }
        (None, _) | (Some(_), PartState::Open) => {}
    }
}

impl Case {
    /// Units whose part is open, in the order of the split.
    pub fn open_parts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter(|p| p.state == PartState::Open).map(|p| p.unit.as_str())
    }
}
