//! Which edge a report means, and when it cannot be told.

use gongzhi_road::{AmbiguityKind, Fix, Network, Side, SnapOptions, Snapped};
use gongzhi_testkit::RoadMap;
use gongzhi_testkit::drive::{Numbers, Roads, along, moved};
use proptest::prelude::*;

fn snapped(network: &Network, fix: Fix) -> Snapped {
    network.snap_all(&fix, &SnapOptions::default())
}

fn name(network: &Network, snapped: &Snapped) -> String {
    network.edge(snapped.best.as_ref().unwrap().edge).unwrap().name
}

fn eastbound(network: &Network, snapped: &Snapped) -> bool {
    let line = network.edge(snapped.best.as_ref().unwrap().edge).unwrap().line;
    line[0].lon < line[line.len() - 1].lon
}

/// An elevated road straight above a street.
fn viaduct_above() -> RoadMap {
    RoadMap::draw(
        "
A-----------B
C-----------D",
    )
    .scale(6.0)
    .way("AB", |w| w.name("地面大道").class("primary"))
    .way("CD", |w| w.name("中环高架").class("trunk").oneway().bridge())
}

#[test]
fn a_street_below_a_viaduct_is_told_by_level_only() {
    let map = viaduct_above();
    let network = map.network();
    let fix = Fix { accuracy_m: Some(15.0), ..Fix::at(map.beside('C', 36.0, 3.0)) };
    let unsure = snapped(&network, Fix { heading_deg: Some(90.0), ..fix });
    let ambiguity = unsure.ambiguous.clone().unwrap();
    assert_eq!(ambiguity.kind, AmbiguityKind::Level, "{unsure:?}");
    assert!(ambiguity.why.zh.contains("桥上") && ambiguity.why.en.contains("bridge"));
    assert!(unsure.confidence < 0.85);
    for (level, road) in [(0, "地面大道"), (1, "中环高架")] {
        let sure = snapped(&network, Fix { heading_deg: Some(90.0), level: Some(level), ..fix });
        assert_eq!((name(&network, &sure).as_str(), sure.ambiguous.as_ref().map(|a| a.kind)), (road, None), "{sure:?}");
        assert_eq!(sure.best.as_ref().unwrap().level, level);
        assert!(sure.confidence > 0.9, "{sure:?}");
    }
    // Nobody drives 25 m/s on the street: the speed speaks for the viaduct.
    let fast = snapped(&network, Fix { heading_deg: Some(90.0), speed_mps: Some(25.0), ..fix });
    assert_eq!(name(&network, &fast), "中环高架");
}

#[test]
fn a_viaduct_across_a_street_is_told_by_heading() {
    let map = RoadMap::draw(
        "
     C
     |
A----+----B
     |
     D",
    )
    .way("AB", |w| w.name("地面路").class("primary"))
    .way("CD", |w| w.name("高架路").class("trunk").bridge());
    let network = map.network();
    let fix = Fix { accuracy_m: Some(15.0), ..Fix::at(map.beside('A', 252.0, 2.0)) };
    assert_eq!(snapped(&network, fix).ambiguous.unwrap().kind, AmbiguityKind::Level);
    for (heading, road) in [(90.0, "地面路"), (270.0, "地面路"), (0.0, "高架路"), (180.0, "高架路")] {
        let sure = snapped(&network, Fix { heading_deg: Some(heading), ..fix });
        assert_eq!((name(&network, &sure).as_str(), sure.ambiguous.as_ref().map(|a| a.kind)), (road, None), "{heading} {sure:?}");
    }
    // A heading of a standing vehicle says nothing.
    let standing = snapped(&network, Fix { heading_deg: Some(0.0), speed_mps: Some(0.2), ..fix });
    assert_eq!(standing.ambiguous.unwrap().kind, AmbiguityKind::Level);
}

/// Two carriageways 12 m apart; traffic keeps right.
fn divided() -> RoadMap {
    RoadMap::draw(
        "
A-----------B

C-----------D",
    )
    .scale(6.0)
    .way("BA", |w| w.name("中兴大道").class("primary").oneway())
    .way("CD", |w| w.name("中兴大道").class("primary").oneway())
}

