//! Parts, children, effects, call-backs and effect checks, on the matter made for the tests.

use std::collections::BTreeSet;

use gongzhi_civic::time::{DAY_MS, HOUR_MS, Timestamp};
use gongzhi_matter::{
    ActorFacts, Addressee, Case, Channel, ChildChange, Command, Definition, EffectCheck, EffectDeed, Facts, ParentRef, PartState, Recorded,
    RefusalCode, Verdict, apply, available, decide, effect_checks_due, next_rung_at, scenario,
};
use serde_json::{Value, json};

const START: Timestamp = Timestamp(1_793_581_200_000); // 2026-11-02 09:00 in Shanghai

pub(crate) struct Run {
    pub definition: Definition,
    pub case: Option<Case>,
    pub events: Vec<Recorded>,
    pub now: Timestamp,
}

impl Run {
    pub fn of(definition: Definition) -> Self {
        Self { definition, case: None, events: Vec::new(), now: START }
    }

    pub fn person(&self, unit: &str, role: &str) -> ActorFacts {
        ActorFacts::of(self.definition.units(), &format!("{role}@{unit}"), unit, &[role])
    }

    pub fn act(&mut self, command: &Command) -> Result<(), RefusalCode> {
        let events =
            decide(&self.definition, self.case.as_ref(), command, &Facts::new(), self.now, &crate::calendar()).map_err(|r| r.code)?;
        for event in events {
            let recorded = Recorded { seq: self.events.len() as u64 + 1, at: self.now, event };
            self.case = Some(apply(&self.definition, self.case.take(), &recorded));
            self.events.push(recorded);
        }
        self.now = self.now.plus_ms(HOUR_MS);
        Ok(())
    }

    fn effects(&self) -> Vec<EffectDeed> {
        self.events.last().map(|r| r.event.effects.iter().map(|e| e.deed.clone()).collect()).unwrap_or_default()
    }

    pub fn state(&self) -> &Case {
        self.case.as_ref().unwrap()
    }

    /// Opened as grave and split between transport (lead), fire and power.
    pub fn split(deaths: u32) -> Self {
        let mut run = Self::of(crate::fixture("joint").1);
        let dispatcher = run.person("brigade-1", "dispatcher");
        let fields = json!({"words": "a crash", "deaths": deaths});
        run.act(&Command { action: "open".into(), actor: dispatcher.clone(), fields, ..Command::default() }).unwrap();
        run.act(&Command {
            action: "split".into(),
            actor: dispatcher,
            to_unit: Some("transport".into()),
            assists: vec!["fire".into(), "power".into(), "fire".into(), "transport".into()],
            reason: Some("together".into()),
            ..Command::default()
        })
        .unwrap();
        run
    }
}

fn child(case: &str, base: gongzhi_matter::Base, opened: bool) -> Command {
    let change = ChildChange {
        case: case.into(),
        number: case.into(),
        matter: "errand".into(),
        mandatory: true,
        stage: base.as_str().into(),
        base,
        opened,
    };
    Command { action: "child".into(), actor: ActorFacts::system(), child: Some(change), ..Command::default() }
}

#[test]
fn the_scenarios_of_the_test_matter_hold_and_cover_everything() {
    let (files, definition) = crate::fixture("joint");
    let report = scenario::run(&definition, &files, &crate::calendar()).unwrap();
    let failures: Vec<String> = report.results.iter().flat_map(|r| r.failures.iter().map(|f| format!("{}: {f}", r.name.en))).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let untouched: Vec<String> =
        report.coverage.shares().iter().flat_map(|(_, what, s)| s.untouched.iter().map(move |u| format!("{what}: {u}"))).collect();
    assert!(report.coverage.complete(), "{untouched:?}");
    assert_eq!(report.walks(), 1);
}

#[test]
fn coverage_names_what_no_scenario_touches() {
    let (mut files, definition) = crate::fixture("joint");
    let text = files["scenarios/course.toml"].replace("verdict = \"worse\"", "verdict = \"better\"").replace("score = 2", "score = 3");
    files.insert("scenarios/course.toml".into(), text);
    let report = scenario::run(&definition, &files, &crate::calendar()).unwrap();
    assert!(!report.passed() && !report.coverage.complete());
    assert_eq!(report.coverage.guards.untouched, BTreeSet::from(["effect:again=true".to_owned()]));
    assert_eq!(report.coverage.effects.untouched, BTreeSet::from(["again".to_owned(), "tell_leader".to_owned()]));
    assert_eq!(report.coverage.call_backs.untouched, BTreeSet::from(["low".to_owned()]));
}

