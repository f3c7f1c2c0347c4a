//! Ours beside fast_paths and RoutingKit on one node graph: turns free, so that all solve the same problem. CPU milliseconds of the process.
//! usage: road-peers STEM   (STEM.osm and STEM.net as written by the example `route_figures`)

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use gongzhi_civic::place::Point;
use gongzhi_road::Network;
use gongzhi_road::import::{self, Options};
use gongzhi_road::route::*;

fn cpu_ms() -> f64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut t) };
    Duration::new(t.tv_sec as u64, t.tv_nsec as u32).as_secs_f64() * 1e3
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let before = cpu_ms();
    let done = work();
    (done, cpu_ms() - before)
}

fn row(tool: &str, task: &str, mut times: Vec<f64>, note: &str) {
    times.sort_by(f64::total_cmp);
    println!("| {task} | {tool} | {:.3} | {:.3} | {note} |", times[times.len() / 2], times[(times.len() - 1) * 95 / 100]);
}

fn numbers(line: &str) -> Vec<usize> {
    line.split(' ').filter(|w| !w.is_empty()).map(|w| w.parse().unwrap()).collect()
}

fn main() {
    let stem = std::env::args().nth(1).expect("a stem");
    let xml = std::fs::read(format!("{stem}.osm")).unwrap();
    let network = Network::from_vec(import::osm(&xml, &Options::default(), &mut |_| {}).unwrap().bytes).unwrap();
    drop(xml);
    let text = std::fs::read_to_string(format!("{stem}.net")).unwrap();
    let mut lines = text.lines();
    let size = numbers(lines.next().unwrap());
    let (n, m) = (size[0], size[1]);
    let (mut lat, mut lon) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let mut p = lines.next().unwrap().split(' ').map(|v| v.parse::<f32>().unwrap());
        lat.push(p.next().unwrap());
        lon.push(p.next().unwrap());
    }
    let (mut tail, mut head, mut weight, mut edge_arc) = (Vec::new(), Vec::new(), Vec::new(), BTreeMap::new());
    for i in 0..m {
        let a = numbers(lines.next().unwrap());
        tail.push(a[0] as u32);
        head.push(a[1] as u32);
        weight.push(a[2] as u32);
        edge_arc.insert(a[4] as u32, i as u32);
    }
    let mut next = || numbers(lines.next().unwrap());
    let (units, asked, unit_edges, asked_edges) = (next(), next(), next(), next());
    let truth: Vec<Vec<u32>> = asked.iter().map(|_| next().into_iter().map(|v| v as u32).collect()).collect();
    let sum = next()[0] as u64;
    let name = stem.rsplit('/').next().unwrap();
    println!("### Rivals on {name}: {n} nodes, {m} arcs\n\n| task | tool | median CPU ms | p95 | note |\n|---|---|---:|---:|---|");

    // Ours.
    let free = Profile { name: "car, turns free".to_owned(), turns: TurnCosts::NONE, ..Profile::car() };
    let graph = Arc::new(Graph::build(&network, &free));
    let from: Vec<Position> =
        unit_edges.iter().map(|e| Position { edge: *e as u32, offset_m: graph.length_m(*e as u32).unwrap(), either_side: false }).collect();
    let to: Vec<Position> = asked_edges.iter().map(|e| Position { edge: *e as u32, offset_m: 0.0, either_side: false }).collect();
    let here = Point::new(0.0, 0.0);
    let ours: Vec<Unit> = from.iter().map(|p| Unit { position: *p, point: here, ready_ms: 0 }).collect();
    let query = |i: usize| NearestQuery { units: &ours, to: to[i], point: here, k: 5, limit_ms: NEVER - 1, explain: false };
    let mut overlay = Overlay::new(&graph);
    let mut dijkstra = BoundedDijkstra::new(graph.clone());
    let task = "5 nearest of 300";
    let (mut times, mut wrong) = (Vec::new(), 0);
    for i in 0..asked.len() {
        let (answer, ms) = timed(|| dijkstra.k_nearest(&overlay, &query(i)));
        times.push(ms);
        wrong += usize::from(answer.found.iter().map(|f| f.route.ms).ne(truth[i].iter().copied()));
    }
    row("ours, Dijkstra", task, times, &format!("with the ways; wrong {wrong}"));
    let (hierarchy, ms) = timed(|| Arc::new(Hierarchy::build(graph.clone())));
    row("ours, hierarchy", "prepare", vec![ms], "order and contract");
    let mut cch = CchRoutes::new(hierarchy);
    row("ours, hierarchy", "all times new", vec![timed(|| cch.refresh(&overlay)).1], "");
    let times = (0..5).map(|_| timed(|| cch.matrix(&overlay, &from, &to))).map(|(x, ms)| {
        assert_eq!(x.ms.iter().map(|v| u64::from(*v)).sum::<u64>(), sum);
        ms
    });
    row("ours, hierarchy", "300 × 300 matrix", times.collect(), "sum equal to Dijkstra's");
    row("ours, Dijkstra", "300 × 300 matrix", vec![timed(|| dijkstra.matrix(&overlay, &from, &to)).1], "");
    let times = (0..300).map(|i| timed(|| cch.path(&overlay, &from[i], &to[i])).1).collect();
    row("ours, hierarchy", "one way with its edges", times, "");
    // An edge in the middle of the first unit's way is closed; then the same question again.
    let closing: Vec<u32> = (0..100)
        .map(|i| {
            let edges = dijkstra.k_nearest(&overlay, &query(i)).found[0].route.edges.clone();
            edges[edges.len() / 2]
        })
        .collect();
    let mut after: Vec<Vec<u32>> = Vec::new();
    let times = (0..100).map(|i| {
        let ((id, answer), ms) = timed(|| {
            let id = overlay.apply(&graph, &Change::close(&[closing[i]]));
            (id, dijkstra.k_nearest(&overlay, &query(i)))
        });
        after.push(answer.found.iter().map(|f| f.route.ms).collect());
        overlay.undo(&graph, id);
        ms
    });
    row("ours, Dijkstra", "close an edge → 5 nearest again", times.collect(), "");
    let (mut times, mut wrong) = (Vec::new(), 0);
    for i in 0..100 {
        let ((id, answer), ms) = timed(|| {
            let id = overlay.apply(&graph, &Change::close(&[closing[i]]));
            (id, cch.k_nearest(&overlay, &query(i)))
        });
        times.push(ms);
        wrong += usize::from(answer.found.iter().map(|f| f.route.ms).ne(after[i].iter().copied()));
        overlay.undo(&graph, id);
        cch.refresh(&overlay);
    }
    row("ours, hierarchy", "close an edge → 5 nearest again", times, &format!("wrong {wrong}"));

    routingkit(&Net { tail: &tail, head: &head, weight: &weight, lat: &lat, lon: &lon }, &units, &asked, &truth, sum, &closing, &edge_arc, &after);
    fast_paths_rows(&Net { tail: &tail, head: &head, weight: &weight, lat: &lat, lon: &lon }, &units, &asked, &truth, sum, &closing, &edge_arc, &after);
    println!();
}

