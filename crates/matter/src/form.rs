//! Forms: the part of JSON Schema 2020-12 that every renderer knows, and validation with messages in both languages.

use std::collections::BTreeMap;

use gongzhi_civic::text::Text;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, Validator};
use serde_json::Value;

use crate::definition::Fault;

mod place;

/// Keywords of a form's root.
const ROOT: &[&str] = &[
    "$schema",
    "$id",
    "type",
    "title",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "allOf",
    "if",
    "then",
    "x-title",
    "x-help",
];
/// Keywords of a property.
const PROPERTY: &[&str] = &[
    "type",
    "title",
    "description",
    "enum",
    "const",
    "format",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "properties",
    "required",
    "additionalProperties",
    "default",
    "x-title",
    "x-help",
    "x-labels",
    "x-ui",
    "x-step",
    "x-visibility",
    "x-unit",
];
/// Keywords of a condition (`if`) and its consequence (`then`).
const CONDITION: &[&str] = &["properties", "required", "const", "enum", "minimum", "minItems", "minLength", "if", "then"];
const TYPES: &[&str] = &["string", "integer", "number", "boolean", "array", "object"];
const FORMATS: &[&str] = &["date", "date-time"];
const WIDGETS: &[&str] = &[
    "geo-point",
    "photos",
    "plate",
    "phone",
    "id-card",
    "road-ref",
    "org-ref",
    "textarea",
    "table",
    "unit",
    "date",
    "case",
    "vehicle",
    "evidence",
];
const VISIBILITIES: &[&str] = &["public", "office", "department"];

/// Checks that a schema stays within the subset and has all its wordings.
pub(crate) fn check(file: &str, text: &str, schema: &Value) -> Vec<Fault> {
    let mut checker = Checker { file, places: place::offsets(text), text, faults: Vec::new() };
    checker.root(schema);
    checker.faults
}

/// A JSON text's syntax fault.
pub(crate) fn syntax_fault(file: &str, error: &serde_json::Error) -> Fault {
    Fault {
        file: file.to_owned(),
        line: error.line(),
        column: error.column(),
        code: "schema_syntax".to_owned(),
        message: Text::new(format!("不是合法的 JSON：{error}"), format!("not JSON: {error}")),
    }
}

/// Compiles a schema that has passed [`check`].
pub(crate) fn compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true).build(schema).map_err(|e| e.to_string())
}

/// Every field that does not hold: JSON Pointer → message.
pub(crate) fn validate(validator: &Validator, schema: &Value, fields: &Value) -> BTreeMap<String, Text> {
    let mut found = BTreeMap::new();
    for error in validator.iter_errors(fields) {
        let at = error.instance_path().to_string();
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let title = title_of(schema, &format!("{at}/{name}"));
                found.insert(format!("{at}/{name}"), Text::new(format!("请填写{}", title.zh), format!("{} is required", title.en)));
            }
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    found.insert(format!("{at}/{name}"), Text::new("表单没有这一项", "the form has no such field"));
                }
            }
            kind => {
                found.entry(at).or_insert_with(|| message(kind));
            }
        }
    }
    found
}

/// The schema's value at a field pointer (`/category` → its property), if declared.
pub(crate) fn property<'a>(schema: &'a Value, pointer: &str) -> Option<&'a Value> {
    pointer.split('/').filter(|p| !p.is_empty()).try_fold(schema, |node, step| {
        if step.chars().all(|c| c.is_ascii_digit()) && node.get("items").is_some() {
            node.get("items")
        } else {
            node.get("properties")?.get(step)
        }
    })
}

/// The unit ids that a form's fields name (`x-ui` unit), with their pointers; lists of objects are looked into.
pub(crate) fn units_named(schema: &Value, fields: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk_units("", schema, fields, &mut found);
    found
}

fn walk_units(at: &str, schema: &Value, value: &Value, found: &mut Vec<(String, String)>) {
    if schema.get("x-ui").and_then(Value::as_str) == Some("unit")
        && let Some(unit) = value.as_str()
    {
        found.push((at.to_owned(), unit.to_owned()));
    }
    for (name, node) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if let Some(inner) = value.get(name) {
            walk_units(&format!("{at}/{name}"), node, inner, found);
        }
    }
    if let (Some(items), Some(list)) = (schema.get("items"), value.as_array()) {
        for (i, inner) in list.iter().enumerate() {
            walk_units(&format!("{at}/{i}"), items, inner, found);
        }
    }
}

fn title_of(schema: &Value, pointer: &str) -> Text {
    let title = property(schema, pointer).and_then(|p| p.get("x-title"));
    let name = pointer.rsplit('/').next().unwrap_or(pointer);
    let get = |language: &str| title.and_then(|t| t.get(language)).and_then(Value::as_str).unwrap_or(name).to_owned();
    Text::new(get("zh"), get("en"))
}

fn message(kind: &ValidationErrorKind) -> Text {
    use ValidationErrorKind as K;
    match kind {
        K::Type { .. } => Text::new("类型不对", "wrong type"),
        K::Enum { .. } | K::Constant { .. } => Text::new("请从所列选项中选择", "choose one of the listed values"),
        K::Minimum { limit } => Text::new(format!("不能小于 {limit}"), format!("must be at least {limit}")),
        K::Maximum { limit } => Text::new(format!("不能大于 {limit}"), format!("must be at most {limit}")),
        K::MinLength { limit } => Text::new(format!("至少 {limit} 个字"), format!("at least {limit} characters")),
        K::MaxLength { limit } => Text::new(format!("最多 {limit} 个字"), format!("at most {limit} characters")),
        K::MinItems { limit } => Text::new(format!("至少 {limit} 项"), format!("at least {limit} items")),
        K::MaxItems { limit } => Text::new(format!("最多 {limit} 项"), format!("at most {limit} items")),
        K::UniqueItems => Text::new("有重复项", "items are repeated"),
        K::Pattern { .. } => Text::new("格式不对", "does not have the required form"),
        K::Format { format } if format == "date" => Text::new("应为日期，如 2026-10-10", "must be a date such as 2026-10-10"),
        K::Format { .. } => Text::new("应为日期和时间", "must be a date and time"),
        _ => Text::new("不符合要求", "does not hold"),
    }
}

