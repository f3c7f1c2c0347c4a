//! What stands along roads and what roads are called, each rule on a map small enough to see.

use gongzhi_civic::place::haversine_m;
use gongzhi_road::{Class, LandmarkKind, Network, PlaceRef, RoadId, SpeedBasis, SpeedTable, Zone};
use gongzhi_testkit::RoadMap;

fn road_named(network: &Network, name: &str) -> RoadId {
    network.roads().find(|(_, r)| r.name == name).map(|(id, _)| id).unwrap()
}

fn numbers(network: &Network, road: &str) -> Vec<String> {
    network.house_numbers_of(road_named(network, road)).map(|h| h.number).collect()
}

#[test]
fn houses_belong_to_the_nearest_road_of_their_street() {
    // Two roads of one name, too far apart to be one; b and c stand on the right one, z on none.
    let map = RoadMap::draw(
        "
 b
A--B                              C--D
                                   c",
    )
    .scale(100.0)
    .way("AB", |w| w.name("和平路"))
    .way("CD", |w| w.name("和平路"))
    .node('b', "addr:housenumber", "甲12号")
    .node('b', "addr:street", "和平路")
    .node('c', "addr:housenumber", "9;３-２")
    .node('c', "addr:street", "和平路");
    let network = map.network();
    assert_eq!(network.counts().house_numbers, 3);
    let at = |letter: char| network.snap(map.point(letter), 200.0).map(|s| network.section(s.section).unwrap().road_id).unwrap();
    let west: Vec<_> = network.house_numbers_of(at('A')).collect();
    assert_eq!((west.len(), west[0].number.as_str(), west[0].value), (1, "甲12号", 12));
    assert!(haversine_m(west[0].point, map.point('b')) < 0.1);
    let east: Vec<_> = network.house_numbers_of(at('C')).map(|h| (h.value, h.number)).collect();
    assert_eq!(east, [(3, "３-２".to_owned()), (9, "9".to_owned())]);
}

#[test]
fn a_house_s_street_is_compared_folded_and_a_stranger_has_no_road() {
    let map = RoadMap::draw("A----B\n b  c")
        .way("AB", |w| w.name("勝利東路").tag("name:en", "Shengli East Road"))
        .node('b', "addr:housenumber", "7")
        .node('b', "addr:street", "胜利东路")
        .node('c', "addr:housenumber", "8")
        .node('c', "addr:street", "别的路");
    let imported = map.imported();
    let network = Network::from_vec(imported.bytes).unwrap();
    assert_eq!(numbers(&network, "勝利東路"), ["7"]);
    let stranger = network.house_numbers().find(|h| h.number == "8").unwrap();
    assert_eq!((stranger.road, stranger.street.as_str()), (None, "别的路"));
    let nameless = RoadMap::draw("A----B\n b").way("AB", |w| w.name("路")).node('b', "addr:housenumber", "7").imported();
    assert_eq!(nameless.summary.skipped.get("house_number.no_street"), Some(&1));
    assert_eq!(nameless.summary.counts.house_numbers, 0);
}

#[test]
fn a_building_s_number_is_in_its_middle() {
    let map = RoadMap::draw("A----B")
        .way("AB", |w| w.name("和平路"))
        .area([1.0, 1.0, 3.0, 2.0], &[("building", "yes"), ("addr:housenumber", "21"), ("addr:street", "和平路")]);
    let network = map.network();
    let house = network.house_numbers_of(road_named(&network, "和平路")).next().unwrap();
    assert!(haversine_m(house.point, map.beside('A', 100.0, -75.0)) < 0.5, "{house:?}");
}

#[test]
fn numbers_between_mapped_ones_are_spread_along_the_line() {
    let map = RoadMap::draw("A---------B\n c----d---e")
        .way("AB", |w| w.name("和平路"))
        .way("cde", |w| w.class("no").tag("addr:interpolation", "odd"))
        .node('c', "addr:housenumber", "11")
        .node('c', "addr:street", "和平路")
        .node('e', "addr:housenumber", "1")
        .node('e', "addr:street", "和平路");
    let network = map.network();
    assert_eq!(numbers(&network, "和平路"), ["1", "3", "5", "7", "9", "11"]);
    let houses: Vec<_> = network.house_numbers_of(road_named(&network, "和平路")).collect();
    assert_eq!(houses.iter().filter(|h| h.interpolated).count(), 4);
    // c–e is 450 m; 11 → 1, so number 9 lies a fifth of the way from c.
    let nine = houses.iter().find(|h| h.value == 9).unwrap();
    assert!(haversine_m(nine.point, map.beside('c', 90.0, 0.0)) < 1.0, "{nine:?}");
    let all = map.way("cde", |w| w.class("no").tag("addr:interpolation", "alphabetic")).network();
    assert_eq!(numbers(&all, "和平路").len(), 6, "an alphabetic way adds nothing");
}

