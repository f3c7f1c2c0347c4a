//! Both engines against a naive search over explicit histories of edges, on random networks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use gongzhi_civic::place::Point;
use gongzhi_road::Network;
use gongzhi_road::import::{self, Options};
use gongzhi_road::route::*;
use proptest::prelude::*;

/// A way between two of the nodes; with the same node twice it is a loop through two points of its own.
#[derive(Clone, Debug)]
pub struct Street {
    from: u8,
    to: u8,
    oneway: bool,
    speed: u8,
}

/// A restriction between ways by number, over a node or over another way.
#[derive(Clone, Debug)]
pub struct Rule {
    only: bool,
    from: usize,
    via: Option<usize>,
    to: usize,
}

/// A random network and what is closed on it.
#[derive(Clone, Debug)]
pub struct World {
    streets: Vec<Street>,
    rules: Vec<Rule>,
    closed: Vec<(u16, u8, u8)>,
    u_turn: bool,
    spots: Vec<(u16, u8, bool)>,
}

const NODES: u8 = 9;

pub fn worlds() -> impl Strategy<Value = World> {
    let street =
        (0..NODES, 0..NODES, prop::bool::weighted(0.3), 20..90u8).prop_map(|(from, to, oneway, speed)| Street { from, to, oneway, speed });
    let rule = (any::<bool>(), 0..40usize, prop::option::weighted(0.5, 0..40usize), 0..40usize).prop_map(|(only, from, via, to)| Rule {
        only,
        from,
        via,
        to,
    });
    let closed = (any::<u16>(), 0..=10u8, 0..=10u8);
    let spot = (any::<u16>(), 0..=10u8, any::<bool>());
    (
        prop::collection::vec(street, 6..22),
        prop::collection::vec(rule, 0..14),
        prop::collection::vec(closed, 0..3),
        any::<bool>(),
        prop::collection::vec(spot, 6),
    )
        .prop_map(|(streets, rules, closed, u_turn, spots)| World { streets, rules, closed, u_turn, spots })
}

impl World {
    fn xml(&self) -> String {
        let mut xml = String::from("<osm version=\"0.6\">");
        let node = |xml: &mut String, id: usize, lon: f64, lat: f64| {
            let _ = write!(xml, "<node id=\"{id}\" lon=\"{lon:.7}\" lat=\"{lat:.7}\"/>");
        };
        for i in 0..usize::from(NODES) {
            node(&mut xml, 1 + i, 120.0 + (i % 3) as f64 * 0.003 + (i * i % 5) as f64 * 2e-4, 30.0 + (i / 3) as f64 * 0.003);
        }
        let mut ways = String::new();
        for (i, s) in self.streets.iter().enumerate() {
            let (a, b) = (usize::from(s.from) + 1, usize::from(s.to) + 1);
            let mut nodes = vec![a];
            if a == b {
                for k in 0..2 {
                    let id = 100 + 2 * i + k;
                    node(
                        &mut xml,
                        id,
                        120.0 + (a % 3) as f64 * 0.003 + 0.001 * (k + 1) as f64,
                        30.0 + (a / 3) as f64 * 0.003 + 0.0005 * i as f64,
                    );
                    nodes.push(id);
                }
            }
            nodes.push(b);
            let refs: String = nodes.iter().map(|n| format!("<nd ref=\"{n}\"/>")).collect();
            let oneway = if s.oneway { "<tag k=\"oneway\" v=\"yes\"/>" } else { "" };
            let _ = write!(
                ways,
                "<way id=\"{}\">{refs}<tag k=\"highway\" v=\"residential\"/><tag k=\"name\" v=\"street {i}\"/><tag k=\"maxspeed\" v=\"{}\"/>{oneway}</way>",
                i + 1,
                s.speed
            );
        }
        xml += &ways;
        for (i, (rule, via)) in self.rules().into_iter().enumerate() {
            let way = |role: &str, way: usize| format!("<member type=\"way\" ref=\"{}\" role=\"{role}\"/>", way + 1);
            let via = match via {
                Via::Node(n) => format!("<member type=\"node\" ref=\"{}\" role=\"via\"/>", n + 1),
                Via::Way(w) => way("via", w),
            };
            let word = if rule.only { "only_left_turn" } else { "no_left_turn" };
            let _ = write!(
                xml,
                "<relation id=\"{}\">{}{via}{}<tag k=\"type\" v=\"restriction\"/><tag k=\"restriction\" v=\"{word}\"/></relation>",
                i + 1,
                way("from", rule.from),
                way("to", rule.to)
            );
        }
        xml + "</osm>"
    }

