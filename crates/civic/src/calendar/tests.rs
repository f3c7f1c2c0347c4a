use jiff::civil::{Date, date};

use super::*;
use crate::time::{DAY_MS, HOUR_MS, Timestamp};

const FILES: [(&str, &str); 4] = [
    ("hours.toml", include_str!("../../../../city/calendar/hours.toml")),
    ("china-2024.toml", include_str!("../../../../city/calendar/china-2024.toml")),
    ("china-2025.toml", include_str!("../../../../city/calendar/china-2025.toml")),
    ("china-2026.toml", include_str!("../../../../city/calendar/china-2026.toml")),
];

fn china() -> Calendar {
    Calendar::from_toml(&FILES).unwrap_or_else(|fault| panic!("{fault}"))
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn at(calendar: &Calendar, date: Date, hour: i8) -> Timestamp {
    Timestamp::from_jiff(date.at(hour, 0, 0, 0).to_zoned(calendar.zone().clone()).unwrap().timestamp())
}

/// Small deterministic generator for the property tests.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 % u64::from(n)).unwrap()
    }

    fn date(&mut self) -> Date {
        date(2024, 1, 1).checked_add(jiff::Span::new().days(i64::from(self.below(1000)))).unwrap()
    }
}

#[test]
fn the_known_due_dates_come_out() {
    let calendar = china();
    let vectors = [
        ("2025-09-30", 1, "2025-10-09", "国庆节、中秋节假期顺延"),
        ("2025-12-31", 2, "2026-01-05", "01-04 调休上班"),
        ("2026-02-13", 3, "2026-02-25", "02-14 调休上班；春节假期顺延"),
        ("2026-02-13", 5, "2026-02-27", "春节假期顺延"),
        ("2026-04-03", 1, "2026-04-07", "清明节假期顺延"),
        ("2026-04-30", 2, "2026-05-07", "劳动节假期顺延"),
        ("2026-06-18", 1, "2026-06-22", "端午节假期顺延"),
        ("2026-09-24", 5, "2026-10-09", "中秋节假期顺延；国庆节假期顺延"),
        ("2026-09-30", 3, "2026-10-10", "国庆节假期顺延；10-10 调休上班"),
        ("2024-02-09", 1, "2024-02-18", "02-18 调休上班"),
    ];
    for (from, n, expected, why) in vectors {
        let due = calendar.add_working_days(day(from), n);
        assert_eq!(due.date, day(expected), "{from} + {n}");
        assert!(!due.provisional, "{from} + {n}");
        assert!(due.explanation.zh.contains(why), "{from} + {n}: {}", due.explanation.zh);
        assert!(!due.explanation.en.is_empty());
    }
}

#[test]
fn a_year_that_is_not_announced_is_flagged_and_counted_by_weekends() {
    let due = china().add_working_days(day("2026-12-30"), 3);
    assert!(due.provisional);
    assert_eq!(due.date, day("2027-01-04"), "12-31, 01-01, 01-04 by the weekend rule");
    assert!(due.explanation.zh.contains("2027 年放假安排未公布"));
    assert!(!china().add_working_days(day("2026-12-30"), 1).provisional);
}

#[test]
fn the_year_2026_has_248_working_days_and_six_make_up_days() {
    let calendar = china();
    assert_eq!(calendar.working_days_between(day("2025-12-31"), day("2026-12-31")), 248);
    let made_up: Vec<String> = calendar.rows().filter(|(d, r)| r.worked && d.year() == 2026).map(|(d, _)| d.to_string()).collect();
    assert_eq!(made_up, ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]);
    assert_eq!(calendar.row(day("2026-10-10")).unwrap().notice, "国办发明电〔2025〕7号");
}

#[test]
fn adding_then_subtracting_lands_on_the_same_working_day() {
    let (calendar, mut dice) = (china(), Dice(7));
    for _ in 0..2_000 {
        let from = calendar.working_day_from(dice.date());
        let n = dice.below(60);
        let due = calendar.add_working_days(from, n).date;
        assert!(calendar.is_working_day(due));
        assert_eq!(calendar.sub_working_days(due, n), from, "{from} + {n}");
        assert_eq!(calendar.working_days_between(from, due), n);
    }
}

#[test]
fn due_is_monotone_in_amount_and_in_start() {
    let (calendar, mut dice) = (china(), Dice(11));
    for _ in 0..2_000 {
        let from = dice.date();
        let n = 1 + dice.below(40);
        let due = calendar.add_working_days(from, n).date;
        assert!(calendar.add_working_days(from, n + 1).date > due);
        assert!(calendar.add_working_days(from, 0).date <= calendar.add_working_days(from, 1).date);
        assert!(calendar.add_working_days(from.tomorrow().unwrap(), n).date >= due);
    }
}

#[test]
fn a_pause_of_k_whole_working_days_moves_the_date_by_exactly_k() {
    let (calendar, mut dice) = (china(), Dice(13));
    for _ in 0..1_000 {
        let from = calendar.working_day_from(dice.date());
        let (n, k) = (1 + dice.below(15), dice.below(10));
        let paused = calendar.add_working_days(from, dice.below(n)).date;
        let resumed = calendar.add_working_days(paused, k).date;
        let pause = Pause { from: at(&calendar, paused, 10), to: at(&calendar, resumed, 10) };
        let budget = Budget { amount: n, unit: BudgetUnit::WorkingDay };
        let due = calendar.due(at(&calendar, from, 9), budget, &[pause], true);
        assert_eq!(due.due.date, calendar.add_working_days(from, n + k).date, "{from} + {n}, pause of {k} from {paused}");
    }
}

