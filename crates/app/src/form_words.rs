//! What was filled in, in Chinese words for paper: labels instead of codes, personal numbers masked.

use gongzhi_civic::personal::{IdNumber, Phone};
use gongzhi_civic::unit::UnitTree;
use serde_json::{Map, Value, json};

use crate::forms::text;

/// The fields of a filled-in form in the order of its schema: `[{id, label, value}]`. What is empty is left out.
pub(crate) fn rows(schema: &Value, filled: &Value, units: &UnitTree) -> Vec<Value> {
    let (Some(properties), Some(filled)) = (schema.get("properties").and_then(Value::as_object), filled.as_object()) else {
        return Vec::new();
    };
    properties
        .iter()
        .filter_map(|(id, property)| {
            let value = words(property, filled.get(id)?, units);
            (!value.is_empty()).then(|| json!({ "id": id, "label": title(id, property), "value": value }))
        })
        .collect()
}

fn title(id: &str, property: &Value) -> String {
    property.get("x-title").and_then(text).map_or_else(|| id.to_owned(), |t| t.zh)
}

/// One value in words; empty for what paper does not show (photos, points).
fn words(property: &Value, value: &Value, units: &UnitTree) -> String {
    let ui = property.get("x-ui").and_then(Value::as_str).unwrap_or_default();
    if ui == "photos" || ui == "geo-point" {
        return String::new();
    }
    match value {
        Value::Null => String::new(),
        Value::Bool(yes) => if *yes { "是" } else { "否" }.to_owned(),
        Value::Number(n) => label(property, &n.to_string()).unwrap_or_else(|| format!("{}{}", grouped(&n.to_string()), unit(property))),
        Value::String(s) => label(property, s).unwrap_or_else(|| plain(property, ui, s, units)),
        Value::Array(items) => {
            let item = property.get("items").cloned().unwrap_or(Value::Null);
            let between = if items.iter().any(Value::is_object) { "\n" } else { "、" };
            let items: Vec<String> = items.iter().map(|v| words(&item, v, units)).filter(|w| !w.is_empty()).collect();
            items.join(between)
        }
        Value::Object(map) => object(property, map, units),
    }
}

fn object(property: &Value, map: &Map<String, Value>, units: &UnitTree) -> String {
    let Some(properties) = property.get("properties").and_then(Value::as_object) else { return String::new() };
    let parts: Vec<String> = properties
        .iter()
        .filter_map(|(id, p)| Some((title(id, p), words(p, map.get(id)?, units))))
        .filter(|(_, w)| !w.is_empty())
        .map(|(title, w)| format!("{title}：{w}"))
        .collect();
    parts.join("，")
}

fn plain(property: &Value, ui: &str, words: &str, units: &UnitTree) -> String {
    match ui {
        "phone" => return Phone::new(words).masked(),
        "id-card" => return IdNumber::new(words).masked(),
        "unit" | "org-ref" => return units.get(words).map_or_else(|| words.to_owned(), |u| u.name.zh.clone()),
        _ => {}
    }
    match property.get("format").and_then(Value::as_str) {
        Some("date") => words.parse().map_or_else(|_| words.to_owned(), date_words),
        Some("date-time") => words.get(..16).unwrap_or(words).replace('T', " "),
        _ if ui == "date" => words.parse().map_or_else(|_| words.to_owned(), date_words),
        _ => words.to_owned(),
    }
}

fn label(property: &Value, code: &str) -> Option<String> {
    property.get("x-labels")?.get(code).and_then(text).map(|t| t.zh)
}

fn unit(property: &Value) -> String {
    match property.get("x-unit").and_then(Value::as_str) {
        Some("CNY") => " 元".into(),
        Some("wd") => " 个工作日".into(),
        Some("d") => " 天".into(),
        Some("h") => " 小时".into(),
        Some("m") => " 米".into(),
        Some("km") => " 公里".into(),
        Some("kg") => " 千克".into(),
        Some("t") => " 吨".into(),
        Some("km/h") => " 公里/小时".into(),
        Some("%") => "%".into(),
        Some(other) => format!(" {other}"),
        None => String::new(),
    }
}

/// Thousands apart from 10,000 on, as amounts are printed.
fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |d| ("-", d));
    let (whole, fraction) = digits.split_once('.').map_or((digits, ""), |(w, f)| (w, f));
    if whole.len() < 5 || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut out = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{out}{dot}{fraction}")
}

