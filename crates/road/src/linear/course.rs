//! A route number or road name as one measured line with two directions.
//!
//! The measure is metres along the *axis*: one carriageway in driving direction. The other carriageway is projected on the axis, so that both
//! directions share one measure, as kilometre posts do. Lengths are those of the network (great circle, mean Earth radius).

use std::collections::BTreeMap;

use gongzhi_civic::place::Point;
use serde::{Deserialize, Serialize};

use super::Direction;
use super::carriageway::{Beside, Carriageway, between};
use super::chain::{self, Chain, Link, chains};
use crate::format::{Tag, WayRecord};
use crate::geometry::to_units;
use crate::{Network, Snap};

/// Pieces shorter than this beside a course are lanes at a crossing, not branches, metres.
const LEAST_BRANCH_M: f64 = 200.0;

/// A hole of a course.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// Direction that has the hole.
    pub direction: Direction,
    /// Where it begins, metres along the axis.
    pub from_m: f64,
    /// Where it ends, metres along the axis; bridged as the crow flies.
    pub to_m: f64,
}

/// A piece of the same number that leaves the main line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Branch {
    /// Where it comes nearest to the main line, metres along the axis.
    pub at_m: f64,
    /// Its length, metres.
    pub length_m: f64,
    /// A point on it.
    pub point: Point,
}

/// A point of a course.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoursePoint {
    /// Metres along the axis.
    pub measure_m: f64,
    /// The carriageway.
    pub direction: Direction,
    /// On the line, WGS-84.
    pub point: Point,
    /// Directed edge.
    pub edge: u32,
    /// Metres from the edge's start.
    pub offset_m: f64,
    /// Metres from the point asked for to the line; 0 if a measure was asked for.
    pub distance_m: f64,
    /// The edge does not bear the number itself (a roundabout, a piece without it).
    pub bridged: bool,
}

/// The main line of a route number or road name.
///
/// `Forward` runs east or north, whichever the course does more; a ring runs clockwise and is cut at its lowest OSM node. So the directions
/// stay when a network is imported again, unless the road itself changes.
#[derive(Clone, Debug)]
pub struct Course {
    name: String,
    names: Vec<String>,
    key: String,
    forward: Carriageway,
    backward: Carriageway,
    ring: bool,
    gaps: Vec<Gap>,
    branches: Vec<Branch>,
}

impl Course {
    /// The courses of a route number (`G220`, `220国道`, `A 7`) or a road name, the longest first; numbers of several districts give several.
    #[must_use]
    pub fn of(network: &Network, name: &str) -> Vec<Self> {
        let mut left = chains(network, name);
        let mut courses: Vec<Self> = Vec::new();
        while !left.is_empty() {
            let (course, rest) = Self::take(network, name, left);
            left = rest;
            courses.extend(course);
        }
        courses.sort_by(|a, b| b.length_m().total_cmp(&a.length_m()).then_with(|| a.key.cmp(&b.key)));
        courses
    }

