//! Slices of streets with values, packed for a screen.

use base64::Engine as _;
use gongzhi_civic::place::{Bounds, Point, haversine_m};
use gongzhi_risk::network::Lixels;
use serde_json::{Value, json};

use crate::street_graph::StreetGraph;

/// Lines of slices and their values, as arrays.
#[derive(Debug, Default)]
pub(crate) struct Picture {
    /// First point of each slice; one more entry than slices.
    starts: Vec<u32>,
    /// Longitude and latitude in millionths of a degree.
    points: Vec<i32>,
    /// Value of each slice.
    pub values: Vec<f32>,
}

impl Picture {
    /// The slices of the seen lines whose value is not zero.
    pub(crate) fn of(streets: &StreetGraph, seen: &[u32], lixels: &Lixels, values: &[f64]) -> Self {
        let mut picture = Self { starts: vec![0], ..Self::default() };
        for &line in seen {
            let range = lixels.of_edge(line as usize);
            let Some(of_line) = values.get(range).filter(|v| v.iter().any(|&v| v != 0.0)) else { continue };
            let Some(view) = streets.lines.get(line as usize).and_then(|l| streets.network.edge(l.edge)) else { continue };
            picture.add(&view.line, of_line);
        }
        picture
    }

    /// Cuts a line into as many equal slices as there are values.
    fn add(&mut self, line: &[Point], values: &[f64]) {
        let Some(&first) = line.first() else { return };
        let lengths: Vec<f64> = line.windows(2).map(|p| haversine_m(p[0], p[1])).collect();
        let slice_m = lengths.iter().sum::<f64>() / values.len() as f64;
        let (mut here, mut segment, mut along) = (first, 0, 0.0);
        for &value in values {
            let mut wanted = slice_m;
            let shown = value != 0.0;
            if shown {
                self.push(here);
            }
            while segment < lengths.len() {
                let left = lengths[segment] - along;
                let last_bit = left <= wanted + 1e-6; // a corner is not missed by a rounding
                along = if last_bit { lengths[segment] } else { along + wanted };
                let share = if lengths[segment] > 0.0 { along / lengths[segment] } else { 1.0 };
                let (a, b) = (line[segment], line[segment + 1]);
                here = Point::new(a.lon + (b.lon - a.lon) * share, a.lat + (b.lat - a.lat) * share);
                if shown {
                    self.push(here);
                }
                if !last_bit {
                    break;
                }
                wanted -= left;
                segment += 1;
                along = 0.0;
                if wanted <= 1e-6 {
                    break;
                }
            }
            if shown {
                #[allow(clippy::cast_possible_truncation)] // a picture needs seven digits
                self.values.push(value as f32);
                self.starts.push(u32::try_from(self.points.len() / 2).unwrap_or(u32::MAX));
            }
        }
    }

    #[allow(clippy::cast_possible_truncation)] // a degree has 360 million of them at most
    fn push(&mut self, p: Point) {
        self.points.extend([(p.lon * 1e6).round() as i32, (p.lat * 1e6).round() as i32]);
    }

    /// `starts`, `points`, `values`: little-endian, base64.
    pub(crate) fn packed(&self) -> Value {
        let encode = |bytes: Vec<u8>| base64::engine::general_purpose::STANDARD.encode(bytes);
        json!({
            "starts": encode(self.starts.iter().flat_map(|n| n.to_le_bytes()).collect()),
            "points": encode(self.points.iter().flat_map(|n| n.to_le_bytes()).collect()),
            "values": encode(self.values.iter().flat_map(|n| n.to_le_bytes()).collect()),
        })
    }
}

/// The lines of streets that reach into a box.
pub(crate) fn lines_within(streets: &StreetGraph, bounds: Bounds) -> Vec<u32> {
    let inside = |p: &Point| p.lon >= bounds.west && p.lon <= bounds.east && p.lat >= bounds.south && p.lat <= bounds.north;
    (0_u32..)
        .zip(&streets.lines)
        .filter(|(_, line)| [line.from, line.to].iter().any(|&node| streets.network.node_point(node).as_ref().is_some_and(inside)))
        .map(|(number, _)| number)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_into_equal_slices_that_join() {
        // Two segments of 300 m and 100 m; four slices of 100 m: the third ends at the corner.
        let degree = 1.0 / haversine_m(Point::new(0.0, 0.0), Point::new(0.0, 1.0));
        let at = |x: f64, y: f64| Point::new(x * degree, y * degree);
        let line = [at(0.0, 0.0), at(300.0, 0.0), at(300.0, 100.0)];
        let mut picture = Picture { starts: vec![0], ..Picture::default() };
        picture.add(&line, &[1.0, 2.0, 0.0, 4.0]);
        assert_eq!(picture.values, [1.0, 2.0, 4.0], "a slice without value is left out");
        let slice = |i: usize| &picture.points[picture.starts[i] as usize * 2..picture.starts[i + 1] as usize * 2];
        let metres = |n: i32| (f64::from(n) / 1e6 / degree).round();
        let seen: Vec<Vec<f64>> = (0..3).map(|i| slice(i).iter().map(|&n| metres(n)).collect()).collect();
        assert_eq!(seen, [vec![0.0, 0.0, 100.0, 0.0], vec![100.0, 0.0, 200.0, 0.0], vec![300.0, 0.0, 300.0, 100.0]]);
    }

    #[test]
    fn a_bend_within_a_slice_is_drawn() {
        let degree = 1.0 / haversine_m(Point::new(0.0, 0.0), Point::new(0.0, 1.0));
        let line = [Point::new(0.0, 0.0), Point::new(100.0 * degree, 0.0), Point::new(100.0 * degree, 100.0 * degree)];
        let mut picture = Picture { starts: vec![0], ..Picture::default() };
        picture.add(&line, &[5.0]);
        assert_eq!(picture.points.len(), 6, "start, bend, end");
    }
}
