//! Weights from examples: a logistic model that stays near weights already held.

use super::evidence::{COUNT, Evidence, FEATURES, Feature, Weights, likelihood};
use gongzhi_civic::text::Text;
use serde::Serialize;

/// Two calls and whether they belong together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Example {
    /// What they have in common.
    pub evidence: Evidence,
    /// The truth, or what a person said.
    pub together: bool,
    /// How much it counts; a correction counts 1.
    pub weight: f64,
}

/// A weight that moved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Moved {
    /// Which.
    pub feature: Feature,
    /// Before.
    pub from: f64,
    /// After.
    pub to: f64,
}

/// New weights and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refit {
    /// What comes of it.
    pub weights: Weights,
    /// What moved by more than 0.01, furthest first.
    pub moved: Vec<Moved>,
    /// How many examples.
    pub n: usize,
    /// How it was done.
    pub method: Text,
}

/// Greatest posterior weights of a logistic model with a normal prior around `prior`, of `firmness` precision (1 over
/// variance) for each weight; Newton's method with halved steps. The sum is concave and has one maximum, so the answer
/// does not depend on a start; it is the same on every machine and any number of threads, since it runs on one.
///
/// Without examples the prior comes back. Examples that are not finite are left out.
#[must_use]
pub fn refit(prior: &Weights, examples: &[Example], firmness: f64) -> Refit {
    let firmness = if firmness.is_finite() { firmness.max(1e-6) } else { 1e-6 };
    let sound = |e: &&Example| e.weight > 0.0 && e.weight.is_finite() && e.evidence.values.iter().all(|v| v.is_finite());
    let examples: Vec<&Example> = examples.iter().filter(sound).collect();
    let start = prior.values();
    let mut weights = start;
    for _ in 0..100 {
        let (gradient, curve) = slope(&weights, &start, &examples, firmness);
        if gradient.iter().all(|g| g.abs() < 1e-10) {
            break;
        }
        let Some(step) = solve(curve, gradient) else { break };
        let now = posterior(&weights, &start, &examples, firmness);
        // A full step may overshoot where the curve is flat; half of it may not.
        let mut share = 1.0;
        let better = (0..40).find_map(|_| {
            let mut next = weights;
            next.iter_mut().zip(step).for_each(|(w, s)| *w += share * s);
            share /= 2.0;
            (posterior(&next, &start, &examples, firmness) > now).then_some(next)
        });
        let Some(next) = better else { break };
        weights = next;
    }
    let changed = FEATURES.iter().zip(start.iter().zip(weights));
    let mut moved: Vec<Moved> =
        changed.map(|(&feature, (&from, to))| Moved { feature, from, to }).filter(|m| (m.to - m.from).abs() > 0.01).collect();
    moved.sort_by(|a, b| (b.to - b.from).abs().total_cmp(&(a.to - a.from).abs()).then(a.feature.cmp(&b.feature)));
    let n = examples.len();
    Refit {
        weights: Weights::from_values(weights),
        moved,
        n,
        method: Text::new(
            format!("逻辑回归，最大后验；以默认权重为先验均值，精度 {firmness}；依据 {n} 对人工更正"),
            format!(
                "Logistic regression, greatest posterior, normal prior around the default weights with precision {firmness}; from {n} corrected pairs"
            ),
        ),
    }
}

type Vector = [f64; COUNT];

/// Log posterior up to a constant.
fn posterior(weights: &Vector, start: &Vector, examples: &[&Example], firmness: f64) -> f64 {
    let odds = |e: &Example| e.evidence.log_odds(&Weights::from_values(*weights));
    // ln of the likelihood of what was seen, without overflow for large odds.
    let seen = |e: &&Example| {
        let odds = if e.together { odds(e) } else { -odds(e) };
        e.weight * if odds > 0.0 { -(-odds).exp().ln_1p() } else { odds - odds.exp().ln_1p() }
    };
    let moved: f64 = weights.iter().zip(start).map(|(w, s)| (w - s) * (w - s)).sum();
    examples.iter().map(seen).sum::<f64>() - 0.5 * firmness * moved
}

/// Gradient and negative Hessian of the log posterior.
fn slope(weights: &Vector, start: &Vector, examples: &[&Example], firmness: f64) -> (Vector, [Vector; COUNT]) {
    let mut gradient = [0.0; COUNT];
    let mut curve = [[0.0; COUNT]; COUNT];
    for (i, (w, s)) in weights.iter().zip(start).enumerate() {
        gradient[i] = -firmness * (w - s);
        curve[i][i] = firmness;
    }
    let held = Weights::from_values(*weights);
    for e in examples {
        let p = likelihood(e.evidence.log_odds(&held));
        let (off, spread) = (e.weight * (f64::from(u8::from(e.together)) - p), e.weight * p * (1.0 - p));
        for (i, v) in e.evidence.values.iter().enumerate().filter(|(_, v)| **v != 0.0) {
            gradient[i] += off * v;
            for (j, u) in e.evidence.values.iter().enumerate() {
                curve[i][j] += spread * v * u;
            }
        }
    }
    (gradient, curve)
}

/// Solves a symmetric positive definite system by Cholesky's decomposition.
fn solve(mut a: [Vector; COUNT], mut b: Vector) -> Option<Vector> {
    for i in 0..COUNT {
        for j in 0..=i {
            let sum = a[i][j] - (0..j).map(|k| a[i][k] * a[j][k]).sum::<f64>();
            if i == j {
                if !(sum > 0.0 && sum.is_finite()) {
                    return None;
                }
                a[i][i] = sum.sqrt();
            } else {
                a[i][j] = sum / a[j][j];
            }
        }
    }
    for i in 0..COUNT {
        b[i] = (b[i] - (0..i).map(|k| a[i][k] * b[k]).sum::<f64>()) / a[i][i];
    }
    for i in (0..COUNT).rev() {
        b[i] = (b[i] - (i + 1..COUNT).map(|k| a[k][i] * b[k]).sum::<f64>()) / a[i][i];
    }
    Some(b)
}
