//! The road network: import, snapping, map matching, places in words, vector tiles.
//!
//! [`import::osm`] turns an OpenStreetMap extract into the bytes of one network file; [`Network::from_bytes`] opens
//! such bytes (a memory map, a vector) without copying them. Everything is WGS-84 inside; [`datum`] converts.
//! Invariant: bytes in, bytes out. No files, no clock, no randomness, and no panic on bad input: damaged bytes give a
//! [`NetworkError`] or [`import::ImportError`].

pub mod datum;
pub mod import;
pub mod jurisdiction;
pub mod linear;
pub mod records;
pub mod route;
pub mod track;

mod carry;
mod describe;
mod find;
mod format;
mod geometry;
mod names;
mod network;
mod place;
mod snap;
mod speed;
mod tile;

pub use carry::{Carried, CarryReason, Lost, Moved, carry};
pub use describe::{Description, PlaceWords, Spot};
pub use find::{Answer, Candidate, Context, Level, LocatedStake, Missing, Part, StakeIndex, Travel, Understood, Verdict};
pub use format::{FORMAT_VERSION, NetworkError};
pub use network::{Counts, EdgeView, Exit, HouseNumber, Network, OnLine, Stake, StreetLine};
pub use place::{
    Area, AreaId, AreaKind, Class, Crossing, CrossingId, Landmark, LandmarkId, LandmarkKind, Place, PlaceRef, Road, RoadId, Section,
    SectionId,
};
pub use snap::{Ambiguity, AmbiguityKind, Fix, LikelySnap, NEAR_CROSSING_M, Side, Snap, SnapOptions, Snapped};
pub use speed::{SpeedBasis, SpeedTable, Zone};
pub use tile::{TILE_LAYERS, TILE_ZOOMS, TileLayer};
