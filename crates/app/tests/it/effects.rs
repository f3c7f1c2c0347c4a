//! Effects: who is told, by which way, once; what happens when the other side does not answer.

use gongzhi_app::cases::Act;
use gongzhi_app::effects::Step;
use gongzhi_app::effects::channels::{GivenChannels, Trial};
use gongzhi_app::effects::notices::{NoticeQuery, ReadMarks};
use gongzhi_app::effects::webhooks::{GivenWebhook, signature};
use gongzhi_app::people::GivenPerson;
use gongzhi_app::public::{PublicReport, Reporter};
use gongzhi_civic::text::Language;
use gongzhi_store::outbox::{self, Entry, Lane};
use gongzhi_store::{directory, events};
use serde_json::{Value, json};

use crate::house::{House, code, houses, town};
use crate::servers::{MailServer, Receiver};

impl House {
    async fn notices(&self, login: &str) -> Value {
        self.app.list_notices(&self.who(login).await, &NoticeQuery::default(), Language::Zh).await.unwrap()
    }

    async fn settings(&self, given: Value) -> Result<Value, gongzhi_app::AppError> {
        let given: GivenChannels = serde_json::from_value(given).unwrap();
        self.app.put_channels(&self.who("admin").await, given, Language::Zh).await
    }

    async fn reachable(&self, login: &str, phone: &str, email: &str) {
        let person = directory::person_by_login(&self.app.database, login).await.unwrap().unwrap();
        let given = GivenPerson { phone: Some(phone.into()), email: Some(email.into()), ..GivenPerson::default() };
        self.app.put_person(&self.who("admin").await, Some(&person.id), given, Language::Zh).await.unwrap();
    }

    async fn put(&self, key: &str, kind: &str, case: &str, body: Value) {
        let mut write = self.app.database.write().await.unwrap();
        let body = body.to_string();
        let entry = Entry { key, lane: Lane::Inside, kind, target: "t", case, effect: "e", body: &body, at: self.app.clock.now().0 };
        outbox::put(&mut write, &entry).await.unwrap();
        write.commit().await.unwrap();
    }

    async fn tell(&self, key: &str, case: &str, to: Value, channels: Value) {
        let words = json!({ "zh": "请看 {link}", "en": "See {link}" });
        self.put(
            key,
            "notify",
            case,
            json!({ "kind": "effect", "number": "N-1", "title": "题", "words": words, "to": to, "channels": channels }),
        )
        .await;
    }

    async fn round(&self) -> (usize, usize) {
        (self.app.work_inside().await.unwrap(), self.app.work_outside().await.unwrap())
    }

