//! Real extracts and crashes; skipped loudly where they are absent.

use std::io::Read;
use std::path::PathBuf;

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_road::import::{self, Imported, Options};
use gongzhi_road::{Network, PlaceRef};

fn data(path: &str) -> Option<Vec<u8>> {
    let root = std::env::var("GONGZHI_TEST_DATA")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let bytes = std::fs::read(root.join(path)).ok();
    if bytes.is_none() {
        eprintln!("SKIPPED: {path} is not there; set GONGZHI_TEST_DATA");
    }
    bytes
}

fn imported(path: &str) -> Option<Imported> {
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
fn lower_saxonys_kilometre_posts_are_found_without_themselves() {
    use gongzhi_road::linear::Stakes;
    let Some(bytes) = data("osm/lower_saxony_main_roads.osm.gz") else { return };
    let network = Network::from_vec(imported("osm/lower_saxony_main_roads.osm.gz").unwrap().bytes).unwrap();
    let posts = crate::milestones::read(&bytes);
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
