//! What the city yields, as plain data.

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

/// Offset of Beijing time from UTC in milliseconds; China has kept one zone without summer time since 1992.
const BEIJING_MS: i64 = 8 * 3_600_000;

/// The instant a local date and time of the demo city stands for.
#[must_use]
pub fn instant(local: DateTime) -> Timestamp {
    let midnight = i64::from(day_number(local.date())) * 86_400_000;
    let time = local.time();
    let ms = (i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second())) * 1000;
    Timestamp(midnight + ms - BEIJING_MS)
}

/// The local date of an instant in the demo city.
#[must_use]
pub fn local_date(at: Timestamp) -> Date {
    day_date(i32::try_from((at.0.saturating_add(BEIJING_MS)).div_euclid(86_400_000)).unwrap_or(0))
}

/// Days since 1970-01-01.
pub(crate) fn day_number(date: Date) -> i32 {
    let epoch = jiff::civil::date(1970, 1, 1);
    (date - epoch).get_days()
}

/// The date `days` after 1970-01-01; days outside the calendar give its epoch.
pub(crate) fn day_date(days: i32) -> Date {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.checked_add(jiff::Span::new().try_days(days).unwrap_or_default()).unwrap_or(epoch)
}

/// The three classes of a traffic call (事故 / 秩序 / 其他).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A crash (事故).
    Accident,
    /// Traffic order: parking, congestion, noise, driving against rules (秩序).
    Order,
    /// Everything else: help, defects of the road, questions (其他).
    Other,
}

impl Class {
    /// The Chinese word as it stands in the CSV.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Accident => "事故",
            Self::Order => "秩序",
            Self::Other => "其他",
        }
    }
}

/// One call to 110/122.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// `J` + date + `-` + five digits in order of reception within the day.
    pub call_no: String,
    /// Local time (Beijing), to the second.
    pub received_at: DateTime,
    /// Class given by the call taker.
    pub class: Class,
    /// False for hoaxes, wrong numbers and calls that are no traffic matter (about 5 %).
    pub valid: bool,
    /// Synthetic number, the same for all calls of one caller.
    pub caller_phone: String,
    /// What was said, with the place in spoken form.
    pub words: String,
    /// The call taker's note of the place; empty in a few calls.
    pub place_text: String,
    /// WGS-84 position of the phone, present in about 55 % of calls, 20–60 m off.
    pub point: Option<Point>,
    /// When the patrol reported the end.
    pub handled_at: Option<DateTime>,
    /// Id of the squadron that went.
    pub unit: Option<String>,
    /// What really happened; never exported with the calls.
    pub truth: CallTruth,
}

impl Call {
    /// The instant of reception.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        instant(self.received_at)
    }
}

/// How a call relates to its incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The first call about the incident.
    First,
    /// Another caller about the same incident, within 30 minutes.
    Another,
    /// The same caller again about the same matter, hours to six days later: a repeat call (重复警情).
    Repeat,
}

/// The truth behind a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallTruth {
    /// Id of the incident; equal for all calls about it.
    pub incident: String,
    /// First, another or repeat.
    pub relation: Relation,
    /// Where it happened, a point of the road network (WGS-84).
    pub point: Point,
    /// Index into [`crate::City::true_hot_spots`], if it happened at one.
    pub hot_spot: Option<usize>,
    /// The place's full name.
    pub place: String,
}

/// Severity of a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// 死亡
    Fatal,
    /// 重伤
    Serious,
    /// 轻伤
    Slight,
    /// 财损
    Damage,
}

impl Severity {
    /// The Chinese word as it stands in the CSV.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Fatal => "死亡",
            Self::Serious => "重伤",
            Self::Slight => "轻伤",
            Self::Damage => "财损",
        }
    }
}

/// One recorded crash (general procedure; minor ones settled on the spot stay calls only).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crash {
    /// `S` + date + `-` + four digits.
    pub crash_no: String,
    /// The call that reported it.
    pub call_no: String,
    /// Local time of the crash, some minutes before the call.
    pub at: DateTime,
    /// 追尾, 侧面碰撞, …
    pub kind: &'static str,
    /// Worst outcome.
    pub severity: Severity,
    /// Dead within seven days (the national statistics' count).
    pub deaths: u32,
    /// Injured.
    pub injured: u32,
    /// The officer's sentence.
    pub words: String,
    /// The officer's place.
    pub place_text: String,
    /// WGS-84, surveyed on the spot (within about 8 m).
    pub point: Point,
    /// 晴, 阴, 雨, 雾
    pub weather: &'static str,
    /// 白天, 夜间有路灯照明, 夜间无路灯照明, 黎明或黄昏
    pub light: &'static str,
    /// Main cause found.
    pub cause: &'static str,
    /// Parties, separated by `；`.
    pub parties: String,
}

