//! Special functions against sums and known values.

use gongzhi_risk::special::{beta_distribution, beta_quantile, gamma_distribution, ln_gamma, poisson_upper_tail};

fn close(got: f64, want: f64, relative: f64) {
    assert!((got - want).abs() <= relative * want.abs().max(1e-300), "{got} is not {want}");
}

#[test]
fn ln_gamma_of_factorials_and_halves() {
    let mut factorial = 0.0_f64;
    for n in 1..200_u32 {
        assert!((ln_gamma(f64::from(n)) - factorial).abs() < 1e-12 * factorial.abs().max(1.0), "{n}");
        factorial += f64::from(n).ln();
    }
    close(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln(), 1e-13);
    assert!(ln_gamma(0.0).is_nan() && ln_gamma(-1.5).is_nan());
}

#[test]
fn beta_is_the_binomial_tail() {
    for n in [1_u32, 2, 7, 30, 200] {
        for p in [0.001, 0.1, 0.37, 0.5, 0.93] {
            let term = |k: u32| {
                let choose = ln_gamma(f64::from(n) + 1.0) - ln_gamma(f64::from(k) + 1.0) - ln_gamma(f64::from(n - k) + 1.0);
                (choose + f64::from(k) * f64::ln(p) + f64::from(n - k) * f64::ln(1.0 - p)).exp()
            };
            for k in 1..=n {
                let tail: f64 = (k..=n).rev().map(term).sum();
                let got = beta_distribution(p, f64::from(k), f64::from(n - k) + 1.0);
                assert!((got - tail).abs() < 1e-11, "{n} {k} {p}: {got} {tail}");
            }
        }
    }
    for (a, b) in [(1.0, 1.0), (0.5, 3.0), (28.0, 20.0), (1e5, 2e5)] {
        for q in [1e-6, 0.025, 0.5, 0.975] {
            close(beta_distribution(beta_quantile(q, a, b), a, b), q, 1e-8);
        }
    }
}

#[test]
fn gamma_is_the_poisson_tail() {
    for mean in [0.01, 0.7, 4.0, 33.0, 250.0] {
        let mut below = 0.0_f64;
        let mut term = f64::exp(-mean);
        for n in 1..400_u32 {
            below += term;
            let got = poisson_upper_tail(u64::from(n), mean);
            assert!((got - (1.0 - below)).abs() < 1e-12, "{mean} {n}: {got} {}", 1.0 - below);
            term *= mean / f64::from(n);
        }
    }
    // Far out, where 1 − sum has no digits left: the first term of the tail is nearly all of it.
    close(
        poisson_upper_tail(30, 0.5),
        (-0.5_f64 + 30.0 * 0.5_f64.ln() - ln_gamma(31.0)).exp() * (1.0 + 0.5 / 31.0 + 0.25 / 31.0 / 32.0),
        1e-5,
    );
    assert_eq!((poisson_upper_tail(0, 3.0), poisson_upper_tail(2, 0.0)), (1.0, 0.0));
    assert!(gamma_distribution(-1.0, 1.0).is_nan());
    close(gamma_distribution(1e6, 1e6), 0.5, 1e-3);
}
