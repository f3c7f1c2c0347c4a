//! Names of everything that can be found: folded for finding, and as written for listing.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::names::Names;
use crate::format::*;
use crate::names::{fold, reduce};

/// Names being gathered. Each distinct text is folded once, however many ways carry it.
#[derive(Default)]
pub(crate) struct NameIndex {
    /// Written text to its number.
    numbers: HashMap<String, u32>,
    /// By number: the folded text and its short form, if they can be found.
    folded: Vec<(Option<String>, Option<String>)>,
    /// Kind, target and number of text.
    found: HashSet<(u32, u32, u32)>,
    /// Kind, target, number of language and of text.
    written: HashSet<(u32, u32, u32, u32)>,
}

impl NameIndex {
    /// Every name of a place.
    pub(crate) fn add(&mut self, kind: u32, target: u32, names: &Names) {
        for text in [&names.name, &names.name_en] {
            self.fold(kind, target, text);
        }
        for (language, text) in &names.all {
            self.fold(kind, target, text);
            let entry = (kind, target, self.number(language), self.number(text));
            self.written.insert(entry);
        }
    }

    /// One more text a place is found under.
    pub(crate) fn fold(&mut self, kind: u32, target: u32, text: &str) {
        if !text.is_empty() {
            let number = self.number(text);
            self.found.insert((kind, target, number));
        }
    }

    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.folded.len() as u32;
        let whole = Some(fold(text)).filter(|t| t.chars().count() >= 2);
        let short = whole.as_ref().map(|t| reduce(t)).filter(|s| s.chars().count() > 2 && Some(s) != whole.as_ref());
        self.numbers.insert(text.to_owned(), number);
        self.folded.push((whole, short));
        number
    }

    /// Folded texts with kind and target: a road also under its short name.
    fn texts(&self) -> impl Iterator<Item = (&str, u32, u32)> {
        self.found.iter().flat_map(|(kind, target, number)| {
            let (whole, short) = self.folded.get(*number as usize).map_or((None, None), |(w, s)| (w.as_deref(), s.as_deref()));
            let short = short.filter(|_| *kind == NAME_ROAD).map(|text| (text, NAME_ROAD_SHORT, *target));
            whole.map(|text| (text, *kind, *target)).into_iter().chain(short)
        })
    }

    /// Folded names of roads, whole and short, in no order.
    pub(crate) fn roads(&self) -> impl Iterator<Item = (&str, u32)> {
        self.texts().filter(|(_, kind, _)| matches!(*kind, NAME_ROAD | NAME_ROAD_SHORT)).map(|(text, _, road)| (text, road))
    }

    pub(crate) fn records(self, strings: &mut StringPool) -> (Vec<NameRecord>, Vec<PlaceNameRecord>) {
        // Distinct texts are sorted once; records then compare by number.
        let distinct: BTreeSet<&str> = self.texts().map(|(text, ..)| text).collect();
        let order: HashMap<&str, (u32, u32)> =
            distinct.into_iter().enumerate().map(|(i, text)| (text, (i as u32, strings.add(text)))).collect();
        let mut found: Vec<((u32, u32), u32, u32)> =
            self.texts().filter_map(|(text, kind, target)| Some((*order.get(text)?, kind, target))).collect();
        found.sort_unstable();
        found.dedup();
        let folded = found.into_iter().map(|((_, text), kind, target)| NameRecord { text, target, kind }).collect();
        let mut texts: Vec<&str> = vec![""; self.folded.len()];
        for (text, number) in &self.numbers {
            texts[*number as usize] = text;
        }
        let mut written: Vec<(u32, u32, &str, &str)> = self
            .written
            .iter()
            .map(|(kind, target, language, text)| (*kind, *target, texts[*language as usize], texts[*text as usize]))
            .collect();
        written.sort_unstable();
        let written = written
            .into_iter()
            .map(|(kind, target, language, text)| PlaceNameRecord {
                kind,
                target,
                language: strings.add(language),
                text: strings.add(text),
            })
            .collect();
        (folded, written)
    }
}
