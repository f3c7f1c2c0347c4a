//! Who is responsible: each rule drawn, areas against brute force.

use gongzhi_civic::place::{EARTH_RADIUS_M, Point, haversine_m};
use gongzhi_road::Network;
use gongzhi_road::jurisdiction::{Answer, Fault, Jurisdiction, Jurisdictions, RoadDuty, Spot, Why};
use gongzhi_road::linear::{Course, Direction, Interval, Span};
use gongzhi_testkit::RoadMap;
use proptest::prelude::*;

/// 界河路 runs along the boundary of 东 and 西 (through X), 人民路 across it, and G25 across both farther north.
fn map() -> RoadMap {
    RoadMap::draw(
        "
a---------b---------c
          |
          N
          |
W---------X---------E
          |
          S",
    )
    .scale(100.0)
    .way("abc", |w| w.class("motorway").tag("ref", "G25").oneway())
    .way("bNXS", |w| w.name("界河路").class("secondary"))
    .way("WXE", |w| w.name("人民路").class("primary"))
}

fn rectangle(map: &RoadMap, west: f64, east: f64) -> Vec<Point> {
    [(west, -1_000.0), (east, -1_000.0), (east, 1_000.0), (west, 1_000.0)].iter().map(|(x, y)| map.beside('X', *x, *y)).collect()
}

fn area(id: &str, polygon: Vec<Point>) -> Jurisdiction {
    Jurisdiction { id: id.into(), kind: "squadron".into(), polygons: vec![polygon], ..Jurisdiction::default() }
}

fn halves(map: &RoadMap) -> Vec<Jurisdiction> {
    vec![area("西", rectangle(map, -2_000.0, 0.0)), area("东", rectangle(map, 0.0, 2_000.0))]
}

fn ask(network: &Network, all: &Jurisdictions, point: Point) -> Answer {
    all.responsible(network, &Spot::from(&network.snap(point, 60.0).unwrap()), "squadron")
}

fn who(answer: &Answer) -> (&str, Vec<&str>) {
    (answer.responsible.as_ref().map_or("", |r| r.id.as_str()), answer.shared_with.iter().map(|s| s.id.as_str()).collect())
}

#[test]
fn an_area_answers_and_tells_how_near_its_boundary_is() {
    let map = map();
    let (network, all) = (map.network(), Jurisdictions::new(&map.network(), halves(&map)));
    let answer = ask(&network, &all, map.beside('X', 300.0, 0.0));
    assert_eq!(who(&answer), ("东", vec![]));
    assert!((answer.boundary_m.unwrap() - 300.0).abs() < 1.0, "{answer:?}");
    assert!(answer.text.zh.contains("东") && answer.text.en.contains("by its area"));
    let nobody = all.responsible(&network, &Spot::from(map.beside('X', 5_000.0, 0.0)), "squadron");
    assert_eq!((nobody.responsible, nobody.boundary_m), (None, None));
    assert_eq!(all.responsible(&network, &Spot::from(map.point('E')), "grid").responsible, None, "another division");
}

#[test]
fn a_road_along_the_boundary_is_shared_and_one_across_is_not() {
    let map = map();
    let (network, all) = (map.network(), Jurisdictions::new(&map.network(), halves(&map)));
    let along = ask(&network, &all, map.beside('S', 3.0, 60.0));
    let (first, others) = who(&along);
    assert_eq!([first, others[0]].iter().filter(|u| **u == "东" || **u == "西").count(), 2, "{along:?}");
    assert!(along.shared_with.iter().all(|s| s.why == Why::Boundary) && along.text.zh.contains("道路为界"));
    // 20 m east of the boundary, but driving east.
    let across = ask(&network, &all, map.beside('X', 20.0, 0.0));
    assert_eq!(who(&across), ("东", vec![]), "{across:?}");
    // Off the roads it cannot be told.
    let off = all.responsible(&network, &Spot::from(map.beside('X', 20.0, 50.0)), "squadron");
    assert_eq!(who(&off), ("东", vec!["西"]));
}

