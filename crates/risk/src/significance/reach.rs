//! Which units lie within a distance of which, nearest first: made once for a map, used by every question.

use super::SignificanceError;
use crate::network::{Adjacency, Graph, Search, Travel};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Longest reach, metres.
pub const MAX_REACH_M: f64 = 100_000.0;

/// Most pairs of one reach or list of pairs: 0.8 GB kept, three times that while they are found.
pub const MAX_PAIRS: usize = 100_000_000;

/// Counts pairs while they are found on many threads, so that too long a reach ends in a refusal and not in the memory's end.
#[derive(Default)]
pub(super) struct Budget(AtomicUsize);

impl Budget {
    /// Whether there is room for more.
    pub(super) fn open(&self) -> bool {
        self.0.load(Ordering::Relaxed) <= MAX_PAIRS
    }

    /// The list, counted.
    pub(super) fn spend<T>(&self, list: Vec<T>) -> Vec<T> {
        self.0.fetch_add(list.len(), Ordering::Relaxed);
        list
    }

    /// Whether all went in. Lists left out once it was full do not matter: it stays full.
    pub(super) fn check(&self) -> Result<(), SignificanceError> {
        if self.open() { Ok(()) } else { Err(SignificanceError::Size(self.0.load(Ordering::Relaxed))) }
    }
}

/// Distances are kept in tenths of a millimetre: far below any survey, far above rounding, so what is equally far is
/// equal, and from `a` to `b` is as far as from `b` to `a`.
const PER_METRE: f64 = 10_000.0;

/// For every unit the units within a distance of it, the unit itself included at 0, nearest first and of equally
/// near ones the lower number first. Symmetric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    first: Vec<usize>,
    near: Vec<(u32, u32)>,
    radius: u32,
}

impl Reach {
    /// Streets within `radius_m` of each other, from middle to middle along the streets, in either direction.
    ///
    /// Cost: one bounded search from each street; memory: 8 B for each pair.
    ///
    /// # Errors
    /// [`SignificanceError::Parameter`] for a radius that is negative or above [`MAX_REACH_M`], [`SignificanceError::Size`] for more than
    /// [`MAX_PAIRS`].
    pub fn on_network(graph: &Graph, radius_m: f64) -> Result<Self, SignificanceError> {
        let radius = tenths(radius_m)?;
        let (edges, budget) = (graph.edges().len() as u32, Budget::default());
        let adjacency = Adjacency::new(graph, Travel::EitherWay, false);
        let lists: Vec<Vec<(u32, u32)>> = (0..edges)
            .into_par_iter()
            .map_init(
                || Around { graph, adjacency: &adjacency, search: Search::new(graph.nodes()), reached: vec![false; graph.edges().len()] },
                |around, edge| {
                    if budget.open() { budget.spend(around.middle(edge, radius_m + 1.0 / PER_METRE)) } else { Vec::new() }
                },
            )
            .collect();
        budget.check()?;
        Ok(Self::of_lists(lists, radius))
    }

    /// Points within `radius_m` of each other, as the crow flies; metres east and north.
    ///
    /// # Errors
    /// [`SignificanceError::Parameter`] as [`Self::on_network`], [`SignificanceError::Value`] for a coordinate that is no number,
    /// [`SignificanceError::Size`].
    pub fn on_plane(points: &[(f64, f64)], radius_m: f64) -> Result<Self, SignificanceError> {
        let radius = tenths(radius_m)?;
        let lists = super::knox::near_on_plane(points, radius_m + 1.0 / PER_METRE)?;
        let lists = lists.into_iter().map(|list| list.into_iter().map(|(unit, d)| (unit, rounded(d))).collect()).collect();
        Ok(Self::of_lists(lists, radius))
    }

    fn of_lists(mut lists: Vec<Vec<(u32, u32)>>, radius: u32) -> Self {
        lists.par_iter_mut().for_each(|list| {
            list.retain(|&(_, distance)| distance <= radius);
            list.sort_unstable_by_key(|&(unit, distance)| (distance, unit));
        });
        let mut first = Vec::with_capacity(lists.len() + 1);
        first.push(0);
        first.extend(lists.iter().scan(0, |sum, list| {
            *sum += list.len();
            Some(*sum)
        }));
        Self { first, near: lists.concat(), radius }
    }

    /// How many units.
    #[must_use]
    pub fn units(&self) -> usize {
        self.first.len() - 1
    }

    /// Pairs, counted from both ends, each unit with itself included.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.near.len()
    }

    /// The reach, metres.
    #[must_use]
    pub fn radius_m(&self) -> f64 {
        f64::from(self.radius) / PER_METRE
    }

    /// Units near a unit with their distance in metres, nearest first, the unit itself included.
    pub fn of(&self, unit: usize) -> impl Iterator<Item = (u32, f64)> + '_ {
        self.list(unit).iter().map(|&(unit, distance)| (unit, f64::from(distance) / PER_METRE))
    }

    /// The same with distances in tenths of a millimetre; empty for what is no unit.
    pub(super) fn list(&self, unit: usize) -> &[(u32, u32)] {
        match (self.first.get(unit), self.first.get(unit + 1)) {
            (Some(&from), Some(&to)) => &self.near[from..to],
            _ => &[],
        }
    }

    pub(super) fn metres(distance: u32) -> f64 {
        f64::from(distance) / PER_METRE
    }
}

/// In tenths of a millimetre. A quarter is added so that the halves of whole tenths, which are common, do not go up or down by their
/// last bit.
fn rounded(distance_m: f64) -> u32 {
    (distance_m * PER_METRE + 0.25).round() as u32
}

fn tenths(radius_m: f64) -> Result<u32, SignificanceError> {
    if !(0.0..=MAX_REACH_M).contains(&radius_m) {
        return Err(SignificanceError::Parameter { name: "radius_m", value: radius_m });
    }
    Ok((radius_m * PER_METRE).round() as u32)
}

/// What one thread needs to look about streets.
struct Around<'a> {
    graph: &'a Graph,
    adjacency: &'a Adjacency,
    search: Search,
    reached: Vec<bool>,
}

impl Around<'_> {
    /// Streets whose middle is within `reach_m` of this street's middle, with the distance in tenths of a millimetre.
    fn middle(&mut self, edge: u32, reach_m: f64) -> Vec<(u32, u32)> {
        let Self { graph, adjacency, search, reached } = self;
        let own = graph.edges()[edge as usize];
        let half = own.length_m / 2.0;
        let mut near = vec![(edge, 0)];
        reached[edge as usize] = true;
        search.run(adjacency, &[(own.from, half), (own.to, half)], reach_m, |node, distance| {
            for &(other, _) in graph.at(node) {
                // The first end to be reached is the nearer one, and from both ends it is as far to the middle.
                if reached[other as usize] {
                    continue;
                }
                let to_middle = distance + graph.edges()[other as usize].length_m / 2.0;
                if to_middle <= reach_m {
                    reached[other as usize] = true;
                    near.push((other, rounded(to_middle)));
                }
            }
        });
        for &(other, _) in &near {
            reached[other as usize] = false;
        }
        near
    }
}
