//! Two workers on one state through months of simulated time, cut off at random points and started again, while people act
//! and other servers come and go: every rung once, every effect once, the ledger verifies, nothing stuck unseen.
//!
//! `GONGZHI_SOAK_SECONDS=600` makes it long; `GONGZHI_SOAK_SEED` repeats one course.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gongzhi_app::cases::{Act, NewCase};
use gongzhi_app::effects::Step;
use gongzhi_app::effects::channels::GivenChannels;
use gongzhi_app::effects::webhooks::GivenWebhook;
use gongzhi_app::people::GivenPerson;
use gongzhi_app::{App, AppError, Options, Templates};
use gongzhi_civic::permission::Actor;
use gongzhi_civic::text::Language;
use gongzhi_civic::time::{HOUR_MS, Timestamp};
use gongzhi_matter::{Addressee, Case, Channel, EffectDeed, Event};
use gongzhi_store::cases::{self, CaseFilter, CaseRow, Key};
use gongzhi_store::{events, notices, outbox};
use gongzhi_testkit::databases::{TestPlace, both};
use serde_json::{Value, json};

use crate::house::NOON;
use crate::servers::Receiver;

/// Simulated time moves in steps of six hours.
const STEP_MS: i64 = 6 * HOUR_MS;
/// Four months.
const STEPS: usize = 4 * 30 * 4;
const MATTER: &str = "undertaking";

/// Numbers that look random and can be had again.
#[derive(Clone, Debug)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.roll().is_multiple_of(n)
    }
}

struct Course {
    place: TestPlace,
    dice: Dice,
    now: Timestamp,
    workers: [Arc<App>; 2],
    people: BTreeMap<&'static str, Actor>,
    gateway: Receiver,
    endpoint: Receiver,
    /// An endpoint that redirects: what goes there gets stuck at once and has to be seen.
    astray: Receiver,
    opened: usize,
    cut_off: u64,
    restarted: u64,
    aborted: u64,
    cut_after_sending: Arc<AtomicU64>,
    /// Every notice and every record of a message that was ever seen, by key: the program itself clears them away after a
    /// year, and a course is longer.
    noticed: BTreeMap<String, i64>,
    messaged: BTreeMap<String, i64>,
    steps: u64,
}

async fn start(place: &TestPlace, now: Timestamp) -> Arc<App> {
    let matters = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/matters");
    let templates = Templates { matters: Some(matters), ..Templates::default() };
    let options = Options { data: place.folder.path().to_owned(), database: place.address.clone(), templates };
    let app = App::open(options).await.unwrap();
    app.clock.run_at(0.0);
    app.clock.set(now);
    Arc::new(app)
}

impl Course {
    async fn begin(place: TestPlace, seed: u64) -> Self {
        let app = start(&place, NOON).await;
        for (login, unit, role) in [
            ("dispatcher", "brigade-1", "dispatcher"),
            ("officer", "brigade-2", "officer"),
            ("clerk", "urban-management", "clerk"),
            ("other", "transport", "clerk"),
            ("leader", "commission", "leader"),
            ("admin", "commission", "administrator"),
        ] {
            app.add_account(login, login, unit, &[role.to_owned()], "a long password").await.unwrap();
        }
        let mut people = BTreeMap::new();
        for login in ["dispatcher", "officer", "clerk", "other", "leader", "admin"] {
            people.insert(login, app.log_in(login, "a long password", "test").await.unwrap().1);
        }
        let (gateway, endpoint, astray) = (Receiver::start().await, Receiver::start().await, Receiver::start().await);
        let admin = &people["admin"];
        for (login, phone) in [("clerk", "13900010001"), ("leader", "13900010002")] {
            let given = GivenPerson { phone: Some(phone.into()), ..GivenPerson::default() };
            app.put_person(admin, Some(&people[login].person), given, Language::Zh).await.unwrap();
        }
        let settings: GivenChannels = serde_json::from_value(json!({ "sms": { "adapter": "http", "url": gateway.url } })).unwrap();
        app.put_channels(admin, settings, Language::Zh).await.unwrap();
        let hook = |url: &str, topics: &[&str]| GivenWebhook {
            url: Some(url.to_owned()),
            topics: Some(topics.iter().map(|t| (*t).to_owned()).collect()),
            active: None,
        };
        app.put_webhook(admin, None, hook(&endpoint.url, &[]), Language::Zh).await.unwrap();
        app.put_webhook(admin, None, hook(&astray.url, &["undertaking.closed"]), Language::Zh).await.unwrap();
        astray.answer(302);
        let second = start(&place, NOON).await;
        Self {
            place,
            dice: Dice(seed | 1),
            now: NOON,
            workers: [app, second],
            people,
            gateway,
            endpoint,
            astray,
            opened: 0,
            cut_off: 0,
            restarted: 0,
            aborted: 0,
            cut_after_sending: Arc::default(),
            noticed: BTreeMap::new(),
            messaged: BTreeMap::new(),
            steps: 0,
        }
    }

