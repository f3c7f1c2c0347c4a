use super::on_threads;
use crate::Numbers;
use gongzhi_civic::place::Point;
use gongzhi_risk::compare::rates;
use gongzhi_risk::density::{Grid, Weighted};
use gongzhi_risk::hotspot::q_values;
use gongzhi_risk::significance::{ChangeMethod, Correction, Direction, changes, disc_changes, false_discovery};

fn counts(numbers: &mut Numbers, places: usize) -> (Vec<u32>, Vec<u32>) {
    let one = |numbers: &mut Numbers| {
        let mean = if numbers.below(5) == 0 { 20.0 } else { 1.5 };
        let factor = if numbers.below(10) == 0 { 0.3 } else { 1.0 };
        (numbers.poisson(mean * factor) as u32, numbers.poisson(mean) as u32)
    };
    (0..places).map(|_| one(numbers)).unzip()
}

#[test]
fn every_place_is_the_exact_comparison_and_q_is_over_those_that_can_show_something() {
    let mut numbers = Numbers(15);
    for (exposure_now, exposure_then) in [(1.0, 1.0), (90.0, 365.0), (3.0, 1.0)] {
        let (now, then) = counts(&mut numbers, 3_000);
        for correction in [Correction::BenjaminiHochberg, Correction::BenjaminiYekutieli] {
            let method = ChangeMethod { exposure_now, exposure_then, false_discovery: 0.05, correction };
            let got = changes(&now, &then, method).unwrap();
            let share = exposure_now / (exposure_now + exposure_then);
            // All events in one period is the most extreme outcome: share^n or (1 − share)^n, twice.
            let can = |i: usize| {
                let sum = (now[i] + then[i]) as i32;
                sum > 0 && (2.0 * share.powi(sum).min((1.0 - share).powi(sum))).min(1.0) <= 0.05
            };
            let tested: Vec<usize> = (0..3_000).filter(|&i| can(i)).collect();
            let p: Vec<f64> = tested.iter().map(|&i| got.places[i].p).collect();
            let q = false_discovery(&p, correction);
            assert_eq!(got.tested, tested.len());
            for (i, place) in got.places.iter().enumerate() {
                let one = rates(now[i].into(), exposure_now, then[i].into(), exposure_then).unwrap();
                assert_eq!((place.ratio, place.low, place.high, place.p), (one.ratio, one.low, one.high, one.p));
                let expected = tested.binary_search(&i).map_or(1.0, |at| q[at]);
                assert!((place.q - expected).abs() < 1e-12, "{i}: {} and not {expected}", place.q);
                assert_eq!(place.significant, place.q <= 0.05);
                let rates = (f64::from(now[i]) / exposure_now, f64::from(then[i]) / exposure_then);
                let direction = if (rates.0 - rates.1).abs() < 1e-12 {
                    Direction::Same
                } else if rates.0 > rates.1 {
                    Direction::Rise
                } else {
                    Direction::Fall
                };
                assert_eq!(place.direction, direction);
            }
            assert!(got.places.iter().any(|place| place.significant), "the planted falls must show");
        }
    }
}

#[test]
fn what_has_too_few_events_is_no_test() {
    // At equal exposure five events cannot reach 0.05 (2 · 2⁻⁵ = 0.0625), six can (0.03125).
    let got = changes(&[5, 6, 0, 0], &[0, 0, 0, 1], ChangeMethod::default()).unwrap();
    assert_eq!(got.tested, 1);
    assert_eq!((got.places[0].q, got.places[1].q), (1.0, got.places[1].p));
    assert!((got.places[1].p - 0.031_25).abs() < 1e-12 && got.places[1].significant);
    assert_eq!((got.places[2].p, got.places[2].direction, got.places[2].ratio), (1.0, Direction::Same, None));
    assert_eq!((got.n_now, got.n_then), (11, 1));
    assert!(got.method.en.contains("of 4 places 1 have events enough") && got.method.zh.contains("n = 1 → 11"), "{}", got.method.zh);
}

#[test]
fn false_alarms_are_held_where_nothing_changed() {
    let mut numbers = Numbers(2_022);
    let (mut maps_with_alarm, maps) = (0, 200);
    for _ in 0..maps {
        let means: Vec<f64> = (0..500).map(|i| 1.0 + f64::from(i % 30)).collect();
        let now: Vec<u32> = means.iter().map(|mean| numbers.poisson(*mean) as u32).collect();
        let then: Vec<u32> = means.iter().map(|mean| numbers.poisson(*mean) as u32).collect();
        maps_with_alarm += usize::from(changes(&now, &then, ChangeMethod::default()).unwrap().places.iter().any(|p| p.significant));
    }
    // Where nothing changed every mark is false, so the rate is that of maps with a mark: at most 5 % of 200, with 3.3 deviations.
    assert!(maps_with_alarm <= 20, "{maps_with_alarm} of {maps} maps");
}

