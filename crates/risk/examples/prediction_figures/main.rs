//! Which list of places finds next year's crashes? Every method on the same units of real cities; see docs/benchmarks/risk/prediction.md.
//!
//! `cargo run --release -p gongzhi-risk --example prediction_figures [ROUNDS]`, with `GONGZHI_TEST_DATA`; prints Markdown.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod cases;
mod methods;
mod product;
#[path = "../../tests/it/real.rs"]
mod real;
mod rules;

use cases::{Case, Placed};
use gongzhi_risk::random;
use gongzhi_risk::score::{Bootstrap, Flagged, Interval, Unit, best, flagged, sites};
use methods::{CELL_BANDWIDTHS, Measure, Method, STREET_BANDWIDTHS, counts, expected};

/// Shares of the length that are flagged.
const SHARES: [f64; 4] = [0.005, 0.01, 0.02, 0.05];
/// Draws of the null.
const NULLS: u64 = 20;
/// Seed of those draws.
const NULL_SEED: u64 = 1;

/// One method on one target year.
struct Row {
    method: Method,
    bandwidth: f64,
    scores: Vec<f64>,
    at: Vec<Flagged>,
    pai: Vec<Interval>,
    /// Over the plain count.
    ratio: Vec<Interval>,
}

/// One target year of one city.
struct Target {
    case: String,
    year: i16,
    measure: Measure,
    rows: Vec<Row>,
    learnt: usize,
    tested: usize,
}

fn main() {
    let rounds = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(1_000);
    let bootstrap = Bootstrap { seed: 2_026, rounds };
    let mut targets = Vec::new();
    streets(&bootstrap, &mut targets);
    product::product(&bootstrap);
    planes(&bootstrap, &mut targets);
    if targets.is_empty() {
        println!("SKIPPED: no real crashes; set GONGZHI_TEST_DATA");
        return;
    }
    verdict(&targets);
}

fn streets(bootstrap: &Bootstrap, targets: &mut Vec<Target>) {
    let Some(case) = cases::porto_alegre() else { return };
    eprintln!("Porto Alegre: {} units", case.sites.len());
    let length: f64 = case.sites.iter().map(|s| s.length).sum();
    let by_year: Vec<String> = case.years.iter().map(|y| format!("{} in {}", y.1.len(), y.0)).collect();
    println!("### Porto Alegre, on its streets\n");
    println!(
        "{} units: {:.0} km of streets of OpenStreetMap, cut at junctions and into pieces of at most {} m. Crashes on them: {} \
         ({} lie outside the map or farther than 50 m from any street; the file of 2012 is missing from the source; latitudes of 2014 and \
         2015 that lost digits are repaired as told in ../road/records.md). Squares of 1 km are drawn as one by the bootstrap.\n",
        case.sites.len(),
        length / 1000.0,
        cases::PIECE_M,
        by_year.join(", "),
        case.left_out
    );
    for (learnt, chosen_on, year) in [
        (vec![2011, 2013], (vec![2011], 2013), 2014),
        (vec![2011, 2013, 2014], (vec![2011, 2013], 2014), 2015),
        (vec![2011, 2013, 2014, 2015], (vec![2011, 2013, 2014], 2015), 2016),
    ] {
        let target = run(&case, &Method::STREETS, &STREET_BANDWIDTHS, &learnt, &chosen_on, year, Measure::Every, bootstrap);
        println!(
            "**{} → {year}** ({} crashes → {}); bandwidths chosen on {:?} → {}\n",
            list(&learnt),
            target.learnt,
            target.tested,
            chosen_on.0,
            chosen_on.1
        );
        table(&case, &target);
        if year == 2016 {
            ratios(&target);
            null(&case, &target, &learnt);
            consistency(&case, &target, &learnt, year);
        }
        targets.push(target);
    }
    let (learnt, chosen_on) = (vec![2011, 2013, 2014, 2015], (vec![2011, 2013, 2014], 2015));
    for (measure, name) in [
        (Measure::BySeverity, "by severity: killed 5, seriously hurt 3, others 1, both in what is learnt and in what is found"),
        (Measure::Severe, "killed or seriously hurt only, in both: few crashes, where a count is mostly chance"),
    ] {
        let target = run(&case, &Method::STREETS, &STREET_BANDWIDTHS, &learnt, &chosen_on, 2016, measure, bootstrap);
        println!("**{} → 2016, {name}** ({} → {})\n", list(&learnt), target.learnt, target.tested);
        table(&case, &target);
        ratios(&target);
    }
}

