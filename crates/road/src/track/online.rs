//! One fix at a time: which are states of the model, which wait, and what is said of each.

use std::collections::VecDeque;

use gongzhi_civic::place::{Point, haversine_m};
use serde::{Deserialize, Serialize};

use crate::format::*;
use crate::geometry::{Plane, nearest_on_segment, to_point, to_units};
use crate::snap::weigh::Fix;
use crate::track::candidates::candidates;
use crate::track::lattice::{Choice, Lattice};
use crate::track::search::{Aim, Spot};
use crate::track::{BreakWhy, MatchedFix, Matcher, OnEdge, Unmatched};

/// Fixes nearer than this many standard deviations to the last state are laid on the way instead of becoming states.
const STILL_SIGMAS: f64 = 2.0;
/// Faster than this between two fixes is no driving, metres a second.
const FASTEST_MPS: f64 = 70.0;
/// So many implausible fixes in a row are the truth.
const JUMPS: u8 = 3;
/// Fixes that may wait for later ones.
const DELAY: usize = 2;

/// What a waiting fix is to the model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Role {
    /// The layer of this number.
    State(u64),
    /// Near the layer of this number.
    Near(u64),
    /// Nothing.
    None(Unmatched),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Waiting {
    index: u64,
    fix: Fix,
    role: Role,
}

/// Where the last matched fix of the piece was laid.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Here {
    edge: u32,
    offset_mm: u32,
}

/// Matches a running track. All its state is here and can be written down between two fixes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct OnlineMatcher {
    /// Identity of the network the edges belong to.
    network: String,
    next: u64,
    lattice: Lattice,
    waiting: VecDeque<Waiting>,
    /// The last fix that could be one of this track.
    last: Option<Fix>,
    jumps: u8,
    here: Option<Here>,
    why: Option<BreakWhy>,
    /// A whole track: nothing is decided before its end.
    whole: bool,
}

impl OnlineMatcher {
    /// A track that begins.
    #[must_use]
    pub fn new() -> Self {
        Self { why: Some(BreakWhy::Start), ..Self::default() }
    }

    pub(crate) fn whole() -> Self {
        Self { whole: true, ..Self::new() }
    }

    /// Takes a fix and says what became of fixes before it, in order: each is answered two fixes later at the latest.
    pub fn push(&mut self, matcher: &mut Matcher<'_>, fix: Fix) -> Vec<MatchedFix> {
        let mut said = Vec::new();
        if self.network != matcher.network.identity() {
            if !self.network.is_empty() {
                // What waits lies on edges of other numbers: it cannot be told any more.
                said.extend(self.waiting.drain(..).map(|w| unmatched(&w, Unmatched::OffRoad)));
                self.restart(BreakWhy::Network);
            }
            matcher.network.identity().clone_into(&mut self.network);
        }
        let role = self.role(matcher, &fix, &mut said);
        self.waiting.push_back(Waiting { index: self.next, fix, role });
        self.next += 1;
        while !self.whole && self.waiting.len() > DELAY {
            self.answer_first(matcher, &mut said);
        }
        said
    }

    /// Ends the track: all that waits is answered.
    pub fn finish(&mut self, matcher: &mut Matcher<'_>) -> Vec<MatchedFix> {
        let mut said = Vec::new();
        self.flush(matcher, &mut said);
        self.restart(BreakWhy::Start);
        said
    }

    /// What a new fix is to the model; may end the piece before it.
    fn role(&mut self, matcher: &mut Matcher<'_>, fix: &Fix, said: &mut Vec<MatchedFix>) -> Role {
        if Point::valid(fix.point.lon, fix.point.lat).is_none() || self.last.is_some_and(|l| fix.at_ms < l.at_ms) {
            return Role::None(Unmatched::Invalid);
        }
        if let Some(last) = self.last {
            let seconds = (fix.at_ms.saturating_sub(last.at_ms)) as f64 / 1_000.0;
            let metres = haversine_m(last.point, fix.point);
            let sure_m = metres - 3.0 * (last.sigma_m() + fix.sigma_m());
            if seconds > matcher.options.gap_s {
                self.break_off(matcher, BreakWhy::Silence, said);
            } else if sure_m > FASTEST_MPS * seconds.max(1.0) {
                self.jumps += 1;
                if self.jumps < JUMPS {
                    return Role::None(Unmatched::Outlier);
                }
                self.break_off(matcher, BreakWhy::Jump, said);
            } else if metres > matcher.options.gap_m {
                self.break_off(matcher, BreakWhy::Distance, said);
            }
        }
        self.jumps = 0;
        self.last = Some(*fix);
        if let Some(layer) = self.lattice.layers.last().filter(|l| !l.suspect) {
            let still_m = STILL_SIGMAS * fix.sigma_m();
            if haversine_m(layer.fix.point, fix.point) < still_m {
                return Role::Near(self.lattice.past() - 1);
            }
        }
        let found = candidates(matcher.network, fix, matcher.options.candidates, &mut matcher.room);
        if found.is_empty() {
            return Role::None(Unmatched::OffRoad);
        }
        self.lattice.extend(*fix, found, &mut matcher.search);
        Role::State(self.lattice.past() - 1)
    }

