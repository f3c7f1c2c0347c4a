//! How much a week brings altogether.

use serde::{Deserialize, Serialize};

/// Half-lives tried, weeks; the first is taken unless another one is better.
const HALF_LIVES: [f64; 6] = [8.0, 2.0, 4.0, 13.0, 26.0, 52.0];
/// How much of last year's shape, and how much of the trend, is followed.
const PARTS: [f64; 3] = [0.0, 0.5, 1.0];
/// A choice must be this much better than the plainer one before it: with a year of weeks, less is luck.
const BETTER: f64 = 0.98;
/// Weeks in a year, as far as shape goes.
const YEAR: usize = 52;
/// Last year's shape is the mean of this many weeks before and after.
const AROUND: usize = 2;
/// A trend moves a forecast by a factor of at most e^½.
const MOST: f64 = 0.5;

/// How the level follows the past.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelChoice {
    /// A week this many weeks ago counts half.
    pub half_life_weeks: f64,
    /// How much of the shape of the same weeks a year before is followed: 0, ½ or 1.
    pub season: f64,
    /// How much of the trend is followed: 0, ½ or 1.
    pub trend: f64,
}

impl LevelChoice {
    /// Expected total of week `target`, whose length in ordinary weeks is `own` (less than 1 with quiet holidays), from the
    /// totals known and their lengths.
    ///
    /// `Σ wᵤ yᵤ / Σ wᵤ eᵤ sᵤ · e s`, times the trend of the logarithms from the weeks' weighted middle to the target.
    pub(super) fn expected(&self, totals: &[f64], exposure: &[f64], target: usize, own: f64) -> f64 {
        let shape = |week: usize| shape(totals, exposure, week, self.season);
        let (mut weighted, mut size, mut age) = (0.0, 0.0, 0.0);
        let mut points = Vec::with_capacity(totals.len());
        for (week, (&y, &e)) in totals.iter().zip(exposure).enumerate() {
            let Some(s) = shape(week) else { continue };
            let ago = (target - week) as f64;
            let weight = (-ago / self.half_life_weeks).exp2();
            weighted += weight * y;
            size += weight * e * s;
            age += weight * e * s * ago;
            if self.trend > 0.0 {
                points.push((-ago, ((y + 0.5) / (e * s)).ln(), weight * (y + 0.5)));
            }
        }
        let Some(ahead) = shape(target).filter(|_| size > 0.0) else {
            // Nothing a year before: the plain level.
            let plain = Self { season: 0.0, ..*self };
            return if self.season > 0.0 { plain.expected(totals, exposure, target, own) } else { 0.0 };
        };
        let trend = (self.trend * slope(&points) * age / size).clamp(-MOST, MOST);
        weighted / size * own * ahead * trend.exp()
    }
}

/// Level around the same week a year before, to the power of `season`; `None` where that is not known.
fn shape(totals: &[f64], exposure: &[f64], week: usize, season: f64) -> Option<f64> {
    if season == 0.0 {
        return Some(1.0);
    }
    let middle = week.checked_sub(YEAR)?;
    let range = middle.checked_sub(AROUND)?..middle + AROUND + 1;
    let (y, e) = (totals.get(range.clone())?.iter().sum::<f64>(), exposure.get(range)?.iter().sum::<f64>());
    (y > 0.0 && e > 0.0).then(|| (y / e).powf(season))
}

/// Weighted least squares slope.
fn slope(points: &[(f64, f64, f64)]) -> f64 {
    let weight: f64 = points.iter().map(|p| p.2).sum();
    let mean = |f: &dyn Fn(&(f64, f64, f64)) -> f64| points.iter().map(|p| p.2 * f(p)).sum::<f64>() / weight;
    let (x, z) = (mean(&|p| p.0), mean(&|p| p.1));
    let (xx, xz) = (mean(&|p| (p.0 - x).powi(2)), mean(&|p| (p.0 - x) * (p.1 - z)));
    if points.len() > 3 && xx > 0.0 { xz / xx } else { 0.0 }
}

/// The choice that would have forecast the last year best, each week from the weeks before it, by mean `(y − μ)² / μ`.
pub(super) fn choose(totals: &[f64], exposure: &[f64], lead: usize) -> LevelChoice {
    let known = totals.len();
    let with_season = known >= YEAR + 34;
    let first = if with_season { (known - YEAR.min(known)).max(YEAR + 8) } else { (known - YEAR.min(known)).max(known / 3).max(4) };
    let error = |choice: &LevelChoice| -> f64 {
        (first..known)
            .map(|target| {
                let before = (target + 1).saturating_sub(lead);
                let mean = choice.expected(&totals[..before], &exposure[..before], target, exposure[target]).max(0.5);
                (totals[target] - mean).powi(2) / mean
            })
            .sum()
    };
    let mut best = LevelChoice { half_life_weeks: HALF_LIVES[0], season: 0.0, trend: 0.0 };
    let mut least = error(&best);
    for season in PARTS.into_iter().take(if with_season { PARTS.len() } else { 1 }) {
        for trend in PARTS {
            for half_life_weeks in HALF_LIVES {
                let choice = LevelChoice { half_life_weeks, season, trend };
                let its = error(&choice);
                if its < least * BETTER {
                    (best, least) = (choice, its);
                }
            }
        }
    }
    best
}
