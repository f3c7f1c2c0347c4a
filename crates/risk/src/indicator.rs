//! A share and what it is a share of: no percentage without its counts.

use gongzhi_civic::text::{Language, Text};
use serde::{Deserialize, Serialize};

/// So many out of so many: closure rate, repeat rate, rate of calls handled on time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ratio {
    /// Those that have the property.
    pub numerator: u64,
    /// All that could have it.
    pub denominator: u64,
}

impl Ratio {
    /// `numerator` out of `denominator`.
    #[must_use]
    pub const fn new(numerator: u64, denominator: u64) -> Self {
        Self { numerator, denominator }
    }

    /// The share as a fraction; `None` of nothing.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        (self.denominator > 0).then(|| self.numerator as f64 / self.denominator as f64)
    }

    /// 95 % score interval of Wilson (1927) for the share; `None` of nothing, or where the numerator is no part of the
    /// denominator (then it is no share, and no binomial interval applies).
    #[must_use]
    pub fn interval(self) -> Option<(f64, f64)> {
        const Z: f64 = 1.959_963_984_540_054;
        if self.denominator == 0 || self.numerator > self.denominator {
            return None;
        }
        let (n, share) = (self.denominator as f64, self.numerator as f64 / self.denominator as f64);
        let z2 = Z * Z / n;
        let middle = share + z2 / 2.0;
        let half = Z * (share * (1.0 - share) / n + z2 / (4.0 * n)).sqrt();
        // At both ends the interval touches the end; rounding must not make it miss.
        let low = if self.numerator == 0 { 0.0 } else { (middle - half) / (1.0 + z2) };
        let high = if self.numerator == self.denominator { 1.0 } else { (middle + half) / (1.0 + z2) };
        Some((low, high))
    }

    /// `0.53%（169/31,980）` or `0.53 % (169 of 31,980)`; of nothing, a dash with the counts.
    #[must_use]
    pub fn display(self, language: Language) -> String {
        let (n, d) = (grouped(self.numerator), grouped(self.denominator));
        let percent = self.value().map(|v| percent(v * 100.0, self));
        match language {
            Language::Zh => percent.map_or_else(|| format!("—（{n}/{d}）"), |p| format!("{p}%（{n}/{d}）")),
            Language::En => percent.map_or_else(|| format!("— ({n} of {d})"), |p| format!("{p} % ({n} of {d})")),
        }
    }

    /// [`Ratio::display`] in both languages.
    #[must_use]
    pub fn text(self) -> Text {
        Text::new(self.display(Language::Zh), self.display(Language::En))
    }
}

/// Two decimals under 1 %, one above; never `100` for a share that is not whole, nor `0` for one that is not nothing.
fn percent(value: f64, ratio: Ratio) -> String {
    let shortest = if value < 1.0 { 2 } else { 1 };
    for digits in shortest..=8 {
        let text = format!("{value:.digits$}");
        let rounded: f64 = text.parse().unwrap_or(value);
        let hides = (rounded == 100.0 && ratio.numerator != ratio.denominator) || (rounded == 0.0 && ratio.numerator != 0);
        if !hides {
            return if text.contains('.') && (rounded == 100.0 || rounded == 0.0) { format!("{rounded:.0}") } else { text };
        }
    }
    format!("{value:e}")
}

/// Thousands set apart by commas, as both languages print figures.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
