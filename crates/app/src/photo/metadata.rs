//! What the camera wrote into the file: time, place, which way is up. Broken metadata is no metadata.

use std::io::Cursor;

use exif::{Exif, In, Tag, Value};
use gongzhi_civic::place::Point;
use jiff::civil::DateTime;

use super::TakenAt;

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Camera {
    pub taken_at: Option<TakenAt>,
    pub taken_point: Option<Point>,
    /// EXIF orientation 1 to 8.
    pub orientation: Option<u8>,
}

pub(super) fn read(bytes: &[u8]) -> Camera {
    let mut reader = exif::Reader::new();
    reader.continue_on_error(true);
    let found = reader.read_from_container(&mut Cursor::new(bytes)).or_else(|e| e.distill_partial_result(|_| {}));
    let Ok(exif) = found else { return Camera::default() };
    Camera {
        taken_at: taken_at(&exif),
        taken_point: taken_point(&exif),
        orientation: exif.get_field(Tag::Orientation, In::PRIMARY).and_then(|f| f.value.get_uint(0)).and_then(|n| u8::try_from(n).ok()),
    }
}

fn taken_at(exif: &Exif) -> Option<TakenAt> {
    // `DateTime` is when the file was last written: good enough when the camera gives nothing better.
    [(Tag::DateTimeOriginal, Tag::OffsetTimeOriginal), (Tag::DateTimeDigitized, Tag::OffsetTimeDigitized), (Tag::DateTime, Tag::OffsetTime)]
        .into_iter()
        .find_map(|(time, offset)| {
            let mut read = exif::DateTime::from_ascii(ascii(exif, time)?).ok()?;
            if let Some(offset) = ascii(exif, offset) {
                // A broken offset leaves the local time as it is.
                _ = read.parse_offset(offset);
            }
            let signed = |n: u8| i8::try_from(n).ok();
            let local = DateTime::new(
                i16::try_from(read.year).ok()?,
                signed(read.month)?,
                signed(read.day)?,
                signed(read.hour)?,
                signed(read.minute)?,
                signed(read.second)?,
                0,
            )
            .ok()?;
            // Clocks that were never set begin in 1970 or 1980; digital cameras with EXIF begin in the mid-nineties.
            let offset_minutes = read.offset.filter(|m| m.abs() <= 14 * 60);
            (local.year() >= 1995).then_some(TakenAt { local, offset_minutes })
        })
}

fn taken_point(exif: &Exif) -> Option<Point> {
    let lat = angle(exif, Tag::GPSLatitude)? * sign(exif, Tag::GPSLatitudeRef, b'S');
    let lon = angle(exif, Tag::GPSLongitude)? * sign(exif, Tag::GPSLongitudeRef, b'W');
    Point::valid(lon, lat)
}

fn angle(exif: &Exif, tag: Tag) -> Option<f64> {
    let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let part = |index: usize| parts.get(index).map_or(Some(0.0), |r| (r.denom != 0).then(|| f64::from(r.num) / f64::from(r.denom)));
    if parts.is_empty() {
        return None;
    }
    Some(part(0)? + part(1)? / 60.0 + part(2)? / 3600.0)
}

fn sign(exif: &Exif, tag: Tag, negative: u8) -> f64 {
    if ascii(exif, tag).and_then(<[u8]>::first) == Some(&negative) { -1.0 } else { 1.0 }
}

fn ascii(exif: &Exif, tag: Tag) -> Option<&[u8]> {
    let Value::Ascii(lines) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    lines.first().map(Vec::as_slice)
}