#[test]
fn a_road_duty_beats_the_area_and_an_exception_leaves_it() {
    let map = map();
    let network = map.network();
    let mut list = halves(&map);
    list.push(Jurisdiction {
        id: "高速".into(),
        kind: "squadron".into(),
        roads: vec![RoadDuty::Named { name: "G25".into() }, RoadDuty::Named { name: "无此路".into() }],
        ..Jurisdiction::default()
    });
    list[1].except = vec![RoadDuty::Named { name: "人民路".into() }];
    let all = Jurisdictions::new(&network, list);
    let answer = ask(&network, &all, map.beside('b', 300.0, 5.0));
    assert_eq!((who(&answer), answer.responsible.as_ref().unwrap().why), (("高速", vec![]), Why::Road));
    assert_eq!(who(&ask(&network, &all, map.beside('X', 300.0, 0.0))), ("", vec![]), "东 does not answer for 人民路");
    assert_eq!(who(&ask(&network, &all, map.beside('X', -300.0, 0.0))), ("西", vec![]));
    assert_eq!(all.unresolved().len(), 1);
    assert!(all.unresolved()[0].1.zh.contains("无此路"));
}

#[test]
fn an_interval_is_its_owners_in_its_direction_and_metres_only() {
    let map = map();
    let network = map.network();
    let course = Course::of(&network, "人民路").remove(0);
    let interval = Interval::new(&network, &course, Span::new(Direction::Forward, 1_200.0, 1_600.0)).unwrap();
    let mut list = halves(&map);
    list.push(Jurisdiction {
        id: "路长".into(),
        kind: "squadron".into(),
        roads: vec![RoadDuty::Interval { interval }],
        ..Jurisdiction::default()
    });
    let all = Jurisdictions::new(&network, list);
    assert!(all.unresolved().is_empty());
    // Traffic drives on the right: south of the road is eastbound.
    for (east, north, owner) in [(400.0, -4.0, "路长"), (400.0, 4.0, "东"), (100.0, -4.0, "东"), (700.0, -4.0, "东")] {
        assert_eq!(who(&ask(&network, &all, map.beside('X', east, north))).0, owner, "{east} {north}");
    }
}

#[test]
fn equal_claims_are_shared_and_a_higher_priority_takes_all() {
    let map = map();
    let network = map.network();
    let mut list = halves(&map);
    list.push(area("园区", rectangle(&map, 500.0, 800.0)));
    let shared = ask(&network, &Jurisdictions::new(&network, list.clone()), map.beside('X', 600.0, 0.0));
    assert_eq!((who(&shared), shared.shared_with[0].why), (("园区", vec!["东"]), Why::Area), "the smaller area first");
    list[2].priority = 1;
    assert_eq!(who(&ask(&network, &Jurisdictions::new(&network, list), map.beside('X', 600.0, 0.0))), ("园区", vec![]));
}

#[test]
fn a_line_is_split_at_boundaries_with_the_metres_of_each_side() {
    let map = map();
    let network = map.network();
    let all = Jurisdictions::new(&network, halves(&map));
    let course = Course::of(&network, "人民路").remove(0);
    let parts = all.split_span(&course, &Span::new(Direction::Both, 700.0, 1_900.0), "squadron");
    let found: Vec<(&str, f64)> = parts.iter().map(|p| (p.responsible.as_deref().unwrap(), (p.to_m - p.from_m).round())).collect();
    assert_eq!(found, [("西", 300.0), ("东", 900.0)], "{parts:?}");
    let parts = all.split_line(&[map.point('W'), map.point('E')], "squadron");
    assert_eq!(parts.iter().map(|p| (p.to_m - p.from_m).round()).collect::<Vec<_>>(), [1_000.0, 1_000.0]);
    let border = Course::of(&network, "界河路").remove(0);
    let parts = all.split_span(&border, &Span::new(Direction::Forward, 100.0, 500.0), "squadron");
    assert!(parts.iter().all(|p| p.shared_with.len() == 1), "{parts:?}");
    assert!((parts.iter().map(|p| p.to_m - p.from_m).sum::<f64>() - 400.0).abs() < 0.1);
}

