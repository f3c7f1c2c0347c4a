//! Names in one form, so that what people write and what the map says can be compared.
//!
//! Both sides go through [`fold`]: full width to half, Traditional to Simplified, lower case without accents, Latin
//! abbreviations spelled out, route numbers as `g220`. Folded text is for comparing only and is never shown.

pub(crate) mod latin;
pub(crate) mod shape;
pub(crate) mod sound;
mod traditional;

pub(crate) use latin::reduce;

/// One form of a name or of a text that contains names.
pub(crate) fn fold(text: &str) -> String {
    let plain = plain(text);
    // '.' of full-width text became a half one above; treat it alike.
    if plain.iter().any(|(c, _)| is_han(*c)) {
        return join(route_numbers(&plain)).into_iter().map(|(c, _)| c).collect();
    }
    let plain: Vec<char> = plain.into_iter().map(|(c, _)| c).collect();
    let mut out = String::with_capacity(text.len());
    for token in plain.split(|c| *c == ' ' || *c == '.' || *c == '-').filter(|t| !t.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        latin::push_token(token, &mut out);
    }
    out
}

/// A Chinese text in one form, each character with the position of the character it came from. As [`fold`], except that a point
/// between digits stays (`12.5公里`), and a hyphen beside a Han character (`常德路-胶州路`).
pub(crate) fn fold_traced(text: &str) -> Vec<(char, u32)> {
    let mut plain = plain(text);
    for (i, said) in text.chars().enumerate().filter(|(_, c)| matches!(c, '.' | '．' | '-' | '－')) {
        let Ok(at) = plain.binary_search_by_key(&(i as u32), |(_, from)| *from) else { continue };
        let beside = |at: Option<usize>| at.and_then(|at| plain.get(at)).map(|(c, _)| *c);
        let (before, after) = (beside(at.checked_sub(1)), beside(Some(at + 1)));
        let digits = before.is_some_and(|c| c.is_ascii_digit()) && after.is_some_and(|c| c.is_ascii_digit());
        if matches!(said, '.' | '．') && digits {
            plain[at].0 = '.';
        } else if matches!(said, '-' | '－') && (before.is_some_and(is_han) || after.is_some_and(is_han)) {
            plain[at].0 = '-';
        }
    }
    join(route_numbers(&plain))
}

/// Half width, lower case, Simplified; each character with the position it came from.
fn plain(text: &str) -> Vec<(char, u32)> {
    let mut plain: Vec<(char, u32)> = Vec::with_capacity(text.len());
    let mut latin = Vec::new();
    for (at, c) in text.chars().enumerate() {
        let at = at as u32;
        let half = match half_width(c) {
            '\t' | '\n' | '\r' | '.' | '-' | '·' | '・' | '"' | '“' | '”' => ' ',
            '\'' | '’' | '´' | '`' => continue,
            half => half,
        };
        if half.is_ascii() {
            plain.push((half.to_ascii_lowercase(), at));
        } else if is_han(half) {
            plain.push((traditional::simplified(half), at));
        } else {
            latin::push_plain(half, &mut latin);
            plain.extend(latin.drain(..).map(|c| (c, at)));
        }
    }
    plain
}

/// Spaces fall, except between two Latin words or numbers.
fn join(plain: Vec<(char, u32)>) -> Vec<(char, u32)> {
    let ascii = |i: Option<usize>| i.and_then(|i| plain.get(i)).is_some_and(|(c, _)| c.is_ascii_alphanumeric());
    let keep = |i: usize| plain[i].0 != ' ' || ascii(i.checked_sub(1)) && ascii(Some(i + 1));
    (0..plain.len()).filter(|i| keep(*i)).map(|i| plain[i]).collect()
}

/// Whether a character is Han.
pub(crate) const fn is_han(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '\u{3007}' | '\u{20000}'..='\u{2FA1F}' | '\u{F900}'..='\u{FAFF}')
}

/// Whether a name is written in Chinese.
pub(crate) fn is_chinese(name: &str) -> bool {
    name.chars().any(is_han)
}

