//! Conditional permutations: a unit keeps its value, the others' values are put anywhere among the other units.
//!
//! For binary or row-standardised weights all that matters of a unit's neighbours is the sum of their values, and under the null
//! that is the sum over `k` units drawn without replacement from the others. It is the same draw for Gi, for Gi* (the unit
//! itself is fixed) and for local Moran, so there is one p for all of them.
//!
//! **Shared draws** ([`Draws::Shared`], as `PySAL`'s `esda` does): each permutation draws one sequence of different units for the
//! whole map, and a unit with `k` neighbours takes the first `k` of them *that are not the unit itself*. The first `k` others of a
//! random sequence are a random `k`-subset of the others, so each unit's test is exact. What is shared is the luck of
//! the draw: the p-values of two units are not independent of each other, so use many permutations. The sums of one `k` are sorted once
//! and every unit of that `k` looks itself up, so that even 99,999 permutations are cheap; a false discovery rate over a
//! city needs that many, since no p can be below 1/(m + 1).
//!
//! **Own draws** ([`Draws::Own`]): every unit draws its own, keyed by seed, unit and permutation. Costs permutations × links.

use super::local::Centred;
use super::{SignificanceError, Weights};
use crate::random::Stream;
use rayon::prelude::*;

/// Whether units share their draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Draws {
    /// One sequence for each permutation serves all units.
    #[default]
    Shared,
    /// Each unit draws its own.
    Own,
}

/// How to permute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permutations {
    /// How many; 999 unless there is a reason.
    pub permutations: u32,
    /// Seed; the same seed gives the same p-values on any machine and number of threads.
    pub seed: u64,
    /// Shared or own.
    pub draws: Draws,
}

impl Default for Permutations {
    fn default() -> Self {
        Self { permutations: 999, seed: 1, draws: Draws::Shared }
    }
}

/// p-values of every unit: `(b + 1)/(m + 1)`, `b` of `m` permutations at least as extreme, ties among them (Davison & Hinkley 1997, §4.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Permuted {
    /// How many permutations.
    pub permutations: u32,
    /// One-sided: the neighbours' sum this high or higher. 1 without neighbours.
    pub upper: Vec<f64>,
    /// One-sided: this low or lower.
    pub lower: Vec<f64>,
    /// Twice the smaller one, at most 1.
    pub two_sided: Vec<f64>,
}

/// Most numbers drawn for one map, shared draws: 400 MB.
const MAX_DRAWS: usize = 100_000_000;

/// Conditional permutation p-values for Gi, Gi* and local Moran.
///
/// # Errors
/// As [`super::getis_ord`]; [`SignificanceError::Size`] for too many permutations, [`SignificanceError::Parameter`] for none.
pub fn permutations(values: &[f64], weights: &Weights, plan: Permutations) -> Result<Permuted, SignificanceError> {
    let centred = Centred::of(values, weights)?;
    if plan.permutations == 0 {
        return Err(SignificanceError::Parameter { name: "permutations", value: 0.0 });
    }
    // Integers stay integers here, so that equal counts tie exactly; other numbers tie up to rounding.
    let tests = Tests { values, weights, plan, tolerance: tolerance(values) };
    drop(centred);
    let extreme = match plan.draws {
        Draws::Shared => tests.shared()?,
        Draws::Own => tests.own(),
    };
    let m = f64::from(plan.permutations);
    let p = |b: u32| (f64::from(b) + 1.0) / (m + 1.0);
    let (upper, lower): (Vec<f64>, Vec<f64>) = extreme.iter().map(|&(high, low)| (p(high), p(low))).unzip();
    let two_sided = upper.iter().zip(&lower).map(|(u, l)| (2.0 * u.min(*l)).min(1.0)).collect();
    Ok(Permuted { permutations: plan.permutations, upper, lower, two_sided })
}

/// How far sums of the same values in another order can differ; 0 for whole numbers.
fn tolerance(values: &[f64]) -> f64 {
    let whole = values.iter().all(|v| v.fract() == 0.0 && v.abs() < 1e9);
    if whole { 0.0 } else { 1e-12 * values.iter().fold(0.0_f64, |most, v| most.max(v.abs())) }
}

struct Tests<'a> {
    values: &'a [f64],
    weights: &'a Weights,
    plan: Permutations,
    tolerance: f64,
}

