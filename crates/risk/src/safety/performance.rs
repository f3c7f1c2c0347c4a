//! Safety performance functions: how many events an average place of its kind has.
//!
//! Sections and crossings each have their own model: class, length or number of legs, and traffic where it is counted. Where traffic
//! is not known there is **no exposure** in the model: a place may stand out only because it is busy, and the model says so.
//! A class with too few places or events shares the coefficient of the largest class, which is said too.

use super::regression::{Column, Fit, FitError, Observations, fit};
use crate::hotspot::PlaceKind;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A place with its count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Crossing or section.
    pub kind: PlaceKind,
    /// Road class, signalled or not: as [`crate::hotspot::PlaceEvents::class`].
    pub class: String,
    /// Length in metres; read for sections only.
    pub length_m: f64,
    /// Streets that meet; read for crossings only.
    pub legs: u32,
    /// Vehicles a day (AADT; for a crossing those that enter); `None` where not counted.
    pub daily_traffic: Option<f64>,
    /// Years observed.
    pub years: f64,
    /// Events.
    pub n: u64,
}

/// How length enters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LengthRole {
    /// With its own exponent.
    #[default]
    Covariate,
    /// In proportion, as the Highway Safety Manual has it.
    Proportional,
}

/// What has a k of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DispersionForm {
    /// One k for all places of a kind.
    #[default]
    Common,
    /// `k/L`, L in km (Highway Safety Manual); crossings have a common k.
    PerLength,
    /// One k for each class.
    ByClass,
}

/// How to fit; data, so that a city can change it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// How length enters.
    #[serde(default)]
    pub length: LengthRole,
    /// What has a k of its own.
    #[serde(default)]
    pub dispersion: DispersionForm,
    /// A class with fewer places than this has no coefficient of its own.
    pub smallest_class: usize,
    /// Nor has one with fewer events than this.
    pub fewest_events: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { length: LengthRole::Covariate, dispersion: DispersionForm::Common, smallest_class: 20, fewest_events: 5 }
    }
}

/// The model of one kind of place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    /// Crossings or sections.
    pub kind: PlaceKind,
    /// Traffic is in the model.
    pub exposure: bool,
    /// The regression.
    pub fit: Fit,
    /// Classes with a level of their own; the first is the one the others are told from.
    pub classes: Vec<String>,
    /// Classes too small for one: they share the first one's.
    pub pooled: Vec<String>,
    /// Positions of the places it was fitted to, in the order of `fit.means`.
    #[serde(skip)]
    pub places: Vec<usize>,
    options: Options,
}

/// What a model says of a place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// Expected count over the place's years.
    pub mean: f64,
    /// Overdispersion there.
    pub k: f64,
    /// Traffic is in it.
    pub exposure: bool,
}

/// The models of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Models {
    /// One or two of each kind: with traffic, and without for places whose traffic is not known.
    pub models: Vec<Performance>,
    /// Kinds that could not be fitted, and why.
    pub failures: Vec<(PlaceKind, Text)>,
}

/// Why there is no model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PerformanceError {
    /// A length, years or traffic that is not a positive number.
    #[error("place_invalid: place {place}")]
    Place {
        /// Position of the place.
        place: usize,
    },
    /// No kind of place could be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
}

impl PerformanceError {
    /// Stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Place { .. } => "place_invalid",
            Self::Fit(e) => e.code(),
        }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Place { place } => {
                Text::new(format!("第 {place} 处的长度、年数或流量无效"), format!("Length, years or traffic of place {place} is not valid"))
            }
            Self::Fit(e) => e.text(),
        }
    }
}

const LENGTH: &str = "ln length (km)";
const TRAFFIC: &str = "ln traffic (vehicles/day)";
const LEGS: &str = "ln legs";

