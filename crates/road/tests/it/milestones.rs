//! Lower Saxony's kilometre posts, read from the extract itself.

use std::collections::BTreeMap;
use std::io::Read;

use gongzhi_civic::place::Point;
use gongzhi_road::linear::{PostSource, StakePost};

fn attribute<'a>(tag: &'a str, key: &str) -> Option<&'a str> {
    let start = tag.find(&format!(" {key}=\""))? + key.len() + 3;
    tag[start..].split('"').next()
}

/// Posts of `highway=milestone` nodes: the number from `distance` in kilometres, the route from the way the node belongs to.
pub fn read(gzipped: &[u8]) -> Vec<StakePost> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(gzipped).read_to_string(&mut text).unwrap();
    let mut posts: BTreeMap<String, StakePost> = BTreeMap::new();
    let mut node: Option<(String, Point, BTreeMap<String, String>)> = None;
    let mut way: (Vec<String>, String) = Default::default();
    for line in text.lines().map(str::trim) {
        if line.starts_with("<node ") {
            let number = |k: &str| attribute(line, k).and_then(|v| v.parse().ok()).unwrap_or(0.0);
            node = Some((attribute(line, "id").unwrap().to_owned(), Point::new(number("lon"), number("lat")), BTreeMap::new()));
        } else if line.starts_with("<tag ") {
            let (k, v) = (attribute(line, "k").unwrap_or(""), attribute(line, "v").unwrap_or(""));
            if let Some((_, _, tags)) = &mut node {
                tags.insert(k.to_owned(), v.to_owned());
            } else if k == "ref" {
                way.1 = v.to_owned();
            }
        } else if line.starts_with("</node") {
            let (id, point, tags) = node.take().unwrap();
            let kilometres = tags.get("distance").and_then(|d| d.parse::<f64>().ok());
            if let (Some("milestone"), Some(k)) = (tags.get("highway").map(String::as_str), kilometres) {
                let metre = (k * 1000.0).round();
                let note = tags.get("note").cloned().unwrap_or_default();
                posts.insert(id, StakePost { reference: String::new(), metre, point, direction: None, source: PostSource::Map, note });
            }
        } else if line.starts_with("<way ") {
            node = None;
            way = Default::default();
        } else if line.starts_with("<nd ") {
            way.0.push(attribute(line, "ref").unwrap_or("").to_owned());
        } else if line.starts_with("</way") && !way.1.is_empty() {
            for id in &way.0 {
                if let Some(post) = posts.get_mut(id) {
                    post.reference.clone_from(&way.1);
                }
            }
        }
    }
    posts.into_values().collect()
}
