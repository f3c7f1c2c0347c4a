//! One record becomes one draft or one reject.

use std::collections::{HashMap, HashSet};

use gongzhi_civic::personal::Phone;
use gongzhi_civic::place::Point;
use gongzhi_civic::time::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;
use serde_json::{Map, Value};

use super::Options;
use super::draft::{Draft, Note, Severity};
use super::linked::{Joiner, LinkedUse};
use super::mapping::{CountName, CountRule, Mapping, TimeRule, WithoutPoint, Wrong};
use super::place;
use super::refusal::Refusal;
use super::reject::{Reason, Reject};

/// More dead or injured in one crash than this is a slipped column.
const COUNT_LIMIT: i64 = 2000;
/// Most characters of a place in words and of an id.
const SHORT_TEXT: usize = 500;

/// Reads the rows of one file; remembers the keys it has seen.
pub(super) struct RowReader<'a> {
    mapping: &'a Mapping,
    options: &'a Options<'a>,
    columns: Columns,
    joiner: Joiner<'a>,
    seen: HashSet<[u8; 16]>,
    occurrences: HashMap<[u8; 16], u32>,
}

type Counted = [Option<u32>; 4];

impl<'a> RowReader<'a> {
    pub(super) fn new(mapping: &'a Mapping, options: &'a Options<'a>, header: &[String]) -> Result<Self, Refusal> {
        Ok(Self {
            mapping,
            options,
            columns: Columns::of_main(mapping, header)?,
            joiner: Joiner::new(mapping, options.linked),
            seen: HashSet::new(),
            occurrences: HashMap::new(),
        })
    }

    pub(super) fn linked_use(&self) -> Vec<LinkedUse> {
        self.joiner.uses()
    }

    /// The draft of the record that begins on `line`.
    pub(super) fn read(&mut self, line: u64, record: &csv::StringRecord) -> Result<Draft, Reject> {
        let mapping = self.mapping;
        let spec = &mapping.spec;
        let row = Row { line, record, columns: &self.columns };
        row.check_width()?;
        for skip in &spec.skip {
            if skip.values.iter().any(|value| value == row.get(&skip.column)) {
                return Err(row.reject(&skip.column, Reason::Filtered { because: skip.because.clone() }));
            }
        }
        let mut notes = Vec::new();
        let (at, local) = self.time(&row, &spec.time, &mut notes)?;
        let received_at = match &spec.received {
            Some(rule) if rule.columns.iter().any(|c| !row.get(c).is_empty()) => Some(self.time(&row, rule, &mut notes)?.0),
            _ => None,
        };
        let show = |column: &str| {
            let value = row.get(column);
            spec.labels.get(column).and_then(|labels| labels.get(value)).map_or(value, String::as_str)
        };
        let words = clean(&mapping.words.render(&show), true);
        row.limit("words", &words, spec.signal.longest)?;
        let place_text = mapping.place_text.as_ref().map(|t| clean(&t.render(&show), false)).filter(|t| !t.is_empty());
        row.limit("place_text", place_text.as_deref().unwrap_or(""), SHORT_TEXT)?;
        let point = self.point(&row, place_text.is_some(), &mut notes)?;
        let year = local.year();
        let counts = self.counts(&row, year)?;
        let severity = self.severity(&row, counts)?;
        let class = self.class(&row)?;
        let valid = spec.valid.as_ref().and_then(|rule| rule.values.get(row.get(&rule.column)).copied());
        let mut attributes = self.attributes(&row)?;
        self.joiner.attach(year, &|column| self.columns.get(record, column).to_owned(), &mut attributes);
        let caller_phone = spec.signal.caller_phone.as_deref().map(|c| row.get(c)).filter(|p| !p.is_empty()).map(Phone::new);
        if caller_phone.as_ref().is_some_and(|p| p.expose().len() > 40) {
            return Err(Reject::new(line, spec.signal.caller_phone.as_deref().unwrap_or(""), "***", Reason::Overlong { limit: 40 }));
        }
        // Last, so that a rejected row neither takes a key nor shifts the occurrence numbers of its twins.
        let source_key = key(mapping, &row, &mut self.seen, &mut self.occurrences)?;
        let [deaths, serious, slight, injured] = counts;
        let mut draft = Draft {
            source: spec.source.name.clone(),
            source_key,
            row_number: line,
            content_hash: String::new(),
            kind: spec.signal.kind,
            class,
            valid,
            at,
            received_at,
            words,
            place_text,
            point,
            severity,
            deaths,
            serious,
            slight,
            injured,
            caller_phone,
            attributes,
            synthetic: spec.source.synthetic,
            notes,
        };
        draft.content_hash = draft.digest();
        Ok(draft)
    }

