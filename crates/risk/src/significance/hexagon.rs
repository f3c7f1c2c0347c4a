//! A grid of regular hexagons on the plane, as plain data. Every neighbour is equally far, which squares cannot offer.
//!
//! Axial coordinates: `q` counts to the east, `r` to the south-east, hexagons stand on a corner (pointy top). Centre of (q, r):
//! `x = size·√3·(q + r/2)`, `y = −size·3/2·r`, metres east and north of the plane's centre. The `size` is from centre to corner.

use super::{SignificanceError, Weights};
use crate::density::Projection;
use gongzhi_civic::place::Point;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const SQRT_3: f64 = 1.732_050_807_568_877_2;

/// A hexagon's place in its grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hexagon {
    /// Steps to the east.
    pub q: i32,
    /// Steps to the south-east.
    pub r: i32,
}

/// The six steps to the neighbours, from the east against the clock.
const STEPS: [(i32, i32); 6] = [(1, 0), (1, -1), (0, -1), (-1, 0), (-1, 1), (0, 1)];

/// Largest coordinate: beyond it a plane is no plane.
const FARTHEST: f64 = 1e8;

impl Hexagon {
    /// The neighbours, from the east against the clock.
    #[must_use]
    pub fn neighbours(self) -> [Self; 6] {
        STEPS.map(|(q, r)| Self { q: self.q.saturating_add(q), r: self.r.saturating_add(r) })
    }

    /// Steps from one hexagon to another.
    #[must_use]
    pub const fn steps_to(self, other: Self) -> u32 {
        let (q, r) = (self.q as i64 - other.q as i64, self.r as i64 - other.r as i64);
        ((q.unsigned_abs() + r.unsigned_abs() + (q + r).unsigned_abs()) / 2) as u32
    }

    /// All hexagons within `rings` steps, itself included: 1 + 3·k·(k + 1) of them, by rows from north to south.
    pub fn within(self, rings: u16) -> impl Iterator<Item = Self> {
        let k = i32::from(rings);
        (-k..=k).flat_map(move |r| {
            ((-k).max(-r - k)..=k.min(-r + k)).map(move |q| Self { q: self.q.saturating_add(q), r: self.r.saturating_add(r) })
        })
    }
}

/// Hexagons of one size about a centre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HexagonGrid {
    projection: Projection,
    size_m: f64,
}

impl HexagonGrid {
    /// A grid whose hexagon (0, 0) lies about `center`; `size_m` from centre to corner.
    ///
    /// # Errors
    /// [`SignificanceError::Parameter`] for a size that is not between 1 m and 100 km.
    pub fn new(center: Point, size_m: f64) -> Result<Self, SignificanceError> {
        if !(1.0..=100_000.0).contains(&size_m) {
            return Err(SignificanceError::Parameter { name: "size_m", value: size_m });
        }
        Ok(Self { projection: Projection::about(center), size_m })
    }

    /// Metres from centre to corner.
    #[must_use]
    pub const fn size_m(&self) -> f64 {
        self.size_m
    }

    /// Area of a hexagon, km².
    #[must_use]
    pub fn hexagon_km2(&self) -> f64 {
        1.5 * SQRT_3 * self.size_m * self.size_m / 1e6
    }

    /// The hexagon a point lies in; `None` for what is no place on the plane.
    #[must_use]
    pub fn at(&self, point: Point) -> Option<Hexagon> {
        let (x_m, y_m) = self.projection.to_m(point);
        self.at_m(x_m, y_m)
    }

    /// The hexagon of a place in metres east and north of the centre.
    #[must_use]
    pub fn at_m(&self, x_m: f64, y_m: f64) -> Option<Hexagon> {
        let r = -y_m / (1.5 * self.size_m);
        let q = x_m / (SQRT_3 * self.size_m) - r / 2.0;
        if !(q.abs() < FARTHEST && r.abs() < FARTHEST) {
            return None;
        }
        // Rounding each of the three cube coordinates may break their sum of 0: the one rounded most gives way.
        let s = -q - r;
        let (near_q, near_r, near_s) = (q.round(), r.round(), s.round());
        let (off_q, off_r, off_s) = ((near_q - q).abs(), (near_r - r).abs(), (near_s - s).abs());
        let (q, r) = if off_q > off_r && off_q > off_s {
            (-near_r - near_s, near_r)
        } else if off_r > off_s {
            (near_q, -near_q - near_s)
        } else {
            (near_q, near_r)
        };
        Some(Hexagon { q: q as i32, r: r as i32 })
    }

    /// Metres east and north of the plane's centre, of the hexagon's middle.
    #[must_use]
    pub fn center_m(&self, hexagon: Hexagon) -> (f64, f64) {
        let (q, r) = (f64::from(hexagon.q), f64::from(hexagon.r));
        (self.size_m * SQRT_3 * (q + r / 2.0), -1.5 * self.size_m * r)
    }

    /// The hexagon's middle.
    #[must_use]
    pub fn center(&self, hexagon: Hexagon) -> Point {
        let (x_m, y_m) = self.center_m(hexagon);
        self.projection.to_point(x_m, y_m)
    }

    /// The six corners, from the northern one against the clock.
    #[must_use]
    pub fn corners(&self, hexagon: Hexagon) -> [Point; 6] {
        let (x_m, y_m) = self.center_m(hexagon);
        let (half, across) = (self.size_m / 2.0, self.size_m * SQRT_3 / 2.0);
        let corners = [(0.0, self.size_m), (-across, half), (-across, -half), (0.0, -self.size_m), (across, -half), (across, half)];
        corners.map(|(dx, dy)| self.projection.to_point(x_m + dx, y_m + dy))
    }

    /// Points counted by hexagon, in the order of the hexagons; points that are no place are left out.
    pub fn counts(&self, points: impl IntoIterator<Item = Point>) -> BTreeMap<Hexagon, u32> {
        let mut counts = BTreeMap::new();
        for hexagon in points.into_iter().filter_map(|point| self.at(point)) {
            let count: &mut u32 = counts.entry(hexagon).or_default();
            *count = count.saturating_add(1);
        }
        counts
    }
}

/// Weights over the hexagons given, in their order: neighbours are those within `rings` steps that are in the list too.
///
/// # Errors
/// [`SignificanceError::Size`]. A hexagon listed twice is an error [`SignificanceError::Neighbour`].
pub fn weights(hexagons: &[Hexagon], rings: u16) -> Result<Weights, SignificanceError> {
    let mut numbers = BTreeMap::new();
    for (unit, hexagon) in hexagons.iter().enumerate() {
        let number = u32::try_from(unit).map_err(|_| SignificanceError::Size(unit))?;
        if numbers.insert(*hexagon, number).is_some() {
            return Err(SignificanceError::Neighbour { unit, neighbour: number });
        }
    }
    let others = |own: &Hexagon| {
        let own = *own;
        own.within(rings).filter(|other| *other != own).filter_map(|other| numbers.get(&other).copied()).collect()
    };
    Weights::new(hexagons.iter().map(others).collect::<Vec<Vec<u32>>>())
}
