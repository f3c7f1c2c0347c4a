//! OSM XML: `<osm>` with `<node>`, `<way>`, `<relation>`.

use std::ops::Range;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Error, Reader, XmlVersion};

use super::ImportError;
use super::source::{Element, Member, MemberKind, Tags, Want, damaged, truncated, unsupported};

/// Where the elements of each kind lie, learnt in the first pass so that later passes read only there.
#[derive(Default)]
pub(crate) struct Spans {
    known: bool,
    of: [Option<Range<usize>>; 3],
}

impl Spans {
    fn add(&mut self, kind: Want, from: u64, to: u64) {
        let span = self.of[kind as usize].get_or_insert(from as usize..to as usize);
        span.start = span.start.min(from as usize);
        span.end = span.end.max(to as usize);
    }
}

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
    text: &[u8],
    spans: &mut Spans,
    want: Want,
    visit: &mut dyn FnMut(Element<'_>),
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), ImportError> {
    // The first pass reads from root to root and says where what is; the others start inside it.
    let first = !spans.known;
    let range = if first { 0..text.len() } else { spans.of[want as usize].clone().unwrap_or(0..0) };
    let base = range.start as u64;
    let mut reader = Reader::from_reader(text.get(range).unwrap_or(&[]));
    let mut open = Open::default();
    let (mut depth, mut root_closed, mut told) = (u32::from(!first), !first, 0u64);
    let mut element: Option<(Want, u64)> = None;
    loop {
        let before = base + reader.buffer_position();
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => return Err(refusal(&error, base + reader.error_position())),
        };
        let at = base + reader.buffer_position();
        match event {
            Event::Start(tag) => {
                if depth == 0 {
                    check_root(&tag, at)?;
                } else if depth == 1 {
                    element = begin(&tag, &mut open, want, at)?.map(|kind| (kind, before));
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
                    if let Some(kind) = begin(&tag, &mut open, want, at)? {
                        spans.add(kind, before, at);
                    }
                    finish(&mut open, visit);
                } else {
                    inside(&tag, &mut open, at)?;
                }
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                if depth == 1 {
                    if let Some((kind, from)) = element.take() {
                        spans.add(kind, from, at);
                    }
                    finish(&mut open, visit);
                } else if depth == 0 {
                    root_closed = true;
                }
            }
            Event::Eof => {
                if !root_closed || first && depth > 0 {
                    return Err(truncated(at, "the osm element is not closed"));
                }
                spans.known = true;
                progress(text.len() as u64, text.len() as u64);
                return Ok(());
            }
            _ => {}
        }
        if at.saturating_sub(told) >= 1 << 20 {
            told = at;
            progress(at, text.len() as u64);
        }
    }
}

fn refusal(error: &Error, at: u64) -> ImportError {
    match error {
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

/// Takes an element if it is wanted; says which kind it is in any case.
fn begin(tag: &BytesStart<'_>, open: &mut Open, want: Want, at: u64) -> Result<Option<Want>, ImportError> {
    let kind = match tag.name().0 {
        "node" => Want::Nodes,
        "way" => Want::Ways,
        "relation" => Want::Relations,
        _ => return Ok(None),
    };
    if kind != want {
        return Ok(Some(kind));
    }
    let (mut nodes, mut tags) = (std::mem::take(&mut open.nodes), std::mem::take(&mut open.tags));
    nodes.clear();
    tags.clear();
    *open = Open { kind: Some(kind), lon: f64::NAN, lat: f64::NAN, nodes, tags, ..Open::default() };
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
    if has_id { Ok(Some(kind)) } else { Err(damaged(at, "element without id")) }
}

fn inside(tag: &BytesStart<'_>, open: &mut Open, at: u64) -> Result<(), ImportError> {
    if open.kind.is_none() {
        return Ok(());
    }
    let (mut key, mut value, mut role) = (String::new(), String::new(), String::new());
    let (mut id, mut kind) = (None, None);
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|e| damaged(at, e.to_string()))?;
        let text = || attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|e| damaged(at, e.to_string()));
        match attribute.key.0 {
            "k" => key = text()?.into_owned(),
            "v" => value = text()?.into_owned(),
            "ref" => id = text()?.parse::<i64>().ok(),
            "role" => role = text()?.into_owned(),
            "type" => {
                kind = match &*text()? {
                    "node" => Some(MemberKind::Node),
                    "way" => Some(MemberKind::Way),
                    _ => Some(MemberKind::Relation),
                }
            }
            _ => {}
        }
    }
    match tag.name().0 {
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
