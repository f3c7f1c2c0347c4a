//! Which share of the calls each cell has.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Cell;
use super::week::Weeks;
use crate::hotspot::{shape_from_moments, shrink};

/// Half-lives tried, weeks; the first is taken unless another one is better.
const HALF_LIVES: [f64; 4] = [52.0, 13.0, 26.0, 208.0];
/// Bandwidths tried, in cells.
const BANDWIDTHS: [f64; 3] = [1.5, 0.8, 3.0];
/// Share of the calls that may come up anywhere, however quiet it was.
const ANYWHERE: f64 = 0.01;
/// Weeks held back to choose by.
const HELD_BACK: usize = 8;
/// Standard deviations at which the kernel ends.
const REACH: f64 = 3.0;

/// How cells follow the past.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShareChoice {
    /// A call this many weeks ago counts half.
    pub half_life_weeks: f64,
    /// Bandwidth of what neighbours show, metres (Gaussian, cut at three).
    pub bandwidth_m: f64,
}

/// Neighbours of each cell and their weights, for each bandwidth tried.
pub(super) struct Neighbours {
    /// By bandwidth: for each cell where its neighbours start in `lists`.
    starts: Vec<Vec<usize>>,
    lists: Vec<Vec<(u32, f64)>>,
    size_m: f64,
}

impl Neighbours {
    pub(super) fn new(cells: &[Cell], size_m: f64) -> Self {
        let (mut starts, mut lists) = (Vec::new(), Vec::new());
        for bandwidth in BANDWIDTHS {
            let (s, l) = Self::within(cells, bandwidth * size_m);
            starts.push(s);
            lists.push(l);
        }
        Self { starts, lists, size_m }
    }

    /// Neighbours within the kernel's reach, the cell itself left out: it must not vouch for itself.
    fn within(cells: &[Cell], bandwidth_m: f64) -> (Vec<usize>, Vec<(u32, f64)>) {
        let reach = bandwidth_m * REACH;
        let block = |c: &Cell| ((c.x_m / reach).floor() as i64, (c.y_m / reach).floor() as i64);
        let mut blocks = BTreeMap::<(i64, i64), Vec<u32>>::new();
        for (number, cell) in (0_u32..).zip(cells) {
            blocks.entry(block(cell)).or_default().push(number);
        }
        let (mut starts, mut list) = (vec![0], Vec::new());
        for (number, cell) in (0_u32..).zip(cells) {
            let (x, y) = block(cell);
            for members in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x.saturating_add(dx), y.saturating_add(dy)))).filter_map(|b| blocks.get(&b)) {
                for &other in members {
                    let distance = (cells[other as usize].x_m - cell.x_m).hypot(cells[other as usize].y_m - cell.y_m);
                    if other != number && distance <= reach {
                        list.push((other, (-0.5 * (distance / bandwidth_m).powi(2)).exp()));
                    }
                }
            }
            starts.push(list.len());
        }
        (starts, list)
    }

    fn of(&self, bandwidth: usize, cell: usize) -> &[(u32, f64)] {
        &self.lists[bandwidth][self.starts[bandwidth][cell]..self.starts[bandwidth][cell + 1]]
    }

    fn position(&self, bandwidth_m: f64) -> usize {
        BANDWIDTHS.iter().position(|b| (b * self.size_m - bandwidth_m).abs() < 1e-9 * bandwidth_m).unwrap_or(0)
    }
}

/// Share of each cell and its relative variance, from the first `known` weeks.
///
/// A cell's rate is gamma distributed about what its neighbours show; with `n` calls seen its relative variance is `1 / (φ + n)`.
pub(super) fn fit(weeks: &Weeks<'_>, neighbours: &Neighbours, choice: &ShareChoice, known: usize) -> (Vec<f64>, Vec<f64>) {
    let counts = discounted(weeks, choice.half_life_weeks, known);
    shares(&counts, neighbours, neighbours.position(choice.bandwidth_m))
}

/// The choice that would have given the last eight weeks' calls the highest probability.
pub(super) fn choose(weeks: &Weeks<'_>, neighbours: &Neighbours) -> ShareChoice {
    let known = weeks.len().saturating_sub(HELD_BACK).max(weeks.len() / 2);
    let mut later = vec![0.0; weeks.cells()];
    (known..weeks.len()).flat_map(|week| weeks.calls(week)).for_each(|(cell, _)| later[cell as usize] += 1.0);
    let mut best = (f64::NEG_INFINITY, ShareChoice { half_life_weeks: HALF_LIVES[0], bandwidth_m: BANDWIDTHS[0] * neighbours.size_m });
    for half_life_weeks in HALF_LIVES {
        let counts = discounted(weeks, half_life_weeks, known);
        for (position, bandwidth) in BANDWIDTHS.into_iter().enumerate() {
            let (shares, _) = shares(&counts, neighbours, position);
            let likelihood: f64 = later.iter().zip(&shares).filter(|(n, _)| **n > 0.0).map(|(n, s)| n * s.ln()).sum();
            // Fewer than one unit of log-likelihood is no reason to leave the plainer choice.
            if likelihood > best.0 + 1.0 {
                best = (likelihood, ShareChoice { half_life_weeks, bandwidth_m: bandwidth * neighbours.size_m });
            }
        }
    }
    best.1
}

/// Discounted counts, scaled to the number of plain calls that would vary as much.
fn discounted(weeks: &Weeks<'_>, half_life: f64, known: usize) -> Vec<f64> {
    let mut counts = vec![0.0; weeks.cells()];
    let (mut plain, mut squared) = (0.0, 0.0);
    for week in 0..known {
        let weight = (-((known - 1 - week) as f64) / half_life).exp2();
        for (cell, _) in weeks.calls(week) {
            counts[cell as usize] += weight;
            plain += weight;
            squared += weight * weight;
        }
    }
    let worth = if squared > 0.0 { plain / squared } else { 1.0 };
    counts.iter_mut().for_each(|n| *n *= worth);
    counts
}

fn shares(counts: &[f64], neighbours: &Neighbours, bandwidth: usize) -> (Vec<f64>, Vec<f64>) {
    let n: f64 = counts.iter().sum();
    let even = 1.0 / counts.len() as f64;
    let around: Vec<f64> = (0..counts.len())
        .map(|cell| {
            let (sum, weight) = neighbours.of(bandwidth, cell).iter().fold((0.0, 0.0), |(sum, weight), &(other, w)| (sum + w * counts[other as usize], weight + w));
            if weight > 0.0 { sum / weight } else { 0.0 }
        })
        .collect();
    let total: f64 = around.iter().sum();
    let shown = |a: f64| if total > 0.0 { (1.0 - ANYWHERE) * a / total + ANYWHERE * even } else { even };
    let pairs: Vec<(f64, f64)> = counts.iter().zip(&around).map(|(&count, &a)| (count, n * shown(a))).collect();
    let shape = shape_from_moments(&pairs, 1.0);
    let estimates: Vec<f64> = pairs.iter().map(|&(count, expected)| shrink(count, expected, shape).mean).collect();
    let sum: f64 = estimates.iter().sum();
    let shares = estimates.into_iter().map(|e| if sum > 0.0 { e / sum } else { even }).collect();
    (shares, counts.iter().map(|count| 1.0 / (shape + count)).collect())
}
