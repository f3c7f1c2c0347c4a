//! Did it fall, and was it the measure.

use gongzhi_risk::compare::rates;
use gongzhi_risk::hotspot::PlaceKind;
use gongzhi_risk::safety::before_after::{ComparisonGroup, Durations, Effect, Limits, Treated, among_places, comparability, evaluate};
use gongzhi_risk::safety::performance::Place;
use gongzhi_risk::special::ln_gamma;

const YEAR: Durations = Durations { before: 1.0, after: 1.0 };

fn group(before: u64, after: u64) -> ComparisonGroup {
    ComparisonGroup { before, after, places: 50, odds_variance: 0.0 }
}

/// Sum of negative binomial terms of mean `m` and shape `a`.
fn tail(m: f64, a: f64, counts: std::ops::RangeInclusive<u64>) -> f64 {
    let term = |y: u64| {
        let y = y as f64;
        (ln_gamma(y + a) - ln_gamma(a) - ln_gamma(y + 1.0) + a * (a / (a + m)).ln() + y * (m / (a + m)).ln()).exp()
    };
    counts.map(term).sum()
}

#[test]
fn the_interval_has_exact_tails() {
    for (expected, variance, observed) in [(28.0, 28.0, 19), (12.4, 6.1, 0), (3.2, 0.4, 9), (140.0, 300.0, 171), (0.7, 0.6, 2)] {
        let e = Effect::of(expected, variance, observed);
        let shape = expected * expected / variance;
        if observed > 0 {
            let above = 1.0 - tail(e.low * expected, shape, 0..=observed - 1);
            assert!((above - 0.025).abs() < 1e-9, "{e:?}: {above}");
        } else {
            assert_eq!(e.low, 0.0);
        }
        let below = tail(e.high * expected, shape, 0..=observed);
        assert!((below - 0.025).abs() < 1e-9, "{e:?}: {below}");
        assert_eq!(e.significant, e.low > 1.0 || e.high < 1.0, "{e:?}");
    }
    // Nothing unknown about the expectation: Poisson's tails, and the two ways of reckoning meet.
    let (sure, nearly) = (Effect::of(30.0, 0.0, 18), Effect::of(30.0, 9.1e-5, 18));
    assert!((sure.low - nearly.low).abs() < 1e-6 && (sure.high - nearly.high).abs() < 1e-6 && (sure.p - nearly.p).abs() < 1e-6);
    assert!((sure.ratio - 0.6).abs() < 1e-15 && (sure.sd - 18.0_f64.sqrt() / 30.0).abs() < 1e-15);
}

#[test]
fn hauer_s_formulas_by_hand() {
    // Comparison group: K = 173, L = 144, M = 897, N = 870. r = (870/897)/(1 + 1/897) = 0.96882; π = 167.61;
    // Var(r)/r² = 1/897 + 1/870; Var(π) = r²·173 + 173²·Var(r) = π²(1/173 + 1/897 + 1/870); θ = (144/π)/(1 + Var(π)/π²).
    let treated = Treated { before: 173, after: 144, expected_before: 1.0, expected_after: 1.0, k: 0.0 };
    let answer = evaluate(&[treated], Some(&group(897, 870)), YEAR).unwrap();
    let by_group = answer.with_comparison.unwrap();
    assert!((answer.trend - 870.0 / 897.0 / (1.0 + 1.0 / 897.0)).abs() < 1e-14);
    assert!((by_group.expected - 173.0 * answer.trend).abs() < 1e-11);
    let relative = 1.0 / 173.0 + 1.0 / 897.0 + 1.0 / 870.0;
    assert!((by_group.expected_variance / (by_group.expected * by_group.expected) - relative).abs() < 1e-12, "{by_group:?}");
    let ratio = 144.0 / by_group.expected / (1.0 + relative);
    assert!((by_group.ratio - ratio).abs() < 1e-14);
    assert!((by_group.sd - ratio * (1.0 / 144.0 + relative).sqrt() / (1.0 + relative)).abs() < 1e-14);
    assert_eq!((format!("{:.2}", by_group.ratio), format!("{:.1}", by_group.expected)), ("0.85".into(), "167.6".into()));
    let (low, high) = by_group.normal_interval();
    assert!(low < by_group.ratio && high > by_group.ratio && (low + high - 2.0 * ratio).abs() < 1e-12);
    assert!((by_group.percent().0 - (ratio - 1.0) * 100.0).abs() < 1e-12);
}

