//! What is told to people: attachment, steps, outlines, hours, arrival.

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_road::Class;
use gongzhi_road::route::*;
use gongzhi_testkit::RoadMap;

use super::Drawn;

#[test]
fn a_unit_in_a_yard_joins_the_nearest_road_that_leads_somewhere() {
    let map = RoadMap::draw(
        "
A--------B--------C

   P--Q",
    )
    .way("PQ", |w| w.class("service"));
    let d = Drawn::new(map, &Profile::car());
    let yard = d.map.beside('P', 50.0, -3.0);
    let joined = d.graph.attach(&d.network, yard, 300.0).unwrap();
    let edge = d.network.edge(joined.position.edge).unwrap();
    assert_eq!((d.letter(edge.from), d.letter(edge.to)), ('A', 'B'), "eastbound: the point lies south of the road");
    assert!((joined.distance_m - 103.0).abs() < 1.0 && (joined.position.offset_m - 200.0).abs() < 1.0, "{joined:?}");
    assert!(matches!(joined.passed_over, Some((m, Detached::PieceApart)) if (m - 3.0).abs() < 0.1));
    assert!(joined.note().unwrap().zh.contains("不连通"));
    assert!(d.graph.attach(&d.network, yard, 50.0).is_none(), "nothing joined within 50 m");
    let street = d.graph.attach(&d.network, d.map.beside('B', 30.0, 5.0), 50.0).unwrap();
    assert_eq!((street.passed_over, d.letters(&[street.position.edge]).as_str()), (None, "CB"));
    // A road that is closed to the vehicle is not the nearest for it.
    let private = RoadMap::draw("A---B---C\n\nP---Q").way("PQ", |w| w.tag("access", "no"));
    let d = Drawn::new(private, &Profile::car());
    let joined = d.graph.attach(&d.network, d.map.beside('P', 100.0, 10.0), 300.0).unwrap();
    assert!(matches!(joined.passed_over, Some((_, Detached::NotAllowed))));
}

fn words(d: &Drawn, from: (&str, f64), to: (&str, f64)) -> Vec<Step> {
    let mut engine = BoundedDijkstra::new(d.graph.clone());
    engine.path(&Overlay::new(&d.graph), &d.at(from.0, from.1), &d.at(to.0, to.1)).unwrap().steps(&d.network)
}

#[test]
fn turns_are_said_in_both_languages() {
    let map = RoadMap::draw(
        "
     N
     |
A----B----C
     |
     S",
    )
    .way("ABC", |w| w.name("胜利东路").class("primary"))
    .way("NBS", |w| w.name("阳明北路").class("secondary"));
    let d = Drawn::new(map, &Profile::car());
    let said = |to: &str| {
        let steps = words(&d, ("AB", 50.0), (to, 50.0));
        steps.iter().map(|s| (s.manoeuvre, s.text.zh.clone(), s.text.en.clone())).collect::<Vec<_>>()
    };
    let left = said("BN");
    assert_eq!(left[0].1, "沿胜利东路行驶 200 米");
    assert_eq!(
        (left[1].0, left[1].1.as_str(), left[1].2.as_str()),
        (Manoeuvre::Left, "左转进入阳明北路，行驶 50 米", "Turn left onto 阳明北路, 50 m")
    );
    assert_eq!((left[2].0, left.len()), (Manoeuvre::Arrive, 3));
    assert_eq!(said("BS")[1].0, Manoeuvre::Right);
    assert_eq!(said("BC").len(), 2, "straight on along the same road is not said");
    let back = said("BA");
    assert!(back.iter().any(|s| s.0 == Manoeuvre::UTurn && s.1.starts_with("掉头")), "{back:?}");
}

