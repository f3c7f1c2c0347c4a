//! Density along the streets: what a crossing or a stretch has, not what lies within so many metres as the crow flies.

use std::sync::Arc;

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::text::{Language, Text};
use gongzhi_risk::network::{DistanceTable, Estimator, Lixels, NetworkError, Options, Records, Waves};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::App;
use crate::access::require;
use crate::error::{AppError, invalid};
use crate::heat::milliseconds;
use crate::signal_filter::{Compiled, SignalFilter};
use crate::signal_index::SignalIndex;
use crate::street_graph::StreetGraph;
use crate::street_picture::{Picture, lines_within};
use crate::streets::Streets;

/// Slices of one picture: more than a screen shows.
const MOST_SLICES: usize = 60_000;
/// Slices are not shorter than this, metres.
const SHORTEST_M: f64 = 10.0;

/// What map to draw.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StreetRequest {
    /// `none` or `minus`.
    pub compare: Option<String>,
    /// Start of the other period; a year before by default.
    pub compare_from: Option<i64>,
    /// End of the other period.
    pub compare_to: Option<i64>,
    /// Metres; 300 by default.
    pub bandwidth: Option<f64>,
    /// `simple` (default; exact), `discontinuous`, `continuous` (by a wave in steps of metres).
    pub estimator: Option<String>,
    /// Longest slice, metres; as fine as the picture can hold by default.
    pub lixel: Option<f64>,
    /// `west,south,east,north` in degrees; the network's box by default.
    pub bbox: Option<String>,
}

impl App {
    /// Density along the streets in events per km, slice by slice, for the streets in the box that have any.
    ///
    /// # Errors
    /// No permission, no roads; a period, box, bandwidth or estimator that is none.
    pub async fn street_density(
        self: &std::sync::Arc<Self>,
        actor: &Actor,
        filter: SignalFilter,
        request: StreetRequest,
        language: Language,
    ) -> Result<Value, AppError> {
        require(actor, Permission::SignalRead)?;
        let app = self.clone();
        tokio::task::spawn_blocking(move || app.street_density_now(&filter, &request, language))
            .await
            .map_err(|e| AppError::Internal(e.to_string()))?
    }

    fn street_density_now(&self, filter: &SignalFilter, request: &StreetRequest, language: Language) -> Result<Value, AppError> {
        let started = std::time::Instant::now();
        let index = self.signals();
        let (from, to) = self.period(filter, &index);
        let chosen = filter.compile(&index)?.over(from, to);
        let bounds = self.bounds_of(request.bbox.as_deref(), &index)?;
        let bandwidth = request.bandwidth.unwrap_or(300.0);
        if !(50.0..=2_000.0).contains(&bandwidth) {
            return Err(invalid(
                "bandwidth_invalid",
                "沿路带宽应在 50 米到 2 公里之间。",
                "A bandwidth along streets lies between 50 m and 2 km.",
            ));
        }
        let options = Options { estimator: estimator(request.estimator.as_deref())?, ..Options::new(bandwidth) };
        let streets = self.streets(&index)?;
        let seen = lines_within(&streets.on, bounds);
        let lixel_m = slice_length(&streets.on, &seen, request.lixel);
        let map = StreetMap {
            lixels: streets.slices(lixel_m).map_err(refused)?,
            way: Way::of(&streets, &options).map_err(refused)?,
            placed: streets.placed(&index).map_err(refused)?,
            streets: streets.clone(),
            options,
        };
        let (n, now) = map.density(&chosen, &index)?;
        let mut answer = json!({
            "n": n, "period": [from, to], "bandwidth_m": bandwidth, "lixel_m": lixel_m, "estimator": word(options.estimator), "unit": "per_km",
            "bbox": [bounds.west, bounds.south, bounds.east, bounds.north], "kernel": options.kernel.name(), "method": map.way.text(options.estimator).get(language),
            "source": self.source_line(&chosen, &index, language), "synthetic": index.synthetic(),
        });
        let other = self.other_period((from, to), &request.compare, request.compare_from, request.compare_to)?;
        let mut values = now;
        if let Some(other) = other {
            let (n_then, then) = map.density(&chosen.over(other.from, other.to), &index)?;
            other.answer(&mut answer, n, n_then, language)?;
            let scale = other.days_now / other.days;
            values.iter_mut().zip(&then).for_each(|(now, then)| *now -= then * scale);
        }
        let picture = Picture::of(&streets.on, &seen, &map.lixels, &values);
        answer["max"] = json!(picture.values.iter().copied().fold(0.0_f32, f32::max));
        answer["min"] = json!(picture.values.iter().copied().fold(0.0_f32, f32::min));
        answer["streets"] = picture.packed();
        answer["computed_ms"] = json!(milliseconds(started));
        Ok(answer)
    }
}

const ESTIMATORS: [(&str, Estimator); 3] =
    [("simple", Estimator::Simple), ("discontinuous", Estimator::EqualSplitDiscontinuous), ("continuous", Estimator::EqualSplitContinuous)];

