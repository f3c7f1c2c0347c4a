//! What a citizen can do without an account: report, look, join, follow, contest.

mod listed;

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_civic::text::Language;
use gongzhi_matter::Verb;
use gongzhi_matter::definition::SubjectKind;
use gongzhi_store::cases::{self, CaseFilter, CaseRow, Key};
use gongzhi_store::photos;
use serde::Deserialize;
use serde_json::{Value, json};

pub use listed::ListedQuery;

use crate::App;
use crate::case_views::{action_view, reporter_facts};
use crate::cases::{Act, GivenPlace, Loaded, NewCase, Opener};
use crate::error::{AppError, Problem, not_found};
use crate::journal::Signature;

/// A report as a phone sends it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PublicReport {
    /// Matter id.
    pub matter: String,
    /// The opening form.
    pub fields: Value,
    /// Where.
    pub place: GivenPlace,
    /// Photo digests.
    pub photos: Vec<String>,
    /// Name and number, if the reporter wants to be reached.
    pub reporter: Option<Reporter>,
    /// The sender's key.
    pub key: String,
}

/// Who reports.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reporter {
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
}

/// What a reporter does by their link.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PublicAct {
    /// The action's form.
    pub fields: Value,
    /// Words.
    pub reason: Option<String>,
    /// Code.
    pub reason_code: Option<String>,
    /// Photo digests.
    pub photos: Vec<String>,
}

/// A point for the public is moved to the middle of a cell of the declared size.
pub(crate) fn coarse(point: Point, metres: u32) -> Point {
    if metres == 0 {
        return point;
    }
    let d_lat = f64::from(metres) / 111_195.0;
    let d_lon = d_lat / point.lat.to_radians().cos().max(0.01);
    Point::new((point.lon / d_lon).floor() * d_lon + d_lon / 2.0, (point.lat / d_lat).floor() * d_lat + d_lat / 2.0)
}

impl App {
    /// The matters that the public may open or look at, with their forms.
    #[must_use]
    pub fn public_matters(&self) -> Value {
        self.definitions()
            .all()
            .filter_map(|d| Some((d, d.public.as_ref().filter(|p| p.open || p.listed)?)))
            .map(|(d, public)| {
                let photos = d.actions.iter().find(|a| a.verb == Verb::Open).map_or(0, |a| a.photos);
                json!({ "id": d.id, "title": d.title, "description": d.description, "schema": d.opening_form().filter(|_| public.open).map(|f| &f.schema),
                    "subject": d.subject.kind, "place_needed": needs_place(d), "group": public.group, "photos": photos, "open": public.open, "listed": public.listed })
            })
            .collect()
    }

    /// What a point is called.
    #[must_use]
    pub fn public_place(&self, point: Point, language: Language) -> Value {
        let Some(network) = self.network() else { return json!({ "name": "", "key": null, "in_network": false }) };
        let description = network.describe(point);
        let snap = network.snap(point, 150.0);
        let name = if language == Language::En { description.en } else { description.zh };
        let key = snap
            .as_ref()
            .and_then(|s| {
                network.place(s.crossing.map_or(gongzhi_road::PlaceRef::Section(s.section), |(id, _)| gongzhi_road::PlaceRef::Crossing(id)))
            })
            .map(|p| p.key);
        json!({ "name": name, "key": key, "in_network": snap.is_some() })
    }

    /// Places by name.
    #[must_use]
    pub fn public_search(&self, words: &str, language: Language) -> Value {
        let Some(network) = self.network() else { return json!([]) };
        network
            .find(words, 8)
            .into_iter()
            .filter_map(|c| network.place(c.place).map(|p| json!({ "key": p.key, "name": c.name, "kind": p.kind, "lon": c.point.lon, "lat": c.point.lat, "confidence": c.confidence, "reason": c.reason.get(language) })))
            .collect()
    }

