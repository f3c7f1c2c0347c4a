//! Learning from placed records.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use gongzhi_civic::place::{Point, haversine_m};

use super::learned::{Alias, Anchor, Displacement, Learned, LearntCrossing, LearntPlace, LearntStreet};
use super::streets::Streets;
use super::{PlacedRecord, displaced};
use crate::Network;
use crate::format::ShapeRecord;
use crate::geometry::{to_point, to_units};
use crate::names::fold;
use crate::names::latin::parts;

/// A record farther than this from a street it names contradicts itself, metres.
const CONTRADICTS_M: f64 = 200.0;
/// A record put back must be this near to every street it names, metres.
const PUT_BACK_M: f64 = 50.0;
/// A record this near to a street may be on it, metres: half a wide avenue.
const ON_STREET_M: f64 = 40.0;
/// Fewer records do not teach a spelling.
const LEAST_VOTES: u32 = 3;
/// Share of a spelling's records that must lie on the street it is said to mean.
const LEAST_PURITY: f64 = 0.7;
/// Records of a spelling must be this far apart: at one place, any street there would do. Metres.
const APART_M: f64 = 80.0;
/// Share of records away from the street of the same name from which on that street is another one.
const ELSEWHERE: f64 = 0.7;
/// Records of two streets within this distance lie at one place, metres.
const ONE_PLACE_M: f64 = 50.0;
/// Places kept of one pair.
const MOST_PLACES: usize = 3;
/// Points of a trace are this far apart, metres, and at most so many.
const TRACE_STEP_M: f64 = 25.0;
const MOST_TRACE: usize = 240;
/// Different spellings that must show an abbreviation.
const LEAST_SHOWN: usize = 2;

struct Spelling {
    folded: String,
    /// The street of exactly this name.
    exact: Option<u32>,
    records: Vec<u32>,
}

/// Streets near a point, shared by the records that lie there.
type Near = Rc<Vec<(u32, f64)>>;

impl Record {
    /// Whether every street it names that is on the map is within so many metres.
    fn fits(&self, trusted: &impl Fn(u32) -> Option<u32>, reach_m: f64) -> bool {
        let near = |id: u32| trusted(id).is_none_or(|street| self.near.iter().any(|(s, d)| *s == street && *d <= reach_m));
        near(self.first) && self.second.is_none_or(near)
    }
}

struct Record {
    first: u32,
    second: Option<u32>,
    number: Option<u32>,
    point: Point,
    /// Streets within [`CONTRADICTS_M`] and their distances.
    near: Near,
}

impl Learned {
    /// Learns from placed records. Spellings with fewer than three records, or whose records lie at one place, get no alias; records that
    /// contradict themselves (a street they name is on the map and more than 200 m away) teach nothing.
    #[must_use]
    pub fn from_records(network: &Network, records: impl IntoIterator<Item = PlacedRecord>) -> Self {
        let streets = network.streets();
        let mut lesson = Lesson { network, streets, spellings: Vec::new(), records: Vec::new() };
        lesson.read(records);
        lesson.learn()
    }
}

struct Lesson<'a> {
    network: &'a Network,
    streets: &'a Streets,
    spellings: Vec<Spelling>,
    records: Vec<Record>,
}