/// Fits sections and crossings, each with traffic where it is known and without.
///
/// Pass every place of the network, those without events too.
///
/// # Errors
/// [`PerformanceError`]: a place that makes no sense, or nothing that can be fitted.
pub fn fit_network(places: &[Place], options: &Options) -> Result<Models, PerformanceError> {
    let positive = |v: f64| v > 0.0 && v.is_finite();
    if let Some(place) = places.iter().position(|p| {
        !(positive(p.years) && p.daily_traffic.is_none_or(positive) && (p.kind == PlaceKind::Crossing || positive(p.length_m)))
    }) {
        return Err(PerformanceError::Place { place });
    }
    let mut models = Models { models: Vec::new(), failures: Vec::new() };
    let mut last = None;
    for kind in [PlaceKind::Crossing, PlaceKind::Section] {
        let all: Vec<usize> = (0..places.len()).filter(|&i| places[i].kind == kind).collect();
        if all.is_empty() {
            continue;
        }
        let known: Vec<usize> = all.iter().copied().filter(|&i| places[i].daily_traffic.is_some()).collect();
        // With traffic known for a few places only, a model of their own says little; ten places a coefficient is the usual least.
        if known.len() >= 100.min(all.len())
            && let Ok(model) = Performance::of(places, known.clone(), kind, true, options)
        {
            models.models.push(model);
            if known.len() == all.len() {
                continue;
            }
        }
        match Performance::of(places, all, kind, false, options) {
            Ok(model) => models.models.push(model),
            Err(error) => {
                models.failures.push((kind, error.text()));
                last = Some(error);
            }
        }
    }
    match last {
        Some(error) if models.models.is_empty() => Err(error.into()),
        _ if models.models.is_empty() => Err(FitError::NoEvents.into()),
        _ => Ok(models),
    }
}

impl Models {
    /// What is expected at a place; `None` where its kind has no model.
    #[must_use]
    pub fn expected(&self, place: &Place) -> Option<Expected> {
        let of_kind = || self.models.iter().filter(|m| m.kind == place.kind);
        let model = of_kind().find(|m| m.exposure && place.daily_traffic.is_some()).or_else(|| of_kind().find(|m| !m.exposure))?;
        Some(model.expected(place))
    }
}

impl Performance {
    fn of(places: &[Place], members: Vec<usize>, kind: PlaceKind, exposure: bool, options: &Options) -> Result<Self, FitError> {
        let (classes, pooled) = classes(places, &members, options);
        let column = |name: &str, of: &dyn Fn(&Place) -> f64| Column {
            name: name.to_owned(),
            values: members.iter().map(|&i| of(&places[i])).collect(),
        };
        let mut columns = Vec::new();
        match kind {
            PlaceKind::Section if options.length == LengthRole::Covariate => columns.push(column(LENGTH, &|p| kilometres(p).ln())),
            PlaceKind::Section => {}
            PlaceKind::Crossing => columns.push(column(LEGS, &|p| f64::from(p.legs.max(1)).ln())),
        }
        if exposure {
            columns.push(column(TRAFFIC, &|p| p.daily_traffic.map_or(0.0, f64::ln)));
        }
        for class in classes.iter().skip(1) {
            columns.push(column(&class_column(class), &|p| f64::from(u8::from(p.class == *class))));
        }
        let proportional = options.length == LengthRole::Proportional && kind == PlaceKind::Section;
        let offset: Vec<f64> = members.iter().map(|&i| offset(&places[i], proportional)).collect();
        let scale: Option<Vec<f64>> = (options.dispersion == DispersionForm::PerLength && kind == PlaceKind::Section)
            .then(|| members.iter().map(|&i| 1.0 / kilometres(&places[i])).collect());
        let group = |p: &Place| classes.iter().position(|c| *c == p.class).map_or(0, |g| u32::try_from(g).unwrap_or(0));
        let groups: Option<Vec<u32>> =
            (options.dispersion == DispersionForm::ByClass).then(|| members.iter().map(|&i| group(&places[i])).collect());
        let counts: Vec<u64> = members.iter().map(|&i| places[i].n).collect();
        let fit = fit(&Observations {
            counts: &counts,
            columns: &columns,
            offset: Some(&offset),
            dispersion_scale: scale.as_deref(),
            groups: groups.as_deref(),
        })?;
        Ok(Self { kind, exposure, fit, classes, pooled, places: members, options: *options })
    }