    /// Builds a course from the longest chain and what runs beside it; the rest is handed back.
    fn take(network: &Network, name: &str, mut chains: Vec<Chain>) -> (Option<Self>, Vec<Chain>) {
        let main = chains.remove(0);
        let mut axis = Carriageway::measured(network, &main);
        if axis.vertices.len() < 2 {
            return (None, chains);
        }
        let (mut backward, mut rest, mut branches) = (Vec::new(), Vec::new(), Vec::new());
        for chain in chains {
            let beside = Beside::of(network, &chain, &axis);
            if beside.opposite {
                backward.push(chain);
            } else if beside.same || beside.touches {
                if chain.length_m >= LEAST_BRANCH_M {
                    branches.push(Branch { at_m: beside.nearest_m, length_m: chain.length_m, point: beside.point });
                }
            } else {
                rest.push(chain);
            }
        }
        // A two-way branch is two chains.
        branches.sort_by(|a, b| a.at_m.total_cmp(&b.at_m).then(b.length_m.total_cmp(&a.length_m)));
        branches.dedup_by(|a, b| (a.at_m - b.at_m).abs() < 100.0 && (a.length_m - b.length_m).abs() < 0.05 * b.length_m + 50.0);
        let mut back = Carriageway::projected(network, &backward, &axis, main.ring);
        // The other carriageway may begin earlier than the axis.
        let least = back.vertices.iter().map(|v| v.measure).fold(0.0, f64::min);
        for v in axis.vertices.iter_mut().chain(&mut back.vertices) {
            v.measure -= least;
        }
        let way =
            |e: u32| network.edges().get(e as usize).and_then(|e| network.lines().get(e.line as usize)).map(|l| network.way(l.way).osm);
        let lowest = axis.pieces.iter().filter_map(|p| if let Link::Own(e) = p.link { way(e) } else { None }).min().unwrap_or(0);
        let label = axis.pieces.iter().find_map(|p| if let Link::Own(e) = p.link { label(network, e, name) } else { None });
        let mut course = Self {
            name: label.unwrap_or_else(|| name.to_owned()),
            names: names(network, &axis),
            key: format!("course:{}:{lowest}", chain::route_key(name)),
            forward: axis,
            backward: back,
            ring: main.ring,
            gaps: Vec::new(),
            branches,
        };
        if !course.forward.runs_forward(course.ring) && course.two_way() {
            course.reverse();
        }
        course.find_gaps();
        (Some(course), rest)
    }

    /// Whether the other direction covers nearly the whole axis.
    fn two_way(&self) -> bool {
        self.backward.covered_m() >= 0.9 * self.length_m()
    }

    /// Turns the measure round; the carriageways change their names.
    fn reverse(&mut self) {
        let length = self.length_m();
        for side in [&mut self.forward, &mut self.backward] {
            for v in &mut side.vertices {
                v.measure = length - v.measure;
            }
        }
        for b in &mut self.branches {
            b.at_m = length - b.at_m;
        }
        std::mem::swap(&mut self.forward, &mut self.backward);
    }

    fn find_gaps(&mut self) {
        for (direction, side) in [(Direction::Forward, &self.forward), (Direction::Backward, &self.backward)] {
            for piece in side.pieces.iter().filter(|p| p.link == Link::Gap) {
                let (Some(a), Some(b)) = (side.vertices.get(piece.first), side.vertices.get(piece.last)) else { continue };
                let gap = Gap { direction, from_m: a.measure.min(b.measure), to_m: a.measure.max(b.measure) };
                if gap.to_m - gap.from_m > 1.0 {
                    self.gaps.push(gap);
                }
            }
        }
        self.gaps.sort_by(|a, b| (a.direction, a.from_m).partial_cmp(&(b.direction, b.from_m)).unwrap_or(std::cmp::Ordering::Equal));
    }

    /// Number or name as the map writes it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Road names that at least three tenths of it bear, the longest first.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// `course:<number>:<lowest OSM way id>`: tells apart courses of one number in one network.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Metres of the axis, gaps included.
    #[must_use]
    pub fn length_m(&self) -> f64 {
        let ends = |c: &Carriageway| c.vertices.iter().map(|v| v.measure).fold(0.0, f64::max);
        ends(&self.forward).max(ends(&self.backward))
    }

    /// Whether it closes on itself.
    #[must_use]
    pub const fn is_ring(&self) -> bool {
        self.ring
    }

    /// Holes, by direction and measure.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Pieces of the same number that leave the main line or run beside it in the same direction.
    #[must_use]
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// Whether anything of the direction is mapped; `Both` if both are.
    #[must_use]
    pub fn has(&self, direction: Direction) -> bool {
        match direction {
            Direction::Forward => !self.forward.vertices.is_empty(),
            Direction::Backward => !self.backward.vertices.is_empty(),
            Direction::Both => self.has(Direction::Forward) && self.has(Direction::Backward),
        }
    }

