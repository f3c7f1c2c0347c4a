//! What may not be driven: turn restrictions, limits of vehicles on ways, barriers.
//!
//! Turn restrictions as in the OSM wiki, *Relation:restriction*: `no_*` forbids one manoeuvre, `only_*` all others at its end.
//! A restriction becomes sequences of directed edges here; those that hold at times only are kept with their words and not applied.

use std::collections::{BTreeMap, HashMap};

use super::Summary;
use super::collect::Collected;
use super::graph::Graph;
use super::source::{Member, MemberKind, Tags};
use crate::format::*;
use crate::geometry::distance_m;

mod limits;

pub(crate) use limits::{barrier, way_limits};

/// A relation's words, before its edges are known.
pub(crate) struct RawRestriction {
    osm: i64,
    only: bool,
    turn: u8,
    vehicles: u8,
    condition: String,
    from: Vec<i64>,
    via_node: Option<i64>,
    via_ways: Vec<i64>,
    to: Vec<i64>,
}

/// Vehicle kinds of an OSM mode of transport, as bits of [`VEHICLES_ALL`].
pub(super) fn vehicles(mode: &str) -> u8 {
    match mode {
        "vehicle" | "motor_vehicle" => VEHICLES_ALL,
        "motorcar" => 1,
        "hgv" | "goods" => 2,
        "motorcycle" => 4,
        "bus" | "psv" => 8,
        "emergency" => 16,
        _ => 0,
    }
}

