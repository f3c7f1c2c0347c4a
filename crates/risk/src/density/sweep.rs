//! The row sweep: exact density for kernels that are polynomials of the squared distance.
//!
//! Within one row of cells an event reaches an interval of columns, and there its kernel is a polynomial of the column.
//! So it is enough to add the polynomial's coefficients where the interval begins, take them away where it ends, and
//! evaluate the running sum once per cell: O(1) per event and row, whatever the bandwidth (the idea of SLAM, Chan et
//! al., SIGMOD 2022). Two things are done differently:
//!
//! * **Blocks.** A row is cut into blocks of 4 to 8 bandwidths; the running sum starts from zero in each and uses
//!   coordinates about the block's centre in units of the bandwidth. Coefficients stay small and rounding cannot travel
//!   along the row: the error is of the order of 1e-15 of the peak for any grid, however wide.
//! * **One order.** Events are sorted by row, then place, and events at one spot are added up first (`spots.rs`). Each row
//!   has one order of summation, so neither the order of the input nor the number of threads shows in the result.

use super::Grid;
use super::spots::{Reach, Spots};
use rayon::prelude::*;

/// Coefficients, lowest first, of `w · K` along a row as a polynomial of `z`, the distance in bandwidths east of the
/// block's centre; `at` is the event's own `z`, `off` its distance from the row in bandwidths, south positive.
#[inline(always)]
pub(super) fn epanechnikov(at: f64, off: f64, [w]: [f64; 1]) -> [f64; 3] {
    [w * (1.0 - off * off - at * at), 2.0 * w * at, -w]
}

/// As [`epanechnikov`]: `(1 − off² − (z − at)²)²`.
#[inline(always)]
pub(super) fn quartic(at: f64, off: f64, [w]: [f64; 1]) -> [f64; 5] {
    // With c = 1 − off² − at²: (c + 2·at·z − z²)².
    let c = 1.0 - off * off - at * at;
    [w * c * c, 4.0 * w * at * c, w * (4.0 * at * at - 2.0 * c), -4.0 * w * at, w]
}

/// As [`epanechnikov`]: a constant.
#[inline(always)]
pub(super) fn uniform(_at: f64, _off: f64, [w]: [f64; 1]) -> [f64; 1] {
    [w]
}

/// The density of every cell, `scale` times the sum of kernels and not below `lowest`.
pub(super) fn density<const P: usize, const M: usize>(
    spots: &Spots<P>,
    grid: &Grid,
    reach: &Reach,
    (scale, lowest): (f64, f64),
    coefficients: impl Fn(f64, f64, [f64; P]) -> [f64; M] + Sync,
) -> Vec<f64> {
    let mut cells = vec![0.0; grid.columns() * grid.rows()];
    let rows_each = (grid.rows() / 64).max(1);
    cells.par_chunks_mut(grid.columns() * rows_each).enumerate().for_each_init(
        || Row::<M>::new(grid.columns(), reach.columns),
        |state, (chunk, rows)| {
            for (i, row) in rows.chunks_mut(grid.columns()).enumerate() {
                let number = chunk * rows_each + i;
                let range = spots.within(number, reach);
                if !range.is_empty() {
                    state.sweep(spots, range, number as f64 * reach.aspect, &coefficients);
                    state.write(row, scale, lowest);
                }
            }
        },
    );
    cells
}

/// Events worked on together: enough to fill the vector units, small enough for the first-level cache.
const LANES: usize = 64;

/// What a batch of events puts into one row. Structure of arrays.
struct Batch<const M: usize> {
    /// First column reached.
    first: [u32; LANES],
    /// One after the last column reached; not above `first` where the row is out of reach.
    end: [u32; LANES],
    /// Distance from the row in bandwidths, south positive.
    off: [f64; LANES],
    /// Coefficients about the centre of the block of `first`.
    coefficients: [[f64; LANES]; M],
}

