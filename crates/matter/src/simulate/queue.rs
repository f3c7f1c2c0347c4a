//! Events in time order, pools of people, and repeatable random numbers.

use std::cmp::Ordering;

use super::{Kind, Queue};

/// Something that will happen.
pub(super) struct Event {
    pub at: f64,
    pub sequence: u64,
    pub walker: usize,
    pub kind: Kind,
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Event {
    /// The earliest comes out of the heap first; of two at once the one that was planned first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.total_cmp(&self.at).then(other.sequence.cmp(&self.sequence))
    }
}

/// People who take from one queue.
pub(crate) struct Pool {
    pub servers: u32,
    pub busy: u32,
    pub queue: Queue,
    /// Minutes of work given so far.
    pub worked: f64,
    since: f64,
}

impl Pool {
    pub(super) fn new(servers: u32) -> Self {
        Self { servers, busy: 0, queue: Queue::new(), worked: 0.0, since: 0.0 }
    }

    /// Takes somebody for a case, if anybody is free.
    pub(super) fn take(&mut self, at: f64) -> bool {
        if self.busy >= self.servers {
            return false;
        }
        self.close(at);
        self.busy += 1;
        true
    }

    pub(super) fn free(&mut self, at: f64) {
        self.close(at);
        self.busy = self.busy.saturating_sub(1);
    }

    /// Adds up the work done until now.
    pub(super) fn close(&mut self, at: f64) {
        self.worked += f64::from(self.busy) * (at - self.since);
        self.since = at;
    }
}

/// Random numbers by counter: number `n` of stream `s` is always the same, whatever else is drawn.
pub(super) struct Random {
    pub seed: u64,
}

impl Random {
    fn bits(&self, stream: u64, n: u64) -> u64 {
        let mixed = mix(self.seed ^ mix(stream.wrapping_add(0x9E37_79B9_7F4A_7C15)));
        mix(mixed.wrapping_add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// Uniform in (0, 1).
    pub(super) fn unit(&self, stream: u64, n: u64) -> f64 {
        #[allow(clippy::cast_precision_loss)] // 53 bits are exact
        let top = (self.bits(stream, n) >> 11) as f64;
        (top + 0.5) / 9_007_199_254_740_992.0
    }

    pub(super) fn exponential(&self, stream: u64, n: u64, mean: f64) -> f64 {
        -mean * self.unit(stream, n).ln()
    }

    /// Uniform below `bound`.
    pub(super) fn below(&self, stream: u64, n: u64, bound: u32) -> u32 {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // below a u32
        let found = (self.unit(stream, n) * f64::from(bound)) as u32;
        found.min(bound.saturating_sub(1))
    }
}

/// The finaliser of SplitMix64.
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
