//! Which places stand out among their like, and is it more than chance.
//!
//! Every place (crossing or road section) is held against a model of its like ([`rank_modelled`]) or against the mean of
//! its class, per crossing or per km of section ([`rank`]).
//! **No exposure is known**: traffic is not in it, so a busy crossing stands out because it is busy. The expected
//! count is that of an average place of the class, not of a place with the same traffic; say so beside every list.
//!
//! Pass *every* place of the network, those without events too: means over places with events only are too high.
//! Counts should be joined first ([`crate::repeat`]); many calls about one crash are one event.

mod bayes;
mod false_discovery;

pub use bayes::{Shrunk, shape_from_moments, shrink};
pub(crate) use false_discovery::false_discovery_of_many;
pub use false_discovery::{Correction, false_discovery, q_values};

use crate::safety::bayes::estimate;
use crate::safety::performance::{self, Place};
use crate::special::poisson_upper_tail;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a place is, and so what its mean is taken per.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlaceKind {
    /// A crossing: the mean is per crossing.
    Crossing,
    /// Road between crossings: the mean is per km.
    Section,
}

/// Metres of each leg that belong to a crossing: what happens there is counted at the crossing, not on the section.
pub const CROSSING_LEG_M: f64 = 30.0;

/// Events of one sort at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// `crash`, `call`, …: looked up in [`Weights::by_kind`].
    pub kind: String,
    /// `fatal`, `serious`, `slight`, `damage`, or unknown: looked up in [`Weights::by_severity`].
    pub severity: Option<String>,
    /// How many.
    pub n: u64,
}

/// A place and what happened there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaceEvents {
    /// Stable key of the place; must not repeat.
    pub key: String,
    /// Crossing or section.
    pub kind: PlaceKind,
    /// Places are held against others of the same kind and class: road class, signalled or not.
    pub class: String,
    /// Length in metres; read for sections only.
    pub length_m: f64,
    /// Streets that meet; read for crossings only.
    pub legs: u32,
    /// Events; empty where nothing happened.
    pub counts: Vec<Count>,
}

impl PlaceEvents {
    /// Length of street that one looks after with this place, metres: a section, or the legs of a crossing.
    #[must_use]
    pub fn street_m(&self) -> f64 {
        match self.kind {
            PlaceKind::Crossing => f64::from(self.legs.max(1)) * CROSSING_LEG_M,
            PlaceKind::Section => self.length_m.max(CROSSING_LEG_M),
        }
    }
}

/// How much an event counts in [`Ranked::score`]: weight of its kind times weight of its severity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// By kind; a kind not named weighs 1.
    #[serde(default)]
    pub by_kind: BTreeMap<String, f64>,
    /// By severity; a severity not named, or unknown, weighs 1.
    #[serde(default)]
    pub by_severity: BTreeMap<String, f64>,
}

impl Default for Weights {
    /// Death 5, serious injury 3, slight injury 1, damage 1: the 1-3-5 weights of the Flemish black-spot programme
    /// (Geurts et al., TRR 1897, 2004), damage as slight. A city sets its own.
    fn default() -> Self {
        let by_severity = [("fatal", 5.0), ("serious", 3.0), ("slight", 1.0), ("damage", 1.0)];
        Self { by_kind: BTreeMap::new(), by_severity: by_severity.map(|(name, w)| (name.to_owned(), w)).into() }
    }
}

impl Weights {
    fn of(&self, count: &Count) -> f64 {
        let kind = self.by_kind.get(&count.kind).copied().unwrap_or(1.0);
        let severity = count.severity.as_ref().and_then(|s| self.by_severity.get(s)).copied().unwrap_or(1.0);
        kind * severity
    }
}

/// What the list is sorted by, largest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RankBy {
    /// Shrunk count per km of street ([`PlaceEvents::street_m`]): where most is found for the same length looked after. The
    /// default: of all orders it names next year's crashes best (`docs/benchmarks/risk/prediction.md`).
    #[default]
    Rate,
    /// Shrunk count less expected count: where most events are above the class's normal.
    Excess,
    /// Plain count.
    Count,
    /// Shrunk severity-weighted score.
    Score,
}

