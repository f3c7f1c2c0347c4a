//! A JSON reader that knows at which byte it is. RFC 8259; numbers are kept as written.

use std::borrow::Cow;

/// Values nested deeper than this are refused: GeoJSON needs eight.
const DEEPEST: usize = 64;

/// What is wrong with the text: `at` is the byte.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) what: &'static str,
    /// The text ends too early, rather than being wrong.
    pub(crate) cut: bool,
}

/// A value. Members of an object keep their order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    Text(Cow<'a, str>),
    List(Vec<Value<'a>>),
    Object(Vec<(Cow<'a, str>, Value<'a>)>),
}

impl<'a> Value<'a> {
    /// Member of an object.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn list(&self) -> &[Value<'a>] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }
}

/// Reads values from bytes, one after another.
pub(crate) struct Json<'a> {
    bytes: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Json<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        Self { bytes, at }
    }

    fn fault(&self, what: &'static str) -> Fault {
        Fault { at: self.at, what, cut: self.at >= self.bytes.len() }
    }

    /// The next byte that is no white space (a record separator counts as such), without taking it.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        while self.bytes.get(self.at).is_some_and(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x1e)) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    /// Takes a byte that must be there.
    pub(crate) fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), Fault> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(self.fault(what))
    }

    /// After an element of a list or object: whether another follows.
    pub(crate) fn more(&mut self, close: u8) -> Result<bool, Fault> {
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(b) if b == close => {
                self.at += 1;
                Ok(false)
            }
            _ => Err(self.fault("a comma or the end of a list or object is missing")),
        }
    }

    /// Takes the opening byte and says whether the list or object has anything in it.
    pub(crate) fn open(&mut self, open: u8, close: u8) -> Result<bool, Fault> {
        self.expect(open, "a list or object is missing")?;
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(false);
        }
        Ok(true)
    }

    /// A member's name and the colon after it.
    pub(crate) fn key(&mut self) -> Result<Cow<'a, str>, Fault> {
        self.peek();
        let key = self.string()?;
        self.expect(b':', "a colon is missing")?;
        Ok(key)
    }

    pub(crate) fn value(&mut self) -> Result<Value<'a>, Fault> {
        self.nested(0)
    }

    fn nested(&mut self, depth: usize) -> Result<Value<'a>, Fault> {
        if depth > DEEPEST {
            return Err(self.fault("values are nested too deep"));
        }
        match self.peek() {
            Some(b'{') => {
                let mut members = Vec::new();
                let mut more = self.open(b'{', b'}')?;
                while more {
                    let key = self.key()?;
                    members.push((key, self.nested(depth + 1)?));
                    more = self.more(b'}')?;
                }
                Ok(Value::Object(members))
            }
            Some(b'[') => {
                let mut items = Vec::new();
                let mut more = self.open(b'[', b']')?;
                while more {
                    items.push(self.nested(depth + 1)?);
                    more = self.more(b']')?;
                }
                Ok(Value::List(items))
            }
            Some(b'"') => self.string().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.fault("no value")),
        }
    }

    fn word(&mut self, word: &'static str, value: Value<'a>) -> Result<Value<'a>, Fault> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(value);
        }
        if word.as_bytes().starts_with(rest) {
            self.at = self.bytes.len();
        }
        Err(self.fault("no value"))
    }

    fn number(&mut self) -> Result<Value<'a>, Fault> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let length = rest.iter().take_while(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')).count();
        let text = rest.get(..length).and_then(|raw| std::str::from_utf8(raw).ok()).filter(|text| text.parse::<f64>().is_ok());
        let text = text.ok_or_else(|| self.fault("no number"))?;
        self.at += length;
        Ok(Value::Number(text))
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        self.expect(b'"', "a text is missing")?;
        let start = self.at;
        let mut owned: Option<String> = None;
        let mut piece = start;
        loop {
            match self.bytes.get(self.at) {
                None => return Err(self.fault("a text does not end")),
                Some(b'"') => {
                    let tail = self.piece(piece)?;
                    self.at += 1;
                    return Ok(match owned {
                        None => Cow::Borrowed(tail),
                        Some(mut text) => {
                            text.push_str(tail);
                            Cow::Owned(text)
                        }
                    });
                }
                Some(b'\\') => {
                    let head = self.piece(piece)?;
                    let text = owned.get_or_insert_with(String::new);
                    text.push_str(head);
                    self.at += 1;
                    text.push(self.escape()?);
                    piece = self.at;
                }
                Some(0..=0x1f) => return Err(self.fault("a control character in a text")),
                Some(_) => self.at += 1,
            }
        }
    }

    fn piece(&self, from: usize) -> Result<&'a str, Fault> {
        let raw = self.bytes.get(from..self.at).unwrap_or(&[]);
        std::str::from_utf8(raw).map_err(|_| Fault { at: from, what: "the text is not UTF-8", cut: false })
    }

    /// The character after a backslash. Half of a surrogate pair alone becomes U+FFFD.
    fn escape(&mut self) -> Result<char, Fault> {
        let byte = self.bytes.get(self.at).copied().ok_or_else(|| self.fault("a text does not end"))?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.hex()?;
                let pair = (0xD800..0xDC00).contains(&high) && self.bytes.get(self.at..self.at + 2) == Some(b"\\u");
                if !pair {
                    return Ok(char::from_u32(high).unwrap_or('\u{FFFD}'));
                }
                self.at += 2;
                let low = self.hex()?;
                let joined = 0x10000 + ((high - 0xD800) << 10) + low.wrapping_sub(0xDC00).min(0x3FF);
                if (0xDC00..0xE000).contains(&low) { char::from_u32(joined).unwrap_or('\u{FFFD}') } else { '\u{FFFD}' }
            }
            _ => return Err(self.fault("an unknown escape in a text")),
        })
    }

    fn hex(&mut self) -> Result<u32, Fault> {
        let raw = self.bytes.get(self.at..self.at + 4);
        let text = raw.and_then(|r| std::str::from_utf8(r).ok()).filter(|t| t.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = text.and_then(|t| u32::from_str_radix(t, 16).ok()).ok_or_else(|| self.fault("an unknown escape in a text"))?;
        self.at += 4;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_and_numbers_are_read_as_they_are() {
        let mut json = Json::new(r#" {"a\n\u8def": [1.50, -2e3, true, null, "\ud83d\ude97", "\ud83d"]} "#.as_bytes());
        let value = json.value().unwrap();
        let items = value.get("a\n路").unwrap().list();
        assert_eq!(items[0], Value::Number("1.50"));
        assert_eq!(items[4], Value::Text("🚗".into()));
        assert_eq!(items[5], Value::Text("\u{FFFD}".into()));
        assert_eq!(json.peek(), None);
    }

    #[test]
    fn faults_name_the_byte() {
        for (text, at, cut) in [
            (r#"{"a" 1}"#, 5, false),
            ("[1,2", 4, true),
            (r#"["a"#, 3, true),
            ("[1 2]", 3, false),
            ("tru", 3, true),
            ("[\"\u{1}\"]", 2, false),
        ] {
            let fault = Json::new(text.as_bytes()).value().unwrap_err();
            assert_eq!((fault.at, fault.cut), (at, cut), "{text}: {fault:?}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(Json::new(deep.as_bytes()).value().unwrap_err().what, "values are nested too deep");
    }

    proptest! {
        #[test]
        fn what_another_reader_accepts_reads_alike(text in r#"[\[\]{}",:0-9a-z\\. -]{0,40}"#) {
            let theirs = serde_json::from_str::<serde_json::Value>(&text).ok();
            let mut json = Json::new(text.as_bytes());
            let ours = json.value().ok().filter(|_| json.peek().is_none());
            if let Some(theirs) = theirs {
                prop_assert_eq!(ours.map(|v| plain(&v)), Some(theirs));
            }
        }
    }

    fn plain(value: &Value<'_>) -> serde_json::Value {
        match value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(b) => (*b).into(),
            Value::Number(n) => serde_json::from_str(n).unwrap(),
            Value::Text(t) => (&**t).into(),
            Value::List(items) => items.iter().map(plain).collect(),
            // The last of equal keys wins there; the first here. Rebuilt in reverse, the first wins there too.
            Value::Object(members) => {
                let mut map = serde_json::Map::new();
                for (k, v) in members {
                    map.insert(k.to_string(), plain(v));
                }
                map.into()
            }
        }
    }
}
