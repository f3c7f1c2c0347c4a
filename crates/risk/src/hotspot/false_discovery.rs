//! Many places, many tests.

/// Benjamini–Hochberg q-values: marking all with `q ≤ 0.05` lets 5 % of the marked be false alarms on average
/// (Benjamini & Hochberg, J. R. Statist. Soc. B 57, 1995; valid for independent and positively dependent tests).
/// In the order of `p`; what is not a number counts as 1.
#[must_use]
pub fn q_values(p: &[f64]) -> Vec<f64> {
    let clean = |i: usize| if p[i].is_nan() { 1.0 } else { p[i] };
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| clean(b).total_cmp(&clean(a)));
    let mut q = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (i, &place) in order.iter().enumerate() {
        let rank = p.len() - i;
        least = least.min(clean(place) * p.len() as f64 / rank as f64);
        q[place] = least;
    }
    q
}
