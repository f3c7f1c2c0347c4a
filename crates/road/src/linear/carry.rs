//! An interval on the next import of the network.

use std::collections::BTreeMap;

use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use super::chain::{route_key, turn};
use super::coverage::Span;
use super::interval::heading;
use super::{Course, CoursePoint, Direction, Interval, IntervalAnchor};
use crate::Network;

/// An end that moved farther than this is lost, metres.
const END_M: f64 = 40.0;
/// A place between may lie farther off where a curve was re-drawn, metres.
const BETWEEN_M: f64 = 60.0;
/// Share of the places between that must be found.
const FOUND: f64 = 0.8;
/// The road's length may change by this share.
const LENGTH_TOLERANCE: f64 = 0.1;
/// … and by this, metres: a roundabout for a crossing.
const LENGTH_SLACK_M: f64 = 60.0;
/// A road that turned by more than this is another road, degrees.
const HEADING_DEG: f64 = 50.0;

/// An interval carried over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Carried {
    /// On the new network.
    pub interval: Interval,
    /// Metres by which an end may be off: how far the ends lay from the new line, and how much the length changed.
    pub error_m: f64,
    /// What changed (renumbered, re-drawn, pieces lost), for people.
    pub notes: Vec<Text>,
}

/// Why an interval could not be carried over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CarryRefusal {
    /// Every reason found, for people.
    pub reasons: Vec<Text>,
}

impl CarryRefusal {
    fn one(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { reasons: vec![Text::new(zh, en)] }
    }
}

impl Interval {
    /// The same stretch on another network. The course is looked for under the old number and under whatever the roads at the anchors are
    /// called now; the one that most anchors fit is taken, if both ends, enough places between, directions and length fit.
    ///
    /// # Errors
    /// [`CarryRefusal`] with every reason: nothing is guessed.
    pub fn carry(&self, to: &Network) -> Result<Carried, CarryRefusal> {
        let mut courses: BTreeMap<String, Course> = BTreeMap::new();
        for name in self.names(to) {
            for course in Course::of(to, &name) {
                courses.entry(course.key().to_owned()).or_insert(course);
            }
        }
        let fits = courses.values().map(|c| (c, Fit::of(self, c)));
        let by_number = |c: &Course| route_key(c.name()) == route_key(&self.reference);
        let best = fits.max_by(|(c, a), (d, b)| {
            a.found().cmp(&b.found()).then(by_number(c).cmp(&by_number(d))).then(b.off_m().total_cmp(&a.off_m())).then(d.key().cmp(c.key()))
        });
        let Some((course, fit)) = best.filter(|(_, f)| f.found() > 0) else {
            return Err(CarryRefusal::one(
                format!("新路网在原位置已没有“{}”，也没有同向的道路。", self.reference),
                format!("The new network has no \"{}\" there, nor another road in its direction.", self.reference),
            ));
        };
        fit.carry(self, to, course)
    }

    /// The old number, and numbers and names of the roads at the anchors now.
    fn names(&self, to: &Network) -> Vec<String> {
        let mut names = vec![self.reference.clone()];
        for a in &self.anchors {
            let edge = to.snap_with(a.point, Some(a.heading_deg), None, END_M).and_then(|s| to.edge(s.edge));
            for text in edge.into_iter().flat_map(|e| [e.reference, e.name]) {
                names.extend(text.split(';').map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()));
            }
        }
        let mut seen = Vec::new();
        names.retain(|n| {
            let key = route_key(n);
            let new = !seen.contains(&key);
            seen.push(key);
            new
        });
        names
    }
}

/// Anchors on a new course.
struct Fit {
    hits: Vec<Option<CoursePoint>>,
}

impl Fit {
    fn of(interval: &Interval, course: &Course) -> Self {
        let hit = |a: &IntervalAnchor| {
            let max_m = if interval.is_end(a) { END_M } else { BETWEEN_M };
            let sides = [Direction::Forward, Direction::Backward].into_iter().filter_map(|d| course.project(a.point, d, max_m));
            sides.filter(|p| turn(heading(course, p), a.heading_deg) <= HEADING_DEG).min_by(|p, q| p.distance_m.total_cmp(&q.distance_m))
        };
        Self { hits: interval.anchors.iter().map(hit).collect() }
    }

    fn found(&self) -> usize {
        self.hits.iter().flatten().count()
    }

