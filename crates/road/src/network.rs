//! An open network: typed views of the file's records.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use bytemuck::Pod;
use gongzhi_civic::place::{Bounds, Point};
use serde::{Deserialize, Serialize};

use crate::find::Lexicon;
use crate::format::*;
use crate::geometry::to_point;
use crate::place::*;
use crate::records::streets::Streets;

mod along;
mod keys;
mod lines;

pub use along::{Exit, HouseNumber, Stake};
pub(crate) use keys::{road as road_key, section as section_key};
pub use lines::{OnLine, StreetLine};

/// An open road network. Cheap to open, safe to share between threads; wrap it in an `Arc`.
pub struct Network {
    storage: Storage,
    ranges: [Range<usize>; Tag::COUNT],
    body: usize,
    content_hash: [u8; 32],
    identity: String,
    streets: OnceLock<Streets>,
    lexicon: OnceLock<Lexicon>,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network").field("identity", &self.identity).field("counts", &self.counts()).finish_non_exhaustive()
    }
}

/// How much a network holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Nodes of the graph.
    pub nodes: usize,
    /// Directed edges.
    pub edges: usize,
    /// Crossings.
    pub crossings: usize,
    /// Sections.
    pub sections: usize,
    /// Roads.
    pub roads: usize,
    /// Areas.
    pub areas: usize,
    /// Landmarks.
    pub landmarks: usize,
    /// Names that can be found.
    pub names: usize,
    /// House numbers.
    #[serde(default)]
    pub house_numbers: usize,
    /// Stakes.
    #[serde(default)]
    pub stakes: usize,
    /// Expressway exits.
    #[serde(default)]
    pub exits: usize,
}

/// One directed edge.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeView {
    /// Node it starts at.
    pub from: u32,
    /// Node it ends at.
    pub to: u32,
    /// The edge the other way on the same line, if driving that way is allowed.
    pub twin: Option<u32>,
    /// Section it belongs to.
    pub section: SectionId,
    /// Metres.
    pub length_m: f64,
    /// Line in driving direction.
    pub line: Vec<Point>,
    /// Class.
    pub class: Class,
    /// Name, may be empty.
    pub name: String,
    /// Route number, may be empty.
    pub reference: String,
    /// km/h in driving direction if mapped as a number; see [`Network::speed_kmh`] for a speed in any case.
    pub max_speed: Option<u16>,
    /// Lanes of the whole way, both directions, if mapped.
    pub lanes: Option<u8>,
    /// Lanes in driving direction, if mapped apart.
    pub lanes_ahead: Option<u8>,
    /// OSM layer.
    pub layer: i8,
    /// Level of the grade: the layer, or ±1 for a bridge or tunnel without one.
    pub level: i8,
    /// On a bridge.
    pub bridge: bool,
    /// In a tunnel.
    pub tunnel: bool,
    /// Part of a roundabout.
    pub roundabout: bool,
    /// Closed to the public by `access` or `motor_vehicle`.
    pub restricted: bool,
}

impl Network {
    /// Opens the bytes of a network file: header, version, length and table are checked, the content is not (see [`Self::verify`]).
    /// Bytes not aligned to 8 are copied once; a memory map or a large vector is used as it is.
    pub fn from_bytes(bytes: Arc<dyn AsRef<[u8]> + Send + Sync>) -> Result<Self, NetworkError> {
        let storage = Storage::new(bytes);
        let layout = read_layout(storage.bytes())?;
        let identity = layout.content_hash[..16].iter().map(|b| format!("{b:02x}")).collect();
        Ok(Self {
            storage,
            ranges: layout.ranges,
            body: layout.body,
            content_hash: layout.content_hash,
            identity,
            streets: OnceLock::new(),
            lexicon: OnceLock::new(),
        })
    }

    /// Opens a vector.
    pub fn from_vec(bytes: Vec<u8>) -> Result<Self, NetworkError> {
        Self::from_bytes(Arc::new(bytes))
    }

    /// Hashes the content and compares: some milliseconds per ten megabytes.
    pub fn verify(&self) -> Result<(), NetworkError> {
        let content = self.storage.bytes().get(self.body..).unwrap_or(&[]);
        if *blake3::hash(content).as_bytes() == self.content_hash { Ok(()) } else { Err(NetworkError::Content) }
    }

