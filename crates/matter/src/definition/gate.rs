//! The publish gate: refuses, with line and reason, what cannot work.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use gongzhi_civic::calendar::Budget;
use gongzhi_civic::unit::UnitTree;
use serde_json::Value;

use super::raw::{RawAction, RawMatter};
use super::{Base, Compiled, Definition, Fault, Source, UnitChoice, Variable, Verb};
use crate::{expression, form, routing};

mod linked;
mod tables;

pub(crate) use linked::allows_system;
pub(super) use linked::unknown_placeholders;

/// Roles a definition may name.
const ROLES: &[&str] = &["dispatcher", "analyst", "clerk", "officer", "leader", "administrator", "reporter", "system"];
/// Relations of an actor to a case that a definition may name.
const RELATIONS: &[&str] = &[
    "reporter",
    "opener_unit",
    "owner_unit",
    "handler",
    "assist_unit",
    "copied_unit",
    "router_unit",
    "other_unit",
    "above_owner_unit",
    "part_unit",
    "parent_unit",
];

/// Actions that the engine takes itself.
const RESERVED: &[&str] = &["rung", "child", "migrate"];

/// One term of `who`: role or relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhoTerm<'a> {
    /// `role:<word>`
    Role(&'a str),
    /// `rel:<word>`
    Relation(&'a str),
    /// `unit:<id>`: the actor's unit is this one or lies below it.
    Unit(&'a str),
    /// None of these.
    Unknown(&'a str),
}

/// The terms of one conjunction: `role:clerk & rel:owner_unit`.
pub(crate) fn who_terms(text: &str) -> impl Iterator<Item = WhoTerm<'_>> {
    text.split('&').map(str::trim).map(|term| match term.split_once(':') {
        Some(("role", word)) if ROLES.contains(&word) => WhoTerm::Role(word),
        Some(("rel", word)) if RELATIONS.contains(&word) => WhoTerm::Relation(word),
        Some(("unit", word)) => WhoTerm::Unit(word),
        _ => WhoTerm::Unknown(term),
    })
}

/// `*` stands for every stage that is not final.
pub(super) fn expand(matter: &RawMatter, from: &[String]) -> Vec<String> {
    if from.iter().any(|f| f == "*") {
        return matter.stages.iter().filter(|s| !s.base.is_final()).map(|s| s.id.clone()).collect();
    }
    from.to_vec()
}

pub(super) fn check(
    matter: &RawMatter,
    schemas: &BTreeMap<String, Value>,
    context: &BTreeMap<String, Variable>,
    source: &Source<'_>,
    files: &BTreeSet<String>,
    units: &UnitTree,
    faults: &mut Vec<Fault>,
) -> Compiled {
    let mut gate = Gate { matter, schemas, context, source, files, units, faults, compiled: Compiled::default() };
    gate.names();
    gate.stages();
    gate.actions();
    gate.clocks();
    gate.routing();
    gate.scores();
    gate.public();
    gate.tables();
    gate.effects();
    gate.letters();
    gate.lists();
    gate.effect_check();
    gate.migrations();
    gate.simulation();
    for (id, schema) in schemas {
        match form::compile(schema) {
            Ok(validator) => {
                gate.compiled.validators.insert(id.clone(), validator);
            }
            Err(why) => {
                gate.fault(
                    &format!("forms.{id}"),
                    "schema_invalid",
                    format!("表单不能使用：{why}"),
                    format!("the form cannot be used: {why}"),
                );
            }
        }
    }
    gate.compiled.context = context.clone();
    gate.compiled
}

/// Examples that do not come out as written; run on the finished definition.
pub(super) fn failing_examples(definition: &Definition, source: &Source<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (i, example) in definition.routing.examples.iter().enumerate() {
        let path = format!("routing.examples[{i}]");
        let given = crate::command::Facts(example.given.as_object().cloned().unwrap_or_default());
        let facts = crate::decide::with_tables(definition, given);
        let proposal = routing::route(definition, &facts);
        if proposal.row != example.row || !(example.unit.is_empty() || example.unit == proposal.unit) {
            let (row, unit) = (&example.row, &example.unit);
            faults.push(source.fault(
                &path,
                "example_failed",
                format!("例子不成立：应为 {row}（{unit}），实为 {}（{}）", proposal.row, proposal.unit),
                format!("the example fails: expected row {row} ({unit}), got {} ({})", proposal.row, proposal.unit),
            ));
        }
    }
    faults.extend(tables::failing_examples(definition, source));
    faults
}

struct Gate<'a> {
    matter: &'a RawMatter,
    schemas: &'a BTreeMap<String, Value>,
    context: &'a BTreeMap<String, Variable>,
    source: &'a Source<'a>,
    files: &'a BTreeSet<String>,
    units: &'a UnitTree,
    faults: &'a mut Vec<Fault>,
    compiled: Compiled,
}

impl Gate<'_> {
    fn fault(&mut self, path: &str, code: &str, zh: String, en: String) {
        self.faults.push(self.source.fault(path, code, zh, en));
    }

    fn unknown(&mut self, path: &str, kind: &str, zh_kind: &str, word: &str) {
        self.fault(path, &format!("unknown_{kind}"), format!("没有名为“{word}”的{zh_kind}"), format!("there is no {kind} called `{word}`"));
    }

    fn has_stage(&self, id: &str) -> bool {
        self.matter.stages.iter().any(|s| s.id == id)
    }

    fn has_action(&self, id: &str) -> bool {
        self.matter.actions.iter().any(|a| a.id == id)
    }

    fn has_clock(&self, id: &str) -> bool {
        self.matter.clocks.iter().any(|c| c.id == id)
    }

    fn names(&mut self) {
        let matter = self.matter;
        let lists: [(&str, Vec<&String>); 8] = [
            ("stages", matter.stages.iter().map(|s| &s.id).collect()),
            ("actions", matter.actions.iter().map(|a| &a.id).collect()),
            ("clocks", matter.clocks.iter().map(|c| &c.id).collect()),
            ("routing.rows", matter.routing.rows.iter().map(|r| &r.id).collect()),
            ("scores", matter.scores.iter().map(|s| &s.id).collect()),
            ("effects", matter.effects.iter().map(|e| &e.id).collect()),
            ("tables", matter.tables.iter().map(|t| &t.id).collect()),
            ("letters", matter.letters.iter().map(|l| &l.id).collect()),
        ];
        for (list, ids) in lists {
            let mut seen = BTreeSet::new();
            for (i, id) in ids.into_iter().enumerate() {
                let path = format!("{list}[{i}].id");
                if !seen.insert(id) {
                    self.fault(&path, "duplicate_id", format!("“{id}”重复"), format!("`{id}` is declared twice"));
                }
                let plain = id.starts_with(|c: char| c.is_ascii_lowercase())
                    && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
                if !plain || (list == "actions" && RESERVED.contains(&id.as_str())) {
                    self.fault(
                        &path,
                        "bad_id",
                        format!("“{id}”不能作标识，应为小写英文与下划线"),
                        format!("`{id}` is no id: lower-case words joined by _"),
                    );
                }
            }
        }
        if self.units.get(&matter.owner).is_none() {
            self.unknown("owner", "unit", "单位", &matter.owner);
        }
        if matter.version == 0 {
            self.fault("version", "bad_version", "版本从 1 起".to_owned(), "versions start at 1".to_owned());
        }
    }

    fn stages(&mut self) {
        for (i, stage) in self.matter.stages.iter().enumerate() {
            for (j, clock) in stage.clocks.iter().enumerate() {
                if !self.has_clock(clock) {
                    self.unknown(&format!("stages[{i}].clocks[{j}]"), "clock", "时限", clock);
                }
            }
            if let Some(public) = &self.matter.public
                && !public.statuses.contains(&stage.public)
            {
                self.unknown(&format!("stages[{i}].public"), "status", "公众状态", &stage.public);
            }
        }
    }

    fn actions(&mut self) {
        let matter = self.matter;
        let opens = matter.actions.iter().filter(|a| a.verb == Verb::Open).count();
        if opens != 1 {
            self.fault(
                "actions",
                "no_open_action",
                "须有且仅有一个 open 动作".to_owned(),
                "exactly one action must have the verb open".to_owned(),
            );
        }
        for (i, action) in matter.actions.iter().enumerate() {
            self.action(&format!("actions[{i}]"), action);
        }
    }

    fn action(&mut self, at: &str, action: &RawAction) {
        let open = action.verb == Verb::Open;
        if action.verb.is_reserved() {
            self.fault(
                &format!("{at}.verb"),
                "verb_unsupported",
                "rung、child、migrate 由程序执行，不能声明".to_owned(),
                "the verbs rung, child and migrate belong to the engine".to_owned(),
            );
        }
        if action.from.is_empty() != open {
            let (zh, en) = if open { ("open 不能有 from", "open has no from") } else { ("缺少 from", "from is missing") };
            self.fault(&format!("{at}.from"), "bad_from", zh.to_owned(), en.to_owned());
        }
        for (j, from) in action.from.iter().enumerate() {
            if from != "*" && !self.has_stage(from) {
                self.unknown(&format!("{at}.from[{j}]"), "stage", "阶段", from);
            }
        }
        for (key, stage) in [("to", Some(&action.to)), ("then", action.then.as_ref())] {
            if let Some(stage) = stage
                && !stage.is_empty()
                && !self.has_stage(stage)
            {
                self.unknown(&format!("{at}.{key}"), "stage", "阶段", stage);
            }
        }
        self.who(at, action);
        for (key, others) in [("not_same_unit_as", &action.not_same_unit_as), ("not_same_person_as", &action.not_same_person_as)] {
            for (j, other) in others.iter().enumerate() {
                if !self.has_action(other) {
                    self.unknown(&format!("{at}.{key}[{j}]"), "action", "动作", other);
                }
            }
        }
        if let Some(id) = &action.form
            && !self.matter.forms.contains_key(id)
        {
            self.unknown(&format!("{at}.form"), "form", "表单", id);
        }
        if !action.when.is_empty() {
            self.condition(&format!("{at}.when"), &action.when).map(|c| self.compiled.guards.insert(action.id.clone(), c));
        }
        if let Some(unit) = &action.then_unit
            && self.units.get(unit).is_none()
        {
            self.unknown(&format!("{at}.then_unit"), "unit", "单位", unit);
        }
        if action.then.is_some() && action.max == 0 {
            self.fault(&format!("{at}.then"), "then_without_max", "写了 then 就要写 max".to_owned(), "`then` needs `max`".to_owned());
        }
        self.verb_needs(at, action);
        self.linked_verb(at, action);
    }

    fn who(&mut self, at: &str, action: &RawAction) {
        if action.who.is_empty() {
            let id = &action.id;
            self.fault(at, "action_without_actor", format!("动作“{id}”没有人可以做"), format!("nobody may take the action `{id}`"));
        }
        self.actors(at, &action.who);
    }

    /// Roles, relations and units of a `who` list.
    fn actors(&mut self, at: &str, who: &[String]) {
        for (j, who) in who.iter().enumerate() {
            let unknown: Vec<String> = who_terms(who)
                .filter_map(|t| match t {
                    WhoTerm::Unknown(word) => Some(word.to_owned()),
                    WhoTerm::Unit(id) if self.units.get(id).is_none() => Some(format!("unit:{id}")),
                    _ => None,
                })
                .collect();
            for word in unknown {
                self.fault(
                    &format!("{at}.who[{j}]"),
                    "unknown_actor",
                    format!("“{word}”不是角色、关系或单位；角色：{}；关系：{}", ROLES.join(" "), RELATIONS.join(" ")),
                    format!("`{word}` is no role ({}), relation ({}) or unit", ROLES.join(" "), RELATIONS.join(" ")),
                );
            }
        }
    }

    /// What a verb cannot do without.
    fn verb_needs(&mut self, at: &str, action: &RawAction) {
        let base = self.matter.stages.iter().find(|s| s.id == action.to).map(|s| s.base);
        let wrong_base = |wanted: &[Base]| base.is_some_and(|b| !wanted.contains(&b));
        let id = action.id.clone();
        let mut need = |path: &str, code: &str, zh: &str, en: &str| {
            self.fault(&format!("{at}{path}"), code, format!("动作“{id}”：{zh}"), format!("action `{id}`: {en}"))
        };
        match action.verb {
            Verb::Open if action.to.is_empty() => need("", "verb_needs", "open 须写 to", "open needs `to`"),
            Verb::Dispatch | Verb::Accept | Verb::Transfer if action.unit == UnitChoice::None && action.verb != Verb::Accept => {
                need("", "verb_needs", "须写 unit = \"proposed\" 或 \"chosen\"", "needs unit = \"proposed\" or \"chosen\"");
            }
            Verb::Close => {
                if action.not_same_unit_as.is_empty() && action.not_same_person_as.is_empty() {
                    need(
                        "",
                        "four_eyes_missing",
                        "销号须由另一单位或另一人（not_same_unit_as）",
                        "closing needs other eyes: write not_same_unit_as",
                    );
                }
                if wrong_base(&[Base::Done]) || action.to.is_empty() {
                    need(".to", "verb_base", "须通向 base = \"done\" 的阶段", "must lead to a stage with base done");
                }
            }
            Verb::Decline | Verb::Withdraw | Verb::MergeDuplicate if wrong_base(&[Base::Cancelled]) || action.to.is_empty() => {
                need(".to", "verb_base", "须通向 base = \"cancelled\" 的阶段", "must lead to a stage with base cancelled");
            }
            Verb::Suspend if wrong_base(&[Base::Hold]) || action.to.is_empty() => {
                need(".to", "verb_base", "须通向 base = \"hold\" 的阶段", "must lead to a stage with base hold");
            }
            Verb::Submit if wrong_base(&[Base::Review, Base::Done]) => {
                need(".to", "verb_base", "须通向复查阶段", "must lead to a review stage");
            }
            Verb::Return if action.reasons.is_empty() => need("", "verb_needs", "退回须列出原因 reasons", "return needs `reasons`"),
            Verb::Contest if action.within.is_none() => need("", "verb_needs", "异议须写期限 within", "contest needs `within`"),
            Verb::Extend => {
                let amount_known = action.amount.as_ref().is_some_and(|pointer| {
                    let schema = action.form.as_ref().and_then(|f| self.schemas.get(f));
                    schema.and_then(|s| form::property(s, pointer)).and_then(|p| p.get("type")).and_then(Value::as_str) == Some("integer")
                });
                if action.clock.is_none() || action.limit.is_none() || !amount_known || action.max == 0 {
                    let (zh, en) = (
                        "延期须写 clock、limit、max 和指向整数项的 amount",
                        "extend needs clock, limit, max and an amount that points at an integer field",
                    );
                    self.fault(at, "verb_needs", zh.to_owned(), en.to_owned());
                } else if let Some(clock) = &action.clock
                    && !self.has_clock(clock)
                {
                    self.unknown(&format!("{at}.clock"), "clock", "时限", clock);
                }
                if !self.matter.actions.iter().any(|a| a.verb == Verb::ApproveExtension)
                    || !self.matter.actions.iter().any(|a| a.verb == Verb::RefuseExtension)
                {
                    let (zh, en) =
                        ("有延期申请，却没有批准与不批准的动作", "an extension may be asked for but nobody can grant or refuse it");
                    self.fault(at, "extend_without_answer", zh.to_owned(), en.to_owned());
                }
            }
            _ => {}
        }
    }

    fn clocks(&mut self) {
        let codes: BTreeSet<&String> = self.matter.actions.iter().filter(|a| a.verb == Verb::Suspend).flat_map(|a| &a.reasons).collect();
        for (i, clock) in self.matter.clocks.iter().enumerate() {
            let (at, id) = (format!("clocks[{i}]"), &clock.id);
            if !self.addressee(&clock.owner) {
                self.fault(
                    &format!("{at}.owner"),
                    "clock_without_owner",
                    format!("时限“{id}”没有责任人"),
                    format!("nobody answers for the clock `{id}`"),
                );
            }
            if !self.matter.stages.iter().any(|s| s.clocks.contains(id)) {
                self.fault(&at, "clock_unused", format!("时限“{id}”没有任何阶段使用"), format!("no stage uses the clock `{id}`"));
            }
            for (j, code) in clock.pause_on.iter().enumerate() {
                if !codes.contains(code) {
                    self.unknown(&format!("{at}.pause_on[{j}]"), "reason", "挂起原因", code);
                }
            }
            if clock.budget.is_none() {
                let (zh, en) = ("时限须写 budget；按表取值时它是兜底值", "a clock needs `budget`; with a table it is the fallback");
                self.fault(&at, "table_without_fallback", zh.to_owned(), en.to_owned());
            }
            if let Some(by) = &clock.budget_by {
                match self.context.get(by) {
                    None => self.unknown(&format!("{at}.budget_by"), "variable", "变量", by),
                    Some(variable) => {
                        let values = variable.values.clone();
                        for key in clock.budget_table.keys().filter(|k| !values.is_empty() && !values.contains(k)) {
                            self.unknown(&format!("{at}.budget_table.{key}"), "value", "取值", key);
                        }
                    }
                }
            }
            for (j, rung) in clock.ladder.iter().enumerate() {
                let at = format!("{at}.ladder[{j}]");
                if RungTime::from_str(&rung.at).is_err() {
                    let word = &rung.at;
                    self.fault(
                        &format!("{at}.at"),
                        "bad_rung",
                        format!("“{word}”应为 50%、due 或 +2wd"),
                        format!("`{word}`: write 50%, due or +2wd"),
                    );
                }
                if !self.addressee(&rung.to) {
                    self.unknown(&format!("{at}.to"), "addressee", "对象", &rung.to);
                }
                if clock.ladder[..j].iter().any(|r| r.at == rung.at) {
                    let (zh, en) = ("同一时点写了两次", "two rungs at the same point");
                    self.fault(&format!("{at}.at"), "duplicate_id", zh.to_owned(), en.to_owned());
                }
            }
        }
    }

    fn addressee(&self, word: &str) -> bool {
        match word.split_once(':') {
            Some(("unit", id)) => self.units.get(id).is_some(),
            Some(("role", role)) => ROLES.contains(&role),
            None => matches!(word, "owner_unit" | "router_unit" | "opener_unit" | "reporter"),
            Some(_) => false,
        }
    }

    fn routing(&mut self) {
        for (i, target) in self.matter.routing.copy.iter().enumerate() {
            self.target(&format!("routing.copy[{i}]"), target);
        }
        let rows = &self.matter.routing.rows;
        if rows.last().is_none_or(|r| r.when.trim() != "true" || !r.to.starts_with("unit:")) {
            let (zh, en) = (
                "最后一行须为兜底：when = \"true\"，to = \"unit:…\"",
                "the last row must be the fallback: when = \"true\", to = \"unit:…\"",
            );
            self.fault("routing.rows", "table_without_fallback", zh.to_owned(), en.to_owned());
        }
        for (i, row) in rows.iter().enumerate() {
            let at = format!("routing.rows[{i}]");
            if row.when.trim() == "true" && i + 1 < rows.len() {
                let (zh, en) = ("这一行之后的各行永远轮不到", "no row after this one can ever fire");
                self.fault(&format!("{at}.when"), "row_after_fallback", zh.to_owned(), en.to_owned());
            }
            if let Some(first) = rows[..i].iter().find(|r| r.when == row.when && r.to == row.to) {
                let (zh, en) = (format!("与“{}”行相同", first.id), format!("the same as row `{}`", first.id));
                self.fault(&at, "row_never_fires", zh, en);
            }
            if let Some(condition) = self.condition(&format!("{at}.when"), &row.when) {
                self.compiled.rows.push(condition);
            }
            self.target(&format!("{at}.to"), &row.to);
            for (j, assist) in row.assist.iter().enumerate() {
                self.target(&format!("{at}.assist[{j}]"), assist);
            }
        }
    }

    fn target(&mut self, path: &str, target: &str) {
        match routing::Target::read(target) {
            Some(routing::Target::Unit(id)) => {
                if self.units.get(id).is_none_or(|u| !u.active) {
                    self.unknown(path, "unit", "单位", id);
                }
            }
            Some(routing::Target::Fact(name)) => {
                if !self.context.contains_key(name) {
                    self.unknown(path, "variable", "变量", name);
                }
            }
            Some(routing::Target::Duty { duty, in_area }) => {
                if !self.units.units.values().any(|u| u.active && u.duties.iter().any(|d| d == duty)) {
                    self.unknown(path, "duty", "职责", duty);
                }
                if in_area && !(self.context.contains_key("area.key") || self.context.contains_key("area.name")) {
                    self.unknown(path, "variable", "变量", "area.key");
                }
            }
            None => self.fault(
                path,
                "bad_target",
                format!("“{target}”应为 unit:<单位>、duty:<职责>、duty:<职责> in area 或 fact:<变量>"),
                format!("`{target}`: write unit:<id>, duty:<duty>, duty:<duty> in area or fact:<variable>"),
            ),
        }
    }

    fn condition(&mut self, path: &str, text: &str) -> Option<std::sync::Arc<dyn expression::Condition>> {
        match expression::compile(text, self.context) {
            Ok(condition) => Some(condition),
            Err(fault) => {
                self.fault(path, fault.code, fault.message.zh, fault.message.en);
                None
            }
        }
    }

    fn scores(&mut self) {
        for (i, score) in self.matter.scores.iter().enumerate() {
            let at = format!("scores[{i}]");
            let known = match score.on.split_once(':') {
                Some(("action", id)) => self.has_action(id),
                Some(("rung", deed)) => matches!(deed, "remind" | "urge" | "supervise" | "list"),
                None => matches!(score.on.as_str(), "closed_in_time" | "closed_late"),
                Some(_) => false,
            };
            if !known {
                self.unknown(&format!("{at}.on"), "event", "事件", &score.on);
            }
            if !matches!(score.to.as_str(), "owner_unit" | "actor_unit" | "submit_unit") {
                self.unknown(&format!("{at}.to"), "addressee", "对象", &score.to);
            }
            let timed = score.on.starts_with("closed_");
            if timed && !score.clock.as_ref().is_some_and(|c| self.has_clock(c)) {
                self.unknown(&format!("{at}.clock"), "clock", "时限", score.clock.as_deref().unwrap_or(""));
            }
        }
    }

    fn public(&mut self) {
        let Some(public) = &self.matter.public else { return };
        let opening =
            self.matter.actions.iter().find(|a| a.verb == Verb::Open).and_then(|a| a.form.as_ref()).and_then(|f| self.schemas.get(f));
        for (i, pointer) in public.fields.iter().enumerate() {
            let property = opening.and_then(|schema| form::property(schema, pointer));
            match property {
                None => self.unknown(&format!("public.fields[{i}]"), "field", "表单项", pointer),
                Some(p) if p.get("x-visibility").and_then(Value::as_str) != Some("public") => self.fault(
                    &format!("public.fields[{i}]"),
                    "field_not_public",
                    format!("{pointer} 未标 x-visibility = public，不能对外"),
                    format!("{pointer} is not marked x-visibility public and must not leave"),
                ),
                Some(_) => {}
            }
        }
        let names = self.matter.subject.duplicates.iter().flat_map(|d| &d.same).cloned().collect::<Vec<_>>();
        for name in names.iter().chain(self.matter.context.values().filter(|v| v.form.is_none()).filter_map(|v| v.field.as_ref())) {
            if opening.is_some_and(|schema| form::property(schema, name).is_none()) {
                self.unknown("subject", "field", "表单项", name);
            }
        }
    }
}

/// When a rung comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RungTime {
    /// At a share of the budget.
    Share(f64),
    /// When it is due.
    Due,
    /// This long after it was due.
    After(Budget),
}

impl FromStr for RungTime {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "due" {
            return Ok(Self::Due);
        }
        if let Some(percent) = text.strip_suffix('%') {
            return percent.parse::<u8>().ok().filter(|p| (1..100).contains(p)).map(|p| Self::Share(f64::from(p) / 100.0)).ok_or(());
        }
        text.strip_prefix('+').and_then(|b| b.parse().ok()).map(Self::After).ok_or(())
    }
}
