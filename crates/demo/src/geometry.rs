//! Plane geometry in metres around the city's middle, x east, y north.

use std::collections::HashMap;

use gongzhi_civic::place::{EARTH_RADIUS_M, Point};

/// The plane's origin, WGS-84.
pub(crate) const ORIGIN: Point = Point::new(120.62, 30.02);

/// A point or vector of the plane, metres.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct P {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// Shorthand for a point.
pub(crate) const fn p(x: f64, y: f64) -> P {
    P { x, y }
}

impl std::ops::Add for P {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        p(self.x + o.x, self.y + o.y)
    }
}

impl std::ops::Sub for P {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        p(self.x - o.x, self.y - o.y)
    }
}

impl std::ops::Mul<f64> for P {
    type Output = Self;
    fn mul(self, k: f64) -> Self {
        p(self.x * k, self.y * k)
    }
}

impl P {
    pub(crate) fn dot(self, o: Self) -> f64 {
        self.x * o.x + self.y * o.y
    }

    pub(crate) fn cross(self, o: Self) -> f64 {
        self.x * o.y - self.y * o.x
    }

    pub(crate) fn length(self) -> f64 {
        // Plain root: city-sized numbers neither overflow nor vanish, and `hypot` is ten times slower.
        self.dot(self).sqrt()
    }

    pub(crate) fn distance(self, o: Self) -> f64 {
        (self - o).length()
    }

    /// Length 1; the zero vector becomes east.
    pub(crate) fn normalised(self) -> Self {
        let length = self.length();
        if length > 0.0 { self * (1.0 / length) } else { p(1.0, 0.0) }
    }

    /// A quarter turn to the left.
    pub(crate) fn left(self) -> Self {
        p(-self.y, self.x)
    }

    pub(crate) fn turned(self, radians: f64) -> Self {
        let (sin, cos) = radians.sin_cos();
        p(self.x * cos - self.y * sin, self.x * sin + self.y * cos)
    }

    pub(crate) fn towards(self, o: Self, t: f64) -> Self {
        self + (o - self) * t
    }

    /// WGS-84, rounded to 1e-7 degrees (a centimetre) so that every writer prints the same digits.
    pub(crate) fn geographic(self) -> Point {
        let round = |v: f64| (v * 1e7).round() / 1e7;
        let lat = ORIGIN.lat + (self.y / EARTH_RADIUS_M).to_degrees();
        let lon = ORIGIN.lon + (self.x / (EARTH_RADIUS_M * ORIGIN.lat.to_radians().cos())).to_degrees();
        Point::new(round(lon), round(lat))
    }
}

/// Length of a line.
pub(crate) fn line_length(line: &[P]) -> f64 {
    line.windows(2).map(|w| w[0].distance(w[1])).sum()
}

/// The point `along` metres from the start, and the direction there.
pub(crate) fn point_along(line: &[P], along: f64) -> (P, P) {
    let mut rest = along.max(0.0);
    for w in line.windows(2) {
        let length = w[0].distance(w[1]);
        if rest <= length && length > 0.0 {
            return (w[0].towards(w[1], rest / length), (w[1] - w[0]).normalised());
        }
        rest -= length;
    }
    match line {
        [.., a, b] => (*b, (*b - *a).normalised()),
        [a] => (*a, p(1.0, 0.0)),
        [] => (P::default(), p(1.0, 0.0)),
    }
}

/// Nearest point of a segment.
pub(crate) fn nearest_on_segment(at: P, a: P, b: P) -> P {
    let d = b - a;
    let square = d.dot(d);
    if square == 0.0 { a } else { a + d * ((at - a).dot(d) / square).clamp(0.0, 1.0) }
}

/// Nearest point of a line: the point, its distance, and how far along it lies.
pub(crate) fn nearest_on_line(at: P, line: &[P]) -> (P, f64, f64) {
    let mut best = (line.first().copied().unwrap_or_default(), f64::INFINITY, 0.0);
    let mut along = 0.0;
    for w in line.windows(2) {
        let near = nearest_on_segment(at, w[0], w[1]);
        let distance = near.distance(at);
        if distance < best.1 {
            best = (near, distance, along + near.distance(w[0]));
        }
        along += w[0].distance(w[1]);
    }
    best
}

