//! Calls and crashes: taking one, correcting one, listing many.

use std::collections::HashMap;

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::personal::{Phone, mask_numbers};
use gongzhi_civic::place::Point;
use gongzhi_civic::text::{Language, Text};
use gongzhi_civic::time::{DAY_MS, MINUTE_MS, Timestamp};
use gongzhi_road::Verdict;
use gongzhi_store::signals::{self, SignalRow};
use gongzhi_store::{cases, events};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::App;
use crate::access::require;
use crate::error::{AppError, Problem, not_found};
use crate::journal::{self, Signature};
use crate::placing;
use crate::signal_filter::SignalFilter;

/// A call as somebody types it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewSignal {
    /// `call` (default) or `crash`.
    pub kind: Option<String>,
    /// Class, if the caller of this door knows it.
    pub class: Option<String>,
    /// When it happened; now if absent.
    pub at: Option<i64>,
    /// What was said.
    pub words: String,
    /// The place, as said.
    pub place_text: Option<String>,
    /// Longitude.
    pub lon: Option<f64>,
    /// Latitude.
    pub lat: Option<f64>,
    /// The caller's number.
    pub caller_phone: Option<String>,
    /// Deaths.
    pub deaths: Option<u32>,
    /// Injured.
    pub injured: Option<u32>,
    /// Whether it counts; yes if absent.
    pub valid: Option<bool>,
    /// The sender's own number for it: a second sending changes nothing.
    pub source_key: Option<String>,
}

/// A signal as a screen shows it. Words are masked, the caller is masked.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)] // the names are the contract's; `docs/api.md` has the table
pub struct SignalView {
    #[serde(serialize_with = "as_text")]
    pub id: i64,
    pub kind: String,
    pub class: String,
    pub class_suggested: Option<String>,
    pub class_reason: Option<String>,
    pub class_by: String,
    pub valid: bool,
    pub at: i64,
    pub received_at: i64,
    pub words: String,
    pub place_text: String,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    pub place: Option<PlaceView>,
    pub area: Option<AreaView>,
    pub severity: Option<String>,
    pub deaths: i64,
    pub injured: i64,
    pub source: String,
    pub source_key: String,
    pub caller: Option<String>,
    #[serde(serialize_with = "as_text_or_null")]
    pub repeat_of: Option<i64>,
    #[serde(serialize_with = "as_text_or_null")]
    pub incident: Option<i64>,
    pub cases: Vec<Value>,
    pub attributes: Value,
    pub synthetic: bool,
}

/// Where something is.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct PlaceView {
    pub key: Option<String>,
    pub name: String,
    pub kind: &'static str,
    pub confidence: f64,
    pub reason: String,
}

/// An area.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct AreaView {
    pub key: String,
    pub name: String,
}

/// Numbers beyond 2^53 would lose digits in a browser: ids travel as text.
fn as_text<S: serde::Serializer>(id: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

fn as_text_or_null<S: serde::Serializer>(id: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => serializer.collect_str(id),
        None => serializer.serialize_none(),
    }
}

/// A page of signals.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct SignalPage {
    pub items: Vec<SignalView>,
    pub next: Option<String>,
    pub total: usize,
    /// How many of the period by class, by the same filter without class.
    pub by_class: Value,
    /// How many of the period by hour of day.
    pub by_hour: Vec<u32>,
    /// How many are repeats.
    pub repeats: usize,
}

const LONGEST_WORDS: usize = 4_000;

impl App {
    /// Takes a call: places it, suggests its class, writes it with its event, tells the screens.
    ///
    /// # Errors
    /// No permission; words missing or too long; a point that is none; a time in the future.
    pub async fn take_signal(&self, actor: &Actor, new: NewSignal) -> Result<SignalRow, AppError> {
        require(actor, Permission::SignalCreate)?;
        self.receive(&Signature::from(actor), "form", new, false).await
    }

