//! Looking ahead and back: the week's forecast, and what came.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use gongzhi_app::forecasts::{CellQuery, ForecastQuery};

use crate::Shared;
use crate::answer::{Answer, Ask, Or as _, Who, ok};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api/forecast", get(week)).route("/api/forecast/cell", get(cell))
}

async fn week(State(shared): State<Shared>, Who(actor, language): Who, Ask(query): Ask<ForecastQuery>) -> Answer {
    Ok(ok(shared.app.forecast_of(&actor, &query, language).await.or_refuse(language)?))
}

async fn cell(State(shared): State<Shared>, Who(actor, language): Who, Ask(query): Ask<CellQuery>) -> Answer {
    Ok(ok(shared.app.forecast_cell(&actor, &query, language).await.or_refuse(language)?))
}
