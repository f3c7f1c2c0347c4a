//! From the texts of a folder to a definition, or to the list of its faults.

use std::collections::BTreeMap;
use std::sync::Arc;

use gongzhi_civic::text::Text;
use gongzhi_civic::unit::UnitTree;
use jsonschema::Validator;
use serde_json::Value;

use super::raw::{RawAction, RawClock, RawMatter, RawWords};
use super::words::Words;
use super::{
    Action, BudgetRule, Clock, Definition, Fault, Form, PublicPart, Routing, RoutingRow, Rung, ScoreRule, Source, Stage, Variable,
    VariableKind, gate, stages, words,
};
use crate::expression::Condition;
use crate::{form, ledger};

/// What the texts compile to.
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    pub(crate) guards: BTreeMap<String, Arc<dyn Condition>>,
    pub(crate) rows: Vec<Arc<dyn Condition>>,
    pub(crate) validators: BTreeMap<String, Validator>,
    /// The declared context and the case's own counters.
    pub(crate) context: BTreeMap<String, Variable>,
}

pub(super) fn load(files: &BTreeMap<String, String>, units: &UnitTree) -> Result<Definition, Vec<Fault>> {
    let mut faults = Vec::new();
    let Some(text) = files.get("matter.toml") else {
        return Err(vec![absent("matter.toml")]);
    };
    let source = Source::new("matter.toml", text);
    let matter: RawMatter = source.read().map_err(|fault| vec![fault])?;
    let zh = read_words("zh.toml", files, &matter, &mut faults);
    let en = read_words("en.toml", files, &matter, &mut faults);
    let schemas = read_forms(files, &matter, &source, &mut faults);
    let context = full_context(&matter);
    let compiled = gate::check(&matter, &schemas, &context, &source, units, &mut faults);
    let expand = |from: &[String]| gate::expand(&matter, from);
    stages::check(&matter, &source, &expand, &mut faults);
    if !faults.is_empty() {
        faults.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        return Err(faults);
    }
    let (zh, en) = (zh.unwrap_or_default(), en.unwrap_or_default());
    let definition = assemble(matter, &Words::new(&zh, &en), schemas, content_hash(files), units, compiled);
    let examples = gate::failing_examples(&definition, &source);
    if examples.is_empty() { Ok(definition) } else { Err(examples) }
}

fn read_words(file: &str, files: &BTreeMap<String, String>, matter: &RawMatter, faults: &mut Vec<Fault>) -> Option<RawWords> {
    let Some(text) = files.get(file) else {
        faults.push(absent(file));
        return None;
    };
    let source = Source::new(file, text);
    match source.read::<RawWords>() {
        Ok(found) => {
            words::check(matter, &found, &source, faults);
            Some(found)
        }
        Err(fault) => {
            faults.push(fault);
            None
        }
    }
}

fn read_forms(
    files: &BTreeMap<String, String>,
    matter: &RawMatter,
    source: &Source<'_>,
    faults: &mut Vec<Fault>,
) -> BTreeMap<String, Value> {
    let mut schemas = BTreeMap::new();
    for (id, file) in &matter.forms {
        let Some(text) = files.get(file) else {
            let (zh, en) = (format!("找不到表单文件 {file}"), format!("the form file {file} is not there"));
            faults.push(source.fault(&format!("forms.{id}"), "form_missing", zh, en));
            continue;
        };
        match serde_json::from_str::<Value>(text) {
            Err(error) => faults.push(form::syntax_fault(file, &error)),
            Ok(schema) => {
                faults.extend(form::check(file, text, &schema));
                schemas.insert(id.clone(), schema);
            }
        }
    }
    schemas
}

/// The declared variables and what the engine itself knows about a case.
fn full_context(matter: &RawMatter) -> BTreeMap<String, Variable> {
    let mut context = matter.context.clone();
    let own = |kind| Variable { kind, default: None, field: None, values: Vec::new() };
    for action in &matter.actions {
        context.insert(format!("case.count.{}", action.id), own(VariableKind::Int));
    }
    for name in ["case.supporters", "case.urged", "case.supervised"] {
        context.insert(name.to_owned(), own(VariableKind::Int));
    }
    for name in ["case.unit", "actor.unit"] {
        context.insert(name.to_owned(), own(VariableKind::String));
    }
    context
}

