//! Cities cut into units, and their crashes put onto them by year.

use gongzhi_civic::place::Point;
use gongzhi_risk::network::{Edge, Event, Graph};
use gongzhi_road::Network;
use gongzhi_road::import::{self, Options};
use std::collections::{BTreeMap, BTreeSet};

use crate::real::{self, Crash};

/// Streets are cut at junctions and into pieces no longer than this.
pub const PIECE_M: f64 = 150.0;
/// A crash farther from any street is left out.
const SNAP_M: f64 = 50.0;
/// Side of a cell where there are no streets in the data.
pub const CELL_M: f64 = 250.0;
/// Cells within this distance of a crash of the years learnt from are the area.
const NEAR_M: f64 = 1_000.0;

/// What can be flagged.
pub struct Site {
    pub length: f64,
    pub x_m: f64,
    pub y_m: f64,
    pub class: String,
    /// Square that is drawn as one by the bootstrap.
    pub area: u32,
}

/// A crash on its unit.
#[derive(Clone, Copy)]
pub struct Placed {
    pub site: u32,
    pub x_m: f64,
    pub y_m: f64,
    pub on_street: Event,
    pub weight: f64,
}

pub struct Streets {
    pub graph: Graph,
    /// Number of the first unit of each edge.
    pub first: Vec<u32>,
}

pub struct Case {
    pub name: String,
    pub sites: Vec<Site>,
    pub years: Vec<(i16, Vec<Placed>)>,
    pub streets: Option<Streets>,
    /// Crashes left out: outside the streets' box, or far from any street.
    pub left_out: usize,
}

impl Case {
    pub fn of(&self, years: &[i16]) -> Vec<Placed> {
        self.years.iter().filter(|y| years.contains(&y.0)).flat_map(|y| y.1.iter().copied()).collect()
    }
}

/// A plane about a point: metres east and north.
struct Plane {
    middle: Point,
    east: f64,
}

impl Plane {
    const NORTH: f64 = 111_195.0;

    fn about(middle: Point) -> Self {
        Self { middle, east: Self::NORTH * middle.lat.to_radians().cos() }
    }

    fn to_m(&self, lon: f64, lat: f64) -> (f64, f64) {
        ((lon - self.middle.lon) * self.east, (lat - self.middle.lat) * Self::NORTH)
    }
}

/// Numbers squares of `side` metres in order of first appearance.
#[derive(Default)]
struct Squares(BTreeMap<(i64, i64), u32>);

impl Squares {
    fn number(&mut self, x: f64, y: f64, side: f64) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(((x / side).floor() as i64, (y / side).floor() as i64)).or_insert(next)
    }
}

/// Porto Alegre on its streets.
pub fn porto_alegre() -> Option<Case> {
    let map = real::bytes("osm/porto_alegre.osm.pbf")?;
    let network = Network::from_vec(import::osm(&map, &Options::default(), &mut |_| {}).unwrap().bytes).unwrap();
    let (lines, on) = network.street_lines();
    let bounds = network.bounds();
    let plane = Plane::about(Point::new(f64::midpoint(bounds.west, bounds.east), f64::midpoint(bounds.south, bounds.north)));
    let (mut sites, mut first, mut areas) = (Vec::new(), vec![0_u32], Squares::default());
    for line in &lines {
        let view = network.edge(line.edge).unwrap();
        let pieces = (line.length_m / PIECE_M).ceil().max(1.0);
        for piece in 0..pieces as u32 {
            let (x_m, y_m) = along(&view.line, (f64::from(piece) + 0.5) / pieces, &plane);
            let area = areas.number(x_m, y_m, 1_000.0);
            sites.push(Site { length: line.length_m / pieces, x_m, y_m, class: view.class.word().to_owned(), area });
        }
        first.push(sites.len() as u32);
    }
    let edges = lines.iter().map(|l| Edge { from: l.from, to: l.to, length_m: l.length_m, oneway: l.oneway }).collect();
    let graph = Graph::new(network.counts().nodes as u32, edges).unwrap();
    let mut left_out = 0;
    let mut place = |crash: &Crash| {
        let Some(snap) = network.snap(Point::new(crash.lon, crash.lat), SNAP_M) else {
            left_out += 1;
            return None;
        };
        let at = on[snap.edge as usize];
        let length = lines[at.line as usize].length_m;
        let offset_m = if at.against { length - snap.offset_m } else { snap.offset_m }.clamp(0.0, length);
        let (from, to) = (first[at.line as usize], first[at.line as usize + 1]);
        let piece = if length > 0.0 { (offset_m / length * f64::from(to - from)) as u32 } else { 0 };
        let (x_m, y_m) = plane.to_m(crash.lon, crash.lat);
        let on_street = Event { edge: at.line, offset_m, w: 1.0 };
        Some(Placed { site: (from + piece).min(to - 1), x_m, y_m, on_street, weight: crash.weight })
    };
    let mut years = Vec::new();
    for year in real::PORTO_ALEGRE {
        years.push((year, real::porto_alegre(year)?.iter().filter_map(&mut place).collect()));
    }
    Some(Case { name: "Porto Alegre".into(), sites, years, streets: Some(Streets { graph, first }), left_out })
}

