//! The working calendar and the points of units.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, put};
use gongzhi_app::calendars::YearEdit;
use gongzhi_app::points::PointQuery;

use crate::Shared;
use crate::answer::{Answer, Ask, Body, Or as _, Who, ok};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api/calendar", get(years)).route("/api/calendar/{year}", put(edit)).route("/api/points", get(points))
}

async fn years(State(shared): State<Shared>, Who(_, language): Who) -> Answer {
    Ok(ok(shared.app.calendar_view(language).await.or_refuse(language)?))
}

async fn edit(State(shared): State<Shared>, Who(actor, language): Who, Path(year): Path<i16>, Body(given): Body<YearEdit>) -> Answer {
    Ok(ok(shared.app.put_calendar(&actor, year, given, language).await.or_refuse(language)?))
}

async fn points(State(shared): State<Shared>, Who(actor, language): Who, Ask(query): Ask<PointQuery>) -> Answer {
    Ok(ok(shared.app.points(&actor, &query, language).await.or_refuse(language)?))
}
