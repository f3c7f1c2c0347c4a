//! Test kit: drawn maps, builders, simulated time.
//!
//! For tests only: what cannot be drawn or parsed panics with a sentence that says where.

pub mod road_map;

pub use road_map::{RoadMap, Way};
