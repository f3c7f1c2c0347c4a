//! From the directed edges of one route number to chains in driving direction.
//!
//! At every node an arriving edge is continued by the leaving edge that bends least and keeps class and name ("strokes", after Thomson &
//! Richardson 1999, *The 'good continuation' principle of perceptual organization applied to the generalization of road networks*); ends are
//! then joined over pieces that lack the number (roundabouts, bridges) by a short way through the network, and last over gaps in the map.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::carriageway::Carriageway;
use crate::Network;
use crate::format::*;
use crate::geometry::{Plane, distance_m};
use crate::names::fold;
use crate::place::Class;

/// Longest way through the network that joins two pieces of a route, metres.
const JOIN_WAY_M: f64 = 600.0;
/// Longest hole in the map over which a route is continued, metres.
const JOIN_GAP_M: f64 = 3_000.0;
/// A route does not turn more than this where it is joined, degrees.
const JOIN_TURN_DEG: f64 = 120.0;
/// At a node with a choice, a route does not turn more than this, degrees.
const CHOICE_TURN_DEG: f64 = 100.0;
/// What a change of class or name at a node costs, degrees of turn.
const CHANGE_COST_DEG: f64 = 20.0;

/// One link of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// A directed edge that bears the number.
    Own(u32),
    /// A directed edge that joins two such and does not bear it.
    Bridge(u32),
    /// Nothing is mapped between two edges.
    Gap,
}

/// Links in driving order, and their length in metres (gaps as the crow flies).
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) links: Vec<Link>,
    pub(super) length_m: f64,
    /// The last link leads to the first.
    pub(super) ring: bool,
}

/// A route number in one form: `220国道`, `G 220`, `ｇ220` are `g220`.
pub(crate) fn route_key(text: &str) -> String {
    fold(text).chars().filter(|c| !c.is_whitespace()).collect()
}

/// All chains of the route, the longest first.
pub(super) fn chains(network: &Network, wanted: &str) -> Vec<Chain> {
    let own = own_edges(network, wanted);
    let mut chains = join_by_ways(network, strokes(network, &own));
    chains = join_by_gaps(network, chains);
    chains.sort_by(|a, b| b.length_m.total_cmp(&a.length_m).then(first_edge(a).cmp(&first_edge(b))));
    chains
}

/// Edges that make the route: those of its number without ramps, slip roads and roundabouts, if there are any.
fn own_edges(network: &Network, wanted: &str) -> Vec<u32> {
    let all = edges_named(network, wanted);
    let through = |e: &u32| {
        let way = way_of(network, *e);
        way.flags & WAY_ROUNDABOUT == 0 && !matches!(Class::from_code(way.class), Class::Ramp | Class::Link | Class::Service)
    };
    let main: Vec<u32> = all.iter().copied().filter(through).collect();
    if main.is_empty() { all } else { main }
}

/// Directed edges whose number, name or English name is the wanted one.
pub(crate) fn edges_named(network: &Network, wanted: &str) -> Vec<u32> {
    let wanted = route_key(wanted);
    if wanted.is_empty() {
        return Vec::new();
    }
    // Many ways share few texts.
    let mut known: BTreeMap<u32, bool> = BTreeMap::new();
    let mut is = |text: u32| {
        *known.entry(text).or_insert_with(|| network.string(text).split(';').any(|part| !part.is_empty() && route_key(part) == wanted))
    };
    let ways: Vec<bool> = network.table::<WayRecord>(Tag::Ways).iter().map(|w| is(w.reference) || is(w.name) || is(w.name_en)).collect();
    (0..network.edges().len() as u32)
        .filter(|e| line_of(network, *e).is_some_and(|l| ways.get(l.way as usize).copied().unwrap_or(false)))
        .collect()
}

fn line_of(network: &Network, edge: u32) -> Option<&LineRecord> {
    network.lines().get(network.edges().get(edge as usize)?.line as usize)
}

fn way_of(network: &Network, edge: u32) -> WayRecord {
    line_of(network, edge).map_or_else(WayRecord::default, |l| network.way(l.way))
}

fn length_of(network: &Network, edge: u32) -> f64 {
    line_of(network, edge).map_or(0.0, |l| f64::from(l.length_m))
}