    /// The rules that make sense: three different ways, or two with a node in common.
    fn rules(&self) -> Vec<(Rule, Via)> {
        let n = self.streets.len();
        let ends = |w: usize| [self.streets[w].from, self.streets[w].to];
        let meet = |a: usize, b: usize| ends(a).into_iter().find(|e| ends(b).contains(e));
        let all = self.rules.iter().map(|r| Rule { from: r.from % n, via: r.via.map(|v| v % n), to: r.to % n, ..*r });
        all.filter(|r| r.from != r.to && r.via != Some(r.from) && r.via != Some(r.to))
            .filter_map(|r| match r.via {
                None => meet(r.from, r.to).map(|node| (r, Via::Node(node))),
                Some(w) => (meet(r.from, w).is_some() && meet(w, r.to).is_some()).then_some((r, Via::Way(w))),
            })
            .collect()
    }
}

#[derive(Clone, Copy, Debug)]
enum Via {
    Node(u8),
    Way(usize),
}

/// What the oracle knows of an edge.
struct Edge {
    from: u32,
    to: u32,
    twin: Option<u32>,
    ms: f64,
    length: f64,
}

/// Remembers whole histories and asks of every step whether it is allowed.
struct Oracle {
    edges: Vec<Edge>,
    /// `(only, the edges before, the last edges)`.
    rules: Vec<(bool, Vec<u32>, BTreeSet<u32>)>,
    closed: Vec<(u32, f64, f64)>,
    u_turn_s: Option<f64>,
    dead_end_s: f64,
}

impl Oracle {
    fn new(world: &World, network: &Network, profile: &Profile, closed: &[(u32, f64, f64)]) -> Self {
        let count = network.counts().edges as u32;
        let edges: Vec<Edge> = (0..count)
            .map(|e| {
                let view = network.edge(e).unwrap();
                let kmh = (f64::from(view.max_speed.unwrap()) * profile.declared_share).min(profile.max_kmh);
                Edge {
                    from: view.from,
                    to: view.to,
                    twin: view.twin,
                    ms: (view.length_m * 3_600.0 / kmh).round().max(1.0),
                    length: view.length_m,
                }
            })
            .collect();
        let corner = |n: u8| {
            let at = Point::new(
                120.0 + f64::from(n % 3) * 0.003 + f64::from(u32::from(n) * u32::from(n) % 5) * 2e-4,
                30.0 + f64::from(n / 3) * 0.003,
            );
            (0..network.counts().nodes as u32).find(|i| gongzhi_civic::place::haversine_m(network.node_point(*i).unwrap(), at) < 0.1)
        };
        let of = |way: usize| (0..count).filter(move |e| edges_way(network, *e) == way);
        let mut rules: Vec<(bool, Vec<u32>, BTreeSet<u32>)> = Vec::new();
        for (rule, via) in world.rules() {
            let mut grouped: BTreeMap<Vec<u32>, BTreeSet<u32>> = BTreeMap::new();
            for a in of(rule.from) {
                for c in of(rule.to) {
                    match via {
                        Via::Node(n) => {
                            if Some(edges[a as usize].to) == corner(n) && edges[c as usize].from == edges[a as usize].to {
                                grouped.entry(vec![a]).or_default().insert(c);
                            }
                        }
                        Via::Way(w) => {
                            for b in of(w) {
                                if edges[a as usize].to == edges[b as usize].from && edges[b as usize].to == edges[c as usize].from {
                                    grouped.entry(vec![a, b]).or_default().insert(c);
                                }
                            }
                        }
                    }
                }
            }
            rules.extend(grouped.into_iter().map(|(before, ends)| (rule.only, before, ends)));
        }
        let TurnCosts { u_turn_s, dead_end_s, .. } = profile.turns;
        Self { edges, rules, closed: closed.to_vec(), u_turn_s, dead_end_s }
    }

