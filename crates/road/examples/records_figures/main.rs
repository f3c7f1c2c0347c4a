//! Figures of placing real records by their street names: Porto Alegre's crashes of 2014 to 2016, which carry both coordinates and
//! names. Prints a Markdown section; see docs/benchmarks/road.md.
//!
//! `cargo run --release -p gongzhi-road --example records_figures [DATA] [--rival DIR]`, DATA as in `GONGZHI_TEST_DATA`; with a folder,
//! what `bench/road/records_rival.py` needs is written into it.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod data;
mod join;
mod numbers;
mod score;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use data::{Row, learn, load, words};
use gongzhi_road::Network;
use gongzhi_road::import::{self, Options};
use gongzhi_road::records::{Basis, Learned, Means};
use join::Memory;
use score::{Scored, Tally, heading, line};

const NAMES_ONLY: Means = Means { alike: false, near: false };

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut data, mut rival) = (None, None);
    while let Some(argument) = arguments.next() {
        if argument == "--rival" { rival = arguments.next().map(PathBuf::from) } else { data = Some(argument) }
    }
    let data = data.or_else(|| std::env::var("GONGZHI_TEST_DATA").ok()).map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let Ok(map) = std::fs::read(data.join("osm/porto_alegre.osm.pbf")) else {
        println!("SKIPPED: Porto Alegre's network is not under {}", data.display());
        return;
    };
    let network = Network::from_vec(import::osm(&map, &Options::default(), &mut |_| {}).unwrap().bytes).unwrap();
    let Some(rows) = load(&data, &network) else {
        println!("SKIPPED: Porto Alegre's crashes are not under {}", data.display());
        return;
    };
    if let Some(folder) = rival {
        dump(&folder, &network, &rows);
        return;
    }
    let asked: Vec<&Row> = rows.iter().filter(|r| r.asked).collect();
    let year = |y: u16| asked.iter().copied().filter(move |r| r.year == y).collect::<Vec<_>>();
    let learnt = |years: &[u16]| learn(&network, rows.iter().filter(|r| years.contains(&r.year)));
    let later = year(2016);
    let started = Instant::now();
    let before = learnt(&[2014, 2015]);
    let learning = started.elapsed();

    println!("### Records in Latin street names: Porto Alegre's crashes\n");
    println!(
        "{} crashes of 2014–16 lie inside the network's box and name two streets ({} of 2016). *Join*: equal names after a table of 40 \
         abbreviations, the first crossing the two streets share. *Join and memory*: the middle-most of the other years' records with the same two \
         names as written, else the join. *Map*: `Network::place_record` with the map alone. *Learnt*: with \
         `Learned::from_records` of the other years only. Distance from the first answer to the coordinates filed; *wrong and sure*: \
         farther than 200 m, given with a confidence of 0.8 or more (the joins are always sure). *Contradicts itself*: a street named is on \
         the map under exactly that name (the join's table) and farther than 200 m from the coordinates filed; the rule does not see any \
         answer. libpostal, Nominatim and Photon need downloads that cannot be had offline and have no search for crossings; they were \
         not run.\n",
        asked.len(),
        later.len()
    );
    println!("**2016 alone, learnt from 2014–15**\n\n{}", heading("2016"));
    let memory = Memory::of(rows.iter().filter(|r| r.year < 2016));
    print_ways(&ways(&network, &later, &memory, &before));
    let pairs: HashSet<(&str, &str)> = rows.iter().filter(|r| r.year < 2016).map(Row::pair).collect();
    let unseen: Vec<&Row> = later.iter().copied().filter(|r| !pairs.contains(&r.pair())).collect();
    println!(
        "\n**Pairs of streets of 2016 that no record of 2014–15 names** (most places of crashes come again, which is how a city uses \
              it; these are the ones that do not)\n\n{}",
        heading("2016, pairs never seen")
    );
    print_ways(&ways(&network, &unseen, &memory, &before));

    println!("\n**All {}, each year learnt from the other two**\n\n{}", asked.len(), heading("2014–16"));
    let mut all: [Vec<Scored>; WAYS.len()] = Default::default();
    for (y, from) in [(2014u16, [2015u16, 2016]), (2015, [2014, 2016]), (2016, [2014, 2015])] {
        let (of, others) = (year(y), learnt(&from));
        let memory = Memory::of(rows.iter().filter(|r| from.contains(&r.year)));
        for (all, scored) in all.iter_mut().zip(ways(&network, &of, &memory, &others)) {
            all.extend(scored);
        }
    }
    print_ways(&all);
    by_year(&all[3]);

    println!("\n**What each means brings, 2016**\n\n{}", heading("2016, as filed"));
    ablation(&network, &later, &before);

    println!("\n**Confidence, 2016, without records that contradict themselves**\n");
    score::reliability(&Scored::all(&later, &network, Some(&before), Means::default()));
    bases(&Scored::all(&later, &network, Some(&before), Means::default()));

    contradictions(&asked, &before);
    numbers::section(&data, &network);
    speed(&network, &asked, &before, learning);
}

