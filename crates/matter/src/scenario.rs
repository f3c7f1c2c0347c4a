//! Scenarios: given/when/then as data, run against the engine on simulated time.

use std::collections::{BTreeMap, BTreeSet};

use gongzhi_civic::calendar::{Budget, Calendar};
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::after::Verdict;
use crate::case::{Case, apply};
use crate::clock::{RungView, clocks};
use crate::command::{ActorFacts, Command, Facts};
use crate::decide::{RUNG, decide};
use crate::definition::{Base, Definition, Fault, Source};
use crate::event::Recorded;
use crate::public::public_view;
use crate::score::scores;

mod expect;

/// What came out of a folder's scenarios.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Scenarios in file order.
    pub results: Vec<ScenarioResult>,
    /// What they touched.
    pub coverage: Coverage,
}

/// One scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScenarioResult {
    /// File.
    pub file: String,
    /// Name.
    pub name: Text,
    /// What did not hold; empty when it passed.
    pub failures: Vec<String>,
}

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
}

/// Touched and untouched names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Touched.
    pub touched: BTreeSet<String>,
    /// Declared but untouched.
    pub untouched: BTreeSet<String>,
}

impl Report {
    /// Whether every scenario passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.results.iter().all(|r| r.failures.is_empty())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    actors: BTreeMap<String, Actor>,
    #[serde(default)]
    scenario: Vec<Scenario>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Actor {
    #[serde(default)]
    person: Option<String>,
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    reporter: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    name: Text,
    /// The one start-to-finish course that the browser test plays.
    #[serde(default)]
    walk: bool,
    start: String,
    #[serde(default)]
    given: Map<String, Value>,
    step: Vec<Step>,
}

/// One step: somebody does something at a time, and this must come out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    #[serde(default)]
    by: String,
    #[serde(default, rename = "do")]
    action: String,
    /// Local date and time.
    #[serde(default)]
    at: Option<String>,
    /// Or: this long after the step before (working days keep the time of day).
    #[serde(default)]
    after: Option<Budget>,
    #[serde(default)]
    fields: Option<Value>,
    #[serde(default)]
    photos: u32,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    to_unit: Option<String>,
    #[serde(default)]
    to_person: Option<String>,
    #[serde(default)]
    other_case: Option<String>,
    #[serde(default)]
    stale: bool,
    /// Units that get a part (split), or the assisting units of a dispatch.
    #[serde(default)]
    assists: Vec<String>,
    /// On `open`: the case it is a child of.
    #[serde(default)]
    parent: Option<ParentStep>,
    /// On `child`: which children open or end.
    #[serde(default)]
    child: ChildStep,
    /// On `child`: how many.
    #[serde(default)]
    children: Option<u32>,
    /// On `child`: a final base ends open children, without one they are opened.
    #[serde(default)]
    base: Option<Base>,
    /// On `effect_check`: what the comparison says.
    #[serde(default)]
    verdict: Verdict,
    #[serde(default)]
    expect: expect::Expect,
}

/// The parent of a step that opens a child.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ParentStep {
    matter: String,
    unit: Option<String>,
}

/// The children of a `child` step.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ChildStep {
    matter: String,
    /// The parent waits for it; true unless said otherwise.
    mandatory: Option<bool>,
    stage: String,
    base: Option<Base>,
}

/// Runs all scenarios among a folder's files (`scenarios/*.toml`).
///
/// # Errors
/// Faults of the scenario files themselves; what does not hold is in the report.
pub fn run(definition: &Definition, files: &BTreeMap<String, String>, calendar: &Calendar) -> Result<Report, Vec<Fault>> {
    let mut report = Report::default();
    let mut faults = Vec::new();
    let mut touched = Touched::default();
    for (name, text) in files.iter().filter(|(name, _)| name.starts_with("scenarios/") && name.ends_with(".toml")) {
        match Source::new(name, text).read::<File>() {
            Err(fault) => faults.push(fault),
            Ok(file) => {
                for scenario in &file.scenario {
                    let failures = play(definition, &file.actors, scenario, calendar, &mut touched);
                    report.results.push(ScenarioResult { file: name.clone(), name: scenario.name.clone(), failures });
                }
            }
        }
    }
    touched.rows.extend(definition.routing.examples.iter().map(|e| e.row.clone()));
    let declared_rungs = definition.clocks.iter().flat_map(|c| c.ladder.iter().map(|r| format!("{}@{}", c.id, r.at)));
    report.coverage = Coverage {
        stages: share(touched.stages, definition.stages.iter().map(|s| s.id.clone())),
        actions: share(touched.actions, definition.actions.iter().map(|a| a.id.clone())),
        rungs: share(touched.rungs, declared_rungs),
        rows: share(touched.rows, definition.routing.rows.iter().map(|r| r.id.clone())),
    };
    if faults.is_empty() { Ok(report) } else { Err(faults) }
}

#[derive(Default)]
struct Touched {
    stages: BTreeSet<String>,
    actions: BTreeSet<String>,
    rungs: BTreeSet<String>,
    rows: BTreeSet<String>,
}

fn share(touched: BTreeSet<String>, declared: impl Iterator<Item = String>) -> Share {
    let untouched = declared.filter(|d| !touched.contains(d)).collect();
    Share { touched, untouched }
}

/// A scenario under way.
struct Stage<'a> {
    definition: &'a Definition,
    calendar: &'a Calendar,
    case: Option<Case>,
    events: Vec<Recorded>,
    now: Timestamp,
}

