//! A version of a matter: drafted, checked, tried, published, in force everywhere, and never taken back by a restart.

use std::collections::BTreeMap;

use gongzhi_app::drafts::{BenchQuestion, DraftEdit, GivenDraft, PublishOrder};
use gongzhi_app::{App, Options, Templates};
use gongzhi_civic::permission::Actor;
use serde_json::{Value, json};

use crate::house::{House, NOON, code, houses, open, town};

const NOTE: &str = "照明时限按新标准调整";

fn copy(matter: &str) -> GivenDraft {
    GivenDraft { matter: matter.into(), ..GivenDraft::default() }
}

fn order(revision: Option<i64>) -> PublishOrder {
    PublishOrder { note: NOTE.into(), revision, ..PublishOrder::default() }
}

fn id(view: &Value) -> String {
    view["id"].as_str().unwrap().to_owned()
}

fn files(view: &Value) -> BTreeMap<String, String> {
    serde_json::from_value(view["files"].clone()).unwrap()
}

/// Saves the draft with one file changed.
async fn change(house: &House, admin: &Actor, draft: &Value, file: &str, change: impl Fn(&str) -> String) -> Value {
    let mut files = files(draft);
    let text = change(files.get(file).map_or("", String::as_str));
    files.insert(file.into(), text);
    let edit = DraftEdit { revision: draft["revision"].as_i64().unwrap(), files, base: None };
    house.app.edit_draft(admin, &id(draft), edit).await.unwrap()
}

