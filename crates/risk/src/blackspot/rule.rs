//! What a rule can say. A rule is data: a city writes its own, with the document it stands in.

use super::{Procedure, Severity};
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{RoundMode, Unit as JiffUnit, Zoned, ZonedRound};
use serde::{Deserialize, Serialize};

/// All rules of a city: `city/blackspots.toml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleBook {
    /// The rule shown where none is asked for; the first one where this is not said.
    #[serde(default)]
    pub default: Option<String>,
    /// How 规律性 is tested.
    #[serde(default)]
    pub regularity: Regularity,
    /// The rules.
    pub rule: Vec<Rule>,
}

impl RuleBook {
    /// The rule of an id; without one, the default.
    #[must_use]
    pub fn rule(&self, id: Option<&str>) -> Option<&Rule> {
        match id.or(self.default.as_deref()) {
            Some(id) => self.rule.iter().find(|r| r.id == id),
            None => self.rule.first(),
        }
    }
}

/// When crashes count as regular (规律性): some value of an attribute stands out among them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Regularity {
    /// A value stands out where its q-value is at most this. 0.1.
    pub false_discovery: f64,
    /// … and where it has at least so many crashes. 3.
    pub least: u32,
}

impl Default for Regularity {
    fn default() -> Self {
        Self { false_discovery: 0.1, least: 3 }
    }
}

/// Who lists by the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// 县级
    County,
    /// 市级
    City,
    /// 省级
    Province,
    /// 部级
    Ministry,
    /// A national programme or norm.
    National,
    /// A regional norm of another country, or a commission's.
    Regional,
}

impl Level {
    /// For people.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::County => Text::new("县级", "county"),
            Self::City => Text::new("市级", "city"),
            Self::Province => Text::new("省级", "province"),
            Self::Ministry => Text::new("部级", "ministry"),
            Self::National => Text::new("国家", "national"),
            Self::Regional => Text::new("地区", "regional"),
        }
    }
}

/// Where crashes count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Setting {
    /// Everywhere.
    #[default]
    Any,
    /// Within built-up areas only; a crash of unknown setting does not count.
    Urban,
    /// Outside them only.
    Rural,
}

/// How long the rule looks back. Exactly one of the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Window {
    /// So many full calendar years.
    pub years: Option<u16>,
    /// So many months back from the day asked for.
    pub months: Option<u16>,
}

impl Window {
    /// Length in years.
    #[must_use]
    pub fn length_years(self) -> f64 {
        self.years.map_or_else(|| f64::from(self.months.unwrap_or(0)) / 12.0, f64::from)
    }

    /// The instants from which and before which crashes count, for a question asked for `to`. Calendar years: the last full ones
    /// that ended at or before `to`. Months: back from the end of the last full day.
    #[must_use]
    pub fn period(self, to: Timestamp, zone: &TimeZone) -> (Timestamp, Timestamp) {
        let at = to.in_zone(zone);
        let span = |z: jiff::civil::Date| z.to_zoned(zone.clone()).map_or(to, |z| Timestamp::from_jiff(z.timestamp()));
        if let Some(years) = self.years {
            let year = at.year();
            let first = year.saturating_sub(i16::try_from(years).unwrap_or(i16::MAX)).max(-9999);
            return (span(date(first, 1, 1)), span(date(year, 1, 1)));
        }
        let day: Zoned = at.round(ZonedRound::new().smallest(JiffUnit::Day).mode(RoundMode::Trunc)).unwrap_or(at);
        let months = i32::from(self.months.unwrap_or(0));
        let from = day.date().checked_sub(jiff::Span::new().months(months)).unwrap_or(jiff::civil::Date::MIN);
        (span(from), span(day.date()))
    }

    fn text(self) -> Text {
        match (self.years, self.months.unwrap_or(0)) {
            (Some(1), _) => Text::new("一个自然年", "one calendar year"),
            (Some(n), _) => Text::new(format!("{n} 个自然年"), format!("{n} calendar years")),
            (None, n) => Text::new(format!("{n} 个月"), format!("{n} months")),
        }
    }
}

/// What a unit of road is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnitKind {
    /// A stretch of a measured road.
    Interval,
    /// A junction with what is near it along the streets.
    Junction,
}

/// A unit in which crashes are counted. The units of a rule are tried in order; a crash that made a spot of an earlier unit does
/// not count for a later one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Stretch or junction.
    pub kind: UnitKind,
    /// A stretch: at most so long from its first to its last crash, metres.
    #[serde(default)]
    pub most_m: Option<f64>,
    /// A stretch: at least so long. 0 where not said.
    #[serde(default)]
    pub least_m: Option<f64>,
    /// A junction: at most so far along the streets, metres.
    #[serde(default)]
    pub radius_m: Option<f64>,
    /// A stretch: each carriageway on its own.
    #[serde(default)]
    pub by_direction: bool,
}

