//! What a letter says, as data for its template: words and dates ready to be printed. `city/letters/README.md` describes
//! every key for authors; a key added there is added here and in `city/letters/sample.json`.

use std::collections::HashMap;

use gongzhi_civic::time::{DAY_MS, HOUR_MS, Timestamp};
use gongzhi_matter::definition::BudgetRule;
use gongzhi_matter::{ActorFacts, Base, Case, ClockView, Event, Letter, LetterKind, Recorded};
use gongzhi_store::events::EventRow;
use serde_json::{Map, Value, json};

use crate::App;
use crate::cases::Loaded;
use crate::form_words::{date_in_characters, date_words, rows};
use crate::journal::{self, Signature};

/// Pictures of one kind in a letter.
pub(crate) const MOST_PHOTOS: usize = 12;

/// Who answers for a clock that the handling unit is held to.
const OWNER: &str = "owner_unit";

/// What a letter is made from, besides the case.
pub(crate) struct Occasion<'a> {
    pub letter: &'a Letter,
    pub number: &'a str,
    pub code: &'a str,
    pub by: &'a Signature,
    pub now: Timestamp,
    /// Sequence number of the event that asked for it; the last one if nobody did.
    pub seq: Option<u64>,
    /// Names of people by id.
    pub people: &'a HashMap<String, String>,
    /// When each photo was taken, by digest.
    pub taken: &'a HashMap<String, String>,
    pub synthetic: bool,
}

/// A case as events tell it.
pub(crate) type Events = [(EventRow, Recorded)];

impl App {
    /// The data of a letter, and the digests of the photos that it shows by their names in it.
    pub(crate) fn letter_data(&self, loaded: &Loaded, events: &Events, o: &Occasion<'_>) -> (Value, Vec<(String, String)>) {
        let (definition, case, row) = (&loaded.definition, &loaded.case, &loaded.row);
        let units = self.units();
        let name = |id: &str| units.get(id).map_or_else(|| id.to_owned(), |u| u.name.zh.clone());
        let day = |at: Timestamp| date_words(at.date(&self.zone));
        let asked = match o.seq {
            Some(seq) => events.iter().find(|(_, r)| r.seq == seq),
            None => events.last(),
        };
        let issuer = issuer(loaded, o, asked.map(|(_, r)| &r.event));
        let addressed =
            matches!(o.letter.kind, LetterKind::Order | LetterKind::Supervision | LetterKind::Rectification | LetterKind::Review);
        let addressee = case.unit.as_deref().filter(|_| addressed);
        let opening = definition.opening_form().map_or(&Value::Null, |f| &f.schema);
        let today = o.now.date(&self.zone);
        let (mut shown, mut pictures) = (Map::new(), Vec::new());
        for (kind, hashes) in [("before", &case.photos), ("after", &case.after_photos)] {
            let mut list = Vec::new();
            for (i, hash) in hashes.iter().take(MOST_PHOTOS).enumerate() {
                let file = format!("photos/{kind}-{}.jpg", i + 1);
                list.push(json!({ "file": format!("/{file}"), "taken": o.taken.get(hash).map(|t| minute(t)) }));
                pictures.push((file, hash.clone()));
            }
            shown.insert(kind.to_owned(), Value::Array(list));
        }
        let place = self.place_of(row);
        let verify = self.link(&format!("/verify/{}", o.code));
        let track = self.link(&format!("/#/track/{}", row.token));
        let data = json!({
            "letter": { "id": o.letter.id, "kind": o.letter.kind, "title": o.letter.title.zh, "seal": o.letter.seal, "public": o.letter.public },
            "title": o.letter.title.zh, "number": o.number, "code": o.code,
            "date": { "iso": today.to_string(), "words": date_words(today), "chinese": date_in_characters(today), "time": o.now.in_zone(&self.zone).strftime("%H:%M").to_string() },
            "city": self.name().zh, "synthetic": o.synthetic,
            "issuer": { "id": issuer, "name": name(&issuer) },
            "addressee": { "id": addressee, "name": addressee.map(name) },
            "actor": { "name": o.people.get(&o.by.actor), "unit": Some(&o.by.unit).filter(|u| !u.is_empty()).map(|u| name(u)) },
            "case": {
                "id": row.id, "number": row.number, "title": row.title, "matter": definition.title.zh, "version": case.version,
                "stage": definition.stage(&case.stage).map_or(case.stage.as_str(), |s| s.label.zh.as_str()),
                "opened": day(case.opened_at), "closed": case.closed_at.map(day), "duration": case.closed_at.map(|t| span(t.0 - case.opened_at.0)),
                "source": source(&row.source),
            },
            "place": { "name": row.place_name, "area": place.area.map(|(_, name)| name), "lon": row.lon, "lat": row.lat },
            "units": {
                "owner": case.unit.as_deref().map(name), "assists": case.assists.iter().map(|u| name(u)).collect::<Vec<_>>(),
                "copies": case.copies.iter().map(|u| name(u)).collect::<Vec<_>>(), "router": case.router_unit.as_deref().map(name),
                "opener": case.opened_by.unit.as_deref().map(name),
            },
            "fields": rows(opening, &case.fields, &units),
            "raw": { "fields": case.fields, "forms": case.forms },
            "forms": self.forms_of(loaded, events),
            "event": asked.map(|(row, r)| self.step(loaded, row, r, o.people)),
            "clocks": self.clocks_of(loaded, o.now),
            "timeline": events.iter().map(|(row, r)| self.step(loaded, row, r, o.people)).collect::<Vec<_>>(),
            "parts": case.parts.iter().map(|p| json!({ "unit": name(&p.unit), "state": part_state(&p.state), "words": p.words })).collect::<Vec<_>>(),
            "children": case.children.iter().map(|c| json!({ "number": c.number, "matter": self.matter_title(&c.matter), "state": base_words(c.base) })).collect::<Vec<_>>(),
            "photos": shown,
            "legal_basis": definition.legal_basis.iter().map(|b| json!({ "name": b.name.zh, "article": b.article, "confirmed": b.confirmed })).collect::<Vec<_>>(),
            "verify": { "link": verify, "code": o.code, "qr": "/verify.svg" },
            "track": { "link": track, "qr": "/track.svg" },
            "ledger": { "events": events.len(), "hash": events.last().map(|(row, _)| row.hash.clone()) },
        });
        (data, pictures)
    }

