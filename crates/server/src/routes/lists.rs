//! Lists whose rows become cases, and their campaigns.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header;
use axum::response::IntoResponse as _;
use axum::routing::get;
use gongzhi_app::lists::GivenList;
use serde::Deserialize;

use crate::Shared;
use crate::answer::{Answer, Ask, Body, Or as _, Who, ok};

/// Two hundred thousand short rows.
const LARGEST: usize = 32 * 1024 * 1024;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api/lists/{matter}", get(campaigns).post(take)).layer(DefaultBodyLimit::max(LARGEST))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    /// With `format=csv`: this campaign's cases.
    campaign: Option<String>,
    format: Option<String>,
}

async fn campaigns(
    State(shared): State<Shared>,
    Who(actor, language): Who,
    Path(matter): Path<String>,
    Ask(wanted): Ask<Wanted>,
) -> Answer {
    let Some(campaign) = wanted.campaign.filter(|_| wanted.format.as_deref() == Some("csv")) else {
        return Ok(ok(shared.app.campaigns(&actor, &matter, language).await.or_refuse(language)?));
    };
    let csv = shared.app.campaign_csv(&actor, &matter, &campaign, language).await.or_refuse(language)?;
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, "attachment; filename=\"campaign.csv\"")];
    Ok((headers, csv).into_response())
}

async fn take(State(shared): State<Shared>, Who(actor, language): Who, Path(matter): Path<String>, Body(given): Body<GivenList>) -> Answer {
    let report = shared.app.take_list(&actor, &matter, given, language).await.or_refuse(language)?;
    Ok(ok(report.view(language)))
}
