//! Chinese sayings of places against their labels, beside a plain join by name. Prints a Markdown section.
//!
//! `cargo run --release -p gongzhi-road --example sayings_figures [DATA] [FAILURES]`: DATA as in `GONGZHI_TEST_DATA`; FAILURES is a
//! file for the wrong answers of the open half. Seconds are those of the processor, one thread.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use gongzhi_road::{Context, Network, StakeIndex};
use gongzhi_testkit::sayings::{
    self, CITIES, Distortion, DrawnStakes, Join, Judgement, Kind, RoadBook, Said, Saying, Tally, Truth, Verdict, judge, wilson,
};

/// As in the tests, so that the figures are of the same set.
const SEED: u64 = 20_261_122;

struct Asked {
    saying: Saying,
    said: Said,
    ours: Judgement,
    join: Judgement,
}

fn main() {
    let data = std::env::args()
        .nth(1)
        .or_else(|| std::env::var("GONGZHI_TEST_DATA").ok())
        .map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let (mut made, mut written, mut speeds) = (Vec::new(), Vec::new(), Vec::new());
    for name in CITIES {
        let Some(city) = sayings::city(&data, name) else { continue };
        let network = &city.network;
        let book = RoadBook::new(network);
        let (join, stakes) = (Join::new(&book), DrawnStakes::new(network));
        let ask = |saying: Saying| {
            let said = answer(network, (saying.kind == Kind::Stake).then_some(&stakes), &saying.words);
            let (ours, join) = (judge(&saying, &said), judge(&saying, &join.answer(&saying.words)));
            Asked { saying, said, ours, join }
        };
        let set = sayings::generate(name, &book, &city.stops, SEED);
        eprintln!("{name}: {} made", set.len());
        speeds.push((name, speed(&set, |words| answer(network, None, words)), speed(&set, |words| join.answer(words))));
        made.extend(set.into_iter().map(ask));
        for text in WRITTEN {
            written.extend(sayings::read(text, name, &book).into_iter().map(ask));
        }
    }
    if made.is_empty() {
        println!("SKIPPED: no city under {}", data.display());
        return;
    }
    let all: Vec<Saying> = made.iter().map(|a| a.saying.clone()).collect();
    println!("### Chinese words to a place\n");
    println!(
        "{} sayings made from the maps (seed {SEED}, fingerprint {:016x}), {} written by hand.\n",
        made.len(),
        sayings::fingerprint(&all),
        written.len()
    );
    goals(&made, &written);
    table("By kind, made", &made, |a| a.saying.kind.word().to_owned());
    table("By distortion, crossings, made", &made, |a| match a.saying.kind {
        Kind::Crossing => a.saying.distortion.word().to_owned(),
        _ => String::new(),
    });
    table("By kind, written by hand", &written, |a| a.saying.kind.word().to_owned());
    table("By half", &made, |a| if a.saying.open_half() { "open half".into() } else { "held-out half".into() });
    table("By half, written by hand", &written, |a| if a.saying.open_half() { "open half".into() } else { "held-out half".into() });
    table("By city", &made, |a| a.saying.network.clone());
    reliability(&made, &written);
    println!("\n| one core, whole set | sayings a second | plain join by name |\n|---|---:|---:|");
    for (name, ours, join) in speeds {
        println!("| {name} | {ours:.0} | {join:.0} |");
    }
    if let Some(path) = std::env::args().nth(2) {
        std::fs::write(path, failures(&made, &written)).unwrap();
    }
}

const WRITTEN: [&str; 5] = [
    include_str!("../tests/sayings/crossings.tsv"),
    include_str!("../tests/sayings/calls.tsv"),
    include_str!("../tests/sayings/other.tsv"),
    include_str!("../tests/sayings/none.tsv"),
    include_str!("../tests/sayings/not_enough.tsv"),
];

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

/// Sayings answered in one second of the processor.
fn speed(set: &[Saying], answer: impl Fn(&str) -> Said) -> f64 {
    let cpu = || -> f64 {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        text.split(' ').next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e9
    };
    let (start, mut done, mut candidates) = (cpu(), 0usize, 0usize);
    while cpu() - start < 3.0 {
        for saying in set {
            candidates += answer(&saying.words).candidates.len();
        }
        done += set.len();
    }
    assert!(candidates > 0);
    done as f64 / (cpu() - start)
}

fn share(hits: usize, n: usize) -> String {
    let (low, high) = wilson(hits, n);
    if n == 0 { "–".into() } else { format!("{:.1} % ({:.1}–{:.1})", 100.0 * hits as f64 / n as f64, 100.0 * low, 100.0 * high) }
}

fn tally<'a>(asked: impl Iterator<Item = &'a Asked>, of: impl Fn(&Asked) -> Judgement) -> Tally {
    let mut tally = Tally::default();
    asked.for_each(|a| tally.add(&a.saying, &of(a)));
    tally
}

