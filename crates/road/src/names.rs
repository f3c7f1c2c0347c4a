//! Names in one form, so that what people write and what the map says can be compared.
//!
//! Both sides go through [`fold`]: full width to half, Traditional to Simplified, lower case without accents, Latin
//! abbreviations spelled out, route numbers as `g220`. Folded text is for comparing only and is never shown.

pub(crate) mod latin;
mod traditional;

pub(crate) use latin::reduce;

/// One form of a name or of a text that contains names.
pub(crate) fn fold(text: &str) -> String {
    let mut plain: Vec<char> = Vec::with_capacity(text.len());
    for c in text.chars() {
        let half = match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            '\u{3000}' | '\t' | '\n' | '\r' => ' ',
            '.' | '-' | '·' | '・' | '"' | '“' | '”' => ' ',
            '\'' | '’' | '´' | '`' => continue,
            _ => c,
        };
        if half.is_ascii() {
            plain.push(half.to_ascii_lowercase());
        } else if is_han(half) {
            plain.push(traditional::simplified(half));
        } else {
            latin::push_plain(half, &mut plain);
        }
    }
    // '.' of full-width text became a half one above; treat it alike.
    let chinese = plain.iter().any(|c| is_han(*c));
    let mut out = String::with_capacity(text.len());
    if chinese {
        let plain = route_numbers(&plain);
        for (i, c) in plain.iter().enumerate() {
            let ascii = |i: Option<usize>| i.and_then(|i| plain.get(i)).is_some_and(|c| c.is_ascii_alphanumeric());
            if *c != ' ' || ascii(i.checked_sub(1)) && ascii(Some(i + 1)) {
                out.push(*c);
            }
        }
    } else {
        for token in plain.split(|c| *c == ' ' || *c == '.' || *c == '-').filter(|t| !t.is_empty()) {
            if !out.is_empty() {
                out.push(' ');
            }
            latin::push_token(token, &mut out);
        }
    }
    out
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

/// `220国道`, `国道220`, `二二〇国道`, `G220国道` become `g220`; likewise 省道 s, 县道 x, 乡道 y.
fn route_numbers(plain: &[char]) -> Vec<char> {
    const KINDS: [(char, char); 5] = [('国', 'g'), ('省', 's'), ('县', 'x'), ('乡', 'y'), ('村', 'c')];
    let kind_at = |i: usize| {
        let (a, b) = (*plain.get(i)?, *plain.get(i + 1)?);
        KINDS.iter().find(|(han, _)| *han == a && b == '道').map(|(_, letter)| *letter)
    };
    let mut out = Vec::with_capacity(plain.len());
    let mut i = 0;
    while i < plain.len() {
        // 国道220
        if let Some(letter) = kind_at(i) {
            let digits = digit_run(plain, i + 2, 2);
            if !digits.is_empty() {
                i += 2 + digits.len();
                out.push(letter);
                out.extend(digits);
                continue;
            }
        }
        // 220国道; a letter before it is dropped in favour of the word.
        let digits = digit_run(plain, i, 2);
        if !digits.is_empty() {
            if let Some(letter) = kind_at(i + digits.len()) {
                if out.last().is_some_and(|l| KINDS.iter().any(|(_, k)| k == l)) {
                    out.pop();
                }
                i += digits.len() + 2;
                out.push(letter);
                out.extend(digits);
                continue;
            }
            out.extend_from_slice(&plain[i..i + digits.len()]);
            i += digits.len();
            continue;
        }
        out.push(plain[i]);
        i += 1;
    }
    out
}

/// Digits from `i` on, Chinese ones as Arabic; empty if fewer than `least`.
fn digit_run(plain: &[char], i: usize, least: usize) -> Vec<char> {
    const HAN: [char; 11] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九', '零'];
    let digit = |c: &char| {
        if c.is_ascii_digit() {
            return Some(*c);
        }
        HAN.iter().position(|h| h == c).and_then(|p| char::from_digit(p as u32 % 10, 10))
    };
    let run: Vec<char> = plain.get(i..).unwrap_or(&[]).iter().map_while(digit).collect();
    if run.len() < least { Vec::new() } else { run }
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
        assert_eq!(fold("中山南二路"), "中山南二路");
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
