//! Cases as screens show them: rows of a list, and one page with everything on it.

use gongzhi_civic::permission::{Actor, Permission, Role};
use gongzhi_civic::personal::{PersonName, Phone};
use gongzhi_civic::text::{Language, Text};
use gongzhi_matter::{ActorFacts, AvailableAction, Definition, Verb};
use gongzhi_store::cases::{self, CaseFilter, CaseRow, Order};
use gongzhi_store::{attachments, directory, photos};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::App;
use crate::access::require;
use crate::cases::{CasePlace, Loaded, OPEN, number, oversees};
use crate::error::AppError;

/// A list of cases, as it stands in a URL.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CaseQuery {
    /// `todo`, `unit`, `mine`, `review`, `all`.
    pub r#box: Option<String>,
    /// Matter ids.
    pub matter: Option<String>,
    /// Stage ids.
    pub stage: Option<String>,
    /// Bases.
    pub base: Option<String>,
    /// Unit ids; a unit stands for all below it.
    pub unit: Option<String>,
    /// Area keys.
    pub area: Option<String>,
    /// Categories.
    pub category: Option<String>,
    /// Campaign of a list.
    pub campaign: Option<String>,
    /// Key of the subject: a plate, a firm's number.
    pub subject: Option<String>,
    /// Cases that belong to this one, by id.
    pub parent: Option<String>,
    /// The person who handles it; `me` for the one who asks.
    pub handler: Option<String>,
    /// `1`: only late ones.
    pub overdue: Option<String>,
    /// Open and due before.
    pub due_before: Option<i64>,
    /// Words.
    pub q: Option<String>,
    /// Opened from.
    pub from: Option<i64>,
    /// Opened before.
    pub to: Option<i64>,
    /// `due` or `new`.
    pub order: Option<String>,
    /// Position after the last one.
    pub cursor: Option<String>,
    /// At most 200.
    pub limit: Option<i64>,
}

/// The boxes of the inbox, in the order of its tabs.
const BOXES: [&str; 6] = ["todo", "unit", "parts", "mine", "review", "all"];
/// The count beside a box is exact up to here.
const BOX_BOUND: i64 = 1_000;
/// How far back a number without its year is looked for.
const YEARS_OF_NUMBERS: i16 = 10;

impl App {
    /// A page of cases and the count of each box.
    ///
    /// # Errors
    /// No permission.
    pub async fn list_cases(&self, actor: &Actor, query: &CaseQuery, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::CaseRead)?;
        let mut filter = self.filter_of(actor, query.r#box.as_deref().unwrap_or("all"));
        self.narrow(&mut filter, actor, query);
        filter.limit = query.limit.unwrap_or(50).clamp(1, 200);
        filter.offset = query.cursor.as_deref().and_then(|c| c.parse().ok()).unwrap_or(0);
        let found = cases::search(&self.database, &filter).await?;
        let shown = i64::try_from(found.rows.len()).unwrap_or(0);
        let next = filter.offset + shown;
        // Where counting ended early, a full page means that there is more.
        let more = if found.total.at_least { shown == filter.limit } else { next < found.total.n };
        let mut counts = serde_json::Map::new();
        let mut at_least = Vec::new();
        for name in BOXES {
            let counted = cases::count_up_to(&self.database, &self.filter_of(actor, name), BOX_BOUND).await?;
            counts.insert(name.to_owned(), json!(counted.n));
            if counted.at_least {
                at_least.push(name);
            }
        }
        let items: Vec<Value> = found.rows.iter().map(|r| self.case_row(r, language)).collect();
        Ok(json!({ "items": items, "total": found.total.n, "total_is_least": found.total.at_least, "next": more.then(|| next.to_string()),
            "counts": counts, "counts_at_least": at_least, "matters": found.by_matter, "searched_from": found.searched_from }))
    }