#[test]
fn a_calendar_edit_outside_the_span_changes_nothing() {
    let local = "year = 2026\nlocal = true\n[[holiday]]\nname = { zh = \"本地\", en = \"local\" }\noff = [2026-11-30]\n";
    let edited = Calendar::from_toml(&[&FILES[..], &[("local.toml", local)]].concat()).unwrap();
    let calendar = china();
    for (from, n) in [("2026-11-16", 5), ("2026-12-01", 3), ("2026-02-13", 5)] {
        assert_eq!(calendar.add_working_days(day(from), n), edited.add_working_days(day(from), n));
    }
    assert_eq!(calendar.add_working_days(day("2026-11-27"), 1).date, day("2026-11-30"));
    let moved = edited.add_working_days(day("2026-11-27"), 1);
    assert_eq!((moved.date, moved.explanation.zh.as_str()), (day("2026-12-01"), "本地假期顺延"));
    assert!(edited.covers(2026));
}

#[test]
fn hours_and_minutes_run_on_the_clock_and_skip_pauses() {
    let calendar = china();
    let start = at(&calendar, day("2026-02-14"), 20);
    let due = calendar.due(start, "24h".parse().unwrap(), &[], true);
    assert_eq!(due.at, start.plus_ms(DAY_MS));
    let pause = Pause { from: start.plus_ms(HOUR_MS), to: start.plus_ms(4 * HOUR_MS) };
    assert_eq!(calendar.due(start, "24h".parse().unwrap(), &[pause], true).at, start.plus_ms(DAY_MS + 3 * HOUR_MS));
    let later = Pause { from: start.plus_ms(30 * HOUR_MS), to: start.plus_ms(40 * HOUR_MS) };
    assert_eq!(calendar.due(start, "24h".parse().unwrap(), &[later], true).at, start.plus_ms(DAY_MS));
}

#[test]
fn working_hours_run_within_office_hours_only() {
    let calendar = china();
    // Friday 16:30: one hour on Friday, then Saturday 02-14 is worked: 09:00–12:00.
    let start = at(&calendar, day("2026-02-13"), 16).plus_ms(HOUR_MS / 2);
    let due = calendar.due(start, "3wh".parse().unwrap(), &[], true);
    assert_eq!(due.at, at(&calendar, day("2026-02-14"), 11));
    assert!(due.due.explanation.zh.contains("02-14 调休上班"));
}

#[test]
fn shares_of_a_budget_lie_in_order_and_count_working_time_only() {
    let calendar = china();
    let start = at(&calendar, day("2026-09-30"), 0);
    let due = calendar.due(start, "4wd".parse().unwrap(), &[], false).at;
    let half = calendar.at_share(BudgetUnit::WorkingDay, start, due, &[], 0.5);
    assert_eq!(half.date(calendar.zone()), day("2026-10-09"), "09-30 and 10-08 are worked, then half is used");
    assert_eq!(calendar.counted_ms(BudgetUnit::WorkingDay, start, due, &[]), 4 * DAY_MS);
    assert_eq!(calendar.at_share(BudgetUnit::WorkingDay, start, due, &[], 1.0), due);
}

#[test]
fn days_end_with_their_last_millisecond() {
    let calendar = china();
    let due = calendar.due(at(&calendar, day("2026-11-20"), 15), "1wd".parse().unwrap(), &[], true);
    assert_eq!(due.at, Timestamp(at(&calendar, day("2026-11-24"), 0).0 - 1));
    let same = calendar.due(at(&calendar, day("2026-11-20"), 15), "1wd".parse().unwrap(), &[], false);
    assert_eq!(same.at, at(&calendar, day("2026-11-23"), 15));
}

#[test]
fn faults_have_line_and_column() {
    let cases = [
        ("year = 2026\n[[holiday]]\nname = { zh = \"x\", en = \"x\" }\noff = [2027-01-01]\n", 4, 8, "calendar_year"),
        ("year = 2026\n[[holiday]]\nname = { zh = \"x\" }\noff = [2026-01-01, 2026-01-01]\n", 4, 20, "calendar_twice"),
        ("zone = \"Mars/Base\"\n", 1, 8, "calendar_zone"),
        ("hours = [\"09:00-08:00\"]\n", 1, 10, "calendar_hours"),
        ("year = 2026\nyaer = 1\n", 2, 1, "calendar_syntax"),
    ];
    for (text, line, column, code) in cases {
        let fault = Calendar::from_toml(&[("x.toml", text)]).unwrap_err();
        assert_eq!((fault.line, fault.column, fault.code), (line, column, code), "{fault}");
        assert!(!fault.message.zh.is_empty());
    }
}

#[test]
fn budgets_read_and_write_themselves() {
    for text in ["30m", "24h", "15d", "3wd", "16wh"] {
        assert_eq!(text.parse::<Budget>().unwrap().to_string(), text);
    }
    for text in ["", "wd", "3", "3 wd", "3w", "-1d", "200000d", "99999999999d"] {
        assert!(text.parse::<Budget>().is_err(), "{text}");
    }
    assert_eq!("1wd".parse::<Budget>().unwrap().label().en, "1 working day");
}

#[test]
fn nothing_panics_at_the_ends_of_time() {
    let calendar = china();
    let far = calendar.due(Timestamp(i64::MAX), "100000wd".parse().unwrap(), &[], true);
    assert!(far.due.provisional);
    let _ = calendar.due(Timestamp(i64::MIN), "100000d".parse().unwrap(), &[], false);
    let _ = calendar.counted_ms(BudgetUnit::WorkingDay, Timestamp(i64::MIN), Timestamp(i64::MAX), &[]);
    let _ = calendar.next_open(Timestamp(i64::MAX));
}
