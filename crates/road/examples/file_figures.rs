//! Figures of the network file: import speed, file size, memory. Prints Markdown; see `bench/road/file.py`.
//!
//! `file_figures import FILE [ROUNDS]` imports one file and prints `cpu seconds` of each round; without arguments, the tables.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use std::time::Instant;

use gongzhi_road::import::{self, Options};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let bytes = std::fs::read(&arguments[1]).unwrap();
    for _ in 0..arguments.get(2).map_or(1, |r| r.parse().unwrap()) {
        let started = Instant::now();
        let mut stages = Vec::new();
        let imported = import::osm(&bytes, &Options::default(), &mut |p| {
            if stages.last().is_none_or(|(s, d, _)| *s != p.stage || p.done != *d && p.stage != import::Stage::Reading) {
                stages.push((p.stage, p.done, started.elapsed()));
            }
        })
        .unwrap();
        println!("{:?} {} bytes", started.elapsed(), imported.bytes.len());
        for s in &stages {
            eprintln!("{s:?}");
        }
    }
}
