//! Names in a Chinese text: as written, as heard, or with a character wrong.

use super::lexicon::{Form, LEAST_FUZZY, LONGEST_FUZZY, Lexicon, key};
use crate::names::shape::look_alike;
use crate::names::sound::{Likeness, heard, likeness};
use crate::names::{ROAD_ENDINGS, is_han};

/// How a name differs from what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Slip {
    /// Not at all.
    None,
    /// Another character of the same sound.
    Sound,
    /// A character of nearly the same sound.
    NearSound,
    /// Another type of road.
    Type,
    /// Two neighbouring characters changed places.
    Swapped,
    /// A character that looks alike.
    Shape,
    /// A character is missing in the words.
    Missing,
    /// The words have a character too many.
    Extra,
    /// Another character.
    Other,
}

/// One name that a stretch of text may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) name: u32,
    pub(crate) slip: Slip,
    /// How likely this name is written like this, 1 for as it is.
    pub(crate) fit: f64,
}

/// A stretch of text that is a name. Several readings if it may be several.
#[derive(Clone, Debug)]
pub(crate) struct Mention {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) readings: Vec<Reading>,
    pub(crate) road: bool,
    pub(crate) landmark: bool,
    pub(crate) area: bool,
    /// A short or common name that counts only beside another road.
    pub(crate) weak: bool,
}

/// Names as written: the set without overlap that covers the text best (sum of squared lengths).
pub(crate) fn written(lexicon: &Lexicon, text: &[char], masked: &[bool]) -> Vec<Mention> {
    let mut found = Vec::new();
    for start in 0..text.len() {
        if masked[start] || !boundary(text, start) {
            continue;
        }
        lexicon.written(text, start, |name, end| {
            if boundary(text, end) && !masked[start..end].contains(&true) {
                let form = lexicon.name(name).map_or(Form::Full, |n| n.form);
                found.push((start, end, Reading { name, slip: Slip::None, fit: form_fit(form) }));
            }
        });
    }
    choose(lexicon, text, found)
}

/// Names as written, as heard and with one character wrong.
pub(crate) fn misheard(lexicon: &Lexicon, text: &[char], masked: &[bool]) -> Vec<Mention> {
    let mut found = Vec::new();
    let codes: Vec<[u32; 2]> = text.iter().map(|c| heard(key(*c))).collect();
    let mut seen: Vec<u32> = Vec::new();
    for start in 0..text.len() {
        if masked[start] || !boundary(text, start) {
            continue;
        }
        let mut add = |name: u32, end: usize| {
            if end > text.len() || masked[start..end].contains(&true) || !boundary(text, end) {
                return;
            }
            let window = &text[start..end];
            if let Some((slip, fit)) = compare(lexicon.text(name), window) {
                let form = lexicon.name(name).map_or(Form::Full, |n| n.form);
                found.push((start, end, Reading { name, slip, fit: fit * form_fit(form) }));
            }
        };
        lexicon.written(text, start, &mut add);
        lexicon.heard(&codes, start, &mut add);
        if !may_begin(text[start]) {
            continue;
        }
        for end in start + LEAST_FUZZY..=text.len().min(start + LONGEST_FUZZY) {
            if masked[end - 1] || separates(text[end - 1]) {
                break;
            }
            seen.clear();
            lexicon.alike(&text[start..end], |name| {
                if !seen.contains(&name) {
                    seen.push(name);
                }
            });
            for name in &seen {
                add(*name, end);
            }
        }
    }
    choose(lexicon, text, found)
}

/// Characters that stand between names and are in none.
pub(crate) fn separates(c: char) -> bool {
    matches!(
        c,
        '与' | '跟'
            | '、'
            | '/'
            | '\\'
            | '×'
            | '&'
            | '+'
            | '，'
            | ','
            | '。'
            | ';'
            | '；'
            | '！'
            | '!'
            | '?'
            | '？'
            | ':'
            | '：'
            | '('
            | ')'
            | '@'
            | '|'
    )
}

/// Words of speech; a misspelt name does not begin with one unless the name itself does.
fn may_begin(c: char) -> bool {
    !separates(c)
}

/// Names may not begin or end inside a Latin word or a number.
fn boundary(text: &[char], at: usize) -> bool {
    let word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() && !is_han(*c));
    !(word(at.checked_sub(1).and_then(|i| text.get(i))) && word(text.get(at)))
        // `g220k12`: a stake after a route number.
        || text.get(at) == Some(&'k') && text.get(at.wrapping_sub(1)).is_some_and(char::is_ascii_digit)
}

const fn form_fit(form: Form) -> f64 {
    match form {
        Form::Full => 1.0,
        Form::Untyped => 0.9,
        Form::Undirected => 0.85,
    }
}

/// Characters a name is not misheard as: words that join or place names.
fn speech(c: char) -> bool {
    matches!(
        c,
        '和' | '在'
            | '近'
            | '到'
            | '至'
            | '往'
            | '从'
            | '的'
            | '口'
            | '是'
            | '这'
            | '那'
            | '我'
            | '了'
            | '过'
            | '向'
            | '靠'
            | '对'
            | '撞'
            | '车'
            | '里'
            | '边'
    ) || c.is_ascii_alphanumeric()
}

