//! Map matching: which way a vehicle drove, from positions every 1 to 60 s.
//!
//! A hidden Markov model after Newson & Krumm, "Hidden Markov map matching through noise and sparseness" (ACM SIGSPATIAL 2009): the
//! states are directed edges near a fix, weighed by position, heading, level and speed; a step from edge to edge costs by
//! how much the way through the network differs from the straight line (less what noise adds to that). Added to their model:
//! - the Gaussian's width comes from each fix's own accuracy, the exponential's from straight line and accuracy;
//! - turning back in a street costs 150 m of way, at the end of a dead end 10 m; driving against a one-way road is no state at all;
//! - a fix that fits badly may be passed over as an outlier (2 %), three in a row at most;
//! - fixes within two standard deviations of the last used one are not states (as theirs): they are laid on the way found;
//! - the forward–backward sums give each answer a probability.
//!
//! [`Matcher`] holds the network laid out for short searches and working room, one per thread; [`Matcher::match_track`] takes a whole
//! track, [`OnlineMatcher`] one fix at a time and answers with at most two fixes of delay. The latter is plain data and can be
//! written down between two fixes.

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use crate::Network;
use crate::snap::near::NearRoom;

mod candidates;
mod lattice;
mod online;
mod pieces;
mod search;

pub use online::OnlineMatcher;

/// How to match.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MatchOptions {
    /// A longer silence breaks the track, seconds. For devices that report every 30 s or more, three times their interval.
    pub gap_s: f64,
    /// A longer way as the crow flies between two fixes breaks the track, metres.
    pub gap_m: f64,
    /// Candidates a fix may have.
    pub candidates: usize,
}

impl Default for MatchOptions {
    fn default() -> Self {
        Self { gap_s: 60.0, gap_m: 2_000.0, candidates: 20 }
    }
}

/// Why a track breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakWhy {
    /// The track begins.
    Start,
    /// Silence longer than [`MatchOptions::gap_s`].
    Silence,
    /// A step longer than [`MatchOptions::gap_m`].
    Distance,
    /// The network has no way between the fixes.
    NoWay,
    /// Several fixes in a row at a place that no vehicle reaches in the time.
    Jump,
    /// The roads were imported anew: edges have other numbers.
    Network,
}

impl BreakWhy {
    /// For people.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Start => Text::new("轨迹开始。", "The track begins."),
            Self::Silence => Text::new("两点间隔时间过长，轨迹在此断开。", "Too long without a fix: the track breaks here."),
            Self::Distance => Text::new("两点相距过远，轨迹在此断开。", "The fixes lie too far apart: the track breaks here."),
            Self::NoWay => Text::new("两点之间没有可行驶的道路，轨迹在此断开。", "No way leads from fix to fix: the track breaks here."),
            Self::Jump => Text::new(
                "定位跳到车辆不可能到达的位置，轨迹在此断开。",
                "The position jumps farther than a vehicle can go: the track breaks here.",
            ),
            Self::Network => Text::new("路网已更新，轨迹重新开始匹配。", "The roads were imported anew: matching starts afresh."),
        }
    }
}

/// Why a fix has no place on the roads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unmatched {
    /// It does not fit the fixes around it.
    Outlier,
    /// No road is near.
    OffRoad,
    /// The coordinates are no place, or the time runs backwards.
    Invalid,
}

/// A fix laid on the roads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnEdge {
    /// Directed edge.
    pub edge: u32,
    /// Metres from its start.
    pub offset_m: f64,
    /// Metres from the fix to that spot.
    pub distance_m: f64,
    /// The spot, WGS-84.
    pub point: Point,
    /// Edges entered since the last matched fix, this one last; empty if the vehicle stayed on its edge.
    pub path: Vec<u32>,
    /// Probability that the edge is right, given the fixes so far: see the module's words.
    pub confidence: f64,
    /// A new piece of the track starts here.
    pub starts: Option<BreakWhy>,
}

/// What became of a fix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchedFix {
    /// Running number of the fix, from 0.
    pub index: u64,
    /// As given.
    pub at_ms: i64,
    /// Its place on the roads, or why it has none.
    pub place: Result<OnEdge, Unmatched>,
}

/// Part of an edge driven.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Driven {
    /// Directed edge.
    pub edge: u32,
    /// Metres from its start where driving began.
    pub from_m: f64,
    /// Metres from its start where it ended.
    pub to_m: f64,
    /// When the part was entered, by even speed between fixes.
    pub from_ms: i64,
    /// When it was left.
    pub to_ms: i64,
    /// A fix lies on it; otherwise it was only passed between two.
    pub seen: bool,
}

/// An unbroken stretch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// Why it starts anew.
    pub why: BreakWhy,
    /// First and last matched fix.
    pub fixes: (u64, u64),
    /// Edges in driving order.
    pub driven: Vec<Driven>,
}

/// A whole track matched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MatchedTrack {
    /// Unbroken stretches in order; each says why it starts.
    pub pieces: Vec<Piece>,
    /// One for each fix given.
    pub fixes: Vec<MatchedFix>,
    /// Mean confidence of the matched fixes; 0 without any.
    pub confidence: f64,
}

/// A network laid out for matching, and working room: one per thread.
pub struct Matcher<'n> {
    network: &'n Network,
    options: MatchOptions,
    search: search::Search,
    room: NearRoom,
}

impl<'n> Matcher<'n> {
    /// Lays the network out: some milliseconds and 16 bytes per edge, 20 per node.
    #[must_use]
    pub fn new(network: &'n Network, options: MatchOptions) -> Self {
        Self { network, options, search: search::Search::new(network), room: NearRoom::default() }
    }
}

impl Network {
    /// The OpenStreetMap way an edge was made from.
    #[must_use]
    pub fn osm_way(&self, edge: u32) -> Option<i64> {
        let line = self.lines().get(self.edges().get(edge as usize)?.line as usize)?;
        Some(self.way(line.way).osm)
    }
}
