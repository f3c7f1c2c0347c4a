//! The brief of hot spots (热点研判简报) and the evidence page of one: what the workbench shows, on paper.
//!
//! A brief is not a letter: it has no number and nobody signs it. It is made anew each time from the same figures as the
//! screen, and carries count, period, method and source on every page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use gongzhi_civic::permission::Actor;
use gongzhi_civic::place::Bounds;
use gongzhi_civic::text::{Language, Text};
use gongzhi_civic::time::Timestamp;
use gongzhi_road::{Class, Network};
use serde_json::{Value, json};

use crate::App;
use crate::error::AppError;
use crate::hotspots::SpotQuestion;
use crate::signal_filter::SignalFilter;
use crate::typeset::{Job, typeset};

/// Places on the brief.
const PLACES: usize = 10;
/// Width of the drawn map, pixels; its height follows the box.
const MAP_WIDTH: f64 = 900.0;

impl App {
    /// The first ten of a ranked list as PDF.
    ///
    /// # Errors
    /// As [`App::hotspots`]; a build without the typesetter.
    pub async fn hotspots_brief(
        self: &Arc<Self>,
        actor: &Actor,
        filter: SignalFilter,
        question: SpotQuestion,
        language: Language,
    ) -> Result<Vec<u8>, AppError> {
        let list = self.hotspots(actor, filter, SpotQuestion { limit: PLACES, ..question }, language).await?;
        let items = list["items"].as_array().cloned().unwrap_or_default();
        let map = self.network().and_then(|network| sketch(&network, &items));
        let data = json!({
            "kind": "list", "title": say(language, "热点研判简报", "Brief on hot spots"), "items": items, "map": map.is_some(),
            "n": list["n"], "method": list["method"], "source": list["source"],
        });
        self.press(data, map, &list["period"], language).await
    }

    /// One place with its evidence as PDF.
    ///
    /// # Errors
    /// As [`App::hotspot`]; a build without the typesetter.
    pub async fn hotspot_evidence_page(
        self: &Arc<Self>,
        actor: &Actor,
        key: &str,
        filter: SignalFilter,
        language: Language,
    ) -> Result<Vec<u8>, AppError> {
        let spot = self.hotspot(actor, key, filter, None, language).await?;
        let map = self.network().and_then(|network| sketch(&network, std::slice::from_ref(&spot)));
        let data = json!({
            "kind": "spot", "title": spot["name"], "spot": spot, "map": map.is_some(),
            "n": spot["total"], "method": spot["method"], "source": spot["source"],
        });
        self.press(data, map, &spot["period"], language).await
    }

    async fn press(&self, mut data: Value, map: Option<String>, period: &Value, language: Language) -> Result<Vec<u8>, AppError> {
        let now = self.clock.now();
        let date = |at: Option<i64>| at.map_or_else(String::new, |at| Timestamp(at).date(&self.zone).to_string());
        let (from, to) = (period[0].as_i64(), period[1].as_i64().map(|t| t - 1));
        data["city"] = json!(self.name().get(language));
        data["period"] = json!(match language {
            Language::Zh => format!("{} 至 {}", date(from), date(to)),
            Language::En => format!("{} to {}", date(from), date(to)),
        });
        data["made"] = json!(Timestamp(now.0).in_zone(&self.zone).strftime("%Y-%m-%d %H:%M").to_string());
        data["synthetic"] = json!(self.signals().synthetic());
        data["lang"] = json!(say(language, "zh", "en"));
        let mut files = BTreeMap::new();
        if let Some(map) = map {
            files.insert("map.svg".to_owned(), map.into_bytes());
        }
        let job = Job { files, main: "brief.typ".to_owned(), data, identity: "brief".into(), at: now };
        let templates = self.templates.clone();
        let made = tokio::task::spawn_blocking(move || typeset(&templates, job)).await.map_err(|e| AppError::Internal(e.to_string()))??;
        Ok(made.pdf)
    }
}