#[test]
fn holes_and_overlaps_of_a_division_are_found_with_their_areas() {
    let map = map();
    let at = |x: f64, y: f64| map.beside('X', x, y);
    // A square ring of four areas around a hole of 200 × 100 m; two of them overlap by 50 × 300 m.
    let boxes = [
        ("北", -400.0, 400.0, 50.0, 350.0),
        ("南", -400.0, 400.0, -350.0, -50.0),
        ("左", -400.0, -100.0, -50.0, 50.0),
        ("右", 100.0, 400.0, -50.0, 50.0),
    ];
    let mut list: Vec<Jurisdiction> =
        boxes.iter().map(|(id, w, e, s, n)| area(id, vec![at(*w, *s), at(*e, *s), at(*e, *n), at(*w, *n)])).collect();
    list.push(area("东北", vec![at(350.0, 50.0), at(600.0, 50.0), at(600.0, 350.0), at(350.0, 350.0)]));
    let all = Jurisdictions::new(&map.network(), list);
    let faults = all.check("squadron", 10.0);
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!((faults[0].area_m2 - 20_000.0).abs() < 20.0 && faults[0].fault == Fault::Gap, "{faults:?}");
    assert!(haversine_m(faults[0].point, map.point('X')) < 2.0);
    assert!((faults[1].area_m2 - 15_000.0).abs() < 20.0);
    assert_eq!(faults[1].fault, Fault::Overlap { units: ["北".into(), "东北".into()] });
    assert!(faults.iter().all(|f| !f.text.zh.is_empty() && !f.text.en.is_empty()));
    assert!(all.check("grid", 0.0).is_empty());
    assert!(Jurisdictions::new(&map.network(), halves(&map)).check("squadron", 1.0).is_empty(), "a shared border is no fault");
}

#[test]
fn a_hole_open_to_the_outside_is_none_and_an_island_in_a_hole_is_not_counted() {
    let map = map();
    let at = |x: f64, y: f64| map.beside('X', x, y);
    let ring = |r: f64| vec![at(-r, -r), at(r, -r), at(r, r), at(-r, r)];
    let mut donut = area("环", ring(300.0));
    donut.polygons.push(ring(200.0));
    let island = area("岛", ring(100.0));
    let faults = Jurisdictions::new(&map.network(), vec![donut, island]).check("squadron", 1.0);
    assert_eq!(faults.len(), 1);
    assert!((faults[0].area_m2 - (160_000.0 - 40_000.0)).abs() < 100.0, "{faults:?}");
    let horseshoe = area(
        "凹",
        vec![
            at(-300.0, -300.0),
            at(300.0, -300.0),
            at(300.0, 300.0),
            at(100.0, 300.0),
            at(100.0, 0.0),
            at(-100.0, 0.0),
            at(-100.0, 300.0),
            at(-300.0, 300.0),
        ],
    );
    assert!(Jurisdictions::new(&map.network(), vec![horseshoe]).check("squadron", 1.0).is_empty());
}

#[test]
fn broken_polygons_are_nobodys_and_do_no_harm() {
    let map = map();
    let network = map.network();
    let list = vec![
        Jurisdiction { id: "空".into(), kind: "squadron".into(), ..Jurisdiction::default() },
        area("点", vec![map.point('X')]),
        area("坏", vec![Point::new(f64::NAN, 0.0), map.point('X'), map.point('E'), map.point('N')]),
    ];
    let all = Jurisdictions::new(&network, list);
    assert_eq!(ask(&network, &all, map.beside('X', 100.0, 0.0)).responsible, None);
    assert_eq!(all.unresolved().len(), 2, "the empty list of polygons is no fault: {:?}", all.unresolved());
    assert!(all.check("squadron", 0.0).is_empty());
    let none = Jurisdictions::new(&network, Vec::new());
    assert!(none.check("squadron", 0.0).is_empty() && none.split_line(&[map.point('W'), map.point('E')], "squadron").len() == 1);
}

/// Rectangles on a 20 × 20 raster of 50 m, as (west, south, width, height).
fn rectangles() -> impl Strategy<Value = Vec<(u8, u8, u8, u8)>> {
    prop::collection::vec((0u8..18, 0u8..18, 1u8..10, 1u8..10), 1..7)
}

