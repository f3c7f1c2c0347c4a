//! The rules that are shipped, what their words say, and what the gate refuses.

use gongzhi_civic::time::Timestamp;
use gongzhi_risk::blackspot::RuleBook;
use gongzhi_risk::blackspot::gate::faults;
use gongzhi_risk::blackspot::rule::Window;
use jiff::tz::TimeZone;

pub(crate) const SHIPPED: &str = include_str!("../../../../../city/blackspots.toml");

pub(crate) fn shipped() -> RuleBook {
    toml::from_str(SHIPPED).unwrap()
}

#[test]
fn shipped_rules_pass_the_gate() {
    let book = shipped();
    assert_eq!(faults(&book), []);
    let ids: Vec<&str> = book.rule.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "cn-2019-172",
            "cn-local-2008-city",
            "cn-local-2008-county",
            "cn-zhejiang-2019",
            "cn-ministry-ten",
            "de-uko-1-year",
            "de-uko-3-year",
            "de-uko-rural",
            "de-nrw",
            "au-site-urban",
            "au-site-regional",
            "au-length-urban",
            "au-length-regional",
            "be-flanders",
        ]
    );
    assert_eq!(book.rule(None).unwrap().id, "cn-local-2008-city");
    for rule in &book.rule {
        let text = rule.text();
        assert_eq!(text.zh.contains("待与原文核对"), !rule.confirmed, "{}", text.zh);
        assert_eq!(text.en.contains("to be confirmed"), !rule.confirmed, "{}", text.en);
        // Whatever is this file's choice and not the document's has a note that says so.
        assert!(rule.note.as_ref().is_some_and(|n| !n.zh.is_empty() && !n.en.is_empty()), "{}", rule.id);
    }
    assert!(!book.rule(Some("cn-2019-172")).unwrap().confirmed, "its text was not at hand");
}

#[test]
fn a_rule_says_what_it_computes() {
    let book = shipped();
    let text = |id: &str| book.rule(Some(id)).unwrap().text();
    assert_eq!(
        text("cn-local-2008-city").zh,
        "3 个自然年内，路口沿路 50 米内或500 米以内路段：一次死亡 3 人以上事故 ≥ 1 起；或 一次死亡 3 人以上事故 ≥ 2 起；或 一次死亡 1 人以上事故 ≥ 3 起且有规律性；或 一般程序事故 ≥ 5 起且有规律性"
    );
    assert_eq!(
        text("be-flanders").en,
        "Within 3 calendar years, within 50 m of a junction along the streets or a stretch of at most 100 m: crashes ≥ 3 and weighted sum ≥ 15 (fatal 5, serious 3, slight 1, damage 0) (thresholds to be confirmed against the document)"
    );
    assert_eq!(
        text("au-length-urban").en,
        "Within 5 calendar years, a stretch of at most 3000 m, built-up areas: crashes ≥ 0.2 per km and year"
    );
    assert!(text("de-uko-1-year").zh.contains("同类型事故 ≥ 5 起"));
    assert!(text("cn-zhejiang-2019").zh.starts_with("12 个月内，1000 米以内路段："));
    assert!(text("cn-ministry-ten").en.contains("the first 10 only"));
}

/// The shipped file with something changed, and the faults found in it.
fn changed(from: &str, to: &str) -> Vec<(String, &'static str)> {
    assert!(SHIPPED.contains(from), "{from}");
    let book: RuleBook = toml::from_str(&SHIPPED.replacen(from, to, 1)).unwrap();
    let found = faults(&book);
    assert!(found.iter().all(|f| !f.text.zh.is_empty() && !f.text.en.is_empty()));
    found.into_iter().map(|f| (f.path, f.code)).collect()
}