    fn matter_title(&self, id: &str) -> String {
        self.definitions().current(id).map_or_else(|| id.to_owned(), |d| d.title.zh.clone())
    }

    /// The latest of every form but the opening's, in the order in which they were filled in.
    fn forms_of(&self, loaded: &Loaded, events: &Events) -> Value {
        let units = self.units();
        let mut forms = Map::new();
        for (row, recorded) in events {
            let event = &recorded.event;
            let Some(form) = event.form.as_ref().filter(|_| recorded.seq > 1).and_then(|f| loaded.definition.forms.get(f)) else {
                continue;
            };
            let unit = event.actor.unit.as_deref().map(|u| units.get(u).map_or_else(|| u.to_owned(), |u| u.name.zh.clone()));
            let filled = json!({ "id": form.id, "title": form.title.zh, "verb": event.verb, "unit": unit, "at": self.moment(Timestamp(row.at)), "fields": rows(&form.schema, &event.fields, &units) });
            forms.shift_remove(&form.id);
            forms.insert(form.id.clone(), filled);
        }
        Value::Object(forms)
    }

    fn step(&self, loaded: &Loaded, row: &EventRow, recorded: &Recorded, people: &HashMap<String, String>) -> Value {
        let (definition, event, units) = (&loaded.definition, &recorded.event, self.units());
        let label = definition.action(&event.action).map_or_else(
            || own_label(event),
            |a| {
                if a.done_label.zh.is_empty() { a.label.zh.clone() } else { a.done_label.zh.clone() }
            },
        );
        let code = event.reason_code.as_ref().map(|c| definition.reasons.get(c).map_or_else(|| c.clone(), |t| t.zh.clone()));
        let reason = match (code, event.reason.as_deref().filter(|w| !w.is_empty())) {
            (Some(code), Some(words)) => Some(format!("{code}：{words}")),
            (Some(code), None) => Some(code),
            (None, words) => words.map(str::to_owned),
        };
        let actor = match row.actor.as_str() {
            journal::PROGRAM => Some("系统".to_owned()),
            journal::REPORTER => Some("报告人".to_owned()),
            person => people.get(person).cloned(),
        };
        let unit = event.actor.unit.as_deref().or(Some(row.unit.as_str())).filter(|u| !u.is_empty());
        let fields = event.form.as_ref().and_then(|f| definition.forms.get(f)).map(|f| rows(&f.schema, &event.fields, &units));
        json!({
            "at": self.moment(Timestamp(row.at)), "id": event.action, "verb": event.verb, "label": label, "actor": actor, "reason": reason,
            "unit": unit.map(|u| units.get(u).map_or_else(|| u.to_owned(), |u| u.name.zh.clone())), "fields": fields.unwrap_or_default(),
        })
    }

