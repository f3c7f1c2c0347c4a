//! A sheet's rows against a matter's opening form, and a campaign's cases as a sheet.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gongzhi_civic::text::{Language, Text};
use gongzhi_civic::time::Timestamp;
use gongzhi_matter::Definition;
use gongzhi_store::cases::CaseRow;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::{Entry, ListReject};
use crate::cases::GivenPlace;
use crate::error::{AppError, Problem};
use crate::subjects;

/// Columns of the place, beside the form's own.
const PLACE: [(&str, [&str; 4]); 3] = [
    ("lon", ["lon", "longitude", "经度", "x"]),
    ("lat", ["lat", "latitude", "纬度", "y"]),
    ("place", ["place", "地点", "地址", "address"]),
];

/// What a sheet says.
#[derive(Clone, Debug, Default)]
pub(super) struct Read {
    /// Rows that hold.
    pub entries: Vec<Entry>,
    /// Every key that could be read, by campaign, of rows that hold and of those that do not.
    pub present: BTreeMap<String, BTreeSet<String>>,
}

/// A file's text: UTF-8, else GB 18030, which spreadsheets in China write.
///
/// # Errors
/// Bytes that are neither.
pub fn decoded(bytes: &[u8]) -> Result<String, AppError> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    match encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(text.into_owned()),
        None => Err(Problem::new(
            422,
            "list_encoding",
            "文件编码既不是 UTF-8 也不是 GB 18030，请另存为 CSV UTF-8。",
            "The file is neither UTF-8 nor GB 18030; save it as CSV UTF-8.",
        )
        .into()),
    }
}

/// CSV text with a heading line as rows.
///
/// # Errors
/// A text that is no CSV, with its line.
pub fn csv_rows(text: &str) -> Result<Vec<Map<String, Value>>, AppError> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains('\t') && !first.contains(',') {
        b'\t'
    } else if first.contains(';') && !first.contains(',') {
        b';'
    } else {
        b','
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).trim(csv::Trim::All).from_reader(text.as_bytes());
    let broken = |e: csv::Error| {
        let line = e.position().map_or(1, csv::Position::line);
        Problem::new(422, "list_no_csv", format!("第 {line} 行不是 CSV。"), format!("Line {line} is no CSV.")).at(
            "/csv",
            "格式有误",
            "not CSV",
        )
    };
    let heading: Vec<String> = reader.headers().map_err(broken)?.iter().map(str::to_owned).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(broken)?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        rows.push(heading.iter().zip(record.iter()).map(|(h, v)| (h.clone(), json!(v))).collect());
    }
    Ok(rows)
}

/// Rows as opening forms. What does not hold goes to `rejected`.
pub(super) fn read(definition: &Definition, campaign: &str, rows: &[Map<String, Value>], rejected: &mut Vec<ListReject>) -> Read {
    let mut found = Read::default();
    let (Some(rule), Some(form)) = (&definition.list, definition.opening_form()) else { return found };
    let empty = Map::new();
    let properties = form.schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let names = headings(properties);
    let campaign_field = rule.campaign.trim_start_matches('/');
    let key_field = rule.key.trim_start_matches('/');
    for (n, row) in (1..).zip(rows) {
        let mut fields = Map::new();
        let mut place = GivenPlace::default();
        let mut faults: Vec<(String, Text)> = Vec::new();
        for (column, value) in row {
            let plain = normal(column);
            if let Some(name) = names.get(&plain) {
                match typed(&properties[name], value) {
                    Ok(Some(value)) => _ = fields.insert(name.clone(), value),
                    Ok(None) => {}
                    Err(why) => faults.push((column.clone(), why)),
                }
            } else if let Some((kind, _)) = PLACE.iter().find(|(_, words)| words.contains(&plain.as_str())) {
                let words = plain_text(value);
                match *kind {
                    "place" => place.text = Some(words).filter(|w| !w.is_empty()),
                    which if !words.is_empty() => match words.parse::<f64>() {
                        Ok(number) if which == "lon" => place.lon = Some(number),
                        Ok(number) => place.lat = Some(number),
                        Err(_) => faults.push((column.clone(), Text::new("不是数字", "not a number"))),
                    },
                    _ => {}
                }
            } else if !column.is_empty() && !plain_text(value).is_empty() {
                faults.push((column.clone(), Text::new("表单里没有这一栏", "the form has no such column")));
            }
        }
        if !campaign.is_empty() {
            fields.insert(campaign_field.to_owned(), json!(campaign));
        }
        let fields = Value::Object(fields);
        let named = subjects::campaign_of(definition, &fields);
        let key = subjects::key_of(definition, &fields);
        if named.is_none() {
            faults.push((campaign_field.to_owned(), Text::new("未写明批次", "the campaign is missing")));
        }
        if key.is_none() {
            faults.push((key_field.to_owned(), Text::new("必填", "required")));
        }
        if let (Some(campaign), Some(key)) = (&named, &key)
            && !found.present.entry(campaign.clone()).or_default().insert(key.clone())
        {
            rejected.push(ListReject {
                row: n,
                column: key_field.to_owned(),
                reason: Text::new("与上面某行重复", "the same as a row above"),
            });
            continue;
        }
        for (at, why) in gongzhi_matter::check_form(definition, &form.id, &fields) {
            let column = at.trim_start_matches('/').to_owned();
            if !faults.iter().any(|(c, _)| *c == column || names.get(&normal(c)) == Some(&column)) {
                faults.push((column, why));
            }
        }
        match (faults.into_iter().next(), named, key) {
            (Some((column, reason)), ..) => rejected.push(ListReject { row: n, column, reason }),
            (None, Some(campaign), Some(key)) => found.entries.push(Entry { row: n, campaign, key, fields, place }),
            _ => {}
        }
    }
    found
}

