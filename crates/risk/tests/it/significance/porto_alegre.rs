//! On real streets and real crashes: Porto Alegre 2014 and 2015, read from the folder named by `GONGZHI_TEST_DATA`.

use gongzhi_civic::place::Point;
use gongzhi_risk::network::{Edge, Event, Graph};
use gongzhi_risk::random::{Alias, Stream};
use gongzhi_risk::significance::hexagon::{Hexagon, HexagonGrid};
use gongzhi_risk::significance::{
    ChangeMethod, Focal, Reach, ScanMethod, Slices, Weights, changes, false_discovery, getis_ord, neighbourhood_excess, scan, slices,
};
use gongzhi_road::Network;
use gongzhi_road::import::{Options, osm};
use std::io::Read;
use std::path::{Path, PathBuf};

struct Crash {
    at: Point,
    day: u32,
}

fn data() -> Option<PathBuf> {
    let root = std::env::var_os("GONGZHI_TEST_DATA").map(PathBuf::from).filter(|root| root.join("crash/porto_alegre").is_dir());
    if root.is_none() {
        eprintln!("SKIPPED: crashes of Porto Alegre are not there; set GONGZHI_TEST_DATA");
    }
    root
}

/// Crashes inside the box of the street network.
fn crashes(root: &Path, year: u32) -> Vec<Crash> {
    let packed = std::fs::File::open(root.join(format!("crash/porto_alegre/acidentes-{year}.csv.xz"))).unwrap();
    let mut text = Vec::new();
    xz2::read::XzDecoder::new(packed).read_to_end(&mut text).unwrap();
    let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_slice());
    let headers = rows.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (lon, lat, day) = (column("LONGITUDE"), column("LATITUDE"), column("DIA"));
    let of = |row: csv::StringRecord| {
        let at = Point::valid(row[lon].parse().ok()?, row[lat].parse().ok()?)?;
        let inside = (-51.2664..-51.1322).contains(&at.lon) && (-30.1133..-29.9876).contains(&at.lat);
        inside.then_some(Crash { at, day: row[day].parse().ok()? })
    };
    rows.records().filter_map(|row| of(row.unwrap())).collect()
}

/// The city's streets in slices of at most 100 m, and events counted on them.
struct City {
    cut: Slices,
    counts: Vec<u32>,
    lengths: Vec<f64>,
}

fn city(root: &Path, crashes: &[Crash]) -> City {
    let packed = std::fs::read(root.join("osm/porto_alegre.osm.pbf")).unwrap();
    let network = Network::from_vec(osm(packed.as_slice(), &Options::default(), &mut |_| {}).unwrap().bytes).unwrap();
    let (lines, on) = network.street_lines();
    let edges: Vec<Edge> = lines.iter().map(|l| Edge { from: l.from, to: l.to, length_m: l.length_m, oneway: l.oneway }).collect();
    let graph = Graph::new(network.counts().nodes as u32, edges).unwrap();
    let event = |crash: &Crash| {
        let snap = network.snap(crash.at, 50.0)?;
        let on = on[snap.edge as usize];
        let length_m = graph.edges()[on.line as usize].length_m;
        let offset_m = f64::from(snap.offset_m).min(length_m);
        Some(Event { edge: on.line, offset_m: if on.against { length_m - offset_m } else { offset_m }, w: 1.0 })
    };
    let events: Vec<Event> = crashes.iter().filter_map(event).collect();
    assert!(events.len() * 10 > crashes.len() * 9, "{} of {} crashes lie within 50 m of a street", events.len(), crashes.len());
    let cut = slices(&graph, 100.0).unwrap();
    let (counts, lengths) = (cut.counts(&events), cut.graph.edges().iter().map(|edge| edge.length_m.max(1.0)).collect());
    City { cut, counts, lengths }
}

