//! How well calls are joined, measured on labelled calls of the demo city. Prints a Markdown section.
//!
//! `cargo run --release -p gongzhi-risk --example repeat_figures [fit|cases]`: `fit` prints weights fitted on the set to
//! tune on, `cases` what goes wrong there; without a word the figures, on the set to judge by.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // an example stops where it cannot go on

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use gongzhi_civic::time::{DAY_MS, MINUTE_MS, Timestamp};
use gongzhi_demo::{City, LabelledCall, LabelledSet, Plan};
use gongzhi_risk::density::Projection;
use gongzhi_risk::network::{Edge, Graph};
use gongzhi_risk::repeat::learn::{Example, refit};
use gongzhi_risk::repeat::measure::{Quality, Report, report};
use gongzhi_risk::repeat::{Call, FEATURES, Joined, Joiner, OnStreet, Reader, Rule, Streets, Weights, radius};
use gongzhi_road::Network;
use gongzhi_road::import::{self, Options};

/// How far along the streets calls are looked up.
const REACH_M: f64 = 900.0;
const ROUNDS: usize = 1_000;

struct Ground {
    city: City,
    network: Network,
    lines: Vec<gongzhi_road::OnLine>,
    lengths: Vec<f64>,
    streets: Arc<Streets>,
    projection: Projection,
}

/// A call with what a map adds.
struct Located {
    call: LabelledCall,
    place: Option<String>,
    position_m: (f64, f64),
    street: Option<OnStreet>,
    caller: Option<u64>,
}

fn main() {
    let mode = std::env::args().nth(1).unwrap_or_default();
    let rule: Rule =
        toml::from_str(&std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../city/repeats.toml")).unwrap()).unwrap();
    rule.check().unwrap();
    let ground = Ground::new();
    let dev = ground.locate(ground.city.labelled_calls(LabelledSet::Dev, 1));
    eprintln!("{} calls to tune on", dev.len());
    match mode.as_str() {
        "fit" => fit(&ground, &dev, &rule),
        "cases" => {
            let joined = join(&ground, &dev, &rule);
            print_cases(&dev, &joined);
            summary("dev", &dev, &joined);
        }
        "sweep" => sweep(&ground, &dev, &rule),
        _ => figures(&ground, &dev, &rule),
    }
}

impl Ground {
    fn new() -> Self {
        let city = City::generate(&Plan::new(20_261_122, jiff::civil::date(2026, 11, 22)));
        let network = Network::from_vec(import::osm(&city.osm_xml(), &Options::default(), &mut |_| {}).unwrap().bytes).unwrap();
        let (streets, lines) = network.street_lines();
        let nodes = streets.iter().map(|l| l.from.max(l.to) + 1).max().unwrap();
        let edges: Vec<Edge> = streets.iter().map(|l| Edge { from: l.from, to: l.to, length_m: l.length_m, oneway: l.oneway }).collect();
        let lengths = edges.iter().map(|e| e.length_m).collect();
        let start = Instant::now();
        let streets = Arc::new(Streets::new(Arc::new(Graph::new(nodes, edges).unwrap()), REACH_M));
        eprintln!("streets: {:?}", start.elapsed());
        let projection = Projection::about(city.center());
        Self { city, network, lines, lengths, streets, projection }
    }

    fn locate(&self, calls: Vec<LabelledCall>) -> Vec<Located> {
        calls
            .into_iter()
            .map(|call| {
                let snap = self.network.snap(call.point, 80.0);
                let street = snap.as_ref().map(|s| {
                    let on = self.lines[s.edge as usize];
                    let length = self.lengths[on.line as usize];
                    OnStreet { edge: on.line, offset_m: if on.against { length - s.offset_m } else { s.offset_m } }
                });
                let place = snap.as_ref().map(|s| s.crossing.map_or_else(|| format!("s{:?}", s.section), |c| format!("c{:?}", c.0)));
                let digest =
                    |text: &str| text.bytes().fold(0xcbf2_9ce4_8422_2325, |h: u64, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
                Located { place, position_m: self.projection.to_m(call.point), street, caller: call.caller.as_deref().map(digest), call }
            })
            .collect()
    }
}

fn calls(list: &[Located]) -> Vec<Call<'_>> {
    list.iter()
        .enumerate()
        .map(|(i, l)| Call {
            key: i as u64,
            at: l.call.at,
            class: class(l),
            place: l.place.as_deref(),
            position_m: Some(l.position_m),
            street: l.street,
            caller: l.caller,
            words: &l.call.words,
            closed_at: l.call.closed_at,
        })
        .collect()
}

fn class(l: &Located) -> &'static str {
    match l.call.class {
        gongzhi_demo::Class::Accident => "accident",
        gongzhi_demo::Class::Order => "order",
        gongzhi_demo::Class::Other => "other",
    }
}

