//! The ground as OpenStreetMap XML 0.6.

use std::fmt::Write;

use gongzhi_civic::text::Text;

use crate::geometry::{P, p, ring_area};
use crate::graph::Ground;
use crate::ground::{HALF, Zone};
use crate::streets::Structure;

struct Writer {
    nodes: String,
    ways: String,
    relations: String,
    next: i64,
}

const META: &str = "version=\"1\" visible=\"true\"";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn tag(out: &mut String, key: &str, value: &str) {
    let _ = writeln!(out, "  <tag k=\"{key}\" v=\"{}\"/>", escape(value));
}

fn named(out: &mut String, name: &Text) {
    tag(out, "name", &name.zh);
    tag(out, "name:en", &name.en);
}

impl Writer {
    fn id(&mut self) -> i64 {
        self.next += 1;
        self.next
    }

    fn node(&mut self, id: i64, at: P, tags: &str) {
        let point = at.geographic();
        let _ = if tags.is_empty() {
            writeln!(self.nodes, " <node id=\"{id}\" {META} lat=\"{:.7}\" lon=\"{:.7}\"/>", point.lat, point.lon)
        } else {
            writeln!(self.nodes, " <node id=\"{id}\" {META} lat=\"{:.7}\" lon=\"{:.7}\">\n{tags} </node>", point.lat, point.lon)
        };
    }

    fn way(&mut self, nodes: &[i64], tags: &str) -> i64 {
        let id = self.id();
        let _ = writeln!(self.ways, " <way id=\"{id}\" {META}>");
        for node in nodes {
            let _ = writeln!(self.ways, "  <nd ref=\"{node}\"/>");
        }
        let _ = writeln!(self.ways, "{tags} </way>");
        id
    }

    /// A way with nodes of its own; a closed one repeats its first node.
    fn drawn(&mut self, line: &[P], closed: bool, tags: &str) -> i64 {
        let mut ids: Vec<i64> = Vec::with_capacity(line.len() + 1);
        for &at in line {
            let id = self.id();
            self.node(id, at, "");
            ids.push(id);
        }
        if closed {
            ids.push(ids[0]);
        }
        self.way(&ids, tags)
    }
}

/// A ring cut to the district's box (Sutherland–Hodgman).
fn clipped(ring: &[P]) -> Vec<P> {
    let mut ring = ring.to_vec();
    for (axis, limit) in [(p(1.0, 0.0), HALF.x), (p(-1.0, 0.0), HALF.x), (p(0.0, 1.0), HALF.y), (p(0.0, -1.0), HALF.y)] {
        let mut out = Vec::new();
        for i in 0..ring.len() {
            let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
            let (da, db) = (limit - a.dot(axis), limit - b.dot(axis));
            if da >= 0.0 {
                out.push(a);
            }
            if (da >= 0.0) != (db >= 0.0) {
                out.push(a.towards(b, da / (da - db)));
            }
        }
        ring = out;
    }
    ring
}

/// The whole file. Nodes first, then ways, then relations, as readers expect.
pub(crate) fn write(ground: &Ground) -> Vec<u8> {
    let mut w = Writer { nodes: String::new(), ways: String::new(), relations: String::new(), next: 1_000_000 };
    roads(&mut w, ground);
    land(&mut w, ground);
    places(&mut w, ground);
    administration(&mut w, ground);
    stakes(&mut w, ground);
    let bounds = crate::ground::bounds();
    let mut out = String::with_capacity(w.nodes.len() + w.ways.len() + w.relations.len() + 1000);
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osm version=\"0.6\" generator=\"gongzhi-demo\">\n");
    out.push_str(" <!-- note=演示数据 synthetic. A city that does not exist: 安澜市明川区. Not OpenStreetMap data. -->\n");
    let _ = writeln!(
        out,
        " <bounds minlat=\"{:.7}\" minlon=\"{:.7}\" maxlat=\"{:.7}\" maxlon=\"{:.7}\" note=\"演示数据 synthetic\"/>",
        bounds.south, bounds.west, bounds.north, bounds.east
    );
    out.push_str(&w.nodes);
    out.push_str(&w.ways);
    out.push_str(&w.relations);
    out.push_str("</osm>\n");
    out.into_bytes()
}

