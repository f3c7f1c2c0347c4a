//! Black spots by rule.

mod identity;
mod oracle;
mod pattern;
mod reach;
mod real;
mod rules;
mod stretches;

use gongzhi_civic::time::Timestamp;
use gongzhi_risk::blackspot::rule::{Condition, RankBy, Regularity, Rule, Unit, UnitKind, Weights, Window};
use gongzhi_risk::blackspot::{AtJunction, Crash, Direction, OnRoad, Place, Run, Severity, find};

/// A day of 2016.
pub(crate) const AT: Timestamp = Timestamp(1_460_000_000_000);
pub(crate) const ALL_TIME: (Timestamp, Timestamp) = (Timestamp(0), Timestamp(i64::MAX));

/// A rule with one unit and one condition.
pub(crate) fn rule(unit: Unit, any: Vec<Condition>) -> Rule {
    Rule {
        id: "test".into(),
        name: gongzhi_civic::text::Text::new("试", "test"),
        level: gongzhi_risk::blackspot::rule::Level::City,
        source: "test".into(),
        version: "1".into(),
        confirmed: true,
        note: None,
        window: Window { years: Some(3), months: None },
        setting: Default::default(),
        severities: Vec::new(),
        units: vec![unit],
        any,
        weights: Weights::default(),
        rank: RankBy::Score,
        first: None,
    }
}

pub(crate) fn stretch(most_m: f64) -> Unit {
    Unit { kind: UnitKind::Interval, most_m: Some(most_m), least_m: None, radius_m: None, by_direction: false }
}

pub(crate) fn junction(radius_m: f64) -> Unit {
    Unit { kind: UnitKind::Junction, most_m: None, least_m: None, radius_m: Some(radius_m), by_direction: false }
}

pub(crate) fn at_least(crashes: u32) -> Condition {
    Condition { crashes: Some(crashes), ..Condition::default() }
}

pub(crate) fn crash(id: i64, measure_m: f64, severity: Severity) -> Crash {
    Crash {
        id,
        at: Timestamp(AT.0 + id),
        on: Some(OnRoad { road: "G1".into(), measure_m, direction: Direction::Forward }),
        severity,
        deaths: u32::from(severity == Severity::Fatal),
        injured: u32::from(matches!(severity, Severity::Serious | Severity::Slight)),
        ..Crash::default()
    }
}

/// A road drawn with letters, 100 m each: `F` fatal, `S` serious, `L` slight, `D` damage, `3` three crashes with damage, `.` none.
/// Several lines are one above the other: crashes of the same place.
pub(crate) fn drawn(lines: &str) -> Vec<Crash> {
    let mut crashes = Vec::new();
    for line in lines.lines() {
        for (place, letter) in line.chars().enumerate() {
            let (n, severity) = match letter {
                'F' => (1, Severity::Fatal),
                'S' => (1, Severity::Serious),
                'L' => (1, Severity::Slight),
                'D' => (1, Severity::Damage),
                digit => (digit.to_digit(10).unwrap_or(0), Severity::Damage),
            };
            for _ in 0..n {
                crashes.push(crash(crashes.len() as i64 + 1, place as f64 * 100.0, severity));
            }
        }
    }
    crashes
}

/// The stretches found on `G1`, drawn: `a` the first of the list, `b` the second.
pub(crate) fn picture(run: &Run, width: usize) -> String {
    let mut line = vec!['.'; width];
    for (spot, letter) in run.spots.iter().zip('a'..) {
        let Place::Interval { from_m, to_m, .. } = spot.place else { continue };
        for place in &mut line[(from_m / 100.0) as usize..=(to_m / 100.0) as usize] {
            assert_eq!(*place, '.', "spots overlap: {run:?}");
            *place = letter;
        }
    }
    line.into_iter().collect()
}

pub(crate) fn run(rule: &Rule, crashes: &[Crash]) -> Run {
    find(rule, Regularity::default(), crashes, ALL_TIME).unwrap()
}

pub(crate) fn at_junction(mut crash: Crash, key: &str, distance_m: f64) -> Crash {
    crash.junction = Some(AtJunction { junction: key.into(), distance_m });
    crash
}