/// The edge's points in driving direction.
pub(super) fn shape_of(network: &Network, edge: u32) -> Vec<ShapeRecord> {
    let Some(record) = network.edges().get(edge as usize) else { return Vec::new() };
    let mut shape = line_of(network, edge).map_or_else(Vec::new, |l| network.line_shape(l).to_vec());
    if record.reversed != 0 {
        shape.reverse();
    }
    shape
}

/// Bearings of an edge at its start and its end, degrees, taken over some 20 m so that a kink at the node does not decide.
fn bearings(network: &Network, edge: u32) -> (f64, f64) {
    let shape = shape_of(network, edge);
    let over = |points: &mut dyn Iterator<Item = ShapeRecord>| {
        let Some(first) = points.next() else { return (ShapeRecord::default(), ShapeRecord::default()) };
        let mut last = first;
        for p in points {
            last = p;
            if distance_m(first, p) >= 20.0 {
                break;
            }
        }
        (first, last)
    };
    let (a, b) = over(&mut shape.iter().copied());
    let (d, c) = over(&mut shape.iter().rev().copied());
    (bearing(a, b), bearing(c, d))
}

pub(super) fn bearing(a: ShapeRecord, b: ShapeRecord) -> f64 {
    let (x, y) = Plane::at(a).metres(b);
    x.atan2(y).to_degrees()
}

/// Degrees between two bearings, 0 to 180.
pub(super) fn turn(a: f64, b: f64) -> f64 {
    let d = (a - b).rem_euclid(360.0);
    d.min(360.0 - d)
}