/// Where two segments cross: parameters along each, ends included within `slack` (a share of the segment).
pub(crate) fn crossing(a: P, b: P, c: P, d: P, slack: f64) -> Option<(f64, f64)> {
    let (r, s) = (b - a, d - c);
    let denominator = r.cross(s);
    if denominator.abs() < 1e-9 * (r.length() * s.length()).max(1e-12) {
        return None;
    }
    let t = (c - a).cross(s) / denominator;
    let u = (c - a).cross(r) / denominator;
    let range = -slack..=1.0 + slack;
    (range.contains(&t) && range.contains(&u)).then_some((t, u))
}

/// All crossings of two lines, as points.
pub(crate) fn line_crossings(first: &[P], second: &[P]) -> Vec<P> {
    let mut found = Vec::new();
    for a in first.windows(2) {
        for b in second.windows(2) {
            if let Some((t, _)) = crossing(a[0], a[1], b[0], b[1], 1e-9) {
                found.push(a[0].towards(a[1], t));
            }
        }
    }
    found
}

/// Even–odd test; the ring's last point need not repeat the first.
pub(crate) fn inside(at: P, ring: &[P]) -> bool {
    let mut within = false;
    let mut previous = ring.len().wrapping_sub(1);
    for index in 0..ring.len() {
        let (a, b) = (ring[index], ring[previous]);
        if (a.y > at.y) != (b.y > at.y) && at.x < (b.x - a.x) * (at.y - a.y) / (b.y - a.y) + a.x {
            within = !within;
        }
        previous = index;
    }
    within
}

/// Signed area in m², positive where the ring runs against the clock.
pub(crate) fn ring_area(ring: &[P]) -> f64 {
    (0..ring.len()).map(|i| ring[i].cross(ring[(i + 1) % ring.len()])).sum::<f64>() / 2.0
}

/// Centre of area; the mean of the corners where the ring has no area.
pub(crate) fn centroid(ring: &[P]) -> P {
    let area = ring_area(ring);
    if area.abs() < 1.0 {
        return ring.iter().fold(P::default(), |sum, &q| sum + q) * (1.0 / ring.len().max(1) as f64);
    }
    let base = ring[0];
    let mut sum = P::default();
    for i in 0..ring.len() {
        let (a, b) = (ring[i] - base, ring[(i + 1) % ring.len()] - base);
        sum = sum + (a + b) * a.cross(b);
    }
    base + sum * (1.0 / (6.0 * area))
}

/// A Catmull–Rom curve through `knots`, a point about every `step` metres; every knot is a point of it.
pub(crate) fn curve(knots: &[P], step: f64) -> Vec<P> {
    let mut line = Vec::new();
    for i in 0..knots.len().saturating_sub(1) {
        let (b, c) = (knots[i], knots[i + 1]);
        let a = if i > 0 { knots[i - 1] } else { b + (b - c) };
        let d = knots.get(i + 2).copied().unwrap_or(c + (c - b));
        let pieces = (b.distance(c) / step).ceil().max(1.0) as usize;
        for k in 0..pieces {
            let t = k as f64 / pieces as f64;
            let (t2, t3) = (t * t, t * t * t);
            line.push((b * 2.0 + (c - a) * t + (a * 2.0 - b * 5.0 + c * 4.0 - d) * t2 + (b * 3.0 - a - c * 3.0 + d) * t3) * 0.5);
        }
    }
    line.extend(knots.last());
    line
}

/// The line moved `metres` to its left (negative: right), mitred at bends; a closed line stays closed.
pub(crate) fn offset(line: &[P], metres: f64) -> Vec<P> {
    let count = line.len();
    if count < 2 {
        return line.to_vec();
    }
    let closed = count > 3 && line[0].distance(line[count - 1]) < 1e-6;
    (0..count)
        .map(|i| {
            let first = (line[1] - line[0]).normalised();
            let last = (line[count - 1] - line[count - 2]).normalised();
            let before = if i > 0 {
                (line[i] - line[i - 1]).normalised()
            } else if closed {
                last
            } else {
                first
            };
            let after = if i + 1 < count {
                (line[i + 1] - line[i]).normalised()
            } else if closed {
                first
            } else {
                last
            };
            let normal = (before + after).normalised().left();
            let widen = 1.0 / normal.dot(before.left()).max(0.5);
            line[i] + normal * (metres * widen)
        })
        .collect()
}

