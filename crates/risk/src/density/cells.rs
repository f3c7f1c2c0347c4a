//! The cell-moment mode: events close together are kept as one place with moments, and what that can cost is proven.
//!
//! **Moments.** A group of events is replaced by its centroid `c`, its weight `W` and its central moments. For a place `q`
//! that has the whole group within the bandwidth `b`, a polynomial kernel's sum over the group is a polynomial of these
//! moments, so nothing is lost: for Epanechnikov `Σ w (1 − |q − x|²/b²) = W (1 − |q − c|²/b²) − R/b²`, with
//! `R = Σ w |x − c|²`. The groups are then swept like events, one interval for each group and row. The group counts
//! where `|q − c| ≤ b`.
//!
//! **What can be wrong.** Only a `q` whose rim cuts the group, `| |q − c| − b | ≤ ρ` with `ρ = max |x − c|`, takes some
//! event on the wrong side. Write `gᵢ = 1 − |q − xᵢ|²/b²` and `δᵢ = xᵢ − c`; then `gᵢ − g_c = (2 (q − c)·δᵢ − |δᵢ|²)/b²`
//! with `|q − c| ≤ b + ρ`. Let `λ` be the larger eigenvalue of the group's covariance; by Minkowski's inequality the
//! root mean square of `gᵢ − g_c` is at most `s = (2 (b + ρ) √λ + ρ √(R/W))/b²`.
//!
//! * *Epanechnikov.* Inside (`g_c ≥ 0`) the error is `Σ w (−gᵢ)₊`, outside it is `Σ w (gᵢ)₊`: the map is too low in both
//!   cases, never too high. For any numbers `h` of mean `h̄` and variance `V`, `mean(h₊) ≤ (√(V + h̄²) + h̄)/2` (Scarf
//!   1958). Here `√V ≤ s`, and the mean of `−gᵢ` inside is at most `R/(W b²)`, that of `gᵢ` outside at most 0. So the error
//!   is at most `e = W s/2 + R/b²`.
//! * *Quartic.* An event on the wrong side has `gᵢ` and `g_c` of unlike sign, so `gᵢ² ≤ (gᵢ − g_c)²`, and the error
//!   `Σ w gᵢ²` over them is at most `e = W s²`: of second order, and in either direction.
//! * *Uniform.* Every event on the wrong side counts whole; nothing useful can be proven. That kernel is always exact.
//!
//! **The proof for one map** adds `e` of every group over its ring, for two rows of cells at once with the ring wide enough
//! for both; the largest sum bounds the error of every cell. A group of one place has `e = 0`.

use super::spots::{Reach, Sorted, Spots};
use super::{Grid, Kernel};
use rayon::prelude::*;

/// Groups of events with `P` moments each, and what each group can be wrong by where its rim cuts it.
pub(super) struct Groups<const P: usize> {
    pub(super) spots: Spots<P>,
    /// The ring: `ρ` and `e` of the groups that can be wrong, by place.
    rims: Spots<2>,
}

/// The moments a kernel needs, with `b = 1`.
pub(super) trait Moments<const P: usize> {
    /// Moments of the members about the centroid: `(δx, δy, w)`, in bandwidths.
    fn of(members: impl Iterator<Item = (f64, f64, f64)>) -> [f64; P];
    /// The most a group can be wrong by; `slope` is `s` above.
    fn error(weight: f64, inertia: f64, slope: f64) -> f64;
    /// What a group costs the bound, roughly: its error times the width of its ring (`slack` more than its own).
    fn rough(weight: f64, inertia: f64, slack: f64) -> f64;
    /// The `rough` to stop at for a bound of about `share` of the peak, with `peak_weight` about the peak's sum of kernels.
    /// The factors were found on clustered points; a bad guess costs time, never the proof.
    fn most(share: f64, peak_weight: f64) -> f64;
}

/// Weight and inertia.
pub(super) struct Epanechnikov;

impl Moments<2> for Epanechnikov {
    fn of(members: impl Iterator<Item = (f64, f64, f64)>) -> [f64; 2] {
        members.fold([0.0; 2], |[weight, inertia], (x, y, w)| [weight + w, inertia + w * (x * x + y * y)])
    }

    fn error(weight: f64, inertia: f64, slope: f64) -> f64 {
        0.5 * weight * slope + inertia
    }

