//! Which stretches and junctions fulfil a rule.
//!
//! **Stretches.** The crashes of a road (and carriageway, if the rule says so) in order of measure; from each one, the window of all
//! that follow within the unit's length. Windows that lie within another are left out: more crashes never fulfil less, except
//! for regularity, which is judged on the whole window. Of the windows that fulfil a condition the best by the rule's order is
//! kept, from its first to its last crash; then the same again to the left and to the right of it. So spots never overlap,
//! each fulfils the rule with its own crashes, and the outcome does not hang on where counting starts.
//!
//! **Junctions.** All crashes nearest to it and within the radius along the streets.
//!
//! A ring road is taken from its zero to its end; no window runs across the zero.

use super::pattern::{Pattern, Reference, patterns};
use super::rule::{MILLIONTHS, RankBy, Regularity, Rule, Setting, Unit, UnitKind};
use super::window::{Conditions, Tally, stands_out};
use super::{Crash, Direction, Place, Severity};
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// A place that fulfils the rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// 1 for the first.
    pub rank: usize,
    /// Where.
    pub place: Place,
    /// Position of the unit in the rule.
    pub unit: usize,
    /// Positions of the conditions fulfilled.
    pub conditions: Vec<usize>,
    /// Crashes the rule looks at.
    pub n: u64,
    /// Dead.
    pub deaths: u64,
    /// Injured.
    pub injured: u64,
    /// Crashes by severity.
    pub by_severity: BTreeMap<Severity, u64>,
    /// Sum of the rule's weights.
    pub score: f64,
    /// Ids of the crashes, in order of time.
    pub crashes: Vec<i64>,
    /// What stands out among them (规律性), least q first.
    pub patterns: Vec<Pattern>,
}

/// A rule applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// From which instant and before which crashes count.
    pub period: (Timestamp, Timestamp),
    /// Crashes the rule looks at.
    pub n: u64,
    /// … of these, on no measured road and at no junction: no unit can have them.
    pub unplaced: u64,
    /// Crashes left out because it is not known whether they lie within a built-up area.
    pub setting_unknown: u64,
    /// The spots, by the rule's order.
    pub spots: Vec<Found>,
}

/// Why a rule cannot be applied to these crashes.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FindError {
    /// A measure or distance that is not a number.
    #[error("place_invalid: crash {0}")]
    Place(i64),
    /// Two crashes with one id.
    #[error("crash_repeated: {0}")]
    Repeated(i64),
    /// The period ends before it begins.
    #[error("period_invalid")]
    Period,
}

impl FindError {
    /// Stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Place(_) => "place_invalid",
            Self::Repeated(_) => "crash_repeated",
            Self::Period => "period_invalid",
        }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Place(id) => Text::new(format!("事故 {id} 的位置无效"), format!("The place of crash {id} is not valid")),
            Self::Repeated(id) => Text::new(format!("事故 {id} 重复"), format!("Crash {id} stands twice")),
            Self::Period => Text::new("时段的终点早于起点", "The period ends before it begins"),
        }
    }
}

/// Applies a rule that has passed the [gate](super::gate) to crashes of any period; only those in `period` count
/// (from the first instant, before the second; [`super::rule::Window::period`]). The order of the crashes does not matter.
///
/// # Errors
/// [`FindError`].
pub fn find(rule: &Rule, regularity: Regularity, crashes: &[Crash], period: (Timestamp, Timestamp)) -> Result<Run, FindError> {
    if period.1 < period.0 {
        return Err(FindError::Period);
    }
    let mut within: Vec<&Crash> = crashes.iter().filter(|c| period.0 <= c.at && c.at < period.1).collect();
    within.sort_by_key(|c| (c.at, c.id));
    check(&within)?;
    let reference = Reference::of(within.iter().copied());
    let severe = |c: &&&Crash| rule.severities.is_empty() || rule.severities.contains(&c.severity);
    let setting_unknown = match rule.setting {
        Setting::Any => 0,
        _ => within.iter().filter(severe).filter(|c| c.urban.is_none()).count() as u64,
    };
    let here = |c: &&&Crash| match rule.setting {
        Setting::Any => true,
        Setting::Urban => c.urban == Some(true),
        Setting::Rural => c.urban == Some(false),
    };
    let counted: Vec<&Crash> = within.iter().filter(severe).filter(here).copied().collect();
    let unplaced = counted.iter().filter(|c| c.on.is_none() && c.junction.is_none()).count() as u64;

    let mut spots: Vec<Spot> = Vec::new();
    let mut taken = vec![false; counted.len()];
    for (number, unit) in rule.units.iter().enumerate() {
        let conditions = Conditions::new(rule, unit, &counted, regularity, &reference);
        let search = Search { rule, unit, number, crashes: &counted, conditions: &conditions };
        let found = match unit.kind {
            UnitKind::Interval => search.stretches(&taken, &spots),
            UnitKind::Junction => search.junctions(&taken),
        };
        for &member in found.iter().flat_map(|s| &s.members) {
            taken[member] = true;
        }
        spots.extend(found);
    }
    spots.sort_by(|a, b| a.order(b, rule.rank));
    spots.truncate(rule.first.unwrap_or(usize::MAX));
    let spots = spots
        .par_iter()
        .enumerate()
        .map(|(i, spot)| {
            let members: Vec<&Crash> = spot.members.iter().map(|&m| counted[m]).collect();
            let patterns = patterns(&members, &reference).into_iter().filter(|p| stands_out(p.q, p.n, regularity)).collect();
            spot.found(i + 1, &members, patterns)
        })
        .collect();
    Ok(Run { period, n: counted.len() as u64, unplaced, setting_unknown, spots })
}

