//! A drive graph as OSMnx saves it (GraphML) → OpenStreetMap XML, so that the importer reads it like any extract.
//!
//! OSMnx keeps only nodes where roads meet or end and folds what lies between into one edge, with a way there and a way back for
//! a two-way street. Each edge becomes one way again; points of its line that are no nodes get numbers of their own. Where an edge
//! was folded from ways of several names, the half at each end takes the name that other edges at that end carry.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Numbers of the points between nodes start here; OpenStreetMap is far from it.
const FIRST_POINT: u64 = 90_000_000_000;
/// Edge values that go over into tags as they are.
const TAGS: [&str; 9] = ["highway", "oneway", "lanes", "maxspeed", "ref", "bridge", "tunnel", "access", "service"];

type Values = BTreeMap<String, String>;

#[derive(Clone, Debug)]
struct Edge {
    from: u64,
    to: u64,
    values: Values,
}

impl Edge {
    fn value(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    fn two_way(&self) -> bool {
        self.value("oneway") != Some("True")
    }

    /// Points between the ends, `lon lat` as printed.
    fn between(&self) -> Vec<(&str, &str)> {
        let inner = self.value("geometry").and_then(|g| g.split_once('(')).map_or("", |g| g.1.trim_end_matches(')'));
        let points: Vec<(&str, &str)> = inner.split(", ").filter_map(|p| p.split_once(' ')).collect();
        if points.len() > 2 { points[1..points.len() - 1].to_vec() } else { Vec::new() }
    }
}

/// OSM XML of an OSMnx GraphML text, with `additions` (elements of OSM XML: landmarks, stakes) put before the ways.
///
/// # Panics
/// If the text is no GraphML as OSMnx writes it: this is a kit for tests.
#[must_use]
pub fn osm_xml(graphml: &str, additions: &str) -> Vec<u8> {
    let keys = keys(graphml);
    let mut xml = String::from("<?xml version='1.0' encoding='UTF-8'?>\n<osm version=\"0.6\">\n");
    for (head, body) in elements(graphml, "node") {
        let values = values(body, &keys);
        let signal = values.get("highway").map_or(String::new(), |kind| format!("<tag k=\"highway\" v=\"{kind}\"/>"));
        let (id, y, x) = (attribute(head, "id"), &values["y"], &values["x"]);
        writeln!(xml, "<node id=\"{id}\" lat=\"{y}\" lon=\"{x}\">{signal}</node>").expect("writing to a string cannot fail");
    }
    xml.push_str(additions);
    let edges = edges(graphml, &keys);
    let names = names_at_nodes(&edges);
    let mut ways = String::new();
    let (mut seen, mut point, mut way) = (BTreeSet::new(), FIRST_POINT, 0u64);
    for edge in &edges {
        let ends = (edge.from.min(edge.to), edge.from.max(edge.to));
        let twin = (ends, edge.value("osmid"), edge.value("length").map(|l| l.chars().take(6).collect::<String>()));
        if edge.two_way() && !seen.insert(twin) {
            continue;
        }
        let mut nodes = vec![edge.from];
        for (lon, lat) in edge.between() {
            point += 1;
            nodes.push(point);
            writeln!(xml, "<node id=\"{point}\" lat=\"{lat}\" lon=\"{lon}\"/>").expect("writing to a string cannot fail");
        }
        nodes.push(edge.to);
        for (name, nodes) in named_pieces(edge, &nodes, &names) {
            way += 1;
            write_way(&mut ways, way, nodes, name, edge);
        }
    }
    xml.push_str(&ways);
    xml.push_str("</osm>\n");
    xml.into_bytes()
}

fn write_way(out: &mut String, id: u64, nodes: &[u64], name: &str, edge: &Edge) {
    write!(out, "<way id=\"{id}\">").expect("writing to a string cannot fail");
    for node in nodes {
        write!(out, "<nd ref=\"{node}\"/>").expect("writing to a string cannot fail");
    }
    let tags = TAGS.iter().filter_map(|k| Some((*k, list(edge.value(k)?).into_iter().next()?)));
    for (key, value) in tags.chain((!name.is_empty()).then_some(("name", name))) {
        let value = match value {
            "True" => "yes",
            "False" => "no",
            given => given,
        };
        write!(out, "<tag k=\"{key}\" v=\"{value}\"/>").expect("writing to a string cannot fail");
    }
    out.push_str("</way>\n");
}

/// The edge's nodes, in two halves where it was folded from ways of several names.
fn named_pieces<'a>(edge: &'a Edge, nodes: &'a [u64], names: &BTreeMap<u64, BTreeSet<&str>>) -> Vec<(&'a str, &'a [u64])> {
    let own = edge.value("name").map(list).unwrap_or_default();
    let at = |node: u64| own.iter().copied().find(|name| names.get(&node).is_some_and(|there| there.contains(name)));
    let first = own.first().copied().unwrap_or("");
    let (start, end) = (at(edge.from).unwrap_or(first), at(edge.to).unwrap_or(first));
    if start == end || nodes.len() < 3 {
        return vec![(start, nodes)];
    }
    let middle = nodes.len() / 2;
    vec![(start, &nodes[..=middle]), (end, &nodes[middle..])]
}

