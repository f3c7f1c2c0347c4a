//! Black spots by rule: the list, and what people decide about its spots.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use gongzhi_app::blackspots::{BlackSpotQuery, SpotAct};
use gongzhi_civic::permission::Actor;
use gongzhi_civic::text::Language;
use serde::Deserialize;

use crate::Shared;
use crate::answer::{Answer, Ask, Body, Or as _, Who, ok};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/black-spots", get(all))
        .route("/api/black-spots/{key}/list", post(list))
        .route("/api/black-spots/{key}/treat", post(treat))
        .route("/api/black-spots/{key}/delist", post(delist))
}

async fn all(State(shared): State<Shared>, Who(actor, language): Who, Ask(query): Ask<BlackSpotQuery>) -> Answer {
    Ok(ok(shared.app.black_spots(&actor, &query, language).await.or_refuse(language)?))
}

/// Why, and for a spot found for another day than today, which day the list was asked for.
#[derive(Deserialize)]
struct Decision {
    #[serde(default)]
    reason: String,
    to: Option<i64>,
}

async fn decide(shared: &Shared, actor: &Actor, language: Language, key: &str, act: SpotAct, given: Decision) -> Answer {
    Ok(ok(shared.app.decide_black_spot(actor, key, act, &given.reason, given.to, language).await.or_refuse(language)?))
}

async fn list(State(shared): State<Shared>, Who(actor, language): Who, Path(key): Path<String>, Body(given): Body<Decision>) -> Answer {
    decide(&shared, &actor, language, &key, SpotAct::List, given).await
}

async fn treat(State(shared): State<Shared>, Who(actor, language): Who, Path(key): Path<String>, Body(given): Body<Decision>) -> Answer {
    decide(&shared, &actor, language, &key, SpotAct::Treat, given).await
}

async fn delist(State(shared): State<Shared>, Who(actor, language): Who, Path(key): Path<String>, Body(given): Body<Decision>) -> Answer {
    decide(&shared, &actor, language, &key, SpotAct::Delist, given).await
}
