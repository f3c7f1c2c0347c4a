//! GeoJSON in: the same network as from OpenStreetMap, ids that stay, and refusals that say what to do.

use std::collections::BTreeSet;

use gongzhi_road::import::{self, GeoJsonMapping, ImportError, Imported, Options};
use gongzhi_road::{AreaKind, LandmarkKind, Network};
use gongzhi_testkit::RoadMap;
use proptest::prelude::*;

use super::drawn::city;

fn read(text: &str) -> Result<Imported, ImportError> {
    import::osm(text.as_bytes(), &Options::default(), &mut |_| {})
}

fn network(text: &str) -> Network {
    Network::from_vec(read(text).unwrap().bytes).unwrap()
}

fn line(coordinates: &str, properties: &str) -> String {
    format!(r#"{{"type":"Feature","properties":{properties},"geometry":{{"type":"LineString","coordinates":{coordinates}}}}}"#)
}

fn collection(features: &[String]) -> String {
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
}

fn crossings(network: &Network) -> BTreeSet<(String, bool)> {
    network.crossings().map(|(_, c)| (c.name, c.signal)).collect()
}

fn sections(network: &Network) -> Vec<(String, i64)> {
    let mut all: Vec<_> = network.sections().map(|(_, s)| (s.name, s.length_m.round() as i64)).collect();
    all.sort();
    all
}

#[test]
fn a_map_as_geojson_is_the_same_map() {
    let map = city()
        .node('P', "amenity", "hospital")
        .node('P', "name", "市医院")
        .node('E', "addr:housenumber", "9")
        .node('E', "addr:street", "胜利东路")
        .area([-2.0, -1.0, 30.0, 10.0], &[("boundary", "administrative"), ("admin_level", "6"), ("name", "越城区")]);
    let imported = read(&map.geojson()).unwrap();
    assert_eq!(imported.summary.format, "geojson");
    let (ours, theirs) = (Network::from_vec(imported.bytes).unwrap(), map.network());
    assert_eq!(crossings(&ours), crossings(&theirs));
    assert!(crossings(&ours).contains(&("胜利东路与阳明北路交叉口".to_owned(), true)), "the signal stands on the road's node");
    assert_eq!(sections(&ours), sections(&theirs));
    assert_eq!(ours.counts(), theirs.counts());
    assert_eq!(ours.landmarks().map(|(_, l)| (l.name, l.kind)).collect::<Vec<_>>(), [("市医院".to_owned(), LandmarkKind::Hospital)]);
    assert_eq!(ours.areas().map(|(_, a)| (a.name, a.kind)).collect::<Vec<_>>(), [("越城区".to_owned(), AreaKind::Administrative)]);
    assert_eq!(ours.house_numbers().filter(|h| h.road.is_some()).count(), 1);
}

#[test]
fn ids_stay_with_the_roads_that_stay() {
    let before = network(&city().geojson());
    let after = network(&city().way("WN", |w| w.name("环路")).geojson());
    for (_, crossing) in before.crossings() {
        assert!(after.place_by_key(&crossing.key).is_some(), "{}", crossing.key);
    }
    for (_, road) in before.roads() {
        assert!(after.place_by_key(&road.key).is_some(), "{}", road.key);
    }
}

#[test]
fn lines_of_different_level_that_only_pass_do_not_meet() {
    // Three coordinates: both lines have a vertex in the middle, where they cross.
    let ground = line("[[120.0,30.0],[120.001,30.0],[120.002,30.0]]", r#"{"highway":"primary","name":"甲路"}"#);
    let above = |tags: &str| line("[[120.001,30.001],[120.001,30.0],[120.001,29.999]]", tags);
    let level = network(&collection(&[ground.clone(), above(r#"{"highway":"primary","name":"乙路"}"#)]));
    assert_eq!((level.counts().crossings, level.counts().nodes), (1, 5));
    let bridge = network(&collection(&[ground.clone(), above(r#"{"highway":"primary","name":"乙路","bridge":true}"#)]));
    assert_eq!((bridge.counts().crossings, bridge.counts().nodes), (0, 4));
    // A ramp that ends there joins them all, as a mapped node would.
    let ramp = line("[[120.001,30.0],[120.002,30.001]]", r#"{"highway":"primary","name":"丙路","bridge":true}"#);
    let joined = network(&collection(&[ground, above(r#"{"highway":"primary","name":"乙路","bridge":true}"#), ramp]));
    assert_eq!(joined.counts().nodes, 6);
}

#[test]
fn near_ends_are_joined_within_the_tolerance() {
    let features = collection(&[
        line("[[120.0,30.0],[120.001,30.0]]", r#"{"highway":"primary"}"#),
        line("[[120.00100009,30.00000005],[120.002,30.0]]", r#"{"highway":"primary"}"#),
        line("[[120.001002,30.0],[120.001,30.001]]", r#"{"highway":"primary"}"#),
    ]);
    assert_eq!(network(&features).counts().nodes, 6, "1e-7 degree is the grid of the file: 9e-8 rounds to another point");
    let loose = |tolerance: f64| {
        let mapping = GeoJsonMapping { tolerance, ..GeoJsonMapping::default() };
        let bytes = import::read(features.as_bytes(), &Options::default(), &mapping, &mut |_| {}).unwrap().bytes;
        Network::from_vec(bytes).unwrap().counts().nodes
    };
    assert_eq!((loose(3e-7), loose(5e-6), loose(f64::NAN)), (5, 4, 6));
}

#[test]
fn every_geometry_is_read() {
    let text = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"highway":"primary"},"geometry":{"type":"MultiLineString","coordinates":[[[1.0,1.0],[1.01,1.0]],[[1.01,1.0],[1.02,1.0,55.0]]]}},
        {"type":"Feature","properties":{"natural":"water","name":"湖"},"geometry":{"type":"MultiPolygon","coordinates":[[[[1,1],[1.1,1],[1.1,1.1],[1,1]],[[1.02,1.01],[1.03,1.01],[1.03,1.02],[1.02,1.01]]],[[[2,2],[2.1,2],[2.1,2.1],[2,2]]]]}},
        {"type":"Feature","properties":{"amenity":"hospital","name":"医院"},"geometry":{"type":"MultiPoint","coordinates":[[1,1],[2,2]]}},
        {"type":"Feature","properties":{"highway":"secondary"},"geometry":{"type":"GeometryCollection","geometries":[{"type":"LineString","coordinates":[[1.02,1],[1.03,1]]}]}},
        {"type":"Feature","properties":null,"geometry":null}]}"#;
    let all = network(text);
    assert_eq!((all.counts().edges, all.counts().nodes, all.counts().landmarks), (6, 4, 2));
    let lake = all.areas().next().unwrap().1;
    assert_eq!((lake.name.as_str(), lake.polygons.len()), ("湖", 3));
    assert!(all.areas_at(gongzhi_civic::place::Point::new(1.05, 1.02)).is_empty(), "water is no district");
    // One feature a line, as GDAL writes it on request; nested and packed tags.
    let lines = "\u{1e}".to_owned()
        + &line("[[1,1],[2,1]]", r#"{"tags":{"highway":"primary","name":"甲路"}}"#)
        + "\n"
        + &line("[[2,1],[2,2]]", r#"{"highway":"primary","other_tags":"\"name\"=>\"乙路\",\"maxspeed\"=>\"60\""}"#);
    let names: BTreeSet<String> = network(&lines).roads().map(|(_, r)| r.name).collect();
    assert_eq!(names, BTreeSet::from(["甲路".to_owned(), "乙路".to_owned()]));
}

#[test]
fn what_is_no_degrees_is_refused_with_the_remedy() {
    let planar = collection(&[
        line("[[1.0,1.0],[1.01,1.0]]", r#"{"highway":"primary"}"#),
        line("[[510736.3,177873.3],[510508.4,177964.3]]", r#"{"highway":"primary"}"#),
    ]);
    let error = read(&planar).unwrap_err();
    assert_eq!(error.code, "road.import.not_degrees");
    assert_eq!(error.offset as usize, planar.rfind(r#"{"type":"Feature""#).unwrap());
    assert!(error.what.contains("feature 2") && error.text.zh.contains("ogr2ogr") && error.text.en.contains("ogr2ogr"), "{error:?}");
    let crs =
        |name: &str| planar.replace("\"features\"", &format!(r#""crs":{{"type":"name","properties":{{"name":"{name}"}}}},"features""#));
    let degrees = |name: &str| {
        read(
            &crs(name)
                .replace("510", "1")
                .replace("177", "1")
                .replace("736.3", ".3")
                .replace("508.4", ".4")
                .replace("873.3", ".3")
                .replace("964.3", ".3"),
        )
    };
    assert_eq!(degrees("urn:ogc:def:crs:EPSG::3797").unwrap_err().code, "road.import.not_degrees");
    degrees("urn:ogc:def:crs:OGC:1.3:CRS84").unwrap();
    degrees("urn:ogc:def:crs:EPSG::4490").unwrap();
}

#[test]
fn damage_is_told_with_its_byte() {
    let whole = collection(&[line("[[1.0,1.0],[1.01,1.0]]", r#"{"highway":"primary"}"#), line("[[1.01,1.0],[1.02,1.0]]", "{}")]);
    let cut = read(&whole[..whole.len() - 5]).unwrap_err();
    assert_eq!((cut.code, cut.offset as usize), ("road.import.truncated", whole.len() - 5));
    let wrong = read(&whole.replace("[1.01,1.0]]", "[1.01;1.0]]")).unwrap_err();
    assert_eq!((wrong.code, wrong.offset as usize), ("road.import.damaged", whole.find("[1.01,").unwrap() + 5));
    let text = read(&whole.replace("[1.02,1.0]", "[\"a\",1.0]")).unwrap_err();
    assert!(text.code == "road.import.damaged" && text.what.contains("feature 2"), "{text:?}");
    let bare = read(&collection(&[line("[[1.0,1.0],[1.01,1.0]]", r#"{"rd":"x"}"#)])).unwrap_err();
    assert!(bare.code == "road.import.no_roads" && bare.text.zh.contains("道路等级"), "{bare:?}");
    assert_eq!(read(r#"{"type":"Topology"}"#).unwrap_err().code, "road.import.unsupported");
    assert_eq!(read("{}").unwrap_err().code, "road.import.unsupported");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// Neither the order of features nor cutting a line in two at a point moves anything.
    #[test]
    fn order_does_not_matter(seed in any::<u64>()) {
        let text = city().geojson();
        let mut features: Vec<String> = text.lines().filter(|l| l.starts_with(r#"{"type":"Feature","#)).map(|l| l.trim_end_matches(',').to_owned()).collect();
        let whole = read(&collection(&features)).unwrap().bytes;
        let mut state = seed;
        for i in (1..features.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            features.swap(i, (state >> 33) as usize % (i + 1));
        }
        prop_assert_eq!(read(&collection(&features)).unwrap().bytes, whole);
    }
}

#[test]
fn a_mapping_of_one_s_own_reads_any_agency_s_file() {
    let text = collection(&[
        line("[[120.0,30.0],[120.01,30.0]]", r#"{"TYPE":"autoroute","NOM":"A-40"}"#),
        line("[[120.01,30.0],[120.02,30.0]]", r#"{"NOM":"Rue X"}"#),
    ]);
    let mapping = GeoJsonMapping { class: "residential".to_owned(), ..GeoJsonMapping::default() }
        .with_key("TYPE", "highway")
        .with_key("NOM", "name")
        .with_value("highway", "autoroute", "motorway");
    let imported = import::read(text.as_bytes(), &Options::default(), &mapping, &mut |_| {}).unwrap();
    let roads: BTreeSet<(String, &str)> =
        Network::from_vec(imported.bytes).unwrap().roads().map(|(_, r)| (r.name, r.class.word())).collect();
    assert_eq!(roads, BTreeSet::from([("A-40".to_owned(), "motorway"), ("Rue X".to_owned(), "residential")]));
    let drawn = RoadMap::draw("A--B").way("AB", |w| w.name("路").class("primary").tag("oneway", "yes"));
    assert_eq!(network(&drawn.geojson()).counts().edges, 1);
}
