//! Network density against a direct sum that shares no code with it.

use gongzhi_risk::network::{Edge, Estimator, Event, Graph, Kernel, Lixels, Options, Travel, density};
use proptest::prelude::*;

/// All shortest ways between nodes, by the three loops of Floyd and Warshall.
fn all_ways(nodes: usize, edges: &[Edge], driven: bool) -> Vec<Vec<f64>> {
    let mut d = vec![vec![f64::INFINITY; nodes]; nodes];
    for (node, row) in d.iter_mut().enumerate() {
        row[node] = 0.0;
    }
    for e in edges {
        let (a, b) = (e.from as usize, e.to as usize);
        d[a][b] = d[a][b].min(e.length_m);
        if !(driven && e.oneway) {
            d[b][a] = d[b][a].min(e.length_m);
        }
    }
    for k in 0..nodes {
        for i in 0..nodes {
            for j in 0..nodes {
                d[i][j] = d[i][j].min(d[i][k] + d[k][j]);
            }
        }
    }
    d
}

/// From a place to an event, the shortest of every way there is.
fn distance(ways: &[Vec<f64>], edges: &[Edge], driven: bool, (f, t): (usize, f64), p: &Event) -> f64 {
    let (here, there) = (edges[f], edges[p.edge as usize]);
    let mut best = f64::INFINITY;
    for (leave, out) in [(here.from, t), (here.to, here.length_m - t)] {
        if driven && here.oneway && leave == here.from && out == t && !(leave == here.to && t == here.length_m - t) {
            continue;
        }
        best = best.min(out + ways[leave as usize][there.from as usize] + p.offset_m);
        if !(driven && there.oneway) {
            best = best.min(out + ways[leave as usize][there.to as usize] + there.length_m - p.offset_m);
        }
    }
    if f == p.edge as usize && (t <= p.offset_m || !(driven && here.oneway)) {
        best = best.min((t - p.offset_m).abs());
    }
    best
}

fn direct(nodes: u32, edges: &[Edge], events: &[Event], lixels: &Lixels, options: &Options) -> Vec<f64> {
    let driven = options.travel == Travel::Driven;
    let ways = all_ways(nodes as usize, edges, driven);
    (0..lixels.len())
        .map(|lixel| {
            let place = lixels.center(lixel).expect("a lixel");
            let at = |p: &Event| options.kernel.at(distance(&ways, edges, driven, place, p) / options.bandwidth_m);
            events.iter().map(|p| p.w * at(p)).sum::<f64>() / options.bandwidth_m * 1000.0
        })
        .collect()
}

fn assert_close(ours: &[f64], theirs: &[f64], of_peak: f64, what: &str) {
    let peak = theirs.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    assert_eq!(ours.len(), theirs.len());
    for (lixel, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= of_peak * peak, "{what}: lixel {lixel}: {a} against {b}, peak {peak}");
    }
}

const KERNELS: [Kernel; 5] = [Kernel::Uniform, Kernel::Triangular, Kernel::Epanechnikov, Kernel::Quartic, Kernel::Gaussian];

prop_compose! {
    /// Few nodes and many edges: loops, several edges between two nodes, parts that hang apart, edges of length 0.
    fn network()(nodes in 1_u32..9)(
        nodes in Just(nodes),
        edges in prop::collection::vec((0..nodes, 0..nodes, prop_oneof![1 => Just(0.0), 4 => 1.0..120.0_f64, 1 => 200.0..900.0_f64], any::<bool>()), 1..14),
    ) -> (u32, Vec<Edge>) {
        (nodes, edges.into_iter().map(|(from, to, length_m, oneway)| Edge { from, to, length_m, oneway }).collect())
    }
}

prop_compose! {
    fn case()((nodes, edges) in network())(
        events in prop::collection::vec((0..edges.len(), prop_oneof![1 => Just(0.0), 1 => Just(1.0), 6 => 0.0..1.0_f64], 0.1..3.0_f64), 0..60),
        nodes in Just(nodes),
        edges in Just(edges),
        bandwidth in 20.0..400.0_f64,
        lixel in prop_oneof![3.0..60.0_f64, Just(500.0)],
    ) -> (u32, Vec<Edge>, Vec<Event>, f64, f64) {
        let events = events.into_iter().map(|(e, share, w)| Event { edge: e as u32, offset_m: share * edges[e].length_m, w }).collect();
        (nodes, edges, events, bandwidth, lixel)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn simple_is_the_direct_sum((nodes, edges, events, bandwidth_m, lixel_m) in case()) {
        let graph = Graph::new(nodes, edges.clone()).expect("a graph");
        for travel in [Travel::EitherWay, Travel::Driven] {
            for kernel in KERNELS {
                let options = Options { bandwidth_m, kernel, estimator: Estimator::Simple, travel };
                let (lixels, map) = density(&graph, &events, lixel_m, &options).expect("a map");
                let theirs = direct(nodes, &edges, &events, &lixels, &options);
                assert_close(&map.values, &theirs, 1e-12, &format!("{kernel:?} {travel:?}"));
            }
        }
    }
}