#[test]
fn ramps_and_roundabouts_are_said() {
    let map = RoadMap::draw(
        "
A----B----C
      \\
       D
        \\
         E----F",
    )
    .way("AB", |w| w.name("环城高速").class("motorway"))
    .way("BC", |w| w.name("环城高速").class("motorway"))
    .way("BDE", |w| w.class("motorway_link"))
    .way("EF", |w| w.name("迎宾路").class("primary"));
    let d = Drawn::new(map, &Profile::car());
    let kinds: Vec<Manoeuvre> = words(&d, ("AB", 50.0), ("EF", 50.0)).iter().map(|s| s.manoeuvre).collect();
    assert_eq!(kinds, [Manoeuvre::Start, Manoeuvre::OntoRamp, Manoeuvre::OffRamp, Manoeuvre::Arrive]);

    // Driven anticlockwise: W is entered from, the first exit is S, the second E, the third N.
    let round = RoadMap::draw(
        "
       N
       |
       n
     /   \\
W--w       e--E
     \\   /
       s
       |
       S",
    );
    let round = round
        .way("wsenw", |w| w.tag("junction", "roundabout").name("中心环岛"))
        .way("Ww", |w| w.name("西路"))
        .way("eE", |w| w.name("东路"))
        .way("nN", |w| w.name("北路"))
        .way("sS", |w| w.name("南路"));
    let d = Drawn::new(round, &Profile::car());
    for (to, exit, zh) in [("sS", 1, "南路"), ("eE", 2, "东路"), ("nN", 3, "北路")] {
        let steps = words(&d, ("Ww", 20.0), (to, 20.0));
        assert_eq!(steps[1].manoeuvre, Manoeuvre::Roundabout { exit }, "{steps:?}");
        assert!(steps[1].text.zh.starts_with(&format!("进入环岛，从第 {exit} 个出口驶出，进入{zh}")), "{}", steps[1].text.zh);
        let all: f64 = steps.iter().map(|s| s.metres).sum();
        assert!((all - steps[steps.len() - 1].at_m).abs() < 0.01, "the steps' metres add up to the route's");
    }
}

#[test]
fn the_line_runs_from_spot_to_spot() {
    let map = RoadMap::draw("A----B\n     |\n     C");
    let d = Drawn::new(map, &Profile::car());
    let mut engine = BoundedDijkstra::new(d.graph.clone());
    let route = engine.path(&Overlay::new(&d.graph), &d.at("AB", 50.0), &d.at("BC", 50.0)).unwrap();
    let line = route.line(&d.network);
    assert_eq!(line.len(), 3);
    assert!(haversine_m(line[0], d.map.beside('A', 50.0, 0.0)) < 0.5 && haversine_m(line[1], d.map.point('B')) < 0.5);
    assert!(haversine_m(line[2], d.map.beside('B', 0.0, -50.0)) < 0.5);
    assert!((route.metres - 250.0).abs() < 0.5);
}

fn inside(ring: &[Point], p: Point) -> bool {
    ring.windows(2)
        .filter(|w| {
            (w[0].lat > p.lat) != (w[1].lat > p.lat)
                && p.lon < (w[1].lon - w[0].lon) * (p.lat - w[0].lat) / (w[1].lat - w[0].lat) + w[0].lon
        })
        .count()
        % 2
        == 1
}

#[test]
fn the_outline_holds_what_is_reached_and_not_what_is_not() {
    let map = RoadMap::draw("A--------------------B").way("AB", |w| w.tag("maxspeed", "40"));
    let d = Drawn::new(map, &Profile::car());
    let mut engine = BoundedDijkstra::new(d.graph.clone());
    let reach = engine.isochrone(&Overlay::new(&d.graph), &d.at("AB", 100.0), 30_000);
    let rings = outline(&d.network, &reach, 30_000, 25.0);
    assert_eq!(rings.len(), 1);
    assert_eq!(rings[0].first(), rings[0].last());
    for (east, within) in [(150.0, true), (300.0, true), (390.0, true), (450.0, false), (700.0, false), (40.0, false)] {
        assert_eq!(inside(&rings[0], d.map.beside('A', east, 0.0)), within, "{east} m");
    }
    let half = outline(&d.network, &reach, 15_000, 25.0);
    assert!(inside(&half[0], d.map.beside('A', 200.0, 0.0)) && !inside(&half[0], d.map.beside('A', 300.0, 0.0)), "bands nest");
    let area: f64 = rings[0].windows(2).map(|w| (w[0].lon - 120.0) * (w[1].lat - 30.0) - (w[1].lon - 120.0) * (w[0].lat - 30.0)).sum();
    assert!(area > 0.0, "inside on the left");
}

