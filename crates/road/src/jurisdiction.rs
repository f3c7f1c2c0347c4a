//! Who is responsible at a place: areas, roads, and what two sides share.
//!
//! A road duty beats an area duty (an expressway squadron keeps its road whatever grid it runs through); of several, the higher priority counts.
//! A road that runs along a boundary is shared by both sides, and the answer says so. Holes and overlaps of a division are found by
//! [`Jurisdictions::check`].

use std::collections::BTreeMap;

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use crate::geometry::to_units;
use crate::linear::{Course, Direction, Interval, Span, route_key};
use crate::{Network, Snap};

mod boundaries;
mod check;

use boundaries::Boundaries;
pub use check::{DivisionFault, Fault};

/// A boundary within this of a road that runs along it is shared, metres.
pub const SHARED_BOUNDARY_M: f64 = 25.0;
/// Before and behind the place a shared road still runs along the boundary, metres.
const RUNS_ALONG_M: f64 = 60.0;
/// Distances to a boundary are told up to this, metres.
const BOUNDARY_REACH_M: f64 = 2_000.0;
/// Where a line is looked at when it is split, metres.
const STEP_M: f64 = 25.0;

/// Roads of a jurisdiction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RoadDuty {
    /// Every road of this number or name.
    Named {
        /// `G25`, `胜利东路`.
        name: String,
    },
    /// One road of the network.
    Road {
        /// [`crate::Road::key`].
        key: String,
    },
    /// A stretch of a course, in its directions only.
    Interval {
        /// The stretch.
        interval: Interval,
    },
}

/// What one unit answers for in one division (districts, grids, squadrons).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Jurisdiction {
    /// The unit.
    pub id: String,
    /// The division it belongs to: answers and checks are within one.
    pub kind: String,
    /// Rings, outer ones and holes together, even-odd.
    #[serde(default)]
    pub polygons: Vec<Vec<Point>>,
    /// Roads it answers for, in its areas or not.
    #[serde(default)]
    pub roads: Vec<RoadDuty>,
    /// Roads in its areas that it does not answer for.
    #[serde(default)]
    pub except: Vec<RoadDuty>,
    /// The higher counts where two have the same place; equal ones share it.
    #[serde(default)]
    pub priority: i32,
}

/// A place asked about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// Where, WGS-84.
    pub point: Point,
    /// Directed edge and metres from its start, if it is on a road.
    pub edge: Option<(u32, f64)>,
}

impl From<&Snap> for Spot {
    fn from(snap: &Snap) -> Self {
        Self { point: snap.point, edge: Some((snap.edge, snap.offset_m)) }
    }
}

impl From<Point> for Spot {
    fn from(point: Point) -> Self {
        Self { point, edge: None }
    }
}

/// Why a unit is responsible or shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The road is its own.
    Road,
    /// The place lies in its area.
    Area,
    /// The road runs along its boundary, or a place off the roads lies there.
    Boundary,
}

/// A unit and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sharer {
    /// The unit.
    pub id: String,
    /// Why.
    pub why: Why,
}

/// Who is responsible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The unit; `None` if nobody is.
    pub responsible: Option<Sharer>,
    /// Others with the same claim.
    pub shared_with: Vec<Sharer>,
    /// Metres to the nearest boundary of the responsible unit's area, up to 2 km; `None` if farther or by road.
    pub boundary_m: Option<f64>,
    /// In words.
    pub text: Text,
}

/// A part of a line with one answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Where it begins, metres along the line or course.
    pub from_m: f64,
    /// Where it ends.
    pub to_m: f64,
    /// The unit.
    pub responsible: Option<String>,
    /// Others with the same claim.
    pub shared_with: Vec<String>,
}

/// A stretch of an edge that a jurisdiction has, or has not.
#[derive(Clone, Copy, Debug)]
struct EdgeDuty {
    owner: u32,
    from_m: f64,
    to_m: f64,
    except: bool,
}

/// Divisions of a city, ready to be asked.
#[derive(Debug)]
pub struct Jurisdictions {
    list: Vec<Jurisdiction>,
    duties: BTreeMap<u32, Vec<EdgeDuty>>,
    boundaries: Boundaries,
    unresolved: Vec<(String, Text)>,
}

