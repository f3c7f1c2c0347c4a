//! Lines laid over each other become a graph: nodes where lines of one layer meet, chains of nodes per line.

use crate::geometry::{Cells, P, crossing, p};

/// One line with the layer of each of its segments.
pub(crate) struct Strand {
    pub(crate) line: Vec<P>,
    /// One fewer than points.
    pub(crate) layers: Vec<i8>,
}

impl Strand {
    /// A line on the ground.
    pub(crate) fn ground(line: Vec<P>) -> Self {
        let layers = vec![0; line.len().saturating_sub(1)];
        Self { line, layers }
    }
}

/// A strand's course through the graph.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chain {
    pub(crate) nodes: Vec<u32>,
    /// For each step between nodes the segment of the strand it lies on.
    pub(crate) segments: Vec<u32>,
}

/// The graph.
pub(crate) struct Arrangement {
    pub(crate) nodes: Vec<P>,
    pub(crate) chains: Vec<Chain>,
}

impl Arrangement {
    /// How many chain steps meet at each node.
    pub(crate) fn degrees(&self) -> Vec<u32> {
        let mut degrees = vec![0; self.nodes.len()];
        for chain in &self.chains {
            for w in chain.nodes.windows(2) {
                degrees[w[0] as usize] += 1;
                degrees[w[1] as usize] += 1;
            }
        }
        degrees
    }
}

struct Nodes {
    at: Vec<P>,
    layer: Vec<i8>,
    cells: Cells,
}

impl Nodes {
    /// A node within `reach`, of `layer` if one is asked for, or a new one.
    fn find(&mut self, at: P, layer: i8, any_layer: bool, reach: f64) -> u32 {
        let near = self.cells.near(at, reach);
        let best = near
            .into_iter()
            .filter(|&n| any_layer || self.layer[n as usize] == layer)
            .map(|n| (self.at[n as usize].distance(at), n))
            .filter(|(distance, _)| *distance <= reach)
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        if let Some((_, node)) = best {
            return node;
        }
        let node = self.at.len() as u32;
        self.at.push(at);
        self.layer.push(layer);
        self.cells.add_segment(at, at, node);
        node
    }
}

/// Crossings closer than this are one.
const MERGE_M: f64 = 5.0;

/// Lays the strands over each other.
pub(crate) fn arrange(strands: &[Strand]) -> Arrangement {
    let mut cells = Cells::new(120.0);
    let mut segments = Vec::new();
    for (s, strand) in strands.iter().enumerate() {
        for (i, w) in strand.line.windows(2).enumerate() {
            cells.add_segment(w[0], w[1], segments.len() as u32);
            segments.push((s as u32, i as u32));
        }
    }
    let mut nodes = Nodes { at: Vec::new(), layer: Vec::new(), cells: Cells::new(40.0) };
    // (segment, share along it, node)
    let mut cuts: Vec<Vec<(u32, f64, u32)>> = vec![Vec::new(); strands.len()];
    for (index, &(s, i)) in segments.iter().enumerate() {
        let strand = &strands[s as usize];
        let (a, b) = (strand.line[i as usize], strand.line[i as usize + 1]);
        let layer = strand.layers[i as usize];
        let pad = p(1.0, 1.0);
        let near = cells.within(p(a.x.min(b.x), a.y.min(b.y)) - pad, p(a.x.max(b.x), a.y.max(b.y)) + pad);
        for other in near.into_iter().filter(|&o| o as usize > index) {
            let (t, j) = segments[other as usize];
            let second = &strands[t as usize];
            if second.layers[j as usize] != layer || (s == t && j <= i + 1) {
                continue;
            }
            let closed = s == t && i == 0 && j as usize + 2 == second.line.len();
            if closed {
                continue;
            }
            if let Some((u, v)) = crossing(a, b, second.line[j as usize], second.line[j as usize + 1], 1e-6) {
                let node = nodes.find(a.towards(b, u), layer, false, MERGE_M);
                cuts[s as usize].push((i, u.clamp(0.0, 1.0), node));
                cuts[t as usize].push((j, v.clamp(0.0, 1.0), node));
            }
        }
    }
    let chains = strands.iter().zip(cuts).map(|(strand, cuts)| chain(strand, cuts, &mut nodes)).collect();
    Arrangement { nodes: nodes.at, chains }
}

