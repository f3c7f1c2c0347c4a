//! The engine without preparation: it sees a change of the overlay at once.

use std::sync::Arc;

use super::answer::*;
use super::graph::{Graph, NEVER};
use super::overlay::Overlay;
use super::position::{Position, Seed, direct, seeds_in, seeds_out};
use super::search::{Marks, Search, Then};
use crate::format::NONE;

/// Dijkstra's search on the edge-expanded graph, bounded by what is asked. One per thread; its memory is used again.
#[derive(Debug)]
pub struct BoundedDijkstra {
    graph: Arc<Graph>,
    search: Search,
    marks: Marks,
    seeds: Vec<Seed>,
    ends: Vec<Seed>,
    /// Best total of each place, and the seed it came by.
    best: Vec<(u32, u32, u32)>,
    nearest: Vec<(u32, u32)>,
}

impl BoundedDijkstra {
    /// An engine on a graph.
    #[must_use]
    pub fn new(graph: Arc<Graph>) -> Self {
        Self {
            graph,
            search: Search::default(),
            marks: Marks::default(),
            seeds: Vec::new(),
            ends: Vec::new(),
            best: Vec::new(),
            nearest: Vec::new(),
        }
    }

    /// The graph.
    #[must_use]
    pub const fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    /// States settled by the last search.
    #[must_use]
    pub const fn settled(&self) -> usize {
        self.search.settled
    }

    /// Marks where the units begin, and the units already on the edge of the place.
    fn mark_units(&mut self, overlay: &Overlay, query: &NearestQuery<'_>) {
        self.marks.clear(self.graph.states());
        self.best.clear();
        for (i, unit) in query.units.iter().enumerate() {
            self.ends.clear();
            seeds_out(&self.graph, overlay, &unit.position, &mut self.ends);
            for seed in &self.ends {
                self.marks.entries.push((Seed { ms: seed.ms.saturating_add(unit.ready_ms), ..*seed }, i as u32));
            }
            let here = direct(&self.graph, overlay, &unit.position, &query.to);
            self.best.push(here.map_or((NEVER, NONE, NONE), |(ms, edge)| (ms.saturating_add(unit.ready_ms), NONE, edge)));
        }
        self.marks.index();
    }

    fn unit_route(&self, query: &NearestQuery<'_>, unit: usize) -> Option<Route> {
        let (ms, state, edge) = *self.best.get(unit).filter(|b| b.0 != NEVER)?;
        let mut edges = vec![edge];
        if state != NONE {
            edges.extend(self.search.edges_to_root(state));
        }
        Some(Route::new(&self.graph, ms, edges, &query.units[unit].position, &query.to))
    }

    /// Why a unit that no search found cannot come.
    fn why(&mut self, overlay: &Overlay, query: &NearestQuery<'_>, unit: usize, free: &Overlay) -> NotChosen {
        let graph = self.graph.clone();
        let position = query.units[unit].position;
        let open = |p: &Position| p.spots(&graph).any(|(e, _)| graph.ms[e as usize] != NEVER);
        if !open(&position) || !open(&query.to) {
            return NotChosen::NotAllowed;
        }
        if overlay.version().content != free.version().content && self.path(free, &position, &query.to).is_some() {
            return NotChosen::Closed;
        }
        let island = |p: &Position| -> Vec<u32> {
            p.spots(&graph).flat_map(|(e, _)| graph.states_of(e)).map(|s| graph.island[s as usize]).collect()
        };
        let there = island(&query.to);
        if island(&position).iter().any(|i| there.contains(i)) { NotChosen::OneWayTrap } else { NotChosen::OtherComponent }
    }
}

/// Keeps the k least totals of `nearest`, one for each unit.
fn keep(nearest: &mut Vec<(u32, u32)>, k: usize, ms: u32, unit: u32) {
    if let Some(old) = nearest.iter().position(|(_, u)| *u == unit) {
        if nearest[old].0 <= ms {
            return;
        }
        nearest.remove(old);
    }
    let at = nearest.partition_point(|n| *n < (ms, unit));
    if at < k {
        nearest.insert(at, (ms, unit));
        nearest.truncate(k);
    }
}

