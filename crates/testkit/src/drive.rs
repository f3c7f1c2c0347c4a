//! Drives through a network whose truth is known, and what a positioning device would report of them.
//!
//! Nothing here is random: numbers come from a counter and a seed, so that the same call gives the same drive everywhere.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use gongzhi_civic::place::{EARTH_RADIUS_M, Point, haversine_m};
use gongzhi_road::{Class, EdgeView, Fix, Network};

/// Numbers from a seed and counters (SplitMix64: Steele, Lea & Flood, OOPSLA 2014).
#[derive(Clone, Copy, Debug)]
pub struct Numbers(pub u64);

impl Numbers {
    /// A number for two counters.
    #[must_use]
    pub const fn word(self, stream: u64, n: u64) -> u64 {
        let mut z = self
            .0
            .wrapping_add(stream.wrapping_mul(0xD1B5_4A32_D192_ED03))
            .wrapping_add(n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Even in 0..1.
    #[must_use]
    pub const fn even(self, stream: u64, n: u64) -> f64 {
        (self.word(stream, n) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Two independent standard normal numbers (Box & Muller 1958).
    #[must_use]
    pub fn normal(self, stream: u64, n: u64) -> (f64, f64) {
        let (u, v) = (self.even(stream, 2 * n).max(1e-300), self.even(stream, 2 * n + 1));
        let radius = (-2.0 * u.ln()).sqrt();
        let (sin, cos) = (2.0 * std::f64::consts::PI * v).sin_cos();
        (radius * cos, radius * sin)
    }
}

/// A point so many metres east and north of another.
#[must_use]
pub fn moved(p: Point, east_m: f64, north_m: f64) -> Point {
    let degree = EARTH_RADIUS_M.to_radians();
    Point::new(p.lon + east_m / (degree * p.lat.to_radians().cos()), p.lat + north_m / degree)
}

/// Where a vehicle truly was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// Milliseconds since the drive began.
    pub at_ms: i64,
    /// Which of the drive's edges.
    pub step: usize,
    /// That edge.
    pub edge: u32,
    /// Metres from its start.
    pub offset_m: f64,
    /// In its lane.
    pub point: Point,
    /// Degrees clockwise from north.
    pub heading_deg: f64,
    /// Metres a second.
    pub speed_mps: f64,
}

/// A drive, second by second.
#[derive(Clone, Debug, PartialEq)]
pub struct Drive {
    /// Edges in order.
    pub edges: Vec<u32>,
    /// Metres from the drive's start at which each edge begins.
    pub starts_m: Vec<f64>,
    /// One for each second.
    pub truth: Vec<Truth>,
}

/// How a device reports.
#[derive(Clone, Copy, Debug)]
pub struct Device {
    /// Seconds between fixes.
    pub every_s: usize,
    /// Standard deviation of each coordinate, metres.
    pub sigma_m: f64,
    /// Share of fixes 100 to 500 m off.
    pub outliers: f64,
    /// Whether heading (10° off) and speed are told.
    pub heading: bool,
}

/// A report and what is true of it.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// The report.
    pub fix: Fix,
    /// The truth.
    pub truth: Truth,
    /// It is far off.
    pub outlier: bool,
}

/// Roads laid out for driving.
pub struct Roads<'n> {
    network: &'n Network,
    edges: Vec<EdgeView>,
}

/// km/h driven on a class.
const fn speed_kmh(class: Class) -> f64 {
    match class {
        Class::Motorway => 95.0,
        Class::Trunk => 70.0,
        Class::Primary => 50.0,
        Class::Secondary | Class::Ramp => 45.0,
        Class::Tertiary | Class::Link => 38.0,
        Class::Unclassified | Class::Residential => 30.0,
        _ => 15.0,
    }
}

/// Whether cars drive there as a matter of course.
#[must_use]
pub fn drivable(edge: &EdgeView) -> bool {
    !edge.restricted && !matches!(edge.class, Class::Service | Class::Pedestrian | Class::Track) && edge.length_m > 0.0
}

impl<'n> Roads<'n> {
    /// Reads all edges once.
    #[must_use]
    pub fn new(network: &'n Network) -> Self {
        let edges = (0..network.counts().edges as u32).filter_map(|e| network.edge(e)).collect();
        Self { network, edges }
    }

