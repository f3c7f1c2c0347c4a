//! What a position report says of the directed edges around it, as costs in nats (negative log likelihood; 0 is a perfect fit).
//!
//! The terms, added up:
//! - **Position**: Gaussian of the distance between the report and the place on the road where traffic of that direction drives (Newson
//!   & Krumm, "Hidden Markov map matching through noise and sparseness", ACM SIGSPATIAL 2009, eq. 1). That place is the drawn line for a
//!   one-way road and a quarter of the width right of it for a two-way road; the width adds to the variance.
//! - **Heading**: von Mises density (Mardia & Jupp, "Directional Statistics", 2000, §3.5.4) of the angle between the heading and the
//!   line's driving direction, mixed with 3 % uniform for headings that are plainly wrong. A heading below 1.5 m/s says nothing.
//! - **Level**: a reported level is right in 99 of 100 cases.
//! - **Speed**: nothing below the road's usual top speed, a half Gaussian (25 % of that speed) above it, 6 at most.
//! - **Use**: how much less traffic a metre of the class carries than one of an arterial. Assumed, not measured: [`use_cost`].

use gongzhi_civic::place::Point;
use serde::{Deserialize, Serialize};

use crate::format::*;
use crate::place::Class;
use crate::snap::near::NearLine;

/// A position report of a device.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// WGS-84.
    pub point: Point,
    /// Milliseconds since any moment the caller likes: only differences count. Not used by a single snap.
    #[serde(default)]
    pub at_ms: i64,
    /// Radius in metres that holds the true position in 68 of 100 cases, as telephones and terminals report it.
    #[serde(default)]
    pub accuracy_m: Option<f64>,
    /// Degrees clockwise from north in which the vehicle moves.
    #[serde(default)]
    pub heading_deg: Option<f64>,
    /// Metres a second.
    #[serde(default)]
    pub speed_mps: Option<f64>,
    /// Level of the grade if it is known (a barometer, the caller's words): 0 ground, positive above, negative below.
    #[serde(default)]
    pub level: Option<i8>,
}

impl Fix {
    /// A bare position.
    #[must_use]
    pub const fn at(point: Point) -> Self {
        Self { point, at_ms: 0, accuracy_m: None, heading_deg: None, speed_mps: None, level: None }
    }

    /// Standard deviation of one coordinate in metres, 3 to 200. The 68 % radius of a round Gaussian is 1.51 of these.
    #[must_use]
    pub fn sigma_m(&self) -> f64 {
        let radius = self.accuracy_m.filter(|a| a.is_finite() && *a > 0.0).unwrap_or(ACCURACY_UNKNOWN_M);
        (radius / RADIUS_68).clamp(3.0, 200.0)
    }
}

/// 68 % radius of a round Gaussian over its standard deviation: √(−2 ln 0.32).
pub(crate) const RADIUS_68: f64 = 1.509_59;

/// Supposed where a report names no accuracy, metres.
const ACCURACY_UNKNOWN_M: f64 = 15.0;

/// Width of a lane where the number of lanes is known, metres (CJJ 37: 3.25 to 3.75).
const LANE_M: f64 = 3.5;

/// Share of headings that say nothing of the way driven.
const WRONG_HEADING: f64 = 0.03;

/// Cost of a level other than the reported one: ln(0.99 / 0.01).
const WRONG_LEVEL: f64 = 4.6;

/// A report made ready for many edges.
pub(crate) struct Weights {
    pub(crate) sigma_m: f64,
    /// Unit vector and concentration.
    heading: Option<(f64, f64, f64)>,
    level: Option<i8>,
    speed_mps: Option<f64>,
}

impl Weights {
    pub(crate) fn of(fix: &Fix) -> Self {
        let speed = fix.speed_mps.filter(|v| v.is_finite() && *v >= 0.0);
        // Devices compute a heading from the last metres: creeping, it wanders by tens of degrees.
        let spread_deg = match speed {
            Some(v) if v < 1.5 => None,
            Some(v) if v < 4.0 => Some(30.0f64),
            _ => Some(14.0),
        };
        let heading = fix.heading_deg.filter(|h| h.is_finite()).zip(spread_deg).map(|(h, spread)| {
            let concentration = spread.to_radians().powi(-2);
            (h.to_radians().sin(), h.to_radians().cos(), concentration)
        });
        Self { sigma_m: fix.sigma_m(), heading, level: fix.level, speed_mps: speed }
    }

