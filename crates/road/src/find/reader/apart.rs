//! Two roads that do not meet: a flyover, a near miss, or a crossing that does not exist.

use super::*;
use crate::find::ground;

/// Roads nearer than this without a common crossing: a flyover, or a staggered or unmapped junction, metres.
const NEARLY_M: f64 = 60.0;
/// Farther apart, two roads are not near each other, metres.
const NEAR_M: f64 = 300.0;

impl Reader<'_> {
    /// Two roads without a common crossing: a flyover or a near miss, or a crossing that does not exist.
    pub(super) fn nearly(
        &self,
        a: &Mention,
        b: &Mention,
        link: Link,
        claims: bool,
        corner: bool,
        guesses: &mut Vec<Guess>,
    ) -> Option<Verdict> {
        let (of_a, of_b) = (self.road_ids(a), self.road_ids(b));
        if of_a == of_b {
            return None;
        }
        let (first_a, first_b) = (*a.readings.first()?, *b.readings.first()?);
        let approach = self.network.approach(self.lexicon, &of_a, &of_b)?;
        let gap = approach.gap_m;
        let fit = first_a.fit * first_b.fit;
        let grade = self.level().is_some()
            || ["立交", "高架", "匝道", "下穿", "桥", "隧道", "上方", "下方"]
                .iter()
                .any(|w| (b.end.saturating_sub(1)..b.end + 6).any(|i| self.looked.words.says(i, w)));
        let near = link == Link::Near && gap <= NEAR_M;
        if (gap <= NEARLY_M || near) && (claims || near || link != Link::Far) && self.fits(approach.at) && fit >= 0.7 {
            let confidence = fit
                * if gap < 1.0 && grade {
                    0.85
                } else if gap <= NEARLY_M {
                    0.6
                } else {
                    0.55
                };
            let mut zh = if gap < 1.0 {
                "两路没有平面交叉口，在此上下相交（立交）".to_owned()
            } else {
                format!("两路没有平面交叉口，最近处相距约 {gap:.0} 米（可能是立交、错位路口或地图缺漏）")
            };
            let mut en = if gap < 1.0 {
                "the roads do not cross at grade; one passes over the other here".to_owned()
            } else {
                format!(
                    "the roads do not cross at grade; they come within about {gap:.0} m (a flyover, a staggered junction or a gap in the map)"
                )
            };
            self.explain(&[(a, first_a), (b, first_b)], &mut zh, &mut en);
            if let Some(section) = self.network.section_at(self.lexicon, &of_a, approach.at) {
                self.push(guesses, PlaceRef::Section(section), approach.at, confidence, zh, en);
            }
            return None;
        }
        if !claims {
            return None;
        }
        let _ = corner;
        let sure = |r: &Reading| r.slip <= Slip::NearSound;
        let known = |m: &Mention, r: &Reading, out: &mut Vec<String>, unknown: &mut Vec<String>| {
            if sure(r) {
                out.push(self.text(r.name));
            } else {
                unknown.push(self.looked.words.text[m.start..m.end].iter().collect());
            }
        };
        let (mut roads, mut unknown) = (Vec::new(), Vec::new());
        known(a, &first_a, &mut roads, &mut unknown);
        known(b, &first_b, &mut roads, &mut unknown);
        let nearest = unknown.is_empty().then(|| (ground::point(approach.at), gap));
        Some(Verdict::NoSuchCrossing { roads, unknown, nearest })
    }

    /// A crossing is said of one road in the network and one that is not.
    pub(super) fn unknown_road(&self) -> Option<Verdict> {
        let words = &self.looked.words;
        let [only] = self.roads[..] else { return None };
        let m = &self.mentions[only];
        if structure(&self.text(m.readings.first()?.name)) {
            return None;
        }
        let ends = |i: usize| words.one_of(i, &["大道", "路", "街", "巷", "大街", "高架", "公路"]);
        // A路与X路, A路X路口
        let joined = words.one_of(
            m.end,
            &["与", "和", "跟", "同", "、", "/", "×", "x", "&", "交", "近", "靠近", "(", ",", "至", "到", "上", "以及", "-", "—"],
        );
        let from = m.end + joined.unwrap_or(0);
        let after = (from + 1..from + 6).find_map(|i| ends(i).map(|l| i + l)).filter(|end| {
            joined.is_some() && !words.says(m.end, ",") && !words.says(m.end, "(") && !words.says(m.end, "到") && !words.says(m.end, "上")
                || words.corner_after(*end)
        });
        let own = |from: usize, end: usize| {
            words.text[from..end].iter().all(|c| crate::names::is_han(*c) && !matches!(c, '口' | '在' | '的' | '撞' | '了' | '往'))
        };
        if let Some(end) = after.filter(|end| *end <= words.text.len() && own(from, *end)) {
            return Some(Verdict::NoSuchCrossing {
                roads: vec![self.text(m.readings.first()?.name)],
                unknown: vec![words.text[from..end].iter().collect()],
                nearest: None,
            });
        }
        // X路与A路, X路A路口
        let joined = ["与", "和", "跟", "同", "、", "/", "×", "x", "&", "近", "靠近", "至", "到", "上", "以及", "-", "—", ",", "("]
            .iter()
            .find(|w| words.ends_with(m.start, &[w]))
            .map_or(0, |w| w.chars().count());
        let end = m.start - joined;
        let typed = ["大道", "路", "街", "巷", "高架"].iter().any(|t| words.ends_with(end, &[t]));
        if !typed || (joined == 0 || words.ends_with(m.start, &[",", "(", "到", "上"])) && !words.corner_after(m.end) {
            return None;
        }
        let length = words.text[..end]
            .iter()
            .rev()
            .take(5)
            .take_while(|c| crate::names::is_han(**c) && !matches!(c, '在' | '是' | '到' | '，' | '的'))
            .count();
        (length >= 2).then(|| self.text(m.readings.first().map_or(0, |r| r.name))).map(|known| Verdict::NoSuchCrossing {
            roads: vec![known],
            unknown: vec![words.text[end - length..end].iter().collect()],
            nearest: None,
        })
    }
}
