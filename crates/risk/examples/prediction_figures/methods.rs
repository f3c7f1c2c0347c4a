//! The ways of making a list, all on the same units: each gives every unit a score, and the best are flagged.

use gongzhi_risk::hotspot::{shape_from_moments, shrink};
use gongzhi_risk::network::{self, Estimator, Event, Lixels};
use std::collections::BTreeMap;

use crate::cases::{Case, Placed};

/// Bandwidths tried, metres.
pub const STREET_BANDWIDTHS: [f64; 5] = [50.0, 100.0, 200.0, 400.0, 800.0];
pub const CELL_BANDWIDTHS: [f64; 5] = [300.0, 500.0, 1_000.0, 2_000.0, 4_000.0];
/// Slices at which network maps are read.
const LIXEL_M: f64 = 15.0;
/// Share of a class's mean in what is expected from the neighbours: a street far from any crash is not impossible.
const CLASS_SHARE: f64 = 0.1;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// Crashes counted.
    Count,
    /// Crashes per km.
    PerLength,
    /// Planar Epanechnikov density at the unit.
    Planar,
    /// Epanechnikov density along streets, mean over the unit.
    Network(Estimator),
    /// Empirical Bayes: shrunk count less the class's mean.
    EbExcess,
    /// Empirical Bayes: shrunk count per km.
    EbRate,
    /// Empirical Bayes with what the planar density expects in place of the class's mean, per km (cells: per cell).
    EbPlanar,
    /// The same with the density along streets (equal split, continuous).
    EbNetwork,
    /// The mean of the class per km: what is known of a street without its own crashes.
    ClassMean,
}

impl Method {
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::PerLength => "count per km",
            Self::Planar => "planar density",
            Self::Network(Estimator::Simple) => "network density, simple",
            Self::Network(Estimator::EqualSplitDiscontinuous) => "network density, discontinuous",
            Self::Network(Estimator::EqualSplitContinuous) => "network density, continuous",
            Self::EbExcess => "EB excess over the class",
            Self::EbRate => "EB estimate per km",
            Self::EbPlanar => "EB on planar density",
            Self::EbNetwork => "EB on network density",
            Self::ClassMean => "class mean per km (SPF alone)",
        }
    }

    /// Whether it has a bandwidth to choose.
    pub fn has_bandwidth(self) -> bool {
        matches!(self, Self::Planar | Self::Network(_) | Self::EbPlanar | Self::EbNetwork)
    }

    pub const STREETS: [Self; 10] = [
        Self::Count,
        Self::PerLength,
        Self::Planar,
        Self::Network(Estimator::Simple),
        Self::Network(Estimator::EqualSplitDiscontinuous),
        Self::Network(Estimator::EqualSplitContinuous),
        Self::EbExcess,
        Self::EbRate,
        Self::EbPlanar,
        Self::EbNetwork,
    ];

    pub const CELLS: [Self; 3] = [Self::Count, Self::Planar, Self::EbPlanar];

    /// A score for each unit from the crashes learnt from; with `weighted`, by severity.
    pub fn scores(self, case: &Case, learnt: &[Placed], bandwidth: f64, weighted: bool) -> Vec<f64> {
        let counts = counts(case, learnt, weighted);
        let per_length = |v: Vec<f64>| -> Vec<f64> { v.iter().zip(&case.sites).map(|(n, s)| n / s.length.max(1.0)).collect() };
        match self {
            Self::Count => counts,
            Self::PerLength => per_length(counts),
            Self::Planar => planar(case, learnt, bandwidth, weighted),
            Self::Network(estimator) => along(case, learnt, bandwidth, weighted, estimator),
            Self::ClassMean => per_length(class_means(case, &counts)),
            Self::EbExcess => {
                let expected = class_means(case, &counts);
                bayes(case, &counts, &expected).iter().zip(&expected).map(|(s, e)| s - e).collect()
            }
            Self::EbRate => per_length(bayes(case, &counts, &class_means(case, &counts))),
            Self::EbPlanar => {
                let density = planar(case, learnt, bandwidth, weighted);
                per_length(bayes_on(case, &counts, &density))
            }
            Self::EbNetwork => {
                let density = along(case, learnt, bandwidth, weighted, Estimator::EqualSplitContinuous);
                per_length(bayes_on(case, &counts, &density))
            }
        }
    }
}

pub fn counts(case: &Case, crashes: &[Placed], weighted: bool) -> Vec<f64> {
    let mut counts = vec![0.0; case.sites.len()];
    crashes.iter().for_each(|c| counts[c.site as usize] += weight(c, weighted));
    counts
}

fn weight(crash: &Placed, weighted: bool) -> f64 {
    if weighted { crash.weight } else { 1.0 }
}

