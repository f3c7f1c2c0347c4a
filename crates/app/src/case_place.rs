//! Where a case is: from a key, a point or words to what the network knows there.

use gongzhi_civic::place::Point;
use gongzhi_road::{Network, PlaceRef};
use gongzhi_store::cases::CaseRow;
use serde_json::{Value, json};

use crate::App;
use crate::cases::{CasePlace, GivenPlace};
use crate::error::{AppError, Problem};
use crate::placing;
use crate::roads::Roads;

impl App {
    /// What was given, on the network. A point outside every road stays a point; nothing at all is refused.
    pub(crate) fn resolve_place(&self, given: &GivenPlace) -> Result<CasePlace, AppError> {
        let roads = self.roads();
        let point =
            match (given.lon, given.lat) {
                (Some(lon), Some(lat)) => Some(Point::valid(lon, lat).ok_or_else(|| {
                    Problem::new(422, "point_invalid", "坐标无效：请检查经度与纬度。", "This is no point: check longitude and latitude.")
                        .at("/place", "无效坐标", "not a point")
                })?),
                _ => None,
            };
        let text = given.text.clone().unwrap_or_default();
        let Some(roads) = roads else { return Ok(CasePlace { name: text, point, ..CasePlace::default() }) };
        let network = &roads.network;
        if let Some(key) = given.key.as_deref().filter(|k| !k.is_empty())
            && let Some(place) = network.place_by_key(key)
            && let Some(known) = network.place(place)
        {
            return Ok(describe(&roads, place, point.unwrap_or(known.point), known.name));
        }
        let placement = placing::place(Some(&roads), point, &text, "");
        let key = placement.crossing_key.or(placement.section_key);
        match (key.as_deref().and_then(|k| network.place_by_key(k)), placement.lon.zip(placement.lat)) {
            (Some(place), Some((lon, lat))) => Ok(describe(&roads, place, Point::new(lon, lat), placement.place_name)),
            (_, Some((lon, lat))) => {
                let point = Point::new(lon, lat);
                let name = if text.is_empty() { network.describe(point).zh } else { text };
                Ok(CasePlace { name, point: Some(point), area: area(network, point), ..CasePlace::default() })
            }
            _ if !text.is_empty() => Ok(CasePlace { name: text, ..CasePlace::default() }),
            _ => Err(Problem::new(
                422,
                "place_missing",
                "请在地图上选择位置，或写明地点。",
                "Choose the place on the map or say where it is.",
            )
            .at("/place", "必填", "required")
            .into()),
        }
    }

    /// The place of a stored case, on the network of today.
    pub(crate) fn place_of(&self, row: &CaseRow) -> CasePlace {
        let point = row.lon.zip(row.lat).map(|(lon, lat)| Point::new(lon, lat));
        let plain = CasePlace { key: row.place_key.clone(), name: row.place_name.clone(), point, ..CasePlace::default() };
        let Some(roads) = self.roads() else { return plain };
        let network = &roads.network;
        match (row.place_key.as_deref().and_then(|k| network.place_by_key(k)), point) {
            (Some(place), Some(point)) => describe(&roads, place, point, row.place_name.clone()),
            (None, Some(point)) => CasePlace { area: area(network, point), ..plain },
            _ => plain,
        }
    }
}

fn describe(roads: &Roads, place: PlaceRef, point: Point, name: String) -> CasePlace {
    let network = &*roads.network;
    let key = network.place(place).map(|p| p.key);
    let (road, signal) = match place {
        PlaceRef::Crossing(id) => {
            let crossing = network.crossing(id);
            let signal = crossing.as_ref().is_some_and(|c| c.signal);
            // The most important road at a crossing answers for it.
            let road = network.snap(point, placing::REACH_M).and_then(|s| network.section(s.section)).map(|s| road_facts(network, &s));
            (road, signal)
        }
        PlaceRef::Section(id) => (network.section(id).map(|s| road_facts(network, &s)), false),
        _ => (None, false),
    };
    let road = road.map(|facts| with_stake(facts, roads, point));
    CasePlace { key, name, point: Some(point), area: area(network, point), shared: roads.shared_areas(point), road, signal }
}

fn road_facts(network: &Network, section: &gongzhi_road::Section) -> Value {
    let road = network.road(section.road_id);
    let edge = section.line.get(section.line.len() / 2).and_then(|p| network.snap(*p, 20.0)).and_then(|s| network.edge(s.edge));
    json!({
        "name": section.road, "class": section.class.word(), "ref": road.map(|r| r.reference).unwrap_or_default(),
        "bridge": edge.as_ref().is_some_and(|e| e.bridge), "tunnel": edge.as_ref().is_some_and(|e| e.tunnel),
    })
}

/// The stake of the place, where the road it is on has stakes: `K12+300`, metres, and how far off that may be.
fn with_stake(mut facts: Value, roads: &Roads, point: Point) -> Value {
    let numbers = facts["ref"].as_str().unwrap_or_default().to_owned();
    if let Some(at) = roads.stake_at(point).filter(|at| numbers.split(';').any(|own| own.trim() == at.reference)) {
        facts["stake"] = at.stake.into();
        facts["stake_m"] = at.metre.round().into();
        facts["stake_bound_m"] = at.bound_m.round().into();
    }
    facts
}

fn area(network: &Network, point: Point) -> Option<(String, String)> {
    let id = *network.areas_at(point).first()?;
    network.place(PlaceRef::Area(id)).map(|p| (p.key, p.name))
}
