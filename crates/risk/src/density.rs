//! Planar kernel density on a grid, exact.
//!
//! `density(q) = Σ wᵢ · K(|q − xᵢ| / b) / b²` at every cell centre `q`, in events per km², with a kernel of bounded
//! support normalised to volume 1: one event adds exactly one event to the surface, whatever the bandwidth.
//! Method: the row sweep in `density/sweep.rs`; nothing is binned or approximated.

mod cells;
mod direct;
mod gaussian;
mod grid;
mod prepared;
mod slices;
mod spots;
mod surface;
mod sweep;

pub use gaussian::Cut;
pub use grid::{Grid, GridError, Projection};
pub use prepared::{Map, Method, Precision, Prepared};
pub use slices::{MAX_SLICE_CELLS, Slices};
pub use surface::{MAX_SURFACE_TOTAL, MAX_SURFACE_WEIGHT, Surface, Touched};

use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

/// One event on the plane of a [`Grid`], or several at one spot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weighted {
    /// Metres east of the grid's centre ([`Projection::to_m`]).
    pub x_m: f64,
    /// Metres north of the grid's centre.
    pub y_m: f64,
    /// How many events it stands for; 1 for one. May be fractional (severity) or negative (removal).
    pub w: f64,
}

/// The shape of the hill one event makes. `u` is distance over bandwidth; all are 0 for `u > 1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kernel {
    /// `2/π · (1 − u²)`: the default of the heat map.
    #[default]
    Epanechnikov,
    /// `3/π · (1 − u²)²`: smoother at the rim (also called biweight).
    Quartic,
    /// `3/π · (1 − u)`: a cone. Not a polynomial of the coordinates, so it costs one square root per event and cell
    /// in reach, not per event and row: about 20 times the work of the others at a bandwidth of 32 cells.
    Triangular,
    /// `1/π`: the count within the bandwidth, rim included, over the disc's area.
    Uniform,
}

impl Kernel {
    /// The kernel's value at `u = distance / bandwidth`, normalised to volume 1 over the unit disc.
    #[must_use]
    pub fn at(self, u: f64) -> f64 {
        if u > 1.0 {
            return 0.0;
        }
        let shape = match self {
            Self::Epanechnikov => 1.0 - u * u,
            Self::Quartic => (1.0 - u * u) * (1.0 - u * u),
            Self::Triangular => 1.0 - u,
            Self::Uniform => 1.0,
        };
        self.norm() * shape
    }

    /// Stable name, as the heat API prints it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Epanechnikov => "epanechnikov",
            Self::Quartic => "quartic",
            Self::Triangular => "triangular",
            Self::Uniform => "uniform",
        }
    }

    /// The factor that makes the volume over the unit disc 1.
    const fn norm(self) -> f64 {
        use std::f64::consts::FRAC_1_PI;
        match self {
            Self::Epanechnikov => 2.0 * FRAC_1_PI,
            Self::Quartic | Self::Triangular => 3.0 * FRAC_1_PI,
            Self::Uniform => FRAC_1_PI,
        }
    }
}

/// Why a density cannot be computed.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum DensityError {
    /// The bandwidth is not between [`MIN_BANDWIDTH_M`] and [`MAX_BANDWIDTH_M`].
    #[error("bandwidth_invalid: {0} m is not between 1 mm and 1,000 km")]
    Bandwidth(f64),
    /// An event has a coordinate or weight that is not a number.
    #[error("event_not_finite: event {index} has a coordinate or weight that is not a number")]
    Event {
        /// Position in the slice of events.
        index: usize,
    },
    /// More events than a number of 32 bits can count.
    #[error("too_many_events: {0}")]
    TooMany(usize),
    /// More slices than can be held for this grid.
    #[error("too_many_slices: {0} slices of this grid")]
    TooManySlices(usize),
    /// An event's weight is beyond what a [`Surface`] takes.
    #[error("weight_too_large: {0}")]
    Weight(f64),
    /// A [`Surface`] holds as much as it can, or less than is to be removed.
    #[error("surface_full: more weight than a surface holds, or less than is removed")]
    Full,
    /// A share of the peak that is none.
    #[error("precision_invalid: {0} is not a share of the peak")]
    Precision(f64),
    /// Two grids of different sizes, or an exposure that is not positive.
    #[error("grids_not_comparable: {now} and {then} cells, or an exposure that is not positive")]
    NotComparable {
        /// Cells of the first grid.
        now: usize,
        /// Cells of the second grid.
        then: usize,
    },
}

impl DensityError {
    /// The same of the event at `index`.
    fn at(self, index: usize) -> Self {
        if matches!(self, Self::Event { .. }) { Self::Event { index } } else { self }
    }

