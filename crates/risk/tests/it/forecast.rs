//! Looking ahead: made cities whose truth is known.

use std::collections::BTreeMap;

use gongzhi_civic::time::Timestamp;
use gongzhi_risk::forecast::{
    Call, Cell, DayKind, Detail, Forecast, HOURS, Past, Reference, Review, forecast, iso_week, local_hour, reference, week_from_iso, week_of,
    week_start,
};
use jiff::civil::date;
use jiff::tz::TimeZone;

use crate::Numbers;

/// A square of cells, some of them ten times as busy as others; what a week brings is the mean times a factor of the week.
struct City {
    cells: Vec<Cell>,
    shares: Vec<f64>,
    hours: Vec<f64>,
}

const SIDE: usize = 12;

impl City {
    fn new() -> Self {
        let cells: Vec<Cell> = (0..SIDE * SIDE).map(|i| Cell { x_m: (i % SIDE) as f64 * 500.0, y_m: (i / SIDE) as f64 * 500.0 }).collect();
        let busy = |c: &Cell| 1.0 + 20.0 * (-(c.x_m - 2_000.0).hypot(c.y_m - 3_000.0) / 900.0).exp() + if c.x_m == c.y_m { 4.0 } else { 0.0 };
        let of_day = |h: usize| 1.0 + 3.0 * (-((h as f64 - 17.5) / 3.0).powi(2)).exp() + 2.0 * (-((h as f64 - 8.0) / 1.5).powi(2)).exp();
        let hours = (0..HOURS).map(|h| of_day(h % 24) * if h / 24 < 5 { 1.0 } else { 0.7 });
        Self { shares: normal(cells.iter().map(busy)), hours: normal(hours), cells }
    }

    /// One week of calls, `mean` in all; `special` days bring a third.
    fn week(&self, week: i64, mean: f64, special: &BTreeMap<i64, DayKind>, numbers: &mut Numbers) -> Vec<Call> {
        let mut calls = Vec::new();
        for (hour, share) in self.hours.iter().enumerate() {
            let special = special.contains_key(&(week * 7 + hour as i64 / 24));
            let in_hour = mean * if special { self.hours[144 + hour % 24] / 3.0 } else { *share };
            for (cell, share) in self.shares.iter().enumerate() {
                for _ in 0..numbers.poisson(in_hour * share) {
                    calls.push(Call { hour: week * HOURS as i64 + hour as i64, cell: cell as u32 });
                }
            }
        }
        calls
    }
}

fn normal(of: impl Iterator<Item = f64>) -> Vec<f64> {
    let of: Vec<f64> = of.collect();
    let sum: f64 = of.iter().sum();
    of.into_iter().map(|x| x / sum).collect()
}

fn past<'a>(city: &'a City, calls: &'a [Call], weeks: (i64, i64), days: &'a BTreeMap<i64, DayKind>) -> Past<'a> {
    Past { cells: &city.cells, size_m: 500.0, calls, from_week: weeks.0, to_week: weeks.1, days }
}

#[test]
fn weeks_are_those_of_the_calendar() {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    // Sunday 22 November 2026, 23:59:59 in Shanghai, and one second later.
    let sunday = local_hour(Timestamp(1_795_363_199_000), &zone);
    let monday = local_hour(Timestamp(1_795_363_200_000), &zone);
    assert_eq!((sunday + 1, monday.rem_euclid(HOURS as i64)), (monday, 0));
    assert_eq!((iso_week(week_of(sunday)).as_str(), iso_week(week_of(monday)).as_str()), ("2026-W47", "2026-W48"));
    assert_eq!(week_start(week_of(monday)), Some(date(2026, 11, 23)));
    for text in ["1969-W52", "2020-W53", "2021-W01", "2026-W48"] {
        assert_eq!(week_from_iso(text).map(iso_week).as_deref(), Some(text));
    }
    for text in ["2026-48", "2026-W54", "", "x-Wy"] {
        assert_eq!(week_from_iso(text), None, "{text}");
    }
    assert_eq!((week_start(i64::MAX), iso_week(i64::MIN).as_str()), (None, ""));
}

#[test]
fn a_steady_city_is_forecast_as_it_is() {
    let (city, days, mut numbers) = (City::new(), BTreeMap::new(), Numbers(1));
    let calls: Vec<Call> = (100..160).flat_map(|w| city.week(w, 900.0, &days, &mut numbers)).collect();
    let made = forecast(&past(&city, &calls, (100, 160), &days), 160).unwrap();
    assert!((made.expected / 900.0 - 1.0).abs() < 0.03, "{}", made.expected);
    for (share, truth) in made.hours.iter().zip(&city.hours) {
        assert!((share / truth - 1.0).abs() < 0.25, "{share} {truth}");
    }
    // Nothing but chance strays: what is left of the variances adds little to the week's.
    let week = made.city_week();
    assert!(week.variance() < 1.6 * week.mean(), "{:?}", made.dispersion);
    assert_eq!(made.n, calls.len() as u64);
}

