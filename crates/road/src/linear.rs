//! Linear reference: places and intervals by metres along a road.
//!
//! A [`Course`] is the chain of a route number or road name with a measure in metres; [`Stakes`] calibrates that measure by kilometre posts
//! (桩号, `K12+300`); an [`Interval`] is a stretch of a course in one or both directions that can be compared, joined and carried to the next
//! import of the network.

mod answers;
mod calibrate;
mod carriageway;
mod carry;
mod chain;
mod course;
mod courses;
mod coverage;
mod interval;
mod posts;
mod route;
mod stake_index;
mod stake_text;
mod stakes;

use serde::{Deserialize, Serialize};

pub(crate) use chain::{edges_named, route_key};

pub use answers::{BoundBasis, BracketPost, ChainageEquation, Located, RejectReason, Rejected, StakeAt, StakeRefusal};
pub use carry::{Carried, CarryRefusal};
pub use course::{Branch, Course, CoursePoint, Gap};
pub use courses::Courses;
pub use coverage::{Coverage, Span};
pub use interval::{Interval, IntervalAnchor};
pub use posts::{PostFault, PostSource, PostsRead, Sense, StakePost, posts_from_csv};
pub use stake_text::StakeText;
pub use stakes::Stakes;

/// Direction of travel on a course: with its measure or against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Measure grows in driving direction.
    Forward,
    /// Measure falls in driving direction.
    Backward,
    /// Both directions.
    Both,
}

impl Direction {
    /// The other way round; `Both` stays.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Forward => Self::Backward,
            Self::Backward => Self::Forward,
            Self::Both => Self::Both,
        }
    }
}
