//! Maps by time: hours of the week, or periods one after the other, made once and added up at will.

use super::prepared::Prepared;
use super::{DensityError, Grid, Kernel};
use rayon::prelude::*;

/// The densities of events by slice of time, as running sums: any run of slices is one difference, whatever its length.
///
/// A slice may be an hour of the week (24 × 7), a month, a period of a comparison.
#[derive(Clone, Debug)]
pub struct Slices {
    grid: Grid,
    /// `sums[k]`: the density of the slices before `k`. One more than there are slices.
    sums: Vec<Vec<f64>>,
}

/// Most cells of all slices together: 512 MB of density.
pub const MAX_SLICE_CELLS: usize = 1 << 26;

impl Slices {
    /// The maps of `count` slices of the prepared events; `slice_of` gives each record's slice, none for a record that is
    /// not counted (a slice of `count` or more is none). Sorted once; each event is swept once, each cell once for each slice.
    ///
    /// # Errors
    /// [`DensityError::Bandwidth`] as [`Prepared::map`]; [`DensityError::TooManySlices`] beyond [`MAX_SLICE_CELLS`].
    pub fn new(
        prepared: &Prepared,
        bandwidth_m: f64,
        kernel: Kernel,
        count: usize,
        slice_of: impl Fn(usize) -> Option<u16>,
    ) -> Result<Self, DensityError> {
        let grid = *prepared.grid();
        let cells = grid.columns() * grid.rows();
        if count.saturating_add(1).saturating_mul(cells) > MAX_SLICE_CELLS {
            return Err(DensityError::TooManySlices(count));
        }
        let mut sums = vec![vec![0.0; cells]];
        sums.extend(prepared.by_slice(bandwidth_m, kernel, count, slice_of)?);
        // Running sums, each cell by itself: slices in their order, so the result is one and the same on any threads.
        for k in 1..=count {
            let (before, from) = sums.split_at_mut(k);
            from[0].par_iter_mut().zip(&before[k - 1]).with_min_len(1 << 14).for_each(|(cell, sum)| *cell += sum);
        }
        Ok(Self { grid, sums })
    }

    /// How many slices there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sums.len() - 1
    }

    /// The grid.
    #[must_use]
    pub const fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The density of the slices `chosen` says yes to, events per km². O(cells) for each run of neighbouring slices.
    ///
    /// Agrees with the map of the same events to 1e-12 of the peak of all slices together.
    #[must_use]
    pub fn of(&self, chosen: impl Fn(usize) -> bool) -> Vec<f64> {
        let mut cells = vec![0.0; self.grid.columns() * self.grid.rows()];
        let mut at = 0;
        while at < self.count() {
            if !chosen(at) {
                at += 1;
                continue;
            }
            let begin = at;
            while at < self.count() && chosen(at) {
                at += 1;
            }
            for ((cell, until), before) in cells.iter_mut().zip(&self.sums[at]).zip(&self.sums[begin]) {
                *cell += until - before;
            }
        }
        cells
    }
}
