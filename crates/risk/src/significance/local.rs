//! Getis-Ord Gi and Gi*, and local Moran, with their analytic standing.
//!
//! Sources: Ord & Getis, "Local spatial autocorrelation statistics", Geographical Analysis 27 (1995), eqs. 12–14;
//! Anselin, "Local indicators of spatial association", same journal and volume; Sokal, Oden & Thomson, same journal 30 (1998) for
//! the conditional moments.
//!
//! The null is that the other units' values may stand anywhere among the other units. So it wants values that are alike
//! by nature: rates over exposure rather than counts where streets are of unlike length, and even rates are noisier
//! on short streets. For counts over unlike exposures [`super::neighbourhood_excess`] is the right question.

use super::{Scheme, SignificanceError, Weights, check_values, normal_two_sided};
use gongzhi_civic::text::Text;
use rayon::prelude::*;

/// Whether the unit itself is one of its neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focal {
    /// Gi: are the values around the unit high? The unit's own value is not looked at.
    Excluded,
    /// Gi*: is the unit within a place of high values? The usual hot-spot map.
    #[default]
    Included,
}

/// Gi or Gi* of every unit.
#[derive(Clone, Debug, PartialEq)]
pub struct GetisOrd {
    /// Gi or Gi*.
    pub focal: Focal,
    /// Units.
    pub n: usize,
    /// Links.
    pub links: usize,
    /// The standardised statistic: positive among high values. The same for binary and for row-standardised weights. 0 where nothing
    /// can be said: no neighbours (Gi), or all units are neighbours.
    pub z: Vec<f64>,
    /// Two-sided p of `z` by the normal distribution; 1 where nothing can be said. An approximation: bad for few neighbours and
    /// counts that are mostly 0, where [`super::permutations`] is right.
    pub p: Vec<f64>,
    /// The method, to print with the map.
    pub method: Text,
}

/// Gi or Gi* of every unit, analytic. O(links).
///
/// # Errors
/// [`SignificanceError::Mismatch`], [`SignificanceError::Value`], [`SignificanceError::Constant`].
pub fn getis_ord(values: &[f64], weights: &Weights, focal: Focal) -> Result<GetisOrd, SignificanceError> {
    let centred = Centred::of(values, weights)?;
    let z: Vec<f64> = match focal {
        Focal::Excluded => (0..values.len()).into_par_iter().with_min_len(4096).map(|unit| centred.around(unit, weights)).collect(),
        Focal::Included => (0..values.len()).into_par_iter().with_min_len(4096).map(|unit| centred.within(unit, weights)).collect(),
    };
    let p = z.par_iter().with_min_len(4096).map(|z| normal_two_sided(*z)).collect();
    let (name, zh) = match focal {
        Focal::Excluded => ("Gi", "不含本单元"),
        Focal::Included => ("Gi*", "含本单元"),
    };
    let (n, links) = (values.len(), weights.links());
    let method = Text::new(
        format!("Getis-Ord {name}（{zh}；Ord–Getis 1995 解析式，双侧正态近似），n = {n}，相邻关系 {links} 条；未作多重比较校正"),
        format!(
            "Getis-Ord {name} (Ord & Getis 1995, analytic, two-sided normal), n = {n} units, {links} links; not corrected for many looks"
        ),
    );
    Ok(GetisOrd { focal, n, links, z, p, method })
}

/// A unit's own value and its neighbours', each against the mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quadrant {
    /// High among high: a hot spot.
    HighHigh,
    /// Low among high: the quiet street inside one.
    LowHigh,
    /// Low among low: a cold spot.
    LowLow,
    /// High among low: one bad street on its own.
    HighLow,
}

/// Local Moran of every unit.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalMoran {
    /// Units.
    pub n: usize,
    /// Links.
    pub links: usize,
    /// `Iᵢ = (n − 1)/Σd² · dᵢ · Σⱼ wᵢⱼ dⱼ` with `d` the difference from the mean.
    pub i: Vec<f64>,
    /// `I` standardised by its mean and variance given the unit's own value; up to its sign the Gi of the unit. 0 where nothing
    /// can be said.
    pub z: Vec<f64>,
    /// Two-sided p of `z` by the normal distribution.
    pub p: Vec<f64>,
    /// Which corner. On the mean counts as low.
    pub quadrant: Vec<Quadrant>,
    /// The method, to print with the map.
    pub method: Text,
}

