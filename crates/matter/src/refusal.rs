//! Why something cannot be done: what, who, why, and what would help.

use std::collections::BTreeMap;

use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

/// A refusal; changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{code:?}: {}", message.en)]
pub struct Refusal {
    /// Stable code.
    pub code: RefusalCode,
    /// What was refused and why, in both languages.
    pub message: Text,
    /// What would help.
    pub remedy: Text,
    /// JSON Pointer → message, for forms.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Text>,
}

/// Stable codes of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The definition has no such action.
    UnknownAction,
    /// `open` on an existing case, or anything else without one.
    NoSuchCase,
    /// The action is not possible in this stage.
    WrongStage,
    /// The actor has neither role nor relation for it.
    NotPermitted,
    /// The same unit or person may not do both.
    FourEyes,
    /// A declared photo is missing.
    MissingPhoto,
    /// A reason (or one of the declared codes) is missing.
    MissingReason,
    /// A unit must be chosen, is unknown or is no longer active.
    UnitUnknown,
    /// The form does not hold; see `fields`.
    FormInvalid,
    /// The action was taken as often as allowed.
    TooMany,
    /// The time for it is over.
    WindowOver,
    /// The guard of the action does not hold.
    GuardFailed,
    /// Someone else changed the case since.
    VersionConflict,
    /// The case belongs to another definition or version.
    WrongDefinition,
    /// Nothing to answer: no extension is pending.
    NothingPending,
    /// An answer is pending already.
    AlreadyPending,
    /// The rung is unknown, not due, or has fired.
    RungNotDue,
    /// There is no such open part, or it is open already.
    NoPart,
    /// Nothing new about a child, or a child that was never opened.
    ChildUnknown,
    /// The new version does not say how a case of this version or stage comes to it.
    NoMigration,
    /// The routing table could not be evaluated.
    RoutingFailed,
}

impl RefusalCode {
    /// The HTTP status that fits: 403, 404, 409 or 422.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::NotPermitted | Self::FourEyes => 403,
            Self::UnknownAction | Self::NoSuchCase => 404,
            Self::VersionConflict | Self::WrongStage | Self::AlreadyPending | Self::RungNotDue | Self::NoPart | Self::ChildUnknown => 409,
            _ => 422,
        }
    }

    /// The stable word: `wrong_stage`, `four_eyes`, …
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownAction => "unknown_action",
            Self::NoSuchCase => "no_such_case",
            Self::WrongStage => "wrong_stage",
            Self::NotPermitted => "not_permitted",
            Self::FourEyes => "four_eyes",
            Self::MissingPhoto => "missing_photo",
            Self::MissingReason => "missing_reason",
            Self::UnitUnknown => "unit_unknown",
            Self::FormInvalid => "form_invalid",
            Self::TooMany => "too_many",
            Self::WindowOver => "window_over",
            Self::GuardFailed => "guard_failed",
            Self::VersionConflict => "version_conflict",
            Self::WrongDefinition => "wrong_definition",
            Self::NothingPending => "nothing_pending",
            Self::AlreadyPending => "already_pending",
            Self::RungNotDue => "rung_not_due",
            Self::NoPart => "no_part",
            Self::ChildUnknown => "child_unknown",
            Self::NoMigration => "no_migration",
            Self::RoutingFailed => "routing_failed",
        }
    }
}

impl Refusal {
    /// A refusal with its texts.
    #[must_use]
    pub fn new(code: RefusalCode, message: Text, remedy: Text) -> Self {
        Self { code, message, remedy, fields: BTreeMap::new() }
    }
}
