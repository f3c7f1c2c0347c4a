//! Kilometre stakes: where `G220 K12+300` is, and which stake a place has.
//!
//! Posts of known position calibrate the measure of a [`Course`], linearly between neighbours. What is answered carries a bound that held in the
//! stated share of leave-one-out trials: each post's distance from the line between its neighbours, divided by a scale that grows with the
//! distances to them, gives a score; the 95 % conformal quantile of the scores (Vovk, Gammerman & Shafer 2005, *Algorithmic Learning in a Random
//! World*; Lei et al. 2018, normalised residuals) times the scale at the place asked for is the bound. A route with fewer than 19 scores uses
//! those of all routes; without 19 scores at all the bound is the share by which stakes and road may differ ([`BoundBasis::Assumed`]).

use std::collections::BTreeMap;

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use super::calibrate::{Anchor, Calibration, Knot, SPEED_TOLERANCE, scale_between, scale_beyond};
use super::chain::route_key;
use super::{Course, CoursePoint, Direction, PostSource, Sense, StakePost, StakeText};
use crate::Network;

/// A post farther from its road than this is not used, metres.
const POST_REACH_M: f64 = 60.0;
/// Beyond the outermost posts stakes are given up to this far, metres.
const BEYOND_M: f64 = 1_000.0;
/// Directions are calibrated apart if their posts differ by more than this in the median, metres.
const DIRECTIONS_DIFFER_M: f64 = 30.0;
/// Share of places that the bound holds for.
const COVERAGE: f64 = 0.95;

/// A break of chainage (断链): one place, two numbers. `K12+300 = K12+450` is a short chain (150 m of numbers are missing),
/// `K12+300 = K12+150` a long one (150 m of numbers exist twice).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChainageEquation {
    /// Route number.
    pub reference: String,
    /// The number that ends here, metres.
    pub back_m: f64,
    /// The number that begins here, metres.
    pub ahead_m: f64,
}

/// Why a post was not used.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RejectReason {
    /// The route number is not on the map.
    UnknownRoute,
    /// It stands too far from the route.
    NotOnCourse {
        /// Metres to the route; infinite if farther than a kilometre.
        distance_m: f64,
    },
    /// Its number falls into a declared break.
    InBreak,
    /// Its number and place are in opposite order to the other posts.
    Order {
        /// Metres it is off.
        off_m: f64,
    },
    /// The road to its neighbour is too long or short for the numbers.
    Speed {
        /// Metres of stakes per metre of road.
        ratio: f64,
        /// Metres it is off.
        off_m: f64,
    },
    /// It disagrees with its neighbours far more than the others do.
    Disagrees {
        /// Metres it is off.
        off_m: f64,
    },
    /// No other post agrees with it.
    Alone,
}

impl RejectReason {
    /// For people.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::UnknownRoute => Text::new("路网中没有这条路线。", "The map has no such route."),
            Self::NotOnCourse { distance_m } if distance_m.is_finite() => {
                Text::new(format!("距该路线 {distance_m:.0} 米，过远。"), format!("It stands {distance_m:.0} m from the route, too far."))
            }
            Self::NotOnCourse { .. } => Text::new("不在该路线附近。", "It is nowhere near the route."),
            Self::InBreak => Text::new("桩号落在断链缺号之内。", "Its number falls into a break of chainage."),
            Self::Order { off_m } => Text::new(
                format!("桩号与位置的先后同其他桩相反，相差 {off_m:.0} 米。"),
                format!("Its number and place are in opposite order to the other posts, {off_m:.0} m off."),
            ),
            Self::Speed { ratio, off_m } => Text::new(
                format!("与相邻桩的桩号差是路长的 {ratio:.2} 倍（应在 0.9 至 1.1 之间），相差 {off_m:.0} 米。"),
                format!("The numbers grow {ratio:.2} times as fast as the road to its neighbour (0.9 to 1.1 expected), {off_m:.0} m off."),
            ),
            Self::Disagrees { off_m } => Text::new(
                format!("与相邻各桩不符，相差 {off_m:.0} 米，远大于其他桩。"),
                format!("It disagrees with its neighbours by {off_m:.0} m, far more than the other posts do."),
            ),
            Self::Alone => Text::new("没有其他桩与之相符。", "No other post agrees with it."),
        }
    }
}

