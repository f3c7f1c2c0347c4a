//! Looking back: cases done by hand, closed forms of the literature, and what must hold for any list.

use gongzhi_risk::score::{Bootstrap, Calibration, CountForecast, ScoreError, Unit, best, brier, flagged, ranks, recapture, sites};
use proptest::prelude::*;

use crate::Numbers;

fn units(of: &[(f64, f64)]) -> Vec<Unit> {
    of.iter().map(|&(length, hits)| Unit { length, hits }).collect()
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{a} is not {b}");
}

#[test]
fn a_list_of_three_streets_by_hand() {
    let streets = units(&[(100.0, 4.0), (100.0, 1.0), (200.0, 5.0)]);
    let scores = [3.0, 2.0, 1.0];
    let quarter = flagged(&streets, &scores, 0.25).unwrap();
    assert_eq!((quarter.hits, quarter.n, quarter.hit_rate, quarter.pei), (4.0, 10.0, 0.4, 1.0));
    near(quarter.pai, 1.6);
    // Half of the length: the list takes 4 + 1, the best takes 4 and half of the long street's 5.
    let half = flagged(&streets, &scores, 0.5).unwrap();
    assert_eq!((half.hits, half.hit_rate, half.pai), (5.0, 0.5, 1.0));
    near(half.pei, 5.0 / 6.5);
    // 50 m are half of the first street and half of its crashes.
    assert_eq!(flagged(&streets, &scores, 0.125).unwrap().hits, 2.0);
    // 300 m: two whole streets and half of the third.
    assert_eq!(flagged(&streets, &scores, 0.75).unwrap().hits, 7.5);
    assert_eq!(best(&streets, 0.5).unwrap().hits, 6.5);
    near(recapture(&quarter, &half).unwrap(), 1.0 / 1.6);
}

#[test]
fn equal_scores_flag_at_random() {
    let streets = units(&[(10.0, 7.0), (300.0, 0.0), (50.0, 2.0)]);
    for share in [0.005, 0.1, 0.5, 1.0] {
        near(flagged(&streets, &[1.0; 3], share).unwrap().pai, 1.0);
    }
    // A tie below the first: what is left is spread over both.
    let tied = flagged(&streets, &[2.0, 1.0, 1.0], 0.5).unwrap();
    near(tied.hits, 7.0 + 2.0 * 170.0 / 350.0);
}

