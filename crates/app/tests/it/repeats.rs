//! Repeat calls: joined across callers and wordings, corrected by hand, learnt from, on both databases.

use gongzhi_app::repeats::NewCorrection;
use gongzhi_app::signal_filter::SignalFilter;
use gongzhi_app::{App, Options, Templates};
use gongzhi_civic::text::Language;
use serde_json::Value;

use crate::house::{House, code, houses, open};
use crate::signals::{call, take};

fn correction(left: i64, right: i64, relation: &str, reason: &str) -> NewCorrection {
    NewCorrection { left: left.to_string(), right: right.to_string(), relation: relation.into(), reason: reason.into() }
}

async fn listed(app: &App, house: &House, language: Language) -> Value {
    let dispatcher = house.who("dispatcher").await;
    app.list_repeats(&dispatcher, &SignalFilter::default(), None, 10, language).await.unwrap()
}

/// Ids of the calls of each cluster.
fn clusters(answer: &Value) -> Vec<Vec<i64>> {
    let ids = |item: &Value| item["calls"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().parse().unwrap()).collect();
    answer["items"].as_array().unwrap().iter().map(ids).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_about_one_crash_are_one_incident_and_a_bus_beside_it_is_not() {
    for house in houses().await {
        let kind = house.place.kind();
        let first = take(&house, call("胜利东路和阳明北路路口两车追尾，我电话13900010001", 60, "13900010001")).await;
        let second = take(&house, call("出车祸了，两辆小车撞在一起，胜利东路阳明北路路口", 55, "13900010002")).await;
        take(&house, call("公交车抛锚了停在胜利东路和阳明北路路口", 52, "13900010003")).await;
        let answer = listed(&house.app, &house, Language::Zh).await;
        assert_eq!(clusters(&answer), [[first, second]], "{kind}: {answer}");
        assert_eq!(
            (&answer["n_calls"], &answer["n_incidents"], &answer["n_troubles"], &answer["n_repeats"]),
            (&3.into(), &2.into(), &2.into(), &0.into())
        );
        let cluster = &answer["items"][0];
        assert_eq!((cluster["kind"].as_str(), cluster["n_incidents"].as_u64()), (Some("incident"), Some(1)));
        assert_eq!(cluster["name"], "胜利东路与阳明北路交叉口");
        let calls = cluster["calls"].as_array().unwrap();
        assert!(!calls[0]["words"].as_str().unwrap().contains("13900010001"), "numbers in words are masked");
        assert!(calls[0]["likelihood"].is_null() && calls[1]["likelihood"].as_f64().unwrap() >= 0.5);
        assert_eq!((calls[1]["by"].as_str(), calls[1]["incident"].as_str()), (Some("rule"), Some(first.to_string().as_str())));
        assert!(calls[1]["why"].as_array().unwrap().iter().any(|w| w.as_str().unwrap().contains("类别相同")), "{calls:?}");
        let text = answer["rule"]["text"].as_str().unwrap();
        assert!(text.contains("120 分钟") && answer["method"] == answer["rule"]["text"]);
        assert!(listed(&house.app, &house, Language::En).await["rule"]["text"].as_str().unwrap().contains("120 minutes"));
        // A restart finds the same.
        assert_eq!(clusters(&listed(&*open(&house.place).await, &house, Language::Zh).await), [[first, second]], "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_always_holds_and_is_learnt_from_and_is_on_record() {
    for house in houses().await {
        let kind = house.place.kind();
        let dispatcher = house.who("dispatcher").await;
        let words = "胜利东路和阳明北路路口两车追尾";
        let first = take(&house, call(words, 60, "13900010001")).await;
        let second = take(&house, call(words, 50, "13900010002")).await;
        assert_eq!(clusters(&listed(&house.app, &house, Language::Zh).await), [[first, second]], "{kind}");

        let split =
            house.app.correct_repeats(&dispatcher, correction(first, second, "different", "两起不同的事故"), Language::Zh).await.unwrap();
        assert_eq!(clusters(&split), [[second], [first]], "{kind}: {split}");
        assert_eq!(split["rule"]["version"], "2026.1+1");
        assert!(!split["rule"]["learnt"].as_array().unwrap().is_empty(), "a sure pair that was wrong moves the weights: {split}");
        assert!(clusters(&listed(&house.app, &house, Language::Zh).await).is_empty());
        for id in [first, second] {
            let view = house.app.signal(&dispatcher, id, Language::Zh).await.unwrap();
            let event = view["history"].as_array().unwrap().iter().find(|e| e["kind"] == "repeat.corrected").unwrap().clone();
            assert_eq!(event["body"]["reason"], "两起不同的事故");
        }

        // Later it turns out that they are two occasions of one trouble: the later word holds.
        let joined = house
            .app
            .correct_repeats(&dispatcher, correction(second, first, "same_trouble", "同一处护栏缺口"), Language::En)
            .await
            .unwrap();
        assert_eq!(clusters(&joined), [[first, second]], "{kind}: {joined}");
        assert_eq!((&joined["items"][0]["kind"], joined["overruled"].as_array().unwrap().len()), (&"trouble".into(), 1));
        let answer = listed(&house.app, &house, Language::Zh).await;
        assert_eq!((&answer["n_incidents"], &answer["n_repeats"]), (&2.into(), &1.into()));
        assert_eq!(answer["items"][0]["calls"][1]["by"], "hand");
        let view = house.app.signal(&dispatcher, second, Language::Zh).await.unwrap();
        assert_eq!(view["repeat_of"], first.to_string());

        // A live call goes on from there, and a restart finds the same.
        let third = take(&house, call(words, 45, "13900010002")).await;
        let now = clusters(&listed(&house.app, &house, Language::Zh).await);
        assert_eq!(now, [[first, second, third]], "{kind}");
        assert_eq!(clusters(&listed(&*open(&house.place).await, &house, Language::Zh).await), now, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_and_what_is_none_is_refused() {
    for house in houses().await {
        let dispatcher = house.who("dispatcher").await;
        let (first, second) = (take(&house, call("胜利东路违停", 60, "1")).await, take(&house, call("平江路路灯不亮", 50, "2")).await);
        let refused =
            async |login: &str, given: NewCorrection| code(house.app.correct_repeats(&house.who(login).await, given, Language::Zh).await);
        assert_eq!(refused("officer", correction(first, second, "different", "x")).await, "forbidden");
        assert_eq!(refused("dispatcher", correction(first, first, "different", "x")).await, "same_call");
        assert_eq!(refused("dispatcher", correction(first, second, "cousins", "x")).await, "relation_unknown");
        assert_eq!(refused("dispatcher", correction(first, second, "different", "  ")).await, "reason_missing");
        assert_eq!(refused("dispatcher", correction(first, 999, "different", "x")).await, "not_found");
        let filter = SignalFilter::default();
        assert_eq!(code(house.app.list_repeats(&house.who("clerk").await, &filter, None, 10, Language::Zh).await), "forbidden");
        assert_eq!(code(house.app.list_repeats(&dispatcher, &filter, Some("x"), 10, Language::Zh).await), "cursor_invalid");
    }
}

#[tokio::test]
async fn a_definition_that_cannot_be_is_refused_at_the_start() {
    let template = include_str!("../../../../city/repeats.toml");
    let city = tempfile::tempdir().unwrap();
    for (text, said) in [
        (template.replace("detour = 1.3", "detour = 0.3"), "detour"),
        (template.replace("others_count = true", "others_count = maybe"), "repeats.toml:"),
        (template.replace("[incident]", "[incident]\nspeed = 1"), "speed"),
    ] {
        std::fs::write(city.path().join("repeats.toml"), text).unwrap();
        let data = tempfile::tempdir().unwrap();
        let templates = Templates { city: Some(city.path().to_owned()), ..Templates::default() };
        let error = App::open(Options { data: data.path().to_owned(), database: None, templates }).await.unwrap_err().to_string();
        assert!(error.contains(said) && error.contains("规则"), "{error}");
    }
}
