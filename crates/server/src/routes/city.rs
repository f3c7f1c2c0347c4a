//! What the city is: name, box, areas, units, matters.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::json;

use crate::Shared;
use crate::answer::{Answer, Lang, Or as _, ok};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api/city", get(city)).route("/api/health", get(health))
}

async fn city(State(shared): State<Shared>, Lang(language): Lang) -> Answer {
    Ok(ok(shared.app.city_view().await.or_refuse(language)?))
}

async fn health(State(shared): State<Shared>) -> Answer {
    Ok(ok(json!({ "ok": true, "now": shared.app.clock.now().0, "database": shared.app.database.kind() })))
}
