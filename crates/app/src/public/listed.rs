//! The public list and map: cases of matters that declare themselves listed, in the public projection and no other.

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Language;
use gongzhi_matter::Definition;
use gongzhi_store::cases::{self, CaseFilter, CaseRow};
use serde::Deserialize;
use serde_json::{Value, json};

use super::coarse;
use crate::App;
use crate::error::{AppError, Problem};

/// A page of the public list, as it stands in a URL.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListedQuery {
    /// Matter ids; without, all that are listed.
    pub matter: Option<String>,
    /// `west,south,east,north`.
    pub bbox: Option<String>,
    /// `open` or `closed`.
    pub status: Option<String>,
    /// Position after the last one.
    pub cursor: Option<String>,
    /// At most 200.
    pub limit: Option<i64>,
}

impl App {
    /// Cases that stand in the public list, newest first.
    ///
    /// # Errors
    /// A box that is none.
    pub async fn public_cases(&self, query: &ListedQuery, language: Language) -> Result<Value, AppError> {
        let definitions = self.definitions();
        let wanted: Vec<&str> = query.matter.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|m| !m.is_empty()).collect();
        let listed: Vec<&std::sync::Arc<Definition>> = definitions
            .all()
            .filter(|d| d.public.as_ref().is_some_and(|p| p.listed) && (wanted.is_empty() || wanted.contains(&d.id.as_str())))
            .collect();
        let bounds = query.bbox.as_deref().filter(|b| !b.is_empty()).map(read_box).transpose()?;
        if listed.is_empty() {
            return Ok(json!({ "items": [], "next": null }));
        }
        // A point is shown coarsened, so a box is asked with the coarse point too: else a box made smaller and smaller
        // would find the place to the metre.
        let reach = listed.iter().map(|d| d.subject.public_precision_m).max().unwrap_or(0);
        let bases: &[&str] = match query.status.as_deref() {
            Some("open") => &["intake", "locate", "route", "handle", "review", "hold"],
            Some("closed") => &["done"],
            _ => &["intake", "locate", "route", "handle", "review", "hold", "done"],
        };
        let offset: i64 = query.cursor.as_deref().and_then(|c| c.parse().ok()).unwrap_or(0).max(0);
        let filter = CaseFilter {
            matters: listed.iter().map(|d| d.id.clone()).collect(),
            bases: bases.iter().map(|b| (*b).to_owned()).collect(),
            bounds: bounds.map(|b| wider(b, f64::from(reach))),
            offset,
            limit: query.limit.unwrap_or(100).clamp(1, 200),
            ..CaseFilter::default()
        };
        let rows = cases::page_of(&self.database, &filter).await?;
        let full = i64::try_from(rows.len()).unwrap_or(0) == filter.limit;
        let items: Vec<Value> = rows
            .iter()
            .filter_map(|row| {
                // What the pinned version keeps inside stays inside, whatever the version of today says.
                let definition = definitions.pinned(&row.definition).filter(|d| d.public.as_ref().is_some_and(|p| p.listed))?;
                let point = row.lon.zip(row.lat).map(|(lon, lat)| coarse(Point::new(lon, lat), definition.subject.public_precision_m));
                let inside = bounds.is_none_or(|[w, s, e, n]| point.is_some_and(|p| (w..=e).contains(&p.lon) && (s..=n).contains(&p.lat)));
                inside.then(|| listed_view(row, definition, point, language))
            })
            .collect();
        Ok(json!({ "items": items, "next": full.then(|| (offset + filter.limit).to_string()) }))
    }
}

fn listed_view(row: &CaseRow, definition: &Definition, point: Option<Point>, language: Language) -> Value {
    let stage = definition.stage(&row.stage);
    let category = row.category.as_deref().map(|c| crate::forms::option_label(definition.opening_form().map(|f| &f.schema), "category", c));
    let shown = definition.public.as_ref().is_some_and(|p| p.fields.iter().any(|f| f == "/category"));
    let title = category.filter(|_| shown).map_or_else(|| definition.title.get(language).to_owned(), |c| c.get(language).to_owned());
    json!({
        "number": row.number, "matter": row.matter, "matter_title": definition.title.get(language), "title": title,
        "public_status": stage.map(|s| &s.public), "stage_label": stage.map(|s| s.public_label.get(language)), "place_name": row.place_name,
        "lon": point.map(|p| p.lon), "lat": point.map(|p| p.lat), "opened_at": row.opened_at, "closed_at": row.closed_at, "supports": row.supports,
        "synthetic": row.synthetic,
    })
}

fn read_box(text: &str) -> Result<[f64; 4], AppError> {
    let numbers: Vec<f64> = text.split(',').filter_map(|n| n.trim().parse().ok()).collect();
    match numbers.as_slice() {
        [w, s, e, n] if w < e && s < n && [w, s, e, n].iter().all(|v| v.is_finite()) => Ok([*w, *s, *e, *n]),
        _ => Err(Problem::new(422, "bbox_invalid", "范围应写成“西,南,东,北”。", "Write the box as west,south,east,north.")
            .at("/bbox", "无效", "not valid")
            .into()),
    }
}

fn wider([west, south, east, north]: [f64; 4], metres: f64) -> [f64; 4] {
    let d_lat = metres / 111_195.0;
    let d_lon = d_lat / south.abs().max(north.abs()).min(89.0).to_radians().cos().max(0.01);
    [west - d_lon, south - d_lat, east + d_lon, north + d_lat]
}
