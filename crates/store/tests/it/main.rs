//! The store on both databases: the same suite, the same answers.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test or an example stops where it cannot go on

mod sizes;

use gongzhi_store::cases::{self, CaseFilter, CaseRow, Key, Order, Total};
use gongzhi_store::events::{self, EventRow};
use gongzhi_store::notices::{self, MessageRow, NoticeRow, Reader};
use gongzhi_store::outbox::{Entry, Lane};
use gongzhi_store::signals::{self, SignalRow};
use gongzhi_store::sql::Sql;
use gongzhi_store::webhooks::{self, WebhookRow};
use gongzhi_store::{Database, StoreError, case_places, directory, outbox};
use gongzhi_testkit::databases::both;
use serde_json::json;

fn signal(id: i64, key: &str, at: i64) -> SignalRow {
    SignalRow {
        id,
        source: "test".into(),
        source_key: key.into(),
        content_hash: "h".into(),
        import_id: None,
        kind: "call".into(),
        class: "order".into(),
        class_suggested: None,
        class_reason: None,
        class_by: "source".into(),
        valid: true,
        at,
        received_at: at,
        words: "胜利东路有车乱停 100%_\\ 'x'; DROP TABLE signal;--".into(),
        place_text: String::new(),
        lon: Some(120.5),
        lat: None,
        crossing_key: Some("c:1".into()),
        section_key: None,
        area_key: None,
        place_name: "胜利东路".into(),
        confidence: 0.75,
        place_reason: "{}".into(),
        snap_m: None,
        severity: None,
        deaths: 0,
        serious: 1,
        slight: 2,
        caller_hash: None,
        attributes: json!({ "天气": "雨", "n": 1.5 }),
        synthetic: true,
    }
}

fn case(id: &str, unit: Option<&str>, opened_at: i64) -> CaseRow {
    CaseRow {
        id: id.into(),
        number: format!("N-{id}"),
        token: format!("t-{id}"),
        idempotency: format!("k-{id}"),
        matter: "m".into(),
        definition: "d".into(),
        stage: "s".into(),
        base: "handle".into(),
        unit: unit.map(Into::into),
        title: "题".into(),
        category: Some("lamp".into()),
        severity: Some(2),
        lon: Some(120.0),
        lat: Some(30.0),
        place_key: Some("c:1".into()),
        place_name: "某路".into(),
        area_key: None,
        source: "office".into(),
        opened_at,
        due_at: Some(opened_at + 100),
        due_provisional: false,
        next_rung_at: Some(opened_at + 50),
        closed_at: None,
        late: false,
        returns: 0,
        supports: 0,
        sequence: 1,
        updated_at: opened_at,
        search: format!("n-{id} 题 100%"),
        body: json!({ "v": 1 }),
        evidence: json!({}),
        synthetic: false,
        parent: None,
        subject_key: None,
        campaign: None,
        handler: None,
        reporter_key: None,
        calendar: 0,
        purge_at: None,
    }
}

fn event(stream: &str, seq: i64) -> EventRow {
    EventRow {
        stream: stream.into(),
        seq,
        position: 0,
        at: seq,
        actor: "a".into(),
        unit: "u".into(),
        kind: "k".into(),
        body: "{}".into(),
        previous: String::new(),
        hash: format!("{stream}{seq}"),
    }
}

async fn insert_signals(database: &Database, rows: &[SignalRow]) -> Result<(), StoreError> {
    let mut write = database.write().await?;
    signals::insert(&mut write, rows).await?;
    write.commit().await
}

#[tokio::test]
async fn signals_come_back_as_they_went_in_and_text_is_never_sql() {
    for place in both().await {
        let database = place.open().await;
        // More rows than one statement takes.
        let rows: Vec<SignalRow> = (1..=130).map(|i| signal(i, &format!("k{i}"), i)).collect();
        insert_signals(&database, &rows).await.unwrap();
        assert_eq!(signals::by_ids(&database, &[130, 1, 999]).await.unwrap(), [rows[129].clone(), rows[0].clone()], "{}", place.kind());
        assert_eq!(signals::with_words(&database, "100%_\\", 10).await.unwrap().len(), 10, "wildcards are letters here");
        assert_eq!(signals::with_words(&database, "100%%", 10).await.unwrap().len(), 0);
        assert_eq!(signals::known(&database, "test").await.unwrap().len(), 130);
        let mut seen = 0;
        signals::each_for_index(&database, |r| {
            assert_eq!((r.injured, r.place_key.as_deref()), (3, Some("c:1")));
            seen += 1;
        })
        .await
        .unwrap();
        assert_eq!(seen, 130);
    }
}

