//! Joining lines where they share a coordinate, and ids from coordinates.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Drawn, Elements, Shape};
use crate::format::ShapeRecord;
use crate::geometry::UNITS_PER_DEGREE;

type Tags = Vec<(String, String)>;

/// Coarsest joining, stored units: 1e-3 degree, a hundred metres. More would join streets.
const COARSEST: f64 = 10_000.0;

/// Makes nodes, ways and relations.
pub(crate) fn join(drawn: Vec<Drawn>, tolerance: f64) -> Elements {
    let tolerance = if tolerance.is_finite() { (tolerance * UNITS_PER_DEGREE).clamp(1.0, COARSEST) } else { 1.0 };
    let snap = Snap::new(&drawn, tolerance);
    let meeting = Meeting::new(&drawn, &snap);
    let mut ids = Ids::default();
    let mut elements = Elements::default();
    let mut lines: Vec<(Vec<ShapeRecord>, Tags)> = Vec::new();
    let mut polygons: Vec<(Vec<Vec<ShapeRecord>>, Tags)> = Vec::new();
    let mut points: Vec<(ShapeRecord, Tags)> = Vec::new();
    for Drawn { shape, tags } in drawn {
        match shape {
            Shape::Line(line) => lines.push((line.iter().map(|p| snap.at(*p)).collect(), tags)),
            Shape::Polygon(rings) => polygons.push((rings, tags)),
            Shape::Point(at) => points.push((snap.at(at), tags)),
        }
    }
    // In an order of their own, so that ids do not depend on the order of the features.
    lines.sort();
    polygons.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    points.sort();
    let mut on_lines: BTreeMap<ShapeRecord, i64> = BTreeMap::new();
    let mut nodes: BTreeMap<i64, (ShapeRecord, Tags)> = BTreeMap::new();
    for (line, tags) in lines {
        let level = level(&tags);
        let count = line.len();
        let refs: Vec<i64> = line
            .iter()
            .enumerate()
            .map(|(i, at)| {
                let apart = if i > 0 && i + 1 < count { meeting.apart(*at, level) } else { 0 };
                let id = ids.of(("node", apart), &[*at]);
                nodes.entry(id).or_insert_with(|| (*at, Tags::new()));
                on_lines.entry(*at).or_insert(id);
                id
            })
            .collect();
        if refs.len() > 1 {
            elements.ways.push((ids.fresh(("way", 0), &line), refs, tags));
        }
    }
    for (rings, tags) in polygons {
        let mut ways: Vec<(i64, Vec<i64>)> = Vec::new();
        for ring in rings.iter().filter(|r| r.len() > 3) {
            let refs = ring.iter().map(|at| {
                let id = ids.of(("ring", 0), &[*at]);
                nodes.entry(id).or_insert_with(|| (*at, Tags::new()));
                id
            });
            let refs: Vec<i64> = refs.collect();
            ways.push((ids.fresh(("area", 0), ring), refs));
        }
        if let [(id, refs)] = &mut ways[..] {
            elements.ways.push((*id, std::mem::take(refs), tags));
        } else if !ways.is_empty() {
            let flat: Vec<ShapeRecord> = rings.concat();
            let mut tags = tags;
            let kind = if tags.iter().any(|(k, _)| k == "boundary") { "boundary" } else { "multipolygon" };
            tags.retain(|(k, _)| k != "type");
            tags.push(("type".to_owned(), kind.to_owned()));
            elements.relations.push((ids.fresh(("relation", 0), &flat), ways.iter().map(|(id, _)| *id).collect(), tags));
            elements.ways.extend(ways.into_iter().map(|(id, refs)| (id, refs, Tags::new())));
        }
    }
    for (at, tags) in points {
        // Signals, stakes and exits stand on the road's own node; houses and shops are points of their own.
        let of_road = on_lines.get(&at).filter(|_| tags.iter().any(|(k, _)| k == "highway" || k == "crossing"));
        match of_road.and_then(|id| nodes.get_mut(id)) {
            Some((_, own)) if own.is_empty() => *own = tags,
            _ => {
                nodes.insert(ids.fresh(("point", 0), &[at]), (at, tags));
            }
        }
    }
    elements.nodes = nodes.into_iter().map(|(id, (at, tags))| (id, at, tags)).collect();
    elements
}

/// Level of the grade as `layer` says it, or ±1 for a bridge or tunnel.
fn level(tags: &Tags) -> i8 {
    let get = |key: &str| tags.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
    let is = |key: &str| get(key).is_some_and(|v| !matches!(v, "no" | "0" | "false"));
    let layer = get("layer").and_then(|l| l.parse::<i8>().ok());
    layer.unwrap_or_else(|| i8::from(is("bridge")) - i8::from(is("tunnel")))
}

