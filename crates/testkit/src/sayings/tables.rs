//! Characters: Traditional forms, full width, confusable ones.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Simplified → Traditional, one to one (OpenCC's first choice; characters that differ only in some words are left out).
static TRADITIONAL: LazyLock<BTreeMap<char, char>> = LazyLock::new(|| {
    let text = include_str!("traditional.txt");
    let chars: Vec<char> = text.lines().filter(|l| !l.starts_with('#')).flat_map(str::chars).collect();
    chars.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
});

/// Confusable characters of one character.
#[derive(Debug, Default)]
pub(crate) struct Confusable {
    pub(crate) same_sound: Vec<char>,
    pub(crate) near_sound: Vec<char>,
    pub(crate) similar_shape: Vec<char>,
}

static CONFUSIONS: LazyLock<BTreeMap<char, Confusable>> = LazyLock::new(|| {
    let rows = include_str!("confusions.tsv").lines().filter(|l| !l.starts_with('#'));
    rows.filter_map(|row| {
        let cells: Vec<Vec<char>> = row.split('\t').map(|cell| cell.chars().collect()).collect();
        let [key, same_sound, near_sound, similar_shape] = <[Vec<char>; 4]>::try_from(cells).ok()?;
        Some((*key.first()?, Confusable { same_sound, near_sound, similar_shape }))
    })
    .collect()
});

pub(crate) fn confusable(c: char) -> Option<&'static Confusable> {
    CONFUSIONS.get(&c)
}

/// A text in Traditional characters.
#[must_use]
pub fn traditional(text: &str) -> String {
    text.chars().map(|c| TRADITIONAL.get(&c).copied().unwrap_or(c)).collect()
}

/// ASCII in its full-width forms, spaces as U+3000.
#[must_use]
pub fn full_width(text: &str) -> String {
    let wide = |c: char| match c {
        ' ' => '\u{3000}',
        '!'..='~' => char::from_u32(c as u32 + 0xFEE0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(wide).collect()
}

/// Arabic digits for the number that stands before the word for road; `None` if there is none. `四川路` has no number to write otherwise.
pub(crate) fn other_digits(name: &str) -> Option<String> {
    const DIGITS: [char; 11] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九', '十'];
    let value = |c: char| DIGITS.iter().position(|d| *d == c);
    let mut chars: Vec<char> = name.chars().collect();
    let last = chars.pop()?;
    let own = chars.iter().rposition(|c| value(*c).is_none()).map_or(0, |at| at + 1);
    let number = match chars[own..].iter().map(|c| value(*c)).collect::<Option<Vec<usize>>>()?[..] {
        [ten, ones] if ten == 10 => 10 + ones,
        [ones] => ones,
        _ => return None,
    };
    let own: String = chars[..own].iter().collect();
    (!own.is_empty()).then(|| format!("{own}{number}{last}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_change_one_to_one() {
        assert_eq!(traditional("胜利东路与阳明北路"), "勝利東路與陽明北路");
        assert_eq!(traditional("莫干山路东涌路"), "莫干山路東涌路");
        assert_eq!(full_width("A / 12"), "Ａ　／　１２");
        assert_eq!(other_digits("泰然十一路").as_deref(), Some("泰然11路"));
        assert_eq!(other_digits("竹子林三路").as_deref(), Some("竹子林3路"));
        assert_eq!((other_digits("福强路"), other_digits("四川路"), other_digits("四路")), (None, None, None));
    }
}
