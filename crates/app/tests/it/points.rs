//! Points stand on events, open down to them, and a month that is over stays as it was.

use gongzhi_app::cases::Act;
use gongzhi_app::points::PointQuery;
use gongzhi_civic::text::Language;
use serde_json::json;

use crate::house::{House, fields, houses, open};

async fn closed(house: &House, key: &str) -> String {
    let id = house.hazard(key).await;
    house.act("dispatcher", &id, "dispatch", Act { unit: Some("urban-management".into()), ..Act::default() }).await.unwrap();
    house.act("clerk", &id, "sign", Act::default()).await.unwrap();
    let act = Act {
        fields: json!({ "measure": "repair", "done": "已更换灯具" }),
        photos: vec![house.photo(&format!("{key} after")).await],
        ..Act::default()
    };
    house.act("clerk", &id, "submit", act).await.unwrap();
    house.act("officer", &id, "close", fields(json!({ "result": "effective" }))).await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_units_points_open_down_to_the_event_and_freeze_with_the_month() {
    for house in houses().await {
        let id = closed(&house, "points").await;
        let leader = house.who("leader").await;
        let query = PointQuery { unit: Some("urban-management".into()), ..PointQuery::default() };
        let november = house.app.points(&leader, &query, Language::Zh).await.unwrap();
        assert_eq!(november["month"], "2026-11");
        let row = november["rows"].as_array().unwrap().iter().find(|r| r["unit"]["id"] == "urban-management").expect("a row").clone();
        let item = &november["items"][0];
        assert_eq!((item["case"].as_str(), item["points"].as_i64()), (Some(id.as_str()), row["points"].as_i64()));
        assert!(row["points"].as_i64().unwrap() > 0 && row["frozen"].is_null(), "{row}");
        let page = house.page("officer", &id).await;
        let event = page["timeline"].as_array().unwrap().iter().find(|e| e["seq"] == item["seq"]).expect("the event behind it").clone();
        assert_eq!(event["kind"], "close");

        assert_eq!(house.app.freeze_points().await.unwrap(), 12, "the months before, all of nothing");
        house.later(24 * 15);
        let second = open(&house.place).await;
        second.clock.set(house.app.clock.now());
        let (a, b) = tokio::join!(house.app.freeze_points(), second.freeze_points());
        assert_eq!(a.unwrap_or(0) + b.unwrap_or(0), 1, "{}: once, whoever comes first", house.place.kind());
        assert_eq!(house.app.freeze_points().await.unwrap(), 0);
        let query = PointQuery { month: Some("2026-11".into()), ..PointQuery::default() };
        let frozen = house.app.points(&leader, &query, Language::Zh).await.unwrap();
        assert!(frozen["frozen_at"].is_i64());
        let held = frozen["rows"].as_array().unwrap().iter().find(|r| r["unit"]["id"] == "urban-management").unwrap().clone();
        assert_eq!(held["frozen"]["points"], row["points"]);
        // Who sees only their own unit sees their own points.
        let other = house.app.points(&house.who("other").await, &query, Language::Zh).await.unwrap();
        assert!(other["rows"].as_array().unwrap().is_empty());
        let wrong = PointQuery { month: Some("November".into()), ..PointQuery::default() };
        assert_eq!(crate::house::code(house.app.points(&leader, &wrong, Language::Zh).await), "month_invalid");
    }
}
