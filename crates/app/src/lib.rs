//! Use cases: authorise, load, decide (pure), commit rows, events, outbox in one transaction.
//!
//! Every door (HTTP, file import, job, command line) calls the same functions of [`App`]; a rule lives in one place.
//! Reading order: [`state`] (what there is), [`signals`], [`heat`], [`hotspots`], [`cases`], [`public`], [`scores`], [`effects`], [`jobs`].

pub mod access;
pub mod attachments;
pub mod blackspots;
mod briefs;
pub mod calendars;
pub mod case_views;
pub mod cases;
pub mod city;
pub mod clock;
pub mod definitions;
pub mod demo;
pub mod documents;
pub mod drafts;
pub mod effects;
pub mod error;
pub mod forecasts;
pub mod forms;
pub mod heat;
pub mod hexagons;
mod hotspot_patterns;
pub mod hotspots;
pub mod import;
pub mod imports;
pub mod jobs;
pub mod journal;
pub mod ledger;
pub mod lists;
pub mod media;
pub mod open311;
pub mod people;
pub mod photo;
pub mod photos;
pub mod placing;
pub mod points;
pub mod public;
pub mod repeats;
pub mod retention;
pub mod roads;
pub mod scores;
pub mod signal_filter;
pub mod signal_index;
pub mod signals;
pub mod state;
pub mod templates;
mod timeline;
pub mod typeset;
pub mod ways;

mod carrying;
mod case_place;
mod effect_checks;
mod form_words;
mod joining;
mod letter_data;
mod reporters;
pub mod street_density;
mod street_graph;
mod street_picture;
mod streets;
mod subjects;

pub use error::{AppError, Problem};
pub use state::{App, Notice, Options};
pub use templates::Templates;