impl Routes for BoundedDijkstra {
    fn k_nearest(&mut self, overlay: &Overlay, query: &NearestQuery<'_>) -> NearestAnswer {
        let version = overlay.version();
        if query.k == 0 || query.units.is_empty() {
            return NearestAnswer { version, ..NearestAnswer::default() };
        }
        self.mark_units(overlay, query);
        self.seeds.clear();
        seeds_in(&self.graph, overlay, &query.to, &mut self.seeds);
        let Self { graph, search, marks, seeds, best, nearest, .. } = self;
        nearest.clear();
        for (i, b) in best.iter().enumerate().filter(|(_, b)| b.0 <= query.limit_ms) {
            keep(nearest, query.k, b.0, i as u32);
        }
        let (metres, order) = if query.explain { straight(query) } else { (Vec::new(), Vec::new()) };
        // With an explanation every unit's own time is wanted, so the k-th does not bound the search.
        let kth = |nearest: &[(u32, u32)]| if nearest.len() == query.k && !query.explain { nearest[query.k - 1].0 } else { query.limit_ms };
        let times = overlay.times();
        let mut left = if query.explain { marks.entries.len() } else { usize::MAX };
        search.run::<true>(
            graph,
            seeds,
            kth(nearest),
            |edge, _| times[edge as usize],
            |state, ms| {
                let mut better = false;
                for (seed, unit) in marks.at(state) {
                    let total = ms.saturating_add(seed.ms);
                    let b = &mut best[*unit as usize];
                    if total < b.0 && total <= query.limit_ms {
                        *b = (total, state, seed.edge);
                        keep(nearest, query.k, total, *unit);
                        better = true;
                    }
                    left -= usize::from(query.explain);
                }
                if left == 0 && nearest.len() == query.k && nearest[query.k - 1].0 <= ms {
                    Then::Stop
                } else if better {
                    Then::Within(kth(nearest))
                } else {
                    Then::On
                }
            },
        );
        let settled = self.search.settled;
        let chosen: Vec<u32> = self.nearest.iter().map(|n| n.1).collect();
        let rank = |unit: usize, metres: &[f64]| metres.iter().enumerate().filter(|(i, m)| (**m, *i) < (metres[unit], unit)).count();
        let metres = if query.explain { metres } else { straight(query).0 };
        let mut answer = NearestAnswer { version, settled, ..NearestAnswer::default() };
        for unit in chosen.iter().map(|u| *u as usize) {
            let Some(route) = self.unit_route(query, unit) else { continue };
            answer.found.push(NearUnit { unit, route, straight_m: metres[unit], straight_rank: rank(unit, &metres) });
        }
        if query.explain {
            let farthest = answer.found.iter().map(|f| f.straight_m).fold(0.0, f64::max);
            let free = Overlay::new(&self.graph);
            for unit in order {
                let found = self.best[unit].0;
                let missed = found == NEVER;
                if chosen.contains(&(unit as u32)) || !missed && metres[unit] > farthest {
                    continue;
                }
                let why = if !missed {
                    NotChosen::Slower { ms: found }
                } else if query.limit_ms < NEVER - 1 && self.path(overlay, &query.units[unit].position, &query.to).is_some() {
                    NotChosen::BeyondLimit
                } else {
                    self.why(overlay, query, unit, &free)
                };
                answer.passed_over.push(PassedOver { unit, straight_m: metres[unit], why });
            }
        }
        answer
    }

    fn matrix(&mut self, overlay: &Overlay, from: &[Position], to: &[Position]) -> Matrix {
        let mut matrix = Matrix { version: overlay.version(), columns: to.len(), ms: Vec::with_capacity(from.len() * to.len()) };
        let Self { graph, search, marks, seeds, ends, best, .. } = self;
        marks.clear(graph.states());
        for (i, target) in to.iter().enumerate() {
            ends.clear();
            seeds_in(graph, overlay, target, ends);
            marks.entries.extend(ends.iter().map(|s| (*s, i as u32)));
        }
        marks.index();
        let times = overlay.times();
        for source in from {
            best.clear();
            best.extend(to.iter().map(|t| direct(graph, overlay, source, t).map_or((NEVER, NONE, NONE), |(ms, edge)| (ms, NONE, edge))));
            seeds.clear();
            seeds_out(graph, overlay, source, seeds);
            let mut left = marks.entries.len();
            search.run::<false>(
                graph,
                seeds,
                NEVER,
                |edge, _| times[edge as usize],
                |state, ms| {
                    for (seed, target) in marks.at(state) {
                        let b = &mut best[*target as usize];
                        b.0 = b.0.min(ms.saturating_add(seed.ms));
                        left -= 1;
                    }
                    if left == 0 { Then::Stop } else { Then::On }
                },
            );
            matrix.ms.extend(best.iter().map(|b| b.0));
        }
        matrix
    }

    fn path(&mut self, overlay: &Overlay, from: &Position, to: &Position) -> Option<Route> {
        let times = overlay.times();
        self.path_with(overlay, from, to, |edge, _| times[edge as usize], |_, ms, _| ms)
    }

    fn isochrone(&mut self, overlay: &Overlay, from: &Position, limit_ms: u32) -> Isochrone {
        super::isochrone::reach(&self.graph, &mut self.search, overlay, from, limit_ms)
    }
}

impl BoundedDijkstra {
    /// The quickest way where an edge's milliseconds depend on when it is entered: `cost` gives those of a whole edge, `part` those of a
    /// part from its milliseconds at free flow.
    pub(crate) fn path_with(
        &mut self,
        overlay: &Overlay,
        from: &Position,
        to: &Position,
        cost: impl Fn(u32, u32) -> u32,
        part: impl Fn(u32, u32, u32) -> u32,
    ) -> Option<Route> {
        let Self { graph, search, marks, seeds, ends, .. } = self;
        marks.clear(graph.states());
        ends.clear();
        seeds_in(graph, overlay, to, ends);
        marks.entries.extend(ends.iter().map(|s| (*s, 0)));
        marks.index();
        seeds.clear();
        seeds_out(graph, overlay, from, seeds);
        for seed in &mut *seeds {
            seed.ms = part(seed.edge, seed.ms, 0);
        }
        let here = direct(graph, overlay, from, to);
        let mut best = here.map_or((NEVER, NONE, NONE), |(ms, edge)| (part(edge, ms, 0), NONE, edge));
        search.run::<false>(graph, seeds, best.0, cost, |state, ms| {
            for (seed, _) in marks.at(state) {
                let entered = ms.saturating_add(seed.turn);
                let total = entered.saturating_add(part(seed.edge, seed.ms - seed.turn, entered));
                if total < best.0 {
                    best = (total, state, seed.edge);
                }
            }
            if best.0 <= ms { Then::Stop } else { Then::Within(best.0) }
        });
        let (ms, state, edge) = best;
        if ms == NEVER {
            return None;
        }
        let mut edges = vec![edge];
        if state != NONE {
            edges.extend(search.edges_to_root(state));
            edges.reverse();
        }
        Some(Route::new(graph, ms, edges, from, to))
    }
}
