//! Waves through a network against the exact equal-split maps, which follow every walk.

use gongzhi_risk::network::{Edge, Estimator, Event, Graph, Kernel, Lixels, NetworkDensity, Options, Records, Travel, Waves, density};
use proptest::prelude::*;

use crate::network::{KERNELS, crossing, event, grid, options, split_case, street};

const SPLIT: [Estimator; 2] = [Estimator::EqualSplitDiscontinuous, Estimator::EqualSplitContinuous];

fn wave(graph: &Graph, events: &[Event], lixel_m: f64, options: &Options, step_m: f64) -> (Lixels, NetworkDensity) {
    let lixels = Lixels::new(graph, lixel_m).expect("slices");
    let waves = Waves::new(graph, options.estimator, step_m).expect("waves");
    let records = Records::new(graph, events).expect("records");
    let map = records.wave_density(graph, &lixels, &waves, options, |_| true).expect("a map");
    (lixels, map)
}

/// The greatest and the mean difference, as shares of the exact map's peak.
fn off(ours: &NetworkDensity, exact: &NetworkDensity) -> (f64, f64) {
    assert_eq!((ours.n, ours.weight, ours.values.len()), (exact.n, exact.weight, exact.values.len()));
    let peak = exact.values.iter().fold(1e-300_f64, |a, b| a.max(b.abs()));
    let off: Vec<f64> = ours.values.iter().zip(&exact.values).map(|(a, b)| (a - b).abs() / peak).collect();
    (off.iter().copied().fold(0.0, f64::max), off.iter().sum::<f64>() / off.len() as f64)
}

