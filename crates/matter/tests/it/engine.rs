//! decide and apply as a whole: replay, purity, exactly-once rungs, and nothing that panics.

use std::collections::BTreeMap;

use gongzhi_civic::time::{DAY_MS, HOUR_MS, Timestamp};
use gongzhi_matter::ledger::canonical;
use gongzhi_matter::{
    ActorFacts, Case, Command, Definition, DefinitionView, Facts, Recorded, RefusalCode, apply, available, clocks, decide, may_open,
    next_rung_at, projected_start, public_view, scenario, scores,
};
use serde_json::{Value, json};

const START: Timestamp = Timestamp(1_793_581_200_000); // 2026-11-02 09:00 in Shanghai

struct Run {
    definition: Definition,
    case: Option<Case>,
    events: Vec<Recorded>,
    now: Timestamp,
}

impl Run {
    fn new() -> Self {
        Self { definition: crate::sample().1, case: None, events: Vec::new(), now: START }
    }

    fn person(&self, name: &str, unit: &str, role: &str) -> ActorFacts {
        ActorFacts::of(self.definition.units(), name, unit, &[role])
    }

    fn act(&mut self, command: &Command) -> Result<(), RefusalCode> {
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

    /// open → dispatch → sign → submit → close, as a caller would write it.
    fn run_to_closure(&mut self) {
        let dispatcher = self.person("chen", "brigade-1", "dispatcher");
        let clerk = self.person("wu", "urban-management", "clerk");
        let officer = self.person("zheng", "brigade-1", "officer");
        let command = |action: &str, actor: &ActorFacts| Command { action: action.into(), actor: actor.clone(), ..Command::default() };
        let fields = json!({"category": "lamp", "description": "路灯不亮"});
        self.act(&Command { fields, photos: vec!["before".into()], ..command("open", &ActorFacts::public_reporter()) }).unwrap();
        self.act(&Command { expected_version: Some(1), ..command("dispatch", &dispatcher) }).unwrap();
        self.act(&command("sign", &clerk)).unwrap();
        let fields = json!({"measure": "repair", "done": "已更换灯具"});
        self.act(&Command { fields, photos: vec!["after".into()], ..command("submit", &clerk) }).unwrap();
        self.act(&Command { fields: json!({"result": "effective"}), ..command("close", &officer) }).unwrap();
    }
}

#[test]
fn a_case_is_what_its_events_add_up_to() {
    let mut run = Run::new();
    run.run_to_closure();
    let case = run.case.clone().unwrap();
    assert_eq!((case.stage.as_str(), case.version, case.unit.as_deref()), ("closed", 5, Some("urban-management")));
    assert_eq!((case.photos.as_slice(), case.after_photos.as_slice()), (&["before".to_owned()][..], &["after".to_owned()][..]));
    // Through JSON and back, event by event, the same case comes out: nothing lives outside the events.
    let mut replayed = None;
    for recorded in &run.events {
        let text = serde_json::to_string(recorded).unwrap();
        let read: Recorded = serde_json::from_str(&text).unwrap();
        assert_eq!(read, *recorded);
        assert_eq!(canonical(&read).unwrap(), canonical(recorded).unwrap());
        replayed = Some(apply(&run.definition, replayed, &read));
    }
    assert_eq!(replayed.as_ref(), Some(&case));
    let read: Case = serde_json::from_str(&serde_json::to_string(&case).unwrap()).unwrap();
    assert_eq!(read, case);
}

#[test]
fn a_refusal_says_what_who_why_and_what_helps_in_both_languages() {
    let mut run = Run::new();
    run.run_to_closure();
    let command = Command { action: "submit".into(), actor: run.person("wu", "urban-management", "clerk"), ..Command::default() };
    let refusal = decide(&run.definition, run.case.as_ref(), &command, &Facts::new(), run.now, &crate::calendar()).unwrap_err();
    assert_eq!((refusal.code, refusal.code.status()), (RefusalCode::WrongStage, 409));
    assert!(refusal.message.zh.contains("已销号") && refusal.message.zh.contains("提交复查"), "{}", refusal.message.zh);
    assert!(refusal.message.en.contains("Closed") && !refusal.remedy.zh.is_empty() && !refusal.remedy.en.is_empty());
    let dispatch = Command { action: "dispatch".into(), actor: run.person("wu", "urban-management", "clerk"), ..Command::default() };
    run.case = None;
    run.events.clear();
    run.act(&Command {
        action: "open".into(),
        actor: ActorFacts::public_reporter(),
        fields: json!({"category": "lamp"}),
        ..Command::default()
    })
    .unwrap();
    let refusal = decide(&run.definition, run.case.as_ref(), &dispatch, &Facts::new(), run.now, &crate::calendar()).unwrap_err();
    assert!(refusal.remedy.zh.contains("交办人员"), "{}", refusal.remedy.zh);
}

#[test]
fn buttons_are_what_decide_would_grant() {
    let mut run = Run::new();
    let calendar = crate::calendar();
    run.act(&Command {
        action: "open".into(),
        actor: ActorFacts::public_reporter(),
        fields: json!({"category": "lamp"}),
        ..Command::default()
    })
    .unwrap();
    let case = run.case.clone().unwrap();
    for actor in [
        run.person("chen", "brigade-1", "dispatcher"),
        run.person("wu", "urban-management", "clerk"),
        ActorFacts::public_reporter(),
        ActorFacts::default(),
    ] {
        let offered: Vec<String> =
            available(&run.definition, &case, &actor, &Facts::new(), run.now, &calendar).into_iter().map(|a| a.id).collect();
        for action in &run.definition.actions {
            let command = Command { action: action.id.clone(), actor: actor.clone(), ..Command::default() };
            let code = decide(&run.definition, Some(&case), &command, &Facts::new(), run.now, &calendar).err().map(|r| r.code);
            let barred = matches!(
                code,
                Some(
                    RefusalCode::WrongStage
                        | RefusalCode::NotPermitted
                        | RefusalCode::FourEyes
                        | RefusalCode::WindowOver
                        | RefusalCode::TooMany
                        | RefusalCode::GuardFailed
                        | RefusalCode::NothingPending
                        | RefusalCode::AlreadyPending
                )
            );
            assert_eq!(offered.contains(&action.id), !barred, "{} as {actor:?}: {code:?}", action.id);
        }
    }
}

#[test]
fn a_rung_fires_once_even_with_two_workers_and_a_crash_between() {
    let mut run = Run::new();
    let calendar = crate::calendar();
    run.act(&Command {
        action: "open".into(),
        actor: ActorFacts::public_reporter(),
        fields: json!({"category": "lamp"}),
        ..Command::default()
    })
    .unwrap();
    run.now = START.plus_ms(5 * DAY_MS);
    let case = run.case.clone().unwrap();
    let due = clocks(&run.definition, &case, run.now, &calendar).into_iter().flat_map(|c| c.rungs_due).collect::<Vec<_>>();
    assert!(due.len() >= 2, "{due:?}");
    assert_eq!(next_rung_at(&run.definition, &case, run.now, &calendar), due.iter().map(|r| r.at).min());
    for rung in &due {
        let command = Command { action: "rung".into(), actor: ActorFacts::system(), rung: Some(rung.claim.clone()), ..Command::default() };
        // Two workers saw the same case; the claim's key decides which one may record.
        let first = decide(&run.definition, Some(&case), &command, &Facts::new(), run.now, &calendar).unwrap();
        let second = decide(&run.definition, Some(&case), &command, &Facts::new(), run.now, &calendar).unwrap();
        assert_eq!(first, second);
        run.act(&command).unwrap();
        assert_eq!(run.act(&command), Err(RefusalCode::RungNotDue), "after a restart the case itself says no");
        let person = Command { actor: run.person("chen", "brigade-1", "dispatcher"), ..command };
        assert_eq!(run.act(&person), Err(RefusalCode::NotPermitted));
    }
    let keys: std::collections::BTreeSet<String> = due.iter().map(|r| r.claim.key()).collect();
    assert_eq!(keys.len(), due.len());
}

#[test]
fn a_case_stays_on_its_version() {
    let mut run = Run::new();
    run.run_to_closure();
    let (mut files, _) = crate::sample();
    let text = files["matter.toml"].replacen("version = 1", "version = 2", 1);
    files.insert("matter.toml".into(), text);
    let next = crate::load(&files);
    let command = Command {
        action: "note".into(),
        reason: Some("x".into()),
        actor: run.person("chen", "brigade-1", "dispatcher"),
        ..Command::default()
    };
    let refused = decide(&next, run.case.as_ref(), &command, &Facts::new(), run.now, &crate::calendar()).unwrap_err();
    assert_eq!(refused.code, RefusalCode::WrongDefinition);
}

#[test]
fn a_calendar_edit_moves_open_clocks_and_says_why() {
    let mut run = Run::new();
    let promise = |run: &Run, calendar: &gongzhi_civic::calendar::Calendar| {
        clocks(&run.definition, run.case.as_ref().unwrap(), run.now, calendar).into_iter().find(|c| c.promise).unwrap()
    };
    run.act(&Command {
        action: "open".into(),
        actor: ActorFacts::public_reporter(),
        fields: json!({"category": "lamp"}),
        ..Command::default()
    })
    .unwrap();
    let before = promise(&run, &crate::calendar());
    let local = "year = 2026\nlocal = true\nnotice = \"本地通知\"\n[[holiday]]\nname = { zh = \"运动会\", en = \"Games\" }\noff = [2026-11-12, 2026-11-13]\n";
    let files = crate::folder(&crate::root().join("city/calendar"));
    let mut list: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    list.push(("local.toml", local));
    let edited = gongzhi_civic::calendar::Calendar::from_toml(&list).unwrap();
    let after = promise(&run, &edited);
    assert_eq!(after.due.0 - before.due.0, 2 * DAY_MS);
    assert!(after.explanation.zh.contains("运动会假期顺延"));
    let projected = projected_start(&run.definition, "total", &Facts::new().with("severity", 2), START, &crate::calendar()).unwrap();
    assert_eq!(projected.due, before.due, "the promise before the case exists is the promise it gets");
}

#[test]
fn the_public_view_shows_steps_and_never_people_or_words() {
    let mut run = Run::new();
    run.run_to_closure();
    let view = public_view(&run.definition, run.case.as_ref().unwrap(), &run.events, run.now, &crate::calendar()).unwrap();
    assert_eq!(view.timeline.len(), 5);
    assert!(view.can_contest && view.contest_until.is_some() && view.closed_at.is_some());
    assert_eq!(view.fields, json!({"category": "lamp"}));
    let text = serde_json::to_string(&view).unwrap();
    for hidden in ["路灯不亮", "chen", "wu", "zheng", "更换"] {
        assert!(!text.contains(hidden), "{hidden} leaks: {text}");
    }
    let asked = run.definition.public_opening_schema().unwrap();
    assert!(asked["properties"].get("category").is_some() && asked["properties"].get("severity").is_none());
    assert_eq!(scores(&run.definition, &run.events, &crate::calendar()).iter().map(|s| s.points).sum::<i32>(), 1);
}

#[test]
fn screens_have_everything_from_the_view() {
    let (_, definition) = crate::sample();
    let view = serde_json::to_value(DefinitionView::from(&definition)).unwrap();
    for key in ["stages", "actions", "forms", "clocks", "routing", "scores", "reasons", "edges", "unconfirmed", "legal_basis", "public"] {
        assert!(!view[key].is_null(), "{key}");
    }
    let close = view["actions"].as_array().unwrap().iter().find(|a| a["id"] == "close").unwrap();
    assert!(close["who_label"]["zh"].as_str().unwrap().contains("民警"), "{close}");
    assert!(view["edges"].as_array().unwrap().iter().any(|e| e["from"] == "review" && e["to"] == "closed"));
    assert!(view["routing"][0]["reason"]["zh"].as_str().is_some_and(|r| !r.is_empty()));
}

#[test]
fn a_scenario_with_a_wrong_expectation_fails() {
    let (mut files, definition) = crate::sample();
    files.retain(|name, _| !name.starts_with("scenarios/"));
    let text = "[actors.c]\nroles = [\"reporter\"]\nreporter = true\n[[scenario]]\nname = { zh = \"错\", en = \"wrong\" }\nstart = \"2026-11-02T09:00\"\n\
        [[scenario.step]]\nby = \"c\"\ndo = \"open\"\nfields = { category = \"lamp\" }\nexpect = { stage = \"closed\", due = { accept = \"2026-11-09\" } }\n";
    files.insert("scenarios/x.toml".into(), text.into());
    let report = scenario::run(&definition, &files, &crate::calendar()).unwrap();
    assert_eq!(report.results[0].failures.len(), 2, "{:?}", report.results);
    files.insert("scenarios/x.toml".into(), text.replace("expect", "expct"));
    assert_eq!(scenario::run(&definition, &files, &crate::calendar()).unwrap_err()[0].line, 11);
}

/// A long walk of random commands by random people: nothing panics, what is granted replays, versions count up.
#[test]
fn random_walks_keep_the_invariants() {
    let (_, definition) = crate::sample();
    let calendar = crate::calendar();
    let people: Vec<ActorFacts> = [
        ("chen", "brigade-1", "dispatcher"),
        ("wu", "urban-management", "clerk"),
        ("zhou", "transport", "clerk"),
        ("zheng", "brigade-1", "officer"),
        ("shen", "commission", "leader"),
    ]
    .iter()
    .map(|(p, u, r)| ActorFacts::of(definition.units(), p, u, &[r]))
    .chain([ActorFacts::public_reporter(), ActorFacts::system()])
    .collect();
    let forms: BTreeMap<&str, Value> = BTreeMap::from([
        ("open", json!({"category": "lamp"})),
        ("grade", json!({"severity": 3})),
        ("handle", json!({"measure": "repair", "done": "已经修好"})),
        ("interim", json!({"measures": ["fence"]})),
        ("extend", json!({"working_days": 3, "why": "等待配件"})),
        ("review", json!({"result": "effective"})),
    ]);
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    let mut roll = |n: usize| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        usize::try_from(dice % n as u64).unwrap()
    };
    let mut granted = 0;
    let mut entered = std::collections::BTreeSet::new();
    for _ in 0..60 {
        let mut case: Option<Case> = None;
        let mut events: Vec<Recorded> = Vec::new();
        let mut now = START;
        for _ in 0..150 {
            now = now.plus_ms(i64::try_from(roll(3 * 24)).unwrap() * HOUR_MS);
            let person = &people[roll(people.len())];
            let offered = case.as_ref().map(|c| available(&definition, c, person, &Facts::new(), now, &calendar)).unwrap_or_default();
            // Now and then something that is not offered; mostly something that is, and seldom an early end.
            let action = match offered.len() {
                _ if case.is_none() => &definition.actions[0],
                0 => continue,
                _ if roll(8) == 0 => &definition.actions[roll(definition.actions.len())],
                n => definition.action(&offered[roll(n)].id).unwrap(),
            };
            if definition.base(&action.to) == gongzhi_matter::Base::Cancelled && roll(20) > 0 {
                continue;
            }
            let command = Command {
                action: action.id.clone(),
                actor: if case.is_none() { people[0].clone() } else { person.clone() },
                fields: action.form.as_ref().map_or(Value::Null, |f| forms[f.as_str()].clone()),
                reason: Some("理由".into()),
                reason_code: action.reasons.first().cloned(),
                to_unit: (roll(3) == 0 || action.verb == gongzhi_matter::Verb::Transfer)
                    .then(|| ["transport", "urban-management", "nobody"][roll(3)].to_owned()),
                to_person: Some("li".into()),
                photos: vec!["p".into()],
                other_case: Some("2026-1".into()),
                expected_version: case.as_ref().map(|c| c.version),
                ..Command::default()
            };
            let Ok(new) = decide(&definition, case.as_ref(), &command, &Facts::new(), now, &calendar) else { continue };
            granted += 1;
            for event in new {
                let recorded = Recorded { seq: events.len() as u64 + 1, at: now, event };
                case = Some(apply(&definition, case.take(), &recorded));
                events.push(recorded);
            }
            let state = case.as_ref().unwrap();
            entered.insert(state.stage.clone());
            assert_eq!(state.version, events.len() as u64);
            assert!(definition.stage(&state.stage).is_some());
            assert_eq!(state.closed_at.is_some(), definition.base(&state.stage).is_final());
            // An open stage's clocks run or stand suspended; a closed case has none running: nothing is stuck unseen.
            let views = clocks(&definition, state, now, &calendar);
            let alive = views.iter().any(|c| c.running || c.paused);
            assert_eq!(alive, !definition.base(&state.stage).is_final(), "{} {views:?}", state.stage);
            assert!(views.iter().all(|c| c.consumed_fraction >= 0.0));
            let replayed = events.iter().fold(None, |c, r| Some(apply(&definition, c, r)));
            assert_eq!(replayed.as_ref(), Some(state));
        }
    }
    assert!(granted > 1000, "the walk went nowhere: {granted}");
    println!("{granted} commands granted; stages entered: {entered:?}");
    assert!(entered.len() >= 9, "{entered:?}");
}

#[test]
fn who_may_open_stands_in_the_definition() {
    let run = Run::new();
    assert!(may_open(&run.definition, &run.person("a", "brigade-1", "dispatcher")));
    assert!(may_open(&run.definition, &ActorFacts::public_reporter()));
    // An administrator keeps units and people, and has no right over cases.
    assert!(!may_open(&run.definition, &run.person("b", "commission", "administrator")));
}
