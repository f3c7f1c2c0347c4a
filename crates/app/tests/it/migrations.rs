//! Cases of an older version come to the one in force as it declares, or stay with the reason.

use std::path::Path;

use gongzhi_app::Templates;
use gongzhi_app::cases::{Act, GivenPlace, Migrating, NewCase};
use gongzhi_civic::text::Language;
use serde_json::json;

use crate::house::{NOON, code, houses_with, made_up_matters, open_with, town};

/// The made-up matters as they were before: other names of two stages and of a field.
fn before(folder: &Path) -> Templates {
    let copy = |from: &Path, to: &Path, change: &dyn Fn(&str, String) -> String| {
        let mut open = vec![from.to_owned()];
        while let Some(next) = open.pop() {
            for entry in std::fs::read_dir(&next).unwrap().flatten() {
                if entry.path().is_dir() {
                    open.push(entry.path());
                    continue;
                }
                let target = to.join(entry.path().strip_prefix(from).unwrap());
                std::fs::create_dir_all(target.parent().unwrap()).unwrap();
                let name = entry.file_name().to_string_lossy().into_owned();
                std::fs::write(target, change(&name, std::fs::read_to_string(entry.path()).unwrap())).unwrap();
            }
        }
    };
    let fixtures = made_up_matters().matters.unwrap();
    copy(&fixtures.join("errand"), &folder.join("errand"), &|_, text| text);
    copy(&fixtures.join("joint"), &folder.join("joint"), &|name, text| {
        let text = match text.split_once("[[migrations]]") {
            Some((head, tail)) => format!("{head}{}", &tail[tail.find("[simulation]").unwrap()..]),
            None => text,
        };
        let text = text.replace("version = 2\n", "version = 1\n").replace("received", "waiting").replace("handling", "working");
        if name.ends_with(".json") {
            text.replace("\"plate\": {", "\"number_plate\": {")
        } else {
            text.replace("/plate", "/number_plate").replace(", plate = ", ", number_plate = ")
        }
    });
    Templates { matters: Some(folder.to_owned()), ..Templates::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_keeps_its_version_until_it_is_moved_and_then_stands_where_it_stood() {
    let folder = tempfile::tempdir().unwrap();
    for house in houses_with(before(folder.path())).await {
        let kind = house.place.kind();
        let x = town().point('X');
        let mut ids = Vec::new();
        for (key, plate) in [("a", "浙D11111"), ("b", "浙D22222")] {
            let new = NewCase {
                matter: "joint".into(),
                fields: json!({ "words": "a hole", "number_plate": plate }),
                place: GivenPlace { lon: Some(x.lon), lat: Some(x.lat), ..GivenPlace::default() },
                key: key.into(),
                ..NewCase::default()
            };
            ids.push(house.app.open_case(&house.who("dispatcher").await, new).await.unwrap().id);
        }
        house.act("dispatcher", &ids[0], "dispatch", Act { unit: Some("transport".into()), ..Act::default() }).await.unwrap();
        assert_eq!(house.page("dispatcher", &ids[0]).await["stage"]["id"], "working");

        // The next start brings the second version; the cases stay on the first.
        let next = open_with(&house.place, made_up_matters()).await;
        next.clock.set(NOON.plus_ms(3_600_000));
        let admin = house.who("admin").await;
        let dispatcher = house.who("dispatcher").await;
        let page = next.case(&dispatcher, &ids[0], Language::Zh).await.unwrap();
        assert_eq!((page["definition"]["version"].as_i64(), page["stage"]["id"].as_str()), (Some(1), Some("working")), "{kind}");
        let due = page["due_at"].clone();

        let dry = Migrating { from: 1, dry_run: true };
        let said = next.migrate_cases(&admin, "joint", &dry, Language::Zh).await.unwrap();
        assert_eq!((said["moved"].as_i64(), said["refused"].as_array().unwrap().len()), (Some(2), 0), "{said}");
        let page = next.case(&dispatcher, &ids[0], Language::Zh).await.unwrap();
        assert_eq!(page["definition"]["version"], 1, "shown, not done");
        assert_eq!(code(next.migrate_cases(&dispatcher, "joint", &dry, Language::Zh).await), "forbidden");
        assert_eq!(
            code(next.migrate_cases(&admin, "joint", &Migrating { from: 2, dry_run: true }, Language::Zh).await),
            "migration_not_newer"
        );

        let done = next.migrate_cases(&admin, "joint", &Migrating { from: 1, dry_run: false }, Language::Zh).await.unwrap();
        assert_eq!(done["moved"], 2);
        let page = next.case(&dispatcher, &ids[0], Language::Zh).await.unwrap();
        assert_eq!((page["definition"]["version"].as_i64(), page["stage"]["id"].as_str()), (Some(2), Some("handling")), "{kind}");
        assert_eq!(page["fields"]["plate"], "浙D11111");
        assert_eq!(page["due_at"], due, "its clock goes on");
        assert!(page["timeline"].as_array().unwrap().iter().any(|e| e["kind"] == "migrate"));
        assert_eq!(next.migrate_cases(&admin, "joint", &Migrating { from: 1, dry_run: false }, Language::Zh).await.unwrap()["moved"], 0);
        // And it can be worked on by the rules of the new version.
        let act = Act {
            reason: Some("together".into()),
            unit: Some("transport".into()),
            assists: vec!["urban-management".into()],
            ..Act::default()
        };
        assert_eq!(next.act(&dispatcher, &ids[1], "split", act).await.unwrap().stage, "handling");
        assert!(next.verify_ledger().await.unwrap().ok);
    }
}