fn corner(x: f64, y: f64) -> Point {
    let degree = EARTH_RADIUS_M.to_radians();
    Point::new(120.0 + x * 50.0 / (degree * 30f64.to_radians().cos()), 30.0 + y * 50.0 / degree)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn answers_distances_and_faults_agree_with_a_raster(boxes in rectangles()) {
        let network = RoadMap::draw("A--B").network();
        let list: Vec<Jurisdiction> = boxes.iter().enumerate().map(|(i, (x, y, w, h))| {
            let (x, y, w, h) = (f64::from(*x), f64::from(*y), f64::from(*w), f64::from(*h));
            area(&format!("{i}"), vec![corner(x, y), corner(x + w, y), corner(x + w, y + h), corner(x, y + h)])
        }).collect();
        let all = Jurisdictions::new(&network, list);
        let holds = |i: usize, x: i32, y: i32| {
            let (bx, by, w, h) = boxes[i];
            (i32::from(bx)..i32::from(bx) + i32::from(w)).contains(&x) && (i32::from(by)..i32::from(by) + i32::from(h)).contains(&y)
        };
        // A border of empty cells around: row and column −1 and 30.
        let side = 32usize;
        let mut owners = vec![vec![Vec::new(); side]; side];
        for (y, row) in owners.iter_mut().enumerate() {
            for (x, cell) in row.iter_mut().enumerate() {
                *cell = (0..boxes.len()).filter(|i| holds(*i, x as i32 - 1, y as i32 - 1)).collect::<Vec<_>>();
                let (px, py) = (x as f64 - 0.5, y as f64 - 0.5);
                let answer = all.responsible(&network, &Spot::from(corner(px, py)), "squadron");
                // Cells are 50 m wide: their middles lie 25 m from a boundary, some hair more or less.
                let mut inside: Vec<usize> = answer.responsible.iter().chain(&answer.shared_with).filter(|s| s.why == Why::Area).map(|s| s.id.parse().unwrap()).collect();
                inside.sort_unstable();
                prop_assert_eq!(&inside, &*cell);
                if let (Some(first), Some(near)) = (answer.responsible.filter(|r| r.why == Why::Area), answer.boundary_m) {
                    let (bx, by, w, h) = boxes[first.id.parse::<usize>().unwrap()];
                    let (bx, by, w, h) = (f64::from(bx), f64::from(by), f64::from(w), f64::from(h));
                    let brute = (px - bx).min(bx + w - px).min(py - by).min(by + h - py) * 50.0;
                    prop_assert!((near - brute).abs() < 0.5, "{} {}", near, brute);
                }
            }
        }
        // Overlaps by pairs of cells, holes by filling from the border.
        let mut outside = vec![vec![false; side]; side];
        let mut queue = vec![(0usize, 0usize)];
        while let Some((x, y)) = queue.pop() {
            if outside[y][x] || !owners[y][x].is_empty() { continue }
            outside[y][x] = true;
            if x > 0 { queue.push((x - 1, y)) }
            if y > 0 { queue.push((x, y - 1)) }
            if x + 1 < side { queue.push((x + 1, y)) }
            if y + 1 < side { queue.push((x, y + 1)) }
        }
        let cells = || (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
        let hole = cells().filter(|(x, y)| owners[*y][*x].is_empty() && !outside[*y][*x]).count() as f64 * 2_500.0;
        let overlap: usize = cells().map(|(x, y)| owners[y][x].len() * owners[y][x].len().saturating_sub(1) / 2).sum();
        let faults = all.check("squadron", 1.0);
        let sum = |gap: bool| faults.iter().filter(|f| (f.fault == Fault::Gap) == gap).map(|f| f.area_m2).sum::<f64>();
        prop_assert!((sum(true) - hole).abs() < 0.002 * hole + 5.0, "{} {}", sum(true), hole);
        let overlap = overlap as f64 * 2_500.0;
        prop_assert!((sum(false) - overlap).abs() < 0.002 * overlap + 5.0, "{} {}", sum(false), overlap);
    }
}
