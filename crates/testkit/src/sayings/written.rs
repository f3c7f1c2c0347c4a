//! Sayings written by hand: tab-separated files with labels in the map's own names.
//!
//! Columns: network, words, kind, truth, `within_m`, note. Truth is one of
//! - `甲路 × 乙路`: where both meet (every such place), alternatives after `|`;
//! - `甲路 × 乙路 + 东 100`: so many metres from there;
//! - `road 甲路`: anywhere on it; `landmark 名`: at the landmark; `at 121.47 31.23`: at a point;
//! - `甲路 // 乙路`: where one passes over the other;
//! - `甲路: 乙路 — 丙路`: on the road between two others;
//! - `none`: no such crossing; `not_enough`.

use gongzhi_civic::place::{Point, haversine_m};

use super::book::within;
use super::{Distortion, Kind, RoadBook, Saying, Truth};

/// Reads the sayings of one network from a file's text; lines that start with `#` are notes.
///
/// # Panics
/// If lines are no sayings or name what the map does not have, with all of them: such a label would be worth nothing.
#[must_use]
pub fn read(text: &str, network: &str, book: &RoadBook<'_>) -> Vec<Saying> {
    let rows = text.lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    let of_network = rows.filter(|row| row.split('\t').next() == Some(network));
    let (sayings, faults): (Vec<_>, Vec<_>) = of_network.map(|row| saying(row, book).ok_or(row)).partition(Result::is_ok);
    let faults: Vec<&str> = faults.into_iter().filter_map(Result::err).collect();
    assert!(faults.is_empty(), "no sayings of {network}, or not of its map:\n{}", faults.join("\n"));
    sayings.into_iter().flatten().collect()
}

fn saying(row: &str, book: &RoadBook<'_>) -> Option<Saying> {
    let [network, words, kind, truth, within_m, note] = row.split('\t').collect::<Vec<_>>()[..] else { return None };
    // A crossing said not to exist must be one of two roads that do.
    let strangers = note.split_once(" × ").filter(|_| truth == "none");
    if strangers.is_some_and(|(a, b)| !book.knows(a) || !book.knows(b) || !book.meeting(a, b).is_empty()) {
        return None;
    }
    Some(Saying {
        network: network.to_owned(),
        words: words.to_owned(),
        kind: Kind::ALL.into_iter().find(|k| k.word() == kind)?,
        distortion: Distortion::Written,
        truth: label(truth, within_m.parse().unwrap_or(0.0), book)?,
        means: truth.to_owned(),
    })
}

fn label(truth: &str, within_m: f64, book: &RoadBook<'_>) -> Option<Truth> {
    match truth {
        "none" => return Some(Truth::NoSuchCrossing),
        "not_enough" => return Some(Truth::NotEnough),
        _ => {}
    }
    let (mut points, mut lines) = (Vec::new(), Vec::new());
    for one in truth.split(" | ") {
        let (more_points, more_lines) = place(one, book).filter(|(p, l)| !p.is_empty() || !l.is_empty())?;
        points.extend(more_points);
        lines.extend(more_lines);
    }
    (within_m > 0.0).then_some(Truth::Place { points, lines, within_m })
}

type Accepted = (Vec<Point>, Vec<Vec<Point>>);

fn place(truth: &str, book: &RoadBook<'_>) -> Option<Accepted> {
    if let Some(road) = truth.strip_prefix("road ") {
        return Some((Vec::new(), book.lines(road)));
    }
    if let Some(name) = truth.strip_prefix("landmark ") {
        return Some((book.network.landmarks().filter(|(_, l)| l.name == name).map(|(_, l)| l.point).collect(), Vec::new()));
    }
    if let Some(at) = truth.strip_prefix("at ") {
        let (lon, lat) = at.split_once(' ')?;
        return Some((vec![Point::new(lon.parse().ok()?, lat.parse().ok()?)], Vec::new()));
    }
    if let Some((a, b)) = truth.split_once(" // ") {
        let under = book.beads(b);
        let over = book.beads(a).iter().copied().filter(|p| under.iter().any(|q| within(*p, *q, 20.0)));
        return Some((over.collect(), Vec::new()));
    }
    if let Some((road, ends)) = truth.split_once(": ") {
        let (b, c) = ends.split_once(" — ")?;
        return Some((Vec::new(), vec![stretch(road, b, c, book)?]));
    }
    let (crossing, offset) = truth.split_once(" + ").map_or((truth, None), |(c, o)| (c, Some(o)));
    let (a, b) = crossing.split_once(" × ")?;
    let Some(offset) = offset else { return Some((book.accepted(a, b), Vec::new())) };
    let (heading, metres) = offset.split_once(' ')?;
    let heading = ["北", "东", "南", "西"].iter().position(|h| *h == heading)? as f64 * 90.0;
    Some((book.walk(a, b, heading, 44.0, metres.parse().ok()?), Vec::new()))
}

/// Points of a road that lie between its meetings with two others, the fifths at both ends left out: those whose ways to both ends
/// add up to little more than the ends are apart.
fn stretch(road: &str, b: &str, c: &str, book: &RoadBook<'_>) -> Option<Vec<Point>> {
    let (from, to) = (book.only_meeting(road, b)?, book.only_meeting(road, c)?);
    let whole = haversine_m(from, to);
    let inside = |p: &Point| {
        let (x, y) = (haversine_m(*p, from), haversine_m(*p, to));
        x + y < whole * 1.15 && x > whole * 0.2 && y > whole * 0.2
    };
    Some(book.beads(road).iter().copied().filter(inside).collect())
}
