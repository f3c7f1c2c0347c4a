//! Network density: quick measure (grows into the page's figures).
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]
use gongzhi_risk::network::{DistanceTable, Edge, Event, Graph, Lixels, Options, Records};
use std::time::Instant;

fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&args[1]).unwrap();
    let b: f64 = args[2].parse().unwrap();
    let mut lines = text.lines();
    let nodes: u32 = lines.next().unwrap().split(' ').next().unwrap().parse().unwrap();
    let (mut edges, mut events) = (Vec::new(), Vec::new());
    for (edge, line) in lines.enumerate() {
        let mut w = line.split(' ');
        let mut next = || w.next();
        let (from, to, length_m) = (next().unwrap().parse().unwrap(), next().unwrap().parse().unwrap(), next().unwrap().parse().unwrap());
        next();
        edges.push(Edge { from, to, length_m, oneway: false });
        while let Some(o) = next() {
            events.push(Event { edge: edge as u32, offset_m: o.parse::<f64>().unwrap().min(length_m), w: 1.0 });
        }
    }
    let graph = Graph::new(nodes, edges).unwrap();
    let options = Options::new(b);
    for _ in 0..3 {
        let (t, c) = (Instant::now(), cpu());
        let mut last = c;
        let mut lap = |what: &str| {
            let now = cpu();
            println!("  {what} {:.2}", now - last);
            last = now;
        };
        let lixels = Lixels::new(&graph, 10.0).unwrap();
        lap("lixels");
        let records = Records::new(&graph, &events).unwrap();
        lap("sort");
        let table = DistanceTable::new(&graph, &options).unwrap();
        lap("table");
        let map = records.density(&graph, &lixels, &table, &options, |_| true).unwrap();
        lap("map");
        println!(
            "n {} L {} entries {} cpu {:.2} wall {:.2} sum {}",
            map.n,
            lixels.len(),
            table.entries(),
            cpu() - c,
            t.elapsed().as_secs_f64(),
            map.values.iter().sum::<f64>()
        );
    }
}
