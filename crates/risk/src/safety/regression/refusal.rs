//! Why there is no fit.

use gongzhi_civic::text::Text;

/// Why a model cannot be fitted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FitError {
    /// A list that has not one value for each count.
    #[error("length_mismatch: {name} has {len} values for {n} places")]
    Length {
        /// Which list.
        name: String,
        /// Its length.
        len: usize,
        /// Number of counts.
        n: usize,
    },
    /// A value that is not a finite number, or a scale that is not positive.
    #[error("value_invalid: {name} is {value} at place {place}")]
    Value {
        /// Which list.
        name: String,
        /// Position of the place.
        place: usize,
        /// The value.
        value: f64,
    },
    /// A count above [`MAX_COUNT`].
    #[error("count_too_large: {0}")]
    Count(u64),
    /// Not more places than coefficients.
    #[error("too_few_places: {n} places for {coefficients} coefficients")]
    TooFew {
        /// Places.
        n: usize,
        /// Coefficients, the constant among them.
        coefficients: usize,
    },
    /// Not one event.
    #[error("no_events")]
    NoEvents,
    /// All places told apart by this column had no event, so that its coefficient would be minus infinity (separation).
    #[error("separated: {column}")]
    Separated {
        /// Name of the column.
        column: String,
    },
    /// The estimates did not settle.
    #[error("not_settled: after {rounds} rounds")]
    NotSettled {
        /// Rounds done.
        rounds: u32,
    },
}

impl FitError {
    /// Stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "length_mismatch",
            Self::Value { .. } => "value_invalid",
            Self::Count(_) => "count_too_large",
            Self::TooFew { .. } => "too_few_places",
            Self::NoEvents => "no_events",
            Self::Separated { .. } => "separated",
            Self::NotSettled { .. } => "not_settled",
        }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Length { name, len, n } => {
                Text::new(format!("“{name}”有 {len} 个值，地点却有 {n} 个"), format!("“{name}” has {len} values for {n} places"))
            }
            Self::Value { name, place, value } => Text::new(
                format!("第 {place} 个地点的“{name}”为 {value}，无效"),
                format!("“{name}” is {value} at place {place}: not valid"),
            ),
            Self::Count(count) => Text::new(format!("次数 {count} 过大"), format!("The count {count} is too large")),
            Self::TooFew { n, coefficients } => Text::new(
                format!("只有 {n} 个地点，不足以估计 {coefficients} 个系数"),
                format!("{n} places are too few for {coefficients} coefficients"),
            ),
            Self::NoEvents => Text::new("没有任何事件，无从拟合", "There is not one event to fit a model to"),
            Self::Separated { column } => Text::new(
                format!("由“{column}”区分出的地点均无事件，其系数无法估计：请合并类别"),
                format!("No place told apart by “{column}” had an event, so its coefficient cannot be estimated: merge the class"),
            ),
            Self::NotSettled { rounds } => {
                Text::new(format!("迭代 {rounds} 次仍未收敛"), format!("The estimates did not settle in {rounds} rounds"))
            }
        }
    }
}
