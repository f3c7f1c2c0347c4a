//! One binary: all integration tests of the road crate.
#![allow(clippy::unwrap_used, missing_docs)]

mod bad_input;
mod drawn;
mod jurisdictions;
mod linear;
mod milestones;
mod real_data;
mod words;
