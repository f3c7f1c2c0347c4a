//! OSM PBF: blobs of zlib-packed protocol buffers. Field numbers after the OSM wiki's "PBF Format" page (fileformat.proto, osmformat.proto).

use std::io::Read;

use super::ImportError;
use super::source::{Element, Member, MemberKind, Tags, Want, damaged, truncated, unsupported};

/// Limits of the format: a header of 64 KiB, a blob of 32 MiB, packed or not.
const MOST_HEADER: u32 = 64 << 10;
const MOST_BLOB: u64 = 32 << 20;

/// Which kinds of elements each blob holds, learnt in the first pass so that later passes skip the others.
#[derive(Default)]
pub(crate) struct Blobs(Vec<u8>);

const HAS_NODES: u8 = 1;
const HAS_WAYS: u8 = 2;
const HAS_RELATIONS: u8 = 4;

const fn bit(want: Want) -> u8 {
    match want {
        Want::Nodes => HAS_NODES,
        Want::Ways => HAS_WAYS,
        Want::Relations => HAS_RELATIONS,
    }
}

pub(crate) fn read(
    bytes: &[u8],
    blobs: &mut Blobs,
    want: Want,
    visit: &mut dyn FnMut(Element<'_>),
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), ImportError> {
    let known = !blobs.0.is_empty();
    let (mut at, mut index) = (0usize, 0usize);
    let mut unpacked = Vec::new();
    while at < bytes.len() {
        let start = at as u64;
        let size = bytes.get(at..at + 4).ok_or_else(|| truncated(start, "blob header length"))?;
        let size = u32::from_be_bytes([size[0], size[1], size[2], size[3]]);
        if size > MOST_HEADER {
            return Err(damaged(start, format!("blob header of {size} bytes")));
        }
        at += 4;
        let header = bytes.get(at..at + size as usize).ok_or_else(|| truncated(start, "blob header"))?;
        at += size as usize;
        let (kind, length) = blob_header(header).ok_or_else(|| damaged(start, "blob header"))?;
        if length > MOST_BLOB {
            return Err(damaged(start, format!("blob of {length} bytes")));
        }
        let blob = bytes
            .get(at..at + length as usize)
            .ok_or_else(|| truncated(start, format!("blob of {length} bytes, {} there", bytes.len() - at)))?;
        at += length as usize;
        match kind {
            "OSMHeader" => {
                unpack(blob, &mut unpacked, start)?;
                check_features(&unpacked, start)?;
            }
            "OSMData" => {
                if !known || blobs.0.get(index).is_none_or(|kinds| kinds & bit(want) != 0) {
                    unpack(blob, &mut unpacked, start)?;
                    let kinds = block(&unpacked, want, visit).ok_or_else(|| damaged(start, "primitive block"))?;
                    if !known {
                        blobs.0.push(kinds);
                    }
                }
                index += 1;
            }
            _ => {}
        }
        progress(at as u64, bytes.len() as u64);
    }
    Ok(())
}

fn blob_header(bytes: &[u8]) -> Option<(&str, u64)> {
    let (mut kind, mut length) = ("", None);
    let mut message = Message(bytes);
    while let Some((field, value)) = message.next()? {
        match (field, value) {
            (1, Value::Bytes(b)) => kind = std::str::from_utf8(b).ok()?,
            (3, Value::Varint(v)) => length = Some(v),
            _ => {}
        }
    }
    Some((kind, length?))
}

fn unpack(blob: &[u8], out: &mut Vec<u8>, offset: u64) -> Result<(), ImportError> {
    out.clear();
    let mut message = Message(blob);
    while let Some((field, value)) = message.next().ok_or_else(|| damaged(offset, "blob"))? {
        match (field, value) {
            (1, Value::Bytes(raw)) => out.extend_from_slice(raw),
            (3, Value::Bytes(packed)) => {
                let read = flate2::read::ZlibDecoder::new(packed).take(MOST_BLOB + 1).read_to_end(out);
                read.map_err(|e| damaged(offset, format!("zlib: {e}")))?;
                if out.len() as u64 > MOST_BLOB {
                    return Err(damaged(offset, "blob unpacks to more than 32 MiB"));
                }
            }
            (4..=7, Value::Bytes(_)) => {
                let method = ["lzma", "bzip2", "lz4", "zstd"][(field - 4) as usize];
                return Err(unsupported(offset, format!("{method} compression")));
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_features(header: &[u8], offset: u64) -> Result<(), ImportError> {
    let mut message = Message(header);
    while let Some((field, value)) = message.next().ok_or_else(|| damaged(offset, "header block"))? {
        if let (4, Value::Bytes(feature)) = (field, value) {
            let feature = String::from_utf8_lossy(feature);
            if !matches!(&*feature, "OsmSchema-V0.6" | "DenseNodes") {
                return Err(unsupported(offset, format!("required feature {feature}")));
            }
        }
    }
    Ok(())
}

/// One primitive block: visits the wanted elements, returns which kinds it holds. `None` if the message is damaged.
fn block(bytes: &[u8], want: Want, visit: &mut dyn FnMut(Element<'_>)) -> Option<u8> {
    let mut strings: Vec<&str> = Vec::new();
    let mut groups: Vec<&[u8]> = Vec::new();
    let (mut granularity, mut lat_offset, mut lon_offset) = (100i64, 0i64, 0i64);
    let mut message = Message(bytes);
    while let Some((field, value)) = message.next()? {
        match (field, value) {
            (1, Value::Bytes(table)) => {
                let mut entries = Message(table);
                while let Some((field, value)) = entries.next()? {
                    if let (1, Value::Bytes(text)) = (field, value) {
                        strings.push(std::str::from_utf8(text).unwrap_or(""));
                    }
                }
            }
            (2, Value::Bytes(group)) => groups.push(group),
            (17, Value::Varint(v)) => granularity = v as i64,
            (19, Value::Varint(v)) => lat_offset = v as i64,
            (20, Value::Varint(v)) => lon_offset = v as i64,
            _ => {}
        }
    }
    let context = Context { strings: &strings, granularity, lat_offset, lon_offset };
    let mut kinds = 0;
    for group in groups {
        let mut message = Message(group);
        while let Some((field, value)) = message.next()? {
            let Value::Bytes(item) = value else { continue };
            let (kind, wanted) = match field {
                1 | 2 => (HAS_NODES, want == Want::Nodes),
                3 => (HAS_WAYS, want == Want::Ways),
                4 => (HAS_RELATIONS, want == Want::Relations),
                _ => continue,
            };
            kinds |= kind;
            if wanted {
                match field {
                    1 => context.node(item, visit)?,
                    2 => context.dense(item, visit)?,
                    3 => context.way(item, visit)?,
                    _ => context.relation(item, visit)?,
                }
            }
        }
    }
    Some(kinds)
}

struct Context<'a> {
    strings: &'a [&'a str],
    granularity: i64,
    lat_offset: i64,
    lon_offset: i64,
}

impl<'a> Context<'a> {
    fn string(&self, id: u64) -> &'a str {
        usize::try_from(id).ok().and_then(|i| self.strings.get(i)).copied().unwrap_or("")
    }

    fn degrees(&self, offset: i64, value: i64) -> f64 {
        offset.wrapping_add(self.granularity.wrapping_mul(value)) as f64 * 1e-9
    }

    fn tags(&self, keys: &[u8], values: &[u8]) -> Option<Tags<'a>> {
        let (mut keys, mut values) = (Packed(keys), Packed(values));
        let mut tags = Tags::default();
        while let Some(key) = keys.next()? {
            tags.0.push((self.string(key), self.string(values.next()??)));
        }
        Some(tags)
    }

    fn node(&self, bytes: &[u8], visit: &mut dyn FnMut(Element<'_>)) -> Option<()> {
        let (mut id, mut lat, mut lon, mut keys, mut values) = (0, 0, 0, &[][..], &[][..]);
        let mut message = Message(bytes);
        while let Some((field, value)) = message.next()? {
            match (field, value) {
                (1, Value::Varint(v)) => id = zigzag(v),
                (2, Value::Bytes(b)) => keys = b,
                (3, Value::Bytes(b)) => values = b,
                (8, Value::Varint(v)) => lat = zigzag(v),
                (9, Value::Varint(v)) => lon = zigzag(v),
                _ => {}
            }
        }
        let tags = self.tags(keys, values)?;
        visit(Element::Node { id, lon: self.degrees(self.lon_offset, lon), lat: self.degrees(self.lat_offset, lat), tags: &tags });
        Some(())
    }

    fn dense(&self, bytes: &[u8], visit: &mut dyn FnMut(Element<'_>)) -> Option<()> {
        let (mut ids, mut lats, mut lons, mut keys_values) = (Packed(&[]), Packed(&[]), Packed(&[]), Packed(&[]));
        let mut message = Message(bytes);
        while let Some((field, value)) = message.next()? {
            if let Value::Bytes(b) = value {
                match field {
                    1 => ids = Packed(b),
                    8 => lats = Packed(b),
                    9 => lons = Packed(b),
                    10 => keys_values = Packed(b),
                    _ => {}
                }
            }
        }
        let (mut id, mut lat, mut lon) = (0i64, 0i64, 0i64);
        let mut tags = Tags::default();
        while let Some(step) = ids.next()? {
            id = id.wrapping_add(zigzag(step));
            lat = lat.wrapping_add(zigzag(lats.next()??));
            lon = lon.wrapping_add(zigzag(lons.next()??));
            tags.0.clear();
            while let Some(key) = keys_values.next()? {
                if key == 0 {
                    break;
                }
                tags.0.push((self.string(key), self.string(keys_values.next()??)));
            }
            visit(Element::Node { id, lon: self.degrees(self.lon_offset, lon), lat: self.degrees(self.lat_offset, lat), tags: &tags });
        }
        Some(())
    }

    fn way(&self, bytes: &[u8], visit: &mut dyn FnMut(Element<'_>)) -> Option<()> {
        let (mut id, mut keys, mut values, mut refs) = (0, &[][..], &[][..], Packed(&[]));
        let mut message = Message(bytes);
        while let Some((field, value)) = message.next()? {
            match (field, value) {
                (1, Value::Varint(v)) => id = v as i64,
                (2, Value::Bytes(b)) => keys = b,
                (3, Value::Bytes(b)) => values = b,
                (8, Value::Bytes(b)) => refs = Packed(b),
                _ => {}
            }
        }
        let tags = self.tags(keys, values)?;
        let (mut node, mut nodes) = (0i64, Vec::new());
        while let Some(step) = refs.next()? {
            node = node.wrapping_add(zigzag(step));
            nodes.push(node);
        }
        visit(Element::Way { id, nodes: &nodes, tags: &tags });
        Some(())
    }

    fn relation(&self, bytes: &[u8], visit: &mut dyn FnMut(Element<'_>)) -> Option<()> {
        let (mut id, mut keys, mut values) = (0, &[][..], &[][..]);
        let (mut roles, mut ids, mut kinds) = (Packed(&[]), Packed(&[]), Packed(&[]));
        let mut message = Message(bytes);
        while let Some((field, value)) = message.next()? {
            match (field, value) {
                (1, Value::Varint(v)) => id = v as i64,
                (2, Value::Bytes(b)) => keys = b,
                (3, Value::Bytes(b)) => values = b,
                (8, Value::Bytes(b)) => roles = Packed(b),
                (9, Value::Bytes(b)) => ids = Packed(b),
                (10, Value::Bytes(b)) => kinds = Packed(b),
                _ => {}
            }
        }
        let tags = self.tags(keys, values)?;
        let (mut member, mut members) = (0i64, Vec::new());
        while let Some(step) = ids.next()? {
            member = member.wrapping_add(zigzag(step));
            let kind = match kinds.next()?? {
                0 => MemberKind::Node,
                1 => MemberKind::Way,
                _ => MemberKind::Relation,
            };
            members.push(Member { kind, id: member, role: self.string(roles.next()??) });
        }
        visit(Element::Relation { id, members: &members, tags: &tags });
        Some(())
    }
}

enum Value<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    Fixed,
}

/// A protocol buffer message. `next` gives `None` on damage, `Some(None)` at the end.
struct Message<'a>(&'a [u8]);

impl<'a> Message<'a> {
    fn next(&mut self) -> Option<Option<(u64, Value<'a>)>> {
        if self.0.is_empty() {
            return Some(None);
        }
        let key = varint(&mut self.0)?;
        let value = match key & 7 {
            0 => Value::Varint(varint(&mut self.0)?),
            1 => {
                self.0 = self.0.get(8..)?;
                Value::Fixed
            }
            2 => {
                let length = usize::try_from(varint(&mut self.0)?).ok()?;
                let (head, tail) = self.0.split_at_checked(length)?;
                self.0 = tail;
                Value::Bytes(head)
            }
            5 => {
                self.0 = self.0.get(4..)?;
                Value::Fixed
            }
            _ => return None,
        };
        Some(Some((key >> 3, value)))
    }
}

/// Packed varints, same convention.
struct Packed<'a>(&'a [u8]);

impl Packed<'_> {
    fn next(&mut self) -> Option<Option<u64>> {
        if self.0.is_empty() { Some(None) } else { varint(&mut self.0).map(Some) }
    }
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f).checked_shl(7 * index as u32).unwrap_or(0);
        if byte & 0x80 == 0 {
            *bytes = &bytes[index + 1..];
            return Some(value);
        }
    }
    None
}

const fn zigzag(v: u64) -> i64 {
    (v >> 1) as i64 ^ -((v & 1) as i64)
}
