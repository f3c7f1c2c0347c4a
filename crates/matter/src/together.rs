//! The gate across matters: what one says about another must be so.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::definition::{Action, Definition, Effect, EffectKind, Fault, Source, Trigger, Verb, allows_system};
use crate::form;

/// Checks definitions against each other: child matters exist, their opening takes the fields, the system may take the
/// actions that effects name, and no matter opens itself for ever. A fault's file is `<matter>/matter.toml`.
#[must_use]
pub fn gate_together<'d>(definitions: impl IntoIterator<Item = &'d Definition>) -> Vec<Fault> {
    let all: BTreeMap<&str, &Definition> = definitions.into_iter().map(|d| (d.id.as_str(), d)).collect();
    let mut faults = Vec::new();
    for definition in all.values() {
        let file = format!("{}/matter.toml", definition.id);
        let source = Source::new(&file, &definition.compiled.text);
        let mut together = Together { all: &all, definition, source, faults: &mut faults };
        for (i, effect) in definition.effects.iter().enumerate() {
            together.effect(&format!("effects[{i}]"), effect);
        }
    }
    faults.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    faults
}

struct Together<'a> {
    all: &'a BTreeMap<&'a str, &'a Definition>,
    definition: &'a Definition,
    source: Source<'a>,
    faults: &'a mut Vec<Fault>,
}

