//! An edit of the calendar moves every open clock, once, visibly, and on every server.

use gongzhi_app::calendars::YearEdit;
use gongzhi_app::cases::Act;
use gongzhi_civic::text::Language;
use gongzhi_store::calendars;
use gongzhi_store::cases::{self, Key};
use gongzhi_store::sql::Sql;

use crate::house::{House, code, houses, open};

/// The year as the template has it, with one more local day off.
fn longer(day: &str) -> String {
    let text = include_str!("../../../../city/calendar/china-2026.toml");
    format!("{text}\n[[holiday]]\nname = {{ zh = \"运动会\", en = \"Games\" }}\noff = [{day}]\n")
}

fn edit(text: &str) -> YearEdit {
    YearEdit { text: text.to_owned(), dry_run: false }
}

async fn at_work(house: &House, n: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for i in 0..n {
        let id = house.hazard(&format!("calendar {i}")).await;
        house.act("dispatcher", &id, "dispatch", Act { unit: Some("urban-management".into()), ..Act::default() }).await.unwrap();
        house.act("clerk", &id, "sign", Act::default()).await.unwrap();
        ids.push(id);
    }
    ids
}

async fn due(house: &House, id: &str) -> (i64, Option<i64>) {
    let row = cases::find(&house.app.database, Key::Id(id)).await.unwrap().unwrap();
    (row.due_at.unwrap(), row.next_rung_at)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_day_off_moves_open_clocks_and_says_so() {
    for house in houses().await {
        let kind = house.place.kind();
        let ids = at_work(&house, 3).await;
        let admin = house.who("admin").await;
        let before = due(&house, &ids[0]).await;
        // Friday 2026-11-20 lies within every budget that is counted in working days.
        let text = longer("2026-11-20");
        let dry = YearEdit { text: text.clone(), dry_run: true };
        let said = house.app.put_calendar(&admin, 2026, dry, Language::Zh).await.unwrap();
        assert_eq!((said["changed"].as_i64(), said["open"].as_i64()), (Some(3), Some(3)), "{kind}: {said}");
        assert_eq!(due(&house, &ids[0]).await, before, "a dry run moves nothing");
        assert_eq!(house.app.calendar().revision, 0);

        let done = house.app.put_calendar(&admin, 2026, edit(&text), Language::Zh).await.unwrap();
        assert_eq!(done["changed"], said["changed"], "what was announced is what was done");
        let after = due(&house, &ids[0]).await;
        assert!(after.0 > before.0 && after.1 > before.1, "{kind}: {before:?} {after:?}");
        let example = &done["examples"][0];
        assert_eq!((example["old"].as_i64(), example["new"].as_i64()), (Some(before.0), Some(after.0)));
        assert!(example["why"].as_str().unwrap().contains("运动会"), "{example}");

        let page = house.page("clerk", &ids[0]).await;
        let entry = page["timeline"].as_array().unwrap().iter().find(|e| e["kind"] == "calendar").expect("the timeline shows it").clone();
        assert_eq!((entry["moved"]["old"].as_i64(), entry["moved"]["new"].as_i64()), (Some(before.0), Some(after.0)));
        assert_eq!(page["due_at"].as_i64(), Some(after.0), "list and page say the same date");
        assert!(page["clocks"].as_array().unwrap().iter().any(|c| c["due"].as_i64() == Some(after.0)));
        assert_eq!(page["ledger"]["verified"], true, "the case's own chain is not touched");

        let again = house.app.put_calendar(&admin, 2026, edit(&text), Language::Zh).await.unwrap();
        assert_eq!(again["changed"], 0, "the same calendar moves nothing");
        let journal = gongzhi_store::events::stream(&house.app.database, "calendar").await.unwrap();
        let kinds: Vec<&str> = journal.iter().map(|e| e.kind.as_str()).collect();
        assert_eq!(kinds, ["calendar.changed", "calendar.projected", "calendar.changed", "calendar.projected"]);
        assert!(journal[1].body.contains("\"changed\":3") && journal[1].body.contains("\"digest\""), "{}", journal[1].body);
        assert!(house.app.verify_ledger().await.unwrap().ok);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_sees_the_edit_and_mends_what_it_wrote_before() {
    for house in houses().await {
        let second = open(&house.place).await;
        let ids = at_work(&house, 2).await;
        let admin = house.who("admin").await;
        house.app.put_calendar(&admin, 2026, edit(&longer("2026-11-20")), Language::Zh).await.unwrap();
        let right = due(&house, &ids[0]).await;
        // The second server still has the old calendar when somebody acts there.
        assert_eq!(second.calendar().revision, 0);
        let clerk = house.who("clerk").await;
        second.act(&clerk, &ids[0], "note", Act { reason: Some("已联系".into()), ..Act::default() }).await.unwrap();
        assert_ne!(due(&house, &ids[0]).await, right, "written with the calendar of before");
        second.run_jobs().await.unwrap();
        assert_eq!(second.calendar().revision, 1);
        assert_eq!(due(&house, &ids[0]).await, right, "{}: mended", house.place.kind());
        assert!(second.verify_ledger().await.unwrap().ok);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projection_that_was_cut_off_is_finished_at_the_next_start() {
    for house in houses().await {
        let ids = at_work(&house, 2).await;
        let before = due(&house, &ids[1]).await;
        // The year is saved, and the power goes.
        let mut write = house.app.database.write().await.unwrap();
        calendars::put_year(&mut write, 2026, &longer("2026-11-20"), house.app.clock.now().0, "admin").await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(due(&house, &ids[1]).await, before);
        let next = open(&house.place).await;
        assert_eq!(next.calendar().revision, 1);
        assert!(due(&house, &ids[1]).await > before, "{}", house.place.kind());
        assert_eq!(calendars::projections(&next.database, &ids[1]).await.unwrap().len(), 1);
        open(&house.place).await;
        assert_eq!(calendars::projections(&next.database, &ids[1]).await.unwrap().len(), 1, "and only once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_that_is_not_announced_stays_flagged_until_it_is_written() {
    for house in houses().await.into_iter().take(1) {
        let admin = house.who("admin").await;
        let year = |view: &serde_json::Value, n: i64| view["years"].as_array().unwrap().iter().find(|y| y["year"] == n).unwrap().clone();
        let view = house.app.calendar_view(Language::Zh).await.unwrap();
        assert_eq!((year(&view, 2026)["announced"].as_bool(), year(&view, 2027)["provisional"].as_bool()), (Some(true), Some(true)));
        house.later(24 * 38); // 2026-12-27: three working days reach into 2027
        let id = at_work(&house, 1).await.remove(0);
        assert_eq!(house.page("clerk", &id).await["due_provisional"], true);
        let text = "year = 2027\nnotice = \"示例\"\n[[holiday]]\nname = { zh = \"元旦\", en = \"New Year\" }\noff = [2027-01-01]\n";
        let done = house.app.put_calendar(&admin, 2027, edit(text), Language::En).await.unwrap();
        assert_eq!((done["changed"].as_i64(), done["examples"][0]["provisional"].as_bool()), (Some(1), Some(false)), "{done}");
        assert_eq!(house.page("clerk", &id).await["due_provisional"], false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_calendar_is_refused_with_its_line_and_nothing_changes() {
    for house in houses().await {
        let admin = house.who("admin").await;
        let clerk = house.who("clerk").await;
        assert_eq!(code(house.app.put_calendar(&clerk, 2026, edit(&longer("2026-11-20")), Language::Zh).await), "forbidden");
        let twice = "year = 2026\n[[holiday]]\nname = { zh = \"甲\", en = \"A\" }\noff = [2026-05-01, 2026-05-01]\n";
        match house.app.put_calendar(&admin, 2026, edit(twice), Language::Zh).await.unwrap_err() {
            gongzhi_app::AppError::Problem(p) => {
                assert_eq!(p.code, "calendar_twice");
                assert!(p.fields["/text"].zh.contains("第 4 行"), "{:?}", p.fields);
            }
            other => panic!("{other}"),
        }
        assert_eq!(code(house.app.put_calendar(&admin, 2026, edit("year = 2025\n"), Language::Zh).await), "calendar_other_year");
        assert_eq!(code(house.app.put_calendar(&admin, 2026, edit("year = "), Language::Zh).await), "calendar_syntax");
        let rows = house.app.database.all(Sql::new("SELECT year FROM calendar_year")).await.unwrap();
        assert!(rows.is_empty() && house.app.calendar().revision == 0);
    }
}
