use super::reach::between_nodes;
use super::{anything, on_threads, town};
use crate::Numbers;
use gongzhi_risk::network::Event;
use gongzhi_risk::significance::{Knox, KnoxMethod, Pair, knox, pairs_on_network, pairs_on_plane};

fn method(permutations: u32) -> KnoxMethod {
    KnoxMethod { distances_m: vec![0.0, 100.0, 200.0], intervals: vec![1.0, 7.0], permutations, seed: 1 }
}

/// Test vector, small enough to do by hand. Six events on a line, metres and days:
///
/// | event | a | b | c | d | e | f |
/// |---|---|---|---|---|---|---|
/// | x | 0 | 0 | 100 | 200 | 350 | 1000 |
/// | day | 0 | 1 | 1 | 8 | 30 | 31 |
///
/// At 0 m: ab (1 day). Above 0 to 100 m: ac (1), bc (0), cd (7). Above 100 to 200 m: ad (8), bd (7), de (22).
#[test]
fn counts_the_hand_made_table() {
    let points = [0.0, 0.0, 100.0, 200.0, 350.0, 1000.0].map(|x| (x, 0.0));
    let pairs = pairs_on_plane(&points, 200.0).unwrap();
    let got = knox(&pairs, &[0.0, 1.0, 1.0, 8.0, 30.0, 31.0], &method(99)).unwrap();
    let counts: Vec<Vec<u64>> = got.cells.iter().map(|row| row.iter().map(|cell| cell.pairs).collect()).collect();
    assert_eq!(counts, [[1, 0], [2, 1], [0, 1]]);
    assert_eq!(got.n, 6);
}

/// Test vector with the exact distribution: all 120 orders of the five times are tried. A permutation test with many draws must come
/// near the means and the p-values of that enumeration.
#[test]
fn permutations_come_to_the_exact_distribution() {
    let points = [(0.0, 0.0), (30.0, 0.0), (0.0, 40.0), (500.0, 0.0), (530.0, 40.0)];
    let times = [0.0, 1.0, 3.0, 20.0, 20.5];
    let method = KnoxMethod { distances_m: vec![50.0], intervals: vec![1.0, 3.0], permutations: 60_000, seed: 7 };
    let pairs = pairs_on_plane(&points, 50.0).unwrap();
    assert_eq!(pairs.len(), 4);
    let got = knox(&pairs, &times, &method).unwrap();

    let count = |times: &[f64]| {
        let mut table = [0_u64; 2];
        for pair in &pairs {
            let apart = (times[pair.a as usize] - times[pair.b as usize]).abs();
            table[0] += u64::from(apart <= 1.0);
            table[1] += u64::from(apart > 1.0 && apart <= 3.0);
        }
        table
    };
    let mut orders: Vec<Vec<f64>> = vec![vec![]];
    for time in times {
        orders = orders.iter().flat_map(|order| (0..=order.len()).map(move |at| [&order[..at], &[time], &order[at..]].concat())).collect();
    }
    assert_eq!(orders.len(), 120);
    let observed = count(&times);
    for (span, (&observed, cell)) in observed.iter().zip(&got.cells[0]).enumerate() {
        let tables: Vec<u64> = orders.iter().map(|order| count(order)[span]).collect();
        let mean = tables.iter().sum::<u64>() as f64 / 120.0;
        let p = tables.iter().filter(|n| **n >= observed).count() as f64 / 120.0;
        assert_eq!(cell.pairs, observed);
        assert!((cell.expected - mean).abs() < 0.02, "{} and not {mean}", cell.expected);
        assert!((cell.p - p).abs() < 0.01, "{} and not {p}", cell.p);
        assert!((cell.ratio.unwrap() - cell.pairs as f64 / cell.expected).abs() < 1e-12);
    }
}

/// Near repeats planted: each of 60 events is followed within a day and 100 m by another; 280 stand alone.
fn planted() -> (Vec<(f64, f64)>, Vec<f64>) {
    let mut numbers = Numbers(4_711);
    let (mut points, mut times) = (Vec::new(), Vec::new());
    for event in 0..340 {
        let (x, y, day) = (numbers.between(0.0, 8_000.0), numbers.between(0.0, 8_000.0), numbers.between(0.0, 365.0));
        points.push((x, y));
        times.push(day);
        if event < 60 {
            points.push((x + numbers.between(-60.0, 60.0), y + numbers.between(-60.0, 60.0)));
            times.push(day + numbers.between(0.0, 1.0));
        }
    }
    (points, times)
}

