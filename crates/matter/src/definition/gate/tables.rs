//! The gate for decision tables and the variables that come from them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::raw::RawTable;
use super::super::{Definition, Fault, Source, Variable, VariableKind};
use super::Gate;
use crate::command::Facts;
use crate::{decide, expression, form};

impl Gate<'_> {
    pub(super) fn tables(&mut self) {
        for (i, table) in self.matter.tables.iter().enumerate() {
            let at = format!("tables[{i}]");
            if !matches!(table.kind, VariableKind::String | VariableKind::Int) {
                let (zh, en) = ("判定表的 type 须为 string 或 int", "a table's `type` is string or int");
                self.fault(&format!("{at}.type"), "bad_type", zh.to_owned(), en.to_owned());
            }
            if !self.matter.context.values().any(|v| v.table.as_ref() == Some(&table.id)) {
                let id = &table.id;
                self.fault(&at, "table_unused", format!("没有变量使用判定表“{id}”"), format!("no variable uses the table `{id}`"));
            }
            self.rows(&at, table, &self.known_before(i));
        }
        for (name, variable) in &self.matter.context {
            self.variable(name, variable);
        }
    }

    /// Variables that table `index` may look at: all but those of itself and of later tables.
    fn known_before(&self, index: usize) -> BTreeMap<String, Variable> {
        let later = |id: &String| self.matter.tables[index..].iter().any(|t| t.id == *id);
        self.context.iter().filter(|(_, v)| !v.table.as_ref().is_some_and(later)).map(|(n, v)| (n.clone(), v.clone())).collect()
    }

    fn rows(&mut self, at: &str, table: &RawTable, known: &BTreeMap<String, Variable>) {
        if table.rows.last().is_none_or(|r| r.when.trim() != "true") {
            let (zh, en) = ("最后一行须为兜底：when = \"true\"", "the last row must be the fallback: when = \"true\"");
            self.fault(&format!("{at}.rows"), "table_without_fallback", zh.to_owned(), en.to_owned());
        }
        let mut conditions = Vec::new();
        for (j, row) in table.rows.iter().enumerate() {
            let at = format!("{at}.rows[{j}]");
            if row.when.trim() == "true" && j + 1 < table.rows.len() {
                let (zh, en) = ("这一行之后的各行永远轮不到", "no row after this one can ever fire");
                self.fault(&format!("{at}.when"), "row_after_fallback", zh.to_owned(), en.to_owned());
            }
            if let Some(first) = table.rows[..j].iter().find(|r| r.when == row.when) {
                let (zh, en) = (format!("与“{}”行条件相同", first.id), format!("the same condition as row `{}`", first.id));
                self.fault(&at, "row_never_fires", zh, en);
            }
            let fits = match table.kind {
                VariableKind::Int => row.value.is_i64(),
                _ => row.value.is_string(),
            };
            if !fits {
                let (zh, en) = ("取值与判定表的类型不符", "the value is not of the table's type");
                self.fault(&format!("{at}.value"), "bad_value", zh.to_owned(), en.to_owned());
            }
            match expression::compile(&row.when, known) {
                Ok(condition) => conditions.push(condition),
                Err(fault) => self.fault(&format!("{at}.when"), fault.code, fault.message.zh, fault.message.en),
            }
        }
        self.compiled.tables.push(conditions);
    }

    fn variable(&mut self, name: &str, variable: &Variable) {
        let at = format!("context.'{name}'");
        if let Some(id) = &variable.table {
            match self.matter.tables.iter().find(|t| t.id == *id) {
                None => self.unknown(&format!("{at}.table"), "table", "判定表", id),
                Some(table) if table.kind != variable.kind || variable.field.is_some() => {
                    let (zh, en) = ("变量须与判定表同类型，且不能另写 field", "the variable must have the table's type and no `field`");
                    self.fault(&at, "bad_type", zh.to_owned(), en.to_owned());
                }
                Some(_) => {}
            }
        }
        if let Some(id) = &variable.form {
            let field = variable.field.clone().unwrap_or_default();
            match self.schemas.get(id) {
                None if !self.matter.forms.contains_key(id) => self.unknown(&format!("{at}.form"), "form", "表单", id),
                Some(schema) if field.is_empty() || form::property(schema, &field).is_none() => {
                    self.unknown(&format!("{at}.field"), "field", "表单项", &field);
                }
                _ => {}
            }
        }
    }
}

/// Examples of tables that do not come out as written; run on the finished definition.
pub(in crate::definition) fn failing_examples(definition: &Definition, source: &Source<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (i, table) in definition.tables.iter().enumerate() {
        for (j, example) in table.examples.iter().enumerate() {
            let given = Facts(example.given.as_object().cloned().unwrap_or_default());
            let hit = decide::table_hits(definition, &given).into_iter().find(|h| h.table == table.id);
            let (row, value) = hit.map(|h| (h.row, h.value)).unwrap_or_default();
            if row != example.row || example.value.as_ref().is_some_and(|v| *v != value) {
                let expected = example.value.clone().unwrap_or(Value::Null);
                faults.push(source.fault(
                    &format!("tables[{i}].examples[{j}]"),
                    "example_failed",
                    format!("例子不成立：应为 {}（{expected}），实为 {row}（{value}）", example.row),
                    format!("the example fails: expected row {} ({expected}), got {row} ({value})", example.row),
                ));
            }
        }
    }
    faults
}
