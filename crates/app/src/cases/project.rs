//! From the folded case to the columns that lists and counts ask for, and from a place to what conditions may ask.

use gongzhi_civic::time::Timestamp;
use gongzhi_matter::{Case, Definition, Facts, Verb};
use gongzhi_store::attachments;
use gongzhi_store::cases::CaseRow;
use gongzhi_store::photos;
use serde_json::{Value, json};

use super::{CasePlace, number};
use crate::App;
use crate::error::{AppError, Problem};

/// A year of keeping; a quarter of a day more or less does not matter to it.
const YEAR_MS: i64 = 365 * gongzhi_civic::time::DAY_MS + gongzhi_civic::time::DAY_MS / 4;

impl App {
    /// Fills the columns from the folded case.
    pub(crate) fn project(&self, definition: &Definition, row: &mut CaseRow, case: &Case, now: Timestamp) -> Result<(), AppError> {
        let calendar = self.calendar();
        let clocks = gongzhi_matter::clocks(definition, case, now, &calendar);
        let dates = crate::calendars::dates(definition, case, now, &calendar);
        let base = definition.base(&case.stage);
        row.calendar = calendar.revision;
        row.stage.clone_from(&case.stage);
        row.base = base.as_str().to_owned();
        row.unit.clone_from(&case.unit);
        row.handler.clone_from(&case.handler);
        row.due_at = dates.due_at;
        row.due_provisional = dates.due_provisional;
        row.next_rung_at = dates.next_rung_at;
        row.closed_at = if base.is_final() { Some(case.closed_at.unwrap_or(now).0) } else { None };
        row.purge_at = row.closed_at.map(|t| t + i64::from(definition.retention.reporter_contact_years) * YEAR_MS);
        // In time is judged by the clocks that the owning unit answers for; the others are the house's own affair.
        row.late = clocks.iter().any(|c| c.late && c.owner == "owner_unit");
        row.returns = counted(definition, case, Verb::Return);
        row.supports = i64::from(case.supporters);
        row.updated_at = now.0;
        row.category = case.fields.get("category").and_then(Value::as_str).map(str::to_owned);
        row.severity = case.fields.get("severity").and_then(number);
        row.subject_key = crate::subjects::key_of(definition, &case.fields);
        row.campaign = crate::subjects::campaign_of(definition, &case.fields);
        let category =
            row.category.as_deref().map(|c| crate::forms::option_label(definition.opening_form().map(|f| &f.schema), "category", c));
        let category = category.map_or_else(|| definition.title.zh.clone(), |l| l.zh);
        // A matter whose opening form has a title of its own is called by it; the others by place and kind.
        let own = case.fields.get("title").and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty());
        row.title = match own {
            Some(title) => title.to_owned(),
            None if row.place_name.is_empty() => category.clone(),
            None => format!("{}：{category}", row.place_name),
        };
        let words = case.fields.get("description").and_then(Value::as_str).unwrap_or_default();
        let key = row.subject_key.as_deref().unwrap_or_default();
        row.search = format!("{} {} {} {} {}", row.number, row.title, words, category, key).to_lowercase();
        row.body = serde_json::to_value(case).map_err(|e| AppError::Internal(e.to_string()))?;
        Ok(())
    }

    /// What guards and routing may look at.
    pub(crate) fn facts(&self, place: &CasePlace, source: &str) -> Facts {
        let mut facts = Facts::new().with("source", source).with("case.source", source).with("place.signal", place.signal);
        if let Some((key, name)) = &place.area {
            facts.set("area.key", key.clone());
            facts.set("area.name", name.clone());
            facts.set("area.all", json!([key, name]));
            facts.set("area.rural", self.ground.is_rural(name));
            facts.set("area.kind", if self.ground.is_street(name) { "street" } else { "town" });
        }
        if let Some(Value::Object(road)) = &place.road {
            for (name, value) in road {
                facts.set(&format!("road.{name}"), value.clone());
            }
            let word = |name: &str| road.get(name).and_then(Value::as_str).unwrap_or_default();
            if let Some(unit) = self.ground.owner(word("name"), word("ref"), word("class")) {
                facts.set("road.owner", unit);
            }
            let area: Vec<&str> = place.area.iter().flat_map(|(key, name)| [key.as_str(), name.as_str()]).collect();
            let chiefs = self.ground.chiefs(word("name"), word("ref"), &area, road.get("stake_m").and_then(Value::as_f64));
            facts.set("road.section", chiefs.section);
            for (level, unit) in [("county", chiefs.county), ("town", chiefs.town), ("village", chiefs.village)] {
                facts.set(&format!("road.chief.{level}"), unit.unwrap_or_default());
            }
        }
        facts
    }

    /// Photos and other files must have arrived before a case may name them.
    pub(crate) async fn check_files(&self, hashes: &[String]) -> Result<(), AppError> {
        if hashes.is_empty() {
            return Ok(());
        }
        let mut known: Vec<String> = photos::by_hashes(&self.database, hashes).await?.into_iter().map(|p| p.hash).collect();
        known.extend(attachments::by_hashes(&self.database, hashes).await?.into_iter().map(|a| a.hash));
        if hashes.iter().all(|h| known.contains(h)) {
            return Ok(());
        }
        Err(Problem::new(422, "photo_unknown", "有照片未上传成功，请重新添加。", "A photo was not uploaded; please add it again.")
            .at("/photos", "照片缺失", "missing")
            .into())
    }

    /// Evidence as it is kept: signals by id, a hot spot with its figures of this moment.
    pub(super) fn evidence(&self, given: &Value) -> Result<Value, AppError> {
        let mut signals: Vec<i64> =
            given.get("signals").and_then(Value::as_array).map(|a| a.iter().filter_map(number).collect()).unwrap_or_default();
        let mut hotspot = Value::Null;
        if let Some(spot) = given.get("hotspot").filter(|h| !h.is_null()) {
            let key = spot.get("key").and_then(Value::as_str).unwrap_or_default();
            hotspot =
                self.hotspot_evidence(key, spot.get("from").and_then(number), spot.get("to").and_then(number))?.unwrap_or(Value::Null);
            if let Some(found) = hotspot.get_mut("signals").map(Value::take) {
                signals.extend(found.as_array().into_iter().flatten().filter_map(Value::as_i64));
            }
        }
        signals.sort_unstable();
        signals.dedup();
        signals.truncate(2_000);
        Ok(json!({ "signals": signals, "hotspot": hotspot }))
    }
}

fn counted(definition: &Definition, case: &Case, verb: Verb) -> i64 {
    definition.actions.iter().filter(|a| a.verb == verb).map(|a| i64::from(case.counts.get(&a.id).copied().unwrap_or(0))).sum()
}
