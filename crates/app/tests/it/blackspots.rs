//! Black spots: found by the city's rule, listed and delisted by people, the same spot after a restart and another year's crashes.

use gongzhi_app::blackspots::{BlackSpotQuery, SpotAct};
use gongzhi_app::signals::NewSignal;
use gongzhi_app::{App, AppError, Options, Templates};
use gongzhi_civic::place::Point;
use gongzhi_civic::text::Language;
use serde_json::Value;

use crate::house::{House, NOON, code, houses_with, open_with, town};

const RULES: &str = r#"
[[rule]]
id = "three"
name = { zh = "一年三起", en = "Three in a year" }
level = "city"
source = "试验规则"
version = "1"
confirmed = true
window = { months = 12 }
units = [{ kind = "junction", radius_m = 30 }, { kind = "interval", most_m = 200 }]
any = [{ crashes = 3 }]
"#;

fn city(folder: &std::path::Path, rules: &str) -> Templates {
    std::fs::write(folder.join("blackspots.toml"), rules).unwrap();
    Templates { city: Some(folder.to_owned()), ..Templates::default() }
}

/// A point of the way between two letters.
fn between(a: char, b: char, share: f64) -> Point {
    let (a, b) = (town().point(a), town().point(b));
    Point::new(a.lon + (b.lon - a.lon) * share, a.lat + (b.lat - a.lat) * share)
}

async fn crash(house: &House, at: Point, days_ago: i64, deaths: u32) {
    let new = NewSignal {
        kind: Some("crash".into()),
        words: "两车相撞".into(),
        at: Some(NOON.0 - days_ago * 86_400_000),
        lon: Some(at.lon),
        lat: Some(at.lat),
        deaths: Some(deaths),
        ..NewSignal::default()
    };
    house.app.take_signal(&house.who("dispatcher").await, new).await.unwrap();
}

async fn list(house: &House, login: &str) -> Value {
    house.app.black_spots(&house.who(login).await, &BlackSpotQuery::default(), Language::Zh).await.unwrap()
}

