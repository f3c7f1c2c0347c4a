//! Porto Alegre's crashes on its roads: measured roads, junctions along the streets.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use gongzhi_civic::place::Point;
use gongzhi_civic::time::Timestamp;
use gongzhi_risk::blackspot::gate::FARTHEST_M;
use gongzhi_risk::blackspot::reach::Reach;
use gongzhi_risk::blackspot::{AtJunction, Crash, Direction, OnRoad, Severity};
use gongzhi_risk::network::{Edge, Graph};
use gongzhi_road::Network;
use gongzhi_road::linear::Courses;
use jiff::tz::TimeZone;

/// Crashes of the years at hand, and how many lie outside the map.
pub struct Ground {
    pub crashes: Vec<Crash>,
    pub rows: usize,
    pub on_road: usize,
    pub at_junction: usize,
    pub courses: usize,
    pub courses_km: f64,
    pub zone: TimeZone,
}

/// The years published; 2012 is not among them.
pub const YEARS: [i16; 5] = [2011, 2013, 2014, 2015, 2016];

/// Reads everything; `None` where the data are not there.
pub fn read() -> Option<Ground> {
    let root = std::env::var("GONGZHI_TEST_DATA")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let map = std::fs::read(root.join("osm/porto_alegre.osm.pbf")).ok()?;
    let imported = gongzhi_road::import::osm(&map, &gongzhi_road::import::Options::default(), &mut |_| ()).ok()?;
    let network = Network::from_vec(imported.bytes).ok()?;
    let courses = Courses::new(&network);
    let (lines, on_line) = network.street_lines();
    let edge = |l: &gongzhi_road::StreetLine| Edge { from: l.from, to: l.to, length_m: l.length_m, oneway: l.oneway };
    let count = u32::try_from(network.counts().nodes).ok()?;
    let graph = Graph::new(count, lines.iter().map(edge).collect()).ok()?;
    let nodes = (0..count).filter_map(|n| Some((n, network.crossing_of_node(n)?.0))).collect::<Vec<_>>();
    let reach = Reach::new(&graph, &nodes, FARTHEST_M);
    let crossings: HashMap<u32, (String, bool)> = network.crossings().map(|(id, c)| (id.0, (c.key, c.signal))).collect();
    let zone = TimeZone::get("America/Sao_Paulo").ok()?;

    let mut ground = Ground {
        crashes: Vec::new(),
        rows: 0,
        on_road: 0,
        at_junction: 0,
        courses: courses.all().len(),
        courses_km: courses.all().iter().map(|c| c.length_m()).sum::<f64>() / 1000.0,
        zone,
    };
    for year in YEARS {
        let packed = std::fs::read(root.join(format!("crash/porto_alegre/acidentes-{year}.csv.xz"))).ok()?;
        let mut raw = Vec::new();
        xz2::read::XzDecoder::new(&packed[..]).read_to_end(&mut raw).ok()?;
        let text = String::from_utf8_lossy(&raw);
        let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let columns: HashMap<String, usize> = rows.headers().ok()?.iter().enumerate().map(|(i, name)| (name.to_owned(), i)).collect();
        for row in rows.records().filter_map(Result::ok) {
            ground.rows += 1;
            let cell = |name: &str| columns.get(name).and_then(|i| row.get(*i)).unwrap_or("").trim();
            let count = |name: &str| cell(name).parse::<u32>().unwrap_or(0);
            let Some(point) = cell("LONGITUDE").parse().ok().zip(cell("LATITUDE").parse().ok()).map(|(lon, lat)| Point::new(lon, lat))
            else {
                continue;
            };
            // The roads of the extract end at this box.
            if !((-51.2664..=-51.1395).contains(&point.lon) && (-30.1105..=-29.9990).contains(&point.lat)) {
                continue;
            }
            let Ok(at) = cell("DATA_HORA").parse::<jiff::civil::DateTime>() else { continue };
            let Ok(moment) = at.to_zoned(ground.zone.clone()) else { continue };
            let Some(snap) = network.snap(point, 50.0) else { continue };
            let Some(edge) = network.edge(snap.edge) else { continue };
            let deaths = count("FATAIS");
            let severity = match (deaths, count("FERIDOS_GR"), count("FERIDOS")) {
                (1.., _, _) => Severity::Fatal,
                (0, 1.., _) => Severity::Serious,
                (0, 0, 1..) => Severity::Slight,
                _ => Severity::Damage,
            };
            let on = courses.at_snap(&snap).map(|(course, place)| OnRoad {
                road: course.key().to_owned(),
                measure_m: place.measure_m,
                // On an undivided road the nearer side of the line says nothing of the carriageway.
                direction: match (edge.twin, place.direction) {
                    (None, gongzhi_road::linear::Direction::Forward) => Direction::Forward,
                    (None, gongzhi_road::linear::Direction::Backward) => Direction::Backward,
                    _ => Direction::Both,
                },
            });
            let junction = on_line.get(snap.edge as usize).and_then(|on| {
                let length = lines.get(on.line as usize)?.length_m;
                reach.nearest(&graph, on.line, if on.against { length - snap.offset_m } else { snap.offset_m }, FARTHEST_M)
            });
            let near = junction.and_then(|(id, m)| crossings.get(&id).filter(|_| m <= 30.0));
            let class = match near {
                Some((_, true)) => "signal".to_owned(),
                Some((_, false)) => "junction".to_owned(),
                None => edge.class.word().to_owned(),
            };
            let known = |name: &str| Some(cell(name).to_owned()).filter(|w| !w.is_empty() && !w.starts_with("NAO"));
            ground.on_road += usize::from(on.is_some());
            ground.at_junction += usize::from(near.is_some());
            ground.crashes.push(Crash {
                id: ground.rows as i64,
                at: Timestamp::from_jiff(moment.timestamp()),
                on,
                junction: junction.and_then(|(id, distance_m)| Some(AtJunction { junction: crossings.get(&id)?.0.clone(), distance_m })),
                urban: Some(true),
                class,
                severity,
                deaths,
                injured: count("FERIDOS"),
                kind: known("TIPO_ACID"),
                hour: u8::try_from(at.hour()).ok(),
                weekday: u8::try_from(at.date().weekday().to_monday_one_offset()).ok(),
                light: known("NOITE_DIA"),
                weather: known("TEMPO"),
                ..Crash::default()
            });
        }
    }
    Some(ground)
}

/// Noon UTC of 1 January: every calendar year before it is full.
pub fn new_year(year: i16, zone: &TimeZone) -> Timestamp {
    jiff::civil::date(year, 1, 1).to_zoned(zone.clone()).map_or(Timestamp(0), |z| Timestamp::from_jiff(z.timestamp()))
}
