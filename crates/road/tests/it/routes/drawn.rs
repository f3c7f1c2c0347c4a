//! Every rule of the road, each on a map small enough to see.

use gongzhi_road::route::*;
use gongzhi_testkit::RoadMap;

use super::Drawn;

fn way(d: &Drawn, from: &str, to: &str) -> String {
    let mut engine = BoundedDijkstra::new(d.graph.clone());
    let overlay = Overlay::new(&d.graph);
    let route = engine.path(&overlay, &d.at(from, 50.0), &d.at(to, 50.0));
    route.map_or("none".to_owned(), |r| d.letters(&r.edges))
}

/// A block of four streets around B–C–F–E with arms.
fn block() -> RoadMap {
    RoadMap::draw(
        "
A----B----C----D
     |    |
     E----F
     |    |
     G    H",
    )
}

#[test]
fn a_one_way_street_makes_a_detour() {
    let open = Drawn::new(block(), &Profile::car());
    assert_eq!(way(&open, "AB", "CD"), "ABCD");
    let closed = Drawn::new(block().way("CB", |w| w.oneway()), &Profile::car());
    assert_eq!(way(&closed, "AB", "CD"), "ABEFCD");
    assert_eq!(way(&closed, "DC", "BA"), "DCBA");
}

#[test]
fn no_left_turn_goes_around_the_block() {
    // From G northward at E: left is nothing, right is F; at B left is A.
    let free = Drawn::new(block(), &Profile::car());
    assert_eq!(way(&free, "GE", "BA"), "GEBA");
    let bound = Drawn::new(block().restriction("no_left_turn", "EB", "B", "BA"), &Profile::car());
    assert_eq!(way(&bound, "GE", "BA"), "GEFCBA");
    assert_eq!(way(&bound, "EB", "BC"), "EBC", "other turns stay allowed");
    let map = || block().restriction_with(&[("restriction", "no_left_turn"), ("except", "psv;emergency")], "EB", "B", "BA");
    assert_eq!(way(&Drawn::new(map(), &Profile::bus()), "GE", "BA"), "GEBA", "buses are excepted");
    assert_eq!(way(&Drawn::new(map(), &Profile::car()), "GE", "BA"), "GEFCBA");
    let lorries = || block().restriction_with(&[("restriction:hgv", "no_left_turn")], "EB", "B", "BA");
    assert_eq!(way(&Drawn::new(lorries(), &Profile::car()), "GE", "BA"), "GEBA");
    assert_eq!(way(&Drawn::new(lorries(), &Profile::lorry(3.5, 10.0, 12.0)), "GE", "BA"), "GEFCBA");
    assert_eq!(way(&Drawn::new(map(), &Profile::emergency()), "GE", "BA"), "GEBA");
}

#[test]
fn no_right_turn_and_no_straight_on() {
    let right = Drawn::new(block().restriction("no_right_turn", "AB", "B", "BE"), &Profile::car());
    assert_eq!(way(&right, "AB", "EG"), "ABCFEG");
    let straight = Drawn::new(block().restriction("no_straight_on", "AB", "B", "BC"), &Profile::car());
    assert_eq!(way(&straight, "AB", "CD"), "ABEFCD");
}

#[test]
fn only_straight_on_forbids_every_other_turn() {
    let only = Drawn::new(block().restriction("only_straight_on", "AB", "B", "BC"), &Profile::car());
    assert_eq!(way(&only, "AB", "EG"), "ABCFEG");
    assert_eq!(way(&only, "AB", "CD"), "ABCD");
    assert_eq!(way(&only, "CB", "BE"), "CBE", "it binds who comes from A only");
}

#[test]
fn a_restriction_over_a_way_binds_only_who_came_that_way() {
    // Not from A over B–C down to F; from B's other arm the same turn is free.
    let map = block().restriction("no_right_turn", "AB", "BC", "CF");
    let bound = Drawn::new(map, &Profile::car());
    assert_eq!(way(&bound, "EB", "CF"), "EBCF");
    assert_eq!(way(&bound, "AB", "CF"), "ABEGEBCF", "down to the dead end, back, and then it is allowed");
    assert_eq!(way(&bound, "AB", "CD"), "ABCD");
}

#[test]
fn a_conditional_restriction_is_kept_and_not_applied() {
    let map = block().restriction_with(&[("restriction:conditional", "no_left_turn @ (Mo-Fr 07:00-09:00)")], "EB", "B", "BA");
    assert_eq!(map.imported().summary.skipped.get("restriction.conditional"), Some(&1));
    assert_eq!(way(&Drawn::new(map, &Profile::car()), "GE", "BA"), "GEBA");
}

