//! A thirteenth matter by data alone: a folder is laid beside the others, and it has forms, inbox, letters, Open311 and score.

use std::path::Path;
use std::sync::Arc;

use gongzhi_app::cases::{Act, GivenPlace};
use gongzhi_app::public::PublicReport;
use gongzhi_app::{App, Options, Templates};
use gongzhi_civic::text::Language;
use gongzhi_protocol::open311::{ListQuery, json as spelled, pairs};
use gongzhi_testkit::databases::both;
use serde_json::{Value, json};

use crate::house::{House, NOON, copy, fields, town};

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_enough_for_forms_inbox_letters_open311_and_score() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for place in both().await {
        // As a police IT officer does it: the city's own folder of matters, and one more folder in it.
        let matters = place.folder.path().join("matters");
        copy(&root.join("matters"), &matters);
        copy(&root.join("crates/testkit/data/bridge-height"), &matters.join("bridge_height"));
        std::fs::write(place.folder.path().join("roads.network"), town().imported().bytes).unwrap();
        let templates = Templates { matters: Some(matters), ..Templates::default() };
        let app = App::open(Options { data: place.folder.path().to_owned(), database: place.address.clone(), templates }).await.unwrap();
        app.clock.run_at(0.0);
        app.clock.set(NOON);
        let app = Arc::new(app);
        for (login, unit, role) in
            [("dispatcher", "brigade-1", "dispatcher"), ("clerk", "transport", "clerk"), ("leader", "commission", "leader")]
        {
            app.add_account(login, login, unit, &[role.to_owned()], "a long password").await.unwrap();
        }
        let house = House { app: app.clone(), place };

        // The form.
        let listed = app.public_matters();
        let form = listed.as_array().unwrap().iter().find(|m| m["id"] == "bridge_height").expect("the public may open it");
        assert_eq!(form["schema"]["properties"]["struck"]["x-title"]["zh"], "撞了什么");
        let x = town().point('X');
        let report = PublicReport {
            matter: "bridge_height".into(),
            fields: json!({ "struck": "frame", "stuck": true }),
            place: GivenPlace { lon: Some(x.lon), lat: Some(x.lat), ..GivenPlace::default() },
            key: "strike".into(),
            ..PublicReport::default()
        };
        let receipt = app.public_report(report, Language::Zh).await.unwrap();
        assert!(receipt["promised_at"].as_i64().is_some_and(|t| t > NOON.0), "{receipt}");

        // The inbox, with the clock that the decision table chose.
        let dispatcher = house.who("dispatcher").await;
        let inbox = app
            .list_cases(&dispatcher, &serde_json::from_value(json!({ "box": "todo", "matter": "bridge_height" })).unwrap(), Language::Zh)
            .await
            .unwrap();
        let row = &inbox["items"][0];
        assert_eq!((row["number"].as_str(), inbox["total"].as_i64()), (receipt["number"].as_str(), Some(1)));
        let id = row["id"].as_str().unwrap().to_owned();
        assert_eq!(house.act("dispatcher", &id, "dispatch", Act::default()).await.unwrap(), "repairing");
        let page = house.page("clerk", &id).await;
        let clock = page["clocks"].as_array().unwrap().iter().find(|c| c["id"] == "repair").unwrap();
        assert_eq!(clock["due"].as_i64(), Some(NOON.0 + 24 * 3_600_000), "a vehicle is stuck: 24 hours, says the table");
        let repaired = Act { photos: vec![house.photo("after").await], ..fields(json!({ "done": "已更换限高架横梁" })) };
        assert_eq!(house.act("clerk", &id, "submit", repaired).await.unwrap(), "checking");
        assert_eq!(house.act("dispatcher", &id, "close", fields(json!({ "result": "fixed" }))).await.unwrap(), "closed");

        // The letter, made by the effect that the folder declares.
        app.run_jobs().await.unwrap();
        let page = house.page("dispatcher", &id).await;
        let letters = page["documents"].as_array().unwrap();
        assert_eq!(letters.len(), 1, "{page}");
        let (_, pdf) = app.document_pdf(&dispatcher, letters[0]["id"].as_str().unwrap()).await.unwrap();
        assert!(pdf.starts_with(b"%PDF-"));

        // Open311.
        let services = spelled(&app.open311_services(Language::En));
        assert!(services.as_array().unwrap().iter().any(|s| s["service_code"] == "BHS"), "{services}");
        let definition = spelled(&app.open311_service("BHS", Language::En).unwrap());
        assert!(
            definition["attributes"].as_array().unwrap().iter().any(|a| a["code"] == "struck" && a["required"] == true),
            "{definition}"
        );
        let query = ListQuery::read(&pairs("service_code=BHS&extensions=true"), app.clock.now().0, &app.zone).unwrap();
        let requests = spelled(&app.open311_requests(&query, "http://here", Language::En).await.unwrap());
        assert_eq!(requests[0]["status"], "closed");
        assert_eq!(requests[0]["attributes"].as_array().map(Vec::len), Some(2), "{requests}");

        // The score.
        let leader = house.who("leader").await;
        let points: Value =
            app.points(&leader, &serde_json::from_value(json!({ "matter": "bridge_height" })).unwrap(), Language::Zh).await.unwrap();
        let transport =
            points["rows"].as_array().unwrap().iter().find(|r| r["unit"]["id"] == "transport").unwrap_or_else(|| panic!("{points}"));
        assert_eq!(transport["points"], 1, "{points}");
    }
}
