//! Events in the grid's own units, sorted once.

use super::{Grid, Weighted};
use rayon::prelude::*;

/// What the bandwidth means in cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// Bandwidth over cell width.
    pub(super) columns: f64,
    /// Cell height over cell width: turns rows into column units.
    pub(super) aspect: f64,
    /// Rows to either side that an event can reach.
    pub(super) rows: usize,
}

impl Reach {
    pub(super) fn new(grid: &Grid, bandwidth_m: f64) -> Self {
        let rows = (bandwidth_m / grid.cell_height_m()).ceil().min(1e9) as usize + 1;
        Self { columns: bandwidth_m / grid.cell_width_m(), aspect: grid.cell_height_m() / grid.cell_width_m(), rows }
    }
}

/// A margin of more rows than this is kept in one line: only a bandwidth far wider than the map has it.
const MAX_MARGIN_ROWS: usize = 1 << 16;

/// Places with what lies there, sorted by row, then by place. Structure of arrays; `P` numbers for each place, the
/// weight first.
#[derive(Clone, Debug)]
pub(super) struct Spots<const P: usize> {
    /// Column; the centre of column `i` is at `i`.
    pub(super) x: Vec<f64>,
    /// Row, the centre of row `j` at `j`, in units of the cell *width*.
    pub(super) y: Vec<f64>,
    pub(super) parameters: [Vec<f64>; P],
    /// Where the places of each row start; rows above and below the grid are there too, `margin` of each.
    pub(super) starts: Vec<usize>,
    margin: usize,
    /// The margin is narrower than what can reach the grid: its end lines hold everything beyond.
    cut: bool,
}

impl<const P: usize> Spots<P> {
    fn with_capacity(n: usize, margin: usize, cut: bool) -> Self {
        Self {
            x: Vec::with_capacity(n),
            y: Vec::with_capacity(n),
            parameters: std::array::from_fn(|_| Vec::with_capacity(n)),
            starts: Vec::new(),
            margin,
            cut,
        }
    }

    /// Room for `n` other places on the same rows.
    pub(super) fn empty_like<const Q: usize>(&self, n: usize) -> Spots<Q> {
        let mut empty = Spots::with_capacity(n, self.margin, self.cut);
        empty.starts.reserve(self.starts.len());
        empty
    }

    /// The line that holds the row `row` (0 is the northernmost row of the grid).
    pub(super) fn line(&self, row: f64) -> usize {
        // The first and last line take what a cut margin would drop.
        (row.round() + self.margin as f64).clamp(0.0, (self.starts.len() - 2) as f64) as usize
    }

    fn push(&mut self, x: f64, y: f64, parameters: [f64; P]) {
        self.x.push(x);
        self.y.push(y);
        for (all, one) in self.parameters.iter_mut().zip(parameters) {
            all.push(one);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.x.len()
    }

    /// The places that can reach `row` of the grid.
    pub(super) fn within(&self, row: usize, reach: &Reach) -> std::ops::Range<usize> {
        let lines = self.starts.len() - 1;
        if self.cut {
            return 0..self.starts[lines];
        }
        let first = (row + self.margin).saturating_sub(reach.rows);
        let last = (row + self.margin).saturating_add(reach.rows).min(lines - 1);
        self.starts[first]..self.starts[last + 1]
    }
}

/// Events sorted by row and place, each with its number in the caller's slice.
#[derive(Clone, Debug)]
pub(super) struct Sorted {
    pub(super) spots: Spots<1>,
    pub(super) record: Vec<u32>,
    /// Two events lie at exactly one place.
    same: bool,
}

#[derive(Clone, Copy)]
struct Event {
    x: f64,
    y: f64,
    w: f64,
    record: u32,
}

impl Event {
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        self.x.total_cmp(&other.x).then(self.y.total_cmp(&other.y)).then(self.w.total_cmp(&other.w))
    }
}

impl Sorted {
    /// Sorts the events that can reach the grid from `reach`. There are fewer than 2³² of them.
    pub(super) fn new(events: &[Weighted], grid: &Grid, reach: &Reach) -> Self {
        // Rows beyond the reach hold nothing; a reach beyond the grid need not be kept row by row.
        let margin = reach.rows.min(MAX_MARGIN_ROWS);
        let lines = grid.rows() + 2 * margin;
        let (west, north) = (grid.west_m(), grid.north_m());
        let (per_x, per_y) = (1.0 / grid.cell_width_m(), 1.0 / grid.cell_height_m());
        let far = reach.columns + 1.0;
        let (east, above, below) = (grid.columns() as f64 + far, -(reach.rows as f64), (grid.rows() + reach.rows) as f64);
        let place = |(record, e): (usize, &Weighted)| {
            let x = (e.x_m - west) * per_x - 0.5;
            let row = (north - e.y_m) * per_y - 0.5;
            let near = x >= -far && x <= east && row > above && row < below;
            near.then(|| {
                // The first and last line take what a cut margin would drop.
                let line = (row.round() + margin as f64).clamp(0.0, (lines - 1) as f64) as usize;
                (line, Event { x, y: row * reach.aspect, w: e.w, record: record as u32 })
            })
        };

        // Counting sort by line, then each line by place.
        let mut starts = vec![0_usize; lines + 1];
        let placed: Vec<(usize, Event)> = events.iter().enumerate().filter_map(place).collect();
        for (line, _) in &placed {
            starts[line + 1] += 1;
        }
        for line in 0..lines {
            starts[line + 1] += starts[line];
        }
        let mut next = starts.clone();
        let mut sorted = vec![Event { x: 0.0, y: 0.0, w: 0.0, record: 0 }; placed.len()];
        for (line, event) in placed {
            sorted[next[line]] = event;
            next[line] += 1;
        }
        let mut rest = &mut sorted[..];
        let mut rows = Vec::with_capacity(lines);
        for line in 0..lines {
            let (row, after) = rest.split_at_mut(starts[line + 1] - starts[line]);
            rows.push(row);
            rest = after;
        }
        rows.into_par_iter().with_min_len(16).for_each(|row| row.sort_unstable_by(Event::order));

        let mut spots = Spots::with_capacity(sorted.len(), margin, reach.rows > margin);
        let mut record = Vec::with_capacity(sorted.len());
        let (mut same, mut before) = (false, (f64::NAN, f64::NAN));
        for e in &sorted {
            spots.push(e.x, e.y, [e.w]);
            record.push(e.record);
            same |= before == (e.x, e.y);
            before = (e.x, e.y);
        }
        spots.starts = starts;
        Self { spots, record, same }
    }