/// Expected of an average unit of the class and length.
pub fn class_means(case: &Case, counts: &[f64]) -> Vec<f64> {
    let mut classes = BTreeMap::<&str, (f64, f64)>::new();
    for (site, n) in case.sites.iter().zip(counts) {
        let class = classes.entry(&site.class).or_default();
        class.0 += n;
        class.1 += site.length;
    }
    case.sites.iter().map(|s| classes[s.class.as_str()]).zip(&case.sites).map(|((n, length), s)| if length > 0.0 { n / length * s.length } else { 0.0 }).collect()
}

/// Shrunk counts: one shape for each class.
fn bayes(case: &Case, counts: &[f64], expected: &[f64]) -> Vec<f64> {
    let mut classes = BTreeMap::<&str, Vec<(f64, f64)>>::new();
    for ((site, &n), &e) in case.sites.iter().zip(counts).zip(expected) {
        classes.entry(&site.class).or_default().push((n, e));
    }
    let shapes: BTreeMap<&str, f64> = classes.into_iter().map(|(class, pairs)| (class, shape_from_moments(&pairs, 1.0))).collect();
    let of = |((site, &n), &e): ((&crate::cases::Site, &f64), &f64)| shrink(n, e, shapes[site.class.as_str()]).mean;
    case.sites.iter().zip(counts).zip(expected).map(of).collect()
}

/// Shrunk towards a density, of which a tenth is the class's mean.
fn bayes_on(case: &Case, counts: &[f64], density: &[f64]) -> Vec<f64> {
    let total: f64 = counts.iter().sum();
    let mass: f64 = density.iter().zip(&case.sites).map(|(d, s)| d.max(0.0) * s.length).sum();
    let means = class_means(case, counts);
    let near = density.iter().zip(&case.sites).map(|(d, s)| if mass > 0.0 { d.max(0.0) * s.length / mass * total } else { 0.0 });
    let expected: Vec<f64> = near.zip(&means).map(|(near, mean)| (1.0 - CLASS_SHARE) * near + CLASS_SHARE * mean).collect();
    bayes(case, counts, &expected)
}

/// Mean over the unit's points of `Σ w (1 − d² / b²)`: the shape of the map, without its constant.
fn planar(case: &Case, crashes: &[Placed], bandwidth: f64, weighted: bool) -> Vec<f64> {
    let block = |x: f64, y: f64| ((x / bandwidth).floor() as i64, (y / bandwidth).floor() as i64);
    let mut blocks = BTreeMap::<(i64, i64), Vec<(f64, f64, f64)>>::new();
    for c in crashes {
        blocks.entry(block(c.x_m, c.y_m)).or_default().push((c.x_m, c.y_m, weight(c, weighted)));
    }
    let at = |&(x, y): &(f64, f64)| -> f64 {
        let (column, row) = block(x, y);
        (-1..=1)
            .flat_map(|dx| (-1..=1).filter_map(move |dy| Some((column + dx, row + dy))))
            .filter_map(|b| blocks.get(&b))
            .flatten()
            .map(|&(ex, ey, w)| w * (1.0 - ((ex - x).powi(2) + (ey - y).powi(2)) / (bandwidth * bandwidth)).max(0.0))
            .sum()
    };
    case.sites.iter().map(|s| s.points.iter().map(at).sum::<f64>() / s.points.len() as f64).collect()
}

/// Mean over the unit of the density along streets.
fn along(case: &Case, crashes: &[Placed], bandwidth: f64, weighted: bool, estimator: Estimator) -> Vec<f64> {
    let streets = case.streets.as_ref().unwrap();
    let events: Vec<Event> = crashes.iter().map(|c| Event { w: weight(c, weighted), ..c.on_street }).collect();
    let options = network::Options { estimator, ..network::Options::new(bandwidth) };
    let (lixels, map) = network::density(&streets.graph, &events, LIXEL_M, &options).unwrap();
    means(&lixels, &map.values, streets, case.sites.len())
}

fn means(lixels: &Lixels, values: &[f64], streets: &crate::cases::Streets, sites: usize) -> Vec<f64> {
    let mut means = vec![0.0; sites];
    for edge in 0..lixels.edges() {
        let (from, to) = (streets.first[edge] as usize, streets.first[edge + 1] as usize);
        let slices = &values[lixels.of_edge(edge)];
        let (slices_n, pieces) = (slices.len() as f64, (to - from) as f64);
        let mut parts = vec![0.0; to - from];
        for (i, value) in slices.iter().enumerate() {
            let piece = (((i as f64 + 0.5) / slices_n * pieces) as usize).min(to - from - 1);
            means[from + piece] += value;
            parts[piece] += 1.0;
        }
        for (piece, part) in parts.into_iter().enumerate() {
            if part > 0.0 {
                means[from + piece] /= part;
            }
        }
    }
    means
}
