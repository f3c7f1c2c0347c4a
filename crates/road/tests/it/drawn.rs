//! The rules of the network, each on a map small enough to see.

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_road::datum::{self, Datum};
use gongzhi_road::import::{self, Options};
use gongzhi_road::{Network, PlaceRef, Side};
use gongzhi_testkit::RoadMap;

/// 胜利东路 from west to east, 阳明北路 from north to south, 平江路 east of it.
pub fn city() -> RoadMap {
    RoadMap::draw(
        "
      N         P
      |         |
W-----X---------Y-----E
      |         |
      S         Q",
    )
    .way("WXYE", |w| w.name("胜利东路").class("primary").tag("name:en", "Shengli East Road"))
    .way("NXS", |w| w.name("阳明北路").class("secondary").tag("name:en", "Yangming North Road"))
    .way("PYQ", |w| w.name("平江路").class("tertiary"))
    .signal('X')
}

fn names(network: &Network) -> Vec<String> {
    network.crossings().map(|(_, c)| c.name).collect()
}

#[test]
fn two_roads_make_a_named_crossing_with_a_stable_key_and_signal() {
    let network = city().network();
    let crossings: Vec<_> = network.crossings().map(|(_, c)| c).collect();
    assert_eq!(crossings.len(), 2, "{crossings:?}");
    let x = crossings.iter().find(|c| c.key == format!("c:{}", RoadMap::id('X'))).unwrap();
    assert_eq!(x.name, "胜利东路与阳明北路交叉口");
    assert_eq!(x.roads, ["胜利东路", "阳明北路"]);
    assert!(x.signal);
    assert!(haversine_m(x.point, city().point('X')) < 0.1);
    let y = crossings.iter().find(|c| c.name == "胜利东路与平江路交叉口").unwrap();
    assert!(!y.signal);
}

#[test]
fn sections_run_between_consecutive_crossings() {
    let network = city().network();
    let section = network.sections().map(|(_, s)| s).find(|s| s.ends.len() == 2).unwrap();
    assert_eq!(section.name, "胜利东路（平江路—阳明北路）");
    assert!((section.length_m - 500.0).abs() < 2.0, "{}", section.length_m);
    assert_eq!(section.line.len(), 2);
    let ends: Vec<String> = network.sections().map(|(_, s)| s.name).filter(|n| n.starts_with("阳明北路")).collect();
    assert_eq!(ends, ["阳明北路（胜利东路—尽头）", "阳明北路（胜利东路—尽头）"]);
    assert_eq!(network.sections().count(), 7);
}

#[test]
fn keys_lead_back_and_survive_another_import() {
    let (first, again) = (city().network(), city().way("WN", |w| w.name("环路")).network());
    assert_ne!(first.identity(), again.identity());
    for (id, crossing) in first.crossings() {
        assert_eq!(first.place_by_key(&crossing.key), Some(PlaceRef::Crossing(id)));
        assert!(again.place_by_key(&crossing.key).is_some());
    }
    for (id, section) in first.sections() {
        assert_eq!(first.place_by_key(&section.key), Some(PlaceRef::Section(id)));
    }
    for (id, road) in first.roads() {
        assert_eq!(first.place_by_key(&road.key), Some(PlaceRef::Road(id)));
    }
    assert_eq!(first.place_by_key("c:999"), None);
    assert_eq!(first.place_by_key("nonsense"), None);
}

