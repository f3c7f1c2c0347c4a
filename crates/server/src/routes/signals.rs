//! Calls and crashes, heat, hot spots.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use gongzhi_app::Problem;
use gongzhi_app::heat::HeatRequest;
use gongzhi_app::signal_filter::SignalFilter;
use gongzhi_app::signals::NewSignal;
use serde::Deserialize;

use super::risk::SpotPaging;
use crate::Shared;
use crate::answer::{Answer, Ask, Body, Or as _, Refused, Who, created, ok};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/signals", get(list).post(take))
        .route("/api/signals/suggest", post(suggest))
        .route("/api/signals/{id}", get(one).patch(correct))
        .route("/api/heat", get(heat))
        .route("/api/hotspots", get(hotspots))
        .route("/api/hotspots/{key}", get(hotspot))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Paging {
    q: Option<String>,
    cursor: Option<String>,
    limit: Option<usize>,
}

async fn list(State(shared): State<Shared>, Who(actor, language): Who, Ask(filter): Ask<SignalFilter>, Ask(page): Ask<Paging>) -> Answer {
    let limit = page.limit.unwrap_or(50).clamp(1, 1000);
    Ok(ok(shared
        .app
        .list_signals(&actor, &filter, page.q.as_deref(), page.cursor.as_deref(), limit, language)
        .await
        .or_refuse(language)?))
}

async fn take(State(shared): State<Shared>, Who(actor, language): Who, Body(new): Body<NewSignal>) -> Answer {
    let row = shared.app.take_signal(&actor, new).await.or_refuse(language)?;
    let view = shared.app.view_signals(&[row.id], language).await.or_refuse(language)?.pop();
    Ok(created(view))
}

#[derive(Deserialize)]
struct Words {
    words: String,
}

async fn suggest(State(shared): State<Shared>, Who(_, language): Who, Body(given): Body<Words>) -> Answer {
    let words: String = given.words.chars().take(4_000).collect();
    Ok(ok(shared.app.suggest(&words, language)))
}

fn number(id: &str, language: gongzhi_civic::text::Language) -> Result<i64, Refused> {
    id.parse().map_err(|_| Refused(Problem::new(404, "not_found", "没有找到这条警情。", "No such signal.").into(), language))
}

async fn one(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>) -> Answer {
    Ok(ok(shared.app.signal(&actor, number(&id, language)?, language).await.or_refuse(language)?))
}

#[derive(Deserialize)]
struct Correction {
    class: Option<String>,
    valid: Option<bool>,
    #[serde(default)]
    reason: String,
}

async fn correct(State(shared): State<Shared>, Who(actor, language): Who, Path(id): Path<String>, Body(given): Body<Correction>) -> Answer {
    let id = number(&id, language)?;
    shared.app.correct_signal(&actor, id, given.class, given.valid, &given.reason).await.or_refuse(language)?;
    Ok(ok(shared.app.signal(&actor, id, language).await.or_refuse(language)?))
}

async fn heat(
    State(shared): State<Shared>,
    Who(actor, language): Who,
    Ask(filter): Ask<SignalFilter>,
    Ask(request): Ask<HeatRequest>,
) -> Answer {
    Ok(ok(shared.app.heat(&actor, filter, request, language).await.or_refuse(language)?))
}

/// `kind` means crossings and sections here when it names them; signals' kinds otherwise.
pub(super) fn split_kinds(mut filter: SignalFilter) -> (SignalFilter, Option<String>) {
    let words: Vec<String> = filter.kind.take().unwrap_or_default().split(',').filter(|w| !w.is_empty()).map(str::to_owned).collect();
    let (places, kinds): (Vec<String>, Vec<String>) = words.into_iter().partition(|w| w == "crossing" || w == "section");
    filter.kind = (!kinds.is_empty()).then(|| kinds.join(","));
    (filter, (!places.is_empty()).then(|| places.join(",")))
}

async fn hotspots(
    State(shared): State<Shared>,
    Who(actor, language): Who,
    Ask(filter): Ask<SignalFilter>,
    Ask(page): Ask<SpotPaging>,
) -> Answer {
    let (filter, places) = split_kinds(filter);
    Ok(ok(shared.app.hotspots(&actor, filter, page.question(places), language).await.or_refuse(language)?))
}

/// The case that the place would be made into, to ask who would get it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Opening {
    matter: Option<String>,
    category: Option<String>,
}

async fn hotspot(
    State(shared): State<Shared>,
    Who(actor, language): Who,
    Path(key): Path<String>,
    Ask(filter): Ask<SignalFilter>,
    Ask(opening): Ask<Opening>,
) -> Answer {
    let (filter, _) = split_kinds(filter);
    let opening = opening.matter.map(|m| (m, serde_json::json!({ "category": opening.category })));
    Ok(ok(shared.app.hotspot(&actor, &key, filter, opening, language).await.or_refuse(language)?))
}