    /// Content hash, 32 hexadecimal digits: the same roads imported by the same program give the same identity.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Box around all roads.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        let meta = self.meta();
        let (low, high) = (to_point(ShapeRecord { x: meta.west, y: meta.south }), to_point(ShapeRecord { x: meta.east, y: meta.north }));
        Bounds { west: low.lon, south: low.lat, east: high.lon, north: high.lat }
    }

    /// How much it holds.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            nodes: self.nodes().len(),
            edges: self.edges().len(),
            crossings: self.table::<CrossingRecord>(Tag::Crossings).len(),
            sections: self.table::<SectionRecord>(Tag::Sections).len(),
            roads: self.table::<RoadRecord>(Tag::Roads).len(),
            areas: self.table::<AreaRecord>(Tag::Areas).len(),
            landmarks: self.table::<LandmarkRecord>(Tag::Landmarks).len(),
            names: self.table::<NameRecord>(Tag::Names).len(),
            house_numbers: self.table::<HouseNumberRecord>(Tag::HouseNumbers).len(),
            stakes: self.table::<StakeRecord>(Tag::Stakes).len(),
            exits: self.table::<ExitRecord>(Tag::Exits).len(),
        }
    }

    /// One directed edge.
    #[must_use]
    pub fn edge(&self, edge: u32) -> Option<EdgeView> {
        let record = self.edges().get(edge as usize)?;
        let line = self.lines().get(record.line as usize)?;
        let way = self.way(line.way);
        let mut points: Vec<Point> = self.line_shape(line).iter().copied().map(to_point).collect();
        if record.reversed != 0 {
            points.reverse();
        }
        let (other, max_speed, lanes_ahead) = if record.reversed != 0 {
            (line.forward, way.max_speed_backward, way.lanes_backward)
        } else {
            (line.backward, way.max_speed_forward, way.lanes_forward)
        };
        let max_speed = if max_speed > 0 { max_speed } else { way.max_speed };
        Some(EdgeView {
            from: record.from,
            to: record.to,
            twin: (other != NONE).then_some(other),
            section: SectionId(line.section),
            length_m: f64::from(line.length_m),
            line: points,
            class: Class::from_code(way.class),
            name: self.string(way.name).to_owned(),
            reference: self.string(way.reference).to_owned(),
            max_speed: (max_speed > 0).then_some(max_speed),
            lanes: (way.lanes > 0).then_some(way.lanes),
            lanes_ahead: (lanes_ahead > 0).then_some(lanes_ahead),
            layer: way.layer,
            level: way.level,
            bridge: way.flags & WAY_BRIDGE != 0,
            tunnel: way.flags & WAY_TUNNEL != 0,
            roundabout: way.flags & WAY_ROUNDABOUT != 0,
            restricted: way.flags & WAY_RESTRICTED != 0,
        })
    }

    /// Edges that leave a node, in order.
    #[must_use]
    pub fn edges_from(&self, node: u32) -> Range<u32> {
        let nodes = self.nodes();
        let start = nodes.get(node as usize).map_or(0, |n| n.first_edge);
        let end = nodes
            .get(node as usize + 1)
            .map_or(if (node as usize) < nodes.len() { self.edges().len() as u32 } else { start }, |n| n.first_edge);
        start..end.max(start)
    }

    /// Where a node is.
    #[must_use]
    pub fn node_point(&self, node: u32) -> Option<Point> {
        self.nodes().get(node as usize).map(|n| to_point(ShapeRecord { x: n.x, y: n.y }))
    }

    /// One crossing.
    #[must_use]
    pub fn crossing(&self, id: CrossingId) -> Option<Crossing> {
        let record = self.crossing_record(id)?;
        let roads = self.list(record.first_road, record.road_count).iter().filter_map(|r| self.road_record(RoadId(*r)));
        Some(Crossing {
            key: keys::crossing(record),
            point: to_point(ShapeRecord { x: record.x, y: record.y }),
            name: self.string(record.name).to_owned(),
            roads: roads.map(|r| self.string(r.name)).filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect(),
            signal: record.flags & CROSSING_SIGNAL != 0,
            roundabout: record.flags & CROSSING_ROUNDABOUT != 0,
        })
    }

    /// One section.
    #[must_use]
    pub fn section(&self, id: SectionId) -> Option<Section> {
        let record = self.section_record(id)?;
        let mut line: Vec<Point> = Vec::new();
        for item in self.list(record.first_line, record.main_count.min(record.line_count)) {
            let Some(piece) = self.lines().get((item / 2) as usize) else { continue };
            let shape = self.line_shape(piece);
            let mut add = |s: &ShapeRecord| {
                let p = to_point(*s);
                if line.last() != Some(&p) {
                    line.push(p);
                }
            };
            if item % 2 == 0 { shape.iter().for_each(&mut add) } else { shape.iter().rev().for_each(&mut add) }
        }
        let road = self.road_record(RoadId(record.road)).map_or("", |r| self.string(r.name));
        Some(Section {
            key: keys::section(record),
            name: self.string(record.name).to_owned(),
            road: road.to_owned(),
            road_id: RoadId(record.road),
            length_m: f64::from(record.length_m),
            line,
            class: Class::from_code(record.class as u8),
            ends: record.ends.iter().filter(|e| **e != NONE).map(|e| CrossingId(*e)).collect(),
        })
    }

    /// One road.
    #[must_use]
    pub fn road(&self, id: RoadId) -> Option<Road> {
        let record = self.road_record(id)?;
        Some(Road {
            key: keys::road(record),
            name: self.string(record.name).to_owned(),
            name_en: self.string(record.name_en).to_owned(),
            reference: self.string(record.reference).to_owned(),
            class: Class::from_code(record.class as u8),
            sections: self.list(record.first_section, record.section_count).iter().map(|s| SectionId(*s)).collect(),
            crossings: self.list(record.first_crossing, record.crossing_count).iter().map(|c| CrossingId(*c)).collect(),
            point: to_point(ShapeRecord { x: record.x, y: record.y }),
        })
    }

    /// One area.
    #[must_use]
    pub fn area(&self, id: AreaId) -> Option<Area> {
        let record = self.area_record(id)?;
        let (low, high) =
            (to_point(ShapeRecord { x: record.west, y: record.south }), to_point(ShapeRecord { x: record.east, y: record.north }));
        Some(Area {
            key: keys::area(record),
            name: self.string(record.name).to_owned(),
            name_en: self.string(record.name_en).to_owned(),
            kind: AreaKind::from_code(record.kind),
            level: record.level,
            polygons: self.rings(record).map(|ring| ring.iter().copied().map(to_point).collect()).collect(),
            bounds: Bounds { west: low.lon, south: low.lat, east: high.lon, north: high.lat },
        })
    }

    /// One landmark.
    #[must_use]
    pub fn landmark(&self, id: LandmarkId) -> Option<Landmark> {
        let record = self.table::<LandmarkRecord>(Tag::Landmarks).get(id.0 as usize)?;
        Some(Landmark {
            key: keys::landmark(record),
            name: self.string(record.name).to_owned(),
            name_en: self.string(record.name_en).to_owned(),
            kind: LandmarkKind::from_code(record.kind as u8),
            point: to_point(ShapeRecord { x: record.x, y: record.y }),
        })
    }

    /// All crossings, in file order.
    pub fn crossings(&self) -> impl Iterator<Item = (CrossingId, Crossing)> + '_ {
        (0..self.counts().crossings as u32).filter_map(|i| Some((CrossingId(i), self.crossing(CrossingId(i))?)))
    }

    /// All sections, in file order.
    pub fn sections(&self) -> impl Iterator<Item = (SectionId, Section)> + '_ {
        (0..self.counts().sections as u32).filter_map(|i| Some((SectionId(i), self.section(SectionId(i))?)))
    }

    /// All roads, in file order.
    pub fn roads(&self) -> impl Iterator<Item = (RoadId, Road)> + '_ {
        (0..self.counts().roads as u32).filter_map(|i| Some((RoadId(i), self.road(RoadId(i))?)))
    }

    /// All areas, in file order.
    pub fn areas(&self) -> impl Iterator<Item = (AreaId, Area)> + '_ {
        (0..self.counts().areas as u32).filter_map(|i| Some((AreaId(i), self.area(AreaId(i))?)))
    }

    /// All landmarks, in file order.
    pub fn landmarks(&self) -> impl Iterator<Item = (LandmarkId, Landmark)> + '_ {
        (0..self.counts().landmarks as u32).filter_map(|i| Some((LandmarkId(i), self.landmark(LandmarkId(i))?)))
    }
}

