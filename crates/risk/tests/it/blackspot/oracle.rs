//! The search against its definition, word by word, on random roads.

use super::{ALL_TIME, crash, run, stretch};
use crate::Numbers;
use gongzhi_risk::blackspot::rule::{Condition, RankBy, Regularity, Weights};
use gongzhi_risk::blackspot::{Crash, Direction, OnRoad, Place, Rule, Severity, find};

/// All windows that are not within another; of those that fulfil the rule the best; the same left and right of it.
fn by_definition(rule: &Rule, crashes: &[&Crash], spots: &mut Vec<(f64, f64, Vec<i64>)>) {
    let measure = |c: &Crash| c.on.as_ref().unwrap().measure_m;
    let most = rule.units[0].most_m.unwrap();
    let n = crashes.len();
    let short = |a: usize, b: usize| measure(crashes[b]) - measure(crashes[a]) <= most;
    let mut best: Option<(usize, usize)> = None;
    for a in 0..n {
        for b in a..n {
            let widest = short(a, b) && (a == 0 || !short(a - 1, b)) && (b + 1 == n || !short(a, b + 1));
            if widest
                && rule.any.iter().any(|c| fulfils(rule, c, &crashes[a..=b]))
                && best.is_none_or(|held| before(rule, crashes, (a, b), held))
            {
                best = Some((a, b));
            }
        }
    }
    let Some((a, b)) = best else { return };
    let mut ids: Vec<i64> = crashes[a..=b].iter().map(|c| c.id).collect();
    ids.sort_unstable();
    spots.push((measure(crashes[a]), measure(crashes[b]), ids));
    by_definition(rule, &crashes[..a], spots);
    by_definition(rule, &crashes[b + 1..], spots);
}

fn fulfils(rule: &Rule, c: &Condition, crashes: &[&Crash]) -> bool {
    let counted: Vec<&&Crash> =
        crashes.iter().filter(|k| (c.of.is_empty() || c.of.contains(&k.severity)) && k.deaths >= c.deaths_each).collect();
    let enough = |of: &[&&Crash]| {
        let score: f64 = of.iter().map(|k| c.weights.unwrap_or(rule.weights).of(k.severity)).sum();
        !of.is_empty()
            && of.len() >= c.crashes.unwrap_or(0) as usize
            && of.iter().map(|k| k.deaths).sum::<u32>() >= c.deaths.unwrap_or(0)
            && c.score.is_none_or(|least| score >= least)
    };
    if !c.same_type {
        return enough(&counted);
    }
    ["a", "b", "c"].iter().any(|kind| enough(&counted.iter().filter(|k| k.kind.as_deref() == Some(kind)).copied().collect::<Vec<_>>()))
}

fn before(rule: &Rule, crashes: &[&Crash], (a, b): (usize, usize), (c, d): (usize, usize)) -> bool {
    let key = |from: usize, to: usize| {
        let part = &crashes[from..=to];
        let score: f64 = part.iter().map(|k| rule.weights.of(k.severity)).sum();
        let deaths: u32 = part.iter().map(|k| k.deaths).sum();
        let (first, last) = (part[0].on.as_ref().unwrap().measure_m, part[part.len() - 1].on.as_ref().unwrap().measure_m);
        let by = match rule.rank {
            RankBy::Score => score,
            RankBy::Crashes => 0.0,
            RankBy::Deaths => f64::from(deaths),
        };
        [-by, -(part.len() as f64), -score, last - first, first]
    };
    key(a, b).partial_cmp(&key(c, d)) == Some(std::cmp::Ordering::Less)
}

