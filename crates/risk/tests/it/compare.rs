//! The exact comparison of two counts.

use gongzhi_risk::compare::rates;
use gongzhi_risk::special::ln_gamma;

/// Two-sided p by adding up binomial terms.
fn by_sum(x: u64, y: u64, share: f64) -> f64 {
    let n = x + y;
    let term = |k: u64| {
        let choose = ln_gamma(n as f64 + 1.0) - ln_gamma(k as f64 + 1.0) - ln_gamma((n - k) as f64 + 1.0);
        (choose + k as f64 * share.ln() + (n - k) as f64 * (1.0 - share).ln()).exp()
    };
    let (low, high): (f64, f64) = ((0..=x).map(term).sum(), (x..=n).map(term).sum());
    (2.0 * low.min(high)).min(1.0)
}

#[test]
fn twenty_eight_to_nineteen_is_not_significant() {
    let c = rates(19, 1.0, 28, 1.0).unwrap();
    // Ends by SciPy 1.17 (`beta.ppf`): 0.358128131993 and 1.259050557136.
    assert!((c.low - 0.358_128_131_993).abs() < 1e-11 && (c.high.unwrap() - 1.259_050_557_136).abs() < 1e-11, "{c:?}");
    assert_eq!(c.verdict.zh, "28 → 19，比 0.68，95% CI 0.36–1.26：不显著");
    assert_eq!(c.verdict.en, "28 → 19, ratio 0.68, 95 % CI 0.36–1.26: not significant");
    assert!(!c.significant && (c.p - by_sum(19, 28, 0.5)).abs() < 1e-12, "{}", c.p);
}

#[test]
fn the_test_and_the_interval_agree_with_the_sums() {
    for (x, y) in [(0, 1), (1, 0), (0, 6), (6, 0), (3, 3), (1, 9), (12, 40), (40, 12), (150, 100), (7, 8)] {
        for (ex, ey) in [(1.0, 1.0), (31.0, 365.0), (2.5, 0.4)] {
            let c = rates(x, ex, y, ey).unwrap();
            assert!((c.p - by_sum(x, y, ex / (ex + ey))).abs() < 1e-10, "{x} {y} {}", c.p);
            let outside = c.low > 1.0 || c.high.is_some_and(|h| h < 1.0);
            assert_eq!(c.significant, outside, "{x}/{ex} {y}/{ey}: {c:?}");
            // At each end of the interval the tail is 2.5 %: the test of that ratio gives 5 %.
            for end in [Some(c.low).filter(|l| *l > 0.0), c.high].into_iter().flatten() {
                let share = end * ex / (end * ex + ey);
                assert!((by_sum(x, y, share) - 0.05).abs() < 1e-8, "{x} {y}: end {end}");
            }
        }
    }
}

#[test]
fn the_interval_covers_the_truth_at_least_as_often_as_it_says() {
    let mut r = crate::Numbers(77);
    let (mut inside, trials) = (0, 2_000);
    for _ in 0..trials {
        let c = rates(r.poisson(12.0), 2.0, r.poisson(10.0), 1.0).unwrap(); // true ratio 0.6
        inside += u32::from(c.low <= 0.6 && c.high.is_none_or(|h| h >= 0.6));
    }
    assert!(f64::from(inside) / f64::from(trials) >= 0.945, "{inside}");
}

#[test]
fn zeros_are_said_as_they_are() {
    let none = rates(0, 1.0, 0, 1.0).unwrap();
    assert_eq!((none.ratio, none.low, none.high, none.p, none.significant), (None, 0.0, None, 1.0, false));
    assert_eq!(none.verdict.zh, "0 → 0：无从比较");
    let new = rates(8, 1.0, 0, 1.0).unwrap();
    assert_eq!((new.ratio, new.high, new.significant), (None, None, true));
    assert_eq!(new.verdict.en, "0 → 8, ratio ∞, 95 % CI 1.71–∞: significant rise");
    let gone = rates(0, 1.0, 8, 1.0).unwrap();
    assert_eq!((gone.ratio, gone.low), (Some(0.0), 0.0));
    assert_eq!(gone.verdict.zh, "8 → 0，比 0.00，95% CI 0.00–0.59：显著下降");
}

#[test]
fn unlike_exposures_are_corrected_and_said() {
    // 2,830 in 30 days against 34,000 in 365: nearly the same rate.
    let c = rates(2_830, 30.0, 34_000, 365.0).unwrap();
    assert!((c.ratio.unwrap() - 2_830.0 / 30.0 / (34_000.0 / 365.0)).abs() < 1e-12 && !c.significant);
    assert!(c.verdict.zh.contains("（按同等时长折算）") && c.verdict.en.contains("(at equal exposure)"), "{:?}", c.verdict);
    // Turned round, the interval turns round.
    let back = rates(34_000, 365.0, 2_830, 30.0).unwrap();
    assert!((c.low * back.high.unwrap() - 1.0).abs() < 1e-9 && (back.low * c.high.unwrap() - 1.0).abs() < 1e-9);
}

#[test]
fn a_verdict_never_contradicts_its_figures() {
    // Significant, yet the upper end rounds to 1.00: one more digit is shown.
    let c = rates(9_720, 1.0, 10_000, 1.0).unwrap();
    assert!(c.significant && c.high.unwrap() > 0.995, "{c:?}");
    assert!(!c.verdict.zh.contains("–1.00："), "{}", c.verdict.zh);
    let large = rates(400_000_000, 1.0, 1, 1.0).unwrap();
    assert!(large.significant && large.low.is_finite() && large.verdict.en.contains("400000000"), "{large:?}");
}

#[test]
fn the_seeds_fall_of_repeat_calls_is_real() {
    // 169 after a fall of 86.58 %: 1,259 the year before.
    let c = rates(169, 30.0, 1_259, 30.0).unwrap();
    assert_eq!(format!("{:.2}", (c.ratio.unwrap() - 1.0) * 100.0), "-86.58");
    assert!(c.significant && c.high.unwrap() < 0.16);
}

#[test]
fn exposures_must_be_positive() {
    for e in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(rates(1, e, 1, 1.0).unwrap_err().code(), "exposure_invalid");
    }
    assert_eq!(rates(u64::MAX, 1.0, 1, 1.0).unwrap_err().code(), "count_too_large");
}
