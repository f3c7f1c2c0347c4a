//! Places over a new import, drawn before and after.

use gongzhi_civic::place::haversine_m;
use gongzhi_road::import::{self, Options};
use gongzhi_road::{Carried, CarryReason, LandmarkKind, Network, carry};
use gongzhi_testkit::RoadMap;
use proptest::prelude::*;

use super::drawn::city;

fn moved<'a>(carried: &'a Carried, key: &str) -> (&'a str, CarryReason, &'a [String]) {
    let found = carried.moved.iter().find(|m| m.old == key).unwrap_or_else(|| panic!("{key} is not among the moved: {carried:?}"));
    (&found.new, found.why, &found.also)
}

fn lost(carried: &Carried, key: &str) -> CarryReason {
    carried.lost.iter().find(|l| l.key == key).unwrap_or_else(|| panic!("{key} is not among the lost: {carried:?}")).why
}

fn is_kept(carried: &Carried, key: &str) -> bool {
    carried.kept.iter().any(|k| k == key)
}

fn crossing_key(network: &Network, name: &str) -> String {
    network.crossings().find(|(_, c)| c.name == name).unwrap().1.key
}

fn section_key(network: &Network, name: &str) -> String {
    network.sections().find(|(_, s)| s.name == name).unwrap().1.key
}

fn road_key(network: &Network, name: &str) -> String {
    network.roads().find(|(_, r)| r.name == name).unwrap().1.key
}

/// The same roads under other ids: nodes and ways count from `from`.
fn renumbered(map: &RoadMap, from: i64) -> Network {
    let mut xml = map.osm_xml();
    for attribute in [" id=\"", " ref=\""] {
        let mut out = String::new();
        let mut rest = xml.as_str();
        while let Some(at) = rest.find(attribute) {
            let (head, tail) = rest.split_at(at + attribute.len());
            let (number, tail) = tail.split_once('"').unwrap();
            out += head;
            out += &(number.parse::<i64>().unwrap() + from).to_string();
            out += "\"";
            rest = tail;
        }
        xml = out + rest;
    }
    Network::from_vec(import::osm(xml.as_bytes(), &Options::default(), &mut |_| {}).unwrap().bytes).unwrap()
}

fn count(network: &Network) -> usize {
    let c = network.counts();
    c.crossings + c.sections + c.roads + c.areas + c.landmarks
}

#[test]
fn an_unchanged_map_keeps_everything() {
    let network = city().node('P', "amenity", "hospital").node('P', "name", "市医院").network();
    let carried = carry(&network, &network);
    assert_eq!((carried.kept.len(), carried.moved.len(), carried.lost.len()), (count(&network), 0, 0));
}

#[test]
fn roads_that_did_not_change_keep_their_keys_when_another_is_added() {
    let (old, new) = (city().network(), city().way("PE", |w| w.name("新路")).network());
    let carried = carry(&old, &new);
    assert!(carried.lost.is_empty(), "{carried:?}");
    for (_, crossing) in old.crossings() {
        assert!(is_kept(&carried, &crossing.key));
    }
}

#[test]
fn a_section_cut_by_a_new_crossing_goes_to_its_parts() {
    let art = "
      N  Z      P
      |         |
W-----X--V------Y-----E
      |         |
      S         Q";
    let roads = |map: RoadMap| {
        map.way("WXVYE", |w| w.name("胜利东路").class("primary")).way("NXS", |w| w.name("阳明北路")).way("PYQ", |w| w.name("平江路"))
    };
    let old = roads(RoadMap::draw(art)).network();
    let new = roads(RoadMap::draw(art)).way("ZV", |w| w.name("新开路")).network();
    let carried = carry(&old, &new);
    let key = section_key(&old, "胜利东路（平江路—阳明北路）");
    let (to, why, also) = moved(&carried, &key);
    assert_eq!(to, section_key(&new, "胜利东路（平江路—新开路）"), "the longer part");
    assert_eq!((why, also), (CarryReason::NameAndPlace, &[section_key(&new, "胜利东路（新开路—阳明北路）")][..]));
    assert!(carried.lost.is_empty());
    assert!(is_kept(&carried, &road_key(&old, "胜利东路")));
}