struct Net<'a> {
    tail: &'a [u32],
    head: &'a [u32],
    weight: &'a [u32],
    lat: &'a [f32],
    lon: &'a [f32],
}

fn best(mut all: Vec<u32>) -> Vec<u32> {
    all.sort_unstable();
    all.truncate(5);
    all
}

#[expect(clippy::too_many_arguments, reason = "one call")]
fn routingkit(
    net: &Net<'_>,
    units: &[usize],
    asked: &[usize],
    truth: &[Vec<u32>],
    sum: u64,
    closing: &[u32],
    edge_arc: &BTreeMap<u32, u32>,
    after: &[Vec<u32>],
) {
    use routingkit_cch::{CCH, CCHManyToOne, CCHMetric, CCHMetricPartialUpdater, CCHOneToMany, CCHQuery, compute_order_inertial};
    let tool = "RoutingKit CCH (C++)";
    let (cch, ms) = timed(|| {
        let order = compute_order_inertial(net.lat.len() as u32, net.tail, net.head, net.lat, net.lon);
        CCH::new(&order, net.tail, net.head, |_| {}, false)
    });
    row(tool, "prepare", vec![ms], "order and contract");
    let mut metric = CCHMetric::new(&cch, net.weight.to_vec());
    row(tool, "all times new", (0..7).map(|_| timed(|| metric.reset(net.weight.to_vec())).1).collect(), "");
    let sources: Vec<u32> = units.iter().map(|u| *u as u32).collect();
    let places: Vec<u32> = asked.iter().map(|u| *u as u32).collect();
    {
        let mut query = CCHManyToOne::new(&metric, &sources);
        let (mut times, mut wrong) = (Vec::new(), 0);
        for (i, place) in places.iter().enumerate() {
            let (found, ms) = timed(|| {
                query.repin_sources(&sources);
                best(query.distances_to(*place).into_iter().map(|d| d.unwrap_or(u32::MAX)).collect())
            });
            times.push(ms);
            wrong += usize::from(found != truth[i]);
        }
        row(tool, "5 nearest of 300", times, &format!("times only, units pinned anew; wrong {wrong}"));
        let mut times = Vec::new();
        for place in &places {
            times.push(timed(|| query.distances_to(*place)).1);
        }
        row(tool, "5 nearest of 300", times, "times only, units pinned once");
    }
    {
        let times = (0..5).map(|_| {
            let (total, ms) = timed(|| {
                let mut query = CCHOneToMany::new(&metric, &places);
                sources.iter().flat_map(|s| query.distances_from(*s)).map(|d| u64::from(d.unwrap_or(u32::MAX))).sum::<u64>()
            });
            assert_eq!(total, sum);
            ms
        });
        row(tool, "300 × 300 matrix", times.collect(), "sum equal");
        let mut query = CCHQuery::new(&metric);
        let mut times = Vec::new();
        for i in 0..300 {
            times.push(
                timed(|| {
                    query.add_source(sources[i], 0);
                    query.add_target(places[i], 0);
                    let result = query.run();
                    (result.distance(), result.arc_path())
                })
                .1,
            );
        }
        row(tool, "one way with its edges", times, "");
    }
    let mut updater = CCHMetricPartialUpdater::new(&cch);
    let (mut times, mut wrong, mut right_when_whole) = (Vec::new(), 0, 0);
    for (i, edge) in closing.iter().enumerate() {
        let arc = edge_arc[edge];
        let (found, ms) = timed(|| {
            updater.apply(&mut metric, &BTreeMap::from([(arc, 2_147_483_647)]));
            let mut query = CCHManyToOne::new(&metric, &sources);
            best(query.distances_to(places[i]).into_iter().map(|d| d.unwrap_or(u32::MAX)).collect())
        });
        times.push(ms);
        if found != after[i] {
            // Whether the partial update or the question is at fault: the same question after a whole one.
            wrong += 1;
            let mut weights = net.weight.to_vec();
            weights[arc as usize] = 2_147_483_647;
            let whole = CCHMetric::new(&cch, weights);
            let again = best(CCHManyToOne::new(&whole, &sources).distances_to(places[i]).into_iter().map(|d| d.unwrap_or(u32::MAX)).collect());
            right_when_whole += usize::from(again == after[i]);
        }
        updater.apply(&mut metric, &BTreeMap::from([(arc, net.weight[arc as usize])]));
    }
    let note = format!("partial update; times only; wrong {wrong}, {right_when_whole} of them right after a whole one");
    row(tool, "close an edge → 5 nearest again", times, &note);
}

