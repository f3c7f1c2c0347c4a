//! Prints what network maps cost, as Markdown.
//!
//! `network_figures FOLDER|--only-real|--only-waves [FOLDER] [--short] [--data DATA]`: FOLDER holds `city.net` and `town.net` as `bench/risk/network.py` writes them
//! (a line `nodes edges`, then for each edge `u v length count offset …`). DATA is as in `GONGZHI_TEST_DATA` and adds the
//! streets and crashes of Porto Alegre. Seconds are CPU time, user and system, of all threads; the least of the rounds.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use gongzhi_civic::place::Point;
use gongzhi_risk::network::{DistanceTable, Edge, Estimator, Event, Graph, LiveDensity, Lixels, NetworkDensity, Options, Records, Waves};
use gongzhi_road::{Network, import};

const LIXEL_M: f64 = 10.0;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let short = args.iter().position(|a| a == "--short").map(|at| args.remove(at)).is_some();
    let data = args.iter().position(|a| a == "--data").map(|at| args.drain(at..(at + 2).min(args.len())).nth(1).unwrap_or_default());
    let rounds = if short { 1 } else { 5 };
    if args.first().is_some_and(|a| a == "--only-waves") {
        if let Some(folder) = args.get(1) {
            made_waves(&read(&Path::new(folder).join("city.net"))?, rounds.min(2))?;
        }
        return waves(&porto_alegre(Path::new(data.as_deref().unwrap_or_default()))?, rounds.min(2));
    }
    if args.first().is_some_and(|a| a == "--only-real") {
        return real(Path::new(data.as_deref().unwrap_or_default()), rounds);
    }
    let folder = args.first().ok_or("usage: network_figures FOLDER [--short] [--data DATA]")?;
    let city = Arc::new(read(&Path::new(folder).join("city.net"))?);
    let town = Arc::new(read(&Path::new(folder).join("town.net"))?);

    println!("### One map, simple estimator\n");
    println!("{HEAD}");
    for (name, case, bandwidths) in [("city", &city, &[500.0, 1000.0][..]), ("town", &town, &[500.0, 1000.0, 2000.0])] {
        for &bandwidth in bandwidths {
            row(name, &case.graph, &case.events, &Options::new(bandwidth), rounds)?;
        }
    }
    println!("\n### Cost by number of events, city, 500 m\n\n{HEAD}");
    for n in [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000] {
        row("city", &city.graph, &resampled(&city, n), &Options::new(500.0), rounds)?;
    }
    println!("\n### Cost by bandwidth, city, 1 M events\n\n{HEAD}");
    for bandwidth in [100.0, 200.0, 300.0, 500.0, 700.0] {
        row("city", &city.graph, &city.events, &Options::new(bandwidth), rounds)?;
    }
    made_waves(&city, rounds.min(2))?;
    match data {
        Some(data) => real(Path::new(&data), rounds),
        None => Ok(()),
    }
}

fn real(data: &Path, rounds: usize) -> Result<(), Box<dyn Error>> {
    let case = porto_alegre(data)?;
    println!("\n### Crashes of Porto Alegre, 2011 and 2013–16, all estimators\n\n{HEAD}");
    for estimator in [Estimator::Simple, Estimator::EqualSplitDiscontinuous, Estimator::EqualSplitContinuous] {
        let wide = estimator != Estimator::EqualSplitContinuous;
        for &bandwidth in if wide { &[200.0, 300.0, 500.0][..] } else { &[100.0, 150.0, 200.0] } {
            let options = Options { estimator, ..Options::new(bandwidth) };
            if let Err(reason) = row("Porto Alegre", &case.graph, &case.events, &options, rounds) {
                println!("| Porto Alegre | | | {} | {bandwidth} m | refused: {reason} | | | | | |", estimator.name());
            }
        }
    }
    shares(&case)?;
    waves(&case, rounds.min(2))
}

