//! Expressway exits: the junction's name and number, the road left, and what the ramp's sign says.

use std::collections::BTreeMap;

use super::collect::Collected;
use super::graph::{Graph, directions};
use super::names::Names;
use super::source::Tags;
use crate::format::*;
use crate::place::Class;

/// An exit as tagged; it always has a name or a number.
pub(crate) struct RawExit {
    pub(crate) osm: i64,
    pub(crate) at: ShapeRecord,
    pub(crate) names: Names,
    pub(crate) reference: String,
    /// `exit_to` of old maps, may be empty.
    pub(crate) to: String,
}

impl RawExit {
    pub(crate) fn read(osm: i64, at: ShapeRecord, tags: &Tags<'_>) -> Option<Self> {
        if !tags.is("highway", "motorway_junction") {
            return None;
        }
        let (names, reference) = (Names::read(tags), tags.get("ref").unwrap_or("").trim().to_owned());
        let to = tags.get("exit_to").unwrap_or("").trim().to_owned();
        (!names.name.is_empty() || !reference.is_empty()).then_some(Self { osm, at, names, reference, to })
    }

    /// What to call it: its name, else its number with a word.
    pub(crate) fn label(&self, chinese: bool) -> String {
        if !self.names.name.is_empty() {
            return self.names.name.clone();
        }
        if chinese { format!("{}号出口", self.reference) } else { format!("Exit {}", self.reference) }
    }

    /// Further words it is found under.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if !self.reference.is_empty() {
            words.extend([format!("{}出口", self.reference), format!("{}号出口", self.reference), format!("Exit {}", self.reference)]);
        }
        let name = &self.names.name;
        if crate::names::is_chinese(name) && !["出口", "枢纽", "互通", "立交"].iter().any(|end| name.ends_with(end)) {
            words.push(format!("{name}出口"));
        }
        words
    }
}

/// Records in the order of their landmarks, the first of which is `first_landmark`.
pub(crate) fn records(graph: &Graph, collected: &Collected, strings: &mut StringPool, first_landmark: u32) -> Vec<ExitRecord> {
    let legs = lines_at(graph, collected);
    let way = |line: u32| &collected.roads[graph.lines[line as usize].way as usize].tags;
    let exits = collected.exits.iter().enumerate();
    exits
        .map(|(i, raw)| {
            let legs = legs.get(&raw.osm).map_or(&[][..], Vec::as_slice);
            // An exit from a collector road leaves a ramp, for want of anything better.
            let main = legs.iter().copied().min_by_key(|l| (way(*l).class, *l));
            let ramps = legs
                .iter()
                .copied()
                .filter(|l| matches!(way(*l).class, Class::Ramp | Class::Link) && leaves(graph, collected, *l, raw.osm));
            let signed = ramps.clone().find(|l| way(*l).destination.iter().any(|d| !d.is_empty())).or_else(|| ramps.clone().next());
            let [destination, destination_reference] = signed.map_or(["", ""], |l| {
                let [to, reference] = &way(l).destination;
                [to.as_str(), reference.as_str()]
            });
            ExitRecord {
                osm: raw.osm,
                x: raw.at.x,
                y: raw.at.y,
                name: strings.add(&raw.names.name),
                reference: strings.add(&raw.reference),
                road: main.map_or(NONE, |l| graph.road(l)),
                destination: strings.add(if destination.is_empty() { &raw.to } else { destination }),
                destination_reference: strings.add(destination_reference),
                landmark: first_landmark + i as u32,
            }
        })
        .collect()
}

/// Lines through each exit's node; a junction whose ramp the map leaves out lies within a line.
fn lines_at(graph: &Graph, collected: &Collected) -> BTreeMap<i64, Vec<u32>> {
    let mut wanted = vec![false; collected.ids.len()];
    for index in collected.exits.iter().filter_map(|exit| collected.index(exit.osm)) {
        wanted[index as usize] = true;
    }
    let mut lines: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
    for (i, line) in graph.lines.iter().enumerate() {
        for node in line.nodes.iter().filter(|n| wanted[**n as usize]) {
            lines.entry(collected.ids[*node as usize]).or_default().push(i as u32);
        }
    }
    lines
}

/// Whether a line may be driven away from a node.
fn leaves(graph: &Graph, collected: &Collected, line: u32, node: i64) -> bool {
    let piece = &graph.lines[line as usize];
    let (with, against) = directions(collected.roads[piece.way as usize].tags.flags);
    with && graph.osm[piece.from as usize] == node || against && graph.osm[piece.to as usize] == node
}
