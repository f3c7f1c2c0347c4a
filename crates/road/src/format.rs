//! The network file: a header, a table of sections, sections of fixed-size little-endian records.
//!
//! ```text
//! 0   magic "GZROAD\r\n"      8 bytes
//! 8   format version          u32
//! 12  number of sections      u32
//! 16  length of the file      u64
//! 24  check of header+table   u64, first 8 bytes of BLAKE3 over bytes 0..24, 32..64 and the table
//! 32  content hash            BLAKE3 over everything after the table
//! 64  table: tag u32, record size u32, offset u64, bytes u64 for each section
//! …   sections, each at a multiple of 8
//! ```
//! Opening reads the header and the table only; [`crate::Network::verify`] hashes the rest. Readers never trust an index:
//! a record that points nowhere reads as nothing.

use std::ops::Range;
use std::sync::Arc;

use gongzhi_civic::text::Text;

mod records;
mod writer;

pub(crate) use records::*;
pub(crate) use writer::{Builder, StringPool};

/// Version of the file format this build reads and writes. A file of another version is imported again.
pub const FORMAT_VERSION: u32 = 2;

pub(crate) const MAGIC: [u8; 8] = *b"GZROAD\r\n";
pub(crate) const HEADER_BYTES: usize = 64;
pub(crate) const ENTRY_BYTES: usize = 24;

/// Why bytes are no network file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// The magic is missing.
    #[error("road.network.not_a_network: the bytes do not start like a network file")]
    NotANetwork,
    /// Another format version.
    #[error("road.network.version: format version {found}, this program reads {FORMAT_VERSION}")]
    Version {
        /// The version in the file.
        found: u32,
    },
    /// The file is shorter or longer than it says.
    #[error("road.network.length: {found} bytes where the header says {expected}")]
    Length {
        /// Bytes there.
        found: u64,
        /// Bytes promised.
        expected: u64,
    },
    /// Header or table of sections are damaged.
    #[error("road.network.header: header or table damaged ({what})")]
    Header {
        /// What does not hold.
        what: String,
    },
    /// The content does not match its hash.
    #[error("road.network.content: the content does not match its hash")]
    Content,
}

impl NetworkError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotANetwork => "road.network.not_a_network",
            Self::Version { .. } => "road.network.version",
            Self::Length { .. } => "road.network.length",
            Self::Header { .. } => "road.network.header",
            Self::Content => "road.network.content",
        }
    }

    /// What happened and what to do, for people.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotANetwork => Text::new(
                "这不是路网文件。请用 gongzhi import roads 从 OSM 文件重新导入。",
                "This is not a network file. Import the roads again with gongzhi import roads.",
            ),
            Self::Version { found } => Text::new(
                format!("路网文件格式为第 {found} 版，本程序读取第 {FORMAT_VERSION} 版。请重新导入路网。"),
                format!("The network file has format version {found}; this program reads {FORMAT_VERSION}. Import the roads again."),
            ),
            Self::Length { found, expected } => Text::new(
                format!("路网文件不完整：应有 {expected} 字节，实有 {found} 字节。请重新导入路网。"),
                format!("The network file is incomplete: {expected} bytes expected, {found} found. Import the roads again."),
            ),
            Self::Header { what } => Text::new(
                format!("路网文件头已损坏（{what}）。请重新导入路网。"),
                format!("The network file's header is damaged ({what}). Import the roads again."),
            ),
            Self::Content => Text::new(
                "路网文件内容与校验值不符。请重新导入路网。",
                "The network file's content does not match its hash. Import the roads again.",
            ),
        }
    }
}

/// Bytes of a network, aligned for its records.
pub(crate) enum Storage {
    /// Bytes held by the caller, found aligned.
    Shared(Arc<dyn AsRef<[u8]> + Send + Sync>),
    /// A copy, because the caller's bytes were not aligned to 8.
    Aligned(Vec<u64>, usize),
}

impl Storage {
    pub(crate) fn new(bytes: Arc<dyn AsRef<[u8]> + Send + Sync>) -> Self {
        let slice = (*bytes).as_ref();
        if slice.as_ptr().addr().is_multiple_of(8) {
            return Self::Shared(bytes);
        }
        let mut words = vec![0u64; slice.len().div_ceil(8)];
        bytemuck::cast_slice_mut::<u64, u8>(&mut words)[..slice.len()].copy_from_slice(slice);
        let length = slice.len();
        Self::Aligned(words, length)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(bytes) => (**bytes).as_ref(),
            Self::Aligned(words, length) => &bytemuck::cast_slice::<u64, u8>(words)[..*length],
        }
    }
}

/// Header and table, read and checked.
pub(crate) struct Layout {
    pub(crate) ranges: [Range<usize>; Tag::COUNT],
    pub(crate) body: usize,
    pub(crate) content_hash: [u8; 32],
}

pub(crate) fn read_layout(bytes: &[u8]) -> Result<Layout, NetworkError> {
    if bytes.get(..8) != Some(&MAGIC[..]) {
        return Err(NetworkError::NotANetwork);
    }
    let header = bytes.get(..HEADER_BYTES).ok_or(NetworkError::Length { found: bytes.len() as u64, expected: HEADER_BYTES as u64 })?;
    let found = u32_at(header, 8);
    if found != FORMAT_VERSION {
        return Err(NetworkError::Version { found });
    }
    let expected = u64_at(header, 16);
    if expected != bytes.len() as u64 {
        return Err(NetworkError::Length { found: bytes.len() as u64, expected });
    }
    let damaged = |what: &str| NetworkError::Header { what: what.to_owned() };
    let count = u32_at(header, 12) as usize;
    if count != Tag::COUNT {
        return Err(damaged("number of sections"));
    }
    let body = HEADER_BYTES + count * ENTRY_BYTES;
    let table = bytes.get(HEADER_BYTES..body).ok_or_else(|| damaged("table cut off"))?;
    if header_check(header, table) != u64_at(header, 24) {
        return Err(damaged("check sum"));
    }
    let mut ranges: [Range<usize>; Tag::COUNT] = std::array::from_fn(|_| 0..0);
    for (index, entry) in table.chunks_exact(ENTRY_BYTES).enumerate() {
        let tag = Tag::ALL[index];
        let (start, length) = (u64_at(entry, 8), u64_at(entry, 16));
        let end = start
            .checked_add(length)
            .filter(|end| *end <= expected && start >= body as u64)
            .ok_or_else(|| damaged("section outside the file"))?;
        let record = u64::from(u32_at(entry, 4));
        if u32_at(entry, 0) != tag as u32 || record != tag.record_bytes() as u64 || length % record != 0 || start % 8 != 0 {
            return Err(damaged("section table"));
        }
        // Both fit: they are at most the slice's length.
        ranges[index] = start as usize..end as usize;
    }
    let mut content_hash = [0; 32];
    content_hash.copy_from_slice(&header[32..64]);
    Ok(Layout { ranges, body, content_hash })
}

pub(crate) fn header_check(header: &[u8], table: &[u8]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&header[..24]).update(&header[32..HEADER_BYTES]).update(table);
    u64_at(hasher.finalize().as_bytes(), 0)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}