fn say(language: Language, zh: &str, en: &str) -> String {
    Text::new(zh, en).get(language).to_owned()
}

/// The streets about the places, and the places with their ranks. `None` where nothing has a position.
fn sketch(network: &Network, items: &[Value]) -> Option<String> {
    let places: Vec<(f64, f64, u64)> =
        items.iter().filter_map(|i| Some((i["lon"].as_f64()?, i["lat"].as_f64()?, i["rank"].as_u64().unwrap_or(1)))).collect();
    let bounds = frame(&places)?;
    let shrink = bounds.center().lat.to_radians().cos();
    let scale = MAP_WIDTH / ((bounds.east - bounds.west) * shrink);
    let height = (bounds.north - bounds.south) * scale;
    let at = |lon: f64, lat: f64| ((lon - bounds.west) * shrink * scale, (bounds.north - lat) * scale);
    let mut svg = String::new();
    let _ = write!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {MAP_WIDTH:.0} {height:.0}" width="{MAP_WIDTH:.0}" height="{height:.0}"><rect width="100%" height="100%" fill="#f6f5f1"/>"##
    );
    // Alleys are left out where they would be a grey mass.
    let wide = (bounds.north - bounds.south) > 0.03;
    for (_, section) in network.sections() {
        let (width, color) = match section.class {
            Class::Motorway | Class::Trunk => (4.0, "#c8b98f"),
            Class::Primary => (3.2, "#d3c8a8"),
            Class::Secondary => (2.4, "#d9d4c6"),
            Class::Tertiary => (1.6, "#dedbd2"),
            _ if wide => continue,
            _ => (1.0, "#e4e2db"),
        };
        let inside = |p: &gongzhi_civic::place::Point| {
            p.lon >= bounds.west && p.lon <= bounds.east && p.lat >= bounds.south && p.lat <= bounds.north
        };
        if !section.line.iter().any(inside) {
            continue;
        }
        let mut path = String::new();
        for (i, p) in section.line.iter().enumerate() {
            let (x, y) = at(p.lon, p.lat);
            let _ = write!(path, "{}{x:.1} {y:.1}", if i == 0 { "M" } else { "L" });
        }
        let _ = write!(svg, r#"<path d="{path}" fill="none" stroke="{color}" stroke-width="{width}" stroke-linecap="round"/>"#);
    }
    for &(lon, lat, rank) in places.iter().rev() {
        let (x, y) = at(lon, lat);
        let _ = write!(
            svg,
            r##"<circle cx="{x:.1}" cy="{y:.1}" r="15" fill="#b3261e" stroke="#ffffff" stroke-width="3"/><text x="{x:.1}" y="{:.1}" font-size="17" font-weight="bold" fill="#ffffff" text-anchor="middle" font-family="sans-serif">{rank}</text>"##,
            y + 6.0
        );
    }
    svg.push_str("</svg>");
    Some(svg)
}

/// A box about the places with room around it, at least a kilometre, not flatter than 2 : 1 nor narrower than 4 : 3.
fn frame(places: &[(f64, f64, u64)]) -> Option<Bounds> {
    let points = places.iter().map(|&(lon, lat, _)| gongzhi_civic::place::Point::new(lon, lat));
    let bounds = Bounds::around(points)?;
    let center = bounds.center();
    let shrink = center.lat.to_radians().cos();
    let height = ((bounds.north - bounds.south) * 1.2).max(0.009);
    let width = ((bounds.east - bounds.west) * shrink * 1.2).max(0.012);
    let (width, height) = (width.max(height * 4.0 / 3.0), height.max(width / 2.0));
    let (half_width, half_height) = (width / shrink / 2.0, height / 2.0);
    Some(Bounds {
        west: center.lon - half_width,
        south: center.lat - half_height,
        east: center.lon + half_width,
        north: center.lat + half_height,
    })
}
