//! What is true of a network, read from its graph alone.

use std::collections::{BTreeMap, BTreeSet};

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_road::{EdgeView, Network};

/// Nodes nearer than this to each other belong to one meeting, metres.
const ONE_MEETING_M: f64 = 80.0;
/// Directions that a road's name ends with, before the word for road.
const DIRECTIONS: &str = "东南西北中";
/// Words for road that a name may end with.
pub(crate) const SUFFIXES: &str = "路街道巷弄";

/// Roads by name and where they meet.
pub struct RoadBook<'a> {
    /// The network.
    pub network: &'a Network,
    edges: Vec<EdgeView>,
    at_node: BTreeMap<u32, Vec<usize>>,
    by_name: BTreeMap<String, Vec<usize>>,
    meetings: BTreeMap<(String, String), Vec<Point>>,
    partners: BTreeMap<String, BTreeSet<String>>,
    beads: BTreeMap<String, Vec<Point>>,
    pairs: Vec<(String, String)>,
}

impl<'a> RoadBook<'a> {
    /// Reads the graph.
    #[must_use]
    pub fn new(network: &'a Network) -> Self {
        let all: Vec<EdgeView> = (0..network.counts().edges as u32).filter_map(|e| network.edge(e)).collect();
        let mut at_node: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (i, edge) in all.iter().enumerate() {
            at_node.entry(edge.from).or_default().push(i);
            at_node.entry(edge.to).or_default().push(i);
            if is_chinese(&edge.name) {
                by_name.entry(edge.name.clone()).or_default().push(i);
            }
        }
        let mut meetings: BTreeMap<(String, String), Vec<Point>> = BTreeMap::new();
        let mut partners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (node, there) in &at_node {
            let names: BTreeSet<&str> = there.iter().map(|e| all[*e].name.as_str()).filter(|n| is_chinese(n)).collect();
            let Some(point) = network.node_point(*node) else { continue };
            for a in &names {
                for b in names.iter().filter(|b| *b != a) {
                    meetings.entry(((*a).to_owned(), (*b).to_owned())).or_default().push(point);
                    partners.entry((*a).to_owned()).or_default().insert((*b).to_owned());
                }
            }
        }
        let of = |edges: &Vec<usize>| edges.iter().flat_map(|e: &usize| beads(&all[*e].line)).collect();
        let beads = by_name.iter().map(|(name, edges)| (name.clone(), of(edges))).collect();
        let plain = |n: &str| n.chars().last().is_some_and(|c| SUFFIXES.contains(c)) && !n.contains(['(', '·', '出', '入', '库']);
        let pairs = meetings.keys().filter(|(a, b)| a < b && plain(a) && plain(b)).cloned().collect();
        Self { network, edges: all, at_node, by_name, meetings, partners, beads, pairs }
    }