fn check(crashes: &[&Crash]) -> Result<(), FindError> {
    let mut seen = BTreeSet::new();
    for crash in crashes {
        if !seen.insert(crash.id) {
            return Err(FindError::Repeated(crash.id));
        }
        let measures = crash.on.as_ref().is_none_or(|on| on.measure_m.is_finite());
        let distances = crash.junction.as_ref().is_none_or(|j| j.distance_m.is_finite());
        if !(measures && distances) {
            return Err(FindError::Place(crash.id));
        }
    }
    Ok(())
}

/// A spot with the positions of its crashes among those counted, in order of time.
struct Spot {
    place: Place,
    unit: usize,
    conditions: Vec<usize>,
    members: Vec<usize>,
    deaths: u64,
    /// In millionths.
    score: i64,
}

impl Spot {
    /// Best first. The last resort is the place itself, so that no two are equal.
    fn order(&self, other: &Self, by: RankBy) -> Ordering {
        let first = match by {
            RankBy::Score => other.score.cmp(&self.score),
            RankBy::Crashes => Ordering::Equal,
            RankBy::Deaths => other.deaths.cmp(&self.deaths),
        };
        first
            .then(other.members.len().cmp(&self.members.len()))
            .then(other.score.cmp(&self.score))
            .then(self.place.length_m().total_cmp(&other.place.length_m()))
            .then_with(|| self.place.compare(&other.place))
    }

    fn found(&self, rank: usize, members: &[&Crash], patterns: Vec<Pattern>) -> Found {
        let mut by_severity = BTreeMap::new();
        for crash in members {
            *by_severity.entry(crash.severity).or_default() += 1;
        }
        Found {
            rank,
            place: self.place.clone(),
            unit: self.unit,
            conditions: self.conditions.clone(),
            n: members.len() as u64,
            deaths: self.deaths,
            injured: members.iter().map(|c| u64::from(c.injured)).sum(),
            by_severity,
            score: self.score as f64 / MILLIONTHS,
            crashes: members.iter().map(|c| c.id).collect(),
            patterns,
        }
    }
}

impl Place {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (
                Self::Interval { road, direction, from_m, .. },
                Self::Interval { road: road_b, direction: direction_b, from_m: from_b, .. },
            ) => (road, direction).cmp(&(road_b, direction_b)).then(from_m.total_cmp(from_b)),
            (Self::Junction { junction }, Self::Junction { junction: other }) => junction.cmp(other),
            (Self::Interval { .. }, Self::Junction { .. }) => Ordering::Less,
            (Self::Junction { .. }, Self::Interval { .. }) => Ordering::Greater,
        }
    }
}

/// Measure and position of a crash on one road.
type At = (f64, usize);

struct Search<'a> {
    rule: &'a Rule,
    unit: &'a Unit,
    number: usize,
    crashes: &'a [&'a Crash],
    conditions: &'a Conditions<'a>,
}