    fn time(&self, row: &Row, rule: &TimeRule, notes: &mut Vec<Note>) -> Result<(Timestamp, DateTime), Reject> {
        let joined = rule.columns.iter().map(|c| row.get(c)).collect::<Vec<_>>().join(" ");
        let fail = |reason| Reject::plain(row.line, &rule.columns.join(" + "), &joined, reason);
        let local = rule.formats.iter().find_map(|f| DateTime::strptime(f, &joined).ok()).ok_or_else(|| fail(Reason::UnreadableTime))?;
        if rule.earliest.is_some_and(|earliest| local.date() < earliest) {
            return Err(fail(Reason::TimeTooEarly));
        }
        let zoned = self.mapping.zone.to_ambiguous_timestamp(local);
        if matches!(zoned.offset(), AmbiguousOffset::Gap { .. }) {
            notes.push(Note { column: rule.columns.join(" + "), reason: Reason::TimeInGap });
        }
        let at = Timestamp::from_jiff(zoned.compatible().map_err(|_| fail(Reason::UnreadableTime))?);
        if self.options.latest.is_some_and(|latest| at > latest) {
            return Err(fail(Reason::TimeInFuture));
        }
        Ok((at, local))
    }

    fn point(&self, row: &Row, has_text: bool, notes: &mut Vec<Note>) -> Result<Option<Point>, Reject> {
        let Some(rule) = &self.mapping.spec.place else { return Ok(None) };
        let stand_in = rule.stand_ins.iter().any(|s| row.get(&s.column) == s.value);
        let found = if stand_in {
            Err(Reason::NoCoordinates)
        } else {
            place::point(rule, row.get(&rule.lon), row.get(&rule.lat), self.options.bounds)
        };
        let column = || format!("{} + {}", rule.lon, rule.lat);
        let reason = match found {
            Ok((point, repaired)) => {
                notes.extend(repaired.map(|reason| Note { column: column(), reason }));
                return Ok(Some(point));
            }
            Err(reason) => reason,
        };
        let column = column();
        let value = format!("{} {}", row.get(&rule.lon), row.get(&rule.lat));
        if reason != Reason::NoCoordinates && rule.wrong == Wrong::Reject {
            return Err(Reject::plain(row.line, &column, &value, reason));
        }
        let allowed = match rule.without {
            WithoutPoint::Accept => true,
            WithoutPoint::NeedText => has_text,
            WithoutPoint::Reject => false,
        };
        if !allowed {
            return Err(Reject::plain(row.line, &column, &value, Reason::NoPlace));
        }
        notes.push(Note { column, reason });
        Ok(None)
    }

    /// Deaths, serious, slight, injured.
    fn counts(&self, row: &Row, year: i16) -> Result<Counted, Reject> {
        let counts = &self.mapping.spec.counts;
        let one = |rule: &Option<CountRule>| -> Result<Option<u32>, Reject> {
            let Some(rule) = rule else { return Ok(None) };
            if rule.linked.is_some() {
                return Ok(self.joiner.count(rule, year, &|column| row.get(column).to_owned()));
            }
            let mut sum = None;
            for column in &rule.columns {
                if let Some(n) = row.count(column)? {
                    sum = Some(sum.unwrap_or(0) + n);
                }
            }
            Ok(sum)
        };
        let (deaths, serious, slight, injured) = (one(&counts.deaths)?, one(&counts.serious)?, one(&counts.slight)?, one(&counts.injured)?);
        let injured = injured.or_else(|| Some(serious? + slight?));
        Ok([deaths, serious, slight, injured])
    }

