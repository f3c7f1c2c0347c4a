//! Looking back: how good was a list of places, how good was a forecast of counts.
//!
//! * [`Flagged`]: which share of what came later lay in the length that was flagged (hit rate, PAI, PEI*), at equal
//!   length for every method. `PAI = hit rate / share of length` (Chainey, Tompson & Uhlig, Security Journal 21, 2008);
//!   `PEI* = PAI / best PAI possible at that length` (Hunt 2016; held against the best possible by Joshi et al., ISPRS Int. J. Geo-Inf. 10, 2021).
//! * [`Bootstrap`]: what chance alone would do to these figures, by drawing whole areas again.
//! * [`CountForecast`]: a forecast of a count as a distribution, with its exact quantiles and its CRPS.
//! * [`Calibration`]: did the intervals hold what they promised, and the PIT of counts.
//! * [`Sites`]: consistency of lists from one period to the next (Cheng & Washington, TRR 2083, 2008).

mod bootstrap;
mod calibration;
mod count;
mod flagged;
mod sites;

pub use bootstrap::{Bootstrap, Interval};
pub use calibration::{Calibration, Coverage, brier};
pub use count::CountForecast;
pub use flagged::{Flagged, Unit, best, flagged, recapture};
pub use sites::{Sites, ranks, sites};

use gongzhi_civic::text::Text;

/// Why nothing can be scored.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum ScoreError {
    /// As many scores (or areas) are needed as there are units.
    #[error("lengths_differ: {units} units, {others} others")]
    Lengths {
        /// Units.
        units: usize,
        /// Scores, areas or counts.
        others: usize,
    },
    /// A unit with a length or hits that are negative or not a number, or a score that is not a number.
    #[error("unit_invalid: unit {0}")]
    Unit(usize),
    /// A share that is not above 0 and at most 1.
    #[error("share_invalid: {0}")]
    Share(f64),
    /// A mean that is negative or not a number or beyond a billion, or a size that is not positive.
    #[error("count_forecast_invalid: mean {mean}, size {size}")]
    Forecast {
        /// Mean.
        mean: f64,
        /// Size.
        size: f64,
    },
}

impl ScoreError {
    /// Stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Lengths { .. } => "lengths_differ",
            Self::Unit(_) => "unit_invalid",
            Self::Share(_) => "share_invalid",
            Self::Forecast { .. } => "count_forecast_invalid",
        }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Lengths { units, others } => Text::new(
                format!("单元 {units} 个，与之对应的数值 {others} 个，数目不符"),
                format!("There are {units} units and {others} values for them"),
            ),
            Self::Unit(index) => Text::new(
                format!("第 {} 个单元的长度、次数或得分无效", index + 1),
                format!("Unit {} has a length, a count or a score that is not valid", index + 1),
            ),
            Self::Share(share) => {
                Text::new(format!("占比 {share} 应大于 0 且不超过 1"), format!("The share {share} must be above 0 and at most 1"))
            }
            Self::Forecast { mean, size } => {
                Text::new(format!("预测分布无效：均值 {mean}，离散参数 {size}"), format!("No such distribution: mean {mean}, size {size}"))
            }
        }
    }
}
