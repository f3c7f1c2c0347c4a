//! Places over a new import: which kept their key, where the others went, and which cannot be found again.
//!
//! A key names a place as long as its OSM ids last. When the map is drawn anew, records that keep old keys are mapped by
//! what is left of them: the same OSM elements, else the same name in the same place, else the same line under another
//! name. What fits nothing is listed with the reason, for a person to decide.

use std::collections::{BTreeMap, HashMap};

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use crate::Network;
use crate::format::*;
use crate::names::fold;
use crate::place::*;

mod lines;
mod points;

use lines::{Lines, Overlap};
use points::Near;

/// A key that now means a crossing farther away than this means another place, metres.
const SAME_CROSSING_M: f64 = 100.0;
/// Crossings of the same roads are one within this, metres.
const SAME_ROADS_M: f64 = 150.0;
/// Crossings of other names are one within this, metres.
const SAME_SPOT_M: f64 = 30.0;
/// A landmark of the same name and kind is the same within this, metres.
const SAME_LANDMARK_M: f64 = 500.0;
/// Share of a line that must lie on the new one of the same name.
const NAMED_SHARE: f64 = 0.5;
/// Share of a line that must lie on the new one of another name.
const NAMELESS_SHARE: f64 = 0.7;
/// A section that has this share of its line within these metres of the new one of the same key was not moved.
const SAME_LINE_SHARE: f64 = 0.95;
const SAME_LINE_M: f64 = 5.0;
/// Share of a line on another new one, for that to be listed too.
const PART_SHARE: f64 = 0.1;
/// Share of two boxes that is common, for areas to be the same.
const AREA_SHARE: f64 = 0.5;

/// What became of the places of a network in its successor. Each place of the old network is in one of the lists.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Carried {
    /// Keys that mean the same place as before.
    pub kept: Vec<String>,
    /// Places with a new key.
    pub moved: Vec<Moved>,
    /// Places that cannot be found again.
    pub lost: Vec<Lost>,
}

/// A place with a new key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// Key in the old network.
    pub old: String,
    /// Key in the new one.
    pub new: String,
    /// Metres between the two: of crossings, landmarks and areas between their points, of sections and roads the mean of
    /// the lines' distance.
    pub distance_m: f64,
    /// What they have in common.
    pub why: CarryReason,
    /// Keys of other places that cover parts of it: a section cut in two by a new crossing.
    pub also: Vec<String>,
}

/// A place that cannot be found again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lost {
    /// Key in the old network.
    pub key: String,
    /// Name it had there, may be empty.
    pub name: String,
    /// Why nothing fits.
    pub why: CarryReason,
}

/// Why a place was mapped, or could not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CarryReason {
    /// Its OSM elements are part of the new place.
    Elements,
    /// Same name in the same place.
    NameAndPlace,
    /// The roads that meet are the same.
    SameRoads,
    /// Same place under another name.
    Place,
    /// The new network does not reach there.
    Outside,
    /// Nothing of its kind is there any more.
    Gone,
    /// Something of its kind is there, but neither name nor shape fit.
    Different,
}

impl CarryReason {
    /// In words.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Elements => Text::new("原有的 OSM 要素现属于该地点", "its OSM elements are part of the new place"),
            Self::NameAndPlace => Text::new("名称相同，位置重合", "same name in the same place"),
            Self::SameRoads => Text::new("相交的道路相同", "the same roads meet there"),
            Self::Place => Text::new("位置重合，名称已改", "same place under another name"),
            Self::Outside => Text::new("新路网不覆盖该处，请核对导入范围", "the new network does not reach there; check the extract's box"),
            Self::Gone => Text::new("该处已无同类地点，请人工指定", "nothing of its kind is there any more; choose a place by hand"),
            Self::Different => Text::new(
                "该处有同类地点，但名称与形状都不相符，请人工指定",
                "something of its kind is there, but neither name nor shape fit; choose a place by hand",
            ),
        }
    }
}

/// Where the places of `old` are in `new`. Time: about a microsecond per ten metres of road.
#[must_use]
pub fn carry(old: &Network, new: &Network) -> Carried {
    let mut out = Carried::default();
    let bounds = new.bounds();
    let inside = |p: Point| (bounds.west..=bounds.east).contains(&p.lon) && (bounds.south..=bounds.north).contains(&p.lat);
    crossings(old, new, &inside, &mut out);
    sections_and_roads(old, new, &inside, &mut out);
    areas(old, new, &inside, &mut out);
    landmarks(old, new, &inside, &mut out);
    out
}

