//! Numbers as people say them.

use crate::names::digit;

/// The number that starts at `at`, and how many characters it takes: `300`, `12.5`, `三百`, `一百二` (120), `两千零五`, `十二`, `一二三`, `幺两拐`,
/// `半`. `None` if no number starts there.
pub(crate) fn spoken(text: &[char], at: usize) -> Option<(f64, usize)> {
    let rest = text.get(at..)?;
    let arabic = rest.iter().take_while(|c| c.is_ascii_digit() || **c == '.').count();
    if arabic > 0 && rest[0].is_ascii_digit() {
        let digits: String = rest[..arabic].iter().collect();
        let value = digits.trim_end_matches('.').parse::<f64>().ok().filter(|v| *v < 1e7)?;
        let used = digits.trim_end_matches('.').chars().count();
        // 3百, 2千
        return Some(match rest.get(used) {
            Some('百') => (value * 100.0, used + 1),
            Some('千') if rest.get(used + 1) != Some(&'米') => (value * 1000.0, used + 1),
            _ => (value, used),
        });
    }
    if rest.first() == Some(&'半') {
        return Some((0.5, 1));
    }
    let one_by_one = rest.iter().take(8).take_while(|c| digit(**c).is_some()).count();
    if one_by_one >= 2 && !matches!(rest.get(one_by_one), Some('十' | '百' | '千' | '万')) {
        let value = rest[..one_by_one].iter().fold(0.0, |v, c| v * 10.0 + f64::from(digit(*c).unwrap_or(0)));
        return Some((value, one_by_one));
    }
    let (mut total, mut used, mut last_place, mut open) = (0.0, 0, 0.0, None::<f64>);
    while let Some(c) = rest.get(used) {
        let place = match c {
            '十' => 10.0,
            '百' => 100.0,
            // 千米 is a unit.
            '千' if rest.get(used + 1) != Some(&'米') => 1000.0,
            '万' => 10_000.0,
            _ => 0.0,
        };
        if place > 0.0 {
            if last_place > 0.0 && place >= last_place {
                break;
            }
            total += open.take().unwrap_or(1.0) * place;
            last_place = place;
        } else if let Some(d) = digit(*c) {
            if d == 0 && last_place > 0.0 && open.is_none() {
                // 一千零五: what follows counts by itself.
                last_place = 10.0;
            } else if open.is_some() {
                break;
            } else {
                open = Some(f64::from(d));
            }
        } else {
            break;
        }
        used += 1;
    }
    if used == 0 {
        return None;
    }
    if let Some(d) = open {
        // 一百二 is 120, 一千零五 is 1005.
        total += if last_place > 10.0 { d * last_place / 10.0 } else { d };
    }
    Some((total, used))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_said() {
        let read = |s: &str| spoken(&s.chars().collect::<Vec<_>>(), 0);
        for (words, value, used) in [
            ("300米", 300.0, 3),
            ("12.5公里", 12.5, 4),
            ("三百米", 300.0, 2),
            ("三百五十米", 350.0, 4),
            ("一百二", 120.0, 3),
            ("两百", 200.0, 2),
            ("十二公里", 12.0, 2),
            ("二十", 20.0, 2),
            ("一千零五", 1005.0, 4),
            ("两千三", 2300.0, 3),
            ("一二三号", 123.0, 3),
            ("幺两拐洞", 1270.0, 4),
            ("一千八百五十六公里", 1856.0, 7),
            ("五千米", 5.0, 1),
            ("3百米", 300.0, 2),
            ("半公里", 0.5, 1),
        ] {
            assert_eq!(read(words), Some((value, used)), "{words}");
        }
        assert_eq!(read("路"), None);
        assert_eq!(read(""), None);
    }
}
