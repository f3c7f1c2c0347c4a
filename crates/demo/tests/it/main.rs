//! The demo city seen from outside: what it promises holds.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test or an example stops where it cannot go on

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_demo::{City, Class, Course, HotSpotKind, Plan, Relation, people};
use jiff::civil::{Date, date};

mod map;

fn plan() -> Plan {
    Plan::new(20_261_122, date(2026, 11, 22))
}

fn city() -> &'static City {
    static CITY: OnceLock<City> = OnceLock::new();
    CITY.get_or_init(|| City::generate(&plan()))
}

fn days_before(count: i32) -> Date {
    plan().today.checked_sub(jiff::Span::new().days(count)).unwrap()
}

/// Metres from a point to a line.
fn distance_m(at: Point, line: &[Point]) -> f64 {
    let scale = at.lat.to_radians().cos();
    let metres = |q: Point| ((q.lon - at.lon) * 111_195.0 * scale, (q.lat - at.lat) * 111_195.0);
    line.windows(2)
        .map(|w| {
            let ((ax, ay), (bx, by)) = (metres(w[0]), metres(w[1]));
            let (dx, dy) = (bx - ax, by - ay);
            let square = dx * dx + dy * dy;
            let t = if square > 0.0 { (-(ax * dx + ay * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
            (ax + dx * t).hypot(ay + dy * t)
        })
        .fold(f64::INFINITY, f64::min)
}

#[test]
fn the_same_plan_gives_the_same_bytes_and_another_seed_others() {
    let again = City::generate(&plan());
    assert_eq!(city().osm_xml(), again.osm_xml());
    let (from, to) = (days_before(3), plan().today);
    assert_eq!(city().calls_csv(from, to), again.calls_csv(from, to));
    assert_eq!(city().crashes_csv(from, to), again.crashes_csv(from, to));
    assert_eq!(city().hazards(), again.hazards());
    let other = City::generate(&Plan { seed: 1, ..plan() });
    assert_ne!(city().calls_csv(from, to), other.calls_csv(from, to));
    assert_ne!(city().osm_xml(), other.osm_xml());
}

#[test]
fn volumes_classes_and_the_fall_come_out() {
    let mut months: BTreeMap<usize, usize> = BTreeMap::new();
    let mut classes: HashMap<Class, usize> = HashMap::new();
    let (mut valid, mut all, mut placed, mut repeats, mut others) = (0usize, 0usize, 0usize, 0usize, 0usize);
    let half = days_before(365);
    let (mut older, mut newer) = (0usize, 0usize);
    for call in city().calls(plan().first_day(), plan().today) {
        all += 1;
        if !call.valid {
            continue;
        }
        valid += 1;
        placed += usize::from(call.point.is_some());
        repeats += usize::from(call.truth.relation == Relation::Repeat);
        others += usize::from(call.truth.relation == Relation::Another);
        *classes.entry(call.class).or_default() += 1;
        *months.entry(call.received_at.hour() as usize).or_default() += 1;
        if call.received_at.date() < half { older += 1 } else { newer += 1 }
    }
    let monthly = valid as f64 / (730.0 / 365.25 * 12.0);
    assert!((monthly / 8795.0 - 1.0).abs() < 0.05, "{monthly} a month");
    let fall = newer as f64 / older as f64;
    assert!((fall - 0.88).abs() < 0.02, "{fall}");
    let share = |n: usize| n as f64 / valid as f64;
    assert!((share(placed) - 0.55).abs() < 0.01, "placed {}", share(placed));
    assert!((0.005..0.02).contains(&share(repeats)), "repeats {}", share(repeats));
    assert!((0.03..0.12).contains(&share(others)), "others {}", share(others));
    assert!(((all - valid) as f64 / all as f64 - 0.05).abs() < 0.005);
    assert!(share(classes[&Class::Accident]) > 0.38 && share(classes[&Class::Order]) > 0.3 && share(classes[&Class::Other]) > 0.15);
    // Two peaks, and a valley before dawn.
    let hour = |h: usize| months[&h];
    assert!(hour(8) > hour(12) && hour(17) > hour(12) && hour(3) * 4 < hour(8), "{months:?}");
}

#[test]
fn every_true_place_lies_on_the_network_and_every_position_near_it() {
    let lines = city().road_lines();
    let cell = |q: Point| ((q.lon * 200.0).floor() as i32, (q.lat * 200.0).floor() as i32);
    let mut cells: HashMap<(i32, i32), Vec<usize>> = HashMap::new();
    for (index, (_, line)) in lines.iter().enumerate() {
        let around: HashSet<_> = line
            .windows(2)
            .flat_map(|w| {
                (0..=20).map(move |k| {
                    let t = f64::from(k) / 20.0;
                    cell(Point::new(w[0].lon + (w[1].lon - w[0].lon) * t, w[0].lat + (w[1].lat - w[0].lat) * t))
                })
            })
            .collect();
        for key in around {
            cells.entry(key).or_default().push(index);
        }
    }
    for call in city().calls(days_before(40), days_before(30)) {
        let truth = call.truth.point;
        let (x, y) = cell(truth);
        let near = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy))).filter_map(|key| cells.get(&key)).flatten();
        let best = near.map(|&index| distance_m(truth, &lines[index].1)).fold(f64::INFINITY, f64::min);
        assert!(best < 1.0, "{} is {best} m off the network at {}", call.call_no, call.truth.place);
        if let (true, Some(point)) = (call.valid, call.point) {
            assert!((19.0..61.0).contains(&haversine_m(truth, point)), "{}", haversine_m(truth, point));
        }
    }
}

