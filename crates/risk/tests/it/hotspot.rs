//! Ranking of places, and the statistics under it.

use crate::Numbers;
use gongzhi_risk::hotspot::{
    Count, Method, PlaceEvents, PlaceKind, RankBy, Weights, method_text, q_values, rank, rank_modelled, shape_from_moments, shrink,
};

fn crossing(key: &str, n: u64) -> PlaceEvents {
    let counts = if n == 0 { vec![] } else { vec![Count { kind: "crash".into(), severity: None, n }] };
    PlaceEvents { key: key.into(), kind: PlaceKind::Crossing, class: "signal".into(), length_m: 0.0, legs: 2, counts }
}

fn section(key: &str, class: &str, length_m: f64, n: u64) -> PlaceEvents {
    PlaceEvents { kind: PlaceKind::Section, class: class.into(), length_m, ..crossing(key, n) }
}

#[test]
fn shrinkage_as_in_hauers_tutorial() {
    // TRR 1784 (2002), examples 1 and 2: 1.8 km, SPF 0.0224·4000^0.564 per km and year, φ = 2.05 per km.
    let per_year = 0.0224 * 4_000_f64.powf(0.564) * 1.8;
    let shape = 2.05 * 1.8;
    let one = shrink(12.0, per_year, shape);
    assert_eq!(format!("{:.2} ± {:.2}", one.mean / 1.8, one.sd / 1.8), "4.71 ± 1.19");
    let three = shrink(12.0 + 7.0 + 8.0, 3.0 * per_year, shape);
    assert_eq!(format!("{:.2} ± {:.2}", three.mean / 3.0, three.sd / 3.0), "7.97 ± 1.44");
}

#[test]
fn shrinkage_at_its_ends() {
    assert_eq!(shrink(9.0, 2.0, f64::INFINITY).mean, 2.0);
    assert_eq!(shrink(9.0, 0.0, 1.0).mean, 9.0);
    assert_eq!(shrink(0.0, 0.0, f64::INFINITY).mean, 0.0);
    let s = shrink(9.0, 2.0, 1.5);
    assert!(2.0 < s.mean && s.mean < 9.0 && s.sd > 0.0);
}

#[test]
fn moments_find_the_shape_again() {
    let mut r = Numbers(4);
    // Rates gamma with shape 2 (sum of two exponentials) and mean 3 per km, lengths 0.1 to 2 km.
    let places: Vec<(f64, f64)> = (0..40_000)
        .map(|_| {
            let size = r.between(0.1, 2.0);
            let rate = -1.5 * ((1.0 - r.unit()) * (1.0 - r.unit())).ln();
            (r.poisson(rate * size) as f64, size)
        })
        .collect();
    let rate = places.iter().map(|p| p.0).sum::<f64>() / places.iter().map(|p| p.1).sum::<f64>();
    let shape = shape_from_moments(&places, rate);
    assert!((rate - 3.0).abs() < 0.06 && (shape - 2.0).abs() < 0.15, "{rate} {shape}");
    assert_eq!(shape_from_moments(&[(3.0, 1.0); 50], 3.0), f64::INFINITY);
    assert_eq!(shape_from_moments(&[], 0.0), f64::INFINITY);
}

#[test]
fn q_values_as_worked_by_hand() {
    // m = 5: p·m/rank = .05, .05, .0667, .05·5/4…, running minimum from the largest.
    let q = q_values(&[0.01, 0.04, 0.02, 0.05, 0.9]);
    let want = [0.05, 0.0625, 0.05, 0.0625, 0.9];
    assert!(q.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-12), "{q:?}");
    assert!(q_values(&[]).is_empty());
    assert_eq!(q_values(&[f64::NAN, 0.01])[0], 1.0);
}

#[test]
fn planted_hot_spots_come_first_and_false_alarms_are_few() {
    let mut r = Numbers(8);
    let (mut false_alarms, mut marked, mut found) = (0, 0, 0);
    for _ in 0..20 {
        let places: Vec<PlaceEvents> =
            (0..2_000).map(|i| crossing(&format!("{i:04}"), r.poisson(if i < 20 { 12.0 } else { 2.0 }))).collect();
        let list = rank(&places, &Method::default()).unwrap();
        found += list[..20].iter().filter(|s| s.index < 20).count();
        marked += list.iter().filter(|s| s.significant).count();
        false_alarms += list.iter().filter(|s| s.significant && s.index >= 20).count();
    }
    assert!(found >= 370, "of 400 planted, {found} among the first twenty of their city");
    assert!(marked >= 350, "of 400 planted, {marked} marked");
    assert!(false_alarms * 20 <= marked * 2, "{false_alarms} false of {marked}"); // asked for 5 % on average
}

#[test]
fn pure_chance_marks_nothing_in_most_cities() {
    let mut r = Numbers(15);
    let alarms = (0..40)
        .filter(|_| {
            let places: Vec<PlaceEvents> = (0..1_000).map(|i| crossing(&format!("{i}"), r.poisson(1.5))).collect();
            rank(&places, &Method::default()).unwrap().iter().any(|s| s.significant)
        })
        .count();
    assert!(alarms <= 6, "{alarms} of 40 cities without hot spots were given one"); // expected 2 at most
}