fn strokes(network: &Network, own: &[u32]) -> Vec<Chain> {
    let mut at_node: BTreeMap<u32, (Vec<u32>, Vec<u32>)> = BTreeMap::new();
    let mut ends: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for e in own {
        let Some(record) = network.edges().get(*e as usize) else { continue };
        at_node.entry(record.to).or_default().0.push(*e);
        at_node.entry(record.from).or_default().1.push(*e);
        ends.insert(*e, bearings(network, *e));
    }
    let (mut next, mut before): (BTreeMap<u32, u32>, BTreeMap<u32, u32>) = (BTreeMap::new(), BTreeMap::new());
    for (arriving, leaving) in at_node.values() {
        let mut pairs: Vec<(f64, u32, u32)> = Vec::new();
        for a in arriving {
            for l in leaving {
                let (Some(x), Some(y)) = (network.edges().get(*a as usize), network.edges().get(*l as usize)) else { continue };
                // Not back where it came from; a line from a node to itself goes on into itself.
                if x.line == y.line && a != l {
                    continue;
                }
                let angle = turn(ends.get(a).map_or(0.0, |b| b.1), ends.get(l).map_or(0.0, |b| b.0));
                let choice = arriving.len() > 2 || leaving.len() > 2 || arriving.len() != leaving.len();
                if angle > 160.0 || choice && angle > CHOICE_TURN_DEG {
                    continue;
                }
                let (v, w) = (way_of(network, *a), way_of(network, *l));
                let changes = f64::from(u8::from(v.class != w.class)) + f64::from(u8::from(v.name != w.name));
                pairs.push((angle + CHANGE_COST_DEG * changes, *a, *l));
            }
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        for (_, a, l) in pairs {
            if !next.contains_key(&a) && !before.contains_key(&l) {
                next.insert(a, l);
                before.insert(l, a);
            }
        }
    }
    let mut used: BTreeSet<u32> = BTreeSet::new();
    let mut chains = Vec::new();
    // Rings have no first edge; they are cut at their lowest node.
    let starts = own.iter().filter(|e| !before.contains_key(e)).map(|e| (*e, false)).collect::<Vec<_>>();
    let mut inner: Vec<(i64, u32)> = own
        .iter()
        .map(|e| (network.edges().get(*e as usize).and_then(|r| network.nodes().get(r.from as usize)).map_or(0, |n| n.osm), *e))
        .collect();
    inner.sort_unstable();
    for (start, ring) in starts.into_iter().chain(inner.into_iter().map(|(_, e)| (e, true))) {
        let mut links = Vec::new();
        let mut edge = Some(start);
        while let Some(e) = edge.filter(|e| used.insert(*e)) {
            links.push(Link::Own(e));
            edge = next.get(&e).copied();
        }
        // At the end of a road a stroke may turn round and come back on the same line.
        while let Some(turning) = turning(network, &links) {
            let back = links.split_off(turning);
            chains.push(Chain { length_m: length(network, &links), links, ring: false });
            links = back;
        }
        if !links.is_empty() {
            chains.push(Chain { length_m: length(network, &links), links, ring });
        }
    }
    chains
}

/// Where links turn round: half way between the first line met in both directions and its twin.
fn turning(network: &Network, links: &[Link]) -> Option<usize> {
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    for (i, line) in own_lines(network, links) {
        if let Some(first) = seen.insert(line, i) {
            return Some(usize::midpoint(first, i) + 1).filter(|m| *m <= i);
        }
    }
    None
}

fn own_lines(network: &Network, links: &[Link]) -> impl Iterator<Item = (usize, u32)> {
    links.iter().enumerate().filter_map(|(i, link)| match link {
        Link::Own(e) => Some((i, network.edges().get(*e as usize)?.line)),
        _ => None,
    })
}

fn length(network: &Network, links: &[Link]) -> f64 {
    let mut total = 0.0;
    for (i, link) in links.iter().enumerate() {
        total += match link {
            Link::Own(e) | Link::Bridge(e) => length_of(network, *e),
            Link::Gap => {
                let before = i.checked_sub(1).and_then(|b| links.get(b)).and_then(|l| edge_end(network, *l));
                let after = links.get(i + 1).and_then(|l| edge_start(network, *l));
                before.zip(after).map_or(0.0, |(a, b)| distance_m(a, b))
            }
        };
    }
    total
}

fn edge_of(link: Link) -> Option<u32> {
    match link {
        Link::Own(e) | Link::Bridge(e) => Some(e),
        Link::Gap => None,
    }
}

fn edge_start(network: &Network, link: Link) -> Option<ShapeRecord> {
    shape_of(network, edge_of(link)?).first().copied()
}

fn edge_end(network: &Network, link: Link) -> Option<ShapeRecord> {
    shape_of(network, edge_of(link)?).last().copied()
}

fn first_edge(chain: &Chain) -> Option<u32> {
    chain.links.iter().find_map(|l| edge_of(*l))
}

fn last_edge(chain: &Chain) -> Option<u32> {
    chain.links.iter().rev().find_map(|l| edge_of(*l))
}

/// Joins ends and starts by the cheapest first; `joins` are (cost, from chain, to chain, links between).
fn join(network: &Network, chains: Vec<Chain>, mut joins: Vec<(f64, usize, usize, Vec<Link>)>) -> Vec<Chain> {
    joins.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    // A group is what has been joined so far; it is kept where its first chain was.
    let mut group: Vec<usize> = (0..chains.len()).collect();
    let mut last: Vec<usize> = (0..chains.len()).collect();
    let mut joined: Vec<Option<Chain>> = chains.into_iter().map(Some).collect();
    let mut lines: Vec<Option<Carriageway>> = vec![None; joined.len()];
    for (_, a, b, between) in joins {
        let g = group[a];
        // Only the end of one group leads to the beginning of another: no ring out of joins.
        if last[g] != a || group[b] != b || g == b {
            continue;
        }
        for i in [g, b] {
            if lines[i].is_none() {
                lines[i] = joined[i].as_ref().map(|c| Carriageway::measured(network, c));
            }
        }
        // A route does not turn back on itself, nor beside itself.
        let lines_of = |i: usize| joined[i].iter().flat_map(|c| own_lines(network, &c.links)).map(|l| l.1).collect::<BTreeSet<u32>>();
        if !lines_of(g).is_disjoint(&lines_of(b)) {
            continue;
        }
        if let (Some(x), Some(y)) = (&lines[g], &lines[b])
            && (x.runs_against(y) || y.runs_against(x))
        {
            continue;
        }
        let Some(tail) = joined[b].take() else { continue };
        if let Some(head) = &mut joined[g] {
            head.links.extend(between);
            head.links.extend(tail.links);
            head.length_m = length(network, &head.links);
        }
        lines[g] = None;
        last[g] = last[b];
        group.iter_mut().filter(|x| **x == b).for_each(|x| *x = g);
    }
    joined.into_iter().flatten().collect()
}

fn join_by_ways(network: &Network, chains: Vec<Chain>) -> Vec<Chain> {
    let mut starts: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (i, chain) in chains.iter().enumerate().filter(|(_, c)| !c.ring) {
        if let Some(record) = first_edge(chain).and_then(|e| network.edges().get(e as usize)) {
            starts.entry(record.from).or_default().push(i);
        }
    }
    let mut joins = Vec::new();
    for (i, chain) in chains.iter().enumerate().filter(|(_, c)| !c.ring) {
        let Some(last) = last_edge(chain) else { continue };
        let Some(record) = network.edges().get(last as usize) else { continue };
        let heading = bearings(network, last).1;
        for (node, way, links) in reach(network, record.to, record.line, &starts, i) {
            for other in starts.get(&node).into_iter().flatten().filter(|o| **o != i) {
                let Some(first) = chains.get(*other).and_then(first_edge) else { continue };
                let angle = turn(heading, bearings(network, first).0);
                let straight = network
                    .node_point(record.to)
                    .zip(network.node_point(node))
                    .map_or(0.0, |(a, b)| gongzhi_civic::place::haversine_m(a, b));
                if angle <= JOIN_TURN_DEG && way <= 2.5 * straight + 100.0 {
                    joins.push((way + 2.0 * angle, i, *other, links.clone()));
                }
            }
        }
    }
    join(network, chains, joins)
}

/// Shortest ways from a node to nodes where chains other than `own` start, at most [`JOIN_WAY_M`] long and not back along the line arrived by.
fn reach(network: &Network, from: u32, arrived_by: u32, starts: &BTreeMap<u32, Vec<usize>>, own: usize) -> Vec<(u32, f64, Vec<Link>)> {
    let others = |node: &u32| starts.get(node).is_some_and(|chains| chains.iter().any(|c| *c != own));
    let wanted = starts.keys().filter(|n| others(n)).count();
    let mut best: BTreeMap<u32, (f64, Option<u32>)> = BTreeMap::from([(from, (0.0, None))]);
    // Millimetres, negated: the heap gives the greatest first.
    let mut heap = BinaryHeap::from([(0i64, from)]);
    let mut found = Vec::new();
    let mut done = BTreeSet::new();
    while found.len() < wanted
        && let Some((cost, node)) = heap.pop()
    {
        if !done.insert(node) {
            continue;
        }
        let way = -cost as f64 / 1e3;
        if others(&node) {
            let mut links = Vec::new();
            let mut at = node;
            while let Some((_, Some(edge))) = best.get(&at) {
                links.push(Link::Bridge(*edge));
                at = network.edges().get(*edge as usize).map_or(from, |e| e.from);
            }
            links.reverse();
            found.push((node, way, links));
        }
        for edge in network.edges_from(node) {
            let Some(record) = network.edges().get(edge as usize) else { continue };
            let far = way + length_of(network, edge);
            if far <= JOIN_WAY_M && record.line != arrived_by && best.get(&record.to).is_none_or(|(old, _)| far < *old) {
                best.insert(record.to, (far, Some(edge)));
                heap.push((-(far * 1e3) as i64, record.to));
            }
        }
    }
    found
}

fn join_by_gaps(network: &Network, chains: Vec<Chain>) -> Vec<Chain> {
    let ends: Vec<_> = chains
        .iter()
        .map(|c| {
            let (first, last) = (first_edge(c)?, last_edge(c)?);
            let start = (edge_start(network, Link::Own(first))?, bearings(network, first).0);
            let end = (edge_end(network, Link::Own(last))?, bearings(network, last).1);
            (!c.ring).then_some((start, end))
        })
        .collect();
    let mut joins = Vec::new();
    for (i, a) in ends.iter().enumerate() {
        for (j, b) in ends.iter().enumerate() {
            let (Some((_, (end, leaving))), Some(((start, arriving), _))) = (a, b) else { continue };
            let far = distance_m(*end, *start);
            if i == j || far > JOIN_GAP_M {
                continue;
            }
            let across = bearing(*end, *start);
            // Over some metres the bearing of the gap says nothing.
            let bends = if far < 30.0 { turn(*leaving, *arriving) } else { turn(*leaving, across).max(turn(across, *arriving)) };
            if bends <= 60.0 {
                joins.push((far * (1.0 + bends / 60.0), i, j, vec![Link::Gap]));
            }
        }
    }
    join(network, chains, joins)
}
