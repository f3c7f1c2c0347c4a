//! Snapping with everything a report says: all directed edges near it with their probability, and whether they can be told apart.
//!
//! The true position is somewhere on the roads, a metre of each as likely as its class is used, or (rarely) off them. A report
//! then has the probability density ∫ N(report − x(s); σ) ds along each edge; for a straight segment that is a Gaussian across
//! it times a difference of normal distribution functions along it, so it is summed exactly. Heading, level and speed multiply
//! it ([`super::weigh`]). Shares of the sum are the probabilities, calibrated as far as the noise is Gaussian and its accuracy true.

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use crate::Network;
use crate::format::*;
use crate::geometry::{Plane, to_units};
use crate::place::Class;
use crate::snap::near::{NearLine, NearRoom};
use crate::snap::weigh::{Fix, Weights};
use crate::snap::{Side, Snap};

/// What to look for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SnapOptions {
    /// Roads farther away are left out, metres.
    pub max_m: f64,
    /// How many other answers to give at most.
    pub limit: usize,
}

impl Default for SnapOptions {
    fn default() -> Self {
        Self { max_m: 100.0, limit: 3 }
    }
}

/// An answer and how likely it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LikelySnap {
    /// The answer.
    pub snap: Snap,
    /// Probability of its directed edge, 0..=1.
    pub probability: f64,
}

/// What cannot be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmbiguityKind {
    /// Roads above each other.
    Level,
    /// The two carriageways of a divided road.
    Carriageway,
    /// A road and another beside it (frontage road, slip road).
    Parallel,
    /// The roads of a crossing.
    Crossing,
    /// The two directions of an undivided road.
    Direction,
}

/// Why an answer is not sure, and what would settle it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ambiguity {
    /// What cannot be told apart.
    pub kind: AmbiguityKind,
    /// For people.
    pub why: Text,
}

/// What a report may mean.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapped {
    /// The likeliest directed edge; `None` if no road is within reach.
    pub best: Option<Snap>,
    /// Other directed edges, likeliest first.
    pub others: Vec<LikelySnap>,
    /// Set if another road, level or direction is likely too.
    pub ambiguous: Option<Ambiguity>,
    /// Probability that road, level and direction of the best are right (the edge, or the one before or after it), 0..=1.
    pub confidence: f64,
    /// Probability that the best directed edge itself is right.
    pub edge_confidence: f64,
}

/// Another reading with at least this probability makes the answer ambiguous.
const AMBIGUOUS: f64 = 0.15;

/// Density of being off the roads, per square metre, where an arterial has 1 per metre: some 3 % in a city with 20 km of road per km².
const OFF_ROAD: f64 = 3e-4;

/// Edges this far beside each other are one line, metres.
const ONE_LINE_M: f64 = 3.0;

struct Reading {
    mass: f64,
    edge: u32,
    near: usize,
    reversed: bool,
}

impl Network {
    /// All directed edges a report may mean, with probabilities; see the module's words for the law.
    #[must_use]
    pub fn snap_all(&self, fix: &Fix, options: &SnapOptions) -> Snapped {
        let mut room = NearRoom::default();
        self.snap_all_in(fix, options, &mut room)
    }

    fn snap_all_in(&self, fix: &Fix, options: &SnapOptions, room: &mut NearRoom) -> Snapped {
        let Some(point) = Point::valid(fix.point.lon, fix.point.lat) else { return Snapped::default() };
        let origin = to_units(point);
        let plane = Plane::at(origin);
        let reach_m = if options.max_m.is_finite() { options.max_m.clamp(0.0, 2_000.0) } else { 0.0 };
        self.lines_near(origin, &plane, reach_m, room);
        let weights = Weights::of(fix);
        let mut readings = self.readings(room, &plane, &weights);
        // Far from all roads every mass is 0: then the nearest.
        let metres = |r: &Reading| room.lines.get(r.near).map_or(f64::MAX, |l| l.distance_m);
        readings.sort_by(|a, b| b.mass.total_cmp(&a.mass).then(metres(a).total_cmp(&metres(b))).then(a.edge.cmp(&b.edge)));
        let Some(first) = readings.first() else { return Snapped::default() };
        let total = readings.iter().map(|r| r.mass).sum::<f64>() + OFF_ROAD;
        let mut of_kind = [0.0f64; 5];
        let mut rival = [None; 5];
        let mut same = first.mass;
        for other in &readings[1..] {
            match self.relation(room, first, other) {
                None => same += other.mass,
                Some(kind) => {
                    of_kind[kind as usize] += other.mass;
                    rival[kind as usize].get_or_insert(other.edge);
                }
            }
        }
        // Levels first: a wrong one misleads most. Otherwise what is likeliest.
        let kinds =
            [AmbiguityKind::Level, AmbiguityKind::Carriageway, AmbiguityKind::Parallel, AmbiguityKind::Crossing, AmbiguityKind::Direction];
        let unsure = |kind: &AmbiguityKind| of_kind[*kind as usize] / total >= AMBIGUOUS;
        let kind = kinds
            .into_iter()
            .find(|k| *k == AmbiguityKind::Level && unsure(k))
            .or_else(|| kinds.into_iter().filter(unsure).reduce(|a, b| if of_kind[b as usize] > of_kind[a as usize] { b } else { a }));
        let ambiguous = kind.map(|kind| {
            let names = (self.called(first.edge), rival[kind as usize].map(|e| self.called(e)).unwrap_or_default());
            Ambiguity { kind, why: kind.why(&names.0, &names.1) }
        });
        let snap = |r: &Reading| room.lines.get(r.near).and_then(|near| self.snap_to(near, r.reversed, &plane));
        Snapped {
            best: snap(first),
            others: readings[1..]
                .iter()
                .take_while(|r| r.mass / total >= 0.001)
                .take(options.limit)
                .filter_map(|r| Some(LikelySnap { snap: snap(r)?, probability: r.mass / total }))
                .collect(),
            ambiguous,
            confidence: same / total,
            edge_confidence: first.mass / total,
        }
    }

