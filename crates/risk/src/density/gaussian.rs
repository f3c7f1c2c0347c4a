//! The truncated Gaussian: a product of a row's and a column's factor, one multiplication and addition for each cell.

use super::Grid;
use super::spots::{Reach, Spots};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Where a Gaussian hill is cut off, east–west and north–south alike; its volume is then made 1 again.
///
/// Against the Gaussian that is never cut: inside, the hill is too high by [`Cut::excess`] of itself; outside, what is
/// missing is at most [`Cut::step`] of the hill's top, and in all [`Cut::missing_volume`] of its volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cut {
    /// At 3 σ: 0.54 % of the volume is missing, the step at the edge is 1.1 % of the top.
    Three,
    /// At 4 σ: 0.013 % of the volume is missing, the step at the edge is 0.034 % of the top.
    #[default]
    Four,
}

impl Cut {
    /// Standard deviations from the centre to the cut.
    #[must_use]
    pub const fn deviations(self) -> f64 {
        match self {
            Self::Three => 3.0,
            Self::Four => 4.0,
        }
    }

    /// Share of the volume of the whole Gaussian that lies beyond the cut: `1 − erf(c/√2)²`.
    #[must_use]
    pub fn missing_volume(self) -> f64 {
        1.0 - self.inside()
    }

    /// By how much of itself the hill is too high inside the cut.
    #[must_use]
    pub fn excess(self) -> f64 {
        1.0 / self.inside() - 1.0
    }

    /// The most that is missing anywhere beyond the cut, as a share of the hill's top: `exp(−c²/2)`.
    #[must_use]
    pub fn step(self) -> f64 {
        (-0.5 * self.deviations() * self.deviations()).exp()
    }

    /// Share of the volume inside: the square of the normal law's share within ±c.
    fn inside(self) -> f64 {
        let along: f64 = match self {
            Self::Three => 0.997_300_203_936_739_8,
            Self::Four => 0.999_936_657_516_333_7,
        };
        along * along
    }
}

/// Rows worked on together: the factors along the row are made once for all of them.
const ROWS: usize = 32;

/// Steps after which the recurrence starts anew, so that rounding stays at 1e-14.
const STEPS: usize = 64;

/// The density of every cell; `reach` is that of the cut, `sigma` the standard deviation in columns.
pub(super) fn density(spots: &Spots<1>, grid: &Grid, reach: &Reach, sigma: f64, cut: Cut, lowest: f64) -> Vec<f64> {
    let mut cells = vec![0.0; grid.columns() * grid.rows()];
    let columns = grid.columns();
    let [weights] = &spots.parameters;
    let (sigma_m, half_precision) = (sigma * grid.cell_width_m(), 0.5 / (sigma * sigma));
    let scale = 1e6 / (2.0 * std::f64::consts::PI * sigma_m * sigma_m * cut.inside());
    let steps: Vec<f64> = (0..STEPS).map(|k| (-((k * k) as f64) * half_precision).exp()).collect();
    cells.par_chunks_mut(columns * ROWS).enumerate().for_each_init(Vec::new, |along: &mut Vec<f64>, (chunk, rows)| {
        let first_row = chunk * ROWS;
        let row_count = rows.len() / columns;
        let all = spots.within(first_row, reach).start..spots.within(first_row + row_count - 1, reach).end;
        for i in all {
            let (x, y) = (spots.x[i], spots.y[i] / reach.aspect);
            let from = (x - reach.columns).ceil().clamp(0.0, columns as f64) as usize;
            let to = ((x + reach.columns).floor() + 1.0).clamp(from as f64, columns as f64) as usize;
            let half_rows = reach.columns / reach.aspect;
            let from_row = (y - half_rows).ceil().clamp(first_row as f64, (first_row + row_count) as f64) as usize;
            let to_row = ((y + half_rows).floor() + 1.0).clamp(from_row as f64, (first_row + row_count) as f64) as usize;
            if from == to || from_row == to_row {
                continue;
            }
            factors(along, from..to, x, half_precision, &steps);
            for row in from_row..to_row {
                let off = (row as f64 - y) * reach.aspect;
                let height = weights[i] * scale * (-off * off * half_precision).exp();
                let start = (row - first_row) * columns;
                for (cell, factor) in rows[start + from..start + to].iter_mut().zip(&*along) {
                    *cell += height * factor;
                }
            }
        }
        for cell in rows {
            *cell = cell.max(lowest);
        }
    });
    cells
}

/// `exp(−(column − x)² · half_precision)` for the columns, by `exp(−(t + k)²h) = exp(−t²h) · exp(−2th)ᵏ · exp(−k²h)`.
fn factors(along: &mut Vec<f64>, columns: std::ops::Range<usize>, x: f64, half_precision: f64, steps: &[f64]) {
    along.clear();
    for start in columns.clone().step_by(STEPS) {
        let t = start as f64 - x;
        let ratio = (-2.0 * t * half_precision).exp();
        let mut value = (-t * t * half_precision).exp();
        for step in &steps[..STEPS.min(columns.end - start)] {
            along.push(value * step);
            value *= ratio;
        }
    }
}
