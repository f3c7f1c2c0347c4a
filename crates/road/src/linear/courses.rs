//! All courses of a network, and the one that each edge lies on.

use std::collections::{BTreeMap, BTreeSet};

use super::{Course, CoursePoint, route_key};
use crate::format::{Tag, WayRecord};
use crate::{Network, Snap};

/// No course.
const NONE: u32 = u32::MAX;

/// Which edges bear which number or name, from one look at the network.
struct Named {
    /// By key, as the map writes it first.
    numbers: BTreeMap<String, String>,
    names: BTreeMap<String, String>,
    edges: BTreeMap<String, Vec<u32>>,
}

impl Named {
    fn of(network: &Network) -> Self {
        let mut named = Self { numbers: BTreeMap::new(), names: BTreeMap::new(), edges: BTreeMap::new() };
        let mut of_way: Vec<Vec<u32>> = vec![Vec::new(); network.table::<WayRecord>(Tag::Ways).len()];
        for (number, edge) in (0_u32..).zip(network.edges()) {
            let way = network.lines().get(edge.line as usize).and_then(|line| of_way.get_mut(line.way as usize));
            way.into_iter().for_each(|edges| edges.push(number));
        }
        for (way, edges) in network.table::<WayRecord>(Tag::Ways).iter().zip(&of_way) {
            let parts = |text: u32| network.string(text).split(';').map(str::trim).filter(|p| !p.is_empty());
            for part in parts(way.reference) {
                named.numbers.entry(route_key(part)).or_insert_with(|| part.to_owned());
            }
            for part in parts(way.name) {
                named.names.entry(route_key(part)).or_insert_with(|| part.to_owned());
            }
            let keys: BTreeSet<String> = [way.reference, way.name, way.name_en].into_iter().flat_map(parts).map(route_key).collect();
            for key in keys {
                named.edges.entry(key).or_default().extend(edges);
            }
        }
        for edges in named.edges.values_mut() {
            edges.sort_unstable();
        }
        named
    }

    fn edges(&self, key: &str) -> Vec<u32> {
        self.edges.get(key).cloned().unwrap_or_default()
    }
}

/// Every route number and road name as measured lines. An edge belongs to one course: of a number before that of a name, of several the
/// longest. Unnamed roads belong to none.
#[derive(Clone, Debug, Default)]
pub struct Courses {
    courses: Vec<Course>,
    /// Position in `courses` by directed edge, [`NONE`] without.
    of_edge: Vec<u32>,
    by_key: BTreeMap<String, u32>,
}

impl Courses {
    /// Builds them all: some seconds for a large city, so keep the answer.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        let named = Named::of(network);
        let mut all = Self { courses: Vec::new(), of_edge: vec![NONE; network.edges().len()], by_key: BTreeMap::new() };
        for (key, name) in &named.numbers {
            all.add(Course::among(network, name, named.edges(key)));
        }
        let numbered: Vec<bool> = all.of_edge.iter().map(|course| *course != NONE).collect();
        for (key, name) in named.names.iter().filter(|(key, _)| !named.numbers.contains_key(*key)) {
            let edges = named.edges(key);
            // A name all of whose edges have a number is another word for that number.
            if edges.iter().any(|e| numbered.get(*e as usize) == Some(&false)) {
                all.add(Course::among(network, name, edges));
            }
        }
        all
    }

    fn add(&mut self, courses: Vec<Course>) {
        for course in courses {
            let number = u32::try_from(self.courses.len()).unwrap_or(NONE);
            let mut own = false;
            for edge in course.own_edges() {
                if let Some(place) = self.of_edge.get_mut(edge as usize).filter(|place| **place == NONE) {
                    *place = number;
                    own = true;
                }
            }
            if own {
                self.by_key.insert(course.key().to_owned(), number);
                self.courses.push(course);
            }
        }
    }

    /// All, numbered ones first.
    #[must_use]
    pub fn all(&self) -> &[Course] {
        &self.courses
    }

    /// The course of a key ([`Course::key`]).
    #[must_use]
    pub fn by_key(&self, key: &str) -> Option<&Course> {
        self.courses.get(*self.by_key.get(key)? as usize)
    }

    /// The course of a place on a directed edge, and where on it.
    #[must_use]
    pub fn at(&self, edge: u32, offset_m: f64) -> Option<(&Course, CoursePoint)> {
        let course = self.courses.get(*self.of_edge.get(edge as usize)? as usize)?;
        Some((course, course.measure_of(edge, offset_m)?))
    }

    /// The course of a snapped place, and where on it.
    #[must_use]
    pub fn at_snap(&self, snap: &Snap) -> Option<(&Course, CoursePoint)> {
        self.at(snap.edge, snap.offset_m)
    }
}
