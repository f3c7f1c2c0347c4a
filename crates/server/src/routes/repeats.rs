//! Repeat calls: clusters with their reasons, and corrections by hand.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use gongzhi_app::repeats::NewCorrection;
use gongzhi_app::signal_filter::SignalFilter;
use serde::Deserialize;

use crate::Shared;
use crate::answer::{Answer, Ask, Body, Or as _, Who, created, ok};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api/repeats", get(list)).route("/api/repeats/corrections", post(correct))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Paging {
    cursor: Option<String>,
    limit: Option<usize>,
}

async fn list(State(shared): State<Shared>, Who(actor, language): Who, Ask(filter): Ask<SignalFilter>, Ask(page): Ask<Paging>) -> Answer {
    let limit = page.limit.unwrap_or(50).clamp(1, 200);
    Ok(ok(shared.app.list_repeats(&actor, &filter, page.cursor.as_deref(), limit, language).await.or_refuse(language)?))
}

async fn correct(State(shared): State<Shared>, Who(actor, language): Who, Body(given): Body<NewCorrection>) -> Answer {
    Ok(created(shared.app.correct_repeats(&actor, given, language).await.or_refuse(language)?))
}
