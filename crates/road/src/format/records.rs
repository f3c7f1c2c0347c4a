//! Records of the network file. All little-endian, without padding bytes; `NONE` stands for "no such record".

use bytemuck::{Pod, Zeroable};

/// No record.
pub(crate) const NONE: u32 = u32::MAX;

macro_rules! tags {
    ($($name:ident: $record:ty),+ $(,)?) => {
        /// Sections of the file, in file order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub(crate) enum Tag { $($name),+ }

        impl Tag {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),+];
            pub(crate) const COUNT: usize = Self::ALL.len();

            pub(crate) const fn record_bytes(self) -> usize {
                match self { $(Self::$name => size_of::<$record>()),+ }
            }
        }
    };
}

tags! {
    Meta: MetaRecord,
    Nodes: NodeRecord,
    Edges: EdgeRecord,
    Lines: LineRecord,
    Shapes: ShapeRecord,
    ShapeLines: u32,
    Ways: WayRecord,
    Roads: RoadRecord,
    Crossings: CrossingRecord,
    Sections: SectionRecord,
    Areas: AreaRecord,
    Rings: RingRecord,
    AreaShapes: ShapeRecord,
    Landmarks: LandmarkRecord,
    Lists: u32,
    SegmentCells: u32,
    SegmentItems: u32,
    NodeCells: u32,
    NodeItems: u32,
    Names: NameRecord,
    StringEnds: u32,
    Strings: u8,
    HouseNumbers: HouseNumberRecord,
    Stakes: StakeRecord,
    Exits: ExitRecord,
    PlaceNames: PlaceNameRecord,
    Restrictions: RestrictionRecord,
    WayLimits: WayLimitRecord,
    Barriers: BarrierRecord,
}

/// Extent and the two grids. Degrees are stored as integers of 1e-7 degree throughout.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct MetaRecord {
    pub(crate) west: i32,
    pub(crate) south: i32,
    pub(crate) east: i32,
    pub(crate) north: i32,
    pub(crate) segment_grid: GridRecord,
    pub(crate) node_grid: GridRecord,
}

/// A grid's shape: cells of `step_x` by `step_y` from the south-west corner, row by row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct GridRecord {
    pub(crate) west: i32,
    pub(crate) south: i32,
    pub(crate) step_x: i32,
    pub(crate) step_y: i32,
    pub(crate) columns: u32,
    pub(crate) rows: u32,
}

/// A node of the road graph; its outgoing edges are `first_edge` up to the next node's.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct NodeRecord {
    pub(crate) osm: i64,
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) first_edge: u32,
    pub(crate) crossing: u32,
    pub(crate) flags: u32,
    pub(crate) spare: u32,
}

/// A traffic signal stands at the node.
pub(crate) const NODE_SIGNAL: u32 = 1;

/// A directed edge: one line in one direction.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct EdgeRecord {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) line: u32,
    /// 1 if it runs against the line's shape.
    pub(crate) reversed: u32,
}

/// A piece of road between two nodes; `forward` and `backward` are its edges.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct LineRecord {
    pub(crate) first_shape: u32,
    pub(crate) shape_count: u32,
    pub(crate) way: u32,
    pub(crate) section: u32,
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) forward: u32,
    pub(crate) backward: u32,
    pub(crate) length_m: f32,
}

/// A point of a line or ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct ShapeRecord {
    pub(crate) x: i32,
    pub(crate) y: i32,
}

/// What an OSM way says of its lines.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct WayRecord {
    pub(crate) osm: i64,
    pub(crate) name: u32,
    pub(crate) name_en: u32,
    pub(crate) reference: u32,
    pub(crate) road: u32,
    pub(crate) class: u8,
    pub(crate) layer: i8,
    /// Level of the grade: the layer, or ±1 for a bridge or tunnel without one.
    pub(crate) level: i8,
    pub(crate) lanes: u8,
    /// km/h, 0 if unknown.
    pub(crate) max_speed: u16,
    pub(crate) flags: u16,
    /// km/h in drawing direction where it differs from `max_speed`, 0 if not said.
    pub(crate) max_speed_forward: u16,
    /// km/h against drawing direction, 0 if not said.
    pub(crate) max_speed_backward: u16,
    /// Lanes in drawing direction, 0 if not said.
    pub(crate) lanes_forward: u8,
    /// Lanes against drawing direction, 0 if not said.
    pub(crate) lanes_backward: u8,
    /// 1 + the [`crate::Zone`] whose limit holds (`CN:urban`), 0 if none is said.
    pub(crate) zone: u8,
    pub(crate) spare: u8,
}