#[test]
fn an_edge_begun_in_one_hour_is_finished_at_the_speed_of_the_next() {
    let mut factors = HourFactors::flat(1.0);
    factors.0[Class::Primary as usize][8] = 0.5;
    // Ten minutes at free flow: begun at 7:55, half is done by eight and the rest takes ten minutes.
    let start = (7 * 60 + 55) * 60_000;
    assert_eq!(factors.ms(Class::Primary, 600_000, start), 900_000);
    assert_eq!(factors.ms(Class::Secondary, 600_000, start), 600_000);
    // Who leaves later never arrives earlier, also where a slow hour ends.
    factors.0[Class::Primary as usize][9] = 2.0;
    let arrivals: Vec<u64> =
        (0..2_000u64).map(|i| 8 * 3_600_000 + i * 5_003).map(|s| s + u64::from(factors.ms(Class::Primary, 600_000, s))).collect();
    assert!(arrivals.windows(2).all(|w| w[0] <= w[1]));
}

#[test]
fn the_way_depends_on_the_hour() {
    // The short way is slow from eight to nine.
    let map = RoadMap::draw(
        "
A----B----C----D
     |    |
     E----F",
    )
    .way("BC", |w| w.class("primary"));
    let mut by_hour = HourFactors::flat(1.0);
    by_hour.0[Class::Primary as usize][8] = 0.1;
    let d = Drawn::new(map, &Profile { by_hour: Some(by_hour), ..Profile::car() });
    let overlay = Overlay::new(&d.graph);
    let mut engine = BoundedDijkstra::new(d.graph.clone());
    let mut at = |ms: u64| engine.path_at(&overlay, &d.at("AB", 50.0), &d.at("CD", 50.0), ms).map(|r| (d.letters(&r.edges), r.ms)).unwrap();
    assert_eq!(at(7 * 3_600_000).0, "ABCD");
    assert_eq!(at(8 * 3_600_000).0, "ABEFCD");
    assert_eq!(at(9 * 3_600_000 - 1_000).0, "ABCD", "the slow hour is over by the time one comes there");
    let free = BoundedDijkstra::new(d.graph.clone()).path(&overlay, &d.at("AB", 50.0), &d.at("CD", 50.0)).unwrap();
    assert!(at(7 * 3_600_000).1.abs_diff(free.ms) <= 6);
    // The hour frozen, for engines that know no time.
    let frozen = Overlay::at_hour(&d.graph, 8);
    let slow = BoundedDijkstra::new(d.graph.clone()).path(&frozen, &d.at("AB", 50.0), &d.at("CD", 50.0)).unwrap();
    assert_eq!((d.letters(&slow.edges).as_str(), slow.ms), ("ABEFCD", at(8 * 3_600_000).1));
}

/// Numbers that look random and are the same every time.
struct Noise(u64);

impl Noise {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.share().max(1e-12).ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }
}