    /// Names of all roads.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Whether a road has this name.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Pairs of names that meet, each once, both of them names one would say: with a word for road at their end.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// Nodes that both roads share, in the order of the graph.
    #[must_use]
    pub fn meeting(&self, a: &str, b: &str) -> &[Point] {
        self.meetings.get(&(a.to_owned(), b.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// Accepted points for a crossing: the shared nodes and the middle of each group of them.
    #[must_use]
    pub fn accepted(&self, a: &str, b: &str) -> Vec<Point> {
        let nodes = self.meeting(a, b);
        let mut points = nodes.to_vec();
        points.extend(groups(nodes).iter().map(|g| middle(g)));
        points
    }

    /// The one place where both roads meet, if it is one.
    #[must_use]
    pub fn only_meeting(&self, a: &str, b: &str) -> Option<Point> {
        match groups(self.meeting(a, b)).as_slice() {
            [one] => Some(middle(one)),
            _ => None,
        }
    }

    /// Roads that meet a road.
    pub fn partners(&self, name: &str) -> impl Iterator<Item = &str> {
        self.partners.get(name).into_iter().flatten().map(String::as_str)
    }

    /// Lines of a road, one for each of its edges.
    #[must_use]
    pub fn lines(&self, name: &str) -> Vec<Vec<Point>> {
        self.by_name.get(name).into_iter().flatten().map(|e| self.edges[*e].line.clone()).collect()
    }

    /// Edges of a road.
    pub fn edges(&self, name: &str) -> impl Iterator<Item = &EdgeView> {
        self.by_name.get(name).into_iter().flatten().map(|e| &self.edges[*e])
    }

    /// Points every 20 m along a road.
    #[must_use]
    pub fn beads(&self, name: &str) -> &[Point] {
        self.beads.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether two roads come nearer to each other than so many metres.
    #[must_use]
    pub fn approach(&self, a: &str, b: &str, metres: f64) -> bool {
        let other = self.beads(b);
        self.beads(a).iter().any(|p| other.iter().any(|q| within(*p, *q, metres)))
    }

    /// Whether a wrong form of a name still points to that name only: it is no name itself, and no other road one character away
    /// from it meets the partner.
    #[must_use]
    pub fn tells(&self, wrong: &str, name: &str, partner: &str) -> bool {
        !self.knows(wrong) && !self.partners(partner).any(|other| other != name && one_apart(wrong, other))
    }

    /// Names that are `name` but for their direction word, itself included.
    #[must_use]
    pub fn siblings(&self, name: &str) -> Vec<&str> {
        let bare = without_direction(name);
        self.names().filter(|n| bare.is_some() && (without_direction(n) == bare || Some(*n) == bare.as_deref())).collect()
    }

    /// Where one stands after `metres` along either road from their meeting, heading within `spread` degrees of `heading` (from north)
    /// at the start. One point for each carriageway; empty if no leg leads there.
    #[must_use]
    pub fn walk(&self, a: &str, b: &str, heading: f64, spread: f64, metres: f64) -> Vec<Point> {
        let shared = self.meeting(a, b);
        let starts = self.at_node.iter().filter(|(n, _)| self.network.node_point(**n).is_some_and(|p| shared.contains(&p)));
        let mut ends = Vec::new();
        for (node, there) in starts {
            for edge in there.iter().filter(|e| [a, b].contains(&self.edges[**e].name.as_str())) {
                let line = self.away(*edge, *node);
                let ahead = along(&line, 30.0);
                if line.len() > 1 && turn(bearing(line[0], ahead), heading) <= spread {
                    ends.extend(self.follow(*edge, *node, metres));
                }
            }
        }
        ends
    }

    /// Line of an edge, seen from one of its nodes.
    fn away(&self, edge: usize, node: u32) -> Vec<Point> {
        let edge = &self.edges[edge];
        let mut line = edge.line.clone();
        if edge.from != node {
            line.reverse();
        }
        line
    }

    fn follow(&self, edge: usize, node: u32, metres: f64) -> Option<Point> {
        let (mut edge, mut node, mut left) = (edge, node, metres);
        for _ in 0..30 {
            let line = self.away(edge, node);
            let view = &self.edges[edge];
            let length: f64 = line.windows(2).map(|w| haversine_m(w[0], w[1])).sum();
            if length >= left {
                return Some(along(&line, left));
            }
            left -= length;
            let (last, end) = (*line.get(line.len().checked_sub(2)?)?, *line.last()?);
            node = if view.from == node { view.to } else { view.from };
            let onward = self.at_node.get(&node)?.iter().copied().filter(|e| {
                let (line, other) = (self.away(*e, node), &self.edges[*e]);
                *e != edge && other.name == view.name && line.len() > 1 && turn(bearing(last, end), bearing(line[0], line[1])) < 60.0
            });
            edge = onward.min_by(|x, y| {
                let bend = |e: usize| {
                    let line = self.away(e, node);
                    turn(bearing(last, end), bearing(line[0], line[1]))
                };
                bend(*x).total_cmp(&bend(*y))
            })?;
        }
        None
    }
}

/// Whether a name is in Chinese characters.
pub(crate) fn is_chinese(name: &str) -> bool {
    name.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// A name without its direction word: `胜利东路` → `胜利路`.
pub(crate) fn without_direction(name: &str) -> Option<String> {
    let mut chars: Vec<char> = name.chars().collect();
    let at = chars.len().checked_sub(2).filter(|at| *at >= 2 && DIRECTIONS.contains(chars[*at]))?;
    chars.remove(at);
    Some(chars.into_iter().collect())
}

/// Whether two names differ by one character put in, left out or changed, or two neighbours exchanged.
pub(crate) fn one_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let room = a.len().min(b.len()) - start;
    let end = a.iter().rev().zip(b.iter().rev()).take(room).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (&a[start..a.len() - end], &b[start..b.len() - end]);
    rest_a.len().max(rest_b.len()) <= 1 || (rest_a.len() == 2 && rest_b.len() == 2 && rest_a[0] == rest_b[1] && rest_a[1] == rest_b[0])
}

/// Whether two points are nearer than so many metres; quick to say no.
pub(crate) fn within(a: Point, b: Point, metres: f64) -> bool {
    // No degree of latitude is shorter than 110 km.
    (a.lat - b.lat).abs() * 110_000.0 <= metres && haversine_m(a, b) <= metres
}

/// Points every 20 m along a line.
pub(crate) fn beads(line: &[Point]) -> Vec<Point> {
    let mut out: Vec<Point> = line.first().copied().into_iter().collect();
    for pair in line.windows(2) {
        let steps = (haversine_m(pair[0], pair[1]) / 20.0).ceil().max(1.0) as u32;
        out.extend((1..=steps).map(|s| between(pair[0], pair[1], f64::from(s) / f64::from(steps))));
    }
    out
}

/// The point `metres` along a line, or its end.
pub(crate) fn along(line: &[Point], metres: f64) -> Point {
    let mut left = metres;
    for pair in line.windows(2) {
        let length = haversine_m(pair[0], pair[1]);
        if length >= left && length > 0.0 {
            return between(pair[0], pair[1], left / length);
        }
        left -= length;
    }
    line.last().copied().unwrap_or(Point::new(0.0, 0.0))
}

fn between(a: Point, b: Point, share: f64) -> Point {
    Point::new(a.lon + (b.lon - a.lon) * share, a.lat + (b.lat - a.lat) * share)
}

fn bearing(a: Point, b: Point) -> f64 {
    let east = (b.lon - a.lon) * a.lat.to_radians().cos();
    east.atan2(b.lat - a.lat).to_degrees().rem_euclid(360.0)
}

fn turn(a: f64, b: f64) -> f64 {
    let d = (a - b).rem_euclid(360.0);
    d.min(360.0 - d)
}

/// Points in groups whose members reach each other by steps of [`ONE_MEETING_M`].
pub(crate) fn groups(points: &[Point]) -> Vec<Vec<Point>> {
    let mut groups: Vec<Vec<Point>> = Vec::new();
    for p in points {
        let (near, mut far): (Vec<_>, Vec<_>) = groups.into_iter().partition(|g| g.iter().any(|q| haversine_m(*p, *q) <= ONE_MEETING_M));
        far.push(near.into_iter().flatten().chain([*p]).collect());
        groups = far;
    }
    groups
}

/// The middle of some points.
pub(crate) fn middle(points: &[Point]) -> Point {
    let n = points.len().max(1) as f64;
    Point::new(points.iter().map(|p| p.lon).sum::<f64>() / n, points.iter().map(|p| p.lat).sum::<f64>() / n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RoadMap;

    #[test]
    fn meetings_and_walks_are_those_of_the_drawing() {
        let network = RoadMap::draw("  N   P\n  |   |\nA-X---Y--B\n  |   |\n  S   Q")
            .way("AXYB", |w| w.name("胜利东路").class("primary"))
            .way("NXS", |w| w.name("平江路"))
            .way("PYQ", |w| w.name("阳明北路"))
            .network();
        let book = RoadBook::new(&network);
        assert_eq!(book.pairs(), [("平江路".into(), "胜利东路".into()), ("胜利东路".into(), "阳明北路".into())]);
        let (west, east) = (book.only_meeting("胜利东路", "平江路").unwrap(), book.only_meeting("阳明北路", "胜利东路").unwrap());
        let walked = book.walk("胜利东路", "平江路", 90.0, 35.0, 200.0);
        assert!(!walked.is_empty() && walked.iter().all(|p| haversine_m(*p, east) < 2.0), "{walked:?} {east:?}");
        assert!((haversine_m(west, east) - 200.0).abs() < 2.0);
        assert!(book.approach("平江路", "阳明北路", 205.0) && !book.approach("平江路", "阳明北路", 195.0));
        assert!(book.tells("胜力东路", "胜利东路", "平江路") && !book.tells("平江路", "胜利东路", "阳明北路"));
        assert!(one_apart("胜东利路", "胜利东路") && one_apart("胜利路", "胜利东路") && !one_apart("平江路", "阳明北路"));
        assert_eq!(without_direction("胜利东路").as_deref(), Some("胜利路"));
    }
}
