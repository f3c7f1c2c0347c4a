//! Which unit a case belongs to, with the reason.

use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use crate::command::Facts;
use crate::definition::Definition;

/// A proposal; a dispatcher may choose otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Unit id.
    pub unit: String,
    /// Row that fired.
    pub row: String,
    /// Why.
    pub reason: Text,
    /// Assisting units.
    pub assists: Vec<String>,
}

/// The first row that holds and names an active unit. The gate has proved that the fallback always does.
#[must_use]
pub fn route(definition: &Definition, facts: &Facts) -> Proposal {
    let _ = (definition, facts);
    unimplemented!("route")
}
