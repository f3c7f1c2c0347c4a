//! Why a row is not taken, and the list of such rows for the one who has to correct them.

use gongzhi_civic::personal::mask_numbers;
use gongzhi_civic::text::Text;
use serde::Serialize;

/// Longest value shown in a reject, in characters.
const SHOWN: usize = 60;

/// A row that stays out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reject {
    /// Line of the file, the header being line 1.
    pub row: u64,
    /// Column or columns.
    pub column: String,
    /// The value, shortened, long numbers masked.
    pub value: String,
    /// What is wrong.
    pub reason: Reason,
}

/// What can be wrong with a row. The codes are stable.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum Reason {
    /// More or fewer fields than the header.
    WrongFieldCount {
        /// Fields of the header.
        expected: usize,
        /// Fields of the row.
        found: usize,
    },
    /// An id column is empty.
    MissingKey,
    /// The id stood in an earlier row of this file.
    DuplicateKey,
    /// Not a time in any of the formats.
    UnreadableTime,
    /// Before the earliest date the mapping believes.
    TimeTooEarly,
    /// After now.
    TimeInFuture,
    /// A local time that summer time skipped; taken one hour later.
    TimeInGap,
    /// Not a number where a coordinate is due.
    UnreadableCoordinate,
    /// No coordinates, or both zero, or marked by the source as a stand-in.
    NoCoordinates,
    /// Longitude beyond 180 or latitude beyond 90 degrees (a lost decimal point, mostly).
    CoordinateOutOfRange,
    /// Far outside the area of the records.
    OutsideArea,
    /// A lost decimal point was put back, as the mapping allows.
    LostPointRestored,
    /// Longitude and latitude stood in each other's column and were exchanged, as the mapping allows.
    AxesSwapped,
    /// Neither a usable point nor a place in words.
    NoPlace,
    /// Not a whole number.
    UnreadableNumber,
    /// A count below zero.
    NegativeNumber,
    /// A count that no crash has.
    ImplausibleNumber,
    /// A value the mapping does not know.
    UnknownValue,
    /// A text longer than the mapping allows.
    Overlong {
        /// Most characters allowed.
        limit: usize,
    },
    /// Left out by a filter of the mapping.
    Filtered {
        /// The filter's words.
        because: Text,
    },
}

impl Reason {
    /// Stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongFieldCount { .. } => "wrong_field_count",
            Self::MissingKey => "missing_key",
            Self::DuplicateKey => "duplicate_key",
            Self::UnreadableTime => "unreadable_time",
            Self::TimeTooEarly => "time_too_early",
            Self::TimeInFuture => "time_in_future",
            Self::TimeInGap => "time_in_gap",
            Self::UnreadableCoordinate => "unreadable_coordinate",
            Self::NoCoordinates => "no_coordinates",
            Self::CoordinateOutOfRange => "coordinate_out_of_range",
            Self::OutsideArea => "outside_area",
            Self::LostPointRestored => "lost_point_restored",
            Self::AxesSwapped => "axes_swapped",
            Self::NoPlace => "no_place",
            Self::UnreadableNumber => "unreadable_number",
            Self::NegativeNumber => "negative_number",
            Self::ImplausibleNumber => "implausible_number",
            Self::UnknownValue => "unknown_value",
            Self::Overlong { .. } => "overlong",
            Self::Filtered { .. } => "filtered",
        }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::WrongFieldCount { expected, found } => Text::new(
                format!("该行有 {found} 个字段，表头有 {expected} 个"),
                format!("the row has {found} fields, the header has {expected}"),
            ),
            Self::MissingKey => Text::new("编号为空", "the id is empty"),
            Self::DuplicateKey => Text::new("编号与本文件前面的行重复", "the id stood in an earlier row of this file"),
            Self::UnreadableTime => Text::new("时间无法识别", "the time cannot be read"),
            Self::TimeTooEarly => Text::new("时间早于映射允许的最早日期", "the time is before the earliest date the mapping allows"),
            Self::TimeInFuture => Text::new("时间在将来", "the time is in the future"),
            Self::TimeInGap => Text::new(
                "当地时间落在夏令时跳过的一小时内，按顺延一小时处理",
                "the local time lies in the hour that summer time skipped; taken one hour later",
            ),
            Self::UnreadableCoordinate => Text::new("坐标不是数字", "the coordinate is not a number"),
            Self::NoCoordinates => Text::new("没有坐标（为空、为零或为占位值）", "no coordinates (empty, zero or a stand-in)"),
            Self::CoordinateOutOfRange => Text::new(
                "坐标超出经纬度范围（多为丢失小数点）",
                "the coordinate is beyond any longitude or latitude (a lost decimal point, mostly)",
            ),
            Self::OutsideArea => Text::new("坐标远在本地区之外", "the coordinates lie far outside the area"),
            Self::LostPointRestored => Text::new("坐标丢失的小数点已按映射规则补回", "the coordinate's lost decimal point was put back"),
            Self::AxesSwapped => Text::new("经纬度颠倒，已按映射规则对调", "longitude and latitude were exchanged"),
            Self::NoPlace => Text::new("既没有可用坐标，也没有地点文字", "neither usable coordinates nor a place in words"),
            Self::UnreadableNumber => Text::new("不是整数", "not a whole number"),
            Self::NegativeNumber => Text::new("数量为负", "a count below zero"),
            Self::ImplausibleNumber => Text::new("数量大得不可信", "a count too large to be true"),
            Self::UnknownValue => Text::new("取值不在映射中", "a value the mapping does not know"),
            Self::Overlong { limit } => Text::new(format!("文字超过 {limit} 个字符"), format!("text longer than {limit} characters")),
            Self::Filtered { because } => Text::new(
                format!("按映射规则不导入：{}", because.zh),
                format!("left out by the mapping: {}", because.get(gongzhi_civic::text::Language::En)),
            ),
        }
    }
}

impl Reject {
    /// A reject whose value is free text or an id: shortened, digit runs of seven and more masked.
    pub(super) fn new(row: u64, column: &str, value: &str, reason: Reason) -> Self {
        Self { row, column: column.to_owned(), value: mask_numbers(&shorten(value)), reason }
    }

    /// A reject whose value is a coordinate, a time or a count: such digits are no personal data and have to be seen.
    pub(super) fn plain(row: u64, column: &str, value: &str, reason: Reason) -> Self {
        Self { row, column: column.to_owned(), value: shorten(value), reason }
    }
}

/// The rejects as a table for spreadsheets: UTF-8 with byte order mark, one line each, header in both languages.
/// Cells that a spreadsheet would run as a formula begin with an apostrophe.
#[must_use]
pub fn reject_csv(rejects: &[Reject]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(b"\xEF\xBB\xBF".to_vec());
    let header = ["行号 row", "列 column", "值 value", "代码 code", "原因", "reason"];
    let mut write = |cells: [&str; 6]| writer.write_record(cells).expect("a vector takes every byte");
    write(header);
    for reject in rejects {
        let text = reject.reason.text();
        write([&reject.row.to_string(), &harmless(&reject.column), &harmless(&reject.value), reject.reason.code(), &text.zh, &text.en]);
    }
    writer.into_inner().expect("a vector takes every byte")
}

fn shorten(value: &str) -> String {
    let clean: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN + 1).collect();
    if clean.chars().count() <= SHOWN {
        return clean;
    }
    clean.chars().take(SHOWN).chain(['…']).collect()
}

/// A number keeps its sign; everything else that begins like a formula is quoted.
pub(crate) fn harmless(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.trim().parse::<f64>().is_err();
    if formula { format!("'{cell}") } else { cell.to_owned() }
}