/// One row being summed: in each column, what begins there minus what ended before it.
struct Row<const M: usize> {
    columns: usize,
    /// Columns of a block are `1 << shift`.
    shift: u32,
    /// Bandwidths per column.
    per_column: f64,
    /// Bandwidth over cell width, squared.
    square: f64,
    steps: Vec<[f64; M]>,
    batch: Batch<M>,
}

// Indices run over several arrays at once; this form is the one the compiler turns into vector code.
#[allow(clippy::needless_range_loop)]
impl<const M: usize> Row<M> {
    fn new(columns: usize, reach: f64) -> Self {
        // The wider a block, the fewer events lie across an edge; the higher the degree, the sooner rounding shows.
        let bandwidths = match M {
            1 => f64::INFINITY,
            3 => 8.0,
            _ => 2.0,
        };
        let wanted = (bandwidths * reach).clamp(1.0, columns.next_power_of_two() as f64);
        Self {
            columns,
            shift: (wanted.ceil() as usize).next_power_of_two().trailing_zeros(),
            per_column: 1.0 / reach,
            square: reach * reach,
            steps: vec![[0.0; M]; columns + 1],
            batch: Batch { first: [0; LANES], end: [0; LANES], off: [0.0; LANES], coefficients: [[0.0; LANES]; M] },
        }
    }

    /// Puts the events of `range` into the row whose centre is at `y`.
    fn sweep<const P: usize>(
        &mut self,
        spots: &Spots<P>,
        range: std::ops::Range<usize>,
        y: f64,
        kernel: &impl Fn(f64, f64, [f64; P]) -> [f64; M],
    ) {
        for start in range.clone().step_by(LANES) {
            let lanes = start..(start + LANES).min(range.end);
            let (xs, ys) = (&spots.x[lanes.clone()], &spots.y[lanes.clone()]);
            let parameters: [&[f64]; P] = std::array::from_fn(|k| &spots.parameters[k][lanes.clone()]);
            // A uniform kernel is not 0 at the bandwidth: there the rim must be decided exactly.
            if M == 1 {
                self.intervals::<true>(xs, ys, y)
            } else {
                self.intervals::<false>(xs, ys, y)
            }
            self.polynomials(xs, parameters, kernel);
            self.scatter(xs, parameters, kernel);
        }
    }

    /// The interval of columns each event reaches. Straight-line arithmetic without branches, so that the compiler can
    /// use the vector units. Without `EXACT`, cells at exactly the bandwidth fall to either side.
    #[inline]
    fn intervals<const EXACT: bool>(&mut self, xs: &[f64], ys: &[f64], y: f64) {
        let n = xs.len().min(LANES);
        let (xs, ys) = (&xs[..n], &ys[..n]);
        let (first, end, off) = (&mut self.batch.first[..n], &mut self.batch.end[..n], &mut self.batch.off[..n]);
        let (last, reach, per_column) = (self.columns as f64, self.square, self.per_column);
        for i in 0..n {
            let (x, d) = (xs[i], ys[i] - y);
            let left = reach - d * d;
            off[i] = d * per_column;
            let half = left.abs().sqrt();
            let (low, high) = if EXACT { (x - half, x + half + 1.0) } else { (x + 0.5 - half, x + 0.5 + half) };
            let low = smaller(larger(low, 0.0), last);
            let high = smaller(larger(high, 0.0), last);
            // Out of reach: an interval that ends where the row begins.
            let high = if left < 0.0 { 0.0 } else { high };
            first[i] = if EXACT { ceiling(low) } else { nearest(low) };
            end[i] = if EXACT { floor(high) } else { nearest(high) };
        }
    }

