//! Signals in memory, a column a fact: what maps, lists and counts filter without asking the database.
//!
//! The table is the truth; this is made from it at the start and follows every commit. A record takes about 80 bytes.

use std::collections::HashMap;

use gongzhi_civic::place::{Bounds, Point};
use gongzhi_civic::time::Timestamp;
use gongzhi_store::signals::{IndexRow, SignalRow};
use jiff::tz::TimeZone;

/// No place, no area, no caller.
pub const NONE: u32 = u32::MAX;

/// Words that occur again and again, kept once.
#[derive(Clone, Debug, Default)]
pub struct Words {
    words: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Words {
    fn put(&mut self, word: &str) -> u32 {
        if let Some(&number) = self.numbers.get(word) {
            return number;
        }
        let number = u32::try_from(self.words.len()).unwrap_or(NONE - 1);
        self.words.push(word.to_owned());
        self.numbers.insert(word.to_owned(), number);
        number
    }

    /// The word with this number.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&str> {
        self.words.get(number as usize).map(String::as_str)
    }

    /// The number of this word.
    #[must_use]
    pub fn number(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

/// One signal in memory.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Row id.
    pub id: i64,
    /// Epoch milliseconds.
    pub at: i64,
    /// Degrees; NaN without a place.
    pub lon: f64,
    /// Degrees; NaN without a place.
    pub lat: f64,
    /// Number of the crossing's or section's key, [`NONE`] without.
    pub place: u32,
    /// Number of the area's key.
    pub area: u32,
    /// Number of the kind (`call`, `crash`).
    pub kind: u32,
    /// Number of the class.
    pub class: u32,
    /// Number of the severity, [`NONE`] without.
    pub severity: u32,
    /// Digest of the caller, 0 without.
    pub caller: u64,
    /// First call of the trouble that this call's incident repeats (row id), 0 if it is the trouble's first incident.
    pub repeat_of: i64,
    /// First call of its incident (row id).
    pub incident: i64,
    /// Deaths.
    pub deaths: u16,
    /// Seriously and slightly injured.
    pub injured: u16,
    /// Hour of day in the city's zone.
    pub hour: u8,
    /// 1 Monday … 7 Sunday in the city's zone.
    pub weekday: u8,
    /// Counts.
    pub valid: bool,
}

impl Entry {
    /// First call of the trouble it belongs to (row id).
    #[must_use]
    pub const fn trouble(&self) -> i64 {
        if self.repeat_of == 0 { self.incident } else { self.repeat_of }
    }
}

/// Where a call belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Joint {
    /// Row id.
    pub(crate) id: i64,
    /// First call of its incident (row id).
    pub(crate) incident: i64,
    /// First call of its trouble (row id).
    pub(crate) trouble: i64,
}

/// All signals, by time.
#[derive(Clone, Debug, Default)]
pub struct SignalIndex {
    entries: Vec<Entry>,
    by_id: HashMap<i64, u32>,
    /// Keys of crossings and sections.
    pub places: Words,
    /// Keys of areas.
    pub areas: Words,
    /// Kinds.
    pub kinds: Words,
    /// Classes.
    pub classes: Words,
    /// Severities.
    pub severities: Words,
    last_id: i64,
    synthetic: bool,
    loading: u64,
}

impl SignalIndex {
    /// Takes a row; call [`SignalIndex::finish`] after the last one.
    pub fn take(&mut self, row: &IndexRow, zone: &TimeZone) {
        let local = Timestamp(row.at).in_zone(zone);
        let place = row.place_key.as_deref().map_or(NONE, |k| self.places.put(k));
        let entry = Entry {
            id: row.id,
            at: row.at,
            lon: row.lon.unwrap_or(f64::NAN),
            lat: row.lat.unwrap_or(f64::NAN),
            place,
            area: row.area_key.as_deref().map_or(NONE, |k| self.areas.put(k)),
            kind: self.kinds.put(&row.kind),
            class: self.classes.put(&row.class),
            severity: row.severity.as_deref().map_or(NONE, |s| self.severities.put(s)),
            caller: row.caller_hash.as_deref().and_then(|h| u64::from_str_radix(h.get(..15)?, 16).ok()).unwrap_or(0),
            repeat_of: 0,
            incident: row.id,
            deaths: u16::try_from(row.deaths).unwrap_or(u16::MAX),
            injured: u16::try_from(row.injured).unwrap_or(u16::MAX),
            hour: u8::try_from(local.hour()).unwrap_or(0),
            weekday: u8::try_from(local.weekday().to_monday_one_offset()).unwrap_or(1),
            valid: row.valid,
        };
        self.last_id = self.last_id.max(row.id);
        self.synthetic |= row.synthetic;
        self.entries.push(entry);
    }

