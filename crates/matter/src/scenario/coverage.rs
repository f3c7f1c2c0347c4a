//! What scenarios touched, out of what is declared.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::case::Case;
use crate::command::{ActorFacts, Facts};
use crate::decide::{facts_for, follows, table_hits};
use crate::definition::{Definition, Verb};
use crate::event::Event;
use crate::expression;

/// What scenarios touched, out of what is declared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Stages entered.
    pub stages: Share,
    /// Actions taken.
    pub actions: Share,
    /// Rungs fired, as `clock@rung`.
    pub rungs: Share,
    /// Routing rows that proposed a unit in an opening or an example.
    pub rows: Share,
    /// Conditions of actions and effects, each seen true and false: `action:extend=true`.
    pub guards: Share,
    /// Effects that followed from an event.
    pub effects: Share,
    /// Rows of decision tables that held, as `table.row`.
    pub tables: Share,
    /// Call-backs with a low and with a higher mark.
    pub call_backs: Share,
}

impl Coverage {
    /// All shares with their names, in the order of printing.
    #[must_use]
    pub fn shares(&self) -> [(&'static str, &'static str, &Share); 8] {
        [
            ("阶段", "stages", &self.stages),
            ("动作", "actions", &self.actions),
            ("梯级", "rungs", &self.rungs),
            ("路由", "rows", &self.rows),
            ("条件", "guards", &self.guards),
            ("效果", "effects", &self.effects),
            ("判定", "tables", &self.tables),
            ("回访", "call-backs", &self.call_backs),
        ]
    }

    /// Whether nothing declared is untouched.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.shares().iter().all(|(_, _, share)| share.untouched.is_empty())
    }
}

/// Touched and untouched names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Touched.
    pub touched: BTreeSet<String>,
    /// Declared but untouched.
    pub untouched: BTreeSet<String>,
}

/// What has been touched so far.
#[derive(Default)]
pub(super) struct Touched {
    pub stages: BTreeSet<String>,
    pub actions: BTreeSet<String>,
    pub rungs: BTreeSet<String>,
    pub rows: BTreeSet<String>,
    guards: BTreeSet<String>,
    effects: BTreeSet<String>,
    tables: BTreeSet<String>,
    call_backs: BTreeSet<String>,
}

impl Touched {
    /// Conditions of the actions possible in this stage, as this actor meets them.
    pub(super) fn look(
        &mut self,
        definition: &Definition,
        case: Option<&Case>,
        actor: &ActorFacts,
        facts: &Facts,
        opening: Option<&serde_json::Value>,
    ) {
        let facts = facts_for(definition, case, facts, actor, opening.filter(|_| case.is_none()));
        let scope = expression::scope(&definition.compiled.context, &facts.0);
        for (id, guard) in &definition.compiled.guards {
            let possible = definition.action(id).is_some_and(|a| match case {
                Some(case) => a.from.contains(&case.stage),
                None => a.verb == Verb::Open,
            });
            if possible && let Ok(held) = guard.holds(&scope) {
                self.guards.insert(format!("action:{id}={held}"));
            }
        }
        self.tables.extend(table_hits(definition, &facts).into_iter().map(|h| format!("{}.{}", h.table, h.row)));
    }

    /// What an event brought about.
    pub(super) fn event(
        &mut self,
        definition: &Definition,
        before: Option<&Case>,
        event: &Event,
        after: &Case,
        actor: &ActorFacts,
        facts: &Facts,
    ) {
        self.stages.insert(after.stage.clone());
        self.effects.extend(event.effects.iter().map(|e| e.id.clone()));
        if let Some(mark) = event.call_back {
            self.call_backs.insert(call_back(mark.low).to_owned());
        }
        let facts = facts_for(definition, Some(after), facts, actor, None);
        let scope = expression::scope(&definition.compiled.context, &facts.0);
        for effect in definition.effects.iter().filter(|e| e.trigger().is_some_and(|t| follows(t, before, event, after))) {
            if let Some(Ok(held)) = definition.compiled.effect_guards.get(&effect.id).map(|g| g.holds(&scope)) {
                self.guards.insert(format!("effect:{}={held}", effect.id));
            }
        }
        self.tables.extend(table_hits(definition, &facts).into_iter().map(|h| format!("{}.{}", h.table, h.row)));
    }

    /// Against what is declared; examples of the tables count as touching their rows.
    pub(super) fn against(mut self, definition: &Definition) -> Coverage {
        self.rows.extend(definition.routing.examples.iter().map(|e| e.row.clone()));
        for table in &definition.tables {
            self.tables.extend(table.examples.iter().map(|e| format!("{}.{}", table.id, e.row)));
        }
        let always = |when: &str| when.trim() == "true" || when.trim().is_empty();
        let both = |name: String| [format!("{name}=true"), format!("{name}=false")];
        let guards = definition.actions.iter().filter(|a| !always(&a.when)).map(|a| format!("action:{}", a.id));
        let guards = guards.chain(definition.effects.iter().filter(|e| !always(&e.when)).map(|e| format!("effect:{}", e.id)));
        let asked = definition.actions.iter().any(|a| a.verb == Verb::CallBack);
        Coverage {
            stages: share(self.stages, definition.stages.iter().map(|s| s.id.clone())),
            actions: share(self.actions, definition.actions.iter().map(|a| a.id.clone())),
            rungs: share(self.rungs, definition.clocks.iter().flat_map(|c| c.ladder.iter().map(|r| format!("{}@{}", c.id, r.at)))),
            rows: share(self.rows, definition.routing.rows.iter().map(|r| r.id.clone())),
            guards: share(self.guards, guards.flat_map(both)),
            effects: share(self.effects, definition.effects.iter().map(|e| e.id.clone())),
            tables: share(self.tables, definition.tables.iter().flat_map(|t| t.rows.iter().map(|r| format!("{}.{}", t.id, r.id)))),
            call_backs: share(self.call_backs, [true, false].into_iter().filter(|_| asked).map(|low| call_back(low).to_owned())),
        }
    }
}

const fn call_back(low: bool) -> &'static str {
    if low { "low" } else { "high" }
}

fn share(touched: BTreeSet<String>, declared: impl Iterator<Item = String>) -> Share {
    let declared: BTreeSet<String> = declared.collect();
    let untouched = declared.difference(&touched).cloned().collect();
    // Names that are not declared (an always-true guard) would only make the count look better than it is.
    Share { touched: touched.intersection(&declared).cloned().collect(), untouched }
}