    /// What is expected at a place of the model's kind.
    #[must_use]
    pub fn expected(&self, place: &Place) -> Expected {
        let class = self.classes.iter().position(|c| *c == place.class);
        let name = class.filter(|c| *c > 0).map(|c| class_column(&self.classes[c]));
        let mut values: Vec<(&str, f64)> = name.iter().map(|n| (n.as_str(), 1.0)).collect();
        let proportional = self.options.length == LengthRole::Proportional && self.kind == PlaceKind::Section;
        match self.kind {
            PlaceKind::Section if !proportional => values.push((LENGTH, kilometres(place).ln())),
            PlaceKind::Section => {}
            PlaceKind::Crossing => values.push((LEGS, f64::from(place.legs.max(1)).ln())),
        }
        if self.exposure {
            values.push((TRAFFIC, place.daily_traffic.map_or(0.0, f64::ln)));
        }
        let mean = self.fit.mean(&values, offset(place, proportional));
        let k = match self.options.dispersion {
            DispersionForm::ByClass => self.fit.dispersion.get(class.unwrap_or(0)).map_or(0.0, |d| d.k),
            DispersionForm::PerLength if self.kind == PlaceKind::Section => self.fit.dispersion[0].k / kilometres(place),
            _ => self.fit.dispersion[0].k,
        };
        Expected { mean, k, exposure: self.exposure }
    }

    /// What the model is, how well it fits, and what it lacks.
    #[must_use]
    pub fn text(&self) -> Text {
        let fit = self.fit.text();
        let (zh_kind, en_kind) = match self.kind {
            PlaceKind::Crossing => ("路口", "Crossings"),
            PlaceKind::Section => ("路段", "Sections"),
        };
        let (zh, en) = if self.exposure {
            ("已计入交通量", "traffic is in the model")
        } else {
            ("未计入交通量：车多的地点可能仅因车多而突出", "no exposure: a busy place may stand out only because it is busy")
        };
        let list = self.pooled.join(", ");
        let (zh_pooled, en_pooled) = if list.is_empty() {
            (String::new(), String::new())
        } else {
            (
                format!("；类别过小而并入“{}”：{list}", self.classes[0]),
                format!("; classes too small, held against “{}”: {list}", self.classes[0]),
            )
        };
        Text::new(format!("{zh_kind}：{}；{zh}{zh_pooled}", fit.zh), format!("{en_kind}: {}; {en}{en_pooled}", fit.en))
    }
}

fn kilometres(place: &Place) -> f64 {
    place.length_m / 1000.0
}

fn offset(place: &Place, proportional: bool) -> f64 {
    place.years.ln() + if proportional { kilometres(place).ln() } else { 0.0 }
}

fn class_column(class: &str) -> String {
    format!("class {class}")
}

/// Classes with a level of their own, the one with most events first, and those without.
fn classes(places: &[Place], members: &[usize], options: &Options) -> (Vec<String>, Vec<String>) {
    let mut sizes = BTreeMap::<&str, (usize, u64)>::new();
    for &i in members {
        let size = sizes.entry(&places[i].class).or_default();
        size.0 += 1;
        size.1 = size.1.saturating_add(places[i].n);
    }
    let mut order: Vec<(&str, (usize, u64))> = sizes.into_iter().collect();
    order.sort_by(|a, b| b.1.1.cmp(&a.1.1).then(a.0.cmp(b.0)));
    let large = |size: &(usize, u64)| size.0 >= options.smallest_class && size.1 >= options.fewest_events;
    let names = |keep: bool| {
        let chosen = order.iter().enumerate().filter(|(i, (_, size))| (*i == 0 || large(size)) == keep);
        chosen.map(|(_, (name, _))| (*name).to_owned()).collect::<Vec<_>>()
    };
    (names(true), names(false))
}