fn made_waves(city: &Case, rounds: usize) -> Result<(), Box<dyn Error>> {
    println!("\n### Equal split by waves, city, 500 m\n\n{WAVE_HEAD}");
    for estimator in [Estimator::EqualSplitDiscontinuous, Estimator::EqualSplitContinuous] {
        for step_m in [1.0, 2.0] {
            wave_row("city", city, &Options { estimator, ..Options::new(500.0) }, step_m, rounds, None)?;
        }
    }
    Ok(())
}

/// What waves cost, and how far they are from the exact map where there is one.
fn waves(case: &Case, rounds: usize) -> Result<(), Box<dyn Error>> {
    println!("\n### Equal split by waves, Porto Alegre\n\n{WAVE_HEAD}");
    for estimator in [Estimator::EqualSplitDiscontinuous, Estimator::EqualSplitContinuous] {
        for bandwidth in [100.0, 200.0, 300.0, 500.0, 1000.0] {
            let options = Options { estimator, ..Options::new(bandwidth) };
            let widest = if estimator == Estimator::EqualSplitContinuous { 100.0 } else { 300.0 };
            let exact = if bandwidth <= widest { Some(exact(case, &options)?) } else { None };
            for step_m in [1.0, 2.0] {
                wave_row("Porto Alegre", case, &options, step_m, rounds, exact.as_ref())?;
            }
        }
    }
    // With next to no walk left out of the exact map, what is left is the wave's own error.
    for (estimator, bandwidths) in
        [(Estimator::EqualSplitDiscontinuous, [100.0, 150.0, 200.0]), (Estimator::EqualSplitContinuous, [30.0, 50.0, 70.0])]
    {
        for (bandwidth_m, least_share) in bandwidths.into_iter().flat_map(|b| [(b, 1e-5), (b, 1e-6)]) {
            let options = Options { estimator, least_share, ..Options::new(bandwidth_m) };
            match exact(case, &options) {
                Ok(exact) => wave_row("Porto Alegre", case, &options, 1.0, 1, Some(&exact))?,
                Err(reason) => println!("| Porto Alegre | {} | {bandwidth_m} m, {least_share:e} | {reason} |", estimator.name()),
            }
        }
    }
    println!("\n### Waves against finer waves (0.1 m), Porto Alegre\n\n{WAVE_HEAD}");
    for estimator in [Estimator::EqualSplitDiscontinuous, Estimator::EqualSplitContinuous] {
        for bandwidth in [100.0, 300.0, 500.0] {
            let options = Options { estimator, ..Options::new(bandwidth) };
            let lixels = Lixels::new(&case.graph, LIXEL_M)?;
            let waves = Waves::new(&case.graph, estimator, 0.1)?;
            let mut finest = Records::new(&case.graph, &case.events)?.wave_density(&case.graph, &lixels, &waves, &options, |_| true)?;
            finest.options.least_share = 0.0;
            for step_m in [0.5, 1.0, 2.0, 5.0] {
                wave_row("Porto Alegre", case, &options, step_m, 1, Some(&finest))?;
            }
        }
    }
    Ok(())
}

fn exact(case: &Case, options: &Options) -> Result<NetworkDensity, Box<dyn Error>> {
    let lixels = Lixels::new(&case.graph, LIXEL_M)?;
    let table = DistanceTable::new(&case.graph, options)?;
    Ok(Records::new(&case.graph, &case.events)?.density(&case.graph, &lixels, &table, options, |_| true)?)
}

const WAVE_HEAD: &str = "| network | estimator | bandwidth | step | stretched streets | preparation | map | half of the events | exact map's least share | greatest difference, of the peak | 99.9 % of slices | mean |\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|";

