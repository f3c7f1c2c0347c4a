//! Events sorted once for many maps: other filters, other bandwidths, other kernels.

use super::cells::{self, Groups, Moments};
use super::gaussian::{self, Cut};
use super::spots::{Reach, Sorted, Spots, lowest};
use super::{DensityError, Grid, Kernel, MAX_BANDWIDTH_M, MIN_BANDWIDTH_M, Weighted, direct, sweep};

/// How near the map must come to the density.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Precision {
    /// Up to rounding.
    #[default]
    Exact,
    /// Within this share of the map's peak, proven for every cell; exact where that is cheaper or cannot be proven.
    Within(f64),
}

/// How a map was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Every event by itself.
    Exact,
    /// Neighbouring events joined by their moments.
    Cells,
}

/// A density with what is known about its error.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// Events per km² at every cell centre, row-major, north row first, west column first.
    pub cells: Vec<f64>,
    /// The largest of them.
    pub peak_per_km2: f64,
    /// No cell differs from the density by more than this (rounding, 1e-12 of the peak, left out); 0 where exact.
    pub bound_per_km2: f64,
    /// How it was made.
    pub method: Method,
    /// Places summed: events at different places, or groups of them.
    pub places: usize,
}

impl Map {
    /// The bound as a share of the peak; 0 for an empty map.
    #[must_use]
    pub fn bound_share(&self) -> f64 {
        if self.peak_per_km2 > 0.0 { self.bound_per_km2 / self.peak_per_km2 } else { 0.0 }
    }

    fn exact(cells: Vec<f64>, places: usize) -> Self {
        Self { peak_per_km2: peak(&cells), cells, bound_per_km2: 0.0, method: Method::Exact, places }
    }
}

fn peak(cells: &[f64]) -> f64 {
    cells.iter().copied().fold(0.0, |most, v| if v > most { v } else { most })
}

/// Events on one grid, sorted once; each keeps its number in the caller's slice, so that a filter needs no new sort.
#[derive(Clone, Debug)]
pub struct Prepared {
    grid: Grid,
    largest_m: f64,
    sorted: Sorted,
}

impl Prepared {
    /// Sorts the events for maps on `grid` with bandwidths up to `largest_bandwidth_m`.
    ///
    /// O(n log n); keeps 28 B for each event within that reach of the grid.
    ///
    /// # Errors
    /// [`DensityError::Bandwidth`], [`DensityError::Event`], [`DensityError::TooMany`].
    pub fn new(events: &[Weighted], grid: &Grid, largest_bandwidth_m: f64) -> Result<Self, DensityError> {
        if !(MIN_BANDWIDTH_M..=MAX_BANDWIDTH_M).contains(&largest_bandwidth_m) {
            return Err(DensityError::Bandwidth(largest_bandwidth_m));
        }
        if u32::try_from(events.len()).is_err() {
            return Err(DensityError::TooMany(events.len()));
        }
        if let Some(index) = events.iter().position(|e| !(e.x_m.is_finite() && e.y_m.is_finite() && e.w.is_finite())) {
            return Err(DensityError::Event { index });
        }
        let sorted = Sorted::new(events, grid, &Reach::new(grid, largest_bandwidth_m));
        Ok(Self { grid: *grid, largest_m: largest_bandwidth_m, sorted })
    }

    /// The grid it was made for.
    #[must_use]
    pub const fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The density of the records kept: `keep` is given each record's number in the slice of events, in no order.
    ///
    /// With [`Precision::Exact`] the map is bit for bit that of [`super::planar`] on the records kept (as long as no
    /// weight is negative). One pass over the events, then as `planar` without its sort.
    ///
    /// # Errors
    /// [`DensityError::Bandwidth`]: not valid, or larger than prepared for; [`DensityError::Precision`].
    pub fn map(&self, bandwidth_m: f64, kernel: Kernel, precision: Precision, keep: impl Fn(usize) -> bool) -> Result<Map, DensityError> {
        if !(MIN_BANDWIDTH_M..=self.largest_m).contains(&bandwidth_m) {
            return Err(DensityError::Bandwidth(bandwidth_m));
        }
        if let Precision::Within(share) = precision {
            if !(share > 0.0) {
                return Err(DensityError::Precision(share));
            }
            if let Some(map) = self.within(share, bandwidth_m, kernel, &keep) {
                return Ok(map);
            }
        }
        let spots = self.sorted.chosen(keep);
        Ok(Map::exact(exact(&spots, &self.grid, bandwidth_m, kernel), spots.len()))
    }

