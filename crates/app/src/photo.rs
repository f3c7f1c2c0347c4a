//! Photos from phones: read time and place out, then make a clean picture that carries neither.
//!
//! The upload is found out by its first bytes, checked against bombs before a pixel is decoded, decoded, turned upright
//! and written anew as JPEG, so that nothing of the camera's metadata (place, time, device, embedded thumbnail,
//! trailing data) can survive: nothing is copied, only pixels are. The original is the caller's to seal away.
//! Colour profiles are dropped with the rest; wide-gamut pictures look slightly paler.

mod metadata;
#[cfg(test)]
mod tests;

use std::io::Cursor;

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};
use jiff::civil::DateTime;

/// Largest upload in bytes; the caller stops reading there.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Most pixels of an upload; more is a bomb or a scanner, not a phone.
pub const MAX_PIXELS: u64 = 60_000_000;
/// Longest side of the clean picture in pixels.
pub const FULL_SIDE: u32 = 2048;
/// Longest side of the thumbnail in pixels.
pub const THUMB_SIDE: u32 = 400;
/// Longest side of a picture in a letter: 75 mm wide at 300 dots an inch, and enough for a whole line at 160.
const PAPER_SIDE: u32 = 1000;
const QUALITY: u8 = 85;
/// Bytes a decoder may hold: sixty million pixels of four bytes and some room.
const MAX_DECODE_BYTES: u64 = 288 * 1024 * 1024;
/// Progressive JPEGs of cameras have about ten scans; each one costs a pass over the picture.
const MAX_SCANS: usize = 64;

/// A photo taken in.
#[derive(Clone, Debug, PartialEq)]
pub struct Photo {
    /// blake3 (hex) of the upload.
    pub original_hash: String,
    /// blake3 (hex) of [`Photo::clean`]; the photo's public name.
    pub clean_hash: String,
    /// JPEG, longest side at most [`FULL_SIDE`], upright, without metadata.
    pub clean: Vec<u8>,
    /// JPEG, longest side at most [`THUMB_SIDE`].
    pub thumb: Vec<u8>,
    /// Pixels of the clean picture.
    pub width: u32,
    /// Pixels of the clean picture.
    pub height: u32,
    /// What the upload was: `jpeg`, `png`, `webp`, `gif`.
    pub format: &'static str,
    /// When the camera says it was taken.
    pub taken_at: Option<TakenAt>,
    /// Where the camera says it was taken, WGS-84.
    pub taken_point: Option<Point>,
}

/// The camera's clock. Cameras know local time; only newer ones write the offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenAt {
    /// Local date and time.
    pub local: DateTime,
    /// Minutes east of UTC, if written.
    pub offset_minutes: Option<i16>,
}

/// Why an upload is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text().en)]
pub enum PhotoError {
    /// Longer than the limit.
    TooLarge {
        /// Limit in bytes.
        limit: usize,
    },
    /// No bytes.
    Empty,
    /// Not JPEG, PNG, WebP or GIF.
    NotAPicture,
    /// A picture of a kind that is not taken (HEIC, AVIF, TIFF, BMP …).
    UnsupportedFormat {
        /// Its name.
        format: &'static str,
    },
    /// The file ends before the picture does.
    Truncated,
    /// More pixels than the limit.
    TooManyPixels {
        /// Pixels found.
        pixels: u64,
    },
    /// A picture that contradicts itself.
    Damaged,
}

