//! The network and the bicycle crashes that the R package spNetwork is shown with: what its authors state of the three
//! estimators (Gelb 2021, The R Journal 13(2)) holds here, at every node of a real city.

use std::collections::HashMap;
use std::io::Read;
use std::path::PathBuf;

use gongzhi_risk::network::{Edge, Estimator, Event, Graph, Lixels, NetworkDensity, Options, density};

fn data(path: &str) -> Option<Vec<u8>> {
    let root = std::env::var("GONGZHI_TEST_DATA")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let bytes = std::fs::read(root.join(path)).ok();
    if bytes.is_none() {
        eprintln!("SKIPPED: {path} is not there; set GONGZHI_TEST_DATA");
    }
    bytes
}

type Line = Vec<(f64, f64)>;

fn position(value: &serde_json::Value) -> (f64, f64) {
    (value[0].as_f64().unwrap(), value[1].as_f64().unwrap())
}

/// Streets as straight pieces joined where their ends are the same to the millimetre, and crashes on the nearest of them.
fn montreal() -> Option<(Graph, Vec<Event>)> {
    let mut text = String::new();
    xz2::read::XzDecoder::new(&data("crash/montreal/main_network_mtl.geojson.xz")?[..]).read_to_string(&mut text).unwrap();
    let streets: serde_json::Value = serde_json::from_str(&text).unwrap();
    let crashes: serde_json::Value = serde_json::from_slice(&data("crash/montreal/bike_accidents.geojson")?).unwrap();
    let lines: Vec<Line> = streets["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["geometry"]["coordinates"].as_array().unwrap().iter().map(position).collect())
        .collect();
    let mut nodes = HashMap::new();
    let mut node = |(x, y): (f64, f64)| {
        let count = nodes.len() as u32;
        *nodes.entry(((x * 1000.0).round() as i64, (y * 1000.0).round() as i64)).or_insert(count)
    };
    let length = |line: &Line| line.windows(2).map(|p| (p[1].0 - p[0].0).hypot(p[1].1 - p[0].1)).sum::<f64>();
    let edges: Vec<Edge> = lines
        .iter()
        .map(|line| Edge { from: node(line[0]), to: node(line[line.len() - 1]), length_m: length(line), oneway: false })
        .collect();
    let events = crashes["features"].as_array().unwrap().iter().map(|f| nearest(&lines, &edges, position(&f["geometry"]["coordinates"])));
    let events = events.collect();
    Some((Graph::new(nodes.len() as u32, edges).unwrap(), events))
}

fn nearest(lines: &[Line], edges: &[Edge], (x, y): (f64, f64)) -> Event {
    let mut best = (f64::INFINITY, 0, 0.0);
    for (edge, line) in lines.iter().enumerate() {
        let mut along = 0.0;
        for pair in line.windows(2) {
            let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
            let length = (bx - ax).hypot(by - ay);
            let share =
                if length > 0.0 { (((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / (length * length)).clamp(0.0, 1.0) } else { 0.0 };
            let away = (ax + share * (bx - ax) - x).hypot(ay + share * (by - ay) - y);
            if away < best.0 {
                best = (away, edge, along + share * length);
            }
            along += length;
        }
    }
    Event { edge: best.1 as u32, offset_m: best.2.min(edges[best.1].length_m), w: 1.0 }
}

/// Greatest difference at a node between the slices that touch it.
fn greatest_jump(graph: &Graph, lixels: &Lixels, map: &NetworkDensity) -> f64 {
    (0..graph.nodes())
        .map(|node| {
            let ends = graph.at(node).iter().map(|&(edge, at_end)| {
                let slices = lixels.of_edge(edge as usize);
                map.values[if at_end { slices.end - 1 } else { slices.start }]
            });
            let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
            if high > low { high - low } else { 0.0 }
        })
        .fold(0.0, f64::max)
}

#[test]
fn montreal_behaves_as_published() {
    let Some((graph, events)) = montreal() else { return };
    assert_eq!((graph.edges().len(), events.len()), (16_188, 347));
    let map = |estimator, lixel_m| {
        let options = Options { estimator, least_share: 1e-5, ..Options::new(300.0) };
        let (lixels, map) = density(&graph, &events, lixel_m, &options).unwrap();
        (map.mass(&lixels) / 347.0, greatest_jump(&graph, &lixels, &map), map)
    };
    let (simple_mass, _, simple) = map(Estimator::Simple, 5.0);
    let (discontinuous_mass, discontinuous_jump, _) = map(Estimator::EqualSplitDiscontinuous, 5.0);
    let (continuous_mass, coarse_jump, continuous) = map(Estimator::EqualSplitContinuous, 5.0);
    let (_, fine_jump, _) = map(Estimator::EqualSplitContinuous, 0.5);
    eprintln!(
        "mass per event {simple_mass:.3} {discontinuous_mass:.4} {continuous_mass:.4}; jumps {discontinuous_jump:.2} {coarse_jump:.3} {fine_jump:.3}; left out {:.1e}",
        continuous.left_out
    );
    // Simple: copied into every branch, so an event is counted more than once.
    assert!(simple_mass > 2.0, "{simple_mass}");
    assert!(simple.values.iter().all(|&v| v > -1e-9));
    // Discontinuous: mass is kept but for dead ends; the map jumps at junctions.
    assert!(discontinuous_mass < 1.001 && discontinuous_mass > 0.9, "{discontinuous_mass}");
    // Continuous: mass is kept, dead ends included; no jump at any node, however the slices are: what is left is the
    // slope over one slice, and falls with it.
    assert!((continuous_mass - 1.0).abs() < 2e-3, "{continuous_mass}");
    assert!(discontinuous_jump > 5.0 * coarse_jump, "{discontinuous_jump} {coarse_jump}");
    assert!(fine_jump < 0.25 * coarse_jump, "{coarse_jump} then {fine_jump}");
}
