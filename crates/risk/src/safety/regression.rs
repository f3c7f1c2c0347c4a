//! Negative binomial regression (NB2): a count's mean is `exp(offset + x'b)`, its variance `μ + kμ²`.
//!
//! Exact maximum likelihood for the coefficients and for k: Newton steps for the coefficients (for a given k the
//! log-likelihood is concave), a one-dimensional search for each k, in turn until neither moves. Where counts vary no more than
//! Poisson counts do, k is 0 and the model is Poisson's: the likelihood used is smooth there. Standard errors come from the
//! observed information of coefficients and k together. Same bits on any number of threads: rows are added up in fixed pieces.
//!
//! Cameron & Trivedi, "Regression Analysis of Count Data", 1998, §3.3; Lawless, Canadian J. Statist. 15, 1987.

mod likelihood;
mod refusal;

pub use refusal::FitError;

use super::linear::Symmetric;
use gongzhi_civic::text::Text;
use likelihood::CountTerms;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Rows added up as one piece.
const PIECE: usize = 4096;
/// Largest single count taken: the sums over a count's integers are written out.
pub const MAX_COUNT: u64 = 1_000_000;
/// A column less independent of the earlier ones than this share of its own square is dropped.
const INDEPENDENCE: f64 = 1e-10;
const MAX_ROUNDS: u32 = 200;
/// Half-width of a 95 % interval in standard errors.
pub(super) const Z95: f64 = 1.959_963_984_540_054;

/// One explaining variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Name, printed with its coefficient.
    pub name: String,
    /// One value for each count.
    pub values: Vec<f64>,
}

/// Counts and what may explain them. A constant is always in the model, as its first column, `constant`.
#[derive(Clone, Copy, Debug)]
pub struct Observations<'a> {
    /// Events, one number for each place.
    pub counts: &'a [u64],
    /// Explaining variables.
    pub columns: &'a [Column],
    /// Logarithm of an exposure that the mean is proportional to: years, kilometres. `None`: 0.
    pub offset: Option<&'a [f64]>,
    /// The k of a place is that of its group times this: `1/length` gives the form k/L of the Highway Safety Manual. `None`: 1.
    pub dispersion_scale: Option<&'a [f64]>,
    /// Which k a place has, 0, 1, 2, …; `None`: one k for all.
    pub groups: Option<&'a [u32]>,
}

/// An estimated coefficient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// Name of the column.
    pub name: String,
    /// Estimate.
    pub value: f64,
    /// Standard error from the observed information.
    pub standard_error: f64,
}

/// The overdispersion of a group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dispersion {
    /// k: variance is `μ + kμ²`; 0 where counts vary no more than Poisson counts do.
    pub k: f64,
    /// Standard error; `None` where k is 0, the end of what is possible.
    pub standard_error: Option<f64>,
    /// Places of the group.
    pub n: usize,
}

/// A fitted model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// Constant first, then the columns kept, in the order passed in.
    pub coefficients: Vec<Coefficient>,
    /// Columns left out because earlier ones already say the same.
    pub dropped: Vec<String>,
    /// k by group.
    pub dispersion: Vec<Dispersion>,
    /// Places.
    pub n: usize,
    /// Events.
    pub events: u64,
    /// Log-likelihood, with all constants.
    pub log_likelihood: f64,
    /// Log-likelihood of the Poisson model with the same columns.
    pub poisson_log_likelihood: f64,
    /// Akaike's criterion: `2·(parameters) − 2ℓ`, each k above 0 counted.
    pub aic: f64,
    /// Pearson's χ²: `Σ (y − μ)²/(μ + kμ²)`.
    pub pearson: f64,
    /// Places less coefficients.
    pub degrees_of_freedom: usize,
    /// Passes over the data that moved the coefficients.
    pub rounds: u32,
    /// Covariance of the coefficients, row after row.
    pub covariance: Vec<f64>,
    /// Fitted mean of each place.
    #[serde(skip)]
    pub means: Vec<f64>,
}

/// Name of the constant's column.
pub const CONSTANT: &str = "constant";

