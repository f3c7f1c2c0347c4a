//! Parts of a case's page: who has which part, parent and children, marks after closing, dates that a calendar moved.

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::text::{Language, Text};
use gongzhi_matter::{Case, EffectCheck, PartState, Verdict};
use gongzhi_store::calendars;
use gongzhi_store::cases::{self, CaseRow, Key};
use serde_json::{Value, json};

use super::Loaded;
use crate::App;
use crate::error::AppError;

impl App {
    /// Adds parts, children, parent, call-backs and effect checks to a page.
    pub(crate) async fn add_family(&self, page: &mut Value, actor: &Actor, loaded: &Loaded, language: Language) -> Result<(), AppError> {
        let case = &loaded.case;
        page["parts"] = case
            .parts
            .iter()
            .map(|p| json!({ "unit": self.unit_view(Some(&p.unit), language), "state": p.state, "label": part_label(p.state).get(language), "words": p.words, "at": p.at.0 }))
            .collect();
        page["children"] = json!(self.children(actor, case, language).await?);
        page["parent"] = self.parent(actor, case, language).await?;
        page["call_backs"] = json!(case.call_backs);
        page["effect_checks"] = case.effect_checks.iter().map(|c| check_view(c, language)).collect();
        Ok(())
    }

    /// The children as rows. Who may see the parent sees that there are children and how they stand; a page opens only
    /// where one has a part (`visible`).
    async fn children(&self, actor: &Actor, case: &Case, language: Language) -> Result<Vec<Value>, AppError> {
        let ids: Vec<String> = case.children.iter().map(|c| c.case.clone()).collect();
        let mut rows = Vec::with_capacity(ids.len());
        // Hundreds of items of one programme are one question a hundred, not one a child.
        for chunk in ids.chunks(200) {
            rows.extend(cases::by_ids(&self.database, chunk).await?);
        }
        let tree = self.units();
        let mut views = Vec::with_capacity(case.children.len());
        let sight = if actor.scope() == gongzhi_civic::permission::Scope::City {
            None
        } else {
            Some(cases::units_of_many(&self.database, &ids).await?)
        };
        for child in &case.children {
            let row: Option<&CaseRow> = rows.iter().find(|r| r.id == child.case);
            let definitions = self.definitions();
            let (stage, base) = row.map_or((child.stage.as_str(), child.base.as_str()), |r| (r.stage.as_str(), r.base.as_str()));
            let definition = row.and_then(|r| definitions.pinned(&r.definition)).or_else(|| definitions.current(&child.matter));
            let label = definition.and_then(|d| d.stage(stage)).map_or_else(|| stage.to_owned(), |s| s.label.get(language).to_owned());
            let visible = sight.as_ref().is_none_or(|units| {
                units.iter().filter(|(case, _)| *case == child.case).any(|(_, unit)| tree.is_within(unit, &actor.unit))
            });
            views.push(json!({
                "id": child.case, "number": child.number, "matter": child.matter, "mandatory": child.mandatory, "visible": visible,
                "matter_title": definition.map(|d| d.title.get(language).to_owned()),
                "title": row.map(|r| r.title.clone()), "stage": { "id": stage, "label": label, "base": base }, "base": base,
                "unit": self.unit_view(row.and_then(|r| r.unit.as_deref()), language), "due_at": row.and_then(|r| r.due_at),
                "place": row.map(|r| json!({ "name": r.place_name, "lon": r.lon, "lat": r.lat, "key": r.place_key })),
            }));
        }
        Ok(views)
    }

    async fn parent(&self, actor: &Actor, case: &Case, language: Language) -> Result<Value, AppError> {
        let Some(parent) = &case.parent else { return Ok(Value::Null) };
        let row = cases::find(&self.database, Key::Id(&parent.case)).await?;
        let visible = self.visible(actor, &parent.case).await.is_ok();
        let definitions = self.definitions();
        let title = definitions.current(&parent.matter).map(|d| d.title.get(language).to_owned());
        Ok(json!({
            "id": parent.case, "number": parent.number, "matter": parent.matter, "matter_title": title,
            "title": row.filter(|_| visible).map(|r| r.title), "unit": self.unit_view(parent.unit.as_deref(), language), "visible": visible,
        }))
    }

