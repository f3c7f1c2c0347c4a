//! Videos and documents from outside: found out by their bytes, and videos freed of what the camera wrote beside the picture.
//!
//! A film in the MP4 family is a tree of boxes. Place, device and owner stand in `udta`, `meta` and `uuid` boxes; they are
//! turned into empty `free` boxes of the same size, so that nothing else moves, and the recording times in the headers are
//! set to zero. In WebM the same is done to `Tags`, `Attachments`, title and date. Pictures and sound are copied unread. A
//! document's own metadata cannot be taken out without rewriting it: documents go to the office only.

use gongzhi_civic::text::Text;

/// Largest upload in bytes.
pub const MAX_BYTES: usize = 100 * 1024 * 1024;
/// Deepest nesting of boxes that is looked into.
const DEPTH: usize = 12;

/// What an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// MP4 and its relatives.
    Mp4,
    /// QuickTime, as phones of one maker write it.
    QuickTime,
    /// WebM or Matroska.
    WebM,
    /// PDF.
    Pdf,
}

impl MediaKind {
    /// The media type it is served with.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::QuickTime => "video/quicktime",
            Self::WebM => "video/webm",
            Self::Pdf => "application/pdf",
        }
    }

    /// `video` or `document`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pdf => "document",
            _ => "video",
        }
    }
}

/// Why an upload is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text().en)]
pub enum MediaError {
    /// Longer than [`MAX_BYTES`].
    TooLarge,
    /// Not one of the kinds.
    Unknown,
    /// Begins like one and is none.
    Damaged,
}

impl MediaError {
    /// Stable code for machines.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "attachment_too_large",
            Self::Unknown => "attachment_unknown_kind",
            Self::Damaged => "attachment_damaged",
        }
    }

    /// The message in both languages.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::TooLarge => {
                Text::new("文件超过 100 MB，请剪短或压缩后再上传。", "The file is larger than 100 MB; shorten or compress it.")
            }
            Self::Unknown => Text::new(
                "只能上传 MP4、MOV、WebM 视频或 PDF 文件；照片请用照片上传。",
                "Only MP4, MOV and WebM videos and PDF documents are taken; photos go where photos go.",
            ),
            Self::Damaged => Text::new("文件不完整或已损坏，请重新上传。", "The file is cut off or damaged; upload it again."),
        }
    }
}

/// The kind of an upload, by its first bytes.
///
/// # Errors
/// [`MediaError`]: too large, or of no known kind.
pub fn kind(bytes: &[u8]) -> Result<MediaKind, MediaError> {
    if bytes.len() > MAX_BYTES {
        return Err(MediaError::TooLarge);
    }
    if bytes.starts_with(b"%PDF-1.") || bytes.starts_with(b"%PDF-2.") {
        return Ok(MediaKind::Pdf);
    }
    if bytes.starts_with(&EBML) {
        return Ok(MediaKind::WebM);
    }
    match (bytes.get(4..8), bytes.get(8..12)) {
        (Some(b"ftyp"), Some(b"qt  ")) => Ok(MediaKind::QuickTime),
        // Still pictures use the same boxes (HEIC, AVIF); they are photos.
        (Some(b"ftyp"), Some(brand)) if !matches!(brand, b"heic" | b"heix" | b"mif1" | b"msf1" | b"avif" | b"avis" | b"hevc") => {
            Ok(MediaKind::Mp4)
        }
        (Some(b"moov" | b"mdat" | b"wide"), _) => Ok(MediaKind::QuickTime),
        _ => Err(MediaError::Unknown),
    }
}