#[test]
fn the_side_of_a_two_way_road_picks_the_direction() {
    let map = city();
    let network = map.network();
    // Traffic drives on the right: south of an east-west road is its eastbound side.
    let south = network.snap(map.beside('X', 200.0, -10.0), 50.0).unwrap();
    let north = network.snap(map.beside('X', 200.0, 10.0), 50.0).unwrap();
    assert_eq!((south.side, north.side), (Side::Right, Side::Right));
    let (eastbound, westbound) = (network.edge(south.edge).unwrap(), network.edge(north.edge).unwrap());
    assert!(eastbound.line[0].lon < eastbound.line[1].lon);
    assert_eq!(eastbound.twin, Some(north.edge));
    assert!((south.offset_m - 200.0).abs() < 1.0 && (north.offset_m - 300.0).abs() < 1.0, "{} {}", south.offset_m, north.offset_m);
    assert!((south.distance_m - 10.0).abs() < 0.1);
    assert_eq!(westbound.length_m, eastbound.length_m);
    assert!(network.snap(map.beside('X', 200.0, -60.0), 50.0).is_none());
    assert_eq!(network.snap(map.beside('X', 200.0, 0.5), 50.0).unwrap().side, Side::On);
}

#[test]
fn a_one_way_road_has_one_direction_and_two_sides() {
    let map = RoadMap::draw("A---------B").way("BA", |w| w.name("单行路").oneway());
    let network = map.network();
    assert_eq!(network.counts().edges, 1);
    let left = network.snap(map.beside('A', 100.0, -10.0), 50.0).unwrap();
    let right = network.snap(map.beside('A', 100.0, 10.0), 50.0).unwrap();
    assert_eq!((left.side, right.side), (Side::Left, Side::Right));
    assert!((left.offset_m - 400.0).abs() < 1.0);
    let against = RoadMap::draw("A---------B").way("AB", |w| w.name("单行路").tag("oneway", "-1")).network();
    let edge = against.edge(0).unwrap();
    assert!(edge.line[0].lon > edge.line[1].lon, "oneway=-1 runs against the drawing");
}

#[test]
fn a_heading_outweighs_the_side_and_lines_across() {
    let map = city();
    let network = map.network();
    let west = network.snap_with(map.beside('X', 200.0, -10.0), Some(270.0), None, 50.0).unwrap();
    assert_eq!(west.side, Side::Left);
    let edge = network.edge(west.edge).unwrap();
    assert!(edge.line[0].lon > edge.line[1].lon);
    // 8 m from 胜利东路 and 15 m from 阳明北路, driving north.
    let north = network.snap_with(map.beside('X', 15.0, 8.0), Some(0.0), None, 50.0).unwrap();
    assert_eq!(network.edge(north.edge).unwrap().name, "阳明北路");
}

#[test]
fn a_crossing_is_reported_within_thirty_metres() {
    let map = city();
    let network = map.network();
    let near = network.snap(map.beside('X', 25.0, 5.0), 50.0).unwrap();
    assert_eq!(network.crossing(near.crossing.unwrap().0).unwrap().name, "胜利东路与阳明北路交叉口");
    assert!((near.crossing.unwrap().1 - 25.0).abs() < 0.5);
    assert_eq!(network.snap(map.beside('X', 35.0, 5.0), 50.0).unwrap().crossing, None);
}

#[test]
fn a_bridge_over_a_road_is_no_crossing_and_a_level_tells_them_apart() {
    let map = RoadMap::draw(
        "
     C
     |
A----+----B
     |
     D",
    )
    .way("AB", |w| w.name("地面路"))
    .way("CD", |w| w.name("高架路").class("trunk").bridge());
    let network = map.network();
    assert!(names(&network).is_empty());
    let middle = map.beside('A', 251.0, 1.5);
    let upper = network.snap_with(middle, None, Some(1), 50.0).unwrap();
    let lower = network.snap_with(middle, None, Some(0), 50.0).unwrap();
    assert_eq!(network.edge(upper.edge).unwrap().name, "高架路");
    assert_eq!((upper.level, network.edge(lower.edge).unwrap().name.as_str()), (1, "地面路"));
    assert!(network.edge(upper.edge).unwrap().bridge);
    let found = network.find("地面路与高架路交叉口", 3);
    assert!(found[0].confidence <= 0.6 && !matches!(found[0].place, PlaceRef::Crossing(_)), "{found:?}");
    assert!(haversine_m(found[0].point, middle) < 40.0);
}