/// Fits the model by maximum likelihood.
///
/// # Errors
/// [`FitError`].
pub fn fit(observations: &Observations) -> Result<Fit, FitError> {
    check(observations)?;
    let all = design(observations);
    let kept = all.square().independent(INDEPENDENCE);
    let name = |column: usize| if column == 0 { CONSTANT.to_owned() } else { observations.columns[column - 1].name.clone() };
    let dropped = (0..all.width).filter(|c| !kept.contains(c)).map(name).collect();
    let rows = all.only(&kept);
    if rows.n() <= rows.width {
        return Err(FitError::TooFew { n: rows.n(), coefficients: rows.width });
    }
    if let Some(column) = rows.separated() {
        return Err(FitError::Separated { column: name(kept[column]) });
    }
    let names = kept.iter().map(|&c| name(c)).collect();
    Search::new(&rows).run(names, dropped)
}

fn check(o: &Observations) -> Result<(), FitError> {
    let n = o.counts.len();
    let lists = o.columns.iter().map(|c| (c.name.as_str(), c.values.as_slice()));
    let lists = lists.chain(o.offset.map(|v| ("offset", v))).chain(o.dispersion_scale.map(|v| ("dispersion_scale", v)));
    for (name, values) in lists {
        if values.len() != n {
            return Err(FitError::Length { name: name.to_owned(), len: values.len(), n });
        }
        if let Some(place) = values.iter().position(|v| !v.is_finite()) {
            return Err(FitError::Value { name: name.to_owned(), place, value: values[place] });
        }
    }
    if let Some((place, &value)) = o.dispersion_scale.and_then(|s| s.iter().enumerate().find(|(_, v)| **v <= 0.0)) {
        return Err(FitError::Value { name: "dispersion_scale".to_owned(), place, value });
    }
    if let Some(groups) = o.groups {
        if groups.len() != n {
            return Err(FitError::Length { name: "groups".to_owned(), len: groups.len(), n });
        }
        if let Some(place) = groups.iter().position(|g| *g as usize >= n) {
            return Err(FitError::Value { name: "groups".to_owned(), place, value: f64::from(groups[place]) });
        }
    }
    if let Some(&count) = o.counts.iter().find(|c| **c > MAX_COUNT) {
        return Err(FitError::Count(count));
    }
    if o.counts.iter().all(|c| *c == 0) {
        return Err(FitError::NoEvents);
    }
    Ok(())
}

/// The data as the search reads them: the explaining variables row after row.
struct Rows {
    counts: Vec<u64>,
    x: Vec<f64>,
    width: usize,
    offset: Vec<f64>,
    scale: Option<Vec<f64>>,
    group: Vec<u32>,
    groups: usize,
}

fn design(o: &Observations) -> Rows {
    let n = o.counts.len();
    let width = o.columns.len() + 1;
    let mut x = vec![1.0; n * width];
    for (column, c) in o.columns.iter().enumerate() {
        for (row, value) in c.values.iter().enumerate() {
            x[row * width + column + 1] = *value;
        }
    }
    let group = o.groups.map_or_else(|| vec![0; n], <[u32]>::to_vec);
    let groups = group.iter().max().map_or(1, |g| *g as usize + 1);
    let offset = o.offset.map_or_else(|| vec![0.0; n], <[f64]>::to_vec);
    Rows { counts: o.counts.to_vec(), x, width, offset, scale: o.dispersion_scale.map(<[f64]>::to_vec), group, groups }
}

impl Rows {
    fn n(&self) -> usize {
        self.counts.len()
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.x[row * self.width..(row + 1) * self.width]
    }

    /// Own k of a place, from the k of its group.
    fn own(&self, row: usize, k: &[f64]) -> f64 {
        k[self.group[row] as usize] * self.scale_of(row)
    }

    fn scale_of(&self, row: usize) -> f64 {
        self.scale.as_ref().map_or(1.0, |s| s[row])
    }

    /// Adds up over all rows: in pieces of fixed size, and the pieces in order, so that threads change nothing.
    fn sum<T: Send>(&self, piece: impl Fn(std::ops::Range<usize>) -> T + Sync, mut add: impl FnMut(T)) {
        let pieces: Vec<T> =
            (0..self.n().div_ceil(PIECE)).into_par_iter().map(|p| piece(p * PIECE..((p + 1) * PIECE).min(self.n()))).collect();
        pieces.into_iter().for_each(&mut add);
    }

