//! Speeds that change by the hour, on the way.
//!
//! Within an hour a class drives at one speed; an edge begun in one hour is finished at the speed of the next. Who leaves later never
//! arrives earlier (Ichoua, Gendreau and Potvin, 2003), so that Dijkstra's search stays exact.

use super::answer::Route;
use super::dijkstra::BoundedDijkstra;
use super::graph::NEVER;
use super::overlay::Overlay;
use super::position::Position;
use super::profile::HourFactors;

const HOUR_MS: u64 = 3_600_000;

impl HourFactors {
    /// Milliseconds for what takes `free` at free flow, begun `start` milliseconds into the week.
    #[must_use]
    pub fn ms(&self, class: crate::Class, free: u32, start: u64) -> u32 {
        self.ms_of(class as u8, free, start)
    }

    fn ms_of(&self, class: u8, free: u32, start: u64) -> u32 {
        let (mut left, mut at) = (f64::from(free), start as f64);
        loop {
            let hour = (at / HOUR_MS as f64).floor();
            let factor = self.at_code(class, hour as usize);
            let until = (hour + 1.0) * HOUR_MS as f64 - at;
            if left <= until * factor {
                // Rounded up, so that a later start does not gain a millisecond.
                return (at + left / factor - start as f64).ceil().min(f64::from(NEVER - 1)) as u32;
            }
            left -= until * factor;
            at += until;
        }
    }
}

impl BoundedDijkstra {
    /// The quickest way leaving `depart_ms` milliseconds into the week (Monday 00:00), by the profile's speeds by hour. Measured speeds of
    /// the overlay hold whatever the hour. The overlay must be one at free flow ([`Overlay::new`]).
    pub fn path_at(&mut self, overlay: &Overlay, from: &Position, to: &Position, depart_ms: u64) -> Option<Route> {
        let graph = self.graph().clone();
        let Some(factors) = &graph.profile.by_hour else {
            let times = overlay.times();
            return self.path_with(overlay, from, to, |edge, _| times[edge as usize], |_, ms, _| ms);
        };
        let times = overlay.times();
        let slow = |edge: u32, ms: u32, after: u32| {
            if ms == NEVER || overlay.live(edge) { ms } else { factors.ms_of(graph.class[edge as usize], ms, depart_ms + u64::from(after)) }
        };
        self.path_with(overlay, from, to, |edge, after| slow(edge, times[edge as usize], after), slow)
    }
}