/// Steps of a wave, metres; the first that is quick enough for this network and bandwidth.
const STEPS_M: [f64; 3] = [1.0, 2.0, 5.0];
/// Streets times steps that are passed while somebody waits: some tenths of a second.
const MOST_PASSED: f64 = 2e7;

/// How a map of the streets is made.
enum Way {
    /// Exactly, from the distances that are kept: the simple estimator.
    Table(Arc<DistanceTable>),
    /// By a wave: the equal-split estimators, whose walks are too many to follow.
    Waves(Waves),
}

impl Way {
    fn of(streets: &Streets, options: &Options) -> Result<Self, NetworkError> {
        if options.estimator == Estimator::Simple {
            return Ok(Self::Table(streets.table(options)?));
        }
        #[allow(clippy::cast_precision_loss)] // some hundred thousand streets
        let passed = |step_m: f64| streets.on.lines.len() as f64 * options.bandwidth_m / step_m;
        let step_m = STEPS_M.into_iter().find(|&step_m| passed(step_m) <= MOST_PASSED).unwrap_or(STEPS_M[2]);
        Ok(Self::Waves(Waves::new(&streets.on.graph, options.estimator, step_m)?))
    }

    /// What the estimator shows, and how exactly.
    fn text(&self, estimator: Estimator) -> Text {
        let shows = estimator.text();
        match self {
            Self::Table(_) => Text::new(format!("{}；精确计算", shows.zh), format!("{}; exact", shows.en)),
            Self::Waves(waves) => {
                let m = waves.step_m();
                Text::new(
                    format!("{}；按 {m} 米步长逐步推算，误差一般不到峰值的 0.5%", shows.zh),
                    format!("{}; marched in steps of {m} m, off by less than 0.5 % of the peak as a rule", shows.en),
                )
            }
        }
    }
}

fn estimator(word: Option<&str>) -> Result<Estimator, AppError> {
    let word = word.unwrap_or(ESTIMATORS[0].0);
    ESTIMATORS.iter().find(|(name, _)| *name == word).map(|(_, e)| *e).ok_or_else(|| {
        invalid(
            "estimator_unknown",
            format!("没有“{word}”这种估计方法，可选：simple、discontinuous、continuous。"),
            format!("There is no estimator “{word}”; there are simple, discontinuous, continuous."),
        )
    })
}

fn word(estimator: Estimator) -> &'static str {
    ESTIMATORS.iter().find(|(_, e)| *e == estimator).map_or("simple", |(name, _)| name)
}

fn refused(e: NetworkError) -> AppError {
    invalid(e.code(), e.text().zh, e.text().en)
}

/// The length asked for, or the shortest; doubled until the picture can hold all slices.
fn slice_length(streets: &StreetGraph, seen: &[u32], asked: Option<f64>) -> f64 {
    let mut length = asked.filter(|m| m.is_finite()).unwrap_or(SHORTEST_M).clamp(SHORTEST_M, 1_000.0);
    let slices = |length: f64| -> f64 { seen.iter().map(|&line| (streets.lines[line as usize].length_m / length).ceil().max(1.0)).sum() };
    #[allow(clippy::cast_precision_loss)] // sixty thousand
    while length < 1_000.0 && slices(length) > MOST_SLICES as f64 {
        length *= 2.0;
    }
    length
}

/// Everything a picture of the streets is made from, whatever the filter.
struct StreetMap {
    streets: Arc<Streets>,
    lixels: Arc<Lixels>,
    way: Way,
    placed: Vec<Arc<Placed>>,
    options: Options,
}

/// Records on the streets, sorted; which row each one is.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) records: Records,
    pub(crate) ids: Vec<usize>,
    /// Rows before this id are in it.
    pub(crate) upto: usize,
}

impl StreetMap {
    /// How many records pass and lie on a street, and the density of each slice, events per km.
    fn density(&self, chosen: &Compiled, index: &SignalIndex) -> Result<(u64, Vec<f64>), AppError> {
        let mut keep = vec![false; usize::try_from(index.last_id()).unwrap_or(0) + 1];
        for e in chosen.select(index) {
            if let Some(kept) = usize::try_from(e.id).ok().and_then(|id| keep.get_mut(id)) {
                *kept = true;
            }
        }
        let (mut n, mut values) = (0, Vec::new());
        for placed in &self.placed {
            let kept = |record: usize| placed.ids.get(record).and_then(|&id| keep.get(id)).copied().unwrap_or(false);
            let (records, graph) = (&placed.records, &self.streets.on.graph);
            let map = match &self.way {
                Way::Table(table) => records.density(graph, &self.lixels, table, &self.options, kept),
                Way::Waves(waves) => records.wave_density(graph, &self.lixels, waves, &self.options, kept),
            };
            let map = map.map_err(refused)?;
            n += map.n as u64;
            if values.is_empty() {
                values = map.values;
            } else {
                values.iter_mut().zip(map.values).for_each(|(sum, more)| *sum += more);
            }
        }
        Ok((n, values))
    }
}
