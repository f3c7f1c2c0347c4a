use super::{anything, drawn, on_threads, town};
use crate::Numbers;
use gongzhi_risk::random::{Alias, Stream};
use gongzhi_risk::significance::{Reach, Scan, ScanMethod, scan};

/// Kulldorff's likelihood ratio as printed: `(c/E)^c · ((N−c)/(N−E))^(N−c)` where `c > E`.
fn llr(count: u64, expected: f64, n: u64) -> f64 {
    let power = |x: u64, mean: f64| if x == 0 { 0.0 } else { x as f64 * (x as f64 / mean).ln() };
    if count as f64 > expected { power(count, expected) + power(n - count, n as f64 - expected) } else { 0.0 }
}

/// Every window: for each centre every distance at which a unit lies. (centre, units, expected).
fn windows(reach: &Reach, expected: &[f64], n: u64, share: f64) -> Vec<(usize, Vec<u32>, f64)> {
    let total: f64 = expected.iter().sum();
    let mut all = Vec::new();
    for centre in 0..reach.units() {
        let mut distances: Vec<f64> = reach.of(centre).map(|(_, d)| d).collect();
        distances.dedup();
        for distance in distances {
            let mut units: Vec<u32> = reach.of(centre).filter(|(_, d)| *d <= distance).map(|(unit, _)| unit).collect();
            units.sort_unstable();
            let inside: f64 = units.iter().map(|&unit| expected[unit as usize]).sum::<f64>() / total;
            if inside <= share + 1e-12 {
                all.push((centre, units, inside * n as f64));
            }
        }
    }
    all
}

#[test]
fn agrees_with_every_window_tried_on_any_graph() {
    let mut numbers = Numbers(61);
    for case in 0..40 {
        let (nodes, edges) = (3 + numbers.below(12), 4 + numbers.below(25));
        let graph = anything(&mut numbers, nodes, edges);
        let reach = Reach::on_network(&graph, numbers.between(50.0, 500.0)).unwrap();
        let counts: Vec<u32> = (0..edges).map(|_| numbers.poisson(1.2) as u32).collect();
        let expected: Vec<f64> = graph.edges().iter().map(|edge| edge.length_m + 10.0).collect();
        let n: u64 = counts.iter().map(|&c| u64::from(c)).sum();
        let method = ScanMethod { largest_share: 0.4, replicates: 19, seed: case, clusters: 100 };
        let got = scan(&reach, &counts, &expected, method).unwrap();
        let all = windows(&reach, &expected, n, 0.4);
        let count = |units: &[u32], counts: &[u32]| units.iter().map(|&unit| u64::from(counts[unit as usize])).sum::<u64>();
        let strongest = |counts: &[u32]| all.iter().map(|(_, units, e)| llr(count(units, counts), *e, n)).fold(0.0, f64::max);
        assert_eq!(got.n, n);
        let best = strongest(&counts);
        assert!((got.clusters.first().map_or(0.0, |c| c.llr) - best).abs() < 1e-9, "case {case}");

        // The null, thrown again from the same random numbers.
        let table = Alias::new(&expected).unwrap();
        for (number, maximum) in got.maxima.iter().enumerate() {
            let (mut thrown, mut stream) = (vec![0; edges], Stream::new(case, number as u64));
            (0..n).for_each(|_| thrown[table.at(stream.bits())] += 1);
            assert!((maximum - strongest(&thrown)).abs() < 1e-9, "case {case}, replicate {number}");
        }

        // Lesser clusters: the strongest window of each centre, strongest first, none sharing a unit with one before.
        let mut of_centre: Vec<f64> = vec![0.0; edges];
        for (centre, units, e) in &all {
            of_centre[*centre] = of_centre[*centre].max(llr(count(units, &counts), *e, n));
        }
        let mut taken = vec![false; edges];
        for cluster in &got.clusters {
            assert!((cluster.llr - of_centre[cluster.centre as usize]).abs() < 1e-9);
            assert!(all.iter().any(|(centre, units, e)| *centre == cluster.centre as usize
                && *units == cluster.units
                && count(units, &counts) == cluster.n
                && (e - cluster.expected).abs() < 1e-9));
            assert!(cluster.units.iter().all(|&unit| !std::mem::replace(&mut taken[unit as usize], true)));
            let stronger = got.maxima.iter().filter(|m| **m >= cluster.llr - 1e-9).count();
            assert_eq!(cluster.p, Some((stronger as f64 + 1.0) / 20.0));
        }
        assert!(got.clusters.iter().zip(got.clusters.iter().skip(1)).all(|(a, b)| a.llr >= b.llr));
    }
}

