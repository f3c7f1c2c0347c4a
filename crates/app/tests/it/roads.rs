//! Roads in use: stakes of the map and of the city's register, sections between stakes, another format, another file.

use gongzhi_app::Templates;
use gongzhi_app::cases::{Act, GivenPlace, NewCase};
use gongzhi_app::journal::Signature;
use gongzhi_road::datum::Datum;
use gongzhi_testkit::RoadMap;
use serde_json::{Value, json};

use crate::house::{House, copy, houses, houses_with, open};

/// A numbered road of four kilometres from west to east; the map has stakes at both ends of it.
fn highway() -> RoadMap {
    RoadMap::draw("A---------B---------C---------D---------E")
        .scale(100.0)
        .way("ABCDE", |w| w.name("明川公路").class("primary").tag("ref", "S315"))
        .node('A', "highway", "milestone")
        .node('A', "distance", "41")
        .node('E', "highway", "milestone")
        .node('E', "distance", "45")
}

async fn import(house: &House, map: &RoadMap) -> Value {
    let path = house.place.folder.path().join("roads.osm");
    std::fs::write(&path, map.osm_xml()).unwrap();
    house.app.import_roads(&Signature::program(), &path, Datum::Wgs84, &|_| ()).await.unwrap()
}

async fn hazard_at(house: &House, key: &str, place: GivenPlace) -> String {
    let new = NewCase {
        matter: "hazard".into(),
        fields: json!({ "category": "lamp", "severity": 2, "description": "路灯不亮" }),
        place,
        photos: vec![house.photo(key).await],
        key: key.into(),
        ..NewCase::default()
    };
    house.app.open_case(&house.who("dispatcher").await, new).await.unwrap().id
}

fn at(point: gongzhi_civic::place::Point) -> GivenPlace {
    GivenPlace { lon: Some(point.lon), lat: Some(point.lat), ..GivenPlace::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_section_between_two_stakes_has_its_own_chief() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let city = folder.path().join("city");
    copy(&root.join("city"), &city);
    let text = std::fs::read_to_string(city.join("city.toml")).unwrap();
    let before = text.split("[[ground.road_sections]]").next().unwrap();
    let register = r#"
[[ground.road_sections]]
name = "明川公路西段"
reference = "S315"
from = "K41"
to = "K43+500"
village = "village-gaoqiao-1"

[[ground.road_sections]]
reference = "S315"
from = "43公里500米"
to = "K45"
village = "village-yunxi-1"
"#;
    std::fs::write(city.join("city.toml"), format!("{before}{register}")).unwrap();
    for house in houses_with(Templates { city: Some(city.clone()), ..Templates::default() }).await {
        let map = highway();
        import(&house, &map).await;
        let roads = house.app.roads().unwrap();
        let stake = roads.stake_at(map.beside('B', 0.0, 3.0)).unwrap();
        assert_eq!((stake.reference.as_str(), stake.stake.as_str()), ("S315", "K42+000"), "{stake:?}");
        for (key, letter, east, chief) in
            [("b", 'B', 0.0, "village-gaoqiao-1"), ("d", 'D', 0.0, "village-yunxi-1"), ("c", 'C', 400.0, "village-gaoqiao-1")]
        {
            let id = hazard_at(&house, key, at(map.beside(letter, east, 3.0))).await;
            house.act("dispatcher", &id, "dispatch", Act::default()).await.unwrap();
            let page = house.page("dispatcher", &id).await;
            let copies: Vec<&str> = page["copies"].as_array().unwrap().iter().filter_map(|u| u["id"].as_str()).collect();
            assert_eq!(copies, [chief], "{letter} on {}", house.place.kind());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_of_the_citys_register_count_and_a_faulty_row_is_passed_over() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let city = folder.path().join("city");
    copy(&root.join("city"), &city);
    let map = RoadMap::draw("A---------B---------C").scale(100.0).way("ABC", |w| w.name("明川公路").class("primary").tag("ref", "S315"));
    let row = |km: &str, letter: char| format!("S315,{km},{:.7},{:.7},,\n", map.point(letter).lon, map.point(letter).lat);
    let csv = format!("路线编号,桩号,经度,纬度,方向,备注\n{}S315,不详,1,2,,\n{}", row("K10+000", 'A'), row("K12", 'C'));
    std::fs::write(city.join("stakes.csv"), csv).unwrap();
    for house in houses_with(Templates { city: Some(city.clone()), ..Templates::default() }).await {
        import(&house, &map).await;
        let stake = house.app.roads().unwrap().stake_at(map.point('B')).unwrap();
        assert_eq!(stake.stake, "K11+000", "{stake:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_road_file_of_another_format_is_built_anew_from_its_source() {
    for house in houses().await {
        let map = highway();
        import(&house, &map).await;
        let identity = house.app.network().unwrap().identity().to_owned();
        let path = house.app.network_path();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[8..12].copy_from_slice(&1u32.to_le_bytes());
        let old = path.with_extension("old");
        std::fs::write(&old, &bytes).unwrap();
        std::fs::rename(&old, &path).unwrap();
        let again = open(&house.place).await;
        assert_eq!(again.network().unwrap().identity(), identity);
        // Without the source the program starts all the same, without roads.
        std::fs::remove_file(house.place.folder.path().join("roads.source")).unwrap();
        std::fs::write(&old, &bytes).unwrap();
        std::fs::rename(&old, &path).unwrap();
        assert!(open(&house.place).await.network().is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_follow_their_place_into_a_new_road_file_and_what_is_lost_is_listed() {
    for house in houses().await {
        let x = crate::house::town().point('X');
        let id = hazard_at(&house, "x", at(x)).await;
        let key = house.page("dispatcher", &id).await["place"]["key"].clone();
        assert!(key.as_str().is_some_and(|k| k.starts_with("c:")), "{key}");
        // The same town, drawn anew by somebody else: every element has another number.
        let anew = RoadMap::draw("   A   \n   |   \nB--C--D\n   |  |\n   F  G")
            .scale(80.0)
            .way("BCD", |w| w.name("胜利东路").class("primary"))
            .way("ACF", |w| w.name("阳明北路").class("primary"))
            .way("DG", |w| w.name("平江路").class("residential"));
        let report = import(&house, &anew).await;
        assert_eq!((report["cases"]["moved"].as_u64(), report["cases"]["lost_places"].as_u64()), (Some(1), Some(0)), "{report}");
        let page = house.page("dispatcher", &id).await;
        assert_eq!(page["place"]["key"], format!("c:{}", RoadMap::id('C')), "{} was {key}", house.place.kind());
        // A file of another place: the case keeps its key and its point, and a person is told.
        let report = import(&house, &highway()).await;
        assert_eq!((report["cases"]["moved"].as_u64(), report["cases"]["lost_open"].as_i64()), (Some(0), Some(1)), "{report}");
        let listed = std::fs::read_to_string(report["cases"]["lost_file"].as_str().unwrap()).unwrap();
        assert!(listed.contains(page["place"]["key"].as_str().unwrap()) && listed.contains("胜利东路与阳明北路交叉口"), "{listed}");
        assert!((house.page("dispatcher", &id).await["place"]["lon"].as_f64().unwrap() - x.lon).abs() < 1e-6);
    }
}
