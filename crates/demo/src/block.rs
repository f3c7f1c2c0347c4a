//! Streets inside blocks: every face between main roads is halved again and again until its pieces fit their zone.

use crate::arrange::{Strand, arrange, faces};
use crate::geometry::{Cells, P, centroid, crossing, inside, line_length, nearest_on_segment, p, point_along, ring_area, simplified};
use crate::ground::{HALF, Terrain, Zone};
use crate::names::Names;
use crate::random::{Random, noise};
use crate::streets::{Highway, Road};

/// A block after the last cut: a point inside and what stands there.
pub(crate) struct Block {
    pub(crate) middle: P,
    pub(crate) zone: Zone,
}

/// What the division yields.
pub(crate) struct Divided {
    pub(crate) streets: Vec<Road>,
    pub(crate) blocks: Vec<Block>,
    /// Faces between main roads in built-up zones, for the land under the city.
    pub(crate) quarters: Vec<(Vec<P>, Zone)>,
}

struct Divider<'a> {
    terrain: &'a Terrain,
    names: &'a mut Names,
    random: Random,
    ends: Vec<P>,
    cells: Cells,
    out: Divided,
}

/// Typical area of a finished block in m².
fn target(zone: Zone) -> f64 {
    match zone {
        Zone::OldTown => 21_000.0,
        Zone::NewTown => 62_000.0,
        Zone::Suburb => 52_000.0,
        Zone::Industry => 130_000.0,
        Zone::Town => 34_000.0,
        Zone::Rural => 1_250_000.0,
        Zone::Closed => f64::INFINITY,
    }
}

/// A point inside the ring, its middle where that is inside.
pub(crate) fn inner_point(ring: &[P]) -> P {
    let middle = centroid(ring);
    if inside(middle, ring) {
        return middle;
    }
    let mut crossings: Vec<f64> = (0..ring.len())
        .filter_map(|i| {
            let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
            ((a.y > middle.y) != (b.y > middle.y)).then(|| a.x + (b.x - a.x) * (middle.y - a.y) / (b.y - a.y))
        })
        .collect();
    crossings.sort_by(f64::total_cmp);
    crossings
        .chunks_exact(2)
        .max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])))
        .map_or(ring[0], |c| p(f64::midpoint(c[0], c[1]), middle.y))
}

/// Divides the faces between `roads`, banks and hill feet.
pub(crate) fn divide(terrain: &Terrain, roads: &[Road], names: &mut Names) -> Divided {
    let mut strands: Vec<Strand> = roads.iter().filter(|r| r.raised.is_none()).map(|r| Strand::ground(lengthened(&r.line, 1.5))).collect();
    let close = |ring: &[P]| {
        let mut line = ring.to_vec();
        line.push(ring[0]);
        Strand::ground(line)
    };
    let border = [p(-HALF.x, -HALF.y), p(HALF.x, -HALF.y), p(HALF.x, HALF.y), p(-HALF.x, HALF.y)];
    strands.push(close(&border));
    strands.push(close(&terrain.river_ring));
    let graph = arrange(&strands);
    let mut divider = Divider {
        terrain,
        names,
        random: Random::keyed(terrain.seed, &[0xb10c]),
        ends: Vec::new(),
        cells: Cells::new(100.0),
        out: Divided { streets: Vec::new(), blocks: Vec::new(), quarters: Vec::new() },
    };
    for face in faces(&graph) {
        let ring: Vec<P> = face.iter().map(|&n| graph.nodes[n as usize]).collect();
        let middle = inner_point(&ring);
        if middle.x.abs() > HALF.x || middle.y.abs() > HALF.y {
            continue;
        }
        if !inside(middle, &terrain.river_ring) {
            divider.cut(ring, 0, false);
        }
    }
    divider.out
}

/// The line with both ends pushed out, so that it surely meets what it ends on.
pub(crate) fn lengthened(line: &[P], by: f64) -> Vec<P> {
    let mut line = line.to_vec();
    let count = line.len();
    if count > 1 && line[0].distance(line[count - 1]) > 1.0 {
        line[0] = line[0] + (line[0] - line[1]).normalised() * by;
        line[count - 1] = line[count - 1] + (line[count - 1] - line[count - 2]).normalised() * by;
    }
    line
}

/// The direction of the narrowest box around the ring, and the box's length along and across it.
fn narrowest_box(ring: &[P]) -> (P, f64, f64) {
    let mut best = (f64::INFINITY, p(1.0, 0.0), 0.0, 0.0);
    for i in 0..ring.len() {
        let edge = ring[(i + 1) % ring.len()] - ring[i];
        if edge.length() < 15.0 {
            continue;
        }
        let along = edge.normalised();
        let across = along.left();
        let (mut low, mut high) = (p(f64::INFINITY, f64::INFINITY), p(f64::NEG_INFINITY, f64::NEG_INFINITY));
        for &q in ring {
            let local = p(q.dot(along), q.dot(across));
            low = p(low.x.min(local.x), low.y.min(local.y));
            high = p(high.x.max(local.x), high.y.max(local.y));
        }
        let size = high - low;
        if size.x * size.y < best.0 {
            best = if size.x >= size.y { (size.x * size.y, along, size.x, size.y) } else { (size.x * size.y, across, size.y, size.x) };
        }
    }
    (best.1, best.2, best.3)
}

