//! The march: block by block of steps, every group of junctions by itself.
//!
//! What leaves a port is kept for one block ([`Pulses`], twice: the block before, read by all, and the block now). From
//! there each port fetches what its twin sent, into a ring of its own that holds what will arrive at which step; so a thread
//! writes nothing but its own, and no sum depends on who came first.

use std::ops::Range;

use rayon::prelude::*;

use super::super::moments::{Moments, Polynomial, Sources, shifted};
use super::super::{Kernel, Lixels, NetworkError};
use super::junction::{BLOCK, Delay, Ports, Scatter};
use super::{MAX_WAVE_CELLS, MAX_WAVE_PULSES, Seen};

/// What does not change from block to block.
pub(super) struct March<'a, const N: usize> {
    pub(super) lixels: &'a Lixels,
    pub(super) ports: &'a Ports,
    pub(super) sources: &'a Sources<N>,
    pub(super) kernel: Polynomial<N>,
    pub(super) curved: Option<(Kernel, f64)>,
    pub(super) rim: f64,
    pub(super) step_m: f64,
}

/// What leaves a port: at the step before the block, and at each of the block.
type Pulses = [f64; BLOCK + 1];
/// For each step of a block the powers of its distance.
type Powers<const N: usize> = [[f64; BLOCK]; N];

/// Ports one thread takes at a time, at least.
const PORTS_AT_A_TIME: usize = 2048;

/// What arrives at a port, by step modulo its length.
#[derive(Clone, Copy)]
struct Ring {
    start: usize,
    len: usize,
    /// Where the block now begins.
    head: usize,
}

/// Some groups and all that is theirs.
struct Part<const N: usize> {
    groups: Range<usize>,
    ports: Range<usize>,
    rings: Vec<Ring>,
    arriving: Vec<f64>,
    sums: Vec<Moments<N>>,
    /// Slices still to be reached by each port, and the last step that reaches the furthest of them.
    open: Vec<(u32, u32)>,
    /// Where the values of each port start, from the start of the part.
    first: Vec<u32>,
    values: Vec<f64>,
    /// What arrives at the ports of a junction.
    gathered: Vec<f64>,
}

