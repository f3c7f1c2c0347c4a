//! The street names of a network, taken apart word by word, and which of them a spelling may mean.

use std::collections::{BTreeMap, HashMap};

use super::spelling::{likeness, sound};
use crate::Network;
use crate::format::*;
use crate::names::latin::{Parts, Role, is_road_kind, parts};
use crate::place::RoadId;

/// A title weighs this share of another word as rare.
const TITLE_WEIGHT: f32 = 0.3;
/// An initial for a word.
const INITIAL: f32 = 0.55;
/// Less alike is not the same name.
const LEAST: f32 = 0.62;
/// Streets less alike than the best by more than this are not considered.
const BEHIND: f32 = 0.2;
/// More streets than this are not considered.
const MOST: usize = 6;

/// One name of the network and the roads that have it (a street is often mapped in pieces).
pub(crate) struct Street {
    text: u32,
    kind: Option<&'static str>,
    words: Vec<(u32, f32)>,
    weight: f32,
    pub(crate) roads: Vec<RoadId>,
    /// Crossings of all its roads, ascending.
    pub(crate) crossings: Vec<u32>,
}

struct Word {
    text: String,
    sound: String,
    letters: u32,
    weight: f32,
    streets: Vec<u32>,
}

/// All street names.
pub(crate) struct Streets {
    streets: Vec<Street>,
    exact: HashMap<String, u32>,
    /// By [`sounding`]; none where several streets of other roads sound alike.
    sounding: HashMap<String, Option<u32>>,
    words: Vec<Word>,
    by_text: HashMap<String, u32>,
    by_sound: HashMap<String, Vec<u32>>,
    /// Names of each road.
    of_road: Vec<Vec<u32>>,
}

/// A street a spelling may mean, and how alike they are, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Match {
    pub(crate) street: u32,
    pub(crate) likeness: f32,
}

impl Streets {
    pub(crate) fn build(network: &Network) -> Self {
        let mut names: BTreeMap<&str, (u32, Vec<RoadId>)> = BTreeMap::new();
        for record in network.table::<NameRecord>(Tag::Names).iter().filter(|r| r.kind == NAME_ROAD) {
            names.entry(network.string(record.text)).or_insert((record.text, Vec::new())).1.push(RoadId(record.target));
        }
        let mut out = Self {
            streets: Vec::new(),
            exact: HashMap::new(),
            sounding: HashMap::new(),
            words: Vec::new(),
            by_text: HashMap::new(),
            by_sound: HashMap::new(),
            of_road: vec![Vec::new(); network.counts().roads],
        };
        for (name, (text, mut roads)) in names {
            let Parts { kind, words } = parts(name);
            if words.is_empty() {
                continue;
            }
            let id = out.streets.len() as u32;
            let words: Vec<(u32, f32)> =
                words.iter().map(|(w, role)| (out.word(w, id), if *role == Role::Title { TITLE_WEIGHT } else { 1.0 })).collect();
            roads.sort_unstable();
            roads.dedup();
            for road in &roads {
                if let Some(names) = out.of_road.get_mut(road.0 as usize) {
                    names.push(id);
                }
            }
            out.exact.insert(name.to_owned(), id);
            // A road often has its name in two spellings, `24 de Outubro` and `Vinte e Quatro de Outubro`.
            let another = |known: u32| out.streets.get(known as usize).is_none_or(|s: &Street| s.roads.iter().all(|r| !roads.contains(r)));
            let first = out.sounding.entry(sounding(name)).or_insert(Some(id));
            if first.is_some_and(|known| known != id && another(known)) {
                *first = None;
            }
            let of = |r: &RoadId| network.road_record(*r).map_or(&[][..], |r| network.list(r.first_crossing, r.crossing_count));
            let mut crossings: Vec<u32> = roads.iter().flat_map(of).copied().collect();
            crossings.sort_unstable();
            crossings.dedup();
            out.streets.push(Street { text, kind, words, weight: 0.0, roads, crossings });
        }
        let all = out.streets.len() as f32 + 1.0;
        for word in &mut out.words {
            word.weight = (all / word.streets.len().max(1) as f32).ln().max(0.5);
        }
        for street in &mut out.streets {
            for (word, weight) in &mut street.words {
                *weight *= out.words.get(*word as usize).map_or(1.0, |w| w.weight);
            }
            street.weight = street.words.iter().map(|(_, w)| w).sum();
        }
        out
    }

    fn word(&mut self, text: &str, street: u32) -> u32 {
        let id = match self.by_text.get(text) {
            Some(id) => *id,
            None => {
                let id = self.words.len() as u32;
                let sound = sound(text);
                self.by_text.insert(text.to_owned(), id);
                self.by_sound.entry(sound.clone()).or_default().push(id);
                let letters = letters(&sound);
                self.words.push(Word { text: text.to_owned(), sound, letters, weight: 0.0, streets: Vec::new() });
                id
            }
        };
        if let Some(word) = self.words.get_mut(id as usize).filter(|w| w.streets.last() != Some(&street)) {
            word.streets.push(street);
        }
        id
    }

    pub(crate) fn get(&self, street: u32) -> Option<&Street> {
        self.streets.get(street as usize)
    }

    pub(crate) fn roads(&self, street: u32) -> &[RoadId] {
        self.get(street).map_or(&[], |s| &s.roads)
    }

