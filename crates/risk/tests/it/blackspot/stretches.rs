//! Roads drawn with letters, and the spots expected on them.

use super::{ALL_TIME, at_junction, at_least, crash, drawn, junction, picture, rule, run, stretch};
use gongzhi_civic::time::Timestamp;
use gongzhi_risk::blackspot::rule::{Condition, RankBy, Regularity, Setting, Weights, Window};
use gongzhi_risk::blackspot::{Crash, Direction, Place, Procedure, Rule, Severity, find};

fn check(rule: &Rule, road: &str, expected: &str) {
    let width = road.lines().next().map_or(0, str::len);
    assert_eq!(picture(&run(rule, &drawn(road)), width), expected, "\n{road}");
}

#[test]
fn a_stretch_goes_from_its_first_to_its_last_crash() {
    let five_in_500 = rule(stretch(500.0), vec![at_least(5)]);
    check(&five_in_500, "..1.2...2..1.......", "...................");
    check(&five_in_500, "..1.2.2..1.........", "..aaaaa............");
    check(&five_in_500, "..112.2..1.........", "..aaaaa............");
    // 500 m is the distance of the first from the last, and both ends count.
    check(&five_in_500, "..1.1..1.2.........", "...................");
    check(&five_in_500, "..1.1.12...........", "..aaaaaa...........");
    check(&five_in_500, "5..................", "a..................");
    check(&five_in_500, "..................5", "..................a");
}

#[test]
fn overlapping_windows_give_the_best_and_what_is_left() {
    let three_in_300 = rule(stretch(300.0), vec![at_least(3)]);
    // The window of five is kept; what is left on either side does not reach three.
    check(&three_in_300, "1..1122...1", "...aaaa....");
    // What is left on both sides does.
    check(&three_in_300, "3..1331..3.", "b..aaaa..c.");
    // Of two that are equal the shorter, then the nearer to the zero.
    check(&three_in_300, "3....3", "a....b");
    check(&three_in_300, "1..2...111.", "bbbb...aaa.");
}

#[test]
fn severity_decides_before_numbers_where_the_rule_ranks_by_score() {
    let mut three_in_300 = rule(stretch(300.0), vec![at_least(3)]);
    check(&three_in_300, "F.FS...9...", "aaaa...b...");
    three_in_300.rank = RankBy::Crashes;
    check(&three_in_300, "F.FS...9...", "bbbb...a...");
}

#[test]
fn conditions_are_alternatives_and_each_counts_its_own_crashes() {
    let fatal = Condition { deaths_each: 1, crashes: Some(2), ..Condition::default() };
    let weighted = Condition { score: Some(15.0), crashes: Some(3), ..Condition::default() };
    let either = rule(stretch(200.0), vec![fatal, weighted]);
    check(&either, "F.F....", "aaa....");
    check(&either, "F.D....", ".......");
    // 5 + 5 + 5 = 15 with three crashes; 3 × 4 + 3 = 15 with five; 3 + 3 + 3 + 5 = 14 falls short.
    check(&either, "S.S....\nS.S....\n..S....", "aaa....");
    check(&either, "S.S....\nS.F....", ".......");
    let found = run(&either, &drawn("F.F....\nF......"));
    assert_eq!(found.spots[0].conditions, [0, 1]);
    assert_eq!((found.spots[0].n, found.spots[0].deaths, found.spots[0].score), (3, 3, 15.0));
    assert_eq!(found.spots[0].by_severity, [(Severity::Fatal, 3)].into());
}

#[test]
fn german_rural_weights() {
    let mut rural = rule(stretch(300.0), vec![Condition { score: Some(15.0), ..Condition::default() }]);
    rural.weights = Weights { fatal: 5.0, serious: 5.0, slight: 2.0, damage: 0.0 };
    check(&rural, "S.S....\nS......", "aaa....");
    check(&rural, "S.L....\nS.L....", ".......");
    check(&rural, "S.L....\nS.L....\n..L....", "aaa....");
    check(&rural, "8......", ".......");
}

