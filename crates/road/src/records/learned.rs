//! What a city's own placed records teach, in a form a city can keep.

use gongzhi_civic::place::Point;
use serde::{Deserialize, Serialize};

/// What placed records teach. All lists are sorted, so that the same records give the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// Streets as spelt in records, by their folded spelling.
    pub streets: Vec<LearntStreet>,
    /// Crossings of two spellings, by `(first, second)`, `first <= second`.
    pub crossings: Vec<LearntCrossing>,
    /// Short and long form of words, by the short one.
    pub abbreviations: Vec<(String, String)>,
    /// Records learnt from.
    pub records: u32,
    /// Records left out because a street they name is on the map and far from their coordinates.
    pub contradicting: u32,
    /// Displacements that many of the contradicting records share, the commonest first. Worth asking the source about.
    pub displacements: Vec<Displacement>,
    /// Records that fit the streets they name once a displacement is undone; learnt from, and not counted as contradicting.
    pub put_back: u32,
}

/// How far the coordinates of some records are off, all alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Displacement {
    /// Degrees of longitude eastward.
    pub east_degrees: f64,
    /// Degrees of latitude northward.
    pub north_degrees: f64,
    /// Records of two known streets that show it.
    pub records: u32,
}

/// A street as spelt in records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LearntStreet {
    /// Folded spelling.
    pub spelling: String,
    /// Records that have it.
    pub records: u32,
    /// The street of the network it means, where that is not the street of the same name.
    pub alias: Option<Alias>,
    /// Whether the street of exactly this name on the map is another one: records lie elsewhere.
    pub elsewhere: bool,
    /// Where its records lie, thinned.
    pub trace: Vec<Point>,
    /// Where house numbers lie, by number.
    pub anchors: Vec<Anchor>,
}

/// A spelling's street of the network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alias {
    /// Folded name of the street on the map: survives a new import.
    pub street: String,
    /// Records on that street.
    pub votes: u32,
    /// Records that could vote.
    pub of: u32,
}

/// Where a house number lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Anchor {
    /// House number.
    pub number: u32,
    /// Point, WGS-84.
    pub point: Point,
}

/// The crossing of two spellings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LearntCrossing {
    /// Folded spelling.
    pub first: String,
    /// Folded spelling, not before the first in order.
    pub second: String,
    /// Records of the two.
    pub records: u32,
    /// Where they lie: groups of records within 50 m of their centre, the largest first.
    pub places: Vec<LearntPlace>,
}

/// A group of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LearntPlace {
    /// The record with the least sum of distances to the others (the geometric median among the points themselves), WGS-84.
    pub point: Point,
    /// Records.
    pub records: u32,
    /// Mean distance from the centre, metres.
    pub spread_m: f64,
}

impl Learned {
    /// The street of this folded spelling.
    #[must_use]
    pub fn street(&self, folded: &str) -> Option<&LearntStreet> {
        self.streets.binary_search_by(|s| s.spelling.as_str().cmp(folded)).ok().and_then(|i| self.streets.get(i))
    }

    /// The crossing of two folded spellings, in any order.
    #[must_use]
    pub fn crossing(&self, a: &str, b: &str) -> Option<&LearntCrossing> {
        let key = if a <= b { (a, b) } else { (b, a) };
        self.crossings.binary_search_by(|c| (c.first.as_str(), c.second.as_str()).cmp(&key)).ok().and_then(|i| self.crossings.get(i))
    }

    /// A folded name with the words spelt out whose abbreviations were learnt; none if nothing changes.
    #[must_use]
    pub fn spelt_out(&self, folded: &str) -> Option<String> {
        let long = |word: &str| self.abbreviations.binary_search_by(|(short, _)| short.as_str().cmp(word)).ok();
        if self.abbreviations.is_empty() || folded.split(' ').all(|w| long(w).is_none()) {
            return None;
        }
        let words = folded.split(' ').map(|w| long(w).and_then(|i| self.abbreviations.get(i)).map_or(w, |(_, long)| long));
        Some(words.collect::<Vec<_>>().join(" "))
    }
}