fn random_rule(numbers: &mut Numbers) -> Rule {
    let mut rule = super::rule(stretch([1.0, 50.0, 200.0, 500.0, 2_000.0][numbers.below(5)]), Vec::new());
    rule.rank = [RankBy::Score, RankBy::Crashes, RankBy::Deaths][numbers.below(3)];
    // Halves and quarters add up exactly in the oracle's floating point too.
    rule.weights = [Weights::default(), Weights { fatal: 5.0, serious: 5.0, slight: 2.0, damage: 0.25 }][numbers.below(2)];
    for _ in 0..=numbers.below(2) {
        let mut c = Condition { same_type: numbers.below(4) == 0, ..Condition::default() };
        match numbers.below(4) {
            0 => c.crashes = Some(1 + numbers.below(6) as u32),
            1 => (c.deaths_each, c.crashes) = (1, Some(1 + numbers.below(3) as u32)),
            2 => (c.score, c.crashes) = (Some(15.0), Some(3)),
            _ => (c.of, c.deaths, c.crashes) = (vec![Severity::Fatal, Severity::Serious], Some(1), Some(2)),
        }
        rule.any.push(c);
    }
    rule
}

fn random_crashes(numbers: &mut Numbers, n: usize) -> Vec<Crash> {
    let length = numbers.between(100.0, 10_000.0);
    let crashes = (0..n).map(|i| {
        // Whole tens of metres, so that many fall together and many distances are exactly the greatest.
        let measure = (numbers.between(0.0, length) / 10.0).floor() * 10.0;
        let severity = Severity::ALL[numbers.below(5)];
        let mut crash = crash(i as i64, measure, severity);
        crash.deaths = if severity == Severity::Fatal { 1 + numbers.below(3) as u32 } else { 0 };
        crash.kind = [None, Some("a"), Some("b"), Some("c")][numbers.below(4)].map(str::to_owned);
        crash
    });
    crashes.collect()
}

#[test]
fn the_search_is_its_definition() {
    let mut numbers = Numbers(7);
    let mut spots_seen = 0;
    for case in 0..3_000 {
        let rule = random_rule(&mut numbers);
        let n = numbers.below(40);
        let crashes = random_crashes(&mut numbers, n);
        let mut sorted: Vec<&Crash> = crashes.iter().collect();
        sorted.sort_by(|a, b| a.on.as_ref().unwrap().measure_m.total_cmp(&b.on.as_ref().unwrap().measure_m).then(a.id.cmp(&b.id)));
        let mut expected = Vec::new();
        by_definition(&rule, &sorted, &mut expected);
        expected.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut found: Vec<(f64, f64, Vec<i64>)> = run(&rule, &crashes)
            .spots
            .into_iter()
            .map(|spot| {
                let Place::Interval { from_m, to_m, .. } = spot.place else { unreachable!() };
                let mut ids = spot.crashes;
                ids.sort_unstable();
                (from_m, to_m, ids)
            })
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        assert_eq!(found, expected, "case {case}: {rule:?}");
        spots_seen += found.len();
    }
    assert!(spots_seen > 2_000, "{spots_seen}");
}

#[test]
fn order_and_threads_do_not_matter() {
    let mut numbers = Numbers(11);
    for _ in 0..100 {
        let mut rule = random_rule(&mut numbers);
        rule.any.iter_mut().for_each(|c| c.regular = true);
        rule.units[0].by_direction = numbers.below(2) == 0;
        let mut crashes = random_crashes(&mut numbers, 200);
        for crash in &mut crashes {
            let on = crash.on.as_mut().unwrap();
            *on = OnRoad {
                road: ["G1", "S2", "X3"][numbers.below(3)].into(),
                measure_m: on.measure_m,
                direction: [Direction::Forward, Direction::Backward, Direction::Both][numbers.below(3)],
            };
            crash.hour = Some(numbers.below(24) as u8);
        }
        let once = run(&rule, &crashes);
        numbers.shuffle(&mut crashes);
        assert_eq!(run(&rule, &crashes), once);
        for threads in [1, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool.install(|| find(&rule, Regularity::default(), &crashes, ALL_TIME).unwrap()), once);
        }
    }
}
