//! A case's way to a newer version of its definition: declared, shown before it happens, or refused.

use gongzhi_civic::text::Text;
use serde_json::Value;

use crate::case::Case;
use crate::clock;
use crate::command::{ActorFacts, Facts};
use crate::decide::{actor_ref, facts_for};
use crate::definition::{Definition, Verb};
use crate::event::{ClockChange, DefinitionRef, EVENT_VERSION, Event, MigrationRef};
use crate::form;
use crate::refusal::{Refusal, RefusalCode};

/// The action id of a migration's event.
pub const MIGRATE: &str = "migrate";

/// The event that brings a case from `old` to `new`, or why it cannot come. Nothing happens before the event is recorded:
/// calling this for every case is the dry run. `facts` is what the shell knows of the place, for clocks that begin.
///
/// Clocks are carried by id: one that runs and that the new stage has goes on with its budget, one that the new stage does
/// not have stops, one that the case does not have starts.
///
/// # Errors
/// [`RefusalCode::NoMigration`] when no way is declared or the stage has no image; [`RefusalCode::FormInvalid`] when a
/// field would not fit the new opening form.
pub fn migrate(old: &Definition, new: &Definition, case: &Case, actor: &ActorFacts, facts: &Facts) -> Result<Event, Refusal> {
    let pinned = &case.definition;
    if old.id != new.id || pinned.id != old.id || pinned.version != old.version || pinned.hash != old.content_hash {
        return Err(refuse(
            RefusalCode::WrongDefinition,
            (
                format!("案件按《{}》第 {} 版办理", pinned.id, pinned.version),
                format!("the case runs on {} version {}", pinned.id, pinned.version),
            ),
            ("请选择案件所属版本", "choose the version the case is pinned to"),
        ));
    }
    let Some(rule) = new.migrations.iter().find(|m| m.from == old.version).filter(|_| new.version > old.version) else {
        return Err(none(
            format!("第 {} 版没有声明如何接收第 {} 版的案件", new.version, old.version),
            format!("version {} does not say how cases of version {} come to it", new.version, old.version),
        ));
    };
    let image = |stage: &String| rule.stages.get(stage).unwrap_or(stage).clone();
    let to = image(&case.stage);
    let held_from = case.held_from.as_ref().map(image);
    for stage in [Some(&to), held_from.as_ref()].into_iter().flatten() {
        if new.stage(stage).is_none() {
            let label = old.stage(&case.stage).map(|s| s.label.clone()).unwrap_or_default();
            return Err(none(
                format!("阶段“{}”（{}）在第 {} 版中没有对应", label.zh, case.stage, new.version),
                format!("the stage “{}” ({}) has no image in version {}", label.en, case.stage, new.version),
            ));
        }
    }
    if old.base(&case.stage).is_final() != new.base(&to).is_final() {
        return Err(none(
            format!("迁移不能办结或重启案件：{} → {to}", case.stage),
            format!("a migration may neither close nor reopen a case: {} → {to}", case.stage),
        ));
    }
    if case.pending_extension.as_ref().is_some_and(|e| new.clock(&e.clock).is_none()) {
        return Err(none("待批复的延期所对应的时限已取消".to_owned(), "an extension is pending for a clock that is no more".to_owned()));
    }
    let fields = renamed(&case.fields, rule.fields.iter());
    let misfits = misfits(new, &fields);
    if !misfits.is_empty() {
        let n = misfits.len();
        return Err(Refusal {
            fields: misfits,
            ..refuse(
                RefusalCode::FormInvalid,
                (format!("{n} 项内容不符合新版表单"), format!("{n} field(s) do not fit the new form")),
                ("请在 [migrations.fields] 中改名或去掉", "rename or drop them in [migrations.fields]"),
            )
        });
    }
    let mut event = Event {
        v: EVENT_VERSION,
        action: MIGRATE.to_owned(),
        verb: Verb::Migrate,
        actor: actor_ref(actor),
        definition: Some(DefinitionRef { id: new.id.clone(), version: new.version, hash: new.content_hash.clone() }),
        from: case.stage.clone(),
        base: Some(new.base(&to)),
        to,
        migration: Some(MigrationRef { from: old.version, fields: rule.fields.clone(), held_from }),
        ..Event::default()
    };
    let facts = facts_for(new, Some(&Case { fields, ..case.clone() }), facts, &ActorFacts::default(), None);
    event.clocks = clocks(new, case, &event.to, &facts);
    Ok(event)
}

/// The opening fields under their new names; an empty name drops one.
pub(crate) fn renamed<'m>(fields: &Value, names: impl Iterator<Item = (&'m String, &'m String)>) -> Value {
    let mut map = fields.as_object().cloned().unwrap_or_default();
    let moved: Vec<(&String, Value)> = names.filter_map(|(old, new)| Some((new, map.remove(old)?))).collect();
    for (new, value) in moved.into_iter().filter(|(new, _)| !new.is_empty()) {
        map.insert(new.clone(), value);
    }
    if fields.is_object() { Value::Object(map) } else { fields.clone() }
}

/// Fields that are there and do not fit. What is missing cannot be asked for any more, and what grading has added beside
/// the opening form is no fault.
fn misfits(new: &Definition, fields: &Value) -> std::collections::BTreeMap<String, Text> {
    let Some(form) = new.opening_form() else { return std::collections::BTreeMap::new() };
    let Some(validator) = new.compiled.validators.get(&form.id) else { return std::collections::BTreeMap::new() };
    let mut found = form::validate(validator, &form.schema, fields);
    found.retain(|pointer, _| !pointer.is_empty() && fields.pointer(pointer).is_some() && form::property(&form.schema, pointer).is_some());
    found
}

fn clocks(new: &Definition, case: &Case, stage: &str, facts: &Facts) -> Vec<ClockChange> {
    let wanted: Vec<&String> = new.stage(stage).into_iter().flat_map(|s| &s.clocks).collect();
    let mut changes = Vec::new();
    for (id, _) in case.clocks.iter().filter(|(_, state)| state.stopped_at.is_none()) {
        // A clock that a hold lets run on is not the hold's own; it goes on as long as the new version knows it.
        let kept = wanted.contains(&id) || (case.held_from.is_some() && new.clock(id).is_some());
        if !kept {
            changes.push(ClockChange::Stop { clock: id.clone(), done: false });
        }
    }
    for id in wanted {
        let Some(clock) = new.clock(id) else { continue };
        match case.clocks.get(id) {
            None => changes.push(ClockChange::Start { clock: id.clone(), budget: clock::budget(clock, facts) }),
            Some(state) if state.stopped_at.is_some() => changes.push(ClockChange::Continue { clock: id.clone() }),
            Some(_) => {}
        }
    }
    changes
}

fn none(zh: String, en: String) -> Refusal {
    refuse(
        RefusalCode::NoMigration,
        (zh, en),
        (
            "案件留在原版本办理；或在新版的 [[migrations]] 中写明",
            "the case stays on its version, or [[migrations]] of the new one says how",
        ),
    )
}

fn refuse(code: RefusalCode, message: (String, String), remedy: (&str, &str)) -> Refusal {
    Refusal::new(code, Text::new(message.0, message.1), Text::new(remedy.0, remedy.1))
}