#[test]
fn a_crossing_rebuilt_as_a_roundabout_is_the_same_crossing() {
    let old = RoadMap::draw(
        "
     N
     |
W----X----E
     |
     S",
    )
    .scale(20.0)
    .way("WXE", |w| w.name("解放路"))
    .way("NXS", |w| w.name("人民路"))
    .network();
    let round = RoadMap::draw(
        "
     N
     a
    / \\
W--d   b--E
    \\ /
     c
     S",
    )
    .scale(20.0)
    .way("adcba", |w| w.tag("junction", "roundabout"))
    .way("Wd", |w| w.name("解放路"))
    .way("bE", |w| w.name("解放路"))
    .way("Na", |w| w.name("人民路"))
    .way("cS", |w| w.name("人民路"))
    .network();
    let carried = carry(&old, &round);
    let (to, why, _) = moved(&carried, &crossing_key(&old, "人民路与解放路交叉口"));
    assert_eq!((to, why), (crossing_key(&round, "人民路与解放路环岛").as_str(), CarryReason::SameRoads));
    // And back.
    let back = carry(&round, &old);
    assert_eq!(moved(&back, to).1, CarryReason::SameRoads);
}

#[test]
fn a_renamed_road_keeps_its_keys_or_is_found_by_its_line() {
    let named = |name: &'static str| {
        RoadMap::draw("N       P\n|       |\nX-------Y\n|       |\nS       Q")
            .way("XY", move |w| w.name(name).class("primary"))
            .way("NXS", |w| w.name("阳明北路"))
            .way("PYQ", |w| w.name("平江路"))
    };
    let (old, new) = (named("胜利路").network(), named("中兴大道").network());
    let carried = carry(&old, &new);
    assert_eq!((carried.moved.len(), carried.lost.len()), (0, 0), "{carried:?}");
    // Renamed and drawn anew at once: the line is all that is left.
    let anew = renumbered(&named("中兴大道"), 5_000);
    let carried = carry(&old, &anew);
    assert_eq!(moved(&carried, &road_key(&old, "胜利路")).1, CarryReason::Place);
    assert_eq!(moved(&carried, &road_key(&old, "平江路")).1, CarryReason::NameAndPlace);
    let crossing = moved(&carried, &crossing_key(&old, "胜利路与平江路交叉口"));
    assert_eq!((crossing.0, crossing.1), (crossing_key(&anew, "中兴大道与平江路交叉口").as_str(), CarryReason::Place));
}

#[test]
fn a_removed_road_is_listed_with_the_reason() {
    let old = city().network();
    let without = RoadMap::draw(
        "
      N
      |
W-----X---------Y-----E
      |
      S",
    )
    .way("WXYE", |w| w.name("胜利东路").class("primary"))
    .way("NXS", |w| w.name("阳明北路"))
    .network();
    let carried = carry(&old, &without);
    assert_eq!(lost(&carried, &road_key(&old, "平江路")), CarryReason::Gone);
    assert_eq!(lost(&carried, &crossing_key(&old, "胜利东路与平江路交叉口")), CarryReason::Gone);
    assert!(is_kept(&carried, &crossing_key(&old, "胜利东路与阳明北路交叉口")));
    for entry in &carried.lost {
        assert!(!entry.why.text().zh.is_empty() && !entry.why.text().en.is_empty());
    }
    // The two halves of 胜利东路 are one section now: both map to it.
    let whole = format!("s:{}-{}", RoadMap::id('E'), RoadMap::id('X'));
    let between = section_key(&old, "胜利东路（平江路—阳明北路）");
    assert_eq!(moved(&carried, &between).0, whole);
    assert_eq!(moved(&carried, &section_key(&old, "胜利东路（平江路—尽头）")).0, whole);
}

#[test]
fn changed_ids_with_the_same_shape_are_found_by_name_and_place() {
    let map = city()
        .node('P', "amenity", "hospital")
        .node('P', "name", "市医院")
        .area([-2.0, -1.0, 30.0, 10.0], &[("boundary", "administrative"), ("admin_level", "6"), ("name", "越城区")]);
    let (old, new) = (map.network(), renumbered(&map, 70_000));
    let carried = carry(&old, &new);
    assert_eq!((carried.kept.len(), carried.moved.len(), carried.lost.len()), (0, count(&old), 0), "{carried:?}");
    for entry in &carried.moved {
        assert!(matches!(entry.why, CarryReason::NameAndPlace | CarryReason::SameRoads), "{entry:?}");
        assert!(entry.distance_m < 0.2 && entry.also.is_empty(), "{entry:?}");
        let (there, here) =
            (new.place(new.place_by_key(&entry.new).unwrap()).unwrap(), old.place(old.place_by_key(&entry.old).unwrap()).unwrap());
        assert_eq!((there.name, there.kind), (here.name, here.kind));
    }
}

