//! Records that say where in street names: `AV IPIRANGA` and `R SILVA SO`, or a street and a house number.
//!
//! Registers of crashes, calls and requests of cities with Latin script keep a place as one or two street names in abbreviated
//! capitals, spelt by many hands and not always as the map does. [`Network::place_record`] places such a record: by the map alone,
//! or with what the city's own placed records teach ([`Learned`]): how they spell streets, where they put the crossing of two streets
//! (also where the map has none), which abbreviations they use, where house numbers lie. Plain data in, plain data out.

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use crate::find::Candidate;
use crate::place::PlaceRef;

mod displaced;
mod learn;
mod learned;
mod near;
mod number;
mod phrase;
mod place;
mod spelling;
pub(crate) mod streets;

pub use learned::{Alias, Anchor, Displacement, Learned, LearntCrossing, LearntPlace, LearntStreet};

/// A record whose coordinates are known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlacedRecord {
    /// Street, as written.
    pub first: String,
    /// Second street of a crossing, or empty.
    pub second: String,
    /// House number on the first street.
    pub number: Option<u32>,
    /// Where, WGS-84.
    pub point: Point,
}

/// What a record says of its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordWords<'a> {
    /// Street, as written.
    pub first: &'a str,
    /// Second street of a crossing, or empty.
    pub second: &'a str,
    /// House number on the first street.
    pub number: Option<u32>,
}

/// What may be used to place a record. All by default; fewer to measure what each brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Means {
    /// Names that are alike but not the same.
    pub alike: bool,
    /// Streets that come near each other without a common crossing.
    pub near: bool,
}

impl Default for Means {
    fn default() -> Self {
        Self { alike: true, near: true }
    }
}

/// What an answer rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Earlier records of the same two streets lie here.
    LearntCrossing,
    /// The map has a crossing of the two streets.
    MapCrossing,
    /// The two streets come near each other on the map without a common crossing.
    NearMiss,
    /// Earlier records of the one street lie near the other street.
    LearntStreet,
    /// Earlier records with house numbers about this one lie here.
    Number,
    /// Only a street is known.
    Street,
    /// A landmark or area is named.
    Landmark,
}

/// A place that a record may mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordPlace {
    /// The point, WGS-84.
    pub point: Point,
    /// The crossing, section or road there; none where the map has no road.
    pub place: Option<PlaceRef>,
    /// Name of that place, or the streets as written.
    pub name: String,
    /// 0 to 1: about the share of such answers that are within 50 m, as measured on records that were not learnt from.
    pub confidence: f64,
    /// What it rests on.
    pub basis: Basis,
    /// Why this place, and why not surer.
    pub reason: Text,
}

impl RecordPlace {
    /// As an answer of [`crate::Network::find`]; none where the map has no road.
    #[must_use]
    pub fn candidate(self) -> Option<Candidate> {
        let Self { point, place, name, confidence, reason, .. } = self;
        Some(Candidate { place: place?, point, name, confidence, reason })
    }
}
