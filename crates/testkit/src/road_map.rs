//! A road map drawn with letters: the shortest way to say what a spatial test is about.
//!
//! ```text
//! A--B--C      letters and digits are nodes; - | / \ are roads between them;
//!    |         + lets two lines pass over each other without meeting
//!    D
//! ```
//! Each character is as wide as high: [`RoadMap::scale`] metres (50 if not said). North is up.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use gongzhi_civic::place::{EARTH_RADIUS_M, Point};
use gongzhi_road::Network;
use gongzhi_road::import::{self, Imported, Options};

/// North-west corner of every drawn map.
const CORNER: Point = Point::new(120.58, 30.02);

/// A road drawn over the map's letters, with its OSM tags.
#[derive(Clone, Debug, Default)]
pub struct Way {
    tags: BTreeMap<String, String>,
}

impl Way {
    /// Sets any OSM tag.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Name of the road.
    #[must_use]
    pub fn name(self, name: &str) -> Self {
        self.tag("name", name)
    }

    /// OSM `highway` value; `residential` if not said.
    #[must_use]
    pub fn class(self, highway: &str) -> Self {
        self.tag("highway", highway)
    }

    /// One way, in the order of the letters.
    #[must_use]
    pub fn oneway(self) -> Self {
        self.tag("oneway", "yes")
    }

    /// On a bridge, layer 1.
    #[must_use]
    pub fn bridge(self) -> Self {
        self.tag("bridge", "yes").tag("layer", "1")
    }
}

type Tags = BTreeMap<String, String>;

/// A drawn map; see the module's words.
#[derive(Clone, Debug)]
pub struct RoadMap {
    scale_m: f64,
    places: BTreeMap<char, (f64, f64)>,
    drawn: Vec<(char, char)>,
    ways: Vec<(Vec<char>, Way)>,
    node_tags: BTreeMap<char, BTreeMap<String, String>>,
    areas: Vec<(Vec<(f64, f64)>, Tags)>,
    routes: Vec<(Vec<Vec<char>>, Tags)>,
    restrictions: Vec<(String, String, String, Tags)>,
}

impl RoadMap {
    /// Reads a drawing. Every drawn line is a road: unnamed and residential until [`Self::way`] or [`Self::named_by`] says more.
    ///
    /// # Panics
    /// If a letter occurs twice or a line leads nowhere.
    #[must_use]
    pub fn draw(art: &str) -> Self {
        let rows: Vec<Vec<char>> = art.lines().map(|l| l.chars().collect()).collect();
        let at = |x: i64, y: i64| {
            usize::try_from(y)
                .ok()
                .and_then(|y| rows.get(y))
                .and_then(|r| usize::try_from(x).ok().and_then(|x| r.get(x)))
                .copied()
                .unwrap_or(' ')
        };
        let mut places = BTreeMap::new();
        for (y, row) in rows.iter().enumerate() {
            for (x, c) in row.iter().enumerate().filter(|(_, c)| c.is_ascii_alphanumeric()) {
                assert!(places.insert(*c, (x as f64, y as f64)).is_none(), "the letter {c} is drawn twice");
            }
        }
        let mut drawn = Vec::new();
        for (letter, (x, y)) in &places {
            for (dx, dy, stroke) in [(1, 0, '-'), (0, 1, '|'), (1, 1, '\\'), (-1, 1, '/')] {
                let (mut px, mut py) = (*x as i64 + dx, *y as i64 + dy);
                if at(px, py) != stroke && at(px, py) != '+' {
                    continue;
                }
                while at(px, py) == stroke || at(px, py) == '+' {
                    px += dx;
                    py += dy;
                }
                let end = at(px, py);
                assert!(end.is_ascii_alphanumeric(), "the line {stroke} from {letter} ends at column {px}, row {py} without a letter");
                drawn.push((*letter, end));
            }
        }
        Self {
            scale_m: 50.0,
            places,
            drawn,
            ways: Vec::new(),
            node_tags: BTreeMap::new(),
            areas: Vec::new(),
            routes: Vec::new(),
            restrictions: Vec::new(),
        }
    }

