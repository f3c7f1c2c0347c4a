//! The simple estimator: each event seen along the shortest way.
//!
//! For a target street with ends u and v and a source street with ends x and y, the four distances between the ends say
//! everything: the events on the source part into at most three runs (both u and v reach them through x; one through x
//! and one through y; both through y). Within the first and the last the point of the target at which the way changes from
//! u to v is the same for every event, so the run collapses to its moments: O(1) for a pair of streets. Events at the rim
//! of the bandwidth and those of the middle run are taken one by one, or slice by slice where there are fewer slices.

use super::distance::Rows;
use super::moments::{Along, Moments, Piece, Polynomial, Sources, add};
use super::target::End;
use super::{Edge, Graph, Kernel, Lixels, Travel};

/// So many events on a piece are taken one by one, with no branch to guess wrong; a run of more is cheaper as a whole.
/// Where the two meet was measured.
const FEW: usize = 20;

/// What does not change from street to street.
pub(super) struct Map<'a, const N: usize> {
    pub(super) graph: &'a Graph,
    pub(super) lixels: &'a Lixels,
    pub(super) rows: &'a Rows,
    pub(super) sources: &'a Sources<N>,
    pub(super) kernel: Polynomial<N>,
    /// A kernel that is no polynomial: its height in events per km, and the bandwidth. Every event is then taken by itself.
    pub(super) curved: Option<(Kernel, f64)>,
    /// The bandwidth as the rim is tested, metres.
    pub(super) rim: f64,
    pub(super) travel: Travel,
}

/// Working memory of one thread.
pub(super) struct Scratch<const N: usize> {
    /// Distances from the target's two ends to every node, side by side; infinite where out of reach.
    from: Vec<[f64; 2]>,
    u: End<N>,
    v: End<N>,
    /// Slices filled by a curved kernel.
    curved: Vec<f64>,
}

impl<const N: usize> Scratch<N> {
    pub(super) fn new(nodes: u32) -> Self {
        Self { from: vec![[f64::INFINITY; 2]; nodes as usize], u: End::new(), v: End::new(), curved: Vec::new() }
    }
}