fn roads(w: &mut Writer, ground: &Ground) {
    for (index, &at) in ground.nodes.iter().enumerate() {
        let signal = ground.signals.contains(&(index as u32));
        let tags = if signal { "  <tag k=\"highway\" v=\"traffic_signals\"/>\n" } else { "" };
        w.node(index as i64 + 1, at, tags);
    }
    for way in &ground.ways {
        let road = &ground.roads[way.road];
        let mut tags = String::new();
        tag(&mut tags, "highway", road.highway.tag());
        if let Some(id) = way.name {
            named(&mut tags, ground.names.get(id));
        }
        if let Some(number) = road.number {
            tag(&mut tags, "ref", number);
        }
        let (speed, lanes) = road.highway.limits();
        tag(&mut tags, "maxspeed", &speed.to_string());
        if road.highway <= crate::streets::Highway::Tertiary {
            tag(&mut tags, "lanes", &(if way.oneway { lanes } else { lanes * 2 }).to_string());
        }
        if way.oneway {
            tag(&mut tags, "oneway", "yes");
        }
        if road.roundabout {
            tag(&mut tags, "junction", "roundabout");
        }
        match way.structure {
            Structure::Ground => {}
            Structure::Bridge | Structure::Elevated => {
                tag(&mut tags, "bridge", if way.structure == Structure::Elevated { "viaduct" } else { "yes" });
                tag(&mut tags, "layer", &way.structure.layer().to_string());
            }
            Structure::Tunnel => {
                tag(&mut tags, "tunnel", "yes");
                tag(&mut tags, "layer", "-1");
            }
        }
        if let Some(name) = &way.structure_name {
            let key = if way.structure == Structure::Tunnel { "tunnel" } else { "bridge" };
            tag(&mut tags, &format!("{key}:name"), &name.zh);
            tag(&mut tags, &format!("{key}:name:en"), &name.en);
        }
        let nodes: Vec<i64> = way.nodes.iter().map(|&n| i64::from(n) + 1).collect();
        w.way(&nodes, &tags);
    }
}

fn land(w: &mut Writer, ground: &Ground) {
    let terrain = &ground.terrain;
    let text = |zh: &str, en: &str| Text::new(zh, en);
    let surface = |w: &mut Writer, ring: &[P], name: Option<Text>, pairs: &[(&str, &str)]| {
        let mut ring = clipped(ring);
        if ring.len() < 3 {
            return;
        }
        if ring_area(&ring) < 0.0 {
            ring.reverse();
        }
        let mut tags = String::new();
        for (key, value) in pairs {
            tag(&mut tags, key, value);
        }
        if let Some(name) = name {
            named(&mut tags, &name);
        }
        w.drawn(&ring, true, &tags);
    };
    surface(w, &terrain.river_ring, Some(text("明川江", "Mingchuan River")), &[("natural", "water"), ("water", "river")]);
    for (zh, en, line, width) in &terrain.canals {
        let mut line = line.clone();
        let closed = line[0].distance(line[line.len() - 1]) < 1.0;
        line.retain(|q| closed || (q.x.abs() <= HALF.x && q.y.abs() <= HALF.y));
        let mut tags = String::new();
        tag(&mut tags, "waterway", "canal");
        tag(&mut tags, "width", &format!("{width:.0}"));
        named(&mut tags, &text(zh, en));
        w.drawn(&line, false, &tags);
        let mut ring = crate::geometry::offset(&line, width / 2.0);
        ring.extend(crate::geometry::offset(&line, -width / 2.0).into_iter().rev());
        surface(w, &crate::geometry::simplified(&ring, 1.5), None, &[("natural", "water"), ("water", "canal")]);
    }
    for lake in &terrain.lakes {
        surface(w, &lake.ring, Some(text(lake.zh, lake.en)), &[("natural", "water"), ("water", "lake")]);
    }
    for hill in &terrain.hills {
        surface(w, &hill.ring, Some(text(hill.zh, hill.en)), &[("natural", "wood")]);
    }
    for park in &terrain.parks {
        surface(w, &park.ring, Some(text(park.zh, park.en)), &[("leisure", "park")]);
    }
    for (ring, zone) in &ground.quarters {
        let value = if *zone == Zone::Industry { "industrial" } else { "residential" };
        surface(w, ring, None, &[("landuse", value)]);
    }
}

