//! From names mentioned in Latin script to places.

use gongzhi_civic::text::Text;

use super::mention::{Link, Mention};
use super::{Candidate, Gazetteer};
use crate::Network;
use crate::format::*;
use crate::geometry::{Plane, distance_m, to_point};
use crate::place::*;

/// Roads nearer than this without a common crossing: a flyover, or a staggered or unmapped junction.
const NEARLY_M: f64 = 60.0;
/// Farther apart, two roads say nothing together.
const APART_M: f64 = 300.0;
/// More roads of one name are not tried.
const MOST_ROADS: usize = 12;

pub(crate) fn resolve(network: &Network, gazetteer: &Gazetteer, mentions: &[Mention]) -> Vec<Candidate> {
    let finder = Finder { network, gazetteer };
    let roads: Vec<(&Mention, Vec<RoadId>)> = mentions.iter().filter(|m| m.road).map(|m| (m, finder.roads(m))).collect();
    let mut out = Vec::new();
    for (i, a) in roads.iter().enumerate() {
        for (j, b) in roads.iter().enumerate().skip(i + 1).take(3) {
            finder.pair(a, b, j - i, &mut out);
        }
    }
    if out.is_empty() {
        for (i, a) in roads.iter().enumerate() {
            if let Some(b) = roads.get(i + 1) {
                finder.nearly(a, b, &mut out);
            }
        }
    }
    let sure = out.iter().any(|c| c.confidence >= 0.5);
    for m in mentions {
        finder.landmarks(m, sure, &roads, &mut out);
    }
    if !sure {
        for (m, ids) in &roads {
            finder.alone(m, ids, roads.len(), &mut out);
        }
    }
    out
}

struct Finder<'a> {
    network: &'a Network,
    gazetteer: &'a Gazetteer,
}