#[test]
fn nonsense_is_refused() {
    let streets = units(&[(1.0, 1.0)]);
    assert_eq!(flagged(&streets, &[], 0.1), Err(ScoreError::Lengths { units: 1, others: 0 }));
    assert_eq!(flagged(&streets, &[f64::NAN], 0.1), Err(ScoreError::Unit(0)));
    assert_eq!(flagged(&units(&[(-1.0, 1.0)]), &[1.0], 0.1), Err(ScoreError::Unit(0)));
    assert_eq!(flagged(&streets, &[1.0], 0.0).unwrap_err().code(), "share_invalid");
    assert!(CountForecast::poisson(-1.0).is_err() && CountForecast::negative_binomial(1.0, 0.0).is_err());
    assert!(ScoreError::Share(2.0).text().zh.contains('2'));
    let none = flagged(&[], &[], 0.5).unwrap();
    assert_eq!((none.hits, none.pai, none.pei), (0.0, 0.0, 0.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn lists_hold_whatever_the_streets(seed in any::<u64>(), n in 1_usize..60, share in 0.001_f64..1.0) {
        let mut numbers = Numbers(seed);
        let mut streets: Vec<(Unit, f64)> = (0..n)
            .map(|_| (Unit { length: numbers.between(0.0, 300.0).max(1.0), hits: numbers.poisson(0.7) as f64 }, numbers.below(6) as f64))
            .collect();
        let of = |streets: &[(Unit, f64)], share| {
            let (units, scores): (Vec<Unit>, Vec<f64>) = streets.iter().copied().unzip();
            flagged(&units, &scores, share).unwrap()
        };
        let whole = of(&streets, share);
        prop_assert!(whole.pei <= 1.0 + 1e-12 && whole.hits <= whole.n + 1e-9);
        prop_assert!((of(&streets, 1.0).hits - whole.n).abs() < 1e-9);
        // The order of the streets and cutting one in two change nothing.
        let cut = numbers.below(n);
        let half = Unit { length: streets[cut].0.length / 2.0, hits: streets[cut].0.hits / 2.0 };
        let score = streets[cut].1;
        streets[cut].0 = half;
        streets.push((half, score));
        numbers.shuffle(&mut streets);
        let again = of(&streets, share);
        prop_assert!((again.hits - whole.hits).abs() < 1e-9 && (again.pei - whole.pei).abs() < 1e-9);
    }

    #[test]
    fn counts_agree_with_their_definition(mean in 0.01_f64..40.0, size in 0.2_f64..50.0, came in 0_u64..80) {
        let forecast = CountForecast::negative_binomial(mean, size).unwrap();
        let p: Vec<f64> = (0..6_000).map(|k| forecast.probability(k)).collect();
        prop_assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-11);
        let moment = |f: &dyn Fn(f64) -> f64| p.iter().enumerate().map(|(k, p)| p * f(k as f64)).sum::<f64>();
        prop_assert!((moment(&|k| k) / mean - 1.0).abs() < 1e-9);
        prop_assert!((moment(&|k| (k - mean).powi(2)) / forecast.variance() - 1.0).abs() < 1e-8);
        // E|X − y| − ½ E|X − X'|, the other form of the score; E|X − X'| = 2 Σ F (1 − F).
        let mut f = 0.0;
        let spread: f64 = p.iter().map(|p| { f += p; f * (1.0 - f) }).sum();
        let expected = moment(&|k| (k - came as f64).abs()) - spread;
        prop_assert!((forecast.crps(came) - expected).abs() < 1e-9 * expected.max(1.0), "{} {}", forecast.crps(came), expected);
        for probability in [1e-6, 0.05, 0.5, 0.9, 0.999] {
            let q = forecast.quantile(probability);
            prop_assert!(forecast.at_most(q) >= probability && (q == 0 || forecast.at_most(q - 1) < probability));
        }
        let interval = forecast.interval(0.9);
        prop_assert!(forecast.inside(interval) >= 0.9 - 1e-12);
    }
}

/// Wei & Held (2014): `(y − λ)(2F(y) − 1) + 2λ f(y) − λ e^{−2λ} (I₀(2λ) + I₁(2λ))`.
#[test]
fn the_poisson_score_is_that_of_the_closed_form() {
    // I₀ and I₁ by their power series (DLMF 10.25.2).
    let bessel = |order: u32, x: f64| {
        let mut term = (1..=order).fold(1.0, |t, k| t * x / 2.0 / f64::from(k));
        let mut sum = 0.0;
        for k in 1..400 {
            sum += term;
            term *= x * x / 4.0 / f64::from(k) / f64::from(k + order);
        }
        sum
    };
    // Abramowitz & Stegun, table 9.8: e^{−2} I₀(2) = 0.3085083225, e^{−2} I₁(2) = 0.2152692892.
    assert!((bessel(0, 2.0) * (-2.0_f64).exp() - 0.308_508_322_5).abs() < 1e-10);
    assert!((bessel(1, 2.0) * (-2.0_f64).exp() - 0.215_269_289_2).abs() < 1e-10);
    for mean in [0.01, 0.3, 1.0, 4.5, 30.0, 120.0] {
        for came in [0, 1, 3, 10, 40, 200] {
            let forecast = CountForecast::poisson(mean).unwrap();
            let far = (-2.0 * mean).exp() * (bessel(0, 2.0 * mean) + bessel(1, 2.0 * mean));
            let closed = (came as f64 - mean) * (2.0 * forecast.at_most(came) - 1.0) + 2.0 * mean * forecast.probability(came) - mean * far;
            let summed = forecast.crps(came);
            assert!((summed - closed).abs() < 1e-11 * closed.max(1.0), "{mean} {came}: {summed} {closed}");
        }
    }
}

#[test]
fn the_geometric_score_is_that_of_the_closed_form() {
    // Size 1 is the geometric distribution: F(k) = 1 − q^(k+1) with q = mean / (1 + mean).
    for mean in [0.2, 1.0, 7.0] {
        let q: f64 = mean / (1.0 + mean);
        for y in [0, 1, 5, 20] {
            let power = |k: i32| q.powi(k);
            let below = f64::from(y) - 2.0 * q * (1.0 - power(y)) / (1.0 - q) + q * q * (1.0 - power(2 * y)) / (1.0 - q * q);
            let closed = below + power(2 * y + 2) / (1.0 - q * q);
            near(CountForecast::negative_binomial(mean, 1.0).unwrap().crps(y as u64), closed);
        }
    }
}

#[test]
fn known_quantiles_and_ends() {
    // Tables of the Poisson distribution: P(X ≤ 7 | 4) = 0.9489, P(X ≤ 8 | 4) = 0.9786.
    let four = CountForecast::poisson(4.0).unwrap();
    assert!((four.at_most(7) - 0.9489).abs() < 5e-5 && (four.at_most(8) - 0.9786).abs() < 5e-5);
    assert_eq!((four.quantile(0.95), four.interval(0.9)), (8, (1, 8)));
    let none = CountForecast::poisson(0.0).unwrap();
    assert_eq!((none.quantile(1.0), none.crps(3), none.at_most(0), none.interval(0.9)), (0, 3.0, 1.0, (0, 0)));
    // A large size is Poisson, a large mean has no underflow, a far miss is the distance.
    let nearly = CountForecast::negative_binomial(4.0, 1e13).unwrap();
    assert!((nearly.crps(9) - four.crps(9)).abs() < 1e-10);
    let city = CountForecast::poisson(31_980.0).unwrap();
    assert_eq!(city.interval(0.95), (31_630, 32_331));
    let sd = 31_980_f64.sqrt();
    assert!((city.crps(31_980) / sd - 0.2337).abs() < 2e-4, "a normal forecast that hits scores 0.2337 of its spread");
    assert!((city.crps(1_000_000) - (968_020.0 - sd / std::f64::consts::PI.sqrt())).abs() < 0.01);
    near(CountForecast::of_moments(10.0, 30.0).unwrap().size(), 5.0);
    assert!(CountForecast::of_moments(10.0, 9.0).unwrap().size().is_infinite());
}

#[test]
fn a_calibrated_forecast_has_a_flat_pit_and_holds_its_intervals() {
    // Counts in exactly the shares that the geometric forecast gives: 512 zeros, 256 ones, …
    let forecast = CountForecast::negative_binomial(1.0, 1.0).unwrap();
    let mut calibration = Calibration::new(&[0.5, 0.9], 8);
    for k in 0..10_u64 {
        for _ in 0..1_u64 << (9 - k) {
            calibration.add(&forecast, k);
        }
    }
    assert_eq!(calibration.n(), 1023);
    for height in calibration.pit() {
        assert!((height - 1.0).abs() < 0.01, "{:?}", calibration.pit());
    }
    let coverage = calibration.coverage();
    // Quarter and three-quarter points are 0 and 1: the interval 0–1 holds 3/4. Of 90 %: 0 to 4 holds 31/32.
    assert!((coverage[0].stated - 0.75).abs() < 1e-12 && (coverage[0].actual - 768.0 / 1023.0).abs() < 1e-12);
    assert!((coverage[1].stated - 31.0 / 32.0).abs() < 1e-12 && (coverage[1].actual - 992.0 / 1023.0).abs() < 1e-12);
    // Too sure: ends raised. Too wide: a hill.
    let pit = |mean: f64, size: f64| {
        let mut calibration = Calibration::new(&[], 4);
        let forecast = CountForecast::negative_binomial(mean, size).unwrap();
        let mut numbers = Numbers(5);
        (0..4_000).for_each(|_| calibration.add(&forecast, numbers.poisson(6.0) + 3 * numbers.poisson(1.0)));
        calibration.pit()
    };
    let (sure, wide) = (pit(9.0, 1e9), pit(9.0, 2.0));
    assert!(sure[0] > 1.1 && sure[3] > 1.05 && sure[1] < 0.95, "{sure:?}");
    assert!(wide[0] < 0.9 && wide[3] < 0.9 && wide[1] > 1.1, "{wide:?}");
}

#[test]
fn one_pit_by_hand() {
    // Poisson of mean ln 2: P(0) = 1/2, so a zero spreads over the lower half and only there.
    let mut calibration = Calibration::new(&[], 4);
    calibration.add(&CountForecast::poisson(2.0_f64.ln()).unwrap(), 0);
    for (height, expected) in calibration.pit().into_iter().zip([2.0, 2.0, 0.0, 0.0]) {
        near(height, expected);
    }
    near(calibration.log_score(), 2.0_f64.ln());
}

#[test]
fn brier_by_hand() {
    near(brier(&[(0.8, true), (0.3, false), (0.5, true)]), (0.04 + 0.09 + 0.25) / 3.0);
    assert_eq!(brier(&[]), 0.0);
}

#[test]
fn sites_of_two_periods_by_hand() {
    // First list: sites 0, 1, 2. Second: 1, 3, 0. Both: 0 and 1.
    let (first, second) = ([9.0, 8.0, 7.0, 2.0, 1.0], [6.0, 9.0, 1.0, 8.0, 2.0]);
    let later = [5.0, 7.0, 1.0, 6.0, 2.0];
    let found = sites(&first, &second, &later, 3).unwrap();
    assert_eq!((found.listed, found.common, found.consistency), (3, 2, 13.0));
    // Ranks then 1 2 3, now 3 1 5: |1−3| + |2−1| + |3−5|.
    assert_eq!(found.rank_difference, 5.0);
    assert_eq!(ranks(&[5.0, 7.0, 5.0, 1.0]), [2.5, 1.0, 2.5, 4.0]);
    let same = sites(&first, &first, &later, 2).unwrap();
    assert_eq!((same.common, same.rank_difference), (2, 0.0));
    assert!(sites(&first, &second[..4], &later, 3).is_err());
}

#[test]
fn the_bootstrap_repeats_itself_and_knows_equals() {
    let mut numbers = Numbers(3);
    let streets: Vec<Unit> = (0..600).map(|_| Unit { length: numbers.between(20.0, 200.0), hits: numbers.poisson(0.5) as f64 }).collect();
    let areas: Vec<u32> = (0..600).map(|i| i / 15).collect();
    let good: Vec<f64> = streets.iter().map(|u| u.hits + numbers.unit()).collect();
    let poor: Vec<f64> = streets.iter().map(|_| numbers.unit()).collect();
    let bootstrap = Bootstrap { seed: 7, rounds: 400 };
    let one = bootstrap.ratio(&streets, &good, &poor, &areas, 0.05).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let again = pool.install(|| bootstrap.ratio(&streets, &good, &poor, &areas, 0.05).unwrap());
    assert_eq!(one, again);
    assert!(one.low > 1.0 && one.low < one.value && one.value < one.high, "{one:?}");
    let same = bootstrap.ratio(&streets, &good, &good, &areas, 0.05).unwrap();
    assert_eq!((same.value, same.low, same.high), (1.0, 1.0, 1.0));
    let pai = bootstrap.pai(&streets, &good, &areas, 0.05).unwrap();
    near(pai.value, flagged(&streets, &good, 0.05).unwrap().pai);
    assert!(bootstrap.pai(&streets, &good, &[0; 3], 0.05).is_err());
    // Flagging at random is 1 in every round.
    let flat = bootstrap.pai(&streets, &[0.0; 600], &areas, 0.1).unwrap();
    assert!((flat.low - 1.0).abs() < 1e-9 && (flat.high - 1.0).abs() < 1e-9);
}

#[test]
fn the_bootstrap_covers_as_often_as_it_says() {
    // Means of 40 areas of Poisson counts about 3: the 95 % interval should hold 3 in about 95 % of 300 cities.
    let mut numbers = Numbers(11);
    let held = (0..300).filter(|&seed| {
        let areas: Vec<(f64, f64)> = (0..40).map(|_| (numbers.poisson(3.0) as f64, 1.0)).collect();
        let interval = Bootstrap { seed, rounds: 300 }.mean(&areas);
        (interval.low..=interval.high).contains(&3.0)
    });
    let held = held.count();
    assert!((270..=294).contains(&held), "{held} of 300");
}