fn version(app: &App) -> u32 {
    app.definitions().current("hazard").unwrap().version
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_draft_is_refused_with_file_and_line() {
    for house in houses().await {
        let admin = house.who("admin").await;
        let before = version(&house.app);
        assert_eq!(code(house.app.make_draft(&house.who("leader").await, copy("hazard")).await), "forbidden");
        assert_eq!(code(house.app.make_draft(&admin, copy("no_such_matter")).await), "not_found");
        assert_eq!(code(house.app.make_draft(&admin, copy("../hazard")).await), "matter_id_invalid");
        let draft = house.app.make_draft(&admin, copy("hazard")).await.unwrap();
        let whole = house.app.check_draft(&admin, &id(&draft)).await.unwrap();
        assert_eq!((whole["ok"].as_bool(), whole["definition"]["version"].as_u64()), (Some(true), Some(u64::from(before) + 1)), "{whole}");

        let broken =
            change(&house, &admin, &draft, "matter.toml", |text| text.replacen("owner = \"commission\"", "owner = \"nobody\"", 1)).await;
        let line = files(&broken)["matter.toml"].lines().position(|l| l.starts_with("owner =")).unwrap() + 1;
        let checked = house.app.check_draft(&admin, &id(&draft)).await.unwrap();
        let fault = &checked["faults"][0];
        assert_eq!((fault["file"].as_str(), fault["line"].as_u64()), (Some("matter.toml"), Some(line as u64)), "{checked}");
        assert!(!fault["message"]["zh"].as_str().unwrap().is_empty() && !fault["message"]["en"].as_str().unwrap().is_empty());
        match house.app.publish_draft(&admin, &id(&draft), order(None)).await.unwrap_err() {
            gongzhi_app::AppError::Problem(p) => {
                assert_eq!(p.code, "definition_faulty");
                assert!(p.message.zh.contains(&format!("第 {line} 行")), "{}", p.message.zh);
                assert!(p.fields.keys().any(|k| k.starts_with(&format!("/matter.toml:{line}:"))), "{:?}", p.fields);
            }
            other => panic!("{other}"),
        }
        // Who saw the revision before cannot save over it.
        let late = DraftEdit { revision: 1, files: files(&draft), base: None };
        assert_eq!(code(house.app.edit_draft(&admin, &id(&draft), late).await), "draft_changed");
        assert_eq!(version(&house.app), before, "{}: nothing came in force", house.place.kind());
        assert_eq!(gongzhi_store::drafts::published(&house.app.database).await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_version_is_in_force_at_once_elsewhere_soon_and_after_a_restart() {
    for house in houses().await {
        let kind = house.place.kind();
        let admin = house.who("admin").await;
        let second = open(&house.place).await;
        let old_case = house.hazard("before").await;
        let before = version(&house.app);
        let draft = house.app.make_draft(&admin, copy("hazard")).await.unwrap();
        let rival = house.app.make_draft(&admin, copy("hazard")).await.unwrap();
        assert_eq!(code(house.app.publish_draft(&admin, &id(&draft), PublishOrder::default()).await), "note_missing");

        // A scenario that does not hold stops it, unless the administrator says so.
        let wrong = "[[scenario]]\nname = { zh = \"不成立\", en = \"does not hold\" }\nstart = \"2026-11-19 10:00\"\n[[scenario.step]]\nby = \"ghost\"\ndo = \"open\"\n";
        let draft = change(&house, &admin, &draft, "scenarios/wrong.toml", |_| wrong.to_owned()).await;
        let played = house.app.test_draft(&admin, &id(&draft)).await.unwrap();
        let failing: Vec<&Value> = played["results"].as_array().unwrap().iter().filter(|r| r["failures"] != json!([])).collect();
        assert_eq!((played["passed"].as_bool(), failing.len()), (Some(false), 1), "{failing:?}");
        assert!(played["coverage"]["stages"]["touched"].as_array().unwrap().len() > 3);
        assert_eq!(code(house.app.publish_draft(&admin, &id(&draft), order(None)).await), "scenarios_fail");
        let draft = change(&house, &admin, &draft, "scenarios/wrong.toml", |_| String::new()).await;
        assert_eq!(code(house.app.publish_draft(&admin, &id(&draft), order(Some(1))).await), "draft_changed", "another revision was tried");
        let done = house.app.publish_draft(&admin, &id(&draft), order(draft["revision"].as_i64())).await.unwrap();
        assert_eq!(done["version"].as_u64(), Some(u64::from(before) + 1));
        assert_eq!(version(&house.app), before + 1, "{kind}: at once");
        assert_eq!(code(house.app.draft(&admin, &id(&draft)).await), "not_found", "the draft is done");

        // Cases stay on the version they were opened with.
        let new_case = house.hazard("after").await;
        let pinned = |page: &Value| page["definition"]["version"].as_u64().unwrap();
        assert_eq!(pinned(&house.page("dispatcher", &old_case).await), u64::from(before));
        assert_eq!(pinned(&house.page("dispatcher", &new_case).await), u64::from(before) + 1);
        let versions = house.app.matter_versions(&admin, "hazard").await.unwrap();
        let said: Vec<_> = versions["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| (v["origin"].as_str().unwrap(), v["in_force"] == true, v["open"].as_i64().unwrap()))
            .collect();
        assert_eq!(said, [("city", true, 1), ("program", false, 1)], "{versions}");
        assert_eq!((versions["items"][0]["by"].as_str(), versions["items"][0]["note"].as_str()), (Some("admin"), Some(NOTE)));

        // A draft of the version before does not silently undo this one.
        assert_eq!(code(house.app.publish_draft(&admin, &id(&rival), order(None)).await), "draft_outdated");
        let onward = DraftEdit { revision: 1, files: files(&rival), base: done["hash"].as_str().map(str::to_owned) };
        house.app.edit_draft(&admin, &id(&rival), onward).await.unwrap();
        match house.app.publish_draft(&admin, &id(&rival), order(None)).await.unwrap_err() {
            gongzhi_app::AppError::Problem(p) => assert!(p.message.zh.contains("须更高"), "{}", p.message.zh),
            other => panic!("{other}"),
        }
        let to = format!("draft:{}", id(&rival));
        let difference = house.app.matter_difference(&admin, "hazard", done["hash"].as_str().unwrap(), &to).await.unwrap();
        let changed: Vec<&str> = difference["files"].as_array().unwrap().iter().map(|f| f["file"].as_str().unwrap()).collect();
        assert_eq!(changed, ["scenarios/wrong.toml"], "{difference}");
        assert_eq!(difference["changes"], json!([]), "no rule differs");

        // Another server with its next round; this one after a restart; and whatever a newer program brings.
        assert_eq!(version(&second), before);
        second.run_jobs().await.unwrap();
        assert_eq!(version(&second), before + 1, "{kind}: the second server");
        assert_eq!(version(open(&house.place).await.as_ref()), before + 1, "{kind}: after a restart");
        let newer = upgraded(&house).await;
        assert_eq!(version(&newer), before + 1, "{kind}: what the city published stands");
        assert_eq!(newer.definitions().current("inquiry").unwrap().version, 99, "{kind}: of what it did not publish the newer");

        let journal = gongzhi_store::events::stream(&house.app.database, "matter:hazard").await.unwrap();
        assert_eq!(journal.iter().map(|e| e.kind.as_str()).collect::<Vec<_>>(), ["matter.published"]);
        assert!(journal[0].body.contains(done["hash"].as_str().unwrap()) && journal[0].body.contains(NOTE), "{}", journal[0].body);
        assert!(house.app.verify_ledger().await.unwrap().ok);
    }
}

/// The same state under a program whose templates all say version 99.
async fn upgraded(house: &House) -> App {
    let folder = house.place.folder.path().join("newer");
    for (matter, files) in Templates::default().matters().unwrap() {
        for (name, text) in files {
            let path = folder.join(&matter).join(&name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let text = if name == "matter.toml" {
                text.lines().map(|l| if l.starts_with("version = ") { "version = 99\n".to_owned() } else { format!("{l}\n") }).collect()
            } else {
                text
            };
            std::fs::write(path, text).unwrap();
        }
    }
    let templates = Templates { matters: Some(folder), ..Templates::default() };
    let app =
        App::open(Options { data: house.place.folder.path().to_owned(), database: house.place.address.clone(), templates }).await.unwrap();
    app.clock.set(NOON);
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bench_says_what_then_happens() {
    for house in houses().await {
        let admin = house.who("admin").await;
        let draft = house.app.make_draft(&admin, copy("hazard")).await.unwrap();
        let x = town().point('X');
        let question = |fields: Value| BenchQuestion {
            fields,
            place: gongzhi_app::cases::GivenPlace { lon: Some(x.lon), lat: Some(x.lat), ..Default::default() },
            ..BenchQuestion::default()
        };
        let lamp = json!({ "category": "lamp", "severity": 2, "description": "路灯不亮" });
        let said = house.app.bench_draft(&admin, &id(&draft), question(lamp)).await.unwrap();
        assert_eq!(said["fields"], json!({}), "{said}");
        let case = house.hazard("bench").await;
        let page = house.page("dispatcher", &case).await;
        assert_eq!(said["unit"]["id"], page["proposal"]["unit"]["id"]);
        assert!(!said["row"].as_str().unwrap().is_empty() && said["reason"]["zh"].as_str().is_some(), "{said}");
        let running: Vec<&Value> = page["clocks"].as_array().unwrap().iter().filter(|c| c["running"] == true).collect();
        assert!(!running.is_empty());
        for clock in running {
            let benched = said["clocks"].as_array().unwrap().iter().find(|c| c["id"] == clock["id"]).unwrap();
            assert_eq!(benched["due"], clock["due"], "{}", clock["id"]);
            assert!(benched["provisional"].is_boolean() && benched["explanation"]["en"].is_string());
        }
        assert!(said["course"].as_array().unwrap().len() > 2, "{}", said["course"]);
        let wrong = house.app.bench_draft(&admin, &id(&draft), question(json!({ "category": "lamp", "severity": 99 }))).await.unwrap();
        assert!(wrong["fields"]["/severity"]["zh"].as_str().is_some(), "{}", wrong["fields"]);
        change(&house, &admin, &draft, "matter.toml", |_| "id = ".to_owned()).await;
        let lamp = question(json!({}));
        assert_eq!(code(house.app.bench_draft(&admin, &id(&draft), lamp).await), "definition_faulty");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_matter_is_a_copy_under_another_id() {
    for house in houses().await.into_iter().take(1) {
        let admin = house.who("admin").await;
        let model = house.app.definitions().current("inquiry").unwrap().content_hash.clone();
        let given = GivenDraft { matter: "lost_property".into(), hash: Some(model), ..GivenDraft::default() };
        let draft = house.app.make_draft(&admin, given).await.unwrap();
        let checked = house.app.check_draft(&admin, &id(&draft)).await.unwrap();
        assert_eq!(
            (checked["ok"].as_bool(), checked["definition"]["id"].as_str()),
            (Some(true), Some("lost_property")),
            "{}",
            checked["faults"]
        );
        assert_eq!(checked["definition"]["version"], 1);
        house.app.publish_draft(&admin, &id(&draft), PublishOrder { despite_scenarios: true, ..order(None) }).await.unwrap();
        assert!(house.app.definitions().current("lost_property").is_some());
        assert!(open(&house.place).await.definitions().current("lost_property").is_some(), "after a restart too");
        let second = house.app.make_draft(&admin, copy("lost_property")).await.unwrap();
        house.app.drop_draft(&admin, &id(&second)).await.unwrap();
        assert_eq!(house.app.drafts(&admin).await.unwrap()["items"], json!([]));
    }
}
