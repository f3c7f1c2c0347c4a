//! The demo city: made once through the doors that real data use, then played on live at a chosen speed.

use std::path::Path;

use gongzhi_civic::permission::Role;
use gongzhi_civic::text::Language;
use gongzhi_civic::time::{DAY_MS, Timestamp};
use gongzhi_demo::{City, Course, PastHazard, Plan};
use gongzhi_matter::{ActorFacts, Verb};
use gongzhi_road::datum::Datum;
use gongzhi_store::cases::CaseRow;
use gongzhi_store::directory::{self, PersonRow};
use serde_json::{Value, json};

use crate::App;
use crate::access::{hash_password, permissions_of};
use crate::cases::{Act, GivenPlace, NewCase, Opener};
use crate::error::{AppError, Problem};
use crate::import::Mapping;
use crate::imports::Step;
use crate::journal::Signature;
use crate::signals::NewSignal;

/// Where the plan is kept.
const PLAN: &str = "demo.plan";
/// Until when live calls were played.
const FED: &str = "demo.fed_until";
/// The demo clock's distance from real time.
const AHEAD: &str = "demo.ahead_ms";

impl App {
    /// Whether this is the demo city.
    ///
    /// # Errors
    /// What the store says.
    pub async fn is_demo(&self) -> Result<bool, AppError> {
        Ok(directory::setting(&self.database, PLAN).await?.is_some())
    }

    pub(crate) async fn restore_demo_clock(&self) -> Result<(), AppError> {
        if let Some(ahead) = directory::setting(&self.database, AHEAD).await?.and_then(|a| a.parse::<i64>().ok()) {
            self.clock.set(self.clock.now().plus_ms(ahead));
        }
        Ok(())
    }

    /// Makes the demo city: roads, two years of calls and crashes, people, a year of past hazards.
    ///
    /// # Errors
    /// If there is data already, or what the imports say.
    pub async fn make_demo(&self, seed: u64, progress: &(dyn Fn(Step) + Sync)) -> Result<(), AppError> {
        if self.is_demo().await? {
            return Ok(());
        }
        if self.network().is_some() || !self.signals().entries().is_empty() {
            return Err(Problem::new(
                409,
                "not_empty",
                "数据目录已有数据，不会与演示数据混用。请另选目录。",
                "The data folder holds data; demo data is never mixed in. Choose another folder.",
            )
            .into());
        }
        progress(Step { what: "demo", done: 0, total: 5 });
        let plan = Plan::new(seed, self.clock.now().date(&self.zone));
        let city = City::generate(&plan);
        let folder = self.data.join("demo");
        std::fs::create_dir_all(&folder).map_err(|e| AppError::Internal(e.to_string()))?;
        let by = Signature::program();
        let roads = folder.join("roads.osm");
        write(&roads, &city.osm_xml())?;
        self.import_roads(&by, &roads, Datum::Wgs84, progress).await?;
        for (name, file, bytes) in [
            ("demo-calls", "calls.csv", city.calls_csv(plan.first_day(), plan.today)),
            ("demo-crashes", "crashes.csv", city.crashes_csv(plan.first_day(), plan.today)),
        ] {
            let path = folder.join(file);
            write(&path, &bytes)?;
            drop(bytes);
            let mapping = self.mapping(name)?;
            self.import_signals(&by, &path, name, &mapping, progress).await?;
        }
        self.make_people().await?;
        for (done, hazard) in (0_u64..).zip(city.hazards()) {
            progress(Step { what: "hazards", done, total: 120 });
            self.play_hazard(&hazard).await?;
        }
        self.set_name(city.name()).await?;
        self.put_setting("synthetic", "1").await?;
        self.put_setting(FED, &midnight(plan.today).0.to_string()).await?;
        self.put_setting(PLAN, &serde_json::to_string(&plan).map_err(|e| AppError::Internal(e.to_string()))?).await?;
        Ok(())
    }

