//! All Chinese names of a network as people say them, ready for searching: by characters, by sound, and by characters with one left out.
//! Built once, at the first question.

use std::collections::BTreeMap;

use super::trie::Trie;
use crate::Network;
use crate::format::*;
use crate::geometry::distance_m;
use crate::names::sound::heard;
use crate::names::{is_chinese, is_han};
use crate::place::{CrossingId, RoadId};

mod forms;

/// A character as it is looked up: Arabic digits as numerals, so that 中山南2路 is 中山南二路.
pub(crate) const fn key(c: char) -> char {
    match c {
        '0' | '零' => '〇',
        '1' => '一',
        '2' => '二',
        '3' => '三',
        '4' => '四',
        '5' => '五',
        '6' => '六',
        '7' => '七',
        '8' => '八',
        '9' => '九',
        _ => c,
    }
}

/// Shorter names are not searched for with a wrong character: too many would fit.
pub(crate) const LEAST_FUZZY: usize = 3;
/// Longer names are not searched for with a wrong character.
pub(crate) const LONGEST_FUZZY: usize = 12;
/// Crossings nearer than this to one another are one place to a caller, metres.
pub(crate) const ONE_PLACE_M: f64 = 60.0;

/// In what form of its name a place is said, the fullest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// As in the map.
    Full,
    /// Without its type: 南京西.
    Untyped,
    /// Without its direction or number: 南京路 for 南京西路.
    Undirected,
}

/// What a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Road,
    Area,
    Landmark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Meaning {
    pub(crate) kind: Kind,
    pub(crate) form: Form,
    pub(crate) target: u32,
}

/// A distinct text and what it may mean.
pub(crate) struct Name {
    first_char: u32,
    pub(crate) length: u32,
    first_meaning: u32,
    meaning_count: u32,
    first_crossing: u32,
    crossing_count: u32,
    pub(crate) road: bool,
    pub(crate) landmark: bool,
    pub(crate) area: bool,
    /// The fullest form among its meanings.
    pub(crate) form: Form,
}

pub(crate) struct Lexicon {
    names: Vec<Name>,
    chars: Vec<char>,
    meanings: Vec<Meaning>,
    crossings: Vec<u32>,
    exact: Trie,
    sounds: Trie,
    gaps: Gaps,
    /// The whole name of each road, `NONE` for those without a Chinese one.
    road_names: Vec<u32>,
    /// Box around each line: west, south, east, north.
    pub(crate) boxes: Vec<[i32; 4]>,
}

impl Lexicon {
    pub(crate) fn build(network: &Network) -> Self {
        let mut texts: BTreeMap<Vec<char>, Vec<Meaning>> = BTreeMap::new();
        for record in network.table::<NameRecord>(Tag::Names) {
            let kind = match record.kind {
                NAME_ROAD => Kind::Road,
                NAME_AREA => Kind::Area,
                NAME_LANDMARK => Kind::Landmark,
                _ => continue,
            };
            let text = network.string(record.text);
            if !is_chinese(text) && !is_route_number(text) {
                continue;
            }
            forms::each(text, kind, |said, form| {
                texts.entry(said).or_default().push(Meaning { kind, form, target: record.target });
            });
        }
        let mut lexicon = Self {
            names: Vec::with_capacity(texts.len()),
            chars: Vec::new(),
            meanings: Vec::new(),
            crossings: Vec::new(),
            exact: Trie::default(),
            sounds: Trie::default(),
            gaps: Gaps::default(),
            road_names: vec![NONE; network.table::<RoadRecord>(Tag::Roads).len()],
            boxes: network.lines().iter().map(|l| bounds(network.line_shape(l))).collect(),
        };
        let (mut exact, mut sounds, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
        for (text, mut meanings) in texts {
            meanings.sort_unstable_by_key(|m| (m.kind, m.target, m.form));
            meanings.dedup_by_key(|m| (m.kind, m.target));
            let id = lexicon.names.len() as u32;
            let has = |kind| meanings.iter().any(|m| m.kind == kind);
            let form = meanings.iter().map(|m| m.form).min().unwrap_or(Form::Full);
            let mut crossings: Vec<u32> =
                meanings.iter().filter(|m| m.kind == Kind::Road).flat_map(|m| crossings_of(network, RoadId(m.target))).copied().collect();
            crossings.sort_unstable();
            crossings.dedup();
            lexicon.names.push(Name {
                first_char: lexicon.chars.len() as u32,
                length: text.len() as u32,
                first_meaning: lexicon.meanings.len() as u32,
                meaning_count: meanings.len() as u32,
                first_crossing: lexicon.crossings.len() as u32,
                crossing_count: crossings.len() as u32,
                road: has(Kind::Road),
                landmark: has(Kind::Landmark),
                area: has(Kind::Area),
                form,
            });
            exact.push((text.iter().map(|c| key(*c) as u32).collect::<Vec<u32>>(), id));
            let fuzzy = (LEAST_FUZZY..=LONGEST_FUZZY).contains(&text.len()) && text.iter().any(|c| is_han(*c));
            if fuzzy {
                each_hearing(&text, |codes| sounds.push((codes, id)));
                if form != Form::Untyped && (has(Kind::Road) || text.len() > LEAST_FUZZY) {
                    each_gap(&text, |hash| gaps.push((hash, id)));
                }
            }
            for m in meanings.iter().filter(|m| m.kind == Kind::Road && m.form == Form::Full) {
                let own = network.road_record(RoadId(m.target)).is_some_and(|r| text.iter().copied().eq(network.string(r.name).chars()));
                if let Some(slot) = lexicon.road_names.get_mut(m.target as usize).filter(|slot| **slot == NONE || own) {
                    *slot = id;
                }
            }
            lexicon.chars.extend(text);
            lexicon.meanings.extend(meanings);
            lexicon.crossings.extend(crossings);
        }
        lexicon.exact = Trie::build(exact);
        lexicon.sounds = Trie::build(sounds);
        lexicon.gaps = Gaps::build(gaps);
        lexicon
    }

    pub(crate) fn name(&self, name: u32) -> Option<&Name> {
        self.names.get(name as usize)
    }

    pub(crate) fn text(&self, name: u32) -> &[char] {
        self.name(name).map_or(&[], |n| crate::network::span(&self.chars, n.first_char, n.length))
    }

    pub(crate) fn meanings(&self, name: u32) -> &[Meaning] {
        self.name(name).map_or(&[], |n| crate::network::span(&self.meanings, n.first_meaning, n.meaning_count))
    }

    pub(crate) fn roads(&self, name: u32) -> impl Iterator<Item = (RoadId, Form)> + '_ {
        self.meanings(name).iter().filter(|m| m.kind == Kind::Road).map(|m| (RoadId(m.target), m.form))
    }

