//! Putting a signal on the road network: from its point, from its words, or from both where they agree.

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_civic::text::Text;
use gongzhi_road::{Answer, Network, PlaceRef, Verdict};
use gongzhi_store::signals::Placement;

use crate::roads::Roads;

/// A raw point farther than this from any road is on none, metres.
pub const REACH_M: f64 = 100.0;
/// Words and point agree up to this distance, metres.
const AGREE_M: f64 = 250.0;
/// Below this, words alone place nothing; a person must look.
pub const LEAST_CONFIDENCE: f64 = 0.5;

/// Where it is, with the point used and why.
#[must_use]
pub fn place(roads: Option<&Roads>, point: Option<Point>, place_text: &str, words: &str) -> Placement {
    let Some(roads) = roads else {
        return unplaced(point, &Text::new("尚未导入路网，无法落位", "no road network is imported yet"));
    };
    match point {
        Some(point) => from_point(roads, point, place_text, words),
        None => from_words(roads, place_text, words),
    }
}

fn from_point(roads: &Roads, point: Point, place_text: &str, words: &str) -> Placement {
    let network = &*roads.network;
    let Some(snap) = network.snap(point, REACH_M) else {
        return unplaced(
            Some(point),
            &Text::new(format!("坐标 {REACH_M:.0} 米内没有道路"), format!("no road within {REACH_M:.0} m of the point")),
        );
    };
    let at_crossing = snap.crossing.map(|(id, _)| PlaceRef::Crossing(id));
    let on_road = at_crossing.unwrap_or(PlaceRef::Section(snap.section));
    let sure = (0.95 - snap.distance_m / 200.0).clamp(0.4, 0.95);
    let metres =
        Text::new(format!("按坐标落位，距道路 {:.0} 米", snap.distance_m), format!("by its point, {:.0} m from the road", snap.distance_m));
    // A telephone's position is tens of metres off: the crossing that the words name beats the nearest road, if it is near.
    let named = (at_crossing.is_none() || snap.distance_m > 15.0)
        .then(|| said(roads, Some((point, AGREE_M)), place_text, words).candidates.into_iter().next())
        .flatten()
        .filter(|c| matches!(c.place, PlaceRef::Crossing(_)) && c.confidence >= LEAST_CONFIDENCE && haversine_m(c.point, point) <= AGREE_M);
    if let Some(named) = named {
        let distance = haversine_m(named.point, point);
        let why = Text::new(
            format!("报警内容指明“{}”，与坐标相距 {distance:.0} 米", named.name),
            format!("the words name “{}”, {distance:.0} m from the point", named.name),
        );
        return placed(network, named.place, point, (sure + 0.2).min(0.98), &why, Some(snap.distance_m));
    }
    placed(network, on_road, point, sure, &metres, Some(snap.distance_m))
}

fn from_words(roads: &Roads, place_text: &str, words: &str) -> Placement {
    let answer = said(roads, None, place_text, words);
    let Some(found) = answer.candidates.first() else {
        return unplaced(None, &answer.reason);
    };
    // Several places, or a crossing that is not there: a person must choose or ask, whatever the guess is worth.
    if answer.verdict == Verdict::Found && found.confidence >= LEAST_CONFIDENCE {
        return placed(&roads.network, found.place, found.point, found.confidence, &found.reason, None);
    }
    let why = Text::new(
        format!("{}仅能猜测为“{}”：{}", answer.reason.zh, found.name, found.reason.zh),
        format!("{} Only a guess, “{}”: {}", answer.reason.en, found.name, found.reason.en),
    );
    unplaced(None, &why)
}

/// What the place text says, or the whole words where that is not sure.
fn said(roads: &Roads, near: Option<(Point, f64)>, place_text: &str, words: &str) -> Answer {
    let sureness = |a: &Answer| (a.verdict == Verdict::Found, a.candidates.first().map_or(0.0, |c| c.confidence));
    if place_text.is_empty() {
        return roads.say_where(words, near);
    }
    let from_place = roads.say_where(place_text, near);
    if sureness(&from_place) >= (true, 0.8) || words.is_empty() {
        return from_place;
    }
    let from_words = roads.say_where(words, near);
    if sureness(&from_words) > sureness(&from_place) { from_words } else { from_place }
}

fn placed(network: &Network, place: PlaceRef, point: Point, confidence: f64, why: &Text, snap_m: Option<f64>) -> Placement {
    let (mut crossing_key, mut section_key) = (None, None);
    // Counting is by crossing or section; a road, area or landmark is where its point is.
    let counted = match place {
        PlaceRef::Crossing(_) | PlaceRef::Section(_) => Some(place),
        _ => network.snap(point, REACH_M * 3.0).map(|s| s.crossing.map_or(PlaceRef::Section(s.section), |(id, _)| PlaceRef::Crossing(id))),
    };
    // A road or a district alone says no spot on it: it stays uncounted, and says so by its confidence.
    let vague = matches!(place, PlaceRef::Road(_) | PlaceRef::Area(_));
    if let Some(record) = counted.filter(|_| !vague).and_then(|p| network.place(p)) {
        match counted {
            Some(PlaceRef::Crossing(_)) => crossing_key = Some(record.key),
            _ => section_key = Some(record.key),
        }
    }
    let name = network.place(place).map(|p| p.name).filter(|n| !n.is_empty()).unwrap_or_else(|| network.describe(point).zh);
    Placement {
        crossing_key,
        section_key,
        area_key: area_key(network, point),
        place_name: name,
        confidence: if vague { confidence.min(0.45) } else { confidence },
        place_reason: serde_json::to_string(why).unwrap_or_default(),
        snap_m,
        lon: (!vague).then_some(point.lon),
        lat: (!vague).then_some(point.lat),
    }
}

fn unplaced(point: Option<Point>, why: &Text) -> Placement {
    Placement {
        crossing_key: None,
        section_key: None,
        area_key: None,
        place_name: String::new(),
        confidence: 0.0,
        place_reason: serde_json::to_string(why).unwrap_or_default(),
        snap_m: None,
        lon: point.map(|p| p.lon),
        lat: point.map(|p| p.lat),
    }
}

/// The key of the smallest administrative area a point lies in.
#[must_use]
pub fn area_key(network: &Network, point: Point) -> Option<String> {
    network.areas_at(point).first().and_then(|id| network.place(PlaceRef::Area(*id))).map(|p| p.key)
}