    fn break_off(&mut self, matcher: &mut Matcher<'_>, why: BreakWhy, said: &mut Vec<MatchedFix>) {
        self.flush(matcher, said);
        self.restart(why);
    }

    fn restart(&mut self, why: BreakWhy) {
        let first = self.lattice.past();
        self.lattice = Lattice { first, ..Lattice::default() };
        self.here = None;
        self.last = None;
        self.jumps = 0;
        self.why = Some(why);
    }

    /// Answers all that waits with what is known now.
    fn flush(&mut self, matcher: &mut Matcher<'_>, said: &mut Vec<MatchedFix>) {
        let choices = self.lattice.choices();
        while let Some(first) = self.waiting.pop_front() {
            let answer = self.answer(matcher, &first, &choices, true);
            said.push(answer);
        }
    }

    fn answer_first(&mut self, matcher: &mut Matcher<'_>, said: &mut Vec<MatchedFix>) {
        let choices = self.lattice.choices();
        let Some(first) = self.waiting.pop_front() else { return };
        let answer = self.answer(matcher, &first, &choices, false);
        if let Role::State(number) = first.role {
            self.lattice.decide(number, self.choice(&choices, number).map(|c| c.candidate));
        }
        said.push(answer);
        let oldest = self.waiting.iter().find_map(|w| match w.role {
            Role::State(number) | Role::Near(number) => Some(number),
            Role::None(_) => None,
        });
        self.lattice.forget_before(oldest.unwrap_or_else(|| self.lattice.past().saturating_sub(1)));
    }

    fn choice(&self, choices: &[Option<Choice>], number: u64) -> Option<Choice> {
        choices.get(number.checked_sub(self.lattice.first)? as usize).copied().flatten()
    }

    /// `known`: nothing decided here can change any more.
    fn answer(&mut self, matcher: &mut Matcher<'_>, waiting: &Waiting, choices: &[Option<Choice>], known: bool) -> MatchedFix {
        match waiting.role {
            Role::None(why) => unmatched(waiting, why),
            Role::State(number) => {
                let found = self.choice(choices, number).and_then(|choice| {
                    let layer = self.lattice.layers.get(number.checked_sub(self.lattice.first)? as usize)?;
                    Some((choice, *layer.candidates.get(choice.candidate)?))
                });
                let Some((choice, candidate)) = found else { return unmatched(waiting, Unmatched::Outlier) };
                if choice.breaks {
                    self.here = None;
                    self.why = Some(BreakWhy::NoWay);
                }
                self.lay(matcher, waiting, candidate.spot(), choice.confidence)
            }
            Role::Near(number) => {
                let Some(here) = self.here else { return unmatched(waiting, Unmatched::Outlier) };
                let confidence = self.choice(choices, number).map_or(0.5, |c| c.confidence);
                // On the way to the next state if that is known, else ahead on the edge.
                let next = (number + 1..self.lattice.past()).find_map(|n| {
                    let choice = self.choice(choices, n)?;
                    let layer = self.lattice.layers.get(n.checked_sub(self.lattice.first)? as usize)?;
                    Some((choice, *layer.candidates.get(choice.candidate)?))
                });
                let next = next.filter(|(c, _)| known && !c.breaks).map(|(_, candidate)| candidate.spot());
                let from = Spot { edge: here.edge, offset_mm: here.offset_mm };
                let spot = nearest_on_way(matcher, from, next, &waiting.fix);
                self.lay(matcher, waiting, spot, confidence)
            }
        }
    }

