//! A labelled set of Chinese sayings of places, made from a network: what was said, in which form, and where it truly is.
//!
//! Made without looking at how places are found. What is true is read from the graph alone: two roads meet where edges of both names
//! share a node, and every such node is accepted; a road's points are those of its edges. The tables of confusable characters come
//! from elsewhere: same sound and similar shape from the open confusion lists of pycorrector (Apache-2.0; after SIGHAN 2013), near
//! sound by rule (zh/z, n/l, h/f, an/ang, …) over pinyin, Traditional forms from OpenCC, all cut down to the characters of the maps.
//! The same network and seed give the same sayings.
//!
//! Fairness: a wrong character is never put in where the result is another road of the map, or where another road one character
//! away meets the same partner: nobody could tell. Two roads said not to meet are more than 300 m apart at their nearest.

use std::fmt::Write as _;

use gongzhi_civic::place::Point;

mod book;
mod calls;
mod cities;
mod crossings;
mod errors;
mod join;
mod others;
mod score;
mod stakes;
mod tables;
mod written;

pub use book::RoadBook;
pub use cities::{CITIES, City, city};
pub use errors::{Slip, slip};
pub use join::Join;
pub use score::{Judgement, Said, Tally, Verdict, judge, wilson};
pub use stakes::DrawnStakes;
pub use tables::{full_width, traditional};
pub use written::read;

/// What kind of place was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Two roads that meet.
    Crossing,
    /// A road near another one.
    Near,
    /// So many metres from a crossing.
    Offset,
    /// A side or corner of a crossing.
    Corner,
    /// A road between two others.
    Section,
    /// A bridge, tunnel, underpass by its own name.
    Structure,
    /// One road over or under another, a ramp between them.
    Overpass,
    /// A hospital, school, station; alone or with its road.
    Landmark,
    /// A bus stop's name as on its sign: the road it is on and the road it is near.
    Stop,
    /// A road and a stake with a known place: to be asked with [`DrawnStakes`].
    Stake,
    /// A road alone.
    RoadAlone,
    /// A road and a house number that the map does not have.
    NumberUnknown,
    /// A road and a stake, where no stake's place is known.
    StakeUnknown,
    /// A name that several places far apart have.
    Ambiguous,
    /// No place at all.
    Nowhere,
    /// Two roads of the map that do not meet.
    NoCrossing,
    /// A road of the map and one that does not exist.
    InventedRoad,
}

impl Kind {
    /// Every kind, in the order of tables.
    pub const ALL: [Self; 17] = [
        Self::Crossing,
        Self::Near,
        Self::Offset,
        Self::Corner,
        Self::Section,
        Self::Structure,
        Self::Overpass,
        Self::Landmark,
        Self::Stop,
        Self::Stake,
        Self::RoadAlone,
        Self::NumberUnknown,
        Self::StakeUnknown,
        Self::Ambiguous,
        Self::Nowhere,
        Self::NoCrossing,
        Self::InventedRoad,
    ];

    /// As in the files of sayings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Crossing => "crossing",
            Self::Near => "near",
            Self::Offset => "offset",
            Self::Corner => "corner",
            Self::Section => "section",
            Self::Structure => "structure",
            Self::Overpass => "overpass",
            Self::Landmark => "landmark",
            Self::Stop => "stop",
            Self::Stake => "stake",
            Self::RoadAlone => "road_alone",
            Self::NumberUnknown => "number_unknown",
            Self::StakeUnknown => "stake_unknown",
            Self::Ambiguous => "ambiguous",
            Self::Nowhere => "nowhere",
            Self::NoCrossing => "no_crossing",
            Self::InventedRoad => "invented_road",
        }
    }
}

/// What was done to the plain form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Distortion {
    /// Nothing: one of the usual forms.
    Clean,
    /// In Traditional characters.
    Traditional,
    /// Full-width signs and spaces.
    FullWidth,
    /// Spaces and marks strewn in.
    Spaced,
    /// City or district before it.
    Prefixed,
    /// The word for road left out of one name.
    NoSuffix,
    /// The direction word left out of one name (every road that remains possible is accepted).
    NoDirection,
    /// Digits said or written the other way.
    Digits,
    /// One character of one name wrong or amiss.
    Slip(Slip),
    /// Within a whole call.
    Call,
    /// Within a whole call in Traditional characters.
    CallTraditional,
    /// Within a whole call, with one character wrong of the same sound.
    CallSlip,
    /// A call that names another place too: where one comes from, goes to, lives.
    TwoPlaces,
    /// A call in which the speaker corrects the place.
    Corrected,
    /// Written by hand.
    Written,
}

