//! What is asked of an engine and what it answers: plain data.

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use super::graph::Graph;
use super::overlay::{Overlay, Version};
use super::position::Position;

/// A way from one position to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// Milliseconds.
    pub ms: u32,
    /// Metres.
    pub metres: f64,
    /// Directed edges in order; the first and the last are driven in part.
    pub edges: Vec<u32>,
    /// Metres from the first edge's start.
    pub from_m: f64,
    /// Metres from the last edge's start.
    pub to_m: f64,
}

impl Route {
    /// Puts a route together from its edges; `from` and `to` give the offsets on whichever of their sides was used.
    pub(crate) fn new(graph: &Graph, ms: u32, edges: Vec<u32>, from: &Position, to: &Position) -> Self {
        let offset = |p: &Position, edge: Option<&u32>| p.spots(graph).find(|(e, _)| Some(e) == edge).map_or(0.0, |(_, o)| o);
        let (from_m, to_m) = (offset(from, edges.first()), offset(to, edges.last()));
        let all: f64 = edges.iter().skip(1).rev().skip(1).map(|e| f64::from(graph.length_m[*e as usize])).sum();
        let metres = match edges.as_slice() {
            [] => 0.0,
            [_] => to_m - from_m,
            [first, ..] => f64::from(graph.length_m[*first as usize]) - from_m + all + to_m,
        };
        Self { ms, metres, edges, from_m, to_m }
    }

    /// Seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        f64::from(self.ms) / 1_000.0
    }
}

/// A unit that could be sent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// Where it is on the roads.
    pub position: Position,
    /// Where it is as the crow flies, for telling why a nearer one was passed over.
    pub point: Point,
    /// Milliseconds until it can leave.
    pub ready_ms: u32,
}

/// Which units are nearest by road?
#[derive(Clone, Copy, Debug)]
pub struct NearestQuery<'a> {
    /// The units.
    pub units: &'a [Unit],
    /// Where they are wanted.
    pub to: Position,
    /// The same place as the crow flies.
    pub point: Point,
    /// How many are wanted.
    pub k: usize,
    /// No farther than this.
    pub limit_ms: u32,
    /// Also say of each unit that is nearer as the crow flies why it was not chosen, and why any cannot come. Costs a longer search.
    pub explain: bool,
}

/// A chosen unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NearUnit {
    /// Index among the units asked about.
    pub unit: usize,
    /// The way there; its milliseconds include the time until the unit can leave.
    pub route: Route,
    /// Metres as the crow flies.
    pub straight_m: f64,
    /// Place among all units as the crow flies, 0 for the nearest.
    pub straight_rank: usize,
}

/// Why a unit was not chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum NotChosen {
    /// It needs longer by road.
    Slower {
        /// Milliseconds it needs.
        ms: u32,
    },
    /// It needs longer than the limit of the search.
    BeyondLimit,
    /// It could come but for a closure.
    Closed,
    /// Its roads are not joined to those of the place.
    OtherComponent,
    /// One-way streets (or turn restrictions) let it not out, or nobody in.
    OneWayTrap,
    /// The vehicle may not use the road it stands on, or the road of the place.
    NotAllowed,
}

impl NotChosen {
    /// The reason in words.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Slower { ms } => Text::new(
                format!("直线更近，但沿路需 {} 秒", ms.div_ceil(1_000)),
                format!("nearer as the crow flies, but {} s by road", ms.div_ceil(1_000)),
            ),
            Self::BeyondLimit => Text::new("沿路时间超出查询上限", "farther by road than the search's limit"),
            Self::Closed => Text::new("因道路封闭无法到达", "a closure is in the way"),
            Self::OtherComponent => Text::new("所在道路与目的地不连通", "its roads are not joined to those of the place"),
            Self::OneWayTrap => {
                Text::new("受单行道或禁止转向限制，驶不出或驶不入", "one-way streets or turn restrictions let it not out, or nobody in")
            }
            Self::NotAllowed => {
                Text::new("该车型不得在所在道路或目的地道路行驶", "the vehicle may not use the road at one of the two ends")
            }
        }
    }
}

/// A unit that was passed over, and why.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PassedOver {
    /// Index among the units asked about.
    pub unit: usize,
    /// Metres as the crow flies.
    pub straight_m: f64,
    /// Why.
    pub why: NotChosen,
}

/// The nearest units, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NearestAnswer {
    /// State of the roads answered about.
    pub version: Version,
    /// Up to `k` units, the quickest first.
    pub found: Vec<NearUnit>,
    /// Units passed over, in order as the crow flies; only if an explanation was asked for.
    pub passed_over: Vec<PassedOver>,
    /// States settled: the work done, the same on every machine.
    pub settled: usize,
}

/// Milliseconds between many places.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matrix {
    /// State of the roads answered about.
    pub version: Version,
    /// Number of targets: the length of a row.
    pub columns: usize,
    /// Row by row, a row for each source; [`super::NEVER`] where there is no way.
    pub ms: Vec<u32>,
}

impl Matrix {
    /// Milliseconds from a source to a target; `None` if there is no way.
    #[must_use]
    pub fn get(&self, source: usize, target: usize) -> Option<u32> {
        if target >= self.columns {
            return None;
        }
        self.ms.get(source * self.columns + target).copied().filter(|m| *m != super::NEVER)
    }
}

/// A stretch of an edge that is reached, and when.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReachedSpan {
    /// Directed edge.
    pub edge: u32,
    /// First metre reached.
    pub from_m: f64,
    /// Last metre reached within the limit.
    pub to_m: f64,
    /// Milliseconds until the first metre.
    pub from_ms: u32,
    /// Milliseconds until the last metre.
    pub to_ms: u32,
}

/// What can be reached in time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Isochrone {
    /// State of the roads answered about.
    pub version: Version,
    /// The limit asked for.
    pub limit_ms: u32,
    /// Stretches in order of edges.
    pub spans: Vec<ReachedSpan>,
}

/// An engine. All answers depend on the graph and the overlay only, and are the same whichever engine gives them; where two ways take the
/// same time, engines may differ in the way but not in the time.
pub trait Routes {
    /// The units that are first at a place.
    fn k_nearest(&mut self, overlay: &Overlay, query: &NearestQuery<'_>) -> NearestAnswer;

    /// Milliseconds from one place to many; [`super::NEVER`] where there is no way.
    fn one_to_many(&mut self, overlay: &Overlay, from: &Position, to: &[Position]) -> Vec<u32> {
        self.matrix(overlay, std::slice::from_ref(from), to).ms
    }

    /// Milliseconds from many places to many.
    fn matrix(&mut self, overlay: &Overlay, from: &[Position], to: &[Position]) -> Matrix;

    /// The quickest way; `None` if there is none.
    fn path(&mut self, overlay: &Overlay, from: &Position, to: &Position) -> Option<Route>;

    /// Everything reached from a place within a limit.
    fn isochrone(&mut self, overlay: &Overlay, from: &Position, limit_ms: u32) -> Isochrone;
}

/// Metres as the crow flies and rank for each unit.
pub(crate) fn straight(query: &NearestQuery<'_>) -> (Vec<f64>, Vec<usize>) {
    let metres: Vec<f64> = query.units.iter().map(|u| haversine_m(u.point, query.point)).collect();
    let mut order: Vec<usize> = (0..metres.len()).collect();
    order.sort_by(|a, b| metres[*a].total_cmp(&metres[*b]).then(a.cmp(b)));
    (metres, order)
}
