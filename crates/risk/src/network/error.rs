//! Why there is no network map.

use gongzhi_civic::text::Text;

/// Why there is no map.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NetworkError {
    /// The bandwidth is not between [`super::MIN_BANDWIDTH_M`] and [`super::MAX_BANDWIDTH_M`].
    #[error("bandwidth_invalid: {0} m is not between 1 mm and 1,000 km")]
    Bandwidth(f64),
    /// A slice length that is not positive, or so short that there are more than [`super::MAX_LIXELS`] slices.
    #[error("lixel_length_invalid: {0} m")]
    Lixel(f64),
    /// An event on an unknown edge, off its edge, or with a weight that is not a number.
    #[error("event_not_on_network: event {index}")]
    Event {
        /// Position in the slice of events.
        index: usize,
    },
    /// More events than can be numbered.
    #[error("events_too_many: {0}")]
    Events(usize),
    /// A table, slices or records made for another network, bandwidth or way of travel.
    #[error("table_not_of_this_map: {0}")]
    Table(&'static str),
    /// A least share that is not between 0 and 1.
    #[error("least_share_invalid: {0}")]
    Share(f64),
    /// More walks than [`super::MAX_WALKS`]: a wide bandwidth where streets are short.
    #[error("walks_too_many: the bandwidth is too wide, or the least share too small, for an equal-split map of this network")]
    Walks,
    /// Driven distances with an estimator that shares hills out.
    #[error("travel_not_supported: equal-split estimators know no one-way streets")]
    Travel,
    /// A step of a wave that is not between [`super::MIN_STEP_M`] and [`super::MAX_STEP_M`].
    #[error("wave_step_invalid: {0} m is not between 0.1 and 50 m")]
    Step(f64),
    /// Waves of the simple estimator, which follows the shortest way and is no wave.
    #[error("wave_estimator_invalid: only the equal-split estimators are waves")]
    Estimator,
    /// More memory or more pulses than [`super::MAX_WAVE_CELLS`] and [`super::MAX_WAVE_PULSES`].
    #[error("waves_too_large: the step is too small for a network and a bandwidth of this size")]
    Waves,
}

impl NetworkError {
    /// Stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Bandwidth(_) => "bandwidth_invalid",
            Self::Lixel(_) => "lixel_length_invalid",
            Self::Event { .. } => "event_not_on_network",
            Self::Events(_) => "events_too_many",
            Self::Table(_) => "table_not_of_this_map",
            Self::Share(_) => "least_share_invalid",
            Self::Walks => "walks_too_many",
            Self::Travel => "travel_not_supported",
            Self::Step(_) => "wave_step_invalid",
            Self::Estimator => "wave_estimator_invalid",
            Self::Waves => "waves_too_large",
        }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Bandwidth(b) => Text::new(
                format!("带宽 {b} 米无效：应在 1 毫米到 1000 公里之间"),
                format!("The bandwidth of {b} m is not valid: at least 1 mm and at most 1,000 km"),
            ),
            Self::Lixel(m) => Text::new(
                format!("路段切片长度 {m} 米无效：应大于 0，且切片总数不超过 6700 万"),
                format!("The slice length of {m} m is not valid: more than 0, and no more than 67 million slices"),
            ),
            Self::Event { index } => Text::new(
                format!("第 {} 条记录不在路网上，或权重不是数", index + 1),
                format!("Record {} is not on the network, or its weight is not a number", index + 1),
            ),
            Self::Events(n) => Text::new(format!("记录过多：{n} 条"), format!("Too many records: {n}")),
            Self::Table(what) => Text::new(
                format!("缓存与本次请求不符（{what}），请重建"),
                format!("What is kept was made for another map ({what}); make it again"),
            ),
            Self::Share(share) => Text::new(
                format!("最小份额 {share} 无效：应不小于 0 且小于 1"),
                format!("The least share of {share} is not valid: at least 0 and less than 1"),
            ),
            Self::Walks => Text::new(
                "等分核的路径过多：请减小带宽或提高最小份额",
                "Too many walks for an equal-split map: take a smaller bandwidth or a greater least share",
            ),
            Self::Travel => Text::new("按行驶方向计距只适用于简单核", "Distances as driven are available for the simple estimator only"),
            Self::Step(m) => Text::new(
                format!("波动推算的步长 {m} 米无效：应在 0.1 米到 50 米之间"),
                format!("The step of {m} m for waves is not valid: at least 0.1 m and at most 50 m"),
            ),
            Self::Estimator => Text::new("波动推算只适用于两种等分核", "Waves are available for the two equal-split estimators only"),
            Self::Waves => Text::new(
                "路网和带宽对该步长而言过大：请加大步长或减小带宽",
                "The network and the bandwidth are too large for this step: take a greater step or a smaller bandwidth",
            ),
        }
    }
}
