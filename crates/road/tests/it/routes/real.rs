//! Engines on real networks, against a plain Dijkstra over the turns the graph shows; skipped loudly where the extracts are absent.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use gongzhi_road::Network;
use gongzhi_road::route::*;

use crate::real_data::imported;

/// Milliseconds from the end of an edge to the end of every other.
fn plain(graph: &Graph, overlay: &Overlay, from: u32) -> Vec<u32> {
    let mut best = vec![NEVER; graph.edges()];
    let mut heap = BinaryHeap::from([Reverse((0, from))]);
    best[from as usize] = 0;
    while let Some(Reverse((ms, edge))) = heap.pop() {
        if ms > best[edge as usize] {
            continue;
        }
        for (next, turn) in graph.turns(edge) {
            let Some(drive) = overlay.edge_ms(next) else { continue };
            let total = ms + turn + drive;
            if total < best[next as usize] {
                best[next as usize] = total;
                heap.push(Reverse((total, next)));
            }
        }
    }
    best
}

fn engines_agree(path: &str) {
    let Some(imported) = imported(path) else { return };
    let network = Network::from_vec(imported.bytes).unwrap();
    let graph = Arc::new(Graph::build(&network, &Profile::car()));
    let size = graph.size();
    assert!(size.main_edges * 10 > size.open_edges * 8, "{size:?}");
    let main: Vec<u32> = (0..graph.edges() as u32).filter(|e| graph.in_main(*e)).collect();
    let end = |edge: u32| Position { edge, offset_m: graph.length_m(edge).unwrap(), either_side: false };
    let pick = |i: usize| end(main[i * 7_919 % main.len()]);
    let (from, to): (Vec<Position>, Vec<Position>) = ((0..12).map(pick).collect(), (12..40).map(pick).collect());
    let mut overlay = Overlay::new(&graph);
    let mut dijkstra = BoundedDijkstra::new(graph.clone());
    #[cfg(feature = "cch")]
    let mut cch = CchRoutes::new(Arc::new(Hierarchy::build(graph.clone())));
    for round in 0..3 {
        let matrix = dijkstra.matrix(&overlay, &from, &to);
        for (i, source) in from.iter().enumerate() {
            let truth = plain(&graph, &overlay, source.edge);
            for (j, target) in to.iter().enumerate() {
                assert_eq!(matrix.ms[i * to.len() + j], truth[target.edge as usize], "{path} {round} {i} {j}");
            }
        }
        #[cfg(feature = "cch")]
        {
            assert!(cch.matrix(&overlay, &from, &to).ms == matrix.ms, "{path} {round}");
            for (i, target) in to.iter().enumerate().take(12) {
                let (a, b) = (cch.path(&overlay, &from[i], target), dijkstra.path(&overlay, &from[i], target));
                assert_eq!(a.map(|r| r.ms), b.map(|r| r.ms));
            }
        }
        // Close the middles of ways, a few more each round.
        let middles: Vec<u32> =
            (0..4).filter_map(|i| dijkstra.path(&overlay, &from[i], &to[i + round])).map(|r| r.edges[r.edges.len() / 2]).collect();
        overlay.apply(&graph, &Change::close(&middles).both());
    }
}

#[test]
fn engines_agree_on_porto_alegre() {
    engines_agree("osm/porto_alegre.osm.pbf");
}

#[test]
fn engines_agree_on_shanghai() {
    engines_agree("osm/shanghai_center.osm.bz2");
}