impl Distortion {
    /// Both names as the map has them, whatever stands around or between them; no whole call.
    #[must_use]
    pub const fn is_plain(self) -> bool {
        matches!(self, Self::Clean | Self::Traditional | Self::FullWidth | Self::Spaced | Self::Prefixed | Self::Digits)
    }

    /// One character of a name wrong, alone or within a call.
    #[must_use]
    pub const fn is_slip(self) -> bool {
        matches!(self, Self::Slip(_) | Self::CallSlip)
    }

    /// As in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Traditional => "traditional",
            Self::FullWidth => "full_width",
            Self::Spaced => "spaced",
            Self::Prefixed => "prefixed",
            Self::NoSuffix => "no_suffix",
            Self::NoDirection => "no_direction",
            Self::Digits => "digits",
            Self::Slip(slip) => slip.word(),
            Self::Call => "call",
            Self::CallTraditional => "call_traditional",
            Self::CallSlip => "call_slip",
            Self::TwoPlaces => "two_places",
            Self::Corrected => "corrected",
            Self::Written => "written",
        }
    }
}

/// What a right answer is.
#[derive(Clone, Debug, PartialEq)]
pub enum Truth {
    /// Near one of these points or lines.
    Place {
        /// Accepted points.
        points: Vec<Point>,
        /// Accepted lines.
        lines: Vec<Vec<Point>>,
        /// Farther than this from all of them is wrong, metres.
        within_m: f64,
    },
    /// The two roads do not meet.
    NoSuchCrossing,
    /// Not enough to tell where.
    NotEnough,
}

/// One labelled saying.
#[derive(Clone, Debug, PartialEq)]
pub struct Saying {
    /// Name of the network: `shanghai`, `shenzhen`.
    pub network: String,
    /// What was said or written.
    pub words: String,
    /// Kind of place meant.
    pub kind: Kind,
    /// What was done to the plain form.
    pub distortion: Distortion,
    /// What a right answer is.
    pub truth: Truth,
    /// The place in plain words, for people who read failures.
    pub means: String,
}

impl Saying {
    /// Whether it belongs to the half that may be looked at while rules are written; the other half is for the figures alone.
    /// Forms of one place stay together.
    #[must_use]
    pub fn open_half(&self) -> bool {
        let by = if self.distortion == Distortion::Written { &self.words } else { &self.means };
        hash(&[&self.network, by]) & 1 == 0
    }
}

/// All sayings of a network; `stops` are its bus stops by name, if known.
#[must_use]
pub fn generate(name: &str, book: &RoadBook<'_>, stops: &[(String, Point)], seed: u64) -> Vec<Saying> {
    let mut maker =
        Maker { network: name.to_owned(), book, stops, seed: seed ^ hash(&[name]), blocks: 0, random: Random(0), sayings: Vec::new() };
    crossings::make(&mut maker);
    others::make(&mut maker);
    calls::make(&mut maker);
    stakes::make(&mut maker);
    maker.sayings
}

/// One number for a whole set: changes if any word, kind, distortion or truth does.
#[must_use]
pub fn fingerprint(sayings: &[Saying]) -> u64 {
    let mut all = String::new();
    for s in sayings {
        writeln!(all, "{}\t{}\t{:?}\t{:?}\t{}", s.network, s.words, s.kind, s.distortion, s.means)
            .expect("writing to a string cannot fail");
    }
    hash(&[&all])
}

/// FNV-1a over the texts.
fn hash(texts: &[&str]) -> u64 {
    let step = |h: u64, b: u8| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
    let h = texts.iter().flat_map(|t| t.bytes().chain([0])).fold(0xcbf2_9ce4_8422_2325, step);
    h ^ (h >> 29)
}

/// Puts the set together.
struct Maker<'a> {
    network: String,
    book: &'a RoadBook<'a>,
    stops: &'a [(String, Point)],
    seed: u64,
    blocks: u64,
    random: Random,
    sayings: Vec<Saying>,
}

impl Maker<'_> {
    fn add(&mut self, words: String, kind: Kind, distortion: Distortion, truth: Truth, means: String) {
        self.sayings.push(Saying { network: self.network.clone(), words, kind, distortion, truth, means });
    }

    /// Calls `make` until it has added `count` sayings; gives up where the map is too small. Each block of sayings has random
    /// numbers of its own, so that a change in one does not change the others.
    fn repeat(&mut self, count: usize, make: impl Fn(&mut Self) -> Option<()>) {
        self.blocks += 1;
        self.random = Random(self.seed.wrapping_add(self.blocks << 32));
        let mut done = 0;
        for _ in 0..count * 30 {
            done += usize::from(make(self).is_some());
            if done == count {
                return;
            }
        }
    }
}

/// Counter-based random numbers (SplitMix64).
pub(crate) struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}
