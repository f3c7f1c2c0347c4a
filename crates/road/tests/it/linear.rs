//! Linear reference: each rule on a map small enough to see, arithmetic against a raster of metres.

use gongzhi_civic::place::haversine_m;
use gongzhi_road::Network;
use gongzhi_road::linear::{
    BoundBasis, ChainageEquation, Course, Coverage, Direction, Interval, PostSource, RejectReason, Sense, Span, StakePost, StakeRefusal,
    Stakes,
};
use gongzhi_testkit::RoadMap;
use proptest::prelude::*;

/// G220 from west to east, 10 km, a branch road at each end of the middle.
fn highway() -> RoadMap {
    RoadMap::draw(
        "
      N             P
      |             |
A-----B-------------C------D
      |             |
      S             Q",
    )
    .scale(400.0)
    .way("ABCD", |w| w.class("trunk").tag("ref", "G220").name("东营路"))
}

fn course(network: &Network, name: &str) -> Course {
    let mut courses = Course::of(network, name);
    assert!(!courses.is_empty(), "no course {name}");
    courses.remove(0)
}

#[test]
fn a_course_runs_east_and_has_both_directions() {
    let map = highway();
    let network = map.network();
    for name in ["G220", "220国道", "国道220", "g 220", "东营路"] {
        let course = course(&network, name);
        assert!((course.length_m() - 10_800.0).abs() < 5.0, "{name}: {}", course.length_m());
        assert!(course.has(Direction::Both) && course.gaps().is_empty() && !course.is_ring());
    }
    let course = course(&network, "G220");
    let at = course.at(4_000.0, Direction::Forward).unwrap();
    assert!(haversine_m(at.point, map.beside('A', 4_000.0, 0.0)) < 1.0);
    assert!((at.offset_m - 1_600.0).abs() < 1.0, "{at:?}");
    let back = course.at(4_000.0, Direction::Backward).unwrap();
    assert!(haversine_m(back.point, at.point) < 0.5);
    assert_eq!(network.edge(at.edge).unwrap().twin, Some(back.edge));
    let hit = course.project(map.beside('C', 100.0, -30.0), Direction::Both, 50.0).unwrap();
    assert!((hit.measure_m - 8_100.0).abs() < 1.0 && (hit.distance_m - 30.0).abs() < 0.5);
    let snap = network.snap(map.beside('C', 100.0, -30.0), 50.0).unwrap();
    assert!((course.project_snap(&snap).unwrap().measure_m - hit.measure_m).abs() < 0.5);
    assert!(course.at(-1.0, Direction::Forward).is_none() && course.at(11_000.0, Direction::Backward).is_none());
    assert!(Course::of(&network, "G221").is_empty() && Course::of(&network, "").is_empty());
}

#[test]
fn two_carriageways_share_one_measure() {
    // East on the south side, west on the north side, with a bend: the outer one is longer.
    let map = RoadMap::draw(
        "
a----------------b
                  \\
A----------------B \\
                  \\ \\
                   \\ c
                    C",
    )
    .scale(50.0)
    .way("ABC", |w| w.class("motorway").tag("ref", "G25").oneway())
    .way("cba", |w| w.class("motorway").tag("ref", "G25").oneway());
    let network = map.network();
    let course = course(&network, "G25");
    assert!(course.gaps().is_empty() && course.branches().is_empty());
    for measure in [100.0, 400.0, 700.0] {
        let (f, b) = (course.at(measure, Direction::Forward).unwrap(), course.at(measure, Direction::Backward).unwrap());
        assert_ne!(f.edge, b.edge);
        let apart = haversine_m(f.point, b.point);
        assert!((70.0..130.0).contains(&apart), "{measure}: {apart}");
    }
    // Just south of the northern carriageway: it is that one.
    let hit = course.project(map.beside('a', 300.0, -20.0), Direction::Both, 60.0).unwrap();
    assert_eq!(hit.direction, Direction::Backward);
    assert!((hit.measure_m - 300.0).abs() < 2.0, "{hit:?}");
}

