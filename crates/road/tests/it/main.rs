//! One binary: all integration tests of the road crate.
#![allow(clippy::unwrap_used, missing_docs)]

mod along_roads;
mod bad_input;
mod carry;
mod drawn;
mod geojson;
mod real_data;
mod records;
mod said;
mod sayings;
mod words;
