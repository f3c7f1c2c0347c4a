//! Intervals of a road, kept with enough redundancy to be found again on the next import.

use gongzhi_civic::place::Point;
use serde::{Deserialize, Serialize};

use super::coverage::Span;
use super::{Course, CoursePoint, Direction};
use crate::Network;

/// Anchors stand at most this far apart, metres.
const ANCHOR_EVERY_M: f64 = 500.0;

/// A place of an interval, known in several ways.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IntervalAnchor {
    /// Metres along the axis of the course it was made on.
    pub measure_m: f64,
    /// Carriageway.
    pub direction: Direction,
    /// On the line, WGS-84.
    pub point: Point,
    /// Driving direction there, degrees clockwise from north.
    pub heading_deg: f64,
    /// OSM way id.
    pub way: i64,
    /// OSM node ids of the edge, in driving direction.
    pub nodes: [i64; 2],
    /// Metres from the edge's start.
    pub offset_m: f64,
    /// Metres of the edge.
    pub edge_m: f64,
    /// Road name there, may be empty.
    pub name: String,
    /// Route number there, may be empty.
    pub reference: String,
}

/// A stretch of a road in one or both directions: a black spot, works, a road chief's section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Number or name of the course.
    pub reference: String,
    /// [`Course::key`]: measures of two intervals can be compared if it is the same, in one network.
    pub course: String,
    /// The stretch.
    #[serde(flatten)]
    pub span: Span,
    /// Both ends and places between, by measure; for each direction covered.
    pub anchors: Vec<IntervalAnchor>,
}

impl Interval {
    /// A stretch of a course; `None` if it has no length, lies outside the course, or its direction or an end is not mapped.
    #[must_use]
    pub fn new(network: &Network, course: &Course, span: Span) -> Option<Self> {
        let span = Span::new(span.direction, span.from_m.max(0.0), span.to_m.min(course.length_m()));
        if !(span.length_m() > 0.0 && course.has(span.direction)) {
            return None;
        }
        let steps = (span.length_m() / ANCHOR_EVERY_M).ceil().max(1.0) as usize;
        let directions: &[Direction] = match span.direction {
            Direction::Forward => &[Direction::Forward],
            Direction::Backward => &[Direction::Backward],
            Direction::Both => &[Direction::Forward, Direction::Backward],
        };
        let mut anchors = Vec::new();
        for direction in directions {
            for step in 0..=steps {
                let measure = span.from_m + span.length_m() * step as f64 / steps as f64;
                let anchor = course.at(measure, *direction).and_then(|p| anchor(network, course, &p));
                match anchor {
                    Some(anchor) => anchors.push(anchor),
                    None if step == 0 || step == steps => return None,
                    None => {}
                }
            }
        }
        Some(Self { reference: course.name().to_owned(), course: course.key().to_owned(), span, anchors })
    }

    /// Metres of road that both cover in at least one common direction; 0 on different courses.
    #[must_use]
    pub fn overlap_m(&self, other: &Self) -> f64 {
        if self.course == other.course { self.span.overlap_m(&other.span) } else { 0.0 }
    }

    /// Whether all of `other` lies in it.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.course == other.course && self.span.contains(&other.span)
    }
}

fn anchor(network: &Network, course: &Course, p: &CoursePoint) -> Option<IntervalAnchor> {
    let view = network.edge(p.edge)?;
    let line = network.lines().get(network.edges().get(p.edge as usize)?.line as usize)?;
    let osm = |node: u32| network.nodes().get(node as usize).map_or(0, |n| n.osm);
    Some(IntervalAnchor {
        measure_m: p.measure_m,
        direction: p.direction,
        point: p.point,
        heading_deg: heading(course, p),
        way: network.way(line.way).osm,
        nodes: [osm(view.from), osm(view.to)],
        offset_m: p.offset_m,
        edge_m: view.length_m,
        name: view.name,
        reference: view.reference,
    })
}

/// Driving direction at a point of the course, over some 20 m.
pub(super) fn heading(course: &Course, p: &CoursePoint) -> f64 {
    let (low, high) = ((p.measure_m - 10.0).max(0.0), (p.measure_m + 10.0).min(course.length_m()));
    let line = course.line(low, high, p.direction);
    match (line.first(), line.last()) {
        (Some(a), Some(b)) => super::chain::bearing(crate::geometry::to_units(*a), crate::geometry::to_units(*b)).rem_euclid(360.0),
        _ => 0.0,
    }
}
