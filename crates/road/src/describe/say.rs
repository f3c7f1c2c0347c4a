//! A place in the fewest words that a patrol in the field takes for no other place.
//!
//! Ways of saying it are tried from the shortest on, and the finder itself ([`Network::say_where`]) is asked whether it would find this
//! place again from those words alone. The first that it does is the answer.

use gongzhi_civic::place::{Point, haversine_m};
use serde::{Deserialize, Serialize};

use super::compass;
use crate::Network;
use crate::find::{Context, Level, StakeIndex, Verdict, course, turn};
use crate::format::*;
use crate::geometry::{to_point, to_units};
use crate::place::*;

/// The words must lead back to within this, metres.
const SAME_PLACE_M: f64 = 50.0;
/// Farther from every road than this, a place is said by its area only, metres.
const REACH_M: f64 = 300.0;
/// A landmark is named when it stands within this of the place, metres.
const LANDMARK_M: f64 = 40.0;
/// A point this far off its road is worth a word, metres.
const SIDE_M: f64 = 3.0;

/// What is known of a place that is to be said.
#[derive(Clone, Copy, Default)]
pub struct Spot<'a> {
    /// Where, WGS-84.
    pub point: Point,
    /// Direction of travel, degrees clockwise from north.
    pub heading_deg: Option<f64>,
    /// Grade if known: 0 ground, positive above, negative below.
    pub level: Option<i8>,
    /// What a stake means; with it, places on numbered roads may be said by their stake.
    pub stakes: Option<&'a dyn StakeIndex>,
}

impl std::fmt::Debug for Spot<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spot")
            .field("point", &self.point)
            .field("heading_deg", &self.heading_deg)
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}

/// A place in words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlaceWords {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// Whether the finder is sure of one place from the Chinese words, within 50 m of this one.
    pub unambiguous: bool,
}

/// One way to say it: Chinese and English without the trimmings.
struct Phrase {
    zh: String,
    en: String,
}

impl Network {
    /// Says a place: `胜利东路与阳明北路路口`, `胜利东路，过阳明北路往东约120米，北侧`, with the district in front only where two places are called
    /// alike. Empty far from everything.
    #[must_use]
    pub fn say_place(&self, spot: &Spot<'_>) -> PlaceWords {
        let Some(snap) = self.snap_with(spot.point, spot.heading_deg, spot.level, REACH_M).or_else(|| self.snap(spot.point, REACH_M))
        else {
            let found = self.describe(spot.point);
            return PlaceWords { zh: found.zh, en: found.en, unambiguous: false };
        };
        let mut phrases = Vec::new();
        if let Some((crossing, _)) = snap.crossing.filter(|_| snap.distance_m <= SAME_PLACE_M) {
            self.crossing_phrases(crossing, &mut phrases);
        }
        self.stretch_phrases(&snap, &mut phrases);
        self.house_phrases(&snap, spot.point, &mut phrases);
        self.landmark_phrases(spot.point, &mut phrases);
        if phrases.is_empty() {
            let found = self.describe(spot.point);
            return PlaceWords { zh: found.zh, en: found.en, unambiguous: false };
        }
        let districts = self.districts(spot.point);
        let (zh_after, en_after) = self.trimmings(spot, &snap);
        let found = |zh: &str| {
            let answer = self.say_where(zh, &Context { stakes: spot.stakes, ..Context::default() });
            let first = answer.candidates.first();
            answer.verdict == Verdict::Found && first.is_some_and(|c| haversine_m(c.point, spot.point) <= SAME_PLACE_M)
        };
        for (zh_area, en_area) in std::iter::once((String::new(), String::new())).chain(districts) {
            for phrase in &phrases {
                let zh = format!("{zh_area}{}{zh_after}", phrase.zh);
                if found(&zh) {
                    let en = format!("{}{en_after}{}{en_area}", phrase.en, if en_area.is_empty() { "" } else { ", " });
                    return PlaceWords { zh, en, unambiguous: true };
                }
            }
        }
        phrases.first().map_or_else(PlaceWords::default, |p| PlaceWords {
            zh: format!("{}{zh_after}", p.zh),
            en: format!("{}{en_after}", p.en),
            unambiguous: false,
        })
    }

