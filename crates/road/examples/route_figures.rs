//! Figures of routing on real networks: milliseconds, states settled, agreement. Prints Markdown; progress on stderr.
//!
//! `cargo run --release -p gongzhi-road --example route_figures [DATA [OUT]]`: DATA as in `GONGZHI_TEST_DATA`; with OUT the node graphs and
//! the questions are written there for the rivals (`bench/road/peers`).
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gongzhi_civic::place::Point;
use gongzhi_road::Network;
use gongzhi_road::import::{self, Options};
use gongzhi_road::route::*;

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let started = std::time::Instant::now();
    let done = work();
    (done, started.elapsed().as_secs_f64() * 1e3)
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % n as u64) as usize
    }
}

/// Milliseconds of each of `count` questions, the quickest of five rounds through all of them: another process's turn does not count.
fn rounds(count: usize, mut ask: impl FnMut(usize)) -> Vec<f64> {
    let mut best = vec![f64::MAX; count];
    for _ in 0..5 {
        for (i, slot) in best.iter_mut().enumerate() {
            *slot = slot.min(timed(|| ask(i)).1);
        }
    }
    best
}

fn median(values: &mut [f64]) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[values.len() * 95 / 100])
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let data =
        arguments.next().or_else(|| std::env::var("GONGZHI_TEST_DATA").ok()).map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let out = arguments.next().map(PathBuf::from);
    println!("## Routing\n");
    println!(
        "300 units, k = 5, 300 places, all at random in the main piece (seed fixed); 300 × 300 matrix. Milliseconds of one thread, the quickest \
         of five rounds for each question, then median and 95th percentile over the questions.\n"
    );
    for (file, side) in [("porto_alegre.osm.pbf", 1), ("shanghai_center.osm.bz2", 1), ("porto_alegre.osm.pbf", 3)] {
        let Ok(bytes) = std::fs::read(data.join("osm").join(file)) else {
            println!("SKIPPED: {file} not found under {}\n", data.display());
            continue;
        };
        eprintln!("{file} × {}", side * side);
        let imported = import::osm(&bytes, &Options::default(), &mut |_| {}).unwrap();
        let network = Network::from_vec(imported.bytes).unwrap();
        // For the rivals, who know neither turns nor barriers, the same streets without any.
        let xml = tile(&network, side);
        let plain = Network::from_vec(import::osm(xml.as_bytes(), &Options::default(), &mut |_| {}).unwrap().bytes).unwrap();
        println!(
            "### {file}{}\n",
            if side > 1 { format!(", {} cities on a board of {side} × {side}", side * side) } else { String::new() }
        );
        let s = &imported.summary;
        println!(
            "{} nodes, {} directed edges; of the file: turn restrictions {}, ways with limits {}, barriers {}.\n",
            plain.counts().nodes,
            plain.counts().edges,
            s.restrictions,
            s.limited_ways,
            s.barriers
        );
        figures(if side == 1 { &network } else { &plain }, &Profile::car(), "by edges: turns cost and are restricted", None);
        let stem = out.as_ref().map(|o| o.join(format!("{}-{side}", file.split('.').next().unwrap())));
        if let Some(stem) = &stem {
            std::fs::create_dir_all(stem.parent().unwrap()).unwrap();
            std::fs::write(stem.with_extension("osm"), &xml).unwrap();
        }
        let free = Profile { name: "car, turns free".to_owned(), turns: TurnCosts::NONE, ..Profile::car() };
        figures(&plain, &free, "by nodes: turns free, the rivals' basis", stem.as_deref());
    }
}

