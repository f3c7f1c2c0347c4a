//! A spot as a screen shows it: name, line, stakes, figures, what stands out.

use std::collections::{BTreeMap, HashMap};

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Language;
use gongzhi_risk::blackspot::pattern::Pattern;
use gongzhi_risk::blackspot::rule::{Rule, Unit};
use gongzhi_risk::blackspot::{Crash, Direction, Found, Place, Severity};
use gongzhi_road::{Network, PlaceRef};
use gongzhi_store::black_spots::CrashRow;
use gongzhi_store::cases::CaseRow;
use serde_json::{Value, json};

use super::ground::{Ground, on_course};
use crate::roads::Roads;

/// A stretch shorter than this is drawn this long, metres: several crashes at one post are a point.
const SHORTEST_LINE_M: f64 = 50.0;

/// What stands out at a place, for a screen.
pub(crate) fn pattern_view(p: &Pattern, language: Language) -> Value {
    json!({
        "attribute": p.what, "what": p.what.text().get(language), "value": p.value_text().get(language), "n": p.n, "of": p.of,
        "expected": p.expected, "p": p.p, "q": p.q, "text": p.text().get(language),
    })
}

/// Figures of a place, found by the rule or counted for a listed spot that it no longer finds.
pub(super) struct Figures {
    pub(super) place: Place,
    pub(super) n: u64,
    pub(super) deaths: u64,
    pub(super) injured: u64,
    pub(super) by_severity: BTreeMap<Severity, u64>,
    pub(super) score: f64,
    pub(super) crashes: Vec<i64>,
    pub(super) pattern: Option<Pattern>,
}

impl Figures {
    pub(super) fn found(spot: Found) -> Self {
        Self {
            place: spot.place,
            n: spot.n,
            deaths: spot.deaths,
            injured: spot.injured,
            by_severity: spot.by_severity,
            score: spot.score,
            crashes: spot.crashes,
            pattern: spot.patterns.into_iter().next(),
        }
    }

    /// Counts what the rule looks at in a place that it does not find.
    pub(super) fn counted(place: Place, rule: &Rule, crashes: &[Crash], period: (i64, i64)) -> Self {
        let radius = rule.units.iter().filter_map(|u: &Unit| u.radius_m).fold(0.0, f64::max);
        let looked_at = |c: &&Crash| {
            (rule.severities.is_empty() || rule.severities.contains(&c.severity))
                && (period.0..period.1).contains(&c.at.0)
                && place.holds(c, radius)
        };
        let here: Vec<&Crash> = crashes.iter().filter(looked_at).collect();
        let mut by_severity = BTreeMap::new();
        for crash in &here {
            *by_severity.entry(crash.severity).or_default() += 1;
        }
        Self {
            n: here.len() as u64,
            deaths: here.iter().map(|c| u64::from(c.deaths)).sum(),
            injured: here.iter().map(|c| u64::from(c.injured)).sum(),
            score: here.iter().map(|c| rule.weights.of(c.severity)).sum(),
            crashes: here.iter().map(|c| c.id).collect(),
            by_severity,
            pattern: None,
            place,
        }
    }
}

/// What names a place that nobody has listed: the rule and the place to the metre.
pub(super) fn key(rule: &str, place: &Place) -> String {
    match place {
        Place::Junction { junction } => format!("{rule}~{junction}"),
        Place::Interval { road, direction, from_m, to_m } => {
            let way = match direction {
                Direction::Forward => "f",
                Direction::Backward => "b",
                Direction::Both => "both",
            };
            format!("{rule}~{road}~{way}~{from_m:.0}-{to_m:.0}")
        }
    }
}

/// All that a view is made from.
pub(super) struct Drawing<'a> {
    pub(super) roads: &'a Roads,
    pub(super) ground: &'a Ground,
    pub(super) rows: HashMap<i64, &'a CrashRow>,
    pub(super) open_cases: &'a [CaseRow],
    pub(super) language: Language,
}