/// Local Moran of every unit, analytic. O(links). Permutation p-values: [`super::permutations`], the same for Gi and Moran.
///
/// # Errors
/// As [`getis_ord`].
pub fn local_moran(values: &[f64], weights: &Weights) -> Result<LocalMoran, SignificanceError> {
    let centred = Centred::of(values, weights)?;
    let (n, links) = (values.len(), weights.links());
    let scale = (n as f64 - 1.0) / centred.squares;
    let of = |unit: usize| {
        let (own, sum) = (centred.d[unit], weights.sum(unit, &centred.d));
        let share = match weights.scheme() {
            Scheme::Binary => 1.0,
            Scheme::RowStandardised => 1.0 / weights.of(unit).len().max(1) as f64,
        };
        let quadrant = match (own > 0.0, sum > 0.0) {
            (true, true) => Quadrant::HighHigh,
            (false, true) => Quadrant::LowHigh,
            (false, false) => Quadrant::LowLow,
            (true, false) => Quadrant::HighLow,
        };
        let side = if own == 0.0 { 0.0 } else { own.signum() };
        let z = side * centred.standing(own, sum, weights.of(unit).len());
        (scale * own * sum * share, z, normal_two_sided(z), quadrant)
    };
    let all: Vec<_> = (0..n).into_par_iter().with_min_len(4096).map(of).collect();
    let method = Text::new(
        format!("局部 Moran 指数（Anselin 1995；给定本单元数值的条件矩，双侧正态近似），n = {n}，相邻关系 {links} 条；未作多重比较校正"),
        format!(
            "Local Moran (Anselin 1995; moments given the unit's own value, two-sided normal), n = {n} units, {links} links; not corrected for many looks"
        ),
    );
    Ok(LocalMoran {
        n,
        links,
        i: all.iter().map(|row| row.0).collect(),
        z: all.iter().map(|row| row.1).collect(),
        p: all.iter().map(|row| row.2).collect(),
        quadrant: all.iter().map(|row| row.3).collect(),
        method,
    })
}

/// Values less their mean. Everything here is blind to a constant added to all values, and small numbers lose no digits.
pub(super) struct Centred {
    pub(super) d: Vec<f64>,
    /// `Σ d²`.
    pub(super) squares: f64,
}

impl Centred {
    pub(super) fn of(values: &[f64], weights: &Weights) -> Result<Self, SignificanceError> {
        check_values(values, weights.units())?;
        let units = values.len();
        let mean = values.iter().sum::<f64>() / units as f64;
        let d: Vec<f64> = values.iter().map(|v| v - mean).collect();
        let squares: f64 = d.iter().map(|d| d * d).sum();
        let same = values.iter().all(|v| *v == values[0]);
        if units < 3 || same || !(squares > 0.0 && squares.is_finite()) {
            return Err(SignificanceError::Constant { units });
        }
        Ok(Self { d, squares })
    }

    fn around(&self, unit: usize, weights: &Weights) -> f64 {
        self.standing(self.d[unit], weights.sum(unit, &self.d), weights.of(unit).len())
    }

    /// Gi of a unit with value `own` whose `k` neighbours sum to `sum`: the mean and variance are those of the other units.
    fn standing(&self, own: f64, sum: f64, k: usize) -> f64 {
        let (others, k) = (self.d.len() as f64 - 1.0, k as f64);
        let mean = -own / others;
        let variance = (self.squares - own * own) / others - mean * mean;
        // What is left of the squares without the unit's own may be rounding only: then the others are all the same.
        if variance <= self.squares / others * 1e-12 || k == 0.0 || k == others {
            return 0.0;
        }
        (sum - k * mean) / (variance * k * (others - k) / (others - 1.0)).sqrt()
    }

    fn within(&self, unit: usize, weights: &Weights) -> f64 {
        let (n, k) = (self.d.len() as f64, weights.of(unit).len() as f64 + 1.0);
        let sum = self.d[unit] + weights.sum(unit, &self.d);
        if k == n { 0.0 } else { sum / (self.squares / n * k * (n - k) / (n - 1.0)).sqrt() }
    }
}
