//! A place in words.

use gongzhi_civic::place::Point;
use serde::{Deserialize, Serialize};

use crate::Network;
use crate::format::*;
use crate::geometry::{Plane, ring_contains, to_units};
use crate::place::{AreaId, AreaKind, Class, CrossingId, SectionId};

mod say;

pub use say::{PlaceWords, Spot};

/// Farther than this from any road, a point is described by its area only, metres.
const REACH_M: f64 = 300.0;
/// Nearer than this to its road, the distance is not worth a word, metres.
const AT_ROAD_M: f64 = 30.0;
/// A crossing this near along the way is named as a bearing, metres.
const BEARING_M: f64 = 600.0;

/// Where a point is, in both languages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// The crossing it is at.
    pub crossing: Option<CrossingId>,
    /// The section it is on.
    pub section: Option<SectionId>,
    /// The smallest administrative area it is in.
    pub area: Option<AreaId>,
}

impl Network {
    /// Where a point is: `越城区胜利东路与阳明北路交叉口`, `越城区中兴大道（平江路—阳明北路），平江路口以北约120米`.
    /// Names are the map's; the English form uses English names where the map has them. Empty far from everything.
    #[must_use]
    pub fn describe(&self, point: Point) -> Description {
        let area = self.areas_at(point).first().copied();
        let mut out = Description { area, ..Description::default() };
        let area_name = area.and_then(|a| self.area_record(a)).map(|a| (self.string(a.name), self.either(a.name_en, a.name)));
        let snap = self.snap(point, REACH_M);
        let (zh, en) = match &snap {
            Some(snap) => {
                out.section = Some(snap.section);
                let near = snap.crossing.filter(|_| snap.distance_m <= 2.0 * AT_ROAD_M);
                out.crossing = near.map(|(id, _)| id);
                near.map_or_else(|| self.on_section(snap, point), |(id, _)| self.at_crossing(id))
            }
            None => (String::new(), String::new()),
        };
        let (area_zh, area_en) = area_name.unwrap_or(("", ""));
        let gap = if zh.chars().next().is_some_and(|c| c.is_ascii()) && !area_zh.is_empty() { " " } else { "" };
        out.zh = format!("{area_zh}{gap}{zh}");
        out.en = if area_en.is_empty() || en.is_empty() { format!("{en}{area_en}") } else { format!("{en}, {area_en}") };
        out
    }

    /// Administrative areas a point lies in, the smallest (highest level) first; land and grounds are not listed.
    #[must_use]
    pub fn areas_at(&self, point: Point) -> Vec<AreaId> {
        let p = to_units(point);
        let areas = self.table::<AreaRecord>(Tag::Areas);
        let mut found: Vec<(u8, u64, u32)> = Vec::new();
        for (i, a) in areas.iter().enumerate() {
            let inside = a.kind == AreaKind::Administrative as u8
                && (a.west..=a.east).contains(&p.x)
                && (a.south..=a.north).contains(&p.y)
                && self.rings(a).filter(|r| ring_contains(r, p)).count() % 2 == 1;
            if inside {
                found.push((u8::MAX - a.level, u64::from(a.east.abs_diff(a.west)) * u64::from(a.north.abs_diff(a.south)), i as u32));
            }
        }
        found.sort_unstable();
        found.into_iter().map(|(.., i)| AreaId(i)).collect()
    }

    fn either(&self, first: u32, second: u32) -> &str {
        self.string(if first == 0 { second } else { first })
    }

    fn at_crossing(&self, id: CrossingId) -> (String, String) {
        let Some(record) = self.crossing_record(id) else { return Default::default() };
        let zh = self.string(record.name).to_owned();
        let mut roads: Vec<&str> = Vec::new();
        for road in self
            .list(record.first_road, record.road_count)
            .iter()
            .filter_map(|r| self.road_record(crate::place::RoadId(*r)))
            .filter(|r| r.name != 0)
        {
            let name = self.either(road.name_en, road.name);
            if !roads.contains(&name) && roads.len() < 2 {
                roads.push(name);
            }
        }
        let en = match roads.as_slice() {
            [] => "unnamed crossing".to_owned(),
            [one] => format!("crossing on {one}"),
            [a, b, ..] => format!("crossing of {a} and {b}"),
        };
        (zh, en)
    }