fn chain(strand: &Strand, mut cuts: Vec<(u32, f64, u32)>, nodes: &mut Nodes) -> Chain {
    cuts.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let last = strand.line.len().saturating_sub(1);
    let mut out = Chain::default();
    let push = |node: u32, segment: u32, out: &mut Chain| {
        if out.nodes.last() != Some(&node) {
            if !out.nodes.is_empty() {
                out.segments.push(segment);
            }
            out.nodes.push(node);
        }
    };
    let mut cut = cuts.iter().peekable();
    for (i, &at) in strand.line.iter().enumerate() {
        let turns_layer = i > 0 && i < last && strand.layers[i - 1] != strand.layers[i];
        let near_cut = cuts.iter().any(|c| (c.0 as usize == i || c.0 as usize + 1 == i) && nodes.at[c.2 as usize].distance(at) < MERGE_M);
        if !near_cut || turns_layer {
            let layer = strand.layers.get(i).or(strand.layers.last()).copied().unwrap_or(0);
            let node = nodes.find(at, layer, true, 0.3);
            push(node, (i as u32).saturating_sub(1), &mut out);
        }
        while let Some(c) = cut.next_if(|c| c.0 as usize == i) {
            push(c.2, i as u32, &mut out);
        }
    }
    // A chain that comes back to a node at once (two merged crossings) leaves out the detour.
    let mut k = 1;
    while k + 1 < out.nodes.len() {
        if out.nodes[k - 1] == out.nodes[k + 1] {
            out.nodes.drain(k..k + 2);
            out.segments.drain(k - 1..=k);
            k = k.saturating_sub(1).max(1);
        } else {
            k += 1;
        }
    }
    out
}

/// The bounded faces of the graph's ground layer, each a ring against the clock; spurs are left out.
pub(crate) fn faces(graph: &Arrangement) -> Vec<Vec<u32>> {
    let mut neighbours: Vec<Vec<u32>> = vec![Vec::new(); graph.nodes.len()];
    for chain in &graph.chains {
        for w in chain.nodes.windows(2) {
            neighbours[w[0] as usize].push(w[1]);
            neighbours[w[1] as usize].push(w[0]);
        }
    }
    for list in &mut neighbours {
        list.sort_unstable();
        list.dedup();
    }
    let mut loose: Vec<u32> = (0..graph.nodes.len() as u32).filter(|&n| neighbours[n as usize].len() == 1).collect();
    while let Some(node) = loose.pop() {
        let Some(&only) = neighbours[node as usize].first() else { continue };
        neighbours[node as usize].clear();
        neighbours[only as usize].retain(|&n| n != node);
        if neighbours[only as usize].len() == 1 {
            loose.push(only);
        }
    }
    let angle = |from: u32, to: u32| {
        let d = graph.nodes[to as usize] - graph.nodes[from as usize];
        d.y.atan2(d.x)
    };
    for (from, list) in neighbours.iter_mut().enumerate() {
        list.sort_by(|&a, &b| angle(from as u32, a).total_cmp(&angle(from as u32, b)));
    }
    let mut seen = std::collections::HashSet::new();
    let mut found = Vec::new();
    for start in 0..graph.nodes.len() as u32 {
        for &first in &neighbours[start as usize] {
            if seen.contains(&(start, first)) {
                continue;
            }
            let (mut ring, mut from, mut to) = (Vec::new(), start, first);
            while seen.insert((from, to)) {
                ring.push(from);
                // Next edge: the one before the way back, going round with the clock, keeps the face on the left.
                let around = &neighbours[to as usize];
                let back = around.iter().position(|&n| n == from).unwrap_or(0);
                let next = around[(back + around.len() - 1) % around.len()];
                (from, to) = (to, next);
            }
            let corners: Vec<P> = ring.iter().map(|&n| graph.nodes[n as usize]).collect();
            if ring.len() > 2 && crate::geometry::ring_area(&corners) > 400.0 {
                found.push(ring);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_crossing_lines_share_a_node_unless_one_is_a_bridge() {
        let flat = |a, b| Strand::ground(vec![a, b]);
        let graph = arrange(&[flat(p(-50.0, 0.0), p(50.0, 0.0)), flat(p(0.0, -50.0), p(0.0, 50.0))]);
        assert_eq!((graph.nodes.len(), graph.chains[0].nodes[1]), (5, graph.chains[1].nodes[1]));
        let bridge = Strand { line: vec![p(0.0, -50.0), p(0.0, 50.0)], layers: vec![1] };
        assert_eq!(arrange(&[flat(p(-50.0, 0.0), p(50.0, 0.0)), bridge]).nodes.len(), 4);
    }

    #[test]
    fn a_window_of_four_panes_has_four_faces() {
        let mut strands = Vec::new();
        for k in 0..3 {
            let at = f64::from(k) * 100.0;
            strands.push(Strand::ground(vec![p(-1.0, at), p(201.0, at)]));
            strands.push(Strand::ground(vec![p(at, -1.0), p(at, 201.0)]));
        }
        let graph = arrange(&strands);
        assert_eq!(faces(&graph).len(), 4);
    }
}
