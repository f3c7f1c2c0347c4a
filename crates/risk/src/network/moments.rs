//! Events of each street as running sums: a run of events collapses to a few numbers.
//!
//! A kernel that is a polynomial of distance needs of a set of events only the sums `Σ w`, `Σ w·d`, `Σ w·d²`, …

use super::{Graph, Kernel, Records};

/// `Σ w·dʲ` for `j` = 0 … N−1.
pub(super) type Moments<const N: usize> = [f64; N];

/// The same sums when every distance grows by `by`.
#[inline(always)]
pub(super) fn shifted<const N: usize>(mut m: Moments<N>, by: f64) -> Moments<N> {
    for round in 1..N {
        for j in (round..N).rev() {
            m[j] += by * m[j - 1];
        }
    }
    m
}

/// The same sums for `−d`.
#[inline(always)]
fn turned<const N: usize>(mut m: Moments<N>) -> Moments<N> {
    for j in (1..N).step_by(2) {
        m[j] = -m[j];
    }
    m
}

#[inline(always)]
pub(super) fn add<const N: usize>(to: &mut Moments<N>, m: &Moments<N>) {
    for j in 0..N {
        to[j] += m[j];
    }
}

/// Adds one event of weight `w` at distance `d`.
#[inline(always)]
pub(super) fn add_one<const N: usize>(to: &mut Moments<N>, mut w: f64, d: f64) {
    for entry in to {
        *entry += w;
        w *= d;
    }
}

/// A kernel as a polynomial of distance: `Σ cⱼ·dʲ` within the bandwidth.
#[derive(Clone, Copy, Debug)]
pub(super) struct Polynomial<const N: usize>(Moments<N>);

impl<const N: usize> Polynomial<N> {
    /// From the coefficients of `distance / bandwidth`; in events per km.
    fn new(of_u: [f64; N], kernel: Kernel, bandwidth_m: f64) -> Self {
        let mut scale = kernel.norm() / bandwidth_m * 1000.0;
        Self(of_u.map(|c| {
            let scaled = c * scale;
            scale /= bandwidth_m;
            scaled
        }))
    }

    /// What events with these moments add at the place their distances are measured from.
    #[inline(always)]
    pub(super) fn of(&self, m: &Moments<N>) -> f64 {
        self.0.iter().zip(m).fold(0.0, |sum, (c, m)| sum + c * m)
    }
}

pub(super) fn uniform(b: f64) -> Polynomial<1> {
    Polynomial::new([1.0], Kernel::Uniform, b)
}
pub(super) fn triangular(b: f64) -> Polynomial<2> {
    Polynomial::new([1.0, -1.0], Kernel::Triangular, b)
}
pub(super) fn epanechnikov(b: f64) -> Polynomial<3> {
    Polynomial::new([1.0, 0.0, -1.0], Kernel::Epanechnikov, b)
}
pub(super) fn quartic(b: f64) -> Polynomial<5> {
    Polynomial::new([1.0, 0.0, -2.0, 0.0, 1.0], Kernel::Quartic, b)
}

/// A piece of a street with events on it. A street longer than the bandwidth is several pieces, so that no running
/// sum is made about a far point and loses digits; most streets are one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) edge: u32,
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) oneway: bool,
    /// Of the piece, metres.
    pub(super) length: f64,
    /// Metres of the street before and after the piece.
    pub(super) before: f64,
    pub(super) after: f64,
    /// Events on it, and where they start among the offsets.
    pub(super) count: u32,
    start: u32,
    /// Where its running sums start; `count + 1` of them.
    sums: u32,
}

/// The pieces, their events and the running sums.
pub(super) struct Sources<const N: usize> {
    pub(super) pieces: Vec<Piece>,
    /// Where the pieces of each edge start.
    of_edge: Vec<u32>,
    offset: Vec<f64>,
    weight: Vec<f64>,
    sums: Vec<Moments<N>>,
    /// Pieces that start (first list) or end (second) at each node; streets with no event are not listed.
    starting: Lists,
    ending: Lists,
    pub(super) n: usize,
    pub(super) weight_total: f64,
    pub(super) any_negative: bool,
}

