//! How many calls come and when: trend, season, weekday, holidays, weather, hours.

use jiff::civil::{Date, Weekday};

use crate::city::Plan;
use crate::random::Random;
use crate::records::{Class, day_number};

/// Mean valid calls a month over the history, as one district of the seed reports for its November.
pub(crate) const MONTHLY: f64 = 8795.0;
/// Each year brings this share of the year before.
const YEARLY: f64 = 0.88;

/// The sky of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sky {
    Clear,
    Cloudy,
    Rain,
    Fog,
}

impl Sky {
    pub(crate) const fn zh(self) -> &'static str {
        match self {
            Self::Clear => "晴",
            Self::Cloudy => "阴",
            Self::Rain => "雨",
            Self::Fog => "雾",
        }
    }
}

/// The day's sky: wet spells of some days, most in June and March, fog in winter.
pub(crate) fn sky(seed: u64, day: Date) -> Sky {
    const WET: [f64; 12] = [0.30, 0.33, 0.42, 0.38, 0.36, 0.52, 0.34, 0.33, 0.31, 0.20, 0.25, 0.22];
    let number = i64::from(day_number(day));
    let spell = Random::keyed(seed, &[0x5c1, (number.div_euclid(3)) as u64]).unit();
    let mut own = Random::keyed(seed, &[0x5c2, number as u64]);
    let wet = WET[(day.month() as usize - 1) % 12];
    if 0.55 * spell + 0.45 * own.unit() < wet.powf(0.8) * 0.78 {
        return Sky::Rain;
    }
    let winter = matches!(day.month(), 11 | 12 | 1 | 2);
    match own.unit() {
        u if u < if winter { 0.08 } else { 0.02 } => Sky::Fog,
        u if u < 0.45 => Sky::Cloudy,
        _ => Sky::Clear,
    }
}

/// First days of the lunar years, for the Spring Festival; outside the list the festival is taken as 5 February.
const NEW_YEARS: [(i16, i8, i8); 12] = [
    (2022, 2, 1),
    (2023, 1, 22),
    (2024, 2, 10),
    (2025, 1, 29),
    (2026, 2, 17),
    (2027, 2, 6),
    (2028, 1, 26),
    (2029, 2, 13),
    (2030, 2, 3),
    (2031, 1, 23),
    (2032, 2, 11),
    (2033, 1, 31),
];

/// Days after the first day of the lunar year of this civil year; negative before it.
fn spring(day: Date) -> i32 {
    let known = NEW_YEARS.iter().find(|(year, _, _)| *year == day.year());
    let first = known.map_or(jiff::civil::date(day.year(), 2, 5), |&(year, month, date)| jiff::civil::date(year, month, date));
    day_number(day) - day_number(first)
}

/// Whether a day is a public holiday or weekend for the city's rhythm (working weekends are not modelled).
pub(crate) fn is_free(day: Date) -> bool {
    let fixed = matches!((day.month(), day.day()), (1, 1) | (4, 4..=6) | (5, 1..=5) | (10, 1..=7));
    fixed || (-1..=6).contains(&spring(day)) || matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The day's level without trend; about 1.
fn level(seed: u64, day: Date) -> f64 {
    const MONTHS: [f64; 12] = [0.98, 0.90, 1.00, 1.02, 1.03, 1.02, 1.00, 0.99, 1.03, 1.01, 1.03, 1.04];
    let weekday = match day.weekday() {
        Weekday::Monday => 1.06,
        Weekday::Friday => 1.09,
        Weekday::Saturday => 0.95,
        Weekday::Sunday => 0.88,
        _ => 1.01,
    };
    let season = match spring(day) {
        -10..=-3 => 1.10,
        -2..=-1 => 0.85,
        0..=3 => 0.60,
        4..=8 => 0.78,
        _ => 1.0,
    };
    let holiday = match (day.month(), day.day()) {
        (9, 30) | (4, 30) => 1.15,
        (10, 2..=6) | (5, 2..=4) => 0.88,
        _ => 1.0,
    };
    let wet = match sky(seed, day) {
        Sky::Rain => 1.13,
        Sky::Fog => 1.06,
        _ => 0.97,
    };
    let chance = 1.0 + 0.05 * Random::keyed(seed, &[0x1e7e1, day_number(day) as u64]).normal().clamp(-2.5, 2.5);
    MONTHS[(day.month() as usize - 1) % 12] * weekday * season * holiday * wet * chance
}

/// The calendar of volumes of one plan.
pub(crate) struct Rhythm {
    seed: u64,
    middle: f64,
    scale: f64,
}

impl Rhythm {
    /// Scales the levels so that the history's mean is [`MONTHLY`].
    pub(crate) fn new(plan: &Plan) -> Self {
        let (first, end) = (day_number(plan.first_day()), day_number(plan.today).max(day_number(plan.first_day()) + 1));
        let middle = f64::midpoint(f64::from(first), f64::from(end));
        let mut rhythm = Self { seed: plan.seed, middle, scale: 1.0 };
        let sum: f64 = (first..end).map(|day| rhythm.valid_calls(crate::records::day_date(day))).sum();
        rhythm.scale = MONTHLY * 12.0 / 365.25 / (sum / f64::from(end - first)).max(1e-9);
        rhythm
    }

    /// Expected valid calls of a day.
    pub(crate) fn valid_calls(&self, day: Date) -> f64 {
        let years = (f64::from(day_number(day)) - self.middle) / 365.25;
        self.scale * level(self.seed, day) * YEARLY.powf(years)
    }
}

/// Weights of the 24 hours for a class on a working or a free day.
pub(crate) fn hours(class: Class, free: bool) -> [f64; 24] {
    const WORK: [f64; 24] =
        [1.3, 0.8, 0.5, 0.4, 0.5, 1.2, 3.0, 7.2, 8.6, 6.0, 5.2, 4.9, 4.5, 4.6, 4.9, 5.2, 6.4, 8.6, 8.0, 5.6, 4.5, 3.9, 3.0, 2.0];
    const FREE: [f64; 24] =
        [1.7, 1.1, 0.8, 0.5, 0.5, 0.9, 1.8, 3.2, 4.6, 5.8, 6.6, 6.2, 5.2, 5.2, 5.7, 6.2, 6.8, 7.2, 6.8, 5.8, 5.2, 4.5, 3.4, 2.4];
    let mut weights = if free { FREE } else { WORK };
    if class == Class::Order {
        for (hour, weight) in weights.iter_mut().enumerate() {
            // Noise at night, parking in the evening.
            *weight *= match hour {
                22 | 23 | 0 | 1 => 1.7,
                18..=21 => 1.35,
                6..=9 => 0.85,
                _ => 1.0,
            };
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rain_falls_on_a_third_of_days_and_fog_is_rare() {
        let days = 2000;
        let count =
            |which: Sky| (20_000..20_000 + days).filter(|&d| sky(5, crate::records::day_date(d)) == which).count() as f64 / f64::from(days);
        assert!((0.2..0.5).contains(&count(Sky::Rain)), "{}", count(Sky::Rain));
        assert!((0.005..0.1).contains(&count(Sky::Fog)), "{}", count(Sky::Fog));
    }

    #[test]
    fn the_spring_festival_is_quiet() {
        let rhythm = Rhythm::new(&Plan::new(1, jiff::civil::date(2026, 11, 22)));
        let festival = rhythm.valid_calls(jiff::civil::date(2026, 2, 18));
        let usual = rhythm.valid_calls(jiff::civil::date(2026, 3, 18));
        assert!(festival < usual * 0.8, "{festival} {usual}");
    }
}