    fn rough(weight: f64, inertia: f64, slack: f64) -> f64 {
        inertia + slack * (weight * inertia).sqrt()
    }

    fn most(share: f64, peak_weight: f64) -> f64 {
        0.1 * share * share * peak_weight
    }
}

/// Weight, `Σw δx²`, `Σw δxδy`, `Σw δy²`, `Σw |δ|²δx`, `Σw |δ|²δy`, `Σw |δ|⁴`.
pub(super) struct Quartic;

impl Moments<7> for Quartic {
    fn of(members: impl Iterator<Item = (f64, f64, f64)>) -> [f64; 7] {
        members.fold([0.0; 7], |[weight, xx, xy, yy, tx, ty, four], (x, y, w)| {
            let square = x * x + y * y;
            [
                weight + w,
                xx + w * x * x,
                xy + w * x * y,
                yy + w * y * y,
                tx + w * square * x,
                ty + w * square * y,
                four + w * square * square,
            ]
        })
    }

    fn error(weight: f64, _inertia: f64, slope: f64) -> f64 {
        weight * slope * slope
    }

    fn rough(weight: f64, inertia: f64, slack: f64) -> f64 {
        4.0 * inertia * (slack + (inertia / weight).sqrt())
    }

    fn most(share: f64, peak_weight: f64) -> f64 {
        0.8 * share * share * peak_weight
    }
}

/// As [`super::sweep::epanechnikov`], of a group.
#[inline(always)]
pub(super) fn epanechnikov(at: f64, off: f64, [weight, inertia]: [f64; 2]) -> [f64; 3] {
    [weight * (1.0 - off * off - at * at) - inertia, 2.0 * weight * at, -weight]
}

/// As [`super::sweep::quartic`], of a group: with `v = q − c = (z − at, −off·)` and `a = 1 − |v|²`,
/// `Σ w (a + 2 v·δ − |δ|²)² = W a² − 2 a R + 4 vᵀCv − 4 v·T + F`.
#[inline(always)]
pub(super) fn quartic(at: f64, off: f64, [weight, xx, xy, yy, tx, ty, four]: [f64; 7]) -> [f64; 5] {
    // Along the row v = (s, −off) with s = z − at; south is positive in y and in `off`.
    let (inertia, top) = (xx + yy, 1.0 - off * off);
    // As a polynomial of s: W (top − s²)² − 2R (top − s²) + 4 (xx s² − 2 xy s off + yy off²) − 4 (s tx − off ty) + F.
    let p0 = weight * top * top - 2.0 * inertia * top + 4.0 * yy * off * off + 4.0 * off * ty + four;
    let p1 = -8.0 * xy * off - 4.0 * tx;
    let p2 = -2.0 * weight * top + 2.0 * inertia + 4.0 * xx;
    let p4 = weight;
    // Shifted to z: s = z − at.
    let square = at * at;
    [
        p0 - p1 * at + p2 * square + p4 * square * square,
        p1 - 2.0 * p2 * at - 4.0 * p4 * square * at,
        p2 + 6.0 * p4 * square,
        -4.0 * p4 * at,
        p4,
    ]
}

/// Side of the blocks that are cut into groups, bandwidths at most: keeps the terms of higher order small.
const SIDE: f64 = 0.125;

/// One event while groups are made, bandwidths.
#[derive(Clone, Copy)]
struct Member {
    x: f64,
    y: f64,
    w: f64,
}