/// The copy that is served: the same bytes without place, device, owner and recording times. Of the same length.
///
/// # Errors
/// [`MediaError::Damaged`] where a box reaches beyond its surroundings or the film has no index.
pub fn clean(kind: MediaKind, bytes: &[u8]) -> Result<Vec<u8>, MediaError> {
    let mut copy = bytes.to_vec();
    match kind {
        MediaKind::Mp4 | MediaKind::QuickTime => {
            let end = copy.len();
            let mut film = false;
            boxes(&mut copy, 0, end, 0, &mut film)?;
            if !film {
                return Err(MediaError::Damaged);
            }
        }
        MediaKind::WebM => {
            let end = copy.len();
            elements(&mut copy, 0, end, 0)?;
        }
        MediaKind::Pdf => {
            let tail = &copy[copy.len().saturating_sub(2048)..];
            if !tail.windows(5).any(|w| w == b"%%EOF") {
                return Err(MediaError::Damaged);
            }
        }
    }
    Ok(copy)
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    Some(bytes.get(at..at.checked_add(length)?)?.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
}

/// Walks boxes from `at` to `end`; `film` becomes true at the index.
fn boxes(bytes: &mut [u8], mut at: usize, end: usize, depth: usize, film: &mut bool) -> Result<(), MediaError> {
    while at + 8 <= end {
        let short = number(bytes, at, 4).ok_or(MediaError::Damaged)?;
        let (head, size) = match short {
            0 => (8, end - at),
            1 => (16, usize::try_from(number(bytes, at + 8, 8).ok_or(MediaError::Damaged)?).map_err(|_| MediaError::Damaged)?),
            n => (8, usize::try_from(n).map_err(|_| MediaError::Damaged)?),
        };
        let next = at.checked_add(size).filter(|next| size >= head && *next <= end).ok_or(MediaError::Damaged)?;
        let name = [bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7]];
        match &name {
            b"udta" | b"meta" | b"uuid" | b"XMP_" => {
                bytes[at + 4..at + 8].copy_from_slice(b"free");
                bytes[at + head..next].fill(0);
            }
            b"mvhd" | b"tkhd" | b"mdhd" => {
                // Version, flags, then the times of creation and change: four or eight bytes each.
                let wide = if bytes.get(at + head) == Some(&1) { 8 } else { 4 };
                let times = at + head + 4..at + head + 4 + 2 * wide;
                if times.end <= next {
                    bytes[times].fill(0);
                }
            }
            b"moov" | b"trak" | b"mdia" | b"moof" | b"traf" if depth < DEPTH => {
                *film |= &name == b"moov";
                boxes(bytes, at + head, next, depth + 1, film)?;
            }
            _ => {}
        }
        at = next;
    }
    Ok(())
}

const EBML: [u8; 4] = [0x1a, 0x45, 0xdf, 0xa3];
const SEGMENT: u64 = 0x1853_8067;
const INFO: u64 = 0x1549_a966;
/// Tags, attachments, and of the info: title, date, muxer and writer.
const TOLD: [u64; 6] = [0x1254_c367, 0x1941_a469, 0x7ba9, 0x4461, 0x4d80, 0x5741];
const VOID: u8 = 0xec;

/// Walks Matroska elements from `at` to `end`. An unknown length (a live recording) reaches to the end.
fn elements(bytes: &mut [u8], mut at: usize, end: usize, depth: usize) -> Result<(), MediaError> {
    while at < end {
        let id_length = bytes[at].leading_zeros() as usize + 1;
        if id_length > 4 {
            return Err(MediaError::Damaged);
        }
        let id = number(bytes, at, id_length).ok_or(MediaError::Damaged)?;
        let size_at = at + id_length;
        let first = *bytes.get(size_at).ok_or(MediaError::Damaged)?;
        let size_length = first.leading_zeros() as usize + 1;
        if size_length > 8 {
            return Err(MediaError::Damaged);
        }
        let raw = number(bytes, size_at, size_length).ok_or(MediaError::Damaged)?;
        let mask = (1_u64 << (7 * size_length)) - 1;
        let body = size_at + size_length;
        let unknown = raw & mask == mask;
        let size = usize::try_from(raw & mask).map_err(|_| MediaError::Damaged)?;
        let next = if unknown { end } else { body.checked_add(size).filter(|n| *n <= end).ok_or(MediaError::Damaged)? };
        if TOLD.contains(&id) {
            // The same bytes as an empty element: one byte of name, eight of length at most, zeros.
            blank(&mut bytes[at..next]);
        } else if matches!(id, SEGMENT | INFO) && depth < 2 {
            elements(bytes, body, next, depth + 1)?;
        }
        at = next;
    }
    Ok(())
}

