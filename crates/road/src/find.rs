//! From words to places: names are looked for in the text, then combined to crossings, sections, roads, landmarks.

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use crate::Network;
use crate::names::is_chinese;
use crate::place::PlaceRef;
use crate::records::RecordPlace;

mod answer;
mod context;
mod ground;
mod hear;
mod lexicon;
pub(crate) mod number;
mod phrase;
mod reader;
mod say;
mod trie;

pub use answer::{Answer, Level, Missing, Part, Understood, Verdict};
pub use context::{Context, LocatedStake, StakeIndex, Travel};
pub(crate) use ground::{course, turn};
pub(crate) use lexicon::Lexicon;

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

/// Longer texts are cut: a caller names the place early, and a stranger must not buy work with length. Characters.
const MOST_CHARACTERS: usize = 400;

impl Network {
    /// The places `words` may mean, the surest first, at most `limit`; empty if no name of the network occurs in them.
    ///
    /// Understands a phrase (`胜利东路与阳明北路交叉口`, `胜利东路/阳明北路`, `中兴大道近平江路`, `中兴大道平江路至阳明北路段`, `AV IPIRANGA / R SILVA SO`)
    /// and a whole call text that contains one; Traditional and Simplified, full and half width, one wrong character in a name.
    #[must_use]
    pub fn find(&self, words: &str, limit: usize) -> Vec<Candidate> {
        let cut: String = words.chars().take(MOST_CHARACTERS).collect();
        if is_chinese(&cut) {
            let mut candidates = self.say_where(&cut, &Context::default()).candidates;
            candidates.truncate(limit);
            return candidates;
        }
        let mut candidates: Vec<Candidate> = self.place_phrase(&cut, None).into_iter().filter_map(RecordPlace::candidate).collect();
        candidates.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.place.cmp(&b.place)));
        let mut seen = Vec::new();
        candidates.retain(|c| {
            let new = !seen.contains(&c.place);
            seen.push(c.place);
            new
        });
        candidates.truncate(limit);
        candidates
    }
}