    /// Open cases near a point that may be the same trouble: what the reporter is shown first.
    ///
    /// # Errors
    /// Unknown matter.
    pub async fn public_nearby(&self, matter: &str, point: Point, category: Option<&str>, language: Language) -> Result<Value, AppError> {
        let definitions = self.definitions();
        let definition = definitions.current(matter).filter(|d| d.public.is_some()).ok_or_else(|| not_found("这种事项", "matter"))?;
        if !definition.public.as_ref().is_some_and(|p| p.listed) {
            return Ok(json!([]));
        }
        let (radius, since) = match &definition.subject.duplicates {
            Some(rule) => {
                let now = self.clock.now();
                (f64::from(rule.radius_m), now.0 - window_ms(rule.window))
            }
            None => return Ok(json!([])),
        };
        let same_category = definition.subject.duplicates.as_ref().is_some_and(|d| d.same.iter().any(|f| f == "category"));
        let filter = CaseFilter {
            matters: vec![matter.to_owned()],
            bases: ["intake", "locate", "route", "handle", "review", "hold"].map(str::to_owned).to_vec(),
            bounds: Some(around(point, radius)),
            opened_from: Some(since),
            categories: category.filter(|_| same_category).map(|c| vec![c.to_owned()]).unwrap_or_default(),
            limit: 200,
            ..CaseFilter::default()
        };
        let rows = cases::page_of(&self.database, &filter).await?;
        let mut near: Vec<(f64, &CaseRow)> =
            rows.iter().filter_map(|r| Some((haversine_m(point, Point::new(r.lon?, r.lat?)), r))).filter(|(d, _)| *d <= radius).collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok(near
            .into_iter()
            .take(5)
            .map(|(distance, r)| {
                let stage = definition.stage(&r.stage);
                let category = r.category.as_deref().map(|c| crate::forms::option_label(definition.opening_form().map(|f| &f.schema), "category", c));
                // The number serves for joining; the reporter's own link stays theirs.
                json!({ "number": r.number, "token": r.number, "title": category.map_or_else(|| definition.title.get(language).to_owned(), |c| c.get(language).to_owned()),
                    "stage_label": stage.map(|s| s.public_label.get(language)), "public_status": stage.map(|s| &s.public), "distance_m": distance.round(), "opened_at": r.opened_at, "place_name": r.place_name })
            })
            .collect())
    }

    /// Takes a citizen's report: number, link and promised date.
    ///
    /// # Errors
    /// A matter the public may not open, a form that does not hold, a place that is none.
    pub async fn public_report(&self, report: PublicReport, language: Language) -> Result<Value, AppError> {
        let open = self.definitions().current(&report.matter).is_some_and(|d| d.public.as_ref().is_some_and(|p| p.open));
        if !open {
            return Err(not_found("这种事项", "matter"));
        }
        let reporter = report.reporter.filter(|r| !r.phone.trim().is_empty() || !r.name.trim().is_empty());
        if let Some(r) = &reporter {
            let digits = r.phone.chars().filter(char::is_ascii_digit).count();
            if !r.phone.trim().is_empty() && !(5..=15).contains(&digits) {
                return Err(Problem::new(422, "phone_invalid", "电话号码不正确。", "This is no telephone number.")
                    .at("/reporter/phone", "号码无效", "not valid")
                    .into());
            }
        }
        let opener = Opener {
            facts: reporter_facts(),
            by: Signature::reporter(),
            source: "public",
            reporter: reporter.map(|r| (r.name, r.phone)),
            synthetic: false,
            parent: None,
        };
        let new = NewCase {
            matter: report.matter,
            fields: report.fields,
            place: report.place,
            photos: report.photos,
            evidence: Value::Null,
            key: report.key,
            parent: None,
        };
        let row = self.open_as(opener, new, self.clock.now()).await?;
        let view = self.public_view_of(&row, true, language).await?;
        Ok(
            json!({ "number": row.number, "token": row.token, "link": format!("/#/track/{}", row.token), "promised_at": view["promised_at"], "promised_explanation": view["promised_explanation"] }),
        )
    }

    /// A case for the public, by the reporter's secret (all of their own) or by number (what everybody may see).
    ///
    /// # Errors
    /// No such case, or one that is not public.
    pub async fn public_case(&self, token: &str, language: Language) -> Result<Value, AppError> {
        let (row, own) = self.public_row(token).await?;
        self.public_view_of(&row, own, language).await
    }

    async fn public_row(&self, token: &str) -> Result<(CaseRow, bool), AppError> {
        let missing = || not_found("这个编号或链接", "case with this number or link");
        if let Some(row) = cases::find(&self.database, Key::Token(token)).await? {
            return Ok((row, true));
        }
        let row = cases::find(&self.database, Key::Number(token)).await?.ok_or_else(missing)?;
        // Numbers can be guessed: what is not listed is seen by its own link alone.
        let listed = self.definitions().pinned(&row.definition).is_some_and(|d| d.public.as_ref().is_some_and(|p| p.listed));
        if listed { Ok((row, false)) } else { Err(missing()) }
    }

