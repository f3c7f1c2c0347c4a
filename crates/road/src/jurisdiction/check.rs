//! Overlaps and holes of a division, exactly, by a sweep over slabs between the heights of all corners and crossings.
//!
//! Within a slab no two boundaries cross: they cut it into trapezoids, each in none, one or several areas. Trapezoids in none that do not reach
//! the outside are holes, joined over slabs. (Slab decomposition after Dobkin & Lipton 1976.)

use std::collections::BTreeMap;

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use super::Jurisdiction;
use crate::geometry::{Plane, to_units};

/// Cracks narrower than this do not join a hole to the outside, metres.
const CRACK_M: f64 = 0.05;

/// What is wrong with a division.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// Two units have it with equal priority.
    Overlap {
        /// The two, in the order of the list.
        units: [String; 2],
    },
    /// Nobody has it, and it is enclosed.
    Gap,
}

/// A fault and where it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DivisionFault {
    /// What.
    #[serde(flatten)]
    pub fault: Fault,
    /// Square metres in all.
    pub area_m2: f64,
    /// A point inside its largest piece, WGS-84.
    pub point: Point,
    /// In words.
    pub text: Text,
}

/// A side of a ring from its lower to its upper end, metres.
#[derive(Clone, Copy)]
struct Side {
    owner: usize,
    low: (f64, f64),
    high: (f64, f64),
}

impl Side {
    fn x(&self, y: f64) -> f64 {
        self.low.0 + (self.high.0 - self.low.0) * ((y - self.low.1) / (self.high.1 - self.low.1)).clamp(0.0, 1.0)
    }
}

/// A trapezoid in no area: x from and to, at the slab's bottom and top.
#[derive(Clone, Copy)]
struct Empty {
    bottom: (f64, f64),
    top: (f64, f64),
    hole: usize,
}

#[derive(Clone, Copy, Default)]
struct Piece {
    area: f64,
    largest: f64,
    at: (f64, f64),
}

impl Piece {
    fn add(&mut self, area: f64, at: (f64, f64)) {
        self.area += area;
        if area > self.largest {
            (self.largest, self.at) = (area, at);
        }
    }

    fn join(&mut self, other: Self) {
        self.area += other.area;
        if other.largest > self.largest {
            (self.largest, self.at) = (other.largest, other.at);
        }
    }
}

pub(super) fn check(members: &[&Jurisdiction], least_m2: f64) -> Vec<DivisionFault> {
    let corners = || members.iter().flat_map(|j| j.polygons.iter().filter(|r| super::boundaries::is_ring(r)).flatten());
    let Some(bounds) = gongzhi_civic::place::Bounds::around(corners().copied()) else { return Vec::new() };
    let plane = Plane::at(to_units(bounds.center()));
    let sides = sides(members, &plane);
    let heights = heights(&sides);
    let mut overlaps: BTreeMap<(usize, usize), Piece> = BTreeMap::new();
    // Hole 0 is the outside.
    let mut holes = Holes { parent: vec![0], pieces: vec![Piece::default()] };
    let all_outside = vec![Empty { bottom: (f64::NEG_INFINITY, f64::INFINITY), top: (f64::NEG_INFINITY, f64::INFINITY), hole: 0 }];
    let mut before: Vec<Empty> = all_outside.clone();
    let (mut active, mut next): (Vec<Side>, usize) = (Vec::new(), 0);
    for slab in heights.windows(2) {
        let (y0, y1) = (slab[0], slab[1]);
        active.retain(|s| s.high.1 >= y1);
        while let Some(s) = sides.get(next).filter(|s| s.low.1 <= y0) {
            if s.high.1 >= y1 {
                active.push(*s);
            }
            next += 1;
        }
        let middle = f64::midpoint(y0, y1);
        active.sort_by(|a, b| a.x(middle).total_cmp(&b.x(middle)));
        let mut inside: Vec<usize> = Vec::new();
        let mut empties: Vec<Empty> = Vec::new();
        let (mut left0, mut left1) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        for k in 0..=active.len() {
            let right = active.get(k);
            let (right0, right1) = right.map_or((f64::INFINITY, f64::INFINITY), |s| (s.x(y0), s.x(y1)));
            let (wide0, wide1) = ((right0 - left0).max(0.0), (right1 - left1).max(0.0));
            let area = (wide0 + wide1) / 2.0 * (y1 - y0);
            let at = ((left0 + right0 + left1 + right1) / 4.0, middle);
            if inside.is_empty() && wide0.max(wide1) > CRACK_M {
                let hole = if area.is_finite() { holes.new_piece(area, at) } else { 0 };
                empties.push(Empty { bottom: (left0, right0.max(left0)), top: (left1, right1.max(left1)), hole });
            }
            if area.is_finite() && area > 0.0 {
                for (n, a) in inside.iter().enumerate() {
                    for b in &inside[n + 1..] {
                        overlaps.entry((*a.min(b), *a.max(b))).or_default().add(area, at);
                    }
                }
            }
            if let Some(s) = right {
                match inside.iter().position(|o| *o == s.owner) {
                    Some(i) => {
                        inside.remove(i);
                    }
                    None => inside.push(s.owner),
                }
                (left0, left1) = (right0, right1);
            }
        }
        for e in &empties {
            for b in &before {
                if e.bottom.1.min(b.top.1) - e.bottom.0.max(b.top.0) > CRACK_M {
                    holes.join(e.hole, b.hole);
                }
            }
        }
        // Between separate parts of a division lies the outside.
        before = if active.is_empty() { all_outside.clone() } else { empties };
    }
    for b in &before {
        holes.join(0, b.hole);
    }
    let point = |at: (f64, f64)| plane.point(at);
    let mut faults: Vec<DivisionFault> = Vec::new();
    for ((a, b), piece) in overlaps {
        let (Some(x), Some(y)) = (members.get(a), members.get(b)) else { continue };
        if x.priority == y.priority && x.id != y.id {
            let text = Text::new(
                format!("{} 与 {} 重叠 {:.0} 平方米。", x.id, y.id, piece.area),
                format!("{} and {} overlap by {:.0} m².", x.id, y.id, piece.area),
            );
            faults.push(DivisionFault {
                fault: Fault::Overlap { units: [x.id.clone(), y.id.clone()] },
                area_m2: piece.area,
                point: point(piece.at),
                text,
            });
        }
    }
    for piece in holes.closed() {
        let text = Text::new(format!("有 {:.0} 平方米无人负责。", piece.area), format!("Nobody has {:.0} m².", piece.area));
        faults.push(DivisionFault { fault: Fault::Gap, area_m2: piece.area, point: point(piece.at), text });
    }
    faults.retain(|f| f.area_m2 >= least_m2);
    faults.sort_by(|a, b| b.area_m2.total_cmp(&a.area_m2).then(a.point.lon.total_cmp(&b.point.lon)));
    faults
}