    fn narrow(&self, filter: &mut CaseFilter, actor: &Actor, query: &CaseQuery) {
        let list = |text: &Option<String>| -> Vec<String> {
            text.as_deref().map(|t| t.split(',').map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned).collect()).unwrap_or_default()
        };
        filter.matters = list(&query.matter);
        let stages = list(&query.stage);
        filter.stages = stages;
        let bases = list(&query.base);
        if !bases.is_empty() {
            filter.bases =
                if filter.bases.is_empty() { bases } else { filter.bases.iter().filter(|b| bases.contains(b)).cloned().collect() };
            if filter.bases.is_empty() {
                filter.bases = vec!["none".into()];
            }
        }
        filter.areas = list(&query.area);
        filter.categories = list(&query.category);
        filter.parents = list(&query.parent);
        let given = |text: &Option<String>| text.clone().filter(|t| !t.trim().is_empty());
        filter.campaign = given(&query.campaign);
        filter.subject_key = given(&query.subject).map(|s| crate::subjects::spelled(&s));
        filter.handler = given(&query.handler).map(|h| if h == "me" { actor.person.clone() } else { h });
        let units = list(&query.unit);
        if !units.is_empty() {
            let below: Vec<String> = units.iter().flat_map(|u| self.units_below(u)).collect();
            filter.units = Some(match filter.units.take() {
                Some(own) => own.into_iter().filter(|u| below.contains(u)).collect(),
                None => below,
            });
        }
        if query.overdue.as_deref() == Some("1") {
            filter.late_at = Some(self.clock.now().0);
        }
        filter.due_before = query.due_before;
        filter.opened_from = query.from;
        filter.opened_to = query.to;
        filter.words = query.q.as_deref().map(|q| q.split_whitespace().map(str::to_owned).collect()).unwrap_or_default();
        if let [word] = filter.words.as_slice() {
            filter.named = self.numbers_like(word);
            filter.named_subject = Some(crate::subjects::spelled(word)).filter(|key| !key.is_empty());
        }
        if let Some(order) = query.order.as_deref() {
            filter.order = if order == "due" { Order::Due } else { Order::Newest };
        }
    }

    /// The case numbers that a word may stand for: the whole one, or its last digits in any year.
    fn numbers_like(&self, word: &str) -> Vec<String> {
        let mut numbers = vec![word.to_uppercase()];
        if word.len() <= 6
            && let Ok(n) = word.parse::<u32>()
        {
            let year = self.clock.now().date(&self.zone).year();
            numbers.extend((0..YEARS_OF_NUMBERS).map(|back| format!("{}-{}-{n:06}", self.number_prefix, year - back)));
        }
        numbers
    }

    fn filter_of(&self, actor: &Actor, name: &str) -> CaseFilter {
        let own = self.units_below(&actor.unit);
        let bases = |list: &[&str]| list.iter().map(|b| (*b).to_owned()).collect::<Vec<_>>();
        let mut filter = CaseFilter { order: Order::Due, ..CaseFilter::default() };
        let city = actor.scope() == gongzhi_civic::permission::Scope::City;
        if !city {
            filter.visible_to = Some(own.clone());
        }
        match name {
            // What waits for this person: by role, the first that fits.
            "todo" if actor.has(Role::Dispatcher) => filter.to_be_sent_by = Some(own),
            "todo" if actor.has(Role::Officer) => filter.bases = bases(&["review"]),
            "todo" if oversees(actor) => {
                filter.late_at = Some(self.clock.now().0);
                filter.bases = OPEN.iter().map(|b| b.as_str().to_owned()).collect();
            }
            "todo" => {
                // Who has a case has a part in it (`record_acts` notes the unit), so that it stands in the unit's list.
                filter.visible_to = Some(own.clone());
                filter.units = Some(own);
                filter.bases = bases(&["route", "handle", "hold", "locate"]);
            }
            "unit" => {
                filter.visible_to = Some(own);
                filter.order = Order::Newest;
            }
            "parts" => {
                filter.visible_to = None;
                filter.parts_of = Some(own);
            }
            "mine" => {
                filter.visible_to = Some(own.clone());
                filter.units = Some(own);
                filter.bases = OPEN.iter().map(|b| b.as_str().to_owned()).collect();
            }
            "review" => filter.bases = bases(&["review"]),
            _ => filter.order = Order::Newest,
        }
        filter
    }

    /// A unit and all below it.
    pub(crate) fn units_below(&self, unit: &str) -> Vec<String> {
        let tree = self.units();
        let mut below: Vec<String> = tree.units.keys().filter(|u| tree.is_within(u, unit)).cloned().collect();
        if below.is_empty() {
            below.push(unit.to_owned());
        }
        below
    }

    pub(crate) fn unit_view(&self, unit: Option<&str>, language: Language) -> Value {
        match unit {
            None => Value::Null,
            Some(id) => json!({ "id": id, "name": self.units().get(id).map_or(id.to_owned(), |u| u.name.get(language).to_owned()) }),
        }
    }

    /// A row of a list.
    pub(crate) fn case_row(&self, row: &CaseRow, language: Language) -> Value {
        let definitions = self.definitions();
        let definition = definitions.pinned(&row.definition);
        let stage = definition.and_then(|d| d.stage(&row.stage)).map_or_else(|| row.stage.clone(), |s| s.label.get(language).to_owned());
        let schema = definition.and_then(|d| d.opening_form()).map(|f| &f.schema);
        let category = row.category.as_deref().map(|c| crate::forms::option_label(schema, "category", c).get(language).to_owned());
        let severity = row.severity.map(|s| crate::forms::option_label(schema, "severity", &s.to_string()).get(language).to_owned());
        let now = self.clock.now().0;
        let late = if CasePlace::base_is_open(&row.base) { row.due_at.is_some_and(|d| d < now) } else { row.late };
        json!({
            "id": row.id, "number": row.number, "matter": row.matter,
            "title": match (language, &category) { (Language::En, Some(c)) if !row.place_name.is_empty() => format!("{c}: {}", row.place_name), _ => row.title.clone() },
            "stage": { "id": row.stage, "label": stage, "base": row.base }, "unit": self.unit_view(row.unit.as_deref(), language),
            "place": { "name": row.place_name, "lon": row.lon, "lat": row.lat, "key": row.place_key }, "area": row.area_key,
            "opened_at": row.opened_at, "due_at": row.due_at, "due_provisional": row.due_provisional, "late": late, "closed_at": row.closed_at,
            "severity": severity, "category": row.category, "category_label": category, "returns": row.returns, "supports": row.supports,
            "version": row.sequence, "source": row.source, "synthetic": row.synthetic,
            "subject_key": row.subject_key, "campaign": row.campaign, "has_parent": row.parent.is_some(),
        })
    }

    /// One case with everything its page shows.
    ///
    /// # Errors
    /// No permission, no such case or none of the actor's.
    pub async fn case(&self, actor: &Actor, id: &str, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::CaseRead)?;
        let row = self.visible(actor, id).await?;
        let events = self.recorded(&row.id).await?;
        let loaded = self.unfold(row)?;
        let now = self.clock.now();
        let facts_of_actor = self.actor_facts(actor);
        let place = self.place_of(&loaded.row);
        let facts = self.facts(&place, &loaded.row.source);
        let merged = gongzhi_matter::decide::facts_for(&loaded.definition, Some(&loaded.case), &facts, &facts_of_actor, None);
        let mut page = self.case_row(&loaded.row, language);
        page["place"]["stake"] = place.road.as_ref().map_or(Value::Null, |r| r["stake"].clone());
        page["place"]["shared_with"] = place.shared.iter().map(|(_, name)| name.as_str()).collect();
        let people = self.names_of(&events).await?;
        let photo_views = self.photo_views(&events).await?;
        let views = |hashes: &[String]| -> Vec<Value> { hashes.iter().filter_map(|h| photo_views.get(h).cloned()).collect() };
        let form = loaded.definition.opening_form();
        page["fields"] = loaded.case.fields.clone();
        page["form"] = form.map_or(Value::Null, |f| f.schema.clone());
        page["photos"] = json!(views(&loaded.case.photos));
        page["after_photos"] = json!(views(&loaded.case.after_photos));
        page["timeline"] = events.iter().map(|(e, r)| self.timeline_entry(&loaded.definition, e, r, &people, &views, language)).collect();
        if let Some(timeline) = page["timeline"].as_array_mut() {
            timeline.extend(self.moved_dates(&loaded.row.id, language).await?);
            timeline.sort_by_key(|entry| entry["at"].as_i64());
        }
        self.add_family(&mut page, actor, &loaded, language).await?;
        self.mask_page(&mut page, actor, &loaded);
        page["clocks"] = json!(self.clock_views(&loaded, now, language));
        let actions = gongzhi_matter::available(&loaded.definition, &loaded.case, &facts_of_actor, &facts, now, &self.calendar());
        let asked = |a: &&AvailableAction| a.verb != Verb::Rung;
        page["actions"] = actions.iter().filter(asked).map(|a| action_view(&loaded.definition, a, language)).collect();
        let proposal = gongzhi_matter::route(&loaded.definition, &merged);
        let assists: Vec<Value> = proposal.assists.iter().map(|u| self.unit_view(Some(u), language)).collect();
        page["proposal"] = json!({ "unit": self.unit_view(Some(&proposal.unit), language), "reason": proposal.reason.get(language), "assists": assists, "row": proposal.row });
        page["copies"] = loaded.case.copies.iter().map(|u| self.unit_view(Some(u), language)).collect();
        page["assists"] = loaded.case.assists.iter().map(|u| self.unit_view(Some(u), language)).collect();
        page["siblings"] = json!(self.siblings(actor, &loaded.row, language).await?);
        let recorded: Vec<gongzhi_matter::Recorded> = events.iter().map(|(_, r)| r.clone()).collect();
        page["effects"] = json!(self.effects_of(&loaded.definition, &loaded.row.id, &recorded, language).await?);
        let signals: Vec<i64> = loaded.row.evidence["signals"].as_array().into_iter().flatten().filter_map(number).take(50).collect();
        let total = loaded.row.evidence["signals"].as_array().map_or(0, Vec::len);
        let mut spot = loaded.row.evidence["hotspot"].clone();
        for name in ["method", "verdict"] {
            if let Some(text) = spot.get(name).and_then(crate::forms::text) {
                spot[name] = json!(text.get(language));
            }
        }
        if let Some(text) = spot.pointer("/comparison/verdict").and_then(crate::forms::text) {
            spot["comparison"]["verdict"] = json!(text.get(language));
        }
        let may_see = actor.may(Permission::SignalRead);
        let seen = if may_see { self.view_signals(&signals, language).await? } else { Vec::new() };
        page["evidence"] = json!({ "signals": seen, "signals_total": total, "hotspot": spot });
        page["reporter"] = match cases::reporter(&self.database, &loaded.row.id).await? {
            Some((name, phone)) => {
                json!({ "name_masked": PersonName::new(&name).masked(), "phone_masked": Phone::new(&phone).masked(), "can_reveal": actor.may(Permission::PersonalReveal) })
            }
            None => Value::Null,
        };
        let head = events.last().map(|(e, _)| e.hash.clone()).unwrap_or_default();
        page["ledger"] =
            json!({ "head": head, "events": events.len(), "verified": crate::ledger::verify_rows(events.iter().map(|(e, _)| e)).is_ok() });
        page["documents"] = json!(self.documents_of(&loaded.row).await?);
        page["letters"] = json!(crate::documents::letter_views(&self.letters_for(actor, &loaded), language));
        page["open311"] = self.open311_of_case(&loaded.row.id).await?;
        page["definition"] =
            json!({ "id": loaded.definition.id, "version": loaded.definition.version, "hash": loaded.definition.content_hash });
        Ok(page)
    }

    fn clock_views(&self, loaded: &Loaded, now: gongzhi_civic::time::Timestamp, language: Language) -> Vec<Value> {
        gongzhi_matter::clocks(&loaded.definition, &loaded.case, now, &self.calendar())
            .into_iter()
            .map(|c| {
                json!({ "id": c.id, "label": c.label.get(language), "due": c.due.0, "explanation": c.explanation.get(language), "provisional": c.provisional,
                    "fraction": c.consumed_fraction, "paused": c.paused, "running": c.running, "done": c.done, "late": c.late, "promise": c.promise })
            })
            .collect()
    }

    fn timeline_entry(
        &self,
        definition: &Definition,
        row: &gongzhi_store::events::EventRow,
        recorded: &gongzhi_matter::Recorded,
        people: &std::collections::HashMap<String, String>,
        views: &dyn Fn(&[String]) -> Vec<Value>,
        language: Language,
    ) -> Value {
        let event = &recorded.event;
        let label = definition
            .action(&event.action)
            .map_or_else(|| rung_label(event), |a| if a.done_label.zh.is_empty() { a.label.clone() } else { a.done_label.clone() });
        let actor = match row.actor.as_str() {
            crate::journal::PROGRAM => Text::new("系统", "the program").get(language).to_owned(),
            crate::journal::REPORTER => Text::new("报告人", "the reporter").get(language).to_owned(),
            person => people.get(person).cloned().unwrap_or_else(|| person.to_owned()),
        };
        let unit = event.actor.unit.as_deref().or(Some(row.unit.as_str())).filter(|u| !u.is_empty());
        let code = event.reason_code.as_ref().map(|c| definition.reasons.get(c).map_or(c.clone(), |t| t.get(language).to_owned()));
        let reason = match (code, &event.reason) {
            (Some(code), Some(words)) if !words.is_empty() => Some(format!("{code}：{words}")),
            (Some(code), _) => Some(code),
            (None, words) => words.clone(),
        };
        let form = event.form.as_ref().and_then(|f| definition.forms.get(f)).map(|f| f.schema.clone());
        json!({
            "seq": recorded.seq, "at": recorded.at.0, "kind": event.action, "verb": event.verb, "label": label.get(language), "actor": actor,
            "unit": unit.map(|u| self.unit_view(Some(u), language)["name"].clone()), "to_unit": event.unit.as_deref().map(|u| self.unit_view(Some(u), language)["name"].clone()),
            "reason": reason, "fields": if event.fields.is_null() { Value::Null } else { event.fields.clone() }, "form": form, "photos": views(&event.photos), "hash": row.hash,
        })
    }

    async fn names_of(
        &self,
        events: &[(gongzhi_store::events::EventRow, gongzhi_matter::Recorded)],
    ) -> Result<std::collections::HashMap<String, String>, AppError> {
        let mut names = std::collections::HashMap::new();
        for (row, _) in events {
            if !names.contains_key(&row.actor)
                && let Some(person) = directory::person_by_id(&self.database, &row.actor).await?
            {
                names.insert(row.actor.clone(), person.name);
            }
        }
        Ok(names)
    }

    pub(crate) async fn photo_views(
        &self,
        events: &[(gongzhi_store::events::EventRow, gongzhi_matter::Recorded)],
    ) -> Result<std::collections::HashMap<String, Value>, AppError> {
        let hashes: Vec<String> = events.iter().flat_map(|(_, r)| r.event.photos.iter().cloned()).collect();
        if hashes.is_empty() {
            return Ok(std::collections::HashMap::new());
        }
        let rows = photos::by_hashes(&self.database, &hashes).await?;
        let mut views: std::collections::HashMap<String, Value> =
            rows.into_iter().map(|p| (p.hash.clone(), crate::photos::view(&p))).collect();
        let files = attachments::by_hashes(&self.database, &hashes).await?;
        views.extend(files.into_iter().map(|a| (a.hash.clone(), crate::attachments::view(&a))));
        Ok(views)
    }

    /// Other cases at the same place, or within 200 m, of the last twelve months.
    async fn siblings(&self, actor: &Actor, row: &CaseRow, language: Language) -> Result<Vec<Value>, AppError> {
        let Some((lon, lat)) = row.lon.zip(row.lat) else { return Ok(Vec::new()) };
        let (d_lat, d_lon) = (200.0 / 111_195.0, 200.0 / (111_195.0 * lat.to_radians().cos().max(0.01)));
        let mut filter = self.filter_of(actor, "all");
        filter.bounds = Some([lon - d_lon, lat - d_lat, lon + d_lon, lat + d_lat]);
        filter.opened_from = Some(self.year_before(self.clock.now().0));
        filter.limit = 20;
        let rows = cases::page_of(&self.database, &filter).await?;
        Ok(rows.iter().filter(|r| r.id != row.id).map(|r| self.case_row(r, language)).collect())
    }

    /// Shows a reporter's datum to somebody with a purpose; the look is an event of the case.
    ///
    /// # Errors
    /// No permission, no purpose, nothing to show.
    pub async fn reveal(&self, actor: &Actor, id: &str, field: &str, purpose: &str) -> Result<String, AppError> {
        require(actor, Permission::PersonalReveal)?;
        if purpose.trim().chars().count() < 4 {
            let problem = crate::error::Problem::new(
                422,
                "purpose_missing",
                "请写明查看目的（至少 4 个字）。",
                "Say what you need it for (at least 4 characters).",
            );
            return Err(problem.at("/purpose", "必填", "required").into());
        }
        let row = self.visible(actor, id).await?;
        let (name, phone) =
            cases::reporter(&self.database, &row.id).await?.ok_or_else(|| crate::error::not_found("联系方式", "contact"))?;
        let value = if field == "name" { name } else { phone };
        let mut write = self.database.write().await?;
        let body = json!({ "case": row.id, "field": field, "purpose": purpose });
        crate::journal::append(
            &mut write,
            "personal",
            &crate::journal::Signature::from(actor),
            self.clock.now(),
            &[("personal.revealed".into(), body)],
        )
        .await?;
        write.commit().await?;
        Ok(value)
    }
}

