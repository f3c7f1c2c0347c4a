//! A TOML text that can say where each of its values stands.

use gongzhi_civic::text::Text;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Fault;

/// A file with its spans.
pub(crate) struct Source<'a> {
    file: &'a str,
    text: &'a str,
    root: Option<Spanned<DeTable<'a>>>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, root: DeTable::parse(text).ok() }
    }

    /// Reads the text as `T`; a fault has the place of the first thing that does not fit.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        toml::from_str(self.text).map_err(|e| {
            let offset = e.span().map_or(0, |s| s.start);
            let message = e.message();
            self.fault_at(offset, "toml_syntax", Text::new(format!("写法有误：{message}"), format!("cannot be read: {message}")))
        })
    }

    /// A fault at a value named by its path (`actions[3].to`), or at the nearest part of the path that exists.
    pub(crate) fn fault(&self, path: &str, code: &str, zh: impl Into<String>, en: impl Into<String>) -> Fault {
        self.fault_at(self.offset(path), code, Text::new(zh, en))
    }

    fn fault_at(&self, offset: usize, code: &str, message: Text) -> Fault {
        let (line, column) = line_column(self.text, offset);
        Fault { file: self.file.to_owned(), line, column, code: code.to_owned(), message }
    }

    fn offset(&self, path: &str) -> usize {
        let Some(root) = &self.root else { return 0 };
        let mut offset = 0;
        let mut table: Option<&DeTable<'_>> = Some(root.get_ref());
        let mut value: Option<&DeValue<'_>> = None;
        for step in steps(path) {
            let next = match step {
                Step::Key(key) => table.or_else(|| value.and_then(DeValue::as_table)).and_then(|t| t.get(key)),
                Step::Index(i) => value.and_then(DeValue::as_array).and_then(|a| a.get(i)),
            };
            let Some(next) = next else { break };
            offset = next.span().start;
            value = Some(next.get_ref());
            table = None;
        }
        offset
    }
}

/// Line and column (characters) of a byte offset, both from 1.
pub(crate) fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    (line, column)
}

enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// `a.b[2].'c.d'` → a, b, 2, `c.d`; a key with dots stands in single quotes.
fn steps(path: &str) -> Vec<Step<'_>> {
    let mut out = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('\'') {
            let end = quoted.find('\'').unwrap_or(quoted.len());
            out.push(Step::Key(&quoted[..end]));
            rest = quoted.get(end + 1..).unwrap_or("");
        } else if let Some(index) = rest.strip_prefix('[') {
            let end = index.find(']').unwrap_or(index.len());
            out.push(Step::Index(index[..end].parse().unwrap_or(usize::MAX)));
            rest = index.get(end + 1..).unwrap_or("");
        } else if let Some(after) = rest.strip_prefix('.') {
            rest = after;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            out.push(Step::Key(&rest[..end]));
            rest = &rest[end..];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_its_line_and_column() {
        let text = "id = \"x\"\n\n[[stages]]\nid = \"a\"\n[[stages]]\nid = \"b\"\nclocks = [\"c\", \"d\"]\n[context]\n\"road.owner\" = 1\n";
        let source = Source::new("matter.toml", text);
        let place = |path: &str| {
            let fault = source.fault(path, "x", "", "");
            (fault.line, fault.column)
        };
        assert_eq!(place("stages[1].id"), (6, 6));
        assert_eq!(place("stages[1].clocks[1]"), (7, 16));
        assert_eq!(place("context.'road.owner'"), (9, 16));
        assert_eq!(place("stages[0].missing"), (3, 1), "the nearest part that exists");
    }
}
