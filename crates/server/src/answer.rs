//! Answers: JSON, problems in the asker's language, and who is asking.

use std::any::Any;

use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use gongzhi_app::error::unauthenticated;
use gongzhi_app::{AppError, Problem};
use gongzhi_civic::permission::Actor;
use gongzhi_civic::text::Language;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Shared;

/// Name of the session cookie.
pub(crate) const COOKIE: &str = "gz_session";

/// A refusal on its way out.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) AppError, pub(crate) Language);

/// What a handler answers.
pub(crate) type Answer = Result<Response, Refused>;

/// Turns a use case's error into a refusal in the asker's language.
pub(crate) trait Or<T> {
    fn or_refuse(self, language: Language) -> Result<T, Refused>;
}

impl<T> Or<T> for Result<T, AppError> {
    fn or_refuse(self, language: Language) -> Result<T, Refused> {
        self.map_err(|e| Refused(e, language))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(error, language) = self;
        match error {
            AppError::Problem(p) => problem(&p, language, None),
            other => {
                let trace = uuid::Uuid::now_v7().simple().to_string();
                tracing::error!(trace, error = %other, "a request failed");
                let p = Problem::new(
                    500,
                    "internal",
                    "系统出错了，数据未受影响。请稍后再试；如仍出现，请把追踪号告诉管理员。",
                    "Something went wrong here; nothing was changed. Try again, and tell the administrator the trace if it stays.",
                );
                problem(&p, language, Some(trace))
            }
        }
    }
}

fn problem(p: &Problem, language: Language, trace: Option<String>) -> Response {
    let fields: serde_json::Map<String, Value> = p.fields.iter().map(|(k, t)| (k.clone(), json!(t.get(language)))).collect();
    let body = json!({ "code": p.code, "message": p.message.get(language), "fields": fields, "trace": trace });
    let status = StatusCode::from_u16(p.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    (status, [(header::CONTENT_TYPE, "application/problem+json; charset=utf-8")], body.to_string()).into_response()
}

/// A refusal made by a door itself.
pub(crate) fn refuse(p: Problem, language: Language) -> Response {
    Refused(p.into(), language).into_response()
}

pub(crate) fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let words =
        cause.downcast_ref::<String>().cloned().or_else(|| cause.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default();
    Refused(AppError::Internal(format!("panic: {words}")), Language::Zh).into_response()
}

/// An answer of JSON.
pub(crate) fn ok(value: impl serde::Serialize) -> Response {
    axum::Json(value).into_response()
}

/// An answer of JSON for something made.
pub(crate) fn created(value: impl serde::Serialize) -> Response {
    (StatusCode::CREATED, axum::Json(value)).into_response()
}

/// The asker's language: `?lang=`, else `Accept-Language`, else Chinese.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lang(pub(crate) Language);

pub(crate) fn language_of(parts: &Parts) -> Language {
    let asked = parts.uri.query().into_iter().flat_map(|q| q.split('&')).find_map(|p| p.strip_prefix("lang="));
    let header = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|h| h.to_str().ok());
    Language::from_tag(asked.or(header).unwrap_or(""))
}

impl<S: Send + Sync> FromRequestParts<S> for Lang {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(language_of(parts)))
    }
}

/// The session's token, if the request carries one.
pub(crate) fn token_of(parts: &Parts) -> Option<String> {
    let cookies = parts.headers.get(header::COOKIE)?.to_str().ok()?;
    cookies.split(';').find_map(|c| c.trim().strip_prefix(COOKIE)?.strip_prefix('=')).map(str::to_owned)
}

/// Somebody logged in, and their language.
#[derive(Clone, Debug)]
pub(crate) struct Who(pub(crate) Actor, pub(crate) Language);

impl<S> FromRequestParts<S> for Who
where
    Shared: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let language = language_of(parts);
        let token = token_of(parts).ok_or_else(|| Refused(unauthenticated(), language))?;
        let actor = Shared::from_ref(state).app.actor(&token).await.or_refuse(language)?;
        actor.map(|a| Self(a, language)).ok_or_else(|| Refused(unauthenticated(), language))
    }
}

/// A JSON body; what does not parse is refused with the place.
#[derive(Clone, Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refused;
    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let language = language_of(&parts);
        let refused = |rejection: &JsonRejection| Refused(json_problem(rejection).into(), language);
        let whole = Request::from_parts(parts.clone(), body);
        let bytes = Bytes::from_request(whole, state).await.map_err(|e| refused(&JsonRejection::BytesRejection(e)))?;
        // A list would be read into a record by position, and mean something nobody said.
        if bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[') {
            let p = Problem::new(422, "json_shape", "JSON 内容应为对象 { … }。", "The JSON must be an object { … }.");
            return Err(Refused(p.into(), language));
        }
        match axum::Json::<T>::from_request(Request::from_parts(parts, bytes.into()), state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(refused(&rejection)),
        }
    }
}

fn json_problem(rejection: &JsonRejection) -> Problem {
    let words = rejection.body_text();
    match rejection {
        JsonRejection::MissingJsonContentType(_) => Problem::new(
            415,
            "not_json",
            "请求内容必须是 JSON（Content-Type: application/json）。",
            "The body must be JSON (Content-Type: application/json).",
        ),
        JsonRejection::BytesRejection(_) => Problem::new(413, "too_large", "请求内容过大。", "The body is too large."),
        JsonRejection::JsonSyntaxError(_) => {
            Problem::new(400, "json_syntax", format!("JSON 格式错误：{words}"), format!("This is no JSON: {words}"))
        }
        _ => Problem::new(422, "json_shape", format!("JSON 内容与接口不符：{words}"), format!("The JSON does not fit: {words}")),
    }
}

/// A query string; what does not parse is refused.
#[derive(Clone, Debug)]
pub(crate) struct Ask<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Ask<T> {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let language = language_of(parts);
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(QueryRejection::FailedToDeserializeQueryString(e)) => {
                let words = e.body_text();
                Err(Refused(
                    Problem::new(422, "query_invalid", format!("查询参数有误：{words}"), format!("The query does not fit: {words}")).into(),
                    language,
                ))
            }
            Err(e) => Err(Refused(Problem::new(422, "query_invalid", "查询参数有误。", e.body_text()).into(), language)),
        }
    }
}