    fn lay(&mut self, matcher: &mut Matcher<'_>, waiting: &Waiting, spot: Spot, confidence: f64) -> MatchedFix {
        let path = self.here.map_or_else(Vec::new, |here| path(matcher, Spot { edge: here.edge, offset_mm: here.offset_mm }, spot));
        self.here = Some(Here { edge: spot.edge, offset_mm: spot.offset_mm });
        let offset_m = f64::from(spot.offset_mm) / 1_000.0;
        let point = point_on_edge(matcher, spot.edge, offset_m).unwrap_or(waiting.fix.point);
        let place = OnEdge {
            edge: spot.edge,
            offset_m,
            distance_m: haversine_m(point, waiting.fix.point),
            point,
            path,
            confidence,
            starts: self.why.take(),
        };
        MatchedFix { index: waiting.index, at_ms: waiting.fix.at_ms, place: Ok(place) }
    }
}

fn unmatched(waiting: &Waiting, why: Unmatched) -> MatchedFix {
    MatchedFix { index: waiting.index, at_ms: waiting.fix.at_ms, place: Err(why) }
}

/// Edges entered from spot to spot.
fn path(matcher: &mut Matcher<'_>, from: Spot, to: Spot) -> Vec<u32> {
    let search = &mut matcher.search;
    let near = search.within(from, to);
    // A step back on the same edge is noise, not a way round the block.
    if from.edge == to.edge {
        return Vec::new();
    }
    search.run(from, std::iter::once(to.edge), &Aim { at: ShapeRecord::default(), reach_m: f64::MAX }, 8_000.0);
    match (search.distance_mm(to), near) {
        (Some(round), Some(near)) if near <= round => vec![to.edge],
        (None, _) => vec![to.edge],
        _ => search.path(to.edge).unwrap_or_else(|| vec![to.edge]),
    }
}

/// The spot nearest to a fix on the way from one spot to another, or to the end of the edge.
fn nearest_on_way(matcher: &mut Matcher<'_>, from: Spot, to: Option<Spot>, fix: &Fix) -> Spot {
    let mut edges = vec![from.edge];
    if let Some(to) = to {
        edges.extend(path(matcher, from, to));
    }
    let origin = to_units(fix.point);
    let plane = Plane::at(origin);
    let mut best = (f64::MAX, from);
    let last = edges.len() - 1;
    for (index, edge) in edges.into_iter().enumerate() {
        let low = if index == 0 { f64::from(from.offset_mm) } else { 0.0 };
        let high = match to {
            Some(to) if index == last => f64::from(to.offset_mm).max(low),
            _ => f64::from(matcher.search.length_mm(edge)),
        };
        let mut at = 0.0;
        for pair in shape_of(matcher, edge).windows(2) {
            let (a, b) = (plane.metres(pair[0]), plane.metres(pair[1]));
            let length = (b.0 - a.0).hypot(b.1 - a.1);
            let (share, _) = nearest_on_segment(a, b);
            let offset = ((at + share * length) * 1_000.0).clamp(low, high.max(low));
            let share = if length > 0.0 { ((offset / 1_000.0 - at) / length).clamp(0.0, 1.0) } else { 0.0 };
            let distance = (a.0 + (b.0 - a.0) * share).hypot(a.1 + (b.1 - a.1) * share);
            if distance < best.0 - 1e-9 {
                best = (distance, Spot { edge, offset_mm: offset.round() as u32 });
            }
            at += length;
        }
    }
    best.1
}

/// Shape of an edge in driving direction.
fn shape_of(matcher: &Matcher<'_>, edge: u32) -> Vec<ShapeRecord> {
    let network = matcher.network;
    let Some(record) = network.edges().get(edge as usize) else { return Vec::new() };
    let Some(line) = network.lines().get(record.line as usize) else { return Vec::new() };
    let mut shape = network.line_shape(line).to_vec();
    if record.reversed != 0 {
        shape.reverse();
    }
    shape
}

fn point_on_edge(matcher: &Matcher<'_>, edge: u32, offset_m: f64) -> Option<Point> {
    let shape = shape_of(matcher, edge);
    let first = *shape.first()?;
    let plane = Plane::at(first);
    let mut left = offset_m;
    for pair in shape.windows(2) {
        let (a, b) = (plane.metres(pair[0]), plane.metres(pair[1]));
        let length = (b.0 - a.0).hypot(b.1 - a.1);
        if left <= length && length > 0.0 {
            let share = left / length;
            return Some(plane.point((a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share)));
        }
        left -= length;
    }
    shape.last().copied().map(to_point)
}
