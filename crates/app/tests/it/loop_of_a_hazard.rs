//! One hazard from the first press to closure, and everything that must not happen on the way.

use gongzhi_app::cases::Act;
use gongzhi_civic::text::Language;
use gongzhi_store::sql::Sql;
use serde_json::json;

use crate::house::{because, code, fields, houses};

#[tokio::test(flavor = "multi_thread")]
async fn a_hazard_goes_out_comes_back_is_done_reviewed_contested_and_proved() {
    for house in houses().await {
        let kind = house.place.kind();
        let id = house.hazard("one").await;
        let page = house.page("dispatcher", &id).await;
        assert_eq!(page["place"]["name"], "胜利东路与阳明北路交叉口", "{kind}");
        assert!(!page["proposal"]["unit"]["id"].as_str().unwrap().is_empty());
        assert!(!page["proposal"]["reason"].as_str().unwrap().is_empty(), "the proposal says why");

        // A department learns of it only when it has a part in it.
        assert_eq!(code(house.app.case(&house.who("clerk").await, &id, Language::Zh).await), "not_found");
        let to_clerk = || Act { unit: Some("urban-management".into()), ..Act::default() };
        assert_eq!(house.act("dispatcher", &id, "dispatch", to_clerk()).await.unwrap(), "signing");
        assert_eq!(code(house.act("other", &id, "sign", Act::default()).await), "not_found", "another unit's case is not there");
        assert_eq!(house.act("clerk", &id, "return", because("not_ours")).await.unwrap(), "accepted");
        assert_eq!(house.act("dispatcher", &id, "dispatch", to_clerk()).await.unwrap(), "signing");
        assert_eq!(house.act("clerk", &id, "sign", Act::default()).await.unwrap(), "handling");

        let due = house.page("clerk", &id).await["due_at"].as_i64().unwrap();
        house
            .act(
                "clerk",
                &id,
                "extend",
                Act {
                    fields: json!({ "working_days": 5, "why": "等待材料到货" }), reason: Some("等待材料".into()), ..Act::default()
                },
            )
            .await
            .unwrap();
        house.act("leader", &id, "approve_extension", Act::default()).await.unwrap();
        assert!(house.page("clerk", &id).await["due_at"].as_i64().unwrap() > due, "an approved extension moves the date");

        let no_photo = house.act("clerk", &id, "submit", fields(json!({ "measure": "repair", "done": "已更换灯具" }))).await;
        assert_eq!(code(no_photo), "missing_photo");
        let after = house.photo("after").await;
        let submit =
            || Act { fields: json!({ "measure": "repair", "done": "已更换灯具" }), photos: vec![after.clone()], ..Act::default() };
        assert_eq!(house.act("clerk", &id, "submit", submit()).await.unwrap(), "review");
        assert_eq!(house.act("officer", &id, "reject", because("not_fixed")).await.unwrap(), "handling");
        assert_eq!(house.act("clerk", &id, "submit", submit()).await.unwrap(), "review");
        assert_eq!(house.act("officer", &id, "close", fields(json!({ "result": "effective" }))).await.unwrap(), "closed");

        let page = house.page("officer", &id).await;
        assert_eq!((page["returns"].as_i64(), page["late"].as_bool()), (Some(1), Some(false)));
        assert_eq!(page["after_photos"].as_array().unwrap().len(), 1);
        assert_eq!(page["ledger"]["verified"], true);
        assert!(page["timeline"].as_array().unwrap().len() >= 10);

        let verdict = house.app.verify_ledger().await.unwrap();
        assert!(verdict.ok && verdict.checked > 10, "{kind}: {verdict:?}");
        house.app.anchor_ledger().await.unwrap().expect("the day's first anchor");
        assert!(house.app.verify_ledger().await.unwrap().ok);

        // Somebody with the database's password rewrites history.
        let mut write = house.app.database.write().await.unwrap();
        write.execute(Sql::new("UPDATE event SET actor = 'somebody else' WHERE seq = 3 AND kind LIKE 'hazard.%'")).await.unwrap();
        write.commit().await.unwrap();
        let broken = house.app.verify_ledger().await.unwrap().broken.expect("the chain shows it");
        assert_eq!((broken.seq, broken.why.as_str()), (3, "content"), "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_the_work_may_not_close_it() {
    for house in houses().await {
        let id = house.hazard("four eyes").await;
        house.act("dispatcher", &id, "dispatch", Act { unit: Some("brigade-1".into()), ..Act::default() }).await.unwrap();
        house.act("officer1", &id, "sign", Act::default()).await.unwrap();
        let after = house.photo("after").await;
        house
            .act(
                "officer1",
                &id,
                "submit",
                Act { fields: json!({ "measure": "order", "done": "已整治完毕" }), photos: vec![after], ..Act::default() },
            )
            .await
            .unwrap();
        let own = house.act("officer1", &id, "close", fields(json!({ "result": "effective" }))).await;
        assert_eq!(code(own), "four_eyes");
        let offered = house.page("officer1", &id).await;
        assert!(!offered["actions"].as_array().unwrap().iter().any(|a| a["id"] == "close"), "what is refused is not offered");
        assert_eq!(house.act("officer", &id, "close", fields(json!({ "result": "effective" }))).await.unwrap(), "closed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_at_once_one_is_told() {
    for house in houses().await {
        let id = house.hazard("race").await;
        let seen = house.page("dispatcher", &id).await["version"].as_u64();
        let send = || Act { unit: Some("urban-management".into()), version: seen, ..Act::default() };
        assert!(house.act("dispatcher", &id, "dispatch", send()).await.is_ok());
        assert_eq!(
            code(house.act("dispatcher", &id, "note", Act { version: seen, reason: Some("备注".into()), ..Act::default() }).await),
            "version_conflict"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_opening_twice_is_one_case() {
    for house in houses().await {
        let (a, b) = (house.hazard("same key").await, house.hazard("same key").await);
        assert_eq!(a, b, "{}", house.place.kind());
        assert_ne!(a, house.hazard("another key").await);
    }
}
