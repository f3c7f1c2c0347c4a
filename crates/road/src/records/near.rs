//! Which streets are near a point, and where two streets come near each other.

use gongzhi_civic::place::Point;

use super::streets::{Street, Streets};
use crate::Network;
use crate::format::*;
use crate::geometry::{Plane, nearest_on_segment, to_units};
use crate::place::{CrossingId, RoadId};
use crate::snap::grid::Cells;

/// A straight piece of a street in metres of a plane.
type Piece = ((f64, f64), (f64, f64));

impl Network {
    /// Roads within `reach_m` of a point, each with its distance, the nearest first.
    pub(crate) fn roads_near(&self, point: Point, reach_m: f64) -> Vec<(RoadId, f64)> {
        let origin = to_units(point);
        let plane = Plane::at(origin);
        let shapes = self.table::<ShapeRecord>(Tag::Shapes);
        let shape_lines = self.table::<u32>(Tag::ShapeLines);
        let cells = Cells { shape: self.meta().segment_grid, starts: self.table(Tag::SegmentCells), items: self.table(Tag::SegmentItems) };
        let mut found: Vec<(RoadId, f64)> = Vec::new();
        let mut reach = reach_m;
        cells.around(origin, &plane, &mut reach, |item, _| {
            let index = item as usize;
            let (Some(a), Some(b), Some(line)) = (shapes.get(index), shapes.get(index + 1), shape_lines.get(index)) else { return };
            let (_, foot) = nearest_on_segment(plane.metres(*a), plane.metres(*b));
            let distance = foot.0.hypot(foot.1);
            let Some(line) = self.lines().get(*line as usize).filter(|_| distance <= reach_m) else { return };
            let road = RoadId(self.way(line.way).road);
            match found.iter_mut().find(|(r, _)| *r == road) {
                Some((_, old)) => *old = old.min(distance),
                None => found.push((road, distance)),
            }
        });
        found.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        found
    }

    /// Crossings two streets share.
    pub(crate) fn crossings_of_streets(&self, streets: &Streets, a: u32, b: u32) -> Vec<CrossingId> {
        let (Some(a), Some(b)) = (streets.get(a), streets.get(b)) else { return Vec::new() };
        let (few, many) = if a.crossings.len() <= b.crossings.len() { (a, b) } else { (b, a) };
        let shared = few.crossings.iter().filter(|c| many.crossings.binary_search(c).is_ok());
        // One road of two names does not cross itself.
        let two_roads = |id: &CrossingId| {
            let roads = self.crossing_record(*id).map_or(&[][..], |c| self.list(c.first_road, c.road_count));
            let of = |street: &Street, r: &u32| street.roads.binary_search(&RoadId(*r)).is_ok();
            roads.iter().any(|r| of(a, r) && roads.iter().any(|q| q != r && of(b, q)))
        };
        shared.map(|c| CrossingId(*c)).filter(two_roads).collect()
    }

    /// Distance from a point to a street, metres, and the nearest point on it.
    pub(crate) fn to_street(&self, streets: &Streets, street: u32, point: Point) -> Option<(f64, Point)> {
        let plane = Plane::at(to_units(point));
        let mut best: Option<(f64, (f64, f64))> = None;
        self.pieces(streets.roads(street), &plane, |(a, b)| {
            let (_, foot) = nearest_on_segment(a, b);
            let distance = foot.0.hypot(foot.1);
            if best.is_none_or(|(old, _)| distance < old) {
                best = Some((distance, foot));
            }
        });
        best.map(|(distance, foot)| (distance, plane.point(foot)))
    }

    /// Where two streets come nearest to each other: metres between them and the middle, if nearer than `reach_m`.
    pub(crate) fn streets_approach(&self, streets: &Streets, a: u32, b: u32, reach_m: f64) -> Option<(f64, Point)> {
        let origin = self.road_record(*streets.roads(a).first()?)?;
        let plane = Plane::at(ShapeRecord { x: origin.x, y: origin.y });
        let (mut of_a, mut of_b): (Vec<Piece>, Vec<Piece>) = (Vec::new(), Vec::new());
        self.pieces(streets.roads(a), &plane, |p| of_a.push(p));
        self.pieces(streets.roads(b), &plane, |p| of_b.push(p));
        // Only what lies in the other street's box can be near it.
        let frame = frame(&of_b, reach_m);
        of_a.retain(|p| touches(p, &frame));
        let frame = self::frame(&of_a, reach_m);
        of_b.retain(|p| touches(p, &frame));
        let mut best: Option<(f64, (f64, f64))> = None;
        for (p, q) in &of_a {
            let own = self::frame(&[(*p, *q)], best.map_or(reach_m, |b| b.0));
            for (r, s) in of_b.iter().filter(|piece| touches(piece, &own)) {
                for (end, (from, to)) in [(p, (r, s)), (q, (r, s)), (r, (p, q)), (s, (p, q))] {
                    let (_, foot) = nearest_on_segment((from.0 - end.0, from.1 - end.1), (to.0 - end.0, to.1 - end.1));
                    let distance = foot.0.hypot(foot.1);
                    if distance <= reach_m && best.is_none_or(|(old, _)| distance < old) {
                        best = Some((distance, (end.0 + foot.0 / 2.0, end.1 + foot.1 / 2.0)));
                    }
                }
                if let Some(at) = across((*p, *q), (*r, *s)) {
                    return Some((0.0, plane.point(at)));
                }
            }
        }
        best.map(|(distance, at)| (distance, plane.point(at)))
    }

    fn pieces(&self, roads: &[RoadId], plane: &Plane, mut visit: impl FnMut(Piece)) {
        for road in roads.iter().filter_map(|r| self.road_record(*r)) {
            for section in self.list(road.first_section, road.section_count) {
                let Some(section) = self.section_record(crate::place::SectionId(*section)) else { continue };
                for line in self.list(section.first_line, section.line_count) {
                    let Some(line) = self.lines().get((line / 2) as usize) else { continue };
                    for w in self.line_shape(line).windows(2) {
                        visit((plane.metres(w[0]), plane.metres(w[1])));
                    }
                }
            }
        }
    }
}

fn frame(pieces: &[Piece], margin: f64) -> [f64; 4] {
    let mut frame = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    for p in pieces.iter().flat_map(|(a, b)| [a, b]) {
        frame = [frame[0].min(p.0), frame[1].min(p.1), frame[2].max(p.0), frame[3].max(p.1)];
    }
    [frame[0] - margin, frame[1] - margin, frame[2] + margin, frame[3] + margin]
}

fn touches((a, b): &Piece, frame: &[f64; 4]) -> bool {
    a.0.min(b.0) <= frame[2] && a.0.max(b.0) >= frame[0] && a.1.min(b.1) <= frame[3] && a.1.max(b.1) >= frame[1]
}

/// Where two pieces cross each other, as one passes over the other without a crossing.
fn across((p, q): Piece, (r, s): Piece) -> Option<(f64, f64)> {
    let (d, e) = ((q.0 - p.0, q.1 - p.1), (s.0 - r.0, s.1 - r.1));
    let determinant = d.0 * e.1 - d.1 * e.0;
    if determinant.abs() < 1e-9 {
        return None;
    }
    let (x, y) = (r.0 - p.0, r.1 - p.1);
    let (t, u) = ((x * e.1 - y * e.0) / determinant, (x * d.1 - y * d.0) / determinant);
    ((0.0..=1.0).contains(&t) && (0.0..=1.0).contains(&u)).then_some((p.0 + d.0 * t, p.1 + d.1 * t))
}
