//! The scan statistic on a network: the strongest cluster, and whether chance makes one as strong anywhere on the map.
//!
//! A window is a unit and all units within some distance of it along the streets. Every window up to the largest radius and
//! share is looked at; its strength is Kulldorff's Poisson likelihood ratio ("A spatial scan statistic", Commun. Statist. 26, 1997)
//! against the expectation (length, or whatever is given). The null throws the same number of events on the map in proportion to the
//! expectation, many times, and takes each time the strongest window of all: so the p of the strongest cluster is right for the
//! map as a whole, however many windows overlap. Lesser clusters are held against the same maxima, which makes their p too large
//! rather than too small.
//!
//! **How it is fast.** For a fixed count the likelihood ratio falls as the expectation grows. So for one replicate it is enough to know, for
//! each count, the *smallest* expectation of any window with that count: one comparison for each window, one logarithm for each count.

use super::{Reach, SignificanceError, check_expected};
use crate::random::{Alias, Stream};
use gongzhi_civic::text::Text;
use rayon::prelude::*;

/// How to scan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScanMethod {
    /// A window may hold at most this share of the expectation, above 0 to 0.5.
    pub largest_share: f64,
    /// Replicates under the null; 999 unless there is a reason. 0 gives clusters without p.
    pub replicates: u32,
    /// Seed of the replicates.
    pub seed: u64,
    /// How many clusters to list at most.
    pub clusters: usize,
}

impl Default for ScanMethod {
    fn default() -> Self {
        Self { largest_share: 0.5, replicates: 999, seed: 1, clusters: 20 }
    }
}

/// A window that stands out.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Unit in the middle.
    pub centre: u32,
    /// Distance from the middle to the farthest unit, metres.
    pub radius_m: f64,
    /// Its units, in rising order.
    pub units: Vec<u32>,
    /// Events in it.
    pub n: u64,
    /// Events expected in it.
    pub expected: f64,
    /// Rate inside over rate outside; infinite where nothing is outside.
    pub ratio: f64,
    /// Logarithm of the likelihood ratio.
    pub llr: f64,
    /// `(b + 1)/(m + 1)`, `b` of `m` replicates whose strongest window is at least as strong; `None` without replicates.
    pub p: Option<f64>,
}

/// What a scan found.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// Events on the map.
    pub n: u64,
    /// Windows looked at.
    pub windows: usize,
    /// Replicates made.
    pub replicates: u32,
    /// Clusters that share no unit, strongest first. Only windows with more than expected.
    pub clusters: Vec<Cluster>,
    /// The strongest window of each replicate, in their order.
    pub maxima: Vec<f64>,
    /// The method, to print with the map.
    pub method: Text,
}

/// Looks for clusters of `counts` among the units of `reach`, against `expected` in any unit of measure (it is scaled to the sum of
/// the counts).
///
/// # Errors
/// [`SignificanceError::Mismatch`], [`SignificanceError::Value`], [`SignificanceError::Expected`], [`SignificanceError::Parameter`] for a share
/// outside (0, 0.5].
pub fn scan(reach: &Reach, counts: &[u32], expected: &[f64], method: ScanMethod) -> Result<Scan, SignificanceError> {
    let (n, total) = check_expected(counts, expected, reach.units())?;
    if !(method.largest_share > 0.0 && method.largest_share <= 0.5) {
        return Err(SignificanceError::Parameter { name: "largest_share", value: method.largest_share });
    }
    if n > u64::from(u32::MAX) {
        return Err(SignificanceError::Size(n as usize));
    }
    let scaled: Vec<f64> = if total > 0.0 { expected.iter().map(|e| e * n as f64 / total).collect() } else { expected.to_vec() };
    let windows = Windows::of(reach, &scaled, n as f64 * method.largest_share);
    let maxima = match Alias::new(expected) {
        Some(table) if n > 0 => windows.maxima(&table, n, method),
        _ => vec![0.0; method.replicates as usize],
    };
    let mut clusters = windows.strongest(counts, n, reach, method.clusters);
    for cluster in &mut clusters {
        let stronger = maxima.iter().filter(|strongest| **strongest >= cluster.llr * (1.0 - 1e-12)).count();
        cluster.p = (method.replicates > 0).then(|| (stronger as f64 + 1.0) / (f64::from(method.replicates) + 1.0));
    }
    let (count, radius, percent) = (windows.expected.len(), reach.radius_m(), method.largest_share * 100.0);
    let text = Text::new(
        format!(
            "扫描统计量（Kulldorff 1997，泊松似然比），窗口为距离 {radius:.0} 米以内、期望不超过 {percent}%，共 {count} 个；n = {n} 起；蒙特卡洛 {} 次，p 已计入全部窗口",
            method.replicates
        ),
        format!(
            "Scan statistic (Kulldorff 1997, Poisson likelihood ratio), windows up to {radius:.0} m and {percent} % of the expectation, {count} of them; n = {n} events; {} Monte Carlo replicates, p holds for all windows together",
            method.replicates
        ),
    );
    Ok(Scan { n, windows: count, replicates: method.replicates, clusters, maxima, method: text })
}

