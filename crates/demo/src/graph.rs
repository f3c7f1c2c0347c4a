//! The built ground: all roads as one graph of nodes and ways, with areas and landmarks on it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;

use crate::areas::Areas;
use crate::arrange::{Arrangement, Chain, arrange};
use crate::block::{self, Block};
use crate::carriageway::{self, Carriageway};
use crate::geometry::P;
use crate::ground::{Terrain, Zone};
use crate::interchange::{self, Roundabout};
use crate::landmarks::{self, Landmark};
use crate::names::Names;
use crate::random::Random;
use crate::skeleton;
use crate::streets::{Highway, NameId, Road, Structure};
use crate::villages::{self, Village};

/// One OSM way of the road network.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) nodes: Vec<u32>,
    pub(crate) road: usize,
    pub(crate) name: Option<NameId>,
    pub(crate) structure: Structure,
    pub(crate) oneway: bool,
    /// One of two carriageways.
    pub(crate) divided: bool,
    /// 胜利大桥, 凤凰山隧道
    pub(crate) structure_name: Option<Text>,
}

/// Everything that lies on the ground.
pub(crate) struct Ground {
    pub(crate) terrain: Terrain,
    pub(crate) names: Names,
    pub(crate) roads: Vec<Road>,
    pub(crate) nodes: Vec<P>,
    pub(crate) ways: Vec<Way>,
    /// Nodes with lights.
    pub(crate) signals: BTreeSet<u32>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) quarters: Vec<(Vec<P>, Zone)>,
    pub(crate) villages: Vec<Village>,
    pub(crate) areas: Areas,
    pub(crate) landmarks: Vec<Landmark>,
}

impl Ground {
    /// Builds the city's ground from the seed.
    pub(crate) fn build(seed: u64) -> Self {
        let terrain = Terrain::new(seed);
        let mut names = Names::new();
        let mut roads = skeleton::draw(&terrain, &mut names);
        roads.extend(villages::town_streets(&terrain, &mut names));
        let divided = block::divide(&terrain, &roads, &mut names);
        roads.extend(divided.streets);
        let (villages, lanes) = villages::villages(&terrain, &roads, &mut names);
        roads.extend(lanes);
        let roundabouts = interchange::roundabouts(&roads, &names);
        roads.extend(roundabouts.iter().map(interchange::ring));
        let ramps = interchange::ramps(&mut roads, &names);
        roads.extend(ramps);
        for road in roads.iter_mut().filter(|r| r.highway != Highway::Motorway && !r.roundabout) {
            road.line = crate::geometry::simplified(&road.line, 1.3);
        }
        let carriageways = carriageway::draw(&terrain, &roads);
        let strands: Vec<_> = carriageways.iter().map(Carriageway::strand).collect();
        let mut graph = arrange(&strands);
        clip_and_prune(&mut graph, &roads, &carriageways, &roundabouts);
        let ways = ways(seed, &graph, &roads, &carriageways, &mut names);
        let (nodes, ways) = compact(&graph.nodes, ways);
        let signals = signals(seed, &roads, &ways);
        let areas = Areas::draw(&terrain);
        let mut ground = Self {
            terrain,
            names,
            roads,
            nodes,
            ways,
            signals,
            blocks: divided.blocks,
            quarters: divided.quarters,
            villages,
            areas,
            landmarks: Vec::new(),
        };
        ground.landmarks = landmarks::place(&mut ground);
        ground
    }

    pub(crate) fn road_names(&self) -> Vec<Text> {
        let ids: BTreeSet<NameId> = self.ways.iter().filter_map(|w| w.name).collect();
        let mut names: Vec<Text> = ids.into_iter().map(|id| self.names.get(id).clone()).collect();
        names.sort_by(|a, b| a.zh.cmp(&b.zh));
        names
    }

    pub(crate) fn road_lines(&self) -> Vec<(String, Vec<Point>)> {
        self.ways
            .iter()
            .map(|way| {
                let name = way.name.map_or(String::new(), |id| self.names.get(id).zh.clone());
                (name, way.nodes.iter().map(|&n| self.nodes[n as usize].geographic()).collect())
            })
            .collect()
    }

    /// The name of a way's road in Chinese.
    pub(crate) fn name(&self, way: &Way) -> Option<&str> {
        way.name.map(|id| self.names.get(id).zh.as_str())
    }
}

