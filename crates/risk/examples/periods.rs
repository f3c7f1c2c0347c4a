//! Two periods of real records beside and minus each other: counts, exact comparison, heat, where it rose and fell.
//!
//! `periods BANDWIDTH_M DAYS_NOW DAYS_THEN WEST SOUTH EAST NORTH NOW.csv THEN.csv`; a file holds lines `lon,lat`, and
//! only records in the box are counted.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test or an example stops where it cannot go on

use gongzhi_civic::place::{Bounds, Point};
use gongzhi_risk::compare::rates;
use gongzhi_risk::density::{Grid, Kernel, Weighted, minus, planar};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [b, now_days, then_days, west, south, east, north, now, then] = args.as_slice() else {
        return Err("usage: periods BANDWIDTH_M DAYS_NOW DAYS_THEN WEST SOUTH EAST NORTH NOW.csv THEN.csv".into());
    };
    let bounds = Bounds { west: west.parse()?, south: south.parse()?, east: east.parse()?, north: north.parse()? };
    let (bandwidth, days, days_then): (f64, f64, f64) = (b.parse()?, now_days.parse()?, then_days.parse()?);
    // Letters are about twice as high as wide: so are the cells of the drawing.
    let grid = Grid::new(bounds, 64, 34)?;
    let (now, then) = (read(now, &grid)?, read(then, &grid)?);
    let heat = planar(&now, &grid, bandwidth, Kernel::Epanechnikov)?;
    let heat_then = planar(&then, &grid, bandwidth, Kernel::Epanechnikov)?;
    let change = minus(&heat, days, &heat_then, days_then)?;
    let comparison = rates(now.len() as u64, days, then.len() as u64, days_then)?;

    let peak = |cells: &[f64]| cells.iter().copied().fold(0.0, f64::max);
    println!("{}\n{}", comparison.verdict.zh, comparison.verdict.en);
    println!("p = {:.3e}; peaks {:.0} and {:.0} per km²; bandwidth {bandwidth} m", comparison.p, peak(&heat_then), peak(&heat));
    println!("east–west error of the plane at most {:.3} %", grid.projection().scale_error(bounds) * 100.0);
    let strongest = change.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
    println!("change: + rose, - fell by more than a quarter of the strongest change ({strongest:.0} per km²); : density, . none");
    for (changes, cells) in change.chunks(grid.columns()).zip(heat.chunks(grid.columns())) {
        let mark = |(change, density): (&f64, &f64)| match *change / strongest {
            rise if rise > 0.25 => '+',
            fall if fall < -0.25 => '-',
            _ if *density > 0.0 => ':',
            _ => '.',
        };
        println!("{}", changes.iter().zip(cells).map(mark).collect::<String>());
    }
    Ok(())
}

fn read(path: &str, grid: &Grid) -> Result<Vec<Weighted>, Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let mut events = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let (lon, lat) = line.split_once(',').ok_or_else(|| format!("{path}:{}: no comma", i + 1))?;
        let point = Point::valid(lon.parse()?, lat.parse()?).filter(|p| grid.bounds().contains(*p));
        events.extend(point.map(|p| grid.weighted(p, 1.0)));
    }
    Ok(events)
}
