//! Sections: pieces of one road between consecutive crossings, both carriageways together.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::collect::Collected;
use super::crossings::{Crossings, RoadFacts};
use super::graph::{Graph, Sets};
use crate::format::{NONE, ShapeRecord};
use crate::geometry::distance_m;
use crate::names::is_chinese;
use crate::place::Class;

/// A line no longer than this with both ends in one crossing lies inside it.
const INSIDE_M: f64 = 160.0;
/// Carriageways farther apart than this in the middle are not one section.
const CARRIAGEWAYS_M: f64 = 120.0;

/// A section found. Lines are `line * 2 + reversed`; the first `main` make one carriageway in order.
pub(crate) struct Found {
    pub(crate) road: u32,
    pub(crate) lines: Vec<u32>,
    pub(crate) main: usize,
    pub(crate) ends: [u32; 2],
    pub(crate) length_m: f64,
    pub(crate) class: Class,
    pub(crate) key: (i64, i64),
    pub(crate) turn: u16,
    pub(crate) name: String,
}

/// Sections, the section of each line, and how many were merged from carriageways.
pub(crate) struct Sections {
    pub(crate) found: Vec<Found>,
    pub(crate) of_line: Vec<u32>,
    pub(crate) merged: u64,
}

/// A chain of one road before carriageways are merged.
struct Chain {
    road: u32,
    lines: Vec<u32>,
    main: Vec<u32>,
    ends: [u32; 2],
    length_m: f64,
    middle: ShapeRecord,
}

