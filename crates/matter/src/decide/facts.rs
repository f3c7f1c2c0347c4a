//! What guards, tables and routing look at.

use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::after::Verdict;
use crate::case::Case;
use crate::command::{ActorFacts, Facts};
use crate::definition::{Definition, Variable};
use crate::expression;
use crate::family::ParentRef;

/// The facts of a decision: the case's fields as the context declares them, over them what the shell knows, beside
/// them the case's own counters, and what the decision tables say about all that. `opening` stands in for the fields of
/// a case that does not exist yet.
#[must_use]
pub fn facts_for(definition: &Definition, case: Option<&Case>, given: &Facts, actor: &ActorFacts, opening: Option<&Value>) -> Facts {
    with_parent(definition, case, given, actor, opening, None)
}

/// The same for an opening, whose parent is not yet in a case.
pub(super) fn with_parent(
    definition: &Definition,
    case: Option<&Case>,
    given: &Facts,
    actor: &ActorFacts,
    opening: Option<&Value>,
    parent: Option<&ParentRef>,
) -> Facts {
    let mut facts = Facts::new();
    for (name, variable) in definition.context.iter().filter(|(_, v)| v.table.is_none()) {
        let known = given.get(name).or_else(|| of_form(variable, case, opening)).or(variable.default.as_ref());
        if let Some(value) = known {
            facts.set(name, value.clone());
        }
    }
    // Names of the areas at the place travel with the facts: the table's `in area` reads them, declared or not.
    for name in ["area.all", "case.source"] {
        if let Some(value) = given.get(name) {
            facts.set(name, value.clone());
        }
    }
    if let Some(case) = case {
        of_case(&mut facts, case);
    }
    if let Some(parent) = parent.or_else(|| case?.parent.as_ref()) {
        facts.set("parent.matter", parent.matter.clone());
    }
    facts.set("actor.unit", actor.unit.clone().unwrap_or_default());
    with_tables(definition, facts)
}

/// The facts with what the decision tables say about them.
#[must_use]
pub(crate) fn with_tables(definition: &Definition, mut facts: Facts) -> Facts {
    for hit in table_hits(definition, &facts) {
        for name in definition.context.iter().filter(|(_, v)| v.table.as_ref() == Some(&hit.table)).map(|(n, _)| n) {
            facts.set(name, hit.value.clone());
        }
    }
    facts
}

/// A variable's value in the form it is declared to come from.
fn of_form<'a>(variable: &Variable, case: Option<&'a Case>, opening: Option<&'a Value>) -> Option<&'a Value> {
    let field = variable.field.as_ref()?;
    let fields = match &variable.form {
        Some(form) => case?.forms.get(form)?,
        None => opening.or(case.map(|c| &c.fields))?,
    };
    let found = if field.starts_with('/') { fields.pointer(field) } else { fields.get(field) };
    found.filter(|v| !v.is_null())
}

fn of_case(facts: &mut Facts, case: &Case) {
    for (action, n) in &case.counts {
        facts.set(&format!("case.count.{action}"), *n);
    }
    facts.set("case.supporters", case.supporters);
    facts.set("case.urged", case.urged);
    facts.set("case.supervised", case.supervised);
    facts.set("case.unit", case.unit.clone().unwrap_or_default());
    facts.set("case.parts.open", case.open_parts().count());
    facts.set("case.parts.total", case.parts.len());
    facts.set("case.children.open", case.open_children().count());
    facts.set("case.children.total", case.children.len());
    facts.set("case.children.mandatory_open", case.mandatory_open());
    facts.set("case.call_back_low", case.call_backs.iter().filter(|c| c.low).count());
    facts.set("case.effect_worse", case.effect_checks.last().is_some_and(|c| c.verdict == Verdict::Worse));
}

/// What a decision table said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableHit {
    /// Table.
    pub table: String,
    /// Row that held first.
    pub row: String,
    /// Value.
    pub value: Value,
    /// Why, in words.
    pub reason: Text,
}

/// The rows that the decision tables hit under these facts, in the tables' order; each sees the values of those before.
#[must_use]
pub fn table_hits(definition: &Definition, facts: &Facts) -> Vec<TableHit> {
    let mut hits = Vec::new();
    if definition.tables.is_empty() {
        return hits;
    }
    let mut facts = facts.clone();
    for (table, conditions) in definition.tables.iter().zip(&definition.compiled.tables) {
        let scope = expression::scope(&definition.compiled.context, &facts.0);
        // The gate has seen to it that the last row holds always.
        let row = table.rows.iter().zip(conditions).find(|(_, c)| c.holds(&scope) == Ok(true)).map(|(row, _)| row);
        let Some(row) = row else { continue };
        for name in definition.context.iter().filter(|(_, v)| v.table.as_ref() == Some(&table.id)).map(|(n, _)| n) {
            facts.set(name, row.value.clone());
        }
        hits.push(TableHit { table: table.id.clone(), row: row.id.clone(), value: row.value.clone(), reason: row.reason.clone() });
    }
    hits
}
