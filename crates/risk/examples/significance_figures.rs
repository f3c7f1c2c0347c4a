//! Times the significance tests on a city given as a file, and writes their results for others to check.
//!
//! `significance_figures NET FOLDER [QUESTION…]`
//!
//! NET is text: `nodes edges`, then a line for each street: `from to length_m events offset…`. Every QUESTION (`gi`, `moran`,
//! `permutations`, `many`, `own`, `excess`, `reach`, `scan`, `change`, `disc`) is answered once and prints one JSON line: CPU seconds (user and
//! system, all threads), seconds by the clock, and what was found. `gi`, `moran` and `permutations` write their values to FOLDER as
//! little-endian 64-bit floats. All questions are asked if none is named.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // an example stops where it cannot go on

use gongzhi_civic::place::Point;
use gongzhi_risk::density::{Grid, Weighted};
use gongzhi_risk::network::{Edge, Graph};
use gongzhi_risk::random::{Alias, Stream};
use gongzhi_risk::significance::{
    ChangeMethod, Correction, Direction, Draws, Focal, Permutations, Reach, ScanMethod, Weights, changes, disc_changes, false_discovery,
    getis_ord, local_moran, neighbourhood_excess, permutations, scan,
};
use std::path::Path;
use std::time::Instant;

struct City {
    graph: Graph,
    counts: Vec<u32>,
    lengths: Vec<f64>,
    /// Events per km.
    rates: Vec<f64>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [net, folder, questions @ ..] = arguments.as_slice() else { panic!("usage: significance_figures NET FOLDER [QUESTION…]") };
    let (city, folder) = (read(net), Path::new(folder));
    let all = ["gi", "moran", "permutations", "many", "own", "excess", "reach", "scan", "change", "disc"].map(str::to_owned);
    for question in if questions.is_empty() { &all } else { questions } {
        ask(question, &city, folder);
    }
}

fn ask(question: &str, city: &City, folder: &Path) {
    let weights = Weights::adjacent(&city.graph).unwrap();
    let plan = Permutations { permutations: 999, seed: 1, draws: Draws::Shared };
    let links = weights.links();
    let significant = |p: &[f64]| false_discovery(p, Correction::BenjaminiHochberg).iter().filter(|q| **q <= 0.05).count();
    match question {
        "gi" => {
            timed("weights", || Weights::adjacent(&city.graph).unwrap(), |w| format!("{} links", w.links()));
            for (focal, file) in [(Focal::Excluded, "gi.f64"), (Focal::Included, "gi_star.f64")] {
                let found = timed(file, || getis_ord(&city.rates, &weights, focal).unwrap(), |_| format!("{links} links"));
                write(&folder.join(file), &found.z);
            }
        }
        "moran" => {
            let rows = weights.clone().row_standardised();
            let found = timed("moran.f64", || local_moran(&city.rates, &rows).unwrap(), |_| format!("{links} links"));
            write(&folder.join("moran.f64"), &found.i);
            write(&folder.join("moran_z.f64"), &found.z);
        }
        "permutations" => {
            let say = |p: &gongzhi_risk::significance::Permuted| format!("999 shared draws, {} with q ≤ 0.05", significant(&p.two_sided));
            let found = timed("permutations", || permutations(&city.rates, &weights, plan).unwrap(), say);
            write(&folder.join("upper.f64"), &found.upper);
            write(&folder.join("lower.f64"), &found.lower);
        }
        "many" => {
            let plan = Permutations { permutations: 99_999, ..plan };
            let say =
                |p: &gongzhi_risk::significance::Permuted| format!("99,999 shared draws, {} with q ≤ 0.05", significant(&p.two_sided));
            timed("many", || permutations(&city.rates, &weights, plan).unwrap(), say);
        }
        "own" => {
            let plan = Permutations { draws: Draws::Own, ..plan };
            timed("own", || permutations(&city.rates, &weights, plan).unwrap(), |_| "999 draws of each unit's own".to_owned());
        }
        "excess" => {
            let say = |found: &gongzhi_risk::significance::Excess| format!("{} with q ≤ 0.05", significant(&found.two_sided));
            timed("excess", || neighbourhood_excess(&city.counts, &city.lengths, &weights).unwrap(), say);
        }
        "reach" => {
            timed("reach", || Reach::on_network(&city.graph, 500.0).unwrap(), |reach| format!("{} pairs within 500 m", reach.pairs()));
        }
        "scan" => scan_part(city),
        "change" => {
            let (now, then) = two_periods(city);
            let say = |found: &gongzhi_risk::significance::Changes| {
                let marked = found.places.iter().filter(|place| place.significant).count();
                format!("{} → {} events, {} tested, {marked} significant", found.n_then, found.n_now, found.tested)
            };
            timed("change", || changes(&now, &then, ChangeMethod::default()).unwrap(), say);
        }
        "disc" => disc(),
        other => panic!("no question {other}"),
    }
}