    /// Names of the roads that cross the roads of a name, each once.
    pub(crate) fn neighbours(&self, network: &Network, name: u32) -> Vec<u32> {
        let own: Vec<RoadId> = self.roads(name).map(|(id, _)| id).collect();
        let crossings = self.crossings(name).iter().filter_map(|c| network.crossing_record(CrossingId(*c)));
        let roads = crossings.flat_map(|c| network.list(c.first_road, c.road_count)).filter(|r| !own.contains(&RoadId(**r)));
        let mut names: Vec<u32> = roads.filter_map(|r| self.road_names.get(*r as usize)).copied().filter(|n| *n != NONE).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Crossings of all roads of a name, ascending.
    pub(crate) fn crossings(&self, name: u32) -> &[u32] {
        self.name(name).map_or(&[], |n| crate::network::span(&self.crossings, n.first_crossing, n.crossing_count))
    }

    /// Names that start at `start` as written, with their ends, shortest first.
    pub(crate) fn written(&self, text: &[char], start: usize, mut found: impl FnMut(u32, usize)) {
        let mut node = 0;
        for (i, c) in text.iter().enumerate().skip(start) {
            let Some(next) = self.exact.step(node, key(*c) as u32) else { return };
            node = next;
            self.exact.values(node).iter().for_each(|name| found(*name, i + 1));
        }
    }

    /// Names that start at `start` by their sound, with their ends.
    pub(crate) fn heard(&self, codes: &[[u32; 2]], start: usize, found: &mut impl FnMut(u32, usize)) {
        self.hear(codes, start, 0, found);
    }

    fn hear(&self, codes: &[[u32; 2]], at: usize, node: u32, found: &mut impl FnMut(u32, usize)) {
        let Some([first, second]) = codes.get(at) else { return };
        for (i, code) in [first, second].into_iter().enumerate() {
            if i == 1 && first == second {
                continue;
            }
            if let Some(next) = self.sounds.step(node, *code) {
                self.sounds.values(next).iter().for_each(|name| found(*name, at + 1));
                self.hear(codes, at + 1, next, found);
            }
        }
    }

    /// Names that may be one character away from `window`; the caller compares.
    pub(crate) fn alike(&self, window: &[char], mut found: impl FnMut(u32)) {
        each_gap(window, |hash| self.gaps.get(hash, &mut found));
    }

    /// Crossings that two names have in common: ascending; of two different roads.
    pub(crate) fn common(&self, network: &Network, a: u32, b: u32) -> Vec<CrossingId> {
        let (mut list_a, mut list_b) = (self.crossings(a), self.crossings(b));
        let mut common = Vec::new();
        while let (Some(x), Some(y)) = (list_a.first(), list_b.first()) {
            match x.cmp(y) {
                std::cmp::Ordering::Less => list_a = &list_a[1..],
                std::cmp::Ordering::Greater => list_b = &list_b[1..],
                std::cmp::Ordering::Equal => {
                    common.push(CrossingId(*x));
                    (list_a, list_b) = (&list_a[1..], &list_b[1..]);
                }
            }
        }
        if a == b || common.is_empty() {
            common.clear();
            return common;
        }
        common.retain(|c| {
            self.form_at(network, a, *c).is_some_and(|(_, one)| {
                self.form_at(network, b, *c).is_some_and(|(_, two)| one != two || self.two_roads(network, a, b, *c))
            })
        });
        common
    }

    /// The fullest form under which a road of this name meets a crossing, and that road.
    pub(crate) fn form_at(&self, network: &Network, name: u32, crossing: CrossingId) -> Option<(Form, RoadId)> {
        let record = network.crossing_record(crossing)?;
        let there = network.list(record.first_road, record.road_count);
        self.roads(name).filter(|(road, _)| there.contains(&road.0)).map(|(road, form)| (form, road)).min_by_key(|(form, _)| *form)
    }

    fn two_roads(&self, network: &Network, a: u32, b: u32, crossing: CrossingId) -> bool {
        let Some(record) = network.crossing_record(crossing) else { return false };
        let there = network.list(record.first_road, record.road_count);
        let of = |name: u32| self.roads(name).filter(|(r, _)| there.contains(&r.0)).map(|(r, _)| r).collect::<Vec<_>>();
        let (of_a, of_b) = (of(a), of(b));
        of_a.iter().any(|x| of_b.iter().any(|y| x != y))
    }

    /// Crossings that lie together are one place: the first of each group, those with a signal before others.
    pub(crate) fn places(&self, network: &Network, crossings: &[CrossingId]) -> Vec<CrossingId> {
        let mut sorted: Vec<(bool, CrossingId, ShapeRecord)> = crossings
            .iter()
            .filter_map(|c| network.crossing_record(*c).map(|r| (r.flags & CROSSING_SIGNAL == 0, *c, ShapeRecord { x: r.x, y: r.y })))
            .collect();
        sorted.sort_by_key(|(unsignalled, id, _)| (*unsignalled, *id));
        let mut kept: Vec<(CrossingId, ShapeRecord)> = Vec::new();
        for (_, id, at) in sorted {
            if kept.iter().all(|(_, other)| distance_m(at, *other) > ONE_PLACE_M) {
                kept.push((id, at));
            }
        }
        kept.into_iter().map(|(id, _)| id).collect()
    }
}

fn crossings_of(network: &Network, road: RoadId) -> &[u32] {
    network.road_record(road).map_or(&[], |r| network.list(r.first_crossing, r.crossing_count))
}

/// `g220`, `s315`.
fn is_route_number(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_lowercase()) && text.len() > 1 && chars.all(|c| c.is_ascii_digit())
}

