//! Two roads that meet, in every form and with every distortion; and two that do not.

use super::book::{SUFFIXES, without_direction};
use super::{Distortion, Kind, Maker, Slip, Truth, full_width, slip, tables, traditional};

/// How near an answer must be to a crossing, metres.
pub(super) const AT_CROSSING_M: f64 = 50.0;

/// How a crossing is said; `A` and `B` stand for the roads.
pub(super) const FORMS: [&str; 40] = [
    "A与B交叉口",
    "A和B交叉口",
    "A跟B交叉口",
    "A同B交叉口",
    "A与B路口",
    "A和B路口",
    "A跟B路口",
    "A与B交汇处",
    "A和B交汇处",
    "A与B相交处",
    "A、B路口",
    "A、B交叉口",
    "A/B",
    "A／B路口",
    "A×B",
    "A x B",
    "A-B路口",
    "A－B交叉口",
    "A B路口",
    "AB路口",
    "AB交叉口",
    "AB口",
    "AB交界处",
    "A与B口",
    "A至B路口",
    "A到B路口",
    "A到B的十字路口",
    "A和B的丁字路口",
    "AB丁字路口",
    "AB十字路口",
    "A与B十字路口",
    "A和B那个路口",
    "AB红绿灯",
    "A和B的红绿灯路口",
    "A上B路口",
    "A（B路口）",
    "A(B口)",
    "A,B交叉口",
    "A，B路口",
    "A以及B的交叉路口",
];

/// Names that no road of the maps has, and that are not near any.
const INVENTED: [&str; 24] = [
    "凤凰台路",
    "望湖亭路",
    "翠竹园路",
    "金鸡岭大街",
    "百花洲路",
    "碧云天路",
    "揽月街",
    "听雨巷",
    "银杏谷路",
    "紫薇坪路",
    "赤峰岭路",
    "白鹭湾大道",
    "朝霞里大街",
    "荷塘月路",
    "越王城路",
    "柯岩大道",
    "梅龙湖路",
    "会通桥大街",
    "彩虹湾路",
    "鹿鸣谷路",
    "观澜阁路",
    "石鼓岭路",
    "玉兰苑路",
    "雪松坡路",
];

pub(super) fn fill(form: &str, a: &str, b: &str) -> String {
    form.chars()
        .map(|c| match c {
            'A' => a.to_owned(),
            'B' => b.to_owned(),
            other => other.to_string(),
        })
        .collect()
}

impl Maker<'_> {
    /// Two roads that meet, in either order.
    pub(super) fn pair(&mut self) -> Option<(String, String)> {
        let pairs = self.book.pairs();
        let (a, b) = pairs.get(self.random.below(pairs.len()))?.clone();
        Some(if self.random.chance(50) { (a, b) } else { (b, a) })
    }

    pub(super) fn at(&self, a: &str, b: &str) -> Truth {
        Truth::Place { points: self.book.accepted(a, b), lines: Vec::new(), within_m: AT_CROSSING_M }
    }

    pub(super) fn form(&mut self) -> &'static str {
        FORMS[self.random.below(FORMS.len())]
    }

    /// City, and district where the place lies well inside of it.
    pub(super) fn prefix(&mut self, a: &str, b: &str) -> String {
        let p = self.book.accepted(a, b)[0];
        let inside = |w: f64, s: f64, e: f64, n: f64| (w..e).contains(&p.lon) && (s..n).contains(&p.lat);
        let district = match self.network.as_str() {
            "shenzhen" => "福田区",
            _ if inside(121.516, 31.19, 121.56, 31.238) => "浦东新区",
            _ if inside(121.44, 31.222, 121.458, 31.236) => "静安区",
            _ if inside(121.472, 31.222, 121.488, 31.238) => "黄浦区",
            _ if inside(121.478, 31.252, 121.5, 31.27) => "虹口区",
            _ => "",
        };
        let city = if self.network == "shenzhen" { "深圳" } else { "上海" };
        match self.random.below(4) {
            0 if !district.is_empty() => district.to_owned(),
            1 => format!("{city}市"),
            2 => format!("{city}{district}"),
            _ => format!("{city}市{district}"),
        }
    }

    /// A wrong form of `a` that still tells it beside `b`.
    pub(super) fn wrong(&mut self, a: &str, b: &str, kind: Slip) -> Option<String> {
        let wrong = slip(a, kind, self.random.next())?;
        self.book.tells(&wrong, a, b).then_some(wrong)
    }

    /// Two roads that do not meet, more than 300 m apart.
    pub(super) fn strangers(&mut self) -> Option<(String, String)> {
        let ((a, _), (b, _)) = (self.pair()?, self.pair()?);
        (a != b && !self.book.approach(&a, &b, 300.0)).then_some((a, b))
    }

    /// A road of the map and one that does not exist.
    pub(super) fn half_invented(&mut self) -> Option<(String, String)> {
        let (a, _) = self.pair()?;
        let b = INVENTED[self.random.below(INVENTED.len())];
        Some(if self.random.chance(50) { (a, b.to_owned()) } else { (b.to_owned(), a) })
    }
}

