//! One road with a stake, a number or a landmark; landmarks and areas by themselves.

use super::*;

/// A road this short is a place by itself, metres across.
const SMALL_M: f64 = 160.0;
/// Numbers farther apart than this tell nothing of one between them.
const MOST_BETWEEN: u32 = 60;
/// Houses farther apart than this tell nothing of one between them, metres.
const FAR_BETWEEN_M: f64 = 500.0;
/// A landmark belongs to a road within this distance, metres.
const BESIDE_M: f64 = 400.0;

impl Reader<'_> {
    /// Roads with a stake.
    pub(super) fn stakes(&self, guesses: &mut Vec<Guess>) -> Option<Verdict> {
        let mut refusal = None;
        for stake in &self.looked.stakes {
            let before = self.roads.iter().rev().find(|i| self.mentions[**i].end <= stake.start);
            let after = self.roads.iter().find(|i| self.mentions[**i].start >= stake.end && self.mentions[**i].start <= stake.end + 6);
            let Some(road) = before.or(after) else {
                refusal = refusal.or(Some(ask(Missing::RoadOfStake)));
                continue;
            };
            let m = &self.mentions[*road];
            let found = self.locate(m, stake.value);
            if found.is_empty() {
                refusal = refusal.or(Some(ask(Missing::StakesOfRoad)));
            }
            let roads = self.road_ids(m);
            let fit = m.readings.first().map_or(1.0, |r| r.fit);
            let share = 1.0 / found.len().max(1) as f64;
            for located in found {
                let at = to_units(located.point);
                let sure = if located.bound_m <= 50.0 {
                    0.95
                } else if located.bound_m <= 200.0 {
                    0.85
                } else {
                    0.65
                };
                let Some(section) = self.network.section_at(self.lexicon, &roads, at) else { continue };
                let mut zh = format!("{}，误差约 {:.0} 米", located.name, located.bound_m);
                let mut en = format!("{}, to about {:.0} m", located.name, located.bound_m);
                self.explain(&[(m, m.readings[0])], &mut zh, &mut en);
                self.push(guesses, PlaceRef::Section(section), at, sure * fit * share.max(0.6), zh, en);
            }
        }
        refusal
    }

    /// A stake by the road's numbers and names.
    fn locate(&self, m: &Mention, metre: f64) -> Vec<crate::find::LocatedStake> {
        let Some(stakes) = self.context.stakes else { return Vec::new() };
        let travel = self.looked.travel.as_ref().map(|t| &t.value);
        let mut keys: Vec<String> = Vec::new();
        for reading in m.readings.iter().take(3) {
            for (road, _) in self.lexicon.roads(reading.name) {
                if let Some(record) = self.network.road_record(road) {
                    keys.extend(self.network.string(record.reference).split(';').map(|r| r.trim().to_owned()));
                    keys.push(self.network.string(record.name).to_owned());
                }
            }
            keys.push(self.text(reading.name).to_uppercase());
        }
        let mut tried: Vec<String> = Vec::new();
        for key in keys.into_iter().filter(|k| !k.is_empty()) {
            if tried.contains(&key) {
                continue;
            }
            let found = stakes.locate(&key, metre, travel);
            if !found.is_empty() {
                return found;
            }
            tried.push(key);
        }
        Vec::new()
    }

    /// Roads with a house number.
    pub(super) fn numbers(&self, guesses: &mut Vec<Guess>) -> Option<Verdict> {
        let mut refusal = None;
        for i in &self.roads {
            let m = &self.mentions[*i];
            let Some(number) = self.looked.words.house_number(m.end) else { continue };
            let roads = self.road_ids(m);
            if let Some((at, exact)) = self.house(&roads, number.value) {
                let Some(section) = self.network.section_at(self.lexicon, &roads, at) else { continue };
                let (confidence, mut zh, mut en) = if exact {
                    (0.95, format!("门牌 {} 与路网一致", number.value), format!("house number {} is in the network", number.value))
                } else {
                    (
                        0.8,
                        format!("门牌 {} 按同侧相邻门牌推算", number.value),
                        format!("house number {} reckoned from its neighbours on the same side", number.value),
                    )
                };
                self.explain(&[(m, m.readings[0])], &mut zh, &mut en);
                self.push(guesses, PlaceRef::Section(section), at, confidence * m.readings[0].fit, zh, en);
                continue;
            }
            // A lane by number is a road of its own in many maps: 武康路280弄 is found as a name. A short road is a place by itself.
            if let Some((at, across)) = self.network.extent(self.lexicon, &roads).filter(|(_, across)| *across <= SMALL_M) {
                if let Some(section) = self.network.section_at(self.lexicon, &roads, at) {
                    let (zh, en) = (
                        format!("全路仅约 {across:.0} 米，门牌 {}", number.value),
                        format!("the whole road is about {across:.0} m; number {}", number.value),
                    );
                    self.push(guesses, PlaceRef::Section(section), at, 0.8, zh, en);
                    continue;
                }
            }
            refusal = Some(ask(Missing::HouseNumber));
        }
        if self.roads.is_empty() && refusal.is_none() {
            let said = (0..self.looked.words.text.len()).any(|i| {
                let text = &self.looked.words;
                text.says(i, "号门口") && i > 0 && text.at(i - 1).is_some_and(|c| c.is_ascii_digit())
            });
            refusal = said.then_some(ask(Missing::RoadOfNumber));
        }
        refusal
    }

    /// Where a house number of these roads is, and whether it is mapped itself. Between two mapped numbers of the same parity it is
    /// reckoned; beyond the last it is not.
    fn house(&self, roads: &[RoadId], value: u32) -> Option<(ShapeRecord, bool)> {
        let mut below: Option<(u32, ShapeRecord)> = None;
        let mut above: Option<(u32, ShapeRecord)> = None;
        for house in roads.iter().flat_map(|r| self.network.house_numbers_of(*r)) {
            let at = to_units(house.point);
            if house.value == value && self.fits(at) {
                return Some((at, !house.interpolated));
            }
            if house.value == 0 || house.value % 2 != value % 2 {
                continue;
            }
            if house.value < value && below.is_none_or(|(v, _)| v < house.value) {
                below = Some((house.value, at));
            }
            if house.value > value && above.is_none_or(|(v, _)| v > house.value) {
                above = Some((house.value, at));
            }
        }
        let ((low, p), (high, q)) = (below?, above?);
        if high - low > MOST_BETWEEN || crate::find::ground::metres(p, q) > FAR_BETWEEN_M {
            return None;
        }
        let share = f64::from(value - low) / f64::from(high - low);
        let mix = |a: i32, b: i32| a + (f64::from(b - a) * share) as i32;
        Some((ShapeRecord { x: mix(p.x, q.x), y: mix(p.y, q.y) }, false))
    }

    /// Landmarks, alone or by a road; villages and towns; areas.
    pub(super) fn landmarks(&self, guesses: &mut Vec<Guess>) {
        let sure = guesses.iter().any(|g| g.confidence >= 0.5);
        for (i, m) in self.mentions.iter().enumerate().filter(|(i, m)| self.roles[*i] == Role::Here && (m.landmark || m.area)) {
            let mut fitting: Vec<(u32, LandmarkKind, ShapeRecord, Reading, bool)> = Vec::new();
            for reading in &m.readings {
                for meaning in self.lexicon.meanings(reading.name) {
                    if meaning.kind == Kind::Area && reading.slip == Slip::None {
                        self.area(AreaId(meaning.target), guesses);
                    }
                    if meaning.kind != Kind::Landmark {
                        continue;
                    }
                    let Some((kind, at)) = self.landmark(meaning.target) else { continue };
                    let by_road = self.roads.iter().filter(|r| **r != i).any(|r| {
                        self.network.nearest_on(self.lexicon, &self.road_ids(&self.mentions[*r]), at).is_some_and(|(_, d)| d < BESIDE_M)
                    });
                    fitting.push((meaning.target, kind, at, *reading, by_road));
                }
            }
            let best = fitting.iter().map(|f| f.3.fit).fold(0.0, f64::max);
            fitting.retain(|f| f.3.fit >= best - 0.05);
            if fitting.iter().any(|f| f.4) {
                fitting.retain(|f| f.4);
            }
            if fitting.iter().any(|f| self.fits(f.2)) {
                fitting.retain(|f| self.fits(f.2));
            }
            let count = fitting.len();
            for (id, kind, at, reading, by_road) in fitting {
                let settled =
                    matches!(kind, LandmarkKind::City | LandmarkKind::District | LandmarkKind::Town | LandmarkKind::Neighbourhood);
                let (confidence, zh, en) = if m.road || settled {
                    (0.35, "与地名同名", "a place of this name")
                } else if sure {
                    (0.4, "同时提到的地点", "also mentioned")
                } else if by_road {
                    (0.9, "地点在所提道路旁", "the landmark lies by the road mentioned")
                } else if kind == LandmarkKind::Village {
                    (0.55, "村庄名称一致", "the name of a village matches")
                } else if m.weak {
                    (0.4, "地点名称一致，但只有两个字", "the name of a landmark matches, but is short")
                } else {
                    (0.8, "地点名称一致", "the name of a landmark matches")
                };
                let (mut zh, mut en) = (zh.to_owned(), en.to_owned());
                self.explain(&[(m, reading)], &mut zh, &mut en);
                let share = if count > 1 { 1.0 / count as f64 } else { 1.0 };
                let mut guess = Guess {
                    place: PlaceRef::Landmark(LandmarkId(id)),
                    at,
                    confidence: confidence * reading.fit * share,
                    zh,
                    en,
                    by_sound_only: reading.slip <= Slip::Sound,
                    one_of_several: count > 1,
                };
                if let Some(offset) = self.offset_after(m.start, m.end) {
                    if let Some(bearing) = offset.value.bearing {
                        let plane = crate::geometry::Plane::at(at);
                        let (sin, cos) = bearing.to_radians().sin_cos();
                        guess.at = to_units(plane.point((sin * offset.value.metres, cos * offset.value.metres)));
                        let _ = write!(guess.zh, "；从该处量 {:.0} 米", offset.value.metres);
                        let _ = write!(guess.en, "; {:.0} m from there", offset.value.metres);
                    }
                }
                guesses.push(guess);
            }
        }
    }

    fn area(&self, id: AreaId, guesses: &mut Vec<Guess>) {
        let Some(place) = self.network.place(PlaceRef::Area(id)) else { return };
        self.push(guesses, PlaceRef::Area(id), to_units(place.point), 0.3, "只确定到区域", "only the area is certain");
    }

    /// One road alone, roads that do not meet, an area alone.
    pub(super) fn alone(&self, refused: bool, guesses: &mut Vec<Guess>) -> Option<Verdict> {
        let mut refusal = None;
        for i in &self.roads {
            let m = &self.mentions[*i];
            let first = m.readings.first()?;
            if first.fit < 0.6 && m.readings.len() > 1 {
                continue;
            }
            let roads = self.road_ids(m);
            let name = self.text(first.name);
            let structure =
                ["桥", "隧道", "地道", "立交", "环岛", "入口", "出口", "匝道", "收费站", "服务区"].iter().any(|w| name.ends_with(w));
            let extent = self.network.extent(self.lexicon, &roads);
            let caller = self.context.near.and_then(|(p, radius)| {
                let (at, distance) = self.network.nearest_on(self.lexicon, &roads, to_units(p))?;
                (distance <= radius).then_some(at)
            });
            let placed = match extent {
                _ if self.roads.len() > 1 || refused => None,
                Some((at, across)) if across <= SMALL_M => Some((at, 0.8, "全路很短", "the whole road is short")),
                Some((at, _)) if structure => Some((at, 0.75, "桥梁、隧道等名称一致", "the name of a bridge or tunnel matches")),
                _ => caller.map(|at| (at, 0.6, "该路上离报警人最近处", "the part of the road nearest to the caller")),
            };
            if let Some((at, confidence, zh, en)) = placed {
                let at = self.network.nearest_on(self.lexicon, &roads, at).map_or(at, |(foot, _)| foot);
                if let Some(section) = self.network.section_at(self.lexicon, &roads, at) {
                    let (mut zh, mut en) = (zh.to_owned(), en.to_owned());
                    self.explain(&[(m, *first)], &mut zh, &mut en);
                    self.push(guesses, PlaceRef::Section(section), at, confidence * first.fit, zh, en);
                    continue;
                }
            }
            refusal = Some(ask(if self.roads.len() > 1 { Missing::WhichRoad } else { Missing::PartOfRoad }));
            for road in &roads {
                let Some(record) = self.network.road_record(*road) else { continue };
                let (confidence, zh, en) = if self.roads.len() == 1 {
                    (0.45, "只提到一条路，未确定路口", "only one road is named: which part is open")
                } else {
                    (0.3, "所提道路在路网中互不相交", "the roads named do not meet in the network")
                };
                let (mut zh, mut en) = (zh.to_owned(), en.to_owned());
                self.explain(&[(m, *first)], &mut zh, &mut en);
                let share = if roads.len() > 1 { 0.7 } else { 1.0 };
                self.push(guesses, PlaceRef::Road(*road), ShapeRecord { x: record.x, y: record.y }, confidence * first.fit * share, zh, en);
            }
        }
        let area =
            guesses.iter().any(|g| matches!(g.place, PlaceRef::Area(_)) || matches!(g.place, PlaceRef::Landmark(_)) && g.confidence < 0.5);
        refusal.or(area.then_some(ask(Missing::RoadInArea)))
    }
}
