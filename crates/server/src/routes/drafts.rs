//! Versions of matters, and drafts of the next one.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use gongzhi_app::drafts::{BenchQuestion, DraftEdit, Drawn, GivenDraft, MOST_BYTES, PublishOrder};
use serde::Deserialize;

use crate::Shared;
use crate::answer::{Answer, Ask, Body, Or as _, Who, created, ok};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/matters/{id}/versions", get(versions))
        .route("/api/matters/{id}/versions/{hash}", get(version))
        .route("/api/matters/{id}/diff", get(difference))
        .route("/api/matters/{id}/explain.svg", get(diagram))
        .route("/api/matters/{id}/sheet", get(sheet))
        .route("/api/drafts", get(list).post(make))
        .route("/api/drafts/{id}", get(one).put(edit).delete(throw_away))
        .route("/api/drafts/{id}/check", post(check))
        .route("/api/drafts/{id}/test", post(test))
        .route("/api/drafts/{id}/bench", post(bench))
        .route("/api/drafts/{id}/publish", post(publish))
        // Texts grow in JSON: line ends and quotes are two characters there.
        .layer(DefaultBodyLimit::max(MOST_BYTES * 2))
}

async fn versions(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>) -> Answer {
    Ok(ok(shared.app.matter_versions(&actor, &id).await.or_refuse(language)?))
}

async fn version(State(shared): State<Shared>, Who(actor, language): Who, Path((id, hash)): Path<(String, String)>) -> Answer {
    Ok(ok(shared.app.version_files(&actor, &id, &hash).await.or_refuse(language)?))
}

#[derive(Deserialize)]
struct Between {
    from: String,
    to: String,
}

async fn difference(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>, Ask(between): Ask<Between>) -> Answer {
    Ok(ok(shared.app.matter_difference(&actor, &id, &between.from, &between.to).await.or_refuse(language)?))
}

#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    of: String,
}

async fn diagram(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>, Ask(which): Ask<Which>) -> Answer {
    let text = shared.app.matter_drawn(&actor, &id, &which.of, Drawn::Diagram, language).await.or_refuse(language)?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], text).into_response())
}

async fn sheet(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>, Ask(which): Ask<Which>) -> Answer {
    let text = shared.app.matter_drawn(&actor, &id, &which.of, Drawn::Sheet, language).await.or_refuse(language)?;
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response())
}

async fn list(State(shared): State<Shared>, Who(actor, language): Who) -> Answer {
    Ok(ok(shared.app.drafts(&actor).await.or_refuse(language)?))
}

async fn make(State(shared): State<Shared>, Who(actor, language): Who, Body(given): Body<GivenDraft>) -> Answer {
    Ok(created(shared.app.make_draft(&actor, given).await.or_refuse(language)?))
}

async fn one(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>) -> Answer {
    Ok(ok(shared.app.draft(&actor, &id).await.or_refuse(language)?))
}

async fn edit(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>, Body(given): Body<DraftEdit>) -> Answer {
    Ok(ok(shared.app.edit_draft(&actor, &id, given).await.or_refuse(language)?))
}

async fn throw_away(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>) -> Answer {
    shared.app.drop_draft(&actor, &id).await.or_refuse(language)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn check(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>) -> Answer {
    Ok(ok(shared.app.check_draft(&actor, &id).await.or_refuse(language)?))
}

async fn test(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>) -> Answer {
    Ok(ok(shared.app.test_draft(&actor, &id).await.or_refuse(language)?))
}

async fn bench(
    State(shared): State<Shared>,
    Who(actor, language): Who,
    Path(id): Path<String>,
    Body(question): Body<BenchQuestion>,
) -> Answer {
    Ok(ok(shared.app.bench_draft(&actor, &id, question).await.or_refuse(language)?))
}

async fn publish(
    State(shared): State<Shared>,
    Who(actor, language): Who,
    Path(id): Path<String>,
    Body(order): Body<PublishOrder>,
) -> Answer {
    Ok(ok(shared.app.publish_draft(&actor, &id, order).await.or_refuse(language)?))
}