fn play(
    definition: &Definition,
    actors: &BTreeMap<String, Actor>,
    scenario: &Scenario,
    calendar: &Calendar,
    touched: &mut Touched,
) -> Vec<String> {
    let mut failures = Vec::new();
    let Some(start) = local(&scenario.start, calendar) else {
        return vec![format!("start: `{}` is not a local date and time", scenario.start)];
    };
    let mut facts = Facts::new();
    for (name, value) in &scenario.given {
        facts.set(name, value.clone());
    }
    let mut stage = Stage { definition, calendar, case: None, events: Vec::new(), now: start };
    for (i, step) in scenario.step.iter().enumerate() {
        let place = format!("step {} ({})", i + 1, if step.action.is_empty() { "look" } else { &step.action });
        if let Some(at) = &step.at {
            match local(at, calendar) {
                Some(at) => stage.now = at,
                None => failures.push(format!("{place}: `{at}` is not a local date and time")),
            }
        }
        if let Some(after) = step.after {
            stage.now = calendar.due(stage.now, after, &[], false).at;
        }
        if let Some(why) = step.expect.nonsense() {
            failures.push(format!("{place}: {why}"));
        }
        let outcome = match step.action.as_str() {
            "" => expect::Outcome::default(),
            "tick" => stage.tick(&facts, touched),
            _ => match actor(definition, actors, &step.by) {
                Some(actor) => stage.act(step, actor, &facts, touched),
                None => {
                    failures.push(format!("{place}: nobody is called `{}`", step.by));
                    continue;
                }
            },
        };
        let seen = expect::Seen {
            definition,
            case: stage.case.as_ref(),
            clocks: stage.case.as_ref().map(|c| clocks(definition, c, stage.now, calendar)).unwrap_or_default(),
            public: stage.case.as_ref().and_then(|c| public_view(definition, c, &stage.events, stage.now, calendar)),
            scores: scores(definition, &stage.events, calendar),
            calendar,
            outcome: &outcome,
        };
        failures.extend(step.expect.compare(&seen).into_iter().map(|f| format!("{place}: {f}")));
        touched.stages.extend(stage.case.iter().map(|c| c.stage.clone()));
    }
    failures
}

impl Stage<'_> {
    fn act(&mut self, step: &Step, actor: ActorFacts, facts: &Facts, touched: &mut Touched) -> expect::Outcome {
        let version = self.case.as_ref().map(|c| c.version);
        let command = Command {
            action: step.action.clone(),
            actor,
            fields: step.fields.clone().unwrap_or(Value::Null),
            reason: step.reason.clone(),
            reason_code: step.code.clone(),
            to_unit: step.to_unit.clone(),
            to_person: step.to_person.clone(),
            photos: (0..step.photos).map(|n| format!("{}-{n}", step.action)).collect(),
            expected_version: version.map(|v| if step.stale { v.saturating_sub(1) } else { v }),
            other_case: step.other_case.clone(),
            ..Command::default()
        };
        match self.run(&command, facts) {
            Err(refusal) => expect::Outcome { refusal: Some(refusal), ..expect::Outcome::default() },
            Ok(()) => {
                touched.actions.insert(step.action.clone());
                let proposed = self.events.last().and_then(|r| r.event.proposed.clone());
                touched.rows.extend(proposed.map(|p| p.row));
                expect::Outcome::default()
            }
        }
    }

    /// What the worker does: every rung that is due, once.
    fn tick(&mut self, facts: &Facts, touched: &mut Touched) -> expect::Outcome {
        let mut outcome = expect::Outcome { ticked: true, ..expect::Outcome::default() };
        let Some(case) = &self.case else { return outcome };
        let due: Vec<RungView> = clocks(self.definition, case, self.now, self.calendar).into_iter().flat_map(|c| c.rungs_due).collect();
        for rung in due {
            let label = format!("{}@{}", rung.claim.clock, rung.claim.rung);
            let command =
                Command { action: RUNG.to_owned(), actor: ActorFacts::system(), rung: Some(rung.claim.clone()), ..Command::default() };
            match self.run(&command, facts) {
                Ok(()) => {
                    outcome.rungs.push(label.clone());
                    touched.rungs.insert(label);
                    // A second worker that lost the race must be refused.
                    if self.run(&command, facts).is_ok() {
                        outcome.rungs.push(format!("{}@{} TWICE", rung.claim.clock, rung.claim.rung));
                    }
                }
                Err(refusal) => outcome.refusal = Some(refusal),
            }
        }
        outcome
    }

    fn run(&mut self, command: &Command, facts: &Facts) -> Result<(), crate::refusal::Refusal> {
        let events = decide(self.definition, self.case.as_ref(), command, facts, self.now, self.calendar)?;
        for event in events {
            let recorded = Recorded { seq: self.events.len() as u64 + 1, at: self.now, event };
            self.case = Some(apply(self.definition, self.case.take(), &recorded));
            self.events.push(recorded);
        }
        Ok(())
    }
}

fn actor(definition: &Definition, actors: &BTreeMap<String, Actor>, name: &str) -> Option<ActorFacts> {
    let actor = actors.get(name)?;
    let roles: Vec<&str> = actor.roles.iter().map(String::as_str).collect();
    let mut facts = match &actor.unit {
        Some(unit) => ActorFacts::of(definition.units(), name, unit, &roles),
        None => ActorFacts { roles: actor.roles.clone(), ..ActorFacts::default() },
    };
    if actor.unit.is_none() || actor.person.is_some() {
        facts.person.clone_from(&actor.person);
    }
    facts.reporter = actor.reporter;
    Some(facts)
}

fn local(text: &str, calendar: &Calendar) -> Option<Timestamp> {
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    Some(Timestamp::from_jiff(civil.to_zoned(calendar.zone().clone()).ok()?.timestamp()))
}