    /// Takes a call that a trusted door brings (the live feed, another department's system).
    ///
    /// # Errors
    /// As [`App::take_signal`], permission apart.
    pub async fn receive(&self, by: &Signature, source: &str, new: NewSignal, synthetic: bool) -> Result<SignalRow, AppError> {
        let now = self.clock.now();
        check(&new, now)?;
        let point =
            match (new.lon, new.lat) {
                (Some(lon), Some(lat)) => Some(Point::valid(lon, lat).ok_or_else(|| {
                    Problem::new(422, "point_invalid", "坐标无效：请检查经度与纬度。", "This is no point: check longitude and latitude.")
                        .at("/lon", "无效坐标", "not a point")
                })?),
                (None, None) => None,
                _ => return Err(Problem::new(422, "point_half", "经度和纬度必须同时填写。", "Longitude and latitude go together.").into()),
            };
        let _one = self.receiving.lock().await;
        let source_key = new.source_key.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let known = signals::find(&self.database, source, &source_key).await?;
        if let Some(row) = known {
            return Ok(row);
        }
        let roads = self.roads();
        let place_text = new.place_text.clone().unwrap_or_default();
        let placement = placing::place(roads.as_deref(), point, &place_text, &new.words);
        let suggestion = self.classifier.suggest(&new.words);
        let phone = new.caller_phone.as_deref().map(Phone::new).filter(|p| !p.expose().is_empty());
        let (deaths, injured) = (i64::from(new.deaths.unwrap_or(0)), i64::from(new.injured.unwrap_or(0)));
        let mut write = self.database.write().await?;
        let id = write.take("signal", 1).await?;
        let row = SignalRow {
            id,
            source: source.to_owned(),
            content_hash: blake3::hash(format!("{}|{}|{:?}", new.words, place_text, new.at).as_bytes()).to_hex()[..32].to_owned(),
            source_key,
            kind: new.kind.clone().unwrap_or_else(|| "call".into()),
            class_by: match (&new.class, source) {
                (None, _) => "suggestion".into(),
                (Some(_), "form" | "api") => by.actor.clone(),
                (Some(_), _) => "source".into(),
            },
            class: new.class.clone().unwrap_or_else(|| suggestion.class.clone()),
            class_suggested: Some(suggestion.class.clone()),
            class_reason: serde_json::to_string(&suggestion.reason).ok(),
            valid: new.valid.unwrap_or(true),
            at: new.at.unwrap_or(now.0),
            received_at: now.0,
            words: new.words.clone(),
            place_text,
            severity: severity(new.kind.as_deref(), deaths, injured),
            deaths,
            slight: injured,
            caller_hash: phone.as_ref().map(caller_hash),
            attributes: json!({}),
            synthetic,
            ..SignalRow::default()
        }
        .placed(placement);
        signals::insert(&mut write, std::slice::from_ref(&row)).await?;
        if let Some(phone) = &phone {
            signals::keep_callers(&mut write, &[(id, phone.expose().to_owned())]).await?;
        }
        let body = json!({ "source": row.source, "source_key": row.source_key, "kind": row.kind, "class": row.class, "class_by": row.class_by, "content": row.content_hash });
        journal::append(&mut write, &format!("signal:{id}"), by, now, &[("signal.taken".into(), body)]).await?;
        write.commit().await?;
        self.enter_signals(std::slice::from_ref(&row)).await;
        self.tell("signal", json!({ "id": id, "kind": row.kind, "class": row.class, "at": row.at, "lon": row.lon, "lat": row.lat }));
        Ok(row)
    }

    /// Corrects class or validity, with a reason that the ledger keeps.
    ///
    /// # Errors
    /// No permission, no such signal, an unknown class.
    pub async fn correct_signal(
        &self,
        actor: &Actor,
        id: i64,
        class: Option<String>,
        valid: Option<bool>,
        reason: &str,
    ) -> Result<(), AppError> {
        require(actor, Permission::SignalCorrect)?;
        let row = signals::by_ids(&self.database, &[id]).await?.pop().ok_or_else(|| not_found("这条警情", "signal"))?;
        let class = class.unwrap_or_else(|| row.class.clone());
        self.check_class(&class)?;
        let valid = valid.unwrap_or(row.valid);
        let mut write = self.database.write().await?;
        signals::correct(&mut write, id, &class, valid, &actor.person).await?;
        let body = json!({ "class": { "from": row.class, "to": class }, "valid": { "from": row.valid, "to": valid }, "reason": reason });
        journal::append(
            &mut write,
            &format!("signal:{id}"),
            &Signature::from(actor),
            self.clock.now(),
            &[("signal.corrected".into(), body)],
        )
        .await?;
        write.commit().await?;
        self.change_signals(|index| index.correct(id, &class, valid));
        self.tell("signal", json!({ "id": id, "class": class, "corrected": true }));
        Ok(())
    }

    fn check_class(&self, class: &str) -> Result<(), AppError> {
        if ["accident", "order", "other"].contains(&class) {
            return Ok(());
        }
        Err(Problem::new(422, "class_unknown", format!("没有“{class}”这个类别。"), format!("There is no class “{class}”."))
            .at("/class", "未知类别", "unknown class")
            .into())
    }