/// Douglas–Peucker with `tolerance` metres.
pub(crate) fn simplified(line: &[P], tolerance: f64) -> Vec<P> {
    if line.len() < 3 {
        return line.to_vec();
    }
    let (first, last) = (line[0], line[line.len() - 1]);
    let (mut worst, mut at) = (0.0, 0);
    for (i, &q) in line.iter().enumerate().take(line.len() - 1).skip(1) {
        let distance = nearest_on_segment(q, first, last).distance(q);
        if distance > worst {
            (worst, at) = (distance, i);
        }
    }
    if worst <= tolerance {
        return vec![first, last];
    }
    let mut head = simplified(&line[..=at], tolerance);
    head.pop();
    head.extend(simplified(&line[at..], tolerance));
    head
}

/// Items found again by cell.
#[derive(Clone, Debug)]
pub(crate) struct Cells {
    size: f64,
    cells: HashMap<(i32, i32), Vec<u32>>,
}

impl Cells {
    /// No items; cells of `size` metres.
    pub(crate) fn new(size: f64) -> Self {
        Self { size, cells: HashMap::new() }
    }

    fn cell(&self, at: P) -> (i32, i32) {
        ((at.x / self.size).floor() as i32, (at.y / self.size).floor() as i32)
    }

    /// Adds an item to every cell that the box of the segment touches.
    pub(crate) fn add_segment(&mut self, a: P, b: P, item: u32) {
        let low = self.cell(p(a.x.min(b.x) - 2.0, a.y.min(b.y) - 2.0));
        let high = self.cell(p(a.x.max(b.x) + 2.0, a.y.max(b.y) + 2.0));
        for x in low.0..=high.0 {
            for y in low.1..=high.1 {
                self.cells.entry((x, y)).or_default().push(item);
            }
        }
    }

    /// Items whose cells touch the box around `at`; sorted, each once.
    pub(crate) fn near(&self, at: P, reach: f64) -> Vec<u32> {
        self.within(at - p(reach, reach), at + p(reach, reach))
    }

    /// Items whose cells touch the box; sorted, each once.
    pub(crate) fn within(&self, low: P, high: P) -> Vec<u32> {
        let (low, high) = (self.cell(low), self.cell(high));
        let mut found = Vec::new();
        for x in low.0..=high.0 {
            for y in low.1..=high.1 {
                found.extend(self.cells.get(&(x, y)).into_iter().flatten());
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_has_area_and_middle() {
        let ring = [p(0.0, 0.0), p(10.0, 0.0), p(10.0, 10.0), p(0.0, 10.0)];
        assert!((ring_area(&ring) - 100.0).abs() < 1e-9);
        assert!(centroid(&ring).distance(p(5.0, 5.0)) < 1e-9);
        assert!(inside(p(1.0, 9.0), &ring) && !inside(p(11.0, 9.0), &ring));
    }

    #[test]
    fn a_curve_passes_its_knots_and_an_offset_keeps_its_distance() {
        let knots = [p(0.0, 0.0), p(500.0, 40.0), p(900.0, 300.0)];
        let line = curve(&knots, 50.0);
        assert!(knots.iter().all(|k| line.contains(k)));
        let moved = offset(&line, 10.0);
        for q in &moved {
            let (_, distance, _) = nearest_on_line(*q, &line);
            assert!((distance - 10.0).abs() < 0.6, "{distance}");
        }
    }

    #[test]
    fn the_plane_agrees_with_the_globe_within_a_tenth_of_a_percent() {
        let a = p(-12_000.0, 10_000.0);
        let b = p(11_000.0, -9_000.0);
        let globe = gongzhi_civic::place::haversine_m(a.geographic(), b.geographic());
        assert!((globe / a.distance(b) - 1.0).abs() < 1e-3, "{globe}");
    }
}
