//! What is different between two versions of a definition, as data and as sentences.

use std::collections::BTreeMap;

use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::definition::Definition;

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What sort of thing: `stage`, `action`, `clock`, `routing`, `table`, `effect`, `letter`, `form`, `score`, `word`, `setting`.
    pub part: String,
    /// Which one.
    pub id: String,
    /// What became of it.
    pub kind: ChangeKind,
    /// Changed key, where one thing of it changed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// Value before.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub old: Value,
    /// Value after.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub new: Value,
    /// In words.
    pub message: Text,
}

/// What became of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is no more.
    Removed,
    /// Something of it is different.
    Changed,
    /// It stands at another place of a list whose order counts.
    Moved,
}

/// Everything that differs, part by part, in the order in which a reader asks: course, people, time, routing, the rest.
#[must_use]
pub fn diff(old: &Definition, new: &Definition) -> Vec<Change> {
    let mut changes = Vec::new();
    let (before, after) = (Parts::of(old), Parts::of(new));
    for ((part, ordered, olds), (_, _, news)) in before.lists.iter().zip(&after.lists) {
        list(part, *ordered, olds, news, &mut changes);
    }
    changes
}

type Things = Vec<(String, Value)>;

struct Parts {
    lists: Vec<(&'static str, bool, Things)>,
}

impl Parts {
    fn of(d: &Definition) -> Self {
        let json = |v: &dyn erased::Json| v.json();
        let by_id = |values: Vec<Value>| -> Things {
            values.into_iter().map(|v| (v.get("id").and_then(Value::as_str).unwrap_or_default().to_owned(), v)).collect()
        };
        let rows = d.tables.iter().flat_map(|t| t.rows.iter().map(move |r| (format!("{}.{}", t.id, r.id), json(r)))).collect();
        let forms = d
            .forms
            .iter()
            .flat_map(|(id, form)| {
                let properties = form.schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
                let required = form.schema.get("required").cloned().unwrap_or(Value::Null);
                let fields = properties.into_iter().map(move |(name, node)| (format!("{id}/{name}"), node));
                fields.chain([(id.clone(), serde_json::json!({"title": json(&form.title), "required": required}))])
            })
            .collect();
        let settings = vec![
            ("public".to_owned(), json(&d.public)),
            ("retention".to_owned(), json(&d.retention)),
            ("subject".to_owned(), json(&d.subject)),
            ("effect_check".to_owned(), json(&d.effect_check)),
            ("list".to_owned(), json(&d.list)),
            ("copy".to_owned(), json(&d.routing.copy)),
            ("owner".to_owned(), serde_json::json!({"owner": d.owner, "effective_from": d.effective_from})),
            ("title".to_owned(), serde_json::json!({"title": json(&d.title), "description": json(&d.description)})),
        ];
        Self {
            lists: vec![
                ("stage", false, by_id(d.stages.iter().map(|s| json(s)).collect())),
                ("action", false, by_id(d.actions.iter().map(|a| json(a)).collect())),
                ("clock", false, by_id(d.clocks.iter().map(|c| json(c)).collect())),
                ("routing", true, by_id(d.routing.rows.iter().map(|r| json(r)).collect())),
                ("table", true, rows),
                ("effect", false, by_id(d.effects.iter().map(|e| json(e)).collect())),
                ("letter", false, by_id(d.letters.iter().map(|l| json(l)).collect())),
                ("form", false, forms),
                ("score", false, by_id(d.scores.iter().map(|s| json(s)).collect())),
                ("variable", false, d.context.iter().map(|(n, v)| (n.clone(), json(v))).collect()),
                ("word", false, d.reasons.iter().map(|(c, t)| (c.clone(), serde_json::json!({"label": json(t)}))).collect()),
                ("basis", false, d.legal_basis.iter().map(|b| (b.name.zh.clone(), json(b))).collect()),
                ("setting", false, settings),
            ],
        }
    }
}

/// Every declared thing serialises; this keeps the call sites short.
mod erased {
    use serde::Serialize;
    use serde_json::Value;

    pub(super) trait Json {
        fn json(&self) -> Value;
    }

