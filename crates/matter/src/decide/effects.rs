//! From declared effects to those of one event, with everything resolved.

use gongzhi_civic::time::Timestamp;
use serde_json::{Map, Value};

use super::facts;
use crate::case::{Case, apply};
use crate::command::{ActorFacts, Facts};
use crate::definition::{Definition, Effect, EffectKind, Trigger};
use crate::effect::{Addressee, EffectDeed, EffectRef};
use crate::event::{Event, Recorded};
use crate::expression;
use crate::part::PartState;

/// The effects of an event whose consequences are settled, in declared order. Conditions and addressees see the case as
/// it stands after the event.
pub(super) fn resolve(
    definition: &Definition,
    before: Option<&Case>,
    event: &Event,
    given: &Facts,
    actor: &ActorFacts,
    now: Timestamp,
) -> Vec<EffectRef> {
    if definition.effects.is_empty() {
        return Vec::new();
    }
    let seq = before.map_or(1, |c| c.version + 1);
    let after = apply(definition, before.cloned(), &Recorded { seq, at: now, event: event.clone() });
    let facts = facts::facts_for(definition, Some(&after), given, actor, None);
    let scope = expression::scope(&definition.compiled.context, &facts.0);
    let moment = Moment { definition, event, after: &after };
    let mut found = Vec::new();
    for effect in definition.effects.iter().filter(|e| e.trigger().is_some_and(|t| follows(t, before, event, &after))) {
        let holds = definition.compiled.effect_guards.get(&effect.id).is_none_or(|g| g.holds(&scope) == Ok(true));
        if holds {
            let deeds = moment.deeds(effect);
            found.extend(deeds.into_iter().map(|deed| EffectRef { id: effect.id.clone(), deed }));
        }
    }
    found
}

/// Whether an event is what a trigger waits for.
pub(crate) fn follows(trigger: Trigger<'_>, before: Option<&Case>, event: &Event, after: &Case) -> bool {
    match trigger {
        Trigger::Action(id) => event.action == id,
        Trigger::Deed(deed) => event.rung.as_ref().is_some_and(|r| r.deed == deed.as_str()),
        Trigger::Rung { clock, at } => event.rung.as_ref().is_some_and(|r| r.claim.clock == clock && r.claim.rung == at),
        Trigger::Stage(id) => event.to == id && event.from != id,
        Trigger::CallBackLow => event.call_back.is_some_and(|c| c.low),
        Trigger::ChildrenDone => event.child.is_some() && before.is_some_and(|b| b.mandatory_open() > 0) && after.mandatory_open() == 0,
    }
}

struct Moment<'a> {
    definition: &'a Definition,
    event: &'a Event,
    after: &'a Case,
}

