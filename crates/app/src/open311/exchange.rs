//! The client: what a unit's own system must know is pushed there, what it says comes back, and its requests are pulled as
//! cases. Both ways run through the outbox: tried again with back-off, once each, and on the stuck list when it is in vain.

use std::time::Duration;

use gongzhi_protocol::open311::{Format, Record, parse_time, records, write_time};
use gongzhi_store::cases::{self, CaseRow, Key};
use gongzhi_store::open311::{self as rows, LinkRow, PeerRow};
use gongzhi_store::outbox::{Entry, Lane};
use gongzhi_store::{Write, outbox};
use serde_json::{Value, json};

use crate::App;
use crate::case_views::reporter_facts;
use crate::cases::{GivenPlace, NewCase, Opener};
use crate::error::AppError;
use crate::journal::Signature;

/// Outbox kind: a case for another server.
pub(crate) const PUSH: &str = "open311_push";
/// Outbox kind: a request of another server to be opened here.
pub(crate) const PULL: &str = "open311_pull";
/// How often others are asked.
const EVERY_MS: i64 = 5 * 60_000;
/// Asked again from so long before the last answer: clocks differ, and records come late.
const OVERLAP_MS: i64 = 3_600_000;
/// A list of a thousand requests may take a slow server longer than a signed call may.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// Largest answer that is read.
const LARGEST: usize = 16 * 1024 * 1024;
/// Ids in one question about statuses.
const AT_ONCE: usize = 50;

/// Writes the errand of pushing a case to the system of the unit that has just got it, if that unit has one.
pub(crate) async fn push_to_unit(write: &mut Write, row: &CaseRow, seq: i64, unit: &str, now: i64) -> Result<(), AppError> {
    if let Some(peer) = rows::peer_of_unit(write, unit).await? {
        let body = json!({ "case": row.id, "number": row.number, "title": row.title });
        let key = format!("{}/{seq}/{PUSH}", row.id);
        outbox::put(write, &errand(&key, PUSH, &peer.id, &row.id, &body.to_string(), now)).await?;
    }
    Ok(())
}

impl App {
    /// Carries out one errand of the two kinds; words of why not, to be tried again.
    pub(crate) async fn run_open311(&self, kind: &str, target: &str, body: &Value) -> Result<(), String> {
        let peers = rows::peers(&self.database).await.map_err(|e| e.to_string())?;
        let peer = peers.into_iter().find(|p| p.id == target).ok_or("对接系统已删除 / the peer is gone")?;
        if !peer.active {
            return Err(format!("{}：对接系统已停用 / the peer is switched off", peer.name));
        }
        let done = if kind == PUSH { self.push(&peer, body).await } else { self.open_pulled(&peer, body).await };
        done.map_err(|e| format!("{}: {e}", peer.name))
    }

    /// Asks every peer what is new, if it is time.
    ///
    /// # Errors
    /// What the store says; a peer that does not answer is logged, and its errands show on the stuck list.
    pub async fn exchange_open311(&self) -> Result<usize, AppError> {
        let now = self.clock.now().0;
        let last = self.exchanged.load(std::sync::atomic::Ordering::Relaxed);
        if now - last < EVERY_MS {
            return Ok(0);
        }
        self.exchanged.store(now, std::sync::atomic::Ordering::Relaxed);
        let mut news = 0;
        for peer in rows::peers(&self.database).await?.into_iter().filter(|p| p.active) {
            for step in [self.ask_statuses(&peer).await, self.pull(&peer, now).await] {
                match step {
                    Ok(n) => news += n,
                    Err(e) => {
                        tracing::warn!(peer = peer.name, error = e, "another Open311 server did not answer");
                        self.note_silence(&peer, &e, now).await?;
                    }
                }
            }
        }
        Ok(news)
    }

    /// A peer that does not answer is an errand of its own: it shows on the stuck list until it answers again.
    async fn note_silence(&self, peer: &PeerRow, failure: &str, now: i64) -> Result<(), AppError> {
        let day = gongzhi_civic::time::Timestamp(now).date(&self.zone);
        let mut write = self.database.write().await?;
        let body = json!({ "probe": true, "title": peer.name, "failure": failure });
        let key = format!("open311/{}/silent/{day}", peer.id);
        outbox::put(&mut write, &errand(&key, PULL, &peer.id, "", &body.to_string(), now)).await?;
        write.commit().await?;
        Ok(())
    }

