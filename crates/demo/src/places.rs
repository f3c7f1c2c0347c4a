//! Where events can happen: crossings, stretches and landmarks of the ground, with names as people say them.

use std::collections::{BTreeMap, HashMap};

use crate::geometry::{Cells, P, nearest_on_segment};
use crate::graph::Ground;
use crate::ground::Zone;
use crate::streets::{Highway, Structure};

/// Two named roads meet.
#[derive(Clone, Debug)]
pub(crate) struct Crossing {
    pub(crate) roads: (String, String),
    /// A node of the network.
    pub(crate) at: P,
    pub(crate) weight: f64,
}

/// A piece of road between two nodes.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub(crate) ends: (P, P),
    /// Name id's text; unnamed lanes have none.
    pub(crate) road: Option<String>,
    pub(crate) highway: Highway,
    pub(crate) tunnel: bool,
    pub(crate) weight: f64,
}

/// A landmark and the point of the network before its gate.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) name: String,
    pub(crate) at: P,
    pub(crate) road: Option<String>,
    pub(crate) weight: f64,
}

/// The index of places.
pub(crate) struct Places {
    pub(crate) crossings: Vec<Crossing>,
    pub(crate) stretches: Vec<Stretch>,
    pub(crate) gates: Vec<Gate>,
    by_road: HashMap<String, Vec<u32>>,
    villages: Vec<(String, P)>,
}

/// How readily people call from a zone.
fn liveliness(zone: Zone) -> f64 {
    match zone {
        Zone::OldTown => 1.5,
        Zone::NewTown => 1.25,
        Zone::Suburb => 0.95,
        Zone::Industry => 0.6,
        Zone::Town => 0.8,
        Zone::Rural => 0.3,
        Zone::Closed => 0.5,
    }
}

impl Places {
    /// Reads the ground.
    pub(crate) fn new(ground: &Ground) -> Self {
        let mut at_node: BTreeMap<u32, Vec<(u32, Highway)>> = BTreeMap::new();
        let mut stretches = Vec::new();
        let mut cells = Cells::new(200.0);
        for way in &ground.ways {
            let highway = ground.roads[way.road].highway;
            let road = ground.name(way).map(str::to_owned);
            let middle = ground.nodes[way.nodes[way.nodes.len() / 2] as usize];
            let lively = liveliness(ground.terrain.zone(middle));
            for w in way.nodes.windows(2) {
                let ends = (ground.nodes[w[0] as usize], ground.nodes[w[1] as usize]);
                let share = if way.divided { 0.5 } else { 1.0 };
                let weight = ends.0.distance(ends.1) * highway.pull() * lively * share;
                cells.add_segment(ends.0, ends.1, stretches.len() as u32);
                stretches.push(Stretch { ends, road: road.clone(), highway, tunnel: way.structure == Structure::Tunnel, weight });
            }
            if let Some(name) = way.name {
                for &node in &way.nodes {
                    let list = at_node.entry(node).or_default();
                    if !list.iter().any(|(n, _)| *n == name) {
                        list.push((name, highway));
                    }
                }
            }
        }
        let mut found: BTreeMap<(u32, u32), Vec<Crossing>> = BTreeMap::new();
        for (node, mut list) in at_node {
            list.sort_by_key(|(name, highway)| (*highway, *name));
            let at = ground.nodes[node as usize];
            for (k, (first, one)) in list.iter().enumerate() {
                for (second, two) in &list[k + 1..] {
                    let known = found.entry((*first.min(second), *first.max(second))).or_default();
                    // The nodes of one crossing of divided roads count once.
                    if known.iter().any(|c| c.at.distance(at) < 150.0) {
                        continue;
                    }
                    let lively = liveliness(ground.terrain.zone(at));
                    let name = |id: u32| ground.names.get(id).zh.clone();
                    let weight = (one.pull() * two.pull()).sqrt() * 55.0 * lively;
                    known.push(Crossing { roads: (name(*first), name(*second)), at, weight });
                }
            }
        }
        let crossings: Vec<Crossing> = found.into_values().flatten().collect();
        let mut by_road: HashMap<String, Vec<u32>> = HashMap::new();
        for (index, crossing) in crossings.iter().enumerate() {
            for road in [&crossing.roads.0, &crossing.roads.1] {
                by_road.entry(road.clone()).or_default().push(index as u32);
            }
        }
        let gates = ground
            .landmarks
            .iter()
            .filter_map(|landmark| {
                let near = cells.near(landmark.at, 250.0);
                let on = |s: u32| nearest_on_segment(landmark.at, stretches[s as usize].ends.0, stretches[s as usize].ends.1);
                let usable = |s: &u32| stretches[*s as usize].highway > Highway::MotorwayLink && !stretches[*s as usize].tunnel;
                let best = near.into_iter().filter(usable).min_by(|&a, &b| {
                    // A named street is the address even where a lane lies a little nearer.
                    let cost = |s: u32| on(s).distance(landmark.at) + if stretches[s as usize].road.is_none() { 60.0 } else { 0.0 };
                    cost(a).total_cmp(&cost(b))
                })?;
                Some(Gate {
                    name: landmark.name.zh.clone(),
                    at: on(best),
                    road: stretches[best as usize].road.clone(),
                    weight: landmark.pull * 420.0,
                })
            })
            .collect();
        let villages = ground.villages.iter().map(|v| (v.name.zh.clone(), v.at)).collect();
        Self { crossings, stretches, gates, by_road, villages }
    }

    /// The crossing of two roads, in whatever order they are named.
    pub(crate) fn crossing(&self, a: &str, b: &str) -> Option<&Crossing> {
        self.of_road(a).find(|c| c.roads.0 == b || c.roads.1 == b)
    }

    fn of_road<'a>(&'a self, road: &str) -> impl Iterator<Item = &'a Crossing> {
        self.by_road.get(road).into_iter().flatten().map(|&index| &self.crossings[index as usize])
    }

    /// The road that crosses `road` nearest to a point, with the distance in metres.
    pub(crate) fn cross_street(&self, road: &str, at: P) -> Option<(&str, f64)> {
        self.of_road(road)
            .map(|c| (if c.roads.0 == road { c.roads.1.as_str() } else { c.roads.0.as_str() }, c.at.distance(at)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Pieces of `road` between its crossings with two others.
    pub(crate) fn between(&self, road: &str, from: &str, to: &str) -> Vec<(P, P)> {
        let (Some(a), Some(b)) = (self.crossing(road, from), self.crossing(road, to)) else { return Vec::new() };
        let (a, b) = (a.at, b.at);
        let axis = b - a;
        let share = |q: P| (q - a).dot(axis) / axis.dot(axis).max(1.0);
        let fits = |s: &&Stretch| {
            let middle = s.ends.0.towards(s.ends.1, 0.5);
            s.road.as_deref() == Some(road)
                && (0.0..=1.0).contains(&share(middle))
                && nearest_on_segment(middle, a, b).distance(middle) < 160.0
        };
        let mut pieces: Vec<(P, P)> = self.stretches.iter().filter(fits).map(|s| s.ends).collect();
        pieces.sort_by(|x, y| share(x.0).total_cmp(&share(y.0)));
        pieces
    }

    /// The village nearest to a point, within 900 m.
    pub(crate) fn village(&self, at: P) -> Option<&str> {
        self.villages
            .iter()
            .map(|(name, q)| (name, q.distance(at)))
            .filter(|(_, distance)| *distance < 900.0)
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(name, _)| name.as_str())
    }
}
