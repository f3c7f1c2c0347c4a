//! Regularity: tails against direct sums, a known case, and how often chance alone is marked.

use super::{at_least, drawn, run, stretch};
use crate::Numbers;
use gongzhi_risk::blackspot::pattern::{Attribute, Reference, patterns};
use gongzhi_risk::blackspot::{Crash, rule::Regularity};

fn kinds(words: &[(&str, usize)], class: &str) -> Vec<Crash> {
    let one = |kind: &str| Crash { kind: Some(kind.to_owned()), class: class.to_owned(), ..Crash::default() };
    words.iter().flat_map(|(kind, n)| std::iter::repeat_n(one(kind), *n)).collect()
}

/// The upper tail of the binomial, term by term.
fn tail(n: u64, of: u64, share: f64) -> f64 {
    let choose = |k: u64| (0..k).map(|i| (of - i) as f64 / (i + 1) as f64).product::<f64>();
    (n..=of).map(|k| choose(k) * share.powi(k as i32) * (1.0 - share).powi((of - k) as i32)).sum()
}

#[test]
fn five_of_six_turning_where_a_fifth_is_normal() {
    let city = kinds(&[("turning", 200), ("rear-end", 500), ("pedestrian", 300)], "");
    let here = kinds(&[("turning", 5), ("rear-end", 1)], "");
    let found = patterns(&here.iter().collect::<Vec<_>>(), &Reference::of(city.iter()));
    assert_eq!(found.len(), 1, "one rear-end crash is no pattern: {found:?}");
    let turning = &found[0];
    assert_eq!((turning.what, turning.value.as_str(), turning.n, turning.of), (Attribute::Kind, "turning", 5, 6));
    assert!((turning.expected - 1.2).abs() < 1e-12);
    // 6 · 0.2⁵ · 0.8 + 0.2⁶ = 0.001600
    assert!((turning.p - 0.0016).abs() < 1e-12, "{turning:?}");
    // Two values were looked at.
    assert!((turning.q - 0.0032).abs() < 1e-12, "{turning:?}");
    assert_eq!(turning.text().zh, "形态“turning” 5/6 起，按同类应为 1.2 起，p = 0.002");
    assert_eq!(turning.text().en, "type “turning”: 5 of 6, 1.2 expected of the class, p = 0.002");
}

#[test]
fn tails_are_the_direct_sums() {
    let mut numbers = Numbers(3);
    for _ in 0..300 {
        let (with, without) = (1 + numbers.below(500), 1 + numbers.below(500));
        let city = kinds(&[("a", with), ("b", without)], "");
        let (n, rest) = (2 + numbers.below(12), numbers.below(12));
        let here = kinds(&[("a", n), ("b", rest)], "");
        let found = patterns(&here.iter().collect::<Vec<_>>(), &Reference::of(city.iter()));
        let a = found.iter().find(|f| f.value == "a").unwrap();
        let expected = tail(n as u64, (n + rest) as u64, with as f64 / (with + without) as f64);
        assert!((a.p - expected).abs() < 1e-10 * expected.max(1e-3), "{a:?} {expected}");
    }
}

#[test]
fn a_class_is_held_against_itself_if_it_is_large_enough() {
    let mut city = kinds(&[("turning", 90), ("rear-end", 10)], "junction");
    city.extend(kinds(&[("turning", 100), ("rear-end", 800)], "road"));
    let here = kinds(&[("turning", 4)], "junction");
    let members: Vec<&Crash> = here.iter().collect();
    assert!((patterns(&members, &Reference::of(city.iter()))[0].expected - 3.6).abs() < 1e-12);
    // One fewer, and the class is too small: held against all 999.
    let small = patterns(&members, &Reference::of(city[1..].iter()));
    assert!((small[0].expected - 4.0 * 189.0 / 999.0).abs() < 1e-12);
}

