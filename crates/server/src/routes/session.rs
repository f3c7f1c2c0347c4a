//! Logging in and out; the demo's logins.

use axum::Router;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::header;
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use serde::Deserialize;

use crate::Shared;
use crate::answer::{Answer, Body, COOKIE, Lang, Or as _, Who, ok, token_of};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/session", get(who).post(log_in).delete(log_out))
        .route("/api/demo", get(demo))
        .route("/api/demo/speed", post(speed))
}

#[derive(Deserialize)]
struct Credentials {
    login: String,
    password: String,
}

async fn log_in(
    State(shared): State<Shared>,
    Lang(language): Lang,
    headers: axum::http::HeaderMap,
    Body(given): Body<Credentials>,
) -> Answer {
    let agent = headers.get(header::USER_AGENT).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let agent: String = agent.chars().take(200).collect();
    let (token, actor) = shared.app.log_in(&given.login, &given.password, &agent).await.or_refuse(language)?;
    let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000");
    Ok(([(header::SET_COOKIE, cookie)], ok(shared.app.me(&actor, language))).into_response())
}

async fn who(State(shared): State<Shared>, Who(actor, language): Who) -> Answer {
    Ok(ok(shared.app.me(&actor, language)))
}

async fn log_out(State(shared): State<Shared>, Lang(language): Lang, request: Request) -> Answer {
    let (mut parts, _) = request.into_parts();
    let _ = Lang::from_request_parts(&mut parts, &()).await;
    if let Some(token) = token_of(&parts) {
        shared.app.log_out(&token).await.or_refuse(language)?;
    }
    let cookie = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok(([(header::SET_COOKIE, cookie)], ok(serde_json::json!({}))).into_response())
}

async fn demo(State(shared): State<Shared>, Lang(language): Lang) -> Answer {
    Ok(ok(shared.app.demo_view(language).await.or_refuse(language)?))
}

#[derive(Deserialize)]
struct Speed {
    speed: f64,
}

async fn speed(State(shared): State<Shared>, Who(_, language): Who, Body(given): Body<Speed>) -> Answer {
    Ok(ok(shared.app.set_demo_speed(given.speed).await.or_refuse(language)?))
}
