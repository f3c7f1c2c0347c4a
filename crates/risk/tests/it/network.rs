//! Network density against a direct sum that shares no code with it.

use std::sync::Arc;

use gongzhi_risk::network::{Edge, Estimator, Event, Graph, Kernel, LiveDensity, Lixels, NetworkDensity, Options, Travel, density};
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
                let options = Options { bandwidth_m, kernel, estimator: Estimator::Simple, travel, least_share: 0.0 };
                let (lixels, map) = density(&graph, &events, lixel_m, &options).expect("a map");
                let theirs = direct(nodes, &edges, &events, &lixels, &options);
                assert_close(&map.values, &theirs, 1e-12, &format!("{kernel:?} {travel:?}"));
            }
        }
    }
}

/// Every walk of one event by plain recursion, from the event outwards.
struct Recursion<'a> {
    edges: &'a [Edge],
    lixels: &'a Lixels,
    options: &'a Options,
    values: Vec<f64>,
}

impl Recursion<'_> {
    fn put(&mut self, edge: usize, distance: impl Fn(f64) -> f64, share: f64) {
        for lixel in self.lixels.of_edge(edge) {
            let (_, t) = self.lixels.center(lixel).expect("a lixel");
            self.values[lixel] +=
                share * self.options.kernel.at(distance(t) / self.options.bandwidth_m) / self.options.bandwidth_m * 1000.0;
        }
    }

    /// One stands at an end of `edge` (its start, or `at_end`), having come along it.
    fn at_node(&mut self, edge: usize, at_end: bool, gone: f64, share: f64) {
        if gone > self.options.bandwidth_m {
            return;
        }
        let node = if at_end { self.edges[edge].to } else { self.edges[edge].from };
        let ends: Vec<(usize, bool)> = self
            .edges
            .iter()
            .enumerate()
            .flat_map(|(i, e)| [(i, false, e.from), (i, true, e.to)])
            .filter(|e| e.2 == node)
            .map(|e| (e.0, e.1))
            .collect();
        let n = ends.len() as f64;
        for (next, by_end) in ends {
            let turned_back = (next, by_end) == (edge, at_end);
            let part = match (self.options.estimator, turned_back) {
                (Estimator::EqualSplitContinuous, false) => 2.0 / n,
                (Estimator::EqualSplitContinuous, true) => 2.0 / n - 1.0,
                (_, false) => 1.0 / (n - 1.0),
                (_, true) => continue,
            };
            let length = self.edges[next].length_m;
            self.put(next, |t| gone + if by_end { length - t } else { t }, share * part);
            self.at_node(next, !by_end, gone + length, share * part);
        }
    }
}

fn recursive(edges: &[Edge], events: &[Event], lixels: &Lixels, options: &Options) -> Vec<f64> {
    let mut all = Recursion { edges, lixels, options, values: vec![0.0; lixels.len()] };
    for p in events {
        let edge = p.edge as usize;
        all.put(edge, |t| (t - p.offset_m).abs(), p.w);
        all.at_node(edge, false, p.offset_m, p.w);
        all.at_node(edge, true, edges[edge].length_m - p.offset_m, p.w);
    }
    all.values
}

prop_compose! {
    /// No street so short that the recursion would not end.
    fn long_streets()(nodes in 2_u32..7)(
        nodes in Just(nodes),
        edges in prop::collection::vec((0..nodes, 0..nodes, 30.0..120.0_f64), 1..8),
    ) -> (u32, Vec<Edge>) {
        (nodes, edges.into_iter().map(|(from, to, length_m)| Edge { from, to, length_m, oneway: false }).collect())
    }
}

prop_compose! {
    fn split_case()((nodes, edges) in long_streets())(
        events in prop::collection::vec((0..edges.len(), prop_oneof![1 => Just(0.0), 1 => Just(1.0), 6 => 0.0..1.0_f64], 0.1..3.0_f64), 0..20),
        nodes in Just(nodes),
        edges in Just(edges),
        bandwidth in 20.0..150.0_f64,
        lixel in 3.0..60.0_f64,
    ) -> (u32, Vec<Edge>, Vec<Event>, f64, f64) {
        let events = events.into_iter().map(|(e, share, w)| Event { edge: e as u32, offset_m: share * edges[e].length_m, w }).collect();
        (nodes, edges, events, bandwidth, lixel)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn equal_split_is_the_sum_over_all_walks((nodes, edges, events, bandwidth_m, lixel_m) in split_case()) {
        let graph = Graph::new(nodes, edges.clone()).expect("a graph");
        for estimator in [Estimator::EqualSplitDiscontinuous, Estimator::EqualSplitContinuous] {
            for kernel in KERNELS {
                let options = Options { bandwidth_m, kernel, estimator, travel: Travel::EitherWay, least_share: 0.0 };
                let (lixels, map) = density(&graph, &events, lixel_m, &options).expect("a map");
                let theirs = recursive(&edges, &events, &lixels, &options);
                assert_close(&map.values, &theirs, 2e-12, &format!("{kernel:?} {estimator:?}"));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// A live map is the map of all events at once; taking events away again leaves no trace.
    #[test]
    fn live_is_bulk((nodes, edges, events, bandwidth_m, lixel_m) in split_case(), (other_nodes, other_edges, other_events, _, _) in case()) {
        for (nodes, edges, events, estimators) in [
            (nodes, edges, events, &[Estimator::Simple, Estimator::EqualSplitDiscontinuous, Estimator::EqualSplitContinuous][..]),
            (other_nodes, other_edges, other_events, &[Estimator::Simple][..]),
        ] {
            let graph = Arc::new(Graph::new(nodes, edges).expect("a graph"));
            for &estimator in estimators {
                for travel in [Travel::EitherWay, Travel::Driven] {
                    if travel == Travel::Driven && estimator != Estimator::Simple {
                        continue;
                    }
                    for kernel in KERNELS {
                        let options = Options { bandwidth_m, kernel, estimator, travel, least_share: 0.0 };
                        let (half, rest) = events.split_at(events.len() / 2);
                        let (lixels, start) = density(&graph, half, lixel_m, &options).expect("a map");
                        let (_, whole) = density(&graph, &events, lixel_m, &options).expect("a map");
                        let mut live = LiveDensity::new(graph.clone(), Arc::new(lixels), &start).expect("live");
                        let before: NetworkDensity = live.map();
                        for event in rest {
                            live.add(event).expect("on the network");
                        }
                        assert_close(&live.map().values, &whole.values, 2e-12, &format!("{estimator:?} {kernel:?} {travel:?}"));
                        assert_eq!(live.map().n, whole.n);
                        for event in rest {
                            live.remove(event).expect("on the network");
                        }
                        prop_assert_eq!(&live.map().values, &before.values);
                        assert_close(&before.values, &start.values, 1e-15, "kept in units");
                    }
                }
            }
        }
    }
}
