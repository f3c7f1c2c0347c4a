//! A route number or road name as one measured line with two directions.
//!
//! The measure is metres along the *axis*: one carriageway in driving direction. The other carriageway is projected on the axis, so that both
//! directions share one measure, as kilometre posts do. Lengths are those of the network (great circle, mean Earth radius).

use std::collections::BTreeMap;

use gongzhi_civic::place::Point;
use serde::{Deserialize, Serialize};

use super::Direction;
use super::chain::{self, Chain, Link, bearing, chains, shape_of, turn};
use crate::format::{ShapeRecord, Tag, WayRecord};
use crate::geometry::{Plane, distance_m, nearest_on_segment, to_point, to_units};
use crate::{Network, Snap};

/// Farther than this from the axis, a chain is no carriageway of the same road, metres.
const CARRIAGEWAYS_M: f64 = 120.0;
/// Carriageways that part (on either side of a hill) stay one road within this, metres.
const PARTED_M: f64 = 400.0;
/// Pieces shorter than this beside a course are lanes at a crossing, not branches, metres.
const LEAST_BRANCH_M: f64 = 200.0;
/// Shapes in one box of the search for the nearest point.
const BOX: usize = 16;

/// A point of the course's line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vertex {
    pub(super) at: ShapeRecord,
    /// Metres along the axis.
    pub(super) measure: f64,
    /// Metres along this carriageway in driving direction.
    along: f64,
}

/// Vertices `first..=last` of one edge, or of a gap.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) link: Link,
    pub(super) first: usize,
    pub(super) last: usize,
}

/// One direction of travel.
#[derive(Clone, Debug, Default)]
pub(super) struct Carriageway {
    pub(super) vertices: Vec<Vertex>,
    pub(super) pieces: Vec<Piece>,
    boxes: Vec<[i32; 4]>,
    of_edge: BTreeMap<u32, usize>,
}

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

fn between(a: Vertex, b: Vertex, share: f64) -> (Point, f64) {
    let (p, q) = (to_point(a.at), to_point(b.at));
    let point = Point::new(p.lon + (q.lon - p.lon) * share, p.lat + (q.lat - p.lat) * share);
    (point, a.measure + (b.measure - a.measure) * share)
}

/// How a chain lies to an axis, by samples along it.
struct Beside {
    /// Runs against it, beside it.
    opposite: bool,
    /// Runs with it, beside it.
    same: bool,
    /// An end of it touches the axis.
    touches: bool,
    nearest_m: f64,
    point: Point,
}

impl Beside {
    fn of(network: &Network, chain: &Chain, axis: &Carriageway) -> Self {
        Self::measured(&Carriageway::measured(network, chain), axis)
    }

    fn measured(shape: &Carriageway, axis: &Carriageway) -> Self {
        let (mut with, mut against, mut all) = (0.0, 0.0, 0.0);
        let mut nearest = (f64::INFINITY, 0.0);
        for v in &shape.vertices {
            let Some((index, share, distance)) = axis.nearest(v.at, CARRIAGEWAYS_M, |_| true) else { continue };
            if let (Some(a), Some(b), true) = (axis.vertices.get(index), axis.vertices.get(index + 1), distance < nearest.0) {
                nearest = (distance, between(*a, *b, share).1);
            }
        }
        for w in shape.vertices.windows(2) {
            let step = w[1].along - w[0].along;
            all += step;
            // The middle of a segment has one bearing; a corner has two.
            let middle = ShapeRecord { x: i32::midpoint(w[0].at.x, w[1].at.x), y: i32::midpoint(w[0].at.y, w[1].at.y) };
            let Some((index, _, _)) = axis.nearest(middle, PARTED_M, |_| true) else { continue };
            let Some(pair) = axis.vertices.get(index..index + 2) else { continue };
            let angle = turn(bearing(w[0].at, w[1].at), bearing(pair[0].at, pair[1].at));
            if angle < 50.0 {
                with += step;
            } else if angle > 130.0 {
                against += step;
            }
        }
        let touches =
            [shape.vertices.first(), shape.vertices.last()].into_iter().flatten().any(|v| axis.nearest(v.at, 50.0, |_| true).is_some());
        let middle = shape.vertices.get(shape.vertices.len() / 2).map_or_else(Point::default, |v| to_point(v.at));
        Self { opposite: against > 0.6 * all, same: with > 0.6 * all, touches, nearest_m: nearest.1, point: middle }
    }
}