impl Search<'_> {
    fn stretches(&self, taken: &[bool], earlier: &[Spot]) -> Vec<Spot> {
        let mut roads = BTreeMap::<(&str, Direction), Vec<At>>::new();
        for (position, crash) in self.crashes.iter().enumerate().filter(|(i, _)| !taken[*i]) {
            let Some(on) = &crash.on else { continue };
            let direction = if self.unit.by_direction { on.direction } else { Direction::Both };
            if self.unit.by_direction && direction == Direction::Both {
                continue;
            }
            roads.entry((&on.road, direction)).or_default().push((on.measure_m, position));
        }
        let roads: Vec<_> = roads.into_iter().collect();
        let by_road = roads.into_par_iter().map(|((road, direction), mut at)| {
            at.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let mut found = Vec::new();
            for part in between_spots(&at, road, direction, earlier) {
                self.split(part, road, direction, &mut found);
            }
            found
        });
        by_road.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    /// The best stretch, then the best to its left and right.
    fn split(&self, at: &[At], road: &str, direction: Direction, found: &mut Vec<Spot>) {
        let mut parts = vec![at];
        while let Some(part) = parts.pop() {
            let Some((first, last, spot)) = self.best(part, road, direction) else { continue };
            parts.push(&part[..first]);
            parts.push(&part[last + 1..]);
            found.push(spot);
        }
    }

    fn best(&self, at: &[At], road: &str, direction: Direction) -> Option<(usize, usize, Spot)> {
        let most = self.unit.most_m.unwrap_or(0.0);
        let least = self.unit.least_m.unwrap_or(0.0);
        let mut tally = Tally::new(self.conditions);
        let (mut end, mut best) = (0, None::<(usize, usize, Spot)>);
        for first in 0..at.len() {
            let before = end;
            while end < at.len() && at[end].0 - at[first].0 <= most {
                tally.add(self.conditions, at[end].1);
                end += 1;
            }
            // A window that reaches no farther than the one before lies within it.
            if end > before && at[end - 1].0 - at[first].0 >= least {
                let mut members: Vec<usize> = at[first..end].iter().map(|a| a.1).collect();
                members.sort_unstable();
                let conditions = self.conditions.fulfilled(&tally, &members);
                if !conditions.is_empty() {
                    let place = Place::Interval { road: road.to_owned(), direction, from_m: at[first].0, to_m: at[end - 1].0 };
                    let spot = self.spot(place, conditions, members);
                    if best.as_ref().is_none_or(|(_, _, b)| spot.order(b, self.rule.rank) == Ordering::Less) {
                        best = Some((first, end - 1, spot));
                    }
                }
            }
            tally.remove(self.conditions, at[first].1);
        }
        best
    }

    fn junctions(&self, taken: &[bool]) -> Vec<Spot> {
        let radius = self.unit.radius_m.unwrap_or(0.0);
        let mut junctions = BTreeMap::<&str, Vec<usize>>::new();
        for (position, crash) in self.crashes.iter().enumerate().filter(|(i, _)| !taken[*i]) {
            if let Some(at) = crash.junction.as_ref().filter(|at| at.distance_m <= radius) {
                junctions.entry(&at.junction).or_default().push(position);
            }
        }
        let fulfilled = junctions.into_iter().filter_map(|(junction, members)| {
            let conditions = self.conditions.fulfilled(&Tally::of(self.conditions, &members), &members);
            let place = Place::Junction { junction: junction.to_owned() };
            (!conditions.is_empty()).then(|| self.spot(place, conditions, members))
        });
        fulfilled.collect()
    }

    fn spot(&self, place: Place, conditions: Vec<usize>, members: Vec<usize>) -> Spot {
        let of = |m: &usize| self.crashes[*m];
        let deaths = members.iter().map(|m| u64::from(of(m).deaths)).sum();
        let score = members.iter().map(|m| self.rule.weights.exact(of(m).severity)).sum();
        Spot { place, unit: self.number, conditions, members, deaths, score }
    }
}

/// The crashes of a road cut at the spots found on it before; what lies within one is left out.
fn between_spots<'a>(at: &'a [At], road: &str, direction: Direction, earlier: &[Spot]) -> Vec<&'a [At]> {
    let mut cuts: Vec<(f64, f64)> = earlier
        .iter()
        .filter_map(|spot| match &spot.place {
            Place::Interval { road: other, direction: way, from_m, to_m } if other == road && meets(*way, direction) => {
                Some((*from_m, *to_m))
            }
            _ => None,
        })
        .collect();
    cuts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut parts, mut rest) = (Vec::new(), at);
    for (from, to) in cuts {
        parts.push(&rest[..rest.partition_point(|a| a.0 < from)]);
        rest = &rest[rest.partition_point(|a| a.0 <= to)..];
    }
    parts.push(rest);
    parts
}

/// Whether stretches of two directions can share road.
pub(super) fn meets(a: Direction, b: Direction) -> bool {
    a == b || a == Direction::Both || b == Direction::Both
}
