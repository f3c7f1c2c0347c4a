//! One binary: all integration tests of the road crate.
#![allow(clippy::unwrap_used, missing_docs)]

mod bad_input;
mod datums;
mod drawn;
mod real_data;
mod snapping;
mod tracks;
mod words;
