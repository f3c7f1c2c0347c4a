//! The hidden Markov model: a layer of candidates for each fix used, linked by ways through the network.
//!
//! Costs are nats. `cost` is the best way's (Viterbi), `total` the sum over all ways' (forward algorithm), from which the confidence comes.

use gongzhi_civic::place::haversine_m;
use serde::{Deserialize, Serialize};

use crate::geometry::to_units;
use crate::snap::weigh::Fix;
use crate::track::candidates::{Candidate, reach_m};
use crate::track::search::{Aim, Search};

/// Stands for "cannot be": finite, so that a state can be written as JSON.
const OUT: f64 = 1e9;
/// Candidates worse than the best by more than this start no search: e⁻¹² of its probability.
const BEAM: f64 = 12.0;
/// A link costing more than this is as good as none while others exist.
const LINK_MOST: f64 = 14.0;
/// Passing over a fix as an outlier: one in fifty is, and what a fitting one would have cost.
const SKIP: f64 = 10.0;
/// Going on without a way: the last resort.
const BREAK: f64 = 30.0;
/// A step that costs this much makes the fix suspect.
const SUSPECT: f64 = 5.0;
/// Terms of the exponential law's scale, metres, chosen on simulated drives through Porto Alegre and Shanghai other than those of the figures.
const SCALE_M: f64 = 4.0;
const SCALE_LINE: f64 = 0.06;
const SCALE_NOISE: f64 = 3.0;
/// Suspect fixes in a row that may be passed over.
const SKIPS: usize = 3;
/// No road vehicle is faster, metres a second.
const FASTEST_MPS: f64 = 70.0;
/// Up to this speed haste costs nothing, metres a second.
const USUAL_MPS: f64 = 25.0;

/// A way from a candidate of an earlier layer.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Link {
    /// Layers back: more than 1 passes over suspect fixes.
    back: u8,
    /// There is no way: the track breaks here.
    breaks: bool,
    from: u16,
    to: u16,
    cost: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Layer {
    pub(crate) fix: Fix,
    pub(crate) candidates: Vec<Candidate>,
    links: Vec<Link>,
    /// Link of each candidate's best way.
    best: Vec<Option<u16>>,
    cost: Vec<f64>,
    total: Vec<f64>,
    pub(crate) suspect: bool,
    /// Decided for good: the candidate, or none if the fix is an outlier.
    decided: Option<Option<u16>>,
}

/// What the model says of a layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    pub(crate) candidate: usize,
    /// The track breaks before this fix.
    pub(crate) breaks: bool,
    /// Probability given all layers so far.
    pub(crate) confidence: f64,
}

/// Layers not yet forgotten; `first` is the running number of the earliest.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Lattice {
    pub(crate) first: u64,
    pub(crate) layers: Vec<Layer>,
}

/// −ln(e⁻ᵃ + e⁻ᵇ).
fn either(a: f64, b: f64) -> f64 {
    let (low, high) = if a <= b { (a, b) } else { (b, a) };
    if high >= OUT || high - low > 40.0 { low } else { low - (low - high).exp().ln_1p() }
}

fn least(costs: &[f64]) -> f64 {
    costs.iter().copied().fold(OUT, f64::min)
}

/// The step from one fix to a later one.
struct Step {
    straight_m: f64,
    /// The straight line without what noise adds to it: two fixes of one standing vehicle lie 2σ apart in the mean square.
    travelled_m: f64,
    /// Scale of the exponential law of |way − straight line|.
    scale_m: f64,
    sigma_m: f64,
    seconds: f64,
    to: Fix,
}

impl Step {
    fn between(from: &Fix, to: &Fix) -> Self {
        let straight_m = haversine_m(from.point, to.point);
        let (a, b) = (from.sigma_m(), to.sigma_m());
        let noise = 2.0 * (a * a + b * b);
        let travelled_m = (straight_m * straight_m - noise).max(0.0).sqrt();
        let sigma_m = (noise / 4.0).sqrt();
        // Newson & Krumm fit one scale per sampling interval. Here it grows with the straight line (a longer gap hides more turns)
        // and, where the line is short, with the noise.
        let scale_m = SCALE_M + SCALE_LINE * straight_m + SCALE_NOISE * sigma_m * sigma_m / (sigma_m + straight_m / 4.0);
        let seconds = ((to.at_ms.saturating_sub(from.at_ms)) as f64 / 1_000.0).max(0.001);
        Self { straight_m, travelled_m, scale_m, sigma_m, seconds, to: *to }
    }

    fn aim(&self) -> Aim {
        Aim { at: to_units(self.to.point), reach_m: reach_m(&self.to) }
    }

    /// Metres of way between two candidates, and what it costs besides its length.
    fn way(&self, from: &Candidate, to: &Candidate, search: &Search) -> Option<(f64, f64)> {
        // Noise makes a standing vehicle seem to roll back on its edge.
        let back_m = f64::from(from.offset_mm.saturating_sub(to.offset_mm)) / 1_000.0;
        if from.edge == to.edge && back_m > 0.0 && back_m <= 4.0 * self.sigma_m {
            return Some((0.0, (back_m / self.sigma_m).powi(2) / 4.0));
        }
        let way_mm = match (search.distance_mm(to.spot()), search.within(from.spot(), to.spot())) {
            (None, None) => return None,
            (round, within) => round.unwrap_or(u32::MAX).min(within.unwrap_or(u32::MAX)),
        };
        Some((f64::from(way_mm) / 1_000.0, 0.0))
    }

