//! What is known beside the words.

use gongzhi_civic::place::Point;
use serde::{Deserialize, Serialize};

/// What is known beside the words: narrows equal names, never invents a place. Plain data but for the stakes.
#[derive(Clone, Copy, Default)]
pub struct Context<'a> {
    /// Where the caller or the reporting unit is, WGS-84, and how far from there the trouble may be, metres.
    pub near: Option<(Point, f64)>,
    /// Names of areas it must lie in, as in the network (`越城区`): districts, towns, grids. Those in the words count as well.
    pub areas: &'a [&'a str],
    /// Stakes of the roads that have them. Without it, a stake is understood but cannot be placed.
    pub stakes: Option<&'a dyn StakeIndex>,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("near", &self.near).field("areas", &self.areas).field("stakes", &self.stakes.is_some()).finish()
    }
}

/// The direction of travel a caller states with a stake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Travel {
    /// 上行: towards growing stakes (JTG 5210-2018, unconfirmed).
    Up,
    /// 下行: towards falling stakes.
    Down,
    /// Towards a bearing, degrees clockwise from north (往东, 由西向东).
    Bearing(f64),
    /// Towards a place by name (往上海方向), as it was said.
    Toward(String),
}

/// A stake that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct LocatedStake {
    /// Where, WGS-84.
    pub point: Point,
    /// The true place is within so many metres along the road.
    pub bound_m: f64,
    /// The stake's full name (`G220 K12+300`).
    pub name: String,
}

/// Stakes of roads: what gives a road and a metre a place.
pub trait StakeIndex {
    /// The place of a metre on the road with this route number (`G220`) or name (`山旧线`). More than one if carriageways or several
    /// chains of stakes answer; none if the road has no stakes or the metre lies outside them.
    fn locate(&self, road: &str, metre: f64, travel: Option<&Travel>) -> Vec<LocatedStake>;
}
