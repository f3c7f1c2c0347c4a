use super::{anything, drawn, town};
use crate::Numbers;
use gongzhi_risk::network::{Event, Graph};
use gongzhi_risk::significance::{Reach, SignificanceError, Weights, normal_two_sided, normal_upper, slices};

/// Distances between all nodes (Floyd 1962, Warshall 1962).
pub(super) fn between_nodes(graph: &Graph) -> Vec<Vec<f64>> {
    let n = graph.nodes() as usize;
    let mut d = vec![vec![f64::INFINITY; n]; n];
    for (node, row) in d.iter_mut().enumerate() {
        row[node] = 0.0;
    }
    for edge in graph.edges() {
        let (a, b) = (edge.from as usize, edge.to as usize);
        d[a][b] = d[a][b].min(edge.length_m);
        d[b][a] = d[b][a].min(edge.length_m);
    }
    for k in 0..n {
        for i in 0..n {
            for j in 0..n {
                d[i][j] = d[i][j].min(d[i][k] + d[k][j]);
            }
        }
    }
    d
}

#[test]
fn reach_agrees_with_all_shortest_ways_on_any_graph() {
    let mut numbers = Numbers(31);
    for _ in 0..60 {
        let (nodes, edges) = (2 + numbers.below(12), 1 + numbers.below(25));
        let graph = anything(&mut numbers, nodes, edges);
        let radius = (numbers.between(0.0, 400.0) * 10.0).round() / 10.0;
        let reach = Reach::on_network(&graph, radius).unwrap();
        let nodes = between_nodes(&graph);
        let mut pairs = 0;
        for (a, from) in graph.edges().iter().enumerate() {
            let mut expected: Vec<(f64, u32)> = Vec::new();
            for (b, to) in graph.edges().iter().enumerate() {
                let ends = [from.from, from.to].into_iter().flat_map(|x| [to.from, to.to].map(|y| nodes[x as usize][y as usize]));
                let apart = ends.fold(f64::INFINITY, f64::min) + (from.length_m + to.length_m) / 2.0;
                let apart = if a == b { 0.0 } else { apart };
                if apart <= radius + 5e-5 {
                    expected.push(((apart * 1e4).round() / 1e4, b as u32));
                }
            }
            expected.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
            let got: Vec<(f64, u32)> = reach.of(a).map(|(b, apart)| (apart, b)).collect();
            assert_eq!(got, expected, "street {a} of {graph:?} within {radius}");
            pairs += got.len();
        }
        assert_eq!(reach.pairs(), pairs);
    }
}

#[test]
fn on_the_plane_reach_is_the_distance() {
    let mut numbers = Numbers(5);
    let points: Vec<(f64, f64)> = (0..200).map(|_| (numbers.between(-900.0, 900.0), numbers.between(-900.0, 900.0))).collect();
    let reach = Reach::on_plane(&points, 250.0).unwrap();
    for (a, p) in points.iter().enumerate() {
        let mut got: Vec<u32> = reach.of(a).map(|(b, _)| b).collect();
        got.sort_unstable();
        let expected: Vec<u32> = (0..200).filter(|&b| (points[b as usize].0 - p.0).hypot(points[b as usize].1 - p.1) <= 250.0).collect();
        assert_eq!(got, expected);
        assert!(reach.of(a).zip(reach.of(a).skip(1)).all(|(x, y)| x.1 <= y.1));
    }
}

/// ```text
/// A--B--C
///    |
///    D      E--F   (apart)
/// ```
#[test]
fn streets_that_meet_are_neighbours_and_those_within_a_distance_too() {
    let (graph, names) = drawn("A--B--C\n   |\n   D  E--F");
    let of = |weights: &Weights, name: &str| {
        let unit = names.iter().position(|n| n == name).unwrap();
        let mut neighbours: Vec<&str> = weights.of(unit).iter().map(|&other| names[other as usize].as_str()).collect();
        neighbours.sort_unstable();
        neighbours.join(" ")
    };
    let adjacent = Weights::adjacent(&graph).unwrap();
    assert_eq!(of(&adjacent, "AB"), "BC BD");
    assert_eq!(of(&adjacent, "BD"), "AB BC");
    assert_eq!(of(&adjacent, "EF"), "");
    let reach = Reach::on_network(&graph, 400.0).unwrap();
    // AB and BC are 300 m, BD is 200 m: from middle to middle 300 and 250.
    let within = Weights::within(&reach, 260.0).unwrap();
    assert_eq!((of(&within, "AB").as_str(), of(&within, "BD").as_str()), ("BD", "AB BC"));
    assert_eq!(of(&Weights::within(&reach, 310.0).unwrap(), "AB"), "BC BD");
}

