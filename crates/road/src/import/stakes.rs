//! Stakes (milestones): what their tags say, and which road they stand on.

use super::collect::Collected;
use super::graph::Graph;
use super::source::Tags;
use crate::format::*;
use crate::geometry::{METRES_PER_UNIT, Plane, nearest_on_segment};
use crate::names::half_width;

/// A stake beside the road is its stake within this, metres.
const BESIDE_M: f64 = 30.0;
/// Metres in a mile, for `171 mi`.
const MILE_M: f64 = 1_609.344;

/// A stake as tagged.
pub(crate) struct RawStake {
    pub(crate) osm: i64,
    pub(crate) at: ShapeRecord,
    pub(crate) metre: i32,
    /// Route number the stake itself names, may be empty.
    pub(crate) reference: String,
}

/// Route number and metres a milestone's tags say; `None` if they say no distance.
pub(crate) fn read(tags: &Tags<'_>) -> Option<(String, i32)> {
    if !tags.is("highway", "milestone") {
        return None;
    }
    let keys = ["distance", "pk", "km", "ref", "name", "name:zh", "official_name", "description"];
    let (source, (mut route, metre)) = keys.iter().find_map(|key| Some((*key, stake(tags.get(key)?)?)))?;
    if route.is_empty() {
        // Another tag may name the route: a `name` with the same distance, or a `ref` that is no distance.
        let same = |key: &&str| tags.get(key).and_then(stake).filter(|(r, m)| !r.is_empty() && *m == metre).map(|(r, _)| r);
        let own = || ["ref", "road_ref", "nat_ref"].iter().filter(|k| **k != source).find_map(|k| tags.get(k));
        route = keys.iter().find_map(same).or_else(|| own().map(|r| r.trim().to_owned())).unwrap_or_default();
    }
    Some((route, metre))
}

/// Reads `126.680`, `126,680`, `12.5 km`, `800 m`, `K12+300`, `12+300`, `G220 K12+300`, `171:7.1` (route and kilometres), `台九52k`.
pub(crate) fn stake(text: &str) -> Option<(String, i32)> {
    let text: String = text.trim().chars().map(half_width).collect();
    if text.starts_with('-') {
        return None;
    }
    if let Some((route, km)) = text.split_once(':') {
        return Some((route.trim().to_owned(), metres(km.trim(), 1_000.0)?));
    }
    if let Some((head, tail)) = text.split_once('+') {
        let tail: String = tail.trim().trim_end_matches(['m', 'M', '米']).trim().to_owned();
        if tail.is_empty() || !tail.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let parts = split(head);
        return Some((route(parts.before), metres(parts.number, 1_000.0)?.checked_add(metres(&tail, 1.0)?)?));
    }
    let unit = [("公里", 1_000.0), ("km", 1_000.0), ("mi", MILE_M), ("米", 1.0), ("m", 1.0), ("k", 1_000.0)];
    let lower = text.to_ascii_lowercase();
    let unit = unit.iter().find_map(|(u, f)| lower.strip_suffix(u).map(|n| (&text[..n.len()], *f)));
    let (number, factor) = unit.unwrap_or((text.as_str(), 1_000.0));
    let parts = split(number);
    // Without a unit or a K, `G220` is a road and no distance.
    if unit.is_none() && !parts.marked && !parts.before.is_empty() {
        return None;
    }
    Some((route(parts.before), metres(parts.number, factor)?))
}

/// A text cut before the number it ends with.
struct Parts<'a> {
    before: &'a str,
    number: &'a str,
    /// A K stood between the two.
    marked: bool,
}

/// `G220 K12` is `G220` and `12`, marked; `台九52` is `台九` and `52`; `12` has nothing before it.
fn split(text: &str) -> Parts<'_> {
    let text = text.trim();
    let number = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let number = number.rsplit(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',')).next().unwrap_or(number);
    let before = text[..text.len() - number.len()].trim_end();
    let unmarked = before.strip_suffix(['K', 'k']);
    Parts { before: unmarked.unwrap_or(before).trim_end(), number, marked: unmarked.is_some() }
}

/// A route number without separators, Chinese digits as Arabic.
fn route(text: &str) -> String {
    const HAN: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let plain = text.trim().trim_end_matches(['/', '-', ',', '，', '线', '線']).trim();
    let digit = |c: char| HAN.iter().position(|h| *h == c).and_then(|d| char::from_digit(d as u32, 10)).unwrap_or(c);
    let number: String = plain.chars().map(digit).collect();
    // A word in front of the distance (`Kilometerstein 5 km`) is no route.
    if number.chars().any(|c| c.is_ascii_digit()) { number } else { String::new() }
}

/// A number times a factor in whole metres, within the range of a country's roads.
fn metres(text: &str, factor: f64) -> Option<i32> {
    let plain = text.replace(',', ".");
    let number: f64 = if plain.starts_with(|c: char| c.is_ascii_digit()) { plain.parse().ok()? } else { return None };
    let metres = (number * factor).round();
    (0.0..=20_000_000.0).contains(&metres).then_some(metres as i32)
}