    fn allowed(&self, history: &[u32], next: u32) -> bool {
        self.edges[history[history.len() - 1] as usize].to == self.edges[next as usize].from
            && self.rules.iter().all(|(only, before, ends)| !history.ends_with(before) || *only == ends.contains(&next))
    }

    /// Milliseconds of the turn from a history to an edge.
    fn turn(&self, history: &[u32], next: u32) -> Option<f64> {
        if !self.allowed(history, next) {
            return None;
        }
        let last = history[history.len() - 1];
        let back = self.edges[last as usize].twin;
        if back != Some(next) {
            return Some(0.0);
        }
        let onward = (0..self.edges.len() as u32).any(|e| Some(e) != back && self.allowed(history, e));
        if onward { self.u_turn_s.map(|s| s * 1_000.0) } else { Some(self.dead_end_s * 1_000.0) }
    }

    fn part(&self, edge: u32, from: f64, to: f64) -> Option<f64> {
        let e = &self.edges[edge as usize];
        // Who is there already drives over nothing.
        let blocked = from < to && self.closed.iter().any(|(c, a, b)| *c == edge && from < *b && to > *a);
        (!blocked).then_some(e.ms * (to - from) / e.length)
    }

    fn spots(&self, p: &Position) -> Vec<(u32, f64)> {
        let e = &self.edges[p.edge as usize];
        let other = e.twin.filter(|_| p.either_side).map(|t| (t, e.length - p.offset_m));
        [(p.edge, p.offset_m)].into_iter().chain(other).collect()
    }

    /// Least milliseconds, by settling one history after another. A history keeps its last three edges: rules look back two.
    fn ms(&self, from: &Position, to: &Position) -> Option<f64> {
        let mut best: Option<f64> = None;
        let mut better = |ms: f64| best = Some(best.map_or(ms, |b: f64| b.min(ms)));
        let targets = self.spots(to);
        let mut open: BTreeMap<Vec<u32>, f64> = BTreeMap::new();
        for (edge, offset) in self.spots(from) {
            for (_, end) in targets.iter().filter(|(e, o)| *e == edge && *o >= offset) {
                if let Some(ms) = self.part(edge, offset, *end) {
                    better(ms);
                }
            }
            if let Some(ms) = self.part(edge, offset, self.edges[edge as usize].length) {
                open.insert(vec![edge], ms);
            }
        }
        let mut settled: BTreeSet<Vec<u32>> = BTreeSet::new();
        while let Some((history, ms)) = open.iter().min_by(|a, b| a.1.total_cmp(b.1)).map(|(h, m)| (h.clone(), *m)) {
            open.remove(&history);
            settled.insert(history.clone());
            for next in 0..self.edges.len() as u32 {
                let Some(turn) = self.turn(&history, next) else { continue };
                for (edge, end) in &targets {
                    if *edge == next
                        && let Some(part) = self.part(next, 0.0, *end)
                    {
                        better(ms + turn + part);
                    }
                }
                let Some(whole) = self.part(next, 0.0, self.edges[next as usize].length) else { continue };
                let mut longer: Vec<u32> = history.iter().copied().chain([next]).collect();
                longer.drain(..longer.len().saturating_sub(3));
                if !settled.contains(&longer) {
                    let total = ms + turn + whole;
                    let slot = open.entry(longer).or_insert(total);
                    *slot = slot.min(total);
                }
            }
        }
        best
    }
}

fn edges_way(network: &Network, edge: u32) -> usize {
    network.edge(edge).unwrap().name.rsplit(' ').next().unwrap().parse().unwrap()
}

fn profile(u_turn: bool) -> Profile {
    let turns = TurnCosts { u_turn_s: u_turn.then_some(7.0), dead_end_s: 3.0, ..TurnCosts::NONE };
    Profile { turns, ..Profile::car() }
}

/// Milliseconds along a route by the oracle's own rules; `None` if it breaks one.
fn drive(oracle: &Oracle, route: &Route) -> Option<f64> {
    let (first, last) = (*route.edges.first()?, *route.edges.last()?);
    if route.edges.len() == 1 {
        return oracle.part(first, route.from_m, route.to_m);
    }
    let mut ms = oracle.part(first, route.from_m, oracle.edges[first as usize].length)?;
    for i in 1..route.edges.len() {
        ms += oracle.turn(&route.edges[..i], route.edges[i])?;
        let end = if i + 1 == route.edges.len() { route.to_m } else { oracle.edges[route.edges[i] as usize].length };
        ms += oracle.part(route.edges[i], 0.0, end)?;
    }
    (last == route.edges[route.edges.len() - 1]).then_some(ms)
}

