use super::{anything, on_threads};
use crate::Numbers;
use gongzhi_risk::network::Event;
use gongzhi_risk::significance::{Pair, dbscan_of_pairs, dbscan_on_plane, pairs_on_network, pairs_on_plane};

/// The definition of 1996, by looking at all pairs again and again until nothing changes.
fn by_definition(n: usize, least: usize, apart: impl Fn(usize, usize) -> f64, reach: f64) -> (Vec<bool>, Vec<Option<u32>>) {
    let core: Vec<bool> = (0..n).map(|a| (0..n).filter(|&b| apart(a, b) <= reach).count() >= least).collect();
    let mut root: Vec<usize> = (0..n).collect();
    loop {
        let before = root.clone();
        for a in (0..n).filter(|&a| core[a]) {
            for b in (0..n).filter(|&b| core[b] && apart(a, b) <= reach) {
                root[a] = root[a].min(root[b]);
            }
        }
        if root == before {
            break;
        }
    }
    let mut firsts: Vec<usize> = (0..n).filter(|&a| core[a]).map(|a| root[a]).collect();
    firsts.sort_unstable();
    firsts.dedup();
    let home = |a: usize| {
        let nearest =
            (0..n).filter(|&b| core[b] && apart(a, b) <= reach).min_by(|&x, &y| apart(a, x).total_cmp(&apart(a, y)).then(x.cmp(&y)));
        if core[a] { Some(a) } else { nearest }
    };
    let cluster = (0..n).map(|a| home(a).map(|core| firsts.binary_search(&root[core]).unwrap() as u32)).collect();
    (core, cluster)
}

#[test]
fn agrees_with_the_definition_on_the_plane() {
    let mut numbers = Numbers(1_996);
    let (mut with_border, mut with_noise) = (0, 0);
    for case in 0..120 {
        let n = numbers.below(90);
        // Every third case on a coarse lattice: points on points, and distances of exactly the reach.
        let coordinate =
            |numbers: &mut Numbers| if case % 3 == 0 { numbers.below(12) as f64 * 25.0 } else { numbers.between(-200.0, 200.0) };
        let points: Vec<(f64, f64)> = (0..n).map(|_| (coordinate(&mut numbers), coordinate(&mut numbers))).collect();
        let (reach, least) = ([25.0, 50.0, 31.7][case % 3], 1 + numbers.below(6));
        let squared = |a: usize, b: usize| (points[a].0 - points[b].0).powi(2) + (points[a].1 - points[b].1).powi(2);
        let (core, cluster) = by_definition(n, least, squared, reach * reach);
        let [got, other] = on_threads(|| dbscan_on_plane(&points, reach, least).unwrap());
        assert_eq!((&got.core, &got.cluster), (&core, &cluster), "case {case}");
        assert_eq!(got, other);
        assert_eq!(got.clusters as usize, cluster.iter().flatten().max().map_or(0, |most| *most as usize + 1));
        with_border += (0..n).filter(|&a| !core[a] && cluster[a].is_some()).count();
        with_noise += cluster.iter().filter(|cluster| cluster.is_none()).count();
        // The same from the list of pairs, but for a reach where the root of the square and the distance itself may round apart.
        if case % 3 != 2 {
            let pairs = pairs_on_plane(&points, reach).unwrap();
            assert_eq!(dbscan_of_pairs(n, &pairs, least).unwrap().core, core);
        }
    }
    assert!(with_border > 100 && with_noise > 100, "{with_border} border events and {with_noise} on their own");
}

#[test]
fn agrees_with_the_definition_along_the_streets() {
    let mut numbers = Numbers(8);
    for _ in 0..40 {
        let graph = anything(&mut numbers, 10, 16);
        let event = |numbers: &mut Numbers| {
            let edge = numbers.below(16) as u32;
            Event { edge, offset_m: numbers.unit() * graph.edges()[edge as usize].length_m, w: 1.0 }
        };
        let events: Vec<Event> = (0..40).map(|_| event(&mut numbers)).collect();
        let pairs = pairs_on_network(&graph, &events, 60.0).unwrap();
        let mut matrix = vec![vec![f64::INFINITY; 40]; 40];
        for pair in &pairs {
            matrix[pair.a as usize][pair.b as usize] = pair.distance_m;
            matrix[pair.b as usize][pair.a as usize] = pair.distance_m;
        }
        (0..40).for_each(|a| matrix[a][a] = 0.0);
        let least = 2 + numbers.below(4);
        let (core, cluster) = by_definition(40, least, |a, b| matrix[a][b], 60.0);
        let got = dbscan_of_pairs(40, &pairs, least).unwrap();
        assert_eq!((got.core, got.cluster), (core, cluster));
    }
}

/// Two streets side by side, 30 m apart with a river between: one cluster on the plane, two along the streets.
#[test]
fn a_river_parts_what_the_plane_joins() {
    let mut numbers = Numbers(3);
    let graph = gongzhi_risk::network::Graph::new(
        4,
        [(0, 1), (2, 3)].map(|(from, to)| gongzhi_risk::network::Edge { from, to, length_m: 500.0, oneway: false }).to_vec(),
    )
    .unwrap();
    let events: Vec<Event> = (0..60).map(|i| Event { edge: i % 2, offset_m: 200.0 + numbers.between(0.0, 60.0), w: 1.0 }).collect();
    let points: Vec<(f64, f64)> = events.iter().map(|event| (event.offset_m, f64::from(event.edge) * 30.0)).collect();
    assert_eq!(dbscan_on_plane(&points, 40.0, 5).unwrap().clusters, 1);
    let along = dbscan_of_pairs(60, &pairs_on_network(&graph, &events, 40.0).unwrap(), 5).unwrap();
    assert_eq!(along.clusters, 2);
    assert!(along.method.en.contains("not a test") && along.method.en.contains("n = 60"), "{}", along.method.en);
}

#[test]
fn bad_reaches_points_and_pairs_are_refused() {
    for bad in [0.0, -1.0, f64::NAN, 2e5] {
        assert_eq!(dbscan_on_plane(&[(0.0, 0.0)], bad, 3).unwrap_err().code(), "parameter_invalid");
    }
    assert_eq!(dbscan_on_plane(&[(0.0, f64::NAN)], 5.0, 3).unwrap_err().code(), "value_invalid");
    assert_eq!(dbscan_on_plane(&[(2e6, 0.0)], 5.0, 3).unwrap_err().code(), "value_invalid");
    assert_eq!(dbscan_of_pairs(1, &[Pair { a: 0, b: 1, distance_m: 1.0 }], 3).unwrap_err().code(), "neighbour_invalid");
    assert_eq!(dbscan_on_plane(&[], 5.0, 3).unwrap().clusters, 0);
}
