//! Real extracts and crashes; skipped loudly where they are absent.

use std::io::Read;
use std::path::PathBuf;

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_road::import::{self, Imported, Options};
use gongzhi_road::{Network, PlaceRef};

pub(crate) fn data(path: &str) -> Option<Vec<u8>> {
    let root = std::env::var("GONGZHI_TEST_DATA")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let bytes = std::fs::read(root.join(path)).ok();
    if bytes.is_none() {
        eprintln!("SKIPPED: {path} is not there; set GONGZHI_TEST_DATA");
    }
    bytes
}

pub(crate) fn imported(path: &str) -> Option<Imported> {
    let bytes = data(path)?;
    let mut last = 0;
    let result = import::osm(&bytes, &Options::default(), &mut |p| {
        assert!(p.done <= p.total || p.total == 0, "{p:?}");
        last = last.max(p.done);
    });
    assert!(last > 0, "progress was told");
    Some(result.unwrap())
}

#[test]
fn porto_alegre_crashes_lie_on_its_roads() {
    let Some(imported) = imported("osm/porto_alegre.osm.pbf") else { return };
    assert_eq!(imported.summary.format, "pbf");
    let network = Network::from_vec(imported.bytes).unwrap();
    let (mut inside, mut within, mut rows) = (0u32, 0u32, 0u32);
    for year in ["2011", "2013", "2014", "2015", "2016"] {
        let Some(packed) = data(&format!("crash/porto_alegre/acidentes-{year}.csv.xz")) else { return };
        let mut raw = Vec::new();
        xz2::read::XzDecoder::new(&packed[..]).read_to_end(&mut raw).unwrap();
        for line in String::from_utf8_lossy(&raw).lines().skip(1) {
            rows += 1;
            let mut cells = line.split(',').map(|c| c.parse::<f64>().unwrap_or(0.0));
            let (lat, lon) = (cells.next().unwrap_or(0.0), cells.next().unwrap_or(0.0));
            // The extract's roads end before its box does: 1.2 km in the north, 0.7 km in the east, 0.2 km in the south.
            if (-51.2664..=-51.1395).contains(&lon) && (-30.1105..=-29.9990).contains(&lat) {
                inside += 1;
                within += u32::from(network.snap(Point::new(lon, lat), 50.0).is_some());
            }
        }
    }
    assert_eq!(rows, 93_264);
    let rate = f64::from(within) / f64::from(inside);
    assert!(inside > 65_000 && rate >= 0.985, "{within} of {inside}: {rate}");
}

#[test]
fn shanghai_crossings_are_found_by_their_chinese_names() {
    let Some(imported) = imported("osm/shanghai_center.osm.bz2") else { return };
    assert_eq!(imported.summary.format, "xml.bz2");
    let network = Network::from_vec(imported.bytes).unwrap();
    for words in [
        "南京西路与江宁路交叉口",
        "南京西路江宁路路口",
        "淮海中路/重庆南路",
        "陸家浜路與西藏南路交叉口",
        "新閘路近江寧路",
        "张杨路、浦东南路",
        "我在四川北路海宁路这里被车撞了",
        "复兴东路和河南南路路口",
        "延安中路与陕西南路交叉口",
        "大連路唐山路口",
    ] {
        let found = network.find(words, 3);
        assert!(matches!(found.first().map(|c| c.place), Some(PlaceRef::Crossing(_))), "{words}: {found:?}");
        assert!(found[0].confidence >= 0.6, "{words}: {found:?}");
    }
    // A bus stop of the same file is named after this crossing and stands a block away at most.
    let stop = Point::new(121.466_483_9, 31.219_253_1);
    let found = &network.find("重庆南路与复兴中路交叉口", 1)[0];
    assert!(haversine_m(found.point, stop) < 250.0, "{found:?}");
}

#[test]
fn shanghai_crossings_come_back_under_their_own_names() {
    let Some(imported) = imported("osm/shanghai_center.osm.bz2") else { return };
    let network = Network::from_vec(imported.bytes).unwrap();
    let (mut asked, mut right) = (0u32, 0u32);
    for (id, crossing) in network.crossings().filter(|(_, c)| c.roads.len() > 1) {
        asked += 1;
        let answer = network.find(&format!("{}与{}交叉口", crossing.roads[0], crossing.roads[1]), 3);
        right += u32::from(answer.iter().any(|c| c.place == PlaceRef::Crossing(id) || haversine_m(c.point, crossing.point) < 50.0));
    }
    assert!(asked > 1_500 && f64::from(right) / f64::from(asked) >= 0.97, "{right} of {asked}");
}

