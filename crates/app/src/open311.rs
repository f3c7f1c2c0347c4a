//! The Open311 door (GeoReport v2): services out of the matters' public part, requests out of their cases.
//!
//! Everything that leaves here is the public projection: no names, no numbers, coarse places where the matter says so. A
//! matter takes part if its public part has a service code; it can be opened here if the public may open it.

mod exchange;
mod open;
mod peers;
mod requests;
mod services;
mod updates;

use gongzhi_matter::Definition;
use gongzhi_protocol::open311::Fault;

use crate::error::AppError;

pub(crate) use exchange::{PULL, PUSH, push_to_unit};
pub use peers::{GivenKey, GivenPeer};

/// Why a request of the door failed: a fault the specification knows, or one of ours.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// To be said to the client.
    #[error("{}: {}", .0.status, .0.description)]
    Fault(Fault),
    /// Not the client's fault.
    #[error(transparent)]
    House(AppError),
}

impl From<Fault> for DoorError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<AppError> for DoorError {
    /// What an asker can mend becomes a fault with every field named; the rest stays ours.
    fn from(error: AppError) -> Self {
        match error {
            AppError::Problem(p) => {
                let fields: Vec<String> =
                    p.fields.iter().map(|(at, text)| format!("{}: {} ({})", at.trim_start_matches("/fields"), text.en, text.zh)).collect();
                let fields = if fields.is_empty() { String::new() } else { format!(" {}", fields.join("; ")) };
                let status = if matches!(p.status, 403 | 404) { p.status } else { 400 };
                Self::Fault(Fault { status, description: format!("{} ({}){fields}", p.message.en, p.message.zh) })
            }
            other => Self::House(other),
        }
    }
}

impl From<gongzhi_store::StoreError> for DoorError {
    fn from(error: gongzhi_store::StoreError) -> Self {
        Self::House(error.into())
    }
}

/// The service code of a matter that takes part.
fn service_code(definition: &Definition) -> Option<&str> {
    definition.public.as_ref().map(|p| p.service_code.as_str()).filter(|c| !c.is_empty())
}

/// Whether everybody may see the matter's cases. Of the others only the one who holds a request's token learns anything.
fn listed(definition: &Definition) -> bool {
    service_code(definition).is_some() && definition.public.as_ref().is_some_and(|p| p.listed)
}

/// The id a client knows a request by: its number where everybody may see it, else its secret.
fn request_id<'a>(definition: &Definition, row: &'a gongzhi_store::cases::CaseRow) -> &'a str {
    if listed(definition) { &row.number } else { &row.token }
}