async fn decide(house: &House, login: &str, key: &str, act: SpotAct, reason: &str) -> Result<Value, AppError> {
    house.app.decide_black_spot(&house.who(login).await, key, act, reason, None, Language::Zh).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_junction_and_a_stretch_are_found_listed_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    for house in houses_with(city(folder.path(), RULES)).await {
        let kind = house.place.kind();
        // Four at the crossing, one of them fatal; three along 平江路, away from both its ends; two are too few for N–X.
        for (share, days, deaths) in [(0.0, 10, 0), (0.02, 20, 1), (0.05, 30, 0), (0.1, 40, 0)] {
            crash(&house, between('X', 'E', share), days, deaths).await;
        }
        for share in [0.4, 0.5, 0.6] {
            crash(&house, between('E', 'T', share), 50, 0).await;
        }
        for share in [0.45, 0.55] {
            crash(&house, between('N', 'X', share), 60, 0).await;
        }
        // Too long ago.
        crash(&house, between('N', 'X', 0.5), 400, 0).await;

        let answer = list(&house, "officer").await;
        assert_eq!((answer["n"].as_u64(), answer["rule"].as_str()), (Some(9), Some("three")), "{kind}: {answer}");
        assert_eq!(answer["rules"][0]["text"], "12 个月内，路口沿路 30 米内或200 米以内路段：事故 ≥ 3 起");
        let items = answer["items"].as_array().unwrap();
        assert_eq!(items.len(), 2, "{kind}: {answer}");
        assert_eq!((items[0]["unit"].as_str(), items[0]["name"].as_str()), (Some("junction"), Some("胜利东路与阳明北路交叉口")));
        assert_eq!((items[0]["n"].as_u64(), items[0]["deaths"].as_u64(), items[0]["by_severity"]["fatal"].as_u64()), (Some(4), Some(1), Some(1)));
        assert_eq!((items[1]["unit"].as_str(), items[1]["road"].as_str(), items[1]["n"].as_u64()), (Some("interval"), Some("平江路"), Some(3)));
        let length = items[1]["length_m"].as_f64().unwrap();
        assert!((30.0..50.0).contains(&length) && items[1]["line"].as_array().unwrap().len() >= 2, "{length}");
        assert!(items.iter().all(|i| i["status"] == "found" && i["spot"].is_null()));

        // Who may, and why.
        let key = items[1]["key"].as_str().unwrap().to_owned();
        assert_eq!(code(decide(&house, "clerk", &key, SpotAct::List, "x").await), "forbidden");
        assert_eq!(code(decide(&house, "leader", &key, SpotAct::List, "  ").await), "reason_missing");
        assert_eq!(code(decide(&house, "leader", "three~nowhere", SpotAct::List, "x").await), "not_found");
        assert_eq!(code(decide(&house, "leader", "no-such-id", SpotAct::Delist, "x").await), "not_found");
        assert_eq!(code(decide(&house, "leader", &key, SpotAct::Delist, "x").await), "black_spot_state");
        let listed = decide(&house, "leader", &key, SpotAct::List, "一年三起，列为区级").await.unwrap();
        let id = listed["spot"].as_str().unwrap().to_owned();
        assert_eq!(code(decide(&house, "leader", &id, SpotAct::List, "again").await), "black_spot_state");

        // Another crash at its end: longer, and the same spot, after a restart too.
        crash(&house, between('E', 'T', 0.3), 5, 0).await;
        let again = open_with(&house.place, house.app.templates.clone()).await;
        let answer = again.black_spots(&house.who("officer").await, &BlackSpotQuery::default(), Language::Zh).await.unwrap();
        let spot = answer["items"].as_array().unwrap().iter().find(|i| i["spot"] == *id).unwrap();
        assert_eq!((spot["status"].as_str(), spot["n"].as_u64(), spot["found"].as_bool()), (Some("listed"), Some(4), Some(true)), "{spot}");
        assert_eq!(spot["key"], *id);
        assert_eq!(spot["since"], NOON.0);

        // A year on nothing is left to find: it stays on the list and says so.
        house.later(24 * 400);
        let answer = list(&house, "leader").await;
        let items = answer["items"].as_array().unwrap();
        assert_eq!(items.len(), 1, "{answer}");
        assert_eq!((items[0]["status"].as_str(), items[0]["found"].as_bool(), items[0]["n"].as_u64()), (Some("listed"), Some(false), Some(0)));
        decide(&house, "officer", &id, SpotAct::Treat, "已增设标志").await.unwrap();
        assert_eq!(code(decide(&house, "officer", &id, SpotAct::Treat, "x").await), "black_spot_state");
        decide(&house, "leader", &id, SpotAct::Delist, "一年无事故").await.unwrap();
        assert_eq!(list(&house, "leader").await["items"].as_array().unwrap().len(), 0);

        let events = gongzhi_store::events::stream(&house.app.database, &format!("black_spot:{id}")).await.unwrap();
        let kinds: Vec<&str> = events.iter().map(|e| e.kind.as_str()).collect();
        assert_eq!(kinds, ["black_spot.listed", "black_spot.treated", "black_spot.delisted"]);
        assert!(events[0].body.contains("一年三起，列为区级"));
        assert!(house.app.verify_ledger().await.unwrap().ok);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_rules_are_told_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = tempfile::tempdir().unwrap();
    for (from, to, line, said) in [
        ("any = [{ crashes = 3 }]", "any = [{ regular = true }]", 11, "threshold_missing"),
        ("radius_m = 30", "radius_m = 3000", 10, "length_invalid"),
        ("months = 12", "months = 12, years = 1", 9, "window_invalid"),
        ("confirmed = true", "confirmd = true", 8, "toml_syntax"),
    ] {
        let templates = city(folder.path(), &RULES.replace(from, to));
        let refused = App::open(Options { data: data.path().to_owned(), database: None, templates }).await.unwrap_err().to_string();
        assert!(refused.contains(&format!("blackspots.toml:{line}:")) && refused.contains(said), "{refused}");
    }
}
