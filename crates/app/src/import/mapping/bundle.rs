//! The mappings that come with the program; a city lays its own beside them.

const BUNDLE: [(&str, &str); 9] = [
    ("boston-311", include_str!("../../../../../city/mappings/boston-311.toml")),
    ("calls", include_str!("../../../../../city/mappings/calls.toml")),
    ("crashes", include_str!("../../../../../city/mappings/crashes.toml")),
    ("demo-calls", include_str!("../../../../../city/mappings/demo-calls.toml")),
    ("demo-crashes", include_str!("../../../../../city/mappings/demo-crashes.toml")),
    ("edinburgh-crashes", include_str!("../../../../../city/mappings/edinburgh-crashes.toml")),
    ("japan-npa-crashes", include_str!("../../../../../city/mappings/japan-npa-crashes.toml")),
    ("porto-alegre-crashes", include_str!("../../../../../city/mappings/porto-alegre-crashes.toml")),
    ("porto-alegre-crashes-2016-full", include_str!("../../../../../city/mappings/porto-alegre-crashes-2016-full.toml")),
];

/// The TOML of a mapping that comes with the program.
#[must_use]
pub fn bundled(name: &str) -> Option<&'static str> {
    BUNDLE.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Names of the mappings that come with the program.
pub fn bundled_names() -> impl Iterator<Item = &'static str> {
    BUNDLE.iter().map(|(name, _)| *name)
}
