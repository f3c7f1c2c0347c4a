//! Which nodes are crossings, and which of them are one crossing.
//!
//! A node is a crossing if at least three legs of at least two roads meet there, if two named roads change into one another,
//! or if a ramp leaves an expressway. Nodes are one crossing if they share two roads and lie within 60 m (the carriageways
//! of a wide road), if a short piece between one-way carriageways joins them, or if they lie on one roundabout.

use std::collections::{BTreeSet, HashMap};

use super::collect::Collected;
use super::graph::{Graph, Sets, counts};
use crate::format::{NONE, ShapeRecord, WAY_ONEWAY, WAY_ROUNDABOUT};
use crate::geometry::distance_m;
use crate::names::{is_chinese, stem};
use crate::place::Class;

/// Nodes that share two roads within this are one crossing.
const SAME_CROSSING_M: f64 = 60.0;
/// A piece of this length between one-way carriageways lies inside a crossing.
const INSIDE_M: f64 = 40.0;
/// A crossing is never wider than this.
const WIDEST_M: f64 = 160.0;
/// A roundabout may be wider.
const WIDEST_ROUNDABOUT_M: f64 = 400.0;
/// A signal this far down a leg belongs to the crossing.
const SIGNAL_M: f64 = 30.0;

/// A crossing found.
pub(crate) struct Found {
    pub(crate) osm: i64,
    pub(crate) at: ShapeRecord,
    pub(crate) nodes: Vec<u32>,
    /// Roads, the most important first.
    pub(crate) roads: Vec<u32>,
    pub(crate) name: String,
    pub(crate) signal: bool,
    pub(crate) roundabout: bool,
}

/// Crossings and, for each graph node, its crossing or [`NONE`].
pub(crate) struct Crossings {
    pub(crate) found: Vec<Found>,
    pub(crate) of_node: Vec<u32>,
}

/// What is known of a road when crossings are named.
pub(crate) struct RoadFacts {
    pub(crate) name: Vec<String>,
    pub(crate) class: Vec<Class>,
    /// Most names of the network are Chinese.
    pub(crate) chinese: bool,
}

pub(crate) fn find(graph: &Graph, collected: &Collected, facts: &RoadFacts) -> Crossings {
    let way = |line: u32| &collected.roads[graph.lines[line as usize].way as usize].tags;
    let counts = |line: &u32| counts(way(*line).class, !facts.name[graph.road(*line) as usize].is_empty());
    let mut sets = Sets::new(graph.nodes.len());
    let mut roads_at: Vec<Vec<u32>> = vec![Vec::new(); graph.nodes.len()];
    let mut level = vec![0i8; graph.nodes.len()];
    let mut candidate = vec![false; graph.nodes.len()];
    for (node, legs) in graph.legs.iter().enumerate() {
        let counting: Vec<u32> = legs.iter().copied().filter(|l| counts(l)).collect();
        let roads: BTreeSet<u32> = counting.iter().map(|l| graph.road(*l)).collect();
        level[node] = legs.iter().map(|l| way(*l).level).min_by_key(|l| l.abs()).unwrap_or(0);
        let ramp = legs.len() > 2
            && legs.iter().any(|l| way(*l).class == Class::Ramp)
            && legs.iter().any(|l| matches!(way(*l).class, Class::Motorway | Class::Trunk));
        candidate[node] = if counting.len() > 2 { roads.len() > 1 } else { roads.len() > 1 && changes_name(&roads, facts) } || ramp;
        roads_at[node] = roads.into_iter().collect();
    }
    let on_roundabout = roundabouts(graph, collected, &mut sets);
    merge_near(graph, collected, &roads_at, &level, &candidate, &on_roundabout, &mut sets);

    let mut members: HashMap<usize, Vec<u32>> = HashMap::new();
    for node in 0..graph.nodes.len() {
        if candidate[node] || on_roundabout[node] {
            members.entry(sets.root(node)).or_default().push(node as u32);
        }
    }
    let mut groups: Vec<Vec<u32>> = members.into_values().filter(|nodes| nodes.iter().any(|n| candidate[*n as usize])).collect();
    groups.sort_unstable();
    let mut of_node = vec![NONE; graph.nodes.len()];
    let found = groups
        .into_iter()
        .enumerate()
        .map(|(i, nodes)| {
            for n in &nodes {
                of_node[*n as usize] = i as u32;
            }
            describe(graph, collected, facts, nodes, &roads_at, &on_roundabout)
        })
        .collect();
    Crossings { found, of_node }
}

/// Two roads with names of different stems where one ends and the other begins; bridges and tunnels go on under another name without a crossing.
fn changes_name(roads: &BTreeSet<u32>, facts: &RoadFacts) -> bool {
    let names: Vec<&str> = roads.iter().map(|r| facts.name[*r as usize].as_str()).collect();
    let structure = |n: &str| ["桥", "隧道", "地道", "高架", "立交", "辅路", "匝道"].iter().any(|s| n.contains(s));
    names.iter().all(|n| !n.is_empty() && !structure(n)) && names.windows(2).all(|w| stem(w[0]) != stem(w[1]))
}