/// A place on squares and what is asked of it.
struct Plane {
    case: Case,
    learnt: Vec<i16>,
    chosen_on: (Vec<i16>, i16),
    year: i16,
}

fn planes(bootstrap: &Bootstrap, targets: &mut Vec<Target>) {
    let mut places: Vec<Plane> = Vec::new();
    for prefecture in real::JAPAN {
        let Some(crashes) = real::japan(prefecture) else { continue };
        let name = format!("Japan, {}", &prefecture[3..]);
        let case = cases::cells(&name, &crashes, &[2019, 2020]);
        places.push(Plane { case, learnt: vec![2019, 2020], chosen_on: (vec![2019], 2020), year: 2021 });
    }
    if let Some(crashes) = real::edinburgh() {
        let learnt = vec![2010, 2011, 2012];
        let case = cases::cells("Edinburgh", &crashes, &learnt);
        places.push(Plane { case, learnt, chosen_on: (vec![2010, 2011], 2012), year: 2013 });
    }
    if places.is_empty() {
        return;
    }
    println!("### Japan and Edinburgh, on squares\n");
    println!(
        "The data have no street network, so whatever needs one (network densities, length, road class, rules by road) is absent here. Units are \
         squares of {} m; the area is every square within 1 km of a crash of the years learnt from, which leaves out country without crashes \
         and with it most of what any method would get right for nothing. Crashes of the year tested that lie outside are left out and counted. \
         Squares of 5 km are drawn as one by the bootstrap.\n",
        cases::CELL_M
    );
    println!(
        "| place | units | learnt | tested | left out | method | bandwidth | PAI at 0.5 % | 1 % | 2 % | 5 % | hit rate at 2 % | PEI* at 2 % |\n|---|--:|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|"
    );
    for Plane { case, learnt, chosen_on, year } in places {
        eprintln!("{}: {} units", case.name, case.sites.len());
        let target = run(&case, &Method::CELLS, &CELL_BANDWIDTHS, &learnt, &chosen_on, year, Measure::Every, bootstrap);
        for (i, row) in target.rows.iter().enumerate() {
            let head = if i == 0 {
                format!(
                    "{} {} → {year} | {} | {} | {} | {}",
                    case.name,
                    list(&learnt),
                    case.sites.len(),
                    target.learnt,
                    target.tested,
                    case.left_out
                )
            } else {
                " | | | | ".to_owned()
            };
            let bandwidth = if row.method.has_bandwidth() { format!("{:.0} m", row.bandwidth) } else { String::new() };
            println!(
                "| {head} | {} | {bandwidth} | {} | {:.1} % | {:.2} |",
                row.method.name(),
                row.pai.iter().map(interval).collect::<Vec<_>>().join(" | "),
                row.at[2].hit_rate * 100.0,
                row.at[2].pei
            );
        }
        let units = units(&case, &case.of(&[year]), Measure::Every);
        let ceiling: Vec<String> = SHARES.iter().map(|&s| format!("{:.1}", best(&units, s).unwrap().pai)).collect();
        println!("| | | | | | *ceiling* | | {} | {:.1} % | 1.00 |", ceiling.join(" | "), best(&units, 0.02).unwrap().hit_rate * 100.0);
        targets.push(target);
    }
    println!();
}

