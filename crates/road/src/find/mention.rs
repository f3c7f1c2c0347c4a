//! Names that occur in a text.

use super::Gazetteer;
use crate::Network;
use crate::format::{NAME_ROAD, NAME_ROAD_SHORT};
use crate::names::{ROAD_ENDINGS, is_han};

/// What stands between two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Nothing.
    Touching,
    /// 与, 和, /, 交, com …
    And,
    /// 近, 靠近, 附近
    Near,
    /// 至, 到, —
    To,
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
    /// 交叉口, 路口, 口 follows.
    pub(crate) corner: bool,
}

pub(crate) fn chinese(network: &Network, gazetteer: &Gazetteer, text: &[char]) -> Vec<Mention> {
    let mut mentions = scan(network, gazetteer, text);
    if mentions.iter().filter(|m| m.road).count() < 2 {
        let mut from = 0;
        let mut free: Vec<(usize, usize)> = Vec::new();
        for m in &mentions {
            free.push((from, m.start));
            from = m.end;
        }
        free.push((from, text.len()));
        for (start, end) in free {
            mentions.extend(misspelt(network, gazetteer, text, start, end));
        }
        mentions.sort_by_key(|m| m.start);
    }
    link(&mut mentions, text);
    mentions
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
        // `g220k12`: a stake after a route number.
        || text.get(at) == Some(&'k') && text.get(at.wrapping_sub(1)).is_some_and(char::is_ascii_digit)
}

fn mention(network: &Network, gazetteer: &Gazetteer, start: usize, end: usize, entries: Vec<u32>, fuzzy: bool) -> Mention {
    let mut kinds = entries.iter().flat_map(|e| gazetteer.targets(network, *e)).map(|r| r.kind);
    let (mut road, mut full) = (false, false);
    for kind in &mut kinds {
        road |= matches!(kind, NAME_ROAD | NAME_ROAD_SHORT);
        full |= kind != NAME_ROAD_SHORT;
    }
    Mention { start, end, entries, fuzzy, short: !full, road, link: Link::Far, corner: false }
}

/// Road names with one wrong character in a stretch where no exact name was found.
fn misspelt(network: &Network, gazetteer: &Gazetteer, text: &[char], start: usize, end: usize) -> Vec<Mention> {
    const LONGEST: usize = 8;
    const NEVER: &[char] = &['与', '和', '跟', '、', '/', '×', '&', '，', ',', '。', '至', '近', '在'];
    let mut best: Vec<(usize, usize, usize, Vec<u32>)> = Vec::new();
    for from in start..end {
        for to in from + 3..=end.min(from + LONGEST) {
            let window = &text[from..to];
            if window.iter().any(|c| NEVER.contains(c)) || !boundary(text, from) || !boundary(text, to) {
                break;
            }
            let near = gazetteer.near(network, window);
            if near.is_empty() {
                continue;
            }
            // A replaced character is likelier than a missing one; an ending typical of roads is a good sign.
            let replaced: Vec<u32> = near.iter().copied().filter(|e| gazetteer.length(*e) == window.len()).collect();
            let ending = window.last().is_some_and(|c| ROAD_ENDINGS.contains(c));
            let score = window.len() * 4 + usize::from(ending) * 3 + usize::from(!replaced.is_empty()) * 6;
            if window.len() == 3 && replaced.is_empty() && ending {
                continue;
            }
            best.push((score, from, to, if replaced.is_empty() { near } else { replaced }));
        }
    }
    best.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut taken: Vec<Mention> = Vec::new();
    for (_, from, to, entries) in best {
        if taken.len() < 2 && taken.iter().all(|m| to <= m.start || from >= m.end) {
            taken.push(mention(network, gazetteer, from, to, entries, true));
        }
    }
    taken
}

fn link(mentions: &mut [Mention], text: &[char]) {
    for i in 0..mentions.len() {
        let before = i.checked_sub(1).map(|b| mentions[b].end);
        let m = &mut mentions[i];
        if let Some(before) = before {
            let between: String = text[before..m.start].iter().filter(|c| !c.is_whitespace()).collect();
            m.link = match between.as_str() {
                "" => Link::Touching,
                "与" | "和" | "跟" | "同" | "及" | "、" | "/" | "\\" | "×" | "x" | "&" | "+" | "交" | "," | "，" | "@" | "|" | "("
                | "（" | "与与" | "路口与" | "交叉" | "交叉口" | "上" | "口" => Link::And,
                "近" | "靠近" | "临近" | "邻近" | "附近" | "旁" | "边" | "快到" | "靠" | "往" => Link::Near,
                "至" | "到" | "—" | "——" | "~" | "～" | "–" | "-" => Link::To,
                other if other.chars().count() <= 4 => Link::Loose,
                _ => Link::Far,
            };
        }
        let after: String = text[m.end..].iter().take(4).collect();
        m.corner =
            ["交叉", "路口", "口", "交汇", "交界", "相交", "十字", "丁字", "岔口", "的路口", "转角"].iter().any(|c| after.starts_with(c));
    }
}
