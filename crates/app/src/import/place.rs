//! From two columns to a WGS-84 point, or the reason why not.

use gongzhi_civic::place::{Bounds, Point};
use gongzhi_road::datum::to_wgs84;

use super::mapping::{CoordinateFormat, PlaceRule, Repair};
use super::reject::Reason;

/// Metres of one degree of latitude.
const DEGREE_M: f64 = 111_195.0;

/// Reads the two cells. `city` is the caller's outer box. The second value tells what was repaired.
pub(super) fn point(rule: &PlaceRule, lon: &str, lat: &str, city: Option<Bounds>) -> Result<(Point, Option<Reason>), Reason> {
    if lon.is_empty() && lat.is_empty() {
        return Err(Reason::NoCoordinates);
    }
    let cells = (degrees(rule.format, lon)?, degrees(rule.format, lat)?);
    if cells.0 == 0.0 && cells.1 == 0.0 {
        return Err(Reason::NoCoordinates);
    }
    let first = locate(rule, cells.0, cells.1, city);
    let Err(reason) = first else { return first.map(|point| (point, None)) };
    let try_again = |repair: Repair, (lon, lat): (f64, f64), note: Reason| {
        let found = rule.repair.contains(&repair).then(|| locate(rule, lon, lat, city).ok()).flatten();
        found.map(|point| (point, Some(note)))
    };
    let restored = rule.bounds.map(|b| (restore(lon, cells.0, b.west, b.east), restore(lat, cells.1, b.south, b.north)));
    restored
        .and_then(|cells| try_again(Repair::LostPoint, cells, Reason::LostPointRestored))
        .or_else(|| try_again(Repair::SwappedAxes, (cells.1, cells.0), Reason::AxesSwapped))
        .ok_or(reason)
}

fn locate(rule: &PlaceRule, lon: f64, lat: f64, city: Option<Bounds>) -> Result<Point, Reason> {
    let point = Point::valid(lon + rule.shift.lon, lat + rule.shift.lat).ok_or(Reason::CoordinateOutOfRange)?;
    let point = to_wgs84(point, rule.datum.into());
    let inside = rule.bounds.is_none_or(|b| b.contains(point)) && city.is_none_or(|b| widen(b, rule.margin_km).contains(point));
    if inside { Ok(point) } else { Err(Reason::OutsideArea) }
}

/// Puts a lost decimal point back: the one place that brings the number between `low` and `high`. Fewer than five
/// digits behind it would leave a hundred metres open, so such a number stays as it is.
fn restore(cell: &str, number: f64, low: f64, high: f64) -> f64 {
    if cell.contains(['.', ',']) {
        return number;
    }
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    let fitting =
        (5..digits).map(|decimals| number / 10_f64.powi(i32::try_from(decimals).unwrap_or(0))).filter(|n| (low..=high).contains(n));
    let fitting: Vec<f64> = fitting.collect();
    if let [only] = fitting[..] { only } else { number }
}

fn degrees(format: CoordinateFormat, cell: &str) -> Result<f64, Reason> {
    let number = match format {
        CoordinateFormat::Decimal => cell.parse::<f64>().ok(),
        CoordinateFormat::DecimalComma => cell.replace(',', ".").parse::<f64>().ok(),
        CoordinateFormat::PackedDms => packed_dms(cell),
    };
    number.filter(|n| n.is_finite()).ok_or(Reason::UnreadableCoordinate)
}

/// `1431731849` is 143°17′31.849″; minutes and seconds of 60 and more are no coordinate.
pub(super) fn packed_dms(cell: &str) -> Option<f64> {
    let packed: i64 = cell.parse().ok()?;
    let (milliseconds, minutes, degrees) = (packed % 100_000, packed / 100_000 % 100, packed / 10_000_000);
    if packed < 0 || minutes >= 60 || milliseconds >= 60_000 || degrees > 180 {
        return None;
    }
    #[allow(clippy::cast_precision_loss, reason = "at most 6·10⁸ milliseconds")]
    Some((degrees * 3_600_000 + minutes * 60_000 + milliseconds) as f64 / 3_600_000.0)
}

fn widen(b: Bounds, km: f64) -> Bounds {
    let lat = km * 1000.0 / DEGREE_M;
    let lon = lat / b.center().lat.to_radians().cos().max(0.01);
    Bounds { west: b.west - lon, south: b.south - lat, east: b.east + lon, north: b.north + lat }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_degrees_agree_with_the_decimal_columns_of_the_same_record() {
        let lon = packed_dms("1431731849").unwrap();
        assert!((lon - 143.292_180_3).abs() < 1e-6, "{lon}");
        assert_eq!(packed_dms("0"), Some(0.0));
        assert_eq!(packed_dms("1436100000"), None);
        assert_eq!(packed_dms("-1"), None);
    }

    #[test]
    fn a_lost_point_goes_back_only_where_metres_are_certain() {
        assert!((restore("-29990190", -29_990_190.0, -30.3, -29.9) - -29.990_19).abs() < 1e-9);
        assert_eq!(restore("-51189", -51_189.0, -51.3, -51.0), -51_189.0);
        assert_eq!(restore("-30826.0", -30_826.0, -30.3, -29.9), -30_826.0);
        assert_eq!(restore("é", 1.0, 0.0, 2.0), 1.0);
    }
}
