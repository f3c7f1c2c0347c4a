//! Effects as an event carries them: every parameter resolved to a plain value, ready for an outbox.
//!
//! The engine does no work itself. The shell writes one outbox entry per [`EffectRef`] with the key `case/seq/index` in
//! the transaction of the event, so that each is done once.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing to be done because of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectRef {
    /// Id of the declared effect; its words are in the definition.
    pub id: String,
    /// What to do.
    #[serde(flatten)]
    pub deed: EffectDeed,
}

/// What to do, with everything resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum EffectDeed {
    /// Tell somebody. The words are the effect's, with placeholders for the shell.
    Notify {
        /// Whom, without repetition.
        to: Vec<Addressee>,
        /// By which ways.
        channels: Vec<Channel>,
    },
    /// Open one case of another matter (one entry per child).
    Child {
        /// Matter.
        matter: String,
        /// Its opening fields.
        fields: Value,
        /// Unit for `then`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
        /// Action of the child that the system takes at once with `unit`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        then: Option<String>,
        /// The parent waits for it.
        mandatory: bool,
        /// It inherits the place.
        place: bool,
    },
    /// Take an action on one open child (one entry per child).
    Children {
        /// The child's case id.
        case: String,
        /// The child's action.
        action: String,
    },
    /// Take an action on the parent.
    Parent {
        /// The parent's case id.
        case: String,
        /// The parent's action.
        action: String,
    },
    /// Take an action on this case, by the system.
    #[serde(rename = "self")]
    Own {
        /// Action.
        action: String,
    },
    /// Make a letter.
    Document {
        /// Letter id.
        letter: String,
    },
    /// Tell other systems.
    Webhook {
        /// Topic.
        topic: String,
    },
    /// A signal of kind `case` for later systems.
    Signal {
        /// Class of the signal.
        class: String,
        /// Its words.
        words: String,
    },
}

/// Somebody to be told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressee {
    /// Everybody of a unit.
    Unit(String),
    /// One person.
    Person(String),
    /// Everybody with a role.
    Role(String),
    /// The reporter of the case, by the contact they left.
    Reporter,
}

/// Ways to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// In the program.
    #[default]
    App,
    /// By short message.
    Sms,
    /// By e-mail.
    Email,
}