#[test]
fn single_double_single_is_one_course() {
    let map = RoadMap::draw(
        "
        e----f
       /      \\
A-----B        C-----D
       \\      /
        g----h",
    )
    .scale(40.0)
    .way("AB", |w| w.class("primary").tag("ref", "S315"))
    .way("BghC", |w| w.class("primary").tag("ref", "S315").oneway())
    .way("CfeB", |w| w.class("primary").tag("ref", "S315").oneway())
    .way("CD", |w| w.class("primary").tag("ref", "S315"));
    let network = map.network();
    let courses = Course::of(&network, "S315");
    assert_eq!(courses.len(), 1, "{courses:?}");
    let course = &courses[0];
    assert!(course.gaps().is_empty() && course.branches().is_empty(), "{:?}", course.branches());
    let south = course.project(map.point('g'), Direction::Forward, 1.0).unwrap();
    let north = course.project(map.point('e'), Direction::Backward, 1.0).unwrap();
    assert!((south.measure_m - north.measure_m).abs() < 30.0, "{south:?} {north:?}");
    assert!(course.project(map.point('e'), Direction::Forward, 1.0).is_none());
}

#[test]
fn a_roundabout_without_the_number_is_crossed_and_a_hole_is_said() {
    let map = RoadMap::draw(
        "
        n
       / \\
A-----w   e-----B         C-----D
       \\ /
        s",
    )
    .scale(20.0)
    .way("Aw", |w| w.class("primary").tag("ref", "G104"))
    .way("wsenw", |w| w.class("primary").tag("junction", "roundabout"))
    .way("eB", |w| w.class("primary").tag("ref", "G104"))
    .way("CD", |w| w.class("primary").tag("ref", "G104"));
    let network = map.network();
    let course = course(&network, "G104");
    let gaps = course.gaps();
    assert_eq!(gaps.len(), 2, "one hole in each direction: {gaps:?}");
    assert!((gaps[0].to_m - gaps[0].from_m - 200.0).abs() < 2.0, "{gaps:?}");
    let middle = f64::midpoint(gaps[0].from_m, gaps[0].to_m);
    assert!(course.at(middle, Direction::Forward).is_none());
    let around = course.project(map.point('s'), Direction::Forward, 5.0).unwrap();
    assert!(around.bridged && network.edge(around.edge).unwrap().roundabout);
    assert!(course.project(map.point('n'), Direction::Backward, 5.0).unwrap().bridged);
}

#[test]
fn a_branch_is_said_and_a_far_road_of_the_same_number_is_another_course() {
    let map = RoadMap::draw(
        "
A---------B---------C
          |
          D


                                                                                    X------Y",
    )
    .scale(100.0)
    .way("ABC", |w| w.class("primary").tag("ref", "X3"))
    .way("BD", |w| w.class("primary").tag("ref", "X3"))
    .way("XY", |w| w.class("primary").tag("ref", "X3"));
    let network = map.network();
    let courses = Course::of(&network, "X3");
    assert_eq!(courses.len(), 2, "{courses:?}");
    assert_eq!(courses[0].branches().len(), 1);
    assert!((courses[0].branches()[0].at_m - 1_000.0).abs() < 5.0);
    assert_ne!(courses[0].key(), courses[1].key());
}

#[test]
fn a_ring_runs_clockwise_and_is_cut_once() {
    let map = RoadMap::draw(
        "
A--------B
|        |
|        |
D--------C",
    )
    .scale(100.0)
    .way("ABCDA", |w| w.class("trunk").name("环城路"));
    let network = map.network();
    let course = course(&network, "环城路");
    assert!(course.is_ring());
    assert!((course.length_m() - 2_400.0).abs() < 3.0, "{}", course.length_m());
    let (b, c) = (
        course.project(map.point('B'), Direction::Forward, 1.0).unwrap(),
        course.project(map.point('C'), Direction::Forward, 1.0).unwrap(),
    );
    assert!(b.measure_m < c.measure_m, "clockwise: B before C");
    let back = course.project(map.beside('B', 0.0, -150.0), Direction::Backward, 1.0).unwrap();
    assert!((back.measure_m - b.measure_m - 150.0).abs() < 2.0, "{back:?} {b:?}");
}