struct Checker<'a> {
    file: &'a str,
    text: &'a str,
    places: BTreeMap<String, usize>,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn fault(&mut self, at: &str, code: &str, zh: String, en: String) {
        let mut pointer = at;
        let offset = loop {
            if let Some(offset) = self.places.get(pointer) {
                break *offset;
            }
            let Some(cut) = pointer.rfind('/') else { break 0 };
            pointer = &pointer[..cut];
        };
        let (line, column) = crate::definition::line_column(self.text, offset);
        self.faults.push(Fault { file: self.file.to_owned(), line, column, code: code.to_owned(), message: Text::new(zh, en) });
    }

    fn outside(&mut self, at: &str, what: &str) {
        self.fault(at, "schema_subset", format!("表单不支持 {what}"), format!("forms do not support {what}"));
    }

    fn keywords(&mut self, at: &str, node: &Value, allowed: &[&str]) {
        let Some(map) = node.as_object() else {
            self.outside(at, "a schema that is not an object");
            return;
        };
        for key in map.keys().filter(|k| !allowed.contains(&k.as_str())) {
            self.outside(&format!("{at}/{key}"), &format!("`{key}`"));
        }
    }

    fn root(&mut self, schema: &Value) {
        self.keywords("", schema, ROOT);
        if schema.get("type").and_then(Value::as_str) != Some("object") {
            self.outside("", "a root that is not an object");
        }
        if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
            self.outside("", "unknown fields: write \"additionalProperties\": false");
        }
        self.properties("", schema);
        for condition in schema.get("allOf").and_then(Value::as_array).into_iter().flatten().enumerate() {
            self.condition(&format!("/allOf/{}", condition.0), condition.1);
        }
        if schema.get("if").is_some() {
            for part in ["if", "then"] {
                if let Some(node) = schema.get(part) {
                    self.condition(&format!("/{part}"), node);
                }
            }
        }
    }

    fn properties(&mut self, at: &str, schema: &Value) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, node) in properties.into_iter().flatten() {
            self.property(&format!("{at}/properties/{name}"), node);
        }
        for (i, name) in schema.get("required").and_then(Value::as_array).into_iter().flatten().enumerate() {
            if !name.as_str().is_some_and(|n| properties.is_some_and(|p| p.contains_key(n))) {
                let at = format!("{at}/required/{i}");
                self.fault(&at, "schema_required", format!("必填项 {name} 不在表单中"), format!("required {name} is not a field"));
            }
        }
    }

    fn property(&mut self, at: &str, node: &Value) {
        self.keywords(at, node, PROPERTY);
        let kind = node.get("type").and_then(Value::as_str).unwrap_or_default();
        if !TYPES.contains(&kind) {
            self.outside(&format!("{at}/type"), "a field without one plain type");
        }
        self.one_of(at, node, "format", FORMATS);
        self.one_of(at, node, "x-ui", WIDGETS);
        self.one_of(at, node, "x-visibility", VISIBILITIES);
        if !at.ends_with("/items") {
            self.wording(&format!("{at}/x-title"), node.get("x-title"), "x-title");
        }
        if let Some(help) = node.get("x-help") {
            self.wording(&format!("{at}/x-help"), Some(help), "x-help");
        }
        if let Some(step) = node.get("x-step")
            && !step.as_u64().is_some_and(|s| (1..=9).contains(&s))
        {
            self.outside(&format!("{at}/x-step"), "an x-step that is not 1 to 9");
        }
        for value in node.get("enum").and_then(Value::as_array).into_iter().flatten() {
            let word = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let label = node.get("x-labels").and_then(|l| l.get(&word));
            self.wording(&format!("{at}/x-labels/{word}"), label, &format!("x-labels.{word}"));
        }
        match kind {
            "object" => self.properties(at, node),
            "array" => match node.get("items") {
                Some(items) => self.property(&format!("{at}/items"), items),
                None => self.outside(at, "a list without `items`"),
            },
            _ => {}
        }
    }

    fn condition(&mut self, at: &str, node: &Value) {
        self.keywords(at, node, CONDITION);
        for part in ["if", "then"] {
            if let Some(inner) = node.get(part) {
                self.condition(&format!("{at}/{part}"), inner);
            }
        }
        for (name, inner) in node.get("properties").and_then(Value::as_object).into_iter().flatten() {
            self.condition(&format!("{at}/properties/{name}"), inner);
        }
    }

    fn one_of(&mut self, at: &str, node: &Value, key: &str, allowed: &[&str]) {
        if let Some(value) = node.get(key)
            && !value.as_str().is_some_and(|v| allowed.contains(&v))
        {
            self.outside(&format!("{at}/{key}"), &format!("{key} {value}"));
        }
    }

    fn wording(&mut self, at: &str, text: Option<&Value>, name: &str) {
        let complete =
            ["zh", "en"].iter().all(|l| text.and_then(|t| t.get(l)).and_then(Value::as_str).is_some_and(|w| !w.trim().is_empty()));
        if !complete {
            self.fault(at, "wording_missing", format!("缺少 {name} 的中文或英文"), format!("{name} lacks its zh or en wording"));
        }
    }
}
