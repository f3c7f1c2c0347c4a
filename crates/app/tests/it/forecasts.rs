//! Forecasts are said once, from what was known before, and looked back on once the week is over.

use gongzhi_app::forecasts::{CellQuery, ForecastQuery};
use gongzhi_civic::text::Language;
use serde_json::Value;

use crate::house::{House, code, houses};
use crate::signals::{call, take};

/// Thirteen weeks with a call at the crossing every eight hours, the last one just now (Thursday of 2026-W47).
async fn with_history(house: &House) {
    for hours in (0..24 * 7 * 13).step_by(8).rev() {
        take(house, call("胜利东路和阳明北路路口两车追尾", i64::from(hours) * 60 + 1, "")).await;
    }
}

async fn of(house: &House, week: &str) -> Value {
    let query = ForecastQuery { week: Some(week.into()) };
    house.app.forecast_of(&house.who("officer").await, &query, Language::Zh).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_is_said_once_and_looked_back_on() {
    for house in houses().await {
        assert_eq!(house.app.keep_forecasts().await.unwrap(), 0, "no calls, no forecast");
        with_history(&house).await;
        let published = house.app.keep_forecasts().await.unwrap();
        assert!(published >= 3, "{published}");
        let ahead = of(&house, "").await;
        assert_eq!((ahead["week"].as_str(), ahead["made"].as_str()), (Some("2026-W48"), Some("ahead")));
        assert!(ahead["n_actual"].is_null() && ahead["score"].is_null());
        let hours: f64 = ahead["hours"].as_array().unwrap().iter().map(|h| h["mean"].as_f64().unwrap()).sum();
        let n = ahead["n_forecast"].as_f64().unwrap();
        assert!((hours - n).abs() < 1e-6 * n && (n - 21.0).abs() < 4.0, "{hours} {n}");
        assert!(ahead["cells"][0]["name"].as_str().unwrap().contains("胜利东路"), "{}", ahead["cells"][0]);

        // The week within which the first forecast was made is late, those before it are made afterwards; all from earlier weeks.
        assert_eq!(of(&house, "2026-W47").await["made"], "late");
        let past = of(&house, "2026-W46").await;
        assert_eq!((past["made"].as_str(), past["n_actual"].as_u64()), (Some("afterwards"), Some(21)));
        assert_eq!(past["learnt"][1], "2026-W44", "{}", past["learnt"]);
        assert!(past["score"]["crps"].as_f64().unwrap() >= 0.0 && !past["history"].as_array().unwrap().is_empty(), "{past}");
        assert_eq!(house.app.keep_forecasts().await.unwrap(), 0, "twice is once");

        // What comes to light later changes what came, and nothing that was said.
        take(&house, call("胜利东路和阳明北路路口两车追尾", 6 * 24 * 60, "")).await;
        let later = of(&house, "2026-W46").await;
        assert_eq!((later["n_actual"].as_u64(), &later["hours"][0]["mean"]), (Some(22), &past["hours"][0]["mean"]));
        assert_eq!(later["score"], past["score"]);

        let key = past["cells"][0]["key"].as_str().unwrap().to_owned();
        let ask = |key: &str| CellQuery { week: Some("2026-W46".into()), key: key.to_owned() };
        let officer = house.who("officer").await;
        let cell = house.app.forecast_cell(&officer, &ask(&key), Language::Zh).await.unwrap();
        assert_eq!(cell["hours"].as_array().unwrap().len(), 168);
        assert_eq!(code(house.app.forecast_cell(&officer, &ask("h:9:9"), Language::Zh).await), "not_found");
        let wrong = |week: &str| ForecastQuery { week: Some(week.to_owned()) };
        assert_eq!(code(house.app.forecast_of(&officer, &wrong("W46"), Language::Zh).await), "week_invalid");
        assert_eq!(code(house.app.forecast_of(&officer, &wrong("2020-W01"), Language::Zh).await), "not_found");
    }
}