fn figures(network: &Network, profile: &Profile, basis: &str, out: Option<&Path>) {
    let (graph, build_ms) = timed(|| Arc::new(Graph::build(network, profile)));
    let size = graph.size();
    println!(
        "**{basis}** — {} open edges, {} states, {} arcs, {:.1} MB, built in {build_ms:.0} ms\n",
        size.open_edges,
        size.states,
        size.arcs,
        size.bytes as f64 / 1e6
    );
    let mut random = Random(88_172_645_463_325_252);
    let main: Vec<u32> = (0..graph.edges() as u32).filter(|e| graph.in_main(*e)).collect();
    // Units stand at an edge's end and are wanted at an edge's start: a node each, for the rivals.
    let spots: Vec<Position> = (0..300)
        .map(|_| main[random.below(main.len())])
        .map(|edge| Position { edge, offset_m: graph.length_m(edge).unwrap(), either_side: false })
        .collect();
    let asked: Vec<Position> =
        (0..300).map(|_| Position { edge: main[random.below(main.len())], offset_m: 0.0, either_side: false }).collect();
    let end = |p: &Position| network.edge(p.edge).unwrap().line.last().copied().unwrap();
    let start = |p: &Position| network.edge(p.edge).unwrap().line.first().copied().unwrap();
    let units: Vec<Unit> = spots.iter().map(|p| Unit { position: *p, point: end(p), ready_ms: 0 }).collect();
    let points: Vec<Point> = asked.iter().map(start).collect();
    let mut overlay = Overlay::new(&graph);
    let mut dijkstra = BoundedDijkstra::new(graph.clone());
    let query = |i: usize| NearestQuery { units: &units, to: asked[i], point: points[i], k: 5, limit_ms: NEVER - 1, explain: false };
    println!("| question | median ms | p95 ms | note |\n|---|---:|---:|---|");
    let row = |what: &str, mut times: Vec<f64>, note: &str| {
        let (m, p) = median(&mut times);
        println!("| {what} | {m:.3} | {p:.3} | {note} |");
    };
    let nearest: Vec<NearestAnswer> = (0..asked.len()).map(|i| dijkstra.k_nearest(&overlay, &query(i))).collect();
    let mut settled: Vec<f64> = nearest.iter().map(|n| n.settled as f64).collect();
    let by_line = nearest.iter().filter(|n| n.found.first().is_some_and(|f| f.straight_rank > 0)).count();
    let times = rounds(asked.len(), |i| drop(dijkstra.k_nearest(&overlay, &query(i))));
    let note = format!("{:.0} states settled; the first as the crow flies is another in {by_line} of 300", median(&mut settled).0);
    row("5 nearest of 300 with their ways, Dijkstra", times, &note);
    let (matrix, ms) = timed(|| dijkstra.matrix(&overlay, &spots, &asked));
    println!("| 300 × 300 matrix, Dijkstra | {ms:.0} | | once |");
    if let Some(out) = out {
        write_peers(network, &graph, out, (&spots, &asked), &nearest, &matrix);
    }
    row("way from place to place, Dijkstra", rounds(100, |i| drop(dijkstra.path(&overlay, &spots[i], &asked[i]))), "");
    row("reach in 10 minutes, Dijkstra", rounds(100, |i| drop(dijkstra.isochrone(&overlay, &asked[i], 600_000))), "as stretches of edges");
    let middle = |edges: &[u32]| edges[edges.len() / 2];
    let closing: Vec<u32> = nearest.iter().map(|n| middle(&n.found[0].route.edges)).collect();
    let mut changed = 0;
    for i in 0..asked.len() {
        let id = overlay.apply(&graph, &Change::close(&[closing[i]]));
        let after = dijkstra.k_nearest(&overlay, &query(i));
        changed += usize::from(after.found != nearest[i].found);
        overlay.undo(&graph, id);
    }
    let times = rounds(asked.len(), |i| {
        let id = overlay.apply(&graph, &Change::close(&[closing[i]]));
        drop(dijkstra.k_nearest(&overlay, &query(i)));
        overlay.undo(&graph, id);
    });
    row("close an edge of the first way, ask again, undo: Dijkstra", times, &format!("the answer changed in {changed} of 300"));

    let (hierarchy, ms) = timed(|| Arc::new(Hierarchy::build(graph.clone())));
    println!("| hierarchy: order and contract | {ms:.0} | | {} arcs, {:.0} MB |", hierarchy.arcs(), hierarchy.bytes() as f64 / 1e6);
    let (again, ms) = timed(|| Hierarchy::with_order(graph.clone(), hierarchy.order().to_vec()).unwrap());
    println!("| hierarchy: with the order kept | {ms:.0} | | |");
    drop(again);
    let mut cch = CchRoutes::new(hierarchy);
    let slow = |kmh: f64| {
        let mut other = Overlay::new(&graph);
        other.apply(&graph, &Change { effect: Effect::Speed { kmh }, ..Change::close(&main[..2_000.min(main.len())]) });
        other
    };
    let slower = [slow(20.0), slow(21.0)];
    cch.refresh(&overlay);
    let times = rounds(10, |i| assert_eq!(cch.refresh(&slower[i % 2]), Refresh::Whole));
    row("hierarchy: all times new", times, &format!("wall, {} threads", std::thread::available_parallelism().map_or(1, usize::from)));
    assert!(cch.matrix(&overlay, &spots, &asked).ms == matrix.ms, "both engines give the same matrix");
    row("300 × 300 matrix, hierarchy", rounds(1, |_| drop(cch.matrix(&overlay, &spots, &asked))), "equal to Dijkstra's in all 90 000");
    for (i, n) in nearest.iter().enumerate() {
        let times = |a: &NearestAnswer| a.found.iter().map(|f| f.route.ms).collect::<Vec<_>>();
        assert_eq!(times(&cch.k_nearest(&overlay, &query(i))), times(n));
        assert_eq!(cch.path(&overlay, &spots[i], &asked[i]).map(|p| p.ms), matrix.get(i, i));
    }
    row("5 nearest of 300 with their ways, hierarchy", rounds(100, |i| drop(cch.k_nearest(&overlay, &query(i)))), "equal in all 300");
    row("way from place to place, hierarchy", rounds(300, |i| drop(cch.path(&overlay, &spots[i], &asked[i]))), "equal in all 300");
    let edges: Vec<u32> =
        (0..60).map(|i| dijkstra.path(&overlay, &spots[i], &asked[i]).map_or(asked[i].edge, |r| middle(&r.edges))).collect();
    let (mut times, mut parts) = (vec![f64::MAX; edges.len()], vec![0.0; edges.len()]);
    for _ in 0..5 {
        for (i, edge) in edges.iter().enumerate() {
            let (id, ms) = timed(|| {
                let id = overlay.apply(&graph, &Change::close(&[*edge]));
                if let Refresh::Part { arcs } = cch.refresh(&overlay) {
                    parts[i] = arcs as f64;
                }
                drop(cch.path(&overlay, &spots[i], &asked[i]));
                id
            });
            times[i] = times[i].min(ms);
            let truth = dijkstra.path(&overlay, &spots[i], &asked[i]).map(|p| p.ms);
            assert_eq!(cch.path(&overlay, &spots[i], &asked[i]).map(|p| p.ms), truth);
            overlay.undo(&graph, id);
            cch.refresh(&overlay);
        }
    }
    let note = format!("{:.0} arcs carried; equal to Dijkstra in all 60", median(&mut parts).0);
    row("close an edge of a long way → first right way, hierarchy", times, &note);
    println!();
}

