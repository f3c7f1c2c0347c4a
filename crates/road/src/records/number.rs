//! House numbers between those that earlier records placed.

use gongzhi_civic::place::{Point, haversine_m};

use super::Basis;
use super::learned::Anchor;
use super::place::Found;

/// Anchors farther apart than this on the ground do not bound a number, metres.
const APART_M: f64 = 600.0;

/// The place of a number: its own anchor, or the share of the way between the anchors below and above it.
pub(crate) fn between(anchors: &[Anchor], number: u32) -> Option<Found> {
    let above = anchors.partition_point(|a| a.number < number);
    let found = |point, confidence, zh, en| Some(Found { point, place: None, confidence, basis: Basis::Number, zh, en });
    if let Some(own) = anchors.get(above).filter(|a| a.number == number) {
        return found(own.point, 0.9, "以往记录有同一门牌".to_owned(), "an earlier record has the same number".to_owned());
    }
    let (low, high) = (anchors.get(above.checked_sub(1)?)?, anchors.get(above)?);
    let apart = haversine_m(low.point, high.point);
    if apart > APART_M {
        return None;
    }
    let share = f64::from(number - low.number) / f64::from(high.number - low.number);
    let point = Point {
        lon: low.point.lon + (high.point.lon - low.point.lon) * share,
        lat: low.point.lat + (high.point.lat - low.point.lat) * share,
    };
    // The number may lie anywhere between; in the middle it is half the way off at most.
    let confidence = if apart <= 100.0 {
        0.85
    } else if apart <= 250.0 {
        0.6
    } else {
        0.35
    };
    let (zh, en) = (
        format!("门牌在以往记录的{}号与{}号之间，两处相距约{apart:.0}米", low.number, high.number),
        format!("the number lies between {} and {} of earlier records, about {apart:.0} m apart", low.number, high.number),
    );
    found(point, confidence, zh, en)
}
