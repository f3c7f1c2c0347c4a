//! What a network knows by name: crossings, sections, roads, areas, landmarks.

use gongzhi_civic::place::{Bounds, Point};
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);
    };
}

id!(
    /// A crossing's index in one network file. Not stable across imports: keep [`Crossing::key`] instead.
    CrossingId
);
id!(
    /// A section's index in one network file; keep [`Section::key`] across imports.
    SectionId
);
id!(
    /// A road's index in one network file; keep [`Road::key`] across imports.
    RoadId
);
id!(
    /// An area's index in one network file; keep [`Area::key`] across imports.
    AreaId
);
id!(
    /// A landmark's index in one network file; keep [`Landmark::key`] across imports.
    LandmarkId
);

/// Any place of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum PlaceRef {
    /// Where roads meet at grade.
    Crossing(CrossingId),
    /// A road between two consecutive crossings.
    Section(SectionId),
    /// A whole road.
    Road(RoadId),
    /// An administrative area or a patch of land.
    Area(AreaId),
    /// A hospital, school, station, mall, town.
    Landmark(LandmarkId),
}

impl PlaceRef {
    /// `crossing`, `section`, `road`, `area`, `landmark`.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Crossing(_) => "crossing",
            Self::Section(_) => "section",
            Self::Road(_) => "road",
            Self::Area(_) => "area",
            Self::Landmark(_) => "landmark",
        }
    }
}

/// A place in the form a record keeps: the key survives a new import of the same roads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Stable key: `c:…`, `s:…`, `r:…`, `a:…`, `l:…`.
    pub key: String,
    /// Name in the language of the map.
    pub name: String,
    /// [`PlaceRef::kind`].
    pub kind: String,
    /// A point on or in it, WGS-84.
    pub point: Point,
}

/// Where roads meet at grade; the nodes of dual carriageways and of a roundabout are one crossing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crossing {
    /// `c:<lowest OSM node id>`.
    pub key: String,
    /// Centre of its nodes.
    pub point: Point,
    /// `胜利东路与阳明北路交叉口`, or `Road A / Road B` where the names are not Chinese.
    pub name: String,
    /// Names of all roads that meet, the most important first; unnamed ones are left out.
    pub roads: Vec<String>,
    /// Whether a traffic signal stands at it or within 30 m on one of its legs.
    pub signal: bool,
    /// Whether it is a roundabout.
    pub roundabout: bool,
}

/// A road between two consecutive crossings. Carriageways mapped apart are one section where both run between the same crossings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// `s:<OSM node id>-<OSM node id>`: ends of its lowest-numbered piece.
    pub key: String,
    /// `中兴大道（平江路—阳明北路）`.
    pub name: String,
    /// Name of the road, empty if it has none.
    pub road: String,
    /// The road.
    pub road_id: RoadId,
    /// Metres along one carriageway.
    pub length_m: f64,
    /// One carriageway's line, from end to end.
    pub line: Vec<Point>,
    /// Class of its longest piece.
    pub class: Class,
    /// Crossings at its ends (one for a dead end, none for a road apart).
    pub ends: Vec<CrossingId>,
}

/// A road: pieces of one name that lie together, or one connected unnamed street.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Road {
    /// `r:<lowest OSM way id>`.
    pub key: String,
    /// Name, empty if unnamed.
    pub name: String,
    /// English name, empty if unknown.
    pub name_en: String,
    /// Route number (`G220`, `S315`), empty if none.
    pub reference: String,
    /// Highest class of its pieces.
    pub class: Class,
    /// Its sections.
    pub sections: Vec<SectionId>,
    /// Its crossings.
    pub crossings: Vec<CrossingId>,
    /// A point on it.
    pub point: Point,
}

/// A patch of land or an administrative area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// `a:w<OSM way id>` or `a:r<OSM relation id>`.
    pub key: String,
    /// Name, may be empty for land.
    pub name: String,
    /// English name, may be empty.
    pub name_en: String,
    /// What it is.
    pub kind: AreaKind,
    /// Administrative level as in OSM (China: 4 province, 5 city, 6 county, 8 town), 0 for land.
    pub level: u8,
    /// Rings, outer ones and holes together: a point is inside by the even-odd rule.
    pub polygons: Vec<Vec<Point>>,
    /// Box around it.
    pub bounds: Bounds,
}

/// Kinds of areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum AreaKind {
    /// Administrative boundary.
    Administrative = 0,
    /// Lake, river bank, sea.
    Water = 1,
    /// Park, wood, grass, field.
    Green = 2,
    /// Houses, shops, works.
    BuiltUp = 3,
    /// School, university or hospital grounds.
    Grounds = 4,
}

impl AreaKind {
    /// Snake-case word, as in tiles.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Administrative => "administrative",
            Self::Water => "water",
            Self::Green => "green",
            Self::BuiltUp => "built_up",
            Self::Grounds => "grounds",
        }
    }

    pub(crate) const fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Water,
            2 => Self::Green,
            3 => Self::BuiltUp,
            4 => Self::Grounds,
            _ => Self::Administrative,
        }
    }
}

/// A place that people name instead of a road.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Landmark {
    /// `l:n<OSM node id>` or `l:w<OSM way id>`.
    pub key: String,
    /// Name.
    pub name: String,
    /// English name, may be empty.
    pub name_en: String,
    /// What it is.
    pub kind: LandmarkKind,
    /// Where, WGS-84.
    pub point: Point,
}

