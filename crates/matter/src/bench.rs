//! The test bench: where would this go, why, and when would it be due — before anything is opened.

use std::collections::BTreeMap;

use gongzhi_civic::calendar::Calendar;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::{ClockView, projected_start, rung_times};
use crate::command::{ActorFacts, Facts};
use crate::course::main_course;
use crate::decide::{TableHit, check_form, facts_for, table_hits};
use crate::definition::{Deed, Definition};
use crate::routing;

/// What the bench answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bench {
    /// Fields that do not hold, by pointer; the rest is answered all the same.
    pub fields: BTreeMap<String, Text>,
    /// Unit it would go to.
    pub unit: String,
    /// Its name.
    pub unit_name: Text,
    /// Assisting units.
    pub assists: Vec<String>,
    /// Row that fires.
    pub row: String,
    /// Why.
    pub reason: Text,
    /// What the decision tables say.
    pub tables: Vec<TableHit>,
    /// The main course, stage by stage, if everybody takes all the time there is.
    pub course: Vec<BenchStage>,
}

/// A stage of the main course.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchStage {
    /// Stage.
    pub stage: String,
    /// Its label.
    pub label: Text,
    /// Action that leads there.
    pub action: String,
    /// Its label.
    pub action_label: Text,
    /// When it would be entered at the latest without anybody being late.
    pub enters_at: Timestamp,
    /// Clocks that start there.
    pub clocks: Vec<BenchClock>,
}

/// A clock that starts in a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchClock {
    /// The clock as it would stand.
    #[serde(flatten)]
    pub view: ClockView,
    /// Its ladder with dates.
    pub ladder: Vec<BenchRung>,
}

/// A rung with its date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchRung {
    /// As declared.
    pub rung: String,
    /// When.
    pub at: Timestamp,
    /// What is done.
    pub deed: Deed,
    /// To whom.
    pub to: String,
}

/// Where a case with these opening fields would go, and when each clock of the main course would be due.
#[must_use]
pub fn test_bench(definition: &Definition, fields: &Value, facts: &Facts, now: Timestamp, calendar: &Calendar) -> Bench {
    let merged = facts_for(definition, None, facts, &ActorFacts::default(), Some(fields));
    let proposal = routing::route(definition, &merged);
    let unit_name = definition.units.get(&proposal.unit).map(|u| u.name.clone()).unwrap_or_default();
    let checked = definition.opening_form().map(|f| check_form(definition, &f.id, fields)).unwrap_or_default();
    Bench {
        fields: checked,
        unit: proposal.unit,
        unit_name,
        assists: proposal.assists,
        row: proposal.row,
        reason: proposal.reason,
        tables: table_hits(definition, &merged),
        course: course(definition, &merged, now, calendar),
    }
}

fn course(definition: &Definition, facts: &Facts, now: Timestamp, calendar: &Calendar) -> Vec<BenchStage> {
    let mut at = now;
    let mut started: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for step in main_course(definition) {
        let Some(stage) = definition.stage(step.stage) else { continue };
        let mut clocks = Vec::new();
        for id in stage.clocks.iter().filter(|c| !started.contains(&c.as_str())) {
            if let (Some(view), Some(clock)) = (projected_start(definition, id, facts, at, calendar), definition.clock(id)) {
                let times = rung_times(clock, facts, at, calendar);
                let ladder = clock
                    .ladder
                    .iter()
                    .zip(times)
                    .map(|(rung, at)| BenchRung { rung: rung.at.clone(), at, deed: rung.deed, to: rung.to.clone() })
                    .collect();
                clocks.push(BenchClock { view, ladder });
            }
        }
        started.extend(stage.clocks.iter().map(String::as_str));
        let enters_at = at;
        // The stage is left when the first of its own clocks runs out.
        at = clocks.iter().map(|c| c.view.due).min().unwrap_or(at);
        found.push(BenchStage {
            stage: stage.id.clone(),
            label: stage.label.clone(),
            action: step.action.id.clone(),
            action_label: step.action.label.clone(),
            enters_at,
            clocks,
        });
    }
    found
}
