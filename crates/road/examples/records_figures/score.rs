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
}

impl<'a> Scored<'a> {
    pub fn of(row: &'a Row, network: &Network, learned: Option<&Learned>, means: Means) -> Self {
        let best = network.place_record_with(&words(row), learned, means).into_iter().next();
        let mut scored = Self::new(row, best.as_ref().map(|b| b.point));
        if let Some(best) = best {
            scored.basis = Some(best.basis);
            scored.confidence = best.confidence;
        }
        scored
    }

    pub fn all(rows: &[&'a Row], network: &Network, learned: Option<&Learned>, means: Means) -> Vec<Self> {
        rows.iter().map(|r| Self::of(r, network, learned, means)).collect()
    }

    /// Any other tool's answer.
    pub fn new(row: &'a Row, answer: Option<Point>) -> Self {
        let distance_m = answer.map_or(f64::INFINITY, |p| haversine_m(p, row.point));
        Self { row, answer, basis: None, confidence: 1.0, distance_m }
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
    /// No answer, or only a street without a place on it.
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
            none: count(&|s| s.answer.is_none() || s.basis == Some(Basis::Street)),
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

pub fn heading(title: &str) -> String {
    format!("| {title} | records | within 50 m | within 200 m | no place | wrong and sure |\n|---|---|---|---|---|---|")
}

/// Confidence in tenths beside the share within 50 m.
pub fn reliability(scored: &[Scored]) {
    println!("| confidence | records | mean confidence | share within 50 m | share within 200 m |\n|---|---|---|---|---|");
    for tenth in (0..10u32).rev() {
        let of: Vec<&Scored> = scored
            .iter()
            .filter(|s| !s.row.contradicts && s.answer.is_some() && ((s.confidence * 10.0 + 1e-9) as u32).min(9) == tenth)
            .collect();
        if of.is_empty() {
            continue;
        }
        let share = |m: f64| of.iter().filter(|s| s.distance_m <= m).count() as f64 / of.len() as f64;
        let mean = of.iter().map(|s| s.confidence).sum::<f64>() / of.len() as f64;
        println!(
            "| {:.1}–{:.1} | {} | {mean:.2} | {:.2} | {:.2} |",
            f64::from(tenth) / 10.0,
            f64::from(tenth + 1) / 10.0,
            of.len(),
            share(50.0),
            share(200.0)
        );
    }
}
