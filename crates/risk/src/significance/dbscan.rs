//! DBSCAN: the shape of dense places, on the plane or along the streets (Ester, Kriegel, Sander & Xu, KDD 1996). **No test**: it finds
//! clusters in pure chance too, and knows no exposure. Ask [`super::scan`] whether there is one.
//!
//! An event with at least so many events within reach, itself included, is *core*; core events within reach of each other are of one
//! cluster; an event that is not core but within reach of one belongs to the cluster of the *nearest* core event (the
//! lower-numbered of equally near ones), so the result does not depend on the order of the events but for the clusters' numbers.
//!
//! On the plane: squares so small that all events of one are within reach of each other (Gunawan, 2013; de Berg et al., ISAAC 2017). A square
//! with enough events is core as a whole, and two squares are joined by the first pair that is near enough.

use super::{Pair, SignificanceError};
use gongzhi_civic::text::Text;
use rayon::prelude::*;
use serde::Serialize;

/// What DBSCAN found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dense {
    /// Events.
    pub n: usize,
    /// How many clusters.
    pub clusters: u32,
    /// The cluster of each event, numbered by their lowest-numbered core event; `None` for an event on its own.
    pub cluster: Vec<Option<u32>>,
    /// Which events are core.
    pub core: Vec<bool>,
    /// The method, to print with the map.
    pub method: Text,
}

/// DBSCAN of events whose pairs within reach are known: [`super::pairs_on_network`]. `least` is the least number within reach, the
/// event itself included.
///
/// # Errors
/// [`SignificanceError::Neighbour`] for a pair that names no event; [`SignificanceError::Size`].
pub fn dbscan_of_pairs(events: usize, pairs: &[Pair], least: usize) -> Result<Dense, SignificanceError> {
    if u32::try_from(events).is_err() {
        return Err(SignificanceError::Size(events));
    }
    let mut near = vec![1_usize; events];
    for pair in pairs {
        if pair.a.max(pair.b) as usize >= events || pair.a == pair.b {
            return Err(SignificanceError::Neighbour { unit: pair.a as usize, neighbour: pair.b });
        }
        near[pair.a as usize] += 1;
        near[pair.b as usize] += 1;
    }
    let core: Vec<bool> = near.iter().map(|near| *near >= least).collect();
    let mut sets = Sets::new(events);
    let mut nearest = vec![(f64::INFINITY, u32::MAX); events];
    for pair in pairs {
        match (core[pair.a as usize], core[pair.b as usize]) {
            (true, true) => sets.join(pair.a, pair.b),
            (true, false) => offer(&mut nearest[pair.b as usize], pair.distance_m, pair.a),
            (false, true) => offer(&mut nearest[pair.a as usize], pair.distance_m, pair.b),
            (false, false) => {}
        }
    }
    let belongs: Vec<Option<u32>> = (0..events as u32)
        .map(|event| if core[event as usize] { Some(event) } else { Some(nearest[event as usize].1).filter(|core| *core != u32::MAX) })
        .collect();
    Ok(numbered(core, &belongs, |event| sets.root(event), "沿路网", "along the streets", least))
}

/// DBSCAN of points on the plane, metres east and north.
///
/// # Errors
/// [`SignificanceError::Parameter`] for a reach that is not from 1 mm to 100 km, [`SignificanceError::Value`] for a coordinate that is no number or
/// farther than 1,000 km from the plane's centre.
pub fn dbscan_on_plane(points: &[(f64, f64)], reach_m: f64, least: usize) -> Result<Dense, SignificanceError> {
    if !(1e-3..=super::MAX_REACH_M).contains(&reach_m) {
        return Err(SignificanceError::Parameter { name: "reach_m", value: reach_m });
    }
    if u32::try_from(points.len()).is_err() {
        return Err(SignificanceError::Size(points.len()));
    }
    if let Some(unit) = points.iter().position(|(x, y)| !(x.abs() <= 1e6 && y.abs() <= 1e6)) {
        let (x, y) = points[unit];
        return Err(SignificanceError::Value { unit, value: if x.abs() <= 1e6 { y } else { x } });
    }
    let squares = Squares::new(points, reach_m);
    let core_here: Vec<bool> =
        (0..squares.len()).into_par_iter().with_min_len(256).flat_map_iter(|square| squares.core(square, least)).collect();
    let cores: Vec<Vec<u32>> =
        (0..squares.len()).map(|s| squares.members(s).filter(|&place| core_here[place as usize]).collect()).collect();

    let mut sets = Sets::new(squares.len());
    for square in 0..squares.len() {
        for other in squares.around(square).filter(|other| *other > square && !cores[*other].is_empty()) {
            let apart = sets.root(square as u32) != sets.root(other as u32);
            if apart && cores[square].iter().any(|&a| cores[other].iter().any(|&b| squares.apart(a, b) <= squares.reach2)) {
                sets.join(square as u32, other as u32);
            }
        }
    }
    // For each place the place of the core event it belongs to.
    let home: Vec<Option<u32>> = (0..squares.len())
        .into_par_iter()
        .with_min_len(256)
        .flat_map_iter(|square| {
            let (squares, cores, core_here) = (&squares, &cores, &core_here);
            squares.members(square).map(move |place| {
                if core_here[place as usize] {
                    return Some(place);
                }
                let mut nearest = (f64::INFINITY, u32::MAX, None);
                for &core in squares.around(square).flat_map(|other| &cores[other]) {
                    let (apart, event) = (squares.apart(place, core), squares.order[core as usize]);
                    if apart <= squares.reach2 && (apart, event) < (nearest.0, nearest.1) {
                        nearest = (apart, event, Some(core));
                    }
                }
                nearest.2
            })
        })
        .collect();

    let (mut core, mut belongs) = (vec![false; points.len()], vec![None; points.len()]);
    for (place, &event) in squares.order.iter().enumerate() {
        core[event as usize] = core_here[place];
        belongs[event as usize] = home[place];
    }
    Ok(numbered(core, &belongs, |place| sets.root(squares.square_of[place as usize]), "平面", "on the plane", least))
}