    fn app(&self) -> &Arc<App> {
        &self.workers[0]
    }

    async fn open_case(&mut self) {
        self.opened += 1;
        let new = NewCase {
            matter: MATTER.into(),
            fields: json!({ "words": format!("第 {} 件", self.opened), "grave": self.dice.one_in(3) }),
            key: format!("soak {}", self.opened),
            ..NewCase::default()
        };
        self.app().open_case(&self.people["dispatcher"], new).await.unwrap();
    }

    async fn open_cases(&self) -> Vec<CaseRow> {
        let bases = ["intake", "locate", "route", "handle", "review", "hold"].map(str::to_owned).to_vec();
        let filter = CaseFilter { bases, limit: 10_000, ..CaseFilter::default() };
        cases::list(&self.app().database, &filter).await.unwrap().0
    }

    /// Some of the open cases move on by somebody's hand; the others are left to their ladders.
    async fn people_act(&mut self) {
        for row in self.open_cases().await {
            if !self.dice.one_in(24) {
                continue;
            }
            let choice = self.dice.roll() % 10;
            let (login, action, fields) = match (row.matter.as_str(), row.stage.as_str()) {
                (MATTER, "received") => ("dispatcher", "dispatch", Value::Null),
                (MATTER, "handling") if choice < 6 => {
                    let items: Vec<Value> = (0..=choice % 3).map(|i| json!({ "what": format!("分项 {i}"), "unit": "transport" })).collect();
                    ("clerk", "plan", json!({ "items": items }))
                }
                (MATTER, "handling") if choice < 7 => ("dispatcher", "withdraw", Value::Null),
                (MATTER, "handling") => ("clerk", "submit", Value::Null),
                (MATTER, "review") => ("officer", "close", Value::Null),
                (_, "doing") if row.unit.as_deref() == Some("transport") => ("other", "finish", Value::Null),
                _ => continue,
            };
            let act = Act { fields, ..Act::default() };
            match self.app().act(&self.people[login], &row.id, action, act).await {
                // Children are still open, or the system was faster: the person sees it and leaves it.
                Ok(_) | Err(AppError::Problem(_)) => {}
                Err(e) => panic!("{action}: {e}"),
            }
        }
    }

