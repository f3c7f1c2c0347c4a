//! Figures of snapping, map matching and datum detection on simulated drives through real networks. Prints Markdown.
//!
//! `cargo run --release -p gongzhi-road --example match_figures [DATA [TRACES]]`, DATA as in `GONGZHI_TEST_DATA`; with TRACES, a
//! folder, the traces and our answers are written there for `bench/road/match_rival.py`. Rates are per CPU second of this thread.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod datums;
mod matching;
mod snapping;

use std::path::PathBuf;

use gongzhi_demo::{City, Plan};
use gongzhi_road::Network;
use gongzhi_road::import::{self, Options};

fn main() {
    let data = std::env::args()
        .nth(1)
        .or_else(|| std::env::var("GONGZHI_TEST_DATA").ok())
        .map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let mut networks: Vec<(&str, Network)> = Vec::new();
    for (name, file) in
        [("Porto Alegre", "porto_alegre.osm.pbf"), ("Shanghai", "shanghai_center.osm.bz2"), ("Helsinki", "helsinki_centre.osm.pbf")]
    {
        match std::fs::read(data.join("osm").join(file)) {
            Ok(bytes) => networks.push((name, network(&bytes))),
            Err(_) => println!("SKIPPED: {file} not found under {}", data.display()),
        }
    }
    let city = City::generate(&Plan::new(7, jiff::civil::date(2026, 11, 1)));
    networks.push(("demo city", network(&city.osm_xml())));

    snapping::print(&networks);
    for (name, network) in &networks {
        matching::print(name, network);
    }
    for (name, network) in networks.iter().filter(|(n, _)| ["Shanghai", "demo city"].contains(n)) {
        datums::print(name, network);
    }
}

fn network(bytes: &[u8]) -> Network {
    Network::from_vec(import::osm(bytes, &Options::default(), &mut |_| {}).unwrap().bytes).unwrap()
}

/// Seconds of processor this thread has had; the wall clock where the system does not say.
fn cpu_s() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    told.and_then(|t| t.split(' ').next()?.parse::<f64>().ok())
        .map_or_else(|| std::time::UNIX_EPOCH.elapsed().unwrap().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}