const WAYS: [&str; 4] = ["join", "join and memory", "map", "**learnt**"];

fn ways<'a>(network: &Network, rows: &[&'a Row], memory: &Memory, learned: &Learned) -> [Vec<Scored<'a>>; WAYS.len()] {
    [
        rows.iter().map(|r| Scored::new(r, r.joined)).collect(),
        rows.iter().map(|r| Scored::new(r, memory.place(r))).collect(),
        Scored::all(rows, network, None, Means::default()),
        Scored::all(rows, network, Some(learned), Means::default()),
    ]
}

fn print_ways(ways: &[Vec<Scored>; WAYS.len()]) {
    for (name, scored) in WAYS.iter().zip(ways) {
        println!("{}", line(name, &Tally::of(scored)));
    }
    for (name, scored) in WAYS.iter().zip(ways) {
        let clean: Vec<Scored> = scored.iter().filter(|s| !s.row.contradicts).cloned().collect();
        println!("{}", line(&format!("{name}, without those that contradict themselves"), &Tally::of(&clean)));
    }
    for (name, scored) in WAYS.iter().zip(ways).filter(|_| ways[0].iter().any(|s| s.row.repaired.is_some())) {
        let repaired: Vec<Scored> = scored.iter().map(Scored::repaired).collect();
        println!("{}", line(&format!("{name}, lost digits of the file put back"), &Tally::of(&repaired)));
    }
}

fn by_year(scored: &[Scored]) {
    for year in [2014, 2015, 2016] {
        let of: Vec<Scored> = scored.iter().filter(|s| s.row.year == year).cloned().collect();
        println!("{}", line(&format!("learnt, {year} as filed"), &Tally::of(&of)));
    }
}

fn ablation(network: &Network, rows: &[&Row], learned: &Learned) {
    let mut part = Learned::default();
    let show = |name: &str, part: &Learned, means: Means| {
        println!("{}", line(name, &Tally::of(&Scored::all(rows, network, Some(part), means))));
    };
    show("exact names (numbers, sound)", &part, NAMES_ONLY);
    show("+ names alike", &part, Means { near: false, ..Means::default() });
    show("+ streets that come near", &part, Means::default());
    part.streets.clone_from(&learned.streets);
    for street in &mut part.streets {
        street.trace.clear();
    }
    part.abbreviations.clone_from(&learned.abbreviations);
    show("+ aliases learnt", &part, Means::default());
    part.streets.clone_from(&learned.streets);
    show("+ lines of streets learnt", &part, Means::default());
    part.crossings.clone_from(&learned.crossings);
    show("+ crossings learnt", &part, Means::default());
    let only = Learned { crossings: learned.crossings.clone(), ..Learned::default() };
    show("exact names and crossings learnt only", &only, NAMES_ONLY);
}

fn bases(scored: &[Scored]) {
    println!("\n{}", heading("2016 by what the answer rests on"));
    let clean = || scored.iter().filter(|s| !s.row.contradicts);
    for basis in [Basis::LearntCrossing, Basis::MapCrossing, Basis::NearMiss, Basis::LearntStreet, Basis::Street] {
        let of: Vec<Scored> = clean().filter(|s| s.basis == Some(basis)).cloned().collect();
        println!("{}", line(&format!("`{}`", serde_json::to_string(&basis).unwrap().trim_matches('"')), &Tally::of(&of)));
    }
}

