//! The answer to words that say a place.

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use super::Candidate;
use super::context::Travel;

/// What words that say a place come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What kind of answer it is.
    pub verdict: Verdict,
    /// Places, the surest first; guesses too where the verdict is not [`Verdict::Found`].
    pub candidates: Vec<Candidate>,
    /// Parts of the words that were used, in their order.
    pub understood: Vec<Understood>,
    /// Grade said in the words: above (高架上), on (地面、桥下) or below the ground (隧道内).
    pub level: Option<Level>,
    /// Direction of travel said in the words.
    pub travel: Option<Travel>,
    /// The verdict for people.
    pub reason: Text,
}

/// Kinds of answers. All of them are answers: what is missing, or that there is no such place, is worth as much as a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// One place, the first candidate.
    Found,
    /// Several places fit; the candidates say which and why.
    Several,
    /// A crossing is said that is not in the network.
    NoSuchCrossing {
        /// Names of the roads that are in the network.
        roads: Vec<String>,
        /// Names of roads that are not in the network, as they were said.
        unknown: Vec<String>,
        /// Where the known roads come nearest to each other, and how many metres lie between them there.
        nearest: Option<(Point, f64)>,
    },
    /// Something is known, but not enough to tell a place.
    NotEnough {
        /// What to ask next.
        missing: Missing,
    },
    /// No place of the network is said.
    Unknown,
}

/// What must be asked to tell the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// A stake without a road.
    RoadOfStake,
    /// A house number without a road.
    RoadOfNumber,
    /// A stake on a road whose stakes are not known.
    StakesOfRoad,
    /// A house number that the network does not have.
    HouseNumber,
    /// One road alone: which crossing, number, stake or landmark.
    PartOfRoad,
    /// An area alone.
    RoadInArea,
    /// Two roads that do not meet and no word that joins them: which of them.
    WhichRoad,
    /// A distance without a direction.
    Direction,
}

impl Missing {
    /// The question to the caller.
    #[must_use]
    pub fn question(self) -> Text {
        let (zh, en) = match self {
            Self::RoadOfStake => ("有桩号，但没有说是哪条路：请问是哪条国道、省道或高速？", "A stake without a road: which road is it on?"),
            Self::RoadOfNumber => ("有门牌号，但没有说是哪条路：请问是什么路？", "A house number without a road: which road is it on?"),
            Self::StakesOfRoad => (
                "这条路没有已标定的桩号：请问附近有什么路口或单位？",
                "The stakes of this road are not known: which crossing or landmark is near?",
            ),
            Self::HouseNumber => {
                ("路网中没有这个门牌号：请问靠近哪个路口？", "The house number is not in the network: which crossing is near?")
            }
            Self::PartOfRoad => (
                "只知道在哪条路，不知道在哪一段：请问靠近哪个路口、门牌号或单位？",
                "The road is known, the part is not: near which crossing, number or landmark?",
            ),
            Self::RoadInArea => ("只知道在哪个区域：请问在什么路上？", "Only the area is known: which road is it on?"),
            Self::WhichRoad => (
                "提到的几条路互不相交：请问事情发生在哪条路、靠近哪个路口？",
                "The roads named do not meet: on which of them is it, near which crossing?",
            ),
            Self::Direction => {
                ("说了距离，没有说方向：请问在路口的哪一边？", "A distance without a direction: on which side of the crossing?")
            }
        };
        Text::new(zh, en)
    }
}

/// Grade said in the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 高架上, 桥上, 主线.
    Above,
    /// 地面道路, 高架下, 桥下, 辅道.
    Ground,
    /// 隧道内, 地道.
    Below,
}

/// A part of the words and what it was taken for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Understood {
    /// First character, counted in characters of the words as given.
    pub from: usize,
    /// Character after the last.
    pub to: usize,
    /// What it is.
    pub part: Part,
    /// The name or value it was read as; differs from the words where they were misheard or misspelt.
    pub read_as: String,
}

/// What a part of the words is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Name of a road.
    Road,
    /// Name of a landmark.
    Landmark,
    /// Name of an area or town.
    Area,
    /// A kilometre stake.
    Stake,
    /// A house number.
    HouseNumber,
    /// Distance and direction from a place.
    Offset,
    /// Direction of travel.
    Travel,
    /// Grade.
    Level,
    /// A place that was taken back (不对，是…).
    TakenBack,
    /// A place that is not where it happened: where the caller lives, comes from or goes to.
    Elsewhere,
    /// A name of a road that is not in the network.
    UnknownRoad,
}
