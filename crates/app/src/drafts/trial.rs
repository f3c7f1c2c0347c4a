//! Trying a draft: its scenarios with what they cover, and the bench — where would this go, and when is it due?

use std::sync::Arc;

use gongzhi_civic::permission::Actor;
use gongzhi_civic::time::Timestamp;
use gongzhi_matter::{ActorFacts, Definition, facts_for, projected_start, test_bench};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Examined;
use crate::App;
use crate::cases::{CasePlace, GivenPlace};
use crate::error::{AppError, Problem};

/// The bench answers from 2000 …
const FIRST: i64 = 946_684_800_000;
/// … to 2100.
const LAST: i64 = 4_102_444_800_000;

/// A question to the bench.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BenchQuestion {
    /// The opening form.
    pub fields: Value,
    /// Where.
    pub place: GivenPlace,
    /// Facts by dotted name that stand over what the place says (`road.class`).
    pub facts: Map<String, Value>,
    /// When it would be opened, epoch milliseconds; now if not said.
    pub at: Option<i64>,
}

impl App {
    /// Plays a draft's scenarios on the city's calendar.
    ///
    /// # Errors
    /// No permission, no such draft.
    pub async fn test_draft(&self, actor: &Actor, id: &str) -> Result<Value, AppError> {
        let row = self.draft_row(actor, id).await?;
        let Examined { faults, definition } = self.examine(&row).await?;
        let Some(definition) = definition else {
            return Ok(json!({ "passed": false, "revision": row.revision, "faults": faults, "results": [], "coverage": null }));
        };
        match self.play(&definition, &row.files).await? {
            Err(faults) => Ok(json!({ "passed": false, "revision": row.revision, "faults": faults, "results": [], "coverage": null })),
            Ok(report) => Ok(json!({
                "passed": report.passed(), "revision": row.revision, "faults": [], "results": report.results, "coverage": report.coverage,
                "complete": report.coverage.complete(),
            })),
        }
    }

    /// Where a case with these fields at this place would go by the draft, why, and when each clock would be due if it
    /// started at that moment and along the course if everybody takes all the time there is. Nothing is opened.
    ///
    /// # Errors
    /// No permission, no such draft, a draft that does not load, a point that is none.
    pub async fn bench_draft(&self, actor: &Actor, id: &str, question: BenchQuestion) -> Result<Value, AppError> {
        let row = self.draft_row(actor, id).await?;
        let Examined { faults, definition } = self.examine(&row).await?;
        let definition = definition.ok_or_else(|| super::faulty(&faults))?;
        let place = match self.resolve_place(&question.place) {
            Err(AppError::Problem(p)) if p.code == "place_missing" => CasePlace::default(),
            other => other?,
        };
        let mut facts = self.facts(&place, "office");
        for (name, value) in &question.facts {
            facts.set(name, value.clone());
        }
        let at = question.at.map_or_else(|| self.clock.now(), Timestamp);
        if !(FIRST..LAST).contains(&at.0) {
            let problem = Problem::new(422, "time_invalid", "时间须在 2000 年至 2100 年之间。", "The time must lie between 2000 and 2100.");
            return Err(problem.at("/at", "超出范围", "out of range").into());
        }
        let merged = facts_for(&definition, None, &facts, &ActorFacts::default(), Some(&question.fields));
        let units = self.units();
        let unit = |id: &String| json!({ "id": id, "name": units.get(id).map(|u| u.name.clone()) });
        let calendar = self.calendar();
        let bench = test_bench(&definition, &question.fields, &facts, at, &calendar);
        let clocks: Vec<Value> = definition
            .clocks
            .iter()
            .filter_map(|clock| {
                let view = projected_start(&definition, &clock.id, &merged, at, &calendar)?;
                Some(json!({
                    "id": view.id, "label": view.label, "stages": stages_of(&definition, &clock.id), "due": view.due,
                    "explanation": view.explanation, "provisional": view.provisional, "promise": view.promise, "source": clock.source,
                }))
            })
            .collect();
        Ok(json!({
            "unit": unit(&bench.unit), "row": bench.row, "reason": bench.reason,
            "assists": bench.assists.iter().map(unit).collect::<Vec<_>>(), "tables": bench.tables, "course": bench.course, "clocks": clocks,
            "fields": bench.fields, "place": place.name, "at": at, "facts": merged.0, "faults": faults,
        }))
    }
}

/// The stages in which a clock counts.
fn stages_of(definition: &Arc<Definition>, clock: &str) -> Vec<Value> {
    let counting = definition.stages.iter().filter(|s| s.clocks.iter().any(|c| c == clock));
    counting.map(|s| json!({ "id": s.id, "label": s.label })).collect()
}
