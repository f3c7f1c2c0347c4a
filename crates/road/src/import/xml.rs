//! OSM XML, streamed: `<osm>` with `<node>`, `<way>`, `<relation>`.

use std::io::{BufRead, ErrorKind};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Error, Reader, XmlVersion};

use super::ImportError;
use super::source::{Element, Member, MemberKind, Tags, Want, damaged, truncated, unsupported};

/// The element being read.
#[derive(Default)]
struct Open {
    kind: Option<Want>,
    id: i64,
    lon: f64,
    lat: f64,
    gone: bool,
    nodes: Vec<i64>,
    members: Vec<(MemberKind, i64, String)>,
    tags: Vec<(String, String)>,
}

pub(crate) fn read(
    input: &mut dyn BufRead,
    total: u64,
    want: Want,
    visit: &mut dyn FnMut(Element<'_>),
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), ImportError> {
    let mut reader = Reader::from_reader(input);
    let mut buffer = Vec::new();
    let mut open = Open::default();
    let (mut depth, mut root_closed, mut told) = (0u32, false, 0u64);
    loop {
        buffer.clear();
        let event = match reader.read_event_into(&mut buffer) {
            Ok(event) => event,
            Err(error) => return Err(refusal(&error, reader.error_position())),
        };
        let at = reader.buffer_position();
        match event {
            Event::Start(tag) => {
                if depth == 0 {
                    check_root(&tag, at)?;
                } else if depth == 1 {
                    begin(&tag, &mut open, want, at)?;
                } else {
                    inside(&tag, &mut open, at)?;
                }
                depth += 1;
            }
            Event::Empty(tag) => {
                if depth == 0 {
                    check_root(&tag, at)?;
                    root_closed = true;
                } else if depth == 1 {
                    begin(&tag, &mut open, want, at)?;
                    finish(&mut open, visit);
                } else {
                    inside(&tag, &mut open, at)?;
                }
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                if depth == 1 {
                    finish(&mut open, visit);
                } else if depth == 0 {
                    root_closed = true;
                }
            }
            Event::Eof => {
                if !root_closed || depth > 0 {
                    return Err(truncated(at, "the osm element is not closed"));
                }
                progress(at, total);
                return Ok(());
            }
            _ => {}
        }
        if at - told >= 1 << 20 {
            told = at;
            progress(at, total);
        }
    }
}

fn refusal(error: &Error, at: u64) -> ImportError {
    match error {
        Error::Io(io) if io.kind() == ErrorKind::UnexpectedEof => truncated(at, io.to_string()),
        Error::Io(io) => damaged(at, io.to_string()),
        Error::Syntax(syntax) => truncated(at, syntax.to_string()),
        other => damaged(at, other.to_string()),
    }
}

fn check_root(tag: &BytesStart<'_>, at: u64) -> Result<(), ImportError> {
    match tag.name().0 {
        "osm" => Ok(()),
        other => Err(unsupported(at, format!("root element {}", other.chars().take(40).collect::<String>()))),
    }
}

fn begin(tag: &BytesStart<'_>, open: &mut Open, want: Want, at: u64) -> Result<(), ImportError> {
    let kind = match tag.name().0 {
        "node" => Want::Nodes,
        "way" => Want::Ways,
        "relation" => Want::Relations,
        _ => return Ok(()),
    };
    if kind != want {
        return Ok(());
    }
    *open = Open { kind: Some(kind), lon: f64::NAN, lat: f64::NAN, ..Open::default() };
    let mut has_id = false;
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|e| damaged(at, e.to_string()))?;
        let value = &*attribute.value;
        match attribute.key.0 {
            "id" => {
                open.id = value.parse().map_err(|_| damaged(at, format!("id {value:?}")))?;
                has_id = true;
            }
            "lon" => open.lon = value.parse().unwrap_or(f64::NAN),
            "lat" => open.lat = value.parse().unwrap_or(f64::NAN),
            "visible" => open.gone |= value == "false",
            "action" => open.gone |= value == "delete",
            _ => {}
        }
    }
    if has_id { Ok(()) } else { Err(damaged(at, "element without id")) }
}

fn inside(tag: &BytesStart<'_>, open: &mut Open, at: u64) -> Result<(), ImportError> {
    if open.kind.is_none() {
        return Ok(());
    }
    let name = tag.name().0.to_owned();
    let (mut key, mut value, mut id, mut kind, mut role) = (String::new(), String::new(), None, None, String::new());
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|e| damaged(at, e.to_string()))?;
        let text = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|e| damaged(at, e.to_string()))?;
        match attribute.key.0 {
            "k" => key = text.into_owned(),
            "v" => value = text.into_owned(),
            "ref" => id = text.parse::<i64>().ok(),
            "role" => role = text.into_owned(),
            "type" => {
                kind = match &*text {
                    "node" => Some(MemberKind::Node),
                    "way" => Some(MemberKind::Way),
                    _ => Some(MemberKind::Relation),
                }
            }
            _ => {}
        }
    }
    match name.as_str() {
        "tag" => open.tags.push((key, value)),
        "nd" => open.nodes.push(id.ok_or_else(|| damaged(at, "nd without ref"))?),
        "member" => open.members.push((kind.unwrap_or(MemberKind::Relation), id.ok_or_else(|| damaged(at, "member without ref"))?, role)),
        _ => {}
    }
    Ok(())
}

fn finish(open: &mut Open, visit: &mut dyn FnMut(Element<'_>)) {
    let Some(kind) = open.kind.take() else { return };
    if open.gone {
        return;
    }
    let tags = Tags(open.tags.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect());
    let id = open.id;
    match kind {
        Want::Nodes => visit(Element::Node { id, lon: open.lon, lat: open.lat, tags: &tags }),
        Want::Ways => visit(Element::Way { id, nodes: &open.nodes, tags: &tags }),
        Want::Relations => {
            let members: Vec<Member<'_>> = open.members.iter().map(|(kind, id, role)| Member { kind: *kind, id: *id, role }).collect();
            visit(Element::Relation { id, members: &members, tags: &tags });
        }
    }
}