    async fn push(&self, peer: &PeerRow, body: &Value) -> Result<(), String> {
        let id = body["case"].as_str().unwrap_or_default();
        let row = cases::find(&self.database, Key::Id(id)).await.map_err(|e| e.to_string())?.ok_or("事项已不存在 / the case is gone")?;
        let known = rows::links_of(&self.database, id).await.map_err(|e| e.to_string())?;
        if known.iter().any(|l| l.peer == peer.id) {
            return Ok(());
        }
        let mut form = self.public_answers(&row);
        let mut put = |name: &str, value: String| form.push((name.to_owned(), value));
        put("api_key", peer.api_key.clone());
        put("service_code", peer.push_service.clone());
        put("description", format!("{}\n[{}]", row.title, row.number));
        put("address_string", row.place_name.clone());
        // Our number as account: a server that got the errand twice can tell.
        put("account_id", row.number.clone());
        if let (Some(lat), Some(lon)) = (row.lat, row.lon) {
            put("lat", lat.to_string());
            put("long", lon.to_string());
        }
        if !peer.jurisdiction.is_empty() {
            put("jurisdiction_id", peer.jurisdiction.clone());
        }
        let url = format!("{}/requests.{}", peer.url, peer.format);
        let answer = self.ask(peer, self.client()?.post(url).form(&form), "request").await?;
        let record = answer.first().ok_or("对方没有回执 / the answer has no request in it")?;
        let remote = match (record.get("service_request_id").filter(|i| !i.is_empty()), record.get("token").filter(|t| !t.is_empty())) {
            (Some(id), _) => id.clone(),
            (None, Some(token)) => format!("token:{token}"),
            (None, None) => return Err("对方回执没有编号 / the answer has neither id nor token".into()),
        };
        let link = LinkRow {
            peer: peer.id.clone(),
            remote,
            case_id: row.id.clone(),
            direction: "push".into(),
            status: "open".into(),
            at: self.clock.now().0,
        };
        self.keep_link(&link).await
    }

    /// What the public may know of a case's opening form, as attributes: a server that has the same form can use it.
    fn public_answers(&self, row: &CaseRow) -> Vec<(String, String)> {
        let definitions = self.definitions();
        let public = definitions.pinned(&row.definition).and_then(|d| d.public.clone());
        let mut answers = Vec::new();
        for name in public.iter().flat_map(|p| &p.fields).filter_map(|f| f.strip_prefix('/')) {
            match &row.body["fields"][name] {
                Value::Null | Value::Object(_) => {}
                Value::Array(list) => {
                    answers.extend(list.iter().filter_map(Value::as_str).map(|v| (format!("attribute[{name}][]"), v.to_owned())))
                }
                Value::String(text) => answers.push((format!("attribute[{name}]"), text.clone())),
                other => answers.push((format!("attribute[{name}]"), other.to_string())),
            }
        }
        answers
    }

    async fn keep_link(&self, link: &LinkRow) -> Result<(), String> {
        let mut write = self.database.write().await.map_err(|e| e.to_string())?;
        rows::put_link(&mut write, link).await.map_err(|e| e.to_string())?;
        write.commit().await.map_err(|e| e.to_string())
    }

