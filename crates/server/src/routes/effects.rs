//! Notices, what is stuck, endpoints of other systems, channels.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, patch, post};
use gongzhi_app::effects::channels::{GivenChannels, Trial};
use gongzhi_app::effects::notices::{NoticeQuery, ReadMarks};
use gongzhi_app::effects::webhooks::GivenWebhook;
use serde::Deserialize;

use crate::Shared;
use crate::answer::{Answer, Ask, Body, Or as _, Who, created, ok};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/notices", get(notices))
        .route("/api/notices/read", post(read))
        .route("/api/stuck", get(stuck))
        .route("/api/stuck/{id}/retry", post(retry))
        .route("/api/stuck/{id}/drop", post(give_up))
        .route("/api/webhooks", get(webhooks).post(add_webhook))
        .route("/api/webhooks/{id}", patch(change_webhook))
        .route("/api/channels", get(channels).put(change_channels))
        .route("/api/channels/test", post(test_channel))
}

async fn notices(State(shared): State<Shared>, Who(actor, language): Who, Ask(query): Ask<NoticeQuery>) -> Answer {
    Ok(ok(shared.app.list_notices(&actor, &query, language).await.or_refuse(language)?))
}

async fn read(State(shared): State<Shared>, Who(actor, language): Who, Body(marks): Body<ReadMarks>) -> Answer {
    Ok(ok(shared.app.read_notices(&actor, &marks).await.or_refuse(language)?))
}

async fn stuck(State(shared): State<Shared>, Who(actor, language): Who) -> Answer {
    Ok(ok(shared.app.list_stuck(&actor, language).await.or_refuse(language)?))
}

async fn retry(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>) -> Answer {
    Ok(ok(shared.app.retry_stuck(&actor, &id).await.or_refuse(language)?))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Why {
    reason: String,
}

async fn give_up(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>, Body(why): Body<Why>) -> Answer {
    Ok(ok(shared.app.drop_stuck(&actor, &id, &why.reason).await.or_refuse(language)?))
}

async fn webhooks(State(shared): State<Shared>, Who(actor, language): Who) -> Answer {
    Ok(ok(shared.app.list_webhooks(&actor, language).await.or_refuse(language)?))
}

async fn add_webhook(State(shared): State<Shared>, Who(actor, language): Who, Body(given): Body<GivenWebhook>) -> Answer {
    Ok(created(shared.app.put_webhook(&actor, None, given, language).await.or_refuse(language)?))
}

async fn change_webhook(
    State(shared): State<Shared>,
    Who(actor, language): Who,
    Path(id): Path<String>,
    Body(given): Body<GivenWebhook>,
) -> Answer {
    Ok(ok(shared.app.put_webhook(&actor, Some(&id), given, language).await.or_refuse(language)?))
}

async fn channels(State(shared): State<Shared>, Who(actor, language): Who) -> Answer {
    Ok(ok(shared.app.channels(&actor, language).await.or_refuse(language)?))
}

async fn change_channels(State(shared): State<Shared>, Who(actor, language): Who, Body(given): Body<GivenChannels>) -> Answer {
    Ok(ok(shared.app.put_channels(&actor, given, language).await.or_refuse(language)?))
}

async fn test_channel(State(shared): State<Shared>, Who(actor, language): Who, Body(trial): Body<Trial>) -> Answer {
    Ok(ok(shared.app.try_channel(&actor, &trial, language).await.or_refuse(language)?))
}
