//! A place in words.

use gongzhi_civic::place::Point;
use serde::{Deserialize, Serialize};

use crate::Network;
use crate::place::{AreaId, CrossingId, SectionId};

/// Where a point is, in both languages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// The crossing it is at.
    pub crossing: Option<CrossingId>,
    /// The section it is on.
    pub section: Option<SectionId>,
    /// The smallest administrative area it is in.
    pub area: Option<AreaId>,
}

impl Network {
    /// Where a point is, in words.
    #[must_use]
    pub fn describe(&self, _point: Point) -> Description {
        Description::default()
    }

    /// Administrative areas a point lies in, the smallest first.
    #[must_use]
    pub fn areas_at(&self, _point: Point) -> Vec<AreaId> {
        Vec::new()
    }
}
