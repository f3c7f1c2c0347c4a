//! The routes of notices, of what is stuck, of channels and endpoints.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;

use crate::Door;

#[tokio::test(flavor = "multi_thread")]
async fn notices_are_for_anybody_logged_in_and_channels_for_the_administrator() {
    let door = Door::open().await;
    for path in ["/api/notices", "/api/stuck", "/api/webhooks", "/api/channels"] {
        assert_eq!(door.get(path, "gz_session=forged").await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let (clerk, leader) = (door.log_in("clerk").await, door.log_in("leader").await);
    let list = door.get("/api/notices?unread=1", &clerk).await;
    assert_eq!((list.status, list.json()["unread"].as_i64()), (StatusCode::OK, Some(0)));
    assert_eq!(door.post("/api/notices/read", &clerk, json!({ "up_to": "7" })).await.json()["unread"], 0);
    assert_eq!(door.post("/api/notices/read", &clerk, json!({ "everything": true })).await.code(), "json_shape");
    assert_eq!(door.get("/api/stuck", &clerk).await.status, StatusCode::FORBIDDEN);
    assert_eq!(door.get("/api/stuck", &leader).await.json()["items"], json!([]));
    assert_eq!(door.post("/api/stuck/7/retry", &leader, json!({})).await.code(), "not_found");
    assert_eq!(door.post("/api/stuck/none/drop", &leader, json!({ "reason": "不需要了" })).await.code(), "not_found");
    for path in ["/api/webhooks", "/api/channels"] {
        assert_eq!(door.get(path, &leader).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_go_in_and_only_an_endpoints_own_comes_out_once() {
    let door = Door::open().await;
    let admin = door.log_in("admin").await;
    let wrong = door.post("/api/webhooks?lang=en", &admin, json!({ "url": "javascript:alert(1)" })).await;
    assert_eq!(
        (wrong.status, wrong.json()["fields"]["/url"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("an http:// or https:// address"))
    );
    let made = door.post("/api/webhooks", &admin, json!({ "url": "https://other.city/hook" })).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let made = made.json();
    let secret = made["secret"].as_str().unwrap();
    let listed = door.get("/api/webhooks", &admin).await;
    assert!(!String::from_utf8(listed.bytes).unwrap().contains(secret));
    let change = |path: String, method: &str, body: serde_json::Value| {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, &admin)
            .header("x-gongzhi", "1")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap()
    };
    let off = door.send(change(format!("/api/webhooks/{}", made["id"].as_str().unwrap()), "PATCH", json!({ "active": false }))).await;
    assert_eq!((off.json()["active"].as_bool(), off.json()["secret"].as_str()), (Some(false), None));
    let smtp = json!({ "smtp": { "host": "mail.city", "port": 587, "security": "starttls", "user": "u", "from": "a@city.cn", "secret": "pass-word" } });
    let put = door.send(change("/api/channels".into(), "PUT", smtp)).await;
    assert_eq!((put.status, put.json()["smtp"]["has_secret"].as_bool()), (StatusCode::OK, Some(true)));
    assert!(!String::from_utf8(door.get("/api/channels", &admin).await.bytes).unwrap().contains("pass-word"));
    let wrong = door.send(change("/api/channels".into(), "PUT", json!({ "sms": { "adapter": "http", "url": "gateway" } }))).await;
    assert_eq!((wrong.json()["code"].as_str(), wrong.json()["fields"]["/sms/url"].is_string()), (Some("channel_invalid"), true));
    let trial = door.post("/api/channels/test", &admin, json!({ "channel": "pigeon", "to": "x" })).await;
    assert_eq!(trial.code(), "channel_unknown");
    let trial = door.post("/api/channels/test", &admin, json!({ "channel": "sms", "to": "13900010001" })).await;
    assert_eq!((trial.json()["ok"].as_bool(), trial.json()["adapter"].as_str()), (Some(true), Some("log")));
}
