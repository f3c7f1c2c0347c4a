//! Routes, one file a noun, as `docs/api.md` lists them.

mod blackspots;
mod calendar;
mod cases;
mod city;
mod documents;
mod drafts;
mod effects;
mod forecast;
mod ledger;
mod lists;
mod open311;
mod openapi;
mod people;
mod photos;
mod public;
mod repeats;
mod risk;
mod scores;
mod session;
mod signals;
mod stream;
pub(crate) mod tiles;

use axum::Router;

use crate::Shared;

/// All of them.
pub(crate) fn all() -> Router<Shared> {
    Router::new()
        .merge(session::routes())
        .merge(city::routes())
        .merge(signals::routes())
        .merge(blackspots::routes())
        .merge(repeats::routes())
        .merge(risk::routes())
        .merge(forecast::routes())
        .merge(stream::routes())
        .merge(cases::routes())
        .merge(calendar::routes())
        .merge(drafts::routes())
        .merge(lists::routes())
        .merge(photos::routes())
        .merge(documents::routes())
        .merge(scores::routes())
        .merge(people::routes())
        .merge(ledger::routes())
        .merge(effects::routes())
        .merge(public::routes())
        .merge(open311::routes())
        .merge(openapi::routes())
        .merge(tiles::routes())
}
