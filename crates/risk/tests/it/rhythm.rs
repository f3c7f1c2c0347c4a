//! Hours, weekdays and months on the city's clocks.

use gongzhi_civic::time::Timestamp;
use gongzhi_risk::rhythm::{by_month, hours_by_weekday};
use jiff::tz::TimeZone;

fn at(text: &str) -> Timestamp {
    Timestamp::from_jiff(text.parse().unwrap())
}

#[test]
fn clocks_are_those_of_the_city() {
    let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
    // 16:30 UTC on Sunday is half past midnight on Monday in Shanghai.
    let matrix = hours_by_weekday([at("2022-11-06T16:30:00Z"), at("2022-11-07T15:59:59Z"), at("2022-11-06T15:59:59Z")], &shanghai);
    assert_eq!((matrix[0][0], matrix[23][0], matrix[23][6]), (1, 1, 1));
    assert_eq!(matrix.iter().flatten().sum::<u32>(), 3);
}

#[test]
fn months_without_events_are_listed() {
    let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
    let months = by_month([at("2022-10-31T16:00:00Z"), at("2023-02-01T00:00:00Z"), at("2022-11-09T00:00:00Z")], &shanghai);
    let shown: Vec<String> = months.iter().map(|m| format!("{} {}", m.month, m.n)).collect();
    assert_eq!(shown, ["2022-11 2", "2022-12 0", "2023-01 0", "2023-02 1"]);
    assert!(by_month([], &shanghai).is_empty());
    assert_eq!(by_month([Timestamp(i64::MIN), Timestamp(i64::MAX)], &shanghai).len(), 2);
}
