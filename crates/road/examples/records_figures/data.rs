//! Porto Alegre's crashes.

use std::io::Read;
use std::path::Path;

use gongzhi_civic::place::Point;
use gongzhi_road::Network;
use gongzhi_road::records::{Learned, PlacedRecord, RecordWords};

use crate::join::Join;

/// The network's box as published with it; a record on its southern edge is outside.
const BOX: [f64; 4] = [-51.2664, -30.1133, -51.1322, -29.9876];

#[derive(Clone, Debug, Default)]
pub struct Row {
    pub year: u16,
    pub point: Point,
    pub first: String,
    pub second: String,
    /// In the box and with two streets: one of the 12,781.
    pub asked: bool,
    /// A street it names is on the map and farther than 200 m from its coordinates.
    pub contradicts: bool,
    /// Where it is once the digits its latitude has lost are put back, if it has lost any (see the section printed).
    pub repaired: Option<Point>,
    /// Whether it contradicts itself even so.
    pub contradicts_repaired: bool,
    /// What the join by name finds.
    pub joined: Option<Point>,
}

impl Row {
    /// Its two streets in order, as written.
    pub fn pair(&self) -> (&str, &str) {
        let (a, b) = (self.first.as_str(), self.second.as_str());
        if a <= b { (a, b) } else { (b, a) }
    }
}

pub fn load(data: &Path, network: &Network) -> Option<Vec<Row>> {
    let join = Join::new(network);
    let mut rows = Vec::new();
    for year in [2014u16, 2015, 2016] {
        let packed = std::fs::read(data.join(format!("crash/porto_alegre/acidentes-{year}.csv.xz"))).ok()?;
        let mut raw = Vec::new();
        xz2::read::XzDecoder::new(&packed[..]).read_to_end(&mut raw).ok()?;
        for line in String::from_utf8_lossy(&raw).lines().skip(1) {
            let cells: Vec<&str> = line.split(',').map(str::trim).collect();
            let [latitude, longitude, first, second] = cells.get(..4)? else { return None };
            let point = Point { lon: longitude.parse().unwrap_or(0.0), lat: latitude.parse().unwrap_or(0.0) };
            let [west, south, east, north] = BOX;
            let inside = (west..=east).contains(&point.lon) && point.lat > south && point.lat <= north;
            let asked = inside && !first.is_empty() && !second.is_empty();
            // Digits after the point that 2014's and 2015's files have lost (see the section printed).
            let lost = match latitude.split_once('.').map(|(_, digits)| digits.len()) {
                Some(5) if year < 2016 => 0.0072,
                Some(4) if year < 2016 => 0.0792,
                _ => 0.0,
            };
            let repaired = (lost > 0.0).then_some(Point { lat: point.lat + lost, ..point });
            rows.push(Row {
                year,
                point,
                first: (*first).to_owned(),
                second: (*second).to_owned(),
                asked,
                contradicts: asked && join.contradicts(first, second, point),
                contradicts_repaired: asked && repaired.is_some_and(|p| join.contradicts(first, second, p)),
                repaired,
                joined: if asked { join.crossing(first, second) } else { None },
            });
        }
    }
    Some(rows)
}

pub fn words(row: &Row) -> RecordWords<'_> {
    RecordWords { first: &row.first, second: &row.second, number: None }
}

pub fn learn<'a>(network: &Network, rows: impl Iterator<Item = &'a Row>) -> Learned {
    Learned::from_records(
        network,
        rows.map(|r| PlacedRecord { first: r.first.clone(), second: r.second.clone(), number: None, point: r.point }),
    )
}