    /// A mapping by name: the city's own, or the program's.
    ///
    /// # Errors
    /// If there is none of this name, or it does not parse (with its line).
    pub fn mapping(&self, name: &str) -> Result<Mapping, AppError> {
        let own = self.templates.city.as_ref().and_then(|f| std::fs::read_to_string(f.join("mappings").join(format!("{name}.toml"))).ok());
        let text = own.or_else(|| crate::import::bundled(name).map(str::to_owned));
        let text = text.ok_or_else(|| {
            let known = crate::import::bundled_names().collect::<Vec<_>>().join(", ");
            AppError::from(Problem::new(
                422,
                "mapping_unknown",
                format!("没有名为“{name}”的映射。可用：{known}"),
                format!("There is no mapping “{name}”. Known: {known}"),
            ))
        })?;
        Mapping::from_toml(&text)
            .map_err(|e| Problem::new(422, "mapping_invalid", format!("映射 {name}：{e}"), format!("mapping {name}: {e}")).into())
    }

    async fn make_people(&self) -> Result<(), AppError> {
        let hash = tokio::task::spawn_blocking(|| hash_password("gongzhi-demo")).await.map_err(|e| AppError::Internal(e.to_string()))??;
        let units = self.units();
        let mut write = self.database.write().await?;
        for p in gongzhi_demo::people() {
            let unit = std::iter::once(&p.unit).chain(&p.unit_fallbacks).find(|u| units.get(u).is_some()).unwrap_or(&p.unit).clone();
            let person = PersonRow {
                id: format!("demo-{}", p.login),
                login: p.login.clone(),
                name: p.name.zh.clone(),
                unit,
                roles: p.roles.iter().filter_map(|r| Role::parse(r)).collect(),
                phone: Some(p.phone.clone()),
                email: None,
                password_hash: hash.clone(),
                active: true,
                failures: 0,
                locked_until: 0,
                created_at: self.clock.now().0,
            };
            directory::put_person(&mut write, &person).await?;
        }
        write.commit().await?;
        Ok(())
    }