/// A ring's links, begun where the axis ends.
fn turned(network: &Network, chain: &Chain, axis: &Carriageway) -> Vec<Link> {
    let Some(end) = axis.vertices.last() else { return chain.links.clone() };
    let far = |link: &Link| match link {
        Link::Own(e) | Link::Bridge(e) => shape_of(network, *e).first().map_or(f64::INFINITY, |s| distance_m(*s, end.at)),
        Link::Gap => f64::INFINITY,
    };
    let first = (0..chain.links.len()).min_by(|a, b| far(&chain.links[*a]).total_cmp(&far(&chain.links[*b]))).unwrap_or(0);
    let mut links = chain.links.clone();
    links.rotate_left(first);
    links
}

impl Carriageway {
    /// A chain with its own length as measure.
    pub(super) fn measured(network: &Network, chain: &Chain) -> Self {
        let mut side = Self::default();
        side.append(network, &chain.links);
        for v in &mut side.vertices {
            v.measure = v.along;
        }
        side.index();
        side
    }

    /// Adds links; where they do not begin at the last vertex, a gap is put between.
    fn append(&mut self, network: &Network, links: &[Link]) {
        for link in links {
            let (Link::Own(edge) | Link::Bridge(edge)) = *link else { continue };
            let shape = shape_of(network, edge);
            let (Some(start), true) = (shape.first(), shape.len() >= 2) else { continue };
            if let Some(last) = self.vertices.last().copied() {
                let far = distance_m(last.at, *start);
                if far > 0.0 {
                    self.vertices.push(Vertex { at: *start, measure: 0.0, along: last.along + far });
                    let first = self.vertices.len() - 2;
                    self.pieces.push(Piece { link: Link::Gap, first, last: first + 1 });
                }
            } else {
                self.vertices.push(Vertex { at: *start, measure: 0.0, along: 0.0 });
            }
            let first = self.vertices.len() - 1;
            let mut along = self.vertices.last().map_or(0.0, |v| v.along);
            for w in shape.windows(2) {
                along += distance_m(w[0], w[1]);
                self.vertices.push(Vertex { at: w[1], measure: 0.0, along });
            }
            self.of_edge.insert(edge, self.pieces.len());
            self.pieces.push(Piece { link: *link, first, last: self.vertices.len() - 1 });
        }
    }

    /// Chains against the axis, in driving order, measured by the nearest point of the axis; what another chain covers already is left out.
    fn projected(network: &Network, chains: &[Chain], axis: &Self, axis_ring: bool) -> Self {
        let end = axis.vertices.last().map_or(0.0, |v| v.measure);
        let mut parts: Vec<(f64, f64, Vec<Link>)> = Vec::new();
        for chain in chains {
            if axis_ring && chain.ring {
                parts = vec![(0.0, end, turned(network, chain, axis))];
                break;
            }
            let shape = Self::measured(network, chain);
            // The longest come first; a shorter one has its place only where nothing lies yet.
            let high = shape.vertices.iter().find_map(|v| axis.measure_near(v.at));
            let low = shape.vertices.iter().rev().find_map(|v| axis.measure_near(v.at));
            let (Some(high), Some(low)) = (high, low) else { continue };
            if high > low && parts.iter().all(|(l, h, _)| high <= *l + 60.0 || low >= *h - 60.0) {
                parts.push((low, high, chain.links.clone()));
            }
        }
        parts.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut side = Self::default();
        for (_, _, links) in &parts {
            side.append(network, links);
        }
        // Where the carriageways lie side by side the axis gives the measure; between such places, round a roundabout or where they part, and
        // beyond the ends of the axis, their own metres do.
        let ties = side.ties(axis, end);
        let mut next = 0;
        for i in 0..side.vertices.len() {
            while ties.get(next).is_some_and(|t| t.0 < i) {
                next += 1;
            }
            let along = side.vertices[i].along;
            side.vertices[i].measure = match (next.checked_sub(1).and_then(|t| ties.get(t)), ties.get(next)) {
                (Some(a), Some(b)) => a.2 + (b.2 - a.2) * (along - a.1) / (b.1 - a.1).max(1e-9),
                (Some(a), None) => a.2 - (along - a.1),
                (None, Some(b)) => b.2 + (b.1 - along),
                (None, None) => end - along,
            };
        }
        side.index();
        side
    }

