//! What holds for every course of events, whatever anybody sends.

use std::collections::BTreeSet;

use gongzhi_civic::calendar::Calendar;
use gongzhi_civic::time::{HOUR_MS, Timestamp};
use gongzhi_matter::command::RungClaim;
use gongzhi_matter::{
    ActorFacts, Base, Case, ChildChange, Command, Definition, EffectCheck, Facts, ParentRef, Recorded, Verdict, apply, available, clocks,
    decide, effect_checks_due, next_rung_at, public_view, scores,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const START: Timestamp = Timestamp(1_793_581_200_000);

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec![
            "open", "dispatch", "split", "finish_part", "drop_part", "plan", "submit", "close", "call_back", "check_effect", "reopen", "cured", "remark",
            "child", "rung", "migrate", "", "nothing",
        ])
        .prop_map(str::to_owned),
        1 => ".{0,6}",
    ]
}

fn unit() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["transport", "fire", "power", "commission", "brigade-1", "nobody", ""]).prop_map(str::to_owned)
}

fn fields() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!({})),
        Just(json!([1, 2])),
        Just(json!({"words": "x"})),
        (0_i64..5).prop_map(|deaths| json!({"words": "x", "deaths": deaths, "plate": "浙A1"})),
        (-3_i64..9).prop_map(|score| json!({"score": score})),
        Just(json!({"outcome": "mended"})),
        (unit(), 0_usize..3).prop_map(|(u, n)| json!({"items": vec![json!({"what": "dig", "unit": u}); n]})),
        ".{0,8}".prop_map(|s| json!({ s: 1 })),
    ]
}

fn actor() -> impl Strategy<Value = (String, String, bool)> {
    (unit(), prop::sample::select(vec!["dispatcher", "clerk", "officer", "leader", "reporter", "system"]), any::<bool>())
        .prop_map(|(unit, role, reporter)| (unit, role.to_owned(), reporter))
}

#[derive(Clone, Debug)]
struct Wish {
    action: String,
    actor: (String, String, bool),
    fields: Value,
    to_unit: Option<String>,
    assists: Vec<String>,
    hours: u16,
    child: (u8, bool, bool),
    rung: u8,
}

fn wish() -> impl Strategy<Value = Wish> {
    (
        word(),
        actor(),
        fields(),
        prop::option::of(unit()),
        prop::collection::vec(unit(), 0..3),
        0_u16..400,
        any::<(u8, bool, bool)>(),
        any::<u8>(),
    )
        .prop_map(|(action, actor, fields, to_unit, assists, hours, child, rung)| Wish {
            action,
            actor,
            fields,
            to_unit,
            assists,
            hours,
            child,
            rung,
        })
}

