//! What the public sees and may do, and what stays hidden without a purpose.

use gongzhi_app::cases::{Act, GivenPlace};
use gongzhi_app::public::{PublicReport, Reporter};
use gongzhi_civic::text::Language;
use gongzhi_store::events::{self, EventFilter};
use serde_json::json;

use crate::house::{House, code, fields, houses, town};

async fn report(house: &House, key: &str) -> serde_json::Value {
    let x = town().point('X');
    let report = PublicReport {
        matter: "hazard".into(),
        fields: json!({ "category": "lamp", "description": "路灯不亮，电话13900010001" }),
        place: GivenPlace { lon: Some(x.lon), lat: Some(x.lat), ..GivenPlace::default() },
        photos: vec![house.photo(key).await],
        reporter: Some(Reporter { name: "王建国".into(), phone: "13900010001".into() }),
        key: key.into(),
    };
    house.app.public_report(report, Language::Zh).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_reports_follows_and_contests_by_a_link_of_their_own() {
    for house in houses().await {
        let receipt = report(&house, "phone-1").await;
        assert!(receipt["promised_at"].as_i64().is_some(), "a date is promised: {receipt}");
        assert_eq!(report(&house, "phone-1").await["number"], receipt["number"], "sent twice is one");
        let (token, number) = (receipt["token"].as_str().unwrap().to_owned(), receipt["number"].as_str().unwrap().to_owned());
        let x = town().point('X');
        let near = house.app.public_nearby("hazard", x, Some("lamp"), Language::Zh).await.unwrap();
        assert_eq!(near[0]["number"], number, "the next reporter is shown it first");
        assert_ne!(near[0]["token"], token, "the link stays the reporter's own");
        let joined = house.app.public_support(&number, Language::Zh).await.unwrap();
        assert_eq!(joined["supports"], 1);

        let id = house.app.case(&house.who("dispatcher").await, &number, Language::Zh).await.unwrap()["id"].as_str().unwrap().to_owned();
        house.act("dispatcher", &id, "dispatch", Act { unit: Some("urban-management".into()), ..Act::default() }).await.unwrap();
        house.act("clerk", &id, "sign", Act::default()).await.unwrap();
        let after = house.photo("after").await;
        house
            .act(
                "clerk",
                &id,
                "submit",
                Act { fields: json!({ "measure": "repair", "done": "已更换灯具" }), photos: vec![after.clone()], ..Act::default() },
            )
            .await
            .unwrap();
        house.act("officer", &id, "close", fields(json!({ "result": "effective" }))).await.unwrap();

        let own = house.app.public_case(&token, Language::Zh).await.unwrap();
        assert_eq!((own["public_status"].as_str(), own["can_contest"].as_bool()), (Some("closed"), Some(true)), "{own}");
        assert!(!own.to_string().contains("1390001") && !own.to_string().contains("王建国"));
        assert!(house.app.public_photo(&token, &after, true).await.is_ok());
        let anybody = house.app.public_case(&number, Language::Zh).await.unwrap();
        assert_eq!(anybody["can_contest"], false, "by number one looks, one does not object");
        assert_eq!(code(house.app.public_contest(&number, "没修好", vec![], Language::Zh).await), "not_found");
        let back = house.app.public_contest(&token, "灯还是不亮", vec![], Language::Zh).await.unwrap();
        assert_eq!(back["public_status"], "checking");
        house.act("officer", &id, "close", fields(json!({ "result": "effective" }))).await.unwrap();
        house.later(24 * 40);
        assert_eq!(code(house.app.public_contest(&token, "又坏了", vec![], Language::Zh).await), "window_over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reporters_number_is_masked_until_somebody_says_why_and_the_look_is_on_record() {
    for house in houses().await {
        let number = report(&house, "phone-2").await["number"].as_str().unwrap().to_owned();
        let page = house.app.case(&house.who("dispatcher").await, &number, Language::Zh).await.unwrap();
        assert_eq!(page["reporter"]["phone_masked"], "139****0001");
        let dispatcher = house.who("dispatcher").await;
        assert_eq!(code(house.app.reveal(&dispatcher, &number, "phone", " ").await), "purpose_missing");
        assert_eq!(code(house.app.reveal(&house.who("leader").await, &number, "phone", "了解情况").await), "forbidden");
        assert_eq!(house.app.reveal(&dispatcher, &number, "phone", "回访核实地点").await.unwrap(), "13900010001");
        let looks = events::page(&house.app.database, &EventFilter { stream: Some("personal".into()), limit: 9, ..EventFilter::default() })
            .await
            .unwrap();
        assert_eq!(looks.len(), 1);
        assert!(looks[0].body.contains("回访核实地点") && looks[0].actor == dispatcher.person);
        let ledger = events::page(&house.app.database, &EventFilter { limit: 500, ..EventFilter::default() }).await.unwrap();
        assert!(ledger.iter().all(|e| !e.body.contains("王建国")), "the ledger keeps no names that must be forgotten one day");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_does_not_hold_says_where() {
    for house in houses().await {
        let x = town().point('X');
        let place = || GivenPlace { lon: Some(x.lon), lat: Some(x.lat), ..GivenPlace::default() };
        let send = |fields: serde_json::Value, place: GivenPlace| PublicReport {
            matter: "hazard".into(),
            fields,
            place,
            key: "k".into(),
            ..PublicReport::default()
        };
        let wrong = house.app.public_report(send(json!({ "category": "no such thing" }), place()), Language::Zh).await;
        assert_eq!(code(wrong), "form_invalid");
        let graded = house.app.public_report(send(json!({ "category": "lamp", "severity": 4 }), place()), Language::Zh).await;
        assert_eq!(code(graded), "form_invalid", "the grade is the office's");
        let nowhere = house.app.public_report(send(json!({ "category": "lamp" }), GivenPlace::default()), Language::Zh).await;
        assert_eq!(code(nowhere), "place_missing");
        let unknown = house.app.public_report(PublicReport { matter: "secret".into(), ..PublicReport::default() }, Language::Zh).await;
        assert_eq!(code(unknown), "not_found");
    }
}