/// A post not used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rejected {
    /// Index in the list given.
    pub post: usize,
    /// Why.
    pub reason: RejectReason,
}

/// A post that an answer rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BracketPost {
    /// Index in the list of posts given.
    pub post: usize,
    /// Its number, metres.
    pub metre: f64,
    /// Metres along the road from the answer.
    pub distance_m: f64,
    /// Where it is known from.
    pub source: PostSource,
}

/// What a bound rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoundBasis {
    /// Leave-one-out trials on this route.
    Route,
    /// Leave-one-out trials on all routes.
    AllRoutes,
    /// Too few posts for trials: the share by which stakes and road may differ.
    Assumed,
}

/// Where a stake is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Located {
    /// Route number as on the map.
    pub reference: String,
    /// The stake asked for, metres.
    pub metre: f64,
    /// Direction of travel; `None` if not asked for, the point is then on the forward carriageway.
    pub sense: Option<Sense>,
    /// The place on the course.
    pub place: CoursePoint,
    /// Posts on both sides; one only beyond the outermost.
    pub bracket: Vec<BracketPost>,
    /// Metres along the road within which the stake lies in 95 % of cases.
    pub bound_m: f64,
    /// What the bound rests on.
    pub basis: BoundBasis,
    /// In words.
    pub reason: Text,
}

/// The stake of a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StakeAt {
    /// Route number.
    pub reference: String,
    /// Metres.
    pub metre: f64,
    /// `K12+300`.
    pub stake: String,
    /// Direction of the carriageway.
    pub sense: Sense,
    /// Metres within which the number lies in 95 % of cases.
    pub bound_m: f64,
    /// The place on the road.
    pub place: CoursePoint,
}

/// Why a stake was not located.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StakeRefusal {
    /// No post of this route is known, or the map has no such route.
    UnknownRoute {
        /// As asked.
        reference: String,
    },
    /// One post gives no measure.
    OneAnchorOnly {
        /// Its number, metres.
        metre: f64,
    },
    /// Farther than a kilometre outside all posts.
    Beyond {
        /// Least number known, metres.
        first_m: f64,
        /// Greatest number known, metres.
        last_m: f64,
    },
    /// The number does not exist: it falls into a break of chainage, declared or found.
    InBreak {
        /// Number before the break, metres.
        back_m: f64,
        /// Number after it, metres.
        ahead_m: f64,
    },
    /// The number exists more than once (long chain, or one number in two districts).
    Doubled {
        /// All places.
        places: Vec<Located>,
    },
    /// The road is not mapped there, or not in this direction.
    NotMapped,
}