#[test]
fn hot_spots_are_found_by_counting_and_hold_their_share() {
    let (from, to) = (days_before(365), plan().today);
    let calls: Vec<_> = city().calls(from, to).filter(|c| c.valid && c.truth.relation == Relation::First).collect();
    assert!(city().true_hot_spots().len() >= 12, "{}", city().true_hot_spots().len());
    for (index, spot) in city().true_hot_spots().iter().enumerate() {
        let labelled = calls.iter().filter(|c| c.truth.hot_spot == Some(index)).count();
        // The span that ended a year ago may not show; those alive for the year must hold their share.
        let share = labelled as f64 / calls.len() as f64;
        if spot.to <= from {
            assert_eq!(labelled, 0, "{}", spot.name);
        } else {
            let slack = 4.0 * (spot.share / calls.len() as f64).sqrt();
            assert!((share - spot.share).abs() < slack + 0.0004, "{}: {share} for {}", spot.name, spot.share);
            // Counting around the place, without labels, finds at least those.
            let near = calls
                .iter()
                .filter(|c| {
                    let line = if spot.kind == HotSpotKind::Crossing { vec![spot.point, spot.point] } else { spot.line.clone() };
                    distance_m(c.truth.point, &line) <= spot.reach_m
                })
                .count();
            assert!(near >= labelled, "{}: {near} < {labelled}", spot.name);
        }
    }
    let worst = &city().true_hot_spots()[0];
    assert_eq!(worst.name, "胜利东路与阳明北路交叉口");
}

#[test]
fn a_hot_spot_of_one_year_rises_or_falls() {
    let count = |from: Date, to: Date, index: usize| city().calls(from, to).filter(|c| c.truth.hot_spot == Some(index)).count();
    let turn = days_before(365);
    let (mut risen, mut fallen) = (0, 0);
    for (index, spot) in city().true_hot_spots().iter().enumerate() {
        let (then, now) = (count(days_before(425), days_before(365), index), count(days_before(60), plan().today, index));
        if spot.from == turn {
            assert!(then == 0 && now > 20, "{}: {then} {now}", spot.name);
            risen += 1;
        } else if spot.to == turn {
            assert!(then > 20 && now == 0, "{}: {then} {now}", spot.name);
            fallen += 1;
        }
    }
    assert!(risen >= 2 && fallen >= 2, "{risen} {fallen}");
}

#[test]
fn live_play_gives_the_calls_of_the_day_and_needs_no_other_day() {
    let day = plan().today;
    let whole = city().calls_on(day);
    let noon = gongzhi_demo::records::instant(day.at(12, 0, 0, 0));
    let (start, end) = (noon.plus_ms(-12 * 3_600_000), noon.plus_ms(12 * 3_600_000));
    let mut parts = city().live(start, noon);
    parts.extend(city().live(noon, end));
    assert_eq!(parts, whole);
    assert!(whole.len() > 150, "{}", whole.len());
    let far = date(2027, 6, 1);
    let fresh = City::generate(&plan());
    assert_eq!(
        fresh.calls_on(far),
        city().calls(date(2027, 5, 30), date(2027, 6, 3)).filter(|c| c.received_at.date() == far).collect::<Vec<_>>()
    );
    assert!(whole.windows(2).all(|w| w[0].received_at <= w[1].received_at && w[0].call_no < w[1].call_no));
}