/// How to rank; data, so that a city can change it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// Severity and kind weights of the score.
    #[serde(default)]
    pub weights: Weights,
    /// What the list is sorted by.
    #[serde(default)]
    pub rank_by: RankBy,
    /// A place is significant where `q` is at most this: the share of false alarms accepted among those marked.
    pub false_discovery: f64,
    /// A class with fewer places than this is held against all places of its kind.
    pub smallest_class: usize,
}

impl Default for Method {
    fn default() -> Self {
        Self { weights: Weights::default(), rank_by: RankBy::default(), false_discovery: 0.05, smallest_class: 20 }
    }
}

/// A place in the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// 1 for the first.
    pub rank: usize,
    /// Position in the places passed in.
    pub index: usize,
    /// Key of the place.
    pub key: String,
    /// Events at the place.
    pub n: u64,
    /// Its share of all events at all places passed in.
    pub share: f64,
    /// Events expected at an average place of its class and, for a section, of its length.
    pub expected: f64,
    /// Empirical-Bayes estimate of the place's long-run count ([`shrink`]): between `expected` and `n`.
    pub shrunk: f64,
    /// Standard deviation of `shrunk`.
    pub sd: f64,
    /// `shrunk − expected`.
    pub excess: f64,
    /// `shrunk` per km of street ([`PlaceEvents::street_m`]).
    pub per_km: f64,
    /// Probability that the place's long-run count is above what is expected of it (gamma posterior).
    pub p_excess: f64,
    /// Severity-weighted count, shrunk towards its class with the same credibility as the count.
    pub score: f64,
    /// Probability of `n` or more events if the place were average (Poisson, upper tail).
    pub p: f64,
    /// `p` corrected for having looked at every place (Benjamini & Hochberg 1995).
    pub q: f64,
    /// `q` at most [`Method::false_discovery`].
    pub significant: bool,
    /// The class was too small and the place was held against its whole kind.
    pub pooled: bool,
}

/// Why places cannot be ranked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RankError {
    /// A section whose length is not a positive number.
    #[error("length_invalid: section {key} is {length_m} m long")]
    Length {
        /// Key of the section.
        key: String,
        /// Its length.
        length_m: f64,
    },
    /// A weight that is negative or not a number.
    #[error("weight_invalid: {name} weighs {weight}")]
    Weight {
        /// Kind or severity.
        name: String,
        /// Its weight.
        weight: f64,
    },
}

impl RankError {
    /// Stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "length_invalid",
            Self::Weight { .. } => "weight_invalid",
        }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Length { key, length_m } => {
                Text::new(format!("路段 {key} 的长度 {length_m} 米无效"), format!("Section {key} has a length of {length_m} m"))
            }
            Self::Weight { name, weight } => {
                Text::new(format!("“{name}”的权重 {weight} 无效"), format!("The weight {weight} of “{name}” is not valid"))
            }
        }
    }
}

/// The method in one sentence each, to print with every list.
#[must_use]
pub fn method_text(method: &Method) -> Text {
    tested_text(
        method,
        &Text::new(
            "与同类路口（每个）或路段（每公里）的平均值比较；未计入交通量",
            "Held against the mean of the class, per crossing or per km; traffic is not known",
        ),
    )
}

/// What places are held against, and how it is tested.
fn tested_text(method: &Method, against: &Text) -> Text {
    let percent = method.false_discovery * 100.0;
    Text::new(
        format!("{}；泊松上尾检验，错误发现率 {percent}%（Benjamini–Hochberg）；经验贝叶斯收缩", against.zh),
        format!("{}; Poisson upper tail, false discovery rate {percent} % (Benjamini–Hochberg); empirical Bayes shrinkage", against.en),
    )
}

/// Ranks all places against the mean of their class. Ties go by `p`, then count, then key, so the list is the same on
/// every run.
///
/// # Errors
/// [`RankError`].
pub fn rank(places: &[PlaceEvents], method: &Method) -> Result<Vec<Ranked>, RankError> {
    let observed = observe(places, method)?;
    let expected = by_class(places, &observed, method);
    Ok(ranked(places, &observed, &expected, method))
}