impl Unit {
    fn text(self) -> Text {
        match self.kind {
            UnitKind::Junction => {
                let r = self.radius_m.unwrap_or(0.0);
                Text::new(format!("路口沿路 {r} 米内"), format!("within {r} m of a junction along the streets"))
            }
            UnitKind::Interval => {
                let most = self.most_m.unwrap_or(0.0);
                let (zh, en) = self.least_m.filter(|m| *m > 0.0).map_or_else(
                    || (format!("{most} 米以内路段"), format!("a stretch of at most {most} m")),
                    |least| (format!("{least}–{most} 米路段"), format!("a stretch of {least} to {most} m")),
                );
                let (zh_by, en_by) = if self.by_direction { ("（分方向）", " (by direction)") } else { ("", "") };
                Text::new(zh + zh_by, en + en_by)
            }
        }
    }
}

/// What each crash weighs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// With a death.
    pub fatal: f64,
    /// With a serious injury.
    pub serious: f64,
    /// With a slight injury.
    pub slight: f64,
    /// Damage only, or unknown.
    pub damage: f64,
}

impl Default for Weights {
    /// The 1-3-5 weights of the Flemish programme (Geurts et al., TRR 1897, 2004); damage weighs nothing.
    fn default() -> Self {
        Self { fatal: 5.0, serious: 3.0, slight: 1.0, damage: 0.0 }
    }
}

/// Weights are summed in millionths, so that a sum is exact whatever the order.
pub(crate) const MILLIONTHS: f64 = 1e6;

impl Weights {
    /// The weight of a severity.
    #[must_use]
    pub const fn of(&self, severity: Severity) -> f64 {
        match severity {
            Severity::Fatal => self.fatal,
            Severity::Serious => self.serious,
            Severity::Slight => self.slight,
            Severity::Damage | Severity::Unknown => self.damage,
        }
    }

    /// In millionths; checked by the gate to lie within ±10⁶.
    pub(crate) fn exact(&self, severity: Severity) -> i64 {
        (self.of(severity) * MILLIONTHS).round() as i64
    }

    fn text(&self) -> Text {
        Text::new(
            format!("死亡 {}、重伤 {}、轻伤 {}、财损 {}", self.fatal, self.serious, self.slight, self.damage),
            format!("fatal {}, serious {}, slight {}, damage {}", self.fatal, self.serious, self.slight, self.damage),
        )
    }
}

/// One of the alternatives of a rule: everything it says must hold of the same crashes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// Only crashes of these severities count; all where empty.
    pub of: Vec<Severity>,
    /// Only crashes with at least so many dead count.
    pub deaths_each: u32,
    /// Only crashes dealt with so count; a crash of unknown procedure does count, since records often lack it.
    pub procedure: Option<Procedure>,
    /// At least so many crashes.
    pub crashes: Option<u32>,
    /// At least so many dead in all.
    pub deaths: Option<u32>,
    /// At least this sum of weights.
    pub score: Option<f64>,
    /// Weights for `score`; those of the rule where not said.
    pub weights: Option<Weights>,
    /// At least so many crashes per km and year, over the rule's greatest length.
    pub per_km_year: Option<f64>,
    /// All of one type.
    pub same_type: bool,
    /// The crashes that count are regular (规律性): [`super::pattern`].
    pub regular: bool,
}

impl Condition {
    /// The least number of crashes per unit: its own, or what its rate makes over the unit's greatest length.
    pub(crate) fn least_crashes(&self, unit: &Unit, window: Window) -> f64 {
        let rate = self.per_km_year.map_or(0.0, |r| r * unit.most_m.unwrap_or(0.0) / 1000.0 * window.length_years());
        // 0.2 × 3 km × 5 years is 3 crashes, whatever the binary fractions say.
        (rate - 1e-9).max(f64::from(self.crashes.unwrap_or(0)))
    }

