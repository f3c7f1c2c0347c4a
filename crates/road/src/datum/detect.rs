//! Which datum points are in, told by how they lie on the roads.
//!
//! Read in the right datum, points lie near roads; read in a wrong one, they lie where chance puts them. What chance does is measured
//! on the network itself, by points moved 600 to 1,500 m aside (with +½ in each of the distance classes). What the right datum
//! does is a half Gaussian of the points' noise, its width chosen from a few by likelihood. Each point is then in one of the
//! datums or off the roads altogether, in shares found by expectation–maximisation (Dempster, Laird & Rubin 1977). Two readings are
//! compared by their likelihood ratio; "clear" means a thousand to one (6.9 nats), the same whatever the number of points.

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use super::{Datum, to_wgs84};
use crate::Network;

/// How well points sit on the roads if they were in one datum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// The datum supposed.
    pub datum: Datum,
    /// Median distance to the nearest road, metres; points farther than 500 m count as 500.
    pub median_m: f64,
    /// Points within 500 m of a road.
    pub near: usize,
    /// Share of the points that are in this datum if several may be mixed, 0..=1. The rest up to 1 are off the roads in all.
    pub share: f64,
    /// Natural logarithm of the likelihood of all points in this datum or off the roads, over all off the roads.
    pub support: f64,
}

/// What [`detect`] found: hypotheses from the best to the worst.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// Best supported first. CGCS2000 is not listed: it cannot be told from WGS-84.
    pub hypotheses: Vec<Hypothesis>,
    /// Points given.
    pub points: usize,
    /// Points used: one for each ten metres, so that many records of one place count once.
    pub distinct: usize,
    /// As [`Hypothesis::support`], for a mixture of datums in the best shares.
    pub mixed_support: f64,
}

/// What the points say of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "says")]
pub enum Verdict {
    /// They fit the claim and no other datum.
    Confirmed,
    /// They cannot tell: too few, too far from roads, or fitting several datums alike. The claim may stand.
    Undecided,
    /// They are in another datum.
    Contradicted {
        /// Which.
        likely: Datum,
        /// How many times likelier it is, as a natural logarithm.
        odds: f64,
    },
    /// Some are in one datum, some in another.
    Mixed {
        /// Datum of the larger part.
        first: Datum,
        /// Its share of the points on roads.
        first_share: f64,
        /// Datum of the next part.
        second: Datum,
    },
}

/// ln 1000.
const CLEAR: f64 = 6.907_755;
/// A smaller part is no mixture but chance.
const LEAST_SHARE: f64 = 0.1;
const REACH_M: f64 = 500.0;
const DATUMS: [Datum; 3] = [Datum::Wgs84, Datum::Gcj02, Datum::Bd09];
/// Upper ends of the distance classes, metres; the last holds all beyond.
const CLASSES: [f64; 11] = [2.0, 5.0, 9.0, 14.0, 21.0, 30.0, 45.0, 70.0, 120.0, 250.0, REACH_M];
/// Noise of points tried, metres.
const NOISES_M: [f64; 7] = [3.0, 6.0, 10.0, 15.0, 22.0, 32.0, 50.0];
/// Steps aside, metres east and north, for what chance does: longer than the GCJ-02 and BD-09 shifts are like.
const ASIDE_M: [(f64, f64); 4] = [(640.0, 310.0), (-420.0, 880.0), (-1_230.0, -370.0), (510.0, -1_390.0)];

type Law = [f64; CLASSES.len()];

fn class_of(metres: f64) -> usize {
    CLASSES.iter().position(|end| metres <= *end).unwrap_or(CLASSES.len() - 1)
}

