//! The city in hexagons: where counts cluster (Gi*), or where they rose or fell between two periods, each with its significance.

use std::collections::{BTreeMap, HashMap};

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::place::{Bounds, Point};
use gongzhi_civic::text::{Language, Text};
use gongzhi_risk::hotspot::q_values;
use gongzhi_risk::significance::hexagon::{self, Hexagon, HexagonGrid};
use gongzhi_risk::significance::{self, ChangeMethod, Focal, SignificanceError};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::App;
use crate::access::require;
use crate::error::{AppError, invalid};
use crate::heat::milliseconds;
use crate::signal_filter::{Compiled, SignalFilter};
use crate::signal_index::SignalIndex;

/// What map to draw.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct HexagonRequest {
    /// `none` or `minus`.
    pub compare: Option<String>,
    /// Start of the other period; a year before by default.
    pub compare_from: Option<i64>,
    /// End of the other period.
    pub compare_to: Option<i64>,
    /// Metres from a hexagon's centre to its corner, 100 to 5,000; 300 by default.
    pub size: Option<f64>,
    /// `west,south,east,north` in degrees: what is answered. What is computed is always the whole city.
    pub bbox: Option<String>,
}

/// Metres from a hexagon's centre to its corner, where nobody says otherwise.
const SIZE_M: f64 = 300.0;
/// Neighbours of a hexagon reach so many rings.
const RINGS: u16 = 1;

impl App {
    /// Counts by hexagon.
    ///
    /// # Errors
    /// No permission; a period, box or size that is none.
    pub async fn hexagons(
        self: &std::sync::Arc<Self>,
        actor: &Actor,
        filter: SignalFilter,
        request: HexagonRequest,
        language: Language,
    ) -> Result<Value, AppError> {
        require(actor, Permission::SignalRead)?;
        let app = self.clone();
        tokio::task::spawn_blocking(move || app.hexagons_now(&filter, &request, language))
            .await
            .map_err(|e| AppError::Internal(e.to_string()))?
    }

    fn hexagons_now(&self, filter: &SignalFilter, request: &HexagonRequest, language: Language) -> Result<Value, AppError> {
        let started = std::time::Instant::now();
        let index = self.signals();
        let (from, to) = self.period(filter, &index);
        let chosen = filter.compile(&index)?.over(from, to);
        let size_m = request.size.unwrap_or(SIZE_M);
        if !(100.0..=5_000.0).contains(&size_m) {
            return Err(invalid(
                "size_invalid",
                "六边形的边长应在 100 米到 5 公里之间。",
                "A hexagon measures 100 m to 5 km from centre to corner.",
            ));
        }
        // One grid for the city, whatever part of it is looked at: a hexagon does not move when the map does.
        let city = self.bounds_of(None, &index)?;
        let asked = self.bounds_of(request.bbox.as_deref(), &index)?;
        let grid = HexagonGrid::new(city.center(), size_m).map_err(refused)?;
        // A hexagon that reaches into the box is in it, wherever its middle lies.
        let reach = outline(&grid).into_iter().flatten().fold(0.0_f64, |most, degrees| most.max(degrees.abs()));
        let shown = Bounds { west: asked.west - reach, south: asked.south - reach, east: asked.east + reach, north: asked.north + reach };
        let (n, now) = counts(&grid, &chosen, &index);
        let mut answer = json!({
            "n": n, "period": [from, to], "size_m": size_m, "bbox": [asked.west, asked.south, asked.east, asked.north],
            "outline": outline(&grid), "source": self.source_line(&chosen, &index, language), "synthetic": index.synthetic(),
        });
        let other = self.other_period((from, to), &request.compare, request.compare_from, request.compare_to)?;
        let then = match other {
            Some(other) => {
                let (n_then, then) = counts(&grid, &chosen.over(other.from, other.to), &index);
                other.answer(&mut answer, n, n_then, language)?;
                Some((other, then))
            }
            None => None,
        };

        let mut units = self.city_hexagons(&grid, &now);
        for (&hexagon, &n) in then.iter().flat_map(|(_, then)| then) {
            units.entry(hexagon).or_default().1 = n;
        }
        let hexagons: Vec<Hexagon> = units.keys().copied().collect();
        let n_now: Vec<u32> = units.values().map(|c| c.0).collect();
        let n_then: Vec<u32> = units.values().map(|c| c.1).collect();
        let seen: Vec<(usize, Point)> = hexagons
            .iter()
            .enumerate()
            .filter(|&(i, _)| n_now[i] + n_then[i] > 0)
            .map(|(i, &hexagon)| (i, grid.center(hexagon)))
            .filter(|(_, p)| p.lon >= shown.west && p.lon <= shown.east && p.lat >= shown.south && p.lat <= shown.north)
            .collect();

        let cells: Vec<Value> = if let Some((other, _)) = then {
            let method = ChangeMethod { exposure_now: other.days_now, exposure_then: other.days, ..ChangeMethod::default() };
            let changes = significance::changes(&n_now, &n_then, method).map_err(refused)?;
            answer["method"] = json!(changes.method.get(language));
            answer["tested"] = json!(changes.tested);
            let cell = |&(i, p): &(usize, Point)| {
                let c = &changes.places[i];
                let change = json!({ "ratio": c.ratio, "low": c.low, "high": c.high, "p": c.p, "q": c.q, "significant": c.significant, "direction": c.direction });
                json!({ "lon": p.lon, "lat": p.lat, "n": c.n_now, "then": c.n_then, "change": change })
            };
            seen.iter().map(cell).collect()
        } else if let Some((gi, method)) = gi_of(&units)? {
            answer["method"] = json!(format!("{}；{}", method.get(language), corrected(language)));
            answer["tested"] = json!(hexagons.len());
            let cell = |&(i, p): &(usize, Point)| json!({ "lon": p.lon, "lat": p.lat, "n": n_now[i], "gi_z": gi[i].z, "gi_q": gi[i].q });
            seen.iter().map(cell).collect()
        } else {
            seen.iter().map(|&(i, p)| json!({ "lon": p.lon, "lat": p.lat, "n": n_now[i], "gi_z": 0.0, "gi_q": 1.0 })).collect()
        };
        answer["cells"] = json!(cells);
        answer["computed_ms"] = json!(milliseconds(started));
        Ok(answer)
    }
}

