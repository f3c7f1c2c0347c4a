//! From OpenStreetMap files and GeoJSON to a network file.

use std::collections::BTreeMap;

use gongzhi_civic::place::Bounds;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use crate::datum::Datum;

mod addresses;
mod assemble;
mod collect;
mod crossings;
mod exits;
mod geojson;
mod graph;
mod name_index;
mod names;
mod pbf;
mod restrictions;
mod routes;
mod sections;
mod source;
mod speed;
mod stakes;
mod tags;
mod xml;

pub use geojson::{GeoJsonMapping, KeyRule, ValueRule};

/// How to read the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Datum the file's coordinates are in; OpenStreetMap itself is WGS-84.
    pub datum: Datum,
}

/// What the import is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading relations, then ways, then nodes.
    Reading,
    /// Building the graph.
    Graph,
    /// Crossings and sections.
    Places,
    /// Indexes and the file.
    Writing,
}

/// How far the import is: `done` of `total` within the stage (bytes read for [`Stage::Reading`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Stage.
    pub stage: Stage,
    /// Work done in the stage.
    pub done: u64,
    /// All work of the stage.
    pub total: u64,
}

/// A network file and what went into it.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The network file: see [`crate::Network::from_bytes`].
    pub bytes: Vec<u8>,
    /// Counts and warnings.
    pub summary: Summary,
}

/// What an import read, made and found wanting.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// `pbf`, `xml`, `xml.gz`, `xml.bz2`, `geojson`.
    pub format: String,
    /// Identity of the network made.
    pub identity: String,
    /// Box around the roads.
    pub bounds: Option<Bounds>,
    /// OSM nodes read.
    pub osm_nodes: u64,
    /// OSM ways read.
    pub osm_ways: u64,
    /// OSM relations read.
    pub osm_relations: u64,
    /// Ways taken as roads.
    pub road_ways: u64,
    /// Road ways with a name.
    pub named_ways: u64,
    /// Road ways with a speed limit.
    pub speed_ways: u64,
    /// Road ways with a number of lanes.
    pub lane_ways: u64,
    /// Kilometres of road, both directions of a two-way road once.
    pub road_km: f64,
    /// What the network holds.
    pub counts: crate::Counts,
    /// Crossings with a signal.
    pub signal_crossings: u64,
    /// Sections whose carriageways were merged.
    pub merged_sections: u64,
    /// Turn restrictions applied.
    #[serde(default)]
    pub restrictions: u64,
    /// Road ways with a limit of height, width, length, weight or dangerous goods.
    #[serde(default)]
    pub limited_ways: u64,
    /// Barriers that keep some vehicle out.
    #[serde(default)]
    pub barriers: u64,
    /// Things left out, by reason code (`way.node_missing`, `area.ring_open`, …).
    pub skipped: BTreeMap<String, u64>,
}

/// Why a file could not be imported. Nothing was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} at byte {offset}: {what}")]
pub struct ImportError {
    /// Stable code: `road.import.unknown_format`, `road.import.truncated`, `road.import.damaged`, `road.import.unsupported`, `road.import.not_degrees`, `road.import.no_roads`, `road.import.too_large`.
    pub code: &'static str,
    /// Byte of the given file at which reading failed (of the unpacked text for packed XML).
    pub offset: u64,
    /// What is wrong, in English, for logs.
    pub what: String,
    /// What is wrong and what to do, for people.
    pub text: Text,
}

/// Reads roads: an OpenStreetMap extract as PBF, XML, or XML packed with gzip or bzip2, or GeoJSON, told apart by their first bytes.
/// GeoJSON is read with the default [`GeoJsonMapping`]; [`read`] takes another.
///
/// The result depends on the bytes and options only. Memory: the file itself (packed XML: unpacked,
/// at most 4 GiB), about 30 bytes per node of a road or area, and the network made.
pub fn osm(bytes: &[u8], options: &Options, progress: &mut dyn FnMut(Progress)) -> Result<Imported, ImportError> {
    read(bytes, options, &GeoJsonMapping::default(), progress)
}

/// As [`osm`], with a mapping of a GeoJSON file's properties to tags; other files do not need one.
pub fn read(
    bytes: &[u8],
    options: &Options,
    mapping: &GeoJsonMapping,
    progress: &mut dyn FnMut(Progress),
) -> Result<Imported, ImportError> {
    let mut source = source::Source::new(bytes, mapping)?;
    let mut summary = Summary { format: source.format.word().to_owned(), ..Summary::default() };
    let collected = collect::collect(&mut source, options.datum, &mut summary, progress)?;
    progress(Progress { stage: Stage::Graph, done: 0, total: 1 });
    let graph = graph::build(&collected, &mut summary)?;
    progress(Progress { stage: Stage::Places, done: 0, total: 2 });
    let facts = assemble::road_facts(&graph, &collected);
    let crossings = crossings::find(&graph, &collected, &facts);
    progress(Progress { stage: Stage::Places, done: 1, total: 2 });
    let sections = sections::find(&graph, &collected, &crossings, &facts);
    progress(Progress { stage: Stage::Writing, done: 0, total: 1 });
    let bytes = assemble::assemble(&graph, &collected, &crossings, &sections, &facts, &mut summary)?;
    summary.road_km = graph.lines.iter().map(|l| l.length_m).sum::<f64>() / 1_000.0;
    summary.signal_crossings = crossings.found.iter().filter(|c| c.signal).count() as u64;
    summary.merged_sections = sections.merged;
    drop((graph, collected, crossings, sections));
    // Reading back what was written costs a millisecond and proves that the file opens.
    let bytes = std::sync::Arc::new(bytes);
    let network = crate::Network::from_bytes(bytes.clone()).map_err(|e| source::damaged(0, e.to_string()))?;
    summary.identity = network.identity().to_owned();
    summary.bounds = Some(network.bounds());
    summary.counts = network.counts();
    progress(Progress { stage: Stage::Writing, done: 1, total: 1 });
    drop(network);
    Ok(Imported { bytes: std::sync::Arc::unwrap_or_clone(bytes), summary })
}