/// How `points` (raw, as the source gives them) lie on the roads under each datum. A few dozen points are enough, more than a few hundred
/// add little.
#[must_use]
pub fn detect(points: &[Point], network: &Network) -> Detection {
    let mut distinct: Vec<Point> = points.iter().filter_map(|p| Point::valid(p.lon, p.lat)).collect();
    let cell = |p: &Point| ((p.lon * 1e4).round() as i64, (p.lat * 1e4).round() as i64);
    distinct.sort_by_key(cell);
    distinct.dedup_by_key(|p| cell(p));

    let distance = |p: Point| network.snap(p, REACH_M).map_or(REACH_M, |s| s.distance_m);
    let distances: Vec<[f64; 3]> = distinct.iter().map(|p| DATUMS.map(|d| distance(to_wgs84(*p, d)))).collect();
    let chance = chance(&distinct, &distance);
    let classes: Vec<[usize; 3]> = distances.iter().map(|d| d.map(class_of)).collect();

    let single = DATUMS.map(|datum| {
        let only: [bool; 3] = DATUMS.map(|d| d == datum);
        NOISES_M.iter().map(|noise| fit(&classes, &right(*noise, &chance), &chance, only).1).fold(f64::NEG_INFINITY, f64::max)
    });
    let (shares, mixed_support) = NOISES_M
        .iter()
        .map(|noise| fit(&classes, &right(*noise, &chance), &chance, [true; 3]))
        .reduce(|a, b| if b.1 > a.1 { b } else { a })
        .unwrap_or(([0.0; 3], 0.0));

    let mut hypotheses: Vec<Hypothesis> = (0..DATUMS.len())
        .map(|i| {
            let mut own: Vec<f64> = distances.iter().map(|d| d[i]).collect();
            own.sort_by(f64::total_cmp);
            Hypothesis {
                datum: DATUMS[i],
                median_m: own.get(own.len() / 2).copied().unwrap_or(REACH_M),
                near: own.iter().filter(|d| **d < REACH_M).count(),
                share: shares[i],
                support: single[i].max(0.0),
            }
        })
        .collect();
    hypotheses.sort_by(|a, b| b.support.total_cmp(&a.support).then(a.median_m.total_cmp(&b.median_m)));
    Detection { hypotheses, points: points.len(), distinct: distinct.len(), mixed_support: mixed_support.max(0.0) }
}

/// How far from roads points lie that have nothing to do with them: shares of the distance classes.
fn chance(points: &[Point], distance: &impl Fn(Point) -> f64) -> Law {
    let mut law = [0.5; CLASSES.len()];
    for p in points {
        let degree = gongzhi_civic::place::EARTH_RADIUS_M.to_radians();
        for (east, north) in ASIDE_M {
            let lat = (p.lat + north / degree).clamp(-89.9, 89.9);
            let lon = p.lon + east / (degree * p.lat.to_radians().cos().max(0.01));
            law[class_of(distance(Point { lon, lat }))] += 1.0;
        }
    }
    let sum: f64 = law.iter().sum();
    law.map(|share| share / sum)
}

/// How far from roads points lie that are on them, with some noise: the half Gaussian, but never farther than chance would
/// put them, since the nearest road may be another.
fn right(noise_m: f64, chance: &Law) -> Law {
    let own = |metres: f64| 1.0 - 2.0 * crate::snap::weighed::normal(-metres / noise_m);
    let (mut law, mut beyond_chance, mut before) = ([0.0; CLASSES.len()], 1.0, 1.0);
    for (i, end) in CLASSES.iter().enumerate() {
        beyond_chance -= chance[i];
        // Farther than this class only if both the own road and all others are.
        let last = i + 1 == CLASSES.len();
        let beyond = if last { 0.0 } else { (1.0 - own(*end)).max(0.0) * beyond_chance.max(0.0) };
        law[i] = (before - beyond).max(0.0) + 1e-4;
        before = beyond;
    }
    let sum: f64 = law.iter().sum();
    law.map(|share| share / sum)
}

/// Shares of the datums allowed and the log likelihood over "all off the roads".
fn fit(classes: &[[usize; 3]], right: &Law, chance: &Law, allowed: [bool; 3]) -> ([f64; 3], f64) {
    let count = allowed.iter().filter(|a| **a).count() as f64;
    let mut shares: [f64; 3] = allowed.map(|a| if a { 0.9 / count } else { 0.0 });
    // How many times likelier a point is in a datum than off the roads.
    let ratios: Vec<[f64; 3]> = classes.iter().map(|c| c.map(|class| right[class] / chance[class])).collect();
    for _ in 0..60 {
        let mut sums = [0.0; 3];
        for ratio in &ratios {
            let off = 1.0 - shares.iter().sum::<f64>();
            let parts = [shares[0] * ratio[0], shares[1] * ratio[1], shares[2] * ratio[2]];
            let all = parts.iter().sum::<f64>() + off.max(1e-9);
            for i in 0..3 {
                sums[i] += parts[i] / all;
            }
        }
        // Half a point off the roads in any case, so that one point cannot weigh without end.
        shares = sums.map(|s| s / (ratios.len() as f64 + 0.5));
    }
    let off = (1.0 - shares.iter().sum::<f64>()).max(1e-9);
    let likelihood = ratios.iter().map(|r| (off + (0..3).map(|i| shares[i] * r[i]).sum::<f64>()).ln()).sum();
    (shares, likelihood)
}

