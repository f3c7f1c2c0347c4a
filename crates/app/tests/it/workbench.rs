//! The workbench: when, where along the streets, by hexagon, on paper.

use gongzhi_app::hexagons::HexagonRequest;
use gongzhi_app::hotspots::SpotQuestion;
use gongzhi_app::signal_filter::SignalFilter;
use gongzhi_app::signals::NewSignal;
use gongzhi_app::street_density::StreetRequest;
use gongzhi_civic::text::Language;
use gongzhi_civic::time::DAY_MS;
use serde_json::Value;

use crate::house::{House, NOON, code, houses};
use crate::signals::{call, take};

/// Three calls at the crossing yesterday, one on 平江路 three days ago at another hour.
async fn with_calls(house: &House) {
    for minutes in [24 * 60, 24 * 60 + 90, 24 * 60 + 200] {
        take(house, call("胜利东路和阳明北路路口两车追尾", minutes, "")).await;
    }
    let quiet = crate::house::town().point('T');
    take(house, NewSignal { lon: Some(quiet.lon), lat: Some(quiet.lat), ..call("平江路有车逆行", 72 * 60, "") }).await;
}

fn floats(packed: &Value) -> Vec<f32> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed.as_str().unwrap()).unwrap();
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_brush_counts_under_every_other_filter() {
    for house in houses().await {
        with_calls(&house).await;
        let officer = house.who("dispatcher").await;
        let day = SignalFilter { from: Some(NOON.0 - 2 * DAY_MS), to: Some(NOON.0), ..SignalFilter::default() };
        let time = house.app.timeline(&officer, day.clone(), Language::Zh).await.unwrap();
        let bins: Vec<u64> = time["bins"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
        assert_eq!(bins, [1, 0, 3], "bars over the whole record, whatever the period ({})", house.place.kind());
        assert_eq!(time["n"], 3, "the figure is the period's");
        let hours = |time: &Value| {
            time["hours"].as_array().unwrap().iter().flat_map(|h| h.as_array().unwrap()).map(|n| n.as_u64().unwrap()).sum::<u64>()
        };
        assert_eq!(hours(&time), 3);
        // A choice of hours does not empty the matrix in which it is made, but it does empty the bars.
        let at_night = SignalFilter { hours: Some("1-3".into()), ..day };
        let time = house.app.timeline(&officer, at_night, Language::Zh).await.unwrap();
        assert_eq!((hours(&time), time["n"].as_u64()), (3, Some(0)));
        assert!(time["bins"].as_array().unwrap().iter().all(|n| n == 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn density_runs_along_the_streets_and_not_across_blocks() {
    for house in houses().await {
        with_calls(&house).await;
        let officer = house.who("dispatcher").await;
        let week = SignalFilter { from: Some(NOON.0 - 7 * DAY_MS), to: Some(NOON.0), ..SignalFilter::default() };
        let ask = |estimator: &str| StreetRequest {
            estimator: Some(estimator.into()),
            bandwidth: Some(100.0),
            lixel: Some(10.0),
            ..StreetRequest::default()
        };
        for estimator in ["simple", "discontinuous", "continuous"] {
            let map = house.app.street_density(&officer, week.clone(), ask(estimator), Language::Zh).await.unwrap();
            assert_eq!((map["n"].as_u64(), map["estimator"].as_str()), (Some(4), Some(estimator)));
            let values = floats(&map["streets"]["values"]);
            assert!(!values.is_empty() && values.iter().all(|v| *v > 0.0), "{values:?}");
            let peak = values.iter().copied().fold(0.0, f32::max);
            assert!((f64::from(peak) - map["max"].as_f64().unwrap()).abs() < 1e-3);
        }
        // Nothing a year before: the difference is the map itself.
        let minus = StreetRequest { compare: Some("minus".into()), ..ask("continuous") };
        let minus = house.app.street_density(&officer, week.clone(), minus, Language::Zh).await.unwrap();
        assert_eq!((minus["n_then"].as_u64(), minus["min"].as_f64()), (Some(0), Some(0.0)));
        assert!(minus["comparison"]["verdict"].as_str().unwrap().contains("0 → 4"), "{minus}");
        assert_eq!(code(house.app.street_density(&officer, week.clone(), ask("guess"), Language::Zh).await), "estimator_unknown");
        let wide = StreetRequest { bandwidth: Some(5_000.0), ..StreetRequest::default() };
        assert_eq!(code(house.app.street_density(&officer, week.clone(), wide, Language::Zh).await), "bandwidth_invalid");
        let far = StreetRequest { bandwidth: Some(1_000.0), ..ask("continuous") };
        let map = house.app.street_density(&officer, week, far, Language::En).await.unwrap();
        assert!(map["method"].as_str().unwrap().contains("steps of 1 m"), "{}", map["method"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hexagons_hold_every_record_and_say_what_changed() {
    for house in houses().await {
        with_calls(&house).await;
        let officer = house.who("dispatcher").await;
        let week = SignalFilter { from: Some(NOON.0 - 7 * DAY_MS), to: Some(NOON.0), ..SignalFilter::default() };
        let around = Some("120,29,122,31".to_owned());
        let ask = HexagonRequest { size: Some(100.0), bbox: around, ..HexagonRequest::default() };
        let map = house.app.hexagons(&officer, week.clone(), ask.clone(), Language::Zh).await.unwrap();
        let cells = map["cells"].as_array().unwrap();
        assert_eq!(cells.iter().map(|c| c["n"].as_u64().unwrap()).sum::<u64>(), 4, "{}", house.place.kind());
        assert_eq!(map["outline"].as_array().unwrap().len(), 6);
        // Yesterday's three calls lie in one hexagon: among hexagons with nothing it must stand out.
        let yesterday = SignalFilter { from: Some(NOON.0 - 2 * DAY_MS), ..week.clone() };
        let alone = house.app.hexagons(&officer, yesterday, ask.clone(), Language::Zh).await.unwrap();
        let cells = alone["cells"].as_array().unwrap();
        assert_eq!((cells.len(), cells[0]["n"].as_u64()), (1, Some(3)), "{alone}");
        assert!(cells[0]["gi_z"].as_f64().unwrap() > 0.0 && cells[0]["gi_q"].as_f64().unwrap() <= 1.0, "{alone}");
        let minus = HexagonRequest { compare: Some("minus".into()), ..ask };
        let map = house.app.hexagons(&officer, week.clone(), minus, Language::Zh).await.unwrap();
        let change = &map["cells"][0]["change"];
        assert!(change["significant"] == false && change["direction"] == "rise", "four calls prove nothing: {change}");
        let tiny = HexagonRequest { size: Some(1.0), ..HexagonRequest::default() };
        assert_eq!(code(house.app.hexagons(&officer, week, tiny, Language::Zh).await), "size_invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_and_an_evidence_page_say_what_the_screen_says() {
    let house = houses().await.remove(0);
    with_calls(&house).await;
    let analyst = house.who("officer").await;
    let week = SignalFilter { from: Some(NOON.0 - 7 * DAY_MS), to: Some(NOON.0), ..SignalFilter::default() };
    let text = |pdf: &[u8]| {
        let document = lopdf::Document::load_mem(pdf).unwrap();
        let pages: Vec<u32> = document.get_pages().keys().copied().collect();
        document.extract_text(&pages).unwrap()
    };
    let brief = house.app.hotspots_brief(&analyst, week.clone(), SpotQuestion::default(), Language::Zh).await.unwrap();
    let words = text(&brief);
    assert!(
        words.contains("热点研判简报") && words.contains("胜利东路与阳明北路交叉口") && words.contains("n = 3"),
        "incidents, not calls: {words}"
    );
    let spots =
        house.app.hotspots(&analyst, week.clone(), SpotQuestion { limit: 5, ..SpotQuestion::default() }, Language::Zh).await.unwrap();
    let key = spots["items"][0]["key"].as_str().unwrap().to_owned();
    let page = house.app.hotspot_evidence_page(&analyst, &key, week.clone(), Language::En).await.unwrap();
    assert!(text(&page).contains("Method"), "in the asker's language");
    let wrong = SpotQuestion { rank: Some("beauty".into()), limit: 5, ..SpotQuestion::default() };
    assert_eq!(code(house.app.hotspots(&analyst, week, wrong, Language::Zh).await), "rank_unknown");
}
