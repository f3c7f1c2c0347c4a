//! Units and people.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, patch};
use gongzhi_app::people::{GivenPerson, GivenUnit};
use serde::Deserialize;

use crate::Shared;
use crate::answer::{Answer, Ask, Body, Or as _, Who, created, ok};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/units", get(units).post(add_unit))
        .route("/api/units/{id}", patch(change_unit))
        .route("/api/people", get(people).post(add_person))
        .route("/api/people/{id}", patch(change_person))
}

async fn units(State(shared): State<Shared>, Who(actor, language): Who) -> Answer {
    Ok(ok(shared.app.list_units(&actor).or_refuse(language)?))
}

async fn add_unit(State(shared): State<Shared>, Who(actor, language): Who, Body(given): Body<GivenUnit>) -> Answer {
    Ok(created(shared.app.put_unit(&actor, None, given).await.or_refuse(language)?))
}

async fn change_unit(
    State(shared): State<Shared>,
    Who(actor, language): Who,
    Path(id): Path<String>,
    Body(given): Body<GivenUnit>,
) -> Answer {
    Ok(ok(shared.app.put_unit(&actor, Some(&id), given).await.or_refuse(language)?))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Of {
    unit: Option<String>,
}

async fn people(State(shared): State<Shared>, Who(actor, language): Who, Ask(of): Ask<Of>) -> Answer {
    let unit = of.unit.as_deref().filter(|u| !u.is_empty());
    Ok(ok(shared.app.list_people(&actor, unit, language).await.or_refuse(language)?))
}

async fn add_person(State(shared): State<Shared>, Who(actor, language): Who, Body(given): Body<GivenPerson>) -> Answer {
    Ok(created(shared.app.put_person(&actor, None, given, language).await.or_refuse(language)?))
}

async fn change_person(
    State(shared): State<Shared>,
    Who(actor, language): Who,
    Path(id): Path<String>,
    Body(given): Body<GivenPerson>,
) -> Answer {
    Ok(ok(shared.app.put_person(&actor, Some(&id), given, language).await.or_refuse(language)?))
}