impl Divider<'_> {
    fn cut(&mut self, ring: Vec<P>, depth: u32, mut counted: bool) {
        let area = ring_area(&ring);
        let outline = simplified(&ring, 6.0);
        let middle = inner_point(&ring);
        let mut zone = self.terrain.zone(middle);
        if zone == Zone::Closed && area > 90_000.0 {
            // A lake or park in the middle: what stands around it decides.
            let around = ring.iter().step_by(1 + ring.len() / 6).map(|&q| self.terrain.zone(q.towards(middle, 0.05)));
            zone = around.filter(|z| *z != Zone::Closed).max_by_key(|z| *z as u8 != Zone::Rural as u8).unwrap_or(Zone::Closed);
        }
        if !counted && area < 1_300_000.0 {
            counted = true;
            if !matches!(zone, Zone::Rural | Zone::Closed) {
                self.out.quarters.push((simplified(&ring, 5.0), zone));
            }
        }
        let (along, length, width) = narrowest_box(&outline);
        let goal = target(zone) * self.random.range(0.75, 1.5);
        let spared = area < goal * 6.0 && self.random.chance(0.035);
        let narrow = width < 55.0 || length < 110.0 || (zone == Zone::Rural && width < 420.0);
        let done = zone == Zone::Closed || area < goal || spared || narrow || depth > 16 || ring.len() < 3;
        if done {
            self.out.blocks.push(Block { middle, zone });
            return;
        }
        let jitter = match zone {
            Zone::OldTown => 0.17,
            Zone::Rural => 0.4,
            Zone::Suburb => 0.08,
            _ => 0.02,
        };
        for attempt in 0..9 {
            // The middle first; then farther out and across, round a lake or park that is in the way.
            let spread = 0.14 + 0.04 * f64::from(attempt);
            let share = self.random.range(0.5 - spread, 0.5 + spread);
            let turn = self.random.normal() * jitter;
            let (along, length) = if attempt > 3 && attempt % 2 == 1 { (along.left(), width) } else { (along, length) };
            let low = outline.iter().map(|q| q.dot(along)).fold(f64::INFINITY, f64::min);
            let base = along * (low + length * share) + along.left() * middle.dot(along.left());
            let direction = along.left().turned(turn);
            if let Some((first, second, chord)) = self.chord(&ring, base, direction, zone) {
                let crosses = chord.iter().skip(1).take(chord.len() - 2).any(|&q| self.terrain.zone(q) == Zone::Closed);
                if crosses {
                    continue;
                }
                self.street(&chord, zone, area);
                self.cut(first, depth + 1, counted);
                self.cut(second, depth + 1, counted);
                return;
            }
        }
        self.out.blocks.push(Block { middle, zone });
    }

    /// Cuts the ring along a line; ends move to ends of earlier streets nearby, so that streets go on across a road.
    fn chord(&mut self, ring: &[P], base: P, direction: P, zone: Zone) -> Option<(Vec<P>, Vec<P>, Vec<P>)> {
        let reach = direction * 9000.0;
        let (from, to) = (base - reach, base + reach);
        let mut hits: Vec<(f64, usize, P)> = (0..ring.len())
            .filter_map(|i| {
                let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
                crossing(from, to, a, b, 0.0).map(|(t, _)| (t, i, from.towards(to, t)))
            })
            .collect();
        hits.sort_by(|a, b| a.0.total_cmp(&b.0));
        let pair = hits.windows(2).filter(|w| inside(w[0].2.towards(w[1].2, 0.5), ring)).max_by(|a, b| {
            let length = |w: &[(f64, usize, P)]| w[0].2.distance(w[1].2);
            length(a).total_cmp(&length(b))
        })?;
        let (mut a, mut b) = ((pair[0].1, pair[0].2), (pair[1].1, pair[1].2));
        let snap = if zone == Zone::Rural { 130.0 } else { 42.0 };
        for end in [&mut a, &mut b] {
            if let Some(found) = self.snapped(ring, end.1, snap) {
                *end = found;
            }
        }
        let length = a.1.distance(b.1);
        if a.0 == b.0 || length < 60.0 {
            return None;
        }
        // A street that would run almost along what it ends on leaves a sliver.
        let heading = (b.1 - a.1).normalised();
        let grazes = |i: usize| (ring[(i + 1) % ring.len()] - ring[i]).normalised().dot(heading).abs() > 0.88;
        if grazes(a.0) || grazes(b.0) {
            return None;
        }
        let chord = self.bent(a.1, b.1, length, zone, ring);
        let part = |from: (usize, P), to: (usize, P), back: &[P]| {
            let mut out = vec![from.1];
            let mut i = (from.0 + 1) % ring.len();
            loop {
                out.push(ring[i]);
                if i == to.0 {
                    break;
                }
                i = (i + 1) % ring.len();
            }
            out.extend(back);
            out.dedup_by(|x, y| x.distance(*y) < 0.5);
            out
        };
        let back: Vec<P> = chord.iter().rev().copied().collect();
        let first = part(a, b, &back[..back.len() - 1]);
        let second = part(b, a, &chord[..chord.len() - 1]);
        let (one, two) = (ring_area(&first), ring_area(&second));
        let least = ring_area(ring) * 0.12;
        if one < least || two < least {
            return None;
        }
        for end in [a.1, b.1] {
            self.cells.add_segment(end, end, self.ends.len() as u32);
            self.ends.push(end);
        }
        Some((first, second, chord))
    }

    /// An earlier street's end on this ring within `reach` of `at`.
    fn snapped(&self, ring: &[P], at: P, reach: f64) -> Option<(usize, P)> {
        let near = self.cells.near(at, reach);
        let end = near
            .iter()
            .map(|&e| self.ends[e as usize])
            .filter(|e| e.distance(at) < reach)
            .min_by(|x, y| x.distance(at).total_cmp(&y.distance(at)))?;
        (0..ring.len())
            .filter(|&i| nearest_on_segment(end, ring[i], ring[(i + 1) % ring.len()]).distance(end) < 0.8)
            .map(|i| (i, end))
            .next()
    }

    fn bent(&mut self, a: P, b: P, length: f64, zone: Zone, ring: &[P]) -> Vec<P> {
        let depth = match zone {
            Zone::OldTown => 0.05,
            Zone::Rural => 0.09,
            Zone::Suburb => 0.03,
            Zone::Town => 0.02,
            _ => 0.008,
        };
        let pieces = ((length / if zone == Zone::Rural { 160.0 } else { 110.0 }).ceil() as usize).clamp(2, 14);
        let seed = self.terrain.seed ^ 31;
        let bow = self.random.normal() * depth * 0.5;
        let line: Vec<P> = (0..=pieces)
            .map(|k| {
                let t = k as f64 / pieces as f64;
                let q = a.towards(b, t);
                let arch = 4.0 * t * (1.0 - t);
                let wave = noise(seed, q.x / 420.0, q.y / 420.0) * depth * 1.3;
                q + (b - a).left() * (arch * (bow + wave))
            })
            .collect();
        let fits = line[1..pieces].iter().all(|&q| inside(q, ring));
        if fits { line } else { vec![a, a.towards(b, 0.5), b] }
    }

    fn street(&mut self, line: &[P], zone: Zone, area: f64) {
        let line = self.ashore(line);
        let length = line_length(&line);
        if length < 40.0 {
            return;
        }
        let highway = match zone {
            Zone::Rural => {
                if area > 9_000_000.0 {
                    Highway::Tertiary
                } else {
                    Highway::Unclassified
                }
            }
            _ if area > 420_000.0 => Highway::Tertiary,
            Zone::Industry => Highway::Unclassified,
            Zone::OldTown if area < 45_000.0 => Highway::LivingStreet,
            Zone::OldTown | Zone::Town => Highway::Residential,
            _ if area < 120_000.0 && self.random.chance(0.55) => Highway::Service,
            _ => Highway::Residential,
        };
        let named = match highway {
            Highway::Service => 0.08,
            Highway::LivingStreet => 0.8,
            Highway::Unclassified if zone == Zone::Rural => 0.5,
            _ => 0.93,
        };
        let name = if length > 90.0 && self.random.chance(named) { self.names.street(&mut self.random, zone, highway) } else { None };
        let mut road = Road::new(line, highway, name);
        road.oneway = zone == Zone::OldTown && highway == Highway::Residential && self.random.chance(0.16);
        self.out.streets.push(road);
    }

    /// A street that ends at the river stops short of its bank.
    fn ashore(&self, line: &[P]) -> Vec<P> {
        let bank = |at: P| {
            let ring = &self.terrain.river_ring;
            (0..ring.len()).any(|i| {
                let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
                a.distance(at) < 260.0 && nearest_on_segment(at, a, b).distance(at) < 4.0
            })
        };
        let total = line_length(line);
        let from = if bank(line[0]) { 34.0 } else { 0.0 };
        let to = if bank(line[line.len() - 1]) { total - 34.0 } else { total };
        if from == 0.0 && to == total {
            return line.to_vec();
        }
        let mut out = vec![point_along(line, from).0];
        let mut along = 0.0;
        for w in line.windows(2) {
            along += w[0].distance(w[1]);
            if along > from + 5.0 && along < to - 5.0 {
                out.push(w[1]);
            }
        }
        out.push(point_along(line, to.max(from)).0);
        out
    }
}