impl PhotoError {
    /// Stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "photo_too_large",
            Self::Empty => "photo_empty",
            Self::NotAPicture => "not_a_picture",
            Self::UnsupportedFormat { .. } => "unsupported_picture_format",
            Self::Truncated => "photo_truncated",
            Self::TooManyPixels { .. } => "too_many_pixels",
            Self::Damaged => "photo_damaged",
        }
    }

    /// The message in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::TooLarge { limit } => {
                let megabytes = limit / (1024 * 1024);
                Text::new(format!("照片超过 {megabytes} MB，请压缩后再上传"), format!("the photo is larger than {megabytes} MB"))
            }
            Self::Empty => Text::new("照片为空", "the photo is empty"),
            Self::NotAPicture => Text::new("这不是照片，请上传 JPEG、PNG 或 WebP 图片", "this is not a picture; upload JPEG, PNG or WebP"),
            Self::UnsupportedFormat { format: "HEIC" } => Text::new(
                "暂不支持 HEIC 照片。请在手机相机设置中选择“兼容性最佳”，或转为 JPEG 后上传",
                "HEIC photos are not supported; set the camera to \"Most Compatible\" or convert to JPEG",
            ),
            Self::UnsupportedFormat { format } => Text::new(
                format!("暂不支持 {format} 格式，请转为 JPEG 后上传"),
                format!("{format} pictures are not supported; convert to JPEG"),
            ),
            Self::Truncated => {
                Text::new("照片不完整，可能上传中断，请重试", "the photo is incomplete; the upload was probably cut off, try again")
            }
            Self::TooManyPixels { pixels } => {
                let (found, limit) = (pixels / 1_000_000, MAX_PIXELS / 1_000_000);
                Text::new(
                    format!("照片有 {found} 百万像素，上限为 {limit} 百万"),
                    format!("the photo has {found} megapixels, the limit is {limit}"),
                )
            }
            Self::Damaged => Text::new("照片已损坏，无法打开", "the photo is damaged and cannot be opened"),
        }
    }
}

/// Takes an upload in. Peak memory is about four bytes per pixel of the upload (240 MB at the limit); the caller lets
/// one or two run at a time, off the async threads.
///
/// # Errors
/// A [`PhotoError`]; nothing is kept then.
pub fn take_in(bytes: &[u8]) -> Result<Photo, PhotoError> {
    if bytes.len() > MAX_BYTES {
        return Err(PhotoError::TooLarge { limit: MAX_BYTES });
    }
    let (format, name) = sniff(bytes)?;
    if format == ImageFormat::Jpeg {
        check_jpeg_frame(bytes)?;
    }
    let camera = metadata::read(bytes);
    let upright = decode(bytes, format, camera.orientation)?;
    let full = shrink(&upright, FULL_SIDE);
    drop(upright);
    let thumb = encode(&shrink(&full, THUMB_SIDE))?;
    let clean = encode(&full)?;
    Ok(Photo {
        original_hash: blake3::hash(bytes).to_hex().to_string(),
        clean_hash: blake3::hash(&clean).to_hex().to_string(),
        width: full.width(),
        height: full.height(),
        clean,
        thumb,
        format: name,
        taken_at: camera.taken_at,
        taken_point: camera.taken_point,
    })
}

/// The small version of a clean picture, for those who keep only the clean one.
///
/// # Errors
/// [`PhotoError`] where the bytes are no JPEG made by [`take_in`].
pub fn thumbnail(clean: &[u8]) -> Result<Vec<u8>, PhotoError> {
    let (format, _) = sniff(clean)?;
    encode(&shrink(&decode(clean, format, None)?, THUMB_SIDE))
}

/// The version of a clean picture that goes into a letter.
///
/// # Errors
/// [`PhotoError`] where the bytes are no JPEG made by [`take_in`].
pub fn for_paper(clean: &[u8]) -> Result<Vec<u8>, PhotoError> {
    let (format, _) = sniff(clean)?;
    encode(&shrink(&decode(clean, format, None)?, PAPER_SIDE))
}

/// A JPEG from raw pixels, three bytes each, top row first.
///
/// # Errors
/// [`PhotoError::Damaged`] where the number of bytes is not `width × height × 3`, [`PhotoError::TooManyPixels`].
pub fn encode_rgb(width: u32, height: u32, rgb: &[u8]) -> Result<Vec<u8>, PhotoError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS {
        return Err(PhotoError::TooManyPixels { pixels });
    }
    encode(&RgbImage::from_raw(width, height, rgb.to_vec()).filter(|_| pixels > 0).ok_or(PhotoError::Damaged)?)
}

fn sniff(bytes: &[u8]) -> Result<(ImageFormat, &'static str), PhotoError> {
    match bytes {
        [] => Err(PhotoError::Empty),
        [0xFF, 0xD8, 0xFF, ..] => Ok((ImageFormat::Jpeg, "jpeg")),
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Ok((ImageFormat::Png, "png")),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok((ImageFormat::WebP, "webp")),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok((ImageFormat::Gif, "gif")),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => Err(PhotoError::UnsupportedFormat {
            format: match brand.get(..4) {
                Some(b"avif" | b"avis") => "AVIF",
                Some(b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"mif1" | b"msf1") => "HEIC",
                _ => "MP4",
            },
        }),
        [b'I', b'I', 0x2A, 0, ..] | [b'M', b'M', 0, 0x2A, ..] => Err(PhotoError::UnsupportedFormat { format: "TIFF" }),
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Err(PhotoError::UnsupportedFormat { format: "BMP" }),
        _ => Err(PhotoError::NotAPicture),
    }
}