#[allow(clippy::too_many_arguments)]
fn run(
    case: &Case,
    methods: &[Method],
    bandwidths: &[f64],
    learnt: &[i16],
    chosen_on: &(Vec<i16>, i16),
    year: i16,
    measure: Measure,
    bootstrap: &Bootstrap,
) -> Target {
    let (known, test) = (case.of(learnt), case.of(&[year]));
    let (before, check) = (case.of(&chosen_on.0), units(case, &case.of(&[chosen_on.1]), measure));
    let units = units(case, &test, measure);
    let areas: Vec<u32> = case.sites.iter().map(|s| s.area).collect();
    let plain = Method::Count.scores(case, &known, 0.0, measure);
    let rows = methods
        .iter()
        .map(|&method| {
            // The mean over the four shares, so that no share is favoured.
            let quality = |&b: &f64| -> f64 {
                let scores = method.scores(case, &before, b, measure);
                SHARES.iter().map(|&s| flagged(&check, &scores, s).unwrap().pei).sum()
            };
            let bandwidth = if method.has_bandwidth() {
                let found: Vec<f64> = bandwidths.iter().map(quality).collect();
                (0..bandwidths.len()).max_by(|&a, &b| found[a].total_cmp(&found[b]).then(b.cmp(&a))).map_or(0.0, |i| bandwidths[i])
            } else {
                0.0
            };
            let scores = method.scores(case, &known, bandwidth, measure);
            eprintln!("  {year} {} {bandwidth}", method.name());
            Row {
                method,
                bandwidth,
                at: SHARES.iter().map(|&s| flagged(&units, &scores, s).unwrap()).collect(),
                pai: SHARES.iter().map(|&s| bootstrap.pai(&units, &scores, &areas, s).unwrap()).collect(),
                ratio: SHARES.iter().map(|&s| bootstrap.ratio(&units, &scores, &plain, &areas, s).unwrap()).collect(),
                scores,
            }
        })
        .collect();
    let n = |crashes: &[Placed]| crashes.iter().filter(|c| measure.of(c) > 0.0).count();
    Target { case: case.name.clone(), year, measure, rows, learnt: n(&known), tested: n(&test) }
}

fn units(case: &Case, crashes: &[Placed], measure: Measure) -> Vec<Unit> {
    case.sites.iter().zip(counts(case, crashes, measure)).map(|(s, hits)| Unit { length: s.length, hits }).collect()
}