#[test]
fn effects_carry_everything_resolved() {
    let run = Run::split(3);
    let split = run.effects();
    let unit = |u: &str| Addressee::Unit(u.into());
    assert_eq!(
        split[0],
        // Everybody once; the handler is nobody yet; above transport stands its parent.
        EffectDeed::Notify {
            to: [unit("transport"), unit("fire"), unit("power")]
                .into_iter()
                .chain(run.definition.units().get("transport").unwrap().parent.clone().map(Addressee::Unit))
                .collect(),
            channels: vec![Channel::App, Channel::Sms],
        }
    );
    let child = |unit: &str| EffectDeed::Child {
        matter: "errand".into(),
        fields: json!({"what": "a crash", "urgent": true, "weight": 2}),
        unit: Some(unit.into()),
        then: Some("assign".into()),
        mandatory: true,
        place: true,
    };
    assert_eq!(split[1..3], [child("fire"), child("power")]);
    assert_eq!(split[3], EffectDeed::Document { letter: "order".into() });
    // A light case opens no errands: the condition sees the table's word.
    let light = Run::split(0).effects();
    assert!(!light.iter().any(|e| matches!(e, EffectDeed::Child { .. })), "{light:?}");
    // Through JSON and back the event is the same, and old events without effects still read.
    let recorded = run.events.last().unwrap();
    let text = serde_json::to_string(recorded).unwrap();
    assert!(text.contains("\"do\":\"child\"") && text.contains("{\"unit\":\"fire\"}"), "{text}");
    assert_eq!(serde_json::from_str::<Recorded>(&text).unwrap(), *recorded);
}

#[test]
fn a_part_is_ended_by_its_unit_and_taken_back_by_who_split() {
    let mut run = Run::split(0);
    assert_eq!(run.state().open_parts().collect::<Vec<_>>(), ["fire", "power"]);
    let dispatcher = run.person("brigade-1", "dispatcher");
    let fire = run.person("fire", "clerk");
    let finish = |actor: &ActorFacts| Command {
        action: "finish_part".into(),
        actor: actor.clone(),
        reason: Some("done".into()),
        ..Command::default()
    };
    // Another unit's part cannot be ended, not even by naming it.
    assert_eq!(run.act(&finish(&run.person("transport", "clerk"))), Err(RefusalCode::NotPermitted));
    assert_eq!(run.act(&Command { to_unit: Some("power".into()), ..finish(&fire) }), Err(RefusalCode::NoPart));
    run.act(&finish(&fire)).unwrap();
    assert_eq!(run.state().parts[0].state, PartState::Done);
    assert_eq!(run.state().parts[0].words, "done");
    let drop = |unit: &str| Command {
        action: "drop_part".into(),
        actor: dispatcher.clone(),
        to_unit: Some(unit.into()),
        reason: Some("no".into()),
        ..Command::default()
    };
    assert_eq!(run.act(&drop("fire")), Err(RefusalCode::NoPart));
    run.act(&drop("power")).unwrap();
    assert_eq!(run.state().open_parts().count(), 0);
    // Nobody is offered what is not there.
    let offered = available(&run.definition, run.state(), &dispatcher, &Facts::new(), run.now, &crate::calendar());
    assert!(!offered.iter().any(|a| a.id == "drop_part"));
    let split = offered.iter().find(|a| a.id == "split").unwrap();
    assert!(split.needs_unit && split.needs_assists);
    // A split without an assisting unit is no split.
    let alone = Command {
        action: "split".into(),
        actor: dispatcher,
        to_unit: Some("transport".into()),
        assists: vec!["transport".into()],
        reason: Some("x".into()),
        ..Command::default()
    };
    assert_eq!(run.act(&alone), Err(RefusalCode::UnitUnknown));
}

#[test]
fn a_parent_waits_for_children_that_were_promised_and_hears_of_each_once() {
    use gongzhi_matter::Base;
    let mut run = Run::split(3);
    assert_eq!((run.state().children.len(), run.state().mandatory_open()), (0, 2), "promised, not yet open");
    run.act(&child("c1", Base::Intake, true)).unwrap();
    assert_eq!(run.act(&child("c1", Base::Intake, true)), Err(RefusalCode::ChildUnknown), "a second telling changes nothing");
    assert_eq!(run.act(&child("c9", Base::Done, false)), Err(RefusalCode::ChildUnknown), "a child nobody opened");
    run.act(&child("c1", Base::Done, false)).unwrap();
    assert!(run.effects().is_empty(), "one is still to come");
    // The other will never come: whoever gave the effect up says so, and the parent goes on.
    run.act(&child("", Base::Cancelled, false)).unwrap();
    assert_eq!(run.effects(), [EffectDeed::Own { action: "remark".into() }]);
    assert_eq!(run.act(&child("", Base::Cancelled, false)), Err(RefusalCode::ChildUnknown));
    assert_eq!((run.state().children.len(), run.state().mandatory_open()), (1, 0));
    // Only the program speaks of children.
    let person = Command { actor: run.person("commission", "leader"), ..child("c2", Base::Intake, true) };
    assert_eq!(run.act(&person), Err(RefusalCode::NotPermitted));
}

