//! How far reality strays from a forecast, and over what it strays together.

use serde::{Deserialize, Serialize};

use super::Mean;
use super::week::HOURS;

/// Median of the square of a normal number of variance 1.
const MEDIAN_SQUARE: f64 = 0.454_936;
/// A week more than three times as far off as usual counts as three times: one Spring Festival must not widen a year of intervals.
const FAR: f64 = 9.0;

/// Relative variances beyond that of independent calls: counts of two cells and hours have the covariance
/// `μ μ' · (week + hour [same hour] + cell [same cell] + single [both])`. What cells gain, other cells lose: the cells'
/// part sums to nothing over the city.
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
    /// Of these, weeks farther off than three times the usual: what the intervals do not promise to hold.
    pub far_off: u32,
}

/// Sums over cells of their shares: plain, squared, and squared times how unsure each is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shares {
    pub(super) plain: f64,
    pub(super) squared: f64,
    pub(super) unsure: f64,
}

impl Shares {
    pub(super) fn add(&mut self, share: f64, unsure: f64) {
        self.plain += share;
        self.squared += share * share;
        self.unsure += share * share * unsure;
    }

    pub(super) fn of(shares: &[f64], unsure: &[f64]) -> Self {
        let mut sums = Self::default();
        shares.iter().zip(unsure).for_each(|(&s, &u)| sums.add(s, u));
        sums
    }

    /// Variance of the sum of parts that are independent but for summing to nothing over all: each loses its share of the whole's sum.
    fn balanced(part: f64, share: f64, whole: f64) -> f64 {
        (part * (1.0 - 2.0 * share) + share * share * whole).max(0.0)
    }
}

impl Dispersion {
    /// Variance beyond Poisson's over the squared week's total, of a sum over hours (sum and squares of their shares) and
    /// some cells, `city` being all of them.
    pub(super) fn relative(&self, hours: f64, hours_squared: f64, cells: &Shares, city: &Shares) -> f64 {
        let both = cells.plain * cells.plain;
        let part = self.cell * cells.squared + cells.unsure;
        let whole = self.cell * city.squared + city.unsure;
        self.week * hours * hours * both
            + self.hour * hours_squared * both
            + Shares::balanced(part, cells.plain, whole) * hours * hours
            + self.single * hours_squared * cells.squared
    }
}

/// Errors of the weeks forecast again.
#[derive(Default)]
pub(super) struct Strayed {
    weeks: Vec<Week>,
}

/// Squared errors beyond Poisson's of one week at four levels of detail (week, hour, cell, single), and what each
/// variance would add to them.
struct Week {
    surplus: [f64; 4],
    /// Rows as `surplus`; columns as the variances.
    design: [[f64; 4]; 4],
    /// Squared relative error of the total.
    error: f64,
    mean: f64,
}

impl Strayed {
    /// One week that was forecast from the weeks before it, and its calls in order of cell and hour.
    pub(super) fn add(&mut self, mean: &Mean, calls: impl Iterator<Item = (u32, u32)> + Clone) {
        let m = mean.expected;
        if m <= 0.0 {
            return;
        }
        let mut by_hour = vec![0.0; HOURS];
        let mut by_cell = vec![0.0; mean.shares.len()];
        for (cell, hour) in calls.clone() {
            by_hour[hour as usize] += 1.0;
            by_cell[cell as usize] += 1.0;
        }
        let n: f64 = by_hour.iter().sum();
        let strayed = |came: &[f64], shares: &[f64]| came.iter().zip(shares).map(|(y, s)| (y - m * s).powi(2) - m * s).sum::<f64>();
        let city = Shares::of(&mean.shares, &mean.unsure);
        let (h, s, mm): (f64, f64, f64) = (mean.hours.iter().map(|h| h * h).sum(), city.squared, m * m);
        // Most cells have no call in most hours: Σ (y − μ)² is taken apart, and only Σ y² − 2 y μ visits the calls.
        let mut single = mm * h * s - m;
        let mut calls = calls.peekable();
        while let Some(at) = calls.next() {
            let mut y = 1.0;
            while calls.next_if_eq(&at).is_some() {
                y += 1.0;
            }
            single += y * y - 2.0 * y * m * mean.shares[at.0 as usize] * mean.hours[at.1 as usize];
        }
        // Each cell by itself, as `Dispersion::relative` counts it.
        let each = |part: &dyn Fn(f64, f64) -> f64, whole: f64| -> f64 {
            mean.shares.iter().zip(&mean.unsure).map(|(&s, &u)| Shares::balanced(part(s, u), s, whole)).sum()
        };
        let (cell, own) = (each(&|s, _| s * s, city.squared), each(&|s, u| s * s * u, city.unsure));
        let surplus =
            [(n - m).powi(2) - m, strayed(&by_hour, &mean.hours), strayed(&by_cell, &mean.shares) - mm * own, single - mm * own * h];
        let rows = [[1.0, h, 0.0, h * s], [h, h, 0.0, h * s], [s, s * h, cell, s * h], [s * h, s * h, cell * h, s * h]];
        let design = rows.map(|row| row.map(|x| x * mm));
        self.weeks.push(Week { surplus, design, error: (n - m).powi(2) / mm, mean: m });
    }

    /// The variances, none negative, that explain the errors best: least squares over the four levels, each weighed by how
    /// sure it is under independent calls (variance of `Σ (y − μ)² − μ`: about `2 Σ μ²`).
    pub(super) fn solve(&self) -> Dispersion {
        let mut errors: Vec<f64> = self.weeks.iter().map(|w| w.error).collect();
        errors.sort_by(f64::total_cmp);
        let usual = errors.get(errors.len() / 2).map_or(0.0, |m| m / MEDIAN_SQUARE);
        let (mut surplus, mut design, mut far_off) = ([0.0; 4], [[0.0; 4]; 4], 0);
        for week in &self.weeks {
            let far = week.error > FAR * usual.max(1.0 / week.mean);
            far_off += u32::from(far);
            let bound = FAR * usual.max(1.0 / week.mean) * week.mean * week.mean - week.mean;
            // A week far off says nothing about its hours and cells beyond that.
            for row in 0..if far { 1 } else { 4 } {
                surplus[row] += week.surplus[row].min(if row == 0 { bound } else { f64::INFINITY });
                design[row].iter_mut().zip(week.design[row]).for_each(|(sum, x)| *sum += x);
            }
        }
        let measured = Dispersion { weeks: self.weeks.len() as u32, far_off, ..Dispersion::default() };
        for row in 0..4 {
            let size = design[row][row].sqrt();
            if size <= 0.0 {
                return measured;
            }
            surplus[row] /= size;
            design[row].iter_mut().for_each(|x| *x /= size);
        }
        let [week, hour, cell, single] = nonnegative(&design, &surplus);
        Dispersion { week, hour, cell, single, ..measured }
    }
}

/// Least squares with no unknown below 0, by coordinate descent: a convex problem in four unknowns.
fn nonnegative(design: &[[f64; 4]; 4], wanted: &[f64; 4]) -> [f64; 4] {
    let mut found = [0.0_f64; 4];
    for _ in 0..20_000 {
        let before = found;
        for column in 0..4 {
            let (mut pull, mut size) = (0.0, 0.0);
            for row in 0..4 {
                let others: f64 = (0..4).filter(|&c| c != column).map(|c| design[row][c] * found[c]).sum();
                pull += design[row][column] * (wanted[row] - others);
                size += design[row][column] * design[row][column];
            }
            found[column] = (pull / size).max(0.0);
        }
        if found == before {
            break;
        }
    }
    found
}
