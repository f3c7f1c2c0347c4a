//! Places to words and back, and what the index of Chinese names costs. Prints a Markdown section.
//!
//! `cargo run --release -p gongzhi-road --example place_words_figures [DATA]`: DATA as in `GONGZHI_TEST_DATA`. Seconds are those of the
//! processor, one thread.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::path::PathBuf;

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_road::{Context, Network, Spot, Verdict};
use gongzhi_testkit::sayings::{self, CITIES};

#[derive(Default)]
struct Count {
    asked: u32,
    back: u32,
    characters: usize,
    seconds: f64,
}

fn main() {
    let data = std::env::args()
        .nth(1)
        .or_else(|| std::env::var("GONGZHI_TEST_DATA").ok())
        .map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    println!("### A place to Chinese words, and back\n");
    println!("| | places | found again within 50 m | characters, mean | said a second, one core |\n|---|---:|---:|---:|---:|");
    let mut index = String::new();
    for name in CITIES {
        let Some(city) = sayings::city(&data, name) else {
            println!("SKIPPED: no {name} under {}", data.display());
            continue;
        };
        let network = &city.network;
        let start = seconds();
        let _ = network.say_where("路口", &Context::default());
        index.push_str(&format!("| {name} | {} | {:.1} |\n", network.counts().names, 1_000.0 * (seconds() - start)));
        let crossings: Vec<Point> = network.crossings().filter(|(_, c)| c.roads.len() > 1).map(|(_, c)| c.point).collect();
        let blocks: Vec<Point> = network
            .sections()
            .filter(|(_, s)| !s.road.is_empty() && s.line.len() > 1)
            .map(|(_, s)| {
                let (a, b) = (s.line[s.line.len() / 2 - 1], s.line[s.line.len() / 2]);
                Point::new(f64::midpoint(a.lon, b.lon), f64::midpoint(a.lat, b.lat))
            })
            .collect();
        for (what, points) in [("crossings of two named roads", crossings), ("middles of named sections", blocks)] {
            let c = round_trip(network, &points);
            let (asked, back) = (f64::from(c.asked), f64::from(c.back));
            println!(
                "| {name}, {what} | {} | {:.1} % | {:.1} | {:.0} |",
                c.asked,
                100.0 * back / asked,
                c.characters as f64 / asked,
                asked / c.seconds
            );
        }
    }
    println!("\n| index of Chinese names, built once | names | ms |\n|---|---:|---:|\n{index}");
}

fn round_trip(network: &Network, points: &[Point]) -> Count {
    let mut count = Count::default();
    for point in points {
        let start = seconds();
        let words = network.say_place(&Spot { point: *point, ..Spot::default() });
        count.seconds += seconds() - start;
        let answer = network.say_where(&words.zh, &Context::default());
        let found = answer.verdict == Verdict::Found && answer.candidates.first().is_some_and(|c| haversine_m(c.point, *point) <= 50.0);
        count.asked += 1;
        count.back += u32::from(found);
        count.characters += words.zh.chars().count();
    }
    count
}

/// Seconds of the processor this thread has used.
fn seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e9
}