fn post(map: &RoadMap, east_m: f64, metre: f64) -> StakePost {
    StakePost {
        reference: "G220".into(),
        metre,
        point: map.beside('A', east_m, 6.0),
        direction: None,
        source: PostSource::Survey,
        note: String::new(),
    }
}

#[test]
fn a_stake_lies_between_its_neighbours_by_length() {
    let map = highway();
    let network = map.network();
    // Stakes grow westward here: K20 at the west end, K10 at 10 km east.
    let posts = vec![post(&map, 0.0, 20_000.0), post(&map, 4_000.0, 16_000.0), post(&map, 10_000.0, 10_300.0)];
    let stakes = Stakes::new(&network, posts, &[]);
    assert!(stakes.rejected().is_empty(), "{:?}", stakes.rejected());
    let found = stakes.locate("220国道", 18_000.0, Some(Sense::Increasing)).unwrap();
    assert!(haversine_m(found.place.point, map.beside('A', 2_000.0, 0.0)) < 2.0);
    assert_eq!(found.place.direction, Direction::Backward, "stakes grow westward, so 上行 drives west");
    assert_eq!((found.bracket.len(), found.basis), (2, BoundBasis::Assumed));
    assert!(found.reason.zh.contains("K18+000") && found.reason.en.contains("K16+000"), "{:?}", found.reason);
    // 5,700 stakes on 6,000 m of road.
    let found = stakes.locate("G220", 13_150.0, None).unwrap();
    assert!(haversine_m(found.place.point, map.beside('A', 7_000.0, 0.0)) < 2.0);
    let at = stakes.stake_at(map.beside('A', 2_000.0, -5.0), 30.0).unwrap();
    assert_eq!((at.stake.as_str(), at.sense), ("K18+000", Sense::Decreasing));
    assert!(stakes.stake_at(map.beside('A', 2_000.0, -500.0), 30.0).is_none());
}

#[test]
fn what_cannot_be_told_is_refused_in_both_languages() {
    let map = highway();
    let network = map.network();
    let one = Stakes::new(&network, vec![post(&map, 0.0, 20_000.0)], &[]);
    let two = Stakes::new(&network, vec![post(&map, 1_000.0, 11_000.0), post(&map, 4_000.0, 14_000.0)], &[]);
    let refusals = [
        one.locate("G220", 21_000.0, None).unwrap_err(),
        one.locate("G221", 21_000.0, None).unwrap_err(),
        two.locate("G220", 16_000.0, None).unwrap_err(),
        two.locate("G220", f64::NAN, None).unwrap_err(),
    ];
    let codes: Vec<&str> = refusals.iter().map(StakeRefusal::code).collect();
    assert_eq!(codes, ["road.stake.one_anchor_only", "road.stake.unknown_route", "road.stake.beyond", "road.stake.unknown_route"]);
    assert!(refusals.iter().all(|r| !r.text().zh.is_empty() && !r.text().en.is_empty()));
    // Up to a kilometre outside the posts there is an answer, with one post and a wider bound.
    let outside = two.locate("G220", 14_800.0, None).unwrap();
    let inside = two.locate("G220", 13_900.0, None).unwrap();
    assert_eq!(outside.bracket.len(), 1);
    assert!(outside.bound_m > inside.bound_m && haversine_m(outside.place.point, map.beside('A', 4_800.0, 0.0)) < 2.0);
}

