//! How well calls are joined: pairs and B-cubed, with an interval.

use crate::random::draw;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Right among those found, found among those right, and their harmonic mean; 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quality {
    /// Of what was joined, the share that belongs together.
    pub precision: f64,
    /// Of what belongs together, the share that was joined.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
}

/// Counts that add up over parts of the data.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sums {
    right: f64,
    found: f64,
    true_pairs: f64,
    calls: f64,
    cubed_precision: f64,
    cubed_recall: f64,
}

/// Both measures, each with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Report {
    /// How many calls.
    pub n: usize,
    /// Pairs of calls that truly belong together.
    pub pairs: u64,
    /// Over pairs of calls.
    pub pairwise: Quality,
    /// Low and high of the pairwise measure, each number by itself.
    pub pairwise_interval: [Quality; 2],
    /// B-cubed (Bagga and Baldwin 1998): over calls, so that large clusters do not drown small ones.
    pub cubed: Quality,
    /// Its interval.
    pub cubed_interval: [Quality; 2],
}

/// Compares clusters found with true ones: one label a call in each, in the same order; `None` if the lengths differ.
///
/// The interval is the percentile bootstrap over blocks of calls that hang together in truth or in what was found (calls of
/// one block are not independent), `rounds` times; counter-based random numbers under `seed`.
#[must_use]
pub fn report(found: &[u32], truth: &[u32], rounds: usize, seed: u64) -> Option<Report> {
    if found.len() != truth.len() {
        return None;
    }
    let blocks = blocks(found, truth);
    let total = blocks.iter().fold(Sums::default(), |sum, block| sum.plus(block));
    let mut drawn: Vec<[Quality; 2]> = (0..rounds as u64)
        .map(|round| {
            let n = blocks.len() as u64;
            let pick = |i: u64| &blocks[(draw(seed, round, i) % n.max(1)) as usize];
            let sum = (0..n).fold(Sums::default(), |sum, i| sum.plus(pick(i)));
            [sum.pairwise(), sum.cubed()]
        })
        .collect();
    let mut interval = |which: usize| {
        let mut at = |pick: fn(&Quality) -> f64| {
            drawn.sort_by(|a, b| pick(&a[which]).total_cmp(&pick(&b[which])));
            let share = |p: f64| drawn.get(((drawn.len() as f64 - 1.0) * p).round() as usize).map_or(f64::NAN, |q| pick(&q[which]));
            (share(0.025), share(0.975))
        };
        let (p, r, f) = (at(|q| q.precision), at(|q| q.recall), at(|q| q.f1));
        [Quality { precision: p.0, recall: r.0, f1: f.0 }, Quality { precision: p.1, recall: r.1, f1: f.1 }]
    };
    Some(Report {
        n: found.len(),
        pairs: total.true_pairs as u64,
        pairwise: total.pairwise(),
        pairwise_interval: interval(0),
        cubed: total.cubed(),
        cubed_interval: interval(1),
    })
}

impl Sums {
    fn plus(self, o: &Self) -> Self {
        Self {
            right: self.right + o.right,
            found: self.found + o.found,
            true_pairs: self.true_pairs + o.true_pairs,
            calls: self.calls + o.calls,
            cubed_precision: self.cubed_precision + o.cubed_precision,
            cubed_recall: self.cubed_recall + o.cubed_recall,
        }
    }

    fn pairwise(&self) -> Quality {
        quality(share(self.right, self.found), share(self.right, self.true_pairs))
    }

    fn cubed(&self) -> Quality {
        quality(share(self.cubed_precision, self.calls), share(self.cubed_recall, self.calls))
    }
}

/// Nothing wrong among nothing.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 1.0 }
}

fn quality(precision: f64, recall: f64) -> Quality {
    let sum = precision + recall;
    Quality { precision, recall, f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
}

/// Sums of each set of calls that hang together in truth or in what was found, by its first call.
fn blocks(found: &[u32], truth: &[u32]) -> Vec<Sums> {
    let mut parent: Vec<usize> = (0..found.len()).collect();
    let root = |parent: &Vec<usize>, mut i: usize| {
        while parent[i] != i {
            i = parent[i];
        }
        i
    };
    for labels in [found, truth] {
        let mut first: HashMap<u32, usize> = HashMap::new();
        for (i, &label) in labels.iter().enumerate() {
            let other = *first.entry(label).or_insert(i);
            let (a, b) = (root(&parent, i), root(&parent, other));
            parent[a.max(b)] = a.min(b);
        }
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in 0..found.len() {
        let top = root(&parent, i);
        parent[i] = top;
        members.entry(top).or_default().push(i);
    }
    members.values().map(|list| sums(list, found, truth)).collect()
}

fn sums(list: &[usize], found: &[u32], truth: &[u32]) -> Sums {
    let mut cells: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    let (mut by_found, mut by_truth): (BTreeMap<u32, f64>, BTreeMap<u32, f64>) = (BTreeMap::new(), BTreeMap::new());
    for &i in list {
        *cells.entry((found[i], truth[i])).or_default() += 1.0;
        *by_found.entry(found[i]).or_default() += 1.0;
        *by_truth.entry(truth[i]).or_default() += 1.0;
    }
    let pairs = |n: &f64| n * (n - 1.0) / 2.0;
    Sums {
        right: cells.values().map(pairs).sum(),
        found: by_found.values().map(pairs).sum(),
        true_pairs: by_truth.values().map(pairs).sum(),
        calls: list.len() as f64,
        cubed_precision: cells.iter().map(|((f, _), n)| n * n / by_found[f]).sum(),
        cubed_recall: cells.iter().map(|((_, t), n)| n * n / by_truth[t]).sum(),
    }
}
