//! What the tiles hold, declared.

use std::ops::RangeInclusive;

/// Zooms worth asking for: below, a city is a dot; above, clients magnify the deepest tile without loss, for lines are
/// simplified by less than a metre there.
pub const TILE_ZOOMS: RangeInclusive<u8> = 4..=16;

/// The zoom from which crossings are drawn.
pub(super) const CROSSINGS_FROM: u8 = 15;

/// A layer of the tiles, as `vector_layers` of TileJSON 3.0.0 declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileLayer {
    /// Name of the layer in the tile.
    pub id: &'static str,
    /// What it holds.
    pub description: &'static str,
    /// The least zoom at which it may have features.
    pub from_zoom: u8,
    /// Field and what it says; a field without a value is left out of a feature.
    pub fields: &'static [(&'static str, &'static str)],
}

const NAME: (&str, &str) = ("name", "String: name in the language of the map");
const NAME_EN: (&str, &str) = ("name_en", "String: English name");

/// Every layer, in drawing order.
pub const TILE_LAYERS: [TileLayer; 5] = [
    TileLayer {
        id: "land",
        description: "Water, green, built-up land, grounds; the larger first",
        from_zoom: 0,
        fields: &[("kind", "String: water, green, built_up, grounds"), NAME, NAME_EN],
    },
    TileLayer {
        id: "boundary",
        description: "Borders of administrative areas",
        from_zoom: 0,
        fields: &[("level", "Number: admin_level of OpenStreetMap"), NAME, NAME_EN],
    },
    TileLayer {
        id: "roads",
        description: "Roads by class; pieces that look alike are one feature",
        from_zoom: 5,
        fields: &[
            (
                "class",
                "String: motorway, trunk, primary, secondary, tertiary, unclassified, residential, ramp, link, living_street, service, pedestrian, track",
            ),
            NAME,
            NAME_EN,
            ("ref", "String: road number"),
            ("bridge", "Boolean"),
            ("tunnel", "Boolean"),
            ("layer", "Number: OpenStreetMap layer"),
            ("oneway", "Boolean: the line runs in driving direction"),
            ("level", "Number: level of the grade, 0 on the ground"),
        ],
    },
    TileLayer {
        id: "crossings",
        description: "Crossings at grade",
        from_zoom: CROSSINGS_FROM,
        fields: &[NAME, ("signal", "Boolean: a traffic signal stands there")],
    },
    TileLayer {
        id: "places",
        description: "Towns, stations, hospitals, schools; names of large lakes and parks",
        from_zoom: 4,
        fields: &[("kind", "String: kind of place"), NAME, NAME_EN, ("rank", "Number: the lower the more important")],
    },
];