#[test]
fn stakes_take_the_number_of_their_road_or_their_own() {
    let map = RoadMap::draw(
        "
A--b--c--d--E
      e
      f",
    )
    .scale(20.0)
    .way("AbcdE", |w| w.class("trunk").tag("ref", "G220;S315"))
    .node('b', "highway", "milestone")
    .node('b', "pk", "K12+300")
    .node('d', "highway", "milestone")
    .node('d', "distance", "12.4")
    .node('d', "ref", "S315")
    .node('e', "highway", "milestone")
    .node('e', "distance", "12.35")
    .node('f', "highway", "milestone")
    .node('f', "distance", "99");
    let imported = map.imported();
    let network = Network::from_vec(imported.bytes).unwrap();
    let said: Vec<_> = network.stakes().map(|s| (s.reference, s.metre, s.key, s.line.is_some())).collect();
    let key = |letter: char| format!("k:{}", RoadMap::id(letter));
    assert_eq!(
        said,
        [
            (String::new(), 99_000, key('f'), false),
            ("G220".to_owned(), 12_300, key('b'), true),
            ("G220".to_owned(), 12_350, key('e'), true),
            ("S315".to_owned(), 12_400, key('d'), true),
        ],
        "e stands 20 m beside the road, f 40 m: too far"
    );
}

#[test]
fn an_exit_knows_its_road_and_where_its_ramp_leads() {
    let map = RoadMap::draw(
        "
M----X----N
      \\
       R--S",
    )
    .way("MXN", |w| w.class("motorway").name("绍诸高速").tag("ref", "G1512"))
    .way("XR", |w| w.class("motorway_link").oneway().tag("destination", "柯桥;绍兴").tag("destination:ref", "G104"))
    .way("RS", |w| w.name("迎宾路").class("primary"))
    .node('X', "highway", "motorway_junction")
    .node('X', "name", "柯桥南")
    .node('X', "ref", "12");
    let network = map.network();
    let exit = network.exits().next().unwrap();
    assert_eq!((exit.name.as_str(), exit.reference.as_str()), ("柯桥南", "12"));
    assert_eq!(network.road(exit.road.unwrap()).unwrap().name, "绍诸高速");
    assert_eq!((exit.destination.as_str(), exit.destination_reference.as_str()), ("柯桥;绍兴", "G104"));
    let landmark = network.landmark(exit.landmark).unwrap();
    assert_eq!((landmark.kind, landmark.name.as_str(), landmark.key), (LandmarkKind::Exit, "柯桥南", exit.key));
    for words in ["柯桥南", "柯桥南出口", "12号出口"] {
        let found = network.find(words, 3);
        assert!(found.iter().any(|c| c.place == PlaceRef::Landmark(exit.landmark)), "{words}: {found:?}");
    }
    let numbered = RoadMap::draw("M--X--N")
        .way("MXN", |w| w.class("motorway").name("绍诸高速"))
        .node('X', "highway", "motorway_junction")
        .node('X', "ref", "7");
    assert_eq!(numbered.network().landmarks().next().unwrap().1.name, "7号出口");
    let nothing = RoadMap::draw("M--X--N").way("MXN", |w| w.class("motorway")).node('X', "highway", "motorway_junction");
    assert_eq!(nothing.network().counts().exits, 0, "a junction without name and number cannot be said");
}

#[test]
fn bridges_and_tunnels_are_found_by_their_own_names() {
    let map = RoadMap::draw("A--B--C--D")
        .way("AB", |w| w.name("人民路").bridge().tag("bridge:name", "滨州黄河大桥").tag("bridge:name:en", "Binzhou Yellow River Bridge"))
        .way("CD", |w| w.name("人民路").tag("tunnel", "yes").tag("tunnel:name", "稽山隧道").tag("tunnel:alt_name", "一号洞"));
    let network = map.network();
    let kinds: Vec<_> = network.landmarks().map(|(_, l)| (l.kind, l.name, l.name_en)).collect();
    assert_eq!(kinds.len(), 2);
    assert!(kinds.iter().all(|(kind, ..)| *kind == LandmarkKind::Structure));
    assert!(kinds.iter().any(|(_, name, en)| name == "滨州黄河大桥" && en == "Binzhou Yellow River Bridge"));
    let found = network.find("一号洞", 3);
    assert!(found.iter().any(|c| c.name == "稽山隧道"), "{found:?}");
}