impl StakeRefusal {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownRoute { .. } => "road.stake.unknown_route",
            Self::OneAnchorOnly { .. } => "road.stake.one_anchor_only",
            Self::Beyond { .. } => "road.stake.beyond",
            Self::InBreak { .. } => "road.stake.in_break",
            Self::Doubled { .. } => "road.stake.doubled",
            Self::NotMapped => "road.stake.not_mapped",
        }
    }

    /// What happened and what to do, for people.
    #[must_use]
    pub fn text(&self) -> Text {
        let k = |m: f64| StakeText::new(m).sign();
        match self {
            Self::UnknownRoute { reference } => Text::new(
                format!("没有“{reference}”的里程桩。请导入该路线的桩号表。"),
                format!("No stakes of \"{reference}\" are known. Import its list of posts."),
            ),
            Self::OneAnchorOnly { metre } => Text::new(
                format!("该路线只有一个可用的桩（{}），推算不可靠。请补充桩号。", k(*metre)),
                format!("The route has one usable post only ({}): no reliable answer. Add posts.", k(*metre)),
            ),
            Self::Beyond { first_m, last_m } => Text::new(
                format!("超出已知桩号范围（{} 至 {}）一公里以上。", k(*first_m), k(*last_m)),
                format!("More than a kilometre outside the known stakes ({} to {}).", k(*first_m), k(*last_m)),
            ),
            Self::InBreak { back_m, ahead_m } => Text::new(
                format!("此桩号位于断链处（{} = {}），不能确定位置。", k(*back_m), k(*ahead_m)),
                format!("The stake falls into a break of chainage ({} = {}); its place cannot be told.", k(*back_m), k(*ahead_m)),
            ),
            Self::Doubled { places } => Text::new(
                format!("此桩号有 {} 处，请问清是哪一处。", places.len()),
                format!("This stake exists {} times; ask which one is meant.", places.len()),
            ),
            Self::NotMapped => Text::new("此处道路或该方向不在路网中。", "The road, or this direction of it, is not on the map here."),
        }
    }
}

/// Numbers between two breaks; continuous chainage = number − shift.
#[derive(Clone, Copy, Debug)]
struct Zone {
    from_m: f64,
    to_m: f64,
    shift: f64,
}

struct Route {
    reference: String,
    course: Course,
    zones: Vec<Zone>,
    /// For both directions, or for the increasing one.
    first: Calibration,
    /// For the decreasing one where its posts differ.
    decreasing: Option<Calibration>,
    quantile: Option<f64>,
}

/// Calibrated routes.
pub struct Stakes {
    posts: Vec<StakePost>,
    routes: BTreeMap<String, Vec<Route>>,
    rejected: Vec<Rejected>,
    quantile: Option<f64>,
}

impl std::fmt::Debug for Stakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stakes").field("posts", &self.posts.len()).field("routes", &self.routes.len()).finish_non_exhaustive()
    }
}

impl Stakes {
    /// Calibrates all routes that posts name. Nothing fails: posts that cannot be used are [`Self::rejected`].
    #[must_use]
    pub fn new(network: &Network, posts: Vec<StakePost>, equations: &[ChainageEquation]) -> Self {
        let mut stakes = Self { posts, routes: BTreeMap::new(), rejected: Vec::new(), quantile: None };
        let mut by_route: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (i, post) in stakes.posts.iter().enumerate() {
            let reference = if post.reference.trim().is_empty() { reference_at(network, post.point) } else { post.reference.clone() };
            by_route.entry(route_key(&reference)).or_default().push(i);
        }
        for (key, members) in by_route {
            let courses = if key.is_empty() { Vec::new() } else { Course::of(network, &key) };
            stakes.calibrate(&key, courses, &members, equations);
        }
        let mut all: Vec<f64> = stakes.routes.values().flatten().flat_map(Route::scores).collect();
        stakes.quantile = quantile(&mut all);
        stakes.rejected.sort_by_key(|r| r.post);
        stakes
    }