    fn readings(&self, room: &NearRoom, plane: &Plane, weights: &Weights) -> Vec<Reading> {
        let shapes = self.table::<ShapeRecord>(Tag::Shapes);
        let ways = self.table::<WayRecord>(Tag::Ways);
        let mut readings = Vec::with_capacity(room.lines.len() * 2);
        for (index, near) in room.lines.iter().enumerate() {
            let Some(line) = self.lines().get(near.line as usize) else { continue };
            let Some(way) = ways.get(line.way as usize) else { continue };
            let twoway = line.forward != NONE && line.backward != NONE;
            let (right, sigma) = weights.across(way, twoway);
            let mut mass = [0.0f64; 2];
            for shape in room.segments.get(near.first as usize..near.past as usize).unwrap_or(&[]) {
                let (Some(a), Some(b)) = (shapes.get(*shape as usize), shapes.get(*shape as usize + 1)) else { continue };
                let (a, b) = (plane.metres(*a), plane.metres(*b));
                let length = (b.0 - a.0).hypot(b.1 - a.1);
                if length < 1e-6 {
                    continue;
                }
                let along = ((b.0 - a.0) / length, (b.1 - a.1) / length);
                // The report is the origin: how far it lies to the right of the segment, and where along it.
                let to_right = -a.0 * along.1 + a.1 * along.0;
                let at = -a.0 * along.0 - a.1 * along.1;
                let reached = normal((length - at) / weights.sigma_m) - normal(-at / weights.sigma_m);
                if reached <= 1e-12 {
                    continue;
                }
                for (i, sign) in [(0, 1.0), (1, -1.0)] {
                    if [line.forward, line.backward][i] == NONE {
                        continue;
                    }
                    let across = (to_right * sign - right) / sigma;
                    let density = (-across * across / 2.0).exp() / (sigma * (2.0 * std::f64::consts::PI).sqrt());
                    mass[i] += density * reached * (-weights.besides_position(way, (along.0 * sign, along.1 * sign))).exp();
                }
            }
            for (i, edge) in [line.forward, line.backward].into_iter().enumerate() {
                if edge != NONE {
                    readings.push(Reading { mass: mass[i], edge, near: index, reversed: i == 1 });
                }
            }
        }
        readings
    }

    /// What another reading would change; `None` if it is the same road, level and direction a little farther on.
    fn relation(&self, room: &NearRoom, best: &Reading, other: &Reading) -> Option<AmbiguityKind> {
        let (a, b) = (room.lines.get(best.near)?, room.lines.get(other.near)?);
        if a.line == b.line {
            return Some(AmbiguityKind::Direction);
        }
        let (line_a, line_b) = (self.lines().get(a.line as usize)?, self.lines().get(b.line as usize)?);
        let (way_a, way_b) = (self.way(line_a.way), self.way(line_b.way));
        let (along_a, along_b) = (driving(a, best.reversed), driving(b, other.reversed));
        let cosine = along_a.0 * along_b.0 + along_a.1 * along_b.1;
        let joined = [line_a.from, line_a.to].iter().any(|n| [line_b.from, line_b.to].contains(n));
        // How far the other's nearest spot lies off the best's line, and off its end.
        let apart = (b.foot.0 - a.foot.0, b.foot.1 - a.foot.1);
        let beside = (apart.0 * along_a.1 - apart.1 * along_a.0).abs();
        let one_line = way_a.road == way_b.road && beside <= ONE_LINE_M && apart.0.hypot(apart.1) > 0.5 || joined && beside <= ONE_LINE_M;
        if way_a.level != way_b.level && !(joined && cosine > 0.7) {
            return Some(AmbiguityKind::Level);
        }
        if cosine.abs() <= 0.7 {
            return Some(AmbiguityKind::Crossing);
        }
        match (cosine > 0.0, one_line) {
            (true, true) => None,
            (false, true) => Some(AmbiguityKind::Direction),
            (false, false) if way_a.road == way_b.road => Some(AmbiguityKind::Carriageway),
            _ => Some(AmbiguityKind::Parallel),
        }
    }

