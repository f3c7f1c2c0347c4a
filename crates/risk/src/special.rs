//! The three special functions behind exact tests: ln Γ, incomplete beta, incomplete gamma.
//!
//! Formulas: DLMF §5.11 (Stirling series), §8.17.22 (continued fraction of the incomplete beta function),
//! §8.11.4 and §8.9.2 (incomplete gamma functions). Tests compare with direct sums of binomial and Poisson terms.

/// Natural logarithm of the gamma function for `x > 0`; relative error about 1e-14.
#[must_use]
pub fn ln_gamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let (mut x, mut product) = (x, 1.0);
    while x < 15.0 {
        product *= x;
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series = (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0)))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series - product.ln()
}

/// Regularised incomplete beta function `I_x(a, b)`, `a, b > 0`: the distribution function of Beta(a, b).
#[must_use]
pub fn beta_distribution(x: f64, a: f64, b: f64) -> f64 {
    if !(a > 0.0 && b > 0.0) || x.is_nan() {
        return f64::NAN;
    }
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The continued fraction converges fast on the near side of the mean only.
    if x < (a + 1.0) / (a + b + 2.0) { beta_fraction(x, a, b) } else { 1.0 - beta_fraction(1.0 - x, b, a) }
}

/// The `x` with `I_x(a, b) = probability`, by bisection down to neighbouring numbers.
#[must_use]
pub fn beta_quantile(probability: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    // 1,100 halvings would reach the smallest number; the middle stops moving long before.
    for _ in 0..1_100 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if beta_distribution(middle, a, b) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Regularised lower incomplete gamma function `P(a, x)`, `a > 0`, `x ≥ 0`.
#[must_use]
pub fn gamma_distribution(a: f64, x: f64) -> f64 {
    gamma_tails(a, x).0
}

/// Regularised upper incomplete gamma function `Q(a, x) = 1 − P(a, x)`, without loss where it is small.
#[must_use]
pub fn gamma_upper(a: f64, x: f64) -> f64 {
    gamma_tails(a, x).1
}

fn gamma_tails(a: f64, x: f64) -> (f64, f64) {
    if !(a > 0.0 && x >= 0.0) {
        return (f64::NAN, f64::NAN);
    }
    if x == 0.0 {
        return (0.0, 1.0);
    }
    if x.is_infinite() {
        return (1.0, 0.0);
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut k) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 {
            k += 1.0;
            term *= x / k;
            sum += term;
        }
        let below = (front * sum).min(1.0);
        (below, 1.0 - below)
    } else {
        let fraction = lentz(x + 1.0 - a, |i| (-i * (i - a), x + 2.0 * i + 1.0 - a));
        let above = (front / fraction).clamp(0.0, 1.0);
        (1.0 - above, above)
    }
}

/// Probability of `count` or more events where `mean` are expected: the upper tail of the Poisson distribution.
#[must_use]
pub fn poisson_upper_tail(count: u64, mean: f64) -> f64 {
    if count == 0 {
        return 1.0;
    }
    if mean <= 0.0 {
        return 0.0;
    }
    gamma_distribution(count as f64, mean)
}

fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp() / a;
    let fraction = lentz(1.0, |i| {
        let m = (i / 2.0).floor();
        let term = if i % 2.0 == 0.0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        (term, 1.0)
    });
    (front / fraction).clamp(0.0, 1.0)
}

/// `b₀ + a₁/(b₁ + a₂/(b₂ + …))` by the modified Lentz method; `terms(i)` gives `(aᵢ, bᵢ)`.
fn lentz(b0: f64, terms: impl Fn(f64) -> (f64, f64)) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |v: f64| if v.abs() < TINY { TINY } else { v };
    let (mut value, mut c, mut d) = (away(b0), away(b0), 0.0);
    for i in 1..200_000 {
        let (a, b) = terms(f64::from(i));
        d = 1.0 / away(b + a * d);
        c = away(b + a / c);
        value *= c * d;
        if (c * d - 1.0).abs() < 4.0 * f64::EPSILON {
            break;
        }
    }
    value
}