#[test]
fn turning_back_is_for_dead_ends() {
    let map = RoadMap::draw("A----B----C");
    let d = Drawn::new(map, &Profile::car());
    assert_eq!(way(&d, "AB", "BA"), "ABCBA", "at C and not at B");
    let police = Drawn::new(RoadMap::draw("A----B----C"), &Profile::emergency());
    assert_eq!(way(&police, "AB", "BA"), "ABA", "a police car turns where it likes");
}

#[test]
fn a_bridge_is_not_joined_to_the_road_below() {
    let map = RoadMap::draw(
        "
     C
     |
A----+----B
     |
     D",
    )
    .way("AB", |w| w.name("地面路"))
    .way("CD", |w| w.name("高架路").bridge());
    let d = Drawn::new(map, &Profile::car());
    assert_eq!(way(&d, "AB", "CD"), "none");
}

#[test]
fn a_lorry_too_high_goes_around_the_bridge() {
    let map = || block().way("BC", |w| w.tag("maxheight", "3.5"));
    assert_eq!(way(&Drawn::new(map(), &Profile::car()), "AB", "CD"), "ABCD");
    assert_eq!(way(&Drawn::new(map(), &Profile::lorry(3.2, 8.0, 7.0)), "AB", "CD"), "ABCD");
    assert_eq!(way(&Drawn::new(map(), &Profile::lorry(4.2, 8.0, 7.0)), "AB", "CD"), "ABEFCD");
    let weight = || block().way("BC", |w| w.tag("maxweight", "10 t"));
    assert_eq!(way(&Drawn::new(weight(), &Profile::lorry(3.2, 8.0, 7.0)), "AB", "CD"), "ABCD");
    assert_eq!(way(&Drawn::new(weight(), &Profile::lorry(3.2, 8.0, 18.0)), "AB", "CD"), "ABEFCD");
    let kept_out = || block().way("BC", |w| w.tag("hgv", "no"));
    assert_eq!(way(&Drawn::new(kept_out(), &Profile::lorry(3.2, 8.0, 7.0)), "AB", "CD"), "ABEFCD");
    assert_eq!(way(&Drawn::new(kept_out(), &Profile::car()), "AB", "CD"), "ABCD");
}

#[test]
fn a_bollard_closes_a_street_to_passing_and_not_to_its_ends() {
    let map = RoadMap::draw(
        "
A----B--X--C----D
     |     |
     E-----F",
    )
    .way("BXC", |w| w)
    .node('X', "barrier", "bollard");
    let d = Drawn::new(map.clone(), &Profile::car());
    assert_eq!(way(&d, "AB", "CD"), "ABEFCD");
    let mut engine = BoundedDijkstra::new(d.graph.clone());
    let overlay = Overlay::new(&d.graph);
    let near = engine.path(&overlay, &d.at("AB", 50.0), &d.at("BC", 100.0)).unwrap();
    assert_eq!(d.letters(&near.edges), "ABC", "up to the bollard");
    let behind = engine.path(&overlay, &d.at("AB", 50.0), &d.at("CB", 100.0)).unwrap();
    assert_eq!(d.letters(&behind.edges), "ABEFCB", "from the other end");
    assert_eq!(way(&Drawn::new(map, &Profile::motorcycle()), "AB", "CD"), "ABCD");
}

#[test]
fn a_closure_is_seen_at_once_and_undone_exactly() {
    let d = Drawn::new(block(), &Profile::car());
    let mut engine = BoundedDijkstra::new(d.graph.clone());
    let mut overlay = Overlay::new(&d.graph);
    let (before, version) = (overlay.state_hash(), overlay.version());
    let ask = |engine: &mut BoundedDijkstra, overlay: &Overlay| {
        d.letters(&engine.path(overlay, &d.at("AB", 50.0), &d.at("CD", 50.0)).unwrap().edges)
    };
    let first = overlay.apply(&d.graph, &Change::close(&[d.edge("BC")]).both());
    let second = overlay.apply(&d.graph, &Change::close(&[d.edge("EF"), d.edge("BC")]));
    assert_eq!(engine.path(&overlay, &d.at("AB", 50.0), &d.at("CD", 50.0)), None);
    assert!(overlay.undo(&d.graph, first));
    assert_eq!(engine.path(&overlay, &d.at("AB", 50.0), &d.at("CD", 50.0)), None, "the second closes it still");
    assert!(engine.path(&overlay, &d.at("DC", 50.0), &d.at("BA", 50.0)).is_some(), "one direction only");
    assert!(overlay.undo(&d.graph, second) && !overlay.undo(&d.graph, second));
    assert_eq!(ask(&mut engine, &overlay), "ABCD");
    assert_eq!((overlay.state_hash(), overlay.version().content, overlay.version().number), (before, version.content, 4));
}

