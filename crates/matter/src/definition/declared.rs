//! The smaller declared things: tables, letters, effect check, lists, migrations, simulation.

use std::collections::BTreeMap;

use gongzhi_civic::calendar::Budget;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::VariableKind;

/// A decision table: the first row that holds gives the value; the last row holds always.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// Table id.
    pub id: String,
    /// Type of its values: `string` or `int`.
    #[serde(rename = "type")]
    pub kind: VariableKind,
    /// Rows in order.
    pub rows: Vec<TableRow>,
    /// Examples that must hold.
    pub examples: Vec<TableExample>,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableRow {
    /// Row id.
    pub id: String,
    /// Condition in CEL.
    pub when: String,
    /// Value.
    pub value: Value,
    /// Why, in words.
    pub reason: Text,
}

/// An example of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableExample {
    /// Facts.
    pub given: Value,
    /// Row that must hold first.
    pub row: String,
    /// Value that must come out; without it only the row is checked.
    #[serde(default)]
    pub value: Option<Value>,
}

/// A letter that may be made for a case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Letter {
    /// Letter id.
    pub id: String,
    /// Kind.
    pub kind: LetterKind,
    /// Typst template in the folder.
    pub template: String,
    /// Whether it has a place for a seal.
    pub seal: bool,
    /// Who may make it by hand, as in actions; empty: only effects do.
    pub who: Vec<String>,
    /// Whether the reporter may have it.
    pub public: bool,
    /// Title.
    pub title: Text,
    /// Pattern of its number: `交办〔{year}〕{n}号`.
    pub number: Text,
}

/// Kinds of letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    /// 交办单
    Order,
    /// 督办函
    Supervision,
    /// 整改通知书
    Rectification,
    /// 复查意见
    Review,
    /// 协议
    Agreement,
    /// 结案报告
    Closing,
    /// 联系卡
    Card,
}

/// Checks after closing whether signals at the place fell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EffectCheckRule {
    /// How long after closing: `30d`, `60d`.
    pub after: Vec<Budget>,
    /// Action (verb `effect_check`) that records it.
    pub action: String,
    /// Kinds of signal counted.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Metres around the place.
    pub radius_m: u32,
}

/// Lists that come again and again: rows become cases, a case whose key is gone from the next list leaves by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRule {
    /// Opening field that names the row's subject.
    pub key: String,
    /// Opening field that names the campaign.
    pub campaign: String,
    /// Action (verb `cure`) for what is gone.
    pub gone: String,
}

/// How cases of an older version come to this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Migration {
    /// Version they come from.
    pub from: u32,
    /// Old stage → new stage; others keep their name.
    #[serde(default)]
    pub stages: BTreeMap<String, String>,
    /// Old opening field → new opening field; an empty name drops it. Others keep their name.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

/// What the queueing simulation starts from; every value may be left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimulationRule {
    /// Mean effort of one case in a stage (`2wh`, `30m`): stage → effort.
    pub effort: BTreeMap<String, Budget>,
    /// How often an action is chosen, against the others that lead out of its stage: action → weight.
    pub weight: BTreeMap<String, f64>,
    /// How many can work in a stage at once, in each unit (stages with base handle) or in all: stage → number.
    pub servers: BTreeMap<String, u32>,
    /// Outside waiting that holds nobody (holds, objection periods): stage → mean.
    pub waiting: BTreeMap<String, Budget>,
}
