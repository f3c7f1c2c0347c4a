//! What a case is about, where that has a key: a plate, a firm's number. One spelling for one subject.

use gongzhi_matter::Definition;
use serde_json::Value;

/// Whether the definition finds duplicates by the subject's key.
pub(crate) fn by_key(_definition: &Definition) -> bool {
    false
}

/// The subject's key in the opening form.
pub(crate) fn key_of(_definition: &Definition, _fields: &Value) -> Option<String> {
    None
}

/// The campaign in the opening form of a matter that takes lists.
pub(crate) fn campaign_of(_definition: &Definition, _fields: &Value) -> Option<String> {
    None
}

/// One spelling: without blanks and middle dots, in capitals, full-width letters made narrow.
pub(crate) fn spelled(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            c => c,
        })
        .filter(|c| !c.is_whitespace() && !matches!(c, '·' | '•' | '.' | '-'))
        .flat_map(char::to_uppercase)
        .collect()
}