impl<const P: usize> Groups<P> {
    /// Cuts the map into blocks and halves each until no group costs the bound more than `most`.
    /// `reach` is the bandwidth's; weights are not negative.
    pub(super) fn new<M: Moments<P>>(sorted: &Sorted, reach: &Reach, most: f64, keep: impl Fn(usize) -> bool) -> Self {
        let all = &sorted.spots;
        let [weights] = &all.parameters;
        let per = 1.0 / reach.columns;
        let lines_each = ((SIDE * reach.columns / reach.aspect) as usize).clamp(1, MOST_LINES);
        let (width, height) = ((SIDE * reach.columns).max(f64::MIN_POSITIVE), lines_each as f64 * reach.aspect);
        let slack = 0.3 * reach.aspect * per; // half a cell's height, seen from all directions
        let mut groups = GroupsUnsorted::<P> { places: Vec::new(), rims: Vec::new() };
        let mut members: Vec<Member> = Vec::new();
        let lines = all.starts.len() - 1;
        for first in (0..lines).step_by(lines_each) {
            let last = (first + lines_each).min(lines);
            let mut next: Vec<usize> = all.starts[first..last].to_vec();
            let ends = &all.starts[first + 1..=last];
            loop {
                // The western edge of the next block that holds anything.
                let west = next.iter().zip(ends).filter(|(i, end)| i < end).map(|(i, _)| all.x[*i]).fold(f64::INFINITY, f64::min);
                if west == f64::INFINITY {
                    break;
                }
                members.clear();
                for (i, end) in next.iter_mut().zip(ends) {
                    while *i < *end && all.x[*i] <= west + width {
                        if keep(sorted.record[*i] as usize) && weights[*i] > 0.0 {
                            members.push(Member { x: all.x[*i] * per, y: all.y[*i] * per, w: weights[*i] });
                        }
                        *i += 1;
                    }
                }
                groups.halve::<M>(&mut members, (most, slack), (width * per, height * per));
            }
        }
        Self { spots: in_rows(&groups.places, all, reach), rims: in_rows(&groups.rims, all, reach) }
    }

    /// The most any cell can be wrong by, in weights.
    pub(super) fn bound(&self, grid: &Grid, reach: &Reach) -> f64 {
        rims_bound(&self.rims, grid, reach)
    }
}

/// Most rows of one block.
const MOST_LINES: usize = 8;

/// As [`Groups`], in the order they were made; places in bandwidths.
struct GroupsUnsorted<const P: usize> {
    places: Vec<(f64, f64, [f64; P])>,
    rims: Vec<(f64, f64, [f64; 2])>,
}

impl<const P: usize> GroupsUnsorted<P> {
    /// One group of the members if it costs little, halves across the longer side otherwise.
    fn halve<M: Moments<P>>(&mut self, members: &mut [Member], limits: (f64, f64), (width, height): (f64, f64)) {
        let Some(first) = members.first().copied() else { return };
        if members.len() == 1 {
            self.places.push((first.x, first.y, M::of(std::iter::once((0.0, 0.0, first.w)))));
            return;
        }
        // About the first member: a block is small, so little is lost.
        let mut sums = [0.0_f64; 4];
        for m in &*members {
            let (dx, dy) = (m.x - first.x, m.y - first.y);
            sums = [sums[0] + m.w, sums[1] + m.w * dx, sums[2] + m.w * dy, sums[3] + m.w * (dx * dx + dy * dy)];
        }
        let [weight, x, y, square] = sums;
        let (x, y) = (x / weight, y / weight);
        let inertia = (square - weight * (x * x + y * y)).max(0.0);
        let (most, slack) = limits;
        if M::rough(weight, inertia, slack) > most && width + height > 1e-9 {
            let across = width >= height;
            let of = |m: &Member| if across { m.x } else { m.y };
            let (low, high) = members.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), m| (low.min(of(m)), high.max(of(m))));
            let middle = 0.5 * (low + high);
            let mut split = 0;
            for i in 0..members.len() {
                if of(&members[i]) < middle {
                    members.swap(i, split);
                    split += 1;
                }
            }
            let half = if across { (0.5 * (high - low), height) } else { (width, 0.5 * (high - low)) };
            let (left, right) = members.split_at_mut(split);
            self.halve::<M>(left, limits, half);
            self.halve::<M>(right, limits, half);
            return;
        }
        let (x, y) = (first.x + x, first.y + y);
        let from_centroid = || members.iter().map(|m| (m.x - x, m.y - y, m.w));
        self.places.push((x, y, M::of(from_centroid())));
        let square = from_centroid().map(|(dx, dy, _)| dx * dx + dy * dy).fold(0.0, f64::max);
        if square > 0.0 {
            let radius = square.sqrt();
            self.rims.push((x, y, [radius, M::error(weight, inertia, slope(from_centroid(), weight, radius))]));
        }
    }
}

/// `s` of the module's text, `b = 1`.
fn slope(members: impl Iterator<Item = (f64, f64, f64)>, weight: f64, radius: f64) -> f64 {
    let [xx, xy, yy] = members.fold([0.0; 3], |[xx, xy, yy], (x, y, w)| [xx + w * x * x, xy + w * x * y, yy + w * y * y]);
    let largest = 0.5 * (xx + yy) + (0.25 * (xx - yy) * (xx - yy) + xy * xy).sqrt();
    2.0 * (1.0 + radius) * (largest / weight).sqrt() + radius * ((xx + yy) / weight).sqrt()
}

