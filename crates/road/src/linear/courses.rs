//! All courses of a network, and the one that each edge lies on.

use std::collections::{BTreeMap, BTreeSet};

use super::{Course, CoursePoint, route_key};
use crate::format::{Tag, WayRecord};
use crate::{Network, Snap};

/// No course.
const NONE: u32 = u32::MAX;

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
        let (mut numbers, mut names) = (BTreeMap::new(), BTreeMap::new());
        for way in network.table::<WayRecord>(Tag::Ways) {
            for (text, known) in [(way.reference, &mut numbers), (way.name, &mut names)] {
                for part in network.string(text).split(';').map(str::trim).filter(|p| !p.is_empty()) {
                    known.entry(route_key(part)).or_insert_with(|| part.to_owned());
                }
            }
        }
        let mut all = Self { courses: Vec::new(), of_edge: vec![NONE; network.edges().len()], by_key: BTreeMap::new() };
        for name in numbers.values() {
            all.add(Course::of(network, name));
        }
        let numbered: BTreeSet<u32> =
            (0..u32::try_from(all.of_edge.len()).unwrap_or(NONE)).filter(|e| all.of_edge[*e as usize] != NONE).collect();
        for (_, name) in names.iter().filter(|(key, _)| !numbers.contains_key(*key)) {
            // A name all of whose edges have a number is another word for that number.
            let edges = super::edges_named(network, name);
            if edges.iter().any(|e| !numbered.contains(e)) {
                all.add(Course::of(network, name));
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