#[test]
fn a_road_is_found_and_listed_under_every_name() {
    let map = RoadMap::draw("A----B").way("AB", |w| {
        w.name("南京路")
            .tag("name:en", "Nanjing Road")
            .tag("name:ja", "南京ロード")
            .tag("name:zh-Hant", "南京路")
            .tag("alt_name", "大马路;十里洋场街")
            .tag("old_name:en", "Park Lane")
            .tag("name:etymology", "南京条约街")
            .tag("ref", "S126")
            .tag("int_ref", "AH5")
            .tag("nat_ref", "N77")
    });
    let network = map.network();
    let id = road_named(&network, "南京路");
    for words in ["Nanjing Road", "南京ロード", "大马路", "十里洋场街", "Park Lane", "S126", "AH5", "N77"] {
        assert!(network.find(words, 3).iter().any(|c| c.place == PlaceRef::Road(id)), "{words}");
    }
    assert!(network.find("南京条约街", 3).iter().all(|c| c.confidence < 0.9), "a name's origin is no name");
    let listed = network.names_of(PlaceRef::Road(id));
    let has = |language: &str, name: &str| listed.contains(&(language.to_owned(), name.to_owned()));
    assert!(has("", "南京路") && has("ja", "南京ロード") && has("alt_name", "十里洋场街") && has("old_name:en", "Park Lane"), "{listed:?}");
    assert!(has("ref", "S126") && has("int_ref", "AH5"));
    assert_eq!(listed.len(), 10, "{listed:?}");
    let crossing = RoadMap::draw("A--X--B\n   |\n   C").way("AXB", |w| w.name("甲路")).way("XC", |w| w.name("乙路")).network();
    assert!(crossing.crossings().all(|(id, _)| crossing.names_of(PlaceRef::Crossing(id)).is_empty()));
}

#[test]
fn route_relations_number_and_name_their_ways() {
    let map = RoadMap::draw("A--B--C--D--E")
        .way("AB", |w| w.class("trunk").name("东吴路").tag("ref", "S26"))
        .way("BC", |w| w.class("trunk"))
        .way("CD", |w| w.class("trunk"))
        .way("DE", |w| w.class("primary").name("建设路").tag("ref", "B7"))
        .route(&["AB", "BC"], &[("network", "CN:national"), ("ref", "220"), ("name", "东深线")])
        .route(&["CD"], &[("network", "e-road"), ("ref", "E 30")])
        .route(&["DE"], &[("network", "e-road"), ("ref", "E 31")]);
    let network = map.network();
    let at = |letter: char| network.edge(network.snap(map.beside(letter, 60.0, 0.0), 50.0).unwrap().edge).unwrap().reference;
    assert_eq!(at('A'), "S26;G220", "a Chinese route adds its number to the way's own");
    assert_eq!(at('B'), "G220");
    assert_eq!(at('C'), "E 30", "an international number is better than none");
    assert_eq!(at('D'), "B7");
    let found = network.find("东深线", 5);
    assert!(found.iter().any(|c| matches!(c.place, PlaceRef::Road(_))), "{found:?}");
    let east = network.names_of(PlaceRef::Road(road_named(&network, "建设路")));
    assert!(east.contains(&("route:ref".to_owned(), "E 31".to_owned())), "{east:?}");
}

#[test]
fn speed_is_the_map_s_by_direction_else_the_table_s() {
    let map = RoadMap::draw("A--B--C--D--E")
        .way("AB", |w| w.class("primary").tag("maxspeed:forward", "70").tag("maxspeed", "50").tag("lanes:forward", "3").tag("lanes", "5"))
        .way("BC", |w| w.class("primary").tag("maxspeed", "CN:urban"))
        .way("CD", |w| w.class("primary"))
        .way("DE", |w| w.class("motorway").tag("maxspeed", "none"));
    let network = map.network();
    let speed = |letter: char, heading: f64, table: &SpeedTable| {
        let snap = network.snap_with(map.beside(letter, 60.0, 0.0), Some(heading), None, 50.0).unwrap();
        network.speed_kmh(snap.edge, table)
    };
    let china = SpeedTable::default();
    assert_eq!(speed('A', 90.0, &china), (70.0, SpeedBasis::Declared));
    assert_eq!(speed('A', 270.0, &china), (50.0, SpeedBasis::Declared));
    assert_eq!(speed('B', 90.0, &china), (50.0, SpeedBasis::Declared));
    assert_eq!(speed('B', 90.0, &china.with_zone(Zone::Urban, 45.0)), (45.0, SpeedBasis::Declared));
    assert_eq!(speed('C', 90.0, &china), (60.0, SpeedBasis::Assumed));
    assert_eq!(speed('C', 90.0, &china.with_class(Class::Primary, 33.0)), (33.0, SpeedBasis::Assumed));
    assert_eq!(speed('D', 90.0, &china), (120.0, SpeedBasis::Declared));
    assert_eq!(network.speed_kmh(u32::MAX, &china), (0.0, SpeedBasis::Assumed));
    let east = network.edge(network.snap_with(map.beside('A', 60.0, 0.0), Some(90.0), None, 50.0).unwrap().edge).unwrap();
    assert_eq!((east.max_speed, east.lanes, east.lanes_ahead), (Some(70), Some(5), Some(3)));
    let west = network.edge(east.twin.unwrap()).unwrap();
    assert_eq!((west.max_speed, west.lanes_ahead), (Some(50), None));
}
