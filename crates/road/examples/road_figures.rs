//! Figures of the road crate on real extracts: seconds, megabytes, rates. Prints a table; see docs/benchmarks.md.
//!
//! `cargo run --release -p gongzhi-road --example road_figures [DATA]`, DATA as in `GONGZHI_TEST_DATA`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_road::import::{self, Options};
use gongzhi_road::{Network, PlaceRef};

fn main() {
    let data = std::env::args()
        .nth(1)
        .or_else(|| std::env::var("GONGZHI_TEST_DATA").ok())
        .map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    for file in ["porto_alegre.osm.pbf", "shanghai_center.osm.bz2", "lower_saxony_main_roads.osm.gz", "helsinki_centre.osm.pbf"] {
        let Ok(bytes) = std::fs::read(data.join("osm").join(file)) else {
            println!("SKIPPED: {file} not found under {}", data.display());
            continue;
        };
        let started = Instant::now();
        let imported = import::osm(&bytes, &Options::default(), &mut |_| {}).unwrap();
        let seconds = started.elapsed().as_secs_f64();
        let megabytes = imported.bytes.len() as f64 / 1e6;
        println!("\n{file}: import {seconds:.2} s, {megabytes:.1} MB, peak {} of the process so far", peak());
        println!("  {}", serde_json::to_string(&imported.summary).unwrap());
        let bytes: Arc<Vec<u8>> = Arc::new(imported.bytes);
        let started = Instant::now();
        let network = Network::from_bytes(bytes).unwrap();
        println!("  open {:.3} ms", started.elapsed().as_secs_f64() * 1e3);
        snaps(&network);
        tiles(&network);
        finds(&network);
        if file.starts_with("porto") {
            crashes(&network, &data);
        }
    }
}

fn snaps(network: &Network) {
    let b = network.bounds();
    let points: Vec<Point> = (0..200_000u64)
        .map(|i| {
            let (u, v) = (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40, i.wrapping_mul(0xD1B5_4A32_D192_ED03) >> 40);
            let share = |v: u64| v as f64 / (1u64 << 24) as f64;
            Point::new(b.west + (b.east - b.west) * share(u), b.south + (b.north - b.south) * share(v))
        })
        .collect();
    let started = Instant::now();
    let hits = points.iter().filter(|p| network.snap(**p, 200.0).is_some()).count();
    println!(
        "  snap {:.0}/s ({} of {} random points within 200 m)",
        points.len() as f64 / started.elapsed().as_secs_f64(),
        hits,
        points.len()
    );
}

fn tiles(network: &Network) {
    let c = network.bounds().center();
    for z in [8u8, 10, 12, 13, 14, 15, 16] {
        let n = f64::from(1u32 << z);
        let x = ((c.lon + 180.0) / 360.0 * n) as u32;
        let y = ((1.0 - c.lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * n) as u32;
        let started = Instant::now();
        let (mut most, mut bytes, mut count) = (0.0f64, 0usize, 0);
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let one = Instant::now();
            bytes += network.tile(z, x + dx, y + dy).len();
            most = most.max(one.elapsed().as_secs_f64() * 1e3);
            count += 1;
        }
        println!(
            "  tile z{z}: mean {:.2} ms, most {most:.2} ms, mean {:.1} kB",
            started.elapsed().as_secs_f64() * 1e3 / f64::from(count),
            bytes as f64 / 1e3 / f64::from(count)
        );
    }
}

/// Every crossing of two named roads, asked for in words.
fn finds(network: &Network) {
    let started = Instant::now();
    let _ = network.find("xx", 1);
    println!("  find: index built in {:.0} ms", started.elapsed().as_secs_f64() * 1e3);
    let asked: Vec<(String, Point)> = network
        .crossings()
        .filter(|(_, c)| c.roads.len() > 1)
        .take(5_000)
        .map(|(_, c)| {
            (
                if c.roads[0].is_ascii() {
                    format!("{} / {}", c.roads[0], c.roads[1])
                } else {
                    format!("{}与{}交叉口", c.roads[0], c.roads[1])
                },
                c.point,
            )
        })
        .collect();
    let started = Instant::now();
    let mut near = (0, 0);
    for (words, at) in &asked {
        let found = network.find(words, 3);
        let close = |c: &gongzhi_road::Candidate| matches!(c.place, PlaceRef::Crossing(_)) && haversine_m(c.point, *at) < 50.0;
        near.0 += usize::from(found.first().is_some_and(close));
        near.1 += usize::from(found.iter().any(close));
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "  find: {} crossings asked by name, first answer right {}, among three {}; {:.0} phrases/s",
        asked.len(),
        near.0,
        near.1,
        asked.len() as f64 / seconds
    );
}