#[test]
fn the_carriageways_of_a_divided_road_are_told_by_heading_or_by_accuracy() {
    let map = divided();
    let network = map.network();
    let middle = Fix { accuracy_m: Some(15.0), ..Fix::at(map.beside('C', 36.0, 5.0)) };
    let unsure = snapped(&network, middle);
    assert_eq!(unsure.ambiguous.as_ref().unwrap().kind, AmbiguityKind::Carriageway, "{unsure:?}");
    for (heading, east) in [(90.0, true), (270.0, false)] {
        let sure = snapped(&network, Fix { heading_deg: Some(heading), ..middle });
        assert_eq!((eastbound(&network, &sure), sure.ambiguous.is_none()), (east, true), "{sure:?}");
    }
    let near = snapped(&network, Fix { accuracy_m: Some(4.5), ..Fix::at(map.beside('C', 36.0, 1.0)) });
    assert!(eastbound(&network, &near) && near.ambiguous.is_none() && near.confidence > 0.95, "{near:?}");
}

#[test]
fn a_frontage_road_is_told_by_accuracy() {
    let map = RoadMap::draw(
        "
A-----------B

C-----------D",
    )
    .scale(6.0)
    .way("AB", |w| w.name("迎宾大道").class("primary").oneway())
    .way("CD", |w| w.name("迎宾大道辅路").class("tertiary").oneway());
    let network = map.network();
    let at = map.beside('C', 36.0, 1.0);
    let coarse = snapped(&network, Fix { accuracy_m: Some(30.0), heading_deg: Some(90.0), ..Fix::at(at) });
    assert_eq!(coarse.ambiguous.as_ref().unwrap().kind, AmbiguityKind::Parallel, "{coarse:?}");
    assert!(coarse.ambiguous.unwrap().why.zh.contains("辅路"));
    let fine = snapped(&network, Fix { accuracy_m: Some(4.5), heading_deg: Some(90.0), ..Fix::at(at) });
    assert_eq!((name(&network, &fine).as_str(), fine.ambiguous.is_none()), ("迎宾大道辅路", true), "{fine:?}");
}

#[test]
fn a_one_way_street_has_two_sides_and_an_undivided_one_two_directions() {
    let map = RoadMap::draw("A---------B").way("BA", |w| w.name("单行路").oneway());
    let network = map.network();
    let fix = |north: f64| Fix { accuracy_m: Some(8.0), ..Fix::at(map.beside('A', 100.0, north)) };
    for (north, side) in [(-10.0, Side::Left), (10.0, Side::Right), (0.5, Side::On)] {
        let answer = snapped(&network, fix(north));
        assert_eq!(answer.best.as_ref().unwrap().side, side);
        assert_eq!(answer.ambiguous, None);
        assert!((answer.best.unwrap().offset_m - 400.0).abs() < 1.0);
    }
    let map = RoadMap::draw("A---------B").way("BA", |w| w.name("双向路"));
    let network = map.network();
    let answer = snapped(&network, Fix { accuracy_m: Some(8.0), ..Fix::at(map.beside('A', 100.0, 0.5)) });
    assert_eq!(answer.ambiguous.as_ref().unwrap().kind, AmbiguityKind::Direction);
    assert_eq!(answer.others.len(), 1);
    let sum = answer.edge_confidence + answer.others[0].probability;
    assert!((0.95..=1.0).contains(&sum), "{answer:?}");
}

#[test]
fn a_bend_or_the_next_stretch_of_one_road_is_no_ambiguity() {
    let map =
        RoadMap::draw("A----B----C\n     |\n     D").way("ABC", |w| w.name("长路").class("primary").oneway()).way("BD", |w| w.name("横路"));
    let network = map.network();
    // Over the node: either stretch of 长路, but 长路 eastbound in any case.
    let answer = snapped(&network, Fix { accuracy_m: Some(8.0), heading_deg: Some(90.0), ..Fix::at(map.beside('B', 0.0, 1.0)) });
    assert_eq!(answer.ambiguous, None, "{answer:?}");
    assert!(answer.confidence > 0.9 && answer.edge_confidence < 0.7, "{answer:?}");
    let coarse = snapped(&network, Fix { accuracy_m: Some(30.0), ..Fix::at(map.beside('B', 6.0, -8.0)) });
    assert_eq!(coarse.ambiguous.unwrap().kind, AmbiguityKind::Crossing);
}

