//! The join to beat: equal names after a table of forty abbreviations, and the first crossing the two streets share. It uses nothing of
//! the crate but the list of roads, so that it cannot profit from what it is compared with.

use std::collections::{HashMap, HashSet};

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_road::{CrossingId, Network, RoadId};

use crate::data::Row;

const TABLE: [(&str, &str); 40] = [
    ("R", "RUA"),
    ("AV", "AVENIDA"),
    ("ESTR", "ESTRADA"),
    ("TRAV", "TRAVESSA"),
    ("TV", "TRAVESSA"),
    ("PCA", "PRACA"),
    ("PC", "PRACA"),
    ("LG", "LARGO"),
    ("BC", "BECO"),
    ("AL", "ALAMEDA"),
    ("AC", "ACESSO"),
    ("ACS", "ACESSO"),
    ("VDT", "VIADUTO"),
    ("ROD", "RODOVIA"),
    ("TUN", "TUNEL"),
    ("PSG", "PASSAGEM"),
    ("DR", "DOUTOR"),
    ("DRA", "DOUTORA"),
    ("PROF", "PROFESSOR"),
    ("PROFA", "PROFESSORA"),
    ("GEN", "GENERAL"),
    ("CEL", "CORONEL"),
    ("MAL", "MARECHAL"),
    ("DES", "DESEMBARGADOR"),
    ("ENG", "ENGENHEIRO"),
    ("PE", "PADRE"),
    ("SEN", "SENADOR"),
    ("DEP", "DEPUTADO"),
    ("PRES", "PRESIDENTE"),
    ("STO", "SANTO"),
    ("STA", "SANTA"),
    ("SRA", "SENHORA"),
    ("N", "NOSSA"),
    ("NS", "NOSSA SENHORA"),
    ("TEN", "TENENTE"),
    ("CAP", "CAPITAO"),
    ("MAJ", "MAJOR"),
    ("SGT", "SARGENTO"),
    ("ALM", "ALMIRANTE"),
    ("VER", "VEREADOR"),
];

/// A named street on the map farther than this from a record's coordinates: words and coordinates cannot both be true.
const CONTRADICTS_M: f64 = 200.0;

fn plain(name: &str) -> String {
    let lower = name.to_lowercase();
    let letters = lower.chars().filter(|c| *c != '\'').map(|c| match c {
        'á' | 'à' | 'â' | 'ã' | 'ä' => 'A',
        'é' | 'ê' | 'è' => 'E',
        'í' | 'ì' => 'I',
        'ó' | 'ô' | 'õ' | 'ö' => 'O',
        'ú' | 'ü' | 'ù' => 'U',
        'ç' => 'C',
        c if c.is_alphanumeric() => c.to_ascii_uppercase(),
        _ => ' ',
    });
    let letters: String = letters.collect();
    let words = letters.split_whitespace().map(|w| TABLE.iter().find(|(short, _)| *short == w).map_or(w, |(_, long)| long));
    words.collect::<Vec<_>>().join(" ")
}

/// The simplest learning: the middle-most point of earlier records with the same two names as written, else the join.
pub struct Memory<'a>(HashMap<(&'a str, &'a str), Vec<Point>>);

impl<'a> Memory<'a> {
    pub fn of(rows: impl Iterator<Item = &'a Row>) -> Self {
        let mut points: HashMap<(&str, &str), Vec<Point>> = HashMap::new();
        for row in rows.filter(|r| !r.second.is_empty() && r.point.lat != 0.0) {
            points.entry(row.pair()).or_default().push(row.point);
        }
        Self(points)
    }

    pub fn place(&self, row: &Row) -> Option<Point> {
        let Some(points) = self.0.get(&row.pair()) else { return row.joined };
        let sum = |p: &Point| points.iter().map(|q| haversine_m(*p, *q)).sum::<f64>();
        points.iter().min_by(|a, b| sum(a).total_cmp(&sum(b))).copied()
    }
}

struct Street {
    crossings: Vec<CrossingId>,
    lines: Vec<Vec<Point>>,
}

pub struct Join {
    streets: HashMap<String, Street>,
    points: HashMap<CrossingId, Point>,
}

impl Join {
    pub fn new(network: &Network) -> Self {
        let mut lines: HashMap<RoadId, Vec<Vec<Point>>> = HashMap::new();
        for (_, section) in network.sections() {
            lines.entry(section.road_id).or_default().push(section.line);
        }
        let mut streets: HashMap<String, Street> = HashMap::new();
        for (id, road) in network.roads().filter(|(_, r)| !r.name.is_empty()) {
            let street = streets.entry(plain(&road.name)).or_insert_with(|| Street { crossings: Vec::new(), lines: Vec::new() });
            street.crossings.extend(road.crossings);
            street.lines.extend(lines.remove(&id).unwrap_or_default());
        }
        Self { streets, points: network.crossings().map(|(id, c)| (id, c.point)).collect() }
    }

    pub fn crossing(&self, first: &str, second: &str) -> Option<Point> {
        let (a, b) = (self.streets.get(&plain(first))?, self.streets.get(&plain(second))?);
        let of_a: HashSet<&CrossingId> = a.crossings.iter().collect();
        let common = b.crossings.iter().find(|c| of_a.contains(c))?;
        self.points.get(common).copied()
    }

    /// Whether a street of exactly one of these names is on the map and farther than 200 m from the point.
    pub fn contradicts(&self, first: &str, second: &str, point: Point) -> bool {
        let far = |name: &str| self.streets.get(&plain(name)).is_some_and(|s| s.lines.iter().all(|l| away_m(point, l) > CONTRADICTS_M));
        far(first) || far(second)
    }
}

/// Distance from a point to a line, metres.
fn away_m(p: Point, line: &[Point]) -> f64 {
    let degree = gongzhi_civic::place::EARTH_RADIUS_M.to_radians();
    let kx = degree * p.lat.to_radians().cos();
    let at = |q: &Point| ((q.lon - p.lon) * kx, (q.lat - p.lat) * degree);
    let mut best = line.first().map_or(f64::MAX, |q| haversine_m(p, *q));
    for w in line.windows(2) {
        let (a, b) = (at(&w[0]), at(&w[1]));
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let square = dx * dx + dy * dy;
        let t = if square > 0.0 { (-(a.0 * dx + a.1 * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
        best = best.min((a.0 + dx * t).hypot(a.1 + dy * t));
    }
    best
}
