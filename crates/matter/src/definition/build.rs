//! From the texts of a folder to a definition, or to the list of its faults.

use std::collections::BTreeMap;
use std::sync::Arc;

use gongzhi_civic::text::Text;
use gongzhi_civic::unit::UnitTree;
use jsonschema::Validator;
use serde_json::Value;

use super::raw::{RawAction, RawClock, RawEffect, RawMatter, RawTable, RawWords};
use super::words::Words;
use super::{
    Action, BudgetRule, Clock, Definition, Effect, EffectKind, Fault, Form, Letter, PublicPart, Routing, RoutingRow, Rung, ScoreRule,
    Source, Stage, Table, TableRow, Variable, VariableKind, gate, stages, words,
};
use crate::effect::Channel;
use crate::expression::Condition;
use crate::{form, ledger};

/// What the texts compile to.
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    pub(crate) guards: BTreeMap<String, Arc<dyn Condition>>,
    pub(crate) rows: Vec<Arc<dyn Condition>>,
    /// Conditions of effects, by effect id.
    pub(crate) effect_guards: BTreeMap<String, Arc<dyn Condition>>,
    /// Conditions of the decision tables' rows, table by table.
    pub(crate) tables: Vec<Vec<Arc<dyn Condition>>>,
    /// Text of `matter.toml`: later checks across matters say where a fault stands.
    pub(crate) text: String,
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
    let names = files.keys().cloned().collect();
    let mut compiled = gate::check(&matter, &schemas, &context, &source, &names, units, &mut faults);
    compiled.text.clone_from(text);
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

/// Numbers that every case has.
const CASE_COUNTS: &[&str] = &[
    "case.supporters",
    "case.urged",
    "case.supervised",
    "case.parts.open",
    "case.parts.total",
    "case.children.open",
    "case.children.total",
    "case.children.mandatory_open",
    "case.call_back_low",
];

/// The declared variables and what the engine itself knows about a case.
fn full_context(matter: &RawMatter) -> BTreeMap<String, Variable> {
    let mut context = matter.context.clone();
    let own = |kind| Variable { kind, default: None, field: None, form: None, table: None, values: Vec::new() };
    for action in &matter.actions {
        context.insert(format!("case.count.{}", action.id), own(VariableKind::Int));
    }
    for name in CASE_COUNTS {
        context.insert((*name).to_owned(), own(VariableKind::Int));
    }
    for name in ["case.unit", "case.source", "actor.unit", "parent.matter"] {
        context.insert(name.to_owned(), own(VariableKind::String));
    }
    // A word compared with a table's value must be one that the table can give.
    for variable in context.values_mut().filter(|v| v.kind == VariableKind::String && v.values.is_empty()) {
        let table = matter.tables.iter().find(|t| variable.table.as_ref() == Some(&t.id));
        variable.values = table.into_iter().flat_map(|t| &t.rows).filter_map(|r| r.value.as_str().map(str::to_owned)).collect();
    }
    context.insert("case.effect_worse".to_owned(), own(VariableKind::Bool));
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
        listed: p.listed,
        photos: p.photos,
        after_photos: p.after_photos,
        statuses: p.statuses.iter().map(|s| (s.clone(), words.of(|w| &w.statuses, s))).collect(),
        service_code: p.service_code.clone(),
        group: words.one(|w| &w.group),
    });
    let effects = matter.effects.iter().map(|e| effect(&matter, e, words)).collect();
    let tables = matter.tables.iter().map(|t| table(t, words)).collect();
    let letters = matter
        .letters
        .iter()
        .map(|l| {
            let found = words.letter(&l.id);
            Letter {
                id: l.id.clone(),
                kind: l.kind,
                template: l.template.clone(),
                seal: l.seal,
                who: l.who.clone(),
                public: l.public,
                title: found.title,
                number: found.number,
            }
        })
        .collect();
    let codes = matter.actions.iter().flat_map(|a| &a.reasons).chain(matter.clocks.iter().flat_map(|c| &c.pause_on));
    let reasons: BTreeMap<String, Text> = codes.map(|c| (c.clone(), words.of(|w| &w.reasons, c))).collect();
    let forms = schemas.into_iter().map(|(id, schema)| (id.clone(), Form { title: words.of(|w| &w.forms, &id), id, schema })).collect();
    Definition {
        title: words.one(|w| &w.title),
        description: words.one(|w| &w.description),
        stages,
        actions,
        clocks,
        routing: Routing { copy: matter.routing.copy, rows, examples: matter.routing.examples },
        scores,
        effects,
        tables,
        letters,
        effect_check: matter.effect_check,
        list: matter.list,
        migrations: matter.migrations,
        simulation: matter.simulation,
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
        low: raw.low,
        primary: raw.primary,
        danger: raw.danger,
    }
}

fn effect(matter: &RawMatter, raw: &RawEffect, words: &Words<'_>) -> Effect {
    let topic = || format!("{}.{}", matter.id, raw.on.rsplit(':').next().unwrap_or(&raw.on));
    Effect {
        id: raw.id.clone(),
        words: words.of(|w| &w.effects, &raw.id),
        on: raw.on.clone(),
        when: raw.when.clone(),
        deed: raw.deed,
        to: raw.to.clone(),
        channels: if raw.channels.is_empty() && raw.deed == EffectKind::Notify { vec![Channel::App] } else { raw.channels.clone() },
        matter: raw.matter.clone(),
        each: raw.each.clone(),
        fields: raw.fields.clone(),
        unit: raw.unit.clone(),
        then: raw.then.clone(),
        mandatory: raw.mandatory,
        place: raw.place,
        action: raw.action.clone(),
        letter: raw.letter.clone(),
        topic: (raw.deed == EffectKind::Webhook).then(|| raw.topic.clone().unwrap_or_else(topic)),
        class: raw.class.clone(),
        signal_words: raw.words.clone(),
    }
}

fn table(raw: &RawTable, words: &Words<'_>) -> Table {
    let rows = raw
        .rows
        .iter()
        .map(|r| TableRow { id: r.id.clone(), when: r.when.clone(), value: r.value.clone(), reason: words.table_row(&raw.id, &r.id) })
        .collect();
    Table { id: raw.id.clone(), kind: raw.kind, rows, examples: raw.examples.clone() }
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
