//! At the door: no writing by a foreign page, and nobody too often.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;
use gongzhi_app::Problem;
use gongzhi_app::photos::{LARGEST, too_large};
use gongzhi_civic::text::Language;

use crate::Shared;
use crate::answer::{language_of, refuse};

/// How often one address may do a thing.
struct Rule {
    times: usize,
    within: Duration,
}

/// Reports, photos and objections of citizens.
const PUBLIC_WRITES: Rule = Rule { times: 120, within: Duration::from_secs(600) };
/// Requests and updates of other programs, each with its key.
const KEYED_WRITES: Rule = Rule { times: 6_000, within: Duration::from_secs(600) };
/// Log-ins. Beside it every account rests after five failures.
const LOG_INS: Rule = Rule { times: 60, within: Duration::from_secs(60) };

/// When each address did what, lately.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    seen: Mutex<HashMap<(IpAddr, &'static str), Vec<Instant>>>,
}

impl Limits {
    fn allows(&self, address: IpAddr, what: &'static str, rule: &Rule) -> bool {
        let now = Instant::now();
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if seen.len() > 50_000 {
            seen.retain(|_, times| times.last().is_some_and(|t| now.duration_since(*t) < rule.within));
        }
        let times = seen.entry((address, what)).or_default();
        times.retain(|t| now.duration_since(*t) < rule.within);
        let allowed = times.len() < rule.times;
        if allowed {
            times.push(now);
        }
        allowed
    }
}

/// Every request to an API passes here.
pub(crate) async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let language = language_of(&parts);
    let path = parts.uri.path();
    let writes = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let public = path.starts_with("/api/public/") || path.starts_with("/verify/");
    // What announces itself as too large is refused before a byte of it is read.
    let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|h| h.to_str().ok()).and_then(|h| h.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > (LARGEST + 64 * 1024) as u64) {
        return refuse(too_large(), language);
    }
    // The Open311 door is a citizen's door too: a key lets in, not a session, so no foreign page can borrow one.
    let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
    if writes && path.starts_with("/open311/") && address.is_some_and(|a| !shared.limits.allows(a, "open311", &KEYED_WRITES)) {
        return refuse(Problem::new(429, "too_often", "操作过于频繁，请稍后再试。", "Too often; try again in a while."), language);
    }
    if writes && (public || path.starts_with("/api/")) {
        // A form of a foreign page cannot set a header of its own.
        if !public && !parts.headers.contains_key("x-gongzhi") {
            return refuse(
                Problem::new(
                    403,
                    "header_missing",
                    "缺少请求头 X-Gongzhi: 1（防止跨站请求）。",
                    "The header X-Gongzhi: 1 is missing (against forged requests).",
                ),
                language,
            );
        }
        let rule = if public { Some(("public", PUBLIC_WRITES)) } else { (path == "/api/session").then_some(("login", LOG_INS)) };
        if let (Some(address), Some((what, rule))) = (address, rule)
            && !shared.limits.allows(address, what, &rule)
        {
            return refuse(Problem::new(429, "too_often", "操作过于频繁，请稍后再试。", "Too often; try again in a while."), language);
        }
    }
    let api = path.starts_with("/api/");
    let response = next.run(Request::from_parts(parts, body)).await;
    if api { in_our_words(response, language) } else { response }
}

/// A library's own refusal (a path that is no text, a method that is not there, a body that is too long) is plain text or
/// nothing. Every refusal of the API says what it is in the same shape and in the asker's language.
fn in_our_words(response: Response, language: Language) -> Response {
    let plain = response.headers().get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let status = response.status();
    if !plain || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let problem = match status.as_u16() {
        404 => Problem::new(404, "not_found", "没有这个接口。", "There is no such route."),
        405 => Problem::new(
            405,
            "method_not_allowed",
            "这个接口不支持该请求方法，见 Allow 响应头。",
            "This route does not take this method; see the header Allow.",
        ),
        413 => Problem::new(413, "too_large", "请求内容过大。", "The body is too large."),
        415 => Problem::new(415, "not_json", "请求内容类型不符。", "The body is not of the expected type."),
        status => Problem::new(status, "request_invalid", "请求地址或内容无法解析。", "The address or the body cannot be read."),
    };
    let mut said = refuse(problem, language);
    if let Some(allow) = response.headers().get(header::ALLOW) {
        said.headers_mut().insert(header::ALLOW, allow.clone());
    }
    said
}