    /// Both workers go round at once. One in some rounds is cut off at a step, or its task is dropped where it stands.
    async fn work(&mut self, calm: bool) {
        let mut rounds = Vec::new();
        for index in 0..2 {
            let app = self.workers[index].clone();
            app.clock.set(self.now);
            if calm {
                app.effects.interrupt(None);
            } else {
                let mut dice = Dice(self.dice.roll() | 1);
                let after_sending = self.cut_after_sending.clone();
                app.effects.interrupt(Some(Box::new(move |step| {
                    let cut = dice.one_in(40);
                    if cut && step == Step::Sent {
                        after_sending.fetch_add(1, Ordering::Relaxed);
                    }
                    cut
                })));
            }
            let round = tokio::spawn(async move {
                app.run_jobs().await?;
                app.work_outside().await
            });
            if calm {
                // One after the other: nobody loses a race, so whatever fails now is a fault.
                round.await.unwrap().unwrap();
            } else {
                rounds.push(round);
            }
        }
        if !calm && self.dice.one_in(10) {
            let victim = usize::from(self.dice.one_in(2));
            for _ in 0..self.dice.roll() % 400 {
                tokio::task::yield_now().await;
            }
            rounds[victim].abort();
        }
        for (index, round) in rounds.into_iter().enumerate() {
            match round.await {
                Ok(Ok(_)) => continue,
                Ok(Err(_)) => self.cut_off += 1,
                Err(e) if e.is_cancelled() => self.aborted += 1,
                Err(e) => std::panic::resume_unwind(e.into_panic()),
            }
            // The process is gone; another one takes its place.
            if self.dice.one_in(8) {
                self.workers[index].database.close().await;
                self.workers[index] = start(&self.place, self.now).await;
                self.restarted += 1;
            }
        }
    }

    async fn step(&mut self, calm: bool) {
        self.now = self.now.plus_ms(STEP_MS);
        let weather = |dice: &mut Dice| if !calm && dice.one_in(5) { 503 } else { 200 };
        self.gateway.answer(weather(&mut self.dice));
        self.endpoint.answer(weather(&mut self.dice));
        self.app().clock.set(self.now);
        if !calm {
            self.people_act().await;
        }
        self.work(calm).await;
        self.steps += 1;
        if self.steps.is_multiple_of(100) {
            self.read_notices().await;
        }
    }

    /// Notes the notices and records of messages there are. One that comes again after it was cleared away has another id.
    async fn read_notices(&mut self) {
        let found = notices::after(&self.app().database, 0, 1_000_000).await.unwrap();
        let sent = notices::messages(&self.app().database, None, 1_000_000).await.unwrap();
        let found = found.into_iter().map(|n| (n.key, n.id)).collect::<Vec<_>>();
        let sent = sent.into_iter().map(|m| (m.key, m.id)).collect::<Vec<_>>();
        for (seen, rows) in [(&mut self.noticed, found), (&mut self.messaged, sent)] {
            for (key, id) in rows {
                assert_eq!(*seen.entry(key.clone()).or_insert(id), id, "{key} came twice");
            }
        }
    }

    /// Until nothing waits any more: what was cut off comes back when its lease ends.
    async fn settle(&mut self) {
        for _ in 0..40 {
            self.step(true).await;
            if outbox::count(&self.app().database, "waiting").await.unwrap() == 0 {
                self.read_notices().await;
                return;
            }
        }
        panic!("{}: something waits for ever", self.place.kind());
    }
}

/// What the ledger says should have followed.
#[derive(Default)]
struct Expected {
    notices: BTreeSet<String>,
    messages: BTreeSet<String>,
    calls: BTreeSet<String>,
    astray: BTreeSet<String>,
    children: BTreeSet<String>,
    signals: BTreeSet<String>,
    /// Acts of the system: case, action → keys of the effects that ask for it.
    acts: BTreeMap<(String, String), Vec<String>>,
    rungs: usize,
}

/// Whether the definition tells this addressee in the program: then the program does not do it by itself.
fn told(event: &Event, addressee: &Addressee) -> bool {
    event
        .effects
        .iter()
        .any(|e| matches!(&e.deed, EffectDeed::Notify { to, channels } if to.contains(addressee) && channels.contains(&Channel::App)))
}

/// The id under which a message or a call leaves.
fn delivery(key: &str) -> String {
    blake3::hash(key.as_bytes()).to_hex()[..32].to_owned()
}