fn wave_row(
    name: &str,
    case: &Case,
    options: &Options,
    step_m: f64,
    rounds: usize,
    exact: Option<&NetworkDensity>,
) -> Result<(), Box<dyn Error>> {
    let lixels = Lixels::new(&case.graph, LIXEL_M)?;
    let records = Records::new(&case.graph, &case.events)?;
    let (mut preparation, mut whole, mut half) = (f64::INFINITY, f64::INFINITY, f64::INFINITY);
    let mut kept = None;
    for _ in 0..rounds {
        let start = cpu_seconds()?;
        let waves = Waves::new(&case.graph, options.estimator, step_m)?;
        let prepared = cpu_seconds()?;
        let map = records.wave_density(&case.graph, &lixels, &waves, options, |_| true)?;
        let made = cpu_seconds()?;
        let _ = records.wave_density(&case.graph, &lixels, &waves, options, |record| record % 2 == 0)?;
        half = half.min(cpu_seconds()? - made);
        preparation = preparation.min(prepared - start);
        whole = whole.min(made - prepared);
        kept = Some((waves, map));
    }
    let (waves, map) = kept.ok_or("no round")?;
    let off = exact.map_or_else(
        || "| | | |".to_owned(),
        |exact| {
            let peak = exact.values.iter().copied().fold(0.0, f64::max);
            let mut off: Vec<f64> = map.values.iter().zip(&exact.values).map(|(a, b)| (a - b).abs() / peak).collect();
            off.sort_unstable_by(f64::total_cmp);
            let mean = off.iter().sum::<f64>() / off.len() as f64;
            format!("{:e} | {:.1e} | {:.1e} | {mean:.1e} |", exact.options.least_share, off[off.len() - 1], off[off.len() * 999 / 1000])
        },
    );
    println!(
        "| {name} | {} | {} m | {step_m} m | {} | {preparation:.3} s | {whole:.2} s | {half:.2} s | {off}",
        options.estimator.name(),
        options.bandwidth_m,
        waves.stretched(),
    );
    Ok(())
}

struct Case {
    graph: Graph,
    events: Vec<Event>,
}

const HEAD: &str = "| network | edges | events | estimator | bandwidth | slices | table entries | cold | cached | half of the events | live, one event |\n|---|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|";

/// One map: all afresh, with the table kept, with a filter, and one event added to the live map.
fn row(name: &str, graph: &Graph, events: &[Event], options: &Options, rounds: usize) -> Result<(), Box<dyn Error>> {
    let (mut cold, mut cached, mut half) = (f64::INFINITY, f64::INFINITY, f64::INFINITY);
    let mut kept: Option<(Lixels, DistanceTable, NetworkDensity)> = None;
    for _ in 0..rounds {
        let start = cpu_seconds()?;
        let lixels = Lixels::new(graph, LIXEL_M)?;
        let records = Records::new(graph, events)?;
        let table = DistanceTable::new(graph, options)?;
        let before_map = cpu_seconds()?;
        let map = records.density(graph, &lixels, &table, options, |_| true)?;
        let end = cpu_seconds()?;
        cold = cold.min(end - start);
        cached = cached.min(end - before_map);
        let _ = records.density(graph, &lixels, &table, options, |record| record % 2 == 0)?;
        half = half.min(cpu_seconds()? - end);
        kept = Some((lixels, table, map));
    }
    let (lixels, table, map) = kept.ok_or("no round")?;
    let (slices, entries) = (lixels.len(), table.entries());
    let mut live = LiveDensity::new(Arc::new(graph.clone()), Arc::new(lixels), &map)?;
    let start = Instant::now();
    let changes = events.iter().step_by(events.len().div_ceil(200)).collect::<Vec<_>>();
    for event in &changes {
        live.add(event)?;
        live.remove(event)?;
    }
    let one = start.elapsed().as_secs_f64() / (2 * changes.len()) as f64;
    println!(
        "| {name} | {} | {} | {} | {} m | {slices} | {entries} | {cold:.2} s | {cached:.2} s | {half:.2} s | {:.3} ms |",
        graph.edges().len(),
        events.len(),
        options.estimator.name(),
        options.bandwidth_m,
        one * 1000.0,
    );
    Ok(())
}

