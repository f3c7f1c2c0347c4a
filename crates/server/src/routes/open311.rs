//! The Open311 door: GeoReport v2 in XML and JSON, with the update extension. `/open311/discovery.xml` says where it is.

use axum::Router;
use axum::body::Bytes;
use axum::extract::multipart::Multipart;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Path, Query, RawQuery, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, patch};
use gongzhi_app::open311::{DoorError, GivenKey, GivenPeer};
use gongzhi_app::photos::LARGEST;
use gongzhi_civic::text::Language;
use gongzhi_protocol::open311::{self, Fault, Format, ListQuery, NewRequest, NewUpdate, Node, UpdateQuery, pairs};

use crate::Shared;
use crate::answer::{Answer, Body, Lang, Or as _, Who, created, ok};

/// When the shape of this door changed last.
const CHANGESET: &str = "2026-11-22T00:00:00+08:00";

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/open311/{part}", get(discovery))
        .route("/open311/v2/{part}", get(list).post(take).fallback(no_such_method))
        .route("/open311/v2/services/{part}", get(service).fallback(no_such_method))
        .route("/open311/v2/requests/{part}", get(request).fallback(no_such_method))
        .route("/open311/v2/tokens/{part}", get(token).fallback(no_such_method))
        .layer(DefaultBodyLimit::max(LARGEST + 64 * 1024))
        .route("/api/open311/keys", get(keys).post(make_key))
        .route("/api/open311/keys/{id}", patch(switch_key))
        .route("/api/open311/peers", get(peers).post(add_peer))
        .route("/api/open311/peers/{id}", patch(change_peer))
}

/// An answer in the format asked for.
fn spelled(root: open311::Root, node: &Node, format: Format, status: StatusCode) -> Response {
    (status, [(header::CONTENT_TYPE, format.content_type()), (header::CACHE_CONTROL, "no-cache")], open311::write(root, node, format))
        .into_response()
}

fn refused(error: DoorError, format: Format) -> Response {
    let fault = match error {
        DoorError::Fault(fault) => fault,
        DoorError::House(error) => {
            tracing::error!(%error, "a request at the Open311 door failed");
            Fault { status: 500, description: "an error here; nothing was changed (系统出错，数据未受影响)".into() }
        }
    };
    let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::BAD_REQUEST);
    spelled("errors", &open311::errors(&fault), format, status)
}

fn answered(root: open311::Root, node: Result<Node, DoorError>, format: Format, status: StatusCode) -> Response {
    match node {
        Ok(node) => spelled(root, &node, format, status),
        Err(error) => refused(error, format),
    }
}

#[allow(clippy::result_large_err)] // the refusal is the answer itself, made once a request
/// Name and format of a path's last part; without a known suffix there is no such document.
fn part(text: &str) -> Result<(&str, Format), Response> {
    Format::split(text).ok_or_else(|| no_document(text))
}

fn no_document(text: &str) -> Response {
    let fault = Fault::unknown(format!("'{text}' is no document here; write .xml or .json (没有这个文档，请以 .xml 或 .json 结尾)"));
    refused(fault.into(), if text.ends_with(".json") { Format::Json } else { Format::Xml })
}

async fn no_such_method(Path(text): Path<String>) -> Response {
    let fault = Fault { status: 405, description: "this method is not for this document (不支持的请求方法)".into() };
    let format = Format::split(&text).map_or(Format::Xml, |(_, f)| f);
    let mut response = refused(fault.into(), format);
    let allowed = if text.starts_with("requests.") || text.starts_with("servicerequestupdates.") { "GET, HEAD, POST" } else { "GET, HEAD" };
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allowed));
    response
}

/// How the client reached us: links in answers lead back the same way.
fn base(headers: &HeaderMap) -> String {
    let word = |name: &str| headers.get(name).and_then(|h| h.to_str().ok()).map(str::trim).filter(|w| !w.is_empty());
    let scheme = word("x-forwarded-proto").filter(|s| matches!(*s, "http" | "https")).unwrap_or("http");
    let host = word("host").filter(|h| h.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']')));
    format!("{scheme}://{}", host.unwrap_or("localhost"))
}