    fn square(&self) -> Symmetric {
        let ones = |_: usize| (1.0, 0.0);
        self.normal_equations(&ones).0
    }

    /// `X'WX` and `X'r` where `of(row)` gives weight and right-hand side of a row.
    fn normal_equations(&self, of: &(impl Fn(usize) -> (f64, f64) + Sync)) -> (Symmetric, Vec<f64>) {
        let p = self.width;
        let (mut square, mut right) = (Symmetric::zero(p), vec![0.0; p]);
        self.sum(
            |range| {
                let (mut square, mut right) = (vec![0.0; p * p], vec![0.0; p]);
                for row in range {
                    let (weight, r) = of(row);
                    let x = self.row(row);
                    for (a, (xa, sum)) in x.iter().zip(&mut right).enumerate() {
                        *sum += r * xa;
                        let weighted = weight * xa;
                        for (cell, xb) in square[a * p + a..(a + 1) * p].iter_mut().zip(&x[a..]) {
                            *cell += weighted * xb;
                        }
                    }
                }
                (square, right)
            },
            |(s, r)| {
                square.cells.iter_mut().zip(s).for_each(|(sum, v)| *sum += v);
                right.iter_mut().zip(r).for_each(|(sum, v)| *sum += v);
            },
        );
        for a in 0..p {
            for b in a..p {
                square.set(a, b, square.at(a, b));
            }
        }
        (square, right)
    }

    fn only(mut self, kept: &[usize]) -> Self {
        if kept.len() < self.width {
            self.x = (0..self.n()).flat_map(|row| kept.iter().map(move |&c| (row, c))).map(|(row, c)| self.row(row)[c]).collect();
            self.width = kept.len();
        }
        self
    }

    /// A column whose coefficient runs to infinity: of one sign, and without events wherever it is not 0.
    fn separated(&self) -> Option<usize> {
        (1..self.width).find(|&c| {
            let marked = || (0..self.n()).filter(move |&row| self.row(row)[c] != 0.0);
            let one_sign = marked().all(|row| self.row(row)[c] > 0.0) || marked().all(|row| self.row(row)[c] < 0.0);
            one_sign && marked().all(|row| self.counts[row] == 0)
        })
    }
}

/// The search for the maximum.
struct Search<'a> {
    rows: &'a Rows,
    b: Vec<f64>,
    k: Vec<f64>,
    eta: Vec<f64>,
    mu: Vec<f64>,
    largest: Vec<u64>,
}

impl<'a> Search<'a> {
    fn new(rows: &'a Rows) -> Self {
        let mut largest = vec![0; rows.groups];
        for (row, &count) in rows.counts.iter().enumerate() {
            let most = &mut largest[rows.group[row] as usize];
            *most = count.max(*most);
        }
        Self { rows, b: vec![0.0; rows.width], k: vec![0.0; rows.groups], eta: Vec::new(), mu: Vec::new(), largest }
    }

    fn run(mut self, names: Vec<String>, dropped: Vec<String>) -> Result<Fit, FitError> {
        self.start()?;
        let mut rounds = 0;
        // Poisson first: it tells whether there is any overdispersion to estimate, and is where k = 0 ends.
        while !self.improve(&mut rounds, &names)? {}
        let poisson = self.log_likelihood(&self.mu, &self.eta, &self.k);
        loop {
            let moved = self.search_dispersion(&names)?;
            if moved < 1e-9 && self.improve(&mut rounds, &names)? {
                break;
            }
            if moved >= 1e-9 {
                self.improve(&mut rounds, &names)?;
            }
        }
        Ok(self.finish(names, dropped, poisson, rounds))
    }

    /// One weighted regression on the logarithm of counts drawn half-way to their mean: the usual start.
    fn start(&mut self) -> Result<(), FitError> {
        let rows = self.rows;
        let mean = rows.counts.iter().sum::<u64>() as f64 / rows.n() as f64;
        let (square, right) = rows.normal_equations(&|row| {
            let mu = f64::midpoint(rows.counts[row] as f64, mean);
            let working = mu.ln() - rows.offset[row] + (rows.counts[row] as f64 - mu) / mu;
            (mu, mu * working)
        });
        self.b = square.factor().ok_or(FitError::NotSettled { rounds: 0 })?.solve(&right);
        (self.eta, self.mu) = self.means(&self.b);
        Ok(())
    }