    /// The density under a Gaussian of standard deviation `sigma_m`, cut off at `cut`, of the records kept.
    ///
    /// Exact up to rounding for the Gaussian as cut; [`Cut`] says how far that is from the one that is never cut.
    /// One multiplication and addition for each event and cell within the cut.
    ///
    /// # Errors
    /// [`DensityError::Bandwidth`] where `sigma_m` times the cut is not valid or more than prepared for.
    pub fn gaussian(&self, sigma_m: f64, cut: Cut, keep: impl Fn(usize) -> bool) -> Result<Vec<f64>, DensityError> {
        let reach_m = sigma_m * cut.deviations();
        if !(MIN_BANDWIDTH_M..=self.largest_m).contains(&reach_m) {
            return Err(DensityError::Bandwidth(reach_m));
        }
        let spots = self.sorted.chosen(keep);
        let sigma = sigma_m / self.grid.cell_width_m();
        Ok(gaussian::density(&spots, &self.grid, &Reach::new(&self.grid, reach_m), sigma, cut, lowest(&spots.parameters[0])))
    }

    /// The exact densities of each slice by itself.
    pub(super) fn by_slice(
        &self,
        bandwidth_m: f64,
        kernel: Kernel,
        count: usize,
        slice_of: impl Fn(usize) -> Option<u16>,
    ) -> Result<Vec<Vec<f64>>, DensityError> {
        if !(MIN_BANDWIDTH_M..=self.largest_m).contains(&bandwidth_m) {
            return Err(DensityError::Bandwidth(bandwidth_m));
        }
        let map = |positions: &Vec<u32>| exact(&self.sorted.at(positions), &self.grid, bandwidth_m, kernel);
        Ok(self.sorted.by_slice(count, slice_of).iter().map(map).collect())
    }

    /// The exact density of all events.
    pub(super) fn into_exact(self, kernel: Kernel) -> Vec<f64> {
        exact(&self.sorted.all(), &self.grid, self.largest_m, kernel)
    }

    /// The map from groups, if it pays and the bound holds.
    fn within(&self, share: f64, bandwidth_m: f64, kernel: Kernel, keep: &impl Fn(usize) -> bool) -> Option<Map> {
        let [weights] = &self.sorted.spots.parameters;
        if !cells::has_moments(kernel) || lowest(weights) < 0.0 {
            return None;
        }
        let reach = Reach::new(&self.grid, bandwidth_m);
        match kernel {
            Kernel::Quartic => self.from_groups::<cells::Quartic, 7, 5>(share, bandwidth_m, &reach, kernel, keep, cells::quartic),
            _ => self.from_groups::<cells::Epanechnikov, 2, 3>(share, bandwidth_m, &reach, kernel, keep, cells::epanechnikov),
        }
    }

    fn from_groups<M: Moments<P>, const P: usize, const C: usize>(
        &self,
        share: f64,
        bandwidth_m: f64,
        reach: &Reach,
        kernel: Kernel,
        keep: &impl Fn(usize) -> bool,
        coefficients: impl Fn(f64, f64, [f64; P]) -> [f64; C] + Sync,
    ) -> Option<Map> {
        let (chosen, peak_weight) = self.sorted.heaviest(reach, keep);
        let groups = Groups::<P>::new::<M>(&self.sorted, reach, M::most(share, peak_weight), keep);
        if groups.spots.len() as f64 > WORTH_WHILE * chosen as f64 {
            return None;
        }
        let scale = scale(kernel, bandwidth_m);
        let cells = sweep::density(&groups.spots, &self.grid, reach, (scale, 0.0), coefficients);
        let bound_per_km2 = groups.bound(&self.grid, reach) * scale;
        let map = Map { peak_per_km2: peak(&cells), cells, bound_per_km2, method: Method::Cells, places: groups.spots.len() };
        (map.bound_share() <= share).then_some(map)
    }
}

/// Groups pay for their making and their proof when there are fewer of them than this share of the events.
const WORTH_WHILE: f64 = 0.5;

/// Density per km² of one event whose kernel, without the factor of its norm, is 1.
fn scale(kernel: Kernel, bandwidth_m: f64) -> f64 {
    kernel.norm() / (bandwidth_m * bandwidth_m) * 1e6
}

fn exact(spots: &Spots<1>, grid: &Grid, bandwidth_m: f64, kernel: Kernel) -> Vec<f64> {
    let reach = Reach::new(grid, bandwidth_m);
    let scale = (scale(kernel, bandwidth_m), lowest(&spots.parameters[0]));
    match kernel {
        Kernel::Epanechnikov => sweep::density(spots, grid, &reach, scale, sweep::epanechnikov),
        Kernel::Quartic => sweep::density(spots, grid, &reach, scale, sweep::quartic),
        Kernel::Uniform => sweep::density(spots, grid, &reach, scale, sweep::uniform),
        Kernel::Triangular => direct::density(spots, grid, &reach, scale.0),
    }
}
