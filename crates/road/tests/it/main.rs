//! One binary: all integration tests of the road crate.
#![allow(clippy::unwrap_used, missing_docs)]

mod along_roads;
mod bad_input;
mod carry;
mod datums;
mod drawn;
mod geojson;
mod jurisdictions;
mod linear;
mod milestones;
mod real_data;
mod routes;
mod said;
mod sayings;
mod tiles;
mod records;
mod snapping;
mod tracks;
mod words;
