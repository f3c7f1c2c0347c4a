//! Figures of routing on real networks: CPU milliseconds, states settled, agreement. Prints Markdown; progress on stderr.
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

/// CPU milliseconds of the whole process, all threads.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let own: f64 = stat.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0.0);
    let mut all = 0.0;
    for task in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let text = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        all += text.split(' ').next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0);
    }
    f64::max(own, all) / 1e6
}

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
        "300 units, k = 5, 300 random places in the main piece, 300 × 300 matrix; seeds fixed. Wall milliseconds of one thread unless CPU is said.\n"
    );
    for (file, tiles) in [("porto_alegre.osm.pbf", 1), ("shanghai_center.osm.bz2", 1), ("porto_alegre.osm.pbf", 3)] {
        let Ok(bytes) = std::fs::read(data.join("osm").join(file)) else {
            println!("SKIPPED: {file} not found under {}\n", data.display());
            continue;
        };
        eprintln!("{file} × {}", tiles * tiles);
        let imported = import::osm(&bytes, &Options::default(), &mut |_| {}).unwrap();
        eprintln!("  {:?}", imported.summary.skipped);
        let mut network = Network::from_vec(imported.bytes).unwrap();
        if tiles > 1 {
            let xml = tile(&network, tiles);
            network = Network::from_vec(import::osm(xml.as_bytes(), &Options::default(), &mut |_| {}).unwrap().bytes).unwrap();
        }
        let name = if tiles > 1 { format!("{file}, {tiles} × {tiles} tiles") } else { file.to_owned() };
        let turn_free = Profile { name: "car without turns".to_owned(), turns: TurnCosts::NONE, ..Profile::car() };
        println!("### {name}\n");
        println!(
            "Turn restrictions {}, ways with limits {}, barriers {}.\n",
            imported.summary.restrictions, imported.summary.limited_ways, imported.summary.barriers
        );
        figures(&network, &Profile::car(), "edges (turns cost and are restricted)", None);
        let stem = format!("{}-{tiles}", file.split('.').next().unwrap());
        figures(&network, &turn_free, "nodes (turns free: the rivals' basis)", out.as_deref().map(|o| o.join(stem)).as_deref());
    }
}