    /// Vertices beside the axis and against it: index, own metres, metres of the axis, falling.
    fn ties(&self, axis: &Self, end: f64) -> Vec<(usize, f64, f64)> {
        let mut ties: Vec<(usize, f64, f64)> = Vec::new();
        for (i, v) in self.vertices.iter().enumerate() {
            let last = ties.last().copied();
            let window = last.map(|(_, along, m)| (m - 2.0 * (v.along - along) - 60.0, m));
            let near = axis.nearest(v.at, CARRIAGEWAYS_M, |(low, high)| window.is_none_or(|w| high >= w.0 && low <= w.1));
            let Some((index, share, distance)) = near else { continue };
            let (Some(a), Some(b)) = (axis.vertices.get(index), axis.vertices.get(index + 1)) else { continue };
            let (foot, measure) = between(*a, *b, share);
            // At a vertex of the axis either segment will do.
            let other = if share >= 1.0 {
                axis.vertices.get(index + 1..index + 3)
            } else if share <= 0.0 {
                index.checked_sub(1).and_then(|i| axis.vertices.get(i..=index))
            } else {
                None
            };
            let headings = [Some(bearing(a.at, b.at)), other.map(|o| bearing(o[0].at, o[1].at))];
            let before = i.checked_sub(1).and_then(|j| self.vertices.get(j)).map(|w| bearing(w.at, v.at));
            let after = self.vertices.get(i + 1).map(|w| bearing(v.at, w.at));
            let across = bearing(to_units(foot), v.at);
            let fits = headings.into_iter().flatten().any(|heading| {
                let against = [before, after].into_iter().flatten().any(|h| turn(h, heading) > 150.0);
                // The foot of a perpendicular, not merely the nearest corner.
                against && (distance < 1.0 || (turn(across, heading) - 90.0).abs() < 30.0)
            });
            let inside = measure > 0.01 && measure < end - 0.01 && window.is_none_or(|w| measure >= w.0 && measure <= w.1);
            if fits && inside {
                ties.push((i, v.along, measure));
            }
        }
        ties
    }

    /// Whether most of it lies beside another one and runs against it.
    pub(super) fn runs_against(&self, other: &Self) -> bool {
        Beside::measured(self, other).opposite
    }

    fn measure_near(&self, at: ShapeRecord) -> Option<f64> {
        let (index, share, _) = self.nearest(at, 3.0 * CARRIAGEWAYS_M, |_| true)?;
        Some(between(*self.vertices.get(index)?, *self.vertices.get(index + 1)?, share).1)
    }

    fn index(&mut self) {
        self.boxes = (0..self.vertices.len())
            .step_by(BOX)
            .map(|i| {
                let end = (i + BOX + 1).min(self.vertices.len());
                self.vertices[i..end].iter().fold([i32::MAX, i32::MAX, i32::MIN, i32::MIN], |b, v| {
                    [b[0].min(v.at.x), b[1].min(v.at.y), b[2].max(v.at.x), b[3].max(v.at.y)]
                })
            })
            .collect();
    }

