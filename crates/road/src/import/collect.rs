//! Three passes over the file: relations, ways, nodes. What is kept is what a road network needs.

use std::collections::{BTreeMap, HashMap, HashSet};

use gongzhi_civic::place::Point;

use super::restrictions::{self, RawBarrier, RawRestriction};
use super::source::{Element, MemberKind, Source, Tags, Want, no_roads, too_large};
use super::tags::{Names, RoadTags, area_kind, landmark_kind};
use super::{ImportError, Progress, Stage, Summary};
use crate::datum::{Datum, to_wgs84};
use crate::format::{ShapeRecord, WayLimitRecord};
use crate::geometry::to_units;
use crate::place::{AreaKind, LandmarkKind};

/// A road way; nodes are indices into [`Collected::points`].
pub(crate) struct RoadWay {
    pub(crate) osm: i64,
    pub(crate) nodes: Vec<u32>,
    pub(crate) tags: RoadTags,
}

/// An area before its rings are joined: pieces of node ids, or indices once the nodes are known.
pub(crate) struct RawArea {
    /// Way id, or the relation id negated.
    pub(crate) osm: i64,
    pub(crate) kind: AreaKind,
    pub(crate) level: u8,
    pub(crate) names: Names,
    pub(crate) pieces: Vec<Vec<i64>>,
}

/// A landmark.
pub(crate) struct RawLandmark {
    /// Node id, or the way id negated.
    pub(crate) osm: i64,
    pub(crate) kind: LandmarkKind,
    pub(crate) names: Names,
    pub(crate) at: ShapeRecord,
}

/// Everything kept.
pub(crate) struct Collected {
    pub(crate) ids: Vec<i64>,
    pub(crate) points: Vec<ShapeRecord>,
    pub(crate) signals: Vec<bool>,
    pub(crate) roads: Vec<RoadWay>,
    pub(crate) areas: Vec<RawArea>,
    pub(crate) landmarks: Vec<RawLandmark>,
    pub(crate) restrictions: Vec<RawRestriction>,
    /// Limits of each road.
    pub(crate) limits: Vec<WayLimitRecord>,
    /// Barriers by index of their node.
    pub(crate) barriers: BTreeMap<u32, RawBarrier>,
}

/// Stands for a node that the file does not have.
pub(crate) const MISSING: ShapeRecord = ShapeRecord { x: i32::MIN, y: i32::MIN };

impl Collected {
    /// Index of a node.
    pub(crate) fn index(&self, id: i64) -> Option<u32> {
        self.ids.binary_search(&id).ok().map(|i| i as u32)
    }

    /// Where a node is, if the file has it.
    pub(crate) fn at(&self, index: u32) -> Option<ShapeRecord> {
        self.points.get(index as usize).copied().filter(|p| *p != MISSING)
    }
}

