//! Numbers with a meaning: stakes, distances from a place, house numbers.

use super::{Found, Offset, Words, bearing};
use crate::find::hear::direction;
use crate::find::number::spoken;

impl Words<'_> {
    /// All stakes in the text, in metres: `k12+300`, `12k`, `12公里300米`, `十二公里三百`, `桩号12+300`, `1143公里处`.
    pub(crate) fn stakes(&self, masked: &[bool]) -> Vec<Found<f64>> {
        let mut found: Vec<Found<f64>> = Vec::new();
        let mut i = 0;
        while i < self.text.len() {
            match self.stake(i, masked) {
                Some(stake) => {
                    i = stake.end;
                    found.push(stake);
                }
                None => i += 1,
            }
        }
        found
    }

    fn stake(&self, start: usize, masked: &[bool]) -> Option<Found<f64>> {
        if masked[start] {
            return None;
        }
        let done = |end: usize, value: f64| Some(Found { start, end, value });
        let pile = self.one_of(start, &["桩号", "桩"]).unwrap_or(0);
        let mut i = self.skip(start + pile, &["是", "为", "在", "号"]);
        let letter =
            self.at(i) == Some('k') && self.at(i + 1).is_some_and(|c| c.is_ascii_digit() || crate::names::digit(c).is_some() || c == '十');
        if letter {
            i += 1;
        }
        // g220k12: the digits of a route number are no stake.
        if !letter && pile == 0 && start.checked_sub(1).and_then(|b| self.at(b)).is_some_and(|c| c.is_ascii_alphabetic()) {
            return None;
        }
        let before_digit = |i: usize| i.checked_sub(1).and_then(|b| self.at(b)).is_some_and(|c| c.is_ascii_digit() || c == '.');
        if !letter
            && (before_digit(start) && self.at(start).is_some_and(|c| c.is_ascii_digit())
                || !self.at(i)?.is_ascii_digit() && crate::names::digit(self.at(i)?).is_none() && self.at(i) != Some('十'))
        {
            return None;
        }
        if letter && i >= 2 && start == i - 1 && self.at(i - 2).is_some_and(|c| c.is_ascii_lowercase()) {
            return None;
        }
        let (whole, used) = spoken(self.text, i)?;
        i += used;
        let unit = self.one_of(i, &["公里", "千米", "km", "k"]).unwrap_or(0);
        i += unit;
        if !letter && pile == 0 && unit == 0 {
            return None;
        }
        let plus = self.skip(i, &["+", "加", "又", "零", "多", " ", "处", "路"]);
        let joined = plus > i && self.text[i..plus].iter().any(|c| matches!(c, '+' | '加' | '又' | '零' | ' '));
        let metres = spoken(self.text, if joined { plus } else { i }).filter(|(m, _)| *m < 1000.0);
        if let Some((m, used)) = metres {
            let end = if joined { plus } else { i } + used;
            let unit_m = self.one_of(end, &["米", "m"]);
            // 12公里300米, 十二公里三百, K12+300, K12 300
            if unit_m.is_some() || joined && (letter || pile > 0 || unit > 0) || unit == 2 && m >= 10.0 && self.number_ends(end) {
                let stake = whole * 1000.0 + m;
                // 往东2公里300米 is a distance.
                if letter || pile > 0 || self.says(i, "+") || !self.distance_before(start) {
                    return done(end + unit_m.unwrap_or(0), stake);
                }
            }
        }
        if letter || pile > 0 {
            return done(i, if whole >= 3000.0 && unit == 0 { whole } else { whole * 1000.0 });
        }
        // 12k; 1143公里处; 8公里路段. 往东2公里, 2公里外 are distances.
        let half = self.says(i, "半");
        let end = i + usize::from(half);
        let at_it = self.one_of(end, &["处", "路段", "桩", "牌", "地段", "的地方", "那里", "那儿", "这里", "附近", "左右"]).is_some()
            || end == self.text.len()
            || self.at(end).is_some_and(|c| matches!(c, '，' | ',' | '。'));
        let stands = unit == 1 && self.at(i - 1) == Some('k') || at_it && !self.distance_before(start);
        if !stands || self.one_of(end, &["外", "远", "以外"]).is_some() {
            return None;
        }
        done(end, whole * 1000.0 + if half { 500.0 } else { 0.0 })
    }

    fn number_ends(&self, end: usize) -> bool {
        self.at(end).is_none_or(|c| !c.is_ascii_alphanumeric() && !matches!(c, '公' | '个' | '人' | '辆' | '号' | '点'))
    }

    /// Whether a direction word before this place makes what follows a distance.
    fn distance_before(&self, start: usize) -> bool {
        let start = start - self.text[..start].iter().rev().take(2).take_while(|c| matches!(c, '约' | '大' | '概')).count();
        start.checked_sub(1).and_then(|i| self.at(i)).is_some_and(direction)
            || self.ends_with(start, &["侧", "边", "面", "距", "距离", "方向", "走", "开", "行", "往前", "前方", "开了", "走了"])
    }

    /// Distances from a place: 以东200米, 往北约一百米, 东侧五十米, 200米.
    pub(crate) fn offsets(&self, masked: &[bool], stakes: &[Found<f64>]) -> Vec<Found<Offset>> {
        let mut found: Vec<Found<Offset>> = Vec::new();
        let mut i = 0;
        while i < self.text.len() {
            let taken = masked[i] || stakes.iter().any(|s| (s.start..s.end).contains(&i));
            let starts = !taken
                && !i.checked_sub(1).and_then(|b| self.at(b)).is_some_and(|c| {
                    c.is_ascii_digit() || matches!(c, '百' | '千' | '十') || crate::names::digit(c).is_some() && c != '一'
                });
            let Some((value, used)) = starts.then(|| spoken(self.text, i)).flatten() else {
                i += 1;
                continue;
            };
            let after = self.skip(i + used, &["多", "来", "几", "左右"]);
            let unit = match () {
                () if self.says(after, "公里") || self.says(after, "千米") => Some((2, 1000.0)),
                () if self.says(after, "km") => Some((2, 1000.0)),
                () if self.says(after, "米") || self.says(after, "m") => Some((1, 1.0)),
                () => None,
            };
            let Some((length, scale)) = unit else {
                i += used.max(1);
                continue;
            };
            let end = self.skip(after + length, &["左右", "处", "的地方", "开外"]);
            let (bearing, start) = self.bearing_before(i);
            let bearing = bearing.or_else(|| self.bearing_after(end));
            found.push(Found { start, end, value: Offset { bearing, metres: value * scale } });
            i = end.max(i + 1);
        }
        found
    }

    /// The direction said just before `end`: 以东, 往东方向, 东侧约, 东南; and where it starts.
    fn bearing_before(&self, end: usize) -> (Option<f64>, usize) {
        let mut i = end;
        let fill = [
            "约",
            "大约",
            "大概",
            "差不多",
            "有",
            "大概有",
            "距",
            "距离",
            "走",
            "走了",
            "过去",
            "开",
            "行",
            "行驶",
            "不到",
            "近",
            "将近",
            "的",
            ",",
            "处",
            "再",
        ];
        let after = ["侧", "边", "面", "方向", "头", "方", "口", "向", "去"];
        for _ in 0..3 {
            if let Some(word) = fill.iter().chain(&after).find(|w| self.ends_with(i, &[w])) {
                i -= word.chars().count();
            }
        }
        let Some(last) = i.checked_sub(1).and_then(|b| self.at(b)).filter(|c| direction(*c) && *c != '中') else { return (None, end) };
        let first = i.checked_sub(2).and_then(|b| self.at(b)).filter(|c| direction(*c) && *c != '中');
        let bearing = bearing(first, last);
        let mut start = i - 1 - usize::from(first.is_some());
        while let Some(word) = ["以", "往", "向", "朝", "的", "偏"].iter().find(|w| self.ends_with(start, &[w])) {
            start -= word.chars().count();
        }
        (bearing, start)
    }

    /// 200米以东
    fn bearing_after(&self, at: usize) -> Option<f64> {
        if !(self.says(at, "以") || self.says(at, "往") || self.says(at, "的")) {
            return None;
        }
        let last = self.at(at + 1).filter(|c| direction(*c))?;
        bearing(None, last)
    }

    /// House number right after a road's name: 123号, 35弄, 280弄12号, 十二号门口.
    pub(crate) fn house_number(&self, from: usize) -> Option<Found<u32>> {
        let start = self.skip(from, &["的", " "]);
        let (value, used) = spoken(self.text, start)?;
        let end = start + used;
        if value.fract() != 0.0 || !(1.0..100_000.0).contains(&value) {
            return None;
        }
        // 甲, 乙 and 之1 are parts of a house.
        if self.says(end, "弄") {
            return Some(Found { start, end: end + 1, value: value as u32 });
        }
        let not = [
            "号线",
            "号楼",
            "号桥",
            "号口",
            "号车",
            "号灯",
            "号电",
            "号门诊",
            "号出",
            "号匝",
            "号岗",
            "号路",
            "号街",
            "号道",
            "号巷",
            "号弄",
            "号桥",
            "号高",
            "号公路",
        ];
        (self.says(end, "号") && self.one_of(end, &not).is_none()).then(|| Found { start, end: end + 1, value: value as u32 })
    }
}
