//! The hill one event makes along a street.

use serde::{Deserialize, Serialize};

/// The shape of the hill along a street. `u` is distance over bandwidth; all are 0 for `u > 1`.
///
/// Each is normalised along a line: one event on a long straight street adds exactly one event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kernel {
    /// `1/2`: the count within the bandwidth, rim included, over twice the bandwidth.
    Uniform,
    /// `1 − u`.
    Triangular,
    /// `3/4 · (1 − u²)`: the default.
    #[default]
    Epanechnikov,
    /// `15/16 · (1 − u²)²` (also called biweight).
    Quartic,
    /// `exp(−(3u)²/2)`, that is σ = bandwidth/3, cut off at 3 σ and scaled to mass 1. Against the endless Gaussian the
    /// values within are 0.27 % too high (the mass beyond 3 σ) and those beyond, at most 1.1 % of the peak, are 0.
    /// Not a polynomial of distance: it costs one exponential for each event and slice in reach.
    Gaussian,
}

/// Mass of the normal distribution within 3 σ, erf(3/√2).
const WITHIN_3_SIGMA: f64 = 0.997_300_203_936_739_8;

impl Kernel {
    /// The kernel's value at `u = distance / bandwidth`, normalised to mass 1 over −1 to 1.
    #[must_use]
    pub fn at(self, u: f64) -> f64 {
        if u > 1.0 {
            return 0.0;
        }
        let shape = match self {
            Self::Uniform => 1.0,
            Self::Triangular => 1.0 - u,
            Self::Epanechnikov => 1.0 - u * u,
            Self::Quartic => (1.0 - u * u) * (1.0 - u * u),
            Self::Gaussian => (-4.5 * u * u).exp(),
        };
        self.norm() * shape
    }

    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Triangular => "triangular",
            Self::Epanechnikov => "epanechnikov",
            Self::Quartic => "quartic",
            Self::Gaussian => "gaussian",
        }
    }

    /// Its height at 0.
    pub(super) const fn norm(self) -> f64 {
        match self {
            Self::Uniform => 0.5,
            Self::Triangular => 1.0,
            Self::Epanechnikov => 0.75,
            Self::Quartic => 0.9375,
            // 3/√(2π), over the mass that is kept.
            Self::Gaussian => 1.196_826_841_204_298 / WITHIN_3_SIGMA,
        }
    }
}
