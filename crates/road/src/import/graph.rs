//! From ways to a graph: nodes where roads join or end, lines between them, along a Hilbert curve; and which ways are one road.

use std::collections::HashMap;

use super::collect::Collected;
use super::source::{no_roads, too_large};
use super::{ImportError, Summary};
use crate::format::{ShapeRecord, WAY_ONEWAY, WAY_REVERSED};
use crate::geometry::{distance_m, hilbert, length_m};
use crate::names::fold;
use crate::place::Class;

/// A line between two graph nodes. `nodes` are indices into the collected points.
pub(crate) struct Line {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) way: u32,
    pub(crate) nodes: Vec<u32>,
    pub(crate) shape: Vec<ShapeRecord>,
    pub(crate) length_m: f64,
}

/// The graph. `nodes` are indices into the collected points; `legs` are the lines at each node (a loop twice).
pub(crate) struct Graph {
    pub(crate) nodes: Vec<u32>,
    pub(crate) at: Vec<ShapeRecord>,
    pub(crate) osm: Vec<i64>,
    pub(crate) lines: Vec<Line>,
    pub(crate) legs: Vec<Vec<u32>>,
    /// Road of each way.
    pub(crate) way_road: Vec<u32>,
    /// Box: west, south, east, north.
    pub(crate) bounds: [i32; 4],
}

impl Graph {
    pub(crate) fn road(&self, line: u32) -> u32 {
        self.way_road[self.lines[line as usize].way as usize]
    }

    /// The other end of a line.
    pub(crate) fn other(&self, line: u32, node: u32) -> u32 {
        let line = &self.lines[line as usize];
        if line.from == node { line.to } else { line.from }
    }
}

