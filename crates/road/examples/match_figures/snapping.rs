//! Single reports: nearest edge, side, level, confidence.

use gongzhi_civic::place::haversine_m;
use gongzhi_road::{AmbiguityKind, Network, Side, SnapOptions};
use gongzhi_testkit::drive::{Device, Drive, Report, Roads};

use crate::cpu_s;

pub fn print(networks: &[(&str, Network)]) {
    println!("\n## Snapping\n");
    println!(
        "Reports of simulated drives (a vehicle in its lane, independent Gaussian noise of σ per coordinate, headings 10° off, no outliers). \"Nearest\" is `snap_with`; the other columns are `snap_all`. \"Road\" is right if name, class, level and direction are those of the true edge; \"side\" if the answer is on the true side of the road's line (left, right or within 2 m, by the true position); \"offset\" is the distance between answer and true place on the line.\n"
    );
    println!(
        "| network | noise σ | heading | reports | nearest: edge | edge | road | median offset | side | said to be ambiguous | road where not ambiguous | confidence said | road right | reports/CPU s |"
    );
    println!("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (name, network) in networks {
        let roads = Roads::new(network);
        let drives = drives(&roads, network);
        for sigma_m in [5.0, 20.0] {
            for heading in [false, true] {
                let device = Device { every_s: 13, sigma_m, outliers: 0.0, heading };
                row(name, network, &roads, &drives, &device);
            }
        }
    }
    levels(networks);
    confidence(networks);
}

fn drives(roads: &Roads<'_>, network: &Network) -> Vec<Drive> {
    let (least, most) = if network.counts().edges > 2_000 { (2_500.0, 8_000.0) } else { (700.0, 2_000.0) };
    (0..400).filter_map(|n| roads.drive(7, n, least, most)).take(120).collect()
}

fn reports(drives: &[Drive], device: &Device) -> Vec<Report> {
    drives.iter().enumerate().flat_map(|(n, d)| d.reports(device, 300 + n as u64)).collect()
}

fn same_road(network: &Network, a: u32, b: u32) -> bool {
    let (a, b) = (network.edge(a).unwrap(), network.edge(b).unwrap());
    let way = |e: &gongzhi_road::EdgeView| {
        let (first, last) = (e.line[0], e.line[e.line.len() - 1]);
        ((last.lon - first.lon) * first.lat.to_radians().cos(), last.lat - first.lat)
    };
    let ((ax, ay), (bx, by)) = (way(&a), way(&b));
    a.name == b.name && a.class == b.class && a.level == b.level && ax * bx + ay * by > 0.0
}

fn row(name: &str, network: &Network, roads: &Roads<'_>, drives: &[Drive], device: &Device) {
    let reports = reports(drives, device);
    let (mut nearest, mut edge, mut road, mut side, mut unsure, mut sure_right, mut said) = (0, 0, 0, 0, 0, 0, 0.0);
    let mut offsets = Vec::new();
    let started = cpu_s();
    let answers: Vec<_> = reports.iter().map(|r| network.snap_all(&r.fix, &SnapOptions::default())).collect();
    let seconds = cpu_s() - started;
    for (report, answer) in reports.iter().zip(&answers) {
        let truth = &report.truth;
        let plain = network.snap_with(report.fix.point, report.fix.heading_deg, None, 100.0);
        nearest += usize::from(plain.is_some_and(|s| s.edge == truth.edge));
        let Some(best) = &answer.best else { continue };
        edge += usize::from(best.edge == truth.edge);
        let right = same_road(network, best.edge, truth.edge);
        road += usize::from(right);
        said += answer.confidence;
        unsure += usize::from(answer.ambiguous.is_some());
        sure_right += usize::from(answer.ambiguous.is_none() && right);
        if right {
            let true_place = gongzhi_testkit::drive::along(&roads.edge(truth.edge).line, truth.offset_m).0;
            offsets.push(haversine_m(true_place, best.point));
        }
        // The true side: where the vehicle truly is, seen from the answer's own edge.
        let true_side = network.snap_with(truth.point, Some(truth.heading_deg), None, 50.0).filter(|s| s.edge == best.edge).map(|s| s.side);
        side += usize::from(true_side.is_some_and(|s| s == best.side || s == Side::On && best.distance_m < 2.0 + device.sigma_m));
    }
    offsets.sort_by(f64::total_cmp);
    let share = |n: usize| 100.0 * n as f64 / reports.len() as f64;
    println!(
        "| {name} | {} m | {} | {} | {:.1} % | {:.1} % | {:.1} % | {:.1} m | {:.1} % | {:.1} % | {:.1} % | {:.1} % | {:.1} % | {:.0} |",
        device.sigma_m,
        if device.heading { "yes" } else { "no" },
        reports.len(),
        share(nearest),
        share(edge),
        share(road),
        offsets.get(offsets.len() / 2).copied().unwrap_or(0.0),
        share(side),
        share(unsure),
        100.0 * sure_right as f64 / (reports.len() - unsure).max(1) as f64,
        100.0 * said / reports.len() as f64,
        share(road),
        reports.len() as f64 / seconds,
    );
}

