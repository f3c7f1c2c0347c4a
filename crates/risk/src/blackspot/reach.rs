//! Which junction a place belongs to: the nearest along the streets, not as the crow flies.

use crate::network::Graph;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// For every node the nearest junction along the streets, and metres to it; `None` farther than the limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reach {
    nodes: Vec<Option<(u32, f64)>>,
}

impl Reach {
    /// `junctions` are (node, junction); a junction of a divided road has several nodes. Streets count in both directions, whatever may be
    /// driven. Of junctions equally far the lower number is taken. Dijkstra's algorithm from all junctions at once.
    #[must_use]
    pub fn new(graph: &Graph, junctions: &[(u32, u32)], most_m: f64) -> Self {
        let mut nodes: Vec<Option<(u32, f64)>> = vec![None; graph.nodes() as usize];
        // Metres that are not negative order as their bits do.
        let mut queue: BinaryHeap<Reverse<(u64, u32, u32)>> =
            junctions.iter().filter(|(node, _)| *node < graph.nodes()).map(|&(node, junction)| Reverse((0, junction, node))).collect();
        while let Some(Reverse((bits, junction, node))) = queue.pop() {
            let Some(place) = nodes.get_mut(node as usize).filter(|place| place.is_none()) else { continue };
            let metres = f64::from_bits(bits);
            *place = Some((junction, metres));
            for &(edge, end) in graph.at(node) {
                let Some(edge) = graph.edges().get(edge as usize) else { continue };
                let far = metres + edge.length_m;
                if far <= most_m {
                    queue.push(Reverse((far.to_bits(), junction, if end { edge.from } else { edge.to })));
                }
            }
        }
        Self { nodes }
    }

    /// The junction nearest to a place on an edge, by way of either end; `None` farther than the limit from both.
    #[must_use]
    pub fn nearest(&self, graph: &Graph, edge: u32, offset_m: f64, most_m: f64) -> Option<(u32, f64)> {
        let edge = graph.edges().get(edge as usize)?;
        let by =
            |node: u32, metres: f64| self.nodes.get(node as usize).copied().flatten().map(|(junction, m)| (junction, m + metres.max(0.0)));
        let ends = [by(edge.from, offset_m), by(edge.to, edge.length_m - offset_m)];
        let nearest = ends.into_iter().flatten().min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        nearest.filter(|(_, metres)| *metres <= most_m)
    }
}