/// Walks a JPEG's segments: the decoder forgives a missing end by painting the rest grey, a reviewer would not.
fn check_jpeg_frame(bytes: &[u8]) -> Result<(), PhotoError> {
    let mut at = 2;
    let mut scans = 0;
    loop {
        // Segments may be preceded by any number of fill bytes.
        while bytes.get(at) == Some(&0xFF) && bytes.get(at + 1) == Some(&0xFF) {
            at += 1;
        }
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(0xFF), Some(0xD9)) if scans > 0 => return Ok(()),
            (Some(0xFF), Some(0x01 | 0xD0..=0xD7)) => at += 2,
            (Some(0xFF), Some(marker)) => {
                let (Some(high), Some(low)) = (bytes.get(at + 2), bytes.get(at + 3)) else { return Err(PhotoError::Truncated) };
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                if length < 2 {
                    return Err(PhotoError::Damaged);
                }
                at += 2 + length;
                if *marker == 0xDA {
                    scans += 1;
                    if scans > MAX_SCANS {
                        return Err(PhotoError::Damaged);
                    }
                    at = end_of_scan(bytes, at);
                }
            }
            (Some(_), Some(_)) => return Err(PhotoError::Damaged),
            _ => return Err(PhotoError::Truncated),
        }
    }
}

/// First marker after the coded data that begins at `at`: stuffed zeros and restart marks belong to the data.
fn end_of_scan(bytes: &[u8], mut at: usize) -> usize {
    while at + 1 < bytes.len() {
        if bytes[at] == 0xFF && !matches!(bytes[at + 1], 0 | 0xD0..=0xD7 | 0xFF) {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

fn decode(bytes: &[u8], format: ImageFormat, orientation: Option<u8>) -> Result<RgbImage, PhotoError> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODE_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(|e| error(&e, 0))?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS {
        return Err(PhotoError::TooManyPixels { pixels });
    }
    if pixels == 0 {
        return Err(PhotoError::Damaged);
    }
    decoder.set_limits(limits).map_err(|e| error(&e, pixels))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|e| error(&e, pixels))?;
    if let Some(orientation) = orientation.and_then(Orientation::from_exif) {
        picture.apply_orientation(orientation);
    }
    Ok(flatten(picture))
}

fn error(error: &ImageError, pixels: u64) -> PhotoError {
    match error {
        ImageError::Limits(_) => PhotoError::TooManyPixels { pixels },
        ImageError::IoError(_) => PhotoError::Truncated,
        other if other.to_string().to_ascii_lowercase().contains("unexpected end") => PhotoError::Truncated,
        _ => PhotoError::Damaged,
    }
}

/// Transparent pixels become white, as paper is.
fn flatten(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    let mut out = RgbImage::new(rgba.width(), rgba.height());
    for (to, from) in out.pixels_mut().zip(rgba.pixels()) {
        let alpha = u16::from(from[3]);
        for channel in 0..3 {
            let mixed = (u16::from(from[channel]) * alpha + 255 * (255 - alpha)) / 255;
            to[channel] = u8::try_from(mixed).unwrap_or(255);
        }
    }
    out
}

fn shrink(picture: &RgbImage, side: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= side {
        return picture.clone();
    }
    let scale = |length: u32| {
        u32::try_from((u64::from(length) * u64::from(side) + u64::from(longest) / 2) / u64::from(longest)).unwrap_or(side).max(1)
    };
    let (to_width, to_height) = (scale(width), scale(height));
    if longest >= side * 2 {
        // Averaging boxes is as good as a filter at such ratios and needs no floating-point copy of the picture.
        image::imageops::thumbnail(picture, to_width, to_height)
    } else {
        image::imageops::resize(picture, to_width, to_height, FilterType::CatmullRom)
    }
}

fn encode(picture: &RgbImage) -> Result<Vec<u8>, PhotoError> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, QUALITY).encode_image(picture).map_err(|_| PhotoError::Damaged)?;
    Ok(out)
}
