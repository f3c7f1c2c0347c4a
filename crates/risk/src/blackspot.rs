//! Black spots by rule (事故多发点段): rules as data, stretches of road and junctions, identity over time.
//!
//! A rule says how many crashes of which sort within which stretch and time make a black spot. Rules come from documents of
//! ministries and commissions, differ from one to the next, and are read from a file: [`rule::RuleBook`]. The engine knows no
//! map: a crash comes with its place on a measured road and beside a junction, whoever has a map works that out.
//!
//! Read in this order: [`rule`] (what a rule can say), [`gate`] (what makes a rule invalid), [`find`](find()) (which places
//! fulfil it), [`pattern`] (规律性: what the crashes of a place have in common), [`identity`] (which spot of this year is
//! which of last year), [`reach`] (which junction a place belongs to, along the streets).
//!
//! **What a rule does not do.** It counts recorded crashes and knows no traffic: a place fulfils it by danger, by traffic or by
//! chance, and the year after tends to be better without any measure (regression to the mean). [`crate::safety`] has the
//! estimate that corrects for it; the list says which rule it is, never that a place is dangerous.

mod find;
pub mod gate;
pub mod identity;
pub mod pattern;
pub mod reach;
pub mod rule;
mod window;

pub use find::{FindError, Found, Run, find};
pub use rule::{Rule, RuleBook};

use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};

/// How badly a crash ended: its worst-off person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// At least one dead (死亡).
    Fatal,
    /// At least one seriously injured, none dead (重伤).
    Serious,
    /// Injured, none seriously as far as is known (轻伤).
    Slight,
    /// Damage only (财损).
    Damage,
    /// Not known. Counts where a rule names no severities, and weighs as damage.
    #[default]
    Unknown,
}

impl Severity {
    /// All, worst first.
    pub const ALL: [Self; 5] = [Self::Fatal, Self::Serious, Self::Slight, Self::Damage, Self::Unknown];

    /// For people.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Fatal => Text::new("死亡", "fatal"),
            Self::Serious => Text::new("重伤", "serious-injury"),
            Self::Slight => Text::new("轻伤", "slight-injury"),
            Self::Damage => Text::new("财损", "damage-only"),
            Self::Unknown => Text::new("程度不详", "severity-unknown"),
        }
    }
}

/// How the police dealt with a crash (事故处理程序).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Procedure {
    /// General procedure (一般程序).
    General,
    /// Summary procedure (简易程序).
    Summary,
}

/// Direction of travel on a measured road: with its measure, or against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The measure grows in driving direction.
    Forward,
    /// The measure falls in driving direction.
    Backward,
    /// Both directions, or not known.
    Both,
}

/// Where a crash lies on a measured road.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnRoad {
    /// Key of the road: one line with one measure.
    pub road: String,
    /// Metres along it.
    pub measure_m: f64,
    /// Carriageway; a crash of unknown direction counts for both directions' units only.
    pub direction: Direction,
}

/// The junction a crash is nearest to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtJunction {
    /// Key of the junction.
    pub junction: String,
    /// Metres along the streets; 0 within it.
    pub distance_m: f64,
}

/// A crash as far as the rules need it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Crash {
    /// Must not repeat.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// On which road; `None` where no measured road is near.
    pub on: Option<OnRoad>,
    /// At which junction; `None` where none is within any rule's reach.
    pub junction: Option<AtJunction>,
    /// Within a built-up area; `None` where not known.
    pub urban: Option<bool>,
    /// Class the place is held against in the test of regularity: road class, signalled junction.
    pub class: String,
    /// Worst injury.
    pub severity: Severity,
    /// Dead.
    pub deaths: u32,
    /// Injured, seriously or slightly.
    pub injured: u32,
    /// General or summary procedure, where known.
    pub procedure: Option<Procedure>,
    /// Type or manoeuvre (形态): rear-end, turning, pedestrian. Two crashes are of the same type where the words are equal.
    pub kind: Option<String>,
    /// Cause (原因).
    pub cause: Option<String>,
    /// Hour of day, 0 to 23, in the city's zone.
    pub hour: Option<u8>,
    /// 1 Monday … 7 Sunday.
    pub weekday: Option<u8>,
    /// Light: day, dusk, night with or without lamps.
    pub light: Option<String>,
    /// Weather.
    pub weather: Option<String>,
}

/// Where a spot is: a stretch of a measured road, or a junction. Never a cell of a grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "unit", rename_all = "lowercase")]
pub enum Place {
    /// From the first to the last crash of the stretch.
    Interval {
        /// Key of the road.
        road: String,
        /// Carriageway, or both.
        direction: Direction,
        /// Metres along the road.
        from_m: f64,
        /// Not less than `from_m`.
        to_m: f64,
    },
    /// All within a rule's radius of it.
    Junction {
        /// Its key.
        junction: String,
    },
}

impl Place {
    /// Metres from the first to the last crash; 0 for a junction.
    #[must_use]
    pub fn length_m(&self) -> f64 {
        match self {
            Self::Interval { from_m, to_m, .. } => to_m - from_m,
            Self::Junction { .. } => 0.0,
        }
    }

    /// Whether a crash lies in it; `radius_m` is that of the rule's junctions.
    #[must_use]
    pub fn holds(&self, crash: &Crash, radius_m: f64) -> bool {
        match self {
            Self::Interval { road, direction, from_m, to_m } => crash.on.as_ref().is_some_and(|on| {
                let way = *direction == Direction::Both || on.direction == *direction;
                way && on.road == *road && (*from_m..=*to_m).contains(&on.measure_m)
            }),
            Self::Junction { junction } => crash.junction.as_ref().is_some_and(|at| at.junction == *junction && at.distance_m <= radius_m),
        }
    }
}
