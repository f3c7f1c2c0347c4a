//! Texts that exist in Chinese and English at once.

use serde::{Deserialize, Serialize};

/// The languages every screen, letter and message exists in. Chinese comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Simplified Chinese (`zh-CN`).
    #[default]
    Zh,
    /// English (`en`).
    En,
}

impl Language {
    /// Reads a language tag (`zh-CN`, `en-GB`, an `Accept-Language` list); what is neither is Chinese.
    #[must_use]
    pub fn from_tag(tag: &str) -> Self {
        for part in tag.split(',') {
            let primary = part.trim().split(['-', '_', ';']).next().unwrap_or("").to_ascii_lowercase();
            match primary.as_str() {
                "zh" => return Self::Zh,
                "en" => return Self::En,
                _ => {}
            }
        }
        Self::Zh
    }
}

/// One text in both languages. An empty English text falls back to Chinese.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Text {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    #[serde(default)]
    pub en: String,
}

impl Text {
    /// A text from its two wordings.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The wording in `language`, or the other one where it is missing.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::En if !self.en.is_empty() => &self.en,
            Language::Zh if self.zh.is_empty() => &self.en,
            _ => &self.zh,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_language_of_a_list_wins() {
        assert_eq!(Language::from_tag("fr, en;q=0.8, zh"), Language::En);
        assert_eq!(Language::from_tag("zh-CN,en"), Language::Zh);
        assert_eq!(Language::from_tag(""), Language::Zh);
    }

    #[test]
    fn a_missing_wording_falls_back_to_the_other() {
        assert_eq!(Text::new("隐患", "").get(Language::En), "隐患");
        assert_eq!(Text::new("", "hazard").get(Language::Zh), "hazard");
    }
}
