//! The scoreboard: declared indicators by unit, each figure with its numerator and denominator, open down to its records.

use std::collections::BTreeMap;

use gongzhi_civic::permission::{Actor, Permission, Scope};
use gongzhi_civic::text::{Language, Text};
use gongzhi_civic::unit::UnitKind;
use gongzhi_store::cases::{self, CaseFilter};
use gongzhi_store::figures::{self, UnitFigures};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::App;
use crate::access::require;
use crate::error::{AppError, not_found};
use crate::signal_filter::SignalFilter;

/// What an indicator divides by what. Declared in `city/indicators.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    id: String,
    label: Text,
    /// A figure this program knows: `closed`, `in_time`, `returned`, `overdue`, `repeats`, …
    numerator: String,
    /// A figure, or `one`.
    denominator: String,
    numerator_label: Text,
    denominator_label: Text,
    source: Text,
    /// `high`, `low`.
    better: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    indicator: Vec<Declared>,
}

/// A scoreboard, as it stands in a URL.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ScoreQuery {
    /// Opened from.
    pub from: Option<i64>,
    /// Opened before.
    pub to: Option<i64>,
    /// Matter.
    pub matter: Option<String>,
    /// Indicator, for records.
    pub indicator: Option<String>,
    /// Unit, for records; empty for all.
    pub unit: Option<String>,
    /// `num` or `den`, for records.
    pub part: Option<String>,
    /// Position after the last one.
    pub cursor: Option<String>,
}

impl App {
    fn indicators(&self) -> Result<Vec<Declared>, AppError> {
        let text = self.templates.city_file("indicators.toml")?;
        let file: File = toml::from_str(&text).map_err(|e| AppError::Internal(format!("indicators.toml: {e}")))?;
        Ok(file.indicator)
    }

    fn score_period(&self, query: &ScoreQuery) -> (i64, i64) {
        let now = self.clock.now();
        let month = now.date(&self.zone).first_of_month();
        let start = month.to_zoned(self.zone.clone()).map_or(now.0, |z| z.timestamp().as_millisecond());
        (query.from.unwrap_or(start), query.to.unwrap_or(now.0 + 1))
    }

