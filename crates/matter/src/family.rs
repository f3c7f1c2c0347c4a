//! Parents and children: a case may open others and wait for them.

use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::definition::Base;

/// A child as the parent knows it: told by `child` events on the parent's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildRef {
    /// Case id, the shell's.
    pub case: String,
    /// Its number.
    #[serde(default)]
    pub number: String,
    /// Its matter.
    pub matter: String,
    /// Whether the parent has to wait for it.
    #[serde(default)]
    pub mandatory: bool,
    /// Base of its stage when it last told.
    pub base: Base,
    /// Its stage when it last told.
    #[serde(default)]
    pub stage: String,
}

/// News of a child: it was opened, ended, or opened again. The reserved action `child` carries it.
///
/// An empty `case` with a final `base` says that a child which an effect promised will never come (the effect was given
/// up by hand); the parent then stops waiting for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildChange {
    /// Case id.
    pub case: String,
    /// Its number.
    #[serde(default)]
    pub number: String,
    /// Its matter.
    pub matter: String,
    /// Whether the parent has to wait for it.
    #[serde(default)]
    pub mandatory: bool,
    /// Stage it is in now.
    #[serde(default)]
    pub stage: String,
    /// Base of that stage.
    pub base: Base,
    /// True when it has just been opened, false when it moved (ended, opened again).
    #[serde(default)]
    pub opened: bool,
}

/// The parent as the child knows it, set on `open`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParentRef {
    /// Case id.
    pub case: String,
    /// Its number.
    #[serde(default)]
    pub number: String,
    /// Its matter.
    pub matter: String,
    /// Unit that owned the parent when the child was opened (`rel:parent_unit`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// Folds news of a child in.
pub(crate) fn turn(case: &mut Case, change: &ChildChange) {
    let known = case.children.iter_mut().find(|c| c.case == change.case);
    match known {
        Some(child) => {
            child.stage.clone_from(&change.stage);
            child.base = change.base;
        }
        None => {
            if change.mandatory {
                case.children_awaited = case.children_awaited.saturating_sub(1);
            }
            if !change.case.is_empty() {
                case.children.push(ChildRef {
                    case: change.case.clone(),
                    number: change.number.clone(),
                    matter: change.matter.clone(),
                    mandatory: change.mandatory,
                    base: change.base,
                    stage: change.stage.clone(),
                });
            }
        }
    }
}

impl Case {
    /// Children that have not ended.
    pub fn open_children(&self) -> impl Iterator<Item = &ChildRef> {
        self.children.iter().filter(|c| !c.base.is_final())
    }

    /// Mandatory children that have not ended, with those that an effect has promised and that are not open yet.
    #[must_use]
    pub fn mandatory_open(&self) -> u32 {
        let open = self.open_children().filter(|c| c.mandatory).count();
        u32::try_from(open).unwrap_or(u32::MAX).saturating_add(self.children_awaited)
    }
}