#[test]
fn dual_carriageways_make_one_crossing_and_one_section() {
    let map = RoadMap::draw(
        "
   a  b     e  f
   |  |     |  |
A--B--C-----D--E--F
   |  |     |  |
G--H--I-----J--K--L
   |  |     |  |
   c  d     g  h",
    )
    .scale(15.0)
    .way("FEDCBA", |w| w.name("中兴大道").class("primary").oneway())
    .way("GHIJKL", |w| w.name("中兴大道").class("primary").oneway())
    .way("aBHc", |w| w.name("平江路").class("secondary").oneway())
    .way("dICb", |w| w.name("平江路").class("secondary").oneway())
    .way("eDJg", |w| w.name("阳明北路").class("secondary").oneway())
    .way("hKEf", |w| w.name("阳明北路").class("secondary").oneway());
    let imported = map.imported();
    let network = Network::from_vec(imported.bytes).unwrap();
    let mut crossings = names(&network);
    crossings.sort();
    assert_eq!(crossings, ["中兴大道与平江路交叉口", "中兴大道与阳明北路交叉口"]);
    let between: Vec<_> = network.sections().map(|(_, s)| s).filter(|s| s.name == "中兴大道（平江路—阳明北路）").collect();
    assert_eq!(between.len(), 1, "both carriageways are one section");
    assert!(imported.summary.merged_sections >= 1);
    let upper = network.snap(map.beside('C', 45.0, 3.0), 20.0).unwrap();
    let lower = network.snap(map.beside('I', 45.0, -3.0), 20.0).unwrap();
    assert_ne!(upper.edge, lower.edge);
    assert_eq!(upper.section, lower.section);
}

#[test]
fn neighbouring_crossings_of_one_road_stay_apart() {
    let map = RoadMap::draw(
        "
   P   Q
   |   |
A--X---Y--B",
    )
    .scale(10.0)
    .way("AXYB", |w| w.name("主路"))
    .way("PX", |w| w.name("甲路"))
    .way("QY", |w| w.name("乙路"));
    assert_eq!(names(&map.network()).len(), 2);
}

#[test]
fn a_roundabout_is_one_crossing() {
    let map = RoadMap::draw(
        "
     N
     |
     a
    / \\
W--d   b--E
    \\ /
     c
     |
     S",
    )
    .scale(20.0)
    .way("adcba", |w| w.class("primary").tag("junction", "roundabout"))
    .way("Wd", |w| w.name("解放路").class("primary"))
    .way("bE", |w| w.name("解放路").class("primary"))
    .way("Na", |w| w.name("人民路").class("primary"))
    .way("cS", |w| w.name("人民路").class("primary"));
    let network = map.network();
    let crossings: Vec<_> = network.crossings().map(|(_, c)| c).collect();
    assert_eq!(crossings.len(), 1, "{crossings:?}");
    assert!(crossings[0].roundabout);
    assert_eq!(crossings[0].name, "人民路与解放路环岛");
    assert_eq!(crossings[0].key, format!("c:{}", RoadMap::id('a')));
}

#[test]
fn a_driveway_makes_no_crossing_and_a_change_of_name_does() {
    let map = RoadMap::draw(
        "
   D
   |
A--X--Y--B",
    )
    .way("AXY", |w| w.name("解放路"))
    .way("YB", |w| w.name("光明街"))
    .way("DX", |w| w.class("service"));
    assert_eq!(names(&map.network()), ["光明街与解放路交叉口"]);
}

