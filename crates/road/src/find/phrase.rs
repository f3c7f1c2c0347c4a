//! What stands around the names: stakes, house numbers, distances, directions, grades, corrections, and where people live or go.

use super::answer::Level;
use super::context::Travel;
use super::hear::direction;

mod measure;
mod story;

pub(crate) use story::Link;

/// A folded text with helpers for looking at it.
pub(crate) struct Words<'a> {
    pub(crate) text: &'a [char],
}

/// A number with a meaning, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found<T> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) value: T,
}

/// A distance from a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Offset {
    /// Degrees clockwise from north; `None` if no direction is said.
    pub(crate) bearing: Option<f64>,
    pub(crate) metres: f64,
}

impl Words<'_> {
    pub(crate) fn at(&self, i: usize) -> Option<char> {
        self.text.get(i).copied()
    }

    /// Whether these words stand at `i`.
    pub(crate) fn says(&self, i: usize, words: &str) -> bool {
        let mut i = i;
        words.chars().all(|c| {
            i += 1;
            self.at(i - 1) == Some(c)
        })
    }

    /// The first of these words that stands at `i`, and its length.
    pub(crate) fn one_of(&self, i: usize, words: &[&str]) -> Option<usize> {
        words.iter().find(|w| self.says(i, w)).map(|w| w.chars().count())
    }

    /// Whether one of these words ends at `end`.
    pub(crate) fn ends_with(&self, end: usize, words: &[&str]) -> bool {
        words.iter().any(|w| end.checked_sub(w.chars().count()).is_some_and(|start| self.says(start, w)))
    }

    /// Skips any of these words from `i` on.
    pub(crate) fn skip(&self, mut i: usize, words: &[&str]) -> usize {
        while let Some(length) = self.one_of(i, words) {
            i += length;
        }
        i
    }

    /// Characters of plates, telephone numbers and times of day: nothing in them is a place or a number of one.
    pub(crate) fn masked(&self) -> Vec<bool> {
        const PROVINCES: &str = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新";
        let mut masked = vec![false; self.text.len()];
        let mut cover = |from: usize, to: usize| masked.iter_mut().take(to).skip(from).for_each(|m| *m = true);
        let latin = |c: char| c.is_ascii_alphanumeric();
        let mut i = 0;
        while let Some(c) = self.at(i) {
            // 沪A12345, 鲁M·D1234
            if PROVINCES.contains(c) && self.at(i + 1).is_some_and(|c| c.is_ascii_lowercase()) {
                let rest = self.text[i + 2..].iter().take(8).take_while(|c| latin(**c) || **c == ' ').count();
                if rest >= 4 && self.text[i + 2..i + 2 + rest].iter().filter(|c| c.is_ascii_digit()).count() >= 2 {
                    cover(i, i + 2 + rest);
                    i += 2 + rest;
                    continue;
                }
            }
            if c.is_ascii_digit() {
                let digits = self.text[i..].iter().take_while(|c| c.is_ascii_digit()).count();
                if digits >= 7 {
                    cover(i, i + digits);
                }
                i += digits;
                continue;
            }
            i += 1;
        }
        // 8点20分, 上午十点半
        for (at, c) in self.text.iter().enumerate() {
            if *c != '点' && *c != '时' {
                continue;
            }
            let before = self.text[..at].iter().rev().take(3).take_while(|c| crate::names::digit(**c).is_some() || **c == '十').count();
            if before == 0 || self.says(at, "点五") {
                continue;
            }
            let after = self.text[at + 1..]
                .iter()
                .take(3)
                .take_while(|c| crate::names::digit(**c).is_some() || matches!(c, '十' | '半' | '多' | '钟'))
                .count();
            if let Some(part) = masked.get_mut(at - before..at + 1 + after) {
                part.fill(true);
            }
        }
        masked
    }

    /// Grade words anywhere.
    pub(crate) fn levels(&self) -> Vec<Found<Level>> {
        const WORDS: &[(&str, Level)] = &[
            ("高架下", Level::Ground),
            ("高架桥下", Level::Ground),
            ("立交下", Level::Ground),
            ("立交桥下", Level::Ground),
            ("桥底", Level::Ground),
            ("桥下", Level::Ground),
            ("桥洞", Level::Ground),
            ("地面道路", Level::Ground),
            ("地面", Level::Ground),
            ("辅道", Level::Ground),
            ("辅路", Level::Ground),
            ("高架上", Level::Above),
            ("高架桥上", Level::Above),
            ("立交上", Level::Above),
            ("立交桥上", Level::Above),
            ("桥面", Level::Above),
            ("桥上", Level::Above),
            ("上匝道", Level::Above),
            ("下匝道", Level::Above),
            ("隧道内", Level::Below),
            ("隧道里", Level::Below),
            ("隧道中", Level::Below),
            ("地道内", Level::Below),
            ("地道里", Level::Below),
            ("下穿", Level::Below),
        ];
        let at = |i: usize| {
            WORDS.iter().find(|(w, _)| self.says(i, w)).map(|(w, level)| Found { start: i, end: i + w.chars().count(), value: *level })
        };
        (0..self.text.len()).filter_map(at).collect()
    }

    /// 由东向西, 东往西, 上行, 下行, 往东方向; 往上海方向.
    pub(crate) fn travel(&self) -> Option<Found<Travel>> {
        for i in 0..self.text.len() {
            let done = |start: usize, end: usize, value: Travel| Some(Found { start, end, value });
            if let Some(length) = self.one_of(i, &["上行"]) {
                return done(i, i + length, Travel::Up);
            }
            if let Some(length) = self.one_of(i, &["下行"]) {
                return done(i, i + length, Travel::Down);
            }
            let Some(c) = self.at(i) else { continue };
            if direction(c) && matches!(self.at(i + 1), Some('向' | '往' | '至' | '到')) && self.at(i + 2).is_some_and(direction) {
                let start = if self.ends_with(i, &["由", "自", "从"]) { i - 1 } else { i };
                if let Some(to) = bearing(None, self.at(i + 2).unwrap_or(' ')) {
                    return done(start, i + 3, Travel::Bearing(to));
                }
            }
            if matches!(c, '往' | '向' | '去' | '朝') {
                for length in 1..=8 {
                    if !self.says(i + 1 + length, "方向") {
                        if self.at(i + 1 + length).is_none_or(super::hear::separates) {
                            break;
                        }
                        continue;
                    }
                    let name = &self.text[i + 1..i + 1 + length];
                    let end = i + 3 + length;
                    if let [one] = name
                        && let Some(to) = bearing(None, *one)
                    {
                        return done(i, end, Travel::Bearing(to));
                    }
                    if length > 1 {
                        return done(i, end, Travel::Toward(name.iter().collect()));
                    }
                    break;
                }
            }
        }
        None
    }
}

fn bearing(first: Option<char>, last: char) -> Option<f64> {
    let one = |c: char| -> Option<f64> {
        match c {
            '北' => Some(0.0),
            '东' => Some(90.0),
            '南' => Some(180.0),
            '西' => Some(270.0),
            _ => None,
        }
    };
    let to = one(last)?;
    Some(match first.and_then(one) {
        // 西北: between 270 and 360.
        Some(from) if (from - to).abs() == 90.0 => (from + to) / 2.0,
        Some(from) if (from - to).abs() == 270.0 => 315.0,
        _ => to,
    })
}