/// A trip in a made-up city: arterials slow at the peaks, waits longer at noon, and luck.
fn trip(noise: &mut Noise) -> Trip {
    let hour = (noise.share() * 168.0) as u16;
    let mut work = Work { turn_s: noise.share() * 90.0, ..Work::default() };
    for class in [Class::Trunk, Class::Primary, Class::Secondary, Class::Residential] {
        work.class_s[class as usize] = (noise.share() * 300.0 - 60.0).max(0.0);
    }
    let peak = f64::from(u8::from(matches!(hour % 24, 7 | 8 | 17 | 18)));
    let truth = |class: usize| match class {
        1 => 1.1 + 0.5 * peak,
        2 => 1.2 + 0.9 * peak,
        3 => 1.15 + 0.5 * peak,
        _ => 1.05,
    };
    let seconds: f64 = work.class_s.iter().enumerate().map(|(c, s)| s * truth(c)).sum::<f64>() + work.turn_s * (1.3 + 0.4 * peak);
    // Short trips are a matter of luck more than long ones.
    let spread = 0.08 + 0.9 / seconds.max(30.0).sqrt();
    Trip { work, hour, actual_s: seconds.max(20.0) * (spread * noise.normal()).exp() }
}

#[test]
fn nine_in_ten_arrive_within_the_interval() {
    for seed in [1, 2, 3] {
        let mut noise = Noise(seed);
        let seen: Vec<Trip> = (0..6_000).map(|_| trip(&mut noise)).collect();
        let calibration = Calibration::learn(&seen, 0.9).unwrap();
        let (mut within, mut missed, mut bare, mut early) = (0.0, 0.0, 0.0, 0.0);
        let mut short = (0.0, 0.0);
        let mut new: Vec<Trip> = (0..10_000).map(|_| trip(&mut noise)).collect();
        new.sort_by(|a, b| a.work.total_s().total_cmp(&b.work.total_s()));
        for (i, t) in new.iter().enumerate() {
            let a = calibration.arrival(&t.work, t.hour);
            assert!(a.low_s <= a.p50_s && a.p50_s <= a.high_s);
            let hit = f64::from(u8::from(a.low_s <= t.actual_s && t.actual_s <= a.high_s));
            within += hit;
            early += f64::from(u8::from(t.actual_s <= a.p50_s));
            if i < new.len() / 4 {
                short = (short.0 + hit, short.1 + 1.0);
            }
            missed += (a.p50_s / t.actual_s - 1.0).abs();
            bare += (t.work.total_s() / t.actual_s - 1.0).abs();
        }
        let n = new.len() as f64;
        assert!((0.88..=0.92).contains(&(within / n)), "{}", within / n);
        assert!((0.87..=0.93).contains(&(short.0 / short.1)), "the shortest quarter: {}", short.0 / short.1);
        assert!((0.47..=0.53).contains(&(early / n)), "half of them earlier: {}", early / n);
        assert!(missed / n <= 0.15 && missed < bare, "{} against {} without", missed / n, bare / n);
    }
}

#[test]
fn too_few_trips_teach_nothing() {
    let mut noise = Noise(5);
    let few: Vec<Trip> = (0..39).map(|_| trip(&mut noise)).collect();
    assert_eq!(Calibration::learn(&few, 0.9), None);
    let enough: Vec<Trip> = (0..400).map(|_| trip(&mut noise)).collect();
    assert_eq!(Calibration::learn(&enough, 1.0), None);
    assert!(Calibration::learn(&enough, 0.8).is_some());
}

#[test]
fn a_route_says_what_it_asks_of_each_class() {
    let map = RoadMap::draw("A----B----C").way("AB", |w| w.class("primary")).way("BC", |w| w.class("residential"));
    let d = Drawn::new(map, &Profile::car());
    let mut engine = BoundedDijkstra::new(d.graph.clone());
    let route = engine.path(&Overlay::new(&d.graph), &d.at("AB", 50.0), &d.at("BC", 100.0)).unwrap();
    let work = route.work(&d.graph);
    assert!((work.total_s() - route.seconds()).abs() < 0.003, "{work:?} {}", route.seconds());
    assert!((work.class_s[Class::Primary as usize] - 200.0 / 55.0 * 3.6).abs() < 0.05);
}