/// Which lines pass each point: two that only pass, at different levels, do not meet there.
struct Meeting(HashMap<ShapeRecord, (bool, BTreeSet<i8>)>);

impl Meeting {
    fn new(drawn: &[Drawn], snap: &Snap) -> Self {
        let mut passing: HashMap<ShapeRecord, (bool, BTreeSet<i8>)> = HashMap::new();
        let mut ends: BTreeSet<ShapeRecord> = BTreeSet::new();
        for Drawn { shape, tags } in drawn {
            let Shape::Line(line) = shape else { continue };
            let level = level(tags);
            ends.extend(line.first().into_iter().chain(line.last()).map(|p| snap.at(*p)));
            for at in line.iter().take(line.len().saturating_sub(1)).skip(1) {
                passing.entry(snap.at(*at)).or_default().1.insert(level);
            }
        }
        for (at, (has_end, _)) in &mut passing {
            *has_end = ends.contains(at);
        }
        passing.retain(|_, (has_end, levels)| !*has_end && levels.len() > 1);
        Self(passing)
    }

    /// 0 where all meet; else a number that tells this level apart.
    fn apart(&self, at: ShapeRecord, level: i8) -> i64 {
        if self.0.contains_key(&at) { i64::from(level) + 1_000 } else { 0 }
    }
}

/// Points closer than the tolerance are one: the first of them in order of coordinates.
struct Snap(HashMap<ShapeRecord, ShapeRecord>);

impl Snap {
    fn new(drawn: &[Drawn], tolerance: f64) -> Self {
        if tolerance <= 1.0 {
            return Self(HashMap::new());
        }
        let lines = drawn.iter().filter_map(|d| match &d.shape {
            Shape::Line(line) => Some(line),
            _ => None,
        });
        let all: BTreeSet<ShapeRecord> = lines.flatten().copied().collect();
        let step = tolerance.ceil() as i32;
        let cell = |p: ShapeRecord| (p.x.div_euclid(step), p.y.div_euclid(step));
        let mut kept: HashMap<(i32, i32), Vec<ShapeRecord>> = HashMap::new();
        let mut moved = HashMap::new();
        for p in all {
            let (cx, cy) = cell(p);
            let around = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (cx + dx, cy + dy)));
            let away = |q: &ShapeRecord| (f64::from(p.x) - f64::from(q.x)).hypot(f64::from(p.y) - f64::from(q.y));
            let near = around.filter_map(|c| kept.get(&c)).flatten().filter(|q| away(q) <= tolerance);
            match near.min_by(|a, b| away(a).total_cmp(&away(b)).then(a.cmp(b))).copied() {
                Some(q) => {
                    moved.insert(p, q);
                }
                None => kept.entry((cx, cy)).or_default().push(p),
            }
        }
        Self(moved)
    }

    fn at(&self, p: ShapeRecord) -> ShapeRecord {
        self.0.get(&p).copied().unwrap_or(p)
    }
}

/// Ids from content; two contents with one hash, or one content twice, get neighbouring ids.
#[derive(Default)]
struct Ids {
    taken: BTreeMap<i64, ((&'static str, i64), Vec<ShapeRecord>)>,
}

impl Ids {
    /// The id of this content, the same each time.
    fn of(&mut self, kind: (&'static str, i64), shape: &[ShapeRecord]) -> i64 {
        let mut id = hash(kind, shape);
        loop {
            match self.taken.get(&id) {
                None => {
                    self.taken.insert(id, (kind, shape.to_vec()));
                    return id;
                }
                Some((k, s)) if *k == kind && s == shape => return id,
                Some(_) => id = next(id),
            }
        }
    }

    /// An id nothing has yet.
    fn fresh(&mut self, kind: (&'static str, i64), shape: &[ShapeRecord]) -> i64 {
        let mut id = hash(kind, shape);
        while self.taken.contains_key(&id) {
            id = next(id);
        }
        self.taken.insert(id, (kind, Vec::new()));
        id
    }
}

/// Ids stay below 2^53: they pass through JSON and spreadsheets unharmed.
const IDS: i64 = 1 << 53;

fn next(id: i64) -> i64 {
    if id + 1 < IDS { id + 1 } else { 1 }
}

fn hash((kind, apart): (&str, i64), shape: &[ShapeRecord]) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(kind.as_bytes()).update(&apart.to_le_bytes());
    for p in shape {
        hasher.update(&p.x.to_le_bytes()).update(&p.y.to_le_bytes());
    }
    let mut word = [0; 8];
    word.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    (i64::from_le_bytes(word) & (IDS - 1)).max(1)
}