fn sides(members: &[&Jurisdiction], plane: &Plane) -> Vec<Side> {
    let mut sides = Vec::new();
    for (owner, j) in members.iter().enumerate() {
        for ring in &j.polygons {
            if !super::boundaries::is_ring(ring) {
                continue;
            }
            let points: Vec<(f64, f64)> = ring.iter().map(|p| plane.metres(to_units(*p))).collect();
            for (i, a) in points.iter().enumerate() {
                let Some(b) = points.get((i + 1) % points.len()) else { continue };
                let (low, high) = if a.1 <= b.1 { (*a, *b) } else { (*b, *a) };
                // Level sides bound no trapezoid.
                if high.1 > low.1 {
                    sides.push(Side { owner, low, high });
                }
            }
        }
    }
    sides.sort_by(|a, b| a.low.1.total_cmp(&b.low.1));
    sides
}

/// Heights of all ends and crossings, rising.
fn heights(sides: &[Side]) -> Vec<f64> {
    let mut heights: Vec<f64> = sides.iter().flat_map(|s| [s.low.1, s.high.1]).collect();
    let mut active: Vec<&Side> = Vec::new();
    for s in sides {
        active.retain(|a| a.high.1 > s.low.1);
        for a in &active {
            let (y0, y1) = (s.low.1.max(a.low.1), s.high.1.min(a.high.1));
            let (d0, d1) = (s.x(y0) - a.x(y0), s.x(y1) - a.x(y1));
            if d0 * d1 < 0.0 && y1 > y0 {
                heights.push(y0 + (y1 - y0) * d0 / (d0 - d1));
            }
        }
        active.push(s);
    }
    heights.sort_by(f64::total_cmp);
    heights.dedup();
    heights
}

/// Holes as sets of trapezoids.
struct Holes {
    parent: Vec<usize>,
    pieces: Vec<Piece>,
}

impl Holes {
    fn new_piece(&mut self, area: f64, at: (f64, f64)) -> usize {
        self.parent.push(self.parent.len());
        self.pieces.push(Piece { area, largest: area, at });
        self.parent.len() - 1
    }

    fn root(&mut self, mut i: usize) -> usize {
        while self.parent[i] != i {
            self.parent[i] = self.parent[self.parent[i]];
            i = self.parent[i];
        }
        i
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            // The outside stays 0.
            let (keep, drop) = (a.min(b), a.max(b));
            self.parent[drop] = keep;
            let piece = self.pieces[drop];
            self.pieces[keep].join(piece);
        }
    }

    fn closed(self) -> Vec<Piece> {
        self.parent
            .iter()
            .zip(&self.pieces)
            .enumerate()
            .skip(1)
            .filter(|(i, (parent, _))| i == *parent)
            .map(|(_, (_, piece))| *piece)
            .collect()
    }
}