    pub(crate) async fn public_view_of(&self, row: &CaseRow, own: bool, language: Language) -> Result<Value, AppError> {
        let events = self.recorded(&row.id).await?;
        let loaded = self.unfold(row.clone())?;
        let recorded: Vec<_> = events.iter().map(|(_, r)| r.clone()).collect();
        let view = gongzhi_matter::public_view(&loaded.definition, &loaded.case, &recorded, self.clock.now(), &self.calendar());
        let view = view.ok_or_else(|| not_found("这个编号或链接", "case with this number or link"))?;
        let point = row
            .lon
            .zip(row.lat)
            .map(|(lon, lat)| coarse(Point::new(lon, lat), if own { 0 } else { loaded.definition.subject.public_precision_m }));
        let timeline: Vec<Value> = view
            .timeline
            .iter()
            .map(|s| json!({ "at": s.at.0, "label": s.label.get(language), "text": s.unit.as_deref().map(|u| self.unit_view(Some(u), language)["name"].clone()) }))
            .collect();
        let category =
            row.category.as_deref().map(|c| crate::forms::option_label(loaded.definition.opening_form().map(|f| &f.schema), "category", c));
        let documents = if own { self.public_documents_of(row).await? } else { Vec::new() };
        // Films and documents cannot be made harmless to whoever is in them: they stay in the office.
        let held: Vec<String> = loaded.case.photos.iter().chain(&loaded.case.after_photos).cloned().collect();
        let pictures: Vec<String> = photos::by_hashes(&self.database, &held).await?.into_iter().map(|p| p.hash).collect();
        // A later photo of the reporter belongs to them; others see what the definition lets out.
        let photos = if own { loaded.case.photos.clone() } else { view.photos.clone() };
        let shown = |hashes: &[String]| -> Vec<Value> {
            hashes
                .iter()
                .filter(|h| pictures.contains(h))
                .map(
                    |h| json!({ "hash": h, "url": format!("/api/public/cases/{}/photos/{h}", if own { &row.token } else { &row.number }) }),
                )
                .collect()
        };
        Ok(json!({
            "number": row.number, "matter": row.matter, "title": category.map_or_else(|| loaded.definition.title.get(language).to_owned(), |c| c.get(language).to_owned()),
            "public_status": view.status, "stage_label": view.stage_label.get(language), "place_name": row.place_name, "lon": point.map(|p| p.lon), "lat": point.map(|p| p.lat),
            "opened_at": row.opened_at, "promised_at": view.promised_at.map(|t| t.0), "promised_provisional": view.promised_provisional,
            "promised_explanation": view.promised_explanation.get(language), "unit_name": view.unit.as_deref().map(|u| self.unit_view(Some(u), language)["name"].clone()),
            "timeline": timeline, "fields": view.fields, "photos": shown(&photos), "after_photos": shown(&view.after_photos), "documents": documents, "own": own,
            "form": loaded.definition.opening_form().map(|f| &f.schema), "call_backs": if own { json!(loaded.case.call_backs) } else { json!([]) },
            "actions": if own { self.public_actions(&loaded, language) } else { json!([]) },
            "can_contest": own && view.can_contest, "contest_until": view.contest_until.map(|t| t.0), "closed_at": view.closed_at.map(|t| t.0), "supports": row.supports, "synthetic": row.synthetic,
        }))
    }

    /// "The same problem, add me".
    ///
    /// # Errors
    /// No such case, or one that takes nobody more.
    pub async fn public_support(&self, token: &str, language: Language) -> Result<Value, AppError> {
        let (row, own) = self.public_row(token).await?;
        let row = self.perform_verb(&row, Verb::Support, Act::default()).await?;
        self.public_view_of(&row, own, language).await
    }

    /// The reporter's objection to a closed case; only by the reporter's own link.
    ///
    /// # Errors
    /// No such link, the window is over, no reason.
    pub async fn public_contest(&self, token: &str, reason: &str, photos: Vec<String>, language: Language) -> Result<Value, AppError> {
        let row = cases::find(&self.database, Key::Token(token)).await?.ok_or_else(|| not_found("这个链接", "case with this link"))?;
        self.check_files(&photos).await?;
        let act = Act { reason: Some(reason.to_owned()), photos, ..Act::default() };
        let row = self.perform_verb(&row, Verb::Contest, act).await?;
        self.public_view_of(&row, true, language).await
    }

