//! How the properties of a GeoJSON feature become OSM tags: data, so that any agency's file can be read.

use serde::{Deserialize, Serialize};

/// Properties to tags. Properties without a rule keep their name: OSM's own names need none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeoJsonMapping {
    /// Which property is which tag. The first property that is there and not empty gives the tag; a property named like the tag goes before all.
    pub keys: Vec<KeyRule>,
    /// How values of a tag are written in the file and in OSM, applied after `keys`; the first rule that fits is taken.
    pub values: Vec<ValueRule>,
    /// `highway` of a line that has none after all rules; empty: such a line is no road.
    pub class: String,
    /// Coordinates closer than this are one point, degrees; at least 1e-7, the resolution of the network file.
    pub tolerance: f64,
}

/// A property that is a tag under another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRule {
    /// Property of the file.
    pub property: String,
    /// OSM key.
    pub tag: String,
}

/// A value that is another in OSM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueRule {
    /// OSM key.
    pub tag: String,
    /// Value of the file.
    pub from: String,
    /// OSM value; empty takes the tag away.
    pub to: String,
    /// Only for features that have this property; empty: for all.
    pub with: String,
}

/// Property names other programs write.
const KEYS: &[(&str, &str)] = &[
    ("fclass", "highway"),
    ("class", "highway"),
    ("road_class", "highway"),
    ("道路等级", "highway"),
    ("等级", "highway"),
    ("名称", "name"),
    ("路名", "name"),
    ("道路名称", "name"),
    ("name_en", "name:en"),
    ("name_zh", "name:zh"),
    ("路线编号", "ref"),
    ("编号", "ref"),
    ("单行", "oneway"),
    ("one_way", "oneway"),
    ("限速", "maxspeed"),
    ("speed_limit", "maxspeed"),
    ("车道数", "lanes"),
    ("lane_count", "lanes"),
    ("门牌号", "addr:housenumber"),
    ("街道", "addr:street"),
];

/// Values other programs write: tag, theirs, ours, only with this property.
const VALUES: &[(&str, &str, &str, &str)] = &[
    // Geofabrik's shapes: `fclass`, with F, T and B for forward, backward and both.
    ("highway", "track_grade1", "track", "fclass"),
    ("highway", "track_grade2", "track", "fclass"),
    ("highway", "track_grade3", "track", "fclass"),
    ("highway", "track_grade4", "track", "fclass"),
    ("highway", "track_grade5", "track", "fclass"),
    ("highway", "unknown", "road", "fclass"),
    ("oneway", "F", "yes", "fclass"),
    ("oneway", "T", "-1", "fclass"),
    ("oneway", "B", "no", "fclass"),
    ("bridge", "F", "no", "fclass"),
    ("bridge", "T", "yes", "fclass"),
    ("tunnel", "F", "no", "fclass"),
    ("tunnel", "T", "yes", "fclass"),
    ("layer", "0", "", "fclass"),
    // Road classes in Chinese.
    ("highway", "高速公路", "motorway", ""),
    ("highway", "高速", "motorway", ""),
    ("highway", "快速路", "trunk", ""),
    ("highway", "国道", "trunk", ""),
    ("highway", "主干路", "primary", ""),
    ("highway", "主干道", "primary", ""),
    ("highway", "省道", "primary", ""),
    ("highway", "次干路", "secondary", ""),
    ("highway", "次干道", "secondary", ""),
    ("highway", "县道", "secondary", ""),
    ("highway", "支路", "tertiary", ""),
    ("highway", "乡道", "tertiary", ""),
    ("highway", "村道", "unclassified", ""),
    ("highway", "街巷", "residential", ""),
    ("highway", "匝道", "motorway_link", ""),
    ("highway", "内部道路", "service", ""),
    ("oneway", "是", "yes", ""),
    ("oneway", "否", "no", ""),
];

/// What a polygon's or point's `fclass` or `class` is in OSM.
const FEATURE_CLASSES: &[(&str, &str)] = &[
    ("water", "natural"),
    ("wood", "natural"),
    ("scrub", "natural"),
    ("wetland", "natural"),
    ("reservoir", "landuse"),
    ("forest", "landuse"),
    ("grass", "landuse"),
    ("meadow", "landuse"),
    ("residential", "landuse"),
    ("commercial", "landuse"),
    ("retail", "landuse"),
    ("industrial", "landuse"),
    ("park", "leisure"),
    ("stadium", "leisure"),
    ("city", "place"),
    ("town", "place"),
    ("village", "place"),
    ("hamlet", "place"),
    ("suburb", "place"),
    ("hospital", "amenity"),
    ("clinic", "amenity"),
    ("school", "amenity"),
    ("kindergarten", "amenity"),
    ("college", "amenity"),
    ("university", "amenity"),
    ("police", "amenity"),
    ("fire_station", "amenity"),
    ("fuel", "amenity"),
    ("mall", "shop"),
    ("supermarket", "shop"),
    ("railway_station", "railway"),
    ("traffic_signals", "highway"),
    ("motorway_junction", "highway"),
];

