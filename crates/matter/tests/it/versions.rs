//! Versions of a definition: migration, difference, test bench.

use std::collections::BTreeMap;

use gongzhi_civic::time::Timestamp;
use gongzhi_matter::{
    ActorFacts, Base, Case, ChangeKind, Command, Definition, Facts, Recorded, RefusalCode, Verb, apply, clocks, decide, diff, migrate,
    test_bench,
};
use serde_json::json;

use crate::joint::Run;

const START: Timestamp = Timestamp(1_793_581_200_000); // 2026-11-02 09:00 in Shanghai

/// Version 1 of the test matter: other names of two stages and a field, no `check` clock.
fn first() -> (BTreeMap<String, String>, Definition) {
    let mut files = crate::fixture("joint").0;
    let matter = files["matter.toml"]
        .replace("version = 2", "version = 1")
        .replace("\"received\"\nbase", "\"waiting\"\nbase")
        .replace("\"handling\"\nbase", "\"working\"\nbase")
        .replace("to = \"received\"", "to = \"waiting\"")
        .replace("to = \"handling\"", "to = \"working\"")
        .replace("[\"received\", \"handling\"]", "[\"waiting\", \"working\"]")
        .replace("from = [\"received\"]", "from = [\"waiting\"]")
        .replace("from = [\"handling\"]", "from = [\"working\"]")
        .replace("key = \"/plate\"", "key = \"/number_plate\"")
        .replace("[[migrations]]\nfrom = 1\nstages = { waiting = \"received\", working = \"handling\" }\nfields = { number_plate = \"plate\", colour = \"\" }\n", "")
        .replace("effort = { handling = \"6wh\", received = \"30m\", review = \"2wh\" }\nservers = { received = 3 }\n", "")
        .replace("clocks = [\"accept\"]", "clocks = [\"accept\", \"slow\"]")
        .replace("[[clocks]]\nid = \"check\"", "[[clocks]]\nid = \"slow\"\nbudget = \"9wd\"\nowner = \"role:officer\"\n\n[[clocks]]\nid = \"check\"");
    files.insert("matter.toml".into(), matter);
    let form = files["forms/open.schema.json"].replace(
        "\"plate\":",
        "\"colour\": { \"type\": \"string\", \"x-title\": { \"zh\": \"颜色\", \"en\": \"Colour\" } },\n    \"number_plate\":",
    );
    files.insert("forms/open.schema.json".into(), form);
    for words in ["zh.toml", "en.toml"] {
        let text = files[words]
            .replacen("received = \"Received\"", "waiting = \"Waiting\"", 1)
            .replacen("handling = \"Handling\"", "working = \"Working\"", 1)
            .replace("check = \"Check\"", "check = \"Check\"\nslow = \"Slow\"");
        files.insert(words.into(), text);
    }
    files.retain(|name, _| !name.starts_with("scenarios/"));
    let definition = crate::load(&files);
    (files, definition)
}

fn opened(definition: &Definition) -> (Case, Vec<Recorded>) {
    let mut run = Run::of(definition.clone());
    let fields = json!({"words": "a hole", "number_plate": "浙A1", "colour": "red"});
    run.act(&Command { action: "open".into(), actor: run.person("brigade-1", "dispatcher"), fields, ..Command::default() }).unwrap();
    (run.case.unwrap(), run.events)
}

fn officer() -> ActorFacts {
    ActorFacts { person: Some("chief".into()), unit: Some("commission".into()), ..ActorFacts::default() }
}

