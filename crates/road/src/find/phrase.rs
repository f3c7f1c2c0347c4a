//! What stands around the names: stakes, house numbers, distances, directions, grades, corrections, and where people live or go.

use super::answer::Level;
use super::context::Travel;
use super::hear::{Mention, direction};
use super::number::spoken;

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
            && (before_digit(start)
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
                if letter || pile > 0 || !self.distance_before(start) {
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
        let not = ["号线", "号楼", "号桥", "号口", "号车", "号灯", "号电", "号门诊", "号出", "号匝", "号岗"];
        (self.says(end, "号") && self.one_of(end, &not).is_none()).then(|| Found { start, end: end + 1, value: value as u32 })
    }

    /// Grade words anywhere.
    pub(crate) fn level(&self) -> Option<Found<Level>> {
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
        (0..self.text.len()).find_map(|i| {
            WORDS.iter().find(|(w, _)| self.says(i, w)).map(|(w, level)| Found { start: i, end: i + w.chars().count(), value: *level })
        })
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
                    if let [one] = name {
                        if let Some(to) = bearing(None, *one) {
                            return done(i, end, Travel::Bearing(to));
                        }
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

/// What stands between two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Nothing.
    Touching,
    /// 与, 和, /, 交 …
    And,
    /// 近, 靠近, 附近, 过, 不到
    Near,
    /// 至, 到, —
    To,
    /// A few other characters.
    Loose,
    /// More.
    Far,
}

impl Words<'_> {
    /// How two names hang together by the words between them.
    pub(crate) fn link(&self, from: usize, to: usize) -> Link {
        const AND: &[&str] = &[
            "与",
            "和",
            "跟",
            "同",
            "及",
            "、",
            "/",
            "\\",
            "×",
            "x",
            "&",
            "+",
            "交叉口",
            "交叉",
            "交汇",
            "交界",
            "相交",
            "交",
            ",",
            "，",
            "@",
            "|",
            "(",
            "（",
            "上",
            "路口",
            "口",
            "这边",
            "那边",
            "这里",
            "那里",
            "的",
            "还有",
            "那个",
            "这个",
            "以及",
            "转弯",
            "转",
            "拐",
            "嗯",
            "呃",
            "啊",
            "就是",
            "然后",
            " ",
            "-",
            "—",
            "以及",
        ];
        const NEAR: &[&str] = &[
            "靠近",
            "临近",
            "邻近",
            "附近",
            "接近",
            "旁边",
            "近",
            "旁",
            "边上",
            "边",
            "快到",
            "不到",
            "没到",
            "过了",
            "过",
            "靠",
            "往",
            "向",
            "的",
            "挨着",
            "就快到",
        ];
        const TO: &[&str] = &["至", "到", "—", "~", "～", "–", "-", "从", "通往", "路口", "开到", "行驶到", "行驶至"];
        let between = self.text.get(from..to).unwrap_or(&[]);
        if between.is_empty() {
            return Link::Touching;
        }
        let whole = |words: &[&str]| {
            let mut i = from;
            while i < to {
                match words.iter().filter(|w| self.says(i, w)).map(|w| w.chars().count()).max() {
                    Some(length) => i += length,
                    None => return false,
                }
            }
            i == to
        };
        if whole(AND) {
            Link::And
        } else if whole(NEAR) {
            Link::Near
        } else if whole(TO) {
            Link::To
        } else if between.len() <= 4 && !between.iter().any(|c| matches!(c, '。' | ';' | '！' | '!' | '?')) {
            Link::Loose
        } else {
            Link::Far
        }
    }

    /// How much the words around a place speak for its being where it happened; below 0 they say that it is another place.
    pub(crate) fn tone(&self, start: usize, end: usize) -> i32 {
        const ELSEWHERE_BEFORE: &[&str] = &[
            "从",
            "由",
            "昨天",
            "昨晚",
            "前天",
            "上次",
            "上周",
            "以前",
            "之前",
            "以为是",
            "以为在",
            "家在",
            "家住",
            "住在",
            "店在",
            "公司在",
            "单位在",
            "学校在",
            "孩子在",
            "老家",
            "堵到",
            "送到",
            "称在",
            "说是",
            "停在",
            "逃到",
            "跑到",
            "回到",
            "要去",
            "前往",
            "开往",
            "想去",
            "准备去",
            "刚才在",
            "早上在",
            "排到",
            "延伸到",
            "原来在",
            "上车点",
            "去往",
            "赶往",
            "去",
            "不是",
        ];
        const ELSEWHERE_AFTER: &[&str] = &[
            "上学",
            "上班",
            "过来",
            "出发",
            "上的车",
            "上车",
            "也堵",
            "也有",
            "吗",
            "回来",
            "开过来",
            "出来",
            "的家",
            "送货",
            "接的",
            "取的",
            "下班",
            "那家",
            "方向",
            "住",
            "开的店",
            "吃饭",
            "买",
        ];
        const HERE_BEFORE: &[&str] = &[
            "现场在",
            "现场还在",
            "现场是",
            "现场",
            "地点",
            "地点在",
            "位置",
            "位置在",
            "事发",
            "轮到",
            "今天是",
            "今天在",
            "这次是",
            "这次在",
            "现在在",
            "现在是",
            "开到",
            "走到",
            "到",
            "是在",
            "在",
            "路过",
            "经过",
            "骑到",
            "行至",
            "行驶到",
            "行驶至",
            "伤者在",
            "就在",
        ];
        const HERE_AFTER: &[&str] = &[
            "撞",
            "追尾",
            "碰",
            "刮",
            "蹭",
            "事故",
            "翻",
            "倒",
            "受伤",
            "出事",
            "起火",
            "熄火",
            "抛锚",
            "堵",
            "违停",
            "打架",
            "逃逸",
            "被",
            "的时候",
            "发生",
        ];
        let after = self.skip(
            end,
            &[
                "路口",
                "交叉口",
                "交叉",
                "交汇处",
                "交汇",
                "交界处",
                "交界",
                "相交处",
                "相交",
                "口",
                "的",
                "红绿灯",
                "十字",
                "丁字",
                "东侧",
                "西侧",
                "南侧",
                "北侧",
                "附近",
                "那边",
                "这边",
                "这里",
                "那里",
                "那个",
                "那",
                "处",
                " ",
            ],
        );
        let near = |words: &[&str]| {
            (after..after + 10)
                .take_while(|i| !self.at(*i).is_some_and(|c| matches!(c, '。' | ';')))
                .any(|i| self.one_of(i, words).is_some())
        };
        let mut tone = 0;
        if self.ends_with(start, ELSEWHERE_BEFORE) && !self.ends_with(start, &["过去", "出去", "回去"]) {
            tone -= 3;
        } else if self.ends_with(start, HERE_BEFORE) {
            tone += 1;
        }
        if self.one_of(after, ELSEWHERE_AFTER).is_some() {
            tone -= 3;
        } else if near(HERE_AFTER) {
            tone += 1;
        }
        tone
    }

    /// Whether words for a crossing follow: 交叉口, 路口, 口, 红绿灯 …
    pub(crate) fn corner_after(&self, end: usize) -> bool {
        let at = self.skip(end, &["的", "这个", "那个", "处", "这边", "那边", "大", "小", " "]);
        const WORDS: &[&str] = &[
            "交叉",
            "路口",
            "口",
            "交汇",
            "交界",
            "相交",
            "交口",
            "十字",
            "丁字",
            "三岔",
            "岔口",
            "岔路",
            "转角",
            "拐角",
            "环岛",
            "转盘",
            "红绿灯",
            "信号灯",
            "t型",
            "t字",
            "立交",
            "之间的路口",
        ];
        self.one_of(at, WORDS).is_some()
    }

    /// Whether the name that starts at `start` says where someone lives, comes from or goes to.
    pub(crate) fn elsewhere(&self, start: usize, end: usize) -> bool {
        const BEFORE: &[&str] = &[
            "家住",
            "住在",
            "我住",
            "家在",
            "我家",
            "开往",
            "前往",
            "驶往",
            "要去",
            "准备去",
            "打算去",
            "赶去",
            "想去",
            "去往",
            "正去",
            "上班在",
            "单位在",
            "公司在",
            "老家",
            "来自",
            "户籍",
            "目的地",
            "送到",
            "送去",
            "准备到",
            "回到",
            "回",
            "去",
            "打算到",
            "要到",
            "想到",
            "出发去",
            "是去",
            "赶往",
            "要开到",
        ];
        let start = start - usize::from(self.ends_with(start, &["了", "是", "的"]));
        if self.ends_with(start, &["过去", "出去", "上去", "进去", "下去", "回去", "开去", "走去", "刚去过"]) {
            return false;
        }
        let after = self.skip(end, &["那边", "路口", "的", "这边", "站", "口", "方向"]);
        self.ends_with(start, BEFORE)
            || self.ends_with(start, &["从", "由"]) && self.one_of(end, &["出发", "出来", "过来", "下班", "开过来", "来的"]).is_some()
            || self.one_of(after, &["出发", "上班", "的路上"]).is_some()
            || self.one_of(end, &["方向"]).is_some() && self.ends_with(start, &["往", "向", "朝"])
    }

    /// Where a speaker takes back what was said: start and end of the words that do it.
    pub(crate) fn corrections(&self) -> Vec<(usize, usize)> {
        const WORDS: &[&str] = &[
            "不对不对",
            "不对",
            "说错了",
            "说错",
            "我错了",
            "搞错了",
            "搞错",
            "看错了",
            "看错",
            "记错了",
            "记错",
            "口误",
            "更正",
            "应该是",
            "哦不是",
            "哦不",
            "啊不",
            "噢不",
            "不不",
            "不好意思是",
            "纠正",
            "讲错了",
            "讲错",
            "经核实",
            "核实",
            "其实",
            "实际上",
            "实际",
            "吗?不是",
            "吗,不是",
            "吗不是",
            "应该在",
            "准确地说",
            "准确说",
            "旁边的人说",
        ];
        let mut found = Vec::new();
        let mut i = 0;
        while i < self.text.len() {
            match WORDS.iter().filter(|w| self.says(i, w)).map(|w| w.chars().count()).max() {
                Some(length) => {
                    found.push((i, i + length));
                    i += length;
                }
                None => i += 1,
            }
        }
        found
    }

    /// Whether a name is denied: 不是A路, 是B路.
    pub(crate) fn denied(&self, m: &Mention) -> bool {
        let start = m.start - usize::from(self.ends_with(m.start, &["在", "说", "去"]));
        self.ends_with(start, &["不是", "并不是", "没在", "不在"])
    }
}
