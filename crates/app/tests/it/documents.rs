//! Letters: once a key, numbered without gaps, proved by the paper, refused with a place when a template is wrong.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use gongzhi_app::cases::Act;
use gongzhi_app::documents::NewDocument;
use gongzhi_app::journal::Signature;
use gongzhi_app::{App, AppError, Options, Templates};
use gongzhi_civic::text::Language;
use gongzhi_store::documents::{self, By, DocumentRow};
use gongzhi_store::sql::Sql;
use serde_json::Value;

use crate::house::{House, NOON, code, copy, fields, houses, open};

/// Typesetting needs a Chinese font; without one the test says so and passes.
fn can_typeset() -> bool {
    let can = gongzhi_app::typeset::fonts().is_some_and(|fonts| fonts.iter().any(|f| f.typeface == "仿宋" && f.family.is_some()));
    if !can {
        println!("SKIPPED: no Chinese font (Debian: fonts-noto-cjk)");
    }
    can
}

fn wanted(letter: &str, key: &str) -> NewDocument {
    NewDocument { letter: letter.into(), key: key.into() }
}

/// The text a reader copies out, without white space.
fn text_of(pdf: &[u8]) -> String {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    document.extract_text(&pages).unwrap().chars().filter(|c| !c.is_whitespace()).collect()
}

fn squeezed(words: &str) -> String {
    words.chars().filter(|c| !c.is_whitespace()).collect()
}

async fn dispatched(house: &House, key: &str) -> String {
    let id = house.hazard(key).await;
    house.act("dispatcher", &id, "dispatch", Act { unit: Some("urban-management".into()), ..Act::default() }).await.unwrap();
    id
}