impl Lesson<'_> {
    fn read(&mut self, records: impl IntoIterator<Item = PlacedRecord>) {
        let mut ids: HashMap<String, u32> = HashMap::new();
        let mut places: HashMap<(i32, i32), Near> = HashMap::new();
        for record in records {
            let Some(point) = Point::valid(record.point.lon, record.point.lat) else { continue };
            let index = self.records.len() as u32;
            let mut id = |text: &str, spellings: &mut Vec<Spelling>| {
                let folded = fold(text);
                if folded.is_empty() {
                    return None;
                }
                let id = *ids.entry(folded).or_insert_with_key(|folded| {
                    spellings.push(Spelling { folded: folded.clone(), exact: self.streets.exact(folded), records: Vec::new() });
                    spellings.len() as u32 - 1
                });
                if let Some(s) = spellings.get_mut(id as usize) {
                    s.records.push(index);
                }
                Some(id)
            };
            let Some(first) = id(&record.first, &mut self.spellings) else { continue };
            let second = id(&record.second, &mut self.spellings).filter(|s| *s != first);
            // What is kept is kept to a centimetre, so that it can be written and read without change.
            let at = to_units(point);
            let point = to_point(at);
            let near = places.entry((at.x, at.y)).or_insert_with(|| Rc::new(self.streets_near(point))).clone();
            self.records.push(Record { first, second, number: record.number.filter(|n| *n > 0), point, near });
        }
    }

    fn streets_near(&self, point: Point) -> Vec<(u32, f64)> {
        let mut near: Vec<(u32, f64)> = Vec::new();
        for (road, distance) in self.network.roads_near(point, CONTRADICTS_M) {
            for street in self.streets.of_road(road) {
                if near.iter().all(|(s, _)| s != street) {
                    near.push((*street, distance));
                }
            }
        }
        near
    }

    fn learn(mut self) -> Learned {
        let (displacements, put_back) = self.put_back();
        let elsewhere: Vec<bool> = self.spellings.iter().map(|s| self.elsewhere(s)).collect();
        let trusted: Vec<Option<u32>> = self.spellings.iter().zip(&elsewhere).map(|(s, e)| s.exact.filter(|_| !e)).collect();
        let trusted = |id: u32| trusted.get(id as usize).copied().flatten();
        let contradicts: Vec<bool> = self.records.iter().map(|r| !r.fits(&trusted, CONTRADICTS_M)).collect();
        let good = |index: &u32| !contradicts.get(*index as usize).copied().unwrap_or(true);

        let mut out = Learned {
            records: self.records.len() as u32,
            contradicting: contradicts.iter().filter(|c| **c).count() as u32,
            put_back,
            ..Learned::default()
        };
        for (id, spelling) in self.spellings.iter().enumerate() {
            let records: Vec<&Record> = spelling.records.iter().filter(|i| good(i)).filter_map(|i| self.records.get(*i as usize)).collect();
            let alias = if trusted(id as u32).is_some() { None } else { self.alias(id as u32, &records, &trusted) };
            let anchors = anchors(records.iter().filter(|r| r.first == id as u32 && r.second.is_none()));
            out.streets.push(LearntStreet {
                spelling: spelling.folded.clone(),
                records: spelling.records.len() as u32,
                alias,
                elsewhere: elsewhere.get(id).copied().unwrap_or(false),
                trace: trace(records.iter().map(|r| r.point)),
                anchors,
            });
        }
        out.streets.sort_by(|a, b| a.spelling.cmp(&b.spelling));
        out.crossings = self.crossings(&good, &displacements);
        out.abbreviations = abbreviations(&out.streets);
        out.displacements = displacements;
        out
    }

    /// Finds displacements and undoes them where the streets named say so; how many records were put back.
    fn put_back(&mut self) -> (Vec<Displacement>, u32) {
        let exact: Vec<Option<u32>> = self.spellings.iter().map(|s| s.exact).collect();
        let exact = |id: u32| exact.get(id as usize).copied().flatten();
        let contradicting: Vec<usize> =
            self.records.iter().enumerate().filter(|(_, r)| !r.fits(&exact, CONTRADICTS_M)).map(|(i, _)| i).collect();
        // Where records of two streets that cross at one place lie, and that place.
        let against_the_map = |index: &usize| {
            let record = self.records.get(*index)?;
            let common = self.network.crossings_of_streets(self.streets, exact(record.first)?, exact(record.second?)?);
            let [only] = common.as_slice() else { return None };
            let crossing = self.network.crossing_record(*only)?;
            Some((record.point, to_point(ShapeRecord { x: crossing.x, y: crossing.y })))
        };
        let pairs: Vec<(Point, Point)> = contradicting.iter().filter_map(against_the_map).collect();
        let displacements = displaced::find(&pairs);
        let mut put_back = 0;
        for index in contradicting {
            let Some(record) = self.records.get(index) else { continue };
            let moved = displacements.iter().find_map(|displacement| {
                let point = to_point(to_units(displacement.undone(record.point)));
                let moved = Record { point, near: Rc::new(self.streets_near(point)), ..*record };
                moved.fits(&exact, PUT_BACK_M).then_some(moved)
            });
            if let (Some(moved), Some(record)) = (moved, self.records.get_mut(index)) {
                *record = moved;
                put_back += 1;
            }
        }
        (displacements, put_back)
    }

    /// Whether the street of exactly this name lies away from most records that have the name, and these from each other.
    fn elsewhere(&self, spelling: &Spelling) -> bool {
        let Some(street) = spelling.exact else { return false };
        let records: Vec<&Record> = spelling.records.iter().filter_map(|i| self.records.get(*i as usize)).collect();
        let far: Vec<&&Record> = records.iter().filter(|r| r.near.iter().all(|(s, _)| *s != street)).collect();
        let apart = far.first().is_some_and(|p| far.iter().any(|q| haversine_m(p.point, q.point) >= APART_M));
        apart && far.len() >= LEAST_VOTES as usize && far.len() as f64 >= ELSEWHERE * records.len() as f64
    }

    /// The street most records of a spelling lie on, if there is one and only one.
    fn alias(&self, id: u32, records: &[&Record], trusted: &impl Fn(u32) -> Option<u32>) -> Option<Alias> {
        let mut votes: BTreeMap<u32, Vec<Point>> = BTreeMap::new();
        let mut of = 0u32;
        for record in records {
            let other = if record.first == id { record.second } else { Some(record.first) };
            let others = other.and_then(trusted);
            of += 1;
            for (street, _) in record.near.iter().filter(|(s, d)| *d <= ON_STREET_M && Some(*s) != others) {
                votes.entry(*street).or_default().push(record.point);
            }
        }
        let spelling = self.spellings.get(id as usize)?;
        let likely = |street: u32| self.streets.matches(&spelling.folded).iter().find(|m| m.street == street).map_or(0.0, |m| m.likeness);
        let mut ranked: Vec<(u32, u32, f32)> = votes
            .iter()
            .filter(|(_, points)| {
                let apart = points.first().is_some_and(|p| points.iter().any(|q| haversine_m(*p, *q) >= APART_M));
                points.len() as u32 >= LEAST_VOTES && apart && points.len() as f64 >= LEAST_PURITY * f64::from(of)
            })
            .map(|(street, points)| (*street, points.len() as u32, likely(*street)))
            .collect();
        ranked.sort_by(|a, b| b.2.total_cmp(&a.2).then(b.1.cmp(&a.1)).then(a.0.cmp(&b.0)));
        let (street, votes, likeness) = *ranked.first()?;
        // Two streets that would do equally well and resemble the spelling equally little: nothing is learnt.
        if ranked.get(1).is_some_and(|(_, v, l)| *l >= likeness && *v >= votes) {
            return None;
        }
        Some(Alias { street: self.streets.name(self.network, street).to_owned(), votes, of })
    }

    fn crossings(&self, good: &impl Fn(&u32) -> bool, displacements: &[Displacement]) -> Vec<LearntCrossing> {
        let mut pairs: BTreeMap<(&str, &str), Vec<Point>> = BTreeMap::new();
        for (index, record) in self.records.iter().enumerate() {
            let text = |id: u32| self.spellings.get(id as usize).map(|s| s.folded.as_str());
            let (Some(a), Some(b)) = (text(record.first), record.second.and_then(text)) else { continue };
            if good(&(index as u32)) {
                pairs.entry(if a <= b { (a, b) } else { (b, a) }).or_default().push(record.point);
            }
        }
        let crossing = |((first, second), points): ((&str, &str), Vec<Point>)| LearntCrossing {
            first: first.to_owned(),
            second: second.to_owned(),
            records: points.len() as u32,
            places: merged(groups(points), displacements),
        };
        pairs.into_iter().map(crossing).collect()
    }
}

