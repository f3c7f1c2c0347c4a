//! Figures of placing real records by their street names: Porto Alegre's crashes of 2014 to 2016, which carry both coordinates and
//! names. Prints a Markdown section; see docs/benchmarks/road.md.
//!
//! `cargo run --release -p gongzhi-road --example records_figures [DATA]`, DATA as in `GONGZHI_TEST_DATA`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod data;
mod join;
mod score;

use std::path::PathBuf;
use std::time::Instant;

use data::{Row, learn, load, words};
use gongzhi_road::Network;
use gongzhi_road::import::{self, Options};
use gongzhi_road::records::{Basis, Learned, Means};
use score::{Scored, Tally, line};

fn main() {
    let data = std::env::args()
        .nth(1)
        .or_else(|| std::env::var("GONGZHI_TEST_DATA").ok())
        .map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let Ok(map) = std::fs::read(data.join("osm/porto_alegre.osm.pbf")) else {
        println!("SKIPPED: Porto Alegre's network is not under {}", data.display());
        return;
    };
    let network = Network::from_vec(import::osm(&map, &Options::default(), &mut |_| {}).unwrap().bytes).unwrap();
    let Some(rows) = load(&data, &network) else {
        println!("SKIPPED: Porto Alegre's crashes are not under {}", data.display());
        return;
    };
    let asked: Vec<&Row> = rows.iter().filter(|r| r.asked).collect();
    println!("{} asked of {}", asked.len(), rows.len());

    let year = |y: u16| asked.iter().copied().filter(move |r| r.year == y).collect::<Vec<_>>();
    let learnt = |years: &[u16]| learn(&network, rows.iter().filter(|r| years.contains(&r.year)));
    if std::env::args().any(|a| a == "cross") {
        for (y, from) in [(2014u16, [2015u16, 2016]), (2015, [2014, 2016]), (2016, [2014, 2015])] {
            report(&network, &year(y), Some(&learnt(&from)), &format!("{y} from {from:?}"));
        }
        return;
    }
    if std::env::args().any(|a| a == "tune") {
        let l = learnt(&[2014]);
        if std::env::args().any(|a| a == "buckets") {
            buckets(&year(2015), &network, Some(&l));
            buckets(&year(2015), &network, None);
            return;
        }
        report(&network, &year(2015), Some(&l), "2015 from 2014");
        return;
    }
    let l = learnt(&[2014, 2015]);
    println!(
        "{} streets, {} aliases, {} elsewhere, {} crossings, {:?} abbr, {} contradicting",
        l.streets.len(),
        l.streets.iter().filter(|s| s.alias.is_some()).count(),
        l.streets.iter().filter(|s| s.elsewhere).count(),
        l.crossings.len(),
        l.abbreviations,
        l.contradicting
    );
    report(&network, &year(2016), Some(&l), "2016 from 2014, 2015");
    report(&network, &year(2016), None, "2016 map only");
    let started = Instant::now();
    let mut n = 0usize;
    for r in &asked {
        n += network.place_record(&words(r), Some(&l)).len();
    }
    println!("{:.0}/s ({n})", asked.len() as f64 / started.elapsed().as_secs_f64());
}

fn report(network: &Network, rows: &[&Row], learned: Option<&Learned>, title: &str) {
    println!("## {title}");
    let scored: Vec<Scored> = rows.iter().map(|r| Scored::of(r, network, learned, Means::default())).collect();
    println!("{}", line("as filed", &Tally::of(&scored)));
    let clean: Vec<Scored> = scored.iter().filter(|s| !s.row.contradicts).cloned().collect();
    println!("{}", line("not contradicting", &Tally::of(&clean)));
    let fixed: Vec<Scored> = scored.iter().map(|s| s.repaired()).collect();
    println!("{}", line("repaired", &Tally::of(&fixed)));
    for basis in [Basis::LearntCrossing, Basis::MapCrossing, Basis::NearMiss, Basis::LearntStreet, Basis::Street] {
        let of: Vec<Scored> = clean.iter().filter(|s| s.basis == Some(basis)).cloned().collect();
        println!("{}", line(&format!("{basis:?}"), &Tally::of(&of)));
    }
    let none: Vec<Scored> = clean.iter().filter(|s| s.basis.is_none()).cloned().collect();
    println!("none {}", none.len());
    score::reliability(&clean);
    if std::env::args().any(|a| a == "bad") {
        let mut c: std::collections::BTreeMap<String, usize> = Default::default();
        for s in clean.iter().filter(|s| s.distance_m > 50.0) {
            *c.entry(format!(
                "{} / {} {:?} {:.2} {:.0} m  {}",
                s.row.first, s.row.second, s.basis, s.confidence, s.distance_m, s.reason
            ))
            .or_default() += 1;
        }
        let mut c: Vec<_> = c.into_iter().map(|(a, b)| (b, a)).collect();
        c.sort();
        c.reverse();
        for (n, t) in c.iter().take(120) {
            println!("{n} {t}");
        }
    }
}

fn buckets(rows: &[&Row], network: &Network, learned: Option<&Learned>) {
    let mut b: std::collections::BTreeMap<(String, String), (usize, usize, usize)> = Default::default();
    for s in rows.iter().map(|r| Scored::of(r, network, learned, Means::default())).filter(|s| !s.row.contradicts) {
        let e = b.entry((format!("{:?}", s.basis), format!("{:.2}", s.confidence))).or_default();
        e.0 += 1;
        e.1 += usize::from(s.distance_m <= 50.0);
        e.2 += usize::from(s.distance_m > 200.0);
    }
    for (k, (n, g, w)) in b {
        println!("{k:?} {n} {:.3} wrong {:.3}", g as f64 / n as f64, w as f64 / n as f64);
    }
}