fn crashes(network: &Network, data: &Path) {
    let (mut inside, mut within, mut beyond) = (0u32, 0u32, 0u32);
    let mut far: Vec<(f64, String)> = Vec::new();
    let (mut pairs, mut found, mut right, mut sure, mut sure_right) = (0u32, 0u32, 0u32, 0u32, 0u32);
    let mut seconds = 0.0;
    for year in ["2011", "2013", "2014", "2015", "2016"] {
        let Ok(packed) = std::fs::read(data.join(format!("crash/porto_alegre/acidentes-{year}.csv.xz"))) else {
            println!("  SKIPPED: crashes of {year} not found");
            continue;
        };
        let mut raw = Vec::new();
        xz2::read::XzDecoder::new(&packed[..]).read_to_end(&mut raw).unwrap();
        for line in String::from_utf8_lossy(&raw).lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let (Ok(lat), Ok(lon)) = (cells[0].parse::<f64>(), cells.get(1).unwrap_or(&"").parse::<f64>()) else { continue };
            if !(-51.2664..=-51.1322).contains(&lon) || !(-30.1133..=-29.9876).contains(&lat) {
                continue;
            }
            inside += 1;
            let at = Point::new(lon, lat);
            match network.snap(at, 500.0) {
                Some(s) if s.distance_m <= 50.0 => within += 1,
                s => {
                    beyond += u32::from(beyond_the_roads(network, at));
                    far.push((s.map_or(500.0, |s| s.distance_m), format!("{lat},{lon} {} / {}", cells[2], cells[3])));
                }
            }
            if !cells[2].is_empty() && !cells[3].is_empty() {
                pairs += 1;
                let started = Instant::now();
                let answers = network.find(&format!("{} / {}", cells[2], cells[3]), 1);
                seconds += started.elapsed().as_secs_f64();
                if let Some(first) = answers.first() {
                    let near = haversine_m(first.point, at) <= 100.0;
                    let crossing = matches!(first.place, PlaceRef::Crossing(_));
                    found += u32::from(crossing);
                    right += u32::from(crossing && near);
                    sure += u32::from(first.confidence >= 0.8);
                    sure_right += u32::from(first.confidence >= 0.8 && near);
                }
            }
        }
    }
    println!(
        "  crashes: {inside} inside the box, {within} within 50 m of a road ({:.2} %)",
        100.0 * f64::from(within) / f64::from(inside.max(1))
    );
    println!(
        "    of the {} others {beyond} lie beyond the edge of the extract's roads (no road in a corridor 300 m wide and 2.5 km long to one side); of those among the roads {:.2} % are within 50 m",
        far.len(),
        100.0 * f64::from(within) / f64::from((inside - beyond).max(1))
    );
    far.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (distance, what) in far.iter().step_by((far.len() / 8).max(1)) {
        println!("    farther: {distance:.0} m {what}");
    }
    println!(
        "  crashes with two street names: {pairs}; a crossing found for {found}, within 100 m of the police's coordinate {right}; confidence >= 0.8: {sure}, of them within 100 m {sure_right}; {:.0} phrases/s",
        f64::from(pairs) / seconds.max(1e-9)
    );
}

/// Whether the extract has no road to the north, south, east or west of a point.
fn beyond_the_roads(network: &Network, at: Point) -> bool {
    let (north, east) = (100.0 / 111_195.0, 100.0 / 111_195.0 / at.lat.to_radians().cos());
    [(0.0, 1.0), (0.0, -1.0), (1.0, 0.0), (-1.0, 0.0)].iter().any(|(x, y)| {
        (1..=25).all(|i| {
            let steps = f64::from(i);
            network
                .snap(Point::new(at.lon + x * east * steps, at.lat + y * north * steps), 150.0)
                .is_none_or(|s| haversine_m(s.point, at) < 150.0)
        })
    })
}

fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find_map(|l| l.strip_prefix("VmHWM:")).map_or("unknown".to_owned(), |v| v.trim().to_owned())
}