#[expect(clippy::too_many_arguments, reason = "one call")]
fn fast_paths_rows(
    net: &Net<'_>,
    units: &[usize],
    asked: &[usize],
    truth: &[Vec<u32>],
    sum: u64,
    closing: &[u32],
    edge_arc: &BTreeMap<u32, u32>,
    after: &[Vec<u32>],
) {
    let tool = "fast_paths (CH)";
    let input = |closed: Option<u32>| {
        let mut graph = fast_paths::InputGraph::new();
        for i in 0..net.tail.len() {
            if Some(i as u32) != closed && net.tail[i] != net.head[i] {
                graph.add_edge(net.tail[i] as usize, net.head[i] as usize, net.weight[i] as usize);
            }
        }
        graph.freeze();
        graph
    };
    let (graph, ms) = timed(|| fast_paths::prepare(&input(None)));
    row(tool, "prepare", vec![ms], "");
    let mut calculator = fast_paths::create_calculator(&graph);
    let all = |calculator: &mut fast_paths::PathCalculator, graph: &fast_paths::FastGraph, place: usize| -> Vec<u32> {
        units
            .iter()
            .map(|u| if *u == place { 0 } else { calculator.calc_path(graph, *u, place).map_or(u32::MAX, |p| p.get_weight() as u32) })
            .collect()
    };
    let (mut times, mut wrong) = (Vec::new(), 0);
    for (i, place) in asked.iter().enumerate().take(30) {
        let (found, ms) = timed(|| best(all(&mut calculator, &graph, *place)));
        times.push(ms);
        wrong += usize::from(found != truth[i]);
    }
    row(tool, "5 nearest of 300", times, &format!("300 single queries; 30 places; wrong {wrong}"));
    let (total, ms) = timed(|| asked.iter().flat_map(|p| all(&mut calculator, &graph, *p)).map(u64::from).sum::<u64>());
    row(tool, "300 × 300 matrix", vec![ms], if total == sum { "90 000 single queries; sum equal" } else { "sum differs" });
    let times = (0..300).map(|i| timed(|| calculator.calc_path(&graph, units[i], asked[i])).1).collect();
    row(tool, "one way with its edges", times, "nodes");
    let order = fast_paths::get_node_ordering(&graph);
    let (mut times, mut wrong) = (Vec::new(), 0);
    for (i, edge) in closing.iter().enumerate().take(3) {
        let (found, ms) = timed(|| {
            let graph = fast_paths::prepare_with_order(&input(Some(edge_arc[edge])), &order).unwrap();
            best(all(&mut fast_paths::create_calculator(&graph), &graph, asked[i]))
        });
        times.push(ms);
        wrong += usize::from(found != after[i]);
    }
    row(tool, "close an edge → 5 nearest again", times, &format!("prepared again with the old order; 3 edges; wrong {wrong}"));
}