    /// Sorts by time. Every record is its own incident until [`SignalIndex::join`] says otherwise.
    pub fn finish(&mut self) {
        self.entries.sort_unstable_by_key(|e| (e.at, e.id));
        self.renumber(0);
    }

    /// Takes one live row at its place in time.
    pub fn insert(&mut self, row: &SignalRow, zone: &TimeZone) {
        self.take(&IndexRow::from(row), zone);
        let entry = self.entries.pop().expect("just taken");
        let at = self.entries.partition_point(|e| (e.at, e.id) < (entry.at, entry.id));
        self.entries.insert(at, entry);
        self.renumber(at);
    }

    /// Corrects class and validity of one row.
    pub fn correct(&mut self, id: i64, class: &str, valid: bool) {
        let class = self.classes.put(class);
        if let Some(&i) = self.by_id.get(&id) {
            self.entries[i as usize].class = class;
            self.entries[i as usize].valid = valid;
        }
    }

    fn renumber(&mut self, from: usize) {
        for (i, entry) in self.entries.iter().enumerate().skip(from) {
            self.by_id.insert(entry.id, u32::try_from(i).unwrap_or(NONE));
        }
    }

    /// Puts calls to their incidents and troubles: row id, first call of the incident, first call of the trouble's first
    /// incident.
    pub(crate) fn join(&mut self, joints: &[Joint]) {
        for joint in joints {
            let Some(&i) = self.by_id.get(&joint.id) else { continue };
            let entry = &mut self.entries[i as usize];
            entry.incident = joint.incident;
            entry.repeat_of = if joint.trouble == joint.incident { 0 } else { joint.trouble };
        }
    }

    /// Puts one live call to its incident and trouble, and the incident's earlier calls to that trouble, too.
    pub(crate) fn join_live(&mut self, joint: Joint, since: i64) {
        let start = self.entries.partition_point(|e| e.at < since);
        let calls = self.entries[start..].iter().filter(|e| e.incident == joint.incident && e.id != joint.id);
        let mut joints: Vec<Joint> = calls.map(|e| Joint { id: e.id, ..joint }).collect();
        joints.push(joint);
        self.join(&joints);
    }

    /// All entries by time.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Entries of `[from, to)` by time.
    #[must_use]
    pub fn between(&self, from: i64, to: i64) -> &[Entry] {
        let start = self.entries.partition_point(|e| e.at < from);
        let end = self.entries.partition_point(|e| e.at < to);
        &self.entries[start..end.max(start)]
    }

    /// One entry by row id.
    #[must_use]
    pub fn by_id(&self, id: i64) -> Option<&Entry> {
        self.by_id.get(&id).and_then(|&i| self.entries.get(i as usize))
    }

    /// Which loading from the table this is: it changes with every import, not with live records.
    #[must_use]
    pub fn loading(&self) -> u64 {
        self.loading
    }

    /// Says which loading this is.
    pub(crate) fn set_loading(&mut self, loading: u64) {
        self.loading = loading;
    }

    /// Highest row id taken.
    #[must_use]
    pub fn last_id(&self) -> i64 {
        self.last_id
    }

    /// Whether any record is made up.
    #[must_use]
    pub fn synthetic(&self) -> bool {
        self.synthetic
    }

    /// The box around all places.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        Bounds::around(self.entries.iter().filter(|e| e.lon.is_finite()).map(|e| Point::new(e.lon, e.lat)))
    }

    /// First and last instant.
    #[must_use]
    pub fn span(&self) -> Option<(i64, i64)> {
        Some((self.entries.first()?.at, self.entries.last()?.at))
    }
}