#[test]
fn a_case_comes_to_the_new_version_where_it_stood() {
    let ((_, old), (_, new)) = (first(), crate::fixture("joint"));
    let (case, mut events) = opened(&old);
    let calendar = crate::calendar();
    let before = clocks(&old, &case, START, &calendar);
    let event = migrate(&old, &new, &case, &officer(), &Facts::new()).unwrap();
    assert_eq!(
        (event.verb, event.from.as_str(), event.to.as_str(), event.base),
        (Verb::Migrate, "waiting", "received", Some(Base::Intake))
    );
    let moved = apply(&new, Some(case.clone()), &Recorded { seq: 2, at: START.plus_ms(3_600_000), event: event.clone() });
    assert_eq!((moved.definition.version, moved.stage.as_str()), (2, "received"));
    assert_eq!(moved.stage_since, case.stage_since, "it stands where it stood");
    assert_eq!(moved.fields, json!({"words": "a hole", "plate": "浙A1"}), "renamed and dropped");
    let after = clocks(&new, &moved, START, &calendar);
    let due = |views: &[gongzhi_matter::ClockView], id: &str| views.iter().find(|c| c.id == id).map(|c| c.due);
    assert_eq!(due(&before, "accept"), due(&after, "accept"), "the running clock goes on");
    assert!(moved.clocks["slow"].stopped_at.is_some() && due(&after, "slow").is_none(), "a clock that is no more stops");
    // The new version takes it on, the old one no longer.
    let dispatch =
        Command { action: "dispatch".into(), actor: Run::of(new.clone()).person("brigade-1", "dispatcher"), ..Command::default() };
    let with = |d: &Definition| decide(d, Some(&moved), &dispatch, &Facts::new(), START, &calendar).map_err(|r| r.code);
    assert!(with(&new).is_ok());
    assert_eq!(with(&old).unwrap_err(), RefusalCode::WrongDefinition);
    // Replayed from its events with the new definition alone, the same case comes out.
    events.push(Recorded { seq: 2, at: START.plus_ms(3_600_000), event });
    let replayed = events.iter().fold(None, |c, r| Some(apply(&new, c, r))).unwrap();
    assert_eq!(replayed, moved);
}

#[test]
fn what_no_migration_covers_is_refused_and_nothing_happens() {
    let ((files, old), (new_files, new)) = (first(), crate::fixture("joint"));
    let (case, _) = opened(&old);
    let code = |old: &Definition, new: &Definition, case: &Case| {
        migrate(old, new, case, &officer(), &Facts::new()).map(|_| ()).map_err(|r| r.code)
    };
    let edited = |from: &str, to: &str| {
        let mut files = new_files.clone();
        let text = files["matter.toml"].clone();
        assert!(text.contains(from), "{from}");
        files.insert("matter.toml".into(), text.replace(from, to));
        crate::load(&files)
    };
    let unnamed = edited("stages = { waiting = \"received\", working = \"handling\" }", "stages = { working = \"handling\" }");
    assert_eq!(code(&old, &unnamed, &case), Err(RefusalCode::NoMigration), "the stage has no image");
    let closing = edited("waiting = \"received\", working", "waiting = \"closed\", working");
    assert_eq!(code(&old, &closing, &case), Err(RefusalCode::NoMigration), "a migration does not close");
    let undeclared = edited(
        "[[migrations]]\nfrom = 1\nstages = { waiting = \"received\", working = \"handling\" }\nfields = { number_plate = \"plate\", colour = \"\" }\n",
        "",
    );
    assert_eq!(code(&old, &undeclared, &case), Err(RefusalCode::NoMigration));
    assert_eq!(code(&new, &old, &case), Err(RefusalCode::WrongDefinition));
    assert_eq!(code(&old, &new, &Case { definition: Default::default(), ..case.clone() }), Err(RefusalCode::WrongDefinition));
    // A field that would not fit is named.
    let misfit = edited("number_plate = \"plate\"", "number_plate = \"deaths\"");
    let refusal = migrate(&old, &misfit, &case, &officer(), &Facts::new()).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::FormInvalid);
    assert!(refusal.fields.contains_key("/deaths"), "{refusal:?}");
    assert!(files.len() > 4 && !refusal.message.zh.is_empty() && !refusal.remedy.en.is_empty());
}

