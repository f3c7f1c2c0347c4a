//! Pieces of a graph: in which every place reaches every other (Tarjan 1972), and islands regardless of direction.

use super::graph::Graph;
use crate::format::NONE;

pub(crate) fn find(graph: &mut Graph) {
    let states = graph.states();
    let mut piece = vec![NONE; states];
    let mut seen = vec![NONE; states];
    let mut low = vec![0u32; states];
    let mut open: Vec<u32> = Vec::new();
    let mut work: Vec<(u32, u32)> = Vec::new();
    let (mut next, mut count) = (0u32, 0u32);
    for root in 0..states as u32 {
        if seen[root as usize] != NONE {
            continue;
        }
        work.push((root, 0));
        while let Some((s, i)) = work.pop() {
            let at = s as usize;
            if i == 0 {
                seen[at] = next;
                low[at] = next;
                next += 1;
                open.push(s);
            }
            let Some(arc) = graph.out(s).get(i as usize) else {
                if low[at] == seen[at] {
                    while let Some(t) = open.pop() {
                        piece[t as usize] = count;
                        if t == s {
                            break;
                        }
                    }
                    count += 1;
                }
                if let Some((parent, _)) = work.last() {
                    low[*parent as usize] = low[*parent as usize].min(low[at]);
                }
                continue;
            };
            work.push((s, i + 1));
            let t = arc.to as usize;
            if seen[t] == NONE {
                work.push((arc.to, 0));
            } else if piece[t] == NONE {
                low[at] = low[at].min(seen[t]);
            }
        }
    }
    let mut sizes = vec![0u32; count as usize];
    for edge in 0..graph.ms.len() {
        if graph.state[edge] != NONE {
            sizes[piece[graph.state[edge] as usize] as usize] += 1;
        }
    }
    graph.main = (0..count).rev().max_by_key(|p| sizes[*p as usize]).unwrap_or(0);
    graph.piece = piece;
    let in_main = |state: u32| graph.piece[state as usize] == graph.main;
    graph.main_edge = (0..graph.ms.len() as u32)
        .map(|edge| {
            let state = graph.state[edge as usize];
            state != NONE && in_main(state) && graph.before(edge).any(|(from, _)| in_main(from))
        })
        .collect();
    graph.island = islands(graph);
}

fn islands(graph: &Graph) -> Vec<u32> {
    let states = graph.states();
    let mut island = vec![NONE; states];
    let mut work: Vec<u32> = Vec::new();
    let mut count = 0;
    for root in 0..states as u32 {
        if island[root as usize] != NONE {
            continue;
        }
        work.push(root);
        island[root as usize] = count;
        while let Some(s) = work.pop() {
            for t in graph.out(s).iter().map(|a| a.to).chain(graph.inward(s).iter().map(|b| b.from)) {
                if island[t as usize] == NONE {
                    island[t as usize] = count;
                    work.push(t);
                }
            }
        }
        count += 1;
    }
    island
}