    fn calibrate(&mut self, key: &str, courses: Vec<Course>, members: &[usize], equations: &[ChainageEquation]) {
        let zones = zones(equations.iter().filter(|e| route_key(&e.reference) == key));
        let mut of_course: Vec<Vec<PlacedPost>> = courses.iter().map(|_| Vec::new()).collect();
        for &index in members {
            let Some(post) = self.posts.get(index) else { continue };
            let mut reject = |reason| self.rejected.push(Rejected { post: index, reason });
            if courses.is_empty() {
                reject(RejectReason::UnknownRoute);
                continue;
            }
            let hits =
                courses.iter().enumerate().filter_map(|(c, course)| Some((c, course.project(post.point, Direction::Both, 1_000.0)?)));
            let Some((c, hit)) = hits.min_by(|a, b| a.1.distance_m.total_cmp(&b.1.distance_m)) else {
                reject(RejectReason::NotOnCourse { distance_m: f64::INFINITY });
                continue;
            };
            if hit.distance_m > POST_REACH_M {
                reject(RejectReason::NotOnCourse { distance_m: hit.distance_m });
                continue;
            }
            let meanings: Vec<(usize, f64)> = zones
                .iter()
                .enumerate()
                .filter(|(_, z)| post.metre >= z.from_m - 30.0 && post.metre <= z.to_m + 30.0)
                .map(|(i, z)| (i, post.metre - z.shift))
                .collect();
            if meanings.is_empty() {
                reject(RejectReason::InBreak);
                continue;
            }
            // A post tells its carriageway only where the carriageways lie apart.
            let apart = courses.get(c).is_some_and(|course| {
                let other = course.project(post.point, hit.direction.reversed(), POST_REACH_M);
                other.is_none_or(|o| o.distance_m > hit.distance_m + 3.0)
            });
            let anchor = Anchor { x: hit.measure_m, meanings, weight: post.source.weight(), post: index };
            if let Some(list) = of_course.get_mut(c) {
                list.push((anchor, apart.then_some(hit.direction), post.direction));
            }
        }
        for (course, anchors) in courses.into_iter().zip(of_course).filter(|(_, a)| !a.is_empty()) {
            let route = Route::new(course, zones.clone(), anchors);
            for calibration in [Some(&route.first), route.decreasing.as_ref()].into_iter().flatten() {
                for (post, reason) in &calibration.rejected {
                    if self.rejected.iter().all(|r| r.post != *post) {
                        self.rejected.push(Rejected { post: *post, reason: *reason });
                    }
                }
            }
            self.routes.entry(key.to_owned()).or_default().push(route);
        }
    }

    /// The posts given.
    #[must_use]
    pub fn posts(&self) -> &[StakePost] {
        &self.posts
    }

    /// Posts not used, in the order given.
    #[must_use]
    pub fn rejected(&self) -> &[Rejected] {
        &self.rejected
    }

    /// Breaks of chainage that the posts show and no equation declares: route, number before, number after, metres, and where.
    #[must_use]
    pub fn suspected_breaks(&self) -> Vec<(ChainageEquation, Point)> {
        let mut found = Vec::new();
        for route in self.routes.values().flatten() {
            for w in route.first.runs.windows(2) {
                let (Some(a), Some(b)) = (w[0].last(), w[1].first()) else { continue };
                let (back, ahead) = if route.first.sign > 0.0 { (a, b) } else { (b, a) };
                let Some(at) = route.course.at(f64::midpoint(a.x, b.x), Direction::Both) else { continue };
                let number = |k: &Knot| route.number(k.c);
                found.push((
                    ChainageEquation { reference: route.reference.clone(), back_m: number(back), ahead_m: number(ahead) },
                    at.point,
                ));
            }
        }
        found
    }

    /// Where a stake is. `sense` picks the carriageway.
    ///
    /// # Errors
    /// [`StakeRefusal`], with words for people.
    pub fn locate(&self, reference: &str, metre: f64, sense: Option<Sense>) -> Result<Located, StakeRefusal> {
        let routes = self.routes.get(&route_key(reference)).filter(|r| !r.is_empty() && metre.is_finite());
        let routes = routes.ok_or_else(|| StakeRefusal::UnknownRoute { reference: reference.to_owned() })?;
        let mut found = Vec::new();
        let mut refusals = Vec::new();
        for route in routes {
            match self.locate_on(route, metre, sense) {
                Ok(located) => found.extend(located),
                Err(refusal) => refusals.push(refusal),
            }
        }
        // What lies between posts beats what lies beyond them.
        if found.iter().any(|l| l.bracket.len() > 1) {
            found.retain(|l| l.bracket.len() > 1);
        }
        match found.len() {
            0 => Err(refusals.into_iter().next().unwrap_or(StakeRefusal::NotMapped)),
            1 => Ok(found.remove(0)),
            _ => Err(StakeRefusal::Doubled { places: found }),
        }
    }