/// What leaving out small shares changes.
fn shares(case: &Case) -> Result<(), Box<dyn Error>> {
    println!("\n### What leaving out small shares changes, Porto Alegre, 150 m\n");
    println!(
        "| estimator | least share | walks | left out of one end, at most | greatest difference, of the peak |\n|---|---:|---:|---:|---:|"
    );
    for estimator in [Estimator::EqualSplitDiscontinuous, Estimator::EqualSplitContinuous] {
        let mut finest: Option<NetworkDensity> = None;
        for least_share in [1e-4, 1e-3, 1e-2] {
            let options = Options { estimator, least_share, ..Options::new(150.0) };
            let lixels = Lixels::new(&case.graph, LIXEL_M)?;
            let table = match DistanceTable::new(&case.graph, &options) {
                Ok(table) => table,
                Err(reason) => {
                    println!("| {} | {least_share:e} | refused: {reason} | | |", estimator.name());
                    continue;
                }
            };
            let map = Records::new(&case.graph, &case.events)?.density(&case.graph, &lixels, &table, &options, |_| true)?;
            let finest = finest.get_or_insert_with(|| map.clone());
            let peak = finest.values.iter().copied().fold(0.0, f64::max);
            let off = map.values.iter().zip(&finest.values).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / peak;
            // Against the finest that was made.
            println!("| {} | {least_share:e} | {} | {:.1e} | {off:.1e} |", estimator.name(), table.entries(), map.left_out);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Case, Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let mut lines = text.lines();
    let nodes = lines.next().and_then(|l| l.split(' ').next()).ok_or("no first line")?.parse()?;
    let (mut edges, mut events) = (Vec::new(), Vec::new());
    for (number, line) in (0_u32..).zip(lines) {
        let words: Vec<&str> = line.split(' ').collect();
        let [from, to, length, _, offsets @ ..] = &words[..] else { return Err("a short line".into()) };
        let length_m: f64 = length.parse()?;
        edges.push(Edge { from: from.parse()?, to: to.parse()?, length_m, oneway: false });
        for offset in offsets {
            events.push(Event { edge: number, offset_m: offset.parse::<f64>()?.min(length_m), w: 1.0 });
        }
    }
    Ok(Case { graph: Graph::new(nodes, edges)?, events })
}

/// `n` events on the streets of the case's own, at places of their own.
fn resampled(case: &Case, n: usize) -> Vec<Event> {
    let mut state = 42_u64;
    let mut unit = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..n)
        .map(|_| {
            let edge = case.events[(unit() * case.events.len() as f64) as usize].edge;
            Event { edge, offset_m: unit() * case.graph.edges()[edge as usize].length_m, w: 1.0 }
        })
        .collect()
}

/// Every crash within 50 m of a street.
fn porto_alegre(data: &Path) -> Result<Case, Box<dyn Error>> {
    let bytes = std::fs::read(data.join("osm/porto_alegre.osm.pbf"))?;
    let network = Network::from_vec(import::osm(&bytes, &import::Options::default(), &mut |_| {})?.bytes)?;
    let (lines, on) = network.street_lines();
    let edges = lines.iter().map(|l| Edge { from: l.from, to: l.to, length_m: l.length_m, oneway: l.oneway }).collect();
    let mut events = Vec::new();
    for year in ["2011", "2013", "2014", "2015", "2016"] {
        let mut raw = Vec::new();
        xz2::read::XzDecoder::new(&std::fs::read(data.join(format!("crash/porto_alegre/acidentes-{year}.csv.xz")))?[..])
            .read_to_end(&mut raw)?;
        for line in String::from_utf8_lossy(&raw).lines().skip(1) {
            let mut cells = line.split(',').map(|c| c.parse::<f64>().unwrap_or(0.0));
            let (lat, lon) = (cells.next().unwrap_or(0.0), cells.next().unwrap_or(0.0));
            let Some(snap) = network.snap(Point::new(lon, lat), 50.0) else { continue };
            let place = on[snap.edge as usize];
            let length = lines[place.line as usize].length_m;
            let along = snap.offset_m.clamp(0.0, length);
            events.push(Event { edge: place.line, offset_m: if place.against { length - along } else { along }, w: 1.0 });
        }
    }
    Ok(Case { graph: Graph::new(network.counts().nodes.try_into()?, edges)?, events })
}

/// User and system time of this process, all threads, by the kernel's own count of time on a core.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let mut nanoseconds = 0.0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let stat = std::fs::read_to_string(task?.path().join("schedstat"))?;
        nanoseconds += stat.split(' ').next().unwrap_or("0").parse::<f64>()?;
    }
    Ok(nanoseconds / 1e9)
}