#[test]
fn lower_saxony_and_helsinki_import() {
    if let Some(imported) = imported("osm/lower_saxony_main_roads.osm.gz") {
        assert_eq!((imported.summary.format.as_str(), imported.summary.road_ways, imported.summary.named_ways), ("xml.gz", 20_077, 10_498));
        Network::from_vec(imported.bytes).unwrap().verify().unwrap();
    }
    if let Some(imported) = imported("osm/helsinki_centre.osm.pbf") {
        let network = Network::from_vec(imported.bytes).unwrap();
        assert!(network.counts().landmarks > 20 && network.counts().areas > 100);
        assert!(network.areas().any(|(_, a)| a.kind == gongzhi_road::AreaKind::Water));
    }
}

#[test]
fn a_truncated_pbf_is_refused_with_its_place() {
    let Some(bytes) = data("osm/porto_alegre.osm.pbf") else { return };
    for length in [bytes.len() - 1, bytes.len() / 2, 1_000, 100] {
        let error = import::osm(&bytes[..length], &Options::default(), &mut |_| {}).unwrap_err();
        assert_eq!(error.code, "road.import.truncated", "{error}");
        assert!(error.offset < length as u64);
        assert!(error.text.zh.contains("中断") && error.text.en.contains("breaks off"));
    }
    let mut flipped = bytes.clone();
    let middle = bytes.len() / 2;
    flipped[middle] ^= 0x55;
    let error = import::osm(&flipped, &Options::default(), &mut |_| {}).unwrap_err();
    assert_eq!(error.code, "road.import.damaged", "{error}");
}

#[test]
fn lower_saxony_has_stakes_exits_and_speeds() {
    let Some(imported) = imported("osm/lower_saxony_main_roads.osm.gz") else { return };
    let network = Network::from_vec(imported.bytes).unwrap();
    let stakes: Vec<_> = network.stakes().collect();
    let unsaid = imported.summary.skipped.get("stake.no_distance").copied().unwrap_or(0);
    assert_eq!(stakes.len() as u64 + unsaid, 58);
    assert!(stakes.len() >= 55 && stakes.iter().filter(|s| s.line.is_some()).count() >= 55, "{}", stakes.len());
    // Two stakes of the A 7, as mapped: 126.680 and 159.190 on both carriageways.
    assert!(stakes.iter().any(|s| s.key == "k:492726" && s.metre == 126_680 && !s.reference.is_empty()), "{stakes:?}");
    assert_eq!(stakes.iter().filter(|s| s.metre == 159_190).count(), 2);
    let exits: Vec<_> = network.exits().collect();
    let (on_road, signed) = (exits.iter().filter(|e| e.road.is_some()).count(), exits.iter().filter(|e| !e.destination.is_empty()).count());
    assert_eq!((exits.len(), on_road, signed), (291, 291, 256));
    let declared = (0..network.counts().edges as u32)
        .filter(|e| network.speed_kmh(*e, &gongzhi_road::SpeedTable::CHINA).1 == gongzhi_road::SpeedBasis::Declared)
        .count();
    assert!(declared * 10 > network.counts().edges * 6, "{declared} of {}", network.counts().edges);
}

#[test]
fn helsinki_s_houses_stand_on_their_streets() {
    let Some(imported) = imported("osm/helsinki_centre.osm.pbf") else { return };
    let network = Network::from_vec(imported.bytes).unwrap();
    let houses: Vec<_> = network.house_numbers().collect();
    let placed: Vec<_> = houses.iter().filter_map(|h| Some((h, h.road?))).collect();
    assert!(houses.len() > 500 && placed.len() * 10 >= houses.len() * 8, "{} of {}", placed.len(), houses.len());
    for (house, road) in &placed {
        let names = network.names_of(PlaceRef::Road(*road));
        assert!(!names.is_empty(), "{house:?}");
    }
}

