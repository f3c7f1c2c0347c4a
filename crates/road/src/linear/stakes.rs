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

use super::calibrate::{Anchor, Knot, SPEED_TOLERANCE, scale_between, scale_beyond};
use super::chain::route_key;
use super::route::{Place, PlacedPost, Route, Zone, chainage, places, quantile, zones};
use super::{
    BoundBasis, BracketPost, ChainageEquation, Course, CoursePoint, Direction, Located, RejectReason, Rejected, Sense, StakeAt, StakePost,
    StakeRefusal, StakeText,
};
use crate::Network;

/// A post farther from its road than this is not used, metres.
const POST_REACH_M: f64 = 60.0;

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
        let routes = if metre.is_finite() { self.routes_of(reference) } else { Vec::new() };
        if routes.is_empty() {
            return Err(StakeRefusal::UnknownRoute { reference: reference.to_owned() });
        }
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

    /// Routes of a number; if it has no posts, those whose road bears it as a name (山旧线).
    fn routes_of(&self, reference: &str) -> Vec<&Route> {
        let key = route_key(reference);
        match self.routes.get(&key) {
            Some(routes) => routes.iter().collect(),
            None => self.routes.values().flatten().filter(|r| r.course.names().iter().any(|n| route_key(n) == key)).collect(),
        }
    }

    /// The course an answer lies on.
    pub(super) fn course_at(&self, reference: &str, located: &Located) -> Option<&Course> {
        let on = |r: &&Route| r.course.measure_of(located.place.edge, located.place.offset_m).is_some();
        self.routes_of(reference).into_iter().find(on).map(|r| &r.course)
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

/// The route number of the road at a point, empty if there is none within 30 m.
fn reference_at(network: &Network, point: Point) -> String {
    let edge = network.snap(point, 30.0).and_then(|s| network.edge(s.edge));
    edge.and_then(|e| e.reference.split(';').next().map(|r| r.trim().to_owned())).unwrap_or_default()
}