    /// Each event's coefficients in the block where it begins.
    #[inline]
    fn polynomials<const P: usize>(&mut self, xs: &[f64], parameters: [&[f64]; P], kernel: &impl Fn(f64, f64, [f64; P]) -> [f64; M]) {
        let n = xs.len().min(LANES);
        let xs = &xs[..n];
        let parameters: [&[f64]; P] = std::array::from_fn(|k| &parameters[k][..n]);
        let (mask, half) = (!((1_u32 << self.shift) - 1), self.half_block());
        let (first, off) = (&self.batch.first[..n], &self.batch.off[..n]);
        for i in 0..n {
            let center = f64::from((first[i] & mask) as i32) + half;
            let c = kernel((xs[i] - center) * self.per_column, off[i], std::array::from_fn(|k| parameters[k][i]));
            for k in 0..M {
                self.batch.coefficients[k][i] = c[k];
            }
        }
    }

    /// Adds each event where it begins, takes it away where it ends.
    #[inline]
    fn scatter<const P: usize>(&mut self, xs: &[f64], parameters: [&[f64]; P], kernel: &impl Fn(f64, f64, [f64; P]) -> [f64; M]) {
        for i in 0..xs.len().min(LANES) {
            let (first, end) = (self.batch.first[i], self.batch.end[i]);
            if first >= end {
                continue;
            }
            let c: [f64; M] = std::array::from_fn(|k| self.batch.coefficients[k][i]);
            let begin = &mut self.steps[first as usize];
            for k in 0..M {
                begin[k] += c[k];
            }
            if (first ^ end) >> self.shift == 0 {
                let stop = &mut self.steps[end as usize];
                for k in 0..M {
                    stop[k] -= c[k];
                }
            } else {
                let values = std::array::from_fn(|k| parameters[k][i]);
                let (x, off, per_column) = (xs[i], self.batch.off[i], self.per_column);
                self.scatter_on(first as usize, end as usize, |center| kernel((x - center) * per_column, off, values));
            }
        }
    }

    /// The blocks after the one where the event begins: each starts from zero.
    fn scatter_on(&mut self, first: usize, end: usize, coefficients_about: impl Fn(f64) -> [f64; M]) {
        let mut from = ((first >> self.shift) + 1) << self.shift;
        while from < end {
            let c = coefficients_about(from as f64 + self.half_block());
            let next = from + (1 << self.shift);
            for k in 0..M {
                self.steps[from][k] += c[k];
            }
            if end < next {
                for k in 0..M {
                    self.steps[end][k] -= c[k];
                }
            }
            from = next;
        }
    }

    /// Sums the row up, writes it, and leaves the state empty for the next one.
    fn write(&mut self, row: &mut [f64], scale: f64, lowest: f64) {
        let half = self.half_block();
        for (cells, steps) in row.chunks_mut(1 << self.shift).zip(self.steps.chunks_mut(1 << self.shift)) {
            let steps = &mut steps[..cells.len()];
            let mut sum = [0.0; M];
            for i in 0..cells.len() {
                for k in 0..M {
                    sum[k] += steps[i][k];
                }
                steps[i] = [0.0; M];
                let z = (f64::from(i as i32) - half) * self.per_column;
                let mut value = sum[M - 1];
                for k in (0..M - 1).rev() {
                    value = value * z + sum[k];
                }
                cells[i] = larger(value * scale, lowest);
            }
        }
        // What ended at the row's last edge.
        self.steps[self.columns] = [0.0; M];
    }

    /// From a block's first column to its centre.
    fn half_block(&self) -> f64 {
        ((1_usize << self.shift) - 1) as f64 * 0.5
    }
}

/// As `f64::max`, without its care for NaN: one instruction.
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// As `f64::min`, without its care for NaN.
fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// Adding it puts the integer part of a small number into the low bits, rounded to nearest.
const SHIFT: f64 = 6_755_399_441_055_744.0; // 1.5 · 2⁵²

fn nearest(t: f64) -> u32 {
    (t + SHIFT).to_bits() as u32
}

fn ceiling(t: f64) -> u32 {
    let near = (t + SHIFT) - SHIFT;
    nearest(near + if near < t { 1.0 } else { 0.0 })
}

fn floor(t: f64) -> u32 {
    let near = (t + SHIFT) - SHIFT;
    nearest(near - if near > t { 1.0 } else { 0.0 })
}
