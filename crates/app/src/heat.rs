//! The heat map: exact density of what passes the filter, alone, beside or minus another period.

use base64::Engine as _;
use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::place::{Bounds, Point};
use gongzhi_civic::text::{Language, Text};
use gongzhi_civic::time::{DAY_MS, Timestamp};
use gongzhi_risk::compare;
use gongzhi_risk::density::{self, Grid, Kernel, Precision, Prepared, Weighted};
use jiff::ToSpan as _;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::App;
use crate::access::require;
use crate::error::{AppError, invalid};
use crate::signal_filter::{Compiled, SignalFilter};
use crate::signal_index::SignalIndex;

/// What map to draw.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct HeatRequest {
    /// `none`, `beside`, `minus`.
    pub compare: Option<String>,
    /// Start of the other period; a year before by default.
    pub compare_from: Option<i64>,
    /// End of the other period.
    pub compare_to: Option<i64>,
    /// Metres; 300 by default.
    pub bandwidth: Option<f64>,
    /// Shape of the hill: `epanechnikov` (default), `quartic`, `triangular`, `uniform`.
    pub kernel: Option<String>,
    /// `exact`, or `auto` (default): within half a percent of the peak, proven, where that is quicker.
    pub mode: Option<String>,
    /// `west,south,east,north` in degrees; the network's box by default.
    pub bbox: Option<String>,
    /// Columns of the grid, 16 to 1600.
    pub width: Option<usize>,
    /// Rows of the grid, 16 to 1600.
    pub height: Option<usize>,
}

impl App {
    /// Computes a heat map. The grid is events per km² at cell centres, row-major, north row first, f32 little-endian, base64.
    ///
    /// # Errors
    /// No permission; a period, box, size or bandwidth that is none.
    pub async fn heat(
        self: &std::sync::Arc<Self>,
        actor: &Actor,
        filter: SignalFilter,
        request: HeatRequest,
        language: Language,
    ) -> Result<Value, AppError> {
        require(actor, Permission::SignalRead)?;
        let app = self.clone();
        // Density is work for a processor, not for the event loop.
        tokio::task::spawn_blocking(move || app.heat_now(&filter, &request, language))
            .await
            .map_err(|e| AppError::Internal(e.to_string()))?
    }

    fn heat_now(&self, filter: &SignalFilter, request: &HeatRequest, language: Language) -> Result<Value, AppError> {
        let started = std::time::Instant::now();
        let index = self.signals();
        let (from, to) = self.period(filter, &index);
        let chosen = filter.compile(&index)?.over(from, to);
        let bounds = self.bounds_of(request.bbox.as_deref(), &index)?;
        let (width, height) = (request.width.unwrap_or(320).clamp(16, 1600), request.height.unwrap_or(240).clamp(16, 1600));
        let bandwidth = request.bandwidth.unwrap_or(300.0);
        if !(20.0..=20_000.0).contains(&bandwidth) {
            return Err(invalid("bandwidth_invalid", "带宽应在 20 米到 20 公里之间。", "A bandwidth lies between 20 m and 20 km."));
        }
        let grid = Grid::new(bounds, width, height).map_err(|e| invalid(e.code(), e.text().zh, e.text().en))?;
        let hill = Hill { bandwidth, kernel: kernel(request.kernel.as_deref())?, precision: precision(request.mode.as_deref())? };
        let (n, now) = surface(&chosen, &index, &grid, hill)?;
        let mut answer = json!({
            "n": n, "period": [from, to], "bandwidth_m": bandwidth, "kernel": hill.kernel.name(),
            "mode": if now.bound_per_km2 > 0.0 { "cells" } else { "exact" }, "error_bound": now.bound_share(),
            "method": method_text(hill, &now).get(language),
            "width": width, "height": height, "bbox": [bounds.west, bounds.south, bounds.east, bounds.north],
            "unit": "per_km2", "max": now.peak_per_km2, "grid": packed(&now.cells), "source": self.source_line(&chosen, &index, language),
            "synthetic": index.synthetic(),
        });
        if let Some(other) = self.other_period((from, to), &request.compare, request.compare_from, request.compare_to)? {
            let (n_then, then) = surface(&chosen.over(other.from, other.to), &index, &grid, hill)?;
            answer["max_then"] = json!(then.peak_per_km2);
            other.answer(&mut answer, n, n_then, language)?;
            if other.minus {
                let minus = density::minus(&now.cells, other.days_now, &then.cells, other.days)
                    .map_err(|e| invalid(e.code(), e.text().zh, e.text().en))?;
                answer["grid_minus"] = json!(packed(&minus));
            } else {
                answer["grid_then"] = json!(packed(&then.cells));
            }
        }
        answer["computed_ms"] = json!(milliseconds(started));
        Ok(answer)
    }

