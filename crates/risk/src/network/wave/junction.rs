//! Streets and junctions as a wave passes them.
//!
//! A *port* is an end of a street at a junction: a wave leaves the junction by it and arrives by it. Ports that a street
//! shorter than one step joins belong to one junction, which is solved as a whole: what goes to and fro on the short street
//! within a step is summed up beforehand (a linear system), so no street is too short for a step.

use super::super::walk::{Entry, Walks};
use super::super::{Edge, Graph};

/// Steps that are taken at a time. Streets longer than that join no two junctions within a block, so that each junction
/// takes the whole block by itself; those that shorter streets join take it step by step, together.
pub(super) const BLOCK: usize = 16;

/// Most ports of a junction that is solved as a whole: the work for each step is their square.
const MOST_SOLVED: u32 = 64;

/// Smallest pivot that is taken for a number.
const LEAST_PIVOT: f64 = 1e-12;

/// Least part of a step that a street takes. A ring of streets without any length has a wave of its own that runs round it
/// for ever, and the system no single solution; nothing ever sets off that wave, and a length that cannot be seen ends it.
const LEAST_PART: f64 = 1e-9;

/// How many steps a street takes: whole ones, and the part of a step that is left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delay {
    pub(super) whole: u32,
    pub(super) part: f64,
}

/// What a junction does with what arrives.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scatter {
    /// One node: into every other street, and back.
    Node { through: f64, back: f64 },
    /// Several nodes: a square matrix among [`Ports::matrices`], row by row.
    Solved(usize),
}

/// Ports that scatter together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Junction {
    pub(super) first: u32,
    pub(super) scatter: Scatter,
}

/// Junctions that must go step by step together, being joined by streets shorter than a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) first: u32,
    /// A single node with no street shorter than a block.
    pub(super) single: bool,
}

/// All ports of a network, in the order of their junctions and these in the order of their groups.
#[derive(Clone, Debug)]
pub(super) struct Ports {
    /// How one enters the street by each port.
    pub(super) entry: Vec<Entry>,
    /// The port by which each entry is made.
    pub(super) of_entry: Vec<u32>,
    /// The port at the other end of the street.
    pub(super) twin: Vec<u32>,
    pub(super) delay: Vec<Delay>,
    /// One more than there are; so are the groups.
    pub(super) junctions: Vec<Junction>,
    pub(super) groups: Vec<Group>,
    pub(super) matrices: Vec<f64>,
    /// Streets shorter than a step that take a whole one.
    pub(super) stretched: usize,
}

/// Sets of nodes, each known by its first node.
struct Sets(Vec<u32>);

impl Sets {
    fn new(nodes: u32) -> Self {
        Self((0..nodes).collect())
    }

    fn of(&mut self, node: u32) -> u32 {
        let mut at = node as usize;
        while self.0[at] as usize != at {
            self.0[at] = self.0[self.0[at] as usize];
            at = self.0[at] as usize;
        }
        self.0[at]
    }