/// Crossing or section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HotSpotKind {
    /// A crossing of two roads.
    Crossing,
    /// A stretch of one road.
    Section,
}

/// A place where the generator puts more than its share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HotSpot {
    /// 胜利东路与阳明北路交叉口, 中兴大道（平江路—…）
    pub name: String,
    /// Crossing point or middle of the section (WGS-84).
    pub point: Point,
    /// Crossing or section.
    pub kind: HotSpotKind,
    /// The roads, the one of a section first.
    pub roads: Vec<String>,
    /// For a section its line (WGS-84), for a crossing one point.
    pub line: Vec<Point>,
    /// Radius in metres around `line` that holds its incidents.
    pub reach_m: f64,
    /// First day on which it is hot.
    pub from: Date,
    /// First day on which it is hot no more.
    pub to: Date,
    /// Expected share of all incidents while hot, 0–1.
    pub share: f64,
    /// What mostly happens there.
    pub class: Class,
    /// Hours (0–23) that carry most of it; empty means the city's rhythm.
    pub hours: Vec<u8>,
    /// What a hazard there would say.
    pub cause: Text,
}

/// The matter that [`PastHazard`]s are cases of: the folder's name in `matters/`.
pub const PAST_MATTER: &str = "hazard";

/// How a past hazard went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Course {
    /// Signed for, handled, reviewed and closed before it was due.
    ClosedOnTime {
        /// When the unit signed for it.
        accepted_at: DateTime,
        /// When the unit submitted its work.
        handled_at: DateTime,
        /// When the reviewer closed it.
        closed_at: DateTime,
    },
    /// As above, but after the due date.
    ClosedLate {
        /// When the unit signed for it.
        accepted_at: DateTime,
        /// When the unit submitted its work.
        handled_at: DateTime,
        /// When the reviewer closed it.
        closed_at: DateTime,
    },
    /// First sent to a wrong unit, which returned it; then closed by the right one.
    Returned {
        /// Id of the unit it was first sent to.
        wrong_unit: &'static str,
        /// When that unit returned it.
        returned_at: DateTime,
        /// Its reason in words; the reason code is `not_ours`.
        reason: &'static str,
        /// When the right unit signed for it.
        accepted_at: DateTime,
        /// When that unit submitted its work; `None` while it is at work.
        handled_at: Option<DateTime>,
        /// When the reviewer closed it, if closed.
        closed_at: Option<DateTime>,
    },
    /// Still open.
    Open {
        /// When the unit signed for it; `None` while it waits in the inbox.
        accepted_at: Option<DateTime>,
        /// When the unit submitted its work; `None` while it is at work. Waits for review if given.
        handled_at: Option<DateTime>,
    },
}

/// A hazard of the last twelve months, for the app to play through the real engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastHazard {
    /// Stable key for idempotent opening: `demo-hazard-001`.
    pub key: String,
    /// Category id of `matters/hazard/forms/open.schema.json`.
    pub category: &'static str,
    /// 1 minor … 4 urgent, as in the forms.
    pub severity: u8,
    /// On the road network (WGS-84).
    pub point: Point,
    /// Name of the place.
    pub place: String,
    /// Name of the main road.
    pub road: String,
    /// Local time of opening.
    pub opened_at: DateTime,
    /// What is wrong.
    pub description: String,
    /// Measure id of `handle.schema.json`.
    pub measure: &'static str,
    /// What was done, for the handling form.
    pub done: String,
    /// How it was found, id of the opening form: `public`, `patrol` or `hotspot`.
    pub found_by: &'static str,
    /// Duty of the responsible unit, as in `city/units.toml`.
    pub duty: &'static str,
    /// Id of the unit that carries it at that place in the template city.
    pub unit: String,
    /// How it went.
    pub course: Course,
    /// Always true.
    pub synthetic: bool,
}
