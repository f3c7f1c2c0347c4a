//! Significance: local statistics, the scan, change by place, near repeats, hexagons.

mod change;
mod hexagon;
mod knox;
mod local;
mod permutation;
mod porto_alegre;
mod reach;
mod scan;

use gongzhi_risk::network::{Edge, Graph};
use gongzhi_testkit::road_map::RoadMap;

/// Streets drawn with letters, each line once, with the streets' letters in the order of the units.
pub(crate) fn drawn(art: &str) -> (Graph, Vec<String>) {
    let map = RoadMap::draw(art).scale(100.0);
    let network = map.network();
    let (lines, _) = network.street_lines();
    let letter = |node: u32| {
        let here = network.node_point(node).unwrap();
        ('A'..='Z').chain('a'..='z').find(|l| map.has(*l) && gongzhi_civic::place::haversine_m(map.point(*l), here) < 5.0).unwrap()
    };
    let name = |from: u32, to: u32| {
        let mut ends = [letter(from), letter(to)];
        ends.sort_unstable();
        ends.iter().collect::<String>()
    };
    let names = lines.iter().map(|line| name(line.from, line.to)).collect();
    let edges = lines.iter().map(|line| Edge { from: line.from, to: line.to, length_m: line.length_m, oneway: line.oneway }).collect();
    (Graph::new(network.counts().nodes as u32, edges).unwrap(), names)
}

/// A square town: `side` × `side` crossings, streets of 100 m.
pub(crate) fn town(side: u32) -> Graph {
    let node = |x: u32, y: u32| y * side + x;
    let mut edges = Vec::new();
    for y in 0..side {
        for x in 0..side {
            for (other, inside) in [(node(x + 1, y), x + 1 < side), (node(x, y + 1), y + 1 < side)] {
                if inside {
                    edges.push(Edge { from: node(x, y), to: other, length_m: 100.0, oneway: false });
                }
            }
        }
    }
    Graph::new(side * side, edges).unwrap()
}

/// Any small graph: loops, several edges between two nodes, separate parts, streets of no length.
pub(crate) fn anything(numbers: &mut crate::Numbers, nodes: usize, edges: usize) -> Graph {
    let edge = |numbers: &mut crate::Numbers| Edge {
        from: numbers.below(nodes) as u32,
        to: numbers.below(nodes) as u32,
        length_m: if numbers.below(10) == 0 { 0.0 } else { f64::from(numbers.below(2_000) as u32) / 10.0 },
        oneway: numbers.below(4) == 0,
    };
    let edges = (0..edges).map(|_| edge(numbers)).collect();
    Graph::new(nodes as u32, edges).unwrap()
}

/// The same work on one thread and on four.
pub(crate) fn on_threads<T: Send>(work: impl Fn() -> T + Sync) -> [T; 2] {
    [1, 4].map(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(&work))
}