    impl<T: Serialize> Json for T {
        fn json(&self) -> Value {
            serde_json::to_value(self).unwrap_or(Value::Null)
        }
    }
}

fn list(part: &str, ordered: bool, olds: &Things, news: &Things, changes: &mut Vec<Change>) {
    let find = |things: &Things, id: &str| things.iter().find(|(i, _)| i == id).map(|(_, v)| v.clone());
    for (id, value) in olds.iter().filter(|(id, _)| find(news, id).is_none()) {
        changes.push(whole(part, id, ChangeKind::Removed, value));
    }
    for (id, value) in news {
        match find(olds, id) {
            None => changes.push(whole(part, id, ChangeKind::Added, value)),
            Some(old) => keys(part, id, &old, value, changes),
        }
    }
    if ordered {
        let common = |things: &Things, other: &Things| -> Vec<String> {
            things.iter().map(|(i, _)| i).filter(|i| find(other, i).is_some()).cloned().collect()
        };
        let (before, after) = (common(olds, news), common(news, olds));
        for id in moved(&before, &after) {
            let name = part_name(part);
            let message = Text::new(format!("{}“{id}”的先后次序变了", name.zh), format!("the {} `{id}` stands at another place", name.en));
            changes.push(Change {
                part: part.to_owned(),
                id,
                kind: ChangeKind::Moved,
                key: String::new(),
                old: Value::Null,
                new: Value::Null,
                message,
            });
        }
    }
}

/// The fewest names that must move to turn one order into the other: those outside a longest common subsequence.
fn moved(before: &[String], after: &[String]) -> Vec<String> {
    let place: BTreeMap<&String, usize> = before.iter().enumerate().map(|(i, id)| (id, i)).collect();
    let places: Vec<usize> = after.iter().filter_map(|id| place.get(id).copied()).collect();
    // Longest increasing run of old places, with the way back.
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(places.len());
    for (i, p) in places.iter().enumerate() {
        let longest = (0..i).filter(|j| places[*j] < *p).max_by_key(|j| best[*j].0);
        best.push((longest.map_or(1, |j| best[j].0 + 1), longest));
    }
    let mut keep = vec![false; places.len()];
    let mut at = (0..best.len()).max_by_key(|i| best[*i].0);
    while let Some(i) = at {
        keep[i] = true;
        at = best[i].1;
    }
    after.iter().zip(keep).filter(|(_, kept)| !kept).map(|(id, _)| id.clone()).collect()
}

fn whole(part: &str, id: &str, kind: ChangeKind, value: &Value) -> Change {
    let name = part_name(part);
    let label = value.get("label").or_else(|| value.get("title")).or_else(|| value.get("x-title")).or_else(|| value.get("reason"));
    let word = |language: &str| label.and_then(|l| l.get(language)).and_then(Value::as_str).map(|w| format!("（{w}）")).unwrap_or_default();
    let (zh, en) = if kind == ChangeKind::Added { ("新增", "new") } else { ("删除", "removed") };
    let english = word("en").replace('（', " (").replace('）', ")");
    let message = Text::new(format!("{zh}{}“{id}”{}", name.zh, word("zh")), format!("{en}: {} `{id}`{english}", name.en));
    let (old, new) = if kind == ChangeKind::Added { (Value::Null, value.clone()) } else { (value.clone(), Value::Null) };
    Change { part: part.to_owned(), id: id.to_owned(), kind, key: String::new(), old, new, message }
}

fn keys(part: &str, id: &str, old: &Value, new: &Value, changes: &mut Vec<Change>) {
    let empty = serde_json::Map::new();
    let (before, after) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
    if !(old.is_object() && new.is_object()) && old != new {
        // A whole section came or went (no public part, no list).
        let kind = if old.is_null() { ChangeKind::Added } else { ChangeKind::Removed };
        changes.push(whole(part, id, kind, if old.is_null() { new } else { old }));
        return;
    }
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for key in names {
        let (a, b) = (before.get(key).cloned().unwrap_or(Value::Null), after.get(key).cloned().unwrap_or(Value::Null));
        if a == b {
            continue;
        }
        let (name, key_name) = (part_name(part), key_name(key));
        let message = Text::new(
            format!("{}“{id}”的{}：{} → {}", name.zh, key_name.zh, say(&a, "zh"), say(&b, "zh")),
            format!("{} `{id}`, {}: {} → {}", name.en, key_name.en, say(&a, "en"), say(&b, "en")),
        );
        let change =
            Change { part: part.to_owned(), id: id.to_owned(), kind: ChangeKind::Changed, key: key.clone(), old: a, new: b, message };
        changes.push(change);
    }
}

/// A value as a person would say it.
fn say(value: &Value, language: &str) -> String {
    let none = if language == "zh" { "无" } else { "none" };
    match value {
        Value::Null => none.to_owned(),
        Value::Bool(b) => match (language, b) {
            ("zh", true) => "是".to_owned(),
            ("zh", false) => "否".to_owned(),
            (_, true) => "yes".to_owned(),
            (_, false) => "no".to_owned(),
        },
        Value::String(s) if s.is_empty() => none.to_owned(),
        Value::String(s) => s.clone(),
        Value::Number(n) => n.to_string(),
        Value::Array(items) if items.is_empty() => none.to_owned(),
        Value::Array(items) => items.iter().map(|v| say(v, language)).collect::<Vec<_>>().join(if language == "zh" { "、" } else { ", " }),
        Value::Object(map) => {
            if let Some(word) = map.get(language).and_then(Value::as_str).filter(|_| map.len() == 2) {
                return word.to_owned();
            }
            // A fixed budget is its amount.
            if let (Some("fixed"), Some(budget)) = (map.get("kind").and_then(Value::as_str), map.get("budget").and_then(Value::as_str)) {
                return budget.to_owned();
            }
            map.iter().map(|(k, v)| format!("{k} {}", say(v, language))).collect::<Vec<_>>().join(if language == "zh" {
                "，"
            } else {
                "; "
            })
        }
    }
}

fn part_name(part: &str) -> Text {
    match part {
        "stage" => Text::new("阶段", "stage"),
        "action" => Text::new("动作", "action"),
        "clock" => Text::new("时限", "clock"),
        "routing" => Text::new("分派行", "routing row"),
        "table" => Text::new("判定行", "table row"),
        "effect" => Text::new("效果", "effect"),
        "letter" => Text::new("文书", "letter"),
        "form" => Text::new("表单项", "form field"),
        "score" => Text::new("计分项", "score"),
        "variable" => Text::new("变量", "variable"),
        "word" => Text::new("用语", "wording"),
        "basis" => Text::new("依据", "legal basis"),
        _ => Text::new("设置", "setting"),
    }
}

/// What the keys mean to a reader who does not write TOML; a key without a word is shown as it is.
fn key_name(key: &str) -> Text {
    let words = match key {
        "label" | "title" | "x-title" => ("名称", "name"),
        "done_label" => ("经过用语", "timeline wording"),
        "public_label" => ("公众用语", "public wording"),
        "who" => ("由谁办理", "who may"),
        "from" => ("可办阶段", "possible in"),
        "to" => ("去向", "leads to"),
        "when" => ("条件", "condition"),
        "budget" => ("时长", "time"),
        "ladder" => ("催办梯级", "ladder"),
        "clocks" => ("时限", "clocks"),
        "form" => ("表单", "form"),
        "photos" => ("照片数", "photos"),
        "needs_reason" => ("须写理由", "needs words"),
        "reasons" => ("原因", "reasons"),
        "max" => ("次数上限", "at most"),
        "within" => ("期限", "within"),
        "not_same_unit_as" => ("不得同一单位", "not the same unit as"),
        "points" => ("分值", "points"),
        "required" => ("必填项", "required fields"),
        "reason" => ("理由", "reason"),
        "assist" => ("协办", "assisting"),
        "base" => ("基本状态", "base"),
        "public" => ("公众状态", "public status"),
        "owner" => ("责任人", "who answers"),
        "source" => ("来源", "source"),
        "confirmed" => ("已核对", "confirmed"),
        "fields" => ("公开项", "public fields"),
        "value" => ("取值", "value"),
        other => return Text::new(other, other),
    };
    Text::new(words.0, words.1)
}
