//! Figures of the network file: size, memory and import time, at three sizes. Prints Markdown.
//!
//! ```text
//! GONGZHI_TEST_DATA=DIR cargo run --release -p gongzhi-road --example file_figures
//! ```
//! `file_figures import FILE` imports one file and prints CPU seconds, the summary and the peak of memory as one line of JSON:
//! `bench/road/file.py` runs it beside other programs. Every measurement is a process of its own.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use gongzhi_road::Network;
use gongzhi_road::import::{self, Imported, Options};
use gongzhi_testkit::tiled;
use serde_json::{Value, json};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["import", file] => println!("{}", imported(file, None)),
        ["import", file, network] => println!("{}", imported(file, Some(network))),
        ["open", file] => println!("{}", opened(file)),
        ["tiled", file, out] => std::fs::write(out, tiled(&network(&std::fs::read(file).unwrap()), 5, 2)).unwrap(),
        _ => table(),
    }
}

fn read(bytes: &[u8]) -> Imported {
    import::osm(bytes, &Options::default(), &mut |_| {}).unwrap_or_else(|e| panic!("{e}"))
}

fn network(bytes: &[u8]) -> Network {
    Network::from_vec(read(bytes).bytes).unwrap()
}

/// One import: CPU seconds, what was made, the most memory the process held.
fn imported(file: &str, keep: Option<&str>) -> Value {
    let bytes = std::fs::read(file).unwrap();
    let before = (cpu_seconds(), Instant::now());
    let result = read(&bytes);
    let (cpu, wall) = (cpu_seconds() - before.0, before.1.elapsed().as_secs_f64());
    if let Some(path) = keep {
        std::fs::write(path, &result.bytes).unwrap();
    }
    let summary = &result.summary;
    json!({
        "cpu_s": cpu, "wall_s": wall, "source_bytes": bytes.len(), "file_bytes": result.bytes.len(), "peak_bytes": status("VmHWM"),
        "format": summary.format, "counts": summary.counts, "road_km": summary.road_km, "road_ways": summary.road_ways,
    })
}

/// One opening: milliseconds and memory, before and after the first question.
fn opened(file: &str) -> Value {
    let bytes = std::fs::read(file).unwrap();
    let empty = status("VmRSS") - bytes.len() as u64;
    let started = Instant::now();
    let network = Network::from_vec(bytes).unwrap();
    let opening = started.elapsed().as_secs_f64();
    network.verify().unwrap();
    let open = status("VmRSS");
    let name = network.roads().map(|(_, r)| r.name).find(|n| !n.is_empty()).unwrap_or_default();
    let started = Instant::now();
    let found = network.find(&name, 3).len();
    json!({
        "open_ms": opening * 1e3, "first_find_ms": started.elapsed().as_secs_f64() * 1e3, "found": found,
        "program_bytes": empty, "open_bytes": open, "ready_bytes": status("VmRSS"),
    })
}

fn table() {
    let data = std::env::var("GONGZHI_TEST_DATA").unwrap_or_else(|_| "../shared/data".to_owned());
    let folder = std::env::temp_dir().join(format!("road-file-figures-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    println!("### The network file\n");
    println!(
        "| network | source | road ways | edges | crossings | names | import, CPU s (MB/s) | memory while importing | file | bytes an edge | opens in | resident, open | with names ready |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    let ten = folder.join("ten.osm.pbf");
    let porto = format!("{data}/osm/porto_alegre.osm.pbf");
    if Path::new(&porto).exists() {
        eprintln!("making the network ten times larger …");
        run(&["tiled", &porto, ten.to_str().unwrap()]);
    }
    for (label, path) in [
        ("Lower Saxony, main roads", format!("{data}/osm/lower_saxony_main_roads.osm.gz")),
        ("Porto Alegre", porto),
        ("Porto Alegre, 10 tiles", ten.to_str().unwrap().to_owned()),
    ] {
        if !Path::new(&path).exists() {
            eprintln!("SKIPPED: {path} is not there; set GONGZHI_TEST_DATA");
            continue;
        }
        let file = folder.join("network");
        let mut imports: Vec<Value> = (0..5)
            .map(|round| {
                eprintln!("{label}: import {}", round + 1);
                serde_json::from_str(&run(&["import", &path, file.to_str().unwrap()])).unwrap()
            })
            .collect();
        imports.sort_by(|a, b| number(a, "cpu_s").total_cmp(&number(b, "cpu_s")));
        let middle = &imports[imports.len() / 2];
        let open: Value = serde_json::from_str(&run(&["open", file.to_str().unwrap()])).unwrap();
        let count = |key: &str| middle["counts"][key].as_u64().unwrap();
        println!(
            "| {label} | {} {:.1} MB | {} | {} | {} | {} | {:.2} ({:.1}) | {:.0} MB | {:.1} MB | {:.0} | {:.1} ms | {:.0} MB | {:.0} MB |",
            middle["format"].as_str().unwrap(),
            number(middle, "source_bytes") / 1e6,
            middle["road_ways"],
            count("edges"),
            count("crossings"),
            count("names"),
            number(middle, "cpu_s"),
            number(middle, "source_bytes") / 1e6 / number(middle, "cpu_s"),
            number(middle, "peak_bytes") / 1e6,
            number(middle, "file_bytes") / 1e6,
            number(middle, "file_bytes") / count("edges") as f64,
            number(&open, "open_ms"),
            (number(&open, "open_bytes") - number(&open, "program_bytes")) / 1e6,
            (number(&open, "ready_bytes") - number(&open, "program_bytes")) / 1e6,
        );
    }
    println!(
        "\nMedians of five imports, each a process of its own; CPU seconds are user and system time of its one thread. The ten tiles are Porto \
         Alegre's roads laid out 5 × 2, names told apart by tile, neighbours joined by 12 links (`gongzhi_testkit::tiled`). Resident: the file held in \
         memory whole and read once (a memory map holds only what is touched), and after the first question by name, which builds the search index."
    );
    std::fs::remove_dir_all(&folder).unwrap();
}

fn run(arguments: &[&str]) -> String {
    let output = Command::new(std::env::current_exe().unwrap()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap()
}

/// CPU seconds of this process's main thread.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|v| v.parse::<f64>().ok()).map_or(f64::NAN, |ns| ns / 1e9)
}

/// A line of `/proc/self/status`, bytes.
fn status(key: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':'));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) * 1024
}
