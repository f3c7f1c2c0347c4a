//! The cone: one square root for each event and cell in reach.

use super::Grid;
use super::spots::{Reach, Spots};
use rayon::prelude::*;

/// The density of every cell under the triangular kernel, `scale` times the sum of `1 − u`.
pub(super) fn density(events: &Spots<1>, grid: &Grid, reach: &Reach, scale: f64) -> Vec<f64> {
    let mut cells = vec![0.0; grid.columns() * grid.rows()];
    let (columns, per_column) = (grid.columns(), 1.0 / reach.columns);
    cells.par_chunks_mut(columns).enumerate().for_each(|(number, row)| {
        let y = number as f64 * reach.aspect;
        for i in events.within(number, reach) {
            let (x, d, w) = (events.x[i], events.y[i] - y, events.parameters[0][i]);
            let square = d * d;
            let left = reach.columns * reach.columns - square;
            if left < 0.0 {
                continue;
            }
            let half = left.sqrt();
            let first = (x - half).ceil().clamp(0.0, columns as f64) as usize;
            let end = (x + half + 1.0).floor().clamp(first as f64, columns as f64) as usize;
            let from = x - first as f64;
            for (column, cell) in row[first..end].iter_mut().enumerate() {
                // Signed and 32 bits wide: the conversion that vector units have.
                let dx = f64::from(column as i32) - from;
                let height = 1.0 - (dx * dx + square).sqrt() * per_column;
                *cell += w * if height > 0.0 { height } else { 0.0 };
            }
        }
        for cell in row {
            *cell *= scale;
        }
    });
    cells
}
