//! Geodetic datums met in Chinese data, and how to tell which one a file is in.
//!
//! GCJ-02 is WGS-84 with a smooth offset of some 300 to 700 m inside China; BD-09 adds another on top. The polynomial of the
//! GCJ-02 offset is the widely published reconstruction (Krasovsky 1940 ellipsoid, a = 6 378 245 m, e² = 0.006 693 421 622 966);
//! the inverse is found by iteration, so a round trip is exact to far below a decimetre. CGCS2000 and WGS-84 differ by
//! centimetres: for roads they are one.
//!
//! Like the map services do, the offset is applied inside a box (72.004 to 137.8347° E, 0.8293 to 55.8271° N) and not outside. The box
//! holds parts of the neighbours; there no data in GCJ-02 are known. Within a kilometre of its edge a shifted point may cross
//! it and cannot be led back; no road of China lies there.

use gongzhi_civic::place::Point;
use serde::{Deserialize, Serialize};

mod detect;

pub use detect::{Detection, Hypothesis, Verdict, detect};

/// What a pair of degrees refers to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Datum {
    /// GPS and OpenStreetMap.
    #[default]
    Wgs84,
    /// Chinese map services other than Baidu's.
    Gcj02,
    /// Baidu.
    Bd09,
    /// China Geodetic Coordinate System 2000.
    Cgcs2000,
}

impl Datum {
    /// All datums, WGS-84 first.
    pub const ALL: [Self; 4] = [Self::Wgs84, Self::Gcj02, Self::Bd09, Self::Cgcs2000];

    /// `wgs84`, `gcj02`, `bd09`, `cgcs2000`; case and `-` do not matter.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let plain: String = word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        Self::ALL.into_iter().find(|d| d.word() == plain)
    }

    /// The word used in files and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Wgs84 => "wgs84",
            Self::Gcj02 => "gcj02",
            Self::Bd09 => "bd09",
            Self::Cgcs2000 => "cgcs2000",
        }
    }
}

/// A point given in `datum`, in WGS-84.
#[must_use]
pub fn to_wgs84(point: Point, datum: Datum) -> Point {
    match datum {
        Datum::Wgs84 | Datum::Cgcs2000 => point,
        Datum::Gcj02 => undo(point, gcj02_from_wgs84),
        Datum::Bd09 => undo(undo(point, bd09_from_gcj02), gcj02_from_wgs84),
    }
}

/// A WGS-84 point, in `datum`.
#[must_use]
pub fn from_wgs84(point: Point, datum: Datum) -> Point {
    match datum {
        Datum::Wgs84 | Datum::Cgcs2000 => point,
        Datum::Gcj02 => gcj02_from_wgs84(point),
        Datum::Bd09 => bd09_from_gcj02(gcj02_from_wgs84(point)),
    }
}

/// The offset applies inside this box only (as the map services do it).
fn outside_china(p: Point) -> bool {
    !(72.004..=137.8347).contains(&p.lon) || !(0.8293..=55.8271).contains(&p.lat)
}

fn gcj02_from_wgs84(p: Point) -> Point {
    const A: f64 = 6_378_245.0;
    const E2: f64 = 0.006_693_421_622_965_943;
    use std::f64::consts::PI;
    if outside_china(p) {
        return p;
    }
    let (x, y) = (p.lon - 105.0, p.lat - 35.0);
    let ripple = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let root = x.abs().sqrt();
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + ripple
        + (20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + ripple
        + (20.0 * (x * PI).sin() + 40.0 * (x / 3.0 * PI).sin()) * 2.0 / 3.0
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let phi = p.lat.to_radians();
    let magic = 1.0 - E2 * phi.sin().powi(2);
    let root_magic = magic.sqrt();
    Point {
        lon: p.lon + east * 180.0 / (A / root_magic * phi.cos() * PI),
        lat: p.lat + north * 180.0 / (A * (1.0 - E2) / (magic * root_magic) * PI),
    }
}

fn bd09_from_gcj02(p: Point) -> Point {
    const X_PI: f64 = std::f64::consts::PI * 3000.0 / 180.0;
    if outside_china(p) {
        return p;
    }
    let z = p.lon.hypot(p.lat) + 0.000_02 * (p.lat * X_PI).sin();
    let theta = p.lat.atan2(p.lon) + 0.000_003 * (p.lon * X_PI).cos();
    Point { lon: z * theta.cos() + 0.0065, lat: z * theta.sin() + 0.006 }
}

/// Solves `forward(x) = p` by fixed-point iteration; the offsets are smooth, so it contracts by some hundred times each turn.
fn undo(p: Point, forward: fn(Point) -> Point) -> Point {
    let mut guess = p;
    for _ in 0..12 {
        let image = forward(guess);
        let (east, north) = (p.lon - image.lon, p.lat - image.lat);
        guess = Point { lon: guess.lon + east, lat: guess.lat + north };
        if east.abs() < 1e-11 && north.abs() < 1e-11 {
            break;
        }
    }
    guess
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongzhi_civic::place::haversine_m;

    #[test]
    fn round_trips_are_exact_to_a_centimetre_all_over_china() {
        for lon10 in (740..1340).step_by(7) {
            for lat10 in (190..530).step_by(9) {
                let p = Point::new(f64::from(lon10) / 10.0, f64::from(lat10) / 10.0);
                for datum in Datum::ALL {
                    let back = to_wgs84(from_wgs84(p, datum), datum);
                    assert!(haversine_m(p, back) < 0.01, "{datum:?} {p:?} {back:?}");
                }
            }
        }
    }

    #[test]
    fn offsets_have_the_known_size() {
        // Tiananmen as commonly published: WGS-84 116.3912, 39.9075 is about 116.3974, 39.9089 in GCJ-02.
        let g = from_wgs84(Point::new(116.3912, 39.9075), Datum::Gcj02);
        assert!((g.lon - 116.397_44).abs() < 1e-4 && (g.lat - 39.908_9).abs() < 1e-4, "{g:?}");
        let shaoxing = Point::new(120.58, 30.0);
        let offset = haversine_m(shaoxing, from_wgs84(shaoxing, Datum::Gcj02));
        assert!((300.0..700.0).contains(&offset), "{offset}");
        let offset = haversine_m(from_wgs84(shaoxing, Datum::Gcj02), from_wgs84(shaoxing, Datum::Bd09));
        assert!((600.0..1300.0).contains(&offset), "{offset}");
    }

    #[test]
    fn nothing_moves_outside_china() {
        let p = Point::new(-51.2, -30.03);
        assert_eq!(from_wgs84(p, Datum::Gcj02), p);
        assert_eq!(to_wgs84(p, Datum::Bd09), p);
    }

    #[test]
    fn words_are_read_as_written_in_the_wild() {
        assert_eq!(Datum::from_word("GCJ-02"), Some(Datum::Gcj02));
        assert_eq!(Datum::from_word("mars"), None);
    }
}