#[test]
fn an_id_that_went_to_another_place_is_not_trusted() {
    // The landmark's and the crossing's ids are used again, 2 km away.
    let old = RoadMap::draw("A--X--B\n   |\n   C")
        .way("AXB", |w| w.name("甲路"))
        .way("XC", |w| w.name("乙路"))
        .node('C', "amenity", "school")
        .node('C', "name", "一小");
    let new = RoadMap::draw("P--Q--R\n   |\n   S                                    A--X--B\n                                         |\n                                         C")
        .way("AXB", |w| w.name("丙路"))
        .way("XC", |w| w.name("丁路"))
        .way("PQR", |w| w.name("甲路"))
        .way("QS", |w| w.name("乙路"))
        .node('C', "amenity", "school")
        .node('C', "name", "二小")
        .network();
    let old = old.network();
    let carried = carry(&old, &new);
    let key = |letter: char| format!("c:{}", RoadMap::id(letter));
    assert!(new.place_by_key(&key('X')).is_some(), "the key is there, but it means another crossing");
    let (to, why, _) = moved(&carried, &key('X'));
    assert_eq!((to, why), (key('Q').as_str(), CarryReason::SameRoads));
    let school = old.landmarks().find(|(_, l)| l.kind == LandmarkKind::School).unwrap().1.key;
    assert_eq!(lost(&carried, &school), CarryReason::Gone);
    assert_eq!(moved(&carried, &road_key(&old, "甲路")).0, road_key(&new, "甲路"));
}

#[test]
fn what_lies_beyond_the_new_extract_is_said_so() {
    let old = city().network();
    let west = RoadMap::draw("      N\n      |\nW-----X\n      |\n      S")
        .way("WX", |w| w.name("胜利东路").class("primary"))
        .way("NXS", |w| w.name("阳明北路"))
        .network();
    let carried = carry(&old, &west);
    assert_eq!(lost(&carried, &crossing_key(&old, "胜利东路与平江路交叉口")), CarryReason::Outside);
    assert_eq!(lost(&carried, &road_key(&old, "平江路")), CarryReason::Outside);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// Whatever is moved by some metres and renumbered, every place is in one list, keys are right, and nothing goes far.
    #[test]
    fn every_place_is_in_one_list(east in -8.0f64..8.0, north in -8.0f64..8.0, renumber in any::<bool>()) {
        let map = city();
        let old = map.network();
        let plain = map.geojson();
        let other = if renumber { renumbered(&map, 9_000) } else {
            // The same roads through GeoJSON, pushed to the side: all ids differ.
            let p = map.point('X');
            let q = map.beside('X', east, north);
            let value: serde_json::Value = serde_json::from_str(&plain).unwrap();
            let mut value = value;
            for feature in value["features"].as_array_mut().unwrap() {
                push(&mut feature["geometry"]["coordinates"], q.lon - p.lon, q.lat - p.lat);
            }
            Network::from_vec(import::osm(value.to_string().as_bytes(), &Options::default(), &mut |_| {}).unwrap().bytes).unwrap()
        };
        let carried = carry(&old, &other);
        prop_assert_eq!(carried.kept.len() + carried.moved.len() + carried.lost.len(), count(&old));
        prop_assert_eq!(carried.moved.len(), count(&old), "{:?}", carried);
        for entry in &carried.moved {
            let (Some(here), Some(there)) = (old.place_by_key(&entry.old).and_then(|p| old.place(p)), other.place_by_key(&entry.new).and_then(|p| other.place(p))) else {
                return Err(TestCaseError::fail(format!("{entry:?}")));
            };
            // A road's point is any of its points.
            prop_assert!(here.kind == "road" || haversine_m(here.point, there.point) < 15.0);
            prop_assert_eq!(here.name, there.name);
        }
    }
}

fn push(coordinates: &mut serde_json::Value, lon: f64, lat: f64) {
    let Some(list) = coordinates.as_array_mut() else { return };
    if list.first().is_some_and(serde_json::Value::is_number) {
        list[0] = (list[0].as_f64().unwrap() + lon).into();
        list[1] = (list[1].as_f64().unwrap() + lat).into();
        return;
    }
    for item in list {
        push(item, lon, lat);
    }
}
