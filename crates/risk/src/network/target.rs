//! The slices of one street while they are filled.

use super::moments::{Along, Moments, Polynomial, add, add_one, shifted};

/// What comes in through one end of a street: for each number of slices counted from that end, the events that reach
/// exactly so many, as moments of their distance to the end. Adding an event is one addition, however many slices it covers.
#[derive(Clone, Debug)]
pub(super) struct End<const N: usize> {
    /// `reaching[i]`: events that reach the `i` slices nearest to this end; `reaching[0]` reach none and are not read.
    reaching: Vec<Moments<N>>,
    slices: usize,
    step: f64,
    per_step: f64,
}

impl<const N: usize> End<N> {
    pub(super) const fn new() -> Self {
        Self { reaching: Vec::new(), slices: 0, step: 0.0, per_step: 0.0 }
    }

    /// Empties it for a street of `slices` slices of `step` metres.
    pub(super) fn clear(&mut self, slices: usize, step: f64) {
        self.reaching.clear();
        self.reaching.resize(slices + 1, [0.0; N]);
        self.slices = slices;
        self.step = step;
        // All slices of a street without length lie at its end: any distance reaches all of them.
        self.per_step = if step > 0.0 { 1.0 / step } else { f64::INFINITY };
    }

    #[inline(always)]
    pub(super) const fn slices(&self) -> usize {
        self.slices
    }

    /// Distance from this end to the centre of a slice.
    pub(super) fn center(&self, slice: usize) -> f64 {
        (slice as f64 + 0.5) * self.step
    }

    /// How many slices have their centre within `distance` of this end.
    #[inline(always)]
    pub(super) fn count(&self, distance: f64) -> usize {
        if self.step > 0.0 {
            // The cast takes what is negative to 0 and what is infinite to the greatest number.
            ((distance * self.per_step + 0.5) as u32 as usize).min(self.slices)
        } else if distance >= 0.0 {
            self.slices
        } else {
            0
        }
    }

    /// One event of weight `w`, `distance` from this end, that reaches `slices` slices.
    #[inline(always)]
    pub(super) fn add_one(&mut self, slices: usize, w: f64, distance: f64) {
        add_one(&mut self.reaching[slices], w, distance);
    }

    /// The events `from..to` seen from an end of their piece that is `way` metres from here: each reaches as many slices
    /// as lie within `reach` of it, but `most` at most.
    #[inline(always)]
    pub(super) fn add<const FAR: bool>(
        &mut self,
        events: &Along<'_, N>,
        (from, to): (usize, usize),
        way: f64,
        reach: f64,
        most: usize,
        scale: f64,
    ) {
        if from >= to || most == 0 {
            return;
        }
        // What is left for the events' own distances when the nearest slice, and when the last one, is to be reached.
        let rest = reach - way;
        let none_beyond = rest - 0.5 * self.step;
        if events.away::<FAR>(from) > none_beyond {
            return;
        }
        let all_within = rest - (most as f64 - 0.5) * self.step;
        let whole = if events.away::<FAR>(to - 1) <= all_within { to } else { events.within::<FAR>(from, to, all_within) };
        if whole > from {
            let mut m = events.moments::<FAR>(from, whole, way);
            for entry in &mut m {
                *entry *= scale;
            }
            add(&mut self.reaching[most], &m);
        }
        if whole == to {
            return;
        }
        let end = if events.away::<FAR>(to - 1) <= none_beyond { to } else { events.within::<FAR>(whole, to, none_beyond) };
        if end - whole <= 2 * most {
            for k in whole..end {
                let away = events.away::<FAR>(k);
                let slices = self.count(rest - away).min(most);
                self.add_one(slices, events.weight::<FAR>(k) * scale, way + away);
            }
            return;
        }
        // More events than slices: slice by slice, from the furthest, those that reach it but not the next.
        let mut before = whole;
        for slices in (1..most).rev() {
            let here = events.within::<FAR>(before, end, rest - (slices as f64 - 0.5) * self.step);
            if here > before {
                let mut m = events.moments::<FAR>(before, here, way);
                for entry in &mut m {
                    *entry *= scale;
                }
                add(&mut self.reaching[slices], &m);
            }
            before = here;
        }
    }

    /// The density at each slice, counted from this end.
    pub(super) fn values(&self, kernel: &Polynomial<N>, mut put: impl FnMut(usize, f64)) {
        let mut sum = [0.0; N];
        for slice in (0..self.slices).rev() {
            add(&mut sum, &self.reaching[slice + 1]);
            put(slice, kernel.of(&shifted(sum, (slice as f64 + 0.5) * self.step)));
        }
    }
}