fn command(definition: &Definition, case: Option<&Case>, wish: &Wish, now: Timestamp, calendar: &Calendar) -> Command {
    let (unit, role, reporter) = &wish.actor;
    let mut actor = match role.as_str() {
        "system" => ActorFacts::system(),
        _ if unit.is_empty() => ActorFacts { roles: vec![role.clone()], ..ActorFacts::default() },
        _ => ActorFacts::of(definition.units(), "p", unit, &[role]),
    };
    actor.reporter = *reporter;
    // Claims and children are now true, now made up.
    let rungs =
        case.map(|c| clocks(definition, c, now, calendar)).unwrap_or_default().into_iter().flat_map(|c| c.rungs_due).map(|r| r.claim);
    let due = case.map(|c| effect_checks_due(definition, c, now, calendar)).unwrap_or_default().into_iter().map(|d| d.claim);
    let claims: Vec<RungClaim> = rungs.chain(due).chain([RungClaim { clock: "work".into(), run: 0, rung: "due".into() }]).collect();
    let base = if wish.child.2 { Base::Done } else { Base::Intake };
    Command {
        action: wish.action.clone(),
        actor,
        fields: wish.fields.clone(),
        reason: Some("r".into()),
        to_unit: wish.to_unit.clone(),
        assists: wish.assists.clone(),
        rung: Some(claims[usize::from(wish.rung) % claims.len()].clone()),
        child: Some(ChildChange {
            case: if wish.child.0 == 0 { String::new() } else { format!("c{}", wish.child.0 % 4) },
            number: String::new(),
            matter: "errand".into(),
            mandatory: wish.child.0.is_multiple_of(2),
            stage: base.as_str().into(),
            base,
            opened: wish.child.1,
        }),
        parent: wish.child.0.is_multiple_of(5).then(ParentRef::default),
        check: Some(EffectCheck { verdict: Verdict::Unclear, ..EffectCheck::default() }),
        ..Command::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// No command panics; what is granted folds to the same case on replay; every claim is used once; parts and children
    /// add up; a closed case has nothing running.
    #[test]
    fn any_course_of_wishes_keeps_the_invariants(wishes in prop::collection::vec(wish(), 1..60)) {
        let definition = SHARED.with(|s| s.0.clone());
        let calendar = SHARED.with(|s| s.1.clone());
        let mut case: Option<Case> = None;
        let mut events: Vec<Recorded> = Vec::new();
        let mut now = START;
        let mut used = BTreeSet::new();
        // Most courses begin with an opening, so that the rest has something to be about.
        let opening = Wish { action: "open".into(), actor: ("brigade-1".into(), "dispatcher".into(), false), fields: json!({"words": "x", "deaths": 3}), ..wishes[0].clone() };
        for wish in std::iter::once(&opening).chain(&wishes) {
            now = now.plus_ms(i64::from(wish.hours) * HOUR_MS);
            let command = command(&definition, case.as_ref(), wish, now, &calendar);
            let before = case.clone();
            let Ok(decided) = decide(&definition, case.as_ref(), &command, &Facts::new(), now, &calendar) else {
                prop_assert_eq!(&case, &before);
                continue;
            };
            for event in decided {
                if let Some(fired) = &event.rung {
                    prop_assert!(used.insert(fired.claim.key()), "{} fired twice", fired.claim.key());
                }
                if let Some(check) = &event.check {
                    prop_assert!(used.insert(format!("effect#{}@{}", check.run, check.after)), "checked twice");
                }
                let recorded = Recorded { seq: events.len() as u64 + 1, at: now, event };
                case = Some(apply(&definition, case.take(), &recorded));
                events.push(recorded);
            }
            let state = case.as_ref().unwrap();
            let open: Vec<&str> = state.open_parts().collect();
            prop_assert_eq!(open.len(), open.iter().collect::<BTreeSet<_>>().len(), "a unit has one open part at most");
            prop_assert!(open.len() <= state.parts.len());
            let ids: BTreeSet<&String> = state.children.iter().map(|c| &c.case).collect();
            prop_assert_eq!(ids.len(), state.children.len(), "a child is known once");
            prop_assert!(state.open_children().count() <= state.children.len() && state.mandatory_open() < 1_000);
            prop_assert_eq!(state.closed_at.is_some(), definition.base(&state.stage).is_final());
            let views = clocks(&definition, state, now, &calendar);
            prop_assert_eq!(views.iter().any(|c| c.running || c.paused), state.closed_at.is_none());
            let _ = (next_rung_at(&definition, state, now, &calendar), public_view(&definition, state, &events, now, &calendar), scores(&definition, &events, &calendar));
            let _ = available(&definition, state, &command.actor, &Facts::new(), now, &calendar);
        }
        let text = serde_json::to_string(&events).unwrap();
        let read: Vec<Recorded> = serde_json::from_str(&text).unwrap();
        let replayed = read.iter().fold(None, |c, r| Some(apply(&definition, c, r)));
        prop_assert_eq!(replayed, case);
    }
}

thread_local! {
    static SHARED: (Definition, Calendar) = (crate::fixture("joint").1, crate::calendar());
}