fn bounds(shape: &[ShapeRecord]) -> [i32; 4] {
    shape.iter().fold([i32::MAX, i32::MAX, i32::MIN, i32::MIN], |[w, s, e, n], p| [w.min(p.x), s.min(p.y), e.max(p.x), n.max(p.y)])
}

/// The sequences of codes a name is heard as: its characters' second readings one at a time.
fn each_hearing(text: &[char], mut visit: impl FnMut(Vec<u32>)) {
    let codes: Vec<[u32; 2]> = text.iter().map(|c| heard(key(*c))).collect();
    let first: Vec<u32> = codes.iter().map(|c| c[0]).collect();
    for (i, code) in codes.iter().enumerate().filter(|(_, c)| c[0] != c[1]) {
        let mut second = first.clone();
        second[i] = code[1];
        visit(second);
    }
    visit(first);
}

/// Hashes of the text and of the text with each character left out (FNV-1a over code points).
fn each_gap(text: &[char], mut visit: impl FnMut(u64)) {
    let step = |hash: u64, c: char| (hash ^ u64::from(key(c) as u32)).wrapping_mul(0x0100_0000_01b3);
    let mut before = 0xcbf2_9ce4_8422_2325u64;
    for gap in 0..text.len() {
        visit(text[gap + 1..].iter().fold(before, |hash, c| step(hash, *c)));
        before = step(before, text[gap]);
    }
    visit(before);
}

/// Names by hash, in buckets.
#[derive(Default)]
struct Gaps {
    starts: Vec<u32>,
    items: Vec<(u64, u32)>,
    mask: u64,
}

impl Gaps {
    fn build(mut items: Vec<(u64, u32)>) -> Self {
        let mask = (items.len() * 2).next_power_of_two() as u64 - 1;
        let bucket = |hash: u64| (hash ^ (hash >> 29)) & mask;
        items.sort_unstable_by_key(|(hash, name)| (bucket(*hash), *hash, *name));
        items.dedup();
        let mut starts = vec![0u32; mask as usize + 2];
        for (hash, _) in &items {
            starts[bucket(*hash) as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        Self { starts, items, mask }
    }

    fn get(&self, hash: u64, found: &mut impl FnMut(u32)) {
        let bucket = ((hash ^ (hash >> 29)) & self.mask) as usize;
        let (Some(from), Some(to)) = (self.starts.get(bucket), self.starts.get(bucket + 1)) else { return };
        for (h, name) in self.items.get(*from as usize..*to as usize).unwrap_or(&[]) {
            if *h == hash {
                found(*name);
            }
        }
    }
}
