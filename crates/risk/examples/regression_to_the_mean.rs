//! Regression to the mean on real crashes: choose the worst places of a time, do nothing, look again.
//!
//! `regression_to_the_mean DATA` prints the tables of `docs/benchmarks/risk/regression-to-the-mean.md`, where DATA holds
//! `osm/porto_alegre.osm.pbf` and `crash/porto_alegre/acidentes-YEAR.csv.xz`.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)] // an example stops where it cannot go on

use std::collections::HashMap;
use std::error::Error;
use std::io::Read;
use std::path::Path;

use gongzhi_civic::place::Point;
use gongzhi_risk::hotspot::PlaceKind;
use gongzhi_risk::safety::before_after::{ComparisonGroup, Durations, Treated, evaluate};
use gongzhi_risk::safety::performance::{Options, Place, fit_network};
use gongzhi_road::{Network, PlaceRef, import};

const YEARS: [u16; 5] = [2011, 2013, 2014, 2015, 2016];
/// The box of the street network, less the strip at its edges where it has no roads.
const BOX: [f64; 4] = [-51.2664, -30.1105, -51.1395, -29.9990];
const REACH_M: f64 = 50.0;

fn main() -> Result<(), Box<dyn Error>> {
    let data = std::env::args().nth(1).ok_or("usage: regression_to_the_mean DATA")?;
    let data = Path::new(&data);
    let bytes = std::fs::read(data.join("osm/porto_alegre.osm.pbf"))?;
    let imported = import::osm(&bytes, &import::Options::default(), &mut |_| {}).map_err(|e| e.to_string())?;
    let network = Network::from_vec(imported.bytes)?;
    let (places, numbers) = places(&network);
    let crossings = places.iter().filter(|p| p.kind == PlaceKind::Crossing).count();
    println!("{crossings} crossings, {} sections.", places.len() - crossings);
    for (name, least_ups) in [("All crashes", 1), ("Crashes with injured or dead (UPS 5 and 13)", 5)] {
        let mut counts = HashMap::new();
        let mut by_year = Vec::new();
        for year in YEARS {
            let (counted, inside, near) = count(data, year, least_ups, &network, &numbers, places.len())?;
            by_year.push(format!("{year}: {near} of {inside}"));
            counts.insert(year, counted);
        }
        println!("\n### {name}\n\nOn the network within {REACH_M} m, of those in the box: {}.\n", by_year.join(", "));
        tables(&places, &counts)?;
    }
    Ok(())
}

fn tables(places: &[Place], counts: &HashMap<u16, Vec<u64>>) -> Result<(), Box<dyn Error>> {
    println!(
        "| chosen by | followed in | worst places | before, a year | after, a year | plain change | expected by EB, a year | expected change | after/expected (95 % CI) |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|---|");
    let cases: [(&[u16], u16); 5] = [(&[2013], 2014), (&[2014], 2015), (&[2015], 2016), (&[2013, 2014], 2015), (&[2013, 2014, 2015], 2016)];
    let mut texts = Vec::new();
    for (before, after) in cases {
        let case = Case::new(places, before, counts, after)?;
        texts.extend(case.texts.clone());
        for worst in [20, 50, 100, 200, 500] {
            println!("{}", case.row(worst)?);
        }
    }
    println!();
    for text in texts {
        println!("- {text}");
    }
    Ok(())
}

/// Every crossing and section, and the number of each.
fn places(network: &Network) -> (Vec<Place>, HashMap<PlaceRef, usize>) {
    let mut legs = HashMap::new();
    for (_, section) in network.sections() {
        for end in section.ends {
            *legs.entry(end).or_insert(0_u32) += 1;
        }
    }
    let (mut places, mut numbers) = (Vec::new(), HashMap::new());
    let mut add = |place: PlaceRef, kind, class: &str, length_m, legs| {
        numbers.insert(place, places.len());
        places.push(Place { kind, class: class.to_owned(), length_m, legs, daily_traffic: None, years: 1.0, n: 0 });
    };
    for (id, crossing) in network.crossings() {
        let class = if crossing.signal { "signal" } else { "plain" };
        add(PlaceRef::Crossing(id), PlaceKind::Crossing, class, 0.0, legs.get(&id).copied().unwrap_or(1));
    }
    for (id, section) in network.sections().filter(|(_, s)| s.length_m > 1.0) {
        add(PlaceRef::Section(id), PlaceKind::Section, section.class.word(), section.length_m, 0);
    }
    (places, numbers)
}

