//! Which spot of this year is which of last year.
//!
//! A spot keeps its identity while it stays the same junction, or its stretch overlaps the old one on the same road. Where one
//! became two, or two became one, the identity goes with the larger overlap and the change says so. Nothing here lists, treats or delists
//! a spot: that is a person's act, and a listed spot that no rule finds any more stays listed until somebody delists it.

use super::find::meets;
use super::{Direction, Place};
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

/// A spot known before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// Its persistent id.
    pub id: String,
    /// Where it was.
    pub place: Place,
}

/// What became of a spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Not there before.
    New,
    /// The same junction, or the same ends within the tolerance.
    Same,
    /// Longer at one end or both.
    Grown,
    /// Shorter.
    Shrunk,
    /// Longer at one end and shorter at the other.
    Moved,
    /// A part of a spot whose identity another part has kept.
    Split,
    /// Several spots are one now; the largest overlap gave its identity.
    Merged,
}

impl Change {
    /// For people.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::New => Text::new("新出现", "new"),
            Self::Same => Text::new("未变", "unchanged"),
            Self::Grown => Text::new("变长", "grown"),
            Self::Shrunk => Text::new("变短", "shrunk"),
            Self::Moved => Text::new("移动", "moved"),
            Self::Split => Text::new("由原点段分出", "split off"),
            Self::Merged => Text::new("由多个点段合并", "merged"),
        }
    }
}

/// A spot of now and what it was before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continued {
    /// Identity kept from before; `None` for a new spot, which the caller gives an id.
    pub id: Option<String>,
    /// What became of it.
    pub change: Change,
    /// Other spots of before that it overlaps: merged into it, or the one it was split from. Sorted.
    pub related: Vec<String>,
}

/// All spots of now in their order, and what is left of before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continuation {
    /// One for each place passed in.
    pub now: Vec<Continued>,
    /// Ids of spots that overlap none of now, sorted.
    pub gone: Vec<String>,
    /// Ids of spots that are part of another one now, and its position; sorted.
    pub merged: Vec<(String, usize)>,
}

/// Ends this near are the same end: crashes are located no better, metres.
pub const TOLERANCE_M: f64 = 50.0;

/// Follows spots from before to now. The order of `before` does not matter.
///
/// Stretches are taken as longer by half of [`TOLERANCE_M`] at both ends, so that several crashes at one post, a stretch of no length, can be
/// followed. Every pair that overlaps is a link; links are taken by overlap, largest first, each spot of before and now once.
#[must_use]
pub fn follow(before: &[Known], now: &[Place]) -> Continuation {
    let mut links: Vec<(f64, usize, usize)> = Vec::new();
    for (j, place) in now.iter().enumerate() {
        for (i, known) in before.iter().enumerate() {
            links.extend(overlap_m(&known.place, place).map(|m| (m, i, j)));
        }
    }
    links.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| before[a.1].id.cmp(&before[b.1].id)).then(a.2.cmp(&b.2)));
    let (mut heir, mut source) = (vec![None; before.len()], vec![None; now.len()]);
    for &(_, i, j) in &links {
        if heir[i].is_none() && source[j].is_none() {
            (heir[i], source[j]) = (Some(j), Some(i));
        }
    }
    let mut answer = Continuation::default();
    for (j, place) in now.iter().enumerate() {
        let related = |keep: &dyn Fn(usize) -> bool| {
            let mut ids: Vec<String> = links.iter().filter(|l| l.2 == j && keep(l.1)).map(|l| before[l.1].id.clone()).collect();
            ids.sort();
            ids
        };
        let continued = match source[j] {
            // Those that found no place of their own are in this one now.
            Some(i) => {
                let merged = related(&|k| k != i && heir[k].is_none());
                let change = if merged.is_empty() { compare(&before[i].place, place) } else { Change::Merged };
                Continued { id: Some(before[i].id.clone()), change, related: merged }
            }
            None => {
                let related = related(&|_| true);
                Continued { id: None, change: if related.is_empty() { Change::New } else { Change::Split }, related }
            }
        };
        answer.now.push(continued);
    }
    for (i, known) in before.iter().enumerate().filter(|(i, _)| heir[*i].is_none()) {
        match links.iter().find(|l| l.1 == i) {
            Some(link) => answer.merged.push((known.id.clone(), link.2)),
            None => answer.gone.push(known.id.clone()),
        }
    }
    answer.gone.sort();
    answer.merged.sort();
    answer
}

/// Metres two places share, the tolerance included; `None` where they do not touch. A junction shares infinitely much with itself.
fn overlap_m(a: &Place, b: &Place) -> Option<f64> {
    match (a, b) {
        (Place::Junction { junction }, Place::Junction { junction: other }) => (junction == other).then_some(f64::INFINITY),
        (
            Place::Interval { road, direction, from_m, to_m },
            Place::Interval { road: other, direction: way, from_m: other_from, to_m: other_to },
        ) => {
            let shared = to_m.min(*other_to) - from_m.max(*other_from) + TOLERANCE_M;
            (road == other && meets(*direction, *way) && shared > 0.0).then_some(shared + same_way(*direction, *way))
        }
        _ => None,
    }
}

/// Of two stretches that overlap alike, the one of the same direction is the nearer kin.
fn same_way(a: Direction, b: Direction) -> f64 {
    if a == b { 1e-3 } else { 0.0 }
}

fn compare(before: &Place, now: &Place) -> Change {
    let (Place::Interval { from_m: from, to_m: to, .. }, Place::Interval { from_m, to_m, .. }) = (before, now) else { return Change::Same };
    let (out_left, out_right) = (from - from_m, to_m - to);
    let (grew, shrank) = (out_left.max(out_right) > TOLERANCE_M, out_left.min(out_right) < -TOLERANCE_M);
    match (grew, shrank) {
        (false, false) => Change::Same,
        (true, false) => Change::Grown,
        (false, true) => Change::Shrunk,
        (true, true) => Change::Moved,
    }
}
