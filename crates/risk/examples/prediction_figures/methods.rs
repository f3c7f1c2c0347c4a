//! The ways of making a list, all on the same units: each gives every unit a score, and the best are flagged.

use gongzhi_risk::hotspot::{PlaceKind, shape_from_moments, shrink};
use gongzhi_risk::network::{self, Estimator, Event, Lixels, Records, WAVE_STEP_M, Waves};
use gongzhi_risk::safety::bayes::estimate;
use gongzhi_risk::safety::performance::{Expected, Options, Place, fit_network};
use gongzhi_risk::significance::{Focal, Weights, getis_ord};
use std::collections::BTreeMap;

use crate::cases::{Case, Placed, Site};
use crate::real::Severity;
use crate::rules;

/// Bandwidths tried, metres.
pub const STREET_BANDWIDTHS: [f64; 5] = [50.0, 100.0, 200.0, 400.0, 800.0];
pub const CELL_BANDWIDTHS: [f64; 4] = [300.0, 500.0, 1_000.0, 2_000.0];
/// Slices at which network maps are read.
const LIXEL_M: f64 = 15.0;
/// Share of a class's mean in what is expected from the neighbours: a street far from any crash is not impossible.
const CLASS_SHARE: f64 = 0.1;

/// What a crash counts, in what is learnt from and in what is found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    Every,
    /// Fatal 5, serious 3, others 1.
    BySeverity,
    /// Killed or seriously hurt only.
    Severe,
}

impl Measure {
    pub fn of(self, crash: &Placed) -> f64 {
        match self {
            Self::Every => 1.0,
            Self::BySeverity => crash.crash.severity.weight(),
            Self::Severe => f64::from(u8::from(crash.crash.severity >= Severity::Serious)),
        }
    }
}

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
    /// Getis-Ord Gi* of the counts within a distance.
    Gi,
    /// A rule's list, in its own order; nothing else is flagged before the rest.
    Rule(&'static str),
    /// Empirical Bayes excess over what is expected of class and length.
    EbExcess,
    /// Empirical Bayes estimate per km.
    EbRate,
    /// Empirical Bayes with what the planar density expects in place of class and length, per km (cells: per cell).
    EbPlanar,
    /// The same with the density along streets (simple).
    EbNetwork,
    /// What is expected of class and length, per km: what is known of a street without its own crashes.
    Expected,
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
            Self::Gi => "Gi*",
            Self::Rule("cn-local-2008-city") => "rule, China 2008 (city)",
            Self::Rule(_) => "rule, Flanders",
            Self::EbExcess => "EB excess",
            Self::EbRate => "EB estimate per km",
            Self::EbPlanar => "EB on planar density",
            Self::EbNetwork => "EB on network density",
            Self::Expected => "SPF alone, per km",
        }
    }

    /// Whether it has a bandwidth to choose.
    pub fn has_bandwidth(self) -> bool {
        matches!(self, Self::Planar | Self::Network(_) | Self::Gi | Self::EbPlanar | Self::EbNetwork)
    }

    pub const STREETS: [Self; 14] = [
        Self::Count,
        Self::PerLength,
        Self::Planar,
        Self::Network(Estimator::Simple),
        Self::Network(Estimator::EqualSplitDiscontinuous),
        Self::Network(Estimator::EqualSplitContinuous),
        Self::Gi,
        Self::Rule("cn-local-2008-city"),
        Self::Rule(rules::FLANDERS),
        Self::EbExcess,
        Self::EbRate,
        Self::EbPlanar,
        Self::EbNetwork,
        Self::Expected,
    ];

    pub const CELLS: [Self; 4] = [Self::Count, Self::Planar, Self::Gi, Self::EbPlanar];

    /// A score for each unit from the crashes learnt from.
    pub fn scores(self, case: &Case, learnt: &[Placed], bandwidth: f64, measure: Measure) -> Vec<f64> {
        let counts = counts(case, learnt, measure);
        let per_length = |v: Vec<f64>| -> Vec<f64> { v.iter().zip(&case.sites).map(|(n, s)| n / s.length.max(1.0)).collect() };
        match self {
            Self::Count => counts,
            Self::PerLength => per_length(counts),
            Self::Planar => planar(case, learnt, bandwidth, measure),
            Self::Network(estimator) => along(case, learnt, bandwidth, measure, estimator),
            Self::Gi => getis_ord(&counts, &Weights::within(&case.near, bandwidth).unwrap(), Focal::Included).unwrap().z,
            Self::Rule(id) => rules::scores(case, learnt, id, measure),
            Self::Expected => per_length(expected(case, &counts).iter().map(|e| e.mean).collect()),
            Self::EbExcess => bayes(&counts, &expected(case, &counts)).iter().map(|e| e.1).collect(),
            Self::EbRate => per_length(bayes(&counts, &expected(case, &counts)).iter().map(|e| e.0).collect()),
            Self::EbPlanar => per_length(bayes_on(case, &counts, &planar(case, learnt, bandwidth, measure))),
            Self::EbNetwork => {
                let density = along(case, learnt, bandwidth, measure, Estimator::Simple);
                per_length(bayes_on(case, &counts, &density))
            }
        }
    }
}

