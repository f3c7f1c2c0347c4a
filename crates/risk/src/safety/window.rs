//! The worst stretches of a route, chosen without overlap.
//!
//! All runs of neighbouring pieces whose length is allowed are windows. A window's score is its posterior excess: how many events
//! more than expected it is believed to have in the long run. Among all sets of windows that do not overlap, the one with the largest
//! sum is taken, by dynamic programming along the route, so that a site is as long as its trouble is and not as long as a rule says
//! (in the manner of Lee et al., Accident Analysis & Prevention 135, 2020).
//!
//! So many windows make some stand out by chance. Against that, the events of each route are thrown anew, piece by piece in
//! proportion to what is expected, and the largest score of the whole network is kept each time: a window's `p` is the share
//! of throws whose largest score reaches its own (max-statistic permutation; Westfall & Young 1993). Numbers come by counter from
//! the seed: the same on any number of threads.

use super::bayes::{Estimate, EstimateError, estimate};
use crate::random::Stream;
use gongzhi_civic::text::Text;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// A piece of a route: what cannot be divided further.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// Where it starts along the route, metres.
    pub from_m: f64,
    /// Where it ends.
    pub to_m: f64,
    /// Events counted.
    pub observed: u64,
    /// Events the model expects.
    pub expected: f64,
    /// Overdispersion of the model for this piece.
    pub k: f64,
}

/// Pieces in order along a road.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// Name or key of the road and direction.
    pub key: String,
    /// Pieces, ascending, without overlap; a gap counts in a window's length.
    pub pieces: Vec<Piece>,
}

/// What a window may be and when it is listed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// Shortest window, metres. A whole route shorter than this is one window.
    pub shortest_m: f64,
    /// Longest window, metres. A single piece longer than this is a window all the same.
    pub longest_m: f64,
    /// A window is taken only if its long-run count is above the expected with at least this probability.
    pub least_probability: f64,
    /// Throws for `p`; 0 for none.
    pub permutations: u32,
    /// Seed of the throws.
    pub seed: u64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { shortest_m: 200.0, longest_m: 2_000.0, least_probability: 0.9, permutations: 999, seed: 1 }
    }
}

/// A stretch chosen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Position of the route.
    pub route: usize,
    /// First piece.
    pub first: usize,
    /// Last piece.
    pub last: usize,
    /// Where it starts, metres.
    pub from_m: f64,
    /// Where it ends.
    pub to_m: f64,
    /// What is believed of it; its `excess` is the score.
    pub estimate: Estimate,
    /// Probability of a window with so large a score anywhere by chance; `None` where nothing was thrown.
    pub p: Option<f64>,
}

/// Stretches chosen, largest score first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// The windows.
    pub windows: Vec<Window>,
    /// How many were looked at.
    pub candidates: usize,
    /// How it was done.
    pub method: Text,
}

/// Why nothing can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum WindowError {
    /// Lengths that are not `0 < shortest ≤ longest`.
    #[error("window_length_invalid: {shortest_m} to {longest_m} m")]
    Length {
        /// Shortest.
        shortest_m: f64,
        /// Longest.
        longest_m: f64,
    },
    /// A piece that does not start after the one before it, or has no length.
    #[error("piece_out_of_order: piece {piece} of route {route}")]
    Order {
        /// Position of the route.
        route: usize,
        /// Position of the piece.
        piece: usize,
    },
    /// A piece whose expectation makes no sense.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
}

impl WindowError {
    /// Stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "window_length_invalid",
            Self::Order { .. } => "piece_out_of_order",
            Self::Estimate(e) => e.code(),
        }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Length { shortest_m, longest_m } => Text::new(
                format!("窗口长度 {shortest_m}–{longest_m} 米无效"),
                format!("Windows of {shortest_m} to {longest_m} m are not possible"),
            ),
            Self::Order { route, piece } => {
                Text::new(format!("第 {route} 条路线的第 {piece} 段位置有误"), format!("Piece {piece} of route {route} is out of order"))
            }
            Self::Estimate(e) => e.text(),
        }
    }
}

