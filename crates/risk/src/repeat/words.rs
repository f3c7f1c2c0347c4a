//! What a call says, made comparable: what it is about, facts, roads named, and its pairs of characters by rarity.

use super::rule::Rule;
use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

/// Buckets that pairs of characters fall into. A city's calls hold some ten thousand different pairs.
const BUCKETS: usize = 1 << 18;

/// Calls whose words are read at one go.
const CHUNK: usize = 16_384;

type Map<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// What of a call's words is compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// Pairs of characters, sorted by bucket, each with its share of a vector of length 1.
    grams: Box<[(u32, f32)]>,
    /// Roads and landmarks named, digests, sorted.
    names: Box<[u32]>,
    /// Number plates named, digests, sorted.
    plates: Box<[u32]>,
    /// Topics as bits, in the rule's order.
    pub(super) topics: u64,
    /// Facts as bits, in the rule's order.
    pub(super) facts: u64,
    /// It points back: "a moment ago", "again", "still".
    pub(super) back: bool,
}

/// What a word of the rule stands for.
#[derive(Clone, Copy, Debug)]
enum Mark {
    Topic(u8),
    Fact(u8),
    Back,
    Nothing,
}

/// Reads words by a rule; learns from the city's own calls which pairs of characters are rare.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Words by their first character, longest first.
    marks: Map<char, Vec<(Vec<char>, Mark)>>,
    endings: Vec<Vec<char>>,
    /// How many of the learnt calls hold a pair of this bucket.
    held: Vec<u32>,
    learnt: u32,
}

impl Reader {
    /// A reader that knows the rule's words and finds every pair of characters equally rare.
    #[must_use]
    pub fn new(rule: &Rule) -> Self {
        let mut marks: Map<char, Vec<(Vec<char>, Mark)>> = Map::default();
        let mut put = |words: &[String], mark: Mark| {
            for word in words {
                let letters: Vec<char> = letters(word).collect();
                if let Some(&first) = letters.first() {
                    marks.entry(first).or_default().push((letters, mark));
                }
            }
        };
        for (bit, topic) in (0_u8..64).zip(&rule.topics) {
            put(&topic.words, Mark::Topic(bit));
        }
        for (bit, fact) in (0_u8..64).zip(&rule.facts) {
            put(&fact.words, Mark::Fact(bit));
        }
        put(&rule.back_words, Mark::Back);
        put(&rule.empty_words, Mark::Nothing);
        // Longest first; words that mean two things at once keep both, in the rule's order.
        marks.values_mut().for_each(|list| list.sort_by_key(|(word, _)| std::cmp::Reverse(word.len())));
        let mut endings: Vec<Vec<char>> =
            rule.name_endings.iter().map(|e| letters(e).collect()).filter(|e: &Vec<char>| !e.is_empty()).collect();
        endings.sort_by_key(|e| std::cmp::Reverse(e.len()));
        Self { marks, endings, held: vec![0; BUCKETS], learnt: 0 }
    }

    /// Learns which pairs of characters are rare. The order of the calls does not matter, nor do threads: counts add up.
    pub fn learn(&mut self, calls: &[&str]) {
        for chunk in calls.chunks(CHUNK) {
            let held: Vec<Vec<u32>> = chunk.par_iter().map(|words| self.distinct(words)).collect();
            for gram in held.into_iter().flatten() {
                self.held[gram as usize] = self.held[gram as usize].saturating_add(1);
            }
        }
        self.learnt = self.learnt.saturating_add(u32::try_from(calls.len()).unwrap_or(u32::MAX));
    }

    fn distinct(&self, words: &str) -> Vec<u32> {
        let text: Vec<char> = letters(words).collect();
        let mut grams = self.pairs(&text, &self.names(&text).1);
        grams.sort_unstable();
        grams.dedup();
        grams
    }

    /// Reads one call's words.
    #[must_use]
    pub fn read(&self, words: &str) -> Said {
        let text: Vec<char> = letters(words).collect();
        let (names, taken) = self.names(&text);
        let mut grams = self.pairs(&text, &taken);
        grams.sort_unstable();
        grams.dedup();
        let mut weighed: Vec<(u32, f32)> = grams.iter().map(|&g| (g, self.rarity(g))).collect();
        let length = weighed.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        if length > 0.0 {
            weighed.iter_mut().for_each(|(_, w)| *w /= length);
        }
        let mut said = Said { grams: weighed.into(), names: sorted(names), plates: sorted(plates(&text)), ..Said::default() };
        self.mark(&text, &mut said);
        said
    }

    /// Inverse document frequency, smoothed as in Manning, Raghavan and Schütze, chapter 6.
    fn rarity(&self, gram: u32) -> f32 {
        let (n, held) = (f64::from(self.learnt), f64::from(self.held[gram as usize]));
        (((n + 1.0) / (held + 1.0)).ln() + 1.0) as f32
    }