pub(crate) const WAY_BRIDGE: u16 = 1;
pub(crate) const WAY_TUNNEL: u16 = 2;
pub(crate) const WAY_ONEWAY: u16 = 4;
/// One way against the drawing direction.
pub(crate) const WAY_REVERSED: u16 = 8;
pub(crate) const WAY_ROUNDABOUT: u16 = 16;
/// `access` or `motor_vehicle` forbid the public.
pub(crate) const WAY_RESTRICTED: u16 = 32;

/// A road. `first_section` and `first_crossing` point into the lists.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct RoadRecord {
    pub(crate) osm: i64,
    pub(crate) name: u32,
    pub(crate) name_en: u32,
    pub(crate) reference: u32,
    pub(crate) first_section: u32,
    pub(crate) section_count: u32,
    pub(crate) first_crossing: u32,
    pub(crate) crossing_count: u32,
    pub(crate) class: u32,
    pub(crate) x: i32,
    pub(crate) y: i32,
}

/// A crossing. Roads and nodes are in the lists.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct CrossingRecord {
    pub(crate) osm: i64,
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) name: u32,
    pub(crate) flags: u32,
    pub(crate) first_road: u32,
    pub(crate) road_count: u32,
    pub(crate) first_node: u32,
    pub(crate) node_count: u32,
}

pub(crate) const CROSSING_SIGNAL: u32 = 1;
pub(crate) const CROSSING_ROUNDABOUT: u32 = 2;

/// A section. Its lines are in the lists as `line * 2 + reversed`; the first `main_count` make one carriageway in order.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct SectionRecord {
    pub(crate) osm_low: i64,
    pub(crate) osm_high: i64,
    pub(crate) name: u32,
    pub(crate) road: u32,
    pub(crate) first_line: u32,
    pub(crate) line_count: u32,
    pub(crate) main_count: u32,
    pub(crate) ends: [u32; 2],
    pub(crate) length_m: f32,
    pub(crate) class: u16,
    /// Tells apart sections whose lowest pieces share both ends; 0 for nearly all.
    pub(crate) turn: u16,
    pub(crate) spare: u32,
}

/// An area; rings together, even-odd.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct AreaRecord {
    /// Way id, or the relation id negated.
    pub(crate) osm: i64,
    pub(crate) name: u32,
    pub(crate) name_en: u32,
    pub(crate) first_ring: u32,
    pub(crate) ring_count: u32,
    pub(crate) west: i32,
    pub(crate) south: i32,
    pub(crate) east: i32,
    pub(crate) north: i32,
    pub(crate) kind: u8,
    pub(crate) level: u8,
    pub(crate) spare: [u8; 6],
}

/// A ring of an area: points in the area shapes, closed (first = last).
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct RingRecord {
    pub(crate) first: u32,
    pub(crate) count: u32,
}

/// A landmark.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct LandmarkRecord {
    /// Node id, or the way id negated.
    pub(crate) osm: i64,
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) name: u32,
    pub(crate) name_en: u32,
    pub(crate) kind: u32,
    pub(crate) spare: u32,
}

/// One name of one place, normalised; sorted by text.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct NameRecord {
    pub(crate) text: u32,
    pub(crate) target: u32,
    /// One of the `NAME_*` kinds.
    pub(crate) kind: u32,
}

pub(crate) const NAME_ROAD: u32 = 0;
pub(crate) const NAME_AREA: u32 = 1;
pub(crate) const NAME_LANDMARK: u32 = 2;
/// A road under a shortened name (type word left out): found with less confidence.
pub(crate) const NAME_ROAD_SHORT: u32 = 3;

