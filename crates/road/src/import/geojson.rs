//! GeoJSON (RFC 7946): features become nodes, ways and relations as OpenStreetMap has them.
//!
//! Lines that share a coordinate meet there. Ids are hashes of coordinates, so that a road that did not move keeps its id and
//! its keys in a new export, whatever the order of the features.

use super::ImportError;
use super::source::{Element, Member, MemberKind, Tags, Want, damaged, not_degrees, truncated, unsupported};
use crate::format::ShapeRecord;
use crate::geometry::UNITS_PER_DEGREE;

mod json;
mod mapping;
mod nodes;

use json::{Fault, Json, Value};
pub use mapping::{GeoJsonMapping, KeyRule, ValueRule};

type Pairs = Vec<(String, String)>;

/// A feature as drawn.
pub(crate) struct Drawn {
    pub(crate) shape: Shape,
    pub(crate) tags: Pairs,
}

pub(crate) enum Shape {
    Point(ShapeRecord),
    Line(Vec<ShapeRecord>),
    /// Rings, the first one outside.
    Polygon(Vec<Vec<ShapeRecord>>),
}

/// A file's elements, ready to be visited pass by pass.
#[derive(Default)]
pub(crate) struct Elements {
    pub(crate) nodes: Vec<(i64, ShapeRecord, Pairs)>,
    pub(crate) ways: Vec<(i64, Vec<i64>, Pairs)>,
    /// Areas of several rings: ways and tags.
    pub(crate) relations: Vec<(i64, Vec<i64>, Pairs)>,
}

impl Elements {
    pub(crate) fn visit(&self, want: Want, visit: &mut dyn FnMut(Element<'_>)) {
        fn borrowed(pairs: &Pairs) -> Tags<'_> {
            Tags(pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect())
        }
        match want {
            Want::Nodes => {
                for (id, at, tags) in &self.nodes {
                    let (lon, lat) = (f64::from(at.x) / UNITS_PER_DEGREE, f64::from(at.y) / UNITS_PER_DEGREE);
                    visit(Element::Node { id: *id, lon, lat, tags: &borrowed(tags) });
                }
            }
            Want::Ways => {
                for (id, nodes, tags) in &self.ways {
                    visit(Element::Way { id: *id, nodes, tags: &borrowed(tags) });
                }
            }
            Want::Relations => {
                for (id, ways, tags) in &self.relations {
                    let members: Vec<Member<'_>> = ways.iter().map(|id| Member { kind: MemberKind::Way, id: *id, role: "" }).collect();
                    visit(Element::Relation { id: *id, members: &members, tags: &borrowed(tags) });
                }
            }
        }
    }
}

/// Reads a feature collection, a feature, or several of either one after another.
pub(crate) fn read(bytes: &[u8], mapping: &GeoJsonMapping, progress: &mut dyn FnMut(u64, u64)) -> Result<Elements, ImportError> {
    let mut reader = Reader { json: Json::new(bytes), mapping, drawn: Vec::new(), features: 0, feature_at: 0 };
    let mut told = 0;
    let mut tell = |at: usize| {
        if at - told >= 1 << 20 {
            told = at;
            progress(at as u64, bytes.len() as u64);
        }
    };
    if reader.json.peek().is_none() {
        return Err(truncated(0, "no value"));
    }
    while reader.json.peek().is_some() {
        reader.document(&mut tell)?;
    }
    progress(bytes.len() as u64, bytes.len() as u64);
    Ok(nodes::join(reader.drawn, mapping.tolerance))
}

struct Reader<'a, 'm> {
    json: Json<'a>,
    mapping: &'m GeoJsonMapping,
    drawn: Vec<Drawn>,
    /// Features read so far, for messages.
    features: usize,
    feature_at: usize,
}

impl Reader<'_, '_> {
    fn document(&mut self, tell: &mut dyn FnMut(usize)) -> Result<(), ImportError> {
        let start = self.json.at;
        let mut members = Vec::new();
        let mut collection = false;
        let mut more = self.json.open(b'{', b'}').map_err(|f| self.refused(&f))?;
        while more {
            let key = self.json.key().map_err(|f| self.refused(&f))?;
            if key == "features" {
                collection = true;
                let mut another = self.json.open(b'[', b']').map_err(|f| self.refused(&f))?;
                while another {
                    self.json.peek();
                    self.feature_at = self.json.at;
                    let feature = self.json.value().map_err(|f| self.refused(&f))?;
                    self.feature(&feature)?;
                    tell(self.json.at);
                    another = self.json.more(b']').map_err(|f| self.refused(&f))?;
                }
            } else {
                let value = self.json.value().map_err(|f| self.refused(&f))?;
                members.push((key, value));
            }
            more = self.json.more(b'}').map_err(|f| self.refused(&f))?;
        }
        let whole = Value::Object(members);
        self.check_datum(&whole, start)?;
        match whole.get("type").and_then(Value::text) {
            Some("FeatureCollection") if collection => Ok(()),
            Some("Feature") => {
                self.feature_at = start;
                self.feature(&whole)
            }
            Some(other) => Err(unsupported(start as u64, format!("GeoJSON of type {}", short(other)))),
            None => Err(unsupported(start as u64, "JSON that is no FeatureCollection")),
        }
    }