async fn discovery(State(shared): State<Shared>, headers: HeaderMap, Lang(language): Lang, Path(text): Path<String>) -> Response {
    let (name, format) = match part(&text) {
        Ok(known) => known,
        Err(response) => return response,
    };
    if name != "discovery" {
        return no_document(&text);
    }
    let base = base(&headers);
    // What stands in for a real city is a test to its clients.
    let production = matches!(shared.app.is_demo().await, Ok(false));
    let city = shared.app.name();
    let contact = format!("{} · Gongzhi {base}", city.get(language));
    let key = if language == Language::En {
        format!("Keys are given by the administrator of this system: {base}/office")
    } else {
        format!("密钥由本系统管理员发放：{base}/office")
    };
    let node = open311::discovery(CHANGESET, &contact, &key, &format!("{base}/open311/v2"), production);
    spelled("discovery", &node, format, StatusCode::OK)
}

async fn list(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Lang(language): Lang,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let (name, format) = match part(&text) {
        Ok(known) => known,
        Err(response) => return response,
    };
    let asked = pairs(query.as_deref().unwrap_or_default());
    let (app, base) = (&shared.app, base(&headers));
    match name {
        "discovery" => discovery(State(shared.clone()), headers, Lang(language), Path(text)).await,
        "services" => spelled("services", &app.open311_services(language), format, StatusCode::OK),
        "requests" => {
            let node = match ListQuery::read(&asked, app.clock.now().0, &app.zone) {
                Ok(query) => app.open311_requests(&query, &base, language).await,
                Err(fault) => Err(fault.into()),
            };
            answered("service_requests", node, format, StatusCode::OK)
        }
        "servicerequestupdates" => {
            let node = match UpdateQuery::read(&asked, app.clock.now().0, &app.zone) {
                Ok(query) => app.open311_updates(&query, &base, language).await,
                Err(fault) => Err(fault.into()),
            };
            answered("service_request_updates", node, format, StatusCode::OK)
        }
        _ => no_document(&text),
    }
}

async fn service(State(shared): State<Shared>, Lang(language): Lang, Path(text): Path<String>) -> Response {
    match part(&text) {
        Ok((code, format)) => {
            answered("service_definition", shared.app.open311_service(code, language).map_err(Into::into), format, StatusCode::OK)
        }
        Err(response) => response,
    }
}

async fn request(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Lang(language): Lang,
    Path(text): Path<String>,
    Query(more): Query<std::collections::HashMap<String, String>>,
) -> Response {
    let (id, format) = match part(&text) {
        Ok(known) => known,
        Err(response) => return response,
    };
    let mut asked = vec![("service_request_id".to_owned(), id.to_owned())];
    asked.extend(more.get("extensions").map(|e| ("extensions".to_owned(), e.clone())));
    let node = match ListQuery::read(&asked, shared.app.clock.now().0, &shared.app.zone) {
        Ok(query) if query.ids.len() == 1 => shared.app.open311_requests(&query, &base(&headers), language).await,
        Ok(_) => Err(Fault::bad("one service_request_id is needed (需要一个编号)").into()),
        Err(fault) => Err(fault.into()),
    };
    answered("service_requests", node, format, StatusCode::OK)
}

async fn token(State(shared): State<Shared>, Path(text): Path<String>) -> Response {
    match part(&text) {
        Ok((token, format)) => answered("service_requests", shared.app.open311_token(token).await, format, StatusCode::OK),
        Err(response) => response,
    }
}

/// The pairs of a form, and the pictures that came with it.
struct Sent {
    pairs: Vec<(String, String)>,
    media: Vec<Vec<u8>>,
}

/// Most parts of one form, and most characters of all its words.
const MOST_PARTS: usize = 400;