#[test]
fn wrong_posts_are_rejected_with_their_reason() {
    let map = highway();
    let network = map.network();
    let mut posts: Vec<StakePost> = (0..=10).map(|k| post(&map, f64::from(k) * 1_000.0, 50_000.0 + f64::from(k) * 1_000.0)).collect();
    posts[3].metre = 35_000.0;
    posts[7].metre = 57_800.0;
    posts.push(StakePost { point: map.beside('A', 500.0, 300.0), ..post(&map, 0.0, 50_500.0) });
    posts.push(StakePost { reference: "G999".into(), ..post(&map, 0.0, 1.0) });
    let stakes = Stakes::new(&network, posts, &[]);
    let rejected: Vec<usize> = stakes.rejected().iter().map(|r| r.post).collect();
    assert_eq!(rejected, [3, 7, 11, 12]);
    let reasons: Vec<RejectReason> = stakes.rejected().iter().map(|r| r.reason).collect();
    assert!(matches!(reasons[0], RejectReason::Order { .. }), "{reasons:?}");
    assert!(
        matches!(reasons[1], RejectReason::Speed { ratio, .. } if (ratio - 0.2).abs() < 0.01 || (ratio - 1.8).abs() < 0.01),
        "{reasons:?}"
    );
    assert!(matches!(reasons[2], RejectReason::NotOnCourse { distance_m } if (distance_m - 300.0).abs() < 5.0));
    assert_eq!(reasons[3], RejectReason::UnknownRoute);
    let found = stakes.locate("G220", 57_000.0, None).unwrap();
    assert!(haversine_m(found.place.point, map.beside('A', 7_000.0, 0.0)) < 3.0);
}

#[test]
fn a_short_chain_leaves_out_numbers_and_a_long_one_has_them_twice() {
    let map = highway();
    let network = map.network();
    let equation = |back_m, ahead_m| ChainageEquation { reference: "G220".into(), back_m, ahead_m };
    // At 5,000 m: K15+000 = K15+400.
    let posts: Vec<StakePost> =
        (0..=10).map(|k| post(&map, f64::from(k) * 1_000.0, f64::from(k) * 1_000.0 + if k > 5 { 10_400.0 } else { 10_000.0 })).collect();
    let short = Stakes::new(&network, posts, &[equation(15_000.0, 15_400.0)]);
    assert!(short.rejected().is_empty() && short.suspected_breaks().is_empty(), "{:?}", short.rejected());
    let error = short.locate("G220", 15_200.0, None).unwrap_err();
    assert_eq!(error, StakeRefusal::InBreak { back_m: 15_000.0, ahead_m: 15_400.0 });
    for (metre, east) in [(14_500.0, 4_500.0), (15_900.0, 5_500.0), (15_400.0, 5_000.0), (15_000.0, 5_000.0)] {
        let found = short.locate("G220", metre, None).unwrap();
        assert!(haversine_m(found.place.point, map.beside('A', east, 0.0)) < 3.0, "{metre}: {found:?}");
    }
    assert_eq!(short.stake_at(map.beside('A', 5_500.0, 0.0), 20.0).unwrap().stake, "K15+900");
    // At 5,000 m: K15+000 = K14+600.
    let posts: Vec<StakePost> =
        (0..=10).map(|k| post(&map, f64::from(k) * 1_000.0, f64::from(k) * 1_000.0 + if k > 5 { 9_600.0 } else { 10_000.0 })).collect();
    let long = Stakes::new(&network, posts, &[equation(15_000.0, 14_600.0)]);
    assert!(long.rejected().is_empty(), "{:?}", long.rejected());
    let Err(StakeRefusal::Doubled { places }) = long.locate("G220", 14_800.0, None) else { panic!("K14+800 exists twice") };
    let mut east: Vec<f64> = places.iter().map(|p| (haversine_m(p.place.point, map.point('A')) / 10.0).round() * 10.0).collect();
    east.sort_by(f64::total_cmp);
    assert_eq!(east, [4_800.0, 5_200.0]);
    assert!(long.locate("G220", 14_000.0, None).is_ok());
}

