//! The map file: well formed, whole, and shaped like a city.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::city;

/// One element as the reader below sees it.
#[derive(Default)]
struct Element {
    kind: String,
    id: i64,
    refs: Vec<i64>,
    tags: BTreeMap<String, String>,
}

fn attribute(tag: &str, key: &str) -> Option<String> {
    let from = tag.find(&format!(" {key}=\""))? + key.len() + 3;
    let text = &tag[from..from + tag[from..].find('"')?];
    Some(text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

/// A strict reader of the subset of XML the file uses: every tag closes in order, every attribute is quoted.
fn read(text: &str) -> Vec<Element> {
    let mut open: Vec<String> = Vec::new();
    let mut out: Vec<Element> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        assert!(rest[..start].trim().is_empty(), "stray text {:?}", &rest[..start]);
        if rest[start..].starts_with("<!--") {
            rest = &rest[start + rest[start..].find("-->").unwrap() + 3..];
            continue;
        }
        let end = start + rest[start..].find('>').unwrap();
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        assert!(!tag.contains('<') && tag.matches('"').count().is_multiple_of(2), "{tag}");
        assert!(!tag.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").replace("&quot;", "").contains('&'), "{tag}");
        if tag.starts_with('?') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap().to_owned();
        match name.as_str() {
            "node" | "way" | "relation" => {
                out.push(Element { kind: name.clone(), id: attribute(tag, "id").unwrap().parse().unwrap(), ..Element::default() });
            }
            "nd" | "member" => out.last_mut().unwrap().refs.push(attribute(tag, "ref").unwrap().parse().unwrap()),
            "tag" => {
                let (key, value) = (attribute(tag, "k").unwrap(), attribute(tag, "v").unwrap());
                assert!(out.last_mut().unwrap().tags.insert(key.clone(), value).is_none(), "{key} twice");
            }
            "osm" | "bounds" => {}
            other => panic!("unknown element {other}"),
        }
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty());
    out
}

fn elements() -> Vec<Element> {
    read(&String::from_utf8(city().osm_xml()).unwrap())
}

#[test]
fn the_file_is_well_formed_unique_and_closed() {
    let elements = elements();
    let mut ids: HashMap<&str, HashSet<i64>> = HashMap::new();
    for element in &elements {
        assert!(ids.entry(element.kind.as_str()).or_default().insert(element.id), "{} {} twice", element.kind, element.id);
    }
    for element in &elements {
        let known = if element.kind == "way" { &ids["node"] } else { &ids["way"] };
        assert!(element.refs.iter().all(|r| known.contains(r)), "{} {}", element.kind, element.id);
        assert!(element.kind != "way" || element.refs.len() > 1);
        assert!(element.refs.windows(2).all(|w| w[0] != w[1]), "{} {} repeats a node", element.kind, element.id);
        if element.tags.contains_key("name") {
            assert!(element.tags.contains_key("name:en"), "{:?}", element.tags);
        }
    }
    let (nodes, ways) = (ids["node"].len(), ids["way"].len());
    assert!((15_000..40_000).contains(&nodes) && (6_000..12_000).contains(&ways), "{nodes} nodes, {ways} ways");
    assert!(String::from_utf8(city().osm_xml()).unwrap()[..600].contains("note=演示数据 synthetic"));
}

#[test]
fn the_city_has_all_its_parts() {
    let elements = elements();
    let count = |wanted: &[(&str, &str)]| {
        elements.iter().filter(|e| wanted.iter().all(|(k, v)| e.tags.get(*k).is_some_and(|t| *v == "*" || t == v))).count()
    };
    assert!(count(&[("highway", "motorway"), ("bridge", "viaduct")]) > 10);
    assert!(count(&[("highway", "motorway_link")]) >= 32, "{}", count(&[("highway", "motorway_link")]));
    assert!(count(&[("ref", "G220")]) > 5 && count(&[("ref", "S315")]) > 5);
    let named = |key: &str| elements.iter().filter_map(|e| e.tags.get(key)).collect::<BTreeSet<_>>();
    assert!(named("bridge:name").len() >= 8, "{:?}", named("bridge:name"));
    assert_eq!(named("tunnel:name").len(), 2, "{:?}", named("tunnel:name"));
    assert!(count(&[("junction", "roundabout")]) >= 4);
    assert!(count(&[("highway", "traffic_signals")]) > 300);
    let schools = count(&[("amenity", "school")]);
    assert!((80..=110).contains(&schools), "{schools} schools");
    assert!(count(&[("amenity", "hospital")]) >= 12 && count(&[("healthcare:grade", "三级甲等")]) == 3);
    assert!(count(&[("shop", "mall"), ("name", "湖滨商业中心")]) == 1);
    assert!(count(&[("amenity", "marketplace")]) > 15 && count(&[("place", "village")]) > 60);
    assert_eq!(elements.iter().filter(|e| e.kind == "relation" && e.tags.get("admin_level").is_some_and(|l| l == "8")).count(), 16);
}

#[test]
fn every_area_is_one_closed_ring_and_together_they_tile_the_district() {
    let elements = elements();
    let ways: HashMap<i64, &Element> = elements.iter().filter(|e| e.kind == "way").map(|e| (e.id, e)).collect();
    let mut used: HashMap<i64, usize> = HashMap::new();
    for relation in elements.iter().filter(|e| e.kind == "relation") {
        let mut ends: HashMap<i64, i32> = HashMap::new();
        for member in &relation.refs {
            let way = ways[member];
            if way.refs.first() != way.refs.last() {
                *ends.entry(way.refs[0]).or_default() += 1;
                *ends.entry(*way.refs.last().unwrap()).or_default() += 1;
            }
            if relation.tags["admin_level"] == "8" {
                *used.entry(*member).or_default() += 1;
            }
        }
        assert!(ends.values().all(|n| *n == 2), "{} is open", relation.tags["name"]);
    }
    assert!(used.values().all(|n| *n <= 2));
    let total: f64 = city().areas().iter().map(|(_, ring)| area_km2(ring)).sum();
    assert!((total / (26.0 * 22.0) - 1.0).abs() < 0.005, "{total} km²");
}

fn area_km2(ring: &[gongzhi_civic::place::Point]) -> f64 {
    let scale = 111.195_f64;
    let cos = 30.02_f64.to_radians().cos();
    let sum: f64 = (0..ring.len())
        .map(|i| {
            let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
            (a.lon * b.lat - b.lon * a.lat) * scale * scale * cos
        })
        .sum();
    (sum / 2.0).abs()
}

#[test]
fn the_seed_roads_exist_and_cross_where_they_should() {
    let elements = elements();
    let nodes_of = |name: &str| -> HashSet<i64> {
        elements
            .iter()
            .filter(|e| e.tags.contains_key("highway") && e.tags.get("name").is_some_and(|n| n == name))
            .flat_map(|e| e.refs.clone())
            .collect()
    };
    for (a, b) in [
        ("胜利东路", "阳明北路"),
        ("中兴大道", "平江路"),
        ("解放北路", "环城北路"),
        ("胜利西路", "环城西路"),
        ("平江路", "阳明北路"),
        ("中兴大道", "胜利东路"),
    ] {
        assert!(nodes_of(a).intersection(&nodes_of(b)).count() > 0, "{a} does not meet {b}");
    }
    // Both carriageways of both roads: four nodes.
    assert_eq!(nodes_of("胜利东路").intersection(&nodes_of("阳明北路")).count(), 4);
}

#[test]
fn almost_all_road_hangs_together() {
    let elements = elements();
    let mut parent: HashMap<i64, i64> = HashMap::new();
    fn find(parent: &mut HashMap<i64, i64>, mut at: i64) -> i64 {
        while let Some(&up) = parent.get(&at) {
            if up == at {
                break;
            }
            at = up;
        }
        at
    }
    let roads: Vec<&Element> = elements.iter().filter(|e| e.kind == "way" && e.tags.contains_key("highway")).collect();
    for way in &roads {
        for w in way.refs.windows(2) {
            let (a, b) = (find(&mut parent, w[0]), find(&mut parent, w[1]));
            parent.entry(a).or_insert(a);
            parent.insert(b, a);
        }
    }
    let mut sizes: HashMap<i64, usize> = HashMap::new();
    for way in &roads {
        *sizes.entry(find(&mut parent, way.refs[0])).or_default() += 1;
    }
    let largest = sizes.values().max().copied().unwrap();
    assert!(largest as f64 / roads.len() as f64 > 0.97, "{largest} of {}", roads.len());
}

#[test]
fn road_names_are_chinese_and_no_name_stands_for_two_roads() {
    let names = city().road_names();
    let unique: HashSet<&str> = names.iter().map(|n| n.zh.as_str()).collect();
    assert_eq!(unique.len(), names.len());
    for name in &names {
        assert!(name.zh.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c) || c.is_ascii_digit()), "{}", name.zh);
        assert!(name.en.starts_with(char::is_uppercase) && !name.en.contains("  "), "{}", name.en);
    }
    assert!(unique.len() > 1000, "{}", unique.len());
}