#[test]
fn repeats_come_from_the_same_caller_within_a_week_about_the_same_incident() {
    let calls: Vec<_> = city().calls(days_before(40), days_before(10)).collect();
    let mut first = HashMap::new();
    for call in calls.iter().filter(|c| c.truth.relation == Relation::First && c.valid) {
        first.insert(call.truth.incident.clone(), call);
    }
    let mut seen = 0;
    for call in calls.iter().filter(|c| c.truth.relation == Relation::Repeat && c.received_at.date() >= days_before(32)) {
        let origin = first[&call.truth.incident];
        assert_eq!(
            (origin.caller_phone.as_str(), origin.class, origin.truth.point),
            (call.caller_phone.as_str(), call.class, call.truth.point)
        );
        let hours = (call.at().0 - origin.at().0) as f64 / 3_600_000.0;
        assert!((0.9..24.0 * 7.0).contains(&hours), "{hours}");
        seen += 1;
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn crashes_are_linked_credible_and_severe_in_the_right_numbers() {
    let (from, to) = (days_before(365), plan().today);
    let mut per_call = HashSet::new();
    let (mut count, mut deaths, mut harmed) = (0, 0, 0);
    for crash in city().crashes(from, to) {
        assert!(per_call.insert(crash.call_no.clone()));
        assert!(crash.at.date() >= from && crash.at.date() < to);
        count += 1;
        deaths += crash.deaths;
        harmed += usize::from(crash.injured > 0);
    }
    let monthly = f64::from(count) / 12.0;
    assert!((700.0..1100.0).contains(&monthly), "{monthly}");
    assert!((10..70).contains(&deaths), "{deaths} deaths a year");
    assert!((0.4..0.8).contains(&(harmed as f64 / f64::from(count))), "{harmed} of {count}");
    let calls: HashMap<_, _> = city().calls(days_before(20), days_before(15)).map(|c| (c.call_no.clone(), c)).collect();
    for crash in city().crashes(days_before(20), days_before(15)) {
        let call = &calls[&crash.call_no];
        assert!(call.class == Class::Accident && call.received_at >= crash.at);
        assert!(haversine_m(call.truth.point, crash.point) < 9.0);
    }
}

#[test]
fn csv_rows_have_as_many_fields_as_their_header() {
    for bytes in [city().calls_csv(days_before(5), plan().today), city().crashes_csv(days_before(5), plan().today)] {
        let text = String::from_utf8(bytes).unwrap();
        let mut lines = text.lines();
        let columns = lines.next().unwrap().split(',').count();
        let mut rows = 0;
        for line in lines {
            let (mut fields, mut quoted) = (1, false);
            for c in line.chars() {
                match c {
                    '"' => quoted = !quoted,
                    ',' if !quoted => fields += 1,
                    _ => {}
                }
            }
            assert_eq!(fields, columns, "{line}");
            rows += 1;
        }
        assert!(rows > 100, "{rows}");
    }
}

#[test]
fn hazards_have_every_course_and_their_times_are_in_order() {
    let hazards = city().hazards();
    assert_eq!(hazards.len(), 120);
    let units: HashSet<&str> = hazards.iter().map(|h| h.unit.as_str()).collect();
    assert!(units.len() >= 10 && units.contains("transport") && units.contains("urban-management"), "{units:?}");
    // Forms and units are data beside the code; where they stand, the ids must be theirs.
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let file = |path: &str| std::fs::read_to_string(format!("{root}/{path}")).unwrap_or_else(|e| panic!("{path}: {e}"));
    let (open, handle, registry) =
        (file("matters/hazard/forms/open.schema.json"), file("matters/hazard/forms/handle.schema.json"), file("city/units.toml"));
    for hazard in &hazards {
        assert!(open.contains(&format!("\"{}\"", hazard.category)) && open.contains(&format!("\"{}\"", hazard.found_by)), "{hazard:?}");
        assert!(handle.contains(&format!("\"{}\"", hazard.measure)) && (1..=4).contains(&hazard.severity), "{hazard:?}");
        assert!(
            registry.contains(&format!("id = \"{}\"", hazard.unit)) && registry.contains(&format!("\"{}\"", hazard.duty)),
            "{hazard:?}"
        );
        if let Course::Returned { wrong_unit, .. } = &hazard.course {
            assert!(registry.contains(&format!("id = \"{wrong_unit}\"")) && *wrong_unit != hazard.unit, "{hazard:?}");
        }
    }
    let (mut on_time, mut late, mut returned, mut open) = (0, 0, 0, 0);
    for hazard in &hazards {
        assert!(hazard.synthetic && !hazard.place.is_empty() && !hazard.unit.is_empty());
        assert!(hazard.opened_at < plan().today.at(0, 0, 0, 0) && hazard.opened_at.date() >= days_before(366));
        let mut times = vec![Some(hazard.opened_at)];
        match &hazard.course {
            Course::ClosedOnTime { accepted_at, handled_at, closed_at } => {
                on_time += 1;
                times.extend([Some(*accepted_at), Some(*handled_at), Some(*closed_at)]);
            }
            Course::ClosedLate { accepted_at, handled_at, closed_at } => {
                late += 1;
                times.extend([Some(*accepted_at), Some(*handled_at), Some(*closed_at)]);
            }
            Course::Returned { returned_at, accepted_at, handled_at, closed_at, .. } => {
                returned += 1;
                times.extend([Some(*returned_at), Some(*accepted_at), *handled_at, *closed_at]);
            }
            Course::Open { accepted_at, handled_at } => {
                open += 1;
                times.extend([*accepted_at, *handled_at]);
            }
        }
        let times: Vec<_> = times.into_iter().flatten().collect();
        assert!(times.windows(2).all(|w| w[0] < w[1]), "{hazard:?}");
        assert!(times.iter().all(|t| *t < plan().today.at(0, 0, 0, 0)));
    }
    assert!(on_time > 60 && late > 6 && returned > 5 && open > 8, "{on_time} {late} {returned} {open}");
}

#[test]
fn accounts_are_the_seven_of_the_contract() {
    let logins: Vec<String> = people().into_iter().map(|p| p.login).collect();
    assert_eq!(logins, ["dispatcher", "analyst", "clerk", "clerk2", "reviewer", "leader", "admin"]);
    assert!(people().iter().all(|p| p.password == "gongzhi-demo"));
}