fn roundabouts(graph: &Graph, collected: &Collected, sets: &mut Sets) -> Vec<bool> {
    let mut on = vec![false; graph.nodes.len()];
    let mut rings = Sets::new(graph.nodes.len());
    let round = |l: &&super::graph::Line| collected.roads[l.way as usize].tags.flags & WAY_ROUNDABOUT != 0;
    for line in graph.lines.iter().filter(round) {
        rings.join(line.from as usize, line.to as usize);
    }
    let mut boxes: HashMap<usize, (ShapeRecord, ShapeRecord)> = HashMap::new();
    for line in graph.lines.iter().filter(round) {
        let root = rings.root(line.from as usize);
        for s in &line.shape {
            let b = boxes.entry(root).or_insert((*s, *s));
            *b = (ShapeRecord { x: b.0.x.min(s.x), y: b.0.y.min(s.y) }, ShapeRecord { x: b.1.x.max(s.x), y: b.1.y.max(s.y) });
        }
    }
    for line in graph.lines.iter().filter(round) {
        let b = boxes[&rings.root(line.from as usize)];
        if distance_m(b.0, b.1) <= WIDEST_ROUNDABOUT_M {
            on[line.from as usize] = true;
            on[line.to as usize] = true;
            sets.join(line.from as usize, line.to as usize);
        }
    }
    on
}

fn merge_near(
    graph: &Graph,
    collected: &Collected,
    roads_at: &[Vec<u32>],
    level: &[i8],
    candidate: &[bool],
    on_roundabout: &[bool],
    sets: &mut Sets,
) {
    // Cells of about 60 m by latitude; longitude cells are narrower in metres, so look two columns left and right, more in the far north.
    const CELL: i32 = 5_500;
    let columns = (1.0 / (f64::from(graph.bounds[3].abs().max(graph.bounds[1].abs())) / 1e7).to_radians().cos().max(0.2)).ceil() as i32;
    let mut cells: HashMap<(i32, i32), Vec<u32>> = HashMap::new();
    for (node, at) in graph.at.iter().enumerate().filter(|(n, _)| candidate[*n] && !on_roundabout[*n]) {
        cells.entry((at.x.div_euclid(CELL), at.y.div_euclid(CELL))).or_default().push(node as u32);
    }
    let mut pairs: Vec<(u64, u32, u32)> = Vec::new();
    for (cell, nodes) in &cells {
        for dx in -columns..=columns {
            for dy in -1..=1 {
                for b in cells.get(&(cell.0 + dx, cell.1 + dy)).into_iter().flatten() {
                    for a in nodes.iter().filter(|a| *a < b) {
                        let distance = distance_m(graph.at[*a as usize], graph.at[*b as usize]);
                        if level[*a as usize] == level[*b as usize] && one_crossing(graph, collected, roads_at, *a, *b, distance) {
                            pairs.push(((distance * 100.0) as u64, *a, *b));
                        }
                    }
                }
            }
        }
    }
    pairs.sort_unstable();
    let mut boxes: HashMap<usize, (ShapeRecord, ShapeRecord)> = HashMap::new();
    for (_, a, b) in pairs {
        let (ra, rb) = (sets.root(a as usize), sets.root(b as usize));
        if ra == rb {
            continue;
        }
        let box_of = |root: usize, boxes: &HashMap<usize, (ShapeRecord, ShapeRecord)>| {
            boxes.get(&root).copied().unwrap_or((graph.at[root], graph.at[root]))
        };
        let (p, q) = (box_of(ra, &boxes), box_of(rb, &boxes));
        let joined = (ShapeRecord { x: p.0.x.min(q.0.x), y: p.0.y.min(q.0.y) }, ShapeRecord { x: p.1.x.max(q.1.x), y: p.1.y.max(q.1.y) });
        if distance_m(joined.0, joined.1) <= WIDEST_M {
            sets.join(ra, rb);
            boxes.insert(ra.min(rb), joined);
        }
    }
}

fn one_crossing(graph: &Graph, collected: &Collected, roads_at: &[Vec<u32>], a: u32, b: u32, distance: f64) -> bool {
    if distance > SAME_CROSSING_M {
        return false;
    }
    let (roads_a, roads_b) = (&roads_at[a as usize], &roads_at[b as usize]);
    let shared = roads_a.iter().filter(|r| roads_b.contains(r)).count();
    if shared >= 2 {
        return true;
    }
    let oneway = |line: u32| collected.roads[graph.lines[line as usize].way as usize].tags.flags & WAY_ONEWAY != 0;
    let passed =
        |node: u32, but: u32| graph.legs[node as usize].iter().any(|l| *l != but && oneway(*l) && graph.road(*l) != graph.road(but));
    distance <= INSIDE_M
        && graph.legs[a as usize]
            .iter()
            .any(|l| graph.other(*l, a) == b && graph.lines[*l as usize].length_m <= INSIDE_M && passed(a, *l) && passed(b, *l))
}