    /// What became of the requests that were pushed: a change is heard like an update they post.
    async fn ask_statuses(&self, peer: &PeerRow) -> Result<usize, String> {
        let links = rows::links(&self.database, &peer.id, "push", 2_000).await.map_err(|e| e.to_string())?;
        let mut news = 0;
        for link in links.iter().filter(|l| l.remote.starts_with("token:")) {
            let token = link.remote.trim_start_matches("token:");
            let url = format!("{}/tokens/{token}.{}", peer.url, peer.format);
            let answer = self.ask(peer, self.client()?.get(url).query(&place_of(peer)), "request").await?;
            if let Some(id) = answer.first().and_then(|r| r.get("service_request_id")).filter(|i| !i.is_empty()) {
                self.keep_link(&LinkRow { remote: id.clone(), ..link.clone() }).await?;
            }
        }
        let open: Vec<&LinkRow> = links.iter().filter(|l| l.status != "closed" && !l.remote.starts_with("token:")).collect();
        for some in open.chunks(AT_ONCE) {
            let ids: Vec<&str> = some.iter().map(|l| l.remote.as_str()).collect();
            let url = format!("{}/requests.{}", peer.url, peer.format);
            let mut question = place_of(peer);
            question.push(("service_request_id", ids.join(",")));
            for record in self.ask(peer, self.client()?.get(url).query(&question), "request").await? {
                let (id, status) = (word(&record, "service_request_id"), word(&record, "status").to_ascii_lowercase());
                let Some(link) = some.iter().find(|l| l.remote == id && l.status != status) else { continue };
                let words = word(&record, "status_notes");
                let at = parse_time(word(&record, "updated_datetime"), &self.zone).unwrap_or_else(|| self.clock.now().0);
                let heard =
                    self.heard(&peer.id, &format!("{id}/{status}/{at}"), &link.case_id, &status.to_ascii_uppercase(), words, at).await;
                news += usize::from(heard.map_err(|e| e.to_string())?);
                self.keep_link(&LinkRow { status, at: self.clock.now().0, ..(*link).clone() }).await?;
            }
        }
        Ok(news)
    }

    /// New requests there become errands here, one each; how far was asked moves on in the same transaction.
    async fn pull(&self, peer: &PeerRow, now: i64) -> Result<usize, String> {
        if peer.pull_matter.is_none() {
            return Ok(0);
        }
        let mut question = place_of(peer);
        question.push(("start_date", write_time(peer.pulled_to - OVERLAP_MS, &self.zone)));
        question.push(("end_date", write_time(now, &self.zone)));
        if !peer.pull_services.is_empty() {
            question.push(("service_code", peer.pull_services.clone()));
        }
        let url = format!("{}/requests.{}", peer.url, peer.format);
        let found = self.ask(peer, self.client()?.get(url).query(&question), "request").await?;
        let mut write = self.database.write().await.map_err(|e| e.to_string())?;
        let mut news = 0;
        for record in &found {
            let id = word(record, "service_request_id");
            if id.is_empty() || rows::linked(&mut write, &peer.id, id).await.map_err(|e| e.to_string())? {
                continue;
            }
            let body = json!({ "request": record, "title": format!("{} {id}", peer.name) });
            let key = format!("open311/{}/{id}", peer.id);
            outbox::put(&mut write, &errand(&key, PULL, &peer.id, "", &body.to_string(), now)).await.map_err(|e| e.to_string())?;
            news += 1;
        }
        rows::pulled(&mut write, &peer.id, now).await.map_err(|e| e.to_string())?;
        write.commit().await.map_err(|e| e.to_string())?;
        Ok(news)
    }

    /// Opens a pulled request as a case. Its service code is the category where the matter's form knows it.
    async fn open_pulled(&self, peer: &PeerRow, body: &Value) -> Result<(), String> {
        if body["probe"] == true {
            let url = format!("{}/services.{}", peer.url, peer.format);
            return self.ask(peer, self.client()?.get(url).query(&place_of(peer)), "service").await.map(|_| ());
        }
        let record: Record = serde_json::from_value(body["request"].clone()).map_err(|e| e.to_string())?;
        let remote = word(&record, "service_request_id");
        let matter = peer.pull_matter.clone().ok_or("未设定事项 / no matter is set")?;
        let definitions = self.definitions();
        let definition = definitions.current(&matter).ok_or("事项已不存在 / the matter is gone")?;
        let fields = pulled_fields(definition, &record);
        let degrees = |name: &str| word(&record, name).parse::<f64>().ok().filter(|d| d.is_finite());
        let place = GivenPlace {
            lon: degrees("long"),
            lat: degrees("lat"),
            text: Some(word(&record, "address").to_owned()).filter(|t| !t.is_empty()),
            ..GivenPlace::default()
        };
        let opener =
            Opener { facts: reporter_facts(), by: Signature::program(), source: "open311", reporter: None, synthetic: false, parent: None };
        let new = NewCase { matter, fields, place, key: format!("open311:{}:{remote}", peer.id), ..NewCase::default() };
        let row = self.open_as(opener, new, self.clock.now()).await.map_err(said)?;
        let link = LinkRow {
            peer: peer.id.clone(),
            remote: remote.to_owned(),
            case_id: row.id,
            direction: "pull".into(),
            status: word(&record, "status").to_owned(),
            at: self.clock.now().0,
        };
        self.keep_link(&link).await
    }