    fn locate_on(&self, route: &Route, metre: f64, sense: Option<Sense>) -> Result<Vec<Located>, StakeRefusal> {
        let calibration = route.calibration(sense);
        if calibration.knots() < 2 {
            let metre = calibration.runs.first().and_then(|r| r.first()).map_or(0.0, |k| route.number(k.c));
            return Err(StakeRefusal::OneAnchorOnly { metre });
        }
        let zones: Vec<&Zone> = route.zones.iter().filter(|z| metre >= z.from_m && metre <= z.to_m).collect();
        if zones.is_empty() {
            let back_m = route.zones.iter().map(|z| z.to_m).filter(|m| *m < metre).fold(f64::NEG_INFINITY, f64::max);
            let ahead_m = route.zones.iter().map(|z| z.from_m).filter(|m| *m > metre).fold(f64::INFINITY, f64::min);
            return Err(StakeRefusal::InBreak { back_m, ahead_m });
        }
        let mut places: Vec<Place> = zones.iter().flat_map(|z| places(calibration, metre - z.shift)).collect();
        if places.iter().any(|p| p.after.is_some() && p.before.is_some()) {
            places.retain(|p| p.after.is_some() && p.before.is_some());
        } else if places.len() > 1 {
            // Outside two runs, inside none: between them the chainage breaks.
            let numbers: Vec<f64> = places.iter().filter_map(|p| p.before.or(p.after)).map(|k| route.number(k.c)).collect();
            let (low, high) = numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), n| (l.min(*n), h.max(*n)));
            return Err(StakeRefusal::InBreak { back_m: low, ahead_m: high });
        }
        if places.is_empty() {
            return Err(route.nowhere(calibration, metre));
        }
        let direction = route.direction(calibration, sense);
        let located: Vec<Located> = places.iter().filter_map(|p| self.answer(route, p, metre, sense, direction)).collect();
        if located.is_empty() { Err(StakeRefusal::NotMapped) } else { Ok(located) }
    }

    fn answer(&self, route: &Route, p: &Place<'_>, metre: f64, sense: Option<Sense>, direction: Direction) -> Option<Located> {
        let place = route.course.at(p.x, direction)?;
        let (bound_m, basis) = self.bound(route, p);
        let bracket: Vec<BracketPost> = [p.before, p.after]
            .into_iter()
            .flatten()
            .filter_map(|k| {
                let index = *k.posts.first()?;
                let post = self.posts.get(index)?;
                Some(BracketPost { post: index, metre: post.metre, distance_m: (k.x - p.x).abs(), source: post.source })
            })
            .collect();
        let k = |b: &BracketPost| StakeText::new(b.metre).sign();
        let stake = StakeText::new(metre).sign();
        let reason = match bracket.as_slice() {
            [a, b] => Text::new(
                format!(
                    "{} {stake}：由 {}（{:.0} 米）与 {}（{:.0} 米）之间推算，误差不超过 {bound_m:.0} 米（95%）。",
                    route.reference,
                    k(a),
                    a.distance_m,
                    k(b),
                    b.distance_m
                ),
                format!(
                    "{} {stake}: between {} ({:.0} m) and {} ({:.0} m), within {bound_m:.0} m in 95 % of cases.",
                    route.reference,
                    k(a),
                    a.distance_m,
                    k(b),
                    b.distance_m
                ),
            ),
            [a, ..] => Text::new(
                format!(
                    "{} {stake}：在最外侧的桩 {} 之外 {:.0} 米推算，误差不超过 {bound_m:.0} 米（95%）。",
                    route.reference,
                    k(a),
                    a.distance_m
                ),
                format!(
                    "{} {stake}: {:.0} m beyond the outermost post {}, within {bound_m:.0} m in 95 % of cases.",
                    route.reference,
                    a.distance_m,
                    k(a)
                ),
            ),
            [] => return None,
        };
        Some(Located { reference: route.reference.clone(), metre, sense, place, bracket, bound_m, basis, reason })
    }

    fn bound(&self, route: &Route, p: &Place<'_>) -> (f64, BoundBasis) {
        let (before, after) = (p.before.map(|k| p.x - k.x), p.after.map(|k| k.x - p.x));
        // The length of a hole in the map is not known, only its straight line.
        let (low, high) = (p.before.map_or(p.x, |k| k.x), p.after.map_or(p.x, |k| k.x));
        let gaps: f64 = route.course.gaps().iter().map(|g| (g.to_m.min(high) - g.from_m.max(low)).max(0.0)).sum();
        let (scale, assumed) = match (before, after) {
            (Some(a), Some(b)) => (scale_between(a, b), SPEED_TOLERANCE * a.min(b) + 30.0),
            (a, b) => {
                let far = a.or(b).unwrap_or(0.0);
                (scale_beyond(far), SPEED_TOLERANCE * far + 30.0)
            }
        };
        let (q, basis) = match (route.quantile, self.quantile) {
            (Some(q), _) => (Some(q), BoundBasis::Route),
            (None, Some(q)) => (Some(q), BoundBasis::AllRoutes),
            (None, None) => (None, BoundBasis::Assumed),
        };
        (q.map_or(assumed, |q| q * scale) + 0.1 * gaps, basis)
    }

    /// The stake of a place on a calibrated route within `max_m` metres; the nearest route if there are several.
    #[must_use]
    pub fn stake_at(&self, point: Point, max_m: f64) -> Option<StakeAt> {
        let hits = self.routes.values().flatten().filter_map(|r| Some((r, r.course.project(point, Direction::Both, max_m)?)));
        let mut hits: Vec<(&Route, CoursePoint)> = hits.collect();
        hits.sort_by(|a, b| a.1.distance_m.total_cmp(&b.1.distance_m));
        hits.into_iter().find_map(|(route, place)| self.stake_of(route, place))
    }

    fn stake_of(&self, route: &Route, place: CoursePoint) -> Option<StakeAt> {
        let sense = route.sense(place.direction);
        let calibration = route.calibration(Some(sense));
        if calibration.knots() < 2 {
            return None;
        }
        let (c, p) = calibration
            .runs
            .iter()
            .filter_map(|run| chainage(run, place.measure_m, calibration.sign))
            .min_by(|a, b| a.1.beyond().total_cmp(&b.1.beyond()))?;
        let metre = route.number(c);
        let stake = StakeText::new(metre).sign();
        Some(StakeAt { reference: route.reference.clone(), metre, stake, sense, bound_m: self.bound(route, &p).0, place })
    }

    /// Route numbers with posts, as on the map.
    pub fn references(&self) -> impl Iterator<Item = &str> {
        self.routes.values().flatten().map(|r| r.reference.as_str())
    }
}