fn describe(
    graph: &Graph,
    collected: &Collected,
    facts: &RoadFacts,
    nodes: Vec<u32>,
    roads_at: &[Vec<u32>],
    on_roundabout: &[bool],
) -> Found {
    let roundabout = nodes.iter().any(|n| on_roundabout[*n as usize]);
    // The best class each road has here, links last.
    let mut best: HashMap<u32, Class> = HashMap::new();
    let mut ramp = None;
    for node in &nodes {
        for line in &graph.legs[*node as usize] {
            let road = graph.road(*line);
            let class = collected.roads[graph.lines[*line as usize].way as usize].tags.class;
            if class == Class::Ramp {
                ramp = Some(road);
            }
            if roads_at[*node as usize].contains(&road) {
                best.entry(road).and_modify(|c| *c = (*c).min(class)).or_insert(class);
            }
        }
    }
    let mut roads: Vec<u32> = best.keys().copied().collect();
    roads.sort_by(|a, b| {
        let rank = |r: &u32| (facts.name[*r as usize].is_empty(), best[r]);
        rank(a).cmp(&rank(b)).then_with(|| facts.name[*a as usize].cmp(&facts.name[*b as usize])).then(a.cmp(b))
    });
    let unnamed_partner = roads.iter().find(|r| facts.name[**r as usize].is_empty()).map(|r| best[r]).or(ramp.map(|_| Class::Ramp));
    let named: Vec<&str> = roads.iter().map(|r| facts.name[*r as usize].as_str()).filter(|n| !n.is_empty()).collect();
    let name = name(&named, unnamed_partner, roundabout, facts.chinese);
    let count = nodes.len() as i64;
    let sum = nodes.iter().fold((0i64, 0i64), |s, n| (s.0 + i64::from(graph.at[*n as usize].x), s.1 + i64::from(graph.at[*n as usize].y)));
    Found {
        osm: nodes.iter().map(|n| graph.osm[*n as usize]).min().unwrap_or(0),
        at: ShapeRecord { x: (sum.0 / count) as i32, y: (sum.1 / count) as i32 },
        signal: nodes.iter().any(|n| signal_near(graph, collected, *n)),
        nodes,
        roads,
        name,
        roundabout,
    }
}

fn name(named: &[&str], unnamed: Option<Class>, roundabout: bool, mostly_chinese: bool) -> String {
    let chinese = named.first().map_or(mostly_chinese, |n| is_chinese(n));
    let first = named.first().copied();
    // Prefer a second road that is not the first one's continuation (延安东路, 延安中路).
    let second = named.iter().skip(1).find(|n| stem(n) != stem(named[0])).or(named.get(1)).copied();
    match (chinese, first, second) {
        (true, Some(a), Some(b)) if roundabout => format!("{a}与{b}环岛"),
        (true, Some(a), Some(b)) => format!("{a}与{b}交叉口"),
        (true, Some(a), None) if roundabout => format!("{a}环岛"),
        (true, Some(a), None) => match unnamed {
            Some(Class::Ramp) => format!("{a}匝道口"),
            Some(class) => format!("{a}与{}交叉口", class.unnamed().0),
            None => format!("{a}路口"),
        },
        (true, None, _) => if roundabout { "无名环岛" } else { "无名路口" }.to_owned(),
        (false, Some(a), Some(b)) => format!("{a} / {b}"),
        (false, Some(a), None) if roundabout => format!("{a} (roundabout)"),
        (false, Some(a), None) => unnamed.map_or_else(|| a.to_owned(), |class| format!("{a} / {}", class.unnamed().1)),
        (false, None, _) => if roundabout { "unnamed roundabout" } else { "unnamed crossing" }.to_owned(),
    }
}

fn signal_near(graph: &Graph, collected: &Collected, node: u32) -> bool {
    graph.legs[node as usize].iter().any(|line| {
        let line = &graph.lines[*line as usize];
        let walk = |nodes: &mut dyn Iterator<Item = &u32>| {
            let (mut gone, mut last) = (0.0, None);
            for n in nodes {
                let Some(at) = collected.at(*n) else { continue };
                gone += last.map_or(0.0, |l| distance_m(l, at));
                last = Some(at);
                if gone > SIGNAL_M {
                    return false;
                }
                if collected.signals[*n as usize] {
                    return true;
                }
            }
            false
        };
        line.from == node && walk(&mut line.nodes.iter()) || line.to == node && walk(&mut line.nodes.iter().rev())
    })
}
