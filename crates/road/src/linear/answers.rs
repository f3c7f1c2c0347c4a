//! What [`super::Stakes`] is asked with and answers: breaks of chainage, places, bounds, refusals, reasons.

use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use super::{CoursePoint, PostSource, Sense, StakeText};

/// A break of chainage (断链): one place, two numbers. `K12+300 = K12+450` is a short chain (150 m of numbers are missing),
/// `K12+300 = K12+150` a long one (150 m of numbers exist twice).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChainageEquation {
    /// Route number.
    pub reference: String,
    /// The number that ends here, metres.
    pub back_m: f64,
    /// The number that begins here, metres.
    pub ahead_m: f64,
}

/// Why a post was not used.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RejectReason {
    /// The route number is not on the map.
    UnknownRoute,
    /// It stands too far from the route.
    NotOnCourse {
        /// Metres to the route; infinite if farther than a kilometre.
        distance_m: f64,
    },
    /// Its number falls into a declared break.
    InBreak,
    /// Its number and place are in opposite order to the other posts.
    Order {
        /// Metres it is off.
        off_m: f64,
    },
    /// The road to its neighbour is too long or short for the numbers.
    Speed {
        /// Metres of stakes per metre of road.
        ratio: f64,
        /// Metres it is off.
        off_m: f64,
    },
    /// It disagrees with its neighbours far more than the others do.
    Disagrees {
        /// Metres it is off.
        off_m: f64,
    },
    /// No other post agrees with it.
    Alone,
}

impl RejectReason {
    /// For people.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::UnknownRoute => Text::new("路网中没有这条路线。", "The map has no such route."),
            Self::NotOnCourse { distance_m } if distance_m.is_finite() => {
                Text::new(format!("距该路线 {distance_m:.0} 米，过远。"), format!("It stands {distance_m:.0} m from the route, too far."))
            }
            Self::NotOnCourse { .. } => Text::new("不在该路线附近。", "It is nowhere near the route."),
            Self::InBreak => Text::new("桩号落在断链缺号之内。", "Its number falls into a break of chainage."),
            Self::Order { off_m } => Text::new(
                format!("桩号与位置的先后同其他桩相反，相差 {off_m:.0} 米。"),
                format!("Its number and place are in opposite order to the other posts, {off_m:.0} m off."),
            ),
            Self::Speed { ratio, off_m } => Text::new(
                format!("与相邻桩的桩号差是路长的 {ratio:.2} 倍（应在 0.9 至 1.1 之间），相差 {off_m:.0} 米。"),
                format!("The numbers grow {ratio:.2} times as fast as the road to its neighbour (0.9 to 1.1 expected), {off_m:.0} m off."),
            ),
            Self::Disagrees { off_m } => Text::new(
                format!("与相邻各桩不符，相差 {off_m:.0} 米，远大于其他桩。"),
                format!("It disagrees with its neighbours by {off_m:.0} m, far more than the other posts do."),
            ),
            Self::Alone => Text::new("没有其他桩与之相符。", "No other post agrees with it."),
        }
    }
}

/// A post not used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rejected {
    /// Index in the list given.
    pub post: usize,
    /// Why.
    pub reason: RejectReason,
}

/// A post that an answer rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BracketPost {
    /// Index in the list of posts given.
    pub post: usize,
    /// Its number, metres.
    pub metre: f64,
    /// Metres along the road from the answer.
    pub distance_m: f64,
    /// Where it is known from.
    pub source: PostSource,
}

/// What a bound rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoundBasis {
    /// Leave-one-out trials on this route.
    Route,
    /// Leave-one-out trials on all routes.
    AllRoutes,
    /// Too few posts for trials: the share by which stakes and road may differ.
    Assumed,
}

/// Where a stake is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Located {
    /// Route number as on the map.
    pub reference: String,
    /// The stake asked for, metres.
    pub metre: f64,
    /// Direction of travel; `None` if not asked for, the point is then on the forward carriageway.
    pub sense: Option<Sense>,
    /// The place on the course.
    pub place: CoursePoint,
    /// Posts on both sides; one only beyond the outermost.
    pub bracket: Vec<BracketPost>,
    /// Metres along the road within which the stake lies in 95 % of cases.
    pub bound_m: f64,
    /// What the bound rests on.
    pub basis: BoundBasis,
    /// In words.
    pub reason: Text,
}

/// The stake of a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StakeAt {
    /// Route number.
    pub reference: String,
    /// Metres.
    pub metre: f64,
    /// `K12+300`.
    pub stake: String,
    /// Direction of the carriageway.
    pub sense: Sense,
    /// Metres within which the number lies in 95 % of cases.
    pub bound_m: f64,
    /// The place on the road.
    pub place: CoursePoint,
}

/// Why a stake was not located.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StakeRefusal {
    /// No post of this route is known, or the map has no such route.
    UnknownRoute {
        /// As asked.
        reference: String,
    },
    /// One post gives no measure.
    OneAnchorOnly {
        /// Its number, metres.
        metre: f64,
    },
    /// Farther than a kilometre outside all posts.
    Beyond {
        /// Least number known, metres.
        first_m: f64,
        /// Greatest number known, metres.
        last_m: f64,
    },
    /// The number does not exist: it falls into a break of chainage, declared or found.
    InBreak {
        /// Number before the break, metres.
        back_m: f64,
        /// Number after it, metres.
        ahead_m: f64,
    },
    /// The number exists more than once (long chain, or one number in two districts).
    Doubled {
        /// All places.
        places: Vec<Located>,
    },
    /// The road is not mapped there, or not in this direction.
    NotMapped,
}

impl StakeRefusal {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownRoute { .. } => "road.stake.unknown_route",
            Self::OneAnchorOnly { .. } => "road.stake.one_anchor_only",
            Self::Beyond { .. } => "road.stake.beyond",
            Self::InBreak { .. } => "road.stake.in_break",
            Self::Doubled { .. } => "road.stake.doubled",
            Self::NotMapped => "road.stake.not_mapped",
        }
    }

    /// What happened and what to do, for people.
    #[must_use]
    pub fn text(&self) -> Text {
        let k = |m: f64| StakeText::new(m).sign();
        match self {
            Self::UnknownRoute { reference } => Text::new(
                format!("没有“{reference}”的里程桩。请导入该路线的桩号表。"),
                format!("No stakes of \"{reference}\" are known. Import its list of posts."),
            ),
            Self::OneAnchorOnly { metre } => Text::new(
                format!("该路线只有一个可用的桩（{}），推算不可靠。请补充桩号。", k(*metre)),
                format!("The route has one usable post only ({}): no reliable answer. Add posts.", k(*metre)),
            ),
            Self::Beyond { first_m, last_m } => Text::new(
                format!("超出已知桩号范围（{} 至 {}）一公里以上。", k(*first_m), k(*last_m)),
                format!("More than a kilometre outside the known stakes ({} to {}).", k(*first_m), k(*last_m)),
            ),
            Self::InBreak { back_m, ahead_m } => Text::new(
                format!("此桩号位于断链处（{} = {}），不能确定位置。", k(*back_m), k(*ahead_m)),
                format!("The stake falls into a break of chainage ({} = {}); its place cannot be told.", k(*back_m), k(*ahead_m)),
            ),
            Self::Doubled { places } => Text::new(
                format!("此桩号有 {} 处，请问清是哪一处。", places.len()),
                format!("This stake exists {} times; ask which one is meant.", places.len()),
            ),
            Self::NotMapped => Text::new("此处道路或该方向不在路网中。", "The road, or this direction of it, is not on the map here."),
        }
    }
}
