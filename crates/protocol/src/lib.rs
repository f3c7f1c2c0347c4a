//! Codecs of foreign protocols: bytes to data and back. Pure: no sockets, no clock.

pub mod open311;
