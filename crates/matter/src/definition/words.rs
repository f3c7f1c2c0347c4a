//! Wordings: every label in both languages, nothing missing, nothing left over.

use std::collections::{BTreeMap, BTreeSet};

use gongzhi_civic::text::Text;

use super::gate::unknown_placeholders;
use super::raw::{RawActionWords, RawLetterWords, RawMatter, RawWords};
use super::{EffectKind, Fault, Source};

/// Both wording files, joined label by label.
pub(super) struct Words<'a> {
    zh: &'a RawWords,
    en: &'a RawWords,
}

/// Labels of an action.
pub(super) struct ActionWords {
    pub label: Text,
    pub done: Text,
    pub public: Text,
}

/// Labels of a letter.
pub(super) struct LetterWords {
    pub title: Text,
    pub number: Text,
}

impl<'a> Words<'a> {
    pub(super) const fn new(zh: &'a RawWords, en: &'a RawWords) -> Self {
        Self { zh, en }
    }

    pub(super) fn one(&self, pick: impl Fn(&RawWords) -> &str) -> Text {
        Text::new(pick(self.zh), pick(self.en))
    }

    pub(super) fn of(&self, pick: impl Fn(&RawWords) -> &BTreeMap<String, String>, id: &str) -> Text {
        let get = |w: &RawWords| pick(w).get(id).cloned().unwrap_or_default();
        Text::new(get(self.zh), get(self.en))
    }

    pub(super) fn table_row(&self, table: &str, row: &str) -> Text {
        let get = |w: &RawWords| w.tables.get(table).and_then(|t| t.get(row)).cloned().unwrap_or_default();
        Text::new(get(self.zh), get(self.en))
    }

    pub(super) fn letter(&self, id: &str) -> LetterWords {
        let get = |pick: fn(&RawLetterWords) -> &String| {
            let word = |w: &RawWords| w.letters.get(id).map(pick).cloned().unwrap_or_default();
            Text::new(word(self.zh), word(self.en))
        };
        LetterWords { title: get(|w| &w.title), number: get(|w| &w.number) }
    }

    pub(super) fn action(&self, id: &str) -> ActionWords {
        let get = |pick: fn(&RawActionWords) -> &String| {
            let word = |w: &RawWords| w.actions.get(id).map(pick).cloned().unwrap_or_default();
            Text::new(word(self.zh), word(self.en))
        };
        ActionWords { label: get(|w| &w.label), done: get(|w| &w.done), public: get(|w| &w.public) }
    }
}