fn assemble(
    matter: RawMatter,
    words: &Words<'_>,
    schemas: BTreeMap<String, Value>,
    content_hash: String,
    units: &UnitTree,
    compiled: Compiled,
) -> Definition {
    let stages = matter
        .stages
        .iter()
        .map(|s| Stage {
            id: s.id.clone(),
            base: s.base,
            label: words.of(|w| &w.stages, &s.id),
            public: s.public.clone(),
            public_label: words.of(|w| &w.statuses, &s.public),
            clocks: s.clocks.clone(),
        })
        .collect();
    let actions = matter.actions.iter().map(|a| action(&matter, a, words)).collect();
    let clocks = matter.clocks.iter().map(|c| clock(c, words)).collect();
    let rows = matter
        .routing
        .rows
        .iter()
        .map(|r| RoutingRow {
            id: r.id.clone(),
            when: r.when.clone(),
            to: r.to.clone(),
            assist: r.assist.clone(),
            reason: words.of(|w| &w.routing, &r.id),
        })
        .collect();
    let scores = matter
        .scores
        .iter()
        .map(|s| ScoreRule {
            id: s.id.clone(),
            on: s.on.clone(),
            points: s.points,
            to: s.to.clone(),
            clock: s.clock.clone(),
            appeal_within: s.appeal_within,
            label: words.of(|w| &w.scores, &s.id),
        })
        .collect();
    let public = matter.public.as_ref().map(|p| PublicPart {
        fields: p.fields.clone(),
        open: p.open,
        photos: p.photos,
        after_photos: p.after_photos,
        statuses: p.statuses.iter().map(|s| (s.clone(), words.of(|w| &w.statuses, s))).collect(),
        service_code: p.service_code.clone(),
        group: words.one(|w| &w.group),
    });
    let codes = matter.actions.iter().flat_map(|a| &a.reasons).chain(matter.clocks.iter().flat_map(|c| &c.pause_on));
    let reasons: BTreeMap<String, Text> = codes.map(|c| (c.clone(), words.of(|w| &w.reasons, c))).collect();
    let forms = schemas.into_iter().map(|(id, schema)| (id.clone(), Form { title: words.of(|w| &w.forms, &id), id, schema })).collect();
    Definition {
        title: words.one(|w| &w.title),
        description: words.one(|w| &w.description),
        stages,
        actions,
        clocks,
        routing: Routing { rows, examples: matter.routing.examples },
        scores,
        public,
        reasons,
        forms,
        id: matter.id,
        version: matter.version,
        content_hash,
        owner: matter.owner,
        effective_from: matter.effective_from,
        legal_basis: matter.legal_basis,
        subject: matter.subject,
        context: matter.context,
        retention: matter.retention,
        unconfirmed: matter.unconfirmed,
        units: Arc::new(units.clone()),
        compiled: Arc::new(compiled),
    }
}

fn action(matter: &RawMatter, raw: &RawAction, words: &Words<'_>) -> Action {
    let labels = words.action(&raw.id);
    Action {
        id: raw.id.clone(),
        verb: raw.verb,
        label: labels.label,
        done_label: labels.done,
        public_label: labels.public,
        from: gate::expand(matter, &raw.from),
        to: raw.to.clone(),
        who: raw.who.clone(),
        not_same_unit_as: raw.not_same_unit_as.clone(),
        not_same_person_as: raw.not_same_person_as.clone(),
        form: raw.form.clone(),
        photos: raw.photos,
        needs_reason: raw.needs_reason,
        reasons: raw.reasons.clone(),
        unit: raw.unit,
        when: raw.when.clone(),
        max: raw.max,
        then: raw.then.clone(),
        then_unit: raw.then_unit.clone(),
        clock: raw.clock.clone(),
        amount: raw.amount.clone(),
        limit: raw.limit,
        within: raw.within,
        primary: raw.primary,
        danger: raw.danger,
    }
}

fn clock(raw: &RawClock, words: &Words<'_>) -> Clock {
    let budget = match (raw.budget, &raw.budget_by) {
        (Some(budget), None) => BudgetRule::Fixed { budget },
        (otherwise, by) => BudgetRule::Table {
            by: by.clone().unwrap_or_default(),
            rows: raw.budget_table.clone(),
            // The gate has refused a clock without either; a table without `budget` falls back to its smallest row.
            otherwise: otherwise
                .or_else(|| raw.budget_table.values().next().copied())
                .unwrap_or(gongzhi_civic::calendar::Budget { amount: 1, unit: gongzhi_civic::calendar::BudgetUnit::WorkingDay }),
        },
    };
    Clock {
        id: raw.id.clone(),
        label: words.of(|w| &w.clocks, &raw.id),
        budget,
        start: raw.start,
        ends: raw.ends,
        again: raw.again,
        pause_on: raw.pause_on.clone(),
        owner: raw.owner.clone(),
        promise: raw.promise,
        source: raw.source.clone(),
        ladder: raw.ladder.iter().map(|r| Rung { at: r.at.clone(), deed: r.deed, to: r.to.clone() }).collect(),
    }
}

/// SM3 over name and content of every file in name order; a comment changes it too, as it should.
fn content_hash(files: &BTreeMap<String, String>) -> String {
    let mut bytes = Vec::new();
    for (name, text) in files {
        bytes.extend(format!("{name}\n{}\n", text.len()).bytes());
        bytes.extend(text.bytes());
    }
    ledger::sm3_hex(&bytes)
}

fn absent(file: &str) -> Fault {
    Fault {
        file: file.to_owned(),
        line: 0,
        column: 0,
        code: "file_missing".to_owned(),
        message: Text::new(format!("缺少文件 {file}"), format!("the file {file} is missing")),
    }
}