#[test]
fn a_place_is_described_in_both_languages() {
    let map = city().area(
        [-2.0, -1.0, 30.0, 10.0],
        &[("boundary", "administrative"), ("admin_level", "6"), ("name", "越城区"), ("name:en", "Yuecheng District")],
    );
    let network = map.network();
    let at = network.describe(map.beside('X', 5.0, 5.0));
    assert_eq!(at.zh, "越城区胜利东路与阳明北路交叉口");
    assert_eq!(at.en, "crossing of Shengli East Road and Yangming North Road, Yuecheng District");
    assert!(at.crossing.is_some() && at.section.is_some() && at.area.is_some());
    let between = network.describe(map.beside('X', 120.0, -5.0));
    assert_eq!(between.zh, "越城区胜利东路（平江路—阳明北路），阳明北路口以东约120米");
    assert_eq!(between.en, "Shengli East Road, about 120 m east of Yangming North Road, Yuecheng District");
    assert_eq!(network.areas_at(map.point('X')).len(), 1);
    assert!(network.areas_at(Point::new(121.5, 30.0)).is_empty());
    assert_eq!(network.describe(Point::new(121.5, 30.0)).zh, "");
}

#[test]
fn a_wrong_datum_is_undone_at_import_and_found_out() {
    let map = city();
    let network = map.network();
    let gcj: Vec<Point> = (0..60).map(|i| datum::from_wgs84(map.beside('W', 10.0 + 15.0 * f64::from(i), 4.0), Datum::Gcj02)).collect();
    let detection = datum::detect(&gcj, &network);
    assert_eq!(detection.contradicts(Datum::Wgs84).unwrap().datum, Datum::Gcj02);
    assert_eq!(detection.contradicts(Datum::Gcj02), None);
    assert!(detection.hypotheses[0].median_m < 5.0);
    let wrong = import::osm(map.osm_xml().as_bytes(), &Options { datum: Datum::Gcj02 }, &mut |_| {}).unwrap();
    let moved = Network::from_vec(wrong.bytes).unwrap().bounds().center();
    assert!((300.0..700.0).contains(&haversine_m(moved, network.bounds().center())));
}

#[test]
fn the_same_file_makes_the_same_network() {
    assert_eq!(city().imported().bytes, city().imported().bytes);
    let network = city().network();
    assert_eq!(network.identity().len(), 32);
    network.verify().unwrap();
}

#[test]
fn tiles_have_the_layers_asked_for() {
    let map = city().area([0.0, 0.0, 6.0, 6.0], &[("natural", "water"), ("name", "镜湖")]);
    let network = map.network();
    let c = map.point('X');
    for z in [12u8, 15, 16] {
        let n = f64::from(1u32 << z);
        let x = ((c.lon + 180.0) / 360.0 * n) as u32;
        let y = ((1.0 - c.lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * n) as u32;
        let tile = network.tile(z, x, y);
        let holds = |text: &str| tile.windows(text.len()).any(|w| w == text.as_bytes());
        assert!(holds("roads") && holds("胜利东路") && holds("primary") && holds("land") && holds("镜湖"), "z{z}");
        assert_eq!(holds("crossings") && holds("胜利东路与阳明北路交叉口"), z >= 15, "z{z}");
    }
    assert!(network.tile(15, 0, 0).is_empty());
    assert!(network.tile(3, 99, 0).is_empty());
    assert!(network.tile(60, 0, 0).is_empty());
}

#[test]
fn every_street_line_stands_once_and_every_edge_knows_its_line() {
    let network = RoadMap::draw(
        "
A-----B-----C
      |
      D",
    )
    .way("ABC", |w| w.name("两向路"))
    .way("DB", |w| w.name("单行路").tag("oneway", "yes"))
    .network();
    let (lines, on) = network.street_lines();
    assert_eq!((lines.len(), on.len()), (3, 5), "three lines, two of them driven both ways");
    assert_eq!(lines.iter().filter(|l| l.oneway).count(), 1);
    for (number, place) in on.iter().enumerate() {
        let (edge, line) = (network.edge(u32::try_from(number).unwrap()).unwrap(), lines[place.line as usize]);
        let ends = if place.against { (line.to, line.from) } else { (line.from, line.to) };
        assert_eq!((edge.from, edge.to), ends);
        assert!((edge.length_m - line.length_m).abs() < 1e-9);
    }
}