/// One answer for one place.
enum Answer {
    Kept,
    Moved { new: String, distance_m: f64, why: CarryReason, also: Vec<String> },
    Lost(CarryReason),
}

impl Carried {
    fn add(&mut self, key: String, name: String, answer: Answer) {
        match answer {
            Answer::Kept => self.kept.push(key),
            // A search may end where the key already points.
            Answer::Moved { new, also, .. } if new == key && also.is_empty() => self.kept.push(key),
            Answer::Moved { new, distance_m, why, also } => self.moved.push(Moved { old: key, new, distance_m, why, also }),
            Answer::Lost(why) => self.lost.push(Lost { key, name, why }),
        }
    }
}

/// Why a place is lost at a point: the new network does not reach it, has something else there, or nothing.
fn lost(inside: bool, something: bool) -> Answer {
    Answer::Lost(match (inside, something) {
        (false, _) => CarryReason::Outside,
        (true, true) => CarryReason::Different,
        (true, false) => CarryReason::Gone,
    })
}

fn crossings(old: &Network, new: &Network, inside: &dyn Fn(Point) -> bool, out: &mut Carried) {
    let found: Vec<Crossing> = new.crossings().map(|(_, c)| c).collect();
    let by_key: HashMap<&str, usize> = found.iter().enumerate().map(|(i, c)| (c.key.as_str(), i)).collect();
    let of_node: HashMap<i64, u32> = new.nodes().iter().filter(|n| n.crossing != NONE).map(|n| (n.osm, n.crossing)).collect();
    let roads: Vec<Vec<String>> = found.iter().map(|c| folded(&c.roads)).collect();
    let near = Near::new(found.iter().map(|c| c.point));
    for (id, crossing) in old.crossings() {
        let away = |i: usize| found.get(i).map_or(f64::INFINITY, |c| haversine_m(crossing.point, c.point));
        let answer = |i: usize, why| Answer::Moved { new: found[i].key.clone(), distance_m: away(i), why, also: Vec::new() };
        let same_key = by_key.get(crossing.key.as_str()).copied().filter(|i| away(*i) <= SAME_CROSSING_M);
        let record = old.crossing_record(id);
        let nodes = record.map_or(&[][..], |r| old.list(r.first_node, r.node_count));
        let osm = nodes.iter().filter_map(|n| old.nodes().get(*n as usize)).map(|n| n.osm);
        let by_element = osm.filter_map(|osm| of_node.get(&osm)).map(|i| *i as usize).filter(|i| away(*i) <= SAME_CROSSING_M).min();
        let own = folded(&crossing.roads);
        let around = near.within(crossing.point, SAME_ROADS_M);
        let of_roads = around.iter().find(|(_, i)| own.len() > 1 && roads.get(*i).is_some_and(|theirs| *theirs == own));
        let on_spot = around.iter().find(|(d, _)| *d <= SAME_SPOT_M);
        let result = if same_key.is_some() {
            Answer::Kept
        } else if let Some(i) = by_element {
            answer(i, CarryReason::Elements)
        } else if let Some((_, i)) = of_roads {
            answer(*i, CarryReason::SameRoads)
        } else if let Some((_, i)) = on_spot {
            answer(*i, CarryReason::Place)
        } else {
            lost(inside(crossing.point), !around.is_empty())
        };
        out.add(crossing.key, crossing.name, result);
    }
}