/// Ranks all places against a safety performance function ([`crate::safety::performance`]): class and length of sections,
/// class and legs of crossings, fitted to these very places. Where no model can be fitted (few places, few events) the
/// mean of the class stands in. Second, what was done in one sentence.
///
/// # Errors
/// [`RankError`].
pub fn rank_modelled(places: &[PlaceEvents], years: f64, method: &Method) -> Result<(Vec<Ranked>, Text), RankError> {
    let observed = observe(places, method)?;
    let mut expected = by_class(places, &observed, method);
    let described: Vec<Place> = places
        .iter()
        .zip(&observed)
        .map(|(p, o)| Place {
            kind: p.kind,
            class: p.class.clone(),
            length_m: p.length_m,
            legs: p.legs,
            daily_traffic: None,
            years,
            n: o.n,
        })
        .collect();
    let Ok(models) = performance::fit_network(&described, &performance::Options::default()) else {
        return Ok((ranked(places, &observed, &expected, method), method_text(method)));
    };
    for (held, place) in expected.iter_mut().zip(&described) {
        if let Some(model) = models.expected(place).filter(|m| m.mean > 0.0 && m.mean.is_finite()) {
            held.mean = model.mean;
            held.shape = 1.0 / model.k;
        }
    }
    let said: Vec<Text> = models.models.iter().map(performance::Performance::text).collect();
    let join = |pick: fn(&Text) -> &str| said.iter().map(pick).collect::<Vec<_>>().join("；");
    let against = Text::new(join(|t| &t.zh), join(|t| &t.en).replace('；', ". "));
    Ok((ranked(places, &observed, &expected, method), tested_text(method, &against)))
}

fn observe(places: &[PlaceEvents], method: &Method) -> Result<Vec<Observed>, RankError> {
    for (name, &weight) in method.weights.by_kind.iter().chain(&method.weights.by_severity) {
        if !(weight >= 0.0 && weight.is_finite()) {
            return Err(RankError::Weight { name: name.clone(), weight });
        }
    }
    places.iter().map(|place| Observed::of(place, &method.weights)).collect()
}

/// What a place is held against.
struct Expectation {
    mean: f64,
    /// Shape of the gamma distribution of like places about the mean.
    shape: f64,
    mean_weight: f64,
    pooled: bool,
}

fn by_class(places: &[PlaceEvents], observed: &[Observed], method: &Method) -> Vec<Expectation> {
    let classes = Classes::of(places, observed, method.smallest_class);
    let of = |(place, o): (&PlaceEvents, &Observed)| {
        let (class, pooled) = classes.get(place);
        Expectation { mean: class.rate * o.size, shape: class.shape, mean_weight: class.mean_weight, pooled }
    };
    places.iter().zip(observed).map(of).collect()
}

fn ranked(places: &[PlaceEvents], observed: &[Observed], expected: &[Expectation], method: &Method) -> Vec<Ranked> {
    let total = sum(&observed.iter().collect::<Vec<_>>());
    let mut ranked: Vec<Ranked> = places
        .iter()
        .zip(observed)
        .zip(expected)
        .enumerate()
        .map(|(index, ((place, o), held))| {
            let shrunk = shrink(o.n as f64, held.mean, held.shape);
            let score = shrunk.weight * held.mean * held.mean_weight + (1.0 - shrunk.weight) * o.weighted;
            Ranked {
                rank: 0,
                index,
                key: place.key.clone(),
                n: o.n,
                share: if total == 0 { 0.0 } else { o.n as f64 / total as f64 },
                expected: held.mean,
                shrunk: shrunk.mean,
                sd: shrunk.sd,
                excess: shrunk.mean - held.mean,
                per_km: shrunk.mean / place.street_m() * 1_000.0,
                p_excess: estimate(o.n, held.mean, 1.0 / held.shape).map_or(0.0, |e| e.p_excess),
                score,
                p: poisson_upper_tail(o.n, held.mean),
                q: 1.0,
                significant: false,
                pooled: held.pooled,
            }
        })
        .collect();
    let p: Vec<f64> = ranked.iter().map(|r| r.p).collect();
    for (r, q) in ranked.iter_mut().zip(q_values(&p)) {
        r.q = q;
        r.significant = q <= method.false_discovery;
    }
    let by = |r: &Ranked| match method.rank_by {
        RankBy::Excess => r.excess,
        RankBy::Rate => r.per_km,
        RankBy::Count => r.n as f64,
        RankBy::Score => r.score,
    };
    ranked.sort_by(|a, b| by(b).total_cmp(&by(a)).then(a.p.total_cmp(&b.p)).then(b.n.cmp(&a.n)).then_with(|| a.key.cmp(&b.key)));
    for (i, r) in ranked.iter_mut().enumerate() {
        r.rank = i + 1;
    }
    ranked
}