    fn severity(&self, row: &Row, [deaths, serious, slight, injured]: Counted) -> Result<Option<Severity>, Reject> {
        let Some(rule) = &self.mapping.spec.severity else { return Ok(None) };
        if let Some(column) = &rule.column {
            let value = row.get(column);
            if let Some(severity) = rule.values.get(value) {
                return Ok(Some(*severity));
            }
            if !rule.lenient && !value.is_empty() {
                return Err(row.reject(column, Reason::UnknownValue));
            }
        }
        let above = |name: CountName| {
            let count = match name {
                CountName::Deaths => deaths,
                CountName::Serious => serious,
                CountName::Slight => slight,
                CountName::Injured => injured,
            };
            count.is_some_and(|n| n > 0)
        };
        let decided = rule.above_zero.iter().find(|r| above(r.count)).map(|r| r.is);
        Ok(decided.or(rule.otherwise))
    }

    fn class(&self, row: &Row) -> Result<Option<String>, Reject> {
        let rule = &self.mapping.spec.class;
        let Some(column) = &rule.column else { return Ok(rule.constant.clone()) };
        let value = row.get(column);
        if let Some(class) = rule.values.get(value) {
            return Ok(Some(class.clone()));
        }
        match rule.otherwise.as_deref() {
            _ if value.is_empty() => Ok(None),
            Some("suggest") | None => Ok(None),
            Some("reject") => Err(row.reject(column, Reason::UnknownValue)),
            Some(class) => Ok(Some(class.to_owned())),
        }
    }

    fn attributes(&self, row: &Row) -> Result<Map<String, Value>, Reject> {
        let spec = &self.mapping.spec;
        let mut out = Map::new();
        for (name, column) in &spec.attributes {
            let value = clean(row.get(column), true);
            row.limit(column, &value, spec.signal.longest)?;
            if !value.is_empty() {
                out.insert(name.clone(), Value::String(value));
            }
        }
        for (name, column) in &spec.numbers {
            let value = row.get(column);
            if !value.is_empty() {
                let number: i64 = value.parse().map_err(|_| Reject::plain(row.line, column, value, Reason::UnreadableNumber))?;
                out.insert(name.clone(), number.into());
            }
        }
        Ok(out)
    }
}

/// The key of a row within its source, and the check that no two rows share it.
fn key(mapping: &Mapping, row: &Row, seen: &mut HashSet<[u8; 16]>, occurrences: &mut HashMap<[u8; 16], u32>) -> Result<String, Reject> {
    let columns = &mapping.spec.signal.key;
    if columns.is_empty() {
        let digest = row.digest();
        let occurrence = occurrences.entry(digest).or_insert(0);
        *occurrence += 1;
        let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
        return Ok(format!("{hex}-{occurrence}"));
    }
    let parts: Vec<String> = columns.iter().map(|c| clean(row.get(c), false)).collect();
    let joined = parts.join("/");
    let column = columns.join(" + ");
    if parts.iter().any(String::is_empty) {
        return Err(Reject::new(row.line, &column, &joined, Reason::MissingKey));
    }
    row.limit(&column, &joined, SHORT_TEXT)?;
    let digest = short_digest(|hasher| _ = hasher.update(joined.as_bytes()));
    if !seen.insert(digest) {
        return Err(Reject::new(row.line, &column, &joined, Reason::DuplicateKey));
    }
    Ok(joined)
}

fn short_digest(feed: impl FnOnce(&mut blake3::Hasher)) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    feed(&mut hasher);
    let mut digest = [0; 16];
    digest.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    digest
}

/// Text without control characters and without the invisible marks that reorder what a reader sees.
/// Line breaks stay where `lines` says so.
pub(super) fn clean(text: &str, lines: bool) -> String {
    let keep = |c: &char| !matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
    let plain = |c: char| match c {
        '\n' if lines => '\n',
        c if c.is_control() => ' ',
        c => c,
    };
    if !text.chars().any(|c| c.is_control() || !keep(&c)) {
        return text.trim().to_owned();
    }
    text.chars().filter(keep).map(plain).collect::<String>().trim().to_owned()
}

/// One record with its header.
struct Row<'r> {
    line: u64,
    record: &'r csv::StringRecord,
    columns: &'r Columns,
}

