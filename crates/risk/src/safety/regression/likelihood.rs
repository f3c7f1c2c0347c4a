//! The negative binomial log-likelihood in a form that is smooth down to k = 0, where it is Poisson's.
//!
//! `ln Γ(y + 1/k) − ln Γ(1/k) + y ln k = Σ_{j<y} ln(1 + k j)` for whole `y`, so no gamma function is needed and nothing
//! cancels at small k:
//! `ℓ = Σ_{j<y} ln(1 + kj) + y ln μ − y ln(1 + kμ) − μ·g(kμ) − ln y!`, `g(z) = ln(1 + z)/z`.

/// Of one observation in its own k: `Σ ln(1 + kj)`, `Σ j/(1 + kj)`, `−Σ (j/(1 + kj))²`, for `j` below the count.
#[derive(Clone, Copy, Default)]
pub(super) struct CountTerms {
    pub(super) value: f64,
    pub(super) first: f64,
    pub(super) second: f64,
}

impl CountTerms {
    fn add(&mut self, j: f64, k: f64) {
        let below = 1.0 + k * j;
        let slope = j / below;
        self.value += below.ln();
        self.first += slope;
        self.second -= slope * slope;
    }

    pub(super) fn of(count: u64, k: f64) -> Self {
        let mut terms = Self::default();
        for j in 1..count {
            terms.add(j as f64, k);
        }
        terms
    }

    /// For every count from 0 to `largest`.
    pub(super) fn table(largest: u64, k: f64) -> Vec<Self> {
        let mut terms = Self::default();
        let mut table = vec![terms; 2];
        for j in 1..largest {
            terms.add(j as f64, k);
            table.push(terms);
        }
        table
    }
}

/// `g`, `g′` and `g″` of `g(z) = ln(1 + z)/z`, `z ≥ 0`.
pub(super) fn log_over(z: f64) -> (f64, f64, f64) {
    // Below this the closed forms cancel; eight terms of the series are exact to the last digit but one.
    if z < 0.01 {
        let (mut g, mut g1, mut g2) = (0.0, 0.0, 0.0);
        for n in (0..9).rev() {
            let (n, sign) = (f64::from(n), if n % 2 == 0 { 1.0 } else { -1.0 });
            g = g * z + sign / (n + 1.0);
            g1 = g1 * z - sign * (n + 1.0) / (n + 2.0);
            g2 = g2 * z + sign * (n + 1.0) * (n + 2.0) / (n + 3.0);
        }
        return (g, g1, g2);
    }
    let below = 1.0 + z;
    let g = z.ln_1p() / z;
    let g1 = (1.0 / below - g) / z;
    (g, g1, (-1.0 / (below * below) - 2.0 * g1) / z)
}

/// First and second derivative of `ℓ` in the observation's own k.
pub(super) fn in_dispersion(count: f64, terms: CountTerms, mu: f64, k: f64) -> (f64, f64) {
    let below = 1.0 + k * mu;
    let (_, g1, g2) = log_over(k * mu);
    let share = mu / below;
    (terms.first - count * share - mu * mu * g1, terms.second + count * share * share - mu * mu * mu * g2)
}

/// `ℓ` without `ln y!`; `eta` is `ln μ`.
pub(super) fn value(count: f64, terms: CountTerms, eta: f64, mu: f64, k: f64) -> f64 {
    if k == 0.0 {
        return count * eta - mu;
    }
    terms.value + count * eta - count * (k * mu).ln_1p() - mu * log_over(k * mu).0
}
