//! Snapping: from a coordinate to edge, offset and side.

use gongzhi_civic::place::Point;
use serde::{Deserialize, Serialize};

use crate::Network;
use crate::format::*;
use crate::geometry::{Plane, nearest_on_segment, to_units};
use crate::place::{CrossingId, SectionId};

pub(crate) mod grid;
pub(crate) mod near;
pub(crate) mod weigh;
pub(crate) mod weighed;

pub use weigh::Fix;
pub use weighed::{Ambiguity, AmbiguityKind, LikelySnap, SnapOptions, Snapped};

/// A point this near to a crossing's nodes belongs to the crossing, metres.
pub const NEAR_CROSSING_M: f64 = 30.0;

/// Nearer than this to the line, a point is on it, metres.
const ON_LINE_M: f64 = 2.0;

/// What a heading 90° off costs, metres of distance.
const HEADING_COST_M: f64 = 25.0;

/// Which side of the directed edge a point lies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// To the left of the driving direction.
    Left,
    /// To the right of the driving direction.
    Right,
    /// Within 2 m of the line.
    On,
}

/// A point on the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snap {
    /// Directed edge.
    pub edge: u32,
    /// Metres from the edge's start in driving direction.
    pub offset_m: f64,
    /// Where the raw point lies, seen in driving direction.
    pub side: Side,
    /// Metres from the raw point to the line.
    pub distance_m: f64,
    /// The point on the line, WGS-84.
    pub point: Point,
    /// Section of the edge.
    pub section: SectionId,
    /// Nearest crossing within [`NEAR_CROSSING_M`] of the point on the line, and metres to its nearest node.
    pub crossing: Option<(CrossingId, f64)>,
    /// Level of the grade: 0 ground, positive above, negative below.
    pub level: i8,
}

struct Best {
    cost: f64,
    distance: f64,
    shape: usize,
    share: f64,
    foot: (f64, f64),
    line: u32,
}

impl Network {
    /// The nearest edge within `max_m` metres. On a two-way road the direction is the one whose right side the point is on (traffic drives on the right).
    #[must_use]
    pub fn snap(&self, point: Point, max_m: f64) -> Option<Snap> {
        self.snap_with(point, None, None, max_m)
    }

    /// Like [`Self::snap`], with what else is known: a heading in degrees clockwise from north picks the direction and makes lines across it
    /// look farther; a level keeps to edges of that level.
    #[must_use]
    pub fn snap_with(&self, point: Point, heading_deg: Option<f64>, level: Option<i8>, max_m: f64) -> Option<Snap> {
        let Point { lon, lat } = Point::valid(point.lon, point.lat)?;
        let origin = to_units(Point { lon, lat });
        let plane = Plane::at(origin);
        let heading = heading_deg.filter(|h| h.is_finite()).map(|h| (h.to_radians().sin(), h.to_radians().cos()));
        let shapes = self.table::<ShapeRecord>(Tag::Shapes);
        let shape_lines = self.table::<u32>(Tag::ShapeLines);
        let lines = self.lines();
        let ways = self.table::<WayRecord>(Tag::Ways);
        let cells =
            grid::Cells { shape: self.meta().segment_grid, starts: self.table(Tag::SegmentCells), items: self.table(Tag::SegmentItems) };

        let mut best: Option<Best> = None;
        let mut reach = max_m.max(0.0);
        cells.around(origin, &plane, &mut reach, |item, reach| {
            let index = item as usize;
            let (Some(a), Some(b), Some(line)) = (shapes.get(index), shapes.get(index + 1), shape_lines.get(index)) else { return };
            let (a, b) = (plane.metres(*a), plane.metres(*b));
            let (share, foot) = nearest_on_segment(a, b);
            let distance = foot.0.hypot(foot.1);
            if distance > max_m {
                return;
            }
            let mut cost = distance;
            if level.is_some() || heading.is_some() {
                let Some(record) = lines.get(*line as usize) else { return };
                let Some(way) = ways.get(record.way as usize) else { return };
                if level.is_some_and(|l| l != way.level) {
                    return;
                }
                if let Some((hx, hy)) = heading {
                    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
                    let cosine = (dx * hx + dy * hy) / dx.hypot(dy).max(1e-9);
                    let fit = if record.backward == NONE {
                        cosine
                    } else if record.forward == NONE {
                        -cosine
                    } else {
                        cosine.abs()
                    };
                    cost += HEADING_COST_M * (1.0 - fit);
                }
            }
            if best.as_ref().is_none_or(|old| cost < old.cost || (cost == old.cost && *line < old.line)) {
                best = Some(Best { cost, distance, shape: index, share, foot, line: *line });
                *reach = reach.min(cost);
            }
        });
        self.finish(&best?, &plane, heading, shapes)
    }

    fn finish(&self, best: &Best, plane: &Plane, heading: Option<(f64, f64)>, shapes: &[ShapeRecord]) -> Option<Snap> {
        let line = self.lines().get(best.line as usize)?;
        let (a, b) = (plane.metres(*shapes.get(best.shape)?), plane.metres(*shapes.get(best.shape + 1)?));
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        // The origin of the plane is the raw point: it lies right of a→b if the turn from the segment to it is clockwise.
        let right_of_line = dx * -best.foot.1 - dy * -best.foot.0 < 0.0;
        let along = heading.map_or(right_of_line, |(hx, hy)| dx * hx + dy * hy >= 0.0);
        let reversed = if line.backward == NONE {
            false
        } else if line.forward == NONE {
            true
        } else {
            !along
        };
        let edge = if reversed { line.backward } else { line.forward };
        let first = line.first_shape as usize;
        let mut from_start: f64 = shapes.get(first..=best.shape)?.windows(2).map(|w| crate::geometry::distance_m(w[0], w[1])).sum();
        from_start += dx.hypot(dy) * best.share;
        let length = f64::from(line.length_m);
        let offset_m = if reversed { (length - from_start).max(0.0) } else { from_start.min(length) };
        let side = if best.distance <= ON_LINE_M {
            Side::On
        } else if right_of_line != reversed {
            Side::Right
        } else {
            Side::Left
        };
        let point = plane.point(best.foot);
        Some(Snap {
            edge,
            offset_m,
            side,
            distance_m: best.distance,
            point,
            section: SectionId(line.section),
            crossing: self.crossing_near(point, NEAR_CROSSING_M),
            level: self.way(line.way).level,
        })
    }

    /// The crossing with a node nearest to `point` within `max_m`, and that distance in metres.
    #[must_use]
    pub fn crossing_near(&self, point: Point, max_m: f64) -> Option<(CrossingId, f64)> {
        let origin = to_units(point);
        let plane = Plane::at(origin);
        let nodes = self.nodes();
        let cells = grid::Cells { shape: self.meta().node_grid, starts: self.table(Tag::NodeCells), items: self.table(Tag::NodeItems) };
        let mut best: Option<(f64, u32)> = None;
        let mut reach = max_m;
        cells.around(origin, &plane, &mut reach, |item, reach| {
            let Some(node) = nodes.get(item as usize) else { return };
            let (x, y) = plane.metres(ShapeRecord { x: node.x, y: node.y });
            let distance = x.hypot(y);
            if node.crossing != NONE
                && distance <= max_m
                && best.is_none_or(|(old, id)| distance < old || (distance == old && node.crossing < id))
            {
                best = Some((distance, node.crossing));
                *reach = reach.min(distance);
            }
        });
        best.map(|(distance, id)| (CrossingId(id), distance))
    }
}
