//! Crashes on the roads in use: where on a measured road, at which junction along the streets, in which class.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use gongzhi_risk::blackspot::gate::FARTHEST_M;
use gongzhi_risk::blackspot::reach::Reach;
use gongzhi_risk::blackspot::{AtJunction, Crash, Direction, OnRoad, Procedure, RuleBook, Severity, gate};
use gongzhi_risk::network::{Edge, Graph};
use gongzhi_road::linear::{self, Courses};
use gongzhi_road::{Network, OnLine, StreetLine};
use gongzhi_store::black_spots::CrashRow;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::error::AppError;
use crate::templates::Templates;

/// A crash farther than this from every road lies on none, metres.
const SNAP_M: f64 = 50.0;
/// A crash this near to a junction is held against junctions, metres along the streets.
const AT_JUNCTION_M: f64 = 30.0;

/// The rules of the city, and the roads as rules need them.
#[derive(Debug)]
pub(crate) struct BlackSpots {
    pub(crate) rules: RuleBook,
    ground: Mutex<Option<(Arc<Network>, Arc<Ground>)>>,
}

impl BlackSpots {
    /// Reads `blackspots.toml`.
    pub(crate) fn load(templates: &Templates) -> Result<Self, AppError> {
        let text = templates.city_file("blackspots.toml")?;
        let check = |book: &RuleBook| -> Vec<(String, &'static str, Text)> {
            gate::faults(book).into_iter().map(|f| (f.path, f.code, f.text)).collect()
        };
        let rules = gongzhi_matter::city::read_checked("blackspots.toml", &text, check).map_err(crate::state::faults)?;
        Ok(Self { rules, ground: Mutex::new(None) })
    }

    /// The roads as rules need them; built once for a network, some seconds for a large city.
    pub(crate) fn ground(&self, network: &Arc<Network>) -> Result<Arc<Ground>, AppError> {
        let mut held = self.ground.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, ground)) = held.as_ref()
            && Arc::ptr_eq(of, network)
        {
            return Ok(ground.clone());
        }
        let ground = Arc::new(Ground::new(network)?);
        *held = Some((network.clone(), ground.clone()));
        Ok(ground)
    }
}

/// Where a point lies.
#[derive(Clone, Debug, Default)]
struct Placed {
    on: Option<OnRoad>,
    junction: Option<AtJunction>,
    class: String,
}

type Key = (u64, u64);

/// Measured roads and junctions of a network.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) courses: Courses,
    lines: Vec<StreetLine>,
    on_line: Vec<OnLine>,
    graph: Graph,
    reach: Reach,
    /// Key and signal of each crossing.
    crossings: HashMap<u32, (String, bool)>,
    /// Points placed before: the same crashes are asked for again and again.
    placed: Mutex<HashMap<Key, Placed>>,
}

impl Ground {
    fn new(network: &Network) -> Result<Self, AppError> {
        let (lines, on_line) = network.street_lines();
        let edges = lines.iter().map(|l| Edge { from: l.from, to: l.to, length_m: l.length_m, oneway: l.oneway }).collect();
        let nodes = u32::try_from(network.counts().nodes).unwrap_or(u32::MAX);
        let graph = Graph::new(nodes, edges).map_err(|e| AppError::Internal(e.to_string()))?;
        let at: Vec<(u32, u32)> = (0..nodes).filter_map(|n| Some((n, network.crossing_of_node(n)?.0))).collect();
        let reach = Reach::new(&graph, &at, FARTHEST_M);
        let crossings = network.crossings().map(|(id, c)| (id.0, (c.key, c.signal))).collect();
        Ok(Self { courses: Courses::new(network), lines, on_line, graph, reach, crossings, placed: Mutex::default() })
    }

    fn place(&self, network: &Network, point: Point) -> Placed {
        let key = (point.lon.to_bits(), point.lat.to_bits());
        if let Some(known) = self.placed.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let placed = self.placed_anew(network, point).unwrap_or_default();
        self.placed.lock().unwrap_or_else(PoisonError::into_inner).insert(key, placed.clone());
        placed
    }

