use super::{anything, on_threads};
use crate::Numbers;
use gongzhi_risk::significance::{Draws, Permutations, Weights, permutations};

const BOTH: [Draws; 2] = [Draws::Shared, Draws::Own];

/// All `k`-subsets of the others, counted: the exact one-sided p-values.
fn by_enumeration(x: &[f64], weights: &Weights, unit: usize) -> (f64, f64) {
    let others: Vec<f64> = (0..x.len()).filter(|&j| j != unit).map(|j| x[j]).collect();
    let k = weights.of(unit).len() as u32;
    let observed: f64 = weights.of(unit).iter().map(|&j| x[j as usize]).sum();
    let (mut high, mut low, mut all) = (0, 0, 0);
    for subset in 0_u32..1 << others.len() {
        if subset.count_ones() == k {
            let sum: f64 = (0..others.len()).filter(|bit| subset >> bit & 1 == 1).map(|bit| others[bit]).sum();
            all += 1;
            high += i32::from(sum >= observed - 1e-9);
            low += i32::from(sum <= observed + 1e-9);
        }
    }
    (f64::from(high) / f64::from(all), f64::from(low) / f64::from(all))
}

#[test]
fn both_kinds_of_draws_converge_to_the_exact_p_of_all_subsets() {
    let mut numbers = Numbers(9);
    for draws in BOTH {
        for case in 0..6 {
            let (nodes, edges) = (5 + numbers.below(4), 8 + numbers.below(5));
            let graph = anything(&mut numbers, nodes, edges);
            let weights = Weights::adjacent(&graph).unwrap();
            // Counts with many ties, and rates without.
            let x: Vec<f64> =
                (0..edges).map(|i| if case % 2 == 0 { numbers.poisson(1.0) as f64 } else { numbers.unit() + i as f64 / 50.0 }).collect();
            if x.iter().all(|v| *v == x[0]) {
                continue;
            }
            let m = 40_000;
            let got = permutations(&x, &weights, Permutations { permutations: m, seed: 17 + case, draws }).unwrap();
            for unit in 0..edges {
                let (high, low) = by_enumeration(&x, &weights, unit);
                // Four and a half standard errors.
                let near =
                    |got: f64, exact: f64| (got - exact).abs() <= 4.5 * (exact * (1.0 - exact) / f64::from(m)).sqrt() + 2.0 / f64::from(m);
                assert!(near(got.upper[unit], high), "{draws:?} {case} {unit}: {} and not {high}", got.upper[unit]);
                assert!(near(got.lower[unit], low), "{draws:?} {case} {unit}: {} and not {low}", got.lower[unit]);
                assert_eq!(got.two_sided[unit], (2.0 * got.upper[unit].min(got.lower[unit])).min(1.0));
            }
        }
    }
}

#[test]
fn a_unit_without_neighbours_has_p_1() {
    let weights = Weights::new([vec![1], vec![0], vec![], vec![0, 1, 2]]).unwrap();
    for draws in BOTH {
        let got = permutations(&[1.0, 5.0, 2.0, 3.0], &weights, Permutations { draws, ..Permutations::default() }).unwrap();
        assert_eq!((got.upper[2], got.lower[2], got.two_sided[2]), (1.0, 1.0, 1.0));
        // Whose neighbours are all others has nothing to compare with.
        assert_eq!((got.upper[3], got.lower[3]), (1.0, 1.0));
        assert_eq!(got.permutations, 999);
    }
}

#[test]
fn the_same_seed_gives_the_same_p_on_any_number_of_threads_and_another_seed_another() {
    let mut numbers = Numbers(3);
    let graph = anything(&mut numbers, 900, 2_000);
    let weights = Weights::adjacent(&graph).unwrap();
    let x: Vec<f64> = (0..2_000).map(|_| numbers.poisson(0.7) as f64).collect();
    for draws in BOTH {
        let plan = Permutations { permutations: 199, seed: 20_221_101, draws };
        let [a, b] = on_threads(|| permutations(&x, &weights, plan).unwrap());
        assert_eq!(a, b);
        assert_ne!(a, permutations(&x, &weights, Permutations { seed: 2, ..plan }).unwrap());
    }
}

#[test]
fn under_the_null_one_in_twenty_is_below_a_twentieth() {
    let mut numbers = Numbers(41);
    let graph = anything(&mut numbers, 1_500, 3_000);
    let weights = Weights::adjacent(&graph).unwrap();
    let x: Vec<f64> = (0..3_000).map(|_| numbers.unit()).collect();
    for draws in BOTH {
        let got = permutations(&x, &weights, Permutations { permutations: 999, seed: 5, draws }).unwrap();
        let with: Vec<usize> = (0..3_000).filter(|&unit| !weights.of(unit).is_empty()).collect();
        let low = with.iter().filter(|&&unit| got.upper[unit] <= 0.05).count() as f64 / with.len() as f64;
        assert!((0.03..0.07).contains(&low), "{draws:?}: {low}");
    }
}

#[test]
fn no_permutations_and_far_too_many_are_refused() {
    let weights = Weights::new([vec![1], vec![0], vec![0]]).unwrap();
    let plan = |permutations| Permutations { permutations, ..Permutations::default() };
    assert_eq!(permutations(&[1.0, 2.0, 4.0], &weights, plan(0)).unwrap_err().code(), "parameter_invalid");
    assert_eq!(permutations(&[1.0, 2.0, 4.0], &weights, plan(u32::MAX)).unwrap_err().code(), "too_large");
}