#[test]
fn the_parts_of_the_change_add_up_and_are_said() {
    // Chosen because of 28 where 10 are usual; half of a year after; elsewhere crashes fell by a tenth.
    let treated = Treated { before: 28, after: 8, expected_before: 10.0, expected_after: 5.0, k: 0.5 };
    let durations = Durations { before: 1.0, after: 0.5 };
    let answer = evaluate(&[treated], Some(&group(1_000, 450)), durations).unwrap();
    let naive_expectation = 28.0 * 0.5;
    let sum = naive_expectation - answer.regression_to_mean - answer.trend_events - answer.prevented;
    assert!((sum - 8.0).abs() < 1e-12, "{answer:?}");
    assert!(answer.regression_to_mean > 1.0 && answer.trend_events > 1.0 && (answer.trend - 0.9).abs() < 1e-3);
    assert!((answer.naive.ratio.unwrap() - 16.0 / 28.0).abs() < 1e-12);
    assert!(answer.effect.ratio > answer.naive.ratio.unwrap(), "part of the plain fall was not the measure's");
    assert_eq!(answer.verdict.zh, "28 → 8（前后时长不等）；若不治理预计 11.2，比 0.69，95% CI 0.29–1.61：不显著（简单前后比 0.57）");
    assert_eq!(
        answer.verdict.en,
        "28 → 8 (unequal times); expected without the measure 11.2, ratio 0.69, 95 % CI 0.29–1.61: not significant (plain before–after ratio 0.57)"
    );
    assert!(answer.method.zh.contains("对照组 50 处") && answer.method.en.contains("Hauer 1997"));
}

#[test]
fn without_knowledge_it_is_near_the_exact_test_of_two_counts() {
    // k without limit takes nothing of the model: what is left is two counts. The upper ends are the same; the conditional interval
    // reaches a little lower, as it allows for the discreteness of the first count too.
    for (before, after) in [(28, 19), (60, 20), (9, 14)] {
        let treated = Treated { before, after, expected_before: 5.0, expected_after: 5.0, k: 1e9 };
        let answer = evaluate(&[treated], None, YEAR).unwrap();
        let exact = rates(after, 1.0, before, 1.0).unwrap();
        assert_eq!(answer.naive, exact);
        assert!((answer.effect.high / exact.high.unwrap() - 1.0).abs() < 1e-6, "{answer:?}");
        assert!((1.0..1.1).contains(&(answer.effect.low / exact.low)), "{answer:?}");
        assert_eq!(answer.effect.significant, exact.significant);
        assert!(answer.regression_to_mean.abs() < 1e-3 && answer.trend == 1.0 && answer.with_comparison.is_none());
    }
}