#[test]
fn a_break_nobody_declared_is_found_from_the_posts() {
    let map = highway();
    let network = map.network();
    let posts: Vec<StakePost> =
        (0..=10).map(|k| post(&map, f64::from(k) * 1_000.0, f64::from(k) * 1_000.0 + if k > 5 { 18_000.0 } else { 10_000.0 })).collect();
    let stakes = Stakes::new(&network, posts, &[]);
    assert!(stakes.rejected().is_empty(), "{:?}", stakes.rejected());
    let breaks = stakes.suspected_breaks();
    assert_eq!(breaks.len(), 1);
    assert_eq!((breaks[0].0.back_m, breaks[0].0.ahead_m), (15_000.0, 24_000.0));
    assert!(matches!(stakes.locate("G220", 20_000.0, None), Err(StakeRefusal::InBreak { .. })));
    assert!(stakes.locate("G220", 26_000.0, None).is_ok() && stakes.locate("G220", 12_000.0, None).is_ok());
}

#[test]
fn directions_with_different_posts_are_calibrated_apart() {
    let map = RoadMap::draw(
        "
a------------------------------b
A------------------------------B",
    )
    .scale(100.0)
    .way("AB", |w| w.class("motorway").tag("ref", "G25").oneway())
    .way("ba", |w| w.class("motorway").tag("ref", "G25").oneway());
    let network = map.network();
    let post = |letter: char, east: f64, metre: f64| StakePost {
        reference: "G25".into(),
        metre,
        point: map.beside(letter, east, 0.0),
        direction: None,
        source: PostSource::Survey,
        note: String::new(),
    };
    let mut posts = Vec::new();
    for k in 0..=6 {
        let east = f64::from(k) * 500.0;
        posts.push(post('A', east, 1_000.0 + east));
        posts.push(post('a', east, 1_100.0 + east));
    }
    let stakes = Stakes::new(&network, posts, &[]);
    assert!(stakes.rejected().is_empty(), "{:?}", stakes.rejected());
    let up = stakes.locate("G25", 2_000.0, Some(Sense::Increasing)).unwrap();
    let down = stakes.locate("G25", 2_000.0, Some(Sense::Decreasing)).unwrap();
    assert!(haversine_m(up.place.point, map.beside('A', 1_000.0, 0.0)) < 3.0, "{up:?}");
    assert!(haversine_m(down.place.point, map.beside('a', 900.0, 0.0)) < 3.0, "{down:?}");
}

fn interval(network: &Network, name: &str, direction: Direction, from: f64, to: f64) -> Interval {
    Interval::new(network, &course(network, name), Span::new(direction, from, to)).unwrap()
}

#[test]
fn intervals_overlap_only_on_one_course_and_in_one_direction() {
    let network = highway().network();
    let works = interval(&network, "G220", Direction::Both, 2_000.0, 4_000.0);
    let spot = interval(&network, "G220", Direction::Forward, 3_500.0, 4_500.0);
    let other = interval(&network, "G220", Direction::Backward, 3_000.0, 5_000.0);
    assert!((works.overlap_m(&spot) - 500.0).abs() < 1e-6);
    assert_eq!(spot.overlap_m(&other), 0.0);
    assert!((works.overlap_m(&other) - 1_000.0).abs() < 1e-6);
    assert!(works.contains(&interval(&network, "G220", Direction::Forward, 2_500.0, 2_600.0)) && !spot.contains(&works));
    assert!(works.anchors.len() >= 10 && works.anchors.iter().all(|a| a.way != 0 && a.reference == "G220"));
    let course = course(&network, "G220");
    assert!(Interval::new(&network, &course, Span::new(Direction::Both, 5.0, 5.0)).is_none());
    assert!(Interval::new(&network, &course, Span::new(Direction::Both, f64::NAN, 5.0)).is_none());
    let json = serde_json::to_string(&works).unwrap();
    assert_eq!(serde_json::from_str::<Interval>(&json).unwrap().span, works.span);
}