async fn sent(parts: Parts, body: axum::body::Body) -> Result<Sent, Fault> {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|h| h.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    let broken = || Fault::bad("the form could not be read (表单无法读取)");
    let query = pairs(parts.uri.query().unwrap_or_default());
    let whole = Request::from_parts(parts, body);
    if !kind.starts_with("multipart/form-data") {
        let bytes = Bytes::from_request(whole, &()).await.map_err(|_| broken())?;
        let text = std::str::from_utf8(&bytes).map_err(|_| broken())?;
        let pairs = pairs(text).into_iter().chain(query).take(MOST_PARTS).collect();
        return Ok(Sent { pairs, media: Vec::new() });
    }
    let mut form = Multipart::from_request(whole, &()).await.map_err(|_| broken())?;
    let mut found = Sent { pairs: query, media: Vec::new() };
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        let name = field.name().unwrap_or_default().to_owned();
        // A part with a file name is a file; a client's library may name even a word's part, but never a picture without one.
        let is_file = field.file_name().is_some() && matches!(name.as_str(), "media" | "media[]" | "file" | "photo");
        let bytes = field.bytes().await.map_err(|_| broken())?;
        if is_file {
            found.media.push(bytes.to_vec());
        } else if found.pairs.len() < MOST_PARTS {
            found.pairs.push((name, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    Ok(found)
}

async fn take(State(shared): State<Shared>, Lang(language): Lang, Path(text): Path<String>, request: Request) -> Response {
    let (name, format) = match part(&text) {
        Ok(known) => known,
        Err(response) => return response,
    };
    let name = name.to_owned();
    let (parts, body) = request.into_parts();
    let (base, once) = (base(&parts.headers), parts.headers.get("idempotency-key").and_then(|h| h.to_str().ok()).map(str::to_owned));
    if !matches!(name.as_str(), "requests" | "servicerequestupdates") {
        return no_such_method(Path(text)).await;
    }
    let form = match sent(parts, body).await {
        Ok(form) => form,
        Err(fault) => return refused(fault.into(), format),
    };
    if name == "requests" {
        let node = match NewRequest::read(&form.pairs) {
            Ok(new) => shared.app.open311_open(new, form.media, once, &base, language).await,
            Err(fault) => Err(fault.into()),
        };
        return answered("service_requests", node, format, StatusCode::CREATED);
    }
    let node = match NewUpdate::read(&form.pairs, &shared.app.zone) {
        Ok(new) => shared.app.open311_update(new).await,
        Err(fault) => Err(fault.into()),
    };
    answered("service_request_updates", node, format, StatusCode::OK)
}

async fn keys(State(shared): State<Shared>, Who(actor, language): Who) -> Answer {
    Ok(ok(shared.app.api_keys(&actor).await.or_refuse(language)?))
}

async fn make_key(State(shared): State<Shared>, Who(actor, language): Who, Body(given): Body<GivenKey>) -> Answer {
    Ok(created(shared.app.make_api_key(&actor, given).await.or_refuse(language)?))
}

async fn switch_key(
    State(shared): State<Shared>,
    Who(actor, language): Who,
    Path(id): Path<String>,
    Body(given): Body<GivenKey>,
) -> Answer {
    Ok(ok(shared.app.switch_api_key(&actor, &id, given).await.or_refuse(language)?))
}

async fn peers(State(shared): State<Shared>, Who(actor, language): Who) -> Answer {
    Ok(ok(shared.app.open311_peers(&actor).await.or_refuse(language)?))
}

async fn add_peer(State(shared): State<Shared>, Who(actor, language): Who, Body(given): Body<GivenPeer>) -> Answer {
    Ok(created(shared.app.put_open311_peer(&actor, None, given).await.or_refuse(language)?))
}

async fn change_peer(
    State(shared): State<Shared>,
    Who(actor, language): Who,
    Path(id): Path<String>,
    Body(given): Body<GivenPeer>,
) -> Answer {
    Ok(ok(shared.app.put_open311_peer(&actor, Some(&id), given).await.or_refuse(language)?))
}