    /// Masks what is personal in the opening form and in every form of the timeline, for readers who have no part in the
    /// case and may not look at personal data.
    pub(crate) fn mask_page(&self, page: &mut Value, actor: &Actor, loaded: &Loaded) {
        if actor.may(Permission::PersonalReveal) {
            return;
        }
        let (case, tree) = (&loaded.case, self.units());
        let parts = case.parts.iter().map(|p| &p.unit);
        let mut units = case.unit.iter().chain(&case.assists).chain(parts).chain(&case.opened_by.unit);
        if units.any(|u| tree.is_within(u, &actor.unit)) {
            return;
        }
        let form = page["form"].take();
        mask(&form, &mut page["fields"]);
        page["form"] = form;
        for entry in page["timeline"].as_array_mut().into_iter().flatten() {
            let form = entry["form"].take();
            mask(&form, &mut entry["fields"]);
            entry["form"] = form;
        }
    }

    /// What calendars moved on this case, as entries of its timeline.
    pub(crate) async fn moved_dates(&self, id: &str, language: Language) -> Result<Vec<Value>, AppError> {
        let moved = calendars::projections(&self.database, id).await?;
        let label = Text::new("日历调整，期限重算", "The calendar changed; the due date was derived anew");
        let program = Text::new("系统", "the program");
        Ok(moved
            .into_iter()
            .map(|m| {
                let why = if language == Language::En { m.en } else { m.zh };
                json!({ "seq": null, "at": m.at, "kind": "calendar", "verb": "calendar", "label": label.get(language), "actor": program.get(language), "unit": null,
                    "to_unit": null, "reason": why, "fields": null, "form": null, "photos": [], "hash": null,
                    "moved": { "old": m.old_due, "new": m.new_due, "old_provisional": m.old_provisional, "new_provisional": m.new_provisional } })
            })
            .collect())
    }
}

/// Fields that name a person, or that the form keeps to the department.
fn mask(schema: &Value, fields: &mut Value) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    for (name, node) in properties {
        let Some(value) = fields.get_mut(name) else { continue };
        let widget = node.get("x-ui").and_then(Value::as_str).unwrap_or_default();
        let department = node.get("x-visibility").and_then(Value::as_str) == Some("department");
        if department || matches!(widget, "phone" | "id-card" | "plate" | "vehicle") {
            *value = value.as_str().map_or(Value::Null, |text| json!(stub(text)));
        } else if let (Some(items), Some(list)) = (node.get("items"), value.as_array_mut()) {
            list.iter_mut().for_each(|item| mask(items, item));
        } else if node.get("properties").is_some() {
            mask(node, value);
        }
    }
}

/// The ends of a longer word, nothing of a short one.
fn stub(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() < 6 {
        return "***".to_owned();
    }
    let ends = |range: &[char]| range.iter().collect::<String>();
    format!("{}***{}", ends(&letters[..2]), ends(&letters[letters.len() - 2..]))
}

fn part_label(state: PartState) -> Text {
    match state {
        PartState::Open => Text::new("未完成", "open"),
        PartState::Done => Text::new("已完成", "done"),
        PartState::Dropped => Text::new("已收回", "taken back"),
    }
}

fn check_view(c: &EffectCheck, language: Language) -> Value {
    let label = match c.verdict {
        Verdict::Better => Text::new("明显下降", "fell"),
        Verdict::Worse => Text::new("明显上升", "rose"),
        Verdict::Unclear => Text::new("变化不显著", "no clear change"),
    };
    let mut view = json!(c);
    view["label"] = json!(label.get(language));
    view["method"] = json!(c.method);
    for (name, text) in [("words", &c.words), ("basis", &c.basis)] {
        if let Some(text) = text {
            view[name] = json!(text.get(language));
        }
    }
    view
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_person_is_masked_at_every_depth_and_nothing_else() {
        let schema = json!({ "properties": {
            "plate": { "x-ui": "plate" }, "words": {}, "secret": { "x-visibility": "department" }, "age": { "type": "integer", "x-visibility": "department" },
            "people": { "items": { "properties": { "phone": { "x-ui": "phone" }, "name": {} } } } } });
        let mut fields = json!({ "plate": "浙D12345", "words": "a hole", "secret": "short", "age": 40, "people": [{ "phone": "13900010001", "name": "x" }] });
        mask(&schema, &mut fields);
        let masked = json!({ "plate": "浙D***45", "words": "a hole", "secret": "***", "age": null, "people": [{ "phone": "13***01", "name": "x" }] });
        assert_eq!(fields, masked);
    }
}
