//! Keys that survive a new import, and the way back from a key to the place.

use crate::format::*;
use crate::geometry::to_point;
use crate::network::Network;
use crate::place::*;

impl Network {
    /// The place with this key (`c:…`, `s:…`, `r:…`, `a:…`, `l:…`), if the network has it. A linear search: some microseconds per thousand places.
    #[must_use]
    pub fn place_by_key(&self, key: &str) -> Option<PlaceRef> {
        let (kind, rest) = key.split_once(':')?;
        match kind {
            "c" => {
                let osm: i64 = rest.parse().ok()?;
                position(self.table::<CrossingRecord>(Tag::Crossings), |r| r.osm == osm).map(|i| PlaceRef::Crossing(CrossingId(i)))
            }
            "s" => {
                let (low, high, turn) = section_parts(rest)?;
                position(self.table::<SectionRecord>(Tag::Sections), |r| (r.osm_low, r.osm_high, r.turn) == (low, high, turn))
                    .map(|i| PlaceRef::Section(SectionId(i)))
            }
            "r" => {
                let osm: i64 = rest.parse().ok()?;
                position(self.table::<RoadRecord>(Tag::Roads), |r| r.osm == osm).map(|i| PlaceRef::Road(RoadId(i)))
            }
            "a" => position(self.table::<AreaRecord>(Tag::Areas), |r| area(r) == key).map(|i| PlaceRef::Area(AreaId(i))),
            "l" => {
                position(self.table::<LandmarkRecord>(Tag::Landmarks), |r| landmark(r) == key).map(|i| PlaceRef::Landmark(LandmarkId(i)))
            }
            _ => None,
        }
    }

    /// A place in the form a record keeps.
    #[must_use]
    pub fn place(&self, place: PlaceRef) -> Option<Place> {
        let (key, name, point) = match place {
            PlaceRef::Crossing(id) => {
                let r = self.crossing_record(id)?;
                (crossing(r), self.string(r.name).to_owned(), to_point(ShapeRecord { x: r.x, y: r.y }))
            }
            PlaceRef::Section(id) => {
                let view = self.section(id)?;
                let point = middle(&view.line)?;
                (view.key, view.name, point)
            }
            PlaceRef::Road(id) => {
                let r = self.road_record(id)?;
                let name = if r.name == 0 { self.string(r.reference) } else { self.string(r.name) };
                (road(r), name.to_owned(), to_point(ShapeRecord { x: r.x, y: r.y }))
            }
            PlaceRef::Area(id) => {
                let r = self.area_record(id)?;
                let centre = ShapeRecord { x: i32::midpoint(r.west, r.east), y: i32::midpoint(r.south, r.north) };
                (area(r), self.string(r.name).to_owned(), to_point(centre))
            }
            PlaceRef::Landmark(id) => {
                let view = self.landmark(id)?;
                (view.key, view.name, view.point)
            }
        };
        Some(Place { key, name, kind: place.kind().to_owned(), point })
    }
}

fn position<T>(records: &[T], is: impl FnMut(&T) -> bool) -> Option<u32> {
    records.iter().position(is).and_then(|i| u32::try_from(i).ok())
}

/// The point half way along a line.
pub(crate) fn middle(line: &[gongzhi_civic::place::Point]) -> Option<gongzhi_civic::place::Point> {
    use gongzhi_civic::place::{Point, haversine_m};
    let total: f64 = line.windows(2).map(|w| haversine_m(w[0], w[1])).sum();
    let mut left = total / 2.0;
    for w in line.windows(2) {
        let step = haversine_m(w[0], w[1]);
        if step >= left && step > 0.0 {
            let share = left / step;
            return Some(Point { lon: w[0].lon + (w[1].lon - w[0].lon) * share, lat: w[0].lat + (w[1].lat - w[0].lat) * share });
        }
        left -= step;
    }
    line.last().copied()
}

pub(crate) fn crossing(r: &CrossingRecord) -> String {
    format!("c:{}", r.osm)
}

pub(crate) fn section(r: &SectionRecord) -> String {
    if r.turn == 0 {
        format!("s:{}-{}", r.osm_low, r.osm_high)
    } else {
        format!("s:{}-{}.{}", r.osm_low, r.osm_high, u32::from(r.turn) + 1)
    }
}

/// Reads `low-high` or `low-high.turn`; ids of unsaved data are negative.
fn section_parts(rest: &str) -> Option<(i64, i64, u16)> {
    let (ids, turn) = rest.split_once('.').map_or((rest, Some(0)), |(ids, t)| {
        (ids, t.parse::<u32>().ok().and_then(|t| u16::try_from(t.checked_sub(1)?).ok()).filter(|t| *t > 0))
    });
    let dash = ids.char_indices().skip(1).find(|(_, c)| *c == '-')?.0;
    Some((ids[..dash].parse().ok()?, ids[dash + 1..].parse().ok()?, turn?))
}

pub(crate) fn road(r: &RoadRecord) -> String {
    format!("r:{}", r.osm)
}

pub(crate) fn area(r: &AreaRecord) -> String {
    if r.osm < 0 { format!("a:r{}", r.osm.unsigned_abs()) } else { format!("a:w{}", r.osm) }
}

pub(crate) fn landmark(r: &LandmarkRecord) -> String {
    if r.osm < 0 { format!("l:w{}", r.osm.unsigned_abs()) } else { format!("l:n{}", r.osm) }
}
