//! Ways and times on the road, for one vehicle: nearest units, matrices, paths, reach.
//!
//! A [`Graph`] is a network as a [`Profile`] may drive it, with turn restrictions and turn costs. An [`Overlay`] holds what is so just
//! now: closures and live speeds. Two engines answer the same questions ([`Routes`]): [`BoundedDijkstra`] sees a change at once and is
//! quickest for what is near; [`CchRoutes`] prepares for matrices and long ways. Times are whole milliseconds, [`NEVER`] is no way.

mod answer;
mod arrival;
mod attach;
#[cfg(feature = "cch")]
mod cch;
mod dijkstra;
mod graph;
mod hours;
mod isochrone;
mod line;
mod outline;
mod overlay;
mod pieces;
mod position;
mod profile;
mod search;
mod turns;
mod words;

pub use answer::{Isochrone, Matrix, NearUnit, NearestAnswer, NearestQuery, NotChosen, PassedOver, ReachedSpan, Route, Routes, Unit};
pub use arrival::{Arrival, Calibration, Trip, Work};
pub use attach::{Attachment, Detached};
#[cfg(feature = "cch")]
pub use cch::{CchRoutes, Hierarchy, Refresh};
pub use dijkstra::BoundedDijkstra;
pub use graph::{Graph, GraphSize, NEVER};
pub use outline::outline;
pub use overlay::{Change, ChangeId, EdgeSpan, Effect, Overlay, Version};
pub use position::Position;
pub use profile::{CLASSES, HourFactors, Policy, Profile, TurnCosts, Vehicle, VehicleKind, WEEK_HOURS};
pub use words::{Manoeuvre, Step};