#[test]
fn squares_have_eight_neighbours_inside_and_three_in_a_corner() {
    let squares = Weights::of_squares(5, 4, 1).unwrap();
    assert_eq!(squares.of(0), [1, 5, 6]);
    assert_eq!(squares.of(7), [1, 2, 3, 6, 8, 11, 12, 13]);
    assert_eq!(squares.links(), 4 * 3 + 10 * 5 + 6 * 8);
    assert_eq!(Weights::of_squares(5, 4, 9).unwrap().of(0).len(), 19);
}

#[test]
fn what_cannot_be_a_neighbour_is_refused() {
    assert_eq!(Weights::new([vec![0]]), Err(SignificanceError::Neighbour { unit: 0, neighbour: 0 }));
    assert_eq!(Weights::new([vec![1], vec![2]]), Err(SignificanceError::Neighbour { unit: 1, neighbour: 2 }));
    assert_eq!(Weights::new([vec![1, 1], vec![0]]).unwrap().links(), 2);
    let reach = Reach::on_network(&town(2), 100.0).unwrap();
    for bad in [-1.0, f64::NAN, 101.0] {
        assert_eq!(Weights::within(&reach, bad).unwrap_err().code(), "parameter_invalid");
    }
    for bad in [-1.0, f64::NAN, f64::INFINITY, 2e5] {
        assert_eq!(Reach::on_network(&town(2), bad).unwrap_err().code(), "parameter_invalid");
        assert_eq!(Reach::on_plane(&[], bad).unwrap_err().code(), "parameter_invalid");
    }
    assert_eq!(Reach::on_plane(&[(0.0, f64::NAN)], 5.0).unwrap_err().code(), "value_invalid");
}

#[test]
fn slices_keep_length_ways_and_events() {
    let mut numbers = Numbers(77);
    for _ in 0..40 {
        let graph = anything(&mut numbers, 8, 14);
        let cut = slices(&graph, numbers.between(5.0, 90.0)).unwrap();
        let (before, after) = (between_nodes(&graph), between_nodes(&cut.graph));
        for a in 0..graph.nodes() as usize {
            for b in 0..graph.nodes() as usize {
                assert!(before[a][b] == after[a][b] || (before[a][b] - after[a][b]).abs() < 1e-9);
            }
        }
        let mut events = Vec::new();
        for (edge, street) in (0_u32..).zip(graph.edges()) {
            let pieces = cut.first[edge as usize]..cut.first[edge as usize + 1];
            let length: f64 = pieces.clone().map(|piece| cut.graph.edges()[piece as usize].length_m).sum();
            assert!((length - street.length_m).abs() < 1e-9);
            for share in [0.0, 0.3, 0.999, 1.0] {
                let event = Event { edge, offset_m: share * street.length_m, w: 1.0 };
                let on = cut.event(event).unwrap();
                assert!(pieces.contains(&on.edge) && cut.of[on.edge as usize] == edge);
                let before: f64 = (pieces.start..on.edge).map(|piece| cut.graph.edges()[piece as usize].length_m).sum();
                assert!((before + on.offset_m - event.offset_m).abs() < 1e-9);
                events.push(event);
            }
        }
        assert_eq!(cut.counts(&events).iter().sum::<u32>() as usize, events.len());
        assert!(cut.event(Event { edge: 99, offset_m: 0.0, w: 1.0 }).is_none());
    }
    assert!(slices(&town(2), 0.0).is_err());
}

/// Reference values: the complementary error function of the C library's quality, as `scipy.special.ndtr` prints it.
#[test]
fn normal_tails_are_right_far_out() {
    let cases = [
        (0.0, 0.5),
        (0.5, 0.308_537_538_725_986_9),
        (1.0, 0.158_655_253_931_457),
        (1.959_963_984_540_054, 0.025),
        (2.499, 0.006_227_215_551_988_51),
        (2.501, 0.006_192_158_920_326_851),
        (5.0, 2.866_515_718_791_939e-7),
        (10.0, 7.619_853_024_160_526e-24),
        (30.0, 4.906_713_927_148_187e-198),
    ];
    for (z, tail) in cases {
        let got = normal_upper(z);
        assert!((got / tail - 1.0).abs() < 1e-12, "{z}: {got:e} and not {tail:e}");
        assert!((normal_upper(-z) - (1.0 - tail)).abs() < 1e-15);
    }
    assert_eq!(normal_upper(40.0), 0.0);
    assert_eq!(normal_two_sided(f64::NEG_INFINITY), 0.0);
    assert!(normal_upper(f64::NAN).is_nan());
}