fn reader(rule: &Rule, list: &[Located]) -> Arc<Reader> {
    let mut reader = Reader::new(rule);
    reader.learn(&list.iter().map(|l| l.call.words.as_str()).collect::<Vec<_>>());
    Arc::new(reader)
}

fn join(ground: &Ground, list: &[Located], rule: &Rule) -> Joined {
    let mut joiner = Joiner::new(Arc::new(rule.clone()), reader(rule, list), Some(Arc::clone(&ground.streets)), &[]).unwrap();
    joiner.join(&calls(list))
}

/// Both relations of an answer: the incident of each call, and its trouble.
fn labels(joined: &Joined) -> [Vec<u32>; 2] {
    [joined.calls.iter().map(|p| p.incident).collect(), joined.troubles.clone()]
}

fn truth(list: &[Located]) -> [Vec<u32>; 2] {
    [list.iter().map(|l| l.call.incident).collect(), list.iter().map(|l| l.call.trouble).collect()]
}

/// Incidents and troubles of the rule of thumb.
fn by_radius(list: &[Located], rule: &radius::Rule) -> [Vec<u32>; 2] {
    let calls: Vec<radius::Call<'_>> = list
        .iter()
        .map(|l| radius::Call {
            at: l.call.at,
            class: class(l),
            place: l.place.as_deref(),
            position_m: Some(l.position_m),
            caller: l.caller,
        })
        .collect();
    let joined = radius::join(&calls, rule).unwrap();
    // A repeat is of the trouble of what it repeats.
    let mut trouble: HashMap<usize, u32> = HashMap::new();
    let mut order: Vec<usize> = (0..list.len()).collect();
    order.sort_by_key(|&i| (list[i].call.at, i));
    for &i in &order {
        let m = &joined.calls[i];
        if !trouble.contains_key(&m.first_call) {
            let of = m.repeat_of.and_then(|r| trouble.get(&r).copied()).unwrap_or(m.first_call as u32);
            trouble.insert(m.first_call, of);
        }
    }
    [joined.calls.iter().map(|m| m.incident).collect(), joined.calls.iter().map(|m| trouble[&m.first_call]).collect()]
}

fn fit(ground: &Ground, list: &[Located], rule: &Rule) {
    let all = calls(list);
    let joiner = Joiner::new(Arc::new(rule.clone()), reader(rule, list), Some(Arc::clone(&ground.streets)), &[]).unwrap();
    let (mut incident, mut trouble) = (Vec::new(), Vec::new());
    for (j, b) in all.iter().enumerate() {
        for (i, a) in all[..j].iter().enumerate().rev() {
            let gap = (b.at.0 - a.at.0) as f64 / MINUTE_MS as f64;
            if gap > rule.trouble.window_minutes {
                break;
            }
            let straight = (list[i].position_m.0 - list[j].position_m.0).hypot(list[i].position_m.1 - list[j].position_m.1);
            let caller = a.caller.is_some() && a.caller == b.caller;
            let near = |bounds: &gongzhi_risk::repeat::Bounds| (straight <= bounds.distance_m || caller) && gap <= bounds.window_minutes;
            let (x, y) = (&list[i].call, &list[j].call);
            if near(&rule.incident) {
                let evidence = joiner.evidence(a, b).0;
                incident.push(Example { evidence, together: x.incident == y.incident, weight: 1.0 });
            }
            if near(&rule.trouble) && x.incident != y.incident {
                let evidence = joiner.evidence(a, b).1;
                trouble.push(Example { evidence, together: x.trouble == y.trouble, weight: 1.0 });
            }
        }
    }
    for (name, examples, held) in [("incident", &incident, &rule.incident.weights), ("trouble", &trouble, &rule.trouble.weights)] {
        let prior = Weights { same_plate: held.same_plate, ..Weights::default() };
        let refit = refit(&prior, examples, 0.2);
        let yes = examples.iter().filter(|e| e.together).count();
        eprintln!("{name}: {} pairs, {yes} together", examples.len());
        println!("[{name}.weights]");
        for (feature, weight) in FEATURES.iter().zip(refit.weights.values()) {
            println!("{} = {weight:.2}", feature.id());
        }
    }
}

