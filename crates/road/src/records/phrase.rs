//! A whole phrase in Latin script: `Rua A esquina Rua B`, `na Av. A com a R. B`, `Rua A, em frente ao nº 123`, `Rua A entre B e C`.
//!
//! A phrase is cut into parts at the words and signs that stand between names; each part is one street, read from the word that says
//! its kind (`Av`, `Rua`) as far as a name of the network goes.

use gongzhi_civic::place::{Point, haversine_m};

use super::learned::Learned;
use super::place::{Found, Placer};
use super::{Basis, Means, RecordPlace};
use crate::Network;
use crate::format::{NAME_AREA, NAME_LANDMARK};
use crate::names::fold;
use crate::names::latin::{leads, push_plain};
use crate::place::{AreaId, CrossingId, LandmarkId, PlaceRef, SectionId};

/// Longer names are not looked for, words.
const LONGEST: usize = 9;
/// So alike, a longer name is preferred to an equal one that is its beginning.
const NEARLY_EQUAL: f32 = 0.93;
/// Names of a phrase that are looked at.
const MOST_NAMES: usize = 4;
/// Words and signs between two names.
const BETWEEN: &[&str] = &[
    "/",
    "x",
    "esquina",
    "esq",
    "cruzamento",
    "cruza",
    "and",
    "und",
    "at",
    "near",
    "ecke",
    "with",
    "corner",
    "c/",
    "proximo",
    "perto",
    "junto",
    "quase",
];
/// Words before a name that are none of it.
const FILLERS: &[&str] = &[
    "a", "o", "as", "os", "na", "no", "nas", "nos", "em", "da", "do", "de", "das", "dos", "com", "ao", "the", "on", "in", "of", "frente",
    "altura",
];
/// Words before a house number.
const NUMBER: &[&str] = &["nº", "n°", "n", "no", "num", "numero", "#", "number"];

/// One name of a phrase.
#[derive(Debug, Default)]
struct Name<'a> {
    words: Vec<&'a str>,
    number: Option<u32>,
    /// It is an end of a stretch: `entre B e C`.
    end: bool,
}