    /// The places of the records kept, events at one place added up.
    pub(super) fn chosen(&self, keep: impl Fn(usize) -> bool) -> Spots<1> {
        let all = &self.spots;
        let mut chosen = all.empty_like(all.len());
        for line in all.starts.windows(2) {
            chosen.starts.push(chosen.len());
            self.push_all(&mut chosen, (line[0]..line[1]).filter(|i| keep(self.record[*i] as usize)));
        }
        chosen.starts.push(chosen.len());
        chosen
    }

    /// The positions of the records in each slice, in the sorted order.
    pub(super) fn by_slice(&self, count: usize, slice_of: impl Fn(usize) -> Option<u16>) -> Vec<Vec<u32>> {
        let mut slices = vec![Vec::new(); count];
        for (i, record) in self.record.iter().enumerate() {
            if let Some(slice) = slice_of(*record as usize).and_then(|slice| slices.get_mut(usize::from(slice))) {
                slice.push(i as u32);
            }
        }
        slices
    }

    /// The places at these positions, which ascend; events at one place added up.
    pub(super) fn at(&self, positions: &[u32]) -> Spots<1> {
        let all = &self.spots;
        let mut chosen = all.empty_like(positions.len());
        let mut rest = positions;
        for line in all.starts.windows(2) {
            chosen.starts.push(chosen.len());
            let here = rest.partition_point(|i| (*i as usize) < line[1]);
            self.push_all(&mut chosen, rest[..here].iter().map(|i| *i as usize));
            rest = &rest[here..];
        }
        chosen.starts.push(chosen.len());
        chosen
    }

    /// Events of one line, in its order.
    fn push_all(&self, chosen: &mut Spots<1>, positions: impl Iterator<Item = usize>) {
        let all = &self.spots;
        let [weights] = &all.parameters;
        let first = chosen.len();
        for i in positions {
            let (x, y, w) = (all.x[i], all.y[i], weights[i]);
            let last = chosen.len();
            if last > first && chosen.x[last - 1] == x && chosen.y[last - 1] == y {
                chosen.parameters[0][last - 1] += w;
            } else {
                chosen.push(x, y, [w]);
            }
        }
    }

    /// How many records are kept, and about the largest sum of kernels anywhere: what lies in the heaviest square of a
    /// bandwidth's side.
    pub(super) fn heaviest(&self, reach: &Reach, keep: impl Fn(usize) -> bool) -> (usize, f64) {
        let all = &self.spots;
        let per = 2.0 / reach.columns;
        let (first_x, first_y) =
            (all.x.iter().copied().fold(f64::INFINITY, f64::min), all.y.first().copied().unwrap_or(0.0) - reach.aspect);
        let last = |values: &[f64], first: f64| values.iter().map(|v| (v - first) * per).fold(0.0, f64::max).min(1023.0) as usize;
        let (columns, rows) = (last(&all.x, first_x) + 1, last(&all.y, first_y) + 1);
        let mut squares = vec![0.0_f64; (columns + 1) * (rows + 1)];
        let mut chosen = 0;
        for (i, (x, y)) in all.x.iter().zip(&all.y).enumerate() {
            if keep(self.record[i] as usize) {
                let (column, row) = (((x - first_x) * per).min(1023.0) as usize, ((y - first_y) * per).min(1023.0) as usize);
                squares[row * (columns + 1) + column] += all.parameters[0][i];
                chosen += 1;
            }
        }
        let four = |row: usize, column: usize| {
            let at = row * (columns + 1) + column;
            squares[at] + squares[at + 1] + squares[at + columns + 1] + squares[at + columns + 2]
        };
        let most = (0..rows).flat_map(|row| (0..columns).map(move |column| four(row, column))).fold(0.0, f64::max);
        (chosen, 0.8 * most)
    }

    /// All places, events at one place added up: as [`Sorted::chosen`] with all records.
    pub(super) fn all(self) -> Spots<1> {
        if self.same { self.chosen(|_| true) } else { self.spots }
    }
}

/// 0 where no weight is negative: rounding must not make a density negative. −∞ otherwise.
pub(super) fn lowest(weights: &[f64]) -> f64 {
    if weights.iter().all(|w| *w >= 0.0) { 0.0 } else { f64::NEG_INFINITY }
}