    fn means(&self, b: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let rows = self.rows;
        let eta: Vec<f64> = (0..rows.n())
            .into_par_iter()
            .with_min_len(PIECE)
            .map(|row| {
                let sum: f64 = rows.row(row).iter().zip(b).map(|(x, b)| x * b).sum();
                (sum + rows.offset[row]).clamp(-700.0, 700.0)
            })
            .collect();
        let mu = eta.par_iter().with_min_len(PIECE).map(|e| e.exp()).collect();
        (eta, mu)
    }

    fn terms(&self, group: usize, k: f64) -> Vec<CountTerms> {
        if self.rows.scale.is_none() { CountTerms::table(self.largest[group], k) } else { Vec::new() }
    }

    /// Log-likelihood without `ln y!`.
    fn log_likelihood(&self, mu: &[f64], eta: &[f64], k: &[f64]) -> f64 {
        let rows = self.rows;
        let tables: Vec<Vec<CountTerms>> = k.iter().enumerate().map(|(g, &k)| self.terms(g, k)).collect();
        let mut sum = 0.0;
        rows.sum(
            |range| {
                range
                    .map(|row| {
                        let (count, own) = (rows.counts[row], rows.own(row, k));
                        let terms = terms_of(&tables[rows.group[row] as usize], count, own);
                        likelihood::value(count as f64, terms, eta[row], mu[row], own)
                    })
                    .sum::<f64>()
            },
            |piece| sum += piece,
        );
        sum
    }

    /// Weight and score of a place in its linear predictor: the observed information, which for given k is positive.
    fn working(&self, row: usize) -> (f64, f64) {
        let (count, mu, k) = (self.rows.counts[row] as f64, self.mu[row], self.rows.own(row, &self.k));
        let below = 1.0 + k * mu;
        (mu * (1.0 + k * count) / (below * below), (count - mu) / below)
    }

    /// A Newton step of the coefficients, halved until it does not lead downhill; true once it moves nothing.
    fn improve(&mut self, rounds: &mut u32, names: &[String]) -> Result<bool, FitError> {
        *rounds += 1;
        let (square, right) = self.rows.normal_equations(&|row| self.working(row));
        let Some(factor) = square.factor().filter(|_| *rounds <= MAX_ROUNDS) else { return Err(self.unsettled(*rounds, names)) };
        let step = factor.solve(&right);
        // What a step is worth in log-likelihood, twice: small against the uncertainty of the data, not of one column's unit.
        let worth: f64 = step.iter().zip(&right).map(|(s, r)| s * r).sum();
        let before = if worth > 1e-6 { self.log_likelihood(&self.mu, &self.eta, &self.k) } else { f64::NEG_INFINITY };
        let mut share = 1.0;
        loop {
            let b: Vec<f64> = self.b.iter().zip(&step).map(|(b, s)| b + share * s).collect();
            let (eta, mu) = self.means(&b);
            if share < 1e-6 || worth <= 1e-6 || self.log_likelihood(&mu, &eta, &self.k) >= before {
                (self.b, self.eta, self.mu) = (b, eta, mu);
                return Ok(worth < 1e-16);
            }
            share *= 0.5;
        }
    }

    /// Names the column that ran away, if one did.
    fn unsettled(&self, rounds: u32, names: &[String]) -> FitError {
        let far = |c: usize| self.b[c].abs() * (0..self.rows.n()).map(|row| self.rows.row(row)[c].abs()).fold(0.0, f64::max);
        if self.eta.iter().all(|e| *e > -25.0) {
            return FitError::NotSettled { rounds };
        }
        match (1..self.rows.width).max_by(|&a, &b| far(a).total_cmp(&far(b))) {
            Some(column) => FitError::Separated { column: names[column].clone() },
            None => FitError::NotSettled { rounds },
        }
    }