#[tokio::test]
async fn the_same_source_key_twice_is_refused_and_nothing_of_the_transaction_stays() {
    for place in both().await {
        let database = place.open().await;
        insert_signals(&database, &[signal(1, "k", 1)]).await.unwrap();
        let again = insert_signals(&database, &[signal(2, "other", 2), signal(3, "k", 3)]).await;
        assert!(again.unwrap_err().is_duplicate(), "{}", place.kind());
        assert_eq!(signals::known(&database, "test").await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_write_that_was_not_committed_never_happened() {
    for place in both().await {
        let database = place.open().await;
        let mut write = database.write().await.unwrap();
        assert_eq!(write.take("n", 3).await.unwrap(), 1);
        directory::put_setting(&mut write, "a", "b").await.unwrap();
        drop(write);
        assert_eq!(directory::setting(&database, "a").await.unwrap(), None, "{}", place.kind());
        let mut write = database.write().await.unwrap();
        assert_eq!(write.take("n", 2).await.unwrap(), 1);
        assert_eq!(write.take("n", 1).await.unwrap(), 3);
        write.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_taken_place_in_a_stream_is_a_conflict() {
    for place in both().await {
        let database = place.open().await;
        let mut write = database.write().await.unwrap();
        events::append(&mut write, &[event("s", 1), event("s", 2), event("r", 1)]).await.unwrap();
        assert_eq!(events::head(&mut write, "s").await.unwrap(), (2, "s2".into()));
        write.commit().await.unwrap();
        let mut write = database.write().await.unwrap();
        let fault = events::append(&mut write, &[event("s", 2)]).await.unwrap_err();
        assert!(matches!(fault, StoreError::Conflict), "{}: {fault}", place.kind());
        drop(write);
        assert_eq!(events::heads(&database, 2).await.unwrap(), [("s".to_owned(), 2, "s2".to_owned())]);
        assert_eq!(events::last_position(&database).await.unwrap(), 3);
    }
}

#[tokio::test]
async fn cases_are_filtered_ordered_counted_and_updated_by_version() {
    for place in both().await {
        let database = place.open().await;
        let mut write = database.write().await.unwrap();
        for (i, unit) in [(1, Some("x")), (2, Some("y")), (3, None)] {
            cases::insert(&mut write, &case(&i.to_string(), unit, i * 10)).await.unwrap();
        }
        for _ in 0..2 {
            cases::add_unit(&mut write, &case("1", Some("x"), 10), "x").await.unwrap();
        }
        cases::add_signals(&mut write, "1", &[7, 8]).await.unwrap();
        write.commit().await.unwrap();
        let ids = |rows: Vec<CaseRow>| rows.into_iter().map(|r| r.id).collect::<Vec<_>>();
        let all = CaseFilter { limit: 10, ..CaseFilter::default() };
        let (rows, total) = cases::list(&database, &all).await.unwrap();
        assert_eq!((ids(rows), total), (vec!["3".into(), "2".into(), "1".into()], Total { n: 3, at_least: false }), "{}", place.kind());
        let due = CaseFilter { order: Order::Due, limit: 1, offset: 1, ..CaseFilter::default() };
        assert_eq!(ids(cases::list(&database, &due).await.unwrap().0), ["2"]);
        let mine = CaseFilter { visible_to: Some(vec!["x".into()]), limit: 10, ..CaseFilter::default() };
        assert_eq!(ids(cases::list(&database, &mine).await.unwrap().0), ["1"]);
        let none = CaseFilter { visible_to: Some(vec![]), limit: 10, ..CaseFilter::default() };
        assert_eq!(cases::count(&database, &none).await.unwrap(), 0);
        let words = CaseFilter { words: vec!["100%".into(), "N-2".into()], limit: 10, ..CaseFilter::default() };
        assert_eq!(ids(cases::list(&database, &words).await.unwrap().0), ["2"]);
        let late = CaseFilter { late_at: Some(115), limit: 10, ..CaseFilter::default() };
        assert_eq!(ids(cases::list(&database, &late).await.unwrap().0), ["1"]);
        assert_eq!(cases::rungs_due(&database, 65, 10).await.unwrap(), ["1"]);
        assert_eq!(cases::of_signals(&database, &[8, 9]).await.unwrap(), [(8, "1".to_owned(), "N-1".to_owned())]);

        let mut row = cases::find(&database, Key::Token("t-2")).await.unwrap().unwrap();
        (row.base, row.closed_at, row.sequence) = ("done".into(), Some(30), 2);
        let mut write = database.write().await.unwrap();
        cases::update(&mut write, &row, 1).await.unwrap();
        assert!(matches!(cases::update(&mut write, &row, 1).await, Err(StoreError::Conflict)), "the second writer is told");
        write.commit().await.unwrap();
        let figures = gongzhi_store::figures::figures(&database, Some("m"), 0, 100, 1_000).await.unwrap();
        let of = |unit: &str| figures.iter().find(|f| f.unit == unit).unwrap().clone();
        assert_eq!((of("y").received, of("y").closed, of("y").in_time), (1, 1, 1));
        assert_eq!((of("x").closed, of("x").overdue), (0, 1));
    }
}

#[tokio::test]
async fn a_rung_is_claimed_once_and_the_outbox_takes_a_key_once() {
    for place in both().await {
        let database = place.open().await;
        let mut write = database.write().await.unwrap();
        assert!(cases::claim_rung(&mut write, "c", "fix#0", "due", 1).await.unwrap());
        assert!(!cases::claim_rung(&mut write, "c", "fix#0", "due", 2).await.unwrap(), "{}", place.kind());
        outbox::put(&mut write, &entry("c/1/0", Lane::Inside, 5)).await.unwrap();
        outbox::put(&mut write, &entry("c/1/0", Lane::Inside, 6)).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(outbox::of_case(&database, "c").await.unwrap().len(), 1);
    }
}

fn entry(key: &str, lane: Lane, at: i64) -> Entry<'_> {
    Entry { key, lane, kind: "notify", target: "unit:x", case: "c", effect: "", body: "{}", at }
}

#[tokio::test]
async fn a_row_of_the_outbox_has_one_holder_and_comes_back_when_the_holder_dies() {
    for place in both().await {
        let database = place.open().await;
        let mut write = database.write().await.unwrap();
        for i in 0..40 {
            outbox::put(&mut write, &entry(&format!("c/1/{i}"), Lane::Inside, 5)).await.unwrap();
        }
        outbox::put(&mut write, &entry("c/1/0/post", Lane::Outside, 5)).await.unwrap();
        write.commit().await.unwrap();
        assert!(outbox::claim(&database, Lane::Inside, "a", 4, 100, 10).await.unwrap().is_empty(), "not due yet");
        let (a, b) =
            tokio::join!(outbox::claim(&database, Lane::Inside, "a", 5, 100, 25), outbox::claim(&database, Lane::Inside, "b", 5, 100, 25));
        let (a, b) = (a.unwrap(), b.unwrap());
        assert!(a.iter().all(|x| b.iter().all(|y| x.id != y.id)), "{}: nothing is held twice", place.kind());
        let rest = outbox::claim(&database, Lane::Inside, "c", 5, 100, 100).await.unwrap();
        assert_eq!(a.len() + b.len() + rest.len(), 40);
        assert!(outbox::claim(&database, Lane::Inside, "d", 104, 100, 100).await.unwrap().is_empty(), "the leases hold");
        assert_eq!(outbox::claim(&database, Lane::Inside, "d", 105, 100, 100).await.unwrap().len(), 40, "and end");
        // The first holder comes back from the dead: it has nothing to say any more.
        let mut write = database.write().await.unwrap();
        let late = a.first().or(b.first()).unwrap();
        assert!(!outbox::finish(&mut write, late, 106).await.unwrap());
        assert!(!outbox::fail(&mut write, late, None, 106, "late").await.unwrap());
        write.commit().await.unwrap();
        assert_eq!(outbox::claim(&database, Lane::Outside, "o", 5, 100, 100).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_row_that_fails_waits_gets_stuck_is_tried_again_or_given_up_and_is_cleared_away() {
    for place in both().await {
        let database = place.open().await;
        let mut write = database.write().await.unwrap();
        for key in ["c/1/0", "c/1/1"] {
            outbox::put(&mut write, &entry(key, Lane::Inside, 5)).await.unwrap();
        }
        write.commit().await.unwrap();
        let rows = outbox::claim(&database, Lane::Inside, "a", 5, 100, 10).await.unwrap();
        let mut write = database.write().await.unwrap();
        assert!(outbox::fail(&mut write, &rows[0], Some(50), 6, "no answer").await.unwrap());
        assert!(outbox::fail(&mut write, &rows[1], None, 6, "refused").await.unwrap());
        assert!(!outbox::retry(&mut write, 99, 6).await.unwrap());
        write.commit().await.unwrap();
        let troubled = outbox::troubled(&database, 1, 10).await.unwrap();
        assert_eq!(troubled.iter().map(|r| (r.state.as_str(), r.attempts)).collect::<Vec<_>>(), [("waiting", 1), ("stuck", 1)]);
        assert_eq!(outbox::troubled(&database, 2, 10).await.unwrap().len(), 1, "{}: one failure is no news", place.kind());
        assert!(outbox::claim(&database, Lane::Inside, "b", 49, 100, 10).await.unwrap().is_empty());
        let again = outbox::claim(&database, Lane::Inside, "b", 50, 100, 10).await.unwrap();
        let mut write = database.write().await.unwrap();
        assert!(!outbox::give_up(&mut write, again[0].id, 51).await.unwrap(), "a worker has it");
        assert!(outbox::finish(&mut write, &again[0], 51).await.unwrap());
        assert!(outbox::retry(&mut write, rows[1].id, 51).await.unwrap());
        assert!(outbox::give_up(&mut write, rows[1].id, 52).await.unwrap());
        assert!(!outbox::retry(&mut write, rows[1].id, 53).await.unwrap(), "what is over stays over");
        assert_eq!(outbox::prune(&mut write, 52, 10).await.unwrap(), 1);
        write.commit().await.unwrap();
        assert_eq!(outbox::count(&database, "dropped").await.unwrap(), 1);
        assert_eq!(outbox::count(&database, "done").await.unwrap(), 0);
    }
}

#[tokio::test]
async fn notices_reach_those_they_are_for_and_each_marks_their_own() {
    for place in both().await {
        let database = place.open().await;
        let mut write = database.write().await.unwrap();
        let notice = |key: &str, target: &str, case: &str| NoticeRow {
            key: key.into(),
            target: target.into(),
            case: case.into(),
            at: 7,
            ..NoticeRow::default()
        };
        for n in [
            notice("1", "unit:x", "c"),
            notice("1", "unit:x", "c"),
            notice("2", "unit:y", "c"),
            notice("3", "role:leader", "c"),
            notice("4", "person:p", "d"),
        ] {
            notices::put(&mut write, &n).await.unwrap();
        }
        cases::add_unit(&mut write, &case("c", None, 1), "x").await.unwrap();
        write.commit().await.unwrap();
        let reader = |person: &str, visible: Option<&str>| Reader {
            person: person.into(),
            own: vec!["unit:x".into(), format!("person:{person}")],
            roles: vec!["role:leader".into()],
            visible_to: visible.map(|u| vec![u.into()]),
        };
        let keys = |rows: Vec<(NoticeRow, bool)>| {
            rows.into_iter().map(|(n, read)| format!("{}{}", n.key, if read { "r" } else { "" })).collect::<Vec<_>>()
        };
        let p = reader("p", Some("x"));
        assert_eq!(keys(notices::page(&database, &p, false, None, 10).await.unwrap()), ["4", "3", "1"], "{}", place.kind());
        assert_eq!(
            keys(notices::page(&database, &reader("q", Some("z")), false, None, 10).await.unwrap()),
            ["1"],
            "a role's notice about a foreign case is not theirs"
        );
        assert_eq!(keys(notices::page(&database, &reader("q", None), false, None, 10).await.unwrap()), ["3", "1"]);
        let last = notices::last(&database).await.unwrap();
        let mut write = database.write().await.unwrap();
        notices::mark(&mut write, "p", &[last, last, 999]).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(notices::unread(&database, &p).await.unwrap(), 2);
        assert_eq!(keys(notices::page(&database, &p, true, None, 10).await.unwrap()), ["3", "1"]);
        assert_eq!(notices::unread(&database, &reader("q", None)).await.unwrap(), 2, "what one has read another has not");
        let mut write = database.write().await.unwrap();
        notices::mark_up_to(&mut write, "p", last).await.unwrap();
        notices::mark_up_to(&mut write, "p", 1).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(keys(notices::page(&database, &p, false, None, 10).await.unwrap()), ["4r", "3r", "1r"]);
        assert_eq!(notices::after(&database, last - 1, 10).await.unwrap().len(), 1);
        let mut write = database.write().await.unwrap();
        let message = MessageRow { key: "m".into(), recipient: "139****0001".into(), at: 7, ..MessageRow::default() };
        notices::keep_message(&mut write, &message).await.unwrap();
        notices::keep_message(&mut write, &message).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(notices::messages(&database, None, 10).await.unwrap().len(), 1);
        let mut write = database.write().await.unwrap();
        assert_eq!(notices::prune(&mut write, 8).await.unwrap(), 5);
        write.commit().await.unwrap();
    }
}

#[tokio::test]
async fn an_endpoint_keeps_its_secret_and_says_how_the_last_delivery_went() {
    for place in both().await {
        let database = place.open().await;
        let mut made = WebhookRow {
            id: "w".into(),
            url: "https://a/".into(),
            topics: vec!["*".into()],
            secret: "s1".into(),
            active: true,
            created_at: 1,
            delivered_at: None,
            failure: None,
        };
        assert!(!format!("{made:?}").contains("s1"));
        let mut write = database.write().await.unwrap();
        webhooks::put(&mut write, &made).await.unwrap();
        (made.secret, made.active) = ("s2".into(), false);
        webhooks::put(&mut write, &made).await.unwrap();
        webhooks::note(&mut write, "w", 5, Some("no answer")).await.unwrap();
        write.commit().await.unwrap();
        let found = webhooks::find(&database, "w").await.unwrap().unwrap();
        assert_eq!((found.secret.as_str(), found.active, found.failure.as_deref()), ("s1", false, Some("no answer")), "{}", place.kind());
        let mut write = database.write().await.unwrap();
        webhooks::note(&mut write, "w", 6, None).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(webhooks::all(&database).await.unwrap()[0].delivered_at, Some(6));
    }
}

#[tokio::test]
async fn opening_again_migrates_nothing_and_a_newer_schema_is_refused() {
    for place in both().await {
        let database = place.open().await;
        database.close().await;
        let database = place.open().await;
        let mut write = database.write().await.unwrap();
        write.execute(Sql::new("INSERT INTO schema_step (step, digest) VALUES (99, 'x')")).await.unwrap();
        write.commit().await.unwrap();
        database.close().await;
        let fault = Database::open(place.address.as_deref(), place.folder.path()).await.unwrap_err();
        assert!(matches!(fault, StoreError::NewerSchema { found: 99, .. }), "{}: {fault}", place.kind());
    }
}

#[tokio::test]
async fn cases_move_to_new_places_even_where_two_places_changed_their_keys() {
    for place in both().await {
        let database = place.open().await;
        let mut write = database.write().await.unwrap();
        for (i, key) in ["c:1", "c:1", "c:2", "c:3"].into_iter().enumerate() {
            let mut row = CaseRow { place_key: Some(key.into()), ..case(&format!("{i}"), None, 1) };
            row.closed_at = (i == 1).then_some(9);
            cases::insert(&mut write, &row).await.unwrap();
        }
        cases::insert(&mut write, &CaseRow { place_key: None, ..case("nowhere", None, 1) }).await.unwrap();
        write.commit().await.unwrap();
        let counted = |used: Vec<case_places::UsedPlace>| used.into_iter().map(|u| (u.key, u.cases, u.open)).collect::<Vec<_>>();
        let used = case_places::used(&database).await.unwrap();
        assert_eq!(counted(used), [("c:1".into(), 2, 1), ("c:2".into(), 1, 1), ("c:3".into(), 1, 1)], "{}", place.kind());
        let mut write = database.write().await.unwrap();
        let moved = [("c:1".to_owned(), "c:2".to_owned()), ("c:2".to_owned(), "c:1".to_owned()), ("c:9".to_owned(), "c:3".to_owned())];
        assert_eq!(case_places::carry(&mut write, &moved).await.unwrap(), 3);
        write.commit().await.unwrap();
        let used = case_places::used(&database).await.unwrap();
        assert_eq!(counted(used), [("c:1".into(), 1, 1), ("c:2".into(), 2, 1), ("c:3".into(), 1, 1)], "{}", place.kind());
    }
}
