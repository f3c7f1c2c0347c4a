//! Which turns may be taken and what they cost; restrictions as an automaton over edges.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::graph::{Arc, Graph, NEVER, bearings};
use crate::Network;
use crate::format::*;

/// Signed change of direction in degrees, positive to the right, in −180..180.
pub(crate) fn turn_angle(arriving: f64, leaving: f64) -> f64 {
    (leaving - arriving + 540.0).rem_euclid(360.0) - 180.0
}

/// A turn is straight on within this many degrees.
pub(crate) const STRAIGHT_DEG: f64 = 30.0;

/// Restrictions that bind the profile, as sequences of edges that may not be driven.
struct Forbidden {
    pairs: BTreeSet<(u32, u32)>,
    longer: BTreeSet<Vec<u32>>,
}

impl Forbidden {
    fn read(network: &Network, graph: &Graph) -> Self {
        let mut found = Self { pairs: BTreeSet::new(), longer: BTreeSet::new() };
        if graph.profile.may_ignore.turn_restrictions {
            return found;
        }
        let bit = graph.profile.vehicle.kind.bit();
        // Several ends of one `only_*` from the same way are all allowed.
        let mut only: BTreeMap<(i64, &[u32]), BTreeSet<u32>> = BTreeMap::new();
        for r in network.table::<RestrictionRecord>(Tag::Restrictions) {
            let sequence = network.list(r.first, r.count);
            let known = sequence.iter().all(|e| (*e as usize) < graph.ms.len());
            let Some((last, before)) = sequence.split_last().filter(|(_, b)| !b.is_empty() && known) else { continue };
            if r.vehicles & bit == 0 || r.condition != 0 {
                continue;
            }
            if r.only == 0 {
                found.add(before, *last);
            } else {
                only.entry((r.osm, before)).or_default().insert(*last);
            }
        }
        for ((_, before), allowed) in only {
            let Some(end) = before.last().map(|e| network.edges()[*e as usize].to) else { continue };
            for next in network.edges_from(end).filter(|e| !allowed.contains(e)) {
                found.add(before, next);
            }
        }
        found
    }

    fn add(&mut self, before: &[u32], last: u32) {
        if let [one] = before {
            self.pairs.insert((*one, last));
        } else {
            self.longer.insert(before.iter().copied().chain([last]).collect());
        }
    }

    /// Whether the newest edge completes a forbidden sequence.
    fn ends(&self, history: &[u32]) -> bool {
        (2..=history.len()).any(|n| {
            let tail = &history[history.len() - n..];
            if n == 2 { self.pairs.contains(&(tail[0], tail[1])) } else { self.longer.contains(tail) }
        })
    }
}

/// Fills states and arcs.
pub(crate) fn connect(graph: &mut Graph, network: &Network, limits: &[WayLimitRecord]) {
    let (edges, lines) = (network.edges(), network.lines());
    let forbidden = Forbidden::read(network, graph);
    let costs = Costs::new(graph, network, limits);

    // Histories worth remembering: beginnings, two edges or longer, of sequences longer than two.
    let mut prefixes: BTreeSet<&[u32]> = BTreeSet::new();
    for sequence in &forbidden.longer {
        prefixes.extend((2..sequence.len()).map(|n| &sequence[..n]));
    }
    let open: Vec<u32> = (0..graph.ms.len() as u32).filter(|e| graph.ms[*e as usize] != NEVER).collect();
    let mut number: HashMap<&[u32], u32> = HashMap::new();
    for (i, edge) in open.iter().enumerate() {
        graph.state[*edge as usize] = i as u32;
    }
    let mut histories: Vec<Vec<u32>> = open.iter().map(|e| vec![*e]).collect();
    for prefix in prefixes.iter().filter(|p| p.iter().all(|e| graph.ms[*e as usize] != NEVER)) {
        number.insert(prefix, histories.len() as u32);
        histories.push(prefix.to_vec());
    }
    let mut lists: Vec<Vec<Arc>> = Vec::with_capacity(histories.len());
    let mut longer: Vec<u32> = Vec::new();
    for history in &histories {
        let Some(last) = history.last().copied() else { continue };
        let mut list: Vec<Arc> = Vec::new();
        let next = network.edges_from(edges[last as usize].to);
        // A two-way street's other direction is the way back; so is a loop's own line.
        let back = |e: u32| edges[e as usize].line == edges[last as usize].line && Some(e) == graph.twin(last);
        let allowed = |e: u32, longer: &mut Vec<u32>| {
            longer.clear();
            longer.extend_from_slice(history);
            longer.push(e);
            graph.ms[e as usize] != NEVER && !forbidden.ends(longer)
        };
        let barred = costs.barred(edges[last as usize].to);
        let onward = !barred && next.clone().any(|e| !back(e) && allowed(e, &mut longer));
        for e in next {
            if !allowed(e, &mut longer) || barred && !back(e) {
                continue;
            }
            let Some(turn) = costs.turn(graph, lines, edges, last, e, back(e), onward) else { continue };
            // The longest ending of the history that still matters.
            let to = (0..longer.len().saturating_sub(1)).find_map(|n| number.get(&longer[n..])).copied();
            list.push(Arc { edge: e, to: to.unwrap_or(graph.state[e as usize]), turn });
        }
        lists.push(list);
    }
    graph.extra = histories.iter().enumerate().skip(open.len()).filter_map(|(s, h)| Some((*h.last()?, s as u32))).collect();
    graph.extra.sort_unstable();
    merge(graph, network, &histories, lists);
}