impl Moment<'_> {
    fn deeds(&self, effect: &Effect) -> Vec<EffectDeed> {
        let action = || effect.action.clone().unwrap_or_default();
        match effect.deed {
            EffectKind::Notify => {
                let to = self.addressees(&effect.to);
                if to.is_empty() { Vec::new() } else { vec![EffectDeed::Notify { to, channels: effect.channels.clone() }] }
            }
            EffectKind::Child => self.children(effect),
            EffectKind::Children => self
                .after
                .open_children()
                .filter(|c| effect.matter.as_ref().is_none_or(|m| *m == c.matter))
                .map(|c| EffectDeed::Children { case: c.case.clone(), action: action() })
                .collect(),
            EffectKind::Parent => self.after.parent.iter().map(|p| EffectDeed::Parent { case: p.case.clone(), action: action() }).collect(),
            EffectKind::Own => vec![EffectDeed::Own { action: action() }],
            EffectKind::Document => vec![EffectDeed::Document { letter: effect.letter.clone().unwrap_or_default() }],
            EffectKind::Webhook => vec![EffectDeed::Webhook { topic: effect.topic.clone().unwrap_or_default() }],
            EffectKind::Signal => {
                let words = effect.signal_words.as_ref().and_then(|w| self.value(&Value::from(w.as_str()), None));
                let words = words.map(|w| w.as_str().map_or_else(|| w.to_string(), str::to_owned)).unwrap_or_default();
                vec![EffectDeed::Signal { class: effect.class.clone().unwrap_or_default(), words }]
            }
        }
    }

    fn addressees(&self, to: &[String]) -> Vec<Addressee> {
        let case = self.after;
        let mut found: Vec<Addressee> = Vec::new();
        for word in to {
            let unit = |u: Option<&String>| u.cloned().map(Addressee::Unit).into_iter().collect::<Vec<_>>();
            let units = |all: &[String]| all.iter().cloned().map(Addressee::Unit).collect::<Vec<_>>();
            let next = match word.as_str() {
                "owner_unit" => unit(case.unit.as_ref()),
                "assist_units" => units(&case.assists),
                "copied_units" => units(&case.copies),
                "router_unit" => unit(case.router_unit.as_ref()),
                "opener_unit" => unit(case.opened_by.unit.as_ref()),
                "parent_unit" => unit(case.parent.as_ref().and_then(|p| p.unit.as_ref())),
                "above_owner_unit" => unit(case.unit.as_ref().and_then(|u| self.definition.units.get(u)).and_then(|u| u.parent.as_ref())),
                "handler" => case.handler.iter().cloned().map(Addressee::Person).collect(),
                "reporter" => vec![Addressee::Reporter],
                other => match other.split_once(':') {
                    Some(("unit", id)) => vec![Addressee::Unit(id.to_owned())],
                    Some(("role", role)) => vec![Addressee::Role(role.to_owned())],
                    _ => Vec::new(),
                },
            };
            for one in next {
                if !found.contains(&one) {
                    found.push(one);
                }
            }
        }
        found
    }

    /// One child per element, per part, or one.
    fn children(&self, effect: &Effect) -> Vec<EffectDeed> {
        let one = |item: Option<&Value>, part: Option<&str>| {
            let mut fields = Map::new();
            for (name, spec) in &effect.fields {
                if let Some(value) = self.value(spec, item) {
                    fields.insert(name.clone(), value);
                }
            }
            let unit = match effect.unit.as_deref() {
                Some("part") => part.map(str::to_owned),
                Some(spec) => self.value(&Value::from(spec), item).and_then(|v| v.as_str().map(str::to_owned)),
                None => None,
            };
            EffectDeed::Child {
                matter: effect.matter.clone().unwrap_or_default(),
                fields: Value::Object(fields),
                unit: unit.filter(|u| !u.is_empty()),
                then: effect.then.clone(),
                mandatory: effect.mandatory,
                place: effect.place,
            }
        };
        match effect.each.as_deref() {
            None => vec![one(None, None)],
            Some("parts") => {
                // A split speaks of its own new parts; any other event of all that are open.
                let new: Vec<&str> = self.event.parts.iter().filter(|p| p.state == PartState::Open).map(|p| p.unit.as_str()).collect();
                let units = if new.is_empty() { self.after.open_parts().collect() } else { new };
                units.into_iter().map(|u| one(None, Some(u))).collect()
            }
            Some(pointer) => {
                let list = self.value(&Value::from(pointer), None);
                let items = list.as_ref().and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                items.iter().map(|item| one(Some(item), None)).collect()
            }
        }
    }

    /// A value of `fields`, `unit` or `words`: a pointer, an element's pointer, a quoted constant, or itself.
    fn value(&self, spec: &Value, item: Option<&Value>) -> Option<Value> {
        let Some(text) = spec.as_str() else { return Some(spec.clone()) };
        let found = if let Some(pointer) = text.strip_prefix("item:") {
            item?.pointer(pointer).cloned()
        } else if text.starts_with('/') {
            let of_event = self.event.fields.pointer(text).filter(|v| !v.is_null());
            of_event.or_else(|| self.after.fields.pointer(text)).cloned()
        } else {
            text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).map(Value::from)
        };
        found.filter(|v| !v.is_null())
    }
}
