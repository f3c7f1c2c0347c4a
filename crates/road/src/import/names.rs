//! The names an OSM element has, with the language or kind of each.

use super::source::Tags;

/// A name and its variants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) name: String,
    pub(crate) name_en: String,
    /// Every name with its language (see [`language`]), in order, each once.
    pub(crate) all: Vec<(String, String)>,
}

impl Names {
    /// A road's names, among which its numbers are.
    pub(crate) fn of_road(tags: &Tags<'_>) -> Self {
        let mut names = Self::read(tags);
        for key in ["ref", "int_ref", "nat_ref", "reg_ref"] {
            names.add(key, tags.get(key).unwrap_or(""));
        }
        names
    }

    pub(crate) fn read(tags: &Tags<'_>) -> Self {
        Self::of(tags, "")
    }

    /// The names under keys that start with `prefix` (`bridge:`, or nothing).
    pub(crate) fn of<'a>(tags: &Tags<'a>, prefix: &str) -> Self {
        let own = |(key, value): &(&'a str, &'a str)| Some((key.strip_prefix(prefix)?, *value));
        let stripped = Tags(if prefix.is_empty() { Vec::new() } else { tags.0.iter().filter_map(own).collect() });
        let tags = if prefix.is_empty() { tags } else { &stripped };
        let first = |keys: &[&str]| keys.iter().find_map(|k| tags.get(k)).map(|v| v.trim().to_owned()).unwrap_or_default();
        let (name, name_en) = (first(&["name", "name:zh", "name:zh-Hans"]), first(&["name:en", "int_name"]));
        let mut names = Self { name, name_en, all: Vec::new() };
        for (key, value) in &tags.0 {
            if let Some(language) = language(key) {
                names.add(language, value);
            }
        }
        names
    }

    /// Adds names separated by semicolons.
    pub(crate) fn add(&mut self, language: &str, value: &str) {
        for text in value.split(';').map(str::trim).filter(|t| !t.is_empty()) {
            let entry = (language.to_owned(), text.to_owned());
            if let Err(place) = self.all.binary_search(&entry) {
                self.all.insert(place, entry);
            }
        }
    }
}

/// The language of a name's key: `""` for `name`, `en` for `name:en`, the whole key for another kind of name (`alt_name`,
/// `old_name:en`). `None` for keys that say something about a name (`name:etymology`) and for all other keys.
fn language(key: &str) -> Option<&str> {
    let (kind, variant) = key.split_once(':').map_or((key, None), |(kind, variant)| (kind, Some(variant)));
    let plain = kind == "name";
    if !plain
        && !matches!(kind, "alt_name" | "old_name" | "short_name" | "official_name" | "loc_name" | "nat_name" | "reg_name" | "int_name")
    {
        return None;
    }
    match variant {
        None if plain => Some(""),
        None => Some(key),
        Some(variant) if plain && matches!(variant, "left" | "right") => Some(variant),
        Some(variant) if is_language(variant) => Some(if plain { variant } else { key }),
        Some(_) => None,
    }
}

/// `en`, `yue`, `zh-Hant`, `zh_pinyin`: two or three small letters, then perhaps a subtag.
fn is_language(variant: &str) -> bool {
    let code = variant.split(['-', '_']).next().unwrap_or("");
    (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase()) && !variant.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_names_are_told_from_keys_about_names() {
        for (key, expected) in [
            ("name", Some("")),
            ("name:zh-Hant", Some("zh-Hant")),
            ("name:yue", Some("yue")),
            ("name:left", Some("left")),
            ("alt_name", Some("alt_name")),
            ("old_name:en", Some("old_name:en")),
            ("name:etymology", None),
            ("name:etymology:wikidata", None),
            ("name:1950-1960", None),
            ("bridge:name", None),
            ("ref", None),
        ] {
            assert_eq!(language(key), expected, "{key}");
        }
    }

    #[test]
    fn names_are_kept_once_with_their_language() {
        let tags = Tags(vec![
            ("name", "南京路"),
            ("name:zh", "南京路"),
            ("name:en", "Nanjing Road"),
            ("alt_name", "大马路; 南京路"),
            ("ref", "X1;Y2"),
        ]);
        let names = Names::of_road(&tags);
        assert_eq!((names.name.as_str(), names.name_en.as_str()), ("南京路", "Nanjing Road"));
        let listed: Vec<(&str, &str)> = names.all.iter().map(|(l, t)| (l.as_str(), t.as_str())).collect();
        assert_eq!(
            listed,
            [
                ("", "南京路"),
                ("alt_name", "南京路"),
                ("alt_name", "大马路"),
                ("en", "Nanjing Road"),
                ("ref", "X1"),
                ("ref", "Y2"),
                ("zh", "南京路")
            ]
        );
    }
}
