//! Figures of snapping, map matching and datum detection on simulated drives through real networks. Prints Markdown.
//!
//! `cargo run --release -p gongzhi-road --example match_figures [DATA [TRACES]]`, DATA as in `GONGZHI_TEST_DATA`; with TRACES, a
//! folder, the traces and our answers are written there for `bench/road/match_rival.py`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use gongzhi_road::import::{self, Options};
use gongzhi_road::track::{MatchOptions, MatchedTrack, Matcher, OnlineMatcher};
use gongzhi_road::{Fix, Network};
use gongzhi_testkit::drive::{Device, Drive, Report, Roads};

fn main() {
    let data = std::env::args()
        .nth(1)
        .or_else(|| std::env::var("GONGZHI_TEST_DATA").ok())
        .map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    for (name, file) in
        [("Porto Alegre", "porto_alegre.osm.pbf"), ("Shanghai", "shanghai_center.osm.bz2"), ("Helsinki", "helsinki_centre.osm.pbf")]
    {
        let Ok(bytes) = std::fs::read(data.join("osm").join(file)) else {
            println!("SKIPPED: {file} not found under {}", data.display());
            continue;
        };
        let network = Network::from_vec(import::osm(&bytes, &Options::default(), &mut |_| {}).unwrap().bytes).unwrap();
        matching(name, &network);
    }
}

fn matching(name: &str, network: &Network) {
    let roads = Roads::new(network);
    let (least, most) = if network.counts().edges > 2_000 { (2_500.0, 8_000.0) } else { (700.0, 2_000.0) };
    let drives: Vec<Drive> = (0..400).filter_map(|n| roads.drive(7, n, least, most)).take(120).collect();
    let km: f64 = drives.iter().map(|d| d.metres(d.truth.last().unwrap())).sum::<f64>() / 1_000.0;
    println!("\n### {name}: {} drives, {km:.0} km\n", drives.len());
    println!(
        "| every | noise σ | heading | fixes | directed edge | OSM way | on the way driven | wrong or missed way (N&K) | outliers caught | good fixes lost | breaks | online (≤ 2 later) | fixes/s |"
    );
    println!("|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for heading in [false, true] {
        for every_s in [1, 10, 30, 60] {
            for sigma_m in [5.0, 10.0, 20.0, 50.0] {
                row(network, &roads, &drives, &Device { every_s, sigma_m, outliers: 0.02, heading });
            }
        }
    }
}

#[derive(Default)]
struct Score {
    fixes: usize,
    edge: usize,
    way: usize,
    driven: usize,
    online: usize,
    outliers: usize,
    caught: usize,
    lost: usize,
    breaks: usize,
    true_m: f64,
    added_m: f64,
    missed_m: f64,
}

fn row(network: &Network, roads: &Roads<'_>, drives: &[Drive], device: &Device) {
    let mut matcher = Matcher::new(network, MatchOptions::default());
    let mut score = Score::default();
    let mut seconds = 0.0;
    let mut pushed = 0;
    for (n, drive) in drives.iter().enumerate() {
        let reports = drive.reports(device, 1_000 + n as u64);
        let fixes: Vec<Fix> = reports.iter().map(|r| r.fix).collect();
        pushed += fixes.len();
        let started = Instant::now();
        let matched = matcher.match_track(&fixes);
        seconds += started.elapsed().as_secs_f64();
        score_track(network, roads, drive, &reports, &matched, device, &mut score);
        let mut online = OnlineMatcher::new();
        let mut said: Vec<_> = fixes.iter().flat_map(|f| online.push(&mut matcher, *f)).collect();
        said.extend(online.finish(&mut matcher));
        for (report, fix) in reports.iter().zip(&said) {
            let right = fix.place.as_ref().is_ok_and(|on| on_the_way(drive, report, on.edge, device));
            score.online += usize::from(!report.outlier && right);
        }
    }
    let share = |n: usize| 100.0 * n as f64 / score.fixes.max(1) as f64;
    println!(
        "| {} s | {} m | {} | {} | {:.2} % | {:.2} % | {:.2} % | {:.2} % | {} of {} | {:.2} % | {} | {:.2} % | {:.0} |",
        device.every_s,
        device.sigma_m,
        if device.heading { "yes" } else { "no" },
        score.fixes,
        share(score.edge),
        share(score.way),
        share(score.driven),
        100.0 * (score.added_m + score.missed_m) / score.true_m.max(1.0),
        score.caught,
        score.outliers,
        share(score.lost),
        score.breaks,
        share(score.online),
        pushed as f64 / seconds,
    );
}

/// The edge is one the vehicle drove within three standard deviations (30 m at least) of where it truly was.
fn on_the_way(drive: &Drive, report: &Report, edge: u32, device: &Device) -> bool {
    let near = (3.0 * device.sigma_m).max(30.0);
    let at = drive.metres(&report.truth);
    drive.edges.iter().enumerate().any(|(i, e)| {
        let end = drive.starts_m.get(i + 1).copied().unwrap_or(f64::MAX);
        *e == edge && drive.starts_m[i] <= at + near && end >= at - near
    })
}

fn score_track(
    network: &Network,
    roads: &Roads<'_>,
    drive: &Drive,
    reports: &[Report],
    matched: &MatchedTrack,
    device: &Device,
    score: &mut Score,
) {
    for (report, fix) in reports.iter().zip(&matched.fixes) {
        if report.outlier {
            score.outliers += 1;
            score.caught += usize::from(fix.place.is_err());
            continue;
        }
        score.fixes += 1;
        let Ok(on) = &fix.place else {
            score.lost += 1;
            continue;
        };
        score.edge += usize::from(on.edge == report.truth.edge);
        score.way += usize::from(network.osm_way(on.edge) == network.osm_way(report.truth.edge));
        score.driven += usize::from(on_the_way(drive, report, on.edge, device));
    }
    score.breaks += matched.pieces.len().saturating_sub(1);
    // Newson & Krumm's route mismatch: metres added and metres missed, over metres driven between first and last report.
    let (first, last) = (reports[0].truth, reports[reports.len() - 1].truth);
    let mut driven: BTreeMap<u32, f64> = BTreeMap::new();
    for step in first.step..=last.step {
        let edge = drive.edges[step];
        let from = if step == first.step { first.offset_m } else { 0.0 };
        let to = if step == last.step { last.offset_m } else { roads.edge(edge).length_m };
        *driven.entry(edge).or_default() += (to - from).max(0.0);
    }
    let mut found: BTreeMap<u32, f64> = BTreeMap::new();
    for part in matched.pieces.iter().flat_map(|p| &p.driven) {
        *found.entry(part.edge).or_default() += (part.to_m - part.from_m).max(0.0);
    }
    score.true_m += driven.values().sum::<f64>();
    for (edge, metres) in &driven {
        score.missed_m += (metres - found.get(edge).copied().unwrap_or(0.0)).max(0.0);
    }
    for (edge, metres) in &found {
        score.added_m += (metres - driven.get(edge).copied().unwrap_or(0.0)).max(0.0);
    }
}
