//! Reading a mapping and finding its faults before any file is opened.

use encoding_rs::Encoding;
use gongzhi_civic::text::Text;
use jiff::tz::TimeZone;

use super::{CountRule, Mapping, Spec};
use crate::import::template::Template;

/// What is wrong with a mapping, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {}", self.message.en)]
pub struct MappingFault {
    /// Stable code.
    pub code: &'static str,
    /// Line of the TOML text, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// In both languages.
    pub message: Text,
}

struct Checker<'a> {
    text: &'a str,
}

impl Checker<'_> {
    fn fault(&self, code: &'static str, at: Option<usize>, zh: impl Into<String>, en: impl Into<String>) -> MappingFault {
        let before = &self.text[..at.unwrap_or(0).min(self.text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        MappingFault { code, line, column, message: Text::new(zh, en) }
    }

    /// Where a string stands in the text, quoted if possible.
    fn find(&self, word: &str) -> Option<usize> {
        self.text.find(&format!("\"{word}\"")).or_else(|| self.text.find(word))
    }

    fn bad(&self, code: &'static str, word: &str, zh: &str, en: &str) -> MappingFault {
        self.fault(code, self.find(word), format!("{zh}：{word}"), format!("{en}: {word}"))
    }
}

pub(super) fn load(text: &str) -> Result<Mapping, MappingFault> {
    let checker = Checker { text };
    let spec: Spec = toml::from_str(text).map_err(|e| {
        let at = e.span().map(|span| floor(text, span.start));
        checker.fault("toml", at, format!("映射文件有误：{}", e.message()), e.message())
    })?;
    let encodings = encodings(&checker, &spec)?;
    if spec.file.separator.len() != 1 {
        return Err(checker.bad(
            "separator",
            &spec.file.separator,
            "分隔符必须是一个 ASCII 字符",
            "the separator must be one ASCII character",
        ));
    }
    let zone = TimeZone::get(&spec.time.zone).map_err(|_| checker.bad("zone", &spec.time.zone, "未知时区", "unknown time zone"))?;
    let words = template(&checker, &spec.signal.words)?;
    let place_text = spec.signal.place_text.as_deref().map(|t| template(&checker, t)).transpose()?;
    times(&checker, &spec)?;
    class(&checker, &spec)?;
    if spec.place.as_ref().is_some_and(|p| !p.repair.is_empty() && p.bounds.is_none()) {
        return Err(checker.fault("repair", checker.find("repair"), "修复坐标需要 bounds", "a repair of coordinates needs `bounds`"));
    }
    for count in spec.counts.all() {
        count_rule(&checker, &spec, count)?;
    }
    Ok(Mapping { spec, zone, words, place_text, encodings })
}

fn encodings(checker: &Checker, spec: &Spec) -> Result<Vec<&'static Encoding>, MappingFault> {
    let mut found = Vec::new();
    for label in &spec.file.encoding {
        let encoding = Encoding::for_label(label.as_bytes()).filter(|e| *e != encoding_rs::REPLACEMENT);
        let encoding = encoding.ok_or_else(|| checker.bad("encoding", label, "未知编码", "unknown encoding"))?;
        if spec.file.encoding.len() > 1 && !encoding.is_ascii_compatible() {
            return Err(checker.bad("encoding", label, "该编码不能与其他编码并列", "this encoding cannot stand beside others"));
        }
        found.push(encoding);
    }
    if found.is_empty() {
        return Err(checker.fault("encoding", checker.find("encoding"), "没有声明编码", "no encoding is declared"));
    }
    Ok(found)
}

fn template(checker: &Checker, pattern: &str) -> Result<Template, MappingFault> {
    Template::parse(pattern).map_err(|why| checker.bad("template", pattern, "模板有误", why))
}

fn times(checker: &Checker, spec: &Spec) -> Result<(), MappingFault> {
    for rule in std::iter::once(&spec.time).chain(&spec.received) {
        if rule.columns.is_empty() || rule.formats.is_empty() {
            return Err(checker.fault("time", checker.find("[time]"), "时间需要列和格式", "a time needs columns and formats"));
        }
        // A format that cannot be printed cannot be parsed either; this catches unknown letters at once.
        let sample = jiff::civil::date(2024, 2, 29).at(13, 5, 9, 0);
        for format in &rule.formats {
            if jiff::fmt::strtime::format(format, sample).is_err() {
                return Err(checker.bad("time", format, "无法识别的时间格式", "a time format that is not understood"));
            }
        }
    }
    Ok(())
}

fn class(checker: &Checker, spec: &Spec) -> Result<(), MappingFault> {
    let rule = &spec.class;
    if rule.constant.is_some() && rule.column.is_some() {
        return Err(checker.fault(
            "class",
            checker.find("[class]"),
            "类别只能是常量或取自列，不能两者都有",
            "a class is a constant or a column, not both",
        ));
    }
    if rule.column.is_some() && rule.otherwise.is_none() {
        return Err(checker.fault(
            "class",
            checker.find("[class]"),
            "类别取自列时须写明 otherwise",
            "a class from a column needs `otherwise`",
        ));
    }
    Ok(())
}

fn count_rule(checker: &Checker, spec: &Spec, count: &CountRule) -> Result<(), MappingFault> {
    match (&count.linked, &count.column, &count.value, count.columns.is_empty()) {
        (None, None, None, false) => Ok(()),
        (Some(table), Some(_), Some(_), true) if spec.linked.contains_key(table) => Ok(()),
        (Some(table), ..) if !spec.linked.contains_key(table) => {
            Err(checker.bad("linked", table, "没有这个关联表", "there is no such linked table"))
        }
        _ => Err(checker.fault(
            "count",
            checker.find("[counts]"),
            "数量要么是若干列之和，要么是关联表中列等于某值的行数",
            "a count is either the sum of columns or the number of linked rows whose column has a value",
        )),
    }
}

/// The span of an error may point into a character.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}
