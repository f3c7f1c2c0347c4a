//! 规律性 as a test: what the crashes of a place have in common beyond what is normal.
//!
//! For every attribute (type, cause, hours, weekday or weekend, light, weather) and every value of it: is its share here above the
//! share among all crashes of the same class in the city? The upper tail of the binomial distribution is exact for small counts,
//! which is all a place ever has. A place is looked at under some twenty values, so the tails are corrected (Benjamini & Hochberg
//! 1995): `q` is the share of false alarms among what is marked.
//!
//! A reference share is that of the crashes passed in, the place's own among them. Where one place has a large part of all crashes
//! of a value, that makes the test too careful, never too bold. Crashes that lack the attribute are left out on both sides.

use super::Crash;
use crate::hotspot::q_values;
use crate::special::beta_distribution;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// Type or manoeuvre (形态).
    Kind,
    /// Cause (原因).
    Cause,
    /// Band of hours: `0-6`, `6-9`, `9-12`, `12-17`, `17-20`, `20-24`.
    Hours,
    /// `weekday` or `weekend`.
    Week,
    /// Light.
    Light,
    /// Weather.
    Weather,
}

impl Attribute {
    /// All.
    pub const ALL: [Self; 6] = [Self::Kind, Self::Cause, Self::Hours, Self::Week, Self::Light, Self::Weather];

    /// For people.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Kind => Text::new("形态", "type"),
            Self::Cause => Text::new("原因", "cause"),
            Self::Hours => Text::new("时段", "hours"),
            Self::Week => Text::new("工作日或周末", "weekday or weekend"),
            Self::Light => Text::new("光照", "light"),
            Self::Weather => Text::new("天气", "weather"),
        }
    }

    /// The value a crash has; `None` where its record does not say.
    #[must_use]
    pub fn of(self, crash: &Crash) -> Option<&str> {
        let said = |words: &Option<String>| words.as_deref().is_some_and(|w| !w.trim().is_empty());
        match self {
            Self::Kind if said(&crash.kind) => crash.kind.as_deref(),
            Self::Cause if said(&crash.cause) => crash.cause.as_deref(),
            Self::Light if said(&crash.light) => crash.light.as_deref(),
            Self::Weather if said(&crash.weather) => crash.weather.as_deref(),
            Self::Hours => BANDS.iter().find(|(until, _)| crash.hour.is_some_and(|h| h < *until)).map(|(_, name)| *name),
            Self::Week => crash.weekday.filter(|d| (1..=7).contains(d)).map(|d| if d >= 6 { "weekend" } else { "weekday" }),
            _ => None,
        }
    }
}

/// Hours before which a band ends, and its name: night, morning peak, morning, afternoon, evening peak, evening.
const BANDS: [(u8, &str); 6] = [(6, "0-6"), (9, "6-9"), (12, "9-12"), (17, "12-17"), (20, "17-20"), (24, "20-24")];

/// A value that stands out at a place, or does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// Attribute.
    pub what: Attribute,
    /// Its value, as in the records.
    pub value: String,
    /// Crashes here that have it.
    pub n: u64,
    /// Crashes here that say something of the attribute.
    pub of: u64,
    /// How many of those would have it with the reference's share.
    pub expected: f64,
    /// Probability of `n` or more with the reference's share: binomial, exact.
    pub p: f64,
    /// `p` corrected for all values looked at here.
    pub q: f64,
}

impl Pattern {
    /// One line for a person: `形态“追尾” 6/8 起，按同类应为 2.1 起，p = 0.008`.
    #[must_use]
    pub fn text(&self) -> Text {
        let (what, words) = (self.what.text(), self.value_text());
        let p = if self.p < 0.001 { format!("{:.0e}", self.p) } else { format!("{:.3}", self.p) };
        Text::new(
            format!("{}“{}” {}/{} 起，按同类应为 {:.1} 起，p = {p}", what.zh, words.zh, self.n, self.of, self.expected),
            format!("{} “{}”: {} of {}, {:.1} expected of the class, p = {p}", what.en, words.en, self.n, self.of, self.expected),
        )
    }