    /// The streets (names) a road belongs to.
    pub(crate) fn of_road(&self, road: RoadId) -> &[u32] {
        self.of_road.get(road.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// Folded name of a street.
    pub(crate) fn name<'a>(&self, network: &'a Network, street: u32) -> &'a str {
        self.get(street).map_or("", |s| network.string(s.text))
    }

    /// The street of exactly this folded name, or the only one whose name has the same kind, the same numbers and the same sound.
    pub(crate) fn exact(&self, folded: &str) -> Option<u32> {
        self.exact.get(folded).copied().or_else(|| self.sounding.get(&sounding(folded)).copied().flatten())
    }

    /// Streets a folded spelling may mean, the most alike first.
    pub(crate) fn matches(&self, folded: &str) -> Vec<Match> {
        let Parts { kind, words } = parts(folded);
        let rarest = (self.streets.len() as f32 + 1.0).ln();
        let mut sums = vec![0f32; self.streets.len()];
        let mut seen = vec![u16::MAX; self.streets.len()];
        let mut touched: Vec<u32> = Vec::new();
        let (mut weight, mut initials) = (0f32, Vec::new());
        for (at, (word, role)) in words.iter().enumerate() {
            let part = if *role == Role::Title { TITLE_WEIGHT } else { 1.0 };
            if word.len() == 1 && !word.bytes().all(|c| c.is_ascii_digit()) {
                initials.push(word.as_str());
                continue;
            }
            let alike = self.alike(word);
            let own = alike.first().and_then(|(id, _)| self.words.get(*id as usize)).map_or(rarest, |w| w.weight) * part;
            weight += own;
            for (id, likeness) in alike {
                for street in self.words.get(id as usize).map_or(&[][..], |w| &w.streets) {
                    let slot = *street as usize;
                    if seen[slot] == at as u16 {
                        continue;
                    }
                    if seen[slot] == u16::MAX {
                        touched.push(*street);
                    }
                    seen[slot] = at as u16;
                    sums[slot] += own * likeness;
                }
            }
        }
        let mut found: Vec<Match> = touched
            .into_iter()
            .filter_map(|street| {
                let s = self.get(street)?;
                let matched = sums[street as usize].min(s.weight);
                let (mut matched, mut total) = (matched, weight + s.weight);
                // An initial stands for a word of the street that begins with it; without one it is a small blot.
                for initial in &initials {
                    let stands = s.words.iter().find(|(w, _)| self.words.get(*w as usize).is_some_and(|w| w.text.starts_with(initial)));
                    match stands {
                        Some((_, w)) => {
                            matched += w * INITIAL;
                            total += w * INITIAL;
                        }
                        None => total += 0.5,
                    }
                }
                let both = 2.0 * matched / total.max(f32::EPSILON);
                // All of the shorter name in the longer one: words were left out.
                let within = (matched / weight.min(s.weight).max(f32::EPSILON)).min(1.0);
                let likeness = (0.65 * both + 0.35 * within).min(1.0) * kinds(kind, s.kind);
                (likeness >= LEAST).then_some(Match { street, likeness })
            })
            .collect();
        found.sort_by(|a, b| b.likeness.total_cmp(&a.likeness).then(a.street.cmp(&b.street)));
        let best = found.first().map_or(0.0, |m| m.likeness);
        found.retain(|m| m.likeness >= best - BEHIND);
        found.truncate(MOST);
        found
    }

    /// Words of the network like this one, the most alike first.
    fn alike(&self, word: &str) -> Vec<(u32, f32)> {
        let mut found: Vec<(u32, f32)> = self.by_text.get(word).map(|id| (*id, 1.0)).into_iter().collect();
        let own = sound(word);
        for id in self.by_sound.get(&own).map_or(&[][..], Vec::as_slice) {
            if found.first().is_none_or(|(exact, _)| exact != id) {
                found.push((*id, 0.96));
            }
        }
        if found.is_empty() {
            let bits = letters(&own);
            for (id, other) in self.words.iter().enumerate() {
                // Each slip changes at most two letters of the set.
                if own.len().abs_diff(other.sound.len()) <= 2 && (bits ^ other.letters).count_ones() <= 4 {
                    let likeness = likeness(&own, &other.sound);
                    if likeness > 0.0 {
                        found.push((id as u32, likeness));
                    }
                }
            }
            found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        }
        found
    }
}

/// A name by its kind, numbers and sound, little words left out: `rua vinte e quatro de outubro` and `rua 24 de outubro` are one.
fn sounding(folded: &str) -> String {
    let Parts { kind, words } = parts(folded);
    words.iter().fold(kind.unwrap_or("").to_owned(), |name, (word, _)| name + " " + &sound(word))
}

/// What two kinds of way do to the likeness of names: streets and avenues are mixed up, a square and a street less so.
fn kinds(a: Option<&str>, b: Option<&str>) -> f32 {
    match (a, b) {
        (Some(a), Some(b)) if a == b => 1.0,
        (Some(a), Some(b)) if is_road_kind(a) && is_road_kind(b) => 0.92,
        (Some(_), Some(_)) => 0.8,
        (None, None) => 1.0,
        _ => 0.95,
    }
}

/// The set of letters of a word, one bit each.
fn letters(word: &str) -> u32 {
    word.bytes().fold(0, |set, c| set | 1 << (c.wrapping_sub(b'a') & 31))
}
