//! Speed limits and lanes as OSM writes them.

use super::source::Tags;
use crate::speed::Zone;

/// What a way says of its speed limit. km/h, 0 if not said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SpeedTags {
    pub(crate) both: u16,
    pub(crate) forward: u16,
    pub(crate) backward: u16,
    /// The kind of road whose limit holds, where no number is given.
    pub(crate) zone: Option<Zone>,
}

impl SpeedTags {
    pub(crate) fn read(tags: &Tags<'_>) -> Self {
        let limit = |key: &str| tags.get(key).map_or(0, max_speed);
        let zone = || {
            ["maxspeed", "maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic"]
                .iter()
                .find_map(|key| Zone::from_value(tags.get(key)?))
        };
        Self { both: limit("maxspeed"), forward: limit("maxspeed:forward"), backward: limit("maxspeed:backward"), zone: zone() }
    }

    /// Whether the map says anything.
    pub(crate) const fn said(self) -> bool {
        self.both > 0 || self.forward > 0 || self.backward > 0 || self.zone.is_some()
    }
}

/// Number of lanes under a key, 0 if not said.
pub(crate) fn lanes(tags: &Tags<'_>, key: &str) -> u8 {
    tags.get(key).and_then(|l| l.split(';').next()?.trim().parse().ok()).unwrap_or(0)
}

/// km/h of a `maxspeed` value; 0 for what is no number (`CN:urban`, `signals`, `none`).
fn max_speed(value: &str) -> u16 {
    let first = value.split([';', '|']).next().unwrap_or("").trim();
    if let Some(miles) = first.strip_suffix("mph") {
        return miles.trim().parse::<f64>().map_or(0, |m| (m * 1.609_344).round() as u16);
    }
    first.strip_suffix("km/h").or_else(|| first.strip_suffix("kmh")).unwrap_or(first).trim().parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_in_their_forms() {
        for (value, expected) in [("60", 60), ("60 km/h", 60), ("60;80", 60), ("30 mph", 48), ("CN:urban", 0), ("none", 0), ("", 0)] {
            assert_eq!(max_speed(value), expected, "{value}");
        }
    }

    #[test]
    fn directions_and_kinds_of_road_are_kept_apart() {
        let read = |pairs: &[(&'static str, &'static str)]| SpeedTags::read(&Tags(pairs.to_vec()));
        assert_eq!(
            read(&[("maxspeed:forward", "50"), ("maxspeed:backward", "70")]),
            SpeedTags { forward: 50, backward: 70, ..SpeedTags::default() }
        );
        assert_eq!(read(&[("maxspeed", "CN:urban")]).zone, Some(Zone::Urban));
        let german = read(&[("maxspeed", "100"), ("source:maxspeed", "DE:rural")]);
        assert_eq!((german.both, german.zone), (100, Some(Zone::Rural)));
        assert!(!read(&[("maxspeed", "signals")]).said());
    }
}