/// Keeps what lies in the district, opens roundabouts, and cuts ends that overshoot the road they meet.
fn clip_and_prune(graph: &mut Arrangement, roads: &[Road], carriageways: &[Carriageway], roundabouts: &[Roundabout]) {
    let nodes = &graph.nodes;
    let inside = |n: u32| {
        let q = nodes[n as usize];
        q.x.abs() <= crate::ground::HALF.x + 20.0 && q.y.abs() <= crate::ground::HALF.y + 20.0
    };
    for (chain, carriageway) in graph.chains.iter_mut().zip(carriageways) {
        let first = chain.nodes.iter().position(|&n| inside(n)).unwrap_or(0);
        let last = chain.nodes.iter().rposition(|&n| inside(n)).unwrap_or(0);
        trim(chain, first, last);
        let ring = roads[carriageway.road].roundabout;
        if !ring && let [.., _, _] = chain.nodes.as_slice() {
            // Streets through a roundabout's middle end at its ring; what is cut away becomes an empty step.
            let within = |q: P| roundabouts.iter().any(|r| q.distance(r.at) < r.radius - 3.0);
            for k in 1..chain.nodes.len() {
                let (a, b) = (nodes[chain.nodes[k - 1] as usize], nodes[chain.nodes[k] as usize]);
                let grounded = carriageway.structures[chain.segments[k - 1] as usize] == Structure::Ground;
                if grounded && within(a.towards(b, 0.5)) {
                    chain.segments[k - 1] = u32::MAX;
                }
            }
        }
    }
    let degrees = graph.degrees();
    for (chain, carriageway) in graph.chains.iter_mut().zip(carriageways) {
        if roads[carriageway.road].roundabout {
            continue;
        }
        // A main road that goes a little past the last street it meets was drawn too long.
        let limit = if roads[carriageway.road].highway <= Highway::Secondary { 95.0 } else { 26.0 };
        let count = chain.nodes.len();
        let stub = |order: &mut dyn Iterator<Item = usize>| -> Option<usize> {
            let mut length = 0.0;
            let mut previous: Option<usize> = None;
            for k in order {
                if let Some(b) = previous {
                    length += graph.nodes[chain.nodes[b] as usize].distance(graph.nodes[chain.nodes[k] as usize]);
                }
                let degree = degrees[chain.nodes[k] as usize];
                if previous.is_none() && degree > 1 {
                    return None;
                }
                if degree > 2 {
                    return (length < limit).then_some(k);
                }
                previous = Some(k);
            }
            None
        };
        let first = stub(&mut (0..count)).unwrap_or(0);
        let last = stub(&mut (0..count).rev()).unwrap_or(count.saturating_sub(1));
        if last > first {
            trim(chain, first, last);
        } else {
            *chain = Chain::default();
        }
    }
}

fn trim(chain: &mut Chain, first: usize, last: usize) {
    if last <= first {
        *chain = Chain::default();
        return;
    }
    chain.nodes = chain.nodes[first..=last].to_vec();
    chain.segments = chain.segments[first..last].to_vec();
}

