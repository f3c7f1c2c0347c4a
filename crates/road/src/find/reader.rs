//! Reads the names in a text together with the words around them, and the ground.

use std::fmt::Write as _;

use super::answer::{Level, Missing, Part, Verdict};
use super::context::Context;
use super::hear::{Mention, Reading, Slip};
use super::lexicon::{Form, Kind, Lexicon};
use super::phrase::{Found, Link, Offset};
use super::say::Looked;
use crate::Network;
use crate::format::*;
use crate::geometry::to_units;
use crate::place::*;

mod crossing;
mod single;

/// A place the words may mean.
#[derive(Clone, Debug)]
pub(crate) struct Guess {
    pub(crate) place: PlaceRef,
    pub(crate) at: ShapeRecord,
    pub(crate) confidence: f64,
    pub(crate) zh: String,
    pub(crate) en: String,
    /// Names as written or of the very same sound.
    pub(crate) by_sound_only: bool,
    /// One of several places that fit alike.
    pub(crate) one_of_several: bool,
}

/// What a mention is in the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// May be where it happened.
    Here,
    /// Taken back by the speaker.
    TakenBack,
    /// Where the speaker lives, comes from or goes to.
    Elsewhere,
    /// A common word, not a name.
    Word,
}

pub(crate) struct Reader<'a> {
    network: &'a Network,
    lexicon: &'a Lexicon,
    looked: &'a Looked<'a>,
    context: &'a Context<'a>,
    mentions: Vec<Mention>,
    /// Where names stand that are in the map as they are written.
    written: &'a [(usize, usize)],
    roles: Vec<Role>,
    /// The mention whose place a correction takes.
    instead: Vec<Option<usize>>,
    /// Indices of roads that may be where it happened.
    roads: Vec<usize>,
    /// Areas it must lie in: polygons, or points of towns.
    areas: Vec<AreaId>,
    towns: Vec<ShapeRecord>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        network: &'a Network,
        lexicon: &'a Lexicon,
        looked: &'a Looked<'a>,
        mentions: Vec<Mention>,
        written: &'a [(usize, usize)],
        context: &'a Context<'a>,
    ) -> Self {
        let count = mentions.len();
        let mut reader = Self {
            network,
            lexicon,
            looked,
            context,
            mentions,
            written,
            roles: vec![Role::Here; count],
            instead: vec![None; count],
            roads: Vec::new(),
            areas: Vec::new(),
            towns: Vec::new(),
        };
        reader.set_roles();
        reader.correct();
        reader.roads = (0..count).filter(|i| reader.roles[*i] == Role::Here && reader.mentions[*i].road).collect();
        reader.set_areas();
        reader
    }

    pub(crate) fn read(&self) -> (Vec<Guess>, Option<Verdict>) {
        let mut guesses = Vec::new();
        let mut refusal = self.stakes(&mut guesses);
        self.sections(&mut guesses);
        let stretch = guesses.iter().any(|g| g.confidence >= 0.5);
        let first = guesses.len();
        let claim = self.crossings(&mut guesses);
        if stretch {
            // The crossings at the ends of a stretch come after it.
            guesses[first..].iter_mut().for_each(|g| g.confidence *= 0.5);
        }
        let numbered = self.numbers(&mut guesses);
        self.landmarks(&mut guesses);
        if guesses.iter().all(|g: &Guess| g.confidence < 0.5) {
            refusal = refusal.or(claim).or(numbered);
            let alone = self.alone(refusal.is_some(), &mut guesses);
            refusal = refusal.or(alone);
        }
        (guesses, refusal)
    }

    /// Grade words, but not those inside a name (地面路).
    pub(crate) fn level(&self) -> Option<Found<Level>> {
        self.looked.level.filter(|l| !self.mentions.iter().any(|m| m.start <= l.start && l.end <= m.end))
    }

    /// Parts of the text and what they were taken for.
    pub(crate) fn parts(&self) -> Vec<(usize, usize, Part, String)> {
        let mut parts = Vec::new();
        for (m, role) in self.mentions.iter().zip(&self.roles) {
            let part = match role {
                Role::Word => continue,
                Role::TakenBack => Part::TakenBack,
                Role::Elsewhere => Part::Elsewhere,
                Role::Here if m.road => Part::Road,
                Role::Here if m.landmark => Part::Landmark,
                Role::Here => Part::Area,
            };
            parts.push((m.start, m.end, part, m.readings.first().map_or(String::new(), |r| self.text(r.name))));
        }
        parts.extend(self.looked.stakes.iter().map(|s| (s.start, s.end, Part::Stake, stake_name(s.value))));
        parts.extend(self.looked.offsets.iter().map(|o| (o.start, o.end, Part::Offset, format!("{:.0} m", o.value.metres))));
        for i in &self.roads {
            if let Some(number) = self.looked.words.house_number(self.mentions[*i].end) {
                parts.push((number.start, number.end, Part::HouseNumber, number.value.to_string()));
            }
        }
        parts
    }

    fn text(&self, name: u32) -> String {
        self.lexicon.text(name).iter().collect()
    }

    fn set_roles(&mut self) {
        for i in 0..self.mentions.len() {
            let m = &self.mentions[i];
            let words = &self.looked.words;
            self.roles[i] = if words.denied(m) {
                Role::TakenBack
            } else if words.elsewhere(m.start, m.end) {
                Role::Elsewhere
            } else if m.weak && !self.supported(i) {
                Role::Word
            } else {
                Role::Here
            };
        }
    }

    /// A short or shortened name counts beside another road, or at a crossing's word.
    fn supported(&self, i: usize) -> bool {
        let m = &self.mentions[i];
        let words = &self.looked.words;
        let full = m.readings.iter().any(|r| self.lexicon.name(r.name).is_some_and(|n| n.form == Form::Full));
        let beside = |other: usize, link: Link| {
            self.mentions.get(other).is_some_and(|o| {
                let strong = !o.weak || words.corner_after(m.end.max(o.end));
                o.road && strong && matches!(link, Link::Touching | Link::And | Link::Near | Link::To)
            })
        };
        // 人民医院 is not 人民 for 人民路.
        const INSTITUTIONS: &[&str] = &[
            "医院",
            "公园",
            "广场",
            "小学",
            "中学",
            "学校",
            "大学",
            "大厦",
            "小区",
            "派出所",
            "银行",
            "酒店",
            "宾馆",
            "饭店",
            "超市",
            "商场",
            "车站",
            "地铁",
            "站",
            "花园",
            "新村",
            "大楼",
            "市场",
            "幼儿园",
            "公寓",
            "村",
            "镇",
            "区",
            "县",
            "市",
            "苑",
            "政府",
            "法院",
            "公司",
            "群众",
        ];
        if !full && words.one_of(m.end, INSTITUTIONS).is_some() {
            return false;
        }
        let before = i.checked_sub(1).is_some_and(|b| beside(b, words.link(self.mentions[b].end, m.start)));
        let after = self.mentions.get(i + 1).is_some_and(|n| beside(i + 1, words.link(m.end, n.start)));
        if before || after {
            return true;
        }
        // 东街, 新路: two characters that are a whole name.
        let begins = m.start == 0 || words.ends_with(m.start, &["在", "，", ",", "。", "到", "沿", "是"]);
        full && begins
    }

    /// What a speaker takes back: all that was said if a whole place follows, else the name that the new one replaces.
    fn correct(&mut self) {
        for (from, to) in &self.looked.corrections {
            let here = |i: &usize| matches!(self.roles[*i], Role::Here);
            let before: Vec<usize> = (0..self.mentions.len()).filter(|i| self.mentions[*i].end <= *from).filter(here).collect();
            let after: Vec<usize> = (0..self.mentions.len()).filter(|i| self.mentions[*i].start >= *to).filter(here).collect();
            let (Some(first), Some(_)) = (after.first().copied(), before.last()) else { continue };
            if self.mentions[first].start > to + 12 {
                continue;
            }
            let mut phrase = 1;
            while let Some(next) = after.get(phrase) {
                let link = self.looked.words.link(self.mentions[after[phrase - 1]].end, self.mentions[*next].start);
                if matches!(link, Link::Far) {
                    break;
                }
                phrase += 1;
            }
            let whole = after[..phrase].iter().filter(|i| self.mentions[**i].road).count() >= 2
                || after[..phrase].iter().any(|i| self.mentions[*i].landmark)
                || self.looked.stakes.iter().any(|s| s.start >= *to);
            let roads: Vec<usize> = before.iter().copied().filter(|i| self.mentions[*i].road).collect();
            let [.., a, b] = roads[..] else {
                before.iter().for_each(|i| self.roles[*i] = Role::TakenBack);
                continue;
            };
            if whole {
                before.iter().for_each(|i| self.roles[*i] = Role::TakenBack);
                continue;
            }
            let meets = |x: usize, y: usize| {
                let (x, y) = (&self.mentions[x], &self.mentions[y]);
                x.readings.iter().any(|p| y.readings.iter().any(|q| !self.lexicon.common(self.network, p.name, q.name).is_empty()))
            };
            let gone = if meets(a, first) || !meets(b, first) { b } else { a };
            self.roles[gone] = Role::TakenBack;
            self.instead[first] = Some(gone);
        }
    }

    fn set_areas(&mut self) {
        let mut names: Vec<u32> = Vec::new();
        for (m, role) in self.mentions.iter().zip(&self.roles) {
            if *role == Role::Here && !m.road {
                names.extend(m.readings.first().filter(|r| r.slip == Slip::None).map(|r| r.name));
            }
        }
        for area in self.context.areas {
            let folded: Vec<char> = crate::names::fold(area).chars().collect();
            self.lexicon.written(&folded, 0, |name, end| {
                if end == folded.len() {
                    names.push(name);
                }
            });
        }
        for meaning in names.into_iter().flat_map(|n| self.lexicon.meanings(n)) {
            match meaning.kind {
                Kind::Area
                    if self.network.area_record(AreaId(meaning.target)).is_some_and(|a| a.kind == AreaKind::Administrative as u8) =>
                {
                    self.areas.push(AreaId(meaning.target));
                }
                Kind::Landmark => {
                    if let Some((kind, at)) = self.landmark(meaning.target) {
                        if matches!(kind, LandmarkKind::District | LandmarkKind::Town | LandmarkKind::Village) {
                            self.towns.push(at);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn landmark(&self, id: u32) -> Option<(LandmarkKind, ShapeRecord)> {
        let record = self.network.table::<LandmarkRecord>(Tag::Landmarks).get(id as usize)?;
        Some((LandmarkKind::from_code(record.kind as u8), ShapeRecord { x: record.x, y: record.y }))
    }

    /// Whether a point fits the areas, towns and the caller's place; everything fits where nothing is known.
    fn fits(&self, at: ShapeRecord) -> bool {
        let in_area = self.areas.is_empty() || self.areas.iter().any(|a| self.network.area_holds(*a, at));
        let by_town = self.towns.is_empty() || self.towns.iter().any(|t| super::ground::metres(*t, at) < 5_000.0);
        let near = self.context.near.is_none_or(|(p, radius)| super::ground::metres(to_units(p), at) <= radius);
        in_area && by_town && near
    }

    /// The distance said after a place that ends at `end`.
    fn offset_after(&self, start: usize, end: usize) -> Option<&Found<Offset>> {
        let next = self.roads.iter().map(|i| self.mentions[*i].start).filter(|s| *s >= end).min().unwrap_or(usize::MAX);
        self.looked.offsets.iter().find(|o| o.start >= start && o.start <= end + 12 && o.start < next && o.value.metres <= 5_000.0)
    }

    /// How the readings differ from the words, for people.
    fn explain(&self, readings: &[(&Mention, Reading)], zh: &mut String, en: &mut String) {
        for (m, r) in readings {
            let name = self.text(r.name);
            let said: String = self.looked.words.text[m.start..m.end].iter().collect();
            let (zh_how, en_how) = match r.slip {
                Slip::None => ("", ""),
                Slip::Sound => ("有一字不同，读音相同", "the same sound, another character"),
                Slip::NearSound => ("有一字不同，读音相近", "a similar sound"),
                Slip::Type => ("有一字不同，道路类型不同", "another type of road"),
                Slip::Swapped => ("字序颠倒", "two characters changed places"),
                Slip::Shape => ("有一字不同，字形相近", "a character that looks alike"),
                Slip::Missing => ("有一字不同，少一字", "a character is missing"),
                Slip::Extra => ("有一字不同，多一字", "a character too many"),
                Slip::Other => ("有一字不同", "one character differs"),
            };
            if r.slip != Slip::None {
                let _ = write!(zh, "；“{said}”按“{name}”理解，{zh_how}");
                let _ = write!(en, "; “{said}” read as “{name}”: {en_how}");
            }
            match self.lexicon.name(r.name).map(|n| n.form) {
                Some(Form::Untyped) => {
                    let _ = write!(zh, "；“{name}”省略了“路”“街”等字");
                    let _ = write!(en, "; the type of road is left out of “{name}”");
                }
                Some(Form::Undirected) => {
                    let _ = write!(zh, "；“{name}”省略了方位字");
                    let _ = write!(en, "; the direction is left out of “{name}”");
                }
                _ => {}
            }
        }
    }

    fn road_ids(&self, m: &Mention) -> Vec<RoadId> {
        let best = m.readings.first().map_or(0.0, |r| r.fit);
        let mut ids: Vec<RoadId> =
            m.readings.iter().filter(|r| r.fit >= best - 0.05).flat_map(|r| self.lexicon.roads(r.name)).map(|(id, _)| id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn push(
        &self,
        guesses: &mut Vec<Guess>,
        place: PlaceRef,
        at: ShapeRecord,
        confidence: f64,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        guesses.push(Guess { place, at, confidence, zh: zh.into(), en: en.into(), by_sound_only: false, one_of_several: false });
    }
}

/// `K12+300`.
fn stake_name(metre: f64) -> String {
    let metre = metre.round() as u64;
    format!("K{}+{:03}", metre / 1000, metre % 1000)
}

/// A question, as a verdict.
const fn ask(missing: Missing) -> Verdict {
    Verdict::NotEnough { missing }
}