#[test]
fn with_few_calls_the_neighbours_help() {
    let (city, days, mut numbers) = (City::new(), BTreeMap::new(), Numbers(8));
    let calls: Vec<Call> = (0..12).flat_map(|w| city.week(w, 60.0, &days, &mut numbers)).collect();
    let made = forecast(&past(&city, &calls, (0, 12), &days), 12).unwrap();
    let error: f64 = made.shares.iter().zip(&city.shares).map(|(a, b)| (a - b).abs()).sum();
    let count = |c: u32| calls.iter().filter(|x| x.cell == c).count() as f64 / calls.len() as f64;
    let raw: f64 = (0..city.cells.len()).map(|c| (count(c as u32) - city.shares[c]).abs()).sum();
    assert!(error < 0.85 * raw, "shrunk shares are {error} off, counts {raw}");
    assert!(made.shares.iter().all(|s| *s > 0.0), "no cell is impossible");
}

#[test]
fn sums_keep_their_mean_and_have_their_own_spread() {
    let (city, days, mut numbers) = (City::new(), BTreeMap::new(), Numbers(2));
    // Every week has its own factor: ±20 %.
    let calls: Vec<Call> =
        (0..70).flat_map(|w| { let mean = 700.0 * numbers.between(0.65, 1.35); city.week(w, mean, &days, &mut numbers) }).collect();
    let made = forecast(&past(&city, &calls, (0, 70), &days), 70).unwrap();
    let (cells, hours): (Vec<usize>, Vec<usize>) = ((0..city.cells.len()).collect(), (0..HOURS).collect());
    let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-9, "{a} {b}");
    for (sum, whole) in [
        (made.of(&cells, &hours), made.city_week()),
        (made.of(&cells, &[17]), made.city_hour(17)),
        (made.of(&[40], &hours), made.cell_week(40)),
        (made.of(&[40], &[17]), made.cell_hour(40, 17)),
    ] {
        close(sum.mean(), whole.mean());
        close(sum.variance(), whole.variance());
    }
    close((0..HOURS).map(|h| made.city_hour(h).mean()).sum(), made.city_week().mean());
    close((0..city.cells.len()).map(|c| made.cell_week(c).mean()).sum(), made.city_week().mean());
    // A factor evenly in 0.65–1.35 has the variance 0.7² / 12 = 0.041; the level's own error adds some.
    assert!((0.02..0.09).contains(&made.dispersion.week), "{:?}", made.dispersion);
    assert!(made.dispersion.hour < 0.02 && made.dispersion.cell < 0.02, "{:?}", made.dispersion);
    // Added quantiles would be another thing.
    let added: u64 = (0..HOURS).map(|h| made.city_hour(h).quantile(0.95)).sum();
    assert!(added as f64 > 1.1 * made.city_week().quantile(0.95) as f64);
}

#[test]
fn forecasts_of_many_weeks_hold_their_intervals_and_beat_the_references() {
    let (city, days, mut numbers) = (City::new(), BTreeMap::new(), Numbers(3));
    let calls: Vec<Call> = (0..110)
        .flat_map(|w| {
            let mean = 600.0 * (1.0 + 0.25 * (w as f64 / 52.0 * std::f64::consts::TAU).sin()) * numbers.between(0.85, 1.15);
            city.week(w, mean, &days, &mut numbers)
        })
        .collect();
    let mut ours = Review::new(&Detail::ALL);
    let mut theirs: Vec<Review> = Reference::ALL.iter().map(|_| Review::new(&Detail::ALL)).collect();
    for week in 90..110 {
        let past = past(&city, &calls, (0, week), &days);
        ours.add(&forecast(&past, week).unwrap(), week, &calls);
        for (review, kind) in theirs.iter_mut().zip(Reference::ALL) {
            review.add(&reference(&past, kind, week).unwrap().unwrap(), week, &calls);
        }
    }
    assert_eq!((ours.weeks, ours.came), (20, calls.iter().filter(|c| week_of(c.hour) >= 90).count() as u64));
    for detail in Detail::ALL {
        let own = ours.of(detail).unwrap();
        for review in &theirs {
            // Ten numbers of a week are chance; all others must be better.
            let bound = if detail == Detail::CityWeek { 1.1 } else { 1.0 };
            assert!(own.crps() < bound * review.of(detail).unwrap().crps(), "{detail:?}");
        }
        for coverage in own.coverage() {
            let allowed = if detail == Detail::CityWeek { 0.2 } else { 0.02 };
            assert!((coverage.actual - coverage.stated).abs() < allowed, "{detail:?} {coverage:?}");
        }
    }
    let pit = ours.of(Detail::CityHour).unwrap().pit();
    assert!(pit.iter().all(|h| (h - 1.0).abs() < 0.15), "{pit:?}");
}