#[test]
fn per_km_and_year_counts_over_the_whole_length() {
    let rate = Condition { per_km_year: Some(0.2), ..Condition::default() };
    let mut length = rule(stretch(3_000.0), vec![rate]);
    length.window = Window { years: Some(5), months: None };
    // 0.2 per km and year over 3 km and 5 years are three crashes, and two are not.
    check(&length, "1....................1........", "..............................");
    check(&length, "1..........1.........1........", "aaaaaaaaaaaaaaaaaaaaaa........");
    check(&length, "1..........1...................1", "................................");
}

#[test]
fn one_type_where_the_rule_asks_for_it() {
    let same = Condition { same_type: true, ..at_least(3) };
    let same_type = rule(stretch(200.0), vec![same]);
    let mut crashes = drawn("1.3....");
    for (crash, kind) in crashes.iter_mut().zip(["turning", "turning", "rear-end", "pedestrian"]) {
        crash.kind = Some(kind.into());
    }
    assert!(run(&same_type, &crashes).spots.is_empty());
    crashes[3].kind = Some("turning".into());
    assert_eq!(run(&same_type, &crashes).spots.len(), 1);
    // What is not known is not the same.
    for crash in &mut crashes {
        crash.kind = None;
    }
    assert!(run(&same_type, &crashes).spots.is_empty());
}

#[test]
fn carriageways_apart_where_the_rule_asks_for_it() {
    let mut crashes = drawn("11.11..");
    for crash in &mut crashes[2..] {
        crash.on.as_mut().unwrap().direction = Direction::Backward;
    }
    let both = rule(stretch(500.0), vec![at_least(4)]);
    assert_eq!(run(&both, &crashes).spots.len(), 1);
    let mut apart = both.clone();
    apart.units[0].by_direction = true;
    assert!(run(&apart, &crashes).spots.is_empty());
    apart.any = vec![at_least(2)];
    let found = run(&apart, &crashes);
    let way = |i: usize| match &found.spots[i].place {
        Place::Interval { direction, from_m, to_m, .. } => (*direction, *from_m, *to_m),
        Place::Junction { .. } => unreachable!(),
    };
    assert_eq!((found.spots.len(), way(0), way(1)), (2, (Direction::Forward, 0.0, 100.0), (Direction::Backward, 300.0, 400.0)));
    // A crash whose carriageway is not known counts for both together only.
    crashes[0].on.as_mut().unwrap().direction = Direction::Both;
    assert_eq!(run(&apart, &crashes).spots.len(), 1);
    assert_eq!(run(&both, &crashes).spots.len(), 1);
}

#[test]
fn a_junction_takes_its_crashes_and_the_road_has_the_others() {
    let mut crashes = drawn("..12121....");
    for (crash, distance) in crashes[1..6].iter_mut().zip([100.0, 100.0, 0.0, 50.0, 101.0]) {
        *crash = at_junction(crash.clone(), "J", distance);
    }
    let mut both = rule(junction(100.0), vec![at_least(4)]);
    let found = run(&both, &crashes);
    assert_eq!((found.spots.len(), found.spots[0].n), (1, 4));
    assert_eq!(found.spots[0].place, Place::Junction { junction: "J".into() });
    // Three crashes are left: fewer than four for the road, though there were seven.
    both.units.push(stretch(500.0));
    assert_eq!(run(&both, &crashes).spots.len(), 1);
    both.units.reverse();
    assert!(matches!(run(&both, &crashes).spots[0].place, Place::Interval { .. }));
    both.any = vec![at_least(3)];
    both.units.reverse();
    assert_eq!(run(&both, &crashes).spots.len(), 2);
}

