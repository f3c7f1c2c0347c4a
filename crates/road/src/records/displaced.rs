//! Coordinates displaced all by one amount: a datum not undone, a digit lost in a file. Found by where records of two known streets lie
//! beside the crossing of these streets, and undone before anything is learnt from them.

use gongzhi_civic::place::{Point, haversine_m};

use super::learned::Displacement;

/// Cell of the histogram of differences, degrees: about 25 m.
const CELL_DEGREES: f64 = 0.000_25;
/// Fewer records, or a smaller share of those that contradict themselves, do not show a displacement.
const LEAST_RECORDS: usize = 30;
const LEAST_SHARE: f64 = 0.05;
/// Displacements looked for.
const MOST: usize = 3;
/// Two places one displacement apart to within this are one place, metres.
const SAME_M: f64 = 40.0;

/// Displacements that explain many of the pairs of coordinates and true crossing, the commonest first.
pub(crate) fn find(pairs: &[(Point, Point)]) -> Vec<Displacement> {
    let mut left: Vec<(f64, f64)> = pairs.iter().map(|(given, truth)| (given.lon - truth.lon, given.lat - truth.lat)).collect();
    let mut found = Vec::new();
    while found.len() < MOST {
        let cell = |v: f64| (v / CELL_DEGREES).round() as i64;
        let mut cells: std::collections::BTreeMap<(i64, i64), usize> = std::collections::BTreeMap::new();
        for (east, north) in &left {
            *cells.entry((cell(*east), cell(*north))).or_default() += 1;
        }
        let Some(((x, y), _)) = cells.into_iter().max_by_key(|(key, n)| (*n, std::cmp::Reverse(*key))) else { break };
        let near = |(east, north): &(f64, f64)| (cell(*east) - x).abs() <= 1 && (cell(*north) - y).abs() <= 1;
        let (members, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(near);
        left = rest;
        if members.len() < LEAST_RECORDS || (members.len() as f64) < LEAST_SHARE * pairs.len() as f64 {
            break;
        }
        let middle = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            (values.get(values.len() / 2).copied().unwrap_or(0.0) * 1e7).round() / 1e7
        };
        found.push(Displacement {
            east_degrees: middle(members.iter().map(|m| m.0).collect()),
            north_degrees: middle(members.iter().map(|m| m.1).collect()),
            records: members.len() as u32,
        });
    }
    found
}

impl Displacement {
    /// A displaced point, put back.
    #[must_use]
    pub fn undone(&self, point: Point) -> Point {
        Point { lon: point.lon - self.east_degrees, lat: point.lat - self.north_degrees }
    }

    /// Whether the second place is the first one displaced.
    pub(crate) fn leads(&self, from: Point, to: Point) -> bool {
        haversine_m(from, self.undone(to)) <= SAME_M
    }
}
