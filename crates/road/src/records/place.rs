//! Placing a record: learnt crossings first, then the map's, then where streets come near each other.

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_civic::text::Text;

use super::learned::{Learned, LearntCrossing};
use super::streets::{Match, Streets};
use super::{Basis, Means, RecordPlace, RecordWords};
use crate::Network;
use crate::format::ShapeRecord;
use crate::geometry::to_point;
use crate::names::fold;
use crate::place::{CrossingId, PlaceRef};

/// Answers given at most.
const MOST: usize = 5;
/// Crossings of one pair of streets within this distance are one place (both carriageways of an avenue with a canal between), metres.
const ONE_PLACE_M: f64 = 110.0;
/// Streets this near to each other may be said to cross, metres.
const NEAR_M: f64 = 60.0;
/// Farther, but still a guess.
const FAR_M: f64 = 160.0;
/// A learnt place this near to the map's crossing agrees with it, metres.
const AGREES_M: f64 = 100.0;
/// The place on the map nearest to a point is looked for within this distance, metres.
const PLACE_M: f64 = 60.0;

/// A place with what speaks for it.
pub(crate) struct Found {
    pub(crate) point: Point,
    /// The place of the network, if it is known; otherwise the one nearest to the point.
    pub(crate) place: Option<PlaceRef>,
    pub(crate) confidence: f64,
    pub(crate) basis: Basis,
    pub(crate) zh: String,
    pub(crate) en: String,
}

/// Crossings of two streets at one place.
#[derive(Clone, Debug)]
struct Spot {
    crossings: Vec<CrossingId>,
    point: Point,
    likeness: f32,
}

impl Network {
    /// Where a record's words place it, the surest first, at most five; empty if nothing is known of its streets.
    ///
    /// The best answer's `confidence` is about the share of such answers that lie within 50 m of the truth; with [`Learned`] it was
    /// measured on records of a later year (`docs/benchmarks/road.md`).
    #[must_use]
    pub fn place_record(&self, words: &RecordWords<'_>, learned: Option<&Learned>) -> Vec<RecordPlace> {
        self.place_record_with(words, learned, Means::default())
    }

    /// Like [`Self::place_record`], with fewer means.
    #[must_use]
    pub fn place_record_with(&self, words: &RecordWords<'_>, learned: Option<&Learned>, means: Means) -> Vec<RecordPlace> {
        let placer = Placer { network: self, streets: self.streets(), learned, means };
        let (first, second) = (fold(words.first), fold(words.second));
        let found = match (first.is_empty(), second.is_empty() || second == first) {
            (true, true) => Vec::new(),
            (true, false) => placer.street(&second, words.number),
            (false, true) => placer.street(&first, words.number),
            (false, false) => placer.crossing(&first, &second),
        };
        let shown = if words.second.is_empty() { words.first.to_owned() } else { format!("{} / {}", words.first, words.second) };
        placer.answers(found, &shown)
    }
}

pub(super) struct Placer<'a> {
    pub(super) network: &'a Network,
    pub(super) streets: &'a Streets,
    pub(super) learned: Option<&'a Learned>,
    pub(super) means: Means,
}

