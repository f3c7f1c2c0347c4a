//! What is expected of a place, and whether a measure helped.

mod bayes;
mod before_after;
mod performance;
mod regression;
mod window;