/// A piece at a node: what is asked of it before the piece itself is looked at.
#[derive(Clone, Copy, Default)]
pub(super) struct Incident {
    pub(super) piece: u32,
    pub(super) edge: u32,
    /// The node at its other end.
    pub(super) other: u32,
}

#[derive(Default)]
struct Lists {
    first: Vec<u32>,
    piece: Vec<Incident>,
}

impl Lists {
    /// By one of the two nodes of each piece; `ends` gives that one first.
    fn new(nodes: u32, pieces: &[Piece], ends: impl Fn(&Piece) -> (u32, u32)) -> Self {
        let mut first = vec![0_u32; nodes as usize + 1];
        for piece in pieces {
            first[ends(piece).0 as usize + 1] += 1;
        }
        for node in 0..nodes as usize {
            first[node + 1] += first[node];
        }
        let mut next = first.clone();
        let mut listed = vec![Incident::default(); pieces.len()];
        for (number, piece) in (0_u32..).zip(pieces) {
            let (node, other) = ends(piece);
            let at = &mut next[node as usize];
            listed[*at as usize] = Incident { piece: number, edge: piece.edge, other };
            *at += 1;
        }
        Self { first, piece: listed }
    }

    #[inline(always)]
    fn of(&self, node: u32) -> &[Incident] {
        &self.piece[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }
}

impl<const N: usize> Sources<N> {
    /// The events that `keep` accepts, by their position in the caller's slice.
    pub(super) fn new(graph: &Graph, records: &Records, bandwidth_m: f64, keep: &impl Fn(usize) -> bool) -> Self {
        let mut sources = Self {
            pieces: Vec::new(),
            of_edge: Vec::with_capacity(graph.edges().len() + 1),
            offset: Vec::with_capacity(records.len()),
            weight: Vec::with_capacity(records.len()),
            sums: Vec::with_capacity(records.len() + graph.edges().len()),
            starting: Lists::default(),
            ending: Lists::default(),
            n: 0,
            weight_total: 0.0,
            any_negative: false,
        };
        sources.of_edge.push(0);
        for (number, edge) in (0_u32..).zip(graph.edges()) {
            let of_edge = records.first[number as usize] as usize..records.first[number as usize + 1] as usize;
            let parts = (edge.length_m / bandwidth_m).ceil().max(1.0);
            let length = edge.length_m / parts;
            let mut open: Option<(f64, Piece, Moments<N>)> = None;
            for position in of_edge {
                if !keep(records.record[position] as usize) {
                    continue;
                }
                let (at, w) = (records.offset[position], records.weight[position]);
                let part = if parts > 1.0 { (at / length).floor().min(parts - 1.0) } else { 0.0 };
                if open.as_ref().is_some_and(|(p, ..)| *p != part) {
                    sources.pieces.extend(open.take().map(|(_, piece, _)| piece));
                }
                let before = part * length;
                let (_, piece, sums) = open.get_or_insert_with(|| {
                    let sums = [0.0; N];
                    sources.sums.push(sums);
                    let piece = Piece {
                        edge: number,
                        from: edge.from,
                        to: edge.to,
                        oneway: edge.oneway,
                        length: if parts > 1.0 { length } else { edge.length_m },
                        before,
                        after: if parts > 1.0 { (edge.length_m - before - length).max(0.0) } else { 0.0 },
                        count: 0,
                        start: sources.offset.len() as u32,
                        sums: sources.sums.len() as u32 - 1,
                    };
                    (part, piece, sums)
                });
                let in_piece = at - before;
                sources.offset.push(in_piece);
                sources.weight.push(w);
                add_one(sums, w, in_piece);
                sources.sums.push(*sums);
                piece.count += 1;
                sources.n += 1;
                sources.weight_total += w;
                sources.any_negative |= w < 0.0;
            }
            sources.pieces.extend(open.map(|(_, piece, _)| piece));
            sources.of_edge.push(sources.pieces.len() as u32);
        }
        sources.starting = Lists::new(graph.nodes(), &sources.pieces, |p| (p.from, p.to));
        sources.ending = Lists::new(graph.nodes(), &sources.pieces, |p| (p.to, p.from));
        sources
    }

