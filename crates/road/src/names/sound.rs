//! How characters sound: toneless Mandarin syllables, and what is heard as the same in fast or southern speech.
//!
//! The table is `syllables.txt`, which states its source and licence.

use std::sync::LazyLock;

const TABLE: &str = include_str!("syllables.txt");

/// Readings of one character: toneless syllables by number, and what they are heard as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sound {
    /// Numbers of its syllables; the second is the first again where it has one reading.
    pub(crate) syllables: [u16; 2],
    /// The same after merging what is often confused.
    pub(crate) loose: [u16; 2],
}

/// Unheard: not a character of the table.
const NONE: u16 = u16::MAX;
const FIRST: u32 = 0x4E00;
const LAST: u32 = 0x9FFF;

static SOUNDS: LazyLock<Vec<Sound>> = LazyLock::new(|| {
    let unheard = Sound { syllables: [NONE; 2], loose: [NONE; 2] };
    let mut sounds = vec![unheard; (LAST - FIRST + 1) as usize];
    let mut merged: Vec<String> = Vec::new();
    let lines = TABLE.lines().filter(|l| !l.starts_with('#'));
    for (number, line) in lines.enumerate() {
        let mut columns = line.split(' ');
        let heard = loose(columns.next().unwrap_or(""));
        let loose = merged.iter().position(|m| *m == heard).unwrap_or_else(|| {
            merged.push(heard);
            merged.len() - 1
        }) as u16;
        let number = number as u16;
        let mut slot = |c: char, also: bool| {
            let Some(sound) = (c as u32).checked_sub(FIRST).and_then(|i| sounds.get_mut(i as usize)) else { return };
            if !also || sound.syllables[0] == NONE {
                sound.syllables[0] = number;
                sound.loose[0] = loose;
            }
            if also || sound.syllables[1] == NONE {
                sound.syllables[1] = number;
                sound.loose[1] = loose;
            }
        };
        columns.next().unwrap_or("").chars().for_each(|c| slot(c, false));
        columns.next().unwrap_or("").chars().for_each(|c| slot(c, true));
    }
    sounds
});

/// A syllable as it is often heard: zh ch sh as z c s, n as l, f as hu, -ng as -n.
fn loose(syllable: &str) -> String {
    let mut s = syllable.to_owned();
    for (long, short) in [("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l")] {
        if let Some(rest) = s.strip_prefix(long) {
            s = format!("{short}{rest}");
            break;
        }
    }
    s = match s.as_str() {
        "fa" => "hua".into(),
        "fan" => "huan".into(),
        "fang" => "huang".into(),
        "fei" => "hui".into(),
        "fen" => "hun".into(),
        "feng" => "hong".into(),
        "fo" => "huo".into(),
        "fu" => "hu".into(),
        _ => s,
    };
    for (long, short) in [("ing", "in"), ("eng", "en"), ("iang", "ian"), ("uang", "uan"), ("ang", "an")] {
        if let Some(rest) = s.strip_suffix(long) {
            return format!("{rest}{short}");
        }
    }
    s
}

/// How a character sounds; `None` for what is no character of the table.
pub(crate) fn sound(c: char) -> Option<Sound> {
    let found = SOUNDS.get((c as u32).checked_sub(FIRST)? as usize).copied()?;
    (found.syllables[0] != NONE).then_some(found)
}

/// What a character is heard as, for an index: up to two codes, one of which may repeat the other. What has no sound is itself.
pub(crate) fn heard(c: char) -> [u32; 2] {
    sound(c).map_or([c as u32 | 1 << 24; 2], |s| s.loose.map(u32::from))
}

/// How alike two characters sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// Another syllable.
    Apart,
    /// The same after merging what is often confused.
    Near,
    /// The same syllable, tones aside.
    Same,
}

pub(crate) fn likeness(a: char, b: char) -> Likeness {
    let (Some(a), Some(b)) = (sound(a), sound(b)) else { return Likeness::Apart };
    let meets = |x: [u16; 2], y: [u16; 2]| x.iter().any(|s| y.contains(s));
    if meets(a.syllables, b.syllables) {
        Likeness::Same
    } else if meets(a.loose, b.loose) {
        Likeness::Near
    } else {
        Likeness::Apart
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_compared_by_ear() {
        for (a, b) in [('利', '力'), ('明', '名'), ('江', '姜'), ('藏', '臧'), ('长', '常'), ('长', '掌'), ('重', '虫'), ('幺', '妖')]
        {
            assert_eq!(likeness(a, b), Likeness::Same, "{a} {b}");
        }
        for (a, b) in [('宁', '林'), ('中', '宗'), ('山', '桑'), ('华', '发'), ('新', '星'), ('阳', '严'), ('南', '蓝'), ('福', '湖')]
        {
            assert_eq!(likeness(a, b), Likeness::Near, "{a} {b}");
        }
        assert_eq!(likeness('东', '西'), Likeness::Apart);
        assert_eq!(likeness('a', 'a'), Likeness::Apart);
        assert_eq!(heard('宁')[0], heard('林')[0]);
        assert_ne!(heard('a')[0], heard('b')[0]);
    }
}
