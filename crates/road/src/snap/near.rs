//! Lines near a point, each once, with its nearest spot.

use crate::Network;
use crate::format::*;
use crate::geometry::{Plane, nearest_on_segment};
use crate::snap::grid;

/// A line near the plane's origin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NearLine {
    pub(crate) line: u32,
    /// Shape that starts the nearest segment.
    pub(crate) shape: u32,
    /// How far along that segment, 0..=1.
    pub(crate) share: f64,
    /// The nearest spot, metres east and north of the origin.
    pub(crate) foot: (f64, f64),
    /// Unit vector of the segment as drawn.
    pub(crate) along: (f64, f64),
    pub(crate) distance_m: f64,
    /// First and past-the-last of its segments in the list of segments.
    pub(crate) first: u32,
    pub(crate) past: u32,
}

/// Room for a search, kept so that a second search allocates nothing.
#[derive(Default)]
pub(crate) struct NearRoom {
    /// Shapes that start a segment in a visited cell, ascending: the segments of one line are neighbours.
    pub(crate) segments: Vec<u32>,
    pub(crate) lines: Vec<NearLine>,
}

impl Network {
    /// Fills `room` with all lines within `reach_m` of `origin`, by line number.
    pub(crate) fn lines_near(&self, origin: ShapeRecord, plane: &Plane, reach_m: f64, room: &mut NearRoom) {
        room.segments.clear();
        room.lines.clear();
        let cells =
            grid::Cells { shape: self.meta().segment_grid, starts: self.table(Tag::SegmentCells), items: self.table(Tag::SegmentItems) };
        let (wide, high) = ((reach_m / plane.kx).ceil() as i32, (reach_m / plane.ky).ceil() as i32);
        cells.in_box(
            origin.x.saturating_sub(wide),
            origin.y.saturating_sub(high),
            origin.x.saturating_add(wide),
            origin.y.saturating_add(high),
            |item| room.segments.push(item),
        );
        room.segments.sort_unstable();
        room.segments.dedup();
        let (shapes, of_shape) = (self.table::<ShapeRecord>(Tag::Shapes), self.table::<u32>(Tag::ShapeLines));
        let mut first = 0;
        while first < room.segments.len() {
            let Some(line) = of_shape.get(room.segments[first] as usize).copied() else { break };
            let mut past = first;
            let mut best: Option<NearLine> = None;
            while let Some(shape) = room.segments.get(past).copied().filter(|s| of_shape.get(*s as usize) == Some(&line)) {
                past += 1;
                let (Some(a), Some(b)) = (shapes.get(shape as usize), shapes.get(shape as usize + 1)) else { continue };
                let (a, b) = (plane.metres(*a), plane.metres(*b));
                let (share, foot) = nearest_on_segment(a, b);
                let distance_m = foot.0.hypot(foot.1);
                if distance_m <= reach_m && best.is_none_or(|old| distance_m < old.distance_m) {
                    let length = (b.0 - a.0).hypot(b.1 - a.1).max(1e-9);
                    let along = ((b.0 - a.0) / length, (b.1 - a.1) / length);
                    best = Some(NearLine { line, shape, share, foot, along, distance_m, first: first as u32, past: past as u32 });
                }
            }
            if let Some(best) = best {
                room.lines.push(NearLine { past: past as u32, ..best });
            }
            first = past.max(first + 1);
        }
    }

    /// Metres from the start of the drawn line to the nearest spot.
    pub(crate) fn along_line_m(&self, near: &NearLine, line: &LineRecord, plane: &Plane) -> f64 {
        let shapes = self.table::<ShapeRecord>(Tag::Shapes);
        let (first, at) = (line.first_shape as usize, near.shape as usize);
        let length = |w: &[ShapeRecord]| {
            let (dx, dy) = (f64::from(w[1].x) - f64::from(w[0].x), f64::from(w[1].y) - f64::from(w[0].y));
            (dx * plane.kx).hypot(dy * plane.ky)
        };
        let before: f64 = shapes.get(first..=at).map_or(0.0, |s| s.windows(2).map(length).sum());
        let last = shapes.get(at..at + 2).map_or(0.0, length);
        (before + last * near.share).min(f64::from(line.length_m))
    }
}