impl Network {
    /// Where a phrase in Latin script places something, the surest first, at most five; empty if it names nothing of the network.
    #[must_use]
    pub fn place_phrase(&self, phrase: &str, learned: Option<&Learned>) -> Vec<RecordPlace> {
        let spaced: String = phrase.chars().flat_map(spaced).collect();
        let names = names(&spaced);
        let placer = Placer { network: self, streets: self.streets(), learned, means: Means::default() };
        let mut streets: Vec<(String, &Name<'_>)> = Vec::new();
        let mut others: Vec<String> = Vec::new();
        for name in names.iter().take(MOST_NAMES) {
            match placer.read(&name.words) {
                Some(folded) => streets.push((folded, name)),
                None => others.push(fold(&name.words.join(" "))),
            }
        }
        let mut found = match streets.as_slice() {
            [] => Vec::new(),
            [(only, name)] => {
                let mut found = placer.street(only, name.number);
                // Said alone, a street is a place of its own.
                found.iter_mut().filter(|f| f.basis == Basis::Street).for_each(|f| f.confidence *= 10.0);
                found
            }
            [(a, _), (b, from), (c, to), ..] if from.end && to.end => placer.stretch(a, b, c),
            _ => {
                let mut found: Vec<Found> = Vec::new();
                for pair in streets.windows(2) {
                    let [(a, first), (b, _)] = pair else { continue };
                    if a != b {
                        found.extend(placer.crossing(a, b));
                    }
                    if let Some(number) = first.number {
                        found.extend(placer.street(a, Some(number)));
                    }
                }
                found.iter_mut().filter(|f| f.basis == Basis::Street).for_each(|f| f.confidence *= 6.0);
                found
            }
        };
        for name in &others {
            found.extend(placer.landmark(name));
        }
        placer.answers(found, phrase)
    }
}

/// Signs between names stand alone; a full stop after an abbreviation is a space.
fn spaced(c: char) -> Vec<char> {
    match c {
        '/' | '&' | ';' | '+' | '@' | '|' | '(' | ')' | '\\' | '×' => vec![' ', '/', ' '],
        ',' => vec![' ', ',', ' '],
        '.' => vec![' '],
        _ => vec![c],
    }
}

fn plain(word: &str) -> String {
    let mut out = Vec::new();
    for c in word.chars() {
        if c.is_ascii() { out.push(c.to_ascii_lowercase()) } else { push_plain(c, &mut out) }
    }
    out.into_iter().collect()
}

fn names(text: &str) -> Vec<Name<'_>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let lower: Vec<String> = words.iter().map(|w| plain(w)).collect();
    let at = |i: usize| lower.get(i).map_or("", String::as_str);
    let kind = |i: usize| leads(at(i));
    let mut names: Vec<Name<'_>> = vec![Name::default()];
    let mut ends = false;
    let mut i = 0;
    while i < words.len() {
        let own = at(i);
        let begun = names.last().is_some_and(|n| n.words.iter().any(|w| !leads(&plain(w))));
        let number: Option<u32> = at(i + 1).parse().ok();
        let next = |names: &mut Vec<Name<'_>>, end: bool| {
            if names.last().is_some_and(|n| n.words.is_empty()) {
                names.pop();
            }
            names.push(Name { end, ..Name::default() });
        };
        if matches!(own, "entre" | "between") {
            ends = true;
            next(&mut names, true);
        } else if ends && begun && matches!(own, "e" | "and" | "y") {
            next(&mut names, true);
        } else if NUMBER.contains(&own) && number.is_some() {
            if let Some(name) = names.iter_mut().rev().find(|n| !n.words.is_empty()) {
                name.number = number;
            }
            i += 1;
        } else if own == "," {
            // `Rua A, 123`
            if number.is_some() && begun && matches!(at(i + 2), "" | "," | "/") {
                if let Some(name) = names.last_mut() {
                    name.number = number;
                }
                i += 1;
            }
            next(&mut names, false);
        } else if BETWEEN.contains(&own) && (begun || own != "x") {
            next(&mut names, ends && own == "/");
        } else if own == "com" && begun {
            // After a kind of way it is a title, Comendador; elsewhere it is `with`.
            next(&mut names, false);
        } else if kind(i) && begun && i + 1 < words.len() {
            let end = ends && names.last().is_some_and(|n| n.end && n.words.is_empty());
            next(&mut names, end);
            if let (Some(name), Some(word)) = (names.last_mut(), words.get(i)) {
                name.words.push(word);
            }
        } else if let (Some(name), Some(word)) = (names.last_mut(), words.get(i))
            && (!name.words.is_empty() || !FILLERS.contains(&own))
        {
            name.words.push(word);
        }
        i += 1;
    }
    names.retain(|n| !n.words.is_empty());
    names
}

