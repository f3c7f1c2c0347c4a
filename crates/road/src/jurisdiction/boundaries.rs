//! Polygons of jurisdictions under two flat indexes: boxes for "in which", segments for "how near".

use gongzhi_civic::place::Point;

use super::Jurisdiction;
use crate::format::{GridRecord, ShapeRecord};
use crate::geometry::{Plane, nearest_on_segment, ring_contains, to_units};
use crate::snap::grid::{self, Cells};

/// Never more cells of boxes than this.
const MOST_CELLS: f64 = 1e6;

#[derive(Clone, Copy, Debug)]
struct Segment {
    owner: u32,
    a: ShapeRecord,
    b: ShapeRecord,
}

/// Rings in stored units, closed, with their box.
#[derive(Debug, Default)]
struct Ground {
    rings: Vec<Vec<ShapeRecord>>,
    bounds: [i32; 4],
    area_m2: f64,
}

#[derive(Debug)]
pub(super) struct Boundaries {
    grounds: Vec<Ground>,
    segments: Vec<Segment>,
    grid: (GridRecord, Vec<u32>, Vec<u32>),
    boxes: Boxes,
}

/// A grid over boxes.
#[derive(Debug, Default)]
struct Boxes {
    west: i64,
    south: i64,
    step_x: i64,
    step_y: i64,
    columns: usize,
    cells: Vec<Vec<u32>>,
}

impl Boundaries {
    pub(super) fn new(list: &[Jurisdiction]) -> Self {
        let grounds: Vec<Ground> = list.iter().map(Ground::new).collect();
        let mut segments = Vec::new();
        for (owner, ground) in grounds.iter().enumerate() {
            for w in ground.rings.iter().flat_map(|r| r.windows(2)) {
                segments.push(Segment { owner: owner as u32, a: w[0], b: w[1] });
            }
        }
        let items: Vec<(u32, ShapeRecord, ShapeRecord)> = segments.iter().enumerate().map(|(i, s)| (i as u32, s.a, s.b)).collect();
        Self { boxes: Boxes::new(&grounds), grid: grid::build(&items, 50.0), grounds, segments }
    }

    fn cells(&self) -> Cells<'_> {
        Cells { shape: self.grid.0, starts: &self.grid.1, items: &self.grid.2 }
    }

    /// Jurisdictions whose area holds the point.
    pub(super) fn containing(&self, p: ShapeRecord) -> Vec<u32> {
        let inside = |owner: &u32| self.grounds.get(*owner as usize).is_some_and(|g| g.contains(p));
        self.boxes.at(p).iter().copied().filter(inside).collect()
    }

    pub(super) fn area_m2(&self, owner: u32) -> f64 {
        self.grounds.get(owner as usize).map_or(f64::INFINITY, |g| if g.rings.is_empty() { f64::INFINITY } else { g.area_m2 })
    }

    /// Jurisdictions with a boundary within `max_m` metres and that distance, the nearest first.
    pub(super) fn within(&self, p: ShapeRecord, max_m: f64) -> Vec<(u32, f64)> {
        let mut found: Vec<(u32, f64)> = Vec::new();
        self.each_near(p, max_m, |segment, distance, _| match found.iter_mut().find(|f| f.0 == segment.owner) {
            Some(f) => f.1 = f.1.min(distance),
            None => found.push((segment.owner, distance)),
        });
        found.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        found
    }

    pub(super) fn is_within(&self, owner: u32, p: ShapeRecord, max_m: f64) -> bool {
        let mut found = false;
        self.each_near(p, max_m, |segment, _, reach| {
            if segment.owner == owner {
                found = true;
                *reach = -1.0;
            }
        });
        found
    }

    /// Metres to the nearest boundary of one jurisdiction.
    pub(super) fn distance(&self, owner: u32, p: ShapeRecord, max_m: f64) -> Option<f64> {
        let mut best: Option<f64> = None;
        self.each_near(p, max_m, |segment, distance, reach| {
            if segment.owner == owner && best.is_none_or(|b| distance < b) {
                best = Some(distance);
                *reach = distance;
            }
        });
        best
    }

    fn each_near(&self, p: ShapeRecord, max_m: f64, mut visit: impl FnMut(&Segment, f64, &mut f64)) {
        let plane = Plane::at(p);
        let mut reach = max_m;
        self.cells().around(p, &plane, &mut reach, |item, reach| {
            let Some(segment) = self.segments.get(item as usize) else { return };
            let (_, foot) = nearest_on_segment(plane.metres(segment.a), plane.metres(segment.b));
            let distance = foot.0.hypot(foot.1);
            if distance <= *reach {
                visit(segment, distance, reach);
            }
        });
    }

    /// Shares of the way from `a` to `b` where a boundary is crossed.
    pub(super) fn cuts(&self, a: ShapeRecord, b: ShapeRecord) -> Vec<f64> {
        let plane = Plane::at(a);
        let to = plane.metres(b);
        let mut cuts = Vec::new();
        self.cells().in_box(a.x.min(b.x), a.y.min(b.y), a.x.max(b.x), a.y.max(b.y), |item| {
            let Some(s) = self.segments.get(item as usize) else { return };
            let (c, d) = (plane.metres(s.a), plane.metres(s.b));
            let (ex, ey) = (d.0 - c.0, d.1 - c.1);
            let cross = to.0 * ey - to.1 * ex;
            if cross == 0.0 {
                return;
            }
            let (t, u) = ((c.0 * ey - c.1 * ex) / cross, (c.0 * to.1 - c.1 * to.0) / cross);
            if (0.0..=1.0).contains(&t) && (0.0..=1.0).contains(&u) {
                cuts.push(t);
            }
        });
        cuts
    }
}