#[test]
fn far_from_all_roads_the_nearest_is_given_without_confidence() {
    let map = RoadMap::draw("A---------B").way("AB", |w| w.name("路").oneway());
    let network = map.network();
    let far = snapped(&network, Fix { accuracy_m: Some(5.0), ..Fix::at(map.beside('A', 100.0, 90.0)) });
    assert!((far.best.as_ref().unwrap().distance_m - 90.0).abs() < 0.5 && far.confidence < 0.01, "{far:?}");
    assert_eq!(snapped(&network, Fix::at(map.beside('A', 100.0, 150.0))), Snapped::default());
    assert_eq!(snapped(&network, Fix::at(gongzhi_civic::place::Point::new(f64::NAN, 0.0))), Snapped::default());
    let odd =
        Fix { accuracy_m: Some(-1.0), heading_deg: Some(f64::INFINITY), speed_mps: Some(f64::NAN), level: Some(i8::MIN), ..far_fix(&map) };
    assert!(snapped(&network, odd).confidence.is_finite());
}

fn far_fix(map: &RoadMap) -> Fix {
    Fix::at(map.beside('A', 100.0, 5.0))
}

#[test]
fn probabilities_are_as_often_right_as_they_say() {
    let map = viaduct_above().way("AC", |w| w.name("匝道").class("trunk_link").oneway());
    calibrated(&map.network());
    calibrated(&super::drawn::city().scale(8.0).network());
}

/// Truths drawn by the law the snap supposes: the share of right answers in each band of confidence is that confidence.
fn calibrated(network: &Network) {
    let roads = Roads::new(network);
    let (mut said, mut right, mut count) = (0.0, 0.0, 0.0f64);
    let mut weights = Vec::new();
    for n in 0..4_000u64 {
        let numbers = Numbers(77);
        let Some((edge, metres, _)) = roads.spot(numbers, n) else { continue };
        let view = roads.edge(edge);
        let (at, heading) = along(&view.line, metres);
        let width = if view.twin.is_some() { 3.5 * 1.25 * 1.6 } else { 3.5 * 1.25 };
        let right_m = if view.twin.is_some() { width / 2.0 * numbers.even(31, n) } else { width * (numbers.even(31, n) - 0.5) };
        let (sin, cos) = heading.to_radians().sin_cos();
        let (x, y) = numbers.normal(32, n);
        let truth = moved(at, right_m * cos, -right_m * sin);
        let fix = Fix { accuracy_m: Some(1.51 * 8.0), ..Fix::at(moved(truth, 8.0 * x, 8.0 * y)) };
        let answer = network.snap_all(&fix, &SnapOptions::default());
        said += answer.edge_confidence;
        right += f64::from(u8::from(answer.best.is_some_and(|b| b.edge == edge)));
        count += 1.0;
        weights.push(answer.edge_confidence);
    }
    // Classes are used differently by the law and alike by this test, so the two agree only roughly.
    assert!(count > 3_000.0 && (said / count - right / count).abs() < 0.08, "said {} right {}", said / count, right / count);
}

proptest! {
    #[test]
    fn the_best_is_within_reach_and_probabilities_add_to_one_at_most(x in -100.0f64..900.0, y in -500.0f64..100.0, heading in proptest::option::of(0.0f64..360.0), accuracy in 1.0f64..100.0) {
        let map = super::drawn::city();
        let network = map.network();
        let fix = Fix { accuracy_m: Some(accuracy), heading_deg: heading, ..Fix::at(map.beside('N', x, y)) };
        let answer = network.snap_all(&fix, &SnapOptions { max_m: 60.0, limit: 50 });
        let nearest = network.snap(fix.point, 60.0);
        prop_assert_eq!(answer.best.is_some(), nearest.is_some());
        if let Some(best) = &answer.best {
            prop_assert!(best.distance_m <= 60.0 && best.distance_m + 1e-6 >= nearest.unwrap().distance_m);
            let sum: f64 = answer.edge_confidence + answer.others.iter().map(|o| o.probability).sum::<f64>();
            prop_assert!(sum <= 1.0 + 1e-9 && answer.edge_confidence <= answer.confidence + 1e-12, "{answer:?}");
            prop_assert!(answer.others.windows(2).all(|w| w[0].probability >= w[1].probability));
            let edge = network.edge(best.edge).unwrap();
            let (at, _) = along(&edge.line, best.offset_m);
            prop_assert!(gongzhi_civic::place::haversine_m(at, best.point) < 0.5, "offset and point agree");
        }
    }
}
