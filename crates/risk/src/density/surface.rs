//! A density that takes one event more or one event less.

use super::{DensityError, Grid, Kernel, MAX_BANDWIDTH_M, MIN_BANDWIDTH_M, Weighted};
use rayon::prelude::*;
use std::ops::Range;

/// A density kept up to date while events come and go.
///
/// Cells are whole numbers of 2⁻⁴⁰ of one event's own top. An event adds the same whole numbers whenever it comes and
/// takes the same away when it goes, so the order of coming and going does not matter, and after an event has gone the
/// map is bit for bit the one before it came. Each event is off by at most half a unit, 4.5e-13 of its own top, in each
/// cell. One event costs its own disc of cells (microseconds at a bandwidth of 32 cells), whatever else the map holds.
#[derive(Clone, Debug)]
pub struct Surface {
    grid: Grid,
    kernel: Kernel,
    /// Bandwidth over cell width.
    reach: f64,
    /// Cell height over cell width.
    aspect: f64,
    /// Events per km² in one unit.
    unit: f64,
    cells: Vec<i64>,
    /// Sum of the sizes of the weights held, in units of [`WEIGHT_UNIT`].
    held: u64,
}

/// The cells that one event changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Columns, from the west.
    pub columns: Range<usize>,
    /// Rows, from the north.
    pub rows: Range<usize>,
}

/// One event's own top, in units.
const TOP: f64 = (1_u64 << 40) as f64;

/// Largest size of one event's weight.
pub const MAX_SURFACE_WEIGHT: f64 = 1_024.0;

/// Largest sum of the sizes of all weights on one [`Surface`]: no cell can overflow.
pub const MAX_SURFACE_TOTAL: f64 = (1_u64 << 22) as f64;

const WEIGHT_UNIT: f64 = 1.0 / (1_u64 << 20) as f64;

impl Surface {
    /// An empty map.
    ///
    /// # Errors
    /// [`DensityError::Bandwidth`].
    pub fn new(grid: &Grid, bandwidth_m: f64, kernel: Kernel) -> Result<Self, DensityError> {
        if !(MIN_BANDWIDTH_M..=MAX_BANDWIDTH_M).contains(&bandwidth_m) {
            return Err(DensityError::Bandwidth(bandwidth_m));
        }
        Ok(Self {
            grid: *grid,
            kernel,
            reach: bandwidth_m / grid.cell_width_m(),
            aspect: grid.cell_height_m() / grid.cell_width_m(),
            unit: kernel.norm() / (bandwidth_m * bandwidth_m) * 1e6 / TOP,
            cells: vec![0; grid.columns() * grid.rows()],
            held: 0,
        })
    }

    /// The map of all the events: bit for bit what adding them one by one gives, in any order, but on all threads.
    ///
    /// # Errors
    /// As [`Surface::new`] and [`Surface::add`]; the event's number is its place in the slice.
    pub fn of(events: &[Weighted], grid: &Grid, bandwidth_m: f64, kernel: Kernel) -> Result<Self, DensityError> {
        let mut surface = Self::new(grid, bandwidth_m, kernel)?;
        for (index, event) in events.iter().enumerate() {
            let held = weight_units(event).map_err(|e| e.at(index))?;
            surface.held = surface.with(held)?;
        }
        let mut cells = std::mem::take(&mut surface.cells);
        let columns = grid.columns();
        let rows_each = (grid.rows() / 64).max(1);
        cells.par_chunks_mut(columns * rows_each).enumerate().for_each(|(chunk, rows)| {
            for event in events {
                surface.stamp(event, event.w, chunk * rows_each, rows);
            }
        });
        surface.cells = cells;
        Ok(surface)
    }

    /// One event more; says which cells it changed.
    ///
    /// # Errors
    /// [`DensityError::Event`] for a coordinate or weight that is not a number, [`DensityError::Weight`] beyond
    /// ±[`MAX_SURFACE_WEIGHT`], [`DensityError::Full`] beyond [`MAX_SURFACE_TOTAL`]. The map is then as it was.
    pub fn add(&mut self, event: &Weighted) -> Result<Touched, DensityError> {
        self.held = self.with(weight_units(event)?)?;
        Ok(self.put(event, event.w))
    }

    /// One event less: exactly what [`Surface::add`] of the same event added.
    ///
    /// # Errors
    /// As [`Surface::add`]. Whether the event was there is the caller's to know; removing more weight than there is is
    /// [`DensityError::Full`] too.
    pub fn remove(&mut self, event: &Weighted) -> Result<Touched, DensityError> {
        let units = weight_units(event)?;
        self.held = self.held.checked_sub(units).ok_or(DensityError::Full)?;
        Ok(self.put(event, -event.w))
    }