/// A road's name without its type, direction and number: roads with one stem continue each other (延安东路, 延安中路).
pub(crate) fn stem(name: &str) -> &str {
    if !is_chinese(name) {
        return name;
    }
    let mut stem = name;
    for suffix in ["辅路", "辅道", "隧道", "高架路", "高架", "地道", "大桥", "桥", "大道", "路", "街", "道", "巷"] {
        if let Some(shorter) = stem.strip_suffix(suffix).filter(|s| s.chars().count() > 1) {
            stem = shorter;
            break;
        }
    }
    for _ in 0..2 {
        let shorter = stem
            .trim_end_matches(['东', '南', '西', '北', '中', '一', '二', '三', '四', '五', '六', '七', '八', '九', '十', '内', '外', '路']);
        if shorter.chars().count() > 1 {
            stem = shorter;
        }
    }
    stem
}

/// Types of Chinese road names, the last character or two.
pub(crate) const ROAD_ENDINGS: &[char] = &['路', '街', '道', '巷', '弄', '桥', '线', '环', '里', '坊', '堤', '岸'];

/// `220国道`, `国道220`, `二二〇国道`, `两百二十国道`, `G220国道` become `g220`; likewise 省道 s, 县道 x, 乡道 y. `G十五` becomes `g15`.
fn route_numbers(plain: &[(char, u32)]) -> Vec<(char, u32)> {
    const KINDS: [(char, char); 5] = [('国', 'g'), ('省', 's'), ('县', 'x'), ('乡', 'y'), ('村', 'c')];
    let at = |i: usize| plain.get(i).map(|(c, _)| *c);
    let kind_at = |i: usize| {
        let (a, b) = (at(i)?, at(i + 1)?);
        KINDS.iter().find(|(han, _)| *han == a && b == '道').map(|(_, letter)| *letter)
    };
    let mut out: Vec<(char, u32)> = Vec::with_capacity(plain.len());
    let mut i = 0;
    while i < plain.len() {
        let from = plain[i].1;
        let put = |out: &mut Vec<(char, u32)>, letter: char, digits: &[char]| {
            out.push((letter, from));
            out.extend(digits.iter().map(|d| (*d, from)));
        };
        // 220国道12公里: the number of the route ends here.
        let part = |out: &mut Vec<(char, u32)>, next: usize| {
            if at(next).is_some_and(|c| c.is_ascii_digit()) {
                out.push((' ', from));
            }
        };
        // 国道220
        if let Some(letter) = kind_at(i) {
            let (digits, used) = digit_run(plain, i + 2);
            if digits.len() >= 2 && kind_at(i + 2 + used).is_none() {
                i += 2 + used;
                put(&mut out, letter, &digits);
                part(&mut out, i);
                continue;
            }
        }
        // G十五: a letter before Chinese digits.
        let latin = |c: char| c.is_ascii_alphanumeric();
        if matches!(plain[i].0, 'g' | 's' | 'x' | 'y' | 'c') && !out.last().is_some_and(|(c, _)| latin(*c)) && !at(i + 1).is_some_and(latin)
        {
            let (digits, used) = digit_run(plain, i + 1);
            if !digits.is_empty() {
                put(&mut out, plain[i].0, &digits);
                i += 1 + used;
                i += if kind_at(i).is_some() { 2 } else { 0 };
                part(&mut out, i);
                continue;
            }
        }
        // 220国道; a letter before it is dropped in favour of the word.
        let (digits, used) = digit_run(plain, i);
        if digits.len() >= 2 {
            if let Some(letter) = kind_at(i + used) {
                if out.last().is_some_and(|(l, _)| KINDS.iter().any(|(_, k)| k == l)) {
                    out.pop();
                }
                i += used + 2;
                put(&mut out, letter, &digits);
                part(&mut out, i);
                continue;
            }
            if let Some(numeral) = street_number(&digits, at(i + used), at(i + used + 1)).filter(|_| plain[i].0.is_ascii_digit()) {
                out.extend(numeral.into_iter().map(|c| (c, from)));
            } else {
                out.extend_from_slice(&plain[i..i + used]);
            }
            i += used;
            continue;
        }
        out.push(plain[i]);
        i += 1;
    }
    out
}

/// 10 to 99 before a type of road as it stands on the sign: 泰然10路 is 泰然十路.
fn street_number(digits: &[char], next: Option<char>, after: Option<char>) -> Option<Vec<char>> {
    const NUMERALS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let typed = |c: Option<char>| matches!(c, Some('路' | '街' | '道' | '巷'));
    let [ten, one] = digits else { return None };
    if !(typed(next) || next == Some('号') && typed(after)) {
        return None;
    }
    let (ten, one) = (ten.to_digit(10)? as usize, one.to_digit(10)? as usize);
    let mut out = Vec::new();
    if ten > 1 {
        out.push(*NUMERALS.get(ten)?);
    }
    if ten > 0 {
        out.push('十');
    }
    if one > 0 {
        out.push(*NUMERALS.get(one)?);
    }
    Some(out)
}

