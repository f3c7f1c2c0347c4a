//! A row that was understood.

use gongzhi_civic::personal::Phone;
use gongzhi_civic::place::Point;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::reject::Reason;

/// What a signal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A call or request (警情).
    Call,
    /// A recorded crash (事故).
    Crash,
}

impl Kind {
    /// The stored word: `call`, `crash`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Crash => "crash",
        }
    }
}

/// Worst outcome of a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// At least one dead (死亡).
    Fatal,
    /// At least one seriously injured (重伤).
    Serious,
    /// Injured, none seriously as far as the source tells (轻伤).
    Slight,
    /// Damage only (财损).
    Damage,
}

impl Severity {
    /// The stored word: `fatal`, `serious`, `slight`, `damage`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Serious => "serious",
            Self::Slight => "slight",
            Self::Damage => "damage",
        }
    }
}

/// Something to know about an imported row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Note {
    /// Column it comes from.
    pub column: String,
    /// What it is.
    pub reason: Reason,
}

/// One signal as the file tells it. Text is kept as it stands (markup included: it is escaped where it is shown),
/// without control characters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Draft {
    /// Source name of the mapping.
    pub source: String,
    /// Key within the source: the id columns joined by `/`, or a digest of the row with its occurrence number.
    pub source_key: String,
    /// Line of the file, the header being line 1.
    pub row_number: u64,
    /// blake3 (hex, 32 digits) over everything below that a change of the source would change.
    pub content_hash: String,
    /// Call or crash.
    pub kind: Kind,
    /// Class id of the city's classes; `None` means: suggest it from the words.
    pub class: Option<String>,
    /// `false` for hoaxes and wrong numbers, where the source says so.
    pub valid: Option<bool>,
    /// When it happened or was received.
    pub at: Timestamp,
    /// When it was received, if the source tells both.
    pub received_at: Option<Timestamp>,
    /// What was said or recorded.
    pub words: String,
    /// Place in words, to be found on the roads when the point is missing or to be checked against it.
    pub place_text: Option<String>,
    /// WGS-84.
    pub point: Option<Point>,
    /// Worst outcome.
    pub severity: Option<Severity>,
    /// Dead; `None` where the source does not tell.
    pub deaths: Option<u32>,
    /// Seriously injured.
    pub serious: Option<u32>,
    /// Slightly injured.
    pub slight: Option<u32>,
    /// Injured altogether (serious and slight together where the source does not split them).
    pub injured: Option<u32>,
    /// Caller's number; printing shows the mask only.
    pub caller_phone: Option<Phone>,
    /// What else the mapping keeps.
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// Whether the record is made up.
    pub synthetic: bool,
    /// Why the point is missing, and the like.
    pub notes: Vec<Note>,
}

impl Draft {
    /// The digest for `content_hash`: every field that comes from the source, in a fixed order.
    pub(super) fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |part: &str| {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        };
        add(self.kind.as_str());
        add(self.class.as_deref().unwrap_or(""));
        add(match self.valid {
            None => "",
            Some(true) => "1",
            Some(false) => "0",
        });
        add(&self.at.0.to_string());
        add(&self.received_at.map(|t| t.0.to_string()).unwrap_or_default());
        add(&self.words);
        add(self.place_text.as_deref().unwrap_or(""));
        // Seven decimals are a centimetre; more would make a changed rounding a changed record.
        add(&self.point.map(|p| format!("{:.7} {:.7}", p.lon, p.lat)).unwrap_or_default());
        add(self.severity.map_or("", Severity::as_str));
        for count in [self.deaths, self.serious, self.slight, self.injured] {
            add(&count.map(|n| n.to_string()).unwrap_or_default());
        }
        add(self.caller_phone.as_ref().map_or("", Phone::expose));
        add(&serde_json::Value::Object(self.attributes.clone()).to_string());
        hasher.finalize().to_hex()[..32].to_owned()
    }
}