/// Groups of points within [`ONE_PLACE_M`] of a member, the largest first.
fn groups(points: Vec<Point>) -> Vec<LearntPlace> {
    // The same point comes again and again: geocoders of records put a crossing at one point.
    let mut counted: Vec<(Point, u32)> = Vec::new();
    for p in points {
        match counted.iter_mut().find(|(q, _)| *q == p) {
            Some((_, n)) => *n += 1,
            None => counted.push((p, 1)),
        }
    }
    let mut places = Vec::new();
    while places.len() < MOST_PLACES && !counted.is_empty() {
        let score = |p: Point| {
            let within = counted.iter().filter(|(q, _)| haversine_m(p, *q) <= ONE_PLACE_M);
            within.fold((0u32, 0f64), |(n, sum), (q, k)| (n + k, sum + haversine_m(p, *q) * f64::from(*k)))
        };
        let best = counted
            .iter()
            .map(|(p, _)| (*p, score(*p)))
            .min_by(|(p, a), (q, b)| b.0.cmp(&a.0).then(a.1.total_cmp(&b.1)).then(p.lon.total_cmp(&q.lon)).then(p.lat.total_cmp(&q.lat)));
        let Some((point, (records, sum))) = best else { break };
        places.push(LearntPlace { point, records, spread_m: (sum / f64::from(records.max(1)) * 10.0).round() / 10.0 });
        counted.retain(|(q, _)| haversine_m(point, *q) > ONE_PLACE_M);
    }
    places
}

