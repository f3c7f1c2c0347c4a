//! What the ground says: where roads come near each other, points along them, what lies in an area.

use gongzhi_civic::place::Point;

use super::lexicon::Lexicon;
use crate::Network;
use crate::format::*;
use crate::geometry::{Plane, distance_m, nearest_on_segment, ring_contains, to_point, to_units};
use crate::place::*;

/// Pieces of one road compared with another's, at most.
const MOST_PIECES: usize = 1_500;
/// Turns more than this, a road does not go on, degrees.
const GOES_ON_DEG: f64 = 60.0;

/// Where two roads come nearest to each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Approach {
    /// A point in the middle of the gap.
    pub(crate) at: ShapeRecord,
    pub(crate) gap_m: f64,
}

impl Network {
    /// Lines of roads.
    pub(crate) fn lines_of<'a>(&'a self, roads: &'a [RoadId]) -> impl Iterator<Item = u32> + 'a {
        roads
            .iter()
            .filter_map(|r| self.road_record(*r))
            .flat_map(|r| self.list(r.first_section, r.section_count))
            .filter_map(|s| self.section_record(SectionId(*s)))
            .flat_map(|s| self.list(s.first_line, s.line_count))
            .map(|l| l / 2)
    }

    /// Where two sets of roads come nearest to each other.
    pub(crate) fn approach(&self, lexicon: &Lexicon, a: &[RoadId], b: &[RoadId]) -> Option<Approach> {
        let lines_a: Vec<u32> = self.lines_of(a).take(MOST_PIECES).collect();
        let lines_b: Vec<u32> = self.lines_of(b).take(MOST_PIECES).collect();
        let shape = |line: u32| self.lines().get(line as usize).map_or(&[][..], |l| self.line_shape(l));
        let origin = *shape(*lines_a.first()?).first()?;
        let plane = Plane::at(origin);
        let limits = |line: &u32| lexicon.boxes.get(*line as usize).copied().unwrap_or_default();
        let boxes_b: Vec<[i32; 4]> = lines_b.iter().map(limits).collect();
        let mut pairs: Vec<(f64, u32, u32)> = Vec::new();
        let mut least = f64::MAX;
        for line_a in &lines_a {
            let of_a = limits(line_a);
            for (line_b, of_b) in lines_b.iter().zip(&boxes_b) {
                let apart = box_gap(of_a, *of_b, &plane);
                if apart <= least {
                    // The true gap is no more than the gap of the boxes and both diagonals.
                    least = least.min(apart + diagonal(of_a, &plane) + diagonal(*of_b, &plane));
                    pairs.push((apart, *line_a, *line_b));
                }
            }
        }
        pairs.retain(|p| p.0 <= least);
        pairs.sort_by(|p, q| p.0.total_cmp(&q.0).then(p.1.cmp(&q.1)).then(p.2.cmp(&q.2)));
        let mut best: Option<(f64, (f64, f64))> = None;
        for (apart, line_a, line_b) in pairs {
            if best.is_some_and(|(d, _)| apart >= d) {
                break;
            }
            for p in shape(line_a).windows(2) {
                let (p0, p1) = (plane.metres(p[0]), plane.metres(p[1]));
                for q in shape(line_b).windows(2) {
                    let (gap, middle) = segment_gap(p0, p1, plane.metres(q[0]), plane.metres(q[1]));
                    if best.is_none_or(|(d, _)| gap < d) {
                        best = Some((gap, middle));
                    }
                }
            }
        }
        best.map(|(gap_m, middle)| Approach { at: to_units(plane.point(middle)), gap_m })
    }

    /// The nearest point of roads to a point, and the metres to it.
    pub(crate) fn nearest_on(&self, lexicon: &Lexicon, roads: &[RoadId], at: ShapeRecord) -> Option<(ShapeRecord, f64)> {
        let plane = Plane::at(at);
        let here = [at.x, at.y, at.x, at.y];
        let mut best: Option<(f64, (f64, f64))> = None;
        for line in self.lines_of(roads) {
            let limits = lexicon.boxes.get(line as usize).copied().unwrap_or_default();
            if best.is_some_and(|(d, _)| box_gap(limits, here, &plane) >= d) {
                continue;
            }
            let Some(record) = self.lines().get(line as usize) else { continue };
            for w in self.line_shape(record).windows(2) {
                let (_, foot) = nearest_on_segment(plane.metres(w[0]), plane.metres(w[1]));
                let distance = foot.0.hypot(foot.1);
                if best.is_none_or(|(d, _)| distance < d) {
                    best = Some((distance, foot));
                }
            }
        }
        best.map(|(distance, foot)| (to_units(plane.point(foot)), distance))
    }