fn blank(element: &mut [u8]) {
    element.fill(0);
    let whole = element.len();
    element[0] = VOID;
    if whole < 10 {
        element[1] = 0x80 | u8::try_from(whole - 2).unwrap_or(0);
    } else {
        element[1..9].copy_from_slice(&(0x0100_0000_0000_0000 | (whole as u64 - 9)).to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let mut out = u32::try_from(body.len() + 8).unwrap().to_be_bytes().to_vec();
        out.extend(name);
        out.extend(body);
        out
    }

    fn film() -> Vec<u8> {
        let head = one(b"mvhd", &[&[0, 0, 0, 0][..], &[7; 8], &[1; 20]].concat());
        let place = one(b"udta", &one(b"\xa9xyz", b"+30.0050+120.5780/"));
        let track =
            one(b"trak", &[one(b"tkhd", &[&[1, 0, 0, 0][..], &[7; 16], &[2; 8]].concat()), one(b"meta", b"device of Wang")].concat());
        let samples = one(b"mdat", b"+30.0050 is a sample and stays");
        [one(b"ftyp", b"isom\0\0\0\0"), one(b"moov", &[head, track, place].concat()), samples, one(b"uuid", b"xmp packet")].concat()
    }

    #[test]
    fn a_film_loses_place_device_and_times_and_nothing_moves() {
        let film = film();
        assert_eq!(kind(&film), Ok(MediaKind::Mp4));
        let clean = clean(MediaKind::Mp4, &film).unwrap();
        assert_eq!(clean.len(), film.len(), "offsets into the samples stay true");
        let holds = |words: &[u8]| clean.windows(words.len()).filter(|w| *w == words).count();
        assert_eq!((holds(b"+120.5780"), holds(b"device of Wang"), holds(b"xmp packet")), (0, 0, 0));
        assert_eq!(holds(b"+30.0050 is a sample and stays"), 1, "pictures and sound are copied unread");
        assert_eq!((holds(&[7; 4]), holds(&[1; 20]), holds(&[2; 8])), (0, 1, 1), "times go, the rest of the headers stays");
    }

    #[test]
    fn a_web_film_loses_its_tags() {
        let element = |id: &[u8], body: &[u8]| [id, &[0x80 | u8::try_from(body.len()).unwrap()], body].concat();
        let info =
            element(&[0x15, 0x49, 0xa9, 0x66], &[element(&[0x7b, 0xa9], b"my street"), element(&[0x2a, 0xd7, 0xb1], &[1, 2, 3])].concat());
        let tags = element(&[0x12, 0x54, 0xc3, 0x67], b"LOCATION=+30.0+120.5");
        let cluster = element(&[0x1f, 0x43, 0xb6, 0x75], b"frames");
        let body = [info, cluster, tags].concat();
        let film = [element(&EBML, b"webm"), element(&[0x18, 0x53, 0x80, 0x67], &body)].concat();
        assert_eq!(kind(&film), Ok(MediaKind::WebM));
        let clean = clean(MediaKind::WebM, &film).unwrap();
        let holds = |words: &[u8]| clean.windows(words.len()).any(|w| w == words);
        assert!(!holds(b"LOCATION") && !holds(b"my street"));
        assert!(holds(b"frames") && clean.len() == film.len());
        assert!(elements(&mut clean.clone(), 0, clean.len(), 0).is_ok(), "what is left still reads");
    }

    #[test]
    fn what_is_no_video_or_document_is_refused() {
        assert_eq!(kind(b"MZ this is a program"), Err(MediaError::Unknown));
        assert_eq!(kind(b"\0\0\0\x18ftypheic\0\0\0\0"), Err(MediaError::Unknown), "a still picture is a photo");
        assert_eq!(clean(MediaKind::Pdf, b"%PDF-1.7 cut off"), Err(MediaError::Damaged));
        let film = film();
        assert_eq!(clean(MediaKind::Mp4, &film[..60]), Err(MediaError::Damaged));
        for cut in 0..film.len() {
            let _ = clean(MediaKind::Mp4, &film[..cut]); // whatever is cut off, it does not panic
            let _ = clean(MediaKind::WebM, &film[cut..]);
        }
    }
}
