//! Answers beside the coordinates.

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_road::Network;
use gongzhi_road::records::{Basis, Learned, Means};

use crate::data::{Row, words};

#[derive(Clone)]
pub struct Scored<'a> {
    pub row: &'a Row,
    pub answer: Option<Point>,
    pub basis: Option<Basis>,
    pub confidence: f64,
    /// Metres from the coordinates; infinite without an answer.
    pub distance_m: f64,
    pub reason: String,
}

impl<'a> Scored<'a> {
    pub fn of(row: &'a Row, network: &Network, learned: Option<&Learned>, means: Means) -> Self {
        let best = network.place_record_with(&words(row), learned, means).into_iter().next();
        let mut scored = Self::new(row, best.as_ref().map(|b| b.point));
        if let Some(best) = best {
            scored.basis = Some(best.basis);
            scored.confidence = best.confidence;
            scored.reason = best.reason.en;
        }
        scored
    }

    /// Any other tool's answer.
    pub fn new(row: &'a Row, answer: Option<Point>) -> Self {
        let distance_m = answer.map_or(f64::INFINITY, |p| haversine_m(p, row.point));
        Self { row, answer, basis: None, confidence: 1.0, distance_m, reason: String::new() }
    }

    /// Against the repaired coordinates where the file's are known to be wrong.
    pub fn repaired(&self) -> Self {
        let truth = self.row.repaired.unwrap_or(self.row.point);
        Self { distance_m: self.answer.map_or(f64::INFINITY, |p| haversine_m(p, truth)), ..self.clone() }
    }
}

#[derive(Default)]
pub struct Tally {
    pub count: usize,
    pub within_50: usize,
    pub within_200: usize,
    pub none: usize,
    pub wrong_sure: usize,
}

impl Tally {
    pub fn of(scored: &[Scored]) -> Self {
        let count = |f: &dyn Fn(&Scored) -> bool| scored.iter().filter(|s| f(s)).count();
        Self {
            count: scored.len(),
            within_50: count(&|s| s.distance_m <= 50.0),
            within_200: count(&|s| s.distance_m <= 200.0),
            none: count(&|s| s.answer.is_none()),
            wrong_sure: count(&|s| s.answer.is_some() && s.distance_m > 200.0 && s.confidence >= 0.8),
        }
    }
}

pub fn line(title: &str, t: &Tally) -> String {
    let percent = |n: usize| format!("{:.1} %", 100.0 * n as f64 / t.count.max(1) as f64);
    format!(
        "| {title} | {} | {} | {} | {} | {} |",
        t.count,
        percent(t.within_50),
        percent(t.within_200),
        percent(t.none),
        percent(t.wrong_sure)
    )
}

/// Confidence in tenths beside the share within 50 m.
pub fn reliability(scored: &[Scored]) {
    for tenth in (0..10).rev() {
        let of: Vec<&Scored> = scored.iter().filter(|s| s.answer.is_some() && ((s.confidence * 10.0) as usize).min(9) == tenth).collect();
        if of.is_empty() {
            continue;
        }
        let mean = of.iter().map(|s| s.confidence).sum::<f64>() / of.len() as f64;
        let near = of.iter().filter(|s| s.distance_m <= 50.0).count();
        println!("| 0.{tenth} | {} | {mean:.2} | {:.2} |", of.len(), near as f64 / of.len() as f64);
    }
}
