//! Times planar density on points given as files, in all its modes, and writes a map for others to check.
//!
//! * `planar_figures map WIDTH_M HEIGHT_M COLUMNS ROWS BANDWIDTH_M REPEATS FILE [--dump FILE]`: the exact kernels and
//!   the cell-moment mode on one grid, from unsorted events.
//! * `planar_figures live WIDTH_M HEIGHT_M BANDWIDTH_M REPEATS FILE`: filtering sorted events again at three grid sizes,
//!   slices of time, one event more and less.
//! * `planar_figures curves WIDTH_M HEIGHT_M COLUMNS ROWS REPEATS FILE`: cost by number of events and bandwidth.
//!
//! A FILE holds pairs of little-endian 64-bit floats, metres from the south-western corner. Each line printed is a JSON
//! object; `cpu_s` is CPU time of all threads (user and system), `wall_s` is by the clock; both are medians of the repeats.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test or an example stops where it cannot go on

use gongzhi_civic::place::Point;
use gongzhi_risk::density::{Cut, Grid, Kernel, Map, Precision, Prepared, Slices, Surface, Weighted, gaussian, planar};
use std::error::Error;
use std::io::Write;
use std::time::Instant;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let dump = args.iter().position(|a| a == "--dump").map(|at| args.drain(at..(at + 2).min(args.len())).nth(1).unwrap_or_default());
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["map", width, height, columns, rows, bandwidth, repeats, file] => {
            let box_m = (width.parse()?, height.parse()?);
            maps(&read(file, box_m)?, &grid(box_m, columns.parse()?, rows.parse()?)?, bandwidth.parse()?, repeats.parse()?, dump)
        }
        ["live", width, height, bandwidth, repeats, file] => {
            let box_m = (width.parse()?, height.parse()?);
            live(&read(file, box_m)?, box_m, bandwidth.parse()?, repeats.parse()?)
        }
        ["curves", width, height, columns, rows, repeats, file] => {
            let box_m = (width.parse()?, height.parse()?);
            curves(&read(file, box_m)?, &grid(box_m, columns.parse()?, rows.parse()?)?, repeats.parse()?)
        }
        _ => Err("usage: planar_figures map|live|curves …: see the head of the example".into()),
    }
}

fn maps(events: &[Weighted], grid: &Grid, bandwidth: f64, repeats: usize, dump: Option<String>) -> Outcome {
    let mut exact = Vec::new();
    for kernel in [Kernel::Epanechnikov, Kernel::Quartic, Kernel::Uniform] {
        let cells = timed(&format!("exact, {}", kernel.name()), repeats, "", || Ok(planar(events, grid, bandwidth, kernel)?))?;
        if let (Some(dump), Kernel::Epanechnikov) = (&dump, kernel) {
            let mut file = std::io::BufWriter::new(std::fs::File::create(dump)?);
            for cell in &cells {
                file.write_all(&cell.to_le_bytes())?;
            }
        }
        exact.push(cells);
    }
    for (kernel, exact) in [Kernel::Epanechnikov, Kernel::Quartic].into_iter().zip(&exact) {
        for share in [1e-3, 3e-3, 1e-2] {
            let make = || Ok(Prepared::new(events, grid, bandwidth)?.map(bandwidth, kernel, Precision::Within(share), |_| true)?);
            let more = proof(&make()?, exact);
            timed(&format!("within {share:e}, {}", kernel.name()), repeats, &more, make)?;
        }
    }
    // Summed cell by cell: slower, so on fewer events.
    if events.len() <= 100_000 {
        timed("exact, triangular", repeats.min(3), "", || Ok(planar(events, grid, bandwidth, Kernel::Triangular)?))?;
        // The same width at the foot as the others: 4 σ = b.
        timed("exact, gaussian cut at 4 σ", repeats.min(3), "", || Ok(gaussian(events, grid, bandwidth / 4.0, Cut::Four)?))?;
    }
    Ok(())
}

