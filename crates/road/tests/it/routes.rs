//! Ways and times on the road: rules drawn, engines against an oracle.

use std::sync::Arc;

use gongzhi_road::Network;
use gongzhi_road::route::{Graph, Position, Profile};
use gongzhi_testkit::RoadMap;

mod drawn;
mod oracle;
mod real;
mod told;

/// A drawn map with its letters, as a graph.
pub struct Drawn {
    pub map: RoadMap,
    pub network: Network,
    pub graph: Arc<Graph>,
}

impl Drawn {
    pub fn new(map: RoadMap, profile: &Profile) -> Self {
        let network = map.network();
        let graph = Arc::new(Graph::build(&network, profile));
        Self { map, network, graph }
    }

    /// The letter of a node.
    pub fn letter(&self, node: u32) -> char {
        let at = self.network.node_point(node).unwrap();
        ('0'..='z')
            .filter(char::is_ascii_alphanumeric)
            .find(|c| self.map.has(*c) && gongzhi_civic::place::haversine_m(self.map.point(*c), at) < 0.5)
            .unwrap()
    }

    /// The edge from one letter to the next.
    pub fn edge(&self, pair: &str) -> u32 {
        let (a, b) = (pair.chars().next().unwrap(), pair.chars().nth(1).unwrap());
        (0..self.graph.edges() as u32)
            .find(|e| {
                let edge = self.network.edge(*e).unwrap();
                (self.letter(edge.from), self.letter(edge.to)) == (a, b)
            })
            .unwrap_or_else(|| panic!("no edge {pair}"))
    }

    /// A place so many metres along the edge between two letters.
    pub fn at(&self, pair: &str, offset_m: f64) -> Position {
        Position { edge: self.edge(pair), offset_m, either_side: false }
    }

    /// The letters an answer passes.
    pub fn letters(&self, edges: &[u32]) -> String {
        let mut word = String::new();
        for (i, e) in edges.iter().enumerate() {
            let edge = self.network.edge(*e).unwrap();
            if i == 0 {
                word.push(self.letter(edge.from));
            }
            word.push(self.letter(edge.to));
        }
        word
    }
}