    /// Metres per character.
    #[must_use]
    pub fn scale(mut self, metres: f64) -> Self {
        self.scale_m = metres;
        self
    }

    /// A road through these letters, in this order. Consecutive letters need not be joined by a drawn line.
    #[must_use]
    pub fn way(mut self, letters: &str, build: impl FnOnce(Way) -> Way) -> Self {
        let letters: Vec<char> = letters.chars().collect();
        for c in &letters {
            assert!(self.places.contains_key(c), "no letter {c} on the map");
        }
        for pair in letters.windows(2) {
            self.drawn.retain(|(a, b)| (*a, *b) != (pair[0], pair[1]) && (*b, *a) != (pair[0], pair[1]));
        }
        self.ways.push((letters, build(Way::default())));
        self
    }

    /// Names for all drawn lines no way has taken yet, by their two letters; `None` leaves a line unnamed.
    #[must_use]
    pub fn named_by(mut self, name: impl Fn(char, char) -> Option<&'static str>) -> Self {
        for (a, b) in std::mem::take(&mut self.drawn) {
            let way = name(a, b).map_or_else(Way::default, |n| Way::default().name(n));
            self.ways.push((vec![a, b], way));
        }
        self
    }

    /// A traffic signal at a letter.
    #[must_use]
    pub fn signal(self, letter: char) -> Self {
        self.node(letter, "highway", "traffic_signals")
    }

    /// A tag on a letter's node (`amenity` = `hospital`, `name` = …).
    #[must_use]
    pub fn node(mut self, letter: char, key: &str, value: &str) -> Self {
        self.node_tags.entry(letter).or_default().insert(key.to_owned(), value.to_owned());
        self
    }

    /// A turn restriction (`no_left_turn`, `only_straight_on`, …) from the way through the two letters `from` to that through `to`, over
    /// the letter `via` or the ways `BC` or `BC,CD`. Ways must end where the restriction turns.
    #[must_use]
    pub fn restriction(self, word: &str, from: &str, via: &str, to: &str) -> Self {
        self.restriction_with(&[("restriction", word)], from, via, to)
    }

    /// The same with any tags (`restriction:hgv`, `except`, `restriction:conditional`).
    #[must_use]
    pub fn restriction_with(mut self, tags: &[(&str, &str)], from: &str, via: &str, to: &str) -> Self {
        let mut all: Tags = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        all.insert("type".to_owned(), "restriction".to_owned());
        self.restrictions.push((from.to_owned(), via.to_owned(), to.to_owned(), all));
        self
    }

    /// A rectangular area given by columns and rows (west, north, east, south) and its tags.
    #[must_use]
    pub fn area(mut self, [west, north, east, south]: [f64; 4], tags: &[(&str, &str)]) -> Self {
        let ring = vec![(west, north), (east, north), (east, south), (west, south)];
        self.areas.push((ring, tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()));
        self
    }

    /// A route relation over ways given before by their letters.
    ///
    /// # Panics
    /// If no way has these letters.
    #[must_use]
    pub fn route(mut self, ways: &[&str], tags: &[(&str, &str)]) -> Self {
        let ways: Vec<Vec<char>> = ways.iter().map(|w| w.chars().collect()).collect();
        for way in &ways {
            assert!(self.ways.iter().any(|(letters, _)| letters == way), "no way {way:?} on the map");
        }
        let base = [("type", "route"), ("route", "road")];
        self.routes.push((ways, base.iter().chain(tags).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()));
        self
    }

    /// Where a letter is.
    ///
    /// # Panics
    /// If the letter is not on the map.
    #[must_use]
    pub fn point(&self, letter: char) -> Point {
        self.ground(*self.places.get(&letter).unwrap_or_else(|| panic!("no letter {letter} on the map")))
    }

