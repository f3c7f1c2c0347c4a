//! Kilometre stakes in words: `K12+300`, `12公里300米`, `十二公里三百米`, and back.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A stake's number in metres, as read from or written to text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StakeText {
    /// Metres: `K12+300` is 12,300.
    pub metre: i64,
}

/// Greatest stake: no road is longer than the G7's some 4,500 km.
const MOST_KILOMETRES: f64 = 9_999.0;

impl StakeText {
    /// From metres; rounded to the metre.
    #[must_use]
    pub fn new(metre: f64) -> Self {
        // `as` saturates and turns NaN into 0.
        Self { metre: metre.round() as i64 }
    }

    /// The stake a whole text says: `K12+300`, `k12`, `12+300`, `12公里300米`, `12km300m`, `12.3公里`, `十二公里三百米`, `K十二加三百`,
    /// digits spoken one by one (`幺二三`), full width. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        let (range, stake) = Self::find(trimmed)?;
        (range == (0..trimmed.len())).then_some(stake)
    }

    /// The first stake in a text, and its bytes there. A bare number is none: it needs a `K`, a `+` with three digits, or a unit of kilometres.
    #[must_use]
    pub fn find(text: &str) -> Option<(Range<usize>, Self)> {
        Self::all(text).into_iter().next()
    }

    /// All stakes in a text, in order: `K12+300至K15+200` has two.
    #[must_use]
    pub fn all(text: &str) -> Vec<(Range<usize>, Self)> {
        let chars: Vec<(usize, char)> = text.char_indices().map(|(i, c)| (i, fold_char(c))).collect();
        let offset = |i: usize| chars.get(i).map_or(text.len(), |(o, _)| *o);
        let mut found = Vec::new();
        let mut i = 0;
        while i < chars.len() {
            match read(&chars, i) {
                Some((end, stake)) => {
                    found.push((offset(i)..offset(end), stake));
                    i = end;
                }
                None => i += 1,
            }
        }
        found
    }

    /// `K12+300`.
    #[must_use]
    pub fn sign(self) -> String {
        let minus = if self.metre < 0 { "-" } else { "" };
        let m = self.metre.unsigned_abs();
        format!("{minus}K{}+{:03}", m / 1000, m % 1000)
    }

    /// `12公里300米`, as people say it.
    #[must_use]
    pub fn spoken_zh(self) -> String {
        let m = self.metre.unsigned_abs();
        if m.is_multiple_of(1000) { format!("{}公里", m / 1000) } else { format!("{}公里{}米", m / 1000, m % 1000) }
    }

    /// `km 12.300`.
    #[must_use]
    pub fn spoken_en(self) -> String {
        format!("km {}.{:03}", self.metre / 1000, self.metre.unsigned_abs() % 1000)
    }
}

impl std::fmt::Display for StakeText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sign())
    }
}

type Chars = [(usize, char)];

/// Half width and lower case.
fn fold_char(c: char) -> char {
    crate::names::half_width(c).to_ascii_lowercase()
}

fn at(chars: &Chars, i: usize) -> Option<char> {
    chars.get(i).map(|(_, c)| *c)
}

fn spaces(chars: &Chars, mut i: usize) -> usize {
    while at(chars, i).is_some_and(|c| c == ' ') {
        i += 1;
    }
    i
}

/// A stake that begins exactly at `i`.
fn read(chars: &Chars, i: usize) -> Option<(usize, StakeText)> {
    let marked = at(chars, i)? == 'k';
    let before = i.checked_sub(1).and_then(|b| at(chars, b));
    // Not out of the middle of a word or number.
    if before.is_some_and(|c| c.is_ascii_digit() || c == '.' || marked && c.is_ascii_alphabetic() || !marked && is_numeral(c)) {
        return None;
    }
    let start = if marked { spaces(chars, i + 1) } else { i };
    let (after, kilometres, whole) = number(chars, start)?;
    if kilometres > MOST_KILOMETRES {
        return None;
    }
    let unit = kilometre_unit(chars, spaces(chars, after));
    let plus = plus(chars, spaces(chars, unit.unwrap_or(after)));
    if !marked && unit.is_none() && plus.is_none() {
        return None;
    }
    let stake = |metres: f64| StakeText::new(kilometres * 1000.0 + metres);
    let alone = marked.then_some(after).max(unit).map(|end| (end, stake(0.0)));
    if !whole {
        return alone;
    }
    let Some((end, metres, _)) = number(chars, spaces(chars, plus.or(unit).unwrap_or(after))) else { return alone };
    let written = end - spaces(chars, plus.or(unit).unwrap_or(after));
    let metre_mark = metre_unit(chars, spaces(chars, end));
    // `12+3` is a sum, `K12+3` a stake; `12公里3` needs its 米.
    let says_metres = match (plus, metre_mark) {
        (Some(_), _) => marked || written == 3,
        (None, mark) => mark.is_some() && unit.is_some(),
    };
    if metres >= 1000.0 || !says_metres {
        return alone;
    }
    Some((metre_mark.unwrap_or(end), stake(metres)))
}

fn kilometre_unit(chars: &Chars, i: usize) -> Option<usize> {
    let is = |word: &str| word.chars().enumerate().all(|(n, c)| at(chars, i + n) == Some(c)).then_some(i + word.chars().count());
    is("公里").or_else(|| is("千米")).or_else(|| is("km").filter(|e| !at(chars, *e).is_some_and(|c| c.is_ascii_alphabetic() || c == '/')))
}

