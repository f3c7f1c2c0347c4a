//! The line of a route on the ground.

use gongzhi_civic::place::{Point, haversine_m};

use super::answer::Route;
use crate::Network;

/// Finds spots along a line by metres.
pub(crate) struct Walk<'a> {
    line: &'a [Point],
    /// Metres of the plane against metres of the record: they differ by parts of a thousand.
    scale: f64,
    steps: Vec<f64>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(line: &'a [Point], length_m: f64) -> Self {
        let steps: Vec<f64> = line.windows(2).map(|w| haversine_m(w[0], w[1])).collect();
        let all: f64 = steps.iter().sum();
        Self { line, scale: if length_m > 0.0 { all / length_m } else { 1.0 }, steps }
    }

    /// The spot so many metres along.
    pub(crate) fn at(&mut self, metres: f64) -> Option<Point> {
        let mut left = (metres * self.scale).max(0.0);
        for (pair, step) in self.line.windows(2).zip(&self.steps) {
            if left <= *step && *step > 0.0 {
                let share = left / step;
                return Some(Point::new(
                    pair[0].lon + (pair[1].lon - pair[0].lon) * share,
                    pair[0].lat + (pair[1].lat - pair[0].lat) * share,
                ));
            }
            left -= step;
        }
        self.line.last().copied()
    }
}

impl Route {
    /// The line driven, from spot to spot.
    #[must_use]
    pub fn line(&self, network: &Network) -> Vec<Point> {
        let mut points: Vec<Point> = Vec::new();
        let last = self.edges.len().saturating_sub(1);
        for (i, edge) in self.edges.iter().enumerate() {
            let Some(view) = network.edge(*edge) else { continue };
            let start = if i == 0 { self.from_m } else { 0.0 };
            let end = if i == last { self.to_m } else { view.length_m };
            let mut walk = Walk::new(&view.line, view.length_m);
            let mut along = 0.0;
            let inner: Vec<Point> = view
                .line
                .windows(2)
                .zip(walk.steps.clone())
                .filter_map(|(pair, step)| {
                    along += step / walk.scale.max(1e-9);
                    (along > start && along < end).then_some(pair[1])
                })
                .collect();
            for point in walk.at(start).into_iter().chain(inner).chain(walk.at(end)) {
                if points.last() != Some(&point) {
                    points.push(point);
                }
            }
        }
        points
    }
}
