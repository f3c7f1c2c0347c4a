//! A section's chiefs at three levels get its hazards, by a register that the city writes.

use gongzhi_app::Templates;
use gongzhi_app::cases::Act;
use gongzhi_civic::text::Language;
use serde_json::json;

use crate::house::{copy, houses_with};

const REGISTER: &str = r#"
[[ground.road_sections]]
name = "胜利东路桥头段"
road = "胜利东路"
village = "village-gaoqiao-1"
town = "town-gaoqiao"

[[ground.road_sections]]
name = "平江路段"
road = "平江路"
village = "village-yunxi-1"

[[ground.road_sections]]
county = "transport"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_chiefs_of_a_section_get_its_hazards_and_no_others() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let city = folder.path().join("city");
    copy(&root.join("city"), &city);
    let text = std::fs::read_to_string(city.join("city.toml")).unwrap();
    let before = text.split("[[ground.road_sections]]").next().unwrap();
    std::fs::write(city.join("city.toml"), format!("{before}{REGISTER}")).unwrap();
    for house in houses_with(Templates { city: Some(city.clone()), ..Templates::default() }).await {
        for (login, unit) in [("qiaotou", "village-gaoqiao-1"), ("xikou", "village-yunxi-1"), ("gaoqiao", "town-gaoqiao")] {
            house.app.add_account(login, login, unit, &["clerk".to_owned()], "a long password").await.unwrap();
        }
        let id = house.hazard("lamp").await;
        assert_eq!(house.page("dispatcher", &id).await["copies"], json!([]), "nobody is told before it is sent out");
        assert_eq!(house.act("dispatcher", &id, "dispatch", Act::default()).await.unwrap(), "signing");
        let page = house.page("dispatcher", &id).await;
        let copies: Vec<&str> = page["copies"].as_array().unwrap().iter().filter_map(|u| u["id"].as_str()).collect();
        assert_eq!(copies, ["village-gaoqiao-1", "town-gaoqiao", "transport"], "{}", house.place.kind());
        house.app.run_jobs().await.unwrap();
        for (login, sees) in [("qiaotou", true), ("gaoqiao", true), ("other", true), ("xikou", false)] {
            let who = house.who(login).await;
            let list = house.app.list_cases(&who, &serde_json::from_value(json!({ "box": "unit" })).unwrap(), Language::Zh).await.unwrap();
            let there = list["items"].as_array().unwrap().iter().any(|row| row["id"] == id.as_str());
            assert_eq!(there, sees, "{login} on {}", house.place.kind());
            let notices = house.app.list_notices(&who, &serde_json::from_value(json!({})).unwrap(), Language::Zh).await.unwrap();
            let told = notices["items"].as_array().unwrap().iter().any(|n| n["case"] == id.as_str());
            assert_eq!(told, sees, "{login} is told: {notices}");
        }
        let note = Act { reason: Some("村里已放锥桶".into()), ..Act::default() };
        assert_eq!(house.act("qiaotou", &id, "note", note).await.unwrap(), "signing");
    }
}