fn figures(network: &Network, profile: &Profile, basis: &str, out: Option<&Path>) {
    let (graph, build_ms) = timed(|| Arc::new(Graph::build(network, profile)));
    let size = graph.size();
    println!(
        "**{basis}**: {} edges, {} states, {} arcs, {:.1} MB, built in {build_ms:.0} ms\n",
        size.open_edges,
        size.states,
        size.arcs,
        size.bytes as f64 / 1e6
    );
    let mut random = Random(88_172_645_463_325_252);
    let main: Vec<u32> = (0..graph.edges() as u32).filter(|e| graph.in_main(*e)).collect();
    let mut place = |_: usize| {
        let edge = main[random.below(main.len())];
        Position { edge, offset_m: graph.length_m(edge).unwrap(), either_side: false }
    };
    let spots: Vec<Position> = (0..300).map(&mut place).collect();
    let asked: Vec<Position> = (0..300).map(&mut place).collect();
    let point = |p: &Position| network.edge(p.edge).unwrap().line.last().copied().unwrap();
    let units: Vec<Unit> = spots.iter().map(|p| Unit { position: *p, point: point(p), ready_ms: 0 }).collect();
    if let Some(out) = out {
        write_peers(network, &graph, out, &spots, &asked);
    }
    let mut overlay = Overlay::new(&graph);
    let mut dijkstra = BoundedDijkstra::new(graph.clone());
    let query = |i: usize| NearestQuery { units: &units, to: asked[i], point: point(&asked[i]), k: 5, limit_ms: NEVER - 1, explain: false };
    println!("| question | median | p95 | note |\n|---|---|---|---|");
    let (mut times, mut settled, mut nearest, mut wrong_by_line) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for i in 0..asked.len() {
        let (answer, ms) = timed(|| dijkstra.k_nearest(&overlay, &query(i)));
        times.push(ms);
        settled.push(answer.settled as f64);
        wrong_by_line += usize::from(answer.found.first().is_some_and(|f| f.straight_rank > 0));
        nearest.push(answer.found.iter().map(|f| f.route.ms).collect::<Vec<_>>());
    }
    let ((m, p), (s, _)) = (median(&mut times), median(&mut settled));
    println!(
        "| 5 nearest of 300, Dijkstra, with ways | {m:.3} ms | {p:.3} ms | {s:.0} states settled; the first by straight line is another in {wrong_by_line} of 300 |"
    );
    let (matrix, ms) = timed(|| dijkstra.matrix(&overlay, &spots, &asked));
    println!("| 300 × 300 matrix, Dijkstra | {ms:.0} ms | | |");
    let mut times = Vec::new();
    for i in 0..asked.len() {
        times.push(timed(|| dijkstra.path(&overlay, &spots[i], &asked[i])).1);
    }
    let (m, p) = median(&mut times);
    println!("| way from place to place, Dijkstra | {m:.2} ms | {p:.2} ms | |");
    let mut times: Vec<f64> = asked.iter().map(|a| timed(|| dijkstra.isochrone(&overlay, a, 600_000)).1).collect();
    let (m, p) = median(&mut times);
    println!("| reach in 10 minutes, spans | {m:.2} ms | {p:.2} ms | |");
    closures(network, &graph, &mut overlay, &mut dijkstra, &query);

    let before = cpu_ms();
    let (hierarchy, ms) = timed(|| Arc::new(Hierarchy::build(graph.clone())));
    println!(
        "| hierarchy: order and contract | {ms:.0} ms | | CPU {:.0} ms; {} arcs, {:.0} MB |",
        cpu_ms() - before,
        hierarchy.arcs(),
        hierarchy.bytes() as f64 / 1e6
    );
    let (again, ms) = timed(|| Hierarchy::with_order(graph.clone(), hierarchy.order().to_vec()).unwrap());
    println!("| hierarchy: with the order kept | {ms:.0} ms | | |");
    drop(again);
    let mut cch = CchRoutes::new(hierarchy);
    cch.refresh(&overlay);
    let mut whole = Vec::new();
    for hour in 0..7 {
        // Another whole state each time: every edge a little slower.
        let slow = Change { effect: Effect::Speed { kmh: 20.0 + f64::from(hour) }, ..Change::close(&main[..2_000.min(main.len())]) };
        let mut other = Overlay::new(&graph);
        other.apply(&graph, &slow);
        let before = cpu_ms();
        assert_eq!(cch.refresh(&other), Refresh::Whole);
        whole.push(cpu_ms() - before);
    }
    println!("| hierarchy: all times new, CPU | {:.0} ms | | |", median(&mut whole).0);
    cch.refresh(&overlay);
    let mut times = Vec::new();
    for _ in 0..5 {
        let (m, ms) = timed(|| cch.matrix(&overlay, &spots, &asked));
        assert!(m.ms == matrix.ms, "both engines give the same matrix");
        times.push(ms);
    }
    println!("| 300 × 300 matrix, hierarchy | {:.1} ms | | equal to Dijkstra's in all 90 000 |", median(&mut times).0);
    let (mut times, mut same) = (Vec::new(), 0);
    for (i, n) in nearest.iter().enumerate() {
        let (answer, ms) = timed(|| cch.k_nearest(&overlay, &query(i)));
        times.push(ms);
        same += usize::from(answer.found.iter().map(|f| f.route.ms).eq(n.iter().copied()));
    }
    let (m, p) = median(&mut times);
    println!("| 5 nearest of 300, hierarchy, with ways | {m:.2} ms | {p:.2} ms | equal in {same} of 300 |");
    let mut times = Vec::new();
    for i in 0..asked.len() {
        let (path, ms) = timed(|| cch.path(&overlay, &spots[i], &asked[i]));
        assert_eq!(path.map(|p| p.ms), matrix.get(i, i));
        times.push(ms);
    }
    let (m, p) = median(&mut times);
    println!("| way from place to place, hierarchy | {m:.3} ms | {p:.3} ms | equal in all 300 |");
    let (mut times, mut parts) = (Vec::new(), Vec::new());
    for i in 0..60 {
        let edge =
            dijkstra.path(&overlay, &spots[i], &asked[i]).and_then(|r| r.edges.get(r.edges.len() / 2).copied()).unwrap_or(asked[i].edge);
        let ((id, path), ms) = timed(|| {
            let id = overlay.apply(&graph, &Change::close(&[edge]).both());
            (id, cch.path(&overlay, &spots[i], &asked[i]))
        });
        assert_eq!(path.map(|p| p.ms), dijkstra.path(&overlay, &spots[i], &asked[i]).map(|p| p.ms));
        times.push(ms);
        overlay.undo(&graph, id);
        if let Refresh::Part { arcs } = cch.refresh(&overlay) {
            parts.push(arcs as f64);
        }
    }
    let (m, p) = median(&mut times);
    println!(
        "| a street of the way closed → first right way, hierarchy | {m:.2} ms | {p:.2} ms | {:.0} arcs carried |\n",
        median(&mut parts).0
    );
}