    /// The period to compare with, if one is asked for; a year before where none is named.
    pub(crate) fn other_period(
        &self,
        (from, to): (i64, i64),
        compare: &Option<String>,
        other_from: Option<i64>,
        other_to: Option<i64>,
    ) -> Result<Option<OtherPeriod>, AppError> {
        let mode = compare.as_deref().unwrap_or("none");
        if mode == "none" {
            return Ok(None);
        }
        let (then_from, then_to) = match (other_from, other_to) {
            (Some(a), Some(b)) if a < b => (a, b),
            (None, None) => (self.year_before(from), self.year_before(to)),
            _ => return Err(invalid("period_reversed", "对比时段无效。", "The period to compare with is none.")),
        };
        #[allow(clippy::cast_precision_loss)]
        let days = |a: i64, b: i64| ((b - a) as f64 / DAY_MS as f64).max(1.0 / 24.0);
        Ok(Some(OtherPeriod {
            from: then_from,
            to: then_to,
            days_now: days(from, to),
            days: days(then_from, then_to),
            minus: mode == "minus",
        }))
    }

    /// The filter's period; the last 30 days of records where it has none.
    pub(crate) fn period(&self, filter: &SignalFilter, index: &SignalIndex) -> (i64, i64) {
        let end = filter.to.unwrap_or_else(|| index.span().map_or(self.clock.now().0, |(_, last)| last + 1));
        (filter.from.unwrap_or(end - 30 * DAY_MS), end)
    }

    /// The same instant a year before, by the city's calendar (29 February becomes 28 February).
    pub(crate) fn year_before(&self, at: i64) -> i64 {
        let zoned = Timestamp(at).in_zone(&self.zone);
        zoned.checked_sub(1.year()).map_or(at - 365 * DAY_MS, |z| z.timestamp().as_millisecond())
    }

    pub(crate) fn bounds_of(&self, bbox: Option<&str>, index: &SignalIndex) -> Result<Bounds, AppError> {
        let Some(text) = bbox else {
            let own = self.network().map(|n| n.bounds()).or_else(|| index.bounds());
            return own.ok_or_else(|| invalid("no_place", "尚未导入路网或带坐标的记录。", "No roads and no placed records yet."));
        };
        let numbers: Vec<f64> = text.split(',').filter_map(|t| t.trim().parse().ok()).collect();
        match numbers[..] {
            [west, south, east, north]
                if west < east && south < north && west >= -180.0 && east <= 180.0 && south >= -90.0 && north <= 90.0 =>
            {
                Ok(Bounds { west, south, east, north })
            }
            _ => Err(invalid("bbox_invalid", "范围应为“西,南,东,北”四个度数。", "A box is “west,south,east,north” in degrees.")),
        }
    }

    /// Where the figures come from, in one line.
    pub(crate) fn source_line(&self, chosen: &Compiled, index: &SignalIndex, language: Language) -> String {
        let date = |at: i64| if at == i64::MIN || at == i64::MAX { "…".to_owned() } else { Timestamp(at).date(&self.zone).to_string() };
        let (from, to) = (date(chosen.from), date(chosen.to.saturating_sub(1)));
        match (language, index.synthetic()) {
            (Language::Zh, true) => format!("演示数据（合成），{from} 至 {to}"),
            (Language::Zh, false) => format!("本平台接入的警情与事故记录，{from} 至 {to}"),
            (Language::En, true) => format!("synthetic demo data, {from} to {to}"),
            (Language::En, false) => format!("calls and crashes received by this platform, {from} to {to}"),
        }
    }
}

/// What one event makes of the map, and how near the map must come to it.
#[derive(Clone, Copy, Debug)]
struct Hill {
    bandwidth: f64,
    kernel: Kernel,
    precision: Precision,
}