#[test]
fn a_child_knows_its_parent_and_the_parents_unit_may_act() {
    let mut run = Run::of(crate::fixture("errand").1);
    let parent = ParentRef { case: "p".into(), number: "1".into(), matter: "joint".into(), unit: Some("transport".into()) };
    let open = Command {
        action: "open".into(),
        actor: ActorFacts::system(),
        fields: json!({"what": "dig", "kind": "fixed"}),
        parent: Some(parent.clone()),
        ..Command::default()
    };
    run.act(&open).unwrap();
    assert_eq!(run.state().parent, Some(parent));
    run.act(&Command { action: "assign".into(), actor: ActorFacts::system(), to_unit: Some("power".into()), ..Command::default() })
        .unwrap();
    let done = |actor: ActorFacts| Command { action: "do".into(), actor, ..Command::default() };
    assert_eq!(run.act(&done(run.person("fire", "clerk"))), Err(RefusalCode::NotPermitted));
    run.act(&done(run.person("transport", "leader"))).unwrap();
    assert_eq!(run.state().stage, "done");
}

#[test]
fn an_effect_check_is_due_once_per_closing() {
    let mut run = Run::split(0);
    let calendar = crate::calendar();
    for unit in ["fire", "power"] {
        let actor = run.person(unit, "clerk");
        run.act(&Command { action: "finish_part".into(), actor, reason: Some("done".into()), ..Command::default() }).unwrap();
    }
    let submit = |run: &Run| Command {
        action: "submit".into(),
        actor: run.person("transport", "clerk"),
        fields: json!({"outcome": "mended"}),
        ..Command::default()
    };
    let close = |run: &Run| Command { action: "close".into(), actor: run.person("brigade-1", "officer"), ..Command::default() };
    let (first, second) = (submit(&run), close(&run));
    run.act(&first).unwrap();
    run.act(&second).unwrap();
    let due = |run: &Run| effect_checks_due(&run.definition, run.state(), run.now, &calendar);
    assert!(due(&run).is_empty());
    let next = next_rung_at(&run.definition, run.state(), run.now, &calendar).unwrap();
    assert_eq!(next.0 - run.state().closed_at.unwrap().0, 30 * DAY_MS, "the worker comes back when the check is due");
    run.now = next;
    let claims: Vec<_> = due(&run).into_iter().map(|d| d.claim).collect();
    assert_eq!(claims.iter().map(gongzhi_matter::command::RungClaim::key).collect::<Vec<_>>(), ["effect#0@30d"]);
    let check = |claim: &gongzhi_matter::command::RungClaim, verdict| Command {
        action: "check_effect".into(),
        actor: ActorFacts::system(),
        rung: Some(claim.clone()),
        check: Some(EffectCheck { before: 9, now: 21, verdict, ratio: Some(2.3), ..EffectCheck::default() }),
        ..Command::default()
    };
    run.act(&check(&claims[0], Verdict::Worse)).unwrap();
    assert_eq!(run.effects(), [EffectDeed::Own { action: "reopen".into() }]);
    assert_eq!(run.act(&check(&claims[0], Verdict::Worse)), Err(RefusalCode::RungNotDue), "once");
    run.act(&Command { action: "reopen".into(), actor: ActorFacts::system(), ..Command::default() }).unwrap();
    assert!(next_rung_at(&run.definition, run.state(), run.now, &calendar).is_some(), "the work clock runs again");
    assert!(due(&run).is_empty(), "an open case is not checked");
    run.act(&first).unwrap();
    run.act(&second).unwrap();
    run.now = run.now.plus_ms(60 * DAY_MS);
    let keys: Vec<String> = due(&run).into_iter().map(|d| d.claim.key()).collect();
    assert_eq!(keys, ["effect#1@30d", "effect#1@60d"], "the second closing has its own checks");
}

#[test]
fn a_low_mark_opens_the_case_again_and_a_high_one_does_not() {
    let mut run = Run::of(crate::fixture("joint").1);
    let citizen = ActorFacts::public_reporter();
    run.act(&Command { action: "open".into(), actor: citizen, fields: json!({"words": "x"}), ..Command::default() }).unwrap();
    run.act(&Command { action: "dispatch".into(), actor: run.person("brigade-1", "dispatcher"), ..Command::default() }).unwrap();
    let actor = run.person("transport", "clerk");
    run.act(&Command { action: "submit".into(), actor, fields: json!({"outcome": "mended"}), ..Command::default() }).unwrap();
    run.act(&Command { action: "close".into(), actor: run.person("brigade-1", "officer"), ..Command::default() }).unwrap();
    let call = |fields: Value, run: &Run| Command {
        action: "call_back".into(),
        actor: run.person("commission", "clerk"),
        fields,
        ..Command::default()
    };
    assert_eq!(run.act(&call(json!({}), &run)), Err(RefusalCode::FormInvalid));
    run.act(&call(json!({"score": 3}), &run)).unwrap();
    assert_eq!((run.state().stage.as_str(), run.state().closed_at.is_some()), ("closed", true));
    run.act(&call(json!({"score": 2}), &run)).unwrap();
    assert_eq!((run.state().stage.as_str(), run.state().closed_at.is_some()), ("review", false));
    assert_eq!(run.state().call_backs.iter().map(|c| (c.score, c.low)).collect::<Vec<_>>(), [(3, false), (2, true)]);
    assert_eq!(
        run.effects(),
        [EffectDeed::Notify { to: vec![Addressee::Role("leader".into()), Addressee::Reporter], channels: vec![Channel::App] }]
    );
}