    /// The `crs` of old GeoJSON: degrees of WGS-84 or CGCS2000 (which agree to centimetres) only.
    fn check_datum(&self, whole: &Value<'_>, start: usize) -> Result<(), ImportError> {
        let Some(name) = whole.get("crs").and_then(|crs| crs.get("properties")?.get("name")?.text()) else { return Ok(()) };
        let last: String = name.rsplit([':', '/']).next().unwrap_or("").to_ascii_uppercase();
        if matches!(last.as_str(), "CRS84" | "4326" | "4490" | "84") {
            return Ok(());
        }
        Err(not_degrees(start as u64, format!("crs {}", short(name))))
    }

    fn feature(&mut self, feature: &Value<'_>) -> Result<(), ImportError> {
        self.features += 1;
        if feature.get("type").and_then(Value::text) != Some("Feature") {
            return Err(damaged(self.feature_at as u64, format!("feature {} has no type Feature", self.features)));
        }
        let properties = properties(feature.get("properties"));
        match feature.get("geometry") {
            None | Some(Value::Null) => Ok(()),
            Some(geometry) => self.geometry(geometry, &properties, 0),
        }
    }

    fn geometry(&mut self, geometry: &Value<'_>, properties: &Pairs, depth: usize) -> Result<(), ImportError> {
        let kind = geometry.get("type").and_then(Value::text).unwrap_or("");
        let coordinates = geometry.get("coordinates");
        let missing = || damaged(self.feature_at as u64, format!("feature {} has no coordinates", self.features));
        let single = std::slice::from_ref;
        let parts = || coordinates.ok_or_else(missing);
        let shapes: Vec<Shape> = match kind {
            "Point" => vec![Shape::Point(self.position(parts()?)?)],
            "MultiPoint" => parts()?.list().iter().map(|p| self.position(p).map(Shape::Point)).collect::<Result<_, _>>()?,
            "LineString" => vec![Shape::Line(self.line(parts()?)?)],
            "MultiLineString" => parts()?.list().iter().map(|l| self.line(l).map(Shape::Line)).collect::<Result<_, _>>()?,
            "Polygon" | "MultiPolygon" => {
                let polygons = parts()?;
                let polygons = if kind == "Polygon" { single(polygons) } else { polygons.list() };
                let rings = polygons.iter().flat_map(|p| p.list().iter()).map(|ring| self.line(ring)).collect::<Result<Vec<_>, _>>()?;
                vec![Shape::Polygon(rings)]
            }
            "GeometryCollection" if depth < 8 => {
                for part in geometry.get("geometries").map_or(&[][..], Value::list) {
                    self.geometry(part, properties, depth + 1)?;
                }
                return Ok(());
            }
            other => return Err(damaged(self.feature_at as u64, format!("feature {} has geometry {}", self.features, short(other)))),
        };
        for shape in shapes {
            let line = matches!(shape, Shape::Line(_));
            self.drawn.push(Drawn { shape, tags: self.mapping.tags(properties.clone(), line) });
        }
        Ok(())
    }

    fn line(&self, positions: &Value<'_>) -> Result<Vec<ShapeRecord>, ImportError> {
        positions.list().iter().map(|p| self.position(p)).collect()
    }

    fn position(&self, position: &Value<'_>) -> Result<ShapeRecord, ImportError> {
        let number = |i: usize| match position.list().get(i) {
            Some(Value::Number(text)) => text.parse::<f64>().ok().filter(|n| n.is_finite()),
            _ => None,
        };
        let (Some(lon), Some(lat)) = (number(0), number(1)) else {
            return Err(damaged(self.feature_at as u64, format!("feature {} has a position that is no pair of numbers", self.features)));
        };
        if lon.abs() > 180.0 || lat.abs() > 90.0 {
            return Err(not_degrees(self.feature_at as u64, format!("feature {} at {lon}, {lat}", self.features)));
        }
        Ok(ShapeRecord { x: (lon * UNITS_PER_DEGREE).round() as i32, y: (lat * UNITS_PER_DEGREE).round() as i32 })
    }

    fn refused(&self, fault: &Fault) -> ImportError {
        let after = if self.features > 0 { format!("{} after feature {}", fault.what, self.features) } else { fault.what.to_owned() };
        if fault.cut { truncated(fault.at as u64, after) } else { damaged(fault.at as u64, after) }
    }
}

/// Properties as texts; those within a `tags` object and within `other_tags` (`"key"=>"value"`) count like the others.
fn properties(value: Option<&Value<'_>>) -> Pairs {
    let mut pairs = Pairs::new();
    let Some(Value::Object(members)) = value else { return pairs };
    for (key, value) in members {
        match value {
            Value::Object(inner) if key == "tags" => pairs.extend(inner.iter().filter_map(|(k, v)| Some((k.to_string(), plain(v)?)))),
            Value::Text(text) if key == "other_tags" => pairs.extend(hstore(text)),
            _ => pairs.extend(plain(value).map(|v| (key.to_string(), v))),
        }
    }
    pairs
}

/// A property's value as OSM would write it: `yes` and `no`, lists with semicolons. `None` for null and objects.
fn plain(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::Bool(b) => Some(if *b { "yes" } else { "no" }.to_owned()),
        Value::Number(text) => Some(text.strip_suffix(".0").unwrap_or(text).to_owned()),
        Value::Text(text) => Some(text.trim().to_owned()),
        Value::List(items) => Some(items.iter().filter_map(plain).collect::<Vec<_>>().join(";")),
    }
}

/// `"lanes"=>"2","maxspeed"=>"50"`, as GDAL writes what it has no column for.
fn hstore(text: &str) -> Pairs {
    let mut pairs = Pairs::new();
    let mut parts = text.split('"').skip(1).step_by(2);
    while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
        pairs.push((key.to_owned(), value.to_owned()));
    }
    pairs
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}