    /// Box around roads: its middle, and metres across it.
    pub(crate) fn extent(&self, lexicon: &Lexicon, roads: &[RoadId]) -> Option<(ShapeRecord, f64)> {
        let all = self.lines_of(roads).filter_map(|l| lexicon.boxes.get(l as usize));
        let [w, s, e, n] = all.copied().reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])?;
        let (low, high) = (ShapeRecord { x: w, y: s }, ShapeRecord { x: e, y: n });
        Some((ShapeRecord { x: i32::midpoint(w, e), y: i32::midpoint(s, n) }, distance_m(low, high)))
    }

    /// The point so many metres from a crossing along roads in a direction. The road whose course there is nearest to the direction is
    /// taken and followed; where it ends or none goes that way, the straight way and the road point nearest to its end.
    pub(crate) fn along(
        &self,
        lexicon: &Lexicon,
        crossing: CrossingId,
        roads: &[RoadId],
        bearing: f64,
        metres: f64,
    ) -> Option<ShapeRecord> {
        let record = self.crossing_record(crossing)?;
        let centre = ShapeRecord { x: record.x, y: record.y };
        let nodes = self.list(record.first_node, record.node_count);
        let own = |edge: u32| {
            let line = self.edges().get(edge as usize).and_then(|e| self.lines().get(e.line as usize));
            line.is_some_and(|l| roads.contains(&RoadId(self.way(l.way).road)))
        };
        let mut start: Option<(f64, u32)> = None;
        for node in nodes {
            for edge in self.edges_from(*node).filter(|e| own(*e)) {
                // An edge inside the crossing leads nowhere.
                if self.edges().get(edge as usize).is_some_and(|e| nodes.contains(&e.to)) {
                    continue;
                }
                let off = turn(self.course(edge, true)?, bearing);
                if start.is_none_or(|(best, _)| off < best) {
                    start = Some((off, edge));
                }
            }
        }
        let straight = || {
            let plane = Plane::at(centre);
            let (sin, cos) = bearing.to_radians().sin_cos();
            let there = to_units(plane.point((sin * metres, cos * metres)));
            Some(self.nearest_on(lexicon, roads, there).map_or(there, |(foot, _)| foot))
        };
        let Some((_, mut edge)) = start.filter(|(off, _)| *off <= GOES_ON_DEG) else { return straight() };
        let from = self.nodes().get(self.edges().get(edge as usize)?.from as usize)?;
        // Distances are told from the middle of the crossing.
        let plane = Plane::at(centre);
        let (x, y) = plane.metres(ShapeRecord { x: from.x, y: from.y });
        let (sin, cos) = bearing.to_radians().sin_cos();
        let mut left = metres - (x * sin + y * cos);
        if left <= 0.0 {
            return Some(ShapeRecord { x: from.x, y: from.y });
        }
        for _ in 0..500 {
            let record = self.edges().get(edge as usize)?;
            let line = self.lines().get(record.line as usize)?;
            let length = f64::from(line.length_m);
            if left <= length {
                return self.point_on(edge, left);
            }
            left -= length;
            let leaving = self.course(edge, false)?;
            let next = self
                .edges_from(record.to)
                .filter(|e| own(*e) && self.edges().get(*e as usize).is_some_and(|n| n.line != record.line))
                .filter_map(|e| Some((turn(self.course(e, true)?, leaving), e)))
                .min_by(|a, b| a.0.total_cmp(&b.0))
                .filter(|(off, _)| *off <= GOES_ON_DEG);
            match next {
                Some((_, e)) => edge = e,
                None => return self.point_on(edge, length),
            }
        }
        straight()
    }

    fn point_on(&self, edge: u32, metres: f64) -> Option<ShapeRecord> {
        let shape = self.edge_shape(edge)?;
        let mut left = metres;
        for w in shape.windows(2) {
            let length = distance_m(w[0], w[1]);
            if left <= length && length > 0.0 {
                let share = left / length;
                let mix = |a: i32, b: i32| a + (f64::from(b - a) * share) as i32;
                return Some(ShapeRecord { x: mix(w[0].x, w[1].x), y: mix(w[0].y, w[1].y) });
            }
            left -= length;
        }
        shape.last().copied()
    }

    fn edge_shape(&self, edge: u32) -> Option<Vec<ShapeRecord>> {
        let record = self.edges().get(edge as usize)?;
        let mut shape = self.line_shape(self.lines().get(record.line as usize)?).to_vec();
        if record.reversed != 0 {
            shape.reverse();
        }
        Some(shape)
    }

    /// Course at an edge's start or end over its first or last 40 m, degrees clockwise from north.
    fn course(&self, edge: u32, at_start: bool) -> Option<f64> {
        let mut shape = self.edge_shape(edge)?;
        if !at_start {
            shape.reverse();
        }
        let first = *shape.first()?;
        let other = shape.iter().find(|s| distance_m(first, **s) >= 40.0).or(shape.last())?;
        let (a, b) = if at_start { (first, *other) } else { (*other, first) };
        Some(course(a, b))
    }

    /// Whether a point lies in an area.
    pub(crate) fn area_holds(&self, area: AreaId, p: ShapeRecord) -> bool {
        self.area_record(area).is_some_and(|a| {
            (a.west..=a.east).contains(&p.x)
                && (a.south..=a.north).contains(&p.y)
                && self.rings(a).filter(|r| ring_contains(r, p)).count() % 2 == 1
        })
    }

    /// The section of these roads nearest to a point.
    pub(crate) fn section_at(&self, lexicon: &Lexicon, roads: &[RoadId], at: ShapeRecord) -> Option<SectionId> {
        let mut best: Option<(f64, u32)> = None;
        let plane = Plane::at(at);
        let here = [at.x, at.y, at.x, at.y];
        for line in self.lines_of(roads) {
            let limits = lexicon.boxes.get(line as usize).copied().unwrap_or_default();
            if best.is_some_and(|(d, _)| box_gap(limits, here, &plane) > d) {
                continue;
            }
            let Some(record) = self.lines().get(line as usize) else { continue };
            for w in self.line_shape(record).windows(2) {
                let (_, foot) = nearest_on_segment(plane.metres(w[0]), plane.metres(w[1]));
                let distance = foot.0.hypot(foot.1);
                if best.is_none_or(|(d, s)| distance < d || (distance == d && record.section < s)) {
                    best = Some((distance, record.section));
                }
            }
        }
        best.map(|(_, section)| SectionId(section))
    }
}