    /// Events per km² at every cell centre, row-major, north row first.
    #[must_use]
    pub fn cells(&self) -> Vec<f64> {
        self.cells.iter().map(|units| *units as f64 * self.unit).collect()
    }

    /// The densities of one row, from `columns`; `None` outside the grid.
    pub fn row(&self, row: usize, columns: Range<usize>) -> Option<impl Iterator<Item = f64> + '_> {
        let start = row.checked_mul(self.grid.columns())?;
        if row >= self.grid.rows() || columns.end > self.grid.columns() {
            return None;
        }
        Some(self.cells.get(start + columns.start..start + columns.end)?.iter().map(|units| *units as f64 * self.unit))
    }

    /// The grid.
    #[must_use]
    pub const fn grid(&self) -> &Grid {
        &self.grid
    }

    fn with(&self, units: u64) -> Result<u64, DensityError> {
        let held = self.held.saturating_add(units);
        if held as f64 * WEIGHT_UNIT > MAX_SURFACE_TOTAL { Err(DensityError::Full) } else { Ok(held) }
    }

    fn put(&mut self, event: &Weighted, w: f64) -> Touched {
        let mut cells = std::mem::take(&mut self.cells);
        let touched = self.stamp(event, w, 0, &mut cells);
        self.cells = cells;
        touched
    }

    /// Adds `w` times the event's hill to the rows that start at `first_row`.
    fn stamp(&self, event: &Weighted, w: f64, first_row: usize, cells: &mut [i64]) -> Touched {
        match self.kernel {
            Kernel::Epanechnikov => self.stamp_shape(event, w, first_row, cells, |square| (1.0 - square).max(0.0)),
            Kernel::Quartic => self.stamp_shape(event, w, first_row, cells, |square| {
                let inside = (1.0 - square).max(0.0);
                inside * inside
            }),
            Kernel::Triangular => self.stamp_shape(event, w, first_row, cells, |square| (1.0 - square.sqrt()).max(0.0)),
            Kernel::Uniform => self.stamp_shape(event, w, first_row, cells, |square| if square <= 1.0 { 1.0 } else { 0.0 }),
        }
    }

    #[inline]
    fn stamp_shape(&self, event: &Weighted, w: f64, first_row: usize, cells: &mut [i64], shape: impl Fn(f64) -> f64) -> Touched {
        let columns = self.grid.columns();
        let x = (event.x_m - self.grid.west_m()) / self.grid.cell_width_m() - 0.5;
        let y = (self.grid.north_m() - event.y_m) / self.grid.cell_height_m() - 0.5;
        let (reach_rows, last_row) = (self.reach / self.aspect, (first_row + cells.len() / columns) as f64);
        let from_row = (y - reach_rows).ceil().clamp(first_row as f64, last_row) as usize;
        let to_row = ((y + reach_rows).floor() + 1.0).clamp(from_row as f64, last_row) as usize;
        let from = (x - self.reach).ceil().clamp(0.0, columns as f64) as usize;
        let to = ((x + self.reach).floor() + 1.0).clamp(from as f64, columns as f64) as usize;
        let (per, size) = (1.0 / (self.reach * self.reach), w.abs() * TOP);
        for row in from_row..to_row {
            let off = (row as f64 - y) * self.aspect;
            let half = (self.reach * self.reach - off * off).max(0.0).sqrt();
            let begin = (x - half - 1.0).clamp(from as f64, to as f64) as usize;
            let end = (x + half + 2.0).clamp(begin as f64, to as f64) as usize;
            let start = (row - first_row) * columns;
            let add = |column: usize, cell: &mut i64, sign: i64| {
                let along = f64::from((begin + column) as i32) - x;
                *cell += sign * whole(size * shape((along * along + off * off) * per));
            };
            let cells = cells[start + begin..start + end].iter_mut().enumerate();
            if w < 0.0 {
                cells.for_each(|(column, cell)| add(column, cell, -1));
            } else {
                cells.for_each(|(column, cell)| add(column, cell, 1));
            }
        }
        Touched { columns: from..to, rows: from_row..to_row }
    }
}

/// The nearest whole number of one that is not negative and below 2⁵⁰, in three instructions.
#[inline]
fn whole(value: f64) -> i64 {
    const SHIFT: f64 = 4_503_599_627_370_496.0; // 2⁵²
    ((value + SHIFT).to_bits() - SHIFT.to_bits()).cast_signed()
}

/// The size of the weight, checked.
fn weight_units(event: &Weighted) -> Result<u64, DensityError> {
    if !(event.x_m.is_finite() && event.y_m.is_finite() && event.w.is_finite()) {
        return Err(DensityError::Event { index: 0 });
    }
    if event.w.abs() > MAX_SURFACE_WEIGHT {
        return Err(DensityError::Weight(event.w));
    }
    Ok((event.w.abs() / WEIGHT_UNIT).ceil() as u64)
}
