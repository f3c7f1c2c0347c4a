//! Empirical Bayes: published cases, exact probabilities, cumulative residuals.

use gongzhi_risk::hotspot::Weights;
use gongzhi_risk::safety::bayes::{Severity, by_year, estimate, weighted};
use gongzhi_risk::safety::residual::cumulative;
use gongzhi_risk::special::{gamma_distribution, gamma_upper};

/// Hauer, Harwood, Council & Griffith (2002), examples 1 and 2: a road of 1.8 km with 4,000 vehicles a day, expected
/// 0.0224·ADT^0.564 accidents a km and year, φ = 2.05 per km. Printed: 4.71 ± 1.19 accidents per km and year from one year with 12;
/// 7.97 ± 1.44 accidents a year, 4.43 per km and year, from three years with 12, 7 and 8.
#[test]
fn hauer_s_tutorial_to_the_printed_digits() {
    let (length, k) = (1.8, 1.0 / (2.05 * 1.8));
    let yearly = 0.0224 * 4_000.0_f64.powf(0.564) * length;
    let one = estimate(12, yearly, k).unwrap();
    assert_eq!((format!("{:.2}", one.mean / length), format!("{:.2}", one.sd() / length)), ("4.71".into(), "1.19".into()));
    let (three, years) = by_year(&[12, 7, 8], &[yearly; 3], k).unwrap();
    assert_eq!((format!("{:.2}", three.mean / 3.0), format!("{:.2}", three.sd() / 3.0)), ("7.97".into(), "1.44".into()));
    assert_eq!(format!("{:.2}", three.mean / 3.0 / length), "4.43");
    // Years of equal traffic have equal estimates.
    assert!(
        years.iter().all(|(mean, variance)| (mean - three.mean / 3.0).abs() < 1e-12 && (variance - three.variance / 9.0).abs() < 1e-12)
    );
}