#[test]
fn spots_come_before_stretches_and_no_stretch_runs_over_a_spot() {
    let mut point = rule(stretch(100.0), vec![at_least(3)]);
    point.units.push(stretch(1_000.0));
    // The three in the middle make the spot; the rest would be a stretch across it, and on neither side alone is one.
    check(&point, "..1.1.3.1..", "......a....");
    check(&point, ".11.1.3.1..", ".bbbb.a....");
    let mut long = rule(stretch(1_000.0), vec![at_least(3)]);
    long.units[0].least_m = Some(500.0);
    check(&long, "..12.......", "...........");
    check(&long, "..1...2....", "...........");
    check(&long, "..1....2...", "..aaaaaa...");
}

#[test]
fn period_setting_procedure_and_severity_filter() {
    let mut crashes = drawn("5......");
    let two = rule(stretch(100.0), vec![at_least(2)]);
    let of = |rule: &Rule, crashes: &[Crash]| run(rule, crashes).spots.first().map_or(0, |s| s.n);
    assert_eq!(of(&two, &crashes), 5);
    // From the first instant, before the second.
    let period = (crashes[1].at, crashes[3].at);
    assert_eq!(find(&two, Regularity::default(), &crashes, period).unwrap().spots[0].n, 2);

    crashes[0].urban = Some(true);
    crashes[1].urban = Some(true);
    crashes[2].urban = Some(false);
    let mut urban = two.clone();
    urban.setting = Setting::Urban;
    assert_eq!((of(&urban, &crashes), run(&urban, &crashes).setting_unknown), (2, 2));
    urban.setting = Setting::Rural;
    assert_eq!(of(&urban, &crashes), 0);

    let mut general = two.clone();
    general.any[0].procedure = Some(Procedure::General);
    general.any[0].crashes = Some(4);
    crashes[0].procedure = Some(Procedure::Summary);
    // Four do not say: they count.
    assert_eq!(of(&general, &crashes), 5);
    crashes[1].procedure = Some(Procedure::Summary);
    assert_eq!(of(&general, &crashes), 0);

    let mut injury = two.clone();
    injury.severities = vec![Severity::Fatal, Severity::Slight];
    crashes[4].severity = Severity::Slight;
    assert_eq!(of(&injury, &crashes), 0);
    crashes[3].severity = Severity::Fatal;
    assert_eq!(of(&injury, &crashes), 2);
}

#[test]
fn ranking_and_the_first_few() {
    let mut ten = rule(stretch(100.0), vec![at_least(1)]);
    let crashes = drawn("F....S....9....L");
    let letters = |rule: &Rule| picture(&run(rule, &crashes), 16);
    assert_eq!(letters(&ten), "a....b....d....c");
    ten.rank = RankBy::Crashes;
    assert_eq!(letters(&ten), "b....c....a....d");
    ten.rank = RankBy::Deaths;
    ten.first = Some(2);
    assert_eq!(letters(&ten), "a.........b.....");
}

#[test]
fn what_cannot_be_placed_is_told() {
    let mut crashes = drawn("3..");
    crashes[0].on = None;
    let found = run(&rule(stretch(100.0), vec![at_least(2)]), &crashes);
    assert_eq!((found.n, found.unplaced, found.spots[0].n), (3, 1, 2));
}

#[test]
fn nonsense_is_refused_with_its_reason() {
    let two = rule(stretch(100.0), vec![at_least(2)]);
    let refusal = |crashes: &[Crash], period| find(&two, Regularity::default(), crashes, period).unwrap_err();
    let nan = [crash(7, f64::NAN, Severity::Damage)];
    assert_eq!(refusal(&nan, ALL_TIME).code(), "place_invalid");
    let twice = [crash(7, 0.0, Severity::Damage), crash(7, 5.0, Severity::Damage)];
    assert_eq!(refusal(&twice, ALL_TIME).code(), "crash_repeated");
    let late = refusal(&[], (Timestamp(1), Timestamp(0)));
    assert_eq!(late.code(), "period_invalid");
    assert!(!late.text().zh.is_empty() && !late.text().en.is_empty());
}
