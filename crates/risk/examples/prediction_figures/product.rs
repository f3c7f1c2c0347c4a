//! The same question to the list of the product itself: crossings and sections, ranked as it ranks them.

use gongzhi_civic::place::Point;
use gongzhi_risk::hotspot::{Count, Method, PlaceEvents, PlaceKind, RankBy, rank_modelled};
use gongzhi_risk::score::{Bootstrap, Flagged, Unit, best, flagged};
use gongzhi_risk::significance::hexagon::{self, HexagonGrid};
use gongzhi_risk::significance::{Focal, getis_ord};
use gongzhi_road::import::{self, Options};
use gongzhi_road::{Network, PlaceRef};
use std::collections::{BTreeMap, HashMap};

use crate::real::{self, Crash};
use crate::{SHARES, interval};

/// A crash farther from any street is left out.
const SNAP_M: f64 = 50.0;
/// From a hexagon's centre to its corner, as the list has it.
const HEXAGON_M: f64 = 300.0;

struct City {
    network: Network,
    places: Vec<PlaceEvents>,
    points: Vec<Point>,
    areas: Vec<u32>,
    number: HashMap<PlaceRef, usize>,
}

impl City {
    fn new() -> Option<Self> {
        let map = real::bytes("osm/porto_alegre.osm.pbf")?;
        let network = Network::from_vec(import::osm(&map, &Options::default(), &mut |_| {}).unwrap().bytes).unwrap();
        let (mut places, mut points, mut number) = (Vec::new(), Vec::new(), HashMap::new());
        for (id, c) in network.crossings() {
            number.insert(PlaceRef::Crossing(id), places.len());
            points.push(c.point);
            let class = if c.signal { "signal" } else { "plain" }.to_owned();
            let legs = u32::try_from(c.roads.len()).unwrap().max(1);
            places.push(PlaceEvents { key: c.key, kind: PlaceKind::Crossing, class, length_m: 0.0, legs, counts: Vec::new() });
        }
        for (id, s) in network.sections().filter(|(_, s)| s.length_m > 1.0) {
            number.insert(PlaceRef::Section(id), places.len());
            points.push(s.line[s.line.len() / 2]);
            let class = s.class.word().to_owned();
            places.push(PlaceEvents { key: s.key, kind: PlaceKind::Section, class, length_m: s.length_m, legs: 1, counts: Vec::new() });
        }
        let mut squares = BTreeMap::new();
        let areas = points
            .iter()
            .map(|p| {
                let next = squares.len() as u32;
                // Squares of about a kilometre.
                *squares.entry(((p.lon * 96.0).floor() as i64, (p.lat * 111.0).floor() as i64)).or_insert(next)
            })
            .collect();
        Some(Self { network, places, points, areas, number })
    }

    /// Crashes by place.
    fn count(&self, crashes: &[Crash]) -> Vec<u64> {
        let mut n = vec![0; self.places.len()];
        for crash in crashes {
            let Some(snap) = self.network.snap(Point::new(crash.lon, crash.lat), SNAP_M) else { continue };
            let place = snap.crossing.map_or(PlaceRef::Section(snap.section), |(id, _)| PlaceRef::Crossing(id));
            if let Some(&at) = self.number.get(&place) {
                n[at] += 1;
            }
        }
        n
    }

    fn gi(&self, crashes: &[Crash]) -> Vec<f64> {
        let bounds = self.network.bounds();
        let grid = HexagonGrid::new(bounds.center(), HEXAGON_M).unwrap();
        let mut units = grid.counts(crashes.iter().map(|c| Point::new(c.lon, c.lat)).filter(|p| bounds.contains(*p)));
        for hexagon in (0..self.network.counts().nodes as u32).filter_map(|n| grid.at(self.network.node_point(n)?)) {
            units.entry(hexagon).or_default();
        }
        let hexagons: Vec<_> = units.keys().copied().collect();
        let values: Vec<f64> = units.values().map(|&n| f64::from(n)).collect();
        let gi = getis_ord(&values, &hexagon::weights(&hexagons, 1).unwrap(), Focal::Included).unwrap();
        let of: HashMap<_, f64> = hexagons.into_iter().zip(gi.z).collect();
        self.points.iter().map(|p| grid.at(*p).and_then(|h| of.get(&h)).copied().unwrap_or(f64::MIN)).collect()
    }
}

/// Prints the table.
pub fn product(bootstrap: &Bootstrap) {
    let Some(city) = City::new() else { return };
    let crashes = |years: &[i16]| -> Vec<Crash> { years.iter().filter_map(|&y| real::porto_alegre(y)).flatten().collect() };
    let street = |p: &PlaceEvents| p.street_m() / 1_000.0;
    println!("### The list of the product: crossings and sections\n");
    println!(
        "{} crossings and {} sections of the same city, as the hot-spot list has them; a crossing takes 30 m of each leg. Lists of equal length of street.\n",
        city.places.iter().filter(|p| p.kind == PlaceKind::Crossing).count(),
        city.places.iter().filter(|p| p.kind == PlaceKind::Section).count(),
    );
    println!(
        "| years | ranked by | PAI at 0.5 % | 1 % | 2 % | 5 % | hit rate at 1 % | 5 % | PEI* at 1 % | 5 % |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    );
    for (learnt, year) in [(vec![2011, 2013], 2014), (vec![2011, 2013, 2014], 2015), (vec![2011, 2013, 2014, 2015], 2016)] {
        let known = crashes(&learnt);
        let mut places = city.places.clone();
        for (place, n) in places.iter_mut().zip(city.count(&known)) {
            place.counts = vec![Count { kind: "crash".into(), severity: None, n }];
        }
        let hits = city.count(&crashes(&[year]));
        let units: Vec<Unit> = places.iter().zip(&hits).map(|(p, &n)| Unit { length: street(p), hits: n as f64 }).collect();
        let by = |pick: fn(&gongzhi_risk::hotspot::Ranked) -> f64| -> Vec<f64> {
            let mut scores = vec![0.0; places.len()];
            let (ranked, _) = rank_modelled(&places, learnt.len() as f64, &Method { rank_by: RankBy::Count, ..Method::default() }).unwrap();
            ranked.iter().for_each(|r| scores[r.index] = pick(r));
            scores
        };
        let rows = [
            ("count", by(|r| r.n as f64)),
            ("Gi* of the hexagon", city.gi(&known)),
            ("excess", by(|r| r.excess)),
            ("estimate per km", by(|r| r.per_km)),
        ];
        for (i, (name, scores)) in rows.iter().enumerate() {
            let head = if i == 0 { format!("{} → {year}", crate::list(&learnt)) } else { String::new() };
            let pai: Vec<String> = SHARES.iter().map(|&s| interval(&bootstrap.pai(&units, scores, &city.areas, s).unwrap())).collect();
            let at: Vec<Flagged> = SHARES.iter().map(|&s| flagged(&units, scores, s).unwrap()).collect();
            println!(
                "| {head} | {name} | {} | {:.1} % | {:.1} % | {:.2} | {:.2} |",
                pai.join(" | "),
                at[1].hit_rate * 100.0,
                at[3].hit_rate * 100.0,
                at[1].pei,
                at[3].pei
            );
        }
        let ceiling: Vec<String> = SHARES.iter().map(|&s| format!("{:.1}", best(&units, s).unwrap().pai)).collect();
        println!("| | *ceiling* | {} | | | 1.00 | 1.00 |", ceiling.join(" | "));
    }
    println!();
}