pub(crate) fn build(collected: &Collected, summary: &mut Summary) -> Result<Graph, ImportError> {
    // How often roads pass each node; ends count twice, so that they are nodes of the graph in any case.
    let mut uses = vec![0u8; collected.points.len()];
    let mut runs: Vec<(u32, Vec<u32>)> = Vec::new();
    for (way, road) in collected.roads.iter().enumerate() {
        let before = runs.len();
        let mut run: Vec<u32> = Vec::new();
        for node in road.nodes.iter().map(|n| Some(*n)).chain([None]) {
            match node.filter(|n| collected.at(*n).is_some()) {
                Some(n) if run.last() != Some(&n) => run.push(n),
                Some(_) => {}
                None => {
                    if run.len() > 1 {
                        runs.push((way as u32, std::mem::take(&mut run)));
                    }
                    run.clear();
                }
            }
        }
        if runs.len() != before + 1 {
            *summary.skipped.entry("way.node_missing".to_owned()).or_default() += 1;
        }
    }
    if runs.is_empty() {
        return Err(no_roads());
    }
    for (_, run) in &runs {
        for (i, n) in run.iter().enumerate() {
            let add = if i == 0 || i + 1 == run.len() { 2 } else { 1 };
            uses[*n as usize] = uses[*n as usize].saturating_add(add);
        }
    }
    let mut lines: Vec<Line> = Vec::new();
    for (way, run) in &runs {
        let mut start = 0;
        for i in 1..run.len() {
            if uses[run[i] as usize] > 1 {
                let nodes = run[start..=i].to_vec();
                start = i;
                let mut shape: Vec<ShapeRecord> = nodes.iter().filter_map(|n| collected.at(*n)).collect();
                shape.dedup();
                if shape.len() < 2 {
                    // Both ends in one spot: keep the line, it joins two nodes.
                    shape.resize(2, shape[0]);
                }
                let length_m = length_m(&shape);
                lines.push(Line { from: nodes[0], to: nodes[nodes.len() - 1], way: *way, nodes, shape, length_m });
            }
        }
    }
    if lines.len() > 1 << 28 {
        return Err(too_large(format!("{} lines", lines.len())));
    }
    let all = || lines.iter().flat_map(|l| l.shape.iter());
    let bounds = all().fold([i32::MAX, i32::MAX, i32::MIN, i32::MIN], |b, s| [b[0].min(s.x), b[1].min(s.y), b[2].max(s.x), b[3].max(s.y)]);
    let place = |s: ShapeRecord| hilbert(s, bounds[0], bounds[1], bounds[2], bounds[3]);

    let mut nodes: Vec<u32> = lines.iter().flat_map(|l| [l.from, l.to]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes.sort_by_cached_key(|n| (place(collected.points[*n as usize]), *n));
    let number: HashMap<u32, u32> = nodes.iter().enumerate().map(|(i, n)| (*n, i as u32)).collect();
    for line in &mut lines {
        line.from = number[&line.from];
        line.to = number[&line.to];
    }
    lines.sort_by_cached_key(|l| (place(l.shape[l.shape.len() / 2]), l.way, l.nodes[0], l.nodes[1]));
    let mut legs: Vec<Vec<u32>> = vec![Vec::new(); nodes.len()];
    for (i, line) in lines.iter().enumerate() {
        legs[line.from as usize].push(i as u32);
        legs[line.to as usize].push(i as u32);
    }
    let at: Vec<ShapeRecord> = nodes.iter().map(|n| collected.points[*n as usize]).collect();
    let osm = nodes.iter().map(|n| collected.ids[*n as usize]).collect();
    let way_road = roads(collected, &lines, &legs, &at);
    Ok(Graph { nodes, at, osm, lines, legs, way_road, bounds })
}

/// Which directions of a way may be driven: with and against its drawing.
pub(crate) const fn directions(flags: u16) -> (bool, bool) {
    match (flags & WAY_ONEWAY != 0, flags & WAY_REVERSED != 0) {
        (false, _) => (true, true),
        (true, false) => (true, false),
        (true, true) => (false, true),
    }
}

/// Pieces of one name are one road if their boxes, widened by this, touch.
const SAME_ROAD_GAP_M: f64 = 1_000.0;

fn roads(collected: &Collected, lines: &[Line], legs: &[Vec<u32>], at: &[ShapeRecord]) -> Vec<u32> {
    let ways = &collected.roads;
    let mut sets = Sets::new(ways.len());
    let label: Vec<String> = ways
        .iter()
        .map(|w| if w.tags.names.name.is_empty() { w.tags.reference.to_lowercase() } else { fold(&w.tags.names.name) })
        .collect();
    for legs in legs {
        for (i, a) in legs.iter().enumerate() {
            let a = lines[*a as usize].way as usize;
            for b in &legs[i + 1..] {
                let b = lines[*b as usize].way as usize;
                // An unnamed street goes on only where nothing else meets it.
                let unnamed = label[a].is_empty() && legs.len() == 2 && ways[a].tags.class == ways[b].tags.class;
                if label[a] == label[b] && (!label[a].is_empty() || unnamed) {
                    sets.join(a, b);
                }
            }
        }
    }
    // Boxes of the parts of each name.
    let mut boxes: HashMap<usize, [i32; 4]> = HashMap::new();
    for line in lines {
        let root = sets.root(line.way as usize);
        for s in [at[line.from as usize], at[line.to as usize], line.shape[line.shape.len() / 2]] {
            let b = boxes.entry(root).or_insert([s.x, s.y, s.x, s.y]);
            *b = [b[0].min(s.x), b[1].min(s.y), b[2].max(s.x), b[3].max(s.y)];
        }
    }
    let mut parts: Vec<(&str, usize, [i32; 4])> =
        boxes.iter().map(|(root, b)| (label[*root].as_str(), *root, *b)).filter(|(l, ..)| !l.is_empty()).collect();
    parts.sort_unstable();
    for group in parts.chunk_by(|a, b| a.0 == b.0) {
        for (i, (_, a, box_a)) in group.iter().enumerate() {
            for (_, b, box_b) in &group[i + 1..] {
                if gap_m(box_a, box_b) <= SAME_ROAD_GAP_M {
                    sets.join(*a, *b);
                }
            }
        }
    }
    let mut numbers: HashMap<usize, u32> = HashMap::new();
    (0..ways.len())
        .map(|w| {
            let next = numbers.len() as u32;
            *numbers.entry(sets.root(w)).or_insert(next)
        })
        .collect()
}

fn gap_m(a: &[i32; 4], b: &[i32; 4]) -> f64 {
    let gap = |low_a: i32, high_a: i32, low_b: i32, high_b: i32| {
        (i64::from(low_b) - i64::from(high_a)).max(i64::from(low_a) - i64::from(high_b)).max(0) as i32
    };
    let (x, y) = (gap(a[0], a[2], b[0], b[2]), gap(a[1], a[3], b[1], b[3]));
    distance_m(ShapeRecord { x: 0, y: a[1] }, ShapeRecord { x, y: a[1].saturating_add(y) })
}

/// Disjoint sets; the root of a set is its lowest member, so the result does not depend on the order of joining.
pub(crate) struct Sets(Vec<usize>);

impl Sets {
    pub(crate) fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    pub(crate) fn root(&mut self, mut i: usize) -> usize {
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    pub(crate) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

/// Whether a leg of this way makes a node a crossing: a street, or anything with a name of its own that cars use.
pub(crate) fn counts(class: Class, named: bool) -> bool {
    class.makes_crossings() || named && matches!(class, Class::Service | Class::Link | Class::Ramp)
}
