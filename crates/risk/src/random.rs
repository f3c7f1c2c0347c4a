//! Random numbers by counter: the number for (seed, stream, counter) is computed, not drawn in turn.
//!
//! So replicate 700 of unit 31 is the same whether it is made first or last, on one thread or on sixteen, and a test
//! that was printed in a report can be repeated. The generator is Philox4x32-10 (Salmon, Moraes, Dror & Shaw,
//! "Parallel random numbers: as easy as 1, 2, 3", SC 2011); the published test vectors of Random123 are in the tests.
//! It is not a cipher: never use it for keys or tokens.

const ROUNDS: usize = 10;
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// Golden ratio and √3 − 1 in 32 bits: what the key moves by each round.
const KEY_STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// Philox4x32-10: four words for a counter of four words and a key of two.
#[must_use]
#[inline]
pub const fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut c0, mut c1, mut c2, mut c3] = counter;
    let [mut k0, mut k1] = key;
    let mut round = 0;
    while round < ROUNDS {
        let p0 = MULTIPLIERS[0] as u64 * c0 as u64;
        let p1 = MULTIPLIERS[1] as u64 * c2 as u64;
        (c0, c1, c2, c3) = ((p1 >> 32) as u32 ^ c1 ^ k0, p1 as u32, (p0 >> 32) as u32 ^ c3 ^ k1, p0 as u32);
        k0 = k0.wrapping_add(KEY_STEPS[0]);
        k1 = k1.wrapping_add(KEY_STEPS[1]);
        round += 1;
    }
    [c0, c1, c2, c3]
}

/// 64 random bits for (seed, stream, counter). A stream is one use of one seed: a unit, a replicate.
#[must_use]
#[inline]
pub const fn draw(seed: u64, stream: u64, counter: u64) -> u64 {
    let [a, b, _, _] = block(seed, stream, counter);
    (a as u64) << 32 | b as u64
}

/// 128 random bits as four words; [`draw`] gives the first two.
#[must_use]
#[inline]
pub const fn block(seed: u64, stream: u64, counter: u64) -> [u32; 4] {
    philox4x32([counter as u32, (counter >> 32) as u32, stream as u32, (stream >> 32) as u32], [seed as u32, (seed >> 32) as u32])
}

/// 64 bits as a number evenly in [0, 1): the high 53 bits.
#[must_use]
#[inline]
pub const fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// One stream read in order, for what needs many numbers: a shuffle, a replicate.
#[derive(Clone, Debug)]
pub struct Stream {
    seed: u64,
    stream: u64,
    counter: u64,
    held: Option<u64>,
}

impl Stream {
    /// The stream from its start.
    #[must_use]
    pub const fn new(seed: u64, stream: u64) -> Self {
        Self { seed, stream, counter: 0, held: None }
    }

    /// The next 64 bits. Each counter serves two calls.
    #[inline]
    pub const fn bits(&mut self) -> u64 {
        if let Some(bits) = self.held.take() {
            return bits;
        }
        let [a, b, c, d] = block(self.seed, self.stream, self.counter);
        self.counter = self.counter.wrapping_add(1);
        self.held = Some((c as u64) << 32 | d as u64);
        (a as u64) << 32 | b as u64
    }

    /// Evenly in [0, 1).
    #[inline]
    pub const fn unit(&mut self) -> f64 {
        unit(self.bits())
    }

    /// Evenly among 0 … `n` − 1, without bias (Lemire, ACM Trans. Model. Comput. Simul. 29, 2019); 0 for `n` = 0.
    #[inline]
    pub const fn below(&mut self, n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        loop {
            let product = self.bits() as u128 * n as u128;
            // The few low products that would make some numbers more likely than others are drawn again.
            if product as u64 >= n || product as u64 >= n.wrapping_neg() % n {
                return (product >> 64) as u64;
            }
        }
    }

    /// Puts the items into random order (Fisher–Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

/// Draws positions in proportion to weights, each draw in constant time (the alias method: Walker 1977, Vose 1991).
#[derive(Clone, Debug)]
pub struct Alias {
    keep: Vec<f64>,
    other: Vec<u32>,
}

impl Alias {
    /// A table over `weights`; `None` without a positive weight, with one that is negative or not a number, or
    /// with more than 2³² of them.
    #[must_use]
    pub fn new(weights: &[f64]) -> Option<Self> {
        let total: f64 = weights.iter().sum();
        if !(total > 0.0 && total.is_finite()) || weights.iter().any(|w| *w < 0.0) || u32::try_from(weights.len()).is_err() {
            return None;
        }
        let scale = weights.len() as f64 / total;
        let mut keep: Vec<f64> = weights.iter().map(|w| w * scale).collect();
        let mut other: Vec<u32> = (0..weights.len() as u32).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) = other.iter().partition(|&&i| keep[i as usize] < 1.0);
        while let (Some(&poor), Some(&rich)) = (small.last(), large.last()) {
            small.pop();
            other[poor as usize] = rich;
            keep[rich as usize] -= 1.0 - keep[poor as usize];
            if keep[rich as usize] < 1.0 {
                large.pop();
                small.push(rich);
            }
        }
        // What is left differs from 1 by rounding only; a weight of nothing must still never be drawn.
        for i in small.into_iter().chain(large) {
            if weights[i as usize] > 0.0 {
                keep[i as usize] = 1.0;
            } else if let Some(positive) = weights.iter().position(|w| *w > 0.0) {
                other[i as usize] = positive as u32;
            }
        }
        Some(Self { keep, other })
    }

    /// A position, from 64 random bits. The position takes the high bits of the product and the choice the low ones.
    #[must_use]
    #[inline]
    pub fn at(&self, bits: u64) -> usize {
        let product = u128::from(bits) * self.keep.len() as u128;
        let place = (product >> 64) as usize;
        if unit(product as u64) < self.keep[place] { place } else { self.other[place] as usize }
    }
}
