//! From roads to carriageways: two lines for a divided road, and the stretches on bridges, on stilts and in tunnels.

use crate::arrange::Strand;
use crate::block::lengthened;
use crate::geometry::{P, crossing, inside, line_length, offset, p, point_along};
use crate::ground::{HALF, Terrain};
use crate::streets::{Highway, Road, Structure};

/// One drawn line of a road.
pub(crate) struct Carriageway {
    /// Index of its road.
    pub(crate) road: usize,
    pub(crate) line: Vec<P>,
    /// One fewer than points.
    pub(crate) structures: Vec<Structure>,
    pub(crate) oneway: bool,
    /// Runs against the road's drawn direction.
    pub(crate) reversed: bool,
    /// Only one carriageway of a divided road stands for it where lengths are counted.
    pub(crate) divided: bool,
}

impl Carriageway {
    pub(crate) fn strand(&self) -> Strand {
        Strand { line: self.line.clone(), layers: self.structures.iter().map(|s| s.layer()).collect() }
    }
}

/// All carriageways of the roads.
pub(crate) fn draw(terrain: &Terrain, roads: &[Road]) -> Vec<Carriageway> {
    let mut out = Vec::new();
    for (road, drawn) in roads.iter().enumerate() {
        let overshoot = match drawn.highway {
            Highway::Trunk | Highway::Primary | Highway::Secondary => 14.0,
            _ => 1.5,
        };
        let line = lengthened(&within_district(&drawn.line), overshoot);
        let lines: Vec<(Vec<P>, bool)> = match drawn.gap {
            Some(gap) => {
                let mut back = offset(&line, gap / 2.0);
                back.reverse();
                vec![(offset(&line, -gap / 2.0), false), (back, true)]
            }
            None => vec![(line, false)],
        };
        for (line, reversed) in lines {
            let spans = spans(terrain, roads, road, &line, reversed);
            let (line, structures) = broken(&line, &spans);
            out.push(Carriageway {
                road,
                line,
                structures,
                oneway: drawn.oneway || drawn.gap.is_some(),
                reversed,
                divided: drawn.gap.is_some(),
            });
        }
    }
    out
}

/// The line up to the district's border, which it meets exactly.
fn within_district(line: &[P]) -> Vec<P> {
    let inside = |q: P| q.x.abs() <= HALF.x && q.y.abs() <= HALF.y;
    let border = [p(-HALF.x, -HALF.y), p(HALF.x, -HALF.y), p(HALF.x, HALF.y), p(-HALF.x, HALF.y)];
    let (Some(first), Some(last)) = (line.iter().position(|&q| inside(q)), line.iter().rposition(|&q| inside(q))) else {
        return line.to_vec();
    };
    let edge = |a: P, b: P| (0..4).find_map(|i| crossing(a, b, border[i], border[(i + 1) % 4], 0.0).map(|(t, _)| a.towards(b, t)));
    let mut out = Vec::new();
    if first > 0 {
        out.extend(edge(line[first - 1], line[first]));
    }
    out.extend(&line[first..=last]);
    if last + 1 < line.len() {
        out.extend(edge(line[last + 1], line[last]));
    }
    out.dedup_by(|a, b| a.distance(*b) < 0.5);
    out
}

/// Positions along `line` where it meets the open or closed `other`.
fn meets(line: &[P], other: &[P], closed: bool) -> Vec<f64> {
    let mut found = Vec::new();
    let mut along = 0.0;
    let count = if closed { other.len() } else { other.len().saturating_sub(1) };
    let extent = |points: &[P]| {
        points.iter().fold((p(f64::MAX, f64::MAX), p(f64::MIN, f64::MIN)), |(low, high), q| {
            (p(low.x.min(q.x), low.y.min(q.y)), p(high.x.max(q.x), high.y.max(q.y)))
        })
    };
    let (low, high) = extent(other);
    let beside = |points: &[P]| {
        let (a, b) = extent(points);
        b.x < low.x || a.x > high.x || b.y < low.y || a.y > high.y
    };
    if beside(line) {
        return found;
    }
    for w in line.windows(2) {
        let length = w[0].distance(w[1]);
        let count = if beside(w) { 0 } else { count };
        for i in 0..count {
            let (c, d) = (other[i], other[(i + 1) % other.len()]);
            // Far segments are the rule: a cheap test first.
            let apart = (w[0].x - c.x).abs() + (w[0].y - c.y).abs() > length + c.distance(d) + 1.0;
            if (!apart || length > 400.0)
                && let Some((t, _)) = crossing(w[0], w[1], c, d, 0.0)
            {
                found.push(along + t * length);
            }
        }
        along += length;
    }
    found.sort_by(f64::total_cmp);
    found
}