    /// Names of the administrative areas a place lies in, the smallest first.
    fn districts(&self, point: Point) -> Vec<(String, String)> {
        let records = self.areas_at(point).into_iter().filter_map(|id| self.area_record(id));
        records.filter(|a| a.name != 0).map(|a| (self.string(a.name).to_owned(), self.either(a.name_en, a.name).to_owned())).collect()
    }

    fn road_name(&self, road: u32) -> Option<(String, String)> {
        let record = self.road_record(RoadId(road))?;
        let name = self.either(record.name, record.reference);
        (!name.is_empty()).then(|| (name.to_owned(), self.either(record.name_en, record.name).to_owned()))
    }

    /// Roads of a crossing by name, each name once.
    fn roads_at(&self, crossing: CrossingId) -> Vec<(String, String)> {
        let mut names: Vec<(String, String)> = Vec::new();
        let Some(record) = self.crossing_record(crossing) else { return names };
        for road in self.list(record.first_road, record.road_count) {
            if let Some(name) = self.road_name(*road) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    fn crossing_phrases(&self, crossing: CrossingId, phrases: &mut Vec<Phrase>) {
        let roads = self.roads_at(crossing);
        let word = if self.crossing_record(crossing).is_some_and(|c| c.flags & CROSSING_ROUNDABOUT != 0) { "环岛" } else { "路口" };
        for (i, (zh_a, en_a)) in roads.iter().enumerate().take(4) {
            for (zh_b, en_b) in roads.iter().skip(i + 1).take(4) {
                phrases.push(Phrase { zh: format!("{zh_a}与{zh_b}{word}"), en: format!("{en_a} and {en_b}") });
            }
        }
    }

    /// The road, and how far past which crossing.
    fn stretch_phrases(&self, snap: &crate::Snap, phrases: &mut Vec<Phrase>) {
        let Some(section) = self.section_record(snap.section) else { return };
        let Some((zh, en)) = self.road_name(section.road) else { return };
        let at = to_units(snap.point);
        let roads = [RoadId(section.road)];
        let mut ends: Vec<(f64, Phrase)> = Vec::new();
        let nearby = self.road_record(RoadId(section.road)).map_or(&[][..], |r| self.list(r.first_crossing, r.crossing_count));
        let mut crossings: Vec<(f64, CrossingId)> = nearby
            .iter()
            .filter_map(|c| {
                self.crossing_record(CrossingId(*c))
                    .map(|r| (crate::geometry::distance_m(ShapeRecord { x: r.x, y: r.y }, at), CrossingId(*c)))
            })
            .collect();
        crossings.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (straight, crossing) in crossings.into_iter().take(4) {
            let Some(record) = self.crossing_record(crossing) else { continue };
            let centre = ShapeRecord { x: record.x, y: record.y };
            let Some((zh_b, en_b)) = self.roads_at(crossing).into_iter().find(|(name, _)| *name != zh) else { continue };
            // Along the road it may be farther than straight: the distance that leads back is said.
            let bearing = nearest_eighth(course(centre, at));
            let steps = (0..30).map(|i| straight + 10.0 * f64::from(i)).take_while(|d| *d <= 2.0 * straight + 40.0);
            let best = steps
                .map(|d| (d / 10.0).round() * 10.0)
                .filter_map(|d| {
                    let there = self.along(self.lexicon(), crossing, &roads, bearing, d)?;
                    Some((crate::geometry::distance_m(there, at), d))
                })
                .min_by(|a, b| a.0.total_cmp(&b.0));
            let Some((_, metres)) = best.filter(|(off, d)| *off <= 30.0 && *d >= 10.0) else { continue };
            let (zh_way, en_way) = compass(to_point(centre), snap.point);
            let zh_way = zh_way.trim_start_matches('以');
            ends.push((
                metres,
                Phrase {
                    zh: format!("{zh}，过{zh_b}往{zh_way}约{metres:.0}米"),
                    en: format!("{en}, about {metres:.0} m {en_way} of {en_b}"),
                },
            ));
        }
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        phrases.extend(ends.into_iter().map(|(_, p)| p));
        if let [Some(a), Some(b)] = section.ends.map(|e| self.roads_at(CrossingId(e)).into_iter().find(|(name, _)| *name != zh)) {
            phrases.push(Phrase { zh: format!("{zh}{}至{}之间", a.0, b.0), en: format!("{en} between {} and {}", a.1, b.1) });
        }
        if section.length_m <= 2.0 * SAME_PLACE_M as f32 {
            phrases.push(Phrase { zh, en });
        }
    }

    /// The nearest house number on the same road.
    fn house_phrases(&self, snap: &crate::Snap, point: Point, phrases: &mut Vec<Phrase>) {
        let Some(section) = self.section_record(snap.section) else { return };
        let Some((zh, en)) = self.road_name(section.road) else { return };
        let near = self
            .house_numbers_of(RoadId(section.road))
            .filter(|h| !h.interpolated && h.value > 0)
            .map(|h| (haversine_m(h.point, point), h));
        let Some((_, house)) = near.filter(|(d, _)| *d <= LANDMARK_M).min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.value.cmp(&b.1.value)))
        else {
            return;
        };
        let number = house.number.trim_end_matches('号');
        phrases.push(Phrase { zh: format!("{zh}{number}号"), en: format!("{number} {en}") });
    }

