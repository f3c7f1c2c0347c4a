//! Writing the file: sections in order, then the table, hashes and header.

use std::collections::HashMap;

use bytemuck::Pod;

use super::{ENTRY_BYTES, FORMAT_VERSION, HEADER_BYTES, MAGIC, Tag, header_check};

/// Assembles a network file; sections must come in the order of [`Tag::ALL`].
pub(crate) struct Builder {
    bytes: Vec<u8>,
    table: Vec<u8>,
    written: usize,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0; HEADER_BYTES + Tag::COUNT * ENTRY_BYTES], table: Vec::new(), written: 0 }
    }

    pub(crate) fn section<T: Pod>(&mut self, tag: Tag, records: &[T]) {
        debug_assert_eq!(self.written, tag as usize, "sections come in order");
        debug_assert_eq!(size_of::<T>(), tag.record_bytes(), "{tag:?}");
        let raw: &[u8] = bytemuck::cast_slice(records);
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        self.table.extend((tag as u32).to_le_bytes());
        self.table.extend((size_of::<T>() as u32).to_le_bytes());
        self.table.extend((self.bytes.len() as u64).to_le_bytes());
        self.table.extend((raw.len() as u64).to_le_bytes());
        self.bytes.extend_from_slice(raw);
        self.written += 1;
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        debug_assert_eq!(self.written, Tag::COUNT, "every section is written");
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let body = HEADER_BYTES + Tag::COUNT * ENTRY_BYTES;
        let hash = blake3::hash(&self.bytes[body..]);
        let length = self.bytes.len() as u64;
        self.bytes[HEADER_BYTES..body].copy_from_slice(&self.table);
        self.bytes[..8].copy_from_slice(&MAGIC);
        self.bytes[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        self.bytes[12..16].copy_from_slice(&(Tag::COUNT as u32).to_le_bytes());
        self.bytes[16..24].copy_from_slice(&length.to_le_bytes());
        self.bytes[32..64].copy_from_slice(hash.as_bytes());
        let check = header_check(&self.bytes[..HEADER_BYTES], &self.table);
        self.bytes[24..32].copy_from_slice(&check.to_le_bytes());
        self.bytes
    }
}

/// Strings stored once each. Id 0 is the empty string.
pub(crate) struct StringPool {
    ids: HashMap<String, u32>,
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

impl StringPool {
    pub(crate) fn new() -> Self {
        let mut pool = Self { ids: HashMap::new(), ends: Vec::new(), bytes: Vec::new() };
        pool.add("");
        pool
    }

    pub(crate) fn add(&mut self, text: &str) -> u32 {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let id = self.ends.len() as u32;
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(self.bytes.len() as u32);
        self.ids.insert(text.to_owned(), id);
        id
    }

    pub(crate) fn parts(&self) -> (&[u32], &[u8]) {
        (&self.ends, &self.bytes)
    }
}