pub(crate) fn collect(
    source: &mut Source<'_>,
    datum: Datum,
    summary: &mut Summary,
    progress: &mut dyn FnMut(Progress),
) -> Result<Collected, ImportError> {
    let bytes = source.bytes.len() as u64;
    let mut tell = |pass: u64, done: u64, total: u64| {
        let done = if total == 0 { 0 } else { done };
        progress(Progress { stage: Stage::Reading, done: pass * bytes + done, total: 3 * bytes });
    };
    let mut areas: Vec<RawArea> = Vec::new();
    let mut member_of: HashMap<i64, Vec<usize>> = HashMap::new();
    let mut restrictions: Vec<RawRestriction> = Vec::new();
    let mut any_relation = |element: &Element<'_>| {
        if let Element::Relation { id, members, tags } = element {
            restrictions::relation(*id, members, tags, summary, &mut restrictions);
        }
        relation(element, &mut areas, &mut member_of, summary);
    };
    source.pass(Want::Relations, &mut |element| any_relation(&element), &mut |d, t| tell(0, d, t))?;

    let mut ways =
        Ways { areas, member_of, roads: Vec::new(), landmarks: Vec::new(), needed: Vec::new(), node_lists: Vec::new(), limits: Vec::new() };
    source.pass(Want::Ways, &mut |element| ways.way(&element, summary), &mut |d, t| tell(1, d, t))?;
    let Ways { areas, roads, landmarks, mut needed, node_lists, limits, .. } = ways;
    if roads.is_empty() {
        return Err(no_roads());
    }
    needed.sort_unstable();
    needed.dedup();
    if needed.len() > 1 << 28 {
        return Err(too_large(format!("{} nodes", needed.len())));
    }

    let mut collected = Collected {
        points: vec![MISSING; needed.len()],
        signals: vec![false; needed.len()],
        ids: needed,
        roads,
        areas,
        landmarks: Vec::new(),
        restrictions,
        limits,
        barriers: BTreeMap::new(),
    };
    source.pass(Want::Nodes, &mut |element| node(&element, &mut collected, datum, summary), &mut |d, t| tell(2, d, t))?;

    let Collected { ids, roads, .. } = &mut collected;
    for (road, nodes) in roads.iter_mut().zip(&node_lists) {
        road.nodes = nodes.iter().filter_map(|id| ids.binary_search(id).ok()).map(|i| i as u32).collect();
    }
    for (osm, kind, names, nodes) in landmarks {
        let known: Vec<ShapeRecord> = nodes.iter().filter_map(|id| collected.at(collected.index(*id)?)).collect();
        if let Some(at) = middle(&known) {
            collected.landmarks.push(RawLandmark { osm, kind, names, at });
        }
    }
    Ok(collected)
}

fn relation(element: &Element<'_>, areas: &mut Vec<RawArea>, member_of: &mut HashMap<i64, Vec<usize>>, summary: &mut Summary) {
    let Element::Relation { id, members, tags } = element else { return };
    summary.osm_relations += 1;
    if !matches!(tags.get("type"), Some("multipolygon" | "boundary")) {
        return;
    }
    let Some((kind, level)) = area_kind(tags) else { return };
    for member in members.iter().filter(|m| m.kind == MemberKind::Way && matches!(m.role, "outer" | "inner" | "")) {
        member_of.entry(member.id).or_default().push(areas.len());
    }
    areas.push(RawArea { osm: -id, kind, level, names: Names::read(tags), pieces: Vec::new() });
}

struct Ways {
    areas: Vec<RawArea>,
    member_of: HashMap<i64, Vec<usize>>,
    roads: Vec<RoadWay>,
    landmarks: Vec<(i64, LandmarkKind, Names, Vec<i64>)>,
    needed: Vec<i64>,
    node_lists: Vec<Vec<i64>>,
    limits: Vec<WayLimitRecord>,
}

impl Ways {
    fn way(&mut self, element: &Element<'_>, summary: &mut Summary) {
        let Element::Way { id, nodes, tags } = element else { return };
        summary.osm_ways += 1;
        if nodes.len() < 2 {
            return;
        }
        let mut wanted = false;
        for area in self.member_of.get(id).into_iter().flatten() {
            self.areas[*area].pieces.push(nodes.to_vec());
            wanted = true;
        }
        let closed = nodes.first() == nodes.last() && nodes.len() > 3;
        if let Some(road) = RoadTags::read(tags) {
            summary.road_ways += 1;
            summary.named_ways += u64::from(!road.names.name.is_empty());
            summary.speed_ways += u64::from(road.max_speed > 0);
            summary.lane_ways += u64::from(road.lanes > 0);
            let limits = restrictions::way_limits(tags);
            summary.limited_ways += u64::from(WayLimitRecord { access: [0; 8], ..limits } != WayLimitRecord::default());
            self.limits.push(limits);
            self.structure(*id, nodes, tags);
            self.roads.push(RoadWay { osm: *id, nodes: Vec::new(), tags: road });
            self.node_lists.push(nodes.to_vec());
            wanted = true;
        } else if closed {
            if let Some((kind, level)) = area_kind(tags) {
                self.areas.push(RawArea { osm: *id, kind, level, names: Names::read(tags), pieces: vec![nodes.to_vec()] });
                wanted = true;
            }
            if let Some(kind) = landmark_kind(tags) {
                self.landmarks.push((-id, kind, Names::read(tags), nodes.to_vec()));
                wanted = true;
            }
        }
        if wanted {
            self.needed.extend_from_slice(nodes);
        }
    }