/// Logarithm of the likelihood ratio of `count` events where `expected` of `n` were; 0 where there are not more than expected.
fn strength(count: u64, expected: f64, n: u64) -> f64 {
    let (inside, total) = (count as f64, n as f64);
    if inside <= expected || count == 0 {
        return 0.0;
    }
    let outside = total - inside;
    let rest = if count == n { 0.0 } else { outside * (outside / (total - expected)).ln() };
    inside * (inside / expected).ln() + rest
}

/// All windows: for each unit the units around it, nearest first, and the expectation up to each.
struct Windows {
    first: Vec<usize>,
    unit: Vec<u32>,
    /// Expectation of the window that ends with this unit. Units equally far enter together, so each of them carries the
    /// expectation up to the last of them: a window that stops among them would be a weaker one of that expectation.
    expected: Vec<f64>,
}

/// Replicates worked on side by side, so that a unit's windows are read once for all of them.
const BATCH: u32 = 8;

impl Windows {
    fn of(reach: &Reach, scaled: &[f64], most: f64) -> Self {
        // A share of the expectation that is meant to fit should not fail to by rounding.
        let most = most * (1.0 + 1e-12);
        let lists: Vec<(Vec<u32>, Vec<f64>)> = (0..reach.units())
            .into_par_iter()
            .map(|centre| {
                let (mut units, mut sums, mut sum) = (Vec::new(), Vec::new(), 0.0);
                for ring in reach.list(centre).chunk_by(|a, b| a.1 == b.1) {
                    sum += ring.iter().map(|&(unit, _)| scaled[unit as usize]).sum::<f64>();
                    if sum > most {
                        break;
                    }
                    units.extend(ring.iter().map(|&(unit, _)| unit));
                    sums.extend(std::iter::repeat_n(sum, ring.len()));
                }
                (units, sums)
            })
            .collect();
        let mut first = vec![0];
        first.extend(lists.iter().scan(0, |sum, (units, _)| {
            *sum += units.len();
            Some(*sum)
        }));
        let (mut unit, mut expected) = (Vec::with_capacity(first[lists.len()]), Vec::with_capacity(first[lists.len()]));
        for (units, sums) in lists {
            unit.extend(units);
            expected.extend(sums);
        }
        Self { first, unit, expected }
    }

    fn centres(&self) -> usize {
        self.first.len() - 1
    }

    fn list(&self, centre: usize) -> (&[u32], &[f64]) {
        let range = self.first[centre]..self.first[centre + 1];
        (&self.unit[range.clone()], &self.expected[range])
    }