    /// Plays one past hazard through the engine, each act at its time.
    async fn play_hazard(&self, hazard: &PastHazard) -> Result<(), AppError> {
        let before = self.demo_photo(hazard, "").await?;
        let opened = instant(hazard.opened_at);
        let place = GivenPlace { key: None, lon: Some(hazard.point.lon), lat: Some(hazard.point.lat), text: Some(hazard.place.clone()) };
        let severity = hazard.severity;
        // The grade is the office's to give: a citizen's report comes without.
        let fields = if hazard.found_by == "public" {
            json!({ "category": hazard.category, "description": hazard.description })
        } else {
            json!({ "category": hazard.category, "severity": severity, "description": hazard.description, "found_by": hazard.found_by })
        };
        let (facts, by, source) = match hazard.found_by {
            "public" => (crate::case_views::reporter_facts(), Signature::reporter(), "public"),
            "hotspot" => self.somebody("analyst", "office")?,
            _ => self.somebody("reviewer", "office")?,
        };
        let opener = Opener { facts, by, source, reporter: None, synthetic: true, parent: None };
        let new = NewCase {
            matter: gongzhi_demo::PAST_MATTER.to_owned(),
            fields,
            place,
            photos: vec![before],
            evidence: Value::Null,
            key: hazard.key.clone(),
            parent: None,
        };
        let row = self.open_as(opener, new, opened).await?;
        let minute = 60_000;
        let mut at = opened.plus_ms(20 * minute);
        let accepted = self
            .demo_act(&row, &[Verb::Accept], "dispatcher", None, Act { fields: json!({ "severity": severity }), ..Act::default() }, at)
            .await?;
        if accepted {
            at = at.plus_ms(5 * minute);
        }
        let first_unit = match &hazard.course {
            Course::Returned { wrong_unit, .. } => Some((*wrong_unit).to_owned()).filter(|u| self.units().get(u).is_some()),
            _ => None,
        };
        let unit = first_unit.clone().unwrap_or_else(|| hazard.unit.clone());
        self.demo_act(&row, &[Verb::Dispatch], "dispatcher", None, Act { unit: Some(unit), ..Act::default() }, at).await?;
        let (accepted_at, handled_at, closed_at) = match &hazard.course {
            Course::ClosedOnTime { accepted_at, handled_at, closed_at } | Course::ClosedLate { accepted_at, handled_at, closed_at } => {
                (Some(*accepted_at), Some(*handled_at), Some(*closed_at))
            }
            Course::Returned { returned_at, reason, accepted_at, handled_at, closed_at, .. } => {
                if let Some(wrong) = &first_unit {
                    let act = Act { reason: Some((*reason).to_owned()), ..Act::default() };
                    self.demo_act(&row, &[Verb::Return], "clerk", Some(wrong), act, instant(*returned_at)).await?;
                    let again = instant(*returned_at).plus_ms(30 * minute);
                    self.demo_act(&row, &[Verb::Accept], "dispatcher", None, Act::default(), again).await?;
                    self.demo_act(
                        &row,
                        &[Verb::Dispatch],
                        "dispatcher",
                        None,
                        Act { unit: Some(hazard.unit.clone()), ..Act::default() },
                        again.plus_ms(5 * minute),
                    )
                    .await?;
                }
                (Some(*accepted_at), *handled_at, *closed_at)
            }
            Course::Open { accepted_at, handled_at } => (*accepted_at, *handled_at, None),
        };
        if let Some(at) = accepted_at {
            self.demo_act(&row, &[Verb::Sign], "clerk", Some(&hazard.unit), Act::default(), instant(at)).await?;
        }
        if let Some(at) = handled_at {
            let after = self.demo_photo(hazard, "-after").await?;
            let act = Act { fields: json!({ "measure": hazard.measure, "done": hazard.done }), photos: vec![after], ..Act::default() };
            self.demo_act(&row, &[Verb::Submit], "clerk", Some(&hazard.unit), act, instant(at)).await?;
        }
        if let Some(at) = closed_at {
            let act = || Act { fields: json!({ "opinion": "现场复查，隐患已消除。" }), ..Act::default() };
            // Four eyes: where the reviewer's own unit did the work, the commission looks.
            for login in ["reviewer", "leader"] {
                if self.demo_act(&row, &[Verb::Close], login, None, act(), instant(at)).await? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Acts as a demo person if the engine offers the verb; a course that the definition does not allow ends there.
    async fn demo_act(
        &self,
        row: &CaseRow,
        verbs: &[Verb],
        login: &str,
        unit: Option<&str>,
        mut act: Act,
        at: Timestamp,
    ) -> Result<bool, AppError> {
        let (mut facts, mut by, _) = self.somebody(login, "office")?;
        if let Some(unit) = unit {
            facts = ActorFacts::of(&self.units(), &by.actor, unit, &["clerk"]);
            unit.clone_into(&mut by.unit);
        }
        let Some(row) = gongzhi_store::cases::find(&self.database, gongzhi_store::cases::Key::Id(&row.id)).await? else { return Ok(false) };
        let loaded = self.unfold(row)?;
        let place = self.place_of(&loaded.row);
        let shell = self.facts(&place, &loaded.row.source);
        let offered = gongzhi_matter::available(&loaded.definition, &loaded.case, &facts, &shell, at, &self.calendar());
        let Some(action) = offered.into_iter().find(|a| verbs.contains(&a.verb)) else {
            tracing::debug!(case = loaded.row.number, ?verbs, stage = loaded.row.stage, "the demo's course is not offered here");
            return Ok(false);
        };
        if act.reason_code.is_none() {
            act.reason_code = action.reasons.first().map(|(code, _)| code.clone());
        }
        if act.reason.is_none() && action.needs_reason {
            act.reason = Some("演示".into());
        }
        let form = action.form.as_ref().and_then(|f| loaded.definition.forms.get(f)).map(|f| &f.schema);
        act.fields = fitting(form, act.fields);
        match self.perform(&loaded.row.id, &action.id, act, facts, &by, at).await {
            Ok(_) => Ok(true),
            Err(AppError::Problem(p)) => {
                tracing::warn!(case = loaded.row.number, action = action.id, code = p.code, fields = ?p.fields, "the engine refused a step of the demo");
                Ok(false)
            }
            Err(e) => Err(e),
        }
    }

    fn somebody(&self, login: &str, source: &'static str) -> Result<(ActorFacts, Signature, &'static str), AppError> {
        let person = gongzhi_demo::people()
            .into_iter()
            .find(|p| p.login == login)
            .ok_or_else(|| AppError::Internal(format!("no demo person {login}")))?;
        let units = self.units();
        let unit =
            std::iter::once(&person.unit).chain(&person.unit_fallbacks).find(|u| units.get(u).is_some()).unwrap_or(&person.unit).clone();
        let id = format!("demo-{login}");
        let roles: Vec<&str> = person.roles.iter().map(String::as_str).collect();
        Ok((ActorFacts::of(&units, &id, &unit, &roles), Signature { actor: id, unit }, source))
    }

    async fn demo_photo(&self, hazard: &PastHazard, suffix: &str) -> Result<String, AppError> {
        let seed = blake3::hash(hazard.key.as_bytes()).as_bytes()[..8].iter().fold(0_u64, |n, b| n << 8 | u64::from(*b));
        let picture = gongzhi_demo::photo(seed, &format!("{}{suffix}", hazard.category));
        let jpeg = crate::photo::encode_rgb(picture.width, picture.height, &picture.rgb).map_err(|e| AppError::Internal(e.text().en))?;
        let view = self.take_photo(jpeg, "program").await?;
        Ok(view["hash"].as_str().unwrap_or_default().to_owned())
    }

    /// Plays the live calls that the demo clock has passed since the last time.
    ///
    /// # Errors
    /// What the store says.
    pub async fn feed_demo(&self, city: &City) -> Result<usize, AppError> {
        let now = self.clock.now();
        let Some(from) = directory::setting(&self.database, FED).await?.and_then(|f| f.parse::<i64>().ok()) else { return Ok(0) };
        // After a long pause the last month is enough to look at.
        let from = from.max(now.0 - 31 * DAY_MS);
        let calls = city.live(Timestamp(from), now);
        let source = self.mapping("demo-calls")?.source().to_owned();
        for call in &calls {
            let class = serde_json::to_value(call.class).ok().and_then(|c| c.as_str().map(str::to_owned));
            let new = NewSignal {
                class: class.filter(|_| call.valid),
                at: Some(call.at().0),
                words: call.words.clone(),
                place_text: Some(call.place_text.clone()),
                lon: call.point.map(|p| p.lon),
                lat: call.point.map(|p| p.lat),
                caller_phone: Some(call.caller_phone.clone()),
                valid: Some(call.valid),
                source_key: Some(call.call_no.clone()),
                ..NewSignal::default()
            };
            self.receive(&Signature::program(), &source, new, true).await?;
        }
        self.put_setting(FED, &now.0.to_string()).await?;
        Ok(calls.len())
    }

    /// The demo city of this folder, for the live feed.
    ///
    /// # Errors
    /// What the store says.
    pub async fn demo_city(&self) -> Result<Option<City>, AppError> {
        let plan = directory::setting(&self.database, PLAN).await?;
        Ok(plan.and_then(|p| serde_json::from_str::<Plan>(&p).ok()).map(|plan| City::generate(&plan)))
    }

    /// Runs the demo clock at `speed` times real time (1 to 3600). Only in the demo city.
    ///
    /// # Errors
    /// Not a demo city, or a speed outside the range.
    pub async fn set_demo_speed(&self, speed: f64) -> Result<Value, AppError> {
        if !self.is_demo().await? {
            return Err(crate::error::not_found("演示城市", "demo city"));
        }
        if !(1.0..=3600.0).contains(&speed) {
            return Err(crate::error::invalid("speed_invalid", "速度应在 1 到 3600 之间。", "A speed lies between 1 and 3600."));
        }
        self.clock.run_at(speed);
        self.keep_demo_clock().await?;
        Ok(json!({ "now": self.clock.now().0, "speed": speed }))
    }

    /// Remembers how far the demo clock is ahead of real time.
    ///
    /// # Errors
    /// What the store says.
    pub async fn keep_demo_clock(&self) -> Result<(), AppError> {
        let ahead = self.clock.now().0 - crate::clock::Clock::real().now().0;
        if ahead.abs() > 1_000 { self.put_setting(AHEAD, &ahead.to_string()).await } else { Ok(()) }
    }

    /// The demo's logins and clock, for the login screen.
    ///
    /// # Errors
    /// What the store says.
    pub async fn demo_view(&self, language: Language) -> Result<Value, AppError> {
        if !self.is_demo().await? {
            return Ok(json!({ "synthetic": false, "clock": { "now": self.clock.now().0, "speed": 1.0 }, "logins": [] }));
        }
        let units = self.units();
        let logins: Vec<Value> = gongzhi_demo::people()
            .into_iter()
            .map(|p| {
                let unit = std::iter::once(&p.unit).chain(&p.unit_fallbacks).find_map(|u| units.get(u));
                json!({ "login": p.login, "password": p.password, "name": p.name.get(language), "role": p.roles.first(), "unit": unit.map(|u| u.name.get(language)) })
            })
            .collect();
        Ok(json!({ "synthetic": true, "clock": { "now": self.clock.now().0, "speed": self.clock.speed() }, "logins": logins }))
    }

    /// Who somebody is, for the screens.
    #[must_use]
    pub fn me(&self, actor: &gongzhi_civic::permission::Actor, language: Language) -> Value {
        let unit = self.units().get(&actor.unit).cloned();
        let home = match actor.roles.first() {
            Some(Role::Dispatcher) => "/office#/console",
            Some(Role::Analyst) => "/office#/hotspots",
            Some(Role::Leader) => "/office#/scoreboard",
            Some(Role::Administrator) => "/office#/admin",
            _ => "/office#/inbox",
        };
        json!({
            "person": { "id": actor.person, "name": actor.name, "login": actor.person.trim_start_matches("demo-") },
            "unit": { "id": actor.unit, "name": unit.as_ref().map_or(actor.unit.as_str(), |u| u.name.get(language)), "kind": unit.as_ref().map(|u| u.kind) },
            "roles": actor.roles, "permissions": permissions_of(actor), "home": home,
        })
    }
}

/// Keeps of `fields` what the form has, and fills what it requires with the first allowed value or a word.
fn fitting(form: Option<&Value>, fields: Value) -> Value {
    let Some(properties) = form.and_then(|f| f.get("properties")).and_then(Value::as_object) else { return Value::Null };
    let required: Vec<&str> =
        form.and_then(|f| f.get("required")).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut kept = serde_json::Map::new();
    for (name, schema) in properties {
        if let Some(value) = fields.get(name) {
            kept.insert(name.clone(), value.clone());
        } else if required.contains(&name.as_str()) {
            let first = schema.get("enum").and_then(Value::as_array).and_then(|e| e.first()).cloned();
            let value = first.unwrap_or_else(|| match schema.get("type").and_then(Value::as_str) {
                Some("integer" | "number") => json!(schema.get("minimum").cloned().unwrap_or_else(|| json!(1))),
                Some("boolean") => json!(true),
                Some("array") => json!([]),
                _ => json!("已按要求完成（演示数据）"),
            });
            kept.insert(name.clone(), value);
        }
    }
    Value::Object(kept)
}

fn instant(local: jiff::civil::DateTime) -> Timestamp {
    gongzhi_demo::records::instant(local)
}

fn midnight(day: jiff::civil::Date) -> Timestamp {
    instant(day.at(0, 0, 0, 0))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    std::fs::write(path, bytes).map_err(|e| AppError::Internal(format!("{}: {e}", path.display())))
}
