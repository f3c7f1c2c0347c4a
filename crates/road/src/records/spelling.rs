//! How alike two words of a name are: the same sound, a slip of the pen, an initial.

/// A word as it sounds in Portuguese, roughly: enough that `Luiz` and `Luís`, `Thadeo` and `Tadeu`, `Walter` and `Valter` are one.
pub(crate) fn sound(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let at = |i: usize| letters.get(i).copied().unwrap_or(' ');
    let mut out = String::with_capacity(word.len());
    let mut push = |c: char| {
        if !out.ends_with(c) || c.is_ascii_digit() {
            out.push(c);
        }
    };
    let mut i = 0;
    while i < letters.len() {
        let (c, next) = (at(i), at(i + 1));
        let soft = matches!(next, 'e' | 'i' | 'y');
        match (c, next) {
            ('p', 'h') => {
                push('f');
                i += 1;
            }
            ('c' | 's', 'h') => {
                push('x');
                i += 1;
            }
            ('s', 'c') if matches!(at(i + 2), 'e' | 'i' | 'y') => {
                push('s');
                i += 1;
            }
            ('q', 'u') if matches!(at(i + 2), 'e' | 'i' | 'y') => {
                push('k');
                i += 1;
            }
            ('l' | 'n', 'h') => {
                push(c);
                push('h');
                i += 1;
            }
            ('h', _) => {}
            ('c', _) if soft => push('s'),
            ('c' | 'k' | 'q', _) => push('k'),
            ('g', _) if soft => push('j'),
            ('z', _) => push('s'),
            ('y', _) => push('i'),
            ('w', _) => push('v'),
            ('m', n) if !n.is_ascii_alphabetic() || matches!(n, 'p' | 'b') => push('n'),
            // An unstressed last vowel is written either way: Tadeo, Tadeu; Ary, Are.
            ('o', ' ') => push('u'),
            ('e', ' ') if letters.len() > 3 => push('i'),
            _ => push(c),
        }
        i += 1;
    }
    out
}

/// Damerau–Levenshtein distance with neighbours exchanged counted as one (optimal string alignment), or more than `most`.
pub(crate) fn slips(a: &[u8], b: &[u8], most: usize) -> usize {
    if a.len().abs_diff(b.len()) > most {
        return most + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        if row.iter().all(|d| *d > most) {
            return most + 1;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

/// Likeness of two words by their sounds, 0 to 1: 0.96 the same sound, 0.85 one slip, 0.7 two in a long word, 0 otherwise.
pub(crate) fn likeness(a: &str, b: &str) -> f32 {
    if a == b {
        return 0.96;
    }
    // A number is right or wrong.
    if a.bytes().chain(b.bytes()).any(|c| c.is_ascii_digit()) {
        return 0.0;
    }
    let shorter = a.len().min(b.len());
    let most = match shorter {
        0..4 => return 0.0,
        4..7 => 1,
        _ => 2,
    };
    match slips(a.as_bytes(), b.as_bytes(), most) {
        1 => 0.85,
        2 if most == 2 => 0.7,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_sound_are_one() {
        for (a, b) in [
            ("luis", "luiz"),
            ("walter", "valter"),
            ("thadeo", "tadeu"),
            ("sylvio", "silvio"),
            ("philippe", "filipe"),
            ("ary", "ari"),
            ("mello", "melo"),
            ("izabel", "isabel"),
            ("euclydes", "euclides"),
            ("jeronymo", "jeronimo"),
            ("chaves", "xaves"),
            ("lageado", "lajeado"),
        ] {
            assert_eq!(sound(a), sound(b), "{a} {b}");
        }
        for (a, b) in [("casa", "caca"), ("lima", "rima"), ("filho", "filo")] {
            assert_ne!(sound(a), sound(b), "{a} {b}");
        }
    }

    #[test]
    fn slips_are_counted_with_exchanged_neighbours_as_one() {
        assert_eq!(slips(b"medeiros", b"mederios", 2), 1);
        assert_eq!(slips(b"assis", b"asis", 2), 1);
        assert_eq!(slips(b"goncalves", b"gonzales", 2), 2);
        assert_eq!(slips(b"abc", b"xyz", 2), 3);
        assert_eq!(slips(b"", b"ab", 2), 2);
    }

    #[test]
    fn numbers_do_not_resemble_each_other() {
        assert!(likeness("1924", "1925") < 0.1);
        assert!(likeness("ana", "ala") < 0.1);
        assert!(likeness("ipiranga", "ipirangga") > 0.8);
    }
}
