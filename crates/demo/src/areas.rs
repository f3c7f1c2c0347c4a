//! Streets and towns of the district: sixteen areas that tile it, their outlines made of shared lines.

use std::collections::BTreeMap;

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;

use crate::geometry::{P, p};
use crate::ground::{HALF, Terrain, new_town};
use crate::random::noise;

/// One area.
pub(crate) struct Area {
    pub(crate) name: Text,
    /// Seat of its government.
    pub(crate) seat: P,
    /// Indices into [`Areas::lines`] in order, each with whether it runs backwards.
    pub(crate) outline: Vec<(usize, bool)>,
    pub(crate) ring: Vec<P>,
}

/// All areas.
pub(crate) struct Areas {
    /// Shared border lines.
    pub(crate) lines: Vec<Vec<P>>,
    pub(crate) list: Vec<Area>,
    /// The lines of the district's own border, in order.
    pub(crate) border: Vec<usize>,
}

const CELL: f64 = 200.0;
const COLUMNS: i32 = (2.0 * HALF.x / CELL) as i32;
const ROWS: i32 = (2.0 * HALF.y / CELL) as i32;

fn seeds(terrain: &Terrain) -> Vec<(Text, P, f64)> {
    let urban = [
        ("府山街道", "Fushan Subdistrict", p(-3500.0, -700.0), 1.0),
        ("城中街道", "Chengzhong Subdistrict", p(-1300.0, 400.0), 1.0),
        ("北苑街道", "Beiyuan Subdistrict", p(-2500.0, 4200.0), 0.8),
        ("城西街道", "Chengxi Subdistrict", p(-7300.0, 1200.0), 0.8),
        ("滨江街道", "Binjiang Subdistrict", new_town(600.0, 1700.0), 0.95),
        ("东屏街道", "Dongping Subdistrict", new_town(4700.0, 900.0), 0.85),
        ("镜月街道", "Jingyue Subdistrict", new_town(900.0, -2600.0), 0.9),
    ];
    let mut all: Vec<(Text, P, f64)> = urban.into_iter().map(|(zh, en, at, pull)| (Text::new(zh, en), at, pull)).collect();
    all.extend(terrain.towns.iter().map(|t| (Text::new(t.zh, t.en), t.at, 0.75)));
    all
}

impl Areas {
    /// Assigns every cell to its nearest seat (roughened), then traces the borders between areas.
    pub(crate) fn draw(terrain: &Terrain) -> Self {
        let seeds = seeds(terrain);
        let mut labels = BTreeMap::new();
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                let at = middle(column, row);
                let warp =
                    p(noise(terrain.seed ^ 81, at.x / 1900.0, at.y / 1900.0), noise(terrain.seed ^ 82, at.x / 1900.0, at.y / 1900.0))
                        * 620.0;
                let label = (0..seeds.len())
                    .min_by(|&a, &b| {
                        let cost = |s: usize| (at + warp).distance(seeds[s].1) * seeds[s].2.recip();
                        cost(a).total_cmp(&cost(b))
                    })
                    .unwrap_or(0);
                labels.insert((column, row), label as i32);
            }
        }
        connect(&mut labels, &seeds);
        let (lines, sides) = trace(&labels);
        let list = seeds
            .into_iter()
            .enumerate()
            .map(|(index, (name, seat, _))| {
                let outline = outline(&lines, &sides, index as i32);
                let ring = ring(&lines, &outline);
                Area { name, seat, outline, ring }
            })
            .collect();
        let border = (0..lines.len()).filter(|&l| sides[l].0 < 0 || sides[l].1 < 0).collect();
        Self { lines, list, border }
    }

    /// Name and ring of each area, WGS-84.
    pub(crate) fn outlines(&self) -> Vec<(Text, Vec<Point>)> {
        self.list.iter().map(|a| (a.name.clone(), a.ring.iter().map(|q| q.geographic()).collect())).collect()
    }
}

fn middle(column: i32, row: i32) -> P {
    p(f64::from(column) * CELL - HALF.x + CELL / 2.0, f64::from(row) * CELL - HALF.y + CELL / 2.0)
}

/// Leaves each area in one piece: cells that cannot be walked to from the seat go to a neighbour.
fn connect(labels: &mut BTreeMap<(i32, i32), i32>, seeds: &[(Text, P, f64)]) {
    let around = |c: (i32, i32)| [(c.0 + 1, c.1), (c.0 - 1, c.1), (c.0, c.1 + 1), (c.0, c.1 - 1)];
    let mut reached: BTreeMap<(i32, i32), i32> = BTreeMap::new();
    let mut queue = std::collections::VecDeque::new();
    for (label, (_, seat, _)) in seeds.iter().enumerate() {
        let cell = (((seat.x + HALF.x) / CELL) as i32, ((seat.y + HALF.y) / CELL) as i32);
        reached.insert(cell, label as i32);
        queue.push_back(cell);
    }
    while let Some(cell) = queue.pop_front() {
        let label = reached[&cell];
        for next in around(cell) {
            if labels.get(&next) == Some(&label) && !reached.contains_key(&next) {
                reached.insert(next, label);
                queue.push_back(next);
            }
        }
    }
    let mut queue: std::collections::VecDeque<(i32, i32)> = reached.keys().copied().collect();
    while let Some(cell) = queue.pop_front() {
        let label = reached[&cell];
        for next in around(cell) {
            if labels.contains_key(&next) && !reached.contains_key(&next) {
                reached.insert(next, label);
                queue.push_back(next);
            }
        }
    }
    *labels = reached;
}

