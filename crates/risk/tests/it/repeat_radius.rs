//! Which calls are one incident, and which incidents repeat.

use crate::Numbers;
use gongzhi_civic::time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};
use gongzhi_risk::repeat::radius::{Call, Joined, Rule, join};

/// The rule without the caller: anybody's later call repeats.
fn anybody() -> Rule {
    Rule { same_caller: false, ..Rule::default() }
}

#[test]
fn by_default_only_the_same_caller_repeats() {
    let by = |minutes: i64, x: f64, caller: Option<u64>| Call { caller, ..call(minutes, x, 0.0) };
    // a crash; a stranger's crash next day; the first caller again; the first caller elsewhere; nobody known.
    let calls = [by(0, 0.0, Some(7)), by(1500, 10.0, Some(8)), by(1600, 20.0, Some(7)), by(1700, 900.0, Some(7)), by(1800, 5.0, None)];
    assert_eq!(drawn(&join(&calls, &Rule::default()).unwrap()), "a b c<a d e");
    assert!(Rule::default().text().zh.contains("同一报警人"));
}

fn call(minutes: i64, x: f64, y: f64) -> Call<'static> {
    Call { at: Timestamp(minutes * MINUTE_MS), class: "accident", place: None, position_m: Some((x, y)), caller: None }
}

/// Incidents as letters, repeats as `letter<letter of the incident repeated`.
fn drawn(joined: &Joined) -> String {
    let letter = |i: u32| char::from(b'a' + i as u8).to_string();
    let of = |call: usize| letter(joined.calls[call].incident);
    let words: Vec<String> =
        joined.calls.iter().map(|m| m.repeat_of.map_or(letter(m.incident), |r| format!("{}<{}", letter(m.incident), of(r)))).collect();
    words.join(" ")
}

#[test]
fn many_callers_of_one_crash_are_no_repeats() {
    let calls = [call(0, 0.0, 0.0), call(3, 20.0, 5.0), call(29, 60.0, 0.0), call(30, 90.0, 0.0), call(31, 5.0, 0.0)];
    let joined = join(&calls, &anybody()).unwrap();
    assert_eq!(drawn(&joined), "a a a a b<a");
    assert_eq!((joined.incidents, joined.repeats), (2, 1));
    assert_eq!(joined.rate().display(gongzhi_civic::text::Language::En), "50.0 % (1 of 2)");
}

#[test]
fn a_crossing_with_a_call_every_twenty_minutes_does_not_become_one_incident() {
    let calls: Vec<_> = (0..6).map(|i| call(i * 20, 0.0, 0.0)).collect();
    assert_eq!(drawn(&join(&calls, &anybody()).unwrap()), "a a b<a b<a c<b c<b");
}

#[test]
fn too_far_too_late_or_of_another_class_is_something_else() {
    let week = 7 * DAY_MS / MINUTE_MS;
    let other = Call { class: "order", ..call(60, 0.0, 0.0) };
    let calls = [call(0, 0.0, 0.0), call(60, 100.1, 0.0), other, call(week, 0.0, -100.0), call(2 * week + 1, 0.0, 0.0)];
    assert_eq!(drawn(&join(&calls, &anybody()).unwrap()), "a b c d<a e");
}

#[test]
fn one_place_key_joins_what_is_far_apart_and_what_has_no_position() {
    let at = |minutes: i64, x: f64| Call { place: Some("section 7"), ..call(minutes, x, 0.0) };
    let bare = Call { position_m: None, ..at(200, 0.0) };
    let lost = Call { place: None, at: Timestamp(300 * MINUTE_MS), ..bare };
    let calls = [at(0, 0.0), at(100, 900.0), bare, lost, lost];
    assert_eq!(drawn(&join(&calls, &anybody()).unwrap()), "a b<a c<b d e");
    // Merged by distance under another key: known under that key afterwards.
    let by_distance = [call(0, 0.0, 0.0), at(5, 50.0), bare];
    assert_eq!(drawn(&join(&by_distance, &anybody()).unwrap()), "a a b<a");
}

