//! Datums: there and back, and found out when wrong.

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_road::Network;
use gongzhi_road::datum::{self, Datum, Verdict, detect, from_wgs84, to_wgs84};
use gongzhi_road::import::{self, Options};
use gongzhi_testkit::drive::{Numbers, Roads, moved};
use proptest::prelude::*;

use crate::real_data::data;

proptest! {
    #[test]
    fn every_datum_leads_back_within_a_decimetre_all_over_china(lon in 73.5f64..135.1, lat in 3.8f64..53.6) {
        let p = Point::new(lon, lat);
        for datum in Datum::ALL {
            let there = from_wgs84(p, datum);
            prop_assert!(haversine_m(p, to_wgs84(there, datum)) < 0.1, "{datum:?} {p:?}");
            prop_assert!(haversine_m(from_wgs84(to_wgs84(p, datum), datum), p) < 0.1, "{datum:?} {p:?} from the other side");
            let shift = haversine_m(p, there);
            let range = match datum {
                Datum::Wgs84 | Datum::Cgcs2000 => 0.0..=0.0,
                Datum::Gcj02 => 10.0..=1_200.0,
                Datum::Bd09 => 100.0..=2_500.0,
            };
            prop_assert!(range.contains(&shift), "{datum:?} {p:?} {shift}");
        }
    }

    #[test]
    fn outside_the_box_nothing_moves(lon in -180.0f64..70.0, lat in -90.0f64..90.0) {
        for datum in Datum::ALL {
            prop_assert_eq!(from_wgs84(Point::new(lon, lat), datum), Point::new(lon, lat));
        }
    }

    #[test]
    fn at_the_edge_of_the_box_no_point_is_led_farther_than_the_shift(lat in 1.0f64..55.0, off in -0.02f64..0.02) {
        for p in [Point::new(72.004 + off, lat), Point::new(137.8347 + off, lat)] {
            for datum in Datum::ALL {
                let back = to_wgs84(from_wgs84(p, datum), datum);
                prop_assert!(haversine_m(p, back) < 5_000.0, "{datum:?} {p:?} {back:?}");
            }
        }
    }
}

fn shanghai() -> Option<Network> {
    let bytes = data("osm/shanghai_center.osm.bz2")?;
    Some(Network::from_vec(import::osm(&bytes, &Options::default(), &mut |_| {}).unwrap().bytes).unwrap())
}

/// `n` points on roads with noise, as a source in `datum` would give them.
fn points(roads: &Roads<'_>, seed: u64, n: usize, noise_m: f64, datum: Datum) -> Vec<Point> {
    let numbers = Numbers(seed);
    (0..n as u64)
        .filter_map(|i| {
            let (_, _, at) = roads.spot(numbers, i)?;
            let (x, y) = numbers.normal(9, i);
            Some(from_wgs84(moved(at, x * noise_m, y * noise_m), datum))
        })
        .collect()
}

#[test]
fn fifty_points_give_a_wrong_claim_away_and_never_a_right_one() {
    let Some(network) = shanghai() else { return };
    let roads = Roads::new(&network);
    for truth in [Datum::Wgs84, Datum::Gcj02, Datum::Bd09] {
        for seed in 0..5 {
            let detection = detect(&points(&roads, seed, 50, 8.0, truth), &network);
            for claimed in Datum::ALL {
                let same = claimed == truth || claimed == Datum::Cgcs2000 && truth == Datum::Wgs84;
                let likely = detection.contradicts(claimed).map(|h| h.datum);
                assert_eq!(likely, (!same).then_some(truth), "{truth:?} claimed {claimed:?}: {detection:?}");
            }
            assert_eq!(detection.verdict(truth), Verdict::Confirmed);
        }
    }
}

#[test]
fn a_right_claim_is_not_contradicted_however_noisy_or_few_the_points() {
    let Some(network) = shanghai() else { return };
    let roads = Roads::new(&network);
    for truth in [Datum::Wgs84, Datum::Gcj02, Datum::Bd09] {
        for (n, noise) in [(1, 5.0), (5, 30.0), (20, 30.0), (100, 30.0), (300, 60.0)] {
            for seed in 0..5 {
                let detection = detect(&points(&roads, 100 + seed, n, noise, truth), &network);
                assert_eq!(detection.contradicts(truth), None, "{truth:?} {n} points, noise {noise}: {detection:?}");
            }
        }
    }
}

#[test]
fn half_the_rows_in_another_datum_are_called_a_mixture() {
    let Some(network) = shanghai() else { return };
    let roads = Roads::new(&network);
    for seed in 0..5 {
        let mut mixed = points(&roads, seed, 60, 8.0, Datum::Wgs84);
        mixed.extend(points(&roads, 50 + seed, 60, 8.0, Datum::Gcj02));
        let detection = detect(&mixed, &network);
        for claimed in [Datum::Wgs84, Datum::Gcj02] {
            let Verdict::Mixed { first, second, first_share } = detection.verdict(claimed) else {
                panic!("{:?} {detection:?}", detection.verdict(claimed))
            };
            let mut both = [first, second];
            both.sort_unstable();
            assert_eq!(both, [Datum::Wgs84, Datum::Gcj02]);
            assert!((0.5..0.65).contains(&first_share), "{first_share}");
            let text = detection.text(claimed);
            assert!(text.zh.contains("混用") && text.en.contains("mix"), "{text:?}");
        }
    }
}

#[test]
fn nothing_is_concluded_from_nothing() {
    let Some(network) = shanghai() else { return };
    let nowhere = vec![Point::new(100.0, 30.0); 40];
    for points in [vec![], vec![Point::new(f64::NAN, 1.0)], nowhere, vec![Point::new(121.47, 31.23); 500]] {
        let detection = detect(&points, &network);
        assert_eq!(detection.verdict(Datum::Gcj02), Verdict::Undecided, "{detection:?}");
        assert!(detection.text(Datum::Gcj02).zh.contains("不足以判断"));
    }
    assert!(datum::detect(&[], &network).hypotheses.iter().all(|h| h.support == 0.0));
}