#[test]
fn an_interval_survives_a_new_crossing_a_redrawn_way_and_another_number() {
    let before = highway().network();
    let old = interval(&before, "G220", Direction::Forward, 3_000.0, 7_000.0);
    // A new side road splits the way in two.
    let split = RoadMap::draw(
        "
      N    T        P
      |    |        |
A-----B----M--------C------D
      |             |
      S             Q",
    )
    .scale(400.0)
    .way("ABM", |w| w.class("trunk").tag("ref", "G220").name("东营路"))
    .way("MCD", |w| w.class("trunk").tag("ref", "G220").name("东营路"));
    let carried = old.carry(&split.network()).unwrap();
    assert!((carried.interval.span.from_m - 3_000.0).abs() < 5.0 && (carried.interval.span.to_m - 7_000.0).abs() < 5.0);
    assert!(carried.error_m < 5.0 && carried.notes.is_empty(), "{carried:?}");
    // Re-drawn in the other direction with another number.
    let renumbered = highway_with(|m| m.way("DCBA", |w| w.class("trunk").tag("ref", "G340")));
    let carried = old.carry(&renumbered.network()).unwrap();
    assert_eq!((carried.interval.reference.as_str(), carried.interval.span.direction), ("G340", Direction::Forward));
    assert!(carried.notes[0].zh.contains("G340"), "{:?}", carried.notes);
    assert!((carried.interval.span.length_m() - 4_000.0).abs() < 5.0);
}

fn highway_with(build: impl FnOnce(RoadMap) -> RoadMap) -> RoadMap {
    build(
        RoadMap::draw(
            "
      N             P
      |             |
A-----B-------------C------D
      |             |
      S             Q",
        )
        .scale(400.0),
    )
}

#[test]
fn an_interval_survives_a_roundabout_in_the_place_of_a_crossing() {
    let map = RoadMap::draw(
        "
            N
            |
            |
            |
A-----------B-----------C
            |
            S",
    )
    .scale(20.0)
    .way("ABC", |w| w.class("primary").tag("ref", "S1"));
    let old = interval(&map.network(), "S1", Direction::Both, 100.0, 400.0);
    let round = RoadMap::draw(
        "
            N
            |
            n
           / \\
A---------w   e---------C
           \\ /
            s
            |
            S",
    )
    .scale(20.0)
    .way("Aw", |w| w.class("primary").tag("ref", "S1"))
    .way("wsenw", |w| w.class("primary").tag("junction", "roundabout"))
    .way("eC", |w| w.class("primary").tag("ref", "S1"));
    assert!(haversine_m(round.point('A'), map.point('A')) < 0.1);
    let carried = old.carry(&round.network()).unwrap();
    assert!((carried.interval.span.length_m() - 300.0).abs() < 40.0, "{carried:?}");
    assert!(carried.error_m < 25.0, "{carried:?}");
}

#[test]
fn an_interval_of_a_road_that_is_gone_moved_or_one_way_now_is_refused() {
    let old = interval(&highway().network(), "G220", Direction::Both, 3_000.0, 7_000.0);
    let gone = highway_with(|m| {
        m.way("AB", |w| w.class("trunk").tag("ref", "G220")).named_by(|a, b| if (a, b) == ('B', 'C') { None } else { Some("它路") })
    });
    let renamed = old.carry(&gone.network());
    assert!(renamed.is_err(), "no number and no name on B–C: {renamed:?}");
    let moved = RoadMap::draw("A-----B-------------C------D\n\n\n").scale(400.0).way("ABCD", |w| w.class("trunk").tag("ref", "G220"));
    // Drawn three rows higher: 1,200 m north.
    let refused = old.carry(&moved.network()).unwrap_err();
    assert!(refused.reasons.iter().all(|r| !r.zh.is_empty() && !r.en.is_empty()) && !refused.reasons.is_empty());
    let one_way = highway_with(|m| m.way("ABCD", |w| w.class("trunk").tag("ref", "G220").oneway()));
    assert!(old.carry(&one_way.network()).is_err());
    let forward = interval(&highway().network(), "G220", Direction::Forward, 3_000.0, 7_000.0);
    assert!(forward.carry(&one_way.network()).is_ok());
}

