//! Names that occur in a text in Latin script.

use super::Gazetteer;
use crate::Network;
use crate::format::{NAME_ROAD, NAME_ROAD_SHORT};
use crate::names::{is_han, reduce};

/// What stands between two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// A separator, or a word like it.
    And,
    /// A few other characters.
    Loose,
    /// More.
    Far,
}

/// A name in the text. Several entries if a misspelt name may be several.
#[derive(Clone, Debug)]
pub(crate) struct Mention {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) entries: Vec<u32>,
    /// One character differs.
    pub(crate) fuzzy: bool,
    /// Found under a shortened form.
    pub(crate) short: bool,
    pub(crate) road: bool,
    /// How it hangs together with the mention before.
    pub(crate) link: Link,
}

/// Longest names first: the set of names without overlap that covers the text best (sum of squared lengths).
fn scan(network: &Network, gazetteer: &Gazetteer, text: &[char]) -> Vec<Mention> {
    let count = text.len();
    let mut best: Vec<(usize, Option<(u32, usize)>)> = vec![(0, None); count + 1];
    for start in (0..count).rev() {
        best[start] = (best[start + 1].0, None);
        if !boundary(text, start) {
            continue;
        }
        let mut found = Vec::new();
        gazetteer.at(text, start, |entry, length| found.push((entry, length)));
        for (entry, length) in found {
            if boundary(text, start + length) {
                let score = length * length + best[start + length].0;
                if score > best[start].0 {
                    best[start] = (score, Some((entry, length)));
                }
            }
        }
    }
    let mut mentions = Vec::new();
    let mut at = 0;
    while at < count {
        match best[at].1 {
            Some((entry, length)) => {
                mentions.push(mention(network, gazetteer, at, at + length, vec![entry], false));
                at += length;
            }
            None => at += 1,
        }
    }
    mentions
}

/// Names may not begin or end inside a Latin word or a number.
fn boundary(text: &[char], at: usize) -> bool {
    let word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() && !is_han(*c));
    !(word(at.checked_sub(1).and_then(|i| text.get(i))) && word(text.get(at)))
}

fn mention(network: &Network, gazetteer: &Gazetteer, start: usize, end: usize, entries: Vec<u32>, fuzzy: bool) -> Mention {
    let mut kinds = entries.iter().flat_map(|e| gazetteer.targets(network, *e)).map(|r| r.kind);
    let (mut road, mut full) = (false, false);
    for kind in &mut kinds {
        road |= matches!(kind, NAME_ROAD | NAME_ROAD_SHORT);
        full |= kind != NAME_ROAD_SHORT;
    }
    Mention { start, end, entries, fuzzy, short: !full, road, link: Link::Far }
}

pub(crate) fn latin(network: &Network, gazetteer: &Gazetteer, text: &[char]) -> Vec<Mention> {
    let mut mentions: Vec<Mention> = Vec::new();
    for (start, end) in chunks(text) {
        let part = &text[start..end];
        if let Some(entry) = gazetteer.exact(part) {
            mentions.push(mention(network, gazetteer, start, end, vec![entry], false));
            continue;
        }
        let short: Vec<char> = reduce(&part.iter().collect::<String>()).chars().collect();
        if let Some(entry) = gazetteer.exact(&short) {
            let mut found = mention(network, gazetteer, start, end, vec![entry], false);
            found.short = true;
            mentions.push(found);
            continue;
        }
        let near = gazetteer.near(network, part);
        if !near.is_empty() && part.len() > 4 {
            mentions.push(mention(network, gazetteer, start, end, near, true));
            continue;
        }
        let near = gazetteer.near(network, &short);
        if !near.is_empty() && short.len() > 4 {
            let mut found = mention(network, gazetteer, start, end, near, true);
            found.short = true;
            mentions.push(found);
            continue;
        }
        for mut found in scan(network, gazetteer, part) {
            // Inside a longer text a shortened name is too weak a sign.
            if !found.short || found.end - found.start > 5 {
                found.start += start;
                found.end += start;
                mentions.push(found);
            }
        }
    }
    for i in 1..mentions.len() {
        let gap = mentions[i].start - mentions[i - 1].end.min(mentions[i].start);
        mentions[i].link = if gap <= 8 {
            Link::And
        } else if gap <= 16 {
            Link::Loose
        } else {
            Link::Far
        };
    }
    mentions
}

/// Parts of a Latin text between separators.
fn chunks(text: &[char]) -> Vec<(usize, usize)> {
    const WORDS: &[&str] = &["x", "esquina", "esq", "and", "und", "at", "near", "ecke", "with", "c/"];
    let mut parts = Vec::new();
    let (mut start, mut word) = (0, 0);
    let mut push = |from: usize, to: usize| {
        let lead = text[from..to].iter().take_while(|c| **c == ' ').count();
        let trail = text[from + lead..to].iter().rev().take_while(|c| **c == ' ').count();
        if to - trail > from + lead {
            parts.push((from + lead, to - trail));
        }
    };
    for i in 0..=text.len() {
        let c = text.get(i).copied().unwrap_or(' ');
        if matches!(c, '/' | '&' | ',' | ';' | '+' | '@' | '|' | '(' | ')' | '\\' | '×') {
            push(start, i);
            start = i + 1;
            word = i + 1;
        } else if c == ' ' {
            let token: String = text.get(word..i).unwrap_or(&[]).iter().collect();
            if WORDS.contains(&token.as_str()) {
                push(start, word);
                start = i;
            }
            word = i + 1;
        }
    }
    push(start.min(text.len()), text.len());
    parts
}