const KERNELS: [Kernel; 4] = [Kernel::Epanechnikov, Kernel::Quartic, Kernel::Triangular, Kernel::Uniform];

fn kernel(word: Option<&str>) -> Result<Kernel, AppError> {
    let Some(word) = word else { return Ok(Kernel::Epanechnikov) };
    KERNELS.into_iter().find(|k| k.name() == word).ok_or_else(|| {
        let known = KERNELS.map(Kernel::name).join(", ");
        invalid(
            "kernel_unknown",
            format!("没有“{word}”这种核函数，可选：{known}。"),
            format!("There is no kernel “{word}”; there are {known}."),
        )
    })
}

/// Half a percent of the peak is less than one step of the colours.
const SHARE_OF_PEAK: f64 = 5e-3;

fn precision(word: Option<&str>) -> Result<Precision, AppError> {
    match word.unwrap_or("auto") {
        "auto" => Ok(Precision::Within(SHARE_OF_PEAK)),
        "exact" => Ok(Precision::Exact),
        _ => Err(invalid("mode_unknown", "计算方式应为 auto 或 exact。", "A map is computed in the mode auto or exact.")),
    }
}

/// How the map was made, in a sentence to stand beside it.
fn method_text(hill: Hill, map: &density::Map) -> Text {
    let (kernel, b, share) = (hill.kernel.name(), hill.bandwidth, map.bound_share() * 100.0);
    if share > 0.0 {
        return Text::new(
            format!("平面核密度（{kernel}，带宽 {b} 米），与精确值之差已证明不超过峰值的 {share:.2}%"),
            format!("Planar kernel density ({kernel}, bandwidth {b} m), proven to be within {share:.2} % of the peak of the exact one"),
        );
    }
    Text::new(format!("平面核密度（{kernel}，带宽 {b} 米），精确计算"), format!("Planar kernel density ({kernel}, bandwidth {b} m), exact"))
}

fn surface(chosen: &Compiled, index: &SignalIndex, grid: &Grid, hill: Hill) -> Result<(u64, density::Map), AppError> {
    let placed = chosen.select(index).filter(|e| e.lon.is_finite());
    let events: Vec<Weighted> = placed.map(|e| grid.weighted(Point::new(e.lon, e.lat), 1.0)).collect();
    let map = Prepared::new(&events, grid, hill.bandwidth)
        .and_then(|p| p.map(hill.bandwidth, hill.kernel, hill.precision, |_| true))
        .map_err(|e| invalid(e.code(), e.text().zh, e.text().en))?;
    Ok((events.len() as u64, map))
}

/// Another period, and how long both are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OtherPeriod {
    pub from: i64,
    pub to: i64,
    /// Days of the period it is compared with.
    pub days_now: f64,
    /// Its own days.
    pub days: f64,
    /// As a difference, not beside.
    pub minus: bool,
}

impl OtherPeriod {
    /// Puts the other period, its count and the comparison of both into an answer.
    pub(crate) fn answer(&self, answer: &mut Value, n: u64, n_then: u64, language: Language) -> Result<(), AppError> {
        let comparison = compare::rates(n, self.days_now, n_then, self.days).map_err(|e| invalid(e.code(), e.text().zh, e.text().en))?;
        answer["n_then"] = json!(n_then);
        answer["period_then"] = json!([self.from, self.to]);
        answer["comparison"] = comparison_view(&comparison, language);
        Ok(())
    }
}

/// Time since, milliseconds.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn milliseconds(started: std::time::Instant) -> f64 {
    started.elapsed().as_micros() as f64 / 1000.0
}

/// A comparison in one language.
pub(crate) fn comparison_view(c: &compare::Comparison, language: Language) -> Value {
    json!({ "n_now": c.n_now, "n_then": c.n_then, "ratio": c.ratio, "low": c.low, "high": c.high, "p": c.p, "significant": c.significant, "verdict": c.verdict.get(language) })
}

#[allow(clippy::cast_possible_truncation)] // a picture needs seven digits
fn packed(cells: &[f64]) -> String {
    let bytes: Vec<u8> = cells.iter().flat_map(|c| (*c as f32).to_le_bytes()).collect();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