fn near(a: Option<f64>, b: Option<f64>, what: &str) -> Result<(), TestCaseError> {
    // Each part is rounded to a millisecond by the engines.
    let same = match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 4.0,
        (a, b) => a.is_none() == b.is_none(),
    };
    prop_assert!(same, "{}: {:?} and {:?}", what, a, b);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn engines_equal_a_naive_search(world in worlds()) {
        let imported = import::osm(world.xml().as_bytes(), &Options::default(), &mut |_| {}).unwrap();
        let network = Network::from_vec(imported.bytes).unwrap();
        let profile = profile(world.u_turn);
        let graph = Arc::new(Graph::build(&network, &profile));
        let count = graph.edges() as u32;
        let closed: Vec<(u32, f64, f64)> = world.closed.iter().map(|(e, a, b)| {
            let edge = u32::from(*e) % count;
            let length = graph.length_m(edge).unwrap();
            (edge, length * f64::from(*a.min(b)) / 10.0, length * f64::from(*a.max(b)) / 10.0)
        }).filter(|(_, a, b)| a < b).collect();
        let mut overlay = Overlay::new(&graph);
        for (edge, from_m, to_m) in &closed {
            overlay.apply(&graph, &Change { spans: vec![EdgeSpan { edge: *edge, from_m: *from_m, to_m: *to_m }], ..Change::close(&[]) });
        }
        let oracle = Oracle::new(&world, &network, &profile, &closed);
        let spots: Vec<Position> = world.spots.iter().map(|(e, share, either)| {
            let edge = u32::from(*e) % count;
            Position { edge, offset_m: graph.length_m(edge).unwrap() * f64::from(*share) / 10.0, either_side: *either }
        }).collect();
        let mut engines: Vec<Box<dyn Routes>> = vec![Box::new(BoundedDijkstra::new(graph.clone()))];
        #[cfg(feature = "cch")]
        engines.push(Box::new(CchRoutes::new(Arc::new(Hierarchy::build(graph.clone())))));
        let mut matrices = Vec::new();
        for engine in &mut engines {
            // The free roads first, so that the closures come as a change to an engine at work.
            let free = engine.matrix(&Overlay::new(&graph), &spots, &spots);
            let matrix = engine.matrix(&overlay, &spots, &spots);
            for (i, from) in spots.iter().enumerate() {
                for (j, to) in spots.iter().enumerate() {
                    let truth = oracle.ms(from, to);
                    near(matrix.get(i, j).map(f64::from), truth, &format!("matrix {i} {j}"))?;
                    let path = engine.path(&overlay, from, to);
                    near(path.as_ref().map(|p| f64::from(p.ms)), truth, &format!("path {i} {j}"))?;
                    if let Some(path) = path {
                        near(drive(&oracle, &path), truth, &format!("driving {i} {j} {path:?}"))?;
                        prop_assert_eq!(Some(path.ms), matrix.get(i, j));
                    }
                }
            }
            let units: Vec<Unit> = spots.iter().map(|p| Unit { position: *p, point: Point::new(120.0, 30.0), ready_ms: 0 }).collect();
            let query = NearestQuery { units: &units, to: spots[0], point: Point::new(120.0, 30.0), k: 3, limit_ms: NEVER - 1, explain: false };
            let answer = engine.k_nearest(&overlay, &query);
            let mut column: Vec<u32> = (0..spots.len()).filter_map(|i| matrix.get(i, 0)).collect();
            column.sort_unstable();
            column.truncate(3);
            prop_assert_eq!(answer.found.iter().map(|f| f.route.ms).collect::<Vec<_>>(), column);
            for f in &answer.found {
                near(drive(&oracle, &f.route), Some(f64::from(f.route.ms)), "nearest")?;
            }
            prop_assert_eq!(&engine.matrix(&Overlay::new(&graph), &spots, &spots).ms, &free.ms);
            matrices.push(matrix);
        }
        prop_assert!(matrices.windows(2).all(|m| m[0] == m[1]));
    }
}