    /// The value for people; words from the records stay as they are.
    #[must_use]
    pub fn value_text(&self) -> Text {
        match (self.what, self.value.as_str()) {
            (Attribute::Week, "weekend") => Text::new("周末", "weekend"),
            (Attribute::Week, _) => Text::new("工作日", "weekday"),
            (Attribute::Hours, band) => Text::new(format!("{band} 时"), format!("{band} h")),
            (_, value) => Text::new(value, value),
        }
    }
}

/// A class with fewer crashes than this is held against all.
const SMALLEST_CLASS: u64 = 100;

type Counts<'a> = BTreeMap<Attribute, (u64, BTreeMap<&'a str, u64>)>;

/// What is normal: shares by class and for the city.
#[derive(Clone, Debug, Default)]
pub struct Reference<'a> {
    all: Counts<'a>,
    classes: BTreeMap<&'a str, (u64, Counts<'a>)>,
}

impl<'a> Reference<'a> {
    /// Of crashes; pass those of the rule's period, whatever their severity.
    #[must_use]
    pub fn of(crashes: impl Iterator<Item = &'a Crash>) -> Self {
        Self::of_many(crashes.map(|crash| (crash, 1)))
    }

    /// The same of crashes of which several are alike: each with how many.
    #[must_use]
    pub fn of_many(crashes: impl Iterator<Item = (&'a Crash, u64)>) -> Self {
        let mut reference = Self::default();
        for (crash, many) in crashes {
            let class = reference.classes.entry(&crash.class).or_default();
            class.0 += many;
            for what in Attribute::ALL {
                let Some(value) = what.of(crash) else { continue };
                for counts in [&mut reference.all, &mut class.1] {
                    let (n, values) = counts.entry(what).or_default();
                    *n += many;
                    *values.entry(value).or_default() += many;
                }
            }
        }
        reference
    }

    fn counts(&self, class: &str) -> &Counts<'a> {
        match self.classes.get(class) {
            Some((n, counts)) if *n >= SMALLEST_CLASS => counts,
            _ => &self.all,
        }
    }
}

/// Every value that two or more crashes here share, least q first. Held against the class that most of the crashes are of.
#[must_use]
pub fn patterns(here: &[&Crash], reference: &Reference<'_>) -> Vec<Pattern> {
    let mut classes = BTreeMap::<&str, usize>::new();
    for crash in here {
        *classes.entry(&crash.class).or_default() += 1;
    }
    // Of equally many, the first by name: the same on every run.
    let class = classes.iter().rev().max_by_key(|(_, n)| **n).map_or("", |(class, _)| *class);
    let normal = reference.counts(class);
    let mut found = Vec::new();
    for what in Attribute::ALL {
        let mut values = BTreeMap::<&str, u64>::new();
        for value in here.iter().filter_map(|c| what.of(c)) {
            *values.entry(value).or_default() += 1;
        }
        let of: u64 = values.values().sum();
        let Some((total, shares)) = normal.get(&what) else { continue };
        for (value, n) in values {
            // A value the reference does not have cannot come from it: the caller passed other crashes. Nothing is known then.
            let Some(&with) = shares.get(value) else { continue };
            let share = with as f64 / *total as f64;
            found.push(Pattern { what, value: value.to_owned(), n, of, expected: share * of as f64, p: at_least(n, of, share), q: 1.0 });
        }
    }
    let p: Vec<f64> = found.iter().map(|f| f.p).collect();
    for (pattern, q) in found.iter_mut().zip(q_values(&p)) {
        pattern.q = q;
    }
    found.retain(|f| f.n >= 2);
    found.sort_by(|a, b| a.q.total_cmp(&b.q).then(a.p.total_cmp(&b.p)).then(a.what.cmp(&b.what)).then_with(|| a.value.cmp(&b.value)));
    found
}

/// Probability of `n` or more of `of` with probability `share` each.
fn at_least(n: u64, of: u64, share: f64) -> f64 {
    if n == 0 || share >= 1.0 {
        return 1.0;
    }
    beta_distribution(share, n as f64, (of - n + 1) as f64)
}
