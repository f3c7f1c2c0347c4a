//! Points and boxes on the ground, WGS-84 degrees throughout.

use serde::{Deserialize, Serialize};

/// Mean Earth radius in metres (IUGG 1980, R1).
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A point: WGS-84 longitude and latitude in degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Degrees east, −180 to 180.
    pub lon: f64,
    /// Degrees north, −90 to 90.
    pub lat: f64,
}

impl Point {
    /// A point; see [`Point::valid`] for data from outside.
    #[must_use]
    pub const fn new(lon: f64, lat: f64) -> Self {
        Self { lon, lat }
    }

    /// `Some` if both are finite, in range, and not the null island that broken exports leave behind.
    #[must_use]
    pub fn valid(lon: f64, lat: f64) -> Option<Self> {
        let in_range = lon.is_finite() && lat.is_finite() && lon.abs() <= 180.0 && lat.abs() <= 90.0;
        let null_island = lon.abs() < 1e-6 && lat.abs() < 1e-6;
        (in_range && !null_island).then_some(Self { lon, lat })
    }
}

/// Great-circle distance in metres (haversine).
#[must_use]
pub fn haversine_m(a: Point, b: Point) -> f64 {
    let (lat_a, lat_b) = (a.lat.to_radians(), b.lat.to_radians());
    let half_lat = ((lat_b - lat_a) / 2.0).sin();
    let half_lon = ((b.lon - a.lon).to_radians() / 2.0).sin();
    let h = half_lat * half_lat + lat_a.cos() * lat_b.cos() * half_lon * half_lon;
    2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
}

/// A box in degrees; `west <= east`, `south <= north`. Boxes over the date line do not occur in one city.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Western edge, degrees.
    pub west: f64,
    /// Southern edge, degrees.
    pub south: f64,
    /// Eastern edge, degrees.
    pub east: f64,
    /// Northern edge, degrees.
    pub north: f64,
}

impl Bounds {
    /// The smallest box around `points`; `None` without points.
    pub fn around(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        points.into_iter().fold(None, |bounds: Option<Self>, p| {
            let b = bounds.unwrap_or(Self { west: p.lon, south: p.lat, east: p.lon, north: p.lat });
            Some(Self { west: b.west.min(p.lon), south: b.south.min(p.lat), east: b.east.max(p.lon), north: b.north.max(p.lat) })
        })
    }

    /// Whether the point lies in the box, edges included.
    #[must_use]
    pub fn contains(&self, p: Point) -> bool {
        p.lon >= self.west && p.lon <= self.east && p.lat >= self.south && p.lat <= self.north
    }

    /// The middle of the box.
    #[must_use]
    pub fn center(&self) -> Point {
        Point { lon: f64::midpoint(self.west, self.east), lat: f64::midpoint(self.south, self.north) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_degree_of_latitude_is_about_111_km() {
        let d = haversine_m(Point::new(120.0, 30.0), Point::new(120.0, 31.0));
        assert!((d - 111_195.0).abs() < 1.0, "{d}");
    }

    #[test]
    fn null_island_and_nonsense_are_no_points() {
        assert!(Point::valid(0.0, 0.0).is_none());
        assert!(Point::valid(f64::NAN, 30.0).is_none());
        assert!(Point::valid(120.0, 91.0).is_none());
        assert!(Point::valid(120.0, 30.0).is_some());
    }
}