/// Records, for the other modules of this crate. What points nowhere reads as nothing.
impl Network {
    pub(crate) fn table<T: Pod>(&self, tag: Tag) -> &[T] {
        let range = self.ranges[tag as usize].clone();
        self.storage.bytes().get(range).and_then(|raw| bytemuck::try_cast_slice(raw).ok()).unwrap_or(&[])
    }

    pub(crate) fn meta(&self) -> MetaRecord {
        self.table::<MetaRecord>(Tag::Meta).first().copied().unwrap_or_default()
    }

    pub(crate) fn nodes(&self) -> &[NodeRecord] {
        self.table(Tag::Nodes)
    }

    pub(crate) fn edges(&self) -> &[EdgeRecord] {
        self.table(Tag::Edges)
    }

    pub(crate) fn lines(&self) -> &[LineRecord] {
        self.table(Tag::Lines)
    }

    pub(crate) fn way(&self, way: u32) -> WayRecord {
        self.table::<WayRecord>(Tag::Ways).get(way as usize).copied().unwrap_or_default()
    }

    pub(crate) fn line_shape(&self, line: &LineRecord) -> &[ShapeRecord] {
        span(self.table(Tag::Shapes), line.first_shape, line.shape_count)
    }

    pub(crate) fn list(&self, first: u32, count: u32) -> &[u32] {
        span(self.table(Tag::Lists), first, count)
    }