/// How a written stretch fits a name: what slipped, and how likely; `None` if they are two different things.
pub(crate) fn compare(name: &[char], written: &[char]) -> Option<(Slip, f64)> {
    let same = |a: char, b: char| key(a) == key(b);
    if name.len() == written.len() && name.iter().zip(written).all(|(a, b)| same(*a, *b)) {
        return Some((Slip::None, 1.0));
    }
    let kind = |c: char| ROAD_ENDINGS.contains(&c);
    if name.len() == written.len() {
        let differ: Vec<usize> = (0..name.len()).filter(|i| !same(name[*i], written[*i])).collect();
        if let [i, j] = differ[..] {
            if j == i + 1 && same(name[i], written[j]) && same(name[j], written[i]) {
                return Some((Slip::Swapped, 0.8));
            }
        }
        if differ.len() * 2 > name.len() + 1 || differ.len() > 3 {
            return None;
        }
        let (mut slip, mut fit) = (Slip::None, 1.0);
        for i in &differ {
            let (a, b) = (name[*i], written[*i]);
            // A number misread is another number.
            if speech(b) && differ.len() > 1 || a.is_ascii_digit() || separates(b) {
                return None;
            }
            let last = *i + 1 == name.len();
            let (how, factor) = match likeness(a, b) {
                Likeness::Same => (Slip::Sound, 0.92),
                Likeness::Near => (Slip::NearSound, 0.85),
                Likeness::Apart if look_alike(a, b) => (Slip::Shape, 0.85),
                Likeness::Apart if differ.len() > 1 => return None,
                Likeness::Apart if last && kind(a) && kind(b) => (Slip::Type, 0.85),
                // A road's type is no other word: 胜利东路 is not 胜利东边.
                Likeness::Apart if last && kind(a) => (Slip::Other, 0.3),
                Likeness::Apart if direction(a) && direction(b) => (Slip::Other, 0.4),
                Likeness::Apart => (Slip::Other, [0.45, 0.6, 0.75, 0.8, 0.85][name.len().clamp(3, 7) - 3]),
            };
            slip = slip.max(how);
            fit *= if speech(b) { factor * 0.5 } else { factor };
        }
        return Some((slip, fit));
    }
    let same = name.iter().zip(written).take_while(|(a, b)| same(**a, **b)).count();
    if name.len() == written.len() + 1 && name[same + 1..] == written[same..] {
        if name[same].is_ascii_digit() {
            return None;
        }
        let last = same + 1 == name.len();
        return Some((Slip::Missing, if last && written.len() < 3 { 0.3 } else { 0.7 }));
    }
    if name.len() + 1 == written.len() && name[same..] == written[same + 1..] {
        // One character too many at an end is no part of the name at all.
        if same == 0 || same == name.len() || separates(written[same]) || written[same].is_ascii_digit() {
            return None;
        }
        return Some((Slip::Extra, if speech(written[same]) { 0.4 } else { 0.75 }));
    }
    None
}

pub(crate) fn direction(c: char) -> bool {
    matches!(c, '东' | '南' | '西' | '北' | '中')
}

/// Of all names found, the set without overlap that covers the text best.
fn choose(lexicon: &Lexicon, text: &[char], mut found: Vec<(usize, usize, Reading)>) -> Vec<Mention> {
    found.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.fit.total_cmp(&a.2.fit)).then(a.2.name.cmp(&b.2.name)));
    found.dedup_by(|a, b| (a.0, a.1, a.2.name) == (b.0, b.1, b.2.name));
    let count = text.len();
    // From the end: best score from here on, and the group (range of `found`) taken here.
    let mut best: Vec<(f64, Option<(usize, usize)>)> = vec![(0.0, None); count + 1];
    let mut last = found.len();
    for start in (0..count).rev() {
        best[start] = (best[start + 1].0, None);
        let first = found[..last].partition_point(|f| f.0 < start);
        let mut at = first;
        while at < last {
            let end = found[at].1;
            let group = at + found[at..last].iter().take_while(|f| f.1 == end).count();
            let length = (end - start) as f64;
            let score = length * length * found[at].2.fit - if found[at].2.slip == Slip::None { 0.0 } else { 1.5 } + best[end].0;
            if score > best[start].0 {
                best[start] = (score, Some((at, group)));
            }
            at = group;
        }
        last = first;
    }
    let mut mentions = Vec::new();
    let mut at = 0;
    while at < count {
        let Some((from, to)) = best[at].1 else {
            at += 1;
            continue;
        };
        mentions.push(mention(lexicon, text, &found[from..to]));
        at = found[from].1;
    }
    mentions
}

/// Readings kept of one stretch.
const MOST_READINGS: usize = 16;

fn mention(lexicon: &Lexicon, text: &[char], group: &[(usize, usize, Reading)]) -> Mention {
    let (start, end, first) = group[0];
    let mut readings: Vec<Reading> = group.iter().map(|g| g.2).take(MOST_READINGS).collect();
    if first.slip == Slip::None {
        // As written; other readings by the same sound stay as a second thought.
        readings.retain(|r| matches!(r.slip, Slip::None | Slip::Sound));
    }
    let any = |of: fn(&super::lexicon::Name) -> bool| readings.iter().filter_map(|r| lexicon.name(r.name)).any(of);
    let short = end - start == 2 || lexicon.name(first.name).is_some_and(|n| n.form == Form::Untyped);
    Mention {
        start,
        end,
        road: any(|n| n.road),
        landmark: any(|n| n.landmark),
        area: any(|n| n.area),
        weak: short && text[start..end].iter().all(|c| is_han(*c)),
        readings,
    }
}