impl Placer<'_> {
    /// Streets of exactly this name, or that records with this spelling lie on.
    pub(super) fn known(&self, folded: &str) -> Vec<Match> {
        let learnt = self.learned.and_then(|l| l.street(folded));
        let exact = self.streets.exact(folded).filter(|_| !learnt.is_some_and(|l| l.elsewhere));
        if let Some(street) = exact {
            return vec![Match { street, likeness: 1.0 }];
        }
        let alias = learnt.and_then(|l| l.alias.as_ref()).and_then(|a| self.streets.exact(&a.street));
        alias.map(|street| Match { street, likeness: 0.98 }).into_iter().collect()
    }

    /// Streets of names like this one, the known ones included.
    pub(super) fn alike(&self, folded: &str, mut known: Vec<Match>) -> Vec<Match> {
        let elsewhere = self.learned.and_then(|l| l.street(folded)).filter(|l| l.elsewhere).and_then(|_| self.streets.exact(folded));
        let spelt_out = self.learned.and_then(|l| l.spelt_out(folded));
        for m in self.streets.matches(spelt_out.as_deref().unwrap_or(folded)) {
            if known.iter().all(|k| k.street != m.street) && elsewhere != Some(m.street) {
                known.push(m);
            }
        }
        known
    }

    pub(super) fn crossing(&self, first: &str, second: &str) -> Vec<Found> {
        let (mut a, mut b) = (self.known(first), self.known(second));
        let mut spots = self.spots(&a, &b);
        let learnt = self.learned.and_then(|l| l.crossing(first, second));
        if spots.is_empty() && self.means.alike && learnt.is_none_or(|l| l.records < 2) {
            (a, b) = (self.alike(first, a), self.alike(second, b));
            spots = self.spots(&a, &b);
        }
        let mut found = Vec::new();
        if let Some(learnt) = learnt {
            self.learnt_places(learnt, &spots, &mut found);
        }
        self.map_places(&spots, &mut found);
        if found.is_empty() && self.means.near {
            self.near_misses(&a, &b, &mut found);
        }
        if found.iter().all(|f| f.confidence < 0.6) {
            self.traces((first, &a), (second, &b), &mut found);
        }
        if found.is_empty() {
            for m in a.iter().chain(&b).filter(|m| m.likeness >= 0.9) {
                self.somewhere_on(m, &mut found);
            }
        }
        found
    }

    /// The map's crossings of two folded names, those of the likeliest streets first.
    pub(super) fn crossings(&self, first: &str, second: &str) -> Vec<CrossingId> {
        let spots = self.spots(&self.alike(first, self.known(first)), &self.alike(second, self.known(second)));
        let best = spots.first().map_or(0.0, |s| s.likeness);
        spots.into_iter().filter(|s| s.likeness >= best).flat_map(|s| s.crossings).collect()
    }

    /// The crossings of the likeliest pair of streets that cross, grouped by place.
    fn spots(&self, a: &[Match], b: &[Match]) -> Vec<Spot> {
        let mut spots: Vec<Spot> = Vec::new();
        for m in a {
            for n in b.iter().filter(|n| n.street != m.street) {
                let likeness = m.likeness * n.likeness;
                for id in self.network.crossings_of_streets(self.streets, m.street, n.street) {
                    let Some(record) = self.network.crossing_record(id) else { continue };
                    let point = to_point(ShapeRecord { x: record.x, y: record.y });
                    match spots.iter_mut().find(|s| haversine_m(s.point, point) <= ONE_PLACE_M) {
                        Some(spot) if spot.crossings.contains(&id) => spot.likeness = spot.likeness.max(likeness),
                        Some(spot) if spot.likeness <= likeness => {
                            let n = spot.crossings.len() as f64;
                            spot.point.lon += (point.lon - spot.point.lon) / (n + 1.0);
                            spot.point.lat += (point.lat - spot.point.lat) / (n + 1.0);
                            spot.crossings.push(id);
                            spot.likeness = likeness;
                        }
                        Some(_) => {}
                        None => spots.push(Spot { crossings: vec![id], point, likeness }),
                    }
                }
            }
        }
        spots.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
        spots
    }

    fn learnt_places(&self, learnt: &LearntCrossing, spots: &[Spot], found: &mut Vec<Found>) {
        for place in &learnt.places {
            let share = f64::from(place.records) / f64::from(learnt.records.max(1));
            let on_map = spots.iter().any(|s| haversine_m(s.point, place.point) <= AGREES_M);
            let (mut zh, mut en) = (
                format!("以往{}条同路口记录在此", place.records),
                format!("{} earlier records of these two streets lie here", place.records),
            );
            let mut confidence = match (place.records, on_map) {
                (1, true) => 0.95,
                (1, false) if spots.is_empty() => 0.85,
                (1, false) => 0.7,
                (_, true) => 0.97,
                (_, false) => 0.94,
            };
            if share < 0.95 {
                confidence *= share.sqrt();
                zh.push_str(&format!("，另有{}条在别处", learnt.records - place.records));
                en.push_str(&format!(", {} lie elsewhere", learnt.records - place.records));
            }
            if on_map {
                zh.push_str("，与路网一致");
                en.push_str("; the map agrees");
            } else if spots.is_empty() {
                zh.push_str("，路网中没有此路口");
                en.push_str("; the map has no such crossing");
            } else {
                zh.push_str("，但路网中两路在别处相交");
                en.push_str("; on the map the streets cross elsewhere");
            }
            found.push(Found { point: place.point, place: None, confidence, basis: Basis::LearntCrossing, zh, en });
        }
    }

    fn map_places(&self, spots: &[Spot], found: &mut Vec<Found>) {
        let Some(best) = spots.first().map(|s| s.likeness) else { return };
        let equal = spots.iter().filter(|s| s.likeness >= best - 0.03).count();
        for spot in spots {
            if found.iter().any(|f| haversine_m(f.point, spot.point) <= AGREES_M) {
                continue;
            }
            let mut confidence = 0.96 * f64::from(spot.likeness);
            let (mut zh, mut en) = if spot.likeness >= 0.995 {
                ("两路名称与路网一致".to_owned(), "both street names match".to_owned())
            } else {
                ("两路名称与路网相近".to_owned(), "both street names are like streets that cross".to_owned())
            };
            if equal > 1 {
                confidence /= equal as f64;
                zh.push_str(&format!("，两路有{equal}处相交"));
                en.push_str(&format!("; the streets cross at {equal} places"));
            }
            // The crossing of the group nearest to its middle.
            let away = |id: &CrossingId| {
                self.network.crossing_record(*id).map_or(f64::MAX, |c| haversine_m(spot.point, to_point(ShapeRecord { x: c.x, y: c.y })))
            };
            let nearest = spot.crossings.iter().copied().min_by(|a, b| away(a).total_cmp(&away(b)));
            let place = nearest.map(PlaceRef::Crossing);
            found.push(Found { point: spot.point, place, confidence, basis: Basis::MapCrossing, zh, en });
        }
    }

    /// Streets that come near each other without a common crossing.
    fn near_misses(&self, a: &[Match], b: &[Match], found: &mut Vec<Found>) {
        let mut best: Option<(f64, f64, Point, f64)> = None;
        for m in a.iter().take(3) {
            for n in b.iter().take(3).filter(|n| n.street != m.street) {
                let likeness = f64::from(m.likeness * n.likeness);
                if best.is_some_and(|(score, ..)| score >= likeness) {
                    continue;
                }
                let Some((apart, point)) = self.network.streets_approach(self.streets, m.street, n.street, FAR_M) else { continue };
                let score = likeness * (1.0 - apart / 400.0);
                if best.is_none_or(|(old, ..)| score > old) {
                    best = Some((score, likeness, point, apart));
                }
            }
        }
        let Some((_, likeness, point, apart)) = best else { return };
        let confidence = likeness * if apart <= NEAR_M { 0.5 } else { 0.2 };
        found.push(Found {
            point,
            place: None,
            confidence,
            basis: Basis::NearMiss,
            zh: format!("两路没有共同路口，最近处相距约{apart:.0}米"),
            en: format!("the streets have no common crossing; they come within about {apart:.0} m of each other"),
        });
    }

    /// Where earlier records of one street lie near the other street, or near earlier records of it.
    fn traces(&self, (first, a): (&str, &[Match]), (second, b): (&str, &[Match]), found: &mut Vec<Found>) {
        let Some(learned) = self.learned else { return };
        let trace = |folded: &str| learned.street(folded).map_or(&[][..], |s| s.trace.as_slice());
        let (of_a, of_b) = (trace(first), trace(second));
        let mut best: Option<(f64, Point)> = None;
        let mut offer = |distance: f64, point: Point| {
            if distance <= FAR_M && best.is_none_or(|(old, _)| distance < old) {
                best = Some((distance, point));
            }
        };
        for p in of_a {
            for q in of_b {
                offer(haversine_m(*p, *q), Point { lon: f64::midpoint(p.lon, q.lon), lat: f64::midpoint(p.lat, q.lat) });
            }
        }
        for (points, streets) in [(of_a, b), (of_b, a)] {
            for street in streets.iter().filter(|m| m.likeness >= 0.95) {
                for p in points {
                    if let Some((distance, foot)) = self.network.to_street(self.streets, street.street, *p) {
                        offer(distance, foot);
                    }
                }
            }
        }
        let Some((apart, point)) = best else { return };
        let confidence = 0.45 * (1.0 - apart / (2.0 * FAR_M));
        found.push(Found {
            point,
            place: None,
            confidence,
            basis: Basis::LearntStreet,
            zh: format!("以往记录表明两路在此相距约{apart:.0}米"),
            en: format!("earlier records of the streets come within about {apart:.0} m of each other here"),
        });
    }

    /// One street, with or without a house number.
    pub(super) fn street(&self, folded: &str, number: Option<u32>) -> Vec<Found> {
        let mut found = Vec::new();
        let learnt = self.learned.and_then(|l| l.street(folded));
        if let (Some(number), Some(learnt)) = (number.filter(|n| *n > 0), learnt) {
            found.extend(super::number::between(&learnt.anchors, number));
        }
        let mut streets = self.known(folded);
        if streets.is_empty() && self.means.alike {
            streets = self.alike(folded, streets);
        }
        for m in &streets {
            self.somewhere_on(m, &mut found);
        }
        found
    }

    fn somewhere_on(&self, m: &Match, found: &mut Vec<Found>) {
        let Some((id, road)) = self.streets.roads(m.street).first().and_then(|r| Some((*r, self.network.road_record(*r)?))) else { return };
        found.push(Found {
            point: to_point(ShapeRecord { x: road.x, y: road.y }),
            place: Some(PlaceRef::Road(id)),
            confidence: 0.05 * f64::from(m.likeness),
            basis: Basis::Street,
            zh: "只能确定道路，未确定位置".to_owned(),
            en: "only the street is known: where on it is open".to_owned(),
        });
    }

    pub(super) fn answers(&self, mut found: Vec<Found>, shown: &str) -> Vec<RecordPlace> {
        found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        found.truncate(MOST);
        found.into_iter().map(|f| self.answer(f, shown)).collect()
    }

    fn answer(&self, found: Found, shown: &str) -> RecordPlace {
        let Found { point, place, confidence, basis, zh, en } = found;
        let crossing = || self.network.crossing_near(point, PLACE_M).map(|(id, _)| PlaceRef::Crossing(id));
        let section = || self.network.snap(point, PLACE_M).map(|s| PlaceRef::Section(s.section));
        let place = place.or_else(|| if basis == Basis::Number { None } else { crossing() }).or_else(section);
        let name = place.and_then(|p| self.network.place(p)).map_or_else(|| shown.to_owned(), |p| p.name);
        let confidence = (confidence.clamp(0.01, 0.99) * 100.0).round() / 100.0;
        RecordPlace { point, place, name, confidence, basis, reason: Text::new(zh, en) }
    }
}