    /// One edge.
    #[must_use]
    pub fn edge(&self, edge: u32) -> &EdgeView {
        &self.edges[edge as usize]
    }

    /// A place on a drivable road, even by length: edge, metres from its start, and the point.
    #[must_use]
    pub fn spot(&self, numbers: Numbers, n: u64) -> Option<(u32, f64, Point)> {
        let longest = self.edges.iter().map(|e| e.length_m).fold(0.0, f64::max).min(400.0);
        let edge = (0..10_000)
            .map(|i| (i, (numbers.even(21 + n, i) * self.edges.len() as f64) as u32))
            .find(|(i, e)| drivable(self.edge(*e)) && numbers.even(1_000_021 + n, *i) * longest < self.edge(*e).length_m);
        let (i, edge) = edge?;
        let metres = numbers.even(2_000_021 + n, i) * self.edge(edge).length_m;
        Some((edge, metres, along(&self.edge(edge).line, metres).0))
    }

    /// A drive of between `least_m` and `most_m` metres; `None` if this number leads into a corner of the network.
    #[must_use]
    pub fn drive(&self, seed: u64, number: u64, least_m: f64, most_m: f64) -> Option<Drive> {
        let numbers = Numbers(seed ^ number.wrapping_mul(0xA076_1D64_78BD_642F));
        let start = (0..200).map(|i| (numbers.even(1, i) * self.edges.len() as f64) as u32).find(|e| drivable(self.edge(*e)))?;
        let edges = self.way(numbers, start, least_m, most_m)?;
        Some(self.driven(numbers, edges))
    }

    /// A quick way from an edge to somewhere in the distance wanted, by the driver's own idea of how quick each road is.
    fn way(&self, numbers: Numbers, start: u32, least_m: f64, most_m: f64) -> Option<Vec<u32>> {
        let mut cost = vec![u64::MAX; self.network.counts().nodes];
        let mut metres = vec![0.0; cost.len()];
        let mut by = vec![u32::MAX; cost.len()];
        let mut heap = BinaryHeap::new();
        let first = self.edge(start);
        cost[first.to as usize] = 0;
        by[first.to as usize] = start;
        heap.push(Reverse((0u64, first.to)));
        let mut ends = Vec::new();
        while let Some(Reverse((c, node))) = heap.pop() {
            if c > cost[node as usize] {
                continue;
            }
            if metres[node as usize] >= least_m {
                ends.push(node);
            }
            if metres[node as usize] > most_m {
                continue;
            }
            for e in self.network.edges_from(node) {
                let edge = self.edge(e);
                if !drivable(edge) || edge.twin == Some(by[node as usize]) || edge.to == first.from {
                    continue;
                }
                let mood = 1.0 + 0.7 * numbers.even(2, u64::from(e));
                let c = c + (edge.length_m / speed_kmh(edge.class) * mood * 3_600.0) as u64 + 3_000;
                if c < cost[edge.to as usize] {
                    cost[edge.to as usize] = c;
                    metres[edge.to as usize] = metres[node as usize] + edge.length_m;
                    by[edge.to as usize] = e;
                    heap.push(Reverse((c, edge.to)));
                }
            }
        }
        let mut node = *ends.get((numbers.even(3, 0) * ends.len() as f64) as usize)?;
        let mut edges = vec![];
        while by[node as usize] != start {
            edges.push(by[node as usize]);
            node = self.edge(by[node as usize]).from;
        }
        edges.push(start);
        edges.reverse();
        Some(edges)
    }

