//! The Knox test of near repeats: does one event make another near it more likely for a while?
//!
//! Pairs of events are counted by bands of distance and of time. Under the null the times are as they are and the places are as they
//! are, but which time goes with which place is chance: the times are permuted (Knox, Applied Statistics 13, 1964; Johnson et al.,
//! J. Quant. Criminol. 23, 2007). A band holds what is *above* its lower and *not above* its upper limit, the first one 0 as well.

use super::reach::Budget;
use super::{MAX_REACH_M, SignificanceError};
use crate::network::{Adjacency, Event, Graph, Search, Travel};
use crate::random::Stream;
use gongzhi_civic::text::Text;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Two events and how far apart they are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The earlier-numbered event.
    pub a: u32,
    /// The later-numbered one.
    pub b: u32,
    /// Metres between them.
    pub distance_m: f64,
}

/// How to test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnoxMethod {
    /// Upper limits of the bands of distance, metres, rising. Pairs farther apart than the last are not counted.
    pub distances_m: Vec<f64>,
    /// Upper limits of the bands of time, in the unit of the times, rising.
    pub intervals: Vec<f64>,
    /// How many permutations.
    pub permutations: u32,
    /// Seed of the permutations.
    pub seed: u64,
}

/// One band of distance and time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct KnoxCell {
    /// Pairs observed.
    pub pairs: u64,
    /// Mean of the permutations.
    pub expected: f64,
    /// Observed over expected, the Knox ratio; `None` where none are expected.
    pub ratio: Option<f64>,
    /// One-sided: `(b + 1)/(m + 1)`, `b` of `m` permutations with this many pairs or more.
    pub p: f64,
}

/// The table of a Knox test.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Knox {
    /// Events.
    pub n: usize,
    /// By band of distance, then by band of time.
    pub cells: Vec<Vec<KnoxCell>>,
    /// The method, to print with the table.
    pub method: Text,
}

/// Tests `pairs` of events ([`pairs_on_network`], [`pairs_on_plane`]) whose times are given in any unit.
///
/// # Errors
/// [`SignificanceError::Parameter`] for bands that do not rise or no permutations, [`SignificanceError::Value`] for a time that is no number,
/// [`SignificanceError::Neighbour`] for a pair that names no event.
pub fn knox(pairs: &[Pair], times: &[f64], method: &KnoxMethod) -> Result<Knox, SignificanceError> {
    super::check_values(times, times.len())?;
    for (name, limits) in [("distances_m", &method.distances_m), ("intervals", &method.intervals)] {
        let rising = limits.iter().zip(limits.iter().skip(1)).all(|(a, b)| a < b);
        let first = limits.first().copied().unwrap_or(f64::NAN);
        if !rising || first.is_nan() || first < 0.0 || !limits.iter().all(|limit| limit.is_finite()) {
            return Err(SignificanceError::Parameter { name, value: first });
        }
    }
    if method.permutations == 0 {
        return Err(SignificanceError::Parameter { name: "permutations", value: 0.0 });
    }
    if let Some(pair) = pairs.iter().find(|pair| pair.a.max(pair.b) as usize >= times.len()) {
        return Err(SignificanceError::Neighbour { unit: pair.a as usize, neighbour: pair.b });
    }
    let (bands, spans) = (method.distances_m.len(), method.intervals.len());
    // By band of distance, so that the inner loop looks at times only.
    let mut near: Vec<Vec<(u32, u32)>> = vec![Vec::new(); bands];
    for pair in pairs {
        let band = method.distances_m.partition_point(|limit| *limit < pair.distance_m);
        if let Some(list) = near.get_mut(band) {
            list.push((pair.a, pair.b));
        }
    }
    let count = |times: &[f64]| {
        let mut table = vec![0_u64; bands * spans];
        for (band, list) in near.iter().enumerate() {
            for &(a, b) in list {
                let apart = (times[a as usize] - times[b as usize]).abs();
                let span = method.intervals.partition_point(|limit| *limit < apart);
                if span < spans {
                    table[band * spans + span] += 1;
                }
            }
        }
        table
    };
    let observed = count(times);
    let permuted = |number: u64| {
        let mut times = times.to_vec();
        Stream::new(method.seed, number).shuffle(&mut times);
        let table = count(&times);
        let reached: Vec<u64> = table.iter().zip(&observed).map(|(count, observed)| u64::from(count >= observed)).collect();
        (table, reached)
    };
    let add = |mut a: (Vec<u64>, Vec<u64>), b: (Vec<u64>, Vec<u64>)| {
        a.0.iter_mut().zip(b.0).for_each(|(a, b)| *a += b);
        a.1.iter_mut().zip(b.1).for_each(|(a, b)| *a += b);
        a
    };
    let zero = || (vec![0; bands * spans], vec![0; bands * spans]);
    let (sums, reached) = (0..u64::from(method.permutations)).into_par_iter().map(permuted).reduce(zero, add);
    let m = f64::from(method.permutations);
    let cell = |at: usize| {
        let expected = sums[at] as f64 / m;
        let ratio = (expected > 0.0).then(|| observed[at] as f64 / expected);
        KnoxCell { pairs: observed[at], expected, ratio, p: (reached[at] as f64 + 1.0) / (m + 1.0) }
    };
    let cells = (0..bands).map(|band| (0..spans).map(|span| cell(band * spans + span)).collect()).collect();
    let (n, permutations, seed) = (times.len(), method.permutations, method.seed);
    let text = Text::new(
        format!("Knox 近重复检验：n = {n} 起，时间置换 {permutations} 次（种子 {seed}），单侧 p；各格未作多重比较校正"),
        format!(
            "Knox test of near repeats: n = {n} events, times permuted {permutations} times (seed {seed}), one-sided p; cells not corrected for many looks"
        ),
    );
    Ok(Knox { n, cells, method: text })
}