/// Records with the line each stake stands on or beside.
pub(crate) fn records(graph: &Graph, collected: &Collected, strings: &mut StringPool) -> Vec<StakeRecord> {
    let lines = lines_at(graph, collected);
    let mut found: Vec<(String, StakeRecord)> = collected
        .stakes
        .iter()
        .zip(lines)
        .map(|(raw, line)| {
            let tags = graph.lines.get(line as usize).map(|l| &collected.roads[l.way as usize].tags);
            let of_way = tags.map_or("", |t| t.reference.split(';').next().unwrap_or("").trim());
            let reference = if raw.reference.is_empty() { of_way.to_owned() } else { raw.reference.clone() };
            let id = strings.add(&reference);
            (reference, StakeRecord { osm: raw.osm, x: raw.at.x, y: raw.at.y, metre: raw.metre, reference: id, line, spare: 0 })
        })
        .collect();
    found.sort_by(|(a_ref, a), (b_ref, b)| (a_ref, a.metre, a.osm).cmp(&(b_ref, b.metre, b.osm)));
    found.into_iter().map(|(_, record)| record).collect()
}

/// The nearest line to each stake within [`BESIDE_M`]; lines with a route number go before those without. One sweep over all
/// segments with the stakes sorted by x.
fn lines_at(graph: &Graph, collected: &Collected) -> Vec<u32> {
    let stakes = &collected.stakes;
    let mut order: Vec<usize> = (0..stakes.len()).collect();
    order.sort_by_key(|i| (stakes[*i].at.x, *i));
    let mut best: Vec<(bool, f64, u32)> = vec![(true, f64::INFINITY, NONE); stakes.len()];
    if stakes.is_empty() {
        return Vec::new();
    }
    for (index, line) in graph.lines.iter().enumerate() {
        let plain = collected.roads[line.way as usize].tags.reference.is_empty();
        for w in line.shape.windows(2) {
            let reach_y = (BESIDE_M / METRES_PER_UNIT) as i32;
            let narrowest = Plane::at(if w[0].y.abs() > w[1].y.abs() { w[0] } else { w[1] }).kx;
            let reach_x = (BESIDE_M / narrowest).min(1e8) as i32;
            let (west, east) = (w[0].x.min(w[1].x).saturating_sub(reach_x), w[0].x.max(w[1].x).saturating_add(reach_x));
            let (south, north) = (w[0].y.min(w[1].y).saturating_sub(reach_y), w[0].y.max(w[1].y).saturating_add(reach_y));
            let from = order.partition_point(|i| stakes[*i].at.x < west);
            for i in order[from..].iter().take_while(|i| stakes[**i].at.x <= east) {
                let at = stakes[*i].at;
                if !(south..=north).contains(&at.y) {
                    continue;
                }
                let plane = Plane::at(at);
                let (_, foot) = nearest_on_segment(plane.metres(w[0]), plane.metres(w[1]));
                let candidate = (plain, foot.0.hypot(foot.1), index as u32);
                let old = &mut best[*i];
                if candidate.1 <= BESIDE_M && (candidate.0, candidate.1).partial_cmp(&(old.0, old.1)) == Some(std::cmp::Ordering::Less) {
                    *old = candidate;
                }
            }
        }
    }
    best.into_iter().map(|(.., line)| line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stakes_are_read_in_their_forms() {
        for (text, route, metre) in [
            ("126.680", "", 126_680),
            ("190.0", "", 190_000),
            ("126,680", "", 126_680),
            ("12", "", 12_000),
            ("12.5 km", "", 12_500),
            ("800 m", "", 800),
            ("10 mi", "", 16_093),
            ("K12+300", "", 12_300),
            ("k12+300", "", 12_300),
            ("12+300", "", 12_300),
            ("Ｋ１２＋３００", "", 12_300),
            ("G220 K12+300", "G220", 12_300),
            ("G220/K12+300", "G220", 12_300),
            ("S26K7", "S26", 7_000),
            ("171:7.1", "171", 7_100),
            ("台九52k", "台9", 52_000),
            ("台9線 52K", "台9", 52_000),
            ("K0", "", 0),
            ("52公里", "", 52_000),
            ("Kilometerstein 5 km", "", 5_000),
        ] {
            assert_eq!(stake(text), Some((route.to_owned(), metre)), "{text}");
        }
        for text in ["", "K", "Kilometerstein", "+300", "12+", "-5", "-5 km", "G220", "A 2", "台9", "1e9", "99999999", "é+9", "文"] {
            assert_eq!(stake(text), None, "{text}");
        }
    }

    #[test]
    fn a_route_is_taken_from_whichever_tag_names_it() {
        let said = |pairs: &[(&'static str, &'static str)]| {
            let mut tags = vec![("highway", "milestone")];
            tags.extend(pairs);
            read(&Tags(tags))
        };
        assert_eq!(said(&[("ref", "52"), ("name", "台九52k")]), Some(("台9".to_owned(), 52_000)));
        assert_eq!(said(&[("distance", "12.3"), ("ref", "G220")]), Some(("G220".to_owned(), 12_300)));
        assert_eq!(said(&[("distance", "12.3")]), Some((String::new(), 12_300)));
        assert_eq!(said(&[("note", "stone")]), None);
    }
}
