//! A network many times the size of a real one: its roads laid out on a board, names told apart by tile, neighbours joined by
//! links. Written as OSM PBF, so that it goes through the same import as an extract. The same network gives the same bytes.

use std::collections::HashMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use gongzhi_road::Network;

/// Links between two neighbouring tiles.
const LINKS: usize = 12;
/// Elements in one block, as other writers do.
const BLOCK: usize = 8_000;

/// A way to be written: nodes, tags.
type Way = (Vec<i64>, Vec<(&'static str, String)>);

/// `columns` × `rows` copies of a network as OSM PBF.
///
/// # Panics
/// If the network has no edges.
#[must_use]
pub fn tiled(network: &Network, columns: usize, rows: usize) -> Vec<u8> {
    let bounds = network.bounds();
    // A gap of half a per cent between tiles, so that they do not touch but by their links.
    let (width, height) = ((bounds.east - bounds.west) * 1.005, (bounds.north - bounds.south) * 1.005);
    let (mut nodes, mut ways): (Vec<(i64, i64, i64)>, Vec<Way>) = (Vec::new(), Vec::new());
    let units = |degrees: f64| (degrees * 1e7).round() as i64;
    let counts = network.counts();
    let mut tile_nodes: Vec<i64> = Vec::new();
    for tile in 0..columns * rows {
        let (dx, dy) = (units(width * (tile % columns) as f64), units(height * (tile / columns) as f64));
        let base = nodes.len() as i64 + 1;
        tile_nodes.push(base);
        for node in 0..counts.nodes as u32 {
            let p = network.node_point(node).unwrap_or_else(|| panic!("node {node} of {}", counts.nodes));
            nodes.push((base + i64::from(node), units(p.lon) + dx, units(p.lat) + dy));
        }
        for id in 0..counts.edges as u32 {
            let Some(edge) = network.edge(id).filter(|e| e.twin.is_none_or(|twin| id < twin)) else { continue };
            let mut refs = vec![base + i64::from(edge.from)];
            for p in edge.line.get(1..edge.line.len() - 1).unwrap_or(&[]) {
                nodes.push((nodes.len() as i64 + 1, units(p.lon) + dx, units(p.lat) + dy));
                refs.push(nodes.len() as i64);
            }
            refs.push(base + i64::from(edge.to));
            let highway = match edge.class.word() {
                "ramp" => "motorway_link",
                "link" => "primary_link",
                other => other,
            };
            let mut tags = vec![("highway", highway.to_owned()), ("oneway", if edge.twin.is_some() { "no" } else { "yes" }.to_owned())];
            let optional = [
                ("name", (!edge.name.is_empty()).then(|| format!("{} {tile}", edge.name))),
                ("ref", (!edge.reference.is_empty()).then(|| edge.reference.clone())),
                ("maxspeed", edge.max_speed.map(|v| v.to_string())),
                ("lanes", edge.lanes.map(|v| v.to_string())),
                ("layer", (edge.layer != 0).then(|| edge.layer.to_string())),
                ("bridge", edge.bridge.then(|| "yes".to_owned())),
                ("tunnel", edge.tunnel.then(|| "yes".to_owned())),
                ("junction", edge.roundabout.then(|| "roundabout".to_owned())),
            ];
            tags.extend(optional.into_iter().filter_map(|(k, v)| Some((k, v?))));
            ways.push((refs, tags));
        }
    }
    for tile in 0..columns * rows {
        let (column, row) = (tile % columns, tile / columns);
        for (next, east) in [(tile + 1, true), (tile + columns, false)] {
            if east && column + 1 == columns || !east && row + 1 == rows {
                continue;
            }
            for (from, to) in facing(network, east) {
                let tags = vec![("highway", "secondary".to_owned()), ("name", format!("Link {tile} {next} {from}"))];
                ways.push((vec![tile_nodes[tile] + i64::from(from), tile_nodes[next] + i64::from(to)], tags));
            }
        }
    }
    pbf(&nodes, &ways)
}

/// For each of [`LINKS`] bands, the node farthest to one side and the one farthest to the other.
fn facing(network: &Network, east: bool) -> Vec<(u32, u32)> {
    let bounds = network.bounds();
    let mut ends: Vec<Option<((f64, u32), (f64, u32))>> = vec![None; LINKS];
    for node in 0..network.counts().nodes as u32 {
        let Some(p) = network.node_point(node) else { continue };
        let (across, along) = if east {
            (p.lon, (p.lat - bounds.south) / (bounds.north - bounds.south))
        } else {
            (p.lat, (p.lon - bounds.west) / (bounds.east - bounds.west))
        };
        let band = ((along * LINKS as f64) as usize).min(LINKS - 1);
        let (high, low) = ends[band].get_or_insert(((across, node), (across, node)));
        if across > high.0 {
            *high = (across, node);
        }
        if across < low.0 {
            *low = (across, node);
        }
    }
    ends.into_iter().flatten().map(|(high, low)| (high.1, low.1)).collect()
}

fn pbf(nodes: &[(i64, i64, i64)], ways: &[Way]) -> Vec<u8> {
    let mut out = blob("OSMHeader", &[field(4, b"OsmSchema-V0.6"), field(4, b"DenseNodes"), field(18, b"Sort.Type_then_ID")].concat());
    for block in nodes.chunks(BLOCK) {
        let ids = deltas(block.iter().map(|n| n.0));
        let dense = [field(1, &ids), field(8, &deltas(block.iter().map(|n| n.2))), field(9, &deltas(block.iter().map(|n| n.1)))].concat();
        out.extend(blob("OSMData", &[field(1, &field(1, b"")), field(2, &field(2, &dense))].concat()));
    }
    for (index, block) in ways.chunks(BLOCK).enumerate() {
        let mut strings: Vec<&str> = vec![""];
        let mut ids: HashMap<&str, u64> = HashMap::new();
        let mut group = Vec::new();
        for (i, (refs, tags)) in block.iter().enumerate() {
            let (mut keys, mut values) = (Vec::new(), Vec::new());
            for (key, value) in tags {
                for (text, list) in [(*key, &mut keys), (value.as_str(), &mut values)] {
                    let id = *ids.entry(text).or_insert_with(|| {
                        strings.push(text);
                        strings.len() as u64 - 1
                    });
                    varint(id, list);
                }
            }
            let mut way = Vec::new();
            varint(1 << 3, &mut way);
            varint((index * BLOCK + i) as u64 + 1, &mut way);
            way.extend([field(2, &keys), field(3, &values), field(8, &deltas(refs.iter().copied()))].concat());
            group.extend(field(3, &way));
        }
        let table: Vec<u8> = strings.iter().flat_map(|s| field(1, s.as_bytes())).collect();
        out.extend(blob("OSMData", &[field(1, &table), field(2, &group)].concat()));
    }
    out
}

fn blob(kind: &str, body: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
    packer.write_all(body).unwrap_or_else(|e| panic!("memory cannot refuse bytes: {e}"));
    let packed = packer.finish().unwrap_or_else(|e| panic!("memory cannot refuse bytes: {e}"));
    let mut content = Vec::new();
    varint(2 << 3, &mut content);
    varint(body.len() as u64, &mut content);
    content.extend(field(3, &packed));
    let mut header = field(1, kind.as_bytes());
    varint(3 << 3, &mut header);
    varint(content.len() as u64, &mut header);
    [(header.len() as u32).to_be_bytes().to_vec(), header, content].concat()
}

fn field(number: u64, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 6);
    varint(number << 3 | 2, &mut out);
    varint(body.len() as u64, &mut out);
    out.extend_from_slice(body);
    out
}

fn deltas(values: impl Iterator<Item = i64>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut last = 0i64;
    for value in values {
        let step = value - last;
        last = value;
        varint(((step << 1) ^ (step >> 63)) as u64, &mut out);
    }
    out
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RoadMap;
    use gongzhi_road::import::{self, Options};

    #[test]
    fn tiles_are_copies_joined_by_links() {
        let map = RoadMap::draw(
            "
A--B--C
|  |  |
D--E--F",
        )
        .named_by(|_, _| Some("中路"));
        let one = map.network();
        let bytes = tiled(&one, 3, 2);
        assert_eq!(bytes, tiled(&one, 3, 2));
        let six = import::osm(&bytes, &Options::default(), &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
        let links = 4 * LINKS.min(2) + 3 * LINKS.min(3);
        assert_eq!(six.summary.counts.nodes, 6 * one.counts().nodes);
        assert_eq!(six.summary.counts.edges, 6 * one.counts().edges + 2 * links);
        let network = Network::from_vec(six.bytes).unwrap_or_else(|e| panic!("{e}"));
        assert!(network.roads().any(|(_, r)| r.name == "中路 5"));
        assert!(network.bounds().east - network.bounds().west > 2.9 * (one.bounds().east - one.bounds().west));
    }
}