/// An event 10.5 m before a crossing of four: a third into each other street, or a half and minus a half back.
///
/// ```text
///          2
///          |
/// 0--x0----1----1---3
///          |
///          4
/// ```
#[test]
fn a_wave_shares_a_hill_at_a_crossing() {
    let graph = crossing();
    let hit = [event(0, 89.5)];
    // 20 per km at the event, 31 m away.
    let whole = 20.0 * (1.0 - 31.0 / 50.0);
    // A straight kernel asks for mean distances only, which a wave keeps, so that any step gives the exact values.
    for step_m in [0.1, 0.5, 1.0, 2.3] {
        for (estimator, ahead, behind) in [(SPLIT[0], whole / 3.0, 0.0), (SPLIT[1], whole / 2.0, -0.5)] {
            let (lixels, map) = wave(&graph, &hit, 1.0, &options(estimator, Kernel::Triangular, 50.0), step_m);
            let at = |edge, offset_m| map.values[lixels.at(edge, offset_m).expect("on the edge")];
            for branch in [1, 2, 3] {
                assert!((at(branch, 20.5) - ahead).abs() < 1e-9, "{estimator:?}, {step_m} m: {}", at(branch, 20.5));
            }
            // 4.5 m before the crossing: 6 m along the street, 15 m by way of the crossing.
            let here = 20.0 * (1.0 - 6.0 / 50.0) + behind * 20.0 * (1.0 - 15.0 / 50.0);
            assert!((at(0, 95.5) - here).abs() < 1e-9, "{estimator:?}, {step_m} m: {}", at(0, 95.5));
            assert_eq!(map.left_out, 0.0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    /// Loops, several streets between two nodes, dead ends, events at nodes.
    #[test]
    fn waves_come_near_the_exact_map((nodes, edges, events, bandwidth_m, lixel_m) in split_case()) {
        let graph = Graph::new(nodes, edges).expect("a graph");
        for estimator in SPLIT {
            for kernel in [Kernel::Triangular, Kernel::Epanechnikov, Kernel::Quartic] {
                let options = options(estimator, kernel, bandwidth_m);
                let exact = density(&graph, &events, lixel_m, &options).expect("a map").1;
                for (share, bound) in [(100.0, 1e-2), (200.0, 5e-3)] {
                    let step_m = (bandwidth_m / share).max(0.1);
                    let (_, map) = wave(&graph, &events, lixel_m, &options, step_m);
                    let bound = bound * (step_m * share / bandwidth_m);
                    prop_assert!(off(&map, &exact).0 < bound, "{estimator:?} {kernel:?} {step_m} m: {:?}", off(&map, &exact));
                }
            }
        }
    }

    /// Streets and offsets of whole steps, down to none: nothing is parted between steps, so the map is exact.
    #[test]
    fn whole_steps_are_exact(seed in any::<u64>(), nodes in 2_u32..8, none in any::<bool>(), step_m in prop_oneof![Just(0.25), Just(4.0)]) {
        let mut numbers = crate::Numbers(seed);
        let tree = nodes as usize - 1;
        let mut edges: Vec<Edge> = (1..nodes).map(|node| street(numbers.below(node as usize) as u32, node, 1.0)).collect();
        edges.push(street(0, 0, 1.0));
        for _ in 0..numbers.below(5) {
            edges.push(street(numbers.below(nodes as usize) as u32, numbers.below(nodes as usize) as u32, 1.0));
        }
        for (number, edge) in edges.iter_mut().enumerate() {
            // Longer and shorter than a block of steps. Without length only where no ring of such streets comes of it: round
            // that there are more walks than the exact map follows.
            let without = none && number < tree && numbers.below(3) == 0;
            let steps = [1 + numbers.below(15), 1 + numbers.below(40), 20 + numbers.below(40), 12][numbers.below(4)];
            edge.length_m = if without { 0.0 } else { step_m * steps as f64 };
        }
        let events: Vec<Event> = (0..12).map(|_| {
            let edge = numbers.below(edges.len());
            let steps = (edges[edge].length_m / step_m) as usize;
            Event { w: numbers.between(-1.0, 2.0), ..event(edge as u32, step_m * numbers.below(steps + 1) as f64) }
        }).collect();
        let graph = Graph::new(nodes, edges).expect("a graph");
        for estimator in SPLIT {
            for kernel in KERNELS {
                // To and fro on a street of no length there are walks without end, each with less than the one before.
                let (least_share, bound) = if none { (1e-12, 1e-7) } else { (0.0, 1e-9) };
                let options = Options { least_share, ..options(estimator, kernel, 57.3 * step_m) };
                let exact = density(&graph, &events, 1.7 * step_m, &options).expect("a map").1;
                let (_, map) = wave(&graph, &events, 1.7 * step_m, &options, step_m);
                prop_assert!(off(&map, &exact).0 < bound, "{estimator:?} {kernel:?}: {:?}", off(&map, &exact));
            }
        }
    }

    /// Streets shorter than a step are no reason for a bias.
    #[test]
    fn short_streets_are_solved_with_their_junctions(seed in any::<u64>()) {
        let mut numbers = crate::Numbers(seed);
        let mut edges: Vec<Edge> = (1..8).map(|node| street(numbers.below(node) as u32, node as u32, numbers.between(0.05, 3.0))).collect();
        for node in 0..8 {
            edges.push(street(node, numbers.below(8) as u32, numbers.between(10.0, 60.0)));
        }
        let events: Vec<Event> = (0..15).map(|_| {
            let edge = numbers.below(edges.len());
            event(edge as u32, numbers.unit() * edges[edge].length_m)
        }).collect();
        let graph = Graph::new(8, edges).expect("a graph");
        for estimator in SPLIT {
            let options = Options { least_share: 1e-5, ..options(estimator, Kernel::Epanechnikov, 40.0) };
            let exact = density(&graph, &events, 5.0, &options).expect("a map").1;
            let (_, map) = wave(&graph, &events, 5.0, &options, 1.0);
            // One step, were a street of 0.05 m stretched to it, would be 5 % of the peak.
            prop_assert!(off(&map, &exact).0 < 1e-2, "{estimator:?}: {:?}", off(&map, &exact));
        }
    }
}

/// Half the step, a quarter of the mean error.
#[test]
fn the_error_is_of_second_order() {
    let (nodes, edges) = grid(6, 90.0);
    let graph = Graph::new(nodes, edges.clone()).expect("a graph");
    let mut numbers = crate::Numbers(11);
    let events: Vec<Event> = (0..300)
        .map(|_| {
            let edge = numbers.below(edges.len());
            event(edge as u32, numbers.unit() * edges[edge].length_m)
        })
        .collect();
    for estimator in SPLIT {
        for kernel in [Kernel::Epanechnikov, Kernel::Quartic, Kernel::Gaussian] {
            let options = options(estimator, kernel, 300.0);
            let exact = density(&graph, &events, 10.0, &options).expect("a map").1;
            let (eight, four, two, one) =
                [8.0, 4.0, 2.0, 1.0].map(|step_m| off(&wave(&graph, &events, 10.0, &options, step_m).1, &exact)).into();
            assert!(one.0 < 1e-3 && one.1 < 1e-4, "{estimator:?} {kernel:?}: {one:?}");
            if kernel != Kernel::Gaussian {
                assert!(four.1 < eight.1 / 2.8 && two.1 < four.1 / 2.8 && one.1 < two.1 / 2.8, "{eight:?} {four:?} {two:?} {one:?}");
            }
        }
    }
}

/// One event adds one event, the discontinuous estimator's dead ends apart.
#[test]
fn a_wave_keeps_mass() {
    let (nodes, edges) = grid(6, 60.0);
    let mut stubs = edges.clone();
    stubs.push(street(7, nodes, 33.3));
    let mut numbers = crate::Numbers(23);
    let events: Vec<Event> = (0..100)
        .map(|_| {
            let edge = numbers.below(edges.len());
            Event { w: numbers.between(-0.5, 2.0), ..event(edge as u32, numbers.unit() * edges[edge].length_m) }
        })
        .collect();
    let weight: f64 = events.iter().map(|e| e.w).sum();
    for (estimator, nodes, edges) in [(SPLIT[0], nodes, edges), (SPLIT[1], nodes + 1, stubs)] {
        let graph = Graph::new(nodes, edges).expect("a graph");
        for kernel in [Kernel::Epanechnikov, Kernel::Quartic, Kernel::Gaussian] {
            let (lixels, map) = wave(&graph, &events, 0.5, &options(estimator, kernel, 200.0), 1.0);
            let mass = map.mass(&lixels);
            assert!((mass / weight - 1.0).abs() < 1e-4, "{estimator:?} {kernel:?}: {mass} of {weight}");
        }
    }
}

/// More short streets in a row than are solved as one junction: some take a whole step.
#[test]
fn a_row_of_short_streets() {
    let mut edges: Vec<Edge> = (0..200).map(|node| street(node, node + 1, 0.4)).collect();
    edges.push(street(200, 201, 500.0));
    edges.push(street(202, 0, 500.0));
    let graph = Graph::new(203, edges).expect("a graph");
    let events = [event(200, 450.0), event(201, 300.0), event(201, 320.0), event(100, 0.4)];
    for estimator in SPLIT {
        let options = options(estimator, Kernel::Epanechnikov, 400.0);
        let stretched = Waves::new(&graph, estimator, 1.0).expect("waves").stretched();
        assert!((1..20).contains(&stretched), "{stretched}");
        let exact = density(&graph, &events, 10.0, &options).expect("a map").1;
        let (of_one, of_two_fifths) = (wave(&graph, &events, 10.0, &options, 1.0).1, wave(&graph, &events, 10.0, &options, 0.4).1);
        assert!(off(&of_one, &exact).0 < 2e-2, "{:?}", off(&of_one, &exact));
        assert!(off(&of_two_fifths, &exact).0 < 1e-9, "{:?}", off(&of_two_fifths, &exact));
    }
}

/// A ring without length is a crossing: the continuous estimator has one value at all of it.
#[test]
fn a_ring_without_length_is_a_crossing() {
    let arms = |at: [u32; 3]| vec![street(at[0], 3, 100.0), street(at[1], 4, 80.0), street(at[2], 5, 60.5)];
    let mut ring = arms([0, 1, 2]);
    ring.extend([street(0, 1, 0.0), street(1, 2, 0.0), street(2, 0, 0.0), street(0, 0, 0.0)]);
    let events = [event(0, 30.0), event(1, 10.5), event(2, 0.0)];
    let options = options(SPLIT[1], Kernel::Quartic, 150.0);
    let (lixels, map) = wave(&Graph::new(6, ring).expect("a graph"), &events, 5.0, &options, 1.0);
    let exact = density(&Graph::new(6, arms([0, 0, 0])).expect("a graph"), &events, 5.0, &options).expect("a map").1;
    let peak = exact.values.iter().copied().fold(0.0, f64::max);
    assert_eq!(exact.values.len(), lixels.of_edge(3).start);
    for (a, b) in map.values.iter().zip(&exact.values) {
        assert!((a - b).abs() < 1e-3 * peak, "{a} {b}");
    }
    assert!(map.values.iter().all(|value| value.abs() < 2.0 * peak));
}

#[test]
fn threads_and_filters_change_no_wave() {
    let (nodes, mut edges) = grid(40, 40.0);
    let mut numbers = crate::Numbers(31);
    for edge in &mut edges {
        edge.length_m *= [0.01, 0.2, 1.0, 3.0][numbers.below(4)];
    }
    let graph = Graph::new(nodes, edges.clone()).expect("a graph");
    let events: Vec<Event> = (0..3000)
        .map(|_| {
            let edge = numbers.below(edges.len());
            event(edge as u32, numbers.unit() * edges[edge].length_m)
        })
        .collect();
    for estimator in SPLIT {
        for kernel in [Kernel::Quartic, Kernel::Gaussian] {
            let options = options(estimator, kernel, 250.0);
            let on = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
                pool.install(|| wave(&graph, &events, 10.0, &options, 1.0).1)
            };
            let one = on(1);
            assert!(one == on(2) && one == on(3));

            let lixels = Lixels::new(&graph, 10.0).expect("slices");
            let waves = Waves::new(&graph, estimator, 1.0).expect("waves");
            let records = Records::new(&graph, &events).expect("records");
            let third = records.wave_density(&graph, &lixels, &waves, &options, |record| record % 3 == 0).expect("a map");
            let afresh: Vec<Event> = events.iter().step_by(3).copied().collect();
            assert_eq!(third, wave(&graph, &afresh, 10.0, &options, 1.0).1);
            let none = records.wave_density(&graph, &lixels, &waves, &options, |_| false).expect("a map");
            assert!(none.n == 0 && none.values.iter().all(|&value| value == 0.0));
        }
    }
}

#[test]
fn what_is_no_wave_is_said() {
    let graph = crossing();
    let refused = |estimator, step_m| Waves::new(&graph, estimator, step_m).unwrap_err();
    for step_m in [0.0, 0.09, 51.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(refused(SPLIT[0], step_m).code(), "wave_step_invalid");
    }
    assert_eq!(refused(Estimator::Simple, 1.0).code(), "wave_estimator_invalid");
    assert!(refused(Estimator::Simple, 1.0).text().en.contains("equal-split"));

    let lixels = Lixels::new(&graph, 10.0).expect("slices");
    let records = Records::new(&graph, &[event(0, 10.0)]).expect("records");
    let waves = Waves::new(&graph, SPLIT[0], 0.1).expect("waves");
    let code = |options: &Options| records.wave_density(&graph, &lixels, &waves, options, |_| true).unwrap_err().code();
    let good = options(SPLIT[0], Kernel::Quartic, 100.0);
    assert_eq!(code(&Options { estimator: Estimator::Simple, ..good }), "wave_estimator_invalid");
    assert_eq!(code(&Options { travel: Travel::Driven, ..good }), "travel_not_supported");
    assert_eq!(code(&Options { estimator: SPLIT[1], ..good }), "table_not_of_this_map");
    assert_eq!(code(&Options { bandwidth_m: 0.0, ..good }), "bandwidth_invalid");

    // Two streets for each pulse, 10⁷ steps: too much for 4,000 streets.
    let (nodes, edges) = grid(64, 50.0);
    let large = Graph::new(nodes, edges).expect("a graph");
    let waves = Waves::new(&large, SPLIT[0], 0.1).expect("waves");
    let lixels = Lixels::new(&large, 10.0).expect("slices");
    let records = Records::new(&large, &[event(0, 10.0)]).expect("records");
    let wide = Options { bandwidth_m: 1_000_000.0, ..good };
    assert_eq!(records.wave_density(&large, &lixels, &waves, &wide, |_| true).unwrap_err().code(), "waves_too_large");
}