fn closures<'a>(
    network: &Network,
    graph: &Graph,
    overlay: &mut Overlay,
    dijkstra: &mut BoundedDijkstra,
    query: &impl Fn(usize) -> NearestQuery<'a>,
) {
    let (mut times, mut changed) = (Vec::new(), 0);
    for i in 0..100 {
        let before = dijkstra.k_nearest(overlay, &query(i));
        let edges = &before.found[0].route.edges;
        let edge = edges[edges.len() / 2];
        let ((id, after), ms) = timed(|| {
            let id = overlay.apply(graph, &Change::close(&[edge]).both());
            (id, dijkstra.k_nearest(overlay, &query(i)))
        });
        times.push(ms);
        changed += usize::from(before.found != after.found);
        assert!(after.found.iter().all(|f| !f.route.edges[1..f.route.edges.len().max(2) - 1].contains(&edge)));
        overlay.undo(graph, id);
    }
    let _ = network;
    let (m, p) = median(&mut times);
    println!(
        "| a street of the first way closed → first right 5 nearest, Dijkstra | {m:.3} ms | {p:.3} ms | answer changed in {changed} of 100 |"
    );
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

/// The node graph and the questions in the rivals' form: `n m`, `lat lon` a node, `tail head ms metres` an arc; then units and places.
fn write_peers(network: &Network, graph: &Graph, out: &Path, units: &[Position], asked: &[Position]) {
    let mut text = String::new();
    let open: Vec<u32> = (0..graph.edges() as u32).filter(|e| graph.free_flow_ms(*e).is_some()).collect();
    let _ = writeln!(text, "{} {}", network.counts().nodes, open.len());
    for n in 0..network.counts().nodes as u32 {
        let p: Point = network.node_point(n).unwrap();
        let _ = writeln!(text, "{:.7} {:.7}", p.lat, p.lon);
    }
    for e in open {
        let edge = network.edge(e).unwrap();
        let _ = writeln!(text, "{} {} {} {:.0}", edge.from, edge.to, graph.free_flow_ms(e).unwrap(), edge.length_m.max(1.0));
    }
    let ends = |p: &[Position]| p.iter().map(|p| network.edge(p.edge).unwrap().to.to_string()).collect::<Vec<_>>().join(" ");
    let _ = writeln!(text, "{}\n{}", ends(units), ends(asked));
    std::fs::create_dir_all(out.parent().unwrap()).unwrap();
    std::fs::write(out.with_extension("net"), text).unwrap();
}
