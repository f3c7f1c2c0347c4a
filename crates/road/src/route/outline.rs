//! The outline of what is reached, for a map: marching squares (Lorensen and Cline's method in the plane) on a grid of times.

use std::collections::BTreeMap;

use gongzhi_civic::place::Point;

use super::answer::Isochrone;
use crate::Network;
use crate::geometry::{Plane, to_units};

/// Most nodes of the grid; beyond, the cells grow.
const MOST_NODES: usize = 1 << 21;
/// Seconds a metre off the road, for the strip beside it.
const OFF_ROAD_MS: f64 = 700.0;

/// Rings around what is reached within `limit_ms`: closed (first = last), inside on the left, holes the other way round. `cell_m` is the
/// fineness, metres. Nothing reached gives no ring.
#[must_use]
pub fn outline(network: &Network, isochrone: &Isochrone, limit_ms: u32, cell_m: f64) -> Vec<Vec<Point>> {
    let samples = samples(network, isochrone, limit_ms, cell_m.clamp(5.0, 5_000.0));
    let Some(first) = samples.first() else { return Vec::new() };
    let plane = Plane::at(to_units(first.0));
    let placed: Vec<(f64, f64, f64)> = samples
        .iter()
        .map(|(p, ms)| {
            let (x, y) = plane.metres(to_units(*p));
            (x, y, *ms)
        })
        .collect();
    let fold = |pick: fn(&(f64, f64, f64)) -> f64, f: fn(f64, f64) -> f64, start: f64| placed.iter().map(pick).fold(start, f);
    let (west, east) = (fold(|p| p.0, f64::min, f64::MAX), fold(|p| p.0, f64::max, f64::MIN));
    let (south, north) = (fold(|p| p.1, f64::min, f64::MAX), fold(|p| p.1, f64::max, f64::MIN));
    let mut cell = cell_m.clamp(5.0, 5_000.0);
    let size = |cell: f64| (((east - west) / cell) as usize + 6, ((north - south) / cell) as usize + 6);
    while size(cell).0 * size(cell).1 > MOST_NODES {
        cell *= 1.5;
    }
    let (columns, rows) = size(cell);
    let (left, low) = (west - 2.5 * cell, south - 2.5 * cell);
    let mut field = vec![f64::INFINITY; columns * rows];
    for (x, y, ms) in placed {
        let (cx, cy) = (((x - left) / cell).round() as i64, ((y - low) / cell).round() as i64);
        for ny in cy - 1..=cy + 1 {
            for nx in cx - 1..=cx + 1 {
                if (0..columns as i64).contains(&nx) && (0..rows as i64).contains(&ny) {
                    let (dx, dy) = (nx as f64 * cell + left - x, ny as f64 * cell + low - y);
                    let slot = &mut field[ny as usize * columns + nx as usize];
                    *slot = slot.min(ms + dx.hypot(dy) * OFF_ROAD_MS);
                }
            }
        }
    }
    // The limit is met a cell's width off the road at the latest.
    let limit = f64::from(limit_ms) + cell * OFF_ROAD_MS;
    rings(&field, columns, rows, limit)
        .into_iter()
        .map(|ring| ring.into_iter().map(|(x, y)| plane.point((x * cell + left, y * cell + low))).collect())
        .collect()
}

/// Points along the stretches reached, at most half a cell apart, with their milliseconds.
fn samples(network: &Network, isochrone: &Isochrone, limit_ms: u32, cell: f64) -> Vec<(Point, f64)> {
    let mut found = Vec::new();
    for span in isochrone.spans.iter().filter(|s| s.from_ms <= limit_ms && s.to_m > s.from_m) {
        let Some(edge) = network.edge(span.edge) else { continue };
        let length = span.to_m - span.from_m;
        let steps = (length / (cell / 2.0)).ceil().max(1.0);
        let mut walk = super::line::Walk::new(&edge.line, edge.length_m);
        for step in 0..=steps as usize {
            let share = step as f64 / steps;
            let ms = f64::from(span.from_ms) + f64::from(span.to_ms - span.from_ms) * share;
            if ms <= f64::from(limit_ms)
                && let Some(point) = walk.at(span.from_m + length * share)
            {
                found.push((point, ms));
            }
        }
    }
    found
}

/// Contours of a field at `limit`, in grid coordinates.
fn rings(field: &[f64], columns: usize, rows: usize, limit: f64) -> Vec<Vec<(f64, f64)>> {
    let inside = |x: usize, y: usize| field[y * columns + x] <= limit;
    // A crossing on the side east (0) or north (1) of a node leads to the next one.
    let mut next: BTreeMap<(usize, usize, u8), (usize, usize, u8)> = BTreeMap::new();
    for y in 0..rows - 1 {
        for x in 0..columns - 1 {
            let (south, east, north, west) = ((x, y, 0), (x + 1, y, 1), (x, y + 1, 0), (x, y, 1));
            let code = u8::from(inside(x, y))
                | u8::from(inside(x + 1, y)) << 1
                | u8::from(inside(x + 1, y + 1)) << 2
                | u8::from(inside(x, y + 1)) << 3;
            // Inside lies to the left; a saddle is two corners.
            let pairs: &[_] = match code {
                1 => &[(south, west)],
                2 => &[(east, south)],
                3 => &[(east, west)],
                4 => &[(north, east)],
                5 => &[(south, west), (north, east)],
                6 => &[(north, south)],
                7 => &[(north, west)],
                8 => &[(west, north)],
                9 => &[(south, north)],
                10 => &[(east, south), (west, north)],
                11 => &[(east, north)],
                12 => &[(west, east)],
                13 => &[(south, east)],
                14 => &[(west, south)],
                _ => &[],
            };
            next.extend(pairs.iter().copied());
        }
    }
    let place = |(x, y, side): (usize, usize, u8)| {
        let (ox, oy) = if side == 0 { (x + 1, y) } else { (x, y + 1) };
        let (a, b) = (field[y * columns + x], field[oy * columns + ox]);
        let share = if a.is_finite() && b.is_finite() && (b - a).abs() > 1e-9 { ((limit - a) / (b - a)).clamp(0.05, 0.95) } else { 0.5 };
        (x as f64 + (ox - x) as f64 * share, y as f64 + (oy - y) as f64 * share)
    };
    let mut found = Vec::new();
    while let Some((start, _)) = next.first_key_value().map(|(k, v)| (*k, *v)) {
        let mut ring = vec![place(start)];
        let mut at = start;
        while let Some(to) = next.remove(&at) {
            ring.push(place(to));
            at = to;
        }
        found.push(ring);
    }
    found
}
