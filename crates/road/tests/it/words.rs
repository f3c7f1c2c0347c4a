//! Places in words.

use gongzhi_road::{Candidate, Network, PlaceRef};
use gongzhi_testkit::RoadMap;
use proptest::prelude::*;

use crate::drawn::city;

fn best(network: &Network, words: &str) -> Option<Candidate> {
    network.find(words, 5).into_iter().next()
}

#[test]
fn a_crossing_is_found_in_every_spoken_form() {
    let network = city().network();
    for words in [
        "胜利东路与阳明北路交叉口",
        "胜利东路和阳明北路路口",
        "胜利东路跟阳明北路口",
        "胜利东路、阳明北路",
        "胜利东路/阳明北路路口",
        "胜利东路／阳明北路",
        "胜利东路×阳明北路",
        "胜利东路 X 阳明北路",
        "胜利东路阳明北路路口",
        "阳明北路胜利东路口",
        "胜利东路阳明北路交汇处",
        "胜利东路近阳明北路",
        "胜利东路靠近阳明北路",
        "勝利東路與陽明北路交叉口",
        "我在胜利东路阳明北路路口这里两车追尾，有人受伤",
        "你好，刚才在勝利東路和陽明北路那边一辆电动车撞了，快来",
        "胜利东路　与　阳明北路　交叉口",
        "Shengli East Road / Yangming North Road",
    ] {
        let found = best(&network, words).unwrap_or_else(|| panic!("nothing for {words}"));
        assert_eq!(found.name, "胜利东路与阳明北路交叉口", "{words}: {found:?}");
        assert!(matches!(found.place, PlaceRef::Crossing(_)));
        assert!(found.confidence >= 0.8, "{words}: {found:?}");
        assert!(!found.reason.zh.is_empty() && !found.reason.en.is_empty());
    }
}

#[test]
fn one_wrong_character_is_forgiven_where_only_one_crossing_fits() {
    let network = city().network();
    for words in ["胜力东路与阳明北路交叉口", "胜利东路与阳名北路路口", "胜利东与阳明北路口", "胜利东路和平姜路"]
    {
        let found = best(&network, words).unwrap_or_else(|| panic!("nothing for {words}"));
        assert!(matches!(found.place, PlaceRef::Crossing(_)), "{words}: {found:?}");
        // The other road is certain, and no second crossing fits: sure enough, but less so than without a slip.
        assert!((0.7..0.96).contains(&found.confidence), "{words}: {found:?}");
        assert!(found.reason.zh.contains("一字不同") || found.reason.zh.contains("省略"), "{found:?}");
    }
}

#[test]
fn a_section_between_two_roads_is_found() {
    let network = city().network();
    let found = best(&network, "胜利东路阳明北路至平江路段").unwrap();
    assert_eq!(found.name, "胜利东路（平江路—阳明北路）", "{found:?}");
    assert!(matches!(found.place, PlaceRef::Section(_)));
}

#[test]
fn a_road_alone_is_a_weak_answer_and_nothing_is_no_answer() {
    let network = city().network();
    let found = best(&network, "胜利东路上堵车").unwrap();
    assert!(matches!(found.place, PlaceRef::Road(_)));
    assert!(found.confidence <= 0.5);
    assert_eq!(best(&network, "这里有人打架"), None);
    assert_eq!(best(&network, ""), None);
    assert_eq!(best(&network, "路"), None);
    // Two roads that do not meet are not a crossing.
    let found = network.find("阳明北路与平江路交叉口", 5);
    assert!(found.iter().all(|c| c.confidence < 0.5 && !matches!(c.place, PlaceRef::Crossing(_))), "{found:?}");
    assert!(network.find("胜利东路与阳明北路", 0).is_empty());
}

#[test]
fn landmarks_and_areas_are_places_too() {
    let network = city()
        .node('Q', "amenity", "hospital")
        .node('Q', "name", "市人民医院")
        .area([-2.0, -1.0, 30.0, 12.0], &[("boundary", "administrative"), ("admin_level", "8"), ("name", "迪荡街道")])
        .network();
    let found = best(&network, "平江路市人民医院门口撞车").unwrap();
    assert!(matches!(found.place, PlaceRef::Landmark(_)) && found.confidence >= 0.8, "{found:?}");
    let found = best(&network, "迪荡街道附近").unwrap();
    assert!(matches!(found.place, PlaceRef::Area(_)) && found.confidence < 0.5);
}

#[test]
fn route_numbers_are_read_in_every_form() {
    let network = RoadMap::draw("  N\n  |\nA-X-B\n  |\n  S")
        .way("AXB", |w| w.tag("ref", "G220").class("trunk"))
        .way("NXS", |w| w.name("渤海大道").class("primary"))
        .network();
    for words in [
        "220国道与渤海大道交叉口",
        "国道220渤海大道路口",
        "G220/渤海大道",
        "二二〇国道和渤海大道",
        "２２０國道渤海大道口",
        "G220国道近渤海大道",
    ] {
        let found = best(&network, words).unwrap_or_else(|| panic!("nothing for {words}"));
        assert!(matches!(found.place, PlaceRef::Crossing(_)) && found.confidence >= 0.8, "{words}: {found:?}");
    }
}

#[test]
fn latin_names_are_found_in_abbreviated_capitals() {
    let network = RoadMap::draw("  N   P\n  |   |\nA-X---Y--B\n  |   |\n  S   Q")
        .way("AXYB", |w| w.name("Avenida Protásio Alves").class("primary"))
        .way("NXS", |w| w.name("Rua Doutor Vicente da Fontoura"))
        .way("PYQ", |w| w.name("Travessa Silva Só"))
        .network();
    for (words, name) in [
        ("R VICENTE DA FONTOURA / AV PROTASIO ALVES", "Avenida Protásio Alves / Rua Doutor Vicente da Fontoura"),
        ("AV PROTASIO ALVES / R DR VICENTE DA FONTOURA", "Avenida Protásio Alves / Rua Doutor Vicente da Fontoura"),
        ("AV PROTASIO ALVEZ / TV SILVA SO", "Avenida Protásio Alves / Travessa Silva Só"),
        ("AV. PROTÁSIO ALVES X TV. SILVA SÓ", "Avenida Protásio Alves / Travessa Silva Só"),
    ] {
        let found = best(&network, words).unwrap_or_else(|| panic!("nothing for {words}"));
        assert_eq!(found.name, name, "{words}: {found:?}");
        assert!(found.confidence >= 0.6, "{words}: {found:?}");
    }
    assert_eq!(best(&network, "AV INEXISTENTE / R NENHUMA"), None);
}

proptest! {
    #[test]
    fn any_text_is_answered_without_panic(words in "[胜利东路阳明北与和/近至平江口的 A-Za-z0-9　。，]{0,40}|\\PC{0,40}") {
        let network = city().network();
        for c in network.find(&words, 10) {
            prop_assert!((0.0..=1.0).contains(&c.confidence));
        }
    }
}