#[test]
fn untreated_bad_places_do_not_fall_by_empirical_bayes() {
    // A made city: gamma means, two years, no measure at all. The worst of the first year fall by themselves.
    let mut r = crate::Numbers(99);
    let (k, mean) = (0.8, 4.0);
    let (mut said_naive, mut said_bayes, mut inside) = (0, 0, 0);
    let cities = 300;
    for _ in 0..cities {
        // Shape 1/k = 1.25 by the sum of an exponential and a chi-square-like part would do; here by accept and reject.
        let mut places: Vec<(u64, u64)> = (0..300)
            .map(|_| {
                let m = loop {
                    let x = -2.0 * (1.0 - r.unit()).ln();
                    // Gamma(1.25) under an exponential of mean 2 with the constant at its largest.
                    let accept = x.powf(0.25) * (-x / 2.0).exp() / (0.5_f64.powf(0.25) * (-0.25_f64).exp());
                    if r.unit() < accept {
                        break x * mean * k;
                    }
                };
                (r.poisson(m), r.poisson(m))
            })
            .collect();
        places.sort_by_key(|p| std::cmp::Reverse(p.0));
        let others = places.split_off(15);
        let treated: Vec<Treated> =
            places.iter().map(|p| Treated { before: p.0, after: p.1, expected_before: mean, expected_after: mean, k }).collect();
        // Places that were not chosen did rise a little by the same effect; the trend of the whole city is the honest one.
        let all = others.iter().chain(&places);
        let (before, after) = all.fold((0, 0), |s, p| (s.0 + p.0, s.1 + p.1));
        let answer = evaluate(&treated, Some(&ComparisonGroup { before, after, places: 300, odds_variance: 0.0 }), YEAR).unwrap();
        said_naive += u32::from(answer.naive.significant && answer.naive.ratio.unwrap() < 1.0);
        said_bayes += u32::from(answer.effect.significant);
        inside += u32::from(answer.effect.low <= 1.0 && answer.effect.high >= 1.0);
    }
    assert!(said_naive > cities * 3 / 10, "plain comparison finds an effect in {said_naive} of {cities} cities");
    assert!(said_bayes <= cities * 7 / 100, "empirical Bayes finds one in {said_bayes}");
    assert!(inside >= cities * 93 / 100, "{inside}");
}

#[test]
fn comparability_of_the_groups() {
    let same = comparability(&[20, 22, 18, 25, 21], &[200, 221, 178, 252, 209]);
    assert_eq!((same.odds.len(), same.comparable, same.odds_variance), (4, Some(true), 0.0));
    assert!((same.mean - 0.95).abs() < 0.05 && same.text.zh.contains("可比"), "{same:?}");
    let o = (20.0 * 221.0) / (22.0 * 200.0) / (1.0 + 1.0 / 22.0 + 1.0 / 200.0);
    assert!((same.odds[0] - o).abs() < 1e-14);
    // The treated double every year while the others stand still.
    let other = comparability(&[10, 20, 40, 80, 160], &[500, 500, 501, 499, 500]);
    assert_eq!(other.comparable, Some(false));
    assert!(other.text.en.contains("not alike"));
    let wild = comparability(&[400, 900, 300, 1_000, 350], &[5_000, 5_000, 5_000, 5_000, 5_000]);
    assert!(wild.odds_variance > 0.5, "{wild:?}");
    assert_eq!((comparability(&[3, 0, 4], &[9, 9, 9]).comparable, comparability(&[], &[]).mean), (None, 1.0));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let t = Treated { before: 3, after: 1, expected_before: 2.0, expected_after: 2.0, k: 0.3 };
    let code = |treated: &[Treated], g: Option<ComparisonGroup>, d: Durations| {
        let error = evaluate(treated, g.as_ref(), d).unwrap_err();
        assert!(!error.text().zh.is_empty() && !error.text().en.is_empty());
        error.code()
    };
    assert_eq!(code(&[], None, YEAR), "no_places");
    assert_eq!(code(&[t], Some(group(0, 5)), YEAR), "comparison_empty");
    assert_eq!(code(&[t], Some(ComparisonGroup { odds_variance: -1.0, ..group(5, 5) }), YEAR), "odds_variance_invalid");
    assert_eq!(code(&[t], None, Durations { before: 0.0, after: 1.0 }), "exposure_invalid");
    assert_eq!(code(&[Treated { expected_before: 0.0, ..t }], None, YEAR), "expected_invalid");
    assert_eq!(code(&[Treated { expected_after: f64::NAN, ..t }], None, YEAR), "expected_invalid");
    assert_eq!(code(&[Treated { k: -1.0, ..t }], None, YEAR), "dispersion_invalid");
    let none = evaluate(&[Treated { before: 0, after: 0, ..t }], None, YEAR).unwrap();
    assert!(!none.effect.significant && none.effect.low == 0.0 && none.effect.high.is_finite());
}

