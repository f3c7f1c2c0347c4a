//! The two Chinese cities whose maps the sayings are made from.

use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;

use gongzhi_civic::place::Point;
use gongzhi_road::Network;
use gongzhi_road::import::{self, Options};

use crate::osmnx;

/// Their names.
pub const CITIES: [&str; 2] = ["shanghai", "shenzhen"];

/// A city's network and what else is known of it.
#[derive(Debug)]
pub struct City {
    /// The network.
    pub network: Network,
    /// Bus stops: the name on the sign, and where. Only Shanghai's map has them; the network does not.
    pub stops: Vec<(String, Point)>,
}

/// A city from the test data under `data`; `None`, and a line that says so, where the file is absent.
///
/// Shanghai is OpenStreetMap as it is. Shenzhen is a drive graph of OSMnx made into OpenStreetMap again, with landmarks drawn onto it
/// (`landmarks.tsv`), since neither map has any worth asking for.
///
/// # Panics
/// If a file is there but cannot be read as what it is.
#[must_use]
pub fn city(data: &Path, name: &str) -> Option<City> {
    let path = data.join("osm").join(match name {
        "shanghai" => "shanghai_center.osm.bz2",
        _ => "shenzhen_futian_osmnx.graphml.xz",
    });
    let Ok(bytes) = std::fs::read(&path) else {
        eprintln!("SKIPPED: {} is not there; set GONGZHI_TEST_DATA", path.display());
        return None;
    };
    let mut xml = String::new();
    if name == "shanghai" {
        bzip2::read::BzDecoder::new(&bytes[..]).read_to_string(&mut xml).expect("the map is bzip2 over UTF-8");
    } else {
        let mut graph = String::new();
        xz2::read::XzDecoder::new(&bytes[..]).read_to_string(&mut graph).expect("the graph is xz over UTF-8");
        xml = String::from_utf8(osmnx::osm_xml(&graph, &landmarks())).expect("made of UTF-8");
    }
    let imported = import::osm(xml.as_bytes(), &Options::default(), &mut |_| {}).expect("the city's map imports");
    Some(City { network: Network::from_vec(imported.bytes).expect("a network just made opens"), stops: stops(&xml) })
}

/// Named nodes where buses stop.
fn stops(xml: &str) -> Vec<(String, Point)> {
    let nodes = xml.split("<node ").skip(1).filter_map(|n| n.split_once("</node>").map(|n| n.0));
    nodes
        .filter(|n| n.contains("k=\"bus\" v=\"yes\"") || n.contains("v=\"bus_stop\""))
        .filter_map(|n| {
            let value = |key: &str| Some(n.split_once(key)?.1.split_once('"')?.0);
            let name = value("k=\"name\" v=\"")?;
            Some((name.to_owned(), Point::new(value("lon=\"")?.parse().ok()?, value("lat=\"")?.parse().ok()?)))
        })
        .collect()
}

/// The drawn landmarks as OSM XML nodes.
fn landmarks() -> String {
    let mut xml = String::new();
    for (i, row) in include_str!("landmarks.tsv").lines().filter(|l| !l.starts_with('#')).enumerate() {
        let [name, tag, lon, lat] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("landmarks.tsv: four cells are wanted in {row}")
        };
        let (key, value) = tag.split_once('=').expect("a tag is key=value");
        writeln!(
            xml,
            "<node id=\"{}\" lat=\"{lat}\" lon=\"{lon}\"><tag k=\"{key}\" v=\"{value}\"/><tag k=\"name\" v=\"{name}\"/></node>",
            95_000_000_000u64 + i as u64
        )
        .expect("writing to a string cannot fail");
    }
    xml
}
