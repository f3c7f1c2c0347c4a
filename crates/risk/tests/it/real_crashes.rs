//! What the real files hold, and that a forecast of a real city keeps its promises.

use std::collections::BTreeMap;

use gongzhi_risk::forecast::{Call, Cell, Detail, Past, Reference, Review, forecast, reference, week_of};

use crate::real::{JAPAN, PORTO_ALEGRE, edinburgh, japan, porto_alegre};

#[test]
fn the_files_hold_what_they_are_said_to_hold() {
    let years: Vec<usize> = PORTO_ALEGRE.iter().filter_map(|&y| porto_alegre(y)).map(|c| c.len()).collect();
    if years.len() == PORTO_ALEGRE.len() {
        assert_eq!(years.iter().sum::<usize>(), 93_264, "{years:?}");
    }
    let prefectures: Vec<usize> = JAPAN.iter().filter_map(|p| japan(p)).map(|c| c.len()).collect();
    if prefectures.len() == JAPAN.len() {
        assert_eq!(prefectures.iter().sum::<usize>(), 127_310, "{prefectures:?}");
    }
    if let Some(crashes) = edinburgh() {
        assert_eq!(crashes.len(), 4_074);
        assert!(crashes.iter().all(|c| (2010..=2013).contains(&c.year()) && (55.8..56.1).contains(&c.lat)));
    }
}

#[test]
fn porto_alegre_s_weeks_are_forecast_within_their_intervals() {
    let crashes: Vec<_> = [2013, 2014, 2015].into_iter().filter_map(porto_alegre).flatten().collect();
    if crashes.is_empty() {
        return;
    }
    // Squares of about 1 km.
    let place = |lon: f64, lat: f64| (((lon + 51.3) / 0.0104).floor(), ((lat + 30.3) / 0.009).floor());
    let cells: Vec<Cell> =
        (0..30 * 40).map(|i| Cell { x_m: f64::from(i % 30) * 1_000.0, y_m: f64::from(i / 30) * 1_000.0 }).collect();
    let calls: Vec<Call> = crashes
        .iter()
        .filter_map(|c| {
            let (x, y) = place(c.lon, c.lat);
            ((0.0..30.0).contains(&x) && (0.0..40.0).contains(&y)).then(|| Call { hour: c.hour(), cell: (y * 30.0 + x) as u32 })
        })
        .collect();
    let (first, last) = (week_of(calls.iter().map(|c| c.hour).min().unwrap()) + 1, week_of(calls.iter().map(|c| c.hour).max().unwrap()));
    let days = BTreeMap::new();
    let details = [Detail::CityWeek, Detail::CityHour, Detail::CellWeek];
    let (mut ours, mut recent) = (Review::new(&details), Review::new(&details));
    for week in last - 20..last {
        let past = Past { cells: &cells, size_m: 1_000.0, calls: &calls, from_week: first, to_week: week, days: &days };
        ours.add(&forecast(&past, week).unwrap(), week, &calls);
        recent.add(&reference(&past, Reference::LastFourWeeks, week).unwrap().unwrap(), week, &calls);
    }
    for detail in [Detail::CityHour, Detail::CellWeek] {
        let (own, other) = (ours.of(detail).unwrap(), recent.of(detail).unwrap());
        assert!(own.crps() < other.crps(), "{detail:?}: {} {}", own.crps(), other.crps());
        let ninety = own.coverage()[2];
        assert!((ninety.actual - ninety.stated).abs() < 0.03, "{detail:?}: {ninety:?}");
    }
}
