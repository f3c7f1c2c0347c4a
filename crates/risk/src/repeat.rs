//! Repeat calls (重复警情): which calls are about one event, and which come back to a matter that was never solved.
//!
//! Two relations, kept apart:
//!
//! * **One incident.** Calls about one crash, one jam, one oil spill, within minutes to an hour or two, by different
//!   callers in different words, from different roads nearby. They are merged and are *not* repeats.
//! * **One trouble.** Incidents that are about the same unsolved matter: the lamp that stays out, the lorries that come
//!   every night, the caller of yesterday who calls again. Every incident of a trouble after its first is a repeat, and
//!   the repeat rate is repeats over incidents: `169 of 31,980` is 0.53 %.
//!
//! Each pair of calls near in place and time gives [`Evidence`]: a few named features (metres along the streets, the time
//! between, the matter, the words, the caller, …). A logistic model for each relation turns it into a likelihood
//! (the sum of weights is the log odds of Fellegi and Sunter, "A theory for record linkage", JASA 64, 1969, without the
//! assumption that features are independent). [`Joiner`] puts each call, in order of time, to the incident whose calls
//! it fits on average, so that a busy crossing does not chain a whole day into one.
//!
//! What is asked and how much it weighs is a [`Rule`]: data, printed by [`Rule::text`] beside every figure. Corrections
//! by hand always hold ([`Correction`]) and move the weights a little ([`learn`]). [`radius`] is the rule of thumb that
//! this is measured against by [`measure`].

mod constraints;
mod evidence;
mod joiner;
pub mod learn;
pub mod measure;
pub mod radius;
mod rule;
mod streets;
mod words;

pub use constraints::{Correction, Relation};
pub use evidence::{Evidence, FEATURES, Feature, Weights};
pub use joiner::{Incident, Joined, Joiner, Placed};
pub use rule::{Bounds, FactWords, Rule, RuleError, Topic};
pub use streets::{OnStreet, Streets};
pub use words::{Reader, Said};

use gongzhi_civic::time::Timestamp;

/// A call as far as joining needs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Call<'a> {
    /// Its own number; corrections name calls by it.
    pub key: u64,
    /// When it came in.
    pub at: Timestamp,
    /// Class: accident, order, other. Evidence only: call takers err, and a crash is called in as a jam.
    pub class: &'a str,
    /// Key of the crossing or section it was placed at.
    pub place: Option<&'a str>,
    /// Metres on a plane of the city ([`crate::density::Projection::to_m`]).
    pub position_m: Option<(f64, f64)>,
    /// Where on the streets, if it was put there.
    pub street: Option<OnStreet>,
    /// Digest of who called, where known.
    pub caller: Option<u64>,
    /// What was said.
    pub words: &'a str,
    /// When what it is about was reported done, where known.
    pub closed_at: Option<Timestamp>,
}