#[test]
fn a_closure_of_a_stretch_leaves_the_ends_reachable() {
    let d = Drawn::new(block(), &Profile::car());
    let mut engine = BoundedDijkstra::new(d.graph.clone());
    let mut overlay = Overlay::new(&d.graph);
    let spans = vec![EdgeSpan { edge: d.edge("BC"), from_m: 100.0, to_m: 150.0 }];
    overlay.apply(&d.graph, &Change { spans, ..Change::close(&[]) }.both());
    let mut to = |pair: &str, m: f64| engine.path(&overlay, &d.at("AB", 50.0), &d.at(pair, m)).map(|r| d.letters(&r.edges));
    assert_eq!(to("BC", 90.0).as_deref(), Some("ABC"));
    assert_eq!(to("BC", 200.0), None, "behind it, and no way to turn on the way");
    assert_eq!(to("CB", 50.0).as_deref(), Some("ABEFCB"));
    assert_eq!(to("CD", 50.0).as_deref(), Some("ABEFCD"));
}

#[test]
fn lanes_closed_slow_a_road_and_a_speed_holds_at_once() {
    let map = RoadMap::draw("A----------B").way("AB", |w| w.class("primary").tag("lanes", "4").tag("maxspeed", "60"));
    let d = Drawn::new(map, &Profile::car());
    let mut overlay = Overlay::new(&d.graph);
    let edge = d.edge("AB");
    let free = overlay.edge_ms(edge).unwrap();
    let lanes = |closed| Change { effect: Effect::Lanes { closed }, ..Change::close(&[edge]) };
    let one = overlay.apply(&d.graph, &lanes(1));
    assert_eq!(overlay.edge_ms(edge), Some(free * 2));
    overlay.undo(&d.graph, one);
    let two = overlay.apply(&d.graph, &lanes(2));
    assert_eq!(overlay.edge_ms(edge), None, "both lanes of the direction");
    overlay.undo(&d.graph, two);
    overlay.apply(&d.graph, &Change { effect: Effect::Speed { kmh: 6.0 }, ..Change::close(&[edge]) });
    let length = d.graph.length_m(edge).unwrap();
    assert!((f64::from(overlay.edge_ms(edge).unwrap()) - length * 600.0).abs() < 2.0);
}

#[test]
fn a_police_car_passes_a_closure_only_where_the_closure_says_so() {
    for (passes, expected) in [(true, "ABCD"), (false, "ABEFCD")] {
        let d = Drawn::new(block(), &Profile::emergency());
        let mut overlay = Overlay::new(&d.graph);
        let effect = Effect::Closed { emergency_passes: passes };
        overlay.apply(&d.graph, &Change { effect, ..Change::close(&[d.edge("BC")]) });
        let mut engine = BoundedDijkstra::new(d.graph.clone());
        let route = engine.path(&overlay, &d.at("AB", 50.0), &d.at("CD", 50.0)).unwrap();
        assert_eq!(d.letters(&route.edges), expected);
    }
    let car = Drawn::new(block(), &Profile::car());
    let mut overlay = Overlay::new(&car.graph);
    overlay.apply(&car.graph, &Change { effect: Effect::Closed { emergency_passes: true }, ..Change::close(&[car.edge("BC")]) });
    assert_eq!(overlay.edge_ms(car.edge("BC")), None, "the public does not pass");
}

#[test]
fn a_closure_for_lorries_lets_cars_pass() {
    let car = Drawn::new(block(), &Profile::car());
    let change = |d: &Drawn| Change { vehicles: vec![VehicleKind::Lorry], ..Change::close(&[d.edge("BC")]) };
    let mut overlay = Overlay::new(&car.graph);
    overlay.apply(&car.graph, &change(&car));
    assert!(overlay.edge_ms(car.edge("BC")).is_some());
    let lorry = Drawn::new(block(), &Profile::lorry(3.0, 8.0, 8.0));
    let mut overlay = Overlay::new(&lorry.graph);
    overlay.apply(&lorry.graph, &change(&lorry));
    assert_eq!(overlay.edge_ms(lorry.edge("BC")), None);
}

fn unit(d: &Drawn, pair: &str, offset_m: f64) -> Unit {
    let position = d.at(pair, offset_m);
    let line = d.network.edge(position.edge).unwrap().line;
    Unit { position, point: line[0], ready_ms: 0 }
}

