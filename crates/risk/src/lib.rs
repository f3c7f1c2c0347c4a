//! Risk: densities, hot spots, comparison of periods, repeat calls, indicators.
//!
//! Plain data in, plain data out: no clock, no files, no randomness. Every statistic carries its count, its method
//! and its uncertainty; every result is the same, bit for bit, on any number of threads.
//! The order in which to read: [`density`] and [`network`] (where it clusters), [`significance`] (is it real), [`hotspot`],
//! [`safety`] and [`blackspot`] (which places), [`compare`] and [`safety::before_after`] (did it fall), [`repeat`] (one
//! trouble, many calls), [`forecast`] and [`score`] (ahead and back), [`indicator`] (a share and what it is a share of).

pub mod blackspot;
pub mod compare;
pub mod density;
pub mod forecast;
pub mod hotspot;
pub mod indicator;
pub mod network;
pub mod random;
pub mod repeat;
pub mod rhythm;
pub mod safety;
pub mod score;
pub mod significance;
pub mod special;
