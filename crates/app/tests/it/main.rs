//! Use cases on both databases, on a drawn town, on a clock that stands.

mod house;

mod access;
mod imports;
mod ladder;
mod law;
mod loop_of_a_hazard;
mod signals;