/// One-way ring A → B → C → D → A: the unit behind the incident must go all the way around.
#[test]
fn the_nearest_unit_is_the_one_that_can_drive_here_not_the_one_we_could_drive_to() {
    let map = RoadMap::draw(
        "
A----B
|    |
D----C",
    )
    .way("AB", |w| w.oneway())
    .way("BC", |w| w.oneway())
    .way("CD", |w| w.oneway())
    .way("DA", |w| w.oneway());
    let d = Drawn::new(map, &Profile::car());
    let mut engine = BoundedDijkstra::new(d.graph.clone());
    // The incident is early on B→C. One unit stands just after it on B→C, one before it on D→A.
    let units = [unit(&d, "BC", 60.0), unit(&d, "DA", 50.0)];
    let to = d.at("BC", 20.0);
    let point = d.map.point('B');
    let query = NearestQuery { units: &units, to, point, k: 2, limit_ms: NEVER - 1, explain: true };
    let answer = engine.k_nearest(&Overlay::new(&d.graph), &query);
    assert_eq!(answer.found.iter().map(|f| f.unit).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(d.letters(&answer.found[0].route.edges), "DABC");
    assert_eq!(d.letters(&answer.found[1].route.edges), "BCDABC");
    assert_eq!((answer.found[0].straight_rank, answer.found[1].straight_rank), (1, 0));
    let one = engine.k_nearest(&Overlay::new(&d.graph), &NearestQuery { k: 1, ..query });
    assert_eq!((one.found.len(), one.passed_over.len(), one.passed_over[0].unit), (1, 1, 0));
    assert_eq!(one.passed_over[0].why, NotChosen::Slower { ms: answer.found[1].route.ms });
    // From the incident outward the order is the other way round: mixing the directions up would show.
    let ms = engine.one_to_many(&Overlay::new(&d.graph), &to, &[units[0].position, units[1].position]);
    assert!(ms[0] < ms[1]);
}

#[test]
fn the_same_edge_forward_is_direct_and_backward_goes_around() {
    let d = Drawn::new(block(), &Profile::car());
    let mut engine = BoundedDijkstra::new(d.graph.clone());
    let overlay = Overlay::new(&d.graph);
    let forward = engine.path(&overlay, &d.at("BC", 50.0), &d.at("BC", 150.0)).unwrap();
    assert_eq!((d.letters(&forward.edges).as_str(), forward.metres.round()), ("BC", 100.0));
    let back = engine.path(&overlay, &d.at("BC", 150.0), &d.at("BC", 50.0)).unwrap();
    assert_eq!(d.letters(&back.edges), "BCFEBC");
    assert_eq!(back.metres.round(), 100.0 + 100.0 + 250.0 + 100.0 + 50.0);
    let either = engine.path(&overlay, &d.at("BC", 150.0).either(), &d.at("BC", 50.0).either()).unwrap();
    assert_eq!((d.letters(&either.edges).as_str(), either.metres.round()), ("CB", 100.0));
}

#[test]
fn units_that_cannot_come_are_listed_with_the_reason() {
    let map = RoadMap::draw(
        "
A----B----C----D
     |
     E----G

P----Q",
    )
    .way("GE", |w| w)
    .way("CD", |w| w.oneway());
    let d = Drawn::new(map, &Profile::car());
    let mut overlay = Overlay::new(&d.graph);
    overlay.apply(&d.graph, &Change::close(&[d.edge("EB")]));
    let units = [unit(&d, "PQ", 50.0), unit(&d, "CD", 50.0), unit(&d, "GE", 50.0), unit(&d, "BC", 20.0)];
    let query = NearestQuery { units: &units, to: d.at("AB", 50.0), point: d.map.point('A'), k: 3, limit_ms: NEVER - 1, explain: true };
    let mut engine = BoundedDijkstra::new(d.graph.clone());
    let answer = engine.k_nearest(&overlay, &query);
    let why = |unit: usize| answer.passed_over.iter().find(|p| p.unit == unit).map(|p| p.why);
    assert_eq!(why(0), Some(NotChosen::OtherComponent));
    assert_eq!(why(1), Some(NotChosen::OneWayTrap));
    assert_eq!(why(2), Some(NotChosen::Closed));
    assert!(answer.found.is_empty() || answer.found.iter().all(|f| f.unit == 3));
    assert_eq!(answer.version, overlay.version());
}

#[test]
fn what_is_reached_in_time_ends_where_the_time_ends() {
    let map = RoadMap::draw("A--------------------B").way("AB", |w| w.tag("maxspeed", "40"));
    let d = Drawn::new(map, &Profile::car());
    let mut engine = BoundedDijkstra::new(d.graph.clone());
    let overlay = Overlay::new(&d.graph);
    // 36 km/h are 10 m/s.
    let reach = engine.isochrone(&overlay, &d.at("AB", 100.0), 30_000);
    assert_eq!(reach.spans.len(), 1, "{reach:?}");
    let span = reach.spans[0];
    assert!((span.from_m - 100.0).abs() < 0.1 && (span.to_m - 400.0).abs() < 0.5, "{span:?}");
}