fn rung_label(event: &gongzhi_matter::Event) -> Text {
    let deed = event.rung.as_ref().map_or("", |r| r.deed.as_str());
    match deed {
        "remind" => Text::new("系统提醒", "Reminder"),
        "urge" => Text::new("系统催办", "Urged by the clock"),
        "supervise" => Text::new("系统督办", "Supervised by the clock"),
        "list" => Text::new("列入通报", "Put on the list of the late"),
        _ => reserved_label(event),
    }
}

/// What only the program does, in words.
fn reserved_label(event: &gongzhi_matter::Event) -> Text {
    match (event.action.as_str(), &event.child) {
        ("child", Some(child)) if child.case.is_empty() => Text::new("不再等待一件下级事项", "One child is no longer waited for"),
        ("child", Some(child)) if child.opened => {
            Text::new(format!("开立下级事项 {}", child.number), format!("Opened {} under this case", child.number))
        }
        ("child", Some(child)) if child.base.is_final() => {
            Text::new(format!("下级事项 {} 已办结", child.number), format!("{} under this case has ended", child.number))
        }
        ("child", Some(child)) => {
            Text::new(format!("下级事项 {} 重新办理", child.number), format!("{} under this case is open again", child.number))
        }
        ("migrate", _) => Text::new("转入新版本的办理规则", "Moved to a new version of the matter"),
        (other, _) => Text::new(other, other),
    }
}

pub(crate) fn action_view(definition: &Definition, a: &AvailableAction, language: Language) -> Value {
    let form = a.form.as_ref().and_then(|f| definition.forms.get(f)).map(|f| f.schema.clone());
    let reasons: Vec<Value> = a.reasons.iter().map(|(code, text)| json!({ "code": code, "label": text.get(language) })).collect();
    json!({
        "id": a.id, "verb": a.verb, "label": a.label.get(language), "primary": a.primary, "danger": a.danger, "form": form,
        "needs": { "reason": a.needs_reason, "unit": a.needs_unit, "unit_optional": a.unit_optional, "photos": a.needs_photos,
            "other_case": a.verb == Verb::MergeDuplicate, "person": a.verb == Verb::Delegate, "assists": a.needs_assists,
            "assists_optional": a.assists_optional, "parts": a.parts }, "reasons": reasons,
    })
}

/// The reporter as the engine sees them, once the token has proved it.
pub(crate) fn reporter_facts() -> ActorFacts {
    ActorFacts::public_reporter()
}
