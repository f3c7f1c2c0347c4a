//! House numbers: mapped ones and those between two mapped ones of an interpolation way.

use std::collections::BTreeMap;

use super::Summary;
use super::collect::Collected;
use super::graph::Graph;
use super::name_index::NameIndex;
use super::source::Tags;
use crate::format::*;
use crate::geometry::{Plane, distance_m, nearest_on_segment};
use crate::names::{fold, reduce};

/// A house farther than this from a road does not belong to it, whatever its name.
const ROAD_M: f64 = 1_000.0;
/// Most houses between two mapped ones; a longer run is a mistake of the map.
const MOST_BETWEEN: u32 = 500;

/// An address as tagged; one record may hold several numbers (`12;14`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) street: String,
    pub(crate) numbers: String,
}

impl Address {
    /// `None` without a house number.
    pub(crate) fn read(tags: &Tags<'_>) -> Option<Self> {
        let numbers = tags.get("addr:housenumber")?.trim().to_owned();
        let street = ["addr:street", "addr:place", "addr:street:zh"].iter().find_map(|k| tags.get(k)).unwrap_or("").trim().to_owned();
        (!numbers.is_empty()).then_some(Self { street, numbers })
    }

    /// Each number of a list.
    fn each(&self) -> impl Iterator<Item = &str> {
        self.numbers.split([';', ',', '、', '；']).map(str::trim).filter(|n| !n.is_empty())
    }
}

/// An address and where it is.
pub(crate) struct RawAddress {
    /// Node id, or the way or relation id negated.
    pub(crate) osm: i64,
    pub(crate) address: Address,
    pub(crate) at: ShapeRecord,
}

/// A way between addresses. `nodes` are node ids.
pub(crate) struct Interpolation {
    pub(crate) nodes: Vec<i64>,
    /// Numbers from one house to the next.
    pub(crate) step: u32,
    pub(crate) street: String,
}

impl Interpolation {
    /// `None` if the way is none, or one we cannot follow (`alphabetic`).
    pub(crate) fn read(nodes: &[i64], tags: &Tags<'_>) -> Option<Self> {
        let step = match tags.get("addr:interpolation")?.trim() {
            "odd" | "even" => 2,
            "all" => 1,
            other => other.parse().ok().filter(|step| (1..=100).contains(step))?,
        };
        Some(Self { nodes: nodes.to_vec(), step, street: tags.get("addr:street").unwrap_or("").trim().to_owned() })
    }
}

/// First run of digits of a house number (`甲12号` 12, `３-２` 3), 0 without any.
pub(crate) fn value(number: &str) -> u32 {
    let plain = number.chars().map(|c| match c {
        '０'..='９' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        _ => c,
    });
    let digits: String = plain.skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).take(9).collect();
    digits.parse().unwrap_or(0)
}

/// A house ready for its record.
struct House<'a> {
    osm: i64,
    at: ShapeRecord,
    street: &'a str,
    number: String,
    interpolated: bool,
}

pub(crate) fn records(
    graph: &Graph,
    collected: &Collected,
    names: &NameIndex,
    strings: &mut StringPool,
    summary: &mut Summary,
) -> Vec<HouseNumberRecord> {
    let mut houses: Vec<House<'_>> = Vec::new();
    for raw in &collected.addresses {
        if raw.address.street.is_empty() {
            *summary.skipped.entry("house_number.no_street".to_owned()).or_default() += 1;
            continue;
        }
        let street = raw.address.street.as_str();
        houses.extend(raw.address.each().map(|n| House { osm: raw.osm, at: raw.at, street, number: n.to_owned(), interpolated: false }));
    }
    between(collected, &mut houses);
    let roads = RoadsByName::new(graph, names);
    let mut folded: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    let mut records: Vec<(String, HouseNumberRecord)> = houses
        .into_iter()
        .map(|house| {
            let named = folded.entry(house.street).or_insert_with(|| roads.named(house.street));
            let record = HouseNumberRecord {
                osm: house.osm,
                x: house.at.x,
                y: house.at.y,
                road: roads.nearest(named, house.at),
                street: strings.add(house.street),
                number: strings.add(&house.number),
                value: value(&house.number),
                flags: u32::from(house.interpolated) * HOUSE_INTERPOLATED,
                spare: 0,
            };
            (house.number, record)
        })
        .collect();
    records.sort_by(|(number_a, a), (number_b, b)| {
        (a.road, a.value, number_a, a.osm, a.x, a.y).cmp(&(b.road, b.value, number_b, b.osm, b.x, b.y))
    });
    records.into_iter().map(|(_, record)| record).collect()
}