impl Jurisdictions {
    /// Prepares the divisions for one network. Roads it does not know are [`Self::unresolved`]; an interval of another import is carried over.
    #[must_use]
    pub fn new(network: &Network, list: Vec<Jurisdiction>) -> Self {
        let mut found = Self { boundaries: Boundaries::new(&list), list, duties: BTreeMap::new(), unresolved: Vec::new() };
        let mut edges = Edges { network, named: BTreeMap::new() };
        for owner in 0..found.list.len() {
            let Some(j) = found.list.get(owner) else { continue };
            let broken = j.polygons.iter().filter(|p| !boundaries::is_ring(p)).count();
            if broken > 0 {
                let text = Text::new(
                    format!("有 {broken} 个多边形不足三个点或坐标无效，已忽略。"),
                    format!("{broken} polygons have fewer than three points or invalid coordinates and were left out."),
                );
                found.unresolved.push((j.id.clone(), text));
            }
            for (duty, except) in j.roads.iter().map(|d| (d, false)).chain(j.except.iter().map(|d| (d, true))) {
                match edges.of(duty) {
                    Ok(stretches) => {
                        for (edge, from_m, to_m) in stretches {
                            let duty = EdgeDuty { owner: owner as u32, from_m, to_m, except };
                            found.duties.entry(edge).or_default().push(duty);
                        }
                    }
                    Err(text) => found.unresolved.push((j.id.clone(), text)),
                }
            }
        }
        found
    }

    /// Polygons and road duties that could not be used: unit and reason.
    #[must_use]
    pub fn unresolved(&self) -> &[(String, Text)] {
        &self.unresolved
    }

    /// The jurisdictions given.
    #[must_use]
    pub fn list(&self) -> &[Jurisdiction] {
        &self.list
    }

    /// Who is responsible at a place, in one division.
    #[must_use]
    pub fn responsible(&self, network: &Network, spot: &Spot, kind: &str) -> Answer {
        let along = spot.edge.and_then(|(edge, offset)| along(network, edge, offset, spot.point));
        self.answer(spot.point, spot.edge, along, kind)
    }

    fn answer(&self, point: Point, edge: Option<(u32, f64)>, along: Option<[Point; 2]>, kind: &str) -> Answer {
        let duties = |except: bool| {
            let at = edge.and_then(|(e, offset)| Some((self.duties.get(&e)?, offset)));
            let all = at.into_iter().flat_map(|(d, offset)| d.iter().filter(move |d| offset >= d.from_m - 0.5 && offset <= d.to_m + 0.5));
            all.filter(move |d| d.except == except).map(|d| d.owner).collect::<Vec<u32>>()
        };
        let mut claims: Vec<(u32, Why)> = self.best(duties(false), kind).into_iter().map(|o| (o, Why::Road)).collect();
        let by_road = !claims.is_empty();
        if !by_road {
            let except = duties(true);
            let p = to_units(point);
            let inside: Vec<u32> = self.boundaries.containing(p).into_iter().filter(|o| !except.contains(o)).collect();
            claims = self.best(inside.clone(), kind).into_iter().map(|o| (o, Why::Area)).collect();
            let top = claims.first().and_then(|c| self.list.get(c.0 as usize)).map(|j| j.priority);
            for (owner, _) in self.boundaries.within(p, SHARED_BOUNDARY_M) {
                let Some(j) = self.list.get(owner as usize) else { continue };
                let runs_along =
                    along.is_none_or(|ends| ends.iter().all(|e| self.boundaries.is_within(owner, to_units(*e), SHARED_BOUNDARY_M)));
                let lesser = top.is_some_and(|top| j.priority < top);
                if j.kind == kind && !lesser && runs_along && !inside.contains(&owner) && !except.contains(&owner) {
                    claims.push((owner, Why::Boundary));
                }
            }
        }
        let sharer = |c: &(u32, Why)| Some(Sharer { id: self.list.get(c.0 as usize)?.id.clone(), why: c.1 });
        let responsible = claims.first().and_then(sharer);
        let shared_with: Vec<Sharer> = claims.iter().skip(1).filter_map(sharer).collect();
        let boundary_m =
            claims.first().filter(|c| c.1 != Why::Road).and_then(|c| self.boundaries.distance(c.0, to_units(point), BOUNDARY_REACH_M));
        let text = words(responsible.as_ref(), &shared_with);
        Answer { responsible, shared_with, boundary_m, text }
    }

