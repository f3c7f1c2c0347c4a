//! The HTTP door: who gets in, what is refused and how it is said. Routes as in `src/routes/`.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test or an example stops where it cannot go on

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use gongzhi_app::{App, Options, Templates};
use gongzhi_testkit::RoadMap;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

mod cases;
mod documents;
mod effects;

/// A crossing and three arms.
fn map() -> RoadMap {
    RoadMap::draw("A--X--B\n   |   \n   C   ")
        .scale(80.0)
        .way("AXB", |w| w.name("胜利东路").class("primary"))
        .way("XC", |w| w.name("阳明北路").class("primary"))
}

struct Door {
    router: Router,
    _folder: tempfile::TempDir,
}

struct Reply {
    status: StatusCode,
    headers: header::HeaderMap,
    bytes: Vec<u8>,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    fn code(&self) -> String {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json; charset=utf-8");
        self.json()["code"].as_str().unwrap().to_owned()
    }
}

impl Door {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("roads.network"), map().imported().bytes).unwrap();
        let options = Options { data: folder.path().to_owned(), database: None, templates: Templates::default() };
        let app = Arc::new(App::open(options).await.unwrap());
        for (login, unit, roles) in [
            ("dispatcher", "brigade-1", "dispatcher"),
            ("clerk", "transport", "clerk"),
            ("leader", "commission", "leader"),
            ("admin", "commission", "administrator"),
        ] {
            app.add_account(login, login, unit, &[roles.to_owned()], "a long password").await.unwrap();
        }
        Self { router: gongzhi_server::router(app), _folder: folder }
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Reply { status: parts.status, headers: parts.headers, bytes: body.collect().await.unwrap().to_bytes().to_vec() }
    }

    async fn get(&self, path: &str, cookie: &str) -> Reply {
        self.send(Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, cookie: &str, body: Value) -> Reply {
        let request =
            Request::post(path).header(header::COOKIE, cookie).header("x-gongzhi", "1").header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn log_in(&self, login: &str) -> String {
        let reply = self.post("/api/session", "", json!({ "login": login, "password": "a long password" })).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", String::from_utf8_lossy(&reply.bytes));
        let cookie = reply.headers[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        cookie.split(';').next().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_a_login_or_with_a_foreign_form() {
    let door = Door::open().await;
    for path in [
        "/api/session",
        "/api/signals",
        "/api/heat",
        "/api/hotspots",
        "/api/cases",
        "/api/scoreboard",
        "/api/people",
        "/api/events",
        "/api/stream",
        "/api/photos/x",
    ] {
        let reply = door.get(path, "gz_session=forged").await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::UNAUTHORIZED, "unauthenticated"), "{path}");
    }
    let request = Request::post("/api/session").header(header::CONTENT_TYPE, "application/json").body(Body::from("{}")).unwrap();
    assert_eq!(door.send(request).await.code(), "header_missing");
    let wrong = door.post("/api/session", "", json!({ "login": "clerk", "password": "x" })).await;
    assert_eq!((wrong.status, wrong.code().as_str()), (StatusCode::UNAUTHORIZED, "login_failed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_is_held_to_its_row_of_the_table() {
    let door = Door::open().await;
    let (clerk, dispatcher, leader) = (door.log_in("clerk").await, door.log_in("dispatcher").await, door.log_in("leader").await);
    for path in ["/api/signals", "/api/heat", "/api/hotspots", "/api/events"] {
        assert_eq!(door.get(path, &clerk).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(door.get("/api/events", &dispatcher).await.status, StatusCode::FORBIDDEN);
    assert_eq!(door.get("/api/events", &leader).await.status, StatusCode::OK);
    let reply = door.post("/api/people", &dispatcher, json!({ "name": "x" })).await;
    assert_eq!(reply.code(), "forbidden");
    let reply = door.post("/api/ledger/verify", &leader, json!({})).await;
    assert_eq!(reply.json()["ok"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_said_in_the_askers_language_with_the_place() {
    let door = Door::open().await;
    let dispatcher = door.log_in("dispatcher").await;
    let broken = Request::post("/api/signals")
        .header(header::COOKIE, &dispatcher)
        .header("x-gongzhi", "1")
        .header(header::CONTENT_TYPE, "application/json");
    let reply = door.send(broken.body(Body::from("{\"words\": ")).unwrap()).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, "json_syntax"));
    let reply = door.post("/api/signals?lang=en", &dispatcher, json!({ "words": "" })).await;
    let body = reply.json();
    assert_eq!((body["code"].as_str(), body["fields"]["/words"].as_str()), (Some("words_missing"), Some("required")));
    let reply = door.post("/api/signals", &dispatcher, json!({ "words": "" })).await;
    assert_eq!(reply.json()["fields"]["/words"], "必填");
    let reply = door.post("/api/signals", &dispatcher, json!({ "words": "x", "no_such_field": 1 })).await;
    assert_eq!(reply.code(), "json_shape");
    let reply = door.get("/api/heat?bbox=1,2,3", &dispatcher).await;
    assert_eq!(reply.code(), "bbox_invalid");
    let reply = door.get("/api/signals?hours=99", &dispatcher).await;
    assert_eq!(reply.code(), "range_invalid");
    let reply = door.get("/api/signals?from=yesterday", &dispatcher).await;
    assert_eq!(reply.code(), "query_invalid");
    assert_eq!(door.get("/api/cases/none", &dispatcher).await.status, StatusCode::NOT_FOUND);
    assert_eq!(door.get("/api/no/such/thing", &dispatcher).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn script_in_words_stays_words_and_the_page_may_run_nothing_foreign() {
    let door = Door::open().await;
    let dispatcher = door.log_in("dispatcher").await;
    let words = "<script>alert(1)</script> 胜利东路与阳明北路路口追尾 电话13900010001";
    let made = door.post("/api/signals", &dispatcher, json!({ "words": words })).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let view = made.json();
    assert!(view["words"].as_str().unwrap().starts_with("<script>alert(1)</script>"), "kept as text: the screen escapes it");
    assert!(!view["words"].as_str().unwrap().contains("13900010001"), "numbers in words are masked");
    assert_eq!(made.headers[header::CONTENT_TYPE], "application/json");
    let policy = made.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe-eval") && !policy.contains("script-src"));
    assert_eq!(made.headers["x-content-type-options"], "nosniff");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_too_large_or_no_picture_is_refused_before_it_is_kept() {
    let door = Door::open().await;
    let upload = |bytes: Vec<u8>| {
        let mut body = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n".to_vec();
        body.extend(bytes);
        body.extend(b"\r\n--b--\r\n");
        Request::post("/api/public/photos").header(header::CONTENT_TYPE, "multipart/form-data; boundary=b").body(Body::from(body)).unwrap()
    };
    let large = door.send(upload(vec![0xff; 21 * 1024 * 1024])).await;
    assert_eq!((large.status, large.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "photo_too_large"));
    assert_eq!(door.send(upload(b"MZ this is a program".to_vec())).await.code(), "not_a_picture");
    let picture = gongzhi_app::photo::encode_rgb(32, 24, &[90; 32 * 24 * 3]).unwrap();
    assert_eq!(door.send(upload(picture[..picture.len() / 2].to_vec())).await.code(), "photo_truncated");
    let taken = door.send(upload(picture)).await;
    assert_eq!((taken.status, taken.json()["width"].as_u64()), (StatusCode::CREATED, Some(32)));
}

#[tokio::test(flavor = "multi_thread")]
async fn tiles_have_a_tag_and_a_place() {
    let door = Door::open().await;
    let center = door.get("/api/city", "").await.json()["center"].clone();
    let (lon, lat) = (center[0].as_f64().unwrap(), center[1].as_f64().unwrap());
    let n = f64::from(1 << 15);
    let x = ((lon + 180.0) / 360.0 * n) as u32;
    let y = ((1.0 - lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * n) as u32;
    let tile = door.get(&format!("/tiles/15/{x}/{y}.mvt"), "").await;
    assert_eq!(tile.status, StatusCode::OK);
    assert!(tile.bytes.len() > 50, "roads are in it");
    let again = Request::get(format!("/tiles/15/{x}/{y}.mvt"))
        .header(header::IF_NONE_MATCH, &tile.headers[header::ETAG])
        .body(Body::empty())
        .unwrap();
    assert_eq!(door.send(again).await.status, StatusCode::NOT_MODIFIED);
    // Packed, it is another form of the same tile: fewer bytes, a tag of its own.
    let packed = Request::get(format!("/tiles/15/{x}/{y}.mvt")).header(header::ACCEPT_ENCODING, "br, gzip").body(Body::empty()).unwrap();
    let packed = door.send(packed).await;
    assert_eq!(packed.headers[header::CONTENT_ENCODING], "gzip");
    assert_eq!(packed.headers.get_all(header::CONTENT_ENCODING).iter().count(), 1);
    assert!(packed.bytes.len() < tile.bytes.len(), "{} of {}", packed.bytes.len(), tile.bytes.len());
    assert_ne!(packed.headers[header::ETAG], tile.headers[header::ETAG]);
    let declared = door.get("/tiles.json", "").await.json();
    assert_eq!(declared["tilejson"], "3.0.0");
    assert!(declared["tiles"][0].as_str().unwrap().ends_with("/tiles/{z}/{x}/{y}.mvt"), "{declared}");
    assert!(declared["vector_layers"].as_array().unwrap().iter().any(|l| l["id"] == "roads" && l["fields"]["class"].is_string()));
    assert_eq!(door.get("/tiles/2/9/9.mvt", "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(door.get("/tiles/2/x/1.mvt", "").await.status, StatusCode::BAD_REQUEST);
}