#[test]
fn sections_are_held_against_their_length_and_class() {
    let mut r = Numbers(12);
    let mut places: Vec<PlaceEvents> = (0..60).map(|i| section(&format!("s{i:02}"), "primary", 1_000.0, r.poisson(4.0))).collect();
    places.push(section("long", "primary", 3_000.0, 12));
    places.push(section("short", "primary", 250.0, 12));
    places.extend((0..60).map(|i| section(&format!("v{i:02}"), "village", 500.0, 0)));
    places.push(section("village", "village", 500.0, 3));
    places.push(section("only one of its class", "tunnel", 500.0, 1));
    let list = rank(&places, &Method::default()).unwrap();
    let get = |key: &str| list.iter().find(|s| s.key == key).unwrap();
    assert!(list.iter().all(|s| s.q >= get("short").q), "twelve on a quarter of a kilometre are the surest");
    assert!(get("short").significant && !get("long").significant);
    assert!((get("long").expected - 12.0 * get("short").expected).abs() < 1e-9, "expected goes with length");
    assert!(get("village").p < 1e-3 && get("village").significant, "three are many where none is normal");
    assert!(get("only one of its class").pooled && !get("long").pooled);
    let shares: f64 = list.iter().map(|s| s.share).sum();
    assert!((shares - 1.0).abs() < 1e-12 && list.iter().enumerate().all(|(i, s)| s.rank == i + 1));
}

#[test]
fn severity_and_order_are_data() {
    let mut places: Vec<PlaceEvents> = (0..40).map(|i| crossing(&format!("{i:02}"), 1 + i % 3)).collect();
    places.push(crossing("many", 14));
    let sorts = [("fatal", 2), ("serious", 4), ("damage", 5)];
    let counts = sorts.map(|(s, n)| Count { kind: "crash".into(), severity: Some(s.into()), n }).to_vec();
    places.push(PlaceEvents { counts, ..crossing("grave", 0) });
    let first = |rank_by| rank(&places, &Method { rank_by, ..Method::default() }).unwrap()[0].key.clone();
    assert_eq!((first(RankBy::Count), first(RankBy::Excess), first(RankBy::Score)), ("many".into(), "many".into(), "grave".into()));
    let none = Method {
        rank_by: RankBy::Score,
        weights: Weights { by_kind: [("crash".to_owned(), 0.0)].into(), ..Weights::default() },
        ..Method::default()
    };
    assert!(rank(&places, &none).unwrap().iter().all(|s| s.score == 0.0));
    let text = method_text(&Method::default());
    assert!(text.zh.contains("未计入交通量") && text.en.contains("traffic is not known"));
}

#[test]
fn the_list_does_not_depend_on_the_order_of_the_input() {
    let mut r = Numbers(31);
    let mut places: Vec<PlaceEvents> = (0..300).map(|i| crossing(&format!("{i:03}"), r.poisson(1.0))).collect();
    let keys = |places: &[PlaceEvents]| rank(places, &Method::default()).unwrap().into_iter().map(|s| s.key).collect::<Vec<_>>();
    let first = keys(&places);
    r.shuffle(&mut places);
    assert_eq!(keys(&places), first);
}

#[test]
fn bad_places_are_refused_and_empty_cities_are_not() {
    assert!(rank(&[], &Method::default()).unwrap().is_empty());
    let quiet: Vec<PlaceEvents> = (0..30).map(|i| crossing(&format!("{i}"), 0)).collect();
    assert!(rank(&quiet, &Method::default()).unwrap().iter().all(|s| !s.significant && s.share == 0.0 && s.score == 0.0));
    let absurd = [crossing("a", u64::MAX), crossing("b", u64::MAX), crossing("c", 1)];
    assert_eq!(rank(&absurd, &Method::default()).unwrap().len(), 3);
    let error = rank(&[section("a", "x", 0.0, 1)], &Method::default()).unwrap_err();
    assert!(error.code() == "length_invalid" && error.text().zh.contains("路段 a"));
    let weights = Weights { by_kind: [("crash".to_owned(), f64::NAN)].into(), ..Weights::default() };
    assert_eq!(rank(&[crossing("a", 1)], &Method { weights, ..Method::default() }).unwrap_err().code(), "weight_invalid");
}

#[test]
fn a_model_of_length_and_class_is_what_long_sections_are_held_against() {
    // Counts grow with the root of length, as they do on real streets: a mean per km finds long sections too good and short ones bad.
    let mut draw = super::Numbers(7);
    let mut places: Vec<PlaceEvents> = (0..400)
        .map(|i| {
            let length_m = 100.0 * 1.01_f64.powi(i);
            section(&format!("s{i:03}"), "primary", length_m, draw.poisson(3.0 * (length_m / 1000.0).sqrt()))
        })
        .collect();
    places.push(section("hot", "primary", 300.0, 14));
    let (list, method) = rank_modelled(&places, 1.0, &Method::default()).unwrap();
    let hot = list.iter().find(|r| r.key == "hot").unwrap();
    assert!(list.iter().all(|r| r.p >= hot.p) && hot.significant, "{hot:?}");
    assert!(hot.excess > 0.0 && hot.p_excess > 0.5 && hot.sd > 0.0 && (hot.expected - 1.64).abs() < 0.5, "{hot:?}");
    let short = list.iter().find(|r| r.key == "s000").unwrap();
    assert!((short.expected - 3.0 * 0.1_f64.sqrt()).abs() < 0.4, "{short:?}");
    assert!(method.zh.contains("未计入交通量") && method.en.contains("Poisson upper tail"), "{method:?}");
    // Nothing to fit a model to: the mean of the class, and its sentence.
    let (list, method) = rank_modelled(&places[..2], 1.0, &Method::default()).unwrap();
    assert_eq!((list.len(), method), (2, method_text(&Method::default())));
}