/// Pairs of points at most `reach_m` apart as the crow flies; metres east and north.
///
/// # Errors
/// [`SignificanceError::Parameter`] for a reach that is negative or too long, [`SignificanceError::Value`] for a coordinate that is no number,
/// [`SignificanceError::Size`] for more than [`super::MAX_PAIRS`].
pub fn pairs_on_plane(points: &[(f64, f64)], reach_m: f64) -> Result<Vec<Pair>, SignificanceError> {
    let lists = near_on_plane(points, reach_m)?;
    let of = |(a, list): (u32, Vec<(u32, f64)>)| {
        list.into_iter().filter(move |&(b, _)| b > a).map(move |(b, distance_m)| Pair { a, b, distance_m })
    };
    Ok((0_u32..).zip(lists).flat_map(of).collect())
}

/// Pairs of events at most `reach_m` apart along the streets, in either direction. Weights are not read.
///
/// # Errors
/// [`SignificanceError::Parameter`] for a reach that is negative or too long, [`SignificanceError::Value`] for an event that is not on the graph,
/// [`SignificanceError::Size`] for more than [`super::MAX_PAIRS`].
pub fn pairs_on_network(graph: &Graph, events: &[Event], reach_m: f64) -> Result<Vec<Pair>, SignificanceError> {
    check_reach(reach_m)?;
    let on = |event: &Event| graph.edges().get(event.edge as usize).is_some_and(|edge| (0.0..=edge.length_m).contains(&event.offset_m));
    if let Some(unit) = events.iter().position(|event| !on(event)) {
        return Err(SignificanceError::Value { unit, value: events[unit].offset_m });
    }
    let mut on_edge: Vec<Vec<u32>> = vec![Vec::new(); graph.edges().len()];
    for (number, event) in (0_u32..).zip(events) {
        on_edge[event.edge as usize].push(number);
    }
    let budget = Budget::default();
    let adjacency = Adjacency::new(graph, Travel::EitherWay, false);
    let of = |search: &mut Search, a: u32| {
        if !budget.open() {
            return Vec::new();
        }
        let own = events[a as usize];
        let edge = graph.edges()[own.edge as usize];
        // Along the street itself; a way round may be shorter and is offered below.
        let mut found: Vec<(u32, f64)> =
            on_edge[own.edge as usize].iter().map(|&b| (b, (events[b as usize].offset_m - own.offset_m).abs())).collect();
        let starts = [(edge.from, own.offset_m), (edge.to, edge.length_m - own.offset_m)];
        search.run(&adjacency, &starts, reach_m, |node, distance| {
            for &(number, at_end) in graph.at(node) {
                let length_m = graph.edges()[number as usize].length_m;
                found.extend(on_edge[number as usize].iter().map(|&b| {
                    let offset_m = events[b as usize].offset_m;
                    (b, distance + if at_end { length_m - offset_m } else { offset_m })
                }));
            }
        });
        found.retain(|&(b, distance)| b > a && distance <= reach_m);
        found.sort_unstable_by(|x, y| x.0.cmp(&y.0).then(x.1.total_cmp(&y.1)));
        found.dedup_by_key(|found| found.0);
        budget.spend(found.into_iter().map(|(b, distance_m)| Pair { a, b, distance_m }).collect())
    };
    let lists: Vec<Vec<Pair>> = (0..events.len() as u32).into_par_iter().map_init(|| Search::new(graph.nodes()), of).collect();
    budget.check()?;
    Ok(lists.concat())
}

/// For every point the points within reach, itself included, unsorted, by squares as wide as the reach.
pub(super) fn near_on_plane(points: &[(f64, f64)], reach_m: f64) -> Result<Vec<Vec<(u32, f64)>>, SignificanceError> {
    check_reach(reach_m)?;
    if u32::try_from(points.len()).is_err() {
        return Err(SignificanceError::Size(points.len()));
    }
    if let Some(unit) = points.iter().position(|(x, y)| !(x.abs() < 1e9 && y.abs() < 1e9)) {
        return Err(SignificanceError::Value { unit, value: if points[unit].0.abs() < 1e9 { points[unit].1 } else { points[unit].0 } });
    }
    let side = reach_m.max(1e-3);
    let square = |&(x, y): &(f64, f64)| ((x / side).floor() as i64, (y / side).floor() as i64);
    let mut squares: std::collections::HashMap<(i64, i64), Vec<u32>> = std::collections::HashMap::new();
    for (number, point) in (0_u32..).zip(points) {
        squares.entry(square(point)).or_default().push(number);
    }
    let budget = Budget::default();
    let near = |point: &(f64, f64)| {
        if !budget.open() {
            return Vec::new();
        }
        let (column, row) = square(point);
        let around = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (column + dx, row + dy)));
        let others = around.filter_map(|square| squares.get(&square)).flatten();
        let apart = others.map(|&other| (other, (points[other as usize].0 - point.0).hypot(points[other as usize].1 - point.1)));
        budget.spend(apart.filter(|&(_, distance)| distance <= reach_m).collect())
    };
    let lists = points.par_iter().map(near).collect();
    budget.check()?;
    Ok(lists)
}

fn check_reach(reach_m: f64) -> Result<(), SignificanceError> {
    if (0.0..=MAX_REACH_M + 1.0).contains(&reach_m) {
        Ok(())
    } else {
        Err(SignificanceError::Parameter { name: "reach_m", value: reach_m })
    }
}