    /// Sets every k to the best for the present means; how far they moved, relative.
    fn search_dispersion(&mut self, names: &[String]) -> Result<f64, FitError> {
        let mut moved = 0.0_f64;
        for group in 0..self.rows.groups {
            let k = self.best_dispersion(group).ok_or_else(|| self.unsettled(MAX_ROUNDS, names))?;
            moved = moved.max((k - self.k[group]).abs() / k.max(self.k[group]).max(1e-12));
            self.k[group] = k;
        }
        Ok(moved)
    }

    /// First and second derivative of the log-likelihood in the k of a group.
    fn slope(&self, group: usize, k: f64) -> (f64, f64) {
        let rows = self.rows;
        let table = self.terms(group, k);
        let (mut first, mut second) = (0.0, 0.0);
        rows.sum(
            |range| {
                let (mut first, mut second) = (0.0, 0.0);
                for row in range.filter(|&row| rows.group[row] as usize == group) {
                    let (count, scale) = (rows.counts[row], rows.scale_of(row));
                    let (d1, d2) = likelihood::in_dispersion(count as f64, terms_of(&table, count, k * scale), self.mu[row], k * scale);
                    first += d1 * scale;
                    second += d2 * scale * scale;
                }
                (first, second)
            },
            |(d1, d2)| {
                first += d1;
                second += d2;
            },
        );
        (first, second)
    }

    /// Newton steps in ln k inside a bracket that only shrinks; `None` where k grows without end.
    fn best_dispersion(&self, group: usize) -> Option<f64> {
        if self.slope(group, 0.0).0 <= 0.0 {
            return Some(0.0);
        }
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut k = if self.k[group] > 0.0 { self.k[group] } else { 0.5 };
        for _ in 0..200 {
            let (first, second) = self.slope(group, k);
            if first > 0.0 {
                low = k;
            } else {
                high = k;
            }
            let (f, slope) = (first * k, second * k * k + first * k);
            let step = if slope < 0.0 { (-f / slope).clamp(-3.0, 3.0) } else { 3.0 * f.signum() };
            // Before the bracket is asked: at the maximum itself a step of rounding size may lie outside it.
            if step.abs() < 1e-11 {
                return Some(k);
            }
            let mut next = k * step.exp();
            if next <= low || next >= high {
                next = if low > 0.0 { (low * high).sqrt() } else { high / 16.0 };
            }
            if next > 1e8 {
                return None;
            }
            if next < 1e-12 {
                return Some(0.0);
            }
            k = next;
        }
        Some(k)
    }

    fn finish(self, names: Vec<String>, dropped: Vec<String>, poisson: f64, rounds: u32) -> Fit {
        let rows = self.rows;
        let information = self.information();
        let p = rows.width;
        // With every k above 0 the information is positive at a maximum; a flat k falls back to the coefficients' own block.
        let inverse = information.factor().or_else(|| block(&information, p).factor()).map(|f| f.inverse());
        let variance = |i: usize| inverse.as_ref().filter(|m| i < m.size).map_or(f64::NAN, |m| m.at(i, i));
        let coefficients = names.into_iter().zip(&self.b).enumerate();
        let coefficients =
            coefficients.map(|(i, (name, &value))| Coefficient { name, value, standard_error: variance(i).sqrt() }).collect();
        let mut next = p;
        let dispersion = (0..rows.groups)
            .map(|group| {
                let n = rows.group.iter().filter(|g| **g as usize == group).count();
                let k = self.k[group];
                let standard_error = (k > 0.0).then(|| {
                    next += 1;
                    variance(next - 1).sqrt()
                });
                Dispersion { k, standard_error: standard_error.filter(|s| s.is_finite()), n }
            })
            .collect();
        let covariance = (0..p * p).map(|i| inverse.as_ref().map_or(f64::NAN, |m| m.at(i / p, i % p))).collect();
        let factorials: f64 = rows.counts.iter().filter(|c| **c > 1).map(|c| crate::special::ln_gamma(*c as f64 + 1.0)).sum();
        let log_likelihood = self.log_likelihood(&self.mu, &self.eta, &self.k) - factorials;
        let mut pearson = 0.0;
        rows.sum(
            |range| {
                let residual = |row: usize| rows.counts[row] as f64 - self.mu[row];
                range.map(|row| residual(row).powi(2) / (self.mu[row] * (1.0 + rows.own(row, &self.k) * self.mu[row]))).sum::<f64>()
            },
            |piece| pearson += piece,
        );
        let parameters = p + self.k.iter().filter(|k| **k > 0.0).count();
        Fit {
            coefficients,
            dropped,
            dispersion,
            n: rows.n(),
            events: rows.counts.iter().sum(),
            log_likelihood,
            poisson_log_likelihood: poisson - factorials,
            aic: 2.0 * parameters as f64 - 2.0 * log_likelihood,
            pearson,
            degrees_of_freedom: rows.n() - p,
            rounds,
            covariance,
            means: self.mu,
        }
    }