    pub(super) fn side(&self, direction: Direction) -> &Carriageway {
        match direction {
            Direction::Backward => &self.backward,
            _ if self.forward.vertices.is_empty() => &self.backward,
            _ => &self.forward,
        }
    }

    /// The point at a measure; `None` beyond the ends, in a gap, or where the direction is not mapped. `Both` asks for `Forward`.
    #[must_use]
    pub fn at(&self, measure_m: f64, direction: Direction) -> Option<CoursePoint> {
        let side = self.side(direction);
        let actual = if std::ptr::eq(side, &raw const self.backward) { Direction::Backward } else { Direction::Forward };
        let (index, share) = side.locate(measure_m)?;
        side.course_point(index, share, actual, 0.0)
    }

    /// The nearest point of the course within `max_m` metres: of one direction, or of either for `Both`.
    #[must_use]
    pub fn project(&self, point: Point, direction: Direction, max_m: f64) -> Option<CoursePoint> {
        let point = Point::valid(point.lon, point.lat)?;
        let side = |d: Direction, c: &Carriageway| {
            let (index, share, distance) = c.nearest(to_units(point), max_m, |_| true)?;
            c.course_point(index, share, d, distance)
        };
        let forward = if direction == Direction::Backward { None } else { side(Direction::Forward, &self.forward) };
        let backward = if direction == Direction::Forward { None } else { side(Direction::Backward, &self.backward) };
        match (forward, backward) {
            (Some(f), Some(b)) if b.distance_m < f.distance_m => Some(b),
            (f, b) => f.or(b),
        }
    }

    /// The measure of a place on a directed edge; `None` if the edge is not of this course.
    #[must_use]
    pub fn measure_of(&self, edge: u32, offset_m: f64) -> Option<CoursePoint> {
        for (direction, side) in [(Direction::Forward, &self.forward), (Direction::Backward, &self.backward)] {
            let Some(piece) = side.of_edge.get(&edge).and_then(|p| side.pieces.get(*p)) else { continue };
            let along = side.vertices.get(piece.first)?.along + offset_m.max(0.0);
            let range = side.vertices.get(piece.first..=piece.last)?;
            let after = range.partition_point(|v| v.along < along).clamp(1, range.len().saturating_sub(1).max(1));
            let (a, b) = (range.get(after - 1)?, range.get(after)?);
            let share = ((along - a.along) / (b.along - a.along).max(1e-9)).clamp(0.0, 1.0);
            return side.course_point(piece.first + after - 1, share, direction, 0.0);
        }
        None
    }