/// What is missing from or left over in one wording file.
pub(super) fn check(matter: &RawMatter, words: &RawWords, source: &Source<'_>, faults: &mut Vec<Fault>) {
    for (path, word) in [("title", &words.title), ("description", &words.description)] {
        if word.trim().is_empty() {
            faults.push(missing(source, path, path));
        }
    }
    if matter.public.is_some() && words.group.trim().is_empty() {
        faults.push(missing(source, "group", "group"));
    }
    let reasons = matter.actions.iter().flat_map(|a| &a.reasons).chain(matter.clocks.iter().flat_map(|c| &c.pause_on));
    let statuses = matter.public.iter().flat_map(|p| &p.statuses);
    section(source, "stages", &words.stages, matter.stages.iter().map(|s| &s.id), faults);
    section(source, "clocks", &words.clocks, matter.clocks.iter().map(|c| &c.id), faults);
    section(source, "reasons", &words.reasons, reasons, faults);
    section(source, "routing", &words.routing, matter.routing.rows.iter().map(|r| &r.id), faults);
    section(source, "scores", &words.scores, matter.scores.iter().map(|s| &s.id), faults);
    section(source, "statuses", &words.statuses, statuses, faults);
    section(source, "forms", &words.forms, matter.forms.keys(), faults);
    section(source, "effects", &words.effects, matter.effects.iter().map(|e| &e.id), faults);
    for effect in matter.effects.iter().filter(|e| e.deed == EffectKind::Notify) {
        for word in words.effects.get(&effect.id).map(|text| unknown_placeholders(text)).unwrap_or_default() {
            faults.push(source.fault(
                &format!("effects.{}", effect.id),
                "unknown_placeholder",
                format!("程序不会填写 {{{word}}}；可用：{{number}} {{title}} {{place}} {{unit}} {{due}} {{stage}} {{link}}"),
                format!("{{{word}}} is not filled in; there are {{number}} {{title}} {{place}} {{unit}} {{due}} {{stage}} {{link}}"),
            ));
        }
    }
    tables(matter, words, source, faults);
    letters(matter, words, source, faults);
    for action in &matter.actions {
        let path = format!("actions.{}", action.id);
        let Some(words) = words.actions.get(&action.id) else {
            faults.push(missing(source, "actions", &path));
            continue;
        };
        for (name, word, needed) in [("label", &words.label, true), ("done", &words.done, true), ("public", &words.public, action.public)] {
            if needed && word.trim().is_empty() {
                faults.push(missing(source, &path, &format!("{path}.{name}")));
            }
        }
        if !action.public && !words.public.is_empty() {
            let path = format!("{path}.public");
            faults.push(source.fault(
                &path,
                "wording_unknown",
                format!("动作“{}”未声明 public = true，却写了公众用语", action.id),
                format!("action `{}` is not declared public but has a public wording", action.id),
            ));
        }
    }
    let known: BTreeSet<&str> = matter.actions.iter().map(|a| a.id.as_str()).collect();
    for id in words.actions.keys().filter(|id| !known.contains(id.as_str())) {
        faults.push(left_over(source, &format!("actions.{id}")));
    }
}

/// Every row of every table has its reason.
fn tables(matter: &RawMatter, words: &RawWords, source: &Source<'_>, faults: &mut Vec<Fault>) {
    let none = BTreeMap::new();
    for table in &matter.tables {
        let found = words.tables.get(&table.id).unwrap_or(&none);
        section(source, &format!("tables.{}", table.id), found, table.rows.iter().map(|r| &r.id), faults);
    }
    for id in words.tables.keys().filter(|id| !matter.tables.iter().any(|t| t.id == **id)) {
        faults.push(left_over(source, &format!("tables.{id}")));
    }
}

/// Every letter has its title and the pattern of its number.
fn letters(matter: &RawMatter, words: &RawWords, source: &Source<'_>, faults: &mut Vec<Fault>) {
    for letter in &matter.letters {
        let path = format!("letters.{}", letter.id);
        let found = words.letters.get(&letter.id);
        for (name, word) in [("title", found.map(|w| &w.title)), ("number", found.map(|w| &w.number))] {
            if word.is_none_or(|w| w.trim().is_empty()) {
                faults.push(missing(source, &path, &format!("{path}.{name}")));
            }
        }
    }
    for id in words.letters.keys().filter(|id| !matter.letters.iter().any(|l| l.id == **id)) {
        faults.push(left_over(source, &format!("letters.{id}")));
    }
}

fn section<'m>(
    source: &Source<'_>,
    name: &str,
    words: &BTreeMap<String, String>,
    ids: impl Iterator<Item = &'m String>,
    faults: &mut Vec<Fault>,
) {
    let ids: BTreeSet<&str> = ids.map(String::as_str).collect();
    for id in &ids {
        if words.get(*id).is_none_or(|w| w.trim().is_empty()) {
            faults.push(missing(source, name, &format!("{name}.{id}")));
        }
    }
    for id in words.keys().filter(|id| !ids.contains(id.as_str())) {
        faults.push(left_over(source, &format!("{name}.{id}")));
    }
}

fn missing(source: &Source<'_>, near: &str, path: &str) -> Fault {
    source.fault(near, "wording_missing", format!("缺少用语 {path}"), format!("the wording {path} is missing"))
}

fn left_over(source: &Source<'_>, path: &str) -> Fault {
    source.fault(path, "wording_unknown", format!("用语 {path} 没有对应的定义"), format!("the wording {path} belongs to nothing declared"))
}