    fn landmark_phrases(&self, point: Point, phrases: &mut Vec<Phrase>) {
        let here = to_units(point);
        let mut near: Vec<(f64, &LandmarkRecord)> = self
            .table::<LandmarkRecord>(Tag::Landmarks)
            .iter()
            .filter(|l| l.name != 0 && l.x.abs_diff(here.x) < 10_000 && l.y.abs_diff(here.y) < 10_000)
            .map(|l| (crate::geometry::distance_m(ShapeRecord { x: l.x, y: l.y }, here), l))
            .filter(|(d, l)| *d <= LANDMARK_M && LandmarkKind::from_code(l.kind as u8) >= LandmarkKind::Station)
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.osm.cmp(&b.1.osm)));
        phrases.extend(
            near.into_iter()
                .take(2)
                .map(|(_, l)| Phrase { zh: format!("{}旁", self.string(l.name)), en: format!("by {}", self.either(l.name_en, l.name)) }),
        );
    }

    /// Side, grade and direction of travel, where they are known and matter.
    fn trimmings(&self, spot: &Spot<'_>, snap: &crate::Snap) -> (String, String) {
        let (mut zh, mut en) = (String::new(), String::new());
        let mut add = |a: &str, b: &str| {
            zh.push('，');
            zh.push_str(a);
            en.push_str(", ");
            en.push_str(b);
        };
        if snap.distance_m > SIDE_M && snap.distance_m <= SAME_PLACE_M && snap.crossing.is_none() {
            let (side_zh, side_en) = compass(snap.point, spot.point);
            add(&format!("{}侧", side_zh.trim_start_matches('以')), &format!("{side_en} side"));
        }
        let edge = self.edge(snap.edge);
        let stacked = spot.level.is_some() || snap.level != 0;
        match edge.filter(|_| stacked).map(|e| (level_of(&e), e)) {
            Some((Level::Above, e)) if e.name.contains("高架") => add("高架上", "on the elevated road"),
            Some((Level::Above, _)) => add("桥上", "on the bridge"),
            Some((Level::Below, _)) => add("隧道内", "in the tunnel"),
            Some((Level::Ground, _)) if spot.level == Some(0) && self.covered(snap.point) => {
                add("桥下地面道路", "on the ground below the bridge")
            }
            _ => {}
        }
        if let Some(heading) = spot.heading_deg {
            let words = [("北", "南", "north"), ("东", "西", "east"), ("南", "北", "south"), ("西", "东", "west")];
            let (to, from, en_to) = words[(heading / 90.0).round().rem_euclid(4.0) as usize % 4];
            add(&format!("{from}向{to}方向"), &format!("{en_to}bound"));
        }
        (zh, en)
    }

    /// Whether a road passes overhead.
    fn covered(&self, point: Point) -> bool {
        (1..=4).any(|level| self.snap_with(point, None, Some(level), 15.0).is_some())
    }
}

fn level_of(edge: &crate::EdgeView) -> Level {
    match edge.level {
        1.. => Level::Above,
        0 => Level::Ground,
        _ => Level::Below,
    }
}

/// A course rounded to the eight winds.
fn nearest_eighth(course: f64) -> f64 {
    let rounded = (course / 45.0).round() * 45.0;
    debug_assert!(turn(rounded, course) <= 22.6);
    rounded.rem_euclid(360.0)
}
