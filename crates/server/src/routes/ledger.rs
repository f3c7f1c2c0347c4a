//! The ledger: events, state, proof.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use gongzhi_app::access::require;
use gongzhi_app::ledger::EventQuery;
use gongzhi_civic::permission::Permission;

use crate::Shared;
use crate::answer::{Answer, Ask, Or as _, Who, ok};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api/events", get(events)).route("/api/ledger", get(state)).route("/api/ledger/verify", post(verify))
}

async fn events(State(shared): State<Shared>, Who(actor, language): Who, Ask(query): Ask<EventQuery>) -> Answer {
    Ok(ok(shared.app.list_events(&actor, &query).await.or_refuse(language)?))
}

async fn state(State(shared): State<Shared>, Who(actor, language): Who) -> Answer {
    Ok(ok(shared.app.ledger_state(&actor).await.or_refuse(language)?))
}

async fn verify(State(shared): State<Shared>, Who(actor, language): Who) -> Answer {
    require(&actor, Permission::LedgerVerify).or_refuse(language)?;
    Ok(ok(shared.app.verify_ledger().await.or_refuse(language)?))
}
