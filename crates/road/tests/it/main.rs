//! One binary: all integration tests of the road crate.
#![allow(clippy::unwrap_used, missing_docs)]
