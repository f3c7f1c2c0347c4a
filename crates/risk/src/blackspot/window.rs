//! What the conditions of a rule make of a growing and shrinking set of crashes.

use super::Crash;
use super::pattern::{Reference, patterns};
use super::rule::{Condition, MILLIONTHS, Regularity, Rule, Unit};
use std::collections::BTreeMap;

/// What a crash adds to a condition.
#[derive(Clone, Copy)]
struct Mark {
    /// Type number; 0 for all where the condition does not ask for one type.
    bucket: u32,
    deaths: i64,
    weight: i64,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    n: i64,
    deaths: i64,
    weight: i64,
}

/// The conditions of a rule for one unit, and for each crash what it adds to each.
pub(super) struct Conditions<'a> {
    rule: &'a Rule,
    least: Vec<f64>,
    score: Vec<Option<i64>>,
    crashes: &'a [&'a Crash],
    marks: Vec<Vec<Option<Mark>>>,
    regularity: Regularity,
    reference: &'a Reference<'a>,
}

impl<'a> Conditions<'a> {
    pub(super) fn new(rule: &'a Rule, unit: &Unit, crashes: &'a [&'a Crash], regularity: Regularity, reference: &'a Reference<'a>) -> Self {
        let mut kinds = BTreeMap::<&str, u32>::new();
        for kind in crashes.iter().filter_map(|c| c.kind.as_deref()) {
            let next = u32::try_from(kinds.len() + 1).unwrap_or(u32::MAX);
            kinds.entry(kind).or_insert(next);
        }
        let mark = |c: &Condition, crash: &Crash| {
            let bucket = if c.same_type { *kinds.get(crash.kind.as_deref()?)? } else { 0 };
            let weights = c.weights.as_ref().unwrap_or(&rule.weights);
            counts(c, crash).then(|| Mark { bucket, deaths: i64::from(crash.deaths), weight: weights.exact(crash.severity) })
        };
        Self {
            rule,
            least: rule.any.iter().map(|c| c.least_crashes(unit, rule.window)).collect(),
            score: rule.any.iter().map(|c| c.score.map(|s| (s * MILLIONTHS).round() as i64)).collect(),
            crashes,
            marks: crashes.iter().map(|crash| rule.any.iter().map(|c| mark(c, crash)).collect()).collect(),
            regularity,
            reference,
        }
    }

    /// Which conditions the crashes fulfil whose sums are `tally`; `members` are their positions.
    pub(super) fn fulfilled(&self, tally: &Tally, members: &[usize]) -> Vec<usize> {
        (0..self.rule.any.len()).filter(|&i| self.holds(i, tally, members)).collect()
    }

    fn holds(&self, i: usize, tally: &Tally, members: &[usize]) -> bool {
        let (Some(condition), Some(sums)) = (self.rule.any.get(i), tally.sums.get(i)) else { return false };
        sums.iter().any(|(bucket, sum)| {
            sum.n > 0
                && sum.n as f64 >= self.least[i]
                && sum.deaths >= i64::from(condition.deaths.unwrap_or(0))
                && self.score[i].is_none_or(|least| sum.weight >= least)
                && (!condition.regular || self.regular(i, *bucket, members))
        })
    }

    fn regular(&self, i: usize, bucket: u32, members: &[usize]) -> bool {
        let counted: Vec<&Crash> =
            members.iter().filter(|&&m| self.marks[m][i].is_some_and(|mark| mark.bucket == bucket)).map(|&m| self.crashes[m]).collect();
        patterns(&counted, self.reference).iter().any(|p| stands_out(p.q, p.n, self.regularity))
    }
}

/// Whether a pattern makes crashes regular.
pub(super) fn stands_out(q: f64, n: u64, regularity: Regularity) -> bool {
    q <= regularity.false_discovery && n >= u64::from(regularity.least)
}

fn counts(condition: &Condition, crash: &Crash) -> bool {
    (condition.of.is_empty() || condition.of.contains(&crash.severity))
        && crash.deaths >= condition.deaths_each
        && condition.procedure.zip(crash.procedure).is_none_or(|(asked, known)| asked == known)
}

/// Sums by condition and type.
pub(super) struct Tally {
    sums: Vec<BTreeMap<u32, Sum>>,
}

impl Tally {
    pub(super) fn new(conditions: &Conditions<'_>) -> Self {
        Self { sums: vec![BTreeMap::new(); conditions.rule.any.len()] }
    }

    pub(super) fn of(conditions: &Conditions<'_>, members: &[usize]) -> Self {
        let mut tally = Self::new(conditions);
        for &m in members {
            tally.add(conditions, m);
        }
        tally
    }

    pub(super) fn add(&mut self, conditions: &Conditions<'_>, member: usize) {
        self.change(conditions, member, 1);
    }

    pub(super) fn remove(&mut self, conditions: &Conditions<'_>, member: usize) {
        self.change(conditions, member, -1);
    }

    fn change(&mut self, conditions: &Conditions<'_>, member: usize, by: i64) {
        for (mark, sums) in conditions.marks[member].iter().zip(&mut self.sums) {
            let Some(mark) = mark else { continue };
            let sum = sums.entry(mark.bucket).or_default();
            sum.n += by;
            sum.deaths += by * mark.deaths;
            sum.weight += by * mark.weight;
        }
    }
}
