//! Walks: every way without an end in sight, and the share of the hill that takes it.
//!
//! The equal-split estimators follow not the shortest way but all ways of at most the bandwidth, round blocks and through
//! loops as well. A share is the product of what the junctions on the way let through, so it is the same there and back:
//! the walks that leave a street's end are also those by which events come to it.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::Mutex;

use rayon::prelude::*;

use super::distance::{give_back, lend};
use super::{Estimator, Graph};

/// Length in units of 2⁻⁴⁰ m (0.9 picometres): sums are exact, so two walks over the same streets in another order are
/// of equal length to the last digit and can be taken as one.
type Way = i64;

const UNITS_PER_M: f64 = (1_u64 << 40) as f64;
/// Longest street or bandwidth a walk can count: beyond it, nothing is in reach of anything.
const LONGEST: Way = Way::MAX / 4;
/// Most streets entered from one start. A hill that is thrown to and fro on a street of next to no length between two dead
/// ends would never come to rest; what is then left is counted as left out.
const MOST_STEPS: usize = 1_000_000;

fn units(metres: f64) -> Way {
    // Casts keep to the range of the type.
    ((metres * UNITS_PER_M).round() as Way).min(LONGEST)
}

fn metres(way: Way) -> f64 {
    way as f64 / UNITS_PER_M
}

/// A street entered by one of its ends: `2 · edge`, plus 1 if by its end.
pub(super) type Entry = u32;

/// What every walk needs of a graph.
#[derive(Clone, Debug)]
pub(super) struct Walks {
    length: Vec<Way>,
    estimator: Estimator,
    bound: Way,
    least_share: f64,
}

/// Being about to walk along a street.
#[derive(Clone, Copy, Debug)]
struct Step {
    way: Way,
    entry: Entry,
    share: f64,
}

impl PartialEq for Step {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Step {}
impl PartialOrd for Step {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Step {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.way, self.entry).cmp(&(other.way, other.entry))
    }
}

/// Working memory for walks.
#[derive(Debug, Default)]
pub(super) struct Front(BinaryHeap<Reverse<Step>>);

impl Walks {
    pub(super) fn new(graph: &Graph, estimator: Estimator, bound_m: f64, least_share: f64) -> Self {
        let length = graph.edges().iter().map(|e| units(e.length_m)).collect();
        Self { length, estimator, bound: units(bound_m), least_share }
    }

    /// What a junction of `degree` streets lets through to another street, and what it sends back.
    pub(super) fn shares(&self, degree: usize) -> (f64, f64) {
        let n = degree as f64;
        match self.estimator {
            Estimator::EqualSplitContinuous => (2.0 / n, (2.0 - n) / n),
            _ => (if degree > 1 { 1.0 / (n - 1.0) } else { 0.0 }, 0.0),
        }
    }

    /// The streets at the end of the one that was entered, with the share each gets.
    fn onward<'a>(&self, graph: &'a Graph, entry: Entry) -> impl Iterator<Item = (Entry, f64)> + 'a {
        let edge = graph.edges()[entry as usize / 2];
        let by_end = entry % 2 == 1;
        let here = graph.at(if by_end { edge.from } else { edge.to });
        let (through, back) = self.shares(here.len());
        // One arrives by the end at which one did not enter.
        let arrival = entry ^ 1;
        here.iter().map(move |&(edge, at_end)| {
            let next = 2 * edge + u32::from(at_end);
            (next, if next == arrival { back } else { through })
        })
    }

    /// Calls `visit(entry, metres, share)` for each street entered on a walk that begins by entering `start`, which is
    /// itself the first, `before_m` metres short of the count. Walks of equal length to one entry are visited as one.
    /// Gives the sum of the shares that were left out for being small.
    pub(super) fn visit(
        &self,
        graph: &Graph,
        front: &mut Front,
        start: Entry,
        before_m: f64,
        mut visit: impl FnMut(Entry, f64, f64),
    ) -> f64 {
        let queue = &mut front.0;
        let (mut left_out, mut steps) = (0.0, 0);
        queue.push(Reverse(Step { way: -units(before_m), entry: start, share: 1.0 }));
        while let Some(Reverse(mut step)) = queue.pop() {
            while let Some(Reverse(same)) = queue.peek()
                && *same == step
            {
                step.share += same.share;
                queue.pop();
            }
            steps += 1;
            if step.share.abs() < self.least_share || step.share == 0.0 || steps > MOST_STEPS {
                left_out += step.share.abs();
                continue;
            }
            visit(step.entry, metres(step.way), step.share);
            let way = step.way + self.length[step.entry as usize / 2];
            if way > self.bound {
                continue;
            }
            for (entry, share) in self.onward(graph, step.entry) {
                if share != 0.0 {
                    queue.push(Reverse(Step { way, entry, share: step.share * share }));
                }
            }
        }
        left_out
    }
}

/// How many steps the walks from each of some entries have, the steps, and the most left out from one of them.
type Part = (Vec<u32>, Vec<(Entry, f64, f64)>, f64);

/// For every entry, the walks that begin with it.
#[derive(Clone, Debug)]
pub(super) struct WalkTable {
    pub(super) walks: Walks,
    first: Vec<usize>,
    steps: Vec<(Entry, f64, f64)>,
    pub(super) left_out: f64,
}

impl WalkTable {
    pub(super) fn new(graph: &Graph, walks: Walks) -> Self {
        let entries = graph.edges().len() as u32 * 2;
        let idle = Mutex::new(Vec::new());
        let starts: Vec<u32> = (0..entries).step_by(128).collect();
        let parts: Vec<Part> = starts
            .par_iter()
            .map(|&start| {
                let mut front = lend(&idle, Front::default);
                let (mut counts, mut steps, mut most_left_out) = (Vec::new(), Vec::new(), 0.0_f64);
                for entry in start..entries.min(start + 128) {
                    let before = steps.len();
                    let left_out = walks.visit(graph, &mut front, entry, 0.0, |entry, way, share| steps.push((entry, way, share)));
                    most_left_out = most_left_out.max(left_out);
                    counts.push((steps.len() - before) as u32);
                }
                give_back(&idle, front);
                (counts, steps, most_left_out)
            })
            .collect();
        let mut table = Self { walks, first: vec![0], steps: Vec::with_capacity(parts.iter().map(|p| p.1.len()).sum()), left_out: 0.0 };
        for (counts, steps, left_out) in parts {
            for count in counts {
                table.first.push(table.first[table.first.len() - 1] + count as usize);
            }
            table.steps.extend_from_slice(&steps);
            table.left_out = table.left_out.max(left_out);
        }
        table
    }

    pub(super) fn of(&self, entry: Entry) -> &[(Entry, f64, f64)] {
        &self.steps[self.first[entry as usize]..self.first[entry as usize + 1]]
    }

    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }
}