    /// Finds the rule's words from left to right, the longest first.
    fn mark(&self, text: &[char], said: &mut Said) {
        let mut at = 0;
        while at < text.len() {
            let list = self.marks.get(&text[at]).map_or(&[][..], Vec::as_slice);
            let fits = |word: &[char]| text[at..].starts_with(word);
            let Some(length) = list.iter().find(|(word, _)| fits(word)).map(|(word, _)| word.len()) else {
                at += 1;
                continue;
            };
            for (_, mark) in list.iter().filter(|(word, _)| word.len() == length && fits(word)) {
                match mark {
                    Mark::Topic(bit) => said.topics |= 1 << bit,
                    Mark::Fact(bit) => said.facts |= 1 << bit,
                    Mark::Back => said.back = true,
                    Mark::Nothing => {}
                }
            }
            at += length;
        }
    }

    /// Digests of the roads and landmarks named, and which characters name them. A name is known by its ending and the
    /// two characters before it, so that it is the same name whatever stands in front.
    fn names(&self, text: &[char]) -> (Vec<u32>, Vec<bool>) {
        let (mut names, mut taken) = (Vec::new(), vec![false; text.len()]);
        for at in 2..text.len() {
            if taken[at] || !self.endings.iter().any(|e| e[0] == text[at]) || NO_NAME.contains(&text[at - 1]) {
                continue;
            }
            let Some(ending) = self.endings.iter().find(|e| text[at..].starts_with(e)) else { continue };
            names.push(digest(&text[at - 2..at + ending.len()]));
            taken[at - 2..at + ending.len()].fill(true);
        }
        (names, taken)
    }

    /// Pairs of characters that are no part of a name.
    fn pairs(&self, text: &[char], taken: &[bool]) -> Vec<u32> {
        let free = |i: usize| !taken[i] && !taken[i + 1];
        (0..text.len().saturating_sub(1)).filter(|&i| free(i)).map(|i| digest(&text[i..i + 2]) % BUCKETS as u32).collect()
    }
}

impl Said {
    /// Cosine of the rarity-weighted pairs of characters, 0 to 1.
    #[must_use]
    pub fn likeness(&self, other: &Self) -> f64 {
        let (mut a, mut b, mut sum) = (self.grams.iter().peekable(), other.grams.iter().peekable(), 0.0_f32);
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            match x.0.cmp(&y.0) {
                std::cmp::Ordering::Less => _ = a.next(),
                std::cmp::Ordering::Greater => _ = b.next(),
                std::cmp::Ordering::Equal => {
                    sum += x.1 * y.1;
                    a.next();
                    b.next();
                }
            }
        }
        f64::from(sum.min(1.0))
    }

    /// Whether both name roads, and whether they name one in common.
    pub(super) fn roads(&self, other: &Self) -> Option<bool> {
        shares(&self.names, &other.names)
    }

    /// Whether both name plates, and whether they name one in common.
    pub(super) fn plates(&self, other: &Self) -> Option<bool> {
        shares(&self.plates, &other.plates)
    }
}

fn shares(a: &[u32], b: &[u32]) -> Option<bool> {
    let both = !a.is_empty() && !b.is_empty();
    both.then(|| a.iter().any(|x| b.binary_search(x).is_ok()))
}

fn sorted(mut digests: Vec<u32>) -> Box<[u32]> {
    digests.sort_unstable();
    digests.dedup();
    digests.into()
}

/// Characters that, before 路 or 桥, make it a word and no name (走路, 马路, 出路, 这条路, 岔路, 北路路口 …).
const NO_NAME: &[char] = &[
    '马', '走', '过', '出', '让', '堵', '挡', '占', '条', '叉', '岔', '个', '字', '灯', '路', '街', '道', '这', '那', '的', '了', '一',
    '修', '铺', '夜', '没', '在', '撞', '拦', '上', '中', '到', '开', '问', '迷', '段',
];

/// Characters of provinces on number plates.
const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";

/// Plates in a text: a province's character, a letter and five or six letters or digits.
fn plates(text: &[char]) -> Vec<u32> {
    let starts = (0..text.len()).filter(|&i| PROVINCES.contains(text[i]));
    let plate = |i: usize| {
        let rest: usize = text[i + 1..].iter().take(7).take_while(|c| c.is_ascii_alphanumeric()).count();
        (rest >= 6 && text[i + 1].is_ascii_alphabetic()).then(|| digest(&text[i..=i + rest]))
    };
    starts.filter_map(plate).collect()
}

/// Letters and digits in lower case; what is neither is left out.
fn letters(words: &str) -> impl Iterator<Item = char> + '_ {
    words.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// FNV-1a over characters, folded to 32 bits: the same on every machine.
fn digest(letters: &[char]) -> u32 {
    let hash = letters.iter().fold(0xcbf2_9ce4_8422_2325_u64, |h, &c| (h ^ u64::from(c as u32)).wrapping_mul(0x0100_0000_01b3));
    (hash ^ (hash >> 32)) as u32
}