/// A post on a course, the carriageway it tells by where it stands, and the direction it was given.
type PlacedPost = (Anchor, Option<Direction>, Option<Sense>);

impl Route {
    fn new(course: Course, zones: Vec<Zone>, anchors: Vec<PlacedPost>) -> Self {
        let pooled = Calibration::fit(anchors.iter().map(|a| a.0.clone()).collect());
        let up = if pooled.sign < 0.0 { Direction::Backward } else { Direction::Forward };
        let sense_of = |a: &PlacedPost| a.2.or_else(|| a.1.map(|d| if d == up { Sense::Increasing } else { Sense::Decreasing }));
        let only = |sense: Sense| -> Vec<Anchor> {
            anchors.iter().filter(|a| sense_of(a).is_none_or(|s| s == sense)).map(|a| a.0.clone()).collect()
        };
        let apart = (Calibration::fit(only(Sense::Increasing)), Calibration::fit(only(Sense::Decreasing)));
        let (first, decreasing) = if differ(&apart.0, &apart.1) { (apart.0, Some(apart.1)) } else { (pooled, None) };
        let mut route = Self { reference: course.name().to_owned(), course, zones, first, decreasing, quantile: None };
        route.quantile = quantile(&mut route.scores());
        route
    }

    fn scores(&self) -> Vec<f64> {
        let mut all = self.first.scores();
        all.extend(self.decreasing.iter().flat_map(Calibration::scores));
        all
    }