/// Kinds of landmarks, the more important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum LandmarkKind {
    /// City.
    City = 0,
    /// District or suburb.
    District = 1,
    /// Town or street office.
    Town = 2,
    /// Village or hamlet.
    Village = 3,
    /// Neighbourhood.
    Neighbourhood = 4,
    /// Railway, metro or coach station.
    Station = 5,
    /// Hospital.
    Hospital = 6,
    /// School, college, university.
    School = 7,
    /// Mall, market, department store.
    Mall = 8,
    /// Police, fire, town hall.
    Office = 9,
    /// Park, stadium, sight.
    Sight = 10,
    /// Fuel station, parking.
    Service = 11,
    /// Bridge or tunnel with a name of its own.
    Structure = 12,
    /// Expressway exit.
    Exit = 13,
}

impl LandmarkKind {
    /// Snake-case word, as in tiles.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::District => "district",
            Self::Town => "town",
            Self::Village => "village",
            Self::Neighbourhood => "neighbourhood",
            Self::Station => "station",
            Self::Hospital => "hospital",
            Self::School => "school",
            Self::Mall => "mall",
            Self::Office => "office",
            Self::Sight => "sight",
            Self::Service => "service",
            Self::Structure => "structure",
            Self::Exit => "exit",
        }
    }

    pub(crate) const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::City,
            1 => Self::District,
            2 => Self::Town,
            3 => Self::Village,
            4 => Self::Neighbourhood,
            5 => Self::Station,
            6 => Self::Hospital,
            7 => Self::School,
            8 => Self::Mall,
            9 => Self::Office,
            11 => Self::Service,
            12 => Self::Structure,
            13 => Self::Exit,
            _ => Self::Sight,
        }
    }
}

/// Class of a road after OpenStreetMap's `highway` values, the most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Class {
    /// Expressway (高速公路).
    Motorway = 0,
    /// National or urban express road (快速路、国道).
    Trunk = 1,
    /// Arterial (主干路).
    Primary = 2,
    /// Secondary arterial (次干路).
    Secondary = 3,
    /// Branch road (支路).
    Tertiary = 4,
    /// Minor road without class.
    Unclassified = 5,
    /// Street of a living quarter.
    Residential = 6,
    /// Motorway or trunk ramp.
    Ramp = 7,
    /// Slip road of a lesser class.
    Link = 8,
    /// Street where people walk and cars creep.
    LivingStreet = 9,
    /// Driveway, yard, car park aisle.
    Service = 10,
    /// Pedestrian street.
    Pedestrian = 11,
    /// Field or forest track.
    Track = 12,
}

impl Class {
    /// Number of classes.
    pub const COUNT: usize = 13;

    /// Snake-case word, as in tiles.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Motorway => "motorway",
            Self::Trunk => "trunk",
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Tertiary => "tertiary",
            Self::Unclassified => "unclassified",
            Self::Residential => "residential",
            Self::Ramp => "ramp",
            Self::Link => "link",
            Self::LivingStreet => "living_street",
            Self::Service => "service",
            Self::Pedestrian => "pedestrian",
            Self::Track => "track",
        }
    }

    /// What a road of this class is called when it has no name, Chinese and English.
    #[must_use]
    pub const fn unnamed(self) -> (&'static str, &'static str) {
        match self {
            Self::Motorway => ("无名高速公路", "unnamed motorway"),
            Self::Trunk => ("无名快速路", "unnamed trunk road"),
            Self::Primary => ("无名主干路", "unnamed primary road"),
            Self::Secondary => ("无名次干路", "unnamed secondary road"),
            Self::Tertiary => ("无名支路", "unnamed tertiary road"),
            Self::Unclassified | Self::Residential | Self::LivingStreet => ("无名路", "unnamed street"),
            Self::Ramp => ("匝道", "ramp"),
            Self::Link => ("连接道", "slip road"),
            Self::Service => ("内部道路", "service road"),
            Self::Pedestrian => ("步行街", "pedestrian street"),
            Self::Track => ("机耕路", "track"),
        }
    }

    /// From an OSM `highway` value; `None` for what is no road for vehicles (footways, steps, planned roads).
    #[must_use]
    pub fn from_highway(value: &str) -> Option<Self> {
        Some(match value {
            "motorway" => Self::Motorway,
            "trunk" => Self::Trunk,
            "primary" => Self::Primary,
            "secondary" => Self::Secondary,
            "tertiary" => Self::Tertiary,
            "unclassified" | "road" => Self::Unclassified,
            "residential" => Self::Residential,
            "motorway_link" | "trunk_link" => Self::Ramp,
            "primary_link" | "secondary_link" | "tertiary_link" => Self::Link,
            "living_street" => Self::LivingStreet,
            "service" => Self::Service,
            "pedestrian" => Self::Pedestrian,
            "track" => Self::Track,
            _ => return None,
        })
    }

    pub(crate) const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Motorway,
            1 => Self::Trunk,
            2 => Self::Primary,
            3 => Self::Secondary,
            4 => Self::Tertiary,
            5 => Self::Unclassified,
            6 => Self::Residential,
            7 => Self::Ramp,
            8 => Self::Link,
            9 => Self::LivingStreet,
            11 => Self::Pedestrian,
            12 => Self::Track,
            _ => Self::Service,
        }
    }

    /// Whether meeting a road of this class makes a crossing even if it has no name.
    pub(crate) const fn makes_crossings(self) -> bool {
        !matches!(self, Self::Service | Self::Pedestrian | Self::Track | Self::Link | Self::Ramp)
    }
}
