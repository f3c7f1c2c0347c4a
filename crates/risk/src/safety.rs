//! What is expected of a place, and did a measure help.
//!
//! The order in which to read: [`regression`] (counts explained by length, traffic and class), [`performance`] (the safety
//! performance functions of sections and junctions), [`bayes`] (what to believe of one place), [`residual`] (where a model
//! is wrong), [`window`] (the worst stretches of a route, without overlap), [`before_after`] (did it fall, and was it the measure).
//!
//! Sources: Hauer, "Observational Before–After Studies in Road Safety", Pergamon 1997; Hauer, Harwood, Council & Griffith,
//! TRR 1784, 2002; AASHTO, "Highway Safety Manual", 2010.

pub mod bayes;
pub mod before_after;
mod linear;
pub mod performance;
pub mod regression;
pub mod residual;
pub mod window;