    fn client(&self) -> Result<&reqwest::Client, String> {
        self.effects.client().map_err(|_| "无法建立对外连接 / no client for calls could be made".to_owned())
    }

    /// One question to a peer. What is not a plain success is a failure with the server's own words.
    async fn ask(&self, peer: &PeerRow, request: reqwest::RequestBuilder, item: &str) -> Result<Vec<Record>, String> {
        let mut response = request.timeout(ANSWER_WITHIN).send().await.map_err(|e| e.without_url().to_string())?;
        let status = response.status();
        let mut bytes = Vec::new();
        while let Some(some) = response.chunk().await.map_err(|e| e.without_url().to_string())? {
            bytes.extend_from_slice(&some);
            if bytes.len() > LARGEST {
                return Err("回复过大 / the answer is too large".into());
            }
        }
        let format = if peer.format == "xml" { Format::Xml } else { Format::Json };
        if status.is_success() {
            return records(&bytes, format, item).map_err(|e| e.to_string());
        }
        let errors = records(&bytes, format, "error").unwrap_or_default();
        let words: Vec<&str> = errors.iter().map(|e| word(e, "description")).filter(|w| !w.is_empty()).collect();
        Err(format!("HTTP {} {}", status.as_u16(), words.join("; ")))
    }
}

/// An errand as the outbox takes it: both kinds leave the house.
fn errand<'a>(key: &'a str, kind: &'a str, peer: &'a str, case: &'a str, body: &'a str, at: i64) -> Entry<'a> {
    Entry { key, lane: Lane::Outside, kind, target: peer, case, effect: "", body, at }
}

fn place_of(peer: &PeerRow) -> Vec<(&'static str, String)> {
    if peer.jurisdiction.is_empty() { Vec::new() } else { vec![("jurisdiction_id", peer.jurisdiction.clone())] }
}

fn word<'a>(record: &'a Record, name: &str) -> &'a str {
    record.get(name).map_or("", |s| s.trim())
}

fn said(error: AppError) -> String {
    match error {
        AppError::Problem(p) => {
            let fields: Vec<String> = p.fields.iter().map(|(at, t)| format!("{at} {} / {}", t.zh, t.en)).collect();
            format!("{} / {} {}", p.message.zh, p.message.en, fields.join("; "))
        }
        other => other.to_string(),
    }
}

/// The opening fields that a foreign request can fill: its words, and its service where the form has such a category. A
/// required list with the choice `other` takes that, so that a stranger's list of services does not stop a report.
fn pulled_fields(definition: &gongzhi_matter::Definition, record: &Record) -> Value {
    let mut fields = serde_json::Map::new();
    let schema = definition.opening_form().map(|f| f.schema.clone()).unwrap_or_default();
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, node) in &properties {
        let choices: Vec<&str> = node["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let code = word(record, "service_code");
        if name == super::services::DESCRIPTION {
            let words = [word(record, "service_name"), word(record, "description")]
                .into_iter()
                .filter(|w| !w.is_empty())
                .collect::<Vec<_>>()
                .join("：");
            if !words.is_empty() {
                fields.insert(name.clone(), words.into());
            }
        } else if !code.is_empty() && choices.contains(&code) {
            fields.insert(name.clone(), code.into());
        } else if required.contains(&name.as_str()) && choices.contains(&"other") {
            fields.insert(name.clone(), "other".into());
        }
    }
    Value::Object(fields)
}
