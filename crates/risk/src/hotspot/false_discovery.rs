//! Many places, many tests.

use serde::{Deserialize, Serialize};

/// How the false discovery rate is held.
///
/// No variant with mid-p-values: they are not p-values (they can be below their probability under the null), so neither
/// procedure holds its rate with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// Benjamini & Hochberg, J. R. Statist. Soc. B 57, 1995: valid for independent and positively dependent tests, such as
    /// one-sided tests of overlapping neighbourhoods.
    #[default]
    BenjaminiHochberg,
    /// Benjamini & Yekutieli, Ann. Statist. 29, 2001: valid whatever the dependence, and stricter by `Σ 1/i`, 12 for 100,000 tests.
    BenjaminiYekutieli,
}

impl Correction {
    /// The name, as it is printed in both languages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BenjaminiHochberg => "Benjamini–Hochberg",
            Self::BenjaminiYekutieli => "Benjamini–Yekutieli",
        }
    }
}

/// Benjamini–Hochberg q-values: marking all with `q ≤ 0.05` lets 5 % of the marked be false alarms on average
/// (Benjamini & Hochberg, J. R. Statist. Soc. B 57, 1995; valid for independent and positively dependent tests).
/// In the order of `p`; what is not a number counts as 1.
#[must_use]
pub fn q_values(p: &[f64]) -> Vec<f64> {
    false_discovery(p, Correction::BenjaminiHochberg)
}

/// q-values by either correction, in the order of `p`; what is not a number counts as 1.
#[must_use]
pub fn false_discovery(p: &[f64], correction: Correction) -> Vec<f64> {
    let tests: Vec<(f64, usize)> = p.iter().map(|&p| (p, 1)).collect();
    false_discovery_of_many(&tests, correction)
}

/// The same where one p stands for several tests: (p, how many). One q for each entry.
pub(crate) fn false_discovery_of_many(tests: &[(f64, usize)], correction: Correction) -> Vec<f64> {
    let clean = |i: usize| if tests[i].0.is_nan() { 1.0 } else { tests[i].0 };
    let total: usize = tests.iter().map(|&(_, times)| times).sum();
    let factor = match correction {
        Correction::BenjaminiHochberg => 1.0,
        Correction::BenjaminiYekutieli => (1..=total).map(|i| 1.0 / i as f64).sum(),
    };
    let mut order: Vec<usize> = (0..tests.len()).collect();
    order.sort_by(|&a, &b| clean(b).total_cmp(&clean(a)));
    let mut q = vec![1.0; tests.len()];
    let (mut rank, mut least) = (total, 1.0_f64);
    for place in order {
        // The largest rank of the tests that share this p.
        least = least.min(clean(place) * factor * total as f64 / rank.max(1) as f64);
        q[place] = least;
        rank -= tests[place].1;
    }
    q
}