    /// Cost of a way of this length; `None` if no vehicle is as fast.
    fn cost(&self, way_m: f64) -> Option<f64> {
        let speed = (way_m - 2.0 * self.sigma_m).max(0.0) / self.seconds;
        if speed > FASTEST_MPS {
            return None;
        }
        let haste = ((speed - USUAL_MPS).max(0.0) / 8.0).powi(2) / 2.0;
        Some((way_m - self.travelled_m).abs() / self.scale_m + haste)
    }
}

impl Lattice {
    pub(crate) fn past(&self) -> u64 {
        self.first + self.layers.len() as u64
    }

    /// Adds a layer. `candidates` must not be empty.
    pub(crate) fn extend(&mut self, fix: Fix, candidates: Vec<Candidate>, search: &mut Search) {
        let count = candidates.len();
        let mut layer = Layer {
            fix,
            candidates,
            links: Vec::new(),
            best: vec![None; count],
            cost: vec![OUT; count],
            total: vec![OUT; count],
            suspect: false,
            decided: None,
        };
        let mut back = 1;
        while back <= self.layers.len() {
            let at = self.layers.len() - back;
            self.link(&mut layer, back, search);
            let doubtful = self.layers[at].suspect || (back == 1 && self.is_spike(at, &layer.fix));
            if !doubtful || back > SKIPS {
                break;
            }
            back += 1;
        }
        if layer.links.is_empty() {
            self.link_by_break(&mut layer);
        }
        let before = self.layers.last().map_or(0.0, |l| least(&l.cost));
        self.layers.push(layer);
        let at = self.layers.len() - 1;
        self.settle(at);
        let step = least(&self.layers[at].cost) - before;
        self.layers[at].suspect = at > 0 && step > SUSPECT;
    }

    /// A fix that lies far off the straight line between its neighbours, out and back.
    fn is_spike(&self, at: usize, next: &Fix) -> bool {
        let Some(before) = at.checked_sub(1).and_then(|i| self.layers.get(i)) else { return false };
        let fix = &self.layers[at].fix;
        let (out, back) = (haversine_m(before.fix.point, fix.point), haversine_m(fix.point, next.point));
        out + back - haversine_m(before.fix.point, next.point) > 6.0 * fix.sigma_m().max(before.fix.sigma_m()) + 20.0
    }

    /// Links a new layer to the one `back` before it.
    fn link(&self, layer: &mut Layer, back: usize, search: &mut Search) {
        let Some(before) = self.layers.len().checked_sub(back).and_then(|i| self.layers.get(i)) else { return };
        let step = Step::between(&before.fix, &layer.fix);
        let skipped = SKIP * (back - 1) as f64;
        let first_link = layer.links.len();
        let mut order: Vec<usize> = (0..before.candidates.len()).filter(|i| before.cost[*i] < OUT).collect();
        order.sort_by(|a, b| before.cost[*a].total_cmp(&before.cost[*b]));
        let least_before = least(&before.cost);
        let least_here = layer.candidates.iter().map(|c| c.cost).fold(OUT, f64::min);
        // A second, wider search only if the near one finds no way at all.
        for wide in [false, true] {
            let mut best = OUT;
            for from in order.iter().copied() {
                let source = &before.candidates[from];
                // What a link may cost and still matter beside the best found so far.
                let room = (best + BEAM - before.cost[from] - least_here).min(LINK_MOST);
                if room <= 0.0 || before.cost[from] > least_before + BEAM {
                    break;
                }
                let bound_m = if wide { 2.0 * step.straight_m + 600.0 } else { step.travelled_m + room * step.scale_m };
                search.run(source.spot(), layer.candidates.iter().map(|c| c.edge), &step.aim(), bound_m);
                for (to, target) in layer.candidates.iter().enumerate() {
                    let Some((way_m, jitter)) = step.way(source, target, search).filter(|(w, _)| *w <= bound_m) else { continue };
                    let Some(cost) = step.cost(way_m) else { continue };
                    let cost = cost + jitter + skipped;
                    best = best.min(before.cost[from] + cost + target.cost);
                    layer.links.push(Link { back: back as u8, breaks: false, from: from as u16, to: to as u16, cost });
                }
            }
            if layer.links.len() > first_link || back > 1 {
                break;
            }
        }
    }

    /// No way leads here: goes on from the best candidate before, at a price.
    fn link_by_break(&self, layer: &mut Layer) {
        let Some(before) = self.layers.last() else { return };
        let best = least(&before.cost);
        let Some(from) = before.cost.iter().position(|c| *c <= best && *c < OUT) else { return };
        for to in 0..layer.candidates.len() {
            layer.links.push(Link { back: 1, breaks: true, from: from as u16, to: to as u16, cost: BREAK });
        }
    }

