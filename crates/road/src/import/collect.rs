//! Three passes over the file: relations, ways, nodes. What is kept is what a road network needs.

use std::collections::{BTreeMap, HashMap, HashSet};

use gongzhi_civic::place::Point;

use super::addresses::{Address, Interpolation, RawAddress};
use super::exits::RawExit;
use super::names::Names;
use super::restrictions::{self, RawBarrier, RawRestriction};
use super::routes::Routes;
use super::source::{Element, Format, MemberKind, Source, Tags, Want, no_lines, no_roads, too_large};
use super::stakes::{self, RawStake};
use super::tags::{RoadTags, area_kind, landmark_kind};
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
    pub(crate) addresses: Vec<RawAddress>,
    pub(crate) interpolations: Vec<Interpolation>,
    pub(crate) stakes: Vec<RawStake>,
    pub(crate) exits: Vec<RawExit>,
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
        // Packed text is longer than the file: tell its share of the file.
        let share = if total == 0 { 0.0 } else { (done as f64 / total as f64).min(1.0) };
        progress(Progress { stage: Stage::Reading, done: pass * bytes + (share * bytes as f64) as u64, total: 3 * bytes });
    };
    let mut ways = Ways::default();
    let mut restrictions: Vec<RawRestriction> = Vec::new();
    let mut any_relation = |element: &Element<'_>| {
        if let Element::Relation { id, members, tags } = element {
            restrictions::relation(*id, members, tags, summary, &mut restrictions);
        }
        ways.relation(element, summary);
    };
    source.pass(Want::Relations, &mut |element| any_relation(&element), &mut |d, t| tell(0, d, t))?;
    source.pass(Want::Ways, &mut |element| ways.way(&element, summary), &mut |d, t| tell(1, d, t))?;
    let Ways { areas, roads, landmarks, addresses, interpolations, mut needed, node_lists, limits, .. } = ways;
    if roads.is_empty() {
        return Err(if source.format == Format::GeoJson { no_lines() } else { no_roads() });
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
        addresses: Vec::new(),
        interpolations,
        stakes: Vec::new(),
        exits: Vec::new(),
        restrictions,
        limits,
        barriers: BTreeMap::new(),
    };
    source.pass(Want::Nodes, &mut |element| node(&element, &mut collected, datum, summary), &mut |d, t| tell(2, d, t))?;

    let Collected { ids, roads, .. } = &mut collected;
    for (road, nodes) in roads.iter_mut().zip(&node_lists) {
        road.nodes = nodes.iter().filter_map(|id| ids.binary_search(id).ok()).map(|i| i as u32).collect();
    }
    let place = |nodes: &[i64], collected: &Collected| {
        let known: Vec<ShapeRecord> = nodes.iter().filter_map(|id| collected.at(collected.index(*id)?)).collect();
        middle(&known)
    };
    for (osm, kind, names, nodes) in landmarks {
        if let Some(at) = place(&nodes, &collected) {
            collected.landmarks.push(RawLandmark { osm, kind, names, at });
        }
    }
    for (osm, address, nodes) in addresses {
        if let Some(at) = place(&nodes, &collected) {
            collected.addresses.push(RawAddress { osm, address, at });
        }
    }
    Ok(collected)
}

/// What the passes over relations and ways keep.
#[derive(Default)]
struct Ways {
    areas: Vec<RawArea>,
    member_of: HashMap<i64, Vec<usize>>,
    routes: Routes,
    roads: Vec<RoadWay>,
    landmarks: Vec<(i64, LandmarkKind, Names, Vec<i64>)>,
    addresses: Vec<(i64, Address, Vec<i64>)>,
    address_member: HashMap<i64, Vec<usize>>,
    interpolations: Vec<Interpolation>,
    needed: Vec<i64>,
    node_lists: Vec<Vec<i64>>,
    limits: Vec<WayLimitRecord>,
}

impl Ways {
    fn relation(&mut self, element: &Element<'_>, summary: &mut Summary) {
        let Element::Relation { id, members, tags } = element else { return };
        summary.osm_relations += 1;
        self.routes.read(members, tags);
        if !matches!(tags.get("type"), Some("multipolygon" | "boundary")) {
            return;
        }
        let rings = || members.iter().filter(|m| m.kind == MemberKind::Way && matches!(m.role, "outer" | "inner" | ""));
        if let Some(address) = Address::read(tags) {
            for member in rings() {
                self.address_member.entry(member.id).or_default().push(self.addresses.len());
            }
            self.addresses.push((-id, address, Vec::new()));
        }
        let Some((kind, level)) = area_kind(tags) else { return };
        for member in rings() {
            self.member_of.entry(member.id).or_default().push(self.areas.len());
        }
        self.areas.push(RawArea { osm: -id, kind, level, names: Names::read(tags), pieces: Vec::new() });
    }

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
        for address in self.address_member.get(id).into_iter().flatten() {
            self.addresses[*address].2.extend_from_slice(nodes);
            wanted = true;
        }
        let closed = nodes.first() == nodes.last() && nodes.len() > 3;
        if let Some(mut road) = RoadTags::read(tags) {
            self.routes.give(*id, &mut road);
            summary.road_ways += 1;
            summary.named_ways += u64::from(!road.names.name.is_empty());
            summary.speed_ways += u64::from(road.speed.said());
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
        if let Some(address) = Address::read(tags) {
            self.addresses.push((-id, address, nodes.to_vec()));
            wanted = true;
        }
        if let Some(between) = Interpolation::read(nodes, tags) {
            self.interpolations.push(between);
            wanted = true;
        }
        if wanted {
            self.needed.extend_from_slice(nodes);
        }
    }

    /// A bridge or tunnel with a name of its own.
    fn structure(&mut self, id: i64, nodes: &[i64], tags: &Tags<'_>) {
        for prefix in ["bridge:", "tunnel:"] {
            let names = Names::of(tags, prefix);
            if !names.name.is_empty() {
                self.landmarks.push((-id, LandmarkKind::Structure, names, nodes.to_vec()));
                return;
            }
        }
    }
}

fn node(element: &Element<'_>, collected: &mut Collected, datum: Datum, summary: &mut Summary) {
    let Element::Node { id, lon, lat, tags } = element else { return };
    summary.osm_nodes += 1;
    let index = collected.index(*id);
    let plain = tags.0.is_empty();
    if plain && index.is_none() {
        return;
    }
    let kind = if plain { None } else { landmark_kind(tags) };
    let address = if plain { None } else { Address::read(tags) };
    let marker = matches!(tags.get("highway"), Some("milestone" | "motorway_junction"));
    if index.is_none() && kind.is_none() && address.is_none() && !marker {
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
    if let Some(address) = address {
        collected.addresses.push(RawAddress { osm: *id, address, at });
    }
    if marker {
        match stakes::read(tags) {
            Some((reference, metre)) => collected.stakes.push(RawStake { osm: *id, at, metre, reference }),
            None if tags.is("highway", "milestone") => *summary.skipped.entry("stake.no_distance".to_owned()).or_default() += 1,
            None => collected.exits.extend(RawExit::read(*id, at, tags)),
        }
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
