//! Ground floor: what every other crate may know.
//!
//! Texts in two languages, instants, points, units, people, permissions, personal data, the working calendar.
//! Invariant: nothing here reads a clock, a file or a random number, and nothing here knows a road, a case or a database.

pub mod calendar;
pub mod classification;
pub mod permission;
pub mod personal;
pub mod place;
pub mod text;
pub mod time;
pub mod unit;