fn table(case: &Case, target: &Target) {
    println!(
        "| method | bandwidth | hit rate at 0.5 % | 1 % | 2 % | 5 % | PAI at 0.5 % | 1 % | 2 % | 5 % | PEI* at 1 % | 5 % |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    );
    for row in &target.rows {
        let bandwidth = if row.method.has_bandwidth() { format!("{:.0} m", row.bandwidth) } else { String::new() };
        let hits: Vec<String> = row.at.iter().map(|a| format!("{:.1} %", a.hit_rate * 100.0)).collect();
        let pai: Vec<String> = row.pai.iter().map(interval).collect();
        println!(
            "| {} | {bandwidth} | {} | {} | {:.2} | {:.2} |",
            row.method.name(),
            hits.join(" | "),
            pai.join(" | "),
            row.at[1].pei,
            row.at[3].pei
        );
    }
    let units = units(case, &case.of(&[target.year]), target.measure);
    let ceiling: Vec<Flagged> = SHARES.iter().map(|&s| best(&units, s).unwrap()).collect();
    let hits: Vec<String> = ceiling.iter().map(|a| format!("{:.1} %", a.hit_rate * 100.0)).collect();
    let pai: Vec<String> = ceiling.iter().map(|a| format!("{:.1}", a.pai)).collect();
    println!("| *ceiling: the test year known* | | {} | {} | 1.00 | 1.00 |", hits.join(" | "), pai.join(" | "));
    println!(
        "| *floor: at random* | | 0.5 % | 1.0 % | 2.0 % | 5.0 % | 1.0 | 1.0 | 1.0 | 1.0 | {:.2} | {:.2} |\n",
        1.0 / ceiling[1].pai,
        1.0 / ceiling[3].pai
    );
}

/// The test year's crashes thrown onto the streets as the class means say: nothing but class and length is left to find.
fn null(case: &Case, target: &Target, learnt: &[i16]) {
    let expected: Vec<f64> = expected(case, &counts(case, &case.of(learnt), Measure::Every)).iter().map(|e| e.mean).collect();
    let mut sums = Vec::with_capacity(expected.len());
    let total = expected.iter().fold(0.0, |sum, e| {
        sums.push(sum + e);
        sum + e
    });
    let draws: Vec<Vec<Unit>> = (0..NULLS)
        .map(|draw| {
            let mut units: Vec<Unit> = case.sites.iter().map(|s| Unit { length: s.length, hits: 0.0 }).collect();
            for n in 0..target.tested as u64 {
                let at = random::unit(random::draw(NULL_SEED, draw, n)) * total;
                let site = sums.partition_point(|&s| s <= at).min(units.len() - 1);
                units[site].hits += 1.0;
            }
            units
        })
        .collect();
    let mean = |scores: &[f64], share| draws.iter().map(|u| flagged(u, scores, share).unwrap().pai).sum::<f64>() / NULLS as f64;
    println!(
        "**Null: {} crashes thrown onto the streets as the SPF (class and length) expects** ({NULLS} draws, mean PAI). What is left above 1 is class and length; no list can do better than the SPF alone, and none does.\n",
        target.tested
    );
    println!("| method | 0.5 % | 1 % | 2 % | 5 % |\n|---|--:|--:|--:|--:|");
    for (name, scores) in target.rows.iter().map(|r| (r.method.name(), &r.scores)) {
        let pai: Vec<String> = SHARES.iter().map(|&s| format!("{:.2}", mean(scores, s))).collect();
        println!("| {name} | {} |", pai.join(" | "));
    }
    println!();
}

fn consistency(case: &Case, target: &Target, learnt: &[i16], year: i16) {
    const LISTED: usize = 200;
    println!("**Consistency of the first {LISTED} units** (Cheng & Washington 2008): lists of {} and of {year} alone\n", list(learnt));
    println!("| method | crashes of {year} at the units listed before | units on both lists | total rank difference |\n|---|--:|--:|--:|");
    let later = counts(case, &case.of(&[year]), Measure::Every);
    for row in &target.rows {
        let second = row.method.scores(case, &case.of(&[year]), row.bandwidth, Measure::Every);
        let found = sites(&row.scores, &second, &later, LISTED).unwrap();
        println!("| {} | {:.0} | {} | {:.0} |", row.method.name(), found.consistency, found.common, found.rank_difference);
    }
    println!("\nUnits differ in length here, so the first column favours methods that name long units; the tables above do not.\n");
}

/// PAI over that of the plain count.
fn ratios(target: &Target) {
    println!("PAI over that of the plain count, same draws:\n\n| method | 0.5 % | 1 % | 2 % | 5 % |\n|---|--:|--:|--:|--:|");
    let number = |i: &Interval| format!("{:.2} ({:.2}–{:.2})", i.value, i.low, i.high);
    for row in target.rows.iter().filter(|r| r.method != Method::Count) {
        println!("| {} | {} |", row.method.name(), row.ratio.iter().map(number).collect::<Vec<_>>().join(" | "));
    }
    println!();
}

fn verdict(targets: &[Target]) {
    println!("### Better than counting?\n");
    println!("PAI over that of the plain count on the same draws of areas, 95 % interval: *better* or *worse* where it leaves out 1.\n");
    println!("| method | cities and years | at | better | no difference shown | worse | median ratio |\n|---|--:|--:|--:|--:|--:|--:|");
    for method in Method::STREETS {
        for (i, share) in SHARES.iter().enumerate() {
            let ratios: Vec<Interval> =
                targets.iter().flat_map(|t| t.rows.iter().filter(|r| r.method == method).map(|r| r.ratio[i])).collect();
            if ratios.is_empty() || method == Method::Count {
                continue;
            }
            let better = ratios.iter().filter(|r| r.low > 1.0).count();
            let worse = ratios.iter().filter(|r| r.high < 1.0).count();
            let mut values: Vec<f64> = ratios.iter().map(|r| r.value).collect();
            values.sort_by(f64::total_cmp);
            println!(
                "| {} | {} | {} % | {better} | {} | {worse} | {:.2} |",
                method.name(),
                ratios.len(),
                share * 100.0,
                ratios.len() - better - worse,
                values[values.len() / 2]
            );
        }
    }
    let of: Vec<String> = targets.iter().map(|t| format!("{} {}", t.case, t.year)).collect();
    println!("\nCities and years: {}.\n", of.join("; "));
}

fn interval(i: &Interval) -> String {
    format!("{:.1} ({:.1}–{:.1})", i.value, i.low, i.high)
}

fn list(years: &[i16]) -> String {
    years.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
