//! Test kit: drawn maps, labelled sayings, and one suite run on both databases.
//!
//! For tests only: what cannot be drawn or parsed panics with a sentence that says where.

#[cfg(feature = "databases")]
pub mod databases;
pub mod drive;
pub mod osmnx;
pub mod road_map;
pub mod sayings;
mod tiled;

pub use road_map::{RoadMap, Way};
pub use tiled::tiled;