/// Stretches inside a ring, each widened by `margin`.
fn within(line: &[P], ring: &[P], margin: f64) -> Vec<(f64, f64)> {
    let total = line_length(line);
    let mut stops = vec![0.0];
    stops.extend(meets(line, ring, true));
    stops.push(total);
    stops
        .windows(2)
        .filter(|w| w[1] - w[0] > 1.0 && inside(point_along(line, f64::midpoint(w[0], w[1])).0, ring))
        .map(|w| (w[0] - margin, w[1] + margin))
        .collect()
}

fn spans(terrain: &Terrain, roads: &[Road], road: usize, line: &[P], reversed: bool) -> Vec<(f64, f64, Structure)> {
    let drawn = &roads[road];
    let total = line_length(line);
    let mut out = Vec::new();
    for (_, _, canal, width) in &terrain.canals {
        out.extend(meets(line, canal, false).into_iter().map(|s| (s - width / 2.0 - 7.0, s + width / 2.0 + 7.0, Structure::Bridge)));
    }
    out.extend(within(line, &terrain.river_ring, 22.0).into_iter().map(|(a, b)| (a, b, Structure::Bridge)));
    if drawn.highway <= Highway::Secondary {
        for lake in &terrain.lakes {
            out.extend(within(line, &lake.ring, 15.0).into_iter().map(|(a, b)| (a, b, Structure::Bridge)));
        }
    }
    if drawn.tunnel.is_some() {
        for hill in &terrain.hills {
            out.extend(within(line, &hill.ring, -25.0).into_iter().map(|(a, b)| (a, b, Structure::Tunnel)));
        }
    }
    if drawn.highway == Highway::Motorway {
        for (other, crossed) in roads.iter().enumerate() {
            let passes =
                other != road && crossed.highway != Highway::MotorwayLink && (crossed.highway != Highway::Motorway || other < road);
            if passes {
                let half = 30.0 + crossed.gap.unwrap_or(0.0);
                out.extend(meets(line, &crossed.line, false).into_iter().map(|s| (s - half, s + half, Structure::Elevated)));
            }
        }
    }
    if let Some((from, to)) = drawn.raised {
        let (from, to) = if reversed { (1.0 - to, 1.0 - from) } else { (from, to) };
        out.push((from * total, to * total, Structure::Elevated));
    }
    out
}

/// The line with points at the ends of its spans, and each segment's structure; the highest wins where spans overlap.
fn broken(line: &[P], spans: &[(f64, f64, Structure)]) -> (Vec<P>, Vec<Structure>) {
    let total = line_length(line);
    let mut stops: Vec<f64> = spans.iter().flat_map(|s| [s.0, s.1]).filter(|s| *s > 1.0 && *s < total - 1.0).collect();
    stops.sort_by(f64::total_cmp);
    stops.dedup_by(|a, b| (*a - *b).abs() < 0.5);
    let (mut points, mut structures) = (vec![line[0]], Vec::new());
    let mut along = 0.0;
    let mut stop = stops.iter().copied().peekable();
    let mut last = 0.0;
    let mut add = |at: P, s: f64, last: &mut f64| {
        if s - *last < 1e-6 {
            return;
        }
        let middle = f64::midpoint(s, *last);
        let structure = spans
            .iter()
            .filter(|span| middle > span.0 && middle < span.1)
            .map(|span| span.2)
            .max_by_key(|s| (*s != Structure::Ground, s.layer()))
            .unwrap_or(Structure::Ground);
        points.push(at);
        structures.push(structure);
        *last = s;
    };
    for w in line.windows(2) {
        let length = w[0].distance(w[1]);
        while let Some(s) = stop.next_if(|s| *s < along + length) {
            add(w[0].towards(w[1], ((s - along) / length).clamp(0.0, 1.0)), s, &mut last);
        }
        along += length;
        add(w[1], along, &mut last);
    }
    (points, structures)
}