    /// A bridge or tunnel with a name of its own.
    fn structure(&mut self, id: i64, nodes: &[i64], tags: &Tags<'_>) {
        if let Some(name) = tags.get("bridge:name").or_else(|| tags.get("tunnel:name")) {
            let names = Names { name: name.to_owned(), name_en: tags.get("bridge:name:en").unwrap_or("").to_owned(), others: Vec::new() };
            self.landmarks.push((-id, LandmarkKind::Structure, names, nodes.to_vec()));
        }
    }
}

fn node(element: &Element<'_>, collected: &mut Collected, datum: Datum, summary: &mut Summary) {
    let Element::Node { id, lon, lat, tags } = element else { return };
    summary.osm_nodes += 1;
    let index = collected.index(*id);
    let kind = if tags.0.is_empty() { None } else { landmark_kind(tags) };
    if index.is_none() && kind.is_none() {
        return;
    }
    let Some(point) = Point::valid(*lon, *lat) else {
        *summary.skipped.entry("node.position".to_owned()).or_default() += 1;
        return;
    };
    let at = to_units(to_wgs84(point, datum));
    if let Some(index) = index {
        collected.points[index as usize] = at;
        collected.signals[index as usize] = tags.is("highway", "traffic_signals") || tags.is("crossing", "traffic_signals");
    }
    if let Some(index) = index {
        let refused = restrictions::barrier(tags);
        if refused != 0 {
            collected.barriers.insert(index, RawBarrier { osm: *id, refused });
        }
    }
    if let Some(kind) = kind {
        collected.landmarks.push(RawLandmark { osm: *id, kind, names: Names::read(tags), at });
    }
}

/// Middle of the box around points.
fn middle(points: &[ShapeRecord]) -> Option<ShapeRecord> {
    let low = points.iter().copied().reduce(|a, b| ShapeRecord { x: a.x.min(b.x), y: a.y.min(b.y) })?;
    let high = points.iter().copied().reduce(|a, b| ShapeRecord { x: a.x.max(b.x), y: a.y.max(b.y) })?;
    Some(ShapeRecord { x: i32::midpoint(low.x, high.x), y: i32::midpoint(low.y, high.y) })
}

/// Joins pieces end to end into closed rings. Returns rings and the number of pieces left open.
pub(crate) fn rings(pieces: &[Vec<i64>]) -> (Vec<Vec<i64>>, usize) {
    let mut rings = Vec::new();
    let mut by_end: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    let mut used: HashSet<usize> = HashSet::new();
    for (index, piece) in pieces.iter().enumerate() {
        if let (Some(first), Some(last)) = (piece.first(), piece.last()) {
            if first == last {
                rings.push(piece.clone());
                used.insert(index);
            } else {
                by_end.entry(*first).or_default().push(index);
                by_end.entry(*last).or_default().push(index);
            }
        }
    }
    let mut open = 0;
    for start in 0..pieces.len() {
        if pieces[start].is_empty() || !used.insert(start) {
            continue;
        }
        let mut ring = pieces[start].clone();
        let mut count = 1;
        while ring.first() != ring.last() {
            let Some(end) = ring.last().copied() else { break };
            let next = by_end.get(&end).and_then(|list| list.iter().copied().find(|i| !used.contains(i)));
            let Some(next) = next else { break };
            used.insert(next);
            count += 1;
            let piece = &pieces[next];
            if piece.first() == Some(&end) {
                ring.extend(piece.iter().skip(1));
            } else {
                ring.extend(piece.iter().rev().skip(1));
            }
        }
        if ring.first() == ring.last() && ring.len() > 3 {
            rings.push(ring);
        } else {
            open += count;
        }
    }
    (rings, open)
}