#[test]
fn a_real_network_survives_the_way_through_geojson() {
    let Some(imported) = imported("osm/shanghai_center.osm.bz2") else { return };
    let network = Network::from_vec(imported.bytes).unwrap();
    // One feature for each line, from its forward edge, or its backward one with oneway.
    let mut features = Vec::new();
    for id in 0..network.counts().edges as u32 {
        let edge = network.edge(id).unwrap();
        if edge.twin.is_some_and(|twin| twin < id) {
            continue;
        }
        let line: Vec<[f64; 2]> = edge.line.iter().map(|p| [p.lon, p.lat]).collect();
        let highway = if edge.class.word() == "ramp" {
            "motorway_link"
        } else if edge.class.word() == "link" {
            "primary_link"
        } else {
            edge.class.word()
        };
        let properties = serde_json::json!({
            "highway": highway, "name": edge.name, "ref": edge.reference, "oneway": if edge.twin.is_some() { "no" } else { "yes" },
            "layer": edge.layer, "bridge": edge.bridge, "tunnel": edge.tunnel, "maxspeed": edge.max_speed,
            "junction": edge.roundabout.then_some("roundabout"),
        });
        features.push(
            serde_json::json!({"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": line}}),
        );
    }
    let text = serde_json::json!({"type": "FeatureCollection", "features": features}).to_string();
    let again = import::osm(text.as_bytes(), &Options::default(), &mut |_| {}).unwrap();
    let (before, after) = (network.counts(), again.summary.counts);
    let ratio = |a: usize, b: usize| a as f64 / b as f64;
    assert!((0.99..=1.01).contains(&ratio(after.edges, before.edges)), "{before:?} {after:?}");
    assert!((0.98..=1.02).contains(&ratio(after.crossings, before.crossings)), "{before:?} {after:?}");
    let names = |n: &Network| n.crossings().map(|(_, c)| c.name).collect::<std::collections::BTreeSet<String>>();
    let again = Network::from_vec(again.bytes).unwrap();
    let (old, new) = (names(&network), names(&again));
    assert!(old.intersection(&new).count() * 100 >= old.len() * 98, "{} of {}", old.intersection(&new).count(), old.len());
}

#[test]
fn a_planar_file_is_refused() {
    let Some(packed) = data("crash/montreal/main_network_mtl.geojson.xz") else { return };
    let mut raw = Vec::new();
    xz2::read::XzDecoder::new(&packed[..]).read_to_end(&mut raw).unwrap();
    let error = import::osm(&raw, &Options::default(), &mut |_| {}).unwrap_err();
    assert_eq!(error.code, "road.import.not_degrees");
    assert!(error.text.en.contains("ogr2ogr -t_srs EPSG:4326") && error.what.contains("feature 1 at 510736.339"), "{error:?}");
}

#[test]
fn lower_saxonys_kilometre_posts_are_found_without_themselves() {
    use gongzhi_road::linear::{StakePost, Stakes};
    let Some(imported) = imported("osm/lower_saxony_main_roads.osm.gz") else { return };
    let network = Network::from_vec(imported.bytes).unwrap();
    let posts: Vec<StakePost> = StakePost::mapped(&network);
    assert_eq!(posts.len(), 58);
    let all = Stakes::new(&network, posts.clone(), &[]);
    assert!(all.rejected().is_empty(), "{:?}", all.rejected());
    // The A 7 was re-routed east of Hanover: eight kilometres of numbers are missing.
    let breaks = all.suspected_breaks();
    assert!(breaks.len() == 1 && breaks[0].0.back_m == 141_400.0 && breaks[0].0.ahead_m == 151_630.0, "{breaks:?}");
    let (mut errors, mut held) = (Vec::new(), 0);
    for post in &posts {
        // The post of the other carriageway is left out as well.
        let rest = posts.iter().filter(|p| p.reference != post.reference || (p.metre - post.metre).abs() > 100.0).cloned().collect();
        let sense = all.stake_at(post.point, 30.0).map(|s| s.sense);
        let Ok(found) = Stakes::new(&network, rest, &[]).locate(&post.reference, post.metre, sense) else { continue };
        let error = haversine_m(found.place.point, post.point);
        held += usize::from(error <= found.bound_m);
        errors.push(error);
    }
    errors.sort_by(f64::total_cmp);
    let n = errors.len();
    assert!(n >= 48, "{n} answered");
    assert!(errors[n / 2] <= 30.0 && errors[n * 95 / 100] <= 150.0, "{errors:?}");
    assert!(held as f64 >= 0.95 * n as f64, "{held} of {n} within their bound");
}

#[test]
fn an_unchanged_network_keeps_every_key() {
    for path in ["osm/porto_alegre.osm.pbf", "osm/shanghai_center.osm.bz2", "osm/lower_saxony_main_roads.osm.gz"] {
        let Some(imported) = imported(path) else { continue };
        let network = Network::from_vec(imported.bytes).unwrap();
        let carried = gongzhi_road::carry(&network, &network);
        assert!(carried.moved.is_empty() && carried.lost.is_empty(), "{path}: {:?} {:?}", carried.moved.first(), carried.lost.first());
    }
}
