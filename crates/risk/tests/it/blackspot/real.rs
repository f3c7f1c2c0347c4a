//! Porto Alegre's crashes on its roads.

#[path = "../../../examples/blackspot_figures/ground.rs"]
mod ground;

use super::rules::shipped;
use gongzhi_risk::blackspot::identity::{Known, follow};
use gongzhi_risk::blackspot::rule::Setting;
use gongzhi_risk::blackspot::{Crash, Place, find};
use ground::new_year;
use std::collections::HashSet;

#[test]
fn every_spot_fulfils_its_rule_and_some_stay() {
    let Some(ground) = ground::read() else {
        eprintln!("SKIPPED: Porto Alegre's crashes and roads are not there; set GONGZHI_TEST_DATA");
        return;
    };
    assert_eq!(ground.rows, 93_264);
    assert!(ground.courses > 3_000 && ground.courses_km > 1_000.0, "{} {}", ground.courses, ground.courses_km);
    assert!(ground.crashes.len() > 70_000 && ground.on_road as f64 > 0.9 * ground.crashes.len() as f64, "{}", ground.on_road);
    let book = shipped();
    for rule in &book.rule {
        let mut rule = rule.clone();
        rule.setting = Setting::Any;
        let period = rule.window.period(new_year(2016, &ground.zone), &ground.zone);
        let run = find(&rule, book.regularity, &ground.crashes, period).unwrap();
        let mut taken = HashSet::new();
        for spot in &run.spots {
            assert_eq!(spot.n, spot.crashes.len() as u64);
            assert!(spot.crashes.iter().all(|id| taken.insert(*id)), "a crash counts once: {spot:?}");
            let unit = &rule.units[spot.unit];
            assert!(spot.place.length_m() <= unit.most_m.unwrap_or(0.0) + 1e-9);
            let members: HashSet<i64> = spot.crashes.iter().copied().collect();
            let of: Vec<&Crash> = ground.crashes.iter().filter(|c| members.contains(&c.id)).collect();
            assert!(of.iter().all(|c| spot.place.holds(c, unit.radius_m.unwrap_or(0.0)) && period.0 <= c.at && c.at < period.1));
            assert_eq!(spot.deaths, of.iter().map(|c| u64::from(c.deaths)).sum::<u64>());
            let fulfils = spot.conditions.iter().all(|&i| {
                let c = &rule.any[i];
                let n = of.iter().filter(|k| (c.of.is_empty() || c.of.contains(&k.severity)) && k.deaths >= c.deaths_each).count();
                n >= c.crashes.unwrap_or(0) as usize && c.score.is_none_or(|s| spot.score >= s)
            });
            assert!(!spot.conditions.is_empty() && fulfils, "{}: {spot:?}", rule.id);
        }
        let mut stretches: Vec<(&str, f64, f64)> = run
            .spots
            .iter()
            .filter_map(|s| match &s.place {
                Place::Interval { road, from_m, to_m, .. } => Some((road.as_str(), *from_m, *to_m)),
                Place::Junction { .. } => None,
            })
            .collect();
        stretches.sort_by(|a, b| a.0.cmp(b.0).then(a.1.total_cmp(&b.1)));
        assert!(stretches.windows(2).all(|w| w[0].0 != w[1].0 || w[0].2 < w[1].1), "{}: stretches overlap", rule.id);
    }
    // The Flemish rule over 2013 to 2015 and 2014 to 2016.
    let rule = book.rule(Some("be-flanders")).unwrap();
    let spots = |year| {
        let run = find(rule, book.regularity, &ground.crashes, rule.window.period(new_year(year, &ground.zone), &ground.zone)).unwrap();
        run.spots.into_iter().map(|s| s.place).collect::<Vec<Place>>()
    };
    let (before, now) = (spots(2016), spots(2017));
    assert_eq!((before.len(), now.len()), (123, 106));
    let known: Vec<Known> = before.into_iter().enumerate().map(|(i, place)| Known { id: format!("{i:03}"), place }).collect();
    let told = follow(&known, &now);
    let kept = told.now.iter().filter(|c| c.id.is_some()).count();
    assert_eq!((kept, told.gone.len()), (75, 48));
}
