//! Decoding into UTF-8 as a stream, strictly: what does not decode is a refusal with its place, never a `�`.
//!
//! With several declared encodings the first that decodes wins. As long as the bytes are ASCII all candidates agree, so
//! the choice is made at the first other byte, on the 16 KiB that follow, and then holds for the rest of the file.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

use super::refusal::Refusal;

const CHUNK: usize = 64 * 1024;
/// Bytes after the first non-ASCII byte on which the encoding is chosen.
const LOOK_AHEAD: usize = 16 * 1024;

/// A reader of UTF-8 over a reader of declared encodings.
pub(super) struct Decoded<R> {
    inner: R,
    candidates: Vec<&'static Encoding>,
    decoder: Option<Decoder>,
    /// Undecoded bytes; `raw[0]` lies at `offset` of the unpacked file.
    raw: Vec<u8>,
    offset: u64,
    lines: u64,
    out: Vec<u8>,
    out_at: usize,
    begun: bool,
    ended: bool,
    chosen: std::rc::Rc<std::cell::Cell<Option<&'static Encoding>>>,
}

impl<R: Read> Decoded<R> {
    /// `candidates` is not empty (the mapping checks). The cell tells the choice afterwards.
    pub(super) fn new(inner: R, candidates: Vec<&'static Encoding>) -> (Self, std::rc::Rc<std::cell::Cell<Option<&'static Encoding>>>) {
        let chosen = std::rc::Rc::new(std::cell::Cell::new(None));
        let decoded = Self {
            inner,
            candidates,
            decoder: None,
            raw: Vec::new(),
            offset: 0,
            lines: 1,
            out: Vec::new(),
            out_at: 0,
            begun: false,
            ended: false,
            chosen: std::rc::Rc::clone(&chosen),
        };
        (decoded, chosen)
    }

    fn read_more(&mut self) -> io::Result<()> {
        let before = self.raw.len();
        self.raw.resize(before + CHUNK, 0);
        let result = self.inner.read(&mut self.raw[before..]);
        let got = *result.as_ref().unwrap_or(&0);
        self.raw.truncate(before + got);
        match result {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error),
            Ok(_) => {
                self.ended |= got == 0;
                Ok(())
            }
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.out_at = 0;
        if !self.ended {
            self.read_more()?;
        }
        if !self.begun {
            while self.raw.len() < 8 && !self.ended {
                self.read_more()?;
            }
            self.begun = true;
            self.begin()?;
        }
        if self.decoder.is_none() {
            let ascii = self.raw.iter().position(|b| !b.is_ascii()).unwrap_or(self.raw.len());
            self.out.extend_from_slice(&self.raw[..ascii]);
            self.consume(ascii);
            if self.raw.is_empty() {
                return Ok(());
            }
            while self.raw.len() < LOOK_AHEAD && !self.ended {
                self.read_more()?;
            }
            self.choose()?;
        }
        self.decode()
    }

    /// Looks at the first bytes: byte order marks and files that are no text.
    fn begin(&mut self) -> io::Result<()> {
        let looks_like = match self.raw.get(..4) {
            Some([b'P', b'K', 3 | 5, _]) => Some("an Excel workbook or ZIP archive"),
            Some([0xD0, 0xCF, 0x11, 0xE0]) => Some("an old Excel or Word file"),
            Some([b'%', b'P', b'D', b'F']) => Some("a PDF"),
            Some([0xFF, 0xD8, 0xFF, _] | [0x89, b'P', b'N', b'G']) => Some("a picture"),
            Some([b'B', b'Z', b'h', _]) => Some("a bzip2 file"),
            _ => None,
        };
        if let Some(looks_like) = looks_like {
            return Err(Refusal::NotText { looks_like: looks_like.to_owned() }.into_io());
        }
        let (marked, length) = match self.raw.as_slice() {
            [0xEF, 0xBB, 0xBF, ..] => (Some(UTF_8), 3),
            [0xFF, 0xFE, ..] => (Some(UTF_16LE), 2),
            [0xFE, 0xFF, ..] => (Some(UTF_16BE), 2),
            _ => (None, 0),
        };
        if let Some(marked) = marked {
            if !self.candidates.contains(&marked) {
                return Err(self.refuse(0, Some(marked.name().to_owned())));
            }
            self.consume(length);
            self.decide(marked);
        } else if let [only] = self.candidates[..]
            && !only.is_ascii_compatible()
        {
            self.decide(only);
        }
        Ok(())
    }