/// 2026年11月22日.
pub(crate) fn date_words(date: jiff::civil::Date) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// 二〇二六年十一月二十二日.
pub(crate) fn date_in_characters(date: jiff::civil::Date) -> String {
    const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let year: String = date.year().to_string().bytes().map(|b| DIGITS[usize::from(b - b'0') % 10]).collect();
    let small = |n: i8| {
        let n = usize::try_from(n).unwrap_or(0);
        let (tens, ones) = (n / 10, n % 10);
        let tens = match tens {
            0 => String::new(),
            1 => "十".to_owned(),
            t => format!("{}十", DIGITS[t % 10]),
        };
        let ones = if ones == 0 { String::new() } else { DIGITS[ones].to_string() };
        tens + &ones
    };
    format!("{year}年{}月{}日", small(date.month()), small(date.day()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_become_words_and_personal_numbers_are_masked() {
        let schema = json!({ "properties": {
            "category": { "type": "string", "x-title": { "zh": "类别", "en": "Kind" }, "x-labels": { "lamp": { "zh": "路灯不亮", "en": "Lamp out" } } },
            "severity": { "type": "integer", "x-title": { "zh": "等级", "en": "Grade" }, "x-labels": { "3": { "zh": "较大", "en": "Major" } } },
            "cost": { "type": "number", "x-unit": "CNY", "x-title": { "zh": "费用", "en": "Cost" } },
            "danger": { "type": "boolean", "x-title": { "zh": "危险", "en": "Danger" } },
            "phone": { "type": "string", "x-ui": "phone", "x-title": { "zh": "电话", "en": "Phone" } },
            "id": { "type": "string", "x-ui": "id-card", "x-title": { "zh": "身份证", "en": "Id" } },
            "day": { "type": "string", "format": "date", "x-title": { "zh": "日期", "en": "Day" } },
            "where": { "type": "object", "x-ui": "geo-point", "x-title": { "zh": "位置", "en": "Where" } },
            "items": { "type": "array", "x-title": { "zh": "事项", "en": "Items" }, "items": { "type": "object", "properties": {
                "what": { "type": "string", "x-title": { "zh": "内容", "en": "What" } }, "n": { "type": "integer", "x-title": { "zh": "数量", "en": "Count" } } } } },
            "kinds": { "type": "array", "x-title": { "zh": "种类", "en": "Kinds" }, "items": { "type": "string", "x-labels": { "a": { "zh": "甲", "en": "A" } } } },
            "empty": { "type": "string", "x-title": { "zh": "空", "en": "Empty" } }
        } });
        let filled = json!({ "category": "lamp", "severity": 3, "cost": 12600.5, "danger": true, "phone": "13900001234", "id": "11010519491231002X",
            "day": "2026-11-02", "where": { "lon": 1.0, "lat": 2.0 }, "items": [{ "what": "换灯", "n": 3 }, { "what": "布线" }], "kinds": ["a", "b"], "empty": "" });
        let found: Vec<(String, String)> = rows(&schema, &filled, &UnitTree::default())
            .iter()
            .map(|r| (r["label"].as_str().unwrap().to_owned(), r["value"].as_str().unwrap().to_owned()))
            .collect();
        let value = |label: &str| found.iter().find(|(l, _)| l == label).map(|(_, v)| v.as_str());
        assert_eq!(value("类别"), Some("路灯不亮"));
        assert_eq!(value("等级"), Some("较大"));
        assert_eq!(value("费用"), Some("12,600.5 元"));
        assert_eq!(value("危险"), Some("是"));
        assert!(!value("电话").unwrap().contains("00001234") && !value("身份证").unwrap().contains("19491231"));
        assert_eq!(value("日期"), Some("2026年11月2日"));
        assert_eq!(value("事项"), Some("内容：换灯，数量：3\n内容：布线"));
        assert_eq!(value("种类"), Some("甲、b"));
        assert_eq!((value("位置"), value("空")), (None, None));
    }

    #[test]
    fn dates_in_characters_follow_the_official_form() {
        let day = |y, m, d| date_in_characters(jiff::civil::date(y, m, d));
        assert_eq!(day(2026, 11, 22), "二〇二六年十一月二十二日");
        assert_eq!(day(2030, 10, 10), "二〇三〇年十月十日");
        assert_eq!(day(2026, 1, 31), "二〇二六年一月三十一日");
    }

    #[test]
    fn amounts_are_grouped_from_five_digits_on() {
        assert_eq!(["9999", "12600", "-1234567.25", "1e21"].map(grouped), ["9999", "12,600", "-1,234,567.25", "1e21"]);
    }
}