impl Together<'_> {
    fn fault(&mut self, path: &str, code: &str, zh: String, en: String) {
        self.faults.push(self.source.fault(path, code, zh, en));
    }

    fn effect(&mut self, at: &str, effect: &Effect) {
        match effect.deed {
            EffectKind::Child => self.child(at, effect),
            EffectKind::Children => {
                let opened: BTreeSet<&str> =
                    children_of(self.definition).filter(|m| effect.matter.as_deref().is_none_or(|f| f == *m)).collect();
                if opened.is_empty() {
                    let (zh, en) = ("本事项没有效果开立这样的下级案件", "no effect of this matter opens such children");
                    self.fault(&format!("{at}.matter"), "effect_never", zh.to_owned(), en.to_owned());
                }
                for id in opened.into_iter().map(str::to_owned).collect::<Vec<_>>() {
                    self.action_of(at, "action", &id, effect.action.as_deref());
                }
            }
            EffectKind::Parent => {
                let parents: Vec<String> =
                    self.all.values().filter(|d| children_of(d).any(|m| m == self.definition.id)).map(|d| d.id.clone()).collect();
                if parents.is_empty() {
                    let (zh, en) = ("没有事项开立本事项作为下级案件", "no matter opens this one as a child");
                    self.fault(&format!("{at}.do"), "effect_never", zh.to_owned(), en.to_owned());
                }
                for id in parents {
                    self.action_of(at, "action", &id, effect.action.as_deref());
                }
            }
            _ => {}
        }
    }

    /// The other matter has the action and lets the system take it.
    fn action_of(&mut self, at: &str, key: &str, matter: &str, action: Option<&str>) -> Option<Action> {
        let other = *self.all.get(matter)?;
        let id = action?;
        let path = format!("{at}.{key}");
        match other.action(id) {
            None => {
                let (zh, en) = (format!("事项“{matter}”没有动作“{id}”"), format!("the matter `{matter}` has no action `{id}`"));
                self.fault(&path, "unknown_action", zh, en);
                None
            }
            Some(action) if !allows_system(&action.who) => {
                let (zh, en) = (
                    format!("事项“{matter}”的动作“{id}”没有 role:system，程序不能执行"),
                    format!("the action `{id}` of the matter `{matter}` does not list role:system: the program may not take it"),
                );
                self.fault(&path, "system_not_allowed", zh, en);
                None
            }
            Some(action) => Some(action.clone()),
        }
    }

    fn child(&mut self, at: &str, effect: &Effect) {
        let id = effect.matter.clone().unwrap_or_default();
        let Some(child) = self.all.get(id.as_str()).copied() else {
            let (zh, en) = (format!("没有名为“{id}”的事项"), format!("there is no matter called `{id}`"));
            self.fault(&format!("{at}.matter"), "unknown_matter", zh, en);
            return;
        };
        let open = child.actions.iter().find(|a| a.verb == Verb::Open);
        if let Some(open) = open.filter(|o| !allows_system(&o.who)) {
            let (zh, en) = (
                format!("事项“{id}”的“{}”没有 role:system，程序不能开立", open.id),
                format!("`{}` of the matter `{id}` does not list role:system: the program may not open it", open.id),
            );
            self.fault(&format!("{at}.matter"), "system_not_allowed", zh, en);
        }
        if let Some(schema) = child.opening_form().map(|f| &f.schema) {
            self.fields(at, effect, &id, schema);
        }
        if let Some(action) = self.action_of(at, "then", &id, effect.then.as_deref())
            && open.is_some_and(|o| !action.from.contains(&o.to))
        {
            let (zh, en) = (
                format!("事项“{id}”开立后的阶段不能执行“{}”", action.id),
                format!("`{}` is not possible in the stage in which `{id}` opens", action.id),
            );
            self.fault(&format!("{at}.then"), "wrong_stage", zh, en);
        }
        if self.opens_for_ever(effect) {
            let (zh, en) = (
                "下级案件一开立又会开立下级案件，没有尽头；请用 when 限制（如 parent.matter == ''）",
                "each child opens another at once, without end: bound it with `when` (such as parent.matter == '')",
            );
            self.fault(&format!("{at}.on"), "endless_children", zh.to_owned(), en.to_owned());
        }
    }

    fn fields(&mut self, at: &str, effect: &Effect, id: &str, schema: &Value) {
        for (name, spec) in &effect.fields {
            let path = format!("{at}.fields.{name}");
            let Some(target) = form::property(schema, name) else {
                let (zh, en) = (format!("事项“{id}”的开立表单没有“{name}”"), format!("the opening form of `{id}` has no field `{name}`"));
                self.fault(&path, "unknown_field", zh, en);
                continue;
            };
            if !self.fits(effect, spec, target) {
                let (zh, en) = (
                    format!("“{name}”的类型或取值与事项“{id}”的表单不符"),
                    format!("`{name}` does not fit its field in the form of `{id}`"),
                );
                self.fault(&path, "child_field_type", zh, en);
            }
        }
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !effect.fields.contains_key(name) {
                let (zh, en) = (format!("缺少事项“{id}”开立时必填的“{name}”"), format!("`{name}`, which `{id}` requires, is not given"));
                self.fault(&format!("{at}.fields"), "child_field_missing", zh, en);
            }
        }
    }

    /// Whether a value of the parent can stand in a field of the child.
    fn fits(&self, effect: &Effect, spec: &Value, target: &Value) -> bool {
        let wanted = target.get("type").and_then(Value::as_str).unwrap_or_default();
        let Some(text) = spec.as_str() else {
            return match wanted {
                "integer" => spec.is_i64(),
                "number" => spec.is_number(),
                "boolean" => spec.is_boolean(),
                _ => false,
            };
        };
        if let Some(constant) = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')) {
            let listed = target.get("enum").and_then(Value::as_array).is_none_or(|e| e.iter().any(|v| v == constant));
            return wanted == "string" && listed;
        }
        let source = self.sources(effect, text);
        // A pointer that several forms could mean fits if one of them does.
        source.is_empty()
            || source.iter().any(|s| {
                let kind = s.get("type").and_then(Value::as_str).unwrap_or_default();
                let words = |v: &Value| v.get("enum").and_then(Value::as_array).cloned();
                let narrow = match (words(s), words(target)) {
                    (Some(from), Some(to)) => from.iter().any(|w| to.contains(w)),
                    _ => true,
                };
                narrow && (kind == wanted || (kind == "integer" && wanted == "number"))
            })
    }

    fn sources(&self, effect: &Effect, text: &str) -> Vec<Value> {
        let forms = || self.definition.forms.values().map(|f| &f.schema);
        let found: Vec<&Value> = if let Some(pointer) = text.strip_prefix("item:") {
            let each = effect.each.as_deref().unwrap_or_default();
            let elements = forms().filter_map(|f| form::property(f, each)?.get("items"));
            elements.filter_map(|e| if pointer.is_empty() { Some(e) } else { form::property(e, pointer) }).collect()
        } else {
            forms().filter_map(|f| form::property(f, text)).collect()
        };
        found.into_iter().cloned().collect()
    }

    /// Whether opening this child leads, without anybody's act, to opening this matter again.
    fn opens_for_ever(&self, effect: &Effect) -> bool {
        if !at_once(self.definition, effect) {
            return false;
        }
        let mut seen = BTreeSet::new();
        let mut queue: Vec<&str> = effect.matter.as_deref().into_iter().collect();
        while let Some(id) = queue.pop() {
            if id == self.definition.id {
                return true;
            }
            if let Some(next) = self.all.get(id).filter(|_| seen.insert(id)) {
                queue.extend(next.effects.iter().filter(|e| at_once(next, e)).filter_map(|e| e.matter.as_deref()));
            }
        }
        false
    }
}

/// Matters that a definition's effects open.
fn children_of(definition: &Definition) -> impl Iterator<Item = &str> {
    definition.effects.iter().filter(|e| e.deed == EffectKind::Child).filter_map(|e| e.matter.as_deref())
}

/// A child that the mere opening of its parent brings about, whatever the parent's own parent is.
fn at_once(definition: &Definition, effect: &Effect) -> bool {
    let open = definition.actions.iter().find(|a| a.verb == Verb::Open);
    let on_opening = match effect.trigger() {
        Some(Trigger::Action(id)) => open.is_some_and(|o| o.id == id),
        Some(Trigger::Stage(id)) => open.is_some_and(|o| o.to == id),
        _ => false,
    };
    effect.deed == EffectKind::Child && on_opening && !effect.when.contains("parent.")
}