fn live(events: &[Weighted], box_m: (f64, f64), bandwidth: f64, repeats: usize) -> Outcome {
    // About half of the records pass the filter, in no order that the places have.
    let keep: Vec<bool> = (0..events.len() as u64).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 63 == 0).collect();
    for (columns, rows) in [(320, 240), (640, 480), (1280, 960)] {
        let grid = grid(box_m, columns, rows)?;
        let size = format!("{columns} × {rows}");
        let prepared = timed(&format!("prepare, {size}"), repeats, "", || Ok(Prepared::new(events, &grid, bandwidth)?))?;
        for (what, all) in [("all", true), ("half", false)] {
            let map = |precision| Ok(prepared.map(bandwidth, Kernel::Epanechnikov, precision, |i| all || keep[i])?);
            let exact: Map = timed(&format!("filter again, {what}, exact, {size}"), repeats, "", || map(Precision::Exact))?;
            let more = proof(&map(Precision::Within(5e-3))?, &exact.cells);
            timed(&format!("filter again, {what}, within 5e-3, {size}"), repeats, &more, || map(Precision::Within(5e-3)))?;
        }
    }
    let grid_small = grid(box_m, 320, 240)?;
    let prepared = Prepared::new(events, &grid_small, bandwidth)?;
    let hour = |i: usize| Some((i % 168) as u16);
    let slices = timed("24 × 7 slices, made, 320 × 240", repeats.min(3), "", || {
        Ok(Slices::new(&prepared, bandwidth, Kernel::Epanechnikov, 168, hour)?)
    })?;
    timed("24 × 7 slices, the nights of a week, 320 × 240", repeats, "", || Ok(slices.of(|h| h % 24 < 6)))?;
    let grid_large = grid(box_m, 1280, 960)?;
    for kernel in [Kernel::Epanechnikov, Kernel::Triangular] {
        let mut surface = Surface::new(&grid_large, bandwidth, kernel)?;
        let some: Vec<&Weighted> = events.iter().take(1_000).collect();
        timed(&format!("1,000 events more and less, {}, 1280 × 960", kernel.name()), repeats, "", || {
            for event in &some {
                surface.add(event)?;
            }
            for event in &some {
                surface.remove(event)?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn curves(events: &[Weighted], grid: &Grid, repeats: usize) -> Outcome {
    for n in [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000] {
        if n > events.len() {
            continue;
        }
        for bandwidth in [100.0, 250.0, 500.0, 1_000.0, 2_000.0] {
            let events = &events[..n];
            let exact =
                timed(&format!("{n} {bandwidth} exact"), repeats, "", || Ok(planar(events, grid, bandwidth, Kernel::Epanechnikov)?))?;
            let make =
                || Ok(Prepared::new(events, grid, bandwidth)?.map(bandwidth, Kernel::Epanechnikov, Precision::Within(5e-3), |_| true)?);
            let more = proof(&make()?, &exact);
            timed(&format!("{n} {bandwidth} within"), repeats, &more, make)?;
        }
    }
    Ok(())
}

/// What a map from moments says of itself, and how far it is from the exact one, as shares of the peak.
fn proof(map: &Map, exact: &[f64]) -> String {
    let worst = map.cells.iter().zip(exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let (bound, off) = (map.bound_share(), worst / map.peak_per_km2);
    format!(r#","bound":{bound:.3e},"off":{off:.3e},"places":{},"method":"{:?}""#, map.places, map.method)
}

fn timed<T>(name: &str, repeats: usize, more: &str, work: impl FnMut() -> Result<T, Box<dyn Error>>) -> Result<T, Box<dyn Error>> {
    let mut work = work;
    let (mut cpu, mut wall, mut last) = (Vec::new(), Vec::new(), None);
    for _ in 0..repeats.max(1) {
        drop(last.take()); // the memory of one result at a time
        let (cpu_before, start) = (cpu_seconds()?, Instant::now());
        let result = work()?;
        wall.push(start.elapsed().as_secs_f64());
        cpu.push(cpu_seconds()? - cpu_before);
        last = Some(result);
    }
    let (cpu, wall) = (median(&mut cpu), median(&mut wall));
    println!(r#"{{"name":"{name}","cpu_s":{cpu:.5},"wall_s":{wall:.5},"threads":{}{more}}}"#, rayon::current_num_threads());
    last.ok_or_else(|| "nothing was repeated".into())
}

fn grid((width, height): (f64, f64), columns: usize, rows: usize) -> Result<Grid, Box<dyn Error>> {
    Ok(Grid::of_cells(Point::new(0.0, 0.0), columns, rows, width / columns as f64, height / rows as f64)?)
}

fn read(path: &str, (width, height): (f64, f64)) -> Result<Vec<Weighted>, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    let (values, _) = bytes.as_chunks::<8>();
    let (pairs, _) = values.as_chunks::<2>();
    let event =
        |[x, y]: [[u8; 8]; 2]| Weighted { x_m: f64::from_le_bytes(x) - width / 2.0, y_m: f64::from_le_bytes(y) - height / 2.0, w: 1.0 };
    Ok(pairs.iter().map(|pair| event(*pair)).collect())
}

/// User and system time of this process, all threads, from the kernel's table (ticks of 10 ms are too coarse:
/// `schedstat` counts nanoseconds, one file for each thread).
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let mut total = 0_u64;
    for task in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        total += text.split_whitespace().next().ok_or("schedstat is empty")?.parse::<u64>()?;
    }
    Ok(total as f64 / 1e9)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
