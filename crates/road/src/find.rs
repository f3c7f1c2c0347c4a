//! From words to places.

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use crate::Network;
use crate::place::PlaceRef;

/// A place that words may mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The place.
    pub place: PlaceRef,
    /// A point on it, WGS-84.
    pub point: Point,
    /// Its name.
    pub name: String,
    /// 0 to 1. From 0.8 on it may be taken without asking; below 0.5 a person should look.
    pub confidence: f64,
    /// Why this place, and why not surer.
    pub reason: Text,
}

/// Names, ready for searching.
pub(crate) struct Gazetteer {}

impl Gazetteer {
    pub(crate) fn build(_network: &Network) -> Self {
        Self {}
    }
}

impl Network {
    /// The places `words` may mean, the surest first, at most `limit`.
    #[must_use]
    pub fn find(&self, _words: &str, _limit: usize) -> Vec<Candidate> {
        let _ = self.gazetteer();
        Vec::new()
    }
}