impl<const N: usize> Map<'_, N> {
    /// Fills the slices of one street.
    pub(super) fn fill(&self, target: usize, scratch: &mut Scratch<N>, values: &mut [f64]) {
        let edge = &self.graph.edges()[target];
        let step = self.lixels.step_m(target);
        scratch.u.clear(values.len(), step);
        scratch.v.clear(values.len(), step);
        scratch.curved.clear();
        scratch.curved.resize(values.len(), 0.0);
        let empty: (&[u32], &[f64]) = (&[], &[]);
        // Along a one-way street one leaves by its end only.
        let by_u = if edge.oneway && self.travel == Travel::Driven { empty } else { self.rows.of(edge.from) };
        let by_v = self.rows.of(edge.to);
        for (&node, &distance) in by_u.0.iter().zip(by_u.1) {
            scratch.from[node as usize][0] = distance;
        }
        for (&node, &distance) in by_v.0.iter().zip(by_v.1) {
            scratch.from[node as usize][1] = distance;
        }
        for &node in by_u.0 {
            self.around(target, edge, node, scratch);
        }
        for &node in by_v.0 {
            if scratch.from[node as usize][0].is_infinite() {
                self.around(target, edge, node, scratch);
            }
        }
        self.own(target, edge, step, scratch, values);
        for &node in by_u.0.iter().chain(by_v.0) {
            scratch.from[node as usize] = [f64::INFINITY; 2];
        }
        if self.curved.is_some() {
            values.iter_mut().zip(&scratch.curved).for_each(|(value, curved)| *value += curved);
            return;
        }
        let last = values.len() - 1;
        scratch.u.values(&self.kernel, |slice, value| values[slice] += value);
        scratch.v.values(&self.kernel, |slice, value| values[last - slice] += value);
    }

    /// Every source street at a node in reach, each once.
    #[inline(always)]
    fn around(&self, target: usize, edge: &Edge, node: u32, scratch: &mut Scratch<N>) {
        let Scratch { from, u, v, curved } = scratch;
        let here = from[node as usize];
        for incident in self.sources.starting(node) {
            if incident.edge as usize != target {
                let piece = &self.sources.pieces[incident.piece as usize];
                self.pair(edge.length_m, piece, here, from[incident.other as usize], u, v, curved);
            }
        }
        for incident in self.sources.ending(node) {
            let there = from[incident.other as usize];
            // If its start is reached too, it has been or will be taken from there.
            if incident.edge as usize != target && there[0].min(there[1]) == f64::INFINITY {
                let piece = &self.sources.pieces[incident.piece as usize];
                self.pair(edge.length_m, piece, there, here, u, v, curved);
            }
        }
    }

    /// One source street against the target street of `length` metres; how far its start, and its end, are from u and v.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "the two ends of a target, each with its distances and its sums")]
    fn pair(
        &self,
        length: f64,
        piece: &Piece,
        [mut ux, mut vx]: [f64; 2],
        [mut uy, mut vy]: [f64; 2],
        u: &mut End<N>,
        v: &mut End<N>,
        curved: &mut [f64],
    ) {
        if piece.oneway && self.travel == Travel::Driven {
            (uy, vy) = (f64::INFINITY, f64::INFINITY);
        }
        if piece.before > 0.0 || piece.after > 0.0 {
            let driven = piece.oneway && self.travel == Travel::Driven;
            let ends = |x: f64, y: f64| {
                let (start, end) = (x + piece.before, y + piece.after);
                if driven { (start, f64::INFINITY) } else { (start.min(end + piece.length), end.min(start + piece.length)) }
            };
            (ux, uy) = ends(ux, uy);
            (vx, vy) = ends(vx, vy);
        }
        if ux.min(uy).min(vx).min(vy) > self.rim {
            return;
        }
        let events = self.sources.on(piece);
        let n = events.len();
        if self.curved.is_some() {
            for (&x, &w) in events.offset.iter().zip(events.weight) {
                let y = piece.length - x;
                self.curve(length, w, (ux + x).min(uy + y), (vx + x).min(vy + y), u, curved);
            }
            return;
        }
        if n <= FEW {
            for (&x, &w) in events.offset.iter().zip(events.weight) {
                let y = piece.length - x;
                self.one(length, w, (ux + x).min(uy + y), (vx + x).min(vy + y), u, v);
            }
            return;
        }
        // How many events are nearer through x.
        let through_x = |x: f64, y: f64| {
            let turn = 0.5 * (y - x + piece.length);
            if events.offset[n - 1] <= turn {
                n
            } else if events.offset[0] > turn {
                0
            } else {
                events.within::<false>(0, n, turn)
            }
        };
        let (u_reaches, v_reaches) = (ux < f64::INFINITY || uy < f64::INFINITY, vx < f64::INFINITY || vy < f64::INFINITY);
        let u_by_x = if u_reaches { through_x(ux, uy) } else { 0 };
        let v_by_x = if v_reaches { through_x(vx, vy) } else { u_by_x };
        let u_by_x = if u_reaches { u_by_x } else { v_by_x };
        let (low, high) = (u_by_x.min(v_by_x), u_by_x.max(v_by_x));
        if low > 0 {
            self.run::<false>(length, &events, low, (ux, vx), u, v);
        }
        if high < n {
            self.run::<true>(length, &events, n - high, (uy, vy), u, v);
        }
        let by = if u_by_x > v_by_x { (ux, vy) } else { (uy, vx) };
        if u_by_x > v_by_x {
            self.middle::<false>(length, &events, (low, high), by, u, v);
        } else {
            self.middle::<true>(length, &events, (low, high), by, u, v);
        }
    }

    /// The events `low..high`, to which u and v go through different ends: u through the start, or (`FAR`) through the end.
    #[inline(always)]
    fn middle<const FAR: bool>(
        &self,
        length: f64,
        events: &Along<'_, N>,
        (low, high): (usize, usize),
        (by_u, by_v): (f64, f64),
        u: &mut End<N>,
        v: &mut End<N>,
    ) {
        let n = events.len();
        let ways = |k: usize| {
            let (x, y) = (events.offset[k], events.length - events.offset[k]);
            if FAR { (by_u + y, by_v + x) } else { (by_u + x, by_v + y) }
        };
        if high - low <= 4 * u.slices() {
            for k in low..high {
                let (by_u, by_v) = ways(k);
                self.one(length, events.weight[k], by_u, by_v, u, v);
            }
            return;
        }
        // More events than slices: those for which the way changes at the same slice are a run again.
        let through_u = |k: usize, u: &End<N>| {
            let (by_u, by_v) = ways(k);
            u.count(0.5 * (by_v - by_u + length))
        };
        let slices = u.slices();
        let mut from = low;
        while from < high {
            let through = through_u(from, u);
            let (mut to, mut end) = (from + 1, high);
            while to < end {
                let k = usize::midpoint(to, end);
                if through_u(k, u) == through { to = k + 1 } else { end = k }
            }
            // The same events, counted from the start and from the end.
            let (near, far) = ((from, to), (n - to, n - from));
            if FAR {
                u.add::<true>(events, far, by_u, self.rim, through, 1.0);
                v.add::<false>(events, near, by_v, self.rim, slices - through, 1.0);
            } else {
                u.add::<false>(events, near, by_u, self.rim, through, 1.0);
                v.add::<true>(events, far, by_v, self.rim, slices - through, 1.0);
            }
            from = to;
        }
    }

    /// The first `n` events from one end of their piece, to which both ends of the target go, `by_u` and `by_v` metres.
    #[inline(always)]
    fn run<const FAR: bool>(&self, length: f64, events: &Along<'_, N>, n: usize, (by_u, by_v): (f64, f64), u: &mut End<N>, v: &mut End<N>) {
        let through_u = u.count(0.5 * (by_v - by_u + length));
        if by_u < self.rim {
            u.add::<FAR>(events, (0, n), by_u, self.rim, through_u, 1.0);
        }
        if by_v < self.rim {
            let slices = v.slices();
            v.add::<FAR>(events, (0, n), by_v, self.rim, slices - through_u, 1.0);
        }
    }

    /// One event at these distances from the target's ends.
    #[inline(always)]
    fn one(&self, length: f64, w: f64, by_u: f64, by_v: f64, u: &mut End<N>, v: &mut End<N>) {
        let through_u = u.count(0.5 * (by_v - by_u + length));
        u.add_one(u.count(self.rim - by_u).min(through_u), w, by_u);
        let through_v = v.slices() - through_u;
        v.add_one(v.count(self.rim - by_v).min(through_v), w, by_v);
    }

    /// One event under a curved kernel, slice by slice.
    fn curve(&self, length: f64, w: f64, by_u: f64, by_v: f64, u: &End<N>, curved: &mut [f64]) {
        let through_u = if by_u < f64::INFINITY { u.count(0.5 * (by_v - by_u + length)) } else { 0 };
        let from_v = (u.slices() - u.count(self.rim - by_v)).max(through_u);
        for (slice, value) in curved.iter_mut().enumerate().take(through_u.min(u.count(self.rim - by_u))) {
            *value += w * self.curved_at(by_u + u.center(slice));
        }
        for (slice, value) in curved.iter_mut().enumerate().skip(from_v) {
            *value += w * self.curved_at(by_v + (length - u.center(slice)));
        }
    }

    /// A curved kernel's height at a distance, events per km.
    fn curved_at(&self, distance: f64) -> f64 {
        self.curved.map_or(0.0, |(kernel, bandwidth_m)| kernel.at(distance / bandwidth_m) / bandwidth_m * 1000.0)
    }

    /// Events of the street itself: along it, or out of one end and in again at the other where that is shorter.
    fn own(&self, target: usize, edge: &Edge, step: f64, scratch: &Scratch<N>, values: &mut [f64]) {
        let pieces = self.sources.of_edge(target);
        if pieces.is_empty() {
            return;
        }
        let length = edge.length_m;
        let driven_one_way = edge.oneway && self.travel == Travel::Driven;
        let out_by_u = if driven_one_way { f64::INFINITY } else { scratch.from[edge.to as usize][0] };
        let out_by_v = scratch.from[edge.from as usize][1];
        // From this far on, the way round is shorter than along the street.
        let round = Round {
            by_u: out_by_u,
            by_v: out_by_v,
            ahead: 0.5 * (out_by_u + length),
            back: if driven_one_way { 0.0 } else { 0.5 * (out_by_v + length) },
        };
        for piece in pieces {
            let events = self.sources.on(piece);
            for (slice, value) in values.iter_mut().enumerate() {
                let t = (slice as f64 + 0.5) * step;
                *value += match self.curved {
                    None => self.kernel.of(&round.seen(&events, piece, t, length - t, self.rim)),
                    Some(_) => events
                        .offset
                        .iter()
                        .zip(events.weight)
                        .map(|(o, w)| w * self.curved_at(round.distance(t, o + piece.before, length)))
                        .sum(),
                };
            }
        }
    }
}