/// Names in one form, in order.
fn folded(names: &[String]) -> Vec<String> {
    let mut all: Vec<String> = names.iter().map(|n| fold(n)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn sections_and_roads(old: &Network, new: &Network, inside: &dyn Fn(Point) -> bool, out: &mut Carried) {
    let lines = Lines::new(new);
    let mut of_roads: BTreeMap<u32, Overlap> = BTreeMap::new();
    for (_, section) in old.sections() {
        let overlap = lines.overlap(&section.line);
        of_roads.entry(section.road_id.0).or_default().add(&overlap, |section| new.section_record(SectionId(section)).map(|s| s.road));
        let name = fold(&section.road);
        let named = |id: u32| new.section_record(SectionId(id)).and_then(|s| new.road_record(RoadId(s.road)));
        let same_name = |id: u32| named(id).is_some_and(|road| fold(new.string(road.name)) == name);
        let key = |id: u32| new.section_record(SectionId(id)).map(crate::network::section_key).unwrap_or_default();
        // The key holds if the line lies where it lay, whatever runs beside it; else if most of it is common and nothing was cut off.
        let unmoved = |id: u32, share: f64| share >= SAME_LINE_SHARE && overlap.distance_m(id) <= SAME_LINE_M;
        let common = |id: u32, share: f64| share >= NAMED_SHARE && !cut(&overlap, id);
        let holds = overlap.best(|id| key(id) == section.key).is_some_and(|(id, share)| unmoved(id, share) || common(id, share));
        let answer = if holds { Answer::Kept } else { by_line(&overlap, &same_name, &|_| false, &key) };
        let answer = answer.or_lost(|| lost(section.line.first().is_some_and(|p| inside(*p)), overlap.any()));
        out.add(section.key, section.name, answer);
    }
    let mut ways: HashMap<u32, Vec<i64>> = HashMap::new();
    for way in old.table::<WayRecord>(Tag::Ways) {
        ways.entry(way.road).or_default().push(way.osm);
    }
    let road_of: HashMap<i64, u32> = new.table::<WayRecord>(Tag::Ways).iter().map(|w| (w.osm, w.road)).collect();
    let none = Overlap::default();
    for (id, road) in old.roads() {
        let overlap = of_roads.get(&id.0).unwrap_or(&none);
        let label = fold(if road.name.is_empty() { &road.reference } else { &road.name });
        let record = |id: u32| new.road_record(RoadId(id));
        let same_name = |id: u32| {
            record(id).is_some_and(|r| {
                let name = new.string(r.name);
                fold(if name.is_empty() { new.string(r.reference) } else { name }) == label
            })
        };
        let own: Vec<u32> = ways.get(&id.0).into_iter().flatten().filter_map(|osm| road_of.get(osm).copied()).collect();
        let key = |id: u32| record(id).map(crate::network::road_key).unwrap_or_default();
        let by_key = overlap.best(|id| key(id) == road.key);
        let holds = by_key.is_some_and(|(id, share)| share >= NAMED_SHARE || share > 0.0 && same_name(id));
        // A road whose pieces are carriageways of another's sections has no line of its own to compare: its ways tell.
        let by_way = own.iter().copied().find(|id| key(*id) == road.key).or(own.first().copied()).filter(|_| !overlap.any());
        let answer = match by_way {
            _ if holds => Answer::Kept,
            Some(id) => Answer::Moved { new: key(id), distance_m: 0.0, why: CarryReason::Elements, also: Vec::new() },
            None => by_line(overlap, &same_name, &|id| own.contains(&id), &key),
        };
        let answer = answer.or_lost(|| lost(inside(road.point), overlap.any()));
        let name = if road.name.is_empty() { road.reference } else { road.name };
        out.add(road.key, name, answer);
    }
}

/// Whether a line is shared out among several new ones, of which `id` is one.
fn cut(overlap: &Overlap, id: u32) -> bool {
    overlap.shares().any(|(other, share)| other != id && share >= NAMED_SHARE / 2.0)
}

impl Answer {
    fn or_lost(self, why: impl FnOnce() -> Self) -> Self {
        if matches!(self, Self::Lost(_)) { why() } else { self }
    }
}

/// Whether a section or road fits.
type Fits<'a> = &'a dyn Fn(u32) -> bool;

/// The new line an old one lies on: of the same name or elements if half of it does, of any name if most of it does. The parts
/// of a line that was cut count together.
fn by_line(overlap: &Overlap, same_name: &dyn Fn(u32) -> bool, same_element: &dyn Fn(u32) -> bool, key: &dyn Fn(u32) -> String) -> Answer {
    let total = |fits: &dyn Fn(u32) -> bool| overlap.shares().filter(|(id, _)| fits(*id)).map(|(_, share)| share).sum::<f64>();
    let choices: [(Fits<'_>, f64, CarryReason); 3] = [
        (same_element, NAMED_SHARE, CarryReason::Elements),
        (same_name, NAMED_SHARE, CarryReason::NameAndPlace),
        (&|_| true, NAMELESS_SHARE, CarryReason::Place),
    ];
    for (fits, least, why) in choices {
        let Some((id, _)) = overlap.best(fits).filter(|_| total(fits) >= least) else { continue };
        let others = overlap.shares().filter(|(other, share)| *other != id && *share >= PART_SHARE && fits(*other));
        let also = others.map(|(other, _)| key(other)).collect();
        return Answer::Moved { new: key(id), distance_m: overlap.distance_m(id), why, also };
    }
    Answer::Lost(CarryReason::Gone)
}

fn areas(old: &Network, new: &Network, inside: &dyn Fn(Point) -> bool, out: &mut Carried) {
    let found: Vec<Area> = new.areas().map(|(_, a)| a).collect();
    let mut by_name: HashMap<(String, AreaKind, u8), Vec<usize>> = HashMap::new();
    let mut by_key: HashMap<&str, usize> = HashMap::new();
    for (i, area) in found.iter().enumerate() {
        by_name.entry((fold(&area.name), area.kind, area.level)).or_default().push(i);
        by_key.insert(&area.key, i);
    }
    for (_, area) in old.areas() {
        let centre = area.bounds.center();
        let common = |i: usize| found.get(i).map_or(0.0, |other| points::common_share(&area.bounds, &other.bounds));
        let kept = by_key.get(area.key.as_str()).is_some_and(|i| common(*i) > 0.0 && found.get(*i).is_some_and(|o| o.kind == area.kind));
        let alike = by_name.get(&(fold(&area.name), area.kind, area.level)).map_or(&[][..], Vec::as_slice);
        let best = alike.iter().copied().max_by(|a, b| common(*a).total_cmp(&common(*b)).then(b.cmp(a)));
        let answer = if kept {
            Answer::Kept
        } else if let Some(i) = best.filter(|i| common(*i) >= AREA_SHARE) {
            let distance_m = haversine_m(centre, found[i].bounds.center());
            Answer::Moved { new: found[i].key.clone(), distance_m, why: CarryReason::NameAndPlace, also: Vec::new() }
        } else {
            let other = found.iter().any(|o| o.kind == area.kind && points::common_share(&area.bounds, &o.bounds) >= AREA_SHARE);
            lost(inside(centre), other)
        };
        out.add(area.key, area.name, answer);
    }
}

fn landmarks(old: &Network, new: &Network, inside: &dyn Fn(Point) -> bool, out: &mut Carried) {
    let found: Vec<Landmark> = new.landmarks().map(|(_, l)| l).collect();
    let by_key: HashMap<&str, usize> = found.iter().enumerate().map(|(i, l)| (l.key.as_str(), i)).collect();
    let mut by_name: HashMap<(String, LandmarkKind), Vec<usize>> = HashMap::new();
    for (i, landmark) in found.iter().enumerate() {
        by_name.entry((fold(&landmark.name), landmark.kind)).or_default().push(i);
    }
    let near = Near::new(found.iter().map(|l| l.point));
    for (_, landmark) in old.landmarks() {
        let away = |i: usize| found.get(i).map_or(f64::INFINITY, |l| haversine_m(landmark.point, l.point));
        let name = fold(&landmark.name);
        let same = |i: usize| found.get(i).is_some_and(|l| fold(&l.name) == name);
        // A renamed hospital is the same; an id that went to another place is not.
        let limit = |i: usize| if same(i) { SAME_LANDMARK_M } else { SAME_CROSSING_M };
        let kept = by_key.get(landmark.key.as_str()).is_some_and(|i| away(*i) <= limit(*i));
        let alike = by_name.get(&(name.clone(), landmark.kind)).map_or(&[][..], Vec::as_slice);
        let best = alike.iter().copied().min_by(|a, b| away(*a).total_cmp(&away(*b)).then(a.cmp(b)));
        let answer = if kept {
            Answer::Kept
        } else if let Some(i) = best.filter(|i| away(*i) <= SAME_LANDMARK_M) {
            Answer::Moved { new: found[i].key.clone(), distance_m: away(i), why: CarryReason::NameAndPlace, also: Vec::new() }
        } else {
            let other =
                near.within(landmark.point, SAME_CROSSING_M).iter().any(|(_, i)| found.get(*i).is_some_and(|l| l.kind == landmark.kind));
            lost(inside(landmark.point), other)
        };
        out.add(landmark.key, landmark.name, answer);
    }
}