impl<'r> Row<'r> {
    fn get(&self, column: &str) -> &'r str {
        self.columns.get(self.record, column)
    }

    fn reject(&self, column: &str, reason: Reason) -> Reject {
        Reject::new(self.line, column, self.get(column), reason)
    }

    fn check_width(&self) -> Result<(), Reject> {
        let (expected, found) = (self.columns.width, self.record.len());
        let tolerated = self.columns.trailing && (found == expected + 1 || found + 1 == expected && self.columns.last_unnamed);
        if found == expected || tolerated {
            return Ok(());
        }
        let shown = self.record.iter().take(4).collect::<Vec<_>>().join(",");
        Err(Reject::new(self.line, "", &shown, Reason::WrongFieldCount { expected, found }))
    }

    fn count(&self, column: &str) -> Result<Option<u32>, Reject> {
        let value = self.get(column);
        if value.is_empty() {
            return Ok(None);
        }
        let fail = |reason| Reject::plain(self.line, column, value, reason);
        let number: i64 = value.parse().map_err(|_| fail(Reason::UnreadableNumber))?;
        match number {
            i64::MIN..0 => Err(fail(Reason::NegativeNumber)),
            0..COUNT_LIMIT => Ok(u32::try_from(number).ok()),
            _ => Err(fail(Reason::ImplausibleNumber)),
        }
    }

    fn limit(&self, column: &str, text: &str, limit: usize) -> Result<(), Reject> {
        // Bytes bound characters from above: most texts need no counting.
        if text.len() <= limit || text.chars().count() <= limit {
            return Ok(());
        }
        Err(Reject::new(self.line, column, text, Reason::Overlong { limit }))
    }

    /// Digest of all cells; empty cells at the end do not count, so that a stray separator changes nothing.
    fn digest(&self) -> [u8; 16] {
        let used = (0..self.record.len()).rev().find(|i| !self.record[*i].is_empty()).map_or(0, |last| last + 1);
        short_digest(|hasher| {
            for cell in self.record.iter().take(used) {
                hasher.update(cell.as_bytes());
                hasher.update(&[0x1F]);
            }
        })
    }
}

/// Where the mapping's columns stand in this file.
pub(super) struct Columns {
    at: HashMap<String, usize>,
    width: usize,
    trailing: bool,
    last_unnamed: bool,
}

impl Columns {
    fn of_main(mapping: &Mapping, header: &[String]) -> Result<Self, Refusal> {
        let file = &mapping.spec.file;
        let names =
            |column: &str| std::iter::once(column.to_owned()).chain(file.aliases.get(column).into_iter().flatten().cloned()).collect();
        Self::find(&mapping.columns(), &names, &file.optional, file.trailing_column, header)
    }

    /// Columns of a linked file.
    pub(super) fn of_linked(wanted: &[String], key: &str, header: &[String]) -> Result<Self, Refusal> {
        let all: Vec<String> = wanted.iter().cloned().chain([key.to_owned()]).collect();
        Self::find(&all, &|column| vec![column.to_owned()], &[], true, header)
    }

    fn find(
        wanted: &[String],
        names: &dyn Fn(&str) -> Vec<String>,
        optional: &[String],
        trailing: bool,
        header: &[String],
    ) -> Result<Self, Refusal> {
        let mut at = HashMap::new();
        let mut missing = Vec::new();
        for column in wanted {
            let mut hits =
                names(column).into_iter().filter_map(|name| header.iter().position(|h| *h == name)).collect::<Vec<_>>().into_iter();
            match hits.next() {
                Some(index) if header.iter().filter(|h| **h == header[index]).count() > 1 => {
                    return Err(Refusal::DoubleColumn { column: column.clone() });
                }
                Some(index) => _ = at.insert(column.clone(), index),
                None if optional.contains(column) => {}
                None => missing.push(column.clone()),
            }
        }
        if !missing.is_empty() {
            return Err(Refusal::MissingColumns { missing, found: header.to_vec() });
        }
        Ok(Self { at, width: header.len(), trailing, last_unnamed: header.last().is_some_and(String::is_empty) })
    }

    /// The cell, trimmed; empty where the column is absent.
    pub(super) fn get<'r>(&self, record: &'r csv::StringRecord, column: &str) -> &'r str {
        self.at.get(column).and_then(|index| record.get(*index)).unwrap_or("")
    }
}