impl Finder<'_> {
    fn roads(&self, m: &Mention) -> Vec<RoadId> {
        let targets = m.entries.iter().flat_map(|e| self.gazetteer.targets(self.network, *e));
        let mut ids: Vec<RoadId> = targets.filter(|r| matches!(r.kind, NAME_ROAD | NAME_ROAD_SHORT)).map(|r| RoadId(r.target)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.truncate(MOST_ROADS);
        ids
    }

    fn crossings_of(&self, road: RoadId) -> &[u32] {
        self.network.road_record(road).map_or(&[], |r| self.network.list(r.first_crossing, r.crossing_count))
    }

    fn common(&self, a: &[RoadId], b: &[RoadId]) -> Vec<CrossingId> {
        let mut common: Vec<CrossingId> = Vec::new();
        for road_a in a {
            for road_b in b.iter().filter(|b| *b != road_a) {
                // Both lists ascend: they were written in the order of crossings.
                let (list_a, list_b) = (self.crossings_of(*road_a), self.crossings_of(*road_b));
                common.extend(list_a.iter().filter(|c| list_b.binary_search(c).is_ok()).map(|c| CrossingId(*c)));
            }
        }
        common.sort_unstable();
        common.dedup();
        common
    }

    /// The crossings of two mentioned roads.
    fn pair(&self, a: &(&Mention, Vec<RoadId>), b: &(&Mention, Vec<RoadId>), apart: usize, out: &mut Vec<Candidate>) {
        let common = self.common(&a.1, &b.1);
        if common.is_empty() {
            return;
        }
        let (mut confidence, mut zh, mut en) = match b.0.link {
            Link::And => (0.95, "两路名称与路网一致".to_owned(), "both road names match".to_owned()),
            Link::Loose => (0.8, "两路名称之间有其他字".to_owned(), "other words between the road names".to_owned()),
            Link::Far => (0.6, "两路名称相隔较远".to_owned(), "the road names stand far apart".to_owned()),
        };
        if apart > 1 {
            confidence -= 0.15;
            zh.push_str("；中间另有路名");
            en.push_str("; another road is named between");
        }
        for m in [a.0, b.0] {
            if m.fuzzy {
                confidence -= 0.25;
                let name = m.entries.first().map_or("", |e| self.gazetteer.text(self.network, *e));
                zh.push_str(&format!("；按“{name}”理解，有一字不同"));
                en.push_str(&format!("; read as “{name}”, one character differs"));
            }
            if m.short {
                confidence -= 0.06;
                zh.push_str("；路名有省略");
                en.push_str("; a road name is shortened");
            }
        }
        if common.len() > 1 {
            zh.push_str(&format!("；两路有 {} 处相交", common.len()));
            en.push_str(&format!("; the roads meet at {} places", common.len()));
            confidence -= if self.spread_m(&common) > 200.0 { 0.25 } else { 0.05 };
        }
        for id in common {
            let bonus = if self.network.crossing_record(id).is_some_and(|c| c.flags & CROSSING_SIGNAL != 0) { 0.01 } else { 0.0 };
            self.push(PlaceRef::Crossing(id), confidence + bonus, Text::new(zh.clone(), en.clone()), out);
        }
    }

    /// Two roads without a common crossing: where they come near each other.
    fn nearly(&self, a: &(&Mention, Vec<RoadId>), b: &(&Mention, Vec<RoadId>), out: &mut Vec<Candidate>) {
        let (points_a, points_b) = (self.points(&a.1), self.points(&b.1));
        let Some(origin) = points_a.first() else { return };
        let plane = Plane::at(*origin);
        let place = |p: &ShapeRecord| plane.metres(*p);
        let flat_b: Vec<(f64, f64)> = points_b.iter().map(place).collect();
        let mut best = (f64::MAX, ShapeRecord::default());
        for p in &points_a {
            let (x, y) = place(p);
            for (bx, by) in &flat_b {
                let d = (x - bx).hypot(y - by);
                if d < best.0 {
                    best = (d, *p);
                }
            }
        }
        let (distance, at) = best;
        if distance > APART_M {
            return;
        }
        let Some(snap) = self.on_roads(&a.1, at) else { return };
        let mut confidence = if distance <= NEARLY_M { 0.6 } else { 0.35 };
        confidence -= 0.2 * f64::from(u8::from(a.0.fuzzy) + u8::from(b.0.fuzzy));
        let reason = Text::new(
            format!("两路没有平面交叉口，最近处相距约 {distance:.0} 米（可能是立交、错位路口或地图缺漏）"),
            format!(
                "the roads do not cross at grade; they come within about {distance:.0} m (a flyover, a staggered junction or a gap in the map)"
            ),
        );
        let before = out.len();
        self.push(PlaceRef::Section(snap), confidence.max(0.1), reason, out);
        if let Some(c) = out.get_mut(before) {
            c.point = to_point(at);
        }
    }

    /// The section of these roads nearest to a point.
    fn on_roads(&self, roads: &[RoadId], at: ShapeRecord) -> Option<SectionId> {
        let sections = roads
            .iter()
            .filter_map(|r| self.network.road_record(*r))
            .flat_map(|r| self.network.list(r.first_section, r.section_count))
            .map(|s| SectionId(*s));
        sections.min_by(|s, t| self.section_distance(*s, at).total_cmp(&self.section_distance(*t, at)))
    }

    fn section_distance(&self, section: SectionId, at: ShapeRecord) -> f64 {
        self.section_shapes(section).map(|s| distance_m(s, at)).fold(f64::MAX, f64::min)
    }

    fn section_shapes(&self, section: SectionId) -> impl Iterator<Item = ShapeRecord> + '_ {
        let record = self.network.section_record(section);
        let lines = record.map_or(&[][..], |r| self.network.list(r.first_line, r.line_count));
        lines.iter().filter_map(|l| self.network.lines().get((l / 2) as usize)).flat_map(|l| self.network.line_shape(l).iter().copied())
    }

    /// Points every 30 m or so along roads, at most 600.
    fn points(&self, roads: &[RoadId]) -> Vec<ShapeRecord> {
        let mut points = Vec::new();
        for road in roads.iter().filter_map(|r| self.network.road_record(*r)) {
            for section in self.network.list(road.first_section, road.section_count) {
                let mut last: Option<ShapeRecord> = None;
                for s in self.section_shapes(SectionId(*section)) {
                    if let Some(l) = last {
                        let length = distance_m(l, s);
                        let steps = if length < 5_000.0 { (length / 30.0) as i32 } else { 0 };
                        for i in 1..=steps {
                            let share = f64::from(i) / f64::from(steps + 1);
                            points.push(ShapeRecord {
                                x: l.x + (f64::from(s.x - l.x) * share) as i32,
                                y: l.y + (f64::from(s.y - l.y) * share) as i32,
                            });
                        }
                    }
                    points.push(s);
                    last = Some(s);
                }
            }
        }
        let stride = points.len().div_ceil(600).max(1);
        points.into_iter().step_by(stride).collect()
    }

    fn landmarks(&self, m: &Mention, sure: bool, roads: &[(&Mention, Vec<RoadId>)], out: &mut Vec<Candidate>) {
        for target in m.entries.iter().flat_map(|e| self.gazetteer.targets(self.network, *e)) {
            match target.kind {
                NAME_LANDMARK => {
                    let id = LandmarkId(target.target);
                    let Some(landmark) = self.network.landmark(id) else { continue };
                    let near = roads.iter().any(|(_, ids)| {
                        !ids.is_empty()
                            && self.points(ids).iter().any(|p| distance_m(*p, crate::geometry::to_units(landmark.point)) < 400.0)
                    });
                    let settled = matches!(landmark.kind, LandmarkKind::City | LandmarkKind::District | LandmarkKind::Town);
                    let (confidence, zh, en) = if m.road || settled {
                        (0.35, "与地名同名", "a place of this name")
                    } else if sure {
                        (0.4, "同时提到的地点", "also mentioned")
                    } else if near {
                        (0.85, "地点在所提道路旁", "the landmark lies by the road mentioned")
                    } else {
                        (0.75, "地点名称一致", "the name of a landmark matches")
                    };
                    self.push(PlaceRef::Landmark(id), confidence, Text::new(zh, en), out);
                }
                NAME_AREA => {
                    let reason = Text::new("只确定到区域", "only the area is certain");
                    self.push(PlaceRef::Area(AreaId(target.target)), 0.3, reason, out);
                }
                _ => {}
            }
        }
    }

    fn alone(&self, m: &Mention, ids: &[RoadId], roads: usize, out: &mut Vec<Candidate>) {
        for id in ids {
            let mut confidence = if roads == 1 { 0.5 } else { 0.3 };
            confidence -= 0.15 * f64::from(u8::from(m.fuzzy) + u8::from(ids.len() > 1)) + 0.05 * f64::from(u8::from(m.short));
            let reason = if roads == 1 {
                Text::new("只提到一条路，未确定路口", "only one road is named: which part is open")
            } else {
                Text::new("所提道路在路网中互不相交", "the roads named do not meet in the network")
            };
            self.push(PlaceRef::Road(*id), confidence.max(0.1), reason, out);
        }
    }

    fn at(&self, id: CrossingId) -> Option<ShapeRecord> {
        self.network.crossing_record(id).map(|c| ShapeRecord { x: c.x, y: c.y })
    }

    /// Greatest distance between the first of these crossings and another.
    fn spread_m(&self, ids: &[CrossingId]) -> f64 {
        let points: Vec<ShapeRecord> = ids.iter().filter_map(|c| self.at(*c)).collect();
        points.iter().map(|p| distance_m(points[0], *p)).fold(0.0, f64::max)
    }

    fn push(&self, place: PlaceRef, confidence: f64, reason: Text, out: &mut Vec<Candidate>) {
        if let Some(found) = self.network.place(place) {
            out.push(Candidate {
                place,
                point: found.point,
                name: found.name,
                confidence: (confidence.clamp(0.05, 0.99) * 100.0).round() / 100.0,
                reason,
            });
        }
    }
}
