//! The one place that knows what time it is: real time, or time that the demo and the tests set and speed up.

use std::sync::Mutex;

use gongzhi_civic::time::Timestamp;

/// Real time moved by an offset and run at a speed. Speed 1 and offset 0 is the wall clock.
#[derive(Debug)]
pub struct Clock {
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
struct State {
    /// Real instant at which the present speed began.
    real: i64,
    /// What the clock showed then.
    shown: i64,
    /// Shown milliseconds per real millisecond; 0 stands still.
    speed: f64,
}

impl Clock {
    /// The wall clock.
    #[must_use]
    pub fn real() -> Self {
        let now = wall();
        Self { state: Mutex::new(State { real: now, shown: now, speed: 1.0 }) }
    }

    /// A clock that stands at `at` until it is moved.
    #[must_use]
    pub fn standing(at: Timestamp) -> Self {
        Self { state: Mutex::new(State { real: wall(), shown: at.0, speed: 0.0 }) }
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let s = *self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // milliseconds of centuries fit f64
        let moved = ((wall() - s.real) as f64 * s.speed) as i64;
        Timestamp(s.shown + moved)
    }

    /// Shown milliseconds per real millisecond.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner).speed
    }

    /// Runs at `speed` from now on; what is shown does not jump.
    pub fn run_at(&self, speed: f64) {
        let now = self.now();
        *self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = State { real: wall(), shown: now.0, speed };
    }

    /// Shows `at` from now on, at the present speed.
    pub fn set(&self, at: Timestamp) {
        let mut s = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *s = State { real: wall(), shown: at.0, speed: s.speed };
    }
}

#[allow(clippy::disallowed_methods)] // the one exception the rule is about
fn wall() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_clock_stands_until_it_is_set() {
        let clock = Clock::standing(Timestamp(1_000));
        assert_eq!(clock.now(), Timestamp(1_000));
        clock.set(Timestamp(5_000));
        assert_eq!(clock.now(), Timestamp(5_000));
    }
}