/// Places houses along the interpolation ways, between each two mapped numbers.
fn between<'a>(collected: &'a Collected, houses: &mut Vec<House<'a>>) {
    if collected.interpolations.is_empty() {
        return;
    }
    let of_node: BTreeMap<i64, &RawAddress> = collected.addresses.iter().filter(|a| a.osm > 0).map(|a| (a.osm, a)).collect();
    for way in &collected.interpolations {
        let mut last: Option<(&RawAddress, u32)> = None;
        let mut line: Vec<ShapeRecord> = Vec::new();
        for node in &way.nodes {
            let Some(at) = collected.index(*node).and_then(|i| collected.at(i)) else { continue };
            line.push(at);
            let Some(here) = of_node.get(node).copied() else { continue };
            let number = value(&here.address.numbers);
            if let Some((before, from)) = last.filter(|_| number > 0) {
                let streets = [&way.street, &before.address.street, &here.address.street];
                if let Some(street) = streets.into_iter().find(|s| !s.is_empty()) {
                    fill(&line, from, number, way.step, street, houses);
                }
            }
            if number > 0 {
                last = Some((here, number));
                line = vec![at];
            }
        }
    }
}

fn fill<'a>(line: &[ShapeRecord], from: u32, to: u32, step: u32, street: &'a str, houses: &mut Vec<House<'a>>) {
    let (low, high) = (from.min(to), from.max(to));
    if (high - low) / step > MOST_BETWEEN {
        return;
    }
    let length = crate::geometry::length_m(line);
    let mut number = low + step;
    while number < high {
        let share = f64::from(number.abs_diff(from)) / f64::from(high - low);
        if let Some(at) = along(line, share * length) {
            houses.push(House { osm: 0, at, street, number: number.to_string(), interpolated: true });
        }
        number += step;
    }
}

/// The point this many metres along a line; its end if the line is shorter.
fn along(line: &[ShapeRecord], metres: f64) -> Option<ShapeRecord> {
    let mut left = metres;
    for w in line.windows(2) {
        let step = distance_m(w[0], w[1]);
        if step >= left && step > 0.0 {
            let between = |a: i32, b: i32| (f64::from(a) + (f64::from(b) - f64::from(a)) * left / step).round() as i32;
            return Some(ShapeRecord { x: between(w[0].x, w[1].x), y: between(w[0].y, w[1].y) });
        }
        left -= step;
    }
    line.last().copied()
}

/// Roads by folded name, with their lines and boxes.
struct RoadsByName<'a> {
    graph: &'a Graph,
    by_name: BTreeMap<&'a str, Vec<u32>>,
    lines: Vec<Vec<u32>>,
    boxes: Vec<[i32; 4]>,
}

impl<'a> RoadsByName<'a> {
    fn new(graph: &'a Graph, names: &'a NameIndex) -> Self {
        let count = graph.way_road.iter().max().map_or(0, |m| *m as usize + 1);
        let mut lines = vec![Vec::new(); count];
        let mut boxes = vec![[i32::MAX, i32::MAX, i32::MIN, i32::MIN]; count];
        for (i, line) in graph.lines.iter().enumerate() {
            let road = graph.road(i as u32) as usize;
            lines[road].push(i as u32);
            let b = &mut boxes[road];
            for s in &line.shape {
                *b = [b[0].min(s.x), b[1].min(s.y), b[2].max(s.x), b[3].max(s.y)];
            }
        }
        let mut by_name: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (text, road) in names.roads() {
            by_name.entry(text).or_default().push(road);
        }
        Self { graph, by_name, lines, boxes }
    }

    /// Roads of this name; else roads whose short name it shortens to.
    fn named(&self, street: &str) -> Vec<u32> {
        let folded = fold(street);
        let found = self.by_name.get(folded.as_str()).or_else(|| self.by_name.get(reduce(&folded).as_str()));
        let mut roads = found.cloned().unwrap_or_default();
        roads.sort_unstable();
        roads.dedup();
        roads
    }

    /// The nearest of these roads within [`ROAD_M`], or [`NONE`].
    fn nearest(&self, roads: &[u32], at: ShapeRecord) -> u32 {
        let inside = |road: &u32| box_m(&self.boxes[*road as usize], at) <= ROAD_M;
        let near = roads.iter().copied().filter(inside).map(|road| (self.distance_m(road, at), road));
        near.filter(|(d, _)| *d <= ROAD_M).min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).map_or(NONE, |(_, road)| road)
    }

    fn distance_m(&self, road: u32, at: ShapeRecord) -> f64 {
        let plane = Plane::at(at);
        let shapes = self.lines[road as usize].iter().map(|l| &self.graph.lines[*l as usize].shape);
        let segments = shapes.flat_map(|shape| shape.windows(2));
        let distances = segments.map(|w| {
            let (_, foot) = nearest_on_segment(plane.metres(w[0]), plane.metres(w[1]));
            foot.0.hypot(foot.1)
        });
        distances.fold(f64::INFINITY, f64::min)
    }
}

/// Metres from a point to a box, 0 inside.
fn box_m(b: &[i32; 4], at: ShapeRecord) -> f64 {
    distance_m(at, ShapeRecord { x: at.x.clamp(b[0].min(b[2]), b[2].max(b[0])), y: at.y.clamp(b[1].min(b[3]), b[3].max(b[1])) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_the_first_run_of_digits() {
        for (number, expected) in
            [("12", 12), ("甲12号", 12), ("３-２", 3), ("128-2", 128), ("12a", 12), ("s/n", 0), ("99999999999", 999_999_999)]
        {
            assert_eq!(value(number), expected, "{number}");
        }
    }
}