    /// What the reporter may do now, with the forms that it takes: contest, mark a call-back, withdraw.
    fn public_actions(&self, loaded: &Loaded, language: Language) -> Value {
        let place = self.place_of(&loaded.row);
        let facts = self.facts(&place, &loaded.row.source);
        let now = self.clock.now();
        gongzhi_matter::available(&loaded.definition, &loaded.case, &reporter_facts(), &facts, now, &self.calendar())
            .iter()
            .filter(|a| a.verb != Verb::Support)
            .map(|a| {
                let mut view = action_view(&loaded.definition, a, language);
                let within = loaded.definition.action(&a.id).and_then(|d| d.within).zip(loaded.case.closed_at);
                view["until"] = json!(within.map(|(budget, closed)| self.calendar().due(closed, budget, &[], true).at.0));
                view
            })
            .collect()
    }

    /// An act of the reporter by their own link: a mark for a call-back, an objection, a withdrawal. The definition says which.
    ///
    /// # Errors
    /// No such link, or what the engine refuses.
    pub async fn public_act(&self, token: &str, action: &str, act: PublicAct, language: Language) -> Result<Value, AppError> {
        let row = cases::find(&self.database, Key::Token(token)).await?.ok_or_else(|| not_found("这个链接", "case with this link"))?;
        self.check_files(&act.photos).await?;
        let act = Act { fields: act.fields, reason: act.reason, reason_code: act.reason_code, photos: act.photos, ..Act::default() };
        let row = self.perform(&row.id, action, act, reporter_facts(), &Signature::reporter(), self.clock.now()).await?;
        self.public_view_of(&row, true, language).await
    }

    async fn perform_verb(&self, row: &CaseRow, verb: Verb, act: Act) -> Result<CaseRow, AppError> {
        let loaded = self.unfold(row.clone())?;
        let action = loaded.definition.actions.iter().find(|a| a.verb == verb).map(|a| a.id.clone());
        let action = action.ok_or_else(|| not_found("这项操作", "action"))?;
        self.perform(&row.id, &action, act, reporter_facts(), &Signature::reporter(), self.clock.now()).await
    }

    /// A photo of a case, if the one who asks by this token may see it.
    ///
    /// # Errors
    /// No such photo there.
    pub async fn public_photo(&self, token: &str, hash: &str, thumb: bool) -> Result<Vec<u8>, AppError> {
        let missing = || not_found("这张照片", "photo");
        let (row, own) = self.public_row(token).await?;
        let view = self.public_view_of(&row, own, Language::Zh).await?;
        let listed = |name: &str| view[name].as_array().is_some_and(|a| a.iter().any(|p| p["hash"] == hash));
        if !listed("photos") && !listed("after_photos") {
            return Err(missing());
        }
        let known = photos::by_hashes(&self.database, &[hash.to_owned()]).await?;
        if known.is_empty() { Err(missing()) } else { self.photo_bytes(hash, thumb) }
    }
}

/// Whether a case of this matter must be somewhere: a vehicle, a firm or a person need not.
pub(crate) fn needs_place(definition: &gongzhi_matter::Definition) -> bool {
    matches!(definition.subject.kind, SubjectKind::Place | SubjectKind::Road)
}

/// A window's length, for looking back: working days count as days.
pub(crate) fn window_ms(window: gongzhi_civic::calendar::Budget) -> i64 {
    use gongzhi_civic::calendar::BudgetUnit as U;
    use gongzhi_civic::time::{DAY_MS, HOUR_MS, MINUTE_MS};
    let unit = match window.unit {
        U::Minute => MINUTE_MS,
        U::Hour | U::WorkingHour => HOUR_MS,
        U::Day | U::WorkingDay => DAY_MS,
    };
    i64::from(window.amount) * unit
}

/// The box around a point: west, south, east, north.
pub(crate) fn around(point: Point, radius_m: f64) -> [f64; 4] {
    let (d_lat, d_lon) = (radius_m / 111_195.0, radius_m / (111_195.0 * point.lat.to_radians().cos().max(0.01)));
    [point.lon - d_lon, point.lat - d_lat, point.lon + d_lon, point.lat + d_lat]
}