    /// Whether a letter is on the map.
    #[must_use]
    pub fn has(&self, letter: char) -> bool {
        self.places.contains_key(&letter)
    }

    /// A point so many metres east and north of a letter.
    #[must_use]
    pub fn beside(&self, letter: char, east_m: f64, north_m: f64) -> Point {
        let p = self.point(letter);
        let degree = EARTH_RADIUS_M.to_radians();
        Point::new(p.lon + east_m / (degree * p.lat.to_radians().cos()), p.lat + north_m / degree)
    }

    /// OSM node id of a letter.
    #[must_use]
    pub const fn id(letter: char) -> i64 {
        letter as i64
    }

    /// The map as OSM XML.
    #[must_use]
    pub fn osm_xml(&self) -> String {
        let mut xml = String::from("<?xml version='1.0' encoding='UTF-8'?>\n<osm version=\"0.6\">\n");
        let tags = |tags: &BTreeMap<String, String>| {
            tags.iter().map(|(k, v)| format!("<tag k=\"{}\" v=\"{}\"/>", escaped(k), escaped(v))).collect::<String>()
        };
        let none = BTreeMap::new();
        for letter in self.places.keys() {
            let p = self.point(*letter);
            let _ = writeln!(
                xml,
                "<node id=\"{}\" lat=\"{:.9}\" lon=\"{:.9}\">{}</node>",
                Self::id(*letter),
                p.lat,
                p.lon,
                tags(self.node_tags.get(letter).unwrap_or(&none))
            );
        }
        let mut node = 1_000i64;
        let mut rings = Vec::new();
        for (ring, _) in &self.areas {
            let first = node;
            for corner in ring {
                let p = self.ground(*corner);
                let _ = writeln!(xml, "<node id=\"{node}\" lat=\"{:.9}\" lon=\"{:.9}\"/>", p.lat, p.lon);
                node += 1;
            }
            rings.push((first..node).chain([first]).collect::<Vec<i64>>());
        }
        let drawn = self.drawn.iter().map(|(a, b)| (vec![*a, *b], Way::default()));
        let mut id = 100i64;
        let mut ids: Vec<(i64, Vec<char>)> = Vec::new();
        for (letters, way) in self.ways.iter().cloned().chain(drawn) {
            let mut all = way.tags;
            all.entry("highway".to_owned()).or_insert_with(|| "residential".to_owned());
            let nodes: String = letters.iter().map(|c| format!("<nd ref=\"{}\"/>", Self::id(*c))).collect();
            let _ = writeln!(xml, "<way id=\"{id}\">{nodes}{}</way>", tags(&all));
            ids.push((id, letters));
            id += 1;
        }
        for (ring, (_, area)) in rings.iter().zip(&self.areas) {
            let nodes: String = ring.iter().map(|n| format!("<nd ref=\"{n}\"/>")).collect();
            let _ = writeln!(xml, "<way id=\"{id}\">{nodes}{}</way>", tags(area));
            id += 1;
        }
        for (index, (ways, route)) in self.routes.iter().enumerate() {
            let way = |letters: &Vec<char>| self.ways.iter().position(|(w, _)| w == letters).map_or(0, |i| 100 + i);
            let members: String = ways.iter().map(|w| format!("<member type=\"way\" ref=\"{}\" role=\"\"/>", way(w))).collect();
            let _ = writeln!(xml, "<relation id=\"{}\">{members}{}</relation>", 500 + index, tags(route));
        }
        let way_through = |pair: &str| {
            let (Some(a), Some(b)) = (pair.chars().next(), pair.chars().nth(1)) else { panic!("{pair} is not two letters") };
            let of = |l: &Vec<char>| l.windows(2).any(|w| (w[0], w[1]) == (a, b) || (w[1], w[0]) == (a, b));
            ids.iter().find(|(_, letters)| of(letters)).unwrap_or_else(|| panic!("no way through {pair}")).0
        };
        for (i, (from, via, to, all)) in self.restrictions.iter().enumerate() {
            let member = |role: &str, pair: &str| format!("<member type=\"way\" ref=\"{}\" role=\"{role}\"/>", way_through(pair));
            let via: String = match via.chars().next() {
                Some(letter) if via.len() == 1 => format!("<member type=\"node\" ref=\"{}\" role=\"via\"/>", Self::id(letter)),
                _ => via.split(',').map(|pair| member("via", pair)).collect(),
            };
            let _ =
                writeln!(xml, "<relation id=\"{}\">{}{via}{}{}</relation>", 9_000 + i, member("from", from), member("to", to), tags(all));
        }
        xml.push_str("</osm>\n");
        xml
    }