/// Crashes of a year by place: a crossing takes those that lie near it, a section the others.
fn count(
    data: &Path,
    year: u16,
    least_ups: u32,
    network: &Network,
    numbers: &HashMap<PlaceRef, usize>,
    places: usize,
) -> Result<(Vec<u64>, u32, u32), Box<dyn Error>> {
    let mut raw = Vec::new();
    let packed = std::fs::read(data.join(format!("crash/porto_alegre/acidentes-{year}.csv.xz")))?;
    xz2::read::XzDecoder::new(&packed[..]).read_to_end(&mut raw)?;
    let (mut counts, mut inside, mut near) = (vec![0; places], 0, 0);
    for line in String::from_utf8_lossy(&raw).lines().skip(1) {
        let mut cells = line.split(',');
        let (latitude, longitude) = (cells.next().unwrap_or(""), cells.next().unwrap_or(""));
        let (lat, lon) = (latitude.parse().unwrap_or(0.0) + lost(year, latitude), longitude.parse().unwrap_or(0.0));
        let [west, south, east, north] = BOX;
        if !((west..=east).contains(&lon) && (south..=north).contains(&lat)) {
            continue;
        }
        if cells.nth(29).and_then(|ups| ups.trim().parse().ok()).unwrap_or(0) < least_ups {
            continue;
        }
        inside += 1;
        let Some(snap) = network.snap(Point::new(lon, lat), REACH_M) else { continue };
        near += 1;
        let place = snap.crossing.map_or(PlaceRef::Section(snap.section), |(crossing, _)| PlaceRef::Crossing(crossing));
        if let Some(&number) = numbers.get(&place) {
            counts[number] += 1;
        }
    }
    Ok((counts, inside, near))
}

/// In every file but that of 2016 a latitude whose last digits are zeros was moved south (see `docs/benchmarks/road/records.md`; the
/// same crossings by name differ by it in 2011 and 2013 too).
fn lost(year: u16, latitude: &str) -> f64 {
    match (year, latitude.split_once('.').map(|(_, digits)| digits.len())) {
        (..2016, Some(5)) => 0.0072,
        (..2016, Some(4)) => 0.0792,
        _ => 0.0,
    }
}

struct Case {
    name: String,
    after_name: u16,
    years: f64,
    /// Places from the worst down: treated in name only.
    worst: Vec<(Treated, usize)>,
    all: ComparisonGroup,
    texts: Vec<String>,
}

impl Case {
    fn new(places: &[Place], before: &[u16], counts: &HashMap<u16, Vec<u64>>, after: u16) -> Result<Self, Box<dyn Error>> {
        let years = before.len() as f64;
        let with: Vec<Place> =
            places.iter().enumerate().map(|(i, p)| Place { years, n: before.iter().map(|y| counts[y][i]).sum(), ..p.clone() }).collect();
        let models = fit_network(&with, &Options::default())?;
        for (kind, reason) in &models.failures {
            eprintln!("{before:?}: no model of {kind:?}: {}", reason.en);
        }
        let mut worst: Vec<(Treated, usize)> = Vec::new();
        for (i, place) in with.iter().enumerate() {
            let Some(expected) = models.expected(place) else { continue };
            let treated = Treated {
                before: place.n,
                after: counts[&after][i],
                expected_before: expected.mean,
                expected_after: expected.mean / years,
                k: expected.k,
            };
            worst.push((treated, i));
        }
        let (sum_before, sum_after) = worst.iter().fold((0, 0), |s, (t, _)| (s.0 + t.before, s.1 + t.after));
        worst.sort_by(|a, b| b.0.before.cmp(&a.0.before).then(a.1.cmp(&b.1)));
        let name = before.iter().map(u16::to_string).collect::<Vec<_>>().join("–");
        let texts = models.models.iter().map(|m| {
            let spread: Vec<String> = m.fit.dispersion.iter().map(|d| format!("{:.2}", d.k)).collect();
            format!("{name}: {}; k = {}", m.text().en, spread.join(", "))
        });
        let texts = texts.collect();
        // Chosen places are a small part of all, and the trend of all is the one nobody chose.
        let all = ComparisonGroup { before: sum_before, after: sum_after, places: worst.len(), odds_variance: 0.0 };
        Ok(Self { name, after_name: after, years, worst, all, texts })
    }

    fn row(&self, worst: usize) -> Result<String, Box<dyn Error>> {
        let treated: Vec<Treated> = self.worst[..worst].iter().map(|(t, _)| *t).collect();
        let answer = evaluate(&treated, Some(&self.all), Durations { before: self.years, after: 1.0 }).map_err(|e| e.to_string())?;
        let before = treated.iter().map(|t| t.before).sum::<u64>() as f64 / self.years;
        let e = &answer.effect;
        let percent = |to: f64| format!("{:+.1} %", (to / before - 1.0) * 100.0);
        let mark = if e.significant { "**" } else { "" };
        Ok(format!(
            "| {} | {} | {worst} | {before:.1} | {} | {} | {:.1} | {} | {mark}{:.2} ({:.2}–{:.2}){mark} |",
            self.name,
            self.after_name,
            e.observed,
            percent(e.observed as f64),
            e.expected,
            percent(e.expected),
            e.ratio,
            e.low,
            e.high,
        ))
    }
}
