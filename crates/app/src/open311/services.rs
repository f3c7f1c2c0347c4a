//! Services and their attributes, out of opening forms.

use gongzhi_civic::text::Language;
use gongzhi_matter::Definition;
use gongzhi_protocol::open311::{Fault, Node};
use serde_json::{Map, Value};

use super::service_code;
use crate::App;
use crate::forms;

/// The property of an opening form that holds the request's own description.
pub(super) const DESCRIPTION: &str = "description";

/// What the public is asked beside description and photos.
pub(super) fn attributes_of(definition: &Definition) -> Vec<(String, Value, bool)> {
    let Some(schema) = definition.public_opening_schema() else { return Vec::new() };
    let required: Vec<&str> = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let asked = properties.into_iter().filter(|(name, node)| name != DESCRIPTION && !is_place_or_file(node));
    asked
        .map(|(name, node)| {
            let needed = required.contains(&name.as_str());
            (name, node, needed)
        })
        .collect()
}

/// Places travel as `lat` and `long`, files as `media`.
fn is_place_or_file(node: &Value) -> bool {
    matches!(node.get("x-ui").and_then(Value::as_str), Some("geo-point" | "photos" | "evidence"))
}

/// The specification's word for a property's type.
fn datatype(node: &Value) -> &'static str {
    let kind = |n: &Value| n.get("type").and_then(Value::as_str).unwrap_or("string").to_owned();
    match kind(node).as_str() {
        "boolean" => "singlevaluelist",
        "integer" | "number" => "number",
        "array" if node.pointer("/items/enum").is_some() => "multivaluelist",
        _ if node.get("enum").is_some() => "singlevaluelist",
        _ if matches!(node.get("format").and_then(Value::as_str), Some("date" | "date-time")) => "datetime",
        _ if node.get("x-ui").and_then(Value::as_str) == Some("textarea") => "text",
        _ => "string",
    }
}

fn values(node: &Value, language: Language) -> Vec<Node> {
    let pair = |key: &str, name: String| Node::Record(vec![("key", key.into()), ("name", name.into())]);
    if node.get("type").and_then(Value::as_str) == Some("boolean") {
        let words = if language == Language::En { ["Yes", "No"] } else { ["是", "否"] };
        return vec![pair("true", words[0].into()), pair("false", words[1].into())];
    }
    let list = node.get("enum").or_else(|| node.pointer("/items/enum")).and_then(Value::as_array);
    let labels = node.get("x-labels").or_else(|| node.pointer("/items/x-labels"));
    list.into_iter()
        .flatten()
        .map(|value| {
            let key = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let name = labels.and_then(|l| l.get(&key)).and_then(forms::text).map_or_else(|| key.clone(), |t| t.get(language).to_owned());
            pair(&key, name)
        })
        .collect()
}

fn title(node: &Value, name: &str, language: Language) -> String {
    node.get("x-title").and_then(forms::text).map_or_else(|| name.to_owned(), |t| t.get(language).to_owned())
}

impl App {
    /// The services a citizen may ask for.
    #[must_use]
    pub fn open311_services(&self, language: Language) -> Node {
        let definitions = self.definitions();
        let open = definitions.all().filter(|d| d.public.as_ref().is_some_and(|p| p.open));
        let services = open.filter_map(|d| Some((service_code(d)?, d))).map(|(code, d)| {
            let group = d.public.as_ref().map(|p| p.group.get(language).to_owned()).unwrap_or_default();
            Node::Record(vec![
                ("service_code", code.into()),
                ("service_name", d.title.get(language).into()),
                ("description", d.description.get(language).into()),
                ("metadata", Node::Flag(!attributes_of(d).is_empty())),
                ("type", "realtime".into()),
                ("keywords", keywords(d, language).into()),
                ("group", group.into()),
            ])
        });
        Node::List("service", services.collect())
    }

    /// A service's attributes.
    ///
    /// # Errors
    /// 404 for an unknown code.
    pub fn open311_service(&self, code: &str, language: Language) -> Result<Node, Fault> {
        let definition = self.open311_definition(code)?;
        let attributes = attributes_of(&definition).into_iter().enumerate().map(|(order, (name, node, required))| {
            let help = node.get("x-help").and_then(forms::text).map(|t| t.get(language).to_owned()).unwrap_or_default();
            Node::Record(vec![
                ("variable", Node::Flag(true)),
                ("code", name.as_str().into()),
                ("datatype", datatype(&node).into()),
                ("required", Node::Flag(required)),
                ("datatype_description", help.into()),
                ("order", Node::Number(order as f64 + 1.0)),
                ("description", title(&node, &name, language).into()),
                ("values", Node::List("value", values(&node, language))),
            ])
        });
        Ok(Node::Record(vec![("service_code", code.into()), ("attributes", Node::List("attribute", attributes.collect()))]))
    }

    /// The definition in force behind a service code that can be opened.
    pub(super) fn open311_definition(&self, code: &str) -> Result<std::sync::Arc<Definition>, Fault> {
        let definitions = self.definitions();
        let found = definitions.all().find(|d| service_code(d) == Some(code) && d.public.as_ref().is_some_and(|p| p.open));
        found.cloned().ok_or_else(|| Fault::unknown(format!("service_code '{code}' was not found (没有这项服务)")))
    }
}

/// Labels of the first list of the form: what people search a service by.
fn keywords(definition: &Definition, language: Language) -> String {
    let attributes = attributes_of(definition);
    let first = attributes.iter().find(|(_, node, _)| node.get("enum").is_some());
    let labels = first.map(|(_, node, _)| values(node, language)).unwrap_or_default();
    let words = labels.into_iter().filter_map(|n| match n {
        Node::Record(parts) => parts.into_iter().find_map(|(name, part)| match part {
            Node::Text(text) if name == "name" => Some(text.replace(',', " ")),
            _ => None,
        }),
        _ => None,
    });
    words.collect::<Vec<_>>().join(",")
}

/// A form's fields out of the answers a client sent: each spelled as its property's type. Answers to what was not asked are
/// left out: clients send their own bookkeeping as attributes.
pub(super) fn fields_of(
    definition: &Definition,
    given: &std::collections::BTreeMap<String, Vec<String>>,
) -> Result<Map<String, Value>, Fault> {
    let mut fields = Map::new();
    for (name, node, _) in attributes_of(definition) {
        let Some(answers) = given.get(&name) else { continue };
        let first = answers.first().map(String::as_str).unwrap_or_default();
        let wrong = |what: &str| Fault::bad(format!("attribute[{name}]: '{first}' is no {what} (取值不正确)"));
        let value = match node.get("type").and_then(Value::as_str).unwrap_or("string") {
            "integer" => Value::from(first.parse::<i64>().map_err(|_| wrong("whole number"))?),
            "number" => Value::from(first.parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(|| wrong("number"))?),
            "boolean" => match first.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" => Value::Bool(true),
                "false" | "0" | "no" => Value::Bool(false),
                _ => return Err(wrong("true or false")),
            },
            "array" => answers.iter().flat_map(|a| a.split(',')).map(str::trim).filter(|a| !a.is_empty()).map(Value::from).collect(),
            _ => Value::from(first),
        };
        fields.insert(name, value);
    }
    Ok(fields)
}
