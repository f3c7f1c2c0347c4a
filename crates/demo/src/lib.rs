//! The synthetic demo city: 明川区 of 安澜市, a district of about a million people that does not exist.
//!
//! One [`Plan`] gives one [`City`], byte for byte: roads as OpenStreetMap XML, two years of calls and crashes as CSV, the
//! calls of any later day for live play, accounts, past hazards and pictures. Everything goes into Gongzhi through the
//! doors that real data use; nothing else in the house knows how it was made.
//!
//! Invariants: no clock, no files, no global state. A day's records depend on the plan and that day alone, so any day
//! can be made without the others. Every record is synthetic and says so; telephone numbers start with `1990000`, which
//! is no assigned range of the demo's region, and all people, firms, districts and roads are invented.

mod city;
pub mod records;

mod areas;
mod arrange;
mod block;
mod calls;
mod carriageway;
mod crashes;
mod geometry;
mod graph;
mod ground;
mod hazards;
mod hotspots;
mod interchange;
mod labelled;
mod landmarks;
mod names;
mod osm;
mod people;
mod picture;
mod places;
mod random;
mod rhythm;
mod skeleton;
mod stakes;
mod streets;
mod villages;
mod words;

pub use city::{City, Plan};
pub use labelled::{LabelledCall, LabelledSet};
pub use people::{Person, people};
pub use picture::{Picture, photo};
pub use records::{Call, CallTruth, Class, Course, Crash, HotSpot, HotSpotKind, PAST_MATTER, PastHazard, Relation, Severity};