    /// A page of signals, newest first; the cursor is the position after the last one.
    ///
    /// # Errors
    /// No permission, a filter that is none.
    pub async fn list_signals(
        &self,
        actor: &Actor,
        filter: &SignalFilter,
        query: Option<&str>,
        cursor: Option<&str>,
        limit: usize,
        language: Language,
    ) -> Result<SignalPage, AppError> {
        require(actor, Permission::SignalRead)?;
        let index = self.signals();
        let compiled = filter.compile(&index)?;
        let mut matching: Vec<i64> = compiled.select(&index).rev().map(|e| e.id).collect();
        let mut by_class: HashMap<String, u32> = HashMap::new();
        let mut by_hour = vec![0_u32; 24];
        let mut repeats = 0;
        for e in compiled.select(&index) {
            by_hour[usize::from(e.hour)] += 1;
            repeats += usize::from(e.repeat_of != 0);
        }
        let without_class = SignalFilter { class: None, ..filter.clone() }.compile(&index)?;
        for e in without_class.select(&index) {
            *by_class.entry(index.classes.get(e.class).unwrap_or("").to_owned()).or_default() += 1;
        }
        if let Some(query) = query.map(str::trim).filter(|q| !q.is_empty()) {
            let found: std::collections::HashSet<i64> = signals::with_words(&self.database, query, 5_000).await?.into_iter().collect();
            matching.retain(|id| found.contains(id));
        }
        let start: usize = cursor.and_then(|c| c.parse().ok()).unwrap_or(0);
        let ids: Vec<i64> = matching.iter().skip(start).take(limit).copied().collect();
        let next = (start + ids.len() < matching.len()).then(|| (start + ids.len()).to_string());
        let items = self.view_signals(&ids, language).await?;
        Ok(SignalPage { items, next, total: matching.len(), by_class: json!(by_class), by_hour, repeats })
    }

    /// Signals as screens show them, in the order of `ids`.
    ///
    /// # Errors
    /// What the store says.
    pub async fn view_signals(&self, ids: &[i64], language: Language) -> Result<Vec<SignalView>, AppError> {
        let rows = signals::by_ids(&self.database, ids).await?;
        let mut tied: HashMap<i64, Vec<Value>> = HashMap::new();
        for (signal, id, number) in cases::of_signals(&self.database, ids).await? {
            tied.entry(signal).or_default().push(json!({ "id": id, "number": number }));
        }
        let callers = signals::callers(&self.database, ids).await?;
        let index = self.signals();
        let areas = self.area_names();
        Ok(rows
            .into_iter()
            .map(|row| {
                let entry = index.by_id(row.id);
                let caller = callers.get(&row.id).map(|p| Phone::new(p).masked());
                let cases = tied.remove(&row.id).unwrap_or_default();
                view(row, entry.map_or(0, |e| e.repeat_of), entry.map_or(0, |e| e.incident), caller, cases, &areas, language)
            })
            .collect())
    }

    /// One signal with its history.
    ///
    /// # Errors
    /// No permission, no such signal.
    pub async fn signal(&self, actor: &Actor, id: i64, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::SignalRead)?;
        let view = self.view_signals(&[id], language).await?.pop().ok_or_else(|| not_found("这条警情", "signal"))?;
        let history: Vec<Value> = events::stream(&self.database, &format!("signal:{id}"))
            .await?
            .into_iter()
            .map(|e| json!({ "seq": e.seq, "at": e.at, "kind": e.kind, "actor": e.actor, "body": serde_json::from_str::<Value>(&e.body).unwrap_or(Value::Null) }))
            .collect();
        let mut value = serde_json::to_value(view).map_err(|e| AppError::Internal(e.to_string()))?;
        value["history"] = Value::Array(history);
        Ok(value)
    }

    /// What class and place words suggest, before anything is written; and what to ask where they do not say one place.
    #[must_use]
    pub fn suggest(&self, words: &str, language: Language) -> Value {
        let suggestion = self.classifier.suggest(words);
        let mut view = json!({ "class": suggestion.class, "confidence": suggestion.confidence, "reason": suggestion.reason.get(language),
            "places": [], "verdict": "unknown", "ask": null, "understood": [] });
        let Some(roads) = self.roads() else { return view };
        let answer = roads.say_where(words, None);
        let places = answer.candidates.iter().take(5).filter_map(|c| {
            let place = roads.network.place(c.place)?;
            Some(json!({ "key": place.key, "name": c.name, "kind": place.kind, "lon": c.point.lon, "lat": c.point.lat,
                "confidence": c.confidence, "reason": c.reason.get(language) }))
        });
        view["places"] = places.collect();
        view["verdict"] = answer.verdict.word().into();
        view["ask"] = match &answer.verdict {
            Verdict::Found | Verdict::Unknown => Value::Null,
            Verdict::Several | Verdict::NoSuchCrossing { .. } | Verdict::NotEnough { .. } => answer.reason.get(language).into(),
        };
        view["understood"] =
            answer.understood.iter().map(|u| json!({ "from": u.from, "to": u.to, "part": u.part, "read_as": u.read_as })).collect();
        view
    }

    /// Names of administrative areas by key.
    #[must_use]
    pub fn area_names(&self) -> HashMap<String, String> {
        self.areas().iter().map(|a| (a.key.clone(), a.name.zh.clone())).collect()
    }
}

