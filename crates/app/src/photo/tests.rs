use exif::experimental::Writer;
use exif::{Field, In, Rational, Tag, Value};
use image::{ImageEncoder, Rgb};

use super::*;

fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| if y < height / 4 { Rgb([220, 30, 30]) } else { Rgb([(x % 200) as u8, 120, 200]) })
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    encode(picture).unwrap()
}

fn field(tag: Tag, value: Value) -> Field {
    Field { tag, ifd_num: In::PRIMARY, value }
}

fn degrees(d: u32, m: u32, s_hundredths: u32) -> Value {
    Value::Rational(vec![Rational { num: d, denom: 1 }, Rational { num: m, denom: 1 }, Rational { num: s_hundredths, denom: 100 }])
}

fn text(s: &str) -> Value {
    Value::Ascii(vec![s.as_bytes().to_vec()])
}

/// A camera's EXIF block: taken 2026-05-04 08:15:30 +08:00 at 30°00′36″ N, 120°34′48″ E.
fn exif_block(orientation: u16) -> Vec<u8> {
    let fields = [
        field(Tag::Orientation, Value::Short(vec![orientation])),
        field(Tag::Model, text("SecretPhone 9")),
        field(Tag::DateTimeOriginal, text("2026:05:04 08:15:30")),
        field(Tag::OffsetTimeOriginal, text("+08:00")),
        field(Tag::GPSLatitudeRef, text("N")),
        field(Tag::GPSLatitude, degrees(30, 0, 3600)),
        field(Tag::GPSLongitudeRef, text("E")),
        field(Tag::GPSLongitude, degrees(120, 34, 4800)),
    ];
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut out = Cursor::new(Vec::new());
    writer.write(&mut out, false).unwrap();
    out.into_inner()
}

/// A JPEG with EXIF, XMP and a comment, as phones write them, and a motion clip behind its end.
fn phone_jpeg(picture: &RgbImage, exif: &[u8]) -> Vec<u8> {
    let plain = jpeg(picture);
    let mut out = plain[..2].to_vec();
    let mut segment = |marker: u8, body: &[u8]| {
        out.extend([0xFF, marker]);
        out.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
        out.extend(body);
    };
    segment(0xE1, &[b"Exif\0\0", exif].concat());
    segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><GPSLatitude>30,0.6N</GPSLatitude></x:xmpmeta>");
    segment(0xFE, b"SecretPhone 9 comment");
    out.extend(&plain[2..]);
    out.extend(b"....ftypmp42 motion SecretPhone 9");
    out
}

/// Markers of all segments of a JPEG.
fn markers(bytes: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    let mut at = 2;
    while bytes[at + 1] != 0xD9 {
        found.push(bytes[at + 1]);
        let length = usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        let scan = bytes[at + 1] == 0xDA;
        at += 2 + length;
        if scan {
            at = end_of_scan(bytes, at);
        }
    }
    assert_eq!(at + 2, bytes.len(), "nothing follows the end of the picture");
    found
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}

#[test]
fn time_and_place_are_read_and_nothing_of_them_remains() {
    let upload = phone_jpeg(&picture(640, 480), &exif_block(1));
    let photo = take_in(&upload).unwrap();
    let taken = photo.taken_at.unwrap();
    assert_eq!(taken.local, jiff::civil::date(2026, 5, 4).at(8, 15, 30, 0));
    assert_eq!(taken.offset_minutes, Some(480));
    let point = photo.taken_point.unwrap();
    assert!((point.lat - 30.01).abs() < 1e-9 && (point.lon - 120.58).abs() < 1e-9, "{point:?}");
    assert_eq!((photo.width, photo.height, photo.format), (640, 480, "jpeg"));
    assert_eq!(photo.original_hash, blake3::hash(&upload).to_hex().to_string());
    assert_eq!(photo.clean_hash, blake3::hash(&photo.clean).to_hex().to_string());
    for bytes in [&photo.clean, &photo.thumb] {
        // APP0 (JFIF), tables, frame, scan: no APP1 to APP15, no comment.
        let allowed = [0xE0, 0xDB, 0xC0, 0xC4, 0xDA, 0xDD];
        assert!(markers(bytes).iter().all(|m| allowed.contains(m)), "{:x?}", markers(bytes));
        for secret in [&b"Exif"[..], b"GPS", b"xmp", b"SecretPhone", b"2026:05", b"ftyp"] {
            assert!(!contains(bytes, secret), "{secret:?} survived");
        }
        assert_eq!(metadata::read(bytes), metadata::Camera::default());
    }
}

#[test]
fn a_phone_held_sideways_gives_an_upright_picture() {
    // Orientation 6: the sensor's left edge is the top of the scene.
    let photo = take_in(&phone_jpeg(&picture(400, 200), &exif_block(6))).unwrap();
    assert_eq!((photo.width, photo.height), (200, 400));
    let shown = image::load_from_memory(&photo.clean).unwrap().into_rgb8();
    // The red band at the top of the stored picture turns to the right edge.
    assert!(shown.get_pixel(190, 200)[0] > 180 && shown.get_pixel(190, 200)[1] < 90, "{:?}", shown.get_pixel(190, 200));
    assert!(shown.get_pixel(50, 200)[1] > 90);
}