pub fn counts(case: &Case, crashes: &[Placed], measure: Measure) -> Vec<f64> {
    let mut counts = vec![0.0; case.sites.len()];
    crashes.iter().for_each(|c| counts[c.site as usize] += measure.of(c));
    counts
}

/// The safety performance function of streets: class and length, fitted to all units (negative binomial). Weights are rounded to
/// whole counts for it.
pub fn expected(case: &Case, counts: &[f64]) -> Vec<Expected> {
    let places: Vec<Place> = case
        .sites
        .iter()
        .zip(counts)
        .map(|(site, n)| Place {
            kind: PlaceKind::Section,
            class: site.class.clone(),
            length_m: site.length.max(1.0),
            legs: 0,
            daily_traffic: None,
            years: 1.0,
            n: n.round() as u64,
        })
        .collect();
    let models = fit_network(&places, &Options::default()).unwrap();
    places.iter().map(|p| models.expected(p).unwrap()).collect()
}

/// Estimate and excess.
fn bayes(counts: &[f64], expected: &[Expected]) -> Vec<(f64, f64)> {
    let of = |(n, e): (&f64, &Expected)| {
        let estimate = estimate(n.round() as u64, e.mean, e.k).unwrap();
        (estimate.mean, estimate.excess)
    };
    counts.iter().zip(expected).map(of).collect()
}

/// Shrunk towards a density, of which a tenth is the mean of the class per length; one shape for each class.
fn bayes_on(case: &Case, counts: &[f64], density: &[f64]) -> Vec<f64> {
    let total: f64 = counts.iter().sum();
    let mass: f64 = density.iter().zip(&case.sites).map(|(d, s)| d.max(0.0) * s.length).sum();
    let mut classes = BTreeMap::<&str, (f64, f64, Vec<(f64, f64)>)>::new();
    for (site, n) in case.sites.iter().zip(counts) {
        let class = classes.entry(&site.class).or_default();
        class.0 += n;
        class.1 += site.length;
    }
    let prior = |site: &Site, d: f64| {
        let near = if mass > 0.0 { d.max(0.0) * site.length / mass * total } else { 0.0 };
        let class = &classes[site.class.as_str()];
        (1.0 - CLASS_SHARE) * near + CLASS_SHARE * class.0 / class.1.max(1.0) * site.length
    };
    let expected: Vec<f64> = case.sites.iter().zip(density).map(|(s, &d)| prior(s, d)).collect();
    for ((site, &n), &e) in case.sites.iter().zip(counts).zip(&expected) {
        if let Some(class) = classes.get_mut(site.class.as_str()) {
            class.2.push((n, e));
        }
    }
    let shapes: BTreeMap<&str, f64> = classes.iter().map(|(&class, found)| (class, shape_from_moments(&found.2, 1.0))).collect();
    let each = case.sites.iter().zip(counts).zip(&expected);
    each.map(|((site, &n), &e)| shrink(n, e, shapes[site.class.as_str()]).mean).collect()
}

/// Mean over the unit's points of `Σ w (1 − d² / b²)`: the shape of the map, without its constant.
fn planar(case: &Case, crashes: &[Placed], bandwidth: f64, measure: Measure) -> Vec<f64> {
    let block = |x: f64, y: f64| ((x / bandwidth).floor() as i64, (y / bandwidth).floor() as i64);
    let mut blocks = BTreeMap::<(i64, i64), Vec<(f64, f64, f64)>>::new();
    for c in crashes {
        blocks.entry(block(c.x_m, c.y_m)).or_default().push((c.x_m, c.y_m, measure.of(c)));
    }
    let at = |&(x, y): &(f64, f64)| -> f64 {
        let (column, row) = block(x, y);
        (-1..=1)
            .flat_map(|dx| (-1..=1).map(move |dy| (column + dx, row + dy)))
            .filter_map(|b| blocks.get(&b))
            .flatten()
            .map(|&(ex, ey, w)| w * (1.0 - ((ex - x).powi(2) + (ey - y).powi(2)) / (bandwidth * bandwidth)).max(0.0))
            .sum()
    };
    case.sites.iter().map(|s| s.points.iter().map(at).sum::<f64>() / s.points.len() as f64).collect()
}

/// Mean over the unit of the density along streets.
fn along(case: &Case, crashes: &[Placed], bandwidth: f64, measure: Measure, estimator: Estimator) -> Vec<f64> {
    let streets = case.streets.as_ref().unwrap();
    let events: Vec<Event> = crashes.iter().map(|c| Event { w: measure.of(c), ..c.on_street }).collect();
    let options = network::Options { estimator, ..network::Options::new(bandwidth) };
    if estimator == Estimator::Simple {
        let (lixels, map) = network::density(&streets.graph, &events, LIXEL_M, &options).unwrap();
        return means(&lixels, &map.values, streets, case.sites.len());
    }
    // As the program makes them: walks are too many to follow at these bandwidths.
    let (lixels, records) = (Lixels::new(&streets.graph, LIXEL_M).unwrap(), Records::new(&streets.graph, &events).unwrap());
    let waves = Waves::new(&streets.graph, estimator, WAVE_STEP_M).unwrap();
    let map = records.wave_density(&streets.graph, &lixels, &waves, &options, |_| true).unwrap();
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
