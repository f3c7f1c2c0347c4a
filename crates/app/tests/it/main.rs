//! Use cases on both databases, on a drawn town, on a clock that stands.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test or an example stops where it cannot go on

mod house;

mod access;
mod blackspots;
mod calendars;
mod documents;
mod drafts;
mod effects;
mod families;
mod files;
mod forecasts;
mod imports;
mod ladder;
mod law;
mod lists;
mod loop_of_a_hazard;
mod migrations;
mod points;
mod repeats;
mod road_chiefs;
mod roads;
mod servers;
mod signals;
mod thirteenth;
mod two_workers;
mod workbench;
