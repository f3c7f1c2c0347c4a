//! Calls: placed from their words, classed with a reason, corrected on record, counted in lists, heat and hot spots.

use gongzhi_app::heat::HeatRequest;
use gongzhi_app::hotspots::SpotQuestion;
use gongzhi_app::signal_filter::SignalFilter;
use gongzhi_app::signals::NewSignal;
use gongzhi_civic::text::Language;

use crate::house::{House, NOON, code, houses};

pub fn call(words: &str, minutes: i64, phone: &str) -> NewSignal {
    NewSignal { words: words.into(), at: Some(NOON.0 - minutes * 60_000), caller_phone: Some(phone.into()), ..NewSignal::default() }
}

pub async fn take(house: &House, new: NewSignal) -> i64 {
    house.app.take_signal(&house.who("dispatcher").await, new).await.unwrap().id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_placed_and_classed_from_its_words_alone() {
    for house in houses().await {
        let id = take(&house, call("胜利东路和阳明北路路口两车追尾，没有受伤", 5, "13900010001")).await;
        let view = house.app.signal(&house.who("dispatcher").await, id, Language::Zh).await.unwrap();
        assert_eq!(view["place"]["name"], "胜利东路与阳明北路交叉口", "{}", house.place.kind());
        assert!(view["place"]["confidence"].as_f64().unwrap() >= 0.8);
        assert_eq!((view["class"].as_str(), view["class_by"].as_str()), (Some("accident"), Some("suggestion")));
        assert!(view["class_reason"].as_str().unwrap().contains("追尾"));
        assert_eq!(view["caller"], "139****0001");
        let nowhere = take(&house, call("我在路上看到有人乱停车", 4, "13900010002")).await;
        let view = house.app.signal(&house.who("dispatcher").await, nowhere, Language::En).await.unwrap();
        assert!(view["lon"].is_null(), "not enough to tell is an answer");
        assert!(!view["place"]["reason"].as_str().unwrap().is_empty());

        let dispatcher = house.who("dispatcher").await;
        house.app.correct_signal(&dispatcher, id, Some("order".into()), None, "实为违停").await.unwrap();
        let view = house.app.signal(&dispatcher, id, Language::Zh).await.unwrap();
        assert_eq!((view["class"].as_str(), view["class_by"].as_str()), (Some("order"), Some(dispatcher.person.as_str())));
        assert_eq!(view["history"].as_array().unwrap().len(), 2, "the correction is on record");
        assert_eq!(code(house.app.correct_signal(&dispatcher, id, Some("nonsense".into()), None, "").await), "class_unknown");
        assert_eq!(code(house.app.take_signal(&dispatcher, call("  ", 0, "")).await), "words_missing");
        assert_eq!(code(house.app.take_signal(&house.who("clerk").await, call("x", 0, "")).await), "forbidden");
        let half = NewSignal { lon: Some(120.6), ..call("x", 0, "") };
        assert_eq!(code(house.app.take_signal(&dispatcher, half).await), "point_half");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_callers_are_one_incident_and_the_same_caller_later_is_a_repeat() {
    for house in houses().await {
        let words = "胜利东路和阳明北路路口两车追尾";
        let first = take(&house, call(words, 600, "13900010001")).await;
        take(&house, call(words, 590, "13900010002")).await;
        let again = take(&house, call(words, 60, "13900010001")).await;
        let dispatcher = house.who("dispatcher").await;
        let view = house.app.signal(&dispatcher, again, Language::Zh).await.unwrap();
        assert_eq!(view["repeat_of"], first.to_string(), "{}", house.place.kind());
        let only_repeats = SignalFilter { repeats: Some("1".into()), ..SignalFilter::default() };
        let page = house.app.list_signals(&dispatcher, &only_repeats, None, None, 10, Language::Zh).await.unwrap();
        assert_eq!((page.total, page.repeats), (1, 1));
        // A restart finds the same.
        house.app.run_jobs().await.unwrap();
        let reopened = crate::house::open(&house.place).await;
        let page = reopened.list_signals(&dispatcher, &only_repeats, None, None, 10, Language::Zh).await.unwrap();
        assert_eq!(page.total, 1);

        let spots = house
            .app
            .hotspots(
                &house.who("officer").await,
                SignalFilter::default(),
                SpotQuestion { limit: 10, ..SpotQuestion::default() },
                Language::Zh,
            )
            .await
            .unwrap();
        assert_eq!(spots["items"][0]["name"], "胜利东路与阳明北路交叉口");
        assert_eq!(spots["items"][0]["calls"], 2, "two incidents, not three calls");
        let heat = HeatRequest { compare: Some("minus".into()), ..HeatRequest::default() };
        let heat = house.app.heat(&dispatcher, SignalFilter::default(), heat, Language::Zh).await.unwrap();
        assert_eq!((heat["n"].as_u64(), heat["n_then"].as_u64()), (Some(3), Some(0)));
        assert!(heat["comparison"]["verdict"].as_str().unwrap().contains('→'));
        let backwards = SignalFilter { from: Some(2), to: Some(1), ..SignalFilter::default() };
        assert_eq!(
            code(house.app.list_signals(&dispatcher, &backwards, None, None, 10, Language::Zh).await.map(|p| p.total)),
            "period_reversed"
        );
    }
}
