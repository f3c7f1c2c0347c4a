//! Limits on ways and barriers on nodes, from their tags.

use crate::format::*;
use crate::import::source::Tags;

/// Keys that say who may use a way, the most particular first, for each vehicle kind in the order of [`crate::route::VehicleKind`]
/// (OSM wiki, *Key:access*, land-based transportation).
const ACCESS_KEYS: [&[&str]; VEHICLE_KINDS] = [
    &["motorcar", "motor_vehicle", "vehicle", "access"],
    &["hgv", "goods", "motor_vehicle", "vehicle", "access"],
    &["motorcycle", "motor_vehicle", "vehicle", "access"],
    &["bus", "psv", "motor_vehicle", "vehicle", "access"],
    &["emergency", "motor_vehicle", "vehicle", "access"],
];

fn access(value: &str) -> u8 {
    match value.split(';').next().unwrap_or("").trim() {
        "yes" | "designated" | "permissive" | "official" => ACCESS_YES,
        "destination" | "customers" | "delivery" | "permit" | "residents" | "unloading" => ACCESS_DESTINATION,
        "private" => ACCESS_PRIVATE,
        "no" | "agricultural" | "forestry" | "military" | "use_sidepath" => ACCESS_NO,
        _ => ACCESS_UNSAID,
    }
}

fn accesses(tags: &Tags<'_>) -> [u8; VEHICLE_KINDS] {
    ACCESS_KEYS.map(|keys| keys.iter().filter_map(|k| tags.get(k)).map(access).find(|a| *a != ACCESS_UNSAID).unwrap_or(ACCESS_UNSAID))
}

/// Limits of a road way.
pub(crate) fn way_limits(tags: &Tags<'_>) -> WayLimitRecord {
    let mut record = WayLimitRecord::default();
    record.access[..VEHICLE_KINDS].copy_from_slice(&accesses(tags));
    let first = |keys: &[&str]| keys.iter().find_map(|k| tags.get(k));
    let centimetres = |keys: &[&str]| first(keys).and_then(metres).map_or(0, |m| (m * 100.0).round().clamp(0.0, 65_535.0) as u16);
    let kilograms = |keys: &[&str]| first(keys).and_then(tonnes).map_or(0, |t| (t * 1_000.0).round().clamp(0.0, 4e9) as u32);
    record.height_cm = centimetres(&["maxheight", "maxheight:physical"]);
    record.width_cm = centimetres(&["maxwidth", "maxwidth:physical"]);
    record.length_cm = centimetres(&["maxlength"]);
    record.weight_kg = kilograms(&["maxweight", "maxweightrating", "maxgcweight"]);
    record.axle_kg = kilograms(&["maxaxleload"]);
    record.no_hazmat = u16::from(tags.is("hazmat", "no"));
    record
}

/// Vehicle kinds a node's barrier keeps out; 0 if it is no barrier or keeps out nobody.
pub(crate) fn barrier(tags: &Tags<'_>) -> u8 {
    let Some(kind) = tags.get("barrier") else { return 0 };
    // What a barrier does when no access is tagged; a gate on a road opens unless someone says it does not.
    let mut refused = match kind {
        "bollard" if matches!(tags.get("bollard"), Some("rising" | "removable" | "foldable")) => VEHICLES_ALL & !16,
        "bollard" | "planter" => VEHICLES_ALL & !4,
        "block" | "jersey_barrier" | "debris" | "log" | "stile" | "turnstile" | "kissing_gate" | "cycle_barrier" | "motorcycle_barrier"
        | "chain" | "rope" | "wall" | "fence" | "bus_trap" => VEHICLES_ALL,
        "gate" | "lift_gate" | "swing_gate" | "sliding_gate" | "border_control" | "entrance" | "toll_booth" | "checkpoint"
        | "sally_port" | "kerb" | "cattle_grid" | "height_restrictor" => 0,
        _ => return 0,
    };
    for (index, said) in accesses(tags).into_iter().enumerate() {
        match said {
            ACCESS_NO | ACCESS_PRIVATE => refused |= 1 << index,
            ACCESS_YES | ACCESS_DESTINATION => refused &= !(1 << index),
            _ => {}
        }
    }
    refused
}

/// Metres of `3.5`, `3.5 m`, `350 cm`, `12'6"`, `11 ft`; `None` for `default`, `none`, `below_default`.
fn metres(value: &str) -> Option<f64> {
    let value = value.trim().to_ascii_lowercase();
    if let Some((feet, inches)) = value.split_once('\'') {
        let inches = inches.trim().trim_end_matches(['"', '\'']).trim();
        return Some((number(feet)? * 12.0 + if inches.is_empty() { 0.0 } else { number(inches)? }) * 0.0254);
    }
    for (unit, factor) in [("cm", 0.01), ("ft", 0.3048), ("m", 1.0), ("米", 1.0)] {
        if let Some(rest) = value.strip_suffix(unit) {
            return Some(number(rest)? * factor);
        }
    }
    number(&value)
}

/// Tonnes of `7.5`, `7.5 t`, `7500 kg`, `16000 lbs`, `8 st` (short tons).
fn tonnes(value: &str) -> Option<f64> {
    let value = value.trim().to_ascii_lowercase();
    for (unit, factor) in
        [("kg", 0.001), ("lbs", 0.000_453_592_37), ("lb", 0.000_453_592_37), ("st", 0.907_184_74), ("t", 1.0), ("吨", 1.0)]
    {
        if let Some(rest) = value.strip_suffix(unit) {
            return Some(number(rest)? * factor);
        }
    }
    number(&value)
}

fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let parsed = if text.contains('.') { text.parse() } else { text.replacen(',', ".", 1).parse() };
    parsed.ok().filter(|v: &f64| v.is_finite() && *v > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_and_weights_in_every_unit() {
        let near = |a: Option<f64>, b: f64| (a.unwrap_or(0.0) - b).abs() < 1e-3;
        assert!(near(metres("3.5"), 3.5) && near(metres("350 cm"), 3.5) && near(metres("12'6\""), 3.81) && near(metres("3,8 m"), 3.8));
        assert!(near(tonnes("7.5 t"), 7.5) && near(tonnes("7500 kg"), 7.5) && near(tonnes("16000 lbs"), 7.257));
        assert_eq!((metres("default"), metres("none"), tonnes("no")), (None, None, None));
    }

    #[test]
    fn the_most_particular_access_counts() {
        let tags = Tags(vec![("access", "private"), ("motor_vehicle", "no"), ("bus", "yes"), ("emergency", "yes"), ("maxheight", "3.2")]);
        let limits = way_limits(&tags);
        assert_eq!(limits.access[..VEHICLE_KINDS], [ACCESS_NO, ACCESS_NO, ACCESS_NO, ACCESS_YES, ACCESS_YES]);
        assert_eq!(limits.height_cm, 320);
        assert_eq!(barrier(&Tags(vec![("barrier", "bollard")])), VEHICLES_ALL & !4);
        assert_eq!(barrier(&Tags(vec![("barrier", "gate")])), 0);
        assert_eq!(barrier(&Tags(vec![("barrier", "gate"), ("access", "private"), ("emergency", "yes")])), VEHICLES_ALL & !16);
    }
}
