//! A mapping: how the columns of one kind of file become signals. Data, read from TOML; unknown keys are faults.

use std::collections::{BTreeMap, BTreeSet};

use encoding_rs::Encoding;
use gongzhi_civic::place::Bounds;
use gongzhi_civic::text::Text;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::draft::{Kind, Severity};
use super::template::Template;

mod bundle;
mod check;
pub use bundle::{bundled, bundled_names};
pub use check::MappingFault;

/// A checked mapping.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// As written.
    pub(super) spec: Spec,
    pub(super) zone: TimeZone,
    pub(super) words: Template,
    pub(super) place_text: Option<Template>,
    encodings: Vec<&'static Encoding>,
}

impl Mapping {
    /// Reads and checks a mapping.
    ///
    /// # Errors
    /// The first fault with its line and column.
    pub fn from_toml(text: &str) -> Result<Self, MappingFault> {
        check::load(text)
    }

    /// Name under which the records are stored; part of every signal's identity.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.spec.source.name
    }

    /// Title in both languages.
    #[must_use]
    pub fn title(&self) -> &Text {
        &self.spec.source.title
    }

    /// Licence of the records, as the publisher states it.
    #[must_use]
    pub fn licence(&self) -> &str {
        &self.spec.source.licence
    }

    /// The words of credit the publisher asks for.
    #[must_use]
    pub fn credit(&self) -> &str {
        &self.spec.source.credit
    }

    /// Whether the records are made up.
    #[must_use]
    pub const fn synthetic(&self) -> bool {
        self.spec.source.synthetic
    }

    /// Calls or crashes.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.spec.signal.kind
    }

    /// IANA zone of the file's clock.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Datum of the file's coordinates, if it has any.
    #[must_use]
    pub fn datum(&self) -> Option<gongzhi_road::datum::Datum> {
        self.spec.place.as_ref().map(|place| place.datum.into())
    }

    /// Linked tables as (name, file name pattern with `{year}`).
    pub fn linked_patterns(&self) -> impl Iterator<Item = (&str, &str)> {
        self.spec.linked.iter().map(|(name, rule)| (name.as_str(), rule.files.as_str()))
    }

    /// Every column the mapping reads from the main file.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        let spec = &self.spec;
        let mut all: BTreeSet<&str> = BTreeSet::new();
        all.extend(spec.signal.key.iter().map(String::as_str));
        all.extend(spec.time.columns.iter().map(String::as_str));
        all.extend(self.words.columns());
        all.extend(self.place_text.iter().flat_map(Template::columns));
        all.extend(spec.signal.caller_phone.as_deref());
        all.extend(spec.received.iter().flat_map(|t| t.columns.iter().map(String::as_str)));
        all.extend(spec.class.column.as_deref());
        all.extend(spec.valid.iter().map(|v| v.column.as_str()));
        if let Some(place) = &spec.place {
            all.extend([place.lon.as_str(), place.lat.as_str()]);
            all.extend(place.stand_ins.iter().map(|s| s.column.as_str()));
        }
        if let Some(severity) = &spec.severity {
            all.extend(severity.column.as_deref());
        }
        for count in spec.counts.all() {
            all.extend(count.columns.iter().map(String::as_str));
        }
        all.extend(spec.attributes.values().chain(spec.numbers.values()).map(String::as_str));
        all.extend(spec.linked.values().map(|l| l.main_key.as_str()));
        all.extend(spec.skip.iter().map(|s| s.column.as_str()));
        all.into_iter().map(str::to_owned).collect()
    }

    pub(super) fn encodings(&self) -> Vec<&'static Encoding> {
        self.encodings.clone()
    }

    pub(super) fn separator(&self) -> u8 {
        self.spec.file.separator.as_bytes().first().copied().unwrap_or(b',')
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spec {
    pub source: Source,
    #[serde(default)]
    pub file: FileShape,
    pub signal: Signal,
    pub time: TimeRule,
    #[serde(default)]
    pub received: Option<TimeRule>,
    #[serde(default)]
    pub class: ClassRule,
    #[serde(default)]
    pub valid: Option<ValidRule>,
    #[serde(default)]
    pub place: Option<PlaceRule>,
    #[serde(default)]
    pub severity: Option<SeverityRule>,
    #[serde(default)]
    pub counts: Counts,
    /// Attribute name → column, kept as text.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// Attribute name → column, kept as a whole number.
    #[serde(default)]
    pub numbers: BTreeMap<String, String>,
    /// Column → code → words shown for it in templates.
    #[serde(default)]
    pub labels: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    pub linked: BTreeMap<String, LinkedRule>,
    #[serde(default)]
    pub skip: Vec<SkipRule>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub name: String,
    pub title: Text,
    pub licence: String,
    pub credit: String,
    #[serde(default)]
    pub synthetic: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FileShape {
    /// Labels; the first that decodes wins.
    pub encoding: Vec<String>,
    /// One ASCII character.
    pub separator: String,
    /// A last header cell without a name, or fields beyond the header, are tolerated.
    pub trailing_column: bool,
    /// Columns that may be absent; they then count as empty.
    pub optional: Vec<String>,
    /// Column → other names it goes by.
    pub aliases: BTreeMap<String, Vec<String>>,
}

impl Default for FileShape {
    fn default() -> Self {
        Self {
            encoding: vec!["utf-8".to_owned()],
            separator: ",".to_owned(),
            trailing_column: false,
            optional: Vec::new(),
            aliases: BTreeMap::new(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signal {
    pub kind: Kind,
    /// Id columns; none: digest of the row with its occurrence number.
    #[serde(default)]
    pub key: Vec<String>,
    pub words: String,
    #[serde(default)]
    pub place_text: Option<String>,
    #[serde(default)]
    pub caller_phone: Option<String>,
    /// Most characters of the words and of each attribute.
    #[serde(default = "longest")]
    pub longest: usize,
}

const fn longest() -> usize {
    4000
}

/// Columns joined by one space and tried against each format in turn (`strftime` letters).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimeRule {
    pub columns: Vec<String>,
    pub formats: Vec<String>,
    /// IANA name; required for the main time.
    #[serde(default)]
    pub zone: String,
    /// Rows before this date are rejected.
    #[serde(default)]
    pub earliest: Option<Date>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClassRule {
    /// The same class for every row.
    #[serde(default)]
    pub constant: Option<String>,
    #[serde(default)]
    pub column: Option<String>,
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// For other values: a class, `suggest` (from the words) or `reject`. An empty value is always `suggest`.
    #[serde(default)]
    pub otherwise: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ValidRule {
    pub column: String,
    pub values: BTreeMap<String, bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum DatumName {
    Wgs84,
    Gcj02,
    Bd09,
    Cgcs2000,
}

impl From<DatumName> for gongzhi_road::datum::Datum {
    fn from(name: DatumName) -> Self {
        match name {
            DatumName::Wgs84 => Self::Wgs84,
            DatumName::Gcj02 => Self::Gcj02,
            DatumName::Bd09 => Self::Bd09,
            DatumName::Cgcs2000 => Self::Cgcs2000,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CoordinateFormat {
    #[default]
    Decimal,
    /// `-30,0314`
    DecimalComma,
    /// Degrees, two digits of minutes, five digits of milliseconds without separator: `1431731849` is 143°17′31.849″.
    PackedDms,
}

/// What happens to a row whose coordinates are there but wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Wrong {
    /// Imported without a point, with a note.
    #[default]
    Unplaced,
    /// Rejected.
    Reject,
}

/// What happens to a row that has no point in the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WithoutPoint {
    /// Imported if it has a place in words, else rejected.
    #[default]
    NeedText,
    /// Imported.
    Accept,
    /// Rejected.
    Reject,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaceRule {
    pub lon: String,
    pub lat: String,
    #[serde(default)]
    pub format: CoordinateFormat,
    /// Required: there is no harmless default.
    pub datum: DatumName,
    /// Box in which records may lie.
    #[serde(default)]
    pub bounds: Option<Bounds>,
    /// Kilometres around the city's box that are still believed.
    #[serde(default = "margin_km")]
    pub margin_km: f64,
    #[serde(default)]
    pub wrong: Wrong,
    #[serde(default)]
    pub without: WithoutPoint,
    /// Degrees added to every coordinate: for editions that are displaced as a whole.
    #[serde(default)]
    pub shift: Shift,
    /// Repairs that are tried on a point outside `bounds`; each leaves a note on the row.
    #[serde(default)]
    pub repair: Vec<Repair>,
    /// Values by which the source says that the coordinates stand for "unknown".
    #[serde(default)]
    pub stand_ins: Vec<StandIn>,
}

const fn margin_km() -> f64 {
    20.0
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shift {
    #[serde(default)]
    pub lon: f64,
    #[serde(default)]
    pub lat: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Repair {
    /// `-29990190` for -29.990190.
    LostPoint,
    /// Longitude in the latitude's column and the other way round.
    SwappedAxes,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StandIn {
    pub column: String,
    pub value: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeverityRule {
    #[serde(default)]
    pub column: Option<String>,
    #[serde(default)]
    pub values: BTreeMap<String, Severity>,
    /// Tried in order when the column gave nothing: the first with a count above zero decides.
    #[serde(default)]
    pub above_zero: Vec<CountSeverity>,
    /// For rows that nothing decided: a severity; absent: unknown.
    #[serde(default)]
    pub otherwise: Option<Severity>,
    /// A value of `column` that is not in `values`: reject (default) or go on to the counts.
    #[serde(default)]
    pub lenient: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CountSeverity {
    pub count: CountName,
    pub is: Severity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CountName {
    Deaths,
    Serious,
    Slight,
    Injured,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counts {
    #[serde(default)]
    pub deaths: Option<CountRule>,
    #[serde(default)]
    pub serious: Option<CountRule>,
    #[serde(default)]
    pub slight: Option<CountRule>,
    #[serde(default)]
    pub injured: Option<CountRule>,
}

impl Counts {
    pub(super) fn all(&self) -> impl Iterator<Item = &CountRule> {
        [&self.deaths, &self.serious, &self.slight, &self.injured].into_iter().flatten()
    }
}

/// The sum of columns, or the number of linked rows whose column has the value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CountRule {
    #[serde(default)]
    pub columns: Vec<String>,
    #[serde(default)]
    pub linked: Option<String>,
    #[serde(default)]
    pub column: Option<String>,
    #[serde(default)]
    pub value: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkedRule {
    /// File name beside the main file, `{year}` for four digits; `.xz` and `.gz` behind it are found too.
    pub files: String,
    /// Column of the linked file that names the main row.
    pub key: String,
    /// Column of the main file it names.
    pub main_key: String,
    /// Attribute name → column, kept per linked row.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SkipRule {
    pub column: String,
    pub values: Vec<String>,
    pub because: Text,
}