impl Ground {
    fn new(j: &Jurisdiction) -> Self {
        let mut ground = Self { bounds: [i32::MAX, i32::MAX, i32::MIN, i32::MIN], ..Self::default() };
        for polygon in &j.polygons {
            if !is_ring(polygon) {
                continue;
            }
            let mut ring: Vec<ShapeRecord> = polygon.iter().map(|p| to_units(*p)).collect();
            ring.dedup();
            if ring.first() != ring.last() {
                ring.extend(ring.first().copied());
            }
            if ring.len() < 4 {
                continue;
            }
            for p in &ring {
                let b = ground.bounds;
                ground.bounds = [b[0].min(p.x), b[1].min(p.y), b[2].max(p.x), b[3].max(p.y)];
            }
            ground.rings.push(ring);
        }
        // Holes wind either way in real data: of even-odd rings the area is not a signed sum. The largest minus the rest is near enough to
        // sort by, and exact for one ring.
        let areas: Vec<f64> = ground.rings.iter().map(|r| ring_area_m2(r)).collect();
        ground.area_m2 = areas.iter().copied().fold(0.0, f64::max);
        ground
    }

    fn contains(&self, p: ShapeRecord) -> bool {
        let b = self.bounds;
        (b[0]..=b[2]).contains(&p.x) && (b[1]..=b[3]).contains(&p.y) && self.rings.iter().filter(|r| ring_contains(r, p)).count() % 2 == 1
    }
}

/// Whether a polygon has three points and all of them are on the ground.
pub(super) fn is_ring(polygon: &[Point]) -> bool {
    polygon.len() >= 3 && polygon.iter().all(|p| Point::valid(p.lon, p.lat).is_some())
}

fn ring_area_m2(ring: &[ShapeRecord]) -> f64 {
    let Some(first) = ring.first() else { return 0.0 };
    let plane = Plane::at(*first);
    let twice: f64 = ring.windows(2).map(|w| (plane.metres(w[0]), plane.metres(w[1]))).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum();
    twice.abs() / 2.0
}

impl Boxes {
    fn new(grounds: &[Ground]) -> Self {
        let with: Vec<(u32, [i32; 4])> =
            grounds.iter().enumerate().filter(|(_, g)| !g.rings.is_empty()).map(|(i, g)| (i as u32, g.bounds)).collect();
        let all = with
            .iter()
            .fold([i32::MAX, i32::MAX, i32::MIN, i32::MIN], |b, (_, c)| [b[0].min(c[0]), b[1].min(c[1]), b[2].max(c[2]), b[3].max(c[3])]);
        if with.is_empty() {
            return Self::default();
        }
        let (width, height) = (i64::from(all[2]) - i64::from(all[0]) + 1, i64::from(all[3]) - i64::from(all[1]) + 1);
        let side = (4.0 * with.len() as f64).min(MOST_CELLS).sqrt().ceil() as i64;
        let (step_x, step_y) = (width / side + 1, height / side + 1);
        let columns = (width / step_x + 1) as usize;
        let mut boxes = Self {
            west: all[0].into(),
            south: all[1].into(),
            step_x,
            step_y,
            columns,
            cells: vec![Vec::new(); columns * (height / step_y + 1) as usize],
        };
        for (owner, b) in with {
            let column = |x: i32| (i64::from(x) - boxes.west) / step_x;
            let row = |y: i32| (i64::from(y) - boxes.south) / step_y;
            for y in row(b[1])..=row(b[3]) {
                for x in column(b[0])..=column(b[2]) {
                    if let Some(cell) = boxes.cells.get_mut(y as usize * columns + x as usize) {
                        cell.push(owner);
                    }
                }
            }
        }
        boxes
    }

    fn at(&self, p: ShapeRecord) -> &[u32] {
        let (x, y) = (i64::from(p.x) - self.west, i64::from(p.y) - self.south);
        if self.columns == 0 || x < 0 || y < 0 {
            return &[];
        }
        let (column, row) = ((x / self.step_x) as usize, (y / self.step_y) as usize);
        if column >= self.columns { &[] } else { self.cells.get(row * self.columns + column).map_or(&[], Vec::as_slice) }
    }
}
