//! How often a datum is told right.

use gongzhi_civic::place::Point;
use gongzhi_road::Network;
use gongzhi_road::datum::{Datum, Verdict, detect, from_wgs84};
use gongzhi_testkit::drive::{Numbers, Roads, moved};

const RUNS: u64 = 40;

fn points(roads: &Roads<'_>, seed: u64, n: usize, noise_m: f64, datum: Datum) -> Vec<Point> {
    let numbers = Numbers(seed);
    (0..n as u64)
        .filter_map(|i| {
            let (_, _, at) = roads.spot(numbers, i)?;
            let (x, y) = numbers.normal(9, i);
            Some(from_wgs84(moved(at, x * noise_m, y * noise_m), datum))
        })
        .collect()
}

pub fn print(name: &str, network: &Network) {
    let roads = Roads::new(network);
    println!("\n### Datum: {name}\n");
    println!(
        "{RUNS} samples of places on roads per datum (wgs84, gcj02, bd09) and cell. \"Wrong claim refused\": a claim of another datum is contradicted and the likely truth named; \"named wrongly\": contradicted with another; \"right claim refused\": must be 0; \"mixture\": half the rows wgs84, half gcj02, called a mixture of these.\n"
    );
    println!(
        "| points | noise σ | wrong claim refused | named wrongly | right claim refused | right claim confirmed | mixture found | mixture called pure |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|");
    for n in [5, 10, 20, 50, 100, 500] {
        for noise_m in [5.0, 10.0, 20.0, 30.0] {
            let (mut refused, mut misnamed, mut claims, mut slandered, mut confirmed, mut rights) = (0, 0, 0, 0, 0, 0);
            let (mut mixed, mut pure) = (0, 0);
            for run in 0..RUNS {
                for truth in [Datum::Wgs84, Datum::Gcj02, Datum::Bd09] {
                    let detection = detect(&points(&roads, 900 + run, n, noise_m, truth), network);
                    rights += 1;
                    slandered += usize::from(matches!(detection.verdict(truth), Verdict::Contradicted { .. } | Verdict::Mixed { .. }));
                    confirmed += usize::from(detection.verdict(truth) == Verdict::Confirmed);
                    for claim in [Datum::Wgs84, Datum::Gcj02, Datum::Bd09].into_iter().filter(|c| *c != truth) {
                        claims += 1;
                        match detection.contradicts(claim) {
                            Some(likely) if likely.datum == truth => refused += 1,
                            Some(_) => misnamed += 1,
                            None => {}
                        }
                    }
                }
                let mut both = points(&roads, 2_000 + run, n.div_ceil(2), noise_m, Datum::Wgs84);
                both.extend(points(&roads, 3_000 + run, n / 2, noise_m, Datum::Gcj02));
                match detect(&both, network).verdict(Datum::Wgs84) {
                    Verdict::Mixed { first: Datum::Wgs84 | Datum::Gcj02, second: Datum::Wgs84 | Datum::Gcj02, .. } => mixed += 1,
                    Verdict::Confirmed | Verdict::Contradicted { .. } => pure += 1,
                    _ => {}
                }
            }
            let percent = |part: usize, of: usize| 100.0 * part as f64 / of as f64;
            println!(
                "| {n} | {noise_m} m | {:.1} % | {:.1} % | {:.1} % | {:.1} % | {:.1} % | {:.1} % |",
                percent(refused, claims),
                percent(misnamed, claims),
                percent(slandered, rights),
                percent(confirmed, rights),
                percent(mixed, RUNS as usize),
                percent(pure, RUNS as usize),
            );
        }
    }
}
