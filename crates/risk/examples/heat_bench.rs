//! Times the exact planar density on points given as files, and writes the map for others to check.
//!
//! `heat_bench WIDTH_M HEIGHT_M COLUMNS ROWS BANDWIDTH_M REPEATS FILE… [--dump FILE] [--cone]`
//!
//! A FILE holds pairs of little-endian 64-bit floats (`.f64`) or lines `x,y` (anything else), metres from the
//! south-western corner. Prints one JSON line for each file and kernel: seconds of CPU time (user and system, all
//! threads) and of wall time, medians of the repeats. `--cone` adds the slow triangular kernel.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test or an example stops where it cannot go on

use gongzhi_civic::place::Point;
use gongzhi_risk::density::{Grid, Kernel, Weighted, planar};
use std::error::Error;
use std::io::Write;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let dump = args.iter().position(|a| a == "--dump").map(|at| args.drain(at..(at + 2).min(args.len())).nth(1).unwrap_or_default());
    let cone = args.iter().position(|a| a == "--cone").map(|at| args.remove(at)).is_some();
    if args.len() < 7 {
        return Err("usage: heat_bench WIDTH_M HEIGHT_M COLUMNS ROWS BANDWIDTH_M REPEATS FILE… [--dump FILE]".into());
    }
    let number = |i: usize| -> Result<f64, Box<dyn Error>> { Ok(args[i].parse()?) };
    let (width, height, bandwidth) = (number(0)?, number(1)?, number(4)?);
    let (columns, rows, repeats): (usize, usize, usize) = (args[2].parse()?, args[3].parse()?, args[5].parse()?);
    let grid = Grid::of_cells(Point::new(0.0, 0.0), columns, rows, width / columns as f64, height / rows as f64)?;
    for path in &args[6..] {
        let events: Vec<Weighted> =
            read(path)?.into_iter().map(|(x, y)| Weighted { x_m: x - width / 2.0, y_m: y - height / 2.0, w: 1.0 }).collect();
        let kernels = [Kernel::Epanechnikov, Kernel::Quartic, Kernel::Uniform].into_iter().chain(cone.then_some(Kernel::Triangular));
        for kernel in kernels {
            let (mut cpu, mut wall, mut cells) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..repeats.max(1) {
                let (cpu_before, start) = (cpu_seconds()?, Instant::now());
                cells = planar(&events, &grid, bandwidth, kernel)?;
                wall.push(start.elapsed().as_secs_f64());
                cpu.push(cpu_seconds()? - cpu_before);
            }
            let peak = cells.iter().copied().fold(0.0, f64::max);
            println!(
                r#"{{"file":"{path}","n":{},"kernel":"{}","cpu_s":{:.4},"wall_s":{:.4},"peak_per_km2":{peak},"threads":{}}}"#,
                events.len(),
                kernel.name(),
                median(&mut cpu),
                median(&mut wall),
                rayon::current_num_threads(),
            );
            if let (Some(dump), Kernel::Epanechnikov) = (&dump, kernel) {
                let mut file = std::io::BufWriter::new(std::fs::File::create(dump)?);
                for cell in &cells {
                    file.write_all(&cell.to_le_bytes())?;
                }
            }
        }
    }
    Ok(())
}

fn read(path: &str) -> Result<Vec<(f64, f64)>, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    if std::path::Path::new(path).extension().is_some_and(|e| e == "f64") {
        let (values, _) = bytes.as_chunks::<8>();
        let (pairs, _) = values.as_chunks::<2>();
        return Ok(pairs.iter().map(|&[x, y]| (f64::from_le_bytes(x), f64::from_le_bytes(y))).collect());
    }
    let text = String::from_utf8(bytes)?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(i, line)| {
            let (x, y) = line.split_once(',').ok_or_else(|| format!("{path}:{}: no comma", i + 1))?;
            Ok((x.trim().parse()?, y.trim().parse()?))
        })
        .collect()
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
