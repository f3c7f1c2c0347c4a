//! How fast an edge is: the map's limit where it says one, else a table that the caller may replace.

use serde::{Deserialize, Serialize};

use crate::Network;
use crate::place::Class;

/// Kinds of road that a map names instead of a number (`maxspeed=CN:urban`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Zone {
    /// In a built-up area.
    Urban = 0,
    /// Outside built-up areas.
    Rural = 1,
    /// Express road.
    Trunk = 2,
    /// Expressway.
    Motorway = 3,
    /// Living street.
    LivingStreet = 4,
    /// Walking pace.
    Walk = 5,
    /// No limit.
    Unlimited = 6,
}

impl Zone {
    /// Number of kinds.
    pub const COUNT: usize = 7;

    /// From an OSM value: `CN:urban`, `DE:rural`, `none`, `walk`.
    #[must_use]
    pub fn from_value(value: &str) -> Option<Self> {
        let value = value.trim();
        if matches!(value, "none" | "unlimited") {
            return Some(Self::Unlimited);
        }
        if value == "walk" {
            return Some(Self::Walk);
        }
        let (country, kind) = value.split_once(':')?;
        if country.len() < 2 || !country.bytes().all(|b| b.is_ascii_uppercase() || b == b'-') {
            return None;
        }
        Some(match kind {
            "urban" | "town" | "city" => Self::Urban,
            "rural" | "nsl_single" | "nsl_dual" => Self::Rural,
            "trunk" | "express" | "expressway" => Self::Trunk,
            "motorway" => Self::Motorway,
            "living_street" | "living" | "home" => Self::LivingStreet,
            "walk" | "pedestrian_zone" => Self::Walk,
            _ => return None,
        })
    }

    pub(crate) const fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0 => Self::Urban,
            1 => Self::Rural,
            2 => Self::Trunk,
            3 => Self::Motorway,
            4 => Self::LivingStreet,
            5 => Self::Walk,
            6 => Self::Unlimited,
            _ => return None,
        })
    }
}

/// Speeds where the map gives no number, km/h.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpeedTable {
    /// By [`Class`], in its order.
    pub classes: [f64; Class::COUNT],
    /// By [`Zone`], in its order.
    pub zones: [f64; Zone::COUNT],
}

impl SpeedTable {
    /// China. Zones after the Regulation on the Implementation of the Road Traffic Safety Law (国务院令第405号), articles 45, 67
    /// and 78: 50 km/h in cities and 70 km/h outside on roads with one lane in each direction, 120 km/h on expressways, 30 km/h on
    /// narrow streets. Classes are the usual design speeds of 《城市道路工程设计规范》 CJJ 37 and 《公路工程技术标准》 JTG B01: assumptions
    /// to be replaced by what is measured.
    pub const CHINA: Self = Self {
        classes: [100.0, 70.0, 60.0, 50.0, 40.0, 40.0, 30.0, 40.0, 35.0, 15.0, 15.0, 10.0, 20.0],
        zones: [50.0, 70.0, 80.0, 120.0, 20.0, 7.0, 120.0],
    };

    /// Speed assumed on a class.
    #[must_use]
    pub const fn class(&self, class: Class) -> f64 {
        self.classes[class as usize]
    }

    /// This table with another speed for one class.
    #[must_use]
    pub const fn with_class(mut self, class: Class, kmh: f64) -> Self {
        self.classes[class as usize] = kmh;
        self
    }

    /// This table with another speed for one zone.
    #[must_use]
    pub const fn with_zone(mut self, zone: Zone, kmh: f64) -> Self {
        self.zones[zone as usize] = kmh;
        self
    }
}

impl Default for SpeedTable {
    fn default() -> Self {
        Self::CHINA
    }
}

/// Where a speed comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpeedBasis {
    /// The map says the number, or the kind of road whose limit holds.
    Declared,
    /// Taken from the table by class.
    Assumed,
}

impl Network {
    /// Speed of an edge in its driving direction, km/h, and whether the map says so. 0 for an edge the network does not have.
    #[must_use]
    pub fn speed_kmh(&self, edge: u32, table: &SpeedTable) -> (f64, SpeedBasis) {
        let line = self.edges().get(edge as usize).and_then(|e| Some((self.lines().get(e.line as usize)?.way, e.reversed != 0)));
        let Some((way, reversed)) = line else { return (0.0, SpeedBasis::Assumed) };
        let way = self.way(way);
        let directed = if reversed { way.max_speed_backward } else { way.max_speed_forward };
        let limit = if directed > 0 { directed } else { way.max_speed };
        if limit > 0 {
            return (f64::from(limit), SpeedBasis::Declared);
        }
        if let Some(zone) = way.zone.checked_sub(1).and_then(Zone::from_code) {
            return (table.zones[zone as usize], SpeedBasis::Declared);
        }
        (table.class(Class::from_code(way.class)), SpeedBasis::Assumed)
    }
}
