//! Arithmetic of stretches on one course: each direction is a set of metres.

use serde::{Deserialize, Serialize};

use super::Direction;

/// A stretch of a course.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// Direction or both.
    pub direction: Direction,
    /// Where it begins, metres along the axis; at most `to_m`.
    pub from_m: f64,
    /// Where it ends.
    pub to_m: f64,
}

impl Span {
    /// A stretch between two measures in any order.
    #[must_use]
    pub const fn new(direction: Direction, a: f64, b: f64) -> Self {
        Self { direction, from_m: a.min(b), to_m: a.max(b) }
    }

    /// Metres of the course.
    #[must_use]
    pub fn length_m(&self) -> f64 {
        (self.to_m - self.from_m).max(0.0)
    }

    /// Metres of the course that both cover in at least one common direction.
    #[must_use]
    pub fn overlap_m(&self, other: &Self) -> f64 {
        let common = self.direction == other.direction || self.direction == Direction::Both || other.direction == Direction::Both;
        if common { (self.to_m.min(other.to_m) - self.from_m.max(other.from_m)).max(0.0) } else { 0.0 }
    }

    /// Whether all of `other` lies in it, in all directions of `other`.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        Coverage::of(&[*self]).contains(&Coverage::of(&[*other]))
    }

    /// Metres between two stretches of a common direction, 0 if they meet; `None` without a common direction.
    #[must_use]
    pub fn gap_m(&self, other: &Self) -> Option<f64> {
        let common = self.direction == other.direction || self.direction == Direction::Both || other.direction == Direction::Both;
        common.then(|| (self.from_m.max(other.from_m) - self.to_m.min(other.to_m)).max(0.0))
    }
}

type Ranges = Vec<(f64, f64)>;

/// A set of metres in each direction of one course; ranges are sorted, do not touch, and have a length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    forward: Ranges,
    backward: Ranges,
}

impl Coverage {
    /// The union of stretches; empty and not finite ones count for nothing.
    #[must_use]
    pub fn of(spans: &[Span]) -> Self {
        let side = |not: Direction| {
            let ranges = spans.iter().filter(|s| s.direction != not).map(|s| (s.from_m, s.to_m)).collect();
            tidy(ranges, 0.0)
        };
        Self { forward: side(Direction::Backward), backward: side(Direction::Forward) }
    }

    fn each(&self, other: &Self, with: impl Fn(&Ranges, &Ranges) -> Ranges) -> Self {
        Self { forward: with(&self.forward, &other.forward), backward: with(&self.backward, &other.backward) }
    }

    /// What either covers.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.each(other, |a, b| tidy(a.iter().chain(b).copied().collect(), 0.0))
    }

    /// What both cover.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        self.each(other, |a, b| {
            let (mut i, mut j, mut out) = (0, 0, Vec::new());
            while let (Some(p), Some(q)) = (a.get(i), b.get(j)) {
                let (low, high) = (p.0.max(q.0), p.1.min(q.1));
                if low < high {
                    out.push((low, high));
                }
                if p.1 < q.1 { i += 1 } else { j += 1 }
            }
            out
        })
    }

    /// What this covers and `other` does not.
    #[must_use]
    pub fn subtract(&self, other: &Self) -> Self {
        self.each(other, |a, b| {
            let mut out = Vec::new();
            for &(mut low, high) in a {
                let start = low;
                for &(from, to) in b.iter().filter(|(from, to)| *from < high && *to > start) {
                    if from > low {
                        out.push((low, from));
                    }
                    low = low.max(to);
                }
                if low < high {
                    out.push((low, high));
                }
            }
            out
        })
    }

    /// Whether it covers all that `other` covers.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.subtract(self).is_empty()
    }

    /// Whether it covers nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.forward.is_empty() && self.backward.is_empty()
    }

    /// What it leaves out between its first and last metre, in each direction.
    #[must_use]
    pub fn gaps(&self) -> Self {
        let between = |r: &Ranges| r.windows(2).map(|w| (w[0].1, w[1].0)).collect();
        Self { forward: between(&self.forward), backward: between(&self.backward) }
    }

    /// With gaps of at most `within_m` metres closed.
    #[must_use]
    pub fn merged(&self, within_m: f64) -> Self {
        Self { forward: tidy(self.forward.clone(), within_m), backward: tidy(self.backward.clone(), within_m) }
    }

    /// Metres covered in a direction; `Both` adds the two.
    #[must_use]
    pub fn length_m(&self, direction: Direction) -> f64 {
        let sum = |r: &Ranges| r.iter().map(|(a, b)| b - a).sum::<f64>();
        match direction {
            Direction::Forward => sum(&self.forward),
            Direction::Backward => sum(&self.backward),
            Direction::Both => sum(&self.forward) + sum(&self.backward),
        }
    }

    /// The fewest stretches by metre: `Both` where both directions are covered.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let forward = Self { forward: self.forward.clone(), backward: self.forward.clone() };
        let backward = Self { forward: self.backward.clone(), backward: self.backward.clone() };
        let both = forward.intersect(&backward);
        let mut spans: Vec<Span> = both.forward.iter().map(|r| Span::new(Direction::Both, r.0, r.1)).collect();
        spans.extend(self.subtract(&both).forward.iter().map(|r| Span::new(Direction::Forward, r.0, r.1)));
        spans.extend(self.subtract(&both).backward.iter().map(|r| Span::new(Direction::Backward, r.0, r.1)));
        spans.sort_by(|a, b| a.from_m.total_cmp(&b.from_m).then(a.direction.cmp(&b.direction)));
        spans
    }
}

/// Sorted, ranges that touch or lie within `within` joined.
fn tidy(mut ranges: Ranges, within: f64) -> Ranges {
    ranges.retain(|(a, b)| a.is_finite() && b.is_finite() && a < b);
    ranges.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut out: Ranges = Vec::with_capacity(ranges.len());
    for (a, b) in ranges {
        match out.last_mut() {
            Some(last) if a <= last.1 + within => last.1 = last.1.max(b),
            _ => out.push((a, b)),
        }
    }
    out
}
