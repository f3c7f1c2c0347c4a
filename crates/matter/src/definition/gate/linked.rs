//! The gate for what reaches beyond the case: effects, letters, lists, effect checks, and the new verbs' needs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::raw::{RawAction, RawEffect};
use super::super::{DuplicateBy, EffectKind, Trigger, UnitChoice, Verb};
use super::{Gate, ROLES, WhoTerm, who_terms};
use crate::after::EFFECT_CLOCK;
use crate::form;

/// Placeholders of a notice.
const PLACEHOLDERS: &[&str] = &["number", "title", "place", "unit", "due", "stage", "link"];

/// Keys that only some effects use, by the deed that uses them.
const KEYS: &[(&str, &[EffectKind])] = &[
    ("to", &[EffectKind::Notify]),
    ("channels", &[EffectKind::Notify]),
    ("matter", &[EffectKind::Child, EffectKind::Children]),
    ("each", &[EffectKind::Child]),
    ("fields", &[EffectKind::Child]),
    ("unit", &[EffectKind::Child]),
    ("then", &[EffectKind::Child]),
    ("mandatory", &[EffectKind::Child]),
    ("action", &[EffectKind::Children, EffectKind::Parent, EffectKind::Own]),
    ("letter", &[EffectKind::Document]),
    ("topic", &[EffectKind::Webhook]),
    ("class", &[EffectKind::Signal]),
    ("words", &[EffectKind::Signal]),
];