/// Metres 0..100 of both directions, one flag each.
type Raster = [[bool; 100]; 2];

fn raster(spans: &[Span]) -> Raster {
    let mut raster = [[false; 100]; 2];
    for (side, direction) in [(0, Direction::Forward), (1, Direction::Backward)] {
        for (metre, cell) in raster[side].iter_mut().enumerate() {
            let at = metre as f64 + 0.5;
            *cell = spans.iter().any(|s| (s.direction == direction || s.direction == Direction::Both) && s.from_m < at && at < s.to_m);
        }
    }
    raster
}

fn each(a: &Raster, b: &Raster, with: impl Fn(bool, bool) -> bool) -> Raster {
    std::array::from_fn(|s| std::array::from_fn(|m| with(a[s][m], b[s][m])))
}

fn spans() -> impl Strategy<Value = Vec<Span>> {
    let one = (0u8..=100, 0u8..=100, 0u8..3).prop_map(|(a, b, d)| {
        let direction = [Direction::Forward, Direction::Backward, Direction::Both][usize::from(d)];
        Span::new(direction, f64::from(a), f64::from(b))
    });
    prop::collection::vec(one, 0..8)
}

fn count(raster: &Raster) -> usize {
    raster.iter().flatten().filter(|c| **c).count()
}

proptest! {
    #[test]
    fn arithmetic_agrees_with_a_raster_of_metres(a in spans(), b in spans(), within in 0u8..20) {
        let (x, y) = (Coverage::of(&a), Coverage::of(&b));
        let (p, q) = (raster(&a), raster(&b));
        prop_assert_eq!(raster(&x.spans()), p);
        prop_assert_eq!(raster(&x.union(&y).spans()), each(&p, &q, |m, n| m || n));
        prop_assert_eq!(raster(&x.intersect(&y).spans()), each(&p, &q, |m, n| m && n));
        prop_assert_eq!(raster(&x.subtract(&y).spans()), each(&p, &q, |m, n| m && !n));
        prop_assert_eq!(x.contains(&y), each(&p, &q, |m, n| n && !m) == [[false; 100]; 2]);
        prop_assert_eq!(x.length_m(Direction::Both).round() as usize, count(&p));
        // Closing gaps, by brute force: a run of empty metres between full ones, at most so long.
        let mut closed = p;
        for side in &mut closed {
            let full: Vec<usize> = (0..100).filter(|m| side[*m]).collect();
            for w in full.windows(2) {
                if w[1] - w[0] - 1 <= usize::from(within) {
                    side[w[0]..w[1]].fill(true);
                }
            }
        }
        prop_assert_eq!(raster(&x.merged(f64::from(within)).spans()), closed);
        prop_assert_eq!(raster(&x.gaps().spans()), each(&raster(&x.merged(1e9).spans()), &p, |m, n| m && !n));
        // The fewest spans: neighbours never have the same direction and touch.
        let spans = x.spans();
        for s in &spans {
            prop_assert!(s.length_m() > 0.0);
            prop_assert!(spans.iter().all(|t| !(t.direction == s.direction && t.from_m == s.to_m)));
        }
        for (s, t) in a.iter().zip(&b) {
            let common = each(&raster(&[*s]), &raster(&[*t]), |m, n| m && n);
            let metres = (0..100).filter(|m| common[0][*m] || common[1][*m]).count();
            prop_assert_eq!(s.overlap_m(t).round() as usize, metres);
            prop_assert_eq!(s.contains(t), each(&raster(&[*s]), &raster(&[*t]), |m, n| n && !m) == [[false; 100]; 2]);
        }
    }
}
