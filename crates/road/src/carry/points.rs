//! Points near a point, and boxes that overlap.

use std::collections::HashMap;

use gongzhi_civic::place::{Bounds, Point, haversine_m};

/// Cells of this many degrees: some 200 m.
const CELL: f64 = 0.002;
/// Cells searched to each side at most: near a pole a degree of longitude is short.
const MOST_CELLS: i64 = 50;

/// Points in cells.
pub(crate) struct Near {
    points: Vec<Point>,
    cells: HashMap<(i64, i64), Vec<usize>>,
}

impl Near {
    pub(crate) fn new(points: impl Iterator<Item = Point>) -> Self {
        let points: Vec<Point> = points.collect();
        let mut cells: HashMap<(i64, i64), Vec<usize>> = HashMap::new();
        for (i, p) in points.iter().enumerate() {
            cells.entry(cell(*p)).or_default().push(i);
        }
        Self { points, cells }
    }

    /// Distance and index of the points within `metres`, the nearest first.
    pub(crate) fn within(&self, p: Point, metres: f64) -> Vec<(f64, usize)> {
        let (x, y) = cell(p);
        let high = (metres / 111_000.0 / CELL).ceil() as i64;
        let wide = ((metres / 111_000.0 / CELL / p.lat.to_radians().cos().max(1e-3)).ceil() as i64).min(MOST_CELLS);
        let cells = (-wide..=wide).flat_map(|dx| (-high..=high).map(move |dy| (x + dx, y + dy)));
        let mut found: Vec<(f64, usize)> = cells
            .filter_map(|c| self.cells.get(&c))
            .flatten()
            .filter_map(|i| Some((haversine_m(p, *self.points.get(*i)?), *i)))
            .filter(|(d, _)| *d <= metres)
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found
    }
}

fn cell(p: Point) -> (i64, i64) {
    ((p.lon / CELL).floor() as i64, (p.lat / CELL).floor() as i64)
}

/// Area common to two boxes, of the area of both together.
pub(crate) fn common_share(a: &Bounds, b: &Bounds) -> f64 {
    let size = |w: f64, h: f64| w.max(0.0) * h.max(0.0);
    let common = size(a.east.min(b.east) - a.west.max(b.west), a.north.min(b.north) - a.south.max(b.south));
    let both = size(a.east - a.west, a.north - a.south) + size(b.east - b.west, b.north - b.south) - common;
    if both > 0.0 { common / both } else { 0.0 }
}