impl Gate<'_> {
    pub(super) fn effects(&mut self) {
        for (i, effect) in self.matter.effects.iter().enumerate() {
            let at = format!("effects[{i}]");
            self.trigger(&at, effect);
            if !effect.when.is_empty()
                && let Some(condition) = self.condition(&format!("{at}.when"), &effect.when)
            {
                self.compiled.effect_guards.insert(effect.id.clone(), condition);
            }
            self.effect_keys(&at, effect);
            match effect.deed {
                EffectKind::Notify => self.notify(&at, effect),
                EffectKind::Child => self.child(&at, effect),
                EffectKind::Own => self.own_action(&at, effect),
                EffectKind::Document => {
                    let letter = effect.letter.clone().unwrap_or_default();
                    if !letter.is_empty() && !self.matter.letters.iter().any(|l| l.id == letter) {
                        self.unknown(&format!("{at}.letter"), "letter", "文书", &letter);
                    }
                }
                EffectKind::Signal => {
                    let words = effect.words.clone().unwrap_or_default();
                    if !words.is_empty() {
                        self.value(&format!("{at}.words"), effect, &words, None);
                    }
                }
                EffectKind::Children | EffectKind::Parent | EffectKind::Webhook => {}
            }
        }
        self.effect_circles();
    }

    fn trigger(&mut self, at: &str, effect: &RawEffect) {
        let path = format!("{at}.on");
        match Trigger::read(&effect.on) {
            None => {
                let word = &effect.on;
                self.fault(
                    &path,
                    "bad_trigger",
                    format!(
                        "“{word}”应为 action:<动作>、stage:<阶段>、rung:<催办动作>、rung:<时限>@<节点>、call_back:low 或 children_done"
                    ),
                    format!("`{word}`: write action:<id>, stage:<id>, rung:<deed>, rung:<clock>@<at>, call_back:low or children_done"),
                );
            }
            Some(Trigger::Action(id)) if !self.has_action(id) => self.unknown(&path, "action", "动作", id),
            Some(Trigger::Stage(id)) if !self.has_stage(id) => self.unknown(&path, "stage", "阶段", id),
            Some(Trigger::Deed(deed)) if !self.matter.clocks.iter().any(|c| c.ladder.iter().any(|r| r.deed == deed)) => {
                self.unknown(&path, "rung", "催办节点", deed.as_str());
            }
            Some(Trigger::Rung { clock, at: rung })
                if !self.matter.clocks.iter().any(|c| c.id == clock && c.ladder.iter().any(|r| r.at == rung)) =>
            {
                self.unknown(&path, "rung", "催办节点", &format!("{clock}@{rung}"));
            }
            Some(Trigger::CallBackLow) if !self.matter.actions.iter().any(|a| a.verb == Verb::CallBack) => {
                self.never(&path, "没有回访动作（verb = \"call_back\"）", "there is no action with the verb call_back");
            }
            Some(Trigger::ChildrenDone) if !self.matter.effects.iter().any(|e| e.deed == EffectKind::Child && e.mandatory) => {
                self.never(&path, "没有必办的下级案件（mandatory = true）", "no effect opens a mandatory child");
            }
            Some(_) => {}
        }
    }

    fn never(&mut self, path: &str, zh: &str, en: &str) {
        self.fault(path, "effect_never", format!("这个效果不会发生：{zh}"), format!("this effect can never come: {en}"));
    }

    /// What a deed needs, and what does not belong to it.
    fn effect_keys(&mut self, at: &str, effect: &RawEffect) {
        let given = |key: &str| match key {
            "to" => !effect.to.is_empty(),
            "channels" => !effect.channels.is_empty(),
            "matter" => effect.matter.is_some(),
            "each" => effect.each.is_some(),
            "fields" => !effect.fields.is_empty(),
            "unit" => effect.unit.is_some(),
            "then" => effect.then.is_some(),
            "mandatory" => effect.mandatory,
            "action" => effect.action.is_some(),
            "letter" => effect.letter.is_some(),
            "topic" => effect.topic.is_some(),
            "class" => effect.class.is_some(),
            _ => effect.words.is_some(),
        };
        for (key, deeds) in KEYS {
            if given(key) && !deeds.contains(&effect.deed) {
                let (zh, en) = (format!("此类效果没有 {key}"), format!("an effect of this kind has no `{key}`"));
                self.fault(&format!("{at}.{key}"), "effect_key", zh, en);
            }
        }
        let needed: &[&str] = match effect.deed {
            EffectKind::Notify => &["to"],
            EffectKind::Child => &["matter"],
            EffectKind::Children | EffectKind::Parent | EffectKind::Own => &["action"],
            EffectKind::Document => &["letter"],
            EffectKind::Webhook => &[],
            EffectKind::Signal => &["class", "words"],
        };
        for key in needed.iter().filter(|k| !given(k)) {
            let id = &effect.id;
            self.fault(at, "effect_needs", format!("效果“{id}”须写 {key}"), format!("effect `{id}` needs `{key}`"));
        }
    }

    fn notify(&mut self, at: &str, effect: &RawEffect) {
        for (j, word) in effect.to.iter().enumerate() {
            let known = match word.split_once(':') {
                Some(("unit", id)) => self.units.get(id).is_some(),
                Some(("role", role)) => ROLES.contains(&role) && role != "system",
                Some(_) => false,
                None => matches!(
                    word.as_str(),
                    "owner_unit"
                        | "assist_units"
                        | "copied_units"
                        | "router_unit"
                        | "opener_unit"
                        | "above_owner_unit"
                        | "parent_unit"
                        | "handler"
                        | "reporter"
                ),
            };
            if !known {
                self.unknown(&format!("{at}.to[{j}]"), "addressee", "对象", word);
            }
        }
    }

    fn child(&mut self, at: &str, effect: &RawEffect) {
        let items = effect.each.as_deref().filter(|e| *e != "parts").map(|pointer| (pointer, self.field(effect, pointer)));
        let mut element = None;
        if let Some((pointer, found)) = items {
            element = found.and_then(|f| f.get("items")).cloned();
            if element.is_none() {
                let (zh, en) = (format!("{pointer} 不是该动作表单中的列表"), format!("{pointer} is no list of the action's form"));
                self.fault(&format!("{at}.each"), "unknown_field", zh, en);
            }
        }
        if effect.each.as_deref() == Some("parts") && !self.matter.actions.iter().any(|a| a.verb == Verb::Split) {
            self.never(&format!("{at}.each"), "没有分派多单位的动作（verb = \"split\"）", "there is no action with the verb split");
        }
        for (name, spec) in &effect.fields {
            if let Some(text) = spec.as_str() {
                self.value(&format!("{at}.fields.{name}"), effect, text, element.as_ref());
            } else if !(spec.is_number() || spec.is_boolean()) {
                self.bad_value(&format!("{at}.fields.{name}"), &spec.to_string());
            }
        }
        if let Some(unit) = &effect.unit {
            let path = format!("{at}.unit");
            match unit.strip_prefix('\'').and_then(|u| u.strip_suffix('\'')) {
                Some(id) if self.units.get(id).is_none() => self.unknown(&path, "unit", "单位", id),
                None if unit == "part" => {
                    if effect.each.as_deref() != Some("parts") {
                        self.bad_value(&path, unit);
                    }
                }
                _ => self.value(&path, effect, unit, element.as_ref()),
            }
        }
    }

    /// The form field a pointer means: of the triggering action's form, else of the opening form.
    fn field(&self, effect: &RawEffect, pointer: &str) -> Option<&Value> {
        let form_of = |a: &RawAction| a.form.as_ref().and_then(|f| self.schemas.get(f));
        let own = match Trigger::read(&effect.on) {
            Some(Trigger::Action(id)) => self.matter.actions.iter().find(|a| a.id == id).and_then(form_of),
            Some(Trigger::CallBackLow) => self.matter.actions.iter().find(|a| a.verb == Verb::CallBack).and_then(form_of),
            _ => None,
        };
        // Entering a stage, any of the actions that lead there may have brought the field.
        let leading: Vec<&Value> = match Trigger::read(&effect.on) {
            Some(Trigger::Stage(id)) => self.matter.actions.iter().filter(|a| a.to == id).filter_map(form_of).collect(),
            _ => Vec::new(),
        };
        let opening = self.matter.actions.iter().find(|a| a.verb == Verb::Open).and_then(form_of);
        own.into_iter().chain(leading).chain(opening).find_map(|schema| form::property(schema, pointer).filter(|_| pointer.len() > 1))
    }

    fn value(&mut self, path: &str, effect: &RawEffect, text: &str, element: Option<&Value>) {
        if let Some(pointer) = text.strip_prefix("item:") {
            let Some(element) = element else {
                self.bad_value(path, text);
                return;
            };
            if !pointer.is_empty() && form::property(element, pointer).is_none() {
                self.unknown(path, "field", "表单项", text);
            }
        } else if text.starts_with('/') {
            if self.field(effect, text).is_none() {
                self.unknown(path, "field", "表单项", text);
            }
        } else if !(text.len() >= 2 && text.starts_with('\'') && text.ends_with('\'')) {
            self.bad_value(path, text);
        }
    }

    fn bad_value(&mut self, path: &str, text: &str) {
        self.fault(
            path,
            "bad_value",
            format!("“{text}”应为 \"/字段\"、\"item:/字段\"（须有 each）、\"'常量'\"、数字或真假值"),
            format!("`{text}`: write \"/field\", \"item:/field\" (with `each`), \"'constant'\", a number or a truth value"),
        );
    }

    fn own_action(&mut self, at: &str, effect: &RawEffect) {
        let Some(id) = &effect.action else { return };
        match self.matter.actions.iter().find(|a| a.id == *id) {
            None => self.unknown(&format!("{at}.action"), "action", "动作", id),
            Some(action) if !allows_system(&action.who) => self.not_for_system(&format!("{at}.action"), id),
            Some(_) => {}
        }
    }

    fn not_for_system(&mut self, path: &str, id: &str) {
        self.fault(
            path,
            "system_not_allowed",
            format!("动作“{id}”的 who 没有 role:system，程序不能执行"),
            format!("the action `{id}` does not list role:system: the program may not take it"),
        );
    }

    /// The program must not act on a case in a circle: such actions need a bound.
    fn effect_circles(&mut self) {
        let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for effect in self.matter.effects.iter().filter(|e| e.deed == EffectKind::Own) {
            let Some(action) = &effect.action else { continue };
            let causes: Vec<&str> = match Trigger::read(&effect.on) {
                Some(Trigger::Action(id)) => vec![id],
                Some(Trigger::Stage(id)) => self.matter.actions.iter().filter(|a| a.to == id).map(|a| a.id.as_str()).collect(),
                _ => Vec::new(),
            };
            for cause in causes {
                next.entry(cause).or_default().insert(action);
            }
        }
        let bounded = |id: &str| self.matter.actions.iter().any(|a| a.id == id && a.max > 0);
        let mut found = Vec::new();
        for (i, effect) in self.matter.effects.iter().enumerate().filter(|(_, e)| e.deed == EffectKind::Own) {
            let Some(start) = effect.action.as_deref().filter(|a| !bounded(a)) else { continue };
            let mut seen = BTreeSet::new();
            let mut queue = vec![start];
            while let Some(at) = queue.pop() {
                for to in next.get(at).into_iter().flatten().filter(|a| !bounded(a)) {
                    if *to == start {
                        found.push((i, start.to_owned()));
                        queue.clear();
                        break;
                    }
                    if seen.insert(*to) {
                        queue.push(to);
                    }
                }
            }
        }
        for (i, id) in found {
            self.fault(
                &format!("effects[{i}].action"),
                "effect_circle",
                format!("程序会反复执行“{id}”：请给动作写 max"),
                format!("the program would take `{id}` for ever: give the action a `max`"),
            );
        }
    }

    pub(super) fn letters(&mut self) {
        for (i, letter) in self.matter.letters.iter().enumerate() {
            let at = format!("letters[{i}]");
            if !self.files.contains(&letter.template) {
                let file = &letter.template;
                let (zh, en) = (format!("找不到文书模板 {file}"), format!("the letter's template {file} is not there"));
                self.fault(&format!("{at}.template"), "template_missing", zh, en);
            }
            self.actors(&at, &letter.who);
            let made = self.matter.effects.iter().any(|e| e.letter.as_ref() == Some(&letter.id));
            if letter.who.is_empty() && !made {
                let id = &letter.id;
                self.fault(
                    &at,
                    "letter_unused",
                    format!("文书“{id}”没有人也没有效果会制作"),
                    format!("nobody and no effect makes the letter `{id}`"),
                );
            }
        }
    }

    pub(super) fn lists(&mut self) {
        if self.matter.clocks.iter().any(|c| c.id == EFFECT_CLOCK) {
            let i = self.matter.clocks.iter().position(|c| c.id == EFFECT_CLOCK).unwrap_or(0);
            let (zh, en) = ("“effect”留给效果评估，时限请另取名", "`effect` is the name of effect checks: call the clock otherwise");
            self.fault(&format!("clocks[{i}].id"), "bad_id", zh.to_owned(), en.to_owned());
        }
        if let Some(list) = &self.matter.list {
            for (key, pointer) in [("key", &list.key), ("campaign", &list.campaign)] {
                if self.opening().is_none_or(|schema| form::property(schema, pointer).is_none() || !pointer.starts_with('/')) {
                    self.unknown(&format!("list.{key}"), "field", "表单项", pointer);
                }
            }
            match self.matter.actions.iter().find(|a| a.id == list.gone) {
                Some(action) if action.verb != Verb::Cure => {
                    let (zh, en) = ("gone 须指向 verb = \"cure\" 的动作", "`gone` must name an action with the verb cure");
                    self.fault("list.gone", "verb_needs", zh.to_owned(), en.to_owned());
                }
                Some(action) if !allows_system(&action.who) => self.not_for_system("list.gone", &list.gone),
                Some(_) => {}
                None => self.unknown("list.gone", "action", "动作", &list.gone),
            }
        }
        let subject = &self.matter.subject;
        if let Some(key) = &subject.key
            && self.opening().is_none_or(|schema| form::property(schema, key).is_none() || !key.starts_with('/'))
        {
            self.unknown("subject.key", "field", "表单项", key);
        }
        if let Some(duplicates) = &subject.duplicates {
            let fault = match duplicates.by {
                DuplicateBy::Place if duplicates.radius_m == 0 => Some(("按地点查重须写 radius_m", "duplicates by place need radius_m")),
                DuplicateBy::Key if subject.key.is_none() => Some(("按主体查重须写 [subject] key", "duplicates by key need [subject] key")),
                _ => None,
            };
            if let Some((zh, en)) = fault {
                self.fault("subject.duplicates", "bad_duplicates", zh.to_owned(), en.to_owned());
            }
        }
    }

    pub(super) fn effect_check(&mut self) {
        let Some(rule) = &self.matter.effect_check else {
            for (i, _) in self.matter.actions.iter().enumerate().filter(|(_, a)| a.verb == Verb::EffectCheck) {
                let (zh, en) =
                    ("有效果评估动作，却没有 [effect_check]", "there is an effect check but no [effect_check] that schedules it");
                self.fault(&format!("actions[{i}]"), "effect_check_missing", zh.to_owned(), en.to_owned());
            }
            return;
        };
        match self.matter.actions.iter().find(|a| a.id == rule.action) {
            None => self.unknown("effect_check.action", "action", "动作", &rule.action),
            Some(action) if action.verb != Verb::EffectCheck => {
                let (zh, en) = ("须指向 verb = \"effect_check\" 的动作", "must name an action with the verb effect_check");
                self.fault("effect_check.action", "verb_needs", zh.to_owned(), en.to_owned());
            }
            Some(_) => {}
        }
        let mut seen = BTreeSet::new();
        if rule.after.is_empty() || rule.after.iter().any(|b| b.amount == 0 || !seen.insert(b.to_string())) {
            let (zh, en) =
                ("after 须列出互不相同的时间，如 [\"30d\", \"60d\"]", "`after` must list different times such as [\"30d\", \"60d\"]");
            self.fault("effect_check.after", "bad_effect_check", zh.to_owned(), en.to_owned());
        }
        if rule.radius_m == 0 || rule.kinds.is_empty() {
            let (zh, en) = ("须写 kinds 和大于 0 的 radius_m", "needs `kinds` and a radius_m above 0");
            self.fault("effect_check", "bad_effect_check", zh.to_owned(), en.to_owned());
        }
        for (i, kind) in rule.kinds.iter().enumerate().filter(|(_, k)| !matches!(k.as_str(), "call" | "crash" | "case")) {
            self.unknown(&format!("effect_check.kinds[{i}]"), "signal", "信号种类", kind);
        }
    }

    /// What the verbs of parts, call-backs and checks cannot do without.
    pub(super) fn linked_verb(&mut self, at: &str, action: &RawAction) {
        let final_stage = |id: &String| self.matter.stages.iter().any(|s| s.id == *id && s.base.is_final());
        let has = |verb: Verb| self.matter.actions.iter().any(|a| a.verb == verb);
        let from_final = !action.from.is_empty() && action.from.iter().all(final_stage);
        let leads_to_final = final_stage(&action.to);
        let mut found: Vec<(&str, &str, &str, &str)> = Vec::new();
        match action.verb {
            Verb::Split => {
                if action.unit != UnitChoice::Chosen {
                    found.push(("", "verb_needs", "须写 unit = \"chosen\"（牵头单位）", "needs unit = \"chosen\" (the lead)"));
                }
                if !has(Verb::FinishPart) {
                    found.push((
                        "",
                        "split_without_finish",
                        "没有完成任务的动作（verb = \"finish_part\"）",
                        "no action finishes a part (verb finish_part)",
                    ));
                }
            }
            Verb::FinishPart | Verb::DropPart if !has(Verb::Split) => {
                found.push((
                    "",
                    "part_without_split",
                    "没有分派多单位的动作（verb = \"split\"）",
                    "there is no action with the verb split",
                ));
            }
            Verb::FinishPart if !action.who.iter().any(|w| who_terms(w).any(|t| t == WhoTerm::Relation("part_unit"))) => {
                found.push((".who", "verb_needs", "who 须含 rel:part_unit", "`who` must name rel:part_unit"));
            }
            Verb::DropPart if !action.needs_reason => {
                found.push(("", "verb_needs", "收回任务须写 needs_reason = true", "needs needs_reason = true"));
            }
            Verb::CallBack => {
                let form = action.form.as_ref().and_then(|f| self.schemas.get(f));
                let integer =
                    form.and_then(|f| form::property(f, "/score")).and_then(|p| p.get("type")).and_then(Value::as_str) == Some("integer");
                let required =
                    form.and_then(|f| f.get("required")).and_then(Value::as_array).is_some_and(|r| r.iter().any(|v| v == "score"));
                if action.within.is_none() || action.low.is_none() || !integer || !required {
                    let (zh, en) = (
                        "回访须写 within、low 和含必填整数项 score 的 form",
                        "a call-back needs within, low and a form with a required integer `score`",
                    );
                    found.push(("", "verb_needs", zh, en));
                }
                if !from_final {
                    found.push((".from", "bad_from", "回访须从办结阶段发起", "a call-back starts from final stages"));
                }
                if action.to.is_empty() || leads_to_final {
                    found.push((".to", "verb_base", "低分须通向未办结的阶段", "a low mark must lead to a stage that is not final"));
                }
            }
            Verb::EffectCheck => {
                if action.who.iter().any(|w| w.trim() != "role:system") {
                    found.push((
                        ".who",
                        "verb_needs",
                        "只能由程序执行：who = [\"role:system\"]",
                        "only the program may: who = [\"role:system\"]",
                    ));
                }
                if !from_final {
                    found.push((".from", "bad_from", "须从办结阶段发起", "starts from final stages"));
                }
                if !action.to.is_empty() {
                    found.push((
                        ".to",
                        "verb_base",
                        "不改变阶段：去掉 to，变差时用效果处理",
                        "stays: leave `to` out and let an effect act when it is worse",
                    ));
                }
            }
            Verb::Cure if !leads_to_final => {
                found.push((".to", "verb_base", "须通向办结阶段", "must lead to a final stage"));
            }
            _ => {}
        }
        if action.low.is_some() && action.verb != Verb::CallBack {
            found.push((".low", "verb_needs", "只有回访用 low", "only a call-back has `low`"));
        }
        let id = action.id.clone();
        for (path, code, zh, en) in found {
            self.fault(&format!("{at}{path}"), code, format!("动作“{id}”：{zh}"), format!("action `{id}`: {en}"));
        }
    }

    pub(super) fn migrations(&mut self) {
        let mut seen = BTreeSet::new();
        for (i, migration) in self.matter.migrations.iter().enumerate() {
            let at = format!("migrations[{i}]");
            if migration.from >= self.matter.version || migration.from == 0 || !seen.insert(migration.from) {
                let (zh, en) = ("from 须是更早的版本，且只写一次", "`from` must be an earlier version, once");
                self.fault(&format!("{at}.from"), "bad_version", zh.to_owned(), en.to_owned());
            }
            for (old, new) in &migration.stages {
                if !self.has_stage(new) {
                    self.unknown(&format!("{at}.stages.{old}"), "stage", "阶段", new);
                }
            }
            for (old, new) in migration.fields.iter().filter(|(_, new)| !new.is_empty()) {
                if self.opening().is_none_or(|schema| form::property(schema, new).is_none()) {
                    self.unknown(&format!("{at}.fields.{old}"), "field", "表单项", new);
                }
            }
        }
    }

    pub(super) fn simulation(&mut self) {
        let rule = &self.matter.simulation;
        let stages = [
            ("effort", rule.effort.keys().collect::<Vec<_>>()),
            ("waiting", rule.waiting.keys().collect()),
            ("servers", rule.servers.keys().collect()),
        ];
        for (key, ids) in stages {
            for id in ids {
                if !self.has_stage(id) {
                    self.unknown(&format!("simulation.{key}.{id}"), "stage", "阶段", id);
                }
            }
        }
        for (id, weight) in &rule.weight {
            if !self.has_action(id) {
                self.unknown(&format!("simulation.weight.{id}"), "action", "动作", id);
            } else if !weight.is_finite() || *weight < 0.0 {
                let (zh, en) = ("权重不能为负", "a weight must not be negative");
                self.fault(&format!("simulation.weight.{id}"), "bad_value", zh.to_owned(), en.to_owned());
            }
        }
        for (id, n) in &rule.servers {
            if *n == 0 {
                let (zh, en) = ("人数至少为 1", "at least 1 must work there");
                self.fault(&format!("simulation.servers.{id}"), "bad_value", zh.to_owned(), en.to_owned());
            }
        }
    }

    fn opening(&self) -> Option<&Value> {
        let open = self.matter.actions.iter().find(|a| a.verb == Verb::Open)?;
        self.schemas.get(open.form.as_ref()?)
    }
}

/// Whether the program may take an action: one of its alternatives asks for nothing but `role:system`.
pub(crate) fn allows_system(who: &[String]) -> bool {
    who.iter().any(|w| who_terms(w).all(|t| t == WhoTerm::Role("system")))
}

/// Placeholders of a notice's text that the program does not fill.
pub(in crate::definition) fn unknown_placeholders(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((word, later)) = after.split_once('}') else {
            found.push(after.to_owned());
            break;
        };
        if !PLACEHOLDERS.contains(&word) {
            found.push(word.to_owned());
        }
        rest = later;
    }
    found
}