    pub(crate) fn crossing_record(&self, id: CrossingId) -> Option<&CrossingRecord> {
        self.table(Tag::Crossings).get(id.0 as usize)
    }

    pub(crate) fn section_record(&self, id: SectionId) -> Option<&SectionRecord> {
        self.table(Tag::Sections).get(id.0 as usize)
    }

    pub(crate) fn road_record(&self, id: RoadId) -> Option<&RoadRecord> {
        self.table(Tag::Roads).get(id.0 as usize)
    }

    pub(crate) fn area_record(&self, id: AreaId) -> Option<&AreaRecord> {
        self.table(Tag::Areas).get(id.0 as usize)
    }

    pub(crate) fn rings(&self, area: &AreaRecord) -> impl Iterator<Item = &[ShapeRecord]> + '_ {
        let shapes = self.table::<ShapeRecord>(Tag::AreaShapes);
        span(self.table::<RingRecord>(Tag::Rings), area.first_ring, area.ring_count).iter().map(|r| span(shapes, r.first, r.count))
    }

    pub(crate) fn string(&self, id: u32) -> &str {
        let ends = self.table::<u32>(Tag::StringEnds);
        let start = (id as usize).checked_sub(1).map_or(0, |before| ends.get(before).copied().unwrap_or(0));
        let end = ends.get(id as usize).copied().unwrap_or(start);
        let raw = self.table::<u8>(Tag::Strings).get(start as usize..end as usize).unwrap_or(&[]);
        std::str::from_utf8(raw).unwrap_or("")
    }

    /// The records of exactly this name, folded. Names of a file are sorted; in a damaged one some are not found.
    pub(crate) fn records_named(&self, folded: &str) -> &[NameRecord] {
        let names = self.table::<NameRecord>(Tag::Names);
        let from = names.partition_point(|n| self.string(n.text) < folded);
        let same = names[from..].iter().take_while(|n| self.string(n.text) == folded).count();
        &names[from..from + same]
    }

    pub(crate) fn streets(&self) -> &Streets {
        self.streets.get_or_init(|| Streets::build(self))
    }

    pub(crate) fn lexicon(&self) -> &Lexicon {
        self.lexicon.get_or_init(|| Lexicon::build(self))
    }
}

/// `count` records from `first`, or nothing if they are not all there.
pub(crate) fn span<T>(records: &[T], first: u32, count: u32) -> &[T] {
    let start = first as usize;
    start.checked_add(count as usize).and_then(|end| records.get(start..end)).unwrap_or(&[])
}
