//! The demo city's whole calls, asked for their place in words alone, against where it truly was. Prints a Markdown section.
//!
//! `cargo run --release -p gongzhi-demo --example call_figures [DAYS]`: the last DAYS of the city's year, 28 if not said.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test or an example stops where it cannot go on

use std::collections::{BTreeMap, BTreeSet};

use gongzhi_civic::place::haversine_m;
use gongzhi_demo::{City, Plan};
use gongzhi_road::import::{self, Options};
use gongzhi_road::{Context, Network};
use gongzhi_testkit::sayings::{Join, RoadBook, Said, Verdict, wilson};

/// What a call's true place is, by the name an officer writes.
fn kind(valid: bool, place: &str) -> &'static str {
    match place {
        _ if !valid => "8 no matter for the police: no place said",
        _ if place.ends_with("交叉口") => "1 crossing",
        _ if place.contains('近') && !place.ends_with("附近") => "2 road near another (true place up to 900 m from it)",
        _ if place.ends_with("门口") && place.contains(['路', '街']) && place.find(['路', '街']) < place.rfind("门口") => {
            "3 landmark on a road"
        }
        _ if place.ends_with("门口") => "4 landmark",
        _ if place.ends_with("附近") => "5 village",
        "匝道" | "无名路" => "7 a ramp or road without a name",
        _ => "6 a road alone",
    }
}

#[derive(Default)]
struct Row {
    n: usize,
    claimed: usize,
    within: [usize; 3],
    off_m: Vec<f64>,
    badly: usize,
    join_within: usize,
}

fn main() {
    let days: i64 = std::env::args().nth(1).map_or(28, |a| a.parse().unwrap());
    let plan = Plan::new(20_261_122, jiff::civil::date(2026, 11, 22));
    let city = City::generate(&plan);
    let imported = import::osm(&city.osm_xml(), &Options::default(), &mut |_| {}).unwrap();
    let network = Network::from_vec(imported.bytes).unwrap();
    let book = RoadBook::new(&network);
    let join = Join::new(&book);
    let from = plan.today.checked_sub(jiff::Span::new().days(days)).unwrap();
    let (mut rows, mut seen) = (BTreeMap::<&str, Row>::new(), BTreeSet::new());
    for call in city.calls(from, plan.today).filter(|c| seen.insert(c.words.clone())) {
        let row = rows.entry(kind(call.valid, &call.truth.place)).or_default();
        let said = answer(&network, &call.words);
        let off_m =
            |said: &Said| said.candidates.first().filter(|_| said.verdict == Verdict::Place).map(|c| haversine_m(c.0, call.truth.point));
        row.n += 1;
        row.join_within += usize::from(off_m(&join.answer(&call.words)).is_some_and(|m| m <= 50.0));
        let Some(off) = off_m(&said) else { continue };
        row.claimed += 1;
        for (count, most) in row.within.iter_mut().zip([50.0, 250.0, 1_000.0]) {
            *count += usize::from(off <= most);
        }
        row.off_m.push(off);
        row.badly += usize::from(said.candidates[0].1 >= 0.8 && off > 1_000.0);
    }
    println!(
        "### The demo city's calls\n\nThe last {days} days, {} different texts; coordinates and notes of the call taker left out.\n",
        seen.len()
    );
    println!(
        "| true place | n | a place claimed | claimed and within 50 m | within 250 m | within 1 km | median of claimed, m | > 1 km off with confidence ≥ 0.8 | join by name: within 50 m |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (kind, mut row) in rows {
        row.off_m.sort_by(f64::total_cmp);
        let share = |hits: usize| {
            let (low, high) = wilson(hits, row.n);
            format!("{:.1} % ({:.1}–{:.1})", 100.0 * hits as f64 / row.n as f64, 100.0 * low, 100.0 * high)
        };
        let median = row.off_m.get(row.off_m.len() / 2).map_or("–".into(), |m| format!("{m:.0}"));
        let [near, block, far] = row.within.map(share);
        println!(
            "| {} | {} | {} | {near} | {block} | {far} | {median} | {} | {} |",
            &kind[2..],
            row.n,
            share(row.claimed),
            row.badly,
            share(row.join_within)
        );
    }
}

fn answer(network: &Network, words: &str) -> Said {
    let answer = network.say_where(words, &Context::default());
    let verdict = match answer.verdict {
        gongzhi_road::Verdict::Found => Verdict::Place,
        gongzhi_road::Verdict::Several => Verdict::Several,
        gongzhi_road::Verdict::NoSuchCrossing { .. } => Verdict::NoSuchCrossing,
        gongzhi_road::Verdict::NotEnough { .. } | gongzhi_road::Verdict::Unknown => Verdict::NotEnough,
    };
    Said { verdict, candidates: answer.candidates.into_iter().map(|c| (c.point, c.confidence)).collect() }
}
