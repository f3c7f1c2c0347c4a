//! Words in Latin script: the answer of the records' reader, with a verdict.

use gongzhi_civic::place::haversine_m;

use super::answer::{Answer, Missing, Verdict};
use super::say::reason;
use super::{Candidate, Context};
use crate::Network;
use crate::place::PlaceRef;
use crate::records::RecordPlace;

/// A first answer this sure is the place.
const SETTLED: f64 = 0.5;
/// Another place this near to the first in confidence, and this far away in metres, makes the answer several.
const RIVAL: f64 = 0.8;
const APART_M: f64 = 200.0;

impl Network {
    /// Where words in Latin script say it is. A caller's position keeps what is out of reach out of the answer.
    pub(super) fn say_where_latin(&self, words: &str, context: &Context<'_>) -> Answer {
        let mut candidates: Vec<Candidate> = self.place_phrase(words, None).into_iter().filter_map(RecordPlace::candidate).collect();
        if let Some((near, reach_m)) = context.near
            && candidates.iter().any(|c| haversine_m(c.point, near) <= reach_m)
        {
            candidates.retain(|c| haversine_m(c.point, near) <= reach_m);
        }
        candidates.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.place.cmp(&b.place)));
        let mut seen = Vec::new();
        candidates.retain(|c| {
            let new = !seen.contains(&c.place);
            seen.push(c.place);
            new
        });
        let verdict = match candidates.split_first() {
            None => Verdict::Unknown,
            Some((first, _)) if matches!(first.place, PlaceRef::Road(_)) => Verdict::NotEnough { missing: Missing::PartOfRoad },
            Some((first, _)) if matches!(first.place, PlaceRef::Area(_)) => Verdict::NotEnough { missing: Missing::RoadInArea },
            Some((first, others)) => {
                let rival = |c: &&Candidate| c.confidence >= RIVAL * first.confidence && haversine_m(c.point, first.point) > APART_M;
                if first.confidence < SETTLED || others.iter().any(|c| rival(&c)) { Verdict::Several } else { Verdict::Found }
            }
        };
        let reason = reason(&verdict, &candidates);
        Answer { verdict, candidates, understood: Vec::new(), level: None, travel: None, reason }
    }
}