    /// Observed information of the coefficients and of every k above 0.
    fn information(&self) -> Symmetric {
        let rows = self.rows;
        let p = rows.width;
        let (square, _) = rows.normal_equations(&|row| self.working(row));
        let positive: Vec<usize> = (0..rows.groups).filter(|&g| self.k[g] > 0.0).collect();
        let mut information = Symmetric::zero(p + positive.len());
        for a in 0..p {
            for b in a..p {
                information.set(a, b, square.at(a, b));
            }
        }
        for (i, &group) in positive.iter().enumerate() {
            let (_, second) = self.slope(group, self.k[group]);
            information.set(p + i, p + i, -second);
            let (_, mixed) = rows.normal_equations(&|row| {
                if rows.group[row] as usize != group {
                    return (0.0, 0.0);
                }
                let (mu, own) = (self.mu[row], rows.own(row, &self.k));
                (0.0, rows.scale_of(row) * (rows.counts[row] as f64 - mu) * mu / (1.0 + own * mu).powi(2))
            });
            for (a, value) in mixed.into_iter().enumerate() {
                information.set(a, p + i, value);
            }
        }
        information
    }
}

fn block(matrix: &Symmetric, size: usize) -> Symmetric {
    let mut block = Symmetric::zero(size);
    for a in 0..size {
        for b in a..size {
            block.set(a, b, matrix.at(a, b));
        }
    }
    block
}

fn terms_of(table: &[CountTerms], count: u64, k: f64) -> CountTerms {
    table.get(count as usize).copied().unwrap_or_else(|| CountTerms::of(count, k))
}

impl Fit {
    /// Coefficient of a column; 0 for a column that was dropped or never there.
    #[must_use]
    pub fn coefficient(&self, name: &str) -> f64 {
        self.coefficients.iter().find(|c| c.name == name).map_or(0.0, |c| c.value)
    }

    /// Pearson's χ² per degree of freedom: near 1 where the variance is described right.
    #[must_use]
    pub fn pearson_ratio(&self) -> f64 {
        self.pearson / self.degrees_of_freedom as f64
    }

    /// Mean for given values of the columns; a column not named counts as 0.
    #[must_use]
    pub fn mean(&self, values: &[(&str, f64)], offset: f64) -> f64 {
        let sum: f64 = values.iter().map(|(name, value)| self.coefficient(name) * value).sum();
        (self.coefficient(CONSTANT) + sum + offset).exp()
    }

    /// The method and how well it fits, in a sentence.
    #[must_use]
    pub fn text(&self) -> Text {
        let (n, events, ratio, aic) = (self.n, self.events, self.pearson_ratio(), self.aic);
        let poisson = self.dispersion.iter().all(|d| d.k == 0.0);
        let (zh_model, en_model) = if poisson {
            ("泊松回归（未见过度离散）", "Poisson regression (no overdispersion found)")
        } else {
            ("负二项回归（NB2）", "Negative binomial regression (NB2)")
        };
        let dropped = self.dropped.join(", ");
        let (zh_dropped, en_dropped) = if dropped.is_empty() {
            (String::new(), String::new())
        } else {
            (format!("；与其他变量重复而剔除：{dropped}"), format!("; left out as others say the same: {dropped}"))
        };
        Text::new(
            format!("{zh_model}，极大似然；{n} 处、{events} 起；皮尔逊 χ²/自由度 {ratio:.2}，AIC {aic:.1}{zh_dropped}"),
            format!("{en_model}, maximum likelihood; {n} places, {events} events; Pearson χ²/df {ratio:.2}, AIC {aic:.1}{en_dropped}"),
        )
    }
}