fn goals(made: &[Asked], written: &[Asked]) {
    let both = || made.iter().chain(written);
    let plain = |a: &&Asked| a.saying.kind == Kind::Crossing && a.saying.distortion.is_plain();
    let clean = |a: &&Asked| a.saying.kind == Kind::Crossing && a.saying.distortion == Distortion::Clean;
    let call = |a: &&Asked| a.saying.kind == Kind::Crossing && a.saying.words.chars().count() >= 20;
    let slipped = |a: &&Asked| a.saying.kind == Kind::Crossing && a.saying.distortion.is_slip();
    let none = |a: &&Asked| a.saying.truth == Truth::NoSuchCrossing;
    let strangers = |a: &&Asked| a.saying.kind == Kind::NoCrossing;
    println!("| goal | measured | held-out half | plain join by name |\n|---|---:|---:|---:|");
    let row = |label: &str, pick: &dyn Fn(&&Asked) -> bool, hit: &dyn Fn(&Judgement) -> bool| {
        let count = |half: bool, join: bool| {
            let of: Vec<&Asked> = both().filter(|a| pick(a) && (!half || !a.saying.open_half())).collect();
            share(of.iter().filter(|a| hit(if join { &a.join } else { &a.ours })).count(), of.len())
        };
        println!("| {label} | {} | {} | {} |", count(false, false), count(true, false), count(false, true));
    };
    row("crossings, both names known, clean: claimed and within 50 m (≥ 97 %)", &clean, &|j| j.placed);
    row("… Traditional, full width, spaced, with city and district, digits as well", &plain, &|j| j.placed);
    row("… one character wrong (≥ 90 %)", &slipped, &|j| j.placed);
    row("… one character wrong, first guess whether claimed or not", &slipped, &|j| j.top1);
    row("no such crossing, both roads real: said as such (≥ 98 %)", &strangers, &|j| j.as_such);
    row("no such crossing, one road invented as well: said as such", &none, &|j| j.as_such);
    row("… no place claimed", &none, &|j| j.silent);
    row("not enough: said as such", &|a| a.saying.truth == Truth::NotEnough, &|j| j.as_such);
    row("… no place claimed", &|a| a.saying.truth == Truth::NotEnough, &|j| j.silent);
    row("whole calls, crossings: claimed and within 50 m", &call, &|j| j.placed);
    row("… first guess whether claimed or not", &call, &|j| j.top1);
    row("wrong by > 200 m, or a place where none is, with confidence ≥ 0.8 (all sayings; the less the better)", &|_| true, &|j| {
        j.badly_wrong
    });
}

fn table(title: &str, asked: &[Asked], group: impl Fn(&Asked) -> String) {
    let mut groups: BTreeMap<String, Vec<&Asked>> = BTreeMap::new();
    for a in asked {
        let key = group(a);
        if !key.is_empty() {
            groups.entry(key).or_default().push(a);
        }
    }
    println!("\n**{title}**\n");
    println!(
        "| | n | first right | one of three | claimed and right, or said as such | no place claimed | badly wrong | join: first right / as such |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for (key, of) in groups {
        let (t, join) = (tally(of.iter().copied(), |a| a.ours), tally(of.iter().copied(), |a| a.join));
        let (first, three) = if t.places == 0 { ("–".into(), "–".into()) } else { (share(t.top1, t.places), share(t.top3, t.places)) };
        println!(
            "| {key} | {} | {first} | {three} | {} | {} | {} | {} |",
            t.n,
            share(t.as_such, t.n),
            t.silent,
            t.badly_wrong,
            share(join.as_such, join.n)
        );
    }
}

fn reliability(made: &[Asked], written: &[Asked]) {
    let t = tally(made.iter().chain(written), |a| a.ours);
    println!("\n| confidence of a claimed place | n | right |\n|---|---:|---:|");
    for (i, (n, right)) in t.reliability.iter().enumerate().filter(|(_, c)| c.0 > 0) {
        println!("| {:.1}–{:.1} | {n} | {} |", i as f64 / 10.0, (i + 1) as f64 / 10.0, share(*right, *n));
    }
}

/// Wrong answers of the open half, by kind and distortion.
fn failures(made: &[Asked], written: &[Asked]) -> String {
    let mut groups: BTreeMap<(Kind, &str), Vec<&Asked>> = BTreeMap::new();
    for a in made.iter().chain(written).filter(|a| a.saying.open_half() && (!a.ours.as_such || a.ours.badly_wrong)) {
        groups.entry((a.saying.kind, a.saying.distortion.word())).or_default().push(a);
    }
    let mut out = String::from("# Wrong answers of the open half\n\nwords → meant; answered (metres off, confidence)\n");
    for ((kind, distortion), of) in groups {
        writeln!(out, "\n## {} / {distortion}: {}\n", kind.word(), of.len()).unwrap();
        for a in of {
            let answered = match (a.said.verdict, a.ours.off_m, a.said.candidates.first()) {
                (verdict, Some(off), Some(c)) => format!("{verdict:?}, {off:.0} m off, {:.2}", c.1),
                (verdict, _, c) => format!("{verdict:?}, {:.2}", c.map_or(0.0, |c| c.1)),
            };
            writeln!(out, "- [{}] {} → {}; {answered}", a.saying.network, a.saying.words, a.saying.means).unwrap();
        }
    }
    out
}