/// Chains become ways, broken where name or structure changes and, on long roads, every few crossings as mappers do.
fn ways(seed: u64, graph: &Arrangement, roads: &[Road], carriageways: &[Carriageway], names: &mut Names) -> Vec<Way> {
    let degrees = graph.degrees();
    let mut drawn: HashSet<(u32, u32)> = HashSet::new();
    let mut out: Vec<Way> = Vec::new();
    let tunnel_names: BTreeMap<usize, Text> =
        roads.iter().enumerate().filter_map(|(i, r)| Some((i, names.get(r.tunnel?).clone()))).collect();
    for (index, (chain, carriageway)) in graph.chains.iter().zip(carriageways).enumerate() {
        let road = &roads[carriageway.road];
        let mut random = Random::keyed(seed, &[0x3a75, index as u64]);
        let total: f64 = chain.nodes.windows(2).map(|w| graph.nodes[w[0] as usize].distance(graph.nodes[w[1] as usize])).sum();
        let (mut along, mut crossings) = (0.0, 0);
        let mut limit = 2 + random.below(4);
        let mut current: Option<Way> = None;
        for (k, w) in chain.nodes.windows(2).enumerate() {
            let (a, b) = (graph.nodes[w[0] as usize], graph.nodes[w[1] as usize]);
            let length = a.distance(b);
            let share = (along + length / 2.0) / total.max(1.0);
            along += length;
            let segment = chain.segments[k];
            let fresh = segment != u32::MAX && drawn.insert((w[0].min(w[1]), w[0].max(w[1])));
            if !fresh {
                out.extend(current.take());
                continue;
            }
            let structure = carriageway.structures.get(segment as usize).copied().unwrap_or(Structure::Ground);
            let name = road.name_at(if carriageway.reversed { 1.0 - share } else { share });
            let at_crossing = degrees[w[0] as usize] > 2;
            crossings += usize::from(at_crossing);
            let broken = current.as_ref().is_some_and(|way| way.name != name || way.structure != structure);
            let enough = at_crossing && crossings >= limit && !road.roundabout;
            if broken || enough {
                out.extend(current.take());
                crossings = 0;
                limit = 2 + random.below(4);
            }
            match &mut current {
                Some(way) => way.nodes.push(w[1]),
                None => {
                    current = Some(Way {
                        nodes: vec![w[0], w[1]],
                        road: carriageway.road,
                        name,
                        structure,
                        oneway: carriageway.oneway,
                        divided: carriageway.divided,
                        structure_name: if structure == Structure::Tunnel { tunnel_names.get(&carriageway.road).cloned() } else { None },
                    });
                }
            }
        }
        out.extend(current);
    }
    for way in &mut out {
        let length: f64 = way.nodes.windows(2).map(|w| graph.nodes[w[0] as usize].distance(graph.nodes[w[1] as usize])).sum();
        if way.structure == Structure::Bridge && length > 150.0 && roads[way.road].highway <= Highway::Tertiary {
            way.structure_name = way.name.map(|id| bridge_name(names.get(id)));
        }
    }
    out
}

/// 胜利东路 → 胜利大桥
fn bridge_name(road: &Text) -> Text {
    let cut = |text: &str, ends: &[&str]| ends.iter().fold(text.to_owned(), |t, end| t.strip_suffix(end).map_or(t.clone(), Into::into));
    let zh = match road.zh.as_str() {
        "解放南路" => "南门".to_owned(),
        name => cut(name, &["公路", "大道", "路", "街", "东", "西", "南", "北", "快速"]),
    };
    let en = if zh == "南门" {
        "Nanmen".to_owned()
    } else {
        cut(&road.en, &[" Highway", " Avenue", " Road", " Street", " Expressway", " East", " West", " South", " North"])
    };
    Text::new(format!("{zh}大桥"), format!("{en} Bridge"))
}

/// Drops nodes no way uses.
fn compact(nodes: &[P], mut ways: Vec<Way>) -> (Vec<P>, Vec<Way>) {
    let mut number = vec![u32::MAX; nodes.len()];
    let mut kept = Vec::new();
    for way in &mut ways {
        for node in &mut way.nodes {
            let slot = &mut number[*node as usize];
            if *slot == u32::MAX {
                *slot = kept.len() as u32;
                kept.push(nodes[*node as usize]);
            }
            *node = *slot;
        }
    }
    (kept, ways)
}

/// Lights where main roads meet on the ground.
fn signals(seed: u64, roads: &[Road], ways: &[Way]) -> BTreeSet<u32> {
    let mut at: BTreeMap<u32, Vec<(usize, Highway)>> = BTreeMap::new();
    for way in ways.iter().filter(|w| w.structure == Structure::Ground) {
        let road = &roads[way.road];
        for &node in &way.nodes {
            let list = at.entry(node).or_default();
            if !list.iter().any(|(r, _)| *r == way.road) {
                list.push((way.road, road.highway));
            }
        }
    }
    at.into_iter()
        .filter(|(node, list)| {
            let around = list.iter().any(|(road, _)| roads[*road].roundabout);
            let mut classes: Vec<Highway> = list.iter().map(|(_, h)| *h).collect();
            classes.sort_unstable();
            let (Some(&first), Some(&second)) = (classes.first(), classes.get(1)) else { return false };
            let ramp = first == Highway::MotorwayLink && second <= Highway::Primary && second != Highway::MotorwayLink;
            let main = first >= Highway::Trunk && first <= Highway::Secondary;
            let lit = Random::keyed(seed, &[0x51, u64::from(*node)]).unit();
            !around && (ramp || (main && second <= Highway::Secondary) || (main && second == Highway::Tertiary && lit < 0.55))
        })
        .map(|(node, _)| node)
        .collect()
}