    fn calibration(&self, sense: Option<Sense>) -> &Calibration {
        match (&self.decreasing, sense) {
            (Some(c), Some(Sense::Decreasing)) => c,
            _ => &self.first,
        }
    }

    fn direction(&self, calibration: &Calibration, sense: Option<Sense>) -> Direction {
        let up = if calibration.sign < 0.0 { Direction::Backward } else { Direction::Forward };
        match sense {
            Some(Sense::Increasing) => up,
            Some(Sense::Decreasing) => up.reversed(),
            None if self.course.has(up) => up,
            None => up.reversed(),
        }
    }

    fn sense(&self, direction: Direction) -> Sense {
        if (direction == Direction::Backward) == (self.first.sign < 0.0) { Sense::Increasing } else { Sense::Decreasing }
    }

    /// Continuous chainage to the number on the post.
    fn number(&self, c: f64) -> f64 {
        let zone = self.zones.iter().find(|z| c <= z.to_m - z.shift).or(self.zones.last());
        zone.map_or(c, |z| c + z.shift)
    }

    fn nowhere(&self, calibration: &Calibration, metre: f64) -> StakeRefusal {
        let mut numbers: Vec<f64> = calibration.runs.iter().flatten().map(|k| self.number(k.c)).collect();
        numbers.sort_by(f64::total_cmp);
        let (first_m, last_m) = (numbers.first().copied().unwrap_or(0.0), numbers.last().copied().unwrap_or(0.0));
        if metre < first_m || metre > last_m {
            return StakeRefusal::Beyond { first_m, last_m };
        }
        let at = numbers.partition_point(|n| *n < metre);
        StakeRefusal::InBreak {
            back_m: numbers.get(at.saturating_sub(1)).copied().unwrap_or(first_m),
            ahead_m: numbers.get(at).copied().unwrap_or(last_m),
        }
    }
}

/// A measure and the knots around it.
struct Place<'a> {
    x: f64,
    before: Option<&'a Knot>,
    after: Option<&'a Knot>,
}

impl Place<'_> {
    fn beyond(&self) -> f64 {
        match (self.before, self.after) {
            (Some(k), None) | (None, Some(k)) => (self.x - k.x).abs(),
            _ => 0.0,
        }
    }
}

/// Where a continuous chainage lies: in each run that holds it, or at most [`BEYOND_M`] outside.
fn places(calibration: &Calibration, c: f64) -> Vec<Place<'_>> {
    let sign = calibration.sign;
    let mut found = Vec::new();
    for (i, run) in calibration.runs.iter().enumerate() {
        let after = run.partition_point(|k| sign * (k.c - c) < 0.0);
        let place = match (after.checked_sub(1).and_then(|b| run.get(b)), run.get(after)) {
            (Some(a), Some(b)) => Place { x: a.x + (b.x - a.x) * (c - a.c) / (b.c - a.c), before: Some(a), after: Some(b) },
            (Some(a), None) => Place { x: a.x + sign * (c - a.c) / slope(run, sign), before: Some(a), after: None },
            (None, Some(b)) if b.c == c => Place { x: b.x, before: Some(b), after: Some(b) },
            (None, Some(b)) => Place { x: b.x + sign * (c - b.c) / slope(run, sign), before: None, after: Some(b) },
            (None, None) => continue,
        };
        let next = i.checked_add(1).and_then(|n| calibration.runs.get(n)).and_then(|r| r.first()).map_or(f64::INFINITY, |k| k.x);
        let last = i.checked_sub(1).and_then(|n| calibration.runs.get(n)).and_then(|r| r.last()).map_or(f64::NEG_INFINITY, |k| k.x);
        if place.beyond() <= BEYOND_M && place.x < next && place.x > last {
            found.push(place);
        }
    }
    found
}