    async fn stuck(&self, login: &str) -> Vec<Value> {
        let list = self.app.list_stuck(&self.who(login).await, Language::Zh).await.unwrap();
        list["items"].as_array().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_gets_a_case_is_told_once_and_marks_it_read_for_themselves() {
    for house in houses().await {
        let id = house.hazard("told").await;
        house.act("dispatcher", &id, "dispatch", Act { unit: Some("urban-management".into()), ..Act::default() }).await.unwrap();
        assert_eq!(house.notices("clerk").await["unread"], 0, "the worker has not been round");
        house.app.run_jobs().await.unwrap();
        house.app.run_jobs().await.unwrap();
        let list = house.notices("clerk").await;
        assert_eq!((list["unread"].as_i64(), list["items"].as_array().unwrap().len()), (Some(1), 1), "{}", house.place.kind());
        let notice = &list["items"][0];
        assert_eq!(
            (notice["kind"].as_str(), notice["case"].as_str(), notice["read"].as_bool()),
            (Some("effect"), Some(id.as_str()), Some(false)),
            "the matter has words of its own for it: the program does not add another notice"
        );
        assert!(notice["text"].as_str().unwrap().contains("签收办理"));
        assert_eq!(house.notices("other").await["items"], json!([]), "another unit is not told");
        let marks = ReadMarks { ids: vec![notice["id"].as_str().unwrap().to_owned()], ..ReadMarks::default() };
        let clerk = house.who("clerk").await;
        assert_eq!(house.app.read_notices(&clerk, &marks).await.unwrap()["unread"], 0);
        assert_eq!(house.notices("clerk").await["items"][0]["read"], true);
        let all = ReadMarks { up_to: Some(notice["id"].as_str().unwrap().to_owned()), ..ReadMarks::default() };
        house.app.read_notices(&clerk, &all).await.unwrap();
        assert_eq!(house.notices("clerk").await["unread"], 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reporter_who_left_a_number_hears_of_progress_and_the_record_keeps_neither_number_nor_link() {
    for house in houses().await {
        let gateway = Receiver::start().await;
        house.settings(json!({ "public_url": "https://gongzhi.city/" })).await.unwrap();
        let x = town().point('X');
        let report = PublicReport {
            matter: "hazard".into(),
            fields: json!({ "category": "lamp", "description": "路灯不亮" }),
            place: gongzhi_app::cases::GivenPlace { lon: Some(x.lon), lat: Some(x.lat), ..Default::default() },
            photos: vec![house.photo("report").await],
            reporter: Some(Reporter { name: "王某".into(), phone: "13900010001".into() }),
            key: "k".into(),
        };
        let made = house.app.public_report(report, Language::Zh).await.unwrap();
        let (number, token) = (made["number"].as_str().unwrap(), made["token"].as_str().unwrap());
        house.act("dispatcher", number, "accept", crate::house::fields(json!({ "severity": 2 }))).await.unwrap();
        house.round().await;
        let record = || async { house.app.channels(&house.who("admin").await, Language::Zh).await.unwrap()["messages"].clone() };
        let first = record().await;
        assert_eq!(first.as_array().unwrap().len(), 1, "{}: {first}", house.place.kind());
        assert_eq!((first[0]["adapter"].as_str(), first[0]["recipient"].as_str()), (Some("log"), Some("139****0001")));
        assert!(first[0]["words"].as_str().unwrap().contains(number));
        // With a gateway the message goes out, with the link, and still the record holds neither.
        let sms = json!({ "adapter": "http", "url": gateway.url, "secret": "Bearer top-secret" });
        let shown = house.settings(json!({ "sms": sms })).await.unwrap();
        assert!(!shown.to_string().contains("top-secret"), "secrets are not read back: {shown}");
        house.act("dispatcher", number, "dispatch", Act { unit: Some("urban-management".into()), ..Act::default() }).await.unwrap();
        house.round().await;
        let call = gateway.calls().pop().unwrap();
        let body: Value = serde_json::from_str(&call.body).unwrap();
        assert_eq!((body["phone"].as_str(), call.headers["authorization"].as_str()), (Some("13900010001"), "Bearer top-secret"));
        assert!(body["text"].as_str().unwrap().contains(&format!("https://gongzhi.city/#/track/{token}")));
        let all = record().await.to_string();
        assert!(!all.contains("13900010001") && !all.contains(token), "{all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_to_everybody_addressed_who_has_an_address_and_waits_for_a_server_that_does_not_answer() {
    for house in houses().await {
        let server = MailServer::start().await;
        house.reachable("clerk", "13900010002", "clerk@city.cn").await;
        house.reachable("leader", "13900010003", "").await;
        assert_eq!(
            code(house.settings(json!({ "smtp": { "host": "127.0.0.1", "port": 25, "from": "no address" } })).await),
            "channel_invalid"
        );
        let smtp =
            |port: u16| json!({ "smtp": { "host": "127.0.0.1", "port": port, "security": "none", "from": "共治 <gongzhi@city.cn>" } });
        let id = house.hazard("mail").await;
        house.act("dispatcher", &id, "dispatch", Act { unit: Some("urban-management".into()), ..Act::default() }).await.unwrap();
        house.round().await;
        house.settings(smtp(1)).await.unwrap();
        house
            .tell(
                "k/1/0",
                &id,
                json!([{ "unit": "urban-management" }, { "unit": "urban-management" }, { "role": "leader" }]),
                json!(["email"]),
            )
            .await;
        assert_eq!(house.round().await, (1, 0), "{}: nobody listens there", house.place.kind());
        assert_eq!(house.round().await, (0, 0), "it is not tried again at once");
        house.settings(smtp(server.port)).await.unwrap();
        house.later(1);
        assert_eq!(house.round().await, (0, 1));
        let mails = server.mails();
        assert_eq!(mails.len(), 1, "one mail a person, none without an address: {mails:?}");
        assert!(mails[0].contains("RCPT TO:<clerk@city.cn>") && mails[0].contains("MAIL FROM:<gongzhi@city.cn>"), "{}", mails[0]);
        house.later(24);
        assert_eq!(house.round().await, (0, 0));
        // What a server refuses for good is not tried for days.
        server.refuse(550);
        house.tell("k/2/0", &id, json!([{ "unit": "urban-management" }]), json!(["app", "email"])).await;
        house.round().await;
        let stuck = house.stuck("admin").await;
        assert_eq!(stuck.len(), 1);
        assert_eq!(
            (stuck[0]["kind"].as_str(), stuck[0]["state"].as_str(), stuck[0]["title"].as_str()),
            (Some("email"), Some("stuck"), None)
        );
        let trial = Trial { channel: "email".into(), to: "x@city.cn".into() };
        let trial_of = || async { house.app.try_channel(&house.who("admin").await, &trial, Language::Zh).await.unwrap() };
        let refused = trial_of().await;
        assert!(refused["ok"] == false && refused["failure"].as_str().unwrap().contains("550"), "{refused}");
        server.refuse(0);
        assert_eq!(trial_of().await["ok"], true);
        house.app.retry_stuck(&house.who("dispatcher").await, stuck[0]["id"].as_str().unwrap()).await.unwrap();
        assert_eq!(house.round().await, (0, 1));
        assert_eq!((server.mails().len(), house.stuck("admin").await.len()), (3, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_signed_told_what_the_public_may_know_and_recognises_a_second_sending() {
    for house in houses().await {
        let receiver = Receiver::start().await;
        let admin = house.who("admin").await;
        let given = |url: &str| GivenWebhook { url: Some(url.to_owned()), ..GivenWebhook::default() };
        assert_eq!(code(house.app.put_webhook(&admin, None, given("ftp://x/"), Language::Zh).await), "webhook_invalid");
        let nonsense = GivenWebhook { topics: Some(vec!["no.such".into()]), ..given(&receiver.url) };
        assert_eq!(code(house.app.put_webhook(&admin, None, nonsense, Language::Zh).await), "webhook_invalid");
        let made = house.app.put_webhook(&admin, None, given(&receiver.url), Language::Zh).await.unwrap();
        let secret = made["secret"].as_str().unwrap().to_owned();
        assert!(house.app.list_webhooks(&admin, Language::Zh).await.unwrap()["items"][0]["secret"].is_null(), "shown once");
        let id = house.hazard("hook").await;
        let effect =
            |seq: i64| json!({ "id": "tell", "do": "webhook", "topic": "t.close", "seq": seq, "event_action": "close", "stage": "closed" });
        house.put(&format!("{id}/7/0"), "webhook", &id, effect(7)).await;
        // The call is out, and the power fails before that is noted.
        house.app.work_inside().await.unwrap();
        house.app.effects.interrupt(Some(Box::new(|step| step == Step::Sent)));
        house.app.work_outside().await.unwrap_err();
        house.app.effects.interrupt(None);
        assert_eq!(house.round().await, (0, 0), "the lease still holds");
        house.later(1);
        assert_eq!(house.round().await, (0, 1), "{}", house.place.kind());
        let calls = receiver.calls();
        assert_eq!(calls.len(), 2);
        assert_eq!(calls[0].headers["x-gongzhi-delivery"], calls[1].headers["x-gongzhi-delivery"], "the second is known by its id");
        assert_eq!(calls[0].body, calls[1].body);
        assert_eq!(calls[1].headers["x-gongzhi-signature"], signature(&secret, house.app.clock.now().0 / 1000, &calls[1].body));
        let body: Value = serde_json::from_str(&calls[0].body).unwrap();
        assert_eq!(
            (body["topic"].as_str(), body["case"]["id"].as_str(), body["case"]["event"].as_i64()),
            (Some("t.close"), Some(id.as_str()), Some(7))
        );
        assert!(!calls[0].body.contains("alert(1)"), "what a dispatcher typed stays in the house: {}", calls[0].body);
        // Busy is tried again; a redirect is not followed and needs a person.
        receiver.answer(503);
        house.put(&format!("{id}/8/0"), "webhook", &id, effect(8)).await;
        assert_eq!(house.round().await, (1, 0));
        receiver.answer(302);
        house.later(1);
        house.round().await;
        assert_eq!(receiver.calls().len(), 4, "nobody went elsewhere");
        let stuck: Vec<Value> = house.stuck("dispatcher").await.into_iter().filter(|i| i["kind"] == "post").collect();
        assert_eq!((stuck[0]["attempts"].as_i64(), stuck[0]["state"].as_str()), (Some(2), Some("stuck")));
        assert!(stuck[0]["title"].as_str().unwrap().contains("路灯"), "whoever may see the case sees which one");
        let post = stuck[0]["id"].as_str().unwrap();
        let dispatcher = house.who("dispatcher").await;
        assert_eq!(code(house.app.drop_stuck(&dispatcher, post, " ").await), "missing_reason");
        assert_eq!(code(house.app.drop_stuck(&house.who("clerk").await, post, "不需要了").await), "forbidden");
        house.app.drop_stuck(&dispatcher, post, "对方系统已停用").await.unwrap();
        assert_eq!(code(house.app.drop_stuck(&dispatcher, post, "对方系统已停用").await), "not_stuck");
        let kept = events::stream(&house.app.database, "outbox").await.unwrap();
        assert!(kept[0].kind == "outbox.dropped" && kept[0].body.contains("对方系统已停用"));
        assert!(house.app.verify_ledger().await.unwrap().ok);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_failing_gets_stuck_and_is_seen_and_what_is_over_is_cleared_away() {
    for house in houses().await {
        house.put("k/1/0", "no such kind", "", json!({})).await;
        house.round().await;
        assert_eq!(house.stuck("leader").await[0]["failure"], "程序不认识这种任务：no such kind");
        let receiver = Receiver::start().await;
        receiver.answer(500);
        let given = GivenWebhook { url: Some(receiver.url.clone()), ..GivenWebhook::default() };
        house.app.put_webhook(&house.who("admin").await, None, given, Language::Zh).await.unwrap();
        let id = house.hazard("busy").await;
        house
            .put(
                &format!("{id}/7/0"),
                "webhook",
                &id,
                json!({ "id": "tell", "do": "webhook", "topic": "t", "seq": 7, "event_action": "a", "stage": "s" }),
            )
            .await;
        let mut seen = Vec::new();
        for _ in 0..20 {
            house.round().await;
            let of = house.stuck("leader").await.into_iter().find(|i| i["kind"] == "post");
            seen.push(of.map_or("hidden".to_owned(), |i| i["state"].as_str().unwrap().to_owned()));
            house.later(7);
        }
        assert_eq!(receiver.calls().len(), 14, "{}: it is tried for a day and a half, then a person has to look", house.place.kind());
        assert_eq!((seen[1].as_str(), seen[2].as_str(), seen[13].as_str()), ("hidden", "failing", "stuck"));
        house.later(24 * 40);
        let removed = house.app.keep_house().await.unwrap();
        assert!(removed.outbox >= 1, "{removed:?}");
        assert_eq!(
            house.stuck("leader").await.iter().filter(|i| i["kind"] == "post").count(),
            1,
            "what is stuck stays until somebody decides"
        );
    }
}
