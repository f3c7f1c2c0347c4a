//! A letter at the door: made by those who may, fetched as PDF, checked by anybody on a page without scripts.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use crate::Door;

fn upload(path: &str, bytes: &[u8]) -> Request<Body> {
    let mut body =
        b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n".to_vec();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    Request::post(path).header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge").body(Body::from(body)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_made_fetched_and_checked_by_whoever_holds_it() {
    if !gongzhi_app::typeset::fonts().is_some_and(|fonts| fonts.iter().any(|f| f.family.is_some())) {
        println!("SKIPPED: no Chinese font (Debian: fonts-noto-cjk)");
        return;
    }
    let door = Door::open().await;
    let (dispatcher, clerk) = (door.log_in("dispatcher").await, door.log_in("clerk").await);
    let photo = gongzhi_app::photo::encode_rgb(64, 48, &[90; 64 * 48 * 3]).unwrap();
    let mut request = upload("/api/photos", &photo);
    request.headers_mut().insert(header::COOKIE, dispatcher.parse().unwrap());
    request.headers_mut().insert("x-gongzhi", "1".parse().unwrap());
    let photo = door.send(request).await.json()["hash"].clone();
    let point = crate::map().point('X');
    let opened = door
        .post(
            "/api/cases",
            &dispatcher,
            json!({ "matter": "hazard", "fields": { "category": "lamp", "severity": 2, "description": "路灯不亮" },
                "place": { "lon": point.lon, "lat": point.lat }, "photos": [photo], "key": "a" }),
        )
        .await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", String::from_utf8_lossy(&opened.bytes));
    let case = opened.json();
    assert!(case["letters"].as_array().unwrap().iter().any(|l| l["id"] == "order"));
    let path = format!("/api/cases/{}/documents", case["id"].as_str().unwrap());
    assert_eq!(door.post(&path, &clerk, json!({ "letter": "order" })).await.status, StatusCode::NOT_FOUND);
    let made = door.post(&path, &dispatcher, json!({ "letter": "order", "key": "k" })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", String::from_utf8_lossy(&made.bytes));
    let document: Value = made.json();
    assert_eq!(door.post(&path, &dispatcher, json!({ "letter": "order", "key": "k" })).await.json()["id"], document["id"]);
    assert_eq!(door.get(&path, &dispatcher).await.json()["items"][0]["number"], document["number"]);

    let pdf = door.get(document["url"].as_str().unwrap(), &dispatcher).await;
    assert_eq!(pdf.headers[header::CONTENT_TYPE], "application/pdf");
    assert!(pdf.bytes.starts_with(b"%PDF-"));
    assert_eq!(door.get(document["url"].as_str().unwrap(), &clerk).await.status, StatusCode::NOT_FOUND);
    assert_eq!(door.get(document["url"].as_str().unwrap(), "").await.status, StatusCode::UNAUTHORIZED);

    // The QR code leads here: nobody is logged in.
    let page = document["verify"].as_str().unwrap();
    let code = page.rsplit('/').next().unwrap();
    let shown = door.get(&format!("{page}?lang=zh"), "").await;
    let html = String::from_utf8(shown.bytes).unwrap();
    assert_eq!((shown.status, shown.headers[header::CONTENT_TYPE].to_str().unwrap()), (StatusCode::OK, "text/html; charset=utf-8"));
    assert!(shown.headers.contains_key(header::CONTENT_SECURITY_POLICY));
    assert!(html.contains("账本完好") && html.contains(document["number"].as_str().unwrap()) && !html.contains("<script"), "{html}");
    assert!(!html.contains("路灯"), "the page says nothing of what the letter is about");
    assert!(String::from_utf8(door.get(&format!("{page}?lang=en"), "").await.bytes).unwrap().contains("the ledger holds"));
    let same = String::from_utf8(door.send(upload(&format!("{page}?lang=en"), &pdf.bytes)).await.bytes).unwrap();
    assert!(same.contains("bit for bit, the original"), "{same}");
    let other = String::from_utf8(door.send(upload(&format!("{page}?lang=zh"), b"%PDF-1.7 forged")).await.bytes).unwrap();
    assert!(other.contains("与原件不一致"), "{other}");

    let api = format!("/api/public/documents/{code}");
    let checked = door.get(&api, "").await.json();
    assert_eq!((&checked["ok"], &checked["ledger"]["holds"]), (&json!(true), &json!(true)));
    assert_eq!(door.send(upload(&format!("{api}/compare"), &pdf.bytes)).await.json()["same"], true);
    assert_eq!(door.send(upload(&format!("{api}/compare"), b"")).await.code(), "file_missing");
    assert_eq!(door.get("/api/public/documents/0000", "").await.code(), "document_unknown");
    let unknown = door.get("/verify/0000?lang=zh", "").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(String::from_utf8(unknown.bytes).unwrap().contains("请勿采信"));
}