    #[inline(always)]
    pub(super) fn starting(&self, node: u32) -> &[Incident] {
        self.starting.of(node)
    }

    #[inline(always)]
    pub(super) fn ending(&self, node: u32) -> &[Incident] {
        self.ending.of(node)
    }

    pub(super) fn of_edge(&self, edge: usize) -> &[Piece] {
        &self.pieces[self.of_edge[edge] as usize..self.of_edge[edge + 1] as usize]
    }

    /// The events of a piece.
    #[inline(always)]
    pub(super) fn on(&self, piece: &Piece) -> Along<'_, N> {
        let (start, count, sums) = (piece.start as usize, piece.count as usize, piece.sums as usize);
        Along {
            length: piece.length,
            offset: &self.offset[start..start + count],
            weight: &self.weight[start..start + count],
            sums: &self.sums[sums..=sums + count],
        }
    }
}

/// The events of a piece, seen from one of its ends: from the start, or (`FAR`) from the end.
#[derive(Clone, Copy)]
pub(super) struct Along<'a, const N: usize> {
    pub(super) length: f64,
    pub(super) offset: &'a [f64],
    pub(super) weight: &'a [f64],
    sums: &'a [Moments<N>],
}

impl<const N: usize> Along<'_, N> {
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.offset.len()
    }

    /// Distance of the `k`-th event from the end, nearest first.
    #[inline(always)]
    pub(super) fn away<const FAR: bool>(&self, k: usize) -> f64 {
        if FAR { self.length - self.offset[self.offset.len() - 1 - k] } else { self.offset[k] }
    }

    #[inline(always)]
    pub(super) fn weight<const FAR: bool>(&self, k: usize) -> f64 {
        if FAR { self.weight[self.weight.len() - 1 - k] } else { self.weight[k] }
    }

    /// How many of the events `from..to` come before the first one further than `limit`, plus `from`.
    #[inline(always)]
    pub(super) fn within<const FAR: bool>(&self, from: usize, to: usize, limit: f64) -> usize {
        let (low, high) = if FAR { (self.offset.len() - to, self.offset.len() - from) } else { (from, to) };
        let offset = &self.offset[low..high];
        let near = |o: f64| if FAR { self.length - o <= limit } else { o <= limit };
        // Few events are counted, not searched: a count has no branch to guess wrong.
        let count = match (offset.len() <= 8, FAR) {
            (true, _) => offset.iter().map(|&o| usize::from(near(o))).sum(),
            (false, false) => offset.partition_point(|&o| near(o)),
            (false, true) => offset.len() - offset.partition_point(|&o| !near(o)),
        };
        from + count
    }

    /// Sums over the events `from..to` of their distances from the end, grown by `by`.
    #[inline(always)]
    pub(super) fn moments<const FAR: bool>(&self, from: usize, to: usize, by: f64) -> Moments<N> {
        let (low, high) = if FAR { (self.offset.len() - to, self.offset.len() - from) } else { (from, to) };
        let mut m = self.sums[high];
        for (entry, before) in m.iter_mut().zip(&self.sums[low]) {
            *entry -= before;
        }
        if FAR { shifted(turned(m), by + self.length) } else { shifted(m, by) }
    }

    /// How many of the events `from..to` lie before `limit`, counted from the start, plus `from`.
    #[inline(always)]
    pub(super) fn before(&self, from: usize, to: usize, limit: f64) -> usize {
        from + self.offset[from..to].partition_point(|&o| o < limit)
    }

    /// Sums over the events `from..to` of their distances to a place beyond them.
    #[inline(always)]
    pub(super) fn moments_behind(&self, from: usize, to: usize, place: f64) -> Moments<N> {
        let mut m = self.sums[to];
        for (entry, before) in m.iter_mut().zip(&self.sums[from]) {
            *entry -= before;
        }
        shifted(turned(m), place)
    }
}