    /// The table of units and indicators.
    ///
    /// # Errors
    /// No permission.
    pub async fn scoreboard(&self, actor: &Actor, query: &ScoreQuery, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::ScoreRead)?;
        let declared = self.indicators()?;
        let (from, to) = self.score_period(query);
        let now = self.clock.now().0;
        let matter = query.matter.as_deref().filter(|m| !m.is_empty());
        let mut found: BTreeMap<String, UnitFigures> =
            figures::figures(&self.database, matter, from, to, now).await?.into_iter().map(|f| (f.unit.clone(), f)).collect();
        let (incidents, repeats) = self.repeat_figures(from, to);
        let tree = self.units();
        for unit in tree.units.values().filter(|u| u.active && matches!(u.kind, UnitKind::Department)) {
            found.entry(unit.id.clone()).or_insert_with(|| UnitFigures { unit: unit.id.clone(), ..UnitFigures::default() });
        }
        let all = found.values().fold(UnitFigures::default(), |mut sum, f| {
            sum.received += f.received;
            sum.closed += f.closed;
            sum.in_time += f.in_time;
            sum.overdue += f.overdue;
            sum.returned += f.returned;
            sum.returns += f.returns;
            sum
        });
        // Who sees only their own units sees their own row, and the city's for comparison.
        let own = (actor.scope() == Scope::OwnUnits).then(|| self.units_below(&actor.unit));
        let rows: Vec<Value> = found
            .values()
            .filter(|f| !f.unit.is_empty() && own.as_ref().is_none_or(|o| o.contains(&f.unit)))
            .map(|f| {
                let unit = tree.get(&f.unit);
                let name = unit.map_or(f.unit.as_str(), |u| u.name.get(language));
                let values: serde_json::Map<String, Value> =
                    declared.iter().filter(|d| d.numerator != "repeats").map(|d| (d.id.clone(), figure(d, f, 0, 0))).collect();
                json!({ "unit": { "id": f.unit, "name": name, "kind": unit.map(|u| u.kind) }, "values": values })
            })
            .collect();
        let total: serde_json::Map<String, Value> = declared.iter().map(|d| (d.id.clone(), figure(d, &all, repeats, incidents))).collect();
        let indicators: Vec<Value> = declared
            .iter()
            .map(|d| {
                let kind = if d.denominator == "one" { "count" } else { "percent" };
                json!({ "id": d.id, "label": d.label.get(language), "numerator": d.numerator_label.get(language), "denominator": d.denominator_label.get(language),
                    "unit": kind, "source": d.source.get(language), "better": d.better, "city_only": d.numerator == "repeats" })
            })
            .collect();
        let synthetic = self.is_demo().await?;
        Ok(
            json!({ "period": [from, to], "indicators": indicators, "rows": rows, "total": total, "synthetic": synthetic, "repeat_rule": self.repeat_rule.text().get(language) }),
        )
    }

    fn repeat_figures(&self, from: i64, to: i64) -> (i64, i64) {
        let index = self.signals();
        let Some(call) = index.kinds.number("call") else { return (0, 0) };
        let valid = || index.between(from, to).iter().filter(|e| e.kind == call && e.valid);
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        (count(valid().count()), count(valid().filter(|e| e.repeat_of != 0).count()))
    }

    /// The records behind one figure.
    ///
    /// # Errors
    /// No permission, an unknown indicator.
    pub async fn score_records(&self, actor: &Actor, query: &ScoreQuery, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::ScoreRead)?;
        let id = query.indicator.as_deref().unwrap_or_default();
        let declared = self.indicators()?.into_iter().find(|d| d.id == id).ok_or_else(|| not_found("这个指标", "indicator"))?;
        let (from, to) = self.score_period(query);
        let figure = if query.part.as_deref() == Some("den") { declared.denominator.as_str() } else { declared.numerator.as_str() };
        let offset: usize = query.cursor.as_deref().and_then(|c| c.parse().ok()).unwrap_or(0);
        if matches!(figure, "repeats" | "calls") {
            let repeats = (figure == "repeats").then(|| "1".to_owned());
            let filter = SignalFilter { kind: Some("call".into()), from: Some(from), to: Some(to), repeats, ..SignalFilter::default() };
            let page = self.list_signals(actor, &filter, None, query.cursor.as_deref(), 100, language).await?;
            return Ok(json!({ "items": page.items, "kind": "signal", "total": page.total, "next": page.next }));
        }
        let mut filter = CaseFilter {
            opened_from: Some(from),
            opened_to: Some(to),
            limit: 100,
            offset: i64::try_from(offset).unwrap_or(0),
            ..CaseFilter::default()
        };
        filter.bases = ["intake", "locate", "route", "handle", "review", "hold", "done"].map(str::to_owned).to_vec();
        if let Some(matter) = query.matter.clone().filter(|m| !m.is_empty()) {
            filter.matters = vec![matter];
        }
        if let Some(unit) = query.unit.clone().filter(|u| !u.is_empty()) {
            filter.units = Some(vec![unit]);
        }
        if actor.scope() == Scope::OwnUnits {
            filter.visible_to = Some(self.units_below(&actor.unit));
        }
        let now = self.clock.now().0;
        match figure {
            "closed" => filter.bases = vec!["done".into()],
            "in_time" => {
                filter.bases = vec!["done".into()];
                filter.in_time = true;
            }
            "overdue" => {
                filter.bases.retain(|b| b != "done");
                filter.late_at = Some(now);
            }
            "returned" | "returns" => filter.returns_at_least = Some(1),
            _ => {}
        }
        let (rows, total) = cases::list(&self.database, &filter).await?;
        let next = offset + rows.len();
        let items: Vec<Value> = rows.iter().map(|r| self.case_row(r, language)).collect();
        let more = if total.at_least { items.len() == 100 } else { i64::try_from(next).unwrap_or(i64::MAX) < total.n };
        Ok(
            json!({ "items": items, "kind": "case", "total": total.n, "total_is_least": total.at_least, "next": more.then(|| next.to_string()) }),
        )
    }
}

fn figure(d: &Declared, f: &UnitFigures, repeats: i64, incidents: i64) -> Value {
    let value = |name: &str| match name {
        "received" => f.received,
        "closed" => f.closed,
        "in_time" => f.in_time,
        "overdue" => f.overdue,
        "returned" => f.returned,
        "returns" => f.returns,
        "repeats" => repeats,
        "calls" => incidents,
        _ => 1,
    };
    let (num, den) = (value(&d.numerator), value(&d.denominator));
    #[allow(clippy::cast_precision_loss)] // counts of cases
    let share = if d.denominator == "one" { Some(num as f64) } else { (den > 0).then(|| num as f64 / den as f64) };
    let interval = (d.denominator != "one" && den > 0)
        .then(|| gongzhi_risk::indicator::Ratio::new(u64::try_from(num).unwrap_or(0), u64::try_from(den).unwrap_or(0)).interval())
        .flatten();
    json!({ "num": num, "den": den, "value": share, "low": interval.map(|i| i.0), "high": interval.map(|i| i.1) })
}
