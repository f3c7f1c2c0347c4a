//! Whole tracks and tracks as they run, against drives of known truth.

use std::collections::BTreeMap;

use gongzhi_road::track::{MatchOptions, MatchedTrack, Matcher, OnlineMatcher};
use gongzhi_road::{Fix, Network};
use gongzhi_testkit::drive::{Device, Drive, Report, Roads};

use crate::cpu_s;

/// A track for the rival: time, place, accuracy, true way, our way by position alone, our way by heading too, whether it is an outlier.
type Told = (f64, f64, f64, f64, Option<i64>, Option<i64>, Option<i64>, bool);

fn write_traces(name: &str, network: &Network, drives: &[Drive]) {
    let Some(folder) = std::env::args().nth(2) else { return };
    for every_s in [10, 30, 60] {
        let mut matcher = Matcher::new(network, options(every_s));
        for sigma_m in [5.0, 10.0, 20.0, 50.0] {
            let device = Device { every_s, sigma_m, outliers: 0.02, heading: true };
            let mut spent_s = 0.0;
            let tracks: Vec<Vec<Told>> = drives
                .iter()
                .enumerate()
                .map(|(n, drive)| {
                    let reports = drive.reports(&device, 1_000 + n as u64);
                    let full: Vec<Fix> = reports.iter().map(|r| r.fix).collect();
                    let bare: Vec<Fix> = full.iter().map(|f| Fix { heading_deg: None, speed_mps: None, ..*f }).collect();
                    let started = cpu_s();
                    let by_position = matcher.match_track(&bare);
                    spent_s += cpu_s() - started;
                    let by_heading = matcher.match_track(&full);
                    let way = |m: &MatchedTrack, i: usize| m.fixes[i].place.as_ref().ok().and_then(|on| network.osm_way(on.edge));
                    reports
                        .iter()
                        .enumerate()
                        .map(|(i, r)| {
                            let p = r.fix.point;
                            let truth = network.osm_way(r.truth.edge);
                            (r.fix.at_ms as f64 / 1e3, p.lon, p.lat, sigma_m, truth, way(&by_position, i), way(&by_heading, i), r.outlier)
                        })
                        .collect()
                })
                .collect();
            let file = format!("{folder}/{}_{every_s}_{sigma_m}.json", name.replace(' ', "_"));
            std::fs::write(
                file,
                serde_json::json!({ "network": name, "every_s": every_s, "sigma_m": sigma_m, "cpu_s": spent_s, "tracks": tracks })
                    .to_string(),
            )
            .unwrap();
        }
    }
}

pub fn print(name: &str, network: &Network) {
    let roads = Roads::new(network);
    let (least, most) = if network.counts().edges > 2_000 { (2_500.0, 8_000.0) } else { (700.0, 2_000.0) };
    let drives: Vec<Drive> = (0..400).filter_map(|n| roads.drive(7, n, least, most)).take(120).collect();
    let km: f64 = drives.iter().map(|d| d.metres(d.truth.last().unwrap())).sum::<f64>() / 1_000.0;
    write_traces(name, network, &drives);
    println!("\n### {name}: {} drives, {km:.0} km\n", drives.len());
    println!(
        "| every | noise σ | heading | fixes | directed edge | true way known | OSM way | on the way driven | wrong or missed way (N&K) | outliers caught | good fixes lost | breaks | online (≤ 2 later) | fixes/CPU s |"
    );
    println!("|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for heading in [false, true] {
        for every_s in [1, 10, 30, 60] {
            for sigma_m in [5.0, 10.0, 20.0, 50.0] {
                row(network, &roads, &drives, &Device { every_s, sigma_m, outliers: 0.02, heading });
            }
        }
    }
}

fn options(every_s: usize) -> MatchOptions {
    MatchOptions { gap_s: (3.0 * every_s as f64).max(60.0), ..MatchOptions::default() }
}

#[derive(Default)]
struct Score {
    fixes: usize,
    edge: usize,
    way: usize,
    driven: usize,
    known: usize,
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
    let mut matcher = Matcher::new(network, options(device.every_s));
    let mut score = Score::default();
    let mut seconds = 0.0;
    let mut pushed = 0;
    for (n, drive) in drives.iter().enumerate() {
        let reports = drive.reports(device, 1_000 + n as u64);
        let fixes: Vec<Fix> = reports.iter().map(|r| r.fix).collect();
        pushed += fixes.len();
        let started = cpu_s();
        let matched = matcher.match_track(&fixes);
        seconds += cpu_s() - started;
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
        "| {} s | {} m | {} | {} | {:.2} % | {:.2} % | {:.2} % | {:.2} % | {:.2} % | {} of {} | {:.2} % | {} | {:.2} % | {:.0} |",
        device.every_s,
        device.sigma_m,
        if device.heading { "yes" } else { "no" },
        score.fixes,
        share(score.edge),
        share(score.known),
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

/// Edge of the nearest spot to a report on the way truly driven near it.
fn nearest_driven(roads: &Roads<'_>, drive: &Drive, report: &Report, device: &Device) -> u32 {
    let mut best = (f64::MAX, report.truth.edge);
    for (i, edge) in drive.edges.iter().enumerate() {
        let at = drive.metres(&report.truth);
        let end = drive.starts_m.get(i + 1).copied().unwrap_or(f64::MAX);
        if drive.starts_m[i] > at + 4.0 * device.sigma_m || end < at - 4.0 * device.sigma_m {
            continue;
        }
        let line = &roads.edge(*edge).line;
        let metres = roads.edge(*edge).length_m;
        let steps = (metres / 2.0).ceil().max(1.0) as usize;
        for step in 0..=steps {
            let (p, _) = gongzhi_testkit::drive::along(line, metres * step as f64 / steps as f64);
            let d = gongzhi_civic::place::haversine_m(p, report.fix.point);
            if d < best.0 {
                best = (d, *edge);
            }
        }
    }
    best.1
}

#[allow(clippy::too_many_arguments)]
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
        score.known += usize::from(nearest_driven(roads, drive, report, device) == report.truth.edge);
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