#[test]
fn the_difference_of_two_versions_is_said_in_words() {
    let ((_, old), (files, new)) = (first(), crate::fixture("joint"));
    assert!(diff(&new, &new).is_empty());
    let changes = diff(&old, &new);
    let has = |part: &str, id: &str, kind: ChangeKind| changes.iter().any(|c| c.part == part && c.id == id && c.kind == kind);
    assert!(has("stage", "waiting", ChangeKind::Removed) && has("stage", "received", ChangeKind::Added));
    assert!(has("clock", "slow", ChangeKind::Removed) && has("form", "open/plate", ChangeKind::Added));
    assert!(!has("routing", "grave", ChangeKind::Moved));
    assert!(changes.iter().all(|c| !c.message.zh.is_empty() && !c.message.en.is_empty()));
    // A longer time and a changed order of rows are named with both values.
    let mut edited = files.clone();
    let text = files["matter.toml"].replace("budget = \"10wd\"", "budget = \"12wd\"").replace("max = 3\n", "max = 4\n");
    edited.insert("matter.toml".into(), text);
    let changes = diff(&new, &crate::load(&edited));
    let said: Vec<&str> = changes.iter().map(|c| c.message.en.as_str()).collect();
    assert_eq!(said, ["action `call_back`, at most: 3 → 4", "clock `work`, time: 10wd → 12wd"]);
    assert_eq!(changes[0].message.zh, "动作“call_back”的次数上限：3 → 4");
}

#[test]
fn rows_that_change_places_are_named_once() {
    let (files, old) = crate::fixture("joint");
    let mut edited = files.clone();
    let row = "[[routing.rows]]\nid = \"more\"\nwhen = \"deaths == 2\"\nto = \"unit:fire\"\n\n";
    let at_end = files["matter.toml"].replace("[[routing.rows]]\nid = \"fallback\"", &format!("{row}[[routing.rows]]\nid = \"fallback\""));
    let at_start = files["matter.toml"].replace("[[routing.rows]]\nid = \"grave\"", &format!("{row}[[routing.rows]]\nid = \"grave\""));
    for words in ["zh.toml", "en.toml"] {
        let text = edited[words].replace("grave = \"Grave\"", "grave = \"Grave\"\nmore = \"Two\"");
        edited.insert(words.into(), text);
    }
    let load = |matter: String| {
        let mut files = edited.clone();
        files.insert("matter.toml".into(), matter);
        crate::load(&files)
    };
    let changes = diff(&load(at_end.clone()), &load(at_start));
    assert_eq!(changes.iter().map(|c| (c.id.as_str(), c.kind)).collect::<Vec<_>>().len(), 1, "{changes:?}");
    assert_eq!(changes[0].kind, ChangeKind::Moved);
    assert!(diff(&old, &load(at_end)).iter().any(|c| c.id == "more" && c.kind == ChangeKind::Added));
}

#[test]
fn the_bench_says_where_why_and_when() {
    let (_, definition) = crate::fixture("joint");
    let calendar = crate::calendar();
    let bench = test_bench(&definition, &json!({"words": "a crash", "deaths": 3}), &Facts::new(), START, &calendar);
    assert_eq!((bench.unit.as_str(), bench.row.as_str(), bench.assists.as_slice()), ("commission", "grave", &["emergency".to_owned()][..]));
    assert_eq!(
        bench.tables.iter().map(|t| (t.table.as_str(), t.row.as_str())).collect::<Vec<_>>(),
        [("grade", "grave"), ("urgency", "now")]
    );
    let course: Vec<&str> = bench.course.iter().map(|s| s.stage.as_str()).collect();
    assert_eq!(course, ["received", "handling", "review", "closed"]);
    let work = &bench.course[1].clocks[0];
    assert_eq!(bench.course[1].enters_at, bench.course[0].clocks[0].view.due, "the next stage starts when the time of this one is used up");
    assert_eq!(work.ladder.iter().map(|r| r.rung.as_str()).collect::<Vec<_>>(), ["50%", "+2wd"]);
    assert!(work.ladder[0].at < work.view.due && work.view.due < work.ladder[1].at);
    assert!(bench.fields.is_empty());
    let bad = test_bench(&definition, &json!({"deaths": -1}), &Facts::new(), START, &calendar);
    assert_eq!(bad.fields.keys().collect::<Vec<_>>(), ["/deaths", "/words"]);
    assert_eq!(bad.row, "fallback", "the rest is answered all the same");
}