/// The network of a city laid out on a board and joined by streets: larger, with worse separators than a real one.
fn tile(network: &Network, side: usize) -> String {
    let counts = network.counts();
    let bounds = network.bounds();
    let (width, height) = (bounds.east - bounds.west, bounds.north - bounds.south);
    let mut xml = String::from("<osm version=\"0.6\">");
    let nodes = counts.nodes;
    for t in 0..side * side {
        let (dx, dy) = ((t % side) as f64 * width * 1.01, (t / side) as f64 * height * 1.01);
        for n in 0..nodes {
            let p = network.node_point(n as u32).unwrap();
            let _ = write!(xml, "<node id=\"{}\" lon=\"{:.7}\" lat=\"{:.7}\"/>", t * nodes + n + 1, p.lon + dx, p.lat + dy);
        }
    }
    let mut way = 0;
    let mut street = |xml: &mut String, a: usize, b: usize, tags: &str| {
        way += 1;
        let _ = write!(xml, "<way id=\"{way}\"><nd ref=\"{}\"/><nd ref=\"{}\"/>{tags}</way>", a + 1, b + 1);
    };
    let word = |class: gongzhi_road::Class| match class.word() {
        "ramp" => "motorway_link",
        "link" => "primary_link",
        word => word,
    };
    for t in 0..side * side {
        for e in 0..counts.edges as u32 {
            let edge = network.edge(e).unwrap();
            if edge.restricted || edge.twin.is_some_and(|twin| twin < e) {
                continue;
            }
            let oneway = if edge.twin.is_none() { "yes" } else { "no" };
            let speed = edge.max_speed.map_or(String::new(), |s| format!("<tag k=\"maxspeed\" v=\"{s}\"/>"));
            let tags = format!("<tag k=\"highway\" v=\"{}\"/><tag k=\"oneway\" v=\"{oneway}\"/>{speed}", word(edge.class));
            street(&mut xml, t * nodes + edge.from as usize, t * nodes + edge.to as usize, &tags);
        }
    }
    // Twelve streets across each seam, from the nodes nearest to it.
    let mut by_lon: Vec<usize> = (0..nodes).collect();
    by_lon.sort_by(|a, b| network.node_point(*a as u32).unwrap().lon.total_cmp(&network.node_point(*b as u32).unwrap().lon));
    let mut by_lat: Vec<usize> = (0..nodes).collect();
    by_lat.sort_by(|a, b| network.node_point(*a as u32).unwrap().lat.total_cmp(&network.node_point(*b as u32).unwrap().lat));
    let joint = "<tag k=\"highway\" v=\"primary\"/>";
    for t in 0..side * side {
        for k in 0..12 {
            if t % side + 1 < side {
                street(&mut xml, t * nodes + by_lon[nodes - 1 - k * 20], (t + 1) * nodes + by_lon[k * 20], joint);
            }
            if t / side + 1 < side {
                street(&mut xml, t * nodes + by_lat[nodes - 1 - k * 20], (t + side) * nodes + by_lat[k * 20], joint);
            }
        }
    }
    xml + "</osm>"
}