    fn off_m(&self) -> f64 {
        self.hits.iter().flatten().map(|p| p.distance_m).fold(0.0, f64::max)
    }

    fn carry(&self, old: &Interval, to: &Network, course: &Course) -> Result<Carried, CarryRefusal> {
        let mut reasons = Vec::new();
        let pairs = || old.anchors.iter().zip(&self.hits);
        let ends: Vec<(&IntervalAnchor, &Option<CoursePoint>)> = pairs().filter(|(a, _)| old.is_end(a)).collect();
        for (a, _) in ends.iter().filter(|(_, hit)| hit.is_none()) {
            reasons.push(Text::new(
                format!("端点（{:.5}, {:.5}）{END_M:.0} 米内没有“{}”同向的道路。", a.point.lon, a.point.lat, course.name()),
                format!(
                    "No \"{}\" in that direction within {END_M:.0} m of the end at {:.5}, {:.5}.",
                    course.name(),
                    a.point.lon,
                    a.point.lat
                ),
            ));
        }
        let between: Vec<_> = pairs().filter(|(a, _)| !old.is_end(a)).collect();
        let found = between.iter().filter(|(_, hit)| hit.is_some()).count();
        if (found as f64) < FOUND * between.len() as f64 {
            reasons.push(Text::new(
                format!("中间 {} 个点只找到 {found} 个：道路已改线。", between.len()),
                format!("Of {} places between only {found} were found: the road runs elsewhere now.", between.len()),
            ));
        }
        if !reasons.is_empty() {
            return Err(CarryRefusal { reasons });
        }
        let hits: Vec<(&IntervalAnchor, &CoursePoint)> = ends.iter().filter_map(|(a, hit)| Some((*a, hit.as_ref()?))).collect();
        let flipped = hits.iter().filter(|(a, p)| a.direction != p.direction).count();
        if flipped != 0 && flipped != hits.len() {
            return Err(CarryRefusal::one("两个方向不再对应同一条道路。", "The two directions no longer belong to one road."));
        }
        let mean = |at: f64| {
            let group: Vec<f64> = hits.iter().filter(|(a, _)| (a.measure_m - at).abs() < 1.0).map(|(_, p)| p.measure_m).collect();
            group.iter().sum::<f64>() / group.len().max(1) as f64
        };
        let (from, until) = (mean(old.span.from_m), mean(old.span.to_m));
        let direction = if flipped > 0 { old.span.direction.reversed() } else { old.span.direction };
        let span = Span::new(direction, from, until);
        let change = (span.length_m() - old.span.length_m()).abs();
        if change > LENGTH_TOLERANCE * old.span.length_m() + LENGTH_SLACK_M || (flipped > 0) != (from > until) {
            return Err(CarryRefusal::one(
                format!("长度由 {:.0} 米变为 {:.0} 米：道路已改线。", old.span.length_m(), span.length_m()),
                format!("The length changed from {:.0} to {:.0} m: the road runs elsewhere now.", old.span.length_m(), span.length_m()),
            ));
        }
        let Some(interval) = Interval::new(to, course, span) else {
            return Err(CarryRefusal::one("新路网缺少一端或一个方向。", "The new network lacks an end or a direction."));
        };
        let mut notes = Vec::new();
        if route_key(course.name()) != route_key(&old.reference) {
            notes.push(Text::new(
                format!("道路由“{}”改称“{}”。", old.reference, course.name()),
                format!("The road is called \"{}\" now, formerly \"{}\".", course.name(), old.reference),
            ));
        }
        let lost = between.len() - found;
        if lost > 0 {
            notes.push(Text::new(format!("中间有 {lost} 个点偏离较远。"), format!("{lost} places between lie off the new line.")));
        }
        if change > 10.0 {
            notes.push(Text::new(
                format!("长度由 {:.0} 米变为 {:.0} 米。", old.span.length_m(), span.length_m()),
                format!("The length changed from {:.0} to {:.0} m.", old.span.length_m(), span.length_m()),
            ));
        }
        let off = hits.iter().map(|(_, p)| p.distance_m).fold(0.0, f64::max);
        Ok(Carried { interval, error_m: off + change / 2.0 + 1.0, notes })
    }
}

impl Interval {
    fn is_end(&self, a: &IntervalAnchor) -> bool {
        (a.measure_m - self.span.from_m).abs() < 0.5 || (a.measure_m - self.span.to_m).abs() < 0.5
    }
}