#[test]
fn corrections_are_as_published() {
    // Benjamini & Hochberg 1995, §4.1: 15 p-values, four rejected at 0.05.
    let p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0];
    let rejected = |q: Vec<f64>| q.iter().filter(|q| **q <= 0.05).count();
    assert_eq!(rejected(q_values(&p)), 4);
    // The harmonic factor of 15 tests is 3.318: 0.0019 · 15/3 · 3.318 = 0.03152, 0.0095 · 15/4 · 3.318 = 0.11821.
    let q = false_discovery(&p, Correction::BenjaminiYekutieli);
    assert_eq!(rejected(q.clone()), 3);
    assert!((q[2] - 0.031_523).abs() < 1e-6 && (q[3] - 0.118_212).abs() < 1e-6, "{q:?}");
    assert_eq!(false_discovery(&[f64::NAN, 0.01], Correction::BenjaminiHochberg), [1.0, 0.02]);
    assert!(false_discovery(&[], Correction::BenjaminiYekutieli).is_empty());
}

#[test]
fn the_difference_of_two_heat_maps_is_the_counts_within_the_disc_tested() {
    let mut numbers = Numbers(88);
    let grid = Grid::of_cells(Point::new(120.58, 30.0), 24, 18, 50.0, 50.0).unwrap();
    let event = |numbers: &mut Numbers| Weighted { x_m: numbers.between(-700.0, 700.0), y_m: numbers.between(-550.0, 550.0), w: 3.0 };
    let mut now: Vec<Weighted> = (0..300).map(|_| event(&mut numbers)).collect();
    let then: Vec<Weighted> = (0..250).map(|_| event(&mut numbers)).collect();
    // A rise in the west.
    now.extend((0..60).map(|_| Weighted { x_m: -400.0 + numbers.between(-60.0, 60.0), y_m: numbers.between(-60.0, 60.0), w: 1.0 }));
    let [got, other] = on_threads(|| disc_changes(&now, &then, &grid, 120.0, ChangeMethod::default()).unwrap());
    assert_eq!(got, other);
    let mut rises = 0;
    for row in 0..18 {
        for column in 0..24 {
            let (cell, (x, y)) = (row * 24 + column, grid.cell_center_m(column, row));
            let within = |events: &[Weighted]| events.iter().filter(|e| (e.x_m - x).hypot(e.y_m - y) <= 120.0).count() as u64;
            let (n_now, n_then) = (within(&now), within(&then));
            assert_eq!((u64::from(got.n_now[cell]), u64::from(got.n_then[cell])), (n_now, n_then));
            let one = rates(n_now, 1.0, n_then, 1.0).unwrap();
            assert_eq!(got.p[cell], one.p);
            assert!(got.q[cell] >= got.p[cell]);
            let shown = if got.q[cell] <= 0.05 { if n_now > n_then { Direction::Rise } else { Direction::Fall } } else { Direction::Same };
            assert_eq!(got.shown[cell], shown);
            if shown == Direction::Rise {
                rises += 1;
                assert!((x + 400.0).hypot(y) < 250.0, "a rise was shown at {x}, {y}");
            }
        }
    }
    assert!(rises >= 8 && !got.shown.contains(&Direction::Fall), "{rises} cells");
    assert_eq!(disc_changes(&now, &then, &grid, f64::NAN, ChangeMethod::default()).unwrap_err().code(), "parameter_invalid");
}

#[test]
fn bad_methods_are_refused() {
    let refused = |method| changes(&[1], &[2], method).unwrap_err().code();
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(refused(ChangeMethod { exposure_now: bad, ..ChangeMethod::default() }), "parameter_invalid");
        assert_eq!(refused(ChangeMethod { exposure_then: bad, ..ChangeMethod::default() }), "parameter_invalid");
        assert_eq!(refused(ChangeMethod { false_discovery: bad, ..ChangeMethod::default() }), "parameter_invalid");
    }
    assert_eq!(changes(&[1], &[], ChangeMethod::default()).unwrap_err().code(), "length_mismatch");
    assert_eq!(changes(&[u32::MAX], &[0], ChangeMethod::default()).unwrap_err().code(), "too_large");
}
