//! Small symmetric systems: which columns can be told apart, solving, inverting.

/// A symmetric matrix of `size` rows, all of it stored, row after row.
#[derive(Clone, Debug)]
pub(super) struct Symmetric {
    pub(super) size: usize,
    pub(super) cells: Vec<f64>,
}

impl Symmetric {
    pub(super) fn zero(size: usize) -> Self {
        Self { size, cells: vec![0.0; size * size] }
    }

    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.size + column]
    }

    pub(super) fn set(&mut self, row: usize, column: usize, value: f64) {
        self.cells[row * self.size + column] = value;
        self.cells[column * self.size + row] = value;
    }

    /// Columns that are not, to `tolerance` of their own square, a sum of earlier columns; in order.
    pub(super) fn independent(&self, tolerance: f64) -> Vec<usize> {
        let mut kept: Vec<usize> = Vec::new();
        let mut rows: Vec<Vec<f64>> = Vec::new();
        for column in 0..self.size {
            let mut row = Vec::with_capacity(kept.len() + 1);
            for (i, &other) in kept.iter().enumerate() {
                let sum: f64 = (0..i).map(|j| row[j] * rows[i][j]).sum::<f64>();
                row.push((self.at(column, other) - sum) / rows[i][i]);
            }
            let left = self.at(column, column) - row.iter().map(|v| v * v).sum::<f64>();
            if left > tolerance * self.at(column, column) {
                row.push(left.sqrt());
                rows.push(row);
                kept.push(column);
            }
        }
        kept
    }

    /// The lower triangle of the Cholesky factor; `None` where the matrix is not positive definite.
    pub(super) fn factor(&self) -> Option<Factor> {
        let n = self.size;
        let mut lower = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let sum: f64 = (0..j).map(|k| lower[i * n + k] * lower[j * n + k]).sum();
                let left = self.at(i, j) - sum;
                if i == j {
                    // A NaN is not positive either.
                    if !(left > 0.0 && left.is_finite()) {
                        return None;
                    }
                    lower[i * n + i] = left.sqrt();
                } else {
                    lower[i * n + j] = left / lower[j * n + j];
                }
            }
        }
        Some(Factor { size: n, lower })
    }
}

/// A Cholesky factor.
pub(super) struct Factor {
    size: usize,
    lower: Vec<f64>,
}

impl Factor {
    pub(super) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let (n, l) = (self.size, &self.lower);
        let mut x = right.to_vec();
        for i in 0..n {
            let sum: f64 = (0..i).map(|k| l[i * n + k] * x[k]).sum();
            x[i] = (x[i] - sum) / l[i * n + i];
        }
        for i in (0..n).rev() {
            let sum: f64 = (i + 1..n).map(|k| l[k * n + i] * x[k]).sum();
            x[i] = (x[i] - sum) / l[i * n + i];
        }
        x
    }

    pub(super) fn inverse(&self) -> Symmetric {
        let mut inverse = Symmetric::zero(self.size);
        for column in 0..self.size {
            let mut unit = vec![0.0; self.size];
            unit[column] = 1.0;
            let x = self.solve(&unit);
            for (row, value) in x.into_iter().enumerate().skip(column) {
                inverse.set(row, column, value);
            }
        }
        inverse
    }
}