#[test]
fn large_pictures_shrink_to_both_sizes_and_small_ones_stay() {
    let photo = take_in(&jpeg(&picture(5000, 2500))).unwrap();
    assert_eq!((photo.width, photo.height), (2048, 1024));
    let thumb = image::load_from_memory(&photo.thumb).unwrap();
    assert_eq!((thumb.width(), thumb.height()), (400, 200));
    let photo = take_in(&jpeg(&picture(2600, 100))).unwrap();
    assert_eq!((photo.width, photo.height), (2048, 79));
    let photo = take_in(&jpeg(&picture(30, 20))).unwrap();
    assert_eq!((photo.width, photo.height), (30, 20));
    assert_eq!(photo.taken_at, None);
    assert_eq!(photo.taken_point, None);
}

#[test]
fn png_webp_and_gif_become_jpeg() {
    let rgba = image::RgbaImage::from_pixel(64, 48, image::Rgba([0, 0, 0, 0]));
    for (format, name) in [(ImageFormat::Png, "png"), (ImageFormat::WebP, "webp"), (ImageFormat::Gif, "gif")] {
        let mut upload = Cursor::new(Vec::new());
        DynamicImage::ImageRgba8(rgba.clone()).write_to(&mut upload, format).unwrap();
        let photo = take_in(upload.get_ref()).unwrap();
        assert_eq!((photo.format, photo.width, photo.height), (name, 64, 48));
        let shown = image::load_from_memory_with_format(&photo.clean, ImageFormat::Jpeg).unwrap().into_rgb8();
        assert!(shown.get_pixel(5, 5)[0] > 250, "transparency is white in {name}");
    }
}

#[test]
fn a_picture_that_claims_too_many_pixels_is_refused_before_decoding() {
    // A tiny PNG whose header claims 30,000 × 30,000 pixels.
    let mut upload = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut upload);
    encoder.write_image(&[0; 3], 1, 1, image::ExtendedColorType::Rgb8).unwrap();
    upload[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
    upload[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
    let checksum = crc32(&upload[12..29]);
    upload[29..33].copy_from_slice(&checksum.to_be_bytes());
    assert_eq!(take_in(&upload), Err(PhotoError::TooManyPixels { pixels: 900_000_000 }));
    // The same claim in a JPEG's frame header.
    let mut upload = jpeg(&picture(16, 16));
    let frame = upload.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    upload[frame + 5..frame + 9].copy_from_slice(&[0xFF, 0xDC, 0xFF, 0xDC]);
    assert!(matches!(take_in(&upload), Err(PhotoError::TooManyPixels { .. })));
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[test]
fn a_cut_upload_is_told_from_a_damaged_one() {
    let whole = jpeg(&picture(600, 400));
    for cut in [whole.len() - 2, whole.len() / 2, 200, 30, 3] {
        assert_eq!(take_in(&whole[..cut]), Err(PhotoError::Truncated), "cut at {cut}");
    }
    let mut png = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture(600, 400)).write_to(&mut png, ImageFormat::Png).unwrap();
    let png = png.into_inner();
    assert_eq!(take_in(&png[..png.len() / 2]), Err(PhotoError::Truncated));
    let mut broken = whole;
    broken[2] = 0x11;
    assert_eq!(take_in(&broken), Err(PhotoError::NotAPicture));
    broken[2] = 0xFF;
    broken[21] = 0x00;
    assert!(take_in(&broken).is_err());
}

#[test]
fn what_is_no_picture_is_refused_by_name() {
    assert_eq!(take_in(b""), Err(PhotoError::Empty));
    assert_eq!(take_in(b"<script>alert(1)</script>"), Err(PhotoError::NotAPicture));
    assert_eq!(take_in(b"PK\x03\x04 a workbook"), Err(PhotoError::NotAPicture));
    let heic = PhotoError::UnsupportedFormat { format: "HEIC" };
    assert_eq!(take_in(b"\0\0\0\x24ftypheic\0\0\0\0mif1heic"), Err(heic));
    assert!(heic.text().zh.contains("兼容性最佳") && heic.text().en.contains("JPEG"));
    assert_eq!(take_in(&vec![0xFF; MAX_BYTES + 1]), Err(PhotoError::TooLarge { limit: MAX_BYTES }));
}

#[test]
fn broken_metadata_is_no_metadata() {
    let mut block = exif_block(1);
    let end = block.len();
    block[end - 8..].fill(0);
    let photo = take_in(&phone_jpeg(&picture(40, 30), &block)).unwrap();
    assert_eq!((photo.width, photo.height), (40, 30));
    let photo = take_in(&phone_jpeg(&picture(40, 30), b"MM\0\x2A\0\0\xFF\xFFnonsense")).unwrap();
    assert_eq!(photo.taken_at, None);
}

#[test]
fn raw_pixels_become_a_picture_and_a_clean_picture_a_thumbnail() {
    let wide = picture(1000, 500);
    let made = encode_rgb(1000, 500, wide.as_raw()).unwrap();
    assert_eq!(made, jpeg(&wide));
    let small = image::load_from_memory(&thumbnail(&made).unwrap()).unwrap();
    assert_eq!((small.width(), small.height()), (400, 200));
    assert_eq!(encode_rgb(1000, 501, wide.as_raw()), Err(PhotoError::Damaged));
    assert_eq!(encode_rgb(0, 0, &[]), Err(PhotoError::Damaged));
    assert_eq!(thumbnail(b"text"), Err(PhotoError::NotAPicture));
}
