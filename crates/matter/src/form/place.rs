//! Where each value of a JSON text stands.

use std::collections::BTreeMap;

/// JSON Pointer → byte offset of the value's key (or of the element). The text must be valid JSON.
pub(super) fn offsets(text: &str) -> BTreeMap<String, usize> {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0, found: BTreeMap::new() };
    scan.value(&mut String::new());
    scan.found
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    found: BTreeMap<String, usize>,
}

impl Scan<'_> {
    fn value(&mut self, path: &mut String) {
        self.space();
        match self.peek() {
            Some(b'{') => self.members(path),
            Some(b'[') => self.elements(path),
            Some(b'"') => {
                self.string();
            }
            _ => {
                while self.peek().is_some_and(|b| !matches!(b, b',' | b'}' | b']')) {
                    self.at += 1;
                }
            }
        }
    }

    fn members(&mut self, path: &mut String) {
        self.at += 1;
        loop {
            self.space();
            match self.peek() {
                Some(b'"') => {}
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                _ => break,
            }
            let start = self.at;
            let key = self.string();
            self.space();
            self.at += 1; // colon
            let length = path.len();
            path.push('/');
            path.push_str(&key);
            self.found.insert(path.clone(), start);
            self.value(path);
            path.truncate(length);
        }
        self.at += 1;
    }

    fn elements(&mut self, path: &mut String) {
        self.at += 1;
        for index in 0usize.. {
            self.space();
            if self.peek() == Some(b',') {
                self.at += 1;
                self.space();
            }
            if matches!(self.peek(), Some(b']') | None) {
                break;
            }
            let length = path.len();
            path.push_str(&format!("/{index}"));
            self.found.insert(path.clone(), self.at);
            self.value(path);
            path.truncate(length);
        }
        self.at += 1;
    }

    fn string(&mut self) -> String {
        self.at += 1;
        let start = self.at;
        while let Some(b) = self.peek() {
            match b {
                b'\\' => self.at += 2,
                b'"' => break,
                _ => self.at += 1,
            }
        }
        let end = self.at.min(self.bytes.len());
        self.at += 1;
        String::from_utf8_lossy(&self.bytes[start.min(end)..end]).into_owned()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_key_has_its_place() {
        let text = "{\n  \"a\": [1, {\"b\": \"x,]}\"}],\n  \"c\": {\"d\": null}\n}";
        let found = super::offsets(text);
        let at = |p: &str| &text[found[p]..];
        assert!(at("/a").starts_with("\"a\""));
        assert!(at("/a/0").starts_with('1'));
        assert!(at("/a/1/b").starts_with("\"b\""));
        assert!(at("/c/d").starts_with("\"d\""));
    }
}
