//! Clipping to a square and leaving out points nobody would see.

type Points = Vec<(f64, f64)>;

/// Parts of a line inside the square `low..=high` in both directions.
pub(crate) fn line(points: &[(f64, f64)], low: f64, high: f64) -> Vec<Points> {
    let mut parts: Vec<Points> = Vec::new();
    let mut part: Points = Vec::new();
    for w in points.windows(2) {
        match segment(w[0], w[1], low, high) {
            Some((a, b)) => {
                if part.last() != Some(&a) {
                    if part.len() > 1 {
                        parts.push(std::mem::take(&mut part));
                    }
                    part.clear();
                    part.push(a);
                }
                part.push(b);
            }
            None => {
                if part.len() > 1 {
                    parts.push(std::mem::take(&mut part));
                }
                part.clear();
            }
        }
    }
    if part.len() > 1 {
        parts.push(part);
    }
    parts
}

/// The part of a segment inside the square (Liang and Barsky).
fn segment(a: (f64, f64), b: (f64, f64), low: f64, high: f64) -> Option<((f64, f64), (f64, f64))> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for (p, q) in [(-dx, a.0 - low), (dx, high - a.0), (-dy, a.1 - low), (dy, high - a.1)] {
        if p == 0.0 {
            if q < 0.0 {
                return None;
            }
        } else if p < 0.0 {
            enter = enter.max(q / p);
        } else {
            leave = leave.min(q / p);
        }
    }
    if enter > leave {
        return None;
    }
    let at = |t: f64| {
        if t == 0.0 {
            a
        } else if t == 1.0 {
            b
        } else {
            (a.0 + dx * t, a.1 + dy * t)
        }
    };
    Some((at(enter), at(leave)))
}

/// A closed ring clipped to the square (Sutherland and Hodgman); closed again, or empty.
pub(crate) fn ring(points: &[(f64, f64)], low: f64, high: f64) -> Points {
    let mut ring: Points = points.to_vec();
    let sides: [(usize, f64, f64); 4] = [(0, low, 1.0), (0, high, -1.0), (1, low, 1.0), (1, high, -1.0)];
    for (axis, bound, sign) in sides {
        let value = |p: &(f64, f64)| (if axis == 0 { p.0 } else { p.1 } - bound) * sign;
        let mut out: Points = Vec::with_capacity(ring.len() + 4);
        for w in ring.windows(2) {
            let (va, vb) = (value(&w[0]), value(&w[1]));
            if va >= 0.0 {
                out.push(w[0]);
            }
            if (va >= 0.0) != (vb >= 0.0) {
                let t = va / (va - vb);
                out.push((w[0].0 + (w[1].0 - w[0].0) * t, w[0].1 + (w[1].1 - w[0].1) * t));
            }
        }
        if let Some(first) = out.first().copied() {
            out.push(first);
        }
        ring = out;
        if ring.len() < 4 {
            return Vec::new();
        }
    }
    ring
}

/// Douglas and Peucker, without recursion. Ends stay; of a closed ring also the point farthest from its start.
pub(crate) fn simplify(points: &[(f64, f64)], tolerance: f64) -> Points {
    if points.len() < 3 {
        return points.to_vec();
    }
    let last = points.len() - 1;
    let mut keep = vec![false; points.len()];
    keep[0] = true;
    keep[last] = true;
    let mut work = vec![(0, last)];
    while let Some((a, b)) = work.pop() {
        let mut worst = (0.0f64, a);
        for i in a + 1..b {
            let d = distance_square(points[i], points[a], points[b]);
            if d > worst.0 {
                worst = (d, i);
            }
        }
        if worst.0 > tolerance * tolerance {
            keep[worst.1] = true;
            work.extend([(a, worst.1), (worst.1, b)]);
        }
    }
    points.iter().zip(&keep).filter(|(_, k)| **k).map(|(p, _)| *p).collect()
}

fn distance_square(p: (f64, f64), a: (f64, f64), b: (f64, f64)) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let square = dx * dx + dy * dy;
    let t = if square > 0.0 { (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    let (x, y) = (p.0 - a.0 - dx * t, p.1 - a.1 - dy * t);
    x * x + y * y
}
