//! All courses of a network: the same as asked for one by one, and every edge with a name on one of them.

use std::collections::BTreeSet;

use gongzhi_road::Network;
use gongzhi_road::linear::{Course, Courses};
use gongzhi_testkit::RoadMap;

/// Compares every so many courses with [`Course::of`], and all places with their measures.
fn check(network: &Network, every: usize) -> usize {
    let all = Courses::new(network);
    let some: Vec<&Course> = all.all().iter().step_by(every).collect();
    let names: BTreeSet<&str> = some.iter().map(|c| c.name()).collect();
    let one_by_one: BTreeSet<String> =
        names.iter().flat_map(|n| Course::of(network, n)).map(|c| format!("{} {:.3}", c.key(), c.length_m())).collect();
    for course in some {
        assert!(one_by_one.contains(&format!("{} {:.3}", course.key(), course.length_m())), "{}", course.key());
        assert_eq!(all.by_key(course.key()).map(Course::length_m), Some(course.length_m()));
    }
    let (mut placed, mut led_back) = (0, 0);
    for edge in 0..network.counts().edges as u32 {
        let Some((course, place)) = all.at(edge, 1.0) else { continue };
        placed += 1;
        let back = course.at(place.measure_m, place.direction);
        led_back += usize::from(back.is_some_and(|b| gongzhi_civic::place::haversine_m(b.point, place.point) < 1.0));
    }
    // The other carriageway has the axis' measure: where it folds back, one measure is two places, or none.
    assert!(led_back * 100 >= placed * 97, "{led_back} of {placed}");
    placed
}

#[test]
fn a_number_before_a_name_and_nothing_for_a_road_without_either() {
    let map = RoadMap::draw("A--B--C\n   |\n   D--E")
        .way("AB", |w| w.name("中山路").tag("ref", "G220").class("primary"))
        .way("BC", |w| w.name("中山路").class("primary"))
        .way("BD", |w| w.name("解放路"));
    let network = Network::from_vec(map.imported().bytes).unwrap();
    let all = Courses::new(&network);
    let course_of = |a: char, b: char| {
        let (a, b) = (map.point(a), map.point(b));
        let middle = gongzhi_civic::place::Point::new(f64::midpoint(a.lon, b.lon), f64::midpoint(a.lat, b.lat));
        all.at_snap(&network.snap(middle, 20.0).unwrap()).map(|(course, _)| course.name().to_owned())
    };
    assert_eq!(course_of('A', 'B').as_deref(), Some("G220"));
    assert_eq!(course_of('B', 'C').as_deref(), Some("中山路"));
    assert_eq!(course_of('B', 'D').as_deref(), Some("解放路"));
    assert_eq!(course_of('D', 'E'), None);
    assert!(check(&network, 1) > 0);
}

#[test]
fn porto_alegre_named_edges_have_their_measure() {
    let Some(imported) = crate::real_data::imported("osm/porto_alegre.osm.pbf") else { return };
    let network = Network::from_vec(imported.bytes).unwrap();
    let placed = check(&network, 50);
    let edges = network.counts().edges;
    assert!(placed * 10 > edges * 7, "{placed} of {edges}");
}
