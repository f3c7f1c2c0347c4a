//! Keyed randomness: every number is a function of the seed and a path of keys, never of what was drawn before elsewhere.

/// `SplitMix64` (Steele, Lea, Flood 2014) started from a hash of seed and keys.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

/// The finaliser of `SplitMix64`: a bijection of 64-bit words that scatters neighbours.
pub(crate) const fn scatter(word: u64) -> u64 {
    let mut z = word.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Random {
    /// The stream at `keys` under `seed`.
    pub(crate) fn keyed(seed: u64, keys: &[u64]) -> Self {
        Self(keys.iter().fold(scatter(seed), |state, &key| scatter(state ^ scatter(key.wrapping_add(0x51)))))
    }

    /// The next word.
    pub(crate) fn word(&mut self) -> u64 {
        let out = scatter(self.0);
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        out
    }

    /// Uniform in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in [low, high).
    pub(crate) fn range(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform integer in 0..count; 0 where count is 0.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        if count == 0 { 0 } else { (self.unit() * count as f64) as usize % count }
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One of a non-empty list.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// An index drawn in proportion to `weights`; 0 where all are 0.
    pub(crate) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut rest = self.unit() * weights.iter().sum::<f64>();
        for (index, &weight) in weights.iter().enumerate() {
            if rest < weight {
                return index;
            }
            rest -= weight;
        }
        weights.len().saturating_sub(1)
    }

    /// Normal with mean 0 and deviation 1 (Box–Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Poisson count; above 30 its normal approximation, which is within a call of the truth there.
    pub(crate) fn poisson(&mut self, mean: f64) -> usize {
        if mean > 30.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as usize;
        }
        let (limit, mut product, mut count) = ((-mean).exp(), self.unit(), 0);
        while product > limit {
            product *= self.unit();
            count += 1;
        }
        count
    }
}

/// Smooth noise in [−1, 1] over the plane, features of about one unit; for curves that no ruler drew.
pub(crate) fn noise(seed: u64, x: f64, y: f64) -> f64 {
    let (cell_x, cell_y) = (x.floor(), y.floor());
    let ease = |t: f64| t * t * (3.0 - 2.0 * t);
    let (u, v) = (ease(x - cell_x), ease(y - cell_y));
    let corner = |dx: f64, dy: f64| {
        let key = ((cell_x + dx) as i64 as u64).wrapping_mul(0x1_0001_0001).wrapping_add((cell_y + dy) as i64 as u64);
        (scatter(seed ^ scatter(key)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    let low = corner(0.0, 0.0) * (1.0 - u) + corner(1.0, 0.0) * u;
    let high = corner(0.0, 1.0) * (1.0 - u) + corner(1.0, 1.0) * u;
    low * (1.0 - v) + high * v
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_keys_give_the_same_stream_and_others_another() {
        let draw = |keys: &[u64]| (0..4).scan(Random::keyed(7, keys), |r, _| Some(r.word())).collect::<Vec<_>>();
        assert_eq!(draw(&[1, 2]), draw(&[1, 2]));
        assert_ne!(draw(&[1, 2]), draw(&[2, 1]));
    }

    #[test]
    fn means_come_out() {
        let mut random = Random::keyed(1, &[]);
        let n = 20_000;
        let unit: f64 = (0..n).map(|_| random.unit()).sum::<f64>() / f64::from(n);
        let small: f64 = (0..n).map(|_| random.poisson(3.0) as f64).sum::<f64>() / f64::from(n);
        let large: f64 = (0..n).map(|_| random.poisson(300.0) as f64).sum::<f64>() / f64::from(n);
        assert!((unit - 0.5).abs() < 0.01 && (small - 3.0).abs() < 0.06 && (large - 300.0).abs() < 1.0, "{unit} {small} {large}");
    }
}
