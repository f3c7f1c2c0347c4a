//! Labelled Chinese sayings on two real maps; skipped loudly where they are absent. Figures: `examples/sayings_figures.rs`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use gongzhi_road::{Context, Network, StakeIndex};
use gongzhi_testkit::sayings::{self, CITIES, City, DrawnStakes, Kind, RoadBook, Said, Saying, Tally, Truth, Verdict, judge};

/// As in the example.
const SEED: u64 = 20_261_122;

/// Written by hand as callers, officers, couriers, insurers and bulletins put it.
const WRITTEN: [&str; 5] = [
    include_str!("../sayings/crossings.tsv"),
    include_str!("../sayings/calls.tsv"),
    include_str!("../sayings/other.tsv"),
    include_str!("../sayings/none.tsv"),
    include_str!("../sayings/not_enough.tsv"),
];

fn cities() -> Vec<(&'static str, City)> {
    let root = std::env::var("GONGZHI_TEST_DATA")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    CITIES.into_iter().filter_map(|name| Some((name, sayings::city(&root, name)?))).collect()
}

/// The engine's answer in the terms of the labels.
fn answer(network: &Network, stakes: Option<&DrawnStakes>, words: &str) -> Said {
    let context = Context { stakes: stakes.map(|s| s as &dyn StakeIndex), ..Context::default() };
    let answer = network.say_where(words, &context);
    let verdict = match answer.verdict {
        gongzhi_road::Verdict::Found => Verdict::Place,
        gongzhi_road::Verdict::Several => Verdict::Several,
        gongzhi_road::Verdict::NoSuchCrossing { .. } => Verdict::NoSuchCrossing,
        gongzhi_road::Verdict::NotEnough { .. } | gongzhi_road::Verdict::Unknown => Verdict::NotEnough,
    };
    Said { verdict, candidates: answer.candidates.into_iter().map(|c| (c.point, c.confidence)).collect() }
}

fn tally(asked: &[(Saying, Said)], pick: impl Fn(&Saying) -> bool) -> Tally {
    let mut tally = Tally::default();
    asked.iter().filter(|(saying, _)| pick(saying)).for_each(|(saying, said)| tally.add(saying, &judge(saying, said)));
    tally
}

fn rate(hits: usize, n: usize) -> f64 {
    hits as f64 / n.max(1) as f64
}

#[test]
fn made_sayings_are_placed() {
    let cities = cities();
    let mut asked = Vec::new();
    for (name, city) in &cities {
        let (book, stakes) = (RoadBook::new(&city.network), DrawnStakes::new(&city.network));
        let set = sayings::generate(name, &book, &city.stops, SEED);
        assert_eq!(set, sayings::generate(name, &book, &city.stops, SEED), "the same map and seed give the same sayings");
        asked.extend(set.into_iter().map(|saying| {
            let said = answer(&city.network, (saying.kind == Kind::Stake).then_some(&stakes), &saying.words);
            (saying, said)
        }));
    }
    if cities.len() < CITIES.len() {
        return;
    }
    let all: Vec<Saying> = asked.iter().map(|(saying, _)| saying.clone()).collect();
    // Figures in the documents are of this very set. A change of the maps' reading may change it: then measure anew.
    assert_eq!((all.len(), format!("{:016x}", sayings::fingerprint(&all)).as_str()), (8_737, "d08d31ce6762904b"));
    let plain = tally(&asked, |s| s.kind == Kind::Crossing && s.distortion.is_plain());
    assert!(plain.n >= 1_500 && rate(plain.top1, plain.n) >= 0.98, "{plain:?}");
    let slipped = tally(&asked, |s| s.kind == Kind::Crossing && s.distortion.is_slip());
    assert!(slipped.n >= 1_200 && rate(slipped.top1, slipped.n) >= 0.75, "{slipped:?}");
    let none = tally(&asked, |s| s.kind == Kind::NoCrossing);
    assert!(none.n >= 700 && rate(none.silent, none.n) >= 0.98, "{none:?}");
    let everything = tally(&asked, |_| true);
    assert!(rate(everything.badly_wrong, everything.n) <= 0.03, "{everything:?}");
}

#[test]
fn written_sayings_are_placed() {
    let cities = cities();
    let mut asked = Vec::new();
    for (name, city) in &cities {
        let (book, stakes) = (RoadBook::new(&city.network), DrawnStakes::new(&city.network));
        for saying in WRITTEN.iter().flat_map(|text| sayings::read(text, name, &book)) {
            let said = answer(&city.network, (saying.kind == Kind::Stake).then_some(&stakes), &saying.words);
            asked.push((saying, said));
        }
    }
    if cities.len() < CITIES.len() {
        return;
    }
    let count = |pick: &dyn Fn(&Saying) -> bool| asked.iter().filter(|(saying, _)| pick(saying)).count();
    assert_eq!(
        asked.len(),
        WRITTEN.iter().flat_map(|t| t.lines()).filter(|l| !l.starts_with('#')).count(),
        "every line is of one of the cities"
    );
    assert!(asked.len() >= 400 && count(&|s| s.words.chars().count() >= 20) >= 60);
    assert!(count(&|s| s.truth == Truth::NoSuchCrossing) >= 30 && count(&|s| s.truth == Truth::NotEnough) >= 60);
    let crossings = tally(&asked, |s| s.kind == Kind::Crossing);
    assert!(rate(crossings.top1, crossings.n) >= 0.93, "{crossings:?}");
    let none = tally(&asked, |s| s.kind == Kind::NoCrossing);
    assert!(rate(none.silent, none.n) >= 0.96, "{none:?}");
    let everything = tally(&asked, |_| true);
    assert!(everything.badly_wrong <= 4, "{everything:?}");
}

#[test]
fn labels_are_true_of_the_map() {
    for (name, city) in cities() {
        let book = RoadBook::new(&city.network);
        let met: BTreeSet<(String, String)> = city
            .network
            .crossings()
            .flat_map(|(_, c)| c.roads.clone().into_iter().flat_map(move |a| c.roads.clone().into_iter().map(move |b| (a.clone(), b))))
            .collect();
        for saying in sayings::generate(name, &book, &city.stops, SEED) {
            match &saying.truth {
                Truth::Place { points, lines, within_m } => {
                    assert!(!points.is_empty() || lines.iter().any(|l| !l.is_empty()), "{saying:?}");
                    assert!((30.0..=300.0).contains(within_m), "{saying:?}");
                }
                Truth::NoSuchCrossing if saying.kind == Kind::NoCrossing => {
                    let (a, b) = saying.means.split_once(" × ").unwrap();
                    assert!(book.meeting(a, b).is_empty() && book.knows(a) && book.knows(b), "{saying:?}");
                    assert!(!met.contains(&(a.to_owned(), b.to_owned())), "{saying:?}");
                }
                Truth::NoSuchCrossing => {
                    let (a, b) = saying.means.split_once(" × ").unwrap();
                    assert!(book.knows(a) != book.knows(b), "{saying:?}");
                }
                Truth::NotEnough => {}
            }
        }
    }
}