/// Every spelling of a column → the form's property.
fn headings(properties: &Map<String, Value>) -> HashMap<String, String> {
    let mut names = HashMap::new();
    for (name, node) in properties {
        names.insert(normal(name), name.clone());
        if let Some(title) = node.get("x-title").and_then(crate::forms::text) {
            names.entry(normal(&title.zh)).or_insert_with(|| name.clone());
            names.entry(normal(&title.en)).or_insert_with(|| name.clone());
        }
    }
    names
}

fn normal(heading: &str) -> String {
    heading.trim().to_lowercase()
}

fn plain_text(value: &Value) -> String {
    match value {
        Value::String(s) => s.trim().to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A cell as the form wants it: a number for a number, a code for its label.
fn typed(node: &Value, value: &Value) -> Result<Option<Value>, Text> {
    let Value::String(text) = value else { return Ok(Some(value.clone()).filter(|v| !v.is_null())) };
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let coded = node.get("x-labels").and_then(Value::as_object).and_then(|labels| {
        labels.iter().find(|(_, label)| crate::forms::text(label).is_some_and(|t| t.zh == text || t.en.eq_ignore_ascii_case(text)))
    });
    let text = coded.map_or(text, |(code, _)| code.as_str());
    Ok(Some(match node.get("type").and_then(Value::as_str) {
        Some("integer") => json!(text.parse::<i64>().map_err(|_| Text::new("应为整数", "must be a whole number"))?),
        Some("number") => json!(text.parse::<f64>().map_err(|_| Text::new("应为数字", "must be a number"))?),
        Some("boolean") => json!(match text.to_lowercase().as_str() {
            "1" | "true" | "yes" | "y" | "是" => true,
            "0" | "false" | "no" | "n" | "否" => false,
            _ => return Err(Text::new("应为是或否", "must be yes or no")),
        }),
        Some("array") => json!(text.split(['、', ';', '；', '|']).map(str::trim).filter(|w| !w.is_empty()).collect::<Vec<_>>()),
        _ if node.get("format").and_then(Value::as_str) == Some("date") => json!(date(text)),
        _ => json!(text),
    }))
}

/// `2026/3/5` and `2026.3.5` as the form has dates; what is no date is left for the form to refuse.
fn date(text: &str) -> String {
    let parts: Vec<&str> = text.split(['/', '.', '-', '年', '月', '日']).filter(|p| !p.is_empty()).collect();
    match parts.as_slice() {
        [y, m, d] if y.len() == 4 && m.len() <= 2 && d.len() <= 2 => format!("{y}-{m:0>2}-{d:0>2}"),
        _ => text.to_owned(),
    }
}

/// The columns a sheet may have, for the screen and the sample file.
pub(super) fn columns(definition: &Definition, language: Language) -> Vec<Value> {
    let Some(form) = definition.opening_form() else { return Vec::new() };
    let required: Vec<&str> =
        form.schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = form.schema.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .map(|(name, node)| {
            let title = node.get("x-title").and_then(crate::forms::text).unwrap_or_default();
            json!({ "name": name, "title": title.get(language), "required": required.contains(&name.as_str()) })
        })
        .collect()
}

/// A campaign's cases as CSV with a byte-order mark, so that a spreadsheet reads the Chinese.
pub(super) fn export(
    definition: &Definition,
    rows: &[CaseRow],
    stages: &HashMap<&str, &str>,
    zone: &TimeZone,
    language: Language,
) -> Result<Vec<u8>, AppError> {
    let properties: Vec<(String, String)> = definition
        .opening_form()
        .and_then(|f| f.schema.get("properties").and_then(Value::as_object))
        .into_iter()
        .flatten()
        .map(|(name, node)| {
            let title = node.get("x-title").and_then(crate::forms::text).map(|t| t.get(language).to_owned());
            (name.clone(), title.unwrap_or_else(|| name.clone()))
        })
        .collect();
    let mut out = csv::Writer::from_writer(vec![0xef, 0xbb, 0xbf]);
    let fixed = match language {
        Language::En => ["number", "stage", "unit", "opened", "due", "closed", "synthetic"],
        Language::Zh => ["编号", "阶段", "责任单位", "立案时间", "期限", "办结时间", "合成数据"],
    };
    let failed = |e: csv::Error| AppError::Internal(e.to_string());
    out.write_record(fixed.into_iter().chain(properties.iter().map(|(_, title)| title.as_str()))).map_err(failed)?;
    let minute = |at: Option<i64>| at.map_or_else(String::new, |t| Timestamp(t).in_zone(zone).strftime("%Y-%m-%d %H:%M").to_string());
    for row in rows {
        let stage = stages.get(row.stage.as_str()).copied().unwrap_or(&row.stage);
        let unit = row.unit.as_deref().and_then(|u| definition.units().get(u)).map_or("", |u| u.name.get(language));
        let mut record = vec![
            row.number.clone(),
            stage.to_owned(),
            unit.to_owned(),
            minute(Some(row.opened_at)),
            minute(row.due_at),
            minute(row.closed_at),
            u8::from(row.synthetic).to_string(),
        ];
        for (name, _) in &properties {
            record.push(harmless(&plain_text(row.body.pointer(&format!("/fields/{name}")).unwrap_or(&Value::Null))));
        }
        out.write_record(&record).map_err(failed)?;
    }
    out.into_inner().map_err(|e| AppError::Internal(e.to_string()))
}

/// A cell that a spreadsheet would take for a formula is made text.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err() { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_read_whatever_a_spreadsheet_did_to_it() {
        let rows = csv_rows("\u{feff}号牌;到期\n浙D12345;2026/3/5\n;\n").unwrap();
        assert_eq!(rows.len(), 1, "empty lines are no rows");
        assert_eq!((rows[0]["号牌"].as_str(), rows[0]["到期"].as_str()), (Some("浙D12345"), Some("2026/3/5")));
        assert_eq!(date("2026/3/5"), "2026-03-05");
        assert_eq!(date("2026年3月5日"), "2026-03-05");
        assert_eq!(date("soon"), "soon");
    }

    #[test]
    fn a_file_is_read_in_either_spelling() {
        let (gb, ..) = encoding_rs::GB18030.encode("号牌,情况\n");
        assert_eq!(decoded(&gb).unwrap(), "号牌,情况\n");
        assert_eq!(decoded("号牌".as_bytes()).unwrap(), "号牌");
        assert!(decoded(&[0xff, 0xff, 0x00]).is_err());
    }

    #[test]
    fn cells_become_what_the_form_wants() {
        let labelled = json!({ "type": "string", "x-labels": { "van": { "zh": "面包车", "en": "Van" } } });
        assert_eq!(typed(&labelled, &json!("面包车")), Ok(Some(json!("van"))));
        assert_eq!(typed(&json!({ "type": "integer" }), &json!("12")), Ok(Some(json!(12))));
        assert!(typed(&json!({ "type": "integer" }), &json!("twelve")).is_err());
        assert_eq!(typed(&json!({ "type": "boolean" }), &json!("是")), Ok(Some(json!(true))));
        assert_eq!(typed(&json!({ "type": "string" }), &json!("  ")), Ok(None));
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless("-3"), "-3");
    }
}
