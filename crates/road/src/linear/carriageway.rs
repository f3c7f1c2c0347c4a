//! One direction of a course: vertices with measures, an index over them, and how carriageways lie to each other.

use std::collections::BTreeMap;

use gongzhi_civic::place::Point;

use super::chain::{Chain, Link, bearing, shape_of, turn};
use super::{CoursePoint, Direction};
use crate::Network;
use crate::format::ShapeRecord;
use crate::geometry::{Plane, distance_m, nearest_on_segment, to_point, to_units};

/// Farther than this from the axis, a chain is no carriageway of the same road, metres.
const CARRIAGEWAYS_M: f64 = 120.0;
/// Carriageways that part (on either side of a hill) stay one road within this, metres.
const PARTED_M: f64 = 400.0;
/// Shapes in one box of the search for the nearest point.
const BOX: usize = 16;

/// A point of the course's line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vertex {
    pub(super) at: ShapeRecord,
    /// Metres along the axis.
    pub(super) measure: f64,
    /// Metres along this carriageway in driving direction.
    pub(super) along: f64,
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
    pub(super) of_edge: BTreeMap<u32, usize>,
}

pub(super) fn between(a: Vertex, b: Vertex, share: f64) -> (Point, f64) {
    let (p, q) = (to_point(a.at), to_point(b.at));
    let point = Point::new(p.lon + (q.lon - p.lon) * share, p.lat + (q.lat - p.lat) * share);
    (point, a.measure + (b.measure - a.measure) * share)
}

/// How a chain lies to an axis, by samples along it.
pub(super) struct Beside {
    /// Runs against it, beside it.
    pub(super) opposite: bool,
    /// Runs with it, beside it.
    pub(super) same: bool,
    /// An end of it touches the axis.
    pub(super) touches: bool,
    pub(super) nearest_m: f64,
    pub(super) point: Point,
}

impl Beside {
    pub(super) fn of(network: &Network, chain: &Chain, axis: &Carriageway) -> Self {
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
    pub(super) fn projected(network: &Network, chains: &[Chain], axis: &Self, axis_ring: bool) -> Self {
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
    pub(super) fn nearest(&self, at: ShapeRecord, max_m: f64, accepts: impl Fn((f64, f64)) -> bool) -> Option<(usize, f64, f64)> {
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
    pub(super) fn locate(&self, measure: f64) -> Option<(usize, f64)> {
        let rising = self.vertices.first()?.measure <= self.vertices.last()?.measure;
        let after = self.vertices.partition_point(|v| if rising { v.measure < measure } else { v.measure > measure });
        let index = after.checked_sub(1).or_else(|| (self.vertices.first()?.measure == measure).then_some(0))?;
        let (a, b) = (self.vertices.get(index)?, self.vertices.get(index + 1)?);
        let step = b.measure - a.measure;
        Some((index, if step == 0.0 { 0.0 } else { ((measure - a.measure) / step).clamp(0.0, 1.0) }))
    }

    pub(super) fn course_point(&self, index: usize, share: f64, direction: Direction, distance_m: f64) -> Option<CoursePoint> {
        let piece = self.pieces.get(self.pieces.partition_point(|p| p.last <= index))?;
        let (Link::Own(edge) | Link::Bridge(edge)) = piece.link else { return None };
        let (a, b) = (*self.vertices.get(index)?, *self.vertices.get(index + 1)?);
        let (point, measure_m) = between(a, b, share);
        let offset_m = a.along + (b.along - a.along) * share - self.vertices.get(piece.first)?.along;
        Some(CoursePoint { measure_m, direction, point, edge, offset_m, distance_m, bridged: matches!(piece.link, Link::Bridge(_)) })
    }

    pub(super) fn covered_m(&self) -> f64 {
        match (self.vertices.first(), self.vertices.last()) {
            (Some(a), Some(b)) => (a.measure - b.measure).abs(),
            _ => 0.0,
        }
    }

    /// East or north, whichever it does more; clockwise for a ring.
    pub(super) fn runs_forward(&self, ring: bool) -> bool {
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
