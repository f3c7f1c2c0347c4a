//! Suggests the class of a call from its words, with the reason: which words decided and which spoke against it.
//!
//! The words are data (`city/classes.toml`); this is only the counting. A suggestion is made the same way every time
//! and can be followed by hand: words found from left to right, longest first, a negated word does not count, weights
//! are summed, the greatest sum wins.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// A class of calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// `accident`, `order`, `other`, or the city's own.
    pub id: String,
    /// Name in both languages.
    pub name: Text,
}

/// What is wrong with a file of classes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}", self.message.en)]
pub struct ClassFault {
    /// Stable code: `toml`, `unknown_class`, `no_class`, `empty_word`, `double_word`, `fold`.
    pub code: &'static str,
    /// Line of the text, from 1; 1 where the whole file is meant.
    pub line: usize,
    /// In both languages.
    pub message: Text,
}

/// A class proposed for some words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// Class id.
    pub class: String,
    /// 0 to 1: share of the winning class in all weight found, lower when little was found. Not a probability.
    pub confidence: f64,
    /// Which words decided.
    pub reason: Text,
    /// The words that spoke for the class, as they stand in the list, in order of appearance.
    pub words: Vec<String>,
}

/// The counting machine.
#[derive(Clone, Debug)]
pub struct Classifier {
    classes: Vec<Class>,
    fallback: usize,
    fold: HashMap<char, char>,
    /// First character → words beginning with it, longest first.
    entries: HashMap<char, Vec<Entry>>,
    negations: Vec<(Vec<char>, usize)>,
}

