//! One test binary for the crate.

#![allow(clippy::unwrap_used)] // helpers of tests stand outside test functions

mod blackspot;
mod compare;
mod density;
mod forecast;
mod hotspot;
mod indicator;
mod network;
mod network_montreal;
mod network_wave;
mod planar;
mod random;
mod real;
mod real_crashes;
mod repeat;
mod repeat_radius;
mod rhythm;
mod safety;
mod score;
mod significance;
mod special;

/// A small generator of numbers for tests (Knuth's MMIX constants, high bits): the same on every machine.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// Evenly in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Evenly in [low, high).
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// 0 to n − 1.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }

    /// A Poisson number of small mean, by multiplication.
    pub(crate) fn poisson(&mut self, mean: f64) -> u64 {
        let (limit, mut product, mut n) = ((-mean).exp(), self.unit(), 0);
        while product > limit {
            product *= self.unit();
            n += 1;
        }
        n
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}
