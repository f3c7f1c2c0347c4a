//! Writing a layer of a vector tile: protocol buffers after the Mapbox Vector Tile specification 2.1.

use std::collections::HashMap;

/// Units along a tile's side.
pub(crate) const EXTENT: u32 = 4096;

/// A tag's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    Int(i64),
    Bool(bool),
}

/// A layer being filled.
pub(crate) struct Layer {
    name: &'static str,
    features: Vec<u8>,
    keys: Vec<&'static str>,
    values: Vec<u8>,
    value_ids: HashMap<Vec<u8>, u32>,
}

impl Layer {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, features: Vec::new(), keys: Vec::new(), values: Vec::new(), value_ids: HashMap::new() }
    }

    pub(crate) fn point(&mut self, at: (i32, i32), tags: &[(&'static str, Value<'_>)]) {
        let mut pen = Pen::default();
        pen.command(1, 1);
        pen.to(at);
        self.feature(1, &pen.out, tags);
    }

    pub(crate) fn lines(&mut self, lines: &[Vec<(i32, i32)>], tags: &[(&'static str, Value<'_>)]) {
        let mut pen = Pen::default();
        for line in lines.iter().filter(|l| l.len() > 1) {
            pen.path(line);
        }
        self.feature(2, &pen.out, tags);
    }

    /// Polygons: each an outer ring and its holes, not closed by a repeated point. Rings are turned the way the specification wants.
    pub(crate) fn polygons(&mut self, polygons: &[Vec<Vec<(i32, i32)>>], tags: &[(&'static str, Value<'_>)]) {
        let mut pen = Pen::default();
        for polygon in polygons {
            for (i, ring) in polygon.iter().enumerate().filter(|(_, r)| r.len() > 2) {
                // In tile units y runs down: an outer ring has a positive shoelace sum.
                let outer = i == 0;
                if (twice_area(ring) > 0) == outer {
                    pen.path(ring);
                } else {
                    let turned: Vec<(i32, i32)> = ring.iter().rev().copied().collect();
                    pen.path(&turned);
                }
                pen.command(7, 1);
            }
        }
        self.feature(3, &pen.out, tags);
    }

    pub(crate) fn write(self, tile: &mut Vec<u8>) {
        if self.features.is_empty() {
            return;
        }
        let mut layer = Vec::with_capacity(self.features.len() + self.values.len() + 256);
        field_varint(&mut layer, 15, 2);
        field_bytes(&mut layer, 1, self.name.as_bytes());
        layer.extend(self.features);
        for key in self.keys {
            field_bytes(&mut layer, 3, key.as_bytes());
        }
        layer.extend(self.values);
        field_varint(&mut layer, 5, u64::from(EXTENT));
        field_bytes(tile, 3, &layer);
    }

    fn feature(&mut self, kind: u64, geometry: &[u8], tags: &[(&'static str, Value<'_>)]) {
        if geometry.is_empty() {
            return;
        }
        let mut packed = Vec::new();
        for (key, value) in tags {
            let id = self.keys.iter().position(|k| k == key).unwrap_or_else(|| {
                self.keys.push(key);
                self.keys.len() - 1
            });
            varint(&mut packed, id as u64);
            varint(&mut packed, u64::from(self.value(*value)));
        }
        let mut feature = Vec::with_capacity(geometry.len() + packed.len() + 12);
        field_bytes(&mut feature, 2, &packed);
        field_varint(&mut feature, 3, kind);
        field_bytes(&mut feature, 4, geometry);
        field_bytes(&mut self.features, 2, &feature);
    }

    fn value(&mut self, value: Value<'_>) -> u32 {
        let mut encoded = Vec::new();
        match value {
            Value::Text(text) => field_bytes(&mut encoded, 1, text.as_bytes()),
            Value::Int(v) => field_varint(&mut encoded, 6, ((v << 1) ^ (v >> 63)) as u64),
            Value::Bool(v) => field_varint(&mut encoded, 7, u64::from(v)),
        }
        let next = self.value_ids.len() as u32;
        *self.value_ids.entry(encoded).or_insert_with_key(|encoded| {
            field_bytes(&mut self.values, 4, encoded);
            next
        })
    }
}

fn twice_area(ring: &[(i32, i32)]) -> i64 {
    (0..ring.len())
        .map(|i| {
            let ((ax, ay), (bx, by)) = (ring[i], ring[(i + 1) % ring.len()]);
            i64::from(ax) * i64::from(by) - i64::from(bx) * i64::from(ay)
        })
        .sum()
}

/// Writes geometry commands with relative coordinates.
#[derive(Default)]
struct Pen {
    out: Vec<u8>,
    at: (i32, i32),
}

impl Pen {
    fn command(&mut self, id: u32, count: usize) {
        varint(&mut self.out, u64::from(id) | (count as u64) << 3);
    }

    fn to(&mut self, p: (i32, i32)) {
        for delta in [i64::from(p.0) - i64::from(self.at.0), i64::from(p.1) - i64::from(self.at.1)] {
            varint(&mut self.out, ((delta << 1) ^ (delta >> 63)) as u64 & 0xffff_ffff);
        }
        self.at = p;
    }

    fn path(&mut self, points: &[(i32, i32)]) {
        self.command(1, 1);
        self.to(points[0]);
        self.command(2, points.len() - 1);
        for p in &points[1..] {
            self.to(*p);
        }
    }
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn field_varint(out: &mut Vec<u8>, field: u64, value: u64) {
    varint(out, field << 3);
    varint(out, value);
}

fn field_bytes(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}