    /// The clocks that have started, and of an open case those of its owner that will start in a later stage.
    fn clocks_of(&self, loaded: &Loaded, now: Timestamp) -> Vec<Value> {
        let (definition, case) = (&loaded.definition, &loaded.case);
        let facts = self.facts(&self.place_of(&loaded.row), &loaded.row.source);
        let facts = gongzhi_matter::decide::facts_for(definition, Some(case), &facts, &ActorFacts::system(), None);
        let mut clocks: Vec<Value> =
            gongzhi_matter::clocks(definition, case, now, &self.calendar()).iter().map(|c| self.clock_of(c, case)).collect();
        if definition.base(&case.stage).is_final() {
            return clocks;
        }
        for clock in definition.clocks.iter().filter(|c| c.owner == OWNER && !case.clocks.contains_key(&c.id)) {
            let budget = match &clock.budget {
                BudgetRule::Fixed { budget } => *budget,
                BudgetRule::Table { by, rows, otherwise } => {
                    let key = facts.get(by).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).unwrap_or_default();
                    rows.get(&key).copied().unwrap_or(*otherwise)
                }
            };
            let stage = definition.stages.iter().find(|s| s.clocks.contains(&clock.id)).map_or("", |s| s.label.zh.as_str());
            clocks.push(json!({
                "id": clock.id, "label": clock.label.zh, "budget": budget.label().zh, "due": null, "state": "未起算", "explanation": format!("自进入“{stage}”起算"),
                "started": false, "of_owner": true, "promise": clock.promise, "late": false, "done": false, "paused": false, "running": false, "provisional": false,
            }));
        }
        clocks
    }

    fn clock_of(&self, c: &ClockView, case: &Case) -> Value {
        let state = match (c.done, c.paused, c.late, c.running) {
            (true, _, true, _) => "超期完成",
            (true, ..) => "已完成",
            (_, true, ..) => "已暂停",
            (_, _, true, _) => "已超期",
            (_, _, _, true) => "进行中",
            _ => "已停止",
        };
        let note = if c.provisional { "（放假安排未公布，日期为暂定）" } else { "" };
        let clock = case.clocks.get(&c.id);
        let extended: Vec<String> = clock.iter().flat_map(|c| &c.extensions).map(|b| format!("已延长 {}", b.label().zh)).collect();
        let why: Vec<String> = Some(c.explanation.zh.clone()).into_iter().chain(extended).filter(|w| !w.is_empty()).collect();
        json!({
            "id": c.id, "label": c.label.zh, "budget": clock.map(|c| c.budget.label().zh), "due": self.moment(c.due), "state": state,
            "explanation": format!("{}{note}", why.join("；")), "started": true, "of_owner": c.owner == OWNER, "promise": c.promise,
            "late": c.late, "done": c.done, "paused": c.paused, "running": c.running, "provisional": c.provisional,
        })
    }

    /// `2026-11-22 16:20`; the last moment of a day is its 24:00.
    fn moment(&self, at: Timestamp) -> String {
        let local = at.in_zone(&self.zone);
        if (local.hour(), local.minute(), local.second()) == (23, 59, 59) {
            return local.strftime("%Y-%m-%d 24:00").to_string();
        }
        local.strftime("%Y-%m-%d %H:%M").to_string()
    }
}

/// In whose name a letter goes out: what is handed down or reported comes from the unit that answers for the matter, what
/// somebody found or agreed comes from the unit that did.
fn issuer(loaded: &Loaded, o: &Occasion<'_>, event: Option<&Event>) -> String {
    let owner = loaded.definition.owner.clone();
    if matches!(o.letter.kind, LetterKind::Order | LetterKind::Supervision | LetterKind::Closing | LetterKind::Card) {
        return owner;
    }
    let by_hand = Some(o.by.unit.clone()).filter(|u| !u.is_empty());
    by_hand.or_else(|| event.and_then(|e| e.actor.unit.clone())).or_else(|| loaded.case.unit.clone()).unwrap_or(owner)
}

/// The engine's own events, which no definition words.
fn own_label(event: &Event) -> String {
    let deed = event.rung.as_ref().map_or("", |r| r.deed.as_str());
    match (deed, event.action.as_str()) {
        ("remind", _) => "系统提醒".into(),
        ("urge", _) => "系统催办".into(),
        ("supervise", _) => "系统督办".into(),
        ("list", _) => "列入通报".into(),
        (_, "child") => "关联事项有进展".into(),
        (_, "migrate") => "转入新版办理规则".into(),
        (_, other) => other.to_owned(),
    }
}

fn part_state(state: &impl serde::Serialize) -> &'static str {
    match serde_json::to_value(state).ok().as_ref().and_then(Value::as_str) {
        Some("open") => "办理中",
        Some("done") => "已完成",
        Some("dropped") => "已取消",
        _ => "",
    }
}

fn base_words(base: Base) -> &'static str {
    match base {
        Base::Intake | Base::Locate => "待受理",
        Base::Route => "待签收",
        Base::Handle => "办理中",
        Base::Review => "待复查",
        Base::Hold => "暂缓",
        Base::Done => "已办结",
        Base::Cancelled => "已终止",
    }
}

fn source(source: &str) -> &str {
    match source {
        "public" => "群众上报",
        "office" => "工作人员登记",
        "hotspot" => "热点研判",
        "list" => "名单导入",
        "effect" | "case" | "parent" => "其他事项转来",
        "open311" => "外部系统转来",
        other => other,
    }
}

/// Days and hours, or hours and minutes below a day.
fn span(ms: i64) -> String {
    let (days, hours, minutes) = (ms / DAY_MS, ms % DAY_MS / HOUR_MS, ms % HOUR_MS / 60_000);
    match (days, hours) {
        (0, 0) => format!("{minutes} 分钟"),
        (0, _) => format!("{hours} 小时 {minutes} 分钟"),
        (_, 0) => format!("{days} 天"),
        _ => format!("{days} 天 {hours} 小时"),
    }
}

/// A camera's local time up to its minutes.
fn minute(taken: &str) -> String {
    taken.get(..16).unwrap_or(taken).replace('T', " ")
}