    /// The nearest segment within `max_m` whose range of measures is accepted: its first vertex, share, metres.
    fn nearest(&self, at: ShapeRecord, max_m: f64, accepts: impl Fn((f64, f64)) -> bool) -> Option<(usize, f64, f64)> {
        let plane = Plane::at(at);
        let mut best: Option<(usize, f64, f64)> = None;
        for (b, bounds) in self.boxes.iter().enumerate() {
            let out = |low: i32, high: i32, v: i32| (f64::from(low) - f64::from(v)).max(f64::from(v) - f64::from(high)).max(0.0);
            let away = (out(bounds[0], bounds[2], at.x) * plane.kx).hypot(out(bounds[1], bounds[3], at.y) * plane.ky);
            if away > best.map_or(max_m, |b| b.2) {
                continue;
            }
            for i in b * BOX..((b + 1) * BOX).min(self.vertices.len().saturating_sub(1)) {
                let (v, w) = (self.vertices[i], self.vertices[i + 1]);
                if !accepts((v.measure.min(w.measure), v.measure.max(w.measure))) {
                    continue;
                }
                let (share, foot) = nearest_on_segment(plane.metres(v.at), plane.metres(w.at));
                let distance = foot.0.hypot(foot.1);
                if distance <= max_m && best.is_none_or(|old| distance < old.2) {
                    best = Some((i, share, distance));
                }
            }
        }
        best
    }

    /// The segment that holds a measure: its first vertex and share.
    fn locate(&self, measure: f64) -> Option<(usize, f64)> {
        let rising = self.vertices.first()?.measure <= self.vertices.last()?.measure;
        let after = self.vertices.partition_point(|v| if rising { v.measure < measure } else { v.measure > measure });
        let index = after.checked_sub(1).or_else(|| (self.vertices.first()?.measure == measure).then_some(0))?;
        let (a, b) = (self.vertices.get(index)?, self.vertices.get(index + 1)?);
        let step = b.measure - a.measure;
        Some((index, if step == 0.0 { 0.0 } else { ((measure - a.measure) / step).clamp(0.0, 1.0) }))
    }

    fn course_point(&self, index: usize, share: f64, direction: Direction, distance_m: f64) -> Option<CoursePoint> {
        let piece = self.pieces.get(self.pieces.partition_point(|p| p.last <= index))?;
        let (Link::Own(edge) | Link::Bridge(edge)) = piece.link else { return None };
        let (a, b) = (*self.vertices.get(index)?, *self.vertices.get(index + 1)?);
        let (point, measure_m) = between(a, b, share);
        let offset_m = a.along + (b.along - a.along) * share - self.vertices.get(piece.first)?.along;
        Some(CoursePoint { measure_m, direction, point, edge, offset_m, distance_m, bridged: matches!(piece.link, Link::Bridge(_)) })
    }

    fn covered_m(&self) -> f64 {
        match (self.vertices.first(), self.vertices.last()) {
            (Some(a), Some(b)) => (a.measure - b.measure).abs(),
            _ => 0.0,
        }
    }

    /// East or north, whichever it does more; clockwise for a ring.
    fn runs_forward(&self, ring: bool) -> bool {
        let (Some(a), Some(b)) = (self.vertices.first(), self.vertices.last()) else { return true };
        let plane = Plane::at(a.at);
        if ring {
            let twice: f64 =
                self.vertices.windows(2).map(|w| (plane.metres(w[0].at), plane.metres(w[1].at))).map(|(p, q)| p.0 * q.1 - q.0 * p.1).sum();
            return twice < 0.0;
        }
        let (x, y) = plane.metres(b.at);
        if x.abs() >= y.abs() { x >= 0.0 } else { y >= 0.0 }
    }
}