#[test]
fn crashes_cluster_beyond_chance_and_crashes_thrown_by_length_do_not() {
    let Some(root) = data() else { return };
    let city = city(&root, &crashes(&root, 2015));
    let reach = Reach::on_network(&city.cut.graph, 300.0).unwrap();
    let method = ScanMethod { replicates: 99, ..ScanMethod::default() };
    let found = scan(&reach, &city.counts, &city.lengths, method).unwrap();
    let first = &found.clusters[0];
    assert!(first.p == Some(0.01) && first.ratio > 5.0 && first.radius_m <= 300.0, "{} of {:.1}, p {:?}", first.n, first.expected, first.p);
    assert_eq!(first.n, first.units.iter().map(|&unit| u64::from(city.counts[unit as usize])).sum::<u64>());

    let (table, mut stream) = (Alias::new(&city.lengths).unwrap(), Stream::new(2_015, 0));
    let mut thrown = vec![0_u32; city.lengths.len()];
    (0..found.n).for_each(|_| thrown[table.at(stream.bits())] += 1);
    let null = scan(&reach, &thrown, &city.lengths, method).unwrap();
    assert!(null.clusters[0].p.unwrap() > 0.05, "{:?}", null.clusters[0].p);

    // What is hot by Gi* on rates and what is more than length explains are not the same question, but not strangers either.
    let weights = Weights::within(&reach, 150.0).unwrap();
    let rates: Vec<f64> = city.counts.iter().zip(&city.lengths).map(|(n, length)| f64::from(*n) / length).collect();
    let star = getis_ord(&rates, &weights, Focal::Included).unwrap();
    let excess = neighbourhood_excess(&city.counts, &city.lengths, &weights).unwrap();
    let q = false_discovery(&excess.upper, gongzhi_risk::significance::Correction::BenjaminiYekutieli);
    let marked: Vec<usize> = (0..q.len()).filter(|&unit| q[unit] <= 0.05).collect();
    let mean = |units: &mut dyn Iterator<Item = usize>| {
        let z: Vec<f64> = units.map(|unit| star.z[unit]).collect();
        z.iter().sum::<f64>() / z.len() as f64
    };
    assert!(marked.len() > 100 && mean(&mut marked.iter().copied()) > 2.0 * mean(&mut (0..q.len())).max(0.5), "{} marked", marked.len());
    let q = false_discovery(&neighbourhood_excess(&thrown, &city.lengths, &weights).unwrap().upper, Default::default());
    assert!(q.iter().all(|q| *q > 0.05), "nothing stands out of what was thrown by length");
}

/// Days with odd numbers against days with even ones: nothing differs between them, so nothing may be marked. Two years differ.
#[test]
fn odd_days_and_even_days_are_alike() {
    let Some(root) = data() else { return };
    let grid = HexagonGrid::new(Point::new(-51.2, -30.05), 300.0).unwrap();
    let (then, now) = (crashes(&root, 2014), crashes(&root, 2015));
    let compare = |now: &dyn Fn(&Crash) -> bool, then: &[Crash], all: &[Crash], method: ChangeMethod| {
        let now = grid.counts(all.iter().filter(|c| now(c)).map(|c| c.at));
        let then = grid.counts(then.iter().map(|c| c.at));
        let mut hexagons: Vec<Hexagon> = now.keys().chain(then.keys()).copied().collect();
        hexagons.sort_unstable();
        hexagons.dedup();
        let of = |counts: &std::collections::BTreeMap<Hexagon, u32>| -> Vec<u32> {
            hexagons.iter().map(|hexagon| counts.get(hexagon).copied().unwrap_or(0)).collect()
        };
        changes(&of(&now), &of(&then), method).unwrap()
    };
    let even: Vec<Crash> = now.iter().filter(|c| c.day % 2 == 0).map(|c| Crash { ..*c }).collect();
    // 2015 has 186 odd days (seven months of 31 days, and none of 29) and 179 even ones.
    let method = ChangeMethod { exposure_now: 186.0, exposure_then: 179.0, ..ChangeMethod::default() };
    let alike = compare(&|crash| crash.day % 2 == 1, &even, &now, method);
    assert_eq!(alike.n_now + alike.n_then, now.len() as u64);
    assert!(alike.tested > 100, "{} hexagons tested", alike.tested);
    assert_eq!(alike.places.iter().filter(|place| place.significant).count(), 0);

    let years = compare(&|_| true, &then, &now, ChangeMethod { exposure_now: 365.0, exposure_then: 365.0, ..ChangeMethod::default() });
    assert_eq!((years.n_then, years.n_now), (13_885, 15_868));
    let marked = years.places.iter().filter(|place| place.significant).count();
    assert!(marked > 0 && marked < years.tested / 2, "{marked} of {} hexagons", years.tested);
    let city = gongzhi_risk::compare::rates(years.n_now, 365.0, years.n_then, 365.0).unwrap();
    assert!(city.significant && city.ratio.unwrap() > 1.1);
}