/// For the rivals: `n m`; `lat lon` a node; `tail head ms metres edge` an arc; units, places (nodes), their edges, the five best times of
/// each place, the sum of the matrix.
fn write_peers(
    network: &Network,
    graph: &Graph,
    out: &Path,
    places: (&[Position], &[Position]),
    nearest: &[NearestAnswer],
    matrix: &Matrix,
) {
    let mut text = String::new();
    let open: Vec<u32> = (0..graph.edges() as u32).filter(|e| graph.free_flow_ms(*e).is_some()).collect();
    let _ = writeln!(text, "{} {}", network.counts().nodes, open.len());
    for n in 0..network.counts().nodes as u32 {
        let p: Point = network.node_point(n).unwrap();
        let _ = writeln!(text, "{:.7} {:.7}", p.lat, p.lon);
    }
    for e in open {
        let edge = network.edge(e).unwrap();
        let _ = writeln!(text, "{} {} {} {:.0} {e}", edge.from, edge.to, graph.free_flow_ms(e).unwrap(), edge.length_m.max(1.0));
    }
    let row = |items: &mut dyn Iterator<Item = u32>| items.map(|i| i.to_string()).collect::<Vec<_>>().join(" ");
    let (units, asked) = places;
    let _ = writeln!(text, "{}", row(&mut units.iter().map(|p| network.edge(p.edge).unwrap().to)));
    let _ = writeln!(text, "{}", row(&mut asked.iter().map(|p| network.edge(p.edge).unwrap().from)));
    let _ = writeln!(text, "{}\n{}", row(&mut units.iter().map(|p| p.edge)), row(&mut asked.iter().map(|p| p.edge)));
    for n in nearest {
        let _ = writeln!(text, "{}", row(&mut n.found.iter().map(|f| f.route.ms)));
    }
    let _ = writeln!(text, "{}", matrix.ms.iter().map(|m| u64::from(*m)).sum::<u64>());
    std::fs::write(out.with_extension("net"), text).unwrap();
}