pub(crate) fn find(graph: &Graph, collected: &Collected, crossings: &Crossings, facts: &RoadFacts) -> Sections {
    let inside = |line: usize| {
        let l = &graph.lines[line];
        let (a, b) = (crossings.of_node[l.from as usize], crossings.of_node[l.to as usize]);
        a != NONE && a == b && l.length_m <= INSIDE_M
    };
    let mut sets = Sets::new(graph.lines.len());
    for (node, legs) in graph.legs.iter().enumerate() {
        if crossings.of_node[node] != NONE {
            continue;
        }
        for (i, a) in legs.iter().enumerate() {
            for b in legs[i + 1..].iter().filter(|b| graph.road(*a) == graph.road(**b)) {
                sets.join(*a as usize, *b as usize);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for line in (0..graph.lines.len()).filter(|l| !inside(*l)) {
        groups.entry(sets.root(line)).or_default().push(line as u32);
    }
    let chains: Vec<Chain> = groups.into_values().map(|lines| chain(graph, crossings, lines)).collect();
    let (mut found, merged) = merge(graph, collected, chains);

    let mut of_line = vec![NONE; graph.lines.len()];
    let mut at_crossing: HashMap<(u32, u32), u32> = HashMap::new();
    for (i, section) in found.iter().enumerate() {
        for line in &section.lines {
            of_line[(line / 2) as usize] = i as u32;
        }
        for end in section.ends.iter().filter(|e| **e != NONE) {
            at_crossing.entry((*end, section.road)).or_insert(i as u32);
        }
    }
    // Lines inside a crossing go with a section of their road there, else with any section there, else they are sections themselves.
    for line in (0..graph.lines.len()).filter(|l| inside(*l)) {
        let (crossing, road) = (crossings.of_node[graph.lines[line].from as usize], graph.road(line as u32));
        let section = at_crossing.get(&(crossing, road)).copied();
        if let Some(section) = section {
            found[section as usize].lines.push(line as u32 * 2);
            of_line[line] = section;
        } else {
            of_line[line] = found.len() as u32;
            at_crossing.insert((crossing, road), found.len() as u32);
            let only = Chain {
                road,
                lines: vec![line as u32],
                main: vec![line as u32 * 2],
                ends: [crossing, NONE],
                length_m: graph.lines[line].length_m,
                middle: graph.lines[line].shape[0],
            };
            found.push(section_of(graph, collected, &[only]));
        }
    }
    keys(&mut found);
    for section in &mut found {
        section.name = name(section, crossings, facts);
    }
    Sections { found, of_line, merged }
}

/// Finds a chain's ends and the way from one to the other.
fn chain(graph: &Graph, crossings: &Crossings, lines: Vec<u32>) -> Chain {
    let mut nodes: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for line in &lines {
        let l = &graph.lines[*line as usize];
        nodes.entry(l.from).or_default().push(*line);
        nodes.entry(l.to).or_default().push(*line);
    }
    let ends: Vec<u32> = nodes.keys().copied().filter(|n| crossings.of_node[*n as usize] != NONE).collect();
    let some = *nodes.keys().next().unwrap_or(&0);
    // The ends of the main line: the two crossings farthest apart, else from the crossing (or one far end) to the farthest node.
    let mut best: Option<(f64, u32, u32)> = None;
    for (i, a) in ends.iter().enumerate().take(60) {
        for b in ends.iter().skip(i + 1).take(60) {
            if crossings.of_node[*a as usize] != crossings.of_node[*b as usize] {
                let d = distance_m(graph.at[*a as usize], graph.at[*b as usize]);
                if best.is_none_or(|(old, ..)| d > old) {
                    best = Some((d, *a, *b));
                }
            }
        }
    }
    let far = |from: u32| {
        nodes.keys().copied().max_by(|a, b| {
            distance_m(graph.at[from as usize], graph.at[*a as usize])
                .total_cmp(&distance_m(graph.at[from as usize], graph.at[*b as usize]))
        })
    };
    let (from, to) = match (best, ends.first()) {
        (Some((_, a, b)), _) => (a, b),
        (None, Some(a)) => (*a, far(*a).unwrap_or(*a)),
        (None, None) => {
            let a = far(some).unwrap_or(some);
            (a, far(a).unwrap_or(a))
        }
    };
    let mut main = path(graph, &nodes, from, to);
    if main.is_empty() {
        main = lines.iter().take(1).map(|l| l * 2).collect();
    }
    let length_m = main.iter().map(|l| graph.lines[(l / 2) as usize].length_m).sum();
    let middle = middle(graph, &main, length_m);
    let (a, b) = (crossings.of_node[from as usize], crossings.of_node[to as usize]);
    Chain {
        road: lines.first().map_or(0, |l| graph.road(*l)),
        lines,
        main,
        ends: if a == NONE { [b, a] } else { [a, b] },
        length_m,
        middle,
    }
}

/// Shortest path in lines, as `line * 2 + reversed`.
fn path(graph: &Graph, nodes: &BTreeMap<u32, Vec<u32>>, from: u32, to: u32) -> Vec<u32> {
    let mut came: HashMap<u32, (u32, u32)> = HashMap::new();
    let mut queue = VecDeque::from([from]);
    let mut seen = BTreeSet::from([from]);
    while let Some(node) = queue.pop_front() {
        if node == to {
            break;
        }
        for line in nodes.get(&node).into_iter().flatten() {
            let next = graph.other(*line, node);
            if seen.insert(next) {
                came.insert(next, (node, *line));
                queue.push_back(next);
            }
        }
    }
    let mut main = Vec::new();
    let mut node = to;
    while let Some((before, line)) = came.get(&node) {
        main.push(line * 2 + u32::from(graph.lines[*line as usize].from != *before));
        node = *before;
    }
    if node != from {
        return Vec::new();
    }
    main.reverse();
    main
}

fn middle(graph: &Graph, main: &[u32], length_m: f64) -> ShapeRecord {
    let mut left = length_m / 2.0;
    for item in main {
        let line = &graph.lines[(item / 2) as usize];
        if line.length_m >= left {
            let mut shape = line.shape.clone();
            if item % 2 == 1 {
                shape.reverse();
            }
            for w in shape.windows(2) {
                let step = distance_m(w[0], w[1]);
                if step >= left && step > 0.0 {
                    let share = left / step;
                    // In floating point: a line may span more than half the globe.
                    let between = |a: i32, b: i32| (f64::from(a) + (f64::from(b) - f64::from(a)) * share) as i32;
                    return ShapeRecord { x: between(w[0].x, w[1].x), y: between(w[0].y, w[1].y) };
                }
                left -= step;
            }
            return shape[shape.len() - 1];
        }
        left -= line.length_m;
    }
    main.first().map_or(ShapeRecord::default(), |i| graph.lines[(i / 2) as usize].shape[0])
}

fn merge(graph: &Graph, collected: &Collected, chains: Vec<Chain>) -> (Vec<Found>, u64) {
    let mut groups: BTreeMap<(u32, u32, u32), Vec<Vec<Chain>>> = BTreeMap::new();
    let mut alone: Vec<Chain> = Vec::new();
    for chain in chains {
        let [a, b] = chain.ends;
        if a == NONE || a == b {
            alone.push(chain);
            continue;
        }
        // Two carriageways that leave the map together run side by side; two arms of one crossing do not.
        let open = b == NONE;
        let bundles = groups.entry((chain.road, a.min(b), a.max(b))).or_default();
        let near = bundles.iter_mut().find(|bundle| {
            let first = &bundle[0];
            let apart = distance_m(first.middle, chain.middle);
            apart <= CARRIAGEWAYS_M
                && (!open || apart < 0.4 * first.length_m.min(chain.length_m))
                && first.length_m.max(chain.length_m) <= 2.0 * first.length_m.min(chain.length_m) + 50.0
        });
        match near {
            Some(bundle) => bundle.push(chain),
            None => bundles.push(vec![chain]),
        }
    }
    let merged = groups.values().flatten().filter(|b| b.len() > 1).count() as u64;
    let mut found: Vec<Found> = groups.into_values().flatten().map(|bundle| section_of(graph, collected, &bundle)).collect();
    found.extend(alone.into_iter().map(|chain| section_of(graph, collected, &[chain])));
    // File order along the curve: by the lowest line.
    found.sort_by_key(|s| s.lines.iter().min().copied());
    (found, merged)
}

fn section_of(graph: &Graph, collected: &Collected, bundle: &[Chain]) -> Found {
    let first = &bundle[0];
    let mut lines = first.main.clone();
    let main = lines.len();
    let on_main: BTreeSet<u32> = first.main.iter().map(|l| l / 2).collect();
    let rest: BTreeSet<u32> = bundle.iter().flat_map(|c| c.lines.iter().copied()).filter(|l| !on_main.contains(l)).collect();
    lines.extend(rest.into_iter().map(|l| l * 2));
    let longest = first.main.iter().map(|l| &graph.lines[(l / 2) as usize]).max_by(|a, b| a.length_m.total_cmp(&b.length_m));
    let class = longest.map_or(Class::Service, |l| collected.roads[l.way as usize].tags.class);
    let key = lines
        .iter()
        .map(|l| {
            let l = &graph.lines[(l / 2) as usize];
            let (a, b) = (graph.osm[l.from as usize], graph.osm[l.to as usize]);
            (a.min(b), a.max(b))
        })
        .min()
        .unwrap_or((0, 0));
    Found { road: first.road, lines, main, ends: first.ends, length_m: first.length_m, class, key, turn: 0, name: String::new() }
}

/// Tells apart sections whose lowest pieces join the same two nodes.
fn keys(found: &mut [Found]) {
    let mut seen: HashMap<(i64, i64), u16> = HashMap::new();
    for section in found {
        let turn = seen.entry(section.key).or_default();
        section.turn = *turn;
        *turn = turn.saturating_add(1);
    }
}

fn name(section: &Found, crossings: &Crossings, facts: &RoadFacts) -> String {
    let own = facts.name[section.road as usize].as_str();
    let chinese = if own.is_empty() { facts.chinese } else { is_chinese(own) };
    let unnamed = section.class.unnamed();
    let road = if !own.is_empty() {
        own
    } else if chinese {
        unnamed.0
    } else {
        unnamed.1
    };
    let mut ends: Vec<&str> = section
        .ends
        .iter()
        .filter(|e| **e != NONE)
        .map(|e| {
            let other =
                crossings.found[*e as usize].roads.iter().map(|r| facts.name[*r as usize].as_str()).find(|n| !n.is_empty() && *n != own);
            other.unwrap_or(if chinese { "无名路" } else { "unnamed street" })
        })
        .collect();
    // The same name whichever way the line was drawn.
    ends.sort_unstable();
    match (ends.as_slice(), chinese) {
        ([a, b], true) => format!("{road}（{a}—{b}）"),
        ([a, b], false) => format!("{road} ({a} – {b})"),
        ([a], true) => format!("{road}（{a}—尽头）"),
        ([a], false) => format!("{road} ({a} – end)"),
        _ => road.to_owned(),
    }
}
