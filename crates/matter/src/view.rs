//! The definition as plain data for screens, diagrams and the sheet that is signed.

use serde::Serialize;

use crate::definition::Definition;

/// Everything that screens are drawn from, serialisable.
#[derive(Clone, Debug, Serialize)]
pub struct DefinitionView<'a> {
    /// The definition's parts.
    #[serde(flatten)]
    pub parts: serde_json::Value,
    #[serde(skip)]
    _of: std::marker::PhantomData<&'a ()>,
}

impl<'a> From<&'a Definition> for DefinitionView<'a> {
    fn from(_definition: &'a Definition) -> Self {
        Self { parts: serde_json::Value::Null, _of: std::marker::PhantomData }
    }
}