fn sweep(ground: &Ground, list: &[Located], rule: &Rule) {
    let truth = truth(list);
    for step in 3..=19 {
        let threshold = f64::from(step) * 0.05;
        let mut rule = rule.clone();
        (rule.incident.threshold, rule.trouble.threshold) = (threshold, threshold);
        let found = labels(&join(ground, list, &rule));
        let one = |at: usize| report(&found[at], &truth[at], 0, 1).unwrap();
        let (a, b) = (one(0), one(1));
        println!("{threshold:.2} incident {} {}   trouble {} {}", show(a.pairwise), show(a.cubed), show(b.pairwise), show(b.cubed));
    }
}

fn show(q: Quality) -> String {
    format!("{:.3}/{:.3}/{:.3}", q.precision, q.recall, q.f1)
}

fn summary(name: &str, list: &[Located], joined: &Joined) {
    let (found, truth) = (labels(joined), truth(list));
    for (what, at) in [("incident", 0), ("trouble", 1)] {
        let r = report(&found[at], &truth[at], 0, 1).unwrap();
        println!("{name} {what}: pairs {} {} cubed {}", r.pairs, show(r.pairwise), show(r.cubed));
    }
}

/// Pairs right, missed and wrong for each case: a wrong pair counts for the case of its later call.
fn by_case(list: &[Located], found: &[u32], truth: &[u32]) -> BTreeMap<&'static str, [u64; 3]> {
    let mut cases: BTreeMap<&'static str, [u64; 3]> = BTreeMap::new();
    let mut groups: [HashMap<u32, Vec<usize>>; 2] = [HashMap::new(), HashMap::new()];
    for i in 0..list.len() {
        cases.entry(list[i].call.case).or_default();
        for &j in groups[1].get(&truth[i]).into_iter().flatten() {
            cases.entry(list[i].call.case).or_default()[usize::from(found[i] != found[j])] += 1;
        }
        for &j in groups[0].get(&found[i]).into_iter().flatten().filter(|&&j| truth[i] != truth[j]) {
            // A sown case is what was asked for; an ordinary call nearby is chance.
            let case = if list[i].call.case == "ordinary" { list[j].call.case } else { list[i].call.case };
            cases.entry(case).or_default()[2] += 1;
        }
        groups[0].entry(found[i]).or_default().push(i);
        groups[1].entry(truth[i]).or_default().push(i);
    }
    cases
}

fn print_cases(list: &[Located], joined: &Joined) {
    let (found, truth) = (labels(joined), truth(list));
    for at in 0..2 {
        for (case, [right, missed, wrong]) in by_case(list, &found[at], &truth[at]) {
            println!("{} {case}: right {right} missed {missed} wrong {wrong}", ["incident", "trouble"][at]);
        }
    }
}

fn figures(ground: &Ground, dev: &[Located], rule: &Rule) {
    let held = ground.locate(ground.city.labelled_calls(LabelledSet::HeldOut, 2));
    eprintln!("{} calls to judge by", held.len());
    let truths = truth(&held);
    let joined = join(ground, &held, rule);
    let found = labels(&joined);
    let best = best_radius(dev);
    let rivals = [
        ("radius and time, as it was (100 m, 30 min, 7 days, same caller)".to_owned(), radius::Rule::default()),
        ("radius and time, anybody (100 m, 30 min, 7 days)".to_owned(), radius::Rule { same_caller: false, ..radius::Rule::default() }),
        (format!("radius and time, best for incidents on the other set ({})", told(&best[0])), best[0]),
        (format!("radius and time, best for troubles on the other set ({})", told(&best[1])), best[1]),
    ];
    let incidents = |labels: &[u32]| labels.iter().collect::<std::collections::BTreeSet<_>>().len();
    println!("## Labelled calls of the demo city\n");
    println!(
        "Held-out set: n = {} calls, {} incidents, {} troubles; of them {} calls sown as hard cases in wordings that the set to tune on does not hold.",
        held.len(),
        incidents(&truths[0]),
        incidents(&truths[1]),
        held.iter().filter(|l| l.call.case != "ordinary").count()
    );
    for (at, what) in [(0, "One incident"), (1, "One trouble (incident or repeat)")] {
        println!("\n### {what}\n");
        println!("| method | pairs: precision | recall | F1 | B-cubed: precision | recall | F1 |\n|---|---|---|---|---|---|---|");
        line("joined by likelihood (`city/repeats.toml`)", &report(&found[at], &truths[at], ROUNDS, 7).unwrap());
        for (name, radius) in &rivals {
            line(name, &report(&by_radius(&held, radius)[at], &truths[at], ROUNDS, 7).unwrap());
        }
    }
    println!("\nIn brackets the 95 % bootstrap interval over groups of calls that hang together, {ROUNDS} rounds.");
    println!("\n### By case: pairs found / missed / wrongly joined\n");
    println!("| case | one incident | by radius, best | one trouble | by radius, best |\n|---|---|---|---|---|");
    let columns = [
        by_case(&held, &found[0], &truths[0]),
        by_case(&held, &by_radius(&held, &best[0])[0], &truths[0]),
        by_case(&held, &found[1], &truths[1]),
        by_case(&held, &by_radius(&held, &best[1])[1], &truths[1]),
    ];
    for case in columns[0].keys() {
        let cells: Vec<String> = columns.iter().map(|c| c.get(case).map_or("–".into(), |[a, b, c]| format!("{a} / {b} / {c}"))).collect();
        println!("| {case} | {} |", cells.join(" | "));
    }
    println!("\nRepeat rate found: {}; true: {:.2} %.", joined.rate().display(gongzhi_civic::text::Language::En), {
        let (i, t) = (incidents(&truths[0]) as f64, incidents(&truths[1]) as f64);
        (i - t) / i * 100.0
    });
    million(ground, &held, rule);
}

