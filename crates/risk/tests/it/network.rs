//! Network density against a direct sum that shares no code with it.

use std::sync::Arc;

use gongzhi_risk::network::{
    DistanceTable, Edge, Estimator, Event, Graph, Kernel, LiveDensity, Lixels, NetworkDensity, Options, Records, Travel, density,
};
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

pub(crate) const KERNELS: [Kernel; 5] = [Kernel::Uniform, Kernel::Triangular, Kernel::Epanechnikov, Kernel::Quartic, Kernel::Gaussian];

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
    pub(crate) fn split_case()((nodes, edges) in long_streets())(
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

pub(crate) fn street(from: u32, to: u32, length_m: f64) -> Edge {
    Edge { from, to, length_m, oneway: false }
}

pub(crate) fn event(edge: u32, offset_m: f64) -> Event {
    Event { edge, offset_m, w: 1.0 }
}

/// The density at a place, cut so that a slice is centred on it.
fn at(graph: &Graph, events: &[Event], edge: usize, offset_m: f64, options: &Options) -> f64 {
    let length = graph.edges()[edge].length_m;
    // The place is the middle of the n-th of so many slices; the cases below choose lengths for which this holds.
    let (lixels, map) = density(graph, events, 1.0, options).expect("a map");
    let lixel = lixels.at(edge, offset_m).expect("on the edge");
    let (_, center) = lixels.center(lixel).expect("a lixel");
    assert!((center - offset_m).abs() < 1e-9, "no slice is centred at {offset_m} of {length}");
    map.values[lixel]
}

/// Street 0 comes to node 1; streets 1, 2 and 3 go on from there.
///
/// ```text
///          2
///          |
/// 0---0----1----1---3
///          |
///          4
/// ```
pub(crate) fn crossing() -> Graph {
    Graph::new(5, vec![street(0, 1, 100.0), street(1, 3, 100.0), street(1, 2, 100.0), street(1, 4, 100.0)]).expect("a graph")
}

pub(crate) fn options(estimator: Estimator, kernel: Kernel, bandwidth_m: f64) -> Options {
    Options { bandwidth_m, kernel, estimator, travel: Travel::EitherWay, least_share: 0.0 }
}

/// An event 10.5 m before a crossing of four streets, triangular kernel of 50 m: 1/50 per m, 20 per km at the event.
#[test]
fn a_crossing_shares_a_hill_in_three() {
    let graph = crossing();
    let hit = [event(0, 89.5)];
    // 20.5 m beyond the crossing, 31 m from the event: 20 · (1 − 31/50) = 7.6 per km before it is shared.
    let whole = 20.0 * (1.0 - 31.0 / 50.0);
    for (estimator, ahead, behind) in [
        (Estimator::Simple, whole, 0.0),
        (Estimator::EqualSplitDiscontinuous, whole / 3.0, 0.0),
        // Each of the three others gets 2/4; half goes back with a minus sign.
        (Estimator::EqualSplitContinuous, whole / 2.0, -0.5),
    ] {
        let options = options(estimator, Kernel::Triangular, 50.0);
        for branch in [1, 2, 3] {
            assert!((at(&graph, &hit, branch, 20.5, &options) - ahead).abs() < 1e-9, "{estimator:?}");
        }
        // On the event's own street, 4.5 m from the crossing: 6 m from the event along it, 15 m by way of the crossing.
        let direct = 20.0 * (1.0 - 6.0 / 50.0);
        let back = 20.0 * (1.0 - 15.0 / 50.0);
        let here = at(&graph, &hit, 0, 95.5, &options);
        assert!((here - (direct + behind * back)).abs() < 1e-9, "{estimator:?}: {here}");
    }
}

/// A dead end swallows the hill (discontinuous) or throws it back (continuous).
#[test]
fn a_dead_end_loses_or_reflects() {
    let graph = Graph::new(2, vec![street(0, 1, 1000.0)]).expect("a graph");
    let hit = [event(0, 990.0)];
    let direct = 20.0 * (1.0 - 4.5 / 50.0);
    let reflected = 20.0 * (1.0 - 15.5 / 50.0);
    for (estimator, expected, mass) in [
        (Estimator::Simple, direct, 0.68),
        (Estimator::EqualSplitDiscontinuous, direct, 0.68),
        (Estimator::EqualSplitContinuous, direct + reflected, 1.0),
    ] {
        let options = options(estimator, Kernel::Triangular, 50.0);
        assert!((at(&graph, &hit, 0, 994.5, &options) - expected).abs() < 1e-9, "{estimator:?}");
        let (lixels, map) = density(&graph, &hit, 1.0, &options).expect("a map");
        // The triangle is cut 10 of 50 m from its top: (40/50)²/2 = 0.32 of it is beyond the end.
        assert!((map.mass(&lixels) - mass).abs() < 1e-6, "{estimator:?}: {}", map.mass(&lixels));
    }
}

/// Out of one end of the event's own street and in again at the other: 10 + 30 + 10 m round, 180 m along.
#[test]
fn round_the_block_is_nearer_than_along_the_street() {
    let graph = Graph::new(2, vec![street(0, 1, 200.0), street(0, 1, 30.0)]).expect("a graph");
    let hit = [event(0, 189.5)];
    let options = options(Estimator::Simple, Kernel::Triangular, 100.0);
    assert!((at(&graph, &hit, 0, 9.5, &options) - 10.0 * (1.0 - 50.0 / 100.0)).abs() < 1e-9);
    // A loop: 10 m to its one end from either side.
    let graph = Graph::new(1, vec![street(0, 0, 200.0)]).expect("a graph");
    assert!((at(&graph, &hit, 0, 9.5, &options) - 10.0 * (1.0 - 20.0 / 100.0)).abs() < 1e-9);
}

/// As driven: against a one-way street there is no way but round the block.
#[test]
fn one_way_streets_are_driven_one_way() {
    let oneway = Edge { oneway: true, ..street(0, 1, 100.0) };
    let graph = Graph::new(2, vec![oneway, street(0, 1, 40.0)]).expect("a graph");
    let hit = [event(0, 49.5)];
    let driven = Options { travel: Travel::Driven, ..options(Estimator::Simple, Kernel::Triangular, 200.0) };
    // Before the event: straight ahead, 30 m. Beyond it by 30 m: 20.5 to the end, 40 back to the start, 49.5 on.
    assert!((at(&graph, &hit, 0, 19.5, &driven) - 5.0 * (1.0 - 30.0 / 200.0)).abs() < 1e-9);
    assert!((at(&graph, &hit, 0, 79.5, &driven) - 5.0 * (1.0 - 110.0 / 200.0)).abs() < 1e-9);
    // From the other street one goes to the start of the one-way street only, 60 m in all from its middle.
    assert!((at(&graph, &hit, 1, 10.5, &driven) - 5.0 * (1.0 - 60.0 / 200.0)).abs() < 1e-9);
}

/// Away from dead ends, equal split holds every event; the simple estimator holds more, by the copies at junctions.
#[test]
fn mass_is_kept_by_equal_split() {
    let (nodes, edges) = grid(7, 90.0);
    let graph = Graph::new(nodes, edges.clone()).expect("a graph");
    // Streets near the middle; a bandwidth that does not reach the rim of the grid.
    let middle: Vec<u32> = (0..edges.len() as u32).filter(|&e| [23, 24, 25].contains(&edges[e as usize].from)).collect();
    let mut numbers = crate::Numbers(5);
    let events: Vec<Event> = (0..200)
        .map(|_| {
            let edge = middle[numbers.below(middle.len())];
            event(edge, numbers.unit() * edges[edge as usize].length_m)
        })
        .collect();
    for (estimator, mass) in [(Estimator::EqualSplitDiscontinuous, 1.0), (Estimator::EqualSplitContinuous, 1.0)] {
        for kernel in [Kernel::Triangular, Kernel::Epanechnikov, Kernel::Quartic] {
            let off = |lixel_m: f64| {
                let (lixels, map) = density(&graph, &events, lixel_m, &options(estimator, kernel, 150.0)).expect("a map");
                (map.mass(&lixels) / 200.0 - mass).abs()
            };
            // The value at a slice's centre stands for the slice: the error falls with the square of the slice.
            let (coarse, fine) = (off(2.0), off(0.25));
            assert!(fine < 1e-5 && fine < coarse.max(1e-6), "{estimator:?} {kernel:?}: {coarse} then {fine}");
        }
    }
    let (lixels, map) = density(&graph, &events, 1.0, &options(Estimator::Simple, Kernel::Epanechnikov, 150.0)).expect("a map");
    assert!(map.mass(&lixels) > 1.5 * 200.0, "{}", map.mass(&lixels));
}

/// A square grid of streets, a little uneven.
pub(crate) fn grid(side: u32, block_m: f64) -> (u32, Vec<Edge>) {
    let mut numbers = crate::Numbers(3);
    let mut edges = Vec::new();
    for row in 0..side {
        for column in 0..side {
            let node = row * side + column;
            if column + 1 < side {
                edges.push(street(node, node + 1, block_m * numbers.between(0.8, 1.2)));
            }
            if row + 1 < side {
                edges.push(street(node, node + side, block_m * numbers.between(0.8, 1.2)));
            }
        }
    }
    (side * side, edges)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// A node in the middle of a street changes nothing, for any estimator.
    #[test]
    fn splitting_a_street_changes_nothing((nodes, edges, events, bandwidth_m, _) in split_case(), cut in 0.2..0.8_f64, which in 0_usize..8) {
        let which = which % edges.len();
        let whole = edges[which];
        // The cut lies between two slices, so that slices before and after are centred at the same places.
        let slices = (whole.length_m / 7.0).ceil();
        let before = (slices * cut).round().clamp(1.0, slices - 1.0);
        let lixel_m = whole.length_m / slices * (1.0 + 1e-9);
        let at = whole.length_m * before / slices;
        let mut parted = edges.clone();
        parted[which] = Edge { to: nodes, length_m: at, ..whole };
        parted.push(Edge { from: nodes, length_m: whole.length_m - at, ..whole });
        let moved: Vec<Event> = events.iter().map(|e| match e.edge as usize == which && e.offset_m > at {
            true => Event { edge: edges.len() as u32, offset_m: (e.offset_m - at).min(whole.length_m - at), ..*e },
            false => Event { offset_m: if e.edge as usize == which { e.offset_m.min(at) } else { e.offset_m }, ..*e },
        }).collect();
        let (one, two) = (Graph::new(nodes, edges.clone()).expect("a graph"), Graph::new(nodes + 1, parted).expect("a graph"));
        for estimator in [Estimator::Simple, Estimator::EqualSplitDiscontinuous, Estimator::EqualSplitContinuous] {
            let options = options(estimator, Kernel::Epanechnikov, bandwidth_m);
            let (lixels, a) = density(&one, &events, lixel_m, &options).expect("a map");
            let (cut_lixels, b) = density(&two, &moved, lixel_m, &options).expect("a map");
            let peak = a.values.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
            for edge in (0..edges.len()).filter(|&e| e != which) {
                for (x, y) in lixels.of_edge(edge).zip(cut_lixels.of_edge(edge)) {
                    prop_assert!((a.values[x] - b.values[y]).abs() <= 2e-12 * peak, "{estimator:?}");
                }
            }
            let parts = cut_lixels.of_edge(which).chain(cut_lixels.of_edge(edges.len()));
            prop_assert_eq!(parts.clone().count(), lixels.of_edge(which).len());
            for (x, y) in lixels.of_edge(which).zip(parts) {
                prop_assert!((a.values[x] - b.values[y]).abs() <= 2e-12 * peak, "{estimator:?}, the street itself");
            }
        }
    }

    /// The order of streets and which end is the start change nothing but the last digits; the order of events, nothing.
    #[test]
    fn numbering_changes_nothing((nodes, edges, events, bandwidth_m, lixel_m) in case(), seed in any::<u64>()) {
        let options = options(Estimator::Simple, Kernel::Quartic, bandwidth_m);
        let graph = Graph::new(nodes, edges.clone()).expect("a graph");
        let (lixels, map) = density(&graph, &events, lixel_m, &options).expect("a map");
        let mut numbers = crate::Numbers(seed);
        let mut shuffled = events.clone();
        numbers.shuffle(&mut shuffled);
        prop_assert_eq!(&density(&graph, &shuffled, lixel_m, &options).expect("a map").1.values, &map.values);

        let mut order: Vec<usize> = (0..edges.len()).collect();
        numbers.shuffle(&mut order);
        let turned: Vec<bool> = edges.iter().map(|_| numbers.below(2) == 1).collect();
        let other: Vec<Edge> = order.iter().map(|&e| match turned[e] {
            true => Edge { from: edges[e].to, to: edges[e].from, ..edges[e] },
            false => edges[e],
        }).collect();
        let moved: Vec<Event> = events.iter().map(|p| {
            let edge = order.iter().position(|&e| e == p.edge as usize).expect("is there");
            let length = edges[p.edge as usize].length_m;
            Event { edge: edge as u32, offset_m: if turned[p.edge as usize] { (length - p.offset_m).max(0.0) } else { p.offset_m }, w: p.w }
        }).collect();
        let (other_lixels, other_map) = density(&Graph::new(nodes, other).expect("a graph"), &moved, lixel_m, &options).expect("a map");
        let peak = map.values.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
        for (new, &old) in order.iter().enumerate() {
            let mine: Vec<f64> = map.values[lixels.of_edge(old)].to_vec();
            let mut theirs: Vec<f64> = other_map.values[other_lixels.of_edge(new)].to_vec();
            if turned[old] {
                theirs.reverse();
            }
            for (a, b) in mine.iter().zip(&theirs) {
                prop_assert!((a - b).abs() <= 1e-12 * peak);
            }
        }
    }
}

/// Heavy streets, so that runs are taken slice by slice; one, two and three threads; a filter against a map of its own.
#[test]
fn threads_and_filters_change_nothing() {
    let (nodes, edges) = grid(12, 100.0);
    let graph = Graph::new(nodes, edges.clone()).expect("a graph");
    let mut numbers = crate::Numbers(17);
    let events: Vec<Event> = (0..20_000)
        .map(|_| {
            let edge = (numbers.below(edges.len()) * numbers.below(edges.len())) / edges.len();
            event(edge as u32, numbers.unit() * edges[edge].length_m)
        })
        .collect();
    for estimator in [Estimator::Simple, Estimator::EqualSplitDiscontinuous, Estimator::EqualSplitContinuous] {
        let options = Options { least_share: 1e-3, ..options(estimator, Kernel::Epanechnikov, 300.0) };
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| density(&graph, &events, 10.0, &options).expect("a map").1)
        };
        let one = on(1);
        assert_eq!(one, on(2));
        assert_eq!(one, on(3));

        let lixels = Lixels::new(&graph, 10.0).expect("slices");
        let table = DistanceTable::new(&graph, &options).expect("a table");
        let records = Records::new(&graph, &events).expect("records");
        let map = records.density(&graph, &lixels, &table, &options, |record| record % 3 == 0).expect("a map");
        let third: Vec<Event> = events.iter().step_by(3).copied().collect();
        let afresh = density(&graph, &third, 10.0, &options).expect("a map").1;
        assert_eq!(map, afresh);
        assert_eq!(map.n, third.len());

        let wider = Options { bandwidth_m: 301.0, ..options };
        assert_eq!(records.density(&graph, &lixels, &table, &wider, |_| true).unwrap_err().code(), "table_not_of_this_map");
    }
    let options = options(Estimator::Simple, Kernel::Epanechnikov, 300.0);
    let (lixels, map) = density(&graph, &events, 10.0, &options).expect("a map");
    let theirs = direct(nodes, &edges, &events[..], &lixels, &options);
    assert_close(&map.values, &theirs, 1e-12, "heavy streets");
}