    /// All terms but the position, for driving along the unit vector `along`.
    pub(crate) fn besides_position(&self, way: &WayRecord, along: (f64, f64)) -> f64 {
        let heading = self.heading.map_or(0.0, |(x, y, concentration)| {
            let cosine = (along.0 * x + along.1 * y).clamp(-1.0, 1.0);
            // 2π × the von Mises density, its Bessel function by the leading term (exact to 1 % for spreads below 40°).
            let density = |c: f64| (2.0 * std::f64::consts::PI * concentration).sqrt() * (concentration * (c - 1.0)).exp();
            let mixed = |c: f64| (1.0 - WRONG_HEADING) * density(c) + WRONG_HEADING;
            (mixed(1.0) / mixed(cosine)).ln()
        });
        let level = if self.level.is_some_and(|l| l != way.level) { WRONG_LEVEL } else { 0.0 };
        let speed = self.speed_mps.map_or(0.0, |v| {
            let top = top_speed_mps(way);
            if v > top { (((v - top) / (0.25 * top)).powi(2) / 2.0).min(6.0) } else { 0.0 }
        });
        heading + level + speed + use_cost(way)
    }

    /// Where traffic drives beside the drawn line (metres to the right) and the standard deviation of a report across it.
    pub(crate) fn across(&self, way: &WayRecord, twoway: bool) -> (f64, f64) {
        let width = width_m(way, twoway);
        let (right, driven) = if twoway { (width / 4.0, width / 2.0) } else { (0.0, width) };
        // Uniform over the driven width: its variance is width² / 12.
        (right, (self.sigma_m * self.sigma_m + driven * driven / 12.0).sqrt())
    }

    /// Cost of a directed edge at its nearest spot.
    pub(crate) fn cost(&self, near: &NearLine, way: &WayRecord, twoway: bool, reversed: bool) -> f64 {
        let sign = if reversed { -1.0 } else { 1.0 };
        let along = (near.along.0 * sign, near.along.1 * sign);
        let (right, sigma) = self.across(way, twoway);
        // From the nearest spot to the report (the origin): how far to the right, and how far past the line's end.
        let (x, y) = (-near.foot.0, -near.foot.1);
        let (to_right, past) = (x * along.1 - y * along.0, x * along.0 + y * along.1);
        let position = (to_right - right).powi(2) / (2.0 * sigma * sigma) + past.powi(2) / (2.0 * self.sigma_m * self.sigma_m);
        position + self.besides_position(way, along)
    }
}

fn width_m(way: &WayRecord, twoway: bool) -> f64 {
    if way.lanes > 0 {
        return f64::from(way.lanes.min(12)) * LANE_M;
    }
    let lanes = match Class::from_code(way.class) {
        Class::Motorway | Class::Trunk | Class::Primary => 2.5,
        Class::Secondary => 2.0,
        Class::Tertiary | Class::Unclassified | Class::Residential => 1.5,
        _ => 1.0,
    };
    lanes * LANE_M * if twoway { 1.6 } else { 1.0 }
}

/// Top speed commonly driven: the limit, else the class's.
pub(crate) fn top_speed_mps(way: &WayRecord) -> f64 {
    if way.max_speed > 0 {
        return f64::from(way.max_speed) / 3.6;
    }
    let kmh = match Class::from_code(way.class) {
        Class::Motorway => 120.0,
        Class::Trunk => 90.0,
        Class::Primary | Class::Secondary => 65.0,
        Class::Ramp | Class::Tertiary => 60.0,
        Class::Link | Class::Unclassified | Class::Residential => 50.0,
        Class::LivingStreet | Class::Service | Class::Track => 30.0,
        Class::Pedestrian => 15.0,
    };
    kmh / 3.6
}

/// Nats by which a metre of this road carries less traffic than one of an arterial.
pub(crate) fn use_cost(way: &WayRecord) -> f64 {
    let class = match Class::from_code(way.class) {
        Class::Motorway | Class::Trunk | Class::Primary => 0.0,
        Class::Secondary => 0.2,
        Class::Tertiary => 0.5,
        Class::Ramp | Class::Link => 0.6,
        Class::Unclassified | Class::Residential => 1.0,
        Class::LivingStreet => 1.5,
        Class::Service => 2.2,
        Class::Pedestrian | Class::Track => 4.0,
    };
    class + if way.flags & WAY_RESTRICTED != 0 { 1.5 } else { 0.0 }
}
