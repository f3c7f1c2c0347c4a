//! Two roads: their crossing, the stretch between two crossings, or that they do not meet.

use super::*;
use crate::find::ground;
use crate::find::lexicon::ONE_PLACE_M;

/// Roads nearer than this without a common crossing: a flyover, or a staggered or unmapped junction, metres.
const NEARLY_M: f64 = 60.0;
/// Two roads that meet at several points no farther apart than this meet at one large junction, metres.
const JUNCTION_M: f64 = 200.0;
/// Farther apart, two roads are not near each other, metres.
const NEAR_M: f64 = 300.0;

/// A pair of names that was looked at.
struct Tried {
    guesses: std::ops::Range<usize>,
    tone: i32,
    roads: [usize; 2],
    far: bool,
}

/// One way to read a pair of names.
struct Option2 {
    a: Reading,
    b: Reading,
    places: Vec<CrossingId>,
    fit: f64,
}

impl Reader<'_> {
    /// The crossings of pairs of roads. Returns what speaks against a crossing that the words claim.
    pub(super) fn crossings(&self, guesses: &mut Vec<Guess>) -> Option<Verdict> {
        let mut refusal = None;
        let before = guesses.len();
        // Ranges of guesses by the stretch of text they are from.
        let mut pairs: Vec<Tried> = Vec::new();
        let mut tried: Vec<(usize, usize, Link, bool)> = Vec::new();
        for (n, i) in self.roads.iter().enumerate() {
            for (apart, j) in self.roads.iter().skip(n + 1).take(3).enumerate() {
                let (a, b) = (&self.mentions[*i], &self.mentions[*j]);
                let stand_in = self.instead[*j].map_or(b, |gone| &self.mentions[gone]);
                let mut link = if apart > 0 && self.instead[*j].is_none() {
                    Link::Far
                } else {
                    self.looked.words.link(a.end.min(stand_in.start), stand_in.start)
                };
                if stand_in.start < a.end {
                    link = Link::And;
                }
                let corner = self.looked.words.corner_after(b.end);
                let from = guesses.len();
                self.pair(a, b, link, corner, apart, guesses);
                pairs.push(Tried {
                    guesses: from..guesses.len(),
                    tone: self.looked.words.tone(a.start, b.end),
                    roads: [*i, *j],
                    far: link == Link::Far,
                });
                if apart == 0 {
                    tried.push((*i, *j, link, corner));
                }
            }
        }
        if guesses.len() > before {
            self.weigh(&pairs, guesses);
            return None;
        }
        if self.beside_known(guesses) {
            return None;
        }
        for (i, j, link, corner) in tried {
            let (a, b) = (&self.mentions[i], &self.mentions[j]);
            let stretch = ["之间", "中间", "段", "路段"].iter().any(|w| (b.end..b.end + 4).any(|i| self.looked.words.says(i, w)));
            let claims = !stretch
                && match link {
                    Link::And | Link::Touching => true,
                    Link::Near | Link::To | Link::Loose => corner,
                    Link::Far => false,
                };
            let verdict = self.nearly(a, b, link, claims, corner, guesses);
            refusal = refusal.or(verdict);
        }
        refusal.or_else(|| self.unknown_road())
    }

    /// Of several crossings in one call, the one where it happened: the words around it tell.
    fn weigh(&self, pairs: &[Tried], guesses: &mut [Guess]) {
        let found = || pairs.iter().filter(|p| !p.guesses.is_empty());
        let best = found().map(|p| p.tone).max().unwrap_or(0);
        for pair in found() {
            // A road that belongs to a neighbour is not joined to one far away as well.
            let taken = pair.far && found().any(|p| !p.far && p.roads.iter().any(|r| pair.roads.contains(r)));
            let factor = match pair.tone {
                _ if taken => 0.5,
                tone if tone < best && tone < 0 => 0.45,
                tone if tone < best => 0.65,
                _ => 1.0,
            };
            guesses[pair.guesses.clone()].iter_mut().for_each(|g| g.confidence *= factor);
        }
    }

    /// One road is known, and the words before or after it are nearly the name of a road that crosses it.
    fn beside_known(&self, guesses: &mut Vec<Guess>) -> bool {
        const SLOT: usize = 8;
        let words = &self.looked.words;
        let mut best: Vec<(f64, &Mention, Mention, Reading)> = Vec::new();
        for i in &self.roads {
            let m = &self.mentions[*i];
            let Some(known) = m.readings.first().filter(|r| r.slip == Slip::None && !m.weak) else { continue };
            let neighbours = self.lexicon.neighbours(self.network, known.name);
            let before = (m.start.saturating_sub(SLOT), m.start);
            let after = (m.end, words.text.len().min(m.end + SLOT));
            for (from, to) in [before, after] {
                for start in from..to {
                    for end in start + 2..=to.min(start + SLOT) {
                        // The slip stands beside the known road, or only words that join stand between.
                        let link = if end <= m.start { words.link(end, m.start) } else { words.link(m.end, start) };
                        if !matches!(link, Link::Touching | Link::And | Link::Near | Link::To)
                            || self.looked.masked[start..end].contains(&true)
                        {
                            continue;
                        }
                        // A name that is in the map as it is written stays what it is, but for a longer name that holds it.
                        let own = self
                            .mentions
                            .iter()
                            .filter(|o| o.start < end && start < o.end && !o.weak && o.readings.iter().any(|r| r.slip == Slip::None));
                        let (mut taken, mut inside) = (false, false);
                        for o in own {
                            let longer = start <= o.start && o.end <= end && end - start > o.end - o.start;
                            taken |= !longer;
                            inside |= longer;
                        }
                        if taken {
                            continue;
                        }
                        let whole = end <= m.start
                            && (start == 0
                                || words
                                    .at(start - 1)
                                    .is_none_or(|c| super::super::hear::separates(c) || matches!(c, '在' | '是' | '到' | '口')));
                        for name in &neighbours {
                            let Some((slip, mut fit)) = super::super::hear::compare(self.lexicon.text(*name), &words.text[start..end])
                            else {
                                continue;
                            };
                            if inside && (slip > Slip::Shape || self.lexicon.text(*name).len() != end - start) {
                                continue;
                            }
                            if end - start == 2 {
                                // Two characters of three: only as a whole, with the type of road.
                                if slip != Slip::Missing || !words.text[end - 1..end].iter().all(|c| crate::names::ROAD_ENDINGS.contains(c))
                                {
                                    continue;
                                }
                                fit = if whole || start == m.end || link == Link::And { 0.5 } else { 0.3 };
                            }
                            let score = fit * (end - start) as f64;
                            let reading = Reading { name: *name, slip, fit };
                            let mention =
                                Mention { start, end, readings: vec![reading], road: true, landmark: false, area: false, weak: false };
                            best.push((score, m, mention, reading));
                        }
                    }
                }
            }
        }
        let Some(top) = best.iter().map(|b| b.0).max_by(f64::total_cmp) else { return false };
        let mut names: Vec<u32> = Vec::new();
        best.retain(|b| {
            let new = b.0 >= top * 0.9 && !names.contains(&b.3.name);
            names.push(b.3.name);
            new
        });
        let Some((_, m, ..)) = best.first() else { return false };
        let mut slot = best[0].2.clone();
        slot.readings =
            best.iter().filter(|b| b.1.start == m.start && b.2.start == slot.start && b.2.end == slot.end).map(|b| b.3).collect();
        let (first, second) = if slot.start < m.start { (&slot, *m) } else { (*m, &slot) };
        let before = guesses.len();
        let claimed = words.corner_after(second.end) || words.link(first.end, second.start) == Link::And;
        if claimed {
            self.pair(first, second, words.link(first.end, second.start), words.corner_after(second.end), 0, guesses);
        }
        guesses.len() > before
    }

    fn pair(&self, a: &Mention, b: &Mention, link: Link, corner: bool, apart: usize, guesses: &mut Vec<Guess>) {
        let mut options = self.options(a, b);
        if options.is_empty() {
            return;
        }
        let exact = |o: &Option2| o.a.slip == Slip::None && o.b.slip == Slip::None;
        if options.iter().any(exact) {
            options.retain(exact);
        }
        // Where both the whole and the shortened name fit, the whole one is meant.
        let whole = |o: &Option2| o.fit >= 0.999;
        if options.iter().any(whole) {
            options.retain(whole);
        }
        let (factor, mut zh, mut en) = match link {
            Link::And => (1.0, "两路名称与路网一致".to_owned(), "both road names match".to_owned()),
            Link::Touching if corner => (1.0, "两路名称与路网一致".to_owned(), "both road names match".to_owned()),
            Link::Touching => {
                (0.98, "两路名称相连，按交叉口理解".to_owned(), "two road names in a row, taken as their crossing".to_owned())
            }
            Link::Near => (0.97, "“近”某路，取两路交叉口".to_owned(), "“near” the second road: their crossing".to_owned()),
            Link::To if corner => (0.97, "两路名称与路网一致".to_owned(), "both road names match".to_owned()),
            Link::To => (0.85, "两路之间有“至”，也可能指路段".to_owned(), "“to” between the roads: a section may be meant".to_owned()),
            Link::Loose => (0.96, "两路名称之间有其他字".to_owned(), "other words between the road names".to_owned()),
            Link::Far if corner => (0.9, "两路名称相隔较远".to_owned(), "the road names stand far apart".to_owned()),
            Link::Far => (0.8, "两路名称相隔较远".to_owned(), "the road names stand far apart".to_owned()),
        };
        let mut factor = factor;
        if apart > 0 {
            factor *= 0.85;
            zh.push_str("；中间另有路名");
            en.push_str("; another road is named between");
        }
        // Where the trouble is: 在…, …撞.
        let words = &self.looked.words;
        if words.ends_with(a.start, &["在", "位于", "这里是", "我在"]) {
            factor *= 1.01;
        }
        let weight = |fit: f64| fit.powi(4);
        let narrowed = options.iter().flat_map(|o| &o.places).any(|c| self.crossing_at(*c).is_some_and(|at| self.fits(at)));
        let fitting = |c: &CrossingId| !narrowed || self.crossing_at(*c).is_some_and(|at| self.fits(at));
        let mut places: Vec<(CrossingId, f64, usize)> = Vec::new();
        for (n, o) in options.iter().enumerate() {
            for c in o.places.iter().filter(|c| fitting(c)) {
                match places.iter_mut().find(|(p, ..)| self.together(*p, *c)) {
                    Some(known) if known.1 < weight(o.fit) => *known = (*c, weight(o.fit), n),
                    Some(_) => {}
                    None => places.push((*c, weight(o.fit), n)),
                }
            }
        }
        // Crossings of one pair of names within one large junction are one place to a caller.
        let spread =
            places.iter().filter_map(|p| self.crossing_at(p.0)).zip(places.first().and_then(|p| self.crossing_at(p.0)).into_iter().cycle());
        let one_junction = places.len() > 1
            && places.iter().all(|p| p.2 == places[0].2)
            && spread.map(|(p, q)| ground::metres(p, q)).fold(0.0, f64::max) <= JUNCTION_M;
        if one_junction {
            let _ = write!(zh, "；两路在此有 {} 处相交，取其一", places.len());
            let _ = write!(en, "; the roads meet here at {} points, one is taken", places.len());
            places.truncate(1);
            factor *= 0.95;
        }
        let total: f64 = places.iter().map(|p| p.1).sum();
        let count = places.len();
        if count > 1 {
            let _ = write!(zh, "；有 {count} 处路口符合");
            let _ = write!(en, "; {count} crossings fit");
        }
        let offset = self.offset_after(a.start, b.end);
        for (crossing, w, n) in places {
            let o = &options[n];
            let share = w / total;
            let confidence = factor * 0.97 * (1.0 - 0.35 * (1.0 - o.fit)) * share;
            let (mut zh, mut en) = (zh.clone(), en.clone());
            self.explain(&[(a, o.a), (b, o.b)], &mut zh, &mut en);
            let Some(at) = self.crossing_at(crossing) else { continue };
            let mut guess = Guess {
                place: PlaceRef::Crossing(crossing),
                at,
                confidence,
                zh,
                en,
                by_sound_only: [(a, o.a), (b, o.b)].iter().all(|(m, r)| r.slip <= Slip::Sound || self.swallows(m) && r.fit >= 0.7),
                one_of_several: count > 1,
            };
            if let Some(offset) = offset {
                self.shift(&mut guess, crossing, offset, &[o.a.name, o.b.name]);
            }
            guesses.push(guess);
        }
    }

    fn options(&self, a: &Mention, b: &Mention) -> Vec<Option2> {
        let mut options = Vec::new();
        for ra in &a.readings {
            for rb in &b.readings {
                let common = self.lexicon.common(self.network, ra.name, rb.name);
                if common.is_empty() {
                    continue;
                }
                // A name that is both whole and short for others counts as whole where the whole one meets the other.
                let fit_of = |r: &Reading, c: CrossingId| {
                    let form = self.lexicon.name(r.name).map_or(Form::Full, |n| n.form);
                    let there = self.lexicon.form_at(self.network, r.name, c).map_or(Form::Full, |(f, _)| f);
                    if there > form { r.fit * 0.85 } else { r.fit }
                };
                let mut fits: Vec<(f64, CrossingId)> = common.iter().map(|c| (fit_of(ra, *c) * fit_of(rb, *c), *c)).collect();
                fits.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
                let mut from = 0;
                while let Some((fit, _)) = fits.get(from).copied() {
                    let same: Vec<CrossingId> = fits[from..].iter().take_while(|f| f.0 == fit).map(|f| f.1).collect();
                    from += same.len();
                    options.push(Option2 { a: *ra, b: *rb, places: self.lexicon.places(self.network, &same), fit });
                }
            }
        }
        options.sort_by(|x, y| y.fit.total_cmp(&x.fit));
        options.truncate(24);
        options
    }

    /// Whether a name as it is written in the map is only a part of this longer one.
    fn swallows(&self, m: &Mention) -> bool {
        self.written.iter().any(|(from, to)| m.start <= *from && *to <= m.end && (*from, *to) != (m.start, m.end))
    }

    fn together(&self, a: CrossingId, b: CrossingId) -> bool {
        a == b || self.crossing_at(a).zip(self.crossing_at(b)).is_some_and(|(p, q)| ground::metres(p, q) <= ONE_PLACE_M)
    }

    fn crossing_at(&self, id: CrossingId) -> Option<ShapeRecord> {
        self.network.crossing_record(id).map(|c| ShapeRecord { x: c.x, y: c.y })
    }

    /// Moves a guess the distance that the words tell.
    fn shift(&self, guess: &mut Guess, crossing: CrossingId, offset: &Found<Offset>, names: &[u32]) {
        let Some(bearing) = offset.value.bearing else {
            guess.confidence *= 0.75;
            let _ = write!(guess.zh, "；有距离 {:.0} 米，没有说方向", offset.value.metres);
            let _ = write!(guess.en, "; a distance of {:.0} m without a direction", offset.value.metres);
            return;
        };
        let mut roads: Vec<RoadId> = names.iter().flat_map(|n| self.lexicon.roads(*n)).map(|(id, _)| id).collect();
        roads.sort_unstable();
        roads.dedup();
        let Some(at) = self.network.along(self.lexicon, crossing, &roads, bearing, offset.value.metres) else { return };
        guess.at = at;
        if offset.value.metres > crate::NEAR_CROSSING_M {
            if let Some(section) = self.network.section_at(self.lexicon, &roads, at) {
                guess.place = PlaceRef::Section(section);
            }
        }
        guess.confidence *= 0.97;
        let _ = write!(guess.zh, "；从路口沿路量 {:.0} 米", offset.value.metres);
        let _ = write!(guess.en, "; {:.0} m along the road from the crossing", offset.value.metres);
    }

    /// Two roads without a common crossing: a flyover or a near miss, or a crossing that does not exist.
    fn nearly(&self, a: &Mention, b: &Mention, link: Link, claims: bool, corner: bool, guesses: &mut Vec<Guess>) -> Option<Verdict> {
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
    fn unknown_road(&self) -> Option<Verdict> {
        let words = &self.looked.words;
        let [only] = self.roads[..] else { return None };
        let m = &self.mentions[only];
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

    /// `A 路 B 路至 C 路`: the stretch of A between its crossings with B and C.
    pub(super) fn sections(&self, guesses: &mut Vec<Guess>) {
        for three in self.roads.windows(3) {
            let [a, b, c] = [&self.mentions[three[0]], &self.mentions[three[1]], &self.mentions[three[2]]];
            let words = &self.looked.words;
            let between = ["之间", "中间", "段", "路段"].iter().any(|w| (c.end..c.end + 4).any(|i| words.says(i, w)));
            let link = words.link(b.end, c.start);
            let dash = words.text.get(b.end..c.start).is_some_and(|t| matches!(t, ['-' | '—']));
            if !(link == Link::To || dash || between && matches!(link, Link::And | Link::Touching))
                || words.link(a.end, b.start) == Link::Far && !between
            {
                continue;
            }
            let meet = |x: &Mention, y: &Mention| self.options(x, y).into_iter().next();
            let (Some(ab), Some(ac)) = (meet(a, b), meet(a, c)) else { continue };
            let ends = ab.places.iter().flat_map(|p| ac.places.iter().map(move |q| (*p, *q)));
            let nearest = ends.filter_map(|(p, q)| Some((ground::metres(self.crossing_at(p)?, self.crossing_at(q)?), p, q)));
            let Some((length, p, q)) = nearest.min_by(|x, y| x.0.total_cmp(&y.0)) else { continue };
            let (Some(at_p), Some(at_q)) = (self.crossing_at(p), self.crossing_at(q)) else { continue };
            let roads: Vec<RoadId> = self.lexicon.roads(ab.a.name).map(|(id, _)| id).collect();
            let middle = ShapeRecord { x: i32::midpoint(at_p.x, at_q.x), y: i32::midpoint(at_p.y, at_q.y) };
            let Some((at, _)) = self.network.nearest_on(self.lexicon, &roads, middle) else { continue };
            let exact = self.section_between(&roads, &ab.places, &ac.places);
            let Some(section) = exact.or_else(|| self.network.section_at(self.lexicon, &roads, at)) else { continue };
            let fit = (ab.fit * ac.fit).sqrt();
            let (confidence, mut zh, mut en) = if exact.is_some() {
                (0.95, "路段两端的路名与路网一致".to_owned(), "the roads at both ends of the section match".to_owned())
            } else {
                (
                    0.9,
                    format!("该路段长约 {length:.0} 米，跨多个路口，取居中的一段"),
                    format!("about {length:.0} m over several crossings: the piece in the middle"),
                )
            };
            self.explain(&[(a, ab.a), (b, ab.b), (c, ac.b)], &mut zh, &mut en);
            self.push(guesses, PlaceRef::Section(section), at, confidence * (1.0 - 0.35 * (1.0 - fit)), zh, en);
        }
    }

    fn section_between(&self, roads: &[RoadId], from: &[CrossingId], to: &[CrossingId]) -> Option<SectionId> {
        let sections =
            roads.iter().filter_map(|r| self.network.road_record(*r)).flat_map(|r| self.network.list(r.first_section, r.section_count));
        sections.map(|s| SectionId(*s)).find(|s| {
            self.network.section_record(*s).is_some_and(|r| {
                r.ends.iter().any(|e| from.contains(&CrossingId(*e))) && r.ends.iter().any(|e| to.contains(&CrossingId(*e)))
            })
        })
    }
}