/// A place that is another one displaced is that other one.
fn merged(mut places: Vec<LearntPlace>, displacements: &[Displacement]) -> Vec<LearntPlace> {
    let original = |p: &LearntPlace, all: &[LearntPlace]| all.iter().position(|q| displacements.iter().any(|d| d.leads(q.point, p.point)));
    let mut i = 0;
    while i < places.len() {
        match places.get(i).and_then(|p| original(p, &places)) {
            Some(to) => {
                let records = places.remove(i).records;
                if let Some(place) = places.get_mut(if to > i { to - 1 } else { to }) {
                    place.records += records;
                }
                i = 0;
            }
            None => i += 1,
        }
    }
    places.sort_by_key(|p| std::cmp::Reverse(p.records));
    places
}

fn trace(points: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    for p in points {
        if kept.len() < MOST_TRACE && kept.iter().all(|q| haversine_m(p, *q) >= TRACE_STEP_M) {
            kept.push(p);
        }
    }
    kept
}

fn anchors<'a>(records: impl Iterator<Item = &'a &'a Record>) -> Vec<Anchor> {
    let mut by_number: BTreeMap<u32, Vec<Point>> = BTreeMap::new();
    for record in records {
        if let Some(number) = record.number {
            by_number.entry(number).or_default().push(record.point);
        }
    }
    by_number.into_iter().filter_map(|(number, points)| Some(Anchor { number, point: groups(points).first()?.point })).collect()
}

/// Words that stand for longer ones: aliases that differ from their street in one word, which it shortens.
fn abbreviations(streets: &[LearntStreet]) -> Vec<(String, String)> {
    let mut shown: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (spelling, alias) in streets.iter().filter_map(|s| Some((&s.spelling, s.alias.as_ref()?))) {
        let (own, map) = (parts(spelling).words, parts(&alias.street).words);
        let only = |a: &[(String, _)], b: &[(String, _)]| -> Option<String> {
            let mut left = a.iter().filter(|(w, _)| b.iter().all(|(v, _)| v != w));
            left.next().filter(|_| left.next().is_none()).map(|(w, _)| w.clone())
        };
        if let (Some(short), Some(long)) = (only(&own, &map), only(&map, &own))
            && shortens(&short, &long)
        {
            *shown.entry((short, long)).or_default() += 1;
        }
    }
    let enough: Vec<(String, String)> = shown.iter().filter(|(_, n)| **n >= LEAST_SHOWN).map(|(pair, _)| pair.clone()).collect();
    // A word that shortens two others is none.
    enough.iter().filter(|(short, _)| enough.iter().filter(|(s, _)| s == short).count() == 1).cloned().collect()
}

/// Whether a word's letters stand in the longer one in order, beginning with the same letter.
fn shortens(short: &str, long: &str) -> bool {
    let mut letters = long.chars();
    (2..long.len().saturating_sub(1)).contains(&short.len())
        && short.chars().next() == long.chars().next()
        && short.chars().all(|c| letters.any(|l| l == c))
}