impl Default for GeoJsonMapping {
    fn default() -> Self {
        let key = |(property, tag): &(&str, &str)| KeyRule { property: (*property).to_owned(), tag: (*tag).to_owned() };
        let value = |(tag, from, to, with): &(&str, &str, &str, &str)| ValueRule {
            tag: (*tag).to_owned(),
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            with: (*with).to_owned(),
        };
        Self { keys: KEYS.iter().map(key).collect(), values: VALUES.iter().map(value).collect(), class: String::new(), tolerance: 1e-7 }
    }
}

impl GeoJsonMapping {
    /// This mapping with one more property, before all others.
    #[must_use]
    pub fn with_key(mut self, property: &str, tag: &str) -> Self {
        self.keys.insert(0, KeyRule { property: property.to_owned(), tag: tag.to_owned() });
        self
    }

    /// This mapping with one more value, before all others.
    #[must_use]
    pub fn with_value(mut self, tag: &str, from: &str, to: &str) -> Self {
        let rule = ValueRule { tag: tag.to_owned(), from: from.to_owned(), to: to.to_owned(), with: String::new() };
        self.values.insert(0, rule);
        self
    }

    /// Tags of a feature. `line`: it is a line, so that a class is a road class.
    pub(crate) fn tags(&self, properties: Vec<(String, String)>, line: bool) -> Vec<(String, String)> {
        let mut tags: Vec<(String, String)> = Vec::new();
        let has = |tags: &[(String, String)], key: &str| tags.iter().any(|(k, _)| k == key);
        let ruled = |property: &str| self.keys.iter().any(|rule| rule.property == property);
        for (property, value) in properties.iter().filter(|(p, _)| !ruled(p)) {
            if !has(&tags, property) {
                tags.push((property.clone(), value.clone()));
            }
        }
        for rule in &self.keys {
            let Some((_, value)) = properties.iter().find(|(p, v)| *p == rule.property && !v.is_empty()) else { continue };
            let mut tag = rule.tag.as_str();
            if tag == "highway" && !line {
                match FEATURE_CLASSES.iter().find(|(class, _)| class == value) {
                    Some((_, key)) => tag = key,
                    None => continue,
                }
            }
            if !has(&tags, tag) {
                let value = if value == "railway_station" { "station" } else { value };
                tags.push((tag.to_owned(), value.to_owned()));
            }
        }
        for (tag, value) in &mut tags {
            let fits = |rule: &&ValueRule| {
                rule.tag == *tag && rule.from == *value && (rule.with.is_empty() || properties.iter().any(|(p, _)| *p == rule.with))
            };
            if let Some(rule) = self.values.iter().find(fits) {
                value.clone_from(&rule.to);
            }
        }
        tags.retain(|(_, value)| !value.is_empty());
        if line && !self.class.is_empty() && !has(&tags, "highway") {
            tags.push(("highway".to_owned(), self.class.clone()));
        }
        tags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(mapping: &GeoJsonMapping, properties: &[(&str, &str)], line: bool) -> Vec<(String, String)> {
        let mut tags = mapping.tags(properties.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(), line);
        tags.sort();
        tags
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn geofabrik_s_letters_mean_its_own() {
        let default = GeoJsonMapping::default();
        let properties = [("fclass", "track_grade2"), ("oneway", "T"), ("bridge", "F"), ("maxspeed", "60"), ("layer", "0")];
        assert_eq!(
            mapped(&default, &properties, true),
            pairs(&[("bridge", "no"), ("highway", "track"), ("maxspeed", "60"), ("oneway", "-1")])
        );
        assert_eq!(mapped(&default, &[("highway", "primary"), ("oneway", "T")], true), pairs(&[("highway", "primary"), ("oneway", "T")]));
        assert_eq!(mapped(&default, &[("fclass", "forest")], false), pairs(&[("landuse", "forest")]));
        assert_eq!(mapped(&default, &[("fclass", "railway_station")], false), pairs(&[("railway", "station")]));
    }

    #[test]
    fn chinese_and_own_names_are_understood() {
        let default = GeoJsonMapping::default();
        assert_eq!(
            mapped(&default, &[("路名", "胜利东路"), ("道路等级", "主干路"), ("单行", "是")], true),
            pairs(&[("highway", "primary"), ("name", "胜利东路"), ("oneway", "yes")])
        );
        let own = GeoJsonMapping { class: "residential".to_owned(), ..default }.with_key("TYPE", "highway").with_value(
            "highway",
            "autoroute",
            "motorway",
        );
        assert_eq!(mapped(&own, &[("TYPE", "autoroute")], true), pairs(&[("highway", "motorway")]));
        assert_eq!(mapped(&own, &[("x", "1")], true), pairs(&[("highway", "residential"), ("x", "1")]));
    }
}