#[derive(Clone, Debug)]
struct Entry {
    word: String,
    chars: Vec<char>,
    /// `None`: decides nothing, hides shorter words.
    class: Option<usize>,
    weight: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    default: String,
    class: Vec<Class>,
    #[serde(default)]
    words: Vec<Words>,
    #[serde(default)]
    negation: Vec<Negation>,
    #[serde(default)]
    fold: Fold,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    #[serde(default)]
    class: Option<String>,
    #[serde(default)]
    weight: f64,
    list: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Negation {
    word: String,
    reach: usize,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fold {
    #[serde(default)]
    pairs: String,
}

impl Classifier {
    /// Reads `classes.toml`.
    ///
    /// # Errors
    /// The first fault with its line.
    pub fn from_toml(text: &str) -> Result<Self, ClassFault> {
        let file: File = toml::from_str(text).map_err(|e| {
            let before = e.span().and_then(|span| text.get(..span.start)).unwrap_or("");
            ClassFault {
                code: "toml",
                line: before.matches('\n').count() + 1,
                message: Text::new(format!("类别文件有误：{}", e.message()), e.message()),
            }
        })?;
        Self::build(text, file)
    }

    fn build(text: &str, file: File) -> Result<Self, ClassFault> {
        let find = |id: &str| {
            let known = file.class.iter().position(|c| c.id == id);
            known.ok_or_else(|| fault(text, "unknown_class", id, "没有这个类别", "there is no such class"))
        };
        if file.class.is_empty() {
            return Err(fault(text, "no_class", "", "没有类别", "there are no classes"));
        }
        let fallback = find(&file.default)?;
        let mut fold = HashMap::new();
        for pair in file.fold.pairs.split_whitespace() {
            let chars: Vec<char> = pair.chars().collect();
            let [from, to] = chars[..] else {
                return Err(fault(text, "fold", pair, "应为两个字符一组", "must be a pair of characters"));
            };
            fold.insert(from, to);
        }
        let plain = |word: &str| word.chars().flat_map(char::to_lowercase).map(|c| *fold.get(&c).unwrap_or(&c)).collect::<Vec<_>>();
        let mut entries: HashMap<char, Vec<Entry>> = HashMap::new();
        for words in &file.words {
            let class = words.class.as_deref().map(&find).transpose()?;
            for word in &words.list {
                let chars = plain(word);
                let Some(first) = chars.first() else {
                    return Err(fault(text, "empty_word", "\"\"", "词为空", "an empty word"));
                };
                let same = entries.entry(*first).or_default();
                if same.iter().any(|e| e.chars == chars) {
                    return Err(fault(text, "double_word", word, "词重复出现", "the word stands twice"));
                }
                same.push(Entry { word: word.clone(), chars, class, weight: words.weight });
            }
        }
        for list in entries.values_mut() {
            list.sort_by_key(|entry| std::cmp::Reverse(entry.chars.len()));
        }
        let negations = file.negation.iter().map(|n| (plain(&n.word), n.reach)).collect();
        Ok(Self { classes: file.class, fallback, fold, entries, negations })
    }

    /// The classes in the file's order.
    #[must_use]
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The name of a class.
    #[must_use]
    pub fn name(&self, id: &str) -> Option<&Text> {
        self.classes.iter().find(|c| c.id == id).map(|c| &c.name)
    }

    /// Suggests a class for what was said.
    #[must_use]
    pub fn suggest(&self, words: &str) -> Suggestion {
        let found = self.find(words);
        let mut sums = vec![0.0; self.classes.len()];
        // A word said three times is not three reasons.
        let mut heard: BTreeMap<&str, ()> = BTreeMap::new();
        let distinct: Vec<&Entry> = found.into_iter().filter(|e| heard.insert(&e.word, ()).is_none()).collect();
        for entry in &distinct {
            if let Some(class) = entry.class {
                sums[class] += entry.weight;
            }
        }
        let total: f64 = sums.iter().sum();
        let mut best = 0;
        for (class, sum) in sums.iter().enumerate() {
            if *sum > sums[best] {
                best = class;
            }
        }
        if total <= 0.0 {
            return self.undecided();
        }
        let named =
            |wanted: &dyn Fn(usize) -> bool| -> Vec<&Entry> { distinct.iter().copied().filter(|e| e.class.is_some_and(wanted)).collect() };
        let (for_it, against) = (named(&|c| c == best), named(&|c| c != best));
        Suggestion {
            class: self.classes[best].id.clone(),
            confidence: sums[best] / (total + 1.0),
            reason: self.reason(best, &for_it, &against),
            words: for_it.iter().map(|e| e.word.clone()).collect(),
        }
    }

    fn undecided(&self) -> Suggestion {
        let class = &self.classes[self.fallback];
        Suggestion {
            class: class.id.clone(),
            confidence: 0.1,
            reason: Text::new(
                format!("没有可以判断的词语，暂归“{}”", class.name.zh),
                format!("no word decides; taken as \"{}\" for now", class.name.en),
            ),
            words: Vec::new(),
        }
    }

    fn reason(&self, class: usize, for_it: &[&Entry], against: &[&Entry]) -> Text {
        let name = &self.classes[class].name;
        let quote = |list: &[&Entry]| list.iter().map(|e| format!("“{}”", e.word)).collect::<Vec<_>>().join("");
        let list = |list: &[&Entry]| list.iter().map(|e| format!("\"{}\"", e.word)).collect::<Vec<_>>().join(", ");
        let mut reason =
            Text::new(format!("依据{}判断为“{}”", quote(for_it), name.zh), format!("\"{}\" because of {}", name.en, list(for_it)));
        if !against.is_empty() {
            reason.zh.push_str(&format!("；另有{}指向其他类别，权重较低", quote(against)));
            reason.en.push_str(&format!("; {} point elsewhere with less weight", list(against)));
        }
        reason
    }

    /// Words that count, from left to right, longest first, negated ones left out.
    fn find(&self, words: &str) -> Vec<&Entry> {
        let text: Vec<char> = words.chars().flat_map(char::to_lowercase).map(|c| *self.fold.get(&c).unwrap_or(&c)).collect();
        let mut found = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let hit = self.entries.get(&text[at]).and_then(|list| list.iter().find(|e| stands_at(&text, at, &e.chars)));
            match hit {
                Some(entry) => {
                    if entry.class.is_some() && !self.negated(&text, at) {
                        found.push(entry);
                    }
                    at += entry.chars.len();
                }
                None => at += 1,
            }
        }
        found
    }

    /// Whether a negation reaches the word at `at` within its clause.
    fn negated(&self, text: &[char], at: usize) -> bool {
        self.negations.iter().any(|(word, reach)| {
            (0..=*reach).any(|gap| {
                let Some(end) = at.checked_sub(gap) else { return false };
                let Some(start) = end.checked_sub(word.len()) else { return false };
                let clause = text[end..at].iter().all(|c| !is_stop(*c));
                // 有没有 asks, it does not deny; 有无 likewise.
                let asks = start > 0 && text[start - 1] == '有';
                let whole = !word[0].is_ascii_alphanumeric() || start == 0 || !text[start - 1].is_alphanumeric();
                clause && !asks && whole && text[start..end] == word[..]
            })
        })
    }
}

/// Latin words end where letters end; Chinese has no such borders.
fn stands_at(text: &[char], at: usize, word: &[char]) -> bool {
    let Some(slice) = text.get(at..at + word.len()) else { return false };
    if slice != word {
        return false;
    }
    let latin = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let cut_before = latin(word.first()) && at > 0 && latin(text.get(at - 1));
    let cut_behind = latin(word.last()) && latin(text.get(at + word.len()));
    !cut_before && !cut_behind
}

const fn is_stop(c: char) -> bool {
    matches!(c, '，' | '。' | '；' | '！' | '？' | '、' | ',' | '.' | ';' | '!' | '?' | '\n')
}

fn fault(text: &str, code: &'static str, word: &str, zh: &str, en: &str) -> ClassFault {
    let at = if word.is_empty() { 0 } else { text.rfind(word).unwrap_or(0) };
    ClassFault { code, line: text[..at].matches('\n').count() + 1, message: Text::new(format!("{zh}：{word}"), format!("{en}: {word}")) }
}

#[cfg(test)]
mod tests;
