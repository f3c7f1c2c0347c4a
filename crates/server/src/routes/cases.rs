//! Cases for the office.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use gongzhi_app::case_views::CaseQuery;
use gongzhi_app::cases::{Act, Migrating, NewCase};
use serde::Deserialize;
use serde_json::json;

use crate::Shared;
use crate::answer::{Answer, Ask, Body, Or as _, Who, created, ok};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/cases", get(list).post(open))
        .route("/api/cases/{id}", get(one))
        .route("/api/cases/{id}/actions/{action}", post(act))
        .route("/api/cases/{id}/reveal", post(reveal))
        .route("/api/matters", get(matters))
        .route("/api/matters/{id}", get(matter))
        .route("/api/matters/{id}/migrate", post(migrate))
}

async fn list(State(shared): State<Shared>, Who(actor, language): Who, Ask(query): Ask<CaseQuery>) -> Answer {
    Ok(ok(shared.app.list_cases(&actor, &query, language).await.or_refuse(language)?))
}

async fn open(State(shared): State<Shared>, Who(actor, language): Who, Body(new): Body<NewCase>) -> Answer {
    let row = shared.app.open_case(&actor, new).await.or_refuse(language)?;
    Ok(created(shared.app.case(&actor, &row.id, language).await.or_refuse(language)?))
}

async fn one(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>) -> Answer {
    Ok(ok(shared.app.case(&actor, &id, language).await.or_refuse(language)?))
}

async fn act(
    State(shared): State<Shared>,
    Who(actor, language): Who,
    Path((id, action)): Path<(String, String)>,
    Body(given): Body<Act>,
) -> Answer {
    let row = shared.app.act(&actor, &id, &action, given).await.or_refuse(language)?;
    Ok(ok(shared.app.case(&actor, &row.id, language).await.or_refuse(language)?))
}

#[derive(Deserialize)]
struct Look {
    field: String,
    #[serde(default)]
    purpose: String,
}

async fn reveal(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>, Body(given): Body<Look>) -> Answer {
    let value = shared.app.reveal(&actor, &id, &given.field, &given.purpose).await.or_refuse(language)?;
    Ok(ok(json!({ "value": value })))
}

async fn matters(State(shared): State<Shared>, Who(actor, _): Who) -> Answer {
    Ok(ok(shared.app.matter_views(&actor)))
}

async fn matter(State(shared): State<Shared>, Who(_, language): Who, Path(id): Path<String>) -> Answer {
    Ok(ok(shared.app.matter_view(&id).or_refuse(language)?))
}

async fn migrate(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>, Body(given): Body<Migrating>) -> Answer {
    Ok(ok(shared.app.migrate_cases(&actor, &id, &given, language).await.or_refuse(language)?))
}