/// Places in the order of the rows, as `like` has them.
fn in_rows<const P: usize>(places: &[(f64, f64, [f64; P])], like: &Spots<1>, reach: &Reach) -> Spots<P> {
    let line = |y: f64| like.line(y * reach.columns / reach.aspect);
    let lines = like.starts.len() - 1;
    let mut starts = vec![0_usize; lines + 1];
    for (_, y, _) in places {
        starts[line(*y) + 1] += 1;
    }
    for line in 0..lines {
        starts[line + 1] += starts[line];
    }
    let mut next = starts.clone();
    let mut sorted = like.empty_like(0);
    sorted.x = vec![0.0; places.len()];
    sorted.y = vec![0.0; places.len()];
    sorted.parameters = std::array::from_fn(|_| vec![0.0; places.len()]);
    for (x, y, parameters) in places {
        let at = &mut next[line(*y)];
        (sorted.x[*at], sorted.y[*at]) = (x * reach.columns, y * reach.columns);
        for (all, one) in sorted.parameters.iter_mut().zip(parameters) {
            all[*at] = *one;
        }
        *at += 1;
    }
    sorted.starts = starts;
    sorted
}

/// Rows for which rings are added up together.
const ROWS: usize = 2;

/// The largest sum of `e` over the groups whose ring touches one cell of each pair of rows.
fn rims_bound(rims: &Spots<2>, grid: &Grid, reach: &Reach) -> f64 {
    let (columns, pairs) = (grid.columns(), grid.rows().div_ceil(ROWS));
    // Enough for the rounding of what follows.
    let wider = 1e-9 * reach.columns;
    let [radii, errors] = &rims.parameters;
    // What reaches a row has its centre within the bandwidth and the radius of a group.
    let slack = ((2.0 * SIDE * reach.columns + (MOST_LINES as f64) * reach.aspect) / reach.aspect).ceil() as usize + ROWS + 2;
    let near = Reach { rows: reach.rows.saturating_add(slack), ..*reach };
    let last = columns as f64;
    let pair_bound = |steps: &mut Vec<f64>, pair: usize| {
        let north = (pair * ROWS) as f64 * reach.aspect;
        let south = north + (ROWS - 1) as f64 * reach.aspect;
        let places = rims.within(pair * ROWS, &near);
        let (xs, ys) = (&rims.x[places.clone()], &rims.y[places.clone()]);
        for (((x, y), radius), error) in xs.iter().zip(ys).zip(&radii[places.clone()]).zip(&errors[places]) {
            // The nearer row reaches furthest out, the farther one has the narrowest hole.
            let (above, below) = ((y - north).abs(), (y - south).abs());
            let (nearer, farther) = (above.min(below), above.max(below));
            let slack = radius * reach.columns + wider;
            let (outer, inner) = (reach.columns + slack, (reach.columns - slack).max(0.0));
            let left = outer * outer - nearer * nearer;
            if left < 0.0 {
                continue;
            }
            let (far, close) = (left.sqrt(), (inner * inner - farther * farther).max(0.0).sqrt());
            // The floor of a number that is not negative is its whole part, and `floor + 1` stands for the ceiling.
            let column = |at: f64| (at + 1.0).clamp(0.0, last) as u32 as usize;
            let (begin, end, hole, filled) = (column(x - far), column(x + far), column(x - close), column(x + close));
            steps[begin] += error;
            steps[hole] -= error;
            steps[filled] += error;
            steps[end] -= error;
        }
        let (mut sum, mut most) = (0.0_f64, 0.0_f64);
        for step in &mut *steps {
            sum += *step;
            most = most.max(sum);
            *step = 0.0;
        }
        most
    };
    (0..pairs).into_par_iter().with_min_len(pairs.div_ceil(64)).map_init(|| vec![0.0_f64; columns + 1], pair_bound).reduce(|| 0.0, f64::max)
}

/// Whether a kernel has moments that prove anything.
pub(super) const fn has_moments(kernel: Kernel) -> bool {
    matches!(kernel, Kernel::Epanechnikov | Kernel::Quartic)
}