/// The definition, call by call against every earlier incident.
fn slow(calls: &[Call<'_>], rule: &Rule) -> (Vec<u32>, Vec<Option<usize>>) {
    let mut order: Vec<usize> = (0..calls.len()).collect();
    order.sort_by_key(|&i| calls[i].at);
    let mut incidents: Vec<(Timestamp, Timestamp, usize, Vec<&str>)> = Vec::new();
    let (mut number, mut repeat) = (vec![0; calls.len()], vec![None; calls.len()]);
    for i in order {
        let c = &calls[i];
        let same = |(_, last, first, keys): &(Timestamp, Timestamp, usize, Vec<&str>)| {
            let f = &calls[*first];
            let near = f.position_m.zip(c.position_m).is_some_and(|((ax, ay), (bx, by))| (ax - bx).hypot(ay - by) <= rule.distance_m);
            f.class == c.class && (near || c.place.is_some_and(|p| keys.contains(&p))) && c.at.0 - last.0 <= rule.window_ms
        };
        let found = incidents.iter().rposition(same);
        match found {
            Some(e) if c.at.0 - incidents[e].0.0 <= rule.merge_ms => {
                incidents[e].1 = c.at;
                incidents[e].3.extend(c.place);
                (number[i], repeat[i]) = (e as u32, repeat[incidents[e].2]);
            }
            _ => {
                repeat[i] = found.map(|e| incidents[e].2);
                number[i] = incidents.len() as u32;
                incidents.push((c.at, c.at, i, c.place.into_iter().collect()));
            }
        }
    }
    (number, repeat)
}

fn random_calls(r: &mut Numbers, n: usize, days: i64, size: f64) -> Vec<Call<'static>> {
    const PLACES: [&str; 5] = ["a", "b", "c", "d", "e"];
    (0..n)
        .map(|i| Call {
            // Distinct instants, so that the order is one.
            at: Timestamp((r.unit() * (days * DAY_MS) as f64) as i64 / 100_000 * 100_000 + i as i64),
            class: ["accident", "order", "other"][r.below(3)],
            place: (r.unit() < 0.4).then(|| PLACES[r.below(5)]),
            position_m: (r.unit() < 0.9).then(|| (r.between(-size, size), r.between(-size, size))),
            caller: None,
        })
        .collect()
}

#[test]
fn agrees_with_the_definition_on_random_calls() {
    let mut r = Numbers(6);
    for case in 0..60 {
        let calls = random_calls(&mut r, 200, 3, 400.0);
        let rule = Rule {
            distance_m: [0.0, 40.0, 150.0][case % 3],
            merge_ms: 45 * MINUTE_MS,
            window_ms: [HOUR_MS, 9 * HOUR_MS][case % 2],
            same_caller: false,
        };
        let joined = join(&calls, &rule).unwrap();
        let (number, repeat) = slow(&calls, &rule);
        assert_eq!(joined.calls.iter().map(|m| m.incident).collect::<Vec<_>>(), number, "case {case}");
        assert_eq!(joined.calls.iter().map(|m| m.repeat_of).collect::<Vec<_>>(), repeat, "case {case}");
    }
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    let mut r = Numbers(16);
    let calls = random_calls(&mut r, 500, 2, 300.0);
    let mut order: Vec<usize> = (0..calls.len()).collect();
    r.shuffle(&mut order);
    let first = join(&calls, &anybody()).unwrap();
    let shuffled: Vec<_> = order.iter().map(|&i| calls[i]).collect();
    let second = join(&shuffled, &anybody()).unwrap();
    for (at, &i) in order.iter().enumerate() {
        assert_eq!(second.calls[at].incident, first.calls[i].incident);
        assert_eq!(second.calls[at].repeat_of.map(|r| order[r]), first.calls[i].repeat_of);
    }
}

#[test]
fn three_hundred_thousand_calls_are_joined_also_where_most_come_from_few_places() {
    let mut r = Numbers(2);
    let calls: Vec<_> = (0..300_000)
        .map(|_| {
            // Half of the calls from thirty places a little more than the distance apart.
            let (x, y) = if r.unit() < 0.5 {
                ((r.below(6) * 120) as f64 + r.between(-9.0, 9.0), (r.below(5) * 120) as f64 + r.between(-9.0, 9.0))
            } else {
                (r.between(-9_000.0, 9_000.0), r.between(-9_000.0, 9_000.0))
            };
            Call { at: Timestamp((r.unit() * (365 * DAY_MS) as f64) as i64), ..call(0, x, y) }
        })
        .collect();
    let joined = join(&calls, &Rule { window_ms: 30 * DAY_MS, ..anybody() }).unwrap();
    assert_eq!(joined.calls.len(), 300_000);
    assert!(joined.repeats > 100_000 && joined.repeats < joined.incidents && joined.incidents < 300_000);
    let firsts = joined.calls.iter().enumerate().filter(|(i, m)| m.first_call == *i).count();
    assert_eq!(firsts, joined.incidents as usize);
}

#[test]
fn bad_rules_and_positions_are_refused() {
    let one = [call(0, 0.0, 0.0)];
    for rule in [
        Rule { distance_m: -1.0, ..anybody() },
        Rule { distance_m: f64::NAN, ..anybody() },
        Rule { merge_ms: -1, ..anybody() },
        Rule { window_ms: MINUTE_MS, ..anybody() },
    ] {
        assert_eq!(join(&one, &rule).unwrap_err().code(), "rule_invalid");
    }
    let broken = [one[0], call(0, f64::NAN, 0.0)];
    assert_eq!(join(&broken, &anybody()).unwrap_err().code(), "position_not_finite");
    assert_eq!(join(&[], &anybody()).unwrap(), Joined::default());
    let ends = [Call { at: Timestamp(i64::MIN), ..one[0] }, Call { at: Timestamp(i64::MAX), ..one[0] }];
    assert_eq!(join(&ends, &anybody()).unwrap().repeats, 0);
    let text = anybody().text();
    assert!(text.zh.contains("100 米") && text.zh.contains("7 天") && text.en.contains("30 minutes"), "{text:?}");
}
