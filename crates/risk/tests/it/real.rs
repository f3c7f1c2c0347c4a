//! Readers of real crashes, for tests and for the figures of the examples; what is absent is said loudly.
#![allow(dead_code, missing_docs)] // each user reads a part

use std::io::Read;
use std::path::PathBuf;

use jiff::civil::{Date, DateTime};

/// A crash as far as prediction reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Crash {
    pub(crate) lon: f64,
    pub(crate) lat: f64,
    /// On the clocks of the place.
    pub(crate) at: DateTime,
    /// Fatal 5, serious 3, others 1 (Geurts et al. 2004).
    pub(crate) weight: f64,
}

impl Crash {
    pub(crate) fn year(&self) -> i16 {
        self.at.year()
    }

    /// Number of the hour as in `risk::forecast::local_hour`: from Monday 29 December 1969.
    pub(crate) fn hour(&self) -> i64 {
        let days = (self.at.date() - jiff::civil::date(1969, 12, 29)).get_days();
        i64::from(days) * 24 + i64::from(self.at.hour())
    }
}

/// The five years with data; 2012 is missing from the source.
pub(crate) const PORTO_ALEGRE: [i16; 5] = [2011, 2013, 2014, 2015, 2016];

/// The eight prefectures' files.
pub(crate) const JAPAN: [&str; 8] = ["10_sapporo", "22_miyagi", "40_ibaraki", "48_nagano", "61_kyoto", "72_okayama", "73_hiroshima", "95_miyazaki"];

pub(crate) fn bytes(path: &str) -> Option<Vec<u8>> {
    let root = std::env::var("GONGZHI_TEST_DATA")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let bytes = std::fs::read(root.join(path)).ok();
    if bytes.is_none() {
        eprintln!("SKIPPED: {path} is not there; set GONGZHI_TEST_DATA");
    }
    bytes
}

/// Rows of a packed CSV by name of column. Bytes that are no UTF-8 are read as Windows-1252: no column read here has letters beyond ASCII.
fn rows(path: &str) -> Option<Vec<Vec<String>>> {
    let packed = bytes(path)?;
    let mut raw = Vec::new();
    xz2::read::XzDecoder::new(&packed[..]).read_to_end(&mut raw).unwrap();
    let text = match std::str::from_utf8(&raw) {
        Ok(text) => text.into(),
        Err(_) => encoding_rs::WINDOWS_1252.decode(&raw).0,
    };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    Some(reader.records().map(|r| r.unwrap().iter().map(|c| c.trim().to_owned()).collect()).collect())
}

struct Columns<'a>(&'a [String]);

impl Columns<'_> {
    fn of<const N: usize>(&self, names: [&str; N]) -> [usize; N] {
        names.map(|name| self.0.iter().position(|c| c == name).unwrap_or_else(|| panic!("no column {name}")))
    }
}

fn number<T: std::str::FromStr + Default>(row: &[String], column: usize) -> T {
    row.get(column).and_then(|c| c.parse().ok()).unwrap_or_default()
}

fn weight(dead: u32, serious: bool) -> f64 {
    if dead > 0 { 5.0 } else if serious { 3.0 } else { 1.0 }
}

/// One year of Porto Alegre. The latitudes of 2014 and 2015 that have lost their last digits get them back (five digits
/// left: 0.0072° north; four: 0.0792°), as found out from the streets they name; see docs/benchmarks/road/records.md.
pub(crate) fn porto_alegre(year: i16) -> Option<Vec<Crash>> {
    let rows = rows(&format!("crash/porto_alegre/acidentes-{year}.csv.xz"))?;
    let (head, rows) = rows.split_first()?;
    let [lat, lon, at, serious, dead] = Columns(head).of(["LATITUDE", "LONGITUDE", "DATA_HORA", "FERIDOS_GR", "FATAIS"]);
    let crash = |row: &Vec<String>| {
        let at: DateTime = row.get(at)?.replace("T8:", "T08:").parse().ok()?; // one row of 2013
        let digits = row.get(lat)?.split_once('.').map_or(0, |(_, digits)| digits.len());
        let lost = match digits {
            5 if [2014, 2015].contains(&year) => 0.0072,
            4 if [2014, 2015].contains(&year) => 0.0792,
            _ => 0.0,
        };
        let weight = weight(number(row, dead), number::<u32>(row, serious) > 0);
        (at.year() == year).then_some(Crash { lon: number(row, lon), lat: number::<f64>(row, lat) + lost, at, weight })
    };
    Some(rows.iter().filter_map(crash).collect())
}

/// Three years of one prefecture; injury crashes only, so serious is not told from slight.
pub(crate) fn japan(prefecture: &str) -> Option<Vec<Crash>> {
    let rows = rows(&format!("crash/japan/npa_2019_2021_{prefecture}.csv.xz"))?;
    let (head, rows) = rows.split_first()?;
    let [x, y, dead, year, month, day, hour] =
        Columns(head).of(["X", "Y", "死者数", "発生日時　　年", "発生日時　　月", "発生日時　　日", "発生日時　　時"]);
    let crash = |row: &Vec<String>| {
        let date = Date::new(number(row, year), number(row, month), number(row, day)).ok()?;
        let at = date.at(number(row, hour), 0, 0, 0);
        Some(Crash { lon: number(row, x), lat: number(row, y), at, weight: weight(number(row, dead), false) })
    };
    Some(rows.iter().filter_map(crash).collect())
}

/// Edinburgh 2010–13.
pub(crate) fn edinburgh() -> Option<Vec<Crash>> {
    const MONTHS: [&str; 12] =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    let rows = rows("crash/edinburgh/accident-2010-13-geocoded.csv.xz")?;
    let (head, rows) = rows.split_first()?;
    let [lat, lon, severity, day, month, year, hour] =
        Columns(head).of(["latitude", "longitude", "severity", "a_date_day", "a_date_mon", "a_date_yr", "a_time_hr"]);
    let crash = |row: &Vec<String>| {
        let month = MONTHS.iter().position(|m| Some(*m) == row.get(month).map(String::as_str))? as i8 + 1;
        let date = Date::new(2000 + number::<i16>(row, year), month, number(row, day)).ok()?;
        let severity = row.get(severity)?;
        let weight = weight(u32::from(severity == "Fatal"), severity == "Serious");
        Some(Crash { lon: number(row, lon), lat: number(row, lat), at: date.at(number(row, hour), 0, 0, 0), weight })
    };
    Some(rows.iter().filter_map(crash).collect())
}