impl Tests<'_> {
    /// For every unit, how many permutations were as high or higher, and how many as low or lower.
    fn own(&self) -> Vec<(u32, u32)> {
        let n = self.values.len();
        let count = |sequence: &mut Sequence, unit: usize| {
            let k = self.weights.of(unit).len();
            let (observed, slack) = (self.weights.sum(unit, self.values), self.tolerance * k as f64);
            let mut stream = Stream::new(self.plan.seed, unit as u64);
            let (mut high, mut low) = (0, 0);
            for _ in 0..self.plan.permutations {
                let drawn = sequence.draw(&mut stream, n - 1, k);
                // The others are numbered without the unit.
                let sum: f64 = drawn.iter().map(|&other| self.values[other as usize + usize::from(other as usize >= unit)]).sum();
                high += u32::from(sum >= observed - slack);
                low += u32::from(sum <= observed + slack);
            }
            (high, low)
        };
        (0..n).into_par_iter().map_init(|| Sequence::new(n), count).collect()
    }

    fn shared(&self) -> Result<Vec<(u32, u32)>, SignificanceError> {
        let (n, m) = (self.values.len(), self.plan.permutations as usize);
        let cardinality = |unit: usize| self.weights.of(unit).len();
        let most = (0..n).map(cardinality).max().unwrap_or(0);
        // One more than anyone needs: whoever meets itself takes the next.
        let length = (most + 1).min(n);
        let size = length.saturating_mul(m);
        if size > MAX_DRAWS {
            return Err(SignificanceError::Size(size));
        }
        let drawn: Vec<Vec<u32>> = (0..m as u64)
            .into_par_iter()
            .map_init(|| Sequence::new(n), |sequence, number| sequence.draw(&mut Stream::new(self.plan.seed, number), n, length).to_vec())
            .collect();
        let met = Met::of(&drawn, n);

        let mut by_cardinality: Vec<Vec<u32>> = vec![Vec::new(); most + 1];
        for unit in 0..n {
            by_cardinality[cardinality(unit)].push(unit as u32);
        }
        let mut extreme = vec![(self.plan.permutations, self.plan.permutations); n];
        let mut sums = vec![0.0; m];
        for k in 1..=most {
            sums.par_iter_mut().zip(&drawn).with_min_len(4096).for_each(|(sum, drawn)| *sum += self.values[drawn[k - 1] as usize]);
            if by_cardinality[k].is_empty() {
                continue;
            }
            let mut sorted = sums.clone();
            sorted.par_sort_unstable_by(f64::total_cmp);
            let found: Vec<(u32, u32)> = by_cardinality[k]
                .par_iter()
                .with_min_len(256)
                .map(|&unit| self.standing(unit, k, &sums, &sorted, &drawn, met.of_unit(unit)))
                .collect();
            for (&unit, found) in by_cardinality[k].iter().zip(found) {
                extreme[unit as usize] = found;
            }
        }
        Ok(extreme)
    }

    /// Looks a unit up among the sorted sums, and puts right the few draws the unit itself is in.
    fn standing(&self, unit: u32, k: usize, sums: &[f64], sorted: &[f64], drawn: &[Vec<u32>], met: &[(u32, u32)]) -> (u32, u32) {
        let (own, slack) = (self.values[unit as usize], self.tolerance * k as f64);
        let observed = self.weights.sum(unit as usize, self.values);
        let (least, largest) = (observed - slack, observed + slack);
        let mut high = (sorted.len() - sorted.partition_point(|sum| *sum < least)) as u32;
        let mut low = sorted.partition_point(|sum| *sum <= largest) as u32;
        for &(number, _) in met.iter().filter(|&&(_, place)| (place as usize) < k) {
            let with = sums[number as usize];
            let without = with - own + self.values[drawn[number as usize][k] as usize];
            high = high + u32::from(without >= least) - u32::from(with >= least);
            low = low + u32::from(without <= largest) - u32::from(with <= largest);
        }
        (high, low)
    }
}

/// For every unit, in which permutations it was drawn and at which place.
struct Met {
    first: Vec<u32>,
    at: Vec<(u32, u32)>,
}

impl Met {
    fn of(drawn: &[Vec<u32>], units: usize) -> Self {
        let mut first = vec![0_u32; units + 1];
        for &unit in drawn.iter().flatten() {
            first[unit as usize + 1] += 1;
        }
        for unit in 0..units {
            first[unit + 1] += first[unit];
        }
        let mut next = first.clone();
        let mut at = vec![(0, 0); first[units] as usize];
        for (number, sequence) in (0_u32..).zip(drawn) {
            for (place, &unit) in (0_u32..).zip(sequence) {
                at[next[unit as usize] as usize] = (number, place);
                next[unit as usize] += 1;
            }
        }
        Self { first, at }
    }

    fn of_unit(&self, unit: u32) -> &[(u32, u32)] {
        &self.at[self.first[unit as usize] as usize..self.first[unit as usize + 1] as usize]
    }
}

/// Draws different numbers, in random order; its memory is used again.
struct Sequence {
    marked: Vec<u32>,
    mark: u32,
    drawn: Vec<u32>,
}

impl Sequence {
    fn new(n: usize) -> Self {
        Self { marked: vec![0; n], mark: 0, drawn: Vec::new() }
    }

    /// `k` different numbers below `n`, every sequence as likely.
    fn draw(&mut self, stream: &mut Stream, n: usize, k: usize) -> &[u32] {
        self.drawn.clear();
        if 2 * k > n {
            self.drawn.extend(0..n as u32);
            for place in 0..k {
                let other = place + stream.below((n - place) as u64) as usize;
                self.drawn.swap(place, other);
            }
            self.drawn.truncate(k);
            return &self.drawn;
        }
        // Marks of earlier draws are told apart by their number; it starts again once in four thousand million draws.
        self.mark = self.mark.wrapping_add(1);
        if self.mark == 0 {
            self.marked.fill(0);
            self.mark = 1;
        }
        while self.drawn.len() < k {
            let number = stream.below(n as u64) as usize;
            if self.marked[number] != self.mark {
                self.marked[number] = self.mark;
                self.drawn.push(number as u32);
            }
        }
        &self.drawn
    }
}