/// States of one node from which the same may follow at the same cost become one.
fn merge(graph: &mut Graph, network: &Network, histories: &[Vec<u32>], lists: Vec<Vec<Arc>>) {
    let edges = network.edges();
    let mut of_list: HashMap<(u32, &[Arc]), u32> = HashMap::new();
    let mut kept: Vec<usize> = Vec::new();
    let mut now: Vec<u32> = Vec::with_capacity(histories.len());
    for (s, (history, list)) in histories.iter().zip(&lists).enumerate() {
        let node = history.last().map_or(NONE, |e| edges[*e as usize].to);
        let next = kept.len() as u32;
        let state = *of_list.entry((node, list.as_slice())).or_insert(next);
        if state == next {
            kept.push(s);
        }
        now.push(state);
    }
    for state in graph.state.iter_mut().filter(|s| **s != NONE) {
        *state = now[*state as usize];
    }
    for (_, state) in &mut graph.extra {
        *state = now[*state as usize];
    }
    graph.extra.retain(|(edge, state)| graph.state[*edge as usize] != *state);
    graph.extra.sort_unstable();
    graph.extra.dedup();
    graph.first_arc = Vec::with_capacity(kept.len() + 1);
    graph.first_arc.push(0);
    for s in kept {
        graph.arcs.extend(lists[s].iter().map(|a| Arc { to: now[a.to as usize], ..*a }));
        graph.first_arc.push(graph.arcs.len() as u32);
        let node = histories[s].last().and_then(|e| network.nodes().get(edges[*e as usize].to as usize));
        graph.at.push(node.map_or_else(ShapeRecord::default, |n| ShapeRecord { x: n.x, y: n.y }));
    }
    graph.arcs.shrink_to_fit();
}

/// What turns cost, with the geometry they need.
struct Costs<'a> {
    network: &'a Network,
    bearings: Vec<(f32, f32)>,
    /// Seconds to enter the way of each edge.
    entry: Vec<f32>,
    barred: BTreeSet<u32>,
}

impl<'a> Costs<'a> {
    fn new(graph: &Graph, network: &'a Network, limits: &[WayLimitRecord]) -> Self {
        let lines = network.lines();
        let mut entry = vec![0.0; graph.ms.len()];
        let found = network
            .edges()
            .iter()
            .enumerate()
            .map(|(i, e)| {
                let Some(line) = lines.get(e.line as usize) else { return (0.0, 0.0) };
                let limit = limits.get(line.way as usize).copied().unwrap_or_default();
                entry[i] = graph.profile.entry_s(&limit).unwrap_or(0.0) as f32;
                let (start, end) = bearings(network.line_shape(line), e.reversed != 0);
                (start as f32, end as f32)
            })
            .collect();
        let bit = graph.profile.vehicle.kind.bit();
        let barriers = network.table::<BarrierRecord>(Tag::Barriers).iter();
        let barred = barriers.filter(|b| b.node != NONE && b.refused & bit != 0).map(|b| b.node).collect();
        Self { network, bearings: found, entry, barred }
    }

    /// Whether a barrier at the node keeps the vehicle from passing.
    fn barred(&self, node: u32) -> bool {
        self.barred.contains(&node)
    }

    /// Milliseconds of a turn; `None` if turning back is not allowed here.
    #[expect(clippy::too_many_arguments, reason = "two edges, what is known of both, and what the node allows")]
    fn turn(&self, graph: &Graph, lines: &[LineRecord], edges: &[EdgeRecord], a: u32, b: u32, back: bool, onward: bool) -> Option<u32> {
        let costs = &graph.profile.turns;
        let mut seconds = f64::from((self.entry[b as usize] - self.entry[a as usize]).max(0.0));
        if back {
            return Some(round(seconds + if onward { costs.u_turn_s? } else { costs.dead_end_s }));
        }
        let nodes = self.network.nodes();
        let (from, at) = (nodes.get(edges[a as usize].from as usize)?, nodes.get(edges[a as usize].to as usize)?);
        let crossing = self.network.crossing_record(crate::CrossingId(at.crossing)).filter(|_| at.crossing != NONE);
        let signal = at.flags & NODE_SIGNAL != 0 || crossing.is_some_and(|c| c.flags & CROSSING_SIGNAL != 0);
        // Inside a crossing of several nodes the wait has been paid at the first.
        let inside = at.crossing != NONE && from.crossing == at.crossing;
        if signal && !inside {
            seconds += costs.signal_s;
        }
        let way = |e: u32| lines.get(edges[e as usize].line as usize).map(|l| self.network.way(l.way)).unwrap_or_default();
        let roundabout = |e: u32| way(e).flags & WAY_ROUNDABOUT != 0;
        if roundabout(a) && roundabout(b) {
            return Some(round(seconds));
        }
        let angle = turn_angle(f64::from(self.bearings[a as usize].1), f64::from(self.bearings[b as usize].0));
        // Where nothing else can be done it is a bend, not a turn.
        let choices = self.network.edges_from(edges[a as usize].to).filter(|e| Some(*e) != graph.twin(a)).count();
        if choices > 1 && angle.abs() > STRAIGHT_DEG {
            seconds += if angle > 0.0 { costs.right_s } else { costs.left_s };
            if angle.abs() >= 120.0 {
                seconds += costs.sharp_s;
            }
            if !signal && rank(graph.class[b as usize]) + 2 <= rank(graph.class[a as usize]) {
                seconds += costs.yield_s;
            }
        }
        Some(round(seconds))
    }
}

/// Standing of a class among the others, 0 the highest; slip roads stand with what they serve.
const fn rank(class: u8) -> u8 {
    match class {
        0 | 7 => 0,
        1 => 1,
        2 | 8 => 2,
        3 => 3,
        4 => 4,
        5 | 6 => 5,
        _ => 6,
    }
}

fn round(seconds: f64) -> u32 {
    (seconds * 1_000.0).round().clamp(0.0, 86_400_000.0) as u32
}