/// A place's events added up.
struct Observed {
    n: u64,
    weighted: f64,
    /// What its class's rate is per: 1 crossing, or km.
    size: f64,
}

impl Observed {
    fn of(place: &PlaceEvents, weights: &Weights) -> Result<Self, RankError> {
        let size = match place.kind {
            PlaceKind::Crossing => 1.0,
            PlaceKind::Section if place.length_m > 0.0 && place.length_m.is_finite() => place.length_m / 1000.0,
            PlaceKind::Section => return Err(RankError::Length { key: place.key.clone(), length_m: place.length_m }),
        };
        let n = place.counts.iter().fold(0_u64, |sum, c| sum.saturating_add(c.n));
        let weighted = place.counts.iter().map(|c| weights.of(c) * c.n as f64).sum();
        Ok(Self { n, weighted, size })
    }
}

/// All events; counts that are nonsense stop at the largest number.
fn sum(observed: &[&Observed]) -> u64 {
    observed.iter().fold(0, |sum, o| sum.saturating_add(o.n))
}

/// What is normal for a class.
struct Class {
    /// Events per crossing, or per km.
    rate: f64,
    /// Shape of the gamma distribution of rates; infinite where places differ by chance only.
    shape: f64,
    /// Mean severity weight of an event.
    mean_weight: f64,
}

impl Class {
    fn of(members: &[&Observed]) -> Self {
        let n = sum(members);
        let size: f64 = members.iter().map(|o| o.size).sum();
        let weighted: f64 = members.iter().map(|o| o.weighted).sum();
        let rate = if size > 0.0 { n as f64 / size } else { 0.0 };
        let pairs: Vec<(f64, f64)> = members.iter().map(|o| (o.n as f64, o.size)).collect();
        Self { rate, shape: shape_from_moments(&pairs, rate), mean_weight: if n == 0 { 1.0 } else { weighted / n as f64 } }
    }
}

struct Classes<'a> {
    by_class: BTreeMap<(PlaceKind, &'a str), Class>,
    by_kind: BTreeMap<PlaceKind, Class>,
}

impl<'a> Classes<'a> {
    fn of(places: &'a [PlaceEvents], observed: &[Observed], smallest: usize) -> Self {
        let mut classes = BTreeMap::<(PlaceKind, &str), Vec<&Observed>>::new();
        let mut kinds = BTreeMap::<PlaceKind, Vec<&Observed>>::new();
        for (place, o) in places.iter().zip(observed) {
            classes.entry((place.kind, &place.class)).or_default().push(o);
            kinds.entry(place.kind).or_default().push(o);
        }
        Self {
            by_class: classes.into_iter().filter(|(_, m)| m.len() >= smallest).map(|(k, m)| (k, Class::of(&m))).collect(),
            by_kind: kinds.into_iter().map(|(k, m)| (k, Class::of(&m))).collect(),
        }
    }

    /// What the place is held against, and whether that is its whole kind.
    fn get(&self, place: &'a PlaceEvents) -> (&Class, bool) {
        match self.by_class.get(&(place.kind, place.class.as_str())) {
            Some(class) => (class, false),
            None => (&self.by_kind[&place.kind], true),
        }
    }
}
