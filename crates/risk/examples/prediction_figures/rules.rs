//! Lists by rule, on the same units.

use gongzhi_civic::time::Timestamp;
use gongzhi_risk::blackspot::{self, AtJunction, Crash, Direction, OnRoad, Place, RuleBook, Severity};
use jiff::tz::TimeZone;

use crate::cases::{Case, Placed};
use crate::methods::Measure;
use crate::real;

pub const FLANDERS: &str = "be-flanders";
/// A crash within this distance of a junction may count for it; each rule has its own radius below it.
const JUNCTION_M: f64 = 100.0;

/// Spots in the rule's order, first spot first: each unit has the number of spots that come after its best one. Units in no spot have 0 and are
/// flagged at random once the list is used up.
pub fn scores(case: &Case, learnt: &[Placed], id: &str, measure: Measure) -> Vec<f64> {
    let mut scores = vec![0.0; case.sites.len()];
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../city/blackspots.toml")).unwrap();
    let book: RuleBook = toml::from_str(&text).unwrap();
    let rule = book.rule(Some(id)).unwrap();
    let streets = case.streets.as_ref().unwrap();
    let crashes: Vec<Crash> =
        learnt.iter().enumerate().filter(|(_, c)| measure.of(c) > 0.0).map(|(i, c)| crash(case, i as i64, c)).collect();
    // The rule looks back from the end of what is known.
    let last = learnt.iter().map(|c| c.crash.at.year()).max().unwrap();
    let to = jiff::civil::date(last + 1, 1, 1).to_zoned(TimeZone::UTC).unwrap().timestamp();
    let period = rule.window.period(Timestamp::from_jiff(to), &TimeZone::UTC);
    let spots = blackspot::find(rule, book.regularity, &crashes, period).unwrap().spots;
    for spot in &spots {
        let score = (spots.len() + 1 - spot.rank) as f64;
        let mut mark = |edge: usize, from_m: f64, to_m: f64| {
            let (first, end) = (streets.first[edge], streets.first[edge + 1]);
            let piece = streets.graph.edges()[edge].length_m / f64::from(end - first);
            let number = |m: f64| if piece > 0.0 { ((m / piece) as u32).min(end - first - 1) } else { 0 };
            for unit in first + number(from_m)..=first + number(to_m) {
                scores[unit as usize] = score.max(scores[unit as usize]);
            }
        };
        match &spot.place {
            Place::Interval { road, from_m, to_m, .. } => mark(road.parse().unwrap(), *from_m, *to_m),
            Place::Junction { junction, .. } => {
                for &(edge, is_end) in streets.graph.at(junction.parse().unwrap()) {
                    let length = streets.graph.edges()[edge as usize].length_m;
                    let at = if is_end { length } else { 0.0 };
                    mark(edge as usize, at, at);
                }
            }
        }
    }
    scores
}

fn crash(case: &Case, id: i64, placed: &Placed) -> Crash {
    let streets = case.streets.as_ref().unwrap();
    let edge = streets.graph.edges()[placed.on_street.edge as usize];
    let offset = placed.on_street.offset_m;
    let (node, distance_m) = if offset * 2.0 <= edge.length_m { (edge.from, offset) } else { (edge.to, edge.length_m - offset) };
    let at = placed.crash.at;
    let severity = match placed.crash.severity {
        real::Severity::Fatal => Severity::Fatal,
        real::Severity::Serious => Severity::Serious,
        real::Severity::Slight => Severity::Slight,
        real::Severity::Damage => Severity::Damage,
    };
    Crash {
        id,
        at: Timestamp::from_jiff(at.to_zoned(TimeZone::UTC).unwrap().timestamp()),
        on: Some(OnRoad { road: placed.on_street.edge.to_string(), measure_m: offset, direction: Direction::Both }),
        junction: (distance_m <= JUNCTION_M).then(|| AtJunction { junction: node.to_string(), distance_m }),
        urban: Some(true),
        class: case.sites[placed.site as usize].class.clone(),
        severity,
        deaths: u32::from(severity == Severity::Fatal),
        injured: u32::from(matches!(severity, Severity::Serious | Severity::Slight)),
        kind: Some(String::from_utf8_lossy(&placed.crash.kind).trim().to_owned()).filter(|k| !k.is_empty()),
        hour: u8::try_from(at.hour()).ok(),
        weekday: u8::try_from(at.weekday().to_monday_one_offset()).ok(),
        ..Crash::default()
    }
}
