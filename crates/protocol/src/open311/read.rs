//! Answers of another server, read leniently: what our client needs is names and words.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use super::Format;

/// One request, service, update or error of a list: its parts by name. Parts that hold parts are left out.
pub type Record = BTreeMap<String, String>;

/// Why an answer could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReadFault(pub String);

/// Depth of elements beyond which an answer is refused.
const DEEPEST: usize = 32;

/// The records of a list. In JSON a bare list, a single record, or a list inside an object (some servers wrap it); in XML the
/// elements named `item` wherever they stand.
///
/// # Errors
/// What is neither.
pub fn records(bytes: &[u8], format: Format, item: &str) -> Result<Vec<Record>, ReadFault> {
    match format {
        Format::Json => from_json(bytes),
        Format::Xml => from_xml(bytes, item),
    }
}

fn from_json(bytes: &[u8]) -> Result<Vec<Record>, ReadFault> {
    let value: Value = serde_json::from_slice(bytes).map_err(|e| ReadFault(format!("not JSON: {e}")))?;
    let list = match value {
        Value::Array(list) => list,
        Value::Object(map) => match map.values().find_map(Value::as_array) {
            Some(list) if map.values().all(|v| v.is_array()) => list.clone(),
            _ => vec![Value::Object(map)],
        },
        _ => return Err(ReadFault("neither a list nor a record".into())),
    };
    Ok(list.iter().filter_map(Value::as_object).map(|map| map.iter().filter_map(|(n, v)| Some((n.clone(), word(v)?))).collect()).collect())
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

fn from_xml(bytes: &[u8], item: &str) -> Result<Vec<Record>, ReadFault> {
    let mut reader = Reader::from_reader(bytes);
    let mut found: Vec<Record> = Vec::new();
    let mut record: Option<(usize, Record)> = None;
    let mut path: Vec<String> = Vec::new();
    let mut text = String::new();
    let mut buffer = Vec::new();
    loop {
        let event =
            reader.read_event_into(&mut buffer).map_err(|e| ReadFault(format!("not XML, at byte {}: {e}", reader.error_position())))?;
        match event {
            Event::Start(start) => {
                path.push(start.name().as_ref().to_owned());
                if path.len() > DEEPEST {
                    return Err(ReadFault("too many elements inside each other".into()));
                }
                if record.is_none() && path.last().is_some_and(|n| n == item) {
                    record = Some((path.len(), Record::new()));
                }
                text.clear();
            }
            Event::Text(words) => text.push_str(&words.xml10_content()),
            Event::CData(words) => text.push_str(&words.xml10_content()),
            Event::GeneralRef(name) => text.push_str(&entity(&name)?),
            Event::End(_) => {
                let name = path.pop().unwrap_or_default();
                if let Some((depth, parts)) = &mut record {
                    if path.len() == *depth {
                        parts.insert(name, text.trim().to_owned());
                    } else if path.len() + 1 == *depth {
                        found.extend(record.take().map(|r| r.1));
                    }
                }
                text.clear();
            }
            Event::Eof if path.is_empty() => return Ok(found),
            Event::Eof => return Err(ReadFault("the document ends inside an element".into())),
            _ => {}
        }
        buffer.clear();
    }
}

/// The five named entities and character numbers; a document type's own are not followed.
fn entity(reference: &quick_xml::events::BytesRef<'_>) -> Result<String, ReadFault> {
    if let Some(c) = reference.resolve_char_ref().map_err(|e| ReadFault(e.to_string()))? {
        return Ok(c.to_string());
    }
    match &**reference {
        "amp" => Ok("&".into()),
        "lt" => Ok("<".into()),
        "gt" => Ok(">".into()),
        "quot" => Ok("\"".into()),
        "apos" => Ok("'".into()),
        other => Err(ReadFault(format!("unknown entity {other}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer::{Node, write};
    use super::*;

    #[test]
    fn what_we_write_we_read() {
        let one = Node::Record(vec![
            ("service_request_id", "明-2026-1".into()),
            ("description", "路灯 <坏> & \"闪\"".into()),
            ("lat", Node::Number(30.5)),
            ("notes", Node::List("note", vec![Node::Record(vec![("words", "x".into())])])),
        ]);
        let node = Node::List("request", vec![one.clone(), one]);
        for format in [Format::Xml, Format::Json] {
            let read = records(write("service_requests", &node, format).as_bytes(), format, "request").unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(read.len(), 2);
            assert_eq!(read[0]["description"], "路灯 <坏> & \"闪\"");
            assert_eq!(read[0]["lat"], "30.5");
        }
    }

    #[test]
    fn broken_answers_are_said_to_be() {
        for (bytes, format) in [
            (&b"<html><body>502"[..], Format::Xml),
            (b"{", Format::Json),
            (b"3", Format::Json),
            (b"<a>&bomb;</a>", Format::Xml),
            (b"<a></b>", Format::Xml),
            (b"\xff\xfe", Format::Json),
        ] {
            assert!(records(bytes, format, "request").is_err(), "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_wrapped_list_is_a_list() {
        let read = records(br#"{"requests":[{"service_request_id":7}]}"#, Format::Json, "request").unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(read[0]["service_request_id"], "7");
    }
}
