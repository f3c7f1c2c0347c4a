//! The scoreboard.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use gongzhi_app::scores::ScoreQuery;

use crate::Shared;
use crate::answer::{Answer, Ask, Or as _, Who, ok};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api/scoreboard", get(board)).route("/api/scoreboard/records", get(records))
}

async fn board(State(shared): State<Shared>, Who(actor, language): Who, Ask(query): Ask<ScoreQuery>) -> Answer {
    Ok(ok(shared.app.scoreboard(&actor, &query, language).await.or_refuse(language)?))
}

async fn records(State(shared): State<Shared>, Who(actor, language): Who, Ask(query): Ask<ScoreQuery>) -> Answer {
    Ok(ok(shared.app.score_records(&actor, &query, language).await.or_refuse(language)?))
}