/// Reads a relation; `None` if it restricts nothing we route. What cannot be understood is counted.
pub(crate) fn relation(osm: i64, members: &[Member<'_>], tags: &Tags<'_>, summary: &mut Summary, found: &mut Vec<RawRestriction>) {
    if !tags.get("type").is_some_and(|t| t == "restriction" || t.starts_with("restriction:")) {
        return;
    }
    let spared = tags.get("except").map_or(0, |e| e.split(';').map(|m| vehicles(m.trim())).fold(0, |a, b| a | b));
    let ways = |role: &str| -> Vec<i64> { members.iter().filter(|m| m.kind == MemberKind::Way && m.role == role).map(|m| m.id).collect() };
    let (from, via_ways, to) = (ways("from"), ways("via"), ways("to"));
    let via_node = members.iter().find(|m| m.kind == MemberKind::Node && m.role == "via").map(|m| m.id);
    if from.is_empty() || to.is_empty() || via_node.is_none() && via_ways.is_empty() {
        count(summary, "restriction.members");
        return;
    }
    // `day_on` and `hour_on` are the forms used before conditional values.
    let hours: Vec<String> = tags
        .0
        .iter()
        .filter(|(k, _)| matches!(*k, "day_on" | "day_off" | "hour_on" | "hour_off"))
        .map(|(k, v)| format!("{k}={v}"))
        .collect();
    for (key, value) in tags.0.iter().filter(|(k, _)| *k == "restriction" || k.starts_with("restriction:")) {
        let mut parts = key.split(':').skip(1);
        let mode = parts.next().filter(|p| *p != "conditional");
        let mut condition = hours.join(" ");
        let mut word = value.trim();
        if key.ends_with(":conditional") {
            let (before, after) = value.split_once('@').unwrap_or((value, ""));
            (word, condition) = (before.trim(), after.trim().trim_matches(['(', ')']).to_owned());
            if condition.is_empty() {
                condition = "?".to_owned();
            }
        }
        let (only, rest) = match (word.strip_prefix("no_"), word.strip_prefix("only_")) {
            (Some(rest), _) => (false, rest),
            (_, Some(rest)) => (true, rest),
            _ => {
                count(summary, "restriction.word");
                continue;
            }
        };
        let turn = match rest {
            "left_turn" => TURN_LEFT,
            "right_turn" => TURN_RIGHT,
            "straight_on" => TURN_STRAIGHT,
            "u_turn" => TURN_U,
            _ => TURN_OTHER,
        };
        let vehicles = mode.map_or(VEHICLES_ALL, vehicles) & !spared;
        if vehicles != 0 {
            let (from, via_ways, to) = (from.clone(), via_ways.clone(), to.clone());
            found.push(RawRestriction { osm, only, turn, vehicles, condition, from, via_node, via_ways, to });
        }
    }
}

fn count(summary: &mut Summary, code: &str) {
    *summary.skipped.entry(code.to_owned()).or_default() += 1;
}

/// Most ways between `from` and `to` that are followed.
const MOST_VIA: usize = 8;

/// The restrictions as sequences of edges, in the lists; sorted by relation.
pub(crate) fn records(
    collected: &Collected,
    (nodes, edges, lines): (&[NodeRecord], &[EdgeRecord], &[LineRecord]),
    strings: &mut StringPool,
    lists: &mut Vec<u32>,
    summary: &mut Summary,
) -> Vec<RestrictionRecord> {
    let way_of: HashMap<i64, u32> = collected.roads.iter().enumerate().map(|(i, w)| (w.osm, i as u32)).collect();
    let node_of: HashMap<i64, u32> = nodes.iter().enumerate().map(|(i, n)| (n.osm, i as u32)).collect();
    let mut of_way: HashMap<u32, Vec<u32>> = HashMap::new();
    for (i, edge) in edges.iter().enumerate() {
        of_way.entry(lines[edge.line as usize].way).or_default().push(i as u32);
    }
    let edges_of = |ways: &[i64]| -> Vec<u32> { ways.iter().filter_map(|w| of_way.get(way_of.get(w)?)).flatten().copied().collect() };
    let mut records = Vec::new();
    for raw in &collected.restrictions {
        let (from, via, to) = (edges_of(&raw.from), edges_of(&raw.via_ways), edges_of(&raw.to));
        let mut sequences: Vec<Vec<u32>> = Vec::new();
        match raw.via_node.map(|n| node_of.get(&n)) {
            Some(Some(node)) => {
                for a in from.iter().filter(|e| edges[**e as usize].to == *node) {
                    for b in to.iter().filter(|e| edges[**e as usize].from == *node) {
                        let turns_back = edges[*a as usize].line == edges[*b as usize].line;
                        // On one way, a U-turn goes back and everything else goes on.
                        if raw.from != raw.to || turns_back == (raw.turn == TURN_U) {
                            sequences.push(vec![*a, *b]);
                        }
                    }
                }
            }
            Some(None) => {}
            None => {
                for a in &from {
                    chain(edges, &mut vec![*a], &via, &to, &mut sequences);
                }
            }
        }
        sequences.sort();
        sequences.dedup();
        if sequences.is_empty() {
            count(summary, "restriction.unresolved");
        } else if !raw.condition.is_empty() {
            count(summary, "restriction.conditional");
        } else {
            summary.restrictions += 1;
        }
        for sequence in sequences {
            let first = lists.len() as u32;
            lists.extend_from_slice(&sequence);
            records.push(RestrictionRecord {
                osm: raw.osm,
                first,
                count: sequence.len() as u32,
                condition: strings.add(&raw.condition),
                only: u8::from(raw.only),
                turn: raw.turn,
                vehicles: raw.vehicles,
                spare: 0,
            });
        }
    }
    records.sort_by_key(|r| (r.osm, r.first));
    records
}

/// All ways from the end of `path` over `via` edges, each line once, to the start of a `to` edge.
fn chain(edges: &[EdgeRecord], path: &mut Vec<u32>, via: &[u32], to: &[u32], found: &mut Vec<Vec<u32>>) {
    let Some(end) = path.last().map(|e| edges[*e as usize].to) else { return };
    if path.len() > 1 {
        for b in to.iter().filter(|b| edges[**b as usize].from == end) {
            if path.iter().all(|p| edges[*p as usize].line != edges[*b as usize].line || path.first() == Some(p)) {
                found.push(path.iter().copied().chain([*b]).collect());
            }
        }
    }
    if path.len() > MOST_VIA {
        return;
    }
    for next in via.iter().filter(|e| edges[**e as usize].from == end) {
        if path.iter().all(|p| edges[*p as usize].line != edges[*next as usize].line) {
            path.push(*next);
            chain(edges, path, via, to, found);
            path.pop();
        }
    }
}

/// A barrier on a node, before the line it lies on is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawBarrier {
    pub(crate) osm: i64,
    pub(crate) refused: u8,
}

/// Barriers at nodes of the graph and along its lines.
pub(crate) fn barriers(graph: &Graph, collected: &Collected, summary: &mut Summary) -> Vec<BarrierRecord> {
    let raw: &BTreeMap<u32, RawBarrier> = &collected.barriers;
    let mut found = Vec::new();
    if raw.is_empty() {
        return found;
    }
    for (node, index) in graph.nodes.iter().enumerate() {
        if let Some(b) = raw.get(index) {
            found.push(BarrierRecord { osm: b.osm, node: node as u32, line: NONE, refused: b.refused, ..BarrierRecord::default() });
        }
    }
    for (i, line) in graph.lines.iter().enumerate() {
        let mut offset = 0.0;
        for pair in line.nodes.windows(2) {
            let (Some(a), Some(b)) = (collected.at(pair[0]), collected.at(pair[1])) else { continue };
            offset += distance_m(a, b);
            let inner = line.nodes.last() != Some(&pair[1]);
            if let Some(barrier) = raw.get(&pair[1]).filter(|_| inner) {
                found.push(BarrierRecord {
                    osm: barrier.osm,
                    node: NONE,
                    line: i as u32,
                    offset_m: offset as f32,
                    refused: barrier.refused,
                    ..BarrierRecord::default()
                });
            }
        }
    }
    summary.barriers = found.len() as u64;
    found
}