/// Degrees clockwise from north from one point to another.
pub(crate) fn course(a: ShapeRecord, b: ShapeRecord) -> f64 {
    let (x, y) = Plane::at(a).metres(b);
    x.atan2(y).to_degrees().rem_euclid(360.0)
}

/// Degrees between two courses, 0 to 180.
pub(crate) fn turn(a: f64, b: f64) -> f64 {
    let d = (a - b).rem_euclid(360.0);
    d.min(360.0 - d)
}

pub(crate) fn metres(a: ShapeRecord, b: ShapeRecord) -> f64 {
    distance_m(a, b)
}

pub(crate) fn point(s: ShapeRecord) -> Point {
    to_point(s)
}

fn box_gap(a: [i32; 4], b: [i32; 4], plane: &Plane) -> f64 {
    let between = |low: i32, high: i32| f64::from(low.saturating_sub(high).max(0));
    let x = between(b[0], a[2]).max(between(a[0], b[2])) * plane.kx;
    let y = between(b[1], a[3]).max(between(a[1], b[3])) * plane.ky;
    x.hypot(y)
}

fn diagonal(a: [i32; 4], plane: &Plane) -> f64 {
    (f64::from(a[2].saturating_sub(a[0])) * plane.kx).hypot(f64::from(a[3].saturating_sub(a[1])) * plane.ky)
}

/// Gap between two segments and the middle of it.
fn segment_gap(p0: (f64, f64), p1: (f64, f64), q0: (f64, f64), q1: (f64, f64)) -> (f64, (f64, f64)) {
    let cross = |o: (f64, f64), a: (f64, f64), b: (f64, f64)| (a.0 - o.0) * (b.1 - o.1) - (a.1 - o.1) * (b.0 - o.0);
    let (d1, d2) = (cross(q0, q1, p0), cross(q0, q1, p1));
    let (d3, d4) = (cross(p0, p1, q0), cross(p0, p1, q1));
    if (d1 > 0.0) != (d2 > 0.0) && (d3 > 0.0) != (d4 > 0.0) && (d1 - d2).abs() > 1e-12 {
        let t = d1 / (d1 - d2);
        return (0.0, (p0.0 + (p1.0 - p0.0) * t, p0.1 + (p1.1 - p0.1) * t));
    }
    let to = |p: (f64, f64), a: (f64, f64), b: (f64, f64)| {
        let (_, foot) = nearest_on_segment((a.0 - p.0, a.1 - p.1), (b.0 - p.0, b.1 - p.1));
        (foot.0.hypot(foot.1), (p.0 + foot.0 / 2.0, p.1 + foot.1 / 2.0))
    };
    [to(p0, q0, q1), to(p1, q0, q1), to(q0, p0, p1), to(q1, p0, p1)].into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default()
}