    /// Drives along `edges` second by second, waiting at one junction in eight.
    #[must_use]
    pub fn driven(&self, numbers: Numbers, edges: Vec<u32>) -> Drive {
        let starts_m = edges
            .iter()
            .scan(0.0, |at, e| {
                let start = *at;
                *at += self.edge(*e).length_m;
                Some(start)
            })
            .collect();
        let mut truth = Vec::new();
        // A drive begins and ends somewhere along an edge, not at a node.
        let part = |step: usize, n: u64| self.edge(edges[step]).length_m * (0.1 + 0.8 * numbers.even(7, n));
        let end_m = part(edges.len() - 1, 1);
        let (mut step, mut offset_m, mut speed) = (0, part(0, 0), 5.0);
        let lane = numbers.even(4, 0);
        let haste = 0.8 + 0.4 * numbers.even(4, 1);
        let mut second = 0i64;
        while step + 1 < edges.len() || step < edges.len() && offset_m <= end_m {
            let edge = self.edge(edges[step]);
            let (on_line, heading_deg) = along(&edge.line, offset_m);
            // Somewhere in the lanes of the direction driven, which lie right of the line of a two-way road.
            let lanes = f64::from(edge.lanes.unwrap_or(if edge.twin.is_some() { 2 } else { 1 }).clamp(1, 8));
            let right = if edge.twin.is_some() { lane * lanes / 2.0 * 3.5 } else { (lane - 0.5) * (lanes - 1.0) * 3.5 };
            let (sin, cos) = heading_deg.to_radians().sin_cos();
            let point = moved(on_line, right * cos, -right * sin);
            truth.push(Truth { at_ms: second * 1_000, step, edge: edges[step], offset_m, point, heading_deg, speed_mps: speed });
            second += 1;
            let wanted = speed_kmh(edge.class) / 3.6 * haste;
            speed += (wanted - speed).clamp(-3.0, 1.8);
            offset_m += speed;
            while step < edges.len() && offset_m >= self.edge(edges[step]).length_m {
                offset_m -= self.edge(edges[step]).length_m;
                let waits = numbers.even(5, step as u64) < 0.125 && self.network.edges_from(self.edge(edges[step]).to).len() > 2;
                step += 1;
                if waits && step < edges.len() {
                    let at = truth[truth.len() - 1];
                    for _ in 0..(5.0 + 40.0 * numbers.even(6, step as u64)) as usize {
                        truth.push(Truth { at_ms: second * 1_000, speed_mps: 0.0, ..at });
                        second += 1;
                    }
                    speed = 2.0;
                    offset_m = offset_m.min(2.0);
                }
            }
        }
        Drive { edges, starts_m, truth }
    }
}

/// The point and heading so many metres along a line.
#[must_use]
pub fn along(line: &[Point], metres: f64) -> (Point, f64) {
    let mut left = metres;
    for (i, pair) in line.windows(2).enumerate() {
        let length = haversine_m(pair[0], pair[1]);
        if left <= length || i + 2 == line.len() {
            let share = if length > 0.0 { (left / length).clamp(0.0, 1.0) } else { 0.0 };
            let (dx, dy) = ((pair[1].lon - pair[0].lon) * pair[0].lat.to_radians().cos(), pair[1].lat - pair[0].lat);
            let at = Point::new(pair[0].lon + (pair[1].lon - pair[0].lon) * share, pair[0].lat + (pair[1].lat - pair[0].lat) * share);
            return (at, dx.atan2(dy).to_degrees().rem_euclid(360.0));
        }
        left -= length;
    }
    (line.first().copied().unwrap_or_default(), 0.0)
}

impl Drive {
    /// Metres from the drive's start.
    #[must_use]
    pub fn metres(&self, truth: &Truth) -> f64 {
        self.starts_m[truth.step] + truth.offset_m
    }

    /// What a device reports of the drive. The noise is round and Gaussian, independent from fix to fix.
    #[must_use]
    pub fn reports(&self, device: &Device, seed: u64) -> Vec<Report> {
        let numbers = Numbers(seed);
        self.truth
            .iter()
            .step_by(device.every_s.max(1))
            .enumerate()
            .map(|(i, truth)| {
                let n = i as u64;
                let outlier = numbers.even(11, n) < device.outliers;
                let (x, y) = numbers.normal(12, n);
                let mut off = (x * device.sigma_m, y * device.sigma_m);
                if outlier {
                    let (radius, angle) = (100.0 + 400.0 * numbers.even(13, n), 2.0 * std::f64::consts::PI * numbers.even(14, n));
                    off = (radius * angle.cos(), radius * angle.sin());
                }
                let heading = (truth.heading_deg + 10.0 * numbers.normal(15, n).0).rem_euclid(360.0);
                let fix = Fix {
                    point: moved(truth.point, off.0, off.1),
                    at_ms: truth.at_ms,
                    accuracy_m: Some(1.51 * device.sigma_m),
                    heading_deg: device.heading.then_some(heading),
                    speed_mps: device.heading.then_some(truth.speed_mps),
                    level: None,
                };
                Report { fix, truth: *truth, outlier }
            })
            .collect()
    }
}
