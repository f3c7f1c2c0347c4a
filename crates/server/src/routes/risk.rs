//! The workbench: when, where along the streets, by hexagon; and its figures on paper.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use gongzhi_app::hexagons::HexagonRequest;
use gongzhi_app::hotspots::SpotQuestion;
use gongzhi_app::signal_filter::SignalFilter;
use gongzhi_app::street_density::StreetRequest;
use serde::Deserialize;

use super::signals::split_kinds;
use crate::Shared;
use crate::answer::{Answer, Ask, Or as _, Who, ok};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/time", get(timeline))
        .route("/api/street-density", get(street_density))
        .route("/api/hexagons", get(hexagons))
        .route("/api/hotspots/brief.pdf", get(brief))
        .route("/api/hotspots/{key}/evidence.pdf", get(evidence))
}

async fn timeline(State(shared): State<Shared>, Who(actor, language): Who, Ask(filter): Ask<SignalFilter>) -> Answer {
    Ok(ok(shared.app.timeline(&actor, filter, language).await.or_refuse(language)?))
}

async fn street_density(
    State(shared): State<Shared>,
    Who(actor, language): Who,
    Ask(filter): Ask<SignalFilter>,
    Ask(request): Ask<StreetRequest>,
) -> Answer {
    Ok(ok(shared.app.street_density(&actor, filter, request, language).await.or_refuse(language)?))
}

async fn hexagons(
    State(shared): State<Shared>,
    Who(actor, language): Who,
    Ask(filter): Ask<SignalFilter>,
    Ask(request): Ask<HexagonRequest>,
) -> Answer {
    Ok(ok(shared.app.hexagons(&actor, filter, request, language).await.or_refuse(language)?))
}

/// How a list of hot spots is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SpotPaging {
    place_kind: Option<String>,
    rank: Option<String>,
    limit: Option<usize>,
}

impl SpotPaging {
    /// The question, with the kinds of place that stood among the kinds of signal.
    pub(super) fn question(self, places: Option<String>) -> SpotQuestion {
        SpotQuestion { kinds: self.place_kind.or(places), rank: self.rank, limit: self.limit.unwrap_or(50).clamp(1, 500) }
    }
}

async fn brief(
    State(shared): State<Shared>,
    Who(actor, language): Who,
    Ask(filter): Ask<SignalFilter>,
    Ask(page): Ask<SpotPaging>,
) -> Answer {
    let (filter, places) = split_kinds(filter);
    let bytes = shared.app.hotspots_brief(&actor, filter, page.question(places), language).await.or_refuse(language)?;
    Ok(pdf("hotspots.pdf", bytes))
}

async fn evidence(
    State(shared): State<Shared>,
    Who(actor, language): Who,
    Path(key): Path<String>,
    Ask(filter): Ask<SignalFilter>,
) -> Answer {
    let (filter, _) = split_kinds(filter);
    let bytes = shared.app.hotspot_evidence_page(&actor, &key, filter, language).await.or_refuse(language)?;
    Ok(pdf("hotspot.pdf", bytes))
}

fn pdf(name: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("inline; filename=\"{name}\"");
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, disposition)], bytes)
        .into_response()
}