/// A city of crossings, a fifth with signals; `rate` events a year each, gamma about it; a year before and a quarter after.
fn crossings(n: usize, rate: f64, trend: f64) -> (Vec<Place>, Vec<u64>) {
    let mut r = crate::Numbers(12);
    (0..n)
        .map(|i| {
            let own = rate * -0.5 * ((1.0 - r.unit()).ln() + (1.0 - r.unit()).ln());
            let class = if i % 5 == 0 { "signal" } else { "plain" };
            let count = r.poisson(own);
            let place =
                Place { kind: PlaceKind::Crossing, class: class.into(), length_m: 0.0, legs: 4, daily_traffic: None, years: 1.0, n: count };
            (place, r.poisson(own * 0.25 * trend))
        })
        .unzip()
}

#[test]
fn a_place_is_held_against_the_others_of_its_class() {
    let durations = Durations { before: 1.0, after: 0.25 };
    let (mut places, mut after) = crossings(600, 4.0, 0.8);
    (places[10].n, after[10]) = (24, 3);
    let found = among_places(&places, &after, &[10], durations, Limits::default()).unwrap();
    let known: (u64, u64) = places
        .iter()
        .zip(&after)
        .enumerate()
        .filter(|(i, (p, _))| *i != 10 && p.class == "signal")
        .fold((0, 0), |s, (_, (p, a))| (s.0 + p.n, s.1 + a));
    assert_eq!((found.group.places, found.group.before, found.group.after, found.pooled), (119, known.0, known.1, false));
    assert!((found.answer.trend - 0.8).abs() < 0.2 && found.answer.regression_to_mean > 0.3, "{found:?}");
    // 3 in a quarter after 24 in a year: half by the plain ratio; of the 6 a quarter, about 3.5 were to be expected anyway.
    assert!((found.answer.naive.ratio.unwrap() - 0.5).abs() < 1e-12);
    assert!((3.0..4.5).contains(&found.answer.effect.expected) && found.answer.effect.ratio > 0.6 && !found.answer.effect.significant);
    assert!(found.model.en.contains("no exposure"));

    // Thirty places with signals: too few of the class, so all crossings stand for it.
    let few = among_places(&places[..150], &after[..150], &[10], durations, Limits::default()).unwrap();
    assert_eq!((few.pooled, few.group.places), (true, 149));
    let error = among_places(&places[..20], &after[..20], &[10], durations, Limits::default()).unwrap_err();
    assert!(error.code() == "reference_too_small" && error.text().zh.contains("19 处"), "{error:?}");
    let (quiet, after) = crossings(600, 0.02, 1.0);
    assert_eq!(among_places(&quiet, &after, &[10], durations, Limits::default()).unwrap_err().code(), "reference_too_small");
    assert_eq!(among_places(&quiet, &after[1..], &[10], durations, Limits::default()).unwrap_err().code(), "no_places");
    assert_eq!(among_places(&quiet, &after, &[600], durations, Limits::default()).unwrap_err().code(), "no_places");
}

#[test]
fn one_loud_place_among_quiet_ones_keeps_its_own_count() {
    // The others have two or three each, less spread than chance: of themselves they know no overdispersion at all.
    let mut places: Vec<Place> = crossings(120, 2.0, 1.0).0;
    places.iter_mut().enumerate().for_each(|(i, p)| (p.class, p.n) = ("plain".to_owned(), 2 + (i % 2) as u64));
    places[0].n = 240;
    let after: Vec<u64> = (0..120).map(|i| if i == 0 { 2 } else { u64::from(i % 3 == 0) }).collect();
    let found = among_places(&places, &after, &[0], Durations { before: 1.0, after: 1.0 / 12.0 }, Limits::default()).unwrap();
    assert!(found.answer.effect.expected > 10.0 && found.answer.effect.significant && found.answer.effect.high < 1.0, "{found:?}");
}