async fn made(house: &House, case: &str, letter: &str, key: &str) -> DocumentRow {
    house.app.ask_document(&house.who("leader").await, case, wanted(letter, key)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_made_once_says_what_the_case_says_and_proves_itself() {
    if !can_typeset() {
        return;
    }
    for house in houses().await {
        let kind = house.place.kind();
        house.app.set_address("https://road.example/");
        let id = dispatched(&house, "letter").await;
        let first = made(&house, &id, "order", "a").await;
        let again = made(&house, &id, "order", "a").await;
        assert_eq!(first, again, "{kind}: the same key is the same document");
        let second = made(&house, &id, "order", "b").await;
        assert_eq!((first.ordinal, second.ordinal), (1, 2), "{kind}");
        assert_eq!(made(&house, &id, "supervision", "a2").await.ordinal, 1, "another letter has a series of its own");

        let (row, pdf) = house.app.document_pdf(&house.who("clerk").await, &first.id).await.unwrap();
        let text = text_of(&pdf);
        let page = house.page("leader", &id).await;
        for words in [
            &row.number,
            page["number"].as_str().unwrap(),
            page["place"]["name"].as_str().unwrap(),
            "路灯不亮<script>alert(1)</script>",
            "扫码验真",
            "盖章处",
        ] {
            assert!(text.contains(&squeezed(words)), "{kind}: “{words}” is not in {text}");
        }
        assert!(text.contains(&format!("https://road.example/verify/{}", row.code)));
        assert!(!text.contains("合成演示数据"), "a real case is not called made up");
        // The order says what will be asked, although the clock of the work starts only when it is signed for.
        let clocks = row.data["clocks"].as_array().unwrap();
        let fix = clocks.iter().find(|c| c["id"] == "fix").unwrap();
        assert_eq!((&fix["started"], &fix["due"], &fix["budget"]), (&false.into(), &Value::Null, &"10 个工作日".into()), "{fix}");
        assert!(text.contains("自进入“整改中”起算"));

        let checked = house.app.check_document(&row.code).await.unwrap();
        assert_eq!((&checked["ok"], &checked["number"]), (&true.into(), &row.number.clone().into()), "{kind}: {checked}");
        assert!(
            checked.get("data").is_none() && !checked.to_string().contains("路灯"),
            "the check says nothing of what the letter is about"
        );
        assert_eq!(house.app.compare_document(&row.code, &pdf).await.unwrap()["same"], true);
        let mut other = pdf.clone();
        *other.last_mut().unwrap() ^= 1;
        assert_eq!(house.app.compare_document(&row.code, &other).await.unwrap()["same"], false);
        assert_eq!(code(house.app.check_document("0000").await), "document_unknown");

        // The case goes on; the paper stays what it was.
        house.act("clerk", &id, "sign", Act::default()).await.unwrap();
        assert_eq!(house.app.check_document(&row.code).await.unwrap()["ok"], true);
        assert_eq!(page["documents"].as_array().unwrap().len(), 3);
        assert!(house.app.verify_ledger().await.unwrap().ok);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_made_at_once_by_two_programs_get_every_number_once() {
    if !can_typeset() {
        return;
    }
    for house in houses().await {
        let id = dispatched(&house, "at once").await;
        let other = open(&house.place).await;
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..8 {
            // Every key is asked for twice, by both programs.
            for app in [house.app.clone(), other.clone()] {
                let id = id.clone();
                tasks.spawn(async move { app.make_document(&id, "order", &format!("key {n}"), &Signature::program()).await.unwrap() });
            }
        }
        let rows = tasks.join_all().await;
        let ids: BTreeSet<&String> = rows.iter().map(|r| &r.id).collect();
        let ordinals: BTreeSet<i64> = rows.iter().map(|r| r.ordinal).collect();
        assert_eq!(ids.len(), 8, "{}: a key is one document", house.place.kind());
        assert_eq!(ordinals, (1..=8).collect(), "{}: no number twice, none left out", house.place.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_afterwards_does_not_pass() {
    if !can_typeset() {
        return;
    }
    for house in houses().await {
        let kind = house.place.kind();
        let id = dispatched(&house, "forged").await;
        let row = made(&house, &id, "order", "a").await;
        let holds = async || house.app.check_document(&row.code).await.unwrap()["ok"] == true;
        assert!(holds().await);
        let change = async |statement: &'static str| {
            let mut write = house.app.database.write().await.unwrap();
            assert!(write.execute(Sql::new(statement)).await.unwrap() > 0, "{statement}");
            write.commit().await.unwrap();
        };
        change("UPDATE document SET number = '伪造〔2026〕1号'").await;
        assert!(!holds().await, "{kind}: another number");
        let mut write = house.app.database.write().await.unwrap();
        write.execute(Sql::with("UPDATE document SET number = $1", [(&row.number).into()])).await.unwrap();
        write.commit().await.unwrap();
        assert!(holds().await);
        change("UPDATE event SET actor = 'somebody' WHERE kind = 'document.made'").await;
        assert!(!holds().await, "{kind}: another author");
        let mut write = house.app.database.write().await.unwrap();
        write.execute(Sql::with("UPDATE event SET actor = $1 WHERE kind = 'document.made'", [(&row.actor).into()])).await.unwrap();
        write.commit().await.unwrap();
        assert!(holds().await);
        let path = house.place.folder.path().join("files").join(&row.blob[..2]).join(&row.blob);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, b"%PDF-1.7 another").unwrap();
        assert!(!holds().await, "{kind}: another file");
        std::fs::write(&path, whole).unwrap();
        assert!(holds().await);
        change("UPDATE event SET at = at + 1 WHERE seq = 1 AND kind LIKE 'hazard.%'").await;
        assert!(!holds().await, "{kind}: another history of the case");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_make_and_who_may_read_a_letter() {
    if !can_typeset() {
        return;
    }
    for house in houses().await {
        let id = dispatched(&house, "who").await;
        let clerk = house.who("clerk").await;
        assert_eq!(code(house.app.ask_document(&clerk, &id, wanted("order", "k")).await), "letter_not_yours");
        assert_eq!(code(house.app.ask_document(&clerk, &id, wanted("nothing", "k")).await), "not_found");
        assert_eq!(code(house.app.ask_document(&house.who("other").await, &id, wanted("order", "k")).await), "not_found");
        let row = made(&house, &id, "order", "a").await;
        assert_eq!(code(house.app.document_pdf(&house.who("other").await, &row.id).await.map(|_| ())), "not_found");
        let listed = house.app.list_documents(&house.who("dispatcher").await, &id, Language::En).await.unwrap();
        let letters: Vec<&str> = listed["letters"].as_array().unwrap().iter().filter_map(|l| l["id"].as_str()).collect();
        assert!(letters.contains(&"order") && !letters.contains(&"supervision"), "{letters:?}");
        // A key that made one letter does not quietly stand for another.
        let leader = house.who("leader").await;
        assert_eq!(code(house.app.ask_document(&leader, &id, wanted("supervision", "a")).await), "key_used");

        // The card is public: the reporter has it by their own link, and the order not.
        let card = house.app.ask_document(&house.who("dispatcher").await, &id, wanted("card", "c")).await.unwrap();
        let token = gongzhi_store::cases::find(&house.app.database, gongzhi_store::cases::Key::Id(&id)).await.unwrap().unwrap().token;
        let (_, pdf) = house.app.public_document_pdf(&token, &card.id).await.unwrap();
        assert!(text_of(&pdf).contains("扫码查询"));
        assert_eq!(code(house.app.public_document_pdf(&token, &row.id).await.map(|_| ())), "not_found");
        assert_eq!(code(house.app.public_document_pdf("no such link", &card.id).await.map(|_| ())), "not_found");
        let own = house.app.public_case(&token, Language::Zh).await.unwrap();
        assert_eq!(own["documents"].as_array().unwrap().len(), 1);
        assert!(row.data["actor"]["name"] == "leader" && !row.data.to_string().contains("13900001234"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_report_has_photos_forms_clocks_and_the_whole_course() {
    if !can_typeset() {
        return;
    }
    for house in houses().await {
        let id = dispatched(&house, "closing").await;
        house.act("clerk", &id, "sign", Act::default()).await.unwrap();
        let after = house.photo("after").await;
        let fixed = fields(serde_json::json!({ "measure": "repair", "done": "更换三盏灯具，恢复供电" }));
        house.act("clerk", &id, "submit", Act { photos: vec![after], ..fixed }).await.unwrap();
        house.later(5);
        house.act("officer", &id, "close", fields(serde_json::json!({ "result": "effective" }))).await.unwrap();
        let row = made(&house, &id, "closing", "a").await;
        let (_, pdf) = house.app.document_pdf(&house.who("leader").await, &row.id).await.unwrap();
        let text = text_of(&pdf);
        for words in ["更换三盏灯具，恢复供电", "整改前", "整改后", "历时5小时0分钟", "交办", "签收", "时限执行"]
        {
            assert!(text.contains(words), "“{words}” is not in {text}");
        }
        assert_eq!(row.data["photos"]["before"].as_array().unwrap().len(), 1);
        assert!(row.data["forms"].as_object().unwrap().values().any(|f| f["verb"] == "submit"));
        // Asked for by an event of the outbox, a letter is about that event.
        let review = house.app.make_document(&id, "review", &format!("{id}/2/0"), &Signature::program()).await.unwrap();
        assert_eq!(review.data["event"]["verb"], "dispatch");
        assert_eq!(review.data["actor"]["name"], Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_template_names_its_line_and_takes_no_number() {
    if !can_typeset() {
        return;
    }
    for mut house in houses().await {
        let own = tempfile::tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../matters/hazard"), &own.path().join("hazard"));
        let letter = own.path().join("hazard/letters/order.typ");
        let right = std::fs::read_to_string(&letter).unwrap();
        std::fs::write(&letter, "#import \"/base.typ\": *\n\n#ordr(data)\n").unwrap();
        let templates = Templates { matters: Some(own.path().to_owned()), ..Templates::default() };
        let options = Options { data: house.place.folder.path().to_owned(), database: house.place.address.clone(), templates };
        house.app = standing(options.clone()).await;
        let id = dispatched(&house, "wrong").await;
        match house.app.make_document(&id, "order", "k", &Signature::program()).await.unwrap_err() {
            AppError::Problem(p) => {
                assert_eq!((p.status, p.code.as_str()), (422, "letter_fault"));
                assert!(p.fields.contains_key("/letters/order.typ:3:2"), "{:?}", p.fields);
                assert!(p.message.zh.contains("没有这个名称") && p.message.en.contains("unknown variable"));
            }
            other => panic!("{other}"),
        }
        assert!(documents::find(&house.app.database, By::Key("k")).await.unwrap().is_none());

        // A case opened under the mended definition has the first number of the series.
        std::fs::write(&letter, right).unwrap();
        house.app = standing(options).await;
        let id = dispatched(&house, "right").await;
        assert_eq!(house.app.make_document(&id, "order", "k", &Signature::program()).await.unwrap().ordinal, 1);
    }
}

async fn standing(options: Options) -> Arc<App> {
    let app = App::open(options).await.unwrap();
    app.clock.run_at(0.0);
    app.clock.set(NOON);
    Arc::new(app)
}