    /// Stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Bandwidth(_) => "bandwidth_invalid",
            Self::Event { .. } => "event_not_finite",
            Self::TooMany(_) => "too_many_events",
            Self::TooManySlices(_) => "too_many_slices",
            Self::Weight(_) => "weight_too_large",
            Self::Full => "surface_full",
            Self::Precision(_) => "precision_invalid",
            Self::NotComparable { .. } => "grids_not_comparable",
        }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Bandwidth(b) => Text::new(
                format!("带宽 {b} 米无效：应在 1 毫米到 1000 公里之间"),
                format!("The bandwidth of {b} m is not valid: at least 1 mm and at most 1,000 km"),
            ),
            Self::Event { index } => Text::new(
                format!("第 {} 条记录的坐标或权重不是数", index + 1),
                format!("Record {} has a coordinate or weight that is not a number", index + 1),
            ),
            Self::TooMany(n) => Text::new(format!("记录过多：{n} 条"), format!("Too many records: {n}")),
            Self::TooManySlices(count) => Text::new(
                format!("时段过多：此网格容不下 {count} 段"),
                format!("Too many slices of time: {count} of this grid"),
            ),
            Self::Weight(w) => Text::new(
                format!("权重 {w} 过大：至多 {MAX_SURFACE_WEIGHT}"),
                format!("The weight {w} is too large: at most {MAX_SURFACE_WEIGHT}"),
            ),
            Self::Full => Text::new("热力面已满，或所减多于所存", "The surface is full, or less is there than is to be removed"),
            Self::Precision(share) => Text::new(
                format!("精度 {share} 无效：应为峰值的正比例"),
                format!("The precision {share} is not valid: a positive share of the peak"),
            ),
            Self::NotComparable { now, then } => Text::new(
                format!("两期热力图不可相减：{now} 与 {then} 格，或时长不为正"),
                format!("The two maps cannot be subtracted: {now} and {then} cells, or an exposure that is not positive"),
            ),
        }
    }
}

/// Smallest bandwidth, metres: below it a density per km² says nothing.
pub const MIN_BANDWIDTH_M: f64 = 1e-3;

/// Largest bandwidth, metres: beyond it the plane is no longer a plane.
pub const MAX_BANDWIDTH_M: f64 = 1_000_000.0;

/// The density at every cell centre, events per km², row-major, **north row first**, west column first.
///
/// Exact up to rounding: agrees with the direct sum to 1e-12 of the map's peak. The result does not depend on the
/// order of the events nor on the number of threads, bit for bit. Events outside the grid count where they reach in.
/// For [`Kernel::Uniform`] an event at exactly the bandwidth counts, as far as 64-bit arithmetic can tell.
///
/// Cost: O(n log n) to sort, O(1) for each event and row within the bandwidth, O(1) for each cell; memory: 24 B per
/// event twice, 8 B per cell. [`Kernel::Triangular`] pays for each event and *cell* within the bandwidth.
///
/// # Errors
/// [`DensityError::Bandwidth`], [`DensityError::Event`].
pub fn planar(events: &[Weighted], grid: &Grid, bandwidth_m: f64, kernel: Kernel) -> Result<Vec<f64>, DensityError> {
    Ok(Prepared::new(events, grid, bandwidth_m)?.into_exact(kernel))
}

/// The density under a Gaussian of standard deviation `sigma_m`, cut off at `cut`: [`Prepared::gaussian`] of all events.
///
/// # Errors
/// [`DensityError::Bandwidth`], [`DensityError::Event`].
pub fn gaussian(events: &[Weighted], grid: &Grid, sigma_m: f64, cut: Cut) -> Result<Vec<f64>, DensityError> {
    Prepared::new(events, grid, sigma_m * cut.deviations())?.gaussian(sigma_m, cut, |_| true)
}

/// `now − then · (exposure_now / exposure_then)`, cell by cell: the change of density at the exposure of `now`.
///
/// Exposure is what both counts are taken per, most often days. A difference without a test says nothing about chance:
/// show it beside [`crate::compare::rates`] of the counts.
///
/// # Errors
/// [`DensityError::NotComparable`].
pub fn minus(now: &[f64], exposure_now: f64, then: &[f64], exposure_then: f64) -> Result<Vec<f64>, DensityError> {
    let usable = |e: f64| e.is_finite() && e > 0.0;
    if now.len() != then.len() || !usable(exposure_now) || !usable(exposure_then) {
        return Err(DensityError::NotComparable { now: now.len(), then: then.len() });
    }
    let scale = exposure_now / exposure_then;
    Ok(now.iter().zip(then).map(|(a, b)| a - b * scale).collect())
}