/// ```text
/// A--B--C--D--E--F--G--H   crashes on B–C and C–D, and on C–I below; the rest of the town is quiet
///       |        |
///       I        J
/// ```
#[test]
fn on_a_drawn_map_the_cluster_is_the_streets_about_the_crossing() {
    let (graph, names) = drawn("A--B--C--D--E--F--G--H\n      |        |\n      I        J");
    let reach = Reach::on_network(&graph, 300.0).unwrap();
    let n = |name: &str| match name {
        "BC" | "CD" => 12,
        "CI" => 10,
        _ => 2,
    };
    let counts: Vec<u32> = names.iter().map(|name| n(name)).collect();
    let lengths: Vec<f64> = graph.edges().iter().map(|edge| edge.length_m).collect();
    let found = scan(&reach, &counts, &lengths, ScanMethod::default()).unwrap();
    let first = &found.clusters[0];
    let mut streets: Vec<&str> = first.units.iter().map(|&unit| names[unit as usize].as_str()).collect();
    streets.sort_unstable();
    assert_eq!(streets, ["BC", "CD", "CI"]);
    assert_eq!((first.n, names[first.centre as usize].as_str()), (34, "CI"));
    assert!(first.p.unwrap() <= 0.002 && first.ratio > 5.0, "{first:?}");
    assert!(found.clusters[1..].iter().all(|cluster| cluster.p.unwrap() > 0.5));
    assert!(found.method.en.contains("n = 46 events") && found.method.zh.contains("999"), "{}", found.method.en);
}

fn thrown(weights: &[f64], n: usize, seed: u64) -> Vec<u32> {
    let (table, mut stream) = (Alias::new(weights).unwrap(), Stream::new(seed, 0));
    let mut counts = vec![0; weights.len()];
    (0..n).for_each(|_| counts[table.at(stream.bits())] += 1);
    counts
}

#[test]
fn a_planted_cluster_is_found_where_it_was_planted() {
    let graph = town(20);
    let reach = Reach::on_network(&graph, 300.0).unwrap();
    let lengths = vec![100.0; graph.edges().len()];
    let (mut found, mut overlap) = (0, 0.0);
    for map in 0..20 {
        // Within 200 m of one street the risk is fivefold.
        let planted: Vec<u32> = reach.of(300 + map as usize).filter(|(_, d)| *d <= 200.0).map(|(unit, _)| unit).collect();
        let mut risk = lengths.clone();
        planted.iter().for_each(|&unit| risk[unit as usize] *= 5.0);
        let counts = thrown(&risk, 600, 1_000 + map);
        let result = scan(&reach, &counts, &lengths, ScanMethod { replicates: 99, seed: map, ..ScanMethod::default() }).unwrap();
        let first = &result.clusters[0];
        let both = first.units.iter().filter(|unit| planted.contains(unit)).count() as f64;
        if first.p.unwrap() <= 0.05 && both > 0.0 {
            found += 1;
            overlap += both / (first.units.len() + planted.len()) as f64 * 2.0 / 20.0;
        }
    }
    assert!(found >= 19 && overlap > 0.6, "{found} of 20 found, mean overlap (Dice) {overlap}");
}

#[test]
fn without_a_cluster_p_is_even() {
    let graph = town(10);
    let reach = Reach::on_network(&graph, 250.0).unwrap();
    let lengths: Vec<f64> = (0..graph.edges().len()).map(|unit| 20.0 + (unit * 37 % 200) as f64).collect();
    let maps = 300;
    let p_of = |map: u64| {
        let counts = thrown(&lengths, 150, 77_000 + map);
        scan(&reach, &counts, &lengths, ScanMethod { replicates: 99, seed: map, ..ScanMethod::default() }).unwrap().clusters[0].p.unwrap()
    };
    let p: Vec<f64> = (0..maps).map(p_of).collect();
    for level in [0.05, 0.1, 0.25, 0.5, 0.75] {
        let below = p.iter().filter(|p| **p <= level).count() as f64;
        let (mean, deviation) = (level * maps as f64, (maps as f64 * level * (1.0 - level)).sqrt());
        assert!((below - mean).abs() < 3.3 * deviation, "{below} of {maps} maps have p ≤ {level}");
    }
}

#[test]
fn threads_do_not_matter_and_bad_input_is_refused() {
    let graph = town(12);
    let reach = Reach::on_network(&graph, 300.0).unwrap();
    let lengths = vec![100.0; graph.edges().len()];
    let counts = thrown(&lengths, 400, 5);
    let [a, b] = on_threads(|| scan(&reach, &counts, &lengths, ScanMethod { replicates: 37, ..ScanMethod::default() }).unwrap());
    assert_eq!(a, b);
    assert_eq!(a.maxima.len(), 37);
    let refused = |counts: &[u32], expected: &[f64], share: f64| {
        scan(&reach, counts, expected, ScanMethod { largest_share: share, ..ScanMethod::default() }).unwrap_err().code()
    };
    for share in [0.0, 0.6, f64::NAN] {
        assert_eq!(refused(&counts, &lengths, share), "parameter_invalid");
    }
    assert_eq!(refused(&counts[1..], &lengths, 0.5), "length_mismatch");
    let mut hole = lengths.clone();
    hole[counts.iter().position(|c| *c > 0).unwrap()] = 0.0;
    assert_eq!(refused(&counts, &hole, 0.5), "expected_zero");
    let nothing: Scan = scan(&reach, &vec![0; counts.len()], &lengths, ScanMethod::default()).unwrap();
    assert!(nothing.clusters.is_empty() && nothing.n == 0);
}