/// A house number; sorted by road, value, number. `road` is [`NONE`] where no road of that name is near.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct HouseNumberRecord {
    /// Node id, or the way or relation id negated; 0 for one between two others.
    pub(crate) osm: i64,
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) road: u32,
    pub(crate) street: u32,
    pub(crate) number: u32,
    /// First run of digits, 0 without any.
    pub(crate) value: u32,
    pub(crate) flags: u32,
    pub(crate) spare: u32,
}

/// Not mapped itself: placed between two mapped numbers of one interpolation way.
pub(crate) const HOUSE_INTERPOLATED: u32 = 1;

/// A stake (milestone); sorted by reference, metre, OSM id.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct StakeRecord {
    pub(crate) osm: i64,
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) metre: i32,
    pub(crate) reference: u32,
    /// Line it stands on or beside, or [`NONE`].
    pub(crate) line: u32,
    pub(crate) spare: u32,
}

/// An expressway exit.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct ExitRecord {
    pub(crate) osm: i64,
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) name: u32,
    pub(crate) reference: u32,
    /// The road that is left, or [`NONE`].
    pub(crate) road: u32,
    pub(crate) destination: u32,
    pub(crate) destination_reference: u32,
    /// Its landmark.
    pub(crate) landmark: u32,
}

/// One name of one place as the map writes it; sorted by kind, target, language, text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct PlaceNameRecord {
    /// [`NAME_ROAD`], [`NAME_AREA`] or [`NAME_LANDMARK`].
    pub(crate) kind: u32,
    pub(crate) target: u32,
    pub(crate) language: u32,
    pub(crate) text: u32,
}

/// A turn restriction: a sequence of directed edges in the lists, from, via and to. `no_*` forbids to end it so, `only_*` to end it otherwise.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct RestrictionRecord {
    pub(crate) osm: i64,
    pub(crate) first: u32,
    pub(crate) count: u32,
    /// Words of the condition; not applied unless empty.
    pub(crate) condition: u32,
    pub(crate) only: u8,
    /// One of the `TURN_*`.
    pub(crate) turn: u8,
    /// Vehicle kinds it binds, a bit each.
    pub(crate) vehicles: u8,
    pub(crate) spare: u8,
}

pub(crate) const TURN_OTHER: u8 = 0;
pub(crate) const TURN_LEFT: u8 = 1;
pub(crate) const TURN_RIGHT: u8 = 2;
pub(crate) const TURN_STRAIGHT: u8 = 3;
pub(crate) const TURN_U: u8 = 4;

/// Vehicle kinds told apart: car, lorry, motorcycle, bus, emergency.
pub(crate) const VEHICLE_KINDS: usize = 5;
pub(crate) const VEHICLES_ALL: u8 = (1 << VEHICLE_KINDS) - 1;

/// Limits of a way, one for each record of the ways; 0 is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct WayLimitRecord {
    pub(crate) weight_kg: u32,
    pub(crate) axle_kg: u32,
    pub(crate) height_cm: u16,
    pub(crate) width_cm: u16,
    pub(crate) length_cm: u16,
    /// 1 if dangerous goods are kept out.
    pub(crate) no_hazmat: u16,
    /// One of the `ACCESS_*` for each vehicle kind.
    pub(crate) access: [u8; 8],
}

pub(crate) const ACCESS_UNSAID: u8 = 0;
pub(crate) const ACCESS_YES: u8 = 1;
pub(crate) const ACCESS_DESTINATION: u8 = 2;
pub(crate) const ACCESS_PRIVATE: u8 = 3;
pub(crate) const ACCESS_NO: u8 = 4;

/// A barrier at a node or, with `node` none, on a line so many metres from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct BarrierRecord {
    pub(crate) osm: i64,
    pub(crate) node: u32,
    pub(crate) line: u32,
    pub(crate) offset_m: f32,
    /// Vehicle kinds it keeps out, a bit each.
    pub(crate) refused: u8,
    pub(crate) spare: [u8; 3],
}
