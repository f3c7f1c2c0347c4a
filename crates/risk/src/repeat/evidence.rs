//! What speaks for and against two calls being about one thing.

use super::words::Said;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::{HOUR_MS, MINUTE_MS, Timestamp};
use serde::{Deserialize, Serialize};

macro_rules! features {
    ($($name:ident $field:ident $zh:literal $en:literal;)*) => {
        /// One thing that is compared.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs, reason = "each is said in both languages by `text`")]
        pub enum Feature { $($name,)* }

        /// Every feature, in the order of [`Evidence::values`].
        pub const FEATURES: &[Feature] = &[$(Feature::$name,)*];

        /// What each feature adds to the log odds.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(missing_docs, reason = "fields are the features")]
        pub struct Weights { $(pub $field: f64,)* }

        impl Weights {
            /// As numbers, in the order of [`FEATURES`].
            #[must_use]
            pub fn values(&self) -> [f64; COUNT] { [$(self.$field,)*] }

            /// From numbers in the order of [`FEATURES`].
            #[must_use]
            pub fn from_values(values: [f64; COUNT]) -> Self {
                let [$($field,)*] = values;
                Self { $($field,)* }
            }
        }

        impl Feature {
            /// Its name in both languages.
            #[must_use]
            pub fn text(self) -> Text {
                match self { $(Self::$name => Text::new($zh, $en),)* }
            }

            /// Its name in the rule.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => stringify!($field),)* }
            }
        }
    };
}

features! {
    Base base "基准" "base";
    Distance distance "沿路距离" "distance along the streets";
    Unplaced unplaced "位置不明" "position not known";
    SamePlace same_place "同一路口或路段" "same crossing or section";
    Gap gap "时间间隔" "time between";
    SameHour same_hour "一天中的同一时段" "same time of day";
    Words words "用语相近" "alike words";
    SameRoad same_road "提到同一道路或地标" "names a road or landmark in common";
    OtherRoad other_road "提到的道路不同" "names other roads";
    SameMatter same_matter "事由相同" "same matter";
    OtherMatter other_matter "事由不同" "another matter";
    Follows follows "可能由另一事由引起" "may follow from the other";
    Passing passing "一过性事件" "an event that is over when cleared";
    FactsAgree facts_agree "细节一致" "details agree";
    FactsDiffer facts_differ "细节不一" "details differ";
    SamePlate same_plate "号牌相同" "same number plate";
    SameCaller same_caller "同一报警人" "same caller";
    OtherCaller other_caller "不同报警人" "another caller";
    SameClass same_class "类别相同" "same class";
    Back back "提到先前的报警" "points back to an earlier call";
    CallerBack caller_back "同一报警人再次提起" "same caller, pointing back";
    Closed closed "其间已处置完毕" "closed in between";
}

/// How many features there are.
pub(super) const COUNT: usize = FEATURES.len();

impl Weights {
    pub(super) fn finite(&self) -> bool {
        self.values().iter().all(|w| w.is_finite())
    }
}

/// What two calls have in common, as numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// In the order of [`FEATURES`].
    pub values: [f64; COUNT],
}

impl Evidence {
    /// Log odds under these weights.
    #[must_use]
    pub fn log_odds(&self, weights: &Weights) -> f64 {
        self.values.iter().zip(weights.values()).map(|(v, w)| v * w).sum()
    }

    /// How likely the two belong together under these weights, 0 to 1.
    #[must_use]
    pub fn likelihood(&self, weights: &Weights) -> f64 {
        likelihood(self.log_odds(weights))
    }

    /// What each feature adds, strongest first; features that say nothing are left out.
    #[must_use]
    pub fn why(&self, weights: &Weights) -> Vec<(Feature, f64)> {
        let added = FEATURES.iter().zip(self.values.iter().zip(weights.values())).skip(1).map(|(f, (v, w))| (*f, v * w));
        let mut said: Vec<_> = added.filter(|(_, a)| *a != 0.0).collect();
        said.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
        said
    }
}

/// The likelihood of log odds.
pub(super) fn likelihood(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// A call made ready to be compared.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub(super) key: u64,
    pub(super) at: Timestamp,
    pub(super) class: u64,
    pub(super) place: Option<u64>,
    pub(super) position_m: Option<(f64, f64)>,
    pub(super) street: Option<super::OnStreet>,
    pub(super) caller: Option<u64>,
    pub(super) said: Said,
    pub(super) closed_at: Option<Timestamp>,
}

/// What the rule says about topics, as bits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kinds {
    pub(super) passing: u64,
    pub(super) follows: u64,
}

/// Bits of each group of facts.
pub(super) type Groups = Vec<u64>;

/// Compares two calls, `a` the earlier one. `distance_m` along the streets; `likeness` of the words, which costs most and is
/// therefore given.
pub(super) fn compare(
    a: &Ready,
    b: &Ready,
    distance_m: Option<f64>,
    likeness: f64,
    unit_minutes: f64,
    kinds: Kinds,
    groups: &Groups,
) -> Evidence {
    let flag = |yes: bool| f64::from(u8::from(yes));
    let gap = b.at.0.saturating_sub(a.at.0).max(0);
    let (s, t) = (&a.said, &b.said);
    let roads = s.roads(t);
    let shared = s.topics & t.topics;
    let both = s.topics != 0 && t.topics != 0;
    // What follows from something else contradicts nothing; what it follows from does.
    let firm = |topics: u64| topics & !kinds.follows;
    let apart = both && shared == 0;
    let follows = apart && (firm(s.topics) == 0 || firm(t.topics) == 0);
    let (agree, differ) = facts(s.facts, t.facts, groups);
    let callers = a.caller.zip(b.caller).map(|(x, y)| x == y);
    let same_caller = callers == Some(true);
    let day = 24 * HOUR_MS;
    let off_hour = (gap % day).min(day - gap % day);
    let passing = (s.topics | t.topics) & kinds.passing != 0;
    Evidence {
        values: [
            1.0,
            distance_m.map_or(0.0, |d| (d / 50.0).ln_1p()),
            flag(distance_m.is_none()),
            flag(a.place.is_some() && a.place == b.place),
            (gap as f64 / (unit_minutes * MINUTE_MS as f64)).ln_1p(),
            flag(off_hour <= 2 * HOUR_MS),
            likeness,
            flag(roads == Some(true)),
            flag(roads == Some(false)),
            flag(shared != 0),
            flag(apart && !follows),
            flag(follows),
            flag(passing),
            f64::from(agree.min(2)),
            f64::from(differ.min(2)),
            flag(s.plates(t) == Some(true)),
            flag(same_caller),
            flag(callers == Some(false)),
            flag(a.class == b.class),
            flag(t.back),
            flag(t.back && same_caller),
            flag(a.closed_at.is_some_and(|c| c <= b.at)),
        ],
    }
}

/// In how many groups the facts agree and in how many they differ.
fn facts(a: u64, b: u64, groups: &Groups) -> (u8, u8) {
    let (mut agree, mut differ) = (0, 0);
    if a == 0 || b == 0 {
        return (0, 0);
    }
    for bits in groups {
        match (a & bits, b & bits) {
            (0, _) | (_, 0) => {}
            (x, y) if x & y != 0 => agree += 1,
            _ => differ += 1,
        }
    }
    (agree, differ)
}
