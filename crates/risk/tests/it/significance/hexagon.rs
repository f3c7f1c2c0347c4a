use crate::Numbers;
use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_risk::density::Projection;
use gongzhi_risk::significance::hexagon::{Hexagon, HexagonGrid, weights};

const CENTER: Point = Point::new(120.58, 30.0);

#[test]
fn a_point_lies_in_the_hexagon_whose_middle_is_nearest() {
    let (grid, mut numbers) = (HexagonGrid::new(CENTER, 250.0).unwrap(), Numbers(6));
    for _ in 0..5_000 {
        let (x, y) = (numbers.between(-9_000.0, 9_000.0), numbers.between(-9_000.0, 9_000.0));
        let hexagon = grid.at_m(x, y).unwrap();
        let apart = |h: Hexagon| {
            let (cx, cy) = grid.center_m(h);
            (cx - x).hypot(cy - y)
        };
        assert!(apart(hexagon) <= 250.0);
        assert!(hexagon.neighbours().into_iter().all(|other| apart(other) >= apart(hexagon) - 1e-9));
    }
}

#[test]
fn neighbours_are_equally_far_and_share_two_corners() {
    let grid = HexagonGrid::new(CENTER, 250.0).unwrap();
    let own = Hexagon { q: 3, r: -7 };
    let corners = grid.corners(own);
    let near = |a: Point, b: Point| haversine_m(a, b) < 0.01;
    for other in own.neighbours() {
        let ((ax, ay), (bx, by)) = (grid.center_m(own), grid.center_m(other));
        assert!(((ax - bx).hypot(ay - by) - 250.0 * 3.0_f64.sqrt()).abs() < 1e-9);
        let shared = grid.corners(other).iter().filter(|c| corners.iter().any(|d| near(**c, *d))).count();
        assert_eq!((shared, own.steps_to(other)), (2, 1));
    }
    assert_eq!(grid.at(grid.center(own)), Some(own));
    let area: f64 = {
        let plane: Vec<(f64, f64)> = corners.iter().map(|c| Projection::about(CENTER).to_m(*c)).collect();
        (0..6).map(|i| plane[i].0 * plane[(i + 1) % 6].1 - plane[(i + 1) % 6].0 * plane[i].1).sum::<f64>() / 2.0
    };
    assert!((area / 1e6 / grid.hexagon_km2() - 1.0).abs() < 1e-9, "corners run against the clock and enclose the area");
}

#[test]
fn rings_hold_all_that_are_so_many_steps_away() {
    let own = Hexagon { q: -2, r: 5 };
    for rings in 0..5_u16 {
        let within: Vec<Hexagon> = own.within(rings).collect();
        assert_eq!(within.len(), 1 + 3 * usize::from(rings) * (usize::from(rings) + 1));
        assert!(within.iter().all(|h| own.steps_to(*h) <= u32::from(rings)));
        let mut once = within.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), within.len());
    }
}

#[test]
fn points_are_counted_and_the_hexagons_are_units_of_the_local_statistics() {
    let grid = HexagonGrid::new(CENTER, 500.0).unwrap();
    let east = grid.center(Hexagon { q: 1, r: 0 });
    let counts = grid.counts([CENTER, CENTER, east, Point::new(f64::NAN, 30.0)]);
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(Hexagon { q: 0, r: 0 }, 2), (Hexagon { q: 1, r: 0 }, 1)]);
    let hexagons: Vec<Hexagon> = Hexagon { q: 0, r: 0 }.within(2).collect();
    let weights_of_one = weights(&hexagons, 1).unwrap();
    let middle = hexagons.iter().position(|h| *h == Hexagon { q: 0, r: 0 }).unwrap();
    assert_eq!((weights_of_one.of(middle).len(), weights_of_one.of(0).len()), (6, 3));
    assert_eq!(weights(&[hexagons[0], hexagons[0]], 1).unwrap_err().code(), "neighbour_invalid");
    for bad in [0.0, f64::NAN, 1e6] {
        assert_eq!(HexagonGrid::new(CENTER, bad).unwrap_err().code(), "parameter_invalid");
    }
}