pub(super) fn means(a: &str, b: &str) -> String {
    format!("{a} × {b}")
}

pub(super) fn make(maker: &mut Maker<'_>) {
    maker.repeat(480, |m| {
        let ((a, b), form) = (m.pair()?, m.form());
        m.add(fill(form, &a, &b), Kind::Crossing, Distortion::Clean, m.at(&a, &b), means(&a, &b));
        Some(())
    });
    for distortion in [Distortion::Traditional, Distortion::FullWidth, Distortion::Spaced, Distortion::Prefixed] {
        maker.repeat(80, |m| {
            let ((a, b), form) = (m.pair()?, m.form());
            let plain = fill(form, &a, &b);
            let words = match distortion {
                Distortion::Traditional => traditional(&plain),
                Distortion::FullWidth => full_width(&fill(form, &format!("{a} "), &format!(" {b} "))),
                Distortion::Spaced => fill(
                    ["A  与  B 交叉口", " A 和 B", "A　B　路口", "「A」「B」路口", "A;B", "A。B路口", "A|B", "A\tB"][m.random.below(8)],
                    &a,
                    &b,
                ),
                _ => m.prefix(&a, &b) + &plain,
            };
            m.add(words, Kind::Crossing, distortion, m.at(&a, &b), means(&a, &b));
            Some(())
        });
    }
    omissions(maker);
    maker.repeat(80, |m| {
        let ((a, b), form) = (m.pair()?, m.form());
        let said = tables::other_digits(&a)?;
        let said = if m.random.chance(50) { full_width(&said) } else { said };
        let truth = m.book.tells(&said, &a, &b).then(|| m.at(&a, &b))?;
        m.add(fill(form, &said, &b), Kind::Crossing, Distortion::Digits, truth, means(&a, &b));
        Some(())
    });
    for kind in Slip::ALL {
        maker.repeat(100, |m| {
            let ((a, b), form) = (m.pair()?, m.form());
            let wrong = m.wrong(&a, &b, kind)?;
            m.add(fill(form, &wrong, &b), Kind::Crossing, Distortion::Slip(kind), m.at(&a, &b), means(&a, &b));
            Some(())
        });
    }
    nowhere_to_meet(maker);
}

/// The word for road or for the direction left out of the first name.
fn omissions(maker: &mut Maker<'_>) {
    maker.repeat(80, |m| {
        let (a, b) = m.pair()?;
        let said = a.strip_suffix(|c| SUFFIXES.contains(c)).filter(|s| s.chars().count() >= 2)?.to_owned();
        let form = ["A和B路口", "A与B交叉口", "A跟B路口", "A、B路口", "AB路口", "B和A交叉口", "BA路口", "A/B"][m.random.below(8)];
        // `淮海 + 中路` could be two other roads; only where the bare name is clear beside its partner.
        if m.book.partners(&b).any(|other| other != a && other.starts_with(&said)) {
            return None;
        }
        m.add(fill(form, &said, &b), Kind::Crossing, Distortion::NoSuffix, m.at(&a, &b), means(&a, &b));
        Some(())
    });
    maker.repeat(80, |m| {
        let ((a, b), form) = (m.pair()?, m.form());
        let said = without_direction(&a).filter(|said| !m.book.knows(said))?;
        let points = m.book.siblings(&a).iter().flat_map(|s| m.book.accepted(s, &b)).collect();
        let truth = Truth::Place { points, lines: Vec::new(), within_m: AT_CROSSING_M };
        m.add(fill(form, &said, &b), Kind::Crossing, Distortion::NoDirection, truth, means(&a, &b));
        Some(())
    });
}

fn nowhere_to_meet(maker: &mut Maker<'_>) {
    for (kind, counts) in [(Kind::NoCrossing, [220, 50, 40]), (Kind::InventedRoad, [120, 30, 30])] {
        for (distortion, count) in [Distortion::Clean, Distortion::Traditional, Distortion::Prefixed].into_iter().zip(counts) {
            maker.repeat(count, |m| {
                let (a, b) = if kind == Kind::NoCrossing { m.strangers()? } else { m.half_invented()? };
                // A bare list of two roads is no claim that they meet.
                let form = m.form();
                let plain = fill(form, &a, &b);
                if !plain.contains('口') && !plain.contains("交") {
                    return None;
                }
                let words = match distortion {
                    Distortion::Traditional => traditional(&plain),
                    Distortion::Prefixed => format!("{}{plain}", if m.network == "shenzhen" { "深圳市福田区" } else { "上海市" }),
                    _ => plain,
                };
                m.add(words, kind, distortion, Truth::NoSuchCrossing, means(&a, &b));
                Some(())
            });
        }
    }
}