/// What is done about many looks, to stand behind the statistic's own sentence.
fn corrected(language: Language) -> &'static str {
    match language {
        Language::Zh => "gi_q 为 Benjamini–Hochberg 错误发现率校正后的值",
        Language::En => "gi_q is corrected by the false discovery rate of Benjamini and Hochberg",
    }
}

/// Gi* of a cell, for the places that lie in it.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct CellGi {
    /// The standardised statistic: positive among high counts.
    pub z: f64,
    /// Two-sided p of `z`.
    pub p: f64,
    /// `p` corrected for having looked at every cell.
    pub q: f64,
}

/// Gi* of every cell of the city.
pub(crate) struct Cells {
    grid: HexagonGrid,
    gi: HashMap<Hexagon, CellGi>,
}

impl Cells {
    /// The statistic where a point lies.
    pub(crate) fn at(&self, point: Point) -> Option<CellGi> {
        self.grid.at(point).and_then(|hexagon| self.gi.get(&hexagon)).copied()
    }
}

impl App {
    /// Gi* by hexagon of the usual size, of what passes the filter.
    pub(crate) fn cells_of(&self, filter: &SignalFilter, index: &SignalIndex) -> Result<Cells, AppError> {
        let (from, to) = self.period(filter, index);
        let chosen = filter.compile(index)?.over(from, to);
        let grid = HexagonGrid::new(self.bounds_of(None, index)?.center(), SIZE_M).map_err(refused)?;
        let (_, now) = counts(&grid, &chosen, index);
        let units = self.city_hexagons(&grid, &now);
        let gi = gi_of(&units)?.map_or_else(HashMap::new, |(gi, _)| units.into_keys().zip(gi).collect());
        Ok(Cells { grid, gi })
    }

    /// The hexagons of the city with what was counted in them. Those without events belong to it too, if a street runs there:
    /// without them every mean is too high.
    fn city_hexagons(&self, grid: &HexagonGrid, now: &BTreeMap<Hexagon, u32>) -> BTreeMap<Hexagon, (u32, u32)> {
        let mut units: BTreeMap<Hexagon, (u32, u32)> = BTreeMap::new();
        if let Some(network) = self.network() {
            let nodes = u32::try_from(network.counts().nodes).unwrap_or(u32::MAX);
            for hexagon in (0..nodes).filter_map(|node| grid.at(network.node_point(node)?)) {
                units.entry(hexagon).or_default();
            }
        }
        for (&hexagon, &n) in now {
            units.entry(hexagon).or_default().0 = n;
        }
        units
    }
}

/// Gi* of each unit, in their order, and how it was computed. `None` where every unit has as many as the next: nothing can
/// stand out, and there is no statistic to compute.
fn gi_of(units: &BTreeMap<Hexagon, (u32, u32)>) -> Result<Option<(Vec<CellGi>, Text)>, AppError> {
    let values: Vec<f64> = units.values().map(|n| f64::from(n.0)).collect();
    if values.iter().all(|v| Some(v) == values.first()) {
        return Ok(None);
    }
    let hexagons: Vec<Hexagon> = units.keys().copied().collect();
    let weights = hexagon::weights(&hexagons, RINGS).map_err(refused)?;
    let gi = significance::getis_ord(&values, &weights, Focal::Included).map_err(refused)?;
    let q = q_values(&gi.p);
    let cells = gi.z.iter().zip(&gi.p).zip(q).map(|((&z, &p), q)| CellGi { z, p, q }).collect();
    Ok(Some((cells, gi.method)))
}

fn refused(e: SignificanceError) -> AppError {
    invalid(e.code(), e.text().zh, e.text().en)
}

fn counts(grid: &HexagonGrid, chosen: &Compiled, index: &SignalIndex) -> (u64, BTreeMap<Hexagon, u32>) {
    let points = chosen.select(index).filter(|e| e.lon.is_finite()).map(|e| Point::new(e.lon, e.lat));
    let counts = grid.counts(points);
    (counts.values().map(|&n| u64::from(n)).sum(), counts)
}

/// The corners about the centre, degrees east and north.
fn outline(grid: &HexagonGrid) -> Vec<[f64; 2]> {
    let (middle, origin) = (Hexagon { q: 0, r: 0 }, grid.center(Hexagon { q: 0, r: 0 }));
    grid.corners(middle).iter().map(|p| [p.lon - origin.lon, p.lat - origin.lat]).collect()
}