/// A full-width letter, digit, sign or space as its ASCII one; any other character as it is.
pub(crate) fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

/// Digit of a character, spoken ones too: 幺 and 拐 for one and seven, 洞 for nought, 两 for two, 勾 for nine.
pub(crate) fn digit(c: char) -> Option<u32> {
    Some(match c {
        '0'..='9' => c as u32 - '0' as u32,
        '〇' | '零' | '洞' => 0,
        '一' | '幺' | '壹' => 1,
        '二' | '两' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '拐' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '勾' | '玖' => 9,
        _ => return None,
    })
}

/// A number from `i` on in Arabic digits, Chinese digits one by one (二二〇, 幺两拐) or with places (三百二十), as Arabic digits, and how
/// many characters it took.
fn digit_run(plain: &[(char, u32)], i: usize) -> (Vec<char>, usize) {
    let rest = plain.get(i..).unwrap_or(&[]);
    let places = rest.iter().take(9).take_while(|(c, _)| digit(*c).is_some() || matches!(c, '十' | '百')).count();
    if rest[..places].iter().any(|(c, _)| matches!(c, '十' | '百')) {
        let chars: Vec<char> = rest[..places].iter().map(|(c, _)| *c).collect();
        if let Some((value, used)) = crate::find::number::spoken(&chars, 0).filter(|(v, used)| *used == places && v.fract() == 0.0) {
            return (format!("{value:.0}").chars().collect(), used);
        }
    }
    let run: Vec<char> = rest.iter().map_while(|(c, _)| digit(*c).and_then(|d| char::from_digit(d, 10))).collect();
    let used = run.len();
    (run, used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_forms_fold_to_one() {
        assert_eq!(fold("勝利東路"), "胜利东路");
        assert_eq!(fold("胜利　东路"), "胜利东路");
        for form in ["二二〇国道", "国道220", "２２０国道", "G220国道", "220國道", "國道二二零"] {
            assert_eq!(fold(form), "g220", "{form}");
        }
        assert_eq!(fold("Ｇ２２０"), "g220");
        assert_eq!(fold("省道S315"), "省道s315");
        assert_eq!(fold("三二〇国道K12"), "g320k12");
        for form in ["三一五省道", "省道三百一十五", "三百一十五省道", "S三一五", "S315省道", "三幺五省道"] {
            assert_eq!(fold(form), "s315", "{form}");
        }
        assert_eq!(fold("G十五"), "g15");
        assert_eq!(fold("中山南二路"), "中山南二路");
    }

    #[test]
    fn a_folded_character_knows_where_it_came_from() {
        let text = "我在　勝利東路，二二〇国道１２.５公里";
        let folded = fold_traced(text);
        let all: String = folded.iter().map(|(c, _)| *c).collect();
        assert_eq!(all, "我在胜利东路,g220 12.5公里");
        let at = |c: char| folded.iter().find(|(f, _)| *f == c).and_then(|(_, at)| text.chars().nth(*at as usize));
        assert_eq!((at('胜'), at('g'), at('公')), (Some('勝'), Some('二'), Some('公')));
    }

    #[test]
    fn latin_forms_fold_to_one() {
        assert_eq!(fold("AV PROTASIO ALVES"), fold("Avenida Protásio Alves"));
        assert_eq!(fold("R DR. FLORES"), fold("Rua Doutor Flores"));
        assert_eq!(fold("ESTR OTAVIANO JOSE PINTO"), fold("Estrada Otaviano José Pinto"));
        assert_eq!(fold("Hauptstraße"), fold("HAUPTSTRASSE"));
        assert_eq!(reduce(&fold("R DR FLORES")), reduce(&fold("Rua Flores")));
    }

    #[test]
    fn stems_join_continuing_roads() {
        assert_eq!(stem("延安东路"), stem("延安中路"));
        assert_eq!(stem("中山南二路"), stem("中山南一路"));
        assert_ne!(stem("胜利东路"), stem("阳明北路"));
        assert_eq!(stem("东路"), "东路");
    }
}
