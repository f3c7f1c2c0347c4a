//! Is a cluster more than chance?
//!
//! A *unit* is a street between two nodes (or a slice of one), or a cell of a grid. Values are given by unit, in the
//! order of the units; nothing here knows where they came from. In the order in which to read:
//!
//! - [`Reach`] and [`Weights`]: which units are near which, on the network or on the plane.
//! - [`getis_ord`] and [`local_moran`]: does a unit lie among high or low values? Analytic and by [`permutations`].
//! - [`neighbourhood_excess`]: the same for counts over unlike exposures, exact.
//! - [`scan`]: where is the strongest cluster, and would chance make one as strong anywhere? One p for the whole map.
//! - [`changes`] and [`disc_changes`]: where did it rise or fall between two periods, with the false alarms held.
//! - [`knox`]: does one event make a second near it more likely for a while?
//! - [`hexagon`]: a grid of hexagons over the city, as plain data.
//!
//! Methods that look at every unit give a p for each; among 100,000 units 5,000 lie below 0.05 by chance alone. Use
//! [`false_discovery`] on them, or the scan, which answers for the map as a whole.

mod change;
mod disc;
mod excess;
pub mod hexagon;
mod knox;
mod local;
mod normal;
mod permutation;
mod reach;
mod scan;
mod slices;
mod weights;

pub use change::{Change, ChangeMethod, Changes, Direction, changes};
pub use disc::{DiscChanges, disc_changes};
pub use excess::{Excess, neighbourhood_excess};
pub use knox::{Knox, KnoxCell, KnoxMethod, Pair, knox, pairs_on_network, pairs_on_plane};
pub use local::{Focal, GetisOrd, LocalMoran, Quadrant, getis_ord, local_moran};
pub use normal::{normal_two_sided, normal_upper};
pub use permutation::{Draws, Permutations, Permuted, permutations};
pub use reach::{MAX_REACH_M, Reach};
pub use scan::{Cluster, Scan, ScanMethod, scan};
pub use slices::{Slices, slices};
pub use weights::{Scheme, Weights};

pub use crate::hotspot::{Correction, false_discovery};

use gongzhi_civic::text::Text;

/// Why a question of significance has no answer.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum SignificanceError {
    /// Values, counts or exposures that are not one for each unit.
    #[error("length_mismatch: {given} values for {units} units")]
    Mismatch {
        /// Values given.
        given: usize,
        /// Units there are.
        units: usize,
    },
    /// A value that is not a finite number, or a negative one where there can be none.
    #[error("value_invalid: {value} at unit {unit}")]
    Value {
        /// Position of the unit.
        unit: usize,
        /// Its value.
        value: f64,
    },
    /// All values are the same, or there are fewer than three units: no place can stand out.
    #[error("values_constant: {units} units, no variance")]
    Constant {
        /// Units there are.
        units: usize,
    },
    /// Events where none are expected, so no ratio exists.
    #[error("expected_zero: {n} events at unit {unit} where none are expected")]
    Expected {
        /// Position of the unit.
        unit: usize,
        /// Events there.
        n: u64,
    },
    /// A neighbour that is no unit, or the unit itself.
    #[error("neighbour_invalid: unit {unit} names {neighbour}")]
    Neighbour {
        /// Position of the unit.
        unit: usize,
        /// What it names.
        neighbour: u32,
    },
    /// A distance, share or exposure outside its range.
    #[error("parameter_invalid: {name} = {value}")]
    Parameter {
        /// Name of the parameter.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// More units, links, permutations or events than can be numbered.
    #[error("too_large: {0}")]
    Size(usize),
}

impl SignificanceError {
    /// Stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Mismatch { .. } => "length_mismatch",
            Self::Value { .. } => "value_invalid",
            Self::Constant { .. } => "values_constant",
            Self::Expected { .. } => "expected_zero",
            Self::Neighbour { .. } => "neighbour_invalid",
            Self::Parameter { .. } => "parameter_invalid",
            Self::Size(_) => "too_large",
        }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Mismatch { given, units } => {
                Text::new(format!("给出 {given} 个数值，而单元有 {units} 个"), format!("{given} values were given for {units} units"))
            }
            Self::Value { unit, value } => Text::new(
                format!("第 {} 个单元的数值 {value} 无效", unit + 1),
                format!("The value {value} of unit {} is not valid", unit + 1),
            ),
            Self::Constant { units } => Text::new(
                format!("{units} 个单元的数值全部相同或单元过少，无从判断聚集"),
                format!("The values of the {units} units are all the same, or the units too few: nothing can stand out"),
            ),
            Self::Expected { unit, n } => Text::new(
                format!("第 {} 个单元的期望为零，却有 {n} 起", unit + 1),
                format!("Unit {} has {n} events where none are expected", unit + 1),
            ),
            Self::Neighbour { unit, neighbour } => Text::new(
                format!("第 {} 个单元的相邻单元 {neighbour} 无效", unit + 1),
                format!("Unit {} names {neighbour}, which cannot be its neighbour", unit + 1),
            ),
            Self::Parameter { name, value } => {
                Text::new(format!("参数 {name} 的值 {value} 无效"), format!("The value {value} of {name} is not valid"))
            }
            Self::Size(n) => Text::new(format!("数量 {n} 过大"), format!("{n} are too many")),
        }
    }
}

/// Values must be one for each unit and finite.
fn check_values(values: &[f64], units: usize) -> Result<(), SignificanceError> {
    if values.len() != units {
        return Err(SignificanceError::Mismatch { given: values.len(), units });
    }
    match values.iter().position(|v| !v.is_finite()) {
        Some(unit) => Err(SignificanceError::Value { unit, value: values[unit] }),
        None => Ok(()),
    }
}

/// Counts and what they are expected in proportion to: one for each unit, expected not negative, and positive where
/// there are events. The sums of both.
fn check_expected(counts: &[u32], expected: &[f64], units: usize) -> Result<(u64, f64), SignificanceError> {
    if counts.len() != units {
        return Err(SignificanceError::Mismatch { given: counts.len(), units });
    }
    check_values(expected, units)?;
    if let Some(unit) = expected.iter().position(|e| *e < 0.0) {
        return Err(SignificanceError::Value { unit, value: expected[unit] });
    }
    if let Some(unit) = (0..units).find(|&i| expected[i] == 0.0 && counts[i] > 0) {
        return Err(SignificanceError::Expected { unit, n: counts[unit].into() });
    }
    let total: f64 = expected.iter().sum();
    if !total.is_finite() {
        return Err(SignificanceError::Parameter { name: "expected", value: total });
    }
    Ok((counts.iter().map(|&n| u64::from(n)).sum(), total))
}