/// Stakes per metre of road over a whole run; 1 where it is too short to tell.
fn slope(run: &[Knot], sign: f64) -> f64 {
    match (run.first(), run.last()) {
        (Some(a), Some(b)) if b.x - a.x > 2_000.0 => (sign * (b.c - a.c) / (b.x - a.x)).clamp(1.0 - SPEED_TOLERANCE, 1.0 + SPEED_TOLERANCE),
        _ => 1.0,
    }
}

/// The chainage of a measure by one run, at most [`BEYOND_M`] outside it.
fn chainage(run: &[Knot], x: f64, sign: f64) -> Option<(f64, Place<'_>)> {
    let after = run.partition_point(|k| k.x < x);
    let (before, after) = (after.checked_sub(1).and_then(|b| run.get(b)), run.get(after));
    let c = match (before, after) {
        (Some(a), Some(b)) => a.c + (b.c - a.c) * (x - a.x) / (b.x - a.x),
        (Some(k), None) | (None, Some(k)) => k.c + sign * (x - k.x) * slope(run, sign),
        (None, None) => return None,
    };
    let place = Place { x, before, after };
    (place.beyond() <= BEYOND_M).then_some((c, place))
}

/// Whether two directions are posted differently: their chainage at each other's posts differs in the median.
fn differ(a: &Calibration, b: &Calibration) -> bool {
    let mut off: Vec<f64> = Vec::new();
    for knot in a.runs.iter().flatten() {
        let at = b.runs.iter().filter(|r| r.len() > 1).find_map(|run| chainage(run, knot.x, b.sign).filter(|(_, p)| p.beyond() == 0.0));
        off.extend(at.map(|(c, _)| (c - knot.c).abs()));
    }
    off.sort_by(f64::total_cmp);
    off.len() >= 3 && a.sign == b.sign && off.get(off.len() / 2).is_some_and(|m| *m > DIRECTIONS_DIFFER_M)
}

/// The conformal quantile of `n` scores, `None` with fewer than 19: the ⌈(n + 1) · 0.95⌉-th covers 95 % on the average over all sets of posts;
/// one standard deviation of the rank more makes it 95 % or better for five sets of six (Wilks 1941).
fn quantile(scores: &mut [f64]) -> Option<f64> {
    scores.sort_by(f64::total_cmp);
    let n = scores.len() as f64;
    let rank = ((n + 1.0) * COVERAGE).ceil();
    if rank > n {
        return None;
    }
    let surer = (rank + (n * COVERAGE * (1.0 - COVERAGE)).sqrt()).ceil().min(n) as usize;
    scores.get(surer.checked_sub(1)?).copied().map(|q| q.max(1.0))
}

fn zones<'a>(equations: impl Iterator<Item = &'a ChainageEquation>) -> Vec<Zone> {
    let mut breaks: Vec<(f64, f64)> = equations.map(|e| (e.back_m, e.ahead_m)).filter(|(a, b)| a.is_finite() && b.is_finite()).collect();
    breaks.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut zones = Vec::new();
    let (mut from_m, mut shift) = (f64::NEG_INFINITY, 0.0);
    for (back, ahead) in breaks {
        zones.push(Zone { from_m, to_m: back, shift });
        from_m = ahead;
        shift += ahead - back;
    }
    zones.push(Zone { from_m, to_m: f64::INFINITY, shift });
    zones
}

/// The route number of the road at a point, empty if there is none within 30 m.
fn reference_at(network: &Network, point: Point) -> String {
    let edge = network.snap(point, 30.0).and_then(|s| network.edge(s.edge));
    edge.and_then(|e| e.reference.split(';').next().map(|r| r.trim().to_owned())).unwrap_or_default()
}
