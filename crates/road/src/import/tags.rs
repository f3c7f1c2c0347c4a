//! What OSM tags mean to a road network.

use super::names::Names;
use super::source::Tags;
use super::speed::{SpeedTags, lanes};
use crate::format::{WAY_BRIDGE, WAY_ONEWAY, WAY_RESTRICTED, WAY_REVERSED, WAY_ROUNDABOUT, WAY_TUNNEL};
use crate::place::{AreaKind, Class, LandmarkKind};

/// Attributes of a road way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoadTags {
    pub(crate) class: Class,
    pub(crate) names: Names,
    pub(crate) reference: String,
    pub(crate) layer: i8,
    pub(crate) level: i8,
    pub(crate) lanes: u8,
    /// Lanes with and against the drawing, 0 if not said.
    pub(crate) lanes_directed: [u8; 2],
    pub(crate) speed: SpeedTags,
    pub(crate) flags: u16,
    /// What the sign at a ramp says: `destination`, `destination:ref`.
    pub(crate) destination: [String; 2],
}

impl RoadTags {
    /// `None` if the way is no road.
    pub(crate) fn read(tags: &Tags<'_>) -> Option<Self> {
        let class = Class::from_highway(tags.get("highway")?)?;
        if tags.is("area", "yes") {
            return None;
        }
        let is = |key: &str| tags.get(key).is_some_and(|v| v != "no");
        let (bridge, tunnel) =
            (is("bridge"), is("tunnel") || tags.is("covered", "yes") && tags.get("layer").is_some_and(|l| l.starts_with('-')));
        let layer = tags.get("layer").and_then(|l| l.trim().parse::<i8>().ok()).map(|l| l.clamp(-9, 9));
        let level = layer.unwrap_or(if bridge {
            1
        } else if tunnel {
            -1
        } else {
            0
        });
        let roundabout = matches!(tags.get("junction"), Some("roundabout" | "circular"));
        let implied = roundabout || class == Class::Motorway || tags.is("highway", "motorway_link");
        let mut flags = 0;
        match tags.get("oneway") {
            Some("yes" | "1" | "true") => flags |= WAY_ONEWAY,
            Some("-1" | "reverse") => flags |= WAY_ONEWAY | WAY_REVERSED,
            Some("no" | "0" | "false" | "reversible" | "alternating") => {}
            _ if implied => flags |= WAY_ONEWAY,
            _ => {}
        }
        let access = ["motor_vehicle", "vehicle", "access"].iter().find_map(|k| tags.get(k));
        for (holds, flag) in [
            (bridge, WAY_BRIDGE),
            (tunnel, WAY_TUNNEL),
            (roundabout, WAY_ROUNDABOUT),
            (matches!(access, Some("no" | "private")), WAY_RESTRICTED),
        ] {
            if holds {
                flags |= flag;
            }
        }
        Some(Self {
            class,
            names: Names::of_road(tags),
            reference: tags.get("ref").unwrap_or("").trim().to_owned(),
            layer: layer.unwrap_or(0),
            level,
            lanes: lanes(tags, "lanes"),
            lanes_directed: ["lanes:forward", "lanes:backward"].map(|k| lanes(tags, k)),
            speed: SpeedTags::read(tags),
            flags,
            destination: ["destination", "destination:ref"].map(|k| tags.get(k).unwrap_or("").trim().to_owned()),
        })
    }
}

/// Kind and administrative level of an area; `None` if the tags describe none we keep.
pub(crate) fn area_kind(tags: &Tags<'_>) -> Option<(AreaKind, u8)> {
    if tags.is("boundary", "administrative") {
        let level = tags.get("admin_level").and_then(|l| l.trim().parse().ok()).filter(|l| (1..=12).contains(l))?;
        return Some((AreaKind::Administrative, level));
    }
    let kind = match (tags.get("natural"), tags.get("landuse"), tags.get("leisure"), tags.get("amenity")) {
        (Some("water" | "bay"), ..) | (_, Some("reservoir" | "basin"), ..) => AreaKind::Water,
        _ if tags.is("waterway", "riverbank") || tags.is("waterway", "dock") => AreaKind::Water,
        (.., Some("school" | "university" | "college" | "hospital" | "kindergarten")) => AreaKind::Grounds,
        (_, _, Some("park" | "garden" | "pitch" | "golf_course" | "nature_reserve" | "playground"), _)
        | (Some("wood" | "scrub" | "grassland" | "heath" | "wetland"), ..)
        | (
            _,
            Some(
                "grass" | "forest" | "meadow" | "farmland" | "orchard" | "cemetery" | "recreation_ground" | "village_green" | "allotments"
                | "greenfield" | "vineyard",
            ),
            ..,
        ) => AreaKind::Green,
        (
            _,
            Some("residential" | "commercial" | "retail" | "industrial" | "construction" | "garages" | "railway" | "brownfield" | "port"),
            ..,
        ) => AreaKind::BuiltUp,
        _ => return None,
    };
    Some((kind, 0))
}

/// Kind of a landmark; `None` if the tags describe none we keep. Landmarks need a name.
pub(crate) fn landmark_kind(tags: &Tags<'_>) -> Option<LandmarkKind> {
    tags.get("name").or_else(|| tags.get("name:zh"))?;
    if tags.get("highway").is_some() || tags.get("boundary").is_some() {
        return None;
    }
    let kind = match tags.get("place") {
        Some("city") => LandmarkKind::City,
        Some("borough" | "suburb" | "district" | "county") => LandmarkKind::District,
        Some("town") => LandmarkKind::Town,
        Some("village" | "hamlet") => LandmarkKind::Village,
        Some("neighbourhood" | "quarter" | "locality") => LandmarkKind::Neighbourhood,
        _ => match (tags.get("amenity"), tags.get("shop"), tags.get("leisure"), tags.get("tourism")) {
            (Some("hospital" | "clinic"), ..) => LandmarkKind::Hospital,
            (Some("school" | "university" | "college" | "kindergarten"), ..) => LandmarkKind::School,
            (Some("marketplace"), ..) | (_, Some("mall" | "supermarket" | "department_store"), ..) => LandmarkKind::Mall,
            (Some("police" | "fire_station" | "townhall" | "courthouse"), ..) => LandmarkKind::Office,
            (Some("fuel" | "parking"), ..) => LandmarkKind::Service,
            (Some("bus_station"), ..) => LandmarkKind::Station,
            (_, _, Some("park" | "stadium" | "sports_centre"), _) | (_, _, _, Some("attraction" | "museum")) => LandmarkKind::Sight,
            _ if matches!(tags.get("railway"), Some("station" | "halt")) || tags.is("public_transport", "station") => LandmarkKind::Station,
            _ if tags.is("man_made", "bridge") => LandmarkKind::Structure,
            _ => return None,
        },
    };
    Some(kind)
}