    /// The map as GeoJSON: ways as lines, tagged letters as points, areas as polygons, OSM's tags as properties.
    #[must_use]
    pub fn geojson(&self) -> String {
        let position = |p: Point| format!("[{:.9},{:.9}]", p.lon, p.lat);
        let feature = |kind: &str, coordinates: String, tags: &Tags| {
            let properties = serde_json::to_string(tags).unwrap_or_default();
            format!(r#"{{"type":"Feature","properties":{properties},"geometry":{{"type":"{kind}","coordinates":{coordinates}}}}}"#)
        };
        let mut features = Vec::new();
        let drawn = self.drawn.iter().map(|(a, b)| (vec![*a, *b], Way::default()));
        for (letters, way) in self.ways.iter().cloned().chain(drawn) {
            let mut all = way.tags;
            all.entry("highway".to_owned()).or_insert_with(|| "residential".to_owned());
            let line: Vec<String> = letters.iter().map(|c| position(self.point(*c))).collect();
            features.push(feature("LineString", format!("[{}]", line.join(",")), &all));
        }
        for (letter, tags) in &self.node_tags {
            features.push(feature("Point", position(self.point(*letter)), tags));
        }
        for (ring, tags) in &self.areas {
            let ring: Vec<String> = ring.iter().chain(ring.first()).map(|corner| position(self.ground(*corner))).collect();
            features.push(feature("Polygon", format!("[[{}]]", ring.join(",")), tags));
        }
        format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", features.join(",\n"))
    }

    /// The map imported.
    ///
    /// # Panics
    /// If the map cannot be imported, for example because it has no road.
    #[must_use]
    pub fn imported(&self) -> Imported {
        import::osm(self.osm_xml().as_bytes(), &Options::default(), &mut |_| {})
            .unwrap_or_else(|e| panic!("the drawn map does not import: {e}"))
    }

    /// The map as a network.
    ///
    /// # Panics
    /// As [`Self::imported`].
    #[must_use]
    pub fn network(&self) -> Network {
        Network::from_vec(self.imported().bytes).unwrap_or_else(|e| panic!("the drawn map does not open: {e}"))
    }

    fn ground(&self, (x, y): (f64, f64)) -> Point {
        let degree = EARTH_RADIUS_M.to_radians();
        let lat = CORNER.lat - y * self.scale_m / degree;
        Point::new(CORNER.lon + x * self.scale_m / (degree * CORNER.lat.to_radians().cos()), lat)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongzhi_civic::place::haversine_m;

    #[test]
    fn letters_lie_where_they_are_drawn() {
        let map = RoadMap::draw("A---B\n    |\n    C").scale(100.0);
        assert!((haversine_m(map.point('A'), map.point('B')) - 400.0).abs() < 0.5);
        assert!((haversine_m(map.point('B'), map.point('C')) - 200.0).abs() < 0.5);
        assert_eq!(map.network().counts().edges, 4);
    }

    #[test]
    #[should_panic(expected = "without a letter")]
    fn a_line_to_nowhere_is_refused() {
        let _ = RoadMap::draw("A--");
    }

    #[test]
    fn lines_pass_over_each_other_at_a_plus() {
        let map = RoadMap::draw("  C\n  |\nA-+-B\n  |\n  D");
        assert_eq!(map.network().counts().nodes, 4);
    }
}
