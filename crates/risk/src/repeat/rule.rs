//! What counts as one incident and as one trouble: data, and the sentence it prints.

use super::evidence::Weights;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::{DAY_MS, MINUTE_MS};
use serde::{Deserialize, Serialize};

/// How far one relation reaches and from which likelihood on it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Calls further apart are not compared, metres along the streets, unless by the same caller.
    pub distance_m: f64,
    /// Incident: minutes after its first call. Trouble: minutes after its last call.
    pub window_minutes: f64,
    /// Time between two calls is counted in this unit: `ln(1 + gap / unit)`.
    pub unit_minutes: f64,
    /// Joined from this mean likelihood on, above 0 and below 1.
    pub threshold: f64,
    /// What each feature adds to the log odds.
    pub weights: Weights,
}

/// What calls can be about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Stable id.
    pub id: String,
    /// 路灯, street lamp.
    pub name: Text,
    /// Over when it is cleared (a crash): another one next day is another one.
    #[serde(default)]
    pub passing: bool,
    /// Follows from something else (a jam from a crash): it does not contradict it.
    #[serde(default)]
    pub follows: bool,
    /// Words that say so.
    pub words: Vec<String>,
}

/// Words that state a fact: which vehicle, who is hurt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactWords {
    /// Facts of one group answer one question: two calls agree in it or differ.
    pub group: String,
    /// The answer.
    pub value: String,
    /// Words that say so.
    pub words: Vec<String>,
}

/// The definition of one incident and one trouble.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Version of this definition; figures name it.
    pub version: String,
    /// Where it comes from.
    pub source: Text,
    /// What in it nobody with authority has confirmed.
    #[serde(default)]
    pub unconfirmed: Vec<Text>,
    /// Whether calls by others than the first caller make a repeat.
    pub others_count: bool,
    /// Straight metres times this stand for metres along the streets where the streets are not known.
    pub detour: f64,
    /// Precision of the default weights when corrections move them: 4 is a standard deviation of one half.
    pub firmness: f64,
    /// One incident.
    pub incident: Bounds,
    /// One trouble.
    pub trouble: Bounds,
    /// At most 64.
    #[serde(rename = "topic")]
    pub topics: Vec<Topic>,
    /// At most 64.
    #[serde(default, rename = "fact")]
    pub facts: Vec<FactWords>,
    /// Words that point back to an earlier call.
    #[serde(default)]
    pub back_words: Vec<String>,
    /// Words that hide shorter ones within and say nothing.
    #[serde(default)]
    pub empty_words: Vec<String>,
    /// Endings of names of roads and landmarks.
    #[serde(default)]
    pub name_endings: Vec<String>,
}

/// Why a rule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("repeat_rule_invalid: {field}")]
pub struct RuleError {
    /// The field at fault.
    pub field: &'static str,
}

impl RuleError {
    /// Stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "repeat_rule_invalid"
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        Text::new(
            format!("重复警情规则无效：{} 的值不在允许范围内", self.field),
            format!("The rule for repeat calls is not valid: {} is out of range", self.field),
        )
    }
}

impl Rule {
    /// Checks every number.
    ///
    /// # Errors
    /// The first field out of range.
    pub fn check(&self) -> Result<(), RuleError> {
        let positive = |v: f64| v > 0.0 && v.is_finite();
        let bad = |field| Err(RuleError { field });
        if !(self.detour >= 1.0 && self.detour.is_finite()) {
            return bad("detour");
        }
        if !positive(self.firmness) {
            return bad("firmness");
        }
        for (bounds, fields) in [
            (
                &self.incident,
                ["incident.distance_m", "incident.window_minutes", "incident.unit_minutes", "incident.threshold", "incident.weights"],
            ),
            (
                &self.trouble,
                ["trouble.distance_m", "trouble.window_minutes", "trouble.unit_minutes", "trouble.threshold", "trouble.weights"],
            ),
        ] {
            // A year and a hundred kilometres: beyond, a slip of the pen.
            if !(positive(bounds.distance_m) && bounds.distance_m <= 100_000.0) {
                return bad(fields[0]);
            }
            if !(positive(bounds.window_minutes) && bounds.window_minutes <= 366.0 * 1440.0) {
                return bad(fields[1]);
            }
            if !positive(bounds.unit_minutes) {
                return bad(fields[2]);
            }
            if !(positive(bounds.threshold) && bounds.threshold < 1.0) {
                return bad(fields[3]);
            }
            if !bounds.weights.finite() {
                return bad(fields[4]);
            }
        }
        if self.trouble.window_minutes < self.incident.window_minutes {
            return bad("trouble.window_minutes");
        }
        if self.topics.len() > 64 {
            return bad("topic");
        }
        if self.facts.len() > 64 {
            return bad("fact");
        }
        Ok(())
    }

    /// The rule in one sentence, to print beside the figure.
    #[must_use]
    pub fn text(&self) -> Text {
        let minutes = self.incident.window_minutes;
        let days = self.trouble.window_minutes * MINUTE_MS as f64 / DAY_MS as f64;
        let (near, far) = (self.incident.distance_m, self.trouble.distance_m);
        let (one, two) = (self.incident.threshold * 100.0, self.trouble.threshold * 100.0);
        let (who_zh, who_en) =
            if self.others_count { ("任何报警人", "by anybody") } else { ("同一报警人", "by the same caller") };
        let (note_zh, note_en) =
            if self.unconfirmed.is_empty() { ("", "") } else { ("；部分数值待确认", "; some of its values are not confirmed yet") };
        Text::new(
            format!(
                "首次报警后 {minutes:.0} 分钟内、沿路相距不超过 {near:.0} 米、综合地点、时间、事由、用语和报警人判定为同一事件（平均可能性不低于 {one:.0}%）的警情合并为一起；{days:.0} 天内{who_zh}就同一未解决问题（沿路不超过 {far:.0} 米，平均可能性不低于 {two:.0}%）再次报警的为重复警情；人工更正优先（口径版本 {}{note_zh}）",
                self.version
            ),
            format!(
                "Calls within {minutes:.0} minutes of the first, at most {near:.0} m apart along the streets, that by place, time, matter, words and caller are about one event (mean likelihood at least {one:.0} %) are one incident; a later incident {who_en} within {days:.0} days about the same unsolved trouble (at most {far:.0} m, mean likelihood at least {two:.0} %) is a repeat; corrections by hand come first (definition {}{note_en})",
                self.version
            ),
        )
    }
}