#[test]
fn hours_weekends_and_what_is_not_known() {
    let crash = |hour: Option<u8>, weekday: Option<u8>| Crash { hour, weekday, ..Crash::default() };
    let band = |h: u8| Attribute::Hours.of(&crash(Some(h), None)).map(str::to_owned);
    assert_eq!(
        [0, 5, 6, 8, 9, 12, 16, 17, 19, 20, 23].map(|h| band(h).unwrap()),
        ["0-6", "0-6", "6-9", "6-9", "9-12", "12-17", "12-17", "17-20", "17-20", "20-24", "20-24"]
    );
    assert_eq!(band(24), None);
    assert_eq!([1, 5, 6, 7].map(|d| Attribute::Week.of(&crash(None, Some(d))).unwrap().len()), [7, 7, 7, 7]);
    assert_eq!(Attribute::Week.of(&crash(None, Some(6))), Some("weekend"));
    assert_eq!(Attribute::Week.of(&crash(None, Some(8))), None);
    assert_eq!(Attribute::Weather.of(&Crash { weather: Some(" ".into()), ..Crash::default() }), None);
}

#[test]
fn chance_alone_is_seldom_marked() {
    let mut numbers = Numbers(5);
    let draw = |numbers: &mut Numbers| Crash {
        kind: Some(["a", "a", "a", "b", "b", "c"][numbers.below(6)].into()),
        weather: Some(["dry", "dry", "dry", "rain"][numbers.below(4)].into()),
        light: Some(["day", "day", "night"][numbers.below(3)].into()),
        hour: Some(numbers.below(24) as u8),
        weekday: Some(1 + numbers.below(7) as u8),
        ..Crash::default()
    };
    let city: Vec<Crash> = (0..20_000).map(|_| draw(&mut numbers)).collect();
    let reference = Reference::of(city.iter());
    let places = 4_000;
    let marked = (0..places)
        .filter(|_| {
            let n = 3 + numbers.below(12);
            let here: Vec<Crash> = (0..n).map(|_| draw(&mut numbers)).collect();
            patterns(&here.iter().collect::<Vec<_>>(), &reference).iter().any(|p| p.q <= 0.1)
        })
        .count();
    // With nothing to find, false discovery is the chance of marking anything: at most a tenth, less for tails of few crashes.
    let share = marked as f64 / f64::from(places);
    assert!(share < 0.1 + 3.0 * (0.09 / f64::from(places)).sqrt(), "{share}");
    assert!(share > 0.005, "the test must be able to mark: {share}");
}

#[test]
fn a_rule_that_asks_for_regularity() {
    let mut regular = super::rule(stretch(300.0), vec![at_least(5)]);
    regular.any[0].regular = true;
    // A hundred crashes elsewhere, one a kilometre, a tenth of them turning; here six within 300 m.
    let mut crashes = drawn(&format!("2112{}", ".........1".repeat(100)));
    for (i, crash) in crashes.iter_mut().enumerate() {
        crash.kind = Some(if i % 10 == 9 { "turning" } else { "rear-end" }.into());
    }
    assert!(run(&regular, &crashes).spots.is_empty());
    for crash in &mut crashes[..5] {
        crash.kind = Some("turning".into());
    }
    let found = run(&regular, &crashes);
    assert_eq!((found.spots.len(), found.spots[0].n), (1, 6));
    let pattern = &found.spots[0].patterns[0];
    assert_eq!((pattern.value.as_str(), pattern.n, pattern.of), ("turning", 5, 6));
    // Stricter than this pattern is.
    let strict = Regularity { false_discovery: pattern.q / 2.0, least: 3 };
    assert!(gongzhi_risk::blackspot::find(&regular, strict, &crashes, super::ALL_TIME).unwrap().spots.is_empty());
    let many = Regularity { false_discovery: 0.1, least: 6 };
    assert!(gongzhi_risk::blackspot::find(&regular, many, &crashes, super::ALL_TIME).unwrap().spots.is_empty());
}