fn metre_unit(chars: &Chars, i: usize) -> Option<usize> {
    match at(chars, i)? {
        '米' => Some(i + 1),
        'm' if !at(chars, i + 1).is_some_and(|c| c.is_ascii_alphabetic()) => Some(i + 1),
        _ => None,
    }
}

fn plus(chars: &Chars, i: usize) -> Option<usize> {
    matches!(at(chars, i)?, '+' | '加').then_some(i + 1)
}

/// Digit of a numeral as [`crate::names::digit`] reads it; this text is not folded, so Traditional ones as well.
fn digit(c: char) -> Option<u32> {
    if matches!(c, '兩' | '貳') { Some(2) } else { crate::names::digit(c) }
}

fn scale(c: char) -> Option<f64> {
    match c {
        '十' | '拾' => Some(10.0),
        '百' | '佰' => Some(100.0),
        '千' | '仟' => Some(1000.0),
        _ => None,
    }
}

fn is_numeral(c: char) -> bool {
    digit(c).is_some() || scale(c).is_some()
}

/// A number at `i`: where it ends, its value, whether it is whole. `12.35`, `一千二百零三`, `一二三`.
fn number(chars: &Chars, i: usize) -> Option<(usize, f64, bool)> {
    let mut end = i;
    // 千米 is a unit, not a thousand of something.
    while at(chars, end).is_some_and(is_numeral) && !(at(chars, end) == Some('千') && at(chars, end + 1) == Some('米') && end > i) {
        end += 1;
    }
    if end == i || end - i > 12 {
        return None;
    }
    let run = chars.get(i..end)?;
    let value = if run.iter().any(|(_, c)| scale(*c).is_some()) {
        let (mut total, mut last, mut seen) = (0.0, None::<f64>, 1.0);
        for (_, c) in run {
            if let Some(s) = scale(*c) {
                total += last.take().unwrap_or(1.0) * s;
                seen = s;
            } else {
                let d = f64::from(digit(*c)?);
                // 三百二 is 320, 三百零二 is 302.
                if d == 0.0 {
                    seen = 10.0;
                    last = None;
                } else {
                    last = Some(last.map_or(d, |l| l * 10.0 + d));
                }
            }
        }
        total + last.unwrap_or(0.0) * if seen >= 100.0 { seen / 10.0 } else { 1.0 }
    } else {
        run.iter().try_fold(0.0, |v, (_, c)| Some(v * 10.0 + f64::from(digit(*c)?)))?
    };
    let point = |c: Option<char>| matches!(c, Some('.' | '点' | '點'));
    if point(at(chars, end)) && at(chars, end + 1).and_then(digit).is_some() {
        let mut place = 0.1;
        let mut more = value;
        end += 1;
        while let Some(d) = at(chars, end).and_then(digit) {
            more += f64::from(d) * place;
            place /= 10.0;
            end += 1;
        }
        return Some((end, more, false));
    }
    Some((end, value, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_stake_is_read() {
        for (text, metre) in [
            ("K12+300", 12_300),
            ("k12", 12_000),
            ("Ｋ１２＋３００", 12_300),
            ("K 12 + 300", 12_300),
            ("K12+30", 12_030),
            ("12+300", 12_300),
            ("12公里300米", 12_300),
            ("12公里", 12_000),
            ("12.3公里", 12_300),
            ("十二公里三百米", 12_300),
            ("一百二十三公里", 123_000),
            ("一百零三公里五十米", 103_050),
            ("三百二公里", 320_000),
            ("幺二三公里", 123_000),
            ("K十二加三百", 12_300),
            ("K1203", 1_203_000),
            ("两千米", 2_000),
            ("12km300m", 12_300),
            ("12.345 km", 12_345),
            ("十公里", 10_000),
            ("K0+000", 0),
        ] {
            assert_eq!(StakeText::parse(text).map(|s| s.metre), Some(metre), "{text}");
        }
    }

    #[test]
    fn what_is_no_stake_is_not_taken_for_one() {
        for text in ["", "K", "12", "300米", "12+3", "G220", "AK47", "K99999+000", "12km/h", "十二", "K12+3000", "公里"] {
            assert_eq!(StakeText::parse(text), None, "{text}");
        }
    }

    #[test]
    fn stakes_are_found_in_a_call() {
        let text = "220国道K12+300至K15+200往滨州方向";
        let all: Vec<(&str, i64)> = StakeText::all(text).into_iter().map(|(r, s)| (&text[r], s.metre)).collect();
        assert_eq!(all, [("K12+300", 12_300), ("K15+200", 15_200)]);
        let (range, stake) = StakeText::find("我在沈海高速一千二百公里五百米这里").unwrap();
        assert_eq!((stake.metre, &"我在沈海高速一千二百公里五百米这里"[range]), (1_200_500, "一千二百公里五百米"));
        assert_eq!(StakeText::find("离这里12公里处有人").unwrap().1.metre, 12_000);
        assert_eq!(StakeText::find("限速80km/h，追尾"), None);
    }

    #[test]
    fn what_is_written_is_read_back() {
        for metre in [0, 5, 999, 1_000, 12_300, 123_456, 4_500_010] {
            let stake = StakeText { metre };
            for text in [stake.sign(), stake.spoken_zh(), stake.to_string()] {
                assert_eq!(StakeText::parse(&text), Some(stake), "{text}");
            }
        }
        assert_eq!(StakeText { metre: 12_005 }.spoken_en(), "km 12.005");
    }
}