    /// All directed edges that bear the number or name, in no order that means anything.
    pub(super) fn own_edges(&self) -> impl Iterator<Item = u32> + '_ {
        [&self.forward, &self.backward]
            .into_iter()
            .flat_map(|side| &side.pieces)
            .filter_map(|p| if let Link::Own(e) = p.link { Some(e) } else { None })
    }

    /// The measure of a snapped place; `None` if its edge is not of this course.
    #[must_use]
    pub fn project_snap(&self, snap: &Snap) -> Option<CoursePoint> {
        self.measure_of(snap.edge, snap.offset_m)
    }

    /// The line between two measures in driving direction of `direction` (`Both` as `Forward`), gaps as straight lines.
    #[must_use]
    pub fn line(&self, from_m: f64, to_m: f64, direction: Direction) -> Vec<Point> {
        self.measured_line(from_m, to_m, direction).into_iter().map(|(p, _)| p).collect()
    }

    /// As [`Self::line`], each point with its measure.
    #[must_use]
    pub fn measured_line(&self, from_m: f64, to_m: f64, direction: Direction) -> Vec<(Point, f64)> {
        let (low, high) = (from_m.min(to_m), from_m.max(to_m));
        let mut line: Vec<(Point, f64)> = Vec::new();
        let mut add = |p: Point, m: f64| {
            if line.last().is_none_or(|(q, _)| *q != p) {
                line.push((p, m));
            }
        };
        for w in self.side(direction).vertices.windows(2) {
            let (a, b) = (w[0], w[1]);
            let (least, most) = (a.measure.min(b.measure), a.measure.max(b.measure));
            if most < low || least > high {
                continue;
            }
            let share = |m: f64| ((m - a.measure) / if b.measure == a.measure { 1.0 } else { b.measure - a.measure }).clamp(0.0, 1.0);
            let (s, t) = if a.measure <= b.measure { (share(low), share(high)) } else { (share(high), share(low)) };
            let at = |s: f64| between(a, b, s);
            add(at(s).0, at(s).1);
            if t > s {
                add(at(t).0, at(t).1);
            }
        }
        line
    }

    /// The directed edges between two measures: edge, and metres from its start where the stretch begins and ends.
    #[must_use]
    pub fn edges(&self, from_m: f64, to_m: f64, direction: Direction) -> Vec<(u32, f64, f64)> {
        let (low, high) = (from_m.min(to_m), from_m.max(to_m));
        let mut found = Vec::new();
        let sides: &[&Carriageway] = match direction {
            Direction::Forward => &[&self.forward],
            Direction::Backward => &[&self.backward],
            Direction::Both => &[&self.forward, &self.backward],
        };
        for side in sides {
            for piece in &side.pieces {
                let (Link::Own(edge) | Link::Bridge(edge)) = piece.link else { continue };
                let Some(range) = side.vertices.get(piece.first..=piece.last) else { continue };
                let (mut from, mut to) = (f64::INFINITY, f64::NEG_INFINITY);
                let start = range.first().map_or(0.0, |v| v.along);
                for w in range.windows(2) {
                    let (a, b) = (w[0], w[1]);
                    if a.measure.max(b.measure) < low || a.measure.min(b.measure) > high {
                        continue;
                    }
                    let step = b.measure - a.measure;
                    let along = |m: f64| {
                        if step == 0.0 { a.along } else { a.along + (b.along - a.along) * ((m - a.measure) / step).clamp(0.0, 1.0) }
                    };
                    let (p, q) = if step == 0.0 { (a.along, b.along) } else { (along(low), along(high)) };
                    from = from.min(p.min(q) - start);
                    to = to.max(p.max(q) - start);
                }
                if from < to {
                    found.push((edge, from, to));
                }
            }
        }
        found
    }
}

fn label(network: &Network, edge: u32, wanted: &str) -> Option<String> {
    let line = network.lines().get(network.edges().get(edge as usize)?.line as usize)?;
    let way: WayRecord = network.table::<WayRecord>(Tag::Ways).get(line.way as usize).copied()?;
    let wanted = chain::route_key(wanted);
    [way.reference, way.name]
        .into_iter()
        .flat_map(|s| network.string(s).split(';'))
        .find(|s| chain::route_key(s) == wanted)
        .map(|s| s.trim().to_owned())
}

/// Names of the axis' edges with their share of it.
fn names(network: &Network, axis: &Carriageway) -> Vec<String> {
    let mut lengths: BTreeMap<u32, f64> = BTreeMap::new();
    let mut all = 0.0;
    for piece in &axis.pieces {
        let (Link::Own(edge) | Link::Bridge(edge)) = piece.link else { continue };
        let Some(line) = network.edges().get(edge as usize).and_then(|e| network.lines().get(e.line as usize)) else { continue };
        all += f64::from(line.length_m);
        *lengths.entry(network.way(line.way).name).or_default() += f64::from(line.length_m);
    }
    let mut names: Vec<(f64, String)> = lengths
        .into_iter()
        .filter(|(_, length)| *length >= 0.3 * all)
        .map(|(name, length)| (length, network.string(name).to_owned()))
        .collect();
    names.retain(|(_, name)| !name.is_empty());
    names.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    names.into_iter().map(|(_, name)| name).collect()
}
