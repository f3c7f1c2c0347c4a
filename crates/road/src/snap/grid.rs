//! A flat grid of cells with lists of items: the spatial index of the file.

use crate::format::{GridRecord, ShapeRecord};
use crate::geometry::{METRES_PER_UNIT, Plane, UNITS_PER_DEGREE};

/// A grid as stored.
pub(crate) struct Cells<'a> {
    pub(crate) shape: GridRecord,
    /// Where each cell's items start; one more than cells.
    pub(crate) starts: &'a [u32],
    pub(crate) items: &'a [u32],
}

impl<'a> Cells<'a> {
    /// Visits items in rings of cells around `origin` until nothing nearer than `reach` metres can come. The visitor may shrink `reach`.
    /// An item that lies in several cells may be visited several times.
    pub(crate) fn around(&self, origin: ShapeRecord, plane: &Plane, reach: &mut f64, mut visit: impl FnMut(u32, &mut f64)) {
        let g = self.shape;
        if !self.holds() {
            return;
        }
        let (dx, dy) = (i64::from(origin.x) - i64::from(g.west), i64::from(origin.y) - i64::from(g.south));
        let (column, row) = (dx.div_euclid(i64::from(g.step_x)), dy.div_euclid(i64::from(g.step_y)));
        let (columns, rows) = (i64::from(g.columns), i64::from(g.rows));
        let cell_m = (f64::from(g.step_x) * plane.kx).min(f64::from(g.step_y) * plane.ky).max(1e-3);
        // Distance from the origin to the edge of its own cell, the least of four sides.
        let (in_x, in_y) = (dx.rem_euclid(i64::from(g.step_x)) as f64, dy.rem_euclid(i64::from(g.step_y)) as f64);
        let inner = (in_x.min(f64::from(g.step_x) - in_x) * plane.kx).min(in_y.min(f64::from(g.step_y) - in_y) * plane.ky);
        // The first ring that touches the grid and the last that can.
        let outside = |v: i64, n: i64| if v < 0 { -v } else { (v - n + 1).max(0) };
        let first = outside(column, columns).max(outside(row, rows));
        let last = column.max(columns - 1 - column).max(row).max(rows - 1 - row);
        for ring in first..=last {
            if ring > 0 && inner + (ring - 1) as f64 * cell_m > *reach {
                break;
            }
            let (low_x, high_x, low_y, high_y) = (column - ring, column + ring, row - ring, row + ring);
            for y in low_y.max(0)..=high_y.min(rows - 1) {
                let edge_row = y == low_y || y == high_y;
                if edge_row || ring == 0 {
                    for x in low_x.max(0)..=high_x.min(columns - 1) {
                        self.cell(x, y, reach, &mut visit);
                    }
                } else {
                    for x in [low_x, high_x] {
                        if (0..columns).contains(&x) {
                            self.cell(x, y, reach, &mut visit);
                        }
                    }
                }
            }
        }
    }

    /// Items of all cells that touch the box (stored units, inclusive); an item may come several times.
    pub(crate) fn in_box(&self, west: i32, south: i32, east: i32, north: i32, mut visit: impl FnMut(u32)) {
        let g = self.shape;
        if !self.holds() {
            return;
        }
        let column = |x: i32| (i64::from(x) - i64::from(g.west)).div_euclid(i64::from(g.step_x));
        let row = |y: i32| (i64::from(y) - i64::from(g.south)).div_euclid(i64::from(g.step_y));
        for y in row(south).max(0)..=row(north).min(i64::from(g.rows) - 1) {
            for x in column(west).max(0)..=column(east).min(i64::from(g.columns) - 1) {
                self.cell(x, y, &mut 0.0, &mut |item, _| visit(item));
            }
        }
    }

    /// Whether the shape is one that was built: a damaged file may claim more cells than it has.
    fn holds(&self) -> bool {
        let g = self.shape;
        let cells = u64::from(g.columns).checked_mul(u64::from(g.rows)).and_then(|cells| cells.checked_add(1));
        g.columns > 0 && g.rows > 0 && g.step_x > 0 && g.step_y > 0 && cells == Some(self.starts.len() as u64)
    }