/// Names that edges of one name carry to each node.
fn names_at_nodes(edges: &[Edge]) -> BTreeMap<u64, BTreeSet<&str>> {
    let mut names: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    for edge in edges {
        let Some([name]) = edge.value("name").map(list).as_deref().map(<[&str; 1]>::try_from).and_then(Result::ok) else { continue };
        for node in [edge.from, edge.to] {
            names.entry(node).or_default().insert(name);
        }
    }
    names
}

/// A value, or the values of a list as Python prints it: `['a', 'b']`.
fn list(value: &str) -> Vec<&str> {
    match value.strip_prefix('[').and_then(|v| v.strip_suffix(']')) {
        Some(inner) => inner.split(", ").map(|v| v.trim_matches('\'')).collect(),
        None => vec![value],
    }
}

fn keys(graphml: &str) -> BTreeMap<&str, &str> {
    graphml.split("<key ").skip(1).map(|key| (attribute(key, "id"), attribute(key, "attr.name"))).collect()
}

fn edges(graphml: &str, keys: &BTreeMap<&str, &str>) -> Vec<Edge> {
    let number = |head: &str, key: &str| attribute(head, key).parse().expect("an edge has numbers for its ends");
    elements(graphml, "edge")
        .map(|(head, body)| Edge { from: number(head, "source"), to: number(head, "target"), values: values(body, keys) })
        .collect()
}

/// Head and body of each element of a kind.
fn elements<'a>(graphml: &'a str, kind: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let (open, close) = (format!("<{kind} "), format!("</{kind}>"));
    graphml
        .split(open.as_str())
        .skip(1)
        .filter_map(move |rest| rest.split(close.as_str()).next()?.split_once('>'))
        .collect::<Vec<_>>()
        .into_iter()
}

fn values(body: &str, keys: &BTreeMap<&str, &str>) -> Values {
    body.split("<data ")
        .skip(1)
        .filter_map(|data| {
            let value = data.split_once('>')?.1.split_once("</data>")?.0;
            Some(((*keys.get(attribute(data, "key"))?).to_owned(), value.to_owned()))
        })
        .collect()
}

fn attribute<'a>(head: &'a str, key: &str) -> &'a str {
    let start = format!("{key}=\"");
    head.split_once(start.as_str()).and_then(|rest| rest.1.split_once('"')).map_or("", |rest| rest.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAPH: &str = r#"<graphml><key id="d1" for="node" attr.name="x"/><key id="d2" for="node" attr.name="y"/><key id="d3" for="edge" attr.name="osmid"/>
<key id="d4" for="edge" attr.name="name"/><key id="d5" for="edge" attr.name="oneway"/><key id="d6" for="edge" attr.name="geometry"/>
<key id="d7" for="edge" attr.name="highway"/><key id="d8" for="node" attr.name="highway"/>
<graph><node id="1"><data key="d1">114.0</data><data key="d2">22.5</data><data key="d8">traffic_signals</data></node>
<node id="2"><data key="d1">114.01</data><data key="d2">22.5</data></node><node id="3"><data key="d1">114.02</data><data key="d2">22.5</data></node>
<edge source="1" target="2" id="0"><data key="d3">7</data><data key="d4">甲路</data><data key="d5">False</data><data key="d7">primary</data></edge>
<edge source="2" target="1" id="0"><data key="d3">7</data><data key="d4">甲路</data><data key="d5">False</data><data key="d7">primary</data></edge>
<edge source="2" target="3" id="0"><data key="d3">[8, 9]</data><data key="d4">['乙路', '甲路']</data><data key="d5">True</data><data key="d7">['tertiary', 'primary']</data>
<data key="d6">LINESTRING (114.01 22.5, 114.013 22.5, 114.016 22.5, 114.02 22.5)</data></edge></graph></graphml>"#;

    #[test]
    fn a_two_way_street_is_one_way_and_a_folded_edge_two() {
        let xml = String::from_utf8(osm_xml(GRAPH, "")).unwrap();
        assert_eq!(xml.matches("<way ").count(), 3, "{xml}");
        assert_eq!(xml.matches("<node ").count(), 5, "{xml}");
        assert!(xml.contains("<node id=\"1\" lat=\"22.5\" lon=\"114.0\"><tag k=\"highway\" v=\"traffic_signals\"/></node>"), "{xml}");
        assert!(
            xml.contains("<nd ref=\"2\"/><nd ref=\"90000000001\"/><nd ref=\"90000000002\"/><tag k=\"highway\" v=\"tertiary\"/>"),
            "{xml}"
        );
        assert!(xml.contains("<tag k=\"oneway\" v=\"no\"/><tag k=\"name\" v=\"甲路\"/>"), "{xml}");
        assert!(xml.contains("<tag k=\"oneway\" v=\"yes\"/><tag k=\"name\" v=\"乙路\"/>"), "{xml}");
    }
}
