//! One tile's window on the world: projection, what lies in it, shapes in its units.

use std::collections::HashMap;
use std::f64::consts::PI;

use super::clip;
use super::mvt::EXTENT;
use crate::format::{LineRecord, NONE, ShapeRecord};
use crate::geometry::UNITS_PER_DEGREE;

/// Units around the tile that are drawn too, so that wide lines meet their continuation.
const BUFFER: f64 = 80.0;

/// A tile's window.
pub(crate) struct View {
    pub(crate) z: u8,
    /// West, south, east, north with buffer, in stored units.
    pub(crate) bounds: [i32; 4],
    scale: f64,
    left: f64,
    top: f64,
}

impl View {
    pub(crate) fn new(z: u8, x: u32, y: u32) -> Self {
        let tiles = f64::from(1u32 << z);
        let scale = tiles * f64::from(EXTENT);
        let (left, top) = (f64::from(x) * f64::from(EXTENT), f64::from(y) * f64::from(EXTENT));
        let lon = |u: f64| ((left + u) / scale * 360.0 - 180.0).clamp(-180.0, 180.0) * UNITS_PER_DEGREE;
        let lat = |v: f64| (PI * (1.0 - 2.0 * (top + v) / scale)).sinh().atan().to_degrees() * UNITS_PER_DEGREE;
        let side = f64::from(EXTENT);
        // `as` saturates: the buffer may reach over the edge of the world.
        let bounds = [lon(-BUFFER) as i32, lat(side + BUFFER) as i32, lon(side + BUFFER) as i32, lat(-BUFFER) as i32];
        Self { z, bounds, scale, left, top }
    }

    pub(crate) fn touches(&self, west: i32, south: i32, east: i32, north: i32) -> bool {
        let [w, s, e, n] = self.bounds;
        west <= e && east >= w && south <= n && north >= s
    }

    pub(crate) fn holds(&self, x: i32, y: i32) -> bool {
        self.touches(x, y, x, y)
    }

    /// Width and height of a box in tile units.
    pub(crate) fn size(&self, west: i32, south: i32, east: i32, north: i32) -> (f64, f64) {
        let (a, b) = (self.units(ShapeRecord { x: west, y: north }), self.units(ShapeRecord { x: east, y: south }));
        (b.0 - a.0, b.1 - a.1)
    }

    pub(crate) fn pixel(&self, p: ShapeRecord) -> (i32, i32) {
        let (x, y) = self.units(p);
        (x.round() as i32, y.round() as i32)
    }

    pub(crate) fn project(&self, shape: &[ShapeRecord]) -> Vec<(f64, f64)> {
        shape.iter().map(|s| self.units(*s)).collect()
    }

    /// A line clipped to the tile and simplified; a line that leaves and comes back gives several.
    pub(crate) fn line(&self, points: &[(f64, f64)], tolerance: f64) -> Vec<Vec<(i32, i32)>> {
        let tolerance = if self.z >= super::FULL_ZOOM { 0.5 } else { tolerance };
        clip::line(points, -BUFFER, f64::from(EXTENT) + BUFFER)
            .into_iter()
            .map(|part| rounded(&clip::simplify(&part, tolerance)))
            .filter(|part| part.len() > 1)
            .collect()
    }

    /// A closed ring clipped to the tile and simplified, without the repeated last point; empty if nothing is left.
    pub(crate) fn ring(&self, ring: &[ShapeRecord], tolerance: f64) -> Vec<(i32, i32)> {
        let clipped = clip::ring(&self.project(ring), -BUFFER, f64::from(EXTENT) + BUFFER);
        let mut points = rounded(&clip::simplify(&clipped, tolerance));
        if points.len() > 1 && points.first() == points.last() {
            points.pop();
        }
        points
    }

    fn units(&self, p: ShapeRecord) -> (f64, f64) {
        let lat = (f64::from(p.y) / UNITS_PER_DEGREE).clamp(-85.06, 85.06).to_radians();
        let x = (f64::from(p.x) / UNITS_PER_DEGREE + 180.0) / 360.0 * self.scale - self.left;
        let y = (1.0 - lat.tan().asinh() / PI) / 2.0 * self.scale - self.top;
        (x, y)
    }
}

fn rounded(points: &[(f64, f64)]) -> Vec<(i32, i32)> {
    let mut out: Vec<(i32, i32)> = points.iter().map(|(x, y)| (x.round() as i32, y.round() as i32)).collect();
    out.dedup();
    out
}

/// Joins lines end to end: chains of (line, drawn against its shape). One-way lines keep their driving direction.
pub(crate) fn chains(lines: &[LineRecord], members: &[u32], oneway: bool) -> Vec<Vec<(u32, bool)>> {
    let ends = |line: u32| {
        let l = &lines[line as usize];
        // A line that may be driven backward only is drawn backward.
        if oneway && l.forward == NONE { (l.to, l.from, true) } else { (l.from, l.to, false) }
    };
    let mut starting: HashMap<u32, Vec<u32>> = HashMap::new();
    let mut ending: HashMap<u32, Vec<u32>> = HashMap::new();
    for line in members.iter().copied().filter(|l| (*l as usize) < lines.len()) {
        let (from, to, _) = ends(line);
        starting.entry(from).or_default().push(line);
        ending.entry(to).or_default().push(line);
    }
    let mut used: HashMap<u32, ()> = HashMap::new();
    let mut chains = Vec::new();
    for first in members.iter().copied().filter(|l| (*l as usize) < lines.len()) {
        if used.insert(first, ()).is_some() {
            continue;
        }
        let (from, mut at, turned) = ends(first);
        let mut chain = std::collections::VecDeque::from([(first, turned)]);
        loop {
            let on = starting.get(&at).and_then(|list| list.iter().copied().find(|l| !used.contains_key(l)));
            let back = if oneway { None } else { ending.get(&at).and_then(|list| list.iter().copied().find(|l| !used.contains_key(l))) };
            let Some((next, against)) = on.map(|l| (l, false)).or(back.map(|l| (l, true))) else { break };
            used.insert(next, ());
            let (f, t, turned) = ends(next);
            at = if against { f } else { t };
            chain.push_back((next, against != turned));
        }
        let mut at = from;
        loop {
            let on = ending.get(&at).and_then(|list| list.iter().copied().find(|l| !used.contains_key(l)));
            let back = if oneway { None } else { starting.get(&at).and_then(|list| list.iter().copied().find(|l| !used.contains_key(l))) };
            let Some((next, against)) = on.map(|l| (l, false)).or(back.map(|l| (l, true))) else { break };
            used.insert(next, ());
            let (f, t, turned) = ends(next);
            at = if against { t } else { f };
            chain.push_front((next, against != turned));
        }
        chains.push(chain.into());
    }
    chains
}