impl Course {
    /// Reads every event of every case and writes down what has to follow from it.
    async fn expected(&self, rows: &[CaseRow], hooks: &[(String, String)]) -> (Expected, BTreeMap<(String, String), i64>) {
        let mut expected = Expected::default();
        let mut acts = BTreeMap::new();
        let database = &self.app().database;
        let clerk = &self.people["clerk"].person;
        let leader = &self.people["leader"].person;
        for row in rows {
            let mut owner: Option<String> = None;
            let mut claims = BTreeSet::new();
            for stored in events::stream(database, &format!("case:{}", row.id)).await.unwrap() {
                let body: Value = serde_json::from_str(&stored.body).unwrap();
                let event: Event = serde_json::from_value(body["event"].clone()).unwrap();
                let key = format!("{}/{}", row.id, stored.seq);
                if event.actor.capacity == "system" && event.rung.is_none() && event.child.is_none() {
                    *acts.entry((row.id.clone(), event.action.clone())).or_default() += 1;
                }
                if let Some(unit) = event.unit.as_ref().filter(|u| Some(*u) != owner.as_ref()) {
                    if !told(&event, &Addressee::Unit(unit.clone())) {
                        expected.notices.insert(format!("{key}/assigned/unit:{unit}"));
                    }
                    owner = Some(unit.clone());
                }
                if let Some(rung) = &event.rung {
                    assert!(claims.insert(rung.claim.key()), "{}: a rung fired twice: {}", self.place.kind(), rung.claim.key());
                    expected.rungs += 1;
                    let (word, to) = match rung.to.split_once(':') {
                        Some(("unit", id)) => (rung.to.clone(), Addressee::Unit(id.to_owned())),
                        Some((_, role)) => (rung.to.clone(), Addressee::Role(role.to_owned())),
                        None => (format!("unit:{}", owner.as_ref().unwrap()), Addressee::Unit(owner.clone().unwrap())),
                    };
                    if !told(&event, &to) {
                        expected.notices.insert(format!("{key}/rung/{word}"));
                    }
                }
                for (index, effect) in event.effects.iter().enumerate() {
                    let key = format!("{key}/{index}");
                    match &effect.deed {
                        EffectDeed::Notify { to, channels } => {
                            for addressee in to {
                                let (word, person) = match addressee {
                                    Addressee::Unit(unit) => (
                                        format!("unit:{unit}"),
                                        (unit == "urban-management").then_some(clerk).or((unit == "commission").then_some(leader)),
                                    ),
                                    Addressee::Role(role) => (format!("role:{role}"), (role == "leader").then_some(leader)),
                                    other => panic!("nobody of the course: {other:?}"),
                                };
                                if channels.contains(&Channel::App) {
                                    expected.notices.insert(format!("{key}/{word}"));
                                }
                                if let Some(person) = person.filter(|_| channels.contains(&Channel::Sms)) {
                                    expected.messages.insert(format!("{key}/sms/{person}"));
                                }
                            }
                        }
                        EffectDeed::Child { .. } => _ = expected.children.insert(key),
                        EffectDeed::Children { case, action } | EffectDeed::Parent { case, action } => {
                            expected.acts.entry((case.clone(), action.clone())).or_default().push(key);
                        }
                        EffectDeed::Own { action } => expected.acts.entry((row.id.clone(), action.clone())).or_default().push(key),
                        EffectDeed::Webhook { topic } => {
                            for (id, url) in hooks {
                                if *url == self.endpoint.url {
                                    expected.calls.insert(format!("{key}/{id}"));
                                } else if topic == "undertaking.closed" {
                                    expected.astray.insert(format!("{key}/{id}"));
                                }
                            }
                        }
                        EffectDeed::Signal { .. } => _ = expected.signals.insert(key),
                        EffectDeed::Document { .. } => panic!("no letters in this course"),
                    }
                }
            }
        }
        (expected, acts)
    }