fn offer(nearest: &mut (f64, u32), distance_m: f64, core: u32) {
    if (distance_m, core) < *nearest {
        *nearest = (distance_m, core);
    }
}

/// Clusters numbered in the order of their first core event.
fn numbered(core: Vec<bool>, belongs: &[Option<u32>], mut root: impl FnMut(u32) -> u32, zh: &str, en: &str, least: usize) -> Dense {
    let roots: Vec<Option<u32>> = belongs.iter().map(|home| home.map(&mut root)).collect();
    let mut number = std::collections::HashMap::new();
    for root in roots.iter().zip(&core).filter(|(_, core)| **core).filter_map(|(root, _)| *root) {
        let next = number.len() as u32;
        number.entry(root).or_insert(next);
    }
    let cluster = roots.iter().map(|root| root.and_then(|root| number.get(&root).copied())).collect();
    let (n, clusters) = (core.len(), number.len() as u32);
    let method = Text::new(
        format!("DBSCAN 聚类（{zh}，至少 {least} 起），n = {n}，{clusters} 簇；仅描述形状，未作显著性检验"),
        format!("DBSCAN ({en}, at least {least} events), n = {n}, {clusters} clusters; shape only, not a test"),
    );
    Dense { n, clusters, cluster, core, method }
}

/// Points sorted by squares whose diagonal is just below the reach. A *place* is a position in that order.
struct Squares {
    keys: Vec<u64>,
    first: Vec<u32>,
    order: Vec<u32>,
    points: Vec<(f64, f64)>,
    square_of: Vec<u32>,
    reach2: f64,
}

impl Squares {
    fn new(points: &[(f64, f64)], reach_m: f64) -> Self {
        // A little less than reach/√2, so that rounding cannot put two points of a square out of reach.
        let side = reach_m * std::f64::consts::FRAC_1_SQRT_2 * (1.0 - 1e-9);
        let (west, south) = points.iter().fold((f64::INFINITY, f64::INFINITY), |(w, s), &(x, y)| (w.min(x), s.min(y)));
        // Two squares of room below, so that a square's surroundings have numbers too.
        let number = |offset: f64| (offset / side) as u64 + 2;
        let mut keyed: Vec<(u64, u32)> =
            (0_u32..).zip(points).map(|(event, &(x, y))| (number(y - south) << 32 | number(x - west), event)).collect();
        keyed.par_sort_unstable();
        let (mut keys, mut first, mut square_of) = (Vec::new(), Vec::new(), Vec::with_capacity(points.len()));
        for (place, &(key, _)) in (0_u32..).zip(&keyed) {
            if keys.last() != Some(&key) {
                keys.push(key);
                first.push(place);
            }
            square_of.push(keys.len() as u32 - 1);
        }
        first.push(points.len() as u32);
        let order: Vec<u32> = keyed.iter().map(|&(_, event)| event).collect();
        let points = order.iter().map(|&event| points[event as usize]).collect();
        Self { keys, first, order, points, square_of, reach2: reach_m * reach_m }
    }

    fn len(&self) -> usize {
        self.keys.len()
    }

    fn members(&self, square: usize) -> std::ops::Range<u32> {
        self.first[square]..self.first[square + 1]
    }

    /// Squares that can hold events within reach of this one's, itself included.
    fn around(&self, square: usize) -> impl Iterator<Item = usize> + '_ {
        let key = self.keys[square];
        (0..5).flat_map(move |row: u64| {
            let middle = key + (row << 32) - (2 << 32);
            let from = self.keys.partition_point(|key| *key < middle - 2);
            (from..self.len()).take_while(move |&other| self.keys[other] <= middle + 2)
        })
    }

    fn apart(&self, a: u32, b: u32) -> f64 {
        let ((ax, ay), (bx, by)) = (self.points[a as usize], self.points[b as usize]);
        (ax - bx) * (ax - bx) + (ay - by) * (ay - by)
    }

    /// For each event of a square whether it is core.
    fn core(&self, square: usize, least: usize) -> Vec<bool> {
        let own = self.members(square);
        if own.len() >= least {
            return vec![true; own.len()];
        }
        let others: Vec<usize> = self.around(square).filter(|other| *other != square).collect();
        let reaches = |place: u32| {
            let mut near = own.len();
            for &other in &others {
                near += self.members(other).filter(|&b| self.apart(place, b) <= self.reach2).count();
                if near >= least {
                    return true;
                }
            }
            false
        };
        own.clone().map(reaches).collect()
    }
}

/// Disjoint sets; the lower number is the root.
struct Sets(Vec<u32>);

impl Sets {
    fn new(n: usize) -> Self {
        Self((0..n as u32).collect())
    }

    fn root(&mut self, mut item: u32) -> u32 {
        while self.0[item as usize] != item {
            let above = self.0[self.0[item as usize] as usize];
            self.0[item as usize] = above;
            item = above;
        }
        item
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}