fn contradictions(asked: &[&Row], learned: &Learned) {
    println!("\n**Records whose words and coordinates disagree**\n\n| | 2014 | 2015 | 2016 |\n|---|---|---|---|");
    let row = |name: &str, count: &dyn Fn(&Row) -> bool| {
        let of = |y: u16| {
            let year: Vec<_> = asked.iter().filter(|r| r.year == y).collect();
            let n = year.iter().filter(|r| count(r)).count();
            format!("{n} ({:.1} %)", 100.0 * n as f64 / year.len().max(1) as f64)
        };
        println!("| {name} | {} | {} | {} |", of(2014), of(2015), of(2016));
    };
    row("contradict themselves", &|r| r.contradicts);
    row("latitude with fewer than six digits after the point", &|r| r.repaired.is_some());
    row("… of these contradict themselves", &|r| r.repaired.is_some() && r.contradicts);
    row("… still, once 0.0072° (one digit lost) or 0.0792° (two) are added", &|r| r.repaired.is_some() && r.contradicts_repaired);
    row("six digits and contradict themselves", &|r| r.repaired.is_none() && r.contradicts);
    println!(
        "\nIn 2014's and 2015's files every latitude that ends in 0 has lost that digit and lies 801 m (two: 8.8 km) too far south; 2016's \
         file has six digits throughout. No learning can find such a record's filed coordinates; the rows *lost digits put back* measure \
         against the repaired ones. Nobody told the learner: from 2014–15 it found by itself"
    );
    for d in &learned.displacements {
        println!(
            "- a displacement of {:+.4}° north, {:+.4}° east, shown by {} records of two known streets;",
            d.north_degrees, d.east_degrees, d.records
        );
    }
    println!(
        "\nand put {} of {} records back where they belong before learning; {} records that contradict themselves otherwise taught nothing.",
        learned.put_back, learned.records, learned.contradicting
    );
}

fn speed(network: &Network, asked: &[&Row], learned: &Learned, learning: std::time::Duration) {
    let rate = |learned: Option<&Learned>| {
        let mut rates: Vec<f64> = (0..5)
            .map(|_| {
                let started = Instant::now();
                let found: usize = asked.iter().map(|r| network.place_record(&words(r), learned).len()).sum();
                assert!(found > 0, "work was done");
                asked.len() as f64 / started.elapsed().as_secs_f64()
            })
            .collect();
        rates.sort_by(f64::total_cmp);
        rates[2]
    };
    let kept = serde_json::to_vec(learned).unwrap();
    println!(
        "\n**Speed**, one thread, median of five passes over all {}: {:.0} records/s with the map alone, {:.0}/s with what was learnt. \
         Learning from {} records took {:.2} s and keeps {} spellings ({} with a street of another name), {} crossings, {} abbreviations: \
         {:.1} MB as JSON.",
        asked.len(),
        rate(None),
        rate(Some(learned)),
        learned.records,
        learning.as_secs_f64(),
        learned.streets.len(),
        learned.streets.iter().filter(|s| s.alias.is_some()).count(),
        learned.crossings.len(),
        learned.abbreviations.len(),
        kept.len() as f64 / 1e6
    );
}

/// Names, crossings and records as text, for another tool to join.
fn dump(folder: &Path, network: &Network, rows: &[Row]) {
    use std::fmt::Write as _;
    let (mut crossings, mut records) = (String::new(), String::new());
    for (_, crossing) in network.crossings() {
        let _ = writeln!(crossings, "{}\t{}\t{}", crossing.point.lon, crossing.point.lat, crossing.roads.join("\t"));
    }
    for r in rows.iter().filter(|r| r.asked) {
        let at = r.point;
        let _ = writeln!(records, "{}\t{}\t{}\t{}\t{}\t{}", r.year, at.lon, at.lat, u8::from(r.contradicts), r.first, r.second);
    }
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("crossings.tsv"), crossings).unwrap();
    std::fs::write(folder.join("records.tsv"), records).unwrap();
}