fn check(new: &NewSignal, now: Timestamp) -> Result<(), AppError> {
    if new.words.trim().is_empty() {
        return Err(Problem::new(422, "words_missing", "请填写报警内容。", "Say what happened.").at("/words", "必填", "required").into());
    }
    if new.words.chars().count() > LONGEST_WORDS {
        return Err(Problem::new(422, "words_long", "报警内容不能超过 4000 字。", "At most 4,000 characters.")
            .at("/words", "过长", "too long")
            .into());
    }
    if new.at.is_some_and(|at| at > now.0 + 10 * MINUTE_MS || at < now.0 - 3650 * DAY_MS) {
        return Err(Problem::new(
            422,
            "time_invalid",
            "时间不能在将来，也不能早于十年前。",
            "The time lies in the future or more than ten years back.",
        )
        .at("/at", "时间无效", "not valid")
        .into());
    }
    if let Some(kind) = new.kind.as_deref().filter(|k| !["call", "crash"].contains(k)) {
        return Err(Problem::new(422, "kind_unknown", format!("没有“{kind}”这种类型。"), format!("There is no kind “{kind}”.")).into());
    }
    if let Some(class) = new.class.as_deref().filter(|c| !["accident", "order", "other"].contains(c)) {
        return Err(Problem::new(422, "class_unknown", format!("没有“{class}”这个类别。"), format!("There is no class “{class}”."))
            .at("/class", "未知类别", "unknown class")
            .into());
    }
    Ok(())
}

fn severity(kind: Option<&str>, deaths: i64, injured: i64) -> Option<String> {
    match (deaths, injured) {
        (1.., _) => Some("fatal".into()),
        (_, 1..) => Some("slight".into()),
        _ => (kind == Some("crash")).then(|| "damage".into()),
    }
}

/// A caller's digest: enough to see that it is the same caller, not who.
#[must_use]
pub fn caller_hash(phone: &Phone) -> String {
    blake3::keyed_hash(b"gongzhi caller digest, version 1", phone.expose().as_bytes()).to_hex()[..24].to_owned()
}

/// A text stored in both languages, in one.
pub(crate) fn stored_text(json: Option<&str>, language: Language) -> String {
    json.and_then(|j| serde_json::from_str::<Text>(j).ok()).map(|t| t.get(language).to_owned()).unwrap_or_default()
}

fn view(
    row: SignalRow,
    repeat_of: i64,
    incident: i64,
    caller: Option<String>,
    cases: Vec<Value>,
    areas: &HashMap<String, String>,
    language: Language,
) -> SignalView {
    let key = row.crossing_key.clone().or_else(|| row.section_key.clone());
    let kind = if row.crossing_key.is_some() {
        "crossing"
    } else if row.section_key.is_some() {
        "section"
    } else {
        "none"
    };
    let reason = stored_text(Some(&row.place_reason), language);
    SignalView {
        place: Some(PlaceView { key, name: row.place_name, kind, confidence: row.confidence, reason }),
        area: row.area_key.map(|key| AreaView { name: areas.get(&key).cloned().unwrap_or_default(), key }),
        class_reason: row.class_reason.as_deref().map(|r| stored_text(Some(r), language)),
        words: mask_numbers(&row.words),
        injured: row.serious + row.slight,
        id: row.id,
        kind: row.kind,
        class: row.class,
        class_suggested: row.class_suggested,
        class_by: row.class_by,
        valid: row.valid,
        at: row.at,
        received_at: row.received_at,
        place_text: row.place_text,
        lon: row.lon,
        lat: row.lat,
        severity: row.severity,
        deaths: row.deaths,
        source: row.source,
        source_key: row.source_key,
        caller,
        repeat_of: (repeat_of != 0).then_some(repeat_of),
        incident: (incident != 0).then_some(incident),
        cases,
        attributes: row.attributes,
        synthetic: row.synthetic,
    }
}