    fn unite(&mut self, a: u32, b: u32) {
        let (a, b) = (self.of(a), self.of(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

impl Ports {
    pub(super) fn new(graph: &Graph, walks: &Walks, step_m: f64) -> Self {
        let mut delay: Vec<Delay> = graph.edges().iter().map(|edge| delay(edge, step_m)).collect();
        let mut solved = short_streets_joined(graph, &mut delay);
        let roots: Vec<u32> = (0..graph.nodes()).map(|node| solved.of(node)).collect();
        let mut scatters = solve(graph, walks, &roots, &mut delay);
        // A cluster without a solution falls apart into its nodes.
        let cluster: Vec<u32> =
            (0_u32..).zip(&roots).map(|(node, &root)| if scatters.of_root[root as usize].is_some() { root } else { node }).collect();
        let mut blocks = Sets::new(graph.nodes());
        let mut alone = vec![true; graph.nodes() as usize];
        for (edge, delay) in graph.edges().iter().zip(&delay) {
            if (delay.whole as usize) < BLOCK {
                blocks.unite(edge.from, edge.to);
                alone[edge.from as usize] = false;
                alone[edge.to as usize] = false;
            }
        }
        let mut order: Vec<(u32, u32, u32)> = (0..graph.nodes())
            .filter(|&node| !graph.at(node).is_empty())
            .map(|node| (blocks.of(node), cluster[node as usize], node))
            .collect();
        order.sort_unstable();
        let ends = graph.edges().len() * 2;
        let mut ports = Self {
            entry: Vec::with_capacity(ends),
            of_entry: vec![0; ends],
            twin: Vec::new(),
            delay: Vec::with_capacity(ends),
            junctions: Vec::new(),
            groups: Vec::new(),
            matrices: std::mem::take(&mut scatters.matrices),
            stretched: delay.iter().zip(graph.edges()).filter(|(d, e)| d.whole == 1 && e.length_m < step_m).count(),
        };
        let mut before = None;
        for &(group, cluster, node) in &order {
            let here = graph.at(node);
            if before.is_none_or(|(of, _)| of != group) {
                ports.groups.push(Group { first: ports.junctions.len() as u32, single: alone[node as usize] });
            }
            if before != Some((group, cluster)) {
                let (through, back) = walks.shares(here.len());
                let scatter = scatters.of_root[cluster as usize].map_or(Scatter::Node { through, back }, Scatter::Solved);
                ports.junctions.push(Junction { first: ports.entry.len() as u32, scatter });
            }
            before = Some((group, cluster));
            for &(edge, at_end) in here {
                let entry = 2 * edge + u32::from(at_end);
                ports.of_entry[entry as usize] = ports.entry.len() as u32;
                ports.entry.push(entry);
                ports.delay.push(delay[edge as usize]);
            }
        }
        ports.groups.push(Group { first: ports.junctions.len() as u32, single: true });
        ports.junctions.push(Junction { first: ports.entry.len() as u32, scatter: Scatter::Node { through: 0.0, back: 0.0 } });
        ports.twin = ports.entry.iter().map(|&entry| ports.of_entry[(entry ^ 1) as usize]).collect();
        ports
    }
}

fn delay(edge: &Edge, step_m: f64) -> Delay {
    let steps = edge.length_m / step_m;
    // Longer than any march.
    let steps = steps.min(f64::from(u32::MAX / 4));
    let (whole, part) = (steps as u32, steps - steps.floor());
    Delay { whole, part: if whole == 0 { part.max(LEAST_PART) } else { part } }
}

/// Joins nodes by streets shorter than a step, the shortest first; a street that would make a junction of too many ports
/// is stretched to a step.
fn short_streets_joined(graph: &Graph, delay: &mut [Delay]) -> Sets {
    let mut sets = Sets::new(graph.nodes());
    let mut ports: Vec<u32> = (0..graph.nodes()).map(|node| graph.at(node).len() as u32).collect();
    let mut short: Vec<u32> = (0_u32..).zip(&*delay).filter(|(_, delay)| delay.whole == 0).map(|(edge, _)| edge).collect();
    short.sort_unstable_by(|&a, &b| delay[a as usize].part.total_cmp(&delay[b as usize].part).then(a.cmp(&b)));
    for number in short {
        let edge = graph.edges()[number as usize];
        let (a, b) = (sets.of(edge.from), sets.of(edge.to));
        let together = if a == b { ports[a as usize] } else { ports[a as usize] + ports[b as usize] };
        if together > MOST_SOLVED {
            delay[number as usize] = Delay { whole: 1, part: 0.0 };
            continue;
        }
        sets.unite(a, b);
        ports[a.min(b) as usize] = together;
    }
    sets
}

/// The matrices of the joined nodes, and by the first node of each where its matrix starts.
struct Solved {
    of_root: Vec<Option<usize>>,
    matrices: Vec<f64>,
}

fn solve(graph: &Graph, walks: &Walks, roots: &[u32], delay: &mut [Delay]) -> Solved {
    let mut joined: Vec<(u32, u32)> = Vec::new();
    let mut any = vec![false; roots.len()];
    for (edge, delay) in graph.edges().iter().zip(&*delay) {
        any[roots[edge.from as usize] as usize] |= delay.whole == 0;
    }
    joined.extend((0_u32..).zip(roots).filter(|&(_, &root)| any[root as usize]).map(|(node, &root)| (root, node)));
    joined.sort_unstable();
    let mut solved = Solved { of_root: vec![None; roots.len()], matrices: Vec::new() };
    for cluster in joined.chunk_by(|a, b| a.0 == b.0) {
        match matrix(graph, walks, cluster, delay) {
            Some(matrix) => {
                solved.of_root[cluster[0].0 as usize] = Some(solved.matrices.len());
                solved.matrices.extend(matrix);
            }
            None => {
                for (edge, _) in cluster.iter().flat_map(|&(_, node)| graph.at(node)) {
                    if delay[*edge as usize].whole == 0 {
                        delay[*edge as usize] = Delay { whole: 1, part: 0.0 };
                    }
                }
            }
        }
    }
    solved
}

/// What the ports of joined nodes send out for what arrives. With `S` the nodes' own factors and `E` the part of a pulse
/// that passes a short street within the step, `x = S·(a + E·x)` is solved for `x`. Nothing if there is no solution, or
/// if no longer street leads out.
fn matrix(graph: &Graph, walks: &Walks, cluster: &[(u32, u32)], delay: &[Delay]) -> Option<Vec<f64>> {
    let ends: Vec<(Entry, usize)> = cluster
        .iter()
        .enumerate()
        .flat_map(|(node, &(_, number))| graph.at(number).iter().map(move |&(edge, end)| (2 * edge + u32::from(end), node)))
        .collect();
    if ends.iter().all(|end| delay[end.0 as usize / 2].whole == 0) {
        return None;
    }
    let n = ends.len();
    let mut own = vec![0.0; n * n];
    let mut left = vec![0.0; n * n];
    for row in 0..n {
        left[row * n + row] += 1.0;
        let (through, back) = walks.shares(graph.at(cluster[ends[row].1].1).len());
        for column in (0..n).filter(|&column| ends[column].1 == ends[row].1) {
            let share = if row == column { back } else { through };
            own[row * n + column] = share;
            let Delay { whole, part } = delay[ends[column].0 as usize / 2];
            if whole == 0 {
                let twin = ends.iter().position(|end| end.0 == ends[column].0 ^ 1)?;
                left[row * n + twin] -= share * (1.0 - part);
            }
        }
    }
    // Elimination with the largest pivot of each column.
    for column in 0..n {
        let pivot = (column..n).max_by(|&a, &b| left[a * n + column].abs().total_cmp(&left[b * n + column].abs()))?;
        if left[pivot * n + column].abs() < LEAST_PIVOT {
            return None;
        }
        for k in 0..n {
            left.swap(pivot * n + k, column * n + k);
            own.swap(pivot * n + k, column * n + k);
        }
        for row in (0..n).filter(|&row| row != column) {
            let factor = left[row * n + column] / left[column * n + column];
            if factor != 0.0 {
                for k in 0..n {
                    left[row * n + k] -= factor * left[column * n + k];
                    own[row * n + k] -= factor * own[column * n + k];
                }
            }
        }
    }
    for row in 0..n {
        let pivot = left[row * n + row];
        own[row * n..(row + 1) * n].iter_mut().for_each(|entry| *entry /= pivot);
    }
    Some(own)
}