fn told(rule: &radius::Rule) -> String {
    let who = if rule.same_caller { "same caller" } else { "anybody" };
    format!("{} m, {} min, {} days, {who}", rule.distance_m, rule.merge_ms / MINUTE_MS, rule.window_ms / DAY_MS)
}

/// The settings of the rule of thumb with the best pairwise F1 on the set to tune on: for incidents, for troubles.
fn best_radius(dev: &[Located]) -> [radius::Rule; 2] {
    let truth = truth(dev);
    let mut best = [(radius::Rule::default(), -1.0); 2];
    for distance_m in [25.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 400.0] {
        for minutes in [10, 20, 30, 45, 60, 90, 120] {
            for days in [1, 2, 3, 7] {
                for same_caller in [true, false] {
                    let rule = radius::Rule { distance_m, merge_ms: minutes * MINUTE_MS, window_ms: days * DAY_MS, same_caller };
                    let found = by_radius(dev, &rule);
                    for at in 0..2 {
                        let f1 = report(&found[at], &truth[at], 0, 1).unwrap().pairwise.f1;
                        if f1 > best[at].1 {
                            best[at] = (rule, f1);
                        }
                    }
                }
            }
        }
    }
    best.map(|b| b.0)
}

fn line(name: &str, r: &Report) {
    let cell = |value: f64, low: f64, high: f64| format!("{value:.3} [{low:.3}–{high:.3}]");
    let cells = |q: Quality, i: [Quality; 2]| {
        [cell(q.precision, i[0].precision, i[1].precision), cell(q.recall, i[0].recall, i[1].recall), cell(q.f1, i[0].f1, i[1].f1)]
            .join(" | ")
    };
    println!("| {name} | {} | {} |", cells(r.pairwise, r.pairwise_interval), cells(r.cubed, r.cubed_interval));
}

/// A million calls: the held-out weeks again and again, each time four weeks later.
fn million(ground: &Ground, held: &[Located], rule: &Rule) {
    let once = calls(held);
    let times = 1_000_000_usize.div_ceil(once.len());
    let many: Vec<Call<'_>> = (0..times)
        .flat_map(|t| once.iter().map(move |c| (t, *c)))
        .enumerate()
        .map(|(i, (t, c))| Call { key: i as u64, at: Timestamp(c.at.0 + t as i64 * 28 * DAY_MS), closed_at: None, ..c })
        .take(1_000_000)
        .collect();
    let learning = Instant::now();
    let mut reader = Reader::new(rule);
    reader.learn(&many.iter().map(|c| c.words).collect::<Vec<_>>());
    let learning = learning.elapsed();
    let mut joiner = Joiner::new(Arc::new(rule.clone()), Arc::new(reader), Some(Arc::clone(&ground.streets)), &[]).unwrap();
    let joining = Instant::now();
    let joined = joiner.join(&many);
    let joining = joining.elapsed();
    let last = many.last().unwrap();
    let start = Instant::now();
    for i in 0..1_000 {
        joiner.push(&Call { key: u64::MAX - i, at: last.at, ..many[many.len() - 1 - (i as usize * 7) % 5_000] });
    }
    let live = start.elapsed() / 1_000;
    println!(
        "\nA million calls ({times} times the held-out weeks, {} incidents found): words learnt in {:.1} s, joined in {:.1} s on {} threads; one live call {:.0} µs.",
        joined.incidents,
        learning.as_secs_f64(),
        joining.as_secs_f64(),
        std::thread::available_parallelism().map_or(1, usize::from),
        live.as_secs_f64() * 1e6
    );
}