/// Chooses the worst stretches of all routes.
///
/// # Errors
/// [`WindowError`].
pub fn select(routes: &[Route], rules: &Rules) -> Result<Selection, WindowError> {
    let &Rules { shortest_m, longest_m, .. } = rules;
    if !(shortest_m > 0.0 && shortest_m <= longest_m && longest_m.is_finite()) {
        return Err(WindowError::Length { shortest_m, longest_m });
    }
    let lines = routes.iter().enumerate().map(|(number, route)| Line::of(number, route, rules)).collect::<Result<Vec<_>, _>>()?;
    let mut windows: Vec<Window> = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let observed: Vec<u64> = line.pieces.iter().map(|p| p.observed).collect();
        for (first, last) in line.best(&line.sums(&observed), rules.least_probability)? {
            let (from_m, to_m) = (line.pieces[first].from_m, line.pieces[last].to_m);
            let estimate = line.estimate(&line.sums(&observed), first, last)?;
            windows.push(Window { route: number, first, last, from_m, to_m, estimate, p: None });
        }
    }
    let by_score =
        |a: &Window, b: &Window| b.estimate.excess.total_cmp(&a.estimate.excess).then((a.route, a.first).cmp(&(b.route, b.first)));
    windows.sort_by(by_score);
    if rules.permutations > 0 {
        let largest: Vec<f64> = (0..rules.permutations).into_par_iter().map(|throw| largest_by_chance(&lines, rules.seed, throw)).collect();
        for window in &mut windows {
            let reached = largest.iter().filter(|l| **l >= window.estimate.excess).count();
            window.p = Some((reached + 1) as f64 / f64::from(rules.permutations + 1));
        }
    }
    let candidates = lines.iter().map(|l| l.reach.iter().map(|(a, b)| b - a).sum::<usize>()).sum();
    Ok(Selection { windows, candidates, method: method(rules, candidates) })
}

fn method(rules: &Rules, candidates: usize) -> Text {
    let &Rules { shortest_m, longest_m, permutations, least_probability, .. } = rules;
    let (zh, en) = if permutations > 0 {
        (
            format!("；{permutations} 次置换取最大值校正多重比较"),
            format!("; corrected for looking everywhere by the maximum of {permutations} permutations"),
        )
    } else {
        ("；未作多重比较校正".to_owned(), "; not corrected for looking everywhere".to_owned())
    };
    let percent = least_probability * 100.0;
    Text::new(
        format!(
            "{shortest_m}–{longest_m} 米的 {candidates} 个窗口，按后验超额（经验贝叶斯）选取互不重叠且总超额最大者，超额概率不低于 {percent:.0}%{zh}"
        ),
        format!(
            "{candidates} windows of {shortest_m}–{longest_m} m; of those with an excess at least {percent:.0} % sure, the set without overlap whose posterior excess (empirical Bayes) is largest{en}"
        ),
    )
}

/// A route made ready.
struct Line<'a> {
    pieces: &'a [Piece],
    /// For each first piece, the last pieces (from, to exclusive) that make a window.
    reach: Vec<(usize, usize)>,
    /// Sums of expectations before each piece, and of `kμ²`.
    expected: Vec<f64>,
    spread: Vec<f64>,
    total: u64,
}

impl<'a> Line<'a> {
    fn of(number: usize, route: &'a Route, rules: &Rules) -> Result<Self, WindowError> {
        let pieces = &route.pieces;
        let (mut expected, mut spread, mut total) = (vec![0.0], vec![0.0], 0_u64);
        let mut end = f64::NEG_INFINITY;
        for (i, piece) in pieces.iter().enumerate() {
            let in_order = piece.from_m >= end && piece.to_m > piece.from_m && piece.to_m.is_finite();
            if !in_order {
                return Err(WindowError::Order { route: number, piece: i });
            }
            estimate(piece.observed, piece.expected, piece.k)?;
            end = piece.to_m;
            expected.push(expected[i] + piece.expected);
            spread.push(spread[i] + piece.k * piece.expected * piece.expected);
            total = total.saturating_add(piece.observed);
        }
        Ok(Self { pieces, reach: reach(pieces, rules), expected, spread, total })
    }

    fn sums(&self, observed: &[u64]) -> Vec<u64> {
        let mut sums = vec![0_u64];
        for (i, n) in observed.iter().enumerate() {
            sums.push(sums[i].saturating_add(*n));
        }
        sums
    }

