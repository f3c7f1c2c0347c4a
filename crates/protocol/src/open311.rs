//! GeoReport v2 (Open311): what a city's service-request systems say to each other.
//!
//! One tree of answers ([`Node`]) is written as XML or as JSON, so that the two can never differ in content. Requests come in
//! as name–value pairs (query string, form, multipart) and are checked here, with the faults the specification names.
//! Source: the published text of GeoReport v2 and Service Discovery; the update extension as FixMyStreet uses it.

mod answer;
mod ask;
mod read;
mod time;

pub use answer::{Node, Root, discovery, errors, json, write, xml};
pub use ask::{ListQuery, NewRequest, NewUpdate, Place, Status, UpdateQuery, pairs};
pub use read::{ReadFault, Record, records};
pub use time::{parse as parse_time, write as write_time};

/// The two ways to spell an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `.xml`, which every server must offer.
    Xml,
    /// `.json`.
    Json,
}

impl Format {
    /// The format by the suffix of a path's last part: `requests.json` is `("requests", Json)`.
    #[must_use]
    pub fn split(part: &str) -> Option<(&str, Self)> {
        let (name, suffix) = part.rsplit_once('.')?;
        match suffix {
            "xml" => Some((name, Self::Xml)),
            "json" => Some((name, Self::Json)),
            _ => None,
        }
    }

    /// The content type that validators of the specification look for, to the letter.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Xml => "text/xml; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// Suffix without its dot.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Json => "json",
        }
    }
}

/// A fault as the specification has it: HTTP status, the same as code, and words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// 400, 403, 404.
    pub status: u16,
    /// What is wrong and what to do, in English and Chinese: a client program shows it to a developer of either.
    pub description: String,
}

impl Fault {
    /// 400: missing or unusable parameter.
    #[must_use]
    pub fn bad(description: impl Into<String>) -> Self {
        Self { status: 400, description: description.into() }
    }

    /// 403: key missing or not valid.
    #[must_use]
    pub fn forbidden(description: impl Into<String>) -> Self {
        Self { status: 403, description: description.into() }
    }

    /// 404: unknown service, request, token or jurisdiction.
    #[must_use]
    pub fn unknown(description: impl Into<String>) -> Self {
        Self { status: 404, description: description.into() }
    }
}