/// The point at a share of a line.
fn along(line: &[Point], share: f64, plane: &Plane) -> (f64, f64) {
    let points: Vec<(f64, f64)> = line.iter().map(|p| plane.to_m(p.lon, p.lat)).collect();
    let lengths: Vec<f64> = points.windows(2).map(|w| (w[1].0 - w[0].0).hypot(w[1].1 - w[0].1)).collect();
    let mut left = lengths.iter().sum::<f64>() * share;
    for (w, length) in points.windows(2).zip(&lengths) {
        if left <= *length && *length > 0.0 {
            let u = left / length;
            return (w[0].0 + u * (w[1].0 - w[0].0), w[0].1 + u * (w[1].1 - w[0].1));
        }
        left -= length;
    }
    points.last().copied().unwrap_or_default()
}

/// A place without streets in the data: squares within a kilometre of any crash of the years `learnt`.
pub fn cells(name: &str, crashes: &[Crash], learnt: &[i16]) -> Case {
    let sound: Vec<&Crash> = crashes.iter().filter(|c| c.lon != 0.0 && c.lat != 0.0).collect();
    let n = sound.len() as f64;
    let middle = Point::new(sound.iter().map(|c| c.lon).sum::<f64>() / n, sound.iter().map(|c| c.lat).sum::<f64>() / n);
    let plane = Plane::about(middle);
    let cell = |x: f64, y: f64| ((x / CELL_M).floor() as i64, (y / CELL_M).floor() as i64);
    let reach = (NEAR_M / CELL_M) as i64;
    let mut inside = BTreeSet::new();
    for crash in sound.iter().filter(|c| learnt.contains(&c.year())) {
        let (x, y) = plane.to_m(crash.lon, crash.lat);
        let (column, row) = cell(x, y);
        let near = (-reach..=reach).flat_map(|dx| (-reach..=reach).map(move |dy| (dx, dy)));
        inside.extend(near.filter(|(dx, dy)| dx * dx + dy * dy <= reach * reach).map(|(dx, dy)| (column + dx, row + dy)));
    }
    let mut areas = Squares::default();
    let numbers: BTreeMap<(i64, i64), u32> = inside.iter().copied().zip(0..).collect();
    let sites = inside
        .iter()
        .map(|&(column, row)| {
            let (x_m, y_m) = ((column as f64 + 0.5) * CELL_M, (row as f64 + 0.5) * CELL_M);
            Site { length: 1.0, x_m, y_m, class: String::new(), area: areas.number(x_m, y_m, 5_000.0) }
        })
        .collect();
    let (mut years, mut left_out) = (BTreeMap::<i16, Vec<Placed>>::new(), crashes.len() - sound.len());
    for crash in sound {
        let (x_m, y_m) = plane.to_m(crash.lon, crash.lat);
        match numbers.get(&cell(x_m, y_m)) {
            Some(&site) => {
                let on_street = Event { edge: 0, offset_m: 0.0, w: 1.0 };
                years.entry(crash.year()).or_default().push(Placed { site, x_m, y_m, on_street, weight: crash.weight });
            }
            None => left_out += 1,
        }
    }
    Case { name: name.to_owned(), sites, years: years.into_iter().collect(), streets: None, left_out }
}