impl<const N: usize> March<'_, N> {
    pub(super) fn run(&self) -> Result<Seen, NetworkError> {
        let ports = self.ports;
        let steps = (self.rim / self.step_m).floor() + 1.0;
        let blocks = (steps / BLOCK as f64).ceil();
        let pulses = blocks * BLOCK as f64 * ports.entry.len() as f64;
        if pulses > MAX_WAVE_PULSES as f64 {
            return Err(NetworkError::Waves);
        }
        let blocks = blocks as usize;
        let total = blocks * BLOCK;
        let cells: usize = ports.delay.iter().map(|&delay| ring_len(delay, total)).sum();
        if cells > MAX_WAVE_CELLS {
            return Err(NetworkError::Waves);
        }
        let mut parts: Vec<Part<N>> = self.parts().into_par_iter().map(|groups| self.part(groups, total)).collect();
        let mut before = vec![[0.0; BLOCK + 1]; ports.entry.len()];
        let mut now = before.clone();
        for block in 0..blocks {
            let mut rest = &mut now[..];
            let mut work = Vec::with_capacity(parts.len());
            for part in &mut parts {
                let own;
                (own, rest) = rest.split_at_mut(part.ports.len());
                work.push((part, own));
            }
            let powers = self.powers(block * BLOCK);
            work.into_par_iter().for_each(|(part, now)| self.block(part, &before, now, block * BLOCK, total, &powers));
            std::mem::swap(&mut before, &mut now);
        }
        let mut seen = Seen { values: Vec::with_capacity(parts.iter().map(|p| p.values.len()).sum()), first: vec![0] };
        for part in parts {
            let offset = seen.values.len() as u32;
            seen.first.extend(part.first[1..].iter().map(|first| offset + first));
            seen.values.extend(part.values);
        }
        Ok(seen)
    }

    /// Ranges of groups of about as many ports.
    fn parts(&self) -> Vec<Range<usize>> {
        let groups = self.ports.groups.len() - 1;
        let (mut parts, mut start) = (Vec::new(), 0);
        for group in 1..=groups {
            if group == groups || self.first_port(group) - self.first_port(start) >= PORTS_AT_A_TIME {
                parts.push(start..group);
                start = group;
            }
        }
        parts
    }

    fn first_port(&self, group: usize) -> usize {
        self.ports.junctions[self.ports.groups[group].first as usize].first as usize
    }

    /// The groups as they stand before the first step: every event is on its way along its street.
    fn part(&self, groups: Range<usize>, total: usize) -> Part<N> {
        let ports = self.first_port(groups.start)..self.first_port(groups.end);
        let mut rings = Vec::with_capacity(ports.len());
        let (mut cells, mut first) = (0, vec![0]);
        let mut open = Vec::with_capacity(ports.len());
        for port in ports.clone() {
            let len = ring_len(self.ports.delay[port], total);
            rings.push(Ring { start: cells, len, head: 0 });
            cells += len;
            let slices = self.lixels.of_edge(self.ports.entry[port] as usize / 2).len() as u32;
            first.push(first[first.len() - 1] + slices);
            open.push(self.next_open(port, slices));
        }
        let mut arriving = vec![0.0; cells];
        for (port, ring) in ports.clone().zip(&rings) {
            let entry = self.ports.entry[port];
            let (edge, by_end) = (entry as usize / 2, entry % 2 == 1);
            let arriving = &mut arriving[ring.start..ring.start + ring.len];
            for piece in self.sources.of_edge(edge) {
                let events = self.sources.on(piece);
                for (offset, w) in events.offset.iter().zip(events.weight) {
                    let along = if by_end { piece.after + (piece.length - offset) } else { piece.before + offset };
                    let at = (along / self.step_m).clamp(0.0, total as f64);
                    let (step, share) = (at as usize, at - at.floor());
                    // Beyond the last step nothing arrives.
                    for (step, w) in [(step, w * (1.0 - share)), (step + 1, w * share)] {
                        if step < total && w != 0.0 {
                            arriving[step] += w;
                        }
                    }
                }
            }
        }
        let values = vec![0.0; first[first.len() - 1] as usize];
        Part { groups, rings, arriving, sums: vec![[0.0; N]; ports.len()], open, first, values, gathered: Vec::new(), ports }
    }

    /// Leaves out the furthest slices that no step reaches.
    fn next_open(&self, port: usize, mut slices: u32) -> (u32, u32) {
        let slice_m = self.lixels.step_m(self.ports.entry[port] as usize / 2);
        while slices > 0 {
            let rest = self.rim - (f64::from(slices) - 0.5) * slice_m;
            if rest >= 0.0 {
                return (slices, (rest / self.step_m) as u32);
            }
            slices -= 1;
        }
        (0, 0)
    }

    fn powers(&self, from: usize) -> Powers<N> {
        let mut power = [1.0; BLOCK];
        std::array::from_fn(|j| {
            if j > 0 {
                power.iter_mut().enumerate().for_each(|(k, power)| *power *= (from + k) as f64 * self.step_m);
            }
            power
        })
    }

    /// One block of steps, from step `from`, for one part.
    fn block(&self, part: &mut Part<N>, before: &[Pulses], now: &mut [Pulses], from: usize, total: usize, powers: &Powers<N>) {
        let base = part.ports.start;
        for group in part.groups.clone() {
            let ports = self.first_port(group)..self.first_port(group + 1);
            for port in ports.clone() {
                now[port - base][0] = before[port][BLOCK];
                if from > 0 && self.ports.delay[port].whole as usize >= BLOCK {
                    self.fetch(part, before, port, from, total);
                }
            }
            let group = &self.ports.groups[group];
            if group.single {
                self.at_once(part, now, ports.clone(), &self.ports.junctions[group.first as usize].scatter);
            } else {
                for k in 0..BLOCK {
                    self.step(part, now, ports.clone(), group.first as usize, from + k, k, total);
                }
            }
            for port in ports {
                let own = port - base;
                self.see(part, port, &now[own], from, powers);
                let ring = &mut part.rings[own];
                ring.head += BLOCK;
                if ring.head == ring.len {
                    ring.head = 0;
                }
            }
        }
    }

    /// Brings what the twin of a port sent in the block before to where it arrives.
    #[inline]
    fn fetch(&self, part: &mut Part<N>, before: &[Pulses], port: usize, from: usize, total: usize) {
        let Delay { whole, part: late } = self.ports.delay[port];
        let to = from - BLOCK + whole as usize;
        if to >= total {
            return;
        }
        let sent = &before[self.ports.twin[port] as usize];
        let mut arrives: [f64; BLOCK] = std::array::from_fn(|k| sent[k + 1] * (1.0 - late) + sent[k] * late);
        let Ring { start, len, head } = part.rings[port - part.ports.start];
        let ring = &mut part.arriving[start..start + len];
        let mut at = head + whole as usize;
        // The ring goes round where it is shorter than the march.
        at = if at < BLOCK { at + len - BLOCK } else { at - BLOCK };
        at = if at >= len { at - len } else { at };
        let count = BLOCK.min(total - to);
        if from == BLOCK {
            // The events of the street itself still lie there, up to one step beyond its length.
            arrives[0] += ring[at];
            if count > 1 {
                arrives[1] += ring[(at + 1) % len];
            }
        }
        let straight = count.min(len - at);
        ring[at..at + straight].copy_from_slice(&arrives[..straight]);
        ring[..count - straight].copy_from_slice(&arrives[straight..count]);
    }

    /// A junction whose streets are all longer than a block: the whole block at once.
    #[inline]
    fn at_once(&self, part: &mut Part<N>, now: &mut [Pulses], ports: Range<usize>, scatter: &Scatter) {
        let Scatter::Node { through, back } = *scatter else { return };
        let mut sum = [0.0; BLOCK];
        let base = part.ports.start;
        for port in ports.clone() {
            let Ring { start, head, .. } = part.rings[port - base];
            let arrived = &part.arriving[start + head..start + head + BLOCK];
            for k in 0..BLOCK {
                sum[k] += arrived[k];
            }
        }
        for port in ports {
            let Ring { start, head, .. } = part.rings[port - base];
            let arrived = &part.arriving[start + head..start + head + BLOCK];
            let sent = &mut now[port - base][1..=BLOCK];
            for k in 0..BLOCK {
                sent[k] = through * (sum[k] - arrived[k]) + back * arrived[k];
            }
        }
    }

    /// One step of junctions that short streets join; `k` is the step within the block.
    #[expect(clippy::too_many_arguments, reason = "a step of a group in a part, and where it stands in block and march")]
    fn step(&self, part: &mut Part<N>, now: &mut [Pulses], ports: Range<usize>, first: usize, step: usize, k: usize, total: usize) {
        let base = part.ports.start;
        let mut junction = first;
        while (self.ports.junctions[junction].first as usize) < ports.end {
            let (start, end) = (self.ports.junctions[junction].first as usize, self.ports.junctions[junction + 1].first as usize);
            let mut sum = 0.0;
            part.gathered.clear();
            for port in start..end {
                let own = port - base;
                let ring = part.rings[own];
                let cell = &mut part.arriving[ring.start + ring.head + k];
                let mut arrives = *cell;
                let Delay { whole, part: late } = self.ports.delay[port];
                if whole == 0 {
                    // What comes within the step is in the matrix. The ring is read once: events of the street itself.
                    *cell = 0.0;
                    arrives += late * now[self.ports.twin[port] as usize - base][k];
                }
                sum += arrives;
                part.gathered.push(arrives);
            }
            for port in start..end {
                let sent = match self.ports.junctions[junction].scatter {
                    Scatter::Node { through, back } => {
                        let arrived = part.gathered[port - start];
                        through * (sum - arrived) + back * arrived
                    }
                    Scatter::Solved(at) => {
                        let n = end - start;
                        let row = &self.ports.matrices[at + (port - start) * n..at + (port - start + 1) * n];
                        row.iter().zip(&part.gathered).map(|(share, arrived)| share * arrived).sum()
                    }
                };
                let own = port - base;
                now[own][k + 1] = sent;
                let Delay { whole, part: late } = self.ports.delay[port];
                let to = step + whole as usize;
                if (1..BLOCK).contains(&(whole as usize)) && to < total {
                    let ring = part.rings[self.ports.twin[port] as usize - base];
                    let at = ring.head + k + whole as usize;
                    let at = ring.start + if at >= ring.len { at - ring.len } else { at };
                    let arrives = sent * (1.0 - late) + now[own][k] * late;
                    // The events of the street itself lie there at first, up to one step beyond its length.
                    part.arriving[at] = if step < 2 { part.arriving[at] + arrives } else { arrives };
                }
            }
            junction += 1;
        }
    }

    /// Adds what entered a street in a block, and makes the values of the slices that nothing more reaches.
    #[inline]
    fn see(&self, part: &mut Part<N>, port: usize, sent: &Pulses, from: usize, powers: &Powers<N>) {
        let own = port - part.ports.start;
        let (mut open, mut last) = part.open[own];
        let sums = &mut part.sums[own];
        let values = &mut part.values[part.first[own] as usize..part.first[own + 1] as usize];
        if self.curved.is_some() {
            self.see_curved(port, &mut values[..open as usize], sent, from);
        }
        let slice_m = self.lixels.step_m(self.ports.entry[port] as usize / 2);
        let mut begin = 0;
        while open > 0 {
            let end = (last as usize + 1 - from).min(BLOCK);
            add_run(sums, sent, begin..end, powers);
            begin = end;
            if last as usize >= from + BLOCK {
                break;
            }
            if self.curved.is_none() {
                values[open as usize - 1] = self.kernel.of(&shifted(*sums, (f64::from(open) - 0.5) * slice_m));
            }
            (open, last) = self.next_open(port, open - 1);
        }
        part.open[own] = (open, last);
    }

    /// The Gaussian kernel, which is no polynomial, slice by slice: `exp(−c·(d + k·h)²)` for the steps `k` of a block is
    /// `exp(−c·d²)·exp(−2·c·d·h)ᵏ·exp(−c·k²·h²)`.
    fn see_curved(&self, port: usize, values: &mut [f64], sent: &Pulses, from: usize) {
        let Some((kernel, bandwidth_m)) = self.curved else { return };
        let slice_m = self.lixels.step_m(self.ports.entry[port] as usize / 2);
        let c = 4.5 / (bandwidth_m * bandwidth_m);
        let height = kernel.at(0.0) / bandwidth_m * 1000.0;
        let weighed: [f64; BLOCK] = std::array::from_fn(|k| {
            let on = k as f64 * self.step_m;
            sent[k + 1] * (-c * on * on).exp()
        });
        for (slice, value) in values.iter_mut().enumerate() {
            let here = (slice as f64 + 0.5) * slice_m;
            let last = ((self.rim - here) / self.step_m) as usize;
            let count = (last + 1).saturating_sub(from).min(BLOCK);
            let d = here + from as f64 * self.step_m;
            let ratio = (-2.0 * c * d * self.step_m).exp();
            let sum = weighed[..count].iter().rev().fold(0.0, |sum, x| sum * ratio + x);
            *value += height * (-c * d * d).exp() * sum;
        }
    }
}

/// Adds the pulses of a run of steps to the sums of powers of their distance.
#[inline]
fn add_run<const N: usize>(sums: &mut Moments<N>, sent: &Pulses, run: Range<usize>, powers: &Powers<N>) {
    if run == (0..BLOCK) {
        for (sum, powers) in sums.iter_mut().zip(powers) {
            // Four sums at once, always the same way, so that the compiler may take them together.
            let mut lanes = [0.0; 4];
            for (sent, powers) in sent[1..].chunks_exact(4).zip(powers.chunks_exact(4)) {
                for lane in 0..4 {
                    lanes[lane] += sent[lane] * powers[lane];
                }
            }
            *sum += (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
        }
        return;
    }
    for k in run {
        for (sum, powers) in sums.iter_mut().zip(powers) {
            *sum += sent[k + 1] * powers[k];
        }
    }
}

/// Room for all that is on its way at once, and never for more steps than there are.
fn ring_len(delay: Delay, total: usize) -> usize {
    (delay.whole as usize + BLOCK).next_multiple_of(BLOCK).min(total)
}