    fn text(&self, weights: &Weights) -> Text {
        let mut zh = Vec::new();
        let mut en = Vec::new();
        let names = |language: fn(Text) -> String, joint: &str| self.of.iter().map(|s| language(s.text())).collect::<Vec<_>>().join(joint);
        let procedure = match self.procedure {
            Some(Procedure::General) => ("一般程序", "general-procedure "),
            Some(Procedure::Summary) => ("简易程序", "summary-procedure "),
            None => ("", ""),
        };
        let what_zh = if self.deaths_each > 0 {
            format!("{}一次死亡 {} 人以上事故", procedure.0, self.deaths_each)
        } else if self.of.is_empty() {
            format!("{}事故", procedure.0)
        } else {
            format!("{}{}事故", procedure.0, names(|t| t.zh, "、"))
        };
        let what_en = match (self.deaths_each, self.of.is_empty()) {
            (0, true) => format!("{}crashes", procedure.1),
            (0, false) => format!("{}{} crashes", procedure.1, names(|t| t.en, " or ")),
            (n, _) => format!("{}crashes with at least {n} dead", procedure.1),
        };
        let (same_zh, same_en) = if self.same_type { ("同类型", " of one type") } else { ("", "") };
        if let Some(n) = self.crashes {
            zh.push(format!("{same_zh}{what_zh} ≥ {n} 起"));
            en.push(format!("{what_en}{same_en} ≥ {n}"));
        }
        if let Some(rate) = self.per_km_year {
            zh.push(format!("{what_zh} ≥ 每公里每年 {rate} 起"));
            en.push(format!("{what_en} ≥ {rate} per km and year"));
        }
        if let Some(n) = self.deaths {
            zh.push(format!("死亡 ≥ {n} 人"));
            en.push(format!("dead ≥ {n}"));
        }
        if let Some(score) = self.score {
            let text = self.weights.as_ref().unwrap_or(weights).text();
            zh.push(format!("加权和 ≥ {score}（{}）", text.zh));
            en.push(format!("weighted sum ≥ {score} ({})", text.en));
        }
        if self.regular {
            zh.push("有规律性".to_owned());
            en.push("regular".to_owned());
        }
        Text::new(zh.join("且"), en.join(" and "))
    }
}

/// What the list is sorted by, largest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RankBy {
    /// Sum of weights.
    #[default]
    Score,
    /// Crashes that count.
    Crashes,
    /// Dead.
    Deaths,
}

/// A rule of black spots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable: lists refer to it.
    pub id: String,
    /// For people.
    pub name: Text,
    /// Who lists by it.
    pub level: Level,
    /// The document it stands in.
    pub source: String,
    /// Edition of the document, or of this reading of it.
    pub version: String,
    /// Somebody has compared it with the document. A rule that is not confirmed says so wherever it is used.
    #[serde(default)]
    pub confirmed: bool,
    /// What was not certain when it was written down.
    #[serde(default)]
    pub note: Option<Text>,
    /// How long it looks back.
    pub window: Window,
    /// Built-up, rural or everywhere.
    #[serde(default)]
    pub setting: Setting,
    /// Only crashes of these severities are looked at; all where empty.
    #[serde(default)]
    pub severities: Vec<Severity>,
    /// In what crashes are counted, in order of precedence.
    pub units: Vec<Unit>,
    /// Any of these makes a black spot.
    pub any: Vec<Condition>,
    /// Weights of the list's score.
    #[serde(default)]
    pub weights: Weights,
    /// What the list is sorted by, and which of two overlapping stretches is kept.
    #[serde(default)]
    pub rank: RankBy,
    /// Only the first so many are kept.
    #[serde(default)]
    pub first: Option<usize>,
}

impl Rule {
    /// The rule in one sentence, made from its data: so it cannot differ from what is computed.
    #[must_use]
    pub fn text(&self) -> Text {
        let list = |of: Vec<Text>, zh: &str, en: &str| {
            let (z, e): (Vec<String>, Vec<String>) = of.into_iter().map(|t| (t.zh, t.en)).unzip();
            Text::new(z.join(zh), e.join(en))
        };
        let window = self.window.text();
        let units = list(self.units.iter().map(|u| u.text()).collect(), "或", " or ");
        let any = list(self.any.iter().map(|c| c.text(&self.weights)).collect(), "；或 ", "; or ");
        let setting = match self.setting {
            Setting::Any => Text::default(),
            Setting::Urban => Text::new("，建成区", ", built-up areas"),
            Setting::Rural => Text::new("，建成区外", ", outside built-up areas"),
        };
        let first = self.first.map_or_else(Text::default, |n| Text::new(format!("；只取前 {n} 处"), format!("; the first {n} only")));
        let doubt = if self.confirmed {
            Text::default()
        } else {
            Text::new("（阈值待与原文核对）", " (thresholds to be confirmed against the document)")
        };
        Text::new(
            format!("{}内，{}{}：{}{}{}", window.zh, units.zh, setting.zh, any.zh, first.zh, doubt.zh),
            format!("Within {}, {}{}: {}{}{}", window.en, units.en, setting.en, any.en, first.en, doubt.en),
        )
    }
}