    /// Of claimants those of the kind with the highest priority, the smallest area first.
    fn best(&self, owners: Vec<u32>, kind: &str) -> Vec<u32> {
        let mut owners: Vec<(u32, &Jurisdiction)> =
            owners.into_iter().filter_map(|o| Some((o, self.list.get(o as usize)?))).filter(|(_, j)| j.kind == kind).collect();
        let top = owners.iter().map(|(_, j)| j.priority).max();
        owners.retain(|(_, j)| Some(j.priority) == top);
        owners.sort_by(|a, b| self.boundaries.area_m2(a.0).total_cmp(&self.boundaries.area_m2(b.0)).then(a.0.cmp(&b.0)));
        let mut ids: Vec<u32> = owners.into_iter().map(|o| o.0).collect();
        ids.dedup();
        ids
    }

    /// A line off the network, split where the responsible unit changes; measured in metres from its start.
    #[must_use]
    pub fn split_line(&self, line: &[Point], kind: &str) -> Vec<Part> {
        let mut measure = 0.0;
        let measured: Vec<(Point, f64)> = line
            .iter()
            .enumerate()
            .map(|(i, p)| {
                measure += i.checked_sub(1).and_then(|j| line.get(j)).map_or(0.0, |q| gongzhi_civic::place::haversine_m(*q, *p));
                (*p, measure)
            })
            .collect();
        self.split(&measured, kind, |_| None)
    }

    /// A stretch of a course, split where the responsible unit changes; measured as the course. `Both` is split along its forward carriageway.
    #[must_use]
    pub fn split_span(&self, course: &Course, span: &Span, kind: &str) -> Vec<Part> {
        let direction = if span.direction == Direction::Backward { Direction::Backward } else { Direction::Forward };
        let mut line = course.measured_line(span.from_m, span.to_m, direction);
        if direction == Direction::Backward {
            line.reverse();
        }
        self.split(&line, kind, |m| course.at(m, direction).map(|p| (p.edge, p.offset_m)))
    }

    fn split(&self, line: &[(Point, f64)], kind: &str, edge_at: impl Fn(f64) -> Option<(u32, f64)>) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for w in line.windows(2) {
            let ((a, from), (b, to)) = (w[0], w[1]);
            if to <= from {
                continue;
            }
            let mut cuts = self.boundaries.cuts(to_units(a), to_units(b));
            let steps = ((to - from) / STEP_M).ceil().max(1.0) as usize;
            cuts.extend((0..=steps).map(|s| s as f64 / steps as f64));
            cuts.sort_by(f64::total_cmp);
            let at = |share: f64| Point::new(a.lon + (b.lon - a.lon) * share, a.lat + (b.lat - a.lat) * share);
            for c in cuts.windows(2).filter(|c| c[1] - c[0] > 1e-9) {
                let share = f64::midpoint(c[0], c[1]);
                let (low, high) = (from + (to - from) * c[0], from + (to - from) * c[1]);
                let middle = from + (to - from) * share;
                let reach = RUNS_ALONG_M / (to - from);
                let found = self.answer(at(share), edge_at(middle), Some([at(share - reach), at(share + reach)]), kind);
                let responsible = found.responsible.map(|r| r.id);
                let shared_with: Vec<String> = found.shared_with.into_iter().map(|s| s.id).collect();
                match parts.last_mut() {
                    Some(p) if p.responsible == responsible && p.shared_with == shared_with && (p.to_m - low).abs() < 0.01 => p.to_m = high,
                    _ => parts.push(Part { from_m: low, to_m: high, responsible, shared_with }),
                }
            }
        }
        parts
    }

    /// Faults of a division: places that two have with equal priority, and holes enclosed by it; those of at least `least_m2`, the largest first.
    #[must_use]
    pub fn check(&self, kind: &str, least_m2: f64) -> Vec<DivisionFault> {
        let members: Vec<&Jurisdiction> = self.list.iter().filter(|j| j.kind == kind).collect();
        check::check(&members, least_m2)
    }
}