#[test]
fn hauer_s_tutorial_as_it_stands_in_the_file_of_cases() {
    let root = std::env::var("GONGZHI_TEST_DATA").unwrap_or_else(|_| "../../../shared/data".to_owned());
    let Ok(text) = std::fs::read_to_string(format!("{root}/benchmarks/safety_and_queue_cases.json")) else {
        eprintln!("SKIPPED: benchmarks/safety_and_queue_cases.json is not there; set GONGZHI_TEST_DATA");
        return;
    };
    let cases: serde_json::Value = serde_json::from_str(&text).unwrap();
    for name in ["ex1", "ex2"] {
        let case = &cases["hauer_2002_tutorial"][name];
        let number = |path: &str| case.pointer(path).and_then(serde_json::Value::as_f64).unwrap_or_else(|| panic!("{name}{path}"));
        let length = number("/length_km");
        let observed: Vec<u64> = case["observed"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
        let yearly = 0.0224 * number("/ADT").powf(0.564) * length;
        let (found, _) = by_year(&observed, &vec![yearly; observed.len()], 1.0 / (2.05 * length)).unwrap();
        let years = observed.len() as f64;
        for (path, value) in [
            ("/computed/weight", found.weight),
            ("/computed/expected_total", found.mean),
            ("/computed/sd_total", found.sd()),
            ("/computed/per_km_year", found.mean / length / years),
            ("/computed/sd_per_year", found.sd() / years),
        ] {
            assert!((value / number(path) - 1.0).abs() < 1e-12, "{name}{path}: {value}");
        }
        for (path, value) in [
            ("/published/per_km_year", found.mean / length / years),
            ("/published/sd_per_km_year", found.sd() / length / years),
            ("/published/per_year", found.mean / years),
            ("/published/sd_per_year", found.sd() / years),
        ] {
            if let Some(printed) = case.pointer(path).and_then(serde_json::Value::as_f64) {
                assert_eq!(format!("{value:.2}"), format!("{printed:.2}"), "{name}{path}");
            }
        }
    }
}

#[test]
fn probabilities_are_those_of_the_gamma_distribution() {
    // SciPy 1.17, gamma.sf.
    for (shape, x, known) in [
        (3.5, 1.0, 0.959_840_368_730_101_6),
        (4.2, 20.0, 4.561_637_372_764_958e-6),
        (0.01, 3e-3, 0.051_080_018_795_025),
        (120.0, 150.0, 0.005_104_711_603_150_467_6),
        (4.2, 60.0, 5.836_146_592_686_444e-22),
    ] {
        assert!((gamma_upper(shape, x) / known - 1.0).abs() < 1e-11, "{shape} {x}: {}", gamma_upper(shape, x));
        assert!((gamma_upper(shape, x) + gamma_distribution(shape, x) - 1.0).abs() < 1e-15);
    }
    let e = estimate(9, 4.0, 0.5).unwrap();
    assert!((e.mean - (e.weight * 4.0 + (1.0 - e.weight) * 9.0)).abs() < 1e-12);
    // Numerical integration of prior times likelihood.
    let (mut all, mut above, mut mean, steps) = (0.0, 0.0, 0.0, 400_000);
    for i in 0..steps {
        let m = (f64::from(i) + 0.5) * 60.0 / f64::from(steps);
        let density = ((1.0 / 0.5 - 1.0 + 9.0) * m.ln() - m / (0.5 * 4.0) - m).exp();
        all += density;
        mean += density * m;
        above += if m > 4.0 { density } else { 0.0 };
    }
    assert!((above / all - e.p_excess).abs() < 1e-4 && (mean / all - e.mean).abs() < 1e-8, "{} {}", above / all, e.p_excess);
    let (low, high) = e.interval95();
    assert!((e.p_above(low / 4.0) - 0.975).abs() < 1e-9 && (e.p_above(high / 4.0) - 0.025).abs() < 1e-9);
    assert!(e.p_above(2.0) < e.p_above(1.0) && e.p_above(0.0) == 1.0);
}

#[test]
fn ends_of_the_possible() {
    let certain = estimate(30, 4.0, 0.0).unwrap();
    assert_eq!((certain.mean, certain.variance, certain.p_excess, certain.weight), (4.0, 0.0, 0.0, 1.0));
    let unsure = estimate(30, 4.0, 1e6).unwrap();
    assert!((unsure.mean - 30.0).abs() < 1e-3 && unsure.p_excess > 0.999_999);
    for (expected, k) in [(0.0, 0.5), (f64::NAN, 0.5), (f64::INFINITY, 0.5), (1.0, -0.1), (1.0, f64::NAN)] {
        assert!(estimate(1, expected, k).is_err());
    }
    assert_eq!(by_year(&[1], &[1.0, 2.0], 0.1).unwrap_err().code(), "years_mismatch");
}

#[test]
fn a_death_counts_for_what_it_says() {
    let weights = Weights::default().by_severity;
    let at = |fatal, slight, k| {
        weighted(&[
            Severity { observed: fatal, expected: 0.05, k, weight: weights["fatal"] },
            Severity { observed: slight, expected: 2.0, k, weight: weights["slight"] },
        ])
        .unwrap()
    };
    let (death, bumps) = (at(1, 2, 0.5), at(0, 7, 0.5));
    assert_eq!((death.observed, bumps.observed), (7.0, 7.0));
    // Equal weighted counts; but one rare death is mostly chance, five bumps more are not.
    assert!(death.mean < bumps.mean && death.p_excess < bumps.p_excess, "{death:?} {bumps:?}");
    // One severity of weight 1 is the plain estimate.
    let one = weighted(&[Severity { observed: 9, expected: 4.0, k: 0.5, weight: 1.0 }]).unwrap();
    let plain = estimate(9, 4.0, 0.5).unwrap();
    assert!((one.mean - plain.mean).abs() < 1e-12 && (one.p_excess - plain.p_excess).abs() < 1e-12);
    assert_eq!(weighted(&[Severity { observed: 1, expected: 1.0, k: 0.5, weight: -1.0 }]).unwrap_err().code(), "weight_invalid");
}

#[test]
fn cumulative_residuals_show_where_a_model_is_wrong() {
    let mut r = crate::Numbers(4);
    let x: Vec<f64> = (0..4_000).map(|_| r.between(0.0, 2.0)).collect();
    let counts: Vec<u64> = x.iter().map(|x| r.poisson((0.2 + x * x * 0.5).exp())).collect();
    let right: Vec<f64> = x.iter().map(|x| (0.2 + x * x * 0.5).exp()).collect();
    let good = cumulative(&x, &counts, &right);
    assert!(good.outside < 0.15 && good.n == 4_000, "{}", good.outside);
    // Fitted with x instead of x²: too high at the ends and too low between, or the other way round.
    let columns = [gongzhi_risk::safety::regression::Column { name: "x".into(), values: x.clone() }];
    let data = gongzhi_risk::safety::regression::Observations {
        counts: &counts,
        columns: &columns,
        offset: None,
        dispersion_scale: None,
        groups: None,
    };
    let wrong = cumulative(&x, &counts, &gongzhi_risk::safety::regression::fit(&data).unwrap().means);
    assert!(wrong.outside > 0.3 && wrong.furthest > 2.0 * good.furthest, "{} {}", wrong.outside, wrong.furthest);
    assert!(wrong.points.windows(2).all(|p| p[0].x < p[1].x) && wrong.points.last().unwrap().limit.abs() < 1e-6);
    // By hand: residuals 1, −1, 2 → squares 1, 2, 6 of 6; the two places of equal covariate make one point.
    let small = cumulative(&[1.0, 3.0, 2.0, f64::NAN], &[2, 3, 0, 9], &[1.0, 1.0, 1.0, 1.0]);
    let found: Vec<(f64, f64)> = small.points.iter().map(|p| (p.cumulative, p.limit * p.limit / 4.0)).collect();
    for ((c, v), (kc, kv)) in found.iter().zip([(1.0, 5.0 / 6.0), (0.0, 4.0 / 3.0), (2.0, 0.0)]) {
        assert!((c - kc).abs() < 1e-12 && (v - kv).abs() < 1e-12, "{found:?}");
    }
    assert_eq!(cumulative(&[1.0, 1.0], &[2, 0], &[1.0, 1.0]).points.len(), 1);
    assert_eq!(cumulative(&[], &[], &[]).n, 0);
}