    async fn prove(&self) -> (usize, usize) {
        let kind = self.place.kind();
        let app = self.app();
        let database = &app.database;
        let (rows, _) = cases::list(database, &CaseFilter { limit: 100_000, ..CaseFilter::default() }).await.unwrap();
        let admin = &self.people["admin"];
        let listed = app.list_webhooks(admin, Language::Zh).await.unwrap();
        let word = |v: &Value| v.as_str().unwrap().to_owned();
        let hooks: Vec<(String, String)> = listed["items"].as_array().unwrap().iter().map(|w| (word(&w["id"]), word(&w["url"]))).collect();
        let (expected, acts) = self.expected(&rows, &hooks).await;

        // Every rung: none twice (looked at above), none missing.
        assert!(app.fire_rungs().await.unwrap() == 0, "{kind}: a rung is missing");

        // In the program: each notice once, and no other.
        let noticed: BTreeSet<String> = self.noticed.keys().cloned().collect();
        let astray: Vec<&String> = noticed.symmetric_difference(&expected.notices).take(5).collect();
        assert!(astray.is_empty(), "{kind}: notices that are missing or that nobody asked for: {astray:?}");

        // Over the network: each message and call at least once, under one id; twice only where the worker died after sending.
        let mut sent_again = 0;
        for (name, server, keys) in [("messages", &self.gateway, &expected.messages), ("calls", &self.endpoint, &expected.calls)] {
            let header = if name == "calls" { "x-gongzhi-delivery" } else { "idempotency-key" };
            let mut bodies: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for call in server.taken() {
                sent_again += u64::from(!bodies.entry(call.headers[header].clone()).or_default().insert(call.body.clone()));
            }
            let ids: BTreeSet<String> = bodies.keys().cloned().collect();
            assert_eq!(ids, keys.iter().map(|k| delivery(k)).collect::<BTreeSet<_>>(), "{kind}: {name}");
            assert!(bodies.values().all(|b| b.len() == 1), "{kind}: the same id, the same bytes");
        }
        let lost = self.cut_after_sending.load(Ordering::Relaxed) + self.cut_off + self.aborted * 8;
        assert!(sent_again <= lost * 8, "{kind}: {sent_again} sent again, with {lost} cut off");
        let kept: BTreeSet<String> = self.messaged.keys().cloned().collect();
        let astray: Vec<&String> = kept.symmetric_difference(&expected.messages).take(5).collect();
        assert!(astray.is_empty(), "{kind}: messages without a record, or records of none: {astray:?}");

        // Between matters: each child once and known to its parent once, each act of the system once.
        let children: Vec<&CaseRow> = rows.iter().filter(|r| r.matter != MATTER).collect();
        let keys: BTreeSet<String> = children.iter().map(|c| c.idempotency.trim_start_matches("program:").to_owned()).collect();
        assert_eq!((keys.len(), &keys), (children.len(), &expected.children), "{kind}: children");
        let mut known = BTreeSet::new();
        for row in rows.iter().filter(|r| r.matter == MATTER) {
            let case: Case = serde_json::from_value(row.body.clone()).unwrap();
            assert_eq!(case.children_awaited, 0, "{kind}: {} waits for a child that is not coming", row.number);
            for child in case.children {
                let row = cases::find(database, Key::Id(&child.case)).await.unwrap().unwrap();
                let ended = matches!(row.base.as_str(), "done" | "cancelled");
                assert_eq!(child.base.is_final(), ended, "{kind}: the parent knows whether its child has ended");
                assert!(known.insert(child.case));
            }
        }
        assert_eq!(known.len(), children.len(), "{kind}: every child has told its parent");
        let all_stuck = outbox::troubled(database, i64::MAX, 1_000_000).await.unwrap();
        let stuck_keys: BTreeSet<&str> = all_stuck.iter().map(|r| r.key.as_str()).collect();
        for ((case, action), keys) in &expected.acts {
            let row = cases::find(database, Key::Id(case)).await.unwrap().unwrap();
            let done = acts.get(&(case.clone(), action.clone())).copied().unwrap_or(0);
            if action == "stop" {
                // A child that somebody finished first needs no stopping.
                assert!(matches!(row.base.as_str(), "done" | "cancelled") && done <= 1, "{kind}: {action} on {case}: {done}");
                continue;
            }
            // A person may have handed in first, a parent may have ended before its child: the engine refuses, and the list
            // of what is stuck has it.
            let asked = keys.iter().filter(|k| !stuck_keys.contains(k.as_str())).count();
            assert_eq!(done, i64::try_from(asked).unwrap(), "{kind}: {action} on {case}");
        }
        for (case, action) in acts.keys().filter(|(_, action)| !["open", "assign"].contains(&action.as_str())) {
            assert!(expected.acts.contains_key(&(case.clone(), action.clone())), "{kind}: nobody asked for {action}");
        }
        let mut signals = BTreeSet::new();
        for key in &expected.signals {
            assert!(gongzhi_store::signals::find(database, "case", key).await.unwrap().is_some(), "{kind}: signal {key}");
            signals.insert(key);
        }

        // Nothing waits; what is stuck is seen.
        assert_eq!(outbox::count(database, "waiting").await.unwrap(), 0);
        let stuck = outbox::count(database, "stuck").await.unwrap();
        let shown = app.list_stuck(&self.people["leader"], Language::Zh).await.unwrap();
        let shown: Vec<&Value> = shown["items"].as_array().unwrap().iter().filter(|i| i["kind"] != "channel").collect();
        assert_eq!(i64::try_from(shown.len()).unwrap(), stuck.min(500), "{kind}: what is stuck is on the list");
        let posts = shown.iter().filter(|i| i["kind"] == "post").count();
        assert!(posts == expected.astray.len() || shown.len() == 500, "{kind}: what was redirected is stuck: {posts}");
        assert!(self.astray.calls().len() >= expected.astray.len());
        let verdict = app.verify_ledger().await.unwrap();
        assert!(verdict.ok, "{kind}: {:?}", verdict.broken);
        let effects = expected.notices.len()
            + expected.messages.len()
            + expected.calls.len()
            + expected.children.len()
            + expected.signals.len()
            + expected.acts.len();
        (expected.rungs, effects)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_cut_off_at_random_do_every_rung_and_every_effect_once() {
    let number = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
    let long = number("GONGZHI_SOAK_SECONDS");
    let seed = number("GONGZHI_SOAK_SEED").unwrap_or(20_261_122);
    let places = both().await;
    let share = long.map(|seconds| Duration::from_secs(seconds / places.len() as u64));
    for (index, place) in places.into_iter().enumerate() {
        let began = Instant::now();
        let mut course = Course::begin(place, seed + index as u64).await;
        let mut steps = 0;
        // A short course opens few cases; a long one goes on opening them until its time is over.
        let each = if long.is_some() { 2 } else { 10 };
        while if let Some(share) = share { began.elapsed() < share } else { steps < STEPS } {
            if steps % each == 0 && (long.is_some() || steps < STEPS * 3 / 4) {
                course.open_case().await;
            }
            course.step(false).await;
            steps += 1;
        }
        course.settle().await;
        let (rungs, effects) = course.prove().await;
        assert!(course.cut_off > 10 && course.restarted > 1, "the course was rough: {} {}", course.cut_off, course.restarted);
        assert!(rungs > 50 && effects > 200, "and something happened: {rungs} rungs, {effects} effects");
        println!(
            "{}: seed {}, {} days, {} cases, {rungs} rungs, {effects} effects, {} cut off, {} aborted, {} restarts, {:.0} s",
            course.place.kind(),
            seed + index as u64,
            steps / 4,
            course.opened,
            course.cut_off,
            course.aborted,
            course.restarted,
            began.elapsed().as_secs_f64()
        );
    }
}
