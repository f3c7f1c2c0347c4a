//! What a case is about, where that has a key: a plate, a firm's number. One spelling for one subject.

use gongzhi_matter::Definition;
use gongzhi_matter::definition::DuplicateBy;
use serde_json::Value;

/// Whether the definition finds duplicates by the subject's key.
pub(crate) fn by_key(definition: &Definition) -> bool {
    definition.subject.duplicates.as_ref().is_some_and(|d| d.by == DuplicateBy::Key)
}

/// The subject's key in the opening form: as `[list]` declares it, else as `[subject]` does.
pub(crate) fn key_of(definition: &Definition, fields: &Value) -> Option<String> {
    let pointer = definition.list.as_ref().map(|l| &l.key).or(definition.subject.key.as_ref())?;
    Some(spelled(&text(fields.pointer(pointer)?)?)).filter(|k| !k.is_empty())
}

/// The campaign in the opening form of a matter that takes lists.
pub(crate) fn campaign_of(definition: &Definition, fields: &Value) -> Option<String> {
    text(fields.pointer(&definition.list.as_ref()?.campaign)?).filter(|c| !c.is_empty())
}

/// One spelling: without blanks and middle dots, in capitals, full-width letters made narrow.
pub(crate) fn spelled(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            c => c,
        })
        .filter(|c| !c.is_whitespace() && !matches!(c, '·' | '•' | '.' | '-'))
        .flat_map(char::to_uppercase)
        .collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.trim().to_owned()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_plate_has_one_spelling() {
        for way in ["浙D·12345", "浙d12345", " 浙D 12345 ", "浙Ｄ１２３４５", "浙D-12345"] {
            assert_eq!(spelled(way), "浙D12345", "{way}");
        }
        assert_ne!(spelled("浙D12345"), spelled("浙D12346"));
    }
}