impl Detection {
    fn of(&self, datum: Datum) -> Option<&Hypothesis> {
        let datum = if datum == Datum::Cgcs2000 { Datum::Wgs84 } else { datum };
        self.hypotheses.iter().find(|h| h.datum == datum)
    }

    /// What the points say of the claim that all are in `claimed`.
    #[must_use]
    pub fn verdict(&self, claimed: Datum) -> Verdict {
        let (Some(best), Some(own)) = (self.hypotheses.first(), self.of(claimed)) else { return Verdict::Undecided };
        let mut parts: Vec<&Hypothesis> = self.hypotheses.iter().collect();
        parts.sort_by(|a, b| b.share.total_cmp(&a.share));
        let on_roads: f64 = parts.iter().map(|h| h.share).sum();
        if let [first, second, ..] = parts[..]
            && second.share >= LEAST_SHARE * on_roads
            && self.mixed_support - best.support >= CLEAR
        {
            return Verdict::Mixed { first: first.datum, first_share: first.share / on_roads, second: second.datum };
        }
        if best.datum != own.datum && best.support - own.support >= CLEAR {
            return Verdict::Contradicted { likely: best.datum, odds: best.support - own.support };
        }
        let next = self.hypotheses.get(1).map_or(0.0, |h| h.support);
        if best.datum == own.datum && best.support - next >= CLEAR { Verdict::Confirmed } else { Verdict::Undecided }
    }

    /// The likely truth, if it contradicts `claimed` clearly (see [`Self::verdict`]). `None` means the claim may stand.
    #[must_use]
    pub fn contradicts(&self, claimed: Datum) -> Option<Hypothesis> {
        match self.verdict(claimed) {
            Verdict::Contradicted { likely, .. } => self.of(likely).copied(),
            _ => None,
        }
    }

    /// The verdict for people.
    #[must_use]
    pub fn text(&self, claimed: Datum) -> Text {
        let word = claimed.word();
        match self.verdict(claimed) {
            Verdict::Confirmed if matches!(claimed, Datum::Wgs84 | Datum::Cgcs2000) => Text::new(
                format!("{} 个不同点位与 {word} 相符（wgs84 与 cgcs2000 仅差厘米，无法也无须区分）。", self.distinct),
                format!(
                    "{} distinct points fit {word} (wgs84 and cgcs2000 differ by centimetres: they cannot and need not be told apart).",
                    self.distinct
                ),
            ),
            Verdict::Confirmed => {
                Text::new(format!("{} 个不同点位与 {word} 相符。", self.distinct), format!("{} distinct points fit {word}.", self.distinct))
            }
            Verdict::Undecided => Text::new(
                format!("{} 个不同点位不足以判断坐标系，暂按声明的 {word} 处理。请提供更多位于道路上的点位。", self.distinct),
                format!(
                    "{} distinct points are not enough to tell the datum: taken as {word}, as claimed. Give more points that lie on roads.",
                    self.distinct
                ),
            ),
            Verdict::Contradicted { likely, odds } => {
                let (own, better) = (self.of(claimed).map_or(REACH_M, |h| h.median_m), self.of(likely).map_or(REACH_M, |h| h.median_m));
                let (likely, tens) = (likely.word(), odds / std::f64::consts::LN_10);
                Text::new(
                    format!(
                        "坐标声明为 {word}，实际很可能是 {likely}：距道路中位距离由 {own:.0} 米变为 {better:.0} 米，可能性高 10 的 {tens:.0} 次方倍。请核对后重试。"
                    ),
                    format!(
                        "The points are claimed to be {word} but are most likely {likely}: their median distance to the roads is {better:.0} m instead of {own:.0} m, 10^{tens:.0} times likelier. Check and try again."
                    ),
                )
            }
            Verdict::Mixed { first, first_share, second } => {
                let (first, second, percent) = (first.word(), second.word(), first_share * 100.0);
                Text::new(
                    format!("数据混用了坐标系：约 {percent:.0}% 为 {first}，其余多为 {second}。请按来源分开后重新导入。"),
                    format!(
                        "The points mix datums: about {percent:.0} % are {first}, the rest mostly {second}. Separate them by source and import again."
                    ),
                )
            }
        }
    }
}