    /// Costs of one layer from its links and the layers before.
    fn settle(&mut self, at: usize) {
        let (earlier, rest) = self.layers.split_at_mut(at);
        let Some(layer) = rest.first_mut() else { return };
        let starts = layer.links.is_empty();
        layer.cost.fill(if starts { 0.0 } else { OUT });
        layer.total.fill(if starts { 0.0 } else { OUT });
        layer.best.fill(None);
        for (index, link) in layer.links.iter().enumerate() {
            let (from, to) = (usize::from(link.from), usize::from(link.to));
            let Some(before) = earlier.len().checked_sub(usize::from(link.back)).and_then(|i| earlier.get(i)) else { continue };
            if before.cost[from] >= OUT {
                continue;
            }
            let cost = before.cost[from] + link.cost;
            if cost < layer.cost[to] {
                layer.cost[to] = cost;
                layer.best[to] = Some(index as u16);
            }
            layer.total[to] = either(layer.total[to], before.total[from] + link.cost);
        }
        for (to, candidate) in layer.candidates.iter().enumerate() {
            let out = layer.cost[to] >= OUT || layer.decided.is_some_and(|d| d != Some(to as u16));
            layer.cost[to] = if out { OUT } else { layer.cost[to] + candidate.cost };
            layer.total[to] = if out { OUT } else { layer.total[to] + candidate.cost };
        }
    }

    /// The best way through all layers; `None` for a fix it passes over.
    pub(crate) fn choices(&self) -> Vec<Option<Choice>> {
        let mut chosen = vec![None; self.layers.len()];
        let later = self.backward();
        // The last fixes may be outliers too: ending earlier costs their skips.
        let mut end: Option<(f64, usize)> = None;
        for (skips, at) in (0..self.layers.len()).rev().enumerate() {
            let cost = least(&self.layers[at].cost) + SKIP * skips as f64;
            if cost < OUT && end.is_none_or(|(best, _)| cost < best) {
                end = Some((cost, at));
            }
            let outlier = self.layers[at].decided == Some(None);
            if !self.layers[at].suspect && !outlier || skips >= SKIPS {
                break;
            }
        }
        let Some((_, mut at)) = end else { return chosen };
        let best = least(&self.layers[at].cost);
        let Some(mut candidate) = self.layers[at].cost.iter().position(|c| *c <= best) else { return chosen };
        loop {
            let layer = &self.layers[at];
            let link = layer.best[candidate].and_then(|i| layer.links.get(usize::from(i)));
            let share = |i: usize| layer.total[i] + later[at][i];
            let all = (0..layer.candidates.len()).map(share).fold(OUT, either);
            let confidence = (all - share(candidate)).exp().clamp(0.0, 1.0);
            chosen[at] = Some(Choice { candidate, breaks: link.is_some_and(|l| l.breaks), confidence });
            let Some(link) = link else { return chosen };
            let Some(before) = at.checked_sub(usize::from(link.back)) else { return chosen };
            at = before;
            candidate = usize::from(link.from);
        }
    }

    /// −ln of the probability of everything after each candidate (the backward half of forward–backward).
    fn backward(&self) -> Vec<Vec<f64>> {
        let mut later: Vec<Vec<f64>> = self.layers.iter().map(|l| vec![OUT; l.candidates.len()]).collect();
        let mut skips = 0;
        for at in (0..self.layers.len()).rev() {
            if skips <= SKIPS {
                later[at].iter_mut().for_each(|c| *c = either(*c, SKIP * skips as f64));
            }
            skips = if self.layers[at].suspect { skips + 1 } else { SKIPS + 1 };
            let layer = &self.layers[at];
            for link in &layer.links {
                let (from, to) = (usize::from(link.from), usize::from(link.to));
                if layer.cost[to] >= OUT || later[at][to] >= OUT {
                    continue;
                }
                let Some(before) = at.checked_sub(usize::from(link.back)) else { continue };
                let cost = link.cost + layer.candidates[to].cost + later[at][to];
                later[before][from] = either(later[before][from], cost);
            }
        }
        later
    }

    /// Fixes the choice of one layer for good; what later layers cost follows from it.
    pub(crate) fn decide(&mut self, number: u64, candidate: Option<usize>) {
        let Some(at) = number.checked_sub(self.first).map(|i| i as usize).filter(|i| *i < self.layers.len()) else { return };
        let layer = &mut self.layers[at];
        layer.decided = Some(candidate.map(|c| c as u16));
        for other in (0..layer.candidates.len()).filter(|c| Some(*c) != candidate) {
            layer.cost[other] = OUT;
            layer.total[other] = OUT;
        }
        for i in at + 1..self.layers.len() {
            self.settle(i);
        }
    }

    /// Forgets layers before `number` that no link can come from or lead to any more.
    pub(crate) fn forget_before(&mut self, number: u64) {
        let needed = number.saturating_sub(self.first).saturating_sub(SKIPS as u64 + 1) as usize;
        let spare = needed.min(self.layers.len().saturating_sub(SKIPS + 2));
        self.layers.drain(..spare);
        self.first += spare as u64;
    }
}
