//! Answers against labels.

use gongzhi_civic::place::{Point, haversine_m};

use super::{Saying, Truth};

/// What an answer claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// A place.
    Place,
    /// Several places fit.
    Several,
    /// The roads named do not meet.
    NoSuchCrossing,
    /// Not enough was said, or nothing known.
    NotEnough,
}

/// An answer, whoever gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Its claim.
    pub verdict: Verdict,
    /// Candidates with their confidence, the surest first; may be there whatever the claim.
    pub candidates: Vec<(Point, f64)>,
}

/// One answer judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// A place was meant and the first candidate lies at it.
    pub top1: bool,
    /// A place was meant and one of the first three candidates lies at it.
    pub top3: bool,
    /// A place was meant, and claimed: the first candidate, or each of several, lies at it.
    pub placed: bool,
    /// No one place was claimed.
    pub silent: bool,
    /// The claim is exactly the label's; that several places fit is a way to say that it is not enough.
    pub as_such: bool,
    /// A place more than 200 m from the truth, or where none was, with confidence of at least 0.8.
    pub badly_wrong: bool,
    /// Confidence of the first candidate, if a place was claimed.
    pub confidence: Option<f64>,
    /// Metres from the first candidate to the truth.
    pub off_m: Option<f64>,
}

/// Metres from a point to what is true.
fn off_m(at: Point, points: &[Point], lines: &[Vec<Point>]) -> f64 {
    let beads = lines.iter().flat_map(|l| super::book::beads(l));
    points.iter().copied().chain(beads).map(|p| haversine_m(at, p)).fold(f64::INFINITY, f64::min)
}

/// Judges an answer.
#[must_use]
pub fn judge(saying: &Saying, said: &Said) -> Judgement {
    let claims = said.verdict == Verdict::Place;
    let confidence = said.candidates.first().map(|c| c.1).filter(|_| claims);
    let sure = confidence.is_some_and(|c| c >= 0.8);
    let mut out = Judgement {
        top1: false,
        top3: false,
        placed: false,
        silent: !claims || said.candidates.is_empty(),
        as_such: false,
        badly_wrong: false,
        confidence,
        off_m: None,
    };
    match &saying.truth {
        Truth::Place { points, lines, within_m } => {
            let off: Vec<f64> = said.candidates.iter().map(|c| off_m(c.0, points, lines)).collect();
            // Several are right where each of those that are as sure as the first is: the two roads do meet at several places.
            let surest = said.candidates.first().map_or(0.0, |c| c.1);
            let as_sure = off.iter().zip(&said.candidates).filter(|(_, c)| c.1 >= surest - 0.05);
            let all = said.verdict == Verdict::Several && as_sure.map(|(m, _)| m).all(|m| m <= within_m);
            out.off_m = off.first().copied();
            out.top1 = off.first().is_some_and(|m| m <= within_m);
            out.top3 = off.iter().take(3).any(|m| m <= within_m);
            out.placed = out.top1 && (claims || all);
            out.as_such = out.placed;
            out.badly_wrong = sure && !out.top1 && off.first().is_some_and(|m| *m > 200.0);
        }
        Truth::NoSuchCrossing => {
            out.as_such = said.verdict == Verdict::NoSuchCrossing;
            out.badly_wrong = sure;
        }
        Truth::NotEnough => {
            out.as_such = matches!(said.verdict, Verdict::NotEnough | Verdict::Several);
            out.badly_wrong = sure;
        }
    }
    out
}

/// Counts over many answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Sayings.
    pub n: usize,
    /// Of which a place was meant.
    pub places: usize,
    /// First candidate right.
    pub top1: usize,
    /// One of three right.
    pub top3: usize,
    /// First candidate right, and claimed to be a place.
    pub placed: usize,
    /// No place claimed.
    pub silent: usize,
    /// Claim exactly the label's.
    pub as_such: usize,
    /// Wrong with confidence ≥ 0.8.
    pub badly_wrong: usize,
    /// Claims of a place by tenth of confidence: how many, and how many of them right.
    pub reliability: [(usize, usize); 10],
}

impl Tally {
    /// Counts one answer.
    pub fn add(&mut self, saying: &Saying, judged: &Judgement) {
        self.n += 1;
        self.places += usize::from(matches!(saying.truth, Truth::Place { .. }));
        self.top1 += usize::from(judged.top1);
        self.top3 += usize::from(judged.top3);
        self.placed += usize::from(judged.placed);
        self.silent += usize::from(judged.silent);
        self.as_such += usize::from(judged.as_such);
        self.badly_wrong += usize::from(judged.badly_wrong);
        if let Some(confidence) = judged.confidence {
            let cell = &mut self.reliability[((confidence * 10.0) as usize).min(9)];
            cell.0 += 1;
            cell.1 += usize::from(judged.top1);
        }
    }
}

/// Wilson's score interval for a share, 95 %.
#[must_use]
pub fn wilson(hits: usize, n: usize) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let (n, z) = (n as f64, 1.959_964);
    let p = hits as f64 / n;
    let middle = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let by = 1.0 + z * z / n;
    (((middle - half) / by).max(0.0), ((middle + half) / by).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sayings::{Distortion, Kind};

    #[test]
    fn intervals_are_wilsons() {
        let (low, high) = wilson(8, 10);
        assert!((low - 0.4902).abs() < 1e-3 && (high - 0.9433).abs() < 1e-3, "{low} {high}");
        assert!(wilson(10, 10).1 <= 1.0 + 1e-12 && wilson(0, 10).0.abs() < 1e-12);
    }

    #[test]
    fn a_far_place_given_surely_is_badly_wrong() {
        let at = Point::new(121.47, 31.23);
        let saying = Saying {
            network: "drawn".into(),
            words: "甲路与乙路交叉口".into(),
            kind: Kind::Crossing,
            distortion: Distortion::Clean,
            truth: Truth::Place { points: vec![at], lines: Vec::new(), within_m: 50.0 },
            means: "甲路 × 乙路".into(),
        };
        let said = |lon: f64, confidence| Said { verdict: Verdict::Place, candidates: vec![(Point::new(lon, 31.23), confidence)] };
        let right = judge(&saying, &said(121.4702, 0.9));
        assert!(right.top1 && right.placed && right.as_such && !right.badly_wrong && !right.silent);
        let wrong = judge(&saying, &said(121.475, 0.9));
        assert!(!wrong.top1 && wrong.badly_wrong && wrong.off_m.unwrap() > 400.0);
        assert!(!judge(&saying, &said(121.475, 0.7)).badly_wrong);
        let none = Saying { truth: Truth::NoSuchCrossing, ..saying };
        assert!(judge(&none, &said(121.47, 0.9)).badly_wrong);
        assert!(judge(&none, &Said { verdict: Verdict::NoSuchCrossing, candidates: Vec::new() }).as_such);
    }
}