fn words(responsible: Option<&Sharer>, shared: &[Sharer]) -> Text {
    let Some(r) = responsible else { return Text::new("此处没有责任单位。", "Nobody is responsible here.") };
    let (zh, en) = match r.why {
        Why::Road => ("按道路管辖", "by its road"),
        Why::Area => ("按辖区管辖", "by its area"),
        Why::Boundary => ("按辖区边界管辖", "by its boundary"),
    };
    let mut text = Text::new(format!("由 {} {zh}", r.id), format!("{} is responsible {en}", r.id));
    for s in shared {
        let (zh, en) = match s.why {
            Why::Road => ("道路责任重叠", "both have the road"),
            Why::Area => ("辖区重叠", "the areas overlap"),
            Why::Boundary => ("道路为界", "the road is the boundary"),
        };
        text.zh.push_str(&format!("，与 {} 共管（{zh}）", s.id));
        text.en.push_str(&format!(", shared with {} ({en})", s.id));
    }
    text.zh.push('。');
    text.en.push('.');
    text
}

/// Places 60 m behind and before a place on an edge; straight on beyond its ends.
fn along(network: &Network, edge: u32, offset_m: f64, point: Point) -> Option<[Point; 2]> {
    let line = network.edge(edge)?.line;
    let at = |target: f64| {
        let mut left = target;
        let last = line.len().checked_sub(2)?;
        for (i, w) in line.windows(2).enumerate() {
            let step = gongzhi_civic::place::haversine_m(w[0], w[1]);
            if step > 0.0 && (left <= step || i == last) {
                let share = left / step;
                return Some(Point::new(w[0].lon + (w[1].lon - w[0].lon) * share, w[0].lat + (w[1].lat - w[0].lat) * share));
            }
            left -= step;
        }
        None
    };
    Some([at(offset_m - RUNS_ALONG_M).unwrap_or(point), at(offset_m + RUNS_ALONG_M).unwrap_or(point)])
}

/// Edges of road duties; names are looked up once.
struct Edges<'a> {
    network: &'a Network,
    named: BTreeMap<String, Vec<u32>>,
}

impl Edges<'_> {
    fn of(&mut self, duty: &RoadDuty) -> Result<Vec<(u32, f64, f64)>, Text> {
        let whole = |edges: &[u32]| edges.iter().map(|e| (*e, 0.0, f64::INFINITY)).collect::<Vec<_>>();
        match duty {
            RoadDuty::Named { name } => {
                let network = self.network;
                let edges = self.named.entry(route_key(name)).or_insert_with(|| crate::linear::edges_named(network, name));
                if edges.is_empty() {
                    return Err(Text::new(format!("路网中没有“{name}”。"), format!("The map has no \"{name}\".")));
                }
                Ok(whole(edges))
            }
            RoadDuty::Road { key } => {
                let Some(crate::PlaceRef::Road(road)) = self.network.place_by_key(key) else {
                    return Err(Text::new(format!("路网中没有道路 {key}。"), format!("The map has no road {key}.")));
                };
                let lines = self.network.lines();
                let of_road = |e: &u32| {
                    let line = self.network.edges().get(*e as usize).and_then(|e| lines.get(e.line as usize));
                    line.is_some_and(|l| self.network.way(l.way).road == road.0)
                };
                Ok(whole(&(0..self.network.edges().len() as u32).filter(of_road).collect::<Vec<u32>>()))
            }
            RoadDuty::Interval { interval } => {
                let carried = interval.carry(self.network).map_err(|refusal| {
                    let join = |of: fn(&Text) -> &str| refusal.reasons.iter().map(of).collect::<Vec<_>>().join(" ");
                    Text::new(join(|t| t.zh.as_str()), join(|t| t.en.as_str()))
                })?;
                let span = carried.interval.span;
                let course = Course::of(self.network, &carried.interval.reference).into_iter().find(|c| c.key() == carried.interval.course);
                Ok(course.map_or_else(Vec::new, |c| c.edges(span.from_m, span.to_m, span.direction)))
            }
        }
    }
}
