//! How far reality strays from a forecast, and over what it strays together.

use serde::{Deserialize, Serialize};

use super::week::HOURS;
use super::{Mean, Squares};

/// Relative variances beyond that of independent calls: counts of two cells and hours have the covariance
/// `μ μ' · (week + hour [same hour] + cell [same cell] + single [both])`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dispersion {
    /// Shared by the whole week: a wet week, a wrong level.
    pub week: f64,
    /// Shared by all cells in one hour: a storm.
    pub hour: f64,
    /// Shared by all hours of one cell, beyond what its own past leaves open: road works.
    pub cell: f64,
    /// Of one cell and hour alone: ten calls about one crash.
    pub single: f64,
    /// Weeks it was measured on.
    pub weeks: u32,
}

impl Dispersion {
    /// Variance beyond Poisson's over the squared week's total, of a sum over hours and cells: `hours` and `cells` are
    /// squares of the summed shares, the others sums of squared shares.
    pub(super) fn relative(&self, hours: f64, hours_squared: f64, cells: f64, cells_squared: &Squares) -> f64 {
        self.week * hours * cells
            + self.hour * hours_squared * cells
            + (self.cell * cells_squared.plain + cells_squared.unsure) * hours
            + self.single * hours_squared * cells_squared.plain
    }
}

/// Squared errors beyond Poisson's at four levels of detail, and what each variance would have added to them.
#[derive(Default)]
pub(super) struct Strayed {
    /// Week, hour, cell, single: sums of `(y − μ)² − μ`, less what the cells' own uncertainty explains.
    surplus: [f64; 4],
    /// Rows as `surplus`; columns as the variances.
    design: [[f64; 4]; 4],
    weeks: u32,
}

impl Strayed {
    /// One week that was forecast from the weeks before it, and its calls in order of cell and hour.
    pub(super) fn add(&mut self, mean: &Mean, calls: impl Iterator<Item = (u32, u32)> + Clone) {
        let m = mean.expected;
        let squares = Squares::of(&mean.shares, &mean.unsure);
        let hours: f64 = mean.hours.iter().map(|h| h * h).sum();
        let (mm, s) = (m * m, squares.plain);
        let rows = [
            [1.0, hours, s, hours * s],
            [hours, hours, hours * s, hours * s],
            [s, s * hours, s, s * hours],
            [s * hours; 4],
        ];
        let own = [squares.unsure, squares.unsure * hours, squares.unsure, squares.unsure * hours];
        let mut by_hour = vec![0.0; HOURS];
        let mut by_cell = vec![0.0; mean.shares.len()];
        for (cell, hour) in calls.clone() {
            by_hour[hour as usize] += 1.0;
            by_cell[cell as usize] += 1.0;
        }
        let n: f64 = by_hour.iter().sum();
        let strayed = |came: &[f64], shares: &[f64]| came.iter().zip(shares).map(|(y, s)| (y - m * s).powi(2) - m * s).sum::<f64>();
        // Most cells have no call in most hours: Σ (y − μ)² is taken apart, and only Σ y² − 2 y μ visits the calls.
        let mut single = mm * hours * s - m;
        let mut calls = calls.peekable();
        while let Some(at) = calls.next() {
            let mut y = 1.0;
            while calls.next_if_eq(&at).is_some() {
                y += 1.0;
            }
            single += y * y - 2.0 * y * m * mean.shares[at.0 as usize] * mean.hours[at.1 as usize];
        }
        let surplus = [(n - m).powi(2) - m, strayed(&by_hour, &mean.hours), strayed(&by_cell, &mean.shares), single];
        for row in 0..4 {
            self.surplus[row] += surplus[row] - mm * own[row];
            for column in 0..4 {
                self.design[row][column] += mm * rows[row][column];
            }
        }
        self.weeks += 1;
    }

    /// The variances, none negative, that explain the errors best: least squares over the four
    /// levels, each weighed by how sure it is under independent calls (variance of `Σ (y − μ)² − μ`: about `2 Σ μ²`).
    pub(super) fn solve(&self) -> Dispersion {
        let (mut design, mut surplus) = (self.design, self.surplus);
        for row in 0..4 {
            let size = self.design[row][row].sqrt();
            if size <= 0.0 {
                return Dispersion { weeks: self.weeks, ..Dispersion::default() };
            }
            surplus[row] /= size;
            design[row].iter_mut().for_each(|x| *x /= size);
        }
        // Coordinate descent of a convex problem in four unknowns.
        let mut found = [0.0_f64; 4];
        for _ in 0..20_000 {
            let before = found;
            for column in 0..4 {
                let (mut pull, mut size) = (0.0, 0.0);
                for row in 0..4 {
                    let others: f64 = (0..4).filter(|&c| c != column).map(|c| design[row][c] * found[c]).sum();
                    pull += design[row][column] * (surplus[row] - others);
                    size += design[row][column] * design[row][column];
                }
                found[column] = (pull / size).max(0.0);
            }
            if found == before {
                break;
            }
        }
        let [week, hour, cell, single] = found;
        Dispersion { week, hour, cell, single, weeks: self.weeks }
    }
}