#[test]
fn what_is_wrong_is_said() {
    let graph = crossing();
    let code = |events: &[Event], lixel_m: f64, options: &Options| density(&graph, events, lixel_m, options).unwrap_err().code();
    let good = options(Estimator::Simple, Kernel::Quartic, 100.0);
    assert_eq!(code(&[event(0, 100.1)], 10.0, &good), "event_not_on_network");
    assert_eq!(code(&[event(4, 0.0)], 10.0, &good), "event_not_on_network");
    assert_eq!(code(&[Event { w: f64::NAN, ..event(0, 0.0) }], 10.0, &good), "event_not_on_network");
    assert_eq!(code(&[], 0.0, &good), "lixel_length_invalid");
    assert_eq!(code(&[], 1e-9, &good), "lixel_length_invalid");
    assert_eq!(code(&[], 10.0, &Options { bandwidth_m: f64::NAN, ..good }), "bandwidth_invalid");
    assert_eq!(code(&[], 10.0, &Options { least_share: 1.0, ..good }), "least_share_invalid");
    let driven = Options { travel: Travel::Driven, estimator: Estimator::EqualSplitContinuous, ..good };
    assert_eq!(code(&[], 10.0, &driven), "travel_not_supported");
    let none = Graph::new(0, Vec::new()).expect("an empty graph");
    assert!(density(&none, &[], 10.0, &good).expect("an empty map").1.values.is_empty());
}