/// The north of the city as a city of its own, about 30,000 streets, and what happened on them.
fn scan_part(city: &City) {
    let last = city.graph.nodes() * 3 / 10;
    let inside: Vec<usize> = (0..city.counts.len())
        .filter(|&street| {
            let edge = city.graph.edges()[street];
            edge.from < last && edge.to < last
        })
        .collect();
    let graph = Graph::new(last, inside.iter().map(|&street| city.graph.edges()[street]).collect()).unwrap();
    let reach = Reach::on_network(&graph, 500.0).unwrap();
    // Three years of crashes in proportion to length, and a cluster: half of the streets about one of them have one more.
    let mut stream = Stream::new(3, 0);
    let near: Vec<u32> = reach.of(inside.len() / 2).filter(|(_, distance)| *distance <= 300.0).map(|(unit, _)| unit).collect();
    let lengths: Vec<f64> = inside.iter().map(|&street| city.lengths[street]).collect();
    let table = Alias::new(&lengths).unwrap();
    let mut counts = vec![0_u32; inside.len()];
    (0..3_000).for_each(|_| counts[table.at(stream.bits())] += 1);
    near.iter().for_each(|&unit| counts[unit as usize] += u32::from(stream.below(2) == 0));
    let say = |found: &gongzhi_risk::significance::Scan| {
        let low: Vec<String> =
            found.clusters.iter().take(2).map(|c| format!("{} of {:.1} expected, p {}", c.n, c.expected, c.p.unwrap())).collect();
        let (streets, pairs) = (reach.units(), reach.pairs());
        format!("{streets} streets, {} events, {} windows of {pairs} pairs, 999 replicates; {}", found.n, found.windows, low.join("; "))
    };
    timed("scan", || scan(&reach, &counts, &lengths, ScanMethod::default()).unwrap(), say);
    eprintln!("planted: {} streets within 300 m", near.len());
}

/// Each event falls into one of two periods by the toss of a coin; on one street in fifty the later period has a third.
fn two_periods(city: &City) -> (Vec<u32>, Vec<u32>) {
    let mut stream = Stream::new(9, 0);
    let split = |(street, n): (usize, &u32)| {
        let of = if street % 50 == 0 { 4 } else { 2 };
        let now = (0..*n).filter(|_| stream.below(of) == 0).count() as u32;
        (now, n - now)
    };
    city.counts.iter().enumerate().map(split).unzip()
}

/// Two periods of 50,000 events over 20 km × 15 km, 1280 × 960 cells, disc of 500 m; in one quarter it fell by a third.
fn disc() {
    let mut stream = Stream::new(2, 0);
    let mut event = || Weighted { x_m: stream.unit() * 20_000.0 - 10_000.0, y_m: stream.unit() * 15_000.0 - 7_500.0, w: 1.0 };
    let then: Vec<Weighted> = (0..50_000).map(|_| event()).collect();
    let now: Vec<Weighted> =
        (0..50_000).map(|_| event()).enumerate().filter(|(i, e)| e.x_m > 0.0 || e.y_m > 0.0 || i % 3 > 0).map(|(_, e)| e).collect();
    let grid = Grid::of_cells(Point::new(120.58, 30.0), 1280, 960, 15.625, 15.625).unwrap();
    let say = |found: &gongzhi_risk::significance::DiscChanges| {
        let shown = |direction| found.shown.iter().filter(|shown| **shown == direction).count();
        format!("{} cells, {} shown as fall, {} as rise", found.shown.len(), shown(Direction::Fall), shown(Direction::Rise))
    };
    timed("disc", || disc_changes(&now, &then, &grid, 500.0, ChangeMethod::default()).unwrap(), say);
}

fn timed<T>(name: &str, work: impl Fn() -> T, say: impl Fn(&T) -> String) -> T {
    let (cpu, clock) = (cpu_seconds(), Instant::now());
    let found = work();
    let (wall, cpu) = (clock.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    println!(
        r#"{{"name":"{name}","cpu_s":{cpu:.6},"wall_s":{wall:.6},"threads":{},"found":"{}"}}"#,
        rayon::current_num_threads(),
        say(&found)
    );
    found
}

/// User and system time of this process, all threads, in nanoseconds by the kernel's `schedstat`.
fn cpu_seconds() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let of = |thread: std::fs::DirEntry| std::fs::read_to_string(thread.path().join("schedstat")).unwrap();
    threads.map(|thread| of(thread.unwrap()).split(' ').next().unwrap().parse::<u64>().unwrap()).sum::<u64>() as f64 / 1e9
}

fn read(path: &str) -> City {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let nodes = lines.next().unwrap().split(' ').next().unwrap().parse().unwrap();
    let (mut edges, mut counts) = (Vec::new(), Vec::new());
    for line in lines {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap();
        edges.push(Edge { from: word().parse().unwrap(), to: word().parse().unwrap(), length_m: word().parse().unwrap(), oneway: false });
        counts.push(word().parse().unwrap());
    }
    let lengths: Vec<f64> = edges.iter().map(|edge| edge.length_m).collect();
    let rates = counts.iter().zip(&lengths).map(|(n, length): (&u32, &f64)| f64::from(*n) / length * 1000.0).collect();
    City { graph: Graph::new(nodes, edges).unwrap(), counts, lengths, rates }
}

fn write(path: &Path, values: &[f64]) {
    std::fs::write(path, values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
}
