//! Scenarios: given/when/then as data, run against the engine on simulated time.

use std::collections::BTreeMap;

use gongzhi_civic::calendar::{Budget, Calendar};
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::after::{EffectCheck, Verdict, effect_checks_due};
use crate::case::{Case, apply};
use crate::clock::{RungView, clocks};
use crate::command::{ActorFacts, Command, Facts, RungClaim};
use crate::decide::{CHILD, RUNG, decide};
use crate::definition::{Base, Definition, Fault, Source};
use crate::event::Recorded;
use crate::family::{ChildChange, ChildRef, ParentRef};
use crate::public::public_view;
use crate::score::scores;

mod coverage;
mod expect;

use coverage::Touched;
pub use coverage::{Coverage, Share};

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
    /// Whether it is the course that the browser test plays.
    pub walk: bool,
    /// What did not hold; empty when it passed.
    pub failures: Vec<String>,
}

impl Report {
    /// Whether every scenario passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.results.iter().all(|r| r.failures.is_empty())
    }

    /// How many scenarios are marked as the course that the browser test plays; a matter should have one.
    #[must_use]
    pub fn walks(&self) -> usize {
        self.results.iter().filter(|r| r.walk).count()
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
                    report.results.push(ScenarioResult { file: name.clone(), name: scenario.name.clone(), walk: scenario.walk, failures });
                }
            }
        }
    }
    report.coverage = touched.against(definition);
    if faults.is_empty() { Ok(report) } else { Err(faults) }
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
        if scenario.walk && matches!(step.action.as_str(), "tick" | "effect_check") {
            failures.push(format!("{place}: a walk is played by hand: it cannot wait for the program"));
        }
        let first = stage.events.len();
        let outcome = match step.action.as_str() {
            "" => expect::Outcome::default(),
            "tick" => stage.tick(&facts, touched),
            CHILD => stage.children(step, &facts, touched),
            "effect_check" => stage.check_effect(step, &facts, touched),
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
            events: &stage.events[first..],
            given: &facts,
            outcome: &outcome,
        };
        failures.extend(step.expect.compare(&seen).into_iter().map(|f| format!("{place}: {f}")));
    }
    failures
}

impl Stage<'_> {
    fn act(&mut self, step: &Step, actor: ActorFacts, facts: &Facts, touched: &mut Touched) -> expect::Outcome {
        touched.look(self.definition, self.case.as_ref(), &actor, facts, step.fields.as_ref());
        let version = self.case.as_ref().map(|c| c.version);
        let parent = step.parent.as_ref().map(|p| ParentRef {
            case: "parent".to_owned(),
            number: "parent".to_owned(),
            matter: p.matter.clone(),
            unit: p.unit.clone(),
        });
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
            assists: step.assists.clone(),
            parent,
            ..Command::default()
        };
        match self.run(&command, facts, touched) {
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
            match self.run(&command, facts, touched) {
                Ok(()) => {
                    outcome.rungs.push(label.clone());
                    touched.rungs.insert(label);
                    // A second worker that lost the race must be refused.
                    if self.run(&command, facts, touched).is_ok() {
                        outcome.rungs.push(format!("{}@{} TWICE", rung.claim.clock, rung.claim.rung));
                    }
                }
                Err(refusal) => outcome.refusal = Some(refusal),
            }
        }
        outcome
    }

    /// Children are opened, or end, as an outbox and other cases would bring it about.
    fn children(&mut self, step: &Step, facts: &Facts, touched: &mut Touched) -> expect::Outcome {
        let ends = step.base.or(step.child.base).filter(|b| b.is_final());
        let changes: Vec<ChildChange> = match (&self.case, ends) {
            (None, _) => Vec::new(),
            (Some(case), Some(base)) => {
                let wanted = |c: &&ChildRef| step.child.matter.is_empty() || step.child.matter == c.matter;
                let most = step.children.map_or(usize::MAX, |n| n as usize);
                let ending = case.open_children().filter(wanted).take(most);
                ending.map(|c| news(&c.case, &c.matter, c.mandatory, base, base.as_str(), false)).collect()
            }
            (Some(case), None) => {
                let (known, child) = (case.children.len(), &step.child);
                let base = step.base.or(child.base).unwrap_or(Base::Intake);
                (0..step.children.unwrap_or(1) as usize)
                    .map(|n| {
                        news(&format!("child-{}", known + n + 1), &child.matter, child.mandatory.unwrap_or(true), base, &child.stage, true)
                    })
                    .collect()
            }
        };
        let mut outcome = expect::Outcome::default();
        if changes.is_empty() {
            outcome.complaint = Some("there is no child to speak of".to_owned());
        }
        for change in changes {
            let command = Command { action: CHILD.to_owned(), actor: ActorFacts::system(), child: Some(change), ..Command::default() };
            if let Err(refusal) = self.run(&command, facts, touched) {
                outcome.refusal = Some(refusal);
            }
        }
        outcome
    }

    /// What the worker does after closing: every check that is due, once.
    fn check_effect(&mut self, step: &Step, facts: &Facts, touched: &mut Touched) -> expect::Outcome {
        let mut outcome = expect::Outcome::default();
        let Some(rule) = &self.definition.effect_check else {
            outcome.complaint = Some("the matter has no [effect_check]".to_owned());
            return outcome;
        };
        let due = self.case.as_ref().map(|c| effect_checks_due(self.definition, c, self.now, self.calendar)).unwrap_or_default();
        let now = match step.verdict {
            Verdict::Better => 2,
            Verdict::Unclear => 9,
            Verdict::Worse => 30,
        };
        // Without one that is due, the engine itself must refuse.
        let claims: Vec<RungClaim> = if due.is_empty() { vec![RungClaim::default()] } else { due.into_iter().map(|d| d.claim).collect() };
        for claim in claims {
            let command = Command {
                action: rule.action.clone(),
                actor: ActorFacts::system(),
                rung: Some(claim),
                check: Some(EffectCheck { before: 10, now, verdict: step.verdict, ..EffectCheck::default() }),
                ..Command::default()
            };
            match self.run(&command, facts, touched) {
                Ok(()) => {
                    touched.actions.insert(rule.action.clone());
                    if self.run(&command, facts, touched).is_ok() {
                        outcome.complaint = Some("an effect check was made TWICE".to_owned());
                    }
                }
                Err(refusal) => outcome.refusal = Some(refusal),
            }
        }
        outcome
    }

    fn run(&mut self, command: &Command, facts: &Facts, touched: &mut Touched) -> Result<(), crate::refusal::Refusal> {
        let events = decide(self.definition, self.case.as_ref(), command, facts, self.now, self.calendar)?;
        for event in events {
            let recorded = Recorded { seq: self.events.len() as u64 + 1, at: self.now, event };
            let after = apply(self.definition, self.case.clone(), &recorded);
            touched.event(self.definition, self.case.as_ref(), &recorded.event, &after, &command.actor, facts);
            self.case = Some(after);
            self.events.push(recorded);
        }
        Ok(())
    }
}

fn news(case: &str, matter: &str, mandatory: bool, base: Base, stage: &str, opened: bool) -> ChildChange {
    ChildChange {
        case: case.to_owned(),
        number: case.to_owned(),
        matter: matter.to_owned(),
        mandatory,
        stage: stage.to_owned(),
        base,
        opened,
    }
}

fn actor(definition: &Definition, actors: &BTreeMap<String, Actor>, name: &str) -> Option<ActorFacts> {
    let Some(actor) = actors.get(name) else {
        return (name == "system").then(ActorFacts::system);
    };
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