    /// Count, expectation and overdispersion of a window: pieces depart from the model each for itself, so variances add up.
    fn window(&self, sums: &[u64], first: usize, last: usize) -> (u64, f64, f64) {
        let expected = self.expected[last + 1] - self.expected[first];
        let spread = self.spread[last + 1] - self.spread[first];
        (sums[last + 1] - sums[first], expected, spread.max(0.0) / (expected * expected))
    }

    fn excess(&self, sums: &[u64], first: usize, last: usize) -> f64 {
        let (observed, expected, k) = self.window(sums, first, last);
        (1.0 - 1.0 / (1.0 + k * expected)) * (observed as f64 - expected)
    }

    fn estimate(&self, sums: &[u64], first: usize, last: usize) -> Result<Estimate, EstimateError> {
        let (observed, expected, k) = self.window(sums, first, last);
        estimate(observed, expected, k)
    }

    /// The set of windows with the largest sum of scores.
    fn best(&self, sums: &[u64], least_probability: f64) -> Result<Vec<(usize, usize)>, EstimateError> {
        let n = self.pieces.len();
        // best[i]: largest sum within the first i pieces, and the window that ends there.
        let mut best: Vec<(f64, Option<usize>)> = vec![(0.0, None); n + 1];
        for first in 0..n {
            if first > 0 && best[first - 1].0 >= best[first].0 {
                best[first] = (best[first - 1].0, None);
            }
            for last in self.reach[first].0..self.reach[first].1 {
                let excess = self.excess(sums, first, last);
                if excess <= 0.0 || best[first].0 + excess <= best[last + 1].0 {
                    continue;
                }
                if self.estimate(sums, first, last)?.p_excess >= least_probability {
                    best[last + 1] = (best[first].0 + excess, Some(first));
                }
            }
        }
        if n > 0 && best[n - 1].0 >= best[n].0 {
            best[n] = (best[n - 1].0, None);
        }
        let (mut chosen, mut end) = (Vec::new(), n);
        while end > 0 {
            match best[end].1 {
                Some(first) => {
                    chosen.push((first, end - 1));
                    end = first;
                }
                None => end -= 1,
            }
        }
        chosen.reverse();
        Ok(chosen)
    }
}

/// Both ends move forward only.
fn reach(pieces: &[Piece], rules: &Rules) -> Vec<(usize, usize)> {
    let whole = match (pieces.first(), pieces.last()) {
        (Some(first), Some(last)) => last.to_m - first.from_m,
        _ => return Vec::new(),
    };
    if whole < rules.shortest_m {
        let all = (pieces.len() - 1, pieces.len());
        return (0..pieces.len()).map(|first| if first == 0 { all } else { (0, 0) }).collect();
    }
    let (mut shortest, mut longest) = (0, 0);
    (0..pieces.len())
        .map(|first| {
            let start = pieces[first].from_m;
            while shortest < pieces.len() && (shortest < first || pieces[shortest].to_m - start < rules.shortest_m) {
                shortest += 1;
            }
            while longest < pieces.len() && (longest <= first || pieces[longest].to_m - start <= rules.longest_m) {
                longest += 1;
            }
            // One piece longer than the longest window is a window all the same; it cannot be divided.
            (shortest, longest.max(shortest.min(pieces.len())))
        })
        .collect()
}

/// The largest score of any window when events fall by chance.
fn largest_by_chance(lines: &[Line], seed: u64, throw: u32) -> f64 {
    let mut random = Stream::new(seed, u64::from(throw));
    let mut largest = 0.0_f64;
    for line in lines.iter().filter(|l| !l.pieces.is_empty()) {
        let all = line.expected[line.pieces.len()];
        let mut observed = vec![0_u64; line.pieces.len()];
        for _ in 0..line.total {
            let at = random.unit() * all;
            let piece = line.expected.partition_point(|sum| *sum <= at);
            observed[piece.clamp(1, line.pieces.len()) - 1] += 1;
        }
        let sums = line.sums(&observed);
        for (first, &(from, to)) in line.reach.iter().enumerate() {
            for last in from..to {
                largest = largest.max(line.excess(&sums, first, last));
            }
        }
    }
    largest
}
