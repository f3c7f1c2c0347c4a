//! From the source's bytes to records: count, unpack, decode, cut.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use encoding_rs::Encoding;

use super::encoding::Decoded;
use super::mapping::Mapping;
use super::refusal::Refusal;

/// Most bytes of one record; more means a quote was not closed.
const RECORD_LIMIT: u64 = 4 * 1024 * 1024;
/// Most lines of one record; longer ones are the rest of a file behind a stray quote.
const RECORD_LINES: u64 = 500;

/// A table being read.
pub(super) struct Table<'a> {
    records: csv::Reader<Guarded<Box<dyn Read + 'a>>>,
    header: Vec<String>,
    bytes: Rc<Cell<u64>>,
    since_record: Rc<Cell<u64>>,
    chosen: Rc<Cell<Option<&'static Encoding>>>,
}

impl<'a> Table<'a> {
    /// Opens the file and reads its header.
    pub(super) fn open(source: Box<dyn Read + 'a>, mapping: &Mapping, progress: Option<&'a dyn Fn(u64)>) -> Result<Self, Refusal> {
        let bytes = Rc::new(Cell::new(0));
        let counted = Counted { inner: source, bytes: Rc::clone(&bytes), told: 0, progress };
        let unpacked = unpack(counted).map_err(|e| Refusal::from_io(&e))?;
        let (decoded, chosen) = Decoded::new(unpacked, mapping.encodings());
        let since_record = Rc::new(Cell::new(0));
        let guarded = Guarded { inner: Box::new(decoded) as Box<dyn Read + 'a>, since_record: Rc::clone(&since_record) };
        let records = csv::ReaderBuilder::new()
            .delimiter(mapping.separator())
            .flexible(true)
            .has_headers(false)
            .trim(csv::Trim::All)
            .from_reader(guarded);
        let mut table = Self { records, header: Vec::new(), bytes, since_record, chosen };
        let mut record = csv::StringRecord::new();
        table.next(&mut record)?.ok_or(Refusal::Empty)?;
        table.header = record.iter().map(str::to_owned).collect();
        Ok(table)
    }

    /// Column names as the file has them.
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// The next record and the line it begins on; empty lines are no records.
    pub(super) fn next(&mut self, record: &mut csv::StringRecord) -> Result<Option<u64>, Refusal> {
        self.since_record.set(0);
        let begins = self.records.position().line();
        match self.records.read_record(record) {
            Ok(false) => Ok(None),
            Ok(true) => {
                let line = record.position().map_or(begins, csv::Position::line);
                if self.records.position().line() > line + RECORD_LINES {
                    return Err(Refusal::EndlessRecord { line });
                }
                Ok(Some(line))
            }
            Err(error) => Err(match error.kind() {
                csv::ErrorKind::Io(io) if io.kind() == io::ErrorKind::FileTooLarge => Refusal::EndlessRecord { line: begins },
                csv::ErrorKind::Io(io) => Refusal::from_io(io),
                _ => Refusal::Io { message: error.to_string() },
            }),
        }
    }

    /// Source bytes read so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes.get()
    }

    /// The encoding in use; a file of ASCII only counts as UTF-8.
    pub(super) fn encoding(&self) -> String {
        self.chosen.get().unwrap_or(encoding_rs::UTF_8).name().to_owned()
    }
}

fn unpack<'a>(mut source: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut head = Vec::with_capacity(6);
    source.by_ref().take(6).read_to_end(&mut head)?;
    let format = match head.as_slice() {
        [0xFD, b'7', b'z', b'X', b'Z', 0] => Some("xz"),
        [0x1F, 0x8B, ..] => Some("gzip"),
        _ => None,
    };
    let whole = io::Cursor::new(head).chain(source);
    Ok(match format {
        Some("xz") => Box::new(Unpacked { inner: xz2::read::XzDecoder::new_multi_decoder(whole), format: "xz" }),
        Some(_) => Box::new(Unpacked { inner: flate2::read::MultiGzDecoder::new(whole), format: "gzip" }),
        None => Box::new(whole),
    })
}

/// Names the unpacker's errors; the source's own pass through.
struct Unpacked<R> {
    inner: R,
    format: &'static str,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|error| {
            if error.kind() == io::ErrorKind::Interrupted || error.get_ref().is_some_and(|e| e.is::<Refusal>()) {
                return error;
            }
            Refusal::BrokenCompression { format: self.format.to_owned(), message: error.to_string() }.into_io()
        })
    }
}

/// Counts the source's bytes and marks its errors as the source's.
struct Counted<'a> {
    inner: Box<dyn Read + 'a>,
    bytes: Rc<Cell<u64>>,
    told: u64,
    progress: Option<&'a dyn Fn(u64)>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.inner.read(buffer);
        let count = match result {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => return Err(Refusal::Io { message: error.to_string() }.into_io()),
        };
        let bytes = self.bytes.get() + count as u64;
        self.bytes.set(bytes);
        if let Some(progress) = self.progress
            && (bytes - self.told >= 64 * 1024 || count == 0)
        {
            self.told = bytes;
            progress(bytes);
        }
        Ok(count)
    }
}

/// Stops a record from swallowing the file.
struct Guarded<R> {
    inner: R,
    since_record: Rc<Cell<u64>>,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_record.get() > RECORD_LIMIT {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let count = self.inner.read(buffer)?;
        self.since_record.set(self.since_record.get() + count as u64);
        Ok(count)
    }
}
