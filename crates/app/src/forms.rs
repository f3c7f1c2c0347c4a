//! Words out of a form's schema: what a code in a field is called.

use gongzhi_civic::text::Text;
use serde_json::Value;

/// The label of `value` in the property `field` of a form, or the value itself.
#[must_use]
pub fn option_label(schema: Option<&Value>, field: &str, value: &str) -> Text {
    let property = schema.and_then(|s| s.pointer(&format!("/properties/{field}")));
    let label = property.and_then(|p| p.pointer(&format!("/x-labels/{value}")));
    label.and_then(text).unwrap_or_else(|| Text::new(value, value))
}

/// A text as definitions write it: a string, or `{zh, en}` (`zh-CN` too).
#[must_use]
pub fn text(value: &Value) -> Option<Text> {
    match value {
        Value::String(s) => Some(Text::new(s.clone(), s.clone())),
        Value::Object(map) => {
            let word = |names: [&str; 2]| names.iter().find_map(|n| map.get(*n)).and_then(Value::as_str).unwrap_or_default().to_owned();
            Some(Text::new(word(["zh", "zh-CN"]), word(["en", "en-US"])))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_named_by_its_schema_or_by_itself() {
        let schema =
            serde_json::json!({ "properties": { "category": { "x-labels": { "lamp": { "zh": "路灯不亮", "en": "Street lamp out" } } } } });
        assert_eq!(option_label(Some(&schema), "category", "lamp").zh, "路灯不亮");
        assert_eq!(option_label(Some(&schema), "category", "other").zh, "other");
        assert_eq!(option_label(None, "category", "x").en, "x");
    }
}