impl Drawing<'_> {
    /// The parts of a spot that do not hang on who listed it; `None` where the road or junction is no longer on the map.
    pub(super) fn draw(&self, figures: &Figures) -> Option<Value> {
        let network = &*self.roads.network;
        let mut view = match &figures.place {
            Place::Junction { junction } => junction_view(network, junction)?,
            Place::Interval { road, direction, from_m, to_m } => self.stretch_view(figures, road, *direction, *from_m, *to_m)?,
        };
        let severity = |s: Severity| figures.by_severity.get(&s).copied().unwrap_or(0);
        view["n"] = json!(figures.n);
        view["deaths"] = json!(figures.deaths);
        view["injured"] = json!(figures.injured);
        view["by_severity"] = json!({
            "fatal": severity(Severity::Fatal), "serious": severity(Severity::Serious), "slight": severity(Severity::Slight),
            "damage": severity(Severity::Damage), "unknown": severity(Severity::Unknown),
        });
        view["score"] = json!(figures.score);
        if let Some(p) = &figures.pattern {
            view["pattern"] = pattern_view(p, self.language);
        }
        let places: Vec<&str> = figures.crashes.iter().filter_map(|id| self.rows.get(id)?.place_key.as_deref()).collect();
        let here = |c: &&CaseRow| c.place_key.as_deref().is_some_and(|key| places.contains(&key) || view["place_key"] == key);
        if let Some(case) = self.open_cases.iter().find(here) {
            view["case"] = json!({ "id": case.id, "number": case.number, "stage": case.stage });
        }
        Some(view)
    }

    fn stretch_view(&self, figures: &Figures, road: &str, direction: Direction, from_m: f64, to_m: f64) -> Option<Value> {
        let course = self.ground.courses.by_key(road)?;
        let way = on_course(direction);
        let short = ((SHORTEST_LINE_M - (to_m - from_m)) / 2.0).max(0.0);
        let line = course.line((from_m - short).max(0.0), (to_m + short).min(course.length_m()), way);
        let middle = course.at(f64::midpoint(from_m, to_m), way).map(|p| p.point).or_else(|| line.get(line.len() / 2).copied())?;
        let stake = |measure: f64| {
            let point = course.at(measure, way)?.point;
            self.roads.stake_at(point).filter(|s| s.reference == course.name()).map(|s| s.stake)
        };
        let (from, to) = (stake(from_m), stake(to_m));
        // The crashes' own places say between which streets it lies.
        let words = |id: Option<&i64>| id.and_then(|id| self.rows.get(id)).map(|r| r.place_name.as_str()).filter(|w| !w.is_empty());
        let name = match (&from, &to) {
            (Some(a), Some(b)) if a == b => format!("{} {a}", course.name()),
            (Some(a), Some(b)) => format!("{} {a}–{b}", course.name()),
            _ => match words(figures.crashes.first()) {
                Some(place) if place.contains(course.name()) => place.to_owned(),
                Some(place) => format!("{}（{place}）", course.name()),
                None => course.name().to_owned(),
            },
        };
        let mut view = json!({
            "unit": "interval", "name": name, "lon": middle.lon, "lat": middle.lat, "line": points(&line), "road": course.name(),
            "direction": direction, "length_m": to_m - from_m, "from_m": from_m, "to_m": to_m,
        });
        if let (Some(from), Some(to)) = (from, to) {
            (view["from_stake"], view["to_stake"]) = (json!(from), json!(to));
        }
        Some(view)
    }
}

fn junction_view(network: &Network, key: &str) -> Option<Value> {
    let Some(PlaceRef::Crossing(id)) = network.place_by_key(key) else { return None };
    let crossing = network.crossing(id)?;
    let (point, roads) = (crossing.point, crossing.roads);
    Some(json!({ "unit": "junction", "name": crossing.name, "lon": point.lon, "lat": point.lat, "road": roads.first(), "length_m": 0.0,
        "place_key": key }))
}

fn points(line: &[Point]) -> Vec<[f64; 2]> {
    line.iter().map(|p| [p.lon, p.lat]).collect()
}
