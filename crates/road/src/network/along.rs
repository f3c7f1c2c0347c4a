//! What stands along roads: house numbers, stakes, exits; and the names of a place in all languages.

use gongzhi_civic::place::Point;
use serde::{Deserialize, Serialize};

use crate::format::*;
use crate::geometry::to_point;
use crate::network::Network;
use crate::place::*;

/// A house number on a road.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HouseNumber {
    /// Street as the address writes it.
    pub street: String,
    /// The nearest road of that name within a kilometre, if there is one.
    pub road: Option<RoadId>,
    /// Number as written: `128`, `甲12号`, `128-2`.
    pub number: String,
    /// First run of digits of the number, 0 without any.
    pub value: u32,
    /// Where, WGS-84: the house's node, or the middle of its box.
    pub point: Point,
    /// Not mapped itself: placed between two mapped numbers.
    pub interpolated: bool,
}

/// A stake (milestone, 公里桩).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stake {
    /// `k:<OSM node id>`.
    pub key: String,
    /// Number of the route it counts along: its own, else that of the road it stands on; empty if neither is known.
    pub reference: String,
    /// Metres along the route.
    pub metre: i32,
    /// Where, WGS-84.
    pub point: Point,
    /// The line it stands on or within 30 m of, an index into the network's lines.
    pub line: Option<u32>,
}

/// An expressway exit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exit {
    /// `l:n<OSM node id>`: the key of its landmark.
    pub key: String,
    /// The landmark it is found as.
    pub landmark: LandmarkId,
    /// Name, may be empty.
    pub name: String,
    /// Number, may be empty.
    pub reference: String,
    /// The road that is left.
    pub road: Option<RoadId>,
    /// Where, WGS-84.
    pub point: Point,
    /// What the ramp's sign says, places separated by semicolons; may be empty.
    pub destination: String,
    /// Route numbers on the ramp's sign, may be empty.
    pub destination_reference: String,
}

impl Network {
    /// House numbers of a road, by value, then as written.
    pub fn house_numbers_of(&self, road: RoadId) -> impl Iterator<Item = HouseNumber> + '_ {
        let records = self.table::<HouseNumberRecord>(Tag::HouseNumbers);
        let first = records.partition_point(|r| r.road < road.0);
        let known = road.0 != NONE;
        records.iter().skip(first).take_while(move |r| known && r.road == road.0).map(|r| self.house_number(r))
    }

    /// All house numbers, by road; those of no known road come last.
    pub fn house_numbers(&self) -> impl Iterator<Item = HouseNumber> + '_ {
        self.table::<HouseNumberRecord>(Tag::HouseNumbers).iter().map(|r| self.house_number(r))
    }

    /// All stakes, by reference and metre.
    pub fn stakes(&self) -> impl Iterator<Item = Stake> + '_ {
        self.table::<StakeRecord>(Tag::Stakes).iter().map(|r| Stake {
            key: format!("k:{}", r.osm),
            reference: self.string(r.reference).to_owned(),
            metre: r.metre,
            point: to_point(ShapeRecord { x: r.x, y: r.y }),
            line: (r.line != NONE).then_some(r.line),
        })
    }

    /// All expressway exits, in the order of their landmarks.
    pub fn exits(&self) -> impl Iterator<Item = Exit> + '_ {
        self.table::<ExitRecord>(Tag::Exits).iter().map(|r| Exit {
            key: format!("l:n{}", r.osm),
            landmark: LandmarkId(r.landmark),
            name: self.string(r.name).to_owned(),
            reference: self.string(r.reference).to_owned(),
            road: (r.road != NONE).then_some(RoadId(r.road)),
            point: to_point(ShapeRecord { x: r.x, y: r.y }),
            destination: self.string(r.destination).to_owned(),
            destination_reference: self.string(r.destination_reference).to_owned(),
        })
    }

    /// Every name of a road, area or landmark with its language: empty for the name itself, `en` for `name:en`, else the OSM
    /// key (`alt_name`, `old_name:en`, `ref`, `int_ref`), `route:ref`, `route` and `route:<language>` for what a route
    /// relation gives. Crossings and sections have no names of their own.
    #[must_use]
    pub fn names_of(&self, place: PlaceRef) -> Vec<(String, String)> {
        let (kind, target) = match place {
            PlaceRef::Road(id) => (NAME_ROAD, id.0),
            PlaceRef::Area(id) => (NAME_AREA, id.0),
            PlaceRef::Landmark(id) => (NAME_LANDMARK, id.0),
            PlaceRef::Crossing(_) | PlaceRef::Section(_) => return Vec::new(),
        };
        let records = self.table::<PlaceNameRecord>(Tag::PlaceNames);
        let first = records.partition_point(|r| (r.kind, r.target) < (kind, target));
        let own = records.iter().skip(first).take_while(|r| (r.kind, r.target) == (kind, target));
        own.map(|r| (self.string(r.language).to_owned(), self.string(r.text).to_owned())).collect()
    }

    fn house_number(&self, r: &HouseNumberRecord) -> HouseNumber {
        HouseNumber {
            street: self.string(r.street).to_owned(),
            road: (r.road != NONE).then_some(RoadId(r.road)),
            number: self.string(r.number).to_owned(),
            value: r.value,
            point: to_point(ShapeRecord { x: r.x, y: r.y }),
            interpolated: r.flags & HOUSE_INTERPOLATED != 0,
        }
    }
}
