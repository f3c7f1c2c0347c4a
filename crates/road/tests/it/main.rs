//! One binary: all integration tests of the road crate.
#![allow(clippy::unwrap_used, missing_docs)]

mod along_roads;
mod bad_input;
mod carry;
mod courses;
mod datums;
mod drawn;
mod geojson;
mod jurisdictions;
mod linear;
mod real_data;
mod records;
mod routes;
mod said;
mod sayings;
mod snapping;
mod tiles;
mod tracks;
mod words;
