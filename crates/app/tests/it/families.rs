//! Parts, children, marks and checks of cases, on made-up matters: no real one is meant.

use gongzhi_app::case_views::CaseQuery;
use gongzhi_app::cases::{Act, GivenPlace, NewCase};
use gongzhi_app::public::{ListedQuery, PublicAct, PublicReport, Reporter};
use gongzhi_app::signals::NewSignal;
use gongzhi_civic::text::Language;
use serde_json::{Value, json};

use crate::house::{House, NOON, code, fields, houses, houses_with, made_up_matters, open_with, town};

async fn joint(house: &House, key: &str) -> String {
    let x = town().point('X');
    let new = NewCase {
        matter: "joint".into(),
        fields: json!({ "words": "a hole", "plate": "浙D·12345" }),
        place: GivenPlace { lon: Some(x.lon), lat: Some(x.lat), ..GivenPlace::default() },
        key: key.into(),
        ..NewCase::default()
    };
    house.app.open_case(&house.who("dispatcher").await, new).await.unwrap().id
}

fn words(reason: &str) -> Act {
    Act { reason: Some(reason.into()), ..Act::default() }
}

async fn closed(house: &House, key: &str) -> String {
    let id = joint(house, key).await;
    house.act("dispatcher", &id, "dispatch", Act { unit: Some("transport".into()), ..Act::default() }).await.unwrap();
    let act = Act { fields: json!({ "outcome": "mended" }), photos: vec![house.photo(key).await], ..Act::default() };
    house.act("other", &id, "submit", act).await.unwrap();
    house.act("officer", &id, "close", Act::default()).await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_case_is_seen_by_every_unit_with_a_part_and_waits_for_all() {
    for house in houses_with(made_up_matters()).await {
        let id = joint(&house, "split").await;
        assert_eq!(code(house.app.case(&house.who("clerk").await, &id, Language::Zh).await), "not_found");
        let split = Act { unit: Some("transport".into()), assists: vec!["urban-management".into()], ..words("together") };
        assert_eq!(house.act("dispatcher", &id, "split", split).await.unwrap(), "handling");
        let page = house.page("clerk", &id).await;
        assert_eq!((page["parts"][0]["unit"]["id"].as_str(), page["parts"][0]["state"].as_str()), (Some("urban-management"), Some("open")));
        assert!(
            page["actions"].as_array().unwrap().iter().any(|a| a["id"] == "finish_part" && a["needs"]["parts"][0] == "urban-management")
        );
        let boxed = async |login: &str| {
            let query = CaseQuery { r#box: Some("parts".into()), ..CaseQuery::default() };
            house.app.list_cases(&house.who(login).await, &query, Language::Zh).await.unwrap()["total"].as_i64()
        };
        assert_eq!((boxed("clerk").await, boxed("other").await), (Some(1), Some(0)), "{}", house.place.kind());
        let submit = async || {
            let act = Act { fields: json!({ "outcome": "mended" }), photos: vec![house.photo("split").await], ..Act::default() };
            house.act("other", &id, "submit", act).await
        };
        assert_eq!(code(submit().await), "guard_failed", "a part is open");
        house.act("clerk", &id, "finish_part", words("done")).await.unwrap();
        assert_eq!(boxed("clerk").await, Some(0));
        assert_eq!(submit().await.unwrap(), "review");
        assert!(house.app.verify_ledger().await.unwrap().ok);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_opened_under_another_stands_on_both_pages() {
    for house in houses_with(made_up_matters()).await {
        let parent = joint(&house, "parent").await;
        let new = NewCase {
            matter: "errand".into(),
            fields: json!({ "what": "carry" }),
            parent: Some(parent.clone()),
            key: "child".into(),
            ..NewCase::default()
        };
        let dispatcher = house.who("dispatcher").await;
        let child = house.app.open_case(&dispatcher, new.clone()).await.unwrap();
        assert_eq!(house.app.open_case(&dispatcher, new).await.unwrap().id, child.id, "sent twice is one child");
        let page = house.page("dispatcher", &parent).await;
        let children = page["children"].as_array().unwrap();
        assert_eq!(
            (children.len(), children[0]["number"].as_str(), children[0]["visible"].as_bool()),
            (1, Some(child.number.as_str()), Some(true))
        );
        assert!(
            page["timeline"]
                .as_array()
                .unwrap()
                .iter()
                .any(|e| e["kind"] == "child" && e["label"].as_str().unwrap().contains(&child.number))
        );
        assert_eq!(house.page("dispatcher", &child.id).await["parent"]["id"], parent.as_str());
        // The parent's unit sees that there is a child and how it stands; the child's page is its own units'.
        house.act("dispatcher", &parent, "dispatch", Act { unit: Some("transport".into()), ..Act::default() }).await.unwrap();
        let seen = house.page("other", &parent).await["children"][0].clone();
        assert_eq!((seen["number"].as_str(), seen["visible"].as_bool()), (Some(child.number.as_str()), Some(false)));
        assert_eq!(code(house.app.case(&house.who("other").await, &child.id, Language::Zh).await), "not_found");
        let hidden = NewCase {
            matter: "errand".into(),
            fields: json!({ "what": "x" }),
            parent: Some("none".into()),
            key: "x".into(),
            ..NewCase::default()
        };
        assert_eq!(code(house.app.open_case(&dispatcher, hidden).await), "not_found");
        assert!(house.app.verify_ledger().await.unwrap().ok, "{}", house.place.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_low_mark_opens_the_case_again_and_a_high_one_stays() {
    for house in houses_with(made_up_matters()).await {
        let id = closed(&house, "mark").await;
        assert_eq!(house.act("leader", &id, "call_back", fields(json!({ "score": 5 }))).await.unwrap(), "closed");
        assert_eq!(house.act("leader", &id, "call_back", fields(json!({ "score": 2 }))).await.unwrap(), "review");
        let page = house.page("leader", &id).await;
        let marks: Vec<(i64, bool)> =
            page["call_backs"].as_array().unwrap().iter().map(|c| (c["score"].as_i64().unwrap(), c["low"].as_bool().unwrap())).collect();
        assert_eq!(marks, [(5, false), (2, true)], "{}", house.place.kind());
        assert!(page["closed_at"].is_null());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_it_helped_is_counted_once_from_the_calls_at_the_place() {
    for house in houses_with(made_up_matters()).await {
        let dispatcher = house.who("dispatcher").await;
        // Ten calls at the crossing in the month before, and one long before that: the records reach back far enough.
        for day in [1, 3, 5, 8, 11, 14, 17, 20, 23, 26, 40] {
            let at = Some(NOON.0 - day * 86_400_000);
            let new = NewSignal { words: "胜利东路和阳明北路路口两车追尾".into(), at, ..NewSignal::default() };
            house.app.take_signal(&dispatcher, new).await.unwrap();
        }
        let id = closed(&house, "helped").await;
        assert_eq!(house.app.fire_rungs().await.unwrap(), 0);
        house.later(24 * 30 + 1);
        let second = open_with(&house.place, made_up_matters()).await;
        second.clock.set(house.app.clock.now());
        let (a, b) = tokio::join!(house.app.fire_rungs(), second.fire_rungs());
        let _ = (a, b); // whoever lost the race tries again
        house.app.fire_rungs().await.unwrap();
        second.fire_rungs().await.unwrap();
        let page = house.page("officer", &id).await;
        let checks = page["effect_checks"].as_array().unwrap();
        assert_eq!(checks.len(), 1, "{}: once: {checks:?}", house.place.kind());
        let c = &checks[0];
        assert_eq!(
            (c["after"].as_str(), c["before"].as_i64(), c["now"].as_i64(), c["verdict"].as_str()),
            (Some("30d"), Some(10), Some(0), Some("better"))
        );
        assert!(c["p"].as_f64().unwrap() < 0.05 && c["high"].as_f64().unwrap() < 1.0, "{c}");
        assert_eq!(page["stage"]["id"], "closed");
        house.later(24 * 31);
        house.app.fire_rungs().await.unwrap();
        assert_eq!(house.page("officer", &id).await["effect_checks"].as_array().unwrap().len(), 2, "and after sixty days");
        house.later(24 * 200);
        assert_eq!(house.app.fire_rungs().await.unwrap(), 0, "then no more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fourth_report_of_a_day_from_one_number_is_refused_and_the_number_is_not_kept_for_it() {
    for house in houses_with(made_up_matters()).await {
        let report = |phone: &str, key: &str| PublicReport {
            matter: "joint".into(),
            fields: json!({ "words": "a hole" }),
            reporter: Some(Reporter { name: "王某".into(), phone: phone.into() }),
            key: key.into(),
            ..PublicReport::default()
        };
        for n in ["a", "b", "c"] {
            house.app.public_report(report("139 0001 0001", n), Language::Zh).await.unwrap();
        }
        assert_eq!(
            code(house.app.public_report(report("+86 13900010001", "d"), Language::Zh).await),
            "guard_failed",
            "however it is spelt"
        );
        house.app.public_report(report("13900010002", "e"), Language::Zh).await.unwrap();
        house.later(24);
        house.app.public_report(report("13900010001", "f"), Language::Zh).await.unwrap();
        let rows = house.app.database.all(gongzhi_store::sql::Sql::new("SELECT DISTINCT reporter_key FROM matter_case")).await.unwrap();
        let keys: Vec<String> = rows.iter().map(|r| r.text(0).unwrap()).collect();
        assert_eq!(keys.len(), 2, "{}", house.place.kind());
        assert!(keys.iter().all(|k| k.len() == 32 && !k.contains("0001")), "a digest, not the number");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_list_shows_what_is_declared_and_no_more() {
    for house in houses_with(made_up_matters()).await {
        let id = joint(&house, "listed").await;
        let errand = NewCase { matter: "errand".into(), fields: json!({ "what": "inside" }), key: "inside".into(), ..NewCase::default() };
        house.app.open_case(&house.who("dispatcher").await, errand).await.unwrap();
        let all = house.app.public_cases(&ListedQuery::default(), Language::En).await.unwrap();
        assert_eq!(all["items"].as_array().unwrap().len(), 1, "a matter that is not listed does not appear");
        let item = &all["items"][0];
        let names: Vec<&String> = item.as_object().unwrap().keys().collect();
        assert!(
            !item.to_string().contains(&id) && !names.iter().any(|n| matches!(n.as_str(), "id" | "token" | "fields" | "subject_key")),
            "{item}"
        );
        let boxed = async |bbox: &str| {
            let query = ListedQuery { bbox: Some(bbox.into()), ..ListedQuery::default() };
            house.app.public_cases(&query, Language::Zh).await.map(|v: Value| v["items"].as_array().unwrap().len())
        };
        let x = town().point('X');
        assert_eq!(boxed(&format!("{},{},{},{}", x.lon - 0.01, x.lat - 0.01, x.lon + 0.01, x.lat + 0.01)).await.unwrap(), 1);
        assert_eq!(boxed("0,0,1,1").await.unwrap(), 0);
        assert_eq!(code(boxed("1,2,3").await), "bbox_invalid");
        let closed = ListedQuery { status: Some("closed".into()), ..ListedQuery::default() };
        assert!(house.app.public_cases(&closed, Language::Zh).await.unwrap()["items"].as_array().unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reporters_link_takes_the_actions_that_the_definition_gives_them() {
    for house in houses().await {
        let x = town().point('X');
        let report = PublicReport {
            matter: "hazard".into(),
            fields: json!({ "category": "lamp", "description": "路灯不亮，请修" }),
            place: GivenPlace { lon: Some(x.lon), lat: Some(x.lat), ..GivenPlace::default() },
            photos: vec![house.photo("link").await],
            key: "link".into(),
            ..PublicReport::default()
        };
        let receipt = house.app.public_report(report, Language::Zh).await.unwrap();
        let (token, number) = (receipt["token"].as_str().unwrap(), receipt["number"].as_str().unwrap());
        let own = house.app.public_case(token, Language::Zh).await.unwrap();
        assert!(own["actions"].as_array().unwrap().iter().any(|a| a["id"] == "withdraw"), "{}", own["actions"]);
        let foreign = house.app.public_case(number, Language::Zh).await.unwrap();
        assert!(foreign["actions"].as_array().unwrap().is_empty(), "the number alone may do nothing");
        let act = PublicAct::default;
        assert_eq!(code(house.app.public_act(number, "withdraw", act(), Language::Zh).await), "not_found");
        assert_eq!(code(house.app.public_act(token, "dispatch", act(), Language::Zh).await), "not_permitted");
        let done = house.app.public_act(token, "withdraw", act(), Language::Zh).await.unwrap();
        assert!(done["closed_at"].is_i64() || done["public_status"] == "withdrawn", "{done}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reporters_contact_goes_when_its_time_is_over_and_the_case_stays() {
    for house in houses_with(made_up_matters()).await {
        let report = PublicReport {
            matter: "joint".into(),
            fields: json!({ "words": "a hole" }),
            reporter: Some(Reporter { name: "王某".into(), phone: "13900010001".into() }),
            key: "forget".into(),
            ..PublicReport::default()
        };
        let receipt = house.app.public_report(report, Language::Zh).await.unwrap();
        let number = receipt["number"].as_str().unwrap();
        let id = house.page("dispatcher", number).await["id"].as_str().unwrap().to_owned();
        house.later(24 * 400);
        assert_eq!(house.app.forget_reporters().await.unwrap(), 0, "an open case keeps it");
        house.act("dispatcher", &id, "dispatch", Act { unit: Some("transport".into()), ..Act::default() }).await.unwrap();
        let act = Act { fields: json!({ "outcome": "mended" }), photos: vec![house.photo("forget").await], ..Act::default() };
        house.act("other", &id, "submit", act).await.unwrap();
        house.act("officer", &id, "close", Act::default()).await.unwrap();
        assert_eq!(house.app.forget_reporters().await.unwrap(), 0);
        assert!(!house.page("dispatcher", &id).await["reporter"].is_null());
        house.later(24 * 367);
        assert_eq!(house.app.forget_reporters().await.unwrap(), 1, "{}", house.place.kind());
        assert_eq!(house.app.forget_reporters().await.unwrap(), 0);
        let page = house.page("dispatcher", &id).await;
        assert!(page["reporter"].is_null() && page["stage"]["id"] == "closed", "the case and its count stay");
        assert!(house.app.verify_ledger().await.unwrap().ok);
    }
}