/// The ways from a street's ends round to its other end, metres.
pub(super) struct Round {
    /// Out at the start, to the end.
    by_u: f64,
    /// Out at the end, to the start.
    by_v: f64,
    /// How far ahead, and how far back, the way along the street is the shorter one.
    ahead: f64,
    back: f64,
}

impl Round {
    /// No way round: along the street only.
    pub(super) const NONE: Self = Self { by_u: f64::INFINITY, by_v: f64::INFINITY, ahead: f64::INFINITY, back: f64::INFINITY };

    /// From a place on the street to an event on it, both by their offsets.
    fn distance(&self, t: f64, o: f64, length: f64) -> f64 {
        let along = if o < t && self.back == 0.0 { f64::INFINITY } else { (o - t).abs() };
        along.min(t + self.by_u + (length - o)).min(length - t + self.by_v + o)
    }

    /// The events of a piece of the street as moments of their distance to a place on it, `to_u` and `to_v` from its ends.
    #[inline(always)]
    pub(super) fn seen<const N: usize>(&self, events: &Along<'_, N>, piece: &Piece, to_u: f64, to_v: f64, rim: f64) -> Moments<N> {
        let n = events.len();
        let mut sum = [0.0; N];
        // The place as the piece counts.
        let here = to_u - piece.before;
        let may_be_near = here - rim <= events.offset[n - 1] && events.offset[0] <= here + rim;
        let may_go_round = to_u + self.by_u <= rim || to_v + self.by_v <= rim;
        if !may_be_near && !may_go_round {
            return sum;
        }
        let middle = events.before(0, n, here);
        // Ahead: along the street up to `turn`, out at u and in at the far end from there.
        let turn = events.within::<false>(middle, n, here + self.ahead);
        let along = events.within::<false>(middle, turn, here + rim);
        if along > middle {
            add(&mut sum, &events.moments::<false>(middle, along, -here));
        }
        let way = to_u + self.by_u + piece.after;
        if way <= rim && turn < n {
            let from = events.before(turn, n, piece.length + way - rim);
            if from < n {
                add(&mut sum, &events.moments::<true>(0, n - from, way));
            }
        }
        // Behind, the same: an event at the place itself counted as ahead.
        let turn = events.before(0, middle, here - self.back);
        let along = events.before(turn, middle, here - rim);
        if along < middle {
            add(&mut sum, &events.moments_behind(along, middle, here));
        }
        let way = to_v + self.by_v + piece.before;
        if way <= rim && turn > 0 {
            let to = events.within::<false>(0, turn, rim - way);
            if to > 0 {
                add(&mut sum, &events.moments::<false>(0, to, way));
            }
        }
        sum
    }
}