fn places(w: &mut Writer, ground: &Ground) {
    for landmark in &ground.landmarks {
        let mut tags = String::new();
        tag(&mut tags, landmark.tag.0, landmark.tag.1);
        named(&mut tags, &landmark.name);
        for (key, value) in &landmark.more {
            tag(&mut tags, key, value);
        }
        let id = w.id();
        w.node(id, landmark.at, &tags);
    }
    let place = |w: &mut Writer, kind: &str, name: &Text, at: P| {
        let mut tags = String::new();
        tag(&mut tags, "place", kind);
        named(&mut tags, name);
        let id = w.id();
        w.node(id, at, &tags);
    };
    place(w, "city", &Text::new("明川区", "Mingchuan"), p(-1000.0, 200.0));
    for area in &ground.areas.list {
        place(w, if area.name.zh.ends_with('镇') { "town" } else { "suburb" }, &area.name, area.seat);
    }
    for village in &ground.villages {
        place(w, "village", &village.name, village.at);
    }
}

/// Last, so that the numbers of all else do not depend on them.
fn stakes(w: &mut Writer, ground: &Ground) {
    for stake in crate::stakes::stakes(ground) {
        let mut tags = String::new();
        tag(&mut tags, "highway", "milestone");
        tag(&mut tags, "ref", stake.route);
        tag(&mut tags, "distance", &stake.kilometre.to_string());
        let id = w.id();
        w.node(id, stake.at, &tags);
    }
}

fn administration(w: &mut Writer, ground: &Ground) {
    let areas = &ground.areas;
    let mut corners: std::collections::BTreeMap<(i64, i64), i64> = std::collections::BTreeMap::new();
    let mut ways = Vec::new();
    for line in &areas.lines {
        let mut ids = Vec::new();
        for (k, &at) in line.iter().enumerate() {
            let key = ((at.x * 10.0).round() as i64, (at.y * 10.0).round() as i64);
            let end = k == 0 || k + 1 == line.len();
            let known = if end { corners.get(&key).copied() } else { None };
            let id = known.unwrap_or_else(|| {
                let id = w.id();
                w.node(id, at, "");
                id
            });
            if end {
                corners.insert(key, id);
            }
            ids.push(id);
        }
        let mut tags = String::new();
        tag(&mut tags, "boundary", "administrative");
        tag(&mut tags, "admin_level", "8");
        ways.push(w.way(&ids, &tags));
    }
    let mut relation = |members: Vec<i64>, level: &str, name: &Text| {
        w.next += 1;
        let _ = writeln!(w.relations, " <relation id=\"{}\" {META}>", w.next);
        for member in members {
            let _ = writeln!(w.relations, "  <member type=\"way\" ref=\"{member}\" role=\"outer\"/>");
        }
        for (key, value) in [("type", "boundary"), ("boundary", "administrative"), ("admin_level", level), ("note", "演示数据 synthetic")]
        {
            tag(&mut w.relations, key, value);
        }
        named(&mut w.relations, name);
        let _ = writeln!(w.relations, " </relation>");
    };
    for area in &areas.list {
        relation(area.outline.iter().map(|(line, _)| ways[*line]).collect(), "8", &area.name);
    }
    relation(areas.border.iter().map(|&line| ways[line]).collect(), "6", &Text::new("明川区", "Mingchuan District"));
}