#[test]
fn planted_near_repeats_are_found_and_shuffled_ones_are_not() {
    let (points, times) = planted();
    let pairs = pairs_on_plane(&points, 200.0).unwrap();
    let [got, other]: [Knox; 2] = on_threads(|| knox(&pairs, &times, &method(199)).unwrap());
    assert_eq!(got, other);
    let near = got.cells[1][0];
    assert!(near.pairs >= 55 && near.ratio.unwrap() > 20.0 && near.p == 0.005, "{near:?}");
    let mut shuffled = times;
    Numbers(1).shuffle(&mut shuffled);
    let null = knox(&pairs, &shuffled, &method(199)).unwrap();
    assert!(null.cells[1][0].p > 0.05, "{:?}", null.cells[1][0]);
}

#[test]
fn pairs_on_the_network_are_the_shortest_ways() {
    let mut numbers = Numbers(19);
    for _ in 0..30 {
        let graph = anything(&mut numbers, 8, 14);
        let events: Vec<Event> = (0..25)
            .map(|_| {
                let edge = numbers.below(14) as u32;
                let share = [0.0, numbers.unit(), 1.0][numbers.below(3)];
                Event { edge, offset_m: share * graph.edges()[edge as usize].length_m, w: 1.0 }
            })
            .collect();
        let nodes = between_nodes(&graph);
        let ends = |event: &Event| {
            let edge = graph.edges()[event.edge as usize];
            [(edge.from as usize, event.offset_m), (edge.to as usize, edge.length_m - event.offset_m)]
        };
        let mut expected = Vec::new();
        for (a, x) in events.iter().enumerate() {
            for (b, y) in events.iter().enumerate().skip(a + 1) {
                let along = if x.edge == y.edge { (x.offset_m - y.offset_m).abs() } else { f64::INFINITY };
                let round = ends(x).into_iter().flat_map(|(u, du)| ends(y).map(|(v, dv)| du + nodes[u][v] + dv));
                let apart = round.fold(along, f64::min);
                if apart <= 180.0 {
                    expected.push((a as u32, b as u32, apart));
                }
            }
        }
        let got = pairs_on_network(&graph, &events, 180.0).unwrap();
        assert_eq!(got.len(), expected.len());
        for (Pair { a, b, distance_m }, (x, y, apart)) in got.iter().zip(&expected) {
            assert!((a, b) == (x, y) && (distance_m - apart).abs() < 1e-9, "{a}–{b}: {distance_m} and not {apart}");
        }
    }
}

#[test]
fn bad_bands_times_and_places_are_refused() {
    let pairs = [Pair { a: 0, b: 1, distance_m: 5.0 }];
    let code = |pairs: &[Pair], times: &[f64], method: &KnoxMethod| knox(pairs, times, method).unwrap_err().code();
    for distances_m in [vec![], vec![5.0, 5.0], vec![-1.0], vec![f64::NAN], vec![1.0, f64::INFINITY]] {
        assert_eq!(code(&pairs, &[0.0, 1.0], &KnoxMethod { distances_m, ..method(9) }), "parameter_invalid");
    }
    assert_eq!(code(&pairs, &[0.0, 1.0], &method(0)), "parameter_invalid");
    assert_eq!(code(&pairs, &[0.0, f64::NAN], &method(9)), "value_invalid");
    assert_eq!(code(&pairs, &[0.0], &method(9)), "neighbour_invalid");
    let off = Event { edge: 0, offset_m: 101.0, w: 1.0 };
    assert_eq!(pairs_on_network(&town(2), &[off], 50.0).unwrap_err().code(), "value_invalid");
    assert_eq!(pairs_on_network(&town(2), &[Event { edge: 9, ..off }], 50.0).unwrap_err().code(), "value_invalid");
    assert_eq!(pairs_on_network(&town(2), &[], f64::NAN).unwrap_err().code(), "parameter_invalid");
}