/// Reports from places where roads of another level lie within 30 m.
fn levels(networks: &[(&str, Network)]) {
    println!(
        "\nLevel, for reports with a road of another level within 30 m of the true place. \"Crossed\": that road runs at more than 30° to the way driven; \"stacked\": it runs along it. \"Flagged\": said to be ambiguous in its level.\n"
    );
    println!("| network | noise σ | heading | crossed | level right | right or flagged | stacked | level right | right or flagged |");
    println!("|---|---:|---|---:|---:|---:|---:|---:|---:|");
    for (name, network) in networks.iter().filter(|(n, _)| *n != "Helsinki") {
        let roads = Roads::new(network);
        let drives: Vec<Drive> = (0..2_000).filter_map(|n| roads.drive(8, n, 2_500.0, 8_000.0)).take(300).collect();
        for (sigma_m, heading) in [(5.0, false), (5.0, true), (20.0, true)] {
            let mut counts = [[0usize; 3]; 2];
            for report in reports(&drives, &Device { every_s: 5, sigma_m, outliers: 0.0, heading }) {
                let here = network.edge(report.truth.edge).unwrap();
                let near: Vec<_> = [-3i8, -2, -1, 0, 1, 2, 3]
                    .into_iter()
                    .filter(|l| *l != here.level)
                    .filter_map(|l| network.snap_with(report.truth.point, None, Some(l), 30.0))
                    .collect();
                if near.is_empty() {
                    continue;
                }
                let stacked = near.iter().any(|s| {
                    let line = network.edge(s.edge).unwrap().line;
                    let (_, bearing) = gongzhi_testkit::drive::along(&line, s.offset_m);
                    let apart = (bearing - report.truth.heading_deg).rem_euclid(180.0);
                    apart.min(180.0 - apart) < 30.0
                });
                let answer = network.snap_all(&report.fix, &SnapOptions::default());
                let right = answer.best.as_ref().is_some_and(|b| b.level == here.level);
                let flagged = answer.ambiguous.is_some_and(|a| a.kind == AmbiguityKind::Level);
                let count = &mut counts[usize::from(stacked)];
                count[0] += 1;
                count[1] += usize::from(right);
                count[2] += usize::from(right || flagged);
            }
            let percent = |c: [usize; 3], i: usize| 100.0 * c[i] as f64 / c[0].max(1) as f64;
            let [crossed, stacked] = counts;
            println!(
                "| {name} | {sigma_m} m | {} | {} | {:.2} % | {:.2} % | {} | {:.2} % | {:.2} % |",
                if heading { "yes" } else { "no" },
                crossed[0],
                percent(crossed, 1),
                percent(crossed, 2),
                stacked[0],
                percent(stacked, 1),
                percent(stacked, 2),
            );
        }
    }
}

/// How often answers are right by the confidence they are given with.
fn confidence(networks: &[(&str, Network)]) {
    println!(
        "\nConfidence in the directed edge against how often it is right, all networks, noise 5 and 20 m, with and without heading:\n"
    );
    println!("| confidence said | reports | mean said | right |");
    println!("|---|---:|---:|---:|");
    let mut bands = [(0usize, 0.0f64, 0usize); 10];
    for (_, network) in networks {
        let roads = Roads::new(network);
        let drives = drives(&roads, network);
        for (sigma_m, heading) in [(5.0, false), (5.0, true), (20.0, false), (20.0, true)] {
            for report in reports(&drives, &Device { every_s: 17, sigma_m, outliers: 0.0, heading }) {
                let answer = network.snap_all(&report.fix, &SnapOptions::default());
                let band = &mut bands[((answer.edge_confidence * 10.0) as usize).min(9)];
                band.0 += 1;
                band.1 += answer.edge_confidence;
                band.2 += usize::from(answer.best.is_some_and(|b| b.edge == report.truth.edge));
            }
        }
    }
    for (i, (count, said, right)) in bands.into_iter().enumerate().filter(|(_, b)| b.0 > 0) {
        let n = count as f64;
        println!(
            "| {:.1}–{:.1} | {count} | {:.1} % | {:.1} % |",
            i as f64 / 10.0,
            (i + 1) as f64 / 10.0,
            100.0 * said / n,
            100.0 * right as f64 / n
        );
    }
}