impl Placer<'_> {
    /// The folded name these words begin with: the longest that the network or the records know, else the longest like one.
    fn read(&self, words: &[&str]) -> Option<String> {
        let most = words.len().min(LONGEST);
        let forms: Vec<String> = (1..=most).rev().map(|n| fold(words.get(..n).unwrap_or(words).join(" ").as_str())).collect();
        let alike = |f: &String| self.streets.matches(f).first().map(|m| m.likeness);
        let known = |f: &String| {
            let told = !self.known(f).is_empty() || self.learned.is_some_and(|l| l.street(f).is_some());
            // `rua vinte quatro de outubro` is more like `rua 24 de outubro` than it is `rua vinte`.
            told || alike(f).is_some_and(|l| l >= NEARLY_EQUAL)
        };
        if let Some(known) = forms.iter().find(|f| known(f)) {
            return Some(known.clone());
        }
        let mut best: Option<(f32, &String)> = None;
        for form in &forms {
            if let Some(likeness) = alike(form).filter(|l| best.is_none_or(|(old, _)| *l > old)) {
                best = Some((likeness, form));
            }
        }
        best.map(|(_, form)| form.clone())
    }

    /// The section of a street between its crossings with two others.
    fn stretch(&self, street: &str, from: &str, to: &str) -> Vec<Found> {
        let best = |other: &str| {
            let ids: Vec<CrossingId> = self.crossings(street, other);
            ids.first().copied().map(|id| (id, ids))
        };
        let (Some((first, from)), Some((last, to))) = (best(from), best(to)) else {
            let mut found = self.crossing(street, from);
            found.extend(self.crossing(street, to));
            return found;
        };
        let at = |id: CrossingId| {
            self.network.crossing_record(id).map(|c| crate::geometry::to_point(crate::format::ShapeRecord { x: c.x, y: c.y }))
        };
        let (Some(p), Some(q)) = (at(first), at(last)) else { return Vec::new() };
        let middle = Point { lon: f64::midpoint(p.lon, q.lon), lat: f64::midpoint(p.lat, q.lat) };
        let sections: Vec<SectionId> = self
            .alike(street, self.known(street))
            .iter()
            .take(1)
            .flat_map(|m| self.streets.roads(m.street))
            .filter_map(|r| self.network.road_record(*r))
            .flat_map(|r| self.network.list(r.first_section, r.section_count))
            .map(|s| SectionId(*s))
            .collect();
        let whole = sections.iter().find(|s| {
            self.network.section_record(**s).is_some_and(|r| {
                r.ends.iter().any(|e| from.contains(&CrossingId(*e))) && r.ends.iter().any(|e| to.contains(&CrossingId(*e)))
            })
        });
        let away = |s: &SectionId| self.network.place(PlaceRef::Section(*s)).map_or(f64::MAX, |p| haversine_m(p.point, middle));
        let (section, confidence, zh, en) = match whole {
            Some(section) => (*section, 0.9, "路段两端的路名与路网一致", "the roads at both ends of the section match"),
            None => match sections.iter().min_by(|a, b| away(a).total_cmp(&away(b))) {
                Some(near) => (*near, 0.6, "该路段跨多个路口，取居中的一段", "it spans several crossings: the piece in the middle"),
                None => return Vec::new(),
            },
        };
        let place = PlaceRef::Section(section);
        let point = self.network.place(place).map_or(middle, |p| p.point);
        vec![Found { point, place: Some(place), confidence, basis: Basis::MapCrossing, zh: zh.to_owned(), en: en.to_owned() }]
    }

    /// Landmarks and areas of exactly this name.
    fn landmark(&self, folded: &str) -> Vec<Found> {
        let mut found = Vec::new();
        for target in self.network.records_named(folded) {
            let (place, confidence, zh, en) = match target.kind {
                NAME_LANDMARK => (PlaceRef::Landmark(LandmarkId(target.target)), 0.75, "地点名称一致", "the name of a landmark matches"),
                NAME_AREA => (PlaceRef::Area(AreaId(target.target)), 0.3, "只确定到区域", "only the area is certain"),
                _ => continue,
            };
            if let Some(known) = self.network.place(place) {
                let (point, place) = (known.point, Some(place));
                found.push(Found { point, place, confidence, basis: Basis::Landmark, zh: zh.to_owned(), en: en.to_owned() });
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(phrase: &str) -> Vec<(String, Option<u32>, bool)> {
        let spaced: String = phrase.chars().flat_map(spaced).collect();
        names(&spaced).into_iter().map(|n| (n.words.join(" "), n.number, n.end)).collect()
    }

    #[test]
    fn phrases_are_cut_between_names() {
        let name = |n: &str| (n.to_owned(), None, false);
        assert_eq!(cut("R. A esquina R. B"), [name("R A"), name("R B")]);
        assert_eq!(cut("na Rua A com a Rua B"), [name("Rua A"), name("Rua B")]);
        assert_eq!(cut("AV ALFA X TV BETA"), [name("AV ALFA"), name("TV BETA")]);
        assert_eq!(cut("AV ALFA R BETA"), [name("AV ALFA"), name("R BETA")]);
        // Comendador, not `with`.
        assert_eq!(cut("R COM CAMINHA / AV BETA"), [name("R COM CAMINHA"), name("AV BETA")]);
        let end = |n: &str| (n.to_owned(), None, true);
        assert_eq!(cut("Rua A entre B e C"), [name("Rua A"), end("B"), end("C")]);
        assert_eq!(cut("Rua A entre Rua B e Rua C"), [name("Rua A"), end("Rua B"), end("Rua C")]);
        let numbered = [("Rua A".to_owned(), Some(123), false)];
        for phrase in ["Rua A, 123", "Rua A nº 123", "Rua A, em frente ao nº 123", "Rua A n. 123"] {
            assert_eq!(cut(phrase), numbered, "{phrase}");
        }
        assert!(cut(" , / com x ").len() <= 1);
    }
}