    fn on_section(&self, snap: &crate::Snap, point: Point) -> (String, String) {
        let Some(record) = self.section_record(snap.section) else { return Default::default() };
        let mut zh = self.string(record.name).to_owned();
        let road = self.road_record(crate::place::RoadId(record.road));
        let mut en = road
            .filter(|r| r.name != 0)
            .map_or_else(|| Class::from_code(record.class as u8).unnamed().1.to_owned(), |r| self.either(r.name_en, r.name).to_owned());
        if let Some((id, distance, (word_zh, word_en))) = self.bearing(record, snap.point) {
            let other = self.other_road(id, record.road);
            if let Some((name_zh, name_en)) = other {
                let metres = (distance / 10.0).round() * 10.0;
                zh.push_str(&format!("，{name_zh}路口{word_zh}约{metres:.0}米").replace("路路口", "路口"));
                en.push_str(&format!(", about {metres:.0} m {word_en} of {name_en}"));
            }
        }
        if snap.distance_m > AT_ROAD_M {
            let metres = (snap.distance_m / 10.0).round() * 10.0;
            let (word_zh, word_en) = compass(snap.point, point);
            zh.push_str(&format!("，路{word_zh}约{metres:.0}米处"));
            en.push_str(&format!(", {metres:.0} m {word_en} of the road"));
        }
        (zh, en)
    }

    /// The nearer end crossing of a section: distance and direction from it.
    fn bearing(&self, section: &SectionRecord, at: Point) -> Option<(CrossingId, f64, (&'static str, &'static str))> {
        let ends =
            section.ends.iter().filter(|e| **e != NONE).filter_map(|e| Some((CrossingId(*e), self.crossing_record(CrossingId(*e))?)));
        let plane = Plane::at(to_units(at));
        let (distance, id, from) = ends
            .map(|(id, c)| {
                let (x, y) = plane.metres(ShapeRecord { x: c.x, y: c.y });
                (x.hypot(y), id, crate::geometry::to_point(ShapeRecord { x: c.x, y: c.y }))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))?;
        (distance <= BEARING_M).then(|| (id, distance, compass(from, at)))
    }

    /// Name of a road of the crossing other than `road`, Chinese (as mapped) and English.
    fn other_road(&self, id: CrossingId, road: u32) -> Option<(&str, &str)> {
        let crossing = self.crossing_record(id)?;
        let own = self.road_record(crate::place::RoadId(road)).map_or(0, |r| r.name);
        let others = self
            .list(crossing.first_road, crossing.road_count)
            .iter()
            .filter(|r| **r != road)
            .filter_map(|r| self.road_record(crate::place::RoadId(*r)));
        others.filter(|r| r.name != 0 && r.name != own).map(|r| (self.string(r.name), self.either(r.name_en, r.name))).next()
    }
}

/// Direction from one point to another in eight words.
fn compass(from: Point, to: Point) -> (&'static str, &'static str) {
    const WORDS: [(&str, &str); 8] = [
        ("以东", "east"),
        ("东北", "north-east"),
        ("以北", "north"),
        ("西北", "north-west"),
        ("以西", "west"),
        ("西南", "south-west"),
        ("以南", "south"),
        ("东南", "south-east"),
    ];
    let angle = (to.lat - from.lat).atan2((to.lon - from.lon) * from.lat.to_radians().cos());
    let eighth = (angle / std::f64::consts::FRAC_PI_4).round().rem_euclid(8.0);
    WORDS[eighth as usize % 8]
}
