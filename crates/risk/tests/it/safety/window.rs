//! Windows along a route, without overlap.

use gongzhi_risk::safety::bayes::estimate;
use gongzhi_risk::safety::window::{Piece, Route, Rules, select};

const PLAIN: Rules = Rules { shortest_m: 200.0, longest_m: 600.0, least_probability: 0.5, permutations: 0, seed: 7 };

/// Pieces of 100 m, one expected in each.
fn route(counts: &[u64]) -> Route {
    let piece =
        |(i, n): (usize, &u64)| Piece { from_m: i as f64 * 100.0, to_m: (i + 1) as f64 * 100.0, observed: *n, expected: 1.0, k: 0.8 };
    Route { key: "G104".into(), pieces: counts.iter().enumerate().map(piece).collect() }
}

/// Every set of windows that do not overlap, by trying all.
fn by_trying(pieces: &[Piece], rules: &Rules, from: usize) -> f64 {
    let mut best = 0.0_f64;
    for first in from..pieces.len() {
        for last in first..pieces.len() {
            let length = pieces[last].to_m - pieces[first].from_m;
            let single = first == last && length >= rules.shortest_m;
            if !(single || (rules.shortest_m..=rules.longest_m).contains(&length)) {
                continue;
            }
            let run = &pieces[first..=last];
            let expected: f64 = run.iter().map(|p| p.expected).sum();
            let spread: f64 = run.iter().map(|p| p.k * p.expected * p.expected).sum();
            let e = estimate(run.iter().map(|p| p.observed).sum(), expected, spread / expected / expected).unwrap();
            if e.excess > 0.0 && e.p_excess >= rules.least_probability {
                best = best.max(e.excess + by_trying(pieces, rules, last + 1));
            }
        }
    }
    best
}

#[test]
fn the_best_set_is_the_best_of_all_sets() {
    let mut r = crate::Numbers(8);
    for case in 0..200 {
        let mut at = 0.0;
        let pieces: Vec<Piece> = (0..10)
            .map(|_| {
                let from_m = at + if r.unit() < 0.2 { r.between(0.0, 250.0) } else { 0.0 };
                at = from_m + r.between(30.0, 400.0);
                let expected = r.between(0.2, 2.0);
                let bad = if r.unit() < 0.3 { 3.0 } else { 0.8 };
                Piece { from_m, to_m: at, observed: r.poisson(expected * bad), expected, k: r.between(0.0, 1.5) }
            })
            .collect();
        let rules = Rules { least_probability: [0.5, 0.8][case % 2], ..PLAIN };
        let known = by_trying(&pieces, &rules, 0);
        let found = select(&[Route { key: String::new(), pieces }], &rules).unwrap();
        let sum: f64 = found.windows.iter().map(|w| w.estimate.excess).sum();
        assert!((sum - known).abs() < 1e-9, "case {case}: {sum} {known}");
        let mut spans: Vec<(usize, usize)> = found.windows.iter().map(|w| (w.first, w.last)).collect();
        spans.sort_unstable();
        assert!(spans.windows(2).all(|s| s[0].1 < s[1].0), "{spans:?}");
        assert!(found.windows.windows(2).all(|w| w[0].estimate.excess >= w[1].estimate.excess));
    }
}

#[test]
fn two_troubles_far_apart_are_two_windows() {
    let found = select(&[route(&[1, 0, 8, 9, 1, 0, 1, 2, 0, 7, 8, 7, 0, 1])], &Rules { least_probability: 0.9, ..PLAIN }).unwrap();
    let spans: Vec<(f64, f64)> = found.windows.iter().map(|w| (w.from_m, w.to_m)).collect();
    assert_eq!(spans, [(900.0, 1_200.0), (200.0, 400.0)]);
    assert!(found.windows.iter().all(|w| w.p.is_none() && w.estimate.p_excess > 0.99));
    assert!(found.method.zh.contains("互不重叠") && found.method.en.contains("not corrected"));
}

#[test]
fn chance_is_told_from_trouble() {
    let mut r = crate::Numbers(31);
    let quiet: Vec<Route> = (0..20).map(|_| route(&(0..40).map(|_| r.poisson(1.0)).collect::<Vec<_>>())).collect();
    let rules = Rules { permutations: 199, ..PLAIN };
    let found = select(&quiet, &rules).unwrap();
    assert!(!found.windows.is_empty(), "by chance some windows stand out");
    assert!(found.windows.iter().all(|w| w.p.unwrap() > 0.05), "{:?}", found.windows[0]);
    let other_seed = select(&quiet, &Rules { seed: 8, ..rules }).unwrap();
    assert_ne!(other_seed.windows[0].p, found.windows[0].p, "other throws");
    let mut loud = quiet;
    for piece in &mut loud[3].pieces[10..14] {
        piece.observed += 8;
    }
    let found = select(&loud, &rules).unwrap();
    assert!(found.windows[0].route == 3 && found.windows[0].p.unwrap() <= 0.01, "{:?}", found.windows[0]);
    assert!(found.windows[1].p.unwrap() > 0.05);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(|| select(&loud, &rules).unwrap());
    assert_eq!(one, found);
}

#[test]
fn the_throws_keep_their_level() {
    // 200 quiet networks: a window with p ≤ 0.05 somewhere in about one of twenty.
    let mut r = crate::Numbers(5);
    let mut alarms = 0;
    for seed in 0..200 {
        let quiet = route(&(0..60).map(|_| r.poisson(1.0)).collect::<Vec<_>>());
        let found = select(&[quiet], &Rules { permutations: 99, seed, ..PLAIN }).unwrap();
        alarms += u32::from(found.windows.iter().any(|w| w.p.unwrap() <= 0.05));
    }
    assert!((1..=22).contains(&alarms), "{alarms} of 200");
}

#[test]
fn odd_routes() {
    assert!(select(&[], &PLAIN).unwrap().windows.is_empty());
    assert!(select(&[route(&[])], &PLAIN).unwrap().windows.is_empty());
    // Shorter than the shortest window: the whole route is one.
    let short = select(&[route(&[9])], &PLAIN).unwrap();
    assert_eq!((short.candidates, short.windows[0].to_m), (1, 100.0));
    // One piece longer than the longest window cannot be divided.
    let mut long = route(&[1, 30, 1]);
    long.pieces[1].to_m = 2_000.0;
    long.pieces[2] = Piece { from_m: 2_000.0, to_m: 2_100.0, ..long.pieces[2] };
    let found = select(&[long.clone()], &PLAIN).unwrap();
    assert_eq!((found.windows.len(), found.windows[0].first, found.windows[0].last), (1, 1, 1));
    long.pieces[2].from_m = 1_900.0;
    assert_eq!(select(&[long], &PLAIN).unwrap_err().code(), "piece_out_of_order");
    let mut bad = route(&[1, 2]);
    bad.pieces[1].expected = 0.0;
    assert_eq!(select(&[bad], &PLAIN).unwrap_err().code(), "expected_invalid");
    assert_eq!(select(&[], &Rules { shortest_m: 700.0, ..PLAIN }).unwrap_err().code(), "window_length_invalid");
}
