//! Towns' main streets, and villages along the rural roads.

use gongzhi_civic::text::Text;

use crate::block::lengthened;
use crate::geometry::{P, line_length, p, point_along};
use crate::ground::{HALF, Terrain, Zone};
use crate::names::Names;
use crate::random::{Random, noise};
use crate::streets::{Highway, Road};

/// A village with its lanes.
pub(crate) struct Village {
    pub(crate) name: Text,
    pub(crate) at: P,
}

/// The main streets of the towns: a belt and two axes each, before the blocks are cut.
pub(crate) fn town_streets(terrain: &Terrain, names: &mut Names) -> Vec<Road> {
    let mut out = Vec::new();
    for town in &terrain.towns {
        let base = town.zh.trim_end_matches('镇');
        let english = town.en.trim_end_matches(" Town");
        let place = |x: f64, y: f64| {
            let bend = 26.0 * noise(terrain.seed ^ 51, (town.at.x + x) / 500.0, (town.at.y + y) / 500.0);
            town.at + p(x + bend, y - bend).turned(town.turn)
        };
        let street = |from: (f64, f64), to: (f64, f64)| -> Vec<P> {
            let pieces = 10;
            (0..=pieces)
                .map(|i| {
                    let t = f64::from(i) / f64::from(pieces);
                    place(from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * t)
                })
                .collect()
        };
        let (w, h) = (town.half.x, town.half.y);
        let axes = [
            (street((-w - 5.0, 0.0), (w + 5.0, 0.0)), "中路", "Middle Road"),
            (street((0.0, -h - 5.0), (0.0, h + 5.0)), "街", "Street"),
            (street((-w, h), (w, h)), "北路", "North Road"),
            (street((-w, -h), (w, -h)), "南路", "South Road"),
            (street((-w, -h), (-w, h)), "西路", "West Road"),
            (street((w, -h), (w, h)), "东路", "East Road"),
        ];
        for (line, zh, en) in axes {
            let id = names.fixed(&format!("{base}{zh}"), &format!("{english} {en}"));
            out.push(Road::new(lengthened(&line, 12.0), Highway::Tertiary, Some(id)));
        }
    }
    out
}

/// Villages beside rural roads, each a handful of crooked lanes.
pub(crate) fn villages(terrain: &Terrain, roads: &[Road], names: &mut Names) -> (Vec<Village>, Vec<Road>) {
    let mut random = Random::keyed(terrain.seed, &[0x7111]);
    let (mut found, mut lanes): (Vec<Village>, Vec<Road>) = (Vec::new(), Vec::new());
    for road in roads {
        if !matches!(road.highway, Highway::Tertiary | Highway::Unclassified) {
            continue;
        }
        let length = line_length(&road.line);
        let mut s = random.range(150.0, 500.0);
        while s < length - 120.0 {
            let (at, direction) = point_along(&road.line, s);
            s += random.range(450.0, 1100.0);
            let inner = at.x.abs() < HALF.x - 500.0 && at.y.abs() < HALF.y - 500.0;
            let crowded = found.iter().any(|v| v.at.distance(at) < 850.0);
            if !inner || crowded || terrain.zone(at) != Zone::Rural || random.chance(0.12) {
                continue;
            }
            let Some(name) = names.village(&mut random) else { continue };
            let side = if random.chance(0.5) { 1.0 } else { -1.0 };
            let first = lanes.len();
            let main = lane(&mut random, terrain.seed, at, direction.left() * side, 240.0, 430.0);
            let base = name.zh.trim_end_matches('村').to_owned();
            let english = name.en.trim_end_matches(" Village").to_owned();
            let id = names.fixed(&format!("{base}村路"), &format!("{english} Village Road"));
            let middle = main[main.len() / 2];
            lanes.push(Road::new(main.clone(), Highway::Residential, Some(id)));
            for k in 0..3 + random.below(4) {
                let from = point_along(&main, line_length(&main) * random.range(0.2, 0.97));
                let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
                let branch = lane(&mut random, terrain.seed, from.0, from.1.left() * sign, 80.0, 260.0);
                let kind = if random.chance(0.4) { Highway::Residential } else { Highway::Service };
                lanes.push(Road::new(branch, kind, None));
            }
            // A lane that would run into water takes the whole village with it.
            let wet = lanes[first..]
                .iter()
                .any(|l| l.line.iter().any(|&q| terrain.zone(q) == Zone::Closed || q.x.abs() > HALF.x || q.y.abs() > HALF.y));
            if wet {
                lanes.truncate(first);
                continue;
            }
            found.push(Village { name, at: middle });
        }
    }
    (found, lanes)
}

fn lane(random: &mut Random, seed: u64, from: P, direction: P, least: f64, most: f64) -> Vec<P> {
    let length = random.range(least, most);
    let pieces = (length / 45.0).ceil() as usize;
    let mut heading = direction.normalised().turned(random.normal() * 0.15);
    let mut at = from - heading * 2.0;
    let mut line = vec![at];
    for _ in 0..pieces {
        heading = heading.turned(0.25 * noise(seed ^ 61, at.x / 90.0, at.y / 90.0));
        at = at + heading * (length / pieces as f64);
        line.push(at);
    }
    line
}
