//! How much of a line lies on the sections of another network.

use std::collections::{BTreeMap, HashMap};

use gongzhi_civic::place::Point;

use crate::Network;
use crate::format::*;
use crate::geometry::{Plane, length_m, nearest_on_segment, to_units};

/// A piece this near and parallel is the same road drawn anew, or its other carriageway.
const NEAR_M: f64 = 20.0;
/// How far past the end of a piece a point still is beside it: corners have gaps.
const BEYOND_M: f64 = 3.0;
/// Cosine of the greatest angle between pieces of one road: 30°.
const PARALLEL: f64 = 0.866;
/// Metres between samples, before the limits.
const SAMPLE_M: f64 = 10.0;
/// Fewest and most samples of a line.
const SAMPLES: (usize, usize) = (5, 200);
/// Cells of this many stored units: some 100 m.
const CELL: i32 = 10_000;
/// Most cells one segment is entered in; a longer one (there are none on roads) is cut off.
const MOST_CELLS: i64 = 4_096;

/// Segments of a network in cells: shape index and section.
pub(crate) struct Lines<'a> {
    shapes: &'a [ShapeRecord],
    cells: HashMap<(i32, i32), Vec<(u32, u32)>>,
}

/// Samples of a line and how many lie on each section (or road).
#[derive(Clone, Debug, Default)]
pub(crate) struct Overlap {
    samples: f64,
    /// Samples, weighted by metres, and their distance times that weight.
    on: BTreeMap<u32, (f64, f64)>,
}

impl Overlap {
    /// Adds another line's overlap, its sections replaced by what they belong to.
    pub(crate) fn add(&mut self, other: &Self, of: impl Fn(u32) -> Option<u32>) {
        self.samples += other.samples;
        let mut merged: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
        for (id, (weight, distance)) in &other.on {
            let Some(owner) = of(*id) else { continue };
            let entry = merged.entry(owner).or_default();
            // Two sections of one road near the same sample count once.
            let weight = weight.min(other.samples - entry.0).max(0.0);
            entry.0 += weight;
            entry.1 += distance.min(weight * NEAR_M);
        }
        for (owner, (weight, distance)) in merged {
            let entry = self.on.entry(owner).or_default();
            entry.0 += weight;
            entry.1 += distance;
        }
    }

    pub(crate) fn shares(&self) -> impl Iterator<Item = (u32, f64)> + '_ {
        self.on.iter().map(|(id, (weight, _))| (*id, weight / self.samples.max(f64::MIN_POSITIVE)))
    }

    /// The one with the greatest share among those that fit.
    pub(crate) fn best(&self, fits: impl Fn(u32) -> bool) -> Option<(u32, f64)> {
        self.shares().filter(|(id, _)| fits(*id)).max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
    }

    /// Whether anything is there.
    pub(crate) fn any(&self) -> bool {
        !self.on.is_empty()
    }

    /// Mean distance of the samples on one.
    pub(crate) fn distance_m(&self, id: u32) -> f64 {
        self.on.get(&id).map_or(0.0, |(weight, distance)| distance / weight.max(f64::MIN_POSITIVE))
    }
}

impl<'a> Lines<'a> {
    pub(crate) fn new(network: &'a Network) -> Self {
        let shapes: &[ShapeRecord] = network.table(Tag::Shapes);
        let mut cells: HashMap<(i32, i32), Vec<(u32, u32)>> = HashMap::new();
        for line in network.lines() {
            for (i, w) in network.line_shape(line).windows(2).enumerate() {
                let (west, east) = (w[0].x.min(w[1].x).div_euclid(CELL), w[0].x.max(w[1].x).div_euclid(CELL));
                let (south, north) = (w[0].y.min(w[1].y).div_euclid(CELL), w[0].y.max(w[1].y).div_euclid(CELL));
                let all = (west..=east).flat_map(|x| (south..=north).map(move |y| (x, y)));
                for cell in all.take(MOST_CELLS as usize) {
                    cells.entry(cell).or_default().push((line.first_shape.saturating_add(i as u32), line.section));
                }
            }
        }
        Self { shapes, cells }
    }

    /// How much of a line lies on each section.
    pub(crate) fn overlap(&self, line: &[Point]) -> Overlap {
        let line: Vec<ShapeRecord> = line.iter().map(|p| to_units(*p)).collect();
        let total = length_m(&line);
        if line.len() < 2 || total <= 0.0 {
            return Overlap::default();
        }
        let count = ((total / SAMPLE_M) as usize).clamp(SAMPLES.0, SAMPLES.1);
        // Each sample stands for its share of the line, so that the sections of a road add up by length.
        let weight = total / count as f64;
        let mut overlap = Overlap { samples: total, on: BTreeMap::new() };
        let (mut segment, mut done) = (0usize, 0.0);
        for i in 0..count {
            let target = total * (i as f64 + 0.5) / count as f64;
            while segment + 2 < line.len() && done + length_m(&line[segment..segment + 2]) < target {
                done += length_m(&line[segment..segment + 2]);
                segment += 1;
            }
            let (a, b) = (line[segment], line[segment + 1]);
            let share = ((target - done) / length_m(&[a, b]).max(1e-9)).clamp(0.0, 1.0);
            let at = |a: i32, b: i32| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as i32;
            for (section, distance) in self.near(ShapeRecord { x: at(a.x, b.x), y: at(a.y, b.y) }, a, b) {
                let entry = overlap.on.entry(section).or_default();
                entry.0 += weight;
                entry.1 += distance * weight;
            }
        }
        overlap
    }

    /// Sections with a piece near a point and parallel to `a`–`b`, each with its distance.
    fn near(&self, at: ShapeRecord, a: ShapeRecord, b: ShapeRecord) -> BTreeMap<u32, f64> {
        let plane = Plane::at(at);
        let (from, to) = (plane.metres(a), plane.metres(b));
        let direction = unit((to.0 - from.0, to.1 - from.1));
        let reach = (i64::from((NEAR_M / plane.kx.max(1e-9)).min(1e6) as i32), (NEAR_M / plane.ky) as i64);
        let cells = |v: i32, reach: i64| {
            let low = (i64::from(v) - reach).div_euclid(i64::from(CELL)) as i32;
            low..=((i64::from(v) + reach).div_euclid(i64::from(CELL)) as i32)
        };
        let mut found: BTreeMap<u32, f64> = BTreeMap::new();
        for x in cells(at.x, reach.0) {
            for y in cells(at.y, reach.1) {
                for (shape, section) in self.cells.get(&(x, y)).into_iter().flatten() {
                    let (Some(c), Some(d)) = (self.shapes.get(*shape as usize), self.shapes.get(*shape as usize + 1)) else { continue };
                    let (c, d) = (plane.metres(*c), plane.metres(*d));
                    let (_, foot) = nearest_on_segment(c, d);
                    let distance = foot.0.hypot(foot.1);
                    let other = unit((d.0 - c.0, d.1 - c.1));
                    // Beyond the end of a piece lies its neighbour: only what is beside a piece counts.
                    let beyond = (foot.0 * other.0 + foot.1 * other.1).abs();
                    let parallel = (direction.0 * other.0 + direction.1 * other.1).abs() >= PARALLEL;
                    if distance <= NEAR_M && beyond <= BEYOND_M && parallel {
                        let old = found.entry(*section).or_insert(distance);
                        *old = old.min(distance);
                    }
                }
            }
        }
        found
    }
}

fn unit((x, y): (f64, f64)) -> (f64, f64) {
    let length = x.hypot(y);
    if length > 0.0 { (x / length, y / length) } else { (0.0, 0.0) }
}
