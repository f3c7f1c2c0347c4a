//! House numbers between those that earlier records or the map place.

use gongzhi_civic::place::{Point, haversine_m};

use super::Basis;
use super::learned::Anchor;
use super::place::Found;
use crate::Network;
use crate::format::{HouseNumberRecord, ShapeRecord, Tag};
use crate::geometry::to_point;
use crate::place::RoadId;

/// Anchors farther apart than this on the ground do not bound a number, metres.
const APART_M: f64 = 600.0;

/// Where the numbers are known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Earlier records.
    Records,
    /// The map.
    Map,
}

impl Source {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Records => ("以往记录", "earlier records"),
            Self::Map => ("路网门牌", "the map's house numbers"),
        }
    }
}

/// The place of a number: its own anchor, or the share of the way between the anchors below and above it. Anchors ascend by number.
pub(crate) fn between(anchors: &[Anchor], number: u32, source: Source) -> Option<Found> {
    let above = anchors.partition_point(|a| a.number < number);
    let (source_zh, source_en) = source.words();
    let found = |point, confidence, zh, en| Some(Found { point, place: None, confidence, basis: Basis::Number, zh, en });
    if let Some(own) = anchors.get(above).filter(|a| a.number == number) {
        return found(own.point, 0.9, format!("{source_zh}有同一门牌"), format!("the same number is known from {source_en}"));
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
        format!("门牌在{source_zh}的{}号与{}号之间，两处相距约{apart:.0}米", low.number, high.number),
        format!("the number lies between {} and {} of {source_en}, about {apart:.0} m apart", low.number, high.number),
    );
    found(point, confidence, zh, en)
}

impl Network {
    /// House numbers the map has on these roads, ascending.
    pub(crate) fn anchors_of(&self, roads: &[RoadId]) -> Vec<Anchor> {
        let records = self.table::<HouseNumberRecord>(Tag::HouseNumbers);
        let of = |road: &RoadId| {
            let road = road.0;
            records.iter().skip(records.partition_point(|r| r.road < road)).take_while(move |r| r.road == road)
        };
        let mut anchors: Vec<Anchor> = roads
            .iter()
            .flat_map(of)
            .filter(|r| r.value > 0)
            .map(|r| Anchor { number: r.value, point: to_point(ShapeRecord { x: r.x, y: r.y }) })
            .collect();
        anchors.sort_by_key(|a| a.number);
        anchors
    }
}