    fn placed_anew(&self, network: &Network, point: Point) -> Option<Placed> {
        let snap = network.snap(point, SNAP_M)?;
        let edge = network.edge(snap.edge)?;
        let on = self.courses.at_snap(&snap).map(|(course, place)| OnRoad {
            road: course.key().to_owned(),
            measure_m: place.measure_m,
            // On an undivided road the nearer side of the line says nothing of the carriageway.
            direction: if edge.twin.is_some() { Direction::Both } else { way(place.direction) },
        });
        let on_line = self.on_line.get(snap.edge as usize)?;
        let length = self.lines.get(on_line.line as usize)?.length_m;
        let offset = if on_line.against { length - snap.offset_m } else { snap.offset_m };
        let nearest = self.reach.nearest(&self.graph, on_line.line, offset, FARTHEST_M);
        let near = nearest.and_then(|(id, distance_m)| Some((self.crossings.get(&id)?, distance_m)));
        let class = match near.filter(|(_, m)| *m <= AT_JUNCTION_M) {
            Some(((_, true), _)) => "signal",
            Some(((_, false), _)) => "junction",
            None => edge.class.word(),
        };
        let junction = near.map(|((key, _), distance_m)| AtJunction { junction: key.clone(), distance_m });
        Some(Placed { on, junction, class: class.to_owned() })
    }

    /// A row as the rules take it. `rural` says of an area whether it is countryside; without an area nothing is known.
    pub(crate) fn crash(&self, network: &Network, row: &CrashRow, zone: &TimeZone, rural: impl Fn(&str) -> Option<bool>) -> Crash {
        let point = row.lon.zip(row.lat).and_then(|(lon, lat)| Point::valid(lon, lat));
        let placed = point.map(|p| self.place(network, p)).unwrap_or_default();
        let local = Timestamp(row.at).in_zone(zone);
        let word = |name: &str| match row.attributes.get(name) {
            Some(Value::String(words)) => Some(words.trim().to_owned()).filter(|w| !w.is_empty()),
            _ => None,
        };
        let deaths = u32::try_from(row.deaths).unwrap_or(0);
        Crash {
            id: row.id,
            at: Timestamp(row.at),
            on: placed.on,
            junction: placed.junction,
            urban: row.area_key.as_deref().and_then(rural).map(|r| !r),
            class: placed.class,
            severity: severity(row.severity.as_deref(), deaths, row.injured),
            deaths,
            injured: u32::try_from(row.injured).unwrap_or(0),
            procedure: word("procedure").and_then(|w| procedure(&w)),
            kind: word("type"),
            cause: word("cause"),
            hour: u8::try_from(local.hour()).ok(),
            weekday: u8::try_from(local.weekday().to_monday_one_offset()).ok(),
            light: word("light"),
            weather: word("weather"),
        }
    }
}

fn way(direction: linear::Direction) -> Direction {
    match direction {
        linear::Direction::Forward => Direction::Forward,
        linear::Direction::Backward => Direction::Backward,
        linear::Direction::Both => Direction::Both,
    }
}

pub(super) fn on_course(direction: Direction) -> linear::Direction {
    match direction {
        Direction::Forward => linear::Direction::Forward,
        Direction::Backward => linear::Direction::Backward,
        Direction::Both => linear::Direction::Both,
    }
}

/// The stored word; without one, what the counts say. Injured without a grade are slightly injured.
fn severity(word: Option<&str>, deaths: u32, injured: i64) -> Severity {
    match word {
        _ if deaths > 0 => Severity::Fatal,
        Some("fatal") => Severity::Fatal,
        Some("serious") => Severity::Serious,
        Some("slight") => Severity::Slight,
        Some("damage") => Severity::Damage,
        _ if injured > 0 => Severity::Slight,
        _ => Severity::Unknown,
    }
}

fn procedure(words: &str) -> Option<Procedure> {
    match words {
        w if w.contains("一般") || w.eq_ignore_ascii_case("general") => Some(Procedure::General),
        w if w.contains("简易") || w.eq_ignore_ascii_case("summary") => Some(Procedure::Summary),
        _ => None,
    }
}