type Corner = (i32, i32);

/// Border lines between corners where three areas meet, with the areas on their left and right (−1 outside).
fn trace(labels: &BTreeMap<(i32, i32), i32>) -> (Vec<Vec<P>>, Vec<(i32, i32)>) {
    let label = |c: i32, r: i32| labels.get(&(c, r)).copied().unwrap_or(-1);
    let mut steps: BTreeMap<Corner, Vec<(Corner, i32, i32)>> = BTreeMap::new();
    for c in 0..=COLUMNS {
        for r in 0..=ROWS {
            if r < ROWS && label(c - 1, r) != label(c, r) {
                steps.entry((c, r)).or_default().push(((c, r + 1), label(c - 1, r), label(c, r)));
                steps.entry((c, r + 1)).or_default().push(((c, r), label(c, r), label(c - 1, r)));
            }
            if c < COLUMNS && label(c, r - 1) != label(c, r) {
                steps.entry((c, r)).or_default().push(((c + 1, r), label(c, r), label(c, r - 1)));
                steps.entry((c + 1, r)).or_default().push(((c, r), label(c, r - 1), label(c, r)));
            }
        }
    }
    let mut used = std::collections::BTreeSet::new();
    let (mut lines, mut sides) = (Vec::new(), Vec::new());
    let walk = |from: Corner, first: &(Corner, i32, i32), used: &mut std::collections::BTreeSet<(Corner, Corner)>| {
        let mut line = vec![from];
        let (mut at, mut step) = (from, *first);
        loop {
            used.insert((at, step.0));
            used.insert((step.0, at));
            line.push(step.0);
            let options = &steps[&step.0];
            let next = options.iter().find(|o| o.0 != at && o.1 == step.1 && o.2 == step.2 && options.len() == 2);
            match next {
                Some(&next) if step.0 != from => {
                    at = step.0;
                    step = next;
                }
                _ => return line,
            }
        }
    };
    let ends = steps.iter().filter(|(_, o)| o.len() != 2);
    let loops = steps.iter().filter(|(_, o)| o.len() == 2);
    for (&corner, options) in ends.chain(loops) {
        for option in options {
            if used.contains(&(corner, option.0)) {
                continue;
            }
            let line = walk(corner, option, &mut used);
            let outside = option.1 < 0 || option.2 < 0;
            lines.push(smooth(&line, outside));
            sides.push((option.1, option.2));
        }
    }
    (lines, sides)
}

fn smooth(corners: &[Corner], straight: bool) -> Vec<P> {
    let mut line: Vec<P> = corners.iter().map(|&(c, r)| p(f64::from(c) * CELL - HALF.x, f64::from(r) * CELL - HALF.y)).collect();
    if straight {
        return crate::geometry::simplified(&line, 1.0);
    }
    for _ in 0..6 {
        let old = line.clone();
        for i in 1..line.len() - 1 {
            line[i] = (old[i - 1] + old[i] * 2.0 + old[i + 1]) * 0.25;
        }
    }
    crate::geometry::simplified(&line, 16.0)
}

/// The lines around one area, joined end to end.
fn outline(lines: &[Vec<P>], sides: &[(i32, i32)], label: i32) -> Vec<(usize, bool)> {
    let mut rest: Vec<usize> = (0..lines.len()).filter(|&l| sides[l].0 == label || sides[l].1 == label).collect();
    let mut out: Vec<(usize, bool)> = Vec::new();
    let same = |a: P, b: P| a.distance(b) < 1.0;
    while !rest.is_empty() {
        let next = match out.last() {
            None => Some((0, false)),
            Some(&(line, backwards)) => {
                let end = if backwards { lines[line][0] } else { lines[line][lines[line].len() - 1] };
                rest.iter().enumerate().find_map(|(k, &l)| {
                    let (first, last) = (lines[l][0], lines[l][lines[l].len() - 1]);
                    if same(first, end) { Some((k, false)) } else { same(last, end).then_some((k, true)) }
                })
            }
        };
        let Some((k, backwards)) = next else { break };
        out.push((rest.remove(k), backwards));
    }
    out
}

fn ring(lines: &[Vec<P>], outline: &[(usize, bool)]) -> Vec<P> {
    let mut ring: Vec<P> = Vec::new();
    for &(line, backwards) in outline {
        let mut part = lines[line].clone();
        if backwards {
            part.reverse();
        }
        part.pop();
        ring.extend(part);
    }
    ring
}