#[test]
fn the_gate_names_every_fault_and_its_place() {
    let one = |path: &str, code: &'static str| vec![(path.to_owned(), code)];
    assert_eq!(changed("default = \"cn-local-2008-city\"", "default = \"no-such\""), one("default", "unknown_rule"));
    assert_eq!(changed("false_discovery = 0.1", "false_discovery = 1.0"), one("regularity.false_discovery", "share_invalid"));
    assert_eq!(changed("least = 3", "least = 1"), one("regularity.least", "count_invalid"));
    assert_eq!(changed("id = \"cn-zhejiang-2019\"", "id = \"cn-2019-172\""), one("rule[3].id", "duplicate_id"));
    assert_eq!(changed("id = \"be-flanders\"", "id = \"Flanders\""), one("rule[13].id", "id_invalid"));
    assert_eq!(changed("en = \"Germany, North Rhine-Westphalia\"", "en = \" \""), one("rule[8].name", "wording_missing"));
    assert_eq!(
        changed("source = \"Deutscher Bundestag, Wissenschaftliche Dienste, WD 7-024/20\"", "source = \"\""),
        one("rule[8].source", "source_missing")
    );
    assert_eq!(changed("window = { months = 12 }", "window = { }"), one("rule[3].window", "window_invalid"));
    assert_eq!(changed("window = { months = 12 }", "window = { months = 12, years = 1 }"), one("rule[3].window", "window_invalid"));
    assert_eq!(changed("window = { years = 3 }", "window = { years = 0 }"), one("rule[0].window", "window_invalid"));
    assert_eq!(changed("first = 10", "first = 0"), one("rule[4].first", "count_invalid"));
    assert_eq!(changed("most_m = 1000 ", "most_m = -1 "), one("rule[3].units[0].most_m", "length_invalid"));
    assert_eq!(
        changed("most_m = 1000 ", "radius_m = 30 "),
        vec![("rule[3].units[0].most_m".to_owned(), "length_invalid"), ("rule[3].units[0].radius_m".to_owned(), "field_foreign"),]
    );
    assert_eq!(changed("least_m = 500 }]", "least_m = 2000 }]"), one("rule[0].units[2].least_m", "length_invalid"));
    assert_eq!(
        changed("units = [{ kind = \"junction\", radius_m = 50 }", "units = [{ kind = \"junction\", radius_m = 301 }"),
        one("rule[0].units[0].radius_m", "length_invalid")
    );
    assert_eq!(
        changed("units = [{ kind = \"junction\", radius_m = 50 }", "units = [{ kind = \"junction\", radius_m = 50, by_direction = true }"),
        one("rule[0].units[0]", "field_foreign")
    );
    assert_eq!(changed("units = [{ kind = \"interval\", most_m = 1000 }]", "units = []"), one("rule[3].units", "unit_missing"));
    assert_eq!(changed("any = [{ crashes = 3, score = 15 }]", "any = []"), one("rule[13].any", "condition_missing"));
    assert_eq!(changed("any = [{ crashes = 3, score = 15 }]", "any = [{ regular = true }]"), one("rule[13].any[0]", "threshold_missing"));
    assert_eq!(changed("any = [{ crashes = 3, score = 15 }]", "any = [{ crashes = 0 }]"), one("rule[13].any[0].crashes", "count_invalid"));
    assert_eq!(
        changed("any = [{ crashes = 3, score = 15 }]", "any = [{ score = nan }]"),
        one("rule[13].any[0].score", "threshold_invalid")
    );
    assert_eq!(
        changed("any = [{ crashes = 3, score = 15 }]", "any = [{ of = [\"damage\"], crashes = 1 }]"),
        one("rule[13].any[0].of", "severity_excluded")
    );
    assert_eq!(
        changed("weights = { fatal = 5, serious = 5", "weights = { fatal = -5, serious = 5"),
        one("rule[7].weights.fatal", "weight_invalid")
    );
    assert_eq!(
        changed("any = [{ crashes = 3, score = 15 }]", "any = [{ per_km_year = 1.0 }]"),
        one("rule[13].any[0].per_km_year", "field_foreign")
    );
    let empty: RuleBook = toml::from_str("rule = []").unwrap();
    assert_eq!(faults(&empty)[0].code, "rule_missing");
    assert!(toml::from_str::<RuleBook>(&SHIPPED.replacen("confirmed", "confirmd", 1)).is_ok(), "the first is in a comment");
    assert!(toml::from_str::<RuleBook>(&SHIPPED.replace("\nconfirmed", "\nconfirmd")).is_err(), "an unknown field is no rule");
}

#[test]
fn windows_in_the_citys_own_time() {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let at = |text: &str| Timestamp::from_jiff(text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(zone.clone()).unwrap().timestamp());
    let years = |n| Window { years: Some(n), months: None };
    let months = |n| Window { years: None, months: Some(n) };
    assert_eq!(years(3).period(at("2026-11-22T20:00"), &zone), (at("2023-01-01T00:00"), at("2026-01-01T00:00")));
    assert_eq!(years(1).period(at("2026-01-01T00:00"), &zone), (at("2025-01-01T00:00"), at("2026-01-01T00:00")));
    assert_eq!(years(1).period(Timestamp(at("2026-01-01T00:00").0 - 1), &zone), (at("2024-01-01T00:00"), at("2025-01-01T00:00")));
    assert_eq!(months(12).period(at("2026-11-22T20:00"), &zone), (at("2025-11-22T00:00"), at("2026-11-22T00:00")));
    // The 31st of a month that has none.
    assert_eq!(months(1).period(at("2026-03-31T00:00"), &zone), (at("2026-02-28T00:00"), at("2026-03-31T00:00")));
    assert_eq!((years(3).length_years(), months(18).length_years()), (3.0, 1.5));
    // The ends of time do not panic.
    for instant in [i64::MIN, i64::MAX, -377_705_116_800_000] {
        let (from, to) = years(20).period(Timestamp(instant), &zone);
        assert!(from <= to);
        let (from, to) = months(240).period(Timestamp(instant), &zone);
        assert!(from <= to, "{from:?} {to:?}");
    }
}