    fn called(&self, edge: u32) -> (String, String) {
        let line = self.edges().get(edge as usize).and_then(|e| self.lines().get(e.line as usize)).copied().unwrap_or_default();
        let way = self.way(line.way);
        let unnamed = Class::from_code(way.class).unnamed();
        let name = match (self.string(way.name), self.string(way.reference)) {
            ("", "") => return (unnamed.0.to_owned(), unnamed.1.to_owned()),
            ("", reference) => reference,
            (name, _) => name,
        };
        let english = self.string(way.name_en);
        (name.to_owned(), if english.is_empty() { name } else { english }.to_owned())
    }

    /// The answer for one directed edge.
    pub(crate) fn snap_to(&self, near: &NearLine, reversed: bool, plane: &Plane) -> Option<Snap> {
        let line = self.lines().get(near.line as usize)?;
        let from_start = self.along_line_m(near, line, plane);
        let right_of_line = near.along.0 * -near.foot.1 - near.along.1 * -near.foot.0 < 0.0;
        let side = if near.distance_m <= super::ON_LINE_M {
            Side::On
        } else if right_of_line != reversed {
            Side::Right
        } else {
            Side::Left
        };
        let point = plane.point(near.foot);
        Some(Snap {
            edge: if reversed { line.backward } else { line.forward },
            offset_m: if reversed { (f64::from(line.length_m) - from_start).max(0.0) } else { from_start },
            side,
            distance_m: near.distance_m,
            point,
            section: crate::place::SectionId(line.section),
            crossing: self.crossing_near(point, super::NEAR_CROSSING_M),
            level: self.way(line.way).level,
        })
    }
}

fn driving(near: &NearLine, reversed: bool) -> (f64, f64) {
    if reversed { (-near.along.0, -near.along.1) } else { near.along }
}

/// The standard normal distribution function, to 1e-7 (Abramowitz & Stegun 1964, 26.2.17).
pub(crate) fn normal(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let series = t * (0.319_381_530 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * series;
    if x >= 0.0 { 1.0 - tail } else { tail }
}

impl AmbiguityKind {
    fn why(self, best: &(String, String), rival: &(String, String)) -> Text {
        let ((a, a_en), (b, b_en)) = (best, rival);
        match self {
            Self::Level => Text::new(
                format!("此处道路上下重叠（{a}、{b}），仅凭位置分不清在哪一层。请问明在桥上、地面还是隧道内，或补充行驶方向和速度。"),
                format!(
                    "Roads lie above each other here ({a_en}, {b_en}): the position cannot tell the level. Ask whether it is on the bridge, the ground or in the tunnel, or give heading and speed."
                ),
            ),
            Self::Carriageway => Text::new(
                format!("{a}为分隔道路，仅凭位置分不清是哪一侧车道。请问明行驶方向（往哪里去）。"),
                format!(
                    "{a_en} is divided and the position cannot tell which carriageway. Ask for the direction of travel (bound for where)."
                ),
            ),
            Self::Parallel => Text::new(
                format!("{a}与{b}并行且相距很近，仅凭位置分不清。请问明是主路还是辅路，或提供更精确的位置。"),
                format!(
                    "{a_en} and {b_en} run side by side: the position cannot tell them apart. Ask whether it is the main or the side road, or get a more accurate position."
                ),
            ),
            Self::Crossing => Text::new(
                format!("该点在{a}与{b}相交处附近，分不清在哪条路上。请问明所在道路，或提供行驶方向。"),
                format!("The point is where {a_en} and {b_en} meet: either is possible. Ask which road it is, or give a heading."),
            ),
            Self::Direction => Text::new(
                format!("{a}双向通行，仅凭位置分不清行驶方向。请问明行驶方向（往哪里去）。"),
                format!(
                    "{a_en} is driven both ways and the position cannot tell which. Ask for the direction of travel (bound for where)."
                ),
            ),
        }
    }
}
