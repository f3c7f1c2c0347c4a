//! Doors of cases: the calendar, lists, films, the public list.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use crate::{Door, Reply};

fn upload(path: &str, cookie: &str, name: &str, bytes: &[u8]) -> Request<Body> {
    let mut body = format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").into_bytes();
    body.extend(bytes);
    body.extend(b"\r\n--b--\r\n");
    Request::post(path)
        .header(header::COOKIE, cookie)
        .header("x-gongzhi", "1")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
        .body(Body::from(body))
        .unwrap()
}

fn film() -> Vec<u8> {
    let one = |name: &[u8; 4], body: &[u8]| [&u32::try_from(body.len() + 8).unwrap().to_be_bytes()[..], name, body].concat();
    [one(b"ftyp", b"isom\0\0\0\0"), one(b"moov", &one(b"udta", b"+30.0050+120.5780/")), one(b"mdat", b"frames")].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calendar_is_read_by_all_and_written_by_the_administrator() {
    let door = Door::open().await;
    let leader = door.log_in("leader").await;
    let view = door.get("/api/calendar", &leader).await.json();
    let year = view["years"].as_array().unwrap().iter().find(|y| y["year"] == 2026).unwrap().clone();
    assert!(year["text"].as_str().unwrap().contains("year = 2026") && year["days"].as_i64().unwrap() > 20, "{year}");
    assert_eq!(view["hours"][0], "09:00-12:00");
    let put = |cookie: &str, body: Value| {
        Request::put("/api/calendar/2026")
            .header(header::COOKIE, cookie)
            .header("x-gongzhi", "1")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap()
    };
    let refused = door.send(put(&leader, json!({ "text": "year = 2026\n", "dry_run": true }))).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "forbidden"));
    assert_eq!(door.get("/api/calendar", "").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_is_sent_in_spans_to_who_may_see_it_and_a_program_is_refused() {
    let door = Door::open().await;
    let dispatcher = door.log_in("dispatcher").await;
    let made = door.send(upload("/api/attachments", &dispatcher, "路口.mp4", &film())).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", String::from_utf8_lossy(&made.bytes));
    let url = made.json()["url"].as_str().unwrap().to_owned();
    let whole = door.get(&url, &dispatcher).await;
    assert_eq!((whole.status, whole.bytes.len()), (StatusCode::OK, film().len()));
    assert_eq!(whole.headers[header::CONTENT_TYPE], "video/mp4");
    let span = Request::get(&url).header(header::COOKIE, &dispatcher).header(header::RANGE, "bytes=4-7").body(Body::empty()).unwrap();
    let span: Reply = door.send(span).await;
    assert_eq!((span.status, span.bytes.as_slice()), (StatusCode::PARTIAL_CONTENT, &b"ftyp"[..]));
    let clerk = door.log_in("clerk").await;
    assert_eq!(door.get(&url, &clerk).await.status, StatusCode::NOT_FOUND, "not in any case of theirs");
    assert_eq!(door.get(&url, "").await.status, StatusCode::UNAUTHORIZED);
    let program = door.send(upload("/api/attachments", &dispatcher, "a.mp4", b"MZ this is a program")).await;
    assert_eq!((program.status, program.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "attachment_unknown_kind"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_list_answers_everybody_and_lists_need_their_permission() {
    let door = Door::open().await;
    let all = door.get("/api/public/cases", "").await;
    assert_eq!(all.status, StatusCode::OK);
    assert!(all.json()["items"].is_array());
    assert_eq!(door.get("/api/public/cases?bbox=1,2", "").await.code(), "bbox_invalid");
    let (leader, dispatcher) = (door.log_in("leader").await, door.log_in("dispatcher").await);
    let body = || json!({ "campaign": "x", "csv": "a\n1\n" });
    assert_eq!(door.post("/api/lists/reminder", &leader, body()).await.code(), "forbidden");
    assert_eq!(door.post("/api/lists/hazard", &dispatcher, body()).await.code(), "no_list");
    assert_eq!(door.post("/api/lists/reminder", &dispatcher, body()).await.code(), "list_empty");
    assert!(door.get("/api/lists/reminder", &leader).await.json()["items"].as_array().unwrap().is_empty());
    let points = door.get("/api/points?month=2026-11", &leader).await;
    assert_eq!((points.status, points.json()["month"].as_str()), (StatusCode::OK, Some("2026-11")));
    assert_eq!(door.get("/api/points?month=soon", &leader).await.code(), "month_invalid");
}