    fn cell(&self, x: i64, y: i64, reach: &mut f64, visit: &mut impl FnMut(u32, &mut f64)) {
        let index = (y * i64::from(self.shape.columns) + x) as usize;
        let (Some(start), Some(end)) = (self.starts.get(index), self.starts.get(index + 1)) else { return };
        for item in self.items.get(*start as usize..*end as usize).unwrap_or(&[]) {
            visit(*item, reach);
        }
    }
}

/// Lays a grid over items given by their polylines' single segments (`a == b` for points). Returns shape, cell starts and items.
pub(crate) fn build(segments: &[(u32, ShapeRecord, ShapeRecord)], least_cell_m: f64) -> (GridRecord, Vec<u32>, Vec<u32>) {
    let Some(((west, south), (east, north))) = segments.iter().fold(None, |bounds: Option<((i32, i32), (i32, i32))>, (_, a, b)| {
        let (low, high) = ((a.x.min(b.x), a.y.min(b.y)), (a.x.max(b.x), a.y.max(b.y)));
        Some(bounds.map_or((low, high), |(l, h)| ((l.0.min(low.0), l.1.min(low.1)), (h.0.max(high.0), h.1.max(high.1)))))
    }) else {
        return (GridRecord::default(), vec![0], Vec::new());
    };
    let latitude = (f64::midpoint(f64::from(south), f64::from(north)) / UNITS_PER_DEGREE).to_radians();
    let kx = METRES_PER_UNIT * latitude.cos().max(0.01);
    let (width, height) = ((f64::from(east) - f64::from(west)) * kx, (f64::from(north) - f64::from(south)) * METRES_PER_UNIT);
    // About one cell per segment, never smaller than the least cell and never more than four million cells.
    let cells = (segments.len() as f64).clamp(1.0, 4e6);
    let cell_m = (width * height / cells).sqrt().max(least_cell_m).max(width.max(height) / 8_000.0);
    let (step_x, step_y) = (((cell_m / kx).ceil() as i32).max(1), ((cell_m / METRES_PER_UNIT).ceil() as i32).max(1));
    let columns = ((i64::from(east) - i64::from(west)) / i64::from(step_x) + 1) as u32;
    let rows = ((i64::from(north) - i64::from(south)) / i64::from(step_y) + 1) as u32;
    let shape = GridRecord { west, south, step_x, step_y, columns, rows };

    let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(segments.len() * 2);
    for (item, a, b) in segments {
        cells_of(&shape, *a, *b, |cell| pairs.push((cell, *item)));
    }
    pairs.sort_unstable();
    pairs.dedup();
    let mut starts = vec![0u32; columns as usize * rows as usize + 1];
    for (cell, _) in &pairs {
        starts[*cell as usize + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    (shape, starts, pairs.into_iter().map(|(_, item)| item).collect())
}

/// Cells a segment passes: row by row, the columns its part in that row spans.
fn cells_of(g: &GridRecord, a: ShapeRecord, b: ShapeRecord, mut push: impl FnMut(u32)) {
    let (a, b) = if a.y <= b.y { (a, b) } else { (b, a) };
    let rel = |p: ShapeRecord| {
        (
            (i64::from(p.x) - i64::from(g.west)) as f64 / f64::from(g.step_x),
            (i64::from(p.y) - i64::from(g.south)) as f64 / f64::from(g.step_y),
        )
    };
    let ((ax, ay), (bx, by)) = (rel(a), rel(b));
    let (low_row, high_row) = (ay.floor(), by.floor());
    let mut row = low_row;
    while row <= high_row {
        let at = |y: f64| if by > ay { ax + (bx - ax) * ((y - ay) / (by - ay)).clamp(0.0, 1.0) } else { ax };
        let (x1, x2) = if by > ay { (at(row), at(row + 1.0)) } else { (ax, bx) };
        // A hair wider than exact, so that rounding never loses a cell.
        let (low, high) = ((x1.min(x2) - 1e-6).floor().max(0.0), (x1.max(x2) + 1e-6).floor().min(f64::from(g.columns - 1)));
        let mut column = low;
        while column <= high {
            push(row.clamp(0.0, f64::from(g.rows - 1)) as u32 * g.columns + column as u32);
            column += 1.0;
        }
        row += 1.0;
    }
}