#[test]
fn a_yearly_shape_is_followed() {
    let (city, days, mut numbers) = (City::new(), BTreeMap::new(), Numbers(4));
    let mean = |w: i64| 800.0 * (1.0 + 0.6 * (w as f64 / 52.0 * std::f64::consts::TAU).sin());
    let calls: Vec<Call> = (0..120).flat_map(|w| city.week(w, mean(w), &days, &mut numbers)).collect();
    let made = forecast(&past(&city, &calls, (0, 120), &days), 120).unwrap();
    assert!(made.level.season > 0.0, "{:?}", made.level);
    assert!((made.expected / mean(120) - 1.0).abs() < 0.06, "{} {}", made.expected, mean(120));
}

#[test]
fn a_holiday_ahead_is_a_quiet_day() {
    let (city, mut numbers) = (City::new(), Numbers(5));
    // One Wednesday in six is off, and so is the Wednesday ahead; no ordinary Wednesday is like it.
    let days: BTreeMap<i64, DayKind> = (0..61).filter(|w| w % 6 == 0).map(|w| (w * 7 + 2, DayKind::Off)).collect();
    let calls: Vec<Call> = (0..60).flat_map(|w| city.week(w, 900.0, &days, &mut numbers)).collect();
    let made = forecast(&past(&city, &calls, (0, 60), &days), 60).unwrap();
    let day = |made: &Forecast, d: usize| (d * 24..d * 24 + 24).map(|h| made.city_hour(h).mean()).sum::<f64>();
    assert!((day(&made, 2) / (day(&made, 6) / 3.0) - 1.0).abs() < 0.2, "{} {}", day(&made, 2), day(&made, 6));
    let after = forecast(&past(&city, &calls, (0, 60), &days), 61).unwrap();
    assert!((day(&after, 2) / day(&after, 3) - 1.0).abs() < 0.05);
}

#[test]
fn nothing_but_the_past_counts_and_its_order_does_not() {
    let (city, days, mut numbers) = (City::new(), BTreeMap::new(), Numbers(6));
    let mut calls: Vec<Call> = (0..30).flat_map(|w| city.week(w, 300.0, &days, &mut numbers)).collect();
    let made = forecast(&past(&city, &calls, (0, 30), &days), 30).unwrap();
    calls.extend(city.week(30, 5_000.0, &days, &mut numbers));
    numbers.shuffle(&mut calls);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let again = pool.install(|| forecast(&past(&city, &calls, (0, 30), &days), 30).unwrap());
    assert_eq!(made, again);
    let kept: Forecast = serde_json::from_str(&serde_json::to_string(&made).unwrap()).unwrap();
    let (kept, made) = (kept.cell_hour(50, 17), made.cell_hour(50, 17));
    assert!((kept.mean() / made.mean() - 1.0).abs() < 1e-14 && (kept.variance() / made.variance() - 1.0).abs() < 1e-14);
}

#[test]
fn what_cannot_be_forecast_is_refused() {
    let (city, days, mut numbers) = (City::new(), BTreeMap::new(), Numbers(7));
    let calls: Vec<Call> = (0..10).flat_map(|w| city.week(w, 50.0, &days, &mut numbers)).collect();
    let of = |calls: &[Call], weeks, week| forecast(&past(&city, calls, weeks, &days), week).map(|f| f.week).map_err(|e| e.code());
    assert_eq!(of(&calls, (0, 10), 10), Ok(10));
    assert_eq!(of(&calls, (0, 10), 13), Ok(13));
    assert_eq!(of(&calls, (0, 10), 14), Err("week_not_ahead"));
    assert_eq!(of(&calls, (0, 10), 9), Err("week_not_ahead"));
    assert_eq!(of(&calls, (0, 7), 7), Err("too_little_past"));
    assert_eq!(of(&[], (0, 10), 10), Err("too_little_past"));
    assert_eq!(of(&[Call { hour: 1, cell: 9_999 }], (0, 10), 10), Err("cells_invalid"));
    assert_eq!(of(&calls, (0, i64::MAX), i64::MAX), Err("cells_invalid"));
    // One call in ten weeks is little, but no reason to fail.
    let one = forecast(&past(&city, &calls[..1], (0, 10), &days), 10).unwrap();
    assert!(one.expected > 0.0 && one.expected < 1.0 && one.city_week().quantile(0.99) < 20, "{}", one.expected);
}