    /// The strongest window of every replicate.
    fn maxima(&self, table: &Alias, n: u64, method: ScanMethod) -> Vec<f64> {
        let batches: Vec<u32> = (0..method.replicates).step_by(BATCH as usize).collect();
        let maxima: Vec<Vec<f64>> = batches
            .par_iter()
            .map_init(
                || vec![Replicate::new(self.centres(), n); BATCH as usize],
                |replicates, &start| {
                    let used = (method.replicates - start).min(BATCH) as usize;
                    for (number, replicate) in (u64::from(start)..).zip(&mut replicates[..used]) {
                        replicate.throw(table, n, Stream::new(method.seed, number));
                    }
                    for centre in 0..self.centres() {
                        let (units, expected) = self.list(centre);
                        for replicate in &mut replicates[..used] {
                            replicate.look(units, expected);
                        }
                    }
                    replicates[..used].iter().map(|replicate| replicate.strongest(n)).collect()
                },
            )
            .collect();
        maxima.concat()
    }

    /// The strongest windows that share no unit: of each centre only the strongest is a candidate.
    fn strongest(&self, counts: &[u32], n: u64, reach: &Reach, most: usize) -> Vec<Cluster> {
        let best_of = |centre: usize| {
            let (units, expected) = self.list(centre);
            let (mut count, mut best) = (0, (0.0, 0, 0));
            for (place, (&unit, &expected_here)) in units.iter().zip(expected).enumerate() {
                count += u64::from(counts[unit as usize]);
                let llr = strength(count, expected_here, n);
                if llr > best.0 {
                    best = (llr, place, count);
                }
            }
            best
        };
        let best: Vec<(f64, usize, u64)> = (0..self.centres()).into_par_iter().map(best_of).collect();
        let mut order: Vec<usize> = (0..best.len()).filter(|&centre| best[centre].0 > 0.0).collect();
        order.sort_by(|&a, &b| best[b].0.total_cmp(&best[a].0).then(best[a].1.cmp(&best[b].1)).then(a.cmp(&b)));
        let mut taken = vec![false; self.centres()];
        let mut clusters = Vec::new();
        for centre in order {
            if clusters.len() == most {
                break;
            }
            let (llr, last, count) = best[centre];
            let near = reach.list(centre);
            // The whole ring of the last unit belongs to it.
            let size = near.partition_point(|&(_, distance)| distance <= near[last].1);
            let mut units: Vec<u32> = near[..size].iter().map(|&(unit, _)| unit).collect();
            if units.iter().any(|&unit| taken[unit as usize]) {
                continue;
            }
            units.iter().for_each(|&unit| taken[unit as usize] = true);
            units.sort_unstable();
            let expected = self.list(centre).1[last];
            let (inside, outside) = (count as f64 / expected, (n - count) as f64 / (n as f64 - expected));
            let radius_m = Reach::metres(near[last].1);
            clusters.push(Cluster { centre: centre as u32, radius_m, units, n: count, expected, ratio: inside / outside, llr, p: None });
        }
        clusters
    }
}

/// One map thrown at random.
#[derive(Clone)]
struct Replicate {
    counts: Vec<u32>,
    /// By count, the smallest expectation of any window with that count.
    least: Vec<f64>,
}

impl Replicate {
    fn new(units: usize, n: u64) -> Self {
        Self { counts: vec![0; units], least: vec![f64::INFINITY; n as usize + 1] }
    }

    fn throw(&mut self, table: &Alias, n: u64, mut stream: Stream) {
        self.counts.fill(0);
        self.least.fill(f64::INFINITY);
        for _ in 0..n {
            self.counts[table.at(stream.bits())] += 1;
        }
    }

    /// A unit without events makes a window of the same count and a larger expectation: never the stronger one.
    #[inline]
    fn look(&mut self, units: &[u32], expected: &[f64]) {
        let mut count = 0_usize;
        for (&unit, &expected) in units.iter().zip(expected) {
            let here = self.counts[unit as usize];
            if here > 0 {
                count += here as usize;
                let least = &mut self.least[count];
                *least = least.min(expected);
            }
        }
    }

    fn strongest(&self, n: u64) -> f64 {
        (0..).zip(&self.least).filter(|(_, least)| least.is_finite()).map(|(count, least)| strength(count, *least, n)).fold(0.0, f64::max)
    }
}
