//! Effects as declared: on which event, under which condition, what is to be done.

use std::collections::BTreeMap;

use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Deed;
use crate::effect::Channel;

/// A declared effect. Keys that its deed does not use are empty.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// Effect id.
    pub id: String,
    /// Text of the notice (`notify`, with placeholders), label for the others.
    pub words: Text,
    /// Event it follows, as declared; [`Effect::trigger`] reads it.
    pub on: String,
    /// Condition in CEL on the case as it stands after the event; empty is true.
    pub when: String,
    /// What to do.
    #[serde(rename = "do")]
    pub deed: EffectKind,
    /// Whom to tell, as declared (`notify`).
    pub to: Vec<String>,
    /// By which ways (`notify`).
    pub channels: Vec<Channel>,
    /// Matter of the child, or filter of `children`.
    pub matter: Option<String>,
    /// One child per element of this list of the event's form, or per part (`parts`).
    pub each: Option<String>,
    /// Opening fields of the child.
    pub fields: BTreeMap<String, Value>,
    /// Unit of the child.
    pub unit: Option<String>,
    /// Action the system takes on the new child.
    pub then: Option<String>,
    /// The parent waits for the child.
    pub mandatory: bool,
    /// The child inherits the place.
    pub place: bool,
    /// Action to take (`children`, `parent`, `self`).
    pub action: Option<String>,
    /// Letter to make (`document`).
    pub letter: Option<String>,
    /// Topic (`webhook`).
    pub topic: Option<String>,
    /// Class of the signal (`signal`).
    pub class: Option<String>,
    /// Where the signal's words are (`signal`).
    pub signal_words: Option<String>,
}

/// Kinds of effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// Tell somebody.
    Notify,
    /// Open children.
    Child,
    /// Act on open children.
    Children,
    /// Act on the parent.
    Parent,
    /// Act on this case.
    #[serde(rename = "self")]
    Own,
    /// Make a letter.
    Document,
    /// Tell other systems.
    Webhook,
    /// Make a signal.
    Signal,
}

/// What an effect follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger<'a> {
    /// `action:<id>`
    Action(&'a str),
    /// `rung:<deed>`
    Deed(Deed),
    /// `rung:<clock>@<at>`
    Rung {
        /// Clock id.
        clock: &'a str,
        /// Rung as declared.
        at: &'a str,
    },
    /// `stage:<id>`: entered
    Stage(&'a str),
    /// `call_back:low`
    CallBackLow,
    /// `children_done`: the last mandatory child has ended
    ChildrenDone,
}

impl<'a> Trigger<'a> {
    /// Reads `on`.
    #[must_use]
    pub fn read(text: &'a str) -> Option<Self> {
        match text {
            "call_back:low" => return Some(Self::CallBackLow),
            "children_done" => return Some(Self::ChildrenDone),
            _ => {}
        }
        let (kind, word) = text.split_once(':')?;
        match (kind, word) {
            (_, "") => None,
            ("action", id) => Some(Self::Action(id)),
            ("stage", id) => Some(Self::Stage(id)),
            ("rung", word) => match word.split_once('@') {
                Some((clock, at)) => Some(Self::Rung { clock, at }),
                None => Deed::read(word).map(Self::Deed),
            },
            _ => None,
        }
    }
}

impl Effect {
    /// What it follows; `None` only before the gate has passed it.
    #[must_use]
    pub fn trigger(&self) -> Option<Trigger<'_>> {
        Trigger::read(&self.on)
    }
}