    fn choose(&mut self) -> io::Result<()> {
        let fits = |encoding: &'static Encoding| first_malformed(encoding, &self.raw, self.ended).is_none();
        // A multi-byte text that happens to decode in a wide encoding (Latin-1 takes every byte) is still UTF-8.
        let utf8_instead = !self.candidates.contains(&UTF_8) && fits(UTF_8) && multibyte_count(&self.raw) >= 2;
        let chosen = self.candidates.iter().copied().find(|c| fits(c));
        match chosen {
            Some(encoding) if !utf8_instead => {
                self.decide(encoding);
                Ok(())
            }
            Some(_) => Err(self.refuse(0, Some("UTF-8".to_owned()))),
            None => {
                let at = first_malformed(self.candidates[0], &self.raw, self.ended).unwrap_or(0);
                let likely = likely_encoding(&self.raw).map(str::to_owned);
                Err(self.refuse(at, likely))
            }
        }
    }

    fn decide(&mut self, encoding: &'static Encoding) {
        self.decoder = Some(encoding.new_decoder_without_bom_handling());
        self.chosen.set(Some(encoding));
    }

    fn decode(&mut self) -> io::Result<()> {
        let Some(decoder) = self.decoder.as_mut() else { return Ok(()) };
        let needed = decoder.max_utf8_buffer_length_without_replacement(self.raw.len()).unwrap_or(self.raw.len() * 4) + 16;
        let start = self.out.len();
        self.out.resize(start + needed, 0);
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(&self.raw, &mut self.out[start..], self.ended);
        self.out.truncate(start + written);
        if let DecoderResult::Malformed(bad, after) = result {
            let at = read.saturating_sub(usize::from(bad) + usize::from(after));
            let likely = likely_encoding(&self.raw[at..]).map(str::to_owned);
            return Err(self.refuse(at, likely));
        }
        self.consume(read);
        Ok(())
    }

    fn consume(&mut self, count: usize) {
        self.lines += self.raw[..count].iter().filter(|b| **b == b'\n').count() as u64;
        self.raw.drain(..count);
        self.offset += count as u64;
    }

    fn refuse(&self, at: usize, likely: Option<String>) -> io::Error {
        let declared = self.candidates.iter().map(|c| c.name()).collect::<Vec<_>>().join(", ");
        let line = self.lines + self.raw[..at].iter().filter(|b| **b == b'\n').count() as u64;
        // Naming a declared encoding as the likely one would only confuse: the file is then a mixture.
        let likely = likely.filter(|name| !self.candidates.iter().any(|c| c.name() == name));
        Refusal::NotInEncoding { declared, offset: self.offset + at as u64, line, likely }.into_io()
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.out_at == self.out.len() {
            if self.ended && self.raw.is_empty() {
                return Ok(0);
            }
            self.fill()?;
            if self.ended && self.out.is_empty() && self.out_at == 0 {
                return Ok(0);
            }
        }
        let count = buffer.len().min(self.out.len() - self.out_at);
        buffer[..count].copy_from_slice(&self.out[self.out_at..self.out_at + count]);
        self.out_at += count;
        Ok(count)
    }
}

fn first_malformed(encoding: &'static Encoding, bytes: &[u8], last: bool) -> Option<usize> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut out = vec![0; decoder.max_utf8_buffer_length_without_replacement(bytes.len())? + 16];
    let (result, read, _) = decoder.decode_to_utf8_without_replacement(bytes, &mut out, last);
    match result {
        DecoderResult::Malformed(bad, after) => Some(read.saturating_sub(usize::from(bad) + usize::from(after))),
        _ => None,
    }
}

fn multibyte_count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| **b >= 0xC2).count()
}

/// What the bytes look like: a guess for the message, never for reading.
fn likely_encoding(bytes: &[u8]) -> Option<&'static str> {
    let sample = &bytes[..bytes.len().min(LOOK_AHEAD)];
    let high = sample.iter().filter(|b| !b.is_ascii()).count();
    if high == 0 {
        return None;
    }
    if first_malformed(UTF_8, sample, false).is_none() {
        return Some("UTF-8");
    }
    let share = |encoding: &'static Encoding, wanted: fn(char) -> bool| {
        if first_malformed(encoding, sample, false).is_some() {
            return 0.0;
        }
        let (text, _) = encoding.decode_without_bom_handling(sample);
        let (mut fit, mut all) = (0_u32, 0_u32);
        for c in text.chars().filter(|c| !c.is_ascii()) {
            all += 1;
            fit += u32::from(wanted(c));
        }
        f64::from(fit) / f64::from(all.max(1))
    };
    let kana = |c: char| matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3000}'..='\u{3002}');
    let han = |c: char| matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FFEF}');
    if share(SHIFT_JIS, kana) > 0.1 {
        return Some("Shift_JIS");
    }
    if high >= 2 && share(GB18030, han) > 0.8 {
        return Some("GB18030");
    }
    (high * 5 < sample.len()).then_some("windows-1252 (Latin-1)")
}
